/** Mail as text: RFC 5322 header lines, RFC 2047 encoded words, one quoted-printable body (RFC 2045). */
#include <string.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "outside/mail.h"

enum {
    NAME_LIMIT = 400,
    SUBJECT_LIMIT = 2000,
    BODY_LIMIT = 1024 * 1024,
    MESSAGE_LIMIT = 4 * BODY_LIMIT,
    ADDRESS_LIMIT = 254,
    LOCAL_PART_LIMIT = 64,
    LABEL_LIMIT = 63,
    LINE_LIMIT = 76,      /* RFC 2047 section 2, RFC 2045 section 6.7 */
    PLAIN_WORD_LIMIT = 60 /* longer words cannot be folded and are encoded */
};

static bool is_letter_or_digit(char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* RFC 5322 dot-atom. */
static bool is_local_part(Text text) {
    if (text.size == 0 || text.size > LOCAL_PART_LIMIT || text.data[0] == '.' || text.data[text.size - 1] == '.' ||
        text_find(text, TEXT(".."), &(size_t){0})) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (!is_letter_or_digit(text.data[i]) && memchr(".!#$%&'*+-/=?^_`{|}~", text.data[i], 20) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_domain(Text text) {
    if (text.size == 0) {
        return false;
    }
    const bool ends_with_dot = text.data[text.size - 1] == '.';
    while (text.size > 0) {
        const Text label = text_cut(&text, '.');
        if (label.size == 0 || label.size > LABEL_LIMIT || label.data[0] == '-' || label.data[label.size - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < label.size; i++) {
            if (!is_letter_or_digit(label.data[i]) && label.data[i] != '-') {
                return false;
            }
        }
    }
    return !ends_with_dot;
}

bool mail_is_address(Text text) {
    size_t at = 0;
    return text.size <= ADDRESS_LIMIT && text_find(text, TEXT("@"), &at) && is_local_part(text_slice(text, 0, at)) &&
           is_domain(text_slice(text, at + 1, text.size));
}

/* What may stand in a header line at all: this is where injected lines end. */
static bool is_header_text(Text text, size_t limit) {
    if (text.size > limit || !text_is_utf8(text)) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool is_message_id(Text text) {
    size_t at = 0;
    return text_find(text, TEXT("@"), &at) && is_local_part(text_slice(text, 0, at)) &&
           is_domain(text_slice(text, at + 1, text.size)) && text.size <= ADDRESS_LIMIT;
}

MUST_USE static Status check(const Mail *mail) {
    if (!mail_is_address(mail->from_address)) {
        return fail(STATUS_INVALID, "the sender's mail address is not valid");
    }
    if (!mail_is_address(mail->to_address)) {
        return fail(STATUS_INVALID, "the receiver's mail address is not valid");
    }
    if (!is_header_text(mail->from_name, NAME_LIMIT) || !is_header_text(mail->to_name, NAME_LIMIT)) {
        return fail(STATUS_INVALID, "a name in a mail is too long, not UTF-8, or has control characters");
    }
    if (!is_header_text(mail->subject, SUBJECT_LIMIT)) {
        return fail(STATUS_INVALID, "a mail's subject is too long, not UTF-8, or has control characters");
    }
    if (!is_message_id(mail->message_id)) {
        return fail(STATUS_INVALID, "a mail's message id is not valid");
    }
    if (mail->body.size > BODY_LIMIT) {
        return fail(STATUS_TOO_LARGE, "a mail's text has more than %d bytes", BODY_LIMIT);
    }
    if (!text_is_utf8(mail->body)) {
        return fail(STATUS_INVALID, "a mail's text is not UTF-8");
    }
    return STATUS_OK;
}

/** A header line being written: where in its line it is. */
typedef struct HeaderLine {
    Buffer *buffer;
    size_t column;
} HeaderLine;

static void put(HeaderLine *line, Text text) {
    buffer_append(line->buffer, text);
    line->column += text.size;
}

static void fold(HeaderLine *line) {
    buffer_append(line->buffer, TEXT("\r\n "));
    line->column = 1;
}

static size_t bytes_of_code_point(Text rest) {
    const size_t before = rest.size;
    (void)text_next_code_point(&rest);
    return before - rest.size;
}

/* Each word is whole in itself: no character is cut, and each is at most 75 bytes long. */
static void put_encoded_words(HeaderLine *line, Arena *arena, Text text) {
    const size_t frame = sizeof "=?UTF-8?B?" - 1 + sizeof "?=" - 1;
    while (text.size > 0) {
        size_t room = (LINE_LIMIT - line->column - frame) / 4 * 3;
        if (line->column + frame >= LINE_LIMIT || room < bytes_of_code_point(text)) {
            fold(line);
            room = (LINE_LIMIT - 1 - frame) / 4 * 3;
        }
        size_t part = 0;
        for (Text rest = text; rest.size > 0; rest = text_slice(text, part, text.size)) {
            const size_t next = bytes_of_code_point(rest);
            if (part + next > room) {
                break;
            }
            part += next;
        }
        put(line, TEXT("=?UTF-8?B?"));
        put(line, base64_encode(arena, text_slice(text, 0, part)));
        put(line, TEXT("?="));
        text = text_slice(text, part, text.size);
        if (text.size > 0) {
            fold(line);
        }
    }
}

/* Plain: printable ASCII in short words with single blanks, which survives folding, and nothing that looks encoded. */
static bool is_plain(Text text) {
    size_t word = 0;
    for (size_t i = 0; i < text.size; i++) {
        const bool blank = text.data[i] == ' ';
        if ((unsigned char)text.data[i] >= 0x7F || (blank && (word == 0 || i + 1 == text.size))) {
            return false;
        }
        word = blank ? 0 : word + 1;
        if (word > PLAIN_WORD_LIMIT) {
            return false;
        }
    }
    return !text_find(text, TEXT("=?"), &(size_t){0});
}

static void put_plain_words(HeaderLine *line, Text text) {
    for (bool first = true; text.size > 0; first = false) {
        const Text word = text_cut(&text, ' ');
        if (!first && line->column + 1 + word.size > LINE_LIMIT) {
            fold(line);
        } else if (!first) {
            put(line, TEXT(" "));
        }
        put(line, word);
    }
}

static void put_text_header(Buffer *buffer, Arena *arena, Text field, Text value) {
    HeaderLine line = {buffer, 0};
    put(&line, field);
    put(&line, TEXT(": "));
    if (is_plain(value)) {
        put_plain_words(&line, value);
    } else {
        put_encoded_words(&line, arena, value);
    }
    buffer_append(buffer, TEXT("\r\n"));
}

static void put_quoted_name(HeaderLine *line, Text name) {
    put(line, TEXT("\""));
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\') {
            put(line, TEXT("\\"));
        }
        put(line, text_slice(name, i, i + 1));
    }
    put(line, TEXT("\""));
}

static void put_address_header(Buffer *buffer, Arena *arena, Text field, Text name, Text address) {
    HeaderLine line = {buffer, 0};
    put(&line, field);
    put(&line, TEXT(": "));
    if (name.size > 0) {
        if (is_plain(name) && name.size <= PLAIN_WORD_LIMIT) {
            put_quoted_name(&line, name);
        } else {
            put_encoded_words(&line, arena, name);
        }
        if (line.column + address.size + 3 > LINE_LIMIT) {
            fold(&line);
        } else {
            put(&line, TEXT(" "));
        }
    }
    put(&line, TEXT("<"));
    put(&line, address);
    put(&line, TEXT(">\r\n"));
}

static void put_date(Buffer *buffer, Time date) {
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1970 began on a Thursday */
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int year = 0, month = 0, day = 0;
    time_date(date, &year, &month, &day);
    const int64_t of_day = (date.microseconds % TIME_DAY + TIME_DAY) % TIME_DAY;
    const int64_t day_number = (date.microseconds - of_day) / TIME_DAY;
    buffer_format(buffer, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[(day_number % 7 + 7) % 7], day,
                  months[month - 1], year, (int)(of_day / TIME_HOUR), (int)(of_day / TIME_MINUTE % 60),
                  (int)(of_day / TIME_SECOND % 60));
}

/* A point alone and "From " at a line's start have meanings to old mail programs, a blank at its end gets lost: these
 * are encoded too. */
static bool must_encode(Text line, size_t at) {
    const unsigned char byte = (unsigned char)line.data[at];
    const bool last = at + 1 == line.size;
    return byte >= 0x7F || byte == '=' || (byte < 0x20 && byte != '\t') || ((byte == ' ' || byte == '\t') && last) ||
           (at == 0 && (byte == '.' || text_starts_with(line, TEXT("From "))));
}

static void put_quoted_printable_line(Buffer *buffer, Text line) {
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < line.size; i++) {
        const unsigned char byte = (unsigned char)line.data[i];
        const bool encoded = must_encode(line, i);
        const size_t size = encoded ? 3 : 1;
        if (column + size > LINE_LIMIT - 1) { /* one column is left for the "=" of a soft line break */
            buffer_append(buffer, TEXT("=\r\n"));
            column = 0;
        }
        if (encoded) {
            buffer_append(buffer, (Text){(const char[]){'=', digits[byte >> 4], digits[byte & 15]}, 3});
        } else {
            buffer_append_byte(buffer, (char)byte);
        }
        column += size;
    }
    buffer_append(buffer, TEXT("\r\n"));
}

static void put_body(Buffer *buffer, Text body) {
    while (body.size > 0) {
        Text line = text_cut(&body, '\n');
        if (line.size > 0 && line.data[line.size - 1] == '\r') {
            line.size--;
        }
        put_quoted_printable_line(buffer, line);
    }
}

Status mail_write(Arena *arena, const Mail *mail, Time date, Text *ret_message) {
    TRY(check(mail));
    Buffer buffer = buffer_make(arena, MESSAGE_LIMIT);
    put_date(&buffer, date);
    put_address_header(&buffer, arena, TEXT("From"), mail->from_name, mail->from_address);
    put_address_header(&buffer, arena, TEXT("To"), mail->to_name, mail->to_address);
    put_text_header(&buffer, arena, TEXT("Subject"), mail->subject);
    buffer_format(&buffer, "Message-ID: <%.*s>\r\n", TEXT_ARG(mail->message_id));
    buffer_append(&buffer, TEXT("Auto-Submitted: auto-generated\r\n"
                                "MIME-Version: 1.0\r\n"
                                "Content-Type: text/plain; charset=utf-8\r\n"
                                "Content-Transfer-Encoding: quoted-printable\r\n"
                                "\r\n"));
    put_body(&buffer, mail->body);
    return buffer_take(&buffer, ret_message);
}
