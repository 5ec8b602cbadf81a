/** What the mails say. */
#include "capabilities/documents/documents_mail.h"

#include "capabilities/accounts/accounts.h"
#include "capabilities/documents/documents_draw.h"
#include "work/outbox.h"

typedef struct MailText {
    Message subject, body;
} MailText;
static const MailText texts[] = {
    [DOCUMENTS_MAIL_ISSUED] =
        {MESSAGE_INIT("Document {number} is issued"),
         MESSAGE_INIT("Dear {name},\n\nYour document {number} is certified and sealed. Download it "
                      "here:\n{address}\n\nAnyone can check it, without an account:\n{check}\n\n{chamber}\n")},
    [DOCUMENTS_MAIL_RETURNED] =
        {MESSAGE_INIT("Please correct your application {reference}"),
         MESSAGE_INIT("Dear {name},\n\nThe chamber has looked at your application {reference} and asks you "
                      "to correct something:\n\n{words}\n\nOpen it here, correct it and submit it "
                      "again:\n{address}\n\n{chamber}\n")},
    [DOCUMENTS_MAIL_REFUSED] =
        {MESSAGE_INIT("Your application {reference} is refused"),
         MESSAGE_INIT("Dear {name},\n\nThe chamber cannot certify your application {reference}. The reason "
                      "is:\n\n{words}\n\nYou find it here:\n{address}\n\n{chamber}\n")},
};

Status documents_mail(Connection *connection, Arena *arena, ChamberId chamber, const ChamberLetterhead *letterhead,
                      const DocumentsRow *document, DocumentsMail mail, Text words) {
    Person person = {0};
    const Status found = accounts_person(connection, arena, chamber, document->submitted_by, &person);
    if (found == STATUS_NOT_FOUND || (found == STATUS_OK && person.email.size == 0)) {
        return STATUS_OK; /* handed in by the chamber itself, or the person has left */
    }
    TRY(found);
    const Language *asked = language_of_tag(person.language);
    const Language *language = asked == NULL ? language_english() : asked;
    char id[ID_TEXT_SIZE + 1];
    id_write(document->document_id.value, id);
    const MessageValue values[] = {
        {"name", person.name},
        {"number", document->number},
        {"reference", document->reference},
        {"words", words},
        {"address", arena_format(arena, "%.*s/documents/%s", TEXT_ARG(letterhead->public_url), id)},
        {"check", documents_verify_address(arena, letterhead->public_url, document->number, document->code)},
        {"chamber", letterhead->name},
    };
    const size_t count = sizeof values / sizeof values[0];
    const Mail message = {.from_name = letterhead->mail_name,
                          .from_address = letterhead->mail_address,
                          .to_name = person.name,
                          .to_address = person.email,
                          .subject = message_format(arena, language, texts[mail].subject, values, count),
                          .body = message_format(arena, language, texts[mail].body, values, count)};
    return outbox_mail(connection, chamber, &message);
}
