/**
 * PAdES: sealing PDF files by an appended revision, and judging the signatures of any PDF file.
 *
 * Sealing makes level B-B. A signature time stamp is an unsigned attribute of the same CMS (`token_size` reserves its
 * room); DSS, VRI and the document time stamp are further revisions behind the seal's.
 * Implements: EN 319 142-1, EN 319 122-1, ISO 32000-1 12.8, ISO 32000-2 12.8.4 and 12.8.5.
 */
#ifndef TRADEPOST_TRUST_PADES_H
#define TRADEPOST_TRUST_PADES_H

#include "trust/anchor.h"
#include "trust/key.h"
#include "trust/revocation.h"
#include "trust/time_stamp.h"

/** A visible seal: a rectangle on one page. */
typedef struct PadesAppearance {
    bool visible;
    size_t page;                     /**< from 0 */
    double left, bottom, right, top; /**< in points of the page's space */
    Texts lines;                     /**< drawn as outlines; the first one larger. Ignored with `content` */
    Text content; /**< or a prepared content stream without fonts, its space 0 0 to width and height */
} PadesAppearance;

typedef struct PadesSeal {
    Key *key;
    Text name;     /**< who seals: the chamber */
    Text location; /**< and */
    Text contact;  /**< these may be empty */
    Text reason;   /**< empty whenever a commitment type is used */
    Time time;     /**< for the entry M; {0}: now */
    Text field;    /**< its field: an empty one of that name is filled, else it is made; empty: "Seal" */
    bool
        approval; /**< no certification: neither DocMDP nor Perms. A file that has signatures gets an approval anyway */
    PadesAppearance appearance;
    size_t token_size; /**< room for a time-stamp token; 0: none */
} PadesSeal;

/**
 * Seals `pdf` by appending one revision.
 *
 * @param ret_pdf  `pdf` followed by the revision
 * @return STATUS_INVALID when the file is damaged (fail's words say where), STATUS_UNSUPPORTED when it is encrypted or
 * hybrid, STATUS_CONFLICT when its signatures forbid further ones or the field is already signed, STATUS_UNAVAILABLE
 * from the key, STATUS_TOO_LARGE
 */
MUST_USE Status pades_seal(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_pdf);
/** As pades_seal, but returns only the bytes to append. */
MUST_USE Status pades_seal_append(Arena *arena, Text pdf, const PadesSeal *seal, Text *ret_appended);

/** The baseline levels (EN 319 142-1, 6). */
typedef enum PadesLevel { PADES_NO_LEVEL, PADES_B_B, PADES_B_T, PADES_B_LT, PADES_B_LTA } PadesLevel;

/** "B-LTA"; "" for none. */
const char *pades_level_name(PadesLevel level);
/** Reads "B-LTA". @return STATUS_INVALID */
MUST_USE Status pades_level_read(Text text, PadesLevel *ret_level);

/** What the levels above B-B ask of the world. */
typedef struct PadesServices {
    const TrustFetch *fetch;
    TimeStampServices stamps;
    const TrustAnchors *anchors;
    const ValidationData *known; /**< responses at hand that are still fresh; may be NULL */
} PadesServices;

/**
 * Raises the last signature of a file, sealed with room for a token, from B-B to B-T: gets a time stamp over its
 * signature value and puts it into the signature's own CMS. The file keeps its length; only the room within Contents
 * changes.
 *
 * @return STATUS_CONFLICT when it has a stamp already or no room; STATUS_UNAVAILABLE as time_stamp_get
 */
MUST_USE Status pades_stamp(Arena *arena, Text pdf, const PadesServices *services, Text *ret_pdf);

/**
 * Collects what proves all signatures and time stamps of a file, and appends it as DSS and VRI: level B-LT. Values that
 * the file holds are kept and not written twice.
 *
 * @param ret_appended  the bytes to append; empty when the file holds all of it
 * @return as revocation_collect and pades_seal
 */
MUST_USE Status pades_add_validation_data(Arena *arena, Text pdf, const PadesServices *services, Text *ret_appended);

/** Appends a document time stamp over the whole file: level B-LTA, or its renewal. @return as time_stamp_get and
 * pades_seal */
MUST_USE Status pades_add_document_stamp(Arena *arena, Text pdf, const PadesServices *services, Text *ret_appended);

/** How long a file is protected. */
typedef struct PadesProtection {
    PadesLevel level; /**< the lowest among its signatures */
    Time earliest; /**< a renewal before this adds nothing: the data collected now would be older than the last stamp */
    Time latest;   /**< when the last stamp's certificate ends or its algorithms are no longer trusted */
} PadesProtection;

/** Computes level and dates by the file alone. @return STATUS_INVALID without a signature */
MUST_USE Status pades_protection(Arena *arena, Text pdf, PadesProtection *ret_protection);

/** The three main indications of EN 319 102-1. */
typedef enum PadesIndication { PADES_PASSED, PADES_INDETERMINATE, PADES_FAILED } PadesIndication;

/** Why not passed. Names as in EN 319 102-1 where that has one. */
typedef enum PadesReason {
    PADES_OK,
    PADES_NO_SIGNATURE,
    PADES_FORMAT_FAILURE,
    PADES_HASH_FAILURE,
    PADES_SIG_CRYPTO_FAILURE,
    PADES_CHANGED_AFTER, /**< the signature is good, but the file goes on behind what it covers */
    PADES_NO_SIGNING_CERTIFICATE_FOUND,
    PADES_NO_CERTIFICATE_CHAIN_FOUND, /**< no path to an anchor */
    PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE,
    PADES_CHAIN_CONSTRAINTS_FAILURE,  /**< key usage, path length, name constraints */
    PADES_CRYPTO_CONSTRAINTS_FAILURE, /**< digest or key too weak, or unknown */
    PADES_EXPIRED,
    PADES_NOT_YET_VALID,
    PADES_NOT_JUDGED /**< a document time stamp, or a kind of signature that is not handled here */
} PadesReason;

/** "PASSED", "INDETERMINATE", "FAILED" with TOTAL_ before the first and last as the standard spells them. */
const char *pades_indication_name(PadesIndication indication);
/** "HASH_FAILURE" and so on; "" for PADES_OK. */
const char *pades_reason_name(PadesReason reason);

/** The judgement of one signature. */
typedef struct PadesSignature {
    PadesIndication indication;
    PadesReason reason;
    Text words;                                               /**< one English sentence for logs and operators */
    Text field;                                               /**< full field name */
    Text sub_filter, name, location, contact, claimed_reason; /**< as the file claims them */
    Time claimed_time;                                        /**< entry M; {0} when absent */
    bool is_time_stamp;                                       /**< Type DocTimeStamp */
    int certification;                                        /**< DocMDP's P: 1 to 3; 0: an approval signature */
    bool intact;  /**< digest and signature value are right for the covered bytes */
    bool trusted; /**< a path leads to an anchor */
    bool covers_whole_file;
    size_t covered;         /**< the file's first so many bytes are covered, but for Contents */
    size_t later_revisions; /**< revisions that were appended after this one */
    Text subject, issuer;   /**< distinguished names, RFC 2253 in UTF-8 */
    Text serial;            /**< hexadecimal */
    Text certificate;       /**< DER */
    Time valid_from, valid_until;
    Text digest_algorithm, signature_algorithm; /**< "SHA256", "ecdsa-with-SHA256" */
    PadesLevel level;                           /**< PADES_NO_LEVEL for a document time stamp */
    Time proven_time;                           /**< by a good time stamp; {0} without one */
} PadesSignature;

typedef struct PadesReport {
    PadesIndication
        indication; /**< of the file: passed only when each signature passed and the last covers the whole file */
    PadesReason reason;
    Text words;
    PadesSignature *items; /**< in the order of what they cover, smallest first */
    size_t count;
    size_t revisions;
} PadesReport;

/**
 * Judges all signatures of a file that a stranger made. A file that cannot be read is a report with
 * PADES_FORMAT_FAILURE, not an error.
 *
 * @param anchors  NULL: no certificate is trusted
 * @param at       the time at which certificates must be valid; {0}: now
 * @return STATUS_TOO_LARGE when the arena's budget is passed
 */
MUST_USE Status pades_verify(Arena *arena, Text pdf, const TrustAnchors *anchors, Time at, PadesReport *ret_report);
/** The report as one JSON object. */
MUST_USE Status pades_report_json(Arena *arena, const PadesReport *report, Text *ret_json);

#endif
