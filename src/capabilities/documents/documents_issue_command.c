/** tradepost issue: the whole path in one call, for one file or a folder of them. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_apply.h"
#include "capabilities/documents/documents_command.h"
#include "capabilities/documents/documents_data.h"
#include "capabilities/documents/documents_issue.h"
#include "capabilities/documents/documents_own_file.h"
#include "capabilities/members/members.h"
#include "outside/file.h"

/* BELT: documents between approval and file; THREADS: that seal them, and that write them out. */
enum {
    BELT = 32,
    THREADS = 8,
    CHANGES_MAXIMUM = 200,
    WAIT_SECONDS = 60,
    FOLDER_MAXIMUM = 100000,
    OWN_FILE_BYTES = 64 << 20
};

/** One call of the command. */
typedef struct Issue {
    CommandContext *context;
    ChamberContext chamber;
    const DocumentType *type;
    Text firm_number;
    Text officer;
    Text own_file;       /**< path of the firm's PDF, for types that certify one */
    const Text *changes; /**< "field=value" */
    size_t change_count;
    bool has_workers; /**< threads do the jobs: nobody else need run them */
} Issue;

/** One document on its way. */
typedef struct IssueOne {
    const Issue *issue;
    Arena *arena;
    FormValues *values;
    InvoiceNotes notes;
    Text own; /**< bytes of the firm's PDF that is certified; empty for most types */
    Sha256 own_digest;
    DocumentId document;
    DocumentsRow row;
    const char *from, *to;
    Status status;
} IssueOne;

/** Finds the value of "consignee_name" or "lines[2].unit"; rows up to the named one are added. */
static Status find_value(Arena *arena, FormValues *values, Text path, FormValue **ret_value) {
    Text rest = path;
    const Text name = text_cut(&rest, '[');
    for (size_t i = 0; i < values->form->count; i++) {
        if (!text_equal(text_of(values->form->fields[i].name), name)) {
            continue;
        }
        if (values->form->fields[i].kind != FIELD_GROUP) {
            *ret_value = &values->items[i];
            return rest.size == 0 ? STATUS_OK : STATUS_INVALID;
        }
        int64_t at = 0;
        TRY(text_to_int(text_cut(&rest, ']'), &at));
        if (at < 0 || rest.size < 2 || rest.data[0] != '.') {
            return STATUS_INVALID;
        }
        while (values->items[i].rows.count <= (size_t)at) {
            FormValues *row = NULL;
            TRY(form_add_row(arena, values, values->form->fields[i].name, &row));
        }
        return find_value(arena, &values->items[i].rows.items[at], text_slice(rest, 1, rest.size), ret_value);
    }
    return STATUS_INVALID;
}

static Status change_values(const IssueOne *one) {
    for (size_t i = 0; i < one->issue->change_count; i++) {
        Text rest = one->issue->changes[i];
        const Text path = text_cut(&rest, '=');
        FormValue *value = NULL;
        if (find_value(one->arena, one->values, path, &value) != STATUS_OK || !text_is_utf8(rest)) {
            return fail(STATUS_INVALID,
                        "\"%.*s\" names no field of this type. Write FIELD=VALUE, as destination_country=DE or "
                        "lines[0].unit=KGM.",
                        TEXT_ARG(one->issue->changes[i]));
        }
        value->text = rest;
    }
    return STATUS_OK;
}

static void list_errors(Arena *arena, const FormValues *values) {
    const FormProblems problems = form_problems(arena, language_english(), values);
    for (size_t i = 0; i < problems.count; i++) {
        (void)fprintf(stderr, "  %.*s: %.*s\n", TEXT_ARG(problems.items[i].name), TEXT_ARG(problems.items[i].words));
    }
}

static Status read_values(IssueOne *one, const char *path) {
    Text bytes = {0}, json = {0};
    const DocumentType *type = one->issue->type;
    TRY(file_read(one->arena, AT_FDCWD, path, DATA_BYTES, &bytes));
    if (text_ends_with(text_of(path), TEXT(".json"))) {
        TRY(form_of_json(one->arena, &type->form, bytes, &one->values));
    } else {
        one->values = form_empty(one->arena, &type->form);
        DataNotes notes = {0};
        TRY(documents_data_read(one->arena, bytes, &json));
        TRY(documents_data_fill(one->arena, type, json, one->values, &notes));
        one->notes = notes.invoice;
    }
    TRY(change_values(one));
    form_check(one->arena, one->values, NULL);
    if (one->values->invalid) {
        (void)fprintf(stderr, "%s:\n", path);
        list_errors(one->arena, one->values);
        return fail(STATUS_INVALID,
                    "The application is not complete. Mend the file, or add FIELD=VALUE for each of these fields.");
    }
    return STATUS_OK;
}

/** The member firm: by the number given, else by the invoice's seller; none where the exporter is no member. */
static Status find_firm(Connection *connection, const IssueOne *one, FirmId *ret_firm) {
    const Issue *issue = one->issue;
    Firm firm = {0};
    if (issue->firm_number.size > 0) {
        const Status found =
            members_firm_of_registration(connection, one->arena, issue->chamber.id, issue->firm_number, &firm);
        if (found != STATUS_OK) {
            return found == STATUS_NOT_FOUND
                       ? fail(STATUS_NOT_FOUND, "No member firm has the registration number %.*s.",
                              TEXT_ARG(issue->firm_number))
                       : found;
        }
    } else {
        const Text name =
            issue->type->exporter == NULL ? one->notes.seller_name : form_text(one->values, issue->type->exporter);
        const Status found =
            members_firm_of_name(connection, one->arena, issue->chamber.id, name, one->notes.seller_tax_number, &firm);
        if (found != STATUS_OK && found != STATUS_NOT_FOUND) {
            return found;
        }
    }
    *ret_firm = firm.id;
    return STATUS_OK;
}

/** A file's name without its ending: what the PDF of a folder is called by. */
static Text stem_of(Text name) {
    return text_slice(name, 0, name.size - (text_ends_with(name, TEXT(".xml")) ? 4 : 5));
}

/** For types that certify the firm's own PDF: the file given, or the one beside the application with its name. */
static Status read_own_file(IssueOne *one, const char *from) {
    const Text path = text_of(from);
    const bool pdf = text_ends_with(path, TEXT(".pdf"));
    Text own = one->issue->own_file;
    if (one->issue->type->own_file.size == 0) {
        return own.size == 0 ? STATUS_OK : fail(STATUS_INVALID, "This type of document certifies no file of the firm.");
    }
    if (own.size == 0) {
        own = pdf ? path : arena_format(one->arena, "%.*s.pdf", TEXT_ARG(stem_of(path)));
    }
    TRY(file_read(one->arena, AT_FDCWD, arena_c_string(one->arena, own), OWN_FILE_BYTES, &one->own));
    TRY(own_file_check(one->arena, one->own));
    return blob_put(one->issue->context->outside->blobs, one->own, &one->own_digest);
}

static Status attach_own_file(Connection *connection, const IssueOne *one) {
    if (one->own.size == 0) {
        return STATUS_OK;
    }
    return documents_insert_attachment(connection, &(DocumentsInsertAttachment){.chamber = one->issue->chamber.id,
                                                                                .document = one->document,
                                                                                .attachment = {id_make()},
                                                                                .kind = one->issue->type->own_file,
                                                                                .name = TEXT("own-file.pdf"),
                                                                                .media_type = TEXT("application/pdf"),
                                                                                .size = (int64_t)one->own.size,
                                                                                .sha256 = sha256_text(&one->own_digest),
                                                                                .now = clock_now()});
}

static Status create_and_approve(Connection *connection, void *context) {
    IssueOne *one = context;
    const Issue *issue = one->issue;
    const DocumentActor actor = {{0}, issue->officer};
    FirmId firm = {0};
    int64_t changed = 0;
    TRY(find_firm(connection, one, &firm));
    TRY(documents_create(connection, one->arena, issue->chamber.id, firm, issue->type, one->values, (DocumentId){0},
                         &actor, &one->document));
    TRY(attach_own_file(connection, one));
    TRY(documents_by_id(connection, one->arena, issue->chamber.id, one->document, &one->row));
    TRY(documents_try_drawing(connection, one->arena, issue->context->outside, issue->chamber.id, &one->row));
    TRY(documents_approve_new(
        connection,
        &(DocumentsApproveNew){
            .chamber = issue->chamber.id, .document = one->document, .officer = issue->officer, .now = clock_now()},
        &changed));
    TRY(documents_begin_issuing(connection, one->arena, issue->chamber.id, one->document));
    return documents_record(connection, one->arena, issue->chamber.id, one->document, &actor, "approve",
                            (Text){NULL, 0});
}

static Status read_row(Connection *connection, void *context) {
    IssueOne *one = context;
    return documents_by_id(connection, one->arena, one->issue->chamber.id, one->document, &one->row);
}

/** Runs the job here, or waits for the server's workers when they were faster. */
static Status seal(IssueOne *one) {
    const CommandContext *context = one->issue->context;
    const int64_t end = clock_monotonic() + WAIT_SECONDS * TIME_SECOND;
    for (;;) {
        int64_t run = 0;
        if (!one->issue->has_workers) {
            TRY(work_run_due(context->database, context->outside, context->job_kinds, context->job_kind_count, &run));
        }
        TRY(database_read(context->database, read_row, one));
        if (text_equal(one->row.state, TEXT("issued"))) {
            return STATUS_OK;
        }
        if (clock_monotonic() > end) {
            return fail(STATUS_UNAVAILABLE, "Number %.*s is reserved, but the seal is still waiting: %.*s",
                        TEXT_ARG(one->row.number), TEXT_ARG(one->row.issuing_note));
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = one->issue->has_workers ? 3000000 : 50000000}, NULL);
    }
}

static const char *folder_of(Arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? "." : arena_c_string(arena, (Text){path, slash == path ? 1 : (size_t)(slash - path)});
}

/** Whether a file can be put at `path`: asked before a number is taken that would have no file. */
static Status check_target(Arena *arena, const char *path) {
    struct stat entry = {0};
    const char *folder = folder_of(arena, path);
    if (stat(path, &entry) == 0 && S_ISDIR(entry.st_mode)) {
        return fail(STATUS_INVALID, "%s is a folder. Name a file with --out.", path);
    }
    return access(folder, W_OK | X_OK) == 0 ? STATUS_OK : file_failure("write into", folder);
}

/** Puts the bytes at a path of the user's, whole or not at all. */
static Status replace_file(Arena *arena, const char *path, Text bytes) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    int folder = -1;
    TRY(file_open_folder(folder_of(arena, path), &folder));
    const Status status = file_replace(folder, folder, name, bytes);
    (void)close(folder);
    return status;
}

static Status write_pdf(IssueOne *one, const char *path) {
    Sha256 digest = {{0}};
    Text pdf = {0};
    memcpy(digest.bytes, one->row.pdf_sha256.data, sizeof digest.bytes);
    TRY(blob_get(one->issue->context->outside->blobs, one->arena, &digest, &pdf));
    return replace_file(one->arena, path, pdf);
}

/** Reads a file, and approves what it says: the first half, in the order of the files. */
static IssueOne *begin_one(const Issue *issue, const char *from, const char *to) {
    Arena *arena = arena_open((size_t)256 << 20);
    IssueOne *one = arena_new(arena, IssueOne);
    *one = (IssueOne){.issue = issue, .arena = arena, .from = from, .to = to, .status = check_target(arena, to)};
    if (one->status == STATUS_OK) {
        one->status = read_values(one, from);
    }
    if (one->status == STATUS_OK) {
        one->status = read_own_file(one, from);
    }
    if (one->status == STATUS_OK) {
        one->status = database_write(issue->context->database, create_and_approve, one);
    }
    return one;
}

/** Waits for the seal, writes the file, and tells how it went. The second half; closes the arena. */
static Status end_one(IssueOne *one) {
    Arena *arena = one->arena;
    Status status = one->status;
    if (status == STATUS_OK) {
        status = seal(one);
    }
    if (status == STATUS_OK) {
        status = write_pdf(one, one->to);
    }
    if (status == STATUS_OK) {
        printf("%.*s\t%.*s\t%s\n", TEXT_ARG(one->row.number), TEXT_ARG(one->row.code), one->to);
        (void)fflush(stdout); /* a run that is killed has told each document that it issued */
        if (one->notes.credit_lines > 0) {
            (void)fprintf(stderr, "%s: %zu lines with a quantity of zero or below were left out: they move no goods.\n",
                          one->from, one->notes.credit_lines);
        }
    } else if (text_equal(one->row.state, TEXT("issued"))) {
        const Text words = failure_take();
        (void)fprintf(stderr,
                      "%s: issued as %.*s, code %.*s, but its file could not be written (%s): %.*s. Do not issue it "
                      "again; download it from the register.\n",
                      one->from, TEXT_ARG(one->row.number), TEXT_ARG(one->row.code), status_name(status),
                      TEXT_ARG(words));
    } else {
        const Text words = failure_take();
        (void)fprintf(stderr, "%s: not issued (%s). %.*s\n", one->from, status_name(status), TEXT_ARG(words));
    }
    arena_close(arena);
    return status;
}

static Status issue_one(const Issue *issue, const char *from, const char *to) {
    return end_one(begin_one(issue, from, to));
}

static bool is_application(Text name) {
    return text_ends_with(name, TEXT(".json")) || text_ends_with(name, TEXT(".xml"));
}

/** By what their PDFs are called, so that two of the same name stand side by side. */
static int compare_names(const void *a, const void *b) {
    const int order = text_compare(stem_of(*(const Text *)a), stem_of(*(const Text *)b));
    return order != 0 ? order : text_compare(*(const Text *)a, *(const Text *)b);
}

/** The applications of a folder, in the order of their names. */
static Status list_folder(Arena *arena, const char *folder, Texts *ret_names) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return file_failure("read", folder);
    }
    Text *names = arena_new_array(arena, Text, FOLDER_MAXIMUM);
    size_t count = 0;
    const struct dirent *entry = NULL;
    while (count < FOLDER_MAXIMUM && (entry = readdir(entries)) != NULL) {
        if (is_application(text_of(entry->d_name))) {
            names[count++] = arena_copy(arena, text_of(entry->d_name));
        }
    }
    const bool whole = entry == NULL;
    (void)closedir(entries);
    if (!whole) {
        return fail(STATUS_TOO_LARGE, "%s holds more than %d files. Issue them in parts.", folder, FOLDER_MAXIMUM);
    }
    qsort(names, count, sizeof names[0], compare_names);
    *ret_names = (Texts){names, count};
    return STATUS_OK;
}

/** Documents of a folder between their two halves: approved in order, ended by several threads. */
typedef struct Belt {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    IssueOne *waiting[BELT];
    size_t first, count, issued;
    bool ended;
} Belt;

static void put_on(Belt *belt, IssueOne *one) {
    (void)pthread_mutex_lock(&belt->lock);
    while (belt->count == BELT) {
        (void)pthread_cond_wait(&belt->changed, &belt->lock);
    }
    belt->waiting[(belt->first + belt->count++) % BELT] = one;
    (void)pthread_cond_broadcast(&belt->changed);
    (void)pthread_mutex_unlock(&belt->lock);
}

static void *end_from(void *context) {
    Belt *belt = context;
    (void)pthread_mutex_lock(&belt->lock);
    while (belt->count > 0 || !belt->ended) {
        if (belt->count == 0) {
            (void)pthread_cond_wait(&belt->changed, &belt->lock);
            continue;
        }
        IssueOne *one = belt->waiting[belt->first];
        belt->first = (belt->first + 1) % BELT;
        belt->count--;
        (void)pthread_cond_broadcast(&belt->changed);
        (void)pthread_mutex_unlock(&belt->lock);
        const bool issued = end_one(one) == STATUS_OK;
        (void)pthread_mutex_lock(&belt->lock);
        belt->issued += issued;
    }
    (void)pthread_mutex_unlock(&belt->lock);
    return NULL;
}

/** One that was refused says so here and now: its words are this thread's. */
static void hand_over(Belt *belt, IssueOne *one) {
    if (one->status == STATUS_OK) {
        put_on(belt, one);
    } else {
        const Status told = end_one(one);
        (void)told;
    }
}

static Status issue_files(Issue *issue, const Texts *names, const char *from, const char *to, size_t *ret_issued) {
    Arena *arena = issue->context->arena;
    const CommandContext *context = issue->context;
    Belt belt = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    pthread_t threads[THREADS];
    size_t started = 0;
    Workers *workers = NULL;
    TRY(work_start(context->database, context->outside, context->job_kinds, context->job_kind_count, THREADS,
                   &workers));
    issue->has_workers = true;
    while (started < THREADS && pthread_create(&threads[started], NULL, end_from, &belt) == 0) {
        started++;
    }
    for (size_t i = 0; i < names->count && started > 0; i++) {
        const Text name = names->items[i], stem = stem_of(name);
        hand_over(&belt, begin_one(issue, arena_format(arena, "%s/%.*s", from, TEXT_ARG(name)).data,
                                   arena_format(arena, "%s/%.*s.pdf", to, TEXT_ARG(stem)).data));
    }
    (void)pthread_mutex_lock(&belt.lock);
    belt.ended = true;
    (void)pthread_cond_broadcast(&belt.changed);
    (void)pthread_mutex_unlock(&belt.lock);
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    work_stop(workers);
    *ret_issued = belt.issued;
    return started > 0 ? STATUS_OK : fail(STATUS_UNAVAILABLE, "no thread for the documents");
}

static int issue_folder(Issue *issue, const char *from, const char *to) {
    Texts names = {0};
    size_t issued = 0;
    Status status = list_folder(issue->context->arena, from, &names);
    for (size_t i = 1; i < names.count && status == STATUS_OK; i++) {
        if (text_equal(stem_of(names.items[i - 1]), stem_of(names.items[i]))) {
            status = fail(STATUS_CONFLICT, "%.*s and %.*s would be the same PDF. Rename one of them.",
                          TEXT_ARG(names.items[i - 1]), TEXT_ARG(names.items[i]));
        }
    }
    if (status == STATUS_OK) {
        status = file_make_folder(to);
    }
    if (status == STATUS_OK) {
        status = issue_files(issue, &names, from, to, &issued);
    }
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    (void)fprintf(stderr, "%zu issued, %zu not issued\n", issued, names.count - issued);
    return issued == names.count ? 0 : 1;
}

int documents_issue_command(CommandContext *context) {
    Text chamber = {0}, type = {0}, from = {0}, out = {0};
    static Text changes[CHANGES_MAXIMUM];
    Issue issue = {.context = context, .officer = TEXT("Tradepost"), .changes = changes};
    const Option options[] = {{"chamber", &chamber, NULL, false},
                              {"type", &type, NULL, false},
                              {"from", &from, NULL, true},
                              {"out", &out, NULL, true},
                              {"firm", &issue.firm_number, NULL, false},
                              {"officer", &issue.officer, NULL, false},
                              {"own-file", &issue.own_file, NULL, false}};
    Status status = options_read(context->argument_count, context->arguments, options,
                                 sizeof options / sizeof options[0], changes, CHANGES_MAXIMUM, &issue.change_count);
    if (status == STATUS_OK) {
        issue.type = type.size == 0 ? document_type_usual() : document_type(type);
        status = issue.type != NULL ? STATUS_OK
                                    : fail(STATUS_INVALID, "There is no document type \"%.*s\".", TEXT_ARG(type));
    }
    if (status != STATUS_OK) {
        return command_wrong_use("issue");
    }
    status = documents_command_chamber(context, chamber, &issue.chamber);
    if (status != STATUS_OK) {
        return status == STATUS_INVALID ? command_wrong_use("issue") : command_refuse(status);
    }
    const char *from_path = arena_c_string(context->arena, from), *to_path = arena_c_string(context->arena, out);
    struct stat entry = {0};
    if (stat(from_path, &entry) == 0 && S_ISDIR(entry.st_mode)) {
        return issue_folder(&issue, from_path, to_path);
    }
    return issue_one(&issue, from_path, to_path) == STATUS_OK ? 0 : 1;
}
