/** Requests for certificates (PKCS#10), and the state of a key. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/certificate.h"
#include "trust/der.h"
#include "trust/key_outside.h"

#define OID_COUNTRY                 TEXT("\x06\x03\x55\x04\x06")
#define OID_ORGANISATION            TEXT("\x06\x03\x55\x04\x0a")
#define OID_ORGANISATION_IDENTIFIER TEXT("\x06\x03\x55\x04\x61")
#define OID_COMMON_NAME             TEXT("\x06\x03\x55\x04\x03")
#define OID_EXTENSION_REQUEST       TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e")
#define OID_KEY_USAGE               TEXT("\x06\x03\x55\x1d\x0f")
/* A BIT STRING: digitalSignature and nonRepudiation. */
#define USAGE_SEAL TEXT("\x03\x02\x06\xc0")
#define DER_TRUE   TEXT("\x01\x01\xff")
#define PROBE_SIZE 32

static Text request_name_part(Arena *arena, Text oid, int tag, Text value) {
    if (value.size == 0) {
        return value;
    }
    const Text cut = certificate_cut(value, CERTIFICATE_NAME_MAX);
    return DER(arena, DER_SET, DER(arena, DER_SEQUENCE, oid, DER(arena, tag, cut)));
}

static Status request_check(const KeySubject *subject) {
    const Text country = subject->country;
    const bool is_country = country.size == 2 && country.data[0] >= 'A' && country.data[0] <= 'Z' &&
                            country.data[1] >= 'A' && country.data[1] <= 'Z';
    if (!is_country) {
        return fail(STATUS_INVALID, "a certificate's country is two capital letters");
    }
    if (subject->organisation.size == 0 || subject->name.size == 0 || !text_is_utf8(subject->organisation) ||
        !text_is_utf8(subject->name) || !text_is_utf8(subject->identifier)) {
        return fail(STATUS_INVALID, "a certificate needs names in UTF-8");
    }
    return STATUS_OK;
}

static Text request_pem(Arena *arena, Text der) {
    const Text lines = base64_encode(arena, der);
    Buffer pem = buffer_make(arena, lines.size * 2 + 128);
    buffer_append(&pem, TEXT("-----BEGIN CERTIFICATE REQUEST-----\n"));
    for (size_t at = 0; at < lines.size; at += 64) {
        buffer_append(&pem, text_slice(lines, at, at + 64));
        buffer_append_byte(&pem, '\n');
    }
    buffer_append(&pem, TEXT("-----END CERTIFICATE REQUEST-----\n"));
    return (Text){pem.data, pem.size};
}

Status key_request(Key *key, const KeySubject *subject, Arena *arena, Text *ret_pem) {
    TRY(request_check(subject));
    const Text name =
        DER(arena, DER_SEQUENCE, request_name_part(arena, OID_COUNTRY, DER_PRINTABLE_STRING, subject->country),
            request_name_part(arena, OID_ORGANISATION, DER_UTF8_STRING, subject->organisation),
            request_name_part(arena, OID_ORGANISATION_IDENTIFIER, DER_UTF8_STRING, subject->identifier),
            request_name_part(arena, OID_COMMON_NAME, DER_UTF8_STRING, subject->name));
    const Text usage = DER(arena, DER_SEQUENCE, OID_KEY_USAGE, DER_TRUE, DER(arena, DER_OCTET_STRING, USAGE_SEAL));
    const Text extensions =
        DER(arena, DER_SEQUENCE, OID_EXTENSION_REQUEST, DER(arena, DER_SET, DER(arena, DER_SEQUENCE, usage)));
    const Text body = DER(arena, DER_SEQUENCE, der_small(arena, 0), name, key->public_key,
                          DER(arena, DER_CONTEXT_CONSTRUCTED, extensions));
    const KeyDigest digest = key_digest(key);
    Text signature = {0};
    TRY(key_sign(key, digest, body, arena, &signature));
    *ret_pem = request_pem(arena, DER(arena, DER_SEQUENCE, body, algorithm_of_signature(key->kind, digest),
                                      DER(arena, DER_BIT_STRING, (Text){"\0", 1}, signature)));
    return STATUS_OK;
}

/** Signs something new and has OpenSSL verify it with the certificate. */
static Status key_probe(Key *key, Arena *arena) {
    unsigned char random[PROBE_SIZE];
    random_bytes(random, sizeof(random));
    const Text probe = arena_format(arena, "Tradepost tries its key: %.*s",
                                    TEXT_ARG(hex_encode(arena, (Text){(const char *)random, sizeof(random)})));
    Text signature = {0}, certified = {0};
    TRY(key_sign(key, key_digest(key), probe, arena, &signature));
    TRY(key_public_of_certificate(key->chain.items[0], &certified));
    const unsigned char *der = (const unsigned char *)certified.data;
    Key judge = {.kind = key->kind, .public_half = d2i_PUBKEY(NULL, &der, (long)certified.size)};
    const Status status = judge.public_half != NULL ? key_verify_own(&judge, key_digest(key), probe, signature)
                                                    : fail(STATUS_INVALID, "the certificate's key cannot be read");
    EVP_PKEY_free(judge.public_half);
    ERR_clear_error();
    return status;
}

/** The last certificate of the chain is its own issuer. */
static bool key_has_root(const Key *key) {
    CertificateParts last;
    return certificate_parts(key->chain.items[key->chain.count - 1], &last) == STATUS_OK &&
           text_equal(last.issuer, last.subject);
}

void key_preflight(Key *key, Time at, Arena *arena, KeyHealth *ret_health) {
    KeyHealth health = {.valid_from = key->valid_from, .valid_until = key->valid_until};
    const Time now = time_is_set(at) ? at : clock_now();
    Status status = STATUS_OK;
    if (key->chain.count == 0) {
        status = fail(STATUS_INVALID, "the key has no certificate yet");
    } else if (time_before(now, key->valid_from)) {
        status = fail(STATUS_INVALID, "the key's certificate is not valid yet");
    } else if (!time_before(now, key->valid_until)) {
        status = fail(STATUS_INVALID, "the key's certificate has ended");
    } else {
        status = key_probe(key, arena);
    }
    health.status = status;
    health.words = status == STATUS_OK ? (Text){0} : arena_copy(arena, failure_take());
    health.remaining = key->valid_until.microseconds - now.microseconds;
    health.chain_complete = key->chain.count > 0 && key_has_root(key);
    *ret_health = health;
}
