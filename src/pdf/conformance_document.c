/** ISO 19005-3, 6.1.12 and 6.4 to 6.11: the catalog, its form, actions, optional content, and every page's own entries.
 */
#include <string.h>

#include "pdf/conformance_inside.h"

#define BOX_MIN 3.0
#define BOX_MAX 14400.0

bool pdfa_number(const PdfValue *value, double *ret_number) {
    if (value->kind == PDF_INTEGER) {
        *ret_number = (double)value->integer;
    } else if (value->kind == PDF_REAL) {
        *ret_number = value->real;
    }
    return value->kind == PDF_INTEGER || value->kind == PDF_REAL;
}

bool pdfa_rectangle(PdfaCheck *check, const PdfValue *value, double ret_sides[4]) {
    double sides[4];
    if (value->kind != PDF_ARRAY || value->count != 4) {
        return false;
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (!pdfa_number(pdfa_resolve(check, &value->items[i]), &sides[i])) {
            return false;
        }
    }
    memcpy(ret_sides, sides, sizeof sides);
    return true;
}

static bool is_listed(const PdfValue *name, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (pdf_is_name(name, list[i])) {
            return true;
        }
    }
    return false;
}
#define IS_LISTED(name, list) is_listed((name), (list), sizeof(list) / sizeof *(list))

/** 6.5.1: an action and those that follow it. */
void pdfa_check_action(PdfaCheck *check, const PdfValue *entry) {
    static const char *const allowed[] = {"GoTo", "GoToR", "GoToE", "Thread", "URI", "Named", "SubmitForm"};
    static const char *const named[] = {"NextPage", "PrevPage", "FirstPage", "LastPage"};
    const PdfValue *action = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(action) || !pdfa_first_time(check, entry, PDFA_SEEN_ACTION) || !pdfa_goes_on(check) ||
        check->depth > PDFA_DEPTH_MAX) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    check->depth++;
    const PdfValue *kind = pdfa_get(check, action, "S");
    if (!IS_LISTED(kind, allowed)) {
        pdfa_fault_of(check, PDFA_RULE_6_5_1_1, "It is %.*s.",
                      TEXT_ARG(kind->kind == PDF_NAME ? kind->text : TEXT("of no type")));
    }
    if (pdf_is_name(kind, "Named") && !IS_LISTED(pdfa_get(check, action, "N"), named)) {
        pdfa_fault(check, PDFA_RULE_6_5_1_2);
    }
    const PdfValue *next = pdf_entry(action, "Next");
    if (next != NULL) {
        const PdfValue *list = pdfa_resolve(check, next);
        if (list->kind == PDF_ARRAY) {
            for (uint32_t i = 0; i < list->count; i++) {
                pdfa_check_action(check, &list->items[i]);
            }
        } else {
            pdfa_check_action(check, next);
        }
    }
    check->depth--;
    check->at = before;
}

void pdfa_check_actions(PdfaCheck *check, const PdfValue *owner) {
    const PdfValue *action = pdf_entry(owner, "A"), *additional = pdfa_get(check, owner, "AA");
    if (action != NULL) {
        pdfa_check_action(check, action);
    }
    if (pdfa_is_dictionary(additional)) {
        for (uint32_t i = 0; i < additional->count; i++) {
            pdfa_check_action(check, &additional->items[i * 2 + 1]);
        }
    }
}

/** Outline items in a row, and those below them. */
static void check_outline(PdfaCheck *check, const PdfValue *entry) {
    while (entry != NULL && check->depth <= PDFA_DEPTH_MAX && pdfa_goes_on(check)) {
        const PdfValue *item = pdfa_resolve(check, entry);
        if (!pdfa_is_dictionary(item) || !pdfa_first_time(check, entry, PDFA_SEEN_OUTLINE)) {
            return;
        }
        const PdfReference before = check->at;
        check->at = pdfa_place(check, entry);
        pdfa_check_actions(check, item);
        check->depth++;
        check_outline(check, pdf_entry(item, "First"));
        check->depth--;
        check->at = before;
        entry = pdf_entry(item, "Next");
    }
}

/** The values of a name tree of actions. */
static void check_action_names(PdfaCheck *check, const PdfValue *entry) {
    const PdfValue *node = entry != NULL ? pdfa_resolve(check, entry) : NULL;
    if (node == NULL || !pdfa_is_dictionary(node) || !pdfa_first_time(check, entry, PDFA_SEEN_OUTLINE) ||
        check->depth > PDFA_DEPTH_MAX || !pdfa_goes_on(check)) {
        return;
    }
    const PdfValue *names = pdfa_get(check, node, "Names"), *kids = pdfa_get(check, node, "Kids");
    for (uint32_t i = 1; names->kind == PDF_ARRAY && i < names->count; i += 2) {
        pdfa_check_action(check, &names->items[i]);
    }
    check->depth++;
    for (uint32_t i = 0; kids->kind == PDF_ARRAY && i < kids->count; i++) {
        check_action_names(check, &kids->items[i]);
    }
    check->depth--;
}

/** 6.1.12 */
static void check_permissions(PdfaCheck *check) {
    const PdfValue *permissions = pdfa_get(check, check->catalog, "Perms");
    if (!pdfa_is_dictionary(permissions)) {
        return;
    }
    check->at = pdfa_place(check, pdf_entry(check->catalog, "Perms"));
    for (uint32_t i = 0; i < permissions->count; i++) {
        const PdfValue *key = &permissions->items[i * 2];
        if (!pdf_is_name(key, "UR3") && !pdf_is_name(key, "DocMDP")) {
            pdfa_fault(check, PDFA_RULE_6_1_12_1);
        }
    }
    check->has_docmdp = pdfa_has(check, permissions, "DocMDP");
    check->at = check->catalog_reference;
}

/** A field and those below it: 6.4.1. */
static void check_field(PdfaCheck *check, const PdfValue *entry) {
    const PdfValue *field = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(field) || !pdfa_first_time(check, entry, PDFA_SEEN_FIELD) ||
        check->depth > PDFA_DEPTH_MAX || !pdfa_goes_on(check)) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    if (pdfa_has(check, field, "AA")) {
        pdfa_fault(check, PDFA_RULE_6_4_1_2);
    }
    pdfa_check_actions(check, field);
    const PdfValue *kids = pdfa_get(check, field, "Kids");
    check->depth++;
    for (uint32_t i = 0; kids->kind == PDF_ARRAY && i < kids->count; i++) {
        check_field(check, &kids->items[i]);
    }
    check->depth--;
    check->at = before;
}

/** 6.4.1 and 6.4.2 */
static void check_form(PdfaCheck *check) {
    const PdfValue *entry = pdf_entry(check->catalog, "AcroForm");
    const PdfValue *form = pdfa_get(check, check->catalog, "AcroForm");
    if (!pdfa_is_dictionary(form)) {
        return;
    }
    check->at = pdfa_place(check, entry);
    const PdfValue *need = pdfa_get(check, form, "NeedAppearances");
    if (need->kind == PDF_BOOLEAN && need->boolean) {
        pdfa_fault(check, PDFA_RULE_6_4_1_3);
    }
    if (pdfa_has(check, form, "XFA")) {
        pdfa_fault(check, PDFA_RULE_6_4_2_1);
    }
    const PdfValue *fields = pdfa_get(check, form, "Fields");
    for (uint32_t i = 0; fields->kind == PDF_ARRAY && i < fields->count; i++) {
        check_field(check, &fields->items[i]);
    }
    check->at = check->catalog_reference;
}

/** Whether an array, or one within it, holds the group. */
static bool holds_group(PdfaCheck *check, const PdfValue *order, const PdfValue *group, unsigned depth) {
    for (uint32_t i = 0; order->kind == PDF_ARRAY && i < order->count && pdfa_goes_on(check); i++) {
        const PdfValue *item = &order->items[i];
        if (item->kind == PDF_REFERENCE && group->kind == PDF_REFERENCE &&
            item->reference.number == group->reference.number) {
            return true;
        }
        if (depth < PDFA_DEPTH_MAX && holds_group(check, pdfa_resolve(check, item), group, depth + 1)) {
            return true;
        }
    }
    return false;
}

/** 6.9: one configuration; `names` are those of the configurations before it. */
static void check_configuration(PdfaCheck *check, const PdfValue *entry, const PdfValue *groups, const PdfValue **names,
                                size_t *name_count) {
    const PdfValue *configuration = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(configuration)) {
        return;
    }
    check->at = pdfa_place(check, entry);
    const PdfValue *name = pdfa_get(check, configuration, "Name");
    if (name->kind != PDF_STRING || name->text.size == 0) {
        pdfa_fault(check, PDFA_RULE_6_9_1);
    }
    for (size_t i = 0; i < *name_count && name->kind == PDF_STRING; i++) {
        if (text_equal(names[i]->text, name->text)) {
            pdfa_fault(check, PDFA_RULE_6_9_2);
        }
    }
    if (name->kind == PDF_STRING) {
        names[(*name_count)++] = name;
    }
    if (pdfa_has(check, configuration, "AS")) {
        pdfa_fault(check, PDFA_RULE_6_9_4);
    }
    const PdfValue *order = pdfa_get(check, configuration, "Order");
    for (uint32_t i = 0; order->kind == PDF_ARRAY && groups->kind == PDF_ARRAY && i < groups->count; i++) {
        if (!holds_group(check, order, &groups->items[i], 0)) {
            pdfa_fault(check, PDFA_RULE_6_9_3);
            break;
        }
    }
    check->at = check->catalog_reference;
}

static void check_optional_content(PdfaCheck *check) {
    const PdfValue *content = pdfa_get(check, check->catalog, "OCProperties");
    if (!pdfa_is_dictionary(content)) {
        return;
    }
    const PdfValue *groups = pdfa_get(check, content, "OCGs"), *list = pdfa_get(check, content, "Configs");
    const uint32_t count = list->kind == PDF_ARRAY ? list->count : 0;
    void *memory = NULL;
    if (!pdfa_took(check, arena_try_allocate(check->arena, ((size_t)count + 1) * sizeof(PdfValue *), &memory))) {
        return;
    }
    size_t name_count = 0;
    const PdfValue *standard = pdf_entry(content, "D");
    if (standard != NULL) {
        check_configuration(check, standard, groups, memory, &name_count);
    }
    for (uint32_t i = 0; i < count && pdfa_goes_on(check); i++) {
        check_configuration(check, &list->items[i], groups, memory, &name_count);
    }
}

/** 6.1.8: the names of structure types: those that the document makes its own, and those of its elements. */
static void check_structure(PdfaCheck *check) {
    const PdfValue *roles = pdfa_get(check, pdfa_get(check, check->catalog, "StructTreeRoot"), "RoleMap");
    for (uint32_t i = 0; pdfa_is_dictionary(roles) && i < roles->count; i++) {
        if (!text_is_utf8(roles->items[i * 2].text)) {
            pdfa_fault(check, PDFA_RULE_6_1_8_1);
        }
    }
    for (uint32_t number = 0; number < check->seen_size && pdfa_goes_on(check); number++) {
        PdfValue reference = {.kind = PDF_REFERENCE};
        if (!pdf_known_object(check->file, number, &reference.reference)) {
            continue;
        }
        const PdfValue *element = pdfa_resolve(check, &reference);
        const PdfValue *type = pdf_entry(element, "Type"), *name = pdf_entry(element, "S");
        if (type != NULL && name != NULL && pdf_is_name(type, "StructElem") && name->kind == PDF_NAME &&
            !text_is_utf8(name->text)) {
            check->at = reference.reference;
            pdfa_fault(check, PDFA_RULE_6_1_8_1);
        }
    }
    check->at = check->catalog_reference;
}

static void check_catalog(PdfaCheck *check) {
    const PdfValue *catalog = check->catalog, *open = pdf_entry(catalog, "OpenAction");
    const PdfValue *rendering = pdfa_get(check, catalog, "NeedsRendering");
    if (rendering->kind == PDF_BOOLEAN && rendering->boolean) {
        pdfa_fault(check, PDFA_RULE_6_4_2_2);
    }
    if (pdfa_has(check, catalog, "AA")) {
        pdfa_fault(check, PDFA_RULE_6_5_2_1);
    }
    if (pdfa_has(check, catalog, "Requirements")) {
        pdfa_fault(check, PDFA_RULE_6_11_1);
    }
    pdfa_check_actions(check, catalog);
    if (open != NULL) {
        pdfa_check_action(check, open);
    }
    const PdfValue *names = pdfa_get(check, catalog, "Names");
    if (pdfa_has(check, names, "AlternatePresentations")) {
        pdfa_fault(check, PDFA_RULE_6_10_1);
    }
    check_action_names(check, pdf_entry(names, "JavaScript"));
    check_outline(check, pdf_entry(pdfa_get(check, catalog, "Outlines"), "First"));
}

/** What pages inherit. */
typedef struct PdfaInherited {
    const PdfValue *resources, *media_box, *crop_box;
} PdfaInherited;

/** 6.1.13: the boundaries of a page. */
static void check_boxes(PdfaCheck *check, const PdfValue *page, const PdfaInherited *inherited) {
    static const char *const boxes[] = {"MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox"};
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        double sides[4];
        const PdfValue *box = pdfa_get(check, page, boxes[i]);
        box = pdfa_is(box) || i > 1 ? box : i == 0 ? inherited->media_box : inherited->crop_box;
        if (!pdfa_is(box)) {
            continue;
        }
        if (!pdfa_rectangle(check, box, sides)) {
            pdfa_fault_of(check, PDFA_RULE_6_1_13_11, "The %s is no rectangle.", boxes[i]);
            continue;
        }
        const double width = sides[2] > sides[0] ? sides[2] - sides[0] : sides[0] - sides[2];
        const double height = sides[3] > sides[1] ? sides[3] - sides[1] : sides[1] - sides[3];
        if (width < BOX_MIN || width > BOX_MAX || height < BOX_MIN || height > BOX_MAX) {
            pdfa_fault_of(check, PDFA_RULE_6_1_13_11, "It is the %s.", boxes[i]);
        }
    }
}

static void check_page(PdfaCheck *check, const PdfValue *page, const PdfaInherited *inherited) {
    const PdfValue *own = pdfa_get(check, page, "Resources");
    if (pdfa_has(check, page, "AA")) {
        pdfa_fault(check, PDFA_RULE_6_5_2_2);
        pdfa_check_actions(check, page);
    }
    if (pdfa_has(check, page, "PresSteps")) {
        pdfa_fault(check, PDFA_RULE_6_10_2);
    }
    check_boxes(check, page, inherited);
    check->has_transparency = false;
    pdfa_check_annotations(check, page);
    pdfa_check_page_content(check, page, pdfa_is_dictionary(own) ? own : inherited->resources,
                            !pdfa_is_dictionary(own));
}

/** The entry of a page tree node, or what its parents hand down. */
static const PdfValue *handed_down(PdfaCheck *check, const PdfValue *node, const char *key, const PdfValue *above) {
    const PdfValue *own = pdfa_get(check, node, key);
    return pdfa_is(own) ? own : above;
}

/** A node of the page tree: a page, or a node with further ones. */
static void check_page_node(PdfaCheck *check, const PdfValue *entry, const PdfaInherited *above) {
    const PdfValue *node = pdfa_resolve(check, entry);
    if (!pdfa_is_dictionary(node) || !pdfa_first_time(check, entry, PDFA_SEEN_PAGE) || !pdfa_goes_on(check)) {
        return;
    }
    if (check->depth > PDFA_DEPTH_MAX * 2) {
        check->status = STATUS_TOO_LARGE;
        return;
    }
    const PdfReference before = check->at;
    const PdfValue *kids = pdfa_get(check, node, "Kids");
    check->at = pdfa_place(check, entry);
    const PdfValue *type = pdfa_get(check, node, "Type");
    const bool is_node = kids->kind == PDF_ARRAY;
    if (!pdf_is_name(type, is_node ? "Pages" : "Page") ||
        (is_node && pdfa_get(check, node, "Count")->kind != PDF_INTEGER)) {
        pdfa_fault_of(check, PDFA_RULE_UNREADABLE, "%s", "A node of the page tree is no whole Page or Pages.");
    }
    if (is_node) {
        const PdfaInherited inherited = {.resources = handed_down(check, node, "Resources", above->resources),
                                         .media_box = handed_down(check, node, "MediaBox", above->media_box),
                                         .crop_box = handed_down(check, node, "CropBox", above->crop_box)};
        check->depth++;
        for (uint32_t i = 0; i < kids->count && pdfa_goes_on(check); i++) {
            check_page_node(check, &kids->items[i], &inherited);
        }
        check->depth--;
    } else {
        check_page(check, node, above);
    }
    check->at = before;
}

void pdfa_check_document(PdfaCheck *check) {
    const PdfaInherited nothing = {pdfa_null_value(), pdfa_null_value(), pdfa_null_value()};
    check_catalog(check);
    if (pdfa_has(check, check->catalog, "StructTreeRoot")) {
        check_structure(check);
    }
    check_permissions(check);
    check_form(check);
    check_optional_content(check);
    pdfa_check_signatures(check);
    const PdfValue *pages = pdf_entry(check->catalog, "Pages");
    size_t count = 0;
    if (pages != NULL && pdfa_took(check, pdf_page_count(check->file, &count))) {
        check_page_node(check, pages, &nothing);
    }
    const PdfValue *claimed = pdfa_get(check, pdfa_get(check, check->catalog, "Pages"), "Count");
    if (claimed->kind == PDF_INTEGER && claimed->integer != (int64_t)count) {
        pdfa_fault_of(check, PDFA_RULE_UNREADABLE, "%s", "The page tree holds another number of pages than it says.");
    }
    if (pages == NULL || count == 0) {
        pdfa_fault_of(check, PDFA_RULE_UNREADABLE, "%s", "It has no pages.");
    }
    check->at = check->catalog_reference;
}
