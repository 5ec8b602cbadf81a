/** ISO 19005-3, 6.2.9 and 6.2.10: what content streams belong to: pages, form XObjects, glyphs of Type 3 fonts. */
#include "pdf/conformance_content.h"

PdfaState pdfa_initial_state(void) {
    return (PdfaState){.fill = &pdfa_device_gray, .stroke = &pdfa_device_gray};
}

/** The bytes of a content stream, or of several in a row. */
static Text content_of(PdfaCheck *check, const PdfValue *contents) {
    Text bytes = {0}, filter = {0};
    if (contents->kind == PDF_STREAM) {
        return pdfa_took(check, pdf_stream_unpacked(check->file, contents, &bytes, &filter)) ? bytes : (Text){NULL, 0};
    }
    Buffer whole = buffer_make(check->arena, PDF_INFLATE_MAX);
    for (uint32_t i = 0; contents->kind == PDF_ARRAY && i < contents->count && pdfa_goes_on(check); i++) {
        const PdfValue *part = pdfa_resolve(check, &contents->items[i]);
        if (part->kind == PDF_STREAM && pdfa_took(check, pdf_stream_unpacked(check->file, part, &bytes, &filter))) {
            buffer_append(&whole, bytes);
            buffer_append_byte(&whole, '\n');
        }
    }
    return pdfa_took(check, buffer_take(&whole, &bytes)) ? bytes : (Text){NULL, 0};
}

static bool is_transparency_group(PdfaCheck *check, const PdfValue *owner, const PdfValue **ret_group) {
    *ret_group = pdfa_get(check, owner, "Group");
    return pdfa_is_dictionary(*ret_group) && pdf_is_name(pdfa_get(check, *ret_group, "S"), "Transparency");
}

/** 6.2.9 and what a form's group says. */
static void check_form_entries(PdfaCheck *check, const PdfValue *form, const PdfaResources *resources) {
    const PdfValue *group = NULL;
    if (pdf_is_name(pdfa_get(check, form, "Subtype2"), "PS") || pdfa_has(check, form, "PS") ||
        pdfa_has(check, form, "OPI")) {
        pdfa_fault(check, PDFA_RULE_6_2_9_1);
    }
    if (pdfa_has(check, form, "Ref")) {
        pdfa_fault(check, PDFA_RULE_6_2_9_2);
    }
    if (is_transparency_group(check, form, &group)) {
        check->has_transparency = true;
        const PdfValue *space = pdf_entry(group, "CS");
        if (space != NULL) {
            pdfa_check_colour_space(check, resources, space);
        }
    }
}

static unsigned kind_of_space(const PdfValue *space) {
    return space == &pdfa_device_gray ? 0 : space == &pdfa_device_rgb ? 1 : space == &pdfa_device_cmyk ? 2 : 3;
}

/** What of a state changes the judgement of a form, as one bit of 64: the same form in the same state is followed once,
 * so that forms within forms cannot multiply the work without end. */
static uint64_t state_mark(const PdfaState *state) {
    const bool overprints = state->overprint_mode == 1 && (state->overprints_fill || state->overprints_stroke);
    const unsigned place = kind_of_space(state->fill) | kind_of_space(state->stroke) << 2 |
                           (state->rendering_mode == 3 ? 1u << 4 : 0) | (overprints ? 1u << 5 : 0);
    return (uint64_t)1 << place;
}

void pdfa_follow_form(PdfaCheck *check, const PdfValue *entry, const PdfaResources *around, const PdfaState *state) {
    const PdfValue *form = pdfa_resolve(check, entry);
    if (form->kind != PDF_STREAM || check->depth > PDFA_DEPTH_MAX || !pdfa_goes_on(check)) {
        return;
    }
    const bool named = entry->kind == PDF_REFERENCE && entry->reference.number < check->seen_size;
    const uint64_t mark = state_mark(state);
    uint64_t unnamed = 0;
    uint64_t *known = named ? &check->form_states[entry->reference.number] : &unnamed;
    if (pdfa_was_seen(check, entry, PDFA_SEEN_ACTIVE) || (*known & mark) != 0) {
        check->has_transparency = check->has_transparency || pdfa_was_seen(check, entry, PDFA_SEEN_TRANSPARENT);
        return;
    }
    const PdfReference before = check->at;
    const bool transparent_before = check->has_transparency;
    check->at = pdfa_place(check, entry);
    check->has_transparency = false;
    *known |= mark;
    (void)pdfa_first_time(check, entry, PDFA_SEEN_ACTIVE);
    check->depth++;
    const PdfaResources resources = {.own = pdfa_get(check, form, "Resources"),
                                     .inherited = around == NULL         ? NULL
                                                  : pdfa_is(around->own) ? around->own
                                                                         : around->inherited};
    check_form_entries(check, form, &resources);
    pdfa_run_content(check, content_of(check, form), resources, state);
    check->depth--;
    if (named) {
        check->seen[entry->reference.number] &= (uint16_t)~PDFA_SEEN_ACTIVE;
    }
    if (check->has_transparency) {
        (void)pdfa_first_time(check, entry, PDFA_SEEN_TRANSPARENT);
    }
    check->has_transparency = check->has_transparency || transparent_before;
    check->at = before;
}

void pdfa_check_form_content(PdfaCheck *check, const PdfValue *entry) {
    const PdfaState state = pdfa_initial_state();
    pdfa_follow_form(check, entry, NULL, &state);
}

void pdfa_check_glyph_content(PdfaCheck *check, const PdfValue *glyph, const PdfValue *font, const PdfaState *state,
                              const PdfaResources *around) {
    const PdfaResources resources = {.own = pdfa_get(check, font, "Resources"),
                                     .inherited = pdfa_is(around->own) ? around->own : around->inherited};
    if (glyph->kind == PDF_STREAM && check->depth <= PDFA_DEPTH_MAX && pdfa_goes_on(check)) {
        check->depth++;
        pdfa_run_content(check, content_of(check, glyph), resources, state);
        check->depth--;
    }
}

void pdfa_check_page_content(PdfaCheck *check, const PdfValue *page, const PdfValue *resources, bool inherited) {
    const PdfValue *group = NULL, *contents = pdfa_get(check, page, "Contents");
    const PdfaResources names = {.own = inherited ? pdfa_null_value() : resources,
                                 .inherited = inherited ? resources : NULL};
    const PdfaState state = pdfa_initial_state();
    pdfa_run_content(check, content_of(check, contents), names, &state);
    const bool grouped = is_transparency_group(check, page, &group);
    const PdfValue *space = pdf_entry(group, "CS");
    if (grouped && space != NULL) {
        pdfa_check_colour_space(check, &names, space);
    }
    if (check->has_transparency && check->output == PDFA_OUTPUT_NONE && space == NULL) {
        pdfa_fault(check, PDFA_RULE_6_2_10_2);
    }
}
