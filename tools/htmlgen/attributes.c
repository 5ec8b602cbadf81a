/** Reads attributes: names, quoted values, the place of each hole in them. */
#include <string.h>

#include "template.h"

static void append(Node ***end, Node *node) {
    **end = node;
    *end = &node->next;
}

/** The pieces of a quoted value: text, values, if, each; ends at the quote or at a tag that ends a branch. */
static Node *read_pieces(Template *template) {
    Node *list = NULL, **end = &list;
    while (!template_ended(template) && template_peek(template) != template->quote) {
        if (template_at(template, "{{")) {
            const Tag tag = template_peek_tag(template);
            if (tag_ends_branch(&tag)) {
                break;
            }
            if (text_equal(tag.word, TEXT("if"))) {
                append(&end, tag_read_if(template, read_pieces));
            } else if (text_equal(tag.word, TEXT("each"))) {
                append(&end, tag_read_each(template, read_pieces));
            } else if (text_equal(tag.word, TEXT("include")) || text_equal(tag.word, TEXT("raw")) ||
                       text_equal(tag.word, TEXT("plural"))) {
                template_refuse(template, tag.line,
                                "{{%.*s}} cannot stand inside an attribute: only values, if and each",
                                TEXT_ARG(tag.word));
            } else {
                append(&end, tag_read_value(template, PLACE_ATTRIBUTE));
            }
            continue;
        }
        Node *text = node_new(template, NODE_TEXT, template->line);
        const size_t from = template->at;
        while (!template_ended(template) && template_peek(template) != template->quote &&
               !template_at(template, "{{")) {
            template_advance(template, 1);
        }
        text->text = template_decode(template, text->line, text_slice(template->source, from, template->at));
        append(&end, text);
    }
    return list;
}

/** How far a URL is known where a hole stands. */
typedef enum UrlState { URL_EMPTY, URL_BEGUN, URL_UNCLEAR } UrlState;

static UrlState join(UrlState a, UrlState b) {
    return a == b ? a : URL_UNCLEAR;
}

/** Gives each hole of a URL its place. */
static UrlState place_url(const Template *template, const Node *attribute, Node *list, UrlState state) {
    for (Node *node = list; node != NULL; node = node->next) {
        if (node->kind == NODE_TEXT) {
            if (state == URL_EMPTY) {
                attribute_check_url(template, node->line, node->text);
            }
            state = text_trim(node->text).size > 0 ? URL_BEGUN : state;
            const bool ends_candidate = attribute->attribute == ATTRIBUTE_URL_LIST && node->text.size > 0 &&
                                        text_ends_with(text_trim(node->text), TEXT(","));
            state = ends_candidate ? URL_EMPTY : state;
        } else if (node->kind == NODE_IF) {
            const UrlState then = place_url(template, attribute, node->children, state);
            state = join(then, place_url(template, attribute, node->otherwise, state));
        } else if (node->kind == NODE_EACH) {
            const UrlState body = place_url(template, attribute, node->children, state);
            if (body != state) {
                template_refuse(template, node->line,
                                "a URL cannot begin inside {{each}}: write its start before the loop");
            }
            state = join(body, place_url(template, attribute, node->otherwise, state));
        } else {
            if (state == URL_UNCLEAR || (state == URL_EMPTY && attribute->attribute == ATTRIBUTE_URL_LIST)) {
                template_refuse(template, node->line,
                                "here it is not clear whether this value begins the address: write the start of the "
                                "address, such as /, before it in every branch");
            }
            if (node->format.size > 0) {
                template_refuse(template, node->line,
                                "a value in an address has no format: texts, integers and ids only");
            }
            node->place = state == URL_EMPTY ? PLACE_URL_START : PLACE_URL_PART;
            state = URL_BEGUN;
        }
    }
    return state;
}

static bool has_letter(const Node *list) {
    for (const Node *node = list; node != NULL; node = node->next) {
        if ((node->kind == NODE_TEXT && text_has_letter(node->text)) || has_letter(node->children) ||
            has_letter(node->otherwise)) {
            return true;
        }
    }
    return false;
}

static void mark_words(Node *list) {
    for (Node *node = list; node != NULL; node = node->next) {
        node->in_words = true;
        mark_words(node->children);
        mark_words(node->otherwise);
    }
}

static void read_value(Template *template, Text element, Node *attribute) {
    template_skip_space(template);
    template->quote = template_peek(template);
    if (template->quote != '"' && template->quote != '\'') {
        template_refuse(template, template->line, "the value of %.*s is not quoted: write %.*s=\"...\"",
                        TEXT_ARG(attribute->name), TEXT_ARG(attribute->name));
    }
    const size_t opened = template->line;
    template_advance(template, 1);
    attribute->has_value = true;
    attribute->children = read_pieces(template);
    if (!template_ended(template) && template_peek(template) != template->quote) {
        const Tag tag = template_peek_tag(template);
        template_refuse(template, tag.line,
                        "{{%.*s}} closes nothing inside this attribute: if and each begin and end "
                        "between the same quotation marks",
                        TEXT_ARG(tag.all));
    }
    if (template_ended(template)) {
        template_refuse(template, opened, "the value of %.*s has no closing quotation mark", TEXT_ARG(attribute->name));
    }
    template_advance(template, 1);
    if (attribute->attribute == ATTRIBUTE_URL || attribute->attribute == ATTRIBUTE_URL_LIST) {
        (void)place_url(template, attribute, attribute->children, URL_EMPTY);
    }
    if (attribute->attribute == ATTRIBUTE_MESSAGE) {
        mark_words(attribute->children);
    }
    if (text_equal(element, TEXT("input")) && text_equal(attribute->name, TEXT("value")) &&
        has_letter(attribute->children)) {
        template_refuse(template, attribute->line,
                        "words in the value of an <input> are not translated: write <button>...</button>");
    }
}

static Node *read_attribute(Template *template) {
    Node *attribute = node_new(template, NODE_ATTRIBUTE, template->line);
    attribute->name = template_take_name(template, ":_");
    if (attribute->name.size == 0 || !is_name_start(attribute->name.data[0])) {
        template_refuse(template, template->line, "expected the name of an attribute, or > at the end of the tag");
    }
    if (template_at(template, "{{")) {
        const Tag tag = template_peek_tag(template);
        if (!tag_ends_branch(&tag)) {
            template_refuse(template, tag.line,
                            "a value cannot be part of an attribute's name: write the name, and choose with {{if}}");
        }
    }
    attribute->attribute = attribute_check(template, attribute->line, template->tag, attribute->name);
    const size_t at = template->at, line = template->line;
    template_skip_space(template);
    if (template_peek(template) == '=') {
        template_advance(template, 1);
        read_value(template, template->tag, attribute);
        if (!template_ended(template) && strchr(" \t\n\r\f/>{}", template_peek(template)) == NULL) {
            template_refuse(template, template->line, "a blank is missing between two attributes");
        }
    } else {
        template->at = at;
        template->line = line;
    }
    return attribute;
}

static Node *read_list(Template *template) {
    Node *list = NULL, **end = &list;
    for (;;) {
        template_skip_space(template);
        if (template_ended(template)) {
            template_refuse(template, template->line, "the tag <%.*s is not closed with >", TEXT_ARG(template->tag));
        }
        if (template_peek(template) == '>' || template_at(template, "/>") || template_at(template, "}}")) {
            return list;
        }
        if (!template_at(template, "{{")) {
            Node *attribute = read_attribute(template);
            for (const Node *other = list; other != NULL; other = other->next) {
                if (other->kind == NODE_ATTRIBUTE && text_equal(other->name, attribute->name)) {
                    template_refuse(template, attribute->line,
                                    "%.*s stands twice in this tag: browsers ignore the second",
                                    TEXT_ARG(attribute->name));
                }
            }
            append(&end, attribute);
            continue;
        }
        const Tag tag = template_peek_tag(template);
        if (tag_ends_branch(&tag)) {
            return list;
        }
        if (!text_equal(tag.word, TEXT("if"))) {
            template_refuse(template, tag.line,
                            "{{%.*s}} stands among the attributes of <%.*s>: put a value between quotation marks, "
                            "name=\"{{...}}\", and choose attributes with {{if}}",
                            TEXT_ARG(tag.all), TEXT_ARG(template->tag));
        }
        append(&end, tag_read_if(template, read_list));
    }
}

Node *attributes_read(Template *template, Text element) {
    template->tag = element;
    Node *list = read_list(template);
    if (!template_ended(template) && template_at(template, "{{")) {
        const Tag tag = template_peek_tag(template);
        template_refuse(template, tag.line, "{{%.*s}} closes nothing inside this tag", TEXT_ARG(tag.all));
    }
    return list;
}
