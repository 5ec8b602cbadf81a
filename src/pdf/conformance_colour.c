/** ISO 19005-3, 6.2.3 and 6.2.4: output intents, ICC profiles and colour spaces. */
#include <string.h>

#include "pdf/conformance_inside.h"

#define COLOURANTS_MAX 32u
/* Where things stand in the head of an ICC profile. */
enum { ICC_VERSION = 8, ICC_CLASS = 12, ICC_SPACE = 16, ICC_HEAD = 20, ICC_VERSION_MAX = 5 };

/** The head of an ICC profile. */
typedef struct Profile {
    Text class, space;
    unsigned version;
} Profile;

/** A Separation colour space that was met. */
struct PdfaSeparation {
    Text name;
    const PdfValue *alternate, *tint;
    PdfaSeparation *next;
};

static bool is_one_of(Text text, const char *four_letter_words) {
    for (size_t i = 0; four_letter_words[i] != '\0'; i += 4) {
        if (text_equal(text, (Text){four_letter_words + i, 4})) {
            return true;
        }
    }
    return false;
}

/** Reads a profile's head; false when there is none. */
static bool read_profile(PdfaCheck *check, const PdfValue *stream, Profile *ret_profile) {
    Text bytes = {0}, filter = {0};
    if (stream->kind != PDF_STREAM || !pdfa_took(check, pdf_stream_unpacked(check->file, stream, &bytes, &filter)) ||
        bytes.size < ICC_HEAD) {
        return false;
    }
    *ret_profile = (Profile){.class = text_slice(bytes, ICC_CLASS, ICC_CLASS + 4),
                             .space = text_slice(bytes, ICC_SPACE, ICC_SPACE + 4),
                             .version = (unsigned char)bytes.data[ICC_VERSION]};
    return true;
}

static PdfaOutput output_of(Text space) {
    return text_equal(space, TEXT("RGB "))   ? PDFA_OUTPUT_RGB
           : text_equal(space, TEXT("CMYK")) ? PDFA_OUTPUT_CMYK
           : text_equal(space, TEXT("GRAY")) ? PDFA_OUTPUT_GRAY
                                             : PDFA_OUTPUT_NONE;
}

/** One output intent: 6.2.3. */
static void check_output_intent(PdfaCheck *check, const PdfValue *entry, const PdfValue **destination) {
    const PdfValue *intent = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(intent)) {
        return;
    }
    check->at = pdfa_place(check, entry);
    const PdfValue *kind = pdfa_get(check, intent, "S"), *profile_entry = pdf_entry(intent, "DestOutputProfile");
    if (pdf_is_name(kind, "GTS_PDFX") && pdfa_has(check, intent, "DestOutputProfileRef")) {
        pdfa_fault(check, PDFA_RULE_6_2_3_3);
    }
    if (profile_entry == NULL) {
        return;
    }
    if (*destination != NULL && ((*destination)->kind != PDF_REFERENCE || profile_entry->kind != PDF_REFERENCE ||
                                 (*destination)->reference.number != profile_entry->reference.number)) {
        pdfa_fault(check, PDFA_RULE_6_2_3_2);
    }
    *destination = profile_entry;
    Profile profile = {0};
    const bool read = read_profile(check, pdfa_resolve(check, profile_entry), &profile);
    if (!read || !is_one_of(profile.class, "prtrmntr") || !is_one_of(profile.space, "RGB CMYKGRAY") ||
        profile.version >= ICC_VERSION_MAX) {
        pdfa_fault(check, PDFA_RULE_6_2_3_1);
    }
    if (read && pdf_is_name(kind, "GTS_PDFA1")) {
        check->output = output_of(profile.space);
    }
}

void pdfa_check_output_intents(PdfaCheck *check) {
    const PdfValue *list = pdfa_get(check, check->catalog, "OutputIntents");
    const PdfValue *destination = NULL;
    for (uint32_t i = 0; list->kind == PDF_ARRAY && i < list->count && pdfa_goes_on(check); i++) {
        check_output_intent(check, &list->items[i], &destination);
    }
    check->at = check->catalog_reference;
}

/** The value of a dictionary's key, whatever its place; NULL when absent. */
static const PdfValue *entry_named(const PdfValue *dictionary, Text name) {
    for (uint32_t i = 0; pdfa_is_dictionary(dictionary) && i < dictionary->count; i++) {
        if (text_equal(dictionary->items[i * 2].text, name)) {
            return &dictionary->items[i * 2 + 1];
        }
    }
    return NULL;
}

static bool is_about_packing(Text key) {
    return text_equal(key, TEXT("Length")) || text_equal(key, TEXT("Filter")) || text_equal(key, TEXT("DecodeParms"));
}

static bool same(PdfaCheck *check, const PdfValue *a, const PdfValue *b, unsigned depth);

static bool same_dictionary(PdfaCheck *check, const PdfValue *a, const PdfValue *b, unsigned depth) {
    for (uint32_t i = 0; i < a->count; i++) {
        const Text key = a->items[i * 2].text;
        const PdfValue *other = entry_named(b, key);
        const bool packing = a->kind == PDF_STREAM && is_about_packing(key);
        if (!packing && (other == NULL || !same(check, &a->items[i * 2 + 1], other, depth + 1))) {
            return false;
        }
    }
    if (a->kind == PDF_DICTIONARY) {
        return a->count == b->count;
    }
    Text one = {0}, two = {0}, filter = {0};
    return pdfa_took(check, pdf_stream_unpacked(check->file, a, &one, &filter)) &&
           pdfa_took(check, pdf_stream_unpacked(check->file, b, &two, &filter)) && text_equal(one, two);
}

/** Two objects are equal, however they are packed and wherever they stand. */
static bool same(PdfaCheck *check, const PdfValue *a, const PdfValue *b, unsigned depth) {
    if (a->kind == PDF_REFERENCE && b->kind == PDF_REFERENCE && a->reference.number == b->reference.number) {
        return true;
    }
    a = pdfa_resolve(check, a);
    b = pdfa_resolve(check, b);
    double one = 0, two = 0;
    if (depth > PDFA_DEPTH_MAX || !pdfa_goes_on(check)) {
        return false;
    }
    if (a == b) {
        return true;
    }
    if (pdfa_number(a, &one) && pdfa_number(b, &two)) {
        return one <= two && one >= two;
    }
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case PDF_BOOLEAN:
        return a->boolean == b->boolean;
    case PDF_STRING:
    case PDF_NAME:
        return text_equal(a->text, b->text);
    case PDF_ARRAY:
        for (uint32_t i = 0; i < a->count && a->count == b->count; i++) {
            if (!same(check, &a->items[i], &b->items[i], depth + 1)) {
                return false;
            }
        }
        return a->count == b->count;
    case PDF_DICTIONARY:
    case PDF_STREAM:
        return same_dictionary(check, a, b, depth);
    case PDF_NULL:
    case PDF_INTEGER:
    case PDF_REAL:
    case PDF_REFERENCE:
        break;
    }
    return true;
}

/** 6.2.4.4: one name, one meaning. */
static void note_separation(PdfaCheck *check, const PdfValue *space) {
    const PdfValue *name = pdfa_resolve(check, &space->items[1]);
    const PdfValue *alternate = &space->items[2], *tint = &space->items[3];
    if (name->kind != PDF_NAME) {
        return;
    }
    if (!text_is_utf8(name->text)) {
        pdfa_fault(check, PDFA_RULE_6_1_8_1);
    }
    for (PdfaSeparation *known = check->separations; known != NULL && pdfa_goes_on(check); known = known->next) {
        if (text_equal(known->name, name->text)) {
            if (!same(check, known->alternate, alternate, 0) || !same(check, known->tint, tint, 0)) {
                pdfa_fault_of(check, PDFA_RULE_6_2_4_4_2, "The name is %.*s.", TEXT_ARG(name->text));
            }
            return;
        }
    }
    void *memory = NULL;
    if (pdfa_took(check, arena_try_allocate(check->arena, sizeof(PdfaSeparation), &memory))) {
        PdfaSeparation *separation = memory;
        *separation = (PdfaSeparation){name->text, alternate, tint, check->separations};
        check->separations = separation;
    }
}

static void check_separation(PdfaCheck *check, const PdfaResources *resources, const PdfValue *space) {
    if (space->count >= 4) {
        note_separation(check, space);
        pdfa_check_colour_space(check, resources, &space->items[2]);
    }
}

static bool is_process_component(PdfaCheck *check, const PdfValue *attributes, Text name) {
    static const char *const usual[] = {"None", "Cyan", "Magenta", "Yellow", "Black"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (text_equal(name, text_of(usual[i]))) {
            return true;
        }
    }
    const PdfValue *components = pdfa_get(check, pdfa_get(check, attributes, "Process"), "Components");
    for (uint32_t i = 0; components->kind == PDF_ARRAY && i < components->count; i++) {
        const PdfValue *component = pdfa_resolve(check, &components->items[i]);
        if (component->kind == PDF_NAME && text_equal(component->text, name)) {
            return true;
        }
    }
    return false;
}

static void check_device_n(PdfaCheck *check, const PdfaResources *resources, const PdfValue *space) {
    static const PdfValue none = {.kind = PDF_NULL};
    if (space->count < 4) {
        return;
    }
    const PdfValue *names = pdfa_resolve(check, &space->items[1]);
    const PdfValue *attributes = space->count > 4 ? pdfa_resolve(check, &space->items[4]) : &none;
    const PdfValue *colourants = pdfa_get(check, attributes, "Colorants");
    if (names->kind == PDF_ARRAY && names->count > COLOURANTS_MAX) {
        pdfa_fault(check, PDFA_RULE_6_1_13_9);
    }
    for (uint32_t i = 0; names->kind == PDF_ARRAY && i < names->count && pdfa_goes_on(check); i++) {
        const PdfValue *name = pdfa_resolve(check, &names->items[i]);
        if (name->kind != PDF_NAME) {
            continue;
        }
        if (!text_is_utf8(name->text)) {
            pdfa_fault(check, PDFA_RULE_6_1_8_1);
        }
        if (entry_named(colourants, name->text) == NULL && !is_process_component(check, attributes, name->text)) {
            pdfa_fault_of(check, PDFA_RULE_6_2_4_4_1, "It is %.*s.", TEXT_ARG(name->text));
        }
    }
    for (uint32_t i = 0; pdfa_is_dictionary(colourants) && i < colourants->count; i++) {
        pdfa_check_colour_space(check, resources, &colourants->items[i * 2 + 1]);
    }
    const PdfValue *process = pdf_entry(pdfa_get(check, attributes, "Process"), "ColorSpace");
    if (process != NULL) {
        pdfa_check_colour_space(check, resources, process);
    }
    pdfa_check_colour_space(check, resources, &space->items[2]);
}

static void check_icc_based(PdfaCheck *check, const PdfValue *space) {
    Profile profile = {0};
    if (space->count < 2 || !pdfa_first_time(check, &space->items[1], PDFA_SEEN_PROFILE)) {
        return;
    }
    if (!read_profile(check, pdfa_resolve(check, &space->items[1]), &profile) ||
        !is_one_of(profile.class, "prtrmntrscnrspac") || !is_one_of(profile.space, "RGB CMYKGRAYLab ") ||
        profile.version >= ICC_VERSION_MAX) {
        const PdfReference before = check->at;
        check->at = pdfa_place(check, &space->items[1]);
        pdfa_fault(check, PDFA_RULE_6_2_4_2_1);
        check->at = before;
    }
}

bool pdfa_is_icc_cmyk(PdfaCheck *check, const PdfValue *space) {
    static const int64_t components = 4;
    if (space->kind != PDF_ARRAY || space->count < 2 ||
        !pdf_is_name(pdfa_resolve(check, &space->items[0]), "ICCBased")) {
        return false;
    }
    const PdfValue *count = pdfa_get(check, pdfa_resolve(check, &space->items[1]), "N");
    return count->kind == PDF_INTEGER && count->integer == components;
}

bool pdfa_is_colour_space(PdfaCheck *check, const PdfValue *space) {
    static const char *const families[] = {"DeviceGray", "DeviceRGB", "DeviceCMYK", "CalGray", "CalRGB",     "Lab",
                                           "ICCBased",   "Indexed",   "Pattern",    "I",       "Separation", "DeviceN"};
    const bool listed = space->kind == PDF_ARRAY && space->count > 0;
    const PdfValue *family = listed ? pdfa_resolve(check, &space->items[0]) : space;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (pdf_is_name(family, families[i])) {
            return true;
        }
    }
    return false;
}

/** 6.2.4.3: a device space, unless the resources name a default in its place. */
static void check_device(PdfaCheck *check, const PdfaResources *resources, const char *standard, PdfaRule rule,
                         bool covered) {
    const PdfValue *spaces = pdfa_get(check, resources->own, "ColorSpace");
    const PdfValue *instead = pdf_entry(spaces, standard);
    if (instead != NULL && pdfa_is_colour_space(check, pdfa_resolve(check, instead))) {
        const PdfaResources none = {.own = pdfa_null_value()};
        pdfa_check_colour_space(check, &none, instead);
    } else if (!covered && !check->in_mask) {
        pdfa_fault(check, rule);
    }
}

static void check_array_space(PdfaCheck *check, const PdfaResources *resources, const PdfValue *space) {
    const PdfValue *family = pdfa_resolve(check, &space->items[0]);
    if (pdf_is_name(family, "ICCBased")) {
        check_icc_based(check, space);
    } else if (pdf_is_name(family, "Separation")) {
        check_separation(check, resources, space);
    } else if (pdf_is_name(family, "DeviceN")) {
        check_device_n(check, resources, space);
    } else if ((pdf_is_name(family, "Indexed") || pdf_is_name(family, "I") || pdf_is_name(family, "Pattern")) &&
               space->count > 1) {
        pdfa_check_colour_space(check, resources, &space->items[1]);
    } else if (space->count == 1) {
        pdfa_check_colour_space(check, resources, family);
    }
}

void pdfa_check_colour_space(PdfaCheck *check, const PdfaResources *resources, const PdfValue *entry) {
    const PdfValue *space = pdfa_resolve(check, entry);
    if (check->depth > PDFA_DEPTH_MAX || !pdfa_goes_on(check)) {
        return;
    }
    check->depth++;
    if (space->kind == PDF_ARRAY && space->count > 0) {
        check_array_space(check, resources, space);
    } else if (pdf_is_name(space, "DeviceGray") || pdf_is_name(space, "G")) {
        check_device(check, resources, "DefaultGray", PDFA_RULE_6_2_4_3_4, check->output != PDFA_OUTPUT_NONE);
    } else if (pdf_is_name(space, "DeviceRGB") || pdf_is_name(space, "RGB")) {
        check_device(check, resources, "DefaultRGB", PDFA_RULE_6_2_4_3_2, check->output == PDFA_OUTPUT_RGB);
    } else if (pdf_is_name(space, "DeviceCMYK") || pdf_is_name(space, "CMYK")) {
        check_device(check, resources, "DefaultCMYK", PDFA_RULE_6_2_4_3_3, check->output == PDFA_OUTPUT_CMYK);
    }
    check->depth--;
}
