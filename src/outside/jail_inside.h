/** What the parts of the jail tell each other. For jail*.c only. */
#ifndef TRADEPOST_OUTSIDE_JAIL_INSIDE_H
#define TRADEPOST_OUTSIDE_JAIL_INSIDE_H

#include "outside/jail.h"

/** A request to the nursery; with it travel the descriptors of JailDescriptor. */
typedef struct JailRequest {
    const Jail *jail;
    size_t input_size;
    size_t
        input_from;   /**< the input begins so far behind the beginning of its memory file, whose end is a page's end */
    size_t file_size; /**< of the file that follows the input; 0: none */
} JailRequest;

/** The file's descriptor is the input's again where there is none. */
enum JailDescriptor { JAIL_INPUT, JAIL_OUTPUT, JAIL_VERDICT, JAIL_FILE, JAIL_DESCRIPTOR_COUNT };

/** What the nursery saw of a jail's end. */
typedef struct JailVerdict {
    int wait_status;
    bool timed_out;
} JailVerdict;

/** What stands before the output that a jail writes; behind it the words, then the output. */
typedef struct JailFrame {
    uint32_t magic, status;
    uint64_t words, output;
} JailFrame;

enum {
    JAIL_MAGIC = 0x4A41494C,
    JAIL_WORDS_LIMIT = 512,
    JAIL_EXIT_NO_WALLS = 125, /**< the exit code of a process that could not lock itself in */
    JAIL_OUTPUT_DESCRIPTOR = 3
};

/** The limits of a jail, with those that it leaves open filled in: bytes of memory, bytes of output, microseconds. */
size_t jail_memory(const Jail *jail);
size_t jail_output(const Jail *jail);
int64_t jail_time_limit(const Jail *jail);

/** Compiles the system call filter, once for all jails. @return STATUS_UNAVAILABLE */
MUST_USE Status jail_filter_make(void);
/** Locks this process in for good: all descriptors but 0 to 3 closed, limits, Landlock, filter. @return
 * STATUS_UNAVAILABLE */
MUST_USE Status jail_lock_in(const Jail *jail);
/** The nursery's life: forks a jail for each request until the socket ends. */
_Noreturn void jail_nursery(int socket);

#endif
