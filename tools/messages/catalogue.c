/** Writes translations as C: tables that are looked up by the hash of the English, and the rule of each language's
 * plurals. */
#include <stdio.h>
#include <string.h>

#include "messages.h"

static uint64_t hash_of(Text text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void write_literal(Buffer *out, Text text) {
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (byte == '"' || byte == '\\' || byte == '?') {
            buffer_format(out, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            buffer_format(out, "\\%03o", byte);
        } else {
            buffer_append_byte(out, (char)byte);
        }
    }
    buffer_append_byte(out, '"');
}

/** "zh-Hant" as "zh_Hant" */
static Text symbol_of(Arena *arena, Text tag) {
    char *symbol = arena_c_string(arena, tag);
    for (char *letter = symbol; *letter != '\0'; letter++) {
        *letter = *letter == '-' ? '_' : *letter;
    }
    return text_of(symbol);
}

/** Places the translations that may be used; gives the size of the table. */
static size_t place_entries(Arena *arena, const Catalogue *catalogue, const Translation ***ret_places) {
    size_t size = 8;
    while (size < catalogue->count * 2) {
        size *= 2;
    }
    const Translation **places = arena_new_array(arena, const Translation *, size);
    for (size_t i = 0; i < catalogue->count; i++) {
        const Translation *translation = &catalogue->items[i];
        Text why;
        if (translation->fuzzy || translation->form_count == 0) {
            continue;
        }
        if (!translation_fits(arena, catalogue, translation, &why)) {
            fprintf(stderr, "%s: left out, English is shown instead: \"%.*s\": %.*s\n", catalogue->path,
                    TEXT_ARG(translation->id), TEXT_ARG(why));
            continue;
        }
        const uint64_t hash = hash_of(translation->id);
        size_t at = hash & (size - 1);
        while (places[at] != NULL) {
            if (hash_of(places[at]->id) == hash) {
                die(catalogue->path, 0, "\"%.*s\" and \"%.*s\" have the same hash: reword one",
                    TEXT_ARG(places[at]->id), TEXT_ARG(translation->id));
            }
            at = (at + 1) & (size - 1);
        }
        places[at] = translation;
    }
    *ret_places = places;
    return size;
}

static void write_catalogue(Arena *arena, Buffer *out, const Catalogue *catalogue) {
    const Text symbol = symbol_of(arena, catalogue->tag);
    const Translation **places;
    const size_t size = place_entries(arena, catalogue, &places);
    buffer_format(out, "static const CatalogueEntry entries_%.*s[%zu] = {\n", TEXT_ARG(symbol), size);
    for (size_t at = 0; at < size; at++) {
        if (places[at] == NULL) {
            continue;
        }
        buffer_format(out, "    [%zu] = {UINT64_C(0x%016llx), {", at, (unsigned long long)hash_of(places[at]->id));
        for (size_t form = 0; form < places[at]->form_count; form++) {
            buffer_append(out, form > 0 ? TEXT(", ") : TEXT(""));
            write_literal(out, places[at]->forms[form]);
        }
        buffer_append(out, TEXT("}},\n"));
    }
    const Text rule = plural_to_c(arena, catalogue->plural);
    buffer_format(out, "};\n\nstatic int plural_%.*s(uint64_t n) {\n    (void)n;\n    return (int)(%.*s);\n}\n\n",
                  TEXT_ARG(symbol), TEXT_ARG(rule));
    buffer_format(out, "static const Catalogue catalogue_%.*s = {\"%.*s\", ", TEXT_ARG(symbol),
                  TEXT_ARG(catalogue->tag));
    write_literal(out, catalogue->name);
    buffer_format(out, ", %s, entries_%.*s, %zu, plural_%.*s};\n\n", catalogue->right_to_left ? "true" : "false",
                  TEXT_ARG(symbol), size, TEXT_ARG(symbol));
}

void catalogue_write(Arena *arena, const char *path, Catalogue *const *catalogues, size_t count) {
    Buffer out = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    buffer_append(&out,
                  TEXT("/** The translations of po/, made by tools/messages. */\n#include \"html/catalogue.h\"\n\n"));
    for (size_t i = 0; i < count; i++) {
        write_catalogue(arena, &out, catalogues[i]);
    }
    buffer_append(&out, TEXT("const Catalogue *const catalogues[] = {\n"));
    for (size_t i = 0; i < count; i++) {
        buffer_format(&out, "    &catalogue_%.*s,\n", TEXT_ARG(symbol_of(arena, catalogues[i]->tag)));
    }
    buffer_format(&out, "%s};\nconst size_t catalogue_count = %zu;\n", count == 0 ? "    NULL,\n" : "", count);
    write_file(path, &out);
}
