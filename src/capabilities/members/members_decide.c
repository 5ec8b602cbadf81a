/** A firm's page for the chamber's staff, and their decisions. */
#include "base/log.h"
#include "capabilities/members/members_inside.h"
#include "html/list.h"
#include "members_views.h"

typedef struct ReasonForm {
    Text reason;
} ReasonForm;
static const Field reason_fields[] = {
    FORM_FIELD(ReasonForm, reason, .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("Reason"),
               .hint = MESSAGE_INIT("The firm's owners read it on their page and in an e-mail."),
               .missing = MESSAGE_INIT("Enter a reason that tells the firm what to do"), .required = true,
               .limit = 1000),
};
const Form members_reason_form = FORM(ReasonForm, reason_fields);
/* The same under another name: both stand on one page. */
const Form members_change_form = {.name = "ChangeReasonForm",
                                  .fields = reason_fields,
                                  .count = sizeof reason_fields / sizeof reason_fields[0],
                                  .size = sizeof(ReasonForm)};

static Status load(Request *request, MembersFirmRow *ret_row) {
    return members_by_id(request->connection, request->arena, request->chamber.id, PATH_ID(FirmId, request, "firm"),
                         ret_row);
}

Status members_show_show(Request *request) {
    MembersFirmRow row = {0};
    MembersDocumentsRow documents = {0};
    TRY(load(request, &row));
    MembersShowPage *page = arena_new(request->arena, MembersShowPage);
    page->firm = members_facts(&row);
    TRY(members_change(request, &row, &page->change));
    page->firm.change_waits = page->change.asked;
    TRY(members_people(request, row.firm_id, &page->people));
    TRY(members_documents(request->connection, request->arena, request->chamber.id, row.firm_id, &documents));
    TRY(chambers_history(request->connection, request->arena, request->chamber.id, row.firm_id.value, &page->history));
    page->documents = documents.total;
    page->issued = documents.issued;
    page->may_refuse = text_equal(row.state, TEXT("applied"));
    page->may_admit = page->may_refuse || text_equal(row.state, TEXT("refused"));
    page->may_suspend = text_equal(row.state, TEXT("admitted"));
    page->may_readmit = text_equal(row.state, TEXT("suspended"));
    page->reason = request_values_or(request, &members_reason_form, NULL);
    page->change_reason = request_values_or(request, &members_change_form, NULL);
    page->nothing = form_empty(request->arena, &members_nothing_form);
    return show(request, members_show_view(page));
}

/** A decision: from which states to which one, and what is told. */
typedef struct Decision {
    Text from, or_from, to;
    const char *act;
    MembersMail mail;
    Message notice;
} Decision;

static Status back(Request *request, FirmId firm) {
    char id[ID_TEXT_SIZE + 1];
    id_write(firm.value, id);
    return redirect(request, "/members/%s", id);
}

static Status decide(Request *request, const Decision *decision, Text reason) {
    MembersFirmRow row = {0};
    int64_t changed = 0;
    TRY(load(request, &row));
    TRY(members_decide(request->connection,
                       &(MembersDecide){.chamber = request->chamber.id,
                                        .firm = row.firm_id,
                                        .state = decision->to,
                                        .now = request->now,
                                        .account = request->actor.account,
                                        .reason = reason,
                                        .from = decision->from,
                                        .or_from = decision->or_from},
                       &changed));
    if (changed != 1) {
        return refuse(request, STATUS_CONFLICT, MESSAGE("Somebody has decided on this firm already. Open it again."));
    }
    TRY(members_audit(request, decision->act, row.firm_id, reason.size > 0 ? reason : row.name));
    TRY(members_mail(request, &row, decision->mail, reason));
    notice(request, decision->notice);
    return back(request, row.firm_id);
}

Status members_admit_submit(Request *request) {
    static const Decision admission = {
        TEXT_INIT("applied"),  TEXT_INIT("refused"),
        TEXT_INIT("admitted"), "members.admit",
        MEMBERS_MAIL_ADMITTED, MESSAGE_INIT("The firm is a member now. Its owners get an e-mail.")};
    return decide(request, &admission, (Text){NULL, 0});
}

Status members_refuse_submit(Request *request) {
    static const Decision refusal = {
        TEXT_INIT("applied"), TEXT_INIT("applied"),
        TEXT_INIT("refused"), "members.refuse",
        MEMBERS_MAIL_REFUSED, MESSAGE_INIT("The firm is not admitted. Its owners get an e-mail with your reason.")};
    return decide(request, &refusal, FORM_OF(ReasonForm, request)->reason);
}

Status members_suspend_submit(Request *request) {
    static const Decision suspension = {
        TEXT_INIT("admitted"),  TEXT_INIT("admitted"),
        TEXT_INIT("suspended"), "members.suspend",
        MEMBERS_MAIL_SUSPENDED, MESSAGE_INIT("The firm is suspended. Its owners get an e-mail with your reason.")};
    return decide(request, &suspension, FORM_OF(ReasonForm, request)->reason);
}

Status members_readmit_submit(Request *request) {
    static const Decision readmission = {
        TEXT_INIT("suspended"),  TEXT_INIT("suspended"),
        TEXT_INIT("admitted"),   "members.readmit",
        MEMBERS_MAIL_READMITTED, MESSAGE_INIT("The firm is a member again. Its owners get an e-mail.")};
    return decide(request, &readmission, (Text){NULL, 0});
}

/* Takes the change out of the queue, for good or bad. @return STATUS_CONFLICT when there is none any more */
static Status take_change(Request *request, MembersFirmRow *ret_row, MembersChangeFacts *ret_change) {
    int64_t changed = 0;
    TRY(load(request, ret_row));
    TRY(members_change(request, ret_row, ret_change));
    TRY(members_end_change(request->connection, request->chamber.id, ret_row->firm_id, &changed));
    return changed == 1 ? STATUS_OK
                        : refuse(request, STATUS_CONFLICT,
                                 MESSAGE("The firm has taken this change back, or somebody has decided on it."));
}

Status members_accept_submit(Request *request) {
    MembersFirmRow row = {0};
    MembersChangeFacts change = {0};
    int64_t changed = 0;
    TRY(take_change(request, &row, &change));
    const Status status = members_write_identity(
        request->connection,
        &(MembersWriteIdentity){.chamber = request->chamber.id,
                                .firm = row.firm_id,
                                .name = change.name,
                                .registration_number = change.registration_number,
                                .tax_number = change.tax_number,
                                .country = change.country,
                                .search = members_search(request->arena, change.name, change.registration_number,
                                                         change.tax_number, row.city),
                                .sort_key = sort_key(request->arena, change.name)},
        &changed);
    if (status == STATUS_CONFLICT) {
        return refuse(request, status, MESSAGE("Another firm has registered with this number in the meantime."));
    }
    TRY(status);
    TRY(members_audit(request, "members.change", row.firm_id,
                      arena_format(request->arena, "%.*s, %.*s, %.*s", TEXT_ARG(change.name),
                                   TEXT_ARG(change.registration_number), TEXT_ARG(change.tax_number))));
    TRY(members_mail(request, &row, MEMBERS_MAIL_CHANGED, (Text){NULL, 0}));
    notice(request, MESSAGE("The change is made. The firm's owners get an e-mail."));
    return back(request, row.firm_id);
}

Status members_reject_submit(Request *request) {
    const Text reason = FORM_OF(ReasonForm, request)->reason;
    MembersFirmRow row = {0};
    MembersChangeFacts change = {0};
    TRY(take_change(request, &row, &change));
    TRY(members_audit(request, "members.refuse-change", row.firm_id, reason));
    TRY(members_mail(request, &row, MEMBERS_MAIL_UNCHANGED, reason));
    notice(request, MESSAGE("The change is refused. The firm's owners get an e-mail with your reason."));
    return back(request, row.firm_id);
}
