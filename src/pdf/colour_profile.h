/** The one colour space of what we draw: sRGB (IEC 61966-2-1), as an ICC profile of half a kilobyte. */
#ifndef TRADEPOST_PDF_COLOUR_PROFILE_H
#define TRADEPOST_PDF_COLOUR_PROFILE_H

#include "base/text.h"

/** The profile. Static storage; any thread may ask. */
Text colour_profile(void);
/** The same, packed for FlateDecode. */
Text colour_profile_packed(void);

#endif
