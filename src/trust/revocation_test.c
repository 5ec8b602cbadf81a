/** Tests of revocation: OCSP responses and CRLs that OpenSSL made, good ones and each kind that must not be believed.
 */
#include "trust/revocation.h"

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "testing/test.h"
#include "trust/der.h"
#include "trust/revocation_inside.h"

#define BUDGET ((size_t)64 << 20)

/** A root, a certificate that it issued, and one whom it lets answer for it. */
typedef struct Pki {
    Arena *arena;
    EVP_PKEY *root_key, *other_key;
    X509 *root, *leaf, *responder, *careless, *stranger, *other_root;
    long long now;
} Pki;

static Text der_of(Arena *arena, X509 *certificate) {
    const Text der = revocation_der(arena, certificate);
    CHECK(der.size > 0);
    return der;
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    CHECK(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/** What a certificate of these tests says. */
typedef struct Plan {
    const char *name, *usage;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *key, *issuer_key;
    bool is_authority, is_free_of_proof, has_addresses;
    long long from, until;
} Plan;

static X509 *make(const Plan *plan) {
    static long serial = 100;
    X509 *certificate = X509_new();
    X509 *issuer = plan->issuer != NULL ? plan->issuer : certificate;
    CHECK(X509_set_version(certificate, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial) == 1);
    CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)plan->from) != NULL);
    CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)plan->until) != NULL);
    X509_NAME *name = X509_get_subject_name(certificate);
    CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)plan->name, -1, -1, 0) == 1);
    CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    CHECK(X509_set_pubkey(certificate, plan->key) == 1);
    extend(certificate, issuer, NID_basic_constraints, plan->is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(certificate, issuer, NID_key_usage,
           plan->is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (plan->usage != NULL) {
        extend(certificate, issuer, NID_ext_key_usage, plan->usage);
    }
    if (plan->is_free_of_proof) {
        extend(certificate, issuer, NID_id_pkix_OCSP_noCheck, "ignored");
    }
    if (plan->has_addresses) {
        extend(certificate, issuer, NID_info_access,
               "OCSP;URI:http://ca.test/ocsp,caIssuers;URI:http://ca.test/root.cer");
        extend(certificate, issuer, NID_crl_distribution_points, "URI:http://ca.test/list.crl");
    }
    CHECK(X509_sign(certificate, plan->issuer_key, EVP_sha256()) > 0);
    return certificate;
}

static EVP_PKEY *responder_key, *stranger_key, *careless_key;

static Pki make_pki(void) {
    Pki pki = {.arena = arena_open(BUDGET), .root_key = EVP_EC_gen("P-256"), .other_key = EVP_EC_gen("P-256")};
    pki.now = clock_now().microseconds / TIME_SECOND;
    responder_key = EVP_EC_gen("P-256");
    stranger_key = EVP_EC_gen("P-256");
    careless_key = EVP_EC_gen("P-256");
    const long long from = pki.now - 86400 * 30, until = pki.now + 86400 * 30;
    pki.root = make(&(Plan){.name = "Root",
                            .key = pki.root_key,
                            .issuer_key = pki.root_key,
                            .is_authority = true,
                            .from = from,
                            .until = until});
    pki.other_root = make(&(Plan){.name = "Root",
                                  .key = pki.other_key,
                                  .issuer_key = pki.other_key,
                                  .is_authority = true,
                                  .from = from,
                                  .until = until});
    pki.leaf = make(&(Plan){.name = "Seal",
                            .issuer = pki.root,
                            .key = pki.other_key,
                            .issuer_key = pki.root_key,
                            .has_addresses = true,
                            .from = from,
                            .until = until});
    pki.responder = make(&(Plan){.name = "Responder",
                                 .usage = "OCSPSigning",
                                 .issuer = pki.root,
                                 .key = responder_key,
                                 .issuer_key = pki.root_key,
                                 .is_free_of_proof = true,
                                 .from = from,
                                 .until = until});
    pki.careless = make(&(Plan){.name = "Careless",
                                .usage = "OCSPSigning",
                                .issuer = pki.root,
                                .key = careless_key,
                                .issuer_key = pki.root_key,
                                .has_addresses = true,
                                .from = from,
                                .until = until});
    pki.stranger = make(&(Plan){.name = "Stranger",
                                .usage = "emailProtection",
                                .issuer = pki.root,
                                .key = stranger_key,
                                .issuer_key = pki.root_key,
                                .from = from,
                                .until = until});
    return pki;
}

static void free_pki(Pki *pki) {
    X509 *const certificates[] = {pki->root, pki->leaf, pki->responder, pki->careless, pki->stranger, pki->other_root};
    EVP_PKEY *const keys[] = {pki->root_key, pki->other_key, responder_key, stranger_key, careless_key};
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        X509_free(certificates[i]);
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        EVP_PKEY_free(keys[i]);
    }
    arena_close(pki->arena);
}

/** How an OCSP response is made; all zero: by the issuer, good, current. */
typedef struct Answer {
    X509 *signer, *about, *issuer_named;
    EVP_PKEY *key;
    const EVP_MD *digest;
    int status;
    long long made, next, revoked, cutoff; /* seconds from now; next 0: a day, -1: none; cutoff 0: none */
    bool by_key, without_certificate, critical;
} Answer;

static ASN1_TIME *at(const Pki *pki, long long seconds) {
    return ASN1_TIME_adj(NULL, (time_t)pki->now, 0, (long)seconds);
}

static ASN1_GENERALIZEDTIME *generalized(const Pki *pki, long long seconds) {
    return ASN1_GENERALIZEDTIME_adj(NULL, (time_t)pki->now, 0, (long)seconds);
}

static void extend_single(const Pki *pki, OCSP_SINGLERESP *single, const Answer *answer) {
    if (answer->cutoff != 0) {
        ASN1_GENERALIZEDTIME *cutoff = generalized(pki, answer->cutoff);
        CHECK(OCSP_SINGLERESP_add1_ext_i2d(single, NID_id_pkix_OCSP_archiveCutoff, cutoff, 0, 0) == 1);
        ASN1_GENERALIZEDTIME_free(cutoff);
    }
    if (answer->critical) {
        ASN1_GENERALIZEDTIME *any = generalized(pki, 0);
        CHECK(OCSP_SINGLERESP_add1_ext_i2d(single, NID_invalidity_date, any, 1, 0) == 1);
        ASN1_GENERALIZEDTIME_free(any);
    }
}

static Text make_ocsp(const Pki *pki, const Answer *answer) {
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    X509 *about = answer->about != NULL ? answer->about : pki->leaf;
    X509 *issuer = answer->issuer_named != NULL ? answer->issuer_named : pki->root;
    X509 *signer = answer->signer != NULL ? answer->signer : pki->root;
    OCSP_CERTID *name = OCSP_cert_to_id(EVP_sha1(), about, issuer);
    ASN1_TIME *made = at(pki, answer->made), *revoked = at(pki, answer->revoked);
    ASN1_TIME *next = answer->next == -1 ? NULL : at(pki, answer->next == 0 ? 86400 : answer->next);
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(basic, name, answer->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                               answer->status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL, made, next);
    CHECK(single != NULL);
    extend_single(pki, single, answer);
    const unsigned long flags =
        (answer->by_key ? OCSP_RESPID_KEY : 0) | (answer->without_certificate ? OCSP_NOCERTS : 0);
    CHECK(OCSP_basic_sign(basic, signer, answer->key != NULL ? answer->key : pki->root_key,
                          answer->digest != NULL ? answer->digest : EVP_sha256(), NULL, flags) == 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char *der = NULL;
    const int size = i2d_OCSP_RESPONSE(response, &der);
    CHECK(size > 0);
    const Text bytes = arena_copy(pki->arena, (Text){(const char *)der, (size_t)size});
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(name);
    ASN1_TIME_free(made);
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(next);
    return bytes;
}

static bool says(const char *words) {
    size_t where = 0;
    const Text said = test_failure();
    const bool found = text_find(said, text_of(words), &where);
    if (!found) {
        fprintf(stderr, "# said \"%.*s\", not \"%s\"\n", TEXT_ARG(said), words);
    }
    return found;
}

TEST(takes_good_responses) {
    Pki pki = make_pki();
    RevocationProof proof = {0};
    const Answer good[] = {{.by_key = false},
                           {.by_key = true},
                           {.without_certificate = true},
                           {.signer = pki.responder, .key = responder_key},
                           {.signer = pki.responder, .key = responder_key, .by_key = true},
                           {.digest = EVP_sha384(), .next = -1}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const Text response = make_ocsp(&pki, &good[i]);
        CHECK_OK(revocation_read_ocsp(pki.arena, response, pki.leaf, pki.root, &proof));
        CHECK_INT(proof.verdict, REVOCATION_GOOD);
        CHECK(proof.is_current && proof.responder.size == 0);
        CHECK_INT(time_is_set(proof.next), good[i].next != -1);
    }
    /* Who may answer but needs a proof himself is named. */
    const Text careless = make_ocsp(&pki, &(Answer){.signer = pki.careless, .key = careless_key});
    CHECK_OK(revocation_read_ocsp(pki.arena, careless, pki.leaf, pki.root, &proof));
    CHECK(text_equal(proof.responder, der_of(pki.arena, pki.careless)));
    const Text revoked = make_ocsp(&pki, &(Answer){.status = V_OCSP_CERTSTATUS_REVOKED, .revoked = -3600});
    CHECK_OK(revocation_read_ocsp(pki.arena, revoked, pki.leaf, pki.root, &proof));
    CHECK_INT(proof.verdict, REVOCATION_REVOKED);
    CHECK_INT(proof.revoked.microseconds / TIME_SECOND, pki.now - 3600);
    const Text unknown = make_ocsp(&pki, &(Answer){.status = V_OCSP_CERTSTATUS_UNKNOWN});
    CHECK_OK(revocation_read_ocsp(pki.arena, unknown, pki.leaf, pki.root, &proof));
    CHECK_INT(proof.verdict, REVOCATION_UNKNOWN);
    free_pki(&pki);
}

TEST(refuses_responses_that_prove_nothing) {
    Pki pki = make_pki();
    const long long past = pki.now - 86400 * 20;
    X509 *expired = make(&(Plan){.name = "Expired",
                                 .usage = "OCSPSigning",
                                 .issuer = pki.root,
                                 .key = stranger_key,
                                 .issuer_key = pki.root_key,
                                 .is_free_of_proof = true,
                                 .from = past,
                                 .until = pki.now - 3600});
    X509 *foreign = make(&(Plan){.name = "Foreign",
                                 .usage = "OCSPSigning",
                                 .issuer = pki.other_root,
                                 .key = stranger_key,
                                 .issuer_key = pki.other_key,
                                 .is_free_of_proof = true,
                                 .from = past,
                                 .until = pki.now + 3600});
    const struct {
        Answer answer;
        const char *words;
    } bad[] = {{{.about = pki.stranger}, "about another certificate"},
               {{.issuer_named = pki.other_root}, "about another certificate"},
               {{.signer = pki.stranger, .key = stranger_key}, "not for OCSP"},
               {{.signer = foreign, .key = stranger_key}, "neither the issuer nor certified by it"},
               {{.signer = expired, .key = stranger_key}, "was not valid when"},
               {{.signer = pki.other_root, .key = pki.other_key}, "its sign"},
               {{.signer = pki.responder, .key = responder_key, .without_certificate = true}, "certificate is missing"},
               {{.digest = EVP_sha1()}, "weak or unknown"},
               {{.critical = true}, "critical extension"},
               {{.next = -7200, .made = -3600}, "its dates"}};
    RevocationProof proof = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const Text response = make_ocsp(&pki, &bad[i].answer);
        CHECK_STATUS(revocation_read_ocsp(pki.arena, response, pki.leaf, pki.root, &proof), STATUS_INVALID);
        CHECK(says(bad[i].words));
    }
    const Text good = make_ocsp(&pki, &(Answer){0}), more[] = {good, TEXT("\x05\x00")};
    for (size_t i = 0; i < good.size; i++) {
        char *copy = arena_c_string(pki.arena, good);
        copy[i] = (char)(copy[i] ^ 0x21);
        proof.verdict = REVOCATION_UNKNOWN;
        /* Certificates that come along unasked may be anything: nothing rests on them here. */
        const Status status = revocation_read_ocsp(pki.arena, (Text){copy, good.size}, pki.leaf, pki.root, &proof);
        CHECK(status == STATUS_INVALID || proof.verdict == REVOCATION_GOOD);
        CHECK_STATUS(revocation_read_ocsp(pki.arena, text_slice(good, 0, i), pki.leaf, pki.root, &proof),
                     STATUS_INVALID);
    }
    CHECK_STATUS(revocation_read_ocsp(pki.arena, der_join(pki.arena, more, 2), pki.leaf, pki.root, &proof),
                 STATUS_INVALID);
    CHECK_STATUS(revocation_read_ocsp(pki.arena, TEXT("\x30\x03\x0a\x01\x03"), pki.leaf, pki.root, &proof),
                 STATUS_INVALID);
    CHECK(says("trylater"));
    X509_free(expired);
    X509_free(foreign);
    free_pki(&pki);
}

/** How a list is made; all zero: of the root, current, empty. */
typedef struct List {
    X509 *issuer, *revoked;
    EVP_PKEY *key;
    const EVP_MD *digest;
    long long made, next, since; /* seconds from now; next 0: a day */
    const char *scope;           /* issuing distribution point */
    bool delta, critical;
} List;

static void extend_list(X509_CRL *list, const List *how) {
    if (how->scope != NULL) {
        X509_EXTENSION *scope = X509V3_EXT_conf_nid(NULL, NULL, NID_issuing_distribution_point, how->scope);
        CHECK(scope != NULL && X509_CRL_add_ext(list, scope, -1) == 1);
        X509_EXTENSION_free(scope);
    }
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    CHECK(ASN1_INTEGER_set(number, 7) == 1 && X509_CRL_add1_ext_i2d(list, NID_crl_number, number, 0, 0) == 1);
    if (how->delta) {
        CHECK(X509_CRL_add1_ext_i2d(list, NID_delta_crl, number, 1, 0) == 1);
    }
    if (how->critical) {
        ASN1_OBJECT *name = OBJ_txt2obj("1.2.3.4.5.6", 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        CHECK(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2) == 1);
        X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, name, 1, value);
        CHECK(X509_CRL_add_ext(list, extension, -1) == 1);
        X509_EXTENSION_free(extension);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(name);
    }
    ASN1_INTEGER_free(number);
}

static Text make_list(const Pki *pki, const List *how) {
    X509_CRL *list = X509_CRL_new();
    X509 *issuer = how->issuer != NULL ? how->issuer : pki->root;
    ASN1_TIME *made = at(pki, how->made), *next = at(pki, how->next == 0 ? 86400 : how->next),
              *since = at(pki, how->since);
    CHECK(X509_CRL_set_version(list, 1) == 1 && X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)) == 1);
    CHECK(X509_CRL_set1_lastUpdate(list, made) == 1 && X509_CRL_set1_nextUpdate(list, next) == 1);
    if (how->revoked != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new();
        CHECK(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(how->revoked)) == 1);
        CHECK(X509_REVOKED_set_revocationDate(entry, since) == 1 && X509_CRL_add0_revoked(list, entry) == 1);
    }
    extend_list(list, how);
    CHECK(X509_CRL_sign(list, how->key != NULL ? how->key : pki->root_key,
                        how->digest != NULL ? how->digest : EVP_sha256()) > 0);
    unsigned char *der = NULL;
    const int size = i2d_X509_CRL(list, &der);
    CHECK(size > 0);
    const Text bytes = arena_copy(pki->arena, (Text){(const char *)der, (size_t)size});
    OPENSSL_free(der);
    X509_CRL_free(list);
    ASN1_TIME_free(made);
    ASN1_TIME_free(next);
    ASN1_TIME_free(since);
    return bytes;
}

TEST(takes_whole_lists_of_the_issuer_alone) {
    Pki pki = make_pki();
    RevocationProof proof = {0};
    CHECK_OK(revocation_read_crl(make_list(&pki, &(List){0}), pki.leaf, pki.root, &proof));
    CHECK_INT(proof.verdict, REVOCATION_GOOD);
    CHECK_OK(
        revocation_read_crl(make_list(&pki, &(List){.scope = "critical,onlyuser:TRUE"}), pki.leaf, pki.root, &proof));
    CHECK_OK(revocation_read_crl(make_list(&pki, &(List){.revoked = pki.stranger}), pki.leaf, pki.root, &proof));
    CHECK_INT(proof.verdict, REVOCATION_GOOD);
    CHECK_OK(
        revocation_read_crl(make_list(&pki, &(List){.revoked = pki.leaf, .since = -60}), pki.leaf, pki.root, &proof));
    CHECK_INT(proof.verdict, REVOCATION_REVOKED);
    CHECK_INT(proof.revoked.microseconds / TIME_SECOND, pki.now - 60);
    const struct {
        List list;
        const char *words;
    } bad[] = {{{.key = pki.other_key}, "signature is broken"},
               {{.issuer = pki.responder, .key = responder_key}, "of another issuer"},
               {{.delta = true}, "only a part"},
               {{.critical = true}, "critical extension"},
               {{.scope = "critical,indirectCRL:TRUE"}, "indirect"},
               {{.scope = "critical,onlysomereasons:keyCompromise"}, "for some reasons"},
               {{.scope = "critical,onlyCA:TRUE"}, "this kind of certificate"},
               {{.scope = "critical,onlyAA:TRUE"}, "attributes"},
               {{.digest = EVP_sha1()}, "weak"},
               {{.made = -60, .next = -3600}, "its dates"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(revocation_read_crl(make_list(&pki, &bad[i].list), pki.leaf, pki.root, &proof), STATUS_INVALID);
        CHECK(says(bad[i].words));
    }
    const Text good = make_list(&pki, &(List){.revoked = pki.leaf});
    for (size_t i = 0; i < good.size; i++) {
        char *copy = arena_c_string(pki.arena, good);
        copy[i] = (char)(copy[i] ^ 0x21);
        CHECK_STATUS(revocation_read_crl((Text){copy, good.size}, pki.leaf, pki.root, &proof), STATUS_INVALID);
        CHECK_STATUS(revocation_read_crl(text_slice(good, 0, i), pki.leaf, pki.root, &proof), STATUS_INVALID);
    }
    free_pki(&pki);
}

/** The net of these tests: what it answers, and how often it was asked. */
typedef struct Net {
    Text ocsp, list, root;
    int asked;
} Net;

static Status ask_net(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    Net *net = context;
    (void)arena;
    net->asked++;
    *ret_reply = text_ends_with(question->url, TEXT("/ocsp"))       ? net->ocsp
                 : text_ends_with(question->url, TEXT("/list.crl")) ? net->list
                                                                    : net->root;
    return ret_reply->size > 0 ? STATUS_OK : fail(STATUS_UNAVAILABLE, "the net is down");
}

static TrustAnchors *anchors_of(const Pki *pki) {
    TrustAnchors *anchors = NULL;
    Text root = der_of(pki->arena, pki->root);
    CHECK_OK(trust_anchors_make(pki->arena, (Texts){&root, 1}, &anchors));
    return anchors;
}

static Status collect(const Pki *pki, Net *net, const ValidationData *known, long long when, ValidationData *ret_data) {
    const TrustFetch fetch = {ask_net, net};
    Text leaf = der_of(pki->arena, pki->leaf);
    net->asked = 0;
    return revocation_collect(pki->arena, &fetch, (Texts){&leaf, 1}, anchors_of(pki), known,
                              (Time){(pki->now + when) * TIME_SECOND}, ret_data);
}

TEST(collects_by_ocsp_then_by_list) {
    Pki pki = make_pki();
    ValidationData data = {0}, again = {0};
    Net net = {.ocsp = make_ocsp(&pki, &(Answer){.signer = pki.responder, .key = responder_key})};
    CHECK_OK(collect(&pki, &net, NULL, 0, &data));
    CHECK(data.ocsps.count == 1 && data.crls.count == 0 && data.certificates.count == 2 && net.asked == 1);
    /* What is at hand is not asked for again. */
    CHECK_OK(collect(&pki, &net, &data, 0, &again));
    CHECK(again.ocsps.count == 1 && net.asked == 0);
    const ValidationData joined = validation_data_join(pki.arena, &data, &again);
    CHECK(joined.ocsps.count == 1 && joined.certificates.count == 2);
    net = (Net){.ocsp = TEXT("\x30\x03\x0a\x01\x03"), .list = make_list(&pki, &(List){0})};
    CHECK_OK(collect(&pki, &net, NULL, 0, &data));
    CHECK(data.ocsps.count == 0 && data.crls.count == 1 && net.asked == 2);
    /* Stale answers, answers from the future, and none. */
    const Answer useless[] = {{.made = -86400, .next = -3600}, {.made = 7200}, {.status = V_OCSP_CERTSTATUS_UNKNOWN}};
    for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++) {
        net = (Net){.ocsp = make_ocsp(&pki, &useless[i])};
        CHECK_STATUS(collect(&pki, &net, NULL, 0, &data), STATUS_UNAVAILABLE);
        CHECK(says("\"Seal\""));
    }
    free_pki(&pki);
}

TEST(a_responder_without_freedom_needs_a_proof) {
    Pki pki = make_pki();
    ValidationData data = {0};
    Net net = {.ocsp = make_ocsp(&pki, &(Answer){.signer = pki.careless, .key = careless_key})};
    CHECK_STATUS(collect(&pki, &net, NULL, 0, &data), STATUS_UNAVAILABLE);
    net.list = make_list(&pki, &(List){0});
    CHECK_OK(collect(&pki, &net, NULL, 0, &data));
    CHECK(data.crls.count == 1);
    net.list = make_list(&pki, &(List){.revoked = pki.careless, .since = -60});
    CHECK_OK(collect(&pki, &net, NULL, 0, &data)); /* by the list alone */
    CHECK(data.crls.count == 1 && data.ocsps.count == 0);
    free_pki(&pki);
}

TEST(a_revocation_counts_from_its_day_on) {
    Pki pki = make_pki();
    ValidationData data = {0};
    const Answer revoked = {.status = V_OCSP_CERTSTATUS_REVOKED, .revoked = -3600};
    Net net = {.ocsp = make_ocsp(&pki, &revoked), .list = make_list(&pki, &(List){0})};
    CHECK_STATUS(collect(&pki, &net, NULL, 0, &data), STATUS_INVALID);
    CHECK(says("\"Seal\" was revoked on"));
    CHECK_STATUS(collect(&pki, &net, NULL, -3600, &data), STATUS_INVALID);
    CHECK_OK(collect(&pki, &net, NULL, -3601, &data));
    /* A good answer beside it takes nothing back. */
    Text leaf = der_of(pki.arena, pki.leaf), ocsps[] = {net.ocsp, make_ocsp(&pki, &(Answer){.made = 60})};
    const ValidationData both = {.ocsps = {ocsps, 2}};
    RevocationVerdict verdict = REVOCATION_GOOD;
    Time since = {0}, fresh = {0};
    CHECK_OK(
        revocation_judge(pki.arena, (Texts){&leaf, 1}, anchors_of(&pki), &both, clock_now(), &verdict, &since, &fresh));
    CHECK_INT(verdict, REVOCATION_REVOKED);
    CHECK_INT(since.microseconds / TIME_SECOND, pki.now - 3600);
    free_pki(&pki);
}

static RevocationVerdict judge(const Pki *pki, const Answer *answer, long long when) {
    Text leaf = der_of(pki->arena, pki->leaf), ocsp = make_ocsp(pki, answer);
    const ValidationData data = {.ocsps = {&ocsp, 1}};
    RevocationVerdict verdict = REVOCATION_REVOKED;
    Time since = {0}, fresh = {0};
    CHECK_OK(revocation_judge(pki->arena, (Texts){&leaf, 1}, anchors_of(pki), &data,
                              (Time){(pki->now + when) * TIME_SECOND}, &verdict, &since, &fresh));
    CHECK(verdict != REVOCATION_GOOD || fresh.microseconds / TIME_SECOND == pki->now + answer->made);
    return verdict;
}

TEST(judges_by_data_alone) {
    Pki pki = make_pki();
    CHECK_INT(judge(&pki, &(Answer){0}, 0), REVOCATION_GOOD);
    /* Later than the time that is judged: all the better. Earlier and outdated by then: nothing. */
    CHECK_INT(judge(&pki, &(Answer){.made = 86400 * 10, .next = 86400 * 11}, 0), REVOCATION_GOOD);
    CHECK_INT(judge(&pki, &(Answer){.made = -86400, .next = -43200}, 0), REVOCATION_UNKNOWN);
    CHECK_INT(judge(&pki, &(Answer){.made = -86400, .next = -43200}, -50000), REVOCATION_GOOD);
    /* Of expired certificates only those responders speak who remember them. */
    const long long late = 86400 * 31;
    CHECK_INT(judge(&pki, &(Answer){.made = late, .next = late + 60}, 0), REVOCATION_UNKNOWN);
    CHECK_INT(judge(&pki, &(Answer){.made = late, .next = late + 60, .cutoff = 86400 * 29}, 0), REVOCATION_GOOD);
    CHECK_INT(judge(&pki, &(Answer){.made = late, .next = late + 60, .cutoff = late - 60}, 0), REVOCATION_UNKNOWN);
    Text leaf = der_of(pki.arena, pki.leaf);
    RevocationVerdict verdict = REVOCATION_GOOD;
    Time since = {0};
    const ValidationData none = {0};
    CHECK_OK(
        revocation_judge(pki.arena, (Texts){&leaf, 1}, anchors_of(&pki), &none, clock_now(), &verdict, &since, NULL));
    CHECK_INT(verdict, REVOCATION_UNKNOWN);
    TrustAnchors *others = NULL;
    Text other = der_of(pki.arena, pki.other_root);
    CHECK_OK(trust_anchors_make(pki.arena, (Texts){&other, 1}, &others));
    CHECK_STATUS(revocation_judge(pki.arena, (Texts){&leaf, 1}, others, &none, clock_now(), &verdict, &since, NULL),
                 STATUS_INVALID);
    free_pki(&pki);
}

TEST(proofs_that_speak_of_each_other_end) {
    Pki pki = make_pki();
    enum { MANY = 60 };
    Text ocsps[MANY], leaf = der_of(pki.arena, pki.leaf);
    /* Each about the seal needs a proof of its responder, and each of those again: 40 * 20 * 20 * 20 looks, were they
     * not counted. */
    for (long long i = 0; i < MANY; i++) {
        ocsps[i] = make_ocsp(&pki, &(Answer){.signer = pki.careless,
                                             .key = careless_key,
                                             .about = i < 40 ? pki.leaf : pki.careless,
                                             .made = -i - 1});
    }
    const ValidationData data = {.ocsps = {ocsps, MANY}};
    RevocationVerdict verdict = REVOCATION_GOOD;
    Time since = {0};
    const int64_t before = clock_monotonic();
    CHECK_OK(
        revocation_judge(pki.arena, (Texts){&leaf, 1}, anchors_of(&pki), &data, clock_now(), &verdict, &since, NULL));
    CHECK_INT(verdict, REVOCATION_UNKNOWN);
    CHECK(clock_monotonic() - before < 30 * TIME_SECOND);
    free_pki(&pki);
}
