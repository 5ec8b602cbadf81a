/** Controls: what ties label, hint, error and input together, and that what was typed stays what it is. */
#include <stddef.h>

#include "html/form.h"
#include "html/writer.h"
#include "testing/test.h"

typedef struct Part {
    Text name;
    Upload paper;
} Part;

static const Field part_fields[] = {
    FORM_FIELD(Part, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Part"), .required = true),
    FORM_FIELD(Part, paper, .kind = FIELD_FILE, .label = MESSAGE_INIT("Paper")),
};
static const Form part_form = FORM(Part, part_fields);

static const FieldOption options[] = {
    {TEXT_INIT("a"), MESSAGE_INIT("First <a>")},
    {TEXT_INIT("b"), MESSAGE_INIT("Second")},
};

typedef struct Sample {
    Text name, remarks, secret, colour, shade, country, carried;
    bool agrees;
    struct {
        Part *items;
        size_t count;
    } parts;
} Sample;

static const Field sample_fields[] = {
    FORM_FIELD(Sample, name, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Name & sign"), .hint = MESSAGE_INIT("As <b>"),
               .required = true, .autocomplete = "name"),
    FORM_FIELD(Sample, remarks, .kind = FIELD_LONG_TEXT, .label = MESSAGE_INIT("Remarks")),
    FORM_FIELD(Sample, secret, .kind = FIELD_PASSWORD, .label = MESSAGE_INIT("Password")),
    FORM_FIELD(Sample, colour, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("Colour"), .required = true,
               .options = options, .option_count = 2),
    FORM_FIELD(Sample, shade, .kind = FIELD_CHOICE, .label = MESSAGE_INIT("Shade"), .options = options,
               .option_count = 2),
    FORM_FIELD(Sample, country, .kind = FIELD_COUNTRY, .section = MESSAGE_INIT("Place & time"),
               .label = MESSAGE_INIT("Country")),
    FORM_FIELD(Sample, carried, .kind = FIELD_HIDDEN, .label = MESSAGE_INIT("Carried")),
    FORM_FIELD(Sample, agrees, .kind = FIELD_CHECK, .label = MESSAGE_INIT("I agree")),
    FORM_FIELD(Sample, parts, .kind = FIELD_GROUP, .label = MESSAGE_INIT("Parts"), .group = &part_form, .minimum = 1,
               .limit = 2, .row_label = MESSAGE_INIT("Part {number}")),
};
static const Form sample_form = FORM(Sample, sample_fields);

static Arena *arena;
static Writer writer;
static const Frame frame = {.csrf_token = TEXT_INIT("tok\"en")};

static FormValues *start(void) {
    arena_close(arena);
    arena = arena_open((size_t)16 << 20);
    writer = writer_make(arena, &frame, (Time){0});
    return form_empty(arena, &sample_form);
}

static Text drawn(const FormValues *values, const char *name, const char *as) {
    writer.buffer.size = 0;
    html_field(&writer, values, name, as);
    return (Text){writer.buffer.data, writer.buffer.size};
}

static bool contains(Text text, const char *part) {
    size_t at = 0;
    return text_find(text, text_of(part), &at);
}

TEST(all_fields_stand_under_their_sections) {
    const FormValues *values = start();
    size_t shade = 0, heading = 0, country = 0;
    html_fields(&writer, values);
    const Text text = {writer.buffer.data, writer.buffer.size};
    CHECK(text_find(text, TEXT("id=\"shade\""), &shade) &&
          text_find(text, TEXT("<h2>Place &amp; time</h2>"), &heading));
    CHECK(text_find(text, TEXT("id=\"country\""), &country));
    CHECK(shade < heading && heading < country);
    CHECK(!text_find(text_slice(text, heading + 1, text.size), TEXT("<h2>"), &heading));
}

TEST(a_control_is_tied_together) {
    FormValues *values = start();
    form_value(values, "name")->text = TEXT("\"><script>");
    CHECK_TEXT(
        drawn(values, "name", NULL),
        "<div class=\"field\"><label for=\"name\">Name &amp; sign</label><p class=\"hint\" id=\"name-hint\">As "
        "&lt;b&gt;</p><input class=\"full\" type=\"text\" id=\"name\" name=\"name\" aria-describedby=\"name-hint\" "
        "required autocomplete=\"name\" value=\"&quot;&gt;&lt;script&gt;\"></div>");
    form_error(values, "name", MESSAGE("“{field}” is wrong"));
    const Text wrong = drawn(values, "name", "short");
    CHECK(contains(wrong, "<div class=\"field wrong\">"));
    CHECK(contains(wrong,
                   "<p class=\"error\" id=\"name-error\"><span class=\"hidden\">Error: </span>“Name &amp; sign” is "
                   "wrong</p>"));
    CHECK(contains(wrong, "aria-describedby=\"name-hint name-error\" aria-invalid=\"true\""));
    CHECK(contains(wrong, "<input class=\"short\""));
}

TEST(each_kind_is_drawn_with_what_was_typed) {
    FormValues *values = start();
    form_value(values, "remarks")->text = TEXT("\nfirst </textarea>\nsecond");
    CHECK(contains(drawn(values, "remarks", NULL), ">\n\nfirst &lt;/textarea&gt;\nsecond</textarea>"));
    form_value(values, "secret")->text = TEXT("hunter2");
    CHECK(!contains(drawn(values, "secret", NULL), "hunter2"));
    form_value(values, "colour")->text = TEXT("b");
    CHECK(contains(drawn(values, "colour", NULL), "<input type=\"radio\" id=\"colour\" name=\"colour\" value=\"a\" "
                                                  "required><label for=\"colour\">First &lt;a&gt;</label>"));
    CHECK(contains(drawn(values, "colour", NULL), "id=\"colour-2\" name=\"colour\" value=\"b\" checked"));
    CHECK(contains(drawn(values, "colour", "select"), "<option value=\"b\" selected>Second</option>"));
    CHECK(contains(drawn(values, "shade", NULL), "<option value=\"\" selected></option>"));
    form_value(values, "country")->text = TEXT("MK");
    const Text countries = drawn(values, "country", NULL);
    CHECK(contains(countries, "<option value=\"MK\" selected>North Macedonia</option>"));
    CHECK(contains(countries, "<option value=\"AT\">Austria</option>"));
    form_value(values, "carried")->text = TEXT("<7>");
    CHECK_TEXT(drawn(values, "carried", NULL), "<input type=\"hidden\" name=\"carried\" value=\"&lt;7&gt;\">");
    form_value(values, "agrees")->text = TEXT("yes");
    CHECK(
        contains(drawn(values, "agrees", NULL), "name=\"agrees\" value=\"yes\" checked><label for=\"agrees\">I agree"));
    CHECK(contains(drawn(values, "name", "search"), "type=\"search\""));
}

TEST(a_form_carries_its_token_encoding_and_a_harmless_first_button) {
    FormValues *values = start();
    html_form_rest(&writer, values);
    const Text form = {writer.buffer.data, writer.buffer.size};
    CHECK(text_starts_with(form, TEXT(" enctype=\"multipart/form-data\" novalidate>")));
    CHECK(contains(form, "<input type=\"hidden\" name=\"_token\" value=\"tok&quot;en\">"));
    CHECK(contains(form,
                   "<button type=\"submit\" class=\"hidden\" tabindex=\"-1\" aria-hidden=\"true\">Continue</button>"));
    writer.buffer.size = 0;
    html_form_rest(&writer, form_empty(arena, &(Form){.fields = sample_fields, .count = 1}));
    CHECK(text_starts_with((Text){writer.buffer.data, writer.buffer.size}, TEXT(" novalidate>")));
    CHECK(!contains((Text){writer.buffer.data, writer.buffer.size}, "<button"));
}

TEST(rows_have_names_ids_and_buttons) {
    FormValues *values = start();
    CHECK(contains(drawn(values, "parts", NULL), "name=\"_remove\" value=\"parts.0\" hidden>"));
    FormValues *row = NULL;
    CHECK_OK(form_add_row(arena, values, "parts", &row));
    form_value(row, "name")->text = TEXT("wheel");
    form_error(row, "name", MESSAGE("“{field}” is round"));
    values->invalid = true;
    const Text rows = drawn(values, "parts", NULL);
    CHECK(contains(rows,
                   "<fieldset class=\"rows\" id=\"parts\" data-rows=\"parts\" data-limit=\"2\" data-minimum=\"1\" "
                   "data-label=\"Part {number}\"><legend>Parts</legend>"));
    CHECK(contains(rows, "<legend>Part 2</legend>"));
    CHECK(contains(rows, "id=\"parts-1-name\" name=\"parts[1].name\" aria-describedby=\"parts-1-name-error\""));
    CHECK(contains(rows, "name=\"_remove\" value=\"parts.1\">Remove<span class=\"hidden\"> Part 2</span></button>"));
    CHECK(contains(rows, "name=\"_add\" value=\"parts\" hidden>"));
    writer.buffer.size = 0;
    html_errors(&writer, values);
    CHECK_TEXT(((Text){writer.buffer.data, writer.buffer.size}),
               "<div class=\"errors\" role=\"alert\" tabindex=\"-1\"><h2>There is a problem</h2><ul><li><a "
               "href=\"#parts-1-name\">Part 2: “Part” is round</a></li></ul></div>");
}

TEST(ids_of_two_forms_differ) {
    FormValues *first = start(), *second = form_empty(arena, &sample_form);
    form_error(second, "name", MESSAGE("“{field}” is wrong"));
    CHECK(contains(drawn(first, "name", NULL), "id=\"name\""));
    html_errors(&writer, second);
    CHECK(contains((Text){writer.buffer.data, writer.buffer.size}, "href=\"#form2-name\""));
    CHECK(contains(drawn(second, "name", NULL), "id=\"form2-name\" name=\"name\""));
    CHECK(contains(drawn(second, "parts", NULL), "id=\"form2-parts-0-name\" name=\"parts[0].name\""));
    CHECK(contains(drawn(first, "name", NULL), "id=\"name\""));
}

TEST(errors_about_the_whole_form_and_none) {
    FormValues *values = start();
    html_errors(&writer, values);
    CHECK_INT(writer.buffer.size, 0);
    form_error(values, NULL, MESSAGE("Try again"));
    html_errors(&writer, values);
    CHECK(contains((Text){writer.buffer.data, writer.buffer.size}, "<li>Try again</li>"));
}
