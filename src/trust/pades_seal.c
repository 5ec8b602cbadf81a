/** Sealing: one appended revision with field, signature dictionary and, when certified, permissions. */
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/revision.h"
#include "pdf/revision_appearance.h"
#include "trust/algorithm.h"
#include "trust/cms.h"
#include "trust/pades.h"

#define PADES_READING_BUDGET ((size_t)512 << 20)
#define PADES_WRITING_BUDGET ((size_t)64 << 20)
#define PADES_ROOM_ROUND     64
#define PADES_TRIES          3
#define PADES_TEXT_MAX       1024
#define PADES_FIELD_NAME     "Seal"
/* Bits of SigFlags: signatures exist; append only (ISO 32000-1, table 219). */
#define PADES_SIG_FLAGS 3
/* Annotation flags: print and locked. */
#define PADES_WIDGET_FLAGS 132

/** One sealing on its way. */
typedef struct PadesWork {
    Arena *arena;   /**< for what is written; dies with the call */
    Arena *reading; /**< for what a stranger's file makes us read, under a budget of its own; dies with the call */
    PdfFile *file;
    const PadesSeal *seal;
    PdfSignatureFields fields;
    const PdfSignatureField *target; /**< the empty field to fill; NULL: a new one */
    Text field_name;
    bool certify;
    const PdfValue *catalog, *form, *perms;
    PdfReference catalog_reference, form_reference; /**< the form's number is 0 when it stands in the catalog */
    PdfPage page;
    Text appearance; /**< content stream; empty when nothing new is drawn */
    PdfRevision *revision;
    PdfReference signature;
} PadesWork;

static Status pades_check_texts(const PadesSeal *seal) {
    const Text texts[] = {seal->name, seal->location, seal->contact, seal->reason, seal->field};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].size > PADES_TEXT_MAX || (texts[i].size > 0 && !text_is_utf8(texts[i]))) {
            return fail(STATUS_INVALID, "a seal's texts are UTF-8 of at most %d bytes", PADES_TEXT_MAX);
        }
    }
    size_t dot = 0;
    if (text_find(seal->field, TEXT("."), &dot)) {
        return fail(STATUS_INVALID, "the name of a seal's field has no period");
    }
    return STATUS_OK;
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
    const bool is_named = work->seal->field.size > 0;
    const Text wanted = is_named ? work->seal->field : TEXT(PADES_FIELD_NAME);
    for (size_t i = 0; i < work->fields.count; i++) {
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
        name = arena_format(work->arena, "%s %u", PADES_FIELD_NAME, number);
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
    work->certify = !work->seal->approval && !has_signatures && !has_permissions;
    return pades_choose_field(work);
}

static Status pades_prepare_appearance(PadesWork *work) {
    const PadesAppearance *look = &work->seal->appearance;
    TRY(pdf_page(work->file, look->visible ? look->page : 0, &work->page));
    if (work->page.reference.number == 0 || !pdf_keys_are_unique(work->page.dictionary)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its page is no object of its own");
    }
    if (!look->visible) {
        return STATUS_OK;
    }
    const bool fits = look->left >= work->page.left && look->bottom >= work->page.bottom &&
                      look->right <= work->page.right && look->top <= work->page.top && look->left < look->right &&
                      look->bottom < look->top;
    if (!fits) {
        return fail(STATUS_INVALID, "the visible seal does not lie on its page");
    }
    if (look->content.size > 0) {
        work->appearance = look->content;
        return STATUS_OK;
    }
    return pdf_seal_appearance(work->arena, look->lines, look->right - look->left, look->top - look->bottom,
                               &work->appearance);
}

/** Reads and checks all that the revision will build on. */
static Status pades_prepare(PadesWork *work, Text pdf) {
    TRY(pades_check_texts(work->seal));
    TRY(pdf_open(work->reading, pdf, &work->file));
    if (pdf_is_hybrid(work->file)) {
        return fail(STATUS_UNSUPPORTED, "the PDF has hybrid cross-references: readers see different objects in it");
    }
    TRY(pdf_check_objects(work->file));
    TRY(pades_read_form(work));
    TRY(pades_read_signatures(work));
    return pades_prepare_appearance(work);
}

static void pades_add_text(PadesWork *work, Buffer *entries, const char *key, Text text) {
    if (text.size > 0) {
        buffer_format(entries, "\n/%s ", key);
        buffer_append(entries, pdf_source_text(work->arena, text));
    }
}

static void pades_put_signature(PadesWork *work, size_t room) {
    const PadesSeal *seal = work->seal;
    Buffer entries = buffer_make(work->arena, PADES_TEXT_MAX * 64);
    const Time time = time_is_set(seal->time) ? seal->time : clock_now();
    buffer_append(&entries, TEXT(" /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n/M "));
    buffer_append(&entries, pdf_source_date(work->arena, time));
    pades_add_text(work, &entries, "Name", seal->name);
    pades_add_text(work, &entries, "Location", seal->location);
    pades_add_text(work, &entries, "ContactInfo", seal->contact);
    pades_add_text(work, &entries, "Reason", seal->reason);
    if (work->certify) {
        buffer_append(&entries, TEXT("\n/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams "
                                     "<< /Type /TransformParams /P 2 /V /1.2 >> >>]"));
    }
    work->signature = pdf_revision_reserve(work->revision);
    pdf_revision_put_signature(work->revision, work->signature, (Text){entries.data, entries.size}, room);
}

/** The appearance stream as an object; number 0 when nothing is drawn. */
static PdfReference pades_put_appearance(PadesWork *work) {
    const PadesAppearance *look = &work->seal->appearance;
    if (work->appearance.size == 0) {
        return (PdfReference){0};
    }
    const PdfReference form = pdf_revision_reserve(work->revision);
    const Text entries =
        arena_format(work->arena, " /Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f] /Resources << >>",
                     look->right - look->left, look->top - look->bottom);
    pdf_revision_put_stream(work->revision, form, entries, work->appearance);
    return form;
}

static Text pades_rectangle(PadesWork *work) {
    const PadesAppearance *look = &work->seal->appearance;
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

/** Writes the revision's objects, with room for so many bytes of CMS. */
static Status pades_write(PadesWork *work, size_t room, PdfSection *ret_section) {
    TRY(pdf_revision_begin(work->arena, work->file, &work->revision));
    pades_put_signature(work, room);
    const Text value = pdf_source_reference(work->arena, work->signature);
    Text new_field = {0}, catalog = {0}, permissions = {0};
    if (work->target != NULL) {
        TRY(pades_fill_field(work, value));
    } else {
        TRY(pades_make_field(work, value, &new_field));
    }
    PdfChange changes[2];
    size_t count = 0;
    TRY(pades_change_form(work, new_field, changes, &count));
    if (work->certify) {
        const PdfChange change = {"DocMDP", value};
        TRY(pdf_source_with(work->arena, work->perms, &change, 1, &permissions));
        changes[count++] = (PdfChange){"Perms", permissions};
    }
    if (count > 0) {
        TRY(pdf_source_with(work->arena, work->catalog, changes, count, &catalog));
        pdf_revision_put(work->revision, work->catalog_reference, catalog);
    }
    return pdf_revision_finish(work->revision, ret_section);
}

/** Room for a CMS of this key with its token, and a third more, since signatures and tokens vary in length. */
static size_t pades_room(PadesWork *work) {
    const size_t expected = cms_size_max(work->arena, work->seal->key) + work->seal->token_size;
    const size_t roomy = expected + expected * 3 / 10;
    return (roomy + PADES_ROOM_ROUND - 1) / PADES_ROOM_ROUND * PADES_ROOM_ROUND;
}

static Status pades_sign(PadesWork *work, Text pdf, PdfSection *ret_section) {
    size_t room = pades_room(work);
    for (int attempt = 1;; attempt++) {
        PdfSection section;
        Text cms = {0};
        TRY(pades_write(work, room, &section));
        const Text parts[] = {
            pdf, {section.bytes, section.gap_from}, {section.bytes + section.gap_to, section.size - section.gap_to}};
        const KeyDigest kind = key_digest(work->seal->key);
        const Text digest = algorithm_digest(work->arena, kind, parts, sizeof(parts) / sizeof(parts[0]));
        TRY(cms_sign(work->arena, work->seal->key, digest, (Texts){0}, &cms));
        const Status status = pdf_section_fill(&section, cms);
        if (status == STATUS_OK) {
            *ret_section = section;
            return STATUS_OK;
        }
        if (attempt == PADES_TRIES) {
            return status;
        }
        room = cms.size * 2 + work->seal->token_size;
    }
}

/** Seals with everything that is only needed meanwhile in `work`'s arena; the result goes into the caller's. */
static Status pades_run(PadesWork *work, Arena *arena, Text pdf, Text before, Text *ret_bytes) {
    PdfSection section;
    void *memory = NULL;
    TRY(pades_prepare(work, pdf));
    TRY(pades_sign(work, pdf, &section));
    TRY(arena_try_allocate(arena, before.size + section.size, &memory));
    if (before.size > 0) {
        memcpy(memory, before.data, before.size);
    }
    memcpy((char *)memory + before.size, section.bytes, section.size);
    *ret_bytes = (Text){memory, before.size + section.size};
    return STATUS_OK;
}

static Status pades_seal_behind(Arena *arena, Text pdf, const PadesSeal *seal, Text before, Text *ret_bytes) {
    /* What is written repeats parts of the file a few times at most. */
    PadesWork work = {.arena = arena_open(PADES_WRITING_BUDGET + pdf.size * 32),
                      .reading = arena_open(PADES_READING_BUDGET),
                      .seal = seal};
    const Status status = pades_run(&work, arena, pdf, before, ret_bytes);
    arena_close(work.arena);
    arena_close(work.reading);
    return status;
}

Status pades_seal(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_pdf) {
    return pades_seal_behind(arena, pdf, seal, pdf, ret_pdf);
}

Status pades_seal_append(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_appended) {
    return pades_seal_behind(arena, pdf, seal, (Text){0}, ret_appended);
}
