/**
 * A small certificate authority for tests and private use, in one folder: a root, an issuing authority below it, an
 * OCSP responder, CRLs, and a time-stamping authority. Its certificates say that they are not qualified.
 *
 * The folder holds keys (mode 0600, under one password), what was issued and what was revoked, each certificate a file.
 * Several processes may use it at once: what one of them revokes, the others say from then on. An Authority may be used
 * by many threads at once.
 */
#ifndef TRADEPOST_TRUST_AUTHORITY_H
#define TRADEPOST_TRUST_AUTHORITY_H

#include "trust/fetch.h"
#include "trust/key.h"
#include "trust/time_stamp.h"

typedef struct Authority Authority;

/** Larger questions are refused. */
#define AUTHORITY_QUESTION_MAX ((size_t)16 << 10)

typedef struct AuthorityOptions {
    Text country; /**< two letters of ISO 3166 */
    Text address; /**< "https://host[:port]" at which its services can be reached, under /authority/ */
    Time from;    /**< its certificates are valid from then on; {0}: now */
    KeyKind kind; /**< of all its keys */
} AuthorityOptions;

/** Makes an authority in a new folder. @return STATUS_CONFLICT when the folder exists, STATUS_INVALID for bad options,
 * STATUS_FULL */
MUST_USE Status authority_make(Arena *arena, Text folder, Text password, const AuthorityOptions *options);
/** Opens an authority; its keys are opened when they are first needed. @return STATUS_NOT_FOUND when there is none */
MUST_USE Status authority_open(Text folder, Text password, Authority **ret_authority);
void authority_close(Authority *authority); /**< NULL is allowed */

/** The root's certificate in DER: the anchor of all that it issues. Lives as long as the authority. */
Text authority_root(const Authority *authority);
/** The address that it was made with. */
Text authority_address(const Authority *authority);

/** What a seal certificate is to say. */
typedef struct AuthoritySubject {
    Text organisation, name; /**< UTF-8; cut at 64 characters */
    Text country;            /**< two letters of ISO 3166 */
    Text public_key;         /**< SubjectPublicKeyInfo in DER */
    Time from;               /**< {0}: now */
    int years;               /**< 0: 5; never longer than the authority's own certificate */
} AuthoritySubject;

/**
 * Issues a seal certificate and notes it.
 *
 * @param ret_chain  the certificate, the issuing authority's, the root
 * @return STATUS_INVALID for a bad subject, STATUS_FULL, and what keys say
 */
MUST_USE Status authority_certify(Authority *authority, Arena *arena, const AuthoritySubject *subject,
                                  Texts *ret_chain);
/** Reasons of revocation (RFC 5280, 5.3.1); its code, or -1 for a word that is none: "keyCompromise". */
int authority_reason(Text word);
/** The word of a reason's code. */
const char *authority_reason_word(int reason);
/**
 * Revokes a certificate for good.
 *
 * @param serial  in hexadecimal
 * @param since   {0}: now
 * @return STATUS_NOT_FOUND when it was never issued here; STATUS_CONFLICT when it is revoked already; STATUS_FULL
 */
MUST_USE Status authority_revoke(Authority *authority, Arena *arena, Text serial, int reason, Time since);

/** A certificate that it issued. */
typedef struct AuthorityIssued {
    Text serial; /**< hexadecimal */
    Text certificate;
    Time revoked; /**< {0}: not */
    int reason;
} AuthorityIssued;

typedef struct AuthorityList {
    AuthorityIssued *items;
    size_t count;
} AuthorityList;

/** All certificates that it issued, by serial number. @return STATUS_TOO_LARGE past the arena's budget */
MUST_USE Status authority_list(Authority *authority, Arena *arena, AuthorityList *ret_list);

/** What it answers over HTTP. */
typedef struct AuthorityAnswer {
    const char *type; /**< media type */
    Text body;
    int seconds; /**< so long the answer may be kept; 0: it may not */
} AuthorityAnswer;

/**
 * Answers a question as its HTTP services do.
 *
 * @param path  behind ADDRESS/authority/: "ocsp", "ocsp/BASE64" (a GET), "tsa", "crl/issuing.crl", "crl/root.crl",
 * "ca/issuing.cer", "ca/root.cer"
 * @param body  of a POST; empty: a GET
 * @return STATUS_NOT_FOUND for another path, and what keys say; a bad question has an answer that says so
 */
MUST_USE Status authority_answer(Authority *authority, Arena *arena, Text path, Text body, AuthorityAnswer *ret_answer);
/** Reaches this authority without a connection, and nothing else (STATUS_FORBIDDEN). It outlives the result. */
TrustFetch authority_fetch(Authority *authority);
/** Its time-stamping authority. */
TimeStampService authority_stamps(const Authority *authority);

#endif
