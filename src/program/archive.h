/**
 * The form of a backup: files with a manifest of their SHA-256, in a folder or in one tar file (POSIX ustar).
 *
 * The manifest is the last file of a tar. Its lines: "tradepost backup 1", "made TIME", "file SHA256 SIZE NAME" for
 * each file in the order of the tar, and "end SHA256" over all lines before.
 */
#ifndef TRADEPOST_PROGRAM_ARCHIVE_H
#define TRADEPOST_PROGRAM_ARCHIVE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digest.h"

#define ARCHIVE_MANIFEST   "manifest"
#define ARCHIVE_NAME_LIMIT 100
#define DATABASE_DUMP      "database.dump" /**< of a database on PostgreSQL */

/** A file of a backup. */
typedef struct ArchiveFile {
    Text name; /**< "blobs/ab/cdef...": at most ARCHIVE_NAME_LIMIT bytes */
    int64_t size;
    Sha256 digest;
} ArchiveFile;

/** Whether a name is one that a backup may hold: letters, digits, "._-", at most three folders deep, nothing hidden, no
 * "..". */
bool archive_is_name(Text name);

typedef struct ArchiveWriter ArchiveWriter;

/** Starts a backup at `path`, which must not exist: a tar file when it ends with ".tar", else a folder. @return
 * STATUS_CONFLICT, STATUS_FULL */
MUST_USE Status archive_create(Arena *arena, const char *path, Time made, ArchiveWriter **ret_writer);
/** Copies a file into it. @param ret_file  what was copied @return STATUS_FULL; STATUS_NOT_FOUND; STATUS_CONFLICT when
 * it changed meanwhile */
MUST_USE Status archive_add(ArchiveWriter *writer, Text name, int folder, const char *source, ArchiveFile *ret_file);
/** The same with bytes. */
MUST_USE Status archive_add_bytes(ArchiveWriter *writer, Text name, Text bytes, ArchiveFile *ret_file);
/** Writes the manifest and makes all durable. */
MUST_USE Status archive_finish(ArchiveWriter *writer);
/** Closes it; an unfinished backup is removed. NULL is allowed. */
void archive_close(ArchiveWriter *writer);

/**
 * Unpacks a backup, folder or tar, into the empty folder `target`, checking each file against the manifest.
 *
 * @return STATUS_CORRUPT naming the first file that is not as the manifest says; STATUS_INVALID when it is no backup;
 * STATUS_FULL
 */
MUST_USE Status archive_unpack(Arena *arena, const char *path, int target, int64_t *ret_files, int64_t *ret_bytes);

#endif
