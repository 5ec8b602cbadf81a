/** The command tradepost pdfa as somebody at a terminal has it. */
#include <unistd.h>

#include "program/program.h"
#include "testing/command.h"
#include "testing/test.h"

#define CORPUS "../shared/corpora/pdfa/PDF_A-3b/6.8 Embedded files/veraPDF test suite "

static bool has(Text text, const char *part) {
    return text_find(text, text_of(part), &(size_t){0});
}

TEST(wrong_use_ends_with_2) {
    Arena *arena = arena_open(16 << 20);
    CHECK_INT(RUN(arena, "pdfa").code, 2);
    CHECK_INT(RUN(arena, "pdfa", "a.pdf", "b.pdf").code, 2);
    const Ended ended = RUN(arena, "pdfa", "a.pdf", "--flavour", "1a");
    CHECK_INT(ended.code, 2);
    CHECK(has(ended.errors, "2b, 2u or 3b"));
    arena_close(arena);
}

TEST(files_that_are_not_there_or_no_pdf_end_with_1) {
    Arena *arena = arena_open(16 << 20);
    Ended ended = RUN(arena, "pdfa", "/nonexistent.pdf");
    CHECK_INT(ended.code, 1);
    CHECK(ended.errors.size > 0);
    ended = RUN(arena, "pdfa", "meson.build");
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.output, "6.1, test 0, the file: "));
    arena_close(arena);
}

TEST(names_clause_test_and_object) {
    if (access(CORPUS "6-8-t02-pass-d.pdf", R_OK) != 0) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(16 << 20);
    Ended ended = RUN(arena, "pdfa", CORPUS "6-8-t02-pass-d.pdf");
    CHECK_TEXT(ended.output, "conforms to PDF/A-3b\n");
    CHECK_INT(ended.code, 0);
    ended = RUN(arena, "pdfa", CORPUS "6-8-t02-fail-a.pdf");
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.output, "6.8, test 4, object "));
    ended = RUN(arena, "pdfa", CORPUS "6-8-t02-fail-a.pdf", "--json");
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.output, "\"conforms\":false") && has(ended.output, "\"clause\":\"6.8\",\"test\":4"));
    ended = RUN(arena, "pdfa", CORPUS "6-8-t02-pass-d.pdf", "--flavour", "2b", "--json");
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.output, "\"flavour\":\"PDF/A-2b\"") && has(ended.output, "\"clause\":\"6.6.4\",\"test\":2"));
    arena_close(arena);
}
