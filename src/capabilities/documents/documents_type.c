/** Reads document types from their JSON descriptions and applies their rules. */
#include "capabilities/documents/documents_type.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/log.h"

enum { TYPES_MAXIMUM = 64, FIELDS_MAXIMUM = 200, DESCRIPTION_BYTES = 1 << 20, REMARK_LENGTH = 500 };

static const char type_ending[] = ".type.json";

/** What is being read, for messages that name the place. */
typedef struct Reader {
    Arena *arena;
    Text type;
    DocumentType *result;
} Reader;

static Status refuse_place(const Reader *reader, const char *place, const char *words) {
    return fail(STATUS_INVALID, "Document type \"%.*s\": %s: %s", TEXT_ARG(reader->type), place, words);
}

static Text text_member(const Reader *reader, const json_t *object, const char *name) {
    const json_t *member = json_object_get(object, name);
    if (!json_is_string(member)) {
        return (Text){NULL, 0};
    }
    return arena_copy(reader->arena, (Text){json_string_value(member), json_string_length(member)});
}

static const char *name_member(const Reader *reader, const json_t *object, const char *name) {
    const Text text = text_member(reader, object, name);
    return text.size == 0 ? NULL : text.data;
}

static Message message_member(const Reader *reader, const json_t *object, const char *name) {
    return (Message){name_member(reader, object, name)};
}

static bool is_name(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        const char letter = text.data[i];
        if (!((letter >= 'a' && letter <= 'z') || letter == '_' || (i > 0 && letter >= '0' && letter <= '9'))) {
            return false;
        }
    }
    return text.size > 0 && text.size <= 60;
}

static Status only_members(const Reader *reader, json_t *object, const char *place, const char *const *known,
                           size_t count) {
    const char *member = NULL;
    json_t *value = NULL;
    json_object_foreach(object, member, value) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++) {
            found = strcmp(known[i], member) == 0;
        }
        if (!found) {
            const Text words = arena_format(
                reader->arena, "\"%s\" is not a member of this part; remove it or mend its spelling", member);
            return refuse_place(reader, place, words.data);
        }
    }
    return STATUS_OK;
}

static const struct {
    const char *word;
    FieldKind kind;
} field_kinds[] = {{"text", FIELD_TEXT},       {"long-text", FIELD_LONG_TEXT}, {"integer", FIELD_INTEGER},
                   {"decimal", FIELD_DECIMAL}, {"date", FIELD_DATE},           {"choice", FIELD_CHOICE},
                   {"check", FIELD_CHECK},     {"country", FIELD_COUNTRY},     {"hs-code", FIELD_HS_CODE},
                   {"unit", FIELD_UNIT},       {"group", FIELD_GROUP},         {"email", FIELD_EMAIL}};

Text document_field_kind(FieldKind kind) {
    for (size_t i = 0; i < sizeof field_kinds / sizeof field_kinds[0]; i++) {
        if (field_kinds[i].kind == kind) {
            return text_of(field_kinds[i].word);
        }
    }
    return (Text){NULL, 0};
}

static Status read_kind(const Reader *reader, Text word, const char *place, FieldKind *ret_kind) {
    for (size_t i = 0; i < sizeof field_kinds / sizeof field_kinds[0]; i++) {
        if (text_equal(word, text_of(field_kinds[i].word))) {
            *ret_kind = field_kinds[i].kind;
            return STATUS_OK;
        }
    }
    return refuse_place(reader, place,
                        "\"kind\" must be one of text, long-text, integer, decimal, date, choice, check, country, "
                        "hs-code, unit, email, group");
}

static Status read_options(const Reader *reader, const json_t *options, const char *place, Field *field) {
    const size_t count = json_array_size(options);
    if (count == 0) {
        return refuse_place(reader, place, "a choice needs \"options\": a list of {\"value\", \"label\"}");
    }
    FieldOption *items = arena_new_array(reader->arena, FieldOption, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *option = json_array_get(options, i);
        items[i] = (FieldOption){text_member(reader, option, "value"), message_member(reader, option, "label")};
        if (items[i].value.size == 0 || items[i].label.english == NULL) {
            return refuse_place(reader, place, "each option needs \"value\" and \"label\"");
        }
    }
    field->options = items;
    field->option_count = count;
    return STATUS_OK;
}

static Status read_fields(const Reader *reader, const json_t *list, const char *place, bool in_group, Form *ret_form,
                          const DocumentField **ret_extras);

static Status read_group(const Reader *reader, const json_t *description, bool in_group, Field *field) {
    if (in_group || reader->result->group != NULL) {
        return refuse_place(reader, field->name, "a type has at most one group, and a group holds no group");
    }
    Form *group = arena_new(reader->arena, Form);
    group->name = field->name;
    TRY(read_fields(reader, json_object_get(description, "fields"), field->name, true, group,
                    &reader->result->line_fields));
    field->group = group;
    field->row_label = MESSAGE("Line {number}");
    field->add_label = MESSAGE("Add another line");
    reader->result->group = field->name;
    return STATUS_OK;
}

static Status read_field(const Reader *reader, json_t *description, const char *place, bool in_group, Field *field,
                         DocumentField *extra) {
    static const char *const known[] = {"name",    "kind",     "box",     "section",  "label",
                                        "hint",    "required", "limit",   "firm",     "invoice",
                                        "options", "minimum",  "maximum", "decimals", "fields"};
    const Text name = text_member(reader, description, "name");
    if (!is_name(name)) {
        return refuse_place(reader, place, "each field needs a \"name\" of lower-case letters, digits and underscores");
    }
    TRY(only_members(reader, description, name.data, known, sizeof known / sizeof known[0]));
    field->name = name.data;
    TRY(read_kind(reader, text_member(reader, description, "kind"), name.data, &field->kind));
    field->label = message_member(reader, description, "label");
    if (field->label.english == NULL) {
        return refuse_place(reader, name.data, "a field needs a \"label\"");
    }
    field->hint = message_member(reader, description, "hint");
    field->section = message_member(reader, description, "section");
    field->required = json_is_true(json_object_get(description, "required"));
    const json_int_t limit = json_integer_value(json_object_get(description, "limit"));
    if (limit < 0 || limit > 20000) {
        return refuse_place(reader, name.data, "\"limit\" must lie between 1 and 20000");
    }
    field->limit = (size_t)limit;
    field->minimum = json_integer_value(json_object_get(description, "minimum"));
    const json_int_t decimals = json_integer_value(json_object_get(description, "decimals"));
    if (decimals < 0 || decimals > 6) {
        return refuse_place(reader, name.data, "\"decimals\" must lie between 0 and 6");
    }
    field->decimals = (size_t)decimals;
    const json_t *maximum = json_object_get(description, "maximum");
    field->maximum = maximum == NULL ? INT64_MAX : json_integer_value(maximum);
    *extra = (DocumentField){text_member(reader, description, "box"), text_member(reader, description, "firm"),
                             text_member(reader, description, "invoice")};
    if (field->kind == FIELD_CHOICE) {
        return read_options(reader, json_object_get(description, "options"), name.data, field);
    }
    return field->kind == FIELD_GROUP ? read_group(reader, description, in_group, field) : STATUS_OK;
}

static Status read_fields(const Reader *reader, const json_t *list, const char *place, bool in_group, Form *ret_form,
                          const DocumentField **ret_extras) {
    const size_t count = json_array_size(list);
    if (count == 0 || count > FIELDS_MAXIMUM) {
        return refuse_place(reader, place, "\"fields\" must be a list of 1 to 200 fields");
    }
    Field *fields = arena_new_array(reader->arena, Field, count);
    DocumentField *extras = arena_new_array(reader->arena, DocumentField, count);
    for (size_t i = 0; i < count; i++) {
        TRY(read_field(reader, json_array_get(list, i), place, in_group, &fields[i], &extras[i]));
        for (size_t k = 0; k < i; k++) {
            if (strcmp(fields[k].name, fields[i].name) == 0) {
                return refuse_place(reader, fields[i].name, "two fields have this name");
            }
        }
    }
    ret_form->fields = fields;
    ret_form->count = count;
    *ret_extras = extras;
    return STATUS_OK;
}

/** The fields of a draft: whatever was typed is kept until the application is handed in. */
static void make_draft_form(Arena *arena, const Form *form, Form *ret_draft) {
    Field *fields = arena_new_array(arena, Field, form->count);
    for (size_t i = 0; i < form->count; i++) {
        Field *field = &fields[i];
        *field = form->fields[i];
        field->required = false;
        if (field->kind == FIELD_GROUP) {
            Form *group = arena_new(arena, Form);
            make_draft_form(arena, field->group, group);
            field->group = group;
            field->minimum = 0;
        } else if (field->kind != FIELD_CHECK && field->kind != FIELD_LONG_TEXT) {
            field->kind = FIELD_TEXT;
            field->options = NULL;
            field->option_count = 0;
        }
    }
    *ret_draft = (Form){.name = form->name, .fields = fields, .count = form->count};
}

/** The officer's form: words about each box, and a reason for the whole. */
static void make_review_form(Arena *arena, const Form *form, Form *ret_review) {
    Field *fields = arena_new_array(arena, Field, form->count + 1);
    for (size_t i = 0; i < form->count; i++) {
        fields[i] = (Field){.name = arena_format(arena, "remark_%s", form->fields[i].name).data,
                            .kind = FIELD_LONG_TEXT,
                            .label = form->fields[i].label,
                            .limit = REMARK_LENGTH};
    }
    fields[form->count] =
        (Field){.name = "reason", .kind = FIELD_LONG_TEXT, .label = MESSAGE("Reason"), .limit = REMARK_LENGTH};
    *ret_review = (Form){.name = "Review", .fields = fields, .count = form->count + 1};
}

static const Field *find_field(const Form *form, const char *name) {
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return &form->fields[i];
        }
    }
    return NULL;
}

/** A member that names a field of the form; absent is allowed. */
static Status field_name_member(const Reader *reader, const json_t *object, const char *member, const char **ret_name) {
    const char *name = name_member(reader, object, member);
    if (name != NULL && find_field(&reader->result->form, name) == NULL) {
        return refuse_place(reader, member, "names a field that the type does not have");
    }
    *ret_name = name;
    return STATUS_OK;
}

static Status read_register(const Reader *reader, const json_t *description) {
    DocumentType *type = reader->result;
    const json_t *columns = json_object_get(description, "register");
    TRY(field_name_member(reader, columns, "exporter", &type->exporter));
    TRY(field_name_member(reader, columns, "consignee", &type->consignee));
    TRY(field_name_member(reader, columns, "origin", &type->origin));
    TRY(field_name_member(reader, columns, "destination", &type->destination));
    TRY(field_name_member(reader, columns, "reference", &type->reference));
    const json_t *attested = json_object_get(description, "attested");
    const char **names = arena_new_array(reader->arena, const char *, json_array_size(attested) + 1);
    for (size_t i = 0; i < json_array_size(attested); i++) {
        const json_t *name = json_array_get(attested, i);
        if (!json_is_string(name) || find_field(&type->form, json_string_value(name)) == NULL) {
            return refuse_place(reader, "attested", "names a field that the type does not have");
        }
        names[i] = find_field(&type->form, json_string_value(name))->name;
    }
    type->attested = names;
    type->attested_count = json_array_size(attested);
    return STATUS_OK;
}

static Status read_rule(const Reader *reader, const json_t *description, DocumentRule *rule) {
    const Text kind = text_member(reader, description, "rule");
    if (text_equal(kind, TEXT("one-of"))) {
        rule->kind = RULE_ONE_OF;
    } else if (text_equal(kind, TEXT("not-in-future"))) {
        rule->kind = RULE_NOT_IN_FUTURE;
    } else if (text_equal(kind, TEXT("not-above"))) {
        rule->kind = RULE_NOT_ABOVE;
    } else {
        return refuse_place(reader, "rules", "\"rule\" must be one of one-of, not-in-future, not-above");
    }
    rule->group = name_member(reader, description, "group");
    rule->text = message_member(reader, description, "text");
    const Form *form = &reader->result->form;
    if (rule->group != NULL) {
        const Field *group = find_field(form, rule->group);
        if (group == NULL || group->group == NULL) {
            return refuse_place(reader, "rules", "\"group\" names no group of the type");
        }
        form = group->group;
    }
    const json_t *fields = json_object_get(description, "fields");
    rule->count = json_array_size(fields);
    if (rule->text.english == NULL || rule->count == 0 || rule->count > 4 ||
        (rule->kind == RULE_NOT_ABOVE && rule->count != 2)) {
        return refuse_place(reader, "rules", "a rule needs \"text\" and one to four \"fields\" (two for not-above)");
    }
    for (size_t i = 0; i < rule->count; i++) {
        const json_t *name = json_array_get(fields, i);
        const Field *field = json_is_string(name) ? find_field(form, json_string_value(name)) : NULL;
        if (field == NULL) {
            return refuse_place(reader, "rules", "a rule names a field that the type does not have");
        }
        rule->fields[i] = field->name;
    }
    return STATUS_OK;
}

static Status read_lists(const Reader *reader, const json_t *description) {
    DocumentType *type = reader->result;
    const json_t *rules = json_object_get(description, "rules");
    DocumentRule *rule_items = arena_new_array(reader->arena, DocumentRule, json_array_size(rules) + 1);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        TRY(read_rule(reader, json_array_get(rules, i), &rule_items[i]));
    }
    type->rules = rule_items;
    type->rule_count = json_array_size(rules);
    const json_t *kinds = json_object_get(description, "attachments");
    DocumentAttachmentKind *kind_items =
        arena_new_array(reader->arena, DocumentAttachmentKind, json_array_size(kinds) + 1);
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const json_t *kind = json_array_get(kinds, i);
        kind_items[i] =
            (DocumentAttachmentKind){text_member(reader, kind, "kind"), message_member(reader, kind, "label"),
                                     json_is_true(json_object_get(kind, "required"))};
        if (kind_items[i].kind.size == 0 || kind_items[i].label.english == NULL) {
            return refuse_place(reader, "attachments", "each kind needs \"kind\" and \"label\"");
        }
    }
    type->attachments = kind_items;
    type->attachment_count = json_array_size(kinds);
    return STATUS_OK;
}

/** What the seal goes on: the drawn paper, or a PDF of the firm. */
static Status read_sealing(const Reader *reader, const json_t *description) {
    DocumentType *type = reader->result;
    const Text sealing = text_member(reader, description, "sealing");
    type->own_file = text_member(reader, description, "own_file");
    if (text_equal(sealing, TEXT("own-file"))) {
        return document_type_takes(type, type->own_file)
                   ? STATUS_OK
                   : refuse_place(reader, "own_file", "must be the \"kind\" of one of the attachments");
    }
    if ((sealing.size > 0 && !text_equal(sealing, TEXT("paper"))) || type->own_file.size > 0) {
        return refuse_place(reader, "sealing", "must be paper, or own-file with \"own_file\"");
    }
    return STATUS_OK;
}

static bool is_type_name(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        const char letter = text.data[i];
        if (!((letter >= 'a' && letter <= 'z') || (i > 0 && letter == '-'))) {
            return false;
        }
    }
    return text.size > 0 && text.size <= 60;
}

static Status read_type(Reader *reader, json_t *description) {
    static const char *const known[] = {"name",     "title",    "summary",     "series",  "numbering", "layout",
                                        "register", "attested", "attachments", "fields",  "rules",     "payload",
                                        "section",  "hint",     "usual",       "sealing", "own_file"};
    DocumentType *type = reader->result;
    if (!json_is_object(description)) {
        return refuse_place(reader, "file", "must be one JSON object");
    }
    type->name = text_member(reader, description, "name");
    if (!is_type_name(type->name)) {
        return refuse_place(reader, "name", "must be lower-case letters with hyphens, as \"membership-certificate\"");
    }
    reader->type = type->name;
    TRY(only_members(reader, description, "file", known, sizeof known / sizeof known[0]));
    type->title = message_member(reader, description, "title");
    type->summary = message_member(reader, description, "summary");
    type->section = message_member(reader, description, "section");
    type->hint = message_member(reader, description, "hint");
    type->usual = json_is_true(json_object_get(description, "usual"));
    type->series = text_member(reader, description, "series");
    type->numbering = text_member(reader, description, "numbering");
    type->layout_name = text_member(reader, description, "layout");
    size_t at = 0;
    if (type->title.english == NULL || type->summary.english == NULL || type->series.size == 0 ||
        type->layout_name.size == 0 || !text_find(type->numbering, TEXT("{year}"), &at) ||
        !text_find(type->numbering, TEXT("{number}"), &at)) {
        return refuse_place(reader, "file",
                            "needs title, summary, series, layout, and a numbering with {year} and {number}");
    }
    TRY(read_fields(reader, json_object_get(description, "fields"), "fields", false, &type->form, &type->fields));
    type->form.name = type->name.data;
    type->form.rule = document_type_check;
    make_draft_form(reader->arena, &type->form, &type->draft_form);
    make_review_form(reader->arena, &type->form, &type->review_form);
    TRY(read_register(reader, description));
    TRY(read_lists(reader, description));
    TRY(read_sealing(reader, description));
    return ubl_table_read(reader->arena, json_object_get(description, "payload"), type, &type->payload);
}

Status document_type_of_json(Arena *arena, Text json, DocumentType *ret_type) {
    json_error_t error = {0};
    json_t *description = json_loadb(json.data == NULL ? "" : json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    if (description == NULL) {
        return fail(STATUS_INVALID, "A document type is no valid JSON: line %d: %s", error.line, error.text);
    }
    DocumentType type = {0};
    Reader reader = {.arena = arena, .type = TEXT("?"), .result = &type};
    const Status status = read_type(&reader, description);
    json_decref(description);
    if (status == STATUS_OK) {
        *ret_type = type;
    }
    return status;
}

/* The types of the process: loaded once, before threads start, and never freed. */
static Arena *types_arena;
static DocumentType *types;
static size_t type_count;

static Status read_file(const char *path, Text *ret_bytes) {
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status = {0};
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > DESCRIPTION_BYTES) {
        if (file >= 0) {
            (void)close(file);
        }
        return fail(STATUS_INVALID, "%s is no readable file of at most 1 MB.", path);
    }
    char *bytes = arena_allocate(types_arena, (size_t)status.st_size + 1);
    size_t size = 0;
    ssize_t got = 0;
    while (size < (size_t)status.st_size && (got = read(file, bytes + size, (size_t)status.st_size - size)) > 0) {
        size += (size_t)got;
    }
    (void)close(file);
    *ret_bytes = (Text){bytes, size};
    return STATUS_OK;
}

/** The layout's JSON: from the installation's own folder if it is there, else from this build. */
static Status find_layout(Text folder, Text name, Text *ret_json) {
    size_t at = 0;
    if (text_find(name, TEXT("/"), &at)) {
        return fail(STATUS_INVALID, "The layout \"%.*s\" must be a file name without a folder.", TEXT_ARG(name));
    }
    const char *path = arena_format(types_arena, "%.*s/%.*s", TEXT_ARG(folder), TEXT_ARG(name)).data;
    if (folder.size > 0 && access(path, F_OK) == 0) {
        return read_file(path, ret_json);
    }
    for (size_t i = 0; i < asset_count; i++) {
        if (text_equal(text_of(assets[i].name), name)) {
            *ret_json = assets[i].bytes;
            return STATUS_OK;
        }
    }
    return fail(STATUS_INVALID, "There is no layout \"%.*s\".", TEXT_ARG(name));
}

static Status add_type(Text folder, Text json) {
    if (type_count == TYPES_MAXIMUM) {
        return fail(STATUS_TOO_LARGE, "There are more than %d document types.", TYPES_MAXIMUM);
    }
    DocumentType type = {0};
    Text layout = {0};
    TRY(document_type_of_json(types_arena, json, &type));
    TRY(find_layout(folder, type.layout_name, &layout));
    TRY(layout_of_json(types_arena, layout, &type.layout));
    if (document_type(type.name) != NULL) {
        return fail(STATUS_INVALID, "There are two document types with the name \"%.*s\".", TEXT_ARG(type.name));
    }
    size_t at = type_count++;
    while (at > 0 && text_compare(type.name, types[at - 1].name) < 0) {
        types[at] = types[at - 1];
        at--;
    }
    types[at] = type;
    return STATUS_OK;
}

static Status load_folder(Text folder) {
    DIR *entries = opendir(folder.data);
    if (entries == NULL) {
        return STATUS_OK; /* a chamber needs no types of its own */
    }
    Status status = STATUS_OK;
    const struct dirent *entry = NULL;
    while (status == STATUS_OK && (entry = readdir(entries)) != NULL) {
        if (text_ends_with(text_of(entry->d_name), text_of(type_ending))) {
            Text json = {0};
            status = read_file(arena_format(types_arena, "%s/%s", folder.data, entry->d_name).data, &json);
            if (status == STATUS_OK) {
                status = add_type(folder, json);
            }
        }
    }
    (void)closedir(entries);
    return status;
}

Status document_types_load(Text directory) {
    arena_close(types_arena);
    types_arena = arena_open((size_t)64 << 20);
    types = arena_new_array(types_arena, DocumentType, TYPES_MAXIMUM);
    type_count = 0;
    for (size_t i = 0; i < asset_count; i++) {
        if (text_ends_with(text_of(assets[i].name), text_of(type_ending))) {
            TRY(add_type((Text){NULL, 0}, assets[i].bytes));
        }
    }
    return directory.size == 0 ? STATUS_OK : load_folder(arena_format(types_arena, "%.*s/types", TEXT_ARG(directory)));
}

DocumentTypes document_types(void) {
    return (DocumentTypes){types, type_count};
}

const DocumentType *document_type(Text name) {
    for (size_t i = 0; i < type_count; i++) {
        if (text_equal(types[i].name, name)) {
            return &types[i];
        }
    }
    return NULL;
}

const DocumentType *document_type_usual(void) {
    for (size_t i = 0; i < type_count; i++) {
        if (types[i].usual) {
            return &types[i];
        }
    }
    return type_count == 1 ? types : NULL;
}

bool document_type_takes(const DocumentType *type, Text attachment_kind) {
    for (size_t i = 0; i < type->attachment_count; i++) {
        if (text_equal(type->attachments[i].kind, attachment_kind)) {
            return true;
        }
    }
    return false;
}
