/** Mail: what is written, what is refused, and what comes back from the spool. */
#include "outside/mail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "outside/mail_read.h"
#include "testing/test.h"

static const Time date = {INT64_C(1795458605) * TIME_SECOND}; /* 2026-11-23 18:30:05 */

static Mail sample(void) {
    return (Mail){
        .from_name = TEXT("Chamber of Skopje"),
        .from_address = TEXT("office@chamber.example"),
        .to_name = TEXT("Ana"),
        .to_address = TEXT("ana@firm.example"),
        .subject = TEXT("Your certificate"),
        .body = TEXT("Good day,\nit is ready.\n"),
        .message_id = TEXT("0abc@chamber.example"),
    };
}

static Text written(Arena *arena, const Mail *mail) {
    Text message = {NULL, 0};
    CHECK_OK(mail_write(arena, mail, date, &message));
    return message;
}

static bool has(Text text, const char *part) {
    return text_find(text, text_of(part), &(size_t){0});
}

/** No line is longer than 76, all end with CRLF, no byte above 126. */
static void check_lines(Text message) {
    while (message.size > 0) {
        Text line = text_cut(&message, '\n');
        CHECK(line.size > 0 && line.data[line.size - 1] == '\r');
        CHECK(line.size - 1 <= 76);
        for (size_t i = 0; i + 1 < line.size; i++) {
            CHECK((unsigned char)line.data[i] >= ' ' && (unsigned char)line.data[i] < 0x7F);
        }
    }
}

TEST(mail_plain) {
    Arena *arena = arena_open(1 << 20);
    const Mail mail = sample();
    CHECK_TEXT(written(arena, &mail), "Date: Mon, 23 Nov 2026 18:30:05 +0000\r\n"
                                      "From: \"Chamber of Skopje\" <office@chamber.example>\r\n"
                                      "To: \"Ana\" <ana@firm.example>\r\n"
                                      "Subject: Your certificate\r\n"
                                      "Message-ID: <0abc@chamber.example>\r\n"
                                      "Auto-Submitted: auto-generated\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Transfer-Encoding: quoted-printable\r\n"
                                      "\r\n"
                                      "Good day,\r\n"
                                      "it is ready.\r\n");
    arena_close(arena);
}

TEST(mail_dates) {
    Arena *arena = arena_open(1 << 20);
    const Mail mail = sample();
    Text message = {NULL, 0};
    CHECK_OK(mail_write(arena, &mail, (Time){1}, &message));
    CHECK(text_starts_with(message, TEXT("Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n")));
    CHECK_OK(mail_write(arena, &mail, time_add(time_of_date(2024, 2, 29), TIME_DAY - 1), &message));
    CHECK(text_starts_with(message, TEXT("Date: Thu, 29 Feb 2024 23:59:59 +0000\r\n")));
    arena_close(arena);
}

TEST(mail_short_cyrillic_subject) {
    Arena *arena = arena_open(1 << 20);
    Mail mail = sample();
    mail.subject = TEXT("Уверение");
    CHECK(has(written(arena, &mail), "\r\nSubject: =?UTF-8?B?0KPQstC10YDQtdC90LjQtQ==?=\r\n"));
    arena_close(arena);
}

TEST(mail_long_cyrillic_subject_comes_back) {
    Arena *arena = arena_open(1 << 20);
    Mail mail = sample();
    mail.subject =
        TEXT("Вашето барање за уверение за потекло на стоката (црвено вино „Тиквеш“, 12 палети) е одобрено, и "
             "документот МК-СО-2026-000123 е запечатен; 產地證明書已核發 🍷 — преземете го до крајот на месецот");
    mail.to_name = TEXT("Љубица Њамбова-Ќосевска, извоз и увоз на земјоделски производи");
    const Text message = written(arena, &mail);
    check_lines(message);
    SpooledMail found = {.name = {NULL, 0}};
    CHECK_OK(mail_read(arena, message, &found));
    CHECK(text_equal(found.subject, mail.subject));
    CHECK(text_starts_with(found.to, mail.to_name));
    CHECK(text_ends_with(found.to, TEXT(" <ana@firm.example>")));
    /* Each encoded word is UTF-8 in itself. */
    Text rest = message;
    size_t at = 0, end = 0, words = 0;
    while (text_find(rest, TEXT("=?UTF-8?B?"), &at)) {
        rest = text_slice(rest, at, rest.size);
        CHECK(text_find(rest, TEXT("?="), &end) && text_find(text_slice(rest, 10, rest.size), TEXT("?="), &end));
        Text bytes = {NULL, 0};
        CHECK(end + 12 <= 75);
        CHECK_OK(base64_decode(arena, text_slice(rest, 10, 10 + end), &bytes));
        CHECK(text_is_utf8(bytes));
        rest = text_slice(rest, 10 + end, rest.size);
        words++;
    }
    CHECK(words > 6);
    arena_close(arena);
}

TEST(mail_long_plain_subject_is_folded) {
    Arena *arena = arena_open(1 << 20);
    Mail mail = sample();
    mail.subject = TEXT("A certificate of origin for twelve pallets of red wine, forty crates of roasted peppers and a "
                        "machine part was certified by the chamber this morning");
    const Text message = written(arena, &mail);
    check_lines(message);
    CHECK(!has(message, "=?"));
    SpooledMail found = {.name = {NULL, 0}};
    CHECK_OK(mail_read(arena, message, &found));
    CHECK(text_equal(found.subject, mail.subject));
    arena_close(arena);
}

TEST(mail_strange_subjects_come_back) {
    static const char *const subjects[] = {
        "",
        " starts and ends with a blank ",
        "two  blanks",
        "=?UTF-8?B?WA==?=",
        "looks like =?iso-8859-1?Q?=FCber?= a word",
        "one-word-that-is-so-long-that-it-cannot-be-folded-anywhere-at-all-and-goes-on-and-on-and-on-past-the-line",
        "\"quoted\" \\ and, <angles> (comment); end.",
        "ж",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2",
    };
    Arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        Mail mail = sample();
        SpooledMail found = {.name = {NULL, 0}};
        mail.subject = text_of(subjects[i]);
        const Text message = written(arena, &mail);
        check_lines(message);
        CHECK_OK(mail_read(arena, message, &found));
        CHECK_TEXT(found.subject, subjects[i]);
    }
    arena_close(arena);
}

TEST(mail_bodies_come_back) {
    static const char *const bodies[] = {
        "",
        "one line without end",
        ".\n..\n.dots at line starts\nFrom here on\n",
        "blank at end \ntab at end\t\n\n\n",
        "equals = and =3D and a very long link: "
        "https://chamber.example/documents/0123456789abc/"
        "confirm?token=AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdEfGh\n",
        "Почитувана, Вашето уверение е подготвено; преземете го од порталот. 產地證明書 🍷 è ñ ß\n",
        "123456789012345678901234567890123456789012345678901234567890123456789012345\n",
        "1234567890123456789012345678901234567890123456789012345678901234567890123456\n",
        "12345678901234567890123456789012345678901234567890123456789012345678901234=\n",
    };
    Arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        Mail mail = sample();
        SpooledMail found = {.name = {NULL, 0}};
        mail.body = text_of(bodies[i]);
        const Text message = written(arena, &mail);
        check_lines(message);
        CHECK(!has(message, "\r\n.") && !has(message, "\r\nFrom "));
        CHECK_OK(mail_read(arena, message, &found));
        const bool whole = mail.body.size == 0 || text_ends_with(mail.body, TEXT("\n"));
        CHECK(text_equal(found.body, whole ? mail.body : arena_format(arena, "%s\n", bodies[i])));
    }
    arena_close(arena);
}

TEST(mail_line_ends_become_crlf) {
    Arena *arena = arena_open(1 << 20);
    Mail mail = sample();
    mail.body = TEXT("a\r\nb\rc\n");
    CHECK(text_ends_with(written(arena, &mail), TEXT("\r\n\r\na\r\nb=0Dc\r\n")));
    arena_close(arena);
}

TEST(mail_injection_is_refused) {
    static const Text bad[] = {
        TEXT_INIT("x\r\nBcc: all@world.example"),
        TEXT_INIT("x\nBcc: all@world.example"),
        TEXT_INIT("x\rBcc: y"),
        TEXT_INIT("x\0y"),
        TEXT_INIT("\x1B[2J"),
        TEXT_INIT("\xFF\xFE"),
        TEXT_INIT("\x7F"),
    };
    Arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (int place = 0; place < 6; place++) {
            Mail mail = sample();
            Text *const places[] = {&mail.subject,    &mail.from_name,    &mail.to_name,
                                    &mail.to_address, &mail.from_address, &mail.message_id};
            Text message = TEXT("untouched");
            *places[place] = bad[i];
            CHECK_STATUS(mail_write(arena, &mail, date, &message), STATUS_INVALID);
            CHECK_TEXT(message, "untouched");
        }
    }
    arena_close(arena);
}

TEST(mail_limits) {
    Arena *arena = arena_open(1 << 24);
    char *letters = arena_new_array(arena, char, 2000000);
    memset(letters, 'a', 2000000);
    Mail mail = sample();
    Text message = {NULL, 0};
    mail.body = (Text){letters, 1048576};
    CHECK_OK(mail_write(arena, &mail, date, &message));
    mail.body.size++;
    CHECK_STATUS(mail_write(arena, &mail, date, &message), STATUS_TOO_LARGE);
    mail = sample();
    mail.subject = (Text){letters, 2001};
    CHECK_STATUS(mail_write(arena, &mail, date, &message), STATUS_INVALID);
    mail = sample();
    mail.to_name = (Text){letters, 401};
    CHECK_STATUS(mail_write(arena, &mail, date, &message), STATUS_INVALID);
    mail = sample();
    mail.body = TEXT("not \xC0\x80 UTF-8");
    CHECK_STATUS(mail_write(arena, &mail, date, &message), STATUS_INVALID);
    mail.body = TEXT("a\0b");
    CHECK_STATUS(mail_write(arena, &mail, date, &message), STATUS_INVALID);
    arena_close(arena);
}

TEST(mail_addresses) {
    static const char *const good[] = {"a@b", "first.last+tag@sub.domain-name.example", "o'brien@example.com",
                                       "x!#$%&'*+-/=?^_`{|}~@example.com"};
    static const char *const bad[] = {
        "",     "a",      "@b",   "a@",   "a@b@c", ".a@b", "a.@b",  "a..b@c",  "a b@c",         "a@b c", "a@-b",
        "a@b-", "a@b..c", "a@.b", "a@b.", "<a@b>", "a@b>", "a,c@b", "\"a\"@b", "a@[127.0.0.1]", "ж@b",   "a@пошта.мкд"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK(mail_is_address(text_of(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (mail_is_address(text_of(bad[i]))) {
            test_fail(__FILE__, __LINE__, "taken as an address: %s", bad[i]);
        }
    }
    Arena *arena = arena_open(1 << 16);
    const Text local = arena_format(arena, "%064d@b.example", 0), too_long = arena_format(arena, "%065d@b.example", 0);
    CHECK(mail_is_address(local) && !mail_is_address(too_long));
    const Text label = arena_format(arena, "a@%063d.example", 0),
               long_label = arena_format(arena, "a@%064d.example", 0);
    CHECK(mail_is_address(label) && !mail_is_address(long_label));
    arena_close(arena);
}

TEST(mail_names_are_quoted) {
    Arena *arena = arena_open(1 << 20);
    Mail mail = sample();
    mail.to_name = TEXT("Ana \"the boss\" <x@y>, \\");
    const Text message = written(arena, &mail);
    CHECK(has(message, "\r\nTo: \"Ana \\\"the boss\\\" <x@y>, \\\\\" <ana@firm.example>\r\n"));
    SpooledMail found = {.name = {NULL, 0}};
    CHECK_OK(mail_read(arena, message, &found));
    CHECK_TEXT(found.to, "Ana \"the boss\" <x@y>, \\ <ana@firm.example>");
    mail.to_name = (Text){NULL, 0};
    CHECK(has(written(arena, &mail), "\r\nTo: <ana@firm.example>\r\n"));
    arena_close(arena);
}

TEST(mail_python_reads_the_same) {
    Arena *arena = arena_open(1 << 20);
    Mail mail = sample();
    mail.subject = TEXT("Вашето барање за уверение за потекло на стоката (црвено вино „Тиквеш“) е одобрено 產地證明書");
    mail.to_name = TEXT("Љубица Њамбова-Ќосевска");
    mail.body = TEXT("Почитувана,\n.\nFrom here: a=b \n產地證明書\n");
    const Text message = written(arena, &mail);
    const char *path = arena_format(arena, "%s/mail.eml", test_directory()).data;
    const char *script = arena_format(arena,
                                      "python3 -c \"import email,email.policy,sys\n"
                                      "m=email.message_from_binary_file(open('%s','rb'),policy=email.policy.default)\n"
                                      "assert not m.defects, m.defects\n"
                                      "print(m['subject'])\n"
                                      "print(m['to'].addresses[0].display_name)\n"
                                      "print(m.get_content(),end='')\"",
                                      path)
                             .data;
    const int file = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(file >= 0 && write(file, message.data, message.size) == (ssize_t)message.size && close(file) == 0);
    if (access("/usr/bin/python3", X_OK) != 0) {
        test_skip("no python3 to judge the mail");
    }
    FILE *reader = popen(script, "r");
    char output[4096];
    CHECK(reader != NULL);
    const size_t size = fread(output, 1, sizeof output, reader);
    CHECK_INT(pclose(reader), 0);
    const Text expected =
        arena_format(arena, "%.*s\n%.*s\n%.*s", TEXT_ARG(mail.subject), TEXT_ARG(mail.to_name), TEXT_ARG(mail.body));
    CHECK_TEXT(((Text){output, size}), expected.data);
    arena_close(arena);
}

TEST(mail_spool) {
    Arena *arena = arena_open(1 << 20);
    const Text address = arena_format(arena, "spool:%s/mail", test_directory());
    Mailer *mailer = NULL;
    SpooledMails mails = {NULL, 0};
    CHECK_OK(mailer_open(address, &mailer));
    CHECK_OK(mail_spool_list(mailer, arena, 10, &mails));
    CHECK_INT(mails.count, 0);
    for (int i = 0; i < 12; i++) {
        Mail mail = sample();
        mail.subject = arena_format(arena, "Уверение %d", i);
        mail.message_id = arena_format(arena, "%d@chamber.example", i);
        CHECK_OK(mail_send(mailer, arena, &mail, time_add(date, (i * 7 % 12) * TIME_SECOND)));
        CHECK_OK(mail_send(mailer, arena, &mail, time_add(date, (i * 7 % 12) * TIME_SECOND))); /* a second try */
    }
    CHECK_OK(mail_spool_list(mailer, arena, 100, &mails));
    CHECK_INT(mails.count, 12);
    CHECK_OK(mail_spool_list(mailer, arena, 5, &mails));
    CHECK_INT(mails.count, 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK_INT(mails.items[i].date.microseconds, date.microseconds + (int64_t)(11 - i) * TIME_SECOND);
        CHECK_TEXT(mails.items[i].body, "Good day,\nit is ready.\n");
        CHECK_TEXT(mails.items[i].to, "Ana <ana@firm.example>");
        CHECK(text_ends_with(mails.items[i].name, TEXT(".eml")));
    }
    CHECK_TEXT(mails.items[0].subject, "Уверение 5"); /* 5 * 7 % 12 is 11 */
    mailer_close(mailer);
    arena_close(arena);
}

TEST(mail_spool_passes_over_what_is_not_mail) {
    Arena *arena = arena_open(1 << 20);
    const char *directory = test_directory();
    Mailer *mailer = NULL;
    SpooledMails mails = {NULL, 0};
    CHECK_OK(mailer_open(arena_format(arena, "spool:%s", directory), &mailer));
    const int file = open(arena_format(arena, "%s/notes.txt", directory).data, O_WRONLY | O_CREAT, 0600);
    CHECK(file >= 0 && close(file) == 0);
    const Mail mail = sample();
    CHECK_OK(mail_send(mailer, arena, &mail, date));
    CHECK_OK(mail_spool_list(mailer, arena, 10, &mails));
    CHECK_INT(mails.count, 1);
    mailer_close(mailer);
    arena_close(arena);
}

TEST(mailer_addresses) {
    static const char *const bad[] = {"",       "smtp://",  "smtp://user:secret@relay", "http://relay",
                                      "spool:", "sendmail", "smtp://re lay:25",         "smtp://relay:25/\r\nRCPT"};
    Mailer *mailer = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(mailer_open(text_of(bad[i]), &mailer), STATUS_INVALID);
    }
    CHECK_OK(mailer_open(TEXT("smtp://127.0.0.1:25"), &mailer));
    SpooledMails mails = {NULL, 0};
    Arena *arena = arena_open(1 << 16);
    CHECK_STATUS(mail_spool_list(mailer, arena, 10, &mails), STATUS_UNSUPPORTED);
    mailer_close(mailer);
    arena_close(arena);
}

TEST(mailer_login_file) {
    Arena *arena = arena_open(1 << 16);
    const char *path = arena_format(arena, "%s/login", test_directory()).data;
    const Text relay = TEXT("smtp://127.0.0.1:25");
    Mailer *mailer = NULL;
    CHECK_STATUS(mailer_open_with_login(relay, path, &mailer), STATUS_NOT_FOUND);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("user\nsecret\n", file) >= 0 && fclose(file) == 0);
    CHECK(chmod(path, 0644) == 0);
    CHECK_STATUS(mailer_open_with_login(relay, path, &mailer), STATUS_INVALID);
    CHECK(chmod(path, 0600) == 0);
    CHECK_OK(mailer_open_with_login(relay, path, &mailer));
    mailer_close(mailer);
    file = fopen(path, "w");
    CHECK(file != NULL && fputs("user only\n", file) >= 0 && fclose(file) == 0);
    CHECK_STATUS(mailer_open_with_login(relay, path, &mailer), STATUS_INVALID);
    arena_close(arena);
}
