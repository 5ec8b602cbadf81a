/** Whether anything has changed: every row of every table, whatever tables there are, and every stored file. */
#include "base/buffer.h"
#include "base/digest.h"
#include "capabilities/chambers/chambers_key.h"
#include "outside/outside.h"
#include "testing/site.h"

enum { TABLES_MAX = 100 };

typedef struct ColumnRow {
    Text table, column;
} ColumnRow;
static const StatementColumn column_columns[] = {
    {"table_name", VALUE_TEXT, offsetof(ColumnRow, table)},
    {"column_name", VALUE_TEXT, offsetof(ColumnRow, column)},
};
static const Statement columns_statement = {
    .name = "site_columns",
    .sqlite = "SELECT m.name AS table_name, p.name AS column_name FROM sqlite_master m JOIN pragma_table_info(m.name) p"
              " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'kept!_%' ESCAPE '!' ORDER BY "
              "m.name, p.cid",
    .postgresql = "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c"
                  " JOIN information_schema.tables t ON t.table_name = c.table_name AND t.table_schema = c.table_schema"
                  " WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
                  " AND t.table_name NOT LIKE 'kept!_%' ESCAPE '!'"
                  " ORDER BY c.table_name, c.ordinal_position",
    .columns = column_columns,
    .column_count = 2,
    .row_size = sizeof(ColumnRow),
};

typedef struct StateRow {
    Text table, row;
} StateRow;
static const StatementColumn state_columns[] = {
    {"table_name", VALUE_TEXT, offsetof(StateRow, table)},
    {"row", VALUE_TEXT, offsetof(StateRow, row)},
};

typedef struct TableState {
    Text name;
    int64_t rows;
    Sha256 digest; /**< of the sorted rows, one behind the other */
} TableState;

typedef struct State {
    Arena *arena;
    const Statement *statement;
    TableState tables[TABLES_MAX];
    size_t count;
} State;

/* One SELECT over all tables: the name of each and its rows as text. */
static Status write_statement(Connection *connection, void *context) {
    State *state = context;
    void *items = NULL;
    size_t count = 0;
    Buffer sqlite = buffer_make(state->arena, (size_t)1 << 20), postgresql = buffer_make(state->arena, (size_t)1 << 20);
    TRY(statement_many(connection, state->arena, &columns_statement, NULL, &items, &count));
    const ColumnRow *rows = items;
    for (size_t i = 0; i < count; i++) {
        const bool first = i == 0 || !text_equal(rows[i].table, rows[i - 1].table);
        const bool last = i + 1 == count || !text_equal(rows[i].table, rows[i + 1].table);
        if (first) {
            const char *join = i == 0 ? "" : " UNION ALL ";
            buffer_format(&sqlite, "%sSELECT '%.*s' AS table_name, ", join, TEXT_ARG(rows[i].table));
            buffer_format(&postgresql, "%sSELECT '%.*s'::text AS table_name, t::text AS row FROM \"%.*s\" t", join,
                          TEXT_ARG(rows[i].table), TEXT_ARG(rows[i].table));
        }
        buffer_format(&sqlite, "%squote(\"%.*s\")", first ? "" : " || ',' || ", TEXT_ARG(rows[i].column));
        if (last) {
            buffer_format(&sqlite, " AS row FROM \"%.*s\"", TEXT_ARG(rows[i].table));
        }
    }
    buffer_append(&sqlite, TEXT(" ORDER BY 1, 2"));
    buffer_append(&postgresql, TEXT(" ORDER BY 1, 2"));
    CHECK(!sqlite.overflow && !postgresql.overflow);
    Statement *statement = arena_new(state->arena, Statement);
    *statement = (Statement){.name = "site_state",
                             .sqlite = arena_c_string(state->arena, (Text){sqlite.data, sqlite.size}),
                             .postgresql = arena_c_string(state->arena, (Text){postgresql.data, postgresql.size}),
                             .columns = state_columns,
                             .column_count = 2,
                             .row_size = sizeof(StateRow)};
    state->statement = statement;
    return STATUS_OK;
}

static Status add_row(const void *row, void *context) {
    const StateRow *read = row;
    State *state = context;
    if (state->count == 0 || !text_equal(state->tables[state->count - 1].name, read->table)) {
        CHECK(state->count < TABLES_MAX);
        state->tables[state->count++].name = arena_copy(state->arena, read->table);
    }
    TableState *table = &state->tables[state->count - 1];
    const Text parts[] = {sha256_text(&table->digest), read->row};
    table->rows++;
    table->digest = sha256_of_parts(parts, 2);
    return STATUS_OK;
}

static Status read_state(Connection *connection, void *context) {
    State *state = context;
    return statement_each(connection, state->arena, state->statement, NULL, add_row, state);
}

static Status add_file(const Sha256 *digest, void *context) {
    TableState *files = context;
    files->rows++;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        files->digest.bytes[i] ^= digest->bytes[i]; /* whatever the order of the directory */
    }
    return STATUS_OK;
}

static void write_line(Buffer *buffer, Arena *arena, const TableState *table) {
    const Text digest = sha256_hex(arena, &table->digest);
    buffer_format(buffer, "%.*s %lld %.16s\n", TEXT_ARG(table->name), (long long)table->rows, digest.data);
}

Text site_state(const Site *site) {
    static const Statement *statement; /* connections keep it prepared by its address; a test has one database */
    Arena *arena = arena_open((size_t)256 << 20);
    State state = {.arena = site->arena, .statement = statement};
    TableState files = {.name = TEXT("(files)")};
    Buffer words = buffer_make(site->arena, (size_t)64 << 10);
    if (statement == NULL) {
        CHECK_OK(database_read(site->database, write_statement, &state));
        statement = state.statement;
    }
    state.arena = arena;
    CHECK_OK(database_read(site->database, read_state, &state));
    CHECK_OK(blobs_each(site->world->outside->blobs, add_file, &files));
    for (size_t i = 0; i < state.count; i++) {
        write_line(&words, arena, &state.tables[i]);
    }
    write_line(&words, arena, &files);
    arena_close(arena);
    return (Text){words.data, words.size};
}

Text site_difference(Arena *arena, Text before, Text after) {
    Buffer words = buffer_make(arena, (size_t)64 << 10);
    for (Text rest = after; rest.size > 0;) {
        const Text line = text_cut(&rest, '\n');
        if (!text_find(before, arena_format(arena, "%.*s\n", TEXT_ARG(line)), &(size_t){0})) {
            buffer_format(&words, "%.*s; ", TEXT_ARG(line));
        }
    }
    return (Text){words.data, words.size};
}

/* A script that does one thing to each table; "$" stands for its name. */
static Status run_for_each(Connection *connection, void *context) {
    const char *const *lines = context;
    Arena *arena = arena_open((size_t)64 << 20);
    void *items = NULL;
    size_t count = 0;
    Buffer script = buffer_make(arena, (size_t)1 << 20);
    Status status = statement_many(connection, arena, &columns_statement, NULL, &items, &count);
    const ColumnRow *rows = items;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && text_equal(rows[i].table, rows[i - 1].table)) {
            continue;
        }
        for (Text rest = text_of(*lines); rest.size > 0;) {
            const bool more = text_find(rest, TEXT("$"), &(size_t){0});
            buffer_append(&script, text_cut(&rest, '$'));
            buffer_append(&script, more ? rows[i].table : (Text){NULL, 0});
        }
    }
    CHECK(!script.overflow);
    status = status == STATUS_OK ? database_script(connection, (Text){script.data, script.size}) : status;
    arena_close(arena);
    return status;
}

void site_keep(const Site *site) {
    const char *lines = "CREATE TABLE kept_$ AS SELECT * FROM $;";
    CHECK_OK(database_write(site->database, run_for_each, &lines));
}

void site_restore(const Site *site) {
    const char *lines = "DELETE FROM $; INSERT INTO $ SELECT * FROM kept_$;";
    CHECK_OK(database_write(site->database, run_for_each, &lines));
    chambers_forget();
}
