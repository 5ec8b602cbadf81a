/** Decoding streams: FlateDecode with its predictors (ISO 32000-1, 7.4.4), within limits. */
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "pdf/reader_internal.h"

#define PDF_SMALL_STREAM ((size_t)256 << 10)

/** How rows were predicted before they were compressed. */
typedef struct PdfPredictor {
    int64_t kind, colors, bits, columns;
} PdfPredictor;

static void pdf_close_unpacker(void *unpacker) {
    libdeflate_free_decompressor(unpacker);
}

static Status pdf_open_unpacker(PdfFile *file) {
    if (file->unpacker == NULL) {
        file->unpacker = libdeflate_alloc_decompressor();
        if (file->unpacker == NULL) {
            return fail(STATUS_FAILED, "libdeflate cannot start");
        }
        arena_defer(file->arena, pdf_close_unpacker, file->unpacker);
    }
    return STATUS_OK;
}

Status pdf_inflate(PdfFile *file, Text packed, Text *ret_bytes) {
    TRY(pdf_open_unpacker(file));
    /* The size is not told anywhere: content shrinks to a fifth, fonts to a half, and what is large seldom much. */
    const size_t factor = packed.size <= PDF_SMALL_STREAM ? 5 : 2;
    size_t capacity = packed.size <= (PDF_INFLATE_MAX - 512) / factor ? packed.size * factor + 512 : PDF_INFLATE_MAX;
    for (;;) {
        const size_t left = PDF_INFLATE_MAX - file->inflated;
        capacity = capacity < left ? capacity : left;
        void *memory = NULL;
        size_t used = 0, size = 0;
        TRY(arena_try_reserve(file->arena, capacity + 1, &memory));
        const enum libdeflate_result result =
            libdeflate_zlib_decompress_ex(file->unpacker, packed.data, packed.size, memory, capacity, &used, &size);
        if (result == LIBDEFLATE_SUCCESS) {
            file->inflated += size;
            *ret_bytes = (Text){memory, size};
            return STATUS_OK;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
            return fail(STATUS_INVALID, "the PDF is damaged: a compressed stream cannot be unpacked");
        }
        if (capacity == left) {
            return fail(STATUS_TOO_LARGE, "the PDF's streams unpack to more than %zu bytes", PDF_INFLATE_MAX);
        }
        capacity *= factor;
    }
}

static unsigned char pdf_paeth(unsigned char left, unsigned char above, unsigned char corner) {
    const int estimate = left + above - corner;
    const int by_left = abs(estimate - left), by_above = abs(estimate - above), by_corner = abs(estimate - corner);
    if (by_left <= by_above && by_left <= by_corner) {
        return left;
    }
    return by_above <= by_corner ? above : corner;
}

/** One row of PNG prediction; `above` is NULL for the first. */
static Status pdf_unpredict_row(unsigned filter, const unsigned char *in, const unsigned char *above, size_t row,
                                size_t step, unsigned char *out) {
    if (filter > 4) {
        return fail(STATUS_INVALID, "the PDF is damaged: a stream has an unknown PNG filter");
    }
    for (size_t i = 0; i < row; i++) {
        const unsigned char left = i >= step ? out[i - step] : 0;
        const unsigned char up = above != NULL ? above[i] : 0;
        const unsigned char corner = above != NULL && i >= step ? above[i - step] : 0;
        const unsigned char guesses[] = {0, left, up, (unsigned char)((left + up) / 2), pdf_paeth(left, up, corner)};
        out[i] = (unsigned char)(in[i] + guesses[filter]);
    }
    return STATUS_OK;
}

static Status pdf_unpredict_png(PdfFile *file, Text bytes, size_t row, size_t step, Text *ret_bytes) {
    const size_t rows = (bytes.size + row) / (row + 1);
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, rows * row + 1, &memory));
    unsigned char *out = memory;
    const unsigned char *in = (const unsigned char *)bytes.data;
    size_t size = 0;
    for (size_t number = 0; number < rows; number++) {
        const size_t start = number * (row + 1);
        const size_t present = bytes.size - start - 1 < row ? bytes.size - start - 1 : row;
        const unsigned char *above = number > 0 ? out + (number - 1) * row : NULL;
        TRY(pdf_unpredict_row(in[start], in + start + 1, above, present, step, out + number * row));
        size += present;
    }
    *ret_bytes = (Text){memory, size};
    return STATUS_OK;
}

/** TIFF prediction of 8-bit components: each is the difference to its left neighbour. */
static Status pdf_unpredict_tiff(PdfFile *file, Text bytes, size_t row, size_t step, Text *ret_bytes) {
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, bytes.size + 1, &memory));
    unsigned char *out = memory;
    for (size_t i = 0; i < bytes.size; i++) {
        const unsigned char left = i % row >= step ? out[i - step] : 0;
        out[i] = (unsigned char)(left + (unsigned char)bytes.data[i]);
    }
    *ret_bytes = (Text){memory, bytes.size};
    return STATUS_OK;
}

static Status pdf_parameter(PdfFile *file, const PdfValue *parameters, const char *key, int64_t absent, int64_t maximum,
                            int64_t *ret_number) {
    const PdfValue *value = NULL;
    TRY(pdf_get(file, parameters, key, &value));
    if (value->kind == PDF_NULL) {
        *ret_number = absent;
        return STATUS_OK;
    }
    if (value->kind != PDF_INTEGER || value->integer < 1 || value->integer > maximum) {
        return fail(STATUS_INVALID, "the PDF is damaged: a stream's %s is impossible", key);
    }
    *ret_number = value->integer;
    return STATUS_OK;
}

Status pdf_unpredict(PdfFile *file, const PdfValue *parameters, Text bytes, Text *ret_bytes) {
    PdfPredictor predictor = {0};
    TRY(pdf_parameter(file, parameters, "Predictor", 1, 15, &predictor.kind));
    TRY(pdf_parameter(file, parameters, "Colors", 1, 32, &predictor.colors));
    TRY(pdf_parameter(file, parameters, "BitsPerComponent", 8, 16, &predictor.bits));
    TRY(pdf_parameter(file, parameters, "Columns", 1, 1 << 20, &predictor.columns));
    const size_t row = (size_t)((predictor.colors * predictor.bits * predictor.columns + 7) / 8);
    const size_t step = (size_t)((predictor.colors * predictor.bits + 7) / 8);
    if (predictor.kind == 1 || bytes.size == 0) {
        *ret_bytes = bytes;
        return STATUS_OK;
    }
    if (predictor.kind >= 10) {
        return pdf_unpredict_png(file, bytes, row, step, ret_bytes);
    }
    if (predictor.kind == 2 && predictor.bits == 8) {
        return pdf_unpredict_tiff(file, bytes, row, step, ret_bytes);
    }
    return fail(STATUS_UNSUPPORTED, "a stream uses a predictor that is not handled here");
}

/** The only item of an array of one, or the value itself; the null value for an empty array. */
static Status pdf_single(PdfFile *file, const PdfValue *value, const PdfValue **ret_value) {
    if (value->kind == PDF_ARRAY && value->count > 1) {
        return fail(STATUS_UNSUPPORTED, "a stream uses several filters");
    }
    if (value->kind == PDF_ARRAY) {
        return pdf_resolve(file, value->count == 1 ? &value->items[0] : &pdf_null, ret_value);
    }
    *ret_value = value;
    return STATUS_OK;
}

/** What stands from `start` to the next `endstream`, without the line end before it. */
static Status pdf_find_stream_end(PdfFile *file, size_t start, Text *ret_raw) {
    const Text rest = text_slice(file->bytes, start, file->bytes.size);
    size_t size = 0;
    if (!text_find(rest, TEXT("endstream"), &size)) {
        return pdf_damaged(start, "a stream has no end");
    }
    /* Many streams may be searched for the same end. */
    TRY(pdf_count_work(file, size));
    size -= size > 0 && rest.data[size - 1] == '\n';
    size -= size > 0 && rest.data[size - 1] == '\r';
    *ret_raw = text_slice(rest, 0, size);
    return STATUS_OK;
}

Status pdf_stream_raw(PdfFile *file, const PdfValue *stream, Text *ret_raw) {
    PdfParser parser = {.arena = file->arena, .bytes = file->bytes};
    size_t offset = 0;
    if (stream->kind != PDF_STREAM || !pdf_value_offset(file, stream, &offset)) {
        return fail(STATUS_INVALID, "the PDF is damaged: a stream is expected");
    }
    parser.at = offset + stream->source.size;
    if (!pdf_skip_keyword(&parser, "stream")) {
        return pdf_damaged(parser.at, "a stream is expected");
    }
    const Text rest = text_slice(file->bytes, parser.at, file->bytes.size);
    parser.at += text_starts_with(rest, TEXT("\r\n")) ? 2 : text_starts_with(rest, TEXT("\n"));
    const PdfValue *length = NULL;
    TRY(pdf_get(file, stream, "Length", &length));
    if (length->kind != PDF_INTEGER || length->integer < 0 ||
        (uint64_t)length->integer > file->bytes.size - parser.at) {
        return file->tolerant ? pdf_find_stream_end(file, parser.at, ret_raw)
                              : pdf_damaged(offset, "a stream has no possible length");
    }
    const size_t start = parser.at;
    parser.at += (size_t)length->integer;
    *ret_raw = text_slice(file->bytes, start, parser.at);
    if (!pdf_skip_keyword(&parser, "endstream")) {
        if (file->tolerant) {
            return pdf_find_stream_end(file, start, ret_raw);
        }
        return pdf_damaged(parser.at, "a stream does not end where its length says");
    }
    return STATUS_OK;
}

Status pdf_stream_bytes(PdfFile *file, const PdfValue *stream, Text *ret_bytes) {
    Text raw = {0};
    const PdfValue *filter = NULL, *parameters = NULL;
    TRY(pdf_stream_raw(file, stream, &raw));
    TRY(pdf_get(file, stream, "Filter", &filter));
    TRY(pdf_get(file, stream, "DecodeParms", &parameters));
    TRY(pdf_single(file, filter, &filter));
    if (filter->kind == PDF_NULL) {
        *ret_bytes = raw;
        return STATUS_OK;
    }
    if (!pdf_is_name(filter, "FlateDecode")) {
        return fail(STATUS_UNSUPPORTED, "a stream uses a filter that is not handled here");
    }
    TRY(pdf_single(file, parameters, &parameters));
    Text unpacked = {0};
    TRY(pdf_inflate(file, raw, &unpacked));
    return pdf_unpredict(file, parameters, unpacked, ret_bytes);
}
