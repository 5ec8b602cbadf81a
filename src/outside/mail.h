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

/** Whether a text is one address that mail can go to: dot-atom, @, host name (RFC 5321 section 4.1.2 without quoted
 * parts). */
bool mail_is_address(Text text);

typedef struct Mailer Mailer;
/** `address`: "smtp://host:port", "smtps://...", or "spool:DIRECTORY". TLS is used wherever the relay offers it.
 * @return STATUS_INVALID */
MUST_USE Status mailer_open(Text address, Mailer **ret_mailer);
/** As mailer_open for a relay that wants a user: `login_path` names a file (mode 0600) with the user's name on its
 * first line and the password on its second. Then TLS is a must, but for a relay on this machine. @return
 * STATUS_INVALID, STATUS_NOT_FOUND */
MUST_USE Status mailer_open_with_login(Text address, const char *login_path, Mailer **ret_mailer);
/** Limits one delivery, connecting included; 60 s unless told. */
void mailer_set_time_out(Mailer *mailer, int64_t microseconds);
void mailer_close(Mailer *mailer); /**< NULL is allowed */
/** The message as RFC 5322 with MIME: encoded words, quoted-printable. CR, LF or NUL in a header value is
 * STATUS_INVALID. */
MUST_USE Status mail_write(Arena *arena, const Mail *mail, Time date, Text *ret_message);
/** Hands a mail to the relay or the spool. `date` is when it was composed, the same for each try: in the spool a second
 * try replaces the first.
 * @return STATUS_UNAVAILABLE when the relay does not take it now; STATUS_INVALID when it refuses it for good */
MUST_USE Status mail_send(Mailer *mailer, Arena *arena, const Mail *mail, Time date);

typedef struct SpooledMail {
    Text name, to, subject, body;
    Time date;
} SpooledMail;
typedef struct SpooledMails {
    SpooledMail *items;
    size_t count;
} SpooledMails;
/** The newest mails of the spool, newest first, for the demonstration's mailbox. `name` is the file's.
 * @return STATUS_UNSUPPORTED when mail goes by SMTP */
MUST_USE Status mail_spool_list(Mailer *mailer, Arena *arena, size_t limit, SpooledMails *ret_mails);

#endif
