/** Planning the revision of a seal or of a document time stamp: field, signature dictionary, permissions. */
#include "base/log.h"
#include "trust/pades_plan.h"

#define PADES_FIELD_NAME "Seal"
#define PADES_STAMP_NAME "Time stamp"
/* Bits of SigFlags: signatures exist; append only (ISO 32000-1, table 219). */
#define PADES_SIG_FLAGS 3
/* Annotation flags: print and locked. */
#define PADES_WIDGET_FLAGS 132

static bool pades_is_stamp(const PadesWork *work) {
    return work->request->act == PADES_ACT_STAMP;
}

/** Some transform of this signature forbids every later change. */
static Status pades_check_lock(PadesWork *work, const PdfSignatureField *field) {
    const PdfValue *references = NULL, *lock = NULL, *level = NULL;
    TRY(pdf_get(work->file, field->dictionary, "Reference", &references));
    for (uint32_t i = 0; references->kind == PDF_ARRAY && i < references->count; i++) {
        const PdfValue *reference = NULL, *method = NULL, *parameters = NULL;
        TRY(pdf_resolve(work->file, &references->items[i], &reference));
        TRY(pdf_get(work->file, reference, "TransformMethod", &method));
        TRY(pdf_get(work->file, reference, "TransformParams", &parameters));
        TRY(pdf_get(work->file, parameters, "P", &level));
        const bool has_level = level->kind == PDF_INTEGER && level->integer == 1;
        if (has_level && (pdf_is_name(method, "DocMDP") || pdf_is_name(method, "FieldMDP"))) {
            return fail(STATUS_CONFLICT, "the PDF is locked: its certification forbids any change (DocMDP 1)");
        }
    }
    TRY(pdf_get(work->file, field->field, "Lock", &lock));
    TRY(pdf_get(work->file, lock, "P", &level));
    if (level->kind == PDF_INTEGER && level->integer == 1) {
        return fail(STATUS_CONFLICT, "the PDF is locked: a signature in it forbids any change");
    }
    return STATUS_OK;
}

/** Some field of the form has this name, whatever its kind. */
static Status pades_name_is_taken(PadesWork *work, Text name, bool *ret_taken) {
    const PdfValue *fields = NULL;
    bool taken = false;
    TRY(pdf_get(work->file, work->form, "Fields", &fields));
    for (uint32_t i = 0; fields->kind == PDF_ARRAY && i < fields->count && !taken; i++) {
        const PdfValue *field = NULL, *partial = NULL;
        Text text = {0};
        TRY(pdf_resolve(work->file, &fields->items[i], &field));
        TRY(pdf_get(work->file, field, "T", &partial));
        if (partial->kind == PDF_STRING && partial->text.size <= PADES_TEXT_MAX * 2) {
            TRY(pdf_text_string(work->arena, partial->text, &text));
            taken = text_equal(text, name);
        }
    }
    *ret_taken = taken;
    return STATUS_OK;
}

/** The field to fill, or a free name for a new one. */
static Status pades_choose_field(PadesWork *work) {
    const bool is_named = !pades_is_stamp(work) && work->request->seal.field.size > 0;
    const char *base = pades_is_stamp(work) ? PADES_STAMP_NAME : PADES_FIELD_NAME;
    const Text wanted = is_named ? work->request->seal.field : text_of(base);
    for (size_t i = 0; !pades_is_stamp(work) && i < work->fields.count; i++) {
        const PdfSignatureField *field = &work->fields.items[i];
        if (text_equal(field->name, wanted) && field->dictionary == NULL && field->reference.number != 0 &&
            pdf_keys_are_unique(field->field)) {
            work->target = field;
            work->field_name = wanted;
            return STATUS_OK;
        }
    }
    Text name = wanted;
    bool taken = false;
    TRY(pades_name_is_taken(work, name, &taken));
    if (taken && is_named) {
        return fail(STATUS_CONFLICT, "the PDF has a field \"%.*s\" that cannot be signed any more", TEXT_ARG(name));
    }
    for (unsigned number = 2; taken && number < 1000; number++) {
        name = arena_format(work->arena, "%s %u", base, number);
        TRY(pades_name_is_taken(work, name, &taken));
    }
    work->field_name = name;
    return STATUS_OK;
}

/** The form must be something that can be extended. */
static Status pades_read_form(PadesWork *work) {
    const PdfValue *entry = NULL, *rendering = NULL;
    TRY(pdf_catalog(work->file, &work->catalog_reference, &work->catalog));
    entry = pdf_entry(work->catalog, "AcroForm");
    work->form_reference = entry != NULL && entry->kind == PDF_REFERENCE ? entry->reference : (PdfReference){0};
    TRY(pdf_get(work->file, work->catalog, "AcroForm", &work->form));
    TRY(pdf_get(work->file, work->catalog, "Perms", &work->perms));
    TRY(pdf_get(work->file, work->catalog, "NeedsRendering", &rendering));
    if (work->form->kind != PDF_NULL && (work->form->kind != PDF_DICTIONARY || !pdf_keys_are_unique(work->form))) {
        return fail(STATUS_INVALID, "the PDF is damaged: its form is no sound dictionary");
    }
    if (work->form->kind == PDF_NULL) {
        work->form_reference = (PdfReference){0};
    }
    if (rendering->kind == PDF_BOOLEAN && rendering->boolean) {
        return fail(STATUS_UNSUPPORTED, "the PDF is a dynamic form (XFA), whose pages each reader makes up anew");
    }
    return STATUS_OK;
}

static Status pades_read_signatures(PadesWork *work) {
    bool has_signatures = false;
    TRY(pdf_signature_fields(work->file, &work->fields));
    for (size_t i = 0; i < work->fields.count; i++) {
        if (work->fields.items[i].dictionary != NULL) {
            has_signatures = true;
            TRY(pades_check_lock(work, &work->fields.items[i]));
        }
    }
    const bool has_permissions = pdf_entry(work->perms, "DocMDP") != NULL;
    work->certify = !pades_is_stamp(work) && !work->request->seal.approval && !has_signatures && !has_permissions;
    return STATUS_OK;
}

/** The page of the seal, and that it lies on that page. */
static Status pades_choose_page(PadesWork *work) {
    const PadesAppearance *look = &work->request->seal.appearance;
    TRY(pdf_page(work->file, look->visible ? look->page : 0, &work->page));
    if (work->page.reference.number == 0 || !pdf_keys_are_unique(work->page.dictionary)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its page is no object of its own");
    }
    const bool fits = look->left >= work->page.left && look->bottom >= work->page.bottom &&
                      look->right <= work->page.right && look->top <= work->page.top && look->left < look->right &&
                      look->bottom < look->top;
    if (look->visible && !fits) {
        return fail(STATUS_INVALID, "the visible seal does not lie on its page");
    }
    return STATUS_OK;
}

Status pades_open(PadesWork *work, Text pdf) {
    TRY(pdf_open(work->reading, pdf, &work->file));
    if (pdf_is_hybrid(work->file)) {
        return fail(STATUS_UNSUPPORTED, "the PDF has hybrid cross-references: readers see different objects in it");
    }
    const PdfValue *size = pdf_entry(pdf_trailer(work->file), "Size");
    if (size == NULL || size->kind != PDF_INTEGER || size->integer <= 0) {
        return fail(STATUS_INVALID, "the PDF is damaged: its trailer has no Size");
    }
    TRY(pdf_check_objects(work->file));
    TRY(pades_read_form(work));
    return pades_read_signatures(work);
}

static void pades_add_text(PadesWork *work, Buffer *entries, const char *key, Text text) {
    if (text.size > 0) {
        buffer_format(entries, "\n/%s ", key);
        buffer_append(entries, pdf_source_text(work->arena, text));
    }
}

static void pades_put_stamp(PadesWork *work) {
    work->signature = pdf_revision_reserve(work->revision);
    pdf_revision_put_signature(work->revision, work->signature,
                               TEXT(" /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 /V 0"),
                               work->request->room);
}

static void pades_put_signature(PadesWork *work) {
    const PadesSeal *seal = &work->request->seal;
    Buffer entries = buffer_make(work->arena, PADES_TEXT_MAX * 64);
    buffer_append(&entries, TEXT(" /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n/M "));
    buffer_append(&entries, pdf_source_date(work->arena, seal->time));
    pades_add_text(work, &entries, "Name", seal->name);
    pades_add_text(work, &entries, "Location", seal->location);
    pades_add_text(work, &entries, "ContactInfo", seal->contact);
    pades_add_text(work, &entries, "Reason", seal->reason);
    if (work->certify) {
        buffer_append(&entries, TEXT("\n/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams "
                                     "<< /Type /TransformParams /P 2 /V /1.2 >> >>]"));
    }
    work->signature = pdf_revision_reserve(work->revision);
    pdf_revision_put_signature(work->revision, work->signature, (Text){entries.data, entries.size},
                               work->request->room);
}

/** The appearance stream as an object; number 0 when nothing is drawn. */
static PdfReference pades_put_appearance(PadesWork *work) {
    const PadesAppearance *look = &work->request->seal.appearance;
    if (look->content.size == 0) {
        return (PdfReference){0};
    }
    return pdf_revision_put_appearance(work->revision, look->right - look->left, look->top - look->bottom,
                                       look->content);
}

static Text pades_rectangle(PadesWork *work) {
    const PadesAppearance *look = &work->request->seal.appearance;
    return look->visible
               ? arena_format(work->arena, "[%.3f %.3f %.3f %.3f]", look->left, look->bottom, look->right, look->top)
               : TEXT("[0 0 0 0]");
}

/** Fills the field that waits for it. */
static Status pades_fill_field(PadesWork *work, Text value) {
    const PdfReference form = pades_put_appearance(work);
    const bool is_widget = pdf_entry(work->target->field, "Rect") != NULL;
    Text source = {0};
    PdfChange changes[4] = {{"V", value}};
    size_t count = 1;
    if (form.number != 0 && is_widget) {
        changes[count++] = (PdfChange){
            "AP", arena_format(work->arena, "<< /N %.*s >>", TEXT_ARG(pdf_source_reference(work->arena, form)))};
        changes[count++] = (PdfChange){"Rect", pades_rectangle(work)};
    }
    TRY(pdf_source_with(work->arena, work->target->field, changes, count, &source));
    pdf_revision_put(work->revision, work->target->reference, source);
    return STATUS_OK;
}

/** Adds the widget to its page: to its array of annotations where that is an object, else to the page itself. */
static Status pades_add_to_page(PadesWork *work, Text widget) {
    const PdfValue *entry = pdf_entry(work->page.dictionary, "Annots");
    const PdfValue *annotations = NULL;
    Text array = {0}, page = {0};
    TRY(pdf_get(work->file, work->page.dictionary, "Annots", &annotations));
    TRY(pdf_source_with_item(work->arena, annotations, widget, &array));
    if (entry != NULL && entry->kind == PDF_REFERENCE && annotations->kind == PDF_ARRAY) {
        pdf_revision_put(work->revision, entry->reference, array);
        return STATUS_OK;
    }
    const PdfChange change = {"Annots", array};
    TRY(pdf_source_with(work->arena, work->page.dictionary, &change, 1, &page));
    pdf_revision_put(work->revision, work->page.reference, page);
    return STATUS_OK;
}

/** Makes the field with its widget and gives its reference as source. */
static Status pades_make_field(PadesWork *work, Text value, Text *ret_reference) {
    Arena *arena = work->arena;
    const PdfReference form = pades_put_appearance(work);
    const PdfReference field = pdf_revision_reserve(work->revision);
    const Text page = pdf_source_reference(arena, work->page.reference), rectangle = pades_rectangle(work);
    const Text name = pdf_source_text(arena, work->field_name);
    const Text look =
        form.number == 0 ? TEXT("") : arena_format(arena, "\n/AP << /N %u %u R >>", form.number, form.generation);
    pdf_revision_put(work->revision, field,
                     arena_format(arena,
                                  "<< /Type /Annot /Subtype /Widget /FT /Sig /T %.*s /F %d\n/Rect %.*s /P %.*s\n"
                                  "/V %.*s%.*s >>",
                                  TEXT_ARG(name), PADES_WIDGET_FLAGS, TEXT_ARG(rectangle), TEXT_ARG(page),
                                  TEXT_ARG(value), TEXT_ARG(look)));
    *ret_reference = pdf_source_reference(arena, field);
    return pades_add_to_page(work, *ret_reference);
}

/** The form with the new field, if any, and its flags; as an object where it was one, else for the catalog. */
static Status pades_change_form(PadesWork *work, Text new_field, PdfChange *catalog_changes, size_t *count) {
    const PdfValue *fields_entry = pdf_entry(work->form, "Fields");
    const PdfValue *fields = NULL, *flags = NULL;
    Text array = {0}, form = {0};
    PdfChange changes[2];
    size_t change_count = 0;
    TRY(pdf_get(work->file, work->form, "SigFlags", &flags));
    const int64_t before = flags->kind == PDF_INTEGER ? flags->integer : 0;
    if ((before & PADES_SIG_FLAGS) != PADES_SIG_FLAGS) {
        changes[change_count++] =
            (PdfChange){"SigFlags", arena_format(work->arena, "%d", (int)(before & 0xff) | PADES_SIG_FLAGS)};
    }
    if (new_field.size > 0) {
        TRY(pdf_get(work->file, work->form, "Fields", &fields));
        TRY(pdf_source_with_item(work->arena, fields, new_field, &array));
        if (fields_entry != NULL && fields_entry->kind == PDF_REFERENCE && fields->kind == PDF_ARRAY) {
            pdf_revision_put(work->revision, fields_entry->reference, array);
        } else {
            changes[change_count++] = (PdfChange){"Fields", array};
        }
    }
    if (change_count == 0) {
        return STATUS_OK;
    }
    TRY(pdf_source_with(work->arena, work->form, changes, change_count, &form));
    if (work->form_reference.number != 0) {
        pdf_revision_put(work->revision, work->form_reference, form);
    } else {
        catalog_changes[(*count)++] = (PdfChange){"AcroForm", form};
    }
    return STATUS_OK;
}

/** Perms with the certification: its own object where it is one, else an entry of the catalog. */
static Status pades_change_permissions(PadesWork *work, Text value, PdfChange *changes, size_t *count) {
    const PdfValue *entry = pdf_entry(work->catalog, "Perms");
    const PdfChange change = {"DocMDP", value};
    Text permissions = {0};
    TRY(pdf_source_with(work->arena, work->perms, &change, 1, &permissions));
    if (entry != NULL && entry->kind == PDF_REFERENCE && work->perms->kind == PDF_DICTIONARY) {
        pdf_revision_put(work->revision, entry->reference, permissions);
    } else {
        changes[(*count)++] = (PdfChange){"Perms", permissions};
    }
    return STATUS_OK;
}

static Status pades_write(PadesWork *work, PdfSection *ret_section) {
    TRY(pdf_revision_begin(work->arena, work->file, &work->revision));
    if (pades_is_stamp(work)) {
        pades_put_stamp(work);
    } else {
        pades_put_signature(work);
    }
    const Text value = pdf_source_reference(work->arena, work->signature);
    Text new_field = {0}, catalog = {0};
    if (work->target != NULL) {
        TRY(pades_fill_field(work, value));
    } else {
        TRY(pades_make_field(work, value, &new_field));
    }
    PdfChange changes[2];
    size_t count = 0;
    TRY(pades_change_form(work, new_field, changes, &count));
    if (work->certify) {
        TRY(pades_change_permissions(work, value, changes, &count));
    }
    if (count > 0) {
        TRY(pdf_source_with(work->arena, work->catalog, changes, count, &catalog));
        pdf_revision_put(work->revision, work->catalog_reference, catalog);
    }
    return pdf_revision_finish(work->revision, ret_section);
}

Status pades_plan_signature(PadesWork *work, PadesAnswer *ret_answer) {
    PdfSection section;
    TRY(pades_choose_field(work));
    TRY(pades_choose_page(work));
    TRY(pades_write(work, &section));
    *ret_answer =
        (PadesAnswer){.section = {section.bytes, section.size}, .gap_from = section.gap_from, .gap_to = section.gap_to};
    return STATUS_OK;
}
