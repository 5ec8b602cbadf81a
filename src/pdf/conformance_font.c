/** ISO 19005-3, 6.2.11: font dictionaries, what they embed, and how texts use them. */
#include "pdf/conformance_content.h"

#include <string.h>

#include "base/log.h"

static const PdfValue *entry_named(const PdfValue *dictionary, Text name) {
    for (uint32_t i = 0; pdfa_is_dictionary(dictionary) && i < dictionary->count; i++) {
        if (text_equal(dictionary->items[i * 2].text, name)) {
            return &dictionary->items[i * 2 + 1];
        }
    }
    return NULL;
}

/** The fourteen fonts that every reader has. */
static bool is_standard_name(const PdfValue *name) {
    static const char *const standard[] = {
        "Courier",     "Courier-Bold",   "Courier-Oblique",   "Courier-BoldOblique",
        "Helvetica",   "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique",
        "Times-Roman", "Times-Bold",     "Times-Italic",      "Times-BoldItalic",
        "Symbol",      "ZapfDingbats"};
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        if (pdf_is_name(name, standard[i])) {
            return true;
        }
    }
    return false;
}

bool pdfa_is_subset_name(const PdfValue *name) {
    bool sound = name->kind == PDF_NAME && name->text.size > 7 && name->text.data[6] == '+';
    for (size_t i = 0; sound && i < 6; i++) {
        sound = name->text.data[i] >= 'A' && name->text.data[i] <= 'Z';
    }
    return sound;
}

static PdfaFontKind kind_of(const PdfValue *subtype) {
    if (pdf_is_name(subtype, "Type1") || pdf_is_name(subtype, "MMType1")) {
        return FONT_TYPE1;
    }
    return pdf_is_name(subtype, "TrueType") ? FONT_TRUETYPE
           : pdf_is_name(subtype, "Type3")  ? FONT_TYPE3
           : pdf_is_name(subtype, "Type0")  ? FONT_COMPOSITE
                                            : FONT_UNKNOWN;
}

/** Type, subtype and name of a font: 6.2.11.2. */
static void check_identity(PdfaCheck *check, const PdfValue *dictionary, bool is_type3) {
    const PdfValue *subtype = pdfa_get(check, dictionary, "Subtype"), *name = pdfa_get(check, dictionary, "BaseFont");
    if (!pdf_is_name(pdfa_get(check, dictionary, "Type"), "Font")) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_1);
    }
    if (kind_of(subtype) == FONT_UNKNOWN && !pdf_is_name(subtype, "CIDFontType0") &&
        !pdf_is_name(subtype, "CIDFontType2")) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_2);
    }
    if (name->kind != PDF_NAME && !is_type3) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_3);
    } else if (name->kind == PDF_NAME && !text_is_utf8(name->text)) {
        pdfa_fault(check, PDFA_RULE_6_1_8_1);
    }
}

/** FirstChar, LastChar and Widths of a simple font: 6.2.11.2. */
static void check_widths(PdfaCheck *check, const PdfaFont *font) {
    const PdfValue *first = pdfa_get(check, font->body, "FirstChar"), *last = pdfa_get(check, font->body, "LastChar");
    const PdfValue *widths = pdfa_get(check, font->body, "Widths");
    if (font->is_standard) {
        return;
    }
    if (first->kind != PDF_INTEGER) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_4);
    }
    if (last->kind != PDF_INTEGER) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_5);
    }
    if (widths->kind != PDF_ARRAY || first->kind != PDF_INTEGER || last->kind != PDF_INTEGER ||
        (int64_t)widths->count != last->integer - first->integer + 1) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_6);
    }
}

/** Opens the program that the descriptor embeds. */
static void open_program(PdfaCheck *check, PdfaFont *font) {
    static const char *const keys[] = {
        [PROGRAM_TYPE1] = "FontFile", [PROGRAM_TRUETYPE] = "FontFile2", [PROGRAM_OTHER] = "FontFile3"};
    const PdfValue *entry = NULL;
    PdfaProgramKind kind = PROGRAM_TYPE1;
    for (; kind <= PROGRAM_OTHER; kind++) {
        entry = pdf_entry(font->descriptor, keys[kind]);
        if (entry != NULL) {
            break;
        }
    }
    const PdfValue *stream = entry != NULL ? pdfa_resolve(check, entry) : NULL;
    if (stream == NULL || stream->kind != PDF_STREAM) {
        return;
    }
    const PdfValue *subtype = pdfa_get(check, stream, "Subtype");
    font->is_embedded = kind != PROGRAM_OTHER || pdfa_is(subtype);
    if (pdfa_is(subtype) && !pdf_is_name(subtype, "Type1C") && !pdf_is_name(subtype, "CIDFontType0C") &&
        !pdf_is_name(subtype, "OpenType")) {
        pdfa_fault(check, PDFA_RULE_6_2_11_2_7);
    }
    Text bytes = {0}, filter = {0};
    if (!pdfa_took(check, pdf_stream_unpacked(check->file, stream, &bytes, &filter))) {
        return;
    }
    const Status status = program_open(check->arena, bytes, kind, &font->program);
    if (status == STATUS_INVALID) {
        (void)failure_take();
        font->program = NULL;
        pdfa_fault_of(check, PDFA_RULE_6_2_11_4_1_1, "%s", "Its font program is damaged.");
    } else {
        (void)pdfa_took(check, status);
    }
}

static void read_to_unicode(PdfaCheck *check, PdfaFont *font) {
    const PdfValue *stream = pdfa_get(check, font->dictionary, "ToUnicode");
    Text bytes = {0}, filter = {0};
    void *memory = NULL;
    if (check->flavour == PDFA_2U && stream->kind == PDF_STREAM &&
        pdfa_took(check, pdf_stream_unpacked(check->file, stream, &bytes, &filter)) &&
        pdfa_took(check, arena_try_allocate(check->arena, sizeof(PdfaCMap), &memory)) &&
        pdfa_took(check, cmap_read(check->arena, bytes, memory))) {
        font->unicode = memory;
    }
}

static void read_font(PdfaCheck *check, PdfaFont *font) {
    const bool composite = font->kind == FONT_COMPOSITE;
    check_identity(check, font->dictionary, font->kind == FONT_TYPE3);
    if (composite) {
        const PdfValue *descendants = pdfa_get(check, font->dictionary, "DescendantFonts");
        font->body = descendants->kind == PDF_ARRAY && descendants->count > 0
                         ? pdfa_resolve(check, &descendants->items[0])
                         : pdfa_null_value();
        check_identity(check, font->body, false);
    }
    font->descriptor = pdfa_get(check, font->body, "FontDescriptor");
    const PdfValue *flags = pdfa_get(check, font->descriptor, "Flags");
    font->is_symbolic = flags->kind == PDF_INTEGER && (flags->integer & 4) != 0;
    open_program(check, font);
    font->is_standard =
        font->kind == FONT_TYPE1 && !font->is_embedded && is_standard_name(pdfa_get(check, font->body, "BaseFont"));
    read_to_unicode(check, font);
    if (composite) {
        pdfa_read_composite_font(check, font);
    } else {
        check_widths(check, font);
        pdfa_read_simple_font(check, font);
    }
    if (font->program != NULL) {
        pdfa_check_subset(check, font);
    }
}

PdfaFont *pdfa_font(PdfaCheck *check, const PdfValue *entry) {
    const PdfValue *dictionary = pdfa_resolve(check, entry);
    const bool named = entry->kind == PDF_REFERENCE && entry->reference.number < check->seen_size;
    if (dictionary->kind != PDF_DICTIONARY) {
        return NULL;
    }
    for (PdfaFont *known = check->direct_fonts; known != NULL && !named; known = known->next) {
        if (known->dictionary == dictionary) {
            return known;
        }
    }
    if (named && check->fonts[entry->reference.number] != NULL) {
        return check->fonts[entry->reference.number];
    }
    void *memory = NULL;
    if (!pdfa_took(check, arena_try_allocate(check->arena, sizeof(PdfaFont), &memory))) {
        return NULL;
    }
    PdfaFont *font = memory;
    memset(font, 0, sizeof *font);
    font->dictionary = dictionary;
    font->body = dictionary;
    font->kind = kind_of(pdfa_get(check, dictionary, "Subtype"));
    font->place = pdfa_place(check, entry);
    if (named) {
        check->fonts[entry->reference.number] = font;
    } else {
        font->next = check->direct_fonts;
        check->direct_fonts = font;
    }
    const PdfReference before = check->at;
    check->at = font->place;
    read_font(check, font);
    check->at = before;
    return font;
}

/** The first use that paints: 6.2.11.4.1 and what TrueType programs need. */
static void note_rendering(PdfaCheck *check, PdfaFont *font) {
    if (font->was_rendered) {
        return;
    }
    font->was_rendered = true;
    if (!font->is_embedded && font->kind != FONT_TYPE3) {
        pdfa_fault(check, PDFA_RULE_6_2_11_4_1_1);
    }
    if (font->kind != FONT_TRUETYPE || font->program == NULL) {
        return;
    }
    const PdfaCharacterMaps maps = program_maps(font->program);
    if (!font->is_symbolic && (maps.has_symbol ? maps.count <= 1 : maps.count == 0)) {
        pdfa_fault(check, PDFA_RULE_6_2_11_6_1);
    }
    if (font->is_symbolic && maps.count != 1 && !maps.has_symbol) {
        pdfa_fault(check, PDFA_RULE_6_2_11_6_4);
    }
}

/** False when the code was judged before in that manner. */
static bool is_new_code(PdfaCheck *check, PdfaFont *font, uint32_t code, unsigned size, bool rendered) {
    const uint8_t bit = rendered ? 1 : 2;
    if (size > 2) {
        return true;
    }
    uint8_t **page = &font->done[code / GLYPH_CODES];
    if (*page == NULL) {
        void *memory = NULL;
        if (!pdfa_took(check, arena_try_allocate(check->arena, GLYPH_CODES, &memory))) {
            return false;
        }
        memset(memory, 0, GLYPH_CODES);
        *page = memory;
    }
    const bool fresh = ((*page)[code % GLYPH_CODES] & bit) == 0;
    (*page)[code % GLYPH_CODES] |= bit;
    return fresh;
}

/** Every glyph of a Type 3 font is content, shown or not. */
static void follow_all_type3(PdfaCheck *check, PdfaFont *font, const PdfaState *state, const PdfaResources *resources) {
    const PdfValue *glyphs = pdfa_get(check, font->dictionary, "CharProcs");
    if (font->was_followed) {
        return;
    }
    font->was_followed = true;
    for (uint32_t i = 0; pdfa_is_dictionary(glyphs) && i < glyphs->count && pdfa_goes_on(check); i++) {
        const PdfValue *entry = &glyphs->items[i * 2 + 1];
        const bool transparent = check->has_transparency;
        check->at = pdfa_place(check, entry);
        pdfa_check_glyph_content(check, pdfa_resolve(check, entry), font->dictionary, state, resources);
        check->has_transparency = transparent;
    }
    check->at = font->place;
}

/** The glyph that a code of a Type 3 font shows, with its width. */
static void follow_type3(PdfaCheck *check, const PdfaFont *font, uint32_t code, const PdfaState *state,
                         const PdfaResources *resources) {
    const PdfValue *glyphs = pdfa_get(check, font->dictionary, "CharProcs");
    const PdfValue *entry = entry_named(glyphs, font->names[code]);
    if (entry == NULL && state->rendering_mode != 3) {
        pdfa_fault_of(check, PDFA_RULE_6_2_11_4_1_2, "It is that of code %u.", code);
    } else if (entry != NULL) {
        const PdfReference before = check->at;
        check->at = pdfa_place(check, entry);
        check->has_glyph_width = false;
        pdfa_check_glyph_content(check, pdfa_resolve(check, entry), font->dictionary, state, resources);
        check->at = before;
        if (check->has_glyph_width && state->rendering_mode != 3) {
            pdfa_check_type3_width(check, font, code, check->glyph_width);
        }
    }
}

void pdfa_show_text(PdfaCheck *check, PdfaFont *font, Text codes, const PdfaState *state,
                    const PdfaResources *resources) {
    const bool rendered = state->rendering_mode != 3;
    const PdfReference before = check->at;
    check->at = font->place;
    if (rendered) {
        note_rendering(check, font);
    }
    if (font->kind == FONT_TYPE3) {
        follow_all_type3(check, font, state, resources);
    }
    while (codes.size > 0 && pdfa_goes_on(check)) {
        unsigned size = 1;
        uint32_t code = 0;
        if (font->kind == FONT_COMPOSITE) {
            code = cmap_next_code(&font->cmap, &codes, &size);
        } else {
            code = (unsigned char)codes.data[0];
            codes = text_slice(codes, 1, codes.size);
        }
        const bool fresh = is_new_code(check, font, code, size, rendered);
        if (font->kind == FONT_TYPE3 && fresh) {
            follow_type3(check, font, code, state, resources);
        }
        if (fresh) {
            pdfa_check_glyph(check, font, code, size, rendered);
        }
    }
    check->at = before;
}
