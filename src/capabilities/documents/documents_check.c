/** Every file that a row names must be in the store, and every document must be as its last act left it. */
#include "capabilities/documents/documents_check.h"

#include <string.h>

#include "base/digest.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_witness.h"
#include "documents_sql.h"

#define DOCUMENT_BYTES ((size_t)32 << 20)

/** One chamber under search. */
typedef struct Search {
    Check *check;
    Connection *connection;
    ChamberId id;
    Text chamber;
    Arena *arena; /**< for one document */
} Search;

static Status look_for(const Search *search, const char *what, int64_t document, Text sha256_bytes) {
    Sha256 digest = {{0}};
    int64_t size = 0;
    char id[ID_TEXT_SIZE + 1];
    id_write(document, id);
    if (sha256_bytes.size != SHA256_SIZE) {
        search->check->found(search->check, "chamber %.*s: document %s: the digest of its %s is damaged",
                             TEXT_ARG(search->chamber), id, what);
        return STATUS_OK;
    }
    memcpy(digest.bytes, sha256_bytes.data, SHA256_SIZE);
    const Status status = blob_size(search->check->outside->blobs, &digest, &size);
    if (status == STATUS_NOT_FOUND) {
        search->check->found(search->check, "chamber %.*s: document %s: its %s is missing", TEXT_ARG(search->chamber),
                             id, what);
        return STATUS_OK;
    }
    return status;
}

static Status check_attachment(const DocumentsAllAttachmentsRow *row, void *context) {
    return look_for(context, "attachment", row->document_id.value, row->sha256);
}

static Status check_revision(const DocumentsAllRevisionsRow *row, void *context) {
    return look_for(context, "sealed file", row->document_id.value, row->sha256);
}

/** The file that the document names must be one of its revisions. */
static Status check_file(const Search *search, const DocumentsRow *row, const char *id) {
    DocumentsRevisionsRows revisions = {0};
    bool named = row->pdf_sha256.size == 0;
    TRY(documents_revisions(search->connection, search->arena, search->id, row->document_id, &revisions));
    for (size_t i = 0; i < revisions.count; i++) {
        named |= text_equal(revisions.items[i].sha256, row->pdf_sha256);
    }
    if (!named) {
        search->check->found(search->check, "chamber %.*s: document %s: its file is none of its revisions",
                             TEXT_ARG(search->chamber), id);
    }
    return STATUS_OK;
}

static Status check_document(const DocumentsRow *row, void *context) {
    const Search *search = context;
    DocumentsLastWitnessRows known = {0};
    Sha256 witness = {{0}};
    char id[ID_TEXT_SIZE + 1];
    id_write(row->document_id.value, id);
    arena_reset(search->arena);
    TRY(documents_last_witness(search->connection, search->arena, search->id, row->document_id, &known));
    TRY(documents_witness(search->connection, search->arena, search->id, row, &witness));
    if (known.count == 0) {
        search->check->found(search->check, "chamber %.*s: document %s: the audit chain knows no act on it",
                             TEXT_ARG(search->chamber), id);
    } else if (!text_equal(known.items[0].witness, sha256_text(&witness))) {
        search->check->found(search->check, "chamber %.*s: document %s: it is not as its last act left it",
                             TEXT_ARG(search->chamber), id);
    }
    return check_file(search, row, id);
}

static Status report_lost(const DocumentsLostRow *row, void *context) {
    const Search *search = context;
    char id[ID_TEXT_SIZE + 1];
    id_write(row->subject, id);
    search->check->found(search->check, "chamber %.*s: document %s: it was removed", TEXT_ARG(search->chamber), id);
    return STATUS_OK;
}

static Status check_chamber(Search *search) {
    TRY(documents_all_revisions(search->connection, search->check->arena, search->id, check_revision, search));
    TRY(documents_all_attachments(search->connection, search->check->arena, search->id, check_attachment, search));
    TRY(documents_all(search->connection, search->check->arena, search->id, check_document, search));
    return documents_lost(search->connection, search->check->arena, search->id, report_lost, search);
}

static Status check_chambers(Connection *connection, void *context) {
    Check *check = context;
    Chambers all = {0};
    TRY(chambers_all(connection, check->arena, &all));
    Arena *arena = arena_open(DOCUMENT_BYTES);
    Status status = STATUS_OK;
    for (size_t i = 0; i < all.count && status == STATUS_OK; i++) {
        Search search = {check, connection, all.items[i].id, all.items[i].code, arena};
        status = check_chamber(&search);
    }
    arena_close(arena);
    return status;
}

Status documents_check(Check *check) {
    return database_read(check->database, check_chambers, check);
}
