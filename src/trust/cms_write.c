/** Writing CMS SignedData: OpenSSL's own writer adds attributes that PAdES forbids. */
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/cms.h"
#include "trust/cms_oid.h"
#include "trust/der.h"

/** The parts of a certificate that a signer's identifier is made of. */
typedef struct CmsSignerName {
    Text issuer; /**< Name with its tag */
    Text serial; /**< INTEGER with its tag */
} CmsSignerName;

static Status cms_signer_name(Text certificate, CmsSignerName *ret_name) {
    DerValue outer, body, skipped, serial, issuer;
    TRY(der_take(&certificate, DER_SEQUENCE, &outer));
    TRY(der_take(&outer.content, DER_SEQUENCE, &body));
    Text rest = body.content;
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED)) {
        TRY(der_next(&rest, &skipped));
    }
    TRY(der_take(&rest, DER_INTEGER, &serial));
    TRY(der_take(&rest, DER_SEQUENCE, &skipped));
    TRY(der_take(&rest, DER_SEQUENCE, &issuer));
    *ret_name = (CmsSignerName){issuer.whole, serial.whole};
    return STATUS_OK;
}

static Text cms_attribute(Arena *arena, Text type, Text value) {
    return DER(arena, DER_SEQUENCE, type, DER(arena, DER_SET, value));
}

/** ESSCertIDv2: the hash algorithm is left out when it is SHA-256, its default; we use no other. */
static Text cms_signing_certificate(Arena *arena, Text certificate, const CmsSignerName *name) {
    const Text digest = algorithm_digest(arena, KEY_SHA256, &certificate, 1);
    const Text general_names = DER(arena, DER_SEQUENCE, DER(arena, DER_CONTEXT_CONSTRUCTED + 4, name->issuer));
    const Text identifier = DER(arena, DER_SEQUENCE, DER(arena, DER_OCTET_STRING, digest),
                                DER(arena, DER_SEQUENCE, general_names, name->serial));
    return DER(arena, DER_SEQUENCE, DER(arena, DER_SEQUENCE, identifier));
}

/** The signed attributes as the SET OF that is signed. */
static Text cms_signed_attributes(Arena *arena, Text certificate, const CmsSignerName *name, Text type,
                                  Text content_digest) {
    Text attributes[] = {
        cms_attribute(arena, OID_CONTENT_TYPE, type),
        cms_attribute(arena, OID_MESSAGE_DIGEST, DER(arena, DER_OCTET_STRING, content_digest)),
        cms_attribute(arena, OID_SIGNING_CERTIFICATE_V2, cms_signing_certificate(arena, certificate, name)),
    };
    return der_set_of(arena, DER_SET, attributes, sizeof(attributes) / sizeof(attributes[0]));
}

/** The same set as it stands in the SignerInfo: under an implicit tag. */
static Text cms_retag(Arena *arena, int tag, Text set) {
    DerValue value = {0};
    return der_next(&set, &value) == STATUS_OK ? DER(arena, tag, value.content) : (Text){0};
}

static Text cms_sorted(Arena *arena, int tag, Texts parts) {
    Text *copy = arena_new_array(arena, Text, parts.count);
    for (size_t i = 0; i < parts.count; i++) {
        copy[i] = parts.items[i];
    }
    return der_set_of(arena, tag, copy, parts.count);
}

/** What a SignedData is about. */
typedef struct CmsContent {
    Text type;
    Text bytes; /**< carried unless the type is data */
    bool without_certificates;
} CmsContent;

static Text cms_encapsulated(Arena *arena, const CmsContent *content) {
    return text_equal(content->type, OID_DATA)
               ? DER(arena, DER_SEQUENCE, OID_DATA)
               : DER(arena, DER_SEQUENCE, content->type,
                     DER(arena, DER_CONTEXT_CONSTRUCTED, DER(arena, DER_OCTET_STRING, content->bytes)));
}

static Text cms_assemble(Arena *arena, const Key *key, const CmsSignerName *name, const CmsContent *content,
                         Text attributes, Text signature, Texts unsigned_attributes) {
    const bool is_data = text_equal(content->type, OID_DATA);
    const Text certificates =
        content->without_certificates ? (Text){0} : cms_sorted(arena, DER_CONTEXT_CONSTRUCTED, key_chain(key));
    const Text digest_algorithm = algorithm_of_digest(key_digest(key));
    const Text unsigned_set =
        unsigned_attributes.count > 0 ? cms_sorted(arena, DER_CONTEXT_CONSTRUCTED + 1, unsigned_attributes) : (Text){0};
    const Text signer = DER(
        arena, DER_SEQUENCE, der_small(arena, 1), DER(arena, DER_SEQUENCE, name->issuer, name->serial),
        digest_algorithm, cms_retag(arena, DER_CONTEXT_CONSTRUCTED, attributes),
        algorithm_of_signature(key_kind(key), key_digest(key)), DER(arena, DER_OCTET_STRING, signature), unsigned_set);
    const Text data = DER(arena, DER_SEQUENCE, der_small(arena, is_data ? 1 : 3), DER(arena, DER_SET, digest_algorithm),
                          cms_encapsulated(arena, content), certificates, DER(arena, DER_SET, signer));
    return DER(arena, DER_SEQUENCE, OID_SIGNED_DATA, DER(arena, DER_CONTEXT_CONSTRUCTED, data));
}

static Status cms_sign_any(Arena *arena, Key *key, const CmsContent *content, Text content_digest,
                           Texts unsigned_attributes, Text *ret_cms) {
    const Text certificate = key_chain(key).items[0];
    CmsSignerName name;
    Text signature = {0};
    TRY(cms_signer_name(certificate, &name));
    const Text attributes = cms_signed_attributes(arena, certificate, &name, content->type, content_digest);
    TRY(key_sign(key, key_digest(key), attributes, arena, &signature));
    *ret_cms = cms_assemble(arena, key, &name, content, attributes, signature, unsigned_attributes);
    return STATUS_OK;
}

Status cms_sign(Arena *arena, Key *key, Text content_digest, Texts unsigned_attributes, Text *ret_cms) {
    return cms_sign_any(arena, key, &(CmsContent){.type = OID_DATA}, content_digest, unsigned_attributes, ret_cms);
}

Status cms_sign_content(Arena *arena, Key *key, Text type, Text content, bool with_certificates, Text *ret_cms) {
    const CmsContent carried = {type, content, !with_certificates};
    const Text digest = algorithm_digest(arena, key_digest(key), &content, 1);
    return cms_sign_any(arena, key, &carried, digest, (Texts){0}, ret_cms);
}

size_t cms_size_max(Arena *arena, const Key *key) {
    const Text certificate = key_chain(key).items[0];
    CmsSignerName name = {0};
    if (cms_signer_name(certificate, &name) != STATUS_OK) {
        return CMS_SIZE_MAX;
    }
    const Text digest = algorithm_digest(arena, key_digest(key), NULL, 0);
    const Text attributes = cms_signed_attributes(arena, certificate, &name, OID_DATA, digest);
    const Text signature = {arena_allocate(arena, key_signature_size_max(key)), key_signature_size_max(key)};
    return cms_assemble(arena, key, &name, &(CmsContent){.type = OID_DATA}, attributes, signature, (Texts){0}).size;
}

/** Copies a constructed value's parts, with the last one changed. */
static Text cms_with_last(Arena *arena, DerValue value, Text last_before, Text last) {
    const Text before = text_slice(value.content, 0, value.content.size - last_before.size);
    return DER(arena, value.tag, before, last);
}

/** The SignerInfo with one more unsigned attribute. */
static Status cms_signer_with(Arena *arena, DerValue signer, Text attribute, Text *ret_signer) {
    Text rest = signer.content;
    Text attributes[CMS_ATTRIBUTES_MAX];
    size_t count = 0;
    DerValue value = {0};
    while (rest.size > 0) {
        TRY(der_next(&rest, &value));
    }
    const bool has_unsigned = value.tag == DER_CONTEXT_CONSTRUCTED + 1;
    Text unsigned_rest = has_unsigned ? value.content : (Text){0};
    for (; unsigned_rest.size > 0 && count + 1 < CMS_ATTRIBUTES_MAX; count++) {
        DerValue one;
        TRY(der_take(&unsigned_rest, DER_SEQUENCE, &one));
        attributes[count] = one.whole;
    }
    attributes[count++] = attribute;
    const Text set = der_set_of(arena, DER_CONTEXT_CONSTRUCTED + 1, attributes, count);
    *ret_signer = cms_with_last(arena, signer, has_unsigned ? value.whole : (Text){0}, set);
    return unsigned_rest.size == 0 ? STATUS_OK : fail(STATUS_INVALID, "the signature has too many attributes");
}

Status cms_add_unsigned(Arena *arena, Text cms, Text attribute, Text *ret_cms) {
    DerValue outer, type, wrapper, data, signers = {0}, signer;
    Text new_signer = {0};
    TRY(der_take(&cms, DER_SEQUENCE, &outer));
    Text rest = outer.content;
    TRY(der_take(&rest, DER_OBJECT, &type));
    TRY(der_take(&rest, DER_CONTEXT_CONSTRUCTED, &wrapper));
    Text data_rest = wrapper.content;
    TRY(der_take(&data_rest, DER_SEQUENCE, &data));
    Text parts = data.content;
    while (parts.size > 0) {
        TRY(der_next(&parts, &signers));
    }
    Text signer_rest = signers.content;
    TRY(der_take(&signer_rest, DER_SEQUENCE, &signer));
    if (signer_rest.size > 0 || signers.tag != DER_SET) {
        return fail(STATUS_INVALID, "the signature has several signers");
    }
    TRY(cms_signer_with(arena, signer, attribute, &new_signer));
    const Text new_data = cms_with_last(arena, data, signers.whole, DER(arena, DER_SET, new_signer));
    *ret_cms = DER(arena, DER_SEQUENCE, type.whole, DER(arena, DER_CONTEXT_CONSTRUCTED, new_data));
    return STATUS_OK;
}
