/**
 * What is asked about a file's structure, and what comes back: the part of sealing that reads a stranger's bytes, so
 * that it can run in a jail. Keys, digests and the net stay outside of it.
 */
#ifndef TRADEPOST_TRUST_PADES_PLAN_H
#define TRADEPOST_TRUST_PADES_PLAN_H

#include "base/buffer.h"
#include "pdf/reader.h"
#include "pdf/revision.h"
#include "trust/pades.h"

#define PADES_TEXT_MAX 1024
/* What DSS may hold together. */
#define PADES_VALUES_MAX 4096

typedef enum PadesAct {
    PADES_ACT_SEAL,     /**< plan the revision of a seal */
    PADES_ACT_INSPECT,  /**< find signatures and validation data */
    PADES_ACT_ADD_DATA, /**< plan the revision of validation data */
    PADES_ACT_STAMP,    /**< plan the revision of a document time stamp */
    PADES_ACT_COUNT
} PadesAct;

/** What proves one signature: an entry of VRI. */
typedef struct PadesRecord {
    Text name; /**< upper-case hexadecimal SHA-1 of Contents */
    ValidationData data;
} PadesRecord;

typedef struct PadesRecords {
    PadesRecord *items;
    size_t count;
} PadesRecords;

typedef struct PadesRequest {
    PadesAct act;
    PadesSeal seal;       /**< without key; its appearance is drawn already */
    size_t room;          /**< bytes of Contents */
    PadesRecords records; /**< to be added */
} PadesRequest;

/** A signature of the file. */
typedef struct PadesFound {
    Text contents; /**< with the zeros behind it */
    bool is_time_stamp;
    bool has_record;         /**< VRI has an entry for it */
    bool covers_data;        /**< a time stamp's revision has DSS */
    size_t gap_from, gap_to; /**< Contents with its brackets */
    size_t covered;
} PadesFound;

typedef struct PadesAnswer {
    Text section; /**< the bytes to append */
    size_t gap_from, gap_to;
    PadesFound *items; /**< soundly placed signatures, smallest coverage first */
    size_t count;
    ValidationData data; /**< what DSS holds */
} PadesAnswer;

/** The request as bytes, which say their own size. @return STATUS_TOO_LARGE */
MUST_USE Status pades_pack_request(Arena *arena, const PadesRequest *request, Text *ret_bytes);
/** Takes a request from the beginning of `bytes`. @return STATUS_INVALID */
MUST_USE Status pades_unpack_request(Arena *arena, Text *bytes, PadesRequest *ret_request);
/** Appends the answer as bytes. */
void pades_pack_answer(Buffer *output, const PadesAnswer *answer);
/** An answer, of which nothing is believed. @return STATUS_INVALID */
MUST_USE Status pades_unpack_answer(Arena *arena, Text bytes, PadesAnswer *ret_answer);

/** Has the request carried out: by `reader`, or here when that is NULL; and checks what comes back against `pdf`.
 * @return as pades_seal */
MUST_USE Status pades_ask(Arena *arena, const PadesReader *reader, const PadesRequest *request, Text pdf,
                          PadesAnswer *ret_answer);
/** Digest of the file with a planned section behind it, but for the gap. */
Text pades_digest(Arena *arena, const PadesReader *reader, KeyDigest digest, Text pdf, const PadesAnswer *plan);
/** The planned section with `contents` in its gap. @return STATUS_TOO_LARGE when they do not fit */
MUST_USE Status pades_fill(Arena *arena, const PadesAnswer *plan, Text contents, Text *ret_section);

/** One reading of a file for a request. */
typedef struct PadesWork {
    Arena *arena;   /**< for what is written; dies with the request */
    Arena *reading; /**< for what a stranger's file makes us read, under a budget of its own; dies with the request */
    PdfFile *file;
    const PadesRequest *request;
    PdfSignatureFields fields;
    const PdfSignatureField *target; /**< the empty field to fill; NULL: a new one */
    Text field_name;
    bool certify;
    const PdfValue *catalog, *form, *perms;
    PdfReference catalog_reference, form_reference; /**< the form's number is 0 when it stands in the catalog */
    PdfPage page;
    PdfRevision *revision;
    PdfReference signature;
} PadesWork;

/** Opens the file and checks that a revision may follow. @return as pades_seal */
MUST_USE Status pades_open(PadesWork *work, Text pdf);
/** Plans the revision of a seal or of a document time stamp. @return as pades_seal */
MUST_USE Status pades_plan_signature(PadesWork *work, PadesAnswer *ret_answer);
/** Finds signatures and validation data. @return as pdf_open */
MUST_USE Status pades_inspect(PadesWork *work, PadesAnswer *ret_answer);
/** Plans the revision of validation data; an empty section when all of it is there. @return as pades_seal */
MUST_USE Status pades_plan_data(PadesWork *work, PadesAnswer *ret_answer);

/** A value of DSS with its object. */
typedef struct PadesStored {
    Text bytes;
    PdfReference reference;
} PadesStored;

/** The validation data of a file. */
typedef struct PadesStore {
    const PdfValue *dictionary, *records; /**< DSS and VRI; null values when absent */
    PdfReference reference;               /**< of DSS; number 0 when it stands in the catalog or is absent */
    PadesStored *items[3];                /**< certificates, OCSP responses, CRLs */
    size_t counts[3];
} PadesStore;

/** Reads DSS; what lies there and cannot be decoded is passed over. @return STATUS_TOO_LARGE past a limit,
 * STATUS_INVALID when DSS is no dictionary */
MUST_USE Status pades_read_store(Arena *arena, PdfFile *file, PadesStore *ret_store);
/** The values of the store. */
ValidationData pades_store_data(Arena *arena, const PadesStore *store);
/** The name that an entry of VRI has for a signature (ISO 32000-2, 12.8.4.4). */
Text pades_record_name(Arena *arena, Text contents);

/** Where a signature stands, and what it covers. */
typedef struct PadesPlace {
    size_t gap_from, gap_to, covered;
} PadesPlace;

/** Finds the place; NULL when it is sound, else words. The place is as far as it is known. */
const char *pades_find_place(const PdfFile *file, const PdfValue *dictionary, PadesPlace *ret_place);

#endif
