/** Which part of a long list a page shows. */
#ifndef TRADEPOST_HTML_PAGING_H
#define TRADEPOST_HTML_PAGING_H

#include "base/text.h"

/** Pages count from 1. */
typedef struct Paging {
    Text address;  /**< of the list with its filters, without `page`: "/documents?state=issued" */
    int64_t page;  /**< the one that is shown */
    int64_t size;  /**< items on a page */
    int64_t total; /**< items in all */
} Paging;

#endif
