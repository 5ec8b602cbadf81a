/** Reading what proves signatures from a file: DSS and VRI, and where the signatures stand (ISO 32000-2, 12.8.4). */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/pades_plan.h"

static const char *const pades_store_keys[3] = {"Certs", "OCSPs", "CRLs"};

/** The streams of one array; what cannot be decoded proves nothing and is passed over. */
static Status pades_read_values(Arena *arena, PdfFile *file, const PdfValue *array, PadesStored **ret_items,
                                size_t *ret_count) {
    const uint32_t most = array->kind == PDF_ARRAY ? array->count : 0;
    if (most > PADES_VALUES_MAX) {
        return fail(STATUS_TOO_LARGE, "the PDF has more than %d values to prove its signatures", PADES_VALUES_MAX);
    }
    void *memory = NULL;
    TRY(arena_try_allocate(arena, ((size_t)most + 1) * sizeof(PadesStored), &memory));
    PadesStored *items = memory;
    size_t count = 0;
    for (uint32_t i = 0; i < most; i++) {
        const PdfValue *value = NULL;
        const PdfValue *entry = &array->items[i];
        Text bytes = {0};
        TRY(pdf_resolve(file, entry, &value));
        if (entry->kind != PDF_REFERENCE || value->kind != PDF_STREAM) {
            continue;
        }
        const Status status = pdf_stream_bytes(file, value, &bytes);
        if (status == STATUS_TOO_LARGE) {
            return status;
        }
        if (status == STATUS_OK && bytes.size > 0) {
            items[count++] = (PadesStored){bytes, entry->reference};
        }
    }
    *ret_items = items;
    *ret_count = count;
    return STATUS_OK;
}

Status pades_read_store(Arena *arena, PdfFile *file, PadesStore *ret_store) {
    PdfReference reference;
    const PdfValue *catalog = NULL;
    PadesStore store = {0};
    TRY(pdf_catalog(file, &reference, &catalog));
    const PdfValue *entry = pdf_entry(catalog, "DSS");
    TRY(pdf_get(file, catalog, "DSS", &store.dictionary));
    TRY(pdf_get(file, store.dictionary, "VRI", &store.records));
    if ((store.dictionary->kind != PDF_NULL && store.dictionary->kind != PDF_DICTIONARY) ||
        (store.records->kind != PDF_NULL && store.records->kind != PDF_DICTIONARY) ||
        !pdf_keys_are_unique(store.dictionary)) {
        return fail(STATUS_INVALID, "the PDF is damaged: its validation data is no sound dictionary");
    }
    store.reference = entry != NULL && entry->kind == PDF_REFERENCE && store.dictionary->kind == PDF_DICTIONARY
                          ? entry->reference
                          : (PdfReference){0};
    for (size_t kind = 0; kind < 3; kind++) {
        const PdfValue *array = NULL;
        TRY(pdf_get(file, store.dictionary, pades_store_keys[kind], &array));
        TRY(pades_read_values(arena, file, array, &store.items[kind], &store.counts[kind]));
    }
    *ret_store = store;
    return STATUS_OK;
}

ValidationData pades_store_data(Arena *arena, const PadesStore *store) {
    ValidationData data = {0};
    Texts *const lists[3] = {&data.certificates, &data.ocsps, &data.crls};
    for (size_t kind = 0; kind < 3; kind++) {
        *lists[kind] = (Texts){arena_new_array(arena, Text, store->counts[kind] + 1), store->counts[kind]};
        for (size_t i = 0; i < store->counts[kind]; i++) {
            lists[kind]->items[i] = store->items[kind][i].bytes;
        }
    }
    return data;
}

Text pades_record_name(Arena *arena, Text contents) {
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)contents.data, contents.size, digest);
    const Text lower = hex_encode(arena, (Text){(const char *)digest, sizeof(digest)});
    char *upper = arena_c_string(arena, lower);
    for (size_t i = 0; i < lower.size; i++) {
        upper[i] = (char)(upper[i] >= 'a' ? upper[i] - 'a' + 'A' : upper[i]);
    }
    return (Text){upper, lower.size};
}

/** The four numbers of ByteRange, as they must stand directly in the dictionary. */
static bool pades_read_range(const PdfValue *dictionary, size_t file_size, uint64_t range[4]) {
    const PdfValue *array = pdf_entry(dictionary, "ByteRange");
    if (array == NULL || array->kind != PDF_ARRAY || array->count != 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        const PdfValue *item = &array->items[i];
        if (item->kind != PDF_INTEGER || item->integer < 0 || (uint64_t)item->integer > file_size) {
            return false;
        }
        range[i] = (uint64_t)item->integer;
    }
    return range[0] == 0 && range[1] > 0 && range[1] < range[2] && range[2] + range[3] <= file_size;
}

const char *pades_find_place(const PdfFile *file, const PdfValue *dictionary, PadesPlace *ret_place) {
    const Text pdf = pdf_bytes(file);
    const PdfValue *contents = pdf_entry(dictionary, "Contents");
    uint64_t range[4];
    size_t at = 0;
    if (!pdf_keys_are_unique(dictionary)) {
        return "the signature dictionary has a key twice";
    }
    if (!pades_read_range(dictionary, pdf.size, range)) {
        return "the signature's byte range is impossible";
    }
    const bool is_direct = contents != NULL && contents->kind == PDF_STRING && contents->source.data[0] == '<' &&
                           pdf_value_offset(file, contents, &at);
    if (!is_direct || at != range[1] || at + contents->source.size != range[2]) {
        return "the gap of the signature's byte range is not its Contents";
    }
    *ret_place = (PadesPlace){(size_t)range[1], (size_t)range[2], (size_t)(range[2] + range[3])};
    const Text covered = text_slice(pdf, 0, ret_place->covered);
    const Text tail = text_slice(covered, covered.size > 16 ? covered.size - 16 : 0, covered.size);
    return text_ends_with(text_trim(tail), TEXT("%%EOF")) ? NULL : "the signed bytes do not end where a revision ends";
}

static int pades_compare_found(const void *a, const void *b) {
    const size_t first = ((const PadesFound *)a)->covered, second = ((const PadesFound *)b)->covered;
    return first < second ? -1 : first > second;
}

/** The revision of that size has DSS. */
static bool pades_revision_has_data(PadesWork *work, size_t size) {
    PdfFile *revision = NULL;
    PdfReference reference;
    const PdfValue *catalog = NULL, *store = NULL;
    const bool read = pdf_open(work->reading, text_slice(pdf_bytes(work->file), 0, size), &revision) == STATUS_OK &&
                      pdf_catalog(revision, &reference, &catalog) == STATUS_OK &&
                      pdf_get(revision, catalog, "DSS", &store) == STATUS_OK;
    return read && store->kind == PDF_DICTIONARY;
}

Status pades_inspect(PadesWork *work, PadesAnswer *ret_answer) {
    PadesStore store;
    PadesAnswer answer = {0};
    TRY(pades_read_store(work->reading, work->file, &store));
    TRY(pdf_signature_fields(work->file, &work->fields));
    answer.data = pades_store_data(work->arena, &store);
    answer.items = arena_new_array(work->arena, PadesFound, work->fields.count + 1);
    for (size_t i = 0; i < work->fields.count; i++) {
        const PdfValue *dictionary = work->fields.items[i].dictionary, *type = NULL;
        PadesPlace place;
        if (dictionary == NULL || pades_find_place(work->file, dictionary, &place) != NULL) {
            continue;
        }
        TRY(pdf_get(work->file, dictionary, "Type", &type));
        const Text contents = pdf_entry(dictionary, "Contents")->text;
        const bool is_stamp = pdf_is_name(type, "DocTimeStamp");
        answer.items[answer.count++] =
            (PadesFound){.contents = contents,
                         .is_time_stamp = is_stamp,
                         .covers_data = is_stamp && pades_revision_has_data(work, place.covered),
                         .has_record = pdf_entry(store.records, pades_record_name(work->arena, contents).data) != NULL,
                         .gap_from = place.gap_from,
                         .gap_to = place.gap_to,
                         .covered = place.covered};
    }
    qsort(answer.items, answer.count, sizeof(PadesFound), pades_compare_found);
    *ret_answer = answer;
    return STATUS_OK;
}
