/** One mutex, one condition, a linked queue. */
#include "http/lane.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

struct Lane {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    LaneItem *first, *last;
    size_t count, most;
    bool ending;
    int nice;
    void (*run)(LaneItem *item);
    int thread_count;
    pthread_t threads[];
};

static LaneItem *lane_take(Lane *lane) {
    pthread_mutex_lock(&lane->lock);
    while (lane->first == NULL && !lane->ending) {
        pthread_cond_wait(&lane->filled, &lane->lock);
    }
    LaneItem *item = lane->first;
    if (item != NULL) {
        lane->first = item->next;
        lane->count--;
    }
    pthread_mutex_unlock(&lane->lock);
    return item;
}

static void *lane_thread(void *context) {
    Lane *lane = context;
    if (lane->nice > 0) {
        setpriority(PRIO_PROCESS, 0, lane->nice); /* on Linux: of this thread alone; refused, the lane still works */
    }
    for (LaneItem *item = lane_take(lane); item != NULL; item = lane_take(lane)) {
        lane->run(item);
    }
    return NULL;
}

Lane *lane_start(int threads, size_t most, int nice, void (*run)(LaneItem *item)) {
    Lane *lane = calloc(1, sizeof(*lane) + (size_t)threads * sizeof(pthread_t));
    if (lane == NULL) {
        abort();
    }
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->filled, NULL);
    lane->most = most;
    lane->nice = nice;
    lane->run = run;
    while (lane->thread_count < threads) {
        if (pthread_create(&lane->threads[lane->thread_count], NULL, lane_thread, lane) != 0) {
            lane_stop(lane);
            return NULL;
        }
        lane->thread_count++;
    }
    return lane;
}

bool lane_put(Lane *lane, LaneItem *item) {
    pthread_mutex_lock(&lane->lock);
    const bool taken = !lane->ending && lane->count < lane->most;
    if (taken) {
        item->next = NULL;
        if (lane->first == NULL) {
            lane->first = item;
        } else {
            lane->last->next = item;
        }
        lane->last = item;
        lane->count++;
        pthread_cond_signal(&lane->filled);
    }
    pthread_mutex_unlock(&lane->lock);
    return taken;
}

void lane_stop(Lane *lane) {
    if (lane == NULL) {
        return;
    }
    pthread_mutex_lock(&lane->lock);
    lane->ending = true;
    pthread_cond_broadcast(&lane->filled);
    pthread_mutex_unlock(&lane->lock);
    for (int i = 0; i < lane->thread_count; i++) {
        pthread_join(lane->threads[i], NULL);
    }
    pthread_cond_destroy(&lane->filled);
    pthread_mutex_destroy(&lane->lock);
    free(lane);
}
