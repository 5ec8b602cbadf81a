/** Identifiers of RFC 5754 (SHA-2), RFC 5758 (ECDSA), RFC 4055 (RSA) and RFC 8410 (Ed25519). */
#include "trust/algorithm.h"

#include <assert.h>
#include <openssl/evp.h>

#define OID_SHA2(last)  "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" last
#define OID_ECDSA(last) "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" last
#define OID_PKCS1(last) "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" last
#define OID_MGF1        "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define DER_NULL        "\x05\x00"

/* RSASSA-PSS-params: hash, MGF1 with the same hash, salt as long as the hash. */
#define PSS_PARAMETERS(hash, salt)                                                                                     \
    "\x30\x30\xa0\x0d\x30\x0b" OID_SHA2(hash) "\xa1\x1a\x30\x18" OID_MGF1                                              \
                                              "\x30\x0b" OID_SHA2(hash) "\xa2\x03\x02\x01" salt

Text algorithm_of_digest(KeyDigest digest) {
    static const Text identifiers[] = {[KEY_SHA256] = TEXT_INIT("\x30\x0b" OID_SHA2("\x01")),
                                       [KEY_SHA384] = TEXT_INIT("\x30\x0b" OID_SHA2("\x02")),
                                       [KEY_SHA512] = TEXT_INIT("\x30\x0b" OID_SHA2("\x03"))};
    return identifiers[digest];
}

Text algorithm_of_signature(KeyKind kind, KeyDigest digest) {
    static const Text ecdsa[] = {[KEY_SHA256] = TEXT_INIT("\x30\x0a" OID_ECDSA("\x02")),
                                 [KEY_SHA384] = TEXT_INIT("\x30\x0a" OID_ECDSA("\x03")),
                                 [KEY_SHA512] = TEXT_INIT("\x30\x0a" OID_ECDSA("\x04"))};
    static const Text rsa[] = {[KEY_SHA256] = TEXT_INIT("\x30\x0d" OID_PKCS1("\x0b") DER_NULL),
                               [KEY_SHA384] = TEXT_INIT("\x30\x0d" OID_PKCS1("\x0c") DER_NULL),
                               [KEY_SHA512] = TEXT_INIT("\x30\x0d" OID_PKCS1("\x0d") DER_NULL)};
    static const Text pss[] = {[KEY_SHA256] = TEXT_INIT("\x30\x3d" OID_PKCS1("\x0a") PSS_PARAMETERS("\x01", "\x20")),
                               [KEY_SHA384] = TEXT_INIT("\x30\x3d" OID_PKCS1("\x0a") PSS_PARAMETERS("\x02", "\x30")),
                               [KEY_SHA512] = TEXT_INIT("\x30\x3d" OID_PKCS1("\x0a") PSS_PARAMETERS("\x03", "\x40"))};
    switch (kind) {
    case KEY_P256:
    case KEY_P384:
        return ecdsa[digest];
    case KEY_RSA_3072:
        return rsa[digest];
    case KEY_RSA_PSS_3072:
        return pss[digest];
    case KEY_ED25519:
        break;
    }
    return TEXT("\x30\x05\x06\x03\x2b\x65\x70");
}

const char *algorithm_digest_name(KeyDigest digest) {
    static const char *const names[] = {[KEY_SHA256] = "SHA256", [KEY_SHA384] = "SHA384", [KEY_SHA512] = "SHA512"};
    return names[digest];
}

AlgorithmDigest *algorithm_digest_begin(KeyDigest digest) {
    const EVP_MD *const kinds[] = {
        [KEY_SHA256] = EVP_sha256(), [KEY_SHA384] = EVP_sha384(), [KEY_SHA512] = EVP_sha512()};
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    assert(state != NULL);
    const int begun = EVP_DigestInit_ex(state, kinds[digest], NULL);
    assert(begun == 1);
    return state;
}

void algorithm_digest_add(AlgorithmDigest *state, Text part) {
    const int added = EVP_DigestUpdate(state, part.data, part.size);
    assert(added == 1);
}

Text algorithm_digest_end(Arena *arena, AlgorithmDigest *state) {
    char *bytes = arena_allocate(arena, EVP_MAX_MD_SIZE);
    unsigned size = 0;
    const int ended = EVP_DigestFinal_ex(state, (unsigned char *)bytes, &size);
    assert(ended == 1);
    EVP_MD_CTX_free(state);
    return (Text){bytes, size};
}

Text algorithm_digest(Arena *arena, KeyDigest digest, const Text *parts, size_t count) {
    AlgorithmDigest *state = algorithm_digest_begin(digest);
    for (size_t i = 0; i < count; i++) {
        algorithm_digest_add(state, parts[i]);
    }
    return algorithm_digest_end(arena, state);
}
