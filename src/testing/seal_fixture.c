/** Fresh keys for tests of seals. */
#include "testing/seal_fixture.h"

#include "base/buffer.h"
#include "base/digest.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

FixtureKeys fixture_keys(Arena *arena, KeyKind kind) {
    const char *directory = test_directory();
    const Text root = arena_format(arena, "%s/root.p12", directory);
    const Text seal = arena_format(arena, "%s/seal.p12", directory);
    const Text password = TEXT("a word for tests");
    KeyOptions options = {.chamber = TEXT("Chamber of Commerce of Skopje"), .country = TEXT("MK"), .kind = KEY_P256};
    FixtureKeys keys = {0};
    CHECK_OK(key_make_authority(root, password, &options, arena));
    CHECK_OK(key_open_pkcs12(root, password, arena, &keys.authority));
    options.kind = kind;
    CHECK_OK(key_make_pkcs12(seal, password, keys.authority, &options, arena));
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
