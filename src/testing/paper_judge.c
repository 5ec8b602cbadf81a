/** Judges of printed papers. */
#include "testing/paper_judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

const char *paper_save(Arena *arena, Text pdf) {
    const char *path = arena_format(arena, "%s/paper.pdf", test_directory()).data;
    fixture_write_file(path, pdf);
    return path;
}

/** The text without any white space: lines break where they fit. */
static Text squeeze(Arena *arena, Text text) {
    Buffer squeezed = buffer_make(arena, text.size + 1);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\n' && text.data[i] != '\f') {
            buffer_append_byte(&squeezed, text.data[i]);
        }
    }
    Text result = {0};
    CHECK_OK(buffer_take(&squeezed, &result));
    return result;
}

Text paper_text(Arena *arena, const char *path) {
    Text output;
    CHECK_INT(fixture_run(arena, &output, "pdftotext -raw %s -", path), 0);
    return squeeze(arena, output);
}

void paper_expect_text(Arena *arena, Text whole, const char *value) {
    /* Each word: columns may come between the lines of a value. */
    for (Text rest = text_of(value); rest.size > 0;) {
        Text line = text_cut(&rest, '\n');
        while (line.size > 0) {
            const Text word = text_cut(&line, ' ');
            if (!fixture_contains(whole, arena_c_string(arena, word))) {
                test_fail(__FILE__, __LINE__, "not on the paper: \"%.*s\"", TEXT_ARG(word));
            }
        }
    }
}

/** All words of a text stand on the paper once, in their order. */
void paper_expect_words(Text whole, Text words) {
    size_t from = 0;
    for (Text rest = words; rest.size > 0;) {
        const Text word = text_cut(&rest, ' ');
        size_t at = 0;
        const Text behind = text_slice(whole, from, whole.size);
        if (!text_find(behind, word, &at)) {
            test_fail(__FILE__, __LINE__, "lost or out of order: %.*s", TEXT_ARG(word));
        }
        from += at + word.size;
    }
}

/** A word as a reader of the paper found it; points from the upper left corner. */
typedef struct Word {
    double left, top, right, bottom;
} Word;

/** Reads `name="12.5"` and moves behind it. */
static double take_number(Text *rest, const char *name) {
    size_t at = 0;
    if (!text_find(*rest, text_of(name), &at)) {
        *rest = text_slice(*rest, rest->size, rest->size);
        return 0;
    }
    *rest = text_slice(*rest, at + strlen(name), rest->size);
    return strtod(rest->data, NULL);
}

/** No word stands on another, and none outside of the form. */
void paper_expect_no_overlap(Arena *arena, const char *path) {
    Text output;
    CHECK_INT(fixture_run(arena, &output, "pdftotext -bbox %s -", path), 0);
    Word *words = arena_new_array(arena, Word, 20000);
    size_t count = 0;
    for (Text rest = output; rest.size > 0;) {
        const Text line = text_cut(&rest, '\n');
        if (fixture_contains(line, "<page ")) {
            count = 0;
        }
        Text numbers = line;
        if (!fixture_contains(line, "<word ")) {
            continue;
        }
        Word word = {.left = take_number(&numbers, "xMin=\""), .top = take_number(&numbers, "yMin=\"")};
        word.right = take_number(&numbers, "xMax=\"");
        word.bottom = take_number(&numbers, "yMax=\"");
        /* The fonts say generous heights; what must not touch are the letters. */
        const double generous = (word.bottom - word.top) * 0.17;
        word.top += generous;
        word.bottom -= generous;
        CHECK(word.left > 10 * 72 / 25.4 && word.right < 200 * 72 / 25.4 && word.top > 8 * 72 / 25.4 &&
              word.bottom < 290 * 72 / 25.4);
        for (size_t i = 0; i < count; i++) {
            if (word.left < words[i].right - 0.2 && words[i].left < word.right - 0.2 && word.top < words[i].bottom &&
                words[i].top < word.bottom) {
                test_fail(__FILE__, __LINE__, "stands on another word: %.*s", TEXT_ARG(line));
            }
        }
        CHECK(count < 20000);
        words[count++] = word;
    }
    CHECK(count > 0);
}
