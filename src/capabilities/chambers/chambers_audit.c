/** The audit chain of each chamber and the numbering of its documents: what must never fork or skip. */
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/chambers/chambers_inside.h"

enum { CHECK_BATCH = 500 };

/** Bytes that cannot be read in two ways: each part behind its size. */
static void append_part(Buffer *buffer, Text part) {
    buffer_format(buffer, "%zu:", part.size);
    buffer_append(buffer, part);
}

static Sha256 hash_of(Arena *arena, ChamberId chamber, const ChambersAuditRow *row) {
    Buffer bytes = buffer_make(arena, 16 * 1024);
    append_part(&bytes, row->previous_hash);
    buffer_format(&bytes, "%lld %lld %lld %lld %lld %lld ", (long long)chamber.value, (long long)row->sequence,
                  (long long)row->event_id.value, (long long)row->at.microseconds, (long long)row->account_id.value,
                  (long long)row->subject);
    append_part(&bytes, row->act);
    append_part(&bytes, row->detail);
    return sha256((Text){bytes.data, bytes.size});
}

Status chambers_audit(Connection *connection, Arena *arena, const AuditEvent *event) {
    ChambersAuditRows last = {0};
    TRY(chambers_last_audit(connection, arena, event->chamber, &last));
    const ChambersAuditRow row = {.sequence = last.count == 0 ? 1 : last.items[0].sequence + 1,
                                  .event_id = {id_make()},
                                  .at = clock_now(),
                                  .account_id = event->account,
                                  .act = text_of(event->act),
                                  .subject = event->subject,
                                  .detail = text_head(event->detail, 1000),
                                  .previous_hash = last.count == 0 ? (Text){NULL, 0} : last.items[0].hash};
    const Sha256 hash = hash_of(arena, event->chamber, &row);
    const Status status = chambers_insert_audit(connection, &(ChambersInsertAudit){.chamber = event->chamber,
                                                                                   .sequence = row.sequence,
                                                                                   .event = row.event_id,
                                                                                   .now = row.at,
                                                                                   .account = row.account_id,
                                                                                   .act = row.act,
                                                                                   .subject = row.subject,
                                                                                   .detail = row.detail,
                                                                                   .previous = row.previous_hash,
                                                                                   .hash = sha256_text(&hash)});
    /* Somebody else took this place in the chain at the same time: the whole act starts anew behind it. */
    return status == STATUS_CONFLICT ? STATUS_RETRY : status;
}

Status chambers_audit_check(Connection *connection, Arena *arena, ChamberId chamber, int64_t *ret_events) {
    unsigned char before[SHA256_SIZE];
    size_t before_size = 0;
    int64_t checked = 0;
    Arena *batch = arena_open((size_t)16 << 20);
    arena_defer(arena, (void (*)(void *))arena_close, batch);
    for (;;) {
        ChambersAuditRows rows = {0};
        arena_reset(batch);
        TRY(chambers_audit_from(connection, batch, chamber, checked + 1, CHECK_BATCH, &rows));
        for (size_t i = 0; i < rows.count; i++) {
            const ChambersAuditRow *row = &rows.items[i];
            const Sha256 hash = hash_of(batch, chamber, row);
            const Text previous = {(const char *)before, before_size};
            if (row->sequence != checked + 1 || !text_equal(row->previous_hash, previous) ||
                !text_equal(row->hash, sha256_text(&hash))) {
                return fail(STATUS_CORRUPT, "The audit chain does not fit at event %lld.", (long long)checked + 1);
            }
            memcpy(before, hash.bytes, sizeof before);
            before_size = sizeof before;
            checked++;
        }
        if (rows.count < CHECK_BATCH) {
            *ret_events = checked;
            return STATUS_OK;
        }
    }
}

Text chambers_fill_pattern(Arena *arena, Text pattern, Text code, Text series, int year, int64_t number) {
    const struct {
        Text hole, value;
    } holes[] = {{TEXT("{code}"), code},
                 {TEXT("{series}"), series},
                 {TEXT("{year}"), arena_format(arena, "%d", year)},
                 {TEXT("{number}"), arena_format(arena, "%06lld", (long long)number)}};
    Buffer text = buffer_make(arena, 4096);
    while (pattern.size > 0) {
        bool filled = false;
        for (size_t i = 0; i < sizeof holes / sizeof holes[0] && !filled; i++) {
            if (text_starts_with(pattern, holes[i].hole)) {
                buffer_append(&text, holes[i].value);
                pattern = text_slice(pattern, holes[i].hole.size, pattern.size);
                filled = true;
            }
        }
        if (!filled) {
            buffer_append_byte(&text, pattern.data[0]);
            pattern = text_slice(pattern, 1, pattern.size);
        }
    }
    return (Text){text.data, text.size};
}

Status chambers_next_number(Connection *connection, Arena *arena, ChamberId chamber, Text series, Text otherwise,
                            int year, Text *ret_number) {
    ChambersRow row = {0};
    TRY(chambers_row_of_id(connection, arena, chamber, &row));
    ChambersNumberingRows numbering = {0};
    TRY(chambers_numbering_of(connection, arena, chamber, series, &numbering));
    const Text pattern = numbering.count > 0 ? numbering.items[0].pattern : otherwise;
    TRY(chambers_count_up(connection, chamber, series, year));
    ChambersLastNumberRow last = {0};
    TRY(chambers_last_number(connection, arena, chamber, series, year, &last));
    *ret_number = chambers_fill_pattern(arena, pattern, row.code, series, year, last.last_number);
    return STATUS_OK;
}
