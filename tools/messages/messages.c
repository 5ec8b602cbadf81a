/**
 * messages: what a person reads, from the sources to the translations and back.
 *
 * messages --extract OUT.pot FILE...       collects the messages of C files, JSON descriptions and POT files
 * messages --catalogues OUT.c PO...        compiles translations to C
 * messages --check POT --public LIST [--complete PO]... [--partial PO]...
 *                                          says as TAP what is missing; a partial one needs the public pages only
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void die(const char *path, size_t line, const char *format, ...) {
    va_list arguments;
    fprintf(stderr, line > 0 ? "%s:%zu: " : "%s: ", path, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    finish(1);
}

void finish(int code) {
    fflush(NULL);
    _Exit(code); /* past the search for leaks: libgettextpo keeps some bytes of each file that it reads */
}

Text read_file(Arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        die(path, 0, "%s", strerror(errno));
    }
    size_t size = 0, capacity = (size_t)64 << 10;
    char *bytes = arena_allocate(arena, capacity);
    for (size_t got; (got = fread(bytes + size, 1, capacity - size, file)) > 0;) {
        size += got;
        if (size == capacity && capacity < SOURCE_MAXIMUM_BYTES) {
            char *larger = arena_allocate(arena, capacity * 2);
            memcpy(larger, bytes, size);
            bytes = larger;
            capacity *= 2;
        }
    }
    if (ferror(file) || size >= SOURCE_MAXIMUM_BYTES) {
        die(path, 0, size >= SOURCE_MAXIMUM_BYTES ? "larger than 8 megabytes" : "cannot be read");
    }
    fclose(file);
    if (!text_is_utf8((Text){bytes, size})) {
        die(path, 0, "is not UTF-8");
    }
    return (Text){bytes, size};
}

void write_file(const char *path, const Buffer *buffer) {
    FILE *file = fopen(path, "wb");
    const bool written = file != NULL && fwrite(buffer->data, 1, buffer->size, file) == buffer->size;
    if (file == NULL || fclose(file) != 0 || !written || buffer->overflow) {
        die(path, 0, "cannot be written");
    }
}

Text project_path(const char *path) {
    while (strncmp(path, "../", 3) == 0 || strncmp(path, "./", 2) == 0) {
        path = strchr(path, '/') + 1;
    }
    const char *source = path[0] == '/' ? strstr(path, "/src/") : NULL;
    return text_of(source != NULL ? source + 1 : path);
}

void uses_add(Arena *arena, Uses *uses, Use use) {
    if (uses->count == uses->capacity) {
        const size_t capacity = uses->capacity * 2 + 64;
        Use *items = arena_new_array(arena, Use, capacity);
        if (uses->count > 0) {
            memcpy(items, uses->items, uses->count * sizeof(Use));
        }
        uses->items = items;
        uses->capacity = capacity;
    }
    uses->items[uses->count++] = use;
}

static int compare_uses(const void *a, const void *b) {
    const Use *left = a, *right = b;
    const int ids = text_compare(left->id, right->id), files = text_compare(left->file, right->file);
    if (ids != 0 || files != 0) {
        return ids != 0 ? ids : files;
    }
    return left->line < right->line ? -1 : left->line > right->line;
}

void uses_sort(Uses *uses) {
    if (uses->count > 0) {
        qsort(uses->items, uses->count, sizeof(Use), compare_uses);
    }
}

static void write_string(Buffer *out, const char *keyword, Text text) {
    buffer_format(out, "%s \"", keyword);
    for (size_t i = 0; i < text.size; i++) {
        const char letter = text.data[i];
        if (letter == '\n' || letter == '\t') {
            buffer_append(out, letter == '\n' ? TEXT("\\n") : TEXT("\\t"));
            continue;
        }
        if (letter == '"' || letter == '\\') {
            buffer_append_byte(out, '\\');
        }
        buffer_append_byte(out, letter);
    }
    buffer_append(out, TEXT("\"\n"));
}

/** Writes the entry of the text at `from`; gives the place behind its last use. */
static size_t write_entry(Buffer *out, const Uses *uses, size_t from) {
    const Use *first = &uses->items[from];
    Text plural = first->plural;
    size_t at = from;
    for (; at < uses->count && text_equal(uses->items[at].id, first->id); at++) {
        const Use *use = &uses->items[at];
        if (plural.size > 0 && use->plural.size > 0 && !text_equal(plural, use->plural)) {
            fprintf(stderr,
                    "%.*s:%zu: \"%.*s\" has another plural elsewhere: \"%.*s\" and \"%.*s\"; use the same words\n",
                    TEXT_ARG(use->file), use->line, TEXT_ARG(use->id), TEXT_ARG(plural), TEXT_ARG(use->plural));
            finish(1);
        }
        plural = plural.size > 0 ? plural : use->plural;
        buffer_format(out, "#: %.*s:%zu\n", TEXT_ARG(use->file), use->line);
    }
    write_string(out, "msgid", first->id);
    if (plural.size > 0) {
        write_string(out, "msgid_plural", plural);
        buffer_append(out, TEXT("msgstr[0] \"\"\nmsgstr[1] \"\"\n\n"));
    } else {
        buffer_append(out, TEXT("msgstr \"\"\n\n"));
    }
    return at;
}

static int extract(Arena *arena, const char *target, char **paths, size_t count) {
    Uses uses = {NULL, 0, 0};
    for (size_t i = 0; i < count; i++) {
        const Text path = text_of(paths[i]);
        if (text_ends_with(path, TEXT(".pot"))) {
            po_read_uses(arena, &uses, paths[i]);
        } else if (text_ends_with(path, TEXT(".json"))) {
            scan_json(arena, &uses, paths[i]);
        } else {
            scan_c(arena, &uses, paths[i]);
        }
    }
    uses_sort(&uses);
    Buffer out = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    buffer_append(&out, TEXT("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\n"));
    for (size_t at = 0; at < uses.count;) {
        at = write_entry(&out, &uses, at);
    }
    write_file(target, &out);
    return 0;
}

static int compile(Arena *arena, const char *target, char **paths, size_t count) {
    Catalogue **catalogues = arena_new_array(arena, Catalogue *, count + 1);
    for (size_t i = 0; i < count; i++) {
        catalogues[i] = arena_new(arena, Catalogue);
        *catalogues[i] = po_read_catalogue(arena, paths[i]);
    }
    catalogue_write(arena, target, catalogues, count);
    return 0;
}

static int usage(void) {
    fprintf(stderr, "usage: messages --extract OUT.pot FILE...\n"
                    "       messages --catalogues OUT.c PO...\n"
                    "       messages --check POT --public LIST [--complete PO]... [--partial PO]...\n");
    return 2;
}

static int check(Arena *arena, char **arguments, size_t count) {
    if (count < 3 || count % 2 == 0 || strcmp(arguments[1], "--public") != 0) {
        return usage();
    }
    Uses uses = {NULL, 0, 0};
    po_read_uses(arena, &uses, arguments[0]);
    uses_sort(&uses);
    const Text pages = read_file(arena, arguments[2]);
    size_t number = 0;
    bool good = check_public_pages(&uses, pages, &number);
    for (size_t at = 3; at < count; at += 2) {
        const bool partial = strcmp(arguments[at], "--partial") == 0;
        if (!partial && strcmp(arguments[at], "--complete") != 0) {
            return usage();
        }
        Catalogue catalogue = po_read_catalogue(arena, arguments[at + 1]);
        good = check_catalogue(arena, &uses, &catalogue, partial, pages, &number) && good;
    }
    printf("1..%zu\n", number);
    return good ? 0 : 1;
}

int main(int argument_count, char **arguments) {
    if (argument_count < 3) {
        return usage();
    }
    Arena *arena = arena_open(SIZE_MAX);
    char **rest = arguments + 3;
    const size_t count = (size_t)argument_count - 3;
    int code = 2;
    if (strcmp(arguments[1], "--extract") == 0) {
        code = extract(arena, arguments[2], rest, count);
    } else if (strcmp(arguments[1], "--catalogues") == 0) {
        code = compile(arena, arguments[2], rest, count);
    } else if (strcmp(arguments[1], "--check") == 0) {
        code = check(arena, arguments + 2, count + 1);
    } else {
        code = usage();
    }
    arena_close(arena);
    finish(code);
}
