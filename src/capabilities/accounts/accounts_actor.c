/** Who a session or an API token stands for, in every signed-in request by one query. */
#include "accounts_sql.h"
#include "capabilities/accounts/accounts_inside.h"

/* A session's last use is noted when it lies that far back: a write for each request would cost more than the page. */
static const int64_t seen_step = 5 * TIME_MINUTE;
static const int64_t idle_limit = 14 * TIME_DAY, idle_limit_of_staff = 12 * TIME_HOUR;

bool accounts_session_is_idle(unsigned roles, Time seen, Time now) {
    return !time_before(now, time_add(seen, (roles & CHAMBER_ROLES) != 0 ? idle_limit_of_staff : idle_limit));
}

static Actor actor_of(const AccountsActor *row, Time now) {
    const unsigned of_chamber = (unsigned)row->chamber_roles & CHAMBER_ROLES;
    unsigned of_firm = (unsigned)row->firm_roles & FIRM_ROLES;
    const bool has_firm = of_firm != 0;
    if (!text_equal(row->firm_state, TEXT("admitted"))) {
        of_firm &= ~(unsigned)ROLE_APPLICANT; /* only a member applies */
    }
    return (Actor){.account = row->account_id,
                   .firm = has_firm ? row->firm_id : (FirmId){0},
                   .roles = (unsigned)ROLE_SIGNED_IN | of_chamber | of_firm,
                   .name = row->name,
                   .email = row->email,
                   .firm_name = has_firm ? row->firm_name : (Text){NULL, 0},
                   .unseen = time_before(time_add(row->seen_at, seen_step), now)};
}

Status accounts_actor_of_session(Connection *connection, Arena *arena, ChamberId chamber, Text token_sha256, Time now,
                                 Actor *ret_actor) {
    AccountsActor row;
    TRY(accounts_session_actor(connection, arena, chamber, token_sha256, now, &row));
    const Actor actor = actor_of(&row, now);
    if (accounts_session_is_idle(actor.roles, row.seen_at, now)) {
        return STATUS_NOT_FOUND;
    }
    *ret_actor = actor;
    return STATUS_OK;
}

Status accounts_actor_of_token(Connection *connection, Arena *arena, ChamberId chamber, Text token_sha256, Time now,
                               Actor *ret_actor) {
    AccountsActor row;
    TRY(accounts_token_actor(connection, arena, chamber, token_sha256, now, &row));
    *ret_actor = actor_of(&row, now);
    ret_actor->by_token = true;
    return STATUS_OK;
}

Status accounts_session_seen(Connection *connection, ChamberId chamber, Text token_sha256, Time now) {
    int64_t count = 0;
    TRY(accounts_session_touch(connection, chamber, token_sha256, now, &count));
    return count > 0 ? STATUS_OK : accounts_token_touch(connection, chamber, token_sha256, now, &count);
}
