/** SQL as tokens: cutting, writing per engine, and the rules that hold for every statement. */
#include "sqlgen.h"

#include <string.h>

typedef struct Reader {
    const char *path;
    Text sql;
    size_t at;
    int line;
    bool newline, space;
} Reader;

static char reader_byte(const Reader *reader, size_t ahead) {
    return reader->at + ahead < reader->sql.size ? reader->sql.data[reader->at + ahead] : '\0';
}

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static void reader_skip_space(Reader *reader) {
    reader->newline = false;
    reader->space = false;
    while (reader->at < reader->sql.size) {
        const char byte = reader_byte(reader, 0);
        if (byte == '\n') {
            reader->newline = true;
            reader->line++;
        } else if (byte == ' ' || byte == '\t' || byte == '\r') {
            reader->space = true;
        } else {
            return;
        }
        reader->at++;
    }
}

static Status reader_string(Reader *reader, size_t *ret_size) {
    size_t size = 1;
    for (;;) {
        if (reader->at + size >= reader->sql.size || reader_byte(reader, size) == '\n') {
            return complain(reader->path, reader->line, "a string does not end on its line");
        }
        if (reader_byte(reader, size) == '\'') {
            if (reader_byte(reader, size + 1) != '\'') {
                break;
            }
            size++;
        }
        size++;
    }
    *ret_size = size + 1;
    return STATUS_OK;
}

static Status reader_parameter(Reader *reader, Token *token, size_t *ret_size) {
    size_t size = 1;
    int number = 0;
    while (is_digit(reader_byte(reader, size)) && number < 1000) {
        number = number * 10 + (reader_byte(reader, size) - '0');
        size++;
    }
    if (number < 1 || number > 99) {
        return complain(reader->path, reader->line, "parameters are written $1, $2, ... up to $99");
    }
    token->number = number;
    *ret_size = size;
    return STATUS_OK;
}

static Status reader_symbol(const Reader *reader, size_t *ret_size) {
    static const char *const pairs[] = {"||", "<=", ">=", "<>", "!="};
    static const struct {
        const char *symbol, *sentence;
    } refused[] = {
        {"::", "`::` is refused, SQLite does not know it: write CAST(x AS word)"},
        {"==", "`==` is refused, PostgreSQL does not know it: write `=`"},
        {"->", "`->` is refused: JSON is read in C"},
        {"?", "a bare `?` is refused: write $1, $2, ..."},
        {"\"", "quoted names are refused: names are plain words"},
        {"`", "quoted names are refused: names are plain words"},
        {"[", "brackets are refused: SQLite and PostgreSQL read them differently"},
        {"/*", "comments are written with two dashes"},
    };
    const Text rest = text_slice(reader->sql, reader->at, reader->sql.size);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (text_starts_with(rest, text_of(refused[i].symbol))) {
            return complain(reader->path, reader->line, "%s", refused[i].sentence);
        }
    }
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (text_starts_with(rest, text_of(pairs[i]))) {
            *ret_size = 2;
            return STATUS_OK;
        }
    }
    if (strchr("()+-*/%<>=,;.&|~@", rest.data[0]) == NULL) {
        return complain(reader->path, reader->line, "unexpected character `%c` (code %d)", rest.data[0],
                        (unsigned char)rest.data[0]);
    }
    *ret_size = 1;
    return STATUS_OK;
}

static size_t reader_run(const Reader *reader, bool letters) {
    size_t size = 0;
    while (is_digit(reader_byte(reader, size)) || (letters && is_letter(reader_byte(reader, size)))) {
        size++;
    }
    return size;
}

static Status reader_token(Reader *reader, Token *token) {
    const char byte = reader_byte(reader, 0);
    size_t size = 0;
    if (is_letter(byte)) {
        token->kind = TOKEN_WORD;
        size = reader_run(reader, true);
        if (reader_byte(reader, size) == '\'') {
            return complain(reader->path, reader->line,
                            "a string with a prefix is refused, the engines read it differently: use a parameter");
        }
    } else if (is_digit(byte)) {
        token->kind = TOKEN_NUMBER;
        size = reader_run(reader, true);
        if (size != reader_run(reader, false) || reader_byte(reader, size) == '.') {
            return complain(reader->path, reader->line, "only whole decimal numbers are stored");
        }
    } else if (byte == '\'') {
        token->kind = TOKEN_STRING;
        TRY(reader_string(reader, &size));
    } else if (byte == '$') {
        token->kind = TOKEN_PARAMETER;
        TRY(reader_parameter(reader, token, &size));
    } else if (byte == '-' && reader_byte(reader, 1) == '-') {
        token->kind = TOKEN_COMMENT;
        while (reader->at + size < reader->sql.size && reader_byte(reader, size) != '\n') {
            size++;
        }
    } else {
        token->kind = TOKEN_SYMBOL;
        TRY(reader_symbol(reader, &size));
    }
    token->text = text_slice(reader->sql, reader->at, reader->at + size);
    if (token->kind == TOKEN_COMMENT) {
        token->text = text_trim(text_slice(token->text, 2, size));
    }
    reader->at += size;
    return STATUS_OK;
}

Status tokens_read(Arena *arena, const char *path, Text sql, Tokens *ret_tokens) {
    Reader reader = {.path = path, .sql = sql, .line = 1};
    Tokens tokens = {0};
    if (!text_is_utf8(sql)) {
        return complain(path, 1, "the file is not UTF-8");
    }
    for (;;) {
        reader_skip_space(&reader);
        if (reader.at >= sql.size) {
            break;
        }
        Token token = {.line = reader.line, .newline = reader.newline, .space = reader.space};
        TRY(reader_token(&reader, &token));
        LIST_ADD(arena, &tokens, token);
    }
    *ret_tokens = tokens;
    return STATUS_OK;
}

bool token_is(const Token *token, const char *word) {
    return (token->kind == TOKEN_WORD || token->kind == TOKEN_SYMBOL) &&
           text_equal_ignoring_case(token->text, text_of(word));
}

const Token *token_at(const Tokens *tokens, size_t index) {
    static Token end;
    if (index < tokens->count) {
        return &tokens->items[index];
    }
    end = (Token){.kind = TOKEN_END, .text = TEXT("the end"), .line = 1};
    if (tokens->count > 0) {
        end.line = tokens->items[tokens->count - 1].line;
    }
    return &end;
}

Tokens tokens_slice(const Tokens *tokens, size_t from, size_t to) {
    return (Tokens){.items = tokens->items + from, .count = to - from, .capacity = to - from};
}

static Text token_write(const Token *token, SqlEngine engine) {
    if (token->replaced) {
        return engine == SQL_SQLITE ? token->sqlite : token->postgresql;
    }
    return token->text;
}

static void token_append(Buffer *out, const Token *token, SqlEngine engine, bool first) {
    if (!first && token->newline) {
        buffer_append_byte(out, '\n');
    } else if (!first && token->space) {
        buffer_append_byte(out, ' ');
    }
    if (token->kind == TOKEN_PARAMETER) {
        buffer_format(out, "%c%d", engine == SQL_SQLITE ? '?' : '$', token->number);
    } else {
        buffer_append(out, token_write(token, engine));
    }
}

Text tokens_write(Arena *arena, const Tokens *tokens, SqlEngine engine) {
    Buffer out = buffer_make(arena, SQL_BYTES_MAX);
    for (size_t i = 0; i < tokens->count; i++) {
        token_append(&out, &tokens->items[i], engine, i == 0);
    }
    return (Text){out.data, out.size};
}

int tokens_line(const Tokens *tokens, int offset) {
    Arena *arena = arena_open(SQL_BYTES_MAX);
    Buffer out = buffer_make(arena, SQL_BYTES_MAX);
    int line = token_at(tokens, 0)->line;
    for (size_t i = 0; offset >= 0 && i < tokens->count && out.size <= (size_t)offset; i++) {
        token_append(&out, &tokens->items[i], SQL_SQLITE, i == 0);
        line = tokens->items[i].line;
    }
    arena_close(arena);
    return line;
}

/** Index of the parenthesis that closes the one at `open`. */
static size_t closing(const Tokens *tokens, size_t open) {
    int depth = 0;
    for (size_t i = open; i < tokens->count; i++) {
        depth += token_is(&tokens->items[i], "(") ? 1 : 0;
        depth -= token_is(&tokens->items[i], ")") ? 1 : 0;
        if (depth == 0) {
            return i;
        }
    }
    return tokens->count;
}

Status tokens_map_casts(Arena *arena, const char *path, Tokens *tokens) {
    for (size_t i = 0; i + 1 < tokens->count; i++) {
        if (!token_is(&tokens->items[i], "cast") || !token_is(&tokens->items[i + 1], "(")) {
            continue;
        }
        const size_t end = closing(tokens, i + 1);
        if (end >= tokens->count || !token_is(&tokens->items[end - 2], "as")) {
            return complain(path, tokens->items[i].line, "CAST is written CAST(x AS word), with one type word");
        }
        Token *word = &tokens->items[end - 1];
        ColumnType type = {0};
        if (type_read(NULL, word->text, &type) != STATUS_OK) {
            return complain(path, word->line, "CAST to `%.*s`: use one of int text bytes time bool",
                            TEXT_ARG(word->text));
        }
        word->replaced = true;
        word->sqlite = text_of(type_sqlite(type));
        word->postgresql = arena_format(arena, "%s", type_postgresql(type));
    }
    return STATUS_OK;
}

typedef struct RefusedWord {
    const char *word, *sentence;
    bool call; /**< only as a function: columns may have this name */
} RefusedWord;

/** Words that one engine lacks or reads differently. */
static const RefusedWord refused_words[] = {
    {"autoincrement", "ids are made by the program, not by the database", false},
    {"nextval", "numbers are counter rows, not sequences", false},
    {"rowid", "PostgreSQL has no rowid", false},
    {"ilike", "SQLite has no ILIKE: compare lower(x)", false},
    {"glob", "PostgreSQL has no GLOB: use LIKE", false},
    {"collate", "texts compare by their bytes on both engines", false},
    {"ifnull", "PostgreSQL has no IFNULL: use COALESCE", true},
    {"iif", "PostgreSQL has no IIF: use CASE", true},
    {"group_concat", "PostgreSQL has no group_concat: join in C", true},
    {"string_agg", "SQLite has no string_agg: join in C", true},
    {"instr", "PostgreSQL has no instr: compare in C", true},
    {"strftime", "time is microseconds, formatted in C", true},
    {"datetime", "time is microseconds, formatted in C", true},
    {"julianday", "time is microseconds, formatted in C", true},
    {"now", "the clock is the program's: pass the time as a parameter", true},
    {"current_timestamp", "the clock is the program's: pass the time as a parameter", false},
    {"current_date", "the clock is the program's: pass the time as a parameter", false},
    {"current_time", "the clock is the program's: pass the time as a parameter", false},
    {"random", "randomness is the program's: pass it as a parameter", true},
    {"sqlite_master", "the engine's own tables belong to the engine's code", false},
    {"sqlite_schema", "the engine's own tables belong to the engine's code", false},
    {"information_schema", "the engine's own tables belong to the engine's code", false},
};

static Status check_star(const char *path, const Tokens *tokens, size_t at) {
    static const char *const before[] = {"select", "distinct", "all", "returning", ",", "."};
    if (!token_is(&tokens->items[at], "*") || at == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        if (token_is(&tokens->items[at - 1], before[i])) {
            return complain(path, tokens->items[at].line, "`*` is refused: name the columns that you need");
        }
    }
    return STATUS_OK;
}

Status tokens_check_portable(const char *path, const Tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++) {
        const Token *token = &tokens->items[i];
        TRY(check_star(path, tokens, i));
        if (token_is(token, "@")) {
            return complain(path, token->line,
                            "`@` is refused, SQLite does not know it: write twins with `-- engine:`");
        }
        if (token->kind != TOKEN_WORD) {
            continue;
        }
        for (size_t k = 0; k < sizeof(refused_words) / sizeof(refused_words[0]); k++) {
            const bool used = !refused_words[k].call || token_is(token_at(tokens, i + 1), "(");
            if (used && token_is(token, refused_words[k].word)) {
                return complain(path, token->line, "`%.*s` is refused: %s", TEXT_ARG(token->text),
                                refused_words[k].sentence);
            }
        }
        if (token_is(token, "or") && i > 0 && (token_is(token - 1, "insert") || token_is(token - 1, "update"))) {
            return complain(path, token->line,
                            "INSERT OR ... is refused, PostgreSQL does not know it: use ON CONFLICT");
        }
    }
    return STATUS_OK;
}
