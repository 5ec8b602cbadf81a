/** The PDF/A checker: one check from beginning to end, and what its parts share. */
#include "pdf/conformance.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "pdf/conformance_inside.h"

/* Steps of one check. A honest page takes a few thousand. */
#define PDFA_WORK_MAX ((size_t)20000000)

typedef struct PdfaRuleLine {
    const char *clause;
    int test;
    const char *words;
} PdfaRuleLine;

static const PdfaRuleLine rule_lines[] = {
#define PDFA_RULE_LINE(name, clause, test, words) {clause, test, words},
    PDFA_RULES(PDFA_RULE_LINE)
#undef PDFA_RULE_LINE
};

static const PdfValue null_value = {.kind = PDF_NULL};

const char *pdfa_flavour_name(PdfaFlavour flavour) {
    static const char *const names[] = {[PDFA_2B] = "PDF/A-2b", [PDFA_2U] = "PDF/A-2u", [PDFA_3B] = "PDF/A-3b"};
    return names[flavour];
}

Status pdfa_flavour_read(Text text, PdfaFlavour *ret_flavour) {
    static const char *const words[] = {[PDFA_2B] = "2b", [PDFA_2U] = "2u", [PDFA_3B] = "3b"};
    for (PdfaFlavour flavour = PDFA_2B; flavour <= PDFA_3B; flavour++) {
        if (text_equal(text, text_of(words[flavour]))) {
            *ret_flavour = flavour;
            return STATUS_OK;
        }
    }
    return fail(STATUS_INVALID, "PDF/A is checked as 2b, 2u or 3b");
}

/** Words may quote what a stranger wrote: nothing stays that a terminal or a page could misread. */
static Text tame(Arena *arena, Text words) {
    char *tamed = arena_c_string(arena, words);
    const bool readable = text_is_utf8(words);
    for (size_t i = 0; i < words.size; i++) {
        const unsigned char c = (unsigned char)tamed[i];
        if (c < ' ' || c == 0x7f || (c >= 0x80 && !readable)) {
            tamed[i] = '?';
        }
    }
    return (Text){tamed, words.size};
}

static void note(PdfaCheck *check, PdfaRule rule, Text words) {
    const PdfaRuleLine *line = &rule_lines[rule];
    check->has_fault = true;
    for (size_t i = 0; i < check->fault_count; i++) {
        const PdfaFault *known = &check->faults[i];
        if (known->clause == line->clause && known->test == line->test && known->object.number == check->at.number) {
            return;
        }
    }
    if (check->fault_count < PDFA_FAULTS_MAX) {
        if (words.size == 0) {
            words = text_of(line->words);
        }
        check->faults[check->fault_count++] = (PdfaFault){line->clause, line->test, check->at, words};
    }
}

const PdfValue *pdfa_null_value(void) {
    return &null_value;
}

void pdfa_fault(PdfaCheck *check, PdfaRule rule) {
    note(check, rule, (Text){NULL, 0});
}

void pdfa_fault_of(PdfaCheck *check, PdfaRule rule, const char *format, ...) {
    if (check->fault_count == PDFA_FAULTS_MAX) {
        note(check, rule, (Text){NULL, 0});
        return;
    }
    char details[200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(details, sizeof details, format, arguments);
    va_end(arguments);
    const Text words = arena_format(check->arena, "%s %s", rule_lines[rule].words, details);
    note(check, rule, tame(check->arena, words));
}

bool pdfa_took(PdfaCheck *check, Status status) {
    if (status == STATUS_INVALID || status == STATUS_UNSUPPORTED) {
        const Text words = failure_take();
        pdfa_fault_of(check, PDFA_RULE_UNREADABLE, "%.*s", TEXT_ARG(words));
    } else if (status != STATUS_OK && check->status == STATUS_OK) {
        check->status = status;
    }
    return status == STATUS_OK;
}

bool pdfa_goes_on(PdfaCheck *check) {
    if (++check->work > PDFA_WORK_MAX && check->status == STATUS_OK) {
        check->status = fail(STATUS_TOO_LARGE, "the PDF takes too many steps to check");
    }
    return check->status == STATUS_OK;
}

const PdfValue *pdfa_resolve(PdfaCheck *check, const PdfValue *value) {
    const PdfValue *resolved = &null_value;
    return pdfa_goes_on(check) && pdfa_took(check, pdf_resolve(check->file, value, &resolved)) ? resolved : &null_value;
}

const PdfValue *pdfa_get(PdfaCheck *check, const PdfValue *dictionary, const char *key) {
    const PdfValue *entry = pdf_entry(dictionary, key);
    return entry == NULL ? &null_value : entry->kind == PDF_REFERENCE ? pdfa_resolve(check, entry) : entry;
}

bool pdfa_has(PdfaCheck *check, const PdfValue *dictionary, const char *key) {
    return pdfa_is(pdfa_get(check, dictionary, key));
}

PdfReference pdfa_place(const PdfaCheck *check, const PdfValue *value) {
    return value != NULL && value->kind == PDF_REFERENCE ? value->reference : check->at;
}

bool pdfa_was_seen(const PdfaCheck *check, const PdfValue *value, PdfaSeen seen) {
    return value != NULL && value->kind == PDF_REFERENCE && value->reference.number < check->seen_size &&
           (check->seen[value->reference.number] & seen) != 0;
}

bool pdfa_first_time(PdfaCheck *check, const PdfValue *value, PdfaSeen seen) {
    if (pdfa_was_seen(check, value, seen)) {
        return false;
    }
    if (value != NULL && value->kind == PDF_REFERENCE && value->reference.number < check->seen_size) {
        check->seen[value->reference.number] |= (uint16_t)seen;
    }
    return true;
}

static bool begin(PdfaCheck *check) {
    if (!pdfa_took(check, pdf_open_tolerant(check->arena, check->bytes, &check->file))) {
        return false;
    }
    check->seen_size = pdf_next_object_number(check->file);
    void *memory = NULL;
    const size_t room = (check->seen_size + 1) * (sizeof(PdfaFont *) + sizeof(uint64_t) + sizeof(uint16_t));
    if (!pdfa_took(check, arena_try_allocate(check->arena, room, &memory))) {
        return false;
    }
    memset(memory, 0, room);
    check->fonts = memory;
    check->form_states = (uint64_t *)(check->fonts + check->seen_size + 1);
    check->seen = (uint16_t *)(check->form_states + check->seen_size + 1);
    return true;
}

Status pdfa_run(const PdfaCheck *plan, PdfaReport *ret_report) {
    void *faults = NULL;
    TRY(arena_try_allocate(plan->arena, PDFA_FAULTS_MAX * sizeof(PdfaFault), &faults));
    PdfaCheck check = *plan;
    check.faults = faults;
    check.catalog = &null_value;
    if (begin(&check)) {
        pdfa_check_file(&check);
        if (pdf_entry(pdf_trailer(check.file), "Encrypt") == NULL &&
            pdfa_took(&check, pdf_catalog(check.file, &check.catalog_reference, &check.catalog))) {
            check.at = check.catalog_reference;
            pdfa_check_metadata(&check, check.catalog, true);
            pdfa_check_embedded(&check);
            pdfa_check_output_intents(&check);
            pdfa_check_document(&check);
        }
    }
    if (check.status != STATUS_OK) {
        return check.status;
    }
    *ret_report = (PdfaReport){check.flavour, !check.has_fault, check.faults, check.fault_count};
    return STATUS_OK;
}

Status pdfa_check(Arena *arena, Text pdf, PdfaFlavour flavour, PdfaReport *ret_report) {
    const PdfaCheck plan = {.arena = arena, .bytes = pdf, .flavour = flavour};
    return pdfa_run(&plan, ret_report);
}
