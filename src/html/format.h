/** What the files of html share about formats, beyond message.h. */
#ifndef TRADEPOST_HTML_FORMAT_H
#define TRADEPOST_HTML_FORMAT_H

#include "html/message.h"

typedef struct CountryName {
    char code[2]; /**< ISO 3166-1 alpha-2 */
    Text name;
} CountryName;

typedef struct CountryNames {
    const CountryName *items;
    size_t count;
} CountryNames;

/** All countries with their names in the language, in its order. Static storage. */
const CountryNames *format_countries(const Language *language);

#endif
