/** Forms over real sockets: tokens, fields, rows, uploads, JSON, transactions. */
#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "testing/fake_site.h"
#include "testing/html_check.h"

#define NONE ((Text){NULL, 0})

static HttpAnswer post_json(FakeWorld *world, const char *path, const char *body, const char *header) {
    return http_post(&world->client, text_of(path), TEXT("application/json; charset=utf-8"), text_of(body),
                     header != NULL ? arena_format(world->arena, "%s\r\n", header) : NONE);
}

static Text token_of(FakeWorld *world, const char *page) {
    const HttpAnswer answer = fake_get(world, page);
    const Text token = http_form_token(answer.body);
    CHECK_INT(token.size, 43);
    return token;
}

TEST(a_form_is_taken_once_and_leads_on_with_a_notice) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_post(&world, "/notes/new", "/notes", "title=Red+wine&body=a%0D%0Ab");
    CHECK_INT(answer.code, 303);
    CHECK_INT(answer.body.size, 0);
    const Text location = http_header(&answer, "location");
    CHECK(text_starts_with(location, TEXT("/notes/")) && location.size == 7 + ID_TEXT_SIZE);
    CHECK_INT(fake_site_notes(world.database), 1);
    answer = http_get(&world.client, "GET", location, NONE);
    CHECK(fake_has(&answer, "Saved"));
    answer = http_get(&world.client, "GET", location, NONE);
    CHECK(!fake_has(&answer, "Saved"));
    fake_world_stop(&world);
}

TEST(a_notice_cannot_be_forged) {
    FakeWorld world = fake_world_start(NULL);
    static const char *const forged[] = {"U2F2ZWQ", "AAAAAAAAAAAAAAAAAAAAAFNlbmQgbW9uZXk", "%%%", "x"};
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        world.client.cookie_count = 1;
        world.client.cookies[0] = (HttpCookie){TEXT("notice"), text_of(forged[i])};
        const HttpAnswer answer = fake_get(&world, "/who");
        CHECK_INT(answer.code, 200);
        CHECK(!fake_has(&answer, "Send money"));
        CHECK(!fake_has(&answer, "notice\""));
    }
    fake_world_stop(&world);
}

TEST(a_form_without_our_token_is_refused) {
    FakeWorld world = fake_world_start(NULL);
    const Text token = token_of(&world, "/notes/new");
    CHECK_INT(fake_post(&world, NULL, "/notes", "title=a").code, 403);
    CHECK_INT(fake_post(&world, NULL, "/notes", "_token=&title=a").code, 403);
    CHECK_INT(fake_post(&world, NULL, "/notes", "_token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&title=a").code,
              403);
    const char *body = arena_format(world.arena, "_token=%.*s&title=a", TEXT_ARG(token)).data;
    CHECK_INT(fake_post(&world, NULL, "/notes", body).code, 303);
    /* Each page masks it anew, and an earlier one stays good. */
    CHECK(!text_equal(token_of(&world, "/notes/new"), token));
    CHECK_INT(fake_post(&world, NULL, "/notes", body).code, 303);
    /* Another browser's cookie, or none, does not go with it. */
    world.client.cookie_count = 0;
    CHECK_INT(fake_post(&world, NULL, "/notes", body).code, 403);
    token_of(&world, "/notes/new");
    CHECK_INT(fake_post(&world, NULL, "/notes", body).code, 403);
    CHECK_INT(fake_site_notes(world.database), 2);
    fake_world_stop(&world);
}

TEST(a_strangers_token_does_not_serve_a_session) {
    FakeWorld world = fake_world_start(NULL);
    const Text stranger = token_of(&world, "/notes/new");
    const HttpCookie form = world.client.cookies[0];
    fake_sign_in(&world, "ann");
    world.client.cookies[world.client.cookie_count++] = form;
    CHECK_INT(
        fake_post(&world, NULL, "/notes", arena_format(world.arena, "_token=%.*s&title=a", TEXT_ARG(stranger)).data)
            .code,
        403);
    const Text own = token_of(&world, "/notes/new");
    const char *body = arena_format(world.arena, "_token=%.*s&title=a", TEXT_ARG(own)).data;
    CHECK_INT(fake_post(&world, NULL, "/notes", body).code, 303);
    fake_sign_in(&world, "olga");
    CHECK_INT(fake_post(&world, NULL, "/notes", body).code, 403);
    fake_world_stop(&world);
}

TEST(requests_from_other_sites_are_refused) {
    FakeWorld world = fake_world_start(NULL);
    const Text token = token_of(&world, "/notes/new");
    const Text body = arena_format(world.arena, "_token=%.*s&title=a", TEXT_ARG(token));
    const Text own = arena_format(world.arena, "Origin: http://127.0.0.1:%d", world.client.port);
    const struct {
        const char *header;
        int code;
    } cases[] = {
        {"Sec-Fetch-Site: cross-site", 403},
        {"Sec-Fetch-Site: same-site", 403},
        {"Sec-Fetch-Site: same-origin", 303},
        {"Sec-Fetch-Site: none", 303},
        {"Origin: https://evil.example", 403},
        {"Origin: null", 403},
        {"Origin: http://127.0.0.1", 403}, /* another port */
        {own.data, 303},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const HttpAnswer answer = http_post(&world.client, TEXT("/notes"), TEXT("application/x-www-form-urlencoded"),
                                            body, arena_format(world.arena, "%s\r\n", cases[i].header));
        if (answer.code != cases[i].code) {
            test_fail(__FILE__, __LINE__, "%s: %d", cases[i].header, answer.code);
        }
    }
    fake_world_stop(&world);
}

TEST(an_invalid_form_comes_back_with_what_was_typed) {
    FakeWorld world = fake_world_start(NULL);
    const int before = fake_site.handler_runs;
    const HttpAnswer answer = fake_post(&world, "/notes/new", "/notes",
                                        "title=&body=%3Cb%3Ekept&lines[0].goods=Peppers&lines[0].pieces=many");
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "&lt;b&gt;kept"));
    CHECK(fake_has(&answer, "value=\"Peppers\""));
    CHECK(fake_has(&answer, "value=\"many\""));
    CHECK_OK(html_check(world.arena, answer.body));
    CHECK(http_form_token(answer.body).size > 0);
    CHECK_INT(fake_site.handler_runs, before);
    CHECK_INT(fake_site_notes(world.database), 0);
    fake_world_stop(&world);
}

TEST(rows_are_added_and_removed_without_script) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer =
        fake_post(&world, "/notes/new", "/notes", "title=&lines[0].goods=Peppers&lines[0].pieces=3&_add=lines");
    CHECK_INT(answer.code, 200);
    CHECK(fake_has(&answer, "name=\"lines[1].goods\""));
    CHECK(fake_has(&answer, "value=\"Peppers\""));
    answer =
        fake_post(&world, "/notes/new", "/notes", "title=t&lines[0].goods=Peppers&lines[1].goods=Wine&_remove=lines.0");
    CHECK_INT(answer.code, 200);
    CHECK(!fake_has(&answer, "Peppers"));
    CHECK(fake_has(&answer, "name=\"lines[0].goods\"") && !fake_has(&answer, "name=\"lines[1].goods\""));
    /* Past the limit of five the page says so; what is nowhere is left alone. */
    answer = fake_post(&world, "/notes/new", "/notes", "title=t&lines[4].goods=Wine&_add=lines");
    CHECK_INT(answer.code, 422);
    CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=t&_add=title").code, 200);
    CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=t&_add=nothing").code, 200);
    CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=t&_remove=lines.99999999999999999999").code, 200);
    CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=t&_remove=lines.-1").code, 200);
    CHECK_INT(fake_site_notes(world.database), 0);
    fake_world_stop(&world);
}

TEST(hostile_fields_are_refused_by_name) {
    FakeWorld world = fake_world_start(NULL);
    static const struct {
        const char *body;
        int code;
        const char *says;
    } cases[] = {
        {"title=a&title=b", 400, "title"},
        {"title=a&is_admin=1", 400, "is_admin"},
        {"title=a&lines[0].secret=1", 400, "secret"},
        {"title=a&lines[0]=1", 400, "lines[0]"},
        {"title=a&lines=1", 400, "lines"},
        {"title[0]=a", 400, "title[0]"},
        {"title.x=a", 400, "title.x"},
        {"title=a&lines[00].goods=1", 400, "lines[00].goods"},
        {"title=a&lines[-1].goods=1", 400, "lines[-1].goods"},
        {"title=a&lines[1000000].goods=1", 400, "lines[1000000].goods"},
        {"title=a&lines[5].goods=1", 413, "lines[5].goods"},
        {"title=a&lines[0].goods.x=1", 400, "lines[0].goods.x"},
        {"title=%FF", 400, "title"},
        {"title=a%00b", 400, "title"},
        {"title=%C0%80", 400, "title"},
        {"title=%ED%A0%80", 400, "title"},
        {"title=%4", 400, "title"},
        {"%FF=a", 400, "UTF-8"},
        {"title=a&_unknown=1", 303, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const HttpAnswer answer = fake_post(&world, "/notes/new", "/notes", cases[i].body);
        if (answer.code != cases[i].code || !fake_has(&answer, cases[i].says)) {
            test_fail(__FILE__, __LINE__, "%s: %d", cases[i].body, answer.code);
        }
    }
    CHECK_INT(fake_site_notes(world.database), 1);
    fake_world_stop(&world);
}

TEST(a_handler_refuses_a_field_and_nothing_is_changed) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_post(&world, "/notes/new", "/notes", "title=taken&body=kept");
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "This title is taken."));
    CHECK(fake_has(&answer, "kept"));
    answer = fake_post(&world, "/notes/new", "/notes", "title=bad+line&lines[0].goods=Ivory&lines[0].pieces=1");
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "These goods are not traded."));
    answer = fake_post(&world, "/notes/new", "/notes", "title=conflict");
    CHECK_INT(answer.code, 409);
    CHECK(fake_has(&answer, "The note is locked."));
    CHECK_INT(fake_site_notes(world.database), 0);
    fake_world_stop(&world);
}

TEST(a_failing_handler_changes_nothing_and_tells_nothing) {
    FakeWorld world = fake_world_start(NULL);
    log_set_level(LOG_ERROR + 1);
    HttpAnswer answer = fake_post(&world, "/notes/new", "/notes", "title=broken");
    CHECK_INT(answer.code, 500);
    CHECK(!fake_has(&answer, "secret path"));
    CHECK(fake_has(&answer, "Reference"));
    CHECK_INT(fake_post(&world, "/notes/new", "/notes", "title=no+answer").code, 500);
    CHECK_INT(fake_site_notes(world.database), 0);
    fake_world_stop(&world);
}

TEST(a_lost_race_is_run_again) {
    FakeWorld world = fake_world_start(NULL);
    fake_sign_in(&world, "olga");
    fake_site.retries = 3;
    fake_site.handler_runs = 0;
    CHECK_INT(fake_post(&world, "/notes/new", "/retry", "").code, 303);
    CHECK_INT(fake_site.handler_runs, 4);
    CHECK_INT(fake_site_notes(world.database), 1);
    fake_site.retries = 1000;
    log_set_level(LOG_ERROR + 1);
    const HttpAnswer answer = fake_post(&world, "/notes/new", "/retry", "");
    CHECK_INT(answer.code, 503);
    CHECK(http_header(&answer, "retry-after").size > 0);
    CHECK_INT(fake_site_notes(world.database), 1);
    fake_world_stop(&world);
}

TEST(sign_in_prepares_outside_the_transaction) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_post(&world, "/sign-in", "/sign-in", "email=ann%40one.example&password=hunter-77");
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "That is not the password."));
    CHECK(!fake_has(&answer, "hunter-77"));
    CHECK_INT(fake_site.prepared, 1);
    world.client.cookies[world.client.cookie_count++] = (HttpCookie){TEXT("next"), TEXT("//evil.example")};
    answer = fake_post(&world, "/sign-in", "/sign-in", "email=ann%40demo.tld&password=right");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "location"), "/");
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, "<p>Ann</p>"));
    answer = fake_post(&world, "/notes/new", "/sign-out", "action=x");
    CHECK_TEXT(http_header(&answer, "clear-site-data"), "\"cache\", \"storage\"");
    CHECK_TEXT(http_header(&answer, "location"), "/");
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, "<p>stranger</p>"));
    fake_world_stop(&world);
}

TEST(a_form_for_others_is_refused_by_right) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_post(&world, "/notes/new", "/officers", "");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "location"), "/sign-in?next=%2Fofficers");
    answer = fake_post(&world, "/notes/new", "/sign-out", "");
    CHECK_TEXT(http_header(&answer, "location"), "/sign-in");
    fake_sign_in(&world, "ann");
    CHECK_INT(fake_post(&world, "/notes/new", "/officers", "").code, 403);
    fake_sign_in(&world, "olga");
    CHECK_INT(fake_post(&world, "/notes/new", "/officers", "x=1").code, 400);
    CHECK_INT(fake_post(&world, "/notes/new", "/officers", "").code, 303);
    answer = fake_post(&world, "/notes/new", "/officers", "action=field");
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "There is no field here."));
    fake_world_stop(&world);
}

TEST(a_button_reaches_the_handler_as_action) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_post(&world, "/notes/new", "/notes", "title=a&action=draft");
    CHECK(text_starts_with(http_header(&answer, "location"), TEXT("/drafts/")));
    answer = post_json(&world, "/notes", "{\"title\": \"a\", \"action\": \"draft\"}", NULL);
    CHECK(text_starts_with(http_header(&answer, "location"), TEXT("/drafts/")));
    fake_world_stop(&world);
}

TEST(json_is_read_by_the_same_fields) {
    FakeWorld world = fake_world_start(NULL);
    world.client.accept = TEXT("application/json");
    world.client.bearer = TEXT("token-of-ann");
    HttpAnswer answer = post_json(&world, "/notes",
                                  "{\"title\": \"Wine\", \"lines\": [{\"goods\": \"Vranec\", \"pieces\": 12}]}", NULL);
    CHECK_INT(answer.code, 303);
    CHECK(text_starts_with(answer.body, TEXT("{\"location\":\"/notes/")));
    CHECK_TEXT(http_header(&answer, "content-type"), "application/json; charset=utf-8");
    answer =
        post_json(&world, "/notes",
                  "{\"title\": \"\", \"lines\": [{\"goods\": \"Wine\"}, {\"pieces\": 0, \"goods\": \"x\"}]}", NULL);
    CHECK_INT(answer.code, 422);
    CHECK(text_starts_with(answer.body, TEXT("{\"errors\":")));
    CHECK(fake_has(&answer, "\"field\":\"title\",\"message\":\""));
    CHECK(fake_has(&answer, "\"field\":\"lines[1].pieces\""));
    answer = post_json(&world, "/notes", "{\"title\": \"taken\"}", NULL);
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "This title is taken."));
    static const char *const broken[] = {"",
                                         "{",
                                         "[]",
                                         "{\"title\": \"a\", \"is_admin\": true}",
                                         "{\"title\": \"a\", \"title\": \"b\"}",
                                         "{\"title\": \"\xff\"}",
                                         "{\"title\": \"a\\u0000\"}",
                                         "{\"title\": {\"a\": 1}}",
                                         "{\"title\":\"a\"} x"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        answer = post_json(&world, "/notes", broken[i], NULL);
        if (answer.code != 400 && answer.code != 422) {
            test_fail(__FILE__, __LINE__, "%s: %d", broken[i], answer.code);
        }
        CHECK(text_starts_with(answer.body, TEXT("{\"err")));
    }
    CHECK_INT(fake_site_notes(world.database), 1);
    fake_world_stop(&world);
}

TEST(json_with_a_cookie_needs_the_token) {
    FakeWorld world = fake_world_start(NULL);
    fake_sign_in(&world, "ann");
    CHECK_INT(post_json(&world, "/notes", "{\"title\": \"a\"}", NULL).code, 403);
    const Text token = token_of(&world, "/notes/new");
    const Text header = arena_format(world.arena, "X-Form-Token: %.*s", TEXT_ARG(token));
    CHECK_INT(post_json(&world, "/notes", "{\"title\": \"a\"}", header.data).code, 303);
    CHECK_INT(post_json(&world, "/notes", "{\"title\": \"a\"}", "X-Form-Token: x").code, 403);
    /* A stranger's JSON carries no authority; but no other site may send it. */
    world.client.cookie_count = 0;
    CHECK_INT(post_json(&world, "/notes", "{\"title\": \"a\"}", NULL).code, 303);
    CHECK_INT(post_json(&world, "/notes", "{\"title\": \"a\"}", "Origin: https://evil.example").code, 403);
    fake_world_stop(&world);
}

TEST(routes_without_a_form_take_no_values) {
    FakeWorld world = fake_world_start(NULL);
    world.client.bearer = TEXT("token-of-ann");
    CHECK_INT(post_json(&world, "/retry", "", NULL).code, 303);
    CHECK_INT(post_json(&world, "/retry", "{}", NULL).code, 303);
    CHECK_INT(post_json(&world, "/retry", "{\"action\": \"x\"}", NULL).code, 303);
    CHECK_INT(post_json(&world, "/retry", "{\"a\": 1}", NULL).code, 400);
    CHECK_INT(http_post(&world.client, TEXT("/retry"), TEXT("text/plain"), TEXT("x"), NONE).code, 415);
    CHECK_INT(http_post(&world.client, TEXT("/notes"), TEXT("application/xml"), TEXT("<x/>"), NONE).code, 415);
    fake_world_stop(&world);
}

static HttpAnswer upload(FakeWorld *world, const char *path, Text bytes, const char *name) {
    const Text token = token_of(world, "/upload");
    const HttpField fields[] = {
        {.name = TEXT("_token"), .value = token},
        {.name = TEXT("title"), .value = TEXT("Фактура")},
        {.name = TEXT("file"),
         .is_file = true,
         .value = bytes,
         .file_name = text_of(name),
         .type = TEXT("application/pdf")},
    };
    return http_post_fields(&world->client, text_of(path), fields, sizeof(fields) / sizeof(fields[0]));
}

TEST(an_upload_arrives_byte_for_byte) {
    FakeWorld world = fake_world_start(NULL);
    const size_t size = 3000000;
    char *bytes = arena_allocate(world.arena, size);
    uint64_t state = test_seed();
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)test_random(&state);
    }
    const Text sent = {bytes, size};
    const Sha256 digest = sha256(sent);
    HttpAnswer answer = upload(&world, "/upload", sent, "C:\\дома\\вино.pdf");
    CHECK_INT(answer.code, 200);
    const Text wanted = arena_format(world.arena, "вино.pdf|application/pdf|%zu|%.*s|Фактура", size,
                                     TEXT_ARG(sha256_hex(world.arena, &digest)));
    CHECK(fake_has(&answer, wanted.data));
    /* Empty: the field is missing; too large for the field: its own words. */
    CHECK_INT(upload(&world, "/upload", NONE, "").code, 422);
    answer = upload(&world, "/upload", (Text){arena_allocate(world.arena, (3 << 20) + 1), (3 << 20) + 1}, "x.pdf");
    CHECK_INT(answer.code, 422);
    fake_world_stop(&world);
}

TEST(bodies_past_the_limit_are_refused_with_words) {
    FakeWorld world = fake_world_start(NULL);
    const size_t size = 10 << 20;
    const Text token = token_of(&world, "/notes/new");
    char *bytes = arena_allocate(world.arena, size + 100);
    memset(bytes, 'x', size);
    const Text start = arena_format(world.arena, "_token=%.*s&title=", TEXT_ARG(token));
    memcpy(bytes, start.data, start.size);
    HttpAnswer answer =
        http_post(&world.client, TEXT("/notes"), TEXT("application/x-www-form-urlencoded"), (Text){bytes, size}, NONE);
    CHECK_INT(answer.code, 413);
    CHECK(fake_has(&answer, "larger than this page accepts"));
    /* A client that asks first is told before it sends. */
    answer = fake_raw(&world, "POST /notes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: "
                              "application/x-www-form-urlencoded\r\n"
                              "Expect: 100-continue\r\nContent-Length: 10485760\r\n\r\n");
    CHECK_INT(answer.code, 413);
    /* Without a right to the route, a large body is not even asked for. */
    answer = fake_raw(
        &world,
        "POST /members-upload HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
    CHECK_INT(answer.code, 303);
    answer = upload(&world, "/members-upload", (Text){bytes, 2 << 20}, "x.pdf");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "location"), "/sign-in");
    fake_sign_in(&world, "ann");
    CHECK_INT(upload(&world, "/members-upload", (Text){bytes, 2 << 20}, "x.pdf").code, 200);
    fake_world_stop(&world);
}

TEST(ten_thousand_lines_are_refused) {
    FakeWorld world = fake_world_start(NULL);
    Buffer body = buffer_make(world.arena, 1 << 20);
    const Text token = token_of(&world, "/notes/new");
    buffer_format(&body, "_token=%.*s&title=a", TEXT_ARG(token));
    for (int i = 0; i < 10000; i++) {
        buffer_format(&body, "&lines[%d].goods=a", i);
    }
    const HttpAnswer answer = http_post(&world.client, TEXT("/notes"), TEXT("application/x-www-form-urlencoded"),
                                        (Text){body.data, body.size}, NONE);
    CHECK_INT(answer.code, 413);
    fake_world_stop(&world);
}

TEST(a_route_may_choose_its_form) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_post(&world, "/notes/new", "/chosen/note", "title=a");
    CHECK_INT(answer.code, 200);
    CHECK(fake_has(&answer, "NoteForm"));
    answer = fake_post(&world, "/notes/new", "/chosen/search", "q=a&page=2");
    CHECK(fake_has(&answer, "SearchForm"));
    CHECK_INT(fake_post(&world, "/notes/new", "/chosen/search", "title=a").code, 400);
    answer = fake_post(&world, "/notes/new", "/chosen/search", "q=a&page=1000");
    CHECK_INT(answer.code, 422);
    CHECK(fake_has(&answer, "value=\"1000\""));
    answer = fake_post(&world, "/notes/new", "/chosen/other", "title=a");
    CHECK_INT(answer.code, 404);
    CHECK(fake_has(&answer, "There is no such form."));
    fake_world_stop(&world);
}
