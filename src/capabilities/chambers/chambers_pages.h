/** The models of the pages of chambers: what their templates show. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_PAGES_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_PAGES_H

#include "capabilities/chambers/chambers.h"
#include "html/form.h"
#include "html/paging.h"

/** A firm that waits for the chamber. */
typedef struct ChambersWaitingFirm {
    FirmId id;
    Text name, city;
    Time since;
} ChambersWaitingFirm;
typedef struct ChambersWaitingFirms {
    ChambersWaitingFirm *items;
    size_t count;
} ChambersWaitingFirms;

/** The first page. */
typedef struct ChambersHomePage {
    Text chamber_name, person_name;
    bool stranger, staff, officer, administrator, demonstration;
    /* For exporters. */
    bool has_firm;
    Text firm_name, firm_state;
    int64_t drafts, returned, submitted, issued;
    /* For the chamber's staff. */
    int64_t queue, sealing;
    Time oldest; /**< when the document was handed in that waits longest */
    ChambersWaitingFirms firms;
    int64_t firm_count;
    bool job_failed;
} ChambersHomePage;

#endif
