/** The rules of a statement: its parameters, its chamber, its tables, its columns, as SQLite itself sees them. */
#include "sqlgen.h"

#include <string.h>

static bool gives_rows(const Query *query) {
    return query->shape == SHAPE_ONE || query->shape == SHAPE_MANY || query->shape == SHAPE_EACH;
}

static Status check_kind(const Query *query) {
    static const char *const kinds[] = {"select", "with", "insert", "update", "delete"};
    const Token *first = token_at(&query->tokens, 0);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (token_is(first, kinds[i])) {
            return STATUS_OK;
        }
    }
    return complain(query->path, first->line, "a statement is SELECT, WITH, INSERT, UPDATE or DELETE; not `%.*s`",
                    TEXT_ARG(first->text));
}

static Status check_parameters(const Query *query) {
    static const char *const taken[] = {"connection", "arena",    "each",       "context",
                                        "ret_row",    "ret_rows", "parameters", "ret_count"};
    bool used[100] = {false};
    for (size_t i = 0; i < query->tokens.count; i++) {
        const Token *token = &query->tokens.items[i];
        if (token->kind != TOKEN_PARAMETER) {
            continue;
        }
        if ((size_t)token->number > query->parameters.count) {
            return complain(query->path, token->line, "$%d has no name: add it to `-- param`", token->number);
        }
        used[token->number] = true;
    }
    if (query->parameters.count > 99) {
        return complain(query->path, query->line, "more than 99 parameters");
    }
    for (size_t i = 0; i < query->parameters.count; i++) {
        const Text name = query->parameters.items[i].name;
        if (!used[i + 1]) {
            return complain(query->path, query->line, "the parameter `%.*s` ($%zu) is not used", TEXT_ARG(name), i + 1);
        }
        for (size_t k = 0; k < sizeof(taken) / sizeof(taken[0]); k++) {
            if (text_equal(name, text_of(taken[k]))) {
                return complain(query->path, query->line,
                                "the parameter name `%.*s` is taken by the generated function", TEXT_ARG(name));
            }
        }
    }
    return STATUS_OK;
}

/** Is the `chamber_id` at `at` compared with something by `=`? Each comparison is counted at its left side. */
static bool compares_chamber(const Tokens *tokens, size_t at) {
    if (token_is(token_at(tokens, at + 1), "=")) {
        return true;
    }
    const size_t start = at >= 2 && token_is(token_at(tokens, at - 1), ".") ? at - 2 : at;
    if (start < 1) {
        return false;
    }
    const Token *before = token_at(tokens, start - 1);
    if (token_is(before, "=")) {
        return !(start >= 2 && token_is(token_at(tokens, start - 2), "chamber_id"));
    }
    return start >= 2 && token_is(before, "(") && token_is(token_at(tokens, start - 2), "using");
}

static bool is_chambers_table(const Schema *schema, const Token *token) {
    const Table *table = token->kind == TOKEN_WORD ? schema_table(schema, token->text) : NULL;
    return table != NULL && !table->shared;
}

/** The first column that an INSERT fills. */
static Status check_insert(const Schema *schema, const Query *query, size_t at) {
    if (!is_chambers_table(schema, token_at(&query->tokens, at + 1))) {
        return STATUS_OK;
    }
    if (!token_is(token_at(&query->tokens, at + 2), "(") || !token_is(token_at(&query->tokens, at + 3), "chamber_id")) {
        return complain(query->path, token_at(&query->tokens, at)->line,
                        "an INSERT names its columns, and the first of them is chamber_id");
    }
    return STATUS_OK;
}

static Status check_chamber(const Schema *schema, const Query *query) {
    size_t tables = 0, inserts = 0, comparisons = 0;
    for (size_t i = 0; i < query->tokens.count; i++) {
        const Token *token = &query->tokens.items[i];
        const bool into = i > 0 && token_is(token_at(&query->tokens, i - 1), "into");
        if (token_is(token, "into")) {
            TRY(check_insert(schema, query, i));
        }
        /* `table.column` names a table a second time and is no further source of rows. */
        if (is_chambers_table(schema, token) && !token_is(token_at(&query->tokens, i + 1), ".")) {
            tables += into ? 0 : 1;
            inserts += into ? 1 : 0;
        } else if (token_is(token, "chamber_id") && compares_chamber(&query->tokens, i)) {
            comparisons++;
        }
    }
    if (query->across_chambers || tables + inserts == 0) {
        return STATUS_OK;
    }
    const Column *first = query->parameters.count > 0 ? &query->parameters.items[0] : NULL;
    if (first == NULL || !text_equal(first->name, TEXT("chamber")) || !text_equal(first->type.id, TEXT("ChamberId"))) {
        return complain(
            query->path, query->line,
            "`%.*s` works on a chamber's rows, so its first parameter is `chamber ChamberId`; what is meant "
            "to see all chambers says `-- across chambers: reason`",
            TEXT_ARG(query->name));
    }
    if (comparisons < tables) {
        return complain(query->path, query->line,
                        "`%.*s` reads a chamber's tables %zu times but compares chamber_id %zu times: each table is "
                        "bound to the chamber, in its WHERE or in its ON",
                        TEXT_ARG(query->name), tables, comparisons);
    }
    return STATUS_OK;
}

static const Column *annotation(const Query *query, Text name) {
    for (size_t i = 0; i < query->annotations.count; i++) {
        if (text_equal(query->annotations.items[i].name, name)) {
            return &query->annotations.items[i];
        }
    }
    return NULL;
}

static const Column *schema_column(const Schema *schema, sqlite3_stmt *statement, int index) {
    const char *table_name = sqlite3_column_table_name(statement, index);
    const char *origin = sqlite3_column_origin_name(statement, index);
    const Table *table = table_name != NULL ? schema_table(schema, text_of(table_name)) : NULL;
    return table != NULL && origin != NULL ? table_column(table, text_of(origin)) : NULL;
}

static Status find_column(const Schema *schema, Query *query, sqlite3_stmt *statement, int index) {
    const Text name = arena_copy(schema->arena, text_of(sqlite3_column_name(statement, index)));
    if (!name_is_snake_case(name) || name_is_c_keyword(name)) {
        return complain(query->path, query->line, "column %d of `%.*s`, `%.*s`, needs a name for C: write AS name",
                        index + 1, TEXT_ARG(query->name), TEXT_ARG(name));
    }
    for (size_t i = 0; i < query->columns.count; i++) {
        if (text_equal(query->columns.items[i].name, name)) {
            return complain(query->path, query->line, "two columns of `%.*s` are named `%.*s`", TEXT_ARG(query->name),
                            TEXT_ARG(name));
        }
    }
    const Column *plain = schema_column(schema, statement, index);
    const Column *typed = annotation(query, name);
    if (plain == NULL && typed == NULL) {
        return complain(query->path, query->line, "`%.*s` is an expression: say its type by `-- column %.*s TYPE`",
                        TEXT_ARG(name), TEXT_ARG(name));
    }
    if (plain != NULL && typed != NULL && !type_same_storage(plain->type, typed->type)) {
        return complain(query->path, query->line, "`%.*s` is %s in the schema, not %s", TEXT_ARG(name),
                        type_words(schema->arena, plain->type), type_words(schema->arena, typed->type));
    }
    LIST_ADD(schema->arena, &query->columns, (Column){.name = name, .type = typed != NULL ? typed->type : plain->type});
    return STATUS_OK;
}

static Status check_annotations(const Query *query) {
    for (size_t i = 0; i < query->annotations.count; i++) {
        bool found = false;
        for (size_t k = 0; k < query->columns.count; k++) {
            found = found || text_equal(query->annotations.items[i].name, query->columns.items[k].name);
        }
        if (!found) {
            return complain(query->path, query->line, "`-- column %.*s`: the statement has no such column",
                            TEXT_ARG(query->annotations.items[i].name));
        }
    }
    return STATUS_OK;
}

static Status check_prepared(const Schema *schema, Query *query, sqlite3_stmt *statement) {
    const int count = sqlite3_column_count(statement);
    if (gives_rows(query) && count == 0) {
        return complain(query->path, query->line, "`%.*s` gives no columns: its shape is :exec or :rows",
                        TEXT_ARG(query->name));
    }
    if (!gives_rows(query) && count > 0) {
        return complain(query->path, query->line, "`%.*s` gives columns: its shape is :one, :many or :each",
                        TEXT_ARG(query->name));
    }
    if (query->shape == SHAPE_EACH && sqlite3_stmt_readonly(statement) == 0) {
        return complain(query->path, query->line, "`%.*s` writes: its shape is not :each", TEXT_ARG(query->name));
    }
    for (int i = 0; i < count; i++) {
        TRY(find_column(schema, query, statement, i));
    }
    TRY(check_annotations(query));
    return query_check_nulls(schema, query);
}

/** Runs a statement with empty values and takes it back: SQLite tells of values of the wrong type only then. */
static Status try_run(const Schema *schema, const Query *query, sqlite3_stmt *statement) {
    for (size_t i = 0; i < query->parameters.count; i++) {
        const TypeWord word = query->parameters.items[i].type.word;
        const int at = (int)i + 1;
        const int code = word == TYPE_TEXT    ? sqlite3_bind_text(statement, at, "", 0, SQLITE_STATIC)
                         : word == TYPE_BYTES ? sqlite3_bind_zeroblob(statement, at, 0)
                                              : sqlite3_bind_int64(statement, at, 0);
        if (code != SQLITE_OK) {
            return complain(query->path, query->line, "%s", sqlite3_errmsg(schema->sqlite));
        }
    }
    sqlite3_exec(schema->sqlite, "SAVEPOINT try", NULL, NULL, NULL);
    const int code = sqlite3_step(statement);
    const int reason = sqlite3_extended_errcode(schema->sqlite);
    Status status = STATUS_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE &&
        (code != SQLITE_CONSTRAINT || reason == SQLITE_CONSTRAINT_DATATYPE)) {
        status =
            complain(query->path, query->line, "`%.*s`: %s%s", TEXT_ARG(query->name), sqlite3_errmsg(schema->sqlite),
                     reason == SQLITE_CONSTRAINT_DATATYPE ? " (no bytes are written CAST('' AS bytes))" : "");
    }
    sqlite3_reset(statement);
    sqlite3_exec(schema->sqlite, "ROLLBACK TO try; RELEASE try", NULL, NULL, NULL);
    return status;
}

static Status prepare(const Schema *schema, Query *query) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(schema->sqlite, query->sqlite.data, (int)query->sqlite.size, &statement, NULL) !=
        SQLITE_OK) {
        return complain(query->path, tokens_line(&query->tokens, sqlite3_error_offset(schema->sqlite)), "%s",
                        sqlite3_errmsg(schema->sqlite));
    }
    Status status = check_prepared(schema, query, statement);
    if (status == STATUS_OK && query->engine == SQL_BOTH) {
        status = try_run(schema, query, statement);
    }
    sqlite3_finalize(statement);
    return status;
}

Status query_check(const Schema *schema, Text room, Query *query) {
    TRY(check_kind(query));
    if (query->engine == SQL_BOTH) {
        TRY(tokens_check_portable(query->path, &query->tokens));
    }
    TRY(tokens_map_casts(schema->arena, query->path, &query->tokens));
    TRY(check_parameters(query));
    TRY(schema_check_tables(schema, query->path, room, &query->tokens));
    TRY(check_chamber(schema, query));
    if (query->engine != SQL_SQLITE) {
        query->postgresql = tokens_write(schema->arena, &query->tokens, SQL_POSTGRESQL);
    }
    if (query->engine != SQL_POSTGRESQL) {
        query->sqlite = tokens_write(schema->arena, &query->tokens, SQL_SQLITE);
        TRY(prepare(schema, query));
    }
    return STATUS_OK;
}
