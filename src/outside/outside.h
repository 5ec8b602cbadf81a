/** All that lies outside the process and the database: mail, files, other servers. */
#ifndef TRADEPOST_OUTSIDE_OUTSIDE_H
#define TRADEPOST_OUTSIDE_OUTSIDE_H

#include "outside/blob.h"
#include "outside/mail.h"
#include "trust/anchor.h"
#include "trust/authority.h"
#include "trust/fetch.h"

typedef struct Outside {
    Blobs *blobs;
    Mailer *mailer;
    Text data;        /**< the data directory */
    Text secret;      /**< 32 bytes of this installation, for keyed hashes; never logged */
    TrustFetch fetch; /**< reaches trust services: this installation's authority, and those that outside_allow names */
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
/** Allows questions to these servers; see fetcher_open for the list. Before the first question. @return STATUS_INVALID
 */
MUST_USE Status outside_allow(Outside *outside, Text addresses);
/** The environment variable that may hold the password of key files. */
#define OUTSIDE_PASSWORD_VARIABLE "TRADEPOST_KEY_PASSWORD"
/** The password of this installation's key files (key_password of DATA/keys/password). @return STATUS_NOT_FOUND,
 * STATUS_FORBIDDEN */
MUST_USE Status outside_key_password(const Outside *outside, Arena *arena, Text *ret_password);
/** This installation's own authority, DATA/authority; opened once, closed with `outside`. @return STATUS_NOT_FOUND when
 * none was made */
MUST_USE Status outside_authority(const Outside *outside, Authority **ret_authority);
/** What this installation trusts: its own authority's root, and the certificates that the operator put into
 * DATA/anchors
 * (.pem, .der, .cer, .crt), which are read once. They live as long as `outside`. @return STATUS_INVALID when one of
 * them is no certificate */
MUST_USE Status outside_anchors(const Outside *outside, const TrustAnchors **ret_anchors);
void outside_close(Outside *outside); /**< wipes the secret; NULL is allowed */

#endif
