/** Reading cross-reference tables and streams, newest section first (ISO 32000-1, 7.5.4 to 7.5.8). */
#include "base/log.h"
#include "pdf/reader_internal.h"

/* A file of PDF_OBJECTS_MAX objects that was revised often needs a few times as many entries. */
#define PDF_ENTRIES_MAX (PDF_OBJECTS_MAX * 20u)

static Status pdf_count_entry(PdfFile *file) {
    if (++file->entry_count > PDF_ENTRIES_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF has more than %u cross-reference entries", PDF_ENTRIES_MAX);
    }
    return STATUS_OK;
}

/** Keeps an entry unless a newer section has spoken of that number. */
static Status pdf_add_entry(PdfFile *file, uint64_t number, const PdfSlot *entry) {
    TRY(pdf_count_entry(file));
    PdfSlot *slot = NULL;
    TRY(pdf_slot(file, number, &slot));
    if (slot->kind == PDF_SLOT_ABSENT) {
        *slot = *entry;
    }
    return STATUS_OK;
}

/** "0000000016 00000 n" */
static Status pdf_read_table_entry(PdfFile *file, PdfParser *parser, uint64_t number) {
    uint64_t offset = 0, generation = 0;
    TRY(pdf_parse_count(parser, UINT64_C(99999999999), &offset));
    TRY(pdf_parse_count(parser, 99999, &generation));
    PdfSlot entry = {.offset = offset, .generation = (uint32_t)generation, .kind = PDF_SLOT_IN_FILE};
    if (pdf_skip_keyword(parser, "f")) {
        entry.kind = PDF_SLOT_FREE;
    } else if (!pdf_skip_keyword(parser, "n")) {
        return pdf_damaged(parser->at, "a cross-reference entry is neither used nor free");
    } else if (number == 0) {
        return pdf_damaged(parser->at, "the cross-references use object 0");
    } else if (offset == 0) {
        /* The header is there, so all readers take such an object as absent. */
        entry.kind = PDF_SLOT_FREE;
    }
    return pdf_add_entry(file, number, &entry);
}

/** A table behind the word `xref`, with its trailer. */
static Status pdf_read_table(PdfFile *file, PdfParser *parser, const PdfValue **ret_trailer) {
    while (!pdf_skip_keyword(parser, "trailer")) {
        uint64_t first = 0, count = 0;
        TRY(pdf_parse_count(parser, UINT32_MAX, &first));
        TRY(pdf_parse_count(parser, UINT32_MAX, &count));
        for (uint64_t i = 0; i < count; i++) {
            TRY(pdf_read_table_entry(file, parser, first + i));
        }
    }
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, sizeof(PdfValue), &memory));
    PdfValue *trailer = memory;
    TRY(pdf_parse_value(parser, trailer));
    if (trailer->kind != PDF_DICTIONARY) {
        return pdf_damaged(parser->at, "the trailer is no dictionary");
    }
    *ret_trailer = trailer;
    return STATUS_OK;
}

/** The big-endian number in the next `width` bytes of a cross-reference stream's data. */
static uint64_t pdf_take_field(Text *data, size_t width, uint64_t absent) {
    uint64_t number = width == 0 ? absent : 0;
    for (size_t i = 0; i < width; i++) {
        number = number << 8 | (unsigned char)data->data[i];
    }
    *data = text_slice(*data, width, data->size);
    return number;
}

static Status pdf_read_stream_entry(PdfFile *file, Text *data, const size_t widths[3], uint64_t number) {
    const uint64_t type = pdf_take_field(data, widths[0], 1);
    const uint64_t second = pdf_take_field(data, widths[1], 0);
    const uint64_t third = pdf_take_field(data, widths[2], 0);
    PdfSlot entry = {.kind = PDF_SLOT_FREE};
    if (type == 1 && third <= UINT16_MAX && number != 0) {
        entry = (PdfSlot){.kind = PDF_SLOT_IN_FILE, .offset = second, .generation = (uint32_t)third};
    } else if (type == 2 && second <= UINT32_MAX && number != 0) {
        entry = (PdfSlot){.kind = PDF_SLOT_IN_STREAM, .offset = third, .container = (uint32_t)second};
    }
    return pdf_add_entry(file, number, &entry);
}

static Status pdf_stream_widths(PdfFile *file, const PdfValue *stream, size_t widths[3]) {
    const PdfValue *array = NULL;
    TRY(pdf_get(file, stream, "W", &array));
    if (array->kind != PDF_ARRAY || array->count != 3) {
        return fail(STATUS_INVALID, "the PDF is damaged: a cross-reference stream has no widths");
    }
    for (size_t i = 0; i < 3; i++) {
        const PdfValue *width = &array->items[i];
        if (width->kind != PDF_INTEGER || width->integer < 0 || width->integer > 8) {
            return fail(STATUS_INVALID, "the PDF is damaged: a cross-reference stream has impossible widths");
        }
        widths[i] = (size_t)width->integer;
    }
    if (widths[0] + widths[1] + widths[2] == 0) {
        return fail(STATUS_INVALID, "the PDF is damaged: a cross-reference stream has empty entries");
    }
    return STATUS_OK;
}

/** The entries of one subsection of a cross-reference stream. */
static Status pdf_read_stream_part(PdfFile *file, Text *data, const size_t widths[3], const PdfValue *first,
                                   const PdfValue *count) {
    if (first->kind != PDF_INTEGER || count->kind != PDF_INTEGER || first->integer < 0 || count->integer < 0) {
        return fail(STATUS_INVALID, "the PDF is damaged: a cross-reference stream has an impossible index");
    }
    const size_t width = widths[0] + widths[1] + widths[2];
    for (int64_t i = 0; i < count->integer; i++) {
        if (data->size < width) {
            return fail(STATUS_INVALID, "the PDF is damaged: a cross-reference stream is too short");
        }
        TRY(pdf_read_stream_entry(file, data, widths, (uint64_t)first->integer + (uint64_t)i));
    }
    return STATUS_OK;
}

static Status pdf_read_stream(PdfFile *file, size_t offset, const PdfValue **ret_trailer) {
    PdfReference reference;
    const PdfValue *stream = NULL;
    TRY(pdf_parse_object(file, offset, &reference, &stream));
    const PdfValue *type = pdf_entry(stream, "Type");
    if (stream->kind != PDF_STREAM || type == NULL || !pdf_is_name(type, "XRef")) {
        return pdf_damaged(offset, "no cross-references stand where the file says");
    }
    size_t widths[3];
    TRY(pdf_stream_widths(file, stream, widths));
    Text data = {0};
    TRY(pdf_stream_bytes(file, stream, &data));
    const PdfValue *index = NULL, *size = NULL;
    TRY(pdf_get(file, stream, "Index", &index));
    TRY(pdf_get(file, stream, "Size", &size));
    if (index->kind == PDF_NULL) {
        const PdfValue zero = {.kind = PDF_INTEGER, .integer = 0};
        TRY(pdf_read_stream_part(file, &data, widths, &zero, size));
    } else if (index->kind != PDF_ARRAY || index->count % 2 != 0) {
        return pdf_damaged(offset, "a cross-reference stream has an impossible index");
    } else {
        for (uint32_t i = 0; i < index->count; i += 2) {
            TRY(pdf_read_stream_part(file, &data, widths, &index->items[i], &index->items[i + 1]));
        }
    }
    *ret_trailer = stream;
    return STATUS_OK;
}

/** One section, table or stream. */
static Status pdf_read_section(PdfFile *file, size_t offset, bool *ret_stream, const PdfValue **ret_trailer) {
    PdfParser parser = {.arena = file->arena, .bytes = file->bytes, .at = offset};
    *ret_stream = !pdf_skip_keyword(&parser, "xref");
    return *ret_stream ? pdf_read_stream(file, offset, ret_trailer) : pdf_read_table(file, &parser, ret_trailer);
}

/** Keeps the place of a section. @return STATUS_INVALID when the chain comes back to it */
static Status pdf_note_section(PdfFile *file, size_t offset) {
    if (offset >= file->bytes.size) {
        return pdf_damaged(offset, "cross-references are said to stand behind the end");
    }
    for (size_t i = 0; i < file->section_count; i++) {
        if (file->section_offsets[i] == offset) {
            return pdf_damaged(offset, "the chain of cross-references is a loop");
        }
    }
    if (file->section_count == PDF_SECTIONS_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF has more than %u revisions", PDF_SECTIONS_MAX);
    }
    file->section_offsets[file->section_count++] = offset;
    return STATUS_OK;
}

/** The offset that the trailer's entry `key` names. @return STATUS_NOT_FOUND when it has none */
static Status pdf_trailer_offset(PdfFile *file, const PdfValue *trailer, const char *key, size_t *ret_offset) {
    const PdfValue *value = pdf_entry(trailer, key);
    if (value == NULL) {
        return STATUS_NOT_FOUND;
    }
    TRY(pdf_resolve(file, value, &value));
    if (value->kind != PDF_INTEGER || value->integer < 0 || (uint64_t)value->integer >= file->bytes.size) {
        return fail(STATUS_INVALID, "the PDF is damaged: %s in a trailer is no place in the file", key);
    }
    *ret_offset = (size_t)value->integer;
    return STATUS_OK;
}

Status pdf_read_cross_references(PdfFile *file, size_t offset) {
    for (;;) {
        TRY(pdf_note_section(file, offset));
        bool is_stream = false;
        const PdfValue *trailer = NULL;
        TRY(pdf_read_section(file, offset, &is_stream, &trailer));
        if (file->trailer == NULL) {
            file->trailer = trailer;
            file->uses_stream = is_stream;
        }
        size_t hidden = 0;
        Status status = is_stream ? STATUS_NOT_FOUND : pdf_trailer_offset(file, trailer, "XRefStm", &hidden);
        if (status == STATUS_OK) {
            const PdfValue *hidden_trailer = NULL;
            file->is_hybrid = true;
            TRY(pdf_read_stream(file, hidden, &hidden_trailer));
        } else if (status != STATUS_NOT_FOUND) {
            return status;
        }
        status = pdf_trailer_offset(file, trailer, "Prev", &offset);
        if (status != STATUS_OK) {
            return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
    }
}
