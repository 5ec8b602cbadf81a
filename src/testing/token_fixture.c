/** A SoftHSM token in a directory of its own. */
#include "testing/token_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "testing/pdf_fixture.h"
#include "testing/test.h"

static const char *const softhsm_paths[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                            "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                            "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"};

static const char *softhsm_path(void) {
    for (size_t i = 0; i < sizeof(softhsm_paths) / sizeof(softhsm_paths[0]); i++) {
        if (access(softhsm_paths[i], R_OK) == 0) {
            return softhsm_paths[i];
        }
    }
    test_skip("SoftHSM (package softhsm2) is not installed");
}

/** Beside the test program. */
static const char *module_path(Arena *arena) {
    char program[4096];
    const ssize_t size = readlink("/proc/self/exe", program, sizeof(program));
    CHECK(size > 0 && size < (ssize_t)sizeof(program));
    while (program[strlen(program) - 1] != '/') {
        break;
    }
    Text folder = {program, (size_t)size};
    while (folder.size > 0 && folder.data[folder.size - 1] != '/') {
        folder.size--;
    }
    return arena_format(arena, "%.*slibtoken_shim.so", TEXT_ARG(folder)).data;
}

FixtureToken fixture_token(Arena *arena) {
    const char *directory = test_directory();
    const char *configuration = arena_format(arena, "%s/softhsm.conf", directory).data;
    const char *store = arena_format(arena, "%s/tokens", directory).data;
    const char *softhsm = softhsm_path();
    FixtureToken token = {.pin_file = arena_format(arena, "%s/pin", directory),
                          .module = module_path(arena),
                          .trouble = arena_format(arena, "%s/trouble", directory).data};
    Text output = {0};
    CHECK_INT(mkdir(store, 0700), 0);
    fixture_write_file(configuration, arena_format(arena, "directories.tokendir = %s\nlog.level = ERROR\n", store));
    fixture_write_file(token.pin_file.data, TEXT(FIXTURE_PIN "\n"));
    CHECK_INT(chmod(token.pin_file.data, 0600), 0);
    CHECK_INT(setenv("SOFTHSM2_CONF", configuration, 1), 0);
    CHECK_INT(setenv("TRADEPOST_TEST_MODULE", softhsm, 1), 0);
    CHECK_INT(setenv("TRADEPOST_TEST_TROUBLE", token.trouble, 1), 0);
    const int code = fixture_run(arena, &output,
                                 "softhsm2-util --init-token --free --label chamber --so-pin 0000 --pin " FIXTURE_PIN);
    if (code != 0) {
        test_fail(__FILE__, __LINE__, "softhsm2-util: %.*s", TEXT_ARG(output));
    }
    return token;
}

Text fixture_token_uri(Arena *arena, const FixtureToken *token, const char *name) {
    return arena_format(arena, "pkcs11:token=chamber;object=%s?module-path=%s", name, token->module);
}

void fixture_token_trouble(const FixtureToken *token, const char *words) {
    fixture_write_file(token->trouble, text_of(words));
}
