/** Settings: the languages of a chamber's pages, and the second one of its forms. */
#include "capabilities/chambers/chambers_settings.h"
#include "html/language.h"

static const char name[] = "ChamberLanguagesForm";

static bool speaks(Text languages, Text tag) {
    while (languages.size > 0) {
        if (text_equal(text_cut(&languages, ' '), tag)) {
            return true;
        }
    }
    return false;
}

static void check_languages(const Form *form, FormValues *values, const void *bound) {
    (void)bound;
    for (size_t i = 0; i + 1 < form->count; i++) {
        if (values->items[i].text.size > 0) {
            return;
        }
    }
    form_error(values, form->fields[0].name, MESSAGE("Tick at least one language"));
}

static Form *make_form(Arena *arena) {
    const size_t count = language_count();
    Field *fields = arena_new_array(arena, Field, count + 1);
    FieldOption *options = arena_new_array(arena, FieldOption, count);
    for (size_t i = 0; i < count; i++) {
        const Message label = {arena_c_string(arena, language_name(language_at(i)))};
        fields[i] = (Field){.name = arena_format(arena, "language_%zu", i).data, .kind = FIELD_CHECK, .label = label};
        options[i] = (FieldOption){language_tag(language_at(i)), label};
    }
    fields[count] = (Field){.name = "second_language",
                            .kind = FIELD_CHOICE,
                            .label = MESSAGE("Second language of printed documents"),
                            .hint = MESSAGE("Their captions are printed in English and in this language."),
                            .options = options,
                            .option_count = count};
    Form *form = arena_new(arena, Form);
    *form = (Form){.name = name, .fields = fields, .count = count + 1, .rule = check_languages};
    return form;
}

Status chambers_languages_form(Request *request, const Form **ret_form) {
    *ret_form = make_form(request->arena);
    return STATUS_OK;
}

Status chambers_languages_values(Request *request, const ChambersRow *row, const FormValues **ret_values) {
    const Form *form = make_form(request->arena);
    const FormValues *again = request_values_or(request, form, NULL);
    if (again != request_values(request)) {
        FormValues *values = form_empty(request->arena, form);
        for (size_t i = 0; i + 1 < form->count; i++) {
            values->items[i].text =
                speaks(row->languages, language_tag(language_at(i))) ? TEXT("yes") : (Text){NULL, 0};
        }
        values->items[form->count - 1].text = row->second_language;
        again = values;
    }
    *ret_values = again;
    return STATUS_OK;
}

Status chambers_languages_submit(Request *request) {
    const FormValues *values = request_values(request);
    ChambersRow row = {0};
    Buffer tags = buffer_make(request->arena, 400), words = buffer_make(request->arena, 2000);
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    for (size_t i = 0; i + 1 < values->form->count; i++) {
        if (values->items[i].text.size > 0) {
            buffer_format(&tags, "%s%.*s", tags.size > 0 ? " " : "", TEXT_ARG(language_tag(language_at(i))));
        }
    }
    const Text languages = {tags.data, tags.size}, second = form_text(values, "second_language");
    chambers_note_change(&words, "languages", row.languages, languages);
    chambers_note_change(&words, "second language", row.second_language, second);
    row.languages = languages;
    row.second_language = second;
    return chambers_settings_write(request, &row, &words);
}
