/** libdeflate with one compressor per thread, and a direct-mapped cache under one lock. */
#include "http/compress.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CACHED_BYTES_MAX ((size_t)64 << 10)
#define LEVEL            1

typedef struct CompressEntry {
    Sha256 digest;
    char *bytes; /* on the heap, since entries come and go */
    size_t size;
} CompressEntry;

struct CompressCache {
    pthread_mutex_t lock;
    size_t count;
    CompressEntry *entries;
};

static pthread_key_t compressor_key;
static pthread_once_t compressor_once = PTHREAD_ONCE_INIT;

static void free_compressor(void *compressor) {
    libdeflate_free_compressor(compressor);
}

static void make_key(void) {
    pthread_key_create(&compressor_key, free_compressor);
}

static struct libdeflate_compressor *thread_compressor(void) {
    pthread_once(&compressor_once, make_key);
    struct libdeflate_compressor *compressor = pthread_getspecific(compressor_key);
    if (compressor == NULL) {
        compressor = libdeflate_alloc_compressor(LEVEL);
        pthread_setspecific(compressor_key, compressor);
    }
    return compressor;
}

static void cache_end(void *thing) {
    CompressCache *cache = thing;
    for (size_t i = 0; i < cache->count; i++) {
        free(cache->entries[i].bytes);
    }
    pthread_mutex_destroy(&cache->lock);
}

CompressCache *compress_cache_make(Arena *arena, size_t entries) {
    CompressCache *cache = arena_new(arena, CompressCache);
    pthread_mutex_init(&cache->lock, NULL);
    cache->entries = arena_new_array(arena, CompressEntry, entries);
    cache->count = entries;
    arena_defer(arena, cache_end, cache);
    return cache;
}

static CompressEntry *entry_of(CompressCache *cache, const Sha256 *digest) {
    uint64_t place = 0;
    memcpy(&place, digest->bytes, sizeof(place));
    return &cache->entries[place % cache->count];
}

static bool cache_find(CompressCache *cache, const Sha256 *digest, Arena *arena, Text *ret_gzip) {
    pthread_mutex_lock(&cache->lock);
    const CompressEntry *entry = entry_of(cache, digest);
    const bool found = entry->bytes != NULL && memcmp(&entry->digest, digest, sizeof(*digest)) == 0;
    if (found) {
        *ret_gzip = arena_copy(arena, (Text){entry->bytes, entry->size});
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

static void cache_keep(CompressCache *cache, const Sha256 *digest, Text gzip) {
    char *copy = gzip.size <= CACHED_BYTES_MAX ? malloc(gzip.size) : NULL;
    if (copy == NULL) {
        return;
    }
    memcpy(copy, gzip.data, gzip.size);
    pthread_mutex_lock(&cache->lock);
    CompressEntry *entry = entry_of(cache, digest);
    char *old = entry->bytes;
    *entry = (CompressEntry){*digest, copy, gzip.size};
    pthread_mutex_unlock(&cache->lock);
    free(old);
}

Status compress_gzip(CompressCache *cache, const Sha256 *digest, Arena *arena, Text bytes, Text *ret_gzip) {
    if (cache != NULL && cache_find(cache, digest, arena, ret_gzip)) {
        return STATUS_OK;
    }
    void *room = NULL;
    struct libdeflate_compressor *compressor = thread_compressor();
    if (compressor == NULL || bytes.size == 0 || arena_try_allocate(arena, bytes.size, &room) != STATUS_OK) {
        return STATUS_UNSUPPORTED;
    }
    const size_t size = libdeflate_gzip_compress(compressor, bytes.data, bytes.size, room, bytes.size);
    if (size == 0) {
        return STATUS_UNSUPPORTED;
    }
    *ret_gzip = (Text){room, size};
    if (cache != NULL) {
        cache_keep(cache, digest, *ret_gzip);
    }
    return STATUS_OK;
}
