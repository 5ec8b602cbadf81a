/** Tests of the authority's pages over the real server: our own client of trust services asks them. */
#include "base/digest.h"
#include "outside/outside.h"
#include "testing/site.h"
#include "trust/authority.h"
#include "trust/certificate.h"
#include "trust/revocation.h"

/** Asks the site whatever the address's host is. */
static Status ask_site(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    HttpClient *client = context;
    size_t at = 0;
    CHECK(text_find(question->url, TEXT("/authority/"), &at));
    const Text path = text_slice(question->url, at, question->url.size);
    const HttpAnswer answer = question->body.size > 0
                                  ? http_post(client, path, question->content_type, question->body, (Text){NULL, 0})
                                  : http_get(client, "GET", path, (Text){NULL, 0});
    (void)arena;
    if (answer.code != 200 ||
        (question->accept.size > 0 && !text_equal(http_header(&answer, "content-type"), question->accept))) {
        return STATUS_UNAVAILABLE;
    }
    *ret_reply = answer.body;
    return STATUS_OK;
}

/** The installation's authority, with a certificate of a chamber. */
static Authority *authority_of(Site *site, Text *ret_certificate) {
    Authority *authority = NULL;
    AuthorityList list = {0};
    CHECK_OK(outside_authority(site->world->outside, &authority));
    CHECK_OK(authority_list(authority, site->arena, &list));
    for (size_t i = 0; i < list.count; i++) {
        CertificateFacts facts;
        size_t at = 0;
        CHECK_OK(certificate_facts(site->arena, list.items[i].certificate, &facts));
        if (text_find(facts.subject, TEXT(" - seal"), &at)) {
            *ret_certificate = list.items[i].certificate;
            return authority;
        }
    }
    test_fail(__FILE__, __LINE__, "no chamber has a certificate");
}

SITE_TEST(strangers_get_stamps_and_proofs) {
    const TrustFetch fetch = {ask_site, &site->client};
    Text certificate = {NULL, 0};
    Authority *authority = authority_of(site, &certificate);
    const TimeStampService service = authority_stamps(authority);
    const TrustAnchors *anchors = NULL;
    const Sha256 digest = sha256(TEXT("paper"));
    TimeStamp stamp = {0};
    ValidationData data = {0};
    CHECK_OK(outside_anchors(site->world->outside, &anchors));
    CHECK_OK(time_stamp_get(site->arena, &fetch, (TimeStampServices){&service, 1}, anchors, KEY_SHA256,
                            sha256_text(&digest), &stamp, NULL));
    /* The issuer is fetched too: the chain begins with the certificate alone. */
    CHECK_OK(revocation_collect(site->arena, &fetch, (Texts){&certificate, 1}, anchors, NULL,
                                time_add(clock_now(), TIME_SECOND), &data));
    CHECK_INT(data.certificates.count, 3);
    CHECK_INT(data.ocsps.count + data.crls.count, 2);
}

SITE_TEST(other_questions_are_refused) {
    HttpClient *client = &site->client;
    const Text none = {NULL, 0};
    CHECK_INT(http_post(client, TEXT("/authority/tsa"), TEXT("text/plain"), TEXT("x"), none).code, 415);
    CHECK_INT(http_post(client, TEXT("/authority/ocsp"), TEXT("application/timestamp-query"), TEXT("x"), none).code,
              415);
    const Text large = {arena_allocate(site->arena, (size_t)2 * AUTHORITY_QUESTION_MAX),
                        (size_t)2 * AUTHORITY_QUESTION_MAX};
    CHECK_INT(http_post(client, TEXT("/authority/tsa"), TEXT("application/timestamp-query"), large, none).code, 413);
    CHECK_INT(site_get(client, "/authority/crl/other.crl").code, 404);
    CHECK_INT(site_get(client, "/authority/ca/root.p12").code, 404);
    CHECK_INT(site_get(client, "/authority/ca/..%2Froot.p12").code, 400);
    /* What is no request has an answer that says so. */
    const HttpAnswer bad = site_get(client, "/authority/ocsp/AAAA");
    CHECK_INT(bad.code, 200);
    CHECK(text_equal(bad.body, TEXT("\x30\x03\x0a\x01\x01")));
    /* Base64 has slashes, and clients write them in every way. */
    CHECK_INT(site_get(client, "/authority/ocsp/AA%2FA").code, 200);
    CHECK_INT(site_get(client, "/authority/ocsp/A//A/").code, 200);
    CHECK_INT(site_get(client, "/authority/ocsp/A%5CA").code, 400);
    CHECK_INT(site_get(client, "/authority/ocsp/").code, 404);
    /* There is no empty question. */
    CHECK_INT(http_post(client, TEXT("/authority/tsa"), TEXT("application/timestamp-query"), none, none).code, 404);
}
