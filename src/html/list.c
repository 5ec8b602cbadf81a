/** Case folding and LIKE patterns of searches; lines of CSV. */
#include "html/list.h"

#include <string.h>
#include <unicode/ucasemap.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

Text search_folded(Arena *arena, Text text) {
    UErrorCode error = U_ZERO_ERROR;
    UCaseMap *map = ucasemap_open("", U_FOLD_CASE_DEFAULT, &error);
    if (U_FAILURE(error)) {
        return text;
    }
    const size_t room = text.size * 3 + 1; /* folding makes no UTF-8 text longer than that */
    char *folded = arena_allocate(arena, room);
    const int32_t size = ucasemap_utf8FoldCase(map, folded, (int32_t)room, text.data == NULL ? "" : text.data,
                                               (int32_t)text.size, &error);
    ucasemap_close(map);
    return U_FAILURE(error) ? text : (Text){folded, (size_t)size};
}

Text sort_key(Arena *arena, Text text) {
    UErrorCode error = U_ZERO_ERROR;
    UCollator *collator = ucol_open("", &error);
    UChar *letters = arena_new_array(arena, UChar, text.size + 1); /* UTF-16 has no more units than UTF-8 has bytes */
    int32_t size = 0;
    u_strFromUTF8(letters, (int32_t)text.size, &size, text.data == NULL ? "" : text.data, (int32_t)text.size, &error);
    if (U_FAILURE(error)) {
        ucol_close(collator);
        return text;
    }
    const int32_t room = ucol_getSortKey(collator, letters, size, NULL, 0);
    uint8_t *key = arena_allocate(arena, (size_t)room);
    (void)ucol_getSortKey(collator, letters, size, key, room);
    ucol_close(collator);
    return (Text){(const char *)key, room > 0 ? (size_t)room - 1 : 0}; /* without the NUL */
}

Text search_pattern(Arena *arena, Text words) {
    const Text folded = search_folded(arena, text_trim(words));
    if (folded.size == 0) {
        return folded;
    }
    Buffer pattern = buffer_make(arena, folded.size * 2 + 2);
    buffer_append_byte(&pattern, '%');
    for (size_t i = 0; i < folded.size; i++) {
        if (folded.data[i] == '%' || folded.data[i] == '_' || folded.data[i] == '\\') {
            buffer_append_byte(&pattern, '\\');
        }
        buffer_append_byte(&pattern, folded.data[i]);
    }
    buffer_append_byte(&pattern, '%');
    return (Text){pattern.data, pattern.size};
}

/* "-12.5" is a number for a spreadsheet and nothing else. */
static bool is_number(Text cell) {
    size_t digits = 0, points = 0;
    for (size_t i = cell.size > 0 && (cell.data[0] == '-' || cell.data[0] == '+') ? 1 : 0; i < cell.size; i++) {
        digits += cell.data[i] >= '0' && cell.data[i] <= '9';
        points += cell.data[i] == '.';
        if (cell.data[i] != '.' && (cell.data[i] < '0' || cell.data[i] > '9')) {
            return false;
        }
    }
    return digits > 0 && points <= 1;
}

static bool is_formula(Text cell) {
    return cell.size > 0 && strchr("=+-@\t\r\n", cell.data[0]) != NULL && !is_number(cell);
}

static bool needs_quotes(Text cell) {
    for (size_t i = 0; i < cell.size; i++) {
        if (strchr("\",;\r\n\t", cell.data[i]) != NULL) {
            return true;
        }
    }
    return cell.size > 0 && (cell.data[0] == ' ' || cell.data[cell.size - 1] == ' ');
}

static void csv_cell(Buffer *buffer, Text cell) {
    const bool quoted = needs_quotes(cell);
    if (quoted) {
        buffer_append_byte(buffer, '"');
    }
    if (is_formula(cell)) {
        buffer_append_byte(buffer, '\'');
    }
    for (size_t i = 0; i < cell.size; i++) {
        if (cell.data[i] == '"') {
            buffer_append_byte(buffer, '"');
        }
        buffer_append_byte(buffer, cell.data[i]);
    }
    if (quoted) {
        buffer_append_byte(buffer, '"');
    }
}

void csv_line(Buffer *buffer, const Text *cells, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buffer_append_byte(buffer, ',');
        }
        csv_cell(buffer, cells[i]);
    }
    buffer_append(buffer, TEXT("\r\n"));
}

void csv_begin(Buffer *buffer) {
    buffer_append(buffer, TEXT("\xEF\xBB\xBF"));
}
