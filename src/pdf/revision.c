/** Writing incremental updates (ISO 32000-1, 7.5.6) and the PDF source that goes into them. */
#include "pdf/revision.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "pdf/colour_profile.h"
#include "pdf/pack.h"

/* Room for any 64-bit number: the width must not depend on offsets that are known only at the end. */
#define PDF_BYTE_RANGE_DIGITS 20
#define PDF_REVISION_MAX      ((size_t)1 << 30)
/* Smaller streams gain nothing. */
#define PDF_PACK_FROM          256
#define PDF_CLASSIC_OFFSET_MAX UINT64_C(9999999999)

/** One object of this revision. */
typedef struct PdfWritten {
    PdfReference reference;
    size_t at; /**< in the body */
} PdfWritten;

struct PdfRevision {
    Arena *arena;
    PdfFile *base;
    Buffer body;
    PdfWritten *written;
    size_t written_count, written_capacity;
    uint32_t next_number;
    size_t range_at, gap_from, gap_to; /**< places in the body; 0 without a signature */
};

/** The base's last line is %%EOF, so that nobody reads the new revision as part of something else. */
static Status pdf_check_end(Text bytes) {
    if (!text_ends_with(text_trim(text_slice(bytes, bytes.size - (bytes.size > 64 ? 64 : bytes.size), bytes.size)),
                        TEXT("%%EOF"))) {
        return fail(STATUS_INVALID, "the PDF is damaged: it does not end with its end mark");
    }
    return STATUS_OK;
}

Status pdf_revision_begin(Arena *arena, PdfFile *base, PdfRevision **ret_revision) {
    const Text bytes = pdf_bytes(base);
    if (pdf_is_hybrid(base)) {
        return fail(STATUS_UNSUPPORTED,
                    "the PDF has hybrid cross-references: readers of different age see different objects");
    }
    TRY(pdf_check_end(bytes));
    PdfRevision *revision = arena_new(arena, PdfRevision);
    *revision = (PdfRevision){.arena = arena,
                              .base = base,
                              .body = buffer_make(arena, PDF_REVISION_MAX),
                              .next_number = pdf_next_object_number(base)};
    if (bytes.data[bytes.size - 1] != '\n' && bytes.data[bytes.size - 1] != '\r') {
        buffer_append_byte(&revision->body, '\n');
    }
    *ret_revision = revision;
    return STATUS_OK;
}

PdfReference pdf_revision_reserve(PdfRevision *revision) {
    return (PdfReference){revision->next_number++, 0};
}

/** Notes where an object begins and writes its first line. */
static void pdf_begin_object(PdfRevision *revision, PdfReference reference) {
    if (revision->written_count == revision->written_capacity) {
        const size_t capacity = revision->written_capacity == 0 ? 16 : revision->written_capacity * 2;
        PdfWritten *written = arena_new_array(revision->arena, PdfWritten, capacity);
        if (revision->written_count > 0) {
            memcpy(written, revision->written, revision->written_count * sizeof(PdfWritten));
        }
        revision->written = written;
        revision->written_capacity = capacity;
    }
    revision->written[revision->written_count++] = (PdfWritten){reference, revision->body.size};
    buffer_format(&revision->body, "%u %u obj\n", reference.number, reference.generation);
}

void pdf_revision_put(PdfRevision *revision, PdfReference reference, Text source) {
    pdf_begin_object(revision, reference);
    buffer_append(&revision->body, source);
    buffer_append(&revision->body, TEXT("\nendobj\n"));
}

/** The data packed, when that makes it smaller. */
static bool pdf_deflate(Arena *arena, Text data, Text *ret_packed) {
    return data.size >= PDF_PACK_FROM && pdf_pack(arena, data, ret_packed) == STATUS_OK && ret_packed->size < data.size;
}

void pdf_revision_put_stream(PdfRevision *revision, PdfReference reference, Text entries, Text data) {
    Text packed = {0};
    const bool is_packed = pdf_deflate(revision->arena, data, &packed);
    const Text written = is_packed ? packed : data;
    pdf_begin_object(revision, reference);
    buffer_append(&revision->body, TEXT("<<"));
    buffer_append(&revision->body, entries);
    buffer_format(&revision->body, "%s /Length %zu>>\nstream\n", is_packed ? " /Filter /FlateDecode" : "",
                  written.size);
    buffer_append(&revision->body, written);
    buffer_append(&revision->body, TEXT("\nendstream\nendobj\n"));
}

PdfReference pdf_revision_put_appearance(PdfRevision *revision, double width, double height, Text content) {
    const PdfReference profile = pdf_revision_reserve(revision), form = pdf_revision_reserve(revision);
    pdf_revision_put_stream(revision, profile, TEXT(" /N 3"), colour_profile());
    pdf_revision_put_stream(revision, form,
                            arena_format(revision->arena,
                                         " /Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f]\n"
                                         "/Resources << /ColorSpace << /DefaultRGB [/ICCBased %u 0 R] >> >>",
                                         width, height, profile.number),
                            content);
    return form;
}

static void pdf_append_repeated(Buffer *buffer, char byte, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(buffer, byte);
    }
}

void pdf_revision_put_signature(PdfRevision *revision, PdfReference reference, Text entries, size_t contents_size) {
    assert(revision->gap_to == 0);
    Buffer *body = &revision->body;
    pdf_begin_object(revision, reference);
    buffer_append(body, TEXT("<<"));
    buffer_append(body, entries);
    buffer_append(body, TEXT("\n/ByteRange "));
    revision->range_at = body->size;
    pdf_append_repeated(body, ' ', sizeof("[0   ]") - 1 + 3 * PDF_BYTE_RANGE_DIGITS);
    buffer_append(body, TEXT("\n/Contents "));
    revision->gap_from = body->size;
    buffer_append_byte(body, '<');
    pdf_append_repeated(body, '0', contents_size * 2);
    buffer_append_byte(body, '>');
    revision->gap_to = body->size;
    buffer_append(body, TEXT("\n>>\nendobj\n"));
}

static int pdf_compare_written(const void *a, const void *b) {
    const uint32_t first = ((const PdfWritten *)a)->reference.number;
    const uint32_t second = ((const PdfWritten *)b)->reference.number;
    return first < second ? -1 : first > second;
}

/** How many of the written objects from `from` on have numbers in a row. */
static size_t pdf_run_length(const PdfRevision *revision, size_t from) {
    size_t count = 1;
    while (from + count < revision->written_count &&
           revision->written[from + count].reference.number == revision->written[from].reference.number + count) {
        count++;
    }
    return count;
}

/** The file identifier: its first part lives as long as the document, the second names this revision. */
static Text pdf_identifier(PdfRevision *revision) {
    const Sha256 digest = sha256((Text){revision->body.data, revision->body.size});
    const Text second = text_slice(hex_encode(revision->arena, sha256_text(&digest)), 0, 32);
    const PdfValue *identifier = NULL;
    Text first = second;
    const bool has = pdf_get(revision->base, pdf_trailer(revision->base), "ID", &identifier) == STATUS_OK &&
                     identifier->kind == PDF_ARRAY && identifier->count == 2 &&
                     identifier->items[0].kind == PDF_STRING && identifier->items[0].text.size <= 1024;
    if (has && identifier->items[0].text.size > 0) {
        first = hex_encode(revision->arena, identifier->items[0].text);
    }
    return arena_format(revision->arena, "[<%.*s> <%.*s>]", TEXT_ARG(first), TEXT_ARG(second));
}

/** The base's trailer with what this revision changes; `extra` ends the list for a stream. */
static Status pdf_new_trailer(PdfRevision *revision, const PdfChange extra[3], Text *ret_source) {
    Arena *arena = revision->arena;
    const PdfChange changes[] = {
        {"Size", arena_format(arena, "%u", revision->next_number)},
        {"Prev", arena_format(arena, "%zu", pdf_cross_reference_offset(revision->base))},
        {"ID", pdf_identifier(revision)},
        {"XRefStm", {0}},
        {"Filter", {0}},
        {"DecodeParms", {0}},
        {"F", {0}},
        {"FFilter", {0}},
        {"FDecodeParms", {0}},
        {"DL", {0}},
        {"Type", extra[0].value.size > 0 ? TEXT("/XRef") : (Text){0}},
        extra[0],
        extra[1],
        extra[2],
    };
    return pdf_source_with(arena, pdf_trailer(revision->base), changes, sizeof(changes) / sizeof(changes[0]),
                           ret_source);
}

static Status pdf_write_table(PdfRevision *revision) {
    Buffer *body = &revision->body;
    const size_t base_size = pdf_bytes(revision->base).size;
    Text trailer = {0};
    if (base_size + body->size > PDF_CLASSIC_OFFSET_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF is too large for its kind of cross-references");
    }
    const PdfChange none[3] = {{"W", {0}}, {"Index", {0}}, {"Length", {0}}};
    TRY(pdf_new_trailer(revision, none, &trailer));
    const size_t start = body->size;
    buffer_append(body, TEXT("xref\n"));
    for (size_t from = 0; from < revision->written_count;) {
        const size_t count = pdf_run_length(revision, from);
        buffer_format(body, "%u %zu\n", revision->written[from].reference.number, count);
        for (size_t i = from; i < from + count; i++) {
            buffer_format(body, "%010zu %05u n \n", base_size + revision->written[i].at,
                          revision->written[i].reference.generation);
        }
        from += count;
    }
    buffer_append(body, TEXT("trailer\n"));
    buffer_append(body, trailer);
    buffer_format(body, "\nstartxref\n%zu\n%%%%EOF\n", base_size + start);
    return STATUS_OK;
}

/* Widths of the fields of our cross-reference streams: type, offset, generation. */
enum { PDF_TYPE_WIDTH = 1, PDF_OFFSET_WIDTH = 8, PDF_GENERATION_WIDTH = 2 };

static void pdf_append_number(Buffer *buffer, uint64_t number, int width) {
    for (int i = width - 1; i >= 0; i--) {
        buffer_append_byte(buffer, (char)(number >> (8 * i) & 0xff));
    }
}

static Status pdf_write_cross_reference_stream(PdfRevision *revision) {
    const size_t base_size = pdf_bytes(revision->base).size;
    const PdfReference own = pdf_revision_reserve(revision);
    Buffer *body = &revision->body;
    const size_t start = body->size;
    pdf_begin_object(revision, own);
    Buffer data = buffer_make(revision->arena, PDF_REVISION_MAX);
    Buffer index = buffer_make(revision->arena, PDF_REVISION_MAX);
    buffer_append_byte(&index, '[');
    for (size_t from = 0; from < revision->written_count;) {
        const size_t count = pdf_run_length(revision, from);
        buffer_format(&index, " %u %zu", revision->written[from].reference.number, count);
        for (size_t i = from; i < from + count; i++) {
            pdf_append_number(&data, 1, PDF_TYPE_WIDTH);
            pdf_append_number(&data, base_size + revision->written[i].at, PDF_OFFSET_WIDTH);
            pdf_append_number(&data, revision->written[i].reference.generation, PDF_GENERATION_WIDTH);
        }
        from += count;
    }
    buffer_append(&index, TEXT(" ]"));
    Text index_text = {0}, data_text = {0}, dictionary = {0};
    TRY(buffer_take(&index, &index_text));
    TRY(buffer_take(&data, &data_text));
    const PdfChange changes[3] = {
        {"W", arena_format(revision->arena, "[%d %d %d]", PDF_TYPE_WIDTH, PDF_OFFSET_WIDTH, PDF_GENERATION_WIDTH)},
        {"Index", index_text},
        {"Length", arena_format(revision->arena, "%zu", data_text.size)}};
    TRY(pdf_new_trailer(revision, changes, &dictionary));
    buffer_append(body, dictionary);
    buffer_append(body, TEXT("\nstream\n"));
    buffer_append(body, data_text);
    buffer_format(body, "\nendstream\nendobj\nstartxref\n%zu\n%%%%EOF\n", base_size + start);
    return STATUS_OK;
}

/** Writes the four numbers of the ByteRange into their room, which stays as wide as it is. */
static void pdf_write_byte_range(const PdfRevision *revision, size_t size) {
    const size_t base_size = pdf_bytes(revision->base).size;
    char range[sizeof("[0   ]") + 3 * PDF_BYTE_RANGE_DIGITS];
    const int length = snprintf(range, sizeof(range), "[0 %zu %zu %zu]", base_size + revision->gap_from,
                                base_size + revision->gap_to, size - revision->gap_to);
    assert(length > 0 && (size_t)length < sizeof(range));
    memcpy(revision->body.data + revision->range_at, range, (size_t)length);
}

Status pdf_revision_finish(PdfRevision *revision, PdfSection *ret_section) {
    qsort(revision->written, revision->written_count, sizeof(PdfWritten), pdf_compare_written);
    if (pdf_uses_cross_reference_stream(revision->base)) {
        TRY(pdf_write_cross_reference_stream(revision));
    } else {
        TRY(pdf_write_table(revision));
    }
    Text body = {0};
    TRY(buffer_take(&revision->body, &body));
    if (revision->gap_to > 0) {
        pdf_write_byte_range(revision, body.size);
    }
    *ret_section = (PdfSection){revision->body.data, body.size, revision->gap_from, revision->gap_to};
    return STATUS_OK;
}

Status pdf_section_fill(PdfSection *section, Text contents) {
    static const char digits[] = "0123456789abcdef";
    const size_t room = section->gap_to > section->gap_from ? (section->gap_to - section->gap_from - 2) / 2 : 0;
    if (contents.size > room) {
        return fail(STATUS_TOO_LARGE, "a signature of %zu bytes does not fit its room of %zu", contents.size, room);
    }
    char *hex = section->bytes + section->gap_from + 1;
    for (size_t i = 0; i < contents.size; i++) {
        const unsigned char byte = (unsigned char)contents.data[i];
        hex[i * 2] = digits[byte >> 4];
        hex[i * 2 + 1] = digits[byte & 0xf];
    }
    return STATUS_OK;
}

static const PdfChange *pdf_change_of(const PdfChange *changes, size_t count, Text key) {
    for (size_t i = 0; i < count; i++) {
        if (text_equal(key, text_of(changes[i].key))) {
            return &changes[i];
        }
    }
    return NULL;
}

Status pdf_source_with(Arena *arena, const PdfValue *dictionary, const PdfChange *changes, size_t count,
                       Text *ret_source) {
    Buffer source = buffer_make(arena, PDF_REVISION_MAX);
    buffer_append(&source, TEXT("<<"));
    const bool has_entries = dictionary->kind == PDF_DICTIONARY || dictionary->kind == PDF_STREAM;
    for (size_t i = 0; has_entries && i < dictionary->count; i++) {
        const PdfValue *key = &dictionary->items[i * 2];
        if (pdf_change_of(changes, count, key->text) == NULL) {
            buffer_append_byte(&source, ' ');
            buffer_append(&source, key->source);
            buffer_append_byte(&source, ' ');
            buffer_append(&source, dictionary->items[i * 2 + 1].source);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (changes[i].value.size > 0) {
            buffer_format(&source, "\n/%s ", changes[i].key);
            buffer_append(&source, changes[i].value);
        }
    }
    buffer_append(&source, TEXT("\n>>"));
    return buffer_take(&source, ret_source);
}

Status pdf_source_with_item(Arena *arena, const PdfValue *array, Text item, Text *ret_source) {
    Buffer source = buffer_make(arena, PDF_REVISION_MAX);
    buffer_append_byte(&source, '[');
    for (uint32_t i = 0; array->kind == PDF_ARRAY && i < array->count; i++) {
        buffer_append_byte(&source, ' ');
        buffer_append(&source, array->items[i].source);
    }
    buffer_append_byte(&source, ' ');
    buffer_append(&source, item);
    buffer_append(&source, TEXT(" ]"));
    return buffer_take(&source, ret_source);
}

Text pdf_source_reference(Arena *arena, PdfReference reference) {
    return arena_format(arena, "%u %u R", reference.number, reference.generation);
}

static bool pdf_is_plain_ascii(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c > 0x7e || c == '(' || c == ')' || c == '\\') {
            return false;
        }
    }
    return true;
}

Text pdf_source_text(Arena *arena, Text text) {
    if (pdf_is_plain_ascii(text)) {
        return arena_format(arena, "(%.*s)", TEXT_ARG(text));
    }
    Buffer source = buffer_make(arena, text.size * 8 + 16);
    buffer_append(&source, TEXT("<feff"));
    Text rest = text_is_utf8(text) ? text : (Text){0};
    while (rest.size > 0) {
        const uint32_t character = text_next_code_point(&rest);
        if (character >= 0x10000) {
            buffer_format(&source, "%04x%04x", 0xd800 + ((character - 0x10000) >> 10),
                          0xdc00 + ((character - 0x10000) & 0x3ff));
        } else {
            buffer_format(&source, "%04x", character);
        }
    }
    buffer_append_byte(&source, '>');
    Text written = {0};
    return buffer_take(&source, &written) == STATUS_OK ? written : TEXT("()");
}

Text pdf_source_date(Arena *arena, Time time) {
    const Text rfc = time_rfc3339(arena, time);
    const char *t = rfc.data;
    assert(rfc.size == sizeof("2026-11-23T18:30:00Z") - 1);
    return arena_format(arena, "(D:%.4s%.2s%.2s%.2s%.2s%.2s+00'00')", t, t + 5, t + 8, t + 11, t + 14, t + 17);
}
