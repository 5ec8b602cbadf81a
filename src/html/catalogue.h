/** Catalogues: the translations of po/, compiled into tables that are looked up by the hash of the English text. */
#ifndef TRADEPOST_HTML_CATALOGUE_H
#define TRADEPOST_HTML_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** CLDR knows six forms at most: zero, one, two, few, many, other. */
#define CATALOGUE_FORMS_MAXIMUM 6

/** One message. `forms[0]` is NULL in an empty place; a message without plural has one form. */
typedef struct CatalogueEntry {
    uint64_t hash; /**< FNV-1a 64 of the English text (of the singular) */
    const char *forms[CATALOGUE_FORMS_MAXIMUM];
} CatalogueEntry;

/** All messages of a language: open addressing from `hash % size` on, each next place after a full one. */
typedef struct Catalogue {
    const char *tag;  /**< BCP 47 */
    const char *name; /**< in the language itself */
    bool right_to_left;
    const CatalogueEntry *entries;
    size_t size;               /**< a power of two, or 0 */
    int (*plural)(uint64_t n); /**< which of the forms stands with n */
} Catalogue;

/** The languages of this build beside English. */
extern const Catalogue *const catalogues[];
extern const size_t catalogue_count;

#endif
