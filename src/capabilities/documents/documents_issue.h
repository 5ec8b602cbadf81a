/** Issuing: from an officer's approval to a numbered, sealed and stored file, whatever crashes in between. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_ISSUE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_ISSUE_H

#include "capabilities/documents/documents_store.h"
#include "work/work.h"

/** Stands behind the seal's line of a revision's steps when the key's certificate came from a test authority. */
#define DOCUMENTS_TEST_MARK " test"

/** The job's name. */
#define DOCUMENTS_ISSUE_JOB "documents.issue"

/**
 * Gives a document in state "approved" its number and code and asks for the job, all in the caller's transaction with
 * the decision.
 *
 * @return STATUS_CONFLICT when it is not approved or has a number already
 */
MUST_USE Status documents_begin_issuing(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document);

/**
 * Tries the drawing without a number, so that what cannot be printed is refused before anything is decided.
 *
 * @return STATUS_INVALID or STATUS_TOO_LARGE with words that name box and row
 */
MUST_USE Status documents_try_drawing(Connection *connection, Arena *arena, struct Outside *outside, ChamberId chamber,
                                      const DocumentsRow *document);

/** The job: draws, seals, notes the bytes, stores the file, ends. Each step is idempotent by document and revision. */
MUST_USE Status documents_issue(Job *job);

/** 12 letters of Crockford base 32 in groups of four, as "7KQ2-9XMD-4CRA": 60 random bits. */
Text documents_code_make(Arena *arena);
/** A code as typed, in its one spelling. @return STATUS_INVALID when it cannot be a code */
MUST_USE Status documents_code_read(Arena *arena, Text typed, Text *ret_code);

#endif
