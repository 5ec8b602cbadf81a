/** Fuzz driver of the PDF/A checker: judges any bytes by each flavour, and writes the report. */
#include "pdf/conformance.h"
#include "pdf/conformance_cmap.h"
#include "pdf/conformance_program.h"
#include "pdf/conformance_xmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that a fuzzer finds what memory bombs do. */
#define FUZZ_BUDGET ((size_t)32 << 20)

/** The parts that a compressed stream hides from a fuzzer. */
static void fuzz_parts(Arena *arena, Text bytes) {
    XmpPacket packet;
    PdfaCMap cmap;
    PdfaProgram *program = NULL;
    double width = 0;
    if (xmp_read(arena, bytes, &packet) == STATUS_OK || cmap_read(arena, bytes, &cmap) != STATUS_OK) {
        return;
    }
    (void)cmap_cid(&cmap, 0x41, 1);
    for (PdfaProgramKind kind = PROGRAM_TYPE1; kind <= PROGRAM_OTHER; kind++) {
        if (program_open(arena, bytes, kind, &program) == STATUS_OK) {
            (void)program_width(program, program_glyph_of_code(program, 0x41), &width);
            (void)program_glyph_of_character(program, 0x41, 0x41);
            (void)program_has_outline(program, 1);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const Text bytes = {(const char *)data, size};
    Arena *arena = arena_open(FUZZ_BUDGET);
    for (PdfaFlavour flavour = PDFA_2B; flavour <= PDFA_3B; flavour++) {
        PdfaReport report;
        Text text = {0};
        if (pdfa_check(arena, bytes, flavour, &report) == STATUS_OK &&
            pdfa_report_json(arena, &report, &text) != STATUS_OK) {
            text = (Text){0};
        }
        arena_reset(arena);
    }
    fuzz_parts(arena, bytes);
    arena_close(arena);
    return 0;
}
