/** Files written whole or not at all, and the words for what a file system refuses. */
#ifndef TRADEPOST_OUTSIDE_FILE_H
#define TRADEPOST_OUTSIDE_FILE_H

#include "base/arena.h"

/**
 * Words and status for the `errno` of a call that failed: "cannot ACT PATH: reason".
 *
 * @return STATUS_FULL for a full disk or quota, STATUS_NOT_FOUND, STATUS_CONFLICT when it exists already, else
 * STATUS_FAILED
 */
MUST_USE Status file_failure(const char *act, const char *path);

/** Makes the folder `path` (0700) unless it exists, durably; its parent must exist. @return STATUS_FULL,
 * STATUS_NOT_FOUND */
MUST_USE Status file_make_folder(const char *path);

/** Opens the folder `path` as a descriptor for the calls below; the caller closes it. @return STATUS_NOT_FOUND */
MUST_USE Status file_open_folder(const char *path, int *ret_folder);

/** Reads a regular file whole. @param folder a descriptor, or AT_FDCWD
 * @return STATUS_NOT_FOUND, STATUS_TOO_LARGE past `limit` or the arena's budget */
MUST_USE Status file_read(Arena *arena, int folder, const char *name, size_t limit, Text *ret_bytes);

/** Writes all of `bytes` to an open descriptor; `name` is for the words of a failure. @return STATUS_FULL */
MUST_USE Status file_write(int descriptor, const char *name, Text bytes);

/**
 * Puts `bytes` under `name` (mode 0600), durably: temporary file, fsync, rename, fsync of the folder. A reader sees all
 * of it or what was there before; after a failure nothing is left behind.
 *
 * @param temporary  a folder on the same file system for the unfinished file
 * @param folder     where `name` will stand
 * @return STATUS_FULL when the disk is full
 */
MUST_USE Status file_replace(int temporary, int folder, const char *name, Text bytes);

/** Removes unfinished files that crashed writers left in `folder` more than an hour ago. */
void file_remove_leftovers(int folder);

#endif
