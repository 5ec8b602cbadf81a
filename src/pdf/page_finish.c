/**
 * The end of a paper's file. cairo 1.16 writes a date without its "D:", no language and no /ID, so its document
 * information and catalog, always the last two objects, are replaced by ours, and the cross-reference table is written
 * anew behind them.
 */
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "pdf/page_inside.h"

/** What stands at the end of cairo's file. */
typedef struct Tail {
    size_t object_count; /**< with object 0 */
    size_t information, catalog, pages;
    size_t entries; /**< where the cross-reference entries start, 20 bytes each */
} Tail;

enum { ENTRY_SIZE = 20, ENTRY_OFFSET_DIGITS = 10, MAXIMUM_NAMES = 64 };

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

/** Blanks out the names that stand again in a dictionary of " /x7 7 0 R" that starts at `from`. A key must be unique
 * (7.3.7). */
static void drop_repeated_names(char *data, size_t from, size_t to) {
    Text seen[MAXIMUM_NAMES];
    size_t count = 0;
    size_t at = from;
    while (at + 1 < to && !(data[at] == '>' && data[at + 1] == '>')) {
        if (data[at] != '/') {
            at++;
            continue;
        }
        const size_t start = at;
        while (at < to && data[at] != ' ') {
            at++;
        }
        const Text name = {data + start, at - start};
        while (at < to && data[at] != 'R' && data[at] != '>') {
            at++;
        }
        bool is_repeated = false;
        for (size_t i = 0; i < count && !is_repeated; i++) {
            is_repeated = text_equal(seen[i], name);
        }
        if (is_repeated) {
            memset(data + start, ' ', at + 1 - start);
        } else if (count < MAXIMUM_NAMES) {
            seen[count++] = name;
        }
    }
}

/** Goes through the objects' dictionaries; streams are not looked into. */
static void mend_resources(Text file, const Tail *tail, char *data) {
    for (size_t object = 1; object < tail->object_count; object++) {
        const size_t start = entry_offset(file, tail, object);
        if (start < file.size) {
            const size_t end = dictionary_end(file, start);
            const Text dictionary = text_slice(file, start, end);
            size_t at = 0;
            if (text_find(dictionary, TEXT("/XObject <<"), &at)) {
                drop_repeated_names(data, start + at + strlen("/XObject <<"), end);
            }
        }
    }
}

/** A text string (ISO 32000-1 7.9.2.2): UTF-16BE with a byte order mark, in hexadecimal, which needs no escapes. */
static void write_text_string(Buffer *output, const char *key, Text text) {
    if (text.size == 0) {
        return;
    }
    buffer_format(output, "   /%s <FEFF", key);
    while (text.size > 0) {
        const uint32_t code_point = text_next_code_point(&text);
        if (code_point >= 0x10000) {
            buffer_format(output, "%04X%04X", 0xD800 + (code_point - 0x10000) / 0x400,
                          0xDC00 + (code_point - 0x10000) % 0x400);
        } else {
            buffer_format(output, "%04X", code_point);
        }
    }
    buffer_append(output, TEXT(">\n"));
}

/** "D:20261123183000Z" (ISO 32000-1 7.9.4). */
static void write_date(Buffer *output, Arena *arena, const char *key, Time time) {
    const Text iso = time_rfc3339(arena, time);
    buffer_format(output, "   /%s (D:", key);
    for (size_t i = 0; i < iso.size; i++) {
        if (iso.data[i] >= '0' && iso.data[i] <= '9') {
            buffer_append_byte(output, iso.data[i]);
        }
    }
    buffer_append(output, TEXT("Z)\n"));
}

static void write_information(Buffer *output, const Paper *paper, size_t object) {
    const PaperInformation *information = &paper->information;
    buffer_format(output, "%zu 0 obj\n<< /Producer (Tradepost)\n", object);
    write_text_string(output, "Title", information->title);
    write_text_string(output, "Author", information->author);
    write_text_string(output, "Subject", information->subject);
    write_text_string(output, "Keywords", information->keywords);
    if (time_is_set(information->created)) {
        write_date(output, paper->arena, "CreationDate", information->created);
        write_date(output, paper->arena, "ModDate", information->created);
    }
    buffer_append(output, TEXT(">>\nendobj\n"));
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

static void write_catalog(Buffer *output, const Paper *paper, const Tail *tail) {
    buffer_format(output, "%zu 0 obj\n<< /Type /Catalog\n   /Version /1.7\n   /Pages %zu 0 R\n", tail->catalog,
                  tail->pages);
    if (is_language_tag(paper->information.language)) {
        buffer_format(output, "   /Lang (%.*s)\n", TEXT_ARG(paper->information.language));
    }
    buffer_append(output, TEXT("   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n"));
}

Status page_finish_file(Paper *paper, Text *ret_pdf) {
    Buffer *output = &paper->output;
    const Text file = {output->data, output->size};
    Tail tail;
    if (!read_tail(file, &tail) || !text_starts_with(file, TEXT("%PDF-1."))) {
        return fail(STATUS_FAILED, "the drawing library's file does not end as expected");
    }
    output->data[strlen("%PDF-1.")] = '7';
    mend_resources(file, &tail, output->data);
    const Text entries =
        arena_copy(paper->arena, text_slice(file, tail.entries, tail.entries + tail.object_count * ENTRY_SIZE));
    output->size = entry_offset(file, &tail, tail.information);
    const size_t information = output->size;
    write_information(output, paper, tail.information);
    const size_t catalog = output->size;
    write_catalog(output, paper, &tail);
    const size_t table = output->size;
    buffer_format(output, "xref\n0 %zu\n", tail.object_count);
    for (size_t i = 0; i < tail.object_count; i++) {
        if (i == tail.information || i == tail.catalog) {
            buffer_format(output, "%010zu 00000 n \n", i == tail.catalog ? catalog : information);
        } else {
            buffer_append(output, text_slice(entries, i * ENTRY_SIZE, (i + 1) * ENTRY_SIZE));
        }
    }
    /* Equal papers have equal identifiers; different ones do not (ISO 32000-1 14.4). */
    const Sha256 digest = sha256((Text){output->data, output->size});
    const Text identifier = hex_encode(paper->arena, text_slice(sha256_text(&digest), 0, 16));
    buffer_format(output, "trailer\n<< /Size %zu\n   /Root %zu 0 R\n   /Info %zu 0 R\n   /ID [<%.*s> <%.*s>]\n>>\n",
                  tail.object_count, tail.catalog, tail.information, TEXT_ARG(identifier), TEXT_ARG(identifier));
    buffer_format(output, "startxref\n%zu\n%%%%EOF\n", table);
    if (output->overflow) {
        return fail(STATUS_TOO_LARGE, "the document is larger than %zu bytes or than its memory budget",
                    PAPER_MAXIMUM_BYTES);
    }
    *ret_pdf = (Text){output->data, output->size};
    return STATUS_OK;
}
