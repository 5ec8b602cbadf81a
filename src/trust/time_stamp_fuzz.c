/** Fuzz driver of time stamps: any bytes as a token, as an authority's reply, and as a question to our own. */
#include "trust/time_stamp.h"

#include "base/log.h"
#include "trust/cms.h"
#include "trust/cms_oid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    const TimeStampService service = {.url = TEXT("https://tsa.example/")};
    TimeStamp stamp = {0};
    CmsSigned *read = arena_new(arena, CmsSigned);
    if (time_stamp_read(arena, bytes, &stamp) != STATUS_OK &&
        time_stamp_get(arena, &fetch, (TimeStampServices){&service, 1}, NULL, KEY_SHA256,
                       TEXT("0123456789abcdef0123456789abcdef"), &stamp, NULL) != STATUS_OK &&
        cms_read_content(bytes, OID_TST_INFO, read) != STATUS_OK) {
        (void)failure_take();
    }
    arena_close(arena);
    return 0;
}
