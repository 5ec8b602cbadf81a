/** ISO 19005-3, 6.2.11.3 to 6.2.11.8: encodings, CMaps, widths, subsets, and every glyph that a text shows. */
#include "pdf/conformance_font.h"

#include <math.h>
#include <string.h>

/* Widths may differ by one thousandth of an em; the rest is rounding. */
#define WIDTH_TOLERANCE 1.0001
#define CID_MAX         65535u

/** The encoding of that name; false for others, which name no glyphs here. */
static bool named_encoding(const PdfValue *name, GlyphEncoding *ret_encoding) {
    static const char *const names[] = {[GLYPHS_STANDARD] = "StandardEncoding",
                                        [GLYPHS_MAC_ROMAN] = "MacRomanEncoding",
                                        [GLYPHS_WIN_ANSI] = "WinAnsiEncoding"};
    for (GlyphEncoding encoding = GLYPHS_STANDARD; encoding <= GLYPHS_WIN_ANSI; encoding++) {
        if (pdf_is_name(name, names[encoding])) {
            *ret_encoding = encoding;
            return true;
        }
    }
    return false;
}

static void take_differences(PdfaCheck *check, PdfaFont *font, const PdfValue *differences) {
    int64_t code = 0;
    for (uint32_t i = 0; differences->kind == PDF_ARRAY && i < differences->count && pdfa_goes_on(check); i++) {
        const PdfValue *item = pdfa_resolve(check, &differences->items[i]);
        if (item->kind == PDF_INTEGER) {
            code = item->integer;
        } else if (item->kind == PDF_NAME) {
            if (code >= 0 && code < (int64_t)GLYPH_CODES) {
                font->names[code] = item->text;
            }
            code = code < (int64_t)GLYPH_CODES ? code + 1 : code;
        }
    }
}

/** 6.2.11.6: what encoding a TrueType font may have. */
static void check_truetype_encoding(PdfaCheck *check, const PdfaFont *font, const PdfValue *encoding) {
    const PdfValue *base = encoding->kind == PDF_NAME ? encoding : pdfa_get(check, encoding, "BaseEncoding");
    const PdfValue *differences = pdfa_get(check, encoding, "Differences");
    if (font->is_symbolic) {
        if (pdfa_is(base)) {
            pdfa_fault(check, PDFA_RULE_6_2_11_6_3);
        }
        return;
    }
    bool sound = pdf_is_name(base, "MacRomanEncoding") || pdf_is_name(base, "WinAnsiEncoding");
    for (uint32_t i = 0; sound && differences->kind == PDF_ARRAY && i < differences->count; i++) {
        const PdfValue *item = pdfa_resolve(check, &differences->items[i]);
        sound = item->kind != PDF_NAME || glyph_code_point(item->text) != 0 || text_equal(item->text, TEXT(".notdef"));
    }
    if (differences->kind == PDF_ARRAY && differences->count > 0) {
        sound = sound && font->program != NULL && program_maps(font->program).has_unicode;
    }
    if (!sound) {
        pdfa_fault(check, PDFA_RULE_6_2_11_6_2);
    }
}

void pdfa_read_simple_font(PdfaCheck *check, PdfaFont *font) {
    const PdfValue *encoding = pdfa_get(check, font->body, "Encoding");
    const PdfValue *base = encoding->kind == PDF_NAME ? encoding : pdfa_get(check, encoding, "BaseEncoding");
    GlyphEncoding named = GLYPHS_STANDARD;
    font->widths = pdfa_get(check, font->body, "Widths");
    const PdfValue *first = pdfa_get(check, font->body, "FirstChar");
    font->first = first->kind == PDF_INTEGER ? first->integer : 0;
    if (font->kind == FONT_TRUETYPE) {
        check_truetype_encoding(check, font, encoding);
    }
    if (named_encoding(base, &named)) {
        glyph_names(named, font->names);
        font->has_names = true;
    } else if (font->kind != FONT_TYPE3 && !font->is_symbolic && (!font->is_embedded || font->kind == FONT_TRUETYPE)) {
        glyph_names(GLYPHS_STANDARD, font->names);
        font->has_names = true;
    }
    take_differences(check, font, pdfa_get(check, encoding, "Differences"));
}

/** The character collection of a dictionary's CIDSystemInfo. */
typedef struct Collection {
    const PdfValue *registry, *ordering, *supplement;
} Collection;

static Collection collection_of(PdfaCheck *check, const PdfValue *owner) {
    const PdfValue *info = pdfa_get(check, owner, "CIDSystemInfo");
    if (info->kind == PDF_ARRAY && info->count > 0) {
        info = pdfa_resolve(check, &info->items[0]);
    }
    return (Collection){pdfa_get(check, info, "Registry"), pdfa_get(check, info, "Ordering"),
                        pdfa_get(check, info, "Supplement")};
}

/** 6.2.11.3.1: the font's collection fits the CMap's. */
static void check_collection(PdfaCheck *check, const PdfaFont *font, const PdfValue *encoding) {
    const Collection own = collection_of(check, font->body);
    bool sound =
        own.registry->kind == PDF_STRING && own.ordering->kind == PDF_STRING && own.supplement->kind == PDF_INTEGER;
    Text ordering = {0};
    int64_t supplement = 0;
    if (encoding->kind == PDF_STREAM) {
        const Collection other = collection_of(check, encoding);
        sound = sound && other.registry->kind == PDF_STRING && text_equal(own.registry->text, other.registry->text) &&
                other.ordering->kind == PDF_STRING && text_equal(own.ordering->text, other.ordering->text) &&
                other.supplement->kind == PDF_INTEGER && own.supplement->integer <= other.supplement->integer;
    } else if (encoding->kind == PDF_NAME && cmap_collection(encoding->text, &ordering, &supplement)) {
        sound = sound && text_equal(own.registry->text, TEXT("Adobe")) && text_equal(own.ordering->text, ordering) &&
                own.supplement->integer <= supplement;
    }
    if (!sound) {
        pdfa_fault(check, PDFA_RULE_6_2_11_3_1_1);
    }
}

/** 6.2.11.3.3: an embedded CMap. */
static void read_embedded_cmap(PdfaCheck *check, PdfaFont *font, const PdfValue *stream) {
    Text bytes = {0}, filter = {0};
    if (!pdfa_took(check, pdf_stream_unpacked(check->file, stream, &bytes, &filter)) ||
        !pdfa_took(check, cmap_read(check->arena, bytes, &font->cmap))) {
        return;
    }
    const PdfValue *mode = pdfa_get(check, stream, "WMode"), *uses = pdfa_get(check, stream, "UseCMap");
    if ((mode->kind == PDF_INTEGER ? mode->integer : 0) != font->cmap.writing_mode) {
        pdfa_fault(check, PDFA_RULE_6_2_11_3_3_2);
    }
    const PdfValue *used = uses->kind == PDF_STREAM ? pdfa_get(check, uses, "CMapName") : uses;
    const Text name = used->kind == PDF_NAME ? used->text : font->cmap.uses;
    if (name.size > 0 && !cmap_is_predefined(name)) {
        pdfa_fault_of(check, PDFA_RULE_6_2_11_3_3_3, "It is %.*s.", TEXT_ARG(name));
    }
    if (font->cmap.highest_cid > CID_MAX) {
        pdfa_fault(check, PDFA_RULE_6_1_13_10);
    }
    font->is_identity = text_equal(name, TEXT("Identity-H")) || text_equal(name, TEXT("Identity-V"));
    font->has_codes = name.size == 0 || font->is_identity;
}

static void read_cmap(PdfaCheck *check, PdfaFont *font) {
    const PdfValue *encoding = pdfa_get(check, font->dictionary, "Encoding");
    if (encoding->kind == PDF_STREAM) {
        read_embedded_cmap(check, font, encoding);
    } else if (encoding->kind != PDF_NAME || !cmap_is_predefined(encoding->text)) {
        pdfa_fault(check, PDFA_RULE_6_2_11_3_3_1);
    }
    const bool identity = pdf_is_name(encoding, "Identity-H") || pdf_is_name(encoding, "Identity-V");
    if (identity) {
        font->is_identity = true;
        font->has_codes = true;
    } else {
        check_collection(check, font, encoding);
    }
    const Collection own = collection_of(check, font->body);
    font->cid_is_known =
        own.registry->kind == PDF_STRING && text_equal(own.registry->text, TEXT("Adobe")) &&
        own.ordering->kind == PDF_STRING &&
        (text_equal(own.ordering->text, TEXT("GB1")) || text_equal(own.ordering->text, TEXT("CNS1")) ||
         text_equal(own.ordering->text, TEXT("Japan1")) || text_equal(own.ordering->text, TEXT("Korea1")));
}

/** One entry of W at `*at`, which moves behind it: "c [w ...]" or "first last w". */
static bool read_range(PdfaCheck *check, const PdfValue *widths, uint32_t *at, PdfaWidths *ret_range) {
    const PdfValue *first = pdfa_resolve(check, &widths->items[*at]);
    const PdfValue *second = pdfa_resolve(check, &widths->items[*at + 1]);
    if (first->kind != PDF_INTEGER || first->integer < 0 || first->integer > CID_MAX) {
        return false;
    }
    PdfaWidths range = {.first = (uint32_t)first->integer};
    if (second->kind == PDF_ARRAY) {
        range.list = second->items;
        range.last = range.first + second->count - 1;
        *at += 2;
        *ret_range = range;
        return second->count > 0;
    }
    if (second->kind != PDF_INTEGER || second->integer < first->integer || second->integer > CID_MAX ||
        *at + 2 >= widths->count || !pdfa_number(pdfa_resolve(check, &widths->items[*at + 2]), &range.width)) {
        return false;
    }
    range.last = (uint32_t)second->integer;
    *at += 3;
    *ret_range = range;
    return true;
}

static void read_widths(PdfaCheck *check, PdfaFont *font) {
    const PdfValue *widths = pdfa_get(check, font->body, "W");
    void *memory = NULL;
    font->default_width = 1000;
    (void)pdfa_number(pdfa_get(check, font->body, "DW"), &font->default_width);
    if (widths->kind != PDF_ARRAY ||
        !pdfa_took(check, arena_try_allocate(check->arena, (widths->count / 2 + 1) * sizeof(PdfaWidths), &memory))) {
        return;
    }
    font->ranges = memory;
    for (uint32_t at = 0; at + 1 < widths->count && pdfa_goes_on(check);) {
        const uint32_t before = at;
        if (read_range(check, widths, &at, &font->ranges[font->range_count])) {
            font->range_count++;
        }
        at += at == before;
    }
}

static void read_cid_to_glyph(PdfaCheck *check, PdfaFont *font) {
    const PdfValue *map = pdfa_get(check, font->body, "CIDToGIDMap");
    Text filter = {0};
    if (!pdf_is_name(pdfa_get(check, font->body, "Subtype"), "CIDFontType2")) {
        return;
    }
    if (font->is_embedded && map->kind != PDF_STREAM && !pdf_is_name(map, "Identity")) {
        pdfa_fault(check, PDFA_RULE_6_2_11_3_2_1);
    }
    if (map->kind == PDF_STREAM &&
        !pdfa_took(check, pdf_stream_unpacked(check->file, map, &font->cid_to_glyph, &filter))) {
        font->cid_to_glyph = (Text){NULL, 0};
    }
}

void pdfa_read_composite_font(PdfaCheck *check, PdfaFont *font) {
    read_cmap(check, font);
    read_widths(check, font);
    read_cid_to_glyph(check, font);
}

bool pdfa_glyph_of_cid(PdfaCheck *check, PdfaFont *font, uint32_t cid, unsigned *ret_glyph) {
    if (font->cid_to_glyph.data != NULL) {
        const size_t at = (size_t)cid * 2;
        const bool there = at + 1 < font->cid_to_glyph.size;
        *ret_glyph = there ? (unsigned)((unsigned char)font->cid_to_glyph.data[at] << 8 |
                                        (unsigned char)font->cid_to_glyph.data[at + 1])
                           : 0;
        return there && *ret_glyph < program_glyph_count(font->program);
    }
    return program_glyph_of_cid(font->program, check->arena, cid, ret_glyph);
}

/** The glyph of a simple font's code: 0 when there is none. */
static unsigned simple_glyph(const PdfaFont *font, uint32_t code) {
    const Text name = font->names[code];
    if (font->kind == FONT_TYPE1) {
        if (name.size == 0) {
            return font->has_names ? 0 : program_glyph_of_code(font->program, code);
        }
        return program_glyph_of_name(font->program, name);
    }
    if (name.size == 0 && !font->is_symbolic) {
        return 0;
    }
    if (font->is_symbolic) {
        return program_glyph_of_code(font->program, code);
    }
    unsigned glyph = program_glyph_of_character(font->program, glyph_code_point(name), code);
    /* The no-break space and the soft hyphen share the names of space and hyphen. */
    if (glyph == 0 && (code == 0xA0 || code == 0xAD)) {
        glyph = program_glyph_of_character(font->program, code, 0);
    }
    return glyph != 0 ? glyph : program_glyph_of_code(font->program, code);
}

static bool simple_width(PdfaCheck *check, const PdfaFont *font, uint32_t code, double *ret_width) {
    const int64_t place = (int64_t)code - font->first;
    if (font->widths->kind != PDF_ARRAY) {
        return false;
    }
    if (place >= 0 && place < (int64_t)font->widths->count) {
        return pdfa_number(pdfa_resolve(check, &font->widths->items[place]), ret_width);
    }
    *ret_width = 0;
    (void)pdfa_number(pdfa_get(check, font->descriptor, "MissingWidth"), ret_width);
    return true;
}

static bool composite_width(PdfaCheck *check, const PdfaFont *font, uint32_t cid, double *ret_width) {
    for (size_t i = 0; i < font->range_count && pdfa_goes_on(check); i++) {
        const PdfaWidths *range = &font->ranges[i];
        if (cid >= range->first && cid <= range->last) {
            *ret_width = range->width;
            return range->list == NULL || pdfa_number(pdfa_resolve(check, &range->list[cid - range->first]), ret_width);
        }
    }
    *ret_width = font->default_width;
    return true;
}

/** 6.2.11.5 */
static void compare_widths(PdfaCheck *check, uint32_t code, double own, double declared) {
    if (fabs(own - declared) > WIDTH_TOLERANCE) {
        pdfa_fault_of(check, PDFA_RULE_6_2_11_5_1, "Code %u: %.0f in the dictionary, %.0f in the program.", code,
                      declared, own);
    }
}

static void check_simple_glyph(PdfaCheck *check, const PdfaFont *font, uint32_t code, bool rendered) {
    double width = 0, own = 0;
    if (text_equal(font->names[code], TEXT(".notdef"))) {
        pdfa_fault(check, PDFA_RULE_6_2_11_8_1);
    }
    if (font->program == NULL || font->kind == FONT_TYPE3 || font->kind == FONT_UNKNOWN) {
        return;
    }
    const unsigned glyph = simple_glyph(font, code);
    if (glyph == 0) {
        if (rendered) {
            pdfa_fault_of(check, PDFA_RULE_6_2_11_4_1_2, "It is that of code %u.", code);
        }
        if (font->kind == FONT_TRUETYPE) {
            pdfa_fault(check, PDFA_RULE_6_2_11_8_1);
        }
    }
    if (rendered && (glyph != 0 || font->kind == FONT_TRUETYPE) && simple_width(check, font, code, &width) &&
        program_width(font->program, glyph, &own)) {
        compare_widths(check, code, own, width);
    }
}

void pdfa_check_type3_width(PdfaCheck *check, const PdfaFont *font, uint32_t code, double own) {
    double width = 0;
    if (simple_width(check, font, code, &width)) {
        compare_widths(check, code, own, width);
    }
}

static void check_composite_glyph(PdfaCheck *check, PdfaFont *font, uint32_t code, unsigned size, bool rendered) {
    unsigned glyph = 0;
    double width = 0, own = 0;
    if (!font->has_codes) {
        return;
    }
    uint32_t cid = cmap_cid(&font->cmap, code, size);
    if (cid == 0 && font->is_identity) {
        cid = code;
    }
    if (cid == 0 && font->is_embedded) {
        pdfa_fault(check, PDFA_RULE_6_2_11_8_1);
    }
    if (font->program == NULL || !rendered) {
        return;
    }
    if (!pdfa_glyph_of_cid(check, font, cid, &glyph)) {
        pdfa_fault_of(check, PDFA_RULE_6_2_11_4_1_2, "It is that of CID %u.", cid);
    } else if (composite_width(check, font, cid, &width) && program_width(font->program, glyph, &own)) {
        compare_widths(check, code, own, width);
    }
}

/** The Unicode value, in UTF-16, that ToUnicode gives a code; false when it gives none. */
static bool is_allowed_unicode(const PdfaCodeRange *range, uint32_t code) {
    const Text text = range->unicode;
    for (size_t i = 0; i + 1 < text.size; i += 2) {
        uint32_t unit = (uint32_t)(unsigned char)text.data[i] << 8 | (unsigned char)text.data[i + 1];
        if (i + 2 >= text.size) {
            unit = (unit + (code - range->low)) & UINT16_MAX;
        }
        if (unit == 0 || unit == 0xFEFF || unit == 0xFFFE) {
            return false;
        }
    }
    return !(text.size == 1 && (unsigned char)text.data[0] + (code - range->low) == 0);
}

/** 6.2.11.7.2: a Unicode value for each code, by ToUnicode or by what the font is. */
static void check_unicode(PdfaCheck *check, const PdfaFont *font, uint32_t code) {
    const PdfaCodeRange *range = font->unicode != NULL ? cmap_character(font->unicode, code) : NULL;
    if (range != NULL) {
        if (!is_allowed_unicode(range, code)) {
            pdfa_fault_of(check, PDFA_RULE_6_2_11_7_2_2, "It is code %u.", code);
        }
        return;
    }
    bool known = font->cid_is_known;
    if (font->kind != FONT_COMPOSITE) {
        Text name = font->names[code];
        if (name.size == 0 && font->program != NULL && font->kind == FONT_TYPE1) {
            name = program_name_of_glyph(font->program, check->arena, program_glyph_of_code(font->program, code));
        }
        known = name.size > 0 && glyph_code_point(name) != 0;
    }
    if (!known) {
        pdfa_fault_of(check, PDFA_RULE_6_2_11_7_2_1, "It is code %u.", code);
    }
}

void pdfa_check_glyph(PdfaCheck *check, PdfaFont *font, uint32_t code, unsigned size, bool rendered) {
    if (font->kind == FONT_COMPOSITE) {
        check_composite_glyph(check, font, code, size, rendered);
    } else {
        check_simple_glyph(check, font, code, rendered);
    }
    if (check->flavour == PDFA_2U) {
        check_unicode(check, font, code);
    }
}

/** The names of a CharSet: "/A/B/C". */
static bool lists_name(Text set, Text name) {
    Text rest = set;
    while (rest.size > 0) {
        if (text_equal(text_trim(text_cut(&rest, '/')), name)) {
            return true;
        }
    }
    return false;
}

static void check_char_set(PdfaCheck *check, const PdfaFont *font) {
    const PdfValue *set = pdfa_get(check, font->descriptor, "CharSet");
    if (set->kind != PDF_STRING) {
        return;
    }
    for (unsigned glyph = 0; glyph < program_glyph_count(font->program) && pdfa_goes_on(check); glyph++) {
        const Text name = program_name_of_glyph(font->program, check->arena, glyph);
        if (name.size > 0 && !text_equal(name, TEXT(".notdef")) && !lists_name(set->text, name)) {
            pdfa_fault_of(check, PDFA_RULE_6_2_11_4_2_1, "%.*s is missing.", TEXT_ARG(name));
            return;
        }
    }
}

static void check_cid_set(PdfaCheck *check, PdfaFont *font) {
    const PdfValue *set = pdfa_get(check, font->descriptor, "CIDSet");
    Text bits = {0}, filter = {0};
    if (set->kind != PDF_STREAM || !pdfa_took(check, pdf_stream_unpacked(check->file, set, &bits, &filter))) {
        return;
    }
    for (uint32_t cid = 1; cid <= CID_MAX && pdfa_goes_on(check); cid++) {
        unsigned glyph = 0;
        const bool there = pdfa_glyph_of_cid(check, font, cid, &glyph) && glyph != 0;
        const bool listed = cid / 8 < bits.size && ((unsigned char)bits.data[cid / 8] & (0x80 >> cid % 8)) != 0;
        if (there && !listed) {
            pdfa_fault_of(check, PDFA_RULE_6_2_11_4_2_2, "CID %u is missing.", cid);
            return;
        }
    }
}

void pdfa_check_subset(PdfaCheck *check, PdfaFont *font) {
    if (!pdfa_is_subset_name(pdfa_get(check, font->body, "BaseFont"))) {
        return;
    }
    if (font->kind == FONT_TYPE1) {
        check_char_set(check, font);
    } else if (font->kind == FONT_COMPOSITE) {
        check_cid_set(check, font);
    }
}
