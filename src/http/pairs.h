/** Names with values as a form sends them: urlencoded or multipart, read strictly and under limits. */
#ifndef TRADEPOST_HTTP_PAIRS_H
#define TRADEPOST_HTTP_PAIRS_H

#include "base/arena.h"
#include "html/form.h"

#define PAIRS_MAX     10000 /**< room for the greatest form: 500 lines of goods with ten fields each */
#define PAIR_NAME_MAX 200

typedef struct FormPair {
    Text name;
    Text value; /**< UTF-8 */
    bool is_file;
    Upload upload; /**< of a file part */
} FormPair;

typedef struct FormPairs {
    FormPair *items;
    size_t count;
} FormPairs;

/** Why reading stopped. */
typedef enum PairsProblem {
    PAIRS_FINE,
    PAIRS_BROKEN,    /**< not of the format */
    PAIRS_NOT_UTF8,  /**< not UTF-8, or NUL in a text */
    PAIRS_TWICE,     /**< a name came twice */
    PAIRS_TOO_MANY,  /**< over PAIRS_MAX */
    PAIRS_LONG_NAME, /**< over PAIR_NAME_MAX */
} PairsProblem;

/**
 * Reads application/x-www-form-urlencoded.
 *
 * @param ret_name  the name that the problem is about; may be empty
 */
PairsProblem pairs_of_urlencoded(Arena *arena, Text body, FormPairs *ret_pairs, Text *ret_name);
/** Reads multipart/form-data (RFC 7578) with the boundary of its Content-Type. */
PairsProblem pairs_of_multipart(Arena *arena, Text body, Text boundary, FormPairs *ret_pairs, Text *ret_name);
/** The boundary parameter of a multipart Content-Type (RFC 2046 section 5.1.1). @return STATUS_INVALID when it has none
 * or a bad one */
MUST_USE Status multipart_boundary(Arena *arena, Text content_type, Text *ret_boundary);
/** Finds a name that stands twice, in linear time. @return STATUS_CONFLICT with the name */
MUST_USE Status pairs_check_unique(Arena *arena, const FormPairs *pairs, Text *ret_name);
/** The value of a name; empty when absent. */
Text pairs_value(const FormPairs *pairs, Text name);

#endif
