/** What tests of printed papers ask of programs that read them: is every word there, and does none stand on another. */
#ifndef TRADEPOST_TESTING_PAPER_JUDGE_H
#define TRADEPOST_TESTING_PAPER_JUDGE_H

#include "base/arena.h"

/** Writes a PDF into a directory of the test; gives its path. */
const char *paper_save(Arena *arena, Text pdf);
/** The text of a PDF without white space, as pdftotext reads it. */
Text paper_text(Arena *arena, const char *path);
/** Ends the test as failed unless each word of `value` is in `whole`, a result of paper_text. */
void paper_expect_text(Arena *arena, Text whole, const char *value);
/** As paper_expect_text, and the words come in their order. */
void paper_expect_words(Text whole, Text words);
/** No word stands on another, and none outside of the certificate's form. */
void paper_expect_no_overlap(Arena *arena, const char *path);

#endif
