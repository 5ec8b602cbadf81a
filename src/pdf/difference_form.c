/** Comparing forms: which fields of signatures have come, and whether anything else in the form was touched. */
#include "pdf/difference_inside.h"

/** Entries that a field of a signature may have; none of them acts or hides. */
static const char *const pdf_field_keys[] = {"Type", "Subtype", "FT", "T",  "TU", "F", "Ff",   "Rect", "P", "V",
                                             "AP",   "Lock",    "SV", "DA", "MK", "M", "Kids", "BS",   NULL};

/** The widget covers nothing of its page. */
static Status pdf_shows_nothing(PdfComparison *work, const PdfValue *field, bool *ret_nothing) {
    const PdfValue *box = NULL;
    double edges[4] = {0};
    TRY(pdf_get(work->after, field, "Rect", &box));
    for (uint32_t i = 0; box->kind == PDF_ARRAY && i < box->count && i < 4; i++) {
        const PdfValue *edge = NULL;
        TRY(pdf_resolve(work->after, &box->items[i], &edge));
        edges[i] = edge->kind == PDF_INTEGER ? (double)edge->integer : edge->kind == PDF_REAL ? edge->real : 0;
    }
    const double width = edges[2] - edges[0], height = edges[3] - edges[1];
    *ret_nothing = (width > -0.001 && width < 0.001) || (height > -0.001 && height < 0.001);
    return STATUS_OK;
}

/** Excuses the new signature dictionary of a field, and notes which kind it is. */
static Status pdf_take_signature(PdfComparison *work, const PdfValue *field, bool shows_more) {
    const PdfValue *entry = pdf_entry(field, "V"), *signature = NULL, *type = NULL;
    bool shows_nothing = false;
    if (entry == NULL) {
        /* An empty field that asks for a signature. */
        work->found->signatures = true;
        return STATUS_OK;
    }
    TRY(pdf_resolve(work->after, entry, &signature));
    TRY(pdf_get(work->after, signature, "Type", &type));
    if (signature->kind != PDF_DICTIONARY || pdf_entry(signature, "ByteRange") == NULL ||
        (entry->kind == PDF_REFERENCE && !pdf_is_new(work, entry->reference.number))) {
        pdf_note_change(work, "a signature field was filled with something else");
        return STATUS_OK;
    }
    TRY(pdf_shows_nothing(work, field, &shows_nothing));
    if (!pdf_is_name(type, "DocTimeStamp")) {
        work->found->signatures = true;
    } else if (shows_nothing || !shows_more) {
        work->found->time_stamps = true;
    } else {
        pdf_note_change(work, "a time stamp was added that covers a part of a page");
    }
    return pdf_adopt(work, entry, PDF_ROLE_SIGNATURE, 0);
}

/** The array of annotations may have grown by widgets of new signature fields. */
static Status pdf_compare_annotations(PdfComparison *work, const PdfValue *before, const PdfValue *after) {
    const PdfValue *old_items = NULL, *items = NULL;
    TRY(pdf_get(work->before, before, "Annots", &old_items));
    TRY(pdf_get(work->after, after, "Annots", &items));
    const uint32_t kept = old_items->kind == PDF_ARRAY ? old_items->count : 0;
    bool sound = items->kind == PDF_ARRAY && items->count >= kept;
    for (uint32_t i = 0; sound && i < items->count; i++) {
        const PdfValue *item = &items->items[i];
        const uint32_t number = item->kind == PDF_REFERENCE ? item->reference.number : 0;
        sound = i < kept ? pdf_same_value(&old_items->items[i], item)
                         : number > 0 && number < work->count && pdf_is_new(work, number) &&
                               work->roles[number] == PDF_ROLE_SIGNATURE;
    }
    if (!sound) {
        pdf_note_change(work, "the annotations of a page were changed");
    }
    pdf_excuse(work, pdf_entry(after, "Annots"), PDF_ROLE_COMPARED);
    return STATUS_OK;
}

/** The page that carries a new widget may differ by that widget alone. */
static Status pdf_compare_page(PdfComparison *work, const PdfValue *field) {
    static const char *const free[] = {"Annots", NULL};
    const PdfValue *entry = pdf_entry(field, "P"), *before = NULL, *after = NULL;
    if (entry == NULL || entry->kind != PDF_REFERENCE || pdf_is_new(work, entry->reference.number)) {
        return STATUS_OK;
    }
    TRY(pdf_object(work->before, entry->reference, &before));
    TRY(pdf_object(work->after, entry->reference, &after));
    const PdfValue *type = pdf_entry(before, "Type");
    if (type == NULL || !pdf_is_name(type, "Page")) {
        return STATUS_OK;
    }
    TRY(pdf_compare_annotations(work, before, after));
    pdf_compare_entries(work, before, after, free, "a page");
    pdf_excuse(work, entry, PDF_ROLE_COMPARED);
    return STATUS_OK;
}

/** A field that was not there before. */
static Status pdf_take_new_field(PdfComparison *work, const PdfValue *entry) {
    const PdfValue *field = NULL, *type = NULL, *kids = NULL;
    const bool is_new = entry->kind == PDF_REFERENCE && pdf_is_new(work, entry->reference.number);
    TRY(pdf_resolve(work->after, entry, &field));
    TRY(pdf_get(work->after, field, "FT", &type));
    TRY(pdf_get(work->after, field, "Kids", &kids));
    if (!is_new || field->kind != PDF_DICTIONARY || !pdf_is_name(type, "Sig") || kids->kind != PDF_NULL) {
        pdf_note_change(work, "a form field was added");
        return STATUS_OK;
    }
    pdf_excuse(work, entry, PDF_ROLE_SIGNATURE);
    pdf_compare_entries(work, &pdf_null, field, pdf_field_keys, "a new signature field");
    TRY(pdf_take_signature(work, field, pdf_entry(field, "AP") != NULL));
    for (uint32_t i = 0; i < field->count; i++) {
        const Text key = field->items[i * 2].text;
        if (!text_equal(key, TEXT("P")) && !text_equal(key, TEXT("V"))) {
            TRY(pdf_adopt(work, &field->items[i * 2 + 1], PDF_ROLE_SIGNATURE, 0));
        }
    }
    return pdf_compare_page(work, field);
}

/** A field that stands in both states: an empty one of a signature may have been filled. */
static Status pdf_compare_field(PdfComparison *work, const PdfValue *entry, unsigned depth) {
    static const char *const free[] = {"V", "AP", "Rect", "F", NULL};
    const PdfValue *before = NULL, *after = NULL, *old_value = NULL, *type = NULL, *kids = NULL;
    if (depth > PDF_NESTING_MAX ||
        !pdf_walk_enter(work->after, entry->kind == PDF_REFERENCE ? entry->reference : (PdfReference){0})) {
        pdf_note_change(work, "the form leads in a circle");
        return STATUS_OK;
    }
    TRY(pdf_resolve(work->before, entry, &before));
    TRY(pdf_resolve(work->after, entry, &after));
    TRY(pdf_get(work->after, after, "Kids", &kids));
    for (uint32_t i = 0; kids->kind == PDF_ARRAY && i < kids->count; i++) {
        TRY(pdf_compare_field(work, &kids->items[i], depth + 1));
    }
    if (entry->kind != PDF_REFERENCE || !pdf_is_changed(work, entry->reference.number)) {
        return STATUS_OK;
    }
    TRY(pdf_get(work->before, before, "V", &old_value));
    TRY(pdf_get(work->before, before, "FT", &type));
    if (before->kind != PDF_DICTIONARY || after->kind != PDF_DICTIONARY || !pdf_is_name(type, "Sig") ||
        old_value->kind != PDF_NULL) {
        pdf_note_change(work, "a form field (object %u) was changed", entry->reference.number);
        return STATUS_OK;
    }
    pdf_compare_entries(work, before, after, free, "a signature field");
    pdf_excuse(work, entry, PDF_ROLE_COMPARED);
    const PdfValue *look = pdf_entry(after, "AP"), *old_look = pdf_entry(before, "AP");
    const bool shows_more = look != NULL && (old_look == NULL || !pdf_same_value(old_look, look));
    TRY(pdf_take_signature(work, after, shows_more));
    return look == NULL ? STATUS_OK : pdf_adopt(work, look, PDF_ROLE_SIGNATURE, 0);
}

Status pdf_compare_forms(PdfComparison *work, const PdfValue *before, const PdfValue *after) {
    static const char *const free[] = {"Fields", "SigFlags", NULL};
    const PdfValue *old_form = NULL, *form = NULL, *old_fields = NULL, *fields = NULL;
    TRY(pdf_get(work->before, before, "AcroForm", &old_form));
    TRY(pdf_get(work->after, after, "AcroForm", &form));
    if (form->kind == PDF_NULL && old_form->kind == PDF_NULL) {
        return STATUS_OK;
    }
    TRY(pdf_get(work->before, old_form, "Fields", &old_fields));
    TRY(pdf_get(work->after, form, "Fields", &fields));
    const uint32_t kept = old_fields->kind == PDF_ARRAY ? old_fields->count : 0;
    if (form->kind != PDF_DICTIONARY || (kept > 0 && (fields->kind != PDF_ARRAY || fields->count < kept))) {
        pdf_note_change(work, "form fields were removed");
        return STATUS_OK;
    }
    pdf_compare_entries(work, old_form, form, free, "the form");
    pdf_excuse(work, pdf_entry(after, "AcroForm"), PDF_ROLE_COMPARED);
    pdf_excuse(work, pdf_entry(form, "Fields"), PDF_ROLE_COMPARED);
    pdf_walk_begin(work->after);
    for (uint32_t i = 0; fields->kind == PDF_ARRAY && i < fields->count; i++) {
        if (i < kept && !pdf_same_value(&old_fields->items[i], &fields->items[i])) {
            pdf_note_change(work, "the form's fields were rearranged");
            return STATUS_OK;
        }
        TRY(i < kept ? pdf_compare_field(work, &fields->items[i], 0) : pdf_take_new_field(work, &fields->items[i]));
    }
    return STATUS_OK;
}
