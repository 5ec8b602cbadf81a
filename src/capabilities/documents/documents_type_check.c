/** The rules of a document type over several fields. */
#include <stddef.h>

#include "capabilities/documents/documents_type.h"

/** Compares two normalised, not negative decimals without losing a digit. */
static int compare_decimals(Text a, Text b) {
    Text a_fraction = a, b_fraction = b;
    const Text a_whole = text_cut(&a_fraction, '.'), b_whole = text_cut(&b_fraction, '.');
    if (a_whole.size != b_whole.size) {
        return a_whole.size > b_whole.size ? 1 : -1;
    }
    const int whole = text_compare(a_whole, b_whole);
    return whole != 0 ? whole : text_compare(a_fraction, b_fraction);
}

static void apply_rule(const DocumentRule *rule, FormValues *values) {
    Time date = {0};
    switch (rule->kind) {
    case RULE_ONE_OF:
        for (size_t i = 0; i < rule->count; i++) {
            if (form_text(values, rule->fields[i]).size > 0) {
                return;
            }
        }
        form_error(values, rule->fields[0], rule->text);
        return;
    case RULE_NOT_IN_FUTURE:
        /* A day of grace: somewhere it is tomorrow already. */
        if (time_read_iso_date(form_text(values, rule->fields[0]), &date) == STATUS_OK &&
            time_before(time_add(clock_now(), TIME_DAY), date)) {
            form_error(values, rule->fields[0], rule->text);
        }
        return;
    case RULE_NOT_ABOVE: {
        const Text first = form_text(values, rule->fields[0]), second = form_text(values, rule->fields[1]);
        if (first.size > 0 && second.size > 0 && compare_decimals(first, second) > 0) {
            form_error(values, rule->fields[0], rule->text);
        }
        return;
    }
    }
}

void document_type_check(const Form *form, FormValues *values, const void *bound) {
    (void)bound;
    const DocumentType *type = (const DocumentType *)((const char *)form - offsetof(DocumentType, form));
    for (size_t i = 0; i < type->rule_count; i++) {
        const DocumentRule *rule = &type->rules[i];
        if (rule->group == NULL) {
            apply_rule(rule, values);
            continue;
        }
        const FormRows *rows = &form_value(values, rule->group)->rows;
        for (size_t row = 0; row < rows->count; row++) {
            apply_rule(rule, &rows->items[row]);
            values->invalid |= rows->items[row].invalid;
        }
    }
}
