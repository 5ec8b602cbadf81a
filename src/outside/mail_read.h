/** Reading of mails that mail_write wrote. */
#ifndef TRADEPOST_OUTSIDE_MAIL_READ_H
#define TRADEPOST_OUTSIDE_MAIL_READ_H

#include "outside/mail.h"

/** Receiver, subject and body of a message as a reader sees them, decoded; `name` and `date` are left empty.
 * @return STATUS_INVALID when it is no message of ours; STATUS_TOO_LARGE past the arena's budget */
MUST_USE Status mail_read(Arena *arena, Text message, SpooledMail *ret_mail);

#endif
