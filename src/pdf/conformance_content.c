/** ISO 19005-3, 6.2.2 and what follows from it: reading content streams operator by operator. */
#include "pdf/conformance_content.h"

#include <string.h>

#include "base/log.h"
#include "pdf/reader_internal.h"

#define OPERANDS_MAX 64u
#define STACK_MAX    64u
#define NESTING_MAX  28u
#define STACK_ITEMS  256u
#define SCRATCH_SIZE ((size_t)64 << 20)

typedef enum Operator {
    OP_PLAIN,
    OP_SAVE,
    OP_RESTORE,
    OP_FILL,
    OP_STROKE,
    OP_FILL_STROKE,
    OP_SHADE,
    OP_DRAW,
    OP_INLINE,
    OP_STATE,
    OP_INTENT,
    OP_FONT,
    OP_MODE,
    OP_SHOW,
    OP_SHOW_ARRAY,
    OP_GRAY_FILL,
    OP_GRAY_STROKE,
    OP_RGB_FILL,
    OP_RGB_STROKE,
    OP_CMYK_FILL,
    OP_CMYK_STROKE,
    OP_SPACE_FILL,
    OP_SPACE_STROKE,
    OP_COLOUR,
    OP_PROPERTIES,
    OP_GLYPH
} Operator;

typedef struct OperatorLine {
    char name[4];
    Operator code;
} OperatorLine;

/* ISO 32000-1, annex A, in the order of their bytes. */
static const OperatorLine operators[] = {
    {"\"", OP_SHOW},       {"'", OP_SHOW},    {"B", OP_FILL_STROKE}, {"B*", OP_FILL_STROKE}, {"BDC", OP_PROPERTIES},
    {"BI", OP_INLINE},     {"BMC", OP_PLAIN}, {"BT", OP_PLAIN},      {"BX", OP_PLAIN},       {"CS", OP_SPACE_STROKE},
    {"DP", OP_PROPERTIES}, {"Do", OP_DRAW},   {"EI", OP_PLAIN},      {"EMC", OP_PLAIN},      {"ET", OP_PLAIN},
    {"EX", OP_PLAIN},      {"F", OP_FILL},    {"G", OP_GRAY_STROKE}, {"ID", OP_PLAIN},       {"J", OP_PLAIN},
    {"K", OP_CMYK_STROKE}, {"M", OP_PLAIN},   {"MP", OP_PLAIN},      {"Q", OP_RESTORE},      {"RG", OP_RGB_STROKE},
    {"S", OP_STROKE},      {"SC", OP_COLOUR}, {"SCN", OP_COLOUR},    {"T*", OP_PLAIN},       {"TD", OP_PLAIN},
    {"TJ", OP_SHOW_ARRAY}, {"TL", OP_PLAIN},  {"Tc", OP_PLAIN},      {"Td", OP_PLAIN},       {"Tf", OP_FONT},
    {"Tj", OP_SHOW},       {"Tm", OP_PLAIN},  {"Tr", OP_MODE},       {"Ts", OP_PLAIN},       {"Tw", OP_PLAIN},
    {"Tz", OP_PLAIN},      {"W", OP_PLAIN},   {"W*", OP_PLAIN},      {"b", OP_FILL_STROKE},  {"b*", OP_FILL_STROKE},
    {"c", OP_PLAIN},       {"cm", OP_PLAIN},  {"cs", OP_SPACE_FILL}, {"d", OP_PLAIN},        {"d0", OP_GLYPH},
    {"d1", OP_GLYPH},      {"f", OP_FILL},    {"f*", OP_FILL},       {"g", OP_GRAY_FILL},    {"gs", OP_STATE},
    {"h", OP_PLAIN},       {"i", OP_PLAIN},   {"j", OP_PLAIN},       {"k", OP_CMYK_FILL},    {"l", OP_PLAIN},
    {"m", OP_PLAIN},       {"n", OP_PLAIN},   {"q", OP_SAVE},        {"re", OP_PLAIN},       {"rg", OP_RGB_FILL},
    {"ri", OP_INTENT},     {"s", OP_STROKE},  {"sc", OP_COLOUR},     {"scn", OP_COLOUR},     {"sh", OP_SHADE},
    {"v", OP_PLAIN},       {"w", OP_PLAIN},   {"y", OP_PLAIN},
};

static const PdfValue pattern_space = {.kind = PDF_NAME, .text = TEXT_INIT("Pattern")};
const PdfValue pdfa_device_gray = {.kind = PDF_NAME, .text = TEXT_INIT("DeviceGray")};
const PdfValue pdfa_device_rgb = {.kind = PDF_NAME, .text = TEXT_INIT("DeviceRGB")};
const PdfValue pdfa_device_cmyk = {.kind = PDF_NAME, .text = TEXT_INIT("DeviceCMYK")};

/** One content stream being read. */
typedef struct Run {
    PdfaCheck *check;
    PdfaResources resources;
    PdfaState state, stack[STACK_MAX];
    size_t level;
    PdfParser parser;
    PdfValue operands[OPERANDS_MAX];
    size_t operand_count;
} Run;

/** Three bytes as a number that sorts as they do. */
static uint32_t pack(const char *name) {
    return (uint32_t)(unsigned char)name[0] << 16 | (uint32_t)(unsigned char)name[1] << 8 | (unsigned char)name[2];
}

static bool find_operator(Text word, Operator *ret_code) {
    char name[4] = "";
    size_t from = 0, to = sizeof operators / sizeof *operators;
    if (word.size > 3) {
        return false;
    }
    for (size_t i = 0; i < word.size; i++) {
        name[i] = word.data[i];
    }
    const uint32_t wanted = pack(name);
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const uint32_t found = pack(operators[middle].name);
        if (found == wanted) {
            *ret_code = operators[middle].code;
            return true;
        }
        from = found < wanted ? middle + 1 : from;
        to = found < wanted ? to : middle;
    }
    return false;
}

static const PdfValue *entry_named(const PdfValue *dictionary, Text name) {
    for (uint32_t i = 0; pdfa_is_dictionary(dictionary) && i < dictionary->count; i++) {
        if (text_equal(dictionary->items[i * 2].text, name)) {
            return &dictionary->items[i * 2 + 1];
        }
    }
    return NULL;
}

const PdfValue *pdfa_resource(PdfaCheck *check, const PdfaResources *resources, const char *kind,
                              const PdfValue *name) {
    if (name->kind != PDF_NAME) {
        return NULL;
    }
    const PdfValue *entry = entry_named(pdfa_get(check, resources->own, kind), name->text);
    if (entry == NULL && resources->inherited != NULL) {
        entry = entry_named(pdfa_get(check, resources->inherited, kind), name->text);
        if (entry != NULL) {
            pdfa_fault_of(check, PDFA_RULE_6_2_2_2, "It is the %s %.*s.", kind, TEXT_ARG(name->text));
        }
    }
    return entry;
}

/** What the state makes transparent counts when something is drawn. */
static void note_transparency(Run *run) {
    const PdfaState *state = &run->state;
    if (state->is_blended || state->is_masked || state->is_faint_fill || state->is_faint_stroke) {
        run->check->has_transparency = true;
    }
}

/** Painting with the current colour: 6.2.4. */
static void paint(Run *run, bool fill) {
    PdfaState *state = &run->state;
    note_transparency(run);
    bool *checked = fill ? &state->fill_checked : &state->stroke_checked;
    const PdfValue *space = fill ? state->fill : state->stroke;
    if (!*checked) {
        pdfa_check_colour_space(run->check, &run->resources, space);
        *checked = true;
    }
    if (state->overprint_mode == 1 && (fill ? state->overprints_fill : state->overprints_stroke) &&
        pdfa_is_icc_cmyk(run->check, space)) {
        pdfa_fault(run->check, PDFA_RULE_6_2_4_2_2);
    }
}

/** A colour space counts as used as soon as it is set, as the one of the beginning does when it is painted with. */
static void set_space(Run *run, bool fill, const PdfValue *space) {
    const bool checked = fill ? run->state.fill_checked && run->state.fill == space
                              : run->state.stroke_checked && run->state.stroke == space;
    if (!checked) {
        pdfa_check_colour_space(run->check, &run->resources, space);
    }
    if (fill) {
        run->state.fill_checked = true;
        run->state.fill = space;
    } else {
        run->state.stroke_checked = true;
        run->state.stroke = space;
    }
}

static void set_named_space(Run *run, bool fill, const PdfValue *name) {
    if (pdf_is_name(name, "DeviceGray")) {
        set_space(run, fill, &pdfa_device_gray);
    } else if (pdf_is_name(name, "DeviceRGB")) {
        set_space(run, fill, &pdfa_device_rgb);
    } else if (pdf_is_name(name, "DeviceCMYK")) {
        set_space(run, fill, &pdfa_device_cmyk);
    } else if (pdf_is_name(name, "Pattern")) {
        set_space(run, fill, &pattern_space);
    } else {
        const PdfValue *entry = pdfa_resource(run->check, &run->resources, "ColorSpace", name);
        const PdfValue *space = entry != NULL ? pdfa_resolve(run->check, entry) : &pdfa_device_gray;
        set_space(run, fill, pdfa_is_colour_space(run->check, space) ? space : &pdfa_device_gray);
    }
}

static void check_shading(Run *run, const PdfValue *shading) {
    const PdfValue *space = pdf_entry(shading, "ColorSpace");
    if (space != NULL) {
        pdfa_check_colour_space(run->check, &run->resources, space);
    }
}

/** A pattern that is painted with. */
static void check_pattern(Run *run, const PdfValue *name) {
    PdfaCheck *check = run->check;
    const PdfValue *entry = pdfa_resource(check, &run->resources, "Pattern", name);
    const PdfValue *pattern = entry != NULL ? pdfa_resolve(check, entry) : pdfa_null_value();
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    if (pattern->kind == PDF_STREAM) {
        const PdfValue *paint_type = pdfa_get(check, pattern, "PaintType");
        PdfaState state = pdfa_initial_state();
        /* An uncoloured pattern is painted in the underlying space, which was checked when it was set. */
        state.fill_checked = paint_type->kind == PDF_INTEGER && paint_type->integer == 2;
        state.stroke_checked = state.fill_checked;
        pdfa_follow_form(check, entry, &run->resources, &state);
    } else if (pdfa_is_dictionary(pattern)) {
        const PdfValue *shading = pdfa_get(check, pattern, "Shading"), *state = pdf_entry(pattern, "ExtGState");
        PdfaState unused = pdfa_initial_state();
        if (pdfa_is_dictionary(shading)) {
            check_shading(run, shading);
        }
        if (state != NULL) {
            pdfa_check_graphics_state(check, state, &unused);
        }
    }
    check->at = before;
}

static void draw(Run *run, const PdfValue *name) {
    PdfaCheck *check = run->check;
    const PdfValue *entry = pdfa_resource(check, &run->resources, "XObject", name);
    const PdfValue *object = entry != NULL ? pdfa_resolve(check, entry) : pdfa_null_value();
    const PdfValue *kind = pdfa_get(check, object, "Subtype");
    note_transparency(run);
    if (pdf_is_name(kind, "Image")) {
        const PdfValue *mask = pdfa_get(check, object, "ImageMask");
        if (mask->kind == PDF_BOOLEAN && mask->boolean) {
            paint(run, true);
        }
        pdfa_check_image(check, &run->resources, entry);
    } else if (pdf_is_name(kind, "Form")) {
        if (pdf_is_name(pdfa_get(check, object, "Subtype2"), "PS")) {
            pdfa_fault(check, PDFA_RULE_6_2_9_1);
        }
        pdfa_follow_form(check, entry, &run->resources, &run->state);
    } else if (pdf_is_name(kind, "PS")) {
        pdfa_fault(check, PDFA_RULE_6_2_9_3);
    }
}

static void show(Run *run, const PdfValue *string) {
    PdfaState *state = &run->state;
    const int64_t mode = state->rendering_mode;
    if (string->kind != PDF_STRING) {
        return;
    }
    if (mode == 0 || mode == 2 || mode == 4 || mode == 6) {
        paint(run, true);
    }
    if (mode == 1 || mode == 2 || mode == 5 || mode == 6) {
        paint(run, false);
    }
    if (state->font != NULL) {
        pdfa_show_text(run->check, state->font, string->text, state, &run->resources);
    }
}

static const PdfValue *last_operand(const Run *run) {
    return run->operand_count > 0 ? &run->operands[run->operand_count - 1] : pdfa_null_value();
}

static void set_font(Run *run) {
    if (run->operand_count < 2) {
        return;
    }
    const PdfValue *entry = pdfa_resource(run->check, &run->resources, "Font", &run->operands[run->operand_count - 2]);
    run->state.font = entry != NULL ? pdfa_font(run->check, entry) : NULL;
}

static void save(Run *run) {
    if (run->level < STACK_MAX) {
        run->stack[run->level] = run->state;
    }
    run->level++;
    if (run->level > NESTING_MAX) {
        pdfa_fault(run->check, PDFA_RULE_6_1_13_8);
    }
}

static void restore(Run *run) {
    if (run->level > 0) {
        run->level--;
        run->state = run->stack[run->level < STACK_MAX ? run->level : STACK_MAX - 1];
    }
}

/** Whether "EI" at a place ends an inline image: white space around it and words behind it. */
static bool ends_image(Text bytes, size_t at) {
    if (bytes.data[at] != 'E' || bytes.data[at + 1] != 'I' || !pdf_is_space(bytes.data[at - 1]) ||
        (at + 2 < bytes.size && !pdf_is_space(bytes.data[at + 2]))) {
        return false;
    }
    for (size_t i = at + 2; i < bytes.size && i < at + 12; i++) {
        const char c = bytes.data[i];
        if (!pdf_is_space(c) && (c < ' ' || c > '~')) {
            return false;
        }
    }
    return true;
}

/** An inline image from behind BI to behind EI. */
static bool read_inline_image(Run *run) {
    PdfParser *parser = &run->parser;
    run->operand_count = 0;
    while (!pdf_skip_keyword(parser, "ID")) {
        PdfValue value;
        if (run->operand_count == OPERANDS_MAX || parser->at >= parser->bytes.size ||
            !pdfa_took(run->check, pdf_parse_value(parser, &value))) {
            return false;
        }
        pdfa_check_value(run->check, &value, 0);
        run->operands[run->operand_count++] = value;
    }
    PdfValue dictionary = {.kind = PDF_DICTIONARY, .count = 0, .items = run->operands};
    for (size_t i = 0; i + 1 < run->operand_count && run->operands[i].kind == PDF_NAME; i += 2) {
        dictionary.count++;
    }
    const PdfValue *mask = pdf_entry(&dictionary, "IM");
    mask = mask != NULL ? mask : pdf_entry(&dictionary, "ImageMask");
    if (mask != NULL && mask->kind == PDF_BOOLEAN && mask->boolean) {
        paint(run, true);
    }
    pdfa_check_inline_image(run->check, &run->resources, &dictionary);
    for (size_t at = parser->at + 1; at + 1 < parser->bytes.size; at++) {
        if (ends_image(parser->bytes, at)) {
            parser->at = at + 2;
            return true;
        }
    }
    parser->at = parser->bytes.size;
    return true;
}

static void do_colour(Run *run, Operator code) {
    const bool fill = code == OP_GRAY_FILL || code == OP_RGB_FILL || code == OP_CMYK_FILL || code == OP_SPACE_FILL;
    if (code == OP_SPACE_FILL || code == OP_SPACE_STROKE) {
        set_named_space(run, fill, last_operand(run));
    } else {
        set_space(run, fill,
                  code == OP_GRAY_FILL || code == OP_GRAY_STROKE ? &pdfa_device_gray
                  : code == OP_RGB_FILL || code == OP_RGB_STROKE ? &pdfa_device_rgb
                                                                 : &pdfa_device_cmyk);
    }
}

static void do_text(Run *run, Operator code) {
    const PdfValue *last = last_operand(run);
    switch (code) {
    case OP_FONT:
        set_font(run);
        break;
    case OP_MODE:
        run->state.rendering_mode = last->kind == PDF_INTEGER ? last->integer : 0;
        break;
    case OP_SHOW_ARRAY:
        for (uint32_t i = 0; last->kind == PDF_ARRAY && i < last->count; i++) {
            show(run, &last->items[i]);
        }
        break;
    default:
        show(run, last);
        break;
    }
}

static void do_named(Run *run, Operator code) {
    const PdfValue *last = last_operand(run), *entry = NULL;
    switch (code) {
    case OP_SHADE:
        note_transparency(run);
        entry = pdfa_resource(run->check, &run->resources, "Shading", last);
        if (entry != NULL) {
            check_shading(run, pdfa_resolve(run->check, entry));
        }
        break;
    case OP_DRAW:
        draw(run, last);
        break;
    case OP_STATE:
        entry = pdfa_resource(run->check, &run->resources, "ExtGState", last);
        if (entry != NULL) {
            pdfa_check_graphics_state(run->check, entry, &run->state);
        }
        break;
    case OP_INTENT:
        pdfa_check_intent(run->check, last);
        break;
    case OP_PROPERTIES:
        (void)pdfa_resource(run->check, &run->resources, "Properties", last);
        break;
    default:
        if (last->kind == PDF_NAME) {
            check_pattern(run, last);
        }
        break;
    }
}

static bool do_operator(Run *run, Operator code) {
    switch (code) {
    case OP_PLAIN:
        break;
    case OP_SAVE:
        save(run);
        break;
    case OP_RESTORE:
        restore(run);
        break;
    case OP_FILL:
    case OP_FILL_STROKE:
        paint(run, true);
        if (code == OP_FILL_STROKE) {
            paint(run, false);
        }
        break;
    case OP_STROKE:
        paint(run, false);
        break;
    case OP_GLYPH:
        if (run->operand_count > 0) {
            run->check->has_glyph_width = pdfa_number(&run->operands[0], &run->check->glyph_width);
        }
        break;
    case OP_INLINE:
        return read_inline_image(run);
    case OP_FONT:
    case OP_MODE:
    case OP_SHOW:
    case OP_SHOW_ARRAY:
        do_text(run, code);
        break;
    case OP_GRAY_FILL:
    case OP_GRAY_STROKE:
    case OP_RGB_FILL:
    case OP_RGB_STROKE:
    case OP_CMYK_FILL:
    case OP_CMYK_STROKE:
    case OP_SPACE_FILL:
    case OP_SPACE_STROKE:
        do_colour(run, code);
        break;
    case OP_SHADE:
    case OP_DRAW:
    case OP_STATE:
    case OP_INTENT:
    case OP_PROPERTIES:
    case OP_COLOUR:
        do_named(run, code);
        break;
    }
    return true;
}

/** The word at the parser's place: an operator, true, false or null. */
static Text read_word(PdfParser *parser) {
    const size_t start = parser->at;
    while (parser->at < parser->bytes.size && pdf_is_regular(parser->bytes.data[parser->at])) {
        parser->at++;
    }
    return text_slice(parser->bytes, start, parser->at);
}

static void keep_operand(Run *run, const PdfValue *value) {
    pdfa_check_value(run->check, value, 0);
    if (run->operand_count < OPERANDS_MAX) {
        run->operands[run->operand_count++] = *value;
    }
}

/** Most of what content holds: a number of a few digits, which breaks no limit. False, and nothing read, for others. */
static bool read_plain_number(Run *run) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const Text bytes = run->parser.bytes;
    const size_t start = run->parser.at;
    size_t at = start + (bytes.data[start] == '-'), digits = 0, behind_point = 0;
    int64_t whole = 0;
    bool has_point = false;
    for (; at < bytes.size && pdf_is_regular(bytes.data[at]); at++) {
        const char c = bytes.data[at];
        if (c >= '0' && c <= '9' && digits < 9) {
            whole = whole * 10 + (c - '0');
            digits++;
            behind_point += has_point;
        } else if (c == '.' && !has_point) {
            has_point = true;
        } else {
            return false;
        }
    }
    if (digits == 0 || run->operand_count == OPERANDS_MAX) {
        return false;
    }
    whole = bytes.data[start] == '-' ? -whole : whole;
    PdfValue *value = &run->operands[run->operand_count++];
    value->source = (Text){bytes.data + start, at - start};
    if (has_point) {
        value->kind = PDF_REAL;
        value->real = (double)whole / powers[behind_point];
    } else {
        value->kind = PDF_INTEGER;
        value->integer = whole;
    }
    run->parser.at = at;
    return true;
}

/** An operand, or an operator with what it does. False when the stream cannot be read further. */
static bool read_item(Run *run) {
    PdfParser *parser = &run->parser;
    const char c = parser->bytes.data[parser->at];
    const bool word = pdf_is_regular(c) && (c < '0' || c > '9') && c != '-' && c != '+' && c != '.';
    if (!word) {
        if (read_plain_number(run)) {
            return true;
        }
        PdfValue value;
        const Status status = pdf_parse_value(parser, &value);
        if (status == STATUS_INVALID) {
            const Text words = failure_take();
            pdfa_fault_of(run->check, PDFA_RULE_6_2_2_1, "The reason: %.*s.", TEXT_ARG(words));
            return false;
        }
        if (!pdfa_took(run->check, status)) {
            return false;
        }
        keep_operand(run, &value);
        return true;
    }
    const Text name = read_word(parser);
    Operator code = OP_PLAIN;
    if (text_equal(name, TEXT("true")) || text_equal(name, TEXT("false")) || text_equal(name, TEXT("null"))) {
        keep_operand(run, pdfa_null_value());
        return true;
    }
    if (!find_operator(name, &code)) {
        const Text head = text_slice(name, 0, 40);
        pdfa_fault_of(run->check, PDFA_RULE_6_2_2_1, "It is %.*s.", TEXT_ARG(head));
    } else if (!do_operator(run, code)) {
        return false;
    }
    run->operand_count = 0;
    return true;
}

void pdfa_run_content(PdfaCheck *check, Text content, PdfaResources resources, const PdfaState *state) {
    void *items = NULL, *memory = NULL;
    if (!pdfa_took(check, arena_try_allocate(check->arena, STACK_ITEMS * sizeof(PdfValue), &items)) ||
        !pdfa_took(check, arena_try_allocate(check->arena, sizeof(Run), &memory))) {
        return;
    }
    Run *run = memory;
    run->check = check;
    run->resources = resources;
    run->state = *state;
    run->level = 0;
    run->operand_count = 0;
    /* Each content has its own memory for operands: contents nest within one another. */
    Arena *scratch = arena_open(SCRATCH_SIZE);
    run->parser = (PdfParser){.arena = scratch, .bytes = content, .tolerant = true, .direct = true};
    while (pdfa_goes_on(check)) {
        pdf_skip_space(&run->parser);
        if (run->parser.at >= content.size) {
            break;
        }
        if (run->operand_count == 0 && arena_used(scratch) > 0) {
            arena_reset(scratch);
        }
        run->parser.stack = items;
        run->parser.stack_capacity = STACK_ITEMS;
        if (!read_item(run)) {
            break;
        }
    }
    arena_close(scratch);
}
