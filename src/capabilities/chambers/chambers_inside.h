/** What the files of chambers share, and their handlers. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_INSIDE_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_INSIDE_H

#include "capabilities/chambers/chambers.h"
#include "capabilities/chambers/chambers_pages.h"
#include "chambers_sql.h"

/** What an act is called: its own name when it is none that we know. */
Message chambers_act_label(Arena *arena, Text act);
/** Events as pages show them. */
ChamberEventLines chambers_event_lines(Arena *arena, const ChambersAuditBeforeRows *rows);

/** The addresses of a chamber's picture and style sheet, which change with them; empty when it has none. */
Text chambers_logo_address(Arena *arena, const ChambersRow *row);
Text chambers_style_address(Arena *arena, const ChambersRow *row);
/** A mail's body cut into plain text and links, where an address is one of `own` with a path behind it. */
ChambersMailParts chambers_mail_parts(Arena *arena, const Text *own, size_t own_count, Text body);
/** Fills {code}, {series}, {year} and {number} (at least six digits) of a pattern. */
Text chambers_fill_pattern(Arena *arena, Text pattern, Text code, Text series, int year, int64_t number);

extern const Form chambers_nothing_form, chambers_audit_form, chambers_invite_form, chambers_role_form;

Handler chambers_home_show, chambers_style_guide_show, chambers_style_show, chambers_logo_show;
Handler chambers_settings_show, chambers_name_submit, chambers_languages_submit, chambers_colours_submit,
    chambers_mail_submit, chambers_numbering_submit, chambers_logo_prepare, chambers_logo_submit,
    chambers_logo_remove_submit, chambers_host_submit, chambers_host_remove_submit;
Handler chambers_staff_show, chambers_invite_show, chambers_invite_submit, chambers_uninvite_submit,
    chambers_person_show, chambers_person_submit, chambers_remove_submit, chambers_disable_submit,
    chambers_enable_submit;
Handler chambers_audit_show, chambers_audit_csv_show, chambers_check_prepare, chambers_check_submit;
Handler chambers_jobs_show, chambers_job_retry_submit, chambers_mail_retry_submit, chambers_mailbox_show;

#endif
