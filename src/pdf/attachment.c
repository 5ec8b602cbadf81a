/** Embedded files: the ways that lead to them, and their bytes. */
#include "pdf/attachment.h"

#include "base/digest.h"
#include "base/log.h"
#include "pdf/reader_internal.h"

/** The list while it grows. */
typedef struct AttachmentWalk {
    PdfAttachment *items;
    size_t count;
} AttachmentWalk;

static Status pdf_attachment_text(PdfFile *file, const PdfValue *dictionary, const char *key, Text *ret_text) {
    const PdfValue *value = NULL;
    TRY(pdf_get(file, dictionary, key, &value));
    if (value->kind == PDF_NAME) {
        *ret_text = value->text;
        return STATUS_OK;
    }
    return value->kind == PDF_STRING ? pdf_text_string(file->arena, value->text, ret_text) : STATUS_OK;
}

/** The embedded stream, of the names that a file may have for different systems. */
static Status pdf_embedded_stream(PdfFile *file, const PdfValue *specification, const PdfValue **ret_stream) {
    static const char *const keys[] = {"UF", "F", "Unix", "DOS", "Mac"};
    const PdfValue *files = NULL, *stream = &pdf_null;
    TRY(pdf_get(file, specification, "EF", &files));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && stream->kind != PDF_STREAM; i++) {
        TRY(pdf_get(file, files, keys[i], &stream));
    }
    *ret_stream = stream;
    return STATUS_OK;
}

static bool pdf_is_listed(const AttachmentWalk *walk, PdfReference specification, const PdfValue *stream) {
    for (size_t i = 0; i < walk->count; i++) {
        const PdfAttachment *item = &walk->items[i];
        if (specification.number != 0 ? item->specification.number == specification.number : item->stream == stream) {
            return true;
        }
    }
    return false;
}

/** Adds what a file specification embeds, unless it is listed. */
static Status pdf_add_attachment(PdfFile *file, const PdfValue *value, Text key, AttachmentWalk *walk) {
    PdfAttachment item = {.specification = value->kind == PDF_REFERENCE ? value->reference : (PdfReference){0}};
    const PdfValue *specification = NULL, *parameters = NULL, *modified = NULL;
    TRY(pdf_resolve(file, value, &specification));
    TRY(pdf_embedded_stream(file, specification, &item.stream));
    if (item.stream->kind != PDF_STREAM || pdf_is_listed(walk, item.specification, item.stream)) {
        return STATUS_OK;
    }
    if (walk->count == PDF_ATTACHMENTS_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF has more than %u embedded files", PDF_ATTACHMENTS_MAX);
    }
    TRY(pdf_attachment_text(file, specification, "F", &item.name));
    TRY(pdf_attachment_text(file, specification, "UF", &item.name));
    if (item.name.size == 0 && key.size > 0) {
        TRY(pdf_text_string(file->arena, key, &item.name));
    }
    TRY(pdf_attachment_text(file, specification, "Desc", &item.description));
    TRY(pdf_attachment_text(file, specification, "AFRelationship", &item.relationship));
    TRY(pdf_attachment_text(file, item.stream, "Subtype", &item.media_type));
    TRY(pdf_get(file, item.stream, "Params", &parameters));
    TRY(pdf_get(file, parameters, "ModDate", &modified));
    item.modified = modified->kind == PDF_STRING ? pdf_date(modified->text) : (Time){0};
    walk->items[walk->count++] = item;
    return STATUS_OK;
}

static Status pdf_walk_names(PdfFile *file, const PdfValue *value, unsigned depth, AttachmentWalk *walk) {
    const PdfReference reference = value->kind == PDF_REFERENCE ? value->reference : (PdfReference){0};
    if (depth > PDF_NESTING_MAX || !pdf_walk_enter(file, reference)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its names of embedded files lead in a circle");
    }
    const PdfValue *node = NULL, *names = NULL, *kids = NULL;
    TRY(pdf_resolve(file, value, &node));
    TRY(pdf_get(file, node, "Names", &names));
    TRY(pdf_get(file, node, "Kids", &kids));
    for (uint32_t i = 0; names->kind == PDF_ARRAY && i + 1 < names->count; i += 2) {
        const PdfValue *key = NULL;
        TRY(pdf_resolve(file, &names->items[i], &key));
        TRY(pdf_add_attachment(file, &names->items[i + 1], key->kind == PDF_STRING ? key->text : (Text){0}, walk));
    }
    for (uint32_t i = 0; kids->kind == PDF_ARRAY && i < kids->count; i++) {
        TRY(pdf_walk_names(file, &kids->items[i], depth + 1, walk));
    }
    return STATUS_OK;
}

static Status pdf_walk_associated(PdfFile *file, const PdfValue *catalog, AttachmentWalk *walk) {
    const PdfValue *files = NULL;
    TRY(pdf_get(file, catalog, "AF", &files));
    for (uint32_t i = 0; files->kind == PDF_ARRAY && i < files->count; i++) {
        TRY(pdf_add_attachment(file, &files->items[i], (Text){0}, walk));
    }
    return STATUS_OK;
}

static Status pdf_visit_page(PdfFile *file, const PdfPage *page, void *context) {
    const PdfValue *annotations = NULL, *entry = pdf_entry(page->dictionary, "Annots");
    TRY(pdf_get(file, page->dictionary, "Annots", &annotations));
    /* Pages may share an array; it is walked once. */
    if (entry != NULL && entry->kind == PDF_REFERENCE && !pdf_walk_enter(file, entry->reference)) {
        return STATUS_OK;
    }
    for (uint32_t i = 0; annotations->kind == PDF_ARRAY && i < annotations->count; i++) {
        const PdfValue *annotation = NULL, *kind = NULL;
        TRY(pdf_resolve(file, &annotations->items[i], &annotation));
        TRY(pdf_get(file, annotation, "Subtype", &kind));
        const PdfValue *specification = pdf_entry(annotation, "FS");
        if (pdf_is_name(kind, "FileAttachment") && specification != NULL) {
            TRY(pdf_add_attachment(file, specification, (Text){0}, context));
        }
    }
    return STATUS_OK;
}

Status pdf_attachments(PdfFile *file, PdfAttachments *ret_attachments) {
    PdfReference reference;
    const PdfValue *catalog = NULL, *names = NULL;
    void *memory = NULL;
    TRY(pdf_catalog(file, &reference, &catalog));
    TRY(pdf_get(file, catalog, "Names", &names));
    TRY(arena_try_allocate(file->arena, PDF_ATTACHMENTS_MAX * sizeof(PdfAttachment), &memory));
    AttachmentWalk walk = {.items = memory};
    const PdfValue *tree = pdf_entry(names, "EmbeddedFiles");
    if (tree != NULL) {
        pdf_walk_begin(file);
        TRY(pdf_walk_names(file, tree, 0, &walk));
    }
    TRY(pdf_walk_associated(file, catalog, &walk));
    TRY(pdf_each_page(file, pdf_visit_page, &walk));
    *ret_attachments = (PdfAttachments){walk.items, walk.count};
    return STATUS_OK;
}

const PdfAttachment *pdf_attachment_named(const PdfAttachments *attachments, Text name) {
    const PdfAttachment *found = NULL;
    for (size_t i = 0; i < attachments->count; i++) {
        if (text_equal(attachments->items[i].name, name)) {
            if (found != NULL) {
                return NULL;
            }
            found = &attachments->items[i];
        }
    }
    return found;
}

Status pdf_attachment_bytes(PdfFile *file, const PdfAttachment *attachment, Text *ret_bytes) {
    const PdfValue *parameters = NULL, *size = NULL, *checksum = NULL;
    Text bytes = {0};
    TRY(pdf_get(file, attachment->stream, "Params", &parameters));
    TRY(pdf_get(file, parameters, "Size", &size));
    TRY(pdf_get(file, parameters, "CheckSum", &checksum));
    TRY(pdf_stream_bytes(file, attachment->stream, &bytes));
    if (size->kind == PDF_INTEGER && (size->integer < 0 || (uint64_t)size->integer != bytes.size)) {
        return fail(STATUS_INVALID, "an embedded file has %zu bytes, not %lld as the PDF says", bytes.size,
                    (long long)size->integer);
    }
    const Text digest = md5_hex(file->arena, bytes);
    if (checksum->kind == PDF_STRING && checksum->text.size * 2 == digest.size &&
        !text_equal(hex_encode(file->arena, checksum->text), digest)) {
        return fail(STATUS_INVALID, "an embedded file's checksum is not what the PDF says");
    }
    *ret_bytes = bytes;
    return STATUS_OK;
}
