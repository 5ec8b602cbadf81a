/** Collecting what proves that certificates were good, and judging paths by it. */
#include "trust/revocation.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/log.h"
#include "trust/revocation_inside.h"

#define REVOCATION_NAME_MAX        80
#define REVOCATION_URLS_MAX        3
#define REVOCATION_CERTIFICATE_MAX ((size_t)64 << 10)
#define REVOCATION_KEY_LEVEL       112
/* A responder's own responder, and that one's, and no more. */
#define REVOCATION_DEPTH_MAX 3
/* Far more than honest files need; a signature is checked for each. */
#define REVOCATION_LOOKS_MAX 1000

Text revocation_name(Arena *arena, const X509 *certificate) {
    char name[REVOCATION_NAME_MAX] = "";
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, (int)sizeof name);
    const Text text = text_of(name);
    return text.size > 0 && text_is_utf8(text) ? arena_copy(arena, text) : TEXT("a certificate without name");
}

Text revocation_der(Arena *arena, X509 *certificate) {
    unsigned char *der = NULL;
    const int size = i2d_X509(certificate, &der);
    const Text copy = size > 0 ? arena_copy(arena, (Text){(const char *)der, (size_t)size}) : (Text){0};
    OPENSSL_free(der);
    return copy;
}

bool revocation_is_strong(const X509_ALGOR *algorithm, EVP_PKEY *key) {
    const ASN1_OBJECT *object = NULL;
    int digest = NID_undef;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    const int kind = OBJ_obj2nid(object);
    const bool by_itself = kind == NID_ED25519 || kind == NID_rsassaPss;
    const bool known = by_itself || (OBJ_find_sigid_algs(kind, &digest, NULL) == 1 && digest != NID_undef &&
                                     digest != NID_sha1 && digest != NID_md5 && digest != NID_sha224);
    return known && key != NULL && EVP_PKEY_get_security_bits(key) >= REVOCATION_KEY_LEVEL;
}

void revocation_finish(RevocationProof *proof, const X509 *certificate, Time remembered) {
    const Time now = clock_now(), end = trust_time(X509_get0_notAfter(certificate));
    const bool remembers = time_is_set(remembered) && !time_before(end, remembered);
    if (proof->verdict == REVOCATION_GOOD && time_before(end, proof->produced) && !remembers) {
        proof->verdict = REVOCATION_UNKNOWN;
    }
    proof->is_current = !time_before(time_add(now, REVOCATION_SKEW), proof->produced) &&
                        (!time_is_set(proof->next) || !time_before(proof->next, time_add(now, -REVOCATION_SKEW)));
}

static Texts revocation_join(Arena *arena, Texts first, Texts second) {
    Texts joined = {arena_new_array(arena, Text, first.count + second.count), 0};
    for (size_t i = 0; i < first.count + second.count; i++) {
        const Text value = i < first.count ? first.items[i] : second.items[i - first.count];
        bool is_new = true;
        for (size_t j = 0; j < joined.count && is_new; j++) {
            is_new = !text_equal(joined.items[j], value);
        }
        if (is_new) {
            joined.items[joined.count++] = value;
        }
    }
    return joined;
}

ValidationData validation_data_join(Arena *arena, const ValidationData *first, const ValidationData *second) {
    return (ValidationData){.certificates = revocation_join(arena, first->certificates, second->certificates),
                            .ocsps = revocation_join(arena, first->ocsps, second->ocsps),
                            .crls = revocation_join(arena, first->crls, second->crls)};
}

/** One search for a path and its proofs. */
typedef struct Search {
    Arena *arena;
    const TrustFetch *fetch; /**< NULL: judge by `known` alone */
    const TrustAnchors *anchors;
    const ValidationData *known;
    Time at;
    bool must_be_current; /**< proofs are for use now; otherwise for the time `at` */
    ValidationData found;
    Time oldest;
    int left; /**< so many proofs may still be looked at: a stranger's many may speak of each other in circles */
} Search;

static bool search_asks(Search *search, Text url, size_t reply_max, Text body, Text *ret_reply) {
    const TrustQuestion question = {.url = url,
                                    .content_type = body.size > 0 ? TEXT("application/ocsp-request") : (Text){0},
                                    .body = body,
                                    .accept = body.size > 0 ? TEXT("application/ocsp-response") : (Text){0},
                                    .reply_max = reply_max};
    return search->fetch != NULL &&
           search->fetch->call(search->fetch->context, search->arena, &question, ret_reply) == STATUS_OK;
}

static void search_keep(Search *search, Texts *list, Text value) {
    Text items[] = {value};
    *list = revocation_join(search->arena, *list, (Texts){items, 1});
}

/** Adds the certificates that an authority publishes at a caIssuers address: one, or a bag of them. Returns whether one
 * of them may be the issuer that is looked for. */
static bool search_add_published(STACK_OF(X509) * pool, X509 *issued, Text reply) {
    const unsigned char *der = (const unsigned char *)reply.data;
    const int before = sk_X509_num(pool);
    X509 *one = d2i_X509(NULL, &der, (long)reply.size);
    if (one != NULL && sk_X509_push(pool, one) <= 0) {
        X509_free(one);
    }
    if (one == NULL) {
        der = (const unsigned char *)reply.data;
        PKCS7 *bag = d2i_PKCS7(NULL, &der, (long)reply.size);
        STACK_OF(X509) *inside = bag != NULL && PKCS7_type_is_signed(bag) ? bag->d.sign->cert : NULL;
        for (int i = 0; i < sk_X509_num(inside) && i < REVOCATION_PATH_MAX; i++) {
            X509 *certificate = sk_X509_value(inside, i);
            if (X509_up_ref(certificate) == 1 && sk_X509_push(pool, certificate) <= 0) {
                X509_free(certificate);
            }
        }
        PKCS7_free(bag);
    }
    ERR_clear_error();
    bool found = false;
    for (int i = before; i < sk_X509_num(pool); i++) {
        found = found || X509_check_issued(sk_X509_value(pool, i), issued) == X509_V_OK;
    }
    return found;
}

/** Fetches the issuer of the last certificate whose issuer is not there. */
static bool search_fetch_issuer(Search *search, STACK_OF(X509) * pool) {
    X509 *last = sk_X509_value(pool, 0);
    for (int depth = 0; depth < REVOCATION_PATH_MAX; depth++) {
        X509 *issuer = NULL;
        for (int i = 0; i < sk_X509_num(pool) && issuer == NULL; i++) {
            X509 *candidate = sk_X509_value(pool, i);
            issuer = candidate != last && X509_check_issued(candidate, last) == X509_V_OK ? candidate : NULL;
        }
        if (issuer == NULL) {
            break;
        }
        last = issuer;
    }
    AUTHORITY_INFO_ACCESS *places = X509_get_ext_d2i(last, NID_info_access, NULL, NULL);
    bool found = false;
    for (int i = 0, asked = 0; i < sk_ACCESS_DESCRIPTION_num(places) && !found && asked < REVOCATION_URLS_MAX; i++) {
        const ACCESS_DESCRIPTION *place = sk_ACCESS_DESCRIPTION_value(places, i);
        if (OBJ_obj2nid(place->method) != NID_ad_ca_issuers || place->location->type != GEN_URI) {
            continue;
        }
        const ASN1_STRING *name = place->location->d.uniformResourceIdentifier;
        const Text url = arena_copy(
            search->arena, (Text){(const char *)ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name)});
        Text reply = {0};
        asked++;
        if (search_asks(search, url, REVOCATION_CERTIFICATE_MAX, (Text){0}, &reply)) {
            found = search_add_published(pool, last, reply);
        }
    }
    AUTHORITY_INFO_ACCESS_free(places);
    return found;
}

/** The path from the chain's first certificate to an anchor. */
static Status search_path(Search *search, Texts chain, STACK_OF(X509) * *ret_path) {
    const Texts known = search->known != NULL ? search->known->certificates : (Texts){0};
    Texts all = revocation_join(search->arena, chain, known);
    all.count = all.count < REVOCATION_CERTIFICATES_MAX ? all.count : REVOCATION_CERTIFICATES_MAX;
    STACK_OF(X509) *pool = trust_certificates(all), *path = NULL;
    X509 *own = chain.count > 0 ? trust_certificate(chain.items[0]) : NULL;
    PadesReason reason = PADES_NO_SIGNING_CERTIFICATE_FOUND;
    if (own != NULL && pool != NULL) {
        for (int i = 0; i <= REVOCATION_PATH_MAX; i++) {
            reason = trust_path(search->anchors, own, pool, search->at, &path);
            if (reason != PADES_NO_CERTIFICATE_CHAIN_FOUND || !search_fetch_issuer(search, pool)) {
                break;
            }
        }
    }
    X509_free(own);
    sk_X509_pop_free(pool, X509_free);
    ERR_clear_error();
    if (reason != PADES_OK) {
        return fail(STATUS_INVALID, "no sound path leads from the certificate to a trust anchor (%s)",
                    pades_reason_name(reason));
    }
    *ret_path = path;
    return STATUS_OK;
}

static Status search_prove_path(Search *search, Texts chain, int depth, RevocationVerdict *ret_verdict,
                                Time *ret_revoked);

/** Whether a proof can be used for the question that is asked. */
static bool search_takes(Search *search, const RevocationProof *proof, int depth) {
    if (proof->verdict == REVOCATION_UNKNOWN || (search->must_be_current && !proof->is_current)) {
        return false;
    }
    /* What was said before `at` and promised news before `at` says nothing about `at`. */
    if (time_is_set(proof->next) && time_before(proof->next, time_add(search->at, -REVOCATION_SKEW))) {
        return false;
    }
    if (proof->responder.size == 0) {
        return true;
    }
    RevocationVerdict verdict = REVOCATION_UNKNOWN;
    Time revoked = {0};
    Text chain[] = {proof->responder};
    return depth < REVOCATION_DEPTH_MAX &&
           search_prove_path(search, (Texts){chain, 1}, depth + 1, &verdict, &revoked) == STATUS_OK &&
           verdict == REVOCATION_GOOD;
}

/** One certificate with its issuer, and the best proof about it so far. */
typedef struct Subject {
    X509 *certificate, *issuer;
    RevocationProof best;
    Text bytes; /**< of the best proof; empty: none */
    bool is_list;
} Subject;

/** Weighs a proof: a revocation that counts goes before all, then the newest. @return whether it can be used */
static bool search_weigh(Search *search, Subject *subject, Text bytes, bool is_list, int depth) {
    RevocationProof proof = {0};
    if (search->left <= 0) {
        return false;
    }
    search->left--;
    const Status status =
        is_list ? revocation_read_crl(bytes, subject->certificate, subject->issuer, &proof)
                : revocation_read_ocsp(search->arena, bytes, subject->certificate, subject->issuer, &proof);
    if (status != STATUS_OK || !search_takes(search, &proof, depth)) {
        return false;
    }
    const RevocationProof *best = &subject->best;
    const bool was_revoked = subject->bytes.size > 0 && best->verdict == REVOCATION_REVOKED;
    const bool is_newer = subject->bytes.size == 0 || time_before(best->produced, proof.produced);
    const bool is_revoked = proof.verdict == REVOCATION_REVOKED;
    if ((is_revoked && !was_revoked) || (is_newer && is_revoked == was_revoked)) {
        subject->best = proof;
        subject->bytes = bytes;
        subject->is_list = is_list;
    }
    return true;
}

static void search_known(Search *search, Subject *subject, int depth) {
    const Texts ocsps = search->known != NULL ? search->known->ocsps : (Texts){0};
    const Texts lists = search->known != NULL ? search->known->crls : (Texts){0};
    for (size_t i = 0; i < ocsps.count && i < REVOCATION_PROOFS_MAX; i++) {
        (void)search_weigh(search, subject, ocsps.items[i], false, depth);
    }
    for (size_t i = 0; i < lists.count && i < REVOCATION_PROOFS_MAX; i++) {
        (void)search_weigh(search, subject, lists.items[i], true, depth);
    }
}

static void search_responders(Search *search, Subject *subject, int depth) {
    STACK_OF(OPENSSL_STRING) *places = X509_get1_ocsp(subject->certificate);
    const Text request = revocation_request(search->arena, subject->certificate, subject->issuer);
    for (int i = 0; i < sk_OPENSSL_STRING_num(places) && i < REVOCATION_URLS_MAX && subject->bytes.size == 0; i++) {
        const Text url = arena_copy(search->arena, text_of(sk_OPENSSL_STRING_value(places, i)));
        Text reply = {0};
        if (search_asks(search, url, REVOCATION_OCSP_MAX, request, &reply)) {
            (void)search_weigh(search, subject, reply, false, depth);
        }
    }
    X509_email_free(places);
}

static void search_lists(Search *search, Subject *subject, int depth) {
    CRL_DIST_POINTS *points = X509_get_ext_d2i(subject->certificate, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points) && i < REVOCATION_URLS_MAX && subject->bytes.size == 0; i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        const GENERAL_NAMES *names =
            point->distpoint != NULL && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;
        for (int j = 0; j < sk_GENERAL_NAME_num(names) && j < REVOCATION_URLS_MAX && subject->bytes.size == 0; j++) {
            const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, j);
            if (name->type != GEN_URI) {
                continue;
            }
            const ASN1_STRING *place = name->d.uniformResourceIdentifier;
            const Text url = arena_copy(
                search->arena, (Text){(const char *)ASN1_STRING_get0_data(place), (size_t)ASN1_STRING_length(place)});
            Text reply = {0};
            if (search_asks(search, url, REVOCATION_CRL_MAX, (Text){0}, &reply)) {
                (void)search_weigh(search, subject, reply, true, depth);
            }
        }
    }
    CRL_DIST_POINTS_free(points);
}

/** A certificate of a responder that its issuer lets stand without proof. */
static bool search_needs_no_proof(X509 *certificate) {
    return X509_get_ext_by_NID(certificate, NID_id_pkix_OCSP_noCheck, -1) >= 0 &&
           (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
           X509_get_extended_key_usage(certificate) == XKU_OCSP_SIGN;
}

/** Finds the best proof about one certificate and notes it. */
static RevocationVerdict search_prove(Search *search, X509 *certificate, X509 *issuer, int depth, Time *ret_revoked) {
    Subject subject = {.certificate = certificate, .issuer = issuer};
    if (search_needs_no_proof(certificate)) {
        return REVOCATION_GOOD;
    }
    search_known(search, &subject, depth);
    if (subject.bytes.size == 0 && search->fetch != NULL) {
        search_responders(search, &subject, depth);
        search_lists(search, &subject, depth);
    }
    if (subject.bytes.size == 0) {
        return REVOCATION_UNKNOWN;
    }
    search_keep(search, subject.is_list ? &search->found.crls : &search->found.ocsps, subject.bytes);
    if (!time_is_set(search->oldest) || time_before(subject.best.produced, search->oldest)) {
        search->oldest = subject.best.produced;
    }
    if (subject.best.verdict != REVOCATION_REVOKED || time_before(search->at, subject.best.revoked)) {
        return REVOCATION_GOOD;
    }
    *ret_revoked = subject.best.revoked;
    return REVOCATION_REVOKED;
}

/** What is said when a certificate is not good. */
static Status search_refuse(Search *search, X509 *certificate, RevocationVerdict verdict, Time revoked) {
    const Text name = revocation_name(search->arena, certificate);
    if (verdict == REVOCATION_REVOKED) {
        const Text since = time_rfc3339(search->arena, revoked);
        return fail(STATUS_INVALID, "the certificate of \"%.*s\" was revoked on %.*s", TEXT_ARG(name), TEXT_ARG(since));
    }
    const Text last = arena_copy(search->arena, failure_take());
    return fail(STATUS_UNAVAILABLE, "nothing proves that the certificate of \"%.*s\" was not revoked: %.*s",
                TEXT_ARG(name), TEXT_ARG(last));
}

/** Proves all certificates of a path but its anchor; stops at the first that is not good, with fail's words. */
static Status search_prove_path(Search *search, Texts chain, int depth, RevocationVerdict *ret_verdict,
                                Time *ret_revoked) {
    STACK_OF(X509) *path = NULL;
    RevocationVerdict verdict = REVOCATION_GOOD;
    Time revoked = {0};
    TRY(search_path(search, chain, &path));
    const int count = sk_X509_num(path);
    for (int i = 0; i < count; i++) {
        search_keep(search, &search->found.certificates, revocation_der(search->arena, sk_X509_value(path, i)));
    }
    for (int i = 0; i + 1 < count && verdict == REVOCATION_GOOD; i++) {
        X509 *certificate = sk_X509_value(path, i);
        verdict = search_prove(search, certificate, sk_X509_value(path, i + 1), depth, &revoked);
        if (verdict != REVOCATION_GOOD) {
            const Status words = search_refuse(search, certificate, verdict, revoked);
            (void)words;
        }
    }
    sk_X509_pop_free(path, X509_free);
    *ret_verdict = verdict;
    *ret_revoked = revoked;
    return STATUS_OK;
}

Status revocation_collect(Arena *arena, const TrustFetch *fetch, Texts chain, const TrustAnchors *anchors,
                          const ValidationData *known, Time at, ValidationData *ret_data) {
    Search search = {.arena = arena,
                     .fetch = fetch,
                     .anchors = anchors,
                     .known = known,
                     .at = at,
                     .must_be_current = true,
                     .left = REVOCATION_LOOKS_MAX};
    RevocationVerdict verdict = REVOCATION_UNKNOWN;
    Time revoked = {0};
    TRY(search_prove_path(&search, chain, 0, &verdict, &revoked));
    switch (verdict) {
    case REVOCATION_GOOD:
        *ret_data = search.found;
        return STATUS_OK;
    case REVOCATION_REVOKED:
        return STATUS_INVALID;
    case REVOCATION_UNKNOWN:
        break;
    }
    return STATUS_UNAVAILABLE;
}

Status revocation_judge(Arena *arena, Texts chain, const TrustAnchors *anchors, const ValidationData *data, Time at,
                        RevocationVerdict *ret_verdict, Time *ret_revoked, Time *ret_fresh) {
    Search search = {.arena = arena, .anchors = anchors, .known = data, .at = at, .left = REVOCATION_LOOKS_MAX};
    RevocationVerdict verdict = REVOCATION_UNKNOWN;
    Time revoked = {0};
    TRY(search_prove_path(&search, chain, 0, &verdict, &revoked));
    *ret_verdict = verdict;
    *ret_revoked = revoked;
    if (ret_fresh != NULL) {
        *ret_fresh = search.oldest;
    }
    return STATUS_OK;
}
