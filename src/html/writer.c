/** Values in their places: escaped text, parts of URLs, JSON. */
#include "html/writer.h"

#include <assert.h>
#include <string.h>

#include "base/asset.h"

Writer writer_make(Arena *arena, const Frame *frame, Time now) {
    return (Writer){
        .buffer = buffer_make(arena, WRITER_MAXIMUM_BYTES),
        .arena = arena,
        .frame = frame,
        .language = frame != NULL && frame->language != NULL ? frame->language : language_english(),
        .now = now,
    };
}

void write_literal(Writer *writer, const char *bytes, size_t size) {
    buffer_append(&writer->buffer, (Text){bytes, size});
}

void write_raw(Writer *writer, SafeHtml html) {
    buffer_append(&writer->buffer, html.html);
}

/** What stands for each byte that would mean something else in text or in a quoted attribute. */
static const char *escape_of(char byte) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return "&#13;"; /* browsers would make a line feed of it */
    }
}

static void write_escaped(Writer *writer, Text text) {
    static const bool is_escaped[256] = {
        ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true, ['\r'] = true};
    size_t start = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_escaped[(unsigned char)text.data[i]]) {
            buffer_append(&writer->buffer, text_slice(text, start, i));
            buffer_append(&writer->buffer, text_of(escape_of(text.data[i])));
            start = i + 1;
        }
    }
    buffer_append(&writer->buffer, text_slice(text, start, text.size));
}

static void write_digits(Writer *writer, int64_t number) {
    buffer_append(&writer->buffer, arena_number(writer->arena, number));
}

static void write_base_32(Writer *writer, int64_t id) {
    char letters[ID_TEXT_SIZE + 1];
    id_write(id, letters);
    write_literal(writer, letters, ID_TEXT_SIZE);
}

static int64_t clamped(unsigned long long number) {
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

/** The integer functions of one way of writing, over its `write_number(Writer *, int64_t)`. */
#define WRITER_DEFINE_INTEGERS(function, write_number)                                                                 \
    void function##_int(Writer *writer, const void *value, int64_t id) {                                               \
        (void)id;                                                                                                      \
        write_number(writer, *(const int *)value);                                                                     \
    }                                                                                                                  \
    void function##_unsigned(Writer *writer, const void *value, int64_t id) {                                          \
        (void)id;                                                                                                      \
        write_number(writer, *(const unsigned *)value);                                                                \
    }                                                                                                                  \
    void function##_long(Writer *writer, const void *value, int64_t id) {                                              \
        (void)id;                                                                                                      \
        write_number(writer, *(const long *)value);                                                                    \
    }                                                                                                                  \
    void function##_unsigned_long(Writer *writer, const void *value, int64_t id) {                                     \
        (void)id;                                                                                                      \
        write_number(writer, clamped(*(const unsigned long *)value));                                                  \
    }                                                                                                                  \
    void function##_long_long(Writer *writer, const void *value, int64_t id) {                                         \
        (void)id;                                                                                                      \
        write_number(writer, *(const long long *)value);                                                               \
    }                                                                                                                  \
    void function##_unsigned_long_long(Writer *writer, const void *value, int64_t id) {                                \
        (void)id;                                                                                                      \
        write_number(writer, clamped(*(const unsigned long long *)value));                                             \
    }

static void write_grouped(Writer *writer, int64_t number) {
    if (number >= 0 && number < 1000 && writer->language == language_english()) {
        write_digits(writer, number);
    } else {
        write_escaped(writer, format_number(writer->arena, writer->language, number));
    }
}

WRITER_DEFINE_INTEGERS(write_value, write_grouped)
WRITER_DEFINE_INTEGERS(write_plain, write_digits)
WRITER_DEFINE_INTEGERS(write_url_part, write_digits)
WRITER_DEFINE_INTEGERS(write_json, write_digits)

void write_value_text(Writer *writer, const void *value, int64_t id) {
    (void)id;
    write_escaped(writer, *(const Text *)value);
}

void write_value_time(Writer *writer, const void *value, int64_t id) {
    (void)id;
    const Time time = *(const Time *)value;
    if (time_is_set(time)) {
        write_escaped(writer, format_date(writer->arena, writer->language, time));
    }
}

void write_value_message(Writer *writer, const void *value, int64_t id) {
    (void)id;
    const Message message = *(const Message *)value;
    if (message.english != NULL) {
        write_escaped(writer, message_text(writer->language, message));
    }
}

void write_value_id(Writer *writer, const void *value, int64_t id) {
    (void)value;
    write_base_32(writer, id);
}

void write_plain_text(Writer *writer, const void *value, int64_t id) {
    write_value_text(writer, value, id);
}

void write_plain_time(Writer *writer, const void *value, int64_t id) {
    (void)id;
    const Time time = *(const Time *)value;
    if (time_is_set(time)) {
        write_escaped(writer, time_iso_date(writer->arena, time));
    }
}

void write_plain_message(Writer *writer, const void *value, int64_t id) {
    write_value_message(writer, value, id);
}

void write_plain_id(Writer *writer, const void *value, int64_t id) {
    write_value_id(writer, value, id);
}

static bool is_unreserved(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

static void write_percent_encoded(Writer *writer, Text text) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (is_unreserved(text.data[i])) {
            buffer_append_byte(&writer->buffer, text.data[i]);
        } else {
            write_literal(writer, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
        }
    }
}

void write_url_part_text(Writer *writer, const void *value, int64_t id) {
    (void)id;
    write_percent_encoded(writer, *(const Text *)value);
}

void write_url_part_time(Writer *writer, const void *value, int64_t id) {
    write_plain_time(writer, value, id);
}

void write_url_part_message(Writer *writer, const void *value, int64_t id) {
    (void)id;
    write_percent_encoded(writer, message_text(writer->language, *(const Message *)value));
}

void write_url_part_id(Writer *writer, const void *value, int64_t id) {
    write_value_id(writer, value, id);
}

static bool starts_with_ignoring_case(Text text, Text start) {
    return text.size >= start.size && text_equal_ignoring_case(text_slice(text, 0, start.size), start);
}

/** Browsers drop tabs and line ends inside a URL and take a backslash for a slash, so none of them may pass. */
static bool url_is_safe(Text url) {
    for (size_t i = 0; i < url.size; i++) {
        if ((unsigned char)url.data[i] <= ' ' || url.data[i] == 0x7f || url.data[i] == '\\') {
            return false;
        }
    }
    if (text_starts_with(url, TEXT("/"))) {
        return !text_starts_with(url, TEXT("//"));
    }
    return starts_with_ignoring_case(url, TEXT("https://")) || starts_with_ignoring_case(url, TEXT("http://")) ||
           starts_with_ignoring_case(url, TEXT("mailto:"));
}

void write_url_start(Writer *writer, Text url) {
    write_escaped(writer, url_is_safe(url) ? url : TEXT("#"));
}

/** The escape of the character at `at` inside a JSON string, and how many bytes it stands for; NULL when it may stay.
 */
static const char *json_escape_of(Text text, size_t at, size_t *ret_size) {
    *ret_size = 1;
    switch (text.data[at]) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    case '\xe2':
        *ret_size = 3;
        if (text_starts_with(text_slice(text, at, text.size), TEXT("\xe2\x80\xa8"))) {
            return "\\u2028";
        }
        return text_starts_with(text_slice(text, at, text.size), TEXT("\xe2\x80\xa9")) ? "\\u2029" : NULL;
    default:
        return NULL;
    }
}

static void write_json_string(Writer *writer, Text text) {
    buffer_append_byte(&writer->buffer, '"');
    size_t start = 0;
    for (size_t i = 0; i < text.size;) {
        size_t size = 1;
        const char *escape = json_escape_of(text, i, &size);
        const bool control = (unsigned char)text.data[i] < ' ' && escape == NULL;
        if (escape == NULL && !control) {
            i++;
            continue;
        }
        buffer_append(&writer->buffer, text_slice(text, start, i));
        if (control) {
            buffer_format(&writer->buffer, "\\u%04x", (unsigned)text.data[i]);
        } else {
            buffer_append(&writer->buffer, text_of(escape));
        }
        i += size;
        start = i;
    }
    buffer_append(&writer->buffer, text_slice(text, start, text.size));
    buffer_append_byte(&writer->buffer, '"');
}

void write_json_text(Writer *writer, const void *value, int64_t id) {
    (void)id;
    write_json_string(writer, *(const Text *)value);
}

void write_json_time(Writer *writer, const void *value, int64_t id) {
    (void)id;
    const Time time = *(const Time *)value;
    if (time_is_set(time)) {
        write_json_string(writer, time_rfc3339(writer->arena, time));
    } else {
        write_literal(writer, "null", 4);
    }
}

void write_json_message(Writer *writer, const void *value, int64_t id) {
    (void)id;
    const Message message = *(const Message *)value;
    if (message.english != NULL) {
        write_json_string(writer, message_text(writer->language, message));
    } else {
        write_literal(writer, "null", 4);
    }
}

void write_json_id(Writer *writer, const void *value, int64_t id) {
    (void)value;
    if (id == 0) {
        write_literal(writer, "null", 4);
        return;
    }
    buffer_append_byte(&writer->buffer, '"');
    write_base_32(writer, id);
    buffer_append_byte(&writer->buffer, '"');
}

void write_json_bool(Writer *writer, const void *value, int64_t id) {
    (void)id;
    buffer_append(&writer->buffer, *(const bool *)value ? TEXT("true") : TEXT("false"));
}

void write_moment(Writer *writer, Time time) {
    if (time_is_set(time)) {
        write_escaped(writer, format_moment(writer->arena, writer->language, time));
    }
}

void write_age(Writer *writer, Time time) {
    if (time_is_set(time)) {
        write_escaped(writer,
                      format_age(writer->arena, writer->language, writer->now.microseconds - time.microseconds));
    }
}

void write_iso(Writer *writer, Time time) {
    if (time_is_set(time)) {
        write_escaped(writer, time_rfc3339(writer->arena, time));
    }
}

void write_country(Writer *writer, Text alpha_2) {
    write_escaped(writer, format_country(writer->arena, writer->language, alpha_2));
}

void write_decimal(Writer *writer, Text decimal) {
    write_escaped(writer, format_decimal(writer->arena, writer->language, decimal));
}

void write_lines(Writer *writer, Text text) {
    while (text.size > 0) {
        write_escaped(writer, text_cut(&text, '\n'));
        if (text.size > 0) {
            write_literal(writer, "<br>", 4);
        }
    }
}

void write_attribute_moment(Writer *writer, Time time) {
    write_moment(writer, time);
}

void write_attribute_age(Writer *writer, Time time) {
    write_age(writer, time);
}

void write_attribute_iso(Writer *writer, Time time) {
    write_iso(writer, time);
}

void write_attribute_country(Writer *writer, Text alpha_2) {
    write_country(writer, alpha_2);
}

void write_attribute_decimal(Writer *writer, Text decimal) {
    write_decimal(writer, decimal);
}

void write_attribute_lines(Writer *writer, Text text) {
    write_escaped(writer, text);
}

void write_message(Writer *writer, uint64_t hash, const char *english, size_t size) {
    write_escaped(writer, message_lookup(writer, hash, english, size));
}

void write_message_attribute(Writer *writer, uint64_t hash, const char *english, size_t size) {
    write_message(writer, hash, english, size);
}

/** The size of the hole or tag that starts at `at`, with its brackets; 0 when none does. */
static size_t part_size(Text pattern, size_t at) {
    const char end = pattern.data[at] == '{' ? '}' : pattern.data[at] == '<' ? '>' : '\0';
    if (end == '\0') {
        return 0;
    }
    for (size_t i = at + 1; i < pattern.size; i++) {
        if (pattern.data[i] == end) {
            return i + 1 - at;
        }
    }
    return 0;
}

static void write_part(Writer *writer, Text part, const PatternPart *parts, size_t count, const void *context) {
    const Text name = part.data[0] == '{' ? text_slice(part, 1, part.size - 1) : part;
    for (size_t i = 0; i < count; i++) {
        if (text_equal(name, text_of(parts[i].name))) {
            parts[i].write(writer, context);
            return;
        }
    }
}

void write_pattern(Writer *writer, Text pattern, const PatternPart *parts, size_t count, const void *context) {
    size_t start = 0;
    for (size_t i = 0; i < pattern.size;) {
        const size_t size = part_size(pattern, i);
        if (size == 0) {
            i++;
            continue;
        }
        write_escaped(writer, text_slice(pattern, start, i));
        write_part(writer, text_slice(pattern, i, i + size), parts, count, context);
        i += size;
        start = i;
    }
    write_escaped(writer, text_slice(pattern, start, pattern.size));
}

bool html_truth_of(const void *value, size_t size) {
    /* Texts and lists are a pointer and a count; only the count decides. All else is true when some byte is set. */
    const unsigned char *bytes = value;
    for (size_t i = size == sizeof(Text) ? offsetof(Text, size) : 0; i < size; i++) {
        if (bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

Text html_asset_address(const char *name) {
    for (size_t i = 0; i < asset_count; i++) {
        if (strcmp(assets[i].name, name) == 0) {
            return text_of(assets[i].url);
        }
    }
    assert(false && "no such asset in this build");
    return (Text){NULL, 0};
}
