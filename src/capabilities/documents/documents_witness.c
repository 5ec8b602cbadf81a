/** The hash over a document that goes into the audit chain with each act on it. */
#include "capabilities/documents/documents_witness.h"

#include "base/buffer.h"

enum { WITNESS_BYTES = 256 * 1024 };

static void append_text(Buffer *bytes, Text text) {
    buffer_format(bytes, "%zu:", text.size);
    buffer_append(bytes, text);
}

static void append_texts(Buffer *bytes, const Text *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        append_text(bytes, texts[i]);
    }
}

static void append_numbers(Buffer *bytes, const int64_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buffer_format(bytes, "%lld ", (long long)numbers[i]);
    }
}

static void append_document(Buffer *bytes, const DocumentsRow *row) {
    const int64_t numbers[] = {
        row->document_id.value,
        row->firm_id.value,
        row->version,
        row->created_at.microseconds,
        row->created_by.value,
        row->submitted_at.microseconds,
        row->submitted_by.value,
        row->decided_at.microseconds,
        row->decided_by.value,
        row->number_year,
        row->issued_at.microseconds,
        row->pdf_size,
        row->replaces.value,
        row->replaced_by.value,
        row->ended_at.microseconds,
    };
    const Text texts[] = {row->type, row->state,      row->officer_name, row->number,
                          row->code, row->pdf_sha256, row->ended_reason};
    append_numbers(bytes, numbers, sizeof numbers / sizeof numbers[0]);
    append_texts(bytes, texts, sizeof texts / sizeof texts[0]);
    if (!text_equal(row->state, TEXT("draft")) && !text_equal(row->state, TEXT("returned"))) {
        const Sha256 body = sha256(row->body);
        const Text said[] = {sha256_text(&body),  row->exporter_name,       row->consignee_name,
                             row->origin_country, row->destination_country, row->reference};
        append_texts(bytes, said, sizeof said / sizeof said[0]);
    }
}

Status documents_witness(Connection *connection, Arena *arena, ChamberId chamber, const DocumentsRow *document,
                         Sha256 *ret_witness) {
    DocumentsAttachmentRows files = {0};
    DocumentsRevisionsRows revisions = {0};
    Buffer bytes = buffer_make(arena, WITNESS_BYTES);
    Text whole = {NULL, 0};
    append_document(&bytes, document);
    TRY(documents_attachments(connection, arena, chamber, document->document_id, &files));
    for (size_t i = 0; i < files.count; i++) {
        const Text texts[] = {files.items[i].kind, files.items[i].name, files.items[i].sha256};
        append_numbers(&bytes, &files.items[i].attachment_id.value, 1);
        append_texts(&bytes, texts, sizeof texts / sizeof texts[0]);
    }
    TRY(documents_revisions(connection, arena, chamber, document->document_id, &revisions));
    for (size_t i = 0; i < revisions.count; i++) {
        const DocumentsRevisionsRow *row = &revisions.items[i];
        const int64_t numbers[] = {row->revision, row->size, row->made_at.microseconds};
        const Text texts[] = {row->level, row->sha256};
        append_numbers(&bytes, numbers, sizeof numbers / sizeof numbers[0]);
        append_texts(&bytes, texts, sizeof texts / sizeof texts[0]);
    }
    TRY(buffer_take(&bytes, &whole));
    *ret_witness = sha256(whole);
    return STATUS_OK;
}
