/** Packing by libdeflate, with one compressor per thread. */
#include "pdf/pack.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

/* Half the time of zlib's 4 for a hundredth less. */
#define PDF_PACK_LEVEL 6

static pthread_key_t compressor_key;
static pthread_once_t compressor_once = PTHREAD_ONCE_INIT;

static void free_compressor(void *compressor) {
    libdeflate_free_compressor(compressor);
}

/** The main thread runs no destructors of keys. */
static void free_own_compressor(void) {
    free_compressor(pthread_getspecific(compressor_key));
    (void)pthread_setspecific(compressor_key, NULL);
}

static void make_key(void) {
    (void)pthread_key_create(&compressor_key, free_compressor);
    (void)atexit(free_own_compressor);
}

static struct libdeflate_compressor *thread_compressor(void) {
    (void)pthread_once(&compressor_once, make_key);
    struct libdeflate_compressor *compressor = pthread_getspecific(compressor_key);
    if (compressor == NULL) {
        compressor = libdeflate_alloc_compressor(PDF_PACK_LEVEL);
        (void)pthread_setspecific(compressor_key, compressor);
    }
    return compressor;
}

Status pdf_pack(Arena *arena, Text data, Text *ret_packed) {
    struct libdeflate_compressor *compressor = thread_compressor();
    if (compressor == NULL) {
        return fail(STATUS_FAILED, "libdeflate cannot start");
    }
    const size_t room = libdeflate_zlib_compress_bound(compressor, data.size);
    void *packed = NULL;
    TRY(arena_try_allocate(arena, room, &packed));
    const size_t size = libdeflate_zlib_compress(compressor, data.size > 0 ? data.data : "", data.size, packed, room);
    if (size == 0) {
        return fail(STATUS_FAILED, "packing failed");
    }
    *ret_packed = (Text){packed, size};
    return STATUS_OK;
}
