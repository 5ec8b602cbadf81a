/** Tests of DER: lengths, order of sets, strict reading. */
#include "trust/der.h"

#include "base/digest.h"
#include "testing/test.h"

TEST(writes_lengths_in_their_shortest_form) {
    Arena *arena = arena_open(1 << 22);
    static const struct {
        size_t size;
        const char *head;
    } cases[] = {{0, "0400"},     {127, "047f"},     {128, "048180"},
                 {255, "0481ff"}, {256, "04820100"}, {70000, "0483011170"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Text content = {arena_allocate(arena, cases[i].size + 1), cases[i].size};
        const Text value = DER(arena, DER_OCTET_STRING, content);
        CHECK_TEXT(hex_encode(arena, text_slice(value, 0, value.size - content.size)), cases[i].head);
        Text rest = value;
        DerValue read;
        CHECK_OK(der_take(&rest, DER_OCTET_STRING, &read));
        CHECK_INT(read.content.size, content.size);
        CHECK_INT(rest.size, 0);
    }
    arena_close(arena);
}

TEST(puts_sets_in_order) {
    Arena *arena = arena_open(1 << 20);
    Text parts[] = {DER(arena, DER_OCTET_STRING, TEXT("zz")), DER(arena, DER_INTEGER, TEXT("b")),
                    DER(arena, DER_OCTET_STRING, TEXT("z")), DER(arena, DER_INTEGER, TEXT("a"))};
    CHECK_TEXT(hex_encode(arena, der_set_of(arena, DER_SET, parts, 4)), "310d02016102016204017a04027a7a");
    arena_close(arena);
}

TEST(writes_numbers_and_times) {
    Arena *arena = arena_open(1 << 20);
    CHECK_TEXT(hex_encode(arena, der_unsigned(arena, (Text){"\0\0\x80\1", 4})), "0203008001");
    CHECK_TEXT(hex_encode(arena, der_unsigned(arena, (Text){0})), "020100");
    CHECK_TEXT(hex_encode(arena, der_small(arena, 1)), "020101");
    CHECK_TEXT(text_slice(der_time(arena, time_of_date(2049, 12, 31)), 2, 99), "491231000000Z");
    CHECK_TEXT(text_slice(der_time(arena, time_of_date(2050, 1, 1)), 2, 99), "20500101000000Z");
    arena_close(arena);
}

TEST(refuses_what_is_not_der) {
    static const Text wrong[] = {
        TEXT_INIT(""),
        TEXT_INIT("\x04"),
        TEXT_INIT("\x04\x05 abc"),
        TEXT_INIT("\x30\x80\0\0"),
        TEXT_INIT("\x04\x81\x05 hello"),
        TEXT_INIT("\x04\x82\x00\x80"),
        TEXT_INIT("\x1f\x81\x01\x00"),
        TEXT_INIT("\x04\x84\xff\xff\xff\xff"),
        TEXT_INIT("\x04\x85\x01\x01\x01\x01\x01"),
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        Text rest = wrong[i];
        DerValue value;
        CHECK_STATUS(der_next(&rest, &value), STATUS_INVALID);
        CHECK_INT(rest.size, wrong[i].size);
    }
}
