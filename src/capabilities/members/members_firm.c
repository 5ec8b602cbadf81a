/** Firms as other capabilities see them. */
#include "base/log.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/members/members_inside.h"
#include "html/list.h"

static Firm firm_of(const MembersFirmRow *row) {
    return (Firm){.id = row->firm_id,
                  .name = row->name,
                  .registration_number = row->registration_number,
                  .tax_number = row->tax_number,
                  .street = row->street,
                  .postcode = row->postcode,
                  .city = row->city,
                  .country = row->country,
                  .email = row->email,
                  .phone = row->phone,
                  .website = row->website,
                  .state = row->state};
}

Status members_firm(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm, Firm *ret_firm) {
    MembersFirmRow row = {0};
    TRY(members_by_id(connection, arena, chamber, firm, &row));
    *ret_firm = firm_of(&row);
    return STATUS_OK;
}

Status members_firm_of_registration(Connection *connection, Arena *arena, ChamberId chamber, Text registration_number,
                                    Firm *ret_firm) {
    MembersFirmRow row = {0};
    TRY(members_by_registration(connection, arena, chamber, registration_number, &row));
    *ret_firm = firm_of(&row);
    return STATUS_OK;
}

Status members_firm_of_name(Connection *connection, Arena *arena, ChamberId chamber, Text name, Text tax_number,
                            Firm *ret_firm) {
    MembersFirmRows rows = {0};
    TRY(members_by_name(connection, arena, chamber, name, tax_number, &rows));
    if (rows.count != 1) {
        return STATUS_NOT_FOUND;
    }
    *ret_firm = firm_of(&rows.items[0]);
    return STATUS_OK;
}

Status members_create(Connection *connection, Arena *arena, ChamberId chamber, const Firm *firm, AccountId by,
                      FirmId *ret_firm) {
    const FirmId id = {id_make()};
    TRY(members_insert(connection,
                       &(MembersInsert){.chamber = chamber,
                                        .firm = id,
                                        .name = firm->name,
                                        .registration_number = firm->registration_number,
                                        .tax_number = firm->tax_number,
                                        .street = firm->street,
                                        .postcode = firm->postcode,
                                        .city = firm->city,
                                        .country = firm->country,
                                        .email = firm->email,
                                        .phone = firm->phone,
                                        .website = firm->website,
                                        .state = firm->state,
                                        .now = clock_now(),
                                        .account = by,
                                        .search = members_search(arena, firm->name, firm->registration_number,
                                                                 firm->tax_number, firm->city),
                                        .sort_key = sort_key(arena, firm->name)}));
    const AuditEvent event = {
        .chamber = chamber, .account = by, .act = "members.create", .subject = id.value, .detail = firm->name};
    TRY(chambers_audit(connection, arena, &event));
    *ret_firm = id;
    return STATUS_OK;
}
