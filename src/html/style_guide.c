/** Sample data of the style guide. */
#include "html/style_guide.h"

#include <stddef.h>

#include "html_views.h"

/* Words of the samples are no messages: nobody translates a guide for those who build pages. */
#define SAMPLE(words) ((Message){words})
#define SAMPLE_INIT(words)                                                                                             \
    { words }

typedef struct SampleLine {
    Text description, origin, hs_code, quantity, unit;
} SampleLine;

static const Field line_fields[] = {
    FORM_FIELD(SampleLine, description, .kind = FIELD_LONG_TEXT, .label = SAMPLE_INIT("Description of the goods"),
               .missing = SAMPLE_INIT("Describe the goods as the invoice does"), .required = true, .limit = 300),
    FORM_FIELD(SampleLine, origin, .kind = FIELD_COUNTRY, .label = SAMPLE_INIT("Country of origin"), .required = true),
    FORM_FIELD(SampleLine, hs_code, .kind = FIELD_HS_CODE, .label = SAMPLE_INIT("HS code"), .required = true),
    FORM_FIELD(SampleLine, quantity, .kind = FIELD_DECIMAL, .label = SAMPLE_INIT("Quantity"), .required = true),
    FORM_FIELD(SampleLine, unit, .kind = FIELD_UNIT, .label = SAMPLE_INIT("Unit"), .required = true),
};
static const Form line_form = FORM(SampleLine, line_fields);

static const FieldOption transport[] = {
    {TEXT_INIT("road"), SAMPLE_INIT("By road")},
    {TEXT_INIT("sea"), SAMPLE_INIT("By sea")},
    {TEXT_INIT("air"), SAMPLE_INIT("By air")},
};

static const FieldOption incoterms[] = {
    {TEXT_INIT("EXW"), SAMPLE_INIT("EXW, ex works")},
    {TEXT_INIT("FCA"), SAMPLE_INIT("FCA, free carrier")},
    {TEXT_INIT("CPT"), SAMPLE_INIT("CPT, carriage paid to")},
    {TEXT_INIT("DAP"), SAMPLE_INIT("DAP, delivered at place")},
    {TEXT_INIT("FOB"), SAMPLE_INIT("FOB, free on board")},
    {TEXT_INIT("CIF"), SAMPLE_INIT("CIF, cost, insurance and freight")},
};

typedef struct SampleForm {
    Text consignee, email, country, transport, incoterm, remarks, gross_weight, password;
    int64_t copies;
    Time invoice_date;
    bool declares;
    Upload invoice;
    struct {
        SampleLine *items;
        size_t count;
    } lines;
} SampleForm;

static const Field sample_fields[] = {
    FORM_FIELD(SampleForm, consignee, .kind = FIELD_TEXT, .label = SAMPLE_INIT("Consignee"),
               .hint = SAMPLE_INIT("Name and address as on the invoice"),
               .missing = SAMPLE_INIT("Enter the consignee's name"), .required = true, .autocomplete = "organization"),
    FORM_FIELD(SampleForm, email, .kind = FIELD_EMAIL, .label = SAMPLE_INIT("E-mail address"), .required = true),
    FORM_FIELD(SampleForm, country, .kind = FIELD_COUNTRY, .label = SAMPLE_INIT("Country of destination"),
               .required = true, .autocomplete = "country"),
    FORM_FIELD(SampleForm, transport, .kind = FIELD_CHOICE, .label = SAMPLE_INIT("How do the goods travel?"),
               .required = true, .options = transport, .option_count = 3),
    FORM_FIELD(SampleForm, incoterm, .kind = FIELD_CHOICE, .label = SAMPLE_INIT("Incoterms 2020"), .options = incoterms,
               .option_count = 6),
    FORM_FIELD(SampleForm, invoice_date, .kind = FIELD_DATE, .label = SAMPLE_INIT("Date of the invoice"),
               .required = true),
    FORM_FIELD(SampleForm, gross_weight, .kind = FIELD_DECIMAL, .label = SAMPLE_INIT("Gross weight in kg"),
               .required = true),
    FORM_FIELD(SampleForm, copies, .kind = FIELD_INTEGER, .label = SAMPLE_INIT("Number of copies"), .required = true,
               .minimum = 1, .maximum = 9),
    FORM_FIELD(SampleForm, remarks, .kind = FIELD_LONG_TEXT, .label = SAMPLE_INIT("Remarks"), .limit = 500),
    FORM_FIELD(SampleForm, password, .kind = FIELD_PASSWORD, .label = SAMPLE_INIT("Password"), .required = true,
               .autocomplete = "current-password"),
    FORM_FIELD(SampleForm, invoice, .kind = FIELD_FILE, .label = SAMPLE_INIT("Commercial invoice"), .required = true),
    FORM_FIELD(SampleForm, lines, .kind = FIELD_GROUP, .label = SAMPLE_INIT("Goods"), .group = &line_form,
               .required = true, .row_label = SAMPLE_INIT("Line {number}"),
               .add_label = SAMPLE_INIT("Add another line")),
    FORM_FIELD(SampleForm, declares, .kind = FIELD_CHECK,
               .label = SAMPLE_INIT("I declare that these goods originate in the country named above"),
               .required = true),
};
static const Form sample_form = FORM(SampleForm, sample_fields);

typedef struct SampleFilter {
    Text search, state;
} SampleFilter;

static const FieldOption states[] = {
    {TEXT_INIT("issued"), SAMPLE_INIT("Issued")},
    {TEXT_INIT("returned"), SAMPLE_INIT("Returned")},
};

static const Field filter_fields[] = {
    FORM_FIELD(SampleFilter, search, .kind = FIELD_TEXT, .label = SAMPLE_INIT("Search")),
    FORM_FIELD(SampleFilter, state, .kind = FIELD_CHOICE, .label = SAMPLE_INIT("State"), .options = states,
               .option_count = 2),
};
static const Form filter_form = FORM(SampleFilter, filter_fields);

static FormValues *filled(Arena *arena, Time now) {
    SampleLine *lines = arena_new_array(arena, SampleLine, 2);
    lines[0] = (SampleLine){TEXT("Red wine Vranec, vintage 2024, in bottles of 0.75 l"), TEXT("MK"), TEXT("220421"),
                            TEXT("9000"), TEXT("LTR")};
    lines[1] = (SampleLine){TEXT("Ajvar, roasted red pepper relish, in glass jars"), TEXT("MK"), TEXT("200599"),
                            TEXT("1250.5"), TEXT("KGM")};
    const SampleForm sample = {
        .consignee = TEXT("Weinhandel Österreich GmbH, Kärntner Straße 12, 1010 Wien"),
        .email = TEXT("einkauf@example.at"),
        .country = TEXT("AT"),
        .transport = TEXT("road"),
        .incoterm = TEXT("DAP"),
        .gross_weight = TEXT("14620.5"),
        .copies = 2,
        .invoice_date = now,
        .declares = true,
        .lines = {lines, 2},
    };
    return form_of_struct(arena, &sample_form, &sample);
}

static FormValues *wrong(Arena *arena) {
    FormValues *values = form_empty(arena, &sample_form);
    form_value(values, "email")->text = TEXT("einkauf at example");
    form_value(values, "gross_weight")->text = TEXT("about 14 tonnes");
    form_value(values, "copies")->text = TEXT("12");
    form_check(arena, values, NULL);
    return values;
}

static StyleGuideRows rows(Arena *arena, Time now) {
    const StyleGuideRow samples[] = {
        {TEXT("MK-CO-2026-000127"), TEXT("Weinhandel Österreich GmbH"), TEXT("AT"), TEXT("good"), SAMPLE("Issued"),
         time_add(now, -3 * TIME_HOUR), 4821550},
        {TEXT("MK-CO-2026-000126"), TEXT("Frutas del Pacífico S.A.C."), TEXT("PE"), TEXT("wait"), SAMPLE("In review"),
         time_add(now, -26 * TIME_HOUR), 198000},
        {TEXT("MK-CO-2026-000125"), TEXT("臺灣進口貿易股份有限公司"), TEXT("TW"), TEXT("bad"), SAMPLE("Returned"),
         time_add(now, -3 * TIME_DAY), 77040},
        {TEXT("MK-CO-2026-000124"), TEXT("Harare Textiles (Pvt) Ltd"), TEXT("ZW"), TEXT("info"), SAMPLE("Replaced"),
         time_add(now, -40 * TIME_DAY), 1250000},
    };
    const size_t count = sizeof(samples) / sizeof(samples[0]);
    StyleGuideRow *items = arena_new_array(arena, StyleGuideRow, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = samples[i];
    }
    return (StyleGuideRows){items, count};
}

const StyleGuidePage *style_guide_page(Arena *arena, Time now) {
    StyleGuidePage *page = arena_new(arena, StyleGuidePage);
    *page = (StyleGuidePage){
        .form = filled(arena, now),
        .wrong = wrong(arena),
        .filter = form_empty(arena, &filter_form),
        .rows = rows(arena, now),
        .paging = {.address = TEXT("/style-guide"), .page = 6, .size = 50, .total = 1000},
        .now = now,
    };
    return page;
}

Shown style_guide_show(Arena *arena, Time now) {
    return html_style_guide_view(style_guide_page(arena, now));
}
