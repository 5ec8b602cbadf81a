/** Judging a stranger's PDF, in the jail. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_JUDGE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_JUDGE_H

#include "base/arena.h"
#include "base/clock.h"

typedef struct DocumentJudgement {
    bool signed_at_all;
    bool intact;  /**< at least one signature, all of them intact, and only proofs follow the last */
    bool trusted; /**< and all lead to an anchor */
    Text level;   /**< "B-LTA", the lowest of its signatures; empty for none */
    Time proven;  /**< all signatures were there by then, as good time stamps prove; {0}: nothing does */
    Text words;   /**< one English sentence */
    Text json;    /**< the report of pades_report_json */
} DocumentJudgement;

/**
 * Reads and judges the file in a jail.
 *
 * @param anchors  certificates in PEM; empty: none is trusted
 * @return STATUS_UNAVAILABLE without a jail; a file that breaks the reader is a judgement, not an error
 */
MUST_USE Status documents_judge(Arena *arena, Text pdf, Text anchors, DocumentJudgement *ret_judgement);

#endif
