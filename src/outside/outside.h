/** All that lies outside the process and the database: mail, files, other servers. */
#ifndef TRADEPOST_OUTSIDE_OUTSIDE_H
#define TRADEPOST_OUTSIDE_OUTSIDE_H

#include "outside/blob.h"
#include "outside/mail.h"

typedef struct Outside {
    Blobs *blobs;
    Mailer *mailer;
    Text data;       /**< the data directory */
    Text secret;     /**< 32 bytes of this installation, for keyed hashes; never logged */
} Outside;

#endif
