/** The statements that a migration may hold: their rules, their two spellings, and what they do to the schema. */
#include "sqlgen.h"

/** One statement on its way into the schema. */
typedef struct Step {
    Schema *schema;
    const MigrationFile *file;
    Tokens *tokens;
    size_t at;
    bool shared;
    SqlEngine engine;
} Step;

static const Token *step_token(const Step *step) {
    return token_at(step->tokens, step->at);
}

static bool step_takes(Step *step, const char *word) {
    if (!token_is(step_token(step), word)) {
        return false;
    }
    step->at++;
    return true;
}

static Status step_expect(Step *step, const char *word) {
    const Token *token = step_token(step);
    if (!step_takes(step, word)) {
        return complain(step->file->path, token->line, "expected `%s` before `%.*s`", word, TEXT_ARG(token->text));
    }
    return STATUS_OK;
}

static Status step_name(Step *step, const char *what, Text *ret_name) {
    const Token *token = step_token(step);
    if (token->kind != TOKEN_WORD) {
        return complain(step->file->path, token->line, "expected the name of a %s before `%.*s`", what,
                        TEXT_ARG(token->text));
    }
    TRY(name_check(step->file->path, token->line, what, token->text));
    step->at++;
    *ret_name = token->text;
    return STATUS_OK;
}

static Status step_own_name(Step *step, const char *what, Text *ret_name) {
    const int line = step_token(step)->line;
    TRY(step_name(step, what, ret_name));
    if (!room_owns(step->file->room, *ret_name)) {
        return complain(step->file->path, line, "the %s `%.*s` does not begin with its room's name `%.*s_`", what,
                        TEXT_ARG(*ret_name), TEXT_ARG(step->file->room));
    }
    return STATUS_OK;
}

static Table *own_table(const Schema *schema, Text name) {
    return (Table *)(uintptr_t)schema_table(schema, name);
}

/** "(chamber_id, ...": the first column of a key, from its parenthesis on. */
static Status check_key(const Step *step, size_t open, const char *key) {
    const Token *first = token_at(step->tokens, open + 1);
    if (!step->shared && !token_is(first, "chamber_id")) {
        return complain(step->file->path, first->line,
                        "this %s does not begin with chamber_id; a table that is not a chamber's carries "
                        "`-- shared: reason` above it",
                        key);
    }
    return STATUS_OK;
}

static bool word_pair(const Step *step, const char *first, const char *second) {
    return token_is(step_token(step), first) && token_is(token_at(step->tokens, step->at + 1), second);
}

/** Skips to the comma or parenthesis that ends the item of a table. */
static void step_skip_group(Step *step) {
    int depth = 0;
    do {
        depth += token_is(step_token(step), "(") ? 1 : 0;
        depth -= token_is(step_token(step), ")") ? 1 : 0;
        step->at++;
    } while (depth > 0 && step->at < step->tokens->count);
}

static bool step_item_ends(const Step *step) {
    const Token *token = step_token(step);
    return token->kind == TOKEN_END || token_is(token, ",") || token_is(token, ")");
}

/** DEFAULT of a column: a literal that both engines take for the type. */
static Status read_default(Step *step, ColumnType type) {
    step->at++;
    Token *value = &step->tokens->items[step->at];
    if (step->at >= step->tokens->count || token_is(value, "null")) {
        return complain(step->file->path, step_token(step)->line, "a column is never NULL: give another default");
    }
    step->at += token_is(value, "-") ? 2 : 1;
    const bool is_bool = token_is(value, "true") || token_is(value, "false");
    if ((type.word == TYPE_BOOL) != is_bool) {
        return complain(step->file->path, value->line, "the default of a bool is TRUE or FALSE, and of nothing else");
    }
    if ((value->kind == TOKEN_STRING) != (type.word == TYPE_TEXT || type.word == TYPE_BYTES)) {
        return complain(step->file->path, value->line, "the default does not fit the type of the column");
    }
    if (type.word == TYPE_BYTES) {
        if (value->text.size != 2) {
            return complain(step->file->path, value->line, "the only default of bytes is ''");
        }
        value->replaced = true;
        value->sqlite = TEXT("x''");
        value->postgresql = TEXT("''");
    }
    return STATUS_OK;
}

static Status read_reference(Step *step) {
    step->at++;
    const Token *token = step_token(step);
    Text name = {0};
    TRY(step_own_name(step, "referenced table", &name));
    if (schema_table(step->schema, name) == NULL) {
        return complain(step->file->path, token->line, "no migration before this one makes the table `%.*s`",
                        TEXT_ARG(name));
    }
    return STATUS_OK;
}

/** What stands behind a column's type. */
static Status read_column_rules(Step *step, Text name, ColumnType type, bool *ret_default) {
    while (!step_item_ends(step)) {
        const Token *token = step_token(step);
        if (token_is(token, "not") || token_is(token, "null")) {
            return complain(step->file->path, token->line, "every column is NOT NULL: leave it away");
        }
        if ((word_pair(step, "primary", "key") || token_is(token, "unique")) && !step->shared &&
            !text_equal(name, TEXT("chamber_id"))) {
            return complain(step->file->path, token->line,
                            "the key of `%.*s` does not begin with chamber_id: write PRIMARY KEY (chamber_id, %.*s)",
                            TEXT_ARG(name), TEXT_ARG(name));
        }
        if (token_is(token, "default")) {
            TRY(read_default(step, type));
            *ret_default = true;
        } else if (token_is(token, "references")) {
            TRY(read_reference(step));
        } else if (token_is(token, "(")) {
            step_skip_group(step);
        } else {
            step->at++;
        }
    }
    return STATUS_OK;
}

static Status read_column(Step *step, Column *ret_column, bool *ret_default) {
    Column column = {0};
    TRY(step_name(step, "column", &column.name));
    if (step->at >= step->tokens->count) {
        return complain(step->file->path, step_token(step)->line, "the column `%.*s` has no type",
                        TEXT_ARG(column.name));
    }
    Token *word = &step->tokens->items[step->at];
    if (type_read(step->schema, word->text, &column.type) != STATUS_OK) {
        return complain(step->file->path, word->line,
                        "`%.*s` is no type: use int text bytes time bool or an id type that a migration declares by "
                        "`-- ids:`",
                        TEXT_ARG(word->text));
    }
    step->at++;
    /* Texts sort by their bytes on PostgreSQL too, as on SQLite. */
    const char *collation = column.type.word == TYPE_TEXT ? " COLLATE \"C\"" : "";
    word->replaced = true;
    word->sqlite = arena_format(step->schema->arena, "%s NOT NULL", type_sqlite(column.type));
    word->postgresql = arena_format(step->schema->arena, "%s%s NOT NULL", type_postgresql(column.type), collation);
    if (text_equal(column.name, TEXT("chamber_id")) && !text_equal(column.type.id, TEXT("ChamberId"))) {
        return complain(step->file->path, word->line, "chamber_id has the type ChamberId");
    }
    *ret_default = false;
    TRY(read_column_rules(step, column.name, column.type, ret_default));
    *ret_column = column;
    return STATUS_OK;
}

/** PRIMARY KEY (...), UNIQUE (...), FOREIGN KEY (...) REFERENCES ..., CHECK (...). */
static Status read_constraint(Step *step, bool *primary) {
    if (word_pair(step, "primary", "key")) {
        *primary = true;
        TRY(check_key(step, step->at + 2, "primary key"));
    } else if (token_is(step_token(step), "unique")) {
        TRY(check_key(step, step->at + 1, "unique key"));
    }
    while (!step_item_ends(step)) {
        if (token_is(step_token(step), "references")) {
            TRY(read_reference(step));
        } else if (token_is(step_token(step), "(")) {
            step_skip_group(step);
        } else {
            step->at++;
        }
    }
    return STATUS_OK;
}

static Status read_item(Step *step, Table *table, bool *primary) {
    static const char *const constraints[] = {"primary", "unique", "foreign", "check", "constraint"};
    for (size_t i = 0; i < sizeof(constraints) / sizeof(constraints[0]); i++) {
        if (token_is(step_token(step), constraints[i])) {
            return read_constraint(step, primary);
        }
    }
    Column column = {0};
    bool has_default = false;
    const size_t from = step->at;
    TRY(read_column(step, &column, &has_default));
    for (size_t i = from; i < step->at; i++) {
        *primary = *primary || token_is(&step->tokens->items[i], "primary");
    }
    LIST_ADD(step->schema->arena, &table->columns, column);
    return STATUS_OK;
}

static Status create_table(Step *step) {
    Table table = {.room = step->file->room, .shared = step->shared};
    const int line = step_token(step)->line;
    TRY(step_own_name(step, "table", &table.name));
    TRY(step_expect(step, "("));
    bool primary = false;
    do {
        TRY(read_item(step, &table, &primary));
    } while (step_takes(step, ","));
    Token *end = &step->tokens->items[step->tokens->count - 1];
    TRY(step_expect(step, ")"));
    if (step_token(step)->kind != TOKEN_END) {
        return complain(step->file->path, step_token(step)->line, "nothing stands behind the parenthesis of a table");
    }
    if (!primary) {
        return complain(step->file->path, line, "the table `%.*s` has no primary key", TEXT_ARG(table.name));
    }
    if (!table.shared && table_column(&table, TEXT("chamber_id")) == NULL) {
        return complain(step->file->path, line, "the table `%.*s` has no chamber_id and no `-- shared: reason`",
                        TEXT_ARG(table.name));
    }
    end->replaced = true;
    end->sqlite = TEXT(") STRICT");
    end->postgresql = TEXT(")");
    LIST_ADD(step->schema->arena, &step->schema->tables, table);
    return STATUS_OK;
}

static Status create_index(Step *step, bool unique) {
    Text index = {0}, name = {0};
    TRY(step_own_name(step, "index", &index));
    TRY(step_expect(step, "on"));
    const int line = step_token(step)->line;
    TRY(step_own_name(step, "table", &name));
    const Table *table = schema_table(step->schema, name);
    if (table == NULL) {
        return complain(step->file->path, line, "no migration before this one makes the table `%.*s`", TEXT_ARG(name));
    }
    step->shared = table->shared;
    return unique ? check_key(step, step->at, "unique index") : STATUS_OK;
}

static Status create_view(Step *step) {
    const Token *token = step_token(step);
    Table view = {.room = step->file->room, .view = true, .shared = step->shared};
    TRY(step_own_name(step, "view", &view.name));
    if (!view_is_public(&view)) {
        return complain(step->file->path, token->line,
                        "the view `%.*s` is for other rooms and so begins with `%.*s_public_`", TEXT_ARG(view.name),
                        TEXT_ARG(step->file->room));
    }
    LIST_ADD(step->schema->arena, &step->schema->tables, view);
    return STATUS_OK;
}

static Status alter_table(Step *step) {
    Text name = {0};
    const int line = step_token(step)->line;
    TRY(step_expect(step, "table"));
    TRY(step_own_name(step, "table", &name));
    Table *table = own_table(step->schema, name);
    if (table == NULL) {
        return complain(step->file->path, line, "no migration before this one makes the table `%.*s`", TEXT_ARG(name));
    }
    TRY(step_expect(step, "add"));
    TRY(step_expect(step, "column"));
    Column column = {0};
    bool has_default = false;
    step->shared = table->shared;
    TRY(read_column(step, &column, &has_default));
    if (!has_default) {
        return complain(step->file->path, line,
                        "a column added to a table needs a DEFAULT, for the rows that are there");
    }
    LIST_ADD(step->schema->arena, &table->columns, column);
    return STATUS_OK;
}

static Status drop_thing(Step *step) {
    Text name = {0};
    const int line = step_token(step)->line;
    const bool view = step_takes(step, "view");
    if (!view && !step_takes(step, "index")) {
        return complain(step->file->path, line, "only views and indexes can be dropped; data stay");
    }
    TRY(step_own_name(step, view ? "view" : "index", &name));
    Tables *tables = &step->schema->tables;
    for (size_t i = 0; view && i < tables->count; i++) {
        if (text_equal(tables->items[i].name, name)) {
            tables->items[i] = tables->items[--tables->count];
        }
    }
    return STATUS_OK;
}

static Status read_statement(Step *step) {
    const Token *first = step_token(step);
    if (step_takes(step, "create")) {
        if (step_takes(step, "table")) {
            return create_table(step);
        }
        if (step_takes(step, "view")) {
            return create_view(step);
        }
        const bool unique = step_takes(step, "unique");
        if (step_takes(step, "index")) {
            return create_index(step, unique);
        }
    } else if (step_takes(step, "alter")) {
        return alter_table(step);
    } else if (step_takes(step, "drop")) {
        return drop_thing(step);
    } else if (token_is(first, "insert") || token_is(first, "update") || token_is(first, "delete")) {
        return STATUS_OK;
    }
    return complain(step->file->path, first->line,
                    "a migration holds CREATE TABLE, CREATE INDEX, CREATE VIEW, ALTER TABLE ... ADD COLUMN, DROP VIEW, "
                    "DROP INDEX, INSERT, UPDATE and DELETE; not `%.*s %.*s`",
                    TEXT_ARG(first->text), TEXT_ARG(token_at(step->tokens, 1)->text));
}

static Status run_in_memory(const Step *step) {
    const Text sql = tokens_write(step->schema->arena, step->tokens, SQL_SQLITE);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(step->schema->sqlite, sql.data, (int)sql.size, &statement, NULL) != SQLITE_OK) {
        return complain(step->file->path, tokens_line(step->tokens, sqlite3_error_offset(step->schema->sqlite)), "%s",
                        sqlite3_errmsg(step->schema->sqlite));
    }
    const int result = sqlite3_step(statement);
    sqlite3_finalize(statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW) {
        return complain(step->file->path, token_at(step->tokens, 0)->line, "%s", sqlite3_errmsg(step->schema->sqlite));
    }
    return STATUS_OK;
}

/** The columns of a view, as far as they are columns of tables. */
static Status find_view_columns(const Step *step, Table *view) {
    const Text sql = arena_format(step->schema->arena, "SELECT * FROM %.*s", TEXT_ARG(view->name));
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(step->schema->sqlite, sql.data, (int)sql.size, &statement, NULL) != SQLITE_OK) {
        return complain(step->file->path, token_at(step->tokens, 0)->line, "%s", sqlite3_errmsg(step->schema->sqlite));
    }
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const Text name = text_of(sqlite3_column_name(statement, i));
        LIST_ADD(step->schema->arena, &view->columns,
                 (Column){.name = arena_copy(step->schema->arena, name), .type = {.word = TYPE_NONE}});
    }
    sqlite3_finalize(statement);
    if (!view->shared && table_column(view, TEXT("chamber_id")) == NULL) {
        return complain(step->file->path, token_at(step->tokens, 0)->line,
                        "the view `%.*s` has no chamber_id and no `-- shared: reason`", TEXT_ARG(view->name));
    }
    return STATUS_OK;
}

/** What only one engine has, written in its own words: an index for text search, a virtual table. */
static Status apply_for_engine(Step *step) {
    TRY(step_expect(step, "create"));
    step_takes(step, "virtual");
    const bool table = step_takes(step, "table");
    if (!table) {
        TRY(step_expect(step, "index"));
    }
    Table own = {.room = step->file->room, .shared = true};
    TRY(step_own_name(step, table ? "table" : "index", &own.name));
    if (table) {
        LIST_ADD(step->schema->arena, &step->schema->tables, own);
    }
    TRY(schema_check_tables(step->schema, step->file->path, step->file->room, step->tokens));
    return step->engine == SQL_SQLITE ? run_in_memory(step) : STATUS_OK;
}

Status schema_apply(Schema *schema, const MigrationFile *file, Tokens *tokens, bool shared, SqlEngine engine) {
    Step step = {.schema = schema, .file = file, .tokens = tokens, .shared = shared, .engine = engine};
    if (engine != SQL_BOTH) {
        return apply_for_engine(&step);
    }
    TRY(tokens_check_portable(file->path, tokens));
    TRY(tokens_map_casts(schema->arena, file->path, tokens));
    TRY(read_statement(&step));
    TRY(schema_check_tables(schema, file->path, file->room, tokens));
    TRY(run_in_memory(&step));
    Table *last = schema->tables.count > 0 ? &schema->tables.items[schema->tables.count - 1] : NULL;
    if (last != NULL && last->view && last->columns.count == 0) {
        return find_view_columns(&step, last);
    }
    return STATUS_OK;
}

const Table *schema_table(const Schema *schema, Text name) {
    for (size_t i = 0; i < schema->tables.count; i++) {
        if (text_equal_ignoring_case(schema->tables.items[i].name, name)) {
            return &schema->tables.items[i];
        }
    }
    return NULL;
}

const Column *table_column(const Table *table, Text name) {
    for (size_t i = 0; i < table->columns.count; i++) {
        if (text_equal(table->columns.items[i].name, name)) {
            return &table->columns.items[i];
        }
    }
    return NULL;
}

bool room_owns(Text room, Text name) {
    return name.size > room.size + 1 && text_starts_with(name, room) && name.data[room.size] == '_';
}

bool view_is_public(const Table *table) {
    const Text rest = text_slice(table->name, table->room.size, table->name.size);
    return table->view && text_starts_with(rest, TEXT("_public_"));
}

Status schema_check_tables(const Schema *schema, const char *path, Text room, const Tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++) {
        const Table *table = tokens->items[i].kind == TOKEN_WORD ? schema_table(schema, tokens->items[i].text) : NULL;
        if (table != NULL && !text_equal(table->room, room) && !view_is_public(table)) {
            return complain(path, tokens->items[i].line,
                            "the table `%.*s` belongs to the room `%.*s`: call its functions, or read a view that it "
                            "publishes as `%.*s_public_...`",
                            TEXT_ARG(table->name), TEXT_ARG(table->room), TEXT_ARG(table->room));
        }
    }
    return STATUS_OK;
}
