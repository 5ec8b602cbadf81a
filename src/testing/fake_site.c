/** Pages, forms and hooks of the site that http's tests ask. */
#include "testing/fake_site.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/log.h"
#include "database/statement.h"
#include "html/writer.h"
#include "testing/test.h"

FakeSite fake_site;

/* The one table, by hand, since its statements are of no room. */
typedef struct NoteCount {
    int64_t count;
} NoteCount;
static const Statement make_table = {
    .name = "fake_note_make",
    .sqlite = "CREATE TABLE IF NOT EXISTS fake_note (id INTEGER PRIMARY KEY, title TEXT NOT NULL)",
    .postgresql = "CREATE TABLE IF NOT EXISTS fake_note (id BIGINT PRIMARY KEY, title TEXT NOT NULL)",
};
static const ValueKind insert_kinds[] = {VALUE_INT, VALUE_TEXT};
static const Statement insert_note = {
    .name = "fake_note_insert",
    .sqlite = "INSERT INTO fake_note (id, title) VALUES (?1, ?2)",
    .postgresql = "INSERT INTO fake_note (id, title) VALUES ($1, $2)",
    .parameters = insert_kinds,
    .parameter_count = 2,
};
static const StatementColumn count_columns[] = {{"count", VALUE_INT, offsetof(NoteCount, count)}};
static const Statement count_notes = {
    .name = "fake_note_count",
    .sqlite = "SELECT count(*) AS count FROM fake_note",
    .postgresql = "SELECT count(*) AS count FROM fake_note",
    .columns = count_columns,
    .column_count = 1,
    .row_size = sizeof(NoteCount),
};

/* Forms. */
typedef struct NoteLine {
    Text goods;
    int64_t pieces;
} NoteLine;
typedef struct NoteForm {
    Text title, body;
    bool urgent;
    struct {
        NoteLine *items;
        size_t count;
    } lines;
} NoteForm;
static const Field line_fields[] = {
    FORM_FIELD(NoteLine, goods, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Goods"), .required = true),
    FORM_FIELD(NoteLine, pieces, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Pieces"), .minimum = 1, .maximum = 1000),
};
static const Form line_form = FORM(NoteLine, line_fields);
static const Field note_fields[] = {
    FORM_FIELD(NoteForm, title, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Title"), .required = true, .limit = 60),
    FORM_FIELD(NoteForm, body, .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("Text")),
    FORM_FIELD(NoteForm, urgent, .kind = FIELD_CHECK, .label = MESSAGE_INIT("Urgent")),
    FORM_FIELD(NoteForm, lines, .kind = FIELD_GROUP, .label = MESSAGE_INIT("Lines"), .group = &line_form, .limit = 5),
};
static const Form note_form = FORM(NoteForm, note_fields);

typedef struct UploadForm {
    Text title;
    Upload file;
} UploadForm;
static const Field upload_fields[] = {
    FORM_FIELD(UploadForm, title, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Title")),
    FORM_FIELD(UploadForm, file, .kind = FIELD_FILE, .label = MESSAGE_INIT("File"), .required = true, .limit = 3 << 20),
};
static const Form upload_form = FORM(UploadForm, upload_fields);

typedef struct SearchForm {
    Text q;
    int64_t page;
} SearchForm;
static const Field search_fields[] = {
    FORM_FIELD(SearchForm, q, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Words")),
    FORM_FIELD(SearchForm, page, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Page"), .minimum = 1, .maximum = 99),
};
static const Form search_form = FORM(SearchForm, search_fields);

typedef struct SignInForm {
    Text email, password;
} SignInForm;
static const Field sign_in_fields[] = {
    FORM_FIELD(SignInForm, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail"), .required = true),
    FORM_FIELD(SignInForm, password, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Password"), .required = true),
};
static const Form sign_in_form = FORM(SignInForm, sign_in_fields);

/* Views, as htmlgen would write them. */
typedef struct TextPage {
    Text title, text;
    const FormValues *form;
    const char *action;
} TextPage;

static void text_title(Writer *writer, const void *model) {
    write_value(writer, ((const TextPage *)model)->title);
}

static void text_html(Writer *writer, const void *model) {
    const TextPage *page = model;
    html_page_begin(writer, text_title, page);
    write_literal(writer, "<h1>", 4);
    write_value(writer, page->title);
    write_literal(writer, "</h1><p>", 8);
    write_value(writer, page->text);
    write_literal(writer, "</p>", 4);
    if (page->form != NULL) {
        html_errors(writer, page->form);
        write_literal(writer, "<form method=\"post\" action=\"", 28);
        write_attribute(writer, text_of(page->action));
        write_literal(writer, "\"", 1);
        html_form_rest(writer, page->form);
        html_fields(writer, page->form);
        write_literal(writer, "<button>Send</button>", 21);
        html_form_end(writer);
    }
    html_page_end(writer);
}

static void text_json(Writer *writer, const void *model) {
    const TextPage *page = model;
    write_literal(writer, "{\"title\":", 9);
    write_json(writer, page->title);
    write_literal(writer, ",\"text\":", 8);
    write_json(writer, page->text);
    write_literal(writer, "}", 1);
}

static const View both_view = {"both", text_html, text_json};
static const View html_view = {"html", text_html, NULL};
static const View json_view = {"json", NULL, text_json};

static Status show_text(Request *request, const View *view, Text title, Text text, const FormValues *form,
                        const char *action) {
    TextPage *page = arena_new(request->arena, TextPage);
    *page = (TextPage){title, text, form, action};
    return show(request, (Shown){view, page});
}

/* Pages. */
static Status home(Request *request) {
    return show_text(request, &both_view, TEXT("Home"), request->chamber.name, NULL, NULL);
}

static Status private_home(Request *request) {
    return show_text(request, &both_view, TEXT("Who"),
                     request->actor.account.value != 0 ? request->actor.name : TEXT("stranger"), NULL, NULL);
}

static Status officers(Request *request) {
    return show_text(request, &both_view, TEXT("Officers"), request->actor.name, NULL, NULL);
}

static Status html_only(Request *request) {
    return show_text(request, &html_view, TEXT("Only HTML"), TEXT("x"), NULL, NULL);
}

static Status json_only(Request *request) {
    return show_text(request, &json_view, TEXT("Only JSON"), TEXT("x"), NULL, NULL);
}

static Status note_show(Request *request) {
    char letters[ID_TEXT_SIZE + 1];
    id_write(request_path_id(request, "note"), letters);
    return show_text(request, &both_view, TEXT("Note"), arena_copy(request->arena, text_of(letters)), NULL, NULL);
}

static Status tag_show(Request *request) {
    return show_text(request, &both_view, TEXT("Tag"), request_path_text(request, "tag"), NULL, NULL);
}

static Status note_new(Request *request) {
    return show_text(request, &both_view, TEXT("New note"), TEXT(""), request_values_or(request, &note_form, NULL),
                     "/notes");
}

static Status note_add(Request *request) {
    const NoteForm *form = FORM_OF(NoteForm, request);
    const int64_t id = id_make();
    char letters[ID_TEXT_SIZE + 1];
    fake_site.handler_runs++;
    const Value values[] = {value_int(id), value_text(form->title)};
    TRY(statement_exec(request->connection, &insert_note, values));
    id_write(id, letters);
    if (text_equal(form->title, TEXT("taken"))) {
        return refuse_field(request, "title", MESSAGE("This title is taken."));
    }
    if (text_equal(form->title, TEXT("bad line"))) {
        return refuse_field(request, "lines[0].goods", MESSAGE("These goods are not traded."));
    }
    if (text_equal(form->title, TEXT("conflict"))) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("The note is locked."));
    }
    if (text_equal(form->title, TEXT("no answer"))) {
        return STATUS_OK;
    }
    if (text_equal(form->title, TEXT("broken"))) {
        return fail(STATUS_FAILED, "a secret path /var/lib/x");
    }
    if (text_equal(request_action(request), TEXT("draft"))) {
        return redirect(request, "/drafts/%s", letters);
    }
    notice(request, MESSAGE("Saved"));
    return redirect(request, "/notes/%s", letters);
}

static Status retry(Request *request) {
    const int64_t id = id_make();
    const Value values[] = {value_int(id), value_text(TEXT("retried"))};
    fake_site.handler_runs++;
    TRY(statement_exec(request->connection, &insert_note, values));
    if (text_equal(request_action(request), TEXT("field"))) {
        return refuse_field(request, "nowhere", MESSAGE("There is no field here."));
    }
    if (fake_site.retries > 0) {
        fake_site.retries--;
        return STATUS_RETRY;
    }
    return redirect(request, "/who");
}

static Status search(Request *request) {
    const SearchForm *form = FORM_OF(SearchForm, request);
    return show_text(request, &both_view, TEXT("Found"),
                     arena_format(request->arena, "q=%.*s page=%lld", TEXT_ARG(form->q), (long long)form->page), NULL,
                     NULL);
}

static Status upload_show(Request *request) {
    return show_text(request, &both_view, TEXT("Upload"), TEXT(""), request_values_or(request, &upload_form, NULL),
                     "/upload");
}

static Status upload_take(Request *request) {
    const UploadForm *form = FORM_OF(UploadForm, request);
    const Sha256 digest = sha256(form->file.bytes);
    const Text text =
        arena_format(request->arena, "%.*s|%.*s|%zu|%.*s|%.*s", TEXT_ARG(form->file.name), TEXT_ARG(form->file.type),
                     form->file.bytes.size, TEXT_ARG(sha256_hex(request->arena, &digest)), TEXT_ARG(form->title));
    return show_text(request, &both_view, TEXT("Got"), text, NULL, NULL);
}

static Status file_show(Request *request) {
    const Text kind = request_path_text(request, "kind");
    if (text_equal(kind, TEXT("pdf"))) {
        return answer_bytes(request, TEXT("application/pdf"), (Text){NULL, 0}, TEXT("%PDF-1.7"));
    }
    if (text_equal(kind, TEXT("html"))) {
        return answer_bytes(request, TEXT("text/html"), (Text){NULL, 0}, TEXT("<script>alert(1)</script>"));
    }
    if (text_equal(kind, TEXT("named"))) {
        return answer_bytes(request, TEXT("application/pdf"), TEXT("Вино \"2026\"; x\r\nA: b.pdf"), TEXT("%PDF-1.7"));
    }
    if (text_equal(kind, TEXT("big"))) {
        return answer_bytes(request, TEXT("image/png"), (Text){NULL, 0},
                            (Text){arena_allocate(request->arena, FAKE_SITE_BIG), FAKE_SITE_BIG});
    }
    return answer_bytes(request, TEXT("text/plain\r\nEvil: 1"), (Text){NULL, 0}, TEXT("x"));
}

/* The form depends on what the path names. */
static Status chosen_form(Request *request, const Form **ret_form) {
    const Text kind = request_path_text(request, "kind");
    CHECK(request->connection != NULL);
    if (text_equal(kind, TEXT("note"))) {
        *ret_form = &note_form;
    } else if (text_equal(kind, TEXT("search"))) {
        *ret_form = &search_form;
    } else {
        return refuse(request, STATUS_NOT_FOUND, MESSAGE("There is no such form."));
    }
    return STATUS_OK;
}

static Status chosen_show(Request *request) {
    const Form *form = NULL;
    TRY(chosen_form(request, &form));
    return show_text(request, &both_view, TEXT("Chosen"), TEXT(""), request_values_or(request, form, NULL),
                     "/chosen/x");
}

static Status chosen_take(Request *request) {
    const FormValues *values = request_values(request);
    CHECK(request_form(request) != NULL);
    return show_text(request, &both_view, TEXT("Taken"), text_of(values->form->name), NULL, NULL);
}

static Status sign_in_show(Request *request) {
    return show_text(request, &both_view, TEXT("Sign in"), TEXT(""), request_values_or(request, &sign_in_form, NULL),
                     "/sign-in");
}

static Status sign_in_prepare(Request *request) {
    const SignInForm *form = FORM_OF(SignInForm, request);
    CHECK(request->connection == NULL);
    fake_site.prepared++;
    request->prepared = text_equal(form->password, TEXT("right")) ? request : NULL;
    return request->prepared != NULL ? STATUS_OK
                                     : refuse_field(request, "password", MESSAGE("That is not the password."));
}

static Status sign_in(Request *request) {
    Text email = FORM_OF(SignInForm, request)->email;
    const Text person = text_cut(&email, '@');
    const Text name = arena_format(request->arena, "session-of-%.*s", TEXT_ARG(person));
    CHECK(request->prepared == request);
    answer_cookie(request, "session", name, 3600);
    return redirect(request, "%.*s", TEXT_ARG(request_cookie(request, "next")));
}

static Status sign_out(Request *request) {
    answer_cookie(request, "session", (Text){NULL, 0}, 0);
    return redirect(request, "//evil.example/%s", request_action(request).size > 0 ? "a" : "b");
}

static Status slow(Request *request) {
    const struct timespec time = {.tv_nsec = 300 * 1000000L};
    (void)request;
    nanosleep(&time, NULL);
    return STATUS_OK;
}

static Status slow_done(Request *request) {
    return redirect(request, "/who");
}

static Status long_page(Request *request) {
    char *text = arena_allocate(request->arena, 20000);
    memset(text, 'x', 20000);
    return show_text(request, &both_view, TEXT("Long"), (Text){text, 20000}, NULL, NULL);
}

static const Permission OFFICERS = {"OFFICERS", ROLE_OFFICER};
static const Permission ANYBODY = {"ANYBODY", ROLE_SIGNED_IN};

static const Route items[] = {
    {.method = GET, .path = "/", .who = ANYONE, .handler = home, .cacheable = true},
    {.method = GET, .path = "/public-form", .who = ANYONE, .handler = note_new, .cacheable = true},
    {.method = GET, .path = "/long", .who = ANYONE, .handler = long_page, .cacheable = true},
    {.method = GET, .path = "/who", .who = ANYONE, .handler = private_home},
    {.method = GET, .path = "/officers", .who = MAY(OFFICERS), .handler = officers},
    {.method = POST, .path = "/officers", .who = MAY(OFFICERS), .handler = retry},
    {.method = GET, .path = "/html", .who = ANYONE, .handler = html_only},
    {.method = GET, .path = "/json", .who = ANYONE, .handler = json_only},
    {.method = GET, .path = "/notes/new", .who = ANYONE, .handler = note_new},
    {.method = GET, .path = "/notes/{note}", .who = ANYONE, .handler = note_show},
    {.method = GET, .path = "/drafts/{note}", .who = ANYONE, .handler = note_show},
    {.method = POST, .path = "/notes", .who = ANYONE, .form = &note_form, .handler = note_add, .page = note_new},
    {.method = GET, .path = "/tags/{tag:text}", .who = ANYONE, .handler = tag_show},
    {.method = GET, .path = "/search", .who = ANYONE, .form = &search_form, .handler = search},
    {.method = POST, .path = "/retry", .who = ANYONE, .handler = retry},
    {.method = GET, .path = "/upload", .who = ANYONE, .handler = upload_show},
    {.method = POST,
     .path = "/upload",
     .who = ANYONE,
     .form = &upload_form,
     .handler = upload_take,
     .page = upload_show,
     .body_limit = 4 << 20},
    {.method = POST,
     .path = "/members-upload",
     .who = MAY(ANYBODY),
     .form = &upload_form,
     .handler = upload_take,
     .page = upload_show,
     .body_limit = 4 << 20},
    {.method = GET, .path = "/files/{kind:text}", .who = ANYONE, .handler = file_show},
    {.method = GET, .path = "/lasting/{kind:text}", .who = ANYONE, .handler = file_show, .lasting = true},
    {.method = POST,
     .path = "/chosen/{kind:text}",
     .who = ANYONE,
     .form_for = chosen_form,
     .handler = chosen_take,
     .page = chosen_show},
    {.method = GET, .path = "/sign-in", .who = ANYONE, .handler = sign_in_show},
    {.method = POST,
     .path = "/sign-in",
     .who = ANYONE,
     .form = &sign_in_form,
     .handler = sign_in,
     .page = sign_in_show,
     .prepare = sign_in_prepare,
     .costly = true},
    {.method = POST, .path = "/sign-out", .who = MAY(ANYBODY), .handler = sign_out},
    {.method = POST, .path = "/slow", .who = ANYONE, .handler = slow_done, .prepare = slow, .costly = true},
};
static const Routes routes = {items, sizeof(items) / sizeof(items[0])};
static const Routes *const tables[] = {&routes};

/* Hooks. */
static Status chamber_of_host(Connection *connection, Arena *arena, Text host, ChamberContext *ret_chamber) {
    (void)connection, (void)arena;
    if (text_equal(host, TEXT("127.0.0.1")) || text_equal(host, TEXT("localhost")) ||
        text_equal(host, TEXT("one.example"))) {
        *ret_chamber = (ChamberContext){.id = {1},
                                        .code = TEXT("one"),
                                        .name = TEXT("First Chamber"),
                                        .country = TEXT("MK"),
                                        .languages = TEXT("en mk")};
        return STATUS_OK;
    }
    if (text_equal(host, TEXT("two.example"))) {
        *ret_chamber = (ChamberContext){.id = {2},
                                        .code = TEXT("two"),
                                        .name = TEXT("Second Chamber"),
                                        .country = TEXT("PE"),
                                        .languages = TEXT("en")};
        return STATUS_OK;
    }
    if (text_equal(host, TEXT("down.example"))) {
        return fail(STATUS_UNAVAILABLE, "the database is away");
    }
    return STATUS_NOT_FOUND;
}

typedef struct FakePerson {
    const char *token, *name;
    int64_t account;
    unsigned roles;
} FakePerson;

static Status find_person(const FakePerson *people, size_t count, ChamberId chamber, Text digest, Actor *ret_actor) {
    for (size_t i = 0; i < count; i++) {
        const Sha256 own = sha256(text_of(people[i].token));
        if (chamber.value == 1 && text_equal(sha256_text(&own), digest)) {
            *ret_actor = (Actor){.account = {people[i].account},
                                 .roles = people[i].roles,
                                 .name = text_of(people[i].name),
                                 .unseen = true};
            return STATUS_OK;
        }
    }
    return fail(STATUS_NOT_FOUND, "no such session");
}

static Status actor_of_session(Connection *connection, Arena *arena, ChamberId chamber, Text digest, Time now,
                               Actor *ret_actor) {
    static const FakePerson people[] = {{"session-of-ann", "Ann", 11, ROLE_APPLICANT},
                                        {"session-of-olga", "Olga", 12, ROLE_OFFICER}};
    (void)connection, (void)arena, (void)now;
    return find_person(people, 2, chamber, digest, ret_actor);
}

static Status actor_of_token(Connection *connection, Arena *arena, ChamberId chamber, Text digest, Time now,
                             Actor *ret_actor) {
    static const FakePerson people[] = {{"token-of-ann", "Ann", 11, ROLE_APPLICANT}};
    (void)connection, (void)arena, (void)now;
    return find_person(people, 1, chamber, digest, ret_actor);
}

static Status session_seen(Connection *connection, ChamberId chamber, Text digest, Time now) {
    (void)connection, (void)chamber, (void)digest, (void)now;
    fake_site.seen++;
    return STATUS_OK;
}

static Status fill_frame(Request *request, Frame *frame) {
    FrameLink *link = arena_new(request->arena, FrameLink);
    *link = (FrameLink){.label = MESSAGE("Home"), .address = TEXT("/")};
    frame->navigation = (FrameLinks){link, 1};
    return STATUS_OK;
}

static Status make_table_body(Connection *connection, void *context) {
    (void)context;
    return statement_exec(connection, &make_table, NULL);
}

Status fake_site_begin(Database *database, ServerOptions *ret_options) {
    TRY(database_write(database, make_table_body, NULL));
    *ret_options = (ServerOptions){
        .threads = 2,
        .secret = TEXT("a secret of this installation 32"),
        .database = database,
        .routes = tables,
        .routes_count = 1,
        .hooks = {chamber_of_host, actor_of_session, actor_of_token, session_seen, fill_frame},
        .limits = {.stranger_posts = 1000, .stranger_posts_minute = 1000},
        .quiet = true,
    };
    return STATUS_OK;
}

typedef struct CountRun {
    Arena *arena;
    NoteCount found;
} CountRun;

static Status count_body(Connection *connection, void *context) {
    CountRun *run = context;
    return statement_one(connection, run->arena, &count_notes, NULL, &run->found);
}

int64_t fake_site_notes(Database *database) {
    CountRun run = {.arena = arena_open(1 << 20)};
    CHECK_OK(database_read(database, count_body, &run));
    arena_close(run.arena);
    return run.found.count;
}
