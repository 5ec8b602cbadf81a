/** Extension schemas: metadata that describe properties of one's own (ISO 19005-3, 6.6.2.3.2 and 6.6.2.3.3). */
#include "pdf/conformance_inside.h"
#include "pdf/conformance_schema.h"

/** One field of a description: its name, whether it may be absent, what it must be, and the rule that says so. */
typedef struct Field {
    const char *name;
    XmpForm form; /**< simple or a sequence */
    PdfaRule rule;
} Field;

/** One kind of description with the prefix and namespace of its fields. */
typedef struct Description {
    const char *prefix, *space;
    const Field *fields;
    size_t count;
} Description;

static const Field schema_fields[] = {{"schema", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_2},
                                      {"namespaceURI", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_3},
                                      {"prefix", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_4},
                                      {"property", XMP_SEQUENCE, PDFA_RULE_6_6_2_3_3_5},
                                      {"valueType", XMP_SEQUENCE, PDFA_RULE_6_6_2_3_3_6}};
static const Field property_fields[] = {{"name", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_7},
                                        {"valueType", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_8},
                                        {"category", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_9},
                                        {"description", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_10}};
static const Field type_fields[] = {{"type", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_11},
                                    {"namespaceURI", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_12},
                                    {"prefix", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_13},
                                    {"description", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_14},
                                    {"field", XMP_SEQUENCE, PDFA_RULE_6_6_2_3_3_15}};
static const Field field_fields[] = {{"name", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_16},
                                     {"valueType", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_17},
                                     {"description", XMP_SIMPLE, PDFA_RULE_6_6_2_3_3_18}};

#define FIELDS(array) array, sizeof(array) / sizeof *(array)
static const Description schema_description = {"pdfaSchema", XMP_SPACE_PDFA_SCHEMA, FIELDS(schema_fields)};
static const Description property_description = {"pdfaProperty", XMP_SPACE_PDFA_PROPERTY, FIELDS(property_fields)};
static const Description type_description = {"pdfaType", XMP_SPACE_PDFA_TYPE, FIELDS(type_fields)};
static const Description field_description = {"pdfaField", XMP_SPACE_PDFA_FIELD, FIELDS(field_fields)};

/** Every field of a description is known, present where it must be, of its form and prefix. */
static void check_description(PdfaCheck *check, const XmpNode *node, const Description *description) {
    for (size_t i = 0; i < description->count; i++) {
        const Field *field = &description->fields[i];
        const XmpNode *child = xmp_child(node, description->space, field->name);
        const bool sound = child == NULL
                               ? field->form == XMP_SEQUENCE
                               : child->form == field->form && text_equal(child->prefix, text_of(description->prefix));
        if (!sound) {
            pdfa_fault(check, field->rule);
        }
    }
    for (const XmpNode *child = node->children; child != NULL; child = child->next) {
        bool known = false;
        for (size_t i = 0; i < description->count; i++) {
            known = known || xmp_is(child, description->space, description->fields[i].name);
        }
        if (!known) {
            pdfa_fault_of(check, PDFA_RULE_6_6_2_3_2_1, "The field is %.*s.", TEXT_ARG(child->name));
        }
    }
}

static Text value_of(const XmpNode *node, const char *space, const char *name) {
    const XmpNode *child = xmp_child(node, space, name);
    return child != NULL && child->form == XMP_SIMPLE ? child->value : (Text){NULL, 0};
}

static const XmpNode *items_of(const XmpNode *node, const char *space, const char *name) {
    const XmpNode *child = xmp_child(node, space, name);
    return child != NULL && child->form == XMP_SEQUENCE ? child->children : NULL;
}

static void collect_types(PdfaCheck *check, const XmpNode *schema, XmpExtensions *extensions) {
    for (const XmpNode *node = items_of(schema, XMP_SPACE_PDFA_SCHEMA, "valueType"); node != NULL; node = node->next) {
        void *memory = NULL;
        if (!pdfa_took(check, arena_try_allocate(check->arena, sizeof(XmpCustomType), &memory))) {
            return;
        }
        const XmpNode *list = xmp_child(node, XMP_SPACE_PDFA_TYPE, "field");
        XmpCustomType *type = memory;
        *type = (XmpCustomType){.name = value_of(node, XMP_SPACE_PDFA_TYPE, "type"),
                                .space = value_of(node, XMP_SPACE_PDFA_TYPE, "namespaceURI"),
                                .fields = list,
                                .next = extensions->types};
        extensions->types = type;
    }
}

static void check_property(PdfaCheck *check, const XmpNode *node, Text space, XmpExtensions *extensions) {
    check_description(check, node, &property_description);
    const Text category = value_of(node, XMP_SPACE_PDFA_PROPERTY, "category");
    const Text type = value_of(node, XMP_SPACE_PDFA_PROPERTY, "valueType");
    if (!text_equal(category, TEXT("external")) && !text_equal(category, TEXT("internal"))) {
        pdfa_fault(check, PDFA_RULE_6_6_2_3_3_9);
    }
    if (!xmp_type_exists(extensions, type)) {
        pdfa_fault_of(check, PDFA_RULE_6_6_2_3_3_8, "The type is %.*s.", TEXT_ARG(type));
        return;
    }
    void *memory = NULL;
    if (pdfa_took(check, arena_try_allocate(check->arena, sizeof(XmpCustomProperty), &memory))) {
        XmpCustomProperty *property = memory;
        *property =
            (XmpCustomProperty){.space = space, .name = value_of(node, XMP_SPACE_PDFA_PROPERTY, "name"), .type = type};
        /* The first description of a property counts. */
        XmpCustomProperty **place = &extensions->properties;
        while (*place != NULL && pdfa_goes_on(check)) {
            place = &(*place)->next;
        }
        *place = property;
    }
}

static void check_types(PdfaCheck *check, const XmpNode *schema, const XmpExtensions *extensions) {
    for (const XmpNode *node = items_of(schema, XMP_SPACE_PDFA_SCHEMA, "valueType"); node != NULL; node = node->next) {
        check_description(check, node, &type_description);
        for (const XmpNode *field = items_of(node, XMP_SPACE_PDFA_TYPE, "field"); field != NULL; field = field->next) {
            check_description(check, field, &field_description);
            if (!xmp_type_exists(extensions, value_of(field, XMP_SPACE_PDFA_FIELD, "valueType"))) {
                pdfa_fault(check, PDFA_RULE_6_6_2_3_3_17);
            }
        }
    }
}

void pdfa_check_extensions(PdfaCheck *check, const XmpNode *container, XmpExtensions *extensions) {
    if (container->form != XMP_BAG || !text_equal(container->prefix, TEXT("pdfaExtension"))) {
        pdfa_fault(check, PDFA_RULE_6_6_2_3_3_1);
    }
    for (const XmpNode *schema = container->children; schema != NULL; schema = schema->next) {
        collect_types(check, schema, extensions);
    }
    for (const XmpNode *schema = container->children; schema != NULL && pdfa_goes_on(check); schema = schema->next) {
        check_description(check, schema, &schema_description);
        check_types(check, schema, extensions);
        const Text space = value_of(schema, XMP_SPACE_PDFA_SCHEMA, "namespaceURI");
        for (const XmpNode *node = items_of(schema, XMP_SPACE_PDFA_SCHEMA, "property"); node != NULL;
             node = node->next) {
            check_property(check, node, space, extensions);
        }
    }
}
