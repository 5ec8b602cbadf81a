/** Fuzz driver of revocation: any bytes as an OCSP response, as a CRL, and as a published certificate. */
#include "trust/revocation.h"

#include "base/digest.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A certificate with its root: what the corpus is about. */
#define FUZZ_LEAF                                                                                                      \
    "MIIB5TCCAYqgAwIBAgICEAEwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEUm9vdDAgFw0yNjExMjMyMjQ3MzBaGA8yMTA5MDExMjIy"             \
    "NDczMFowDzENMAsGA1UEAwwEbGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHfUv6CHeP1P6R/b2UTVkLsvl5FJTx+O1dKS"             \
    "juEQaoabEJZoBoRF2qnB0t7zKj+qc5b5LB/a7ZtL+2AT6W+NI4KjgdMwgdAwDgYDVR0PAQH/BAQDAgeAMFQGCCsGAQUFBwEBBEgw"             \
    "RjAfBggrBgEFBQcwAYYTaHR0cDovL2NhLnRlc3Qvb2NzcDAjBggrBgEFBQcwAoYXaHR0cDovL2NhLnRlc3Qvcm9vdC5jZXIwKAYD"             \
    "VR0fBCEwHzAdoBugGYYXaHR0cDovL2NhLnRlc3QvbGlzdC5jcmwwHQYDVR0OBBYEFNmnCY/rdNeBX015+2SZlu+sWPwMMB8GA1Ud"             \
    "IwQYMBaAFLPVXRZaxafJLDb3iqPlyNcmtMu7MAoGCCqGSM49BAMCA0kAMEYCIQDgG5MZm4BRXQstBBajBwfA0DXh8Afhs3kAkEZJ"             \
    "4WPCcAIhAJdOjCaYdiduJjVttjjkD84PQ9UjFWpA009EeOMXG9iS"
#define FUZZ_ROOT                                                                                                      \
    "MIIBZTCCAQqgAwIBAgIUQmSIAWifMSnT8TN7ZJBcecP+8bEwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEUm9vdDAgFw0yNjExMjMy"             \
    "MjQ3MzBaGA8yMTA5MDExMjIyNDczMFowDzENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFENPQySPU8j"             \
    "5mMSrvinOJ7JD9Dzr7BhVJ5Bt51zkKuq7+/HJQ6XK8Hz6zoe9J4LjD6KJxiV7UgK3e7rU+aw0lujQjBAMA8GA1UdEwEB/wQFMAMB"             \
    "Af8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBSz1V0WWsWnySw294qj5cjXJrTLuzAKBggqhkjOPQQDAgNJADBGAiEA+59CnszH"             \
    "YWXTtt0ObY61ZqS7ZdsJsoeRyPZhzl5pCnwCIQCgnuL11xCipUhK9xwPbH/SSBeUV+2JdCFtX670Ecb6Rg=="

#define FUZZ_BUDGET ((size_t)16 << 20)

static Status reply_with(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    (void)arena, (void)question;
    *ret_reply = *(const Text *)context;
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Text bytes = {(const char *)data, size};
    Arena *arena = arena_open(FUZZ_BUDGET);
    const TrustFetch fetch = {reply_with, &bytes};
    TrustAnchors *anchors = NULL;
    ValidationData found = {0};
    Text leaf = {0}, root = {0};
    clock_set(time_of_date(2026, 12, 1));
    if (base64_decode(arena, TEXT(FUZZ_LEAF), &leaf) == STATUS_OK &&
        base64_decode(arena, TEXT(FUZZ_ROOT), &root) == STATUS_OK &&
        trust_anchors_make(arena, (Texts){&root, 1}, &anchors) == STATUS_OK) {
        const ValidationData known = {.certificates = {&bytes, 1}, .ocsps = {&bytes, 1}, .crls = {&bytes, 1}};
        if (revocation_collect(arena, &fetch, (Texts){&leaf, 1}, anchors, &known, time_of_date(2026, 12, 1), &found) !=
                STATUS_OK &&
            revocation_collect(arena, &fetch, (Texts){&bytes, 1}, anchors, NULL, time_of_date(2026, 12, 1), &found) !=
                STATUS_OK) {
            (void)failure_take();
        }
    }
    arena_close(arena);
    return 0;
}
