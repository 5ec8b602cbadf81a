/** The levels above B-B: a stamp on the signature, validation data, stamps on the document (EN 319 142-1, 6). */
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "trust/algorithm.h"
#include "trust/cms.h"
#include "trust/cms_oid.h"
#include "trust/der.h"
#include "trust/pades_inside.h"
#include "trust/pades_plan.h"

#define PADES_RAISE_BUDGET ((size_t)512 << 20)
#define PADES_ROOM_ROUND   64
#define PADES_TRIES        3

/** Copies bytes that must outlive the arena in which they were made. */
static Status pades_hand_over(Arena *arena, Text bytes, Text *ret_bytes) {
    void *memory = NULL;
    TRY(arena_try_allocate(arena, bytes.size, &memory));
    if (bytes.size > 0) {
        memcpy(memory, bytes.data, bytes.size);
    }
    *ret_bytes = (Text){memory, bytes.size};
    return STATUS_OK;
}

/** The token in a signature's unsigned attributes; empty without one. */
Text pades_signature_token(const CmsSigned *cms) {
    Text rest = cms->unsigned_attributes;
    DerValue attribute, type, values, token;
    while (rest.size > 0 && der_take(&rest, DER_SEQUENCE, &attribute) == STATUS_OK) {
        if (der_take(&attribute.content, DER_OBJECT, &type) == STATUS_OK &&
            text_equal(type.whole, OID_SIGNATURE_STAMP) &&
            der_take(&attribute.content, DER_SET, &values) == STATUS_OK &&
            der_take(&values.content, DER_SEQUENCE, &token) == STATUS_OK) {
            return token.whole;
        }
    }
    return (Text){0};
}

/** The CMS without the zeros that fill its room. */
static Status pades_without_padding(Text contents, Text *ret_cms) {
    DerValue value;
    TRY(der_take(&contents, DER_SEQUENCE, &value));
    *ret_cms = value.whole;
    return STATUS_OK;
}

static Status pades_stamp_signature(Arena *arena, const PadesFound *found, const PadesServices *services,
                                    Text *ret_cms) {
    CmsSigned cms;
    TimeStamp stamp;
    Text bare = {0};
    TRY(cms_read(found->contents, &cms));
    if (pades_signature_token(&cms).size > 0) {
        return fail(STATUS_CONFLICT, "the signature has a time stamp already");
    }
    const Text imprint = algorithm_digest(arena, KEY_SHA256, &cms.signature, 1);
    TRY(time_stamp_get(arena, services->fetch, services->stamps, services->anchors, KEY_SHA256, imprint, &stamp, NULL));
    const Text attribute = DER(arena, DER_SEQUENCE, OID_SIGNATURE_STAMP, DER(arena, DER_SET, stamp.token));
    TRY(pades_without_padding(found->contents, &bare));
    TRY(cms_add_unsigned(arena, bare, attribute, ret_cms));
    const size_t room = (found->gap_to - found->gap_from - 2) / 2;
    return ret_cms->size <= room
               ? STATUS_OK
               : fail(STATUS_TOO_LARGE, "a signature of %zu bytes with its time stamp does not fit its room of %zu",
                      ret_cms->size, room);
}

static Status pades_find_last(Arena *arena, Text pdf, const PadesServices *services, PadesAnswer *ret_answer) {
    const PadesRequest request = {.act = PADES_ACT_INSPECT};
    TRY(pades_ask(arena, services->reader, &request, pdf, ret_answer));
    return ret_answer->count > 0 ? STATUS_OK : fail(STATUS_INVALID, "the PDF has no signature");
}

static Status pades_make_patch(Arena *arena, Arena *own, Text pdf, const PadesServices *services,
                               PadesPatch *ret_patch) {
    PadesAnswer answer;
    Text cms = {0}, bytes = {0};
    TRY(pades_find_last(own, pdf, services, &answer));
    const PadesFound *last = &answer.items[answer.count - 1];
    if (last->is_time_stamp || last->covered != pdf.size) {
        return fail(STATUS_CONFLICT, "the PDF's last revision is no signature");
    }
    TRY(pades_stamp_signature(own, last, services, &cms));
    TRY(pades_hand_over(arena, hex_encode(own, cms), &bytes));
    *ret_patch = (PadesPatch){last->gap_from + 1, bytes};
    return STATUS_OK;
}

Status pades_stamp_patch(Arena *arena, Text pdf, const PadesServices *services, PadesPatch *ret_patch) {
    Arena *own = arena_open(PADES_RAISE_BUDGET);
    const Status status = pades_make_patch(arena, own, pdf, services, ret_patch);
    arena_close(own);
    return status;
}

Status pades_stamp(Arena *arena, Text pdf, const PadesServices *services, Text *ret_pdf) {
    PadesPatch patch;
    void *memory = NULL;
    TRY(pades_stamp_patch(arena, pdf, services, &patch));
    TRY(arena_try_allocate(arena, pdf.size, &memory));
    memcpy(memory, pdf.data, pdf.size);
    memcpy((char *)memory + patch.at, patch.bytes.data, patch.bytes.size);
    *ret_pdf = (Text){memory, pdf.size};
    return STATUS_OK;
}

/** The certificate first, then all others that the CMS brings. */
static Texts pades_chain_of(Arena *arena, Text certificate, Texts others) {
    Texts chain = {arena_new_array(arena, Text, others.count + 1), 0};
    chain.items[chain.count++] = certificate;
    for (size_t i = 0; i < others.count; i++) {
        if (!text_equal(others.items[i], certificate)) {
            chain.items[chain.count++] = others.items[i];
        }
    }
    return chain;
}

Text pades_signer_of(const CmsSigned *cms) {
    for (size_t i = 0; i < cms->certificate_count; i++) {
        X509 *read = trust_certificate(cms->certificates[i]);
        const bool named = read != NULL && cms_names_signer(cms, read);
        X509_free(read);
        if (named) {
            return cms->certificates[i];
        }
    }
    return (Text){0};
}

/** The chains of a signature and of the stamp on it, or of a document time stamp. */
typedef struct PadesChains {
    Texts items[2];
    size_t count;
} PadesChains;

static Status pades_find_chains(Arena *arena, const PadesFound *found, PadesChains *ret_chains) {
    TimeStamp stamp;
    CmsSigned *cms = arena_new(arena, CmsSigned);
    ret_chains->count = 0;
    Text token = found->is_time_stamp ? found->contents : (Text){0};
    if (!found->is_time_stamp) {
        TRY(cms_read(found->contents, cms));
        const Text signer = pades_signer_of(cms);
        if (signer.size == 0) {
            return fail(STATUS_INVALID, "a signature in the PDF lacks its signer's certificate");
        }
        const Texts all = {cms->certificates, cms->certificate_count};
        ret_chains->items[ret_chains->count++] = pades_chain_of(arena, signer, all);
        token = pades_signature_token(cms);
    }
    if (token.size > 0) {
        TRY(time_stamp_read(arena, token, &stamp));
        ret_chains->items[ret_chains->count++] = pades_chain_of(arena, stamp.signer, stamp.certificates);
    }
    return STATUS_OK;
}

/** A path leads from the first certificate to an anchor now. */
static bool pades_has_path(Texts chain, const TrustAnchors *anchors, Time at) {
    STACK_OF(X509) *stack = trust_certificates(chain);
    const bool has = stack != NULL && sk_X509_num(stack) > 0 &&
                     trust_judge_path(anchors, sk_X509_value(stack, 0), stack, at) == PADES_OK;
    sk_X509_pop_free(stack, X509_free);
    return has;
}

/** Everything that proves one signature; `known` grows by it, so that nothing is asked for twice. */
static Status pades_collect(Arena *arena, const PadesFound *found, const PadesServices *services, bool is_last,
                            ValidationData *known, ValidationData *ret_data) {
    PadesChains chains;
    const Time now = clock_now();
    const Status readable = pades_find_chains(arena, found, &chains);
    if (readable != STATUS_OK && is_last) {
        return readable;
    }
    for (size_t i = 0; readable == STATUS_OK && i < chains.count; i++) {
        ValidationData data = {0};
        if (!is_last && !pades_has_path(chains.items[i], services->anchors, now)) {
            continue;
        }
        TRY(revocation_collect(arena, services->fetch, chains.items[i], services->anchors, known, now, &data));
        *ret_data = validation_data_join(arena, ret_data, &data);
        *known = validation_data_join(arena, known, &data);
    }
    return STATUS_OK;
}

static Status pades_make_data(Arena *arena, Arena *own, Text pdf, const PadesServices *services, Text *ret_appended) {
    PadesAnswer found, plan;
    PadesRequest request = {.act = PADES_ACT_ADD_DATA};
    TRY(pades_find_last(own, pdf, services, &found));
    ValidationData known =
        services->known == NULL ? found.data : validation_data_join(own, services->known, &found.data);
    request.records.items = arena_new_array(own, PadesRecord, found.count);
    for (size_t i = 0; i < found.count; i++) {
        PadesRecord record = {.name = pades_record_name(own, found.items[i].contents)};
        if (found.items[i].has_record) {
            continue;
        }
        TRY(pades_collect(own, &found.items[i], services, i + 1 == found.count, &known, &record.data));
        const ValidationData *data = &record.data;
        if (data->certificates.count + data->ocsps.count + data->crls.count > 0) {
            request.records.items[request.records.count++] = record;
        }
    }
    if (request.records.count == 0) {
        *ret_appended = (Text){0};
        return STATUS_OK;
    }
    TRY(pades_ask(own, services->reader, &request, pdf, &plan));
    return pades_hand_over(arena, plan.section, ret_appended);
}

Status pades_add_validation_data(Arena *arena, Text pdf, const PadesServices *services, Text *ret_appended) {
    Arena *own = arena_open(PADES_RAISE_BUDGET);
    const Status status = pades_make_data(arena, own, pdf, services, ret_appended);
    arena_close(own);
    return status;
}

static size_t pades_roomy(size_t expected) {
    return (expected + expected * 3 / 10 + PADES_ROOM_ROUND - 1) / PADES_ROOM_ROUND * PADES_ROOM_ROUND;
}

/** Room for a token like the last one in the file. */
static size_t pades_stamp_room(Arena *arena, const PadesAnswer *found) {
    CmsSigned *cms = arena_new(arena, CmsSigned);
    for (size_t i = found->count; i-- > 0;) {
        Text token = {0};
        if (found->items[i].is_time_stamp) {
            if (pades_without_padding(found->items[i].contents, &token) != STATUS_OK) {
                token = (Text){0};
            }
        } else if (cms_read(found->items[i].contents, cms) == STATUS_OK) {
            token = pades_signature_token(cms);
        }
        if (token.size > 0) {
            return pades_roomy(token.size);
        }
    }
    return pades_roomy(TIME_STAMP_ROOM);
}

static Status pades_make_stamp(Arena *arena, Arena *own, Text pdf, const PadesServices *services, Text *ret_appended) {
    PadesAnswer found;
    PadesRequest request = {.act = PADES_ACT_STAMP};
    TRY(pades_find_last(own, pdf, services, &found));
    request.room = pades_stamp_room(own, &found);
    for (int attempt = 1;; attempt++) {
        PadesAnswer plan;
        TimeStamp stamp;
        TRY(pades_ask(own, services->reader, &request, pdf, &plan));
        const Text imprint = pades_digest(own, services->reader, KEY_SHA256, pdf, &plan);
        TRY(time_stamp_get(own, services->fetch, services->stamps, services->anchors, KEY_SHA256, imprint, &stamp,
                           NULL));
        const Status status = pades_fill(arena, &plan, stamp.token, ret_appended);
        if (status != STATUS_TOO_LARGE || attempt == PADES_TRIES) {
            return status;
        }
        request.room = pades_roomy(stamp.token.size);
    }
}

Status pades_add_document_stamp(Arena *arena, Text pdf, const PadesServices *services, Text *ret_appended) {
    Arena *own = arena_open(PADES_RAISE_BUDGET);
    const Status status = pades_make_stamp(arena, own, pdf, services, ret_appended);
    arena_close(own);
    return status;
}
