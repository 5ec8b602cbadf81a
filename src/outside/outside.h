/** All that lies outside the process and the database: mail, files, other servers. */
#ifndef TRADEPOST_OUTSIDE_OUTSIDE_H
#define TRADEPOST_OUTSIDE_OUTSIDE_H

#include "outside/blob.h"
#include "outside/mail.h"

typedef struct Outside {
    Blobs *blobs;
    Mailer *mailer;
    Text data;   /**< the data directory */
    Text secret; /**< 32 bytes of this installation, for keyed hashes; never logged */
} Outside;

#define OUTSIDE_SECRET_SIZE 32

/** Makes what outside_open needs in the data directory: the secret (mode 0600) unless it is there, the folder of blobs.
 * @return STATUS_FULL */
MUST_USE Status outside_prepare(Text data);

/**
 * Opens blobs, mail and secret of a data directory.
 *
 * @param mail        as for mailer_open; empty: "spool:DATA/mail"
 * @param mail_login  path of the relay's login file; empty: none
 * @return STATUS_NOT_FOUND when the directory was never prepared; STATUS_INVALID for a bad mail address or secret
 */
MUST_USE Status outside_open(Text data, Text mail, Text mail_login, Outside **ret_outside);
void outside_close(Outside *outside); /**< wipes the secret; NULL is allowed */

#endif
