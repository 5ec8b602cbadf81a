/** The things of one firm in the scenarios' world, in every state, and their ids for the paths of routes. */
#ifndef TRADEPOST_TESTING_THINGS_H
#define TRADEPOST_TESTING_THINGS_H

#include "testing/site.h"

/** One of the firm's documents, with what the paths take. */
typedef struct Target {
    const char *state;
    bool handed_in;
    int64_t document, attachment;
    Text number, code;
} Target;
enum TargetState {
    TARGET_WITHDRAWN, /**< as a draft */
    TARGET_DRAFT,
    TARGET_SUBMITTED,
    TARGET_RETURNED,
    TARGET_ISSUED,
    TARGETS
};

/** Of "Vardar Vino DOO" and its chamber. "Dragonfruit" stands in each document that was never handed in, "Starfruit" in
 * the others, "Pomegranate" in the firm's address. */
typedef struct Things {
    const Site *site;
    Target targets[TARGETS];
    int64_t person, invitation;             /**< of the firm */
    int64_t staff_person, staff_invitation; /**< of the chamber */
    int64_t session, token;                 /**< of the firm's owner; 0 until somebody fills them in */
    int64_t job, mail;
    Text job_kind;
} Things;

/** Makes them. */
Things *things_make(const Site *site);
/** A path or form with its {names} filled in; fails the test at one that it does not know. */
Text things_fill(const Things *things, Arena *arena, const Target *target, Text pattern);
/** The id of a person by her address. */
int64_t things_account(const Site *site, const char *email);

#endif
