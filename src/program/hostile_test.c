/** Hostile requests: every form of every page is sent what no browser would send. All of it is refused with words about
 * the field, and nothing changes. */
#include <string.h>

#include "testing/html_check.h"
#include "testing/rights.h"
#include "testing/things.h"

#define LONG_BYTES ((size_t)10 << 20)

typedef struct Sender {
    HttpClient client;
    Text token;
} Sender;

typedef struct Attack {
    Site *site;
    Things *things;
    Arena *arena;
    Sender stranger, owner, officer, administrator;
    char *long_value;
    Text state;
} Attack;

static Sender sender(const Site *site, const char *email) {
    Sender made = {.client = email == NULL ? site_browser(site) : site_person(site, email, NULL)};
    made.token = site_form_token(&made.client);
    return made;
}

static void find_right(const Route *route, void *context) {
    const Rights *rights = context;
    for (size_t i = 0; i < rights->count; i++) {
        if (rights->items[i].method == route->method && text_equal(rights->items[i].path, text_of(route->path))) {
            rights->items[i].route = route;
        }
    }
}

/* Somebody who may send this form. */
static const Sender *sender_of(const Attack *attack, const Right *right) {
    if (right->route->who.kind == WHO_ANYONE) {
        return &attack->stranger;
    }
    const unsigned roles = right->route->who.permission->roles;
    return (roles & ((unsigned)ROLE_APPLICANT | ROLE_FIRM_OWNER | ROLE_SIGNED_IN)) != 0 ? &attack->owner
           : (roles & ROLE_OFFICER) != 0                                                ? &attack->officer
                                                                                        : &attack->administrator;
}

static Text path_of(const Attack *attack, const Right *right) {
    const bool review = text_starts_with(right->path, TEXT("/review"));
    return things_fill(attack->things, attack->arena,
                       &attack->things->targets[review ? TARGET_SUBMITTED : TARGET_DRAFT], right->path);
}

static HttpAnswer send_form(const Attack *attack, const Right *right, Text token, Text fields) {
    HttpClient client = sender_of(attack, right)->client;
    client.arena = attack->arena;
    const Text body = arena_format(attack->arena, "_token=%.*s&%.*s", TEXT_ARG(token), TEXT_ARG(fields));
    return http_post(&client, path_of(attack, right), TEXT("application/x-www-form-urlencoded"), body, (Text){NULL, 0});
}

static void check_refusal(const Attack *attack, const Right *right, const char *what, const HttpAnswer *answer,
                          int code, Text words) {
    const Text visible = html_visible_text(attack->arena, answer->body);
    if (answer->code != code || !text_find(visible, words, &(size_t){0})) {
        test_fail(__FILE__, __LINE__, "POST %.*s with %s: %d instead of %d with \"%.*s\": %.*s", TEXT_ARG(right->path),
                  what, answer->code, code, TEXT_ARG(words), TEXT_ARG(text_slice(visible, 0, 1200)));
    }
}

static void attack_tokens(const Attack *attack, const Right *right) {
    const Sender *mine = sender_of(attack, right);
    const Sender *other = mine == &attack->owner ? &attack->officer : &attack->owner;
    const Text tokens[] = {
        {NULL, 0}, TEXT("forged"), other->token, text_slice(mine->token, 0, mine->token.size - 1), TEXT("AAAA%00")};
    for (size_t i = 0; i + 1 < sizeof tokens / sizeof tokens[0]; i++) {
        const HttpAnswer answer = send_form(attack, right, tokens[i], right->form);
        check_refusal(attack, right, "a forged token", &answer, 403, TEXT("was not sent by a page of this site"));
    }
}

static void attack_field(const Attack *attack, const Right *right, Text name) {
    const Text token = sender_of(attack, right)->token;
    static const char *const bad[] = {"%FF", "a%00b", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "caf%E9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const HttpAnswer answer =
            send_form(attack, right, token, arena_format(attack->arena, "%.*s=%s", TEXT_ARG(name), bad[i]));
        check_refusal(attack, right, bad[i], &answer, 400, name);
    }
    HttpAnswer answer =
        send_form(attack, right, token, arena_format(attack->arena, "%.*s=1&%.*s=2", TEXT_ARG(name), TEXT_ARG(name)));
    check_refusal(attack, right, "a field twice", &answer, 400, name);
    memcpy(attack->long_value, name.data, name.size);
    attack->long_value[name.size] = '=';
    answer = send_form(attack, right, token, (Text){attack->long_value, LONG_BYTES});
    memset(attack->long_value, 'x', name.size + 1);
    if (answer.code != 413 && answer.code != 422) { /* 422: where files are taken, so much may come */
        test_fail(__FILE__, __LINE__, "POST %.*s with 10 MB in %.*s: %d", TEXT_ARG(right->path), TEXT_ARG(name),
                  answer.code);
    }
}

/* The same as JSON. */
static void attack_json(const Attack *attack, const Right *right) {
    Text rest = right->form, pair = text_cut(&rest, '&');
    const Text name = text_cut(&pair, '=');
    Buffer deep = buffer_make(attack->arena, 1 << 20);
    for (int i = 0; i < 100000; i++) {
        buffer_append(&deep, TEXT("[{\"a\":"));
    }
    const struct {
        const char *what;
        Text body;
    } bad[] = {
        {"bytes that are no UTF-8", arena_format(attack->arena, "{\"%.*s\":\"\xff\"}", TEXT_ARG(name))},
        {"an escaped NUL", arena_format(attack->arena, "{\"%.*s\":\"a\\u0000b\"}", TEXT_ARG(name))},
        {"half a surrogate", arena_format(attack->arena, "{\"%.*s\":\"\\ud800\"}", TEXT_ARG(name))},
        {"a NUL", TEXT("{\"a\0b\":1}")},
        {"a member twice",
         arena_format(attack->arena, "{\"%.*s\":\"a\",\"%.*s\":\"b\"}", TEXT_ARG(name), TEXT_ARG(name))},
        {"an unknown member", TEXT("{\"no_such_field\":1}")},
        {"no object", TEXT("[]")},
        {"half an object", TEXT("{\"a\":")},
        {"something behind it", TEXT("{} {}")},
        {"depth", (Text){deep.data, deep.size}},
        {"depth in a field", arena_format(attack->arena, "{\"%.*s\":%.*s", TEXT_ARG(name), (int)100000, deep.data)},
    };
    HttpClient client = sender_of(attack, right)->client;
    client.arena = attack->arena;
    client.accept = TEXT("application/json");
    const Text token = arena_format(attack->arena, "X-Form-Token: %.*s\r\n", TEXT_ARG(sender_of(attack, right)->token));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const HttpAnswer answer =
            http_post(&client, path_of(attack, right), TEXT("application/json"), bad[i].body, token);
        const bool large = answer.code == 413 && bad[i].body.size > 100000; /* where less than that is taken */
        if (answer.code != 400 && !large) {
            test_fail(__FILE__, __LINE__, "POST %.*s with JSON, %s: %d %.*s", TEXT_ARG(right->path), bad[i].what,
                      answer.code, TEXT_ARG(text_slice(answer.body, 0, 1200)));
        }
        CHECK(text_find(answer.body, TEXT("\"error\""), &(size_t){0}));
    }
}

static void attack_form(const Attack *attack, const Right *right) {
    const Text token = sender_of(attack, right)->token;
    HttpAnswer answer = send_form(attack, right, token, TEXT("no_such_field=x"));
    check_refusal(attack, right, "an unknown field", &answer, 400, TEXT("no_such_field"));
    answer = send_form(attack, right, token, TEXT("lines[99999999999999999999].x=1"));
    CHECK_INT(answer.code, 400);
    attack_json(attack, right);
    if (!right->route->reads_only) {
        attack_tokens(attack, right);
    }
    for (Text rest = right->form; rest.size > 0;) {
        Text pair = text_cut(&rest, '&');
        attack_field(attack, right, text_cut(&pair, '='));
    }
}

SITE_TEST(forms_refuse_what_no_browser_sends) {
    Rights rights = rights_read(site->arena);
    Attack *attack = arena_new(site->arena, Attack);
    *attack = (Attack){.site = site,
                       .things = things_make(site),
                       .arena = arena_open((size_t)1 << 30),
                       .stranger = sender(site, NULL),
                       .owner = sender(site, "owner@vino.example"),
                       .officer = sender(site, "officer@test.example"),
                       .administrator = sender(site, "admin@test.example"),
                       .long_value = arena_allocate(site->arena, LONG_BYTES)};
    memset(attack->long_value, 'x', LONG_BYTES);
    attack->things->session = attack->things->token = 1; /* nobody's: what is tried comes before it is looked for */
    routes_each(site->options.routes, site->options.routes_count, find_right, &rights);
    clock_set(clock_now());
    attack->state = site_state(site);
    for (size_t i = 0; i < rights.count; i++) {
        const Right *right = &rights.items[i];
        if (right->method != POST || right->route == NULL || right->route->takes != NULL) { /* those take no form */
            continue;
        }
        arena_reset(attack->arena);
        attack_form(attack, right);
        const Text after = site_state(site);
        if (!text_equal(after, attack->state)) {
            const Text difference = site_difference(site->arena, attack->state, after);
            test_fail(__FILE__, __LINE__, "POST %.*s was refused, but it changed %.*s", TEXT_ARG(right->path),
                      TEXT_ARG(difference));
        }
    }
    arena_close(attack->arena);
}

/* Addresses. */

static HttpAnswer get(HttpClient *client, const char *path, size_t blanks) {
    char *long_path = arena_allocate(client->arena, strlen(path) + blanks + 1);
    memcpy(long_path, path, strlen(path));
    memset(long_path + strlen(path), 'a', blanks);
    return http_get(client, "GET", (Text){long_path, strlen(path) + blanks}, (Text){NULL, 0});
}

SITE_TEST(strange_addresses_are_refused) {
    static const struct {
        const char *path;
        size_t more;
        int code;
        const char *words;
    } cases[] = {
        {"/documents?search=", 9000, 414, "too long"},
        {"/documents/", 9000, 414, "too long"},
        {"/documents?search=", 101, 400, "at most 100"},
        {"/documents?page=0", 0, 400, "Page"},
        {"/documents?page=99999999999999999999", 0, 400, "Page"},
        {"/documents?page=1&page=2", 0, 400, "page"},
        {"/documents?search=%FF", 0, 400, "search"},
        {"/documents?search=a%00b", 0, 400, "search"},
        {"/documents?search=%E2%80%AE", 0, 400, "cannot be printed"},
        {"/documents/%00", 0, 400, "broken"},
        {"/documents/%FF", 0, 400, "broken"},
        {"/documents/..%2f..%2fetc%2fpasswd", 0, 400, "broken"},
        {"/../../etc/passwd", 0, 404, "not found"},
        {"/documents/0000000000000", 0, 404, "not found"},
        {"/documents/7zzzzzzzzzzzz", 0, 404, "not found"},
        {"/documents/zzzzzzzzzzzzz", 0, 404, "not found"},
        {"/documents/-1", 0, 404, "not found"},
        {"/verify/x/%0d%0aSet-Cookie:%20a=b", 0, 400, "broken"},
        {"/register?before=9223372036854775808", 0, 403, "may not"},
    };
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    const Text before = site_state(site);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const HttpAnswer answer = get(&owner, cases[i].path, cases[i].more);
        const Text visible = html_visible_text(site->arena, answer.body);
        if (answer.code != cases[i].code || !text_find(visible, text_of(cases[i].words), &(size_t){0})) {
            test_fail(__FILE__, __LINE__, "GET %s and %zu more: %d instead of %d with \"%s\": %.*s", cases[i].path,
                      cases[i].more, answer.code, cases[i].code, cases[i].words, TEXT_ARG(visible));
        }
        CHECK(http_header(&answer, "set-cookie").size == 0);
    }
    CHECK(text_equal(site_state(site), before));
}
