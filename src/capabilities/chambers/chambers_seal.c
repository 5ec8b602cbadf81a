/** The page "Seal and trust": levels, time-stamp authorities, anchors, keys, and the preflight. */
#include "capabilities/chambers/chambers_seal.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "capabilities/chambers/chambers_preflight.h"
#include "capabilities/chambers/chambers_settings.h"
#include "capabilities/chambers/chambers_trust.h"
#include "capabilities/documents/documents.h"
#include "chambers_views.h"
#include "trust/certificate.h"

enum { STAMPERS_MAX = 5, URL_MAX = 300, POLICY_MAX = 100, ANCHOR_BYTES = 64 * 1024 };

/* Levels: one choice for all types and one for each. */

static const FieldOption all_options[] = {
    {TEXT_INIT("B-B"), MESSAGE_INIT("B-B: the seal alone")},
    {TEXT_INIT("B-T"), MESSAGE_INIT("B-T: with a time stamp")},
    {TEXT_INIT("B-LT"), MESSAGE_INIT("B-LT: and with all that proves it later")},
    {TEXT_INIT("B-LTA"), MESSAGE_INIT("B-LTA: and protected by a second time stamp, for decades")},
};
static const char levels_name[] = "ChamberLevelsForm";

static Form *make_levels_form(Arena *arena, const DocumentTitles *types) {
    Field *fields = arena_new_array(arena, Field, types->count + 1);
    fields[0] = (Field){.name = "level",
                        .kind = FIELD_CHOICE,
                        .label = MESSAGE("All documents"),
                        .hint = MESSAGE("Without a choice: B-LTA when a time-stamp authority is set, else B-B."),
                        .options = all_options,
                        .option_count = sizeof all_options / sizeof all_options[0]};
    for (size_t i = 0; i < types->count; i++) {
        fields[i + 1] = (Field){.name = arena_format(arena, "level_%zu", i).data,
                                .kind = FIELD_CHOICE,
                                .label = types->items[i].title,
                                .hint = MESSAGE("Without a choice: as all documents."),
                                .options = all_options,
                                .option_count = sizeof all_options / sizeof all_options[0]};
    }
    Form *form = arena_new(arena, Form);
    *form = (Form){.name = levels_name, .fields = fields, .count = types->count + 1};
    return form;
}

Status chambers_levels_form(Request *request, const Form **ret_form) {
    const DocumentTitles types = documents_titles(request->arena);
    *ret_form = make_levels_form(request->arena, &types);
    return STATUS_OK;
}

static Text level_of(const ChambersLevelsRows *rows, Text type) {
    for (size_t i = 0; i < rows->count; i++) {
        if (text_equal(rows->items[i].document_type, type)) {
            return rows->items[i].level;
        }
    }
    return (Text){NULL, 0};
}

static Status levels_values(Request *request, const FormValues **ret_values) {
    const DocumentTitles types = documents_titles(request->arena);
    const Form *form = make_levels_form(request->arena, &types);
    ChambersLevelsRows rows = {0};
    TRY(chambers_levels(request->connection, request->arena, request->chamber.id, &rows));
    FormValues *values = form_empty(request->arena, form);
    values->items[0].text = level_of(&rows, (Text){NULL, 0});
    for (size_t i = 0; i < types.count; i++) {
        values->items[i + 1].text = level_of(&rows, types.items[i].name);
    }
    const FormValues *again = request_values_or(request, form, NULL);
    *ret_values = again == request_values(request) ? again : values;
    return STATUS_OK;
}

static Status set_level(Request *request, Text type, Text level) {
    int64_t changed = 0;
    return level.size > 0 ? chambers_set_level(request->connection, request->chamber.id, type, level)
                          : chambers_remove_level(request->connection, request->chamber.id, type, &changed);
}

static Status saved(Request *request, const char *act, const Buffer *words) {
    TRY(chambers_settings_audit(request, act, words));
    notice(request, MESSAGE("Saved."));
    return redirect(request, "/chamber/seal");
}

Status chambers_levels_submit(Request *request) {
    const DocumentTitles types = documents_titles(request->arena);
    const FormValues *values = request_values(request);
    ChambersLevelsRows rows = {0};
    Buffer words = buffer_make(request->arena, 4000);
    TRY(chambers_levels(request->connection, request->arena, request->chamber.id, &rows));
    for (size_t i = 0; i <= types.count; i++) {
        const Text type = i == 0 ? (Text){NULL, 0} : types.items[i - 1].name;
        const Text level = values->items[i].text;
        chambers_note_change(&words, i == 0 ? "all documents" : arena_c_string(request->arena, type),
                             level_of(&rows, type), level);
        TRY(set_level(request, type, level));
    }
    return saved(request, "chambers.levels", &words);
}

/* Time-stamp authorities. */

static const Field stamper_fields[] = {
    FORM_FIELD(ChamberStamper, url, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Address"),
               .hint = MESSAGE_INIT("As the provider gives it, for example https://stamps.example/tsa."),
               .missing = MESSAGE_INIT("Enter the address of the time-stamp authority"), .required = true,
               .limit = URL_MAX),
    FORM_FIELD(ChamberStamper, policy, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Policy"),
               .hint = MESSAGE_INIT("Numbers with dots, for example 0.4.0.2023.1.1; stamps under another one are "
                                    "refused. Empty: any."),
               .limit = POLICY_MAX),
    FORM_FIELD(ChamberStamper, login, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Login"),
               .hint = MESSAGE_INIT("The name of a file that the operator has put into the folder logins: user and "
                                    "password, a line each. Empty: none."),
               .limit = 60),
};
static const Form stamper_form = FORM(ChamberStamper, stamper_fields);

typedef struct StampersForm {
    struct {
        ChamberStamper *items;
        size_t count;
    } stampers;
} StampersForm;

static const Field stampers_fields[] = {
    FORM_FIELD(StampersForm, stampers, .kind = FIELD_GROUP, .label = MESSAGE_INIT("Time-stamp authorities"),
               .row_label = MESSAGE_INIT("Authority {number}"), .add_label = MESSAGE_INIT("Add another authority"),
               .limit = STAMPERS_MAX, .group = &stamper_form),
};

static bool is_web_address(Text url) {
    const size_t start = text_starts_with(url, TEXT("https://")) ? 8 : text_starts_with(url, TEXT("http://")) ? 7 : 0;
    for (size_t i = 0; i < url.size; i++) {
        if (url.data[i] <= ' ' || url.data[i] > '~') {
            return false;
        }
    }
    return start > 0 && url.size > start && url.data[start] != '/';
}

static bool is_policy(Text policy) {
    for (size_t i = 0; i < policy.size; i++) {
        const char letter = policy.data[i];
        const bool dot = letter == '.' && i > 0 && i + 1 < policy.size && policy.data[i - 1] != '.';
        if (!dot && (letter < '0' || letter > '9')) {
            return false;
        }
    }
    return true;
}

static void check_stampers(const Form *form, FormValues *values, const void *bound) {
    FormRows *rows = &form_value(values, "stampers")->rows;
    (void)form, (void)bound;
    for (size_t i = 0; i < rows->count; i++) {
        FormValues *row = &rows->items[i];
        const Text login = form_text(row, "login");
        const bool wrong_url = !is_web_address(form_text(row, "url")),
                   wrong_policy = !is_policy(form_text(row, "policy")),
                   wrong_login = login.size > 0 && !chambers_is_login(login);
        if (wrong_url) {
            form_error(row, "url", MESSAGE("Enter an address that begins with https:// or http://"));
        }
        if (wrong_policy) {
            form_error(row, "policy", MESSAGE("Enter numbers with dots between them, or nothing"));
        }
        if (wrong_login) {
            form_error(row, "login", MESSAGE("Enter the file's name: letters, digits and hyphens"));
        }
        values->invalid |= wrong_url || wrong_policy || wrong_login;
    }
}
const Form chambers_stampers_form = FORM(StampersForm, stampers_fields, .rule = check_stampers);

static Text list_stampers(Arena *arena, const ChamberStamper *items, size_t count) {
    Text words = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        words = arena_format(arena, "%.*s%s%.*s", TEXT_ARG(words), i == 0 ? "" : ", ", TEXT_ARG(items[i].url));
    }
    return words;
}

static Status read_stampers(Request *request, StampersForm *ret_form) {
    ChambersStampersRows rows = {0};
    TRY(chambers_stampers(request->connection, request->arena, request->chamber.id, &rows));
    ret_form->stampers.items = arena_new_array(request->arena, ChamberStamper, rows.count + 1);
    ret_form->stampers.count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        ret_form->stampers.items[i] = (ChamberStamper){rows.items[i].url, rows.items[i].policy, rows.items[i].login};
    }
    return STATUS_OK;
}

Status chambers_stampers_submit(Request *request) {
    const StampersForm *form = FORM_OF(StampersForm, request);
    StampersForm before = {.stampers = {NULL, 0}};
    Buffer words = buffer_make(request->arena, 4000);
    TRY(read_stampers(request, &before));
    TRY(chambers_set_stampers(request->connection, request->chamber.id, form->stampers.items, form->stampers.count));
    chambers_note_change(&words, "time-stamp authorities",
                         list_stampers(request->arena, before.stampers.items, before.stampers.count),
                         list_stampers(request->arena, form->stampers.items, form->stampers.count));
    return saved(request, "chambers.stampers", &words);
}

/* Anchors. */

typedef struct AnchorForm {
    Upload certificate;
} AnchorForm;
static const Field anchor_fields[] = {
    FORM_FIELD(AnchorForm, certificate, .kind = FIELD_FILE, .label = MESSAGE_INIT("Certificate"),
               .hint = MESSAGE_INIT("A root of your provider, as a file in PEM or DER."),
               .missing = MESSAGE_INIT("Choose the file of the certificate"), .required = true, .limit = ANCHOR_BYTES),
};
const Form chambers_anchor_form = FORM(AnchorForm, anchor_fields);

Status chambers_anchor_submit(Request *request) {
    const Text bytes = FORM_OF(AnchorForm, request)->certificate.bytes;
    const Sha256 digest = sha256(bytes);
    TrustAnchors *anchors = NULL;
    CertificateFacts facts = {0};
    Buffer words = buffer_make(request->arena, 1000);
    int64_t changed = 0;
    if (certificate_facts(request->arena, bytes, &facts) != STATUS_OK ||
        trust_anchors_make(request->arena, (Texts){&(Text){bytes.data, bytes.size}, 1}, &anchors) != STATUS_OK) {
        (void)failure_take();
        return refuse_field(request, "certificate", MESSAGE("The file holds no certificate that can be read"));
    }
    TRY(chambers_insert_anchor(request->connection,
                               &(ChambersInsertAnchor){.chamber = request->chamber.id,
                                                       .sha256 = sha256_text(&digest),
                                                       .subject = facts.subject,
                                                       .not_after = facts.until,
                                                       .certificate = bytes,
                                                       .now = request->now},
                               &changed));
    buffer_format(&words, "added: %.*s", TEXT_ARG(facts.subject));
    return saved(request, "chambers.anchors", &words);
}

Status chambers_anchor_remove_submit(Request *request) {
    Text digest = {NULL, 0};
    Buffer words = buffer_make(request->arena, 1000);
    int64_t changed = 0;
    const Text hex = request_path_text(request, "anchor");
    if (hex_decode(request->arena, hex, &digest) != STATUS_OK) {
        return STATUS_NOT_FOUND;
    }
    TRY(chambers_remove_anchor(request->connection, request->chamber.id, digest, &changed));
    if (changed != 1) {
        return STATUS_NOT_FOUND;
    }
    buffer_format(&words, "removed: %.*s", TEXT_ARG(hex));
    return saved(request, "chambers.anchors", &words);
}

static Status show_anchors(Request *request, ChambersAnchorLines *ret_lines) {
    ChambersAnchorsRows rows = {0};
    TRY(chambers_anchors(request->connection, request->arena, request->chamber.id, &rows));
    ChambersAnchorLine *items = arena_new_array(request->arena, ChambersAnchorLine, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = (ChambersAnchorLine){.hex = hex_encode(request->arena, rows.items[i].sha256),
                                        .subject = rows.items[i].subject,
                                        .until = rows.items[i].not_after};
    }
    *ret_lines = (ChambersAnchorLines){items, rows.count};
    return STATUS_OK;
}

/* The page, and the preflight. */

Status chambers_seal_show(Request *request) {
    StampersForm stampers = {.stampers = {NULL, 0}};
    ChambersSealPage *page = arena_new(request->arena, ChambersSealPage);
    page->tabs.current = TEXT("seal");
    page->nothing = form_empty(request->arena, &chambers_nothing_form);
    TRY(levels_values(request, &page->levels));
    TRY(read_stampers(request, &stampers));
    page->stampers = request_values_or(request, &chambers_stampers_form, &stampers);
    page->anchor = request_values_or(request, &chambers_anchor_form, NULL);
    TRY(show_anchors(request, &page->anchors));
    TRY(chambers_show_keys(request, &page->keys));
    TRY(chambers_show_findings(request->connection, request->arena, request->chamber.id, &page->findings));
    page->checked = page->findings.count > 0 ? page->findings.items[0].checked : (Time){0};
    return show(request, chambers_seal_view(page));
}

Status chambers_preflight_prepare(Request *request) {
    ChamberFindings *found = arena_new(request->arena, ChamberFindings);
    TRY(chambers_preflight(request->arena, request_database(request), request->outside, request->chamber.id, found));
    request->prepared = found;
    return STATUS_OK;
}

Status chambers_preflight_submit(Request *request) {
    TRY(chambers_keep_findings(request->connection, request->chamber.id, request->prepared));
    notice(request, MESSAGE("Tested. The result is below."));
    return redirect(request, "/chamber/seal");
}
