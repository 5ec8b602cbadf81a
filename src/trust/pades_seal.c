/** Sealing: has the revision planned, signs it, and keeps it behind the file. */
#include <string.h>

#include "base/log.h"
#include "pdf/revision_appearance.h"
#include "trust/cms.h"
#include "trust/pades_plan.h"

#define PADES_ROOM_ROUND  64
#define PADES_TRIES       3
#define PADES_TRIAL_TIME  INT64_C(1700000000000000)
#define PADES_TRIAL_ROOM  8192
#define PADES_SEAL_BUDGET ((size_t)512 << 20)

static Status pades_check_texts(const PadesSeal *seal) {
    const Text texts[] = {seal->name, seal->location, seal->contact, seal->reason, seal->field};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].size > PADES_TEXT_MAX || (texts[i].size > 0 && !text_is_utf8(texts[i]))) {
            return fail(STATUS_INVALID, "a seal's texts are UTF-8 of at most %d bytes", PADES_TEXT_MAX);
        }
    }
    size_t dot = 0;
    if (text_find(seal->field, TEXT("."), &dot)) {
        return fail(STATUS_INVALID, "the name of a seal's field has no period");
    }
    return STATUS_OK;
}

/** Room for a CMS of this key with its token, and a third more, since signatures and tokens vary in length. */
static size_t pades_room(Arena *arena, const PadesSeal *seal) {
    const size_t expected = cms_size_max(arena, seal->key) + seal->token_size;
    const size_t roomy = expected + expected * 3 / 10;
    return (roomy + PADES_ROOM_ROUND - 1) / PADES_ROOM_ROUND * PADES_ROOM_ROUND;
}

/** The request for a seal, with its appearance drawn: fonts are out of reach in a jail. */
static Status pades_seal_request(Arena *arena, const PadesSeal *seal, PadesRequest *ret_request) {
    TRY(pades_check_texts(seal));
    PadesRequest request = {.act = PADES_ACT_SEAL, .seal = *seal, .room = pades_room(arena, seal)};
    PadesAppearance *look = &request.seal.appearance;
    request.seal.key = NULL;
    request.seal.time = time_is_set(seal->time) ? seal->time : clock_now();
    if (!look->visible) {
        look->content = (Text){0};
    } else if (look->content.size == 0) {
        if (look->right <= look->left || look->top <= look->bottom) {
            return fail(STATUS_INVALID, "the visible seal does not lie on its page");
        }
        TRY(pdf_seal_appearance(arena, look->lines, look->right - look->left, look->top - look->bottom,
                                &look->content));
    }
    *ret_request = request;
    return STATUS_OK;
}

static Status pades_sign(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_section) {
    PadesRequest request;
    TRY(pades_seal_request(arena, seal, &request));
    for (int attempt = 1;; attempt++) {
        PadesAnswer plan;
        Text cms = {0};
        TRY(pades_ask(arena, seal->reader, &request, pdf, &plan));
        const Text digest = pades_digest(arena, seal->reader, key_digest(seal->key), pdf, &plan);
        TRY(cms_sign(arena, seal->key, digest, (Texts){0}, &cms));
        const Status status = pades_fill(arena, &plan, cms, ret_section);
        if (status != STATUS_TOO_LARGE || attempt == PADES_TRIES) {
            return status;
        }
        request.room = cms.size * 2 + seal->token_size;
    }
}

/** Seals with everything that is only needed meanwhile in an arena of its own; the result goes into the caller's. */
static Status pades_seal_behind(Arena *arena, Text pdf, const PadesSeal *seal, Text before, Text *ret_bytes) {
    Arena *own = arena_open(PADES_SEAL_BUDGET);
    Text section = {0};
    void *memory = NULL;
    Status status = pades_sign(own, pdf, seal, &section);
    if (status == STATUS_OK) {
        status = arena_try_allocate(arena, before.size + section.size, &memory);
    }
    if (status == STATUS_OK) {
        if (before.size > 0) {
            memcpy(memory, before.data, before.size);
        }
        memcpy((char *)memory + before.size, section.data, section.size);
        *ret_bytes = (Text){memory, before.size + section.size};
    }
    arena_close(own);
    return status;
}

Status pades_seal(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_pdf) {
    return pades_seal_behind(arena, pdf, seal, pdf, ret_pdf);
}

Status pades_try_seal(Arena *arena, Text pdf, Text field) {
    const PadesRequest request = {.act = PADES_ACT_SEAL,
                                  .seal = {.name = TEXT("Trial"), .field = field, .time = {PADES_TRIAL_TIME}},
                                  .room = PADES_TRIAL_ROOM};
    PadesAnswer plan;
    return pades_ask(arena, NULL, &request, pdf, &plan);
}

Status pades_seal_append(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_appended) {
    return pades_seal_behind(arena, pdf, seal, (Text){0}, ret_appended);
}
