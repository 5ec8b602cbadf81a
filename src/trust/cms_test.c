/** Tests of CMS: exactly three attributes, judged by the openssl program; strict reading. */
#include "trust/cms.h"

#include "base/digest.h"
#include "testing/pdf_fixture.h"
#include "testing/seal_fixture.h"
#include "testing/test.h"
#include "trust/algorithm.h"
#include "trust/der.h"

#define CMS_BUDGET ((size_t)64 << 20)

static Text cms_of(Arena *arena, Key *key, Text content) {
    Text cms = {0};
    CHECK_OK(cms_sign(arena, key, algorithm_digest(arena, key_digest(key), &content, 1), (Texts){0}, &cms));
    CHECK(cms.size <= cms_size_max(arena, key));
    return cms;
}

static void cms_judge(Arena *arena, const FixtureKeys *keys, Text cms, Text content) {
    const char *directory = test_directory();
    Text output = {0};
    fixture_write_file(arena_format(arena, "%s/cms", directory).data, cms);
    fixture_write_file(arena_format(arena, "%s/content", directory).data, content);
    /* OpenSSL 3.0 cannot judge Ed25519 in CMS. */
    if (key_kind(keys->seal) != KEY_ED25519) {
        const int code = fixture_run(arena, &output,
                                     "cd %s && openssl cms -verify -inform DER -in cms -content content -binary "
                                     "-CAfile %s -purpose any -cades -out /dev/null",
                                     directory, keys->root_pem);
        if (code != 0) {
            test_fail(__FILE__, __LINE__, "openssl cms: %.*s", TEXT_ARG(output));
        }
    }
    CHECK_INT(fixture_run(arena, &output,
                          "cd %s && openssl cms -cmsout -print -noout -inform DER -in cms | "
                          "sed -n '/ signedAttrs:/,/signatureAlgorithm:/p' | grep 'object:'",
                          directory),
              0);
    CHECK_TEXT(output, "            object: contentType (1.2.840.113549.1.9.3)\n"
                       "            object: messageDigest (1.2.840.113549.1.9.4)\n"
                       "            object: id-smime-aa-signingCertificateV2 (1.2.840.113549.1.9.16.2.47)\n");
}

TEST(openssl_accepts_every_kind_of_key) {
    static const KeyKind kinds[] = {KEY_P256, KEY_P384, KEY_RSA_3072, KEY_RSA_PSS_3072, KEY_ED25519};
    Arena *arena = arena_open(CMS_BUDGET);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const FixtureKeys keys = fixture_keys(arena, kinds[i]);
        cms_judge(arena, &keys, cms_of(arena, keys.seal, TEXT("the content")), TEXT("the content"));
    }
    arena_close(arena);
}

TEST(reads_what_it_wrote) {
    Arena *arena = arena_open(CMS_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text content = TEXT("the content");
    const Text cms = cms_of(arena, keys.seal, content);
    const Sha256 digest = sha256(content);
    CmsSigned read;
    CHECK_OK(cms_read(cms, &read));
    CHECK_INT(read.certificate_count, 2);
    CHECK_INT(read.attribute_count, 3);
    CHECK(text_equal(read.message_digest, sha256_text(&digest)));
    const Sha256 certificate = sha256(key_chain(keys.seal).items[0]);
    CHECK(text_equal(read.certificate_digest, sha256_text(&certificate)));
    CHECK_INT(read.certificate_digest_algorithm.size, 0);
    CHECK(!read.has_signing_time);
    CHECK_INT(read.unsigned_attributes.size, 0);
    arena_close(arena);
}

TEST(takes_unsigned_attributes_without_touching_the_signature) {
    Arena *arena = arena_open(CMS_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const Text before = cms_of(arena, keys.seal, TEXT("x"));
    const Text type = TEXT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e");
    const Text attribute =
        DER(arena, DER_SEQUENCE, type, DER(arena, DER_SET, DER(arena, DER_OCTET_STRING, TEXT("token"))));
    const Text other =
        DER(arena, DER_SEQUENCE, TEXT("\x06\x01\x2a"), DER(arena, DER_SET, DER(arena, DER_OCTET_STRING, TEXT("y"))));
    Text once = {0}, twice = {0};
    CmsSigned first, last;
    CHECK_OK(cms_add_unsigned(arena, before, attribute, &once));
    CHECK_OK(cms_add_unsigned(arena, once, other, &twice));
    CHECK_OK(cms_read(before, &first));
    CHECK_OK(cms_read(twice, &last));
    CHECK(text_equal(first.signature, last.signature));
    CHECK(text_equal(first.signed_attributes, last.signed_attributes));
    /* In the order that DER asks for: the shorter one first. */
    CHECK(text_starts_with(last.unsigned_attributes, other));
    CHECK_INT(last.unsigned_attributes.size, attribute.size + other.size);
    cms_judge(arena, &keys, twice, TEXT("x"));
    arena_close(arena);
}

TEST(refuses_what_pades_refuses) {
    Arena *arena = arena_open(CMS_BUDGET);
    const FixtureKeys keys = fixture_keys(arena, KEY_P256);
    const char *directory = test_directory();
    Text output = {0};
    CmsSigned read;
    const Text good = cms_of(arena, keys.seal, TEXT("x"));
    CHECK_OK(cms_read(good, &read));
    /* Zeros that fill the room may follow, nothing else. */
    char *padded = arena_allocate(arena, good.size + 8);
    memcpy(padded, good.data, good.size);
    CHECK_OK(cms_read((Text){padded, good.size + 8}, &read));
    padded[good.size + 3] = 1;
    CHECK_STATUS(cms_read((Text){padded, good.size + 8}, &read), STATUS_INVALID);
    for (size_t size = 0; size < good.size; size++) {
        CHECK_STATUS(cms_read(text_slice(good, 0, size), &read), STATUS_INVALID);
    }
    /* One with its content inside, and one of two signers, made by the openssl program. */
    fixture_write_file(arena_format(arena, "%s/content", directory).data, TEXT("x"));
    const int code = fixture_run(
        arena, &output,
        "cd %s && for n in 1 2; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$n "
        "-keyout k$n -out c$n; done && openssl cms -sign -nodetach -binary -in content -signer c1 -inkey k1 -outform "
        "DER "
        "-out inside && openssl cms -sign -binary -in content -signer c1 -inkey k1 -signer c2 -inkey k2 -outform DER "
        "-out two",
        directory);
    CHECK_INT(code, 0);
    CHECK_STATUS(cms_read(fixture_read_file(arena, arena_format(arena, "%s/inside", directory).data), &read),
                 STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "detached"));
    CHECK_STATUS(cms_read(fixture_read_file(arena, arena_format(arena, "%s/two", directory).data), &read),
                 STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "several signers"));
    arena_close(arena);
}
