/** Token buckets in a table of sets of four, under one lock. */
#include "http/rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

#include "base/digest.h"

#define SETS 1024
#define WAYS 4

typedef struct Bucket {
    uint64_t key;  /* 0: free */
    int64_t level; /* millionths of a token */
    int64_t seen;
} Bucket;

struct Rates {
    pthread_mutex_t lock;
    int64_t burst, per_second; /* millionths of a token */
    unsigned char secret[16];
    Bucket sets[SETS][WAYS];
};

static void rates_end(void *thing) {
    Rates *rates = thing;
    pthread_mutex_destroy(&rates->lock);
}

Rates *rates_make(Arena *arena, unsigned burst, unsigned per_minute) {
    Rates *rates = arena_new(arena, Rates);
    pthread_mutex_init(&rates->lock, NULL);
    arena_defer(arena, rates_end, rates);
    rates->burst = (int64_t)burst * 1000000;
    rates->per_second = (int64_t)per_minute * 1000000 / 60;
    random_bytes(rates->secret, sizeof(rates->secret));
    return rates;
}

/* A key that nobody outside can predict, so that nobody can choose whose bucket to push out. */
static uint64_t key_of(const Rates *rates, Text address) {
    char text[INET6_ADDRSTRLEN] = "";
    unsigned char network[16] = {0};
    size_t size = 8;
    if (address.size < sizeof(text) && address.size > 0) {
        memcpy(text, address.data, address.size);
    }
    if (inet_pton(AF_INET, text, network) == 1) {
        size = 4;
    } else if (inet_pton(AF_INET6, text, network) == 1 && memcmp(network, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0) {
        size = 16;
    }
    const Sha256 digest =
        hmac_sha256((Text){(const char *)rates->secret, sizeof(rates->secret)}, (Text){(const char *)network, size});
    uint64_t key = 0;
    memcpy(&key, digest.bytes, sizeof(key));
    return key | 1;
}

static void refill(const Rates *rates, Bucket *bucket, int64_t now) {
    const int64_t passed = now > bucket->seen ? now - bucket->seen : 0;
    const int64_t seconds = passed / TIME_SECOND;
    const int64_t room = rates->burst - bucket->level;
    const int64_t gained = seconds > 86400 ? room : passed * rates->per_second / TIME_SECOND;
    bucket->level += gained < room ? gained : room;
    bucket->seen = now;
}

static Bucket *bucket_of(Rates *rates, uint64_t key, int64_t now) {
    Bucket *set = rates->sets[(key >> 8) % SETS];
    Bucket *fullest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key != 0) {
            refill(rates, &set[i], now);
        }
        if (set[i].key == key) {
            return &set[i];
        }
        if (fullest->key != 0 && (set[i].key == 0 || set[i].level > fullest->level)) {
            fullest = &set[i];
        }
    }
    *fullest = (Bucket){.key = key, .level = rates->burst, .seen = now};
    return fullest;
}

bool rates_take(Rates *rates, Text address, int64_t now, unsigned *ret_wait_seconds) {
    const uint64_t key = key_of(rates, address);
    pthread_mutex_lock(&rates->lock);
    Bucket *bucket = bucket_of(rates, key, now);
    const bool taken = bucket->level >= 1000000;
    if (taken) {
        bucket->level -= 1000000;
    } else {
        *ret_wait_seconds = (unsigned)((1000000 - bucket->level) / (rates->per_second > 0 ? rates->per_second : 1)) + 1;
    }
    pthread_mutex_unlock(&rates->lock);
    return taken;
}
