/** The steps of issuing: what each does with the bytes, and what it needs for that. */
#include "capabilities/documents/documents_issue_inside.h"

#include <string.h>

#include "base/log.h"
#include "capabilities/documents/documents_mail.h"
#include "pdf/conformance.h"

const IssueStep issue_steps[ISSUE_STEPS] = {
    [ISSUE_DRAW] = {.name = "draw",
                    .label = MESSAGE_INIT("Drawn"),
                    .waiting = MESSAGE_INIT("The document can't be drawn"),
                    .level = PADES_B_B,
                    .run = issue_draw},
    [ISSUE_SEAL] = {.name = "seal",
                    .label = MESSAGE_INIT("Sealed"),
                    .waiting = MESSAGE_INIT("Waiting for the seal key"),
                    .level = PADES_B_B,
                    .shared_outage = true,
                    .run = issue_seal},
    [ISSUE_STAMP] = {.name = "stamp",
                     .label = MESSAGE_INIT("Time-stamped"),
                     .waiting = MESSAGE_INIT("Waiting for a time stamp"),
                     .level = PADES_B_T,
                     .from_kept = true,
                     .shared_outage = true,
                     .run = issue_stamp},
    [ISSUE_PRESERVE] = {.name = "preserve",
                        .label = MESSAGE_INIT("Preserved"),
                        .waiting = MESSAGE_INIT("Waiting for the proof that the certificates are good"),
                        .level = PADES_B_LT,
                        .shared_outage = true,
                        .run = issue_preserve},
    [ISSUE_STORE] = {.name = "store",
                     .label = MESSAGE_INIT("Stored"),
                     .waiting = MESSAGE_INIT("Waiting for room to store the file"),
                     .level = PADES_B_B,
                     .from_kept = true,
                     .shared_outage = true,
                     .run = issue_store},
    [ISSUE_LOG] = {.name = "log",
                   .label = MESSAGE_INIT("Registered"),
                   .waiting = MESSAGE_INIT("Waiting for the register"),
                   .level = PADES_B_B,
                   .run = issue_log},
};

const IssueStep *issue_step(Text name) {
    for (size_t i = 0; i < ISSUE_STEPS; i++) {
        if (text_equal(name, text_of(issue_steps[i].name))) {
            return &issue_steps[i];
        }
    }
    return NULL;
}

static void put_bytes(Issuing *issuing, Text bytes) {
    issuing->bytes = bytes;
    issuing->digest = sha256(bytes);
}

Status issue_read_paper(Connection *connection, Issuing *issuing) {
    TRY(documents_type_of(&issuing->row, &issuing->type));
    TRY(chambers_letterhead(connection, issuing->arena, issuing->outside, issuing->chamber, &issuing->letterhead));
    TRY(own_file_find(connection, issuing->arena, issuing->chamber, issuing->document, issuing->type, &issuing->own));
    if (issuing->row.replaces.value != 0) {
        DocumentsRow replaced = {0};
        TRY(documents_by_id(connection, issuing->arena, issuing->chamber, issuing->row.replaces, &replaced));
        issuing->replaces = replaced.number;
    }
    return STATUS_OK;
}

static Status make_paper(const Issuing *issuing, DocumentPaper *ret_paper) {
    FormValues *values = NULL;
    TRY(documents_values(issuing->arena, issuing->type, issuing->row.body, &values));
    form_check(issuing->arena, values, NULL);
    *ret_paper = (DocumentPaper){
        .type = issuing->type,
        .values = values,
        .chamber = &issuing->letterhead,
        .number = issuing->row.number,
        .code = issuing->row.code,
        .officer_name = issuing->row.officer_name,
        .certified = issuing->row.decided_at,
        .replaces = issuing->replaces,
        .file_digest = issuing->own.wanted ? sha256_hex(issuing->arena, &issuing->own.digest) : (Text){NULL, 0},
        .demonstration = issuing->letterhead.demonstration,
        .trial = issuing->trial,
        .test_seal = issuing->key != NULL && chambers_is_test_key(issuing->outside, issuing->key)};
    return STATUS_OK;
}

Status issue_draw_paper(Issuing *issuing) {
    DocumentPaper paper = {0};
    TRY(make_paper(issuing, &paper));
    return documents_draw(issuing->arena, &paper, &issuing->drawn);
}

/** The program's own judgement of what it made: nothing leaves it that is not PDF/A-3b. A firm's own file stays what it
 * is. */
static Status check_conformance(const Issuing *issuing, const char *after) {
    PdfaReport report = {.conforms = false};
    if (issuing->own.wanted && issuing->at > ISSUE_DRAW) {
        return STATUS_OK;
    }
    TRY(pdfa_check(issuing->arena, issuing->bytes, PDFA_3B, &report));
    if (report.conforms) {
        return STATUS_OK;
    }
    const PdfaFault *first = &report.items[0];
    return fail(STATUS_FAILED,
                "The file does not conform to PDF/A-3b after the step \"%s\" (clause %s, object %lld): %.*s", after,
                first->clause, (long long)first->object.number, TEXT_ARG(first->words));
}

Status issue_draw(Issuing *issuing) {
    issuing->at = ISSUE_SEAL; /* what a document without a key waits for */
    TRY(issue_heed_outage(issuing, &issue_steps[ISSUE_SEAL]));
    TRY(chambers_seal_key(issuing->job->database, issuing->outside, issuing->chamber, &issuing->key));
    issuing->at = ISSUE_DRAW;
    TRY(issue_draw_paper(issuing));
    put_bytes(issuing, issuing->drawn.pdf);
    return check_conformance(issuing, "draw");
}

/** Puts the certification page, sealed by itself, into the firm's file, which is what the seal then covers. */
static Status certify_own_file(Issuing *issuing, const PadesSeal *seal) {
    const DocumentPayload *payload = &issuing->type->payload;
    PadesSeal page_seal = *seal;
    OwnFileParts parts = {.page_name =
                              arena_format(issuing->arena, "certification-%.*s.pdf", TEXT_ARG(issuing->row.number)),
                          .data_name = payload->file,
                          .data_type = payload_media_type(payload),
                          .modified = issuing->row.decided_at};
    DocumentPaper paper = {0};
    Text own = {NULL, 0}, certified = {NULL, 0};
    TRY(make_paper(issuing, &paper));
    TRY(documents_payload(issuing->arena, &paper, &parts.data));
    page_seal.field = TEXT(PAPER_SEAL_FIELD);
    page_seal.token_size = 0;
    page_seal.reader = NULL;
    TRY(pades_seal(issuing->arena, issuing->bytes, &page_seal, &parts.page));
    TRY(blob_get(issuing->outside->blobs, issuing->arena, &issuing->own.digest, &own));
    TRY(own_file_attach(issuing->arena, own, &parts, &certified));
    put_bytes(issuing, certified);
    return STATUS_OK;
}

Status issue_seal(Issuing *issuing) {
    Text sealed = {NULL, 0};
    /* The field waits in the drawn file with all that it shows. */
    const Text own_field = arena_format(issuing->arena, "Seal-%.*s", TEXT_ARG(issuing->row.number));
    const PadesSeal seal = {
        .key = issuing->key,
        .name = issuing->letterhead.name,
        .location = issuing->letterhead.place,
        .contact = issuing->letterhead.public_url,
        .field = issuing->own.wanted ? own_field : TEXT(PAPER_SEAL_FIELD),
        .reader = issuing->own.wanted ? &own_file_reader : NULL,
        .token_size = issuing->level > PADES_B_B ? issuing->room : 0,
    };
    if (issuing->own.wanted) {
        TRY(certify_own_file(issuing, &seal));
    }
    TRY(pades_seal(issuing->arena, issuing->bytes, &seal, &sealed));
    put_bytes(issuing, sealed);
    return check_conformance(issuing, "seal");
}

static PadesServices services_of(const Issuing *issuing) {
    return (PadesServices){.fetch = &issuing->trust.fetch,
                           .stamps = issuing->trust.stamps,
                           .anchors = issuing->trust.anchors,
                           .reader = issuing->own.wanted ? &own_file_reader : NULL};
}

/** Stamping changes nothing but the room within Contents, so that conformance stays as it was judged. */
Status issue_stamp(Issuing *issuing) {
    const PadesServices services = services_of(issuing);
    Text stamped = {NULL, 0};
    if (services.stamps.count == 0) {
        return fail(STATUS_UNAVAILABLE, "No time-stamp authority is set.");
    }
    TRY(pades_stamp(issuing->arena, issuing->bytes, &services, &stamped));
    put_bytes(issuing, stamped);
    return STATUS_OK;
}

static Status append(Arena *arena, Text *bytes, Text more) {
    void *both = NULL;
    TRY(arena_try_allocate(arena, bytes->size + more.size + 1, &both));
    memcpy(both, bytes->data, bytes->size);
    memcpy((char *)both + bytes->size, more.data, more.size);
    *bytes = (Text){both, bytes->size + more.size};
    return STATUS_OK;
}

Status issue_protect(Issuing *issuing) {
    const PadesServices services = services_of(issuing);
    Text bytes = issuing->bytes, more = {NULL, 0};
    TRY(pades_add_validation_data(issuing->arena, bytes, &services, &more));
    TRY(append(issuing->arena, &bytes, more));
    if (issuing->level >= PADES_B_LTA) {
        TRY(pades_add_document_stamp(issuing->arena, bytes, &services, &more));
        TRY(append(issuing->arena, &bytes, more));
    }
    put_bytes(issuing, bytes);
    return check_conformance(issuing, "preserve");
}

Status issue_preserve(Issuing *issuing) {
    return issue_protect(issuing);
}

Status issue_store(Issuing *issuing) {
    Sha256 digest = {{0}};
    return blob_put(issuing->outside->blobs, issuing->bytes, &digest);
}

/** The document that this one replaces stops being valid. */
static Status replace_other(Connection *connection, const Issuing *issuing, const DocumentActor *program) {
    int64_t changed = 0;
    TRY(documents_replace(connection,
                          &(DocumentsReplace){.chamber = issuing->chamber,
                                              .document = issuing->row.replaces,
                                              .by = issuing->document,
                                              .now = clock_now(),
                                              .reason = issuing->row.number},
                          &changed));
    return documents_record(connection, issuing->arena, issuing->chamber, issuing->row.replaces, program, "replace",
                            issuing->row.number);
}

/** Publishes the very bytes that are kept: nobody else can have published this revision then. */
static Status publish(Connection *connection, const Issuing *issuing) {
    const Text digest = sha256_text(&issuing->digest);
    const int64_t size = (int64_t)issuing->bytes.size;
    int64_t changed = 0;
    TRY(documents_publish(connection, issuing->chamber, issuing->document, issuing->revision, digest, &changed));
    if (changed != 1) {
        return fail(STATUS_CONFLICT, "another attempt has published this document");
    }
    TRY(documents_write_revision(connection, &(DocumentsWriteRevision){.chamber = issuing->chamber,
                                                                       .document = issuing->document,
                                                                       .revision = issuing->revision,
                                                                       .level = chambers_level_name(issuing->level),
                                                                       .sha256 = digest,
                                                                       .size = size,
                                                                       .now = clock_now(),
                                                                       .steps = issuing->steps}));
    TRY(documents_finish_issuing(connection,
                                 &(DocumentsFinishIssuing){.chamber = issuing->chamber,
                                                           .document = issuing->document,
                                                           .sha256 = digest,
                                                           .size = size,
                                                           .now = clock_now()},
                                 &changed));
    TRY(issue_note_protection(connection, issuing));
    return changed == 1 ? STATUS_OK : fail(STATUS_CONFLICT, "the document is no longer being issued");
}

static Status log_body(Connection *connection, void *context) {
    Issuing *issuing = context;
    static const DocumentActor program = {{0}, TEXT_INIT("Tradepost")};
    TRY(publish(connection, issuing));
    TRY(documents_record(connection, issuing->arena, issuing->chamber, issuing->document, &program, "issue",
                         issuing->row.number));
    if (issuing->row.replaces.value != 0) {
        TRY(replace_other(connection, issuing, &program));
    }
    TRY(documents_mail(connection, issuing->arena, issuing->chamber, &issuing->letterhead, &issuing->row,
                       DOCUMENTS_MAIL_ISSUED, (Text){NULL, 0}));
    return work_done(connection, issuing->job);
}

Status issue_log(Issuing *issuing) {
    issue_note_step(issuing, &issue_steps[ISSUE_LOG]);
    return database_write(issuing->job->database, log_body, issuing);
}
