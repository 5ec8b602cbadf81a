/** X.509 certificates, assembled so that keys outside the process can sign them too. */
#include "trust/certificate.h"

#include <openssl/sha.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/der.h"

#define OID_COUNTRY           TEXT("\x06\x03\x55\x04\x06")
#define OID_ORGANISATION      TEXT("\x06\x03\x55\x04\x0a")
#define OID_COMMON_NAME       TEXT("\x06\x03\x55\x04\x03")
#define OID_BASIC_CONSTRAINTS TEXT("\x06\x03\x55\x1d\x13")
#define OID_KEY_USAGE         TEXT("\x06\x03\x55\x1d\x0f")
#define OID_SUBJECT_KEY       TEXT("\x06\x03\x55\x1d\x0e")
#define OID_AUTHORITY_KEY     TEXT("\x06\x03\x55\x1d\x23")
#define DER_TRUE              TEXT("\x01\x01\xff")
/* BIT STRINGs: keyCertSign and cRLSign; digitalSignature and nonRepudiation. */
#define USAGE_AUTHORITY TEXT("\x03\x02\x01\x06")
#define USAGE_SEAL      TEXT("\x03\x02\x06\xc0")
/* CA:TRUE with one more authority below; CA:FALSE. */
#define CONSTRAINTS_AUTHORITY   TEXT("\x30\x06\x01\x01\xff\x02\x01\x01")
#define CONSTRAINTS_SEAL        TEXT("\x30\x00")
#define CERTIFICATE_SERIAL_SIZE 16

/** What an issuer's certificate is needed for. */
typedef struct CertificateParts {
    Text subject, public_key_bits;
} CertificateParts;

Text certificate_cut(Text text, size_t characters) {
    Text rest = text;
    for (size_t i = 0; i < characters && rest.size > 0; i++) {
        (void)text_next_code_point(&rest);
    }
    return text_slice(text, 0, text.size - rest.size);
}

static Text certificate_attribute(Arena *arena, Text oid, int tag, Text value) {
    return DER(arena, DER_SET, DER(arena, DER_SEQUENCE, oid, DER(arena, tag, value)));
}

static Text certificate_subject(Arena *arena, const CertificateRequest *request) {
    return DER(arena, DER_SEQUENCE, certificate_attribute(arena, OID_COUNTRY, DER_PRINTABLE_STRING, request->country),
               certificate_attribute(arena, OID_ORGANISATION, DER_UTF8_STRING,
                                     certificate_cut(request->organisation, CERTIFICATE_NAME_MAX)),
               certificate_attribute(arena, OID_COMMON_NAME, DER_UTF8_STRING,
                                     certificate_cut(request->name, CERTIFICATE_NAME_MAX)));
}

/** The key inside a SubjectPublicKeyInfo, whose SHA-1 names it (RFC 5280, 4.2.1.2). */
static Status certificate_key_bits(Text public_key, Text *ret_bits) {
    DerValue outer, algorithm, bits;
    TRY(der_take(&public_key, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &algorithm));
    TRY(der_take(&outer.content, DER_BIT_STRING, &bits));
    *ret_bits = text_slice(bits.content, 1, bits.content.size);
    return STATUS_OK;
}

static Status certificate_read(Text certificate, CertificateParts *ret_parts) {
    DerValue outer, body, skipped, subject, public_key;
    TRY(der_take(&certificate, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &body));
    Text rest = body.content;
    TRY(der_take(&rest, DER_CONTEXT_CONSTRUCTED, &skipped));
    TRY(der_take(&rest, DER_INTEGER, &skipped));
    TRY(der_take(&rest, DER_SEQUENCE, &skipped)); /* signature */
    TRY(der_take(&rest, DER_SEQUENCE, &skipped)); /* issuer */
    TRY(der_take(&rest, DER_SEQUENCE, &skipped)); /* validity */
    TRY(der_take(&rest, DER_SEQUENCE, &subject));
    TRY(der_take(&rest, DER_SEQUENCE, &public_key));
    TRY(certificate_key_bits(public_key.whole, &ret_parts->public_key_bits));
    ret_parts->subject = subject.whole;
    return STATUS_OK;
}

static Text certificate_key_name(Arena *arena, Text bits) {
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)bits.data, bits.size, digest);
    return arena_copy(arena, (Text){(const char *)digest, sizeof(digest)});
}

static Text certificate_extension(Arena *arena, Text oid, bool is_critical, Text value) {
    return DER(arena, DER_SEQUENCE, oid, is_critical ? DER_TRUE : (Text){0}, DER(arena, DER_OCTET_STRING, value));
}

static Text certificate_extensions(Arena *arena, const CertificateRequest *request, Text own_bits, Text issuer_bits) {
    const Text own_name = DER(arena, DER_OCTET_STRING, certificate_key_name(arena, own_bits));
    const Text issuer_name =
        DER(arena, DER_SEQUENCE, DER(arena, DER_CONTEXT, certificate_key_name(arena, issuer_bits)));
    return DER(
        arena, DER_CONTEXT_CONSTRUCTED + 3,
        DER(arena, DER_SEQUENCE,
            certificate_extension(arena, OID_BASIC_CONSTRAINTS, true,
                                  request->is_authority ? CONSTRAINTS_AUTHORITY : CONSTRAINTS_SEAL),
            certificate_extension(arena, OID_KEY_USAGE, true, request->is_authority ? USAGE_AUTHORITY : USAGE_SEAL),
            certificate_extension(arena, OID_SUBJECT_KEY, false, own_name),
            certificate_extension(arena, OID_AUTHORITY_KEY, false, issuer_name)));
}

static Text certificate_serial(Arena *arena) {
    unsigned char random[CERTIFICATE_SERIAL_SIZE];
    random_bytes(random, sizeof(random));
    /* Positive, and always of the same length. */
    random[0] = (unsigned char)((random[0] & 0x3f) | 0x40);
    return der_unsigned(arena, (Text){(const char *)random, sizeof(random)});
}

static Status certificate_check(const CertificateRequest *request) {
    const Text country = request->country;
    const bool is_country = country.size == 2 && country.data[0] >= 'A' && country.data[0] <= 'Z' &&
                            country.data[1] >= 'A' && country.data[1] <= 'Z';
    if (!is_country) {
        return fail(STATUS_INVALID, "a certificate's country is two capital letters");
    }
    if (request->name.size == 0 || request->organisation.size == 0 || !text_is_utf8(request->name) ||
        !text_is_utf8(request->organisation)) {
        return fail(STATUS_INVALID, "a certificate needs names in UTF-8");
    }
    if (!time_before(request->from, request->until)) {
        return fail(STATUS_INVALID, "a certificate ends after it begins");
    }
    return STATUS_OK;
}

Status certificate_make(Arena *arena, const CertificateRequest *request, Key *signer, Text *ret_certificate) {
    TRY(certificate_check(request));
    const Text subject = certificate_subject(arena, request);
    Text own_bits = {0};
    TRY(certificate_key_bits(request->public_key, &own_bits));
    CertificateParts issuer = {subject, own_bits};
    if (request->issuer.size > 0) {
        TRY(certificate_read(request->issuer, &issuer));
    }
    const KeyDigest digest = key_digest(signer);
    const Text algorithm = algorithm_of_signature(key_kind(signer), digest);
    const Text body =
        DER(arena, DER_SEQUENCE, DER(arena, DER_CONTEXT_CONSTRUCTED, der_small(arena, 2)), certificate_serial(arena),
            algorithm, issuer.subject,
            DER(arena, DER_SEQUENCE, der_time(arena, request->from), der_time(arena, request->until)), subject,
            request->public_key, certificate_extensions(arena, request, own_bits, issuer.public_key_bits));
    Text signature = {0};
    TRY(key_sign(signer, digest, body, arena, &signature));
    *ret_certificate =
        DER(arena, DER_SEQUENCE, body, algorithm, DER(arena, DER_BIT_STRING, (Text){"\0", 1}, signature));
    return STATUS_OK;
}
