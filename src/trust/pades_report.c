/** Names and JSON of what was judged. */
#include "base/buffer.h"
#include "base/log.h"
#include "trust/pades.h"

#define PADES_JSON_MAX ((size_t)16 << 20)

const char *pades_indication_name(PadesIndication indication) {
    static const char *const names[] = {
        [PADES_PASSED] = "TOTAL_PASSED", [PADES_INDETERMINATE] = "INDETERMINATE", [PADES_FAILED] = "TOTAL_FAILED"};
    return names[indication];
}

const char *pades_reason_name(PadesReason reason) {
    static const char *const names[] = {[PADES_OK] = "",
                                        [PADES_NO_SIGNATURE] = "NO_SIGNATURE",
                                        [PADES_FORMAT_FAILURE] = "FORMAT_FAILURE",
                                        [PADES_HASH_FAILURE] = "HASH_FAILURE",
                                        [PADES_SIG_CRYPTO_FAILURE] = "SIG_CRYPTO_FAILURE",
                                        [PADES_CHANGED_AFTER] = "CHANGED_AFTER",
                                        [PADES_NO_SIGNING_CERTIFICATE_FOUND] = "NO_SIGNING_CERTIFICATE_FOUND",
                                        [PADES_NO_CERTIFICATE_CHAIN_FOUND] = "NO_CERTIFICATE_CHAIN_FOUND",
                                        [PADES_CERTIFICATE_CHAIN_GENERAL_FAILURE] = "CERTIFICATE_CHAIN_GENERAL_FAILURE",
                                        [PADES_CHAIN_CONSTRAINTS_FAILURE] = "CHAIN_CONSTRAINTS_FAILURE",
                                        [PADES_CRYPTO_CONSTRAINTS_FAILURE] = "CRYPTO_CONSTRAINTS_FAILURE",
                                        [PADES_EXPIRED] = "EXPIRED",
                                        [PADES_NOT_YET_VALID] = "NOT_YET_VALID",
                                        [PADES_REVOKED] = "REVOKED",
                                        [PADES_REVOKED_NO_POE] = "REVOKED_NO_POE",
                                        [PADES_NO_POE] = "NO_POE",
                                        [PADES_TIMESTAMP_ORDER_FAILURE] = "TIMESTAMP_ORDER_FAILURE",
                                        [PADES_NOT_JUDGED] = "NOT_JUDGED"};
    return names[reason];
}

const char *pades_later_name(PadesLater later) {
    static const char *const names[] = {[PADES_LATER_NOTHING] = "nothing",
                                        [PADES_LATER_PROOFS] = "proofs",
                                        [PADES_LATER_SIGNATURES] = "signatures",
                                        [PADES_LATER_CHANGES] = "changes"};
    return names[later];
}

static const char *const pades_level_names[] = {
    [PADES_NO_LEVEL] = "", [PADES_B_B] = "B-B", [PADES_B_T] = "B-T", [PADES_B_LT] = "B-LT", [PADES_B_LTA] = "B-LTA"};

const char *pades_level_name(PadesLevel level) {
    return pades_level_names[level];
}

Status pades_level_read(Text text, PadesLevel *ret_level) {
    for (int level = PADES_B_B; level <= PADES_B_LTA; level++) {
        if (text_equal(text, text_of(pades_level_names[level]))) {
            *ret_level = (PadesLevel)level;
            return STATUS_OK;
        }
    }
    return fail(STATUS_INVALID, "the level is one of B-B, B-T, B-LT, B-LTA");
}

static void pades_json_text(Buffer *json, const char *name, Text text) {
    buffer_format(json, "\"%s\":\"", name);
    const Text shown = text_is_utf8(text) ? text : TEXT("?");
    for (size_t i = 0; i < shown.size; i++) {
        const unsigned char byte = (unsigned char)shown.data[i];
        if (byte == '"' || byte == '\\') {
            buffer_format(json, "\\%c", byte);
        } else if (byte < 0x20) {
            buffer_format(json, "\\u%04x", byte);
        } else {
            buffer_append_byte(json, (char)byte);
        }
    }
    buffer_append(json, TEXT("\","));
}

static void pades_json_time(Arena *arena, Buffer *json, const char *name, Time time) {
    if (time_is_set(time)) {
        pades_json_text(json, name, time_rfc3339(arena, time));
    } else {
        buffer_format(json, "\"%s\":null,", name);
    }
}

static void pades_json_bool(Buffer *json, const char *name, bool value) {
    buffer_format(json, "\"%s\":%s,", name, value ? "true" : "false");
}

static void pades_json_verdict(Buffer *json, PadesIndication indication, PadesReason reason, Text words) {
    pades_json_text(json, "indication", text_of(pades_indication_name(indication)));
    pades_json_text(json, "reason", text_of(pades_reason_name(reason)));
    pades_json_text(json, "words", words);
}

static void pades_json_signature(Arena *arena, Buffer *json, const PadesSignature *item) {
    buffer_append_byte(json, '{');
    pades_json_verdict(json, item->indication, item->reason, item->words);
    pades_json_text(json, "field", item->field);
    pades_json_text(json, "subFilter", item->sub_filter);
    pades_json_text(json, "name", item->name);
    pades_json_text(json, "location", item->location);
    pades_json_text(json, "contact", item->contact);
    pades_json_text(json, "claimedReason", item->claimed_reason);
    pades_json_time(arena, json, "claimedTime", item->claimed_time);
    pades_json_bool(json, "timeStamp", item->is_time_stamp);
    pades_json_bool(json, "intact", item->intact);
    pades_json_bool(json, "trusted", item->trusted);
    pades_json_bool(json, "coversWholeFile", item->covers_whole_file);
    pades_json_text(json, "later", text_of(pades_later_name(item->later)));
    pades_json_text(json, "level", text_of(pades_level_name(item->level)));
    pades_json_time(arena, json, "provenTime", item->proven_time);
    pades_json_text(json, "provenBy", item->stamp_by);
    pades_json_text(json, "stampWords", item->stamp_words);
    pades_json_text(json, "revocation",
                    item->revocation == PADES_REVOCATION_GOOD      ? TEXT("good")
                    : item->revocation == PADES_REVOCATION_REVOKED ? TEXT("revoked")
                                                                   : TEXT("unknown"));
    pades_json_time(arena, json, "revoked", item->revoked);
    pades_json_text(json, "subject", item->subject);
    pades_json_text(json, "issuer", item->issuer);
    pades_json_text(json, "serial", item->serial);
    pades_json_time(arena, json, "validFrom", item->valid_from);
    pades_json_time(arena, json, "validUntil", item->valid_until);
    pades_json_text(json, "digestAlgorithm", item->digest_algorithm);
    pades_json_text(json, "signatureAlgorithm", item->signature_algorithm);
    buffer_format(json, "\"certification\":%d,\"covered\":%zu,\"laterRevisions\":%zu}", item->certification,
                  item->covered, item->later_revisions);
}

Status pades_report_json(Arena *arena, const PadesReport *report, Text *ret_json) {
    Buffer json = buffer_make(arena, PADES_JSON_MAX);
    buffer_append_byte(&json, '{');
    pades_json_verdict(&json, report->indication, report->reason, report->words);
    pades_json_text(&json, "level", text_of(pades_level_name(report->level)));
    buffer_format(&json, "\"revisions\":%zu,\"signatures\":[", report->revisions);
    for (size_t i = 0; i < report->count; i++) {
        if (i > 0) {
            buffer_append_byte(&json, ',');
        }
        pades_json_signature(arena, &json, &report->items[i]);
    }
    buffer_append(&json, TEXT("]}\n"));
    return buffer_take(&json, ret_json);
}
