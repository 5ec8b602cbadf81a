/** White space: a template's indentation becomes one blank, or nothing where a browser shows nothing; words are never
 * glued. */
#include "template.h"

static bool is_block(const Node *node) {
    if (node->kind == NODE_ELEMENT) {
        return (element_traits(node->name) & ELEMENT_BLOCK) != 0 && !node->foreign;
    }
    return node->kind == NODE_FORM || node->kind == NODE_ROWS || node->kind == NODE_FIELD ||
           node->kind == NODE_FIELDS || node->kind == NODE_ERRORS || node->kind == NODE_PAGING;
}

static bool is_blank(Text text) {
    return text_trim(text).size == 0;
}

/** Whether what follows `node` surely begins with the edge of a block. */
static bool edge_follows(const Node *node, bool edge_at_end) {
    for (node = node->next; node != NULL; node = node->next) {
        if (node->kind != NODE_TEXT || !is_blank(node->text)) {
            return is_block(node);
        }
    }
    return edge_at_end;
}

static bool begins_with_edge(const Node *list, bool edge_at_end) {
    const Node before = {.kind = NODE_TEXT, .next = (Node *)list};
    return edge_follows(&before, edge_at_end);
}

/** Whether a list surely ends with a blank or the edge of a block, once it is collapsed. */
static bool ends_with_edge(const Node *list) {
    bool edge = false;
    for (const Node *node = list; node != NULL; node = node->next) {
        if (node->kind == NODE_TEXT) {
            edge = node->text.size > 0 ? is_space(node->text.data[node->text.size - 1]) : edge;
        } else {
            edge = is_block(node);
        }
    }
    return edge;
}

static bool collapse(Template *template, Node *list, bool edge, bool edge_at_end);

static bool collapse_text(const Template *template, Node *node, bool edge, bool followed) {
    Text text = text_collapse(template->arena, node->text);
    if (edge && text_starts_with(text, TEXT(" "))) {
        text = text_slice(text, 1, text.size);
    }
    if (followed && text_ends_with(text, TEXT(" "))) {
        text = text_slice(text, 0, text.size - 1);
    }
    node->text = text;
    return text.size > 0 ? text_ends_with(text, TEXT(" ")) : edge;
}

static bool collapse_element(Template *template, Node *node, bool edge) {
    const unsigned traits = element_traits(node->name);
    if (traits & ELEMENT_KEEPS_SPACE) {
        return (traits & ELEMENT_BLOCK) != 0;
    }
    if (is_block(node) || (traits & ELEMENT_ITEM) != 0) {
        (void)collapse(template, node->children, true, true);
        return is_block(node);
    }
    if (node->closes_itself) {
        return text_equal(node->name, TEXT("br"));
    }
    return collapse(template, node->children, edge, false);
}

static bool collapse_each(Template *template, Node *node, bool edge, bool followed) {
    const bool turns_edge = edge && ends_with_edge(node->children);
    const bool next_edge = followed && begins_with_edge(node->children, followed);
    const bool body = collapse(template, node->children, turns_edge, next_edge);
    const bool none = collapse(template, node->otherwise, edge, followed);
    return body && (node->has_otherwise ? none : edge);
}

static bool collapse(Template *template, Node *list, bool edge, bool edge_at_end) {
    for (Node *node = list; node != NULL; node = node->next) {
        const bool followed = edge_follows(node, edge_at_end);
        switch (node->kind) {
        case NODE_TEXT:
            edge = collapse_text(template, node, edge, followed);
            break;
        case NODE_ELEMENT:
            edge = collapse_element(template, node, edge);
            break;
        case NODE_IF: {
            const bool then = collapse(template, node->children, edge, followed);
            const bool otherwise = collapse(template, node->otherwise, edge, followed);
            edge = then && otherwise;
            break;
        }
        case NODE_EACH:
            edge = collapse_each(template, node, edge, followed);
            break;
        case NODE_PLURAL:
            (void)collapse(template, node->children, false, false);
            (void)collapse(template, node->otherwise, false, false);
            edge = false;
            break;
        case NODE_FORM:
        case NODE_ROWS:
            (void)collapse(template, node->children, true, true);
            edge = true;
            break;
        default:
            edge = is_block(node);
            break;
        }
    }
    return edge;
}

void space_collapse(Template *template, Node *list) {
    (void)collapse(template, list, true, true);
}
