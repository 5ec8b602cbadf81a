/** The chamber's staff: people with roles, invitations, and never without an administrator. */
#include "base/log.h"
#include "capabilities/accounts/accounts.h"
#include "capabilities/chambers/chambers_inside.h"
#include "chambers_views.h"

enum { INVITATIONS = 50 };

static const FieldOption roles[] = {
    {TEXT_INIT("officer"), MESSAGE_INIT("Officer: reviews and certifies documents, admits firms")},
    {TEXT_INIT("administrator"), MESSAGE_INIT("Administrator: runs staff and settings, admits firms")},
    {TEXT_INIT("both"), MESSAGE_INIT("Both")},
};

typedef struct ChamberInviteForm {
    Text email, role;
} ChamberInviteForm;
static const Field invite_fields[] = {
    FORM_FIELD(ChamberInviteForm, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail address"),
               .hint = MESSAGE_INIT("The person gets an e-mail with a link that is valid for seven days."),
               .missing = MESSAGE_INIT("Enter the person's e-mail address"), .required = true),
    FORM_FIELD(ChamberInviteForm, role, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("What may the person do?"),
               .missing = MESSAGE_INIT("Choose what the person may do"), .required = true, .options = roles,
               .option_count = sizeof roles / sizeof roles[0]),
};
const Form chambers_invite_form = FORM(ChamberInviteForm, invite_fields);

typedef struct ChamberRoleForm {
    Text role;
} ChamberRoleForm;
static const Field role_fields[] = {
    FORM_FIELD(ChamberRoleForm, role, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("What may the person do?"),
               .missing = MESSAGE_INIT("Choose what the person may do"), .required = true, .options = roles,
               .option_count = sizeof roles / sizeof roles[0]),
};
const Form chambers_role_form = FORM(ChamberRoleForm, role_fields);

static const unsigned all_roles = (unsigned)ROLE_OFFICER | (unsigned)ROLE_ADMINISTRATOR;

static unsigned bits_of(Text role) {
    return text_equal(role, TEXT("both"))      ? all_roles
           : text_equal(role, TEXT("officer")) ? (unsigned)ROLE_OFFICER
                                               : (unsigned)ROLE_ADMINISTRATOR;
}

static Text word_of(unsigned bits) {
    return (bits & all_roles) == all_roles ? TEXT("both")
           : (bits & ROLE_OFFICER) != 0    ? TEXT("officer")
                                           : TEXT("administrator");
}

static ChambersPersonLine line_of(const Request *request, const Person *person, unsigned bits) {
    return (ChambersPersonLine){.id = person->account,
                                .name = person->name,
                                .email = person->email,
                                .officer = (bits & ROLE_OFFICER) != 0,
                                .administrator = (bits & ROLE_ADMINISTRATOR) != 0,
                                .disabled = person->disabled,
                                .self = person->account.value == request->actor.account.value};
}

static Status show_invitations(Request *request, ChambersInvitationLines *ret_lines) {
    Invitations invitations = {0};
    TRY(accounts_invitations(request->connection, request->arena, request->chamber.id, (FirmId){0}, request->now,
                             &invitations));
    ChambersInvitationLine *items = arena_new_array(request->arena, ChambersInvitationLine, invitations.count + 1);
    for (size_t i = 0; i < invitations.count; i++) {
        const Invitation *invitation = &invitations.items[i];
        items[i] = (ChambersInvitationLine){.id = invitation->id,
                                            .email = invitation->email,
                                            .inviter = invitation->inviter,
                                            .officer = (invitation->roles & ROLE_OFFICER) != 0,
                                            .administrator = (invitation->roles & ROLE_ADMINISTRATOR) != 0,
                                            .expires = invitation->expires_at};
    }
    *ret_lines = (ChambersInvitationLines){items, invitations.count};
    return STATUS_OK;
}

Status chambers_staff_show(Request *request) {
    People people = {0};
    ChambersStaffPage *page = arena_new(request->arena, ChambersStaffPage);
    TRY(accounts_people(request->connection, request->arena, request->chamber.id, (FirmId){0}, &people));
    TRY(show_invitations(request, &page->invitations));
    page->tabs.current = TEXT("staff");
    page->nothing = form_empty(request->arena, &chambers_nothing_form);
    page->people.items = arena_new_array(request->arena, ChambersPersonLine, people.count + 1);
    page->people.count = people.count;
    for (size_t i = 0; i < people.count; i++) {
        page->people.items[i] = line_of(request, &people.items[i], (unsigned)people.items[i].roles);
    }
    return show(request, chambers_staff_view(page));
}

Status chambers_invite_show(Request *request) {
    ChambersPersonPage *page = arena_new(request->arena, ChambersPersonPage);
    page->values = request_values_or(request, &chambers_invite_form, NULL);
    return show(request, chambers_invite_view(page));
}

Status chambers_invite_submit(Request *request) {
    const ChamberInviteForm *form = FORM_OF(ChamberInviteForm, request);
    Invitations invitations = {0};
    TRY(accounts_invitations(request->connection, request->arena, request->chamber.id, (FirmId){0}, request->now,
                             &invitations));
    if (invitations.count >= INVITATIONS) {
        return refuse_field(request, "email",
                            MESSAGE("Fifty invitations wait for an answer. Take one of them back first."));
    }
    const Status status = accounts_invite(request, form->email, (FirmId){0}, bits_of(form->role));
    if (status == STATUS_CONFLICT) {
        return refuse_field(request, "email", MESSAGE("This person may do that already."));
    }
    TRY(status);
    notice(request, MESSAGE("The invitation is on its way."));
    return redirect(request, "/chamber/staff");
}

Status chambers_uninvite_submit(Request *request) {
    TRY(accounts_invitation_revoke(request, (FirmId){0}, PATH_ID(InvitationId, request, "invitation")));
    notice(request, MESSAGE("The invitation is taken back."));
    return redirect(request, "/chamber/staff");
}

/* The person of the path, who must belong to the staff. */
static Status load_person(Request *request, Person *ret_person, unsigned *ret_bits) {
    const AccountId account = PATH_ID(AccountId, request, "person");
    unsigned bits = 0;
    TRY(accounts_roles(request->connection, request->arena, request->chamber.id, account, (FirmId){0}, &bits));
    if (bits == 0) {
        return STATUS_NOT_FOUND;
    }
    *ret_bits = bits;
    return accounts_person(request->connection, request->arena, request->chamber.id, account, ret_person);
}

Status chambers_person_show(Request *request) {
    Person person = {0};
    unsigned bits = 0;
    TRY(load_person(request, &person, &bits));
    const ChamberRoleForm now = {.role = word_of(bits)};
    ChambersPersonPage *page = arena_new(request->arena, ChambersPersonPage);
    page->person = line_of(request, &person, bits);
    page->values = request_values_or(request, &chambers_role_form, &now);
    page->nothing = form_empty(request->arena, &chambers_nothing_form);
    return show(request, chambers_person_view(page));
}

static Status refuse_last(Request *request, Status status) {
    return status == STATUS_CONFLICT
               ? refuse(request, status,
                        MESSAGE("A chamber needs an administrator. Make somebody else an administrator first."))
               : status;
}

static Status set_roles(Request *request, AccountId person, unsigned keep) {
    if (keep != 0) {
        TRY(accounts_grant(request->connection, request->arena, request->chamber.id, person, (FirmId){0}, keep,
                           request->actor.account));
    }
    return refuse_last(request, accounts_revoke(request->connection, request->arena, request->chamber.id, person,
                                                (FirmId){0}, all_roles & ~keep, request->actor.account));
}

static Status done(Request *request, Message words) {
    notice(request, words);
    return redirect(request, "/chamber/staff");
}

Status chambers_person_submit(Request *request) {
    Person person = {0};
    unsigned bits = 0;
    TRY(load_person(request, &person, &bits));
    TRY(set_roles(request, person.account, bits_of(FORM_OF(ChamberRoleForm, request)->role)));
    return done(request, MESSAGE("Saved."));
}

Status chambers_remove_submit(Request *request) {
    Person person = {0};
    unsigned bits = 0;
    TRY(load_person(request, &person, &bits));
    TRY(set_roles(request, person.account, 0));
    return done(request, MESSAGE("The person no longer belongs to the staff."));
}

Status chambers_disable_submit(Request *request) {
    Person person = {0};
    unsigned bits = 0;
    TRY(load_person(request, &person, &bits));
    TRY(refuse_last(request, accounts_disable(request->connection, request->arena, request->chamber.id, person.account,
                                              request->actor.account)));
    return done(request, MESSAGE("The person is locked out. All of the person's sessions are ended."));
}

Status chambers_enable_submit(Request *request) {
    Person person = {0};
    unsigned bits = 0;
    TRY(load_person(request, &person, &bits));
    TRY(accounts_enable(request->connection, request->arena, request->chamber.id, person.account,
                        request->actor.account));
    return done(request, MESSAGE("The person may sign in again."));
}
