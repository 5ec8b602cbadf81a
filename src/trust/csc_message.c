/** Messages of the CSC API: JSON written, and read with distrust. */
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "trust/csc.h"
#include "trust/key_secret.h"

#define CSC_WORDS 150

/** Longest base64 of a certificate or signature; a chain fits into the reply anyway. */
#define CSC_TEXT_MAX ((size_t)64 << 10)

static const struct {
    const char *oid;
} csc_digests[] = {[KEY_SHA256] = {"2.16.840.1.101.3.4.2.1"},
                   [KEY_SHA384] = {"2.16.840.1.101.3.4.2.2"},
                   [KEY_SHA512] = {"2.16.840.1.101.3.4.2.3"}};

Status csc_read_secrets(Text lines, CscSecrets *ret_secrets) {
    CscSecrets secrets = {.pin = {NULL, 0}};
    const struct {
        const char *name;
        Text *value;
    } known[] = {{"client_id", &secrets.client_id},
                 {"client_secret", &secrets.client_secret},
                 {"token", &secrets.token},
                 {"user", &secrets.user},
                 {"password", &secrets.password},
                 {"pin", &secrets.pin},
                 {"otp", &secrets.otp}};
    while (lines.size > 0) {
        Text value = text_trim(text_cut(&lines, '\n'));
        const Text name = text_trim(text_cut(&value, '='));
        bool found = name.size == 0;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            if (text_equal(name, text_of(known[i].name))) {
                *known[i].value = text_trim(value);
                found = true;
            }
        }
        if (!found) {
            return fail(STATUS_INVALID,
                        "a line of the service's secrets is none of client_id=, client_secret=, token=, "
                        "user=, password=, pin=, otp=");
        }
    }
    *ret_secrets = secrets;
    return STATUS_OK;
}

static void csc_free(void *json) {
    json_decref(json);
}

/** A reply as an object, freed with the arena. */
static Status csc_parse(Arena *arena, Text json, json_t **ret_object) {
    json_error_t error;
    json_t *object = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    if (object != NULL) {
        arena_defer(arena, csc_free, object);
    }
    if (!json_is_object(object)) {
        return fail(STATUS_UNAVAILABLE, "the signing service's reply is no JSON object");
    }
    *ret_object = object;
    return STATUS_OK;
}

/** A member's text, borrowed from the reply; empty when it is absent or no text. */
static Text csc_text(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : (Text){0};
}

/** A secret that the service handed out: letters that a header may hold. */
static Status csc_take_secret(Arena *arena, const json_t *object, const char *name, Text *ret_secret) {
    const Text secret = csc_text(object, name);
    bool is_clean = secret.size > 0 && secret.size <= CSC_TEXT_MAX;
    for (size_t i = 0; is_clean && i < secret.size; i++) {
        is_clean = secret.data[i] > ' ' && secret.data[i] <= '~';
    }
    if (!is_clean) {
        return fail(STATUS_UNAVAILABLE, "the signing service's reply has no %s", name);
    }
    *ret_secret = arena_copy(arena, secret);
    key_cleanse_later(arena, *ret_secret);
    return STATUS_OK;
}

Status csc_read_info(Arena *arena, Text json, bool *ret_second, Text *ret_oauth) {
    json_t *object = NULL;
    TRY(csc_parse(arena, json, &object));
    const Text version = csc_text(object, "specs");
    if (!text_starts_with(version, TEXT("1.")) && !text_starts_with(version, TEXT("2."))) {
        return fail(STATUS_UNAVAILABLE, "the signing service speaks neither version 1 nor 2 of the CSC API");
    }
    *ret_second = version.data[0] == '2';
    *ret_oauth = csc_text(object, "oauth2");
    return STATUS_OK;
}

Status csc_read_token(Arena *arena, Text json, Text *ret_token, int64_t *ret_seconds) {
    json_t *object = NULL;
    TRY(csc_parse(arena, json, &object));
    const json_t *seconds = json_object_get(object, "expires_in");
    *ret_seconds = json_is_integer(seconds) ? json_integer_value(seconds) : 0;
    return csc_take_secret(arena, object, "access_token", ret_token);
}

Status csc_read_list(Arena *arena, Text json, Text *ret_only) {
    json_t *object = NULL;
    TRY(csc_parse(arena, json, &object));
    const json_t *list = json_object_get(object, "credentialIDs");
    const json_t *only = json_array_size(list) == 1 ? json_array_get(list, 0) : NULL;
    if (!json_is_string(only)) {
        return fail(STATUS_INVALID, "the signing service has %zu credentials for us: name one behind a #",
                    json_array_size(list));
    }
    *ret_only = (Text){json_string_value(only), json_string_length(only)};
    return STATUS_OK;
}

static Status csc_read_certificates(Arena *arena, const json_t *list, Texts *ret_certificates) {
    const size_t count = json_array_size(list);
    Texts certificates = {arena_new_array(arena, Text, CSC_CERTIFICATES_MAX), 0};
    for (size_t i = 0; i < count && i < CSC_CERTIFICATES_MAX; i++) {
        const json_t *one = json_array_get(list, i);
        const Text text = json_is_string(one) ? (Text){json_string_value(one), json_string_length(one)} : (Text){0};
        if (text.size == 0 || text.size > CSC_TEXT_MAX ||
            base64_decode(arena, text, &certificates.items[certificates.count]) != STATUS_OK) {
            return fail(STATUS_UNAVAILABLE, "a certificate of the signing service cannot be read");
        }
        certificates.count++;
    }
    *ret_certificates = certificates;
    return count > 0 ? STATUS_OK : fail(STATUS_UNAVAILABLE, "the signing service gave no certificate");
}

static Texts csc_strings(Arena *arena, const json_t *list) {
    Texts texts = {arena_new_array(arena, Text, json_array_size(list) + 1), 0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (json_is_string(one)) {
            texts.items[texts.count++] = arena_copy(arena, (Text){json_string_value(one), json_string_length(one)});
        }
    }
    return texts;
}

Status csc_read_credential(Arena *arena, Text json, CscCredential *ret_credential) {
    json_t *object = NULL;
    CscCredential credential = {.needs_pin = false};
    TRY(csc_parse(arena, json, &object));
    const json_t *key = json_object_get(object, "key"), *cert = json_object_get(object, "cert");
    if (!text_equal(csc_text(key, "status"), TEXT("enabled"))) {
        return fail(STATUS_UNSUPPORTED, "the signing service says that this credential's key is not enabled");
    }
    /* Version 1 says "authMode", version 2 "auth": {"mode"}. */
    const Text first = csc_text(object, "authMode"),
               mode = first.size > 0 ? first : csc_text(json_object_get(object, "auth"), "mode");
    credential.needs_pin = text_equal(mode, TEXT("explicit"));
    if (!credential.needs_pin && !text_equal(mode, TEXT("implicit"))) {
        return fail(STATUS_UNSUPPORTED, "this credential asks a person for each signature; a seal needs one that does "
                                        "not (mode explicit or implicit)");
    }
    credential.algorithms = csc_strings(arena, json_object_get(key, "algo"));
    TRY(csc_read_certificates(arena, json_object_get(cert, "certificates"), &credential.certificates));
    *ret_credential = credential;
    return STATUS_OK;
}

Status csc_read_authorization(Arena *arena, Text json, Text *ret_sad) {
    json_t *object = NULL;
    TRY(csc_parse(arena, json, &object));
    return csc_take_secret(arena, object, "SAD", ret_sad);
}

Status csc_read_signature(Arena *arena, Text json, Text *ret_signature) {
    json_t *object = NULL;
    TRY(csc_parse(arena, json, &object));
    const json_t *list = json_object_get(object, "signatures"), *one = json_array_get(list, 0);
    if (json_array_size(list) != 1 || !json_is_string(one) || json_string_length(one) > CSC_TEXT_MAX ||
        base64_decode(arena, (Text){json_string_value(one), json_string_length(one)}, ret_signature) != STATUS_OK) {
        return fail(STATUS_UNAVAILABLE, "the signing service's reply has no signature");
    }
    return STATUS_OK;
}

Text csc_read_error(Arena *arena, Text json) {
    json_t *object = NULL;
    if (csc_parse(arena, json, &object) != STATUS_OK) {
        (void)failure_take();
        return TEXT("no reason given");
    }
    const Text error = csc_text(object, "error"), words = csc_text(object, "error_description");
    const Text both =
        arena_format(arena, "%.*s: %.*s", TEXT_ARG(text_head(error, CSC_WORDS)), TEXT_ARG(text_head(words, CSC_WORDS)));
    char *letters = arena_c_string(arena, both);
    for (char *letter = letters; *letter != '\0'; letter++) {
        *letter = *letter < ' ' || *letter > '~' ? '?' : *letter;
    }
    return text_of(letters);
}

/** Writes the object as JSON and frees it. */
static Text csc_dump(Arena *arena, json_t *object) {
    char *words = json_dumps(object, JSON_COMPACT);
    const Text copy = arena_copy(arena, text_of(words));
    key_cleanse_later(arena, copy);
    if (words != NULL) {
        OPENSSL_cleanse(words, strlen(words));
    }
    free(words);
    json_decref(object);
    return copy;
}

static void csc_put(json_t *object, const char *name, Text value) {
    (void)json_object_set_new(object, name, json_stringn(value.data != NULL ? value.data : "", value.size));
}

Text csc_write_credential(Arena *arena, Text credential) {
    json_t *object = json_object();
    if (credential.size > 0) {
        csc_put(object, "credentialID", credential);
        csc_put(object, "certificates", TEXT("chain"));
        (void)json_object_set_new(object, "certInfo", json_false());
        (void)json_object_set_new(object, "authInfo", json_true());
    }
    return csc_dump(arena, object);
}

/** What authorize and signHash both say. */
static json_t *csc_hash(Arena *arena, const CscHash *hash) {
    const Text encoded = base64_encode(arena, hash->hash);
    json_t *object = json_object(), *list = json_array();
    csc_put(object, "credentialID", hash->credential);
    (void)json_array_append_new(list, json_stringn(encoded.data, encoded.size));
    (void)json_object_set_new(object, hash->second ? "hashes" : "hash", list);
    csc_put(object, hash->second ? "hashAlgorithmOID" : "hashAlgo", text_of(csc_digests[hash->digest].oid));
    return object;
}

/** A factor of authorization: a member in version 1, an entry of authData in version 2. */
static void csc_put_factor(json_t *object, bool second, const char *name, Text value) {
    if (value.size == 0) {
        return;
    }
    if (!second) {
        csc_put(object, name, value);
        return;
    }
    json_t *factor = json_object(), *factors = json_object_get(object, "authData");
    if (factors == NULL) {
        factors = json_array();
        (void)json_object_set_new(object, "authData", factors);
    }
    csc_put(factor, "id", text_of(name));
    csc_put(factor, "value", value);
    (void)json_array_append_new(factors, factor);
}

Text csc_write_authorize(Arena *arena, const CscHash *hash, Text pin, Text otp) {
    json_t *object = csc_hash(arena, hash);
    (void)json_object_set_new(object, "numSignatures", json_integer(1));
    if (!hash->second) {
        (void)json_object_del(object, "hashAlgo");
    }
    csc_put_factor(object, hash->second, "PIN", pin);
    csc_put_factor(object, hash->second, "OTP", otp);
    return csc_dump(arena, object);
}

Text csc_write_sign(Arena *arena, const CscHash *hash, Text sad) {
    json_t *object = csc_hash(arena, hash);
    csc_put(object, "SAD", sad);
    csc_put(object, "signAlgo", text_of(hash->algorithm));
    if (hash->parameters.size > 0) {
        csc_put(object, "signAlgoParams", base64_encode(arena, hash->parameters));
    }
    return csc_dump(arena, object);
}

/** Percent-encoding of a form's value. */
static void csc_put_value(Buffer *form, const char *name, Text value) {
    static const char digits[] = "0123456789ABCDEF";
    buffer_append(form, text_of(name));
    for (size_t i = 0; i < value.size; i++) {
        const unsigned char byte = (unsigned char)value.data[i];
        if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
            byte == '-' || byte == '.' || byte == '_') {
            buffer_append_byte(form, (char)byte);
        } else {
            buffer_append_byte(form, '%');
            buffer_append_byte(form, digits[byte >> 4]);
            buffer_append_byte(form, digits[byte & 15]);
        }
    }
}

Text csc_write_token(Arena *arena, const CscSecrets *secrets) {
    Buffer form = buffer_make(arena, (size_t)16 << 10);
    csc_put_value(&form, "grant_type=client_credentials&scope=service&client_id=", secrets->client_id);
    csc_put_value(&form, "&client_secret=", secrets->client_secret);
    key_cleanse_later(arena, (Text){form.data, form.size});
    return (Text){form.data, form.size};
}
