/** Packing of streams for FlateDecode (ISO 32000-1, 7.4.4). */
#ifndef TRADEPOST_PDF_PACK_H
#define TRADEPOST_PDF_PACK_H

#include "base/arena.h"

/** Packs bytes; equal bytes give equal packed bytes. @return STATUS_TOO_LARGE past the arena's budget */
MUST_USE Status pdf_pack(Arena *arena, Text data, Text *ret_packed);

#endif
