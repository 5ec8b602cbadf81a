/** A small reader of HTML for tests: it splits a page into tokens as a browser's tokenizer would, and refuses what one
 * would mend. */
#ifndef TRADEPOST_TOOLS_HTMLGEN_TEST_HTML_READER_H
#define TRADEPOST_TOOLS_HTMLGEN_TEST_HTML_READER_H

#include "base/arena.h"

typedef enum TokenKind { TOKEN_TEXT, TOKEN_START, TOKEN_END, TOKEN_ATTRIBUTE } TokenKind;

/** A start tag is followed by one token for each attribute. */
typedef struct Token {
    TokenKind kind;
    Text name;  /**< of the element or attribute; of a text, the element that it stands in */
    Text value; /**< decoded text or value */
} Token;

typedef struct Tokens {
    Token *items;
    size_t count;
} Tokens;

/** Reads a page. @return STATUS_INVALID with the reason where a browser would have to guess */
MUST_USE Status html_read(Arena *arena, Text html, Tokens *ret_tokens);

#endif
