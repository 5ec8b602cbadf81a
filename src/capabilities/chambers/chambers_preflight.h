/** Preflight: whether the chamber could seal now, and for how long. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_PREFLIGHT_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_PREFLIGHT_H

#include "capabilities/chambers/chambers_pages.h"
#include "work/work.h"

/** Every kind of job of this capability. */
#define CHAMBERS_JOBS 2
extern const JobKind chambers_jobs[CHAMBERS_JOBS];

/** What was found, worst first. */
typedef struct ChamberFinding {
    Text subject; /**< "key", "clock", "stamp.1" */
    Text state;   /**< "good", "warning", "bad" */
    Text words;   /**< one English sentence */
} ChamberFinding;
#define CHAMBERS_FINDINGS_MAX 16
typedef struct ChamberFindings {
    ChamberFinding items[CHAMBERS_FINDINGS_MAX];
    size_t count;
} ChamberFindings;

/** Tries everything that sealing needs: signs with the key, asks each time-stamp authority for a stamp, compares the
 * clock with theirs, collects what proves the seal's certificate good. Takes as long as servers take to answer. */
MUST_USE Status chambers_preflight(Arena *arena, Database *database, Outside *outside, ChamberId chamber,
                                   ChamberFindings *ret_findings);
/** Writes what was found, in the caller's transaction. */
MUST_USE Status chambers_keep_findings(Connection *connection, ChamberId chamber, const ChamberFindings *findings);
/** Plans the preflight of every chamber, now and then daily. */
MUST_USE Status chambers_plan_preflight(Database *database);
/** What the last preflight found, for pages. */
MUST_USE Status chambers_show_findings(Connection *connection, Arena *arena, ChamberId chamber,
                                       ChambersFindingLines *ret_lines);

#endif
