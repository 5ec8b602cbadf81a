/** Bad weather: the disk is full, the mail relay is down. Issuing waits in a state that both sides can read, strangers
 * verify all the same, and it goes on by itself. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/outside.h"
#include "testing/html_check.h"
#include "testing/things.h"

enum { TRIES_MOST = 400 };
#define DISK_BYTES ((uint64_t)48 << 20)

/** From here on all of this test's directories lie on a small disk of its own. */
static void small_disk(void) {
    const Text inside = text_of(test_directory());
    Text name = {NULL, 0};
    for (Text rest = inside; rest.size > 0;) {
        name = text_cut(&rest, '/');
    }
    char all[96];
    (void)snprintf(all, sizeof all, "%.*s", (int)(inside.size - name.size - 1), inside.data);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", all, "tmpfs", 0, "size=48m") != 0) {
        test_skip("this user cannot mount a small disk");
    }
}

/** The people and the papers. */
typedef struct Weather {
    const Site *site;
    Things *things;
    HttpClient owner, officer, stranger;
    Text owner_token, officer_token;
    int filler;
} Weather;

static Weather weather_of(const Site *site) {
    Weather weather = {.site = site,
                       .things = things_make(site),
                       .owner = site_person(site, "owner@vino.example", NULL),
                       .officer = site_person(site, "officer@test.example", NULL),
                       .stranger = site_browser(site),
                       .filler = -1};
    weather.owner_token = site_form_token(&weather.owner);
    weather.officer_token = site_form_token(&weather.officer);
    site_work(site);
    return weather;
}

static void fill_disk(Weather *weather) {
    static char block[4096];
    struct statvfs disk;
    const Text path = arena_format(weather->site->arena, "%s/filler", test_directory());
    weather->filler = open(path.data, O_WRONLY | O_CREAT, 0600);
    CHECK(weather->filler >= 0 && fstatvfs(weather->filler, &disk) == 0);
    CHECK(disk.f_blocks * disk.f_frsize <= DISK_BYTES); /* never the disk of somebody else */
    while (write(weather->filler, block, sizeof block) > 0) {
    }
}

static void empty_disk(Weather *weather) {
    CHECK(ftruncate(weather->filler, 0) == 0 && close(weather->filler) == 0);
}

static Text path(const Weather *weather, enum TargetState target, const char *pattern) {
    return things_fill(weather->things, weather->site->arena, &weather->things->targets[target], text_of(pattern));
}

static Text state_of(const Weather *weather) {
    return site_text(weather->site, "SELECT state AS text FROM documents_document WHERE document_id = %lld",
                     (long long)weather->things->targets[TARGET_SUBMITTED].document);
}

static void lock(Weather *weather) {
    const Text to = path(weather, TARGET_SUBMITTED, "/review/{document}/lock");
    CHECK_INT(site_send(&weather->officer, to, weather->officer_token, "").code, 303);
}

static HttpAnswer approve(Weather *weather) {
    const Text to = path(weather, TARGET_SUBMITTED, "/review/{document}");
    return site_send(&weather->officer, to, weather->officer_token, "action=approve");
}

/** A stranger sees that the document issued before is valid. */
static void check_verified(Weather *weather) {
    const HttpAnswer answer = http_get(
        &weather->stranger, "GET", path(weather, TARGET_ISSUED, "/verify/{number:text}/{code:text}"), (Text){NULL, 0});
    CHECK_INT(answer.code, 200);
    CHECK(text_find(html_visible_text(weather->site->arena, answer.body), TEXT("Valid"), &(size_t){0}));
}

/** The page of the application, as the exporter and as the officer see it, has these words. */
static void check_shown(Weather *weather, const char *words) {
    HttpClient *const readers[] = {&weather->owner, &weather->officer};
    for (size_t i = 0; i < 2; i++) {
        const HttpAnswer page =
            http_get(readers[i], "GET", path(weather, TARGET_SUBMITTED, "/documents/{document}"), (Text){NULL, 0});
        const Text visible = html_visible_text(weather->site->arena, page.body);
        CHECK_INT(page.code, 200);
        if (!text_find(visible, text_of(words), &(size_t){0})) {
            test_fail(__FILE__, __LINE__, "not \"%s\": %.*s", words, TEXT_ARG(visible));
        }
    }
}

/** Time passes until what waits is tried again; then there is one number, one file, and nothing is damaged. */
static void check_goes_on(Weather *weather) {
    const long long document = weather->things->targets[TARGET_SUBMITTED].document;
    clock_set(time_add(clock_now(), TIME_HOUR));
    site_work(weather->site);
    clock_set((Time){0});
    CHECK_TEXT(state_of(weather), "issued");
    CHECK_INT(site_number(weather->site,
                          "SELECT count(*) AS number FROM documents_revision r JOIN documents_document d ON "
                          "d.document_id = r.document_id AND d.pdf_sha256 = r.sha256 WHERE d.document_id = %lld",
                          document),
              1);
    CHECK_INT(site_number(weather->site, "SELECT count(DISTINCT number) AS number FROM documents_document WHERE number "
                                         "<> ''"),
              site_number(weather->site, "SELECT last_number AS number FROM chambers_counter"));
    const HttpAnswer file =
        http_get(&weather->owner, "GET", path(weather, TARGET_SUBMITTED, "/documents/{document}/pdf"), (Text){NULL, 0});
    CHECK_INT(file.code, 200);
    CHECK(text_starts_with(file.body, TEXT("%PDF-")));
}

static void full_when_storing(Site *site) {
    Weather weather = weather_of(site);
    lock(&weather);
    CHECK_INT(approve(&weather).code, 303);
    fill_disk(&weather);
    if (world_setup.work(site->inside) != STATUS_OK) {
        failure_take(); /* with SQLite on the same disk not even the note can be written */
    }
    CHECK_TEXT(state_of(&weather), "approved");
    check_shown(&weather, "Approved, being issued");
    check_verified(&weather);
    if (database_is_postgresql(site->database)) {
        check_shown(&weather, "Waiting for room to store the file");
        const HttpAnswer queue = site_get(&weather.officer, "/review?state=approved");
        CHECK(text_find(html_visible_text(site->arena, queue.body), TEXT("Waiting for room to store the file"),
                        &(size_t){0}));
    }
    empty_disk(&weather);
    check_goes_on(&weather);
}

/** The least that the database is asked to keep, until it cannot any more. */
static int save_draft(Weather *weather, int number) {
    const Text to = path(weather, TARGET_DRAFT, "/documents/{document}/draft");
    const Text fields = arena_format(weather->site->arena, "consignor_name=Vardar+%d", number);
    return site_send(&weather->owner, to, weather->owner_token, fields.data).code;
}

static void full_when_deciding(Site *site) {
    Weather weather = weather_of(site);
    lock(&weather);
    fill_disk(&weather);
    int code = 303, tries = 0;
    for (; code == 303 && tries < TRIES_MOST; tries++) {
        code = save_draft(&weather, tries);
    }
    CHECK_INT(code, 507);
    const HttpAnswer answer = approve(&weather);
    CHECK_INT(answer.code, 507);
    const Text visible = html_visible_text(site->arena, answer.body);
    CHECK(text_find(visible, TEXT("storage"), &(size_t){0}));
    CHECK_OK(html_check(site->arena, answer.body));
    CHECK_TEXT(state_of(&weather), "submitted");
    check_shown(&weather, "Submitted");
    check_verified(&weather);
    empty_disk(&weather);
    CHECK_INT(approve(&weather).code, 303);
    check_goes_on(&weather);
}

TEST(a_full_disk_stops_deciding_and_not_verifying_sqlite) {
    small_disk();
    site_on_engine(TEST_SQLITE, full_when_deciding);
}

TEST(a_full_disk_stops_sealing_and_not_verifying_sqlite) {
    small_disk();
    site_on_engine(TEST_SQLITE, full_when_storing);
}

TEST(a_full_disk_stops_sealing_and_not_verifying_postgresql) {
    small_disk();
    site_on_engine(TEST_POSTGRESQL, full_when_storing);
}

/** The mail relay is down: documents are issued all the same, the administrator sees what waits, and it is sent. */
SITE_TEST(a_relay_that_is_down_delays_mail_and_nothing_else) {
    Weather weather = weather_of(site);
    Outside *outside = site->world->outside;
    Mailer *spool = outside->mailer;
    CHECK_OK(mailer_open(TEXT("smtp://127.0.0.1:1"), &outside->mailer));
    lock(&weather);
    CHECK_INT(approve(&weather).code, 303);
    site_work(site);
    CHECK_TEXT(state_of(&weather), "issued");
    HttpClient administrator = site_person(site, "admin@test.example", NULL);
    const HttpAnswer jobs = site_get(&administrator, "/chamber/jobs");
    const Text visible = html_visible_text(site->arena, jobs.body);
    CHECK_INT(jobs.code, 200);
    CHECK(text_find(visible, TEXT("the mail relay cannot be used"), &(size_t){0}));
    CHECK(text_find(visible, TEXT("owner@vino.example"), &(size_t){0}));
    mailer_close(outside->mailer);
    outside->mailer = spool;
    clock_set(time_add(clock_now(), 2 * TIME_HOUR));
    const Text mail = site_mail(site, "owner@vino.example");
    clock_set((Time){0});
    CHECK(text_find(mail, TEXT("TST-CO-"), &(size_t){0}));
}
