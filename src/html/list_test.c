/** Folding, LIKE patterns and CSV. */
#include "html/list.h"

#include "testing/test.h"

static Text line(Arena *arena, Text cell) {
    Buffer buffer = buffer_make(arena, 1000);
    CSV_LINE(&buffer, cell, TEXT("x"));
    Text text = {NULL, 0};
    CHECK_OK(buffer_take(&buffer, &text));
    return text;
}

TEST(case_is_folded_in_every_script) {
    Arena *arena = arena_open((size_t)1 << 20);
    CHECK_TEXT(search_folded(arena, TEXT("ВИНАРИЈА Straße ΣΊΣΥΦΟΣ")), "винарија strasse σίσυφοσ");
    CHECK_TEXT(search_folded(arena, TEXT("")), "");
    arena_close(arena);
}

TEST(keys_sort_as_people_do) {
    Arena *arena = arena_open((size_t)1 << 20);
    static const char *const sorted[] = {"",         "Bitola", "bitola 2", "Ohrid", "Štip",
                                         "Strumica", "Vardar", "Ѓаково",   "Штип"};
    for (size_t i = 0; i + 1 < sizeof sorted / sizeof sorted[0]; i++) {
        CHECK(text_compare(sort_key(arena, text_of(sorted[i])), sort_key(arena, text_of(sorted[i + 1]))) < 0);
    }
    arena_close(arena);
}

TEST(patterns_escape_what_like_understands) {
    Arena *arena = arena_open((size_t)1 << 20);
    CHECK_TEXT(search_pattern(arena, TEXT("  50%_A\\ ")), "%50\\%\\_a\\\\%");
    CHECK_TEXT(search_pattern(arena, TEXT("   ")), "");
    arena_close(arena);
}

TEST(csv_quotes_what_it_must) {
    Arena *arena = arena_open((size_t)1 << 20);
    CHECK_TEXT(line(arena, TEXT("plain")), "plain,x\r\n");
    CHECK_TEXT(line(arena, TEXT("a,b")), "\"a,b\",x\r\n");
    CHECK_TEXT(line(arena, TEXT("say \"no\"")), "\"say \"\"no\"\"\",x\r\n");
    CHECK_TEXT(line(arena, TEXT("two\nlines")), "\"two\nlines\",x\r\n");
    CHECK_TEXT(line(arena, TEXT(" edge")), "\" edge\",x\r\n");
    CHECK_TEXT(line(arena, TEXT("")), ",x\r\n");
    arena_close(arena);
}

TEST(csv_defuses_formulas_but_not_numbers) {
    Arena *arena = arena_open((size_t)1 << 20);
    CHECK_TEXT(line(arena, TEXT("=1+1")), "'=1+1,x\r\n");
    CHECK_TEXT(line(arena, TEXT("=HYPERLINK(\"http://x\",\"y\")")),
               "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",x\r\n");
    CHECK_TEXT(line(arena, TEXT("+389 2 3244000")), "'+389 2 3244000,x\r\n");
    CHECK_TEXT(line(arena, TEXT("@SUM(A1)")), "'@SUM(A1),x\r\n");
    CHECK_TEXT(line(arena, TEXT("-2-3")), "'-2-3,x\r\n");
    CHECK_TEXT(line(arena, TEXT("\t=1")), "\"'\t=1\",x\r\n");
    CHECK_TEXT(line(arena, TEXT("-12.5")), "-12.5,x\r\n");
    CHECK_TEXT(line(arena, TEXT("-")), "'-,x\r\n");
    CHECK_TEXT(line(arena, TEXT("a=b")), "a=b,x\r\n");
    arena_close(arena);
}
