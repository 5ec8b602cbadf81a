/** What writing and unpacking of backups share. For archive*.c only. */
#ifndef TRADEPOST_PROGRAM_ARCHIVE_INSIDE_H
#define TRADEPOST_PROGRAM_ARCHIVE_INSIDE_H

#include "program/archive.h"

#define ARCHIVE_BLOCK ((size_t)64 * 1024)

/** Copies `size` bytes from one descriptor to another and hashes them. @return STATUS_CONFLICT when there are fewer;
 * STATUS_FULL */
MUST_USE Status archive_copy(int source, int target, const char *name, int64_t size, Sha256 *ret_digest);
/** Makes the folders above `name` (0700) under `root`. */
MUST_USE Status archive_make_folders(int root, Text name);
/** Makes a new file (0600) under `root`. @return STATUS_CONFLICT when it is there */
MUST_USE Status archive_make_file(int root, Text name, int *ret_file);
/** A file's line in the manifest. */
void archive_put_line(Buffer *manifest, const ArchiveFile *file);

#endif
