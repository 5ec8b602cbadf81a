/** ISO 19005-3, 6.1: header, trailer, cross-references, objects, streams, and the limits of single values. */
#include <string.h>

#include "pdf/conformance_inside.h"

#define STRING_MAX  32767u
#define NAME_MAX    127u
#define REAL_MAX    3.403e38
#define REAL_MIN    1.175e-38
#define OBJECTS_MAX 8388607u

static bool is_line_end(char c) {
    return c == '\r' || c == '\n';
}

static bool is_space(char c) {
    return c == '\0' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/** The byte at a place; 0 outside. */
static char byte_at(Text bytes, size_t at) {
    return at < bytes.size ? bytes.data[at] : '\0';
}

/** How long the line end at a place is; 0 when there is none. */
static size_t line_end_size(Text bytes, size_t at) {
    if (byte_at(bytes, at) == '\r' && at < bytes.size) {
        return byte_at(bytes, at + 1) == '\n' && at + 1 < bytes.size ? 2 : 1;
    }
    return byte_at(bytes, at) == '\n' && at < bytes.size;
}

/** 6.1.2 */
static void check_header(PdfaCheck *check) {
    static const size_t header_size = sizeof "%PDF-1.n" - 1;
    const Text bytes = check->bytes;
    const char digit = byte_at(bytes, header_size - 1);
    const size_t end = line_end_size(bytes, header_size);
    if (!text_starts_with(bytes, TEXT("%PDF-1.")) || digit < '0' || digit > '7' || end == 0) {
        pdfa_fault(check, PDFA_RULE_6_1_2_1);
    }
    size_t at = header_size;
    while (at < bytes.size && !is_line_end(bytes.data[at])) {
        at++;
    }
    at += line_end_size(bytes, at);
    bool binary = byte_at(bytes, at) == '%';
    for (size_t i = 1; i <= 4; i++) {
        binary = binary && (unsigned char)byte_at(bytes, at + i) > 127;
    }
    if (!binary) {
        pdfa_fault(check, PDFA_RULE_6_1_2_2);
    }
}

/** 6.1.3 */
static void check_trailer(PdfaCheck *check) {
    const PdfValue *trailer = pdf_trailer(check->file);
    const PdfValue *identifier = pdfa_get(check, trailer, "ID");
    size_t size = 0;
    bool strings = identifier->kind == PDF_ARRAY && identifier->count == 2;
    for (uint32_t i = 0; strings && i < identifier->count; i++) {
        const PdfValue *half = pdfa_resolve(check, &identifier->items[i]);
        strings = half->kind == PDF_STRING;
        size += strings ? half->text.size : 0;
    }
    if (!strings || size == 0) {
        pdfa_fault(check, PDFA_RULE_6_1_3_1);
    }
    if (pdfa_has(check, trailer, "Encrypt")) {
        pdfa_fault(check, PDFA_RULE_6_1_3_2);
    }
    static const char mark[] = "%%EOF";
    const Text bytes = check->bytes;
    size_t at = bytes.size;
    while (at > 0 && !text_starts_with(text_slice(bytes, at, bytes.size), text_of(mark))) {
        at--;
    }
    at += strlen(mark);
    if (at > bytes.size || at + line_end_size(bytes, at) != bytes.size) {
        pdfa_fault(check, PDFA_RULE_6_1_3_3);
    }
}

/** 6.1.4 */
static void check_cross_references(PdfaCheck *check) {
    static const char word[] = "xref";
    for (size_t i = 0; i < pdf_section_count(check->file); i++) {
        size_t at = pdf_section_offset(check->file, i);
        while (at < check->bytes.size && is_space(check->bytes.data[at])) {
            at++;
        }
        if (text_starts_with(text_slice(check->bytes, at, check->bytes.size), text_of(word))) {
            at += strlen(word);
            const size_t end = line_end_size(check->bytes, at);
            if (end == 0 || !is_digit(byte_at(check->bytes, at + end))) {
                pdfa_fault(check, PDFA_RULE_6_1_4_2);
            }
        }
    }
}

static void check_hexadecimal(PdfaCheck *check, Text source) {
    size_t digits = 0;
    bool pure = true;
    for (size_t i = 1; i + 1 < source.size; i++) {
        const char c = source.data[i];
        if (!is_space(c)) {
            digits++;
            pure = pure && (is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
        }
    }
    if (digits % 2 != 0) {
        pdfa_fault(check, PDFA_RULE_6_1_6_1);
    }
    if (!pure) {
        pdfa_fault(check, PDFA_RULE_6_1_6_2);
    }
}

static void check_real(PdfaCheck *check, const PdfValue *value) {
    const double size = value->real < 0 ? -value->real : value->real;
    /* Only integers of many digits are read as reals. */
    if (value->source.size > 15 && memchr(value->source.data, '.', value->source.size) == NULL) {
        pdfa_fault(check, PDFA_RULE_6_1_13_1);
    } else if (size > REAL_MAX) {
        pdfa_fault(check, PDFA_RULE_6_1_13_2);
    } else if (size > 0 && size < REAL_MIN) {
        pdfa_fault(check, PDFA_RULE_6_1_13_5);
    }
}

void pdfa_check_value(PdfaCheck *check, const PdfValue *value, unsigned depth) {
    switch (value->kind) {
    case PDF_INTEGER:
        if (value->integer > INT32_MAX || value->integer < INT32_MIN) {
            pdfa_fault(check, PDFA_RULE_6_1_13_1);
        }
        break;
    case PDF_REAL:
        check_real(check, value);
        break;
    case PDF_STRING:
        if (value->source.size > 0 && value->source.data[0] == '<') {
            check_hexadecimal(check, value->source);
        }
        if (value->text.size > STRING_MAX) {
            pdfa_fault_of(check, PDFA_RULE_6_1_13_3, "It has %zu bytes.", value->text.size);
        }
        break;
    case PDF_NAME:
        if (value->text.size > NAME_MAX) {
            pdfa_fault(check, PDFA_RULE_6_1_13_4);
        }
        break;
    case PDF_ARRAY:
    case PDF_DICTIONARY:
    case PDF_STREAM: {
        const uint32_t count = value->kind == PDF_ARRAY ? value->count : value->count * 2;
        for (uint32_t i = 0; i < count && depth < PDF_NESTING_MAX + 1; i++) {
            pdfa_check_value(check, &value->items[i], depth + 1);
        }
        break;
    }
    case PDF_NULL:
    case PDF_BOOLEAN:
    case PDF_REFERENCE:
        break;
    }
}

/** 6.1.7.2: one filter, with its parameters. */
static void check_filter(PdfaCheck *check, const PdfValue *filter, const PdfValue *parameters) {
    static const char *const allowed[] = {"ASCIIHexDecode", "ASCII85Decode", "FlateDecode", "RunLengthDecode",
                                          "CCITTFaxDecode", "JBIG2Decode",   "DCTDecode",   "JPXDecode"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (pdf_is_name(filter, allowed[i])) {
            return;
        }
    }
    /* Without a name, Crypt is the identity. */
    const PdfValue *name = pdfa_get(check, parameters, "Name");
    if (!pdf_is_name(filter, "Crypt") || (pdfa_is(name) && !pdf_is_name(name, "Identity"))) {
        pdfa_fault(check, PDFA_RULE_6_1_7_2_1);
    }
}

static void check_filters(PdfaCheck *check, const PdfValue *stream) {
    static const PdfValue none = {.kind = PDF_NULL};
    const PdfValue *filter = pdfa_get(check, stream, "Filter"), *parameters = pdfa_get(check, stream, "DecodeParms");
    if (filter->kind != PDF_ARRAY) {
        if (pdfa_is(filter)) {
            check_filter(check, filter, parameters);
        }
        return;
    }
    for (uint32_t i = 0; i < filter->count && pdfa_goes_on(check); i++) {
        const bool has_own = parameters->kind == PDF_ARRAY && i < parameters->count;
        check_filter(check, pdfa_resolve(check, &filter->items[i]),
                     has_own ? pdfa_resolve(check, &parameters->items[i]) : &none);
    }
}

/** 6.1.7.1: the words around a stream's data. Returns where the word `endstream` ends; 0 when it is not found. */
static size_t check_stream(PdfaCheck *check, const PdfValue *stream, size_t dictionary_end) {
    static const char begin[] = "stream", finish[] = "endstream";
    const Text bytes = check->bytes;
    size_t at = dictionary_end;
    while (at < bytes.size && !text_starts_with(text_slice(bytes, at, bytes.size), text_of(begin))) {
        at++;
    }
    at += strlen(begin);
    const size_t start_end = line_end_size(bytes, at);
    if (start_end == 0 || byte_at(bytes, at + start_end - 1) != '\n') {
        pdfa_fault(check, PDFA_RULE_6_1_7_1_2);
    }
    const size_t start = at + start_end;
    const PdfValue *length = pdfa_get(check, stream, "Length");
    Text raw = {0};
    if (!pdfa_took(check, pdf_stream_raw(check->file, stream, &raw))) {
        return 0;
    }
    const bool possible = length->kind == PDF_INTEGER && length->integer >= 0 && start <= bytes.size &&
                          (uint64_t)length->integer <= bytes.size - start;
    size_t end = possible ? start + (size_t)length->integer : (size_t)(raw.data - bytes.data) + raw.size;
    const size_t finish_end = line_end_size(bytes, end);
    if (!possible || !text_starts_with(text_slice(bytes, end + finish_end, bytes.size), text_of(finish))) {
        pdfa_fault(check, PDFA_RULE_6_1_7_1_1);
        return 0;
    }
    if (finish_end == 0) {
        pdfa_fault(check, PDFA_RULE_6_1_7_1_2);
    }
    return end + finish_end + strlen(finish);
}

/** 6.1.9: "N G obj" at `offset`. Returns where it ends. */
static size_t check_object_head(PdfaCheck *check, size_t offset) {
    const Text bytes = check->bytes;
    size_t at = offset;
    while (at < bytes.size && is_space(bytes.data[at])) {
        at++;
    }
    bool sound = at == 0 || is_line_end(bytes.data[at - 1]);
    for (int number = 0; number < 2; number++) {
        while (is_digit(byte_at(bytes, at))) {
            at++;
        }
        sound = sound && at < bytes.size && is_space(bytes.data[at]);
        at++;
    }
    sound = sound && text_starts_with(text_slice(bytes, at, bytes.size), TEXT("obj"));
    at += 3;
    if (!sound || line_end_size(bytes, at) == 0) {
        pdfa_fault(check, PDFA_RULE_6_1_9_1);
    }
    return at;
}

/** 6.1.9: "endobj" behind a value that ends at `end`. */
static void check_object_end(PdfaCheck *check, size_t end) {
    static const char word[] = "endobj";
    const Text bytes = check->bytes;
    size_t at = end;
    while (at < bytes.size && (is_space(bytes.data[at]) || bytes.data[at] == '%')) {
        const bool comment = bytes.data[at] == '%';
        at++;
        while (comment && at < bytes.size && !is_line_end(bytes.data[at])) {
            at++;
        }
    }
    const bool there = text_starts_with(text_slice(bytes, at, bytes.size), text_of(word));
    const size_t behind = at + strlen(word);
    if (!there || at == 0 || !is_line_end(bytes.data[at - 1]) ||
        (behind < bytes.size && !is_line_end(bytes.data[behind]))) {
        pdfa_fault(check, PDFA_RULE_6_1_9_1);
    }
}

static void check_object(PdfaCheck *check, PdfReference reference) {
    const PdfValue *value = NULL;
    size_t offset = 0, place = 0;
    check->at = reference;
    if (!pdfa_took(check, pdf_object(check->file, reference, &value))) {
        return;
    }
    pdfa_check_value(check, value, 0);
    if (value->kind == PDF_STREAM) {
        check_filters(check, value);
        if (pdfa_has(check, value, "F") || pdfa_has(check, value, "FFilter") ||
            pdfa_has(check, value, "FDecodeParms")) {
            pdfa_fault(check, PDFA_RULE_6_1_7_1_3);
        }
    }
    if (!pdf_object_offset(check->file, reference, &offset)) {
        return;
    }
    size_t end = check_object_head(check, offset);
    if (pdf_value_offset(check->file, value, &place)) {
        end = place + value->source.size;
    }
    if (value->kind == PDF_STREAM) {
        end = check_stream(check, value, end);
    }
    if (end > 0) {
        check_object_end(check, end);
    }
}

void pdfa_check_file(PdfaCheck *check) {
    check_header(check);
    check_trailer(check);
    check_cross_references(check);
    pdfa_check_value(check, pdf_trailer(check->file), 0);
    if (pdf_entry(pdf_trailer(check->file), "Encrypt") != NULL) {
        return;
    }
    const uint32_t count = pdf_next_object_number(check->file);
    if (count > OBJECTS_MAX) {
        pdfa_fault(check, PDFA_RULE_6_1_13_7);
    }
    for (uint32_t number = 0; number < count && pdfa_goes_on(check); number++) {
        PdfReference reference;
        if (pdf_known_object(check->file, number, &reference)) {
            check_object(check, reference);
        }
    }
    check->at = (PdfReference){0, 0};
}
