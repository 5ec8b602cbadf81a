/** What every page of documents does with a document: load it within rights, read and write what it says, record acts.
 */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_STORE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_STORE_H

#include "capabilities/documents/documents_type.h"
#include "documents_sql.h"
#include "http/request.h"

/** An officer's lock on an application lasts this long after her last act on it. */
#define DOCUMENTS_LOCK (15 * TIME_MINUTE)

/**
 * Loads a document that the request's actor may see: of the firm that the actor acts for, or, for the chamber's staff,
 * any that was handed in.
 *
 * @return STATUS_NOT_FOUND also where it exists but is somebody else's, so that nobody learns of it
 */
MUST_USE Status documents_load(Request *request, DocumentId document, DocumentsRow *ret_document);

/** Whether the actor reviews for the chamber. */
bool documents_may_review(const Actor *actor);

/** The type of a stored document. @return STATUS_UNSUPPORTED when this build has lost it */
MUST_USE Status documents_type_of(const DocumentsRow *document, const DocumentType **ret_type);

/** What the application says, as values of its type's form. @return STATUS_CORRUPT */
MUST_USE Status documents_values(Arena *arena, const DocumentType *type, Text body, FormValues **ret_values);

/** Columns of the register taken from an application's values. */
typedef struct DocumentColumns {
    Text body, exporter, consignee, origin, destination, reference, search;
} DocumentColumns;
/** Takes them from the values, by the type's description. */
void documents_columns(Arena *arena, const DocumentType *type, const FormValues *values, DocumentColumns *ret_columns);

/** Who acts, for history and audit: a person, or the program itself (account 0, name "Tradepost"). */
typedef struct DocumentActor {
    AccountId account;
    Text name;
} DocumentActor;
/** The person of a request. */
DocumentActor documents_actor(const Request *request);

/** Makes a draft with its first line of history. */
MUST_USE Status documents_create(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm,
                                 const DocumentType *type, const FormValues *values, DocumentId replaces,
                                 const DocumentActor *actor, DocumentId *ret_document);

/** Writes a line of the history that both sides see, and the audit event "documents.ACT". To be called behind the last
 * change of the act: the event vouches for the document as it stands then. */
MUST_USE Status documents_record(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document,
                                 const DocumentActor *actor, const char *act, Text words);

/** The words for a state, for tags. */
Message documents_state_label(Text state);

#endif
