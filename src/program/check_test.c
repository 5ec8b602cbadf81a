/** Whatever is changed in the database behind the program's back, `tradepost check` finds it. */
#include <stdarg.h>

#include "capabilities/capability.h"
#include "testing/things.h"

typedef struct Searched {
    Check check; /* first, so that `found` finds its way back */
    Buffer words;
} Searched;

PRINTF_LIKE(2, 3) static void found(Check *check, const char *format, ...) {
    Searched *searched = (Searched *)(void *)check;
    char line[500];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    buffer_append(&searched->words, text_of(line));
    buffer_append_byte(&searched->words, '\n');
    check->findings++;
}

static Text search(const Site *site) {
    Searched searched = {
        .check = {.arena = site->arena, .database = site->database, .outside = site->world->outside, .found = found},
        .words = buffer_make(site->arena, 1 << 16)};
    for (size_t i = 0; i < capability_count; i++) {
        if (capabilities[i]->check != NULL) {
            CHECK_OK(capabilities[i]->check(&searched.check));
        }
    }
    return (Text){searched.words.data, searched.words.size};
}

typedef struct Change {
    const char *sql, *words;
} Change;

#define OF_CHAMBER "chamber_id = (SELECT chamber_id FROM chambers_chamber WHERE code = 'TST')"
#define OF_OTHER   "chamber_id = (SELECT chamber_id FROM chambers_chamber WHERE code = 'OTH')"
#define LAST       OF_CHAMBER " AND sequence = (SELECT max(sequence) FROM chambers_audit WHERE " OF_CHAMBER ")"
#define ISSUED     OF_CHAMBER " AND state = 'issued'"

static const Change changes[] = {
    {"DELETE FROM chambers_audit WHERE " LAST, "chamber TST: The audit chain is cut"},
    {"DELETE FROM chambers_audit WHERE " OF_CHAMBER " AND sequence > 2", "chamber TST: The audit chain is cut"},
    {"UPDATE chambers_audit SET detail = 'x' WHERE " LAST, "chamber TST: The audit chain does not fit"},
    {"UPDATE chambers_audit SET witness = hash WHERE " LAST, "chamber TST: The audit chain does not fit"},
    {"UPDATE chambers_audit_head SET sequence = sequence - 1 WHERE " OF_CHAMBER, "chamber TST: The note"},
    {"DELETE FROM chambers_audit WHERE " LAST "; UPDATE chambers_audit_head SET sequence = (SELECT sequence FROM "
     "chambers_audit WHERE " LAST "), hash = (SELECT hash FROM chambers_audit WHERE " LAST ") WHERE " OF_CHAMBER,
     "chamber TST: The note"},
    {"UPDATE chambers_audit_head SET mac = substr(mac, 1, 0) WHERE " OF_CHAMBER, "chamber TST: The note"},
    {"DELETE FROM chambers_audit_head WHERE " OF_CHAMBER, "chamber TST: The audit chain has lost the note"},
    {"DELETE FROM chambers_audit WHERE " OF_CHAMBER "; DELETE FROM chambers_audit_head WHERE " OF_CHAMBER,
     "chamber TST: its audit chain is gone"},
    {"UPDATE chambers_audit SET chamber_id = -1 WHERE " OF_OTHER "; UPDATE chambers_audit SET chamber_id = (SELECT "
     "chamber_id FROM chambers_chamber WHERE code = 'OTH') WHERE " OF_CHAMBER "; UPDATE chambers_audit SET chamber_id "
     "= (SELECT chamber_id FROM chambers_chamber WHERE code = 'TST') WHERE chamber_id = -1",
     "chamber TST: The audit chain does not fit at event 1."},
    {"UPDATE chambers_audit_head SET chamber_id = -1 WHERE " OF_OTHER
     "; UPDATE chambers_audit_head SET chamber_id = (SELECT chamber_id FROM chambers_chamber WHERE code = 'OTH') "
     "WHERE " OF_CHAMBER "; UPDATE chambers_audit_head SET chamber_id = (SELECT chamber_id FROM chambers_chamber "
     "WHERE code = 'TST') WHERE chamber_id = -1",
     "chamber OTH: The note"},
    {"UPDATE documents_document SET state = 'cancelled' WHERE " ISSUED, "not as its last act left it"},
    {"UPDATE documents_document SET state = 'issued' WHERE " OF_CHAMBER " AND state = 'submitted'",
     "not as its last act left it"},
    {"UPDATE documents_document SET number = 'TST-CO-2026-999999' WHERE " ISSUED, "not as its last act left it"},
    {"UPDATE documents_document SET code = '0000-0000-0000' WHERE " ISSUED, "not as its last act left it"},
    {"UPDATE documents_document SET body = '{}' WHERE " ISSUED, "not as its last act left it"},
    {"UPDATE documents_document SET consignee_name = 'x' WHERE " ISSUED, "not as its last act left it"},
    {"UPDATE documents_document SET officer_name = 'x' WHERE " ISSUED, "not as its last act left it"},
    {"UPDATE documents_document SET pdf_sha256 = substr(pdf_sha256, 1, 0) WHERE " ISSUED,
     "not as its last act left it"},
    {"UPDATE documents_document SET firm_id = firm_id + 1 WHERE " ISSUED, "not as its last act left it"},
    {"DELETE FROM documents_document WHERE " ISSUED, "it was removed"},
    {"UPDATE documents_revision SET sha256 = (SELECT sha256 FROM documents_attachment LIMIT 1) WHERE " OF_CHAMBER,
     "its file is none of its revisions"},
    {"INSERT INTO documents_revision (chamber_id, document_id, revision, level, sha256, size, made_at, steps) SELECT "
     "chamber_id, document_id, revision + 1, level, (SELECT sha256 FROM documents_attachment LIMIT 1), size, made_at, "
     "steps FROM documents_revision WHERE " OF_CHAMBER,
     "not as its last act left it"},
    {"DELETE FROM documents_revision WHERE " OF_CHAMBER, "its file is none of its revisions"},
    {"UPDATE documents_attachment SET name = 'x' WHERE " OF_CHAMBER, "not as its last act left it"},
    {"DELETE FROM documents_attachment WHERE " OF_CHAMBER, "not as its last act left it"},
};

SITE_TEST(what_is_changed_behind_the_programs_back_is_found) {
    (void)things_make(site);
    /* Their files got other names behind the program's back; the withdrawn one had it when it was withdrawn. */
    site_sql(site, TEXT("UPDATE documents_attachment SET name = kind || '.pdf' WHERE document_id NOT IN (SELECT "
                        "document_id FROM documents_document WHERE state = 'withdrawn')"));
    const Text whole = search(site);
    CHECK_TEXT(whole, "");
    site_keep(site);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        site_sql(site, text_of(changes[i].sql));
        const Text words = search(site);
        if (!text_find(words, text_of(changes[i].words), &(size_t){0})) {
            test_fail(__FILE__, __LINE__, "%s\nfinds only: %.*s", changes[i].sql, TEXT_ARG(words));
        }
        site_restore(site);
    }
    CHECK_TEXT(search(site), "");
}

/** An act behind a cut chain does not heal it. */
SITE_TEST(a_cut_chain_stays_broken) {
    static const char *const cuts[] = {
        "DELETE FROM chambers_audit WHERE " LAST,
        "DELETE FROM chambers_audit_head WHERE " OF_CHAMBER,
        "DELETE FROM chambers_audit WHERE " LAST
        "; UPDATE chambers_audit_head SET mac = substr(mac, 1, 0) WHERE " OF_CHAMBER,
    };
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    const Text token = site_form_token(&owner);
    const char *form = "type=certificate-of-origin";
    CHECK_INT(site_send(&owner, TEXT("/documents/new"), token, form).code, 303);
    site_keep(site);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        site_sql(site, text_of(cuts[i]));
        CHECK_INT(site_send(&owner, TEXT("/documents/new"), token, form).code, 303);
        CHECK_INT(site_send(&owner, TEXT("/documents/new"), token, form).code, 303);
        const Text words = search(site);
        CHECK(text_find(words, TEXT("chamber TST: The"), &(size_t){0}));
        site_restore(site);
    }
}

/** Without the installation's key the end of a chain cannot be made anew. */
SITE_TEST(another_key_is_found) {
    const unsigned char other[DATABASE_KEY_SIZE] = "another installation's secret  ";
    CHECK_TEXT(search(site), "");
    database_set_key(site->database, other);
    CHECK(text_find(search(site), TEXT("chamber OTH: The note"), &(size_t){0}));
}
