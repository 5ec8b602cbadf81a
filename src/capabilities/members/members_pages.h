/** The models of the pages of members: what their templates show. */
#ifndef TRADEPOST_CAPABILITIES_MEMBERS_MEMBERS_PAGES_H
#define TRADEPOST_CAPABILITIES_MEMBERS_MEMBERS_PAGES_H

#include "capabilities/accounts/accounts.h"
#include "capabilities/chambers/chambers.h"
#include "html/form.h"
#include "html/paging.h"

/** A firm as pages show it. */
typedef struct MembersFirmFacts {
    FirmId id;
    Text name, registration_number, tax_number, street, postcode, city, country, email, phone, website;
    Text state, tone; /**< `tone` is the class of its tag */
    Message state_label;
    Time applied, decided;
    Text reason;
    bool change_waits;
} MembersFirmFacts;
typedef struct MembersFirmLines {
    MembersFirmFacts *items;
    size_t count;
} MembersFirmLines;

/** The change that a member has asked for: what is to be true instead. */
typedef struct MembersChangeFacts {
    bool asked, name_changes, registration_changes, tax_changes, country_changes;
    Text name, registration_number, tax_number, country;
    Time asked_at;
} MembersChangeFacts;

typedef struct MembersPersonLine {
    AccountId id;
    Text name, email;
    Message role;
    bool self, disabled;
} MembersPersonLine;
typedef struct MembersPersonLines {
    MembersPersonLine *items;
    size_t count;
} MembersPersonLines;

typedef struct MembersInvitationLine {
    InvitationId id;
    Text email, inviter;
    Message role;
    Time expires;
} MembersInvitationLine;
typedef struct MembersInvitationLines {
    MembersInvitationLine *items;
    size_t count;
} MembersInvitationLines;

/** Registering a firm, and changing its statements. */
typedef struct MembersEditPage {
    const FormValues *values;
    bool checked; /**< the chamber has checked some of the statements already */
    bool refused; /**< sending it asks the chamber once more */
    Text reason;
} MembersEditPage;

/** A firm's page for its own people. */
typedef struct MembersOwnPage {
    MembersFirmFacts firm;
    MembersChangeFacts change;
    MembersPersonLines people;
    MembersInvitationLines invitations;
    bool owner;
    const FormValues *nothing;
} MembersOwnPage;

/** One person of a firm, and inviting one. */
typedef struct MembersPersonPage {
    MembersPersonLine person;
    Text firm_name;
    const FormValues *values, *nothing;
} MembersPersonPage;

typedef struct MembersChoice {
    Text value;
    Message label;
    bool chosen;
} MembersChoice;
typedef struct MembersChoices {
    MembersChoice *items;
    size_t count;
} MembersChoices;

/** The chamber's list of firms. */
typedef struct MembersListPage {
    Text search;
    MembersChoices states, sorts;
    MembersFirmLines firms;
    Paging paging;
    bool filtered;
    int64_t waiting;
    Text csv; /**< address of the same list as CSV */
} MembersListPage;

/** A firm's page for the chamber's staff. */
typedef struct MembersShowPage {
    MembersFirmFacts firm;
    MembersChangeFacts change;
    MembersPersonLines people;
    ChamberEventLines history;
    int64_t documents, issued;
    bool may_admit, may_refuse, may_suspend, may_readmit;
    const FormValues *reason, *change_reason, *nothing;
} MembersShowPage;

#endif
