/** Tests of the fonts: what can be printed, and that nothing of the host decides it. */
#include "pdf/font.h"

#include <pthread.h>

#include "pdf/font_strip.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

static TextFault fault_in(Text text) {
    TextFault fault = {.kind = TEXT_FAULT_ENCODING};
    CHECK_OK(pdf_missing_glyphs(text, &fault));
    return fault;
}

TEST(prints_the_scripts_of_trade) {
    static const char *const texts[] = {
        "",
        "Plain ASCII 0123456789 ~!@#",
        "Ѓорѓи Ќе љубов њива џез ѕвезда",
        "Ђорђе Ћирић, Љиљана",
        "Përshëndetje Çelësi",
        "Şoför ığdır İzmir Ğ",
        "ąćęłńóśźż ěščřžýáíé ăîșț āēīū őű ðþæ øåß œ",
        "Καλημέρα Ελλάδα ΰ",
        "臺北市信義路五段 北京市 貿易",
        "Tiếng Việt đặc biệt",
        "Қазақ тілі ӘғқңөұүҺ",
        "Ґанок їжак",
        "עברית",
        "العربية",
        "فارسی",
        "हिन्दी",
        "ไทย",
        "ქართული",
        "Հայերեն",
        "አማርኛ",
        "№ € £ ₽ ₺ ° ± × ÷ ² ³ ½ µ Ω ≤ ≥ – — “ ” „ ‘ ’ « » … • § ™ ®",
        "a\u0301 \u0301",
        "line\nline\ttab"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const TextFault fault = fault_in(text_of(texts[i]));
        if (fault.kind != TEXT_FAULT_NONE) {
            test_fail(__FILE__, __LINE__, "\"%s\": U+%04X", texts[i], fault.code_point);
        }
    }
}

static void expect(const char *text, TextFaultKind kind, uint32_t code_point, size_t line, size_t column) {
    const TextFault fault = fault_in(text_of(text));
    CHECK_INT(fault.kind, kind);
    CHECK_INT(fault.code_point, code_point);
    CHECK_INT(fault.line, line);
    CHECK_INT(fault.column, column);
}

TEST(names_what_cannot_be_printed) {
    expect("red wine \U0001F377", TEXT_FAULT_GLYPH, 0x1F377, 1, 10);
    expect("first\nsec\uE123nd", TEXT_FAULT_GLYPH, 0xE123, 2, 4);
    expect("a\rb", TEXT_FAULT_CONTROL, '\r', 1, 2);
    expect("a\x1b[0m", TEXT_FAULT_CONTROL, 0x1B, 1, 2);
    expect("a\xC2\x85", TEXT_FAULT_CONTROL, 0x85, 1, 2);
    expect("a\u2028", TEXT_FAULT_CONTROL, 0x2028, 1, 2);
    expect("\uFEFFa", TEXT_FAULT_CONTROL, 0xFEFF, 1, 1);
    expect("x\U000E0041", TEXT_FAULT_CONTROL, 0xE0041, 1, 2);
    for (uint32_t code_point = 0x202A; code_point <= 0x2069; code_point++) {
        if (code_point <= 0x202E || code_point >= 0x2066) {
            const char text[] = {'1', (char)0xE2, (char)(0x80 | (code_point >> 6 & 63)),
                                 (char)(0x80 | (code_point & 63)), 0};
            expect(text, TEXT_FAULT_DIRECTION, code_point, 1, 2);
        }
    }
    CHECK_INT(fault_in(TEXT("a\xFFz")).kind, TEXT_FAULT_ENCODING);
    CHECK_INT(fault_in((Text){"a\0b", 3}).kind, TEXT_FAULT_ENCODING);
}

TEST(says_it_in_words) {
    Arena *arena = arena_open(1 << 20);
    const TextFault glyph = fault_in(TEXT("wine \U0001F377"));
    CHECK_INT(glyph.at, 5);
    CHECK_TEXT(text_fault_words(arena, &glyph), "U+1F377 in line 1, column 6 is in none of the fonts");
    const TextFault none = fault_in(TEXT("wine"));
    CHECK_TEXT(text_fault_words(arena, &none), "");
    arena_close(arena);
}

static void *check_in_thread(void *unused) {
    (void)unused;
    for (int i = 0; i < 200; i++) {
        CHECK_INT(fault_in(TEXT("臺北 Скопје \U0001F377")).kind, TEXT_FAULT_GLYPH);
    }
    return NULL;
}

TEST(loads_once_for_many_threads) {
    pthread_t threads[6];
    for (size_t i = 0; i < 6; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, check_in_thread, NULL), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    }
}

#define NOTO "/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf"

TEST(strips_hints_from_fonts) {
    Arena *arena = arena_open((size_t)64 << 20);
    const Text font = fixture_read_file(arena, NOTO);
    Text stripped, again;
    CHECK_OK(font_strip(arena, font, &stripped));
    CHECK(stripped.size < font.size * 8 / 10);
    CHECK(!fixture_contains(text_slice(stripped, 0, 400), "fpgm"));
    CHECK(fixture_contains(text_slice(stripped, 0, 400), "glyf"));
    CHECK_OK(font_strip(arena, stripped, &again));
    CHECK(text_equal(stripped, again));
    arena_close(arena);
}

TEST(refuses_fonts_of_broken_structure) {
    Arena *arena = arena_open((size_t)64 << 20);
    const Text font = fixture_read_file(arena, NOTO);
    uint64_t random = test_seed();
    for (int round = 0; round < 60; round++) {
        Arena *inner = arena_open((size_t)64 << 20);
        char *broken = (char *)(uintptr_t)arena_copy(inner, font).data;
        Text stripped;
        /* Headers and offsets are what matters; the first kilobyte holds them. */
        broken[test_random(&random) % 1024] = (char)test_random(&random);
        const Status status = font_strip(inner, (Text){broken, test_random(&random) % (font.size + 1)}, &stripped);
        CHECK(status == STATUS_OK || status == STATUS_UNSUPPORTED);
        arena_close(inner);
    }
    Text stripped;
    CHECK_STATUS(font_strip(arena, TEXT(""), &stripped), STATUS_UNSUPPORTED);
    CHECK_STATUS(font_strip(arena, text_slice(font, 0, 11), &stripped), STATUS_UNSUPPORTED);
    arena_close(arena);
}
