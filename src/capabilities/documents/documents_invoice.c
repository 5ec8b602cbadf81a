/** Reads UBL invoices and fills applications from them. */
#include "capabilities/documents/documents_invoice.h"

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "base/log.h"

enum { LINES_MAXIMUM = 5000, PART_BYTES = 4000 };

static const char invoice_namespace[] = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
static const char aggregate[] = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
static const char basic[] = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

void invoice_prepare(void) {
    xmlInitParser();
    json_object_seed(0);
}

static bool is_element(const xmlNode *node, const char *space, const char *name) {
    return node->type == XML_ELEMENT_NODE && node->ns != NULL && strcmp((const char *)node->ns->href, space) == 0 &&
           strcmp((const char *)node->name, name) == 0;
}

/** The next sibling, from `node` on, that is the named element. */
static const xmlNode *element_from(const xmlNode *node, const char *space, const char *name) {
    while (node != NULL && !is_element(node, space, name)) {
        node = node->next;
    }
    return node;
}

/** Walks down a path of aggregates such as "Party/PostalAddress/Country"; NULL when a step is absent. */
static const xmlNode *down(const xmlNode *node, const char *path) {
    Text rest = text_of(path);
    while (node != NULL && rest.size > 0) {
        const Text step = text_cut(&rest, '/');
        char name[64] = {0};
        memcpy(name, step.data, step.size < sizeof name ? step.size : sizeof name - 1);
        node = element_from(node->children, aggregate, name);
    }
    return node;
}

/** Text of an element, white space at its ends dropped and inner runs made one blank. */
static Text content(Arena *arena, const xmlNode *node) {
    xmlChar *all = node == NULL ? NULL : xmlNodeGetContent(node);
    if (all == NULL) {
        return (Text){NULL, 0};
    }
    const Text text = text_head(text_trim(text_of((const char *)all)), PART_BYTES);
    char *copy = arena_allocate(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const bool blank = text.data[i] == ' ' || text.data[i] == '\t' || text.data[i] == '\n' || text.data[i] == '\r';
        if (!blank) {
            copy[size++] = text.data[i];
        } else if (copy[size - 1] != ' ') {
            copy[size++] = ' ';
        }
    }
    xmlFree(all);
    return (Text){copy, size};
}

static Text basic_text(Arena *arena, const xmlNode *node, const char *name) {
    return content(arena, node == NULL ? NULL : element_from(node->children, basic, name));
}

static Text attribute(Arena *arena, const xmlNode *node, const char *name) {
    xmlChar *value = node == NULL ? NULL : xmlGetNoNsProp(node, (const xmlChar *)name);
    const Text text = value == NULL ? (Text){NULL, 0} : arena_copy(arena, text_trim(text_of((const char *)value)));
    xmlFree(value);
    return text;
}

static void put(json_t *object, const char *name, Text text) {
    if (text.size > 0) {
        (void)json_object_set_new(object, name, json_stringn(text.data, text.size));
    }
}

static Text join(Arena *arena, Text a, const char *between, Text b) {
    if (a.size == 0 || b.size == 0) {
        return a.size == 0 ? b : a;
    }
    return arena_format(arena, "%.*s%s%.*s", TEXT_ARG(a), between, TEXT_ARG(b));
}

static Text address_of(Arena *arena, const xmlNode *address) {
    Text street =
        join(arena, basic_text(arena, address, "StreetName"), " ", basic_text(arena, address, "BuildingNumber"));
    street = join(arena, street, ", ", basic_text(arena, address, "AdditionalStreetName"));
    const xmlNode *line = down(address, "AddressLine");
    while (line != NULL) {
        street = join(arena, street, "\n", basic_text(arena, line, "Line"));
        line = element_from(line->next, aggregate, "AddressLine");
    }
    const Text city =
        join(arena, basic_text(arena, address, "PostalZone"), " ", basic_text(arena, address, "CityName"));
    const Text place = join(arena, city, ", ", basic_text(arena, address, "CountrySubentity"));
    return join(arena, street, "\n", place);
}

static Text country_of(Arena *arena, const xmlNode *address) {
    return basic_text(arena, down(address, "Country"), "IdentificationCode");
}

static void read_party(Arena *arena, const xmlNode *party, const char *role, json_t *invoice) {
    const xmlNode *legal = down(party, "PartyLegalEntity");
    Text name = basic_text(arena, legal, "RegistrationName");
    if (name.size == 0) {
        name = basic_text(arena, down(party, "PartyName"), "Name");
    }
    const xmlNode *postal = down(party, "PostalAddress");
    if (postal == NULL) {
        postal = down(legal, "RegistrationAddress");
    }
    put(invoice, arena_format(arena, "%s.name", role).data, name);
    put(invoice, arena_format(arena, "%s.address", role).data, address_of(arena, postal));
    put(invoice, arena_format(arena, "%s.country", role).data, country_of(arena, postal));
    put(invoice, arena_format(arena, "%s.tax_number", role).data,
        basic_text(arena, down(party, "PartyTaxScheme"), "CompanyID"));
}

/** The code of a classification by the Harmonized System: the lists HS, and TARIC and CN, which begin with it. */
static Text hs_code_of(Arena *arena, const xmlNode *item) {
    const xmlNode *classification = down(item, "CommodityClassification");
    while (classification != NULL) {
        const xmlNode *code = element_from(classification->children, basic, "ItemClassificationCode");
        const Text list = attribute(arena, code, "listID");
        if (text_equal(list, TEXT("HS")) || text_equal(list, TEXT("TARIC")) || text_equal(list, TEXT("CN"))) {
            return content(arena, code);
        }
        classification = element_from(classification->next, aggregate, "CommodityClassification");
    }
    return (Text){NULL, 0};
}

static json_t *read_line(Arena *arena, const xmlNode *line) {
    json_t *object = json_object();
    const xmlNode *item = down(line, "Item");
    const Text name = basic_text(arena, item, "Name"), description = basic_text(arena, item, "Description");
    put(object, "description", text_equal(name, description) ? name : join(arena, name, "\n", description));
    const xmlNode *quantity = element_from(line->children, basic, "InvoicedQuantity");
    put(object, "quantity", content(arena, quantity));
    put(object, "unit", attribute(arena, quantity, "unitCode"));
    put(object, "hs_code", hs_code_of(arena, item));
    put(object, "origin", basic_text(arena, down(item, "OriginCountry"), "IdentificationCode"));
    put(object, "packages", basic_text(arena, item, "PackQuantity"));
    const xmlNode *shipment = down(line, "Delivery/Shipment");
    put(object, "gross_weight", basic_text(arena, shipment, "GrossWeightMeasure"));
    put(object, "net_weight", basic_text(arena, shipment, "NetWeightMeasure"));
    put(object, "marks", basic_text(arena, down(shipment, "TransportHandlingUnit"), "ShippingMarks"));
    return object;
}

static Text references_of(Arena *arena, const xmlNode *invoice) {
    const Text order = basic_text(arena, down(invoice, "OrderReference"), "ID");
    const Text contract = basic_text(arena, down(invoice, "ContractDocumentReference"), "ID");
    Text words = order.size == 0 ? order : arena_format(arena, "Order %.*s", TEXT_ARG(order));
    if (contract.size > 0) {
        words = join(arena, words, "\n", arena_format(arena, "Contract %.*s", TEXT_ARG(contract)));
    }
    return words;
}

static Status read_invoice(Arena *arena, const xmlNode *root, json_t *invoice) {
    put(invoice, "number", basic_text(arena, root, "ID"));
    put(invoice, "date", basic_text(arena, root, "IssueDate"));
    put(invoice, "references", references_of(arena, root));
    const Text incoterm = basic_text(arena, down(root, "DeliveryTerms"), "ID");
    put(invoice, "incoterm", text_slice(incoterm, 0, 3));
    read_party(arena, down(root, "AccountingSupplierParty/Party"), "seller", invoice);
    read_party(arena, down(root, "AccountingCustomerParty/Party"), "buyer", invoice);
    const Text seller_country = (Text){json_string_value(json_object_get(invoice, "seller.country")),
                                       json_string_length(json_object_get(invoice, "seller.country"))};
    put(invoice, "origin", seller_country);
    json_t *lines = json_array();
    (void)json_object_set_new(invoice, "lines", lines);
    const xmlNode *line = down(root, "InvoiceLine");
    while (line != NULL) {
        if (json_array_size(lines) == LINES_MAXIMUM) {
            return fail(STATUS_TOO_LARGE, "The invoice has more than %d lines. Split it, or enter the goods in groups.",
                        LINES_MAXIMUM);
        }
        (void)json_array_append_new(lines, read_line(arena, line));
        line = element_from(line->next, aggregate, "InvoiceLine");
    }
    if (json_array_size(lines) == 0) {
        return fail(STATUS_INVALID, "The invoice has no lines.");
    }
    return STATUS_OK;
}

static int append_json(const char *bytes, size_t size, void *output) {
    buffer_append(output, (Text){bytes, size});
    return 0;
}

static Status read_document(Arena *arena, const xmlDoc *document, Buffer *output) {
    const xmlNode *root = xmlDocGetRootElement(document);
    if (document->intSubset != NULL || document->extSubset != NULL) {
        return fail(STATUS_INVALID,
                    "The XML has a document type declaration, which UBL forbids. Export the invoice anew without it.");
    }
    if (root == NULL || !is_element(root, invoice_namespace, "Invoice")) {
        return fail(STATUS_INVALID, "The file is no UBL 2 invoice: its first element must be Invoice of %s.",
                    invoice_namespace);
    }
    json_t *invoice = json_object();
    Status status = read_invoice(arena, root, invoice);
    if (status == STATUS_OK && json_dump_callback(invoice, append_json, output, JSON_COMPACT) != 0) {
        status = fail(STATUS_INVALID, "The invoice holds text that is not UTF-8.");
    }
    json_decref(invoice);
    return status == STATUS_OK && output->overflow ? fail(STATUS_TOO_LARGE, "The invoice is too large.") : status;
}

Status invoice_read(Text xml, Buffer *output) {
    if (xml.size == 0 || xml.size > INVOICE_BYTES) {
        return xml.size == 0 ? fail(STATUS_INVALID, "The invoice is an empty file.")
                             : fail(STATUS_TOO_LARGE, "The invoice must be a file of at most 8 MB.");
    }
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
        Arena *arena = arena_open((size_t)64 << 20);
        status = read_document(arena, document, output);
        arena_close(arena);
    }
    xmlFreeDoc(document);
    xmlFreeParserCtxt(parser);
    return status;
}

static Text part_of(Arena *arena, const json_t *object, const char *name) {
    const json_t *part = json_object_get(object, name);
    return json_is_string(part) ? arena_copy(arena, (Text){json_string_value(part), json_string_length(part)})
                                : (Text){NULL, 0};
}

/** Gives each mapped field of a form the invoice's part. */
static void fill_fields(Arena *arena, const DocumentField *extras, const json_t *parts, FormValues *values) {
    for (size_t i = 0; i < values->form->count; i++) {
        if (extras[i].invoice.size == 0 || values->form->fields[i].kind == FIELD_GROUP) {
            continue;
        }
        const Text part = part_of(arena, parts, arena_c_string(arena, extras[i].invoice));
        if (part.size > 0) {
            values->items[i].text = part;
        }
    }
}

/** Whether an invoice line moves goods: a credit line, with a quantity of zero or below, does not. */
static bool moves_goods(Arena *arena, const json_t *line) {
    const Text quantity = part_of(arena, line, "quantity");
    if (quantity.size == 0) {
        return true;
    }
    bool above_zero = false;
    for (size_t i = 0; i < quantity.size; i++) {
        above_zero |= quantity.data[i] >= '1' && quantity.data[i] <= '9';
    }
    return above_zero && quantity.data[0] != '-';
}

static Status fill_lines(Arena *arena, const DocumentType *type, const json_t *lines, FormValues *values,
                         InvoiceNotes *notes) {
    FormValue *group = form_value(values, type->group);
    group->rows.count = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (!moves_goods(arena, line)) {
            notes->credit_lines++;
            continue;
        }
        FormValues *row = NULL;
        const Status added = form_add_row(arena, values, type->group, &row);
        if (added != STATUS_OK) {
            return fail(added,
                        "The invoice has more lines than one document takes. Split it, or enter the goods in groups.");
        }
        fill_fields(arena, type->line_fields, line, row);
    }
    return STATUS_OK;
}

Status invoice_fill(Arena *arena, const DocumentType *type, Text json, FormValues *values, InvoiceNotes *ret_notes) {
    json_t *invoice = json_loadb(json.data == NULL ? "" : json.data, json.size, 0, NULL);
    if (!json_is_object(invoice)) {
        json_decref(invoice);
        return fail(STATUS_INVALID, "what the invoice reader wrote cannot be read");
    }
    InvoiceNotes notes = {.seller_name = part_of(arena, invoice, "seller.name"),
                          .seller_tax_number = part_of(arena, invoice, "seller.tax_number"),
                          .seller_country = part_of(arena, invoice, "seller.country")};
    fill_fields(arena, type->fields, invoice, values);
    const Status status =
        type->group == NULL ? STATUS_OK : fill_lines(arena, type, json_object_get(invoice, "lines"), values, &notes);
    json_decref(invoice);
    if (status == STATUS_OK) {
        *ret_notes = notes;
    }
    return status;
}
