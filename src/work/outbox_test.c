/** The outbox: a mail commits with its act, goes out once, and its failures are seen. */
#include "work/outbox.h"

#include "base/log.h"
#include "outside/outside.h"
#include "testing/test_database.h"
#include "work_sql.h"

static const ChamberId chamber = {7};
static const JobKind *const kinds[] = {&outbox_job};

static Mail sample(void) {
    return (Mail){
        .from_name = TEXT("Стопанска комора"),
        .from_address = TEXT("office@chamber.example"),
        .to_name = TEXT("Ана"),
        .to_address = TEXT("ana@firm.example"),
        .subject = TEXT("Уверението е готово"),
        .body = TEXT("https://chamber.example/link?token=secret\n"),
    };
}

static Status mail_body(Connection *connection, void *context) {
    return outbox_mail(connection, chamber, context);
}

static Status mail_and_fail(Connection *connection, void *context) {
    TRY(outbox_mail(connection, chamber, context));
    return STATUS_CONFLICT;
}

/** The outbox as read in a transaction. */
typedef struct Listing {
    Arena *arena;
    OutboxMails mails;
    WorkMailGetRow mail;
} Listing;

static Status list_body(Connection *connection, void *context) {
    Listing *listing = context;
    TRY(outbox_list(connection, listing->arena, chamber, 100, &listing->mails));
    return listing->mails.count == 0 ? STATUS_OK
                                     : work_mail_get(connection, listing->arena, chamber,
                                                     (MailId){listing->mails.items[0].id}, &listing->mail);
}

static Listing list(Database *database, Arena *arena) {
    Listing listing = {.arena = arena};
    CHECK_OK(database_read(database, list_body, &listing));
    return listing;
}

static Outside *open_outside(Arena *arena, Text mail) {
    Outside *outside = NULL;
    const Text data = text_of(test_directory());
    CHECK_OK(outside_prepare(data));
    CHECK_OK(outside_open(data, mail, (Text){NULL, 0}, &outside));
    (void)arena;
    return outside;
}

static int64_t run_due(Database *database, Outside *outside) {
    int64_t run = -1;
    log_set_level(LOG_ERROR);
    CHECK_OK(work_run_due(database, outside, kinds, 1, &run));
    return run;
}

static Status retry_body(Connection *connection, void *context) {
    return outbox_retry(connection, chamber, *(int64_t *)context);
}

DATABASE_TEST(mail_goes_out_once_and_its_body_is_forgotten) {
    Outside *outside = open_outside(arena, (Text){NULL, 0});
    Mail mail = sample();
    CHECK_OK(database_write(database, mail_body, &mail));
    Listing listing = list(database, arena);
    CHECK_INT(listing.mails.count, 1);
    CHECK_INT(listing.mails.items[0].state, OUTBOX_WAITING);
    CHECK(text_equal(listing.mail.body, mail.body));
    CHECK_INT(run_due(database, outside), 1);
    CHECK_INT(run_due(database, outside), 0);
    listing = list(database, arena);
    CHECK_INT(listing.mails.items[0].state, OUTBOX_SENT);
    CHECK_INT(listing.mails.items[0].tries, 1);
    CHECK(time_is_set(listing.mails.items[0].ended_at));
    CHECK(text_equal(listing.mails.items[0].subject, mail.subject));
    CHECK_INT(listing.mail.body.size, 0);
    SpooledMails spooled = {NULL, 0};
    CHECK_OK(mail_spool_list(outside->mailer, arena, 10, &spooled));
    CHECK_INT(spooled.count, 1);
    CHECK(text_equal(spooled.items[0].subject, mail.subject));
    CHECK(text_equal(spooled.items[0].body, mail.body));
    CHECK_STATUS(database_write(database, retry_body, &listing.mails.items[0].id), STATUS_CONFLICT);
    outside_close(outside);
}

DATABASE_TEST(mail_of_an_act_that_failed_is_not_sent) {
    Outside *outside = open_outside(arena, (Text){NULL, 0});
    Mail mail = sample();
    CHECK_STATUS(database_write(database, mail_and_fail, &mail), STATUS_CONFLICT);
    CHECK_INT(run_due(database, outside), 0);
    CHECK_INT(list(database, arena).mails.count, 0);
    outside_close(outside);
}

DATABASE_TEST(mail_that_cannot_be_written_is_refused_at_once) {
    Mail mail = sample();
    mail.subject = TEXT("x\r\nBcc: all@world.example");
    CHECK_STATUS(database_write(database, mail_body, &mail), STATUS_INVALID);
    mail = sample();
    mail.to_address = TEXT("nobody");
    CHECK_STATUS(database_write(database, mail_body, &mail), STATUS_INVALID);
    CHECK_INT(list(database, arena).mails.count, 0);
}

DATABASE_TEST(mail_waits_for_a_relay_that_is_down) {
    Outside *outside = open_outside(arena, TEXT("smtp://127.0.0.1:1"));
    Mail mail = sample();
    const Time now = clock_now();
    clock_set(now);
    CHECK_OK(database_write(database, mail_body, &mail));
    CHECK_INT(run_due(database, outside), 1);
    const Listing listing = list(database, arena);
    CHECK_INT(listing.mails.items[0].state, OUTBOX_WAITING);
    CHECK_INT(listing.mails.items[0].tries, 1);
    CHECK(text_starts_with(listing.mails.items[0].last_error, TEXT("the mail relay cannot be used")));
    CHECK(listing.mail.body.size > 0);
    outside_close(outside);
    outside = open_outside(arena, (Text){NULL, 0});
    clock_set(time_add(now, TIME_MINUTE));
    CHECK_INT(run_due(database, outside), 1);
    CHECK_INT(list(database, arena).mails.items[0].state, OUTBOX_SENT);
    CHECK_INT(list(database, arena).mails.items[0].tries, 2);
    outside_close(outside);
}

static Status bad_mail_body(Connection *connection, void *context) {
    (void)context;
    TRY(work_mail_insert(connection, &(WorkMailInsert){.chamber = chamber,
                                                       .mail = {99},
                                                       .from_address = TEXT("office@chamber.example"),
                                                       .to_address = TEXT("not an address"),
                                                       .subject = TEXT("Hello"),
                                                       .body = TEXT("Hello"),
                                                       .now = clock_now()}));
    return work_add(connection, chamber, outbox_job.name, 99, (Text){NULL, 0}, (Time){0});
}

DATABASE_TEST(mail_refused_for_good_is_not_tried_again_by_itself) {
    Outside *outside = open_outside(arena, (Text){NULL, 0});
    int64_t id = 99, absent = 98;
    CHECK_OK(database_write(database, bad_mail_body, NULL));
    CHECK_INT(run_due(database, outside), 1);
    clock_set(time_add(clock_now(), TIME_DAY));
    CHECK_INT(run_due(database, outside), 0);
    const Listing listing = list(database, arena);
    CHECK_INT(listing.mails.items[0].state, OUTBOX_REFUSED);
    CHECK_TEXT(listing.mails.items[0].last_error, "the receiver's mail address is not valid");
    CHECK_STATUS(database_write(database, retry_body, &absent), STATUS_NOT_FOUND);
    CHECK_OK(database_write(database, retry_body, &id));
    CHECK_INT(list(database, arena).mails.items[0].state, OUTBOX_WAITING);
    CHECK_INT(run_due(database, outside), 1);
    CHECK_INT(list(database, arena).mails.items[0].state, OUTBOX_REFUSED);
    outside_close(outside);
}

static Status orphan_body(Connection *connection, void *context) {
    (void)context;
    return work_add(connection, chamber, outbox_job.name, 12345, (Text){NULL, 0}, (Time){0});
}

DATABASE_TEST(mail_that_was_erased_ends_its_job) {
    Outside *outside = open_outside(arena, (Text){NULL, 0});
    CHECK_OK(database_write(database, orphan_body, NULL));
    CHECK_INT(run_due(database, outside), 1);
    clock_set(time_add(clock_now(), TIME_DAY));
    CHECK_INT(run_due(database, outside), 0);
    outside_close(outside);
}
