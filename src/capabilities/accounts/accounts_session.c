/** Secrets, sessions and tries: what sign-in, sign-up, reset and invitations have in common. */
#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_throttle.h"

enum { SECRET_SIZE = 32, AGENT_MOST = 300, FIRMS_MOST = 1000 };

static const int64_t session_life = 30 * TIME_DAY;
static const int64_t language_life = 365 * TIME_DAY;

Text accounts_secret_make(Arena *arena) {
    char bytes[SECRET_SIZE];
    random_bytes(bytes, sizeof(bytes));
    return base64url_encode(arena, (Text){bytes, sizeof(bytes)});
}

Text accounts_secret_hash(Arena *arena, Text secret) {
    const Sha256 digest = sha256(secret);
    return arena_copy(arena, sha256_text(&digest));
}

Text accounts_session_hash(const Request *request) {
    const Text cookie = request_cookie(request, "session");
    return cookie.size > 0 ? accounts_secret_hash(request->arena, cookie) : (Text){NULL, 0};
}

/* The firm acted for last, if the person still has a role there; else the only one; else none, and she chooses. */
static Status choose_firm(Request *request, AccountId account, FirmId last, FirmId *ret_firm) {
    AccountsFirmsOfRows firms = {NULL, 0};
    TRY(accounts_firms_of(request->connection, request->arena, request->chamber.id, account, FIRMS_MOST, &firms));
    FirmId firm = firms.count == 1 ? firms.items[0].firm_id : (FirmId){0};
    for (size_t i = 0; i < firms.count; i++) {
        firm = firms.items[i].firm_id.value == last.value ? last : firm;
    }
    *ret_firm = firm;
    return STATUS_OK;
}

/* What a stranger's browser says of itself: ASCII to be stored and shown, whatever bytes came. */
static Text printable(Arena *arena, Text text) {
    Buffer letters = buffer_make(arena, AGENT_MOST);
    for (size_t i = 0; i < text.size && i < AGENT_MOST; i++) {
        buffer_append_byte(&letters, text.data[i] >= ' ' && text.data[i] <= '~' ? text.data[i] : '?');
    }
    return (Text){letters.data, letters.size};
}

static bool offers_language(const Request *request, Text tag) {
    Text languages = request->chamber.languages;
    while (languages.size > 0) {
        if (text_equal(text_cut(&languages, ' '), tag)) {
            return true;
        }
    }
    return false;
}

Status accounts_session_begin(Request *request, AccountId account) {
    AccountsRow row;
    FirmId firm = {0};
    int64_t count = 0;
    const Text before = accounts_session_hash(request);
    const Text secret = accounts_secret_make(request->arena);
    TRY(accounts_by_id(request->connection, request->arena, request->chamber.id, account, &row));
    TRY(choose_firm(request, account, row.firm_id, &firm));
    if (before.size > 0) {
        TRY(accounts_session_end(request->connection, request->chamber.id, before, &count));
    }
    const AccountsSessionInsert insert = {
        .chamber = request->chamber.id,
        .token_hash = accounts_secret_hash(request->arena, secret),
        .session = {id_make()},
        .account = account,
        .firm = firm,
        .now = request->now,
        .expires_at = time_add(request->now, session_life),
        .address = printable(request->arena, request->address),
        .agent = printable(request->arena, request_header(request, "user-agent")),
    };
    TRY(accounts_session_insert(request->connection, &insert));
    answer_cookie(request, "session", secret, session_life / TIME_SECOND);
    if (offers_language(request, row.language)) {
        answer_cookie(request, "language", row.language, language_life / TIME_SECOND);
    }
    return STATUS_OK;
}

Status accounts_refuse_token(Request *request) {
    return request->actor.by_token ? refuse(request, STATUS_FORBIDDEN,
                                            MESSAGE("An API token cannot change the account. Sign in to do that."))
                                   : STATUS_OK;
}

Status accounts_check_password(Request *request, const char *field, Text password, Text email, Text name) {
    const PasswordContext context = {.email = email, .name = name, .chamber = request->chamber.name};
    const Message refusal = accounts_password_refusal(request->arena, password, &context);
    return refusal.english != NULL ? refuse_field(request, field, refusal) : STATUS_OK;
}

static Status explain(Request *request, Status status) {
    if (status != STATUS_UNAVAILABLE) {
        return status;
    }
    return refuse(request, status, MESSAGE("Too many people sign in just now. Please try again in a few seconds."));
}

Status accounts_hash(Request *request, Text password, Text *ret_hash) {
    return explain(request, accounts_password_hash(request->arena, request->outside->secret, password, ret_hash));
}

Status accounts_verify(Request *request, Text password, Text stored, PasswordVerdict *ret_verdict) {
    return explain(request,
                   accounts_password_verify(request->arena, request->outside->secret, password, stored, ret_verdict));
}

static ThrottleKey key_of(const Request *request, Text email) {
    return accounts_throttle_key(request->outside->secret, request->chamber.id,
                                 accounts_email_key(request->arena, email), request->address);
}

Status accounts_count_try(Request *request, Text email) {
    int64_t wait = 0;
    if (accounts_throttle_take(key_of(request, email), request->now, &wait)) {
        return STATUS_OK;
    }
    LOG(LOG_WARNING, "sign-in slowed down", {"chamber", request->chamber.code}, {"address", request->address});
    return refuse_for_now(request,
                          MESSAGE("There were too many wrong passwords for this account from where you are. Wait a few "
                                  "minutes, or ask for a link to choose a new password."),
                          wait);
}

void accounts_forget_tries(const Request *request, Text email) {
    accounts_throttle_forget(key_of(request, email));
}
