/** Comparing two states of a file object by object; what a walk from the catalog does not excuse is a change. */
#include "pdf/difference.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "pdf/difference_inside.h"

void pdf_note_change(PdfComparison *work, const char *format, ...) {
    char words[160];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    if (!work->found->other) {
        work->found->words = arena_copy(work->arena, text_of(words));
    }
    work->found->other = true;
}

static const PdfSlot *pdf_used_slot(const PdfFile *file, uint32_t number) {
    const PdfSlot *slot = number < file->slot_count ? &file->slots[number] : NULL;
    return slot != NULL && (slot->kind == PDF_SLOT_IN_FILE || slot->kind == PDF_SLOT_IN_STREAM) ? slot : NULL;
}

bool pdf_is_new(const PdfComparison *work, uint32_t number) {
    return pdf_used_slot(work->before, number) == NULL;
}

static bool pdf_slots_differ(const PdfSlot *before, const PdfSlot *after) {
    if (before == NULL || after == NULL) {
        return before != after;
    }
    return before->kind != after->kind || before->offset != after->offset || before->generation != after->generation ||
           (before->kind == PDF_SLOT_IN_STREAM && before->container != after->container);
}

bool pdf_is_changed(const PdfComparison *work, uint32_t number) {
    const PdfSlot *before = pdf_used_slot(work->before, number), *after = pdf_used_slot(work->after, number);
    if (pdf_slots_differ(before, after)) {
        return true;
    }
    return before != NULL && before->kind == PDF_SLOT_IN_STREAM &&
           pdf_slots_differ(pdf_used_slot(work->before, before->container),
                            pdf_used_slot(work->after, after->container));
}

void pdf_excuse(PdfComparison *work, const PdfValue *entry, PdfRole role) {
    if (entry != NULL && entry->kind == PDF_REFERENCE && entry->reference.number < work->count &&
        pdf_is_changed(work, entry->reference.number) && work->roles[entry->reference.number] == PDF_ROLE_NONE) {
        work->roles[entry->reference.number] = (unsigned char)role;
    }
}

static bool pdf_same_items(const PdfValue *a, const PdfValue *b) {
    for (uint32_t i = 0; i < a->count; i++) {
        if (!pdf_same_value(&a->items[i], &b->items[i])) {
            return false;
        }
    }
    return true;
}

static bool pdf_same_entries(const PdfValue *a, const PdfValue *b) {
    for (uint32_t i = 0; i < a->count; i++) {
        const Text key = a->items[i * 2].text;
        const PdfValue *other = NULL;
        for (uint32_t j = 0; j < b->count && other == NULL; j++) {
            other = text_equal(b->items[j * 2].text, key) ? &b->items[j * 2 + 1] : NULL;
        }
        if (other == NULL || !pdf_same_value(&a->items[i * 2 + 1], other)) {
            return false;
        }
    }
    return true;
}

bool pdf_same_value(const PdfValue *a, const PdfValue *b) {
    if (a->kind != b->kind || (a->kind >= PDF_ARRAY && a->kind != PDF_REFERENCE && a->count != b->count)) {
        return false;
    }
    switch (a->kind) {
    case PDF_NULL:
        return true;
    case PDF_BOOLEAN:
        return a->boolean == b->boolean;
    case PDF_INTEGER:
        return a->integer == b->integer;
    case PDF_REAL:
        return text_equal(a->source, b->source);
    case PDF_STRING:
    case PDF_NAME:
        return text_equal(a->text, b->text);
    case PDF_ARRAY:
        return pdf_same_items(a, b);
    case PDF_DICTIONARY:
        return pdf_keys_are_unique(a) && pdf_keys_are_unique(b) && pdf_same_entries(a, b);
    case PDF_REFERENCE:
        return a->reference.number == b->reference.number && a->reference.generation == b->reference.generation;
    case PDF_STREAM:
        break;
    }
    return false;
}

static bool pdf_is_listed(Text key, const char *const *list) {
    for (; *list != NULL; list++) {
        if (text_equal(key, text_of(*list))) {
            return true;
        }
    }
    return false;
}

static bool pdf_has_pairs(const PdfValue *value) {
    return value->kind == PDF_DICTIONARY || value->kind == PDF_STREAM;
}

/** One direction of the comparison: each entry of `from` stands in `to`. */
static void pdf_find_entries(PdfComparison *work, const PdfValue *from, const PdfValue *to, const char *const *free,
                             const char *what) {
    for (uint32_t i = 0; pdf_has_pairs(from) && i < from->count; i++) {
        const Text key = from->items[i * 2].text;
        const PdfValue *other = NULL;
        for (uint32_t j = 0; pdf_has_pairs(to) && j < to->count && other == NULL; j++) {
            other = text_equal(to->items[j * 2].text, key) ? &to->items[j * 2 + 1] : NULL;
        }
        if (!pdf_is_listed(key, free) && (other == NULL || !pdf_same_value(&from->items[i * 2 + 1], other))) {
            pdf_note_change(work, "%s: entry %.*s was changed", what, TEXT_ARG(text_slice(key, 0, 40)));
        }
    }
}

void pdf_compare_entries(PdfComparison *work, const PdfValue *before, const PdfValue *after, const char *const *free,
                         const char *what) {
    if (!pdf_keys_are_unique(after)) {
        pdf_note_change(work, "%s: a key stands twice", what);
    }
    pdf_find_entries(work, before, after, free, what);
    pdf_find_entries(work, after, before, free, what);
}

Status pdf_adopt(PdfComparison *work, const PdfValue *value, PdfRole role, unsigned depth) {
    if (depth > PDF_NESTING_MAX) {
        pdf_note_change(work, "what was added is nested too deeply");
        return STATUS_OK;
    }
    if (value->kind == PDF_REFERENCE) {
        const uint32_t number = value->reference.number;
        const PdfValue *object = NULL;
        if (number >= work->count || !pdf_is_changed(work, number) || work->roles[number] != PDF_ROLE_NONE) {
            return STATUS_OK;
        }
        TRY(pdf_object(work->after, value->reference, &object));
        /* Arrays and dictionaries of DSS may grow in place; who else uses them is seen at the end. */
        const bool may_grow = role == PDF_ROLE_DATA && (object->kind == PDF_ARRAY || object->kind == PDF_DICTIONARY);
        if (!pdf_is_new(work, number) && !may_grow) {
            return STATUS_OK;
        }
        work->roles[number] = (unsigned char)role;
        return pdf_adopt(work, object, role, depth + 1);
    }
    const uint32_t parts = value->kind == PDF_ARRAY ? value->count : pdf_has_pairs(value) ? value->count * 2 : 0;
    for (uint32_t i = 0; i < parts; i++) {
        TRY(pdf_adopt(work, &value->items[i], role, depth + 1));
    }
    return STATUS_OK;
}

/** An entry of Extensions names a version and a level, nothing else. */
static Status pdf_judge_extension(PdfComparison *work, const PdfValue *entry) {
    static const char *const keys[] = {"Type", "BaseVersion", "ExtensionLevel", "URL", "ExtensionRevision", NULL};
    const PdfValue *extension = NULL;
    TRY(pdf_resolve(work->after, entry, &extension));
    if (extension->kind == PDF_ARRAY) {
        for (uint32_t i = 0; i < extension->count; i++) {
            const PdfValue *item = NULL;
            TRY(pdf_resolve(work->after, &extension->items[i], &item));
            pdf_compare_entries(work, &pdf_null, item, keys, "the extensions");
        }
        return STATUS_OK;
    }
    if (extension->kind == PDF_DICTIONARY) {
        pdf_compare_entries(work, &pdf_null, extension, keys, "the extensions");
    } else if (extension->kind != PDF_NAME) {
        pdf_note_change(work, "the extensions hold something else");
    }
    return STATUS_OK;
}

static Status pdf_compare_extensions(PdfComparison *work, const PdfValue *before, const PdfValue *after) {
    const PdfValue *old_entry = pdf_entry(before, "Extensions"), *entry = pdf_entry(after, "Extensions");
    const PdfValue *extensions = NULL;
    if (entry == NULL) {
        if (old_entry != NULL) {
            pdf_note_change(work, "the extensions were removed");
        }
        return STATUS_OK;
    }
    TRY(pdf_resolve(work->after, entry, &extensions));
    if (extensions->kind != PDF_DICTIONARY) {
        pdf_note_change(work, "the extensions are no dictionary");
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < extensions->count; i++) {
        TRY(pdf_judge_extension(work, &extensions->items[i * 2 + 1]));
    }
    work->found->validation_data |= old_entry == NULL || !pdf_same_value(old_entry, entry);
    return pdf_adopt(work, entry, PDF_ROLE_DATA, 0);
}

/** What an array of DSS held must still be there. */
static Status pdf_compare_data(PdfComparison *work, const PdfValue *before, const PdfValue *after, const char *key) {
    const PdfValue *old_items = NULL, *items = NULL;
    TRY(pdf_get(work->before, before, key, &old_items));
    TRY(pdf_get(work->after, after, key, &items));
    bool kept = old_items->kind != PDF_ARRAY || (items->kind == PDF_ARRAY && items->count >= old_items->count);
    for (uint32_t i = 0; kept && old_items->kind == PDF_ARRAY && i < old_items->count; i++) {
        kept = pdf_same_value(&old_items->items[i], &items->items[i]);
        for (uint32_t j = 0; !kept && j < items->count; j++) {
            kept = pdf_same_value(&old_items->items[i], &items->items[j]);
        }
    }
    if (!kept) {
        pdf_note_change(work, "validation data was removed");
    }
    return STATUS_OK;
}

/** Excuses what DSS holds; also arrays that grew in place below a dictionary that stayed as it was. */
static Status pdf_adopt_data(PdfComparison *work, const PdfValue *value, unsigned depth) {
    const PdfValue *object = NULL;
    if (depth > PDF_NESTING_MAX || (value->kind == PDF_REFERENCE && !pdf_walk_enter(work->after, value->reference))) {
        return STATUS_OK;
    }
    TRY(pdf_resolve(work->after, value, &object));
    if (value->kind == PDF_REFERENCE && value->reference.number < work->count &&
        pdf_is_changed(work, value->reference.number)) {
        work->found->validation_data = true;
        return pdf_adopt(work, value, PDF_ROLE_DATA, depth);
    }
    if (value->kind == PDF_REFERENCE && value->reference.number < work->count && object->kind != PDF_STREAM) {
        work->roles[value->reference.number] = PDF_ROLE_DATA;
    }
    /* A stream that stayed names nothing that could have changed but its length. */
    const uint32_t parts = object->kind == PDF_ARRAY        ? object->count
                           : object->kind == PDF_DICTIONARY ? object->count * 2
                                                            : 0;
    for (uint32_t i = 0; i < parts; i++) {
        TRY(pdf_adopt_data(work, &object->items[i], depth + 1));
    }
    return STATUS_OK;
}

static Status pdf_compare_dss(PdfComparison *work, const PdfValue *before, const PdfValue *after) {
    static const char *const keys[] = {"Type", "VRI", "Certs", "OCSPs", "CRLs", NULL};
    const PdfValue *old_store = NULL, *store = NULL;
    TRY(pdf_get(work->before, before, "DSS", &old_store));
    TRY(pdf_get(work->after, after, "DSS", &store));
    if (store->kind == PDF_NULL && old_store->kind == PDF_NULL) {
        return STATUS_OK;
    }
    if (store->kind != PDF_DICTIONARY) {
        pdf_note_change(work, "validation data was removed");
        return STATUS_OK;
    }
    pdf_compare_entries(work, &pdf_null, store, keys, "the validation data");
    for (const char *const *key = keys + 2; *key != NULL; key++) {
        TRY(pdf_compare_data(work, old_store, store, *key));
    }
    const PdfValue *entry = pdf_entry(after, "DSS"), *old_entry = pdf_entry(before, "DSS");
    work->found->validation_data |= old_entry == NULL || !pdf_same_value(old_entry, entry);
    pdf_walk_begin(work->after);
    return pdf_adopt_data(work, entry, 0);
}

static void pdf_compare_trailers(PdfComparison *work) {
    static const char *const free[] = {"Size",   "Prev",        "ID",     "Type",    "W", "Index",
                                       "Length", "DecodeParms", "Filter", "XRefStm", NULL};
    const PdfValue *before = pdf_trailer(work->before), *after = pdf_trailer(work->after);
    const PdfValue *old_name = pdf_entry(before, "ID"), *name = pdf_entry(after, "ID");
    const PdfValue as_dictionaries[2] = {
        {.kind = PDF_DICTIONARY, .count = before->count, .items = before->items},
        {.kind = PDF_DICTIONARY, .count = after->count, .items = after->items},
    };
    pdf_compare_entries(work, &as_dictionaries[0], &as_dictionaries[1], free, "the trailer");
    const bool had_name = old_name != NULL && old_name->kind == PDF_ARRAY && old_name->count == 2;
    const bool has_name = name != NULL && name->kind == PDF_ARRAY && name->count == 2;
    if (had_name && has_name && !pdf_same_value(&old_name->items[0], &name->items[0])) {
        pdf_note_change(work, "the trailer: the file identifier was changed");
    }
}

static Status pdf_compare_catalogs(PdfComparison *work, uint32_t *ret_number) {
    static const char *const free[] = {"DSS", "Extensions", "AcroForm", NULL};
    const PdfValue *before = NULL, *after = NULL;
    PdfReference old_reference, reference;
    TRY(pdf_catalog(work->before, &old_reference, &before));
    TRY(pdf_catalog(work->after, &reference, &after));
    pdf_compare_entries(work, before, after, free, "the catalog");
    const PdfValue root = {.kind = PDF_REFERENCE, .reference = reference};
    pdf_excuse(work, &root, PDF_ROLE_COMPARED);
    TRY(pdf_compare_dss(work, before, after));
    TRY(pdf_compare_extensions(work, before, after));
    *ret_number = reference.number;
    return pdf_compare_forms(work, before, after);
}

static const char *pdf_kind_words(const PdfValue *value) {
    const PdfValue *type = pdf_entry(value, "Type"), *subtype = pdf_entry(value, "Subtype");
    if (pdf_entry(value, "FT") != NULL) {
        return "a form field";
    }
    if (type != NULL && pdf_is_name(type, "Page")) {
        return "a page";
    }
    if (type != NULL && pdf_is_name(type, "Pages")) {
        return "the page tree";
    }
    if (type != NULL && pdf_is_name(type, "StructTreeRoot")) {
        return "the structure tree";
    }
    if ((type != NULL && pdf_is_name(type, "Annot")) || (subtype != NULL && pdf_entry(value, "Rect") != NULL)) {
        return "an annotation";
    }
    return value->kind == PDF_STREAM ? "a content" : "an object";
}

/** Excuses what only organises the file, and names what nothing excuses. */
static Status pdf_judge_objects(PdfComparison *work) {
    for (uint32_t number = 1; number < work->count && !work->found->other; number++) {
        if (!pdf_is_changed(work, number) || work->roles[number] != PDF_ROLE_NONE) {
            continue;
        }
        const PdfSlot *slot = pdf_used_slot(work->after, number);
        if (slot == NULL) {
            pdf_note_change(work, "object %u was removed", number);
            return STATUS_OK;
        }
        const PdfValue *value = NULL;
        TRY(pdf_object(work->after, (PdfReference){number, slot->generation}, &value));
        const PdfValue *type = pdf_entry(value, "Type");
        const bool is_structure =
            value->kind == PDF_STREAM && type != NULL && (pdf_is_name(type, "XRef") || pdf_is_name(type, "ObjStm"));
        if (pdf_is_new(work, number) && is_structure) {
            work->roles[number] = PDF_ROLE_STRUCTURE;
        } else {
            pdf_note_change(work, "%s (object %u) was %s", pdf_kind_words(value), number,
                            pdf_is_new(work, number) ? "added" : "changed");
        }
    }
    return STATUS_OK;
}

/** A reference in an object of that role leads to something that the object may not use. */
static void pdf_judge_reference(PdfComparison *work, uint32_t from, uint32_t to) {
    const PdfRole own = work->roles[from], other = to < work->count ? (PdfRole)work->roles[to] : PDF_ROLE_NONE;
    if (own != PDF_ROLE_DATA && other == PDF_ROLE_DATA) {
        pdf_note_change(work, "validation data (object %u) is used elsewhere in the file", to);
    } else if (to < work->count && own == PDF_ROLE_NONE && pdf_is_changed(work, to) && pdf_is_new(work, to)) {
        pdf_note_change(work, "object %u, which the signed part lacked, was added", to);
    }
}

static void pdf_judge_references(PdfComparison *work, uint32_t from, const PdfValue *value) {
    if (value->kind == PDF_REFERENCE) {
        pdf_judge_reference(work, from, value->reference.number);
        return;
    }
    const uint32_t parts = value->kind == PDF_ARRAY ? value->count : pdf_has_pairs(value) ? value->count * 2 : 0;
    for (uint32_t i = 0; i < parts; i++) {
        pdf_judge_references(work, from, &value->items[i]);
    }
}

/** References of all objects, so that nothing that was added takes effect where nobody looked. */
static Status pdf_judge_all_references(PdfComparison *work, uint32_t catalog) {
    for (uint32_t number = 1; number < work->count && !work->found->other; number++) {
        const PdfSlot *slot = pdf_used_slot(work->after, number);
        if (slot == NULL || work->roles[number] == PDF_ROLE_DATA || work->roles[number] == PDF_ROLE_STRUCTURE) {
            continue;
        }
        const PdfValue *value = NULL;
        TRY(pdf_object(work->after, (PdfReference){number, slot->generation}, &value));
        for (uint32_t i = 0; number == catalog && i < value->count; i++) {
            const Text key = value->items[i * 2].text;
            if (!text_equal(key, TEXT("DSS")) && !text_equal(key, TEXT("Extensions"))) {
                pdf_judge_references(work, number, &value->items[i * 2 + 1]);
            }
        }
        if (number != catalog) {
            pdf_judge_references(work, number, value);
        }
    }
    return STATUS_OK;
}

static Status pdf_compare_all(PdfComparison *work) {
    uint32_t catalog = 0;
    pdf_compare_trailers(work);
    TRY(pdf_compare_catalogs(work, &catalog));
    TRY(pdf_judge_objects(work));
    return pdf_judge_all_references(work, catalog);
}

Status pdf_difference(Arena *arena, PdfFile *before, PdfFile *after, PdfDifference *ret_difference) {
    PdfDifference found = {0};
    void *roles = NULL;
    const uint32_t count = before->slot_count > after->slot_count ? before->slot_count : after->slot_count;
    TRY(arena_try_allocate(arena, (size_t)count + 1, &roles));
    PdfComparison work = {
        .arena = arena, .before = before, .after = after, .roles = roles, .count = count, .found = &found};
    const Status status = pdf_compare_all(&work);
    if (status == STATUS_TOO_LARGE) {
        return status;
    }
    if (status != STATUS_OK) {
        const Text words = failure_take();
        pdf_note_change(&work, "%.*s", TEXT_ARG(words));
    }
    *ret_difference = found;
    return STATUS_OK;
}
