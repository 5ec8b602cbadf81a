/** Types and names: the five words, id types, and what SQL, PostgreSQL and C call them. */
#include "sqlgen.h"

#include <string.h>

typedef struct TypeRow {
    TypeWord word;
    const char *sql, *sqlite, *postgresql, *c, *kind;
} TypeRow;

/* Text compares by its bytes on PostgreSQL too, so that both engines sort alike. */
static const TypeRow type_rows[] = {
    {TYPE_INT, "int", "INTEGER", "BIGINT", "int64_t", "VALUE_INT"},
    {TYPE_TEXT, "text", "TEXT", "TEXT", "Text", "VALUE_TEXT"},
    {TYPE_BYTES, "bytes", "BLOB", "BYTEA", "Text", "VALUE_BYTES"},
    {TYPE_TIME, "time", "INTEGER", "BIGINT", "Time", "VALUE_INT"},
    {TYPE_BOOL, "bool", "INTEGER", "BOOLEAN", "bool", "VALUE_BOOL"},
    {TYPE_ID, "id", "INTEGER", "BIGINT", NULL, "VALUE_INT"},
};

static const TypeRow *type_row(ColumnType type) {
    for (size_t i = 0; i < sizeof(type_rows) / sizeof(type_rows[0]); i++) {
        if (type_rows[i].word == type.word) {
            return &type_rows[i];
        }
    }
    return &type_rows[0];
}

Status type_read(const Schema *schema, Text word, ColumnType *ret_type) {
    for (size_t i = 0; i < sizeof(type_rows) / sizeof(type_rows[0]) - 1; i++) {
        if (text_equal(word, text_of(type_rows[i].sql))) {
            *ret_type = (ColumnType){.word = type_rows[i].word};
            return STATUS_OK;
        }
    }
    /* The first page of the contract writes the type Time as C does. */
    if (text_equal(word, TEXT("Time"))) {
        *ret_type = (ColumnType){.word = TYPE_TIME};
        return STATUS_OK;
    }
    for (size_t i = 0; schema != NULL && i < schema->ids.count; i++) {
        if (text_equal(word, schema->ids.items[i])) {
            *ret_type = (ColumnType){.word = TYPE_ID, .id = schema->ids.items[i]};
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

bool type_equal(ColumnType a, ColumnType b) {
    return a.word == b.word && text_equal(a.id, b.id);
}

bool type_same_storage(ColumnType a, ColumnType b) {
    return strcmp(type_row(a)->kind, type_row(b)->kind) == 0;
}

const char *type_sqlite(ColumnType type) {
    return type_row(type)->sqlite;
}

const char *type_postgresql(ColumnType type) {
    return type_row(type)->postgresql;
}

const char *type_c(Arena *arena, ColumnType type) {
    return type.word == TYPE_ID ? arena_c_string(arena, type.id) : type_row(type)->c;
}

const char *type_kind(ColumnType type) {
    return type_row(type)->kind;
}

const char *type_words(Arena *arena, ColumnType type) {
    return type.word == TYPE_ID ? arena_c_string(arena, type.id) : type_row(type)->sql;
}

Text name_camel_case(Arena *arena, Text name) {
    Buffer out = buffer_make(arena, NAME_LENGTH_MAX * 2);
    bool up = true;
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        if (byte == '_') {
            up = true;
            continue;
        }
        if (up && byte >= 'a' && byte <= 'z') {
            byte = (char)(byte - 'a' + 'A');
        }
        up = false;
        buffer_append_byte(&out, byte);
    }
    return (Text){out.data, out.size};
}

static bool name_consists_of(Text name, const char *first, const char *others) {
    if (name.size == 0 || strchr(first, name.data[0]) == NULL) {
        return false;
    }
    for (size_t i = 1; i < name.size; i++) {
        if (name.data[i] == '\0' || strchr(others, name.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool name_is_snake_case(Text name) {
    return name_consists_of(name, "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz0123456789_");
}

bool name_is_camel_case(Text name) {
    return name_consists_of(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}

/** Looks a name up in a list of words between single blanks. */
static bool name_in(const char *words, Text name) {
    Text rest = text_of(words);
    while (rest.size > 0) {
        if (text_equal(text_cut(&rest, ' '), name)) {
            return true;
        }
    }
    return false;
}

bool name_is_c_keyword(Text name) {
    return name_in(
        "auto bool break case char const continue default do double else enum extern false float for goto if "
        "inline int long register restrict return short signed sizeof static struct switch true typedef "
        "union unsigned void volatile while asm typeof",
        name);
}

static bool name_is_reserved_in_sql(Text name) {
    return name_in("all analyse analyze and any array as asc asymmetric authorization binary both case cast check "
                   "collate collation column concurrently constraint create cross current_catalog current_date "
                   "current_role current_schema current_time current_timestamp current_user default deferrable desc "
                   "distinct do else end except false fetch for foreign freeze from full grant group having ilike in "
                   "initially inner intersect into is isnull join lateral leading left like limit localtime "
                   "localtimestamp natural not notnull null offset on only or order outer overlaps placing primary "
                   "references returning right select session_user similar some symmetric table tablesample then to "
                   "trailing true union unique user using variadic verbose when where window with index values set",
                   name);
}

Status name_check(const char *path, int line, const char *what, Text name) {
    if (!name_is_snake_case(name)) {
        return complain(path, line, "the %s `%.*s` is not in lower_case", what, TEXT_ARG(name));
    }
    if (name.size > NAME_LENGTH_MAX) {
        return complain(path, line, "the %s `%.*s` is longer than %d letters", what, TEXT_ARG(name), NAME_LENGTH_MAX);
    }
    if (name_is_reserved_in_sql(name) || name_is_c_keyword(name)) {
        return complain(path, line, "the %s `%.*s` is a word that SQL or C reserves: choose another", what,
                        TEXT_ARG(name));
    }
    return STATUS_OK;
}
