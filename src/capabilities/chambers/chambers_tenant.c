/** The tenants: found by host, code or id, made by init, shown on letterheads. */
#include <pthread.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/chambers/chambers_inside.h"
#include "capabilities/chambers/chambers_key.h"

enum { CACHE_SIZE = 256, CACHE_MICROSECONDS = 2 * TIME_SECOND, CHAMBERS_MAXIMUM = 20000 };

Text chambers_logo_address(Arena *arena, const ChambersRow *row) {
    const Text hash = hex_encode(arena, text_slice(row->logo_sha256, 0, 6));
    return hash.size == 0 ? hash : arena_format(arena, "/chamber/logo/%.*s", TEXT_ARG(hash));
}

Text chambers_style_address(Arena *arena, const ChambersRow *row) {
    const Text parts[] = {row->colour_primary, TEXT(" "), row->colour_accent};
    const Sha256 digest = sha256_of_parts(parts, sizeof parts / sizeof parts[0]);
    if (row->colour_primary.size == 0 && row->colour_accent.size == 0) {
        return (Text){NULL, 0};
    }
    return arena_format(arena, "/chamber/style/%.12s", sha256_hex(arena, &digest).data);
}

static ChamberContext context_of(Arena *arena, const ChambersRow *row) {
    ChamberContext context = {.id = row->chamber_id,
                              .code = row->code,
                              .name = row->name,
                              .country = row->country,
                              .languages = row->languages};
    context.logo = chambers_logo_address(arena, row);
    context.style = chambers_style_address(arena, row);
    return context;
}

/* Each request asks which chamber its host is. A few seconds of memory save that query; a change of settings is seen at
 * once by the process that made it (chambers_forget) and after two seconds by others. An entry is its own small arena.
 */
typedef struct CacheEntry {
    Arena *arena;
    Text host;
    ChamberContext context;
    int64_t until;
} CacheEntry;
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static CacheEntry cache[CACHE_SIZE];

static CacheEntry *cache_slot(Text host) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < host.size; i++) {
        hash = (hash ^ (unsigned char)host.data[i]) * UINT64_C(1099511628211);
    }
    return &cache[hash % CACHE_SIZE];
}

static ChamberContext copy_context(Arena *arena, const ChamberContext *context) {
    return (ChamberContext){.id = context->id,
                            .code = arena_copy(arena, context->code),
                            .name = arena_copy(arena, context->name),
                            .country = arena_copy(arena, context->country),
                            .languages = arena_copy(arena, context->languages),
                            .logo = arena_copy(arena, context->logo),
                            .style = arena_copy(arena, context->style)};
}

static bool cache_find(Arena *arena, Text host, ChamberContext *ret_chamber) {
    bool found = false;
    (void)pthread_mutex_lock(&cache_lock);
    const CacheEntry *entry = cache_slot(host);
    if (entry->arena != NULL && text_equal(entry->host, host) && entry->until > clock_monotonic()) {
        *ret_chamber = copy_context(arena, &entry->context);
        found = true;
    }
    (void)pthread_mutex_unlock(&cache_lock);
    return found;
}

static void cache_keep(Text host, const ChamberContext *context) {
    (void)pthread_mutex_lock(&cache_lock);
    CacheEntry *entry = cache_slot(host);
    if (entry->arena == NULL) {
        entry->arena = arena_open((size_t)64 << 10);
    }
    arena_reset(entry->arena);
    entry->host = arena_copy(entry->arena, host);
    entry->context = copy_context(entry->arena, context);
    entry->until = clock_monotonic() + CACHE_MICROSECONDS;
    (void)pthread_mutex_unlock(&cache_lock);
}

void chambers_forget(void) {
    (void)pthread_mutex_lock(&cache_lock);
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        arena_close(cache[i].arena);
        cache[i] = (CacheEntry){0};
    }
    (void)pthread_mutex_unlock(&cache_lock);
}

Status chambers_of_host(Connection *connection, Arena *arena, Text host, ChamberContext *ret_chamber) {
    Text rest = host;
    const Text name = host.size > 0 && host.data[0] == '[' ? host : text_cut(&rest, ':');
    if (name.size > 255) {
        return STATUS_NOT_FOUND;
    }
    if (cache_find(arena, name, ret_chamber)) {
        return STATUS_OK;
    }
    ChambersRow row = {0};
    Status status = chambers_row_of_host(connection, arena, name, &row);
    if (status == STATUS_NOT_FOUND) {
        /* Names that nobody claims belong to the one chamber without a name, so that adding a second chamber leaves
         * the addresses of the first as they were; or to the only chamber of the server. */
        ChambersRows all = {0};
        TRY(chambers_rows_without_host(connection, arena, 2, &all));
        if (all.count == 0) {
            TRY(chambers_rows(connection, arena, 2, &all));
        }
        if (all.count != 1) {
            return STATUS_NOT_FOUND;
        }
        row = all.items[0];
        status = STATUS_OK;
    }
    TRY(status);
    *ret_chamber = context_of(arena, &row);
    cache_keep(name, ret_chamber);
    return STATUS_OK;
}

Status chambers_may_lack_host(Connection *connection, Arena *arena, bool *ret_may) {
    ChambersRows rows = {0};
    TRY(chambers_rows_without_host(connection, arena, 1, &rows));
    *ret_may = rows.count == 0;
    return STATUS_OK;
}

Status chambers_of_code(Connection *connection, Arena *arena, Text code, ChamberContext *ret_chamber) {
    ChambersRow row = {0};
    TRY(chambers_row_of_code(connection, arena, code, &row));
    *ret_chamber = context_of(arena, &row);
    return STATUS_OK;
}

Status chambers_of_id(Connection *connection, Arena *arena, ChamberId chamber, ChamberContext *ret_chamber) {
    ChambersRow row = {0};
    TRY(chambers_row_of_id(connection, arena, chamber, &row));
    *ret_chamber = context_of(arena, &row);
    return STATUS_OK;
}

Status chambers_all(Connection *connection, Arena *arena, Chambers *ret_chambers) {
    ChambersRows rows = {0};
    TRY(chambers_rows(connection, arena, CHAMBERS_MAXIMUM, &rows));
    ChamberContext *items = arena_new_array(arena, ChamberContext, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = context_of(arena, &rows.items[i]);
    }
    *ret_chambers = (Chambers){items, rows.count};
    return STATUS_OK;
}

Status chambers_letterhead(Connection *connection, Arena *arena, const Outside *outside, ChamberId chamber,
                           ChamberLetterhead *ret_letterhead) {
    ChambersRow row = {0};
    TRY(chambers_row_of_id(connection, arena, chamber, &row));
    Text logo = {NULL, 0};
    if (row.logo_sha256.size == SHA256_SIZE) {
        Sha256 digest = {{0}};
        memcpy(digest.bytes, row.logo_sha256.data, SHA256_SIZE);
        TRY(blob_get(outside->blobs, arena, &digest, &logo));
    }
    *ret_letterhead = (ChamberLetterhead){.name = row.name,
                                          .address = row.address,
                                          .place = row.place,
                                          .country = row.country,
                                          .second_language = row.second_language,
                                          .colour_primary = row.colour_primary,
                                          .colour_accent = row.colour_accent,
                                          .logo = logo,
                                          .logo_type = row.logo_type,
                                          .mail_name = row.mail_name,
                                          .mail_address = row.mail_address,
                                          .public_url = row.public_url,
                                          .demonstration = row.demonstration};
    return STATUS_OK;
}

Status chambers_create(Connection *connection, Arena *arena, Outside *outside, const ChamberNew *chamber,
                       ChamberId *ret_chamber) {
    const ChamberId id = {id_make()};
    TRY(chambers_insert(connection, &(ChambersInsert){.chamber = id,
                                                      .code = chamber->code,
                                                      .name = chamber->name,
                                                      .country = chamber->country,
                                                      .place = chamber->place,
                                                      .address = chamber->address,
                                                      .languages = chamber->languages,
                                                      .second_language = chamber->second_language,
                                                      .mail_address = chamber->mail_address,
                                                      .public_url = chamber->public_url,
                                                      .demonstration = chamber->demonstration,
                                                      .primary = chamber->primary,
                                                      .accent = chamber->accent,
                                                      .now = clock_now()}));
    if (chamber->host.size > 0) {
        TRY(chambers_insert_host(connection, id, chamber->host));
    }
    TRY(chambers_make_key(connection, arena, outside, id, chamber));
    const AuditEvent event = {.chamber = id, .act = "chambers.create", .subject = id.value, .detail = chamber->code};
    TRY(chambers_audit(connection, arena, &event));
    *ret_chamber = id;
    return STATUS_OK;
}
