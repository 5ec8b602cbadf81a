/** The urlencoded decoder, and what both formats share. */
#include "http/pairs.h"

#include "base/log.h"
#include "http/url.h"

static size_t count_of(Text text, char letter) {
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += text.data[i] == letter;
    }
    return count;
}

PairsProblem pairs_of_urlencoded(Arena *arena, Text body, FormPairs *ret_pairs, Text *ret_name) {
    FormPairs pairs = {NULL, 0};
    const size_t most = count_of(body, '&') + 1;
    if (most > PAIRS_MAX) {
        return PAIRS_TOO_MANY;
    }
    pairs.items = arena_new_array(arena, FormPair, most);
    while (body.size > 0) {
        Text value = text_cut(&body, '&');
        const Text name = text_cut(&value, '=');
        FormPair *pair = &pairs.items[pairs.count];
        if (name.size == 0 && value.size == 0) {
            continue;
        }
        if (name.size > PAIR_NAME_MAX * 3) {
            return PAIRS_LONG_NAME;
        }
        if (url_decode(arena, name, true, &pair->name) != STATUS_OK) {
            return PAIRS_NOT_UTF8;
        }
        if (pair->name.size > PAIR_NAME_MAX) {
            return PAIRS_LONG_NAME;
        }
        if (url_decode(arena, value, true, &pair->value) != STATUS_OK) {
            *ret_name = pair->name;
            return PAIRS_NOT_UTF8;
        }
        pairs.count++;
    }
    if (pairs_check_unique(arena, &pairs, ret_name) != STATUS_OK) {
        return PAIRS_TWICE;
    }
    *ret_pairs = pairs;
    return PAIRS_FINE;
}

static uint64_t hash_of(Text text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ (hash >> 29);
}

Status pairs_check_unique(Arena *arena, const FormPairs *pairs, Text *ret_name) {
    size_t room = 16;
    while (room < pairs->count * 2) {
        room *= 2;
    }
    const FormPair **places = arena_new_array(arena, const FormPair *, room);
    for (size_t i = 0; i < pairs->count; i++) {
        size_t at = (size_t)hash_of(pairs->items[i].name) & (room - 1);
        while (places[at] != NULL) {
            if (text_equal(places[at]->name, pairs->items[i].name)) {
                *ret_name = pairs->items[i].name;
                return STATUS_CONFLICT;
            }
            at = (at + 1) & (room - 1);
        }
        places[at] = &pairs->items[i];
    }
    return STATUS_OK;
}

Text pairs_value(const FormPairs *pairs, Text name) {
    for (size_t i = 0; i < pairs->count; i++) {
        if (text_equal(pairs->items[i].name, name)) {
            return pairs->items[i].value;
        }
    }
    return (Text){NULL, 0};
}
