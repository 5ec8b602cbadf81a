/** What the audit chain knows of a document: a hash over the rows that an act left behind. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_WITNESS_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_WITNESS_H

#include "base/digest.h"
#include "documents_sql.h"

/**
 * The hash over a document's state, parties, decision, number, files and attachments, and over what it says once it is
 * handed in. What changes without an act (a draft's words, an officer's lock, the step of issuing) is left out.
 */
MUST_USE Status documents_witness(Connection *connection, Arena *arena, ChamberId chamber, const DocumentsRow *document,
                                  Sha256 *ret_witness);

#endif
