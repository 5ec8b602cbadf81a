/** Arenas: blocks that double, a list of deferred calls, and ASan's eyes kept open over what is not handed out. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_UNDER_ASAN 1
#endif
#endif
#ifdef ARENA_UNDER_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

enum { FIRST_BLOCK = 32 * 1024, LARGEST_BLOCK = 4 * 1024 * 1024, ALIGNMENT = 16, SHORT_TEXT = 512, NUMBER_SIZE = 20 };

typedef struct Block {
    struct Block *before;
    size_t capacity, used;
    _Alignas(ALIGNMENT) char bytes[];
} Block;

typedef struct Deferred {
    struct Deferred *before;
    void (*call)(void *thing);
    void *thing;
} Deferred;

struct Arena {
    Block *block;
    Deferred *deferred;
    size_t budget, used;
};

static Block *block_new(size_t capacity, Block *before) {
    Block *block = malloc(sizeof *block + capacity);
    if (block == NULL) {
        abort();
    }
    block->before = before;
    block->capacity = capacity;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->bytes, capacity);
    return block;
}

static void block_free(Block *block) {
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->capacity);
    free(block);
}

Arena *arena_open(size_t budget) {
    Arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL) {
        abort();
    }
    arena->budget = budget;
    arena->block = block_new(FIRST_BLOCK, NULL);
    return arena;
}

static void run_deferred(Arena *arena) {
    while (arena->deferred != NULL) {
        Deferred *deferred = arena->deferred;
        arena->deferred = deferred->before;
        deferred->call(deferred->thing);
    }
}

void arena_reset(Arena *arena) {
    run_deferred(arena);
    while (arena->block->before != NULL) {
        Block *before = arena->block->before;
        block_free(arena->block);
        arena->block = before;
    }
    ASAN_POISON_MEMORY_REGION(arena->block->bytes, arena->block->capacity);
    arena->block->used = 0;
    arena->used = 0;
}

void arena_close(Arena *arena) {
    if (arena == NULL) {
        return;
    }
    arena_reset(arena);
    block_free(arena->block);
    free(arena);
}

static size_t aligned(size_t size) {
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static void *take(Arena *arena, size_t size) {
    const size_t room = aligned(size == 0 ? 1 : size);
    if (arena->block->capacity - arena->block->used < room) {
        size_t capacity = arena->block->capacity * 2;
        if (capacity > LARGEST_BLOCK) {
            capacity = LARGEST_BLOCK;
        }
        if (capacity < room) {
            capacity = room;
        }
        arena->block = block_new(capacity, arena->block);
    }
    char *memory = arena->block->bytes + arena->block->used;
    arena->block->used += room;
    arena->used += room;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    return memory;
}

/** Whether `size` more bytes fit the budget; guards the addition in aligned() too. */
static bool fits(const Arena *arena, size_t size) {
    return size <= SIZE_MAX / 2 && arena->used <= arena->budget && aligned(size) <= arena->budget - arena->used;
}

/** Memory for a size that our own code chose, as its last user left it. */
static void *reserve(Arena *arena, size_t size) {
    if (!fits(arena, size)) {
        abort();
    }
    return take(arena, size);
}

void *arena_allocate(Arena *arena, size_t size) {
    return memset(reserve(arena, size), 0, size);
}

void *arena_allocate_array(Arena *arena, size_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        abort();
    }
    return arena_allocate(arena, bytes);
}

Status arena_try_allocate(Arena *arena, size_t size, void **ret_memory) {
    TRY(arena_try_reserve(arena, size, ret_memory));
    (void)memset(*ret_memory, 0, size);
    return STATUS_OK;
}

Status arena_try_reserve(Arena *arena, size_t size, void **ret_memory) {
    if (!fits(arena, size)) {
        return STATUS_TOO_LARGE;
    }
    *ret_memory = take(arena, size);
    return STATUS_OK;
}

bool arena_try_extend(Arena *arena, void *memory, size_t size, size_t new_size) {
    Block *block = arena->block;
    const size_t room = aligned(size == 0 ? 1 : size);
    if (new_size <= size || (char *)memory + room != block->bytes + block->used || !fits(arena, new_size - size)) {
        return false;
    }
    const size_t more = aligned(new_size) - room;
    if (block->capacity - block->used < more) {
        return false;
    }
    block->used += more;
    arena->used += more;
    ASAN_UNPOISON_MEMORY_REGION(memory, new_size);
    return true;
}

static char *copy(Arena *arena, const char *bytes, size_t size) {
    char *copied = reserve(arena, size + 1);
    if (size > 0) {
        memcpy(copied, bytes, size);
    }
    copied[size] = '\0';
    return copied;
}

Text arena_copy(Arena *arena, Text text) {
    return (Text){copy(arena, text.data, text.size), text.size};
}

char *arena_c_string(Arena *arena, Text text) {
    return copy(arena, text.data, text.size);
}

Text arena_format(Arena *arena, const char *format, ...) {
    char short_text[SHORT_TEXT];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int written = vsnprintf(short_text, sizeof short_text, format, arguments);
    va_end(arguments);
    assert(written >= 0);
    const size_t size = (size_t)written;
    char *text = NULL;
    if (size < sizeof short_text) {
        text = copy(arena, short_text, size);
    } else {
        text = reserve(arena, size + 1);
        (void)vsnprintf(text, size + 1, format, again);
    }
    va_end(again);
    return (Text){text, size};
}

Text arena_join(Arena *arena, const Text *parts, size_t count) {
    size_t size = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].size;
    }
    char *joined = reserve(arena, size + 1);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            memcpy(joined + at, parts[i].data, parts[i].size);
            at += parts[i].size;
        }
    }
    joined[size] = '\0';
    return (Text){joined, size};
}

Text arena_number(Arena *arena, int64_t number) {
    char digits[NUMBER_SIZE];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    return (Text){copy(arena, digits + at, sizeof digits - at), sizeof digits - at};
}

void arena_defer(Arena *arena, void (*call)(void *thing), void *thing) {
    Deferred *deferred = arena_new(arena, Deferred);
    *deferred = (Deferred){arena->deferred, call, thing};
    arena->deferred = deferred;
}

size_t arena_used(const Arena *arena) {
    return arena->used;
}
