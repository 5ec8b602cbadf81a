/** Files of an application: taken only when they are what their name says, kept by hash, shown to both sides. */
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/documents/documents_apply.h"
#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_own_file.h"
#include "html/list.h"
#include "outside/outside.h"

enum { ATTACHMENTS_MAXIMUM = 40 };

typedef struct FileKind {
    const char *ending, *media_type;
    Text magic;
} FileKind;
static const FileKind file_kinds[] = {
    {".pdf", "application/pdf", TEXT_INIT("%PDF-")},   {".png", "image/png", TEXT_INIT("\x89PNG\r\n\x1a\n")},
    {".jpg", "image/jpeg", TEXT_INIT("\xff\xd8\xff")}, {".jpeg", "image/jpeg", TEXT_INIT("\xff\xd8\xff")},
    {".xml", "application/xml", TEXT_INIT("<")},
};

/** The kind that the name's ending claims and the first bytes prove; NULL when they do not agree. */
static const FileKind *kind_of(Arena *arena, const Upload *file) {
    const Text name = search_folded(arena, file->name);
    Text start = text_slice(file->bytes, 0, 64);
    if (text_starts_with(start, TEXT("\xef\xbb\xbf"))) {
        start = text_slice(start, 3, start.size);
    }
    for (size_t i = 0; i < sizeof file_kinds / sizeof file_kinds[0]; i++) {
        const FileKind *kind = &file_kinds[i];
        if (text_ends_with(name, text_of(kind->ending))) {
            return text_starts_with(kind->magic.data[0] == '<' ? text_trim(start) : start, kind->magic) ? kind : NULL;
        }
    }
    return NULL;
}

enum { NAME_BYTES = 150, ENDING_BYTES = 6 };

/** The last part of the name, without what could lead out of a folder or break a header; of a long one the beginning
 * and the ending. */
static Text plain_name(Arena *arena, Text name) {
    for (size_t i = name.size; i > 0; i--) {
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\') {
            name = text_slice(name, i, name.size);
            break;
        }
    }
    Buffer plain = buffer_make(arena, name.size + 16);
    for (size_t i = 0; i < name.size; i++) {
        const unsigned char byte = (unsigned char)name.data[i];
        buffer_append_byte(&plain, byte < 0x20 || byte == 0x7F || byte == '"' ? '_' : (char)byte);
    }
    const Text whole = {plain.data, plain.size};
    size_t dot = whole.size;
    while (dot > 0 && whole.data[dot - 1] != '.') {
        dot--;
    }
    const Text ending =
        dot > 0 && whole.size - dot < ENDING_BYTES ? text_slice(whole, dot - 1, whole.size) : (Text){NULL, 0};
    const Text start = text_head(whole, NAME_BYTES - ending.size);
    return whole.size <= NAME_BYTES ? whole : arena_format(arena, "%.*s%.*s", TEXT_ARG(start), TEXT_ARG(ending));
}

static bool has_field(const Form *form, const char *name) {
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

Status documents_keep_file(Request *request, const Upload *file) {
    Sha256 digest = {{0}};
    if (kind_of(request->arena, file) == NULL) {
        return refuse_field(
            request, has_field(request_values(request)->form, "file") ? "file" : "invoice",
            MESSAGE("This file is not what its name says, or its kind is not accepted. Choose a PDF, PNG, JPEG or XML "
                    "file with the right ending."));
    }
    return blob_put(request->outside->blobs, file->bytes, &digest);
}

Status documents_attach_file(Request *request, DocumentId document, Text kind, const Upload *file) {
    const FileKind *proven = kind_of(request->arena, file);
    if (proven == NULL) {
        return STATUS_INVALID;
    }
    const Sha256 digest = sha256(file->bytes);
    const Text name = plain_name(request->arena, file->name);
    TRY(documents_insert_attachment(request->connection,
                                    &(DocumentsInsertAttachment){.chamber = request->chamber.id,
                                                                 .document = document,
                                                                 .attachment = {id_make()},
                                                                 .kind = kind,
                                                                 .name = name,
                                                                 .media_type = text_of(proven->media_type),
                                                                 .size = (int64_t)file->bytes.size,
                                                                 .sha256 = sha256_text(&digest),
                                                                 .now = request->now,
                                                                 .account = request->actor.account}));
    const DocumentActor actor = documents_actor(request);
    return documents_record(request->connection, request->arena, request->chamber.id, document, &actor, "attach", name);
}

/** Whether the application of the path takes this file now. */
static Status check_attach(Request *request, DocumentsRow *ret_document, const DocumentType **ret_type) {
    const AttachForm *form = FORM_OF(AttachForm, request);
    TRY(documents_load_open(request, ret_document, ret_type));
    if (!document_type_takes(*ret_type, form->kind)) {
        return refuse_field(request, "kind", MESSAGE("Choose one of the kinds of attachment."));
    }
    DocumentsAttachmentRows rows = {0};
    TRY(documents_attachments(request->connection, request->arena, request->chamber.id, ret_document->document_id,
                              &rows));
    if (rows.count >= ATTACHMENTS_MAXIMUM) {
        return refuse_field(
            request, "file",
            MESSAGE("An application takes at most 40 files. Remove one first, or join some into one PDF."));
    }
    return STATUS_OK;
}

/** What is asked before the bytes are kept. */
typedef struct Attaching {
    Request *request;
    bool certified; /**< the file is to be the document itself */
} Attaching;

static Status may_attach(Connection *connection, void *context) {
    Attaching *attaching = context;
    Request *request = attaching->request;
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    request->connection = connection;
    const Status status = check_attach(request, &row, &type);
    request->connection = NULL;
    attaching->certified = status == STATUS_OK && text_equal(type->own_file, FORM_OF(AttachForm, request)->kind);
    return status;
}

/** A file that is to be certified must be a PDF that can be sealed: better said now than to the officer. */
static Status check_own_file(Request *request, const Upload *file) {
    const FileKind *kind = kind_of(request->arena, file);
    if (kind == NULL || strcmp(kind->ending, ".pdf") != 0) {
        return refuse_field(request, "file", MESSAGE("The file that the chamber certifies must be a PDF."));
    }
    const Status status = own_file_check(request->arena, file->bytes);
    if (status == STATUS_INVALID) {
        return refuse_field(request, "file",
                            MESSAGE("This PDF can't be sealed: it is protected, damaged or of a kind that readers "
                                    "understand differently. Export it anew as a plain PDF."));
    }
    return status;
}

/** Bytes are kept only for those who may attach them: a stored file outlives a refusal. */
Status documents_attach_prepare(Request *request) {
    Attaching attaching = {.request = request};
    TRY(request_read(request, may_attach, &attaching));
    if (attaching.certified) {
        TRY(check_own_file(request, &FORM_OF(AttachForm, request)->file));
    }
    return documents_keep_file(request, &FORM_OF(AttachForm, request)->file);
}

Status documents_attach_submit(Request *request) {
    const AttachForm *form = FORM_OF(AttachForm, request);
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(check_attach(request, &row, &type));
    TRY(documents_attach_file(request, row.document_id, form->kind, &form->file));
    notice(request, MESSAGE("The file is attached."));
    return documents_redirect(request, &row, "");
}

Status documents_detach_submit(Request *request) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    DocumentsAttachmentRow attachment = {0};
    int64_t removed = 0;
    TRY(documents_load_open(request, &row, &type));
    const AttachmentId id = PATH_ID(AttachmentId, request, "attachment");
    TRY(documents_attachment_by_id(request->connection, request->arena, request->chamber.id, row.document_id, id,
                                   &attachment));
    TRY(documents_remove_attachment(request->connection, request->chamber.id, row.document_id, id, &removed));
    const DocumentActor actor = documents_actor(request);
    TRY(documents_record(request->connection, request->arena, request->chamber.id, row.document_id, &actor, "detach",
                         attachment.name));
    notice(request, MESSAGE("The file is removed."));
    return documents_redirect(request, &row, "");
}

static Status read_blob(Request *request, Text sha256_bytes, Text *ret_bytes) {
    Sha256 digest = {{0}};
    if (sha256_bytes.size != SHA256_SIZE) {
        return STATUS_NOT_FOUND;
    }
    memcpy(digest.bytes, sha256_bytes.data, SHA256_SIZE);
    const Status status = blob_get(request->outside->blobs, request->arena, &digest, ret_bytes);
    return status == STATUS_NOT_FOUND ? fail(STATUS_CORRUPT, "a stored file is missing") : status;
}

Status documents_attachment_show(Request *request) {
    DocumentsRow row = {0};
    DocumentsAttachmentRow attachment = {0};
    Text bytes = {0};
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), &row));
    TRY(documents_attachment_by_id(request->connection, request->arena, request->chamber.id, row.document_id,
                                   PATH_ID(AttachmentId, request, "attachment"), &attachment));
    TRY(read_blob(request, attachment.sha256, &bytes));
    const bool shown = !text_equal(attachment.media_type, TEXT("application/xml"));
    return answer_bytes(request, attachment.media_type, shown ? (Text){NULL, 0} : attachment.name, bytes);
}

Status documents_pdf_show(Request *request) {
    DocumentsRow row = {0};
    Text bytes = {0};
    TRY(documents_load(request, PATH_ID(DocumentId, request, "document"), &row));
    if (row.pdf_size == 0) {
        return refuse(request, STATUS_NOT_FOUND, MESSAGE("This document is not issued yet."));
    }
    TRY(read_blob(request, row.pdf_sha256, &bytes));
    return answer_bytes(request, TEXT("application/pdf"),
                        arena_format(request->arena, "%.*s.pdf", TEXT_ARG(row.number)), bytes);
}
