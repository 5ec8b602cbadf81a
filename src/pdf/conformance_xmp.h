/** XMP packets as a tree of properties: what RDF/XML says, without its many spellings (ISO 16684-1, 6 and 7). */
#ifndef TRADEPOST_PDF_CONFORMANCE_XMP_H
#define TRADEPOST_PDF_CONFORMANCE_XMP_H

#include "base/arena.h"

typedef enum XmpForm { XMP_SIMPLE, XMP_STRUCTURE, XMP_BAG, XMP_SEQUENCE, XMP_ALTERNATIVES } XmpForm;

/** A property, a field of a structure, an item of an array, or a qualifier. */
typedef struct XmpNode {
    Text space;                                   /**< the namespace's URI */
    Text prefix;                                  /**< as written */
    Text name;                                    /**< without prefix; empty for items */
    Text value;                                   /**< of a simple one */
    Text language;                                /**< xml:lang; its data is NULL when there is none */
    struct XmpNode *children, *last_child, *next; /**< in order */
    XmpForm form;
    bool has_qualifiers; /**< other than xml:lang */
} XmpNode;

/** What stands around the properties. */
typedef struct XmpPacket {
    XmpNode *properties;          /**< the first of the top level; NULL without any */
    bool has_bytes, has_encoding; /**< attributes of the packet's head */
} XmpPacket;

/**
 * Reads a packet. No entities are expanded, nothing is fetched.
 *
 * @return STATUS_INVALID when it is not well-formed XML or not XMP, with the reason; STATUS_TOO_LARGE past the budget
 */
MUST_USE Status xmp_read(Arena *arena, Text bytes, XmpPacket *ret_packet);

/** The node is of that namespace and name. */
bool xmp_is(const XmpNode *node, const char *space, const char *name);
/** The child of that namespace and name; NULL when there is none. */
const XmpNode *xmp_child(const XmpNode *node, const char *space, const char *name);

#define XMP_SPACE_PDFA_ID        "http://www.aiim.org/pdfa/ns/id/"
#define XMP_SPACE_PDFA_EXTENSION "http://www.aiim.org/pdfa/ns/extension/"

#endif
