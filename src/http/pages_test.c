/** Pages over real sockets: routes, rights, views, headers, caching, languages, files. */
#include <unistd.h>

#include "base/asset.h"
#include "base/log.h"
#include "testing/fake_site.h"
#include "testing/html_check.h"

#define NONE ((Text){NULL, 0})

static HttpAnswer get_with(FakeWorld *world, const char *path, const char *header) {
    return http_get(&world->client, "GET", text_of(path), arena_format(world->arena, "%s\r\n", header));
}

static HttpAnswer get_as_json(FakeWorld *world, const char *path) {
    world->client.accept = TEXT("application/json");
    const HttpAnswer answer = fake_get(world, path);
    world->client.accept = NONE;
    return answer;
}

TEST(a_page_is_served_as_html_with_its_frame) {
    FakeWorld world = fake_world_start(NULL);
    const HttpAnswer answer = fake_get(&world, "/who");
    CHECK_INT(answer.code, 200);
    CHECK_TEXT(http_header(&answer, "content-type"), "text/html; charset=utf-8");
    CHECK(fake_has(&answer, "<h1>Who</h1><p>stranger</p>"));
    CHECK(fake_has(&answer, "First Chamber"));
    CHECK_OK(html_check(world.arena, answer.body));
    CHECK_INT(http_header(&answer, "x-request-id").size, ID_TEXT_SIZE);
    fake_world_stop(&world);
}

TEST(every_answer_carries_the_security_headers) {
    FakeWorld world = fake_world_start(NULL);
    static const char *const paths[] = {"/",           "/who",        "/missing",       "/officers",
                                        "/files/html", "/robots.txt", "/assets/no.css", "/who/"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const HttpAnswer answer = fake_get(&world, paths[i]);
        const Text policy = http_header(&answer, "content-security-policy");
        CHECK(text_starts_with(policy, TEXT("default-src 'none'")));
        CHECK(text_find(policy, TEXT("frame-ancestors 'none'"), &(size_t){0}));
        CHECK(text_find(policy, TEXT("base-uri 'none'"), &(size_t){0}));
        CHECK_TEXT(http_header(&answer, "x-content-type-options"), "nosniff");
        CHECK_TEXT(http_header(&answer, "referrer-policy"), "same-origin");
        CHECK_TEXT(http_header(&answer, "cross-origin-opener-policy"), "same-origin");
        CHECK_TEXT(http_header(&answer, "cross-origin-resource-policy"), "same-origin");
        CHECK(http_header(&answer, "permissions-policy").size > 0);
        CHECK(http_header(&answer, "cache-control").size > 0);
        CHECK_INT(http_header(&answer, "strict-transport-security").size, 0);
        CHECK_INT(http_header(&answer, "server").size, 0);
    }
    fake_world_stop(&world);
}

static void with_https(ServerOptions *options) {
    options->public_url = TEXT("https://one.example");
}

TEST(https_brings_host_cookies_and_transport_security) {
    FakeWorld world = fake_world_start(with_https);
    world.client.host = TEXT("one.example");
    const HttpAnswer answer = fake_get(&world, "/notes/new");
    const Text cookie = http_header(&answer, "set-cookie");
    CHECK(text_starts_with(http_header(&answer, "strict-transport-security"), TEXT("max-age=63072000")));
    CHECK(text_starts_with(cookie, TEXT("__Host-form=")));
    CHECK(text_ends_with(cookie, TEXT("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure")));
    world.client.cookie_count = 0;
    world.client.cookies[world.client.cookie_count++] = (HttpCookie){TEXT("session"), TEXT("session-of-ann")};
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, "stranger"));
    world.client.cookies[0].name = TEXT("__Host-session");
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, "<p>Ann</p>"));
    fake_world_stop(&world);
}

TEST(unknown_paths_and_broken_addresses_are_refused) {
    FakeWorld world = fake_world_start(NULL);
    static const struct {
        const char *path;
        int code;
    } cases[] = {
        {"/missing", 404},
        {"/notes/abc", 404},           /* no id */
        {"/notes/00000000000u1", 404}, /* u is no letter of an id */
        {"/notes/0000000000001/x", 404},
        {"//", 404},
        {"//who", 404},
        {"/tags/%2e%2e", 404},
        {"/tags/%2e", 404},
        {"/tags/a%2Fb", 400},
        {"/tags/a%5cb", 400},
        {"/tags/a%00b", 400},
        {"/tags/%ff", 400},
        {"/tags/%C0%AF", 400},
        {"/tags/%4", 400},
        {"/tags/%0a", 400},
        {"/tags/%E2%82%AC", 200},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const HttpAnswer answer = fake_get(&world, cases[i].path);
        if (answer.code != cases[i].code) {
            test_fail(__FILE__, __LINE__, "%s: %d", cases[i].path, answer.code);
        }
        CHECK_OK(html_check(world.arena, answer.body));
    }
    fake_world_stop(&world);
}

TEST(an_error_page_says_what_is_wrong_and_leaks_nothing) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_get(&world, "/missing?<script>");
    CHECK_INT(answer.code, 404);
    CHECK(fake_has(&answer, "Page not found"));
    CHECK(fake_has(&answer, "First Chamber"));
    CHECK(!fake_has(&answer, "<script>"));
    CHECK_TEXT(http_header(&answer, "cache-control"), "no-store");
    answer = get_as_json(&world, "/missing");
    CHECK_INT(answer.code, 404);
    CHECK_TEXT(http_header(&answer, "content-type"), "application/json; charset=utf-8");
    CHECK(text_starts_with(answer.body, TEXT("{\"error\":")));
    CHECK(fake_has(&answer, "\"not-found\""));
    fake_world_stop(&world);
}

TEST(path_parameters_reach_the_handler_decoded_once) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_get(&world, "/notes/0123456789abc");
    CHECK_INT(answer.code, 200);
    CHECK(fake_has(&answer, "0123456789abc"));
    answer = fake_get(&world, "/notes/0123456789ABC");
    CHECK(fake_has(&answer, "0123456789abc"));
    answer = get_as_json(&world, "/tags/a%2525b+c");
    CHECK(fake_has(&answer, "\"a%25b+c\""));
    fake_world_stop(&world);
}

TEST(a_trailing_slash_leads_to_the_page) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_get(&world, "/who/?a=b");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "location"), "/who?a=b");
    CHECK_INT(fake_get(&world, "/missing/").code, 404);
    CHECK_INT(fake_get(&world, "//evil.example/").code, 404);
    fake_world_stop(&world);
}

TEST(other_methods_are_refused_with_allow) {
    FakeWorld world = fake_world_start(NULL);
    static const char *const methods[] = {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        const HttpAnswer answer = http_get(&world.client, methods[i], TEXT("/officers"), NONE);
        CHECK_INT(answer.code, 405);
        CHECK_TEXT(http_header(&answer, "allow"), "GET, HEAD, POST");
    }
    HttpAnswer answer = http_get(&world.client, "GET", TEXT("/notes"), NONE);
    CHECK_INT(answer.code, 405);
    CHECK_TEXT(http_header(&answer, "allow"), "POST");
    answer = http_post(&world.client, TEXT("/who"), TEXT("text/plain"), TEXT("x"), NONE);
    CHECK_INT(answer.code, 405);
    CHECK_TEXT(http_header(&answer, "allow"), "GET, HEAD");
    fake_world_stop(&world);
}

TEST(head_answers_as_get_without_a_body) {
    FakeWorld world = fake_world_start(NULL);
    const HttpAnswer whole = fake_get(&world, "/json");
    const HttpAnswer head = http_get(&world.client, "HEAD", TEXT("/json"), NONE);
    CHECK_INT(head.code, 200);
    CHECK_INT(head.body.size, 0);
    CHECK_TEXT(http_header(&head, "content-type"), "application/json; charset=utf-8");
    CHECK(text_equal(http_header(&head, "content-length"), http_header(&whole, "content-length")));
    fake_world_stop(&world);
}

TEST(the_host_names_the_chamber) {
    FakeWorld world = fake_world_start(NULL);
    world.client.host = TEXT("TWO.example:8443");
    HttpAnswer answer = fake_get(&world, "/");
    CHECK(fake_has(&answer, "Second Chamber"));
    world.client.host = TEXT("unknown.example");
    answer = fake_get(&world, "/");
    CHECK_INT(answer.code, 404);
    CHECK(fake_has(&answer, "No chamber is served under this address."));
    if (language_of_tag(TEXT("mk")) != NULL) {
        world.client.language = TEXT("mk");
        answer = fake_get(&world, "/");
        CHECK(fake_has(&answer, "<html lang=\"mk\""));
    }
    static const char *const bad[] = {
        "", "a b", "one.example:x", "one.example:99999", "one.example:", "one.example/..", "[::1", "user@one.example"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(fake_raw(&world, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", bad[i]).code, 400);
    }
    CHECK_INT(
        fake_raw(&world, "GET / HTTP/1.1\r\nHost: one.example\r\nHost: two.example\r\nConnection: close\r\n\r\n").code,
        400);
    CHECK_INT(fake_raw(&world, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").code, 400);
    fake_world_stop(&world);
}

TEST(another_chamber_does_not_know_the_session) {
    FakeWorld world = fake_world_start(NULL);
    fake_sign_in(&world, "olga");
    CHECK_INT(fake_get(&world, "/officers").code, 200);
    world.client.host = TEXT("two.example");
    CHECK_INT(fake_get(&world, "/officers").code, 303);
    fake_world_stop(&world);
}

TEST(rights_decide_before_the_handler) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_get(&world, "/officers?state=new&page=2");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "location"), "/sign-in?next=%2Fofficers%3Fstate%3Dnew%26page%3D2");
    answer = get_as_json(&world, "/officers");
    CHECK_INT(answer.code, 401);
    CHECK_TEXT(http_header(&answer, "www-authenticate"), "Bearer");
    fake_sign_in(&world, "ann");
    answer = fake_get(&world, "/officers");
    CHECK_INT(answer.code, 403);
    CHECK(fake_has(&answer, "Ann"));
    CHECK_INT(get_as_json(&world, "/officers").code, 403);
    fake_sign_in(&world, "olga");
    CHECK_INT(fake_get(&world, "/officers").code, 200);
    CHECK(fake_site.seen > 0);
    fake_sign_in(&world, "nobody-we-know");
    CHECK_INT(fake_get(&world, "/officers").code, 303);
    fake_world_stop(&world);
}

TEST(an_api_token_names_the_actor) {
    FakeWorld world = fake_world_start(NULL);
    world.client.accept = TEXT("*/*");
    world.client.bearer = TEXT("token-of-ann");
    HttpAnswer answer = fake_get(&world, "/who");
    CHECK_INT(answer.code, 200);
    CHECK_TEXT(answer.body, "{\"title\":\"Who\",\"text\":\"Ann\"}");
    world.client.bearer = TEXT("token-of-nobody");
    CHECK_INT(fake_get(&world, "/who").code, 401);
    /* A bad token is an error even beside a good cookie. */
    fake_sign_in(&world, "ann");
    CHECK_INT(fake_get(&world, "/who").code, 401);
    fake_world_stop(&world);
}

TEST(accept_chooses_the_view) {
    FakeWorld world = fake_world_start(NULL);
    static const struct {
        const char *path, *accept, *type;
        int code;
    } cases[] = {
        {"/who", "text/html", "text/html; charset=utf-8", 200},
        {"/who", "application/json", "application/json; charset=utf-8", 200},
        {"/who", "*/*", "text/html; charset=utf-8", 200},
        {"/who", "application/json;q=0.5, text/html;q=0.4", "application/json; charset=utf-8", 200},
        {"/who", "text/html;q=0.2, */*;q=0.9", "application/json; charset=utf-8", 200},
        {"/who", "text/*;q=0.3, application/json;q=0.2", "text/html; charset=utf-8", 200},
        {"/html", "application/json", "application/json; charset=utf-8", 406},
        {"/json", "text/html", "text/html; charset=utf-8", 406},
        {"/json", "text/html, */*;q=0.1", "application/json; charset=utf-8", 200},
        {"/html", "application/json, */*;q=0.1", "text/html; charset=utf-8", 200},
        {"/who", "image/png", "text/html; charset=utf-8", 406},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        world.client.accept = text_of(cases[i].accept);
        const HttpAnswer answer = fake_get(&world, cases[i].path);
        if (answer.code != cases[i].code || !text_equal(http_header(&answer, "content-type"), text_of(cases[i].type))) {
            test_fail(__FILE__, __LINE__, "%s %s: %d", cases[i].path, cases[i].accept, answer.code);
        }
        CHECK(text_find(http_header(&answer, "vary"), TEXT("Accept"), &(size_t){0}));
    }
    fake_world_stop(&world);
}

TEST(a_cacheable_page_has_an_etag_and_answers_304) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_get(&world, "/");
    const Text etag = http_header(&answer, "etag");
    CHECK_TEXT(http_header(&answer, "cache-control"), "public, max-age=0, s-maxage=60");
    CHECK(text_ends_with(etag, TEXT("-gz\"")));
    CHECK_INT(http_header(&answer, "set-cookie").size, 0);
    answer = get_with(&world, "/", arena_format(world.arena, "If-None-Match: \"other\", W/%.*s", TEXT_ARG(etag)).data);
    CHECK_INT(answer.code, 304);
    CHECK_INT(answer.body.size, 0);
    CHECK(text_equal(http_header(&answer, "etag"), etag));
    CHECK_INT(get_with(&world, "/", "If-None-Match: \"other\"").code, 200);
    CHECK_INT(get_with(&world, "/who", "If-None-Match: *").code, 200);
    fake_world_stop(&world);
}

TEST(a_cacheable_page_is_the_same_for_all_strangers) {
    FakeWorld world = fake_world_start(NULL);
    const HttpAnswer answer = fake_get(&world, "/public-form");
    CHECK_TEXT(http_header(&answer, "cache-control"), "public, max-age=0, s-maxage=60");
    CHECK_INT(http_form_token(answer.body).size, 0);
    CHECK_INT(http_header(&answer, "set-cookie").size, 0);
    fake_sign_in(&world, "ann");
    CHECK(http_form_token(fake_get(&world, "/public-form").body).size > 0);
    fake_world_stop(&world);
}

TEST(nothing_of_a_person_is_cached) {
    FakeWorld world = fake_world_start(NULL);
    fake_sign_in(&world, "ann");
    const HttpAnswer answer = fake_get(&world, "/");
    CHECK_TEXT(http_header(&answer, "cache-control"), "no-store");
    CHECK_INT(http_header(&answer, "etag").size, 0);
    CHECK(fake_has(&answer, "Ann"));
    fake_world_stop(&world);
}

TEST(what_lasts_is_kept_by_people_too) {
    FakeWorld world = fake_world_start(NULL);
    fake_sign_in(&world, "ann");
    HttpAnswer answer = fake_get(&world, "/lasting/pdf");
    CHECK_TEXT(http_header(&answer, "cache-control"), "public, max-age=31536000, immutable");
    CHECK_TEXT(http_header(&answer, "vary"), "Accept-Encoding");
    answer = fake_get(&world, "/files/pdf");
    CHECK_TEXT(http_header(&answer, "cache-control"), "no-store");
    fake_world_stop(&world);
}

TEST(long_pages_are_compressed_when_the_client_takes_gzip) {
    FakeWorld world = fake_world_start(NULL);
    for (int i = 0; i < 2; i++) { /* the second time from memory */
        const HttpAnswer answer = fake_get(&world, "/long");
        CHECK_TEXT(http_header(&answer, "content-encoding"), "gzip");
        CHECK(answer.body.size > 20000);
        CHECK(fake_has(&answer, "xxxxxxxxxxxx</p>"));
    }
    static const char *const without[] = {"Accept-Encoding: identity", "Accept-Encoding: gzip;q=0",
                                          "Accept-Encoding: br"};
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        const HttpAnswer answer =
            fake_raw(&world, "GET /long HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n\r\n", without[i]);
        CHECK_INT(http_header(&answer, "content-encoding").size, 0);
        CHECK(answer.body.size > 20000);
        CHECK(!text_ends_with(http_header(&answer, "etag"), TEXT("-gz\"")));
    }
    fake_world_stop(&world);
}

TEST(the_language_comes_from_choice_cookie_or_header) {
    FakeWorld world = fake_world_start(NULL);
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, "<html lang=\"en\""));
    world.client.language = TEXT("de, mk;q=0.8");
    const char *other = language_of_tag(TEXT("mk")) != NULL ? "<html lang=\"mk\"" : "<html lang=\"en\"";
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, other));
    HttpAnswer answer = fake_get(&world, "/who?a=1&language=en&b=2");
    CHECK_INT(answer.code, 303);
    CHECK_TEXT(http_header(&answer, "location"), "/who?a=1&b=2");
    CHECK(text_starts_with(http_header(&answer, "set-cookie"), TEXT("language=en;")));
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/who").body}, "<html lang=\"en\""));
    /* Not offered by this chamber, or no language at all: stays as it is. */
    CHECK_INT(fake_get(&world, "/who?language=es").code, 200);
    CHECK_INT(fake_get(&world, "/who?language=%22%3E").code, 200);
    fake_world_stop(&world);
}

TEST(a_query_form_is_typed_and_lenient_to_strange_parameters) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = get_as_json(&world, "/search?q=red+wine%21&page=3&utm_source=x");
    CHECK(fake_has(&answer, "q=red wine! page=3"));
    CHECK_INT(fake_get(&world, "/search").code, 200);
    CHECK_INT(fake_get(&world, "/search?page=abc").code, 400);
    CHECK_INT(fake_get(&world, "/search?q=%ff").code, 400);
    CHECK_INT(fake_get(&world, "/search?q=a&q=b").code, 400);
    CHECK_INT(fake_get(&world, "/search?q=a%00b").code, 400);
    fake_world_stop(&world);
}

TEST(files_are_shown_only_where_that_is_safe) {
    FakeWorld world = fake_world_start(NULL);
    HttpAnswer answer = fake_get(&world, "/files/pdf");
    CHECK_TEXT(http_header(&answer, "content-type"), "application/pdf");
    CHECK_INT(http_header(&answer, "content-disposition").size, 0);
    CHECK(text_find(http_header(&answer, "content-security-policy"), TEXT("frame-ancestors 'self'"), &(size_t){0}));
    answer = fake_get(&world, "/files/html");
    CHECK(text_starts_with(http_header(&answer, "content-disposition"), TEXT("attachment; ")));
    CHECK(text_ends_with(http_header(&answer, "content-security-policy"), TEXT("sandbox")));
    answer = fake_get(&world, "/files/named");
    CHECK_TEXT(http_header(&answer, "content-disposition"),
               "attachment; filename=\"____ _2026__ x__A: b.pdf\"; "
               "filename*=UTF-8''%D0%92%D0%B8%D0%BD%D0%BE%20%222026%22%3B%20x%0D%0AA%3A%20b.pdf");
    CHECK_INT(http_header(&answer, "a").size, 0);
    answer = fake_get(&world, "/files/evil");
    CHECK_TEXT(http_header(&answer, "content-type"), "application/octet-stream");
    CHECK_INT(http_header(&answer, "evil").size, 0);
    fake_world_stop(&world);
}

TEST(assets_are_kept_for_ever_and_sent_compressed) {
    FakeWorld world = fake_world_start(NULL);
    CHECK(asset_count > 0);
    for (size_t i = 0; i < asset_count; i++) {
        HttpAnswer answer = fake_get(&world, assets[i].url);
        CHECK_INT(answer.code, 200);
        CHECK(text_equal(answer.body, assets[i].bytes));
        CHECK_TEXT(http_header(&answer, "content-type"), assets[i].media_type);
        CHECK_TEXT(http_header(&answer, "cache-control"), "public, max-age=31536000, immutable");
        CHECK_INT(http_header(&answer, "content-encoding").size > 0, assets[i].gzip.size > 0);
        answer =
            fake_raw(&world, "GET %s HTTP/1.1\r\nHost: unknown.example\r\nConnection: close\r\n\r\n", assets[i].url);
        CHECK(text_equal(answer.body, assets[i].bytes));
    }
    CHECK_INT(fake_get(&world, "/assets/tradepost.00000000.css").code, 404);
    CHECK_INT(fake_get(&world, "/assets/../main.c").code, 404);
    CHECK_INT(fake_get(&world, "/favicon.ico").code, 200);
    CHECK(fake_has(&(HttpAnswer){.body = fake_get(&world, "/robots.txt").body}, "User-agent: *"));
    CHECK_INT(fake_post(&world, NULL, "/robots.txt", "a=b").code, 405);
    fake_world_stop(&world);
}

TEST(a_database_that_is_away_is_told) {
    FakeWorld world = fake_world_start(NULL);
    log_set_level(LOG_ERROR + 1);
    world.client.host = TEXT("down.example");
    HttpAnswer answer = fake_get(&world, "/who");
    CHECK_INT(answer.code, 503);
    CHECK(http_header(&answer, "retry-after").size > 0);
    CHECK(fake_has(&answer, "Not available just now") && !fake_has(&answer, "database"));
    CHECK_OK(html_check(world.arena, answer.body));
    CHECK_INT(get_as_json(&world, "/who").code, 503);
    fake_world_stop(&world);
}

static void with_log(ServerOptions *options) {
    options->quiet = false;
}

/* What the server logs while `ask` runs. */
static Text log_of(FakeWorld *world, void (*ask)(FakeWorld *world)) {
    int ends[2];
    char *bytes = arena_allocate(world->arena, 65536);
    const int standard_error = dup(STDERR_FILENO);
    CHECK(pipe(ends) == 0 && standard_error >= 0);
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    ask(world);
    CHECK(dup2(standard_error, STDERR_FILENO) >= 0);
    close(ends[1]);
    close(standard_error);
    size_t size = 0;
    for (ssize_t part = 1; part > 0; size += (size_t)part) {
        part = read(ends[0], bytes + size, 65535 - size);
        CHECK(part >= 0);
    }
    close(ends[0]);
    return (Text){bytes, size};
}

static void ask_with_secrets(FakeWorld *world) {
    fake_sign_in(world, "olga");
    CHECK_INT(fake_get(world, "/notes/0123456789abc?token=secret-in-query").code, 200);
    CHECK_INT(fake_post(world, "/sign-in", "/sign-in", "email=a%40b.example&password=secret-in-form").code, 422);
    CHECK_INT(fake_get(world, "/secret-in-path").code, 404);
}

TEST(a_request_is_logged_once_and_without_secrets) {
    FakeWorld world = fake_world_start(with_log);
    const Text log = log_of(&world, ask_with_secrets);
    Text rest = log;
    size_t lines = 0;
    while (rest.size > 0) {
        const Text line = text_cut(&rest, '\n');
        CHECK(text_starts_with(line, TEXT("{\"time\":")) && text_ends_with(line, TEXT("}")));
        lines++;
    }
    CHECK_INT(lines, 4);
    CHECK(text_find(log, TEXT("\"route\":\"/notes/{note}\""), &(size_t){0}));
    CHECK(text_find(log, TEXT("\"code\":\"422\""), &(size_t){0}));
    CHECK(text_find(log, TEXT("\"chamber\":\"one\""), &(size_t){0}));
    CHECK(!text_find(log, TEXT("secret"), &(size_t){0}));
    CHECK(!text_find(log, TEXT("session-of"), &(size_t){0}));
    fake_world_stop(&world);
}
