/** gzip for answers, with a bounded memory of public pages that were compressed before. */
#ifndef TRADEPOST_HTTP_COMPRESS_H
#define TRADEPOST_HTTP_COMPRESS_H

#include "base/arena.h"
#include "base/digest.h"

typedef struct CompressCache CompressCache;

/** Remembers up to `entries` pages of up to 64 kB. Lives in the arena; closing that frees what it holds. */
CompressCache *compress_cache_make(Arena *arena, size_t entries);

/**
 * gzip (RFC 1952) of `bytes` at libdeflate's level 1, into the arena.
 *
 * @param cache  remembers the result under `digest`, that of the bytes; NULL for pages that are not public
 * @return STATUS_UNSUPPORTED when that would save nothing
 */
MUST_USE Status compress_gzip(CompressCache *cache, const Sha256 *digest, Arena *arena, Text bytes, Text *ret_gzip);

#endif
