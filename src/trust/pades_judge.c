/** Judging one signature: what it claims, which bytes it covers, and whether those were a revision of their own. */
#include <string.h>

#include "base/log.h"
#include "trust/pades_inside.h"
#include "trust/pades_plan.h"

#define PADES_KEPT_MAX 2048

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
    if (pdf_get(judge->court->file, judge->field->dictionary, key, &value) != STATUS_OK || value->kind != PDF_STRING) {
        return STATUS_OK;
    }
    return pdf_text_string(judge->court->arena, text_slice(value->text, 0, PADES_KEPT_MAX), ret_text);
}

/** DocMDP's P in the signature's references; 0 when it does not certify. */
static int pades_certification(PadesJudge *judge) {
    const PdfValue *references = NULL, *reference = NULL, *method = NULL, *parameters = NULL, *level = NULL;
    if (pdf_get(judge->court->file, judge->field->dictionary, "Reference", &references) != STATUS_OK) {
        return 0;
    }
    for (uint32_t i = 0; references->kind == PDF_ARRAY && i < references->count && i < 16; i++) {
        const bool read = pdf_resolve(judge->court->file, &references->items[i], &reference) == STATUS_OK &&
                          pdf_get(judge->court->file, reference, "TransformMethod", &method) == STATUS_OK &&
                          pdf_get(judge->court->file, reference, "TransformParams", &parameters) == STATUS_OK &&
                          pdf_get(judge->court->file, parameters, "P", &level) == STATUS_OK;
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
    TRY(pades_keep(judge->court->arena, judge->field->name, &report->field));
    TRY(pades_claim(judge, "Name", &report->name));
    TRY(pades_claim(judge, "Location", &report->location));
    TRY(pades_claim(judge, "ContactInfo", &report->contact));
    TRY(pades_claim(judge, "Reason", &report->claimed_reason));
    TRY(pades_claim(judge, "M", &date));
    report->claimed_time = pdf_date(date);
    if (pdf_get(judge->court->file, judge->field->dictionary, "SubFilter", &value) == STATUS_OK &&
        value->kind == PDF_NAME) {
        TRY(pades_keep(judge->court->arena, value->text, &report->sub_filter));
    }
    const bool has_type = pdf_get(judge->court->file, judge->field->dictionary, "Type", &value) == STATUS_OK;
    report->is_time_stamp = has_type && pdf_is_name(value, "DocTimeStamp");
    report->certification = pades_certification(judge);
    return STATUS_OK;
}

/** The signed bytes are one revision but for Contents, and Contents is where the gap is. */
static void pades_judge_place(PadesJudge *judge) {
    PadesPlace place = {0};
    const char *fault = pades_find_place(judge->court->file, judge->field->dictionary, &place);
    judge->gap_from = place.gap_from;
    judge->gap_to = place.gap_to;
    judge->report->covered = place.covered;
    judge->report->covers_whole_file = place.covered == pdf_bytes(judge->court->file).size;
    if (fault != NULL) {
        pades_malformed(judge, fault);
    }
}

Status pades_judge_claims(PadesJudge *judge) {
    TRY(pades_read_claims(judge));
    pades_judge_place(judge);
    return STATUS_OK;
}

static bool pades_is_judged_here(const PadesJudge *judge) {
    return text_equal(judge->report->sub_filter, TEXT("ETSI.CAdES.detached")) ||
           text_equal(judge->report->sub_filter, TEXT("adbe.pkcs7.detached"));
}

Status pades_judge(PadesJudge *judge) {
    if (judge->report->is_time_stamp && text_equal(judge->report->sub_filter, TEXT("ETSI.RFC3161"))) {
        return pades_judge_stamp(judge);
    }
    if (judge->report->is_time_stamp || !pades_is_judged_here(judge)) {
        pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_NOT_JUDGED,
                          "this kind of signature is not judged here");
        return STATUS_OK;
    }
    if (cms_read(pdf_entry(judge->field->dictionary, "Contents")->text, &judge->cms) != STATUS_OK) {
        Text words = {0};
        TRY(pades_keep(judge->court->arena, failure_take(), &words));
        pades_malformed(judge, words.data);
        return STATUS_OK;
    }
    return pades_judge_cms(judge);
}
