/** The messages tool's own types: what the sources say, what a PO file says, and how the one is held against the other.
 */
#ifndef TRADEPOST_TOOLS_MESSAGES_MESSAGES_H
#define TRADEPOST_TOOLS_MESSAGES_MESSAGES_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#define SOURCE_MAXIMUM_BYTES  ((size_t)8 << 20)
#define MESSAGE_MAXIMUM_BYTES ((size_t)64 << 10)
#define OUTPUT_MAXIMUM_BYTES  ((size_t)64 << 20)
#define FORMS_MAXIMUM         6

/** One use of a message. */
typedef struct Use {
    Text id, plural; /**< plural empty: none */
    Text file;
    size_t line;
} Use;

/** Everything that was found, in the order it was found. */
typedef struct Uses {
    Use *items;
    size_t count, capacity;
} Uses;

/** Appends a use. */
void uses_add(Arena *arena, Uses *uses, Use use);
/** Orders uses by text, file and line. */
void uses_sort(Uses *uses);
/** Reads a whole file, or ends the program. */
Text read_file(Arena *arena, const char *path);
/** Writes a whole file, or ends the program. */
void write_file(const char *path, const Buffer *buffer);
/** The path as seen from the project's root, wherever the build runs. */
Text project_path(const char *path);
/** Ends the program with "path:line: sentence"; line 0 is left out. */
PRINTF_LIKE(3, 4) _Noreturn void die(const char *path, size_t line, const char *format, ...);

/** Ends the program. */
_Noreturn void finish(int code);

/** Collects MESSAGE("..."), MESSAGE_INIT("...") and the pairs inside message_plural(...) of a C file. */
void scan_c(Arena *arena, Uses *uses, const char *path);
/** Collects the members that people read (label, hint, title, text, summary, section) of a JSON file. */
void scan_json(Arena *arena, Uses *uses, const char *path);

typedef struct Plural Plural;

/** Reads a gettext plural expression over n; NULL when it is none. */
Plural *plural_read(Arena *arena, Text expression);
/** Which form stands with n. */
uint64_t plural_choose(const Plural *plural, uint64_t n);
/** The expression in C. */
Text plural_to_c(Arena *arena, const Plural *plural);

/** One translated message. */
typedef struct Translation {
    Text id, plural;
    Text forms[FORMS_MAXIMUM];
    size_t form_count; /**< 0: not translated */
    bool fuzzy;
} Translation;

/** A PO file. */
typedef struct Catalogue {
    const char *path;
    Text tag;  /**< BCP 47: "zh-Hant" */
    Text name; /**< in the language itself, the header X-Language-Name */
    bool right_to_left;
    Plural *plural;
    size_t plural_count;
    Translation *items;
    size_t count;
} Catalogue;

/** Reads a translation. Ends the program when it is no PO file or lacks a header. */
Catalogue po_read_catalogue(Arena *arena, const char *path);
/** Adds the messages of a POT file. */
void po_read_uses(Arena *arena, Uses *uses, const char *path);

/**
 * Holds a translation's holes and elements against the English.
 *
 * @param ret_why  one sentence when it returns false
 */
bool translation_fits(Arena *arena, const Catalogue *catalogue, const Translation *translation, Text *ret_why);
/** Writes the catalogues as C. Translations that do not fit are left out and named on standard error. */
void catalogue_write(Arena *arena, const char *path, Catalogue *const *catalogues, size_t count);

#endif
