/**
 * Font programs: TrueType by its tables, which are plain numbers; Type 1 and CFF by FreeType, since their widths stand
 * in charstrings.
 */
#include "pdf/conformance_program.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include FT_CID_H
#include <string.h>

#include "base/log.h"

#define CID_COUNT     65536u
#define TABLES_MAX    64u
#define NAME_SIZE     128u
#define SYMBOL_OFFSET 0xF000u

struct PdfaProgram {
    bool is_truetype;
    unsigned glyph_count, units, metric_count;
    Text metrics, locations, cmap, glyphs;
    bool long_locations;
    PdfaCharacterMaps maps;
    size_t symbol, unicode, full_unicode, mac, only; /**< places of character maps in `cmap`; 0: none */
    FT_Library library;
    FT_Face face;
    bool has_cids;          /**< a CFF program keyed by CIDs */
    bool takes_cids;        /**< FreeType takes a CID where it takes a glyph elsewhere */
    uint32_t *glyph_of_cid; /**< plus one; made when first asked for */
};

static unsigned u8(Text bytes, size_t at) {
    return at < bytes.size ? (unsigned char)bytes.data[at] : 0;
}

static unsigned u16(Text bytes, size_t at) {
    return u8(bytes, at) << 8 | u8(bytes, at + 1);
}

static uint32_t u32(Text bytes, size_t at) {
    return (uint32_t)u16(bytes, at) << 16 | u16(bytes, at + 2);
}

/** A table of an sfnt; empty when absent. */
static Text table_of(Text bytes, const char *tag) {
    const unsigned count = u16(bytes, 4);
    for (unsigned i = 0; i < count && i < TABLES_MAX; i++) {
        const size_t at = 12 + (size_t)i * 16;
        if (text_equal(text_slice(bytes, at, at + 4), text_of(tag))) {
            const size_t start = u32(bytes, at + 8);
            return text_slice(bytes, start, start + u32(bytes, at + 12));
        }
    }
    return (Text){NULL, 0};
}

static void read_maps(PdfaProgram *program) {
    const Text cmap = program->cmap;
    const unsigned count = u16(cmap, 2);
    for (unsigned i = 0; i < count && i < TABLES_MAX; i++) {
        const size_t at = 4 + (size_t)i * 8;
        const unsigned platform = u16(cmap, at), encoding = u16(cmap, at + 2);
        const size_t place = u32(cmap, at + 4);
        if (place == 0 || place >= cmap.size) {
            continue;
        }
        program->maps.count++;
        program->only = place;
        if (platform == 3 && encoding == 0) {
            program->symbol = place;
        } else if (platform == 3 && encoding == 1) {
            program->unicode = place;
        } else if ((platform == 3 && encoding == 10) || platform == 0) {
            program->full_unicode = place;
        } else if (platform == 1 && encoding == 0) {
            program->mac = place;
        }
    }
    program->only = program->maps.count == 1 ? program->only : 0;
    program->maps.has_symbol = program->symbol != 0;
    program->maps.has_unicode = program->unicode != 0;
}

static Status open_truetype(Text bytes, PdfaProgram *program) {
    const Text head = table_of(bytes, "head"), maxp = table_of(bytes, "maxp"), hhea = table_of(bytes, "hhea");
    program->is_truetype = true;
    program->units = u16(head, 18);
    program->long_locations = u16(head, 50) != 0;
    program->glyph_count = u16(maxp, 4);
    program->metric_count = u16(hhea, 34);
    program->metrics = table_of(bytes, "hmtx");
    program->locations = table_of(bytes, "loca");
    program->glyphs = table_of(bytes, "glyf");
    program->cmap = table_of(bytes, "cmap");
    if (program->units == 0 || maxp.size < 6 || hhea.size < 36 || program->metric_count == 0) {
        return fail(STATUS_INVALID, "a TrueType program lacks a table");
    }
    read_maps(program);
    return STATUS_OK;
}

static void close_face(void *thing) {
    PdfaProgram *program = thing;
    (void)FT_Done_Face(program->face);
    (void)FT_Done_FreeType(program->library);
}

static Status open_face(Arena *arena, Text bytes, PdfaProgram *program) {
    if (FT_Init_FreeType(&program->library) != 0) {
        return fail(STATUS_FAILED, "FreeType cannot start");
    }
    if (FT_New_Memory_Face(program->library, (const FT_Byte *)bytes.data, (FT_Long)bytes.size, 0, &program->face) !=
        0) {
        (void)FT_Done_FreeType(program->library);
        return fail(STATUS_INVALID, "a font program is damaged");
    }
    arena_defer(arena, close_face, program);
    program->glyph_count = program->face->num_glyphs > 0 ? (unsigned)program->face->num_glyphs : 0;
    program->units = program->face->units_per_EM;
    FT_Bool keyed = 0;
    program->has_cids = FT_Get_CID_Is_Internally_CID_Keyed(program->face, &keyed) == 0 && keyed;
    program->takes_cids = FT_IS_CID_KEYED(program->face);
    program->maps.count = program->face->num_charmaps > 0 ? (unsigned)program->face->num_charmaps : 0;
    if (FT_Select_Charmap(program->face, FT_ENCODING_ADOBE_CUSTOM) != 0 &&
        FT_Select_Charmap(program->face, FT_ENCODING_ADOBE_STANDARD) != 0) {
        (void)FT_Set_Charmap(program->face, NULL);
    }
    return STATUS_OK;
}

Status program_open(Arena *arena, Text bytes, PdfaProgramKind kind, PdfaProgram **ret_program) {
    void *memory = NULL;
    TRY(arena_try_allocate(arena, sizeof(PdfaProgram), &memory));
    PdfaProgram *program = memory;
    memset(program, 0, sizeof *program);
    const bool outlines = kind != PROGRAM_TYPE1 && table_of(bytes, "glyf").size > 0;
    TRY(kind == PROGRAM_TRUETYPE || outlines ? open_truetype(bytes, program) : open_face(arena, bytes, program));
    *ret_program = program;
    return STATUS_OK;
}

unsigned program_glyph_count(const PdfaProgram *program) {
    return program->glyph_count;
}

PdfaCharacterMaps program_maps(const PdfaProgram *program) {
    return program->maps;
}

bool program_width(const PdfaProgram *program, unsigned glyph, double *ret_width) {
    if (glyph >= (program->takes_cids ? CID_COUNT : program->glyph_count) || program->units == 0) {
        return false;
    }
    FT_Fixed advance = 0;
    if (program->is_truetype) {
        const unsigned metric = glyph < program->metric_count ? glyph : program->metric_count - 1;
        advance = (FT_Fixed)u16(program->metrics, (size_t)metric * 4);
    } else if (FT_Get_Advance(program->face, glyph, FT_LOAD_NO_SCALE | FT_LOAD_NO_HINTING, &advance) != 0) {
        return false;
    }
    *ret_width = (double)advance * 1000 / program->units;
    return true;
}

unsigned program_glyph_of_name(const PdfaProgram *program, Text name) {
    char buffer[NAME_SIZE];
    if (program->face == NULL || name.size >= NAME_SIZE || !FT_HAS_GLYPH_NAMES(program->face)) {
        return 0;
    }
    if (name.size > 0) {
        memcpy(buffer, name.data, name.size);
    }
    buffer[name.size] = '\0';
    return FT_Get_Name_Index(program->face, buffer);
}

Text program_name_of_glyph(const PdfaProgram *program, Arena *arena, unsigned glyph) {
    char buffer[NAME_SIZE];
    if (program->face == NULL || !FT_HAS_GLYPH_NAMES(program->face) ||
        FT_Get_Glyph_Name(program->face, glyph, buffer, NAME_SIZE) != 0) {
        return (Text){NULL, 0};
    }
    return arena_copy(arena, text_of(buffer));
}

/** A segment map (format 4). */
static unsigned look_up_segments(Text map, uint32_t code) {
    const unsigned doubled = u16(map, 6);
    if (code > UINT16_MAX) {
        return 0;
    }
    for (unsigned i = 0; i < doubled; i += 2) {
        const unsigned end = u16(map, 14 + (size_t)i);
        if (code > end) {
            continue;
        }
        const unsigned start = u16(map, 16 + (size_t)doubled + i);
        const unsigned delta = u16(map, 16 + (size_t)doubled * 2 + i);
        const size_t offset_at = 16 + (size_t)doubled * 3 + i;
        const unsigned offset = u16(map, offset_at);
        if (code < start) {
            return 0;
        }
        if (offset == 0) {
            return (code + delta) & UINT16_MAX;
        }
        const unsigned glyph = u16(map, offset_at + offset + (size_t)(code - start) * 2);
        return glyph == 0 ? 0 : (glyph + delta) & UINT16_MAX;
    }
    return 0;
}

/** Groups (format 12). */
static unsigned look_up_groups(Text map, uint32_t code) {
    const uint32_t count = u32(map, 12);
    for (uint32_t i = 0; i < count && 16 + ((size_t)i + 1) * 12 <= map.size; i++) {
        const size_t at = 16 + (size_t)i * 12;
        if (code >= u32(map, at) && code <= u32(map, at + 4)) {
            return (u32(map, at + 8) + code - u32(map, at)) & UINT16_MAX;
        }
    }
    return 0;
}

static unsigned look_up(Text cmap, size_t place, uint32_t code) {
    const Text map = text_slice(cmap, place, cmap.size);
    switch (place == 0 ? UINT16_MAX : u16(map, 0)) {
    case 0:
        return code < 256 ? u8(map, 6 + (size_t)code) : 0;
    case 4:
        return look_up_segments(map, code);
    case 6:
        return code >= u16(map, 6) && code - u16(map, 6) < u16(map, 8) ? u16(map, 10 + (size_t)(code - u16(map, 6)) * 2)
                                                                       : 0;
    case 12:
        return look_up_groups(map, code);
    default:
        return 0;
    }
}

unsigned program_glyph_of_code(const PdfaProgram *program, unsigned code) {
    if (program->face != NULL) {
        return program->face->charmap != NULL ? FT_Get_Char_Index(program->face, code) : 0;
    }
    static const unsigned pages[] = {0, SYMBOL_OFFSET, 0xF100, 0xF200};
    for (size_t i = 0; i < sizeof pages / sizeof *pages && program->symbol != 0; i++) {
        const unsigned glyph = look_up(program->cmap, program->symbol, pages[i] + code);
        if (glyph != 0) {
            return glyph;
        }
    }
    const unsigned glyph = look_up(program->cmap, program->mac, code);
    return glyph != 0 ? glyph : look_up(program->cmap, program->only, code);
}

unsigned program_glyph_of_character(const PdfaProgram *program, uint32_t code_point, unsigned mac_code) {
    unsigned glyph = look_up(program->cmap, program->unicode, code_point);
    glyph = glyph != 0 ? glyph : look_up(program->cmap, program->full_unicode, code_point);
    return glyph != 0 || mac_code == 0 ? glyph : look_up(program->cmap, program->mac, mac_code);
}

bool program_has_cids(const PdfaProgram *program) {
    return program->has_cids;
}

/** CID-keyed programs know the CID of a glyph; the other direction is made once. */
static bool invert_cids(PdfaProgram *program, Arena *arena) {
    void *memory = NULL;
    if (arena_try_allocate(arena, CID_COUNT * sizeof(uint32_t), &memory) != STATUS_OK) {
        return false;
    }
    memset(memory, 0, CID_COUNT * sizeof(uint32_t));
    program->glyph_of_cid = memory;
    for (unsigned glyph = 0; glyph < program->glyph_count && glyph < CID_COUNT; glyph++) {
        FT_UInt cid = 0;
        if (FT_Get_CID_From_Glyph_Index(program->face, glyph, &cid) == 0 && cid < CID_COUNT) {
            program->glyph_of_cid[cid] = (program->takes_cids ? cid : glyph) + 1;
        }
    }
    return true;
}

bool program_glyph_of_cid(PdfaProgram *program, Arena *arena, unsigned cid, unsigned *ret_glyph) {
    if (!program_has_cids(program)) {
        *ret_glyph = cid;
        return cid < program->glyph_count;
    }
    if (cid >= CID_COUNT || (program->glyph_of_cid == NULL && !invert_cids(program, arena)) ||
        program->glyph_of_cid[cid] == 0) {
        return false;
    }
    *ret_glyph = program->glyph_of_cid[cid] - 1;
    return true;
}

bool program_has_outline(const PdfaProgram *program, unsigned glyph) {
    if (!program->is_truetype) {
        return true;
    }
    const size_t width = program->long_locations ? 4 : 2;
    const size_t at = (size_t)glyph * width;
    return program->long_locations ? u32(program->locations, at) < u32(program->locations, at + width)
                                   : u16(program->locations, at) < u16(program->locations, at + width);
}
