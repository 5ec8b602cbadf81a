/** Fuzz driver of the invoice reader: whatever comes in, it refuses or writes JSON, and never reads past the input. */
#include "base/log.h"
#include "capabilities/documents/documents_invoice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool prepared;
    if (!prepared) {
        invoice_prepare();
        prepared = true;
    }
    Arena *arena = arena_open((size_t)64 << 20);
    Buffer output = buffer_make(arena, (size_t)16 << 20);
    if (invoice_read((Text){(const char *)data, size}, &output) != STATUS_OK) {
        (void)failure_take();
    }
    arena_close(arena);
    return 0;
}
