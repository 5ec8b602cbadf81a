/** Fuzz driver of the PDF reader: opens any bytes and asks for all that verification asks for. */
#include "pdf/attachment.h"
#include "pdf/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that a fuzzer finds what memory bombs do. */
#define FUZZ_BUDGET ((size_t)64 << 20)

static void fuzz_attachments(PdfFile *file) {
    PdfAttachments attachments;
    if (pdf_attachments(file, &attachments) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < attachments.count; i++) {
        Text bytes;
        if (pdf_attachment_bytes(file, &attachments.items[i], &bytes) == STATUS_OK) {
            (void)pdf_attachment_named(&attachments, attachments.items[i].name);
        }
    }
}

static void fuzz_read(PdfFile *file) {
    size_t pages = 0;
    PdfPage page;
    PdfSignatureFields fields;
    fuzz_attachments(file);
    if (pdf_page_count(file, &pages) == STATUS_OK && pages > 0 && pdf_page(file, pages - 1, &page) == STATUS_OK) {
        const PdfValue *contents = NULL;
        Text bytes;
        if (pdf_get(file, page.dictionary, "Contents", &contents) == STATUS_OK &&
            pdf_stream_bytes(file, contents, &bytes) != STATUS_OK) {
            return;
        }
    }
    if (pdf_signature_fields(file, &fields) != STATUS_OK) {
        return;
    }
    for (uint32_t number = 0; number < pdf_next_object_number(file) && number < 2000; number++) {
        const PdfValue *value = NULL;
        if (pdf_object(file, (PdfReference){number, 0}, &value) == STATUS_OK) {
            (void)pdf_keys_are_unique(value);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open(FUZZ_BUDGET);
    PdfFile *file = NULL;
    if (pdf_open(arena, (Text){(const char *)data, size}, &file) == STATUS_OK) {
        fuzz_read(file);
    }
    arena_close(arena);
    return 0;
}
