/** The steps of issuing, and the order that makes a crash between any two of them harmless. */
#include "capabilities/documents/documents_issue.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_draw.h"
#include "capabilities/documents/documents_mail.h"
#include "html/list.h"
#include "outside/outside.h"
#include "trust/pades.h"

enum { CODE_LETTERS = 12, FIRST_REVISION = 1 };

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static Text write_code(Arena *arena, const char letters[CODE_LETTERS]) {
    return arena_format(arena, "%.4s-%.4s-%.4s", letters, letters + 4, letters + 8);
}

Text documents_code_make(Arena *arena) {
    unsigned char random[CODE_LETTERS];
    char letters[CODE_LETTERS];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof letters; i++) {
        letters[i] = crockford[random[i] & 31];
    }
    return write_code(arena, letters);
}

Status documents_code_read(Arena *arena, Text typed, Text *ret_code) {
    char letters[CODE_LETTERS];
    size_t size = 0;
    for (size_t i = 0; i < typed.size; i++) {
        char letter = typed.data[i];
        if (letter == '-' || letter == ' ') {
            continue;
        }
        letter = (char)(letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter);
        letter = (char)(letter == 'O' ? '0' : letter == 'I' || letter == 'L' ? '1' : letter);
        if (letter == '\0' || size == sizeof letters || strchr(crockford, letter) == NULL) {
            return STATUS_INVALID;
        }
        letters[size++] = letter;
    }
    if (size != sizeof letters) {
        return STATUS_INVALID;
    }
    *ret_code = write_code(arena, letters);
    return STATUS_OK;
}

Status documents_begin_issuing(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_by_id(connection, arena, chamber, document, &row));
    TRY(documents_type_of(&row, &type));
    int year = 0, month = 0, day = 0;
    time_date(row.decided_at, &year, &month, &day);
    Text number = {0};
    TRY(chambers_next_number(connection, arena, chamber, type->series, type->numbering, year, &number));
    int64_t changed = 0;
    TRY(documents_set_number(connection,
                             &(DocumentsSetNumber){.chamber = chamber,
                                                   .document = document,
                                                   .number = number,
                                                   .year = year,
                                                   .code = documents_code_make(arena),
                                                   .search = search_folded(arena, number)},
                             &changed));
    if (changed != 1) {
        return fail(STATUS_CONFLICT, "the document is not approved or has a number already");
    }
    return work_add(connection, chamber, DOCUMENTS_ISSUE_JOB, document.value, (Text){NULL, 0}, (Time){0});
}

/** What one attempt works on, read in one transaction. */
typedef struct Issuing {
    Arena *arena;
    const Outside *outside;
    ChamberId chamber;
    DocumentId document;
    DocumentsRow row;
    const DocumentType *type;
    ChamberLetterhead letterhead;
    Text replaces; /**< number of the replaced document */
    bool noted;    /**< the bytes' digest is noted from an earlier attempt */
    Sha256 digest;
    int64_t size;
} Issuing;

static Status read_paper(Connection *connection, Issuing *issuing) {
    TRY(documents_by_id(connection, issuing->arena, issuing->chamber, issuing->document, &issuing->row));
    TRY(documents_type_of(&issuing->row, &issuing->type));
    TRY(chambers_letterhead(connection, issuing->arena, issuing->outside, issuing->chamber, &issuing->letterhead));
    if (issuing->row.replaces.value != 0) {
        DocumentsRow replaced = {0};
        TRY(documents_by_id(connection, issuing->arena, issuing->chamber, issuing->row.replaces, &replaced));
        issuing->replaces = replaced.number;
    }
    return STATUS_OK;
}

static Status begin_attempt(Connection *connection, void *context) {
    Issuing *issuing = context;
    TRY(read_paper(connection, issuing));
    DocumentsRevisionsRows revisions = {0};
    TRY(documents_revisions(connection, issuing->arena, issuing->chamber, issuing->document, &revisions));
    if (revisions.count > 0 && revisions.items[0].sha256.size == SHA256_SIZE) {
        memcpy(issuing->digest.bytes, revisions.items[0].sha256.data, SHA256_SIZE);
        issuing->size = revisions.items[0].size;
        issuing->noted = true;
    }
    return STATUS_OK;
}

static Status draw_paper(const Issuing *issuing, LayoutDrawn *ret_drawn) {
    FormValues *values = NULL;
    TRY(documents_values(issuing->arena, issuing->type, issuing->row.body, &values));
    form_check(issuing->arena, values, NULL);
    const DocumentPaper paper = {.type = issuing->type,
                                 .values = values,
                                 .chamber = &issuing->letterhead,
                                 .number = issuing->row.number,
                                 .code = issuing->row.code,
                                 .officer_name = issuing->row.officer_name,
                                 .certified = issuing->row.decided_at,
                                 .replaces = issuing->replaces,
                                 .demonstration = issuing->letterhead.demonstration};
    return documents_draw(issuing->arena, &paper, ret_drawn);
}

static Status seal_paper(const Issuing *issuing, Database *database, const LayoutDrawn *drawn, Text *ret_pdf) {
    Key *key = NULL;
    TRY(chambers_seal_key(database, issuing->outside, issuing->chamber, &key));
    Text lines[] = {issuing->letterhead.name, issuing->row.number};
    const PadesSeal seal = {
        .key = key,
        .name = issuing->letterhead.name,
        .location = issuing->letterhead.place,
        .contact = issuing->letterhead.public_url,
        .appearance = {.visible = drawn->seal.present,
                       .page = drawn->seal.page - (drawn->seal.present ? 1 : 0),
                       .left = drawn->seal.left,
                       .bottom = drawn->seal.bottom,
                       .right = drawn->seal.right,
                       .top = drawn->seal.top,
                       .lines = {lines, sizeof lines / sizeof lines[0]}},
    };
    return pades_seal(issuing->arena, drawn->pdf, &seal, ret_pdf);
}

/** Notes which bytes the file will have, before it is stored: so a file without its note never exists. */
static Status note_revision(Connection *connection, void *context) {
    const Issuing *issuing = context;
    TRY(documents_write_revision(connection, &(DocumentsWriteRevision){.chamber = issuing->chamber,
                                                                       .document = issuing->document,
                                                                       .revision = FIRST_REVISION,
                                                                       .level = TEXT("B-B"),
                                                                       .sha256 = sha256_text(&issuing->digest),
                                                                       .size = issuing->size,
                                                                       .now = clock_now()}));
    int64_t changed = 0;
    TRY(documents_set_issuing(connection, issuing->chamber, issuing->document, TEXT("sealed"), (Text){NULL, 0},
                              &changed));
    return changed == 1 ? STATUS_OK : fail(STATUS_CONFLICT, "the document is no longer being issued");
}

/** The last step: the file is stored, so the document is issued, what it replaces is replaced, and the exporter is
 * told. */
static Status finish(Connection *connection, void *context) {
    const Issuing *issuing = context;
    static const DocumentActor program = {{0}, TEXT_INIT("Tradepost")};
    int64_t changed = 0;
    TRY(documents_finish_issuing(connection,
                                 &(DocumentsFinishIssuing){.chamber = issuing->chamber,
                                                           .document = issuing->document,
                                                           .sha256 = sha256_text(&issuing->digest),
                                                           .size = issuing->size,
                                                           .now = clock_now()},
                                 &changed));
    if (changed != 1) {
        return STATUS_OK; /* another worker was faster */
    }
    TRY(documents_record(connection, issuing->arena, issuing->chamber, issuing->document, &program, "issue",
                         issuing->row.number));
    if (issuing->row.replaces.value != 0) {
        TRY(documents_replace(connection,
                              &(DocumentsReplace){.chamber = issuing->chamber,
                                                  .document = issuing->row.replaces,
                                                  .by = issuing->document,
                                                  .now = clock_now(),
                                                  .reason = issuing->row.number},
                              &changed));
        TRY(documents_record(connection, issuing->arena, issuing->chamber, issuing->row.replaces, &program, "replace",
                             issuing->row.number));
    }
    return documents_mail(connection, issuing->arena, issuing->chamber, &issuing->letterhead, &issuing->row,
                          DOCUMENTS_MAIL_ISSUED, (Text){NULL, 0});
}

/** The words that officers see while a document waits. */
typedef struct Waiting {
    const Issuing *issuing;
    Text words;
} Waiting;

static Status note_waiting(Connection *connection, void *context) {
    const Waiting *waiting = context;
    int64_t changed = 0;
    return documents_set_issuing(connection, waiting->issuing->chamber, waiting->issuing->document, TEXT("waiting"),
                                 waiting->words, &changed);
}

static Status draw_seal_and_store(Job *job, Issuing *issuing) {
    Text stored = {0};
    if (issuing->noted && blob_get(job->outside->blobs, job->arena, &issuing->digest, &stored) == STATUS_OK) {
        return STATUS_OK; /* an earlier attempt stored the file and died before its last step */
    }
    LayoutDrawn drawn = {0};
    Text pdf = {0};
    TRY(draw_paper(issuing, &drawn));
    TRY(seal_paper(issuing, job->database, &drawn, &pdf));
    issuing->digest = sha256(pdf);
    issuing->size = (int64_t)pdf.size;
    TRY(database_write(job->database, note_revision, issuing));
    return blob_put(job->outside->blobs, pdf, &issuing->digest);
}

Status documents_issue(Job *job) {
    Issuing issuing = {
        .arena = job->arena, .outside = job->outside, .chamber = job->chamber, .document = {job->subject}};
    TRY(database_read(job->database, begin_attempt, &issuing));
    if (!text_equal(issuing.row.state, TEXT("approved"))) {
        return STATUS_OK;
    }
    const Status status = draw_seal_and_store(job, &issuing);
    if (status != STATUS_OK) {
        const Text words = arena_copy(job->arena, failure_take());
        Waiting waiting = {&issuing, words};
        const Status noted = database_write(job->database, note_waiting, &waiting);
        return fail(status, "%.*s%s", TEXT_ARG(words), noted == STATUS_OK ? "" : " (and that could not be noted)");
    }
    TRY(database_write(job->database, finish, &issuing));
    work_wake(); /* for the mail */
    return STATUS_OK;
}

Status documents_try_drawing(Connection *connection, Arena *arena, const Outside *outside, ChamberId chamber,
                             const DocumentsRow *document) {
    Issuing issuing = {.arena = arena, .outside = outside, .chamber = chamber, .document = document->document_id};
    TRY(read_paper(connection, &issuing));
    issuing.row.number = TEXT("0000-00-0000-000000");
    issuing.row.code = TEXT("0000-0000-0000");
    issuing.row.decided_at = clock_now();
    LayoutDrawn drawn = {0};
    return draw_paper(&issuing, &drawn);
}
