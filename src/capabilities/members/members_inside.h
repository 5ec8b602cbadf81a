/** What the files of members share, and their handlers. */
#ifndef TRADEPOST_CAPABILITIES_MEMBERS_MEMBERS_INSIDE_H
#define TRADEPOST_CAPABILITIES_MEMBERS_MEMBERS_INSIDE_H

#include "capabilities/members/members.h"
#include "capabilities/members/members_pages.h"
#include "members_sql.h"

/** The firm of the request's actor. @return STATUS_NOT_FOUND when she acts for none */
MUST_USE Status members_own(Request *request, MembersFirmRow *ret_row);
/** A firm as pages show it. */
MembersFirmFacts members_facts(const MembersFirmRow *row);
/** What the column `search` holds. */
Text members_search(Arena *arena, Text name, Text registration_number, Text tax_number, Text city);
/** The words and the class of a state's tag. */
Message members_state_label(Text state);
Text members_state_tone(Text state);
/** The change that a firm has asked for, compared with what is. */
MUST_USE Status members_change(Request *request, const MembersFirmRow *row, MembersChangeFacts *ret_change);
/** The firm's people. */
MUST_USE Status members_people(Request *request, FirmId firm, MembersPersonLines *ret_people);
/** Appends to the chamber's audit chain; `act` as "members.admit". */
MUST_USE Status members_audit(Request *request, const char *act, FirmId firm, Text detail);

/** What is told to the owners of a firm. */
typedef enum MembersMail {
    MEMBERS_MAIL_ADMITTED,
    MEMBERS_MAIL_REFUSED,
    MEMBERS_MAIL_SUSPENDED,
    MEMBERS_MAIL_READMITTED,
    MEMBERS_MAIL_CHANGED,
    MEMBERS_MAIL_UNCHANGED
} MembersMail;
/** Writes to each owner in her language, by the outbox. */
MUST_USE Status members_mail(Request *request, const MembersFirmRow *firm, MembersMail mail, Text words);

extern const Form members_firm_form, members_nothing_form, members_invite_form, members_person_form;
extern const Form members_list_form, members_reason_form, members_change_form;

Handler members_new_show, members_new_submit, members_edit_show, members_edit_submit, members_unchange_submit;
Handler members_own_show, members_invite_show, members_invite_submit, members_uninvite_submit, members_person_show,
    members_person_submit, members_remove_submit, members_leave_submit;
Handler members_list_show, members_csv_show;
Handler members_show_show, members_admit_submit, members_refuse_submit, members_suspend_submit, members_readmit_submit,
    members_accept_submit, members_reject_submit;

#endif
