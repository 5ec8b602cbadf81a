/** Tags that are read the same way among elements, inside attributes and in JSON. */
#include <string.h>

#include "template.h"

bool tag_ends_branch(const Tag *tag) {
    return tag->word.data[0] == '/' || text_equal(tag->word, TEXT("else")) || text_equal(tag->word, TEXT("none")) ||
           text_equal(tag->word, TEXT("other"));
}

void tag_expect(Template *template, const char *word, const char *opener, size_t opened) {
    if (template_ended(template) || !template_at(template, "{{")) {
        template_refuse(template, opened, "this %s is not closed: write {{%s}} inside the same element or attribute",
                        opener, word);
    }
    const Tag tag = template_peek_tag(template);
    if (!text_equal(tag.all, text_of(word))) {
        template_refuse(template, tag.line, "{{%.*s}} where {{%s}} was expected, which closes %s of line %zu",
                        TEXT_ARG(tag.all), word, opener, opened);
    }
    (void)template_take_tag(template);
}

/** Reads one branch: elements that were opened outside of it cannot be closed inside. */
static Node *read_branch(Template *template, ReadBranch *read) {
    const size_t floor = template->open_floor;
    template->open_floor = template->open.count;
    if (++template->depth > TEMPLATE_MAXIMUM_DEPTH) {
        template_refuse(template, template->line, "tags are nested too deeply: move a part into an include");
    }
    Node *list = read(template);
    template->depth--;
    template->open_floor = floor;
    return list;
}

Node *tag_read_if(Template *template, ReadBranch *read) {
    Tag tag = template_take_tag(template);
    Node *const first = node_new(template, NODE_IF, tag.line);
    Node *node = first;
    node->code = expression_condition(template, tag.line, tag.rest);
    node->children = read_branch(template, read);
    while (!template_ended(template) && template_at(template, "{{else")) {
        tag = template_take_tag(template);
        if (!text_equal(tag.word, TEXT("else"))) {
            template_refuse(template, tag.line, "{{%.*s}} is no tag: write {{else}} or {{else if ...}}",
                            TEXT_ARG(tag.all));
        }
        node->has_otherwise = true;
        if (tag.rest.size == 0) {
            node->otherwise = read_branch(template, read);
            break;
        }
        Text rest = tag.rest;
        if (!text_equal(text_cut(&rest, ' '), TEXT("if"))) {
            template_refuse(template, tag.line, "write {{else}} or {{else if ...}}");
        }
        node->otherwise = node_new(template, NODE_IF, tag.line);
        node = node->otherwise;
        node->code = expression_condition(template, tag.line, text_trim(rest));
        node->children = read_branch(template, read);
    }
    tag_expect(template, "/if", "{{if}}", first->line);
    return first;
}

Node *tag_read_each(Template *template, ReadBranch *read) {
    const Tag tag = template_take_tag(template);
    Node *node = node_new(template, NODE_EACH, tag.line);
    Text rest = tag.rest;
    node->name = text_cut(&rest, ' ');
    rest = text_trim(rest);
    const Text in = text_cut(&rest, ' ');
    for (size_t i = 0; i < node->name.size; i++) {
        const char letter = node->name.data[i];
        if (!is_name_start(letter) && (i == 0 || (letter != '_' && !(letter >= '0' && letter <= '9')))) {
            template_refuse(template, tag.line, "a loop's name has letters, digits and _ only");
        }
    }
    if (!text_equal(in, TEXT("in")) || node->name.size == 0) {
        template_refuse(template, tag.line, "write {{each row in page.rows}}");
    }
    const Path list = expression_path(template, tag.line, text_trim(rest));
    if (list.address.size == 0) {
        template_refuse(template, tag.line, "a number is no list: write {{each row in page.rows}}");
    }
    node->code = list.code;
    expression_open(template, tag.line, node->name, false);
    node->children = read_branch(template, read);
    expression_close(template);
    if (!template_ended(template) && template_at(template, "{{none")) {
        tag_expect(template, "none", "{{each}}", tag.line);
        node->has_otherwise = true;
        node->otherwise = read_branch(template, read);
    }
    tag_expect(template, "/each", "{{each}}", tag.line);
    return node;
}

Node *tag_read_include(Template *template) {
    const Tag tag = template_take_tag(template);
    Node *node = node_new(template, NODE_INCLUDE, tag.line);
    Text rest = tag.rest;
    node->name = text_cut(&rest, ' ');
    bool good = node->name.size > 0;
    Text name = node->name;
    if (text_starts_with(name, TEXT("html/"))) {
        name = text_slice(name, 5, name.size);
    }
    for (size_t i = 0; i < name.size; i++) {
        const char letter = name.data[i];
        good = good && ((letter >= 'a' && letter <= 'z') || letter == '_' || (letter >= '0' && letter <= '9'));
    }
    if (!good || name.size == 0) {
        template_refuse(template, tag.line,
                        "write {{include part page.member}}, where part.html stands in this folder, or html/part");
    }
    const Path path = expression_path(template, tag.line, text_trim(rest));
    if (path.address.size == 0) {
        template_refuse(template, tag.line, "a number cannot be included");
    }
    node->code = path.address;
    return node;
}

static const char *const formats[] = {"moment", "age", "iso", "country", "decimal", "lines", "plain"};

static void check_format(const Template *template, size_t line, Text format, Place place) {
    bool known = false;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        known = known || text_equal(format, text_of(formats[i]));
    }
    if (!known) {
        template_refuse(template, line,
                        "there is no format |%.*s: use moment, age, iso, country, decimal, lines or plain",
                        TEXT_ARG(format));
    }
    if (place == PLACE_JSON) {
        template_refuse(template, line, "JSON takes plain values without a format, so that programs can read them");
    }
    if (place == PLACE_ATTRIBUTE && text_equal(format, TEXT("lines"))) {
        template_refuse(template, line, "|lines writes <br>, which cannot stand in an attribute");
    }
}

Node *tag_read_value(Template *template, Place place) {
    const Tag tag = template_take_tag(template);
    Text rest = tag.all;
    if (memchr(tag.all.data, '\n', tag.all.size) != NULL) {
        template_refuse(template, tag.line, "this {{ has no }} on its line: close it");
    }
    const bool formatted = memchr(rest.data, '|', rest.size) != NULL;
    const Text path_text = text_trim(text_cut(&rest, '|'));
    Node *node = node_new(template, NODE_VALUE, tag.line);
    const Path path = expression_path(template, tag.line, path_text);
    node->code = path.code;
    node->hole = path.last;
    node->place = place;
    if (formatted) {
        node->format = text_trim(rest);
        check_format(template, tag.line, node->format, place);
    }
    return node;
}
