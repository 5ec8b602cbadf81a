/** Examples for the demonstration: the acts of exporter and officer in a row, each at its own past time. */
#include "base/digest.h"
#include "base/log.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_content.h"
#include "capabilities/documents/documents_issue.h"
#include "outside/outside.h"
#include "pdf/page.h"

typedef struct Example {
    const DocumentExample *example;
    Database *database;
    Outside *outside;
    Arena *arena;
    ChamberId chamber;
    const DocumentType *type;
    FormValues *values;
    Text *evidence; /**< bytes of its attachments, parallel to the kinds of the type; empty for those not needed */
    DocumentId replaces;
    DocumentId document;
    Text state; /**< to reach by this run */
} Example;

static Status add_text(Paper *paper, Text text, double size, bool bold, double x, double *y) {
    const TextRun run = {text, {.family = FONT_SERIF, .bold = bold, .size = size, .colour = {0.1, 0.1, 0.12}}};
    TextBlock *block = NULL;
    TRY(paper_set_text(paper, &run, 1, ALIGN_START, 210 - x - 20, 1, &block));
    paper_draw_text(paper, block, x, *y, 0, block_lines(block));
    *y += block_height(block, 0, block_lines(block)) + 2;
    block_release(block);
    return STATUS_OK;
}

/** The answers of a row or of the form, each "label: value"; without the labels of empty ones. */
static Status add_answers(Paper *paper, const Example *of, const DocumentAnswers *answers, double x, double *y) {
    for (size_t i = 0; i < answers->count; i++) {
        const DocumentAnswer *answer = &answers->items[i];
        if (answer->value.size > 0) {
            const Text label = text_of(answer->label.english);
            TRY(add_text(paper, arena_format(of->arena, "%.*s: %.*s", TEXT_ARG(label), TEXT_ARG(answer->value)), 10,
                         false, x, y));
        }
    }
    return STATUS_OK;
}

/** A plain paper of the firm that says what the application says, so that the officer has something to compare with. */
static Status draw_evidence(const Example *of, Text title, Text *ret_pdf) {
    Paper *paper = NULL;
    double y = 20;
    DocumentContent content = {0};
    const PaperInformation information = {.title = title, .created = of->example->submitted};
    documents_content(of->arena, language_english(), of->type, of->values, &content);
    TRY(paper_open(of->arena, &information, &paper));
    paper_page(paper, 210, 297);
    TRY(add_text(paper, form_text(of->values, of->type->exporter), 15, true, 20, &y));
    y += 8;
    TRY(add_text(paper, title, 17, true, 20, &y));
    y += 4;
    TRY(add_answers(paper, of, &content.answers, 20, &y));
    for (size_t i = 0; i < content.lines.count && y < 250; i++) {
        paper_line(paper, 20, y + 2, 190, y + 2, 0.4, (Colour){0.6, 0.6, 0.6});
        y += 5;
        TRY(add_answers(paper, of, &content.lines.items[i].answers, 26, &y));
    }
    return paper_finish(paper, ret_pdf);
}

/** Draws and keeps a paper for each kind of attachment that is needed. */
static Status keep_evidence(Example *of) {
    of->evidence = arena_new_array(of->arena, Text, of->type->attachment_count + 1);
    for (size_t i = 0; i < of->type->attachment_count; i++) {
        Sha256 digest = {{0}};
        if (of->type->attachments[i].required) {
            TRY(draw_evidence(of, text_of(of->type->attachments[i].label.english), &of->evidence[i]));
            TRY(blob_put(of->outside->blobs, of->evidence[i], &digest));
        }
    }
    return STATUS_OK;
}

static DocumentActor applicant_of(const Example *of) {
    return (DocumentActor){of->example->applicant, of->example->applicant_name};
}

static DocumentActor officer_of(const Example *of) {
    return (DocumentActor){of->example->officer, of->example->officer_name};
}

static Status attach(Connection *connection, const Example *of, size_t kind) {
    const DocumentActor actor = applicant_of(of);
    const Text name = of->type->attachments[kind].kind;
    const Sha256 digest = sha256(of->evidence[kind]);
    TRY(documents_insert_attachment(
        connection, &(DocumentsInsertAttachment){.chamber = of->chamber,
                                                 .document = of->document,
                                                 .attachment = {id_make()},
                                                 .kind = name,
                                                 .name = arena_format(of->arena, "%.*s.pdf", TEXT_ARG(name)),
                                                 .media_type = TEXT("application/pdf"),
                                                 .size = (int64_t)of->evidence[kind].size,
                                                 .sha256 = sha256_text(&digest),
                                                 .now = clock_now(),
                                                 .account = of->example->applicant}));
    return documents_record(connection, of->arena, of->chamber, of->document, &actor, "attach", name);
}

static Status make_draft(Connection *connection, void *context) {
    Example *of = context;
    const DocumentActor actor = applicant_of(of);
    TRY(documents_create(connection, of->arena, of->chamber, of->example->firm, of->type, of->values, of->replaces,
                         &actor, &of->document));
    for (size_t i = 0; i < of->type->attachment_count; i++) {
        if (of->type->attachments[i].required) {
            TRY(attach(connection, of, i));
        }
    }
    return STATUS_OK;
}

static Status hand_in(Connection *connection, void *context) {
    const Example *of = context;
    const DocumentActor actor = applicant_of(of);
    int64_t changed = 0;
    TRY(documents_submit(connection, of->chamber, of->document, of->example->applicant, clock_now(), &changed));
    return documents_record(connection, of->arena, of->chamber, of->document, &actor, "submit", (Text){NULL, 0});
}

static Status withdraw(Connection *connection, void *context) {
    const Example *of = context;
    const DocumentActor actor = applicant_of(of);
    int64_t changed = 0;
    TRY(documents_withdraw(connection, of->chamber, of->document, clock_now(), of->example->reason, &changed));
    return documents_record(connection, of->arena, of->chamber, of->document, &actor, "withdraw", of->example->reason);
}

/** The officer locks, decides and unlocks: approved, returned or refused. */
static Status decide(Connection *connection, void *context) {
    const Example *of = context;
    const DocumentActor actor = officer_of(of);
    const bool returned = text_equal(of->state, TEXT("returned")), refused = text_equal(of->state, TEXT("refused"));
    const Text state = returned || refused ? of->state : TEXT("approved");
    const Text reason = returned || refused ? of->example->reason : (Text){NULL, 0};
    int64_t changed = 0;
    TRY(documents_lock(connection,
                       &(DocumentsLock){.chamber = of->chamber,
                                        .document = of->document,
                                        .account = of->example->officer,
                                        .now = clock_now(),
                                        .until = time_add(clock_now(), DOCUMENTS_LOCK)},
                       &changed));
    if (returned && of->example->remark_field.size > 0) {
        TRY(documents_insert_remark(connection, &(DocumentsInsertRemark){.chamber = of->chamber,
                                                                         .document = of->document,
                                                                         .remark = {id_make()},
                                                                         .version = 1,
                                                                         .field = of->example->remark_field,
                                                                         .words = reason,
                                                                         .now = clock_now(),
                                                                         .account = of->example->officer}));
    }
    TRY(documents_decide(connection,
                         &(DocumentsDecide){.chamber = of->chamber,
                                            .document = of->document,
                                            .account = of->example->officer,
                                            .officer = of->example->officer_name,
                                            .now = clock_now(),
                                            .state = state,
                                            .reason = returned ? (Text){NULL, 0} : reason},
                         &changed));
    if (!returned && !refused) {
        TRY(documents_begin_issuing(connection, of->arena, of->chamber, of->document));
    }
    return documents_record(connection, of->arena, of->chamber, of->document, &actor,
                            returned  ? "return"
                            : refused ? "refuse"
                                      : "approve",
                            returned ? (Text){NULL, 0} : reason);
}

static Status cancel(Connection *connection, void *context) {
    const Example *of = context;
    const DocumentActor actor = officer_of(of);
    int64_t changed = 0;
    TRY(documents_cancel(connection, of->chamber, of->document, clock_now(), of->example->reason, &changed));
    return documents_record(connection, of->arena, of->chamber, of->document, &actor, "cancel", of->example->reason);
}

static bool one_of(Text state, const char *const *states, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (text_equal(state, text_of(states[i]))) {
            return true;
        }
    }
    return false;
}

static Status run_acts(Example *of) {
    static const char *const decided[] = {"issued", "returned", "refused", "cancelled", "replaced"};
    static const char *const sealed[] = {"issued", "cancelled", "replaced"};
    Time at = clock_now();
    TRY(database_write(of->database, make_draft, of));
    if (text_equal(of->state, TEXT("draft"))) {
        return STATUS_OK;
    }
    clock_set(at = time_add(at, 12 * TIME_MINUTE));
    TRY(database_write(of->database, hand_in, of));
    clock_set(at = time_add(at, 47 * TIME_MINUTE));
    if (text_equal(of->state, TEXT("withdrawn"))) {
        return database_write(of->database, withdraw, of);
    }
    if (!one_of(of->state, decided, sizeof decided / sizeof decided[0])) {
        return STATUS_OK;
    }
    TRY(database_write(of->database, decide, of));
    if (one_of(of->state, sealed, sizeof sealed / sizeof sealed[0])) {
        clock_set(at = time_add(at, TIME_SECOND));
        Job job = {.arena = of->arena,
                   .database = of->database,
                   .outside = of->outside,
                   .chamber = of->chamber,
                   .subject = of->document.value};
        TRY(documents_issue(&job));
    }
    if (text_equal(of->state, TEXT("cancelled"))) {
        clock_set(time_add(at, 30 * TIME_HOUR));
        return database_write(of->database, cancel, of);
    }
    return STATUS_OK;
}

Status documents_make_example(Database *database, Outside *outside, Arena *arena, ChamberId chamber,
                              const DocumentExample *example) {
    Example of = {.example = example,
                  .database = database,
                  .outside = outside,
                  .arena = arena,
                  .chamber = chamber,
                  .state = example->state};
    of.type = example->type.size == 0 ? document_type_usual() : document_type(example->type);
    if (of.type == NULL || of.type->exporter == NULL) {
        return fail(STATUS_UNSUPPORTED, "The demonstration needs the document type %.*s.", TEXT_ARG(example->type));
    }
    TRY(form_of_json(arena, &of.type->form, example->values, &of.values));
    clock_set(example->submitted);
    TRY(keep_evidence(&of));
    TRY(run_acts(&of));
    if (text_equal(example->state, TEXT("replaced"))) {
        of.replaces = of.document;
        of.state = TEXT("issued");
        clock_set(time_add(example->submitted, 26 * TIME_HOUR));
        return run_acts(&of);
    }
    return STATUS_OK;
}
