/** Form controls after the manner of the GOV.UK Design System: label, hint, error and input, tied together by ids. */
#include <assert.h>
#include <string.h>

#include "html/field.h"
#include "html/format.h"
#include "html/unit.h"
#include "html/write.h"

/** Up to so many options are shown at once, as radio buttons. */
enum { RADIOS_MAXIMUM = 5 };

size_t html_form_number(Writer *writer, const FormValues *values) {
    for (size_t i = 0; i < writer->form_count; i++) {
        if (writer->forms[i] == values) {
            return i;
        }
    }
    if (writer->form_count == WRITER_MAXIMUM_FORMS) {
        return WRITER_MAXIMUM_FORMS - 1;
    }
    writer->forms[writer->form_count] = values;
    return writer->form_count++;
}

Text html_control_name(Writer *writer, const char *name) {
    const Text prefix = writer->form_depth > 0 ? writer->form_prefixes[writer->form_depth - 1] : (Text){NULL, 0};
    return ARENA_JOIN(writer->arena, prefix, text_of(name));
}

Text html_control_id(Writer *writer, size_t form, Text name) {
    char *id = arena_allocate(writer->arena, name.size + 16);
    size_t size = 0;
    if (form > 0) {
        const Text start = arena_format(writer->arena, "form%zu-", form + 1);
        memcpy(id, start.data, start.size);
        size = start.size;
    }
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] != ']') {
            id[size++] = (char)(name.data[i] == '[' || name.data[i] == '.' ? '-' : name.data[i]);
        }
    }
    return (Text){id, size};
}

/** The words under the label: the field's own, or what its kind wants said. */
static Text hint_words(Writer *writer, const Field *field) {
    if (field->hint.english != NULL) {
        return message_text(writer->language, field->hint);
    }
    switch (field->kind) {
    case FIELD_UNIT:
        return message_text(writer->language, MESSAGE("Such as kg, l, m² or pieces"));
    case FIELD_HS_CODE:
        return message_text(writer->language, MESSAGE("4 to 10 digits, such as 2204.21"));
    case FIELD_FILE: {
        const Text size = format_number(writer->arena, writer->language, (int64_t)(form_limit(field) >> 20));
        return MESSAGE_FORMAT(writer->arena, writer->language, MESSAGE("At most {size} MB"), {"size", size});
    }
    default:
        return (Text){NULL, 0};
    }
}

/** One control on its way to the page. */
typedef struct Control {
    const Field *field;
    const FormValue *value;
    Text name, id, hint, error;
    const char *as;
} Control;

static Control control_make(Writer *writer, const FormValues *values, const char *name, const char *as) {
    const Field *field = form_field(values->form, name);
    const FormValue *value = form_value(values, name);
    const size_t form = writer->form_depth > 0 ? writer->form_now : html_form_number(writer, values);
    const Text full_name = html_control_name(writer, name);
    return (Control){
        .field = field,
        .value = value,
        .name = full_name,
        .id = html_control_id(writer, form, full_name),
        .hint = hint_words(writer, field),
        .error = form_error_words(writer->arena, writer->language, field, value),
        .as = as == NULL ? "" : as,
    };
}

static bool drawn_as(const Control *control, const char *way) {
    return strcmp(control->as, way) == 0;
}

static void open_field(Writer *writer, const Control *control) {
    WRITE(writer, "<div class=\"field");
    if (control->error.size > 0) {
        WRITE(writer, " wrong");
    }
    if (drawn_as(control, "wide")) {
        WRITE(writer, " wide");
    } else if (control->field->kind == FIELD_LONG_TEXT) {
        WRITE(writer, " long");
    }
    WRITE(writer, "\">");
}

static void write_label_words(Writer *writer, const Control *control) {
    write_value(writer, control->field->label);
    if (!control->field->required && control->field->kind != FIELD_CHECK && !drawn_as(control, "search")) {
        WRITE(writer, " <span class=\"optional\">");
        write_value(writer, MESSAGE("(optional)"));
        WRITE(writer, "</span>");
    }
}

static void write_label(Writer *writer, const Control *control) {
    WRITE(writer, "<label");
    WRITE_ATTRIBUTE(writer, " for=", control->id);
    WRITE(writer, ">");
    write_label_words(writer, control);
    WRITE(writer, "</label>");
}

/** Hint and error; both carry ids that `aria-describedby` names. */
static void write_remarks(Writer *writer, const Control *control) {
    if (control->hint.size > 0) {
        WRITE(writer, "<p class=\"hint\" id=\"");
        write_attribute(writer, control->id);
        WRITE(writer, "-hint\">");
        write_value(writer, control->hint);
        WRITE(writer, "</p>");
    }
    if (control->error.size > 0) {
        WRITE(writer, "<p class=\"error\" id=\"");
        write_attribute(writer, control->id);
        WRITE(writer, "-error\"><span class=\"hidden\">");
        write_value(writer, MESSAGE("Error:"));
        WRITE(writer, " </span>");
        write_value(writer, control->error);
        WRITE(writer, "</p>");
    }
}

static void write_described_by(Writer *writer, const Control *control) {
    if (control->hint.size == 0 && control->error.size == 0) {
        return;
    }
    WRITE(writer, " aria-describedby=\"");
    if (control->hint.size > 0) {
        write_attribute(writer, control->id);
        WRITE(writer, "-hint");
    }
    if (control->error.size > 0) {
        write_literal(writer, " ", control->hint.size > 0 ? 1 : 0);
        write_attribute(writer, control->id);
        WRITE(writer, "-error");
    }
    WRITE(writer, "\"");
}

/** What every input has: id, name, remarks, autocomplete, required, invalid. */
static void write_common(Writer *writer, const Control *control) {
    WRITE_ATTRIBUTE(writer, " id=", control->id);
    WRITE_ATTRIBUTE(writer, " name=", control->name);
    write_described_by(writer, control);
    if (control->error.size > 0) {
        WRITE(writer, " aria-invalid=\"true\"");
    }
    if (control->field->required) {
        WRITE(writer, " required");
    }
    if (control->field->autocomplete != NULL) {
        WRITE_ATTRIBUTE(writer, " autocomplete=", text_of(control->field->autocomplete));
    } else if (control->field->kind == FIELD_EMAIL) {
        WRITE(writer, " autocomplete=\"email\"");
    }
}

static const char *width_class(const Control *control) {
    if (control->as[0] != '\0' && !drawn_as(control, "search")) {
        return control->as;
    }
    switch (control->field->kind) {
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_UNIT:
    case FIELD_HS_CODE:
    case FIELD_DATE:
        return "short";
    default:
        return control->field->limit > 0 && control->field->limit <= 12   ? "short"
               : control->field->limit > 0 && control->field->limit <= 40 ? "medium"
                                                                          : "full";
    }
}

static void write_type(Writer *writer, const Control *control) {
    switch (control->field->kind) {
    case FIELD_EMAIL:
        WRITE(writer, " type=\"email\" spellcheck=\"false\" autocapitalize=\"none\"");
        break;
    case FIELD_PASSWORD:
        WRITE(writer, " type=\"password\" spellcheck=\"false\" autocapitalize=\"none\"");
        break;
    case FIELD_INTEGER:
        WRITE(writer, " type=\"text\" inputmode=\"numeric\"");
        break;
    case FIELD_HS_CODE:
        WRITE(writer, " type=\"text\" inputmode=\"decimal\" spellcheck=\"false\"");
        break;
    case FIELD_DECIMAL:
        WRITE(writer, " type=\"text\" inputmode=\"decimal\"");
        break;
    case FIELD_DATE:
        WRITE(writer, " type=\"date\"");
        break;
    case FIELD_UNIT:
        WRITE(writer, " type=\"text\" spellcheck=\"false\" autocapitalize=\"none\"");
        break;
    case FIELD_FILE:
        WRITE(writer, " type=\"file\"");
        break;
    default:
        write_literal(writer, " type=\"search\"", drawn_as(control, "search") ? 14 : 0);
        write_literal(writer, " type=\"text\"", drawn_as(control, "search") ? 0 : 12);
    }
}

static void draw_input(Writer *writer, const Control *control) {
    WRITE(writer, "<input");
    WRITE_ATTRIBUTE(writer, " class=", text_of(width_class(control)));
    write_type(writer, control);
    write_common(writer, control);
    if (control->field->kind == FIELD_UNIT) {
        /* Who typed "kg" finds "kg" again, not the code that is stored for it. */
        WRITE_ATTRIBUTE(writer, " value=", unit_symbol(control->value->text));
    } else if (control->field->kind != FIELD_PASSWORD && control->field->kind != FIELD_FILE) {
        WRITE_ATTRIBUTE(writer, " value=", control->value->text);
    }
    WRITE(writer, ">");
}

static void draw_long_text(Writer *writer, const Control *control) {
    const size_t limit = form_limit(control->field);
    WRITE(writer, "<textarea rows=\"");
    write_plain(writer, limit <= 300 ? 3 : limit <= 1000 ? 5 : 8);
    WRITE(writer, "\"");
    write_common(writer, control);
    /* A browser drops one line end right behind the tag; this one is for it. */
    WRITE(writer, ">\n");
    write_value(writer, control->value->text);
    WRITE(writer, "</textarea>");
}

static void write_option(Writer *writer, Text value, bool selected) {
    WRITE(writer, "<option");
    WRITE_ATTRIBUTE(writer, " value=", value);
    if (selected) {
        WRITE(writer, " selected");
    }
    WRITE(writer, ">");
}

static void draw_select(Writer *writer, const Control *control) {
    WRITE(writer, "<select");
    if (control->as[0] != '\0') {
        WRITE_ATTRIBUTE(writer, " class=", text_of(width_class(control)));
    }
    write_common(writer, control);
    WRITE(writer, ">");
    write_option(writer, (Text){NULL, 0}, control->value->text.size == 0);
    if (control->field->required) {
        write_value(writer, MESSAGE("Choose"));
        WRITE(writer, "…");
    }
    WRITE(writer, "</option>");
    if (control->field->kind == FIELD_COUNTRY) {
        const CountryNames *countries = format_countries(writer->language);
        for (size_t i = 0; i < countries->count; i++) {
            const Text code = {countries->items[i].code, 2};
            write_option(writer, code, text_equal_ignoring_case(code, control->value->text));
            write_value(writer, countries->items[i].name);
            WRITE(writer, "</option>");
        }
    }
    for (size_t i = 0; i < control->field->option_count; i++) {
        const FieldOption *option = &control->field->options[i];
        write_option(writer, option->value, text_equal(option->value, control->value->text));
        write_value(writer, option->label);
        WRITE(writer, "</option>");
    }
    WRITE(writer, "</select>");
}

/** One radio button or tick with its label. */
static void draw_choice(Writer *writer, const Control *control, Text id, Text value, bool chosen, bool radio) {
    WRITE(writer, "<input");
    WRITE_ATTRIBUTE(writer, " type=", radio ? TEXT("radio") : TEXT("checkbox"));
    WRITE_ATTRIBUTE(writer, " id=", id);
    WRITE_ATTRIBUTE(writer, " name=", control->name);
    WRITE_ATTRIBUTE(writer, " value=", value);
    if (chosen) {
        WRITE(writer, " checked");
    }
    if (!radio) {
        write_described_by(writer, control);
        if (control->error.size > 0) {
            WRITE(writer, " aria-invalid=\"true\"");
        }
    }
    if (control->field->required) {
        WRITE(writer, " required");
    }
    WRITE(writer, "><label");
    WRITE_ATTRIBUTE(writer, " for=", id);
    WRITE(writer, ">");
}

static void draw_radios(Writer *writer, const Control *control) {
    WRITE(writer, "<fieldset");
    write_described_by(writer, control);
    WRITE(writer, "><legend>");
    write_label_words(writer, control);
    WRITE(writer, "</legend>");
    write_remarks(writer, control);
    for (size_t i = 0; i < control->field->option_count; i++) {
        const FieldOption *option = &control->field->options[i];
        /* The first one carries the field's id, so that the error summary leads to it. */
        const Text id = i == 0 ? control->id : arena_format(writer->arena, "%.*s-%zu", TEXT_ARG(control->id), i + 1);
        WRITE(writer, "<div class=\"choice\">");
        draw_choice(writer, control, id, option->value, text_equal(option->value, control->value->text), true);
        write_value(writer, option->label);
        WRITE(writer, "</label></div>");
    }
    WRITE(writer, "</fieldset>");
}

static void draw_check(Writer *writer, const Control *control) {
    WRITE(writer, "<div class=\"choice\">");
    draw_choice(writer, control, control->id, TEXT("yes"), control->value->text.size > 0, false);
    write_label_words(writer, control);
    WRITE(writer, "</label></div>");
    write_remarks(writer, control);
}

static void draw_hidden(Writer *writer, const Control *control) {
    WRITE(writer, "<input type=\"hidden\"");
    WRITE_ATTRIBUTE(writer, " name=", control->name);
    WRITE_ATTRIBUTE(writer, " value=", control->value->text);
    WRITE(writer, ">");
}

/** An optional answer needs a way back to none, which radio buttons do not have. */
static bool shown_as_radios(const Control *control) {
    if (control->field->kind != FIELD_CHOICE || drawn_as(control, "select")) {
        return false;
    }
    return drawn_as(control, "radios") || (control->field->required && control->field->option_count <= RADIOS_MAXIMUM);
}

static void draw_field(Writer *writer, const Control *control) {
    open_field(writer, control);
    if (shown_as_radios(control)) {
        draw_radios(writer, control);
    } else if (control->field->kind == FIELD_CHECK) {
        draw_check(writer, control);
    } else {
        write_label(writer, control);
        write_remarks(writer, control);
        switch (control->field->kind) {
        case FIELD_LONG_TEXT:
            draw_long_text(writer, control);
            break;
        case FIELD_CHOICE:
        case FIELD_COUNTRY:
            draw_select(writer, control);
            break;
        default:
            draw_input(writer, control);
        }
    }
    WRITE(writer, "</div>");
}

void html_field(Writer *writer, const FormValues *values, const char *name, const char *as) {
    const Control control = control_make(writer, values, name, as);
    if (control.field->kind == FIELD_GROUP) {
        html_group(writer, values, name);
    } else if (control.field->kind == FIELD_HIDDEN || drawn_as(&control, "hidden")) {
        draw_hidden(writer, &control);
    } else {
        draw_field(writer, &control);
    }
}

void html_fields(Writer *writer, const FormValues *values) {
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        if (field->section.english != NULL && field->kind != FIELD_GROUP) { /* a group has its own heading */
            WRITE(writer, "<h2>");
            write_value(writer, field->section);
            WRITE(writer, "</h2>");
        }
        html_field(writer, values, values->form->fields[i].name, NULL);
    }
}
