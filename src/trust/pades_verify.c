/** Judging a whole file: all its signatures, newest first, since each good time stamp proves what stands before it. */
#include <stdlib.h>

#include "base/log.h"
#include "trust/pades_inside.h"
#include "trust/pades_plan.h"

#define PADES_READING_BUDGET ((size_t)256 << 20)
/* A certificate of a signer is read and named; CMS_SIZE_MAX bounds each of at most PDF_SIGNATURES_MAX signatures, and
 * together they are no longer than the file. */
#define PADES_JUDGING_BUDGET ((size_t)64 << 20)

/** A signature before its place among the others is known. */
typedef struct PadesCase {
    PadesSignature report;
    PadesJudge judge;
} PadesCase;

static int pades_compare_coverage(const void *a, const void *b) {
    const size_t first = ((const PadesCase *)a)->report.covered, second = ((const PadesCase *)b)->report.covered;
    return first < second ? -1 : first > second;
}

/** The file is as good as its worst signature. */
static void pades_judge_whole(PadesReport *report) {
    report->indication = PADES_PASSED;
    report->words = TEXT("every signature is good and the file is as it was when it was last signed");
    bool has_level = false;
    for (size_t i = 0; i < report->count; i++) {
        const PadesSignature *item = &report->items[i];
        if (!item->is_time_stamp) {
            report->level = !has_level || item->level < report->level ? item->level : report->level;
            has_level = true;
        }
        if (item->indication > report->indication) {
            report->indication = item->indication;
            report->reason = item->reason;
            report->words = item->words;
        }
    }
}

/** Behind the last `startxref` and its number stands the end mark and nothing else; else what is wrong. */
static const char *pades_judge_end(Text pdf) {
    const Text tail = text_slice(pdf, pdf.size > 1024 ? pdf.size - 1024 : 0, pdf.size);
    const Text word = TEXT("startxref");
    for (size_t at = tail.size; at-- > 0;) {
        if (text_starts_with(text_slice(tail, at, tail.size), word)) {
            Text rest = text_trim(text_slice(tail, at + word.size, tail.size));
            while (rest.size > 0 && rest.data[0] >= '0' && rest.data[0] <= '9') {
                rest = text_slice(rest, 1, rest.size);
            }
            return text_equal(text_trim(rest), TEXT("%%EOF")) ? NULL : "bytes stand behind its end";
        }
    }
    return "its end is missing";
}

static Status pades_read_cases(PadesCourt *court, const PdfSignatureFields *fields, PadesCase *cases,
                               size_t *ret_count) {
    size_t count = 0;
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].dictionary == NULL) {
            continue;
        }
        PadesCase *one = &cases[count++];
        one->report = (PadesSignature){.words = TEXT_INIT("the signature is good")};
        one->judge = (PadesJudge){.court = court, .field = &fields->items[i], .report = &one->report};
        TRY(pades_judge_claims(&one->judge));
    }
    qsort(cases, count, sizeof(PadesCase), pades_compare_coverage);
    *ret_count = count;
    return STATUS_OK;
}

/** Judges newest first. */
static Status pades_judge_cases(PadesCourt *court, PadesCase *cases, size_t count, PadesLine *line) {
    for (size_t i = count; i-- > 0;) {
        PadesCase *one = &cases[i];
        one->judge.report = &one->report;
        if (one->report.reason == PADES_OK) {
            TRY(pades_enter_revision(&one->judge, line));
            TRY(pades_judge(&one->judge));
            pades_judge_later(&one->judge, line);
        }
        line->is_doubted |= !one->report.is_time_stamp && one->report.indication != PADES_PASSED;
        arena_reset(court->scratch);
    }
    return STATUS_OK;
}

static Status pades_judge_fields(PadesCourt *court, Arena *reading, const PdfSignatureFields *fields,
                                 PadesReport *report) {
    void *cases = NULL, *items = NULL;
    size_t count = 0;
    TRY(arena_try_allocate(reading, (fields->count + 1) * sizeof(PadesCase), &cases));
    TRY(arena_try_allocate(court->arena, (fields->count + 1) * sizeof(PadesSignature), &items));
    TRY(pades_read_cases(court, fields, cases, &count));
    if (count == 0) {
        report->indication = PADES_INDETERMINATE;
        report->reason = PADES_NO_SIGNATURE;
        report->words = TEXT("the file has no signature");
        return STATUS_OK;
    }
    PadesLine line = {.file = court->file, .end = pades_judge_end(pdf_bytes(court->file))};
    const Status status = pades_judge_cases(court, cases, count, &line);
    pades_line_close(&line);
    TRY(status);
    report->items = items;
    report->count = count;
    for (size_t i = 0; i < count; i++) {
        report->items[i] = ((PadesCase *)cases)[i].report;
    }
    pades_judge_whole(report);
    return STATUS_OK;
}

/** A file that cannot be read is judged too. */
static Status pades_unreadable(Arena *arena, PadesReport *report) {
    report->indication = PADES_FAILED;
    report->reason = PADES_FORMAT_FAILURE;
    return pades_keep(arena, failure_take(), &report->words);
}

static Status pades_verify_in(PadesCourt *court, Arena *reading, Text pdf, PadesReport *report) {
    PdfSignatureFields fields;
    PadesStore store;
    if (pdf_open(reading, pdf, &court->file) != STATUS_OK) {
        return pades_unreadable(court->arena, report);
    }
    report->revisions = pdf_section_count(court->file);
    Status status =
        pdf_is_hybrid(court->file)
            ? fail(STATUS_UNSUPPORTED, "the PDF has hybrid cross-references: readers see different objects in it")
            : pdf_signature_fields(court->file, &fields);
    if (status == STATUS_OK) {
        status = pades_read_store(reading, court->file, &store);
    }
    if (status != STATUS_OK) {
        return pades_unreadable(court->arena, report);
    }
    court->data = pades_store_data(reading, &store);
    court->helpers = trust_certificates(court->data.certificates);
    status = pades_judge_fields(court, reading, &fields, report);
    sk_X509_pop_free(court->helpers, X509_free);
    return status;
}

Status pades_verify(Arena *arena, Text pdf, const TrustAnchors *anchors, Time at, PadesReport *ret_report) {
    PadesReport report = {0};
    Arena *reading = arena_open(PADES_READING_BUDGET);
    PadesCourt court = {.arena = arena,
                        .scratch = arena_open(PADES_JUDGING_BUDGET),
                        .anchors = anchors,
                        .at = time_is_set(at) ? at : clock_now()};
    court.control = court.at;
    const Status status = pades_verify_in(&court, reading, pdf, &report);
    arena_close(court.scratch);
    arena_close(reading);
    if (status == STATUS_OK) {
        *ret_report = report;
    }
    return status;
}
