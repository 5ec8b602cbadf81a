/** Texts that break careless programs: each a thing that somebody may type into any field. */
#ifndef TRADEPOST_TESTING_NASTY_H
#define TRADEPOST_TESTING_NASTY_H

#include "base/text.h"

/** Strange but lawful: must be kept, shown and read back exactly. Each fits a field of 60 characters. */
extern const Text nasty_texts[];
extern const size_t nasty_text_count;

/** With characters that cannot be printed, or no text at all: must be refused with words about the field. */
extern const Text nasty_refused[];
extern const size_t nasty_refused_count;

#endif
