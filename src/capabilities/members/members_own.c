/** A firm's page for its own people: its state, its people, invitations, leaving. */
#include "base/log.h"
#include "capabilities/members/members_inside.h"
#include "members_views.h"

enum { INVITATIONS = 20 };

static const FieldOption roles[] = {
    {TEXT_INIT("applicant"), MESSAGE_INIT("Applicant: applies for documents in the firm's name")},
    {TEXT_INIT("owner"), MESSAGE_INIT("Owner: also invites people and changes the firm's details")},
};

typedef struct InviteForm {
    Text email, role;
} InviteForm;
static const Field invite_fields[] = {
    FORM_FIELD(InviteForm, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail address"),
               .hint = MESSAGE_INIT("The person gets an e-mail with a link that is valid for seven days."),
               .missing = MESSAGE_INIT("Enter the person's e-mail address"), .required = true),
    FORM_FIELD(InviteForm, role, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("What may the person do?"),
               .missing = MESSAGE_INIT("Choose what the person may do"), .required = true, .options = roles,
               .option_count = sizeof roles / sizeof roles[0]),
};
const Form members_invite_form = FORM(InviteForm, invite_fields);

typedef struct PersonForm {
    Text role;
} PersonForm;
static const Field person_fields[] = {
    FORM_FIELD(PersonForm, role, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("What may the person do?"),
               .missing = MESSAGE_INIT("Choose what the person may do"), .required = true, .options = roles,
               .option_count = sizeof roles / sizeof roles[0]),
};
const Form members_person_form = FORM(PersonForm, person_fields);

static unsigned bits_of(Text role) {
    return text_equal(role, TEXT("owner")) ? (unsigned)ROLE_FIRM_OWNER | (unsigned)ROLE_APPLICANT
                                           : (unsigned)ROLE_APPLICANT;
}

static Status show_invitations(Request *request, FirmId firm, MembersInvitationLines *ret_lines) {
    Invitations invitations = {0};
    TRY(accounts_invitations(request->connection, request->arena, request->chamber.id, firm, request->now,
                             &invitations));
    MembersInvitationLine *items = arena_new_array(request->arena, MembersInvitationLine, invitations.count + 1);
    for (size_t i = 0; i < invitations.count; i++) {
        const Invitation *invitation = &invitations.items[i];
        items[i] = (MembersInvitationLine){.id = invitation->id,
                                           .email = invitation->email,
                                           .inviter = invitation->inviter,
                                           .role = accounts_role_name((unsigned)invitation->roles),
                                           .expires = invitation->expires_at};
    }
    *ret_lines = (MembersInvitationLines){items, invitations.count};
    return STATUS_OK;
}

Status members_own_show(Request *request) {
    MembersFirmRow row = {0};
    if (request->actor.firm.value == 0) {
        return redirect(request, "/firm/new");
    }
    TRY(members_own(request, &row));
    MembersOwnPage *page = arena_new(request->arena, MembersOwnPage);
    page->firm = members_facts(&row);
    page->owner = (request->actor.roles & MEMBERS_OWN_FIRM.roles) != 0;
    page->nothing = form_empty(request->arena, &members_nothing_form);
    TRY(members_change(request, &row, &page->change));
    page->firm.change_waits = page->change.asked;
    TRY(members_people(request, row.firm_id, &page->people));
    if (page->owner) {
        TRY(show_invitations(request, row.firm_id, &page->invitations));
    }
    return show(request, members_own_view(page));
}

Status members_invite_show(Request *request) {
    MembersFirmRow row = {0};
    TRY(members_own(request, &row));
    MembersPersonPage *page = arena_new(request->arena, MembersPersonPage);
    page->firm_name = row.name;
    page->values = request_values_or(request, &members_invite_form, NULL);
    return show(request, members_invite_view(page));
}

Status members_invite_submit(Request *request) {
    const InviteForm *form = FORM_OF(InviteForm, request);
    MembersFirmRow row = {0};
    Invitations invitations = {0};
    TRY(members_own(request, &row));
    TRY(accounts_invitations(request->connection, request->arena, request->chamber.id, row.firm_id, request->now,
                             &invitations));
    if (invitations.count >= INVITATIONS) {
        return refuse_field(request, "email",
                            MESSAGE("Twenty invitations wait for an answer. Take one of them back first."));
    }
    const Status status = accounts_invite(request, form->email, row.firm_id, bits_of(form->role));
    if (status == STATUS_CONFLICT) {
        return refuse_field(request, "email", MESSAGE("This person may do that already."));
    }
    TRY(status);
    notice(request, MESSAGE("The invitation is on its way."));
    return redirect(request, "/firm");
}

Status members_uninvite_submit(Request *request) {
    MembersFirmRow row = {0};
    TRY(members_own(request, &row));
    TRY(accounts_invitation_revoke(request, row.firm_id, PATH_ID(InvitationId, request, "invitation")));
    notice(request, MESSAGE("The invitation is taken back."));
    return redirect(request, "/firm");
}

/* The person of the path, who must have a role in the actor's firm. */
static Status load_person(Request *request, FirmId firm, MembersPersonLine *ret_person, unsigned *ret_roles) {
    const AccountId account = PATH_ID(AccountId, request, "person");
    Person person = {0};
    unsigned has = 0;
    TRY(accounts_roles(request->connection, request->arena, request->chamber.id, account, firm, &has));
    if (has == 0) {
        return STATUS_NOT_FOUND;
    }
    TRY(accounts_person(request->connection, request->arena, request->chamber.id, account, &person));
    *ret_person = (MembersPersonLine){.id = account,
                                      .name = person.name,
                                      .email = person.email,
                                      .role = accounts_role_name(has),
                                      .self = account.value == request->actor.account.value,
                                      .disabled = person.disabled};
    *ret_roles = has;
    return STATUS_OK;
}

Status members_person_show(Request *request) {
    MembersFirmRow row = {0};
    unsigned has = 0;
    TRY(members_own(request, &row));
    MembersPersonPage *page = arena_new(request->arena, MembersPersonPage);
    TRY(load_person(request, row.firm_id, &page->person, &has));
    const PersonForm now = {.role = (has & ROLE_FIRM_OWNER) != 0 ? TEXT("owner") : TEXT("applicant")};
    page->firm_name = row.name;
    page->values = request_values_or(request, &members_person_form, &now);
    page->nothing = form_empty(request->arena, &members_nothing_form);
    return show(request, members_person_view(page));
}

/* Leaves the person the roles `keep` and takes all others of the firm away. */
static Status set_roles(Request *request, FirmId firm, AccountId person, unsigned keep) {
    const unsigned all = (unsigned)ROLE_FIRM_OWNER | (unsigned)ROLE_APPLICANT;
    if (keep != 0) {
        TRY(accounts_grant(request->connection, request->arena, request->chamber.id, person, firm, keep,
                           request->actor.account));
    }
    const Status status = accounts_revoke(request->connection, request->arena, request->chamber.id, person, firm,
                                          all & ~keep, request->actor.account);
    return status == STATUS_CONFLICT
               ? refuse(request, status, MESSAGE("A firm needs an owner. Make somebody else an owner first."))
               : status;
}

Status members_person_submit(Request *request) {
    MembersFirmRow row = {0};
    MembersPersonLine person = {0};
    unsigned has = 0;
    TRY(members_own(request, &row));
    TRY(load_person(request, row.firm_id, &person, &has));
    TRY(set_roles(request, row.firm_id, person.id, bits_of(FORM_OF(PersonForm, request)->role)));
    notice(request, MESSAGE("Saved."));
    return redirect(request, "/firm");
}

Status members_remove_submit(Request *request) {
    MembersFirmRow row = {0};
    MembersPersonLine person = {0};
    unsigned has = 0;
    TRY(members_own(request, &row));
    TRY(load_person(request, row.firm_id, &person, &has));
    TRY(set_roles(request, row.firm_id, person.id, 0));
    notice(request, MESSAGE("The person no longer belongs to the firm."));
    return redirect(request, person.self ? "/" : "/firm");
}

Status members_leave_submit(Request *request) {
    MembersFirmRow row = {0};
    TRY(members_own(request, &row));
    TRY(set_roles(request, row.firm_id, request->actor.account, 0));
    notice(request, MESSAGE("You no longer belong to the firm."));
    return redirect(request, "/");
}
