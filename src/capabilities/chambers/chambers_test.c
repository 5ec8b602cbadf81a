/** Tests of the rules of chambers: the audit chain, numbers, colours, pictures, the links of the mailbox. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>

#include "base/buffer.h"
#include "capabilities/chambers/chambers_settings.h"
#include "capabilities/documents/documents.h"
#include "outside/file.h"
#include "pdf/page.h"
#include "testing/site.h"

enum { WRITERS = 4, EVENTS_EACH = 25 };

typedef struct Chain {
    Arena *arena;
    Database *database;
    ChamberId chamber;
    const char *sql;
    int64_t events;
    Text number;
} Chain;

static Status append(Connection *connection, void *context) {
    const Chain *chain = context;
    const AuditEvent event = {
        .chamber = chain->chamber, .act = "test.act", .subject = 7, .detail = TEXT("detail with \n every byte: Ω")};
    return chambers_audit(connection, chain->arena, &event);
}

static Status check_chain(Connection *connection, void *context) {
    Chain *chain = context;
    return chambers_audit_check(connection, chain->arena, chain->chamber, &chain->events);
}

static Status run_sql(Connection *connection, void *context) {
    const Chain *chain = context;
    return database_script(connection, text_of(chain->sql));
}

static void *write_events(void *context) {
    Chain chain = *(const Chain *)context;
    chain.arena = arena_open((size_t)16 << 20);
    for (int i = 0; i < EVENTS_EACH; i++) {
        CHECK_OK(database_write(chain.database, append, &chain));
    }
    arena_close(chain.arena);
    return NULL;
}

DATABASE_TEST(writers_at_the_same_time_leave_one_whole_chain) {
    Chain chain = {.arena = arena, .database = database, .chamber = {42}};
    pthread_t writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        CHECK_INT(pthread_create(&writers[i], NULL, write_events, &chain), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        CHECK_INT(pthread_join(writers[i], NULL), 0);
    }
    CHECK_OK(database_read(database, check_chain, &chain));
    CHECK_INT(chain.events, WRITERS * EVENTS_EACH);
}

DATABASE_TEST(whatever_is_changed_in_the_chain_is_found) {
    static const char *const changes[] = {
        "UPDATE chambers_audit SET detail = 'x' WHERE sequence = 3",
        "UPDATE chambers_audit SET account_id = 1 WHERE sequence = 3",
        "UPDATE chambers_audit SET at = at + 1 WHERE sequence = 3",
        "UPDATE chambers_audit SET act = 'test.actd' WHERE sequence = 3",
        "UPDATE chambers_audit SET subject = 8 WHERE sequence = 3",
        "UPDATE chambers_audit SET event_id = event_id + 1 WHERE sequence = 3",
        "DELETE FROM chambers_audit WHERE sequence = 3",
        "UPDATE chambers_audit SET hash = previous_hash WHERE sequence = 3",
    };
    for (int64_t i = 0; i < (int64_t)(sizeof changes / sizeof changes[0]); i++) {
        Chain chain = {.arena = arena, .database = database, .chamber = {100 + i}};
        for (int k = 0; k < 5; k++) {
            CHECK_OK(database_write(database, append, &chain));
        }
        CHECK_OK(database_read(database, check_chain, &chain));
        CHECK_INT(chain.events, 5);
        chain.sql = arena_format(arena, "%s AND chamber_id = %lld", changes[i], (long long)chain.chamber.value).data;
        CHECK_OK(database_write(database, run_sql, &chain));
        CHECK_STATUS(database_read(database, check_chain, &chain), STATUS_CORRUPT);
        CHECK(text_find(test_failure(), TEXT("event 3"), &(size_t){0}));
    }
}

DATABASE_TEST(the_page_names_the_first_event_that_does_not_fit) {
    Site *site = site_open(database, arena);
    Chain chain = {
        .sql = arena_format(arena, "UPDATE chambers_audit SET detail = 'x' WHERE sequence = 2 AND chamber_id = %lld",
                            (long long)site->world->chamber.value)
                   .data};
    CHECK_INT(site_sign_in(&site->client, "admin@test.example", SITE_PASSWORD, "").code, 303);
    HttpAnswer answer = site_post(&site->client, "/chamber/audit", "/chamber/audit/check", "", "");
    CHECK_INT(answer.code, 200);
    CHECK(text_find(answer.body, TEXT("The chain is whole"), &(size_t){0}));
    CHECK_OK(database_write(database, run_sql, &chain));
    answer = site_post(&site->client, "/chamber/audit", "/chamber/audit/check", "", "");
    CHECK_INT(answer.code, 200);
    CHECK(text_find(answer.body, TEXT("The chain is broken"), &(size_t){0}));
    CHECK(text_find(answer.body, TEXT("Event 2 does not match"), &(size_t){0}));
}

DATABASE_TEST(the_end_of_a_seal_key_is_seen_in_time) {
    Site *site = site_open(database, arena);
    const struct {
        int64_t days;
        const char *words;
        bool soon;
    } moments[] = {{0, "Active", false},
                   {5 * 365 - 70, "days are left", false},
                   {5 * 365 - 30, "days are left", true},
                   {5 * 365 + 30, "It has expired", false}};
    const Time now = clock_now();
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        clock_set(time_add(now, moments[i].days * TIME_DAY));
        HttpClient client = site_browser(site);
        CHECK_INT(site_sign_in(&client, "admin@test.example", SITE_PASSWORD, "").code, 303);
        const HttpAnswer answer = site_get(&client, "/chamber");
        CHECK_INT(answer.code, 200);
        CHECK(text_find(answer.body, text_of(moments[i].words), &(size_t){0}));
        CHECK_INT(text_find(answer.body, TEXT("Ask the operator for a new key now"), &(size_t){0}), moments[i].soon);
    }
}

/* Numbers. */

static Status next_number(Connection *connection, void *context) {
    Chain *chain = context;
    return chambers_next_number(connection, chain->arena, chain->chamber, TEXT("CO"),
                                TEXT("{code}-{series}-{year}-{number}"), 2026, &chain->number);
}

static Status fail_after_number(Connection *connection, void *context) {
    TRY(next_number(connection, context));
    return STATUS_INVALID;
}

static Status use_other_pattern(Connection *connection, void *context) {
    const Chain *chain = context;
    return chambers_set_numbering(connection, chain->chamber, TEXT("CO"), TEXT("{year}X-{number}"));
}

DATABASE_TEST(numbers_have_no_gaps_and_follow_the_pattern) {
    Site *site = site_open(database, arena);
    Chain chain = {.arena = arena, .chamber = site->world->chamber};
    CHECK_OK(database_write(database, next_number, &chain));
    CHECK_TEXT(chain.number, "TST-CO-2026-000001");
    CHECK_STATUS(database_write(database, fail_after_number, &chain), STATUS_INVALID);
    CHECK_OK(database_write(database, next_number, &chain));
    CHECK_TEXT(chain.number, "TST-CO-2026-000002");
    CHECK_OK(database_write(database, use_other_pattern, &chain));
    CHECK_OK(database_write(database, next_number, &chain));
    CHECK_TEXT(chain.number, "2026X-000003");
    chain.chamber = site->world->other_chamber;
    CHECK_OK(database_write(database, next_number, &chain));
    CHECK_TEXT(chain.number, "OTH-CO-2026-000001");
}

static Status keep_other_shape(Connection *connection, void *context) {
    const Chain *chain = context;
    return chambers_keep_shape(connection, chain->chamber, TEXT("TAKEN-2026-000001"), TEXT("OTHER"));
}

DATABASE_TEST(a_series_never_takes_the_looks_of_another) {
    Site *site = site_open(database, arena);
    Chain chain = {.arena = arena, .chamber = site->world->chamber};
    CHECK_OK(database_write(database, keep_other_shape, &chain));
    CHECK_INT(site_sign_in(&site->client, "admin@test.example", SITE_PASSWORD, "").code, 303);
    Buffer others = buffer_make(arena, 4000);
    for (size_t i = 1; i < documents_series(arena).count; i++) {
        buffer_format(&others, "&series_%zu=S%zu-%%7Byear%%7D-%%7Bnumber%%7D", i, i);
    }
    const char *taken =
        arena_format(arena, "series_0=TAKEN-%%7Byear%%7D-%%7Bnumber%%7D%.*s", (int)others.size, others.data).data;
    const char *free_one =
        arena_format(arena, "series_0=FREE-%%7Byear%%7D-%%7Bnumber%%7D%.*s", (int)others.size, others.data).data;
    HttpAnswer answer = site_post(&site->client, "/chamber", "/chamber/numbering", taken, "");
    CHECK_INT(answer.code, 422);
    CHECK(text_find(answer.body, TEXT("Other documents have or had such numbers"), &(size_t){0}));
    CHECK_INT(site_post(&site->client, "/chamber", "/chamber/numbering", free_one, "").code, 303);
    answer = site_get(&site->client, "/chamber");
    CHECK(text_find(answer.body, TEXT("FREE-"), &(size_t){0}));
}

TEST(patterns_are_judged) {
    const struct {
        const char *pattern;
        bool good;
    } cases[] = {{"{code}-CO-{year}-{number}", true}, {"{number}{year}", true},
                 {"{number}/{year}", false},          {"{year}-{number} ", false},
                 {"{year}-{day}-{number}", false},    {"{year}-{number", false},
                 {"{year}{number}", false},           {"{number}", false},
                 {"{year}-{year}-{number}", false},   {"", false},
                 {"ß-{year}-{number}", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool good = chambers_pattern_refusal(text_of(cases[i].pattern)).english == NULL;
        if (good != cases[i].good) {
            test_fail(__FILE__, __LINE__, "%s", cases[i].pattern);
        }
    }
}

/* Colours and pictures. */

TEST(contrast_is_that_of_wcag) {
    CHECK(fabs(chambers_contrast_to_white(TEXT("#000000")) - 21) < 0.001);
    CHECK(fabs(chambers_contrast_to_white(TEXT("#FFffFF")) - 1) < 0.001);
    CHECK(chambers_contrast_to_white(TEXT("#767676")) >= 4.5); /* the lightest grey that passes */
    CHECK(chambers_contrast_to_white(TEXT("#777777")) < 4.5);
}

static Text png_header(Arena *arena, unsigned width, unsigned height) {
    Buffer bytes = buffer_make(arena, 100);
    buffer_append(&bytes, (Text){"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16});
    for (int shift = 24; shift >= 0; shift -= 8) {
        buffer_append_byte(&bytes, (char)(width >> shift));
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        buffer_append_byte(&bytes, (char)(height >> shift));
    }
    buffer_append(&bytes, TEXT("\x08\x02\x01\x01\x01....................."));
    return (Text){bytes.data, bytes.size};
}

TEST(pictures_are_known_by_their_header) {
    Arena *arena = arena_open((size_t)1 << 20);
    Text type = {NULL, 0};
    CHECK_OK(chambers_logo_type(png_header(arena, 1, 2000), &type));
    CHECK_TEXT(type, "image/png");
    CHECK_STATUS(chambers_logo_type(png_header(arena, 1, 2001), &type), STATUS_TOO_LARGE);
    CHECK_STATUS(chambers_logo_type(png_header(arena, 0x10000, 1), &type), STATUS_TOO_LARGE);
    CHECK_STATUS(chambers_logo_type(png_header(arena, 0, 1), &type), STATUS_TOO_LARGE);
    CHECK_STATUS(chambers_logo_type(text_slice(png_header(arena, 1, 1), 0, 32), &type), STATUS_UNSUPPORTED);
    const Text jpeg = {"\xFF\xD8\xFF\xE0\0\4ab\xFF\xFF\xC0\0\x0B\x08\x01\x02\x03\x04\1\1\x11\0", 24};
    CHECK_OK(chambers_logo_type(jpeg, &type));
    CHECK_TEXT(type, "image/jpeg");
    for (size_t size = 0; size < 18; size++) { /* cut anywhere before its sides are said */
        CHECK_STATUS(chambers_logo_type(text_slice(jpeg, 0, size), &type), STATUS_UNSUPPORTED);
    }
    CHECK_STATUS(chambers_logo_type((Text){"\xFF\xD8\xFF\xE0\0\0ab\xFF\xC0\0\x0B\x08\1\1\1\1\1\1\1\1", 21}, &type),
                 STATUS_UNSUPPORTED);
    CHECK_STATUS(chambers_logo_type(TEXT("GIF89a...................................."), &type), STATUS_UNSUPPORTED);
    CHECK_STATUS(chambers_logo_type((Text){NULL, 0}, &type), STATUS_UNSUPPORTED);
    uint64_t state = test_seed();
    for (int i = 0; i < 20000;
         i++) { /* whatever it holds, nothing is read behind its end, where the sanitizer watches */
        char bytes[40] = {0};
        const size_t size = 4 + test_random(&state) % (sizeof bytes - 4);
        char *start = bytes + sizeof bytes - size;
        for (size_t k = 0; k < size; k++) {
            const uint64_t random = test_random(&state);
            start[k] = (char)(random % 4 == 0 ? 0xFF : random >> 8 & (random % 3 == 0 ? 0xFF : 7));
        }
        memcpy(start, "\xFF\xD8\xFF", 3);
        const Status status = chambers_logo_type((Text){start, size}, &type);
        CHECK(status == STATUS_OK || status == STATUS_UNSUPPORTED || status == STATUS_TOO_LARGE);
    }
    arena_close(arena);
}

TEST(a_jpeg_becomes_a_png_that_papers_can_have) {
    Arena *arena = arena_open((size_t)64 << 20);
    Text jpeg = {NULL, 0}, type = {NULL, 0};
    CHECK_OK(file_read(arena, AT_FDCWD, "src/capabilities/chambers/testdata/logo.jpg", 1 << 20, &jpeg));
    static const int longest[] = {600, 7, 1};
    for (size_t i = 0; i < 3; i++) {
        Buffer png = buffer_make(arena, 1 << 20);
        CHECK_OK(picture_of_jpeg(jpeg, longest[i], &png));
        const Text bytes = {png.data, png.size};
        CHECK_OK(picture_check(bytes));
        CHECK_OK(chambers_logo_type(bytes, &type));
        CHECK_TEXT(type, "image/png");
        CHECK((unsigned char)bytes.data[19] <= longest[i] || longest[i] > 255);
    }
    for (size_t size = 0; size < jpeg.size - 2; size += size < 700 ? 1 : 97) { /* cut anywhere */
        Buffer png = buffer_make(arena, 1 << 20);
        const Status status = picture_of_jpeg(text_slice(jpeg, 0, size), 600, &png);
        CHECK_STATUS(status, STATUS_INVALID);
        CHECK_INT(png.size, 0);
    }
    arena_close(arena);
}

/* The mailbox. */

TEST(links_of_the_mailbox_lead_home_only) {
    Arena *arena = arena_open((size_t)1 << 20);
    const Text own[] = {TEXT("http://localhost:8080"), TEXT(""), TEXT("https://lima.example")};
    const Text body =
        TEXT("a http://localhost:8080/confirm/x\n\nb http://localhost:80809/evil http://localhost:8080.evil/ "
             "http://localhost:8080@evil/ https://lima.example/y\"><b> http://evil.example/ http://localhost:8080");
    const ChambersMailParts parts = chambers_mail_parts(arena, own, 3, body);
    size_t links = 0;
    for (size_t i = 0; i < parts.count; i++) {
        links += parts.items[i].link.size > 0;
    }
    CHECK_INT(links, 2);
    CHECK_TEXT(parts.items[1].link, "http://localhost:8080/confirm/x");
    CHECK_TEXT(parts.items[3].link, "https://lima.example/y");
    CHECK_INT(chambers_mail_parts(arena, own, 3, (Text){NULL, 0}).count, 0);
    const ChambersMailParts lines = chambers_mail_parts(arena, own, 3, TEXT("here:\n\nhttps://lima.example/z"));
    CHECK_TEXT(lines.items[0].text, "here:");
    CHECK_INT(lines.items[0].breaks, 2);
    Buffer many = buffer_make(arena, 100000);
    for (int i = 0; i < 1000; i++) {
        buffer_append(&many, TEXT("https://lima.example/ "));
    }
    const ChambersMailParts cut = chambers_mail_parts(arena, own, 3, (Text){many.data, many.size});
    CHECK(cut.count <= 200);
    CHECK(text_ends_with(cut.items[cut.count - 1].text, TEXT("https://lima.example/ ")));
    arena_close(arena);
}

DATABASE_TEST(a_demonstration_shows_its_mail_to_everybody) {
    void *inside = NULL;
    Server *server = NULL;
    ServerOptions options = {0};
    CHECK_OK(world_setup.begin(arena, database, test_directory(), &options, &inside));
    options.database = database;
    options.quiet = true;
    options.demonstration = true;
    CHECK_OK(server_start(&options, &server));
    HttpClient client = {.arena = arena, .port = server_port(server), .host = TEXT("127.0.0.1")};
    CHECK_INT(
        site_post(&client, "/sign-up", "/sign-up", "name=%3Cb%3EX&email=x@nova.example&password=three+quiet+words", "")
            .code,
        303);
    CHECK_OK(world_setup.work(inside));
    const HttpAnswer answer = site_get(&client, "/mailbox");
    CHECK_INT(answer.code, 200);
    CHECK(text_find(answer.body, TEXT("x@nova.example"), &(size_t){0}));
    CHECK(text_find(answer.body, TEXT("<a href=\"http://127.0.0.1/confirm/"), &(size_t){0}));
    CHECK(!text_find(answer.body, TEXT("<b>X"), &(size_t){0}));
    server_stop(server);
    world_setup.end(inside);
}
