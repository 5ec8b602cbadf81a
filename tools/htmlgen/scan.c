/** The cursor over a template's source: tags, names, character references. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

void template_refuse(const Template *template, size_t line, const char *format, ...) {
    char words[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    for (char *letter = words; *letter != '\0'; letter++) {
        *letter = *letter == '\n' ? ' ' : *letter; /* one sentence is one line, whatever of the template it quotes */
    }
    fprintf(stderr, "%s:%zu: %s\n", template->path, line, words);
    exit(1);
}

bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r' || letter == '\f';
}

bool is_name_start(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

bool template_ended(const Template *template) {
    return template->at >= template->source.size;
}

char template_peek(const Template *template) {
    return template_ended(template) ? '\0' : template->source.data[template->at];
}

bool template_at(const Template *template, const char *start) {
    return text_starts_with(text_slice(template->source, template->at, template->source.size), text_of(start));
}

void template_advance(Template *template, size_t count) {
    for (size_t i = 0; i < count && !template_ended(template); i++) {
        template->line += template_peek(template) == '\n';
        template->at++;
    }
}

void template_skip_space(Template *template) {
    while (!template_ended(template) && is_space(template_peek(template))) {
        template_advance(template, 1);
    }
}

/** The end of the tag at `from`, behind its }}; tags in its quoted attributes are passed over. */
static size_t tag_end(const Template *template, size_t from) {
    size_t depth = 0;
    for (size_t at = from; at + 1 < template->source.size; at++) {
        const Text here = text_slice(template->source, at, at + 2);
        if (text_equal(here, TEXT("{{"))) {
            depth++;
            at++;
        } else if (text_equal(here, TEXT("}}"))) {
            depth--;
            at++;
            if (depth == 0) {
                return at + 1;
            }
        }
    }
    template_refuse(template, template->line, "this {{ has no }}: close it");
}

Tag template_peek_tag(const Template *template) {
    const size_t end = tag_end(template, template->at);
    const Text all = text_trim(text_slice(template->source, template->at + 2, end - 2));
    size_t word = 0;
    while (word < all.size && !is_space(all.data[word])) {
        word++;
    }
    if (all.size == 0) {
        template_refuse(template, template->line, "an empty tag {{}}: write a value such as {{page.name}} in it");
    }
    return (Tag){.line = template->line,
                 .word = text_slice(all, 0, word),
                 .rest = text_trim(text_slice(all, word, all.size)),
                 .all = all};
}

Tag template_take_tag(Template *template) {
    const Tag tag = template_peek_tag(template);
    template_advance(template, tag_end(template, template->at) - template->at);
    return tag;
}

Text template_take_name(Template *template, const char *more) {
    const size_t from = template->at;
    while (!template_ended(template)) {
        const char letter = template_peek(template);
        if (!is_name_start(letter) && !(letter >= '0' && letter <= '9') && letter != '-' &&
            strchr(more, letter) == NULL) {
            break;
        }
        template_advance(template, 1);
    }
    return text_slice(template->source, from, template->at);
}

static bool is_identifier(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        const char letter = text.data[i];
        if (!is_name_start(letter) && letter != '_' && !(i > 0 && letter >= '0' && letter <= '9')) {
            return false;
        }
    }
    return text.size > 0;
}

void template_read_model(Template *template) {
    const char *const how = "a template begins with {{model Type from \"folder/header.h\"}}";
    if (!template_at(template, "{{model ")) {
        template_refuse(template, template->line, "%s", how);
    }
    const Tag tag = template_take_tag(template);
    Text rest = tag.rest;
    template->model = text_cut(&rest, ' ');
    rest = text_trim(rest);
    const Text from = text_cut(&rest, ' ');
    rest = text_trim(rest);
    if (!is_identifier(template->model) || !text_equal(from, TEXT("from")) || rest.size < 3 || rest.data[0] != '"' ||
        rest.data[rest.size - 1] != '"') {
        template_refuse(template, tag.line, "%s", how);
    }
    template->header = text_slice(rest, 1, rest.size - 1);
    for (size_t i = 0; i < template->header.size; i++) {
        if (strchr("\"\\\n", template->header.data[i]) != NULL) {
            template_refuse(template, tag.line, "%s", how);
        }
    }
}

typedef struct Reference {
    const char *name, *text;
} Reference;

static const Reference references[] = {
    {"amp", "&"},        {"lt", "<"},         {"gt", ">"},          {"quot", "\""},       {"apos", "'"},
    {"nbsp", "\u00a0"},  {"shy", "\u00ad"},   {"middot", "\u00b7"}, {"times", "\u00d7"},  {"laquo", "\u00ab"},
    {"raquo", "\u00bb"}, {"ndash", "\u2013"}, {"mdash", "\u2014"},  {"hellip", "\u2026"}, {"thinsp", "\u2009"},
    {"larr", "\u2190"},  {"rarr", "\u2192"},  {"copy", "\u00a9"},   {"bull", "\u2022"},   {"zwnj", "\u200c"},
};

static void append_code_point(Buffer *buffer, uint32_t point) {
    if (point < 0x80) {
        buffer_append_byte(buffer, (char)point);
    } else if (point < 0x800) {
        buffer_append_byte(buffer, (char)(0xc0 | (point >> 6)));
        buffer_append_byte(buffer, (char)(0x80 | (point & 0x3f)));
    } else if (point < 0x10000) {
        buffer_append_byte(buffer, (char)(0xe0 | (point >> 12)));
        buffer_append_byte(buffer, (char)(0x80 | ((point >> 6) & 0x3f)));
        buffer_append_byte(buffer, (char)(0x80 | (point & 0x3f)));
    } else {
        buffer_append_byte(buffer, (char)(0xf0 | (point >> 18)));
        buffer_append_byte(buffer, (char)(0x80 | ((point >> 12) & 0x3f)));
        buffer_append_byte(buffer, (char)(0x80 | ((point >> 6) & 0x3f)));
        buffer_append_byte(buffer, (char)(0x80 | (point & 0x3f)));
    }
}

/** &#169; and &#xa9;, without their & and ; */
static bool decode_number(Buffer *buffer, Text digits) {
    const bool hexadecimal = digits.size > 1 && (digits.data[1] == 'x' || digits.data[1] == 'X');
    uint32_t point = 0;
    for (size_t i = hexadecimal ? 2 : 1; i < digits.size; i++) {
        const char letter = digits.data[i];
        if (letter >= '0' && letter <= '9') {
            point = point * (hexadecimal ? 16 : 10) + (uint32_t)(letter - '0');
        } else if (hexadecimal && isxdigit((unsigned char)letter)) {
            point = point * 16 + (uint32_t)(tolower((unsigned char)letter) - 'a' + 10);
        } else {
            return false;
        }
        if (point > 0x10ffff) {
            return false;
        }
    }
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0xd800 && point < 0xe000)) {
        return false;
    }
    append_code_point(buffer, point);
    return true;
}

static bool decode_reference(Buffer *buffer, Text name) {
    if (name.size > 1 && name.data[0] == '#') {
        return decode_number(buffer, name);
    }
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        if (text_equal(name, text_of(references[i].name))) {
            buffer_append(buffer, text_of(references[i].text));
            return true;
        }
    }
    return false;
}

Text template_decode(const Template *template, size_t line, Text text) {
    size_t ampersand;
    if (!text_find(text, TEXT("&"), &ampersand)) {
        return text;
    }
    Buffer buffer = buffer_make(template->arena, TEMPLATE_MAXIMUM_BYTES);
    while (text_find(text, TEXT("&"), &ampersand)) {
        buffer_append(&buffer, text_slice(text, 0, ampersand));
        for (size_t i = 0; i < ampersand; i++) {
            line += text.data[i] == '\n';
        }
        text = text_slice(text, ampersand + 1, text.size);
        size_t end;
        if (!text_find(text, TEXT(";"), &end) || !decode_reference(&buffer, text_slice(text, 0, end))) {
            template_refuse(template, line,
                            "this & begins no character reference that htmlgen knows: write &amp; for an ampersand, "
                            "and other characters as themselves");
        }
        text = text_slice(text, end + 1, text.size);
    }
    buffer_append(&buffer, text);
    Text decoded = {NULL, 0};
    if (buffer_take(&buffer, &decoded) != STATUS_OK) {
        template_refuse(template, line, "the text is too long");
    }
    return decoded;
}

Text text_collapse(Arena *arena, Text text) {
    char *copy = arena_allocate(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_space(text.data[i])) {
            copy[size++] = text.data[i];
        } else if (size == 0 || copy[size - 1] != ' ') {
            copy[size++] = ' ';
        }
    }
    return (Text){copy, size};
}

bool text_has_letter(Text text) {
    uint32_t point;
    while ((point = text_next_code_point(&text)) != 0) {
        const bool ascii = point < 0x80 && isalpha((int)point);
        const bool mark = point < 0xc0 || point == 0xd7 || point == 0xf7 || (point >= 0x2000 && point < 0x2c00) ||
                          (point >= 0x3000 && point < 0x3040) || (point >= 0xe000 && point < 0xf900) ||
                          (point >= 0xfe00 && point < 0xfe70) || (point >= 0x1f000 && point < 0x20000);
        if (ascii || (point >= 0x80 && !mark)) {
            return true;
        }
    }
    return false;
}

Node *node_new(const Template *template, NodeKind kind, size_t line) {
    Node *node = arena_new(template->arena, Node);
    node->kind = kind;
    node->line = line;
    return node;
}
