/** Writes a template's tree as C functions. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emit.h"

Text c_literal(Arena *arena, Text bytes) {
    Buffer buffer = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    buffer_append_byte(&buffer, '"');
    size_t column = 0;
    for (size_t i = 0; i < bytes.size; i++, column++) {
        const unsigned char byte = (unsigned char)bytes.data[i];
        if (column >= 90 && (byte < 0x80 || byte >= 0xc0)) {
            buffer_append(&buffer, TEXT("\"\n        \""));
            column = 0;
        }
        if (byte == '"' || byte == '\\' || byte == '?') {
            buffer_format(&buffer, "\\%c", byte);
        } else if (byte == '\n') {
            buffer_append(&buffer, TEXT("\\n"));
        } else if (byte < 0x20 || byte == 0x7f) {
            buffer_format(&buffer, "\\%03o", byte);
        } else {
            buffer_append_byte(&buffer, (char)byte);
        }
    }
    buffer_append_byte(&buffer, '"');
    Text literal = TEXT("\"\"");
    if (buffer_take(&buffer, &literal) != STATUS_OK) {
        literal = TEXT("#error too long");
    }
    return literal;
}

void emit_literal(Emitter *emitter, Text bytes) {
    buffer_append(&emitter->literal, bytes);
}

void emit_escaped(Emitter *emitter, Text text) {
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '&':
            emit_literal(emitter, TEXT("&amp;"));
            break;
        case '<':
            emit_literal(emitter, TEXT("&lt;"));
            break;
        case '>':
            emit_literal(emitter, TEXT("&gt;"));
            break;
        case '"':
            emit_literal(emitter, TEXT("&quot;"));
            break;
        default:
            emit_literal(emitter, text_slice(text, i, i + 1));
        }
    }
}

static void indent(Emitter *emitter) {
    for (size_t i = 0; i < emitter->indent; i++) {
        buffer_append(emitter->body, TEXT("    "));
    }
}

void emit_flush(Emitter *emitter) {
    if (emitter->literal.size == 0) {
        return;
    }
    const Text bytes = {emitter->literal.data, emitter->literal.size};
    const Text literal = c_literal(emitter->template->arena, bytes);
    indent(emitter);
    buffer_format(emitter->body, "write_literal(writer, ");
    buffer_append(emitter->body, literal);
    buffer_format(emitter->body, ", %zu);\n", bytes.size);
    emitter->literal.size = 0;
}

void emit_line(Emitter *emitter, size_t line, const char *format, ...) {
    va_list arguments, again;
    emit_flush(emitter);
    if (line > 0) {
        buffer_format(emitter->body, "#line %zu \"%s\"\n", line, emitter->template->path);
    }
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = arena_allocate(emitter->template->arena, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    indent(emitter);
    buffer_append(emitter->body, (Text){text, (size_t)size});
    buffer_append_byte(emitter->body, '\n');
}

void emit_value(Emitter *emitter, const Node *node) {
    static const char *const writers[] = {
        [PLACE_TEXT] = "write_value",          [PLACE_ATTRIBUTE] = "write_attribute",
        [PLACE_URL_START] = "write_url_start", [PLACE_URL_PART] = "write_url_part",
        [PLACE_JSON] = "write_json",
    };
    if (node->format.size == 0 && node->place == PLACE_ATTRIBUTE && !node->in_words) {
        emit_line(emitter, node->line, "write_attribute_plain(writer, %.*s);", TEXT_ARG(node->code));
    } else if (node->format.size == 0) {
        emit_line(emitter, node->line, "%s(writer, %.*s);", writers[node->place], TEXT_ARG(node->code));
    } else {
        emit_line(emitter, node->line, "%s%.*s(writer, %.*s);",
                  node->place == PLACE_ATTRIBUTE ? "write_attribute_" : "write_", TEXT_ARG(node->format),
                  TEXT_ARG(node->code));
    }
}

static void push_variable(Emitter *emitter, Text name, Text type, bool number) {
    Variable *variable = arena_new(emitter->template->arena, Variable);
    *variable = (Variable){.name = name, .type = type, .number = number, .outer = emitter->variables};
    emitter->variables = variable;
}

static void emit_block_end(Emitter *emitter) {
    emit_flush(emitter);
    emitter->indent--;
    emit_line(emitter, 0, "}");
}

void emit_each_begin(Emitter *emitter, const Node *node) {
    Arena *arena = emitter->template->arena;
    const Text index = arena_format(arena, "index_of_%.*s", TEXT_ARG(node->name));
    const Text type = arena_format(arena, "const __typeof__(*%.*s.items) *", TEXT_ARG(node->code));
    emit_line(emitter, node->line, "for (size_t %.*s = 0; %.*s < %.*s.count; %.*s++) {", TEXT_ARG(index),
              TEXT_ARG(index), TEXT_ARG(node->code), TEXT_ARG(index));
    emitter->indent++;
    emit_line(emitter, node->line, "%.*s%.*s = &%.*s.items[%.*s];", TEXT_ARG(type), TEXT_ARG(node->name),
              TEXT_ARG(node->code), TEXT_ARG(index));
    emit_line(emitter, 0, "(void)%.*s;", TEXT_ARG(node->name));
    push_variable(emitter, index, TEXT("size_t"), true);
    push_variable(emitter, node->name, type, false);
}

void emit_each_end(Emitter *emitter, const Node *node) {
    (void)node;
    emit_block_end(emitter);
    emitter->variables = emitter->variables->outer->outer;
}

Text emit_include_name(const Emitter *emitter, const Node *node, const char *kind) {
    Arena *arena = emitter->template->arena;
    if (text_starts_with(node->name, TEXT("html/"))) {
        return arena_format(arena, "html_%.*s_%s", TEXT_ARG(text_slice(node->name, 5, node->name.size)), kind);
    }
    return arena_format(arena, "%.*s_%.*s_%s", TEXT_ARG(emitter->template->room), TEXT_ARG(node->name), kind);
}

/** Runs `branch` over the nodes of if, each and their other branches. */
static void emit_if(Emitter *emitter, const Node *node, void (*branch)(Emitter *, const Node *)) {
    emit_line(emitter, node->line, "if (%.*s) {", TEXT_ARG(node->code));
    emitter->indent++;
    branch(emitter, node->children);
    emit_flush(emitter);
    emitter->indent--;
    if (!node->has_otherwise) {
        emit_line(emitter, 0, "}");
        return;
    }
    emit_line(emitter, 0, "} else {");
    emitter->indent++;
    branch(emitter, node->otherwise);
    emit_block_end(emitter);
}

static void emit_each(Emitter *emitter, const Node *node, void (*branch)(Emitter *, const Node *)) {
    emit_each_begin(emitter, node);
    branch(emitter, node->children);
    emit_each_end(emitter, node);
    if (node->has_otherwise) {
        emit_line(emitter, node->line, "if (%.*s.count == 0) {", TEXT_ARG(node->code));
        emitter->indent++;
        branch(emitter, node->otherwise);
        emit_block_end(emitter);
    }
}

/** The pieces of an attribute's value that is no message. */
static void emit_pieces(Emitter *emitter, const Node *list) {
    for (const Node *node = list; node != NULL; node = node->next) {
        switch (node->kind) {
        case NODE_TEXT:
            emit_escaped(emitter, node->text);
            break;
        case NODE_IF:
            emit_if(emitter, node, emit_pieces);
            break;
        case NODE_EACH:
            emit_each(emitter, node, emit_pieces);
            break;
        default:
            emit_value(emitter, node);
        }
    }
}

/** The pieces of a message attribute: {{if}} and {{each}} stand between messages. */
static void emit_message_pieces(Emitter *emitter, const Node *list) {
    const Node *from = list;
    for (const Node *node = list;; node = node->next) {
        if (node != NULL && node->kind != NODE_IF && node->kind != NODE_EACH) {
            continue;
        }
        message_emit_run(emitter, from, node, true);
        if (node == NULL) {
            return;
        }
        if (node->kind == NODE_IF) {
            emit_if(emitter, node, emit_message_pieces);
        } else {
            emit_each(emitter, node, emit_message_pieces);
        }
        from = node->next;
    }
}

static void emit_attributes(Emitter *emitter, const Node *list) {
    for (const Node *node = list; node != NULL; node = node->next) {
        if (node->kind == NODE_IF) {
            emit_if(emitter, node, emit_attributes);
            continue;
        }
        emit_literal(emitter, TEXT(" "));
        emit_literal(emitter, node->name);
        if (!node->has_value) {
            continue;
        }
        const bool translate = emitter->translate;
        const bool ours = text_starts_with(node->name, TEXT("data-")); /* translate="no" is not about these */
        emit_literal(emitter, TEXT("=\""));
        if (node->attribute == ATTRIBUTE_MESSAGE && (ours ? emitter->translate_around : translate)) {
            emitter->translate = true;
            emit_message_pieces(emitter, node->children);
        } else {
            emit_pieces(emitter, node->children);
        }
        emit_literal(emitter, TEXT("\""));
        emitter->translate = translate;
    }
}

static bool is_untranslated(const Node *element) {
    for (const Node *node = element->attributes; node != NULL; node = node->next) {
        if (node->kind == NODE_ATTRIBUTE && text_equal(node->name, TEXT("translate"))) {
            return node->children != NULL && node->children->kind == NODE_TEXT &&
                   text_equal(node->children->text, TEXT("no"));
        }
    }
    return false;
}

void emit_start_tag(Emitter *emitter, const Node *element) {
    const bool translate = emitter->translate;
    emitter->translate_around = translate;
    emitter->translate = translate && !is_untranslated(element);
    emit_literal(emitter, TEXT("<"));
    emit_literal(emitter, element->name);
    emit_attributes(emitter, element->attributes);
    emit_literal(emitter, element->closes_itself && element->foreign ? TEXT("/>") : TEXT(">"));
    if (element_traits(element->name) & ELEMENT_KEEPS_SPACE) {
        emit_literal(emitter, TEXT("\n")); /* the browser drops a first line end, which might be the value's own */
    }
    emitter->translate = translate;
}

void emit_content(Emitter *emitter, const Node *element) {
    const bool translate = emitter->translate;
    emitter->translate = translate && !is_untranslated(element);
    if (emitter->translate && text_equal(element->name, TEXT("pre"))) {
        for (const Node *node = element->children; node != NULL; node = node->next) {
            if (node->kind == NODE_TEXT && text_has_letter(node->text)) {
                template_refuse(emitter->template, node->line,
                                "words inside <pre> are not translated: add translate=\"no\" if that is right");
            }
        }
    }
    emit_nodes(emitter, element->children);
    emitter->translate = translate;
}

static void emit_element(Emitter *emitter, const Node *node) {
    emit_start_tag(emitter, node);
    if (!node->closes_itself) {
        emit_content(emitter, node);
        emit_literal(emitter, TEXT("</"));
        emit_literal(emitter, node->name);
        emit_literal(emitter, TEXT(">"));
    }
}

static Text new_values(Emitter *emitter) {
    return arena_format(emitter->template->arena, "values_%zu", ++*emitter->counter);
}

static bool is_get(const Node *form) {
    for (const Node *node = form->attributes; node != NULL; node = node->next) {
        if (text_equal(node->name, TEXT("method"))) {
            return true;
        }
    }
    return false;
}

static void emit_form(Emitter *emitter, const Node *node) {
    const Text outer = emitter->values;
    emitter->values = new_values(emitter);
    emit_line(emitter, 0, "{");
    emitter->indent++;
    emit_line(emitter, node->line, "const FormValues *%.*s = %.*s;", TEXT_ARG(emitter->values), TEXT_ARG(node->code));
    if (is_get(node)) {
        emit_line(emitter, 0, "(void)%.*s;", TEXT_ARG(emitter->values));
        emit_literal(emitter, TEXT("<form"));
        emit_attributes(emitter, node->attributes);
        emit_literal(emitter, TEXT(">"));
        emit_nodes(emitter, node->children);
        emit_literal(emitter, TEXT("</form>"));
    } else {
        emit_literal(emitter, TEXT("<form method=\"post\""));
        emit_attributes(emitter, node->attributes);
        emit_line(emitter, node->line, "html_form_rest(writer, %.*s);", TEXT_ARG(emitter->values));
        emit_nodes(emitter, node->children);
        emit_line(emitter, 0, "html_form_end(writer);");
    }
    emit_block_end(emitter);
    emitter->values = outer;
}

static void emit_rows(Emitter *emitter, const Node *node) {
    const Text outer = emitter->values;
    Arena *arena = emitter->template->arena;
    const Text name = node->name;
    const Text index = arena_format(arena, "index_of_%.*s", TEXT_ARG(name));
    const Text count = arena_format(arena, "count_%zu", ++*emitter->counter);
    emit_line(emitter, 0, "{");
    emitter->indent++;
    emit_line(emitter, node->line, "const size_t %.*s = html_rows_count(writer, %.*s, \"%.*s\");", TEXT_ARG(count),
              TEXT_ARG(outer), TEXT_ARG(name));
    emit_line(emitter, node->line, "for (size_t %.*s = 0; %.*s < %.*s; %.*s++) {", TEXT_ARG(index), TEXT_ARG(index),
              TEXT_ARG(count), TEXT_ARG(index));
    emitter->indent++;
    emitter->values = new_values(emitter);
    emit_line(emitter, node->line, "const FormValues *%.*s = html_row(writer, %.*s, \"%.*s\", %.*s);",
              TEXT_ARG(emitter->values), TEXT_ARG(outer), TEXT_ARG(name), TEXT_ARG(index));
    emit_line(emitter, 0, "(void)%.*s;", TEXT_ARG(emitter->values));
    push_variable(emitter, index, TEXT("size_t"), true);
    emit_nodes(emitter, node->children);
    emitter->variables = emitter->variables->outer;
    emit_line(emitter, node->line, "html_row_end(writer, %.*s, \"%.*s\", %.*s);", TEXT_ARG(outer), TEXT_ARG(name),
              TEXT_ARG(index));
    emit_block_end(emitter);
    emit_line(emitter, node->line, "html_rows_end(writer, %.*s, \"%.*s\");", TEXT_ARG(outer), TEXT_ARG(name));
    emit_block_end(emitter);
    emitter->values = outer;
}

static void emit_field(Emitter *emitter, const Node *node) {
    if (node->kind == NODE_FIELDS) {
        emit_line(emitter, node->line, "html_fields(writer, %.*s);", TEXT_ARG(emitter->values));
    } else if (node->format.size > 0) {
        emit_line(emitter, node->line, "html_field(writer, %.*s, \"%.*s\", \"%.*s\");", TEXT_ARG(emitter->values),
                  TEXT_ARG(node->name), TEXT_ARG(node->format));
    } else {
        emit_line(emitter, node->line, "html_field(writer, %.*s, \"%.*s\", NULL);", TEXT_ARG(emitter->values),
                  TEXT_ARG(node->name));
    }
}

static void emit_node(Emitter *emitter, const Node *node) {
    switch (node->kind) {
    case NODE_ELEMENT:
        emit_element(emitter, node);
        break;
    case NODE_IF:
        emit_if(emitter, node, emit_nodes);
        break;
    case NODE_EACH:
        emit_each(emitter, node, emit_nodes);
        break;
    case NODE_INCLUDE: {
        const Text name = emit_include_name(emitter, node, "html");
        emit_line(emitter, node->line, "%.*s(writer, %.*s);", TEXT_ARG(name), TEXT_ARG(node->code));
        break;
    }
    case NODE_PLURAL:
        message_emit_plural(emitter, node);
        break;
    case NODE_FORM:
        emit_form(emitter, node);
        break;
    case NODE_ROWS:
        emit_rows(emitter, node);
        break;
    case NODE_FIELD:
    case NODE_FIELDS:
        emit_field(emitter, node);
        break;
    case NODE_ERRORS:
        emit_line(emitter, node->line, "html_errors(writer, %.*s);", TEXT_ARG(node->code));
        break;
    case NODE_RAW:
        emit_line(emitter, node->line, "write_raw(writer, %.*s);", TEXT_ARG(node->code));
        break;
    case NODE_PAGING:
        emit_line(emitter, node->line, "html_paging(writer, %.*s);", TEXT_ARG(node->code));
        break;
    default:
        template_refuse(emitter->template, node->line, "this cannot stand here");
    }
}

void emit_nodes(Emitter *emitter, const Node *list) {
    const Node *from = list;
    for (const Node *node = list;; node = node->next) {
        if (node != NULL && message_can_hold(node)) {
            continue;
        }
        if (from != node) {
            message_emit_run(emitter, from, node, false);
        }
        if (node == NULL) {
            return;
        }
        emit_node(emitter, node);
        from = node->next;
    }
}

/** Writes one function over the model. */
static void emit_function(const Emitter *base, Text signature, const Node *list,
                          void (*body)(Emitter *, const Node *)) {
    const Template *template = base->template;
    Buffer text = buffer_make(template->arena, OUTPUT_MAXIMUM_BYTES);
    Emitter emitter = *base;
    emitter.body = &text;
    emitter.literal = buffer_make(template->arena, OUTPUT_MAXIMUM_BYTES);
    emitter.indent = 1;
    push_variable(&emitter, TEXT("page"), arena_format(template->arena, "const %.*s *", TEXT_ARG(template->model)),
                  false);
    emit_line(&emitter, 0, "(void)page;");
    body(&emitter, list);
    emit_flush(&emitter);
    buffer_append(base->functions, signature);
    buffer_append(base->functions, TEXT(" {\n"));
    buffer_append(base->functions, (Text){text.data, text.size});
    buffer_append(base->functions, TEXT("}\n\n"));
}

void emit_template(const Template *template, Buffer *functions, size_t *counter, MessageUses *uses) {
    Arena *arena = template->arena;
    const char *kind = template->json ? "json" : "html";
    const Text model = template->model;
    const Text name = arena_format(arena, "%.*s_%.*s", TEXT_ARG(template->room), TEXT_ARG(template->name));
    const Emitter emitter = {
        .template = template, .functions = functions, .counter = counter, .translate = true, .uses = uses};
    if (template->page) {
        emit_function(&emitter,
                      arena_format(arena, "static void %.*s_words(Writer *writer, const %.*s *page)", TEXT_ARG(name),
                                   TEXT_ARG(model)),
                      template->title, emit_nodes);
        buffer_format(functions,
                      "static void %.*s_title(Writer *writer, const void *model) {\n"
                      "    %.*s_words(writer, model);\n}\n\n",
                      TEXT_ARG(name), TEXT_ARG(name));
    }
    emit_function(&emitter,
                  arena_format(arena, "%svoid %.*s_%s%s(Writer *writer, const %.*s *page)",
                               template->page ? "static " : "", TEXT_ARG(name), template->page ? "content_" : "", kind,
                               TEXT_ARG(model)),
                  template->body, template->json ? emit_json : emit_nodes);
    if (template->page) {
        buffer_format(functions,
                      "static void %.*s_html(Writer *writer, const void *model) {\n"
                      "    html_page_begin(writer, %.*s_title, model);\n"
                      "    %.*s_content_html(writer, model);\n"
                      "    html_page_end(writer);\n}\n\n",
                      TEXT_ARG(name), TEXT_ARG(name), TEXT_ARG(name));
    }
}
