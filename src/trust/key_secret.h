/** Secrets that open keys: where they come from, and how they stay out of logs, core files and other eyes. */
#ifndef TRADEPOST_TRUST_KEY_SECRET_H
#define TRADEPOST_TRUST_KEY_SECRET_H

#include "trust/key.h"

/** Longest PIN, password or file of secrets. */
#define KEY_SECRET_MAX 4096

/** From now on the process writes no core file, and nobody but root reads its memory. Called before any secret is read.
 */
void key_guard_process(void);

/** Has the bytes wiped when the arena is reset or closed. */
void key_cleanse_later(Arena *arena, Text secret);

/** Reads a file of at most `maximum` bytes, wiped with the arena. @param is_secret  it must belong to this user with
 * mode 0600
 * @return STATUS_NOT_FOUND; STATUS_FORBIDDEN when others could read it; STATUS_INVALID */
MUST_USE Status key_read_file(Arena *arena, Text path, size_t maximum, bool is_secret, Text *ret_bytes);

/**
 * Reads the secret of a key, wiped with the arena. What came from environment or terminal is remembered in memory that
 * is locked and left out of core files; a file is read anew each time.
 *
 * @param name  whose secret it is, for the terminal: "PIN of Chamber"
 * @return STATUS_NOT_FOUND when there is none; STATUS_FORBIDDEN when others could read the file; STATUS_INVALID
 */
MUST_USE Status key_secret_read(Arena *arena, const KeyAccess *access, Text name, Text *ret_secret);

/** Whether a place, by its description, has refused this very PIN since this process began. @return STATUS_INVALID when
 * it has */
MUST_USE Status key_pin_check(Arena *arena, Text place, Text pin);
/** Notes that it has refused it. */
void key_pin_refuse(Arena *arena, Text place, Text pin);

#endif
