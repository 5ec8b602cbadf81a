/** Decoding streams through several filters, for judges of whole files (ISO 32000-1, 7.4). */
#include <string.h>

#include "base/log.h"
#include "pdf/reader_internal.h"

/* Filters one behind the other: no honest stream has more than two. */
#define PDF_FILTERS_MAX 8u

/** Room for decoded bytes, counted against the limit of the whole file. */
static Status pdf_unpack_room(PdfFile *file, size_t size, char **ret_data) {
    if (size > PDF_INFLATE_MAX - file->inflated) {
        return fail(STATUS_TOO_LARGE, "the PDF's streams unpack to more than %zu bytes", PDF_INFLATE_MAX);
    }
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, size + 1, &memory));
    file->inflated += size;
    *ret_data = memory;
    return STATUS_OK;
}

static Status pdf_decode_hex(PdfFile *file, Text packed, Text *ret_bytes) {
    char *data = NULL;
    TRY(pdf_unpack_room(file, packed.size / 2 + 1, &data));
    size_t digits = 0;
    for (size_t at = 0; at < packed.size && packed.data[at] != '>'; at++) {
        const int digit = pdf_hex_digit(packed.data[at]);
        if (digit < 0 && !pdf_is_space(packed.data[at])) {
            return fail(STATUS_INVALID, "the PDF is damaged: a hexadecimal stream holds another character");
        }
        if (digit >= 0) {
            const int before = digits % 2 == 0 ? 0 : (unsigned char)data[digits / 2];
            data[digits / 2] = (char)(digits % 2 == 0 ? digit << 4 : before | digit);
            digits++;
        }
    }
    *ret_bytes = (Text){data, (digits + 1) / 2};
    return STATUS_OK;
}

/** Writes the first `count` - 1 bytes of a group of `count` digits of base 85. */
static size_t pdf_write_group(uint64_t group, size_t count, char *out) {
    for (size_t i = count; i < 5; i++) {
        group = group * 85 + 84;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        out[i] = (char)(group >> (24 - 8 * i));
    }
    return count > 0 ? count - 1 : 0;
}

static Status pdf_decode_base85(PdfFile *file, Text packed, Text *ret_bytes) {
    char *data = NULL;
    TRY(pdf_unpack_room(file, packed.size * 4 + 8, &data));
    size_t size = 0, count = 0;
    uint64_t group = 0;
    for (size_t at = 0; at < packed.size && packed.data[at] != '~'; at++) {
        const char c = packed.data[at];
        if (c == 'z' && count == 0) {
            memset(data + size, 0, 4);
            size += 4;
        } else if (c >= '!' && c <= 'u') {
            group = group * 85 + (uint64_t)(c - '!');
            if (++count == 5) {
                size += pdf_write_group(group, count, data + size);
                group = 0;
                count = 0;
            }
        } else if (!pdf_is_space(c)) {
            return fail(STATUS_INVALID, "the PDF is damaged: a base 85 stream holds another character");
        }
    }
    size += pdf_write_group(group, count, data + size);
    *ret_bytes = (Text){data, size};
    return STATUS_OK;
}

static Status pdf_decode_run_length(PdfFile *file, Text packed, Text *ret_bytes) {
    size_t total = 0;
    for (size_t at = 0; at < packed.size && (unsigned char)packed.data[at] != 128;) {
        const unsigned length = (unsigned char)packed.data[at];
        total += length < 128 ? length + 1 : 257 - length;
        at += length < 128 ? length + 2 : 2;
    }
    char *data = NULL;
    TRY(pdf_unpack_room(file, total, &data));
    size_t size = 0;
    for (size_t at = 0; at < packed.size && (unsigned char)packed.data[at] != 128;) {
        const unsigned length = (unsigned char)packed.data[at];
        const Text run = text_slice(packed, at + 1, at + (length < 128 ? length + 2 : 2));
        if (run.size == 0) {
            break;
        }
        if (length < 128) {
            memcpy(data + size, run.data, run.size);
            size += run.size;
        } else {
            memset(data + size, run.data[0], 257 - length);
            size += 257 - length;
        }
        at += 1 + (length < 128 ? length + 1 : 1);
    }
    *ret_bytes = (Text){data, size};
    return STATUS_OK;
}

static bool pdf_is_either(const PdfValue *name, const char *full, const char *brief) {
    return pdf_is_name(name, full) || pdf_is_name(name, brief);
}

static bool pdf_is_for_pictures(const PdfValue *name) {
    return pdf_is_either(name, "DCTDecode", "DCT") || pdf_is_either(name, "CCITTFaxDecode", "CCF") ||
           pdf_is_name(name, "JPXDecode") || pdf_is_name(name, "JBIG2Decode");
}

static Status pdf_undo(PdfFile *file, const PdfValue *filter, const PdfValue *parameters, Text *bytes) {
    if (pdf_is_either(filter, "FlateDecode", "Fl")) {
        Text unpacked = {0};
        TRY(pdf_inflate(file, *bytes, &unpacked));
        return pdf_unpredict(file, parameters, unpacked, bytes);
    }
    if (pdf_is_either(filter, "ASCIIHexDecode", "AHx")) {
        return pdf_decode_hex(file, *bytes, bytes);
    }
    if (pdf_is_either(filter, "ASCII85Decode", "A85")) {
        return pdf_decode_base85(file, *bytes, bytes);
    }
    if (pdf_is_either(filter, "RunLengthDecode", "RL")) {
        return pdf_decode_run_length(file, *bytes, bytes);
    }
    return fail(STATUS_UNSUPPORTED, "a stream uses a filter that is not handled here");
}

/** The item of that place; a value that is no array is its own first item. */
static Status pdf_item(PdfFile *file, const PdfValue *value, uint32_t place, const PdfValue **ret_item) {
    if (value->kind == PDF_ARRAY) {
        return pdf_resolve(file, place < value->count ? &value->items[place] : &pdf_null, ret_item);
    }
    *ret_item = place == 0 ? value : &pdf_null;
    return STATUS_OK;
}

Status pdf_unpack(PdfFile *file, Text raw, const PdfValue *filter, const PdfValue *parameters, Text *ret_bytes,
                  Text *ret_filter) {
    const uint32_t count = filter->kind == PDF_ARRAY ? filter->count : filter->kind != PDF_NULL;
    if (count > PDF_FILTERS_MAX) {
        return fail(STATUS_TOO_LARGE, "a stream uses more than %u filters", PDF_FILTERS_MAX);
    }
    Text bytes = raw, left = {0};
    for (uint32_t i = 0; i < count; i++) {
        const PdfValue *name = NULL, *parameter = NULL;
        TRY(pdf_item(file, filter, i, &name));
        TRY(pdf_item(file, parameters, i, &parameter));
        if (i + 1 == count && pdf_is_for_pictures(name)) {
            left = name->text;
        } else {
            TRY(pdf_undo(file, name, parameter, &bytes));
        }
    }
    *ret_bytes = bytes;
    *ret_filter = left;
    return STATUS_OK;
}

Status pdf_stream_unpacked(PdfFile *file, const PdfValue *stream, Text *ret_bytes, Text *ret_filter) {
    Text raw = {0};
    const PdfValue *filter = NULL, *parameters = NULL;
    TRY(pdf_stream_raw(file, stream, &raw));
    TRY(pdf_get(file, stream, "Filter", &filter));
    TRY(pdf_get(file, stream, "DecodeParms", &parameters));
    return pdf_unpack(file, raw, filter, parameters, ret_bytes, ret_filter);
}
