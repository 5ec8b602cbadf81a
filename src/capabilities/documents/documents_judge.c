/** A stranger's PDF goes into the jail with the anchors in front; a few flags and the report come out. */
#include "capabilities/documents/documents_judge.h"

#include <string.h>

#include "base/log.h"
#include "outside/jail.h"
#include "trust/pades.h"

/* Input: 8 digits of the size of the anchors, the anchors, the file. Output: three flags "0" or "1", the level and the
 * microseconds of the proven time with a blank behind each, the words, a line end, the report. */
enum { SIZE_DIGITS = 8, FLAGS = 3 };

static Status judge(Text input, Buffer *output) {
    int64_t size = 0;
    TRY(text_to_int(text_slice(input, 0, SIZE_DIGITS), &size));
    Text pem = text_slice(input, SIZE_DIGITS, SIZE_DIGITS + (size_t)size);
    const Text pdf = text_slice(input, SIZE_DIGITS + (size_t)size, input.size);
    TrustAnchors *anchors = NULL;
    if (pem.size > 0) {
        TRY(trust_anchors_make(output->arena, (Texts){&pem, 1}, &anchors));
    }
    PadesReport report = {0};
    Text json = {0};
    TRY(pades_verify(output->arena, pdf, anchors, (Time){0}, &report));
    TRY(pades_report_json(output->arena, &report, &json));
    bool intact = report.count > 0, trusted = true, proven = true;
    Time since = {0};
    for (size_t i = 0; i < report.count; i++) {
        /* Behind the last signature only what proves it may stand. */
        intact = intact && report.items[i].intact && report.items[i].later != PADES_LATER_CHANGES;
        trusted = trusted && report.items[i].trusted && report.items[i].indication == PADES_PASSED;
        proven = proven && (report.items[i].is_time_stamp || time_is_set(report.items[i].proven_time));
        if (!report.items[i].is_time_stamp && time_before(since, report.items[i].proven_time)) {
            since = report.items[i].proven_time;
        }
    }
    buffer_format(output, "%d%d%d%s %lld %.*s\n", report.count > 0, intact, intact && trusted,
                  pades_level_name(report.level), proven ? (long long)since.microseconds : 0, TEXT_ARG(report.words));
    buffer_append(output, json);
    return STATUS_OK;
}

static const Jail pdf_jail = {.name = "PDF judge", .function = judge, .memory = (size_t)1 << 30};

Status documents_judge(Arena *arena, Text pdf, Text anchors, DocumentJudgement *ret_judgement) {
    Text output = {0};
    void *memory = NULL;
    TRY(arena_try_allocate(arena, SIZE_DIGITS + 1 + anchors.size + pdf.size, &memory));
    char *input = memory;
    const Text digits = arena_format(arena, "%0*zu", SIZE_DIGITS, anchors.size);
    memcpy(input, digits.data, SIZE_DIGITS);
    memcpy(input + SIZE_DIGITS, anchors.size > 0 ? anchors.data : "", anchors.size);
    memcpy(input + SIZE_DIGITS + anchors.size, pdf.size > 0 ? pdf.data : "", pdf.size);
    const Status status = jail_run(&pdf_jail, (Text){input, SIZE_DIGITS + anchors.size + pdf.size}, arena, &output);
    if (status == STATUS_UNAVAILABLE) {
        return status;
    }
    if (status != STATUS_OK || output.size < FLAGS) {
        *ret_judgement = (DocumentJudgement){.words = arena_copy(arena, failure_take()), .json = TEXT("null")};
        return STATUS_OK;
    }
    Text rest = text_slice(output, FLAGS, output.size);
    Text words = text_cut(&rest, '\n');
    const Text level = text_cut(&words, ' ');
    int64_t proven = 0;
    TRY(text_to_int(text_cut(&words, ' '), &proven));
    *ret_judgement = (DocumentJudgement){.signed_at_all = output.data[0] == '1',
                                         .intact = output.data[1] == '1',
                                         .trusted = output.data[2] == '1',
                                         .level = level,
                                         .proven = {proven},
                                         .words = words,
                                         .json = rest};
    return STATUS_OK;
}
