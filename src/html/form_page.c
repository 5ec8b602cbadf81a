/** The parts of a form around its fields: opening, rows of groups, the summary of errors. */
#include <assert.h>

#include "html/field.h"
#include "html/write.h"

static bool has_kind(const Form *form, FieldKind kind) {
    for (size_t i = 0; i < form->count; i++) {
        const Field *field = &form->fields[i];
        if (field->kind == kind || (field->kind == FIELD_GROUP && has_kind(field->group, kind))) {
            return true;
        }
    }
    return false;
}

void html_form_rest(Writer *writer, const FormValues *values) {
    writer->form_now = html_form_number(writer, values);
    writer->form_depth = 0;
    if (has_kind(values->form, FIELD_FILE)) {
        WRITE(writer, " enctype=\"multipart/form-data\"");
    }
    /* The checks and their words are ours; the browser's bubbles say neither what is wrong nor where. */
    WRITE(writer, " novalidate>");
    if (writer->frame != NULL && writer->frame->csrf_token.size > 0) {
        WRITE(writer, "<input type=\"hidden\" name=\"_token\"");
        WRITE_ATTRIBUTE(writer, " value=", writer->frame->csrf_token);
        WRITE(writer, ">");
    }
    if (has_kind(values->form, FIELD_GROUP)) {
        /* Enter in a field presses a form's first button, which must not be one that removes a row. */
        WRITE(writer, "<button type=\"submit\" class=\"hidden\" tabindex=\"-1\" aria-hidden=\"true\">");
        write_value(writer, MESSAGE("Continue"));
        WRITE(writer, "</button>");
    }
}

void html_form_end(Writer *writer) {
    writer->form_depth = 0;
    WRITE(writer, "</form>");
}

static const Field *group_field(const FormValues *values, const char *name) {
    const Field *field = form_field(values->form, name);
    assert(field->kind == FIELD_GROUP);
    return field;
}

size_t html_rows_count(Writer *writer, const FormValues *values, const char *name) {
    const Field *field = group_field(values, name);
    const FormValue *value = form_value(values, name);
    const Text full_name = html_control_name(writer, name);
    if (writer->form_depth == 0) {
        writer->form_now = html_form_number(writer, values);
    }
    const Message label = field->row_label.english != NULL ? field->row_label : MESSAGE("Row {number}");
    WRITE(writer, "<fieldset class=\"rows\"");
    WRITE_ATTRIBUTE(writer, " id=", html_control_id(writer, writer->form_now, full_name));
    WRITE_ATTRIBUTE(writer, " data-rows=", full_name);
    WRITE(writer, " data-limit=\"");
    write_plain(writer, form_limit(field));
    WRITE(writer, "\" data-minimum=\"");
    write_plain(writer, form_minimum_rows(field));
    WRITE(writer, "\"");
    WRITE_ATTRIBUTE(writer, " data-label=", label);
    WRITE(writer, "><legend>");
    write_value(writer, field->label);
    WRITE(writer, "</legend>");
    if (field->hint.english != NULL) {
        WRITE(writer, "<p class=\"hint\">");
        write_value(writer, field->hint);
        WRITE(writer, "</p>");
    }
    const Text error = form_error_words(writer->arena, writer->language, field, value);
    if (error.size > 0) {
        WRITE(writer, "<p class=\"error\"><span class=\"hidden\">");
        write_value(writer, MESSAGE("Error:"));
        WRITE(writer, " </span>");
        write_value(writer, error);
        WRITE(writer, "</p>");
    }
    return value->rows.count;
}

const FormValues *html_row(Writer *writer, const FormValues *values, const char *name, size_t at) {
    const Field *field = group_field(values, name);
    const FormRows *rows = &form_value(values, name)->rows;
    assert(at < rows->count && writer->form_depth < WRITER_MAXIMUM_DEPTH);
    WRITE(writer, "<fieldset class=\"row\"><legend>");
    write_value(writer, form_row_label(writer->arena, writer->language, field, at));
    WRITE(writer, "</legend><div class=\"row-fields\">");
    const Text full_name = html_control_name(writer, name);
    writer->form_prefixes[writer->form_depth] = arena_format(writer->arena, "%.*s[%zu].", TEXT_ARG(full_name), at);
    writer->form_depth++;
    return &rows->items[at];
}

void html_row_end(Writer *writer, const FormValues *values, const char *name, size_t at) {
    const Field *field = group_field(values, name);
    assert(writer->form_depth > 0);
    writer->form_depth--;
    WRITE(writer, "</div>");
    const Text target = arena_format(writer->arena, "%.*s.%zu", TEXT_ARG(html_control_name(writer, name)), at);
    WRITE(writer, "<button type=\"submit\" class=\"button quiet\" name=\"_remove\"");
    WRITE_ATTRIBUTE(writer, " value=", target);
    if (form_value(values, name)->rows.count <= form_minimum_rows(field)) {
        /* It is there all the same: the script shows it once a row more has come. */
        WRITE(writer, " hidden");
    }
    WRITE(writer, ">");
    write_value(writer, MESSAGE("Remove"));
    WRITE(writer, "<span class=\"hidden\"> ");
    write_value(writer, form_row_label(writer->arena, writer->language, field, at));
    WRITE(writer, "</span></button>");
    WRITE(writer, "</fieldset>");
}

void html_rows_end(Writer *writer, const FormValues *values, const char *name) {
    const Field *field = group_field(values, name);
    WRITE(writer, "<button type=\"submit\" class=\"button secondary\" name=\"_add\"");
    WRITE_ATTRIBUTE(writer, " value=", html_control_name(writer, name));
    if (form_value(values, name)->rows.count >= form_limit(field)) {
        WRITE(writer, " hidden");
    }
    WRITE(writer, ">");
    write_value(writer, field->add_label.english != NULL ? field->add_label : MESSAGE("Add another"));
    WRITE(writer, "</button>");
    WRITE(writer, "</fieldset>");
}

void html_group(Writer *writer, const FormValues *values, const char *name) {
    const size_t count = html_rows_count(writer, values, name);
    for (size_t at = 0; at < count; at++) {
        html_fields(writer, html_row(writer, values, name, at));
        html_row_end(writer, values, name, at);
    }
    html_rows_end(writer, values, name);
}

static void write_problem(Writer *writer, size_t form, const FormProblem *problem) {
    WRITE(writer, "<li>");
    if (problem->name.size > 0) {
        WRITE(writer, "<a href=\"#");
        write_url_part(writer, html_control_id(writer, form, problem->id));
        WRITE(writer, "\">");
    }
    if (problem->place.size > 0) {
        write_value(writer, problem->place);
        WRITE(writer, ": ");
    }
    write_value(writer, problem->words);
    if (problem->name.size > 0) {
        WRITE(writer, "</a>");
    }
    WRITE(writer, "</li>");
}

void html_errors(Writer *writer, const FormValues *values) {
    const FormProblems problems = form_problems(writer->arena, writer->language, values);
    if (problems.count == 0) {
        return;
    }
    const size_t form = html_form_number(writer, values);
    WRITE(writer, "<div class=\"errors\" role=\"alert\" tabindex=\"-1\"><h2>");
    write_value(writer, MESSAGE("There is a problem"));
    WRITE(writer, "</h2><ul>");
    for (size_t i = 0; i < problems.count; i++) {
        write_problem(writer, form, &problems.items[i]);
    }
    WRITE(writer, "</ul></div>");
}
