/** Headers of tar files (POSIX.1-1988 ustar, sizes past 8 GB in base 256 as GNU writes them). */
#ifndef TRADEPOST_PROGRAM_TAR_H
#define TRADEPOST_PROGRAM_TAR_H

#include "base/clock.h"

#define TAR_BLOCK 512

/** The header of an ordinary file of mode 0600. @param name  at most 100 bytes */
void tar_write_header(char header[TAR_BLOCK], Text name, int64_t size, Time changed);
/** Reads the header of an ordinary file. `ret_name` is borrowed from it; empty at the end of the tar.
 * @return STATUS_INVALID for anything else, and for a wrong checksum */
MUST_USE Status tar_read_header(const char header[TAR_BLOCK], Text *ret_name, int64_t *ret_size);

#endif
