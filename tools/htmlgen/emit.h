/** How a template's tree is written as C, and which messages were met on the way. */
#ifndef TRADEPOST_TOOLS_HTMLGEN_EMIT_H
#define TRADEPOST_TOOLS_HTMLGEN_EMIT_H

#include "template.h"

/** A text to translate, with the places that use it. */
typedef struct MessageUse MessageUse;
struct MessageUse {
    Text text, plural; /**< plural empty: none */
    const char *path;
    size_t line;
    MessageUse *next;
};

typedef struct MessageUses {
    MessageUse *first, **end;
} MessageUses;

/** A variable of the generated function that the parts of a message may need. */
typedef struct Variable Variable;
struct Variable {
    Text name;
    Text type;   /**< of the variable itself: "const Row *" */
    bool number; /**< a size_t, handed to parts by its address */
    Variable *outer;
};

typedef struct Emitter {
    const Template *template;
    Buffer *functions; /**< finished functions, among them the parts of messages */
    Buffer *body;      /**< of the function that is written */
    Buffer literal;    /**< template bytes not yet written */
    size_t indent;
    Variable *variables;
    size_t *counter; /**< makes names unique within the file */
    Text values;     /**< the variable that holds the innermost form's values */
    bool translate;
    bool translate_around; /**< around the element whose attributes are written */
    MessageUses *uses;
} Emitter;

/** Writes all functions of one template. */
void emit_template(const Template *template, Buffer *functions, size_t *counter, MessageUses *uses);

/** Bytes of the template as they stand. */
void emit_literal(Emitter *emitter, Text bytes);
/** Bytes of text or of an attribute's value, escaped. */
void emit_escaped(Emitter *emitter, Text text);
void emit_flush(Emitter *emitter);
/** Writes one line of C that belongs to the template's line (0: to none). */
PRINTF_LIKE(3, 4) void emit_line(Emitter *emitter, size_t line, const char *format, ...);
void emit_value(Emitter *emitter, const Node *node);
void emit_nodes(Emitter *emitter, const Node *list);
/** <name attributes> */
void emit_start_tag(Emitter *emitter, const Node *element);
void emit_content(Emitter *emitter, const Node *element);
void emit_each_begin(Emitter *emitter, const Node *node);
void emit_each_end(Emitter *emitter, const Node *node);
/** The function that an include calls. */
Text emit_include_name(const Emitter *emitter, const Node *node, const char *kind);
/** The bytes as a C string literal, split into lines. */
Text c_literal(Arena *arena, Text bytes);

/* message.c */

/** Writes a run of nodes that may be a message; `attribute` when it is an attribute's value. */
void message_emit_run(Emitter *emitter, const Node *from, const Node *behind, bool attribute);
/** Whether a node can stay inside a message. */
bool message_can_hold(const Node *node);
void message_emit_plural(Emitter *emitter, const Node *node);
uint64_t message_hash(Text text);

/* emit_json.c */

/** Writes the one value of a JSON template. */
void emit_json(Emitter *emitter, const Node *list);

/* extract.c */

/** Writes the POT of all uses, joined by text. False when two uses contradict each other (printed). */
bool extract_write(Arena *arena, const MessageUses *uses, const char *path);

#endif
