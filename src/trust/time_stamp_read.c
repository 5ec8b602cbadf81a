/** Reading time-stamp tokens that strangers made, and judging their own signatures (RFC 3161, 2.3 and 2.4.2). */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/cms_oid.h"
#include "trust/der.h"
#include "trust/pades_inside.h"
#include "trust/time_stamp_inside.h"

#define TIME_STAMP_SERIAL_MAX 64
#define TIME_STAMP_NAME_MAX   128
#define DER_BOOLEAN           0x01

/* The parts of a fraction of a second that an accuracy names. */
enum { MILLIS = DER_CONTEXT, MICROS = DER_CONTEXT + 1, PART_MAX = 999 };

static Status stamp_wrong(const char *what) {
    return fail(STATUS_INVALID, "the time stamp is not sound: %s", what);
}

size_t time_stamp_digest_size(KeyDigest digest) {
    static const size_t sizes[] = {[KEY_SHA256] = 32, [KEY_SHA384] = 48, [KEY_SHA512] = 64};
    return sizes[digest];
}

Status time_stamp_digest(Text algorithm, KeyDigest *ret_digest) {
    static const KeyDigest known[] = {KEY_SHA256, KEY_SHA384, KEY_SHA512};
    DerValue outer, name;
    if (der_take(&algorithm, DER_SEQUENCE, &outer) == STATUS_OK &&
        der_take(&outer.content, DER_OBJECT, &name) == STATUS_OK &&
        (outer.content.size == 0 || text_equal(outer.content, TEXT("\x05\x00")))) {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            /* Ours is the name alone, within its SEQUENCE. */
            if (text_equal(name.whole, text_slice(algorithm_of_digest(known[i]), 2, SIZE_MAX))) {
                *ret_digest = known[i];
                return STATUS_OK;
            }
        }
    }
    return fail(STATUS_UNSUPPORTED, "the digest is weak or unknown");
}

static bool stamp_digits(Text text, size_t at, size_t count, int *ret_number) {
    int number = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.size || text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return true;
}

/** ".123456Z": at least one digit, the last not 0; what is finer than microseconds is dropped. */
static bool stamp_fraction(Text text, int64_t *ret_microseconds) {
    int64_t microseconds = 0, unit = TIME_SECOND / 10;
    if (text_equal(text, TEXT("Z"))) {
        *ret_microseconds = 0;
        return true;
    }
    if (text.size < 3 || text.size > 32 || text.data[0] != '.' || text.data[text.size - 1] != 'Z' ||
        text.data[text.size - 2] == '0') {
        return false;
    }
    for (size_t i = 1; i + 1 < text.size; i++, unit /= 10) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        microseconds += (text.data[i] - '0') * unit;
    }
    *ret_microseconds = microseconds;
    return true;
}

/** GeneralizedTime in UTC with seconds, as DER writes it. */
static bool stamp_time(Text text, Time *ret_time) {
    int year, month, day, hour, minute, second, again[3];
    int64_t fraction = 0;
    if (!stamp_digits(text, 0, 4, &year) || !stamp_digits(text, 4, 2, &month) || !stamp_digits(text, 6, 2, &day) ||
        !stamp_digits(text, 8, 2, &hour) || !stamp_digits(text, 10, 2, &minute) ||
        !stamp_digits(text, 12, 2, &second) || !stamp_fraction(text_slice(text, 14, text.size), &fraction)) {
        return false;
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    const Time midnight = time_of_date(year, month, day);
    time_date(midnight, &again[0], &again[1], &again[2]);
    *ret_time = time_add(midnight, (hour * 3600 + minute * 60 + second) * TIME_SECOND + fraction);
    return again[1] == month && again[2] == day;
}

/** A non-negative number of at most four bytes. */
static bool stamp_number(Text content, int64_t *ret_number) {
    int64_t number = 0;
    if (content.size == 0 || content.size > 4 || (unsigned char)content.data[0] >= 0x80) {
        return false;
    }
    for (size_t i = 0; i < content.size; i++) {
        number = number << 8 | (unsigned char)content.data[i];
    }
    *ret_number = number;
    return true;
}

static Status stamp_accuracy(Text rest, TimeStamp *made) {
    static const struct {
        int tag;
        int64_t unit, maximum;
    } parts[] = {{DER_INTEGER, TIME_SECOND, 86400}, {MILLIS, 1000, PART_MAX}, {MICROS, 1, PART_MAX}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        DerValue value;
        int64_t number = 0;
        if (!der_is_next(rest, parts[i].tag)) {
            continue;
        }
        if (der_next(&rest, &value) != STATUS_OK || !stamp_number(value.content, &number) ||
            number > parts[i].maximum) {
            return stamp_wrong("its accuracy");
        }
        made->accuracy += number * parts[i].unit;
    }
    return rest.size == 0 ? STATUS_OK : stamp_wrong("its accuracy");
}

/** No extension is known here, so none may be critical. */
static Status stamp_extensions(Text rest) {
    while (rest.size > 0) {
        DerValue extension, name, critical;
        if (der_take(&rest, DER_SEQUENCE, &extension) != STATUS_OK ||
            der_take(&extension.content, DER_OBJECT, &name) != STATUS_OK) {
            return stamp_wrong("its extensions");
        }
        if (der_is_next(extension.content, DER_BOOLEAN)) {
            if (der_next(&extension.content, &critical) != STATUS_OK || critical.content.size != 1) {
                return stamp_wrong("its extensions");
            }
            if (critical.content.data[0] != 0) {
                return stamp_wrong("it has a critical extension that is unknown here");
            }
        }
    }
    return STATUS_OK;
}

/** Everything behind the time: each part may be absent. */
static Status stamp_read_optional(Text rest, TimeStamp *made) {
    DerValue value;
    if (der_is_next(rest, DER_SEQUENCE)) {
        TRY(der_next(&rest, &value));
        TRY(stamp_accuracy(value.content, made));
    }
    if (der_is_next(rest, DER_BOOLEAN)) {
        TRY(der_next(&rest, &value));
    }
    if (der_is_next(rest, DER_INTEGER)) {
        TRY(der_next(&rest, &value));
        made->nonce = value.content;
    }
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED)) {
        TRY(der_next(&rest, &value));
    }
    if (der_is_next(rest, DER_CONTEXT_CONSTRUCTED + 1)) {
        TRY(der_next(&rest, &value));
        TRY(stamp_extensions(value.content));
    }
    return rest.size == 0 ? STATUS_OK : stamp_wrong("something follows what it says");
}

static Status stamp_keep_policy(Arena *arena, Text object, TimeStamp *made) {
    const unsigned char *der = (const unsigned char *)object.data;
    ASN1_OBJECT *read = d2i_ASN1_OBJECT(NULL, &der, (long)object.size);
    char name[TIME_STAMP_NAME_MAX] = "";
    const int size = read != NULL ? OBJ_obj2txt(name, (int)sizeof name, read, 1) : 0;
    ASN1_OBJECT_free(read);
    ERR_clear_error();
    if (size <= 0 || size >= (int)sizeof name) {
        return stamp_wrong("its policy");
    }
    made->policy = arena_copy(arena, text_of(name));
    return STATUS_OK;
}

static Status stamp_read_info(Arena *arena, Text content, TimeStamp *made) {
    DerValue outer, version, policy, imprint, algorithm, digest, serial, time;
    if (der_take(&content, DER_SEQUENCE, &outer) != STATUS_OK || content.size > 0) {
        return stamp_wrong("what it says is not DER");
    }
    Text rest = outer.content;
    if (der_take(&rest, DER_INTEGER, &version) != STATUS_OK || !text_equal(version.content, TEXT("\x01"))) {
        return stamp_wrong("its version");
    }
    if (der_take(&rest, DER_OBJECT, &policy) != STATUS_OK || der_take(&rest, DER_SEQUENCE, &imprint) != STATUS_OK ||
        der_take(&imprint.content, DER_SEQUENCE, &algorithm) != STATUS_OK ||
        der_take(&imprint.content, DER_OCTET_STRING, &digest) != STATUS_OK || imprint.content.size > 0) {
        return stamp_wrong("its policy or imprint");
    }
    if (der_take(&rest, DER_INTEGER, &serial) != STATUS_OK || serial.content.size > TIME_STAMP_SERIAL_MAX) {
        return stamp_wrong("its serial number");
    }
    if (der_take(&rest, DER_GENERALIZED_TIME, &time) != STATUS_OK || !stamp_time(time.content, &made->time)) {
        return stamp_wrong("its time");
    }
    if (time_stamp_digest(algorithm.whole, &made->digest) != STATUS_OK ||
        digest.content.size != time_stamp_digest_size(made->digest)) {
        return stamp_wrong("the digest that it is over is weak or unknown");
    }
    made->imprint = digest.content;
    made->serial = serial.content;
    TRY(stamp_keep_policy(arena, policy.whole, made));
    return stamp_read_optional(rest, made);
}

/** The certificate is made for time stamps and nothing else (RFC 3161, 2.3), and was valid when it stamped. */
static Status stamp_judge_certificate(X509 *certificate, Time time) {
    const int at = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1);
    EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    const bool alone = sk_ASN1_OBJECT_num(uses) == 1 && OBJ_obj2nid(sk_ASN1_OBJECT_value(uses, 0)) == NID_time_stamp;
    sk_ASN1_OBJECT_pop_free(uses, ASN1_OBJECT_free);
    if (!alone || at < 0 || X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) != 1) {
        return stamp_wrong("its certificate is not for time stamps alone, by a critical extended key usage");
    }
    if ((X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) {
        return stamp_wrong("its certificate's key may not sign");
    }
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(certificate, i);
        if (X509_EXTENSION_get_critical(extension) == 1 && X509_supported_extension(extension) != 1) {
            return stamp_wrong("its certificate has a critical extension that is unknown here");
        }
    }
    time_t seconds = (time_t)(time.microseconds / TIME_SECOND);
    if (X509_cmp_time(X509_get0_notBefore(certificate), &seconds) > 0) {
        return stamp_wrong("its certificate was not valid yet");
    }
    /* A stamp within the certificate's last second is still good. */
    seconds--;
    return X509_cmp_time(X509_get0_notAfter(certificate), &seconds) > 0 ? STATUS_OK
                                                                        : stamp_wrong("its certificate had expired");
}

static Status stamp_judge_signature(Arena *arena, const CmsSigned *cms, X509 *signer, const TimeStamp *made) {
    const EVP_MD *digest = pades_digest_of(cms->digest_algorithm);
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (digest == NULL || EVP_Digest(cms->content.data, cms->content.size, value, &size, digest, NULL) != 1) {
        return stamp_wrong("the digest of its signature is weak or unknown");
    }
    if (!text_equal(cms->message_digest, (Text){(const char *)value, size})) {
        return stamp_wrong("what it says was changed");
    }
    if (cms->certificate_digest.size == 0 && !cms->has_old_certificate_attribute) {
        return stamp_wrong("it has no signing-certificate attribute");
    }
    if (!cms_binds(cms, made->signer)) {
        return stamp_wrong("its signing-certificate attribute names another certificate");
    }
    switch (cms_judge_value(arena, cms, signer)) {
    case CMS_VALUE_GOOD:
        break;
    case CMS_VALUE_WEAK:
        return stamp_wrong("its signature's algorithm or key is weak, unknown or does not fit");
    case CMS_VALUE_WRONG:
        return stamp_wrong("its signature is broken");
    }
    return stamp_judge_certificate(signer, made->time);
}

/** The signer's certificate among those that the token brings. */
static X509 *stamp_find_signer(const CmsSigned *cms, TimeStamp *made) {
    for (size_t i = 0; i < made->certificates.count; i++) {
        const Text bytes = made->certificates.items[i];
        X509 *read = trust_certificate(bytes);
        if (read != NULL && cms_names_signer(cms, read)) {
            made->signer = bytes;
            return read;
        }
        X509_free(read);
    }
    return NULL;
}

Status time_stamp_read(Arena *arena, Text token, TimeStamp *ret_stamp) {
    CmsSigned *cms = arena_new(arena, CmsSigned);
    TimeStamp made = {0};
    DerValue whole;
    Text rest = token;
    TRY(cms_read_content(token, OID_TST_INFO, cms));
    TRY(der_take(&rest, DER_SEQUENCE, &whole));
    made.token = whole.whole;
    made.certificates = (Texts){cms->certificates, cms->certificate_count};
    TRY(stamp_read_info(arena, cms->content, &made));
    X509 *signer = stamp_find_signer(cms, &made);
    ERR_clear_error();
    if (signer == NULL) {
        return stamp_wrong("it does not bring its signer's certificate");
    }
    const Status status = stamp_judge_signature(arena, cms, signer, &made);
    X509_free(signer);
    ERR_clear_error();
    if (status == STATUS_OK) {
        *ret_stamp = made;
    }
    return status;
}
