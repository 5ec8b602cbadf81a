/** Judging a signature value with the algorithm that the CMS names. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "trust/der.h"
#include "trust/pades_inside.h"

#define PADES_RSA_BITS_MIN 2048
/* Larger ones only cost time. */
#define PADES_RSA_BITS_MAX 8192
#define PADES_EC_BITS_MIN  256
/* RFC 4055's defaults, which are SHA-1 and its length; only salts of other lengths can pass. */
#define PADES_PSS_SALT_DEFAULT 20

/** How a signature value is to be checked. */
typedef struct PadesMethod {
    const EVP_MD *digest; /**< NULL: the algorithm hashes by itself */
    int key_kind;         /**< EVP_PKEY_EC, EVP_PKEY_RSA, EVP_PKEY_ED25519 */
    bool is_pss;
    int salt_size;
} PadesMethod;

static const EVP_MD *pades_strong_digest(int nid) {
    switch (nid) {
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
        return EVP_get_digestbynid(nid);
    default:
        return NULL;
    }
}

static X509_ALGOR *pades_algorithm(Text algorithm) {
    const unsigned char *der = (const unsigned char *)algorithm.data;
    X509_ALGOR *read = d2i_X509_ALGOR(NULL, &der, (long)algorithm.size);
    ERR_clear_error();
    return read;
}

static int pades_algorithm_nid(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;
    if (algorithm == NULL) {
        return NID_undef;
    }
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

const EVP_MD *pades_digest_of(Text algorithm) {
    X509_ALGOR *read = pades_algorithm(algorithm);
    const EVP_MD *digest = pades_strong_digest(pades_algorithm_nid(read));
    X509_ALGOR_free(read);
    return digest;
}

/** Takes hash and salt of RSASSA-PSS-params; the mask must be made with the same hash. */
static bool pades_read_pss(const X509_ALGOR *algorithm, PadesMethod *method) {
    RSA_PSS_PARAMS *parameters = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
    if (parameters == NULL) {
        return false;
    }
    const X509_ALGOR *mask = parameters->maskGenAlgorithm;
    X509_ALGOR *mask_hash =
        mask != NULL ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), mask->parameter) : NULL;
    const long salt =
        parameters->saltLength != NULL ? ASN1_INTEGER_get(parameters->saltLength) : PADES_PSS_SALT_DEFAULT;
    const int hash = pades_algorithm_nid(parameters->hashAlgorithm);
    const bool sound = pades_algorithm_nid(mask) == NID_mgf1 && pades_algorithm_nid(mask_hash) == hash &&
                       parameters->trailerField == NULL && salt >= 0 && salt <= EVP_MAX_MD_SIZE;
    method->digest = pades_strong_digest(hash);
    method->key_kind = EVP_PKEY_RSA;
    method->is_pss = true;
    method->salt_size = (int)salt;
    X509_ALGOR_free(mask_hash);
    RSA_PSS_PARAMS_free(parameters);
    return sound && method->digest != NULL;
}

/** The method that the CMS names; false when it is weak, unknown or contradicts itself. */
static bool pades_read_method(const CmsSigned *cms, PadesMethod *method) {
    const EVP_MD *content_digest = pades_digest_of(cms->digest_algorithm);
    X509_ALGOR *algorithm = pades_algorithm(cms->signature_algorithm);
    const int nid = pades_algorithm_nid(algorithm);
    int digest_nid = NID_undef, key_nid = NID_undef;
    bool known = content_digest != NULL;
    *method = (PadesMethod){.digest = content_digest};
    if (nid == NID_rsassaPss) {
        known = known && pades_read_pss(algorithm, method) && method->digest == content_digest;
    } else if (nid == NID_ED25519) {
        *method = (PadesMethod){.key_kind = EVP_PKEY_ED25519};
    } else if (nid == NID_rsaEncryption) {
        method->key_kind = EVP_PKEY_RSA;
    } else if (nid == NID_X9_62_id_ecPublicKey) {
        method->key_kind = EVP_PKEY_EC;
    } else if (OBJ_find_sigid_algs(nid, &digest_nid, &key_nid) == 1) {
        method->key_kind = key_nid == NID_X9_62_id_ecPublicKey ? EVP_PKEY_EC : key_nid;
        known = known && pades_strong_digest(digest_nid) == content_digest;
    } else {
        known = false;
    }
    X509_ALGOR_free(algorithm);
    return known;
}

static bool pades_key_fits(const EVP_PKEY *key, const PadesMethod *method) {
    const int kind = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
    if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) {
        const bool same = method->key_kind == EVP_PKEY_RSA && (kind == EVP_PKEY_RSA || method->is_pss);
        return same && bits >= PADES_RSA_BITS_MIN && bits <= PADES_RSA_BITS_MAX;
    }
    if (kind == EVP_PKEY_EC) {
        return method->key_kind == EVP_PKEY_EC && bits >= PADES_EC_BITS_MIN;
    }
    return kind == EVP_PKEY_ED25519 && method->key_kind == EVP_PKEY_ED25519;
}

static bool pades_verify_value(EVP_PKEY *key, const PadesMethod *method, Text bytes, Text signature) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL;
    bool good = context != NULL && EVP_DigestVerifyInit(context, &parameters, method->digest, NULL, key) == 1;
    if (good && method->is_pss) {
        good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, method->digest) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, method->salt_size) == 1;
    }
    good = good && EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                                    (const unsigned char *)bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

CmsValue cms_judge_value(Arena *scratch, const CmsSigned *cms, X509 *signer) {
    PadesMethod method;
    EVP_PKEY *key = X509_get0_pubkey(signer);
    if (key == NULL || !pades_read_method(cms, &method) || !pades_key_fits(key, &method)) {
        ERR_clear_error();
        return CMS_VALUE_WEAK;
    }
    const Text set = DER(scratch, DER_SET, cms->signed_attributes);
    return pades_verify_value(key, &method, set, cms->signature) ? CMS_VALUE_GOOD : CMS_VALUE_WRONG;
}

void pades_judge_value(PadesJudge *judge) {
    switch (cms_judge_value(judge->court->scratch, &judge->cms, judge->signer)) {
    case CMS_VALUE_GOOD:
        return;
    case CMS_VALUE_WEAK:
        pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_CRYPTO_CONSTRAINTS_FAILURE,
                          "the signature's algorithm or key is weak, unknown or does not fit");
        return;
    case CMS_VALUE_WRONG:
        pades_set_verdict(judge->report, PADES_FAILED, PADES_SIG_CRYPTO_FAILURE,
                          "the signature value is not the signer's");
    }
}
