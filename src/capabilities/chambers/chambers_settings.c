/** The settings page, and the sections for name, colours and mail. */
#include "capabilities/chambers/chambers_settings.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "capabilities/chambers/chambers_key.h"
#include "chambers_views.h"
#include "http/url.h"
#include "outside/mail.h"

enum { KEY_ENDS_SOON = 60 };

/* Name and address. */

typedef struct ChamberNameForm {
    Text name, place, address;
} ChamberNameForm;
static const Field name_fields[] = {
    FORM_FIELD(ChamberNameForm, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Name of the chamber"),
               .missing = MESSAGE_INIT("Enter the chamber's name"), .required = true),
    FORM_FIELD(ChamberNameForm, place, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Place"),
               .hint = MESSAGE_INIT("Where documents are certified, for example Skopje."),
               .missing = MESSAGE_INIT("Enter the place where documents are certified"), .required = true,
               .limit = 100),
    FORM_FIELD(ChamberNameForm, address, .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("Address"),
               .hint = MESSAGE_INIT("It appears on the letterhead of documents."), .limit = 300),
};
const Form chambers_name_form = FORM(ChamberNameForm, name_fields);

/* Colours. */

typedef struct ChamberColoursForm {
    Text primary, accent;
} ChamberColoursForm;
static const Field colours_fields[] = {
    FORM_FIELD(
        ChamberColoursForm, primary, .kind = FIELD_TEXT, .label = MESSAGE_INIT("First colour"),
        .hint = MESSAGE_INIT(
            "Background of buttons, for example #14344f. White text must be readable on it. Empty: the default."),
        .limit = 7),
    FORM_FIELD(ChamberColoursForm, accent, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Second colour"),
               .hint = MESSAGE_INIT("Fine lines, for example #b08a3e. Empty: the default."), .limit = 7),
};

static bool is_colour(Text text) {
    for (size_t i = 1; i < text.size; i++) {
        if (strchr("0123456789abcdefABCDEF", text.data[i]) == NULL) {
            return false;
        }
    }
    return text.size == 7 && text.data[0] == '#';
}

static int digit_of(char letter) {
    return letter <= '9' ? letter - '0' : (letter | 32) - 'a' + 10;
}

/* Relative luminance: WCAG 2.2, "relative luminance". */
static double luminance(Text colour) {
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (size_t i = 0; i < 3; i++) {
        const double part = (digit_of(colour.data[1 + i * 2]) * 16 + digit_of(colour.data[2 + i * 2])) / 255.0;
        sum += weights[i] * (part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double chambers_contrast_to_white(Text colour) {
    return 1.05 / (luminance(colour) + 0.05);
}

static void check_colours(const Form *form, FormValues *values, const void *bound) {
    const ChamberColoursForm *colours = bound;
    (void)form;
    if (colours->primary.size > 0 && !is_colour(colours->primary)) {
        form_error(values, "primary", MESSAGE("Enter a colour such as #14344f: a # and six digits from 0 to f"));
    } else if (colours->primary.size > 0 && chambers_contrast_to_white(colours->primary) < 4.5) {
        form_error(values, "primary",
                   MESSAGE("White text cannot be read on this colour (contrast below 4.5). Choose a darker one"));
    }
    if (colours->accent.size > 0 && !is_colour(colours->accent)) {
        form_error(values, "accent", MESSAGE("Enter a colour such as #b08a3e: a # and six digits from 0 to f"));
    }
}
const Form chambers_colours_form = FORM(ChamberColoursForm, colours_fields, .rule = check_colours);

/* Mail and public address. */

typedef struct ChamberMailForm {
    Text mail_name, mail_address, public_url;
} ChamberMailForm;
static const Field mail_fields[] = {
    FORM_FIELD(ChamberMailForm, mail_name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Sender's name"),
               .missing = MESSAGE_INIT("Enter the name that e-mails come from"), .required = true, .limit = 100),
    FORM_FIELD(ChamberMailForm, mail_address, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("Sender's e-mail address"),
               .missing = MESSAGE_INIT("Enter the address that e-mails come from"), .required = true),
    FORM_FIELD(ChamberMailForm, public_url, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Public address of this site"),
               .hint = MESSAGE_INIT(
                   "For example https://documents.chamber.example. The QR codes of documents and the links in "
                   "e-mails lead there, so it must stay reachable for as long as documents are used."),
               .missing = MESSAGE_INIT("Enter the site's public address"), .required = true),
};

/* "https://host[:port]" without path, user or query. */
static bool is_public_url(Text url) {
    const bool secure = text_starts_with(url, TEXT("https://"));
    if (!secure && !text_starts_with(url, TEXT("http://"))) {
        return false;
    }
    Arena *arena = arena_open((size_t)64 << 10);
    Text host = {NULL, 0}, port = {NULL, 0};
    Text rest = text_slice(url, secure ? 8 : 7, url.size);
    rest = text_ends_with(rest, TEXT("/")) ? text_slice(rest, 0, rest.size - 1) : rest;
    const Status status = url_read_host(arena, rest, &host, &port);
    arena_close(arena);
    return status == STATUS_OK;
}

static void check_mail(const Form *form, FormValues *values, const void *bound) {
    const ChamberMailForm *mail = bound;
    (void)form;
    if (!is_public_url(mail->public_url)) {
        form_error(values, "public_url",
                   MESSAGE("Enter an address such as https://documents.chamber.example, with nothing after it"));
    }
}
const Form chambers_mail_form = FORM(ChamberMailForm, mail_fields, .rule = check_mail);

/* The page. */

Status chambers_show_keys(Request *request, ChambersKeyLines *ret_lines) {
    ChambersKeysRows rows = {0};
    TRY(chambers_keys(request->connection, request->arena, request->chamber.id, &rows));
    ChambersKeyLine *items = arena_new_array(request->arena, ChambersKeyLine, rows.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++) {
        if (!time_is_set(rows.items[i].not_after)) {
            continue; /* it waits for its certificate */
        }
        const int64_t left = (rows.items[i].not_after.microseconds - request->now.microseconds) / TIME_DAY;
        const bool over = time_before(rows.items[i].not_after, request->now);
        items[count++] = (ChambersKeyLine){.subject = rows.items[i].subject,
                                           .name = rows.items[i].name,
                                           .from = rows.items[i].not_before,
                                           .until = rows.items[i].not_after,
                                           .days_left = over ? 0 : left,
                                           .active = rows.items[i].active,
                                           .over = over,
                                           .ends_soon = !over && left < KEY_ENDS_SOON};
    }
    *ret_lines = (ChambersKeyLines){items, count};
    return STATUS_OK;
}

static Status show_hosts(Request *request, ChambersHostLines *ret_lines) {
    ChambersHostsRows rows = {0};
    TRY(chambers_hosts(request->connection, request->arena, request->chamber.id, &rows));
    ChambersHostLine *items = arena_new_array(request->arena, ChambersHostLine, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = (ChambersHostLine){rows.items[i].host, text_equal(rows.items[i].host, request->host)};
    }
    *ret_lines = (ChambersHostLines){items, rows.count};
    return STATUS_OK;
}

Status chambers_settings_show(Request *request) {
    ChambersRow row = {0};
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    const ChamberNameForm name = {.name = row.name, .place = row.place, .address = row.address};
    const ChamberColoursForm colours = {.primary = row.colour_primary, .accent = row.colour_accent};
    const ChamberMailForm mail = {
        .mail_name = row.mail_name, .mail_address = row.mail_address, .public_url = row.public_url};
    ChambersSettingsPage *page = arena_new(request->arena, ChambersSettingsPage);
    page->tabs.current = TEXT("settings");
    page->code = row.code;
    page->logo = request->chamber.logo;
    page->name = request_values_or(request, &chambers_name_form, &name);
    page->colours = request_values_or(request, &chambers_colours_form, &colours);
    page->mail = request_values_or(request, &chambers_mail_form, &mail);
    page->upload = request_values_or(request, &chambers_logo_form, NULL);
    page->host = request_values_or(request, &chambers_host_form, NULL);
    page->nothing = form_empty(request->arena, &chambers_nothing_form);
    TRY(chambers_languages_values(request, &row, &page->languages));
    TRY(chambers_numbering_values(request, &page->numbering, &page->series));
    TRY(chambers_show_keys(request, &page->keys));
    TRY(show_hosts(request, &page->hosts));
    return show(request, chambers_settings_view(page));
}

/* Writing. */

void chambers_note_change(Buffer *words, const char *what, Text before, Text after) {
    if (!text_equal(before, after)) {
        buffer_format(words, "%s%s: %.*s → %.*s", words->size > 0 ? "; " : "", what, TEXT_ARG(before), TEXT_ARG(after));
    }
}

Status chambers_settings_audit(Request *request, const char *act, const Buffer *words) {
    const AuditEvent event = {.chamber = request->chamber.id,
                              .account = request->actor.account,
                              .act = act,
                              .subject = request->chamber.id.value,
                              .detail = {words->data, words->size}};
    return words->size == 0 ? STATUS_OK : chambers_audit(request->connection, request->arena, &event);
}

Status chambers_settings_write(Request *request, const ChambersRow *row, const Buffer *words) {
    int64_t changed = 0;
    TRY(chambers_update(request->connection,
                        &(ChambersUpdate){.chamber = request->chamber.id,
                                          .name = row->name,
                                          .place = row->place,
                                          .address = row->address,
                                          .languages = row->languages,
                                          .second_language = row->second_language,
                                          .primary = row->colour_primary,
                                          .accent = row->colour_accent,
                                          .mail_name = row->mail_name,
                                          .mail_address = row->mail_address,
                                          .public_url = row->public_url,
                                          .now = request->now},
                        &changed));
    TRY(chambers_settings_audit(request, "chambers.settings", words));
    request_after_commit(request, chambers_forget);
    notice(request, MESSAGE("Saved."));
    return redirect(request, "/chamber");
}

Status chambers_name_submit(Request *request) {
    const ChamberNameForm *form = FORM_OF(ChamberNameForm, request);
    ChambersRow row = {0};
    Buffer words = buffer_make(request->arena, 2000);
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    chambers_note_change(&words, "name", row.name, form->name);
    chambers_note_change(&words, "place", row.place, form->place);
    chambers_note_change(&words, "address", row.address, form->address);
    row.name = form->name;
    row.place = form->place;
    row.address = form->address;
    return chambers_settings_write(request, &row, &words);
}

Status chambers_colours_submit(Request *request) {
    const ChamberColoursForm *form = FORM_OF(ChamberColoursForm, request);
    ChambersRow row = {0};
    Buffer words = buffer_make(request->arena, 2000);
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    chambers_note_change(&words, "first colour", row.colour_primary, form->primary);
    chambers_note_change(&words, "second colour", row.colour_accent, form->accent);
    row.colour_primary = form->primary;
    row.colour_accent = form->accent;
    return chambers_settings_write(request, &row, &words);
}

Status chambers_mail_submit(Request *request) {
    const ChamberMailForm *form = FORM_OF(ChamberMailForm, request);
    const Text url = text_ends_with(form->public_url, TEXT("/"))
                         ? text_slice(form->public_url, 0, form->public_url.size - 1)
                         : form->public_url;
    ChambersRow row = {0};
    Buffer words = buffer_make(request->arena, 2000);
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    chambers_note_change(&words, "sender", row.mail_name, form->mail_name);
    chambers_note_change(&words, "sender's address", row.mail_address, form->mail_address);
    chambers_note_change(&words, "public address", row.public_url, url);
    row.mail_name = form->mail_name;
    row.mail_address = form->mail_address;
    row.public_url = url;
    return chambers_settings_write(request, &row, &words);
}
