/** Mails about a document to the person who handed it in. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_MAIL_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_MAIL_H

#include "capabilities/chambers/chambers.h"
#include "documents_sql.h"

typedef enum DocumentsMail { DOCUMENTS_MAIL_ISSUED, DOCUMENTS_MAIL_RETURNED, DOCUMENTS_MAIL_REFUSED } DocumentsMail;

/**
 * Writes the mail to the outbox, in the person's language, inside the caller's transaction. Nothing where nobody is
 * left to tell.
 *
 * @param words  the officer's words; empty for none
 */
MUST_USE Status documents_mail(Connection *connection, Arena *arena, ChamberId chamber,
                               const ChamberLetterhead *letterhead, const DocumentsRow *document, DocumentsMail mail,
                               Text words);

#endif
