/** Settings: what the numbers of documents look like. */
#include <string.h>

#include "capabilities/chambers/chambers_settings.h"
#include "capabilities/documents/documents.h"

enum { SHAPE_YEAR = 2026 };

static const char name[] = "ChamberNumberingForm";

static size_t count_of(Text pattern, Text hole) {
    size_t count = 0, at = 0;
    while (text_find(pattern, hole, &at)) {
        count++;
        pattern = text_slice(pattern, at + hole.size, pattern.size);
    }
    return count;
}

/* Only letters, digits, hyphens and the four holes: a number is read aloud, typed, and stands in addresses. */
static bool is_pattern(Text pattern) {
    static const char *const holes[] = {"{code}", "{series}", "{year}", "{number}"};
    while (pattern.size > 0) {
        size_t size =
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", pattern.data[0]) != NULL;
        for (size_t i = 0; i < sizeof holes / sizeof holes[0] && size == 0; i++) {
            size = text_starts_with(pattern, text_of(holes[i])) ? strlen(holes[i]) : 0;
        }
        if (size == 0) {
            return false;
        }
        pattern = text_slice(pattern, size, pattern.size);
    }
    return true;
}

Message chambers_pattern_refusal(Text pattern) {
    size_t at = 0;
    if (!is_pattern(pattern)) {
        return MESSAGE("Use only letters, digits, hyphens, and code, series, year and number in braces");
    }
    if (count_of(pattern, TEXT("{year}")) != 1 || count_of(pattern, TEXT("{number}")) != 1) {
        return MESSAGE("The year and the number must each be in it once, in braces");
    }
    (void)text_find(pattern, TEXT("{number}"), &at);
    if (at > 0 && pattern.data[at - 1] != '-') {
        return MESSAGE("Put a hyphen in front of the number, so that two series can never get the same one");
    }
    return NO_MESSAGE;
}

static void check_numbering(const Form *form, FormValues *values, const void *bound) {
    (void)bound;
    for (size_t i = 0; i < form->count; i++) {
        const Message refusal = chambers_pattern_refusal(values->items[i].text);
        if (refusal.english != NULL) {
            form_error(values, form->fields[i].name, refusal);
        }
        size_t at = 0;
        for (size_t k = 0; k < i && !text_find(values->items[i].text, TEXT("{series}"), &at); k++) {
            if (text_equal(values->items[k].text, values->items[i].text)) {
                form_error(
                    values, form->fields[i].name,
                    MESSAGE("Another kind of document would get the same numbers. Put the series into the pattern"));
            }
        }
    }
}

static Form *make_form(Arena *arena) {
    const DocumentSeriesList series = documents_series(arena);
    Field *fields = arena_new_array(arena, Field, series.count + 1);
    for (size_t i = 0; i < series.count; i++) {
        fields[i] = (Field){.name = arena_format(arena, "series_%zu", i).data,
                            .kind = FIELD_TEXT,
                            .label = series.items[i].title,
                            .missing = MESSAGE("Enter how its numbers are formed"),
                            .required = true,
                            .limit = 60};
    }
    Form *form = arena_new(arena, Form);
    *form = (Form){.name = name, .fields = fields, .count = series.count, .rule = check_numbering};
    return form;
}

Status chambers_numbering_form(Request *request, const Form **ret_form) {
    *ret_form = make_form(request->arena);
    return STATUS_OK;
}

/* The pattern of each series, as it holds now. */
static Status read_patterns(Request *request, const DocumentSeriesList *series, Text **ret_patterns) {
    ChambersNumberingRows rows = {0};
    TRY(chambers_numberings(request->connection, request->arena, request->chamber.id, &rows));
    Text *patterns = arena_new_array(request->arena, Text, series->count + 1);
    for (size_t i = 0; i < series->count; i++) {
        patterns[i] = series->items[i].pattern;
        for (size_t k = 0; k < rows.count; k++) {
            patterns[i] = text_equal(rows.items[k].series, series->items[i].name) ? rows.items[k].pattern : patterns[i];
        }
    }
    *ret_patterns = patterns;
    return STATUS_OK;
}

Status chambers_numbering_values(Request *request, const FormValues **ret_values, ChambersSeriesLines *ret_series) {
    const DocumentSeriesList series = documents_series(request->arena);
    const Form *form = make_form(request->arena);
    ChambersCountersRows counters = {0};
    Text *patterns = NULL;
    int year = 0, month = 0, day = 0;
    time_date(request->now, &year, &month, &day);
    TRY(read_patterns(request, &series, &patterns));
    TRY(chambers_counters(request->connection, request->arena, request->chamber.id, year, &counters));
    ChambersSeriesLine *items = arena_new_array(request->arena, ChambersSeriesLine, series.count + 1);
    FormValues *values = form_empty(request->arena, form);
    for (size_t i = 0; i < series.count; i++) {
        int64_t last = 0;
        for (size_t k = 0; k < counters.count; k++) {
            last = text_equal(counters.items[k].series, series.items[i].name) ? counters.items[k].last_number : last;
        }
        values->items[i].text = patterns[i];
        items[i] = (ChambersSeriesLine){series.items[i].title,
                                        chambers_fill_pattern(request->arena, patterns[i], request->chamber.code,
                                                              series.items[i].name, year, last + 1)};
    }
    const FormValues *again = request_values_or(request, form, NULL);
    *ret_values = again == request_values(request) ? again : values;
    *ret_series = (ChambersSeriesLines){items, series.count};
    return STATUS_OK;
}

/* Two series that look alike, now or at any time before, would give two documents one number. */
static Status keep_shape(Request *request, const DocumentSeries *series, Text pattern, bool *ret_free) {
    ChambersShapeOfRow owner = {0};
    const Text shape =
        chambers_fill_pattern(request->arena, pattern, request->chamber.code, series->name, SHAPE_YEAR, 1);
    TRY(chambers_keep_shape(request->connection, request->chamber.id, shape, series->name));
    TRY(chambers_shape_of(request->connection, request->arena, request->chamber.id, shape, &owner));
    *ret_free = text_equal(owner.series, series->name);
    return STATUS_OK;
}

Status chambers_numbering_submit(Request *request) {
    const DocumentSeriesList series = documents_series(request->arena);
    const FormValues *values = request_values(request);
    Buffer words = buffer_make(request->arena, 4000);
    Text *patterns = NULL;
    bool is_free = false;
    TRY(read_patterns(request, &series, &patterns));
    for (size_t i = 0; i < series.count; i++) { /* those that hold now come first: they are taken */
        TRY(keep_shape(request, &series.items[i], patterns[i], &is_free));
    }
    for (size_t i = 0; i < series.count; i++) {
        const Text pattern = values->items[i].text;
        TRY(keep_shape(request, &series.items[i], pattern, &is_free));
        if (!is_free) {
            return refuse_field(request, values->form->fields[i].name,
                                MESSAGE("Other documents have or had such numbers. Choose another form"));
        }
        chambers_note_change(&words, arena_c_string(request->arena, series.items[i].name), patterns[i], pattern);
        TRY(chambers_set_numbering(request->connection, request->chamber.id, series.items[i].name, pattern));
    }
    TRY(chambers_settings_audit(request, "chambers.numbering", &words));
    notice(request, MESSAGE("Saved."));
    return redirect(request, "/chamber");
}
