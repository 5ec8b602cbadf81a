/** Counts of tries in a table of fixed size, shared by all threads; a restart forgets them. */
#include "capabilities/accounts/accounts_throttle.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

#include "base/digest.h"

enum { BUCKETS = 512, PLACES = 8, FREE_TRIES = 5, ADDRESS_MOST = 64 };

static const int64_t first_wait = 30 * TIME_SECOND, last_wait = 15 * TIME_MINUTE, memory = 15 * TIME_MINUTE;

typedef struct Place {
    ThrottleKey key;
    int64_t tries; /* 0: empty */
    Time last;
} Place;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Place places[BUCKETS][PLACES];

/* The bytes that stand for the client's network. */
static size_t network_of(Text address, unsigned char *ret_bytes) {
    char letters[ADDRESS_MOST] = {0};
    struct in6_addr six;
    const size_t size = address.size < sizeof(letters) ? address.size : sizeof(letters) - 1;
    memcpy(letters, size > 0 ? address.data : "", size);
    if (inet_pton(AF_INET6, letters, &six) != 1) {
        memcpy(ret_bytes, letters, size);
        return size;
    }
    if (!IN6_IS_ADDR_V4MAPPED(&six)) {
        memcpy(ret_bytes, six.s6_addr, 8);
        return 8;
    }
    struct in_addr four;
    memcpy(&four, six.s6_addr + 12, sizeof(four));
    return inet_ntop(AF_INET, &four, (char *)ret_bytes, ADDRESS_MOST) != NULL ? strlen((char *)ret_bytes) : 0;
}

ThrottleKey accounts_throttle_key(Text secret, ChamberId chamber, Text email_key, Text address) {
    unsigned char network[ADDRESS_MOST];
    const Sha256 email = hmac_sha256(secret, email_key);
    const size_t size = network_of(address, network);
    const Text parts[] = {
        {(const char *)&chamber.value, sizeof(chamber.value)}, sha256_text(&email), {(const char *)network, size}};
    const Sha256 digest = sha256_of_parts(parts, sizeof(parts) / sizeof(parts[0]));
    ThrottleKey key;
    memcpy(key.words, digest.bytes, sizeof(key.words));
    return key;
}

static bool is_forgotten(const Place *place, Time now) {
    const int64_t passed = now.microseconds - place->last.microseconds;
    return place->tries == 0 || passed >= memory || passed < 0; /* a clock that was set back keeps nobody out */
}

/* The place of the key, or the one that is worth least: forgotten, else with the fewest tries. */
static Place *place_of(ThrottleKey key, Time now) {
    Place *bucket = places[key.words[0] % BUCKETS];
    Place *least = &bucket[0];
    for (size_t i = 0; i < PLACES; i++) {
        Place *place = &bucket[i];
        if (place->tries > 0 && place->key.words[0] == key.words[0] && place->key.words[1] == key.words[1]) {
            return place;
        }
        if (!is_forgotten(least, now) && (is_forgotten(place, now) || place->tries < least->tries)) {
            least = place;
        }
    }
    *least = (Place){.key = key};
    return least;
}

static int64_t wait_after(int64_t tries) {
    int64_t wait = 0;
    for (int64_t i = FREE_TRIES; i <= tries && wait < last_wait; i++) {
        wait = wait == 0 ? first_wait : wait * 2;
    }
    return wait < last_wait ? wait : last_wait;
}

bool accounts_throttle_take(ThrottleKey key, Time now, int64_t *ret_wait_seconds) {
    bool may = true;
    (void)pthread_mutex_lock(&lock);
    Place *place = place_of(key, now);
    if (is_forgotten(place, now)) {
        place->tries = 0;
    }
    const Time next = time_add(place->last, wait_after(place->tries));
    if (place->tries > 0 && time_before(now, next)) {
        may = false;
        *ret_wait_seconds = (next.microseconds - now.microseconds + TIME_SECOND - 1) / TIME_SECOND;
    } else {
        place->tries++;
        place->last = now;
    }
    (void)pthread_mutex_unlock(&lock);
    return may;
}

void accounts_throttle_forget(ThrottleKey key) {
    (void)pthread_mutex_lock(&lock);
    Place *bucket = places[key.words[0] % BUCKETS];
    for (size_t i = 0; i < PLACES; i++) {
        if (bucket[i].key.words[0] == key.words[0] && bucket[i].key.words[1] == key.words[1]) {
            bucket[i] = (Place){0};
        }
    }
    (void)pthread_mutex_unlock(&lock);
}
