/** What came after a signature: each revision that was signed is compared with the next one. */
#include "base/log.h"
#include "trust/pades_inside.h"

#define PADES_REVISION_BUDGET ((size_t)256 << 20)

/** The revision, read by itself, holds the very same signature. */
static bool pades_is_in_revision(PdfFile *revision, const PadesJudge *judge) {
    PdfSignatureFields fields;
    if (pdf_signature_fields(revision, &fields) != STATUS_OK) {
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

static bool pades_has_data(PdfFile *file) {
    PdfReference reference;
    const PdfValue *catalog = NULL, *store = NULL;
    const bool read =
        pdf_catalog(file, &reference, &catalog) == STATUS_OK && pdf_get(file, catalog, "DSS", &store) == STATUS_OK;
    return read && store->kind == PDF_DICTIONARY;
}

/** Notes what the revisions between this signature's and the line's did. @return STATUS_TOO_LARGE */
static Status pades_compare_states(PadesJudge *judge, PadesLine *line, PdfFile *revision) {
    PdfDifference found;
    TRY(pdf_difference(judge->court->scratch, revision, line->file, &found));
    line->found.validation_data |= found.validation_data;
    line->found.time_stamps |= found.time_stamps;
    line->found.signatures |= found.signatures;
    if (found.other && !line->found.other) {
        line->found.other = true;
        TRY(pades_keep(judge->court->arena, found.words, &line->found.words));
    }
    return STATUS_OK;
}

static Status pades_judge_state(PadesJudge *judge, PadesLine *line, Arena *arena) {
    const Text prefix = text_slice(pdf_bytes(judge->court->file), 0, judge->report->covered);
    PdfFile *revision = NULL;
    judge->report->later_revisions = pdf_sections_from(judge->court->file, judge->report->covered);
    if (pdf_open(arena, prefix, &revision) != STATUS_OK || !pades_is_in_revision(revision, judge)) {
        pades_set_verdict(judge->report, PADES_FAILED, PADES_FORMAT_FAILURE,
                          "the signature is not part of the revision that it covers");
        return STATUS_OK;
    }
    judge->has_data = pades_has_data(revision);
    TRY(pades_compare_states(judge, line, revision));
    pades_line_close(line);
    line->arena = arena;
    line->file = revision;
    return STATUS_OK;
}

Status pades_enter_revision(PadesJudge *judge, PadesLine *line) {
    if (judge->report->covers_whole_file) {
        judge->has_data = pades_has_data(judge->court->file);
        return STATUS_OK;
    }
    Arena *arena = arena_open(PADES_REVISION_BUDGET);
    const Status status = pades_judge_state(judge, line, arena);
    if (line->arena != arena) {
        arena_close(arena);
    }
    return status;
}

/** What is behind a signature speaks against it when it is more than proofs, and leaves it open when somebody whose own
 * signature does not pass signed again. */
void pades_judge_later(PadesJudge *judge, const PadesLine *line) {
    PadesSignature *report = judge->report;
    if (report->covers_whole_file || report->covered == 0) {
        return;
    }
    const bool is_signed = report->intact && !report->is_time_stamp;
    if (report->later_revisions == 0 || line->end != NULL || line->found.other) {
        const bool is_signed_again = line->found.signatures && line->end == NULL && report->certification == 0;
        report->later = PADES_LATER_CHANGES;
        const Text words = arena_format(judge->court->arena, "the file was changed after it was %s: %.*s",
                                        report->is_time_stamp ? "stamped" : "signed",
                                        TEXT_ARG(line->found.other   ? line->found.words
                                                 : line->end != NULL ? text_of(line->end)
                                                                     : TEXT("bytes follow it")));
        pades_set_verdict(report, is_signed_again ? PADES_INDETERMINATE : PADES_FAILED, PADES_CHANGED_AFTER,
                          words.data);
    } else if (line->found.signatures) {
        report->later = PADES_LATER_SIGNATURES;
        if (line->is_doubted && is_signed) {
            pades_set_verdict(report, PADES_INDETERMINATE, PADES_CHANGED_AFTER,
                              "the file was signed again, and that signature does not pass");
        }
    } else {
        report->later = PADES_LATER_PROOFS;
    }
}

void pades_line_close(PadesLine *line) {
    arena_close(line->arena);
    line->arena = NULL;
}
