/** Setting of text by pango, and the thread's memory of what it set before: most words of a form are the same on every
 * paper. */
#include "pdf/page_set.h"

#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/font_inside.h"
#include "pdf/page_inside.h"

enum { SLOTS = 512, MAXIMUM_KEY = 1024, MAXIMUM_STRENGTH = 4 };

/** A text that is kept. It yields its slot after having been missed as often as its strength says; each use strengthens
 * it. */
typedef struct Slot {
    char *key; /**< everything that the setting depends on */
    size_t key_size;
    int strength;
    SetText *text;
} Slot;
static _Thread_local Slot slots[SLOTS];

static void empty_slot(Slot *slot) {
    if (slot->text != NULL) {
        set_text_release(slot->text);
        g_free(slot->key);
    }
    *slot = (Slot){0};
}

void set_text_close_thread(void) {
    for (size_t i = 0; i < SLOTS; i++) {
        empty_slot(&slots[i]);
    }
}

void set_text_release(SetText *text) {
    if (--text->references > 0) {
        return;
    }
    if (text->layout != NULL) {
        g_object_unref(text->layout);
    }
    g_free(text->lines);
    g_free(text->run_starts);
    g_free(text);
}

static void add_bytes(Buffer *key, const void *bytes, size_t size) {
    buffer_append(key, (Text){bytes, size});
}

/** What the setting depends on, as bytes; empty when the text is too long to be worth keeping. */
static Text key_of(PangoContext *context, Arena *scratch, const TextRun *runs, size_t count, TextAlign align,
                   double width, double scale) {
    arena_reset(scratch);
    Buffer key = buffer_make(scratch, MAXIMUM_KEY);
    add_bytes(&key, &context, sizeof context);
    const double numbers[] = {(double)align, width, scale};
    add_bytes(&key, numbers, sizeof numbers);
    for (size_t i = 0; i < count; i++) {
        const TextStyle *style = &runs[i].style;
        const double properties[] = {(double)runs[i].text.size,
                                     (double)style->family,
                                     (double)style->bold,
                                     (double)style->italic,
                                     style->size,
                                     style->spacing,
                                     style->above,
                                     style->colour.red,
                                     style->colour.green,
                                     style->colour.blue};
        add_bytes(&key, properties, sizeof properties);
        buffer_append(&key, runs[i].text);
    }
    return key.overflow ? TEXT("") : (Text){key.data, key.size};
}

/** FNV-1a: short keys, no adversary; a collision costs time alone, as keys are compared. */
static size_t slot_of(Text key) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.size; i++) {
        hash = (hash ^ (unsigned char)key.data[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)((hash ^ hash >> 29) % SLOTS);
}

static void add_attribute(PangoAttrList *list, PangoAttribute *attribute, size_t start, size_t end) {
    attribute->start_index = (guint)start;
    attribute->end_index = (guint)end;
    pango_attr_list_insert(list, attribute);
}

static guint16 channel(double value) {
    return (guint16)lround(fmin(fmax(value, 0), 1) * 65535);
}

static void add_style(PangoAttrList *list, const TextStyle *style, double scale, size_t start, size_t end) {
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, font_family_names(style->family));
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(font, style->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_font_description_set_size(font, (gint)lround(style->size * scale * PANGO_SCALE));
    add_attribute(list, pango_attr_font_desc_new(font), start, end);
    pango_font_description_free(font);
    const Colour *colour = &style->colour;
    add_attribute(list, pango_attr_foreground_new(channel(colour->red), channel(colour->green), channel(colour->blue)),
                  start, end);
    if (style->spacing > 0) {
        add_attribute(list, pango_attr_letter_spacing_new((int)lround(style->spacing * scale * PANGO_SCALE)), start,
                      end);
    }
}

/** The runs' texts with line feeds between them, tabs as blanks. */
static Text join_runs(Arena *scratch, const TextRun *runs, size_t count, size_t *starts) {
    arena_reset(scratch);
    Buffer joined = buffer_make(scratch, PAPER_MAXIMUM_TEXT + 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buffer_append_byte(&joined, '\n');
        }
        starts[i] = joined.size;
        buffer_append(&joined, runs[i].text);
    }
    for (size_t i = 0; i < joined.size; i++) {
        if (joined.data[i] == '\t') {
            joined.data[i] = ' ';
        }
    }
    return joined.size > 0 ? (Text){joined.data, joined.size} : TEXT("");
}

static Status check_runs(Arena *scratch, const TextRun *runs, size_t count) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        TextFault fault;
        TRY(pdf_missing_glyphs(runs[i].text, &fault));
        if (fault.kind != TEXT_FAULT_NONE) {
            arena_reset(scratch);
            const Text words = text_fault_words(scratch, &fault);
            return fail(STATUS_INVALID, "the text cannot be printed: %.*s", TEXT_ARG(words));
        }
        total += runs[i].text.size + 1;
        if (total > PAPER_MAXIMUM_TEXT) {
            return fail(STATUS_TOO_LARGE, "a text is longer than %zu bytes", PAPER_MAXIMUM_TEXT);
        }
    }
    return STATUS_OK;
}

/**
 * Places the lines. Fonts of the Noto family say generous heights, those of tall scripts even more; the leading follows
 * the size of the type and grows only where a script needs it.
 */
static void measure_lines(SetText *text, const TextRun *runs, double scale) {
    text->line_count = (size_t)pango_layout_get_line_count(text->layout);
    text->lines = g_new0(SetLine, text->line_count + 1);
    PangoLayoutIter *iterator = pango_layout_get_iter(text->layout);
    double top = 0;
    size_t run = 0;
    for (size_t i = 0; i < text->line_count && text->run_count > 0; i++) {
        PangoLayoutLine *line = pango_layout_iter_get_line_readonly(iterator);
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(iterator, NULL, &logical);
        while (run + 1 < text->run_count && text->run_starts[run + 1] <= (size_t)line->start_index) {
            top += runs[++run].style.above * scale;
        }
        const double natural = (double)logical.height / PANGO_SCALE;
        const double leading = fmax(runs[run].style.size * scale * 1.28, natural * 0.92);
        const double ascent = (double)(pango_layout_iter_get_baseline(iterator) - logical.y) / PANGO_SCALE;
        text->lines[i] = (SetLine){.line = line,
                                   .x = (double)logical.x / PANGO_SCALE,
                                   .top = top,
                                   .baseline = top + (natural > 0 ? leading * ascent / natural : leading)};
        top += leading;
        (void)pango_layout_iter_next_line(iterator);
    }
    text->lines[text->line_count].top = top;
    pango_layout_iter_free(iterator);
}

static void lay_out(SetText *text, Text joined, const TextRun *runs, size_t count, TextAlign align, double width,
                    double scale) {
    PangoLayout *layout = text->layout;
    pango_layout_set_text(layout, joined.data, (int)joined.size);
    PangoAttrList *attributes = pango_attr_list_new();
    for (size_t i = 0; i < count; i++) {
        const size_t end = i + 1 < count ? text->run_starts[i + 1] : joined.size;
        add_style(attributes, &runs[i].style, scale, text->run_starts[i], end);
    }
    /* Each character of the text is a glyph of its own, so that readers and searches get "fi" back, not U+FB01. */
    add_attribute(attributes, pango_attr_font_features_new("liga=0, clig=0"), 0, G_MAXUINT);
    /* A number broken at the end of a line must not gain a hyphen. */
    add_attribute(attributes, pango_attr_insert_hyphens_new(FALSE), 0, G_MAXUINT);
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_width(layout, (int)lround(points(width) * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, align == ALIGN_CENTRE ? PANGO_ALIGN_CENTER
                                       : align == ALIGN_END  ? PANGO_ALIGN_RIGHT
                                                             : PANGO_ALIGN_LEFT);
}

static Status set_anew(PangoContext *context, Arena *scratch, const TextRun *runs, size_t count, TextAlign align,
                       double width, double scale, SetText **ret_text) {
    TRY(check_runs(scratch, runs, count));
    SetText *text = g_new0(SetText, 1);
    text->references = 1;
    text->layout = pango_layout_new(context);
    text->run_count = count;
    text->run_starts = g_new0(size_t, count + 1);
    lay_out(text, join_runs(scratch, runs, count, text->run_starts), runs, count, align, width, scale);
    if (pango_layout_get_unknown_glyphs_count(text->layout) > 0) {
        set_text_release(text);
        return fail(STATUS_INVALID, "the text cannot be printed: a combination of characters is in none of the fonts");
    }
    measure_lines(text, runs, scale);
    *ret_text = text;
    return STATUS_OK;
}

Status set_text(PangoContext *context, Arena *scratch, const TextRun *runs, size_t count, TextAlign align, double width,
                double scale, SetText **ret_text) {
    const Text key = key_of(context, scratch, runs, count, align, width, scale);
    if (key.size == 0) {
        return set_anew(context, scratch, runs, count, align, width, scale, ret_text);
    }
    Slot *slot = &slots[slot_of(key)];
    if (slot->text != NULL && text_equal(key, (Text){slot->key, slot->key_size})) {
        slot->strength += slot->strength < MAXIMUM_STRENGTH;
        slot->text->references++;
        *ret_text = slot->text;
        return STATUS_OK;
    }
    const bool takes_slot = slot->text == NULL || --slot->strength <= 0;
    char *kept_key = takes_slot ? g_memdup2(key.data, key.size) : NULL;
    SetText *text = NULL;
    const Status status = set_anew(context, scratch, runs, count, align, width, scale, &text);
    if (status != STATUS_OK) {
        g_free(kept_key);
        return status;
    }
    if (takes_slot) {
        empty_slot(slot);
        text->references++;
        *slot = (Slot){.key = kept_key, .key_size = key.size, .strength = 1, .text = text};
    }
    *ret_text = text;
    return STATUS_OK;
}
