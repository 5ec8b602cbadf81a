/**
 * The end of a paper's file. cairo 1.16 writes a date without its "D:", no language, no /ID, no CIDToGIDMap, and names
 * what is drawn several times on a page as often in the page's resources. So its objects are written anew in their
 * order, the last two, document information and catalog, are replaced by ours, and the cross-reference table follows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "pdf/page_inside.h"
#include "pdf/revision.h"

/** What stands at the end of cairo's file. */
typedef struct Tail {
    size_t object_count; /**< with object 0 */
    size_t information, catalog, pages;
    size_t entries; /**< where the cross-reference entries start, 20 bytes each */
} Tail;

enum { ENTRY_SIZE = 20, ENTRY_OFFSET_DIGITS = 10, MAXIMUM_NAMES = 64, EXTRA_PER_OBJECT = 32, EXTRA_AT_END = 8192 };

/** Reads a number behind `label`, looking from `from` on. */
static bool number_behind(Text file, size_t from, const char *label, size_t *ret_number, size_t *ret_end) {
    size_t at = 0;
    const Text rest = text_slice(file, from, file.size);
    if (!text_find(rest, text_of(label), &at)) {
        return false;
    }
    at += from + strlen(label);
    size_t number = 0;
    const size_t start = at;
    while (at < file.size && file.data[at] >= '0' && file.data[at] <= '9' && number < PAPER_MAXIMUM_BYTES) {
        number = number * 10 + (size_t)(file.data[at++] - '0');
    }
    *ret_number = number;
    *ret_end = at;
    return at > start;
}

static size_t entry_offset(Text file, const Tail *tail, size_t object) {
    size_t offset = 0;
    for (size_t i = 0; i < ENTRY_OFFSET_DIGITS; i++) {
        offset = offset * 10 + (size_t)(file.data[tail->entries + object * ENTRY_SIZE + i] - '0');
    }
    return offset;
}

static bool read_tail(Text file, Tail *ret_tail) {
    Tail tail = {0};
    size_t table = 0, end = 0;
    const size_t last = file.size > 64 ? file.size - 64 : 0;
    if (!number_behind(file, last, "startxref\n", &table, &end) ||
        !number_behind(file, table, "xref\n0 ", &tail.object_count, &end)) {
        return false;
    }
    tail.entries = end + 1;
    const size_t trailer = tail.entries + tail.object_count * ENTRY_SIZE;
    if (trailer >= file.size || !number_behind(file, trailer, "/Root ", &tail.catalog, &end) ||
        !number_behind(file, trailer, "/Info ", &tail.information, &end) || tail.catalog >= tail.object_count ||
        tail.information >= tail.object_count) {
        return false;
    }
    if (!number_behind(file, entry_offset(file, &tail, tail.catalog), "/Pages ", &tail.pages, &end)) {
        return false;
    }
    for (size_t i = 1; i < tail.object_count; i++) {
        if (i != tail.information && i != tail.catalog &&
            entry_offset(file, &tail, i) > entry_offset(file, &tail, tail.information)) {
            return false;
        }
    }
    *ret_tail = tail;
    return tail.pages > 0 && tail.pages < tail.object_count;
}

/** The end of the object's dictionaries: where its stream starts or the object ends. */
static size_t dictionary_end(Text file, size_t from) {
    const Text rest = text_slice(file, from, file.size);
    size_t stream = rest.size, end = rest.size;
    (void)text_find(rest, TEXT("endobj"), &end);
    (void)text_find(text_slice(rest, 0, end), TEXT("\nstream"), &stream);
    return from + (stream < end ? stream : end);
}

/** Writes a dictionary's entries " /x7 7 0 R" up to its end, each name once: a key must be unique (7.3.7). */
static void write_unique_names(Buffer *output, Text *rest) {
    Text seen[MAXIMUM_NAMES];
    size_t count = 0, end = rest->size;
    (void)text_find(*rest, TEXT(">>"), &end);
    Text entries = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end, rest->size);
    (void)text_cut(&entries, '/');
    while (entries.size > 0) {
        const Text entry = text_cut(&entries, '/');
        Text name = entry;
        name = text_cut(&name, ' ');
        bool is_repeated = false;
        for (size_t i = 0; i < count && !is_repeated; i++) {
            is_repeated = text_equal(seen[i], name);
        }
        if (!is_repeated) {
            buffer_append(output, TEXT(" /"));
            buffer_append(output, text_trim(entry));
        }
        if (!is_repeated && count < MAXIMUM_NAMES) {
            seen[count++] = name;
        }
    }
    buffer_append_byte(output, ' ');
}

/** Copies what stands before the end of `mark`, and moves behind it. False when the mark is not there. */
static bool copy_through(Buffer *output, Text *rest, const char *mark) {
    size_t at = 0;
    if (!text_find(*rest, text_of(mark), &at)) {
        return false;
    }
    at += strlen(mark);
    buffer_append(output, text_slice(*rest, 0, at));
    *rest = text_slice(*rest, at, rest->size);
    return true;
}

/** Writes an object anew; streams are copied. */
static void write_object(PaperFile *file, size_t number, Text object) {
    Buffer *output = &file->output;
    const size_t end = dictionary_end(object, 0);
    Text rest = text_slice(object, 0, end);
    file->offsets[number] = output->size;
    if (number == file->seal_page && copy_through(output, &rest, "<<")) {
        buffer_format(output, " /Annots %zu 0 R", file->annotations);
    } else if (copy_through(output, &rest, "/XObject <<")) {
        write_unique_names(output, &rest);
    } else if (copy_through(output, &rest, "/Subtype /CIDFontType2")) {
        /* ISO 32000-1 9.7.4.2 takes it for granted, ISO 19005-3 6.2.11.3.2 does not. */
        buffer_append(output, TEXT("\n   /CIDToGIDMap /Identity"));
    }
    buffer_append(output, rest);
    buffer_append(output, text_slice(object, end, object.size));
}

/** An object's number and where it starts. */
typedef struct Place {
    size_t object, offset;
} Place;

static int by_offset(const void *a, const void *b) {
    const Place *first = a, *second = b;
    return (first->offset > second->offset) - (first->offset < second->offset);
}

/** The object that is the page of this number, from 1: the kids of cairo's tree of pages are the pages. */
static bool find_page(Text drawn, const Tail *tail, size_t number, size_t *ret_object) {
    size_t at = 0, object = 0;
    const size_t from = entry_offset(drawn, tail, tail->pages);
    bool found = number_behind(drawn, from, "/Kids [ ", &object, &at);
    for (size_t i = 1; i < number && found; i++) {
        found = number_behind(drawn, at, " 0 R ", &object, &at);
    }
    *ret_object = object;
    return found && object < tail->object_count && number > 0;
}

/** Writes cairo's objects, and notes where each starts now. */
static void write_objects(PaperFile *output, Text file, const Tail *tail) {
    Place *places = arena_new_array(output->paper->arena, Place, tail->object_count + 1);
    size_t count = 0;
    const size_t end = entry_offset(file, tail, tail->information);
    for (size_t object = 1; object < tail->object_count; object++) {
        const size_t offset = entry_offset(file, tail, object);
        if (offset > 0 && offset < end) {
            places[count++] = (Place){object, offset};
        }
    }
    qsort(places, count, sizeof *places, by_offset);
    buffer_append(&output->output, TEXT("%PDF-1.7"));
    buffer_append(&output->output, text_slice(file, strlen("%PDF-1.7"), count > 0 ? places[0].offset : end));
    for (size_t i = 0; i < count; i++) {
        write_object(output, places[i].object,
                     text_slice(file, places[i].offset, i + 1 < count ? places[i + 1].offset : end));
    }
}

static void write_text(PaperFile *file, const char *key, Text text) {
    if (text.size > 0) {
        buffer_format(&file->output, "   /%s ", key);
        buffer_append(&file->output, pdf_source_text(file->paper->scratch, text));
        buffer_append_byte(&file->output, '\n');
    }
}

static void write_information(PaperFile *file, size_t object) {
    const PaperInformation *information = &file->paper->information;
    page_begin_object(file, object);
    buffer_append(&file->output, TEXT("<< /Producer (" PAPER_PRODUCER ")\n"));
    write_text(file, "Title", information->title);
    write_text(file, "Author", information->author);
    write_text(file, "Subject", information->subject);
    write_text(file, "Keywords", information->keywords);
    if (time_is_set(information->created)) {
        const Text date = pdf_source_date(file->paper->scratch, information->created);
        buffer_format(&file->output, "   /CreationDate %.*s\n   /ModDate %.*s\n", TEXT_ARG(date), TEXT_ARG(date));
    }
    buffer_append(&file->output, TEXT(">>\nendobj\n"));
}

/** Letters, digits and hyphens alone need no escapes. */
static bool is_language_tag(Text tag) {
    for (size_t i = 0; i < tag.size; i++) {
        const char letter = tag.data[i];
        const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        if (!is_letter && !(letter >= '0' && letter <= '9') && letter != '-') {
            return false;
        }
    }
    return tag.size > 0;
}

static void write_catalog(PaperFile *file, const Tail *tail, Text archive_entries) {
    const Text language = file->paper->information.language;
    page_begin_object(file, tail->catalog);
    buffer_format(&file->output, "<< /Type /Catalog\n   /Version /1.7\n   /Pages %zu 0 R\n", tail->pages);
    if (is_language_tag(language)) {
        buffer_format(&file->output, "   /Lang (%.*s)\n", TEXT_ARG(language));
    }
    buffer_append(&file->output, archive_entries);
    buffer_append(&file->output, TEXT("   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n"));
}

/** Cross-reference table and trailer. */
static void write_tail(PaperFile *file, const Tail *tail) {
    Buffer *output = &file->output;
    const size_t table = output->size;
    buffer_format(output, "xref\n0 %zu\n0000000000 65535 f \n", file->object_count);
    for (size_t object = 1; object < file->object_count; object++) {
        const size_t offset = file->offsets[object];
        buffer_format(output, "%010zu %s \n", offset, offset > 0 ? "00000 n" : "65535 f");
    }
    /* Equal papers have equal identifiers; different ones do not (ISO 32000-1 14.4). */
    const Sha256 digest = sha256((Text){output->data, output->size});
    const Text identifier = hex_encode(file->paper->scratch, text_slice(sha256_text(&digest), 0, 16));
    buffer_format(output, "trailer\n<< /Size %zu\n   /Root %zu 0 R\n   /Info %zu 0 R\n   /ID [<%.*s> <%.*s>]\n>>\n",
                  file->object_count, tail->catalog, tail->information, TEXT_ARG(identifier), TEXT_ARG(identifier));
    buffer_format(output, "startxref\n%zu\n%%%%EOF\n", table);
}

/** Takes memory for the output, of about the size that it will have. @return STATUS_TOO_LARGE */
static Status begin_file(const Paper *paper, Text drawn, size_t object_count, PaperFile *file) {
    void *offsets = NULL, *memory = NULL;
    const size_t room = drawn.size + object_count * EXTRA_PER_OBJECT + EXTRA_AT_END + page_archive_room(paper);
    const size_t capacity = object_count + PAPER_ARCHIVE_OBJECTS;
    if (arena_try_allocate(paper->arena, capacity * sizeof(size_t), &offsets) != STATUS_OK ||
        arena_try_allocate(paper->arena, room, &memory) != STATUS_OK) {
        return fail(STATUS_TOO_LARGE, "the document is larger than its memory budget");
    }
    *file = (PaperFile){.paper = paper,
                        .output = buffer_make(paper->arena, PAPER_MAXIMUM_BYTES),
                        .offsets = offsets,
                        .object_count = object_count};
    file->output.data = memory;
    file->output.capacity = room;
    return STATUS_OK;
}

Status page_finish_file(Paper *paper, Text *ret_pdf) {
    const Text drawn = {(const char *)paper->drawn->data, paper->drawn->len};
    Tail tail;
    PaperFile file;
    if (!read_tail(drawn, &tail) || !text_starts_with(drawn, TEXT("%PDF-1."))) {
        return fail(STATUS_FAILED, "the drawing library's file does not end as expected");
    }
    TRY(begin_file(paper, drawn, tail.object_count, &file));
    if (paper->has_seal) {
        file.annotations = page_reserve_object(&file);
        if (!find_page(drawn, &tail, paper->seal.page, &file.seal_page)) {
            return fail(STATUS_FAILED, "the drawing library's file has no page for the seal");
        }
    }
    write_objects(&file, drawn, &tail);
    Text entries = {0};
    TRY(page_archive_write(&file, &entries));
    write_information(&file, tail.information);
    write_catalog(&file, &tail, entries);
    write_tail(&file, &tail);
    if (file.output.overflow) {
        return fail(STATUS_TOO_LARGE, "the document is larger than %zu bytes or than its memory budget",
                    PAPER_MAXIMUM_BYTES);
    }
    *ret_pdf = (Text){file.output.data, file.output.size};
    return STATUS_OK;
}
