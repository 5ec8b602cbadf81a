/** Named statements: reading a room's .sql file, and joining the twins of one name. */
#include "sqlgen.h"

static const struct {
    const char *word;
    Shape shape;
} shapes[] = {
    {":one", SHAPE_ONE}, {":many", SHAPE_MANY}, {":each", SHAPE_EACH}, {":exec", SHAPE_EXEC}, {":rows", SHAPE_ROWS},
};

static bool shape_gives_rows(Shape shape) {
    return shape == SHAPE_ONE || shape == SHAPE_MANY || shape == SHAPE_EACH;
}

static Status read_shape(Query *query, int line, Text word) {
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (text_equal(word, text_of(shapes[i].word))) {
            query->shape = shapes[i].shape;
            return STATUS_OK;
        }
    }
    return complain(query->path, line, "the shape `%.*s` is not one of :one :many :each :exec :rows", TEXT_ARG(word));
}

/** "documents_waiting :many" */
static Status read_name(Query *query, Text room, int line, Text value) {
    query->name = text_trim(text_cut(&value, ' '));
    if (!name_is_snake_case(query->name) || !room_owns(room, query->name)) {
        return complain(query->path, line, "the statement `%.*s` does not begin with its room's name `%.*s_`",
                        TEXT_ARG(query->name), TEXT_ARG(room));
    }
    return read_shape(query, line, text_trim(value));
}

/** "chamber ChamberId, before Time": names and types by commas. */
static Status read_names_and_types(const Schema *schema, Query *query, int line, Text list, Columns *columns) {
    while (list.size > 0) {
        Text item = text_trim(text_cut(&list, ','));
        Column column = {.name = text_cut(&item, ' ')};
        if (!name_is_snake_case(column.name) || name_is_c_keyword(column.name)) {
            return complain(query->path, line, "`%.*s` is no name in lower_case for C", TEXT_ARG(column.name));
        }
        if (type_read(schema, text_trim(item), &column.type) != STATUS_OK) {
            return complain(query->path, line, "`%.*s` is no type: use int text bytes time bool or an id type",
                            TEXT_ARG(item));
        }
        for (size_t i = 0; i < columns->count; i++) {
            if (text_equal(columns->items[i].name, column.name)) {
                return complain(query->path, line, "`%.*s` is named twice", TEXT_ARG(column.name));
            }
        }
        LIST_ADD(schema->arena, columns, column);
    }
    return STATUS_OK;
}

static bool starts_line(Text text, Text key, Text *ret_value) {
    if (!text_starts_with(text, key)) {
        return false;
    }
    *ret_value = text_trim(text_slice(text, key.size, text.size));
    return true;
}

static Status read_engine(Query *query, int line, Text value) {
    if (text_equal(value, TEXT("sqlite"))) {
        query->engine = SQL_SQLITE;
    } else if (text_equal(value, TEXT("postgresql"))) {
        query->engine = SQL_POSTGRESQL;
    } else {
        return complain(query->path, line, "`-- engine:` is sqlite or postgresql");
    }
    return STATUS_OK;
}

/** One comment line of a statement. */
static Status read_comment(const Schema *schema, Query *query, const Token *comment) {
    Text value = {0};
    const Text text = comment->text;
    if (starts_line(text, TEXT("param "), &value)) {
        return read_names_and_types(schema, query, comment->line, value, &query->parameters);
    }
    if (starts_line(text, TEXT("column "), &value)) {
        return read_names_and_types(schema, query, comment->line, value, &query->annotations);
    }
    if (starts_line(text, TEXT("row:"), &value)) {
        query->row = value;
        query->row_named = true;
        return name_is_camel_case(value)
                   ? STATUS_OK
                   : complain(query->path, comment->line, "the row type `%.*s` is not CamelCase", TEXT_ARG(value));
    }
    if (starts_line(text, TEXT("engine:"), &value)) {
        return read_engine(query, comment->line, value);
    }
    if (starts_line(text, TEXT("across chambers:"), &value)) {
        query->across_chambers = true;
        return value.size > 0 ? STATUS_OK
                              : complain(query->path, comment->line, "`-- across chambers:` needs a reason");
    }
    LIST_ADD(schema->arena, &query->documentation, text);
    return STATUS_OK;
}

/** Reads one statement from its `-- name:` line to its semicolon. */
static Status read_query(const Schema *schema, Text room, const Tokens *tokens, size_t *at, Query *query) {
    Text value = {0};
    bool is_name = starts_line(tokens->items[*at].text, TEXT("name:"), &value);
    query->line = tokens->items[*at].line;
    Status status = is_name ? read_name(query, room, query->line, value) : STATUS_INVALID;
    bool ended = false;
    for ((*at)++; *at < tokens->count && !ended; (*at)++) {
        const Token *token = &tokens->items[*at];
        is_name = token->kind == TOKEN_COMMENT && starts_line(token->text, TEXT("name:"), &value);
        if (is_name) {
            break;
        }
        ended = token_is(token, ";");
        if (token->kind == TOKEN_COMMENT) {
            /* Behind the first word of SQL a comment is only for its reader. */
            status = status == STATUS_OK && query->tokens.count == 0 ? read_comment(schema, query, token) : status;
        } else if (status == STATUS_OK && !ended) {
            LIST_ADD(schema->arena, &query->tokens, *token);
        }
    }
    TRY(status);
    if (!ended || query->tokens.count == 0) {
        return complain(query->path, query->line, "the statement `%.*s` has no SQL that ends with `;`",
                        TEXT_ARG(query->name));
    }
    if (query->documentation.count == 0 && query->engine != SQL_POSTGRESQL) {
        return complain(query->path, query->line, "the statement `%.*s` has no comment line that says what it does",
                        TEXT_ARG(query->name));
    }
    if (query->row_named && !shape_gives_rows(query->shape)) {
        return complain(query->path, query->line, "`%.*s` gives no rows and so has no row type", TEXT_ARG(query->name));
    }
    return STATUS_OK;
}

Status queries_read(const Schema *schema, const char *path, Text room, Text sql, Queries *queries) {
    Tokens tokens = {0};
    TRY(tokens_read(schema->arena, path, sql, &tokens));
    Status status = STATUS_OK;
    size_t at = 0;
    while (at < tokens.count) {
        Text value = {0};
        const Token *token = &tokens.items[at];
        if (token->kind != TOKEN_COMMENT) {
            return complain(path, token->line, "SQL outside a statement: begin it with `-- name: %.*s_... :shape`",
                            TEXT_ARG(room));
        }
        if (!starts_line(token->text, TEXT("name:"), &value)) {
            at++;
            continue;
        }
        Query query = {.path = path};
        if (read_query(schema, room, &tokens, &at, &query) == STATUS_OK) {
            LIST_ADD(schema->arena, queries, query);
        } else {
            status = STATUS_INVALID;
        }
    }
    return status;
}

static bool columns_equal(const Columns *a, const Columns *b) {
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (!text_equal(a->items[i].name, b->items[i].name) || !type_equal(a->items[i].type, b->items[i].type)) {
            return false;
        }
    }
    return true;
}

/** Two statements of one name: the twins for SQLite and PostgreSQL, which become one. */
static Status join_twins(Query *sqlite, const Query *postgresql) {
    const char *path = postgresql->path;
    if (sqlite->engine != SQL_SQLITE || postgresql->engine != SQL_POSTGRESQL) {
        return complain(path, postgresql->line,
                        "the statement `%.*s` is there already; twins are marked `-- engine: sqlite`, then "
                        "`-- engine: postgresql`",
                        TEXT_ARG(postgresql->name));
    }
    if (sqlite->shape != postgresql->shape) {
        return complain(path, postgresql->line, "the twins of `%.*s` differ in their shape", TEXT_ARG(sqlite->name));
    }
    if (!columns_equal(&sqlite->parameters, &postgresql->parameters)) {
        return complain(path, postgresql->line, "the twins of `%.*s` differ in their parameters",
                        TEXT_ARG(sqlite->name));
    }
    sqlite->postgresql = postgresql->postgresql;
    return STATUS_OK;
}

static Status check_alone(const Queries *queries) {
    Status status = STATUS_OK;
    for (size_t i = 0; i < queries->count; i++) {
        const Query *query = &queries->items[i];
        if (query->sqlite.size == 0 || query->postgresql.size == 0) {
            status = complain(query->path, query->line, "the statement `%.*s` has no twin for the other engine",
                              TEXT_ARG(query->name));
        }
    }
    return status;
}

/** Statements that share a row type must give the same columns. */
static Status check_rows(Arena *arena, Queries *queries) {
    Status status = STATUS_OK;
    for (size_t i = 0; i < queries->count; i++) {
        Query *query = &queries->items[i];
        if (!shape_gives_rows(query->shape)) {
            continue;
        }
        if (!query->row_named) {
            const Text name = name_camel_case(arena, query->name);
            query->row = arena_format(arena, "%.*sRow", TEXT_ARG(name));
        }
        for (size_t k = 0; k < i; k++) {
            if (text_equal(queries->items[k].row, query->row) &&
                !columns_equal(&queries->items[k].columns, &query->columns)) {
                status = complain(query->path, query->line,
                                  "`%.*s` and `%.*s` share the row type %.*s but differ in columns",
                                  TEXT_ARG(queries->items[k].name), TEXT_ARG(query->name), TEXT_ARG(query->row));
                break;
            }
        }
    }
    return status;
}

Status queries_join(Arena *arena, Queries *queries) {
    Status status = STATUS_OK;
    size_t kept = 0;
    for (size_t i = 0; i < queries->count; i++) {
        size_t twin = 0;
        while (twin < kept && !text_equal(queries->items[twin].name, queries->items[i].name)) {
            twin++;
        }
        if (twin == kept) {
            queries->items[kept++] = queries->items[i];
        } else if (join_twins(&queries->items[twin], &queries->items[i]) != STATUS_OK) {
            status = STATUS_INVALID;
        }
    }
    queries->count = kept;
    TRY(status);
    TRY(check_alone(queries));
    return check_rows(arena, queries);
}
