/** What the pages of members have in common: a firm's facts, its change, its people. */
#include "base/log.h"
#include "capabilities/members/members_inside.h"
#include "html/list.h"

const Form members_nothing_form = {.name = "MembersNothing"};

Text members_search(Arena *arena, Text name, Text registration_number, Text tax_number, Text city) {
    return search_folded(arena, arena_format(arena, "%.*s %.*s %.*s %.*s", TEXT_ARG(name), TEXT_ARG(city),
                                             TEXT_ARG(registration_number), TEXT_ARG(tax_number)));
}

typedef struct StateWords {
    Text state;
    Message label;
    Text tone;
} StateWords;
static const StateWords states[] = {
    {TEXT_INIT("applied"), MESSAGE_INIT("Waiting for the chamber"), TEXT_INIT("wait")},
    {TEXT_INIT("admitted"), MESSAGE_INIT("Member"), TEXT_INIT("good")},
    {TEXT_INIT("refused"), MESSAGE_INIT("Not admitted"), TEXT_INIT("bad")},
    {TEXT_INIT("suspended"), MESSAGE_INIT("Suspended"), TEXT_INIT("bad")},
};

static const StateWords *words_of(Text state) {
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (text_equal(states[i].state, state)) {
            return &states[i];
        }
    }
    return NULL;
}

Message members_state_label(Text state) {
    const StateWords *words = words_of(state);
    return words == NULL ? NO_MESSAGE : words->label;
}

Text members_state_tone(Text state) {
    const StateWords *words = words_of(state);
    return words == NULL ? (Text){NULL, 0} : words->tone;
}

MembersFirmFacts members_facts(const MembersFirmRow *row) {
    return (MembersFirmFacts){.id = row->firm_id,
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
                              .state = row->state,
                              .tone = members_state_tone(row->state),
                              .state_label = members_state_label(row->state),
                              .applied = row->applied_at,
                              .decided = row->decided_at,
                              .reason = row->reason};
}

Status members_own(Request *request, MembersFirmRow *ret_row) {
    if (request->actor.firm.value == 0) {
        return STATUS_NOT_FOUND;
    }
    return members_by_id(request->connection, request->arena, request->chamber.id, request->actor.firm, ret_row);
}

Status members_change(Request *request, const MembersFirmRow *row, MembersChangeFacts *ret_change) {
    MembersChangeRows rows = {0};
    TRY(members_change_of(request->connection, request->arena, request->chamber.id, row->firm_id, &rows));
    *ret_change = (MembersChangeFacts){0};
    if (rows.count > 0) {
        const MembersChangeRow *change = &rows.items[0];
        *ret_change = (MembersChangeFacts){.asked = true,
                                           .name = change->name,
                                           .registration_number = change->registration_number,
                                           .tax_number = change->tax_number,
                                           .country = change->country,
                                           .asked_at = change->asked_at,
                                           .name_changes = !text_equal(change->name, row->name),
                                           .registration_changes =
                                               !text_equal(change->registration_number, row->registration_number),
                                           .tax_changes = !text_equal(change->tax_number, row->tax_number),
                                           .country_changes = !text_equal(change->country, row->country)};
    }
    return STATUS_OK;
}

Status members_people(Request *request, FirmId firm, MembersPersonLines *ret_people) {
    People people = {0};
    TRY(accounts_people(request->connection, request->arena, request->chamber.id, firm, &people));
    MembersPersonLine *items = arena_new_array(request->arena, MembersPersonLine, people.count + 1);
    for (size_t i = 0; i < people.count; i++) {
        const Person *person = &people.items[i];
        items[i] = (MembersPersonLine){.id = person->account,
                                       .name = person->name,
                                       .email = person->email,
                                       .role = accounts_role_name((unsigned)person->roles),
                                       .self = person->account.value == request->actor.account.value,
                                       .disabled = person->disabled};
    }
    *ret_people = (MembersPersonLines){items, people.count};
    return STATUS_OK;
}

Status members_audit(Request *request, const char *act, FirmId firm, Text detail) {
    const AuditEvent event = {.chamber = request->chamber.id,
                              .account = request->actor.account,
                              .act = act,
                              .subject = firm.value,
                              .detail = detail};
    return chambers_audit(request->connection, request->arena, &event);
}
