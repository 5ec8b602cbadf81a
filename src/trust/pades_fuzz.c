/** Fuzz driver of verification: judges any bytes as a PDF, and as the CMS of a signature. */
#include "trust/cms.h"
#include "trust/pades.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_BUDGET ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const Text bytes = {(const char *)data, size};
    Arena *arena = arena_open(FUZZ_BUDGET);
    PadesReport report;
    CmsSigned read;
    Text json = {0};
    if (pades_verify(arena, bytes, NULL, time_of_date(2026, 11, 23), &report) == STATUS_OK &&
        pades_report_json(arena, &report, &json) != STATUS_OK) {
        json = (Text){0};
    }
    if (cms_read(bytes, &read) != STATUS_OK) {
        read = (CmsSigned){0};
    }
    arena_close(arena);
    return 0;
}
