/** Who may what: every route is tried as everybody, over HTTP, with the ids of one firm's things. Whose what is stands
 * in the files NAME.rights beside the routes. */
#include <fcntl.h>

#include "outside/file.h"
#include "testing/html_check.h"
#include "testing/rights.h"
#include "testing/things.h"

/** Where an actor stands to the firm whose things are asked for. */
typedef enum Place { A_STRANGER, OF_THE_FIRM, OF_ANOTHER_FIRM, OF_THE_CHAMBER, ELSEWHERE } Place;

typedef struct Tried {
    const char *name, *email;
    const char *sign_in_host, *host; /**< NULL: the first chamber's */
    Place place;
    unsigned roles; /**< at `host` */
    bool by_token, token_ended;
} Tried;

#define IN ROLE_SIGNED_IN
static const Tried everybody[] = {
    {"a stranger", NULL, NULL, NULL, A_STRANGER, 0, false, false},
    {"a person without firm", "nobody@test.example", NULL, NULL, A_STRANGER, IN, false, false},
    {"an applicant of the firm", "applicant@vino.example", NULL, NULL, OF_THE_FIRM, IN | ROLE_APPLICANT, false, false},
    {"the owner of the firm", "owner@vino.example", NULL, NULL, OF_THE_FIRM, IN | ROLE_APPLICANT | ROLE_FIRM_OWNER,
     false, false},
    {"the owner of another firm", "owner@pepper.example", NULL, NULL, OF_ANOTHER_FIRM,
     IN | ROLE_APPLICANT | ROLE_FIRM_OWNER, false, false},
    {"the owner of a firm that is not admitted", "owner@honey.example", NULL, NULL, OF_ANOTHER_FIRM,
     IN | ROLE_FIRM_OWNER, false, false},
    {"an officer", "officer@test.example", NULL, NULL, OF_THE_CHAMBER, IN | ROLE_OFFICER, false, false},
    {"an administrator", "admin@test.example", NULL, NULL, OF_THE_CHAMBER, IN | ROLE_ADMINISTRATOR, false, false},
    {"an officer of the other chamber", "officer@other.example", "other.example", NULL, A_STRANGER, 0, false, false},
    {"an officer of the other chamber, on its host", "officer@other.example", "other.example", "other.example",
     ELSEWHERE, IN | ROLE_OFFICER, false, false},
    {"an administrator of the other chamber, on its host", "admin@other.example", "other.example", "other.example",
     ELSEWHERE, IN | ROLE_ADMINISTRATOR, false, false},
    {"the owner of a firm of the other chamber, on its host", "owner@alpaca.example", "other.example", "other.example",
     OF_ANOTHER_FIRM, IN | ROLE_APPLICANT | ROLE_FIRM_OWNER, false, false},
    {"a program of another firm", "owner@pepper.example", NULL, NULL, OF_ANOTHER_FIRM,
     IN | ROLE_APPLICANT | ROLE_FIRM_OWNER, true, false},
    {"a program of the other chamber's officer", "officer@other.example", "other.example", NULL, A_STRANGER, 0, true,
     true},
    {"a program of the firm whose token has ended", "owner@vino.example", NULL, NULL, A_STRANGER, 0, true, true},
};
enum { TRIED = sizeof everybody / sizeof everybody[0] };

/* What must not be said to others. "Dragonfruit" stands in what was never handed in, "Starfruit" in what was; the
 * firm's street is "Pomegranate". */
typedef struct Secret {
    const char *word;
    bool of_draft;
} Secret;
static const Secret secrets[] = {{"Dragonfruit", true}, {"Starfruit", false}, {"Pomegranate", false}};

typedef struct Matrix {
    Site *site;
    Arena *arena; /**< of one route's tries */
    Things *things;
    HttpClient clients[TRIED];
    Text tokens[TRIED]; /**< for their forms */
    Text state;         /**< of the untouched world */
    Text pdf;
    Text api; /**< docs/api.md, which names every page that answers in JSON */
} Matrix;

/* A browser, or a program with a token that the person made on the page for it. */
static void enter(Matrix *matrix, size_t who) {
    const Site *site = matrix->site;
    const Tried *tried = &everybody[who];
    HttpClient client = site_browser(site);
    if (tried->email != NULL) {
        client = site_person(site, tried->email, tried->sign_in_host);
    }
    if (tried->by_token) {
        const Text form_token = site_form_token(&client);
        CHECK_INT(site_send(&client, TEXT("/account/tokens"), form_token, "name=Program&days=30").code, 303);
        for (size_t i = 0; i < client.cookie_count; i++) {
            if (text_equal(client.cookies[i].name, TEXT("token"))) {
                client.bearer = client.cookies[i].value;
            }
        }
        CHECK(client.bearer.size > 0);
        client.cookie_count = 0;
        client.accept = TEXT("application/json");
        CHECK_INT(http_get(&client, "GET", TEXT("/account"), (Text){NULL, 0}).code, 200); /* its first use is noted */
    }
    client.host = tried->host == NULL ? site->client.host : text_of(tried->host);
    matrix->tokens[who] = tried->by_token ? (Text){NULL, 0} : site_form_token(&client);
    matrix->clients[who] = client;
}

static void make_world(Matrix *matrix) {
    const Site *site = matrix->site;
    matrix->things = things_make(site);
    for (size_t who = 0; who < TRIED; who++) {
        enter(matrix, who);
    }
    const long long account = things_account(site, "owner@vino.example");
    matrix->things->session =
        site_number(site, "SELECT max(session_id) AS number FROM accounts_session WHERE account_id = %lld", account);
    matrix->things->token = site_number(
        site, "SELECT max(api_token_id) AS number FROM accounts_api_token WHERE account_id = %lld", account);
    site_sql(site, arena_format(site->arena, "UPDATE accounts_api_token SET expires_at = 1 WHERE api_token_id = %lld",
                                (long long)matrix->things->token));
    CHECK_OK(file_read(site->arena, AT_FDCWD, "src/capabilities/documents/testdata/invoice.pdf", (size_t)1 << 20,
                       &matrix->pdf));
    CHECK_OK(file_read(site->arena, AT_FDCWD, "docs/api.md", (size_t)1 << 20, &matrix->api));
    clock_set(clock_now()); /* no session grows old meanwhile */
    site_keep(site);
    matrix->state = site_state(site);
}

/* Expectations. */

/** What must come: to be let through, or one of the refusals. */
typedef enum Verdict { LET_THROUGH, TO_SIGN_IN, UNKNOWN_TOKEN, NO_RIGHT, NOT_THERE } Verdict;

static bool owns(const Tried *tried, const Right *right, const Target *target) {
    const bool staff = tried->place == OF_THE_CHAMBER, own = tried->place == OF_THE_FIRM;
    switch (right->whose) {
    case WHOSE_NOTHING:
        return true;
    case WHOSE_SECRET:
        return false;
    case WHOSE_OWN_FIRM:
        return own || tried->place == OF_ANOTHER_FIRM;
    case WHOSE_OWN_ACCOUNT:
        return text_equal(text_of(tried->email), TEXT("owner@vino.example"));
    case WHOSE_ACTS_FOR_FIRM:
    case WHOSE_FIRM:
    case WHOSE_FIRM_DOCUMENT:
        return own;
    case WHOSE_SEEN_DOCUMENT:
        return own || (staff && target->handed_in);
    case WHOSE_CHAMBER_DOCUMENT:
        return staff && target->handed_in;
    case WHOSE_CHAMBER:
        return staff;
    case WHOSE_COUNT:
        break;
    }
    return false;
}

static Verdict expected(const Tried *tried, const Right *right, const Target *target) {
    const Who who = right->route->who;
    if (tried->token_ended) {
        return UNKNOWN_TOKEN;
    }
    if (who.kind != WHO_ANYONE && (tried->roles & who.permission->roles) == 0) {
        return tried->roles == 0 ? TO_SIGN_IN : NO_RIGHT;
    }
    if (tried->by_token && right->people) {
        return NO_RIGHT;
    }
    return owns(tried, right, target) ? LET_THROUGH : right->whose == WHOSE_ACTS_FOR_FIRM ? NO_RIGHT : NOT_THERE;
}

static bool is_json(const HttpClient *client) {
    return text_equal(client->accept, TEXT("application/json"));
}

static bool fits(Verdict verdict, const HttpClient *client, const HttpAnswer *answer) {
    const Text location = http_header(answer, "location");
    const bool leads_to_sign_in =
        answer->code == 303 && text_starts_with(location, TEXT("/sign-in")) && !text_equal(location, TEXT("/sign-in/"));
    switch (verdict) {
    case LET_THROUGH:
        return answer->code == 200 || answer->code == 303 || answer->code == 404 || answer->code == 406 ||
               answer->code == 409 || answer->code == 422 || answer->code == 429;
    case TO_SIGN_IN:
        return is_json(client) ? answer->code == 401 : leads_to_sign_in;
    case UNKNOWN_TOKEN:
        return answer->code == 401;
    case NO_RIGHT:
        return answer->code == 403 || answer->code == 409; /* 409: a program asks for another firm */
    case NOT_THERE:
        return answer->code == 404 || answer->code == 422;
    }
    return false;
}

/* One attempt: one route as one person. */
typedef struct Attempt {
    Matrix *matrix;
    const Right *right;
    size_t who;
    const Target *target;
    Text path;
} Attempt;

_Noreturn static void fail_attempt(const Attempt *attempt, const char *what, Text detail) {
    const Right *right = attempt->right;
    test_fail(__FILE__, __LINE__, "%s %s (%s) as %s: %s %.*s", right->method == POST ? "POST" : "GET",
              attempt->path.size > 0 ? attempt->path.data : right->route->path, attempt->target->state,
              everybody[attempt->who].name, what, TEXT_ARG(detail));
}

static void check_secrets(const Attempt *attempt, const HttpAnswer *answer) {
    const Tried *tried = &everybody[attempt->who];
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const bool may_see = !tried->token_ended &&
                             (tried->place == OF_THE_FIRM || (tried->place == OF_THE_CHAMBER && !secrets[i].of_draft));
        const Text word = text_of(secrets[i].word);
        if (!may_see && (text_find(answer->body, word, &(size_t){0}) || text_find(answer->head, word, &(size_t){0}))) {
            fail_attempt(attempt, "the answer tells", word);
        }
    }
}

static void check_answer(const Attempt *attempt, const HttpClient *client, const HttpAnswer *answer) {
    static const char *const verdicts[] = {"is not let through:", "is not sent to sign in:", "is taken for known:",
                                           "is not refused with 403:", "is not refused with 404:"};
    const Verdict verdict = expected(&everybody[attempt->who], attempt->right, attempt->target);
    if (!fits(verdict, client, answer)) {
        fail_attempt(attempt, verdicts[verdict],
                     arena_format(client->arena, "%d %.*s", answer->code,
                                  TEXT_ARG(html_visible_text(client->arena, answer->body))));
    }
    check_secrets(attempt, answer);
}

static HttpAnswer send_post(const Attempt *attempt, HttpClient *client) {
    const Right *right = attempt->right;
    const Text fields = things_fill(attempt->matrix->things, attempt->matrix->arena, attempt->target, right->form);
    const Text token = attempt->matrix->tokens[attempt->who];
    if (right->route->takes != NULL) {
        return http_post(client, attempt->path, text_of(right->route->takes), TEXT("question"), (Text){NULL, 0});
    }
    if (right->file.size == 0) {
        return site_send(client, attempt->path, token, arena_c_string(client->arena, fields));
    }
    Text value = fields;
    const Text name = text_cut(&value, '=');
    const HttpField all[] = {{.name = TEXT("_token"), .value = token},
                             {.name = right->file,
                              .value = attempt->matrix->pdf,
                              .is_file = true,
                              .file_name = TEXT("paper.pdf"),
                              .type = TEXT("application/pdf")},
                             {.name = name, .value = value}};
    return http_post_fields(client, attempt->path, all, name.size > 0 ? 3 : 2);
}

/* Tries one route with one target as one person. Returns whether somebody who may got to the thing. */
static bool try_post(const Attempt *attempt) {
    Matrix *matrix = attempt->matrix;
    HttpClient client = matrix->clients[attempt->who];
    client.arena = matrix->arena;
    const HttpAnswer answer = send_post(attempt, &client);
    check_answer(attempt, &client, &answer);
    if (expected(&everybody[attempt->who], attempt->right, attempt->target) == LET_THROUGH) {
        site_restore(matrix->site);
        matrix->state = site_state(matrix->site); /* files stay */
        return answer.code != 404;
    }
    const Text after = site_state(matrix->site);
    if (!text_equal(after, matrix->state)) {
        fail_attempt(attempt, "refused, but it changed", site_difference(client.arena, matrix->state, after));
    }
    return false;
}

static void check_documented(const Attempt *attempt, const HttpAnswer *answer) {
    const Text line = arena_format(attempt->matrix->arena, "`GET %s`", attempt->right->route->path);
    if (answer->code == 200 && text_starts_with(http_header(answer, "content-type"), TEXT("application/json")) &&
        !text_find(attempt->matrix->api, line, &(size_t){0})) {
        fail_attempt(attempt, "answers in JSON, but docs/api.md does not name", line);
    }
}

static bool try_get(const Attempt *attempt) {
    bool found = false;
    for (Text queries = attempt->right->queries, query = {NULL, 0};;) {
        for (int json = 0; json < 2; json++) {
            HttpClient client = attempt->matrix->clients[attempt->who];
            client.arena = attempt->matrix->arena;
            client.accept = json == 1 ? TEXT("application/json") : client.accept;
            const Text path = arena_format(client.arena, "%.*s?%.*s", TEXT_ARG(attempt->path), TEXT_ARG(query));
            const HttpAnswer answer = http_get(&client, "GET", path, (Text){NULL, 0});
            Attempt asked = *attempt;
            asked.path = path;
            check_answer(&asked, &client, &answer);
            check_documented(&asked, &answer);
            found = found || (answer.code != 404 && answer.code != 422);
        }
        if (queries.size == 0) {
            break;
        }
        query = text_cut(&queries, '|');
    }
    return found;
}

static void try_right(Matrix *matrix, const Right *right) {
    const bool of_document = text_find(right->path, TEXT("{document}"), &(size_t){0}) ||
                             text_find(right->path, TEXT("{number:text}"), &(size_t){0});
    for (size_t who = 0; who < TRIED; who++) {
        bool found = false, may = false;
        for (size_t i = 0; i < (of_document ? TARGETS : 1); i++) {
            const Attempt attempt = {
                .matrix = matrix,
                .right = right,
                .who = who,
                .target = &matrix->things->targets[i],
                .path = things_fill(matrix->things, matrix->arena, &matrix->things->targets[i], right->path)};
            found |= right->method == POST ? try_post(&attempt) : try_get(&attempt);
            may |= expected(&everybody[who], right, attempt.target) == LET_THROUGH;
        }
        if (may && !found) {
            const Attempt attempt = {
                .matrix = matrix, .right = right, .who = who, .target = &matrix->things->targets[0]};
            fail_attempt(&attempt, "never gets to what is hers", (Text){NULL, 0});
        }
    }
}

static void find_right(const Route *route, void *context) {
    const Rights *rights = context;
    for (size_t i = 0; i < rights->count; i++) {
        if (rights->items[i].method == route->method && text_equal(rights->items[i].path, text_of(route->path))) {
            rights->items[i].route = route;
            return;
        }
    }
    test_fail(
        __FILE__, __LINE__,
        "%s %s has no line in its capability's file NAME.rights: say there whose the thing is that its path names "
        "(testing/rights.h has the words)",
        route->method == POST ? "POST" : "GET", route->path);
}

SITE_TEST(each_route_as_each_person) {
    Rights rights = rights_read(site->arena);
    Matrix *matrix = arena_new(site->arena, Matrix);
    matrix->site = site;
    matrix->arena = arena_open((size_t)512 << 20);
    routes_each(site->options.routes, site->options.routes_count, find_right, &rights);
    make_world(matrix);
    for (size_t i = 0; i < rights.count; i++) {
        const Right *right = &rights.items[i];
        if (right->route == NULL) {
            test_fail(__FILE__, __LINE__, "%.*s is no route any more: take its line out of the file NAME.rights",
                      TEXT_ARG(right->path));
        }
        arena_reset(matrix->arena);
        try_right(matrix, right);
        const Text after = site_state(site);
        if (!text_equal(after, matrix->state)) {
            const Text difference = site_difference(site->arena, matrix->state, after);
            test_fail(__FILE__, __LINE__, "%.*s changes %.*s", TEXT_ARG(right->path), TEXT_ARG(difference));
        }
    }
    arena_close(matrix->arena);
}
