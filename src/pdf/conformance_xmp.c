/** Reading RDF/XML as XMP restricts it (ISO 16684-1, 7), over libxml2's tree. */
#include "pdf/conformance_xmp.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <limits.h>
#include <string.h>

#include "base/log.h"

#define RDF        "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define XML        "http://www.w3.org/XML/1998/namespace"
#define NEST_MAX   64u
#define PACKET_MAX ((size_t)16 << 20)
/* Properties of one description or structure. */
#define SIBLINGS_MAX 1000u

typedef struct Reader {
    Arena *arena;
    XmpNode *root; /**< the properties are its children */
    Text about;
    bool has_about;
} Reader;

static Status wrong(const char *what) {
    return fail(STATUS_INVALID, "%s", what);
}

static Text text_of_xml(const xmlChar *words) {
    return text_of((const char *)words);
}

static bool in_space(const xmlNs *space, const char *uri) {
    return space != NULL && space->href != NULL && strcmp((const char *)space->href, uri) == 0;
}

static bool is_element(const xmlNode *node, const char *uri, const char *name) {
    return node->type == XML_ELEMENT_NODE && in_space(node->ns, uri) && strcmp((const char *)node->name, name) == 0;
}

static bool is_attribute(const xmlAttr *attribute, const char *uri, const char *name) {
    return in_space(attribute->ns, uri) && strcmp((const char *)attribute->name, name) == 0;
}

static bool is_blank(const xmlNode *node) {
    return (node->type == XML_TEXT_NODE && xmlIsBlankNode(node)) || node->type == XML_COMMENT_NODE ||
           node->type == XML_PI_NODE;
}

/** The words of text nodes in a row. */
static Status gather_text(Reader *reader, const xmlNode *first, Text *ret_text) {
    size_t size = 0;
    for (const xmlNode *node = first; node != NULL; node = node->next) {
        const bool text = node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
        if (!text && !is_blank(node)) {
            return wrong("a property holds both text and elements");
        }
        size += text && node->content != NULL ? strlen((const char *)node->content) : 0;
    }
    void *memory = NULL;
    TRY(arena_try_allocate(reader->arena, size + 1, &memory));
    char *out = memory;
    size_t at = 0;
    for (const xmlNode *node = first; node != NULL; node = node->next) {
        if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content != NULL) {
            const size_t length = strlen((const char *)node->content);
            memcpy(out + at, node->content, length);
            at += length;
        }
    }
    *ret_text = (Text){out, size};
    return STATUS_OK;
}

static Status keep(Reader *reader, Text text, Text *ret_text) {
    void *memory = NULL;
    TRY(arena_try_allocate(reader->arena, text.size + 1, &memory));
    if (text.size > 0) {
        memcpy(memory, text.data, text.size);
    }
    *ret_text = (Text){memory, text.size};
    return STATUS_OK;
}

/** Appends a child to `parent` under the name of an element or attribute. Arrays hold rdf:li alone, and nothing else
 * does; a structure names each field once. */
static Status add_child(Reader *reader, XmpNode *parent, const xmlNs *space, const xmlChar *name, XmpNode **ret_node) {
    if (space == NULL || space->href == NULL) {
        return wrong("a property has no namespace");
    }
    if (parent == reader->root && in_space(space, RDF) && strcmp((const char *)name, "value") == 0) {
        return wrong("rdf:value stands outside of a property");
    }
    const bool item = in_space(space, RDF) && strcmp((const char *)name, "li") == 0;
    const bool array = parent->form >= XMP_BAG;
    if (item != array) {
        return wrong("rdf:li stands outside of an array, or something else within one");
    }
    void *memory = NULL;
    TRY(arena_try_allocate(reader->arena, sizeof(XmpNode), &memory));
    XmpNode *node = memory;
    *node = (XmpNode){.form = XMP_SIMPLE};
    if (!item) {
        TRY(keep(reader, text_of_xml(space->href), &node->space));
        TRY(keep(reader, text_of_xml(space->prefix), &node->prefix));
        TRY(keep(reader, text_of_xml(name), &node->name));
    }
    size_t count = 0;
    for (const XmpNode *other = parent->children; other != NULL && !item; other = other->next) {
        if (++count > SIBLINGS_MAX) {
            return fail(STATUS_TOO_LARGE, "the metadata have more than %u properties", SIBLINGS_MAX);
        }
        if (text_equal(other->name, node->name) && text_equal(other->space, node->space)) {
            return wrong("a property is given twice");
        }
    }
    if (parent->last_child == NULL) {
        parent->children = node;
    } else {
        parent->last_child->next = node;
    }
    parent->last_child = node;
    *ret_node = node;
    return STATUS_OK;
}

static Status read_language(Reader *reader, const xmlAttr *attribute, XmpNode *node) {
    return gather_text(reader, attribute->children, &node->language);
}

static Status read_property(Reader *reader, const xmlNode *element, XmpNode *parent, unsigned depth);

static Status read_properties(Reader *reader, const xmlNode *first, XmpNode *parent, unsigned depth) {
    for (const xmlNode *node = first; node != NULL; node = node->next) {
        if (is_blank(node)) {
            continue;
        }
        if (node->type != XML_ELEMENT_NODE) {
            return wrong("text stands where a property is expected");
        }
        TRY(read_property(reader, node, parent, depth + 1));
    }
    return STATUS_OK;
}

static Status read_about(Reader *reader, const xmlAttr *attribute, bool top) {
    Text about = {0};
    TRY(gather_text(reader, attribute->children, &about));
    if (!top || about.size == 0) {
        return STATUS_OK;
    }
    if (reader->has_about && !text_equal(reader->about, about)) {
        return wrong("rdf:about differs between descriptions");
    }
    reader->about = about;
    reader->has_about = true;
    return STATUS_OK;
}

/** An attribute that stands for a property. */
static Status read_attribute(Reader *reader, const xmlAttr *attribute, XmpNode *parent) {
    XmpNode *node = NULL;
    TRY(add_child(reader, parent, attribute->ns, attribute->name, &node));
    return gather_text(reader, attribute->children, &node->value);
}

/** rdf:Description, an array, or a typed node: attributes and properties go into `node`. */
static Status read_node(Reader *reader, const xmlNode *element, XmpNode *node, bool top, unsigned depth) {
    unsigned names = 0;
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        const bool about = is_attribute(attribute, RDF, "about") ||
                           (attribute->ns == NULL && strcmp((const char *)attribute->name, "about") == 0);
        if (about || is_attribute(attribute, RDF, "ID") || is_attribute(attribute, RDF, "nodeID")) {
            if (++names > 1) {
                return wrong("a description has several of rdf:about, rdf:ID and rdf:nodeID");
            }
            if (about) {
                TRY(read_about(reader, attribute, top));
            }
        } else if (is_attribute(attribute, XML, "lang") && node->form >= XMP_BAG) {
            continue;
        } else if (in_space(attribute->ns, RDF) && !is_attribute(attribute, RDF, "value") &&
                   !is_attribute(attribute, RDF, "type")) {
            return wrong("a description has an attribute of RDF that it must not have");
        } else if (!in_space(attribute->ns, XML)) {
            TRY(read_attribute(reader, attribute, node));
        }
    }
    return read_properties(reader, element->children, node, depth);
}

/** A structure with rdf:value is its value, and its other fields are qualifiers. */
static void fold_qualifiers(XmpNode *node) {
    const XmpNode *value = node->form == XMP_STRUCTURE ? xmp_child(node, RDF, "value") : NULL;
    if (value == NULL) {
        return;
    }
    const XmpNode *next = node->next;
    node->form = value->form;
    node->value = value->value;
    node->language = value->language.data != NULL ? value->language : node->language;
    node->has_qualifiers = node->children->next != NULL;
    node->children = value->children;
    node->last_child = value->last_child;
    node->next = (XmpNode *)(uintptr_t)next;
}

/** xml:lang, rdf:ID and those that `more` names are the only attributes that such a property may have. */
static Status read_plain_attributes(Reader *reader, const xmlNode *element, const char *more, XmpNode *node) {
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        if (is_attribute(attribute, XML, "lang")) {
            TRY(read_language(reader, attribute, node));
        } else if (!is_attribute(attribute, RDF, "ID") && (more == NULL || !is_attribute(attribute, RDF, more))) {
            return wrong("a property has an attribute that it must not have");
        }
    }
    return STATUS_OK;
}

/** A property whose value is one element: an array, a description or a typed node. */
static Status read_resource_property(Reader *reader, const xmlNode *element, XmpNode *node, unsigned depth) {
    TRY(read_plain_attributes(reader, element, NULL, node));
    const xmlNode *only = NULL;
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        if (is_blank(child)) {
            continue;
        }
        if (child->type != XML_ELEMENT_NODE || only != NULL) {
            return wrong("a property holds more than one value");
        }
        only = child;
    }
    if (only == NULL) {
        return wrong("a property holds no value");
    }
    node->form = is_element(only, RDF, "Bag")   ? XMP_BAG
                 : is_element(only, RDF, "Seq") ? XMP_SEQUENCE
                 : is_element(only, RDF, "Alt") ? XMP_ALTERNATIVES
                                                : XMP_STRUCTURE;
    if (node->form == XMP_STRUCTURE && in_space(only->ns, RDF) && !is_element(only, RDF, "Description")) {
        return wrong("a property's value is an unknown element of RDF");
    }
    if (only->ns == NULL) {
        return wrong("a property's value has no namespace");
    }
    TRY(read_node(reader, only, node, false, depth));
    fold_qualifiers(node);
    return STATUS_OK;
}

/** A property without content, whose value stands in attributes. */
static Status read_empty_property(Reader *reader, const xmlNode *element, XmpNode *node) {
    const xmlAttr *value = NULL;
    bool resource = false, fields = false, name = false;
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        const bool is_value = is_attribute(attribute, RDF, "value"), is_uri = is_attribute(attribute, RDF, "resource");
        if (is_value || is_uri) {
            if (value != NULL) {
                return wrong("a property has both rdf:value and rdf:resource");
            }
            value = attribute;
            resource = resource || is_uri;
        } else if (is_attribute(attribute, RDF, "nodeID")) {
            name = true;
        } else if (in_space(attribute->ns, RDF) && !is_attribute(attribute, RDF, "ID") &&
                   !is_attribute(attribute, RDF, "type")) {
            return wrong("an empty property has an attribute of RDF that it must not have");
        } else if (!in_space(attribute->ns, XML) && !in_space(attribute->ns, RDF)) {
            fields = true;
        }
    }
    if (resource && name) {
        return wrong("a property has both rdf:resource and rdf:nodeID");
    }
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        if (!is_blank(child) || (child->type == XML_TEXT_NODE && (value != NULL || fields))) {
            return wrong("a property holds content beside a value in its attributes");
        }
    }
    node->form = value == NULL && fields ? XMP_STRUCTURE : XMP_SIMPLE;
    node->has_qualifiers = value != NULL && fields;
    node->value = TEXT("");
    if (value != NULL) {
        TRY(gather_text(reader, value->children, &node->value));
    }
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        if (is_attribute(attribute, XML, "lang")) {
            TRY(read_language(reader, attribute, node));
        } else if (node->form == XMP_STRUCTURE && !in_space(attribute->ns, RDF)) {
            TRY(read_attribute(reader, attribute, node));
        }
    }
    return STATUS_OK;
}

/** rdf:parseType="Resource": the fields of a structure follow at once. */
static Status read_fields(Reader *reader, const xmlNode *element, const xmlAttr *parse_type, XmpNode *node,
                          unsigned depth) {
    Text kind = {0};
    TRY(gather_text(reader, parse_type->children, &kind));
    if (!text_equal(kind, TEXT("Resource"))) {
        return wrong("a property has an rdf:parseType other than Resource");
    }
    TRY(read_plain_attributes(reader, element, "parseType", node));
    node->form = XMP_STRUCTURE;
    TRY(read_properties(reader, element->children, node, depth));
    fold_qualifiers(node);
    return STATUS_OK;
}

/** How the attributes of a property say what follows. */
typedef enum Spelling { BY_CONTENT, BY_TEXT, BY_FIELDS, BY_ATTRIBUTES } Spelling;

static Spelling spelling_of(const xmlNode *element, const xmlAttr **ret_attribute) {
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        if (!is_attribute(attribute, XML, "lang") && !is_attribute(attribute, RDF, "ID")) {
            *ret_attribute = attribute;
            return is_attribute(attribute, RDF, "datatype")    ? BY_TEXT
                   : is_attribute(attribute, RDF, "parseType") ? BY_FIELDS
                                                               : BY_ATTRIBUTES;
        }
    }
    return BY_CONTENT;
}

static Status read_property(Reader *reader, const xmlNode *element, XmpNode *parent, unsigned depth) {
    static const char *const reserved[] = {"RDF",    "ID",       "about",       "parseType", "resource",
                                           "nodeID", "datatype", "Description", "aboutEach", "aboutEachPrefix",
                                           "bagID"};
    if (depth > NEST_MAX) {
        return wrong("properties are nested too deep");
    }
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (is_element(element, RDF, reserved[i])) {
            return wrong("an element of RDF stands where a property is expected");
        }
    }
    XmpNode *node = NULL;
    TRY(add_child(reader, parent, element->ns, element->name, &node));
    const xmlAttr *attribute = NULL;
    Spelling spelling = spelling_of(element, &attribute);
    if (spelling == BY_FIELDS) {
        return read_fields(reader, element, attribute, node, depth);
    }
    if (spelling == BY_ATTRIBUTES || (spelling == BY_CONTENT && element->children == NULL)) {
        return read_empty_property(reader, element, node);
    }
    bool elements = false;
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        elements = elements || child->type == XML_ELEMENT_NODE;
    }
    if (spelling == BY_CONTENT && elements) {
        return read_resource_property(reader, element, node, depth);
    }
    TRY(read_plain_attributes(reader, element, "datatype", node));
    return gather_text(reader, element->children, &node->value);
}

/** rdf:RDF itself or within x:xmpmeta. */
static const xmlNode *find_rdf(const xmlNode *node, unsigned depth) {
    for (; node != NULL; node = node->next) {
        if (is_element(node, RDF, "RDF")) {
            return node;
        }
        const xmlNode *inside =
            node->type == XML_ELEMENT_NODE && depth < NEST_MAX ? find_rdf(node->children, depth + 1) : NULL;
        if (inside != NULL) {
            return inside;
        }
    }
    return NULL;
}

static Status read_rdf(Reader *reader, const xmlNode *rdf) {
    for (const xmlNode *node = rdf->children; node != NULL; node = node->next) {
        if (is_blank(node)) {
            continue;
        }
        if (!is_element(node, RDF, "Description")) {
            return wrong("rdf:RDF holds something else than rdf:Description");
        }
        TRY(read_node(reader, node, reader->root, true, 0));
    }
    return STATUS_OK;
}

static void read_packet_head(const xmlDoc *document, XmpPacket *packet) {
    for (const xmlNode *node = document->children; node != NULL; node = node->next) {
        if (node->type != XML_PI_NODE || strcmp((const char *)node->name, "xpacket") != 0 || node->content == NULL) {
            continue;
        }
        size_t at = 0;
        const Text words = text_of_xml(node->content);
        packet->has_bytes = packet->has_bytes || text_find(words, TEXT("bytes="), &at);
        packet->has_encoding = packet->has_encoding || text_find(words, TEXT("encoding="), &at);
    }
}

static Status read_document(Arena *arena, const xmlDoc *document, XmpPacket *ret_packet) {
    if (document->intSubset != NULL || document->extSubset != NULL) {
        return wrong("the metadata have a document type");
    }
    const xmlNode *rdf = find_rdf(document->children, 0);
    if (rdf == NULL) {
        return wrong("the metadata have no rdf:RDF");
    }
    XmpNode root = {.form = XMP_STRUCTURE};
    Reader reader = {.arena = arena, .root = &root};
    TRY(read_rdf(&reader, rdf));
    XmpPacket packet = {.properties = root.children};
    read_packet_head(document, &packet);
    *ret_packet = packet;
    return STATUS_OK;
}

Status xmp_read(Arena *arena, Text bytes, XmpPacket *ret_packet) {
    size_t at = 0;
    if (bytes.size > PACKET_MAX) {
        return fail(STATUS_TOO_LARGE, "the metadata have more than %zu bytes", PACKET_MAX);
    }
    /* Entities are refused before the parser could expand one. */
    if (text_find(bytes, TEXT("<!DOCTYPE"), &at)) {
        return wrong("the metadata have a document type");
    }
    xmlParserCtxt *context = xmlNewParserCtxt();
    if (context == NULL) {
        return fail(STATUS_FAILED, "libxml2 cannot start");
    }
    xmlDoc *document = xmlCtxtReadMemory(context, bytes.data, (int)bytes.size, NULL, NULL,
                                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
    Status status = STATUS_OK;
    if (document == NULL || !context->wellFormed) {
        status = wrong("the metadata are not well-formed XML");
    } else if (!context->nsWellFormed) {
        status = wrong("the metadata use a prefix that stands for no namespace");
    } else {
        status = read_document(arena, document, ret_packet);
    }
    xmlFreeDoc(document);
    xmlFreeParserCtxt(context);
    return status;
}

bool xmp_is(const XmpNode *node, const char *space, const char *name) {
    return text_equal(node->name, text_of(name)) && text_equal(node->space, text_of(space));
}

const XmpNode *xmp_child(const XmpNode *node, const char *space, const char *name) {
    for (const XmpNode *child = node->children; child != NULL; child = child->next) {
        if (xmp_is(child, space, name)) {
            return child;
        }
    }
    return NULL;
}
