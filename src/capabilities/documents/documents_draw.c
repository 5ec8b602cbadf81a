/** From an application's values to the finished texts of its printed form. */
#include "capabilities/documents/documents_draw.h"

#include "capabilities/documents/documents_content.h"

/** What a hole's lookup works on; finished texts live in the drawing's arena. */
typedef struct Paper {
    Arena *arena;
    const DocumentPaper *paper;
    const FormRows *rows;
} Paper;

Text documents_verify_address(Arena *arena, Text public_url, Text number, Text code) {
    return arena_format(arena, "%.*s/verify/%.*s/%.*s", TEXT_ARG(public_url), TEXT_ARG(number), TEXT_ARG(code));
}

/* A trade document is read abroad: its values are written in English, whatever the reader's language. */
static bool find_value(Arena *arena, const FormValues *values, Text name, Text *ret_value) {
    const Form *form = values->form;
    for (size_t i = 0; i < form->count; i++) {
        if (text_equal(name, text_of(form->fields[i].name)) && form->fields[i].kind != FIELD_GROUP) {
            *ret_value = documents_finished(arena, language_english(), &form->fields[i], values->items[i].text);
            return true;
        }
    }
    return false;
}

/** The distinct countries of origin: that of the document first, then those of lines that differ. */
static Text origins(const Paper *paper) {
    const Language *english = language_english();
    const DocumentType *type = paper->paper->type;
    const Text main = type->origin == NULL ? (Text){NULL, 0} : form_text(paper->paper->values, type->origin);
    Text words = main.size == 0 ? main : format_country(paper->arena, english, main);
    for (size_t i = 0; paper->rows != NULL && i < paper->rows->count; i++) {
        const FormValues *row = &paper->rows->items[i];
        Text origin = {NULL, 0}, unused = {NULL, 0};
        if (!find_value(paper->arena, row, TEXT("origin"), &unused)) {
            break;
        }
        origin = form_text(row, "origin");
        bool known = origin.size == 0 || text_equal(origin, main);
        for (size_t k = 0; k < i && !known; k++) {
            known = text_equal(origin, form_text(&paper->rows->items[k], "origin"));
        }
        if (!known) {
            const Text name = format_country(paper->arena, english, origin);
            words =
                arena_format(paper->arena, "%.*s%s%.*s", TEXT_ARG(words), words.size == 0 ? "" : ", ", TEXT_ARG(name));
        }
    }
    return words;
}

/** The values that are no field: of the chamber, the decision, the whole. */
static bool find_own_value(const Paper *paper, Text name, Text *ret_value) {
    const DocumentPaper *of = paper->paper;
    const ChamberLetterhead *chamber = of->chamber;
    const Language *english = language_english();
    const struct {
        const char *name;
        Text value;
    } plain[] = {{"number", of->number},
                 {"code", of->code},
                 {"officer_name", of->officer_name},
                 {"replaces", of->replaces},
                 {"chamber_name", chamber->name},
                 {"chamber_address", chamber->address},
                 {"place", chamber->place},
                 {"public_url", chamber->public_url},
                 {"file_digest", of->file_digest},
                 {"title", text_of(of->type->title.english)}};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (text_equal(name, text_of(plain[i].name))) {
            *ret_value = plain[i].value;
            return true;
        }
    }
    if (text_equal(name, TEXT("chamber_country"))) {
        *ret_value = format_country(paper->arena, english, chamber->country);
    } else if (text_equal(name, TEXT("certified_date"))) {
        *ret_value = format_date(paper->arena, english, of->certified);
    } else if (text_equal(name, TEXT("verify_address"))) {
        *ret_value = documents_verify_address(paper->arena, chamber->public_url, of->number, of->code);
    } else if (text_equal(name, TEXT("origins"))) {
        *ret_value = origins(paper);
    } else if (text_equal(name, TEXT("line_count"))) {
        *ret_value = arena_format(paper->arena, "%zu", paper->rows == NULL ? 0 : paper->rows->count);
    } else {
        return false;
    }
    return true;
}

static bool find_total(const Paper *paper, Text name, Text *ret_value) {
    if (!text_starts_with(name, TEXT("total_"))) {
        return false;
    }
    const Text total = documents_total(paper->arena, paper->paper, name);
    *ret_value = total.size == 0 ? total : format_decimal(paper->arena, language_english(), total);
    return true;
}

static bool look_up(void *context, size_t row, Text name, Text *ret_value) {
    const Paper *paper = context;
    if (row != LAYOUT_NO_ROW) {
        if (text_equal(name, TEXT("row"))) {
            *ret_value = arena_format(paper->arena, "%zu", row + 1);
            return true;
        }
        return find_value(paper->arena, &paper->rows->items[row], name, ret_value);
    }
    return find_own_value(paper, name, ret_value) || find_value(paper->arena, paper->paper->values, name, ret_value) ||
           find_total(paper, name, ret_value);
}

static Colour colour_or(Text hex, Colour otherwise) {
    Colour colour = otherwise;
    return colour_read(hex, &colour) == STATUS_OK ? colour : otherwise;
}

Status documents_draw(Arena *arena, const DocumentPaper *paper, LayoutDrawn *ret_drawn) {
    Paper context = {.arena = arena, .paper = paper};
    if (paper->type->group != NULL) {
        context.rows = &form_value(paper->values, paper->type->group)->rows;
    }
    Text seal_lines[] = {paper->chamber->name, paper->number, TEXT("Sealed by a test authority: no legal effect")};
    const DocumentPayload *payload = &paper->type->payload;
    PaperAttachment data = {.name = payload->file,
                            .description = TEXT("The data of this document"),
                            .media_type = payload_media_type(payload),
                            .relationship = PAPER_DATA};
    if (payload->kind != PAYLOAD_NONE) {
        TRY(documents_payload(arena, paper, &data.bytes));
    }
    const LayoutFill fill = {
        .lookup = look_up,
        .context = &context,
        .row_count = context.rows == NULL ? 0 : context.rows->count,
        .second_language = paper->chamber->second_language,
        .logo = text_equal(paper->chamber->logo_type, TEXT("image/png")) ? paper->chamber->logo : (Text){NULL, 0},
        .primary = colour_or(paper->chamber->colour_primary, (Colour){0.10, 0.23, 0.36}),
        .secondary = colour_or(paper->chamber->colour_accent, (Colour){0.62, 0.45, 0.16}),
        .watermark = paper->demonstration ? TEXT("DEMONSTRATION") : (Text){NULL, 0},
        .created = paper->certified,
        .attachments = &data,
        .attachment_count = payload->kind == PAYLOAD_NONE ? 0 : 1,
        .seal_lines = {seal_lines, paper->test_seal ? 3 : 2},
    };
    return paper->trial ? layout_try(arena, paper->type->layout, &fill)
                        : layout_draw(arena, paper->type->layout, &fill, ret_drawn);
}
