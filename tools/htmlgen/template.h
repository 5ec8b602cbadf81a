/** htmlgen's own types: a template is read into a tree, the tree is written as C. */
#ifndef TRADEPOST_TOOLS_HTMLGEN_TEMPLATE_H
#define TRADEPOST_TOOLS_HTMLGEN_TEMPLATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#define TEMPLATE_MAXIMUM_BYTES ((size_t)1 << 20)
#define TEMPLATE_MAXIMUM_DEPTH 100 /**< of elements and tags inside each other */
#define OUTPUT_MAXIMUM_BYTES   ((size_t)64 << 20)

typedef enum NodeKind {
    NODE_TEXT,      /**< decoded text; in JSON a literal scalar */
    NODE_VALUE,     /**< {{path|format}} */
    NODE_ELEMENT,   /**< an HTML element with attributes and children */
    NODE_ATTRIBUTE, /**< its pieces are the children */
    NODE_IF,        /**< children, otherwise */
    NODE_EACH,      /**< children, otherwise (none) */
    NODE_INCLUDE,
    NODE_PLURAL, /**< children (one), otherwise (other) */
    NODE_FORM,   /**< attributes, children */
    NODE_FIELD,
    NODE_FIELDS,
    NODE_ROWS,
    NODE_ERRORS,
    NODE_RAW,
    NODE_PAGING,
    NODE_OBJECT, /**< JSON: children are members, if and each */
    NODE_ARRAY,  /**< JSON: children are values, if and each */
    NODE_MEMBER  /**< JSON: name and one child */
} NodeKind;

/** Where a value stands; each place has its own escaping. */
typedef enum Place { PLACE_TEXT, PLACE_ATTRIBUTE, PLACE_URL_START, PLACE_URL_PART, PLACE_JSON } Place;

/** What an attribute's value is. */
typedef enum AttributeKind {
    ATTRIBUTE_PLAIN,
    ATTRIBUTE_MESSAGE, /**< words for people: alt, title, placeholder, aria-label, data-label */
    ATTRIBUTE_URL,
    ATTRIBUTE_URL_LIST /**< srcset: a hole may not begin a URL */
} AttributeKind;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    size_t line;
    Text name;   /**< element, attribute, loop name, part, field */
    Text text;   /**< NODE_TEXT: the text */
    Text code;   /**< the C expression */
    Text hole;   /**< NODE_VALUE: how messages name it */
    Text format; /**< NODE_VALUE: empty or a format; NODE_FIELD: `as` */
    Place place; /**< NODE_VALUE */
    AttributeKind attribute;
    bool has_value;     /**< NODE_ATTRIBUTE: written with ="..." */
    bool has_otherwise; /**< {{else}}, {{none}} stand there */
    bool in_words;      /**< NODE_VALUE in an attribute that people read: numbers and dates in the language's manner */
    bool closes_itself; /**< void elements and <path/> */
    bool foreign;       /**< an element inside <svg> */
    Node *attributes, *children, *otherwise, *next;
};

/** A name that paths may begin with. */
typedef struct Scope Scope;
struct Scope {
    Text name;
    bool counts_only; /**< a {{rows}} group: only NAME# may be used */
    Scope *outer;
};

/** A template while it is read: the cursor, and what was found. */
typedef struct Template {
    Arena *arena;
    const char *path; /**< as given on the command line */
    Text room, name;  /**< "documents", "apply" */
    bool json;
    Text source;
    size_t at, line;
    Text model, header;
    bool page; /**< has a title */
    Node *title, *body;
    Scope *scopes;
    size_t depth;
    bool in_form;      /**< inside {{form}} or {{rows}}: {{field}} is allowed */
    Text plural;       /**< inside {{plural}}: the C code of its number */
    char quote;        /**< that ends the attribute value which is read */
    Text tag;          /**< name of the element whose attributes are read */
    Texts open;        /**< names of open elements, the innermost last */
    size_t open_floor; /**< elements below were opened outside of the branch that is read */
} Template;

/** What stands between {{ and }}. */
typedef struct Tag {
    size_t line;
    Text word; /**< its first word: "if", "/if", "page.title|moment" */
    Text rest; /**< what follows, trimmed */
    Text all;
} Tag;

/** Prints "file:line: sentence" and ends the program. */
PRINTF_LIKE(3, 4) _Noreturn void template_refuse(const Template *template, size_t line, const char *format, ...);

/* scan.c: the cursor */

/** Whether the rest of the source begins with `start`. */
bool template_at(const Template *template, const char *start);
bool template_ended(const Template *template);
char template_peek(const Template *template);
void template_advance(Template *template, size_t count);
void template_skip_space(Template *template);
/** The tag at the cursor, without moving on. */
Tag template_peek_tag(const Template *template);
/** The tag at the cursor, moving behind it. */
Tag template_take_tag(Template *template);
/** Letters, digits, `-` and whatever `more` has, from the cursor on. */
Text template_take_name(Template *template, const char *more);
/** {{model X from "header"}} and what follows it up to the title. */
void template_read_model(Template *template);
/** Decodes character references. A NUL or one that is not known is refused. */
Text template_decode(const Template *template, size_t line, Text text);
bool is_space(char letter);
bool is_name_start(char letter);
/** Collapses runs of white space to one blank. */
Text text_collapse(Arena *arena, Text text);
/** Has a letter of any script: a text that people read. */
bool text_has_letter(Text text);
Node *node_new(const Template *template, NodeKind kind, size_t line);

/* expression.c: paths and conditions become C */

typedef struct Path {
    Text code;    /**< "page->consignee.name" */
    Text last;    /**< "name" */
    Text address; /**< "&page->consignee", or the loop's pointer itself */
} Path;

/** Reads a whole text as one path. */
Path expression_path(const Template *template, size_t line, Text text);
/** Reads a condition and gives the C of it. */
Text expression_condition(const Template *template, size_t line, Text text);
/** Opens a name for the tags inside a loop; refuses reserved and taken ones. */
void expression_open(Template *template, size_t line, Text name, bool counts_only);
void expression_close(Template *template);

/* tags.c: tags that are the same in HTML, attributes and JSON */

/** Reads a run of nodes up to a tag that ends a branch, an end tag of HTML, or the end. */
typedef Node *ReadBranch(Template *template);

/** Whether the tag closes or divides what is read: {{else}}, {{/each}}. */
bool tag_ends_branch(const Tag *tag);
/** Reads `{{if}}...{{/if}}` at the cursor. */
Node *tag_read_if(Template *template, ReadBranch *read);
Node *tag_read_each(Template *template, ReadBranch *read);
Node *tag_read_include(Template *template);
/** A value or `{{raw}}`; refuses words that are no tag. */
Node *tag_read_value(Template *template, Place place);
/** Expects exactly `word` at the cursor and moves behind it; `opened` is the line of what it closes. */
void tag_expect(Template *template, const char *word, const char *opener, size_t opened);

/* elements.c: what htmlgen knows about HTML */

typedef enum ElementTrait {
    ELEMENT_VOID = 1 << 0,
    ELEMENT_INLINE = 1 << 1,    /**< stays inside messages */
    ELEMENT_BLOCK = 1 << 2,     /**< white space beside it is nothing */
    ELEMENT_ENDS_P = 1 << 3,    /**< an open <p> would be closed by the browser */
    ELEMENT_ITEM = 1 << 4,      /**< white space at its inner edges is nothing */
    ELEMENT_ONLY_TEXT = 1 << 5, /**< textarea, title: no elements inside */
    ELEMENT_KEEPS_SPACE = 1 << 6,
    ELEMENT_FOREIGN = 1 << 7, /**< only inside svg */
    ELEMENT_TABLE = 1 << 8    /**< text directly inside would be moved out by the browser */
} ElementTrait;

/** Its traits; refuses elements that are unknown or not allowed. */
unsigned element_check(const Template *template, size_t line, Text name, bool foreign);
/** The traits of a name that was checked. */
unsigned element_traits(Text name);
/** Refuses an element where the browser would move or close it. */
void element_check_place(const Template *template, size_t line, Text name, bool foreign);
/** What its value is; refuses those that may not stand in a template. */
AttributeKind attribute_check(const Template *template, size_t line, Text element, Text name);
/** Refuses literal URLs with a scheme that is not allowed. */
void attribute_check_url(const Template *template, size_t line, Text url);

/* html.c, attributes.c, json.c: the readers; space.c: white space */

/** Reads the whole template. */
void template_read(Template *template);
Node *html_read_branch(Template *template);
/** Reads attributes up to `>`, `/>` or `}}`, without moving behind it. */
Node *attributes_read(Template *template, Text element);
/** The title's words: text, values and if. */
Node *html_read_words(Template *template);
Node *json_read(Template *template);
/** Drops the white space that a browser would not show. */
void space_collapse(Template *template, Node *list);

#endif
