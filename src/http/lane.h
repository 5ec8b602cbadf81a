/** A lane: a bounded queue with its own threads. */
#ifndef TRADEPOST_HTTP_LANE_H
#define TRADEPOST_HTTP_LANE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Lane Lane;

/** What waits in a lane; the first member of what is queued. */
typedef struct LaneItem {
    struct LaneItem *next;
} LaneItem;

/** Starts `threads` threads that call `run` with each item. With `nice` above 0 they give way to all other threads by
 * so much (setpriority(2)). NULL when the system gives no thread. */
Lane *lane_start(int threads, size_t most, int nice, void (*run)(LaneItem *item));
/** Queues; false when the lane is full or ending. The item belongs to the lane until `run` has it. */
bool lane_put(Lane *lane, LaneItem *item);
/** Takes no more, runs what waits, ends the threads, frees the lane. NULL is allowed. */
void lane_stop(Lane *lane);

#endif
