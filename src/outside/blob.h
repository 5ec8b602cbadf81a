/** Blobs: files kept by SHA-256, written once and durably, checked on reading. */
#ifndef TRADEPOST_OUTSIDE_BLOB_H
#define TRADEPOST_OUTSIDE_BLOB_H

#include "base/digest.h"

typedef struct Blobs Blobs;

/** A store under `directory` (made if absent). */
MUST_USE Status blobs_open(const char *directory, Blobs **ret_blobs);
void blobs_close(Blobs *blobs);
/** Keeps `bytes`: temporary file, fsync, rename, fsync of the folder. Keeping the same again is a no-op.
 * @return STATUS_FULL when the disk is full */
MUST_USE Status blob_put(Blobs *blobs, Text bytes, Sha256 *ret_digest);
/** @return STATUS_NOT_FOUND; STATUS_CORRUPT when the bytes do not hash to `digest`; STATUS_TOO_LARGE past the arena's
 * budget */
MUST_USE Status blob_get(Blobs *blobs, Arena *arena, const Sha256 *digest, Text *ret_bytes);
/** Removes a blob that nobody names any more; one that is not there is fine. */
MUST_USE Status blob_remove(Blobs *blobs, const Sha256 *digest);
MUST_USE Status blob_size(Blobs *blobs, const Sha256 *digest, int64_t *ret_size);
/** Calls `each` for every blob's digest: for backup and check. */
MUST_USE Status blobs_each(Blobs *blobs, Status (*each)(const Sha256 *digest, void *context), void *context);

#endif
