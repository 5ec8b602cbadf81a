/** Judging a whole file: all its signatures, and what was added behind them. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "trust/pades_inside.h"

#define PADES_READING_BUDGET ((size_t)256 << 20)
/* A certificate of a signer is read and named; CMS_SIZE_MAX bounds each of at most PDF_SIGNATURES_MAX signatures, and
 * together they are no longer than the file. */
#define PADES_JUDGING_BUDGET ((size_t)64 << 20)
#define PADES_JSON_MAX       ((size_t)16 << 20)

const char *pades_indication_name(PadesIndication indication) {
    static const char *const names[] = {
        [PADES_PASSED] = "TOTAL_PASSED", [PADES_INDETERMINATE] = "INDETERMINATE", [PADES_FAILED] = "TOTAL_FAILED"};
    return names[indication];
}

const char *pades_reason_name(PadesReason reason) {
    static const char *const names[] = {[PADES_OK] = "",
                                        [PADES_NO_SIGNATURE] = "NO_SIGNATURE",
                                        [PADES_FORMAT_FAILURE] = "FORMAT_FAILURE",
                                        [PADES_HASH_FAILURE] = "HASH_FAILURE",
                                        [PADES_SIG_CRYPTO_FAILURE] = "SIG_CRYPTO_FAILURE",
                                        [PADES_CHANGED_AFTER] = "CHANGED_AFTER",
                                        [PADES_NO_SIGNING_CERTIFICATE_FOUND] = "NO_SIGNING_CERTIFICATE_FOUND",
                                        [PADES_NO_CERTIFICATE_CHAIN_FOUND] = "NO_CERTIFICATE_CHAIN_FOUND",
                                        [PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE] = "CERTIFICATE_CHAIN_GENERAL_FAILURE",
                                        [PADES_CHAIN_CONSTRAINTS_FAILURE] = "CHAIN_CONSTRAINTS_FAILURE",
                                        [PADES_CRYPTO_CONSTRAINTS_FAILURE] = "CRYPTO_CONSTRAINTS_FAILURE",
                                        [PADES_EXPIRED] = "EXPIRED",
                                        [PADES_NOT_YET_VALID] = "NOT_YET_VALID",
                                        [PADES_NOT_JUDGED] = "NOT_JUDGED"};
    return names[reason];
}

static int pades_compare_coverage(const void *a, const void *b) {
    const size_t first = ((const PadesSignature *)a)->covered, second = ((const PadesSignature *)b)->covered;
    return first < second ? -1 : first > second;
}

/**
 * What is behind a signature speaks against it, unless a good and trusted signature over the whole file stands for it.
 * One that is good but not trusted, or a document time stamp, leaves it open.
 */
static void pades_judge_later(PadesReport *report) {
    const PadesSignature *last = &report->items[report->count - 1];
    if (last->covers_whole_file && last->reason == PADES_OK) {
        return;
    }
    const bool is_signed_again = last->covers_whole_file && (last->intact || last->is_time_stamp);
    for (size_t i = 0; i < report->count; i++) {
        if (!report->items[i].covers_whole_file) {
            pades_set_verdict(&report->items[i], is_signed_again ? PADES_INDETERMINATE : PADES_FAILED,
                              PADES_CHANGED_AFTER, "the file was changed after it was signed");
        }
    }
}

/** The file is as good as its worst signature. */
static void pades_judge_whole(PadesReport *report) {
    report->indication = PADES_PASSED;
    report->words = TEXT("every signature is good and the file is as it was when it was last signed");
    for (size_t i = 0; i < report->count; i++) {
        const PadesSignature *item = &report->items[i];
        if (item->indication > report->indication) {
            report->indication = item->indication;
            report->reason = item->reason;
            report->words = item->words;
        }
    }
}

static Status pades_judge_fields(const PadesJudge *common, const PdfSignatureFields *fields, PadesReport *report) {
    void *memory = NULL;
    TRY(arena_try_allocate(common->arena, (fields->count + 1) * sizeof(PadesSignature), &memory));
    report->items = memory;
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].dictionary == NULL) {
            continue;
        }
        PadesSignature *item = &report->items[report->count++];
        *item = (PadesSignature){.words = TEXT_INIT("the signature is good")};
        PadesJudge judge = *common;
        judge.field = &fields->items[i];
        judge.report = item;
        TRY(pades_judge(&judge));
        arena_reset(common->scratch);
    }
    if (report->count == 0) {
        report->indication = PADES_INDETERMINATE;
        report->reason = PADES_NO_SIGNATURE;
        report->words = TEXT("the file has no signature");
        return STATUS_OK;
    }
    qsort(report->items, report->count, sizeof(PadesSignature), pades_compare_coverage);
    pades_judge_later(report);
    pades_judge_whole(report);
    return STATUS_OK;
}

/** A file that cannot be read is judged too. */
static Status pades_unreadable(Arena *arena, PadesReport *report) {
    report->indication = PADES_FAILED;
    report->reason = PADES_FORMAT_FAILURE;
    return pades_keep(arena, failure_take(), &report->words);
}

static Status pades_verify_in(PadesJudge *common, Arena *reading, Text pdf, PadesReport *report) {
    PdfSignatureFields fields;
    if (pdf_open(reading, pdf, &common->file) != STATUS_OK) {
        return pades_unreadable(common->arena, report);
    }
    report->revisions = pdf_section_count(common->file);
    const Status status =
        pdf_is_hybrid(common->file)
            ? fail(STATUS_UNSUPPORTED, "the PDF has hybrid cross-references: readers see different objects in it")
            : pdf_signature_fields(common->file, &fields);
    if (status != STATUS_OK) {
        return pades_unreadable(common->arena, report);
    }
    return pades_judge_fields(common, &fields, report);
}

Status pades_verify(Arena *arena, Text pdf, const TrustAnchors *anchors, Time at, PadesReport *ret_report) {
    PadesReport report = {0};
    Arena *reading = arena_open(PADES_READING_BUDGET);
    PadesJudge common = {.arena = arena,
                         .scratch = arena_open(PADES_JUDGING_BUDGET),
                         .anchors = anchors,
                         .at = time_is_set(at) ? at : clock_now()};
    const Status status = pades_verify_in(&common, reading, pdf, &report);
    arena_close(common.scratch);
    arena_close(reading);
    if (status == STATUS_OK) {
        *ret_report = report;
    }
    return status;
}

static void pades_json_text(Buffer *json, const char *name, Text text) {
    buffer_format(json, "\"%s\":\"", name);
    const Text shown = text_is_utf8(text) ? text : TEXT("?");
    for (size_t i = 0; i < shown.size; i++) {
        const unsigned char byte = (unsigned char)shown.data[i];
        if (byte == '"' || byte == '\\') {
            buffer_format(json, "\\%c", byte);
        } else if (byte < 0x20) {
            buffer_format(json, "\\u%04x", byte);
        } else {
            buffer_append_byte(json, (char)byte);
        }
    }
    buffer_append(json, TEXT("\","));
}

static void pades_json_time(Arena *arena, Buffer *json, const char *name, Time time) {
    if (time_is_set(time)) {
        pades_json_text(json, name, time_rfc3339(arena, time));
    } else {
        buffer_format(json, "\"%s\":null,", name);
    }
}

static void pades_json_bool(Buffer *json, const char *name, bool value) {
    buffer_format(json, "\"%s\":%s,", name, value ? "true" : "false");
}

static void pades_json_verdict(Buffer *json, PadesIndication indication, PadesReason reason, Text words) {
    pades_json_text(json, "indication", text_of(pades_indication_name(indication)));
    pades_json_text(json, "reason", text_of(pades_reason_name(reason)));
    pades_json_text(json, "words", words);
}

static void pades_json_signature(Arena *arena, Buffer *json, const PadesSignature *item) {
    buffer_append_byte(json, '{');
    pades_json_verdict(json, item->indication, item->reason, item->words);
    pades_json_text(json, "field", item->field);
    pades_json_text(json, "subFilter", item->sub_filter);
    pades_json_text(json, "name", item->name);
    pades_json_text(json, "location", item->location);
    pades_json_text(json, "contact", item->contact);
    pades_json_text(json, "claimedReason", item->claimed_reason);
    pades_json_time(arena, json, "claimedTime", item->claimed_time);
    pades_json_bool(json, "timeStamp", item->is_time_stamp);
    pades_json_bool(json, "intact", item->intact);
    pades_json_bool(json, "trusted", item->trusted);
    pades_json_bool(json, "coversWholeFile", item->covers_whole_file);
    pades_json_text(json, "subject", item->subject);
    pades_json_text(json, "issuer", item->issuer);
    pades_json_text(json, "serial", item->serial);
    pades_json_time(arena, json, "validFrom", item->valid_from);
    pades_json_time(arena, json, "validUntil", item->valid_until);
    pades_json_text(json, "digestAlgorithm", item->digest_algorithm);
    pades_json_text(json, "signatureAlgorithm", item->signature_algorithm);
    buffer_format(json, "\"certification\":%d,\"covered\":%zu,\"laterRevisions\":%zu}", item->certification,
                  item->covered, item->later_revisions);
}

Status pades_report_json(Arena *arena, const PadesReport *report, Text *ret_json) {
    Buffer json = buffer_make(arena, PADES_JSON_MAX);
    buffer_append_byte(&json, '{');
    pades_json_verdict(&json, report->indication, report->reason, report->words);
    buffer_format(&json, "\"revisions\":%zu,\"signatures\":[", report->revisions);
    for (size_t i = 0; i < report->count; i++) {
        if (i > 0) {
            buffer_append_byte(&json, ',');
        }
        pades_json_signature(arena, &json, &report->items[i]);
    }
    buffer_append(&json, TEXT("]}\n"));
    return buffer_take(&json, ret_json);
}
