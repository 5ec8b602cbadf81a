/** How long a file stays provable, and when it pays to renew that. */
#include <openssl/err.h>

#include "base/log.h"
#include "trust/cms.h"
#include "trust/pades_inside.h"
#include "trust/pades_plan.h"

/* RSA below 3000 bits is trusted until the end of 2029 (ETSI TS 119 312, table 9 and its outlook). */
#define PADES_RSA_BITS  3000
#define PADES_RSA_UNTIL 2030

/** By what stands beside a signature; `items` are in the order of what they cover. */
static PadesLevel pades_level_of(const PadesAnswer *found, size_t at) {
    CmsSigned cms;
    const PadesFound *signature = &found->items[at];
    bool is_stamped = cms_read(signature->contents, &cms) == STATUS_OK && pades_signature_token(&cms).size > 0;
    bool is_kept = false;
    for (size_t i = at + 1; i < found->count; i++) {
        is_stamped |= found->items[i].is_time_stamp;
        is_kept |= found->items[i].is_time_stamp && found->items[i].covers_data;
    }
    const bool has_data = signature->has_record && found->data.ocsps.count + found->data.crls.count > 0;
    return !is_stamped ? PADES_B_B : !has_data ? PADES_B_T : !is_kept ? PADES_B_LT : PADES_B_LTA;
}

/** The newest moment at which lists of the certificate's issuer in the file are followed by others. */
static Time pades_next_list(const ValidationData *data, const X509 *certificate) {
    Time next = {0};
    for (size_t i = 0; i < data->crls.count; i++) {
        const unsigned char *der = (const unsigned char *)data->crls.items[i].data;
        X509_CRL *list = d2i_X509_CRL(NULL, &der, (long)data->crls.items[i].size);
        if (list != NULL && X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_issuer_name(certificate)) == 0) {
            const Time own = trust_time(X509_CRL_get0_nextUpdate(list));
            next = time_before(next, own) ? own : next;
        }
        X509_CRL_free(list);
    }
    ERR_clear_error();
    return next;
}

/** What the certificate by which the file stands or falls allows. */
static Status pades_judge_end(const PadesAnswer *found, Text certificate, PadesProtection *protection) {
    X509 *read = trust_certificate(certificate);
    if (read == NULL) {
        ERR_clear_error();
        return fail(STATUS_INVALID, "the certificate of the last signature cannot be read");
    }
    const EVP_PKEY *key = X509_get0_pubkey(read);
    const Time horizon = time_of_date(PADES_RSA_UNTIL, 1, 1);
    protection->latest = trust_time(X509_get0_notAfter(read));
    if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < PADES_RSA_BITS &&
        time_before(horizon, protection->latest)) {
        protection->latest = horizon;
    }
    const Time next = pades_next_list(&found->data, read);
    protection->earliest = time_before(next, protection->stamped) ? protection->stamped : next;
    X509_free(read);
    return STATUS_OK;
}

/** The certificate of the last stamp, or of the last signer where there is none. */
static Status pades_find_end(Arena *arena, const PadesAnswer *found, Text *ret_certificate, Time *ret_stamped) {
    const PadesFound *last = &found->items[found->count - 1];
    CmsSigned *cms = arena_new(arena, CmsSigned);
    TimeStamp stamp;
    Text token = last->contents;
    if (!last->is_time_stamp) {
        TRY(cms_read(last->contents, cms));
        token = pades_signature_token(cms);
    }
    if (token.size == 0) {
        *ret_certificate = pades_signer_of(cms);
        return ret_certificate->size > 0 ? STATUS_OK
                                         : fail(STATUS_INVALID, "the last signature lacks its signer's certificate");
    }
    TRY(time_stamp_read(arena, token, &stamp));
    *ret_certificate = stamp.signer;
    *ret_stamped = stamp.time;
    return STATUS_OK;
}

Status pades_protection(Arena *arena, Text pdf, const PadesReader *reader, PadesProtection *ret_protection) {
    const PadesRequest request = {.act = PADES_ACT_INSPECT};
    PadesAnswer found;
    PadesProtection protection = {.level = PADES_B_LTA};
    Text certificate = {0};
    size_t signatures = 0;
    TRY(pades_ask(arena, reader, &request, pdf, &found));
    for (size_t i = 0; i < found.count; i++) {
        if (!found.items[i].is_time_stamp) {
            const PadesLevel own = pades_level_of(&found, i);
            protection.level = own < protection.level ? own : protection.level;
            signatures++;
        }
    }
    if (signatures == 0) {
        return fail(STATUS_INVALID, "the PDF has no signature");
    }
    TRY(pades_find_end(arena, &found, &certificate, &protection.stamped));
    TRY(pades_judge_end(&found, certificate, &protection));
    *ret_protection = protection;
    return STATUS_OK;
}
