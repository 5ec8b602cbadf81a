/** Tests of base: arena, text, buffer, clock, id, digest. */
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/id.h"
#include "testing/test.h"

static void append_letter(void *thing) {
    char **at = thing;
    *(*at)++ = 'x';
}

TEST(arena_runs_deferred_calls_once_and_refuses_past_its_budget) {
    Arena *arena = arena_open(100000);
    char letters[4] = {0}, *at = letters;
    arena_defer(arena, append_letter, &at);
    arena_defer(arena, append_letter, &at);
    void *memory = NULL;
    CHECK_STATUS(arena_try_allocate(arena, 100001, &memory), STATUS_TOO_LARGE);
    CHECK(memory == NULL);
    CHECK_STATUS(arena_try_allocate(arena, SIZE_MAX - 3, &memory), STATUS_TOO_LARGE);
    CHECK_OK(arena_try_allocate(arena, 90000, &memory));
    CHECK_STATUS(arena_try_allocate(arena, 20000, &memory), STATUS_TOO_LARGE);
    arena_reset(arena);
    CHECK_TEXT(text_of(letters), "xx");
    CHECK_INT(arena_used(arena), 0);
    CHECK_OK(arena_try_allocate(arena, 20000, &memory));
    arena_close(arena);
    CHECK_TEXT(text_of(letters), "xx");
}

TEST(arena_extends_what_was_handed_out_last) {
    Arena *arena = arena_open(100000);
    void *first = NULL, *second = NULL;
    CHECK_OK(arena_try_reserve(arena, 100, &first));
    CHECK(arena_try_extend(arena, first, 100, 5000));
    CHECK_OK(arena_try_reserve(arena, 10, &second));
    CHECK((char *)second >= (char *)first + 5000);
    CHECK(!arena_try_extend(arena, first, 5000, 6000));
    CHECK(!arena_try_extend(arena, second, 10, 99990));
    CHECK(!arena_try_extend(arena, second, 10, SIZE_MAX - 3));
    memset(first, 'x', 5000);
    memset(second, 'y', 10);
    CHECK_INT(arena_used(arena), 5008 + 16);
    CHECK_TEXT(ARENA_JOIN(arena, TEXT("a"), (Text){NULL, 0}, TEXT("bc")), "abc");
    CHECK_TEXT(arena_number(arena, INT64_MIN), "-9223372036854775808");
    CHECK_TEXT(arena_number(arena, 0), "0");
    CHECK_TEXT(arena_number(arena, INT64_MAX), "9223372036854775807");
    char letters[1200];
    memset(letters, 'z', sizeof letters);
    CHECK_INT(arena_format(arena, "%.*s!", (int)sizeof letters, letters).size, 1201);
    CHECK(memcmp(first, "xxxx", 4) == 0 && memcmp(second, "yyyyyyyyyy", 10) == 0);
    arena_close(arena);
}

TEST(text_knows_utf8) {
    static const char *const good[] = {"", "a", "\xC3\xA9", "\xE4\xB8\xAD\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {
        "\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
        "a\xFF"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK(text_is_utf8(text_of(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!text_is_utf8(text_of(bad[i])));
    }
    CHECK(!text_is_utf8((Text){"a\0b", 3}));
    for (size_t size = 1; size < 40; size++) {
        char letters[40];
        for (size_t at = 0; at < size; at++) {
            memset(letters, at % 2 == 0 ? 0x7f : 0x01, size);
            CHECK(text_is_utf8((Text){letters, size}));
            letters[at] = '\0';
            CHECK(!text_is_utf8((Text){letters, size}));
            letters[at] = '\x80';
            CHECK(!text_is_utf8((Text){letters, size}));
        }
    }
    CHECK_INT(text_length(TEXT("a\xE4\xB8\xAD\xF0\x9F\x98\x80")), 3);
    Text rest = TEXT("\xE4\xB8\xAD!");
    CHECK_INT(text_next_code_point(&rest), 0x4E2D);
    CHECK_INT(text_next_code_point(&rest), '!');
    CHECK_INT(text_next_code_point(&rest), 0);
}

TEST(text_cuts_trims_and_finds) {
    Text rest = TEXT("a,b,,c");
    CHECK_TEXT(text_cut(&rest, ','), "a");
    CHECK_TEXT(text_cut(&rest, ','), "b");
    CHECK_TEXT(text_cut(&rest, ','), "");
    CHECK_TEXT(text_cut(&rest, ','), "c");
    CHECK_INT(rest.size, 0);
    CHECK_TEXT(text_trim(TEXT(" \t x y\r\n")), "x y");
    CHECK_TEXT(text_head(TEXT("a\xE4\xB8\xAD!"), 3), "a");
    CHECK_TEXT(text_head(TEXT("a\xE4\xB8\xAD!"), 4), "a\xE4\xB8\xAD");
    size_t at = 99;
    CHECK(text_find(TEXT("certificate"), TEXT("fica"), &at));
    CHECK_INT(at, 5);
    CHECK(!text_find(TEXT("cert"), TEXT("certificate"), &at));
    CHECK(text_equal_ignoring_case(TEXT("HoSt"), TEXT("host")));
    CHECK(text_equal_constant_time(TEXT("abc"), TEXT("abc")) && !text_equal_constant_time(TEXT("abc"), TEXT("abd")));
    CHECK(text_compare(TEXT("a"), TEXT("ab")) < 0 && text_compare(TEXT("b"), TEXT("ab")) > 0);
}

TEST(text_to_int_refuses_what_does_not_fit) {
    int64_t value = 7;
    CHECK_OK(text_to_int(TEXT("-9223372036854775808"), &value));
    CHECK(value == INT64_MIN);
    CHECK_STATUS(text_to_int(TEXT("9223372036854775808"), &value), STATUS_INVALID);
    CHECK_STATUS(text_to_int(TEXT("12a"), &value), STATUS_INVALID);
    CHECK_STATUS(text_to_int(TEXT("-"), &value), STATUS_INVALID);
    CHECK(value == INT64_MIN);
}

TEST(buffer_stops_at_its_maximum) {
    Arena *arena = arena_open(1 << 20);
    Buffer buffer = buffer_make(arena, 10000);
    for (int i = 0; i < 1000; i++) {
        buffer_format(&buffer, "%09d", i);
    }
    Text text = {0};
    CHECK_OK(buffer_take(&buffer, &text));
    CHECK_INT(text.size, 9000);
    CHECK_TEXT(text_slice(text, 8991, 9000), "000000999");
    for (int i = 0; i < 200; i++) {
        buffer_append(&buffer, TEXT("123456"));
    }
    CHECK_STATUS(buffer_take(&buffer, &text), STATUS_TOO_LARGE);
    const size_t size = buffer.size;
    buffer_append_byte(&buffer, 'x');
    CHECK_INT(buffer.size, size); /* nothing follows what was dropped, though it would fit */
    arena_close(arena);
}

TEST(calendar_agrees_with_known_days_and_with_itself) {
    Arena *arena = arena_open(64 << 20);
    CHECK(time_of_date(1970, 1, 1).microseconds == 0);
    CHECK(time_of_date(2000, 3, 1).microseconds == 11017 * TIME_DAY);
    CHECK_TEXT(time_rfc3339(arena, (Time){INT64_C(1795458600) * TIME_SECOND}), "2026-11-23T18:30:00Z");
    for (int64_t day = -300000; day < 300000; day += 17) {
        int year = 0, month = 0, date = 0;
        time_date((Time){day * TIME_DAY + 1}, &year, &month, &date);
        CHECK(time_of_date(year, month, date).microseconds == day * TIME_DAY);
    }
    Time time = {5};
    CHECK_OK(time_read_iso_date(TEXT("2024-02-29"), &time));
    CHECK_TEXT(time_iso_date(arena, time), "2024-02-29");
    CHECK_STATUS(time_read_iso_date(TEXT("2023-02-29"), &time), STATUS_INVALID);
    CHECK_STATUS(time_read_iso_date(TEXT("2023-13-01"), &time), STATUS_INVALID);
    CHECK_STATUS(time_read_iso_date(TEXT("2023-1-01x"), &time), STATUS_INVALID);
    arena_close(arena);
}

static void *make_ids(void *thing) {
    int64_t *ids = thing;
    for (int i = 0; i < 5000; i++) {
        ids[i] = id_make();
    }
    return NULL;
}

TEST(ids_rise_differ_and_read_back) {
    static int64_t ids[2][5000];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, make_ids, ids[i]) == 0);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (int i = 1; i < 5000; i++) {
        CHECK(ids[0][i] > ids[0][i - 1] && ids[1][i] > ids[1][i - 1]);
    }
    char letters[ID_TEXT_SIZE + 1];
    id_write(ids[0][7], letters);
    int64_t back = 0;
    CHECK_OK(id_read(text_of(letters), &back));
    CHECK(back == ids[0][7]);
    CHECK_STATUS(id_read(TEXT("0000000000000"), &back), STATUS_INVALID);
    CHECK_STATUS(id_read(TEXT("zzzzzzzzzzzzz"), &back), STATUS_INVALID);
    CHECK_STATUS(id_read(TEXT("00000000000u1"), &back), STATUS_INVALID);
    CHECK_OK(id_read(TEXT("00000000000OI"), &back));
    CHECK_INT(back, 1);
}

TEST(digests_agree_with_published_vectors) {
    Arena *arena = arena_open(1 << 20);
    const Sha256 abc = sha256(TEXT("abc"));
    CHECK_TEXT(sha256_hex(arena, &abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const Sha256 keyed = hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"));
    CHECK_TEXT(sha256_hex(arena, &keyed), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char long_key[131]; /* RFC 4231 4.7 */
    memset(long_key, 0xaa, sizeof long_key);
    const Sha256 by_long_key =
        hmac_sha256((Text){long_key, sizeof long_key}, TEXT("Test Using Larger Than Block-Size Key - Hash Key First"));
    CHECK_TEXT(sha256_hex(arena, &by_long_key), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    static const char *const pairs[][2] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                           {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        Text back = {0};
        CHECK_TEXT(base64_encode(arena, text_of(pairs[i][0])), pairs[i][1]);
        CHECK_OK(base64_decode(arena, text_of(pairs[i][1]), &back));
        CHECK_TEXT(back, pairs[i][0]);
        CHECK_OK(base64_decode(arena, base64url_encode(arena, text_of(pairs[i][0])), &back));
        CHECK_TEXT(back, pairs[i][0]);
    }
    Text back = {0};
    CHECK_STATUS(base64_decode(arena, TEXT("Zh=="), &back), STATUS_INVALID);
    CHECK_STATUS(base64_decode(arena, TEXT("Z"), &back), STATUS_INVALID);
    CHECK_STATUS(base64_decode(arena, TEXT("Zm9*"), &back), STATUS_INVALID);
    CHECK_OK(hex_decode(arena, TEXT("00fFa1"), &back));
    CHECK_INT(back.size, 3);
    CHECK_STATUS(hex_decode(arena, TEXT("0g"), &back), STATUS_INVALID);
    arena_close(arena);
}
