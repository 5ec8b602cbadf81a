/** The writer: where compiled templates put their bytes, each value escaped for its place by its C type. */
#ifndef TRADEPOST_HTML_WRITER_H
#define TRADEPOST_HTML_WRITER_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/id.h"
#include "html/form.h"
#include "html/frame.h"
#include "html/message.h"
#include "html/paging.h"

#define WRITER_MAXIMUM_DEPTH 4 /**< of groups in groups */
/** Forms on one page whose controls get ids of their own. */
#define WRITER_MAXIMUM_FORMS 32
/** What one page may grow to. */
#define WRITER_MAXIMUM_BYTES ((size_t)32 << 20)

/** One page (HTML or JSON) being written. */
typedef struct Writer {
    Buffer buffer;
    Arena *arena;
    const Frame *frame;
    const Language *language;
    Time now;
    /** The forms of this page, in the order in which they were first drawn, and which of them is being drawn. */
    const FormValues *forms[WRITER_MAXIMUM_FORMS];
    size_t form_count, form_now;
    /** Names before the fields of the row being drawn: "lines[3]." */
    Text form_prefixes[WRITER_MAXIMUM_DEPTH];
    size_t form_depth;
} Writer;

/** A writer into the arena; `frame` may be NULL where no page frame is drawn (JSON, parts). Language English when the
 * frame names none. */
Writer writer_make(Arena *arena, const Frame *frame, Time now);

/** HTML that our own code made and that is safe as it stands; the only type that {{raw}} takes. */
typedef struct SafeHtml {
    Text html;
} SafeHtml;

/* How a value reaches the function of its type. The value is passed as a one-member array, so that a struct returned by
 * a function works like a member. An id is any struct with a member `value`: the second _Generic gives that member, and
 * refuses to compile for every type that is neither listed nor such a struct: bool, const char *, double, other
 * structs. */
typedef struct WriterNoId {
    int64_t value;
} WriterNoId;
#define WRITER_AT(x) ((const __typeof__(x)[1]){(x)})
/* clang-format 14 has no idea of _Generic. */
/* clang-format off */
#define WRITER_TYPES(text, time, message, int_, unsigned_, long_, unsigned_long, long_long, unsigned_long_long)        \
    Text: text, Time: time, Message: message, int: int_, unsigned: unsigned_, long: long_,                             \
    unsigned long: unsigned_long, long long: long_long, unsigned long long: unsigned_long_long
#define WRITER_NO_IDS(none) WRITER_TYPES(none, none, none, none, none, none, none, none, none)
#define WRITER_FUNCTIONS(function)                                                                                     \
    WRITER_TYPES(function##_text, function##_time, function##_message, function##_int, function##_unsigned,            \
                 function##_long, function##_unsigned_long, function##_long_long, function##_unsigned_long_long)
/** The member `value` of an id, 0 for the other types that may be written. */
#define WRITER_ID(x)      (_Generic((x), WRITER_NO_IDS((WriterNoId){0}), default: (x)).value)
#define WRITER_JSON_ID(x)                                                                                              \
    (_Generic((x), WRITER_NO_IDS((WriterNoId){0}), bool: (WriterNoId){0}, const FormValues *: (WriterNoId){0},         \
              default: (x)).value)
#define WRITER_DISPATCH(function, writer, x)                                                                           \
    _Generic((x), WRITER_FUNCTIONS(function), default: function##_id)(                                                 \
        (writer), (const void *)WRITER_AT(x), WRITER_ID(x))
#define WRITER_JSON_DISPATCH(writer, x)                                                                                \
    _Generic((x), WRITER_FUNCTIONS(write_json), bool: write_json_bool, const FormValues *: write_json_values,          \
             default: write_json_id)(                                                                                  \
        (writer), (const void *)WRITER_AT(x), WRITER_JSON_ID(x))
/* clang-format on */

/** Declares the functions of one way of writing, one per type. `value` points to one value of the type. */
#define WRITER_DECLARE(function)                                                                                       \
    void function##_text(Writer *writer, const void *value, int64_t id);                                               \
    void function##_time(Writer *writer, const void *value, int64_t id);                                               \
    void function##_message(Writer *writer, const void *value, int64_t id);                                            \
    void function##_int(Writer *writer, const void *value, int64_t id);                                                \
    void function##_unsigned(Writer *writer, const void *value, int64_t id);                                           \
    void function##_long(Writer *writer, const void *value, int64_t id);                                               \
    void function##_unsigned_long(Writer *writer, const void *value, int64_t id);                                      \
    void function##_long_long(Writer *writer, const void *value, int64_t id);                                          \
    void function##_unsigned_long_long(Writer *writer, const void *value, int64_t id);                                 \
    void function##_id(Writer *writer, const void *value, int64_t id)

WRITER_DECLARE(write_value);
WRITER_DECLARE(write_plain);
WRITER_DECLARE(write_url_part);
WRITER_DECLARE(write_json);

/** Bytes of the template itself. */
void write_literal(Writer *writer, const char *bytes, size_t size);
/** Element text: Text escaped, integers grouped in the language's manner, Time as a date (nothing when not set),
 * Message translated, ids in base 32. */
#define write_value(writer, x) WRITER_DISPATCH(write_value, (writer), x)
/** The same inside a quoted attribute: write_value escapes quotation marks of both kinds. */
#define write_attribute(writer, x) WRITER_DISPATCH(write_value, (writer), x)
/** As write_value, but integers without grouping and Time as an ISO 8601 date: for `value`, `id` and the like. */
#define write_plain(writer, x)           WRITER_DISPATCH(write_plain, (writer), x)
#define write_attribute_plain(writer, x) WRITER_DISPATCH(write_plain, (writer), x)
/** A value inside a URL, behind its start: all but letters, digits and - . _ ~ percent-encoded. */
#define write_url_part(writer, x) WRITER_DISPATCH(write_url_part, (writer), x)
/** A whole JSON value: Text quoted, integers, Time as RFC 3339 or null, Message translated, ids as base 32 or null when
 * 0, bool, and `const FormValues *` as form_to_json writes it. */
#define write_json(writer, x) WRITER_JSON_DISPATCH((writer), x)
/** true or false, for write_json: of the bool at `value`. */
void write_json_bool(Writer *writer, const void *value, int64_t id);
/** The values of a form, for write_json: of the pointer at `value`; null for NULL. */
void write_json_values(Writer *writer, const void *value, int64_t id);
/** Starts a URL: http, https and mailto addresses and paths with one slash in front pass (escaped); anything else
 * becomes "#". */
void write_url_start(Writer *writer, Text url);
/** Bytes of SafeHtml as they are. */
void write_raw(Writer *writer, SafeHtml html);

/** Date with time of day, in UTC: 23 November 2026, 18:30 UTC. Nothing when not set; so for the next three. */
void write_moment(Writer *writer, Time time);
/** How long ago, or how long from now: "3 hours". */
void write_age(Writer *writer, Time time);
/** RFC 3339, for <time datetime>. */
void write_iso(Writer *writer, Time time);
/** The country's name in the language; the code itself when there is no such country. */
void write_country(Writer *writer, Text alpha_2);
/** A decimal such as "1234.5" in the language's manner; other texts as they are. */
void write_decimal(Writer *writer, Text decimal);
/** Text with <br> at line ends. */
void write_lines(Writer *writer, Text text);
/** The same inside a quoted attribute. */
void write_attribute_moment(Writer *writer, Time time);
void write_attribute_age(Writer *writer, Time time);
void write_attribute_iso(Writer *writer, Time time);
void write_attribute_country(Writer *writer, Text alpha_2);
void write_attribute_decimal(Writer *writer, Text decimal);
void write_attribute_lines(Writer *writer, Text text);

/* Messages. `hash` is FNV-1a 64 of the English text, computed by htmlgen. */

/** The translation, escaped; English where the catalogue has none. */
void write_message(Writer *writer, uint64_t hash, const char *english, size_t size);
void write_message_attribute(Writer *writer, uint64_t hash, const char *english, size_t size);
/** The translation, unescaped, for write_pattern. Static storage. */
Text message_lookup(Writer *writer, uint64_t hash, const char *english, size_t size);
/** The form of a plural message for `count`; the hash is that of `one`, as in PO files. Static storage. */
Text message_lookup_plural(Writer *writer, uint64_t hash, const char *one, size_t one_size, const char *other,
                           size_t other_size, int64_t count);

/** What stands for one part of a pattern. */
typedef struct PatternPart {
    const char
        *name; /**< "officer" for the hole {officer}; "<a>" and "</a>", "<a2>", "<br>" for tags: with their brackets */
    void (*write)(Writer *writer, const void *context);
} PatternPart;

/**
 * Writes a translated pattern: its literal text escaped, its holes and tags replaced by `parts`.
 *
 * A hole or tag that is no part is dropped, so a translation can never bring markup. Right for text and for quoted
 * attributes.
 */
void write_pattern(Writer *writer, Text pattern, const PatternPart *parts, size_t count, const void *context);

/** Whether a template's condition holds: a Text that is not empty, a list with items, a number, id, Time or Message
 * that is set, a pointer, true. */
#define html_truth(x) html_truth_of((const void *)WRITER_AT(x), sizeof(x) + 0 * sizeof(char[sizeof(x) <= 16 ? 1 : -1]))
/** For html_truth: the truth of the `size` bytes at `value`. */
bool html_truth_of(const void *value, size_t size);

/* The page around a template's content. */

/** Everything up to <main>; `title` writes the page's title as escaped text. */
void html_page_begin(Writer *writer, void (*title)(Writer *writer, const void *model), const void *model);
void html_page_end(Writer *writer);
/** The address of an asset of this build, with its hash: "/assets/tradepost.3f2a….css". Asserts that it exists. */
Text html_asset_address(const char *name);

/* Forms. The template writes `<form method="post" action="..."` itself; html_form_rest goes on from there. */

/** Writes novalidate, the encoding that files need, `>` and the hidden form token. */
void html_form_rest(Writer *writer, const FormValues *values);
void html_form_end(Writer *writer);
/** A whole control: label, hint, error, input. `as` NULL, or a way of drawing: "search", "radios", "select", "short",
 * "wide", "hidden". */
void html_field(Writer *writer, const FormValues *values, const char *name, const char *as);
/** All fields in order, groups with their rows. */
void html_fields(Writer *writer, const FormValues *values);
/** The summary of what is wrong, each line a link to its field; nothing when nothing is. */
void html_errors(Writer *writer, const FormValues *values);
/** Opens a group (html_rows_end closes it) and says how many rows it has. */
size_t html_rows_count(Writer *writer, const FormValues *values, const char *name);
/** Opens row `at` (from 0) and returns its values, for html_field. */
const FormValues *html_row(Writer *writer, const FormValues *values, const char *name, size_t at);
/** Closes the row with its button to remove it. */
void html_row_end(Writer *writer, const FormValues *values, const char *name, size_t at);
/** Closes the group with its button to add a row. */
void html_rows_end(Writer *writer, const FormValues *values, const char *name);

/** Links to the pages of a list; nothing when there is but one. */
void html_paging(Writer *writer, const Paging *paging);

#endif
