/** tradepost check: looks for damage in database, files and audit chains. */
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/options.h"
#include "program/data.h"
#include "program/program.h"

enum { BLOB_BUDGET = 1024 * 1024 * 1024 };

static const char help[] = "use: tradepost check --data DIR\n"
                           "\n"
                           "Looks for damage: the database's own structure, the SHA-256 of every file, files that are "
                           "named but absent, the audit\n"
                           "chain of every chamber, and documents that are not as their last act left them.\n"
                           "Changes nothing; it may be serving meanwhile. Exit code 1 and a line for each finding when "
                           "there is any.\n"
                           "\n"
                           "example: tradepost check --data /var/lib/tradepost\n";

__attribute__((format(printf, 2, 3))) static void found(Check *check, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)printf("damaged: ");
    (void)vprintf(format, arguments);
    (void)printf("\n");
    va_end(arguments);
    check->findings++;
}

/** The walk over all blobs. */
typedef struct BlobWalk {
    Check *check;
    Arena *arena;
    int64_t count;
} BlobWalk;

static Status check_blob(const Sha256 *digest, void *context) {
    BlobWalk *walk = context;
    Text bytes = {NULL, 0};
    const Status status = blob_get(walk->check->outside->blobs, walk->arena, digest, &bytes);
    if (status != STATUS_OK) {
        const Text words = failure_take();
        walk->check->found(walk->check, "%.*s", TEXT_ARG(words));
    }
    walk->count++;
    arena_reset(walk->arena);
    return STATUS_OK;
}

MUST_USE static Status check_blobs(Check *check, int64_t *ret_count) {
    BlobWalk walk = {check, arena_open(BLOB_BUDGET), 0};
    const Status status = blobs_each(check->outside->blobs, check_blob, &walk);
    arena_close(walk.arena);
    *ret_count = walk.count;
    return status;
}

MUST_USE static Status check_all(Check *check) {
    int64_t blobs = 0;
    const Status status = database_check(check->database);
    if (status == STATUS_CORRUPT) {
        const Text words = failure_take();
        check->found(check, "the database: %.*s", TEXT_ARG(words));
    } else {
        TRY(status);
    }
    TRY(check_blobs(check, &blobs));
    for (size_t i = 0; i < capability_count; i++) {
        if (capabilities[i]->check != NULL) {
            TRY(capabilities[i]->check(check));
        }
    }
    (void)printf("%lld files looked at, %lld findings\n", (long long)blobs, (long long)check->findings);
    return STATUS_OK;
}

static int run(CommandContext *context) {
    Data *data = NULL;
    if (options_read(context->argument_count, context->arguments, NULL, 0, NULL, 0, &(size_t){0}) != STATUS_OK) {
        return command_wrong_use("check");
    }
    if (context->data.size == 0) {
        return command_wrong_use_because("check", "--data DIR is missing");
    }
    Check check = {.arena = context->arena, .found = found};
    Status status = data_open(context->data, context->settings, DATA_FOR_COMMAND, &data);
    if (status == STATUS_OK) {
        check.database = data->database;
        check.outside = data->outside;
        status = check_all(&check);
    }
    const int code = status == STATUS_OK ? 0 : command_refuse(status);
    data_close(data);
    return check.findings > 0 ? 1 : code;
}

const Command check_command = {
    .name = "check", .summary = "looks for damage", .help = help, .without_database = true, .run = run};
