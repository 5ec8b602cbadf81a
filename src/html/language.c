/** The languages of this build, and which of them a reader wants. */
#include "html/language.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static Language languages[LANGUAGES_MAXIMUM] = {{.tag = TEXT_INIT("en"), .name = TEXT_INIT("English")}};
static size_t languages_known = 1;
static pthread_once_t languages_listed = PTHREAD_ONCE_INIT;

static void list_languages(void) {
    for (size_t i = 0; i < catalogue_count; i++) {
        const Catalogue *catalogue = catalogues[i];
        if (strcmp(catalogue->tag, "en") == 0) {
            continue;
        }
        assert(languages_known < LANGUAGES_MAXIMUM);
        Language *language = &languages[languages_known++];
        language->tag = text_of(catalogue->tag);
        language->name = text_of(catalogue->name);
        language->right_to_left = catalogue->right_to_left;
        language->catalogue = catalogue;
    }
}

size_t language_count(void) {
    const int failure = pthread_once(&languages_listed, list_languages);
    assert(failure == 0);
    return languages_known;
}

const Language *language_at(size_t index) {
    assert(index < language_count());
    return &languages[index];
}

const Language *language_english(void) {
    return &languages[0];
}

const Language *language_of_tag(Text tag) {
    for (size_t i = 0; i < language_count(); i++) {
        if (text_equal_ignoring_case(languages[i].tag, tag)) {
            return &languages[i];
        }
    }
    return NULL;
}

Text language_tag(const Language *language) {
    return language->tag;
}

Text language_name(const Language *language) {
    return language->name;
}

bool language_is_right_to_left(const Language *language) {
    return language->right_to_left;
}

/** One range of Accept-Language with its weight in thousandths. */
typedef struct LanguageRange {
    Text tag;
    int weight;
} LanguageRange;

enum { RANGES_MAXIMUM = 24 };

/** "q=0.8" as 800; a weight that cannot be read counts as 0. */
static int read_weight(Text parameter) {
    const Text text = text_trim(parameter);
    if (!text_starts_with(text, TEXT("q=")) && !text_starts_with(text, TEXT("Q="))) {
        return 1000;
    }
    const Text number = text_slice(text, 2, text.size);
    if (number.size == 0 || number.size > 5 || (number.data[0] != '0' && number.data[0] != '1')) {
        return 0;
    }
    int weight = (number.data[0] - '0') * 1000, place = 100;
    for (size_t i = 2; i < number.size; i++, place /= 10) {
        if (number.data[1] != '.' || number.data[i] < '0' || number.data[i] > '9') {
            return 0;
        }
        weight += (number.data[i] - '0') * place;
    }
    return weight > 1000 ? 1000 : weight;
}

/** Reads the header into ranges, the heaviest first, equals in the header's order. */
static size_t read_ranges(Text header, LanguageRange ranges[RANGES_MAXIMUM]) {
    size_t count = 0;
    while (header.size > 0 && count < RANGES_MAXIMUM) {
        Text parameters = text_cut(&header, ',');
        const Text tag = text_trim(text_cut(&parameters, ';'));
        const int weight = read_weight(parameters);
        if (tag.size == 0 || tag.size > 35 || weight == 0) {
            continue;
        }
        size_t place = count++;
        for (; place > 0 && ranges[place - 1].weight < weight; place--) {
            ranges[place] = ranges[place - 1];
        }
        ranges[place] = (LanguageRange){tag, weight};
    }
    return count;
}

static const Language *find_offered(Text tag, Text offered, bool primary_only) {
    while (offered.size > 0) {
        const Text candidate = text_cut(&offered, ' ');
        Text primary = candidate;
        primary = text_cut(&primary, '-');
        if (text_equal_ignoring_case(primary_only ? primary : candidate, tag)) {
            const Language *language = language_of_tag(candidate);
            if (language != NULL) {
                return language;
            }
        }
    }
    return NULL;
}

/** RFC 4647 section 3.4: the range, then shorter and shorter; last, any variety of the same language, since browsers
 * name Chinese by region and catalogues by script. */
static const Language *look_up(Text range, Text offered) {
    Text tag = range;
    for (;;) {
        const Language *language = find_offered(tag, offered, false);
        if (language != NULL) {
            return language;
        }
        size_t end = tag.size;
        while (end > 0 && tag.data[end - 1] != '-') {
            end--;
        }
        if (end == 0) {
            return find_offered(tag, offered, true);
        }
        end--;
        /* A single letter before the cut ("zh-x") goes with it. */
        if (end >= 2 && tag.data[end - 2] == '-') {
            end -= 2;
        }
        tag = text_slice(tag, 0, end);
    }
}

const Language *language_negotiate(Text accept_language, Text offered) {
    LanguageRange ranges[RANGES_MAXIMUM];
    const size_t count = read_ranges(accept_language, ranges);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(ranges[i].tag, TEXT("*"))) {
            break;
        }
        const Language *language = look_up(ranges[i].tag, offered);
        if (language != NULL) {
            return language;
        }
    }
    return language_english();
}
