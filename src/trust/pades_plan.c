/** Having a file's structure read, here or in a jail, and judging what comes back. */
#include "trust/pades_plan.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "trust/algorithm.h"

#define PADES_READING_BUDGET ((size_t)512 << 20)
#define PADES_WRITING_BUDGET ((size_t)64 << 20)
#define PADES_ANSWER_MAX     ((size_t)256 << 20)
/* So many bytes of a file are digested at once. */
#define PADES_DIGEST_PART ((size_t)4 << 20)

static Status pades_carry_out(PadesWork *work, Text pdf, PadesAnswer *ret_answer) {
    switch (work->request->act) {
    case PADES_ACT_SEAL:
    case PADES_ACT_STAMP:
        TRY(pades_open(work, pdf));
        return pades_plan_signature(work, ret_answer);
    case PADES_ACT_ADD_DATA:
        TRY(pades_open(work, pdf));
        return pades_plan_data(work, ret_answer);
    case PADES_ACT_INSPECT:
    case PADES_ACT_COUNT:
        break;
    }
    TRY(pdf_open(work->reading, pdf, &work->file));
    return pades_inspect(work, ret_answer);
}

Status pades_read(Text input, Buffer *output) {
    PadesRequest request = {0};
    PadesAnswer answer = {0};
    Text pdf = input;
    /* What is written repeats parts of the file a few times at most. */
    PadesWork work = {.arena = arena_open(PADES_WRITING_BUDGET + input.size * 32),
                      .reading = arena_open(PADES_READING_BUDGET),
                      .request = &request};
    Status status = pades_unpack_request(work.arena, &pdf, &request);
    if (status == STATUS_OK) {
        status = pades_carry_out(&work, pdf, &answer);
    }
    if (status == STATUS_OK) {
        pades_pack_answer(output, &answer);
    }
    arena_close(work.arena);
    arena_close(work.reading);
    return status;
}

/** Reads the file in this process. */
static Status pades_read_here(Arena *arena, Text request, Text pdf, Text *ret_answer) {
    PadesRequest read = {0};
    PadesAnswer answer = {0};
    Buffer output = buffer_make(arena, PADES_ANSWER_MAX);
    PadesWork work = {.arena = arena_open(PADES_WRITING_BUDGET + request.size + pdf.size * 32),
                      .reading = arena_open(PADES_READING_BUDGET),
                      .request = &read};
    Status status = pades_unpack_request(work.arena, &request, &read);
    if (status == STATUS_OK) {
        status = pades_carry_out(&work, pdf, &answer);
    }
    if (status == STATUS_OK) {
        pades_pack_answer(&output, &answer);
        status = buffer_take(&output, ret_answer);
    }
    arena_close(work.arena);
    arena_close(work.reading);
    return status;
}

static Status pades_astray(void) {
    return fail(STATUS_INVALID, "the PDF led its reader astray");
}

/** The planned section signs all bytes but its gap, and the gap is empty: so nothing else than the file with this
 * section is sealed, whoever planned it. */
static Status pades_check_plan(const PadesRequest *request, Text pdf, const PadesAnswer *answer) {
    const Text section = answer->section;
    char expected[128];
    const size_t gap = answer->gap_to - answer->gap_from;
    if (answer->gap_from >= answer->gap_to || answer->gap_to > section.size || gap != request->room * 2 + 2) {
        return pades_astray();
    }
    const int range = snprintf(expected, sizeof(expected), "/ByteRange [0 %zu %zu %zu]", pdf.size + answer->gap_from,
                               pdf.size + answer->gap_to, section.size - answer->gap_to);
    const Text before = text_slice(section, 0, answer->gap_from);
    const Text head = text_slice(before, before.size - (before.size > 128 ? 128 : before.size), before.size);
    size_t at = 0;
    if (range <= 0 || !text_find(head, text_of(expected), &at) ||
        !text_equal(text_trim(text_slice(head, at + (size_t)range, head.size)), TEXT("/Contents"))) {
        return pades_astray();
    }
    for (size_t i = answer->gap_from + 1; i + 1 < answer->gap_to; i++) {
        if (section.data[i] != '0') {
            return pades_astray();
        }
    }
    const bool has_brackets = section.data[answer->gap_from] == '<' && section.data[answer->gap_to - 1] == '>';
    return has_brackets ? STATUS_OK : pades_astray();
}

static Status pades_check_found(Text pdf, const PadesAnswer *answer) {
    for (size_t i = 0; i < answer->count; i++) {
        const PadesFound *item = &answer->items[i];
        const bool sound = item->gap_from < item->gap_to && item->gap_to <= item->covered &&
                           item->covered <= pdf.size && item->contents.size <= (item->gap_to - item->gap_from) / 2 &&
                           (i == 0 || answer->items[i - 1].covered <= item->covered);
        if (!sound) {
            return pades_astray();
        }
    }
    return STATUS_OK;
}

Status pades_ask(Arena *arena, const PadesReader *reader, const PadesRequest *request, Text pdf,
                 PadesAnswer *ret_answer) {
    Text packed = {0}, bytes = {0};
    PadesAnswer answer = {0};
    TRY(pades_pack_request(arena, request, &packed));
    if (reader != NULL && reader->call != NULL) {
        TRY(reader->call(reader->context, arena, packed, pdf, &bytes));
    } else {
        TRY(pades_read_here(arena, packed, pdf, &bytes));
    }
    TRY(pades_unpack_answer(arena, bytes, &answer));
    if (request->act == PADES_ACT_SEAL || request->act == PADES_ACT_STAMP) {
        TRY(pades_check_plan(request, pdf, &answer));
    }
    TRY(pades_check_found(pdf, &answer));
    *ret_answer = answer;
    return STATUS_OK;
}

Text pades_digest(Arena *arena, const PadesReader *reader, KeyDigest digest, Text pdf, const PadesAnswer *plan) {
    AlgorithmDigest *state = algorithm_digest_begin(digest);
    for (size_t at = 0; at < pdf.size; at += PADES_DIGEST_PART) {
        const Text part = text_slice(pdf, at, at + PADES_DIGEST_PART);
        algorithm_digest_add(state, part);
        if (reader != NULL && reader->release != NULL) {
            reader->release(reader->context, part);
        }
    }
    algorithm_digest_add(state, text_slice(plan->section, 0, plan->gap_from));
    algorithm_digest_add(state, text_slice(plan->section, plan->gap_to, plan->section.size));
    return algorithm_digest_end(arena, state);
}

Status pades_fill(Arena *arena, const PadesAnswer *plan, Text contents, Text *ret_section) {
    void *memory = NULL;
    TRY(arena_try_allocate(arena, plan->section.size, &memory));
    memcpy(memory, plan->section.data, plan->section.size);
    PdfSection section = {memory, plan->section.size, plan->gap_from, plan->gap_to};
    TRY(pdf_section_fill(&section, contents));
    *ret_section = (Text){section.bytes, section.size};
    return STATUS_OK;
}
