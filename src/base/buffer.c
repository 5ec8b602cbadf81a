/** Buffers that grow by doubling within their maximum and their arena's budget. */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Buffer buffer_make(Arena *arena, size_t maximum) {
    return (Buffer){.arena = arena, .maximum = maximum};
}

/** Grows for `more` bytes; sets overflow when there is no room to be had. */
static bool grow(Buffer *buffer, size_t more) {
    if (buffer->overflow || more > buffer->maximum - buffer->size) {
        buffer->overflow = true;
        return false;
    }
    size_t capacity = buffer->capacity == 0 ? 4096 : buffer->capacity * 2;
    while (capacity - buffer->size < more) {
        capacity *= 2;
    }
    capacity = capacity < buffer->maximum ? capacity : buffer->maximum;
    if (buffer->capacity > 0 && arena_try_extend(buffer->arena, buffer->data, buffer->capacity, capacity)) {
        buffer->capacity = capacity;
        return true;
    }
    void *data = NULL;
    if (arena_try_reserve(buffer->arena, capacity, &data) != STATUS_OK) {
        buffer->overflow = true;
        return false;
    }
    if (buffer->size > 0) {
        memcpy(data, buffer->data, buffer->size);
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

/** Whether there is room for `more` bytes; the capacity never passes the maximum, and nothing follows what was dropped.
 */
static inline bool make_room(Buffer *buffer, size_t more) {
    return (more <= buffer->capacity - buffer->size && !buffer->overflow) || grow(buffer, more);
}

void buffer_append(Buffer *buffer, Text text) {
    if (text.size > 0 && make_room(buffer, text.size)) {
        memcpy(buffer->data + buffer->size, text.data, text.size);
        buffer->size += text.size;
    }
}

void buffer_append_byte(Buffer *buffer, char byte) {
    if (make_room(buffer, 1)) {
        buffer->data[buffer->size++] = byte;
    }
}

void buffer_format(Buffer *buffer, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    /* One byte more than the text: vsnprintf ends with a NUL that is not counted. */
    if (buffer->maximum - buffer->size > (size_t)size && make_room(buffer, (size_t)size + 1)) {
        (void)vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    } else {
        buffer->overflow = true;
    }
    va_end(again);
}

Status buffer_take(const Buffer *buffer, Text *ret_text) {
    if (buffer->overflow) {
        return STATUS_TOO_LARGE;
    }
    *ret_text = (Text){buffer->data, buffer->size};
    return STATUS_OK;
}
