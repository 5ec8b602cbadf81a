/** The routes of chambers, and what the program may ask of them. */
#include "base/log.h"
#include "capabilities/capability.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/chambers/chambers_command.h"
#include "capabilities/chambers/chambers_preflight.h"
#include "capabilities/chambers/chambers_seal.h"
#include "capabilities/chambers/chambers_settings.h"
#include "http/server.h"

const Permission CHAMBERS_ADMINISTER = {"chambers.administer", ROLE_ADMINISTRATOR};
const Permission CHAMBERS_AUDIT = {"chambers.audit", ROLE_ADMINISTRATOR};

static const Route routes[] = {
    {GET, "/", ANYONE, NULL, chambers_home_show, .cacheable = true},
    {GET, "/style-guide", ANYONE, NULL, chambers_style_guide_show, .cacheable = true},
    {GET, "/mailbox", ANYONE, NULL, chambers_mailbox_show},
    {GET, "/chamber/style/{version:text}", ANYONE, NULL, chambers_style_show, .lasting = true},
    {GET, "/chamber/logo/{hash:text}", ANYONE, NULL, chambers_logo_show, .lasting = true},
    {GET, "/chamber", MAY(CHAMBERS_ADMINISTER), NULL, chambers_settings_show},
    {POST, "/chamber/name", MAY(CHAMBERS_ADMINISTER), &chambers_name_form, chambers_name_submit,
     chambers_settings_show},
    {POST, "/chamber/languages", MAY(CHAMBERS_ADMINISTER), NULL, chambers_languages_submit, chambers_settings_show,
     .form_for = chambers_languages_form},
    {POST, "/chamber/colours", MAY(CHAMBERS_ADMINISTER), &chambers_colours_form, chambers_colours_submit,
     chambers_settings_show},
    {POST, "/chamber/mail", MAY(CHAMBERS_ADMINISTER), &chambers_mail_form, chambers_mail_submit,
     chambers_settings_show},
    {POST, "/chamber/numbering", MAY(CHAMBERS_ADMINISTER), NULL, chambers_numbering_submit, chambers_settings_show,
     .form_for = chambers_numbering_form},
    {POST, "/chamber/logo", MAY(CHAMBERS_ADMINISTER), &chambers_logo_form, chambers_logo_submit, chambers_settings_show,
     .prepare = chambers_logo_prepare},
    {POST, "/chamber/remove-logo", MAY(CHAMBERS_ADMINISTER), NULL, chambers_logo_remove_submit},
    {POST, "/chamber/hosts", MAY(CHAMBERS_ADMINISTER), &chambers_host_form, chambers_host_submit,
     chambers_settings_show},
    {POST, "/chamber/hosts/{host:text}/remove", MAY(CHAMBERS_ADMINISTER), NULL, chambers_host_remove_submit},
    {GET, "/chamber/seal", MAY(CHAMBERS_ADMINISTER), NULL, chambers_seal_show},
    {POST, "/chamber/seal/test", MAY(CHAMBERS_ADMINISTER), &chambers_nothing_form, chambers_preflight_submit,
     chambers_seal_show, .prepare = chambers_preflight_prepare, .costly = true},
    {POST, "/chamber/seal/levels", MAY(CHAMBERS_ADMINISTER), NULL, chambers_levels_submit, chambers_seal_show,
     .form_for = chambers_levels_form},
    {POST, "/chamber/seal/stampers", MAY(CHAMBERS_ADMINISTER), &chambers_stampers_form, chambers_stampers_submit,
     chambers_seal_show},
    {POST, "/chamber/seal/anchors", MAY(CHAMBERS_ADMINISTER), &chambers_anchor_form, chambers_anchor_submit,
     chambers_seal_show},
    {POST, "/chamber/seal/anchors/{anchor:text}/remove", MAY(CHAMBERS_ADMINISTER), NULL, chambers_anchor_remove_submit},
    {GET, "/chamber/staff", MAY(CHAMBERS_ADMINISTER), NULL, chambers_staff_show},
    {GET, "/chamber/staff/invite", MAY(CHAMBERS_ADMINISTER), NULL, chambers_invite_show},
    {POST, "/chamber/staff/invite", MAY(CHAMBERS_ADMINISTER), &chambers_invite_form, chambers_invite_submit,
     chambers_invite_show},
    {POST, "/chamber/invitations/{invitation}/revoke", MAY(CHAMBERS_ADMINISTER), NULL, chambers_uninvite_submit},
    {GET, "/chamber/people/{person}", MAY(CHAMBERS_ADMINISTER), NULL, chambers_person_show},
    {POST, "/chamber/people/{person}", MAY(CHAMBERS_ADMINISTER), &chambers_role_form, chambers_person_submit,
     chambers_person_show},
    {POST, "/chamber/people/{person}/remove", MAY(CHAMBERS_ADMINISTER), NULL, chambers_remove_submit},
    {POST, "/chamber/people/{person}/disable", MAY(CHAMBERS_ADMINISTER), NULL, chambers_disable_submit},
    {POST, "/chamber/people/{person}/enable", MAY(CHAMBERS_ADMINISTER), NULL, chambers_enable_submit},
    {GET, "/chamber/audit", MAY(CHAMBERS_AUDIT), &chambers_audit_form, chambers_audit_show},
    {GET, "/chamber/audit.csv", MAY(CHAMBERS_AUDIT), &chambers_audit_form, chambers_audit_csv_show},
    {POST, "/chamber/audit/check", MAY(CHAMBERS_AUDIT), &chambers_nothing_form, chambers_check_submit,
     chambers_audit_show, .prepare = chambers_check_prepare, .costly = true},
    {GET, "/chamber/jobs", MAY(CHAMBERS_ADMINISTER), NULL, chambers_jobs_show},
    {POST, "/chamber/jobs/{kind:text}/{subject}/retry", MAY(CHAMBERS_ADMINISTER), NULL, chambers_job_retry_submit},
    {POST, "/chamber/mails/{mail}/retry", MAY(CHAMBERS_ADMINISTER), NULL, chambers_mail_retry_submit},
};

static const NavigationLine navigation[] = {
    {MESSAGE_INIT("Chamber"), "/chamber", &CHAMBERS_ADMINISTER, 50},
};

static void hooks(ServerHooks *server) {
    server->chamber_of_host = chambers_of_host;
}

/* A logo whose file is gone or damaged would stop every document. */
static Status check_logo(Connection *connection, Check *check, const ChamberContext *chamber) {
    ChamberLetterhead letterhead = {0};
    Arena *arena = arena_open((size_t)4 << 20);
    const Status status = chambers_letterhead(connection, arena, check->outside, chamber->id, &letterhead);
    arena_close(arena);
    if (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT) {
        check->found(check, "chamber %.*s: its logo is missing or damaged", TEXT_ARG(chamber->code));
        return STATUS_OK;
    }
    return status;
}

static Status check_chains(Connection *connection, void *context) {
    Check *check = context;
    Chambers all = {0};
    TRY(chambers_all(connection, check->arena, &all));
    for (size_t i = 0; i < all.count; i++) {
        int64_t events = 0;
        TRY(check_logo(connection, check, &all.items[i]));
        const Status status = chambers_audit_check(connection, check->arena, all.items[i].id, &events);
        if (status == STATUS_OK && events == 0) {
            check->found(check, "chamber %.*s: its audit chain is gone", TEXT_ARG(all.items[i].code));
        }
        if (status == STATUS_CORRUPT) {
            const Text words = failure_take();
            check->found(check, "chamber %.*s: %.*s", TEXT_ARG(all.items[i].code), TEXT_ARG(words));
        } else {
            TRY(status);
        }
    }
    return STATUS_OK;
}

static Status check(Check *check) {
    return database_read(check->database, check_chains, check);
}

const Capability chambers_capability = {
    .name = "chambers",
    .routes = {routes, sizeof routes / sizeof routes[0]},
    .navigation = navigation,
    .navigation_count = sizeof navigation / sizeof navigation[0],
    .commands = chambers_commands,
    .command_count = CHAMBERS_COMMANDS,
    .jobs = chambers_jobs,
    .job_count = CHAMBERS_JOBS,
    .serve = chambers_plan_preflight,
    .hooks = hooks,
    .check = check,
};
