/** The firm's own PDF as a document: found, tried, and given its certification, always read in the jail. */
#include "capabilities/documents/documents_own_file.h"

#include <string.h>

#include "base/log.h"
#include "outside/jail.h"
#include "pdf/attachment.h"

/* Input of the jail: seven sizes of 10 digits, then page name, data name, data type, time, page, data, the file. */
enum { PARTS = 7, SIZE_DIGITS = 10, OUTPUT_BYTES = 128 << 20 };
enum { PART_PAGE_NAME, PART_DATA_NAME, PART_DATA_TYPE, PART_TIME, PART_PAGE, PART_DATA, PART_FILE };

Status own_file_find(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document,
                     const DocumentType *type, OwnFile *ret_file) {
    OwnFile own = {.wanted = type->own_file.size > 0};
    DocumentsAttachmentRows rows = {0};
    if (!own.wanted) {
        *ret_file = own;
        return STATUS_OK;
    }
    TRY(documents_attachments(connection, arena, chamber, document, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const DocumentsAttachmentRow *row = &rows.items[i];
        if (text_equal(row->kind, type->own_file) && text_equal(row->media_type, TEXT("application/pdf")) &&
            row->sha256.size == SHA256_SIZE) {
            memcpy(own.digest.bytes, row->sha256.data, SHA256_SIZE);
            own.name = row->name;
        }
    }
    if (own.name.size == 0) {
        return fail(STATUS_INVALID, "the file that is to be certified is missing. Attach it as a PDF");
    }
    *ret_file = own;
    return STATUS_OK;
}

/** The texts one behind the other. */
static Status joined(Arena *arena, const Text *texts, size_t count, Text *ret_text) {
    size_t size = 0;
    void *memory = NULL;
    for (size_t i = 0; i < count; i++) {
        size += texts[i].size;
    }
    TRY(arena_try_allocate(arena, size + 1, &memory));
    char *bytes = memory;
    size = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes + size, texts[i].size > 0 ? texts[i].data : "", texts[i].size);
        size += texts[i].size;
    }
    *ret_text = (Text){bytes, size};
    return STATUS_OK;
}

static Status read_parts(Text input, Text *parts) {
    size_t at = (size_t)PARTS * SIZE_DIGITS;
    for (size_t i = 0; i < PARTS; i++) {
        int64_t size = 0;
        TRY(text_to_int(text_slice(input, i * SIZE_DIGITS, (i + 1) * SIZE_DIGITS), &size));
        parts[i] = text_slice(input, at, at + (size_t)size);
        at += (size_t)size;
    }
    return STATUS_OK;
}

/** Opens a file that can be revised, every object of it sound. */
static Status open_sound(Arena *arena, Text pdf, PdfFile **ret_file, PdfRevision **ret_revision) {
    TRY(pdf_open(arena, pdf, ret_file));
    TRY(pdf_check_objects(*ret_file));
    return pdf_revision_begin(arena, *ret_file, ret_revision);
}

static Status attach_to(Arena *arena, Text pdf, const PdfNewFile *files, size_t count, Text *ret_section) {
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    PdfSection section = {0};
    TRY(open_sound(arena, pdf, &file, &revision));
    TRY(pdf_attach(arena, file, revision, files, count));
    TRY(pdf_revision_finish(revision, &section));
    *ret_section = (Text){section.bytes, section.size};
    return STATUS_OK;
}

/** All that issuing will do to the file, tried with one small attachment and without a key. */
static Status check_file(Text input, Buffer *output) {
    const PdfNewFile file = {.name = TEXT("trial.txt"),
                             .description = TEXT("Trial"),
                             .media_type = TEXT("text/plain"),
                             .relationship = TEXT("Data"),
                             .bytes = TEXT("trial")};
    Text section = {NULL, 0}, whole = {NULL, 0};
    TRY(attach_to(output->arena, input, &file, 1, &section));
    TRY(joined(output->arena, (const Text[]){input, section}, 2, &whole));
    TRY(pades_try_seal(output->arena, whole, TEXT("Seal-trial")));
    buffer_append(output, TEXT("ok"));
    return STATUS_OK;
}

static Status attach_files(Text input, Buffer *output) {
    Text parts[PARTS] = {{NULL, 0}};
    Text section = {NULL, 0};
    int64_t time = 0;
    TRY(read_parts(input, parts));
    TRY(text_to_int(parts[PART_TIME], &time));
    const PdfNewFile files[] = {{.name = parts[PART_PAGE_NAME],
                                 .description = TEXT("What the chamber certifies"),
                                 .media_type = TEXT("application/pdf"),
                                 .relationship = TEXT("Supplement"),
                                 .modified = {time},
                                 .bytes = parts[PART_PAGE]},
                                {.name = parts[PART_DATA_NAME],
                                 .description = TEXT("The data of this document"),
                                 .media_type = parts[PART_DATA_TYPE],
                                 .relationship = TEXT("Data"),
                                 .modified = {time},
                                 .bytes = parts[PART_DATA]}};
    TRY(attach_to(output->arena, parts[PART_FILE], files, parts[PART_DATA].size > 0 ? 2 : 1, &section));
    buffer_append(output, section);
    return STATUS_OK;
}

static const Jail check_jail = {.name = "PDF reader", .function = check_file, .memory = (size_t)1 << 30};
static const Jail attach_jail = {
    .name = "PDF reader", .function = attach_files, .memory = (size_t)1 << 30, .output = OUTPUT_BYTES};
static const Jail pades_jail = {
    .name = "PDF reader", .function = pades_read, .memory = (size_t)1 << 30, .output = OUTPUT_BYTES};

Status own_file_check(Arena *arena, Text pdf) {
    Text output = {NULL, 0};
    const Status status = jail_run(&check_jail, pdf, arena, &output);
    return status == STATUS_OK || status == STATUS_UNAVAILABLE ? status : STATUS_INVALID;
}

Status own_file_attach(Arena *arena, Text pdf, const OwnFileParts *parts, Text *ret_pdf) {
    Text texts[PARTS + 1] = {{NULL, 0}}, input = {NULL, 0}, section = {NULL, 0};
    texts[1 + PART_PAGE_NAME] = parts->page_name;
    texts[1 + PART_DATA_NAME] = parts->data_name;
    texts[1 + PART_DATA_TYPE] = parts->data_type;
    texts[1 + PART_TIME] = arena_format(arena, "%lld", (long long)parts->modified.microseconds);
    texts[1 + PART_PAGE] = parts->page;
    texts[1 + PART_DATA] = parts->data;
    texts[1 + PART_FILE] = pdf;
    for (size_t i = 0; i < PARTS; i++) {
        texts[0] = arena_format(arena, "%.*s%0*zu", TEXT_ARG(texts[0]), SIZE_DIGITS, texts[1 + i].size);
    }
    TRY(joined(arena, texts, PARTS + 1, &input));
    TRY(jail_run(&attach_jail, input, arena, &section));
    return joined(arena, (const Text[]){pdf, section}, 2, ret_pdf);
}

static Status call_jail(void *context, Arena *arena, Text request, Text pdf, Text *ret_answer) {
    Text input = {NULL, 0};
    (void)context;
    TRY(joined(arena, (const Text[]){request, pdf}, 2, &input));
    return jail_run(&pades_jail, input, arena, ret_answer);
}

const PadesReader own_file_reader = {.call = call_jail};
