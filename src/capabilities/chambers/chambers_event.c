/** The events of the audit chain in words. */
#include <string.h>

#include "capabilities/chambers/chambers_inside.h"

typedef struct ActWords {
    const char *act;
    Message label;
} ActWords;
static const ActWords acts[] = {
    {"accounts.accept", MESSAGE_INIT("Invitation accepted")},
    {"accounts.change_password", MESSAGE_INIT("Password changed")},
    {"accounts.create", MESSAGE_INIT("Account created")},
    {"accounts.disable", MESSAGE_INIT("Account disabled")},
    {"accounts.enable", MESSAGE_INIT("Account enabled")},
    {"accounts.end_token", MESSAGE_INIT("API token ended")},
    {"accounts.grant", MESSAGE_INIT("Role given")},
    {"accounts.invite", MESSAGE_INIT("Person invited")},
    {"accounts.make_token", MESSAGE_INIT("API token created")},
    {"accounts.reset_password", MESSAGE_INIT("Password reset")},
    {"accounts.revoke", MESSAGE_INIT("Role taken away")},
    {"accounts.revoke_invitation", MESSAGE_INIT("Invitation taken back")},
    {"accounts.sign_up", MESSAGE_INIT("Person signed up")},
    {"chambers.anchors", MESSAGE_INIT("Roots of the provider changed")},
    {"chambers.certify-key", MESSAGE_INIT("Certificate of a seal key installed")},
    {"chambers.create", MESSAGE_INIT("Chamber created")},
    {"chambers.hosts", MESSAGE_INIT("Addresses of the site changed")},
    {"chambers.import-key", MESSAGE_INIT("Seal key taken over")},
    {"chambers.levels", MESSAGE_INIT("Level of protection changed")},
    {"chambers.logo", MESSAGE_INIT("Logo changed")},
    {"chambers.make-key", MESSAGE_INIT("Seal key created")},
    {"chambers.numbering", MESSAGE_INIT("Numbering changed")},
    {"chambers.roll-key", MESSAGE_INIT("Seal key changed")},
    {"chambers.settings", MESSAGE_INIT("Settings changed")},
    {"chambers.stampers", MESSAGE_INIT("Time-stamp authorities changed")},
    {"documents.approve", MESSAGE_INIT("Document approved")},
    {"documents.ask-replacement", MESSAGE_INIT("Replacement of a document started")},
    {"documents.attach", MESSAGE_INIT("File attached to a document")},
    {"documents.cancel", MESSAGE_INIT("Document cancelled")},
    {"documents.create", MESSAGE_INIT("Draft of a document created")},
    {"documents.detach", MESSAGE_INIT("File of a document removed")},
    {"documents.issue", MESSAGE_INIT("Document sealed and issued")},
    {"documents.refuse", MESSAGE_INIT("Application refused")},
    {"documents.renew", MESSAGE_INIT("Protection of a document renewed")},
    {"documents.replace", MESSAGE_INIT("Document replaced")},
    {"documents.retry", MESSAGE_INIT("Issuing of a document tried again")},
    {"documents.return", MESSAGE_INIT("Application returned with remarks")},
    {"documents.submit", MESSAGE_INIT("Application submitted")},
    {"documents.withdraw", MESSAGE_INIT("Application withdrawn")},
    {"members.admit", MESSAGE_INIT("Firm admitted")},
    {"members.apply-again", MESSAGE_INIT("Firm applied again")},
    {"members.ask-change", MESSAGE_INIT("Change of a firm's details requested")},
    {"members.change", MESSAGE_INIT("Change of a firm's details made")},
    {"members.create", MESSAGE_INIT("Firm registered")},
    {"members.edit", MESSAGE_INIT("Firm's details changed")},
    {"members.readmit", MESSAGE_INIT("Firm's suspension ended")},
    {"members.refuse", MESSAGE_INIT("Firm not admitted")},
    {"members.refuse-change", MESSAGE_INIT("Change of a firm's details refused")},
    {"members.suspend", MESSAGE_INIT("Firm suspended")},
    {"members.unask-change", MESSAGE_INIT("Change of a firm's details taken back")},
};

Message chambers_act_label(Arena *arena, Text act) {
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (text_equal(act, text_of(acts[i].act))) {
            return acts[i].label;
        }
    }
    return (Message){arena_c_string(arena, act)};
}

ChamberEventLines chambers_event_lines(Arena *arena, const ChambersAuditBeforeRows *rows) {
    ChamberEventLine *items = arena_new_array(arena, ChamberEventLine, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        const ChambersAuditBeforeRow *row = &rows->items[i];
        items[i] = (ChamberEventLine){.sequence = row->sequence,
                                      .at = row->at,
                                      .person = row->name,
                                      .act = row->act,
                                      .label = chambers_act_label(arena, row->act),
                                      .detail = row->detail,
                                      .subject = row->subject};
    }
    return (ChamberEventLines){items, rows->count};
}

Status chambers_history(Connection *connection, Arena *arena, ChamberId chamber, int64_t subject,
                        ChamberEventLines *ret_events) {
    ChambersAuditBeforeRows rows = {0};
    TRY(chambers_audit_of(connection, arena, chamber, subject, 200, &rows));
    *ret_events = chambers_event_lines(arena, &rows);
    return STATUS_OK;
}
