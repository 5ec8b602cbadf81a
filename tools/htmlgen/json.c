/** Reads JSON templates: a skeleton that must be valid JSON, with values, if, each and include in it. */
#include <string.h>

#include "template.h"

static void append(Node ***end, Node *node) {
    **end = node;
    *end = &node->next;
}

static Node *read_value(Template *template);

/** A "string" with its quotation marks, checked as JSON. */
static Text read_string(Template *template) {
    const size_t from = template->at, line = template->line;
    template_advance(template, 1);
    while (!template_ended(template) && template_peek(template) != '"') {
        const unsigned char letter = (unsigned char)template_peek(template);
        if (letter < 0x20) {
            break;
        }
        if (template_at(template, "{{")) {
            template_refuse(template, template->line,
                            "a hole writes a whole JSON value: put it outside of the quotation marks");
        }
        if (letter == '\\') {
            template_advance(template, 1);
            const char escape = template_peek(template);
            size_t digits = 0;
            while (escape == 'u' && digits < 4 && template->at + 1 + digits < template->source.size &&
                   memchr("0123456789abcdefABCDEF", template->source.data[template->at + 1 + digits], 22) != NULL) {
                digits++;
            }
            if (escape == '\0' || strchr("\"\\/bfnrtu", escape) == NULL || (escape == 'u' && digits < 4)) {
                template_refuse(template, template->line,
                                "a backslash in a JSON string begins one of \\\" \\\\ \\/ \\b \\f \\n \\r "
                                "\\t \\u0000");
            }
        }
        template_advance(template, 1);
    }
    if (template_peek(template) != '"') {
        template_refuse(template, line, "this JSON string is not closed on its line");
    }
    template_advance(template, 1);
    return text_slice(template->source, from, template->at);
}

static bool is_digit(const Template *template) {
    return template_peek(template) >= '0' && template_peek(template) <= '9';
}

static void skip_digits(Template *template, size_t line) {
    if (!is_digit(template)) {
        template_refuse(template, line, "this is no JSON number");
    }
    while (is_digit(template)) {
        template_advance(template, 1);
    }
}

static Text read_number(Template *template) {
    const size_t from = template->at, line = template->line;
    if (template_peek(template) == '-') {
        template_advance(template, 1);
    }
    if (template_peek(template) == '0') {
        template_advance(template, 1);
    } else {
        skip_digits(template, line);
    }
    if (template_peek(template) == '.') {
        template_advance(template, 1);
        skip_digits(template, line);
    }
    if (template_peek(template) == 'e' || template_peek(template) == 'E') {
        template_advance(template, 1);
        if (template_peek(template) == '+' || template_peek(template) == '-') {
            template_advance(template, 1);
        }
        skip_digits(template, line);
    }
    if (is_digit(template)) {
        template_refuse(template, line, "a JSON number does not begin with 0");
    }
    return text_slice(template->source, from, template->at);
}

/** The members of an object or the values of an array, or of a branch inside one. Commas beside if and each may stand
 * or not. */
static Node *read_items(Template *template, bool members);

static Node *read_member_branch(Template *template) {
    return read_items(template, true);
}

static Node *read_element_branch(Template *template) {
    return read_items(template, false);
}

static Node *read_member(Template *template) {
    if (template_peek(template) != '"') {
        template_refuse(template, template->line,
                        "expected the \"name\" of a member: names are literal, and values stand behind a colon");
    }
    Node *node = node_new(template, NODE_MEMBER, template->line);
    node->name = read_string(template);
    template_skip_space(template);
    if (template_peek(template) != ':') {
        template_refuse(template, template->line, "a colon is missing behind the name %.*s", TEXT_ARG(node->name));
    }
    template_advance(template, 1);
    node->children = read_value(template);
    return node;
}

/** One tag in a list: if, each, or NULL when it is a value or include, which read_value reads. */
static Node *read_list_tag(Template *template, bool members) {
    const Tag tag = template_peek_tag(template);
    ReadBranch *branch = members ? read_member_branch : read_element_branch;
    if (text_equal(tag.word, TEXT("if"))) {
        return tag_read_if(template, branch);
    }
    if (text_equal(tag.word, TEXT("each"))) {
        return tag_read_each(template, branch);
    }
    if (members) {
        template_refuse(template, tag.line, "{{%.*s}} stands where a member is expected: write \"name\": {{...}}",
                        TEXT_ARG(tag.all));
    }
    return NULL;
}

static Node *read_items(Template *template, bool members) {
    Node *list = NULL, **end = &list;
    bool comma_due = false, comma_read = false;
    for (;;) {
        template_skip_space(template);
        if (template_peek(template) == ',') {
            if (comma_read) {
                template_refuse(template, template->line, "two commas without a value between them");
            }
            comma_read = true;
            template_advance(template, 1);
            continue;
        }
        const char next = template_peek(template);
        if (next == '\0' || next == '}' || next == ']') {
            if (comma_read && comma_due) {
                template_refuse(template, template->line, "a comma before the end of a list is no JSON");
            }
            return list;
        }
        Node *node = NULL;
        if (template_at(template, "{{")) {
            const Tag tag = template_peek_tag(template);
            if (tag_ends_branch(&tag)) {
                return list;
            }
            node = read_list_tag(template, members);
        }
        const bool block = node != NULL;
        if (!block && comma_due && !comma_read) {
            template_refuse(template, template->line, "a comma is missing before this");
        }
        if (!block) {
            node = members ? read_member(template) : read_value(template);
        }
        append(&end, node);
        comma_due = !block;
        comma_read = false;
    }
}

static Node *read_list(Template *template, bool members) {
    Node *node = node_new(template, members ? NODE_OBJECT : NODE_ARRAY, template->line);
    const char closing = members ? '}' : ']';
    template_advance(template, 1);
    if (++template->depth > TEMPLATE_MAXIMUM_DEPTH) {
        template_refuse(template, template->line, "lists are nested too deeply: move a part into an include");
    }
    node->children = read_items(template, members);
    template->depth--;
    if (template_peek(template) != closing) {
        template_refuse(template, node->line, "the %s that begins here is not closed with %c in the same branch",
                        members ? "object" : "array", closing);
    }
    template_advance(template, 1);
    return node;
}

/** Exactly one value: at the top, behind a colon, in the branches of an {{if}} there. */
static Node *read_one(Template *template) {
    template_skip_space(template);
    Node *node = read_value(template);
    template_skip_space(template);
    return node;
}

static void check_all_branches(const Template *template, const Node *node) {
    for (; node != NULL && node->kind == NODE_IF; node = node->otherwise) {
        if (!node->has_otherwise) {
            template_refuse(template, node->line,
                            "here {{if}} needs an {{else}}: every branch writes exactly one value");
        }
    }
}

static Node *read_value_tag(Template *template) {
    const Tag tag = template_peek_tag(template);
    if (text_equal(tag.word, TEXT("if"))) {
        Node *node = tag_read_if(template, read_one);
        check_all_branches(template, node);
        return node;
    }
    if (text_equal(tag.word, TEXT("include"))) {
        return tag_read_include(template);
    }
    if (text_equal(tag.word, TEXT("each"))) {
        template_refuse(template, tag.line, "{{each}} stands inside [ ] or { } only");
    }
    if (tag_ends_branch(&tag)) {
        template_refuse(template, tag.line, "a value is missing before {{%.*s}}", TEXT_ARG(tag.all));
    }
    return tag_read_value(template, PLACE_JSON);
}

static Node *read_value(Template *template) {
    template_skip_space(template);
    const char first = template_peek(template);
    if (template_at(template, "{{")) {
        return read_value_tag(template);
    }
    if (first == '{' || first == '[') {
        return read_list(template, first == '{');
    }
    Node *node = node_new(template, NODE_TEXT, template->line);
    if (first == '"') {
        node->text = read_string(template);
    } else if (first == '-' || is_digit(template)) {
        node->text = read_number(template);
    } else {
        node->text = template_take_name(template, "");
        if (!text_equal(node->text, TEXT("true")) && !text_equal(node->text, TEXT("false")) &&
            !text_equal(node->text, TEXT("null"))) {
            template_refuse(template, node->line,
                            "expected a JSON value: {...}, [...], \"text\", a number, true, false, null or "
                            "{{...}}");
        }
    }
    return node;
}

Node *json_read(Template *template) {
    Node *node = read_one(template);
    if (!template_ended(template)) {
        template_refuse(template, template->line, "there is more behind the end of the JSON value");
    }
    return node;
}
