/** Registering a firm, and changing its statements. */
#include <string.h>

#include "base/log.h"
#include "capabilities/members/members_inside.h"
#include "html/list.h"
#include "members_views.h"

enum { WAITING_FIRMS = 3 };

typedef struct FirmForm {
    Text name, registration_number, tax_number, street, postcode, city, country, email, phone, website;
} FirmForm;
static const Field firm_fields[] = {
    FORM_FIELD(FirmForm, name, .kind = FIELD_TEXT, .section = MESSAGE_INIT("The firm"),
               .label = MESSAGE_INIT("Name of the firm"),
               .hint = MESSAGE_INIT("As in the trade register. Documents are issued in this name."),
               .missing = MESSAGE_INIT("Enter the firm's name"), .required = true, .autocomplete = "organization"),
    FORM_FIELD(FirmForm, registration_number, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Registration number"),
               .hint = MESSAGE_INIT("The firm's number in the trade register."),
               .missing = MESSAGE_INIT("Enter the firm's registration number"), .required = true, .limit = 40),
    FORM_FIELD(FirmForm, tax_number, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Tax number"),
               .hint = MESSAGE_INIT("It lets us recognise the firm's invoices when you upload them."), .limit = 40),
    FORM_FIELD(FirmForm, street, .kind = FIELD_TEXT, .section = MESSAGE_INIT("Registered address"),
               .label = MESSAGE_INIT("Street and number"), .missing = MESSAGE_INIT("Enter street and number"),
               .required = true, .autocomplete = "address-line1"),
    FORM_FIELD(FirmForm, postcode, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Postcode"), .limit = 20,
               .autocomplete = "postal-code"),
    FORM_FIELD(FirmForm, city, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Town or city"),
               .missing = MESSAGE_INIT("Enter the town or city"), .required = true, .limit = 100,
               .autocomplete = "address-level2"),
    FORM_FIELD(FirmForm, country, .kind = FIELD_COUNTRY, .label = MESSAGE_INIT("Country"), .required = true,
               .autocomplete = "country"),
    FORM_FIELD(FirmForm, email, .kind = FIELD_EMAIL, .section = MESSAGE_INIT("Contact details"),
               .label = MESSAGE_INIT("E-mail address"), .missing = MESSAGE_INIT("Enter the firm's e-mail address"),
               .required = true, .autocomplete = "email"),
    FORM_FIELD(FirmForm, phone, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Telephone"),
               .hint = MESSAGE_INIT("With the country code, such as +389 2 324 4000."), .limit = 40,
               .autocomplete = "tel"),
    FORM_FIELD(FirmForm, website, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Website"), .autocomplete = "url"),
};

/* One word of letters with a dot in it: what a browser can make an address of. */
static bool is_website(Text website) {
    size_t at = 0;
    if (text_starts_with(website, TEXT("https://")) || text_starts_with(website, TEXT("http://"))) {
        (void)text_find(website, TEXT("//"), &at);
        website = text_slice(website, at + 2, website.size);
    }
    const Text host = text_cut(&website, '/');
    for (size_t i = 0; i < host.size; i++) {
        if (strchr(" \"<>\\@:?#", host.data[i]) != NULL) {
            return false;
        }
    }
    return text_find(host, TEXT("."), &at) && at > 0 && at + 1 < host.size;
}

static bool is_phone(Text phone) {
    size_t digits = 0;
    for (size_t i = 0; i < phone.size; i++) {
        digits += phone.data[i] >= '0' && phone.data[i] <= '9';
        if (strchr("0123456789+-/() .", phone.data[i]) == NULL) {
            return false;
        }
    }
    return digits >= 5;
}

static void check_firm(const Form *form, FormValues *values, const void *bound) {
    const FirmForm *firm = bound;
    (void)form;
    if (firm->website.size > 0 && !is_website(firm->website)) {
        form_error(values, "website", MESSAGE("Enter the address of a website, such as www.example.com"));
    }
    if (firm->phone.size > 0 && !is_phone(firm->phone)) {
        form_error(values, "phone", MESSAGE("Enter a telephone number with digits, spaces and + only"));
    }
}
const Form members_firm_form = FORM(FirmForm, firm_fields, .rule = check_firm);

static Text website_of(Arena *arena, Text website) {
    size_t at = 0;
    return website.size == 0 || text_find(website, TEXT("://"), &at)
               ? website
               : arena_format(arena, "https://%.*s", TEXT_ARG(website));
}

/* Blanks in a registration number do not make it another one. */
static Text number_of(Arena *arena, Text number) {
    char *letters = arena_allocate(arena, number.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < number.size; i++) {
        if (number.data[i] != ' ') {
            letters[size++] = number.data[i];
        }
    }
    return (Text){letters, size};
}

Status members_new_show(Request *request) {
    const FirmForm empty = {.country = request->chamber.country, .email = request->actor.email};
    MembersEditPage *page = arena_new(request->arena, MembersEditPage);
    page->values = request_values_or(request, &members_firm_form, &empty);
    return show(request, members_new_view(page));
}

static Status refuse_taken(Request *request) {
    return refuse_field(request, "registration_number",
                        MESSAGE("A firm with this number is registered already. Ask its owner to invite you, or ask "
                                "the chamber."));
}

Status members_new_submit(Request *request) {
    const FirmForm *form = FORM_OF(FirmForm, request);
    MembersCountAppliedByRow waiting = {0};
    TRY(members_count_applied_by(request->connection, request->arena, request->chamber.id, request->actor.account,
                                 &waiting));
    if (waiting.total >= WAITING_FIRMS) {
        return refuse(request, STATUS_TOO_MANY,
                      MESSAGE("Three firms of yours wait for the chamber. Register another one when it has decided."));
    }
    const Firm firm = {.name = form->name,
                       .registration_number = number_of(request->arena, form->registration_number),
                       .tax_number = number_of(request->arena, form->tax_number),
                       .street = form->street,
                       .postcode = form->postcode,
                       .city = form->city,
                       .country = form->country,
                       .email = form->email,
                       .phone = form->phone,
                       .website = website_of(request->arena, form->website),
                       .state = TEXT("applied")};
    FirmId id = {0};
    const Status status =
        members_create(request->connection, request->arena, request->chamber.id, &firm, request->actor.account, &id);
    if (status == STATUS_CONFLICT) {
        return refuse_taken(request);
    }
    TRY(status);
    TRY(accounts_grant(request->connection, request->arena, request->chamber.id, request->actor.account, id,
                       (unsigned)ROLE_FIRM_OWNER | (unsigned)ROLE_APPLICANT, request->actor.account));
    if (!request->actor.by_token) {
        TRY(accounts_act_for(request, id));
    }
    notice(request, MESSAGE("Your firm is registered. The chamber will look at it and write to you."));
    return redirect(request, "/firm");
}

Status members_edit_show(Request *request) {
    MembersFirmRow row = {0};
    MembersChangeFacts change = {0};
    TRY(members_own(request, &row));
    TRY(members_change(request, &row, &change));
    const FirmForm now = {.name = change.asked ? change.name : row.name,
                          .registration_number = change.asked ? change.registration_number : row.registration_number,
                          .tax_number = change.asked ? change.tax_number : row.tax_number,
                          .street = row.street,
                          .postcode = row.postcode,
                          .city = row.city,
                          .country = change.asked ? change.country : row.country,
                          .email = row.email,
                          .phone = row.phone,
                          .website = row.website};
    MembersEditPage *page = arena_new(request->arena, MembersEditPage);
    page->values = request_values_or(request, &members_firm_form, &now);
    page->checked = text_equal(row.state, TEXT("admitted")) || text_equal(row.state, TEXT("suspended"));
    page->refused = text_equal(row.state, TEXT("refused"));
    page->reason = row.reason;
    return show(request, members_edit_view(page));
}

static Status write_identity(Request *request, const MembersFirmRow *row, const FirmForm *form, Text search) {
    int64_t changed = 0;
    const Status status =
        members_write_identity(request->connection,
                               &(MembersWriteIdentity){.chamber = request->chamber.id,
                                                       .firm = row->firm_id,
                                                       .name = form->name,
                                                       .registration_number = form->registration_number,
                                                       .tax_number = form->tax_number,
                                                       .country = form->country,
                                                       .search = search,
                                                       .sort_key = sort_key(request->arena, form->name)},
                               &changed);
    return status == STATUS_CONFLICT ? refuse_taken(request) : status;
}

/* Members' checked statements change only when the chamber agrees. */
static Status ask_for_change(Request *request, const MembersFirmRow *row, const FirmForm *form) {
    MembersFirmRow other = {0};
    const Status taken = members_by_registration(request->connection, request->arena, request->chamber.id,
                                                 form->registration_number, &other);
    if (taken == STATUS_OK && other.firm_id.value != row->firm_id.value) {
        return refuse_taken(request);
    }
    if (taken != STATUS_NOT_FOUND) {
        TRY(taken);
    }
    TRY(members_write_change(request->connection,
                             &(MembersWriteChange){.chamber = request->chamber.id,
                                                   .firm = row->firm_id,
                                                   .name = form->name,
                                                   .registration_number = form->registration_number,
                                                   .tax_number = form->tax_number,
                                                   .country = form->country,
                                                   .now = request->now,
                                                   .account = request->actor.account}));
    return members_audit(request, "members.ask-change", row->firm_id, form->name);
}

/* What happens to the statements that the chamber checks, by the firm's state. */
static Status change_identity(Request *request, const MembersFirmRow *row, const FirmForm *form, Message *ret_notice) {
    const bool same = text_equal(form->name, row->name) && text_equal(form->tax_number, row->tax_number) &&
                      text_equal(form->registration_number, row->registration_number) &&
                      text_equal(form->country, row->country);
    int64_t changed = 0;
    *ret_notice = MESSAGE("Saved.");
    if (text_equal(row->state, TEXT("admitted")) || text_equal(row->state, TEXT("suspended"))) {
        TRY(members_end_change(request->connection, request->chamber.id, row->firm_id, &changed));
        if (same) {
            return STATUS_OK;
        }
        *ret_notice = MESSAGE("Saved. Name, numbers and country will change when the chamber has agreed.");
        return ask_for_change(request, row, form);
    }
    TRY(write_identity(
        request, row, form,
        members_search(request->arena, form->name, form->registration_number, form->tax_number, form->city)));
    if (text_equal(row->state, TEXT("refused"))) {
        TRY(members_apply_again(request->connection, request->chamber.id, row->firm_id, request->now,
                                request->actor.account, &changed));
        *ret_notice = MESSAGE("The chamber will look at your firm again and write to you.");
        return members_audit(request, "members.apply-again", row->firm_id, form->name);
    }
    return STATUS_OK;
}

Status members_edit_submit(Request *request) {
    MembersFirmRow row = {0};
    Message words = NO_MESSAGE;
    int64_t changed = 0;
    TRY(members_own(request, &row));
    FirmForm form = *FORM_OF(FirmForm, request);
    form.registration_number = number_of(request->arena, form.registration_number);
    form.tax_number = number_of(request->arena, form.tax_number);
    TRY(members_write_contact(
        request->connection,
        &(MembersWriteContact){
            .chamber = request->chamber.id,
            .firm = row.firm_id,
            .street = form.street,
            .postcode = form.postcode,
            .city = form.city,
            .email = form.email,
            .phone = form.phone,
            .website = website_of(request->arena, form.website),
            .search = members_search(request->arena, row.name, row.registration_number, row.tax_number, form.city)},
        &changed));
    TRY(members_audit(request, "members.edit", row.firm_id, (Text){NULL, 0}));
    TRY(change_identity(request, &row, &form, &words));
    notice(request, words);
    return redirect(request, "/firm");
}

Status members_unchange_submit(Request *request) {
    MembersFirmRow row = {0};
    int64_t changed = 0;
    TRY(members_own(request, &row));
    TRY(members_end_change(request->connection, request->chamber.id, row.firm_id, &changed));
    if (changed > 0) {
        TRY(members_audit(request, "members.unask-change", row.firm_id, (Text){NULL, 0}));
    }
    notice(request, MESSAGE("The change is taken back."));
    return redirect(request, "/firm");
}
