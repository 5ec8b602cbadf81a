/** Writes the data of a paper as UBL by its type's table, or as JSON. */
#include <jansson.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/documents/documents_draw.h"
#include "capabilities/documents/documents_ubl.h"

enum { DEPTH_MAXIMUM = 32, ELEMENT_NAME = 80, PAYLOAD_BYTES = 32 << 20, MILLIONTHS = 1000000 };

static const char aggregates[] = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
static const char basics[] = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

/** What is being written. */
typedef struct Writing {
    Arena *arena;
    const DocumentPaper *paper;
    const FormValues *row; /**< NULL outside of rows */
    size_t row_number;     /**< from 1 */
    xmlTextWriter *writer;
    UblStep open[DEPTH_MAXIMUM]; /**< the elements that are open below the root */
    size_t depth, base;          /**< `base` of them belong to what is outside of the row */
    bool failed;
} Writing;

/* The same document has the same UUID for ever: of version 8 (RFC 9562), from the address that proves it. */
static Text uuid_of(Arena *arena, const DocumentPaper *paper) {
    const Sha256 digest =
        sha256(documents_verify_address(arena, paper->chamber->public_url, paper->number, paper->code));
    unsigned char b[16];
    memcpy(b, digest.bytes, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x80);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return arena_format(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
                        b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static size_t row_count(const DocumentPaper *paper) {
    return paper->type->group == NULL ? 0 : form_value(paper->values, paper->type->group)->rows.count;
}

/** The values of the document itself, in the spelling of machines; made only when they are asked for. */
static Text own_value(Arena *arena, const DocumentPaper *paper, Text name) {
    const ChamberLetterhead *chamber = paper->chamber;
    const struct {
        const char *name;
        Text value;
    } values[] = {{"number", paper->number},
                  {"code", paper->code},
                  {"replaces", paper->replaces},
                  {"title", text_of(paper->type->title.english)},
                  {"officer_name", paper->officer_name},
                  {"place", chamber->place},
                  {"chamber_name", chamber->name},
                  {"chamber_address", chamber->address},
                  {"chamber_country", chamber->country},
                  {"public_url", chamber->public_url},
                  {"file_digest", paper->file_digest}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (text_equal(name, text_of(values[i].name))) {
            return values[i].value;
        }
    }
    if (text_equal(name, TEXT("uuid"))) {
        return uuid_of(arena, paper);
    }
    if (text_equal(name, TEXT("certified_date"))) {
        return time_iso_date(arena, paper->certified);
    }
    if (text_equal(name, TEXT("certified_time"))) {
        return text_slice(time_rfc3339(arena, paper->certified), 11, 20);
    }
    if (text_equal(name, TEXT("verify_address"))) {
        return documents_verify_address(arena, chamber->public_url, paper->number, paper->code);
    }
    return text_equal(name, TEXT("line_count")) ? arena_format(arena, "%zu", row_count(paper))
                                                : documents_total(arena, paper, name);
}

static bool field_value(const FormValues *values, Text name, Text *ret_value) {
    for (size_t i = 0; values != NULL && i < values->form->count; i++) {
        if (text_equal(name, text_of(values->form->fields[i].name))) {
            *ret_value = values->items[i].text;
            return true;
        }
    }
    return false;
}

Text documents_total(Arena *arena, const DocumentPaper *paper, Text name) {
    const Text field = text_slice(name, sizeof "total_" - 1, name.size);
    const FormRows none = {0};
    if (!text_starts_with(name, TEXT("total_"))) {
        return (Text){NULL, 0};
    }
    const FormRows *rows = paper->type->group == NULL ? &none : &form_value(paper->values, paper->type->group)->rows;
    int64_t millionths = 0;
    for (size_t i = 0; i < rows->count; i++) {
        Text words = {NULL, 0};
        int64_t whole = 0, part = 0;
        if (!field_value(&rows->items[i], field, &words) || words.size == 0) {
            return (Text){NULL, 0};
        }
        const Text before = text_cut(&words, '.');
        const char *digits = arena_format(arena, "%.*s000000", TEXT_ARG(text_slice(words, 0, 6))).data;
        if (text_to_int(before, &whole) != STATUS_OK || text_to_int((Text){digits, 6}, &part) != STATUS_OK ||
            __builtin_mul_overflow(whole, (int64_t)MILLIONTHS, &whole) ||
            __builtin_add_overflow(millionths, whole, &millionths) ||
            __builtin_add_overflow(millionths, part, &millionths)) {
            return (Text){NULL, 0};
        }
    }
    if (rows->count == 0) {
        return (Text){NULL, 0};
    }
    Text sum =
        arena_format(arena, "%lld.%06lld", (long long)(millionths / MILLIONTHS), (long long)(millionths % MILLIONTHS));
    while (sum.data[sum.size - 1] == '0') {
        sum.size--;
    }
    sum.size -= sum.data[sum.size - 1] == '.';
    return sum;
}

static Text value_of(const Writing *w, Text name) {
    Text value = {NULL, 0};
    if (field_value(w->row, name, &value)) {
        return value;
    }
    if (w->row != NULL && text_equal(name, TEXT("row"))) {
        return arena_format(w->arena, "%zu", w->row_number);
    }
    if (w->row == NULL && field_value(w->paper->values, name, &value)) {
        return value;
    }
    return own_value(w->arena, w->paper, name);
}

static bool has_something(const Writing *w, const UblEntry *entry) {
    if (entry->rows != NULL) {
        return row_count(w->paper) > 0;
    }
    return value_of(w, entry->from).size > 0;
}

/** Whether the nearest element with a label above this line has anything to say: its fields, or, where it has none, its
 * other values. Constants alone make no element. */
static bool label_speaks(const Writing *w, const UblTable *table, const UblEntry *entry) {
    size_t at = entry->step_count;
    while (at > 0 && entry->steps[at - 1].label.size == 0) {
        at--;
    }
    if (at == 0) {
        return true;
    }
    bool has_fields = false, fields_speak = false, has_values = false, values_speak = false;
    for (size_t i = 0; i < table->count; i++) {
        const UblEntry *other = &table->items[i];
        if (other->from.size > 0 && ubl_same_steps(entry, other, at - 1)) {
            const bool speaks = has_something(w, other);
            has_values = true;
            values_speak |= speaks;
            has_fields |= other->is_field || other->rows != NULL;
            fields_speak |= (other->is_field || other->rows != NULL) && speaks;
        }
    }
    return has_fields ? fields_speak : values_speak || !has_values;
}

static void close_to(Writing *w, size_t depth) {
    while (w->depth > depth) {
        w->failed |= xmlTextWriterEndElement(w->writer) < 0;
        w->depth--;
    }
}

static void open_element(Writing *w, const UblStep *step, bool basic) {
    char name[ELEMENT_NAME];
    const int size = snprintf(name, sizeof name, "%s:%.*s", basic ? "cbc" : "cac", TEXT_ARG(step->name));
    if (w->depth == DEPTH_MAXIMUM || size <= 0 || (size_t)size >= sizeof name) {
        w->failed = true;
        return;
    }
    w->failed |= xmlTextWriterStartElement(w->writer, (const xmlChar *)name) < 0;
    w->open[w->depth++] = *step;
}

/** Closes what is not above the entry and opens the elements down to `steps` of its steps. */
static void open_path(Writing *w, const UblEntry *entry, size_t steps) {
    size_t shared = 0;
    while (shared < steps && w->base + shared < w->depth &&
           text_equal(w->open[w->base + shared].name, entry->steps[shared].name) &&
           text_equal(w->open[w->base + shared].label, entry->steps[shared].label)) {
        shared++;
    }
    close_to(w, w->base + shared);
    for (size_t i = shared; i < steps; i++) {
        open_element(w, &entry->steps[i], false);
    }
}

/** Whether XML can hold it: no control characters, none of the two non-characters of each plane's first. */
static bool fits_xml(Text text) {
    Text rest = text;
    uint32_t point = 0;
    while (rest.size > 0) {
        point = text_next_code_point(&rest);
        if ((point < ' ' && point != '\n' && point != '\t') || point == 0xfffe || point == 0xffff) {
            return false;
        }
    }
    return true;
}

static Status write_words(Writing *w, const UblEntry *entry, Text words) {
    if (!text_is_utf8(words) || !fits_xml(words)) {
        return fail(STATUS_INVALID, "%.*s has a character that XML cannot hold. Type it again.", TEXT_ARG(entry->from));
    }
    open_element(w, &entry->steps[entry->step_count - 1], true);
    for (size_t i = 0; i < entry->attribute_count; i++) {
        const UblAttribute *attribute = &entry->attributes[i];
        const Text value = attribute->is_name ? value_of(w, attribute->words) : attribute->words;
        if (value.size > 0) {
            w->failed |= xmlTextWriterWriteAttribute(w->writer, (const xmlChar *)attribute->name,
                                                     (const xmlChar *)arena_c_string(w->arena, value)) < 0;
        }
    }
    w->failed |= xmlTextWriterWriteString(w->writer, (const xmlChar *)arena_c_string(w->arena, words)) < 0;
    close_to(w, w->depth - 1);
    return STATUS_OK;
}

static Status write_table(Writing *w, const UblTable *table);

static Status write_rows(Writing *w, const UblEntry *entry) {
    const FormRows *rows = &form_value(w->paper->values, w->paper->type->group)->rows;
    for (size_t i = 0; i < rows->count; i++) {
        open_path(w, entry, entry->step_count - 1);
        open_element(w, &entry->steps[entry->step_count - 1], false);
        const size_t base = w->base, depth = w->depth;
        w->row = &rows->items[i];
        w->row_number = i + 1;
        w->base = depth;
        const Status status = write_table(w, entry->rows);
        w->row = NULL;
        w->base = base;
        TRY(status);
        close_to(w, depth - 1);
    }
    return STATUS_OK;
}

static Status write_entry(Writing *w, const UblTable *table, const UblEntry *entry) {
    if (entry->rows != NULL) {
        return write_rows(w, entry);
    }
    Text words = entry->from.size > 0 ? value_of(w, entry->from) : entry->constant;
    if (entry->is_tick) {
        words = words.size > 0 ? entry->constant : words;
    } else if (words.size == 0) {
        words = entry->constant;
    }
    if (words.size == 0 || (!entry->is_field && !label_speaks(w, table, entry))) {
        return STATUS_OK;
    }
    open_path(w, entry, entry->step_count - 1);
    if (!entry->lines) {
        return write_words(w, entry, words);
    }
    Text rest = words;
    while (rest.size > 0) {
        TRY(write_words(w, entry, text_cut(&rest, '\n')));
        close_to(w, w->depth - (rest.size > 0 && entry->step_count > 1 ? 1 : 0));
        open_path(w, entry, entry->step_count - 1);
    }
    return STATUS_OK;
}

static Status write_table(Writing *w, const UblTable *table) {
    for (size_t i = 0; i < table->count; i++) {
        TRY(write_entry(w, table, &table->items[i]));
    }
    return STATUS_OK;
}

static Status write_document(Writing *w) {
    const DocumentPayload *payload = &w->paper->type->payload;
    const struct {
        const char *name;
        const char *value;
    } spaces[] = {
        {"xmlns", arena_c_string(w->arena, payload->name_space)}, {"xmlns:cac", aggregates}, {"xmlns:cbc", basics}};
    w->failed |= xmlTextWriterSetIndent(w->writer, 1) < 0;
    w->failed |= xmlTextWriterStartDocument(w->writer, NULL, "UTF-8", NULL) < 0;
    w->failed |= xmlTextWriterStartElement(w->writer, (const xmlChar *)arena_c_string(w->arena, payload->root)) < 0;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        w->failed |= xmlTextWriterWriteAttribute(w->writer, (const xmlChar *)spaces[i].name,
                                                 (const xmlChar *)spaces[i].value) < 0;
    }
    TRY(write_table(w, &payload->table));
    close_to(w, 0);
    w->failed |= xmlTextWriterEndDocument(w->writer) < 0;
    return STATUS_OK;
}

static Status write_ubl(Arena *arena, const DocumentPaper *paper, Text *ret_bytes) {
    xmlBuffer *buffer = xmlBufferCreate();
    Writing w = {.arena = arena, .paper = paper, .writer = buffer == NULL ? NULL : xmlNewTextWriterMemory(buffer, 0)};
    Status status = w.writer == NULL ? fail(STATUS_FAILED, "no memory for the XML") : write_document(&w);
    if (w.writer != NULL) {
        xmlFreeTextWriter(w.writer);
    }
    if (status == STATUS_OK && w.failed) {
        status = fail(STATUS_FAILED, "the XML could not be written");
    }
    if (status == STATUS_OK) {
        *ret_bytes = arena_copy(arena, (Text){(const char *)xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer)});
    }
    if (buffer != NULL) {
        xmlBufferFree(buffer);
    }
    return status;
}

static int append_json(const char *bytes, size_t size, void *output) {
    buffer_append(output, (Text){bytes, size});
    return 0;
}

static Status write_json_payload(Arena *arena, const DocumentPaper *paper, Text *ret_bytes) {
    static const char *const names[] = {
        "number",          "code",           "uuid",       "replaces",     "certified_date",
        "certified_time",  "officer_name",   "place",      "chamber_name", "chamber_address",
        "chamber_country", "verify_address", "file_digest"};
    json_t *object = json_object();
    (void)json_object_set_new(object, "document_type", json_stringn(paper->type->name.data, paper->type->name.size));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const Text value = own_value(arena, paper, text_of(names[i]));
        if (value.size > 0) {
            (void)json_object_set_new(object, names[i], json_stringn(value.data, value.size));
        }
    }
    const Text application = form_to_json(arena, paper->values);
    (void)json_object_set_new(object, "application", json_loadb(application.data, application.size, 0, NULL));
    Buffer output = buffer_make(arena, PAYLOAD_BYTES);
    const bool written = json_dump_callback(object, append_json, &output, JSON_INDENT(2)) == 0;
    json_decref(object);
    buffer_append_byte(&output, '\n');
    return written ? buffer_take(&output, ret_bytes) : fail(STATUS_INVALID, "the data cannot be written as JSON");
}

Text payload_media_type(const DocumentPayload *payload) {
    return payload->kind == PAYLOAD_JSON ? TEXT("application/json") : TEXT("application/xml");
}

Status documents_payload(Arena *arena, const DocumentPaper *paper, Text *ret_bytes) {
    switch (paper->type->payload.kind) {
    case PAYLOAD_UBL:
        return write_ubl(arena, paper, ret_bytes);
    case PAYLOAD_JSON:
        return write_json_payload(arena, paper, ret_bytes);
    case PAYLOAD_NONE:
        break;
    }
    return fail(STATUS_INVALID, "papers of the type %.*s have no data inside", TEXT_ARG(paper->type->name));
}
