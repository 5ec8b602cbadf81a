/** Fuzz driver of files with data: whatever comes in, it is refused or fills an application, and nothing is read past
 * its end. */
#include "base/log.h"
#include "capabilities/documents/documents_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool prepared;
    if (!prepared) {
        invoice_prepare();
        if (document_types_load((Text){NULL, 0}) != STATUS_OK) {
            return 0;
        }
        prepared = true;
    }
    Arena *arena = arena_open((size_t)128 << 20);
    Buffer output = buffer_make(arena, (size_t)64 << 20);
    if (data_read((Text){(const char *)data, size}, &output) == STATUS_OK) {
        const DocumentTypes types = document_types();
        for (size_t i = 0; i < types.count; i++) {
            DataNotes notes = {0};
            FormValues *values = form_empty(arena, &types.items[i].form);
            if (documents_data_fill(arena, &types.items[i], (Text){output.data, output.size}, values, &notes) ==
                STATUS_OK) {
                form_check(arena, values, NULL);
            }
        }
    }
    (void)failure_take();
    arena_close(arena);
    return 0;
}
