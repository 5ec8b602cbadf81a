/** Renewal: an archive stays protected without anybody's doing, for as long as there are time stamps. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_RENEW_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_RENEW_H

#include "capabilities/capability.h"
#include "trust/pades.h"

/** The jobs' names: one document; what a chamber's archive needs today; the same for all chambers. */
#define DOCUMENTS_RENEW_JOB   "documents.renew"
#define DOCUMENTS_ARCHIVE_JOB "documents.archive"

/**
 * When a file is renewed: between 270 and 90 days before its protection ends, each document on a day of its own; where
 * there is less time, in the second half of it. A renewal that prolonged nothing (the stamps' certificate is still the
 * same) is tried again after a quarter of what is left.
 */
Time documents_renewal_time(const PadesProtection *protection, int64_t document, Time now);

/** Renews one document: appends proofs of the last stamp and a new one; the bytes before stay a prefix. */
MUST_USE Status documents_renew(Job *job);
/** Plans the renewals of a day for every chamber, and removes files that renewals hold whole. */
MUST_USE Status documents_archive(Job *job);
/** Plans documents_archive, now and then daily. */
MUST_USE Status documents_plan_archive(Database *database);

/** tradepost archive. */
int documents_archive_command(CommandContext *context);

#endif
