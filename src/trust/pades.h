/**
 * PAdES: sealing PDF files by an appended revision, and judging the signatures of any PDF file.
 *
 * Sealing makes level B-B. A signature time stamp is an unsigned attribute of the same CMS (`token_size` reserves its
 * room); DSS, VRI and the document time stamp are further revisions behind the seal's.
 * Implements: EN 319 142-1, EN 319 122-1, ISO 32000-1 12.8, ISO 32000-2 12.8.4 and 12.8.5.
 */
#ifndef TRADEPOST_TRUST_PADES_H
#define TRADEPOST_TRUST_PADES_H

#include "base/buffer.h"
#include "trust/anchor.h"
#include "trust/key.h"
#include "trust/revocation.h"
#include "trust/time_stamp.h"

/**
 * Where a file's structure is read. Files of strangers are read in a jail: its function gets `request` and, right
 * behind it, the file, and returns what `pades_read` wrote. Keys and digests stay outside.
 */
typedef struct PadesReader {
    /** Has pades_read run; NULL: in this process. @return what it returned */
    Status (*call)(void *context, Arena *arena, Text request, Text pdf, Text *ret_answer);
    /** Is told that a part of the file was read through and may leave memory, as of a mapping; may be NULL */
    void (*release)(void *context, Text part);
    void *context;
} PadesReader;

/** What a jail runs for a PadesReader: reads a request and the file behind it, and appends the answer. Uses nothing but
 * memory. @return as pades_seal */
MUST_USE Status pades_read(Text request_and_file, Buffer *output);

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
    size_t token_size;         /**< room for a time-stamp token; 0: none */
    const PadesReader *reader; /**< NULL: the file is our own and read here */
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
/** Whether a file could be sealed, without a key and in this process: for a jail. @return as pades_seal */
MUST_USE Status pades_try_seal(Arena *arena, Text pdf, Text field);
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
    const PadesReader *reader;   /**< NULL: files are our own and read here */
} PadesServices;

/** A part of a file that is to be replaced by as many bytes. */
typedef struct PadesPatch {
    size_t at;
    Text bytes;
} PadesPatch;

/**
 * Raises the last signature of a file, sealed with room for a token, from B-B to B-T: gets a time stamp over its
 * signature value and puts it into the signature's own CMS. The file keeps its length; only the room within Contents
 * changes, so it must not have been published before.
 *
 * @return STATUS_CONFLICT when it has a stamp already (a step that is done twice finds that) or is followed by another
 * revision; STATUS_TOO_LARGE when the token does not fit its room: seal again with a larger `token_size`;
 * STATUS_UNAVAILABLE as time_stamp_get; STATUS_INVALID when there is no signature
 */
MUST_USE Status pades_stamp(Arena *arena, Text pdf, const PadesServices *services, Text *ret_pdf);
/** As pades_stamp, but gives only what changes. */
MUST_USE Status pades_stamp_patch(Arena *arena, Text pdf, const PadesServices *services, PadesPatch *ret_patch);

/**
 * Collects what proves the signatures and time stamps of a file that have no entry in VRI yet, and appends it as DSS
 * and VRI: level B-LT. Values that the file holds are kept and not written twice. Signatures of others that lead to no
 * anchor are passed over; the last one may not be.
 *
 * @param ret_appended  the bytes to append; empty when the file holds all of it
 * @return as revocation_collect and pades_seal
 */
MUST_USE Status pades_add_validation_data(Arena *arena, Text pdf, const PadesServices *services, Text *ret_appended);

/**
 * Appends a document time stamp over the whole file: level B-LTA, or its renewal (then validation data first, which
 * proves the stamp before). Its room is that of the last token in the file, and a third more; a token that does not fit
 * is asked for again with more room.
 *
 * @return as time_stamp_get and pades_seal
 */
MUST_USE Status pades_add_document_stamp(Arena *arena, Text pdf, const PadesServices *services, Text *ret_appended);

/** How long a file is protected. */
typedef struct PadesProtection {
    PadesLevel level; /**< the lowest among its signatures, by what is there; whether it is good, pades_verify says */
    Time stamped;     /**< the last stamp's time; {0} without one */
    Time earliest;    /**< a renewal before this adds nothing: no data newer than the last stamp can be had */
    Time latest; /**< when the last stamp's certificate (without a stamp: the last signer's) ends, or its algorithms */
} PadesProtection;

/**
 * Computes level and dates by the file alone.
 *
 * @param reader  NULL: the file is our own and read here
 * @return STATUS_INVALID without a signature or when the last one cannot be read
 */
MUST_USE Status pades_protection(Arena *arena, Text pdf, const PadesReader *reader, PadesProtection *ret_protection);

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
    PADES_REVOKED,        /**< and the signer claims a time after that */
    PADES_REVOKED_NO_POE, /**< nothing proves that the signature was there before the revocation */
    PADES_NO_POE,         /**< a certificate has ended, and nothing proves that it was good until then */
    PADES_TIMESTAMP_ORDER_FAILURE,
    PADES_NOT_JUDGED /**< a kind of signature that is not handled here */
} PadesReason;

/** "PASSED", "INDETERMINATE", "FAILED" with TOTAL_ before the first and last as the standard spells them. */
const char *pades_indication_name(PadesIndication indication);
/** "HASH_FAILURE" and so on; "" for PADES_OK. */
const char *pades_reason_name(PadesReason reason);

/** What the file itself proves about the revocation of a path. */
typedef enum PadesRevocation {
    PADES_REVOCATION_UNKNOWN,
    PADES_REVOCATION_GOOD,
    PADES_REVOCATION_REVOKED
} PadesRevocation;

/** What later revisions added behind a signature. */
typedef enum PadesLater {
    PADES_LATER_NOTHING,
    PADES_LATER_PROOFS,     /**< validation data and document time stamps alone */
    PADES_LATER_SIGNATURES, /**< further signatures too */
    PADES_LATER_CHANGES     /**< something else: it does not pass */
} PadesLater;

/** "nothing", "proofs", "signatures", "changes". */
const char *pades_later_name(PadesLater later);

/** The judgement of one signature or document time stamp. */
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
    PadesLater later;
    size_t covered;         /**< the file's first so many bytes are covered, but for Contents */
    size_t later_revisions; /**< revisions that were appended after this one */
    Text subject, issuer;   /**< distinguished names, RFC 2253 in UTF-8 */
    Text serial;            /**< hexadecimal */
    Text certificate;       /**< DER */
    Time valid_from, valid_until;
    Text digest_algorithm, signature_algorithm; /**< "SHA256", "ecdsa-with-SHA256" */
    PadesLevel level;                           /**< PADES_NO_LEVEL for a document time stamp */
    Time proven_time; /**< it was there by then: the earliest good time stamp on it or around it; of a document time
                           stamp its own time; {0} without one */
    bool has_stamp;   /**< a time stamp on the signature itself, good or not */
    Text stamp_words; /**< why that one proves nothing; empty when it is good or absent */
    Text stamp_by;    /**< subject of the certificate of the stamp that proves the time */
    PadesRevocation revocation;
    Time revoked; /**< since when; {0} unless revoked */
} PadesSignature;

typedef struct PadesReport {
    PadesIndication
        indication; /**< of the file: passed only when each signature passed and only proofs follow the last one */
    PadesReason reason;
    Text words;
    PadesSignature *items; /**< in the order of what they cover, smallest first */
    size_t count;
    size_t revisions;
    PadesLevel level; /**< the lowest among its signatures; PADES_NO_LEVEL without one */
} PadesReport;

/**
 * Judges all signatures and document time stamps of a file that a stranger made, by the file alone: what good time
 * stamps prove, certificates and revocation at that time (EN 319 102-1, 5.5 and 5.6), and what later revisions did. A
 * file that cannot be read is a report with PADES_FORMAT_FAILURE, not an error.
 *
 * @param anchors  NULL: no certificate is trusted
 * @param at       the time at which certificates must be valid where no time stamp proves another; {0}: now
 * @return STATUS_TOO_LARGE when the arena's budget is passed
 */
MUST_USE Status pades_verify(Arena *arena, Text pdf, const TrustAnchors *anchors, Time at, PadesReport *ret_report);
/** The report as one JSON object. */
MUST_USE Status pades_report_json(Arena *arena, const PadesReport *report, Text *ret_json);

#endif
