/** Writes the messages of templates as a POT file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

static int compare(const void *a, const void *b) {
    const MessageUse *left = *(const MessageUse *const *)a, *right = *(const MessageUse *const *)b;
    const int texts = text_compare(left->text, right->text);
    const int paths = strcmp(left->path, right->path);
    if (texts != 0 || paths != 0) {
        return texts != 0 ? texts : paths;
    }
    return left->line < right->line ? -1 : left->line > right->line;
}

static void write_string(Buffer *out, const char *keyword, Text text) {
    buffer_format(out, "%s \"", keyword);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') {
            buffer_append_byte(out, '\\');
        }
        if (text.data[i] == '\n') {
            buffer_append(out, TEXT("\\n"));
        } else {
            buffer_append_byte(out, text.data[i]);
        }
    }
    buffer_append(out, TEXT("\"\n"));
}

/** Paths are named from the project's root, wherever the build runs. */
static const char *project_path(const char *path) {
    while (strncmp(path, "../", 3) == 0 || strncmp(path, "./", 2) == 0) {
        path = strchr(path, '/') + 1;
    }
    const char *source = strstr(path, "/src/");
    return path[0] == '/' && source != NULL ? source + 1 : path;
}

/** Writes one entry; gives how many uses it stands for, 0 when they contradict each other. */
static size_t write_entry(Buffer *out, MessageUse *const *uses, size_t count) {
    Text plural = uses[0]->plural;
    size_t same = 0;
    for (; same < count && text_equal(uses[same]->text, uses[0]->text); same++) {
        const Text other = uses[same]->plural;
        if (plural.size > 0 && other.size > 0 && !text_equal(plural, other)) {
            fprintf(stderr, "%s:%zu: \"%.*s\" has another plural in %s:%zu: use the same words in both\n",
                    uses[same]->path, uses[same]->line, TEXT_ARG(uses[0]->text), uses[0]->path, uses[0]->line);
            return 0;
        }
        plural = plural.size > 0 ? plural : other;
        buffer_format(out, "#: %s:%zu\n", project_path(uses[same]->path), uses[same]->line);
    }
    write_string(out, "msgid", uses[0]->text);
    if (plural.size > 0) {
        write_string(out, "msgid_plural", plural);
        buffer_append(out, TEXT("msgstr[0] \"\"\nmsgstr[1] \"\"\n\n"));
    } else {
        buffer_append(out, TEXT("msgstr \"\"\n\n"));
    }
    return same;
}

bool extract_write(Arena *arena, const MessageUses *uses, const char *path) {
    size_t count = 0;
    for (const MessageUse *use = uses->first; use != NULL; use = use->next) {
        count++;
    }
    MessageUse **sorted = arena_new_array(arena, MessageUse *, count + 1);
    size_t at = 0;
    for (MessageUse *use = uses->first; use != NULL; use = use->next) {
        sorted[at++] = use;
    }
    qsort(sorted, count, sizeof(*sorted), compare);
    Buffer out = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    buffer_append(&out, TEXT("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\n"));
    for (size_t i = 0; i < count;) {
        const size_t same = write_entry(&out, sorted + i, count - i);
        if (same == 0) {
            return false;
        }
        i += same;
    }
    FILE *file = fopen(path, "wb");
    const bool written = file != NULL && fwrite(out.data, 1, out.size, file) == out.size;
    if (file == NULL || fclose(file) != 0 || !written || out.overflow) {
        fprintf(stderr, "htmlgen: %s cannot be written\n", path);
        return false;
    }
    return true;
}
