/** PKCS#11, within the token helper: modules, tokens, sessions, logins. */
#include "trust/token_module.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define TOKEN_SLOTS_MAX 64

typedef struct TokenCode {
    CK_RV code;
    const char *name;
    TokenTrouble trouble;
    Status status;
} TokenCode;

#define TOKEN_CODE(code, trouble, status)                                                                              \
    { code, #code, trouble, status }

/* What a token says when it was away, when the PIN is the trouble, and when it cannot do what it is asked. */
static const TokenCode token_codes[] = {
    TOKEN_CODE(CKR_SESSION_HANDLE_INVALID, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_SESSION_CLOSED, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_SESSION_COUNT, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_USER_NOT_LOGGED_IN, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_DEVICE_REMOVED, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_DEVICE_ERROR, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_DEVICE_MEMORY, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_HOST_MEMORY, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_TOKEN_NOT_PRESENT, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_TOKEN_NOT_RECOGNIZED, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_SLOT_ID_INVALID, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_CRYPTOKI_NOT_INITIALIZED, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_OBJECT_HANDLE_INVALID, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_KEY_HANDLE_INVALID, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_GENERAL_ERROR, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_FUNCTION_FAILED, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_FUNCTION_CANCELED, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_OPERATION_ACTIVE, TOKEN_LOST, STATUS_UNAVAILABLE),
    TOKEN_CODE(CKR_PIN_INCORRECT, TOKEN_PIN_REFUSED, STATUS_INVALID),
    TOKEN_CODE(CKR_PIN_INVALID, TOKEN_PIN_REFUSED, STATUS_INVALID),
    TOKEN_CODE(CKR_PIN_LEN_RANGE, TOKEN_PIN_REFUSED, STATUS_INVALID),
    TOKEN_CODE(CKR_PIN_EXPIRED, TOKEN_PIN_REFUSED, STATUS_INVALID),
    TOKEN_CODE(CKR_PIN_LOCKED, TOKEN_PIN_REFUSED, STATUS_INVALID),
    TOKEN_CODE(CKR_MECHANISM_INVALID, TOKEN_NO_TROUBLE, STATUS_UNSUPPORTED),
    TOKEN_CODE(CKR_MECHANISM_PARAM_INVALID, TOKEN_NO_TROUBLE, STATUS_UNSUPPORTED),
    TOKEN_CODE(CKR_KEY_TYPE_INCONSISTENT, TOKEN_NO_TROUBLE, STATUS_UNSUPPORTED),
    TOKEN_CODE(CKR_KEY_SIZE_RANGE, TOKEN_NO_TROUBLE, STATUS_UNSUPPORTED),
    TOKEN_CODE(CKR_CURVE_NOT_SUPPORTED, TOKEN_NO_TROUBLE, STATUS_UNSUPPORTED),
    TOKEN_CODE(CKR_TOKEN_WRITE_PROTECTED, TOKEN_NO_TROUBLE, STATUS_UNSUPPORTED),
};

Status token_failure(const char *act, CK_RV code, TokenTrouble *ret_trouble) {
    for (size_t i = 0; i < sizeof(token_codes) / sizeof(token_codes[0]); i++) {
        if (token_codes[i].code == code) {
            *ret_trouble = token_codes[i].trouble;
            return fail(token_codes[i].status, "the token cannot %s: %s", act, token_codes[i].name);
        }
    }
    *ret_trouble = TOKEN_LOST;
    return fail(STATUS_UNAVAILABLE, "the token cannot %s: code 0x%lx", act, code);
}

static Status token_load_library(TokenModule *module) {
    const char *path = p11_kit_uri_get_module_path(module->uri);
    if (path == NULL || path[0] != '/') {
        return fail(STATUS_INVALID, "a pkcs11: description names its module as ?module-path=/whole/path.so");
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return fail(STATUS_INVALID, "the PKCS#11 module cannot be loaded: %s", dlerror());
    }
    CK_C_GetFunctionList list = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&list, &symbol, sizeof(list));
    if (list == NULL || list(&module->calls) != CKR_OK || module->calls == NULL) {
        return fail(STATUS_INVALID, "%s is no PKCS#11 module", path);
    }
    return STATUS_OK;
}

static bool token_matches(const TokenModule *module, CK_SLOT_ID slot, CK_TOKEN_INFO *ret_info) {
    CK_SLOT_INFO facts;
    const CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(module->uri);
    return (wanted == (CK_SLOT_ID)-1 || wanted == slot) && module->calls->C_GetSlotInfo(slot, &facts) == CKR_OK &&
           p11_kit_uri_match_slot_info(module->uri, &facts) == 1 &&
           module->calls->C_GetTokenInfo(slot, ret_info) == CKR_OK &&
           p11_kit_uri_match_token_info(module->uri, ret_info) == 1 && (ret_info->flags & CKF_TOKEN_INITIALIZED) != 0;
}

static Status token_find_slot(TokenModule *module, CK_TOKEN_INFO *ret_info, TokenTrouble *ret_trouble) {
    CK_SLOT_ID slots[TOKEN_SLOTS_MAX];
    CK_ULONG count = TOKEN_SLOTS_MAX;
    size_t found = 0;
    const CK_RV code = module->calls->C_GetSlotList(CK_TRUE, slots, &count);
    if (code != CKR_OK) {
        return token_failure("list its slots", code, ret_trouble);
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (token_matches(module, slots[i], &info)) {
            module->slot = slots[i];
            *ret_info = info;
            found++;
        }
    }
    if (found == 0) {
        *ret_trouble = TOKEN_LOST;
        return fail(STATUS_UNAVAILABLE, "there is no such token in any slot");
    }
    return found == 1 ? STATUS_OK : fail(STATUS_INVALID, "several tokens fit the description; name one by its serial");
}

Status token_session(const TokenModule *module, bool writable, CK_SESSION_HANDLE *ret_session,
                     TokenTrouble *ret_trouble) {
    const CK_FLAGS flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0);
    const CK_RV code = module->calls->C_OpenSession(module->slot, flags, NULL, NULL, ret_session);
    return code == CKR_OK ? STATUS_OK : token_failure("open a session", code, ret_trouble);
}

/* A wrong PIN counts against the token: one that has a single try left is a person's to unlock. */
static Status token_login(const TokenModule *module, CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info, Text pin,
                          TokenTrouble *ret_trouble) {
    if ((info->flags & CKF_LOGIN_REQUIRED) == 0) {
        return STATUS_OK;
    }
    if ((info->flags & (CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY)) != 0) {
        *ret_trouble = TOKEN_PIN_REFUSED;
        return fail(STATUS_INVALID, (info->flags & CKF_USER_PIN_LOCKED) != 0
                                        ? "the token's PIN is locked"
                                        : "the token has a single try of the PIN left: log in by hand once");
    }
    const CK_RV code =
        module->calls->C_Login(session, CKU_USER, (unsigned char *)(uintptr_t)pin.data, (CK_ULONG)pin.size);
    return code == CKR_OK || code == CKR_USER_ALREADY_LOGGED_IN ? STATUS_OK
                                                                : token_failure("log in", code, ret_trouble);
}

Status token_load(TokenModule *module, Text uri, Text pin, bool writable, CK_SESSION_HANDLE *ret_session,
                  TokenTrouble *ret_trouble) {
    module->uri = p11_kit_uri_new();
    if (module->uri == NULL || p11_kit_uri_parse(uri.data, P11_KIT_URI_FOR_ANY, module->uri) != P11_KIT_URI_OK) {
        return fail(STATUS_INVALID, "the pkcs11: description is no URI of RFC 7512");
    }
    TRY(token_load_library(module));
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    const CK_RV code = module->calls->C_Initialize(&arguments);
    if (code != CKR_OK) {
        return token_failure("start", code, ret_trouble);
    }
    CK_TOKEN_INFO info = {0};
    TRY(token_find_slot(module, &info, ret_trouble));
    TRY(token_session(module, writable, ret_session, ret_trouble));
    TRY(token_login(module, *ret_session, &info, pin, ret_trouble));
    module->pin = pin;
    return STATUS_OK;
}

Status token_find(const TokenModule *module, CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, size_t count,
                  CK_OBJECT_HANDLE *objects, size_t limit, size_t *ret_count, TokenTrouble *ret_trouble) {
    CK_ULONG got = 0;
    CK_RV code = module->calls->C_FindObjectsInit(session, wanted, (CK_ULONG)count);
    if (code == CKR_OK) {
        code = module->calls->C_FindObjects(session, objects, (CK_ULONG)limit, &got);
        (void)module->calls->C_FindObjectsFinal(session);
    }
    *ret_count = got;
    return code == CKR_OK ? STATUS_OK : token_failure("look for objects", code, ret_trouble);
}

Text token_attribute(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                     CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE wanted = {type, NULL, 0};
    if (module->calls->C_GetAttributeValue(session, object, &wanted, 1) != CKR_OK || wanted.ulValueLen == 0 ||
        wanted.ulValueLen > TOKEN_MESSAGE_MAX) {
        return (Text){0};
    }
    wanted.pValue = arena_allocate(arena, wanted.ulValueLen);
    return module->calls->C_GetAttributeValue(session, object, &wanted, 1) == CKR_OK
               ? (Text){wanted.pValue, wanted.ulValueLen}
               : (Text){0};
}

Status token_find_key(TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_key,
                      TokenTrouble *ret_trouble) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof(class)}};
    size_t count = 1, found = 0;
    const CK_ATTRIBUTE_TYPE names[] = {CKA_LABEL, CKA_ID};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const CK_ATTRIBUTE *named = p11_kit_uri_get_attribute(module->uri, names[i]);
        if (named != NULL) {
            wanted[count++] = *named;
        }
    }
    CK_OBJECT_HANDLE objects[2];
    TRY(token_find(module, session, wanted, count, objects, 2, &found, ret_trouble));
    if (found == 0) {
        return fail(STATUS_NOT_FOUND, "the token holds no such private key");
    }
    if (found > 1) {
        return fail(STATUS_INVALID, "several keys of the token fit the description; name one by object and id");
    }
    *ret_key = objects[0];
    return STATUS_OK;
}
