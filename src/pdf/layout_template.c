/** Filling of templates: holes in braces, optional parts in brackets, lines that vanish when they have nothing to say.
 */
#include "pdf/layout_template.h"

#include "base/buffer.h"
#include "base/log.h"

static bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
}

/** Reads the name behind an opening brace and moves behind the closing one. With a question mark before it, it is only
 * asked for. */
static bool take_name(Text *rest, Text *ret_name, bool *ret_is_asked) {
    size_t size = 0;
    *ret_is_asked = rest->size > 0 && rest->data[0] == '?';
    if (*ret_is_asked) {
        *rest = text_slice(*rest, 1, rest->size);
    }
    while (size < rest->size && is_name_letter(rest->data[size])) {
        size++;
    }
    if (size == 0 || size == rest->size || rest->data[size] != '}') {
        return false;
    }
    *ret_name = text_slice(*rest, 0, size);
    *rest = text_slice(*rest, size + 1, rest->size);
    return true;
}

static char take_byte(Text *rest) {
    const char byte = rest->data[0];
    *rest = text_slice(*rest, 1, rest->size);
    return byte;
}

Status template_check(Text template) {
    bool in_brackets = false;
    for (Text rest = template; rest.size > 0;) {
        const char byte = take_byte(&rest);
        bool is_asked = false;
        Text name;
        if (byte == '\\') {
            if (rest.size == 0) {
                return fail(STATUS_INVALID, "a backslash stands at the end");
            }
            (void)take_byte(&rest);
        } else if (byte == '{' && !take_name(&rest, &name, &is_asked)) {
            return fail(STATUS_INVALID, "a hole is a name of small letters, digits and underscores in braces");
        } else if (byte == '}') {
            return fail(STATUS_INVALID, "a brace is closed that was not opened");
        } else if (byte == '[' || byte == ']') {
            if (in_brackets == (byte == '[')) {
                return fail(STATUS_INVALID, "brackets must come in pairs, not nested");
            }
            in_brackets = byte == '[';
        } else if (byte == '\n' && in_brackets) {
            return fail(STATUS_INVALID, "brackets must close on their line");
        }
    }
    return in_brackets ? fail(STATUS_INVALID, "a bracket is not closed") : STATUS_OK;
}

bool template_asks(Text template, Text name) {
    for (Text rest = template; rest.size > 0;) {
        const char byte = take_byte(&rest);
        bool is_asked = false;
        Text hole;
        if (byte == '\\' && rest.size > 0) {
            (void)take_byte(&rest);
        } else if (byte == '{' && take_name(&rest, &hole, &is_asked) && text_equal(hole, name)) {
            return true;
        }
    }
    return false;
}

static Status value_of(const TemplateValues *values, Text name, Text *ret_value) {
    for (size_t i = 0; i < values->own_count; i++) {
        if (text_equal(values->own[i].name, name)) {
            *ret_value = values->own[i].value;
            return STATUS_OK;
        }
    }
    const LayoutFill *fill = values->fill;
    if (fill->lookup != NULL &&
        ((values->row != LAYOUT_NO_ROW && fill->lookup(fill->context, values->row, name, ret_value)) ||
         fill->lookup(fill->context, LAYOUT_NO_ROW, name, ret_value))) {
        return STATUS_OK;
    }
    return fail(STATUS_INVALID, "{%.*s} has no value", TEXT_ARG(name));
}

/** What was met on a line or in a bracket. */
typedef struct Holes {
    size_t all, filled;
} Holes;

/** Fills up to the end of the line or, inside brackets, up to the closing one; both are left in `rest`. */
static Status fill_part(Buffer *output, Text *rest, const TemplateValues *values, bool in_brackets, Holes *holes) {
    while (rest->size > 0 && rest->data[0] != '\n' && !(in_brackets && rest->data[0] == ']')) {
        const char byte = take_byte(rest);
        if (byte == '{') {
            Text name = TEXT(""), value = TEXT("");
            bool is_asked = false;
            (void)take_name(rest, &name, &is_asked);
            TRY(value_of(values, name, &value));
            holes->all++;
            holes->filled += value.size > 0;
            buffer_append(output, is_asked ? TEXT("") : value);
        } else if (byte == '[') {
            const size_t start = output->size;
            Holes inside = {0};
            TRY(fill_part(output, rest, values, true, &inside));
            if (rest->size > 0 && rest->data[0] == ']') {
                (void)take_byte(rest);
            }
            if (inside.filled < inside.all) {
                output->size = start;
            }
            holes->all += inside.all;
            holes->filled += inside.filled == inside.all ? inside.filled : 0;
        } else {
            buffer_append_byte(output, byte == '\\' && rest->size > 0 ? take_byte(rest) : byte);
        }
    }
    return STATUS_OK;
}

Status template_fill(Arena *arena, Text template, const TemplateValues *values, Text *ret_text) {
    Buffer output = buffer_make(arena, PAPER_MAXIMUM_TEXT);
    for (Text rest = template; rest.size > 0;) {
        const size_t start = output.size;
        Holes holes = {0};
        if (output.size > 0) {
            buffer_append_byte(&output, '\n');
        }
        TRY(fill_part(&output, &rest, values, false, &holes));
        if (holes.all > 0 && holes.filled == 0) {
            output.size = start;
        }
        if (rest.size > 0) {
            (void)take_byte(&rest);
        }
    }
    if (output.overflow) {
        return fail(STATUS_TOO_LARGE, "a filled text is longer than %zu bytes", PAPER_MAXIMUM_TEXT);
    }
    *ret_text = (Text){output.data, output.size};
    return STATUS_OK;
}
