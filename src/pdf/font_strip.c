/** Rewriting of TrueType (ISO/IEC 14496-22) without instructions. */
#include "pdf/font_strip.h"

#include <string.h>

#include "base/buffer.h"
#include "base/log.h"

enum { HEADER_SIZE = 12, ENTRY_SIZE = 16, MAXIMUM_TABLES = 64, MAXIMUM_FONT = 64 << 20 };
/** Flags of a composite glyph's part. */
enum {
    ARGUMENTS_ARE_WORDS = 1,
    HAS_SCALE = 8,
    MORE_PARTS = 32,
    HAS_TWO_SCALES = 64,
    HAS_MATRIX = 128,
    HAS_INSTRUCTIONS = 256
};

typedef struct Table {
    char tag[5];
    Text bytes;
} Table;

typedef struct Tables {
    Table items[MAXIMUM_TABLES];
    size_t count;
} Tables;

static uint32_t number_at(Text bytes, size_t at, size_t size) {
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | (at + i < bytes.size ? (unsigned char)bytes.data[at + i] : 0);
    }
    return number;
}

static void put_number(Buffer *output, uint32_t number, size_t size) {
    for (size_t i = size; i-- > 0;) {
        buffer_append_byte(output, (char)(number >> (8 * i) & 255));
    }
}

static Status broken(void) {
    return fail(STATUS_UNSUPPORTED, "no TrueType font of sound structure");
}

static Status read_tables(Text font, Tables *tables) {
    const size_t count = number_at(font, 4, 2);
    if (number_at(font, 0, 4) != 0x00010000 || count > MAXIMUM_TABLES || font.size < HEADER_SIZE + count * ENTRY_SIZE) {
        return broken();
    }
    for (size_t i = 0; i < count; i++) {
        const size_t entry = HEADER_SIZE + i * ENTRY_SIZE;
        const size_t offset = number_at(font, entry + 8, 4), size = number_at(font, entry + 12, 4);
        if (offset > font.size || size > font.size - offset) {
            return broken();
        }
        Table *table = &tables->items[tables->count++];
        memcpy(table->tag, font.data + entry, 4);
        table->bytes = text_slice(font, offset, offset + size);
    }
    return STATUS_OK;
}

static Table *find_table(Tables *tables, const char *tag) {
    for (size_t i = 0; i < tables->count; i++) {
        if (memcmp(tables->items[i].tag, tag, 4) == 0) {
            return &tables->items[i];
        }
    }
    return NULL;
}

/** A glyph of contours: their end points, then the instructions, then the points. */
static Status strip_simple(Buffer *output, Text glyph, size_t contours) {
    const size_t length_at = 10 + 2 * contours;
    const size_t instructions = number_at(glyph, length_at, 2);
    if (glyph.size < length_at + 2 + instructions) {
        return broken();
    }
    buffer_append(output, text_slice(glyph, 0, length_at));
    put_number(output, 0, 2);
    buffer_append(output, text_slice(glyph, length_at + 2 + instructions, glyph.size));
    return STATUS_OK;
}

/** A glyph of other glyphs: its parts, then the instructions. */
static Status strip_composite(Buffer *output, Text glyph) {
    size_t at = 10;
    buffer_append(output, text_slice(glyph, 0, at));
    uint32_t flags = MORE_PARTS;
    while ((flags & MORE_PARTS) != 0) {
        flags = number_at(glyph, at, 2);
        const size_t size = 4 + ((flags & ARGUMENTS_ARE_WORDS) != 0 ? 4U : 2U) + ((flags & HAS_SCALE) != 0 ? 2U : 0U) +
                            ((flags & HAS_TWO_SCALES) != 0 ? 4U : 0U) + ((flags & HAS_MATRIX) != 0 ? 8U : 0U);
        if (at + size > glyph.size) {
            return broken();
        }
        put_number(output, flags & ~(uint32_t)HAS_INSTRUCTIONS, 2);
        buffer_append(output, text_slice(glyph, at + 2, at + size));
        at += size;
    }
    return STATUS_OK;
}

static Status strip_glyph(Buffer *output, Text glyph) {
    if (glyph.size == 0) {
        return STATUS_OK;
    }
    const uint32_t contours = number_at(glyph, 0, 2);
    TRY(contours < 0x8000 ? strip_simple(output, glyph, contours) : strip_composite(output, glyph));
    while (output->size % 4 != 0) {
        buffer_append_byte(output, 0);
    }
    return STATUS_OK;
}

/** Rewrites glyf and the offsets in loca, which keeps its format. */
static Status strip_glyphs(Arena *arena, Tables *tables) {
    Table *glyf = find_table(tables, "glyf"), *loca = find_table(tables, "loca");
    const Table *head = find_table(tables, "head"), *maxp = find_table(tables, "maxp");
    if (glyf == NULL || loca == NULL || head == NULL || maxp == NULL) {
        return broken();
    }
    const size_t entry = number_at(head->bytes, 50, 2) == 0 ? 2 : 4, unit = entry == 2 ? 2 : 1;
    const size_t glyphs = number_at(maxp->bytes, 4, 2);
    if (loca->bytes.size < (glyphs + 1) * entry) {
        return broken();
    }
    Buffer outlines = buffer_make(arena, MAXIMUM_FONT), offsets = buffer_make(arena, MAXIMUM_FONT);
    for (size_t i = 0; i < glyphs; i++) {
        const size_t from = number_at(loca->bytes, i * entry, entry) * unit;
        const size_t to = number_at(loca->bytes, (i + 1) * entry, entry) * unit;
        if (from > to || to > glyf->bytes.size) {
            return broken();
        }
        put_number(&offsets, (uint32_t)(outlines.size / unit), entry);
        TRY(strip_glyph(&outlines, text_slice(glyf->bytes, from, to)));
    }
    put_number(&offsets, (uint32_t)(outlines.size / unit), entry);
    TRY(buffer_take(&outlines, &glyf->bytes));
    return buffer_take(&offsets, &loca->bytes);
}

static bool is_for_screens(const char *tag) {
    static const char names[] = "fpgm prep cvt  gasp hdmx VDMX LTSH DSIG";
    for (size_t i = 0; i + 4 < sizeof names; i += 5) {
        if (memcmp(names + i, tag, 4) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t checksum(Text bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i += 4) {
        sum += number_at(bytes, i, 4);
    }
    return sum;
}

Status font_strip(Arena *arena, Text font, Text *ret_font) {
    Tables *tables = arena_new(arena, Tables);
    TRY(read_tables(font, tables));
    TRY(strip_glyphs(arena, tables));
    size_t kept = 0;
    for (size_t i = 0; i < tables->count; i++) {
        if (!is_for_screens(tables->items[i].tag)) {
            tables->items[kept++] = tables->items[i];
        }
    }
    Buffer output = buffer_make(arena, MAXIMUM_FONT);
    put_number(&output, 0x00010000, 4);
    put_number(&output, (uint32_t)kept, 2);
    /* Aids to binary search (ISO/IEC 14496-22 4.5.1) which readers work out themselves. */
    put_number(&output, 0, 2);
    put_number(&output, 0, 2);
    put_number(&output, 0, 2);
    size_t offset = HEADER_SIZE + kept * ENTRY_SIZE;
    for (size_t i = 0; i < kept; i++) {
        const Table *table = &tables->items[i];
        buffer_append(&output, (Text){table->tag, 4});
        put_number(&output, checksum(table->bytes), 4);
        put_number(&output, (uint32_t)offset, 4);
        put_number(&output, (uint32_t)table->bytes.size, 4);
        offset += (table->bytes.size + 3) & ~(size_t)3;
    }
    for (size_t i = 0; i < kept; i++) {
        buffer_append(&output, tables->items[i].bytes);
        while (output.size % 4 != 0) {
            buffer_append_byte(&output, 0);
        }
    }
    return buffer_take(&output, ret_font);
}
