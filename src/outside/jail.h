/**
 * The jail: code that reads what a stranger sent runs in a process of its own that can do nothing but compute.
 *
 * No file, no socket, no new process, no signal to others; bounded memory and time (seccomp, Landlock, rlimits). The
 * process is forked by a helper without threads, the nursery, that jail_start forks before the program has any.
 * Whatever comes out of a jail is a stranger's word still: callers check it as they check input.
 */
#ifndef TRADEPOST_OUTSIDE_JAIL_H
#define TRADEPOST_OUTSIDE_JAIL_H

#include "base/buffer.h"

/** Runs in the jail: reads `input`, appends to `output` what it found; further memory is in `output->arena`.
 * Its status and the words of fail(...) reach the caller of jail_run. */
typedef Status JailFunction(Text input, Buffer *output);

/** A function with its limits. In static storage: the nursery knows it by its address. */
typedef struct Jail {
    const char *name; /**< "UBL reader", for words */
    JailFunction *function;
    size_t memory;      /**< bytes that it may take; 0: 256 MB */
    size_t output;      /**< bytes that it may give back; 0: 16 MB */
    int64_t time_limit; /**< microseconds until it is killed; 0: 10 s */
} Jail;

/**
 * Forks the nursery and proves by a trial that the walls stand: no sandbox, no start. Call it early, before any thread
 * and before secrets are read.
 *
 * @return STATUS_UNAVAILABLE when the kernel gives no sandbox, with what is missing
 */
MUST_USE Status jail_start(void);
void jail_stop(void); /**< ends the nursery and all jails; safe without jail_start */

/**
 * Runs the jail's function over `input` and copies its output into `arena`. Any thread may call it; beyond eight at
 * once they queue.
 *
 * @return the function's status; STATUS_INVALID when it crashed, took too long or too much, or tried what it may not;
 * STATUS_TOO_LARGE when its output is too large; STATUS_UNAVAILABLE without a nursery
 */
MUST_USE Status jail_run(const Jail *jail, Text input, Arena *arena, Text *ret_output);
/**
 * As jail_run with an input that ends with a file: the function sees `head` and, right behind it, the file's first
 * `size` bytes, which are mapped and never copied. The file must not change meanwhile.
 *
 * @param file  a descriptor open for reading
 */
MUST_USE Status jail_run_file(const Jail *jail, Text head, int file, size_t size, Arena *arena, Text *ret_output);

#endif
