/** Checking, binding and keeping of forms. */
#include <stddef.h>

#include "html/form_internal.h"
#include "html/unit.h"
#include "testing/test.h"

typedef struct Line {
    Text description, hs_code, quantity;
} Line;

static const Field line_fields[] = {
    FORM_FIELD(Line, description, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Description"), .required = true),
    FORM_FIELD(Line, hs_code, .kind = FIELD_HS_CODE, .label = MESSAGE_INIT("HS code")),
    FORM_FIELD(Line, quantity, .kind = FIELD_DECIMAL, .label = MESSAGE_INIT("Quantity")),
};

static void refuse_lead(const Form *form, FormValues *values, const void *bound) {
    (void)form;
    const Line *line = bound;
    if (line != NULL && text_equal(line->description, TEXT("lead"))) {
        form_error(values, "description", MESSAGE("“{field}” must not be lead"));
    }
}

static const Form line_form = FORM(Line, line_fields, .rule = refuse_lead);

static const FieldOption colours[] = {
    {TEXT_INIT("red"), MESSAGE_INIT("Red")},
    {TEXT_INIT("white"), MESSAGE_INIT("White")},
};

typedef struct Order {
    Text name, remarks, email, weight, colour, country, hs_code, unit, secret, carried;
    int64_t copies;
    Time date;
    bool agrees;
    Upload file;
    struct {
        Line *items;
        size_t count;
    } lines;
} Order;

static const Field order_fields[] = {
    FORM_FIELD(Order, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Name"), .limit = 20, .required = true,
               .missing = MESSAGE_INIT("Enter the name")),
    FORM_FIELD(Order, remarks, .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("Remarks")),
    FORM_FIELD(Order, email, .kind = FIELD_EMAIL, .label = MESSAGE_INIT("E-mail")),
    FORM_FIELD(Order, weight, .kind = FIELD_DECIMAL, .label = MESSAGE_INIT("Weight")),
    FORM_FIELD(Order, colour, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("Colour"), .options = colours,
               .option_count = 2),
    FORM_FIELD(Order, country, .kind = FIELD_COUNTRY, .label = MESSAGE_INIT("Country")),
    FORM_FIELD(Order, hs_code, .kind = FIELD_HS_CODE, .label = MESSAGE_INIT("HS code")),
    FORM_FIELD(Order, unit, .kind = FIELD_UNIT, .label = MESSAGE_INIT("Unit")),
    FORM_FIELD(Order, secret, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Password")),
    FORM_FIELD(Order, carried, .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("Carried")),
    FORM_FIELD(Order, copies, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Copies"), .minimum = 1, .maximum = 9),
    FORM_FIELD(Order, date, .kind = FIELD_DATE, .label = MESSAGE_INIT("Date")),
    FORM_FIELD(Order, agrees, .kind = FIELD_CHECK, .label = MESSAGE_INIT("I agree")),
    FORM_FIELD(Order, file, .kind = FIELD_FILE, .label = MESSAGE_INIT("Invoice"), .limit = 1 << 20),
    FORM_FIELD(Order, lines, .kind = FIELD_GROUP, .label = MESSAGE_INIT("Goods"), .group = &line_form, .limit = 3,
               .row_label = MESSAGE_INIT("Line {number}")),
};
static const Form order_form = FORM(Order, order_fields);

static Arena *arena;

/** A fresh arena instead of the one before. */
static void open_arena(void) {
    arena_close(arena);
    arena = arena_open((size_t)64 << 20);
}

/** A form that is valid but for what a test changes. */
static FormValues *start(void) {
    open_arena();
    FormValues *values = form_empty(arena, &order_form);
    form_value(values, "name")->text = TEXT("Tikveš");
    return values;
}

static Text error_of(const FormValues *values, const char *name) {
    return form_error_words(arena, language_english(), form_field(values->form, name), form_value(values, name));
}

/** What a field makes of a text: its normal form, or "! " and the error. */
static Text checked(const char *name, Text typed) {
    FormValues *values = start();
    form_value(values, name)->text = typed;
    form_check(arena, values, NULL);
    const Text error = error_of(values, name);
    CHECK(values->invalid == (error.size > 0));
    return error.size > 0 ? arena_format(arena, "! %.*s", TEXT_ARG(error)) : form_text(values, name);
}

typedef struct Case {
    const char *typed, *expected;
} Case;

static void check_cases(const char *name, const Case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(checked(name, text_of(cases[i].typed)), cases[i].expected);
    }
}
#define CHECK_CASES(name, cases) check_cases((name), (cases), sizeof(cases) / sizeof((cases)[0]))

TEST(text_is_trimmed_composed_and_limited) {
    static const Case cases[] = {
        {"  Tikveš\t", "Tikveš"},
        {"Tikves\xcc\x8c", "Tikveš"},
        {"   ", "! Enter the name"},
        {"", "! Enter the name"},
        {"12345678901234567890", "12345678901234567890"},
        {"жжжжжжжжжжжжжжжжжжжж", "жжжжжжжжжжжжжжжжжжжж"},
        {"123456789012345678901", "! “Name” may have at most 20 characters"},
        {"a\nb", "! “Name” has a character that cannot be printed; type it again"},
        {"a\x01", "! “Name” has a character that cannot be printed; type it again"},
        {"a\x7f", "! “Name” has a character that cannot be printed; type it again"},
        {"a\xc2\x85", "! “Name” has a character that cannot be printed; type it again"},
        {"exe.\xe2\x80\xaegnp", "! “Name” has a character that cannot be printed; type it again"},
        {"a\xff", "! “Name” has characters that cannot be read; type it again"},
        {"\xed\xa0\x80", "! “Name” has characters that cannot be read; type it again"},
    };
    CHECK_CASES("name", cases);
    CHECK_TEXT(checked("name", TEXT("a\0b")), "! “Name” has characters that cannot be read; type it again");
}

TEST(what_cannot_be_read_is_still_shown) {
    FormValues *values = start();
    form_value(values, "name")->text = TEXT("wine \xff"
                                            "\xc5");
    form_check(arena, values, NULL);
    CHECK_TEXT(form_text(values, "name"), "wine \xef\xbf\xbd\xef\xbf\xbd");
}

TEST(a_text_of_megabytes_is_refused_quickly) {
    FormValues *values = start();
    const size_t size = (size_t)10 << 20;
    char *bytes = arena_allocate(arena, size);
    memset(bytes, 'a', size);
    form_value(values, "name")->text = (Text){bytes, size};
    form_check(arena, values, NULL);
    CHECK_TEXT(error_of(values, "name"), "“Name” may have at most 20 characters");
    CHECK(arena_used(arena) < size + 100000);
}

TEST(long_text_keeps_its_lines) {
    static const Case cases[] = {
        {"a\r\nb\rc\nd", "a\nb\nc\nd"},
        {"a\tb", "a b"},
        {"a\x0b"
         "b",
         "! “Remarks” has a character that cannot be printed; type it again"},
    };
    CHECK_CASES("remarks", cases);
}

TEST(email_addresses) {
    static const Case cases[] = {
        {"Ana.Petrova+x@Example.COM", "Ana.Petrova+x@example.com"},
        {"ana@пример.мкд", "ana@xn--e1afmkfd.xn--d1alf"},
        {"ana@localhost", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@b", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"ana", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"ana@", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a b@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"\"a\"@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a..b@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {".a@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a.@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@example.com.", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@-example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@exa_mple.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@127.0.0.1", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@b@example.com", "! “E-mail” must be an e-mail address such as name@example.com"},
        {"a@example.com\r\nBcc: x@example.com", "! “E-mail” has a character that cannot be printed; type it again"},
    };
    CHECK_CASES("email", cases);
}

TEST(numbers) {
    static const Case decimals[] = {
        {"12.5", "12.5"},
        {"12,50", "12.5"},
        {"007", "7"},
        {".5", "0.5"},
        {"5.", "5"},
        {"0", "0"},
        {"0.000", "0"},
        {"12 000,5", "12000.5"},
        {"999999999999.999999", "999999999999.999999"},
        {"1000000000000", "! “Weight” may have at most 12 digits before the point and 6 after it"},
        {"0.1234567", "! “Weight” may have at most 12 digits before the point and 6 after it"},
        {"1.234,5", "! “Weight” must be a number such as 12.5"},
        {"-1", "! “Weight” must be a number such as 12.5"},
        {"1e3", "! “Weight” must be a number such as 12.5"},
        {".", "! “Weight” must be a number such as 12.5"},
        {"NaN", "! “Weight” must be a number such as 12.5"},
        {"18,000", "! “Weight” could mean thousands or a fraction. Write it without a comma: 18000, or 18.5"},
        {"0,125", "0.125"},
        {"1800,125", "1800.125"},
    };
    CHECK_CASES("weight", decimals);
    static const Case integers[] = {
        {"7", "7"},
        {"+7", "7"},
        {"0", "! “Copies” must be 1 or more"},
        {"10", "! “Copies” must be 9 or less"},
        {"7.5", "! “Copies” must be a whole number such as 12"},
        {"99999999999999999999", "! “Copies” must be a whole number such as 12"},
        {"seven", "! “Copies” must be a whole number such as 12"},
    };
    CHECK_CASES("copies", integers);
}

TEST(dates_exist) {
    static const Case cases[] = {
        {"2028-02-29", "2028-02-29"},
        {"2026-02-29", "! “Date” must be a date that exists, written as 2026-11-23"},
        {"2026-13-01", "! “Date” must be a date that exists, written as 2026-11-23"},
        {"23.11.2026", "! “Date” must be a date that exists, written as 2026-11-23"},
    };
    CHECK_CASES("date", cases);
}

TEST(choices_countries_codes_and_units) {
    static const Case choices[] = {{"red", "red"}, {"blue", "! Choose one of the answers offered for “Colour”"}};
    CHECK_CASES("colour", choices);
    static const Case countries[] = {
        {"MK", "MK"},
        {"mk", "MK"},
        {"ZZ", "! Choose a country from the list for “Country”"},
        {"UK", "! Choose a country from the list for “Country”"},
        {"MKD", "! Choose a country from the list for “Country”"},
    };
    CHECK_CASES("country", countries);
    static const Case codes[] = {
        {"2204.21", "220421"},
        {"2204 21 42 10", "2204214210"},
        {"2204", "2204"},
        {"22042", "! “HS code” must be an HS code of 4, 6, 8 or 10 digits, such as 2204.21"},
        {"22", "! “HS code” must be an HS code of 4, 6, 8 or 10 digits, such as 2204.21"},
        {"0001", "! “HS code” must be an HS code of 4, 6, 8 or 10 digits, such as 2204.21"},
        {"220421421012", "! “HS code” must be an HS code of 4, 6, 8 or 10 digits, such as 2204.21"},
        {"wine", "! “HS code” must be an HS code of 4, 6, 8 or 10 digits, such as 2204.21"},
    };
    CHECK_CASES("hs_code", codes);
    static const Case units[] = {
        {"kg", "KGM"},
        {"KGM", "KGM"},
        {"Kg.", "KGM"},
        {"kgm", "KGM"},
        {"m²", "MTK"},
        {"m2", "MTK"},
        {"pcs", "H87"},
        {"Piece", "H87"},
        {"litre", "LTR"},
        {"MW", "MAW"},
        {"t", "TNE"},
        {"X1", "X1"},
        {"xyz", "XYZ"},
        {"a lot", "! “Unit” must be a unit such as kg or m², or its UNECE code such as KGM"},
        {"xyz1", "! “Unit” must be a unit such as kg or m², or its UNECE code such as KGM"},
        {"?", "! “Unit” must be a unit such as kg or m², or its UNECE code such as KGM"},
    };
    CHECK_CASES("unit", units);
    CHECK_TEXT(unit_symbol(TEXT("MTK")), "m²");
    CHECK_TEXT(unit_symbol(TEXT("X1")), "X1");
}

TEST(each_unit_is_found_by_code_symbol_and_name) {
    CHECK(unit_count() >= 60);
    for (size_t i = 0; i < unit_count(); i++) {
        const Unit *unit = unit_at(i);
        const char *const spellings[] = {unit->code, unit->symbol, unit->name.english};
        for (size_t at = 0; at < 3; at++) {
            CHECK_TEXT(checked("unit", text_of(spellings[at])), unit->code);
        }
    }
}

TEST(ticks) {
    static const Case cases[] = {
        {"on", "yes"}, {"true", "yes"}, {"", ""}, {"false", ""}, {"perhaps", "! “I agree” is either ticked or not"}};
    CHECK_CASES("agrees", cases);
}

TEST(uploads) {
    FormValues *values = start();
    FormValue *file = form_value(values, "file");
    file->upload = (Upload){TEXT("a.pdf"), TEXT("application/pdf"), TEXT("%PDF")};
    form_check(arena, values, NULL);
    CHECK(!values->invalid);
    file->upload.bytes = TEXT("");
    form_check(arena, values, NULL);
    CHECK_TEXT(error_of(values, "file"), "The file for “Invoice” is empty; choose another");
    file->upload.bytes = (Text){arena_allocate(arena, (1 << 20) + 1), (1 << 20) + 1};
    form_check(arena, values, NULL);
    CHECK_TEXT(error_of(values, "file"), "The file for “Invoice” is larger than 1 MB; choose a smaller one");
    file->upload = (Upload){TEXT("a\n.pdf"), TEXT("application/pdf"), TEXT("%PDF")};
    form_check(arena, values, NULL);
    CHECK_TEXT(error_of(values, "file"), "The file for “Invoice” has a name that cannot be used; rename it");
}

static FormValues *add_line(FormValues *values, Text description) {
    FormValues *row = NULL;
    CHECK_OK(form_add_row(arena, values, "lines", &row));
    form_value(row, "description")->text = description;
    return row;
}

TEST(rows_are_added_removed_dropped_and_limited) {
    FormValues *values = start();
    FormRows *rows = &form_value(values, "lines")->rows;
    CHECK_INT(rows->count, 0);
    (void)add_line(values, TEXT("wine"));
    (void)add_line(values, TEXT(" "));
    (void)add_line(values, TEXT("ajvar"));
    FormValues *row = NULL;
    CHECK_STATUS(form_add_row(arena, values, "lines", &row), STATUS_TOO_LARGE);
    CHECK(row == NULL);
    Order order = {0};
    form_check(arena, values, &order);
    CHECK(!values->invalid);
    CHECK_INT(order.lines.count, 2);
    CHECK_TEXT(order.lines.items[1].description, "ajvar");
    form_remove_row(values, "lines", 0);
    form_remove_row(values, "lines", 7);
    CHECK_INT(rows->count, 1);
    CHECK_TEXT(form_text(&rows->items[0], "description"), "ajvar");
}

TEST(rows_grow_from_any_number) {
    static const Field fields[] = {
        {.name = "lines", .kind = FIELD_GROUP, .label = MESSAGE_INIT("Lines"), .group = &line_form, .minimum = 3}};
    static const Form form = {.name = "Growing", .fields = fields, .count = 1};
    open_arena();
    FormValues *values = form_empty(arena, &form);
    const FormRows *rows = &form_value(values, "lines")->rows;
    for (size_t i = 0; i < 3; i++) {
        form_value(&rows->items[i], "description")->text = arena_format(arena, "%zu", i);
    }
    for (size_t count = 3; count < 200; count++) {
        FormValues *row = NULL;
        CHECK_INT(rows->count, count);
        CHECK_OK(form_add_row(arena, values, "lines", &row));
        CHECK(row == &rows->items[count] && row->form == &line_form);
        form_value(row, "description")->text = arena_format(arena, "%zu", count);
    }
    for (size_t i = 0; i < rows->count; i++) {
        CHECK_TEXT(form_text(&rows->items[i], "description"), arena_format(arena, "%zu", i).data);
    }
}

TEST(many_rows_are_cut_and_refused) {
    FormValues *values = start();
    FormRows *rows = &form_value(values, "lines")->rows;
    rows->items = arena_new_array(arena, FormValues, 5000);
    rows->count = 5000;
    for (size_t i = 0; i < rows->count; i++) {
        rows->items[i] = *form_empty(arena, &line_form);
        form_value(&rows->items[i], "description")->text = TEXT("wine");
    }
    form_check(arena, values, NULL);
    CHECK_TEXT(error_of(values, "lines"), "“Goods” may have at most 3 rows");
    CHECK_INT(rows->count, 3);
}

TEST(errors_in_rows_say_where) {
    FormValues *values = start();
    (void)add_line(values, TEXT("wine"));
    form_value(add_line(values, TEXT("")), "quantity")->text = TEXT("many");
    Order order = {.copies = 77};
    form_check(arena, values, &order);
    CHECK(values->invalid);
    CHECK_INT(order.copies, 77);
    const FormProblems problems = form_problems(arena, language_english(), values);
    CHECK_INT(problems.count, 2);
    CHECK_TEXT(problems.items[0].name, "lines[1].description");
    CHECK_TEXT(problems.items[0].id, "lines-1-description");
    CHECK_TEXT(problems.items[0].place, "Line 2");
    CHECK_TEXT(problems.items[0].words, "Fill in “Description”");
    CHECK_TEXT(problems.items[1].words, "“Quantity” must be a number such as 12.5");
}

TEST(rules_of_rows_see_their_bound_row) {
    FormValues *values = start();
    (void)add_line(values, TEXT("wine"));
    (void)add_line(values, TEXT("lead"));
    Order order = {0};
    form_check(arena, values, &order);
    CHECK(values->invalid);
    CHECK_TEXT(form_problems(arena, language_english(), values).items[0].words, "“Description” must not be lead");
    form_value(&form_value(values, "lines")->rows.items[1], "description")->text = TEXT("tin");
    form_check(arena, values, &order);
    CHECK(!values->invalid);
}

TEST(binding_there_and_back) {
    FormValues *values = start();
    form_value(values, "copies")->text = TEXT(" 3 ");
    form_value(values, "date")->text = TEXT("1970-01-01");
    form_value(values, "agrees")->text = TEXT("on");
    form_value(values, "weight")->text = TEXT("1,50");
    form_value(add_line(values, TEXT("wine")), "quantity")->text = TEXT("2.0");
    Order order = {0};
    form_check(arena, values, &order);
    CHECK(!values->invalid);
    CHECK_TEXT(order.name, "Tikveš");
    CHECK_INT(order.copies, 3);
    CHECK(order.agrees && time_is_set(order.date));
    CHECK_TEXT(order.weight, "1.5");
    CHECK_TEXT(order.lines.items[0].quantity, "2");
    const FormValues *shown = form_of_struct(arena, &order_form, &order);
    CHECK_TEXT(form_to_json(arena, shown), form_to_json(arena, values).data);
    CHECK_TEXT(form_text(shown, "date"), "1970-01-01");
}

TEST(required_kinds_say_what_is_missing) {
    static const Field fields[] = {
        {.name = "a", .kind = FIELD_CHOICE, .label = MESSAGE_INIT("A"), .required = true},
        {.name = "b", .kind = FIELD_FILE, .label = MESSAGE_INIT("B"), .required = true},
        {.name = "c", .kind = FIELD_CHECK, .label = MESSAGE_INIT("C"), .required = true},
        {.name = "d", .kind = FIELD_GROUP, .label = MESSAGE_INIT("D"), .group = &line_form, .minimum = 2},
        {.name = "e", .kind = FIELD_COUNTRY, .label = MESSAGE_INIT("E"), .required = true},
    };
    static const Form form = {.name = "Data", .fields = fields, .count = 5};
    open_arena();
    FormValues *values = form_empty(arena, &form);
    CHECK_INT(form_value(values, "d")->rows.count, 2);
    form_remove_row(values, "d", 0);
    form_remove_row(values, "d", 0);
    form_check(arena, values, NULL);
    CHECK_TEXT(error_of(values, "a"), "Choose an answer for “A”");
    CHECK_TEXT(error_of(values, "b"), "Choose a file for “B”");
    CHECK_TEXT(error_of(values, "c"), "Tick “C” to go on");
    CHECK_TEXT(error_of(values, "d"), "“D” needs at least 2");
    CHECK_TEXT(error_of(values, "e"), "Choose a country for “E”");
}

static Text refused_json_as(Status status, const char *json) {
    open_arena();
    FormValues *values = NULL;
    CHECK_STATUS(form_of_json(arena, &order_form, text_of(json), &values), status);
    CHECK(values == NULL);
    return test_failure();
}

static Text refused_json(const char *json) {
    return refused_json_as(STATUS_INVALID, json);
}

TEST(json_that_is_no_form_is_refused_with_its_place) {
    CHECK_TEXT(refused_json("[]"), "the body must be an object");
    CHECK_TEXT(refused_json("{\"nam\":\"x\"}"), "there is no member nam");
    CHECK_TEXT(refused_json("{\"lines\":[{\"description\":\"a\"},{\"colour\":\"b\"}]}"),
               "there is no member lines[1].colour");
    CHECK_TEXT(refused_json("{\"lines\":{}}"), "lines must be an array");
    CHECK_TEXT(refused_json("{\"lines\":[7]}"), "lines[0] must be an object");
    CHECK_TEXT(refused_json_as(STATUS_TOO_LARGE, "{\"lines\":[{},{},{},{}]}"), "lines may have at most 3 rows");
    CHECK_TEXT(refused_json("{\"name\":{}}"), "name must be a string or a number");
    CHECK_TEXT(refused_json("{\"name\":true}"), "name must be a string or a number");
    CHECK_TEXT(refused_json("{\"file\":\"x\"}"), "file is a file: send it as multipart/form-data");
    CHECK(text_starts_with(refused_json("{\"name\":\"a\",\"name\":\"b\"}"), TEXT("no JSON: ")));
    CHECK(text_starts_with(refused_json("{\"name\":\"\\u0000\"}"), TEXT("no JSON: ")));
    CHECK(text_starts_with(refused_json("{\"name\":\"\xff\"}"), TEXT("no JSON: ")));
    CHECK(text_starts_with(refused_json(""), TEXT("no JSON: ")));
}

TEST(json_of_api_clients) {
    open_arena();
    FormValues *values = NULL;
    CHECK_OK(form_of_json(arena, &order_form,
                          TEXT("{\"name\":\"a\",\"weight\":12.50,\"copies\":3,\"agrees\":true,\"email\":null,"
                               "\"secret\":\"s\",\"lines\":[{\"description\":\"wine\",\"hs_code\":220421}]}"),
                          &values));
    CHECK_TEXT(form_text(values, "weight"), "12.5");
    CHECK_TEXT(form_text(values, "copies"), "3");
    CHECK_TEXT(form_text(values, "agrees"), "yes");
    CHECK_TEXT(form_text(&form_value(values, "lines")->rows.items[0], "hs_code"), "220421");
    size_t at = 0;
    CHECK(!text_find(form_to_json(arena, values), TEXT("secret"), &at));
}

/** Some text: letters of several scripts, signs that escape, numbers that look like others. */
static Text random_text(uint64_t *state) {
    static const char *const pieces[] = {"a",      "Ж", "中",  "\"", "\\",  "</script>", "&", "\n",   "\t",
                                         "{name}", " ", "007", "-1", "1e9", "yes",       "é", "\x7f", "\xe2\x80\xa8",
                                         "😀",      "'", "null"};
    Text text = {NULL, 0};
    for (uint64_t left = test_random(state) % 5; left > 0; left--) {
        const char *piece = pieces[test_random(state) % (sizeof(pieces) / sizeof(pieces[0]))];
        text = arena_format(arena, "%.*s%s", TEXT_ARG(text), piece);
    }
    return text;
}

static void fill_randomly(FormValues *values, uint64_t *state) {
    for (size_t i = 0; i < values->form->count; i++) {
        const Field *field = &values->form->fields[i];
        if (field->kind == FIELD_GROUP) {
            for (uint64_t rows = test_random(state) % 4; rows > 0; rows--) {
                FormValues *row = NULL;
                CHECK_OK(form_add_row(arena, values, field->name, &row));
                fill_randomly(row, state);
            }
        } else if (field->kind != FIELD_FILE && field->kind != FIELD_PASSWORD) {
            values->items[i].text = random_text(state);
        }
    }
}

static void check_same(const FormValues *a, const FormValues *b) {
    for (size_t i = 0; i < a->form->count; i++) {
        CHECK(text_equal(a->items[i].text, b->items[i].text));
        CHECK_INT(a->items[i].rows.count, b->items[i].rows.count);
        for (size_t row = 0; row < a->items[i].rows.count; row++) {
            check_same(&a->items[i].rows.items[row], &b->items[i].rows.items[row]);
        }
    }
}

TEST(json_there_and_back_keeps_every_text) {
    uint64_t state = test_seed();
    for (int turn = 0; turn < 500; turn++) {
        open_arena();
        FormValues *values = form_empty(arena, &order_form), *again = NULL;
        fill_randomly(values, &state);
        const Text json = form_to_json(arena, values);
        CHECK_OK(form_of_json(arena, &order_form, json, &again));
        check_same(values, again);
        CHECK(text_equal(json, form_to_json(arena, again)));
        /* Whatever was typed, checking ends, and what it leaves is text that a page may show. */
        form_check(arena, again, NULL);
        CHECK(text_is_utf8(form_to_json(arena, again)));
    }
}
