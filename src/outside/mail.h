/** Mail: by SMTP (libcurl) to the configured relay, or into a spool folder as .eml files. */
#ifndef TRADEPOST_OUTSIDE_MAIL_H
#define TRADEPOST_OUTSIDE_MAIL_H

#include "base/arena.h"
#include "base/clock.h"

typedef struct Mail {
    Text from_name, from_address, to_name, to_address;
    Text subject, body; /**< plain text, UTF-8, lines of any length */
    Text message_id;    /**< without brackets; the same for each try, so that receivers can drop twins */
} Mail;

typedef struct Mailer Mailer;
/** `address`: "smtp://host:port", "smtps://...", or "spool:DIRECTORY". */
MUST_USE Status mailer_open(Text address, Mailer **ret_mailer);
void mailer_close(Mailer *mailer);
/** The message as RFC 5322 with MIME: encoded words, quoted-printable. CR, LF or NUL in a header value is STATUS_INVALID. */
MUST_USE Status mail_write(Arena *arena, const Mail *mail, Time date, Text *ret_message);
/** @return STATUS_UNAVAILABLE when the relay does not take it now; STATUS_INVALID when it refuses it for good */
MUST_USE Status mail_send(Mailer *mailer, Arena *arena, const Mail *mail, Time date);

typedef struct SpooledMail {
    Text name, to, subject, body;
    Time date;
} SpooledMail;
typedef struct SpooledMails {
    SpooledMail *items;
    size_t count;
} SpooledMails;
/** The newest mails of the spool, for the demonstration's mailbox. @return STATUS_UNSUPPORTED when mail goes by SMTP */
MUST_USE Status mail_spool_list(Mailer *mailer, Arena *arena, size_t limit, SpooledMails *ret_mails);

#endif
