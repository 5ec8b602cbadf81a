/**
 * CMS SignedData as PAdES asks for it: detached, one signer, and exactly three signed attributes.
 *
 * Implements: RFC 5652, RFC 5035 (signing-certificate-v2), EN 319 122-1 as profiled by EN 319 142-1.
 */
#ifndef TRADEPOST_TRUST_CMS_H
#define TRADEPOST_TRUST_CMS_H

#include "trust/key.h"

#define CMS_SIZE_MAX         ((size_t)4 << 20)
#define CMS_CERTIFICATES_MAX 64
#define CMS_ATTRIBUTES_MAX   32

/**
 * Signs content of which the digest is known.
 *
 * @param content_digest       its key_digest(key) digest
 * @param unsigned_attributes  Attribute values in DER, such as a signature time stamp; may be empty
 * @return what the key says
 */
MUST_USE Status cms_sign(Arena *arena, Key *key, Text content_digest, Texts unsigned_attributes, Text *ret_cms);
/**
 * Signs content that the CMS carries, such as what a time stamp says.
 *
 * @param type               OBJECT IDENTIFIER of the content, with tag and length
 * @param with_certificates  false: the receiver has them already
 * @return what the key says
 */
MUST_USE Status cms_sign_content(Arena *arena, Key *key, Text type, Text content, bool with_certificates,
                                 Text *ret_cms);
/** No result of cms_sign with this key and without unsigned attributes is longer. */
size_t cms_size_max(Arena *arena, const Key *key);
/** The same CMS with one more unsigned attribute (DER). Its signature stays valid. @return STATUS_INVALID unless it is
 * ours */
MUST_USE Status cms_add_unsigned(Arena *arena, Text cms, Text attribute, Text *ret_cms);

/** A signed attribute. */
typedef struct CmsAttribute {
    Text type;   /**< OBJECT IDENTIFIER with tag and length */
    Text values; /**< content of the SET */
} CmsAttribute;

/** What stands in a SignedData, borrowed from its bytes. Nothing is judged yet. */
typedef struct CmsSigned {
    Text content_type; /**< OBJECT IDENTIFIER with tag and length */
    Text content;      /**< of the OCTET STRING that it carries; empty when detached */
    Text certificates[CMS_CERTIFICATES_MAX];
    size_t certificate_count;
    Text issuer, serial;   /**< of the signer's certificate: Name with tag, content of the INTEGER; or */
    Text subject_key;      /**< its subject key identifier */
    Text digest_algorithm; /**< AlgorithmIdentifier with tag */
    Text signature_algorithm;
    Text signed_attributes; /**< content of the set, as it stands */
    Text signature;
    Text unsigned_attributes; /**< content; empty when absent */
    CmsAttribute attributes[CMS_ATTRIBUTES_MAX];
    size_t attribute_count;
    Text message_digest;
    Text certificate_digest;            /**< of signing-certificate-v2, first entry */
    Text certificate_digest_algorithm;  /**< AlgorithmIdentifier; empty: SHA-256 */
    bool has_old_certificate_attribute; /**< signing-certificate of SHA-1, version 1, and */
    Text old_certificate_digest;        /**< its first entry */
    bool has_signing_time;
} CmsSigned;

/**
 * Reads a SignedData that a stranger made; zero bytes may follow it.
 *
 * @return STATUS_INVALID when it is not DER, not one signer, not detached, or lacks content-type or message-digest; the
 * words say which
 */
MUST_USE Status cms_read(Text cms, CmsSigned *ret_signed);
/** As cms_read for a SignedData that carries its content, which must be `content_type` (with tag and
 * length). @return STATUS_INVALID */
MUST_USE Status cms_read_content(Text cms, Text content_type, CmsSigned *ret_signed);

#endif
