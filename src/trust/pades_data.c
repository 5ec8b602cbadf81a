/** Planning the revision that adds validation data: DSS, VRI, and the extension that announces them to older readers.
 */
#include <string.h>

#include "base/log.h"
#include "trust/pades_plan.h"

#define PADES_DSS_MAX ((size_t)4 << 20)

/** The revision while it is being written. */
typedef struct PadesAdding {
    PadesWork *work;
    PadesStore store;
    PadesStored *items[3]; /**< those of the file, then the new ones */
    size_t counts[3];
    bool has_news;
} PadesAdding;

static Texts pades_kind_of(const ValidationData *data, size_t kind) {
    return kind == 0 ? data->certificates : kind == 1 ? data->ocsps : data->crls;
}

/** The object that holds the value: one of the file's, or a new one. */
static PdfReference pades_value_object(PadesAdding *adding, size_t kind, Text bytes) {
    for (size_t i = 0; i < adding->counts[kind]; i++) {
        if (text_equal(adding->items[kind][i].bytes, bytes)) {
            return adding->items[kind][i].reference;
        }
    }
    PadesWork *work = adding->work;
    const PdfReference reference = pdf_revision_reserve(work->revision);
    pdf_revision_put_stream(work->revision, reference, (Text){0}, bytes);
    adding->items[kind][adding->counts[kind]++] = (PadesStored){bytes, reference};
    adding->has_news = true;
    return reference;
}

/** Makes room for all values that may come, and takes over those of the file. */
static void pades_take_store(PadesAdding *adding) {
    const PadesRecords *records = &adding->work->request->records;
    for (size_t kind = 0; kind < 3; kind++) {
        size_t room = adding->store.counts[kind];
        for (size_t i = 0; i < records->count; i++) {
            room += pades_kind_of(&records->items[i].data, kind).count;
        }
        adding->items[kind] = arena_new_array(adding->work->arena, PadesStored, room + 1);
        adding->counts[kind] = adding->store.counts[kind];
        memcpy(adding->items[kind], adding->store.items[kind], adding->counts[kind] * sizeof(PadesStored));
    }
}

/** The source of one entry of VRI. */
static void pades_write_record(PadesAdding *adding, const PadesRecord *record, Buffer *source) {
    static const char *const keys[3] = {"Cert", "OCSP", "CRL"};
    buffer_append(source, TEXT("<<"));
    for (size_t kind = 0; kind < 3; kind++) {
        const Texts values = pades_kind_of(&record->data, kind);
        for (size_t i = 0; i < values.count; i++) {
            const PdfReference reference = pades_value_object(adding, kind, values.items[i]);
            buffer_format(source, i == 0 ? " /%s [%u %u R" : "%.0s %u %u R", keys[kind], reference.number,
                          reference.generation);
        }
        buffer_append(source, values.count > 0 ? TEXT("]") : TEXT(""));
    }
    buffer_append(source, TEXT(" >>"));
}

/** VRI with the new entries; an entry that a signature has already is kept. */
static Status pades_write_records(PadesAdding *adding, Text *ret_source) {
    const PadesRecords *records = &adding->work->request->records;
    Arena *arena = adding->work->arena;
    PdfChange *changes = arena_new_array(arena, PdfChange, records->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < records->count; i++) {
        Buffer source = buffer_make(arena, PADES_DSS_MAX);
        pades_write_record(adding, &records->items[i], &source);
        const char *name = arena_c_string(arena, records->items[i].name);
        if (pdf_entry(adding->store.records, name) == NULL) {
            changes[count].key = name;
            TRY(buffer_take(&source, &changes[count++].value));
            adding->has_news = true;
        }
    }
    return pdf_source_with(arena, adding->store.records, changes, count, ret_source);
}

static Status pades_write_array(PadesAdding *adding, size_t kind, Text *ret_source) {
    Buffer source = buffer_make(adding->work->arena, PADES_DSS_MAX);
    if (adding->counts[kind] == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < adding->counts[kind]; i++) {
        const PdfReference reference = adding->items[kind][i].reference;
        buffer_format(&source, "%s%u %u R", i == 0 ? "[" : " ", reference.number, reference.generation);
    }
    buffer_append_byte(&source, ']');
    return buffer_take(&source, ret_source);
}

/** The entry Extensions with what DSS is announced by in PDF 1.x (EN 319 142-1, 5.5); empty when none is needed. */
static Status pades_write_extensions(PadesWork *work, Text *ret_source) {
    const PdfValue *extensions = NULL, *version = NULL;
    TRY(pdf_get(work->file, work->catalog, "Extensions", &extensions));
    TRY(pdf_get(work->file, work->catalog, "Version", &version));
    const Text bytes = pdf_bytes(work->file);
    const bool is_second = text_starts_with(bytes, TEXT("%PDF-2")) ||
                           (version->kind == PDF_NAME && text_starts_with(version->text, TEXT("2")));
    const bool is_sound = extensions->kind == PDF_NULL || extensions->kind == PDF_DICTIONARY;
    if (is_second || !is_sound || pdf_entry(extensions, "ESIC") != NULL) {
        return STATUS_OK;
    }
    const PdfChange change = {"ESIC", TEXT("<< /BaseVersion /1.7 /ExtensionLevel 1 >>")};
    return pdf_source_with(work->arena, extensions, &change, 1, ret_source);
}

/** DSS as an object of its own, which the catalog names; later revisions then leave the catalog alone. */
static Status pades_write_store(PadesAdding *adding, Text records) {
    static const char *const keys[3] = {"Certs", "OCSPs", "CRLs"};
    PadesWork *work = adding->work;
    PdfChange changes[5] = {{"Type", TEXT_INIT("/DSS")}, {"VRI", records}};
    Text source = {0}, catalog = {0};
    for (size_t kind = 0; kind < 3; kind++) {
        changes[2 + kind].key = keys[kind];
        TRY(pades_write_array(adding, kind, &changes[2 + kind].value));
    }
    TRY(pdf_source_with(work->arena, adding->store.dictionary, changes, 5, &source));
    if (adding->store.reference.number != 0) {
        pdf_revision_put(work->revision, adding->store.reference, source);
        return STATUS_OK;
    }
    const PdfReference reference = pdf_revision_reserve(work->revision);
    pdf_revision_put(work->revision, reference, source);
    PdfChange catalog_changes[2] = {{"DSS", pdf_source_reference(work->arena, reference)}};
    size_t count = 1;
    Text extensions = {0};
    TRY(pades_write_extensions(work, &extensions));
    if (extensions.size > 0) {
        catalog_changes[count++] = (PdfChange){"Extensions", extensions};
    }
    TRY(pdf_source_with(work->arena, work->catalog, catalog_changes, count, &catalog));
    pdf_revision_put(work->revision, work->catalog_reference, catalog);
    return STATUS_OK;
}

Status pades_plan_data(PadesWork *work, PadesAnswer *ret_answer) {
    PadesAdding adding = {.work = work};
    PdfSection section;
    Text records = {0};
    TRY(pades_read_store(work->reading, work->file, &adding.store));
    TRY(pdf_revision_begin(work->arena, work->file, &work->revision));
    pades_take_store(&adding);
    TRY(pades_write_records(&adding, &records));
    if (!adding.has_news) {
        *ret_answer = (PadesAnswer){0};
        return STATUS_OK;
    }
    TRY(pades_write_store(&adding, records));
    TRY(pdf_revision_finish(work->revision, &section));
    *ret_answer = (PadesAnswer){.section = {section.bytes, section.size}};
    return STATUS_OK;
}
