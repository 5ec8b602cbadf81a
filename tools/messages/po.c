/** Reads PO and POT files with libgettextpo. */
#include <gettext-po.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"

static void complain(int severity, po_message_t message, const char *file, size_t line, size_t column, int several,
                     const char *text) {
    (void)message;
    (void)column;
    (void)several;
    fprintf(stderr, "%s:%zu: %s\n", file != NULL ? file : "PO file", line, text);
    if (severity != PO_SEVERITY_WARNING) {
        finish(1);
    }
}

static void complain_twice(int severity, po_message_t message, const char *file, size_t line, size_t column,
                           int several, const char *text, po_message_t other, const char *other_file, size_t other_line,
                           size_t other_column, int other_several, const char *other_text) {
    (void)other;
    (void)other_file;
    (void)other_line;
    (void)other_column;
    (void)other_several;
    (void)other_text;
    complain(severity, message, file, line, column, several, text);
}

static po_file_t open_po(const char *path) {
    static const struct po_xerror_handler handler = {complain, complain_twice};
    po_file_t file = po_file_read(path, &handler);
    if (file == NULL) {
        die(path, 0, "cannot be read");
    }
    return file;
}

static Text keep(Arena *arena, const char *c_string) {
    return arena_copy(arena, text_of(c_string));
}

/** A field of the header, empty when absent. */
static Text header_field(Arena *arena, const char *header, const char *name) {
    char *value = header == NULL ? NULL : po_header_field(header, name);
    const Text text = keep(arena, value);
    free(value);
    return text;
}

static bool is_right_to_left(Text tag) {
    static const char *const languages[] = {"ar", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"};
    Text rest = tag;
    const Text language = text_cut(&rest, '-');
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        if (text_equal(language, text_of(languages[i]))) {
            return !text_equal(rest, TEXT("Latn"));
        }
    }
    return false;
}

/** "nplurals=2; plural=n != 1;" */
static void read_plural_rule(Arena *arena, Catalogue *catalogue, Text rule) {
    const char *const how = "its header has no Plural-Forms that can be read, such as \"nplurals=2; plural=n != 1;\"";
    Text count = text_trim(text_cut(&rule, ';'));
    Text expression = text_trim(text_cut(&rule, ';'));
    int64_t number = 0;
    if (!text_starts_with(count, TEXT("nplurals=")) || !text_starts_with(expression, TEXT("plural=")) ||
        text_to_int(text_trim(text_slice(count, 9, count.size)), &number) != STATUS_OK) {
        die(catalogue->path, 0, "%s", how);
    }
    if (number < 1 || number > FORMS_MAXIMUM) {
        die(catalogue->path, 0, "a language has one to %d plural forms here, not %lld", FORMS_MAXIMUM,
            (long long)number);
    }
    catalogue->plural_count = (size_t)number;
    catalogue->plural = plural_read(arena, text_slice(expression, 7, expression.size));
    if (catalogue->plural == NULL) {
        die(catalogue->path, 0, "%s", how);
    }
    for (uint64_t n = 0; n < 1200; n++) {
        if (plural_choose(catalogue->plural, n) >= catalogue->plural_count) {
            die(catalogue->path, 0, "its plural rule gives form %llu for %llu, but there are %zu forms",
                (unsigned long long)plural_choose(catalogue->plural, n), (unsigned long long)n,
                catalogue->plural_count);
        }
    }
}

static void read_header(Arena *arena, Catalogue *catalogue, const char *header) {
    const Text language = header_field(arena, header, "Language");
    catalogue->name = header_field(arena, header, "X-Language-Name");
    char *tag = arena_c_string(arena, language);
    for (char *letter = tag; *letter != '\0'; letter++) {
        if (*letter == '_') {
            *letter = '-';
        }
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *letter) == NULL) {
            die(catalogue->path, 0, "its header's Language is no language tag");
        }
    }
    catalogue->tag = text_of(tag);
    if (language.size == 0 || catalogue->name.size == 0) {
        die(catalogue->path, 0, "its header lacks Language (\"mk\") or X-Language-Name (\"македонски\")");
    }
    catalogue->right_to_left = is_right_to_left(catalogue->tag);
    read_plural_rule(arena, catalogue, header_field(arena, header, "Plural-Forms"));
}

static void read_forms(Arena *arena, const Catalogue *catalogue, po_message_t message, Translation *translation) {
    if (translation->plural.size == 0) {
        translation->forms[0] = keep(arena, po_message_msgstr(message));
        translation->form_count = translation->forms[0].size > 0;
        return;
    }
    for (int i = 0; (size_t)i < catalogue->plural_count; i++) {
        translation->forms[i] = keep(arena, po_message_msgstr_plural(message, i));
        if (translation->forms[i].size == 0) {
            return;
        }
    }
    translation->form_count = catalogue->plural_count;
}

Catalogue po_read_catalogue(Arena *arena, const char *path) {
    Catalogue catalogue = {.path = path};
    po_file_t file = open_po(path);
    read_header(arena, &catalogue, po_file_domain_header(file, NULL));
    size_t count = 0;
    po_message_iterator_t counter = po_message_iterator(file, NULL);
    while (po_next_message(counter) != NULL) {
        count++;
    }
    po_message_iterator_free(counter);
    catalogue.items = arena_new_array(arena, Translation, count + 1);
    po_message_iterator_t iterator = po_message_iterator(file, NULL);
    for (po_message_t message; (message = po_next_message(iterator)) != NULL;) {
        if (po_message_is_obsolete(message) || po_message_msgid(message)[0] == '\0') {
            continue;
        }
        Translation *translation = &catalogue.items[catalogue.count++];
        translation->id = keep(arena, po_message_msgid(message));
        translation->plural = keep(arena, po_message_msgid_plural(message));
        translation->fuzzy = po_message_is_fuzzy(message);
        read_forms(arena, &catalogue, message, translation);
    }
    po_message_iterator_free(iterator);
    po_file_free(file);
    return catalogue;
}

void po_read_uses(Arena *arena, Uses *uses, const char *path) {
    po_file_t file = open_po(path);
    po_message_iterator_t iterator = po_message_iterator(file, NULL);
    for (po_message_t message; (message = po_next_message(iterator)) != NULL;) {
        if (po_message_msgid(message)[0] == '\0') {
            continue;
        }
        Use use = {.id = keep(arena, po_message_msgid(message)),
                   .plural = keep(arena, po_message_msgid_plural(message))};
        po_filepos_t place = NULL;
        for (int i = 0; (place = po_message_filepos(message, i)) != NULL; i++) {
            use.file = keep(arena, po_filepos_file(place));
            use.line = po_filepos_start_line(place);
            uses_add(arena, uses, use);
        }
    }
    po_message_iterator_free(iterator);
    po_file_free(file);
}
