/** What tests of PDF files share: small files made here, files of others, outside programs as judges. */
#ifndef TRADEPOST_TESTING_PDF_FIXTURE_H
#define TRADEPOST_TESTING_PDF_FIXTURE_H

#include "base/arena.h"

/** Files that nobody here wrote; beside the checkout, and absent on some machines. */
#define FIXTURE_PDF_INPUTS "../shared/corpora/pdf-inputs"

/** They are there. */
bool fixture_has_inputs(void);
/** Their names in order, NUL-ended. */
Texts fixture_inputs(Arena *arena);
/** The bytes of a file; ends the test as failed when it cannot be read. */
Text fixture_read_file(Arena *arena, const char *path);
/** Makes or overwrites a file. */
void fixture_write_file(const char *path, Text bytes);
/** Runs a shell command of our own making; both its output streams together, with a NUL behind. Returns the exit code.
 */
PRINTF_LIKE(3, 4) int fixture_run(Arena *arena, Text *ret_output, const char *format, ...);
/** The program is installed. */
bool fixture_has_program(const char *name);
/** `text` holds `part`. */
bool fixture_contains(Text text, const char *part);

/** A PDF of one A4 page with a line of text, with a cross-reference table. */
Text fixture_pdf(Arena *arena);
/** The same with a cross-reference stream and its objects in an object stream. */
Text fixture_pdf_with_streams(Arena *arena);

#endif
