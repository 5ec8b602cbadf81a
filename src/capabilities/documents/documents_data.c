/** Reads files with data in the jail into one neutral form, and fills applications from that. */
#include "capabilities/documents/documents_data.h"

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "base/log.h"
#include "outside/jail.h"
#include "pdf/attachment.h"

/* Neutral form: an array of {"invoice": {...}}, {"json": {...}} or {"space": ..., "n": ..., "c": [...]}: an element
 * with name n, attributes a, text t, children c. */
enum { DEPTH_MAXIMUM = 40, ELEMENTS_MAXIMUM = 400000, OUTPUT_BYTES = 64 << 20 };

static const char aggregates[] = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
static const char basics[] = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
static const char invoices[] = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";

static json_t *json_words(const xmlChar *words) {
    return json_string(words == NULL ? "" : (const char *)words);
}

static json_t *tree_of(const xmlNode *element, size_t depth, size_t *count) {
    json_t *object = json_object(), *children = json_array(), *attributes = json_object();
    (void)json_object_set_new(object, "n", json_words(element->name));
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        xmlChar *value = xmlNodeListGetString(element->doc, attribute->children, 1);
        (void)json_object_set_new(attributes, (const char *)attribute->name, json_words(value));
        xmlFree(value);
    }
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && child->ns != NULL && depth < DEPTH_MAXIMUM &&
            *count < ELEMENTS_MAXIMUM &&
            (strcmp((const char *)child->ns->href, aggregates) == 0 ||
             strcmp((const char *)child->ns->href, basics) == 0)) {
            ++*count;
            (void)json_array_append_new(children, tree_of(child, depth + 1, count));
        }
    }
    if (json_array_size(children) == 0) {
        xmlChar *words = xmlNodeGetContent(element);
        (void)json_object_set_new(object, "t", json_words(words));
        xmlFree(words);
    }
    (void)json_object_set_new(object, "a", attributes);
    (void)json_object_set_new(object, "c", children);
    return object;
}

static Status add_invoice(Text xml, json_t *found) {
    Arena *arena = arena_open(OUTPUT_BYTES);
    Buffer output = buffer_make(arena, OUTPUT_BYTES);
    const Status status = invoice_read(xml, &output);
    if (status == STATUS_OK) {
        json_t *item = json_object();
        (void)json_object_set_new(item, "invoice", json_loadb(output.data, output.size, 0, NULL));
        (void)json_array_append_new(found, item);
    }
    arena_close(arena);
    return status;
}

static Status add_document(Text xml, const xmlDoc *document, json_t *found) {
    const xmlNode *root = xmlDocGetRootElement(document);
    if (document->intSubset != NULL || document->extSubset != NULL) {
        return fail(STATUS_INVALID,
                    "The XML has a document type declaration, which UBL forbids. Export the file anew without it.");
    }
    if (root == NULL || root->ns == NULL) {
        return fail(STATUS_INVALID, "The XML is no UBL document: its first element has no namespace.");
    }
    if (strcmp((const char *)root->ns->href, invoices) == 0) {
        return add_invoice(xml, found);
    }
    size_t count = 0;
    json_t *tree = tree_of(root, 0, &count);
    (void)json_object_set_new(tree, "space", json_words(root->ns->href));
    (void)json_array_append_new(found, tree);
    return count < ELEMENTS_MAXIMUM ? STATUS_OK : fail(STATUS_TOO_LARGE, "The XML has too many elements.");
}

static Status add_xml(Text xml, json_t *found) {
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (parser == NULL) {
        return fail(STATUS_FAILED, "no XML parser");
    }
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *document = xmlCtxtReadMemory(parser, xml.data, (int)xml.size, NULL, NULL, options);
    Status status = STATUS_OK;
    if (document == NULL) {
        const xmlError *error = xmlCtxtGetLastError(parser);
        const Text words = text_trim(text_of(error == NULL || error->message == NULL ? "" : error->message));
        status = fail(STATUS_INVALID, "The file is no well-formed XML: line %d: %.*s", error == NULL ? 0 : error->line,
                      TEXT_ARG(words));
    } else {
        status = add_document(xml, document, found);
    }
    xmlFreeDoc(document);
    xmlFreeParserCtxt(parser);
    return status;
}

static Status add_json(Text bytes, json_t *found) {
    json_t *json = json_loadb(bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json) || !json_is_string(json_object_get(json, "document_type")) ||
        !json_is_object(json_object_get(json, "application"))) {
        json_decref(json);
        return fail(STATUS_INVALID, "The JSON is none that a chamber put into a document.");
    }
    json_t *item = json_object();
    (void)json_object_set_new(item, "json", json);
    (void)json_array_append_new(found, item);
    return STATUS_OK;
}

static Status add_file(Text bytes, json_t *found) {
    const Text trimmed = text_trim(bytes);
    if (trimmed.size == 0) {
        return fail(STATUS_INVALID, "The file is empty.");
    }
    if (bytes.size > INVOICE_BYTES) {
        return fail(STATUS_TOO_LARGE, "The file must have at most 8 MB.");
    }
    return trimmed.data[0] == '{' ? add_json(bytes, found) : add_xml(bytes, found);
}

static bool holds_data(const PdfAttachment *attachment) {
    return text_equal(attachment->media_type, TEXT("application/xml")) ||
           text_equal(attachment->media_type, TEXT("text/xml")) ||
           text_equal(attachment->media_type, TEXT("application/json")) ||
           text_ends_with(attachment->name, TEXT(".xml"));
}

/** The data among the files inside a PDF; what is attached besides is left alone. */
static Status add_pdf(Arena *arena, Text bytes, json_t *found) {
    PdfFile *file = NULL;
    PdfAttachments attachments = {0};
    TRY(pdf_open(arena, bytes, &file));
    TRY(pdf_attachments(file, &attachments));
    for (size_t i = 0; i < attachments.count; i++) {
        Text data = {NULL, 0};
        if (holds_data(&attachments.items[i]) &&
            (pdf_attachment_bytes(file, &attachments.items[i], &data) != STATUS_OK ||
             add_file(data, found) != STATUS_OK)) {
            (void)failure_take();
        }
    }
    return json_array_size(found) > 0 ? STATUS_OK : fail(STATUS_INVALID, "The PDF has no data inside.");
}

static int append_json(const char *bytes, size_t size, void *output) {
    buffer_append(output, (Text){bytes, size});
    return 0;
}

Status data_read(Text bytes, Buffer *output) {
    json_t *found = json_array();
    Status status =
        text_starts_with(bytes, TEXT("%PDF-")) ? add_pdf(output->arena, bytes, found) : add_file(bytes, found);
    if (status == STATUS_OK && json_dump_callback(found, append_json, output, JSON_COMPACT) != 0) {
        status = fail(STATUS_INVALID, "The file holds text that is not UTF-8.");
    }
    json_decref(found);
    return status == STATUS_OK && output->overflow ? fail(STATUS_TOO_LARGE, "The file is too large.") : status;
}

static const Jail data_jail = {
    .name = "UBL reader", .function = data_read, .memory = (size_t)512 << 20, .output = OUTPUT_BYTES};

Status documents_data_read(Arena *arena, Text bytes, Text *ret_json) {
    return jail_run(&data_jail, bytes, arena, ret_json);
}

bool documents_data_is_invoice(Text json) {
    return text_starts_with(json, TEXT("[{\"invoice\":"));
}

static Text json_text(const json_t *json) {
    return json_is_string(json) ? (Text){json_string_value(json), json_string_length(json)} : (Text){NULL, 0};
}

/** The type whose data a tree is: `wanted`, where that fits, else the first of this installation. */
static const DocumentType *type_of_tree(const DocumentType *wanted, const json_t *tree) {
    const Text root = json_text(json_object_get(tree, "n")), space = json_text(json_object_get(tree, "space"));
    const DocumentTypes types = document_types();
    const DocumentType *found = NULL;
    for (size_t i = 0; i < types.count; i++) {
        const DocumentPayload *payload = &types.items[i].payload;
        if (payload->kind == PAYLOAD_UBL && text_equal(payload->root, root) && text_equal(payload->name_space, space) &&
            ubl_is_kind(&payload->table, tree) && (found == NULL || &types.items[i] == wanted)) {
            found = &types.items[i];
        }
    }
    return found;
}

/** Copies the values of fields that both forms have. */
static Status copy_same(Arena *arena, const FormValues *from, FormValues *to) {
    for (size_t i = 0; i < to->form->count; i++) {
        for (size_t k = 0; k < from->form->count; k++) {
            const Field *field = &to->form->fields[i], *other = &from->form->fields[k];
            if (strcmp(field->name, other->name) != 0 || field->kind != other->kind) {
                continue;
            }
            if (field->kind != FIELD_GROUP) {
                to->items[i].text = from->items[k].text.size > 0 ? from->items[k].text : to->items[i].text;
                continue;
            }
            to->items[i].rows.count = 0;
            for (size_t row = 0; row < from->items[k].rows.count; row++) {
                FormValues *added = NULL;
                TRY(form_add_row(arena, to, field->name, &added));
                TRY(copy_same(arena, &from->items[k].rows.items[row], added));
            }
        }
    }
    return STATUS_OK;
}

static Status text_of_json(Arena *arena, const json_t *json, Text *ret_text) {
    Buffer output = buffer_make(arena, OUTPUT_BYTES);
    if (json_dump_callback(json, append_json, &output, JSON_COMPACT) != 0) {
        return fail(STATUS_INVALID, "The file holds text that is not UTF-8.");
    }
    return buffer_take(&output, ret_text);
}

static Status fill_from_item(Arena *arena, const DocumentType *type, const json_t *item, FormValues *values,
                             DataNotes *notes) {
    const json_t *invoice = json_object_get(item, "invoice"), *json = json_object_get(item, "json");
    Text words = {NULL, 0};
    if (invoice != NULL) {
        notes->is_invoice = true;
        TRY(text_of_json(arena, invoice, &words));
        return invoice_fill(arena, type, words, values, &notes->invoice);
    }
    const DocumentType *source =
        json == NULL ? type_of_tree(type, item) : document_type(json_text(json_object_get(json, "document_type")));
    if (source == NULL) {
        return STATUS_NOT_FOUND;
    }
    FormValues *read = form_empty(arena, &source->form);
    if (json == NULL) {
        TRY(ubl_read(arena, source, item, read));
    } else {
        TRY(text_of_json(arena, json_object_get(json, "application"), &words));
        TRY(form_of_json(arena, &source->form, words, &read));
    }
    return copy_same(arena, read, values);
}

Status documents_data_fill(Arena *arena, const DocumentType *type, Text json, FormValues *values,
                           DataNotes *ret_notes) {
    json_t *found = json_loadb(json.data == NULL ? "" : json.data, json.size, 0, NULL);
    Status status = STATUS_NOT_FOUND;
    for (size_t i = 0; i < json_array_size(found) && status == STATUS_NOT_FOUND; i++) {
        status = fill_from_item(arena, type, json_array_get(found, i), values, ret_notes);
    }
    json_decref(found);
    return status != STATUS_NOT_FOUND
               ? status
               : fail(STATUS_INVALID, "The file holds no data of a kind of document that is known here.");
}
