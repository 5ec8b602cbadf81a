/** A PKCS#11 module for tests: hands all calls to the module that TRADEPOST_TEST_MODULE names, except where the file of
 * TRADEPOST_TEST_TROUBLE tells it to misbehave. */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST shim;

/** What a call shall do: its word, from lines as "fail C_Sign 0xb3". */
typedef struct Trouble {
    char word[16];
    char call[32];
    unsigned long code;
} Trouble;

static Trouble trouble_read(const char *call) {
    Trouble trouble = {.word = ""};
    char line[128] = "";
    FILE *file = fopen(getenv("TRADEPOST_TEST_TROUBLE"), "re");
    if (file != NULL) {
        const size_t got = fread(line, 1, sizeof(line) - 1, file);
        line[got] = '\0';
        (void)fclose(file);
    }
    char *rest = line;
    char *const word = strsep(&rest, " \n"), *const name = strsep(&rest, " \n"), *const code = strsep(&rest, " \n");
    if (word != NULL && name != NULL && strcmp(name, call) == 0) {
        (void)snprintf(trouble.word, sizeof(trouble.word), "%s", word);
        trouble.code = code != NULL ? strtoul(code, NULL, 16) : 0;
    }
    return trouble;
}

/** Does what is asked for all calls; returns 0 when the call shall go on. */
static CK_RV trouble_do(const char *call) {
    const Trouble trouble = trouble_read(call);
    if (strcmp(trouble.word, "hang") == 0) {
        for (;;) {
            (void)pause();
        }
    }
    if (strcmp(trouble.word, "crash") == 0) {
        _exit(9);
    }
    if (strcmp(trouble.word, "once") == 0) {
        (void)unlink(getenv("TRADEPOST_TEST_TROUBLE"));
        return trouble.code;
    }
    return strcmp(trouble.word, "fail") == 0 ? trouble.code : CKR_OK;
}

static CK_RV shim_sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG size, unsigned char *signature,
                       CK_ULONG *signature_size) {
    const CK_RV trouble = trouble_do("C_Sign");
    if (trouble != CKR_OK) {
        return trouble;
    }
    const CK_RV code = real->C_Sign(session, data, size, signature, signature_size);
    if (code == CKR_OK && strcmp(trouble_read("C_Sign").word, "lie") == 0) {
        signature[*signature_size / 2] ^= 1;
    }
    return code;
}

static CK_RV shim_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG size) {
    /* Counts the logins, so that a test knows how often a PIN was tried. */
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s.logins", getenv("TRADEPOST_TEST_TROUBLE"));
    FILE *file = fopen(path, "ae");
    if (file != NULL) {
        (void)fputc('.', file);
        (void)fclose(file);
    }
    const CK_RV trouble = trouble_do("C_Login");
    return trouble != CKR_OK ? trouble : real->C_Login(session, user, pin, size);
}

static CK_RV shim_slots(unsigned char present, CK_SLOT_ID *slots, CK_ULONG *count) {
    const CK_RV trouble = trouble_do("C_GetSlotList");
    return trouble != CKR_OK ? trouble : real->C_GetSlotList(present, slots, count);
}

/** The token's flags, as after two wrong PINs where that is asked. */
static CK_RV shim_token(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    const CK_RV code = real->C_GetTokenInfo(slot, info);
    if (code == CKR_OK && strcmp(trouble_read("C_GetTokenInfo").word, "final") == 0) {
        info->flags |= CKF_USER_PIN_FINAL_TRY;
    }
    return code;
}

/** The one name that a PKCS#11 module exports. */
CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
    void *module = dlopen(getenv("TRADEPOST_TEST_MODULE"), RTLD_NOW | RTLD_LOCAL);
    void *symbol = module != NULL ? dlsym(module, "C_GetFunctionList") : NULL;
    CK_C_GetFunctionList real_list = NULL;
    memcpy(&real_list, &symbol, sizeof(real_list));
    if (real_list == NULL || real_list(&real) != CKR_OK) {
        return CKR_GENERAL_ERROR;
    }
    shim = *real;
    shim.C_Sign = shim_sign;
    shim.C_Login = shim_login;
    shim.C_GetSlotList = shim_slots;
    shim.C_GetTokenInfo = shim_token;
    *list = &shim;
    return CKR_OK;
}
