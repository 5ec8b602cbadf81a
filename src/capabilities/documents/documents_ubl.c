/** Reads the table that says where each field of a document stands in its XML, and refuses one with gaps. */
#include "capabilities/documents/documents_ubl.h"

#include <jansson.h>
#include <string.h>

#include "base/log.h"
#include "capabilities/documents/documents_type.h"

enum { ENTRIES_MAXIMUM = 400 };

/** What is being read. */
typedef struct TableReader {
    Arena *arena;
    const DocumentType *type;
    bool *placed;      /**< parallel to the form's fields: has a place in the table */
    bool *line_placed; /**< parallel to the fields of the group */
} TableReader;

static Status refuse_line(const TableReader *reader, Text path, const char *words) {
    return fail(STATUS_INVALID, "Document type \"%.*s\": payload: \"%.*s\": %s", TEXT_ARG(reader->type->name),
                TEXT_ARG(path), words);
}

static Text text_member(const TableReader *reader, const json_t *object, const char *name) {
    const json_t *member = json_object_get(object, name);
    return json_is_string(member)
               ? arena_copy(reader->arena, (Text){json_string_value(member), json_string_length(member)})
               : (Text){NULL, 0};
}

bool documents_own_name(Text name) {
    static const char *const names[] = {
        "number",         "code",         "uuid",       "replaces",     "title",           "certified_date",
        "certified_time", "officer_name", "place",      "chamber_name", "chamber_address", "chamber_country",
        "verify_address", "public_url",   "line_count", "file_digest"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (text_equal(name, text_of(names[i]))) {
            return true;
        }
    }
    return false;
}

bool ubl_same_steps(const UblEntry *a, const UblEntry *b, size_t depth) {
    for (size_t i = 0; i <= depth; i++) {
        if (i >= a->step_count || i >= b->step_count || !text_equal(a->steps[i].name, b->steps[i].name) ||
            !text_equal(a->steps[i].label, b->steps[i].label)) {
            return false;
        }
    }
    return true;
}

static bool is_element_name(Text name) {
    for (size_t i = 0; i < name.size; i++) {
        const char letter = name.data[i];
        if (!((letter >= 'A' && letter <= 'Z') || (i > 0 && letter >= 'a' && letter <= 'z'))) {
            return false;
        }
    }
    return name.size > 0 && name.size <= 60;
}

static Status read_path(const TableReader *reader, UblEntry *entry) {
    Text rest = entry->path;
    while (rest.size > 0) {
        if (entry->step_count == UBL_STEPS_MAXIMUM) {
            return refuse_line(reader, entry->path, "has too many steps");
        }
        Text label = text_cut(&rest, '/');
        const Text name = text_cut(&label, '#');
        if (!is_element_name(name)) {
            return refuse_line(
                reader, entry->path,
                "\"path\" must be element names with / between them, as \"ExporterParty/PartyName/Name\"");
        }
        entry->steps[entry->step_count++] = (UblStep){name, label};
    }
    return entry->step_count > 0 ? STATUS_OK : refuse_line(reader, entry->path, "a line needs a \"path\"");
}

/** Notes that a field has a place; false when the form has none of this name. */
static bool place_field(const Form *form, bool *placed, Text name, FieldKind *ret_kind) {
    for (size_t i = 0; i < form->count; i++) {
        if (text_equal(text_of(form->fields[i].name), name)) {
            placed[i] = true;
            *ret_kind = form->fields[i].kind;
            return true;
        }
    }
    return false;
}

/** Whether a name is the sum of a number over the lines, as "total_gross_weight". */
static bool is_total(const TableReader *reader, Text name) {
    const Form *form = &reader->type->form;
    for (size_t i = 0; text_starts_with(name, TEXT("total_")) && i < form->count; i++) {
        const Form *group = form->fields[i].group;
        for (size_t k = 0; form->fields[i].kind == FIELD_GROUP && k < group->count; k++) {
            if (text_equal(text_of(group->fields[k].name), text_slice(name, sizeof "total_" - 1, name.size)) &&
                (group->fields[k].kind == FIELD_DECIMAL || group->fields[k].kind == FIELD_INTEGER)) {
                return true;
            }
        }
    }
    return false;
}

/** What a line's names may mean: fields of the form, in rows those of the row too. */
typedef struct Scope {
    const Form *form;
    bool *placed;
    bool in_rows;
} Scope;

static Status read_name(const TableReader *reader, const Scope *scope, const UblEntry *entry, Text name,
                        bool *ret_is_field, FieldKind *ret_kind) {
    if (place_field(scope->form, scope->placed, name, ret_kind)) {
        *ret_is_field = true;
    } else if (is_total(reader, name) || documents_own_name(name) ||
               (scope->in_rows && text_equal(name, TEXT("row")))) {
        *ret_is_field = false;
    } else {
        return refuse_line(reader, entry->path, "names a field that the type does not have");
    }
    return STATUS_OK;
}

static Status read_attributes(const TableReader *reader, const Scope *scope, const json_t *description,
                              UblEntry *entry) {
    json_t *attributes = json_object_get(description, "attributes");
    const char *name = NULL;
    json_t *value = NULL;
    if (json_object_size(attributes) > UBL_ATTRIBUTES_MAXIMUM) {
        return refuse_line(reader, entry->path, "has too many attributes");
    }
    json_object_foreach(attributes, name, value) {
        if (!json_is_string(value)) {
            return refuse_line(reader, entry->path, "an attribute must be a text or \"{field}\"");
        }
        Text words = arena_copy(reader->arena, text_of(json_string_value(value)));
        const bool is_name = text_starts_with(words, TEXT("{")) && text_ends_with(words, TEXT("}"));
        if (is_name) {
            bool is_field = false;
            FieldKind kind = FIELD_TEXT;
            words = text_slice(words, 1, words.size - 1);
            TRY(read_name(reader, scope, entry, words, &is_field, &kind));
        }
        entry->attributes[entry->attribute_count++] =
            (UblAttribute){arena_c_string(reader->arena, text_of(name)), words, is_name};
    }
    return STATUS_OK;
}

static Status read_lines(const TableReader *reader, const Scope *scope, const json_t *list, UblTable *ret_table);

static Status read_rows(const TableReader *reader, const Scope *scope, const json_t *description, UblEntry *entry) {
    FieldKind kind = FIELD_TEXT;
    if (scope->in_rows || !place_field(scope->form, scope->placed, entry->from, &kind) || kind != FIELD_GROUP) {
        return refuse_line(reader, entry->path, "\"rows\" must name the group of the type");
    }
    const Form *group = NULL;
    for (size_t i = 0; i < scope->form->count; i++) {
        group = scope->form->fields[i].kind == FIELD_GROUP ? scope->form->fields[i].group : group;
    }
    const Scope inside = {group, reader->line_placed, true};
    UblTable *rows = arena_new(reader->arena, UblTable);
    TRY(read_lines(reader, &inside, json_object_get(description, "map"), rows));
    entry->rows = rows;
    return STATUS_OK;
}

static Status read_line(const TableReader *reader, const Scope *scope, json_t *description, UblEntry *entry) {
    static const char *const known[] = {"path", "from", "constant", "otherwise", "lines", "rows", "map", "attributes"};
    const char *member = NULL;
    json_t *value = NULL;
    entry->path = text_member(reader, description, "path");
    json_object_foreach(description, member, value) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0] && !found; i++) {
            found = strcmp(known[i], member) == 0;
        }
        if (!found) {
            return refuse_line(reader, entry->path,
                               arena_format(reader->arena, "\"%s\" is no member of a line", member).data);
        }
    }
    TRY(read_path(reader, entry));
    entry->from = text_member(reader, description, "rows");
    if (entry->from.size > 0) {
        return read_rows(reader, scope, description, entry);
    }
    entry->from = text_member(reader, description, "from");
    entry->constant = text_member(reader, description, entry->from.size > 0 ? "otherwise" : "constant");
    entry->lines = json_is_true(json_object_get(description, "lines"));
    FieldKind kind = FIELD_TEXT;
    if (entry->from.size > 0) {
        TRY(read_name(reader, scope, entry, entry->from, &entry->is_field, &kind));
    } else if (entry->constant.size == 0) {
        return refuse_line(reader, entry->path, "a line needs \"from\", \"rows\" or \"constant\"");
    }
    if (kind == FIELD_CHECK && entry->is_field) {
        entry->constant = text_member(reader, description, "constant");
        entry->is_tick = true;
    }
    if (kind == FIELD_GROUP || (entry->is_tick && entry->constant.size == 0)) {
        return refuse_line(reader, entry->path,
                           entry->is_tick ? "a tick needs \"constant\": the words that stand for it"
                                          : "a group needs \"rows\" and \"map\"");
    }
    return read_attributes(reader, scope, description, entry);
}

static Status read_lines(const TableReader *reader, const Scope *scope, const json_t *list, UblTable *ret_table) {
    const size_t count = json_array_size(list);
    if (count == 0 || count > ENTRIES_MAXIMUM) {
        return refuse_line(reader, TEXT("map"), "must be a list of 1 to 400 lines");
    }
    UblEntry *items = arena_new_array(reader->arena, UblEntry, count);
    for (size_t i = 0; i < count; i++) {
        TRY(read_line(reader, scope, json_array_get(list, i), &items[i]));
    }
    *ret_table = (UblTable){items, count};
    return STATUS_OK;
}

/** Each field must have its place: what is not written does not come back. */
static Status check_places(const TableReader *reader, const Form *form, const bool *placed) {
    for (size_t i = 0; i < form->count; i++) {
        if (!placed[i]) {
            return refuse_line(reader, text_of(form->fields[i].name), "this field has no line in \"map\"");
        }
        if (form->fields[i].kind == FIELD_GROUP) {
            TRY(check_places(reader, form->fields[i].group, reader->line_placed));
        }
    }
    return STATUS_OK;
}

static size_t group_size(const Form *form) {
    for (size_t i = 0; i < form->count; i++) {
        if (form->fields[i].kind == FIELD_GROUP) {
            return form->fields[i].group->count;
        }
    }
    return 0;
}

static Status read_ubl(const TableReader *reader, const json_t *description, DocumentPayload *payload) {
    payload->kind = PAYLOAD_UBL;
    payload->root = text_member(reader, description, "root");
    payload->name_space = text_member(reader, description, "namespace");
    if (!is_element_name(payload->root) || payload->name_space.size == 0) {
        return refuse_line(reader, payload->root, "needs \"root\", an element's name, and its \"namespace\"");
    }
    const Scope scope = {&reader->type->form, reader->placed, false};
    TRY(read_lines(reader, &scope, json_object_get(description, "map"), &payload->table));
    return check_places(reader, &reader->type->form, reader->placed);
}

Status ubl_table_read(Arena *arena, const json_t *description, const DocumentType *type, DocumentPayload *ret_payload) {
    DocumentPayload payload = {0};
    TableReader reader = {.arena = arena,
                          .type = type,
                          .placed = arena_new_array(arena, bool, type->form.count + 1),
                          .line_placed = arena_new_array(arena, bool, group_size(&type->form) + 1)};
    if (description == NULL) {
        *ret_payload = payload;
        return STATUS_OK;
    }
    const Text kind = text_member(&reader, description, "kind");
    payload.file = text_member(&reader, description, "file");
    if (payload.file.size == 0 || payload.file.size > 100) {
        return refuse_line(&reader, payload.file, "needs \"file\", the name of the attached file");
    }
    if (text_equal(kind, TEXT("ubl"))) {
        TRY(read_ubl(&reader, description, &payload));
    } else if (text_equal(kind, TEXT("json"))) {
        payload.kind = PAYLOAD_JSON;
    } else {
        return refuse_line(&reader, kind, "\"kind\" must be ubl or json");
    }
    *ret_payload = payload;
    return STATUS_OK;
}
