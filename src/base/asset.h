/** Assets: style sheets, scripts and pictures that the build embeds into the program. */
#ifndef TRADEPOST_BASE_ASSET_H
#define TRADEPOST_BASE_ASSET_H

#include "base/text.h"

/** One embedded file. */
typedef struct Asset {
    const char *name; /**< of the file: "tradepost.css" */
    const char *url;  /**< "/assets/tradepost.1a2b3c4d.css": changes with the bytes, so it may be cached for ever */
    const char *media_type; /**< by the file's extension, with charset for texts */
    const char *sha256;     /**< 64 lower-case hexadecimal digits: the ETag */
    Text bytes;
    Text gzip; /**< the same, compressed; empty where that saves nothing */
} Asset;

/** All assets of this build, sorted by name; made by tools/embed. */
extern const Asset assets[];
extern const size_t asset_count;

#endif
