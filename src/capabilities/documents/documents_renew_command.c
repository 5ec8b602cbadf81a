/** tradepost archive: how long the sealed files of an installation are protected, and renewing them now. */
#include <stdio.h>

#include "base/log.h"
#include "base/options.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_renew.h"
#include "documents_sql.h"

typedef struct Archive {
    CommandContext *context;
    Chambers all;
    DocumentsProtectionSummaryRow *summaries;
} Archive;

static Status read_archive(Connection *connection, void *context) {
    Archive *archive = context;
    Arena *arena = archive->context->arena;
    TRY(chambers_all(connection, arena, &archive->all));
    archive->summaries = arena_new_array(arena, DocumentsProtectionSummaryRow, archive->all.count + 1);
    for (size_t i = 0; i < archive->all.count; i++) {
        TRY(documents_protection_summary(connection, arena, archive->all.items[i].id, clock_now(),
                                         &archive->summaries[i]));
    }
    return STATUS_OK;
}

/** Asks for every renewal that is due, without the spread of a day. */
static Status ask_for_all(Connection *connection, void *context) {
    Archive *archive = context;
    for (size_t i = 0; i < archive->all.count; i++) {
        const ChamberId chamber = archive->all.items[i].id;
        DocumentsProtectionDueRows due = {0};
        TRY(documents_protection_due(connection, archive->context->arena, chamber, clock_now(), 1000000, &due));
        for (size_t k = 0; k < due.count; k++) {
            const int64_t document = due.items[k].document_id.value;
            TRY(work_add(connection, chamber, DOCUMENTS_RENEW_JOB, document, (Text){NULL, 0}, (Time){0}));
            const Status status = work_retry(connection, chamber, TEXT(DOCUMENTS_RENEW_JOB), document);
            if (status != STATUS_OK && status != STATUS_CONFLICT) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

static Text day_of(Arena *arena, Time time) {
    return time_is_set(time) ? time_iso_date(arena, time) : TEXT("-");
}

static int64_t print_archive(const Archive *archive) {
    Arena *arena = archive->context->arena;
    int64_t due = 0;
    for (size_t i = 0; i < archive->all.count; i++) {
        const DocumentsProtectionSummaryRow *row = &archive->summaries[i];
        const Text next = day_of(arena, row->next_renewal), end = day_of(arena, row->first_end);
        printf("%.*s\t%lld protected\t%lld due\tnext renewal %.*s\tfirst end %.*s\n",
               TEXT_ARG(archive->all.items[i].code), (long long)row->total, (long long)row->due, TEXT_ARG(next),
               TEXT_ARG(end));
        due += row->due;
    }
    return due;
}

int documents_archive_command(CommandContext *context) {
    bool renew = false;
    Archive archive = {.context = context};
    const Option options[] = {{"renew", NULL, &renew, false}};
    if (options_read(context->argument_count, context->arguments, options, 1, NULL, 0, &(size_t){0}) != STATUS_OK) {
        return command_wrong_use("archive");
    }
    Status status = database_read(context->database, read_archive, &archive);
    if (status == STATUS_OK && renew) {
        int64_t run = 0;
        status = database_write(context->database, ask_for_all, &archive);
        if (status == STATUS_OK) {
            status =
                work_run_due(context->database, context->outside, context->job_kinds, context->job_kind_count, &run);
        }
        if (status == STATUS_OK) {
            status = database_read(context->database, read_archive, &archive);
        }
    }
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    const int64_t due = print_archive(&archive);
    if (renew && due > 0) {
        (void)fprintf(stderr, "%lld could not be renewed yet; the tasks of each chamber say why\n", (long long)due);
        return 1;
    }
    return 0;
}
