/** The ICC profile of sRGB, written from the numbers of the standard. */
#include "pdf/colour_profile.h"

#include <assert.h>
#include <libdeflate.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

/* ICC.1:2004-10: a header of 128 bytes, the table of tags, the data of the tags. */
enum { HEADER_SIZE = 128, ENTRY_SIZE = 12, MAXIMUM_PROFILE = 640, PROFILE_TAGS = 10, BEST_LEVEL = 12 };

typedef struct Profile {
    unsigned char bytes[MAXIMUM_PROFILE];
    size_t size, tags, data_from;
} Profile;

static Profile profile_made;
static unsigned char packed[MAXIMUM_PROFILE + 64];
static size_t packed_size;
static pthread_once_t made_once = PTHREAD_ONCE_INIT;

static void put(Profile *profile, uint32_t number, size_t size) {
    assert(profile->size + size <= MAXIMUM_PROFILE);
    for (size_t i = size; i-- > 0;) {
        profile->bytes[profile->size++] = (unsigned char)(number >> (8 * i) & 255);
    }
}

static void put_at(Profile *profile, size_t at, uint32_t number) {
    const size_t size = profile->size;
    profile->size = at;
    put(profile, number, 4);
    profile->size = size;
}

/** A signature of four letters. */
static void put_name(Profile *profile, const char *name) {
    for (size_t i = 0; i < 4; i++) {
        put(profile, (unsigned char)name[i], 1);
    }
}

/** Numbers as s15Fixed16. */
static void put_numbers(Profile *profile, const double *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put(profile, (uint32_t)(int32_t)lround(numbers[i] * 65536), 4);
    }
}

/** Enters a tag that begins at the end of the data, or, with `from`, shares what begins there. */
static void begin_tag(Profile *profile, const char *name, const char *type) {
    const size_t size = profile->size;
    profile->size = HEADER_SIZE + 4 + profile->tags++ * ENTRY_SIZE;
    put_name(profile, name);
    put(profile, (uint32_t)size, 4);
    profile->size = size;
    profile->data_from = size;
    put_name(profile, type);
    put(profile, 0, 4);
}

static void end_tag(Profile *profile) {
    put_at(profile, HEADER_SIZE + 4 + profile->tags * ENTRY_SIZE - 4, (uint32_t)(profile->size - profile->data_from));
    while (profile->size % 4 != 0) {
        put(profile, 0, 1);
    }
}

/** One more name for the tag that was written last. */
static void share_tag(Profile *profile, const char *name) {
    unsigned char *entry = profile->bytes + HEADER_SIZE + 4 + profile->tags * ENTRY_SIZE;
    memcpy(entry, entry - ENTRY_SIZE, ENTRY_SIZE);
    memcpy(entry, name, 4);
    profile->tags++;
}

static void put_words(Profile *profile, const char *tag, const char *words) {
    begin_tag(profile, tag, "mluc");
    put(profile, 1, 4);
    put(profile, 12, 4);
    put_name(profile, "enUS");
    put(profile, (uint32_t)(2 * strlen(words)), 4);
    put(profile, 28, 4);
    for (; *words != '\0'; words++) {
        put(profile, (unsigned char)*words, 2);
    }
    end_tag(profile);
}

static void put_tag_of_numbers(Profile *profile, const char *tag, const char *type, const double *numbers,
                               size_t count) {
    begin_tag(profile, tag, type);
    put_numbers(profile, numbers, count);
    end_tag(profile);
}

static void put_header(Profile *profile) {
    static const double illuminant[] = {0.9642, 1, 0.8249};
    put(profile, 0, 4); /* its size, at the end */
    put(profile, 0, 4);
    put(profile, 0x04200000, 4); /* version 4.2 */
    put_name(profile, "mntr");
    put_name(profile, "RGB ");
    put_name(profile, "XYZ ");
    /* The day of the profile: 1 January 2026. */
    put(profile, 2026, 2);
    put(profile, 1, 2);
    put(profile, 1, 2);
    profile->size += 6;
    put_name(profile, "acsp");
    profile->size += 28; /* platform, flags, device, rendering intent: none in particular */
    put_numbers(profile, illuminant, 3);
    profile->size = HEADER_SIZE;
    put(profile, PROFILE_TAGS, 4);
    profile->size += PROFILE_TAGS * ENTRY_SIZE;
}

static void make_profile(Profile *profile) {
    /* White and primaries of sRGB under D50, by the linear Bradford transform (chad). */
    static const double white[] = {0.9642, 1, 0.8249};
    static const double red[] = {0.436066, 0.222488, 0.013916}, green[] = {0.385147, 0.716873, 0.097076},
                        blue[] = {0.143066, 0.060608, 0.714096};
    static const double adaptation[] = {1.047882,  0.022919, -0.050217, 0.029587, 0.990479,
                                        -0.017059, -0.00923, 0.015076,  0.751678};
    /* Y = (aX + b)^g above d, cX below. */
    static const double curve[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    put_header(profile);
    put_words(profile, "desc", "sRGB");
    put_words(profile, "cprt", "CC0");
    put_tag_of_numbers(profile, "wtpt", "XYZ ", white, 3);
    put_tag_of_numbers(profile, "chad", "sf32", adaptation, 9);
    put_tag_of_numbers(profile, "rXYZ", "XYZ ", red, 3);
    put_tag_of_numbers(profile, "gXYZ", "XYZ ", green, 3);
    put_tag_of_numbers(profile, "bXYZ", "XYZ ", blue, 3);
    begin_tag(profile, "rTRC", "para");
    put(profile, 3, 2);
    put(profile, 0, 2);
    put_numbers(profile, curve, 5);
    end_tag(profile);
    share_tag(profile, "gTRC");
    share_tag(profile, "bTRC");
    assert(profile->tags == PROFILE_TAGS);
    put_at(profile, 0, (uint32_t)profile->size);
}

static void make_once(void) {
    make_profile(&profile_made);
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(BEST_LEVEL);
    assert(compressor != NULL);
    packed_size = libdeflate_zlib_compress(compressor, profile_made.bytes, profile_made.size, packed, sizeof packed);
    libdeflate_free_compressor(compressor);
    assert(packed_size > 0);
}

Text colour_profile(void) {
    const int result = pthread_once(&made_once, make_once);
    assert(result == 0);
    return (Text){(const char *)profile_made.bytes, profile_made.size};
}

Text colour_profile_packed(void) {
    (void)colour_profile();
    return (Text){(const char *)packed, packed_size};
}
