/** The signing service of the tests. */
#include "testing/csc_service.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "testing/test.h"
#include "trust/algorithm.h"
#include "trust/key_inside.h"

#define CSC_HUGE ((size_t)1 << 20)

enum { CSC_OK = 200, CSC_BAD = 400, CSC_UNAUTHORIZED = 401, CSC_NOT_FOUND = 404, CSC_FAILED = 500 };

void csc_service_open(CscService *service, Key *key) {
    *service = (CscService){.key = key, .trouble = ""};
    CHECK_INT(pthread_mutex_init(&service->lock, NULL), 0);
}

static bool is_told(CscService *service, const char *trouble) {
    return strcmp(service->trouble, trouble) == 0;
}

/** True once. */
static bool is_told_once(CscService *service, const char *trouble) {
    const bool told = is_told(service, trouble);
    if (told) {
        service->trouble = "";
    }
    return told;
}

static int refuse(Text *ret_reply, int code, const char *json) {
    *ret_reply = text_of(json);
    return code;
}

static Text text_in(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : (Text){0};
}

static int give_token(CscService *service, Arena *arena, Text body, Text *ret_reply) {
    if (!text_equal(body, TEXT("grant_type=client_credentials&scope=service&client_id=chamber&client_secret="
                               "s3cr3t%20%26%2B%25"))) {
        return refuse(ret_reply, CSC_UNAUTHORIZED, "{\"error\":\"invalid_client\"}");
    }
    (void)snprintf(service->token, sizeof(service->token), "token-%d", ++service->tokens);
    *ret_reply =
        arena_format(arena, "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":3600}", service->token);
    return CSC_OK;
}

static int give_credential(CscService *service, Arena *arena, Text *ret_reply) {
    const Texts chain = key_chain(is_told(service, "wrong-certificate") ? service->other : service->key);
    const KeyKind kind = key_kind(service->key);
    const char *algorithm = is_told(service, "pss") || kind == KEY_RSA_PSS_3072 ? "1.2.840.113549.1.1.10"
                            : kind == KEY_P256                                  ? "1.2.840.10045.4.3.2"
                            : kind == KEY_P384                                  ? "1.2.840.10045.4.3.3"
                                                                                : "1.2.840.113549.1.1.11";
    const char *mode = is_told(service, "person") ? "oauth2code" : service->implicit ? "implicit" : "explicit";
    Text certificates = {0};
    for (size_t i = 0; i < chain.count && !is_told(service, "no-certificate"); i++) {
        certificates = arena_format(arena, "%.*s%s\"%.*s\"", TEXT_ARG(certificates), i > 0 ? "," : "",
                                    TEXT_ARG(base64_encode(arena, chain.items[i])));
    }
    const Text by = service->second ? arena_format(arena, "\"auth\":{\"mode\":\"%s\"}", mode)
                                    : arena_format(arena, "\"authMode\":\"%s\",\"PIN\":{\"presence\":\"true\"}", mode);
    *ret_reply = arena_format(
        arena,
        "{\"key\":{\"status\":\"%s\",\"algo\":[\"%s\"],\"len\":256},\"cert\":{\"status\":\"valid\","
        "\"certificates\":[%.*s]},%.*s,\"multisign\":1}",
        is_told(service, "disabled") ? "disabled" : "enabled", algorithm, TEXT_ARG(certificates), TEXT_ARG(by));
    return CSC_OK;
}

/** The one hash of a request, in base64. */
static Text hash_in(const CscService *service, const json_t *request) {
    const json_t *list = json_object_get(request, service->second ? "hashes" : "hash");
    const json_t *one = json_array_size(list) == 1 ? json_array_get(list, 0) : NULL;
    return json_is_string(one) ? (Text){json_string_value(one), json_string_length(one)} : (Text){0};
}

static int authorize(CscService *service, Arena *arena, const json_t *request, Text *ret_reply) {
    const json_t *factor = json_array_get(json_object_get(request, "authData"), 0);
    const Text pin = service->second ? text_in(factor, "value") : text_in(request, "PIN");
    const json_t *second = json_array_get(json_object_get(request, "authData"), 1);
    const Text otp = service->second ? text_in(second, "value") : text_in(request, "OTP");
    const json_t *count = json_object_get(request, "numSignatures");
    const Text hash = hash_in(service, request);
    if (!service->implicit && !text_equal(pin, TEXT(CSC_SERVICE_PIN))) {
        service->refused_pins++;
        return refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_pin\",\"error_description\":\"The PIN is invalid\"}");
    }
    if (service->wants_otp && !text_equal(otp, TEXT("123456"))) {
        return refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_otp\",\"error_description\":\"OTP\"}");
    }
    if (json_integer_value(count) != 1 || hash.size == 0) {
        return refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_request\",\"error_description\":\"hash\"}");
    }
    static char kept[200];
    (void)snprintf(kept, sizeof(kept), "%.*s", TEXT_ARG(hash));
    service->sad_hash = text_of(kept);
    (void)snprintf(service->sad, sizeof(service->sad), "sad-%d", ++service->authorizations);
    *ret_reply = arena_format(arena, "{\"SAD\":\"%s\",\"expiresIn\":300}", service->sad);
    return CSC_OK;
}

static Text sign_hash(CscService *service, Arena *arena, Text hash, KeyDigest digest, bool pss) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(service->key->secret, NULL);
    const EVP_MD *kinds[] = {[KEY_SHA256] = EVP_sha256(), [KEY_SHA384] = EVP_sha384(), [KEY_SHA512] = EVP_sha512()};
    size_t size = 1024;
    unsigned char *signature = arena_allocate(arena, size);
    bool done = context != NULL && EVP_PKEY_sign_init(context) == 1;
    if (done && pss) {
        done = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    done = done && EVP_PKEY_CTX_set_signature_md(context, kinds[digest]) == 1 &&
           EVP_PKEY_sign(context, signature, &size, (const unsigned char *)hash.data, hash.size) == 1;
    EVP_PKEY_CTX_free(context);
    CHECK(done);
    return (Text){(const char *)signature, size};
}

/** The two numbers of an ECDSA signature of P-256, bare. */
static Text bare(Arena *arena, Text signature) {
    const unsigned char *der = (const unsigned char *)signature.data;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &der, (long)signature.size);
    unsigned char *both = arena_allocate(arena, 64);
    CHECK(numbers != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(numbers), both, 32) == 32 &&
          BN_bn2binpad(ECDSA_SIG_get0_s(numbers), both + 32, 32) == 32);
    ECDSA_SIG_free(numbers);
    return (Text){(const char *)both, 64};
}

static int sign(CscService *service, Arena *arena, const json_t *request, Text *ret_reply) {
    const Text encoded = hash_in(service, request), algorithm = text_in(request, "signAlgo");
    Text hash = {0};
    if (is_told_once(service, "expired-sad")) {
        return refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_request\",\"error_description\":\"SAD expired\"}");
    }
    if (!text_equal(text_in(request, "SAD"), text_of(service->sad)) || !text_equal(encoded, service->sad_hash) ||
        base64_decode(arena, encoded, &hash) != STATUS_OK) {
        return refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_request\",\"error_description\":\"SAD or hash\"}");
    }
    service->sad[0] = '\0';
    const KeyDigest digest = hash.size == 48 ? KEY_SHA384 : hash.size == 64 ? KEY_SHA512 : KEY_SHA256;
    const bool pss = text_equal(algorithm, TEXT("1.2.840.113549.1.1.10"));
    if (pss && text_in(request, "signAlgoParams").size == 0) {
        return refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_request\",\"error_description\":\"signAlgoParams\"}");
    }
    Text signature = sign_hash(service, arena, hash, digest, pss);
    service->signatures++;
    if (is_told(service, "bare")) {
        signature = bare(arena, signature);
    }
    if (is_told(service, "wrong-signature")) {
        ((char *)(uintptr_t)signature.data)[signature.size - 1] ^= 1;
    }
    *ret_reply = arena_format(arena, "{\"signatures\":[\"%.*s\"]}", TEXT_ARG(base64_encode(arena, signature)));
    return CSC_OK;
}

static int answer_json(CscService *service, Arena *arena, Text path, Text authorization, Text body, Text *ret_reply) {
    if (text_equal(path, TEXT("info"))) {
        *ret_reply = service->second
                         ? TEXT("{\"specs\":\"2.0.0.2\",\"name\":\"Test\"}")
                         : TEXT("{\"specs\":\"1.0.4.0\",\"name\":\"Test\",\"authType\":[\"oauth2client\"]}");
        return CSC_OK;
    }
    if (text_equal(path, TEXT("oauth2/token"))) {
        return give_token(service, arena, body, ret_reply);
    }
    const Text wanted = arena_format(arena, "Bearer %s", service->token);
    if (is_told_once(service, "expired-token") || !text_equal(authorization, wanted)) {
        return refuse(ret_reply, CSC_UNAUTHORIZED, "{\"error\":\"invalid_token\"}");
    }
    json_t *request = json_loadb(body.data, body.size, 0, NULL);
    int code = refuse(ret_reply, CSC_NOT_FOUND, "{\"error\":\"not_found\"}");
    if (text_equal(path, TEXT("credentials/list"))) {
        code = refuse(ret_reply, CSC_OK, "{\"credentialIDs\":[\"seal-1\"]}");
    } else if (!text_equal(text_in(request, "credentialID"), TEXT("seal-1"))) {
        code = refuse(ret_reply, CSC_BAD, "{\"error\":\"invalid_request\",\"error_description\":\"credentialID\"}");
    } else if (text_equal(path, TEXT("credentials/info"))) {
        code = give_credential(service, arena, ret_reply);
    } else if (text_equal(path, TEXT("credentials/authorize"))) {
        code = authorize(service, arena, request, ret_reply);
    } else if (text_equal(path, TEXT("signatures/signHash"))) {
        code = sign(service, arena, request, ret_reply);
    }
    json_decref(request);
    return code;
}

int csc_service_answer(CscService *service, Arena *arena, Text path, Text authorization, Text body, Text *ret_reply) {
    (void)pthread_mutex_lock(&service->lock);
    int code = CSC_OK;
    if (is_told(service, "error")) {
        code = refuse(ret_reply, CSC_FAILED, "{\"error\":\"server_error\"}");
    } else if (is_told(service, "no-json")) {
        code = refuse(ret_reply, CSC_OK, "<html>");
    } else if (is_told(service, "huge")) {
        *ret_reply = (Text){arena_allocate(arena, CSC_HUGE), CSC_HUGE};
    } else {
        code = answer_json(service, arena, path, authorization, body, ret_reply);
    }
    (void)pthread_mutex_unlock(&service->lock);
    return code;
}

static Status fetch(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    const Text base = TEXT(CSC_SERVICE_ADDRESS "/");
    Text reply = {0};
    if (!text_starts_with(question->url, base)) {
        return STATUS_FORBIDDEN;
    }
    const Text path = text_slice(question->url, base.size, question->url.size);
    const int code = csc_service_answer(context, arena, path, question->authorization, question->body, &reply);
    *question->http_status = code;
    if (code >= CSC_FAILED) {
        return fail(STATUS_UNAVAILABLE, "the service answers with status %d", code);
    }
    if (reply.size > question->reply_max) {
        return fail(STATUS_TOO_LARGE, "the service answers with too much");
    }
    *ret_reply = reply;
    return STATUS_OK;
}

TrustFetch csc_service_fetch(CscService *service) {
    return (TrustFetch){fetch, service};
}
