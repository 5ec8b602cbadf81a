/** kill -9 of the serving program while an officer approves: what she was told stays, each document has one number and
 * one file, and nothing stays stuck. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "capabilities/documents/documents.h"
#include "outside/file.h"
#include "program/data.h"
#include "program/parts.h"
#include "testing/command.h"
#include "testing/test_database.h"
#include "testing/things.h"
#include "work/work.h"

enum { KILLS = 8, APPLICATIONS = 60, LONGEST_MICROSECONDS = 700000 };

static const char values[] =
    "{\"consignor_name\":\"Vardar Vino DOO\",\"consignor_address\":\"Lozarska 12\",\"consignor_country\":\"MK\","
    "\"consignee_name\":\"Wein GmbH\",\"consignee_address\":\"Hafen 1\",\"destination_country\":\"DE\","
    "\"origin_country\":\"MK\",\"invoice_number\":\"17\",\"invoice_date\":\"2024-05-06\",\"lines\":[{\"description\":"
    "\"Wine\",\"quantity\":\"10\",\"unit\":\"LTR\"}]}";

typedef struct Killing {
    Arena *arena;
    Settings settings;
    const char *directory;
    Site site; /**< arena and database alone: for queries */
    int64_t documents[APPLICATIONS];
    bool acknowledged[APPLICATIONS];
    HttpClient officer;
    Text token;
} Killing;

static Settings settings_of(TestEngine engine, Arena *arena) {
    Settings settings = {.port = -1};
    if (engine == TEST_POSTGRESQL) {
        settings.database = test_database_address(engine, arena);
    }
    return settings;
}

static void make_application(const Killing *killing, const World *world) {
    const DocumentExample example = {.type = TEXT("certificate-of-origin"),
                                     .values = text_of(values),
                                     .state = TEXT("submitted"),
                                     .firm = world->vino,
                                     .applicant = {things_account(&killing->site, "owner@vino.example")},
                                     .officer = {things_account(&killing->site, "officer@test.example")},
                                     .applicant_name = TEXT("Ana Stojanova"),
                                     .officer_name = TEXT("Elena Petrovska"),
                                     .submitted = time_add(clock_now(), -3 * TIME_DAY)};
    Arena *arena = arena_open((size_t)64 << 20);
    CHECK_OK(documents_make_example(world->database, world->outside, arena, world->chamber, &example));
    arena_close(arena);
}

/** The world of the scenarios in a data directory, with applications that wait for the officer. */
static void make_directory(Killing *killing) {
    Data *data = NULL;
    ServerOptions options = {0};
    void *inside = NULL;
    killing->directory = arena_format(killing->arena, "%s/data", test_directory()).data;
    CHECK_OK(data_make(text_of(killing->directory), &killing->settings, &data));
    CHECK_OK(world_setup.begin(killing->arena, data->database, killing->directory, &options, &inside));
    killing->site.database = data->database;
    for (int i = 0; i < APPLICATIONS; i++) {
        make_application(killing, world_of(inside));
    }
    clock_set((Time){0});
    int64_t last = 0;
    for (int i = 0; i < APPLICATIONS; i++) {
        last = killing->documents[i] = site_number(
            &killing->site, "SELECT min(document_id) AS number FROM documents_document WHERE document_id > %lld",
            (long long)last);
    }
    world_setup.end(inside);
    data_close(data);
}

static int port_of(Arena *arena, const char *output) {
    Text words = {NULL, 0};
    size_t at = 0;
    CHECK_OK(file_read(arena, AT_FDCWD, output, 1 << 20, &words));
    CHECK(text_find(words, TEXT("at http://127.0.0.1:"), &at));
    return (int)strtol(arena_c_string(arena, text_slice(words, at + sizeof "at http://127.0.0.1:" - 1, words.size)),
                       NULL, 10);
}

static pid_t serve(Killing *killing) {
    const char *output = arena_format(killing->arena, "%s/output", test_directory()).data;
    const char *errors = arena_format(killing->arena, "%s.errors", output).data;
    const char *const words[] = {"serve", "--data", killing->directory, "--port", "0", NULL};
    const pid_t server = command_start(output, errors, words);
    CHECK(command_wait_for(killing->arena, output, "at http://127.0.0.1:"));
    killing->officer.port = port_of(killing->arena, output);
    return server;
}

static Text page_of(const Killing *killing, int which, const char *rest) {
    char id[ID_TEXT_SIZE + 1];
    id_write(killing->documents[which], id);
    return arena_format(killing->arena, "/review/%s%s", id, rest);
}

/** Approves one application after the other and says of each when the server has answered; ends with the server. */
static _Noreturn void approve_all(Killing *killing, int ledger) {
    const int nowhere = open("/dev/null", O_WRONLY);
    (void)dup2(nowhere, STDOUT_FILENO); /* that the server is gone is no failure here */
    for (int i = 0; i < APPLICATIONS; i++) {
        if (killing->acknowledged[i]) {
            continue;
        }
        (void)site_send(&killing->officer, page_of(killing, i, "/lock"), killing->token, "");
        const HttpAnswer answer =
            site_send(&killing->officer, page_of(killing, i, ""), killing->token, "action=approve");
        if (answer.code == 303 && write(ledger, &i, sizeof i) != (ssize_t)sizeof i) {
            break;
        }
    }
    _exit(0);
}

static void kill_once(Killing *killing, int64_t microseconds) {
    int ends[2], which = 0;
    const pid_t server = serve(killing);
    if (killing->token.size == 0) {
        CHECK_INT(site_sign_in(&killing->officer, "officer@test.example", SITE_PASSWORD, "").code, 303);
        killing->token = site_form_token(&killing->officer);
    }
    CHECK(pipe(ends) == 0);
    const pid_t officer = fork();
    if (officer == 0) {
        (void)close(ends[0]);
        approve_all(killing, ends[1]);
    }
    (void)close(ends[1]);
    (void)nanosleep(&(struct timespec){.tv_nsec = (long)microseconds * 1000}, NULL);
    CHECK(kill(server, SIGKILL) == 0 && waitpid(server, NULL, 0) == server);
    while (read(ends[0], &which, sizeof which) == (ssize_t)sizeof which) {
        killing->acknowledged[which] = true;
    }
    (void)close(ends[0]);
    CHECK(waitpid(officer, NULL, 0) == officer);
}

/** Does what is left to do, when the leases of the dead have run out. */
static void finish(Killing *killing, const Data *data) {
    const Parts parts = parts_gather(killing->arena);
    int64_t run = 1;
    CHECK_OK(parts_start(data->database, data->outside));
    clock_set(time_add(clock_now(), 10 * TIME_MINUTE));
    while (run > 0) {
        CHECK_OK(work_run_due(data->database, data->outside, (const JobKind *const *)parts.job_kinds,
                              parts.job_kind_count, &run));
    }
    clock_set((Time){0});
}

static Status count_file(const Sha256 *digest, void *context) {
    (void)digest;
    ++*(int64_t *)context;
    return STATUS_OK;
}

static void judge(Killing *killing) {
    Data *data = NULL;
    int64_t files = 0, acknowledged = 0;
    CHECK_OK(data_open(text_of(killing->directory), &killing->settings, DATA_FOR_COMMAND, &data));
    killing->site.database = data->database;
    finish(killing, data);
    for (int i = 0; i < APPLICATIONS; i++) {
        acknowledged += killing->acknowledged[i];
        const Text state =
            site_text(&killing->site, "SELECT state AS text FROM documents_document WHERE document_id = %lld",
                      (long long)killing->documents[i]);
        CHECK(text_equal(state, TEXT("issued")) || (!killing->acknowledged[i] && text_equal(state, TEXT("submitted"))));
    }
    const int64_t issued =
        site_number(&killing->site, "SELECT count(*) AS number FROM documents_document WHERE state = 'issued'");
    CHECK(acknowledged > 0 && issued >= acknowledged);
    CHECK_INT(site_number(&killing->site, "SELECT count(DISTINCT number) AS number FROM documents_document WHERE "
                                          "state = 'issued'"),
              issued);
    CHECK_INT(site_number(&killing->site, "SELECT last_number AS number FROM chambers_counter"), issued);
    CHECK_INT(site_number(&killing->site, "SELECT count(*) AS number FROM documents_revision"), issued);
    CHECK_OK(blobs_each(data->outside->blobs, count_file, &files));
    CHECK_INT(files - site_number(&killing->site, "SELECT count(DISTINCT sha256) AS number FROM documents_attachment"),
              issued);
    data_close(data);
    const Ended check = RUN(killing->arena, "check", "--data", killing->directory);
    if (check.code != 0) {
        test_fail(__FILE__, __LINE__, "check: %.*s%.*s", TEXT_ARG(check.output), TEXT_ARG(check.errors));
    }
    printf("# %d kills, %lld acknowledged, %lld issued\n", KILLS, (long long)acknowledged, (long long)issued);
}

static void kill_often(TestEngine engine) {
    Arena *arena = arena_open((size_t)1 << 30);
    Killing *killing = arena_new(arena, Killing);
    uint64_t seed = test_seed();
    *killing = (Killing){.arena = arena, .settings = settings_of(engine, arena)};
    killing->site.arena = arena;
    killing->officer = (HttpClient){.arena = arena, .host = TEXT("127.0.0.1")};
    make_directory(killing);
    for (int i = 0; i < KILLS; i++) {
        kill_once(killing, (int64_t)(test_random(&seed) % LONGEST_MICROSECONDS));
    }
    judge(killing);
    arena_close(arena);
}

TEST(an_officer_is_told_the_truth_sqlite) {
    kill_often(TEST_SQLITE);
}

TEST(an_officer_is_told_the_truth_postgresql) {
    kill_often(TEST_POSTGRESQL);
}
