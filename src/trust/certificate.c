/** X.509 certificates, assembled so that keys outside the process can sign them too. */
#include "trust/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

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
#define OID_POLICIES          TEXT("\x06\x03\x55\x1d\x20")
#define OID_LISTS             TEXT("\x06\x03\x55\x1d\x1f")
#define OID_EXTENDED_USE      TEXT("\x06\x03\x55\x1d\x25")
#define OID_ACCESS            TEXT("\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01")
#define OID_ACCESS_RESPONDER  TEXT("\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01")
#define OID_ACCESS_ISSUER     TEXT("\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02")
#define OID_USE_STAMPS        TEXT("\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08")
#define OID_USE_RESPONDER     TEXT("\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x09")
#define OID_NO_CHECK          TEXT("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x05")
#define OID_USER_NOTICE       TEXT("\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x02")
/* 2.25.89684438835024700684204715519241248191.1: a policy of our own, of a random UUID. */
#define OID_TEST_POLICY                                                                                                \
    TEXT("\x06\x15\x69\x81\x86\xf8\xcc\x8e\xb5\x87\xf2\x9a\x9f\x91\x92\xac\xf7\xf6\xc8\xc9\xbb\x3f\x01")
#define TEST_NOTICE                                                                                                    \
    TEXT("Tradepost test authority: for tests and private use. Not a qualified certificate; no one was identified.")
#define DER_TRUE TEXT("\x01\x01\xff")
#define DER_NULL TEXT("\x05\x00")
/* BIT STRINGs: keyCertSign and cRLSign; digitalSignature and nonRepudiation; digitalSignature. */
#define USAGE_AUTHORITY TEXT("\x03\x02\x01\x06")
#define USAGE_SEAL      TEXT("\x03\x02\x06\xc0")
#define USAGE_SERVICE   TEXT("\x03\x02\x07\x80")
/* CA:TRUE with one more authority below, or with none; CA:FALSE. */
#define CONSTRAINTS_ROOT        TEXT("\x30\x06\x01\x01\xff\x02\x01\x01")
#define CONSTRAINTS_ISSUER      TEXT("\x30\x06\x01\x01\xff\x02\x01\x00")
#define CONSTRAINTS_NONE        TEXT("\x30\x00")
#define CERTIFICATE_SERIAL_SIZE 16
#define CERTIFICATE_REQUEST_MAX ((size_t)64 << 10)
#define CERTIFICATE_KEY_LEVEL   112

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

/** The key inside a SubjectPublicKeyInfo. */
static Status certificate_key_bits(Text public_key, Text *ret_bits) {
    DerValue outer, algorithm, bits;
    TRY(der_take(&public_key, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &algorithm));
    TRY(der_take(&outer.content, DER_BIT_STRING, &bits));
    *ret_bits = text_slice(bits.content, 1, bits.content.size);
    return STATUS_OK;
}

Status certificate_parts(Text certificate, CertificateParts *ret_parts) {
    DerValue outer, body, skipped, serial, issuer, subject, public_key;
    CertificateParts parts = {0};
    TRY(der_take(&certificate, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &body));
    Text rest = body.content;
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED)) {
        TRY(der_next(&rest, &skipped));
    }
    TRY(der_take(&rest, DER_INTEGER, &serial));
    TRY(der_take(&rest, DER_SEQUENCE, &skipped)); /* signature */
    TRY(der_take(&rest, DER_SEQUENCE, &issuer));
    TRY(der_take(&rest, DER_SEQUENCE, &skipped)); /* validity */
    TRY(der_take(&rest, DER_SEQUENCE, &subject));
    TRY(der_take(&rest, DER_SEQUENCE, &public_key));
    TRY(certificate_key_bits(public_key.whole, &parts.public_key_bits));
    parts.serial = serial.content;
    parts.issuer = issuer.whole;
    parts.subject = subject.whole;
    parts.public_key = public_key.whole;
    *ret_parts = parts;
    return STATUS_OK;
}

Text certificate_key_name(Arena *arena, Text public_key_bits) {
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)public_key_bits.data, public_key_bits.size, digest);
    return arena_copy(arena, (Text){(const char *)digest, sizeof(digest)});
}

static Text certificate_extension(Arena *arena, Text oid, bool is_critical, Text value) {
    return DER(arena, DER_SEQUENCE, oid, is_critical ? DER_TRUE : (Text){0}, DER(arena, DER_OCTET_STRING, value));
}

static Text certificate_usage(Arena *arena, CertificateUse use) {
    const bool is_authority = use == CERTIFICATE_ROOT || use == CERTIFICATE_ISSUER;
    const Text constraints = use == CERTIFICATE_ROOT     ? CONSTRAINTS_ROOT
                             : use == CERTIFICATE_ISSUER ? CONSTRAINTS_ISSUER
                                                         : CONSTRAINTS_NONE;
    const Text usage = is_authority ? USAGE_AUTHORITY : use == CERTIFICATE_SEAL ? USAGE_SEAL : USAGE_SERVICE;
    Text more = {0};
    if (use == CERTIFICATE_STAMPS) {
        more = certificate_extension(arena, OID_EXTENDED_USE, true, DER(arena, DER_SEQUENCE, OID_USE_STAMPS));
    } else if (use == CERTIFICATE_RESPONDER) {
        const Text parts[] = {
            certificate_extension(arena, OID_EXTENDED_USE, false, DER(arena, DER_SEQUENCE, OID_USE_RESPONDER)),
            certificate_extension(arena, OID_NO_CHECK, false, DER_NULL)};
        more = der_join(arena, parts, 2);
    }
    const Text parts[] = {certificate_extension(arena, OID_BASIC_CONSTRAINTS, true, constraints),
                          certificate_extension(arena, OID_KEY_USAGE, true, usage), more};
    return der_join(arena, parts, 3);
}

/** Where to ask about the certificate. */
static Text certificate_addresses(Arena *arena, const CertificateRequest *request) {
    const Text responder = request->responder_url, issuer = request->issuer_url, list = request->list_url;
    const Text parts[] = {
        responder.size > 0 ? DER(arena, DER_SEQUENCE, OID_ACCESS_RESPONDER, DER(arena, DER_CONTEXT + 6, responder))
                           : (Text){0},
        issuer.size > 0 ? DER(arena, DER_SEQUENCE, OID_ACCESS_ISSUER, DER(arena, DER_CONTEXT + 6, issuer)) : (Text){0}};
    const Text access = responder.size + issuer.size > 0
                            ? certificate_extension(arena, OID_ACCESS, false, der_value(arena, DER_SEQUENCE, parts, 2))
                            : (Text){0};
    const Text name =
        DER(arena, DER_CONTEXT_CONSTRUCTED, DER(arena, DER_CONTEXT_CONSTRUCTED, DER(arena, DER_CONTEXT + 6, list)));
    const Text lists = list.size > 0 ? certificate_extension(arena, OID_LISTS, false,
                                                             DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, name)))
                                     : (Text){0};
    return der_join(arena, (const Text[]){access, lists}, 2);
}

static Text certificate_policies(Arena *arena, const CertificateRequest *request) {
    if (!request->is_test) {
        return (Text){0};
    }
    const Text notice =
        DER(arena, DER_SEQUENCE, OID_USER_NOTICE, DER(arena, DER_SEQUENCE, DER(arena, DER_UTF8_STRING, TEST_NOTICE)));
    const Text policy = DER(arena, DER_SEQUENCE, OID_TEST_POLICY, DER(arena, DER_SEQUENCE, notice));
    return certificate_extension(arena, OID_POLICIES, false, DER(arena, DER_SEQUENCE, policy));
}

static Text certificate_extensions(Arena *arena, const CertificateRequest *request, Text own_bits, Text issuer_bits) {
    const Text own_name = DER(arena, DER_OCTET_STRING, certificate_key_name(arena, own_bits));
    const Text issuer_name =
        DER(arena, DER_SEQUENCE, DER(arena, DER_CONTEXT, certificate_key_name(arena, issuer_bits)));
    return DER(arena, DER_CONTEXT_CONSTRUCTED + 3,
               DER(arena, DER_SEQUENCE, certificate_usage(arena, request->use),
                   certificate_extension(arena, OID_SUBJECT_KEY, false, own_name),
                   certificate_extension(arena, OID_AUTHORITY_KEY, false, issuer_name),
                   certificate_policies(arena, request), certificate_addresses(arena, request)));
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
    CertificateParts issuer = {.subject = subject, .public_key_bits = own_bits};
    if (request->issuer.size > 0) {
        TRY(certificate_parts(request->issuer, &issuer));
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

static Text certificate_name_part(Arena *arena, const X509_NAME *name, int nid) {
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    unsigned char *letters = NULL;
    const int size =
        at >= 0 ? ASN1_STRING_to_UTF8(&letters, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))) : 0;
    const Text text =
        size > 0 ? certificate_cut(arena_copy(arena, (Text){(const char *)letters, (size_t)size}), CERTIFICATE_NAME_MAX)
                 : (Text){0};
    OPENSSL_free(letters);
    return text_is_utf8(text) ? text : (Text){0};
}

static X509_REQ *certificate_parse_request(Text request) {
    const unsigned char *der = (const unsigned char *)request.data;
    size_t at = 0;
    if (!text_find(request, TEXT("-----BEGIN "), &at)) {
        return d2i_X509_REQ(NULL, &der, (long)request.size);
    }
    BIO *source = BIO_new_mem_buf(request.data, (int)request.size);
    X509_REQ *read = source != NULL ? PEM_read_bio_X509_REQ(source, NULL, NULL, NULL) : NULL;
    BIO_free(source);
    return read;
}

static Status certificate_take_request(Arena *arena, X509_REQ *read, CertificateRequest *ret_request) {
    EVP_PKEY *key = X509_REQ_get0_pubkey(read);
    if (key == NULL || X509_REQ_verify(read, key) != 1) {
        return fail(STATUS_INVALID, "the request is not signed by the key that it names");
    }
    if (EVP_PKEY_get_security_bits(key) < CERTIFICATE_KEY_LEVEL) {
        return fail(STATUS_UNSUPPORTED, "the request's key is too weak");
    }
    const X509_NAME *subject = X509_REQ_get_subject_name(read);
    unsigned char *der = NULL;
    const int size = i2d_PUBKEY(key, &der);
    CertificateRequest made = {.organisation = certificate_name_part(arena, subject, NID_organizationName),
                               .name = certificate_name_part(arena, subject, NID_commonName),
                               .country = certificate_name_part(arena, subject, NID_countryName)};
    made.public_key = size > 0 ? arena_copy(arena, (Text){(const char *)der, (size_t)size}) : (Text){0};
    OPENSSL_free(der);
    *ret_request = made;
    return made.public_key.size > 0 ? STATUS_OK : fail(STATUS_INVALID, "the request's key cannot be read");
}

Status certificate_read_request(Arena *arena, Text request, CertificateRequest *ret_request) {
    X509_REQ *read = request.size <= CERTIFICATE_REQUEST_MAX ? certificate_parse_request(request) : NULL;
    const Status status = read != NULL ? certificate_take_request(arena, read, ret_request)
                                       : fail(STATUS_INVALID, "this is no request for a certificate (PKCS#10)");
    X509_REQ_free(read);
    ERR_clear_error();
    return status;
}
