/** Every file that a row names must be in the store. */
#include "capabilities/documents/documents_check.h"

#include <string.h>

#include "base/digest.h"
#include "capabilities/chambers/chambers.h"
#include "documents_sql.h"

/** One chamber under search. */
typedef struct Search {
    Check *check;
    Text chamber;
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

static Status check_chambers(Connection *connection, void *context) {
    Check *check = context;
    Chambers all = {0};
    TRY(chambers_all(connection, check->arena, &all));
    for (size_t i = 0; i < all.count; i++) {
        Search search = {check, all.items[i].code};
        TRY(documents_all_revisions(connection, check->arena, all.items[i].id, check_revision, &search));
        TRY(documents_all_attachments(connection, check->arena, all.items[i].id, check_attachment, &search));
    }
    return STATUS_OK;
}

Status documents_check(Check *check) {
    return database_read(check->database, check_chambers, check);
}
