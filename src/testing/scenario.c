/** Reads scenario files, raises a world for each engine, reports in TAP. */
#include "testing/scenario.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "database/migrations.h"
#include "testing/scenario_inside.h"

#define RUN_BUDGET ((size_t)1 << 30)
#define TEXT_MAX   ((size_t)4 << 20)

/* One TAP line for what has been carried out since the last one. */
static void report(ScenarioRun *run, Status status) {
    const Text words = status == STATUS_OK ? (Text){NULL, 0} : failure_take();
    run->count++;
    run->failed += status != STATUS_OK;
    if (run->setup->silent) {
        return;
    }
    printf("%sok %d - %s on %s: %.*s\n", status == STATUS_OK ? "" : "not ", run->count, run->name, run->engine,
           TEXT_ARG(run->what));
    if (status != STATUS_OK) {
        printf("# %s:%zu: %.*s\n", run->name, run->line, TEXT_ARG(words));
    }
    fflush(stdout);
}

static bool starts_request(Text line) {
    return line.size > 0 && line.data[0] >= 'A' && line.data[0] <= 'Z';
}

static void run_lines(ScenarioRun *run, Text text) {
    Status status = STATUS_OK;
    bool begun = false;
    while (text.size > 0 && status == STATUS_OK) {
        const Text line = text_cut(&text, '\n');
        run->line++;
        if (starts_request(line) && !run->skipping) {
            status = scenario_finish(run);
            if (begun) {
                report(run, status);
            }
            begun = true;
        }
        if (status == STATUS_OK) {
            status = scenario_line(run, line);
            if (status != STATUS_OK) {
                report(run, status);
            }
        }
    }
    if (status == STATUS_OK) {
        status = scenario_finish(run);
        report(run, status);
    }
}

static void remove_directory(Arena *arena, const char *path) {
    DIR *directory = opendir(path);
    const struct dirent *entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        const Text inner = arena_format(arena, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(inner.data) != 0) {
            remove_directory(arena, inner.data);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    rmdir(path);
}

/* Raises world and server, runs the lines, takes both down again. */
static Status run_on(ScenarioRun *run, Text text, Database *database, const char *directory) {
    Server *server = NULL;
    ServerOptions options = {0};
    TRY(database_migrate(database, migrations, migration_count));
    Status status = run->setup->begin(run->arena, database, directory, &options, &run->world);
    options.database = database;
    options.quiet = true;
    if (status == STATUS_OK) {
        status = server_start(&options, &server);
    }
    if (status == STATUS_OK) {
        run->port = server_port(server);
        run->person = &run->persons[run->person_count++];
        *run->person = (ScenarioPerson){.name = TEXT("nobody")};
        run_lines(run, text);
        server_stop(server);
    }
    if (run->setup->end != NULL && run->world != NULL) {
        run->setup->end(run->world);
    }
    return status;
}

int scenario_run_text(const ScenarioSetup *setup, const char *name, Text text, TestEngine engine, int *count) {
    char directory[] = "/tmp/tradepost-scenario-XXXXXX";
    Arena *arena = arena_open(RUN_BUDGET);
    ScenarioRun *run = arena_new(arena, ScenarioRun);
    Database *database = NULL;
    *run = (ScenarioRun){.setup = setup,
                         .arena = arena,
                         .name = name,
                         .engine = engine == TEST_POSTGRESQL ? "postgresql" : "sqlite",
                         .what = TEXT("start"),
                         .count = *count};
    if (mkdtemp(directory) == NULL) {
        abort();
    }
    const Text address = engine == TEST_POSTGRESQL ? test_database_address(engine, arena)
                                                   : arena_format(arena, "sqlite:%s/scenario.sqlite", directory);
    Status status = database_open(address, &database);
    if (status == STATUS_OK) {
        status = run_on(run, text, database, directory);
        database_close(database);
    }
    if (status != STATUS_OK) {
        report(run, status);
    }
    const int failed = run->failed;
    *count = run->count;
    remove_directory(arena, directory);
    arena_close(arena);
    return failed;
}

static Status read_whole(Arena *arena, const char *path, Text *ret_text) {
    FILE *file = fopen(path, "rb");
    Buffer buffer = buffer_make(arena, TEXT_MAX);
    static char part[65536];
    if (file == NULL) {
        return fail(STATUS_NOT_FOUND, "cannot read %s", path);
    }
    for (size_t size = fread(part, 1, sizeof(part), file); size > 0; size = fread(part, 1, sizeof(part), file)) {
        buffer_append(&buffer, (Text){part, size});
    }
    (void)fclose(file);
    return buffer_take(&buffer, ret_text);
}

int scenario_run(const ScenarioSetup *setup, int file_count, char **files) {
    Arena *arena = arena_open(RUN_BUDGET);
    int count = 0, failed = 0;
    for (int i = 0; i < file_count; i++) {
        Text text = {NULL, 0};
        if (read_whole(arena, files[i], &text) != STATUS_OK) {
            printf("not ok %d - %s cannot be read\n", ++count, files[i]);
            failed++;
            continue;
        }
        failed += scenario_run_text(setup, files[i], text, TEST_SQLITE, &count);
        if (getenv("TRADEPOST_TEST_POSTGRESQL") != NULL) {
            failed += scenario_run_text(setup, files[i], text, TEST_POSTGRESQL, &count);
        } else {
            printf("ok %d - %s on postgresql # SKIP TRADEPOST_TEST_POSTGRESQL is not set\n", ++count, files[i]);
        }
    }
    printf("1..%d\n", count);
    arena_close(arena);
    return failed > 0;
}
