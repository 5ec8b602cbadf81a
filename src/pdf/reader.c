/** Opening a PDF and reaching its objects (ISO 32000-1, 7.3.10 and 7.5). */
#include "pdf/reader.h"

#include <string.h>

#include "base/log.h"
#include "pdf/reader_internal.h"

/* `startxref` stands in the last line but two; some writers append padding. */
#define PDF_TAIL_SIZE 2048u
#define PDF_HEAD_SIZE 1024u
/* For one object. */
#define PDF_CHECK_BUDGET ((size_t)256 << 20)

Text pdf_bytes(const PdfFile *file) {
    return file->bytes;
}

const PdfValue *pdf_trailer(const PdfFile *file) {
    return file->trailer;
}

size_t pdf_cross_reference_offset(const PdfFile *file) {
    return file->cross_reference_offset;
}

bool pdf_uses_cross_reference_stream(const PdfFile *file) {
    return file->uses_stream;
}

bool pdf_is_hybrid(const PdfFile *file) {
    return file->is_hybrid;
}

uint32_t pdf_next_object_number(const PdfFile *file) {
    const PdfValue *size = pdf_entry(file->trailer, "Size");
    const bool greater = size != NULL && size->kind == PDF_INTEGER && size->integer > file->slot_count &&
                         size->integer <= PDF_OBJECTS_MAX;
    return greater ? (uint32_t)size->integer : file->slot_count;
}

size_t pdf_section_count(const PdfFile *file) {
    return file->section_count;
}

size_t pdf_section_offset(const PdfFile *file, size_t number) {
    return file->section_offsets[number];
}

size_t pdf_sections_from(const PdfFile *file, size_t offset) {
    size_t count = 0;
    for (size_t i = 0; i < file->section_count; i++) {
        count += file->section_offsets[i] >= offset;
    }
    return count;
}

Status pdf_slot(PdfFile *file, uint64_t number, PdfSlot **ret_slot) {
    if (number >= PDF_OBJECTS_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF has more than %u objects", PDF_OBJECTS_MAX);
    }
    if (number >= file->slot_capacity) {
        const uint32_t doubled = file->slot_capacity == 0 ? 64 : file->slot_capacity * 2;
        const uint32_t capacity = number >= doubled ? (uint32_t)number + 1 : doubled;
        void *memory = NULL;
        TRY(arena_try_allocate(file->arena, capacity * sizeof(PdfSlot), &memory));
        memset(memory, 0, capacity * sizeof(PdfSlot));
        if (file->slot_count > 0) {
            memcpy(memory, file->slots, file->slot_count * sizeof(PdfSlot));
        }
        file->slots = memory;
        file->slot_capacity = capacity;
    }
    if (number >= file->slot_count) {
        file->slot_count = (uint32_t)number + 1;
    }
    *ret_slot = &file->slots[number];
    return STATUS_OK;
}

/** The slot of an object that the cross-references know under this generation; NULL otherwise. */
static PdfSlot *pdf_known_slot(const PdfFile *file, PdfReference reference) {
    if (reference.number >= file->slot_count) {
        return NULL;
    }
    PdfSlot *slot = &file->slots[reference.number];
    const bool known = slot->kind == PDF_SLOT_IN_FILE || slot->kind == PDF_SLOT_IN_STREAM;
    return known && slot->generation == reference.generation ? slot : NULL;
}

void pdf_walk_begin(PdfFile *file) {
    file->walk++;
    file->steps = 0;
}

bool pdf_walk_enter(PdfFile *file, PdfReference reference) {
    if (++file->steps > PDF_OBJECTS_MAX) {
        return false;
    }
    if (reference.number == 0 || reference.number >= file->slot_count) {
        return true;
    }
    PdfSlot *slot = &file->slots[reference.number];
    if (slot->mark == file->walk) {
        return false;
    }
    slot->mark = file->walk;
    return true;
}

bool pdf_known_object(const PdfFile *file, uint32_t number, PdfReference *ret_reference) {
    if (number >= file->slot_count) {
        return false;
    }
    const PdfReference reference = {number, file->slots[number].generation};
    *ret_reference = reference;
    return pdf_known_slot(file, reference) != NULL;
}

bool pdf_object_offset(const PdfFile *file, PdfReference reference, size_t *ret_offset) {
    const PdfSlot *slot = pdf_known_slot(file, reference);
    if (slot == NULL || slot->kind != PDF_SLOT_IN_FILE) {
        return false;
    }
    *ret_offset = (size_t)slot->offset;
    return true;
}

bool pdf_value_offset(const PdfFile *file, const PdfValue *value, size_t *ret_offset) {
    const uintptr_t start = (uintptr_t)file->bytes.data, at = (uintptr_t)value->source.data;
    if (value->source.data == NULL || at < start || at - start >= file->bytes.size) {
        return false;
    }
    *ret_offset = at - start;
    return true;
}

Status pdf_count_work(PdfFile *file, size_t bytes) {
    file->parsed += bytes;
    if (file->parsed / 8 > file->bytes.size + ((size_t)1 << 20)) {
        return fail(STATUS_TOO_LARGE, "the PDF's objects overlap");
    }
    return STATUS_OK;
}

/** pdf_parse_object with what it takes in another arena. */
static Status pdf_parse_object_into(PdfFile *file, Arena *arena, size_t offset, PdfReference *ret_reference,
                                    const PdfValue **ret_value) {
    PdfParser parser = {.arena = arena, .bytes = file->bytes, .at = offset, .tolerant = file->tolerant};
    uint64_t number = 0, generation = 0;
    TRY(pdf_parse_count(&parser, UINT32_MAX, &number));
    TRY(pdf_parse_count(&parser, UINT16_MAX, &generation));
    if (!pdf_skip_keyword(&parser, "obj")) {
        return pdf_damaged(offset, "no object stands where the cross-references say");
    }
    void *memory = NULL;
    TRY(arena_try_allocate(arena, sizeof(PdfValue), &memory));
    PdfValue *value = memory;
    /* An object without a value is null, which is what zeroed memory is. */
    if (pdf_skip_keyword(&parser, "endobj")) {
        *ret_reference = (PdfReference){(uint32_t)number, (uint32_t)generation};
        *ret_value = value;
        return STATUS_OK;
    }
    TRY(pdf_parse_value(&parser, value));
    TRY(pdf_count_work(file, parser.at - offset));
    const bool has_stream = pdf_skip_keyword(&parser, "stream");
    if (has_stream && value->kind != PDF_DICTIONARY) {
        return pdf_damaged(offset, "a stream has no dictionary");
    }
    if (has_stream) {
        value->kind = PDF_STREAM;
    } else if (!pdf_skip_keyword(&parser, "endobj")) {
        return pdf_damaged(offset, "an object has no end");
    }
    *ret_reference = (PdfReference){(uint32_t)number, (uint32_t)generation};
    *ret_value = value;
    return STATUS_OK;
}

Status pdf_parse_object(PdfFile *file, size_t offset, PdfReference *ret_reference, const PdfValue **ret_value) {
    return pdf_parse_object_into(file, file->arena, offset, ret_reference, ret_value);
}

/** The index at the head of an object stream: pairs of number and place. */
static Status pdf_read_stream_index(PdfFile *file, PdfObjectStream *stream, uint32_t count) {
    PdfParser parser = {.arena = file->arena, .bytes = text_slice(stream->bytes, 0, stream->first)};
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, ((size_t)count * 2 + 1) * sizeof(PdfValue), &memory));
    PdfValue *index = memory;
    for (size_t i = 0; i < (size_t)count * 2; i++) {
        uint64_t number = 0;
        TRY(pdf_parse_count(&parser, UINT32_MAX, &number));
        index[i] = (PdfValue){.kind = PDF_INTEGER, .integer = (int64_t)number};
    }
    stream->index = index;
    stream->count = count;
    return STATUS_OK;
}

static Status pdf_open_object_stream(PdfFile *file, uint32_t number, const PdfObjectStream **ret_stream) {
    PdfSlot *slot = pdf_known_slot(file, (PdfReference){number, 0});
    if (slot == NULL || slot->kind != PDF_SLOT_IN_FILE) {
        return fail(STATUS_INVALID, "the PDF is damaged: object stream %u is missing", number);
    }
    if (slot->stream != NULL) {
        *ret_stream = slot->stream;
        return STATUS_OK;
    }
    const PdfValue *value = NULL, *type = NULL, *count = NULL, *first = NULL;
    TRY(pdf_object(file, (PdfReference){number, 0}, &value));
    TRY(pdf_get(file, value, "Type", &type));
    TRY(pdf_get(file, value, "N", &count));
    TRY(pdf_get(file, value, "First", &first));
    PdfObjectStream made = {0};
    TRY(pdf_stream_bytes(file, value, &made.bytes));
    const bool sound = pdf_is_name(type, "ObjStm") && count->kind == PDF_INTEGER && count->integer >= 0 &&
                       count->integer <= PDF_OBJECTS_MAX && first->kind == PDF_INTEGER && first->integer >= 0 &&
                       (uint64_t)first->integer <= made.bytes.size;
    if (!sound) {
        return fail(STATUS_INVALID, "the PDF is damaged: object %u is no object stream", number);
    }
    made.first = (size_t)first->integer;
    TRY(pdf_read_stream_index(file, &made, (uint32_t)count->integer));
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, sizeof(PdfObjectStream), &memory));
    *(PdfObjectStream *)memory = made;
    /* Reading may have moved the slots. */
    file->slots[number].stream = memory;
    *ret_stream = memory;
    return STATUS_OK;
}

static Status pdf_read_in_stream(PdfFile *file, uint32_t number, uint32_t container, uint64_t place,
                                 const PdfValue **ret_value) {
    const PdfObjectStream *stream = NULL;
    TRY(pdf_open_object_stream(file, container, &stream));
    if (place >= stream->count || stream->index[place * 2].integer != number) {
        return fail(STATUS_INVALID, "the PDF is damaged: object %u is not in its object stream", number);
    }
    const uint64_t at = (uint64_t)stream->index[place * 2 + 1].integer + stream->first;
    if (at > stream->bytes.size) {
        return fail(STATUS_INVALID, "the PDF is damaged: object %u stands behind its object stream", number);
    }
    PdfParser parser = {.arena = file->arena, .bytes = stream->bytes, .at = (size_t)at, .tolerant = file->tolerant};
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, sizeof(PdfValue), &memory));
    TRY(pdf_parse_value(&parser, memory));
    *ret_value = memory;
    return pdf_count_work(file, parser.at - (size_t)at);
}

static Status pdf_read_object(PdfFile *file, Arena *arena, PdfReference reference, const PdfSlot *slot,
                              const PdfValue **ret_value) {
    if (slot->kind == PDF_SLOT_IN_STREAM) {
        return pdf_read_in_stream(file, reference.number, slot->container, slot->offset, ret_value);
    }
    if (slot->offset >= file->bytes.size) {
        return fail(STATUS_INVALID, "the PDF is damaged: object %u stands behind the end", reference.number);
    }
    PdfReference found = {0, 0};
    TRY(pdf_parse_object_into(file, arena, (size_t)slot->offset, &found, ret_value));
    if (found.number != reference.number || found.generation != reference.generation) {
        return fail(STATUS_INVALID, "the PDF is damaged: object %u stands where %u should", found.number,
                    reference.number);
    }
    return STATUS_OK;
}

Status pdf_object(PdfFile *file, PdfReference reference, const PdfValue **ret_value) {
    PdfSlot *slot = pdf_known_slot(file, reference);
    if (slot == NULL) {
        *ret_value = &pdf_null;
        return STATUS_OK;
    }
    if (slot->state == PDF_READING) {
        return fail(STATUS_INVALID, "the PDF is damaged: reading object %u needs object %u", reference.number,
                    reference.number);
    }
    if (slot->state == PDF_UNREAD) {
        slot->state = PDF_READING;
        const PdfSlot copy = *slot;
        const PdfValue *value = NULL;
        const Status status = pdf_read_object(file, file->arena, reference, &copy, &value);
        slot = &file->slots[reference.number];
        slot->state = status == STATUS_OK ? PDF_READ : PDF_UNREAD;
        slot->value = value;
        TRY(status);
    }
    *ret_value = slot->value;
    return STATUS_OK;
}

/** Reads one object; what nobody has asked for yet is read into `scratch` and forgotten, so that a file of many objects
 * takes no memory for all of them. */
static Status pdf_check_object(PdfFile *file, uint32_t number, Arena *scratch) {
    const PdfReference reference = {number, file->slots[number].generation};
    const PdfSlot slot = file->slots[number];
    const PdfValue *value = NULL;
    if (slot.kind == PDF_SLOT_IN_FILE && slot.state == PDF_UNREAD) {
        TRY(pdf_read_object(file, scratch, reference, &slot, &value));
    } else {
        TRY(pdf_object(file, reference, &value));
    }
    Text raw = {0};
    return value->kind == PDF_STREAM ? pdf_stream_raw(file, value, &raw) : STATUS_OK;
}

Status pdf_check_objects(PdfFile *file) {
    Arena *scratch = arena_open(PDF_CHECK_BUDGET);
    Status status = STATUS_OK;
    for (uint32_t number = 0; number < file->slot_count && status == STATUS_OK; number++) {
        status = pdf_check_object(file, number, scratch);
        arena_reset(scratch);
    }
    arena_close(scratch);
    return status;
}

Status pdf_resolve(PdfFile *file, const PdfValue *value, const PdfValue **ret_value) {
    for (unsigned depth = 0; value->kind == PDF_REFERENCE; depth++) {
        if (depth >= PDF_NESTING_MAX) {
            return fail(STATUS_INVALID, "the PDF is damaged: a reference leads in a circle");
        }
        TRY(pdf_object(file, value->reference, &value));
    }
    *ret_value = value;
    return STATUS_OK;
}

const PdfValue *pdf_entry(const PdfValue *dictionary, const char *key) {
    if (dictionary->kind != PDF_DICTIONARY && dictionary->kind != PDF_STREAM) {
        return NULL;
    }
    const Text wanted = text_of(key);
    for (size_t i = 0; i < dictionary->count; i++) {
        if (text_equal(dictionary->items[i * 2].text, wanted)) {
            return &dictionary->items[i * 2 + 1];
        }
    }
    return NULL;
}

Status pdf_get(PdfFile *file, const PdfValue *dictionary, const char *key, const PdfValue **ret_value) {
    const PdfValue *value = pdf_entry(dictionary, key);
    if (value == NULL) {
        *ret_value = &pdf_null;
        return STATUS_OK;
    }
    return pdf_resolve(file, value, ret_value);
}

bool pdf_keys_are_unique(const PdfValue *dictionary) {
    if (dictionary->kind != PDF_DICTIONARY && dictionary->kind != PDF_STREAM) {
        return true;
    }
    /* Comparing all pairs: no honest dictionary of those that are asked for has a thousand entries. */
    if (dictionary->count > 1000) {
        return false;
    }
    for (size_t i = 0; i < dictionary->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (text_equal(dictionary->items[i * 2].text, dictionary->items[j * 2].text)) {
                return false;
            }
        }
    }
    return true;
}

bool pdf_is_name(const PdfValue *value, const char *name) {
    return value->kind == PDF_NAME && text_equal(value->text, text_of(name));
}

/** Where the last `startxref` points. */
static Status pdf_find_cross_references(Text bytes, size_t *ret_offset) {
    const size_t from = bytes.size > PDF_TAIL_SIZE ? bytes.size - PDF_TAIL_SIZE : 0;
    const Text word = TEXT("startxref");
    for (size_t at = bytes.size; at-- > from;) {
        if (text_starts_with(text_slice(bytes, at, bytes.size), word)) {
            PdfParser parser = {.bytes = bytes, .at = at + word.size};
            uint64_t offset = 0;
            TRY(pdf_parse_count(&parser, bytes.size, &offset));
            *ret_offset = (size_t)offset;
            return STATUS_OK;
        }
    }
    return fail(STATUS_INVALID, "the PDF is damaged: its end does not say where the cross-references are");
}

static Status pdf_open_as(Arena *arena, Text bytes, bool tolerant, PdfFile **ret_file) {
    size_t header = 0, offset = 0;
    if (!text_find(text_slice(bytes, 0, PDF_HEAD_SIZE), TEXT("%PDF-"), &header)) {
        return fail(STATUS_INVALID, "this is no PDF file");
    }
    if (header != 0) {
        return fail(STATUS_INVALID, "the PDF is damaged: bytes stand before its header");
    }
    TRY(pdf_find_cross_references(bytes, &offset));
    void *memory = NULL, *sections = NULL;
    TRY(arena_try_allocate(arena, sizeof(PdfFile), &memory));
    TRY(arena_try_allocate(arena, PDF_SECTIONS_MAX * sizeof(size_t), &sections));
    PdfFile *file = memory;
    *file = (PdfFile){.arena = arena,
                      .bytes = bytes,
                      .cross_reference_offset = offset,
                      .section_offsets = sections,
                      .tolerant = tolerant};
    TRY(pdf_read_cross_references(file, offset));
    if (!tolerant && pdf_entry(file->trailer, "Encrypt") != NULL) {
        return fail(STATUS_UNSUPPORTED, "the PDF is encrypted");
    }
    if (!pdf_keys_are_unique(file->trailer)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its trailer has a key twice");
    }
    *ret_file = file;
    return STATUS_OK;
}

Status pdf_open(Arena *arena, Text bytes, PdfFile **ret_file) {
    return pdf_open_as(arena, bytes, false, ret_file);
}

Status pdf_open_tolerant(Arena *arena, Text bytes, PdfFile **ret_file) {
    return pdf_open_as(arena, bytes, true, ret_file);
}
