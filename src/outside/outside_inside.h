/** What the files that open what lies outside share. */
#ifndef TRADEPOST_OUTSIDE_OUTSIDE_INSIDE_H
#define TRADEPOST_OUTSIDE_OUTSIDE_INSIDE_H

#include <pthread.h>

#include "outside/fetch.h"
#include "outside/outside.h"

/** An Outside with the memory that it lives in, and what is opened when it is first needed. */
typedef struct Opened {
    Outside outside;
    Arena *arena;
    char secret[OUTSIDE_SECRET_SIZE];
    Fetcher *fetcher;
    pthread_mutex_t lock; /**< of all below */
    Authority *authority; /**< NULL: not opened, or there is none */
    Arena *anchors_arena;
    TrustAnchors *anchors;
    const Authority *anchors_of; /**< whose root is among them */
} Opened;

/** Opens what reaches trust services. @return what fetcher_open says */
MUST_USE Status outside_open_trust(Opened *opened);
void outside_close_trust(Opened *opened); /**< of a half-opened one too */

#endif
