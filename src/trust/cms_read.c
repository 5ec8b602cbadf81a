/** Reading CMS SignedData that strangers made: strictly, without copying, and only what is needed to judge it. */
#include "base/log.h"
#include "trust/cms.h"
#include "trust/cms_oid.h"
#include "trust/der.h"

static Status cms_wrong(const char *what) {
    return fail(STATUS_INVALID, "the signature's CMS is not sound: %s", what);
}

static Status cms_take(Text *rest, int tag, const char *what, DerValue *ret_value) {
    if (der_take(rest, tag, ret_value) != STATUS_OK) {
        return cms_wrong(what);
    }
    return STATUS_OK;
}

/** Bytes behind the CMS: only the zeros that fill the room of Contents. */
static bool cms_is_padding(Text rest) {
    for (size_t i = 0; i < rest.size; i++) {
        if (rest.data[i] != 0) {
            return false;
        }
    }
    return true;
}

static Status cms_read_certificates(Text rest, CmsSigned *made) {
    while (rest.size > 0) {
        DerValue value;
        if (der_next(&rest, &value) != STATUS_OK) {
            return cms_wrong("its certificates are not DER");
        }
        if (made->certificate_count == CMS_CERTIFICATES_MAX) {
            return cms_wrong("it holds too many certificates");
        }
        /* Attribute certificates and other kinds have context tags; they prove nothing here. */
        if (value.tag == DER_SEQUENCE) {
            made->certificates[made->certificate_count++] = value.whole;
        }
    }
    return STATUS_OK;
}

/** The single value of an attribute that may have only one. */
static Status cms_single_value(const CmsAttribute *attribute, int tag, const char *what, DerValue *ret_value) {
    Text rest = attribute->values;
    TRY(cms_take(&rest, tag, what, ret_value));
    return rest.size == 0 ? STATUS_OK : cms_wrong(what);
}

static Status cms_read_signing_certificate(const CmsAttribute *attribute, CmsSigned *made) {
    const char *what = "signing-certificate-v2";
    DerValue outer, list, first, algorithm, digest;
    TRY(cms_single_value(attribute, DER_SEQUENCE, what, &outer));
    TRY(cms_take(&outer.content, DER_SEQUENCE, what, &list));
    TRY(cms_take(&list.content, DER_SEQUENCE, what, &first));
    if (der_is_next(first.content, DER_SEQUENCE)) {
        TRY(cms_take(&first.content, DER_SEQUENCE, what, &algorithm));
        made->certificate_digest_algorithm = algorithm.whole;
    }
    TRY(cms_take(&first.content, DER_OCTET_STRING, what, &digest));
    made->certificate_digest = digest.content;
    return STATUS_OK;
}

/** The first entry of signing-certificate, version 1: its digest is SHA-1 (RFC 2634, 5.4). */
static Status cms_read_old_signing_certificate(const CmsAttribute *attribute, CmsSigned *made) {
    const char *what = "signing-certificate";
    DerValue outer, list, first, digest;
    TRY(cms_single_value(attribute, DER_SEQUENCE, what, &outer));
    TRY(cms_take(&outer.content, DER_SEQUENCE, what, &list));
    TRY(cms_take(&list.content, DER_SEQUENCE, what, &first));
    TRY(cms_take(&first.content, DER_OCTET_STRING, what, &digest));
    made->has_old_certificate_attribute = true;
    made->old_certificate_digest = digest.content;
    return STATUS_OK;
}

/** Takes what one signed attribute says. */
static Status cms_read_attribute(const CmsAttribute *attribute, CmsSigned *made) {
    DerValue value;
    if (text_equal(attribute->type, OID_CONTENT_TYPE)) {
        TRY(cms_single_value(attribute, DER_OBJECT, "content-type", &value));
        return text_equal(value.whole, made->content_type) ? STATUS_OK
                                                           : cms_wrong("its content type is not that of its content");
    }
    if (text_equal(attribute->type, OID_MESSAGE_DIGEST)) {
        TRY(cms_single_value(attribute, DER_OCTET_STRING, "message-digest", &value));
        made->message_digest = value.content;
        return STATUS_OK;
    }
    if (text_equal(attribute->type, OID_SIGNING_CERTIFICATE_V2)) {
        return cms_read_signing_certificate(attribute, made);
    }
    if (text_equal(attribute->type, OID_SIGNING_CERTIFICATE)) {
        return cms_read_old_signing_certificate(attribute, made);
    }
    made->has_signing_time |= text_equal(attribute->type, OID_SIGNING_TIME);
    return STATUS_OK;
}

static Status cms_read_attributes(CmsSigned *made) {
    Text rest = made->signed_attributes;
    bool has_type = false;
    while (rest.size > 0) {
        DerValue attribute, type, values;
        TRY(cms_take(&rest, DER_SEQUENCE, "its signed attributes", &attribute));
        TRY(cms_take(&attribute.content, DER_OBJECT, "its signed attributes", &type));
        TRY(cms_take(&attribute.content, DER_SET, "its signed attributes", &values));
        if (made->attribute_count == CMS_ATTRIBUTES_MAX) {
            return cms_wrong("it has too many attributes");
        }
        for (size_t i = 0; i < made->attribute_count; i++) {
            if (text_equal(made->attributes[i].type, type.whole)) {
                return cms_wrong("it has an attribute twice");
            }
        }
        CmsAttribute *item = &made->attributes[made->attribute_count++];
        *item = (CmsAttribute){type.whole, values.content};
        has_type |= text_equal(type.whole, OID_CONTENT_TYPE);
        TRY(cms_read_attribute(item, made));
    }
    if (!has_type || made->message_digest.size == 0) {
        return cms_wrong("it lacks content-type or message-digest");
    }
    return STATUS_OK;
}

/** A version as it follows from what is there: 1, or 3 for a signer that is named by its key or content that is not
 * data (RFC 5652, 5.1 and 5.3). */
static Status cms_check_version(Text version, bool may_be_three, const char *what) {
    const bool fits = text_equal(version, TEXT("\x01")) || (may_be_three && text_equal(version, TEXT("\x03")));
    return fits ? STATUS_OK : cms_wrong(what);
}

static Status cms_read_signer_name(Text *rest, CmsSigned *made) {
    DerValue value;
    if (der_is_next(*rest, DER_CONTEXT)) {
        TRY(cms_take(rest, DER_CONTEXT, "its signer's name", &value));
        made->subject_key = value.content;
        return STATUS_OK;
    }
    DerValue issuer, serial;
    TRY(cms_take(rest, DER_SEQUENCE, "its signer's name", &value));
    TRY(cms_take(&value.content, DER_SEQUENCE, "its signer's name", &issuer));
    TRY(cms_take(&value.content, DER_INTEGER, "its signer's name", &serial));
    made->issuer = issuer.whole;
    made->serial = serial.content;
    return STATUS_OK;
}

static Status cms_read_signer(Text rest, CmsSigned *made) {
    DerValue version, digest, attributes, algorithm, signature, unsigned_attributes;
    TRY(cms_take(&rest, DER_INTEGER, "its signer", &version));
    TRY(cms_read_signer_name(&rest, made));
    TRY(cms_check_version(version.content, made->subject_key.size > 0, "its signer's version"));
    TRY(cms_take(&rest, DER_SEQUENCE, "its digest algorithm", &digest));
    TRY(cms_take(&rest, DER_CONTEXT_CONSTRUCTED, "it has no signed attributes", &attributes));
    TRY(cms_take(&rest, DER_SEQUENCE, "its signature algorithm", &algorithm));
    TRY(cms_take(&rest, DER_OCTET_STRING, "its signature value", &signature));
    if (rest.size > 0) {
        TRY(cms_take(&rest, DER_CONTEXT_CONSTRUCTED + 1, "its unsigned attributes", &unsigned_attributes));
        made->unsigned_attributes = unsigned_attributes.content;
    }
    if (rest.size > 0) {
        return cms_wrong("something follows its signer");
    }
    made->digest_algorithm = digest.whole;
    made->signed_attributes = attributes.content;
    made->signature_algorithm = algorithm.whole;
    made->signature = signature.content;
    return cms_read_attributes(made);
}

/** The one digest algorithm that is announced is the signer's; parameters may be absent in one place and NULL in the
 * other (RFC 5754, 2). */
static bool cms_has_algorithm(Text announced, Text used) {
    DerValue first, second, first_name, second_name;
    return der_take(&announced, DER_SEQUENCE, &first) == STATUS_OK && announced.size == 0 &&
           der_take(&used, DER_SEQUENCE, &second) == STATUS_OK &&
           der_take(&first.content, DER_OBJECT, &first_name) == STATUS_OK &&
           der_take(&second.content, DER_OBJECT, &second_name) == STATUS_OK &&
           text_equal(first_name.content, second_name.content);
}

/** The content: none of it for a detached signature, else one OCTET STRING. */
static Status cms_read_carried(Text rest, CmsSigned *made) {
    const bool is_detached = text_equal(made->content_type, OID_DATA);
    DerValue type, wrapper, octets;
    TRY(cms_take(&rest, DER_OBJECT, "its content", &type));
    if (is_detached) {
        return text_equal(type.whole, OID_DATA) && rest.size == 0 ? STATUS_OK
                                                                  : cms_wrong("it is not detached from its content");
    }
    if (!text_equal(type.whole, made->content_type)) {
        return cms_wrong("its content is of another type");
    }
    TRY(cms_take(&rest, DER_CONTEXT_CONSTRUCTED, "its content", &wrapper));
    TRY(cms_take(&wrapper.content, DER_OCTET_STRING, "its content", &octets));
    made->content = octets.content;
    return rest.size == 0 && wrapper.content.size == 0 ? STATUS_OK : cms_wrong("its content");
}

static Status cms_read_data(Text rest, CmsSigned *made) {
    DerValue version, algorithms, content, certificates, lists, signers, signer;
    TRY(cms_take(&rest, DER_INTEGER, "its version", &version));
    TRY(cms_take(&rest, DER_SET, "its digest algorithms", &algorithms));
    TRY(cms_take(&rest, DER_SEQUENCE, "its content", &content));
    TRY(cms_read_carried(content.content, made));
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED)) {
        TRY(cms_take(&rest, DER_CONTEXT_CONSTRUCTED, "its certificates", &certificates));
        TRY(cms_read_certificates(certificates.content, made));
    }
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED + 1)) {
        TRY(cms_take(&rest, DER_CONTEXT_CONSTRUCTED + 1, "its revocation lists", &lists));
    }
    TRY(cms_take(&rest, DER_SET, "its signers", &signers));
    TRY(cms_take(&signers.content, DER_SEQUENCE, "it has no signer", &signer));
    if (signers.content.size > 0 || rest.size > 0) {
        return cms_wrong("it has several signers");
    }
    TRY(cms_read_signer(signer.content, made));
    const bool may_be_three = made->subject_key.size > 0 || !text_equal(made->content_type, OID_DATA);
    TRY(cms_check_version(version.content, may_be_three, "its version"));
    return cms_has_algorithm(algorithms.content, made->digest_algorithm)
               ? STATUS_OK
               : cms_wrong("its digest algorithms are not its signer's");
}

Status cms_read(Text cms, CmsSigned *ret_signed) {
    return cms_read_content(cms, OID_DATA, ret_signed);
}

Status cms_read_content(Text cms, Text content_type, CmsSigned *ret_signed) {
    CmsSigned made = {.content_type = content_type};
    DerValue outer, type, wrapper, data;
    if (cms.size > CMS_SIZE_MAX) {
        return cms_wrong("it is too large");
    }
    TRY(cms_take(&cms, DER_SEQUENCE, "it is not DER", &outer));
    if (!cms_is_padding(cms)) {
        return cms_wrong("something follows it");
    }
    TRY(cms_take(&outer.content, DER_OBJECT, "it has no type", &type));
    if (!text_equal(type.whole, OID_SIGNED_DATA)) {
        return cms_wrong("it is not SignedData");
    }
    TRY(cms_take(&outer.content, DER_CONTEXT_CONSTRUCTED, "it is not SignedData", &wrapper));
    TRY(cms_take(&wrapper.content, DER_SEQUENCE, "it is not SignedData", &data));
    if (outer.content.size > 0 || wrapper.content.size > 0) {
        return cms_wrong("something follows its data");
    }
    TRY(cms_read_data(data.content, &made));
    *ret_signed = made;
    return STATUS_OK;
}
