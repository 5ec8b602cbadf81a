/** The readers of http, one by one: routes, addresses, wishes, forms, marks, buckets. */
#include "base/clock.h"
#include "base/log.h"
#include "http/exchange.h"
#include "http/token.h"
#include "http/url.h"
#include "testing/test.h"

static Arena *arena;

static void begin(void) {
    arena = arena_open((size_t)64 << 20);
}

/* Routes. */

static Status nothing(Request *request) {
    (void)request;
    return STATUS_OK;
}

static Status make(const Route *items, size_t count, Router **ret_router) {
    const Routes routes = {items, count};
    const Routes *const tables[] = {&routes};
    return router_make(arena, tables, 1, ret_router);
}

#define LINE(method_, path_)                                                                                           \
    { .method = method_, .path = path_, .who = ANYONE, .handler = nothing }

static const Permission reader = {"test.read", ROLE_APPLICANT};

TEST(no_path_fits_two_routes) {
    begin();
    static const Route clashes[][2] = {
        {LINE(GET, "/a/{x}"), LINE(GET, "/a/{y}")},
        {LINE(GET, "/a"), LINE(GET, "/a")},
        {LINE(GET, "/a/{x:text}"), LINE(GET, "/a/new")},
        {LINE(GET, "/a/new"), LINE(GET, "/a/{x:text}")},
        {LINE(GET, "/a/{x:text}/b"), LINE(GET, "/a/{y}/b")},
        {LINE(GET, "/a/{x:rest}"), LINE(GET, "/a/new")},
        {LINE(GET, "/a/{x:text}"), LINE(GET, "/a/{y:rest}")},
        {LINE(GET, "/a/{x:rest}/b"), LINE(GET, "/b")},
        {{.method = GET, .path = "/c", .who = ANYONE, .handler = nothing, .takes = "a/b"}, LINE(GET, "/b")},
        {LINE(GET, "/a/0123456789abc"), LINE(GET, "/b")},
        {LINE(GET, "/a//b"), LINE(GET, "/b")},
        {LINE(GET, "a"), LINE(GET, "/b")},
        {{.method = GET, .path = "/c", .handler = nothing}, LINE(GET, "/b")}, /* does not say who may */
        {{.method = GET, .path = "/c", .who = ANYONE}, LINE(GET, "/b")},
        {{.method = POST, .path = "/c", .who = ANYONE, .handler = nothing, .cacheable = true}, LINE(GET, "/b")},
        {{.method = GET, .path = "/c", .who = ANYONE, .handler = nothing, .reads_only = true}, LINE(GET, "/b")},
        {{.method = POST, .path = "/c", .who = MAY(reader), .handler = nothing, .reads_only = true}, LINE(GET, "/b")},
    };
    Router *router = NULL;
    for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++) {
        if (make(clashes[i], 2, &router) != STATUS_INVALID) {
            test_fail(__FILE__, __LINE__, "taken: %s and %s", clashes[i][0].path, clashes[i][1].path);
        }
        CHECK(failure_take().size > 0);
    }
    static const Route fine[] = {LINE(GET, "/a/{x}"), LINE(GET, "/a/new"), LINE(POST, "/a/{y}"), LINE(GET, "/a/{z}/b"),
                                 LINE(GET, "/")};
    CHECK_OK(make(fine, 5, &router));
    arena_close(arena);
}

TEST(a_path_finds_its_route_among_thousands) {
    begin();
    Route *items = arena_new_array(arena, Route, 5000);
    for (size_t i = 0; i < 5000; i++) {
        const Text path =
            i % 2 == 0 ? arena_format(arena, "/p%zu/{id}/edit", i / 2) : arena_format(arena, "/p%zu/list", i / 2);
        items[i] = (Route){.method = GET, .path = path.data, .who = ANYONE, .handler = nothing};
    }
    Router *router = NULL;
    RouteMatch match;
    CHECK_OK(make(items, 5000, &router));
    for (size_t i = 0; i < 5000; i++) {
        const Text path = i % 2 == 0 ? arena_format(arena, "/p%zu/0123456789abc/edit", i / 2)
                                     : arena_format(arena, "/p%zu/list", i / 2);
        CHECK_OK(router_find(router, arena, path, &match));
        CHECK(match.routes[GET] == &items[i] && match.routes[POST] == NULL);
        CHECK_INT(match.count, i % 2 == 0);
    }
    CHECK_STATUS(router_find(router, arena, TEXT("/p1/0123456789abc"), &match), STATUS_NOT_FOUND);
    CHECK_STATUS(router_find(router, arena, TEXT(""), &match), STATUS_INVALID);
    CHECK_STATUS(router_find(router, arena, TEXT("p1"), &match), STATUS_INVALID);
    arena_close(arena);
}

static void count_route(const Route *route, void *context) {
    (void)route;
    ++*(size_t *)context;
}

TEST(all_routes_can_be_enumerated) {
    static const Route items[] = {LINE(GET, "/a"), LINE(POST, "/a")};
    static const Routes one = {items, 2}, two = {items, 1};
    static const Routes *const tables[] = {&one, &two};
    size_t count = 0;
    routes_each(tables, 2, count_route, &count);
    CHECK_INT(count, 3);
}

/* Addresses. */

TEST(percent_encoding_is_read_strictly) {
    begin();
    Text text;
    CHECK_OK(url_decode(arena, TEXT("a%20b+c%2B"), true, &text));
    CHECK_TEXT(text, "a b c+");
    CHECK_OK(url_decode(arena, TEXT("a+%C3%a9"), false, &text));
    CHECK_TEXT(text, "a+é");
    static const char *const bad[] = {"%", "%4", "%g0", "%0g", "%00", "%ff", "%c0%80", "%ed%a0%80", "%f4%90%80%80"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_STATUS(url_decode(arena, text_of(bad[i]), true, &text), STATUS_INVALID);
    }
    CHECK_TEXT(url_encode(arena, TEXT("/a b?é~")), "%2Fa%20b%3F%C3%A9~");
    CHECK_TEXT(url_encode_location(arena, TEXT("/a b?é=%20&\"")), "/a%20b?%C3%A9=%20&%22");
    CHECK_TEXT(url_query_without(arena, TEXT("a=1&language=mk&b&language=x"), TEXT("language")), "a=1&b");
    CHECK_TEXT(url_query_value(TEXT("a=1&bc=2&b=3"), TEXT("b")), "3");
    arena_close(arena);
}

TEST(only_local_paths_are_followed) {
    static const char *const good[] = {"/", "/a", "/a?b=//c", "/a//b", "/é"};
    static const char *const bad[] = {"",        "a",     "//evil", "/\\evil", "\\\\evil", "http://evil",
                                      "/a\r\nb", "/a\tb", "/\x7f",  "/\xff",   " /a",      "/a\\b"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CHECK(url_is_local_path(text_of(good[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!url_is_local_path(text_of(bad[i])));
    }
}

TEST(hosts_are_read_strictly) {
    begin();
    Text name, port;
    CHECK_OK(url_read_host(arena, TEXT("Chamber.Example:8443"), &name, &port));
    CHECK_TEXT(name, "chamber.example");
    CHECK_TEXT(port, "8443");
    CHECK_OK(url_read_host(arena, TEXT("[::1]:80"), &name, &port));
    CHECK_TEXT(name, "[::1]");
    CHECK_OK(url_read_host(arena, TEXT("127.0.0.1"), &name, &port));
    CHECK_TEXT(port, "");
    static const char *const bad[] = {"",    ":80", "a:",  "a:b", "a:80x", "a:-1",   "a:+1", "a:65536",
                                      "a b", "a/b", "a@b", "[]",  "[::1",  "[::1]x", "a_b",  "é"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_STATUS(url_read_host(arena, text_of(bad[i]), &name, &port), STATUS_INVALID);
    }
    arena_close(arena);
}

/* What clients wish. */

TEST(wishes_are_weighed) {
    static const struct {
        const char *accept;
        int html, json;
    } cases[] = {
        {"", 1000, 1000},
        {"*/*", 1000, 1000},
        {"text/html", 1000, 0},
        {"application/json", 0, 1000},
        {"text/*;q=0.5, text/html;q=0.25", 250, 0},
        {"text/html;q=0.25, text/*;q=0.5, */*;q=0.125", 250, 125},
        {"APPLICATION/JSON ; Q=0.3 , x/y", 0, 300},
        {"text/html;q=1.5", 1000, 0},
        {"text/html;q=x", 0, 0},
        {"text/html;level=1;q=0.001", 1, 0},
        {", ,;q=1,/", 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Accepted accepted = negotiate_types(text_of(cases[i].accept));
        if (accepted.html != cases[i].html || accepted.json != cases[i].json) {
            test_fail(__FILE__, __LINE__, "%s: %d %d", cases[i].accept, accepted.html, accepted.json);
        }
    }
    CHECK(negotiate_gzip(TEXT("deflate, gzip;q=0.5")) && negotiate_gzip(TEXT("*")) && !negotiate_gzip(TEXT("")));
    CHECK(!negotiate_gzip(TEXT("gzip;q=0, *")) && !negotiate_gzip(TEXT("*;q=0")) && !negotiate_gzip(TEXT("gzipx")));
    CHECK_TEXT(negotiate_cookie(TEXT("a=1; session=x=y; b=2"), TEXT("session")), "x=y");
    CHECK_TEXT(negotiate_cookie(TEXT("xsession=1;session=2"), TEXT("session")), "2");
    CHECK_TEXT(negotiate_cookie(TEXT("a=1"), TEXT("session")), "");
}

/* Forms. */

TEST(urlencoded_pairs_are_read) {
    begin();
    FormPairs pairs;
    Text name = {NULL, 0};
    CHECK_INT(pairs_of_urlencoded(arena, TEXT("a=1&&b&c=%26=&=d"), &pairs, &name), PAIRS_FINE);
    CHECK_INT(pairs.count, 4);
    CHECK_TEXT(pairs.items[1].name, "b");
    CHECK_TEXT(pairs.items[2].value, "&=");
    CHECK_TEXT(pairs_value(&pairs, TEXT("a")), "1");
    CHECK_INT(pairs_of_urlencoded(arena, TEXT("a=1&b=2&%61=3"), &pairs, &name), PAIRS_TWICE);
    CHECK_TEXT(name, "a");
    CHECK_INT(pairs_of_urlencoded(arena, TEXT(""), &pairs, &name), PAIRS_FINE);
    CHECK_INT(pairs.count, 0);
    Buffer many = buffer_make(arena, 1 << 20);
    for (int i = 0; i < PAIRS_MAX; i++) {
        buffer_format(&many, "&f%d=1", i);
    }
    CHECK_INT(pairs_of_urlencoded(arena, (Text){many.data + 1, many.size - 1}, &pairs, &name), PAIRS_FINE);
    CHECK_INT(pairs_of_urlencoded(arena, (Text){many.data, many.size}, &pairs, &name), PAIRS_TOO_MANY);
    char *longest = arena_allocate(arena, 1000);
    memset(longest, 'n', 999);
    CHECK_INT(pairs_of_urlencoded(arena, (Text){longest, PAIR_NAME_MAX}, &pairs, &name), PAIRS_FINE);
    CHECK_INT(pairs_of_urlencoded(arena, (Text){longest, PAIR_NAME_MAX + 1}, &pairs, &name), PAIRS_LONG_NAME);
    arena_close(arena);
}

static PairsProblem parts(const char *body, FormPairs *ret_pairs) {
    Text name = {NULL, 0};
    return pairs_of_multipart(arena, text_of(body), TEXT("b"), ret_pairs, &name);
}

#define PART(head, content) "--b\r\nContent-Disposition: form-data; " head "\r\n\r\n" content "\r\n"
#define END                 "--b--\r\n"

TEST(multipart_parts_are_read) {
    begin();
    FormPairs pairs;
    CHECK_INT(parts(PART("name=\"a\"", "1") PART("name=b; filename=\"x.pdf\"", "\r\n--c\r\n-") PART("name=\"\"", "")
                        END,
                    &pairs),
              PAIRS_FINE);
    CHECK_INT(pairs.count, 3);
    CHECK_TEXT(pairs.items[0].value, "1");
    CHECK(!pairs.items[0].is_file && pairs.items[1].is_file);
    CHECK_TEXT(pairs.items[1].upload.name, "x.pdf");
    CHECK_TEXT(pairs.items[1].upload.bytes, "\r\n--c\r\n-");
    CHECK_TEXT(pairs.items[2].value, "");
    CHECK_INT(parts("--b--", &pairs), PAIRS_FINE);
    CHECK_INT(pairs.count, 0);
    CHECK_INT(parts(PART("name=\"a%22b\"; filename=\"../../e\\\"t;c/pa\\\\sswd\"", "") END, &pairs), PAIRS_FINE);
    CHECK_TEXT(pairs.items[0].name, "a\"b");
    CHECK_TEXT(pairs.items[0].upload.name, "sswd");
    CHECK_INT(parts("--b\r\ncontent-type: image/png\r\nCONTENT-DISPOSITION: Form-Data; Name=\"a\"; "
                    "filename=\"\"\r\n\r\nx\r\n" END,
                    &pairs),
              PAIRS_FINE);
    CHECK_TEXT(pairs.items[0].upload.type, "image/png");
    arena_close(arena);
}

TEST(broken_multipart_is_refused) {
    begin();
    FormPairs pairs;
    static const struct {
        const char *body;
        PairsProblem problem;
    } cases[] = {
        {"", PAIRS_BROKEN},
        {"x", PAIRS_BROKEN},
        {"preamble\r\n" PART("name=\"a\"", "1") END, PAIRS_BROKEN},
        {PART("name=\"a\"", "1"), PAIRS_BROKEN}, /* no end */
        {PART("name=\"a\"", "1") "--b", PAIRS_BROKEN},
        {PART("name=\"a\"", "1") END "epilogue", PAIRS_BROKEN},
        {PART("name=\"a\"", "1") "--bc--\r\n", PAIRS_BROKEN},
        {PART("", "1") END, PAIRS_BROKEN},         /* no name */
        {PART("name=\"a", "1") END, PAIRS_BROKEN}, /* open quote */
        {PART("name=\"a\"x", "1") END, PAIRS_BROKEN},
        {PART("name=\"a\"; name=\"b\"", "1") END, PAIRS_BROKEN},
        {PART("name=\"a\"; filename=\"b\"; filename=\"c\"", "1") END, PAIRS_BROKEN},
        {PART("name=\"a\"", "1") PART("name=\"a\"", "2") END, PAIRS_TWICE},
        {PART("name=\"a\"", "\xff") END, PAIRS_NOT_UTF8},
        {PART("name=\"\xff\"", "1") END, PAIRS_NOT_UTF8},
        {PART("name=\"a\"; filename=\"\xff\"", "1") END, PAIRS_NOT_UTF8},
        {"--b\r\n\r\n1\r\n" END, PAIRS_BROKEN}, /* no disposition */
        {"--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n" END, PAIRS_BROKEN},
        {"--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; "
         "name=\"b\"\r\n\r\n1\r\n" END,
         PAIRS_BROKEN},
        {"--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END,
         PAIRS_BROKEN},
        {"--b\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\n1\r\n" END, PAIRS_BROKEN},
        {"--b\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n1\r\n" END, PAIRS_BROKEN}, /* folded */
        {"--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n" END,
         PAIRS_BROKEN},
        {"--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--\n", PAIRS_BROKEN}, /* bare line feeds */
        {"--b\r\nA:1\r\nB:1\r\nC:1\r\nD:1\r\nE:1\r\nF:1\r\nG:1\r\nH:1\r\nContent-Disposition: form-data; "
         "name=\"a\"\r\n\r\n1\r\n" END,
         PAIRS_BROKEN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (parts(cases[i].body, &pairs) != cases[i].problem) {
            test_fail(__FILE__, __LINE__, "case %zu is %d", i, (int)parts(cases[i].body, &pairs));
        }
    }
    Text name = {NULL, 0};
    const Text nul = {PART("name=\"a\"", "x\0y") END, sizeof(PART("name=\"a\"", "x\0y") END) - 1};
    CHECK_INT(pairs_of_multipart(arena, nul, TEXT("b"), &pairs, &name), PAIRS_NOT_UTF8);
    CHECK_TEXT(name, "a");
    Buffer many = buffer_make(arena, 1 << 20);
    for (int i = 0; i <= PAIRS_MAX; i++) {
        buffer_format(&many, PART("name=\"f%d\"", "1"), i);
    }
    buffer_append(&many, TEXT(END));
    CHECK_INT(pairs_of_multipart(arena, (Text){many.data, many.size}, TEXT("b"), &pairs, &name), PAIRS_TOO_MANY);
    arena_close(arena);
}

TEST(boundaries_are_read_strictly) {
    begin();
    Text boundary;
    CHECK_OK(multipart_boundary(arena, TEXT("multipart/form-data; charset=x; Boundary=\"a-b\""), &boundary));
    CHECK_TEXT(boundary, "a-b");
    static const char *const bad[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=\"a\r\nb\"",
        "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_STATUS(multipart_boundary(arena, text_of(bad[i]), &boundary), STATUS_INVALID);
    }
    arena_close(arena);
}

/* Marks. */

TEST(tokens_hold_for_their_holder_only) {
    begin();
    const Text secret = TEXT("0123456789abcdef0123456789abcdef");
    const Text token = token_make(arena, secret, "session", TEXT("ann"));
    CHECK(token_is_good(arena, secret, "session", TEXT("ann"), token));
    CHECK(!token_is_good(arena, secret, "session", TEXT("olga"), token));
    CHECK(!token_is_good(arena, secret, "form", TEXT("ann"), token));
    CHECK(!token_is_good(arena, TEXT("another"), "session", TEXT("ann"), token));
    CHECK(!token_is_good(arena, secret, "session", TEXT("ann"), TEXT("")));
    CHECK(!token_is_good(arena, secret, "session", TEXT(""), token_make(arena, secret, "session", TEXT(""))));
    CHECK(!text_equal(token, token_make(arena, secret, "session", TEXT("ann"))));
    for (size_t i = 0; i < token.size; i++) {
        char *changed = arena_c_string(arena, token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CHECK(!token_is_good(arena, secret, "session", TEXT("ann"), (Text){changed, token.size}));
    }
    Text message;
    const Text notice = token_sign_message(arena, secret, TEXT("Saved"));
    CHECK_OK(token_read_message(arena, secret, notice, &message));
    CHECK_TEXT(message, "Saved");
    CHECK_STATUS(token_read_message(arena, TEXT("another"), notice, &message), STATUS_INVALID);
    CHECK_STATUS(token_read_message(arena, secret, token, &message), STATUS_INVALID);
    arena_close(arena);
}

/* Buckets. */

TEST(buckets_fill_with_time_and_by_network) {
    begin();
    Rates *rates = rates_make(arena, 3, 60);
    unsigned wait = 0;
    int64_t now = 1000 * TIME_SECOND;
    for (int i = 0; i < 3; i++) {
        CHECK(rates_take(rates, TEXT("192.0.2.1"), now, &wait));
    }
    CHECK(!rates_take(rates, TEXT("192.0.2.1"), now, &wait));
    CHECK(wait >= 1 && wait <= 2);
    CHECK(rates_take(rates, TEXT("192.0.2.2"), now, &wait));
    CHECK(rates_take(rates, TEXT("192.0.2.1"), now + TIME_SECOND, &wait));
    CHECK(!rates_take(rates, TEXT("192.0.2.1"), now + TIME_SECOND, &wait));
    for (int i = 0; i < 3; i++) {
        CHECK(rates_take(rates, TEXT("192.0.2.1"), now + TIME_DAY * 30, &wait));
    }
    CHECK(!rates_take(rates, TEXT("192.0.2.1"), now + TIME_DAY * 30, &wait));
    /* A mapped address is its IPv4 address' own; a flood of networks forgets nobody who is empty. */
    for (int i = 0; i < 3; i++) {
        CHECK(rates_take(rates, TEXT("::ffff:192.0.2.9"), now, &wait));
    }
    CHECK(!rates_take(rates, TEXT("::ffff:192.0.2.9"), now, &wait));
    CHECK(rates_take(rates, TEXT("::ffff:192.0.2.10"), now, &wait));
    for (int i = 0; i < 20000; i++) {
        rates_take(rates, arena_format(arena, "2001:db8:%x:%x::1", i / 256, i % 256), now, &wait);
    }
    CHECK(!rates_take(rates, TEXT("::ffff:192.0.2.9"), now, &wait));
    arena_close(arena);
}

TEST(compressed_pages_come_back_from_memory) {
    begin();
    CompressCache *cache = compress_cache_make(arena, 4);
    char *page = arena_allocate(arena, 5000);
    Text first = {NULL, 0}, again = {NULL, 0};
    for (int round = 0; round < 20; round++) {
        memset(page, 'a' + round, 5000);
        const Text bytes = {page, 5000};
        const Sha256 digest = sha256(bytes);
        CHECK_OK(compress_gzip(cache, &digest, arena, bytes, &first));
        /* Asked under the same digest with other bytes, it answers from memory. */
        CHECK_OK(compress_gzip(cache, &digest, arena, TEXT("other bytes, which would compress to others"), &again));
        CHECK(text_equal(first, again));
        CHECK_OK(compress_gzip(NULL, NULL, arena, bytes, &again));
        CHECK(text_equal(first, again));
    }
    CHECK_STATUS(compress_gzip(NULL, NULL, arena, TEXT("short"), &again), STATUS_UNSUPPORTED);
    arena_close(arena);
}
