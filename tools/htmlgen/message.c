/** Runs of text become messages: a pattern with named holes and numbered tags, and the C that writes their parts. */
#include <string.h>

#include "emit.h"

#define PARTS_MAXIMUM 64

typedef enum PartKind { PART_VALUE, PART_START, PART_END } PartKind;

/** What stands for one hole or tag of a pattern. */
typedef struct Part {
    Text name; /**< "officer", "<a2>", "</a2>" */
    PartKind kind;
    const Node *node;
} Part;

typedef struct Pattern {
    const Emitter *emitter;
    Buffer text;
    Part parts[PARTS_MAXIMUM];
    size_t count;
    bool attribute;
} Pattern;

uint64_t message_hash(Text text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool is_untranslated(const Node *element) {
    for (const Node *node = element->attributes; node != NULL; node = node->next) {
        if (node->kind == NODE_ATTRIBUTE && text_equal(node->name, TEXT("translate")) && node->children != NULL &&
            node->children->kind == NODE_TEXT && text_equal(node->children->text, TEXT("no"))) {
            return true;
        }
    }
    return false;
}

bool message_can_hold(const Node *node) {
    if (node->kind == NODE_TEXT || node->kind == NODE_VALUE) {
        return true;
    }
    if (node->kind != NODE_ELEMENT || node->foreign || !(element_traits(node->name) & ELEMENT_INLINE)) {
        return false;
    }
    for (const Node *child = node->children; child != NULL; child = child->next) {
        if (!message_can_hold(child)) {
            return false;
        }
    }
    return true;
}

static void record(Emitter *emitter, size_t line, Text text, Text plural) {
    MessageUse *use = arena_new(emitter->template->arena, MessageUse);
    *use = (MessageUse){.text = text, .plural = plural, .path = emitter->template->path, .line = line};
    *emitter->uses->end = use;
    emitter->uses->end = &use->next;
}

static Text take_text(const Emitter *emitter, const Buffer *buffer, size_t line) {
    Text text = {NULL, 0};
    if (buffer_take(buffer, &text) != STATUS_OK) {
        template_refuse(emitter->template, line, "the message is too long");
    }
    return text;
}

static bool same_value(const Node *a, const Node *b) {
    return text_equal(a->code, b->code) && text_equal(a->format, b->format);
}

/** <br>: each is as good as the other, so they share a name. */
static bool is_plain_void(const Node *node) {
    return node->closes_itself && node->attributes == NULL;
}

/** Whether two elements (or their attributes) are written with the same bytes. */
static bool same_nodes(const Node *a, const Node *b) {
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        if (a->kind != b->kind || !text_equal(a->name, b->name) || !text_equal(a->text, b->text) || !same_value(a, b) ||
            a->has_value != b->has_value || !same_nodes(a->attributes, b->attributes) ||
            !same_nodes(a->children, b->children) || !same_nodes(a->otherwise, b->otherwise)) {
            return false;
        }
    }
    return a == b;
}

/** Adds a part; a name that is taken by something else gets a number. */
static Text add_part(Pattern *pattern, PartKind kind, const Node *node, Text name) {
    Arena *arena = pattern->emitter->template->arena;
    const char *before = kind == PART_START ? "<" : kind == PART_END ? "</" : "";
    const char *behind = kind == PART_VALUE ? "" : ">";
    if (pattern->count == PARTS_MAXIMUM) {
        template_refuse(pattern->emitter->template, node->line,
                        "the message has too many values and elements: split it into several paragraphs");
    }
    for (size_t number = 1;; number++) {
        const Text tried = number == 1 ? arena_format(arena, "%s%.*s%s", before, TEXT_ARG(name), behind)
                                       : arena_format(arena, "%s%.*s%zu%s", before, TEXT_ARG(name), number, behind);
        bool taken = false;
        for (size_t i = 0; i < pattern->count; i++) {
            const Part *part = &pattern->parts[i];
            if (!text_equal(part->name, tried)) {
                continue;
            }
            if ((kind == PART_VALUE && same_value(part->node, node)) || (kind == PART_START && is_plain_void(node))) {
                return tried;
            }
            taken = true;
        }
        if (!taken) {
            pattern->parts[pattern->count++] = (Part){.name = tried, .kind = kind, .node = node};
            return tried;
        }
    }
}

/** "<b2>" as "</b2>" */
static Text end_name(Arena *arena, Text start) {
    return arena_format(arena, "</%.*s", TEXT_ARG(text_slice(start, 1, start.size)));
}

static void add_nodes(Pattern *pattern, const Node *from, const Node *behind);

static void add_element(Pattern *pattern, const Node *node) {
    const Text start = add_part(pattern, PART_START, node, node->name);
    buffer_append(&pattern->text, start);
    if (node->closes_itself) {
        return;
    }
    if (!is_untranslated(node)) {
        add_nodes(pattern, node->children, NULL);
    }
    const Text end = end_name(pattern->emitter->template->arena, start);
    bool known = false;
    for (size_t i = 0; i < pattern->count; i++) {
        known = known || text_equal(pattern->parts[i].name, end);
    }
    if (!known) {
        if (pattern->count == PARTS_MAXIMUM) {
            template_refuse(pattern->emitter->template, node->line, "the message has too many elements: split it");
        }
        pattern->parts[pattern->count++] = (Part){.name = end, .kind = PART_END, .node = node};
    }
    buffer_append(&pattern->text, end);
}

static void add_nodes(Pattern *pattern, const Node *from, const Node *behind) {
    for (const Node *node = from; node != behind; node = node->next) {
        if (node->kind == NODE_TEXT) {
            buffer_append(&pattern->text, pattern->attribute
                                              ? text_collapse(pattern->emitter->template->arena, node->text)
                                              : node->text);
        } else if (node->kind == NODE_VALUE) {
            const Text name = add_part(pattern, PART_VALUE, node, node->hole);
            buffer_append_byte(&pattern->text, '{');
            buffer_append(&pattern->text, name);
            buffer_append_byte(&pattern->text, '}');
        } else {
            add_element(pattern, node);
        }
    }
}

/** Text of the template that looks like one of the message's own parts would be taken for it. */
static void check_text(const Pattern *pattern, const Node *from, const Node *behind) {
    for (const Node *node = from; node != behind; node = node->next) {
        for (size_t i = 0; node->kind == NODE_TEXT && i < pattern->count; i++) {
            const Part *part = &pattern->parts[i];
            const Text looks = part->kind == PART_VALUE
                                   ? arena_format(pattern->emitter->template->arena, "{%.*s}", TEXT_ARG(part->name))
                                   : part->name;
            size_t at;
            if (text_find(node->text, looks, &at)) {
                template_refuse(pattern->emitter->template, node->line,
                                "\"%.*s\" in the text would be taken for a value of the "
                                "message: reword it",
                                TEXT_ARG(looks));
            }
        }
        check_text(pattern, node->children, NULL);
    }
}

/** Writes the function of one part; `ret` is its name. */
static Text emit_part(Emitter *emitter, const Part *part) {
    const Template *template = emitter->template;
    Arena *arena = template->arena;
    const Text name = arena_format(arena, "%.*s_%.*s_part_%zu", TEXT_ARG(template->room), TEXT_ARG(template->name),
                                   ++*emitter->counter);
    Buffer body = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    Emitter inner = *emitter;
    inner.body = &body;
    inner.literal = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    inner.indent = 1;
    emit_line(&inner, 0, "const void *const *scope = context;");
    size_t depth = 0;
    for (const Variable *variable = emitter->variables; variable != NULL; variable = variable->outer) {
        depth++;
    }
    for (size_t at = 0; at < depth; at++) {
        const Variable *variable = emitter->variables;
        for (size_t i = at + 1; i < depth; i++) {
            variable = variable->outer;
        }
        if (variable->number) {
            emit_line(&inner, part->node->line, "const size_t %.*s = *(const size_t *)scope[%zu];",
                      TEXT_ARG(variable->name), at);
        } else {
            emit_line(&inner, part->node->line, "%.*s%.*s = scope[%zu];", TEXT_ARG(variable->type),
                      TEXT_ARG(variable->name), at);
        }
        emit_line(&inner, 0, "(void)%.*s;", TEXT_ARG(variable->name));
    }
    if (part->kind == PART_VALUE) {
        emit_value(&inner, part->node);
    } else if (part->kind == PART_START) {
        emit_start_tag(&inner, part->node);
        if (is_untranslated(part->node)) {
            emit_content(&inner, part->node);
        }
    } else {
        emit_literal(&inner, TEXT("</"));
        emit_literal(&inner, part->node->name);
        emit_literal(&inner, TEXT(">"));
    }
    emit_flush(&inner);
    buffer_format(emitter->functions, "static void %.*s(Writer *writer, const void *context) {\n", TEXT_ARG(name));
    buffer_append(emitter->functions, (Text){body.data, body.size});
    buffer_append(emitter->functions, TEXT("}\n\n"));
    return name;
}

/** `{page, row, &index_of_row}` */
static Text scope_of(const Emitter *emitter) {
    Text list = TEXT("");
    for (const Variable *variable = emitter->variables; variable != NULL; variable = variable->outer) {
        list = arena_format(emitter->template->arena, "%s%.*s%s%.*s", variable->number ? "&" : "",
                            TEXT_ARG(variable->name), list.size > 0 ? ", " : "", TEXT_ARG(list));
    }
    return list;
}

/** Writes the call that fills a looked-up pattern with its parts. */
static void emit_pattern(Emitter *emitter, const Pattern *pattern, Text lookup, size_t line) {
    Arena *arena = emitter->template->arena;
    Buffer parts = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    for (size_t i = 0; i < pattern->count; i++) {
        const Part *part = &pattern->parts[i];
        const Text name = emit_part(emitter, part);
        buffer_format(&parts, "%s{\"%.*s\", %.*s}", i > 0 ? ", " : "", TEXT_ARG(part->name), TEXT_ARG(name));
    }
    const Text scope = scope_of(emitter);
    const Text list = take_text(emitter, &parts, line);
    emit_line(emitter, line, "write_pattern(writer, %.*s,", TEXT_ARG(lookup));
    emit_line(emitter, 0, "    (const PatternPart[]){%.*s}, %zu,", TEXT_ARG(list), pattern->count);
    emit_line(emitter, 0, "    (const void *const[]){%.*s});", TEXT_ARG(scope));
}

/** Takes white space off both ends and writes it as it stands. */
static Text trim_edges(Text text, bool *ret_before, bool *ret_behind) {
    *ret_before = text.size > 0 && is_space(text.data[0]);
    *ret_behind = text.size > 0 && is_space(text.data[text.size - 1]);
    return text_trim(text);
}

static void emit_message(Emitter *emitter, const Node *from, const Node *behind, bool attribute) {
    Arena *arena = emitter->template->arena;
    Pattern *pattern = arena_new(arena, Pattern);
    pattern->emitter = emitter;
    pattern->attribute = attribute;
    pattern->text = buffer_make(arena, TEMPLATE_MAXIMUM_BYTES);
    add_nodes(pattern, from, behind);
    check_text(pattern, from, behind);
    bool blank_before, blank_behind;
    const Text text = trim_edges(take_text(emitter, &pattern->text, from->line), &blank_before, &blank_behind);
    const size_t line = from->line;
    record(emitter, line, text, (Text){NULL, 0});
    if (blank_before && !attribute) {
        emit_literal(emitter, TEXT(" "));
    }
    const Text literal = c_literal(arena, text);
    const unsigned long long hash = message_hash(text);
    if (pattern->count == 0) {
        emit_line(emitter, 0, "write_message%s(writer, UINT64_C(0x%016llx), %.*s, %zu);", attribute ? "_attribute" : "",
                  hash, TEXT_ARG(literal), text.size);
    } else {
        const Text lookup = arena_format(arena, "message_lookup(writer, UINT64_C(0x%016llx), %.*s, %zu)", hash,
                                         TEXT_ARG(literal), text.size);
        emit_pattern(emitter, pattern, lookup, line);
    }
    if (blank_behind && !attribute) {
        emit_literal(emitter, TEXT(" "));
    }
}

void message_emit_run(Emitter *emitter, const Node *from, const Node *behind, bool attribute) {
    bool letters = false;
    for (const Node *node = from; node != behind && emitter->translate; node = node->next) {
        letters = letters || (node->kind == NODE_TEXT && text_has_letter(node->text));
    }
    if (letters) {
        emit_message(emitter, from, behind, attribute);
        return;
    }
    for (const Node *node = from; node != behind; node = node->next) {
        if (node->kind == NODE_TEXT) {
            emit_escaped(emitter, node->text);
        } else if (node->kind == NODE_VALUE) {
            emit_value(emitter, node);
        } else {
            emit_start_tag(emitter, node);
            if (!node->closes_itself) {
                emit_content(emitter, node);
                emit_literal(emitter, TEXT("</"));
                emit_literal(emitter, node->name);
                emit_literal(emitter, TEXT(">"));
            }
        }
    }
}

static bool has_words(const Node *list) {
    for (const Node *node = list; node != NULL; node = node->next) {
        if ((node->kind == NODE_TEXT && text_has_letter(node->text)) || has_words(node->children)) {
            return true;
        }
    }
    return false;
}

static Text plural_form(Emitter *emitter, Pattern *pattern, const Node *list, size_t line) {
    for (const Node *node = list; node != NULL; node = node->next) {
        if (!message_can_hold(node)) {
            template_refuse(emitter->template, node->line, "{{plural}} holds text, values and inline elements only");
        }
    }
    pattern->emitter = emitter;
    pattern->text = buffer_make(emitter->template->arena, TEMPLATE_MAXIMUM_BYTES);
    add_nodes(pattern, list, NULL);
    check_text(pattern, list, NULL);
    if (!has_words(list)) {
        template_refuse(emitter->template, line,
                        "both forms of {{plural}} hold words: {{plural E}}one draft{{other}}{count} "
                        "drafts{{/plural}}");
    }
    return text_trim(take_text(emitter, &pattern->text, line));
}

/** Joins the parts of the second form into the first: what has the same name must be the same. */
static void join_parts(Pattern *pattern, const Pattern *more) {
    for (size_t i = 0; i < more->count; i++) {
        const Part *part = &more->parts[i];
        const Part *same = NULL;
        for (size_t at = 0; at < pattern->count; at++) {
            same = text_equal(pattern->parts[at].name, part->name) ? &pattern->parts[at] : same;
        }
        if (same == NULL && pattern->count < PARTS_MAXIMUM) {
            pattern->parts[pattern->count++] = *part;
        } else if (same == NULL || !same_value(same->node, part->node) ||
                   !same_nodes(same->node->attributes, part->node->attributes)) {
            template_refuse(more->emitter->template, part->node->line,
                            "%.*s is not the same in both forms of {{plural}}: use the same values and elements",
                            TEXT_ARG(part->name));
        }
    }
}

void message_emit_plural(Emitter *emitter, const Node *node) {
    Arena *arena = emitter->template->arena;
    if (!emitter->translate) {
        template_refuse(emitter->template, node->line,
                        "{{plural}} is a message: it cannot stand inside translate=\"no\"");
    }
    Pattern *pattern = arena_new(arena, Pattern), *second = arena_new(arena, Pattern);
    const Text one = plural_form(emitter, pattern, node->children, node->line);
    const Text other = plural_form(emitter, second, node->otherwise, node->line);
    join_parts(pattern, second);
    record(emitter, node->line, one, other);
    const Text one_literal = c_literal(arena, one), other_literal = c_literal(arena, other);
    const Text lookup =
        arena_format(arena, "message_lookup_plural(writer, UINT64_C(0x%016llx), %.*s, %zu, %.*s, %zu, (int64_t)(%.*s))",
                     (unsigned long long)message_hash(one), TEXT_ARG(one_literal), one.size, TEXT_ARG(other_literal),
                     other.size, TEXT_ARG(node->code));
    /* Any form may show the number, also where the English one does not. */
    Node *count = node_new(emitter->template, NODE_VALUE, node->line);
    count->code = node->code;
    count->hole = TEXT("count");
    (void)add_part(pattern, PART_VALUE, count, count->hole);
    emit_pattern(emitter, pattern, lookup, node->line);
}
