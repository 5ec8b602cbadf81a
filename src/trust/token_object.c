/** PKCS#11, within the token helper: keys and certificates. */
#include <openssl/crypto.h>
#include <string.h>

#include "base/log.h"
#include "trust/der.h"
#include "trust/key_inside.h"
#include "trust/token_module.h"

#define TOKEN_CERTIFICATES_MAX (TOKEN_PARTS_MAX - TOKEN_KEY_CERTIFICATES)
#define TOKEN_SIGNATURE_MAX    1024
#define TOKEN_RSA_BITS         3072

/* Curves as CKA_EC_PARAMS names them. */
#define CURVE_P256    "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define CURVE_P384    "\x06\x05\x2b\x81\x04\x00\x22"
#define CURVE_ED25519 "\x06\x03\x2b\x65\x70"
/* The older spelling of the Edwards curve, which some tokens want. */
#define CURVE_EDWARDS                                                                                                  \
    TEXT("\x13\x0c"                                                                                                    \
         "edwards25519")

#define SPKI_EC TEXT("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01")

static CK_ULONG token_number(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session,
                             CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    const Text bytes = token_attribute(arena, module, session, object, type);
    CK_ULONG number = CK_UNAVAILABLE_INFORMATION;
    if (bytes.size == sizeof(number)) {
        memcpy(&number, bytes.data, sizeof(number));
    }
    return number;
}

/** A key of RSA that may be used with PSS alone, or that its description wants used so. */
static bool token_is_pss(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    const char *padding = p11_kit_uri_get_vendor_query(module->uri, "x-padding");
    if (padding != NULL) {
        return strcmp(padding, "pss") == 0;
    }
    const Text allowed = token_attribute(arena, module, session, key, CKA_ALLOWED_MECHANISMS);
    bool is_pss = allowed.size >= sizeof(CK_MECHANISM_TYPE);
    for (size_t at = 0; at + sizeof(CK_MECHANISM_TYPE) <= allowed.size; at += sizeof(CK_MECHANISM_TYPE)) {
        CK_MECHANISM_TYPE one;
        memcpy(&one, allowed.data + at, sizeof(one));
        is_pss &= one == CKM_RSA_PKCS_PSS;
    }
    return is_pss;
}

static Status token_kind(Arena *arena, TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    const CK_ULONG type = token_number(arena, module, session, key, CKA_KEY_TYPE);
    if (type == CKK_RSA) {
        module->kind = token_is_pss(arena, module, session, key) ? KEY_RSA_PSS_3072 : KEY_RSA_3072;
        return STATUS_OK;
    }
    if (type == CKK_EC_EDWARDS) {
        module->kind = KEY_ED25519;
        return STATUS_OK;
    }
    const Text curve = token_attribute(arena, module, session, key, CKA_EC_PARAMS);
    module->kind = text_equal(curve, TEXT(CURVE_P384)) ? KEY_P384 : KEY_P256;
    return type == CKK_EC && (module->kind == KEY_P384 || text_equal(curve, TEXT(CURVE_P256)))
               ? STATUS_OK
               : fail(STATUS_UNSUPPORTED, "the token's key is of a kind that is not handled here");
}

/** The point of CKA_EC_POINT: an OCTET STRING in DER, which some tokens leave out. */
static Text token_point(Text attribute) {
    DerValue value;
    Text rest = attribute;
    return der_take(&rest, DER_OCTET_STRING, &value) == STATUS_OK && rest.size == 0 ? value.content : attribute;
}

static Text token_public_rsa(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    const Text modulus = token_attribute(arena, module, session, key, CKA_MODULUS);
    const Text exponent = token_attribute(arena, module, session, key, CKA_PUBLIC_EXPONENT);
    if (modulus.size == 0 || exponent.size == 0) {
        return (Text){0};
    }
    const Text numbers = DER(arena, DER_SEQUENCE, der_unsigned(arena, modulus), der_unsigned(arena, exponent));
    return key_public_rsa(arena, numbers);
}

static Text token_public_curve(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session,
                               CK_OBJECT_HANDLE public_key) {
    const Text point = token_point(token_attribute(arena, module, session, public_key, CKA_EC_POINT));
    if (point.size == 0) {
        return (Text){0};
    }
    const Text curve = module->kind == KEY_P256 ? TEXT(CURVE_P256) : TEXT(CURVE_P384);
    const Text algorithm = module->kind == KEY_ED25519 ? DER(arena, DER_SEQUENCE, TEXT(CURVE_ED25519))
                                                       : DER(arena, DER_SEQUENCE, SPKI_EC, curve);
    return DER(arena, DER_SEQUENCE, algorithm, DER(arena, DER_BIT_STRING, (Text){"\0", 1}, point));
}

/** The public half, as SubjectPublicKeyInfo: of RSA it lies with the private half, of curves in an object of its own.
 * Empty when the token keeps none; its certificate then tells. */
static Text token_public(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                         Text id) {
    if (module->kind == KEY_RSA_3072 || module->kind == KEY_RSA_PSS_3072) {
        return token_public_rsa(arena, module, session, key);
    }
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)},
                             {CKA_ID, (void *)(uintptr_t)id.data, (CK_ULONG)id.size}};
    CK_OBJECT_HANDLE object = 0;
    size_t found = 0;
    TokenTrouble ignored = TOKEN_NO_TROUBLE;
    if (token_find(module, session, wanted, id.size > 0 ? 2 : 1, &object, 1, &found, &ignored) != STATUS_OK ||
        found == 0) {
        return (Text){0};
    }
    return token_public_curve(arena, module, session, object);
}

Status token_describe(Arena *arena, TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                      TokenMessage *reply, TokenTrouble *ret_trouble) {
    TRY(token_kind(arena, module, session, key));
    const Text id = token_attribute(arena, module, session, key, CKA_ID);
    const Text each_time = token_attribute(arena, module, session, key, CKA_ALWAYS_AUTHENTICATE);
    module->asks_each_time = each_time.size == 1 && each_time.data[0] != 0;
    reply->head.kind = module->kind;
    reply->parts[TOKEN_KEY_PUBLIC] = token_public(arena, module, session, key, id);
    reply->parts[TOKEN_KEY_ID] = id;
    reply->parts[TOKEN_KEY_LABEL] = token_attribute(arena, module, session, key, CKA_LABEL);
    reply->head.part_count = TOKEN_KEY_CERTIFICATES;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof(class)};
    CK_OBJECT_HANDLE objects[TOKEN_CERTIFICATES_MAX];
    size_t found = 0, size = 0;
    TRY(token_find(module, session, &wanted, 1, objects, TOKEN_CERTIFICATES_MAX, &found, ret_trouble));
    for (size_t i = 0; i < found; i++) {
        const Text certificate = token_attribute(arena, module, session, objects[i], CKA_VALUE);
        size += certificate.size;
        if (certificate.size > 0 && size < TOKEN_MESSAGE_MAX / 2) {
            reply->parts[reply->head.part_count++] = certificate;
        }
    }
    return STATUS_OK;
}

Status token_sign(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                  KeyDigest digest, Text input, Text *ret_signature, TokenTrouble *ret_trouble) {
    static const struct {
        CK_MECHANISM_TYPE hash;
        CK_RSA_PKCS_MGF_TYPE mask;
        CK_ULONG size;
    } digests[] = {[KEY_SHA256] = {CKM_SHA256, CKG_MGF1_SHA256, 32},
                   [KEY_SHA384] = {CKM_SHA384, CKG_MGF1_SHA384, 48},
                   [KEY_SHA512] = {CKM_SHA512, CKG_MGF1_SHA512, 64}};
    static const CK_MECHANISM_TYPE mechanisms[] = {[KEY_P256] = CKM_ECDSA,
                                                   [KEY_P384] = CKM_ECDSA,
                                                   [KEY_RSA_3072] = CKM_RSA_PKCS,
                                                   [KEY_RSA_PSS_3072] = CKM_RSA_PKCS_PSS,
                                                   [KEY_ED25519] = CKM_EDDSA};
    CK_RSA_PKCS_PSS_PARAMS salted = {digests[digest].hash, digests[digest].mask, digests[digest].size};
    CK_MECHANISM mechanism = {mechanisms[module->kind], NULL, 0};
    if (module->kind == KEY_RSA_PSS_3072) {
        mechanism.pParameter = &salted;
        mechanism.ulParameterLen = sizeof(salted);
    }
    unsigned char *signature = arena_allocate(arena, TOKEN_SIGNATURE_MAX);
    CK_ULONG size = TOKEN_SIGNATURE_MAX;
    CK_RV code = module->calls->C_SignInit(session, &mechanism, key);
    if (code == CKR_OK && module->asks_each_time) {
        code = module->calls->C_Login(session, CKU_CONTEXT_SPECIFIC, (unsigned char *)(uintptr_t)module->pin.data,
                                      (CK_ULONG)module->pin.size);
    }
    if (code == CKR_OK) {
        code = module->calls->C_Sign(session, (unsigned char *)(uintptr_t)input.data, (CK_ULONG)input.size, signature,
                                     &size);
    }
    *ret_signature = (Text){(const char *)signature, size};
    return code == CKR_OK ? STATUS_OK : token_failure("sign", code, ret_trouble);
}

/** The label is free: two keys of one name could not be told apart by their description. */
static Status token_check_label(const TokenModule *module, CK_SESSION_HANDLE session, Text label,
                                TokenTrouble *ret_trouble) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)},
                             {CKA_LABEL, (void *)(uintptr_t)label.data, (CK_ULONG)label.size}};
    CK_OBJECT_HANDLE object = 0;
    size_t found = 0;
    TRY(token_find(module, session, wanted, 2, &object, 1, &found, ret_trouble));
    return found == 0 ? STATUS_OK
                      : fail(STATUS_CONFLICT, "the token has a key of the name \"%.*s\" already", TEXT_ARG(label));
}

/* What a new pair's templates share: the public half first, then what is true, false, name and number of both. */
typedef struct TokenTemplate {
    CK_ATTRIBUTE public[8], private[12];
    CK_ULONG public_count, private_count;
    CK_MECHANISM_TYPE mechanism, allowed;
} TokenTemplate;

static CK_BBOOL token_true = CK_TRUE, token_false = CK_FALSE;
static CK_ULONG token_rsa_bits = TOKEN_RSA_BITS;
static unsigned char token_exponent[] = {1, 0, 1};

static void token_put(CK_ATTRIBUTE *attributes, CK_ULONG *count, CK_ATTRIBUTE_TYPE type, const void *value,
                      size_t size) {
    attributes[(*count)++] = (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, (CK_ULONG)size};
}

static void token_fill_kind(TokenTemplate *template, KeyKind kind, bool by_name) {
    static const Text curves[] = {[KEY_P256] = TEXT_INIT(CURVE_P256),
                                  [KEY_P384] = TEXT_INIT(CURVE_P384),
                                  [KEY_ED25519] = TEXT_INIT(CURVE_ED25519)};
    const Text curve = by_name ? CURVE_EDWARDS : curves[kind];
    if (kind == KEY_RSA_3072 || kind == KEY_RSA_PSS_3072) {
        template->mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
        template->allowed = kind == KEY_RSA_PSS_3072 ? CKM_RSA_PKCS_PSS : CKM_RSA_PKCS;
        token_put(template->public, &template->public_count, CKA_MODULUS_BITS, &token_rsa_bits, sizeof(token_rsa_bits));
        token_put(template->public, &template->public_count, CKA_PUBLIC_EXPONENT, token_exponent,
                  sizeof(token_exponent));
        token_put(template->private, &template->private_count, CKA_ALLOWED_MECHANISMS, &template->allowed,
                  sizeof(template->allowed));
    } else {
        template->mechanism = kind == KEY_ED25519 ? CKM_EC_EDWARDS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN;
        token_put(template->public, &template->public_count, CKA_EC_PARAMS, curve.data, curve.size);
    }
}

static void token_fill(TokenTemplate *template, KeyKind kind, bool by_name, Text label, Text id) {
    static const CK_ATTRIBUTE_TYPE good[] = {CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_SIGN};
    static const CK_ATTRIBUTE_TYPE bad[] = {CKA_EXTRACTABLE, CKA_DECRYPT, CKA_UNWRAP};
    *template = (TokenTemplate){.public_count = 0};
    token_put(template->public, &template->public_count, CKA_TOKEN, &token_true, sizeof(token_true));
    token_put(template->public, &template->public_count, CKA_VERIFY, &token_true, sizeof(token_true));
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        token_put(template->private, &template->private_count, good[i], &token_true, sizeof(token_true));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        token_put(template->private, &template->private_count, bad[i], &token_false, sizeof(token_false));
    }
    token_put(template->public, &template->public_count, CKA_LABEL, label.data, label.size);
    token_put(template->private, &template->private_count, CKA_LABEL, label.data, label.size);
    token_put(template->public, &template->public_count, CKA_ID, id.data, id.size);
    token_put(template->private, &template->private_count, CKA_ID, id.data, id.size);
    token_fill_kind(template, kind, by_name);
}

static bool token_has_flag(Arena *arena, const TokenModule *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                           CK_ATTRIBUTE_TYPE type) {
    const Text value = token_attribute(arena, module, session, key, type);
    return value.size == 1 && value.data[0] == CK_TRUE;
}

static CK_RV token_generate(const TokenModule *module, CK_SESSION_HANDLE session, KeyKind kind, bool by_name,
                            Text label, Text id, CK_OBJECT_HANDLE pair[2]) {
    TokenTemplate template;
    token_fill(&template, kind, by_name, label, id);
    CK_MECHANISM mechanism = {template.mechanism, NULL, 0};
    return module->calls->C_GenerateKeyPair(session, &mechanism, template.public, template.public_count,
                                            template.private, template.private_count, &pair[0], &pair[1]);
}

Status token_make_pair(const TokenModule *module, CK_SESSION_HANDLE session, KeyKind kind, Text label, Text id,
                       TokenTrouble *ret_trouble) {
    CK_OBJECT_HANDLE pair[2] = {0, 0};
    TRY(token_check_label(module, session, label, ret_trouble));
    CK_RV code = token_generate(module, session, kind, false, label, id, pair);
    if (code != CKR_OK && kind == KEY_ED25519) {
        code = token_generate(module, session, kind, true, label, id, pair);
    }
    if (code != CKR_OK) {
        return token_failure("make a key of this kind", code, ret_trouble);
    }
    /* Some tokens take the template and do as they like. */
    Arena *arena = arena_open((size_t)64 << 10);
    const bool is_safe = token_has_flag(arena, module, session, pair[1], CKA_SENSITIVE) &&
                         token_has_flag(arena, module, session, pair[1], CKA_NEVER_EXTRACTABLE) &&
                         !token_has_flag(arena, module, session, pair[1], CKA_EXTRACTABLE);
    arena_close(arena);
    if (!is_safe) {
        (void)module->calls->C_DestroyObject(session, pair[1]);
        (void)module->calls->C_DestroyObject(session, pair[0]);
        return fail(STATUS_UNSUPPORTED, "the token makes keys that could leave it");
    }
    return STATUS_OK;
}

Status token_store(const TokenModule *module, CK_SESSION_HANDLE session, Text label, Text id, Text certificate,
                   Text subject, TokenTrouble *ret_trouble) {
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE attributes[8];
    CK_ULONG count = 0;
    token_put(attributes, &count, CKA_CLASS, &class, sizeof(class));
    token_put(attributes, &count, CKA_CERTIFICATE_TYPE, &type, sizeof(type));
    token_put(attributes, &count, CKA_TOKEN, &token_true, sizeof(token_true));
    token_put(attributes, &count, CKA_LABEL, label.data, label.size);
    token_put(attributes, &count, CKA_ID, id.data, id.size);
    token_put(attributes, &count, CKA_SUBJECT, subject.data, subject.size);
    token_put(attributes, &count, CKA_VALUE, certificate.data, certificate.size);
    const CK_RV code = module->calls->C_CreateObject(session, attributes, count, &object);
    return code == CKR_OK ? STATUS_OK : token_failure("store a certificate", code, ret_trouble);
}
