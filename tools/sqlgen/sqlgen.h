/** What the files of sqlgen share: tokens, the schema that the migrations make, and the statements of one room. */
#ifndef TRADEPOST_TOOLS_SQLGEN_SQLGEN_H
#define TRADEPOST_TOOLS_SQLGEN_SQLGEN_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/buffer.h"

/** A C source line stays readable and a statement is no data file. */
#define SQL_BYTES_MAX          ((size_t)4 << 20)
#define NAME_LENGTH_MAX        63 /**< PostgreSQL cuts longer names */
#define PARAMETERS_AS_LIST_MAX 4

/** Adds an item to a list of `items`, `count`, `capacity`. */
#define LIST_ADD(arena, list, ...)                                                                                     \
    do {                                                                                                               \
        if ((list)->count == (list)->capacity) {                                                                       \
            (list)->items = list_grow((arena), (list)->items, &(list)->capacity, sizeof(*(list)->items));              \
        }                                                                                                              \
        (list)->items[(list)->count++] = (__VA_ARGS__);                                                                \
    } while (0)

typedef enum SqlEngine { SQL_BOTH, SQL_SQLITE, SQL_POSTGRESQL } SqlEngine;

typedef enum TypeWord { TYPE_NONE, TYPE_INT, TYPE_TEXT, TYPE_BYTES, TYPE_TIME, TYPE_BOOL, TYPE_ID } TypeWord;

/** One of the five type words, or an id type by its name. */
typedef struct ColumnType {
    TypeWord word;
    Text id; /**< "DocumentId" */
} ColumnType;

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_PARAMETER,
    TOKEN_SYMBOL,
    TOKEN_COMMENT
} TokenKind;

typedef struct Token {
    TokenKind kind;
    Text text; /**< as written; of a comment what stands behind the dashes */
    int line;
    bool newline, space; /**< what stands before it */
    int number;          /**< of a parameter */
    bool replaced;       /**< then the next two are written in its place */
    Text sqlite, postgresql;
} Token;

typedef struct Tokens {
    Token *items;
    size_t count, capacity;
} Tokens;

typedef struct TextList {
    Text *items;
    size_t count, capacity;
} TextList;

typedef struct Column {
    Text name;
    ColumnType type;
} Column;

typedef struct Columns {
    Column *items;
    size_t count, capacity;
} Columns;

typedef struct Table {
    Text name, room;
    bool view;
    bool shared; /**< not a chamber's: marked so in its migration */
    Columns columns;
} Table;

typedef struct Tables {
    Table *items;
    size_t count, capacity;
} Tables;

typedef struct MigrationFile {
    const char *path;
    Text name, room; /**< "0010_documents" in the folder "documents" */
    Text bytes;
    Text sqlite, postgresql; /**< its SQL for each engine */
} MigrationFile;

typedef struct MigrationFiles {
    MigrationFile *items;
    size_t count, capacity;
} MigrationFiles;

/** All that the migrations make: the tables with their types, and the same tables in an SQLite in memory. */
typedef struct Schema {
    Arena *arena;
    sqlite3 *sqlite;
    Tables tables;
    TextList ids;
    MigrationFiles migrations;
} Schema;

typedef enum Shape { SHAPE_ONE, SHAPE_MANY, SHAPE_EACH, SHAPE_EXEC, SHAPE_ROWS } Shape;

/** One statement of a .sql file. */
typedef struct Query {
    const char *path;
    int line;
    Text name, row;
    Shape shape;
    SqlEngine engine;
    TextList documentation;
    Columns parameters;
    Columns annotations; /**< the types of expressions */
    Columns columns;     /**< what it gives back */
    bool across_chambers, row_named;
    Tokens tokens;
    Text sqlite, postgresql;
} Query;

typedef struct Queries {
    Query *items;
    size_t count, capacity;
} Queries;

/* sqlgen.c */

/** Prints "path:line: sentence" and remembers that the build must fail. Always STATUS_INVALID. */
PRINTF_LIKE(3, 4) MUST_USE Status complain(const char *path, int line, const char *format, ...);
/** Doubles the room of a list. */
void *list_grow(Arena *arena, void *items, size_t *capacity, size_t size);

/* tokens.c */

/** Cuts SQL into tokens, comments included. @return STATUS_INVALID after a complaint */
MUST_USE Status tokens_read(Arena *arena, const char *path, Text sql, Tokens *ret_tokens);
bool token_is(const Token *token, const char *word); /**< a word or symbol, words in either case */
/** The token at `index`, or an end token on the line of the last one. */
const Token *token_at(const Tokens *tokens, size_t index);
/** The SQL of tokens for one engine, as it was laid out, without comments. */
Text tokens_write(Arena *arena, const Tokens *tokens, SqlEngine engine);
/** The source line of a place in what tokens_write gave for SQLite. */
int tokens_line(const Tokens *tokens, int offset);
/** Maps the type words in CAST(x AS word) for each engine. */
MUST_USE Status tokens_map_casts(Arena *arena, const char *path, Tokens *tokens);
/** Refuses what only one engine understands or what would bind the schema to one node. */
MUST_USE Status tokens_check_portable(const char *path, const Tokens *tokens);
/** `count` tokens from `from`, borrowed. */
Tokens tokens_slice(const Tokens *tokens, size_t from, size_t to);

/* types.c */

/** Reads a type word or an id type. @return STATUS_NOT_FOUND when it is neither */
MUST_USE Status type_read(const Schema *schema, Text word, ColumnType *ret_type);
bool type_equal(ColumnType a, ColumnType b);
bool type_same_storage(ColumnType a, ColumnType b);
const char *type_sqlite(ColumnType type);
const char *type_postgresql(ColumnType type);
const char *type_c(Arena *arena, ColumnType type);
const char *type_kind(ColumnType type);                /**< "VALUE_INT" */
const char *type_words(Arena *arena, ColumnType type); /**< as written in SQL */
/** "documents_waiting" becomes "DocumentsWaiting". */
Text name_camel_case(Arena *arena, Text name);
bool name_is_snake_case(Text name);
bool name_is_camel_case(Text name);
/** Refuses a name that C or PostgreSQL reserves or that is not lower_case. */
MUST_USE Status name_check(const char *path, int line, const char *what, Text name);
bool name_is_c_keyword(Text name);

/* migration.c, schema.c */

/** Reads and applies all migrations in order of their names. @return STATUS_INVALID after complaints */
MUST_USE Status schema_build(Schema *schema);
const Table *schema_table(const Schema *schema, Text name);
const Column *table_column(const Table *table, Text name);
bool room_owns(Text room, Text name);
bool view_is_public(const Table *table);
/** Refuses tables that `room` neither owns nor may read. */
MUST_USE Status schema_check_tables(const Schema *schema, const char *path, Text room, const Tokens *tokens);
/** Applies one statement of a migration to the schema. */
MUST_USE Status schema_apply(Schema *schema, const MigrationFile *file, Tokens *tokens, bool shared, SqlEngine engine);

/* query.c, check.c, columns.c */

/** Reads the statements of one file; goes on after a broken one. */
MUST_USE Status queries_read(const Schema *schema, const char *path, Text room, Text sql, Queries *queries);
/** Prepares a statement, checks it against the rules and finds the types of its columns. */
MUST_USE Status query_check(const Schema *schema, Text room, Query *query);
/** Refuses result columns that may be NULL. */
MUST_USE Status query_check_nulls(const Schema *schema, const Query *query);
/** Joins twins of one name and finds row types that do not fit together. */
MUST_USE Status queries_join(Arena *arena, Queries *queries);

/* write_room.c, write_tables.c */

/** Write the generated files: header and source of a room, ids.h, the table of migrations. */
void write_header(Buffer *out, Arena *arena, Text room, const Queries *queries);
void write_source(Buffer *out, Arena *arena, Text room, Text header_name, const Queries *queries);
void write_ids(Buffer *out, const Schema *schema);
void write_migrations(Buffer *out, Arena *arena, const Schema *schema);
/** A C string literal, one line of source for each line of text. */
void write_literal(Buffer *out, const char *indent, Text text);

#endif
