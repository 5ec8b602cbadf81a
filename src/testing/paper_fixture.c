/** The sample certificate of origin. */
#include "testing/paper_fixture.h"

#include <string.h>

#include "testing/pdf_fixture.h"
#include "testing/test.h"

typedef struct Named {
    const char *name, *value;
} Named;

static const Named values[] = {
    {"chamber_name", "Economic Chamber of Vardar"},
    {"chamber_address", "Kej Dimitar Vlahov 11, 1000 Skopje"},
    {"chamber_country", "North Macedonia"},
    {"number", "VAR-CO-2026-000123"},
    {"code", "7K3M-9QXR-T4WD"},
    {"certified_date", "14 March 2026"},
    {"place", "Skopje"},
    {"officer_name", "Елена Стојановска"},
    {"verify_address", "https://verify.example/verify/VAR-CO-2026-000123/7K3M-9QXR-T4WD"},
    {"replaces", ""},
    {"origins", "North Macedonia, Türkiye"},
    {"consignor_name", "Винарска визба Светлина ДООЕЛ"},
    {"consignor_address", "ул. Виноградска бр. 5\n1430 Кавадарци"},
    {"consignor_country", "North Macedonia"},
    {"consignee_name", "臺北國際酒品貿易股份有限公司"},
    {"consignee_address", "Taipei Harbour Wine Trading Co., Ltd.\n信義路五段 5 號, 11011 臺北市"},
    {"to_order", ""},
    {"destination_country", "Taiwan"},
    {"transport_details",
     "By road, truck SK 1234 AB, Kavadarci to Θεσσαλονίκη;\nby sea to Keelung, container MSKU 306 215-4"},
    {"incoterm", "FOB, free on board"},
    {"invoice_number", "2026/0417"},
    {"invoice_date", "9 March 2026"},
    {"remarks", "Letter of credit No. ILC 7781-2026\nOrder TWT-26-0098"},
    {"embassy", ""},
    {"line_count", "5"},
};

enum { FIELDS = 9, GOODS = 8 };
static const char *const field_names[FIELDS] = {"marks",  "packages", "package_kind", "description", "hs_code",
                                                "origin", "quantity", "unit",         "gross_weight"};
static const char *const goods[GOODS][FIELDS] = {
    {"TSV/TWT 1-420", "420", "cartons of 6 bottles", "Vranec, dry red wine, vintage 2023, in bottles of 0.75 l",
     "220421", "", "1,890", "LTR", "3,402.00"},
    {"TSV/TWT 421-700", "280", "cartons of 6 bottles", "Смедеревка, dry white wine, vintage 2024, in bottles of 0.75 l",
     "220421", "", "1,260", "LTR", "2,268.00"},
    {"AJV 1-240", "240", "cartons of 12 jars", "Ajvar, roasted red pepper relish, in jars of 690 g", "200599", "",
     "2,880", "C62", "2,966.40"},
    {"TEX 7/1-7/44", "44", "cartons", "Këmisha pambuku për gra, të qëndisura (women's blouses of cotton, embroidered)",
     "620630", "", "2,200", "C62", "660.00"},
    {"MP 1-200", "200", "pallet cages", "Dövme çelik kaplin yarıları, işlenmiş, Ø 120 mm (coupling halves)", "848360",
     "Türkiye", "200", "C62", "7,940.10"},
    {"ΕΛΙΑ 12", "60", "τενεκέδες", "Ελιές Καλαμών, in tins of 13 kg", "200570", "Greece", "780", "KGM", "912.00"},
    {"茶 88", "15", "cases", "高山烏龍茶, oolong tea, vacuum-packed", "090230", "Taiwan", "300", "KGM", "342.00"},
    {"ŁÓDŹ/9", "31", "rolls", "Żakardowe tkaniny bawełniane, příze, ăîșț, ðþæ, œß (jacquard cloth)", "520939", "Poland",
     "4,650", "MTR", "1,116.00"},
};

bool paper_fixture_value(size_t at, const char **ret_name, const char **ret_value) {
    if (at >= sizeof values / sizeof values[0]) {
        return false;
    }
    *ret_name = values[at].name;
    *ret_value = values[at].value;
    return true;
}

bool paper_fixture_row_value(size_t row, size_t at, const char **ret_name, const char **ret_value) {
    if (at >= FIELDS) {
        return false;
    }
    *ret_name = field_names[at];
    *ret_value = goods[row % GOODS][at];
    return true;
}

static bool changed(const PaperSample *sample, size_t row, Text name, Text *ret_value) {
    for (size_t i = 0; i < sample->change_count; i++) {
        if (sample->changes[i].row == row && text_equal(name, text_of(sample->changes[i].name))) {
            *ret_value = sample->changes[i].value;
            return true;
        }
    }
    return false;
}

/** With a serial, the values that differ from paper to paper carry it. */
static Text with_serial(const PaperSample *sample, Text name, const char *value) {
    static const char *const varying[] = {"number", "code", "consignee_name", "description", "quantity", "remarks"};
    for (size_t i = 0; sample->serial > 0 && i < sizeof varying / sizeof varying[0]; i++) {
        if (text_equal(name, text_of(varying[i]))) {
            return arena_format(sample->arena, "%s %u", value, sample->serial);
        }
    }
    return text_of(value);
}

static bool look_up(void *context, size_t row, Text name, Text *ret_value) {
    const PaperSample *sample = context;
    const char *found = NULL, *value = NULL;
    if (changed(sample, row, name, ret_value)) {
        return true;
    }
    if (row != LAYOUT_NO_ROW && text_equal(name, TEXT("row"))) {
        *ret_value = arena_format(sample->arena, "%zu", row + 1);
        return true;
    }
    if (row != LAYOUT_NO_ROW && text_equal(name, TEXT("net_weight"))) {
        *ret_value = TEXT("1.00");
        return true;
    }
    for (size_t i = 0; row == LAYOUT_NO_ROW ? paper_fixture_value(i, &found, &value)
                                            : paper_fixture_row_value(row, i, &found, &value);
         i++) {
        if (text_equal(name, text_of(found))) {
            *ret_value = with_serial(sample, name, value);
            return true;
        }
    }
    return false;
}

static Text seal_lines[] = {TEXT_INIT("Стопанска комора"), TEXT_INIT("SAMPLE-CO-2026-000001")};

LayoutFill paper_fixture_fill(const PaperSample *sample) {
    return (LayoutFill){.lookup = look_up,
                        .context = (void *)(uintptr_t)sample,
                        .row_count = sample->rows,
                        .second_language = TEXT("mk"),
                        .logo = fixture_read_file(sample->arena, PAPER_FIXTURE_LOGO),
                        .primary = colour_of_rgb(0x1d3a5f),
                        .secondary = colour_of_rgb(0x8a2b3a),
                        .created = time_of_date(2026, 3, 14),
                        .seal_lines = {seal_lines, sizeof seal_lines / sizeof seal_lines[0]}};
}

const Layout *paper_fixture_layout(Arena *arena) {
    const Layout *layout = NULL;
    CHECK_OK(layout_of_json(arena, fixture_read_file(arena, PAPER_FIXTURE_LAYOUT), &layout));
    return layout;
}
