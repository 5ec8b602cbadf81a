/** Attaches files to a PDF by an appended revision: streams, their specifications, the names and the catalog. */
#include "pdf/attachment.h"

#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/reader_internal.h"
#include "pdf/revision.h"

enum { TREE_DEPTH = 30, SOURCE_BYTES = 16 << 20 };

/** A name of the tree and what it means, as they stand in the file. */
typedef struct NamedFile {
    Text name; /**< its bytes: by them the tree is in order */
    Text name_source, value_source;
} NamedFile;

typedef struct NamedFiles {
    NamedFile *items;
    size_t count;
} NamedFiles;

static Status pdf_list_names(PdfFile *file, const PdfValue *value, unsigned depth, NamedFiles *list) {
    const PdfValue *node = NULL, *names = NULL, *kids = NULL;
    const PdfReference reference = value->kind == PDF_REFERENCE ? value->reference : (PdfReference){0};
    if (depth > TREE_DEPTH || !pdf_walk_enter(file, reference)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its names of embedded files lead in a circle");
    }
    TRY(pdf_resolve(file, value, &node));
    TRY(pdf_get(file, node, "Names", &names));
    TRY(pdf_get(file, node, "Kids", &kids));
    for (uint32_t i = 0; names->kind == PDF_ARRAY && i + 1 < names->count; i += 2) {
        const PdfValue *key = NULL;
        TRY(pdf_resolve(file, &names->items[i], &key));
        if (list->count == PDF_ATTACHMENTS_MAX || key->kind != PDF_STRING) {
            return fail(STATUS_TOO_LARGE, "the PDF has too many embedded files, or one without a name");
        }
        list->items[list->count++] = (NamedFile){key->text, names->items[i].source, names->items[i + 1].source};
    }
    for (uint32_t i = 0; kids->kind == PDF_ARRAY && i < kids->count; i++) {
        TRY(pdf_list_names(file, &kids->items[i], depth + 1, list));
    }
    return STATUS_OK;
}

/** A name of PDF, as /application#2Fxml. */
static Text pdf_source_name(Arena *arena, Text text) {
    Buffer source = buffer_make(arena, text.size * 3 + 2);
    buffer_append_byte(&source, '/');
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '+';
        if (plain) {
            buffer_append_byte(&source, (char)c);
        } else {
            buffer_format(&source, "#%02X", c);
        }
    }
    return (Text){source.data, source.size};
}

static PdfReference pdf_put_file(Arena *arena, PdfRevision *revision, const PdfNewFile *file) {
    const PdfReference stream = pdf_revision_reserve(revision), specification = pdf_revision_reserve(revision);
    const Text type = pdf_source_name(arena, file->media_type), date = pdf_source_date(arena, file->modified);
    const Text name = pdf_source_text(arena, file->name), description = pdf_source_text(arena, file->description);
    const Text reference = pdf_source_reference(arena, stream);
    pdf_revision_put_stream(revision, stream,
                            arena_format(arena,
                                         "/Type /EmbeddedFile /Subtype %.*s /Params << /Size %zu /ModDate %.*s >>",
                                         TEXT_ARG(type), file->bytes.size, TEXT_ARG(date)),
                            file->bytes);
    pdf_revision_put(
        revision, specification,
        arena_format(arena,
                     "<< /Type /Filespec /F %.*s /UF %.*s /Desc %.*s /AFRelationship /%.*s\n/EF << /F %.*s "
                     "/UF %.*s >> >>",
                     TEXT_ARG(name), TEXT_ARG(name), TEXT_ARG(description), TEXT_ARG(file->relationship),
                     TEXT_ARG(reference), TEXT_ARG(reference)));
    return specification;
}

static bool pdf_has_name(const NamedFiles *list, Text name) {
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/** The name, or, where it is taken, with a number in front: a file of a stranger may hold any name. */
static Text pdf_free_name(Arena *arena, const NamedFiles *list, Text name) {
    Text free_name = name;
    for (size_t i = 2; pdf_has_name(list, free_name); i++) {
        free_name = arena_format(arena, "%zu-%.*s", i, TEXT_ARG(name));
    }
    return free_name;
}

static void pdf_insert_name(NamedFiles *list, const NamedFile *entry) {
    size_t at = list->count;
    while (at > 0 && text_compare(entry->name, list->items[at - 1].name) < 0) {
        at--;
    }
    memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof list->items[0]);
    list->items[at] = *entry;
    list->count++;
}

static Status pdf_tree_source(Arena *arena, const NamedFiles *list, Text *ret_source) {
    Buffer source = buffer_make(arena, SOURCE_BYTES);
    buffer_append(&source, TEXT("<< /Names ["));
    for (size_t i = 0; i < list->count; i++) {
        buffer_append_byte(&source, ' ');
        buffer_append(&source, list->items[i].name_source);
        buffer_append_byte(&source, ' ');
        buffer_append(&source, list->items[i].value_source);
    }
    buffer_append(&source, TEXT(" ] >>"));
    return buffer_take(&source, ret_source);
}

Status pdf_attach(Arena *arena, PdfFile *file, PdfRevision *revision, const PdfNewFile *files, size_t count) {
    PdfReference catalog_reference = {0};
    const PdfValue *catalog = NULL, *names = NULL, *associated = NULL;
    TRY(pdf_catalog(file, &catalog_reference, &catalog));
    TRY(pdf_get(file, catalog, "Names", &names));
    TRY(pdf_get(file, catalog, "AF", &associated));
    NamedFiles list = {arena_new_array(arena, NamedFile, PDF_ATTACHMENTS_MAX + count), 0};
    const PdfValue *tree = pdf_entry(names, "EmbeddedFiles");
    if (tree != NULL) {
        pdf_walk_begin(file);
        TRY(pdf_list_names(file, tree, 0, &list));
    }
    Text items = {NULL, 0}, tree_source = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        PdfNewFile new_file = files[i];
        new_file.name = pdf_free_name(arena, &list, new_file.name);
        const Text reference = pdf_source_reference(arena, pdf_put_file(arena, revision, &new_file));
        const NamedFile entry = {new_file.name, pdf_source_text(arena, new_file.name), reference};
        pdf_insert_name(&list, &entry);
        items = arena_format(arena, "%.*s %.*s", TEXT_ARG(items), TEXT_ARG(reference));
    }
    const PdfReference root = pdf_revision_reserve(revision);
    TRY(pdf_tree_source(arena, &list, &tree_source));
    pdf_revision_put(revision, root, tree_source);
    PdfChange changes[] = {{"EmbeddedFiles", pdf_source_reference(arena, root)}},
              entries[] = {{"Names", {0}}, {"AF", {0}}};
    Text catalog_source = {NULL, 0};
    TRY(pdf_source_with(arena, names, changes, 1, &entries[0].value));
    TRY(pdf_source_with_item(arena, associated, items, &entries[1].value));
    TRY(pdf_source_with(arena, catalog, entries, 2, &catalog_source));
    pdf_revision_put(revision, catalog_reference, catalog_source);
    return STATUS_OK;
}
