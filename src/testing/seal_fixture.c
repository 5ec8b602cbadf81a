/** Fresh keys for tests of seals. */
#include "testing/seal_fixture.h"

#include "base/buffer.h"
#include "base/digest.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

/** Who certifies a key of tests, and for what. */
typedef struct FixtureMake {
    Key *issuer; /* NULL: itself */
    CertificateUse use;
} FixtureMake;

static Status fixture_certify_key(void *context, Arena *arena, Key *key, Text public_key, Texts *ret_chain) {
    const FixtureMake *make = context;
    const Texts above = make->issuer != NULL ? key_chain(make->issuer) : (Texts){0};
    const Texts chain = {arena_new_array(arena, Text, above.count + 1), above.count + 1};
    const Time from = time_add(clock_now(), -5 * TIME_MINUTE);
    const CertificateRequest request = {.organisation = TEXT("Chamber of Commerce of Skopje"),
                                        .name = make->use == CERTIFICATE_ROOT
                                                    ? TEXT("Chamber of Commerce of Skopje - root")
                                                    : TEXT("Chamber of Commerce of Skopje - seal"),
                                        .country = TEXT("MK"),
                                        .public_key = public_key,
                                        .issuer = above.count > 0 ? above.items[0] : (Text){0},
                                        .from = from,
                                        .until = time_add(from, 5 * 365 * TIME_DAY),
                                        .use = make->use};
    TRY(certificate_make(arena, &request, make->issuer != NULL ? make->issuer : key, &chain.items[0]));
    for (size_t i = 0; i < above.count; i++) {
        chain.items[i + 1] = above.items[i];
    }
    *ret_chain = chain;
    return STATUS_OK;
}

Status fixture_make_key(Arena *arena, Text path, Text password, KeyKind kind, Key *issuer, CertificateUse use) {
    FixtureMake make = {issuer, use};
    return key_make_certified(path, password, kind, fixture_certify_key, &make, arena);
}

FixtureKeys fixture_keys(Arena *arena, KeyKind kind) {
    const char *directory = test_directory();
    const Text root = arena_format(arena, "%s/root.p12", directory);
    const Text seal = arena_format(arena, "%s/seal.p12", directory);
    const Text password = TEXT("a word for tests");
    FixtureKeys keys = {0};
    CHECK_OK(fixture_make_key(arena, root, password, KEY_P256, NULL, CERTIFICATE_ROOT));
    CHECK_OK(key_open_pkcs12(root, password, arena, &keys.authority));
    CHECK_OK(fixture_make_key(arena, seal, password, kind, keys.authority, CERTIFICATE_SEAL));
    CHECK_OK(key_open_pkcs12(seal, password, arena, &keys.seal));
    CHECK_OK(trust_anchors_make(arena, key_chain(keys.authority), &keys.anchors));
    const Text pem = base64_encode(arena, key_chain(keys.authority).items[0]);
    Buffer file = buffer_make(arena, 1 << 16);
    buffer_append(&file, TEXT("-----BEGIN CERTIFICATE-----\n"));
    for (size_t at = 0; at < pem.size; at += 64) {
        buffer_append(&file, text_slice(pem, at, at + 64));
        buffer_append_byte(&file, '\n');
    }
    buffer_append(&file, TEXT("-----END CERTIFICATE-----\n"));
    keys.root_pem = arena_format(arena, "%s/root.pem", directory).data;
    fixture_write_file(keys.root_pem, (Text){file.data, file.size});
    return keys;
}

static Status fixture_certify(void *context, Arena *arena, Key *key, Text public_key, Texts *ret_chain) {
    FixtureAuthority *fixture = context;
    const AuthoritySubject subject = {.organisation = TEXT("Chamber of Commerce of Skopje"),
                                      .name = TEXT("Chamber of Commerce of Skopje - seal"),
                                      .country = TEXT("MK"),
                                      .public_key = public_key,
                                      .from = time_add(clock_now(), -30 * TIME_DAY)};
    (void)key;
    return authority_certify(fixture->authority, arena, &subject, ret_chain);
}

static void fixture_close_authority(void *authority) {
    authority_close(authority);
}

FixtureAuthority fixture_authority(Arena *arena, KeyKind kind, Time from) {
    const char *directory = test_directory();
    const Text folder = arena_format(arena, "%s/authority", directory);
    const Text seal = arena_format(arena, "%s/authority-seal.p12", directory);
    const Text password = TEXT("a word for tests");
    const AuthorityOptions options = {
        .country = TEXT("MK"), .address = TEXT("http://authority.test"), .from = from, .kind = KEY_P256};
    FixtureAuthority fixture = {.folder = folder};
    CHECK_OK(authority_make(arena, folder, password, &options));
    CHECK_OK(authority_open(folder, password, &fixture.authority));
    arena_defer(arena, fixture_close_authority, fixture.authority);
    CHECK_OK(key_make_certified(seal, password, kind, fixture_certify, &fixture, arena));
    CHECK_OK(key_open_pkcs12(seal, password, arena, &fixture.seal));
    Text root = authority_root(fixture.authority);
    CHECK_OK(trust_anchors_make(arena, (Texts){&root, 1}, &fixture.anchors));
    fixture.fetch = authority_fetch(fixture.authority);
    fixture.stamps = authority_stamps(fixture.authority);
    return fixture;
}

PadesServices fixture_services(const FixtureAuthority *fixture) {
    return (PadesServices){.fetch = &fixture->fetch, .stamps = {&fixture->stamps, 1}, .anchors = fixture->anchors};
}
