/** A tree without a breach: statuses of the example. */
#ifndef TRADEPOST_BASE_STATUS_H
#define TRADEPOST_BASE_STATUS_H

typedef enum Status { STATUS_OK = 0, STATUS_NOT_FOUND, STATUS_INVALID } Status;

#define MUST_USE __attribute__((warn_unused_result))

#endif
