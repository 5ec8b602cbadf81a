/** Messages: every text that a person reads, English in the source, translated by the catalogues of po/. */
#ifndef TRADEPOST_HTML_MESSAGE_H
#define TRADEPOST_HTML_MESSAGE_H

#include "base/arena.h"

/** A text to translate. {NULL} is "no message". Holes are named: "Row {row} has no HS code". */
typedef struct Message {
    const char *english;
} Message;

/** Marks a literal for extraction. MESSAGE_INIT is for static initialisers. */
#define MESSAGE(literal) ((Message){"" literal})
#define MESSAGE_INIT(literal)                                                                                          \
    { "" literal }
#define NO_MESSAGE ((Message){NULL})

/** A language that this build speaks: BCP 47 tag, its own name, direction, plural rule. Static storage. */
typedef struct Language Language;

/** The language of the sources; always there. */
const Language *language_english(void);
/** By tag ("mk", "zh-Hant"); NULL when this build does not speak it. */
const Language *language_of_tag(Text tag);
/** The best of `offered` (space-separated tags) for an Accept-Language header (RFC 4647 lookup); English when none
 * fits. */
const Language *language_negotiate(Text accept_language, Text offered);
Text language_tag(const Language *language);
Text language_name(const Language *language);
bool language_is_right_to_left(const Language *language);

/** A value for a named hole. */
typedef struct MessageValue {
    const char *name;
    Text value;
} MessageValue;

/** The message in the language; English where the catalogue has none. Static storage. */
Text message_text(const Language *language, Message message);
/** The same with its holes filled (unescaped: the writer escapes). */
Text message_format(Arena *arena, const Language *language, Message message, const MessageValue *values, size_t count);
#define MESSAGE_FORMAT(arena, language, message, ...)                                                                  \
    message_format((arena), (language), (message), (const MessageValue[]){__VA_ARGS__},                                \
                   sizeof((const MessageValue[]){__VA_ARGS__}) / sizeof(MessageValue))
/** Plural by CLDR rules: `one` and `other` are the English forms, {count} is filled with the formatted number. */
Text message_plural(Arena *arena, const Language *language, Message one, Message other, int64_t count);

/* Formats by ICU, in the language's manner; UTC unless said otherwise. */
Text format_number(Arena *arena, const Language *language, int64_t number); /**< 1,234 */
Text format_decimal(Arena *arena, const Language *language, Text decimal);  /**< 1,234.5 */
struct Time;
Text format_date(Arena *arena, const Language *language, struct Time time);    /**< 23 November 2026 */
Text format_moment(Arena *arena, const Language *language, struct Time time);  /**< 23 November 2026, 18:30 UTC */
Text format_age(Arena *arena, const Language *language, int64_t microseconds); /**< 3 hours */
Text format_country(Arena *arena, const Language *language, Text alpha_2);     /**< North Macedonia */

#endif
