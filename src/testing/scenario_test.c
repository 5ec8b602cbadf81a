/** The scenario runner and the page checker, on the fake site: what is right passes, and each wrong expectation fails.
 */
#include "base/log.h"
#include "testing/fake_site.h"
#include "testing/html_check.h"
#include "testing/scenario.h"

static Status begin(Arena *arena, Database *database, const char *directory, ServerOptions *ret_options,
                    void **ret_world) {
    (void)arena, (void)directory;
    *ret_world = database;
    return fake_site_begin(database, ret_options);
}

static Status work(void *world) {
    return world != NULL ? STATUS_OK : fail(STATUS_FAILED, "no world");
}

static Status mail(void *world, Arena *arena, Text address, Text *ret_body) {
    (void)world;
    if (!text_equal(address, TEXT("ann@demo.example"))) {
        return fail(STATUS_NOT_FOUND, "no mail");
    }
    *ret_body = arena_copy(arena, TEXT("Follow https://one.example/confirm/abc123 please."));
    return STATUS_OK;
}

static const ScenarioSetup setup = {.begin = begin, .work = work, .mail = mail, .password = "right", .silent = true};

static int failures(const char *text, TestEngine engine, int *ret_count) {
    *ret_count = 0;
    return scenario_run_text(&setup, "test.http", text_of(text), engine, ret_count);
}

static const char good[] = "# everything that a scenario can say\n"
                           "GET /who\n"
                           "expect 200\n"
                           "contains \"<h1>Who</h1>\"\n"
                           "contains \"Who stranger\"\n"
                           "lacks \"Ann\"\n"
                           "header Content-Type matches ^text/html\n"
                           "header ETag absent\n"
                           "\n"
                           "GET /officers\n"
                           "expect 303\n"
                           "header Location = /sign-in?next=%2Fofficers\n"
                           "as olga@demo.example\n"
                           "GET /officers\n"
                           "contains \"Olga\"\n"
                           "as ann@demo.example\n"
                           "GET /officers\n"
                           "expect 403\n"
                           "GET /notes/new\n"
                           "POST /notes\n"
                           "  title = A {word}\n"
                           "  body = one\\ntwo\n"
                           "  lines[0].goods = Wine\n"
                           "  lines[0].pieces = 3\n"
                           "expect 303\n"
                           "capture id from Location ^/notes/([0-9a-z]+)$\n"
                           "GET /notes/{id}\n"
                           "contains \"{id}\"\n"
                           "GET /notes/new\n"
                           "POST /notes\n"
                           "  title = taken\n"
                           "expect 422\n"
                           "GET /notes/new\n"
                           "POST /notes\n"
                           "  title = followed\n"
                           "follow\n"
                           "contains \"Saved\"\n"
                           "POST /notes\n"
                           "  title = a\n"
                           "  _token = forged\n"
                           "expect 403\n"
                           "as nobody\n"
                           "GET /upload\n"
                           "POST /upload\n"
                           "  title = x\n"
                           "  file < src/testing/scenario.h\n"
                           "expect 200\n"
                           "contains \"scenario.h|application/octet-stream|\"\n"
                           "accept application/json\n"
                           "token token-of-ann\n"
                           "GET /who\n"
                           "json .text = \"Ann\"\n"
                           "POST /notes\n"
                           "  json {\"title\": \"\", \"lines\": [{\"goods\": \"\"}]}\n"
                           "expect 422\n"
                           "json .errors[0].field = \"title\"\n"
                           "shape {\"errors\": [{\"field\": \"x\", \"message\": \"y\"}]}\n"
                           "accept\n"
                           "token\n"
                           "host two.example\n"
                           "GET /\n"
                           "contains \"Second Chamber\"\n"
                           "host\n"
                           "capture link from mail ann@demo.example (https?://[^ ]+)\n"
                           "GET /tags/x\n"
                           "work\n"
                           "engine nowhere\n"
                           "GET /missing\n"
                           "engine\n"
                           "HEAD /who\n";

TEST(a_true_scenario_passes_on_sqlite) {
    int count = 0;
    CHECK_INT(failures(good, TEST_SQLITE, &count), 0);
    CHECK_INT(count, 19);
}

TEST(a_true_scenario_passes_on_postgresql) {
    int count = 0;
    CHECK_INT(failures(good, TEST_POSTGRESQL, &count), 0);
    CHECK_INT(count, 19);
}

TEST(each_wrong_expectation_fails) {
    static const char *const wrong[] = {
        "GET /missing\n",
        "GET /who\nexpect 404\n",
        "GET /who\nexpect nothing\n",
        "GET /who\ncontains \"Ann\"\n",
        "GET /who\nlacks \"stranger\"\n",
        "GET /who\nheader Content-Type = text/plain\n",
        "GET /who\nheader Content-Type matches ^image\n",
        "GET /who\nheader Content-Type absent\n",
        "GET /who\ncapture id from Location (.*x)\n",
        "GET /who\ncapture id from mail nobody@demo.example (.*)\n",
        "GET /who\nfollow\n",
        "accept application/json\nGET /who\njson .text = \"Ann\"\n",
        "accept application/json\nGET /who\njson .missing = null\n",
        "accept application/json\nGET /who\nshape {}\n",
        "accept application/json\nGET /who\nshape {\"text\": 1}\n",
        "accept application/json\nGET /who\nshape {\"text\": \"Ann\", \"more\": 1}\n",
        "accept application/json\nGET /who\nshape {\"text\": \"\n",
        "GET /who\nshape {}\n",
        "GET /notes/new\nPOST /notes\n  title = taken\n",
        "GET /notes/new\nPOST /notes\n  title\n",
        "GET /notes/new\nPOST /upload\n  file < no/such/file\n",
        "  title = a\n",
        "GET /who\nexpekt 200\n",
        "as ann@wrong-name.example\nGET /officers\n",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int count = 0;
        if (failures(wrong[i], TEST_SQLITE, &count) != 1) {
            test_fail(__FILE__, __LINE__, "passed: %s", wrong[i]);
        }
    }
}

TEST(a_setup_that_fails_is_a_failure) {
    static const ScenarioSetup broken = {.begin = begin, .password = "wrong", .silent = true};
    int count = 0;
    CHECK_INT(scenario_run_text(&broken, "test.http", TEXT("as ann@demo.example\nGET /who\n"), TEST_SQLITE, &count), 1);
    CHECK_INT(scenario_run_text(&broken, "test.http", TEXT("GET /who\nwork\n"), TEST_SQLITE, &count), 1);
}

#define PAGE "<!doctype html><html lang=\"en\"><head><title>t</title></head><body>"

TEST(pages_that_are_not_well_formed_are_found) {
    Arena *arena = arena_open((size_t)64 << 20);
    CHECK_OK(html_check(
        arena,
        TEXT(PAGE "<!-- a < b --><p id=\"a\">x &amp; y<br><img src=\"/a\" alt=\"\"></p><label for=\"a\">l</label>"
                  "<svg><path d=\"M0\"/></svg><a href=\"#a\">t</a><input disabled></body></html>\n")));
    static const char *const broken[] = {
        "<html></html>",
        PAGE "<p></body></html>",
        PAGE "</p></body></html>",
        PAGE "<p><b></p></b></body></html>",
        PAGE "<p id=\"a\"></p><p id=\"a\"></p></body></html>",
        PAGE "<p id=\"\"></p></body></html>",
        PAGE "<p id=\"a\" id=\"b\"></p></body></html>",
        PAGE "<p class=a></p></body></html>",
        PAGE "<p class=\"a></p></body></html>",
        PAGE "<p style=\"color: red\"></p></body></html>",
        PAGE "<p onclick=\"x\"></p></body></html>",
        PAGE "a & b</body></html>",
        PAGE "a < b</body></html>",
        PAGE "<label for=\"x\">l</label></body></html>",
        PAGE "<a href=\"#x\">l</a></body></html>",
        PAGE "<!-- x</body></html>",
        PAGE "</body></html><p>",
        PAGE "\xff</body></html>",
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        if (html_check(arena, text_of(broken[i])) != STATUS_INVALID) {
            test_fail(__FILE__, __LINE__, "taken: %s", broken[i]);
        }
        CHECK(failure_take().size > 0);
    }
    CHECK_TEXT(html_visible_text(arena, TEXT("<p>a  <b>b</b>c&amp;&#39;</p>\n<p>d</p>")), "a bc&' d ");
    arena_close(arena);
}
