/** Requests about a file and their answers as bytes: numbers of eight bytes, texts with their size before them. */
#include <string.h>

#include "base/log.h"
#include "trust/pades_plan.h"

#define PADES_REQUEST_MAX ((size_t)64 << 20)

static void pades_put_number(Buffer *buffer, uint64_t number) {
    for (int i = 56; i >= 0; i -= 8) {
        buffer_append_byte(buffer, (char)(number >> i & 0xff));
    }
}

static void pades_put_text(Buffer *buffer, Text text) {
    pades_put_number(buffer, text.size);
    buffer_append(buffer, text);
}

static void pades_put_texts(Buffer *buffer, Texts texts) {
    pades_put_number(buffer, texts.count);
    for (size_t i = 0; i < texts.count; i++) {
        pades_put_text(buffer, texts.items[i]);
    }
}

static void pades_put_data(Buffer *buffer, const ValidationData *data) {
    pades_put_texts(buffer, data->certificates);
    pades_put_texts(buffer, data->ocsps);
    pades_put_texts(buffer, data->crls);
}

/** Thousandths of a point. */
static void pades_put_length(Buffer *buffer, double length) {
    pades_put_number(buffer, (uint64_t)(int64_t)(length * 1000 + (length < 0 ? -0.5 : 0.5)));
}

/** Takes numbers and texts one behind the other; past the end they are 0 and empty, and `broken` is set. */
typedef struct PadesTaking {
    Arena *arena;
    Text rest;
    bool broken;
} PadesTaking;

static uint64_t pades_take_number(PadesTaking *taking) {
    uint64_t number = 0;
    if (taking->rest.size < 8) {
        taking->broken = true;
        return 0;
    }
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | (unsigned char)taking->rest.data[i];
    }
    taking->rest = text_slice(taking->rest, 8, taking->rest.size);
    return number;
}

static Text pades_take_text(PadesTaking *taking) {
    const uint64_t size = pades_take_number(taking);
    if (taking->broken || size > taking->rest.size) {
        taking->broken = true;
        return (Text){0};
    }
    const Text text = text_slice(taking->rest, 0, size);
    taking->rest = text_slice(taking->rest, size, taking->rest.size);
    return text;
}

static size_t pades_take_count(PadesTaking *taking) {
    const uint64_t count = pades_take_number(taking);
    if (count > PADES_VALUES_MAX) {
        taking->broken = true;
        return 0;
    }
    return count;
}

static Texts pades_take_texts(PadesTaking *taking) {
    const size_t count = pades_take_count(taking);
    Texts texts = {arena_new_array(taking->arena, Text, count + 1), count};
    for (size_t i = 0; i < count; i++) {
        texts.items[i] = pades_take_text(taking);
    }
    return texts;
}

static ValidationData pades_take_data(PadesTaking *taking) {
    ValidationData data = {.certificates = pades_take_texts(taking)};
    data.ocsps = pades_take_texts(taking);
    data.crls = pades_take_texts(taking);
    return data;
}

static double pades_take_length(PadesTaking *taking) {
    return (double)(int64_t)pades_take_number(taking) / 1000;
}

static void pades_put_seal(Buffer *buffer, const PadesSeal *seal) {
    const PadesAppearance *look = &seal->appearance;
    const Text texts[] = {seal->name, seal->location, seal->contact, seal->reason, seal->field, look->content};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        pades_put_text(buffer, texts[i]);
    }
    pades_put_number(buffer, (uint64_t)seal->time.microseconds);
    pades_put_number(buffer, seal->approval);
    pades_put_number(buffer, look->visible);
    pades_put_number(buffer, look->page);
    pades_put_length(buffer, look->left);
    pades_put_length(buffer, look->bottom);
    pades_put_length(buffer, look->right);
    pades_put_length(buffer, look->top);
}

static PadesSeal pades_take_seal(PadesTaking *taking) {
    PadesSeal seal = {.name = pades_take_text(taking)};
    seal.location = pades_take_text(taking);
    seal.contact = pades_take_text(taking);
    seal.reason = pades_take_text(taking);
    seal.field = pades_take_text(taking);
    seal.appearance.content = pades_take_text(taking);
    seal.time.microseconds = (int64_t)pades_take_number(taking);
    seal.approval = pades_take_number(taking) != 0;
    seal.appearance.visible = pades_take_number(taking) != 0;
    seal.appearance.page = pades_take_number(taking);
    seal.appearance.left = pades_take_length(taking);
    seal.appearance.bottom = pades_take_length(taking);
    seal.appearance.right = pades_take_length(taking);
    seal.appearance.top = pades_take_length(taking);
    return seal;
}

Status pades_pack_request(Arena *arena, const PadesRequest *request, Text *ret_bytes) {
    Buffer body = buffer_make(arena, PADES_REQUEST_MAX), whole = buffer_make(arena, PADES_REQUEST_MAX);
    pades_put_number(&body, request->act);
    pades_put_seal(&body, &request->seal);
    pades_put_number(&body, request->room);
    pades_put_number(&body, request->records.count);
    for (size_t i = 0; i < request->records.count; i++) {
        pades_put_text(&body, request->records.items[i].name);
        pades_put_data(&body, &request->records.items[i].data);
    }
    Text bytes = {0};
    TRY(buffer_take(&body, &bytes));
    pades_put_text(&whole, bytes);
    return buffer_take(&whole, ret_bytes);
}

Status pades_unpack_request(Arena *arena, Text *bytes, PadesRequest *ret_request) {
    PadesTaking outer = {.arena = arena, .rest = *bytes};
    PadesTaking taking = {.arena = arena, .rest = pades_take_text(&outer)};
    const uint64_t act = pades_take_number(&taking);
    PadesRequest request = {.act = act < PADES_ACT_COUNT ? (PadesAct)act : PADES_ACT_INSPECT,
                            .seal = pades_take_seal(&taking)};
    request.room = pades_take_number(&taking);
    request.records.count = pades_take_count(&taking);
    request.records.items = arena_new_array(arena, PadesRecord, request.records.count + 1);
    for (size_t i = 0; i < request.records.count; i++) {
        request.records.items[i].name = pades_take_text(&taking);
        request.records.items[i].data = pades_take_data(&taking);
    }
    if (outer.broken || taking.broken || taking.rest.size > 0 || act >= PADES_ACT_COUNT ||
        request.room > PADES_REQUEST_MAX) {
        return fail(STATUS_INVALID, "a request about a PDF is not whole");
    }
    *bytes = outer.rest;
    *ret_request = request;
    return STATUS_OK;
}

void pades_pack_answer(Buffer *output, const PadesAnswer *answer) {
    pades_put_text(output, answer->section);
    pades_put_number(output, answer->gap_from);
    pades_put_number(output, answer->gap_to);
    pades_put_number(output, answer->count);
    for (size_t i = 0; i < answer->count; i++) {
        const PadesFound *item = &answer->items[i];
        pades_put_text(output, item->contents);
        pades_put_number(output, item->is_time_stamp);
        pades_put_number(output, item->has_record);
        pades_put_number(output, item->covers_data);
        pades_put_number(output, item->gap_from);
        pades_put_number(output, item->gap_to);
        pades_put_number(output, item->covered);
    }
    pades_put_data(output, &answer->data);
}

Status pades_unpack_answer(Arena *arena, Text bytes, PadesAnswer *ret_answer) {
    PadesTaking taking = {.arena = arena, .rest = bytes};
    PadesAnswer answer = {.section = pades_take_text(&taking)};
    answer.gap_from = pades_take_number(&taking);
    answer.gap_to = pades_take_number(&taking);
    answer.count = pades_take_count(&taking);
    answer.items = arena_new_array(arena, PadesFound, answer.count + 1);
    for (size_t i = 0; i < answer.count; i++) {
        PadesFound *item = &answer.items[i];
        item->contents = pades_take_text(&taking);
        item->is_time_stamp = pades_take_number(&taking) != 0;
        item->has_record = pades_take_number(&taking) != 0;
        item->covers_data = pades_take_number(&taking) != 0;
        item->gap_from = pades_take_number(&taking);
        item->gap_to = pades_take_number(&taking);
        item->covered = pades_take_number(&taking);
    }
    answer.data = pades_take_data(&taking);
    if (taking.broken || taking.rest.size > 0) {
        return fail(STATUS_INVALID, "an answer about a PDF is not whole");
    }
    *ret_answer = answer;
    return STATUS_OK;
}
