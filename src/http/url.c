/** Percent-encoding, host names and local paths, strict in what they take. */
#include "http/url.h"

#include "base/buffer.h"
#include "base/log.h"

static int url_hex(char letter) {
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    if (letter >= 'a' && letter <= 'f') {
        return letter - 'a' + 10;
    }
    return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

static bool url_is_unreserved(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '-' || letter == '.' || letter == '_' || letter == '~';
}

Status url_decode(Arena *arena, Text text, bool plus, Text *ret_text) {
    void *memory = NULL;
    TRY(arena_try_allocate(arena, text.size + 1, &memory));
    char *bytes = memory;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '%') {
            const int high = i + 2 < text.size ? url_hex(text.data[i + 1]) : -1;
            const int low = i + 2 < text.size ? url_hex(text.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return fail(STATUS_INVALID, "broken percent-encoding");
            }
            bytes[size++] = (char)(high * 16 + low);
            i += 2;
        } else {
            bytes[size++] = plus && text.data[i] == '+' ? ' ' : text.data[i];
        }
    }
    const Text decoded = {bytes, size};
    if (!text_is_utf8(decoded)) {
        return fail(STATUS_INVALID, "not UTF-8");
    }
    *ret_text = decoded;
    return STATUS_OK;
}

static Text url_encode_unless(Arena *arena, Text text, bool (*passes)(char letter)) {
    static const char digits[] = "0123456789ABCDEF";
    Buffer buffer = buffer_make(arena, text.size * 3 + 1);
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (passes(text.data[i])) {
            buffer_append_byte(&buffer, text.data[i]);
        } else {
            buffer_append_byte(&buffer, '%');
            buffer_append_byte(&buffer, digits[byte >> 4]);
            buffer_append_byte(&buffer, digits[byte & 15]);
        }
    }
    return (Text){buffer.data, buffer.size};
}

Text url_encode(Arena *arena, Text text) {
    return url_encode_unless(arena, text, url_is_unreserved);
}

static bool url_may_stand(char letter) {
    const unsigned char byte = (unsigned char)letter;
    return byte > ' ' && byte < 0x7f && letter != '"' && letter != '<' && letter != '>' && letter != '\\' &&
           letter != '^' && letter != '`' && letter != '{' && letter != '|' && letter != '}';
}

Text url_encode_location(Arena *arena, Text path) {
    return url_encode_unless(arena, path, url_may_stand);
}

bool url_is_local_path(Text path) {
    if (path.size == 0 || path.size > URL_BYTES_MAX || path.data[0] != '/' || (path.size > 1 && path.data[1] == '/')) {
        return false;
    }
    for (size_t i = 0; i < path.size; i++) {
        const unsigned char byte = (unsigned char)path.data[i];
        if (byte < ' ' || byte == 0x7f || byte == '\\') {
            return false;
        }
    }
    return text_is_utf8(path);
}

Text url_query_value(Text query, Text name) {
    while (query.size > 0) {
        Text value = text_cut(&query, '&');
        const Text key = text_cut(&value, '=');
        if (text_equal(key, name)) {
            return value;
        }
    }
    return (Text){NULL, 0};
}

Text url_query_without(Arena *arena, Text query, Text name) {
    Buffer buffer = buffer_make(arena, query.size + 1);
    while (query.size > 0) {
        const Text part = text_cut(&query, '&');
        Text value = part;
        if (text_equal(text_cut(&value, '='), name)) {
            continue;
        }
        if (buffer.size > 0) {
            buffer_append_byte(&buffer, '&');
        }
        buffer_append(&buffer, part);
    }
    return (Text){buffer.data, buffer.size};
}

static bool url_is_host_letter(char letter, bool in_brackets) {
    if (in_brackets) {
        return url_hex(letter) >= 0 || letter == ':' || letter == '.';
    }
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '-' || letter == '.';
}

Status url_read_host(Arena *arena, Text header, Text *ret_name, Text *ret_port) {
    const bool in_brackets = header.size > 0 && header.data[0] == '[';
    size_t end = in_brackets ? 1 : 0;
    while (end < header.size && url_is_host_letter(header.data[end], in_brackets)) {
        end++;
    }
    if (in_brackets) {
        if (end >= header.size || header.data[end] != ']') {
            return fail(STATUS_INVALID, "bad host");
        }
        end++;
    }
    Text port = text_slice(header, end, header.size);
    if (end == 0 || end > 253 || (in_brackets && end < 4)) {
        return fail(STATUS_INVALID, "bad host");
    }
    if (port.size > 0) {
        int64_t number = 0;
        port = text_slice(port, 1, port.size);
        if (header.data[end] != ':' || port.size > 5 || port.size == 0 || port.data[0] < '0' || port.data[0] > '9' ||
            text_to_int(port, &number) != STATUS_OK || number > 65535) {
            return fail(STATUS_INVALID, "bad port");
        }
    }
    char *name = arena_c_string(arena, text_slice(header, 0, end));
    for (size_t i = 0; i < end; i++) {
        name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    }
    *ret_name = (Text){name, end};
    *ret_port = port;
    return STATUS_OK;
}
