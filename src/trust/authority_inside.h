/** What the files of the authority share. */
#ifndef TRADEPOST_TRUST_AUTHORITY_INSIDE_H
#define TRADEPOST_TRUST_AUTHORITY_INSIDE_H

#include <pthread.h>
#include <time.h>

#include "trust/authority.h"
#include "trust/certificate.h"

/* Base of the identifiers that are ours, 2.25.89684438835024700684204715519241248191, without tag and length. */
#define AUTHORITY_OBJECT "\x69\x81\x86\xf8\xcc\x8e\xb5\x87\xf2\x9a\x9f\x91\x92\xac\xf7\xf6\xc8\xc9\xbb\x3f"
/** Its keys, and their files: root.p12 and so on. */
typedef enum AuthorityKey {
    AUTHORITY_ROOT,
    AUTHORITY_ISSUING,
    AUTHORITY_RESPONDER,
    AUTHORITY_STAMPS,
    AUTHORITY_KEYS
} AuthorityKey;
extern const char *const authority_key_names[AUTHORITY_KEYS];

typedef struct AuthorityRevoked {
    Text serial; /**< bytes of the number */
    Time since;
    int reason;
} AuthorityRevoked;

/** An answer that may be given again. */
typedef struct AuthorityKept {
    Arena *arena; /**< NULL: none */
    Text question, answer;
    Time made;
} AuthorityKept;

#define AUTHORITY_KEPT 256

struct Authority {
    Arena *arena;
    Text folder, address, stamps_url, password;
    Text certificates[2]; /**< of root and issuing authority */
    pthread_mutex_t lock; /**< of all below */
    Arena *keys_arena;
    Key *keys[AUTHORITY_KEYS]; /**< NULL: not opened yet */
    Arena *revoked_arena;
    AuthorityRevoked *revoked;
    size_t revoked_count;
    struct timespec revoked_seen; /**< the folder's time when it was read, and */
    struct timespec revoked_read; /**< when that was */
    AuthorityKept kept[AUTHORITY_KEPT];
    Time last_stamp;
};

/** One of its keys, opened when first asked for. @return what key_open_pkcs12 says */
MUST_USE Status authority_open_key(Authority *authority, AuthorityKey which, Key **ret_key);
/** Reads again what was revoked, if it changed. With the lock. @return STATUS_FAILED when it cannot be read */
MUST_USE Status authority_refresh(Authority *authority);
/** With the lock, after authority_refresh. NULL: not revoked. */
const AuthorityRevoked *authority_find_revoked(const Authority *authority, Text serial);
/** Whether it issued a certificate of that number (its bytes). */
bool authority_has_issued(const Authority *authority, Arena *arena, Text serial);

/** The lock is taken inside. Each answers bad questions in its protocol's words. */
MUST_USE Status authority_answer_ocsp(Authority *authority, Arena *arena, Text question, AuthorityAnswer *ret_answer);
MUST_USE Status authority_answer_stamp(Authority *authority, Arena *arena, Text question, AuthorityAnswer *ret_answer);
/** @param which  AUTHORITY_ROOT or AUTHORITY_ISSUING */
MUST_USE Status authority_answer_list(Authority *authority, Arena *arena, AuthorityKey which,
                                      AuthorityAnswer *ret_answer);
/** An answer kept for that question, not older than `seconds`. With the lock, after authority_refresh. */
bool authority_find_kept(Authority *authority, Arena *arena, Text question, int seconds, Text *ret_answer);
void authority_keep(Authority *authority, Text question, Text answer);

/** The path of something in the folder. */
Text authority_path(Arena *arena, Text folder, const char *name);
/** Bytes under a name in the folder, whole or not at all, durably. @return STATUS_FULL */
MUST_USE Status authority_write(Arena *arena, Text folder, const char *name, Text bytes);
/** The addresses that its certificates name. */
void authority_set_addresses(Arena *arena, Text address, AuthorityKey issuer, CertificateRequest *request);

#endif
