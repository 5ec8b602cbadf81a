/** The lines of a scenario: requests and what is expected of their answers. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "testing/html_check.h"
#include "testing/scenario_inside.h"

#define FILE_MAX ((size_t)32 << 20)

Text scenario_word(Text *rest) {
    const Text word = text_cut(rest, ' ');
    *rest = text_trim(*rest);
    return word;
}

Status scenario_fill(ScenarioRun *run, Text text, Text *ret_text) {
    Buffer buffer = buffer_make(run->arena, (size_t)1 << 20);
    while (text.size > 0) {
        size_t open = 0, end = 0;
        if (!text_find(text, TEXT("{"), &open)) {
            break;
        }
        Text name = text_slice(text, open + 1, text.size);
        if (!text_find(name, TEXT("}"), &end)) {
            break;
        }
        name = text_slice(name, 0, end);
        size_t at = 0;
        while (at < run->capture_count && !text_equal(run->captures[at].name, name)) {
            at++;
        }
        buffer_append(&buffer, text_slice(text, 0, open));
        if (at < run->capture_count) {
            buffer_append(&buffer, run->captures[at].value);
        } else {
            buffer_append(&buffer, text_slice(text, open, open + end + 2)); /* JSON has braces of its own */
        }
        text = text_slice(text, open + end + 2, text.size);
    }
    buffer_append(&buffer, text);
    return buffer_take(&buffer, ret_text);
}

static Status keep_capture(ScenarioRun *run, Text name, Text value) {
    size_t at = 0;
    while (at < run->capture_count && !text_equal(run->captures[at].name, name)) {
        at++;
    }
    if (at == CAPTURES_MAX) {
        return fail(STATUS_INVALID, "too many captures");
    }
    run->captures[at] = (ScenarioCapture){arena_copy(run->arena, name), arena_copy(run->arena, value)};
    run->capture_count += at == run->capture_count;
    return STATUS_OK;
}

/* Matches an extended regular expression; gives its first group, or all of the match without one. */
static Status match(ScenarioRun *run, Text subject, Text pattern, Text *ret_found) {
    regex_t compiled;
    regmatch_t groups[2];
    const char *c_subject = arena_c_string(run->arena, subject);
    if (regcomp(&compiled, arena_c_string(run->arena, pattern), REG_EXTENDED | REG_NEWLINE) != 0) {
        return fail(STATUS_INVALID, "no regular expression: %.*s", TEXT_ARG(pattern));
    }
    const int result = regexec(&compiled, c_subject, 2, groups, 0);
    const size_t subexpressions = compiled.re_nsub;
    regfree(&compiled);
    if (result != 0) {
        return fail(STATUS_INVALID, "nothing matches %.*s in: %.*s", TEXT_ARG(pattern),
                    TEXT_ARG(text_slice(subject, 0, 200)));
    }
    const regmatch_t group = groups[subexpressions > 0 ? 1 : 0];
    *ret_found = text_slice(subject, (size_t)group.rm_so, (size_t)group.rm_eo);
    return STATUS_OK;
}

/* The page as a file for judges, where the environment names a directory. */
static void keep_page(const ScenarioRun *run, Text page) {
    static int number;
    const char *directory = getenv("TRADEPOST_PAGES");
    const char *base = strrchr(run->name, '/');
    if (directory == NULL) {
        return;
    }
    const Text path = arena_format(run->arena, "%s/%s-%s-%zu-%d.html", directory, base != NULL ? base + 1 : run->name,
                                   run->engine, run->line, ++number);
    FILE *file = fopen(path.data, "wb");
    if (file != NULL) {
        (void)fwrite(page.data, 1, page.size, file);
        (void)fclose(file);
    }
}

static Status take_answer(ScenarioRun *run, HttpAnswer answer) {
    run->answer = answer;
    run->answered = true;
    if (answer.code == 0) {
        return fail(STATUS_INVALID, "the server closed without an answer");
    }
    if (text_starts_with(http_header(&answer, "content-type"), TEXT("text/html")) && answer.body.size > 0) {
        run->person->page = answer.body;
        keep_page(run, answer.body);
        TRY(html_check(run->arena, answer.body));
    }
    return STATUS_OK;
}

static void dress_client(ScenarioRun *run) {
    HttpClient *client = &run->person->client;
    client->arena = run->arena;
    client->port = run->port;
    client->host = run->host;
    client->language = run->language;
    client->accept = run->accept;
    client->bearer = run->token;
}

static Status send_request(ScenarioRun *run) {
    ScenarioRequest *request = &run->request;
    const Text token = http_form_token(run->person->page);
    run->pending = false;
    dress_client(run);
    if (request->json.size > 0) {
        return take_answer(run, http_post(&run->person->client, request->path, TEXT("application/json"), request->json,
                                          (Text){NULL, 0}));
    }
    if (!text_equal(request->method, TEXT("POST"))) {
        return take_answer(run, http_get(&run->person->client, arena_c_string(run->arena, request->method),
                                         request->path, (Text){NULL, 0}));
    }
    if (!request->has_token && token.size > 0) {
        request->fields[request->field_count++] = (HttpField){.name = TEXT("_token"), .value = token};
    }
    return take_answer(run,
                       http_post_fields(&run->person->client, request->path, request->fields, request->field_count));
}

static Status expect_code(ScenarioRun *run, int64_t code) {
    run->answered = false;
    if (run->answer.code != code) {
        return fail(STATUS_INVALID, "answered %d instead of %d: %.*s", run->answer.code, (int)code,
                    TEXT_ARG(text_slice(html_visible_text(run->arena, run->answer.body), 0, 300)));
    }
    return STATUS_OK;
}

Status scenario_finish(ScenarioRun *run) {
    if (run->pending) {
        TRY(send_request(run));
    }
    if (run->answered) {
        return expect_code(run, text_starts_with(run->what, TEXT("POST")) ? 303 : 200);
    }
    return STATUS_OK;
}

static Status start_request(ScenarioRun *run, Text method, Text rest) {
    TRY(scenario_finish(run));
    run->request = (ScenarioRequest){.method = arena_copy(run->arena, method)};
    TRY(scenario_fill(run, rest, &run->request.path));
    run->what = arena_format(run->arena, "%.*s %.*s", TEXT_ARG(method), TEXT_ARG(rest));
    run->pending = true;
    return STATUS_OK;
}

static Status sign_in(ScenarioRun *run, Text name) {
    const char *path = run->setup->sign_in_path != NULL ? run->setup->sign_in_path : "/sign-in";
    HttpClient *client = &run->person->client;
    dress_client(run);
    client->accept = client->bearer = (Text){NULL, 0};
    const HttpAnswer page = http_get(client, "GET", text_of(path), (Text){NULL, 0});
    const HttpField fields[] = {{.name = TEXT("email"), .value = name},
                                {.name = TEXT("password"), .value = text_of(run->setup->password)},
                                {.name = TEXT("_token"), .value = http_form_token(page.body)}};
    const HttpAnswer answer = http_post_fields(client, text_of(path), fields, sizeof(fields) / sizeof(fields[0]));
    if (answer.code != 303) {
        return fail(STATUS_INVALID, "%.*s cannot sign in: %d %.*s", TEXT_ARG(name), answer.code,
                    TEXT_ARG(text_slice(html_visible_text(run->arena, answer.body), 0, 300)));
    }
    return STATUS_OK;
}

static Status line_as(ScenarioRun *run, Text name) {
    const bool is_stranger = text_equal(name, TEXT("nobody"));
    TRY(scenario_finish(run));
    for (size_t i = 0; i < run->person_count && !is_stranger; i++) {
        if (text_equal(run->persons[i].name, name)) {
            run->person = &run->persons[i];
            return STATUS_OK;
        }
    }
    if (run->person_count == PERSONS_MAX) {
        return fail(STATUS_INVALID, "too many persons");
    }
    run->person = &run->persons[run->person_count++];
    *run->person = (ScenarioPerson){.name = arena_copy(run->arena, name)};
    return is_stranger ? STATUS_OK : sign_in(run, name);
}

/* "\n" in a value is a line end. */
static Text unescape_lines(Arena *arena, Text text) {
    Buffer buffer = buffer_make(arena, text.size + 1);
    for (size_t i = 0; i < text.size; i++) {
        const bool is_end = text.data[i] == '\\' && i + 1 < text.size && text.data[i + 1] == 'n';
        buffer_append_byte(&buffer, is_end ? '\n' : text.data[i]);
        i += is_end;
    }
    return (Text){buffer.data, buffer.size};
}

static Status read_file(ScenarioRun *run, Text path, Text *ret_bytes) {
    FILE *file = fopen(arena_c_string(run->arena, path), "rb");
    Buffer buffer = buffer_make(run->arena, FILE_MAX);
    static char part[65536];
    if (file == NULL) {
        return fail(STATUS_INVALID, "there is no file %.*s", TEXT_ARG(path));
    }
    for (size_t size = fread(part, 1, sizeof(part), file); size > 0; size = fread(part, 1, sizeof(part), file)) {
        buffer_append(&buffer, (Text){part, size});
    }
    (void)fclose(file);
    return buffer_take(&buffer, ret_bytes);
}

static Text type_of(Text path) {
    return text_ends_with(path, TEXT(".pdf"))   ? TEXT("application/pdf")
           : text_ends_with(path, TEXT(".xml")) ? TEXT("application/xml")
           : text_ends_with(path, TEXT(".png")) ? TEXT("image/png")
           : text_ends_with(path, TEXT(".jpg")) ? TEXT("image/jpeg")
                                                : TEXT("application/octet-stream");
}

/* A line of a form: "name = value", "name < file" or "json ...". */
static Status line_of_form(ScenarioRun *run, Text line) {
    ScenarioRequest *request = &run->request;
    HttpField field = {0};
    Text rest = line, filled = {NULL, 0};
    const Text name = scenario_word(&rest);
    if (!run->pending) {
        return fail(STATUS_INVALID, "a form's line without its request");
    }
    if (text_equal(name, TEXT("json"))) {
        return scenario_fill(run, rest, &request->json);
    }
    const Text sign = scenario_word(&rest);
    TRY(scenario_fill(run, rest, &filled));
    TRY(scenario_fill(run, name, &field.name));
    if (text_equal(sign, TEXT("<"))) {
        const char *base = strrchr(arena_c_string(run->arena, filled), '/');
        field.is_file = true;
        field.file_name = base != NULL ? text_of(base + 1) : filled;
        field.type = type_of(filled);
        TRY(read_file(run, filled, &field.value));
    } else if (text_equal(sign, TEXT("="))) {
        field.value = unescape_lines(run->arena, filled);
    } else {
        return fail(STATUS_INVALID, "no line of a form: %.*s", TEXT_ARG(line));
    }
    if (request->field_count >= FIELDS_MAX - 1) {
        return fail(STATUS_INVALID, "too many fields");
    }
    request->has_token = request->has_token || text_equal(field.name, TEXT("_token"));
    request->fields[request->field_count++] = field;
    return STATUS_OK;
}

static Status line_contains(ScenarioRun *run, Text rest, bool wanted) {
    Text text = {NULL, 0};
    TRY(scenario_fill(run, rest, &text));
    if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"') {
        text = text_slice(text, 1, text.size - 1);
    }
    const Text visible = html_visible_text(run->arena, run->answer.body);
    const bool found = text_find(run->answer.body, text, &(size_t){0}) || text_find(visible, text, &(size_t){0});
    if (found != wanted) {
        return fail(STATUS_INVALID, "the answer %s \"%.*s\": %.*s", wanted ? "lacks" : "contains", TEXT_ARG(text),
                    TEXT_ARG(text_slice(visible, 0, 1500)));
    }
    return STATUS_OK;
}

static Status line_header(ScenarioRun *run, Text rest) {
    const char *name = arena_c_string(run->arena, scenario_word(&rest));
    const Text verb = scenario_word(&rest), value = http_header(&run->answer, name);
    Text wanted = {NULL, 0}, found = {NULL, 0};
    TRY(scenario_fill(run, rest, &wanted));
    if (text_equal(verb, TEXT("matches"))) {
        return match(run, value, wanted, &found);
    }
    if (text_equal(verb, TEXT("absent"))) {
        return value.size == 0 ? STATUS_OK : fail(STATUS_INVALID, "%s is there: %.*s", name, TEXT_ARG(value));
    }
    if (!text_equal(verb, TEXT("=")) || !text_equal(value, wanted)) {
        return fail(STATUS_INVALID, "%s is \"%.*s\"", name, TEXT_ARG(value));
    }
    return STATUS_OK;
}

static Status line_capture(ScenarioRun *run, Text rest) {
    const Text name = scenario_word(&rest), from = scenario_word(&rest), place = scenario_word(&rest);
    Text subject = {NULL, 0}, found = {NULL, 0}, pattern = rest;
    if (!text_equal(from, TEXT("from"))) {
        return fail(STATUS_INVALID, "capture NAME from PLACE PATTERN");
    }
    if (text_equal(place, TEXT("body"))) {
        subject = run->answer.body;
    } else if (text_equal(place, TEXT("mail"))) {
        Text address = {NULL, 0};
        if (run->setup->mail == NULL) {
            return fail(STATUS_INVALID, "this set-up has no mail");
        }
        TRY(scenario_fill(run, scenario_word(&pattern), &address));
        TRY(run->setup->mail(run->world, run->arena, address, &subject));
    } else {
        subject = http_header(&run->answer, arena_c_string(run->arena, place));
    }
    if (pattern.size >= 2 && pattern.data[0] == '"' && pattern.data[pattern.size - 1] == '"') {
        pattern = text_slice(pattern, 1, pattern.size - 1);
    }
    TRY(match(run, subject, pattern, &found));
    return keep_capture(run, name, found);
}

static Status line_expect(ScenarioRun *run, Text rest) {
    int64_t code = 0;
    if (text_to_int(rest, &code) != STATUS_OK) {
        return fail(STATUS_INVALID, "expect wants a status");
    }
    return expect_code(run, code);
}

static Status line_follow(ScenarioRun *run) {
    const Text location = http_header(&run->answer, "location");
    TRY(scenario_finish(run));
    if (location.size == 0) {
        return fail(STATUS_INVALID, "the last answer has no Location");
    }
    return start_request(run, TEXT("GET"), location);
}

static Status line_work(ScenarioRun *run) {
    TRY(scenario_finish(run));
    return run->setup->work != NULL ? run->setup->work(run->world) : fail(STATUS_INVALID, "this set-up has no jobs");
}

/* What concerns the answer is said after the request was sent. */
static Status line_about_answer(ScenarioRun *run, Text word, Text rest, bool *ret_known) {
    *ret_known = true;
    if (text_equal(word, TEXT("expect"))) {
        return line_expect(run, rest);
    }
    if (text_equal(word, TEXT("contains")) || text_equal(word, TEXT("lacks"))) {
        return line_contains(run, rest, word.data[0] == 'c');
    }
    if (text_equal(word, TEXT("header"))) {
        return line_header(run, rest);
    }
    if (text_equal(word, TEXT("capture"))) {
        return line_capture(run, rest);
    }
    if (text_equal(word, TEXT("json"))) {
        return scenario_json(run, rest);
    }
    if (text_equal(word, TEXT("shape"))) {
        return scenario_shape(run, rest);
    }
    if (text_equal(word, TEXT("follow"))) {
        return line_follow(run);
    }
    *ret_known = false;
    return STATUS_OK;
}

static Status line_of_setting(ScenarioRun *run, Text word, Text rest) {
    Text filled = {NULL, 0};
    TRY(scenario_fill(run, rest, &filled));
    Text *setting = text_equal(word, TEXT("host"))       ? &run->host
                    : text_equal(word, TEXT("language")) ? &run->language
                    : text_equal(word, TEXT("accept"))   ? &run->accept
                    : text_equal(word, TEXT("token"))    ? &run->token
                                                         : NULL;
    if (setting == NULL) {
        return fail(STATUS_INVALID, "no such line: %.*s", TEXT_ARG(word));
    }
    TRY(scenario_finish(run));
    *setting = filled;
    return STATUS_OK;
}

static bool is_method(Text word) {
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (text_equal(word, text_of(methods[i]))) {
            return true;
        }
    }
    return false;
}

Status scenario_line(ScenarioRun *run, Text line) {
    const bool is_indented = text_starts_with(line, TEXT(" ")) || text_starts_with(line, TEXT("\t"));
    Text rest = text_trim(line);
    bool known = false;
    if (rest.size == 0 || rest.data[0] == '#') {
        return STATUS_OK;
    }
    Text words = rest;
    const Text word = scenario_word(&words);
    if (text_equal(word, TEXT("engine"))) {
        TRY(run->skipping ? STATUS_OK : scenario_finish(run));
        run->skipping = words.size > 0 && !text_equal(words, text_of(run->engine));
        return STATUS_OK;
    }
    if (run->skipping) {
        return STATUS_OK;
    }
    if (is_indented) {
        return line_of_form(run, rest);
    }
    if (is_method(word)) {
        return start_request(run, word, words);
    }
    if (text_equal(word, TEXT("as"))) {
        return line_as(run, words);
    }
    if (text_equal(word, TEXT("work"))) {
        return line_work(run);
    }
    if (run->pending) {
        TRY(send_request(run));
    }
    TRY(line_about_answer(run, word, words, &known));
    return known ? STATUS_OK : line_of_setting(run, word, words);
}
