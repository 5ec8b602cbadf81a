/** Statuses of the example. */
#ifndef TRADEPOST_BASE_STATUS_H
#define TRADEPOST_BASE_STATUS_H

typedef enum Status { STATUS_OK = 0 } Status;

#endif
