/** A growing text with a named maximum: the budgeted door for output and for reading. */
#ifndef TRADEPOST_BASE_BUFFER_H
#define TRADEPOST_BASE_BUFFER_H

#include "base/arena.h"

/** Grows in `arena` up to `maximum`; past that `overflow` is set and further bytes are dropped. */
typedef struct Buffer {
    Arena *arena;
    char *data;
    size_t size, capacity, maximum;
    bool overflow;
} Buffer;

/** An empty buffer; takes no memory before the first byte. */
Buffer buffer_make(Arena *arena, size_t maximum);
/** Puts bytes behind what is there; past the maximum they are dropped and `overflow` is set. */
void buffer_append(Buffer *buffer, Text text);
void buffer_append_byte(Buffer *buffer, char byte);
/** As buffer_append for what printf would write. */
PRINTF_LIKE(2, 3) void buffer_format(Buffer *buffer, const char *format, ...);
/** What was written. @return STATUS_TOO_LARGE when some of it had to be dropped */
MUST_USE Status buffer_take(const Buffer *buffer, Text *ret_text);

#endif
