/** Chambers: the tenants, their looks and numbering, their seal keys, and the audit chain of each. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_H

#include "http/route.h"
#include "outside/outside.h"
#include "trust/key.h"
#include "trust/pades.h"

/** Runs the chamber: staff, settings, keys, admission. */
extern const Permission CHAMBERS_ADMINISTER;
/** Reads the audit chain. */
extern const Permission CHAMBERS_AUDIT;

/** The chamber that a host name stands for; kept in memory for some seconds. A name that nobody
 * claims is that of the one chamber without a host name, or of the only chamber on the server.
 * @return STATUS_NOT_FOUND */
MUST_USE Status chambers_of_host(Connection *connection, Arena *arena, Text host, ChamberContext *ret_chamber);
/** Whether one more chamber may go without a host name: only one can have the names that nobody claims. */
MUST_USE Status chambers_may_lack_host(Connection *connection, Arena *arena, bool *ret_may);
/** By its code. @return STATUS_NOT_FOUND */
MUST_USE Status chambers_of_code(Connection *connection, Arena *arena, Text code, ChamberContext *ret_chamber);
/** By its id. @return STATUS_NOT_FOUND */
MUST_USE Status chambers_of_id(Connection *connection, Arena *arena, ChamberId chamber, ChamberContext *ret_chamber);

typedef struct Chambers {
    ChamberContext *items;
    size_t count;
} Chambers;
/** Every chamber of this installation, by code. */
MUST_USE Status chambers_all(Connection *connection, Arena *arena, Chambers *ret_chambers);

/** What a letterhead and a certificate need of a chamber. */
typedef struct ChamberLetterhead {
    Text name, address, place, country, second_language, colour_primary, colour_accent;
    Text logo, logo_type; /**< bytes of its picture; empty when it has none */
    Text mail_name, mail_address;
    bool demonstration; /**< its documents say so on every page */
    Text public_url;    /**< "https://host" without a slash at the end: what QR codes and mails lead to */
} ChamberLetterhead;
/** Reads the letterhead. @return STATUS_NOT_FOUND without such a chamber */
MUST_USE Status chambers_letterhead(Connection *connection, Arena *arena, const Outside *outside, ChamberId chamber,
                                    ChamberLetterhead *ret_letterhead);

typedef struct ChamberNew {
    Text code, name, country, place, address, languages, second_language, host, mail_address, public_url;
    Text primary, accent; /**< colours as "#123d5c"; empty: ours */
    bool demonstration;
} ChamberNew;
/** Makes a chamber with its default numbering and its seal key (PKCS#12 under the data directory).
 * @return STATUS_CONFLICT when code or host are taken */
MUST_USE Status chambers_create(Connection *connection, Arena *arena, Outside *outside, const ChamberNew *chamber,
                                ChamberId *ret_chamber);

/**
 * Takes the next number of a series, gap-free per chamber, series and year, inside the caller's writing transaction,
 * and writes it by the chamber's pattern, as "MK-CO-2026-000123".
 *
 * @param otherwise  the pattern where the chamber has none of its own: {code} {series} {year} {number}
 */
MUST_USE Status chambers_next_number(Connection *connection, Arena *arena, ChamberId chamber, Text series,
                                     Text otherwise, int year, Text *ret_number);

/** The seal key of a chamber; belongs to the process and stays open. @return STATUS_UNAVAILABLE with the reason */
MUST_USE Status chambers_seal_key(Database *database, const Outside *outside, ChamberId chamber, Key **ret_key);

/** By what the documents of a type are protected. */
typedef struct ChamberTrust {
    PadesLevel level;
    TimeStampServices stamps;    /**< in the order in which they are asked */
    const TrustAnchors *anchors; /**< from which paths of seals and stamps must start */
    TrustFetch fetch;
} ChamberTrust;
/** Reads it into the arena. Where the chamber has not set them, the installation's own authority stamps, and its
 * anchors are the installation's. The level is what the chamber has set for the type or for all; else B-LTA where there
 * is a time-stamp authority and B-B where there is none. @return STATUS_UNAVAILABLE when a login's file cannot be read
 */
MUST_USE Status chambers_trust(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                               Text document_type, ChamberTrust *ret_trust);
/** A time-stamp authority as a chamber sets it. */
typedef struct ChamberStamper {
    Text url, policy; /**< as in TimeStampService */
    Text login; /**< names a file of the operator's: DATA/logins/NAME, user and password, a line each; empty: none */
} ChamberStamper;
/** Sets the authorities that a chamber asks, in this order. */
MUST_USE Status chambers_set_stampers(Connection *connection, ChamberId chamber, const ChamberStamper *items,
                                      size_t count);
/** Something that keeps, or will soon keep, a chamber from sealing. */
typedef struct ChamberWarning {
    Text words; /**< one English sentence */
    bool fails; /**< now; else it is a warning */
    Time since;
} ChamberWarning;
typedef struct ChamberWarnings {
    ChamberWarning *items;
    size_t count;
} ChamberWarnings;
/** What the last preflight found wrong; nothing about the level, which is the administrator's choice. */
MUST_USE Status chambers_warnings(Connection *connection, Arena *arena, ChamberId chamber,
                                  ChamberWarnings *ret_warnings);
/** Whether the key's certificate comes from the installation's own authority, which has no legal standing. */
bool chambers_is_test_key(Outside *outside, const Key *key);
/** "B-LTA"; empty for none. */
Text chambers_level_name(PadesLevel level);
/** @return STATUS_CORRUPT for another word */
MUST_USE Status chambers_level_read(Text name, PadesLevel *ret_level);
/** Has the servers of trust services reached in another way, before threads start: for tests. NULL: as always. */
void chambers_fetch_by(const TrustFetch *fetch);

/** An act that changed a document or a right. */
typedef struct AuditEvent {
    ChamberId chamber;
    AccountId account; /**< 0: the program itself */
    const char *act;   /**< "documents.approve" */
    int64_t subject;   /**< id of what was acted on */
    Text detail;       /**< short words, no secrets */
    Text witness;      /**< a hash over what the act left behind, for the owner's own check; empty: none */
} AuditEvent;
/** Appends to the chamber's hash chain inside the caller's writing transaction: hash = SHA-256(previous hash, all
 * fields). The chain's end is noted beside it under the database's key, so that `check` finds a chain that was cut. */
MUST_USE Status chambers_audit(Connection *connection, Arena *arena, const AuditEvent *event);
/** An event as pages show it. */
typedef struct ChamberEventLine {
    int64_t sequence;
    Time at;
    Text person; /**< empty: the program itself */
    Text act;    /**< "members.admit" */
    Message label;
    Text detail;
    int64_t subject;
} ChamberEventLine;
typedef struct ChamberEventLines {
    ChamberEventLine *items;
    size_t count;
} ChamberEventLines;
/** What happened to one thing, newest first; at most 200 events. */
MUST_USE Status chambers_history(Connection *connection, Arena *arena, ChamberId chamber, int64_t subject,
                                 ChamberEventLines *ret_events);
/** Walks the chain to the end that is noted. @return STATUS_CORRUPT with words that end with the number of the first
 * event that does not fit, or of the one that should be the last */
MUST_USE Status chambers_audit_check(Connection *connection, Arena *arena, ChamberId chamber, int64_t *ret_events);

#endif
