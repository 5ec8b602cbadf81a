/** Parts of check_source, the judge of this project's source rules (docs/style.md names them). */
#ifndef TRADEPOST_TOOLS_CHECK_SOURCE_CHECK_SOURCE_H
#define TRADEPOST_TOOLS_CHECK_SOURCE_CHECK_SOURCE_H

#include "base/arena.h"

/** Lines of a file and of a function that a reader keeps in mind. */
#define SOURCE_FILE_LINES_MAX     600
#define SOURCE_FUNCTION_LINES_MAX 60
/** Waivers in the whole tree: one more is a decision that the reviewer sees in this line. */
#define SOURCE_WAIVERS_MAX 12

/** A function of a C file: its definition, or its declaration in a header. Lines count from 1. */
typedef struct SourceFunction {
    Text name;
    Text head; /**< from its first word to before the body or semicolon, comments blanked */
    size_t first_line, last_line;
    bool definition;
    bool documented;
    bool documented_above; /**< by a docstring above it, or above the group that it stands in */
} SourceFunction;

typedef struct SourceFunctions {
    SourceFunction *items;
    size_t count;
} SourceFunctions;

/** A comment `check_source: ...` that lets one breach of a rule pass. */
typedef struct SourceWaiver {
    size_t line;
    Text rule; /**< "long", "long file", or "allow NAME" */
    Text reason;
    bool used;
} SourceWaiver;

typedef struct SourceWaivers {
    SourceWaiver *items;
    size_t count;
} SourceWaivers;

/** One file under judgement. */
typedef struct Source {
    Arena *arena;
    Text path; /**< from the root of the tree: "src/base/text.c" */
    Text room; /**< "base", "documents", "tools"; "capabilities" for the folder itself */
    bool capability;
    bool test; /**< a test or fuzz driver: may use testing */
    Text raw;
    Text code;        /**< raw with comments, literals' insides and preprocessor lines blanked; same size */
    Text uncommented; /**< raw with comments alone blanked; same size */
    SourceFunctions functions;
    SourceWaivers waivers;
    Text statuses; /**< the words STATUS_... of src/base/status.h; empty when that file is not there */
} Source;

/** Counts and prints one breach: "path:line: words". */
PRINTF_LIKE(3, 4) void report(const Source *source, size_t line, const char *format, ...);

/** Fills code, uncommented, functions and waivers of a C file. */
void source_scan(Source *source);
/** The line, from 1, in which the byte `at` stands. */
size_t source_line(const Source *source, size_t at);
/** Marks as used, and tells of, a waiver of `rule` in the lines `from` to `to`. */
bool source_waived(Source *source, const char *rule, size_t from, size_t to);
/** True for letters, digits and the underscore. */
bool source_is_word(char letter);
/** True when the word `word` stands at byte `at` of `text`. */
bool source_word_at(Text text, size_t at, const char *word);

/* The rules; each reports its breaches. */

/** Who may include whom. */
void rule_includes(const Source *source);
/** Length of the file and of each function. */
void rule_length(Source *source);
/** Functions that have a better replacement here, or belong to certain rooms. */
void rule_banned(Source *source);
/** Headers: guard, a docstring for each function, MUST_USE on each Status, existing names of statuses. */
void rule_header(const Source *source);
/** MESSAGE takes literals alone, so that they can be extracted. */
void rule_messages(const Source *source);
void rule_text_arguments(const Source *source);
/** Every kind of text file: opening sentence, white space, unfinished work. */
void rule_text(const Source *source);
/** Waivers that let nothing pass, or give no reason. */
void rule_waivers(const Source *source);

#endif
