/** Writes JSON templates as C; commas are written where a value follows another, whatever if and each left out. */
#include "emit.h"

/** Whether something stands before the next item of a list. */
typedef enum CommaState { COMMA_FIRST, COMMA_LATER, COMMA_UNKNOWN } CommaState;

static void emit_one(Emitter *emitter, const Node *node);

static CommaState join(CommaState a, CommaState b) {
    return a == b ? a : COMMA_UNKNOWN;
}

static CommaState emit_items(Emitter *emitter, const Node *list, Text flag, CommaState state);

static CommaState emit_each(Emitter *emitter, const Node *node, Text flag, CommaState state) {
    emit_each_begin(emitter, node);
    (void)emit_items(emitter, node->children, flag, state == COMMA_LATER ? COMMA_LATER : COMMA_UNKNOWN);
    emit_each_end(emitter, node);
    if (node->has_otherwise) {
        emit_line(emitter, node->line, "if (%.*s.count == 0) {", TEXT_ARG(node->code));
        emitter->indent++;
        (void)emit_items(emitter, node->otherwise, flag, state);
        emit_flush(emitter);
        emitter->indent--;
        emit_line(emitter, 0, "}");
    }
    return state == COMMA_LATER ? COMMA_LATER : COMMA_UNKNOWN;
}

static CommaState emit_if(Emitter *emitter, const Node *node, Text flag, CommaState state) {
    emit_line(emitter, node->line, "if (%.*s) {", TEXT_ARG(node->code));
    emitter->indent++;
    const CommaState then = emit_items(emitter, node->children, flag, state);
    emit_flush(emitter);
    emitter->indent--;
    emit_line(emitter, 0, "} else {");
    emitter->indent++;
    const CommaState otherwise = emit_items(emitter, node->otherwise, flag, state);
    emit_flush(emitter);
    emitter->indent--;
    emit_line(emitter, 0, "}");
    return join(then, otherwise);
}

/** One list or branch of it; `flag` is the variable that remembers whether something was written, empty where nobody
 * asks. */
static CommaState emit_items(Emitter *emitter, const Node *list, Text flag, CommaState state) {
    for (const Node *node = list; node != NULL; node = node->next) {
        if (node->kind == NODE_IF) {
            state = emit_if(emitter, node, flag, state);
            continue;
        }
        if (node->kind == NODE_EACH) {
            state = emit_each(emitter, node, flag, state);
            continue;
        }
        if (state == COMMA_LATER) {
            emit_literal(emitter, TEXT(","));
        } else if (state == COMMA_UNKNOWN) {
            emit_line(emitter, 0, "if (%.*s) {", TEXT_ARG(flag));
            emit_line(emitter, 0, "    write_literal(writer, \",\", 1);");
            emit_line(emitter, 0, "}");
        }
        emit_one(emitter, node);
        if (flag.size > 0 && state != COMMA_LATER) {
            emit_line(emitter, 0, "%.*s = true;", TEXT_ARG(flag));
        }
        state = COMMA_LATER;
    }
    return state;
}

static void emit_list(Emitter *emitter, const Node *node) {
    const bool object = node->kind == NODE_OBJECT;
    bool plain = true;
    for (const Node *item = node->children; item != NULL; item = item->next) {
        plain = plain && item->kind != NODE_IF && item->kind != NODE_EACH;
    }
    emit_literal(emitter, object ? TEXT("{") : TEXT("["));
    if (plain) {
        (void)emit_items(emitter, node->children, (Text){NULL, 0}, COMMA_FIRST);
    } else {
        const Text flag = arena_format(emitter->template->arena, "later_%zu", ++*emitter->counter);
        emit_line(emitter, 0, "{");
        emitter->indent++;
        emit_line(emitter, 0, "bool %.*s = false;", TEXT_ARG(flag));
        (void)emit_items(emitter, node->children, flag, COMMA_FIRST);
        emit_line(emitter, 0, "(void)%.*s;", TEXT_ARG(flag));
        emitter->indent--;
        emit_line(emitter, 0, "}");
    }
    emit_literal(emitter, object ? TEXT("}") : TEXT("]"));
}

/** An {{if}} each of whose branches is one value. */
static void emit_choice(Emitter *emitter, const Node *node) {
    emit_line(emitter, node->line, "if (%.*s) {", TEXT_ARG(node->code));
    emitter->indent++;
    emit_one(emitter, node->children);
    emit_flush(emitter);
    emitter->indent--;
    emit_line(emitter, 0, "} else {");
    emitter->indent++;
    emit_one(emitter, node->otherwise);
    emit_flush(emitter);
    emitter->indent--;
    emit_line(emitter, 0, "}");
}

static void emit_one(Emitter *emitter, const Node *node) {
    switch (node->kind) {
    case NODE_OBJECT:
    case NODE_ARRAY:
        emit_list(emitter, node);
        break;
    case NODE_MEMBER:
        emit_literal(emitter, node->name);
        emit_literal(emitter, TEXT(":"));
        emit_one(emitter, node->children);
        break;
    case NODE_TEXT:
        emit_literal(emitter, node->text);
        break;
    case NODE_INCLUDE: {
        const Text name = emit_include_name(emitter, node, "json");
        emit_line(emitter, node->line, "%.*s(writer, %.*s);", TEXT_ARG(name), TEXT_ARG(node->code));
        break;
    }
    case NODE_IF:
        emit_choice(emitter, node);
        break;
    default:
        emit_value(emitter, node);
    }
}

void emit_json(Emitter *emitter, const Node *list) {
    emit_one(emitter, list);
}
