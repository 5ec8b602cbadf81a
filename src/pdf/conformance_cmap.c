/** Reading CMaps, and those that every reader knows. */
#include "pdf/conformance_cmap.h"

#include <string.h>

#include "pdf/reader_internal.h"

#define OPERANDS_MAX  512u
#define CODE_SIZE_MAX 4u

/** The predefined CMaps of a character collection up to a supplement; each also ends in V where `vertical`. */
typedef struct Predefined {
    const char *name; /**< without its direction */
    const char *ordering;
    int64_t supplement;
} Predefined;

/* ISO 32000-1, table 118; the supplements are those of the published CMaps. */
static const Predefined predefined[] = {
    {"GB-EUC", "GB1", 0},
    {"GBpc-EUC", "GB1", 0},
    {"GBK-EUC", "GB1", 2},
    {"GBKp-EUC", "GB1", 2},
    {"GBK2K", "GB1", 4},
    {"UniGB-UCS2", "GB1", 4},
    {"UniGB-UTF16", "GB1", 5},
    {"B5pc", "CNS1", 0},
    {"HKscs-B5", "CNS1", 5},
    {"ETen-B5", "CNS1", 0},
    {"ETenms-B5", "CNS1", 0},
    {"CNS-EUC", "CNS1", 0},
    {"UniCNS-UCS2", "CNS1", 3},
    {"UniCNS-UTF16", "CNS1", 6},
    {"83pv-RKSJ", "Japan1", 1},
    {"90ms-RKSJ", "Japan1", 2},
    {"90msp-RKSJ", "Japan1", 2},
    {"90pv-RKSJ", "Japan1", 1},
    {"Add-RKSJ", "Japan1", 1},
    {"EUC", "Japan1", 1},
    {"Ext-RKSJ", "Japan1", 2},
    {"UniJIS-UCS2", "Japan1", 4},
    {"UniJIS-UCS2-HW", "Japan1", 4},
    {"UniJIS-UTF16", "Japan1", 6},
    {"KSC-EUC", "Korea1", 0},
    {"KSCms-UHC", "Korea1", 1},
    {"KSCms-UHC-HW", "Korea1", 1},
    {"KSCpc-EUC", "Korea1", 0},
    {"UniKS-UCS2", "Korea1", 1},
    {"UniKS-UTF16", "Korea1", 2},
};

/** The name without its direction; false when it has none. */
static bool cut_direction(Text name, Text *ret_base, bool *ret_vertical) {
    if (!text_ends_with(name, TEXT("-H")) && !text_ends_with(name, TEXT("-V"))) {
        return false;
    }
    *ret_base = text_slice(name, 0, name.size - 2);
    *ret_vertical = name.data[name.size - 1] == 'V';
    return true;
}

static const Predefined *find_predefined(Text name) {
    static const Predefined plain = {"", "Japan1", 1};
    Text base = {0};
    bool vertical = false;
    if (text_equal(name, TEXT("H")) || text_equal(name, TEXT("V"))) {
        return &plain;
    }
    if (!cut_direction(name, &base, &vertical)) {
        return NULL;
    }
    const bool level = text_equal(base, TEXT("83pv-RKSJ")) || text_equal(base, TEXT("90pv-RKSJ")) ||
                       text_equal(base, TEXT("KSCpc-EUC"));
    for (size_t i = 0; i < sizeof predefined / sizeof *predefined && !(vertical && level); i++) {
        if (text_equal(base, text_of(predefined[i].name))) {
            return &predefined[i];
        }
    }
    return NULL;
}

bool cmap_is_predefined(Text name) {
    return text_equal(name, TEXT("Identity-H")) || text_equal(name, TEXT("Identity-V")) ||
           find_predefined(name) != NULL;
}

bool cmap_collection(Text name, Text *ret_ordering, int64_t *ret_supplement) {
    const Predefined *found = find_predefined(name);
    if (found != NULL) {
        *ret_ordering = text_of(found->ordering);
        *ret_supplement = found->supplement;
    }
    return found != NULL;
}

static Status add_range(Arena *arena, PdfaCodeRanges *ranges, const PdfaCodeRange *range) {
    if (ranges->count == ranges->capacity) {
        const size_t capacity = ranges->capacity == 0 ? 16 : ranges->capacity * 2;
        void *memory = NULL;
        TRY(arena_try_allocate(arena, capacity * sizeof(PdfaCodeRange), &memory));
        if (ranges->count > 0) {
            memcpy(memory, ranges->items, ranges->count * sizeof(PdfaCodeRange));
        }
        ranges->items = memory;
        ranges->capacity = capacity;
    }
    ranges->items[ranges->count++] = *range;
    return STATUS_OK;
}

static bool code_of(const PdfValue *value, PdfaCodeRange *range, uint32_t *ret_code) {
    if (value->kind != PDF_STRING || value->text.size == 0 || value->text.size > CODE_SIZE_MAX) {
        return false;
    }
    uint32_t code = 0;
    for (size_t i = 0; i < value->text.size; i++) {
        code = code << 8 | (unsigned char)value->text.data[i];
    }
    range->size = (unsigned)value->text.size;
    *ret_code = code;
    return true;
}

/** What is being read: the CMap, and the operands since the last operator. */
typedef struct Reading {
    Arena *arena;
    PdfaCMap *cmap;
    PdfValue *operands;
    size_t count;
} Reading;

static Status take_spaces(Reading *reading) {
    for (size_t i = 0; i + 1 < reading->count; i += 2) {
        PdfaCodeRange range = {0};
        if (code_of(&reading->operands[i], &range, &range.low) &&
            code_of(&reading->operands[i + 1], &range, &range.high)) {
            TRY(add_range(reading->arena, &reading->cmap->spaces, &range));
        }
    }
    return STATUS_OK;
}

/** cidrange and cidchar: `step` operands each, the last a CID. */
static Status take_cids(Reading *reading, size_t step) {
    for (size_t i = 0; i + step <= reading->count; i += step) {
        PdfaCodeRange range = {0};
        const PdfValue *cid = &reading->operands[i + step - 1];
        if (!code_of(&reading->operands[i], &range, &range.low) ||
            !code_of(&reading->operands[i + step - 2], &range, &range.high) || cid->kind != PDF_INTEGER ||
            cid->integer < 0 || cid->integer > UINT32_MAX || range.high < range.low) {
            continue;
        }
        range.cid = (uint32_t)cid->integer;
        const uint64_t highest = (uint64_t)range.cid + (range.high - range.low);
        if (highest > reading->cmap->highest_cid) {
            reading->cmap->highest_cid = highest > UINT32_MAX ? UINT32_MAX : (uint32_t)highest;
        }
        TRY(add_range(reading->arena, &reading->cmap->cids, &range));
    }
    return STATUS_OK;
}

/** bfrange with an array: a value for each code. */
static Status take_list(Reading *reading, PdfaCodeRange range, const PdfValue *list) {
    for (uint32_t i = 0; i < list->count && range.low <= range.high; i++, range.low++) {
        const PdfaCodeRange one = {.size = range.size,
                                   .low = range.low,
                                   .high = range.low,
                                   .unicode = list->items[i].kind == PDF_STRING ? list->items[i].text : (Text){"", 0}};
        TRY(add_range(reading->arena, &reading->cmap->characters, &one));
        if (range.low == UINT32_MAX) {
            break;
        }
    }
    return STATUS_OK;
}

/** bfrange and bfchar. */
static Status take_characters(Reading *reading, size_t step) {
    for (size_t i = 0; i + step <= reading->count; i += step) {
        PdfaCodeRange range = {0};
        const PdfValue *value = &reading->operands[i + step - 1];
        if (!code_of(&reading->operands[i], &range, &range.low) ||
            !code_of(&reading->operands[i + step - 2], &range, &range.high)) {
            continue;
        }
        if (value->kind == PDF_ARRAY) {
            TRY(take_list(reading, range, value));
        } else if (value->kind == PDF_STRING) {
            range.unicode = value->text;
            TRY(add_range(reading->arena, &reading->cmap->characters, &range));
        }
    }
    return STATUS_OK;
}

static Status take_operator(Reading *reading, Text word) {
    const size_t count = reading->count;
    const PdfValue *last = count > 0 ? &reading->operands[count - 1] : NULL;
    if (text_equal(word, TEXT("endcodespacerange"))) {
        TRY(take_spaces(reading));
    } else if (text_equal(word, TEXT("endcidrange"))) {
        TRY(take_cids(reading, 3));
    } else if (text_equal(word, TEXT("endcidchar"))) {
        TRY(take_cids(reading, 2));
    } else if (text_equal(word, TEXT("endbfrange"))) {
        TRY(take_characters(reading, 3));
    } else if (text_equal(word, TEXT("endbfchar"))) {
        TRY(take_characters(reading, 2));
    } else if (text_equal(word, TEXT("usecmap")) && last != NULL && last->kind == PDF_NAME) {
        reading->cmap->uses = last->text;
    } else if (text_equal(word, TEXT("def")) && count >= 2 && pdf_is_name(&reading->operands[count - 2], "WMode") &&
               last->kind == PDF_INTEGER) {
        reading->cmap->writing_mode = last->integer;
    }
    reading->count = 0;
    return STATUS_OK;
}

/** An operand or an operator. @return STATUS_NOT_FOUND at the end, or where it cannot be understood */
static Status take_item(Reading *reading, PdfParser *parser) {
    pdf_skip_space(parser);
    if (parser->at >= parser->bytes.size) {
        return STATUS_NOT_FOUND;
    }
    const char c = parser->bytes.data[parser->at];
    const bool word = pdf_is_regular(c) && (c < '0' || c > '9') && c != '-' && c != '+' && c != '.';
    if (!word) {
        PdfValue value;
        const Status status = pdf_parse_value(parser, &value);
        if (status == STATUS_INVALID) {
            return STATUS_NOT_FOUND;
        }
        TRY(status);
        if (reading->count < OPERANDS_MAX) {
            reading->operands[reading->count++] = value;
        }
        return STATUS_OK;
    }
    const size_t start = parser->at;
    while (parser->at < parser->bytes.size && pdf_is_regular(parser->bytes.data[parser->at])) {
        parser->at++;
    }
    return take_operator(reading, text_slice(parser->bytes, start, parser->at));
}

Status cmap_read(Arena *arena, Text bytes, PdfaCMap *ret_cmap) {
    void *memory = NULL;
    TRY(arena_try_allocate(arena, OPERANDS_MAX * sizeof(PdfValue), &memory));
    PdfaCMap cmap = {.uses = {NULL, 0}};
    Reading reading = {.arena = arena, .cmap = &cmap, .operands = memory};
    PdfParser parser = {.arena = arena, .bytes = bytes, .tolerant = true};
    Status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = take_item(&reading, &parser);
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    *ret_cmap = cmap;
    return STATUS_OK;
}

/** Each byte of the code lies within those of the space's ends. */
static bool is_within(const PdfaCodeRange *space, uint32_t code) {
    for (unsigned shift = 0; shift < space->size * 8; shift += 8) {
        const uint32_t byte = code >> shift & 255;
        if (byte < (space->low >> shift & 255) || byte > (space->high >> shift & 255)) {
            return false;
        }
    }
    return true;
}

uint32_t cmap_next_code(const PdfaCMap *cmap, Text *rest, unsigned *ret_size) {
    uint32_t code = 0;
    unsigned least = cmap->spaces.count == 0 ? 2 : CODE_SIZE_MAX;
    for (unsigned size = 1; size <= CODE_SIZE_MAX && size <= rest->size; size++) {
        code = code << 8 | (unsigned char)rest->data[size - 1];
        for (size_t i = 0; i < cmap->spaces.count; i++) {
            const PdfaCodeRange *space = &cmap->spaces.items[i];
            least = space->size < least ? space->size : least;
            if (space->size == size && is_within(space, code)) {
                *rest = text_slice(*rest, size, rest->size);
                *ret_size = size;
                return code;
            }
        }
    }
    const unsigned size = least < rest->size ? least : (unsigned)rest->size;
    code = 0;
    for (unsigned i = 0; i < size; i++) {
        code = code << 8 | (unsigned char)rest->data[i];
    }
    *rest = text_slice(*rest, size, rest->size);
    *ret_size = size;
    return code;
}

uint32_t cmap_cid(const PdfaCMap *cmap, uint32_t code, unsigned size) {
    for (size_t i = cmap->cids.count; i-- > 0;) {
        const PdfaCodeRange *range = &cmap->cids.items[i];
        if (range->size == size && code >= range->low && code <= range->high) {
            return range->cid + (code - range->low);
        }
    }
    return 0;
}

const PdfaCodeRange *cmap_character(const PdfaCMap *cmap, uint32_t code) {
    for (size_t i = cmap->characters.count; i-- > 0;) {
        const PdfaCodeRange *range = &cmap->characters.items[i];
        if (code >= range->low && code <= range->high) {
            return range;
        }
    }
    return NULL;
}
