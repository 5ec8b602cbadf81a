/** The routes of documents: every page, who may see it, and its form. */
#include "capabilities/capability.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_apply.h"
#include "capabilities/documents/documents_check.h"
#include "capabilities/documents/documents_command.h"
#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_invoice.h"
#include "capabilities/documents/documents_issue.h"
#include "capabilities/documents/documents_issue_progress.h"
#include "capabilities/documents/documents_list.h"
#include "capabilities/documents/documents_renew.h"
#include "capabilities/documents/documents_review.h"
#include "capabilities/documents/documents_verify.h"

const Permission DOCUMENTS_APPLY = {"documents.apply", ROLE_APPLICANT};
const Permission DOCUMENTS_REVIEW = {"documents.review", ROLE_OFFICER};
const Permission DOCUMENTS_SEE = {"documents.see", ROLE_APPLICANT | ROLE_OFFICER | ROLE_ADMINISTRATOR};

#define UPLOAD_LIMIT ((size_t)27 << 20)
#define FORM_LIMIT   ((size_t)4 << 20)

static const Route routes[] = {
    {GET, "/documents", MAY(DOCUMENTS_APPLY), &documents_list_form, documents_list_show},
    {GET, "/documents.csv", MAY(DOCUMENTS_APPLY), &documents_list_form, documents_list_csv_show},
    {GET, "/documents/new", MAY(DOCUMENTS_APPLY), NULL, documents_new_show},
    {POST, "/documents/new", MAY(DOCUMENTS_APPLY), &documents_new_form, documents_new_submit, documents_new_show,
     .prepare = documents_new_prepare, .body_limit = UPLOAD_LIMIT},
    {GET, "/documents/{document}", MAY(DOCUMENTS_SEE), NULL, documents_show_show},
    {GET, "/documents/{document}/edit", MAY(DOCUMENTS_APPLY), NULL, documents_edit_show},
    {POST, "/documents/{document}/edit", MAY(DOCUMENTS_APPLY), NULL, documents_edit_submit, documents_edit_show,
     .form_for = documents_edit_form, .body_limit = FORM_LIMIT},
    {POST, "/documents/{document}/draft", MAY(DOCUMENTS_APPLY), NULL, documents_draft_submit, documents_edit_show,
     .form_for = documents_draft_form, .body_limit = FORM_LIMIT},
    {GET, "/documents/{document}/check", MAY(DOCUMENTS_APPLY), NULL, documents_check_show},
    {POST, "/documents/{document}/submit", MAY(DOCUMENTS_APPLY), &documents_submit_form, documents_check_submit,
     documents_check_show, .prepare = documents_prepare_printable},
    {POST, "/documents/{document}/attachments", MAY(DOCUMENTS_APPLY), &documents_attach_form, documents_attach_submit,
     documents_show_show, .prepare = documents_attach_prepare, .body_limit = UPLOAD_LIMIT},
    {GET, "/documents/{document}/attachments/{attachment}", MAY(DOCUMENTS_SEE), NULL, documents_attachment_show},
    {POST, "/documents/{document}/attachments/{attachment}/remove", MAY(DOCUMENTS_APPLY), &documents_nothing_form,
     documents_detach_submit, documents_show_show},
    {POST, "/documents/{document}/withdraw", MAY(DOCUMENTS_APPLY), &documents_reason_form, documents_withdraw_submit,
     documents_show_show},
    {POST, "/documents/{document}/copy", MAY(DOCUMENTS_APPLY), &documents_nothing_form, documents_copy_submit,
     documents_show_show},
    {POST, "/documents/{document}/replace", MAY(DOCUMENTS_APPLY), &documents_reason_form, documents_replace_submit,
     documents_show_show},
    {POST, "/documents/{document}/cancel", MAY(DOCUMENTS_REVIEW), &documents_reason_form, documents_cancel_submit,
     documents_show_show},
    {GET, "/documents/{document}/pdf", MAY(DOCUMENTS_SEE), NULL, documents_pdf_show},
    {GET, "/review", MAY(DOCUMENTS_REVIEW), &documents_queue_form, documents_queue_show},
    {GET, "/review.csv", MAY(DOCUMENTS_REVIEW), &documents_queue_form, documents_queue_csv_show},
    {GET, "/review/{document}", MAY(DOCUMENTS_REVIEW), NULL, documents_review_show},
    {POST, "/review/{document}", MAY(DOCUMENTS_REVIEW), NULL, documents_decide_submit, documents_review_show,
     .form_for = documents_review_form, .prepare = documents_decide_prepare},
    {POST, "/review/{document}/lock", MAY(DOCUMENTS_REVIEW), &documents_nothing_form, documents_lock_submit,
     documents_review_show},
    {POST, "/review/{document}/unlock", MAY(DOCUMENTS_REVIEW), &documents_nothing_form, documents_unlock_submit,
     documents_review_show},
    {POST, "/review/{document}/try-again", MAY(DOCUMENTS_REVIEW), NULL, documents_try_again_submit},
    {GET, "/register", MAY(DOCUMENTS_REVIEW), &documents_register_form, documents_register_show},
    {GET, "/register.csv", MAY(DOCUMENTS_REVIEW), &documents_register_form, documents_register_csv_show},
    {GET, "/verify", ANYONE, &documents_verify_form, documents_verify_show},
    {GET, "/verify/{number:text}/{code:text}", ANYONE, NULL, documents_verify_code_show, .cacheable = true},
    {POST, "/verify-file", ANYONE, &documents_verify_file_form, documents_verify_file_submit, documents_verify_show,
     .body_limit = UPLOAD_LIMIT, .reads_only = true},
};

static const JobKind jobs[] = {
    {.name = DOCUMENTS_ISSUE_JOB, .run = documents_issue, .lease = 3 * TIME_MINUTE},
    {.name = DOCUMENTS_RENEW_JOB, .run = documents_renew, .lease = 3 * TIME_MINUTE},
    {.name = DOCUMENTS_ARCHIVE_JOB, .run = documents_archive},
};

static Status count_waiting(Request *request, int64_t *ret_count) {
    DocumentsCountQueueRow row = {0};
    TRY(documents_count_queue(request->connection, request->arena, request->chamber.id, TEXT("submitted"),
                              (Text){NULL, 0}, &row));
    *ret_count = row.total;
    return STATUS_OK;
}

static const NavigationLine navigation[] = {
    {MESSAGE_INIT("Documents"), "/documents", &DOCUMENTS_APPLY, 10},
    {MESSAGE_INIT("Review queue"), "/review", &DOCUMENTS_REVIEW, 20, count_waiting},
    {MESSAGE_INIT("Register"), "/register", &DOCUMENTS_REVIEW, 30},
    {MESSAGE_INIT("Verify"), "/verify", NULL, 90},
};

static Status start(Database *database, Outside *outside) {
    (void)database;
    return document_types_load(outside->data);
}

const Capability documents_capability = {
    .name = "documents",
    .routes = {routes, sizeof routes / sizeof routes[0]},
    .jobs = jobs,
    .job_count = sizeof jobs / sizeof jobs[0],
    .commands = documents_commands,
    .command_count = DOCUMENTS_COMMANDS,
    .navigation = navigation,
    .navigation_count = sizeof navigation / sizeof navigation[0],
    .start = start,
    .serve = documents_plan_archive,
    .check = documents_check,
};
