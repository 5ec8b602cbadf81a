/** Fuzzes what strangers send to forms: JSON bodies, every kind of field, and the header that asks for a language. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "html/form.h"
#include "html/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const FieldOption options[] = {{TEXT_INIT("a"), MESSAGE_INIT("A")}};

static const Field row_fields[] = {
    {.name = "t", .kind = FIELD_TEXT, .label = MESSAGE_INIT("T"), .required = true},
    {.name = "q", .kind = FIELD_DECIMAL, .label = MESSAGE_INIT("Q")},
    {.name = "u", .kind = FIELD_UNIT, .label = MESSAGE_INIT("U")},
};
static const Form row_form = {.name = "Row", .fields = row_fields, .count = 3};

static const Field fields[] = {
    {.name = "t", .kind = FIELD_TEXT, .label = MESSAGE_INIT("T"), .limit = 50},
    {.name = "l", .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("L")},
    {.name = "e", .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E")},
    {.name = "p", .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("P")},
    {.name = "i", .kind = FIELD_INTEGER, .label = MESSAGE_INIT("I"), .minimum = -5, .maximum = 5},
    {.name = "d", .kind = FIELD_DECIMAL, .label = MESSAGE_INIT("D")},
    {.name = "y", .kind = FIELD_DATE, .label = MESSAGE_INIT("Y")},
    {.name = "c", .kind = FIELD_CHOICE, .label = MESSAGE_INIT("C"), .options = options, .option_count = 1},
    {.name = "k", .kind = FIELD_CHECK, .label = MESSAGE_INIT("K")},
    {.name = "n", .kind = FIELD_COUNTRY, .label = MESSAGE_INIT("N")},
    {.name = "h", .kind = FIELD_HS_CODE, .label = MESSAGE_INIT("H")},
    {.name = "u", .kind = FIELD_UNIT, .label = MESSAGE_INIT("U")},
    {.name = "x", .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("X")},
    {.name = "g", .kind = FIELD_GROUP, .label = MESSAGE_INIT("G"), .group = &row_form, .limit = 5},
};
static const Form form = {.name = "Fuzzed", .fields = fields, .count = sizeof(fields) / sizeof(fields[0])};

/** Whatever came: it is checked, told, shown and kept without a stumble, and what is kept reads back as the same. */
static void use_values(Arena *arena, FormValues *values) {
    form_check(arena, values, NULL);
    (void)form_problems(arena, language_english(), values);
    const Text json = form_to_json(arena, values);
    assert(text_is_utf8(json));
    FormValues *again = NULL;
    const Status status = form_of_json(arena, &form, json, &again);
    assert(status == STATUS_OK);
    assert(text_equal(json, form_to_json(arena, again)));
    Writer writer = writer_make(arena, NULL, (Time){0});
    html_errors(&writer, values);
    html_fields(&writer, values);
    Text page = {NULL, 0};
    if (buffer_take(&writer.buffer, &page) == STATUS_OK) {
        assert(text_is_utf8(page));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open((size_t)64 << 20);
    const Text text = {(const char *)data, size};
    FormValues *values = NULL;
    if (form_of_json(arena, &form, text, &values) == STATUS_OK) {
        use_values(arena, values);
    }
    /* The same bytes as they would come from a browser: one value in every field. */
    values = form_empty(arena, &form);
    for (size_t i = 0; i < form.count; i++) {
        values->items[i].text = text;
    }
    use_values(arena, values);
    assert(language_negotiate(text, TEXT("en mk es zh-Hant")) != NULL);
    arena_close(arena);
    return 0;
}
