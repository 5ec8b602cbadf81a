/** Memory that dies together: one arena per request, job or command. Nobody frees a part of it. */
#ifndef TRADEPOST_BASE_ARENA_H
#define TRADEPOST_BASE_ARENA_H

#include <stddef.h>

#include "base/status.h"
#include "base/text.h"

typedef struct Arena Arena;

/** Makes an arena that refuses to grow past `budget` bytes at the budgeted doors. Aborts without memory. */
Arena *arena_open(size_t budget);

/** Runs the deferred calls in reverse order and frees everything. NULL is allowed. */
void arena_close(Arena *arena);

/** Runs the deferred calls in reverse order and empties the arena for its next user; keeps its first block. */
void arena_reset(Arena *arena);

/** Zeroed memory, aligned for any type. For sizes that our own code chose: past the budget it aborts. */
void *arena_allocate(Arena *arena, size_t size);

/** As arena_allocate for `count` members of `size` bytes; checks the multiplication. */
void *arena_allocate_array(Arena *arena, size_t count, size_t size);

/**
 * The budgeted door: memory whose size a stranger chose.
 *
 * @return STATUS_TOO_LARGE when the arena's budget would be passed; then nothing changed
 */
MUST_USE Status arena_try_allocate(Arena *arena, size_t size, void **ret_memory);

/** As arena_try_allocate, but the memory is as its last user left it: for those who write before they read. */
MUST_USE Status arena_try_reserve(Arena *arena, size_t size, void **ret_memory);

/**
 * Lets what was handed out last grow where it is, from `size` to `new_size` bytes; the new ones are as their last user
 * left them.
 *
 * @return whether it could; otherwise nothing changed
 */
bool arena_try_extend(Arena *arena, void *memory, size_t size, size_t new_size);

/** Copies `text` and puts a NUL behind it (not counted in the size). */
Text arena_copy(Arena *arena, Text text);

/** The text as a NUL-ended C string in the arena. */
char *arena_c_string(Arena *arena, Text text);

/** printf into the arena; a NUL stands behind the text. Texts go in as `%.*s` with TEXT_ARG. */
PRINTF_LIKE(2, 3) Text arena_format(Arena *arena, const char *format, ...);

/** The parts one behind the other; a NUL stands behind the text. */
Text arena_join(Arena *arena, const Text *parts, size_t count);
#define ARENA_JOIN(arena, ...)                                                                                         \
    arena_join((arena), (const Text[]){__VA_ARGS__}, sizeof((const Text[]){__VA_ARGS__}) / sizeof(Text))

/** The number in decimal digits; a NUL stands behind the text. */
Text arena_number(Arena *arena, int64_t number);

/** Has `call(thing)` run when the arena is reset or closed, last added first. */
void arena_defer(Arena *arena, void (*call)(void *thing), void *thing);

/** Bytes handed out since the last reset. */
size_t arena_used(const Arena *arena);

/** One zeroed T. Cannot fail. */
#define arena_new(arena, T) ((T *)arena_allocate((arena), sizeof(T)))
/** `count` zeroed T in a row. */
#define arena_new_array(arena, T, count) ((T *)arena_allocate_array((arena), (count), sizeof(T)))

#endif
