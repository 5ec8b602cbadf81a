/** The models of the pages of chambers: what their templates show. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_PAGES_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_PAGES_H

#include "capabilities/chambers/chambers.h"
#include "html/form.h"
#include "html/paging.h"
#include "ids.h"

/** A firm that waits for the chamber. */
typedef struct ChambersWaitingFirm {
    FirmId id;
    Text name, city;
    Time since;
} ChambersWaitingFirm;
typedef struct ChambersWaitingFirms {
    ChambersWaitingFirm *items;
    size_t count;
} ChambersWaitingFirms;

/** The first page. */
typedef struct ChambersHomePage {
    Text chamber_name, person_name;
    bool stranger, staff, officer, administrator, demonstration;
    /* For exporters. */
    bool has_firm;
    Text firm_name, firm_state;
    int64_t drafts, returned, submitted, issued;
    /* For the chamber's staff. */
    int64_t queue, sealing;
    Time oldest; /**< when the document was handed in that waits longest */
    ChambersWaitingFirms firms;
    int64_t firm_count;
    bool job_failed;
} ChambersHomePage;

/** Which of the administrator's pages is open: "settings", "seal", "staff", "audit", "jobs". */
typedef struct ChambersTabs {
    Text current;
} ChambersTabs;

typedef struct ChambersKeyLine {
    Text subject, name;
    Time from, until;
    int64_t days_left;
    bool active, over, ends_soon;
} ChambersKeyLine;
typedef struct ChambersKeyLines {
    ChambersKeyLine *items;
    size_t count;
} ChambersKeyLines;

typedef struct ChambersHostLine {
    Text host;
    bool current; /**< this very request came by it */
} ChambersHostLine;
typedef struct ChambersHostLines {
    ChambersHostLine *items;
    size_t count;
} ChambersHostLines;

/** The next number of a series. */
typedef struct ChambersSeriesLine {
    Message title;
    Text next;
} ChambersSeriesLine;
typedef struct ChambersSeriesLines {
    ChambersSeriesLine *items;
    size_t count;
} ChambersSeriesLines;

/** The settings of a chamber, each section with its form. */
typedef struct ChambersSettingsPage {
    ChambersTabs tabs;
    Text code, logo;
    const FormValues *name, *languages, *colours, *mail, *numbering, *upload, *host, *nothing;
    ChambersSeriesLines series;
    ChambersKeyLines keys;
    ChambersHostLines hosts;
} ChambersSettingsPage;

/** Something that the preflight found. */
typedef struct ChambersFindingLine {
    Text state, tone, words;
    Message label;
    Time since, checked;
} ChambersFindingLine;
typedef struct ChambersFindingLines {
    ChambersFindingLine *items;
    size_t count;
} ChambersFindingLines;

typedef struct ChambersAnchorLine {
    Text hex; /**< of its digest */
    Text subject;
    Time until;
} ChambersAnchorLine;
typedef struct ChambersAnchorLines {
    ChambersAnchorLine *items;
    size_t count;
} ChambersAnchorLines;

/** Seal and trust. */
typedef struct ChambersSealPage {
    ChambersTabs tabs;
    const FormValues *levels, *stampers, *anchor, *nothing;
    ChambersAnchorLines anchors;
    ChambersKeyLines keys;
    ChambersFindingLines findings; /**< worst first */
    Time checked;
} ChambersSealPage;

typedef struct ChambersPersonLine {
    AccountId id;
    Text name, email;
    bool officer, administrator, disabled, self;
} ChambersPersonLine;
typedef struct ChambersPersonLines {
    ChambersPersonLine *items;
    size_t count;
} ChambersPersonLines;

typedef struct ChambersInvitationLine {
    InvitationId id;
    Text email, inviter;
    bool officer, administrator;
    Time expires;
} ChambersInvitationLine;
typedef struct ChambersInvitationLines {
    ChambersInvitationLine *items;
    size_t count;
} ChambersInvitationLines;

/** The chamber's staff. */
typedef struct ChambersStaffPage {
    ChambersTabs tabs;
    ChambersPersonLines people;
    ChambersInvitationLines invitations;
    const FormValues *nothing;
} ChambersStaffPage;

/** One person of the staff, and inviting one. */
typedef struct ChambersPersonPage {
    ChambersPersonLine person;
    const FormValues *values, *nothing;
} ChambersPersonPage;

/** An event with the page of what it is about. */
typedef struct ChambersAuditLine {
    ChamberEventLine event;
    Text address; /**< empty: it has no page */
} ChambersAuditLine;
typedef struct ChambersAuditLines {
    ChambersAuditLine *items;
    size_t count;
} ChambersAuditLines;

typedef struct ChambersAuditPage {
    ChambersTabs tabs;
    ChambersAuditLines events;
    Text older;      /**< address of the next page; empty at the end */
    Text verdict;    /**< "whole", "broken", or empty before it was asked for */
    int64_t checked; /**< how many events fit */
    const FormValues *nothing;
} ChambersAuditPage;

/** The id of what a job or a mail is about. */
ID_TYPE(ChambersWorkId);

typedef struct ChambersJobLine {
    ChambersWorkId subject;
    Text kind, tone, error;
    Message label, state;
    int64_t attempts;
    Time added, due;
    bool may_retry, waits;
} ChambersJobLine;
typedef struct ChambersJobLines {
    ChambersJobLine *items;
    size_t count;
} ChambersJobLines;

typedef struct ChambersMailLine {
    ChambersWorkId id;
    Text to_name, to_address, subject, tone, error;
    Message state;
    Time at;
    int64_t tries;
    bool may_retry;
} ChambersMailLine;
typedef struct ChambersMailLines {
    ChambersMailLine *items;
    size_t count;
} ChambersMailLines;

/** What runs behind the pages. */
typedef struct ChambersJobsPage {
    ChambersTabs tabs;
    ChambersJobLines jobs;
    ChambersMailLines mails;
    const FormValues *nothing;
} ChambersJobsPage;

/** A piece of a mail: plain, or an address of this site. */
typedef struct ChambersMailPart {
    Text text, link;
    int64_t breaks; /**< line ends behind the text */
} ChambersMailPart;
typedef struct ChambersMailParts {
    ChambersMailPart *items;
    size_t count;
} ChambersMailParts;
typedef struct ChambersSpooledMail {
    Text to, subject;
    Time date;
    ChambersMailParts parts;
} ChambersSpooledMail;
typedef struct ChambersSpooledMails {
    ChambersSpooledMail *items;
    size_t count;
} ChambersSpooledMails;

/** The mailbox of a demonstration. */
typedef struct ChambersMailboxPage {
    ChambersSpooledMails mails;
    bool spooled; /**< mails go into a folder; else they are really sent */
} ChambersMailboxPage;

#endif
