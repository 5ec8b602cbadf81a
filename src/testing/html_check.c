/** A strict little reader of the HTML that our own templates write. */
#include "testing/html_check.h"

#include <string.h>

#include "base/buffer.h"
#include "base/log.h"

#define DEPTH_MAX 256
#define IDS_MAX   4096

typedef struct Names {
    Text items[IDS_MAX];
    size_t count;
} Names;

typedef struct Check {
    Text rest;
    Text page;
    Text open[DEPTH_MAX];
    size_t depth;
    Names ids, targets;
} Check;

static Status wrong(const Check *check, const char *words, Text what) {
    size_t line = 1;
    for (const char *at = check->page.data; at < check->rest.data; at++) {
        line += *at == '\n';
    }
    return fail(STATUS_INVALID, "line %zu of the page: %s: %.*s", line, words, TEXT_ARG(text_slice(what, 0, 60)));
}

static bool is_one_of(Text name, const char *list) {
    Text rest = text_of(list);
    while (rest.size > 0) {
        if (text_equal(text_cut(&rest, ' '), name)) {
            return true;
        }
    }
    return false;
}

static bool is_void(Text name) {
    return is_one_of(name, "area base br col embed hr img input link meta source track wbr");
}

static size_t name_size(Text text) {
    size_t size = 0;
    while (size < text.size && strchr(" \t\r\n/>=\"'<", text.data[size]) == NULL) {
        size++;
    }
    return size;
}

static bool names_have(const Names *names, Text name) {
    for (size_t i = 0; i < names->count; i++) {
        if (text_equal(names->items[i], name)) {
            return true;
        }
    }
    return false;
}

static Status note_attribute(Check *check, Text name, Text value) {
    if (text_equal(name, TEXT("id"))) {
        if (value.size == 0 || names_have(&check->ids, value)) {
            return wrong(check, "an id that is empty or stands twice", value);
        }
        if (check->ids.count < IDS_MAX) {
            check->ids.items[check->ids.count++] = value;
        }
    }
    if (text_equal(name, TEXT("for")) || (text_equal(name, TEXT("href")) && value.size > 1 && value.data[0] == '#')) {
        if (check->targets.count < IDS_MAX) {
            check->targets.items[check->targets.count++] =
                text_equal(name, TEXT("for")) ? value : text_slice(value, 1, value.size);
        }
    }
    if (text_starts_with(name, TEXT("on")) || text_equal(name, TEXT("style"))) {
        return wrong(check, "inline script or style", name);
    }
    return STATUS_OK;
}

static Status read_attributes(Check *check) {
    Names seen = {.count = 0};
    for (;;) {
        Text value = {NULL, 0};
        while (check->rest.size > 0 && strchr(" \t\r\n", check->rest.data[0]) != NULL) {
            check->rest = text_slice(check->rest, 1, check->rest.size);
        }
        const size_t size = name_size(check->rest);
        if (size == 0) {
            return STATUS_OK;
        }
        const Text name = text_slice(check->rest, 0, size);
        check->rest = text_slice(check->rest, size, check->rest.size);
        if (names_have(&seen, name) || seen.count == IDS_MAX) {
            return wrong(check, "an attribute stands twice", name);
        }
        seen.items[seen.count++] = name;
        if (text_starts_with(check->rest, TEXT("="))) {
            if (!text_starts_with(check->rest, TEXT("=\""))) {
                return wrong(check, "an attribute without quotes", name);
            }
            check->rest = text_slice(check->rest, 2, check->rest.size);
            if (!text_find(check->rest, TEXT("\""), &(size_t){0})) {
                return wrong(check, "an attribute without end", name);
            }
            value = text_cut(&check->rest, '"');
        }
        TRY(note_attribute(check, name, value));
    }
}

static Status read_end_tag(Check *check) {
    const size_t size = name_size(check->rest);
    const Text name = text_slice(check->rest, 0, size);
    check->rest = text_slice(check->rest, size, check->rest.size);
    if (check->depth == 0 || !text_equal(check->open[check->depth - 1], name)) {
        return wrong(check, "a tag ends that is not the innermost", name);
    }
    check->depth--;
    if (!text_starts_with(check->rest, TEXT(">"))) {
        return wrong(check, "a broken end tag", name);
    }
    check->rest = text_slice(check->rest, 1, check->rest.size);
    return STATUS_OK;
}

static Status read_tag(Check *check) {
    const size_t size = name_size(check->rest);
    const Text name = text_slice(check->rest, 0, size);
    check->rest = text_slice(check->rest, size, check->rest.size);
    if (size == 0) {
        return wrong(check, "a bare <", check->rest);
    }
    TRY(read_attributes(check));
    const bool closes_itself = text_starts_with(check->rest, TEXT("/>"));
    if (!closes_itself && !text_starts_with(check->rest, TEXT(">"))) {
        return wrong(check, "a broken tag", name);
    }
    check->rest = text_slice(check->rest, closes_itself ? 2 : 1, check->rest.size);
    if (closes_itself || is_void(name)) {
        return STATUS_OK;
    }
    if (check->depth == DEPTH_MAX) {
        return wrong(check, "too deep", name);
    }
    check->open[check->depth++] = name;
    return STATUS_OK;
}

static Status check_references(const Check *check, Text text) {
    size_t at = 0;
    while (text_find(text, TEXT("&"), &at)) {
        text = text_slice(text, at + 1, text.size);
        size_t end = 0;
        if (!text_find(text_slice(text, 0, 12), TEXT(";"), &end) || end == 0) {
            return wrong(check, "a bare &", text);
        }
    }
    return STATUS_OK;
}

static Status check_markup(Check *check) {
    while (check->rest.size > 0) {
        size_t at = 0;
        const bool more = text_find(check->rest, TEXT("<"), &at);
        TRY(check_references(check, text_slice(check->rest, 0, more ? at : check->rest.size)));
        if (!more) {
            break;
        }
        check->rest = text_slice(check->rest, at + 1, check->rest.size);
        if (text_starts_with(check->rest, TEXT("!--"))) {
            if (!text_find(check->rest, TEXT("-->"), &at)) {
                return wrong(check, "a comment without end", check->rest);
            }
            check->rest = text_slice(check->rest, at + 3, check->rest.size);
        } else if (text_starts_with(check->rest, TEXT("!"))) {
            text_cut(&check->rest, '>');
        } else if (text_starts_with(check->rest, TEXT("/"))) {
            check->rest = text_slice(check->rest, 1, check->rest.size);
            TRY(read_end_tag(check));
        } else {
            TRY(read_tag(check));
        }
    }
    return check->depth == 0 ? STATUS_OK : wrong(check, "a tag without end", check->open[check->depth - 1]);
}

Status html_check(Arena *arena, Text page) {
    Check *check = arena_new(arena, Check);
    check->page = check->rest = page;
    if (!text_is_utf8(page)) {
        return fail(STATUS_INVALID, "the page is not UTF-8");
    }
    if (!text_starts_with(page, TEXT("<!doctype html>")) && !text_starts_with(page, TEXT("<!DOCTYPE html>"))) {
        return fail(STATUS_INVALID, "the page does not begin with <!doctype html>");
    }
    TRY(check_markup(check));
    for (size_t i = 0; i < check->targets.count; i++) {
        if (!names_have(&check->ids, check->targets.items[i])) {
            return fail(STATUS_INVALID, "nothing has the id %.*s that a label or link names",
                        TEXT_ARG(check->targets.items[i]));
        }
    }
    return STATUS_OK;
}

typedef struct Reference {
    const char *name, *letter;
} Reference;

/* One character reference at the start of `text`; returns how much of the text it was. */
static size_t decode_reference(Buffer *buffer, Text text) {
    static const Reference references[] = {{"&amp;", "&"}, {"&lt;", "<"},   {"&gt;", ">"},   {"&quot;", "\""},
                                           {"&#39;", "'"}, {"&#34;", "\""}, {"&#x27;", "'"}, {"&nbsp;", " "}};
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        if (text_starts_with(text, text_of(references[i].name))) {
            buffer_append(buffer, text_of(references[i].letter));
            return strlen(references[i].name);
        }
    }
    buffer_append_byte(buffer, '&');
    return 1;
}

static bool is_inline(Text name) {
    return is_one_of(name, "a b strong em i span code abbr time small q cite sup sub");
}

Text html_visible_text(Arena *arena, Text page) {
    Buffer buffer = buffer_make(arena, page.size * 2 + 1);
    size_t at = 0;
    while (at < page.size) {
        const Text here = text_slice(page, at, page.size);
        size_t end = 0;
        if (here.data[0] == '<' && text_find(here, TEXT(">"), &end)) {
            Text name = text_slice(here, 1, end);
            name = text_starts_with(name, TEXT("/")) ? text_slice(name, 1, name.size) : name;
            name = text_slice(name, 0, name_size(name));
            at += end + 1;
            if (is_inline(name)) {
                continue;
            }
            if (buffer.size > 0 && buffer.data[buffer.size - 1] != ' ') {
                buffer_append_byte(&buffer, ' ');
            }
        } else if (here.data[0] == '&') {
            at += decode_reference(&buffer, here);
        } else if (strchr(" \t\r\n", here.data[0]) != NULL) {
            at++;
            if (buffer.size > 0 && buffer.data[buffer.size - 1] != ' ') {
                buffer_append_byte(&buffer, ' ');
            }
        } else {
            buffer_append_byte(&buffer, here.data[0]);
            at++;
        }
    }
    return (Text){buffer.data, buffer.size};
}
