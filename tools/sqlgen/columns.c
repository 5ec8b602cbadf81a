/** Result columns that may be NULL: those of a LEFT JOIN, and expressions that have no value without rows. */
#include "sqlgen.h"

/** The expressions that a statement gives back, as tokens. */
typedef struct Expressions {
    Tokens *items;
    size_t count, capacity;
} Expressions;

static bool ends_list(const Token *token) {
    static const char *const words[] = {"from",  "where", "union", "intersect", "except",
                                        "order", "limit", "group", "having",    "window"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (token_is(token, words[i])) {
            return true;
        }
    }
    return false;
}

/** Where the list of results begins: behind RETURNING, or behind the first SELECT outside all parentheses. */
static size_t list_start(const Tokens *tokens) {
    const Token *first = token_at(tokens, 0);
    const bool writes = !token_is(first, "select") && !token_is(first, "with");
    int depth = 0;
    size_t select = tokens->count;
    for (size_t i = 0; i < tokens->count; i++) {
        const Token *token = &tokens->items[i];
        depth += token_is(token, "(") ? 1 : 0;
        depth -= token_is(token, ")") ? 1 : 0;
        if (depth == 0 && token_is(token, "returning")) {
            return i + 1;
        }
        if (depth == 0 && !writes && select == tokens->count && token_is(token, "select")) {
            select = i + 1;
        }
    }
    return select;
}

static Expressions result_expressions(Arena *arena, const Tokens *tokens) {
    Expressions expressions = {0};
    size_t start = list_start(tokens);
    if (token_is(token_at(tokens, start), "distinct") || token_is(token_at(tokens, start), "all")) {
        start++;
    }
    int depth = 0;
    size_t from = start;
    for (size_t i = start; i <= tokens->count && from < tokens->count; i++) {
        const Token *token = token_at(tokens, i);
        depth += token_is(token, "(") ? 1 : 0;
        depth -= token_is(token, ")") ? 1 : 0;
        const bool end = i == tokens->count || (depth == 0 && ends_list(token));
        if (end || (depth == 0 && token_is(token, ","))) {
            LIST_ADD(arena, &expressions, tokens_slice(tokens, from, i));
            from = i + 1;
        }
        if (end) {
            break;
        }
    }
    return expressions;
}

/** Is the table or alias `name` on the side of an outer join that may be missing? */
static bool may_be_missing(const Tokens *tokens, Text name, Text table) {
    for (size_t i = 0; i + 1 < tokens->count; i++) {
        const bool left = token_is(&tokens->items[i], "left");
        if (!left && !token_is(&tokens->items[i], "full")) {
            continue;
        }
        size_t at = i + 1;
        at += token_is(token_at(tokens, at), "outer") ? 1 : 0;
        at += token_is(token_at(tokens, at), "join") ? 1 : 0;
        const Token *joined = token_at(tokens, at);
        const Token *alias = token_at(tokens, at + (token_is(token_at(tokens, at + 1), "as") ? 2 : 1));
        const bool same = name.size > 0 ? text_equal(alias->text, name) || text_equal(joined->text, name)
                                        : text_equal(joined->text, table);
        if (same) {
            return true;
        }
    }
    return false;
}

static bool has_word(const Tokens *tokens, const char *word) {
    for (size_t i = 0; i < tokens->count; i++) {
        if (token_is(&tokens->items[i], word)) {
            return true;
        }
    }
    return false;
}

/** Why an expression may be NULL; NULL when nothing speaks for it. */
static const char *null_reason(const Tokens *statement, const Tokens *expression) {
    static const char *const without_rows[] = {"max", "min", "sum", "avg", "lag", "lead", "first_value", "last_value"};
    const Token *first = token_at(expression, 0);
    if (token_is(first, "null") || token_is(first, "nullif")) {
        return "it can be NULL by its own words";
    }
    for (size_t i = 0; i < sizeof(without_rows) / sizeof(without_rows[0]); i++) {
        if (token_is(first, without_rows[i]) && token_is(token_at(expression, 1), "(") &&
            (i > 3 || !has_word(statement, "group"))) {
            return "it is NULL when there are no rows";
        }
    }
    if (token_is(first, "case") && !has_word(expression, "else")) {
        return "a CASE without ELSE is NULL when nothing fits";
    }
    if (token_is(first, "(") && token_is(token_at(expression, 1), "select") &&
        !token_is(token_at(expression, 2), "count") && !token_is(token_at(expression, 2), "coalesce")) {
        return "it is NULL when the inner SELECT finds no row";
    }
    return NULL;
}

static Status check_expression(const Schema *schema, const Query *query, const Tokens *expression, size_t index) {
    const Token *first = token_at(expression, 0);
    const bool qualified = token_is(token_at(expression, 1), ".");
    const bool plain = first->kind == TOKEN_WORD && !token_is(token_at(expression, 1), "(");
    const Text column = qualified ? token_at(expression, 2)->text : first->text;
    const char *reason = null_reason(&query->tokens, expression);
    for (size_t i = 0; plain && reason == NULL && i < schema->tables.count; i++) {
        const Table *table = &schema->tables.items[i];
        const Text name = qualified ? first->text : (Text){0};
        if (table_column(table, column) != NULL && may_be_missing(&query->tokens, name, table->name)) {
            reason = "its table stands behind a LEFT JOIN and may have no row";
        }
    }
    if (reason != NULL) {
        return complain(query->path, first->line, "the column `%.*s` may be NULL: %s; wrap it in COALESCE",
                        TEXT_ARG(query->columns.items[index].name), reason);
    }
    return STATUS_OK;
}

Status query_check_nulls(const Schema *schema, const Query *query) {
    if (query->columns.count == 0) {
        return STATUS_OK;
    }
    const Expressions expressions = result_expressions(schema->arena, &query->tokens);
    if (expressions.count != query->columns.count) {
        return complain(query->path, query->line, "the list of results of `%.*s` cannot be read: %zu instead of %zu",
                        TEXT_ARG(query->name), expressions.count, query->columns.count);
    }
    for (size_t i = 0; i < expressions.count; i++) {
        TRY(check_expression(schema, query, &expressions.items[i], i));
    }
    return STATUS_OK;
}
