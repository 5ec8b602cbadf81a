/** Pages, signature fields and text strings (ISO 32000-1, 7.7.3, 7.9.2 and 12.7). */
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/reader_internal.h"

#define PDF_FIELD_NAME_MAX 1024u

Status pdf_catalog(PdfFile *file, PdfReference *ret_reference, const PdfValue **ret_catalog) {
    const PdfValue *root = pdf_entry(file->trailer, "Root");
    if (root == NULL || root->kind != PDF_REFERENCE) {
        return fail(STATUS_INVALID, "the PDF is damaged: its trailer names no catalog");
    }
    const PdfValue *catalog = NULL;
    TRY(pdf_object(file, root->reference, &catalog));
    if (catalog->kind != PDF_DICTIONARY || !pdf_keys_are_unique(catalog)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its catalog is no sound dictionary");
    }
    *ret_reference = root->reference;
    *ret_catalog = catalog;
    return STATUS_OK;
}

/** A walk through the page tree: counts pages, visits each, and keeps the one that is wanted. */
typedef struct PdfPageWalk {
    size_t wanted, count;
    bool found;
    PdfPage page;
    Status (*visit)(PdfFile *file, const PdfPage *page, void *context); /**< NULL for none */
    void *context;
} PdfPageWalk;

static bool pdf_number(const PdfValue *value, double *ret_number) {
    if (value->kind != PDF_INTEGER && value->kind != PDF_REAL) {
        return false;
    }
    *ret_number = value->kind == PDF_INTEGER ? (double)value->integer : value->real;
    return true;
}

/** Takes MediaBox and Rotate of a node into `page`, for it and what is below it. */
static Status pdf_inherit(PdfFile *file, const PdfValue *node, PdfPage *page) {
    const PdfValue *box = NULL, *rotate = NULL;
    TRY(pdf_get(file, node, "MediaBox", &box));
    TRY(pdf_get(file, node, "Rotate", &rotate));
    double edges[4];
    if (box->kind == PDF_ARRAY && box->count == 4) {
        for (size_t i = 0; i < 4; i++) {
            const PdfValue *edge = NULL;
            TRY(pdf_resolve(file, &box->items[i], &edge));
            if (!pdf_number(edge, &edges[i])) {
                return fail(STATUS_INVALID, "the PDF is damaged: a page has no sound MediaBox");
            }
        }
        page->left = edges[0] < edges[2] ? edges[0] : edges[2];
        page->right = edges[0] < edges[2] ? edges[2] : edges[0];
        page->bottom = edges[1] < edges[3] ? edges[1] : edges[3];
        page->top = edges[1] < edges[3] ? edges[3] : edges[1];
    }
    if (rotate->kind == PDF_INTEGER && rotate->integer % 90 == 0) {
        page->rotation = (rotate->integer % 360 + 360) % 360;
    }
    return STATUS_OK;
}

static Status pdf_walk_pages(PdfFile *file, const PdfValue *node, PdfPage inherited, unsigned depth,
                             PdfPageWalk *walk) {
    inherited.reference = node->kind == PDF_REFERENCE ? node->reference : (PdfReference){0};
    if (depth > PDF_NESTING_MAX || !pdf_walk_enter(file, inherited.reference)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its page tree leads in a circle");
    }
    TRY(pdf_resolve(file, node, &node));
    if (node->kind != PDF_DICTIONARY) {
        return fail(STATUS_INVALID, "the PDF is damaged: its page tree holds something else");
    }
    TRY(pdf_inherit(file, node, &inherited));
    const PdfValue *kids = NULL;
    TRY(pdf_get(file, node, "Kids", &kids));
    if (kids->kind != PDF_ARRAY) {
        inherited.dictionary = node;
        if (walk->count++ == walk->wanted) {
            walk->page = inherited;
            walk->found = true;
        }
        return walk->visit != NULL ? walk->visit(file, &inherited, walk->context) : STATUS_OK;
    }
    for (uint32_t i = 0; i < kids->count && !walk->found; i++) {
        TRY(pdf_walk_pages(file, &kids->items[i], inherited, depth + 1, walk));
    }
    return STATUS_OK;
}

static Status pdf_start_page_walk(PdfFile *file, PdfPageWalk *walk) {
    /* A page without MediaBox is A4 for us: 595 to 842 points. */
    const PdfPage a4 = {.right = 595, .top = 842};
    PdfReference reference;
    const PdfValue *catalog = NULL;
    TRY(pdf_catalog(file, &reference, &catalog));
    const PdfValue *pages = pdf_entry(catalog, "Pages");
    if (pages == NULL) {
        return fail(STATUS_INVALID, "the PDF is damaged: it has no pages");
    }
    pdf_walk_begin(file);
    return pdf_walk_pages(file, pages, a4, 0, walk);
}

Status pdf_page(PdfFile *file, size_t number, PdfPage *ret_page) {
    PdfPageWalk walk = {.wanted = number};
    TRY(pdf_start_page_walk(file, &walk));
    if (!walk.found) {
        return fail(STATUS_NOT_FOUND, "the PDF has no page %zu", number + 1);
    }
    *ret_page = walk.page;
    return STATUS_OK;
}

Status pdf_page_count(PdfFile *file, size_t *ret_count) {
    PdfPageWalk walk = {.wanted = SIZE_MAX};
    TRY(pdf_start_page_walk(file, &walk));
    *ret_count = walk.count;
    return STATUS_OK;
}

Status pdf_each_page(PdfFile *file, Status (*visit)(PdfFile *file, const PdfPage *page, void *context), void *context) {
    PdfPageWalk walk = {.wanted = SIZE_MAX, .visit = visit, .context = context};
    return pdf_start_page_walk(file, &walk);
}

/** A walk through the fields of the form. */
typedef struct PdfFieldWalk {
    PdfSignatureField *items;
    size_t count;
} PdfFieldWalk;

/** A field on the way down, with what it inherits. */
typedef struct PdfFieldNode {
    const struct PdfFieldNode *above;
    Text partial;          /**< entry T, undecoded */
    const PdfValue *value; /**< entry V as written; NULL when absent */
    const PdfValue *field;
    PdfReference reference;
    unsigned depth;
    bool is_signature;
} PdfFieldNode;

/** The full name: partial names from the top, with periods between. */
static Status pdf_full_name(PdfFile *file, const PdfFieldNode *node, Text *ret_name) {
    Text above = {0}, part = {0};
    if (node == NULL) {
        *ret_name = above;
        return STATUS_OK;
    }
    TRY(pdf_full_name(file, node->above, &above));
    TRY(pdf_text_string(file->arena, text_slice(node->partial, 0, PDF_FIELD_NAME_MAX), &part));
    Buffer name = buffer_make(file->arena, above.size + part.size + 1);
    buffer_append(&name, above);
    if (above.size > 0 && part.size > 0) {
        buffer_append_byte(&name, '.');
    }
    buffer_append(&name, part);
    return buffer_take(&name, ret_name);
}

static Status pdf_add_signature_field(PdfFile *file, const PdfFieldNode *node, PdfFieldWalk *walk) {
    if (walk->count == PDF_SIGNATURES_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF has more than %u signature fields", PDF_SIGNATURES_MAX);
    }
    PdfSignatureField item = {.reference = node->reference, .field = node->field};
    TRY(pdf_full_name(file, node, &item.name));
    if (node->value != NULL) {
        TRY(pdf_resolve(file, node->value, &item.dictionary));
        item.dictionary_reference = node->value->kind == PDF_REFERENCE ? node->value->reference : (PdfReference){0};
    }
    if (item.dictionary != NULL && item.dictionary->kind == PDF_NULL) {
        item.dictionary = NULL;
    }
    if (item.dictionary != NULL && item.dictionary->kind != PDF_DICTIONARY) {
        return fail(STATUS_INVALID, "the PDF is damaged: a signature is no dictionary");
    }
    walk->items[walk->count++] = item;
    return STATUS_OK;
}

/** Some kid is a field of its own: widgets have no partial name. */
static Status pdf_has_field_kids(PdfFile *file, const PdfValue *kids, bool *ret_has) {
    bool has = false;
    for (uint32_t i = 0; kids->kind == PDF_ARRAY && i < kids->count && !has; i++) {
        const PdfValue *kid = NULL;
        TRY(pdf_resolve(file, &kids->items[i], &kid));
        has = pdf_entry(kid, "T") != NULL;
        file->steps++;
    }
    *ret_has = has;
    return STATUS_OK;
}

static Status pdf_walk_fields(PdfFile *file, const PdfValue *value, const PdfFieldNode *above, PdfFieldWalk *walk) {
    PdfFieldNode node = *above;
    node.above = above;
    node.depth = above->depth + 1;
    node.reference = value->kind == PDF_REFERENCE ? value->reference : (PdfReference){0};
    if (node.depth > PDF_NESTING_MAX || !pdf_walk_enter(file, node.reference)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its form leads in a circle");
    }
    const PdfValue *partial = NULL, *type = NULL, *kids = NULL;
    TRY(pdf_resolve(file, value, &node.field));
    TRY(pdf_get(file, node.field, "T", &partial));
    TRY(pdf_get(file, node.field, "FT", &type));
    TRY(pdf_get(file, node.field, "Kids", &kids));
    node.partial = partial->kind == PDF_STRING ? partial->text : (Text){0};
    node.is_signature = type->kind == PDF_NULL ? above->is_signature : pdf_is_name(type, "Sig");
    node.value = pdf_entry(node.field, "V") != NULL ? pdf_entry(node.field, "V") : above->value;
    bool has_fields = false;
    TRY(pdf_has_field_kids(file, kids, &has_fields));
    if (!has_fields) {
        return node.is_signature ? pdf_add_signature_field(file, &node, walk) : STATUS_OK;
    }
    for (uint32_t i = 0; i < kids->count; i++) {
        TRY(pdf_walk_fields(file, &kids->items[i], &node, walk));
    }
    return STATUS_OK;
}

Status pdf_signature_fields(PdfFile *file, PdfSignatureFields *ret_fields) {
    PdfReference reference;
    const PdfValue *catalog = NULL, *form = NULL, *fields = NULL;
    TRY(pdf_catalog(file, &reference, &catalog));
    TRY(pdf_get(file, catalog, "AcroForm", &form));
    TRY(pdf_get(file, form, "Fields", &fields));
    PdfFieldWalk walk = {0};
    void *memory = NULL;
    TRY(arena_try_allocate(file->arena, PDF_SIGNATURES_MAX * sizeof(PdfSignatureField), &memory));
    walk.items = memory;
    const PdfFieldNode top = {0};
    pdf_walk_begin(file);
    for (uint32_t i = 0; fields->kind == PDF_ARRAY && i < fields->count; i++) {
        TRY(pdf_walk_fields(file, &fields->items[i], &top, &walk));
    }
    *ret_fields = (PdfSignatureFields){walk.items, walk.count};
    return STATUS_OK;
}

/* PDFDocEncoding where it differs from Latin-1 (ISO 32000-1, annex D.2). 0 is undefined. */
static const uint16_t pdf_document_low[] = {0x02d8, 0x02c7, 0x02c6, 0x02d9, 0x02dd, 0x02db, 0x02da, 0x02dc};
static const uint16_t pdf_document_high[] = {0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x0192, 0x2044, 0x2039,
                                             0x203a, 0x2212, 0x2030, 0x201e, 0x201c, 0x201d, 0x2018, 0x2019, 0x201a,
                                             0x2122, 0xfb01, 0xfb02, 0x0141, 0x0152, 0x0160, 0x0178, 0x017d, 0x0131,
                                             0x0142, 0x0153, 0x0161, 0x017e, 0,      0x20ac};

static uint32_t pdf_document_character(unsigned char byte) {
    if (byte >= 0x18 && byte <= 0x1f) {
        return pdf_document_low[byte - 0x18];
    }
    if (byte >= 0x80 && byte <= 0xa0) {
        return pdf_document_high[byte - 0x80];
    }
    return byte;
}

static void pdf_append_character(Buffer *buffer, uint32_t character) {
    if (character == 0 || (character >= 0xd800 && character <= 0xdfff) || character > 0x10ffff) {
        character = 0xfffd;
    }
    if (character < 0x80) {
        buffer_append_byte(buffer, (char)character);
        return;
    }
    const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const unsigned char starts[] = {0, 0xc0, 0xe0, 0xf0};
    buffer_append_byte(buffer, (char)(starts[more] | character >> (6 * more)));
    for (int i = more - 1; i >= 0; i--) {
        buffer_append_byte(buffer, (char)(0x80 | (character >> (6 * i) & 0x3f)));
    }
}

static uint32_t pdf_unit(Text string, size_t at) {
    return (uint32_t)(unsigned char)string.data[at] << 8 | (unsigned char)string.data[at + 1];
}

static void pdf_append_utf16(Buffer *buffer, Text string) {
    for (size_t at = 2; at + 1 < string.size; at += 2) {
        uint32_t character = pdf_unit(string, at);
        const bool high = character >= 0xd800 && character <= 0xdbff;
        if (high && at + 3 < string.size && (pdf_unit(string, at + 2) & 0xfc00) == 0xdc00) {
            character = 0x10000 + ((character - 0xd800) << 10) + (pdf_unit(string, at + 2) - 0xdc00);
            at += 2;
        }
        pdf_append_character(buffer, character);
    }
}

Status pdf_text_string(Arena *arena, Text string, Text *ret_text) {
    Buffer buffer = buffer_make(arena, string.size * 3 + 16);
    const Text body = text_slice(string, 3, string.size);
    if (text_starts_with(string, TEXT("\xfe\xff"))) {
        pdf_append_utf16(&buffer, string);
    } else if (text_starts_with(string, TEXT("\xef\xbb\xbf")) && text_is_utf8(body)) {
        buffer_append(&buffer, body);
    } else {
        for (size_t i = 0; i < string.size; i++) {
            pdf_append_character(&buffer, pdf_document_character((unsigned char)string.data[i]));
        }
    }
    return buffer_take(&buffer, ret_text);
}

/** A decimal number of `count` digits at `at`; -1 when it is none. */
static int pdf_digits(Text text, size_t at, size_t count) {
    int number = 0;
    for (size_t i = 0; i < count; i++) {
        if (at + i >= text.size || text.data[at + i] < '0' || text.data[at + i] > '9') {
            return -1;
        }
        number = number * 10 + (text.data[at + i] - '0');
    }
    return number;
}

Time pdf_date(Text date) {
    const int year = pdf_digits(date, 2, 4), month = pdf_digits(date, 6, 2), day = pdf_digits(date, 8, 2);
    const int hour = pdf_digits(date, 10, 2), minute = pdf_digits(date, 12, 2), second = pdf_digits(date, 14, 2);
    const bool sound = text_starts_with(date, TEXT("D:")) && year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
                       day <= 31 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
    if (!sound) {
        return (Time){0};
    }
    const char sign = date.size > 16 ? date.data[16] : 'Z';
    const int hours = pdf_digits(date, 17, 2), minutes = pdf_digits(date, 20, 2);
    const int64_t offset = (sign == '+' || sign == '-') && hours >= 0
                               ? (hours * 60 + (minutes >= 0 ? minutes : 0)) * TIME_MINUTE * (sign == '-' ? -1 : 1)
                               : 0;
    return time_add(time_of_date(year, month, day), (hour * 3600 + minute * 60 + second) * TIME_SECOND - offset);
}
