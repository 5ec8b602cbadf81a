/** Fuzz driver of verification and sealing: judges any bytes as a PDF, trusting the certificates that its DSS holds, so
 * that paths, time stamps and revocation are reached; plans each kind of revision behind it; and reads them as a
 * request. */
#include "base/log.h"
#include "trust/cms.h"
#include "trust/pades_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_BUDGET ((size_t)64 << 20)

static void fuzz_verify(Arena *arena, Text bytes, const TrustAnchors *anchors) {
    PadesReport report;
    PadesProtection protection;
    Text json = {0};
    const bool judged = pades_verify(arena, bytes, anchors, time_of_date(2026, 12, 1), &report) == STATUS_OK &&
                        pades_report_json(arena, &report, &json) == STATUS_OK;
    if (!judged || pades_protection(arena, bytes, NULL, &protection) != STATUS_OK) {
        (void)failure_take();
    }
}

/** Plans a revision of each kind. */
static void fuzz_plan(Arena *arena, Text bytes) {
    Text value = TEXT("\x30\x03\x02\x01\x01");
    PadesRecord record = {.name = TEXT("0123456789ABCDEF0123456789ABCDEF01234567"), .data = {.crls = {&value, 1}}};
    const PadesRequest requests[] = {
        {.act = PADES_ACT_SEAL,
         .room = 64,
         .seal = {.name = TEXT("Chamber"),
                  .time = time_of_date(2026, 12, 1),
                  .appearance = {.visible = true, .right = 9, .top = 9, .content = TEXT("0 0 m")}}},
        {.act = PADES_ACT_STAMP, .room = 64},
        {.act = PADES_ACT_ADD_DATA, .records = {&record, 1}},
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        PadesAnswer plan;
        if (pades_ask(arena, NULL, &requests[i], bytes, &plan) != STATUS_OK) {
            (void)failure_take();
        }
    }
}

static void fuzz_parts(Arena *arena, Text bytes) {
    CmsSigned read;
    Buffer output = buffer_make(arena, FUZZ_BUDGET / 2);
    if (cms_read(bytes, &read) != STATUS_OK || pades_read(bytes, &output) != STATUS_OK) {
        (void)failure_take();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const Text bytes = {(const char *)data, size};
    const PadesRequest inspect = {.act = PADES_ACT_INSPECT};
    Arena *arena = arena_open(FUZZ_BUDGET);
    PadesAnswer found;
    TrustAnchors *anchors = NULL;
    if (pades_ask(arena, NULL, &inspect, bytes, &found) != STATUS_OK ||
        trust_anchors_make(arena, found.data.certificates, &anchors) != STATUS_OK) {
        anchors = NULL;
    }
    fuzz_verify(arena, bytes, anchors);
    fuzz_plan(arena, bytes);
    fuzz_parts(arena, bytes);
    arena_close(arena);
    return 0;
}
