/** The log: one JSON object per line on standard error. Libraries do not log; the loops of program, http and work do.
 */
#ifndef TRADEPOST_BASE_LOG_H
#define TRADEPOST_BASE_LOG_H

#include "base/text.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

typedef struct LogField {
    const char *name;
    Text value;
} LogField;

/** Events below `least` are not written; LOG_INFO at first. */
void log_set_level(LogLevel least);
/** Writes time, level, event and fields, escaped, in one write. Never pass a secret. */
void log_event(LogLevel level, const char *event, const LogField *fields, size_t count);
/** log_event with the fields listed: LOG(LOG_INFO, "started", {"port", port_text}). */
#define LOG(level, event, ...)                                                                                         \
    log_event(level, event, (const LogField[]){__VA_ARGS__}, sizeof((const LogField[]){__VA_ARGS__}) / sizeof(LogField))

/** Keeps the words of the last failure of this thread, for the one log line that the loop writes. */
PRINTF_LIKE(2, 3) MUST_USE Status fail(Status status, const char *format, ...);
/** Those words; empties them. Borrowed until the thread's next failure. */
Text failure_take(void);

#endif
