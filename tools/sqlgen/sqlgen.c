/**
 * Build-time program: turns SQL into typed C.
 *
 *     sqlgen --room NAME --sql FILE... --migrations FILE... --header OUT.h --source OUT.c
 *     sqlgen --ids OUT.h --migration-table OUT.c --migrations FILE...
 *
 * The language of the files is described in docs/architecture.md. Exit code: 0 written, 1 refused with the reasons,
 * 2 wrong use.
 */
#include "sqlgen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX ((size_t)1 << 30)
#define OUTPUT_MAX ((size_t)64 << 20)

/** The command line. */
typedef struct Options {
    const char *room, *header, *source, *ids, *migration_table;
    TextList sql, migrations;
} Options;

static int complaints;

Status complain(const char *path, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", path, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    complaints++;
    return STATUS_INVALID;
}

void *list_grow(Arena *arena, void *items, size_t *capacity, size_t size) {
    const size_t grown = *capacity == 0 ? 16 : *capacity * 2;
    void *larger = arena_allocate_array(arena, grown, size);
    if (*capacity > 0) {
        memcpy(larger, items, *capacity * size);
    }
    *capacity = grown;
    return larger;
}

static Status read_file(Arena *arena, const char *path, Text *ret_bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return complain(path, 1, "cannot be read: %s", strerror(errno));
    }
    char *bytes = arena_allocate(arena, SQL_BYTES_MAX);
    const size_t size = fread(bytes, 1, SQL_BYTES_MAX, file);
    const bool whole = feof(file) != 0;
    fclose(file);
    if (!whole) {
        return complain(path, 1, "is longer than %zu bytes or cannot be read", SQL_BYTES_MAX);
    }
    *ret_bytes = arena_copy(arena, (Text){bytes, size});
    return STATUS_OK;
}

static Status write_file(const char *path, const Buffer *buffer) {
    Text text = {0};
    if (buffer_take(buffer, &text) != STATUS_OK) {
        return complain(path, 1, "the C for it is longer than %zu bytes", OUTPUT_MAX);
    }
    FILE *file = fopen(path, "wb");
    const bool written = file != NULL && fwrite(text.data, 1, text.size, file) == text.size;
    if (file == NULL || (fclose(file) != 0) || !written) {
        return complain(path, 1, "cannot be written: %s", strerror(errno));
    }
    return STATUS_OK;
}

/** The last folder and the name without its extension: "src/work/0002_work.sql" gives "work" and "0002_work". */
static void split_path(Text path, Text *ret_folder, Text *ret_name) {
    Text rest = path, folder = {0}, name = {0};
    while (rest.size > 0) {
        folder = name;
        name = text_cut(&rest, '/');
    }
    *ret_folder = folder;
    *ret_name = text_ends_with(name, TEXT(".sql")) ? text_slice(name, 0, name.size - 4) : name;
}

static Status read_migrations(const Options *options, Schema *schema) {
    for (size_t i = 0; i < options->migrations.count; i++) {
        MigrationFile file = {.path = options->migrations.items[i].data};
        split_path(options->migrations.items[i], &file.room, &file.name);
        TRY(read_file(schema->arena, file.path, &file.bytes));
        LIST_ADD(schema->arena, &schema->migrations, file);
    }
    return schema_build(schema);
}

static Status make_tables(const Options *options, const Schema *schema) {
    Buffer ids = buffer_make(schema->arena, OUTPUT_MAX);
    write_ids(&ids, schema);
    TRY(write_file(options->ids, &ids));
    Buffer table = buffer_make(schema->arena, OUTPUT_MAX);
    write_migrations(&table, schema->arena, schema);
    return write_file(options->migration_table, &table);
}

/** Checks all statements, so that one run shows all complaints. */
static Status read_statements(const Options *options, const Schema *schema, Queries *queries) {
    const Text room = text_of(options->room);
    Status status = STATUS_OK;
    for (size_t i = 0; i < options->sql.count; i++) {
        Text bytes = {0};
        TRY(read_file(schema->arena, options->sql.items[i].data, &bytes));
        if (queries_read(schema, options->sql.items[i].data, room, bytes, queries) != STATUS_OK) {
            status = STATUS_INVALID;
        }
    }
    for (size_t i = 0; i < queries->count; i++) {
        if (query_check(schema, room, &queries->items[i]) != STATUS_OK) {
            status = STATUS_INVALID;
        }
    }
    TRY(status);
    return queries_join(schema->arena, queries);
}

static Status make_room(const Options *options, const Schema *schema) {
    const Text room = text_of(options->room);
    Queries queries = {0};
    TRY(read_statements(options, schema, &queries));
    Buffer header = buffer_make(schema->arena, OUTPUT_MAX);
    write_header(&header, schema->arena, room, &queries);
    TRY(write_file(options->header, &header));
    const char *slash = strrchr(options->header, '/');
    Buffer source = buffer_make(schema->arena, OUTPUT_MAX);
    write_source(&source, schema->arena, room, text_of(slash != NULL ? slash + 1 : options->header), &queries);
    return write_file(options->source, &source);
}

static bool read_options(Arena *arena, int count, char **arguments, Options *options) {
    const struct {
        const char *name;
        const char **value;
        TextList *list;
    } known[] = {
        {"--room", &options->room, NULL},
        {"--header", &options->header, NULL},
        {"--source", &options->source, NULL},
        {"--ids", &options->ids, NULL},
        {"--migration-table", &options->migration_table, NULL},
        {"--sql", NULL, &options->sql},
        {"--migrations", NULL, &options->migrations},
    };
    int at = 1;
    while (at < count) {
        size_t option = 0;
        while (option < sizeof(known) / sizeof(known[0]) && strcmp(arguments[at], known[option].name) != 0) {
            option++;
        }
        if (option == sizeof(known) / sizeof(known[0])) {
            return false;
        }
        at++;
        while (at < count && strncmp(arguments[at], "--", 2) != 0) {
            if (known[option].list != NULL) {
                LIST_ADD(arena, known[option].list, text_of(arguments[at]));
            } else {
                *known[option].value = arguments[at];
            }
            at++;
        }
    }
    const bool room = options->room != NULL && options->header != NULL && options->source != NULL;
    return room || (options->ids != NULL && options->migration_table != NULL);
}

static Status run(Arena *arena, const Options *options) {
    Schema schema = {.arena = arena};
    if (sqlite3_open(":memory:", &schema.sqlite) != SQLITE_OK) {
        return complain("sqlgen", 1, "SQLite does not open a database in memory");
    }
    Status status = read_migrations(options, &schema);
    if (status == STATUS_OK && options->ids != NULL) {
        status = make_tables(options, &schema);
    }
    if (status == STATUS_OK && options->room != NULL) {
        status = make_room(options, &schema);
    }
    sqlite3_close(schema.sqlite);
    return status;
}

int main(int count, char **arguments) {
    Arena *arena = arena_open(MEMORY_MAX);
    Options options = {0};
    if (!read_options(arena, count, arguments, &options)) {
        fputs("usage: sqlgen --room NAME --sql FILE... --migrations FILE... --header OUT.h --source OUT.c\n"
              "       sqlgen --ids OUT.h --migration-table OUT.c --migrations FILE...\n",
              stderr);
        arena_close(arena);
        return 2;
    }
    const Status status = run(arena, &options);
    arena_close(arena);
    return status == STATUS_OK && complaints == 0 ? 0 : 1;
}
