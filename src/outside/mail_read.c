/** Reads back what mail_write wrote, for the demonstration's mailbox. */
#include "outside/mail_read.h"

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"

/** The next header line with its folded parts joined; the message moves behind it. */
MUST_USE static Status next_header(Arena *arena, Text *message, Text *ret_line) {
    Buffer line = buffer_make(arena, message->size);
    do {
        Text part = text_cut(message, '\n');
        if (part.size > 0 && part.data[part.size - 1] == '\r') {
            part.size--;
        }
        buffer_append(&line, part);
    } while (line.size > 0 && message->size > 0 && (message->data[0] == ' ' || message->data[0] == '\t'));
    return buffer_take(&line, ret_line);
}

/* Blanks between two encoded words fall away (RFC 2047 section 6.2). */
static Text decode_words(Arena *arena, Text value) {
    const Text start = TEXT("=?UTF-8?B?");
    Buffer decoded = buffer_make(arena, value.size + 1);
    size_t at = 0, end = 0;
    bool after_word = false;
    while (text_find(value, start, &at)) {
        const Text behind = text_slice(value, at + start.size, value.size);
        Text bytes = {NULL, 0};
        if (!text_find(behind, TEXT("?="), &end) ||
            base64_decode(arena, text_slice(behind, 0, end), &bytes) != STATUS_OK) {
            break;
        }
        const Text between = text_slice(value, 0, at);
        if (!after_word || text_trim(between).size > 0) {
            buffer_append(&decoded, between);
        }
        buffer_append(&decoded, bytes);
        value = text_slice(behind, end + 2, behind.size);
        after_word = true;
    }
    buffer_append(&decoded, value);
    return (Text){decoded.data, decoded.size};
}

/** A name's quotes and their backslashes are for machines. */
static Text without_quotes(Arena *arena, Text value) {
    Buffer plain = buffer_make(arena, value.size + 1);
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '\\' && i + 1 < value.size) {
            buffer_append_byte(&plain, value.data[++i]);
        } else if (value.data[i] != '"') {
            buffer_append_byte(&plain, value.data[i]);
        }
    }
    return (Text){plain.data, plain.size};
}

static int digit_of(char letter) {
    return letter >= '0' && letter <= '9' ? letter - '0' : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

MUST_USE static Status decode_line(Buffer *body, Text line) {
    const bool soft = text_ends_with(line, TEXT("="));
    line.size -= soft ? 1 : 0;
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != '=') {
            buffer_append_byte(body, line.data[i]);
            continue;
        }
        const int high = i + 2 < line.size ? digit_of(line.data[i + 1]) : -1;
        const int low = high >= 0 ? digit_of(line.data[i + 2]) : -1;
        if (low < 0) {
            return fail(STATUS_INVALID, "a mail in the spool has a wrong quoted-printable text");
        }
        buffer_append_byte(body, (char)(high << 4 | low));
        i += 2;
    }
    if (!soft) {
        buffer_append_byte(body, '\n');
    }
    return STATUS_OK;
}

MUST_USE static Status decode_body(Arena *arena, Text encoded, Text *ret_body) {
    Buffer body = buffer_make(arena, encoded.size + 1);
    while (encoded.size > 0) {
        Text line = text_cut(&encoded, '\n');
        if (line.size > 0 && line.data[line.size - 1] == '\r') {
            line.size--;
        }
        TRY(decode_line(&body, line));
    }
    return buffer_take(&body, ret_body);
}

Status mail_read(Arena *arena, Text message, SpooledMail *ret_mail) {
    SpooledMail mail = {.name = {NULL, 0}};
    Text line = {NULL, 0};
    TRY(next_header(arena, &message, &line));
    while (line.size > 0) {
        Text value = line;
        const Text field = text_cut(&value, ':');
        if (text_equal(field, TEXT("To"))) {
            mail.to = decode_words(arena, without_quotes(arena, text_trim(value)));
        } else if (text_equal(field, TEXT("Subject"))) {
            mail.subject = decode_words(arena, text_trim(value));
        }
        TRY(next_header(arena, &message, &line));
    }
    if (mail.to.size == 0) {
        return fail(STATUS_INVALID, "a file in the spool is no mail");
    }
    TRY(decode_body(arena, message, &mail.body));
    *ret_mail = mail;
    return STATUS_OK;
}
