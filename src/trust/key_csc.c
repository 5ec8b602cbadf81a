/** Keys of a remote signing service: it signs hashes, and what comes back is verified with the certificate. */
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/csc.h"
#include "trust/der.h"
#include "trust/key_outside.h"
#include "trust/key_secret.h"

/* After a refusal, and after no answer. */
#define CSC_REFUSED_PAUSE (5 * TIME_SECOND)
#define CSC_AWAY_PAUSE    (30 * TIME_SECOND)
#define CSC_HTTP_REFUSED  400
/* A token is renewed a little before its end; one without a time is asked for each hour. */
#define CSC_TOKEN_MARGIN  30
#define CSC_TOKEN_SECONDS 3600

/** What the driver keeps of a key at a service. */
typedef struct CscKey {
    Text base, credential, oauth; /* "https://service/csc/v1"; the credential's name; where tokens are asked for */
    KeyAccess access;
    TrustFetch fetch;
    bool second, needs_pin, is_closed;
    const char *algorithm; /* signAlgo */
    Text parameters;
    KeyPause pause;
    pthread_mutex_t lock;
    char token[KEY_SECRET_MAX]; /* the bearer token at hand, under the lock */
    size_t token_size;
    int64_t token_until;
} CscKey;

/** One question. @param ret_refused  set when the service itself refused; its words are then the failure's */
static Status csc_ask(Arena *arena, const CscKey *service, const char *act, TrustQuestion *question, Text *ret_reply,
                      bool *ret_refused) {
    int http_status = 0;
    question->reply_max = CSC_REPLY_MAX;
    question->accept = TEXT("application/json");
    question->http_status = &http_status;
    Text reply = {0};
    TRY(service->fetch.call(service->fetch.context, arena, question, &reply));
    if (http_status >= CSC_HTTP_REFUSED) {
        *ret_refused = true;
        return fail(STATUS_UNAVAILABLE, "the signing service refuses %s: %.*s", act,
                    TEXT_ARG(csc_read_error(arena, reply)));
    }
    *ret_reply = reply;
    return STATUS_OK;
}

static Status csc_call(Arena *arena, const CscKey *service, const char *act, Text token, Text body, Text *ret_reply,
                       bool *ret_refused) {
    TrustQuestion question = {.url = arena_format(arena, "%.*s/%s", TEXT_ARG(service->base), act),
                              .content_type = TEXT("application/json"),
                              .body = body};
    if (token.size > 0) {
        question.authorization = arena_format(arena, "Bearer %.*s", TEXT_ARG(token));
        key_cleanse_later(arena, question.authorization);
    }
    return csc_ask(arena, service, act, &question, ret_reply, ret_refused);
}

/** A new token by client credentials or by login. */
static Status csc_new_token(Arena *arena, const CscKey *service, const CscSecrets *secrets, Text *ret_token,
                            int64_t *ret_seconds) {
    bool refused = false;
    Text reply = {0};
    TrustQuestion question = {.content_type = TEXT("application/json"), .body = TEXT("{}")};
    if (secrets->client_id.size > 0) {
        question.url = arena_format(arena, "%.*s/oauth2/token", TEXT_ARG(service->oauth));
        question.content_type = TEXT("application/x-www-form-urlencoded");
        question.body = csc_write_token(arena, secrets);
        TRY(csc_ask(arena, service, "a token", &question, &reply, &refused));
    } else {
        const Text login = arena_format(arena, "%.*s:%.*s", TEXT_ARG(secrets->user), TEXT_ARG(secrets->password));
        const Text encoded = base64_encode(arena, login);
        key_cleanse_later(arena, login);
        key_cleanse_later(arena, encoded);
        question.url = arena_format(arena, "%.*s/auth/login", TEXT_ARG(service->base));
        question.authorization = arena_format(arena, "Basic %.*s", TEXT_ARG(encoded));
        key_cleanse_later(arena, question.authorization);
        TRY(csc_ask(arena, service, "the login", &question, &reply, &refused));
    }
    return csc_read_token(arena, reply, ret_token, ret_seconds);
}

/** The token at hand, or a new one. @param is_stale  the one at hand was refused */
static Status csc_token(Arena *arena, CscKey *service, const CscSecrets *secrets, bool is_stale, Text *ret_token) {
    if (secrets->token.size > 0) {
        *ret_token = secrets->token;
        return STATUS_OK;
    }
    (void)pthread_mutex_lock(&service->lock);
    const bool at_hand = !is_stale && service->token_size > 0 && service->token_until > clock_monotonic();
    if (at_hand) {
        *ret_token = arena_copy(arena, (Text){service->token, service->token_size});
        key_cleanse_later(arena, *ret_token);
    }
    (void)pthread_mutex_unlock(&service->lock);
    if (at_hand) {
        return STATUS_OK;
    }
    Text token = {0};
    int64_t seconds = 0;
    TRY(csc_new_token(arena, service, secrets, &token, &seconds));
    seconds = seconds > CSC_TOKEN_MARGIN ? seconds - CSC_TOKEN_MARGIN : seconds > 0 ? 0 : CSC_TOKEN_SECONDS;
    (void)pthread_mutex_lock(&service->lock);
    if (token.size <= sizeof(service->token)) {
        memcpy(service->token, token.data, token.size);
        service->token_size = token.size;
        service->token_until =
            clock_monotonic() + (seconds < CSC_TOKEN_SECONDS ? seconds : CSC_TOKEN_SECONDS) * TIME_SECOND;
    }
    (void)pthread_mutex_unlock(&service->lock);
    *ret_token = token;
    return STATUS_OK;
}

static Status csc_secrets(Arena *arena, const CscKey *service, CscSecrets *ret_secrets) {
    Text lines = {0};
    TRY(key_secret_read(arena, &service->access, TEXT("secrets of the signing service"), &lines));
    TRY(csc_read_secrets(lines, ret_secrets));
    if (ret_secrets->token.size == 0 && ret_secrets->client_id.size == 0 && ret_secrets->user.size == 0) {
        return fail(STATUS_INVALID, "the service's secrets have neither client_id= nor token= nor user=");
    }
    return STATUS_OK;
}

/** Whether the words of a refusal are about the PIN. */
static bool csc_is_about_pin(Text words) {
    return text_find(words, TEXT("pin"), &(size_t){0}) || text_find(words, TEXT("PIN"), &(size_t){0});
}

/** The authorization of one hash. A PIN that was refused is not tried again: services lock after a few. */
static Status csc_authorize(Arena *arena, const CscKey *service, const CscHash *hash, Text token,
                            const CscSecrets *secrets, Text *ret_sad, bool *ret_refused) {
    Text reply = {0};
    const Text pin = service->needs_pin ? secrets->pin : (Text){0}, otp = service->needs_pin ? secrets->otp : (Text){0};
    const Text place = arena_format(arena, "%.*s#%.*s", TEXT_ARG(service->base), TEXT_ARG(service->credential));
    TRY(key_pin_check(arena, place, pin));
    const Status status = csc_call(arena, service, "credentials/authorize", token,
                                   csc_write_authorize(arena, hash, pin, otp), &reply, ret_refused);
    if (status != STATUS_OK && *ret_refused && pin.size > 0) {
        const Text words = arena_copy(arena, failure_take());
        if (csc_is_about_pin(words)) {
            key_pin_refuse(arena, place, pin);
            *ret_refused = false; /* no second try */
        }
        return fail(status, "%.*s", TEXT_ARG(words));
    }
    TRY(status);
    return csc_read_authorization(arena, reply, ret_sad);
}

/** Token, authorization and signature of one hash. @param ret_refused  set where a second try with a new token may help
 */
static Status csc_sign_once(Arena *arena, CscKey *service, const CscHash *hash, bool is_stale, Text *ret_signature,
                            bool *ret_refused) {
    CscSecrets secrets;
    Text token = {0}, reply = {0}, sad = {0};
    TRY(csc_secrets(arena, service, &secrets));
    TRY(csc_token(arena, service, &secrets, is_stale, &token));
    TRY(csc_authorize(arena, service, hash, token, &secrets, &sad, ret_refused));
    TRY(csc_call(arena, service, "signatures/signHash", token, csc_write_sign(arena, hash, sad), &reply, ret_refused));
    return csc_read_signature(arena, reply, ret_signature);
}

static Status csc_sign_hash(Arena *arena, CscKey *service, const CscHash *hash, Text *ret_signature) {
    bool refused = false;
    Status status = csc_sign_once(arena, service, hash, false, ret_signature, &refused);
    if (status != STATUS_OK && refused) { /* a token or an authorization that has ended: all of it anew, once */
        status = csc_sign_once(arena, service, hash, true, ret_signature, &refused);
    }
    return status == STATUS_OK ? status
                               : key_pause_begin(&service->pause, refused ? CSC_REFUSED_PAUSE : CSC_AWAY_PAUSE);
}

static Status csc_key_sign(Key *key, KeyDigest digest, Text bytes, Arena *arena, Text *ret_signature) {
    CscKey *service = key->place;
    if (service->is_closed) {
        return fail(STATUS_CONFLICT, "the key is closed");
    }
    TRY(key_pause_check(&service->pause));
    Arena *secrets = arena_open((size_t)8 << 20);
    const CscHash hash = {.second = service->second,
                          .credential = service->credential,
                          .hash = algorithm_digest(secrets, digest, &bytes, 1),
                          .digest = digest,
                          .algorithm = service->algorithm,
                          .parameters = service->parameters};
    Text signature = {0};
    Status status = csc_sign_hash(secrets, service, &hash, &signature);
    if (status == STATUS_OK) {
        /* Some services give r and s of ECDSA bare. */
        const bool is_bare =
            (key->kind == KEY_P256 && signature.size == 64) || (key->kind == KEY_P384 && signature.size == 96);
        signature = is_bare && !der_is_next(signature, DER_SEQUENCE) ? key_ecdsa_value(secrets, signature) : signature;
        status = key_verify_own(key, digest, bytes, signature);
    }
    if (status == STATUS_OK) {
        *ret_signature = arena_copy(arena, signature);
    }
    arena_close(secrets);
    return status;
}

static void csc_key_close(Key *key) {
    CscKey *service = key->place;
    (void)pthread_mutex_lock(&service->lock);
    service->is_closed = true;
    memset(service->token, 0, sizeof(service->token));
    service->token_size = 0;
    (void)pthread_mutex_unlock(&service->lock);
}

static const KeyDriver key_driver_csc = {.sign = csc_key_sign, .close = csc_key_close};

static bool csc_allows(const CscCredential *credential, const char *oid) {
    for (size_t i = 0; i < credential->algorithms.count; i++) {
        if (text_equal(credential->algorithms.items[i], text_of(oid))) {
            return true;
        }
    }
    return false;
}

/** The algorithm that the key will be asked for. */
static Status csc_choose_algorithm(Key *key, const CscCredential *credential) {
    static const char pss[] = "1.2.840.113549.1.1.10", rsa_sha256[] = "1.2.840.113549.1.1.11",
                      rsa[] = "1.2.840.113549.1.1.1";
    CscKey *service = key->place;
    switch (key->kind) {
    case KEY_P256:
        service->algorithm = "1.2.840.10045.4.3.2";
        return STATUS_OK;
    case KEY_P384:
        service->algorithm = "1.2.840.10045.4.3.3";
        return STATUS_OK;
    case KEY_ED25519:
        return fail(STATUS_UNSUPPORTED, "Ed25519 signs whole messages, which a service that signs hashes cannot");
    case KEY_RSA_3072:
    case KEY_RSA_PSS_3072:
        break;
    }
    if (key->kind == KEY_RSA_3072 && csc_allows(credential, pss) && !csc_allows(credential, rsa_sha256) &&
        !csc_allows(credential, rsa)) {
        key->kind = KEY_RSA_PSS_3072;
    }
    service->algorithm = key->kind == KEY_RSA_PSS_3072 ? pss : csc_allows(credential, rsa_sha256) ? rsa_sha256 : rsa;
    if (key->kind == KEY_RSA_PSS_3072) {
        /* The parameters are the second value of the algorithm's identifier. */
        Text identifier = algorithm_of_signature(key->kind, key_digest(key));
        DerValue outer, oid;
        TRY(der_take(&identifier, DER_SEQUENCE, &outer));
        TRY(der_take(&outer.content, DER_OBJECT, &oid));
        service->parameters = outer.content;
    }
    return STATUS_OK;
}

/** Asks the service who it is, and what the credential is. */
static Status csc_learn(Arena *arena, Arena *secrets, Key *key) {
    CscKey *service = key->place;
    CscSecrets own;
    CscCredential credential;
    bool refused = false;
    Text reply = {0}, token = {0}, oauth = {0};
    TRY(csc_secrets(secrets, service, &own));
    TRY(csc_call(secrets, service, "info", (Text){0}, TEXT("{}"), &reply, &refused));
    TRY(csc_read_info(secrets, reply, &service->second, &oauth));
    service->oauth = oauth.size > 0 ? arena_copy(arena, oauth) : service->base;
    TRY(csc_token(secrets, service, &own, false, &token));
    if (service->credential.size == 0) {
        Text only = {0};
        TRY(csc_call(secrets, service, "credentials/list", token, TEXT("{}"), &reply, &refused));
        TRY(csc_read_list(secrets, reply, &only));
        service->credential = arena_copy(arena, only);
    }
    TRY(csc_call(secrets, service, "credentials/info", token, csc_write_credential(secrets, service->credential),
                 &reply, &refused));
    TRY(csc_read_credential(secrets, reply, &credential));
    service->needs_pin = credential.needs_pin;
    if (service->needs_pin && own.pin.size == 0) {
        return fail(STATUS_INVALID, "the credential wants a PIN: put pin= into the service's secrets");
    }
    Text public_key = {0};
    TRY(key_public_of_certificate(credential.certificates.items[0], &public_key));
    TRY(key_set_public(arena, key, public_key));
    TRY(csc_choose_algorithm(key, &credential));
    return key_take_certificates(arena, key, credential.certificates.items, credential.certificates.count);
}

static void csc_close_deferred(void *key) {
    key_close(key);
}

Status key_open_service(Arena *arena, Text address, const KeyAccess *access, Key **ret_key) {
    if (access == NULL || access->fetch == NULL || access->fetch->call == NULL) {
        return fail(STATUS_UNSUPPORTED, "no signing service can be reached from here");
    }
    Text credential = address;
    Text base = text_cut(&credential, '#');
    while (text_ends_with(base, TEXT("/"))) {
        base.size--;
    }
    const bool is_near =
        text_starts_with(base, TEXT("http://127.0.0.1:")) || text_starts_with(base, TEXT("http://[::1]:"));
    if (!text_starts_with(base, TEXT("https://")) && !is_near) {
        return fail(STATUS_INVALID, "a csc: description is csc:https://SERVICE/csc/v1#CREDENTIAL");
    }
    Key *key = arena_new(arena, Key);
    CscKey *service = arena_new(arena, CscKey);
    service->base = arena_copy(arena, base);
    service->credential = arena_copy(arena, credential);
    service->fetch = *access->fetch;
    service->access = (KeyAccess){
        .environment = access->environment, .file = arena_copy(arena, access->file), .prompt = access->prompt};
    (void)pthread_mutex_init(&service->lock, NULL);
    key_pause_open(&service->pause);
    *key = (Key){.driver = &key_driver_csc, .place = service};
    arena_defer(arena, csc_close_deferred, key);
    Arena *secrets = arena_open((size_t)8 << 20);
    const Status status = csc_learn(arena, secrets, key);
    arena_close(secrets);
    TRY(status);
    *ret_key = key;
    return STATUS_OK;
}
