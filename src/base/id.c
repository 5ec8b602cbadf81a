/** Identifiers and their letters (Crockford base 32). */
#include "base/id.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/digest.h"

/* 2020-01-01 in milliseconds: 43 bits from there last until the year 2298. */
static const int64_t epoch_milliseconds = INT64_C(1577836800000);
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

int64_t id_make(void) {
    static _Atomic int64_t last;
    uint32_t random = 0;
    random_bytes(&random, sizeof random);
    const int64_t milliseconds = clock_now().microseconds / 1000 - epoch_milliseconds;
    int64_t id = milliseconds << 20 | (random & 0xFFFFF);
    int64_t before = atomic_load(&last);
    do {
        if (id <= before) {
            id = before + 1 + (random & 0xFF);
        }
    } while (!atomic_compare_exchange_weak(&last, &before, id));
    return id;
}

void id_write(int64_t id, char letters[ID_TEXT_SIZE + 1]) {
    uint64_t rest = (uint64_t)id;
    for (int at = ID_TEXT_SIZE - 1; at >= 0; at--) {
        letters[at] = digits[rest & 31];
        rest >>= 5;
    }
    letters[ID_TEXT_SIZE] = '\0';
}

static int digit_of(char letter) {
    if (letter >= 'A' && letter <= 'Z') {
        letter = (char)(letter + ('a' - 'A'));
    }
    if (letter == 'i' || letter == 'l') {
        return 1;
    }
    if (letter == 'o') {
        return 0;
    }
    for (int digit = 0; digit < 32; digit++) {
        if (digits[digit] == letter) {
            return digit;
        }
    }
    return -1;
}

Status id_read(Text text, int64_t *ret_id) {
    if (text.size != ID_TEXT_SIZE) {
        return STATUS_INVALID;
    }
    uint64_t id = 0;
    for (size_t at = 0; at < ID_TEXT_SIZE; at++) {
        const int digit = digit_of(text.data[at]);
        if (digit < 0 || id >> 58 != 0) {
            return STATUS_INVALID;
        }
        id = id << 5 | (unsigned)digit;
    }
    if (id == 0) {
        return STATUS_INVALID;
    }
    *ret_id = (int64_t)id;
    return STATUS_OK;
}
