/** Checks the values of a form by its table of fields, field by field, and fills the bound struct. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "html/form_internal.h"
#include "html/format.h"
#include "html/unit.h"

static void mark(FormValue *value, Message error) {
    value->error = error;
}

static void mark_with_number(Arena *arena, FormValue *value, Message error, int64_t number) {
    value->error = error;
    value->error_detail = arena_format(arena, "%" PRId64, number);
}

static void mark_missing(const Field *field, FormValue *value) {
    if (field->missing.english != NULL) {
        mark(value, field->missing);
        return;
    }
    switch (field->kind) {
    case FIELD_CHOICE:
        mark(value, MESSAGE("Choose an answer for “{field}”"));
        break;
    case FIELD_COUNTRY:
        mark(value, MESSAGE("Choose a country for “{field}”"));
        break;
    case FIELD_CHECK:
        mark(value, MESSAGE("Tick “{field}” to go on"));
        break;
    case FIELD_FILE:
        mark(value, MESSAGE("Choose a file for “{field}”"));
        break;
    case FIELD_DATE:
        mark(value, MESSAGE("Enter a date for “{field}”"));
        break;
    default:
        mark(value, MESSAGE("Fill in “{field}”"));
    }
}

static void check_email(Arena *arena, FormValue *value) {
    if (form_read_email(arena, value->text, &value->text) != STATUS_OK) {
        mark(value, MESSAGE("“{field}” must be an e-mail address such as name@example.com"));
    }
}

static void check_integer(Arena *arena, const Field *field, FormValue *value) {
    int64_t number = 0;
    if (text_to_int(value->text, &number) != STATUS_OK) {
        mark(value, MESSAGE("“{field}” must be a whole number such as 12"));
        return;
    }
    if (field->minimum != 0 || field->maximum != 0) {
        if (number < field->minimum) {
            mark_with_number(arena, value, MESSAGE("“{field}” must be {detail} or more"), field->minimum);
            return;
        }
        if (number > field->maximum) {
            mark_with_number(arena, value, MESSAGE("“{field}” must be {detail} or less"), field->maximum);
            return;
        }
    }
    value->text = arena_format(arena, "%" PRId64, number);
}

static void check_decimal(Arena *arena, FormValue *value) {
    const Status status = form_read_decimal(arena, value->text, &value->text);
    if (status == STATUS_TOO_LARGE) {
        mark(value, MESSAGE("“{field}” may have at most 12 digits before the point and 6 after it"));
    } else if (status == STATUS_CONFLICT) {
        mark(value, MESSAGE("“{field}” could mean thousands or a fraction. Write it without a comma: 18000, or 18.5"));
    } else if (status != STATUS_OK) {
        mark(value, MESSAGE("“{field}” must be a number such as 12.5"));
    }
}

static void check_date(FormValue *value) {
    Time time = {0};
    if (time_read_iso_date(value->text, &time) != STATUS_OK) {
        mark(value, MESSAGE("“{field}” must be a date that exists, written as 2026-11-23"));
    }
}

static void check_choice(const Field *field, FormValue *value) {
    for (size_t i = 0; i < field->option_count; i++) {
        if (text_equal(field->options[i].value, value->text)) {
            return;
        }
    }
    mark(value, MESSAGE("Choose one of the answers offered for “{field}”"));
}

static void check_country(Arena *arena, FormValue *value) {
    const CountryNames *countries = format_countries(language_english());
    if (value->text.size == 2) {
        const char code[2] = {(char)(value->text.data[0] & 0xdf), (char)(value->text.data[1] & 0xdf)};
        for (size_t i = 0; i < countries->count; i++) {
            if (memcmp(countries->items[i].code, code, 2) == 0) {
                value->text = arena_copy(arena, (Text){code, 2});
                return;
            }
        }
    }
    mark(value, MESSAGE("Choose a country from the list for “{field}”"));
}

/** Kinds that have rules of their own; the text is clean, not empty and not too long. */
static void check_kind(Arena *arena, const Field *field, FormValue *value) {
    switch (field->kind) {
    case FIELD_EMAIL:
        check_email(arena, value);
        break;
    case FIELD_INTEGER:
        check_integer(arena, field, value);
        break;
    case FIELD_DECIMAL:
        check_decimal(arena, value);
        break;
    case FIELD_DATE:
        check_date(value);
        break;
    case FIELD_CHOICE:
        check_choice(field, value);
        break;
    case FIELD_COUNTRY:
        check_country(arena, value);
        break;
    case FIELD_HS_CODE:
        if (form_read_hs_code(arena, value->text, &value->text) != STATUS_OK) {
            mark(value, MESSAGE("“{field}” must be an HS code of 4, 6, 8 or 10 digits, such as 2204.21"));
        }
        break;
    case FIELD_UNIT:
        if (unit_read(arena, value->text, &value->text) != STATUS_OK) {
            mark(value, MESSAGE("“{field}” must be a unit such as kg or m², or its UNECE code such as KGM"));
        }
        break;
    default:
        break;
    }
}

static void check_tick(const Field *field, FormValue *value) {
    static const char *const ticks[] = {"yes", "on", "true", "1"};
    static const char *const blanks[] = {"", "no", "off", "false", "0"};
    for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
        if (text_equal(value->text, text_of(ticks[i]))) {
            value->text = TEXT("yes");
            return;
        }
    }
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        if (text_equal(value->text, text_of(blanks[i]))) {
            value->text = (Text){NULL, 0};
            if (field->required) {
                mark_missing(field, value);
            }
            return;
        }
    }
    /* What else came is no tick, and need not even be text. */
    value->text = (Text){NULL, 0};
    mark(value, MESSAGE("“{field}” is either ticked or not"));
}

static void check_upload(Arena *arena, const Field *field, FormValue *value) {
    const Upload *upload = &value->upload;
    if (upload->name.size == 0 && upload->bytes.size == 0) {
        if (field->required) {
            mark_missing(field, value);
        }
        return;
    }
    Message error = NO_MESSAGE;
    if (form_clean_text(arena, upload->name, false, false, &value->upload.name, &error) != STATUS_OK ||
        text_length(value->upload.name) > 255) {
        mark(value, MESSAGE("The file for “{field}” has a name that cannot be used; rename it"));
    } else if (upload->bytes.size == 0) {
        mark(value, MESSAGE("The file for “{field}” is empty; choose another"));
    } else if (upload->bytes.size > form_limit(field)) {
        mark_with_number(arena, value,
                         MESSAGE("The file for “{field}” is larger than {detail} MB; choose a smaller one"),
                         (int64_t)(form_limit(field) >> 20));
    }
}

static void check_text(Arena *arena, const Field *field, FormValue *value) {
    const size_t limit = form_limit(field);
    Message error = NO_MESSAGE;
    const bool several_lines = field->kind == FIELD_LONG_TEXT;
    /* No character has more than 4 bytes, and none is composed of more than 3 in any language: what is longer is so in
     * every form, and need not be read. */
    if (value->text.size > limit * 12 + 64) {
        value->text = text_is_utf8(value->text) ? value->text : (Text){NULL, 0};
        mark_with_number(arena, value, MESSAGE("“{field}” may have at most {detail} characters"), (int64_t)limit);
        return;
    }
    if (form_clean_text(arena, value->text, several_lines, field->kind == FIELD_PASSWORD, &value->text, &error) !=
        STATUS_OK) {
        mark(value, error);
        return;
    }
    if (value->text.size == 0) {
        if (field->required) {
            mark_missing(field, value);
        }
        return;
    }
    if (text_length(value->text) > limit) {
        mark_with_number(arena, value, MESSAGE("“{field}” may have at most {detail} characters"), (int64_t)limit);
        return;
    }
    check_kind(arena, field, value);
}

static bool row_is_blank(const FormValues *row) {
    for (size_t i = 0; i < row->form->count; i++) {
        const FormValue *value = &row->items[i];
        const bool carried = row->form->fields[i].kind == FIELD_HIDDEN;
        if ((!carried && text_trim(value->text).size > 0) || value->upload.bytes.size > 0 ||
            value->upload.name.size > 0) {
            return false;
        }
        for (size_t at = 0; at < value->rows.count; at++) {
            if (!row_is_blank(&value->rows.items[at])) {
                return false;
            }
        }
    }
    return true;
}

static void check_values(Arena *arena, FormValues *values);

static void check_group(Arena *arena, const Field *field, FormValue *value) {
    FormRows *rows = &value->rows;
    const size_t minimum = form_minimum_rows(field), maximum = form_limit(field);
    for (size_t at = rows->count; at-- > 0 && rows->count > minimum;) {
        if (row_is_blank(&rows->items[at])) {
            memmove(&rows->items[at], &rows->items[at + 1], (rows->count - at - 1) * sizeof *rows->items);
            rows->count--;
        }
    }
    if (rows->count < minimum) {
        if (field->missing.english != NULL && minimum == 1) {
            mark(value, field->missing);
        } else {
            mark_with_number(arena, value, MESSAGE("“{field}” needs at least {detail}"), (int64_t)minimum);
        }
    } else if (rows->count > maximum) {
        mark_with_number(arena, value, MESSAGE("“{field}” may have at most {detail} rows"), (int64_t)maximum);
        /* Thousands of rows would make a page that no browser shows. */
        rows->count = maximum;
    }
    for (size_t at = 0; at < rows->count; at++) {
        check_values(arena, &rows->items[at]);
    }
}

static void check_values(Arena *arena, FormValues *values) {
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        FormValue *value = &values->items[i];
        switch (field->kind) {
        case FIELD_CHECK:
            check_tick(field, value);
            break;
        case FIELD_FILE:
            check_upload(arena, field, value);
            break;
        case FIELD_GROUP:
            check_group(arena, field, value);
            break;
        default:
            check_text(arena, field, value);
        }
    }
}

/** Sets `invalid` where an error is, here or in a row, and says whether there is one. */
static bool gather_errors(FormValues *values) {
    values->invalid = values->error.english != NULL;
    for (size_t i = 0; i < values->form->count; i++) {
        const FormValue *value = &values->items[i];
        values->invalid = values->invalid || value->error.english != NULL;
        for (size_t at = 0; at < value->rows.count; at++) {
            const bool row_invalid = gather_errors(&value->rows.items[at]);
            values->invalid = values->invalid || row_invalid;
        }
    }
    return values->invalid;
}

static void forget_errors(FormValues *values) {
    values->error = NO_MESSAGE;
    for (size_t i = 0; i < values->form->count; i++) {
        values->items[i].error = NO_MESSAGE;
        values->items[i].error_detail = (Text){NULL, 0};
        for (size_t at = 0; at < values->items[i].rows.count; at++) {
            forget_errors(&values->items[i].rows.items[at]);
        }
    }
}

static void bind_values(Arena *arena, const FormValues *values, char *bound);

static void bind_value(Arena *arena, const Field *field, const FormValue *value, void *place) {
    switch (field->kind) {
    case FIELD_INTEGER: {
        int64_t number = 0;
        if (value->text.size > 0) {
            const Status status = text_to_int(value->text, &number);
            assert(status == STATUS_OK);
        }
        *(int64_t *)place = number;
        break;
    }
    case FIELD_DATE: {
        Time time = {0};
        if (value->text.size > 0) {
            const Status status = time_read_iso_date(value->text, &time);
            assert(status == STATUS_OK);
            /* Midnight of 1 January 1970 would read as "not set". */
            time.microseconds += time.microseconds == 0 ? 1 : 0;
        }
        *(Time *)place = time;
        break;
    }
    case FIELD_CHECK:
        *(bool *)place = value->text.size > 0;
        break;
    case FIELD_FILE:
        *(Upload *)place = value->upload;
        break;
    case FIELD_GROUP: {
        struct {
            char *items;
            size_t count;
        } rows = {arena_allocate_array(arena, value->rows.count, field->group->size), value->rows.count};
        for (size_t at = 0; at < rows.count; at++) {
            bind_values(arena, &value->rows.items[at], rows.items + at * field->group->size);
        }
        memcpy(place, &rows, sizeof rows);
        break;
    }
    default:
        *(Text *)place = value->text;
    }
}

static void bind_values(Arena *arena, const FormValues *values, char *bound) {
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        if (field->bound) {
            bind_value(arena, field, &values->items[i], bound + field->offset);
        }
    }
}

/** Runs the rules of rows before those of what holds them. */
static void run_rules(FormValues *values, const char *bound) {
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        const FormRows *rows = &values->items[i].rows;
        const char *items = NULL;
        if (field->kind == FIELD_GROUP && field->bound && bound != NULL) {
            memcpy(&items, bound + field->offset, sizeof items);
        }
        for (size_t at = 0; at < rows->count; at++) {
            run_rules(&rows->items[at], items == NULL ? NULL : items + at * field->group->size);
        }
    }
    if (values->form->rule != NULL) {
        values->form->rule(values->form, values, bound);
    }
}

void form_check(Arena *arena, FormValues *values, void *bound) {
    forget_errors(values);
    check_values(arena, values);
    if (gather_errors(values)) {
        return;
    }
    const bool binds = values->form->size > 0 && bound != NULL;
    if (binds) {
        bind_values(arena, values, bound);
    }
    run_rules(values, binds ? bound : NULL);
    (void)gather_errors(values);
}
