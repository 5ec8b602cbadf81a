/** The configuration file and the options over it. */
#include "program/settings.h"

#include "base/log.h"
#include "testing/test.h"

TEST(settings_come_back) {
    Arena *arena = arena_open(1 << 20);
    const Settings settings = {.database = TEXT("postgresql://u:p=w@h/n?a=b"),
                               .address = TEXT("::"),
                               .port = 0,
                               .public_url = TEXT("https://трговија.example:8443"),
                               .mail = TEXT("smtp://127.0.0.1:25"),
                               .mail_login = TEXT("/etc/login"),
                               .trusted_proxy = TEXT("127.0.0.1"),
                               .demonstration = true};
    Settings found;
    CHECK_OK(settings_read(arena, settings_write(arena, &settings), &found));
    CHECK(text_equal(found.database, settings.database) && text_equal(found.address, settings.address));
    CHECK(text_equal(found.public_url, settings.public_url) && text_equal(found.mail, settings.mail));
    CHECK(text_equal(found.mail_login, settings.mail_login) && text_equal(found.trusted_proxy, settings.trusted_proxy));
    CHECK(found.demonstration);
    CHECK_INT(found.port, 0);
    CHECK_OK(settings_read(arena, settings_write(arena, &(Settings){.port = -1}), &found));
    CHECK_INT(found.port, -1);
    CHECK_INT(found.database.size, 0);
    arena_close(arena);
}

TEST(settings_are_read_with_comments_and_blanks) {
    Arena *arena = arena_open(1 << 20);
    Settings found;
    CHECK_OK(settings_read(arena, TEXT("# hello\n\n  port=81  \r\nmail =  spool:/x \n"), &found));
    CHECK_INT(found.port, 81);
    CHECK_TEXT(found.mail, "spool:/x");
    arena_close(arena);
}

TEST(settings_refusals_name_the_line) {
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"port = 1\ncolour = red\n", "tradepost.conf line 2: there is no setting \"colour\""},
        {"port\n", "tradepost.conf line 1: it has no \"=\""},
        {"port = many\n", "tradepost.conf line 1: a port is a number from 1 to 65535 (0: any free one), not \"many\""},
        {"port = 65536\n",
         "tradepost.conf line 1: a port is a number from 1 to 65535 (0: any free one), not \"65536\""},
        {"demonstration = perhaps\n", "tradepost.conf line 1: demonstration is yes or no"},
        {"public_url = ftp://x\n", "the public address is https://HOST[:PORT] without a path, not \"ftp://x\""},
        {"public_url = https://\n", "the public address is https://HOST[:PORT] without a path, not \"https://\""},
        {"public_url = https://x/y\n", "the public address is https://HOST[:PORT] without a path, not \"https://x/y\""},
        {"mail = \x01\n", "mail must be one line of at most 1000 bytes"},
    };
    Arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Settings found;
        const Status status = settings_read(arena, text_of(bad[i].text), &found);
        CHECK_INT(status, STATUS_INVALID);
        CHECK_TEXT(failure_take(), bad[i].words);
    }
    arena_close(arena);
}

TEST(settings_given_go_before_stored_ones) {
    Arena *arena = arena_open(1 << 20);
    const Settings stored = {.port = 81, .address = TEXT("10.0.0.1"), .mail = TEXT("spool:/stored")};
    const Settings given = {.port = -1, .mail = TEXT("spool:/given")}, nothing = {.port = -1};
    Settings merged = settings_merge(arena, &stored, &given, TEXT("/data"));
    CHECK_INT(merged.port, 81);
    CHECK_TEXT(merged.address, "10.0.0.1");
    CHECK_TEXT(merged.mail, "spool:/given");
    CHECK_TEXT(merged.database, "sqlite:/data/database.sqlite");
    merged = settings_merge(arena, &nothing, &nothing, TEXT("/data"));
    CHECK_INT(merged.port, 8080);
    CHECK_TEXT(merged.address, "127.0.0.1");
    merged = settings_merge(arena, &stored, &(Settings){.port = 0}, TEXT("/data"));
    CHECK_INT(merged.port, 0);
    arena_close(arena);
}
