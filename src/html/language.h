/** What the files of html know of a language beyond message.h: its catalogue and its formats. */
#ifndef TRADEPOST_HTML_LANGUAGE_H
#define TRADEPOST_HTML_LANGUAGE_H

#include <stdatomic.h>

#include "html/catalogue.h"
#include "html/message.h"

#define LANGUAGES_MAXIMUM 32

struct LanguageFormats;

struct Language {
    Text tag, name;
    bool right_to_left;
    const Catalogue *catalogue;                /**< NULL for English */
    _Atomic(struct LanguageFormats *) formats; /**< made when first used, kept for ever */
};

/** FNV-1a 64 of a message's English text. */
uint64_t message_hash(const char *english, size_t size);
/** The catalogue's entry; NULL for English and where the catalogue has none. */
const CatalogueEntry *language_entry(const Language *language, uint64_t hash);
/** Every language of this build, English first. */
const Language *language_at(size_t index);
size_t language_count(void);

#endif
