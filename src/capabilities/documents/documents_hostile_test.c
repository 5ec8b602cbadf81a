/** The application form against nasty texts and too many lines, over HTTP: kept exactly, or refused with words. */
#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "base/log.h"
#include "capabilities/documents/documents_issue.h"
#include "testing/html_check.h"
#include "testing/nasty.h"
#include "testing/site.h"

enum { LINES_MOST = 500 };

/* The fields that take any text, with what the others hold, so that only the text is tried. */
static const char *const text_fields[] = {
    "consignor_name", "consignor_address", "consignee_name",       "consignee_address", "transport_details",
    "invoice_number", "remarks",           "lines[0].description", "lines[0].marks",    "lines[0].package_kind",
};
enum { TEXT_FIELDS = sizeof text_fields / sizeof text_fields[0] };
static const struct {
    const char *name, *value;
} other_fields[] = {{"consignor_country", "MK"},    {"destination_country", "DE"}, {"origin_country", "MK"},
                    {"invoice_date", "2024-05-06"}, {"lines[0].quantity", "10"},   {"lines[0].unit", "LTR"}};
enum { OTHER_FIELDS = sizeof other_fields / sizeof other_fields[0] };

typedef struct Applicant {
    Site *site;
    HttpClient client;
    Text token;
    Text id;
} Applicant;

static Text path_of(const Applicant *applicant, const char *page) {
    return arena_format(applicant->client.arena, "/documents/%.*s%s", TEXT_ARG(applicant->id), page);
}

static Applicant apply(Site *site) {
    Applicant made = {.site = site, .client = site_person(site, "owner@vino.example", NULL)};
    made.token = site_form_token(&made.client);
    const HttpAnswer answer = site_send(&made.client, TEXT("/documents/new"), made.token, "type=certificate-of-origin");
    CHECK_INT(answer.code, 303);
    Text rest = http_header(&answer, "location");
    rest = text_slice(rest, sizeof "/documents/" - 1, rest.size);
    made.id = text_cut(&rest, '/');
    return made;
}

static size_t fill(const Applicant *applicant, Text text, HttpField *fields) {
    size_t count = 0;
    fields[count++] = (HttpField){.name = TEXT("_token"), .value = applicant->token};
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        fields[count++] = (HttpField){.name = text_of(text_fields[i]), .value = text};
    }
    for (size_t i = 0; i < OTHER_FIELDS; i++) {
        fields[count++] = (HttpField){.name = text_of(other_fields[i].name), .value = text_of(other_fields[i].value)};
    }
    return count;
}

static HttpAnswer post_text(Applicant *applicant, const char *page, Text text) {
    HttpField fields[1 + TEXT_FIELDS + OTHER_FIELDS];
    const size_t count = fill(applicant, text, fields);
    return http_post_fields(&applicant->client, path_of(applicant, page), fields, count);
}

/* What a browser would send again for the control of that name. */
static Text control_value(Arena *arena, xmlXPathContext *page, const char *name) {
    const Text path = arena_format(arena, "//*[@name='%s']", name);
    xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)path.data, page);
    CHECK(found != NULL && found->nodesetval != NULL && found->nodesetval->nodeNr == 1);
    const xmlNode *node = found->nodesetval->nodeTab[0];
    const bool area = strcmp((const char *)node->name, "textarea") == 0;
    xmlChar *value = area ? xmlNodeGetContent(node) : xmlGetProp(node, (const xmlChar *)"value");
    Text text = arena_copy(arena, text_of((const char *)value));
    if (area && text_starts_with(text, TEXT("\n"))) { /* browsers drop it too */
        text = text_slice(text, 1, text.size);
    }
    xmlFree(value);
    xmlXPathFreeObject(found);
    return text;
}

static void check_same(const char *where, const char *field, Text found, Text text) {
    if (!text_equal(found, text)) {
        test_fail(__FILE__, __LINE__, "%s: %s is \"%.*s\" instead of \"%.*s\"", where, field, TEXT_ARG(found),
                  TEXT_ARG(text));
    }
}

static void check_html(const Applicant *applicant, Text page, Text text) {
    Arena *arena = applicant->client.arena;
    CHECK_OK(html_check(arena, page));
    htmlDocPtr document = htmlReadMemory(page.data, (int)page.size, NULL, "UTF-8",
                                         HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    xmlXPathContext *context = xmlXPathNewContext(document);
    CHECK(document != NULL && context != NULL);
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        check_same("HTML", text_fields[i], control_value(arena, context, text_fields[i]), text);
    }
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
}

static Text member(const json_t *values, const char *field) {
    const json_t *line = json_array_get(json_object_get(values, "lines"), 0);
    const bool in_line = strncmp(field, "lines[0].", 9) == 0;
    const json_t *found = in_line ? json_object_get(line, field + 9) : json_object_get(values, field);
    return (Text){json_string_value(found), json_string_length(found)};
}

static void check_json(Applicant *applicant, Text text) {
    applicant->client.accept = TEXT("application/json");
    const HttpAnswer answer = http_get(&applicant->client, "GET", path_of(applicant, "/edit"), (Text){NULL, 0});
    applicant->client.accept = (Text){NULL, 0};
    json_t *json = json_loadb(answer.body.data, answer.body.size, JSON_REJECT_DUPLICATES, NULL);
    CHECK(json != NULL);
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        check_same("JSON", text_fields[i], member(json_object_get(json, "values"), text_fields[i]), text);
    }
    json_decref(json);
}

static void check_kept(Applicant *applicant, Text text) {
    HttpClient *client = &applicant->client;
    const HttpAnswer edit = http_get(client, "GET", path_of(applicant, "/edit"), (Text){NULL, 0});
    CHECK_INT(edit.code, 200);
    check_html(applicant, edit.body, text);
    check_json(applicant, text);
    static const char *const pages[] = {"", "/check"};
    for (size_t i = 0; i < 2; i++) {
        const HttpAnswer page = http_get(client, "GET", path_of(applicant, pages[i]), (Text){NULL, 0});
        CHECK_INT(page.code, 200);
        CHECK_OK(html_check(client->arena, page.body));
    }
    CHECK_INT(http_get(client, "GET", TEXT("/documents"), (Text){NULL, 0}).code, 200);
}

SITE_TEST(nasty_texts_are_kept_as_they_are) {
    Applicant applicant = apply(site);
    Arena *arena = arena_open((size_t)256 << 20);
    applicant.client.arena = arena;
    applicant.id = arena_copy(site->arena, applicant.id);
    for (size_t i = 0; i < nasty_text_count; i++) {
        const Text text = nasty_texts[i];
        const HttpAnswer draft = post_text(&applicant, "/draft", text);
        CHECK_INT(draft.code, 303);
        check_kept(&applicant, text);
        const HttpAnswer answer = post_text(&applicant, "/edit", text);
        if (answer.code != 303) {
            test_fail(__FILE__, __LINE__, "\"%.*s\": %d %.*s", TEXT_ARG(text), answer.code,
                      TEXT_ARG(html_visible_text(arena, answer.body)));
        }
        check_kept(&applicant, text);
        arena_reset(arena);
    }
    arena_close(arena);
}

SITE_TEST(texts_that_cannot_be_printed_are_refused) {
    Applicant applicant = apply(site);
    const Text before = site_state(site);
    for (size_t i = 0; i < nasty_refused_count; i++) {
        const HttpAnswer answer = post_text(&applicant, "/edit", nasty_refused[i]);
        const Text visible = html_visible_text(site->arena, answer.body);
        const bool of_field = answer.code == 422 && text_find(visible, TEXT("“Consignee”"), &(size_t){0}) &&
                              text_find(answer.body, TEXT("Lozarska"), &(size_t){0}) == false &&
                              text_find(answer.body, TEXT("value=\"2024-05-06\""), &(size_t){0});
        const bool of_form = answer.code == 400 && text_find(visible, TEXT("consignor_name"), &(size_t){0});
        if (!of_field && !of_form) {
            test_fail(__FILE__, __LINE__, "text %zu: %d %.*s", i, answer.code, TEXT_ARG(visible));
        }
        CHECK_OK(html_check(site->arena, answer.body));
    }
    CHECK(text_equal(site_state(site), before));
}

/* Whatever stands in an application, the paper is drawn or refused with words about a box. */

typedef struct Drawing {
    Applicant *applicant;
    size_t printed;
} Drawing;

static Status try_drawing(Connection *connection, void *context) {
    const Drawing *drawing = context;
    const Site *site = drawing->applicant->site;
    DocumentId document = {0};
    DocumentsRow row = {0};
    CHECK_OK(id_read(drawing->applicant->id, &document.value));
    TRY(documents_by_id(connection, drawing->applicant->client.arena, site->world->chamber, document, &row));
    return documents_try_drawing(connection, drawing->applicant->client.arena, site->world->outside,
                                 site->world->chamber, &row);
}

SITE_TEST(nasty_texts_are_printed_or_refused_with_words) {
    Applicant applicant = apply(site);
    Drawing drawing = {.applicant = &applicant};
    Arena *arena = arena_open((size_t)512 << 20);
    applicant.client.arena = arena;
    for (size_t i = 0; i < nasty_text_count; i++) {
        CHECK_INT(post_text(&applicant, "/edit", nasty_texts[i]).code, 303);
        const Status status = database_read(site->database, try_drawing, &drawing);
        const Text words = failure_take();
        const bool refused =
            (status == STATUS_INVALID || status == STATUS_TOO_LARGE) && text_find(words, TEXT("box "), &(size_t){0});
        if (status != STATUS_OK && !refused) {
            test_fail(__FILE__, __LINE__, "\"%.*s\": %s: %.*s", TEXT_ARG(nasty_texts[i]), status_name(status),
                      TEXT_ARG(words));
        }
        if (refused) {
            printf("# \"%.*s\": %.*s\n", TEXT_ARG(nasty_texts[i]), TEXT_ARG(words));
        }
        drawing.printed += status == STATUS_OK;
        arena_reset(arena);
    }
    CHECK(drawing.printed > nasty_text_count * 8 / 10);
    arena_close(arena);
}

/* Lines. */

static HttpAnswer post_lines(Applicant *applicant, size_t count) {
    Arena *arena = applicant->client.arena;
    HttpField *fields = arena_new_array(arena, HttpField, 20 + count * 10);
    static const char *const parts[][2] = {{"description", "Wine, red"}, {"marks", "1-10"},     {"packages", "3"},
                                           {"package_kind", "cartons"},  {"hs_code", "220421"}, {"origin", "MK"},
                                           {"quantity", "10"},           {"unit", "LTR"},       {"gross_weight", "12"},
                                           {"net_weight", "11"}};
    size_t at = 0;
    fields[at++] = (HttpField){.name = TEXT("_token"), .value = applicant->token};
    for (size_t i = 0; i < TEXT_FIELDS - 3; i++) {
        fields[at++] = (HttpField){.name = text_of(text_fields[i]), .value = TEXT("x")};
    }
    for (size_t i = 0; i < OTHER_FIELDS - 2; i++) {
        fields[at++] = (HttpField){.name = text_of(other_fields[i].name), .value = text_of(other_fields[i].value)};
    }
    for (size_t line = 0; line < count; line++) {
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            fields[at++] = (HttpField){.name = arena_format(arena, "lines[%zu].%s", line, parts[i][0]),
                                       .value = text_of(parts[i][1])};
        }
    }
    return http_post_fields(&applicant->client, path_of(applicant, "/edit"), fields, at);
}

SITE_TEST(the_greatest_application_is_taken_and_a_greater_one_refused) {
    Applicant applicant = apply(site);
    CHECK_INT(post_lines(&applicant, LINES_MOST).code, 303);
    const HttpAnswer page = http_get(&applicant.client, "GET", path_of(&applicant, "/edit"), (Text){NULL, 0});
    CHECK_INT(page.code, 200);
    CHECK(text_find(page.body, TEXT("lines[499].net_weight"), &(size_t){0}));
    const Text before = site_state(site);
    static const size_t counts[] = {LINES_MOST + 1, 10000};
    for (size_t i = 0; i < 2; i++) {
        const HttpAnswer answer = post_lines(&applicant, counts[i]);
        const Text visible = html_visible_text(site->arena, answer.body);
        if (answer.code != 413 || !text_find(visible, TEXT("rows"), &(size_t){0})) {
            test_fail(__FILE__, __LINE__, "%zu lines: %d %.*s", counts[i], answer.code, TEXT_ARG(visible));
        }
    }
    Buffer json = buffer_make(site->arena, (size_t)4 << 20);
    buffer_append(&json, TEXT("{\"lines\":[{}"));
    for (int i = 1; i < 10000; i++) {
        buffer_append(&json, TEXT(",{}"));
    }
    buffer_append(&json, TEXT("]}"));
    const HttpAnswer answer = http_post(&applicant.client, path_of(&applicant, "/draft"), TEXT("application/json"),
                                        (Text){json.data, json.size},
                                        arena_format(site->arena, "X-Form-Token: %.*s\r\n", TEXT_ARG(applicant.token)));
    CHECK_INT(answer.code, 413);
    CHECK(text_find(answer.body, TEXT("lines may have at most 500 rows"), &(size_t){0}));
    CHECK(text_equal(site_state(site), before));
}
