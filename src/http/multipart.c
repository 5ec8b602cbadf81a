/** A strict reader of multipart/form-data (RFC 7578, RFC 2046): CRLF lines, one disposition per part, no nesting, no
 * transfer encodings. */
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "http/pairs.h"

#define PART_HEADERS_MAX 8
#define PART_HEAD_BYTES  4096
#define FILE_NAME_MAX    1024

typedef struct PartHead {
    Text name, file_name, type;
    bool has_name, has_file_name;
} PartHead;

static bool is_boundary_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           (letter != '\0' && strchr("'()+_,-./:=?", letter) != NULL);
}

Status multipart_boundary(Arena *arena, Text content_type, Text *ret_boundary) {
    Text rest = content_type;
    text_cut(&rest, ';');
    while (rest.size > 0) {
        Text value = text_cut(&rest, ';');
        const Text name = text_trim(text_cut(&value, '='));
        if (!text_equal_ignoring_case(name, TEXT("boundary"))) {
            continue;
        }
        value = text_trim(value);
        if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"') {
            value = text_slice(value, 1, value.size - 1);
        }
        if (value.size == 0 || value.size > 70) {
            break;
        }
        for (size_t i = 0; i < value.size; i++) {
            if (!is_boundary_letter(value.data[i])) {
                return fail(STATUS_INVALID, "bad multipart boundary");
            }
        }
        *ret_boundary = arena_copy(arena, value);
        return STATUS_OK;
    }
    return fail(STATUS_INVALID, "no multipart boundary");
}

/* One value of a Content-Disposition parameter, quoted or a token; browsers write %22, %0D and %0A for what cannot
 * stand in quotes. */
static bool read_parameter_value(Arena *arena, Text *rest, Text *ret_value) {
    if (rest->size == 0 || rest->data[0] != '"') {
        Text after = *rest;
        const Text token = text_trim(text_cut(&after, ';'));
        *rest = text_slice(*rest, rest->size - after.size, rest->size);
        *ret_value = token;
        return token.size > 0 && !text_find(token, TEXT("\""), &(size_t){0});
    }
    Buffer buffer = buffer_make(arena, rest->size + 1);
    size_t i = 1;
    for (; i < rest->size && rest->data[i] != '"'; i++) {
        const bool escaped =
            rest->data[i] == '\\' && i + 1 < rest->size && (rest->data[i + 1] == '"' || rest->data[i + 1] == '\\');
        const Text three = text_slice(*rest, i, i + 3);
        i += escaped ? 1 : 0;
        if (!escaped && text_equal(three, TEXT("%22"))) {
            buffer_append_byte(&buffer, '"');
            i += 2;
        } else {
            buffer_append_byte(&buffer, rest->data[i]);
        }
    }
    if (i >= rest->size) {
        return false;
    }
    Text after = text_trim(text_slice(*rest, i + 1, rest->size));
    if (after.size > 0 && after.data[0] != ';') {
        return false;
    }
    *rest = text_slice(after, 1, after.size);
    *ret_value = (Text){buffer.data, buffer.size};
    return true;
}

static bool read_disposition(Arena *arena, Text value, PartHead *head) {
    if (!text_equal_ignoring_case(text_trim(text_cut(&value, ';')), TEXT("form-data"))) {
        return false;
    }
    while (text_trim(value).size > 0) {
        Text content = {NULL, 0};
        const Text name = text_trim(text_cut(&value, '='));
        if (!read_parameter_value(arena, &value, &content)) {
            return false;
        }
        if (text_equal_ignoring_case(name, TEXT("name"))) {
            if (head->has_name) {
                return false;
            }
            head->name = content;
            head->has_name = true;
        } else if (text_equal_ignoring_case(name, TEXT("filename"))) {
            if (head->has_file_name) {
                return false;
            }
            head->file_name = content;
            head->has_file_name = true;
        }
    }
    return head->has_name;
}

/* Reads the lines up to the empty one; `rest` is moved behind it. */
static bool read_part_head(Arena *arena, Text *rest, PartHead *head) {
    bool disposed = false;
    for (int lines = 0; lines <= PART_HEADERS_MAX; lines++) {
        size_t end = 0;
        if (!text_find(text_slice(*rest, 0, PART_HEAD_BYTES), TEXT("\r\n"), &end)) {
            return false;
        }
        Text value = text_slice(*rest, 0, end);
        *rest = text_slice(*rest, end + 2, rest->size);
        if (value.size == 0) {
            return disposed;
        }
        const bool has_colon = text_find(value, TEXT(":"), &(size_t){0});
        const Text name = text_cut(&value, ':');
        if (!has_colon || name.size == 0 || text_trim(name).size != name.size) {
            return false;
        }
        if (text_equal_ignoring_case(name, TEXT("content-disposition"))) {
            if (disposed || !read_disposition(arena, value, head)) {
                return false;
            }
            disposed = true;
        } else if (text_equal_ignoring_case(name, TEXT("content-type"))) {
            head->type = text_trim(value);
        } else if (text_equal_ignoring_case(name, TEXT("content-transfer-encoding"))) {
            const Text encoding = text_trim(value);
            if (!text_equal_ignoring_case(encoding, TEXT("8bit")) &&
                !text_equal_ignoring_case(encoding, TEXT("7bit")) &&
                !text_equal_ignoring_case(encoding, TEXT("binary"))) {
                return false;
            }
        }
    }
    return false;
}

/* Browsers of old sent whole paths: only what stands behind the last slash is the name. */
static Text base_name(Text name) {
    for (size_t i = name.size; i > 0; i--) {
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\') {
            return text_slice(name, i, name.size);
        }
    }
    return name;
}

static PairsProblem pair_of_part(const PartHead *head, Text content, FormPair *ret_pair) {
    if (!text_is_utf8(head->name) || !text_is_utf8(head->file_name) || !text_is_utf8(head->type)) {
        return PAIRS_NOT_UTF8;
    }
    if (head->name.size > PAIR_NAME_MAX || head->file_name.size > FILE_NAME_MAX) {
        return PAIRS_LONG_NAME;
    }
    *ret_pair = (FormPair){.name = head->name, .is_file = head->has_file_name};
    if (head->has_file_name) {
        ret_pair->upload = (Upload){.name = base_name(head->file_name), .type = head->type, .bytes = content};
        return PAIRS_FINE;
    }
    ret_pair->value = content;
    return text_is_utf8(content) ? PAIRS_FINE : PAIRS_NOT_UTF8;
}

/* The body of a part ends where CRLF and the delimiter stand. memmem keeps this linear for any body. */
static bool cut_part(Text *rest, Text delimiter, Text *ret_content) {
    const char *end = rest->size > 0 ? memmem(rest->data, rest->size, delimiter.data, delimiter.size) : NULL;
    if (end == NULL) {
        return false;
    }
    const size_t at = (size_t)(end - rest->data);
    *ret_content = text_slice(*rest, 0, at);
    *rest = text_slice(*rest, at + delimiter.size, rest->size);
    return true;
}

static PairsProblem add_pair(Arena *arena, FormPairs *pairs, size_t *capacity, FormPair pair) {
    if (pairs->count >= PAIRS_MAX) {
        return PAIRS_TOO_MANY;
    }
    if (pairs->count == *capacity) {
        *capacity = *capacity == 0 ? 32 : *capacity * 2;
        FormPair *grown = arena_new_array(arena, FormPair, *capacity);
        for (size_t i = 0; i < pairs->count; i++) {
            grown[i] = pairs->items[i];
        }
        pairs->items = grown;
    }
    pairs->items[pairs->count++] = pair;
    return PAIRS_FINE;
}

PairsProblem pairs_of_multipart(Arena *arena, Text body, Text boundary, FormPairs *ret_pairs, Text *ret_name) {
    const Text delimiter = arena_format(arena, "\r\n--%.*s", TEXT_ARG(boundary));
    const Text first = text_slice(delimiter, 2, delimiter.size);
    FormPairs pairs = {NULL, 0};
    size_t capacity = 0;
    Text rest = body;
    if (!text_starts_with(rest, first)) {
        return PAIRS_BROKEN;
    }
    rest = text_slice(rest, first.size, rest.size);
    while (!text_starts_with(rest, TEXT("--"))) {
        PartHead head = {0};
        FormPair pair = {0};
        Text content = {NULL, 0};
        if (!text_starts_with(rest, TEXT("\r\n"))) {
            return PAIRS_BROKEN;
        }
        rest = text_slice(rest, 2, rest.size);
        if (!read_part_head(arena, &rest, &head)) {
            return PAIRS_BROKEN;
        }
        if (!cut_part(&rest, delimiter, &content)) {
            return PAIRS_BROKEN;
        }
        PairsProblem problem = pair_of_part(&head, content, &pair);
        if (problem == PAIRS_FINE) {
            problem = add_pair(arena, &pairs, &capacity, pair);
        }
        if (problem != PAIRS_FINE) {
            *ret_name = problem == PAIRS_NOT_UTF8 && text_is_utf8(head.name) ? head.name : (Text){NULL, 0};
            return problem;
        }
    }
    const Text end = text_slice(rest, 2, rest.size);
    if (end.size > 0 && !text_equal(end, TEXT("\r\n"))) {
        return PAIRS_BROKEN;
    }
    if (pairs_check_unique(arena, &pairs, ret_name) != STATUS_OK) {
        return PAIRS_TWICE;
    }
    *ret_pairs = pairs;
    return PAIRS_FINE;
}
