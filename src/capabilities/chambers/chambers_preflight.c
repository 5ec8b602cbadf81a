/** The preflight of sealing: at start, daily, and when an administrator asks. */
#include "capabilities/chambers/chambers_preflight.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/chambers/chambers_trust.h"
#include "chambers_sql.h"

static const char flight_job[] = "chambers.preflight", plan_job[] = "chambers.preflights";
static const int64_t key_ends_soon = 60 * TIME_DAY, clock_off = 30 * TIME_SECOND, between_chambers = TIME_SECOND / 2;

/** One run. */
typedef struct Preflight {
    Arena *arena;
    Outside *outside;
    ChamberId chamber;
    ChamberTrust trust;
    ChamberFindings found;
} Preflight;

PRINTF_LIKE(4, 5)
static void find(Preflight *flight, Text subject, const char *state, const char *format, ...) {
    char words[600];
    va_list arguments;
    if (flight->found.count == CHAMBERS_FINDINGS_MAX) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    flight->found.items[flight->found.count++] =
        (ChamberFinding){subject, text_of(state), arena_copy(flight->arena, text_head(text_of(words), 500))};
}

static Status read_trust(Connection *connection, void *context) {
    Preflight *flight = context;
    return chambers_trust(connection, flight->arena, flight->outside, flight->chamber, (Text){NULL, 0}, &flight->trust);
}

/** The key signs, and its certificate holds for a while. */
static void try_key(Preflight *flight, Database *database, Key **ret_key) {
    const Text subject = TEXT("key");
    Key *key = NULL;
    KeyHealth health = {.status = STATUS_OK};
    if (chambers_seal_key(database, flight->outside, flight->chamber, &key) != STATUS_OK) {
        const Text words = failure_take();
        find(flight, subject, "bad", "The seal key can't be used: %.*s", TEXT_ARG(words));
        return;
    }
    key_preflight(key, (Time){0}, flight->arena, &health);
    const Text end = time_iso_date(flight->arena, health.valid_until);
    if (health.status != STATUS_OK) {
        find(flight, subject, "bad", "The seal key can't be used: %.*s", TEXT_ARG(health.words));
        return;
    }
    *ret_key = key;
    if (health.remaining < key_ends_soon) {
        find(flight, subject, "warning",
             "The certificate of the seal key ends on %.*s, in %lld days. Ask your provider for the next one now.",
             TEXT_ARG(end), (long long)(health.remaining / TIME_DAY));
    } else if (chambers_is_test_key(flight->outside, key)) {
        find(flight, subject, "warning",
             "The seal key works until %.*s, but its certificate comes from this installation's own test authority: "
             "seals have no legal effect.",
             TEXT_ARG(end));
    } else {
        find(flight, subject, "good", "The seal key works, and its certificate holds until %.*s.", TEXT_ARG(end));
    }
}

/** A stamp from one authority; compares its time with ours. */
static void try_stamper(Preflight *flight, size_t at, bool *ret_clock) {
    const TimeStampService *service = &flight->trust.stamps.items[at];
    const Text subject = arena_format(flight->arena, "stamp.%zu", at + 1);
    const Sha256 imprint = sha256(TEXT("preflight"));
    const TimeStampServices one = {service, 1};
    TimeStamp stamp = {0};
    const int64_t begin = clock_monotonic();
    if (time_stamp_get(flight->arena, &flight->trust.fetch, one, flight->trust.anchors, KEY_SHA256,
                       sha256_text(&imprint), &stamp, NULL) != STATUS_OK) {
        const Text words = failure_take();
        find(flight, subject, flight->trust.stamps.count == 1 ? "bad" : "warning", "No time stamp: %.*s",
             TEXT_ARG(words));
        return;
    }
    find(flight, subject, "good", "%.*s gave a time stamp in %lld ms.", TEXT_ARG(service->url),
         (long long)((clock_monotonic() - begin) / 1000));
    const int64_t off = clock_now().microseconds - stamp.time.microseconds;
    const int64_t size = off < 0 ? -off : off;
    if (!*ret_clock) {
        *ret_clock = true;
        find(flight, TEXT("clock"), size > clock_off ? "warning" : "good",
             size > clock_off ? "This server's clock differs by %lld seconds from %.*s. Set it by a time server."
                              : "This server's clock is right to %lld seconds by %.*s.",
             (long long)(size / TIME_SECOND), TEXT_ARG(service->url));
    }
}

static void try_revocation(Preflight *flight, const Key *key) {
    ValidationData data = {0};
    if (flight->trust.level < PADES_B_LT || key == NULL) {
        return;
    }
    if (revocation_collect(flight->arena, &flight->trust.fetch, key_chain(key), flight->trust.anchors, NULL,
                           clock_now(), &data) != STATUS_OK) {
        const Text words = failure_take();
        find(flight, TEXT("revocation"), "bad", "The seal's certificate can't be proved good: %.*s", TEXT_ARG(words));
        return;
    }
    find(flight, TEXT("revocation"), "good", "The provider says that the seal's certificate is good.");
}

static void try_level(Preflight *flight) {
    const Text level = chambers_level_name(flight->trust.level);
    if (flight->trust.level > PADES_B_B && flight->trust.stamps.count == 0) {
        find(flight, TEXT("level"), "bad",
             "Documents shall have the level %.*s, but no time-stamp authority is set: nothing can be issued.",
             TEXT_ARG(level));
    } else if (flight->trust.level == PADES_B_B) {
        find(flight, TEXT("level"), "warning",
             "Documents have the level B-B: without a time stamp nobody can prove, once the key has ended or was "
             "revoked, that they were sealed before.");
    } else {
        find(flight, TEXT("level"), "good", "Documents get the level %.*s.", TEXT_ARG(level));
    }
}

Status chambers_preflight(Arena *arena, Database *database, Outside *outside, ChamberId chamber,
                          ChamberFindings *ret_findings) {
    Preflight *flight = arena_new(arena, Preflight);
    *flight = (Preflight){.arena = arena, .outside = outside, .chamber = chamber};
    Key *key = NULL;
    bool clock = false;
    const Status status = database_read(database, read_trust, flight);
    if (status == STATUS_UNAVAILABLE || status == STATUS_INVALID || status == STATUS_CORRUPT) {
        const Text words = failure_take();
        find(flight, TEXT("level"), "bad", "The settings can't be used: %.*s", TEXT_ARG(words));
    } else {
        TRY(status);
        try_level(flight);
    }
    try_key(flight, database, &key);
    for (size_t i = 0; i < flight->trust.stamps.count; i++) {
        try_stamper(flight, i, &clock);
    }
    try_revocation(flight, key);
    *ret_findings = flight->found;
    return STATUS_OK;
}

Status chambers_keep_findings(Connection *connection, ChamberId chamber, const ChamberFindings *findings) {
    const Time now = clock_now();
    int64_t changed = 0;
    for (size_t i = 0; i < findings->count; i++) {
        TRY(chambers_write_preflight(connection, &(ChambersWritePreflight){.chamber = chamber,
                                                                           .subject = findings->items[i].subject,
                                                                           .state = findings->items[i].state,
                                                                           .words = findings->items[i].words,
                                                                           .now = now}));
    }
    return chambers_clean_preflight(connection, chamber, now, &changed);
}

/** The job of one chamber. */
typedef struct Flown {
    Job *job;
    ChamberFindings found;
} Flown;

static Status end_flight(Connection *connection, void *context) {
    Flown *flown = context;
    TRY(chambers_keep_findings(connection, flown->job->chamber, &flown->found));
    return work_done(connection, flown->job);
}

static Status run_flight(Job *job) {
    Flown *flown = arena_new(job->arena, Flown);
    flown->job = job;
    TRY(chambers_preflight(job->arena, job->database, job->outside, job->chamber, &flown->found));
    return database_write(job->database, end_flight, flown);
}

/** The installation's own job, which has every chamber tested, one after the other. */
static Status plan_flights(Connection *connection, void *context) {
    Job *job = context;
    Chambers all = {0};
    const Time now = clock_now();
    TRY(chambers_all(connection, job->arena, &all));
    for (size_t i = 0; i < all.count; i++) {
        TRY(work_add(connection, all.items[i].id, flight_job, 0, (Text){NULL, 0},
                     time_add(now, (int64_t)i * between_chambers)));
    }
    TRY(work_done(connection, job));
    return work_add(connection, (ChamberId){0}, plan_job, 0, (Text){NULL, 0}, time_add(now, TIME_DAY));
}

static Status run_plan(Job *job) {
    return database_write(job->database, plan_flights, job);
}

const JobKind chambers_jobs[CHAMBERS_JOBS] = {
    {.name = flight_job, .run = run_flight, .lease = 5 * TIME_MINUTE},
    {.name = plan_job, .run = run_plan},
};

static Status plan_now(Connection *connection, void *context) {
    (void)context;
    TRY(work_add(connection, (ChamberId){0}, plan_job, 0, (Text){NULL, 0}, (Time){0}));
    const Status status = work_retry(connection, (ChamberId){0}, text_of(plan_job), 0); /* not only tomorrow */
    return status == STATUS_CONFLICT ? STATUS_OK : status;
}

Status chambers_plan_preflight(Database *database) {
    return database_write(database, plan_now, NULL);
}

Status chambers_show_findings(Connection *connection, Arena *arena, ChamberId chamber,
                              ChambersFindingLines *ret_lines) {
    static const struct {
        const char *state;
        Message label;
        const char *tone;
        int order;
    } states[] = {{"bad", MESSAGE_INIT("Fails"), "bad", 0},
                  {"warning", MESSAGE_INIT("Attention"), "wait", 1},
                  {"good", MESSAGE_INIT("Good"), "good", 2}};
    ChambersPreflightsRows rows = {0};
    TRY(chambers_preflights(connection, arena, chamber, &rows));
    ChambersFindingLines lines = {.items = arena_new_array(arena, ChambersFindingLine, rows.count + 1)};
    for (size_t k = 0; k < sizeof states / sizeof states[0]; k++) {
        for (size_t i = 0; i < rows.count; i++) {
            if (text_equal(rows.items[i].state, text_of(states[k].state))) {
                lines.items[lines.count++] = (ChambersFindingLine){.state = rows.items[i].state,
                                                                   .label = states[k].label,
                                                                   .tone = text_of(states[k].tone),
                                                                   .words = rows.items[i].words,
                                                                   .since = rows.items[i].since,
                                                                   .checked = rows.items[i].checked_at};
            }
        }
    }
    *ret_lines = lines;
    return STATUS_OK;
}

Status chambers_warnings(Connection *connection, Arena *arena, ChamberId chamber, ChamberWarnings *ret_warnings) {
    ChambersPreflightsRows rows = {0};
    TRY(chambers_preflights(connection, arena, chamber, &rows));
    ChamberWarnings warnings = {.items = arena_new_array(arena, ChamberWarning, rows.count + 1)};
    for (size_t i = 0; i < rows.count; i++) {
        const bool fails = text_equal(rows.items[i].state, TEXT("bad"));
        const bool level = text_equal(rows.items[i].subject, TEXT("level"));
        if (fails || (!level && text_equal(rows.items[i].state, TEXT("warning")))) {
            warnings.items[warnings.count++] = (ChamberWarning){rows.items[i].words, fails, rows.items[i].since};
        }
    }
    *ret_warnings = warnings;
    return STATUS_OK;
}
