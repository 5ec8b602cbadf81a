/** The C of a room's statements: row types, parameter structs, functions. */
#include "sqlgen.h"

#include <ctype.h>

static bool as_struct(const Query *query) {
    return query->parameters.count > PARAMETERS_AS_LIST_MAX;
}

static Text upper(Arena *arena, Text name) {
    char *letters = arena_c_string(arena, name);
    for (size_t i = 0; i < name.size; i++) {
        letters[i] = (char)toupper((unsigned char)letters[i]);
    }
    return (Text){letters, name.size};
}

void write_literal(Buffer *out, const char *indent, Text text) {
    Text rest = text;
    do {
        const Text line = text_cut(&rest, '\n');
        buffer_format(out, "\n%s\"", indent);
        for (size_t i = 0; i < line.size; i++) {
            if (line.data[i] == '"' || line.data[i] == '\\') {
                buffer_append_byte(out, '\\');
            }
            buffer_append_byte(out, line.data[i]);
        }
        buffer_append(out, rest.size > 0 ? TEXT("\\n\"") : TEXT("\""));
    } while (rest.size > 0);
}

static void write_struct(Buffer *out, Arena *arena, const Columns *columns, Text name) {
    buffer_format(out, "typedef struct %.*s {\n", TEXT_ARG(name));
    for (size_t i = 0; i < columns->count; i++) {
        buffer_format(out, "    %s %.*s;\n", type_c(arena, columns->items[i].type), TEXT_ARG(columns->items[i].name));
    }
    buffer_format(out, "} %.*s;\n", TEXT_ARG(name));
}

static bool row_is_new(const Queries *queries, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (text_equal(queries->items[i].row, queries->items[index].row)) {
            return false;
        }
    }
    return queries->items[index].row.size > 0;
}

static void write_types(Buffer *out, Arena *arena, const Queries *queries) {
    for (size_t i = 0; i < queries->count; i++) {
        const Query *query = &queries->items[i];
        if (row_is_new(queries, i)) {
            write_struct(out, arena, &query->columns, query->row);
            buffer_format(out, "typedef struct %.*ss {\n    %.*s *items;\n    size_t count;\n} %.*ss;\n\n",
                          TEXT_ARG(query->row), TEXT_ARG(query->row), TEXT_ARG(query->row));
        }
        if (as_struct(query)) {
            write_struct(out, arena, &query->parameters, name_camel_case(arena, query->name));
            buffer_append_byte(out, '\n');
        }
    }
}

static void write_parameters(Buffer *out, Arena *arena, const Query *query) {
    if (as_struct(query)) {
        const Text name = name_camel_case(arena, query->name);
        buffer_format(out, ", const %.*s *parameters", TEXT_ARG(name));
        return;
    }
    for (size_t i = 0; i < query->parameters.count; i++) {
        const Column *parameter = &query->parameters.items[i];
        buffer_format(out, ", %s %.*s", type_c(arena, parameter->type), TEXT_ARG(parameter->name));
    }
}

static void write_prototype(Buffer *out, Arena *arena, const Query *query) {
    const bool rows = query->row.size > 0;
    buffer_format(out, "Status %.*s(Connection *connection%s", TEXT_ARG(query->name), rows ? ", Arena *arena" : "");
    write_parameters(out, arena, query);
    switch (query->shape) {
    case SHAPE_ONE:
        buffer_format(out, ", %.*s *ret_row)", TEXT_ARG(query->row));
        break;
    case SHAPE_MANY:
        buffer_format(out, ", %.*ss *ret_rows)", TEXT_ARG(query->row));
        break;
    case SHAPE_EACH:
        buffer_format(out, ", Status (*each)(const %.*s *row, void *context), void *context)", TEXT_ARG(query->row));
        break;
    case SHAPE_ROWS:
        buffer_append(out, TEXT(", int64_t *ret_count)"));
        break;
    case SHAPE_EXEC:
        buffer_append(out, TEXT(")"));
        break;
    }
}

/** A comment of SQL as a comment of C, without what a documentation tool would take for a command. */
static void write_documentation(Buffer *out, const Query *query) {
    buffer_append(out, TEXT("/**"));
    for (size_t i = 0; i < query->documentation.count; i++) {
        buffer_append(out, i == 0 ? TEXT(" ") : TEXT("\n * "));
        const Text line = query->documentation.items[i];
        for (size_t k = 0; k < line.size; k++) {
            const char byte = line.data[k];
            const bool command = byte == '@' || byte == '\\' || byte == '<' || byte == '>';
            const bool end = byte == '*' && k + 1 < line.size && line.data[k + 1] == '/';
            buffer_append_byte(out, command || end ? '\'' : byte);
        }
    }
    buffer_append(out, TEXT(" */\n"));
}

void write_header(Buffer *out, Arena *arena, Text room, const Queries *queries) {
    const Text guard = upper(arena, room);
    buffer_format(out, "/** The statements of %.*s, made by sqlgen. */\n#ifndef TRADEPOST_%.*s_SQL_H\n", TEXT_ARG(room),
                  TEXT_ARG(guard));
    buffer_format(out,
                  "#define TRADEPOST_%.*s_SQL_H\n\n#include \"base/clock.h\"\n#include \"database/statement.h\"\n"
                  "#include \"ids.h\"\n\n",
                  TEXT_ARG(guard));
    write_types(out, arena, queries);
    for (size_t i = 0; i < queries->count; i++) {
        write_documentation(out, &queries->items[i]);
        buffer_append(out, TEXT("MUST_USE "));
        write_prototype(out, arena, &queries->items[i]);
        buffer_append(out, TEXT(";\n\n"));
    }
    buffer_format(out,
                  "/** All of them, for the test that runs each on both engines. */\n"
                  "extern const Statement *const %.*s_statements[];\nextern const size_t %.*s_statement_count;\n\n"
                  "#endif\n",
                  TEXT_ARG(room), TEXT_ARG(room));
}

static void write_statement(Buffer *out, const Query *query) {
    if (query->parameters.count > 0) {
        buffer_format(out, "static const ValueKind %.*s_parameters[] = {", TEXT_ARG(query->name));
        for (size_t i = 0; i < query->parameters.count; i++) {
            buffer_format(out, "%s%s", i > 0 ? ", " : "", type_kind(query->parameters.items[i].type));
        }
        buffer_append(out, TEXT("};\n"));
    }
    if (query->columns.count > 0) {
        buffer_format(out, "static const StatementColumn %.*s_columns[] = {\n", TEXT_ARG(query->name));
        for (size_t i = 0; i < query->columns.count; i++) {
            const Column *column = &query->columns.items[i];
            buffer_format(out, "    {\"%.*s\", %s, offsetof(%.*s, %.*s)},\n", TEXT_ARG(column->name),
                          type_kind(column->type), TEXT_ARG(query->row), TEXT_ARG(column->name));
        }
        buffer_append(out, TEXT("};\n"));
    }
    buffer_format(out, "static const Statement %.*s_statement = {\n    .name = \"%.*s\",\n    .sqlite =",
                  TEXT_ARG(query->name), TEXT_ARG(query->name));
    write_literal(out, "        ", query->sqlite);
    buffer_append(out, TEXT(",\n    .postgresql ="));
    write_literal(out, "        ", query->postgresql);
    buffer_append(out, TEXT(",\n"));
    if (query->parameters.count > 0) {
        buffer_format(out, "    .parameters = %.*s_parameters,\n    .parameter_count = %zu,\n", TEXT_ARG(query->name),
                      query->parameters.count);
    }
    if (query->columns.count > 0) {
        buffer_format(out, "    .columns = %.*s_columns,\n    .column_count = %zu,\n    .row_size = sizeof(%.*s),\n",
                      TEXT_ARG(query->name), query->columns.count, TEXT_ARG(query->row));
    }
    buffer_append(out, TEXT("};\n\n"));
}

/** The array of values that a function hands to its statement; gives its name, NULL without parameters. */
static const char *write_values(Buffer *out, const Query *query) {
    if (query->parameters.count == 0) {
        return "NULL";
    }
    const char *from = as_struct(query) ? "parameters->" : "";
    buffer_append(out, TEXT("    const Value values[] = {\n"));
    for (size_t i = 0; i < query->parameters.count; i++) {
        const Column *parameter = &query->parameters.items[i];
        const TypeWord word = parameter->type.word;
        const char *maker = word == TYPE_TEXT    ? "text"
                            : word == TYPE_BYTES ? "bytes"
                            : word == TYPE_BOOL  ? "bool"
                                                 : "int";
        const char *member = word == TYPE_TIME ? ".microseconds" : word == TYPE_ID ? ".value" : "";
        buffer_format(out, "        value_%s(%s%.*s%s),\n", maker, from, TEXT_ARG(parameter->name), member);
    }
    buffer_append(out, TEXT("    };\n"));
    return "values";
}

/** A function that takes a row without type and hands it on with its type. */
static void write_adapter(Buffer *out, const Query *query) {
    buffer_format(
        out,
        "typedef struct %.*s_each {\n    Status (*each)(const %.*s *row, void *context);\n    void *context;\n"
        "} %.*s_each;\n\nstatic Status %.*s_adapter(const void *row, void *context)\n{\n"
        "    const %.*s_each *taker = context;\n    return taker->each(row, taker->context);\n}\n\n",
        TEXT_ARG(query->name), TEXT_ARG(query->row), TEXT_ARG(query->name), TEXT_ARG(query->name),
        TEXT_ARG(query->name));
}

static void write_function(Buffer *out, Arena *arena, const Query *query) {
    if (query->shape == SHAPE_EACH) {
        write_adapter(out, query);
    }
    write_prototype(out, arena, query);
    buffer_append(out, TEXT("\n{\n"));
    const char *values = write_values(out, query);
    const Text name = query->name;
    switch (query->shape) {
    case SHAPE_ONE:
        buffer_format(out, "    return statement_one(connection, arena, &%.*s_statement, %s, ret_row);\n",
                      TEXT_ARG(name), values);
        break;
    case SHAPE_MANY:
        buffer_format(out,
                      "    void *items = NULL;\n    size_t count = 0;\n"
                      "    TRY(statement_many(connection, arena, &%.*s_statement, %s, &items, &count));\n"
                      "    *ret_rows = (%.*ss){.items = items, .count = count};\n    return STATUS_OK;\n",
                      TEXT_ARG(name), values, TEXT_ARG(query->row));
        break;
    case SHAPE_EACH:
        buffer_format(out,
                      "    %.*s_each taker = {.each = each, .context = context};\n"
                      "    return statement_each(connection, arena, &%.*s_statement, %s, %.*s_adapter, &taker);\n",
                      TEXT_ARG(name), TEXT_ARG(name), values, TEXT_ARG(name));
        break;
    case SHAPE_EXEC:
        buffer_format(out, "    return statement_exec(connection, &%.*s_statement, %s);\n", TEXT_ARG(name), values);
        break;
    case SHAPE_ROWS:
        buffer_format(out, "    return statement_rows(connection, &%.*s_statement, %s, ret_count);\n", TEXT_ARG(name),
                      values);
        break;
    }
    buffer_append(out, TEXT("}\n\n"));
}

void write_source(Buffer *out, Arena *arena, Text room, Text header_name, const Queries *queries) {
    buffer_format(out, "/** The statements of %.*s, made by sqlgen. */\n#include \"%.*s\"\n\n", TEXT_ARG(room),
                  TEXT_ARG(header_name));
    for (size_t i = 0; i < queries->count; i++) {
        write_statement(out, &queries->items[i]);
        write_function(out, arena, &queries->items[i]);
    }
    buffer_format(out, "const Statement *const %.*s_statements[] = {\n", TEXT_ARG(room));
    for (size_t i = 0; i < queries->count; i++) {
        buffer_format(out, "    &%.*s_statement,\n", TEXT_ARG(queries->items[i].name));
    }
    buffer_format(out, "%s};\nconst size_t %.*s_statement_count = %zu;\n", queries->count == 0 ? "    NULL,\n" : "",
                  TEXT_ARG(room), queries->count);
}
