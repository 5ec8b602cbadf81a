/** The routes of members: every page, who may see it, and its form. */
#include "capabilities/capability.h"
#include "capabilities/members/members_inside.h"

const Permission MEMBERS_ADMIT = {"members.admit", ROLE_OFFICER | ROLE_ADMINISTRATOR};
const Permission MEMBERS_OWN_FIRM = {"members.own-firm", ROLE_FIRM_OWNER};
const Permission MEMBERS_APPLY = {"members.apply", ROLE_SIGNED_IN};
/* Those who find their firm in the navigation. */
static const Permission belongs = {"members.belong", ROLE_FIRM_OWNER | ROLE_APPLICANT};

static const Route routes[] = {
    {GET, "/firm", MAY(MEMBERS_APPLY), NULL, members_own_show},
    {GET, "/firm/new", MAY(MEMBERS_APPLY), NULL, members_new_show},
    {POST, "/firm/new", MAY(MEMBERS_APPLY), &members_firm_form, members_new_submit, members_new_show},
    {GET, "/firm/edit", MAY(MEMBERS_OWN_FIRM), NULL, members_edit_show},
    {POST, "/firm/edit", MAY(MEMBERS_OWN_FIRM), &members_firm_form, members_edit_submit, members_edit_show},
    {POST, "/firm/change/undo", MAY(MEMBERS_OWN_FIRM), NULL, members_unchange_submit},
    {GET, "/firm/invite", MAY(MEMBERS_OWN_FIRM), NULL, members_invite_show},
    {POST, "/firm/invite", MAY(MEMBERS_OWN_FIRM), &members_invite_form, members_invite_submit, members_invite_show},
    {POST, "/firm/invitations/{invitation}/revoke", MAY(MEMBERS_OWN_FIRM), NULL, members_uninvite_submit},
    {GET, "/firm/people/{person}", MAY(MEMBERS_OWN_FIRM), NULL, members_person_show},
    {POST, "/firm/people/{person}", MAY(MEMBERS_OWN_FIRM), &members_person_form, members_person_submit,
     members_person_show},
    {POST, "/firm/people/{person}/remove", MAY(MEMBERS_OWN_FIRM), NULL, members_remove_submit},
    {POST, "/firm/leave", MAY(MEMBERS_APPLY), NULL, members_leave_submit},
    {GET, "/members", MAY(MEMBERS_ADMIT), &members_list_form, members_list_show},
    {GET, "/members.csv", MAY(MEMBERS_ADMIT), &members_list_form, members_csv_show},
    {GET, "/members/{firm}", MAY(MEMBERS_ADMIT), NULL, members_show_show},
    {POST, "/members/{firm}/admit", MAY(MEMBERS_ADMIT), NULL, members_admit_submit},
    {POST, "/members/{firm}/refuse", MAY(MEMBERS_ADMIT), &members_reason_form, members_refuse_submit,
     members_show_show},
    {POST, "/members/{firm}/suspend", MAY(MEMBERS_ADMIT), &members_reason_form, members_suspend_submit,
     members_show_show},
    {POST, "/members/{firm}/readmit", MAY(MEMBERS_ADMIT), NULL, members_readmit_submit},
    {POST, "/members/{firm}/change", MAY(MEMBERS_ADMIT), NULL, members_accept_submit},
    {POST, "/members/{firm}/change/refuse", MAY(MEMBERS_ADMIT), &members_change_form, members_reject_submit,
     members_show_show},
};

static Status count_waiting(Request *request, int64_t *ret_count) {
    MembersCountWaitingRow row = {0};
    TRY(members_count_waiting(request->connection, request->arena, request->chamber.id, &row));
    *ret_count = row.total;
    return STATUS_OK;
}

static const NavigationLine navigation[] = {
    {MESSAGE_INIT("Your firm"), "/firm", &belongs, 15},
    {MESSAGE_INIT("Members"), "/members", &MEMBERS_ADMIT, 40, count_waiting},
};

const Capability members_capability = {
    .name = "members",
    .routes = {routes, sizeof routes / sizeof routes[0]},
    .navigation = navigation,
    .navigation_count = sizeof navigation / sizeof navigation[0],
};
