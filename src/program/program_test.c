/** The program's commands as somebody at a terminal has them. */
#include "program/program.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "capabilities/chambers/chambers.h"
#include "outside/file.h"
#include "program/data.h"
#include "testing/command.h"
#include "testing/test.h"
#include "work/work.h"

static const Settings nothing = {.port = -1};
static const ChamberId chamber = {7};

static Text read_whole(Arena *arena, const char *path) {
    Text text = {NULL, 0};
    CHECK_OK(file_read(arena, AT_FDCWD, path, 1 << 20, &text));
    return text;
}

static bool has(Text text, const char *part) {
    return text_find(text, text_of(part), &(size_t){0});
}

/* Wrong use, and help. */

TEST(commands_of_the_program_have_help) {
    Arena *arena = arena_open(16 << 20);
    static const char *const commands[] = {"serve", "backup", "restore", "check"};
    Ended ended = RUN(arena, "--help");
    CHECK_INT(ended.code, 0);
    for (size_t i = 0; i < 4; i++) {
        CHECK(has(ended.output, commands[i]));
        const Ended help = RUN(arena, commands[i], "--help");
        CHECK_INT(help.code, 0);
        CHECK(text_starts_with(help.output, arena_format(arena, "use: tradepost %s ", commands[i])));
        CHECK(has(help.output, "--data DIR") && has(help.output, "exit codes"));
        CHECK_INT(help.errors.size, 0);
    }
    arena_close(arena);
}

TEST(wrong_use_ends_with_2_and_says_why) {
    Arena *arena = arena_open(16 << 20);
    Ended ended = RUN(arena, "dance");
    CHECK_INT(ended.code, 2);
    CHECK(has(ended.errors, "there is no command \"dance\""));
    ended = command_run(arena, (const char *const[]){NULL});
    CHECK_INT(ended.code, 2);
    ended = RUN(arena, "serve");
    CHECK_INT(ended.code, 2);
    CHECK(has(ended.errors, "--data DIR is missing") && has(ended.errors, "--help"));
    ended = RUN(arena, "check", "--data", "/tmp", "--colour", "red");
    CHECK_INT(ended.code, 2);
    CHECK(has(ended.errors, "--colour is not known here"));
    ended = RUN(arena, "serve", "--data", "/tmp", "--port", "many");
    CHECK_INT(ended.code, 2);
    CHECK(has(ended.errors, "a port is a number"));
    ended = RUN(arena, "restore", "--data", "/tmp");
    CHECK_INT(ended.code, 2);
    ended = RUN(arena, "backup", "--data", "/tmp", "--data", "/tmp", "--out", "x");
    CHECK_INT(ended.code, 2);
    CHECK(has(ended.errors, "--data is given twice"));
    arena_close(arena);
}

TEST(a_directory_that_is_none_is_refused_with_1) {
    Arena *arena = arena_open(16 << 20);
    const char *empty = test_directory();
    static const char *const commands[] = {"serve", "check"};
    for (size_t i = 0; i < 2; i++) {
        const Ended ended = RUN(arena, commands[i], "--data", empty);
        CHECK_INT(ended.code, 1);
        CHECK(has(ended.errors, "is no data directory"));
    }
    const Ended ended = RUN(arena, "backup", "--data", empty, "--out", arena_format(arena, "%s/x.tar", empty).data);
    CHECK_INT(ended.code, 1);
    arena_close(arena);
}

/* The data directory. */

static const char *fresh(Arena *arena) {
    return arena_format(arena, "%s/data", test_directory()).data;
}

static Data *made(const char *directory) {
    Data *data = NULL;
    CHECK_OK(data_make(text_of(directory), &nothing, &data));
    return data;
}

TEST(data_is_made_for_its_owner_only_and_once) {
    Arena *arena = arena_open(16 << 20);
    Data *data = NULL;
    struct stat found;
    const char *directory = fresh(arena);
    (void)umask(0);
    data_close(made(directory));
    CHECK(stat(directory, &found) == 0 && (found.st_mode & 07777) == 0700);
    CHECK(stat(arena_format(arena, "%s/secret", directory).data, &found) == 0 && (found.st_mode & 07777) == 0600);
    CHECK_INT(found.st_size, 32);
    CHECK(stat(arena_format(arena, "%s/tradepost.conf", directory).data, &found) == 0);
    CHECK_INT(found.st_mode & 07777, 0600);
    CHECK_STATUS(data_make(text_of(directory), &nothing, &data), STATUS_CONFLICT);
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &data));
    const Text secret = arena_copy(arena, data->outside->secret);
    data_close(data);
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &data));
    CHECK(text_equal(data->outside->secret, secret));
    data_close(data);
    CHECK(chmod(arena_format(arena, "%s/secret", directory).data, 0644) == 0);
    CHECK_STATUS(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &data), STATUS_INVALID);
    arena_close(arena);
}

TEST(data_keeps_its_settings) {
    Arena *arena = arena_open(16 << 20);
    Data *data = NULL;
    const char *directory = fresh(arena);
    const Settings given = {.port = 8123, .public_url = TEXT("https://chamber.example"), .demonstration = true};
    CHECK_OK(data_make(text_of(directory), &given, &data));
    data_close(data);
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &data));
    CHECK_INT(data->settings.port, 8123);
    CHECK_TEXT(data->settings.public_url, "https://chamber.example");
    CHECK(data->settings.demonstration);
    data_close(data);
    arena_close(arena);
}

TEST(a_lost_password_of_the_keys_is_not_made_anew) {
    Arena *arena = arena_open(16 << 20);
    const char *data = arena_format(arena, "%s/data", test_directory()).data;
    const char *password = arena_format(arena, "%s/keys/password", data).data;
    Ended ended = RUN(arena, "init", "--data", data, "--chamber", "First Chamber", "--country", "MK", "--admin",
                      "admin@first.example", "--host", "first.example");
    CHECK_INT(ended.code, 0);
    CHECK_INT(unlink(password), 0);
    ended = RUN(arena, "init", "--data", data, "--chamber", "Second Chamber", "--country", "PE", "--admin",
                "admin@second.example", "--host", "second.example");
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.errors, "keys/password is missing") && has(ended.errors, "put it back"));
    CHECK(access(password, F_OK) != 0);
    arena_close(arena);
}

TEST(data_is_served_by_one_and_used_by_many) {
    Arena *arena = arena_open(16 << 20);
    Data *server = NULL, *second = NULL, *command = NULL;
    const char *directory = fresh(arena);
    data_close(made(directory));
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_SERVER, &server));
    CHECK_STATUS(data_open(text_of(directory), &nothing, DATA_FOR_SERVER, &second), STATUS_CONFLICT);
    CHECK_TEXT(test_failure(), "another tradepost serves this data directory already");
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &command));
    data_close(server);
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_SERVER, &second));
    data_close(second);
    data_close(command);
    arena_close(arena);
}

/* Backup, restore, check. */

/** A blob with the row that names it: a job whose subject is the blob's number. */
typedef struct Keep {
    Outside *outside;
    int64_t number;
} Keep;

static Text blob_of(Arena *arena, int64_t number) {
    return arena_format(arena, "blob number %lld %0*d", (long long)number, (int)(number % 5000), 0);
}

static Status keep_row(Connection *connection, void *context) {
    const Keep *keep = context;
    return work_add(connection, chamber, "test.keep", keep->number, TEXT("x"), (Time){0});
}

static void keep(Data *data, int64_t number) {
    Arena *arena = arena_open(1 << 20);
    Sha256 digest;
    CHECK_OK(blob_put(data->outside->blobs, blob_of(arena, number), &digest));
    CHECK_OK(database_write(data->database, keep_row, &(Keep){data->outside, number}));
    arena_close(arena);
}

/** The jobs of a database. */
typedef struct Listing {
    Arena *arena;
    WorkItems items;
} Listing;

static Status list_body(Connection *connection, void *context) {
    Listing *listing = context;
    return work_list(connection, listing->arena, chamber, 1000000, &listing->items);
}

/** Every row's blob is there. @return how many */
static size_t check_kept(Arena *arena, const char *directory) {
    Data *data = NULL;
    Listing listing = {arena, {NULL, 0}};
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &data));
    CHECK_OK(database_read(data->database, list_body, &listing));
    for (size_t i = 0; i < listing.items.count; i++) {
        const Text expected = blob_of(arena, listing.items.items[i].subject);
        const Sha256 digest = sha256(expected);
        Text found = {NULL, 0};
        CHECK_OK(blob_get(data->outside->blobs, arena, &digest, &found));
        CHECK(text_equal(found, expected));
    }
    data_close(data);
    return listing.items.count;
}

static const char *filled(Arena *arena) {
    const char *directory = fresh(arena);
    Data *data = made(directory);
    for (int64_t i = 1; i <= 10; i++) {
        keep(data, i);
    }
    const char *key = arena_format(arena, "%s/keys/seal.p12", directory).data;
    const int file = open(key, O_WRONLY | O_CREAT, 0600);
    CHECK(file >= 0 && write(file, "key", 3) == 3 && close(file) == 0);
    data_close(data);
    return directory;
}

static void check_restored(const char *ending) {
    Arena *arena = arena_open(64 << 20);
    const char *directory = filled(arena), *restored = fresh(arena);
    const char *backup = arena_format(arena, "%s/backup%s", test_directory(), ending).data;
    Ended ended = RUN(arena, "backup", "--data", directory, "--out", backup);
    CHECK_TEXT(ended.errors, "");
    CHECK_INT(ended.code, 0);
    CHECK(has(ended.output, "14 files, "));
    ended = RUN(arena, "restore", "--from", backup, "--data", restored);
    CHECK_TEXT(ended.errors, "");
    CHECK_INT(ended.code, 0);
    CHECK(has(ended.output, "14 files, "));
    CHECK_INT(check_kept(arena, restored), 10);
    static const char *const same[] = {"secret", "keys/seal.p12"};
    for (size_t i = 0; i < 2; i++) {
        CHECK(text_equal(read_whole(arena, arena_format(arena, "%s/%s", directory, same[i]).data),
                         read_whole(arena, arena_format(arena, "%s/%s", restored, same[i]).data)));
    }
    ended = RUN(arena, "check", "--data", restored);
    CHECK_INT(ended.code, 0);
    CHECK_TEXT(ended.output, "10 files looked at, 0 findings\n");
    ended = RUN(arena, "restore", "--from", backup, "--data", restored);
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.errors, "is not empty"));
    ended = RUN(arena, "backup", "--data", directory, "--out", backup);
    CHECK_INT(ended.code, 1);
    arena_close(arena);
}

TEST(backup_to_a_tar_is_restored) {
    check_restored(".tar");
}

TEST(backup_to_a_folder_is_restored) {
    check_restored("");
}

TEST(restore_of_a_damaged_backup_puts_nothing_in_place) {
    Arena *arena = arena_open(64 << 20);
    const char *directory = filled(arena), *parent = test_directory();
    const char *restored = arena_format(arena, "%s/data", parent).data;
    const char *backup = arena_format(arena, "%s/backup.tar", test_directory()).data;
    struct stat found;
    char byte = 0;
    CHECK_INT(RUN(arena, "backup", "--data", directory, "--out", backup).code, 0);
    CHECK(stat(backup, &found) == 0);
    const int file = open(backup, O_RDWR);
    const off_t at = found.st_size / 3;
    CHECK(file >= 0 && pread(file, &byte, 1, at) == 1);
    byte = (char)(byte ^ 1);
    CHECK(pwrite(file, &byte, 1, at) == 1 && close(file) == 0);
    const Ended ended = RUN(arena, "restore", "--from", backup, "--data", restored);
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.errors, "the backup is damaged"));
    CHECK_OK(data_check_empty(parent));
    arena_close(arena);
}

TEST(check_finds_what_is_damaged) {
    Arena *arena = arena_open(64 << 20);
    const char *directory = filled(arena);
    CHECK_INT(RUN(arena, "check", "--data", directory).code, 0);
    const Sha256 digest = sha256(blob_of(arena, 3));
    const Text hex = sha256_hex(arena, &digest);
    const char *path = arena_format(arena, "%s/blobs/%.2s/%.62s", directory, hex.data, hex.data + 2).data;
    const int file = open(path, O_RDWR);
    CHECK(file >= 0 && pwrite(file, "X", 1, 2) == 1 && close(file) == 0);
    Ended ended = RUN(arena, "check", "--data", directory);
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.output, hex.data) && has(ended.output, "1 findings"));
    const char *backup = arena_format(arena, "%s/backup.tar", test_directory()).data;
    ended = RUN(arena, "backup", "--data", directory, "--out", backup);
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.errors, "is damaged in the data directory"));
    CHECK(access(backup, F_OK) == 0);
    arena_close(arena);
}

TEST(check_finds_a_damaged_database) {
    Arena *arena = arena_open(64 << 20);
    const char *directory = fresh(arena);
    Data *data = made(directory);
    for (int64_t i = 1; i <= 300; i++) {
        CHECK_OK(database_write(data->database, keep_row, &(Keep){data->outside, i}));
    }
    data_close(data);
    const char *path = arena_format(arena, "%s/database.sqlite", directory).data;
    struct stat found;
    char zeros[2048] = {0};
    CHECK(stat(path, &found) == 0 && found.st_size > 32768);
    const int file = open(path, O_RDWR);
    CHECK(file >= 0);
    for (off_t at = 16384; at + 4096 < found.st_size; at += 4096) {
        CHECK(pwrite(file, zeros, sizeof zeros, at + 512) == sizeof zeros);
    }
    CHECK(close(file) == 0);
    const Ended ended = RUN(arena, "check", "--data", directory);
    CHECK_INT(ended.code, 1);
    arena_close(arena);
}

/* A backup while another process keeps blobs and rows all the time. */
TEST(backup_while_it_is_in_use_is_consistent) {
    Arena *arena = arena_open(256 << 20);
    const char *directory = filled(arena), *restored = fresh(arena);
    const char *backup = arena_format(arena, "%s/backup.tar", test_directory()).data;
    const pid_t busy = fork();
    if (busy == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        Data *data = NULL;
        CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_SERVER, &data));
        for (int64_t number = 1000;; number++) {
            keep(data, number);
        }
    }
    (void)usleep(200000);
    const Ended ended = RUN(arena, "backup", "--data", directory, "--out", backup);
    CHECK(kill(busy, SIGKILL) == 0 && waitpid(busy, NULL, 0) == busy);
    CHECK_TEXT(ended.errors, "");
    CHECK_INT(ended.code, 0);
    CHECK_INT(RUN(arena, "restore", "--from", backup, "--data", restored).code, 0);
    CHECK(check_kept(arena, restored) > 10);
    CHECK_INT(RUN(arena, "check", "--data", restored).code, 0);
    arena_close(arena);
}

/* A database on PostgreSQL. */

/** A new, empty database of the test's cluster; its address. */
static Text new_database(Arena *arena, const char *name) {
    const char *base = getenv("TRADEPOST_TEST_POSTGRESQL");
    size_t at = 0;
    if (base == NULL || base[0] == '\0') {
        test_skip("TRADEPOST_TEST_POSTGRESQL is not set");
    }
    const Text made = arena_format(arena, "%s_%d", name, (int)getpid());
    CHECK_INT(system(arena_format(arena, "createdb --maintenance-db='%s' '%s'", base, made.data).data), 0);
    CHECK(text_find(text_of(base), TEXT("/postgres?"), &at));
    return arena_format(arena, "%.*s/%s?%s", (int)at, base, made.data, base + at + sizeof "/postgres?" - 1);
}

TEST(backup_and_restore_of_a_database_on_postgresql) {
    Arena *arena = arena_open(64 << 20);
    const Settings settings = {.port = -1, .database = new_database(arena, "saved")};
    const Text place = new_database(arena, "restored");
    const char *directory = fresh(arena), *restored = fresh(arena), *again = fresh(arena);
    const char *backup = arena_format(arena, "%s/backup.tar", test_directory()).data;
    Data *data = NULL;
    CHECK_OK(data_make(text_of(directory), &settings, &data));
    for (int64_t i = 1; i <= 10; i++) {
        keep(data, i);
    }
    data_close(data);
    Ended ended = RUN(arena, "backup", "--data", directory, "--out", backup);
    CHECK_TEXT(ended.errors, "");
    CHECK_INT(ended.code, 0);
    ended = RUN(arena, "restore", "--from", backup, "--data", restored, "--database", place.data);
    CHECK_TEXT(ended.errors, "");
    CHECK_INT(ended.code, 0);
    CHECK_INT(check_kept(arena, restored), 10);
    CHECK(has(read_whole(arena, arena_format(arena, "%s/tradepost.conf", restored).data), place.data));
    CHECK(access(arena_format(arena, "%s/database.dump", restored).data, F_OK) != 0);
    CHECK_INT(RUN(arena, "check", "--data", restored).code, 0);
    ended = RUN(arena, "restore", "--from", backup, "--data", again, "--database", place.data); /* it is not empty */
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.errors, "pg_restore failed"));
    CHECK(access(again, F_OK) != 0);
    CHECK_INT(check_kept(arena, restored), 10);
    CHECK(setenv("PATH", "/nowhere", 1) == 0);
    ended = RUN(arena, "backup", "--data", directory, "--out", arena_format(arena, "%s.2.tar", backup).data);
    CHECK_INT(ended.code, 1);
    CHECK(has(ended.errors, "install the package postgresql-client"));
    CHECK(access(arena_format(arena, "%s.2.tar", backup).data, F_OK) != 0);
    arena_close(arena);
}

/* A full disk. */

static void small_disk(const char *directory, const char *size) {
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", directory, "tmpfs", 0, size) != 0) {
        test_skip("this user cannot mount a small disk");
    }
}

TEST(data_made_on_a_full_disk_is_not_made) {
    Arena *arena = arena_open(16 << 20);
    const char *disk = test_directory();
    Data *data = NULL;
    small_disk(disk, "size=64k");
    const Status status = data_make(arena_format(arena, "%s/data", disk), &nothing, &data);
    CHECK_INT(status, STATUS_FULL);
    CHECK(access(arena_format(arena, "%s/data/tradepost.conf", disk).data, F_OK) != 0);
    CHECK(umount2(disk, MNT_DETACH) == 0);
    arena_close(arena);
}

TEST(full_disk_stops_writing_and_not_reading) {
    Arena *arena = arena_open(64 << 20);
    const char *disk = test_directory();
    small_disk(disk, "size=8m");
    const Text directory = arena_format(arena, "%s/data", disk);
    Data *data = made(directory.data);
    keep(data, 1);
    const int filler = open(arena_format(arena, "%s/filler", disk).data, O_WRONLY | O_CREAT, 0600);
    static char block[4096];
    CHECK(filler >= 0);
    while (write(filler, block, sizeof block) > 0) {
    }
    Status status = STATUS_OK;
    for (int64_t i = 2; i < 2000 && status == STATUS_OK; i++) {
        status = database_write(data->database, keep_row, &(Keep){data->outside, i});
    }
    CHECK_INT(status, STATUS_FULL);
    Sha256 digest;
    CHECK_STATUS(blob_put(data->outside->blobs, TEXT("one more"), &digest), STATUS_FULL);
    Listing listing = {arena, {NULL, 0}};
    CHECK_OK(database_read(data->database, list_body, &listing));
    CHECK(listing.items.count >= 1);
    CHECK(ftruncate(filler, 0) == 0 && close(filler) == 0);
    CHECK_OK(database_write(data->database, keep_row, &(Keep){data->outside, 5000}));
    data_close(data);
    CHECK(umount2(disk, MNT_DETACH) == 0);
    arena_close(arena);
}

TEST(backup_onto_a_full_disk_leaves_nothing) {
    Arena *arena = arena_open(64 << 20);
    const char *directory = filled(arena), *disk = test_directory();
    small_disk(disk, "size=100k");
    static const char *const endings[] = {".tar", ""};
    for (size_t i = 0; i < 2; i++) {
        const char *backup = arena_format(arena, "%s/backup%s", disk, endings[i]).data;
        const Ended ended = RUN(arena, "backup", "--data", directory, "--out", backup);
        CHECK_INT(ended.code, 1);
        CHECK(has(ended.errors, "full") || has(ended.errors, "No space left"));
        CHECK_OK(data_check_empty(disk));
    }
    CHECK(umount2(disk, MNT_DETACH) == 0);
    arena_close(arena);
}

/* Serving. */

TEST(serve_serves_until_it_is_told_to_stop) {
    static const int signals[] = {SIGTERM, SIGINT};
    Arena *arena = arena_open(256 << 20);
    const char *directory = filled(arena);
    for (size_t i = 0; i < 2; i++) {
        const char *output = arena_format(arena, "%s/output", test_directory()).data;
        const char *errors = arena_format(arena, "%s.errors", output).data;
        const pid_t server =
            command_start(output, errors, (const char *const[]){"serve", "--data", directory, "--port", "0", NULL});
        CHECK(command_wait_for(arena, output, "at http://127.0.0.1:"));
        const Ended second = RUN(arena, "serve", "--data", directory, "--port", "0");
        CHECK_INT(second.code, 1);
        CHECK(has(second.errors, "another tradepost serves this data directory already"));
        CHECK_INT(RUN(arena, "check", "--data", directory).code, 0);
        int status = 0;
        CHECK(kill(server, signals[i]) == 0 && waitpid(server, &status, 0) == server);
        CHECK(WIFEXITED(status));
        CHECK_INT(WEXITSTATUS(status), 0);
        CHECK(has(read_whole(arena, errors), "\"event\":\"stopped\""));
    }
    arena_close(arena);
}

TEST(serve_killed_leaves_no_lock_and_no_process) {
    Arena *arena = arena_open(256 << 20);
    const char *directory = filled(arena);
    const char *output = arena_format(arena, "%s/output", test_directory()).data;
    const char *errors = arena_format(arena, "%s.errors", output).data;
    const char *const words[] = {"serve", "--data", directory, "--port", "0", NULL};
    for (int i = 0; i < 2; i++) {
        (void)unlink(output);
        const pid_t server = command_start(output, errors, words);
        CHECK(command_wait_for(arena, output, "at http://127.0.0.1:"));
        CHECK(kill(server, SIGKILL) == 0 && waitpid(server, NULL, 0) == server);
    }
    CHECK_INT(RUN(arena, "check", "--data", directory).code, 0);
    arena_close(arena);
}

TEST(serve_refuses_an_address_that_is_taken) {
    Arena *arena = arena_open(256 << 20);
    const char *directory = filled(arena);
    const Ended ended = RUN(arena, "serve", "--data", directory, "--address", "192.0.2.1", "--port", "0");
    CHECK_INT(ended.code, 1);
    CHECK(ended.errors.size > 0);
    arena_close(arena);
}

/** Asks which chamber a host name stands for. */
typedef struct Asked {
    Arena *arena;
    const char *host;
    ChamberContext answer;
} Asked;

static Status ask_host(Connection *connection, void *context) {
    Asked *asked = context;
    return chambers_of_host(connection, asked->arena, text_of(asked->host), &asked->answer);
}

TEST(init_is_refused_before_it_makes_anything_and_a_second_chamber_leaves_the_first_where_it_was) {
    Arena *arena = arena_open(256 << 20);
    const char *directory = arena_format(arena, "%s/chambers", test_directory()).data;
    CHECK_INT(
        RUN(arena, "init", "--data", directory, "--chamber", "First", "--country", "MK", "--admin", "nobody").code, 2);
    CHECK_INT(RUN(arena, "chambers", "--data", directory).code, 1);
    CHECK_INT(
        RUN(arena, "init", "--data", directory, "--chamber", "First", "--country", "MK", "--admin", "a@b.example").code,
        0);
    const Ended nameless =
        RUN(arena, "init", "--data", directory, "--chamber", "Second", "--country", "PE", "--admin", "a@b.example");
    CHECK_INT(nameless.code, 1);
    CHECK(has(nameless.errors, "--host"));
    CHECK_INT(RUN(arena, "init", "--data", directory, "--chamber", "Second", "--country", "PE", "--admin",
                  "a@b.example", "--host", "second.example")
                  .code,
              0);
    CHECK_TEXT(RUN(arena, "chambers", "--data", directory).output, "MK\tFirst\nPE\tSecond\n");
    Data *data = NULL;
    CHECK_OK(data_open(text_of(directory), &nothing, DATA_FOR_COMMAND, &data));
    Asked first = {.arena = arena, .host = "anything.example:8080"},
          second = {.arena = arena, .host = "second.example"};
    CHECK_OK(database_read(data->database, ask_host, &first));
    CHECK_OK(database_read(data->database, ask_host, &second));
    CHECK_TEXT(first.answer.code, "MK");
    CHECK_TEXT(second.answer.code, "PE");
    data_close(data);
    arena_close(arena);
}
