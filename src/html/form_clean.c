/** Reading of single values: what people and programs send, brought into the one shape in which it is stored. */
#include <assert.h>
#include <string.h>
#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "html/form_internal.h"

/** Length of the UTF-8 sequence at `at` when it is whole and valid there, else 0. */
static size_t sequence_size(Text text, size_t at) {
    for (size_t size = 1; size <= 4 && at + size <= text.size; size++) {
        if (text_is_utf8(text_slice(text, at, at + size))) {
            return size;
        }
    }
    return 0;
}

/** Shows bytes that are no UTF-8 as U+FFFD, so that the rest of what was typed can stay on the page. */
static Text replace_invalid(Arena *arena, Text text) {
    void *memory = NULL;
    if (text.size > SIZE_MAX / 4 || arena_try_allocate(arena, text.size * 3 + 1, &memory) != STATUS_OK) {
        return (Text){NULL, 0};
    }
    char *target = memory;
    size_t size = 0;
    for (size_t at = 0; at < text.size;) {
        const size_t sequence = sequence_size(text, at);
        memcpy(target + size, sequence > 0 ? text.data + at : "\xef\xbf\xbd", sequence > 0 ? sequence : 3);
        size += sequence > 0 ? sequence : 3;
        at += sequence > 0 ? sequence : 1;
    }
    return (Text){target, size};
}

/** C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of what follows. */
static bool is_forbidden(uint32_t code_point) {
    return code_point < ' ' || (code_point >= 0x7f && code_point < 0xa0) ||
           (code_point >= 0x2028 && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069) ||
           code_point == 0xfeff || (code_point & 0xfffe) == 0xfffe;
}

static bool has_forbidden(Text text, bool several_lines) {
    while (text.size > 0) {
        const uint32_t code_point = text_next_code_point(&text);
        if (is_forbidden(code_point) && !(several_lines && code_point == '\n')) {
            return true;
        }
    }
    return false;
}

/** LF for CRLF and CR where lines are allowed, a blank for a tab; NULL memory when nothing has to change. */
static Text plain_spaces(Arena *arena, Text text, bool several_lines) {
    if (text.size == 0 || (memchr(text.data, '\t', text.size) == NULL && memchr(text.data, '\r', text.size) == NULL)) {
        return text;
    }
    void *memory = NULL;
    if (arena_try_allocate(arena, text.size, &memory) != STATUS_OK) {
        return text;
    }
    char *target = memory;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char byte = text.data[i];
        if (byte == '\t') {
            target[size++] = ' ';
        } else if (byte != '\r' || !several_lines) {
            target[size++] = byte;
        } else if (i + 1 == text.size || text.data[i + 1] != '\n') {
            target[size++] = '\n';
        }
    }
    return (Text){target, size};
}

static bool is_ascii(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/** UTF-16 of valid UTF-8; false when the arena's budget is used up. */
static bool to_utf16(Arena *arena, Text text, UChar **ret_units, int32_t *ret_size) {
    void *memory = NULL;
    if (text.size > INT32_MAX / 4 || arena_try_allocate(arena, (text.size + 1) * sizeof(UChar), &memory) != STATUS_OK) {
        return false;
    }
    UErrorCode error = U_ZERO_ERROR;
    u_strFromUTF8(memory, (int32_t)text.size + 1, ret_size, text.data, (int32_t)text.size, &error);
    *ret_units = memory;
    return U_SUCCESS(error);
}

static bool to_utf8(Arena *arena, const UChar *units, int32_t size, Text *ret_text) {
    void *memory = NULL;
    if (arena_try_allocate(arena, (size_t)size * 3 + 1, &memory) != STATUS_OK) {
        return false;
    }
    UErrorCode error = U_ZERO_ERROR;
    int32_t written = 0;
    u_strToUTF8(memory, size * 3 + 1, &written, units, size, &error);
    *ret_text = (Text){memory, (size_t)written};
    return U_SUCCESS(error);
}

/** Composes: a letter typed as base and accent must be found by the letter typed as one. */
static Text normal_form_c(Arena *arena, Text text) {
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2 *normalizer = unorm2_getNFCInstance(&error);
    assert(U_SUCCESS(error));
    UChar *units = NULL;
    int32_t size = 0;
    if (!to_utf16(arena, text, &units, &size) || unorm2_isNormalized(normalizer, units, size, &error) ||
        U_FAILURE(error)) {
        return text;
    }
    void *memory = NULL;
    /* The longest composed form of a UTF-16 unit has three. */
    if (arena_try_allocate(arena, ((size_t)size * 3 + 1) * sizeof(UChar), &memory) != STATUS_OK) {
        return text;
    }
    const int32_t composed = unorm2_normalize(normalizer, units, size, memory, size * 3 + 1, &error);
    Text normal = text;
    return U_SUCCESS(error) && to_utf8(arena, memory, composed, &normal) ? normal : text;
}

Status form_clean_text(Arena *arena, Text text, bool several_lines, bool untrimmed, Text *ret_text,
                       Message *ret_error) {
    if (!text_is_utf8(text)) {
        *ret_text = replace_invalid(arena, text);
        *ret_error = MESSAGE("“{field}” has characters that cannot be read; type it again");
        return STATUS_INVALID;
    }
    Text clean = plain_spaces(arena, text, several_lines);
    clean = untrimmed ? clean : text_trim(clean);
    if (has_forbidden(clean, several_lines)) {
        *ret_text = clean;
        *ret_error = MESSAGE("“{field}” has a character that cannot be printed; type it again");
        return STATUS_INVALID;
    }
    *ret_text = is_ascii(clean) ? clean : normal_form_c(arena, clean);
    return STATUS_OK;
}

static bool is_letter_or_digit(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/** RFC 5321 Dot-string of at most 64 bytes. */
static bool is_local_part(Text local) {
    if (local.size == 0 || local.size > 64 || local.data[0] == '.' || local.data[local.size - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < local.size; i++) {
        const char byte = local.data[i];
        if (byte == '.' ? local.data[i + 1] == '.'
                        : !is_letter_or_digit(byte) && strchr("!#$%&'*+-/=?^_`{|}~", byte) == NULL) {
            return false;
        }
    }
    return true;
}

/** Two labels or more of letters, digits and inner hyphens; the last one is no number. */
static bool is_domain(Text domain) {
    if (domain.size == 0 || domain.size > 253) {
        return false;
    }
    size_t labels = 0;
    Text last = {NULL, 0};
    while (domain.size > 0) {
        last = text_cut(&domain, '.');
        if (last.size == 0 || last.size > 63 || last.data[0] == '-' || last.data[last.size - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < last.size; i++) {
            if (!is_letter_or_digit(last.data[i]) && last.data[i] != '-') {
                return false;
            }
        }
        labels++;
    }
    return labels >= 2 && last.size >= 2 && !(last.data[0] >= '0' && last.data[0] <= '9');
}

/** A domain in letters of any script as its ASCII form (UTS 46). */
static bool to_ascii_domain(Text domain, char *target, size_t capacity, size_t *ret_size) {
    UErrorCode error = U_ZERO_ERROR;
    UIDNA *idna = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES, &error);
    assert(U_SUCCESS(error));
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const int32_t size =
        uidna_nameToASCII_UTF8(idna, domain.data, (int32_t)domain.size, target, (int32_t)capacity, &info, &error);
    uidna_close(idna);
    *ret_size = (size_t)(size > 0 ? size : 0);
    return U_SUCCESS(error) && info.errors == 0 && *ret_size <= capacity;
}

Status form_read_email(Arena *arena, Text text, Text *ret_email) {
    size_t at = 0;
    if (text.size > 320 || !text_find(text, TEXT("@"), &at)) {
        return STATUS_INVALID;
    }
    const Text local = text_slice(text, 0, at), domain = text_slice(text, at + 1, text.size);
    char ascii[256];
    size_t size = 0;
    if (domain.size == 0 || domain.data[domain.size - 1] == '.' ||
        !to_ascii_domain(domain, ascii, sizeof ascii, &size)) {
        return STATUS_INVALID;
    }
    if (!is_local_part(local) || !is_domain((Text){ascii, size}) || at + 1 + size > 254) {
        return STATUS_INVALID;
    }
    *ret_email = arena_format(arena, "%.*s@%.*s", TEXT_ARG(local), (int)size, ascii);
    return STATUS_OK;
}

static bool all_digits(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

Status form_read_decimal(Arena *arena, Text text, Text *ret_decimal) {
    size_t point = text.size;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.' || text.data[i] == ',') {
            point = i;
            break;
        }
    }
    Text whole = text_slice(text, 0, point), fraction = text_slice(text, point + 1, text.size);
    char digits[40];
    size_t count = 0;
    for (size_t i = 0; i < whole.size && count < sizeof digits; i++) {
        /* "12 000" is how half of the world writes it. */
        if (whole.data[i] != ' ') {
            digits[count++] = whole.data[i];
        }
    }
    whole = (Text){digits, count};
    if (whole.size + fraction.size == 0 || !all_digits(whole) || !all_digits(fraction)) {
        return STATUS_INVALID;
    }
    if (point < text.size && text.data[point] == ',' && fraction.size == 3 && whole.size <= 3 && whole.size > 0 &&
        whole.data[0] != '0') {
        return STATUS_CONFLICT; /* "18,000": eighteen, or eighteen thousand? */
    }
    while (whole.size > 0 && whole.data[0] == '0') {
        whole = text_slice(whole, 1, whole.size);
    }
    while (fraction.size > 0 && fraction.data[fraction.size - 1] == '0') {
        fraction = text_slice(fraction, 0, fraction.size - 1);
    }
    if (whole.size > 12 || fraction.size > 6) {
        return STATUS_TOO_LARGE;
    }
    whole = whole.size == 0 ? TEXT("0") : whole;
    *ret_decimal = fraction.size == 0 ? arena_copy(arena, whole)
                                      : arena_format(arena, "%.*s.%.*s", TEXT_ARG(whole), TEXT_ARG(fraction));
    return STATUS_OK;
}

Status form_read_hs_code(Arena *arena, Text text, Text *ret_code) {
    char digits[10];
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char byte = text.data[i];
        if (byte == '.' || byte == ' ') {
            continue;
        }
        if (byte < '0' || byte > '9' || count == sizeof digits) {
            return STATUS_INVALID;
        }
        digits[count++] = byte;
    }
    /* Chapters run from 01; 77 is kept free by the World Customs Organization. */
    if (count < 4 || count % 2 != 0 || memcmp(digits, "00", 2) == 0 || memcmp(digits, "77", 2) == 0) {
        return STATUS_INVALID;
    }
    *ret_code = arena_copy(arena, (Text){digits, count});
    return STATUS_OK;
}
