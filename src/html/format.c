/** Numbers, dates, durations and country names in a language's manner. ICU is asked once for each language; what it
 * says is kept. */
#include "html/format.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/uldnames.h>
#include <unicode/unum.h>
#include <unicode/unumberformatter.h>
#include <unicode/ustring.h>

#include "base/clock.h"
#include "html/language.h"

enum { SYMBOL_SIZE = 24, PATTERN_SIZE = 96, MONTH_SIZE = 48, AGE_UNITS = 6, FORMATS_BUDGET = 4 << 20 };

/** What one language's formats need. Written once, then only read, so that all threads share it. */
typedef struct LanguageFormats {
    Arena *arena;
    char locale[64];
    char digits[10][8];
    char group[SYMBOL_SIZE], decimal[SYMBOL_SIZE], minus[SYMBOL_SIZE];
    size_t primary_group, secondary_group, minimum_group;
    char date[PATTERN_SIZE]; /**< in the letters of UTS 35 */
    char glue[PATTERN_SIZE]; /**< "{1}, {0}": date is {1}, time is {0} */
    char months[12][MONTH_SIZE], standalone_months[12][MONTH_SIZE];
    UNumberFormatter *ages[AGE_UNITS];
    CountryNames countries;
} LanguageFormats;

static pthread_mutex_t formats_lock = PTHREAD_MUTEX_INITIALIZER;

/** UTF-16 to a NUL-ended field; an asserted fit, because ICU's own short texts go in. */
static void keep(char *target, size_t capacity, const UChar *text, int32_t size) {
    UErrorCode error = U_ZERO_ERROR;
    int32_t written = 0;
    u_strToUTF8(target, (int32_t)capacity - 1, &written, text, size, &error);
    assert(U_SUCCESS(error));
    target[written] = '\0';
}

static void read_symbol(const UNumberFormat *format, UNumberFormatSymbol symbol, char *target, size_t capacity) {
    UChar text[SYMBOL_SIZE];
    UErrorCode error = U_ZERO_ERROR;
    const int32_t size = unum_getSymbol(format, symbol, text, SYMBOL_SIZE, &error);
    assert(U_SUCCESS(error));
    keep(target, capacity, text, size);
}

/** Some languages write 1234 without a separator, but 12.345 with one. Only the newer of ICU's formatters knows. */
static bool groups_early(const char *locale) {
    UErrorCode error = U_ZERO_ERROR;
    UNumberFormatter *formatter = unumf_openForSkeletonAndLocale(u"", 0, locale, &error);
    UFormattedNumber *number = unumf_openResult(&error);
    UChar text[SYMBOL_SIZE];
    unumf_formatInt(formatter, 1234, number, &error);
    const int32_t size = unumf_resultToString(number, text, SYMBOL_SIZE, &error);
    assert(U_SUCCESS(error));
    unumf_closeResult(number);
    unumf_close(formatter);
    return size > 4;
}

static void read_number_symbols(LanguageFormats *formats) {
    UErrorCode error = U_ZERO_ERROR;
    UNumberFormat *format = unum_open(UNUM_DECIMAL, NULL, 0, formats->locale, NULL, &error);
    assert(U_SUCCESS(error));
    read_symbol(format, UNUM_ZERO_DIGIT_SYMBOL, formats->digits[0], sizeof formats->digits[0]);
    for (int digit = 1; digit < 10; digit++) {
        read_symbol(format, (UNumberFormatSymbol)(UNUM_ONE_DIGIT_SYMBOL + digit - 1), formats->digits[digit],
                    sizeof formats->digits[0]);
    }
    read_symbol(format, UNUM_GROUPING_SEPARATOR_SYMBOL, formats->group, sizeof formats->group);
    read_symbol(format, UNUM_DECIMAL_SEPARATOR_SYMBOL, formats->decimal, sizeof formats->decimal);
    read_symbol(format, UNUM_MINUS_SIGN_SYMBOL, formats->minus, sizeof formats->minus);
    const int32_t primary = unum_getAttribute(format, UNUM_GROUPING_SIZE);
    const int32_t secondary = unum_getAttribute(format, UNUM_SECONDARY_GROUPING_SIZE);
    formats->primary_group = primary > 0 ? (size_t)primary : 3;
    formats->secondary_group = secondary > 0 ? (size_t)secondary : formats->primary_group;
    formats->minimum_group = groups_early(formats->locale) ? 1 : 2;
    unum_close(format);
}

static void read_months(const UDateFormat *format, UDateFormatSymbolType type, char months[12][MONTH_SIZE]) {
    for (int month = 0; month < 12; month++) {
        UChar text[MONTH_SIZE];
        UErrorCode error = U_ZERO_ERROR;
        const int32_t size = udat_getSymbols(format, type, month, text, MONTH_SIZE, &error);
        assert(U_SUCCESS(error));
        keep(months[month], MONTH_SIZE, text, size);
    }
}

/** Whether a pattern has only parts that add_date_part knows. */
static bool pattern_is_known(const char *pattern) {
    bool quoted = false;
    for (; *pattern != '\0'; pattern++) {
        quoted = *pattern == '\'' ? !quoted : quoted;
        const bool letter = (*pattern >= 'a' && *pattern <= 'z') || (*pattern >= 'A' && *pattern <= 'Z');
        if (!quoted && letter && strchr("yMLd", *pattern) == NULL) {
            return false;
        }
    }
    return true;
}

/** The language's long date; what its parts say without era or weekday where it has those; else ISO 8601. */
static void read_date_patterns(LanguageFormats *formats) {
    UErrorCode error = U_ZERO_ERROR;
    UChar pattern[PATTERN_SIZE / 3];
    UDateFormat *format = udat_open(UDAT_NONE, UDAT_LONG, formats->locale, u"UTC", -1, NULL, 0, &error);
    UDateTimePatternGenerator *generator = udatpg_open(formats->locale, &error);
    assert(U_SUCCESS(error));
    int32_t size = udat_toPattern(format, false, pattern, PATTERN_SIZE / 3, &error);
    keep(formats->date, sizeof formats->date, pattern, size);
    if (!pattern_is_known(formats->date)) {
        size = udatpg_getBestPattern(generator, u"yMMMMd", 6, pattern, PATTERN_SIZE / 3, &error);
        keep(formats->date, sizeof formats->date, pattern, size);
    }
    if (!pattern_is_known(formats->date)) {
        keep(formats->date, sizeof formats->date, u"y-MM-dd", 7);
    }
    const UChar *glue = udatpg_getDateTimeFormatForStyle(generator, UDAT_MEDIUM, &size, &error);
    assert(U_SUCCESS(error));
    keep(formats->glue, sizeof formats->glue, glue, size);
    read_months(format, UDAT_MONTHS, formats->months);
    read_months(format, UDAT_STANDALONE_MONTHS, formats->standalone_months);
    udatpg_close(generator);
    udat_close(format);
}

static void open_ages(LanguageFormats *formats) {
    static const UChar *const skeletons[AGE_UNITS] = {
        u"measure-unit/duration-second unit-width-full-name", u"measure-unit/duration-minute unit-width-full-name",
        u"measure-unit/duration-hour unit-width-full-name",   u"measure-unit/duration-day unit-width-full-name",
        u"measure-unit/duration-month unit-width-full-name",  u"measure-unit/duration-year unit-width-full-name",
    };
    for (size_t i = 0; i < AGE_UNITS; i++) {
        UErrorCode error = U_ZERO_ERROR;
        formats->ages[i] = unumf_openForSkeletonAndLocale(skeletons[i], -1, formats->locale, &error);
        assert(U_SUCCESS(error));
    }
}

/** A country with what sorts it in the language. */
typedef struct SortedCountry {
    CountryName country;
    uint8_t key[96];
} SortedCountry;

static int compare_countries(const void *a, const void *b) {
    return memcmp(((const SortedCountry *)a)->key, ((const SortedCountry *)b)->key,
                  sizeof((const SortedCountry *)a)->key);
}

/** ICU lists some territories that ISO 3166-1 does not have, so no document may name them. Kosovo's XK, which it does
 * not have either, is in trade use and stays. */
static bool is_country(const char *code) {
    static const char *const others[] = {"DG", "EA", "IC"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(code, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void read_countries(LanguageFormats *formats) {
    UErrorCode error = U_ZERO_ERROR;
    ULocaleDisplayNames *names = uldn_open(formats->locale, ULDN_STANDARD_NAMES, &error);
    UCollator *collator = ucol_open(formats->locale, &error);
    assert(U_SUCCESS(error));
    size_t count = 0;
    static const size_t room = 320;
    Arena *scratch = arena_open(FORMATS_BUDGET);
    SortedCountry *sorted = arena_new_array(scratch, SortedCountry, room);
    for (const char *const *code = uloc_getISOCountries(); *code != NULL && count < room; code++) {
        UChar name[128];
        char text[384];
        if (!is_country(*code)) {
            continue;
        }
        error = U_ZERO_ERROR;
        const int32_t size = uldn_regionDisplayName(names, *code, name, 128, &error);
        assert(U_SUCCESS(error));
        keep(text, sizeof text, name, size);
        SortedCountry *entry = &sorted[count++];
        entry->country = (CountryName){{(*code)[0], (*code)[1]}, arena_copy(formats->arena, text_of(text))};
        (void)ucol_getSortKey(collator, name, size, entry->key, sizeof entry->key);
    }
    qsort(sorted, count, sizeof *sorted, compare_countries);
    CountryName *items = arena_new_array(formats->arena, CountryName, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = sorted[i].country;
    }
    formats->countries = (CountryNames){items, count};
    arena_close(scratch);
    ucol_close(collator);
    uldn_close(names);
}

static LanguageFormats *make_formats(const Language *language) {
    Arena *arena = arena_open(FORMATS_BUDGET);
    LanguageFormats *formats = arena_new(arena, LanguageFormats);
    formats->arena = arena;
    /* English here is international English: the day before the month, as trade documents write it. */
    const Text tag = text_equal(language->tag, TEXT("en")) ? TEXT("en-GB") : language->tag;
    const Text full = arena_format(arena, "%.*s-u-ca-gregory", TEXT_ARG(tag));
    UErrorCode error = U_ZERO_ERROR;
    (void)uloc_forLanguageTag(full.data, formats->locale, sizeof formats->locale, NULL, &error);
    assert(U_SUCCESS(error));
    read_number_symbols(formats);
    read_date_patterns(formats);
    open_ages(formats);
    read_countries(formats);
    return formats;
}

static const LanguageFormats *formats_of(const Language *language) {
    LanguageFormats *formats = atomic_load_explicit(&language->formats, memory_order_acquire);
    if (formats == NULL) {
        pthread_mutex_lock(&formats_lock);
        formats = atomic_load(&language->formats);
        if (formats == NULL) {
            formats = make_formats(language);
            /* Languages are our own table; only their cache changes behind the const. */
            atomic_store_explicit(&((Language *)(uintptr_t)language)->formats, formats, memory_order_release);
        }
        pthread_mutex_unlock(&formats_lock);
    }
    return formats;
}

/** A short text being put together. What would not fit is cut, at the end of a whole piece. */
typedef struct Pieces {
    char bytes[256];
    size_t size;
} Pieces;

static void add_bytes(Pieces *pieces, const char *bytes, size_t size) {
    if (size <= sizeof pieces->bytes - pieces->size) {
        memcpy(pieces->bytes + pieces->size, bytes, size);
        pieces->size += size;
    }
}

static void add(Pieces *pieces, const char *text) {
    add_bytes(pieces, text, strlen(text));
}

static Text pieces_text(Arena *arena, const Pieces *pieces) {
    return arena_copy(arena, (Text){pieces->bytes, pieces->size});
}

/** ASCII digits in groups, with the language's digits. */
static void add_grouped(Pieces *pieces, const LanguageFormats *formats, const char *digits, size_t count) {
    const bool grouped = count >= formats->primary_group + formats->minimum_group;
    for (size_t i = 0; i < count; i++) {
        const size_t left = count - i;
        if (grouped && i > 0 && left >= formats->primary_group &&
            (left - formats->primary_group) % formats->secondary_group == 0) {
            add(pieces, formats->group);
        }
        add(pieces, formats->digits[digits[i] - '0']);
    }
}

/** A number without grouping, at least `width` digits. */
static void add_number(Pieces *pieces, const LanguageFormats *formats, int number, int width) {
    char digits[16];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while ((number > 0 || count < width) && count < 16);
    while (count > 0) {
        add(pieces, formats->digits[digits[--count] - '0']);
    }
}

Text format_number(Arena *arena, const Language *language, int64_t number) {
    const LanguageFormats *formats = formats_of(language);
    Pieces pieces = {.size = 0};
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        add(&pieces, formats->minus);
    }
    add_grouped(&pieces, formats, digits + at, sizeof digits - at);
    return pieces_text(arena, &pieces);
}

/** Digits, at most 18, with at most one point and a sign in front. */
static bool is_decimal(Text text) {
    size_t digits = 0, points = 0;
    for (size_t i = text.size > 0 && text.data[0] == '-' ? 1 : 0; i < text.size; i++) {
        if (text.data[i] == '.') {
            points++;
        } else if (text.data[i] >= '0' && text.data[i] <= '9') {
            digits++;
        } else {
            return false;
        }
    }
    return digits > 0 && digits <= 18 && points <= 1;
}

Text format_decimal(Arena *arena, const Language *language, Text decimal) {
    if (!is_decimal(decimal)) {
        return decimal;
    }
    const LanguageFormats *formats = formats_of(language);
    Pieces pieces = {.size = 0};
    Text whole = decimal, fraction = decimal;
    whole = text_cut(&fraction, '.');
    if (text_starts_with(whole, TEXT("-"))) {
        add(&pieces, formats->minus);
        whole = text_slice(whole, 1, whole.size);
    }
    add_grouped(&pieces, formats, whole.data, whole.size);
    for (size_t i = 0; i < fraction.size; i++) {
        add(&pieces, i == 0 ? formats->decimal : "");
        add(&pieces, formats->digits[fraction.data[i] - '0']);
    }
    return pieces_text(arena, &pieces);
}

/** One letter of the pattern, `run` times, as UTS 35 reads it. */
static void add_date_part(Pieces *pieces, const LanguageFormats *formats, char letter, int run, const int date[3]) {
    switch (letter) {
    case 'y':
        add_number(pieces, formats, date[0], 1);
        break;
    case 'M':
    case 'L':
        if (run >= 3) {
            add(pieces, (letter == 'M' ? formats->months : formats->standalone_months)[date[1] - 1]);
        } else {
            add_number(pieces, formats, date[1], run);
        }
        break;
    case 'd':
        add_number(pieces, formats, date[2], run);
        break;
    default:
        assert(false && "pattern_is_known lets no other letter pass");
    }
}

static void add_date(Pieces *pieces, const LanguageFormats *formats, Time time) {
    int date[3] = {0, 0, 0};
    time_date(time, &date[0], &date[1], &date[2]);
    const char *pattern = formats->date;
    for (size_t i = 0; pattern[i] != '\0';) {
        const char letter = pattern[i];
        if (letter == '\'') {
            const char *end = strchr(pattern + i + 1, '\'');
            assert(end != NULL);
            const size_t size = (size_t)(end - (pattern + i + 1));
            add_bytes(pieces, size == 0 ? "'" : pattern + i + 1, size == 0 ? 1 : size);
            i += size + 2;
        } else if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) {
            int run = 1;
            while (pattern[i + (size_t)run] == letter) {
                run++;
            }
            add_date_part(pieces, formats, letter, run, date);
            i += (size_t)run;
        } else {
            add_bytes(pieces, pattern + i, 1);
            i++;
        }
    }
}

Text format_date(Arena *arena, const Language *language, Time time) {
    Pieces pieces = {.size = 0};
    add_date(&pieces, formats_of(language), time);
    return pieces_text(arena, &pieces);
}

Text format_moment(Arena *arena, const Language *language, Time time) {
    const LanguageFormats *formats = formats_of(language);
    Pieces pieces = {.size = 0};
    int64_t in_day = time.microseconds % TIME_DAY;
    in_day += in_day < 0 ? TIME_DAY : 0;
    for (const char *glue = formats->glue; *glue != '\0'; glue++) {
        if (strncmp(glue, "{1}", 3) == 0) {
            add_date(&pieces, formats, time);
            glue += 2;
        } else if (strncmp(glue, "{0}", 3) == 0) {
            add_number(&pieces, formats, (int)(in_day / TIME_HOUR), 2);
            add(&pieces, ":");
            add_number(&pieces, formats, (int)(in_day / TIME_MINUTE % 60), 2);
            add(&pieces, " UTC");
            glue += 2;
        } else if (*glue != '\'') {
            add_bytes(&pieces, glue, 1);
        }
    }
    return pieces_text(arena, &pieces);
}

Text format_age(Arena *arena, const Language *language, int64_t microseconds) {
    /* Months and years begin late: "45 days" says more than "1 month". */
    static const int64_t units[AGE_UNITS] = {TIME_SECOND, TIME_MINUTE,   TIME_HOUR,
                                             TIME_DAY,    30 * TIME_DAY, 365 * TIME_DAY};
    static const int64_t starts[AGE_UNITS] = {0, TIME_MINUTE, TIME_HOUR, TIME_DAY, 60 * TIME_DAY, 730 * TIME_DAY};
    const int64_t age = microseconds < 0 ? (microseconds == INT64_MIN ? INT64_MAX : -microseconds) : microseconds;
    size_t unit = AGE_UNITS - 1;
    while (unit > 0 && age < starts[unit]) {
        unit--;
    }
    UErrorCode error = U_ZERO_ERROR;
    UFormattedNumber *number = unumf_openResult(&error);
    UChar text[96];
    unumf_formatInt(formats_of(language)->ages[unit], age / units[unit], number, &error);
    const int32_t size = unumf_resultToString(number, text, 96, &error);
    unumf_closeResult(number);
    assert(U_SUCCESS(error));
    char utf8[288];
    keep(utf8, sizeof utf8, text, size);
    return arena_copy(arena, text_of(utf8));
}

const CountryNames *format_countries(const Language *language) {
    return &formats_of(language)->countries;
}

Text format_country(Arena *arena, const Language *language, Text alpha_2) {
    (void)arena;
    const CountryNames *names = format_countries(language);
    for (size_t i = 0; i < names->count && alpha_2.size == 2; i++) {
        if (memcmp(names->items[i].code, alpha_2.data, 2) == 0) {
            return names->items[i].name;
        }
    }
    return alpha_2;
}
