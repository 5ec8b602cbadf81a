/** Judging one signature: what it claims, which bytes it covers, and whether those were a revision of their own. */
#include <string.h>

#include "base/log.h"
#include "trust/pades_inside.h"

#define PADES_KEPT_MAX        2048
#define PADES_REVISION_BUDGET ((size_t)256 << 20)

void pades_set_verdict(PadesSignature *report, PadesIndication indication, PadesReason reason, const char *words) {
    if (report->reason == PADES_OK || indication > report->indication) {
        report->indication = indication;
        report->reason = reason;
        report->words = text_of(words);
    }
}

static void pades_malformed(PadesJudge *judge, const char *words) {
    pades_set_verdict(judge->report, PADES_FAILED, PADES_FORMAT_FAILURE, words);
}

Status pades_keep(Arena *arena, Text text, Text *ret_copy) {
    const Text cut = text_slice(text, 0, PADES_KEPT_MAX);
    void *memory = NULL;
    TRY(arena_try_allocate(arena, cut.size + 1, &memory));
    if (cut.size > 0) {
        memcpy(memory, cut.data, cut.size);
    }
    *ret_copy = (Text){memory, cut.size};
    return STATUS_OK;
}

/** A text entry of the signature dictionary; left empty when it is no string. */
static Status pades_claim(PadesJudge *judge, const char *key, Text *ret_text) {
    const PdfValue *value = NULL;
    if (pdf_get(judge->file, judge->field->dictionary, key, &value) != STATUS_OK || value->kind != PDF_STRING) {
        return STATUS_OK;
    }
    return pdf_text_string(judge->arena, text_slice(value->text, 0, PADES_KEPT_MAX), ret_text);
}

/** DocMDP's P in the signature's references; 0 when it does not certify. */
static int pades_certification(PadesJudge *judge) {
    const PdfValue *references = NULL, *reference = NULL, *method = NULL, *parameters = NULL, *level = NULL;
    if (pdf_get(judge->file, judge->field->dictionary, "Reference", &references) != STATUS_OK) {
        return 0;
    }
    for (uint32_t i = 0; references->kind == PDF_ARRAY && i < references->count && i < 16; i++) {
        const bool read = pdf_resolve(judge->file, &references->items[i], &reference) == STATUS_OK &&
                          pdf_get(judge->file, reference, "TransformMethod", &method) == STATUS_OK &&
                          pdf_get(judge->file, reference, "TransformParams", &parameters) == STATUS_OK &&
                          pdf_get(judge->file, parameters, "P", &level) == STATUS_OK;
        if (read && pdf_is_name(method, "DocMDP")) {
            /* ISO 32000-1, table 254: 2 is the default. */
            return level->kind == PDF_INTEGER && level->integer >= 1 && level->integer <= 3 ? (int)level->integer : 2;
        }
    }
    return 0;
}

static Status pades_read_claims(PadesJudge *judge) {
    PadesSignature *report = judge->report;
    const PdfValue *value = NULL;
    Text date = {0};
    TRY(pades_keep(judge->arena, judge->field->name, &report->field));
    TRY(pades_claim(judge, "Name", &report->name));
    TRY(pades_claim(judge, "Location", &report->location));
    TRY(pades_claim(judge, "ContactInfo", &report->contact));
    TRY(pades_claim(judge, "Reason", &report->claimed_reason));
    TRY(pades_claim(judge, "M", &date));
    report->claimed_time = pdf_date(date);
    if (pdf_get(judge->file, judge->field->dictionary, "SubFilter", &value) == STATUS_OK && value->kind == PDF_NAME) {
        TRY(pades_keep(judge->arena, value->text, &report->sub_filter));
    }
    const bool has_type = pdf_get(judge->file, judge->field->dictionary, "Type", &value) == STATUS_OK;
    report->is_time_stamp = has_type && pdf_is_name(value, "DocTimeStamp");
    report->certification = pades_certification(judge);
    return STATUS_OK;
}

/** The four numbers of ByteRange, as they must stand directly in the dictionary. */
static bool pades_read_range(const PdfValue *dictionary, size_t file_size, uint64_t range[4]) {
    const PdfValue *array = pdf_entry(dictionary, "ByteRange");
    if (array == NULL || array->kind != PDF_ARRAY || array->count != 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        const PdfValue *item = &array->items[i];
        if (item->kind != PDF_INTEGER || item->integer < 0 || (uint64_t)item->integer > file_size) {
            return false;
        }
        range[i] = (uint64_t)item->integer;
    }
    return range[0] == 0 && range[1] > 0 && range[1] < range[2] && range[2] + range[3] <= file_size;
}

/** The signed bytes are one revision but for Contents, and Contents is where the gap is. */
static void pades_judge_place(PadesJudge *judge) {
    const Text pdf = pdf_bytes(judge->file);
    const PdfValue *dictionary = judge->field->dictionary;
    const PdfValue *contents = pdf_entry(dictionary, "Contents");
    uint64_t range[4];
    size_t at = 0;
    if (!pdf_keys_are_unique(dictionary)) {
        pades_malformed(judge, "the signature dictionary has a key twice");
        return;
    }
    if (!pades_read_range(dictionary, pdf.size, range)) {
        pades_malformed(judge, "the signature's byte range is impossible");
        return;
    }
    const bool is_direct = contents != NULL && contents->kind == PDF_STRING && contents->source.data[0] == '<' &&
                           pdf_value_offset(judge->file, contents, &at);
    if (!is_direct || at != range[1] || at + contents->source.size != range[2]) {
        pades_malformed(judge, "the gap of the signature's byte range is not its Contents");
        return;
    }
    judge->gap_from = (size_t)range[1];
    judge->gap_to = (size_t)range[2];
    judge->report->covered = (size_t)(range[2] + range[3]);
    judge->report->covers_whole_file = judge->report->covered == pdf.size;
    const Text covered = text_slice(pdf, 0, judge->report->covered);
    const Text tail = text_slice(covered, covered.size > 16 ? covered.size - 16 : 0, covered.size);
    if (!text_ends_with(text_trim(tail), TEXT("%%EOF"))) {
        pades_malformed(judge, "the signed bytes do not end where a revision ends");
    }
}

/** The prefix that is covered, read by itself, holds the very same signature. */
static bool pades_is_in_revision(Arena *arena, const PadesJudge *judge) {
    PdfFile *revision = NULL;
    PdfSignatureFields fields;
    const Text prefix = text_slice(pdf_bytes(judge->file), 0, judge->report->covered);
    if (pdf_open(arena, prefix, &revision) != STATUS_OK || pdf_signature_fields(revision, &fields) != STATUS_OK) {
        return false;
    }
    for (size_t i = 0; i < fields.count; i++) {
        const PdfSignatureField *field = &fields.items[i];
        const PdfValue *contents = field->dictionary != NULL ? pdf_entry(field->dictionary, "Contents") : NULL;
        size_t at = 0;
        if (contents != NULL && pdf_value_offset(revision, contents, &at) && at == judge->gap_from) {
            return field->dictionary->source.size == judge->field->dictionary->source.size &&
                   field->dictionary_reference.number == judge->field->dictionary_reference.number;
        }
    }
    return false;
}

static void pades_judge_revision(PadesJudge *judge) {
    if (judge->report->covers_whole_file) {
        return;
    }
    judge->report->later_revisions = pdf_sections_from(judge->file, judge->report->covered);
    Arena *arena = arena_open(PADES_REVISION_BUDGET);
    const bool is_there = pades_is_in_revision(arena, judge);
    arena_close(arena);
    if (!is_there) {
        pades_malformed(judge, "the signature is not part of the revision that it covers");
    }
}

static bool pades_is_judged_here(const PadesJudge *judge) {
    return text_equal(judge->report->sub_filter, TEXT("ETSI.CAdES.detached")) ||
           text_equal(judge->report->sub_filter, TEXT("adbe.pkcs7.detached"));
}

Status pades_judge(PadesJudge *judge) {
    TRY(pades_read_claims(judge));
    pades_judge_place(judge);
    if (judge->report->reason != PADES_OK) {
        return STATUS_OK;
    }
    pades_judge_revision(judge);
    if (!pades_is_judged_here(judge)) {
        pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_NOT_JUDGED,
                          "this kind of signature is not judged here");
        return STATUS_OK;
    }
    if (cms_read(pdf_entry(judge->field->dictionary, "Contents")->text, &judge->cms) != STATUS_OK) {
        Text words = {0};
        TRY(pades_keep(judge->arena, failure_take(), &words));
        pades_malformed(judge, words.data);
        return STATUS_OK;
    }
    return pades_judge_cms(judge);
}
