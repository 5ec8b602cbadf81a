/** When a signature was there: judging time stamps, and paths and revocation at the time that they prove (EN 319 102-1,
 * 5.5 and 5.6). */
#include <openssl/x509v3.h>

#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/pades_inside.h"

/* Clocks of signers and authorities may differ by so much. */
#define PADES_CLOCK_SKEW (5 * TIME_MINUTE)

/** What a path is judged for, and what came of it. */
typedef struct PadesPath {
    X509 *certificate;
    Text der;
    Texts others;             /**< certificates beside it, in DER */
    STACK_OF(X509) * helpers; /**< the same as OpenSSL has them */
    Time at;
    PadesReason reason; /**< of the path to an anchor */
    PadesRevocation revocation;
    Time revoked;
} PadesPath;

/** The certificate first, then those beside it. */
static Texts pades_path_certificates(PadesCourt *court, const PadesPath *path) {
    Texts chain = {arena_new_array(court->scratch, Text, path->others.count + 1), 0};
    chain.items[chain.count++] = path->der;
    for (size_t i = 0; i < path->others.count; i++) {
        chain.items[chain.count++] = path->others.items[i];
    }
    return chain;
}

/** Judges path and revocation at a time. */
static void pades_judge_path(PadesCourt *court, PadesPath *path) {
    STACK_OF(X509) *all = sk_X509_new_null();
    for (int i = 0; all != NULL && i < sk_X509_num(path->helpers); i++) {
        (void)sk_X509_push(all, sk_X509_value(path->helpers, i));
    }
    for (int i = 0; all != NULL && i < sk_X509_num(court->helpers); i++) {
        (void)sk_X509_push(all, sk_X509_value(court->helpers, i));
    }
    path->reason = trust_judge_path(court->anchors, path->certificate, all, path->at);
    sk_X509_free(all);
    path->revocation = PADES_REVOCATION_UNKNOWN;
    path->revoked = (Time){0};
    RevocationVerdict verdict = REVOCATION_UNKNOWN;
    if (path->reason != PADES_OK || court->data.ocsps.count + court->data.crls.count == 0 ||
        revocation_judge(court->scratch, pades_path_certificates(court, path), court->anchors, &court->data, path->at,
                         &verdict, &path->revoked, NULL) != STATUS_OK) {
        (void)failure_take();
        return;
    }
    path->revocation = verdict == REVOCATION_GOOD      ? PADES_REVOCATION_GOOD
                       : verdict == REVOCATION_REVOKED ? PADES_REVOCATION_REVOKED
                                                       : PADES_REVOCATION_UNKNOWN;
}

/** The file's data prove that the stamp's certificate was good when it stamped, if not later. */
static bool pades_was_good(PadesCourt *court, const TimeStamp *stamp, const PadesPath *path) {
    PadesPath then = *path;
    then.at = stamp->time;
    if (path->revocation == PADES_REVOCATION_UNKNOWN) {
        pades_judge_path(court, &then);
    }
    return then.revocation == PADES_REVOCATION_GOOD;
}

/** A certificate that has ended by now must be proven good for the time when it was used. */
static bool pades_lacks_proof(const PadesCourt *court, const PadesPath *path) {
    const Time end = trust_time(X509_get0_notAfter(path->certificate));
    return path->revocation == PADES_REVOCATION_UNKNOWN && time_before(end, court->at);
}

/** Judges the path of a time stamp; NULL when the stamp proves its time, else why not. */
static const char *pades_distrust(PadesCourt *court, const TimeStamp *stamp, PadesPath *path, PadesReason *ret_reason) {
    *ret_reason = PADES_OK;
    if (time_before(time_add(court->control, PADES_CLOCK_SKEW), stamp->time)) {
        *ret_reason = PADES_TIMESTAMP_ORDER_FAILURE;
        return "the time stamp is younger than what was proven to stand behind it";
    }
    path->at = court->control;
    pades_judge_path(court, path);
    if (path->reason != PADES_OK) {
        *ret_reason = path->reason;
        return pades_path_words(path->reason);
    }
    if (path->revocation == PADES_REVOCATION_REVOKED) {
        *ret_reason = PADES_REVOKED_NO_POE;
        return "the certificate of the time stamp was revoked";
    }
    if (pades_lacks_proof(court, path)) {
        *ret_reason = PADES_NO_POE;
        return "the certificate of the time stamp has ended, and nothing proves that it was good until then";
    }
    return NULL;
}

static bool pades_is_stamp_of(PadesCourt *court, const TimeStamp *stamp, Text bytes) {
    return text_equal(stamp->imprint, algorithm_digest(court->scratch, stamp->digest, &bytes, 1));
}

/** The signature's own time stamp; NULL when it is good, else why it proves nothing. */
static const char *pades_judge_own_stamp(PadesJudge *judge, Text token, TimeStamp *stamp, PadesPath *path) {
    PadesCourt *court = judge->court;
    PadesReason reason = PADES_OK;
    if (time_stamp_read(court->scratch, token, stamp) != STATUS_OK) {
        return arena_copy(court->scratch, failure_take()).data;
    }
    if (!pades_is_stamp_of(court, stamp, judge->cms.signature)) {
        return "the time stamp is of another signature";
    }
    *path = (PadesPath){.certificate = trust_certificate(stamp->signer),
                        .der = stamp->signer,
                        .others = stamp->certificates,
                        .helpers = trust_certificates(stamp->certificates)};
    const char *fault = path->certificate == NULL ? "the certificate of the time stamp cannot be read"
                                                  : pades_distrust(court, stamp, path, &reason);
    return fault;
}

static void pades_path_close(PadesPath *path) {
    X509_free(path->certificate);
    sk_X509_pop_free(path->helpers, X509_free);
}

/** What the time stamps prove: sets proven_time, and gives the time at which the signer is judged. */
static Status pades_find_time(PadesJudge *judge, Time *ret_best, bool *ret_stamp_is_proven) {
    PadesCourt *court = judge->court;
    PadesSignature *report = judge->report;
    const Text token = pades_signature_token(&judge->cms);
    TimeStamp stamp;
    PadesPath path = {0};
    Status status = STATUS_OK;
    *ret_best = court->control;
    *ret_stamp_is_proven = true;
    report->proven_time = court->is_proven ? court->control : (Time){0};
    report->stamp_by = court->is_proven ? court->proven_by : (Text){0};
    report->has_stamp = token.size > 0;
    if (token.size == 0) {
        return STATUS_OK;
    }
    const char *fault = pades_judge_own_stamp(judge, token, &stamp, &path);
    if (fault != NULL) {
        status = pades_keep(court->arena, text_of(fault), &report->stamp_words);
    } else {
        *ret_best = report->proven_time = stamp.time;
        *ret_stamp_is_proven = pades_was_good(court, &stamp, &path);
        status = pades_keep_name(court, X509_get_subject_name(path.certificate), &report->stamp_by);
    }
    pades_path_close(&path);
    return status;
}

static void pades_judge_revoked(PadesJudge *judge, Time revoked) {
    const Time claimed = judge->report->claimed_time;
    if (time_is_set(claimed) && !time_before(claimed, revoked)) {
        pades_set_verdict(judge->report, PADES_FAILED, PADES_REVOKED,
                          "the certificate was revoked before the time at which the signer claims to have signed");
    } else {
        pades_set_verdict(judge->report, PADES_INDETERMINATE, PADES_REVOKED_NO_POE,
                          "the certificate was revoked, and nothing proves that the signature was there before");
    }
}

static void pades_judge_signer(PadesJudge *judge, const PadesPath *path) {
    PadesSignature *report = judge->report;
    report->trusted = path->reason == PADES_OK;
    report->revocation = path->revocation;
    report->revoked = path->revoked;
    if (path->reason != PADES_OK) {
        pades_set_verdict(report, PADES_INDETERMINATE, path->reason, pades_path_words(path->reason));
    } else if (path->revocation == PADES_REVOCATION_REVOKED) {
        pades_judge_revoked(judge, path->revoked);
    } else if (pades_lacks_proof(judge->court, path)) {
        pades_set_verdict(report, PADES_INDETERMINATE, PADES_NO_POE,
                          "the certificate has ended, and nothing proves that it was good until then");
    }
}

/** The level that the signature has reached; each one needs those below it. */
static PadesLevel pades_reached(const PadesJudge *judge, bool stamp_is_proven) {
    const PadesSignature *report = judge->report;
    const bool is_baseline = report->intact && text_equal(report->sub_filter, TEXT("ETSI.CAdES.detached")) &&
                             judge->cms.certificate_digest.size > 0 && !judge->cms.has_signing_time;
    if (!is_baseline) {
        return PADES_NO_LEVEL;
    }
    if (!time_is_set(report->proven_time)) {
        return PADES_B_B;
    }
    if (report->revocation != PADES_REVOCATION_GOOD || !stamp_is_proven) {
        return PADES_B_T;
    }
    return judge->court->covers_data ? PADES_B_LTA : PADES_B_LT;
}

Status pades_judge_time(PadesJudge *judge, Text certificate, STACK_OF(X509) * others) {
    Time best = {0};
    bool stamp_is_proven = true;
    TRY(pades_find_time(judge, &best, &stamp_is_proven));
    PadesPath path = {.certificate = judge->signer,
                      .der = certificate,
                      .others = {judge->cms.certificates, judge->cms.certificate_count},
                      .helpers = others,
                      .at = best};
    pades_judge_path(judge->court, &path);
    pades_judge_signer(judge, &path);
    judge->report->level = pades_reached(judge, stamp_is_proven);
    return STATUS_OK;
}

/** Describes and trusts a document time stamp of which the bytes are right. */
static Status pades_judge_stamp_path(PadesJudge *judge, const TimeStamp *stamp, PadesPath *path) {
    PadesCourt *court = judge->court;
    PadesSignature *report = judge->report;
    PadesReason reason = PADES_OK;
    TRY(pades_describe_certificate(court, report, path->certificate, stamp->signer));
    TRY(pades_keep(court->arena, text_of(algorithm_digest_name(stamp->digest)), &report->digest_algorithm));
    const char *fault = pades_distrust(court, stamp, path, &reason);
    report->trusted = path->reason == PADES_OK && reason != PADES_TIMESTAMP_ORDER_FAILURE;
    report->revocation = path->revocation;
    report->revoked = path->revoked;
    if (fault != NULL) {
        pades_set_verdict(report, PADES_INDETERMINATE, reason, fault);
        return STATUS_OK;
    }
    if (report->reason != PADES_OK) {
        return STATUS_OK;
    }
    report->proven_time = stamp->time;
    report->stamp_by = report->subject;
    court->control = stamp->time;
    court->is_proven = true;
    court->proven_by = report->subject;
    court->covers_data |= judge->has_data;
    return STATUS_OK;
}

Status pades_judge_stamp(PadesJudge *judge) {
    static const char *const digests[] = {[KEY_SHA256] = "SHA256", [KEY_SHA384] = "SHA384", [KEY_SHA512] = "SHA512"};
    TimeStamp stamp;
    const Text contents = pdf_entry(judge->field->dictionary, "Contents")->text;
    if (time_stamp_read(judge->court->scratch, contents, &stamp) != STATUS_OK) {
        Text words = {0};
        TRY(pades_keep(judge->court->arena, failure_take(), &words));
        pades_set_verdict(judge->report, PADES_FAILED, PADES_FORMAT_FAILURE, words.data);
        return STATUS_OK;
    }
    judge->report->claimed_time = stamp.time;
    if (!pades_covers_digest(judge, EVP_get_digestbyname(digests[stamp.digest]), stamp.imprint)) {
        pades_set_verdict(judge->report, PADES_FAILED, PADES_HASH_FAILURE,
                          "the stamped bytes were changed, or the time stamp is of another file");
        return STATUS_OK;
    }
    judge->report->intact = judge->report->reason == PADES_OK;
    PadesPath path = {.certificate = trust_certificate(stamp.signer),
                      .der = stamp.signer,
                      .others = stamp.certificates,
                      .helpers = trust_certificates(stamp.certificates)};
    const Status status = path.certificate == NULL ? STATUS_OK : pades_judge_stamp_path(judge, &stamp, &path);
    pades_path_close(&path);
    return status;
}
