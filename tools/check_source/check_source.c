/** Judges the text of this tree by its source rules: `check_source ROOT` prints each breach and exits with 1 if there
 * is any. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "check_source.h"

#define TREE_BYTES_MAX ((size_t)1 << 30)
#define FILE_BYTES_MAX ((size_t)8 << 20)

typedef struct Tree {
    const char *root;
    Text statuses;
    size_t files, waivers;
} Tree;

static size_t breaches;

void report(const Source *source, size_t line, const char *format, ...) {
    breaches++;
    printf("%.*s:%zu: ", TEXT_ARG(source->path), line);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/** What kind of opening sentence a file has, by its name. */
typedef enum Opening { OPENING_NONE, OPENING_C, OPENING_DASHES, OPENING_HASH, OPENING_BLOCK } Opening;

typedef struct TextKind {
    const char *end;
    Opening opening;
} TextKind;

static const TextKind text_kinds[] = {
    {".c", OPENING_C},       {".h", OPENING_C},       {".sql", OPENING_DASHES}, {"meson.build", OPENING_HASH},
    {".css", OPENING_BLOCK}, {".js", OPENING_BLOCK},  {".mjs", OPENING_BLOCK},  {".sh", OPENING_HASH},
    {".html", OPENING_NONE}, {".json", OPENING_NONE}, {".md", OPENING_NONE},    {".svg", OPENING_NONE},
    {".http", OPENING_NONE}, {".po", OPENING_NONE},   {".in", OPENING_NONE},    {".txt", OPENING_NONE},
    {".py", OPENING_NONE},
};

static const TextKind *text_kind(Text path, Text raw) {
    static const TextKind script = {"", OPENING_HASH};
    if (text_starts_with(raw, TEXT("#!/bin/bash\n")) || text_starts_with(raw, TEXT("#!/bin/sh\n"))) {
        return &script;
    }
    for (size_t i = 0; i < sizeof(text_kinds) / sizeof(text_kinds[0]); i++) {
        if (text_ends_with(path, text_of(text_kinds[i].end))) {
            return &text_kinds[i];
        }
    }
    return NULL;
}

static void check_opening(const Source *source, Opening opening) {
    Text rest = source->raw;
    Text first = text_cut(&rest, '\n');
    if (text_starts_with(first, TEXT("#!"))) {
        first = text_cut(&rest, '\n');
    }
    static const char *const starts[] = {
        [OPENING_C] = "/** ", [OPENING_DASHES] = "-- ", [OPENING_HASH] = "# ", [OPENING_BLOCK] = "/*"};
    if (opening == OPENING_NONE || text_starts_with(source->raw, TEXT("/**\n * "))) {
        return;
    }
    /* "-- name: ..." and "-- ids: ..." are words to sqlgen, not to the reader. */
    Text word = text_slice(first, 3, first.size);
    const bool annotation = opening == OPENING_DASHES && text_ends_with(text_cut(&word, ' '), TEXT(":"));
    if (!text_starts_with(first, text_of(starts[opening])) || first.size < 20 || annotation) {
        report(source, 1, "a file opens with one sentence of its purpose, in a comment");
    }
}

void rule_text(const Source *source) {
    static const char *const unfinished[] = {"TO"
                                             "DO",
                                             "FIX"
                                             "ME",
                                             "@"
                                             "author"};
    const bool markdown = text_ends_with(source->path, TEXT(".md"));
    const TextKind *kind = text_kind(source->path, source->raw);
    if (kind == NULL) {
        return;
    }
    check_opening(source, kind->opening);
    if (!text_is_utf8(source->raw)) {
        report(source, 1, "not valid UTF-8");
    }
    if (source->raw.size > 0 && source->raw.data[source->raw.size - 1] != '\n') {
        report(source, source_line(source, source->raw.size), "the last line has no end");
    }
    Text rest = source->raw;
    for (size_t number = 1; rest.size > 0; number++) {
        const Text line = text_cut(&rest, '\n');
        const char last = line.size > 0 ? line.data[line.size - 1] : 'a';
        if (last == ' ' || last == '\t' || last == '\r') {
            report(source, number, "white space at the end of the line");
        }
        if (line.size > 0 && memchr(line.data, '\t', line.size) != NULL) {
            report(source, number, "a tab; indent with spaces");
        }
        for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]) && !markdown; i++) {
            size_t at;
            if (text_find(line, text_of(unfinished[i]), &at) && source_word_at(line, at, unfinished[i])) {
                report(source, number, "%s: finish it, or write an issue", unfinished[i]);
            }
        }
    }
}

/** Room and kind of a file, by its path. */
static void place(Source *source) {
    Text rest = source->path;
    source->room = text_cut(&rest, '/');
    if (text_equal(source->room, TEXT("src"))) {
        source->room = text_cut(&rest, '/');
        Text behind = rest;
        const Text folder = text_cut(&behind, '/');
        if (text_equal(source->room, TEXT("capabilities")) && behind.size > 0) {
            source->capability = true;
            source->room = folder;
        }
    }
    size_t at;
    source->test = text_ends_with(source->path, TEXT("_test.c")) || text_find(source->path, TEXT("/fuzz_"), &at) ||
                   text_ends_with(source->path, TEXT("_fuzz.c")) || text_find(source->path, TEXT("_test_"), &at) ||
                   text_ends_with(source->path, TEXT("_test.h"));
}

static void judge(Tree *tree, Text path, Text raw) {
    Arena *arena = arena_open(TREE_BYTES_MAX);
    Source source = {.arena = arena, .path = path, .raw = raw, .statuses = tree->statuses};
    const bool header = text_ends_with(path, TEXT(".h"));
    place(&source);
    rule_text(&source);
    tree->files++;
    if (header || text_ends_with(path, TEXT(".c"))) {
        source_scan(&source);
        rule_includes(&source);
        rule_length(&source);
        rule_banned(&source);
        rule_messages(&source);
        rule_text_arguments(&source);
        if (header) {
            rule_header(&source);
        }
        rule_waivers(&source);
        tree->waivers += source.waivers.count;
    }
    arena_close(arena);
}

/** Reads at most FILE_BYTES_MAX bytes of a file; more than that is no source. */
static bool read_file(Arena *arena, const Tree *tree, Text path, Text *ret_bytes) {
    char *whole = arena_c_string(arena, arena_format(arena, "%s/%.*s", tree->root, TEXT_ARG(path)));
    FILE *file = fopen(whole, "rb");
    if (file == NULL) {
        return false;
    }
    struct stat status;
    const bool known = fstat(fileno(file), &status) == 0 && status.st_size >= 0;
    const size_t limit = known && (size_t)status.st_size < FILE_BYTES_MAX ? (size_t)status.st_size : FILE_BYTES_MAX;
    char *bytes = arena_allocate(arena, limit + 1);
    const size_t size = fread(bytes, 1, limit, file);
    const bool read = ferror(file) == 0;
    fclose(file);
    if (read) {
        *ret_bytes = (Text){bytes, size};
    }
    return read;
}

/** Collects the names of the statuses, so that docstrings can be held against them. */
static void read_statuses(Arena *arena, Tree *tree) {
    Text header;
    if (!read_file(arena, tree, TEXT("src/base/status.h"), &header)) {
        return;
    }
    Buffer words = buffer_make(arena, FILE_BYTES_MAX);
    size_t at = 0;
    while (text_find(header, TEXT("STATUS_"), &at)) {
        size_t end = at;
        while (end < header.size && source_is_word(header.data[end])) {
            end++;
        }
        buffer_format(&words, "%.*s ", TEXT_ARG(text_slice(header, at, end)));
        header = text_slice(header, end, header.size);
    }
    if (buffer_take(&words, &tree->statuses) != STATUS_OK) {
        tree->statuses = (Text){NULL, 0};
    }
}

/** Folders of test data, of other people's programs and of what the build makes are not judged. */
static bool is_skipped(Text path, const char *name) {
    static const char *const names[] = {"node_modules", "venv", "golden", "data", "corpus", "expected", "corpora"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    const Text text = text_of(name);
    return name[0] == '.' || text_equal(path, TEXT("fuzz")) || text_starts_with(text, TEXT("__")) ||
           (text_equal(path, TEXT("tools")) && text_ends_with(text, TEXT("_test")));
}

static void walk(Tree *tree, Text folder) {
    Arena *arena = arena_open(TREE_BYTES_MAX);
    struct dirent **entries = NULL;
    char *whole = arena_c_string(arena, arena_format(arena, "%s/%.*s", tree->root, TEXT_ARG(folder)));
    const int count = scandir(whole, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const Text path = folder.size == 0 ? text_of(name) : arena_format(arena, "%.*s/%s", TEXT_ARG(folder), name);
        struct stat status;
        char *entry = arena_c_string(arena, arena_format(arena, "%s/%.*s", tree->root, TEXT_ARG(path)));
        if (lstat(entry, &status) != 0 || name[0] == '.') {
            free(entries[i]);
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            if (folder.size > 0 && !is_skipped(folder, name)) {
                walk(tree, path);
            }
        } else if (S_ISREG(status.st_mode)) {
            Arena *file_arena = arena_open(TREE_BYTES_MAX);
            Text raw;
            if (read_file(file_arena, tree, path, &raw)) {
                judge(tree, path, raw);
            }
            arena_close(file_arena);
        }
        free(entries[i]);
    }
    free(entries);
    arena_close(arena);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) {
        fputs("use: check_source ROOT\n", stderr);
        return 2;
    }
    Tree tree = {.root = arguments[1]};
    Arena *arena = arena_open(TREE_BYTES_MAX);
    read_statuses(arena, &tree);
    static const char *const folders[] = {"", "src", "tools", "tests", "bench", "fuzz", "docs", "po"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        walk(&tree, text_of(folders[i]));
    }
    arena_close(arena);
    if (tree.waivers > SOURCE_WAIVERS_MAX) {
        printf("tools/check_source/check_source.h:1: %zu waivers; at most %d are agreed\n", tree.waivers,
               SOURCE_WAIVERS_MAX);
        breaches++;
    }
    printf("%zu files, %zu waivers, %zu breaches\n", tree.files, tree.waivers, breaches);
    return breaches > 0 || tree.files == 0;
}
