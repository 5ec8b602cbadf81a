/** A report on PDF/A for programs and for people. */
#include "base/buffer.h"
#include "pdf/conformance.h"

#define REPORT_MAX ((size_t)1 << 20)

/** Words hold no control characters; two characters need escapes all the same. */
static void write_string(Buffer *json, Text text) {
    buffer_append_byte(json, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') {
            buffer_append_byte(json, '\\');
        }
        buffer_append_byte(json, text.data[i]);
    }
    buffer_append_byte(json, '"');
}

Status pdfa_report_json(Arena *arena, const PdfaReport *report, Text *ret_json) {
    Buffer json = buffer_make(arena, REPORT_MAX);
    buffer_format(&json, "{\"flavour\":\"%s\",\"conforms\":%s,\"faults\":[", pdfa_flavour_name(report->flavour),
                  report->conforms ? "true" : "false");
    for (size_t i = 0; i < report->count; i++) {
        const PdfaFault *fault = &report->items[i];
        buffer_format(&json,
                      "%s{\"clause\":\"%s\",\"test\":%d,\"object\":%u,\"generation\":%u,\"words\":", i > 0 ? "," : "",
                      fault->clause, fault->test, fault->object.number, fault->object.generation);
        write_string(&json, fault->words);
        buffer_append_byte(&json, '}');
    }
    buffer_append(&json, TEXT("]}\n"));
    return buffer_take(&json, ret_json);
}

Status pdfa_report_text(Arena *arena, const PdfaReport *report, Text *ret_text) {
    Buffer text = buffer_make(arena, REPORT_MAX);
    buffer_format(&text, "%s %s\n", report->conforms ? "conforms to" : "does not conform to",
                  pdfa_flavour_name(report->flavour));
    for (size_t i = 0; i < report->count; i++) {
        const PdfaFault *fault = &report->items[i];
        buffer_format(&text, "%s, test %d, ", fault->clause, fault->test);
        if (fault->object.number == 0) {
            buffer_append(&text, TEXT("the file: "));
        } else {
            buffer_format(&text, "object %u %u: ", fault->object.number, fault->object.generation);
        }
        buffer_append(&text, fault->words);
        buffer_append_byte(&text, '\n');
    }
    if (report->count == PDFA_FAULTS_MAX) {
        buffer_append(&text, TEXT("further faults are not listed\n"));
    }
    return buffer_take(&text, ret_text);
}
