/** Applications as rows of label and finished text. */
#include "capabilities/documents/documents_content.h"

#include "html/unit.h"

/** "14.8" with at least two digits behind the point is "14.80". */
static Text with_decimals(Arena *arena, Text value, size_t decimals) {
    Text fraction = value;
    (void)text_cut(&fraction, '.');
    if (fraction.size >= decimals) {
        return value;
    }
    return arena_format(arena, "%.*s%s%.*s", TEXT_ARG(value), fraction.size == 0 ? "." : "",
                        (int)(decimals - fraction.size), "000000");
}

Text documents_finished(Arena *arena, const Language *language, const Field *field, Text value) {
    Time date = {0};
    if (value.size == 0) {
        return value;
    }
    switch (field->kind) {
    case FIELD_COUNTRY:
        return format_country(arena, language, value);
    case FIELD_DATE:
        return time_read_iso_date(value, &date) == STATUS_OK ? format_date(arena, language, date) : value;
    case FIELD_DECIMAL:
        return format_decimal(arena, language, with_decimals(arena, value, field->decimals));
    case FIELD_UNIT:
        return unit_symbol(value);
    case FIELD_CHECK:
        return message_text(language, MESSAGE("Yes"));
    case FIELD_CHOICE:
        for (size_t i = 0; i < field->option_count; i++) {
            if (text_equal(field->options[i].value, value)) {
                return message_text(language, field->options[i].label);
            }
        }
        return value;
    default:
        return value;
    }
}

static DocumentAnswer answer_of(Arena *arena, const Language *language, const DocumentField *extra, const Field *field,
                                const FormValue *value) {
    return (DocumentAnswer){.section = field->section,
                            .label = field->label,
                            .box = extra->box,
                            .field = text_of(field->name),
                            .value = documents_finished(arena, language, field, value->text),
                            .error = form_error_words(arena, language, field, value)};
}

static DocumentAnswers answers_of(Arena *arena, const Language *language, const DocumentField *extras,
                                  const FormValues *values) {
    const Form *form = values->form;
    DocumentAnswer *items = arena_new_array(arena, DocumentAnswer, form->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++) {
        const Field *field = &form->fields[i];
        if (field->kind != FIELD_GROUP && field->kind != FIELD_FILE) {
            items[count++] = answer_of(arena, language, &extras[i], field, &values->items[i]);
        }
    }
    return (DocumentAnswers){items, count};
}

DocumentAnswer documents_answer(Arena *arena, const Language *language, const DocumentType *type,
                                const FormValues *values, const char *field) {
    const FormValue *value = form_value(values, field);
    const size_t at = (size_t)(value - values->items);
    return answer_of(arena, language, &type->fields[at], &type->form.fields[at], value);
}

void documents_content(Arena *arena, const Language *language, const DocumentType *type, const FormValues *values,
                       DocumentContent *ret_content) {
    DocumentContent content = {.answers = answers_of(arena, language, type->fields, values)};
    if (type->group != NULL) {
        const FormRows *rows = &form_value(values, type->group)->rows;
        content.lines_field = text_of(type->group);
        content.lines.items = arena_new_array(arena, DocumentLine, rows->count + 1);
        for (size_t i = 0; i < rows->count; i++) {
            content.lines.items[i].answers = answers_of(arena, language, type->line_fields, &rows->items[i]);
        }
        content.lines.count = rows->count;
        for (size_t i = 0; i < type->form.count; i++) {
            if (type->form.fields[i].kind == FIELD_GROUP) {
                content.lines_label = type->form.fields[i].label;
            }
        }
    }
    *ret_content = content;
}
