/** The units that trade documents use most, and how people write them. */
#include "html/unit.h"

#include <string.h>

#define UNIT(code_, symbol_, name_, aliases_)                                                                          \
    { .code = (code_), .symbol = (symbol_), .name = name_, .aliases = (aliases_) }

static const Unit units[] = {
    UNIT("KGM", "kg", MESSAGE_INIT("kilogram"), " kgs kilo kilos kilograms kilogramme "),
    UNIT("GRM", "g", MESSAGE_INIT("gram"), " gr grams gramme "),
    UNIT("MGM", "mg", MESSAGE_INIT("milligram"), NULL),
    UNIT("TNE", "t", MESSAGE_INIT("tonne"), " mt ton tons tonnes "),
    UNIT("KTN", "kt", MESSAGE_INIT("kilotonne"), NULL),
    UNIT("DTN", "dt", MESSAGE_INIT("decitonne"), " quintal q "),
    UNIT("LBR", "lb", MESSAGE_INIT("pound"), " lbs pounds "),
    UNIT("ONZ", "oz", MESSAGE_INIT("ounce"), " ounces "),
    UNIT("APZ", "oz t", MESSAGE_INIT("troy ounce"), NULL),
    UNIT("STN", "ton (US)", MESSAGE_INIT("short ton"), NULL),
    UNIT("LTN", "ton (UK)", MESSAGE_INIT("long ton"), NULL),
    UNIT("CTM", "ct", MESSAGE_INIT("metric carat"), " carat carats "),
    UNIT("LTR", "l", MESSAGE_INIT("litre"), " lt ltr litres liter liters "),
    UNIT("MLT", "ml", MESSAGE_INIT("millilitre"), NULL),
    UNIT("CLT", "cl", MESSAGE_INIT("centilitre"), NULL),
    UNIT("DLT", "dl", MESSAGE_INIT("decilitre"), NULL),
    UNIT("HLT", "hl", MESSAGE_INIT("hectolitre"), NULL),
    UNIT("LPA", "l pure alcohol", MESSAGE_INIT("litre of pure alcohol"), " lpa "),
    UNIT("GLL", "gal (US)", MESSAGE_INIT("US gallon"), " gal gallon gallons "),
    UNIT("GLI", "gal (UK)", MESSAGE_INIT("UK gallon"), NULL),
    UNIT("BLL", "bbl", MESSAGE_INIT("US barrel"), " barrel barrels "),
    UNIT("MTQ", "m³", MESSAGE_INIT("cubic metre"), " m3 cbm "),
    UNIT("DMQ", "dm³", MESSAGE_INIT("cubic decimetre"), " dm3 "),
    UNIT("CMQ", "cm³", MESSAGE_INIT("cubic centimetre"), " cm3 "),
    UNIT("FTQ", "ft³", MESSAGE_INIT("cubic foot"), " ft3 "),
    UNIT("MTR", "m", MESSAGE_INIT("metre"), " meter meters metres "),
    UNIT("KMT", "km", MESSAGE_INIT("kilometre"), NULL),
    UNIT("CMT", "cm", MESSAGE_INIT("centimetre"), NULL),
    UNIT("MMT", "mm", MESSAGE_INIT("millimetre"), NULL),
    UNIT("INH", "in", MESSAGE_INIT("inch"), " inches "),
    UNIT("FOT", "ft", MESSAGE_INIT("foot"), " feet "),
    UNIT("YRD", "yd", MESSAGE_INIT("yard"), " yards "),
    UNIT("MTK", "m²", MESSAGE_INIT("square metre"), " m2 sqm "),
    UNIT("CMK", "cm²", MESSAGE_INIT("square centimetre"), " cm2 "),
    UNIT("KMK", "km²", MESSAGE_INIT("square kilometre"), " km2 "),
    UNIT("FTK", "ft²", MESSAGE_INIT("square foot"), " ft2 sqft "),
    UNIT("YDK", "yd²", MESSAGE_INIT("square yard"), " yd2 "),
    UNIT("H18", "ha", MESSAGE_INIT("hectare"), " hectares "),
    UNIT("H87", "pcs", MESSAGE_INIT("piece"), " pc pce pieces "),
    UNIT("C62", "units", MESSAGE_INIT("unit"), " one "),
    UNIT("EA", "each", MESSAGE_INIT("each"), NULL),
    UNIT("NAR", "articles", MESSAGE_INIT("article"), NULL),
    UNIT("PR", "pairs", MESSAGE_INIT("pair"), " prs "),
    UNIT("SET", "sets", MESSAGE_INIT("set"), NULL),
    UNIT("DZN", "dozen", MESSAGE_INIT("dozen"), " doz dozens "),
    UNIT("DPR", "dozen pairs", MESSAGE_INIT("dozen pairs"), NULL),
    UNIT("GRO", "gross", MESSAGE_INIT("gross"), NULL),
    UNIT("CEN", "hundred", MESSAGE_INIT("hundred"), NULL),
    UNIT("MIL", "thousand", MESSAGE_INIT("thousand"), " thousands "),
    UNIT("NMP", "packs", MESSAGE_INIT("pack"), NULL),
    UNIT("RM", "reams", MESSAGE_INIT("ream"), NULL),
    UNIT("LO", "lots", MESSAGE_INIT("lot"), NULL),
    UNIT("NIU", "IU", MESSAGE_INIT("international unit"), NULL),
    UNIT("SX", "shipments", MESSAGE_INIT("shipment"), NULL),
    UNIT("E48", "services", MESSAGE_INIT("service unit"), NULL),
    UNIT("SEC", "s", MESSAGE_INIT("second"), " seconds "),
    UNIT("MIN", "min", MESSAGE_INIT("minute"), " minutes "),
    UNIT("HUR", "h", MESSAGE_INIT("hour"), " hr hrs hours "),
    UNIT("DAY", "d", MESSAGE_INIT("day"), " days "),
    UNIT("WEE", "wk", MESSAGE_INIT("week"), " weeks "),
    UNIT("MON", "mo", MESSAGE_INIT("month"), " months "),
    UNIT("ANN", "y", MESSAGE_INIT("year"), " years "),
    UNIT("WTT", "W", MESSAGE_INIT("watt"), NULL),
    UNIT("KWT", "kW", MESSAGE_INIT("kilowatt"), NULL),
    UNIT("MAW", "MW", MESSAGE_INIT("megawatt"), NULL),
    UNIT("KVA", "kVA", MESSAGE_INIT("kilovolt ampere"), NULL),
    UNIT("KWH", "kWh", MESSAGE_INIT("kilowatt hour"), NULL),
    UNIT("MWH", "MWh", MESSAGE_INIT("megawatt hour"), NULL),
    UNIT("GWH", "GWh", MESSAGE_INIT("gigawatt hour"), NULL),
    UNIT("JOU", "J", MESSAGE_INIT("joule"), NULL),
    UNIT("3B", "MJ", MESSAGE_INIT("megajoule"), NULL),
    UNIT("VLT", "V", MESSAGE_INIT("volt"), NULL),
    UNIT("AMP", "A", MESSAGE_INIT("ampere"), NULL),
    UNIT("P1", "%", MESSAGE_INIT("percent"), NULL),
};

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]), TYPED_MAXIMUM = 40 };

const Unit *unit_of_code(Text code) {
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (text_equal(code, text_of(units[i].code))) {
            return &units[i];
        }
    }
    return NULL;
}

size_t unit_count(void) {
    return UNIT_COUNT;
}

const Unit *unit_at(size_t index) {
    return &units[index];
}

Text unit_symbol(Text code) {
    const Unit *unit = unit_of_code(code);
    return unit == NULL ? code : text_of(unit->symbol);
}

/** Whether the blank-separated aliases hold the word, in either case. */
static bool among_aliases(const char *aliases, Text word) {
    Text rest = text_of(aliases);
    while (rest.size > 0) {
        if (text_equal_ignoring_case(text_cut(&rest, ' '), word) && word.size > 0) {
            return true;
        }
    }
    return false;
}

static const Unit *find_unit(Text typed) {
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (text_equal_ignoring_case(typed, text_of(units[i].code)) ||
            text_equal_ignoring_case(typed, text_of(units[i].symbol)) ||
            text_equal_ignoring_case(typed, text_of(units[i].name.english)) || among_aliases(units[i].aliases, typed)) {
            return &units[i];
        }
    }
    return NULL;
}

Status unit_read(Arena *arena, Text text, Text *ret_code) {
    Text typed = text_trim(text);
    if (text_ends_with(typed, TEXT("."))) {
        typed = text_slice(typed, 0, typed.size - 1);
    }
    if (typed.size == 0 || typed.size > TYPED_MAXIMUM) {
        return STATUS_INVALID;
    }
    const Unit *unit = find_unit(typed);
    if (unit != NULL) {
        *ret_code = text_of(unit->code);
        return STATUS_OK;
    }
    if (typed.size < 2 || typed.size > 3) {
        return STATUS_INVALID;
    }
    char code[3];
    for (size_t i = 0; i < typed.size; i++) {
        const char letter = typed.data[i];
        const bool lower = letter >= 'a' && letter <= 'z';
        if (!lower && !(letter >= 'A' && letter <= 'Z') && !(letter >= '0' && letter <= '9')) {
            return STATUS_INVALID;
        }
        code[i] = lower ? (char)(letter - 'a' + 'A') : letter;
    }
    *ret_code = arena_copy(arena, (Text){code, typed.size});
    return STATUS_OK;
}
