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
    if (row->witness.size > 0) {
        append_part(&bytes, row->witness);
    }
    return sha256((Text){bytes.data, bytes.size});
}

/* Keyed, so that whoever can write to the database alone cannot move the end. */
static Sha256 mac_of(const Connection *connection, Arena *arena, ChamberId chamber, int64_t sequence, Text hash) {
    Buffer bytes = buffer_make(arena, 1024);
    buffer_format(&bytes, "audit head %lld %lld ", (long long)chamber.value, (long long)sequence);
    append_part(&bytes, hash);
    return hmac_sha256(connection_key(connection), (Text){bytes.data, bytes.size});
}

static Status set_head(Connection *connection, Arena *arena, ChamberId chamber, int64_t sequence, Text hash) {
    const Sha256 mac = mac_of(connection, arena, chamber, sequence, hash);
    return chambers_set_audit_head(connection, chamber, sequence, hash, sha256_text(&mac));
}

/** Where the next event goes. */
typedef struct ChainEnd {
    int64_t sequence;
    Text hash;
    bool head_is_ours; /**< the head may move on; one that was tampered with stays as it is, for `check` to find */
} ChainEnd;

static Status find_end(Connection *connection, Arena *arena, ChamberId chamber, ChainEnd *ret_end) {
    ChambersAuditHeadRows heads = {0};
    ChambersAuditRows last = {0};
    TRY(chambers_audit_heads(connection, arena, chamber, &heads));
    if (heads.count > 0) {
        const ChambersAuditHeadRow *head = &heads.items[0];
        const Sha256 mac = mac_of(connection, arena, chamber, head->sequence, head->hash);
        if (text_equal(head->mac, sha256_text(&mac))) {
            *ret_end = (ChainEnd){head->sequence, head->hash, true};
            return STATUS_OK;
        }
    }
    TRY(chambers_last_audit(connection, arena, chamber, &last));
    *ret_end = last.count > 0 ? (ChainEnd){last.items[0].sequence, last.items[0].hash, false}
                              : (ChainEnd){.head_is_ours = heads.count == 0};
    return STATUS_OK;
}

Status chambers_audit(Connection *connection, Arena *arena, const AuditEvent *event) {
    ChainEnd end = {0};
    TRY(find_end(connection, arena, event->chamber, &end));
    const ChambersAuditRow row = {.sequence = end.sequence + 1,
                                  .event_id = {id_make()},
                                  .at = clock_now(),
                                  .account_id = event->account,
                                  .act = text_of(event->act),
                                  .subject = event->subject,
                                  .detail = text_head(event->detail, 1000),
                                  .witness = event->witness,
                                  .previous_hash = end.hash};
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
                                                                                   .hash = sha256_text(&hash),
                                                                                   .witness = row.witness});
    if (status != STATUS_OK) {
        /* Somebody else took this place in the chain at the same time: the whole act starts anew behind it. */
        return status == STATUS_CONFLICT ? STATUS_RETRY : status;
    }
    return end.head_is_ours ? set_head(connection, arena, event->chamber, row.sequence, sha256_text(&hash)) : STATUS_OK;
}

/** The walk along one chain. */
typedef struct Walk {
    ChamberId chamber;
    unsigned char hash[SHA256_SIZE]; /**< of the event that was checked last */
    size_t hash_size;
    int64_t checked;
} Walk;

static Status check_batch(Walk *walk, Arena *arena, const ChambersAuditRows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        const ChambersAuditRow *row = &rows->items[i];
        const Sha256 hash = hash_of(arena, walk->chamber, row);
        const Text previous = {(const char *)walk->hash, walk->hash_size};
        if (row->sequence != walk->checked + 1 || !text_equal(row->previous_hash, previous) ||
            !text_equal(row->hash, sha256_text(&hash))) {
            return fail(STATUS_CORRUPT, "The audit chain does not fit at event %lld.", (long long)walk->checked + 1);
        }
        memcpy(walk->hash, hash.bytes, sizeof walk->hash);
        walk->hash_size = sizeof walk->hash;
        walk->checked++;
    }
    return STATUS_OK;
}

/** The head must be ours and name the last event. */
static Status check_head(Connection *connection, Arena *arena, const Walk *walk) {
    ChambersAuditHeadRows heads = {0};
    TRY(chambers_audit_heads(connection, arena, walk->chamber, &heads));
    if (heads.count == 0) {
        return walk->checked == 0 ? STATUS_OK
                                  : fail(STATUS_CORRUPT, "The audit chain has lost the note of its end, event %lld.",
                                         (long long)walk->checked);
    }
    const ChambersAuditHeadRow *head = &heads.items[0];
    const Sha256 mac = mac_of(connection, arena, walk->chamber, head->sequence, head->hash);
    if (!text_equal(head->mac, sha256_text(&mac))) {
        return fail(STATUS_CORRUPT, "The note of the audit chain's end was changed, at event %lld.",
                    (long long)head->sequence);
    }
    if (head->sequence != walk->checked || !text_equal(head->hash, (Text){(const char *)walk->hash, walk->hash_size})) {
        return fail(STATUS_CORRUPT, "The audit chain is cut: it must end at event %lld.", (long long)head->sequence);
    }
    return STATUS_OK;
}

Status chambers_audit_check(Connection *connection, Arena *arena, ChamberId chamber, int64_t *ret_events) {
    Walk walk = {.chamber = chamber};
    ChambersAuditRows rows = {0};
    Arena *batch = arena_open((size_t)16 << 20);
    arena_defer(arena, (void (*)(void *))arena_close, batch);
    do {
        arena_reset(batch);
        TRY(chambers_audit_from(connection, batch, chamber, walk.checked + 1, CHECK_BATCH, &rows));
        TRY(check_batch(&walk, batch, &rows));
    } while (rows.count == CHECK_BATCH);
    TRY(check_head(connection, batch, &walk));
    *ret_events = walk.checked;
    return STATUS_OK;
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
