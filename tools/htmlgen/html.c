/** Reads HTML templates: elements, text and tags, in a tree that nests as the browser will nest it. */
#include <string.h>

#include "template.h"

#define OPEN_MAXIMUM 200

static void append(Node ***end, Node *node) {
    **end = node;
    *end = &node->next;
}

static void open_element(Template *template, size_t line, Text name) {
    if (template->open.items == NULL) {
        template->open.items = arena_new_array(template->arena, Text, OPEN_MAXIMUM);
    }
    if (template->open.count == OPEN_MAXIMUM) {
        template_refuse(template, line, "elements are nested too deeply: move a part into an include");
    }
    template->open.items[template->open.count++] = name;
}

static bool is_foreign(const Template *template) {
    for (size_t i = 0; i < template->open.count; i++) {
        if (text_equal(template->open.items[i], TEXT("svg"))) {
            return true;
        }
    }
    return false;
}

static void skip_comment(Template *template) {
    const size_t opened = template->line;
    while (!template_at(template, "-->")) {
        if (template_ended(template)) {
            template_refuse(template, opened, "this comment is not closed with -->");
        }
        if (template_at(template, "{{")) {
            template_refuse(template, template->line,
                            "a tag in a comment: comments are not sent, so nobody would see it; take it out");
        }
        template_advance(template, 1);
    }
    template_advance(template, 3);
}

/** Text up to the next tag, element or {count} of a plural. */
static Node *read_text(Template *template) {
    Node *node = node_new(template, NODE_TEXT, template->line);
    const size_t from = template->at;
    bool blank = true;
    while (!template_ended(template) && template_peek(template) != '<' && !template_at(template, "{{") &&
           !(template->plural.size > 0 && template_at(template, "{count}"))) {
        template_advance(template, 1);
        blank = blank && is_space(template->source.data[template->at - 1]);
        node->line = blank ? template->line : node->line;
    }
    node->text = template_decode(template, node->line, text_slice(template->source, from, template->at));
    return node;
}

/** Text directly inside of a table or row would be moved out of it. */
static void check_no_table(const Template *template, const Node *node) {
    const bool shows = node->kind == NODE_VALUE || (node->kind == NODE_TEXT && text_trim(node->text).size > 0);
    if (shows && template->open.count > 0 &&
        (element_traits(template->open.items[template->open.count - 1]) & ELEMENT_TABLE)) {
        template_refuse(template, node->line,
                        "text directly inside <%.*s> would be moved out of the table: put it into a cell",
                        TEXT_ARG(template->open.items[template->open.count - 1]));
    }
}

static const Node *find_attribute(const Node *list, const char *name) {
    for (const Node *node = list; node != NULL; node = node->next) {
        if (node->kind == NODE_ATTRIBUTE && text_equal(node->name, text_of(name))) {
            return node;
        }
    }
    return NULL;
}

static bool value_is(const Node *attribute, const char *value) {
    return attribute != NULL && attribute->children != NULL && attribute->children->kind == NODE_TEXT &&
           attribute->children->next == NULL && text_equal_ignoring_case(attribute->children->text, text_of(value));
}

static void check_script(const Template *template, const Node *element) {
    const Node *source = find_attribute(element->attributes, "src");
    if (source == NULL || source->children == NULL || source->children->kind != NODE_TEXT ||
        source->children->next != NULL || !text_starts_with(source->children->text, TEXT("/"))) {
        template_refuse(
            template, element->line,
            "a script is a file of this site: write <script src=\"/...\" defer></script> without values in it");
    }
}

static void check_element(const Template *template, const Node *element) {
    const Node *method = find_attribute(element->attributes, "method");
    if (text_equal(element->name, TEXT("form")) && method != NULL && !value_is(method, "get")) {
        template_refuse(template, element->line,
                        "a form that posts carries a token: write {{form page.values action=\"...\"}} ... {{/form}}");
    }
    for (const Node *node = element->attributes; node != NULL; node = node->next) {
        if (text_equal(element->name, TEXT("form")) && node->kind == NODE_IF) {
            template_refuse(template, node->line, "the attributes of a form do not depend on {{if}}");
        }
    }
    if (text_equal(element->name, TEXT("script"))) {
        check_script(template, element);
    }
}

static Node *read_only_text(Template *template);

/** The end tag of the element that is read. */
static void read_end_tag(Template *template, const Node *element) {
    if (template_ended(template) || !template_at(template, "</")) {
        template_refuse(template, element->line, "<%.*s> is not closed: write </%.*s> in the same branch",
                        TEXT_ARG(element->name), TEXT_ARG(element->name));
    }
    template_advance(template, 2);
    const size_t line = template->line;
    const Text name = template_take_name(template, "");
    template_skip_space(template);
    if (!text_equal(name, element->name)) {
        template_refuse(template, line, "</%.*s> where </%.*s> was expected, which closes the element of line %zu",
                        TEXT_ARG(name), TEXT_ARG(element->name), element->line);
    }
    if (template_peek(template) != '>') {
        template_refuse(template, line, "the end tag </%.*s is not closed with >", TEXT_ARG(name));
    }
    template_advance(template, 1);
}

static void read_content(Template *template, Node *element, unsigned traits) {
    open_element(template, element->line, element->name);
    if (++template->depth > TEMPLATE_MAXIMUM_DEPTH) {
        template_refuse(template, element->line, "elements are nested too deeply: move a part into an include");
    }
    const size_t floor = template->open_floor;
    if ((traits & ELEMENT_KEEPS_SPACE) && template_peek(template) == '\n') {
        template_advance(template, 1); /* as browsers do; emit_start_tag writes one of its own */
    }
    if (traits & ELEMENT_ONLY_TEXT) {
        element->children = read_only_text(template);
    } else {
        template->open_floor = template->open.count - 1;
        element->children = html_read_branch(template);
    }
    template->open_floor = floor;
    if (!template_ended(template) && template_at(template, "{{")) {
        const Tag tag = template_peek_tag(template);
        template_refuse(template, tag.line, "{{%.*s}} stands inside <%.*s> of line %zu, which is not closed yet",
                        TEXT_ARG(tag.all), TEXT_ARG(element->name), element->line);
    }
    read_end_tag(template, element);
    template->depth--;
    template->open.count--;
}

static Node *read_element(Template *template) {
    Node *element = node_new(template, NODE_ELEMENT, template->line);
    template_advance(template, 1);
    if (template_at(template, "{{")) {
        template_refuse(template, template->line, "a value cannot be the name of an element: choose with {{if}}");
    }
    element->name = template_take_name(template, "");
    if (template_at(template, "{{")) {
        template_refuse(template, template->line,
                        "a value cannot be part of the name of an element: choose with {{if}}");
    }
    element->foreign = is_foreign(template);
    const unsigned traits = element_check(template, element->line, element->name, element->foreign);
    element_check_place(template, element->line, element->name, element->foreign);
    element->attributes = attributes_read(template, element->name);
    check_element(template, element);
    if (template_at(template, "/>")) {
        if (!element->foreign && !(traits & ELEMENT_VOID)) {
            template_refuse(template, element->line, "<%.*s/> does not close itself in HTML: write <%.*s></%.*s>",
                            TEXT_ARG(element->name), TEXT_ARG(element->name), TEXT_ARG(element->name));
        }
        element->closes_itself = true;
        template_advance(template, 2);
        return element;
    }
    if (template_peek(template) != '>') {
        template_refuse(template, template->line, "the tag <%.*s is not closed with >", TEXT_ARG(element->name));
    }
    template_advance(template, 1);
    element->closes_itself = (traits & ELEMENT_VOID) != 0 && !element->foreign;
    if (!element->closes_itself) {
        read_content(template, element, traits);
    }
    return element;
}

/** The content of <textarea>, <script> and <iframe>, as a branch. */
static Node *read_only_text(Template *template) {
    const Text element = template->open.items[template->open.count - 1];
    Node *list = NULL, **end = &list;
    while (!template_ended(template) && !template_at(template, "</")) {
        if (template_at(template, "{{")) {
            const Tag tag = template_peek_tag(template);
            if (tag_ends_branch(&tag)) {
                break;
            }
            if (!text_equal(element, TEXT("textarea"))) {
                template_refuse(template, tag.line,
                                "a value inside <%.*s> cannot be made safe: put it into a data- attribute",
                                TEXT_ARG(element));
            }
            append(&end, text_equal(tag.word, TEXT("if")) ? tag_read_if(template, read_only_text)
                                                          : tag_read_value(template, PLACE_TEXT));
            continue;
        }
        if (template_peek(template) == '<') {
            template_refuse(template, template->line, "<%.*s> holds no elements", TEXT_ARG(element));
        }
        Node *text = read_text(template);
        const bool textarea = text_equal(element, TEXT("textarea"));
        if (textarea ? text_has_letter(text->text) : text_trim(text->text).size > 0) {
            template_refuse(template, text->line,
                            textarea ? "words inside <textarea> are not translated: use a placeholder or a value"
                                     : "<%.*s> has no content in a template: scripts are files of their own",
                            TEXT_ARG(element));
        }
        append(&end, text);
    }
    return list;
}

/** Reads what stands between {{form}} and {{/form}}, {{rows}} and {{/rows}}. */
static Node *read_inside(Template *template) {
    const bool in_form = template->in_form;
    const size_t floor = template->open_floor;
    template->in_form = true;
    template->open_floor = template->open.count;
    if (++template->depth > TEMPLATE_MAXIMUM_DEPTH) {
        template_refuse(template, template->line, "tags are nested too deeply: move a part into an include");
    }
    Node *list = html_read_branch(template);
    template->depth--;
    template->open_floor = floor;
    template->in_form = in_form;
    return list;
}

static Node *read_form(Template *template) {
    Node *node = node_new(template, NODE_FORM, template->line);
    template_advance(template, 2);
    template_skip_space(template);
    template_advance(template, 4);
    template_skip_space(template);
    const Text path = template_take_name(template, "._>");
    node->code = expression_path(template, node->line, path).code;
    node->name = TEXT("form");
    element_check_place(template, node->line, node->name, false);
    node->attributes = attributes_read(template, node->name);
    if (!template_at(template, "}}")) {
        template_refuse(template, node->line, "{{form}} ends with }}");
    }
    template_advance(template, 2);
    if (find_attribute(node->attributes, "action") == NULL) {
        template_refuse(template, node->line, "a form says where it goes: {{form page.values action=\"/...\"}}");
    }
    check_element(template, node);
    open_element(template, node->line, node->name);
    node->children = read_inside(template);
    template->open.count--;
    tag_expect(template, "/form", "{{form}}", node->line);
    return node;
}

static bool is_field_name(Text name) {
    for (size_t i = 0; i < name.size; i++) {
        const char letter = name.data[i];
        if (!(letter >= 'a' && letter <= 'z') && letter != '_' && !(letter >= '0' && letter <= '9')) {
            return false;
        }
    }
    return name.size > 0;
}

/** {{field name as=search}}, {{fields}}, {{rows name}} */
static Node *read_field(Template *template) {
    const Tag tag = template_take_tag(template);
    if (!template->in_form) {
        template_refuse(template, tag.line, "{{%.*s}} stands inside {{form}} only", TEXT_ARG(tag.word));
    }
    Text rest = tag.rest;
    Node *node = node_new(template, NODE_FIELDS, tag.line);
    node->name = text_cut(&rest, ' ');
    rest = text_trim(rest);
    if (text_equal(tag.word, TEXT("fields"))) {
        if (tag.rest.size > 0) {
            template_refuse(template, tag.line, "{{fields}} takes nothing: it writes all fields of its form");
        }
        return node;
    }
    const bool rows = text_equal(tag.word, TEXT("rows"));
    node->kind = rows ? NODE_ROWS : NODE_FIELD;
    if (text_starts_with(rest, TEXT("as=")) && !rows) {
        node->format = text_slice(rest, 3, rest.size);
        rest = (Text){NULL, 0};
    }
    if (!is_field_name(node->name) || rest.size > 0 || (node->format.size > 0 && !is_field_name(node->format))) {
        template_refuse(template, tag.line,
                        rows ? "write {{rows name}}" : "write {{field name}} or {{field name as=way}}");
    }
    if (rows) {
        expression_open(template, tag.line, node->name, true);
        node->children = read_inside(template);
        expression_close(template);
        tag_expect(template, "/rows", "{{rows}}", tag.line);
    }
    return node;
}

static Node *read_plural(Template *template) {
    const Tag tag = template_take_tag(template);
    Node *node = node_new(template, NODE_PLURAL, tag.line);
    if (template->plural.size > 0) {
        template_refuse(template, tag.line, "{{plural}} cannot stand inside {{plural}}");
    }
    node->code = expression_path(template, tag.line, tag.rest).code;
    template->plural = node->code;
    const size_t floor = template->open_floor;
    template->open_floor = template->open.count;
    node->children = html_read_branch(template);
    tag_expect(template, "other", "{{plural}}", tag.line);
    node->otherwise = html_read_branch(template);
    tag_expect(template, "/plural", "{{plural}}", tag.line);
    template->open_floor = floor;
    template->plural = (Text){NULL, 0};
    return node;
}

/** {{errors E}}, {{paging E}}, {{raw E}} */
static Node *read_simple(Template *template, NodeKind kind) {
    const Tag tag = template_take_tag(template);
    Node *node = node_new(template, kind, tag.line);
    const Path path = expression_path(template, tag.line, tag.rest);
    node->code = kind == NODE_PAGING ? path.address : path.code;
    return node;
}

static Node *read_tag(Template *template, const Tag *tag) {
    const Text word = tag->word;
    if (text_equal(word, TEXT("if"))) {
        return tag_read_if(template, html_read_branch);
    }
    if (text_equal(word, TEXT("each"))) {
        return tag_read_each(template, html_read_branch);
    }
    if (text_equal(word, TEXT("include"))) {
        return tag_read_include(template);
    }
    if (text_equal(word, TEXT("plural"))) {
        return read_plural(template);
    }
    if (text_equal(word, TEXT("form"))) {
        return read_form(template);
    }
    if (text_equal(word, TEXT("field")) || text_equal(word, TEXT("fields")) || text_equal(word, TEXT("rows"))) {
        return read_field(template);
    }
    if (text_equal(word, TEXT("errors"))) {
        return read_simple(template, NODE_ERRORS);
    }
    if (text_equal(word, TEXT("paging"))) {
        return read_simple(template, NODE_PAGING);
    }
    if (text_equal(word, TEXT("raw"))) {
        return read_simple(template, NODE_RAW);
    }
    if (text_equal(word, TEXT("title")) || text_equal(word, TEXT("model"))) {
        template_refuse(template, tag->line, "{{%.*s}} stands at the beginning of a template only, once",
                        TEXT_ARG(word));
    }
    return tag_read_value(template, PLACE_TEXT);
}

static Node *read_count(Template *template) {
    Node *node = node_new(template, NODE_VALUE, template->line);
    template_advance(template, sizeof("{count}") - 1);
    node->code = template->plural;
    node->hole = TEXT("count");
    return node;
}

/** What begins with <: an element, or a comment, for which it gives NULL. */
static Node *read_angle(Template *template) {
    if (template_at(template, "<!--")) {
        template_advance(template, 4);
        skip_comment(template);
        return NULL;
    }
    const Text next = text_slice(template->source, template->at + 1, template->at + 2);
    if (next.size == 0 || (!is_name_start(next.data[0]) && !template_at(template, "<{{"))) {
        template_refuse(template, template->line, "this < begins no element: write &lt;");
    }
    return read_element(template);
}

Node *html_read_branch(Template *template) {
    Node *list = NULL, **end = &list;
    while (!template_ended(template)) {
        Node *node = NULL;
        if (template_at(template, "</")) {
            if (template->open.count > template->open_floor) {
                break;
            }
            template_advance(template, 2);
            const Text name = template_take_name(template, "");
            template_refuse(template, template->line,
                            "</%.*s> closes an element that was not opened in this branch of the template",
                            TEXT_ARG(name));
        } else if (template_peek(template) == '<') {
            node = read_angle(template);
        } else if (template_at(template, "{{")) {
            const Tag tag = template_peek_tag(template);
            if (tag_ends_branch(&tag)) {
                break;
            }
            node = read_tag(template, &tag);
        } else if (template->plural.size > 0 && template_at(template, "{count}")) {
            node = read_count(template);
        } else {
            node = read_text(template);
        }
        if (node != NULL) {
            check_no_table(template, node);
            append(&end, node);
        }
    }
    return list;
}

Node *html_read_words(Template *template) {
    Node *list = NULL, **end = &list;
    while (!template_ended(template)) {
        if (template_peek(template) == '<') {
            template_refuse(template, template->line, "a title holds words and values, no elements");
        }
        if (!template_at(template, "{{")) {
            append(&end, read_text(template));
            continue;
        }
        const Tag tag = template_peek_tag(template);
        if (tag_ends_branch(&tag)) {
            break;
        }
        append(&end, text_equal(tag.word, TEXT("if")) ? tag_read_if(template, html_read_words)
                                                      : tag_read_value(template, PLACE_TEXT));
    }
    return list;
}

/** Moves behind white space and comments between the first lines. */
static void skip_between(Template *template) {
    template_skip_space(template);
    while (template_at(template, "<!--")) {
        template_advance(template, 4);
        skip_comment(template);
        template_skip_space(template);
    }
}

void template_read(Template *template) {
    template->line = 1;
    if (!text_is_utf8(template->source)) {
        template_refuse(template, 1, "the template is not UTF-8");
    }
    template_read_model(template);
    template->scopes = arena_new(template->arena, Scope);
    template->scopes->name = TEXT("page");
    if (template->json) {
        template->body = json_read(template);
        return;
    }
    skip_between(template);
    if (template_at(template, "{{title}}")) {
        const size_t line = template->line;
        (void)template_take_tag(template);
        template->title = html_read_words(template);
        tag_expect(template, "/title", "{{title}}", line);
        template->page = true;
    }
    template->body = html_read_branch(template);
    if (!template_ended(template)) {
        const Tag tag = template_peek_tag(template);
        template_refuse(template, tag.line, "{{%.*s}} closes nothing", TEXT_ARG(tag.all));
    }
    space_collapse(template, template->title);
    space_collapse(template, template->body);
}
