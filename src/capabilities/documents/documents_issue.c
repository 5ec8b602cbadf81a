/** Issuing: a document gets its number, then the steps run one after the other, whatever crashes between them. */
#include "capabilities/documents/documents_issue.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/documents/documents_issue_inside.h"
#include "html/list.h"

enum { CODE_LETTERS = 12 };

/* A token that needs more is a lie. */
#define ROOM_MAX TIME_STAMP_REPLY_MAX

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static Text write_code(Arena *arena, const char letters[CODE_LETTERS]) {
    return arena_format(arena, "%.4s-%.4s-%.4s", letters, letters + 4, letters + 8);
}

Text documents_code_make(Arena *arena) {
    unsigned char random[CODE_LETTERS];
    char letters[CODE_LETTERS];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof letters; i++) {
        letters[i] = crockford[random[i] & 31];
    }
    return write_code(arena, letters);
}

Status documents_code_read(Arena *arena, Text typed, Text *ret_code) {
    char letters[CODE_LETTERS];
    size_t size = 0;
    for (size_t i = 0; i < typed.size; i++) {
        char letter = typed.data[i];
        if (letter == '-' || letter == ' ') {
            continue;
        }
        letter = (char)(letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter);
        letter = (char)(letter == 'O' ? '0' : letter == 'I' || letter == 'L' ? '1' : letter);
        if (letter == '\0' || size == sizeof letters || strchr(crockford, letter) == NULL) {
            return STATUS_INVALID;
        }
        letters[size++] = letter;
    }
    if (size != sizeof letters) {
        return STATUS_INVALID;
    }
    *ret_code = write_code(arena, letters);
    return STATUS_OK;
}

Status documents_begin_issuing(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document) {
    DocumentsRow row = {0};
    const DocumentType *type = NULL;
    TRY(documents_by_id(connection, arena, chamber, document, &row));
    TRY(documents_type_of(&row, &type));
    int year = 0, month = 0, day = 0;
    time_date(row.decided_at, &year, &month, &day);
    Text number = {0};
    TRY(chambers_next_number(connection, arena, chamber, type->series, type->numbering, year, &number));
    int64_t changed = 0;
    TRY(documents_set_number(connection,
                             &(DocumentsSetNumber){.chamber = chamber,
                                                   .document = document,
                                                   .number = number,
                                                   .year = year,
                                                   .code = documents_code_make(arena),
                                                   .search = search_folded(arena, number)},
                             &changed));
    if (changed != 1) {
        return fail(STATUS_CONFLICT, "the document is not approved or has a number already");
    }
    return work_add(connection, chamber, DOCUMENTS_ISSUE_JOB, document.value, (Text){NULL, 0}, (Time){0});
}

/** One step with what belongs to it. */
static Status run_step(Issuing *issuing, const IssueStep *step) {
    if (step->from_kept) {
        TRY(issue_keep(issuing));
    }
    TRY(issue_heed_outage(issuing, step));
    TRY(step->run(issuing));
    TRY(issue_end_outage(issuing, step));
    if (step != &issue_steps[ISSUE_LOG]) {
        issue_note_step(issuing, step);
    }
    return STATUS_OK;
}

/** Every step from where the last attempt stood. `at` stays on the one that does not go well. */
static Status run_steps(Issuing *issuing) {
    while (issuing->at < ISSUE_STEPS) {
        const IssueStep *step = &issue_steps[issuing->at];
        const Status status = issuing->level < step->level ? STATUS_OK : run_step(issuing, step);
        if (status == STATUS_TOO_LARGE && issuing->at == ISSUE_STAMP && issuing->room < ROOM_MAX) {
            TRY(issue_discard(issuing)); /* no token fits into this seal, and nobody has seen it */
            issuing->room *= 2;
            issuing->at = ISSUE_DRAW;
        } else {
            TRY(status);
            issuing->at++;
        }
    }
    return STATUS_OK;
}

Status documents_issue(Job *job) {
    Issuing issuing = {.revision = ISSUE_FIRST_REVISION,
                       .room = TIME_STAMP_ROOM,
                       .arena = job->arena,
                       .job = job,
                       .outside = job->outside,
                       .chamber = job->chamber,
                       .document = {job->subject}};
    TRY(database_read(job->database, issue_begin, &issuing));
    if (!text_equal(issuing.row.state, TEXT("approved"))) {
        return STATUS_OK;
    }
    const Status status = run_steps(&issuing);
    if (status != STATUS_OK) {
        return status == STATUS_CONFLICT ? status : issue_wait(&issuing, &issue_steps[issuing.at], status);
    }
    work_wake(); /* for the mail */
    return STATUS_OK;
}

Status documents_try_drawing(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                             const DocumentsRow *document) {
    Issuing issuing = {
        .arena = arena, .trial = true, .outside = outside, .chamber = chamber, .document = document->document_id};
    issuing.row = *document;
    TRY(issue_read_paper(connection, &issuing));
    issuing.row.number = TEXT("0000-00-0000-000000");
    issuing.row.code = TEXT("0000-0000-0000");
    issuing.row.decided_at = clock_now();
    return issue_draw_paper(&issuing);
}
