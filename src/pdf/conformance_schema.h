/** Which properties metadata may have, and which values fit them (XMP Specification of 2005; ISO 19005-3, 6.6.2.3). */
#ifndef TRADEPOST_PDF_CONFORMANCE_SCHEMA_H
#define TRADEPOST_PDF_CONFORMANCE_SCHEMA_H

#include "pdf/conformance_xmp.h"

/** A value type that an extension schema describes. */
typedef struct XmpCustomType {
    Text name, space;
    const XmpNode *fields; /**< the sequence of its fields; NULL for a simple one */
    struct XmpCustomType *next;
} XmpCustomType;

/** A property that an extension schema describes. */
typedef struct XmpCustomProperty {
    Text space, name, type;
    struct XmpCustomProperty *next;
} XmpCustomProperty;

/** What the extension schemas of a document describe. */
typedef struct XmpExtensions {
    XmpCustomProperty *properties;
    XmpCustomType *types;
} XmpExtensions;

/** The type of a property that the predefined schemas or those extensions describe; false when none does. */
bool xmp_type_of(const XmpExtensions *extensions, const XmpNode *property, Text *ret_type);
/** Such a type exists: "Text", "seq Date", "Lang Alt", "bag closed Choice of Integer", "ResourceRef", one's own. */
bool xmp_type_exists(const XmpExtensions *extensions, Text type);
/** The value of the node is of that type. */
bool xmp_fits(const XmpExtensions *extensions, const XmpNode *node, Text type, unsigned depth);
/** "application/xml": letters, digits and "_+.-" on both sides of a slash. */
bool xmp_is_media_type(Text text);

#define XMP_SPACE_PDFA_SCHEMA   "http://www.aiim.org/pdfa/ns/schema#"
#define XMP_SPACE_PDFA_PROPERTY "http://www.aiim.org/pdfa/ns/property#"
#define XMP_SPACE_PDFA_TYPE     "http://www.aiim.org/pdfa/ns/type#"
#define XMP_SPACE_PDFA_FIELD    "http://www.aiim.org/pdfa/ns/field#"

#endif
