/** One JSON line per event on standard error; and the words of a thread's last failure. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_LIMIT = 4096 };

static _Atomic int least_level = LOG_INFO;
static _Thread_local char failure[512];
static _Thread_local size_t failure_size;

void log_set_level(LogLevel least) {
    atomic_store(&least_level, (int)least);
}

typedef struct Line {
    char bytes[LINE_LIMIT];
    size_t size;
} Line;

/* A line that would pass the limit is cut, with room kept for its end. */
static void put(Line *line, const char *bytes, size_t size) {
    const size_t room = sizeof line->bytes - 8 - line->size;
    const size_t part = size < room ? size : room;
    memcpy(line->bytes + line->size, bytes, part);
    line->size += part;
}

static void put_string(Line *line, Text text) {
    put(line, "\"", 1);
    for (size_t i = 0; i < text.size && line->size < sizeof line->bytes - 16; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (byte == '"' || byte == '\\') {
            const char escaped[2] = {'\\', (char)byte};
            put(line, escaped, 2);
        } else if (byte < 0x20 || byte >= 0x7F) {
            char escaped[8];
            const int size = snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            put(line, escaped, (size_t)size);
        } else {
            put(line, &text.data[i], 1);
        }
    }
    put(line, "\"", 1);
}

void log_event(LogLevel level, const char *event, const LogField *fields, size_t count) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    Line line = {.size = 0};
    const int64_t now = clock_now().microseconds;
    char start[96];
    const int size = snprintf(start, sizeof start,
                              "{\"time\":%lld.%06lld,\"level\":\"%s\",\"event\":", (long long)(now / TIME_SECOND),
                              (long long)(now % TIME_SECOND), names[level]);
    put(&line, start, (size_t)size);
    put_string(&line, text_of(event));
    for (size_t i = 0; i < count; i++) {
        put(&line, ",", 1);
        put_string(&line, text_of(fields[i].name));
        put(&line, ":", 1);
        put_string(&line, fields[i].value);
    }
    memcpy(line.bytes + line.size, "}\n", 2);
    const ssize_t written = write(STDERR_FILENO, line.bytes, line.size + 2);
    (void)written; /* a log that cannot be written has nobody to tell */
}

Status fail(Status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(failure, sizeof failure, format, arguments);
    va_end(arguments);
    failure_size = size < 0 ? 0 : (size_t)size < sizeof failure ? (size_t)size : sizeof failure - 1;
    return status;
}

Text failure_take(void) {
    const Text words = {failure, failure_size};
    failure_size = 0;
    return words;
}
