/** Fuzz driver of what strangers ask the authority: any bytes as an OCSP or time-stamp request, and as an address. */
#include <stdlib.h>

#include "base/log.h"
#include "testing/test.h"
#include "trust/authority.h"
#include "trust/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_BUDGET ((size_t)16 << 20)

static Authority *authority;

static void make(void) {
    Arena *arena = arena_open(FUZZ_BUDGET);
    const AuthorityOptions options = {.country = TEXT("MK"), .address = TEXT("http://ca.test"), .kind = KEY_P256};
    const Text path = arena_format(arena, "%s/authority", test_directory());
    if (authority_make(arena, path, TEXT("word"), &options) != STATUS_OK ||
        authority_open(path, TEXT("word"), &authority) != STATUS_OK) {
        abort();
    }
    arena_close(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const Text bytes = {(const char *)data, size};
    if (authority == NULL) {
        make();
    }
    Arena *arena = arena_open(FUZZ_BUDGET);
    AuthorityAnswer answer = {0};
    CertificateRequest request;
    const Text paths[] = {TEXT("ocsp"), TEXT("tsa")};
    for (size_t i = 0; i < 2; i++) {
        if (size > 0 && authority_answer(authority, arena, paths[i], bytes, &answer) != STATUS_OK) {
            abort(); /* every question has an answer, if only that it is none */
        }
    }
    if (authority_answer(authority, arena, bytes, (Text){0}, &answer) != STATUS_OK &&
        certificate_read_request(arena, bytes, &request) != STATUS_OK) {
        (void)failure_take();
    }
    arena_close(arena);
    return 0;
}
