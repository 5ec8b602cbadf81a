/** Members: firms that apply to the chamber and are admitted. */
#ifndef TRADEPOST_CAPABILITIES_MEMBERS_MEMBERS_H
#define TRADEPOST_CAPABILITIES_MEMBERS_MEMBERS_H

#include "http/route.h"

/** Admits, refuses and suspends firms: officers and administrators. */
extern const Permission MEMBERS_ADMIT;
/** Changes a firm's own data and people: its owner. */
extern const Permission MEMBERS_OWN_FIRM;
/** Registers a firm, and sees the one acted for: everybody who is signed in. */
extern const Permission MEMBERS_APPLY;

typedef struct Firm {
    FirmId id;
    Text name, registration_number, tax_number, street, postcode, city, country, email, phone, website;
    Text state; /**< "applied", "admitted", "refused", "suspended" */
} Firm;
/** @return STATUS_NOT_FOUND */
MUST_USE Status members_firm(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm, Firm *ret_firm);
/** By its registration number. @return STATUS_NOT_FOUND */
MUST_USE Status members_firm_of_registration(Connection *connection, Arena *arena, ChamberId chamber,
                                             Text registration_number, Firm *ret_firm);
/** By its exact name or tax number, as invoices carry them. @return STATUS_NOT_FOUND */
MUST_USE Status members_firm_of_name(Connection *connection, Arena *arena, ChamberId chamber, Text name,
                                     Text tax_number, Firm *ret_firm);
/** Makes a firm in a state (demonstration, bulk use); `firm->id` is ignored. @return STATUS_CONFLICT when the
 * registration number is taken */
MUST_USE Status members_create(Connection *connection, Arena *arena, ChamberId chamber, const Firm *firm, AccountId by,
                               FirmId *ret_firm);

#endif
