/** Migrations: their files in order, cut into statements, applied one after the other. */
#include "sqlgen.h"

#include <stdlib.h>
#include <string.h>

static const char *const base_ids[] = {"ChamberId", "FirmId", "AccountId"};

static bool id_is_known(const Schema *schema, Text id) {
    for (size_t i = 0; i < schema->ids.count; i++) {
        if (text_equal(schema->ids.items[i], id)) {
            return true;
        }
    }
    return false;
}

/** "-- ids: DocumentId, AttachmentId": each id type has one owner; those of base/id.h are there already. */
static Status read_ids(Schema *schema, const char *path, int line, Text list) {
    while (list.size > 0) {
        const Text id = text_trim(text_cut(&list, ','));
        bool in_base = false;
        for (size_t i = 0; i < sizeof(base_ids) / sizeof(base_ids[0]); i++) {
            in_base = in_base || text_equal(id, text_of(base_ids[i]));
        }
        if (in_base) {
            continue;
        }
        if (!name_is_camel_case(id) || !text_ends_with(id, TEXT("Id")) || id.size < 3) {
            return complain(path, line, "`%.*s` is no id type: write a word in CamelCase that ends in Id",
                            TEXT_ARG(id));
        }
        if (id_is_known(schema, id)) {
            return complain(path, line, "the id type %.*s is declared by another migration already", TEXT_ARG(id));
        }
        LIST_ADD(schema->arena, &schema->ids, id);
    }
    return STATUS_OK;
}

static int compare_migrations(const void *a, const void *b) {
    return text_compare(((const MigrationFile *)a)->name, ((const MigrationFile *)b)->name);
}

static Status check_names(const Schema *schema) {
    Status status = STATUS_OK;
    for (size_t i = 0; i < schema->migrations.count; i++) {
        const MigrationFile *file = &schema->migrations.items[i];
        const Text number = text_slice(file->name, 0, 4);
        int64_t value = 0;
        if (file->name.size < 6 || text_to_int(number, &value) != STATUS_OK || value < 0 || file->name.data[4] != '_' ||
            !name_is_snake_case(text_slice(file->name, 5, file->name.size))) {
            status = complain(file->path, 1, "a migration is named NNNN_name.sql");
        } else if (i > 0 && text_starts_with(schema->migrations.items[i - 1].name, number)) {
            status = complain(file->path, 1, "the number %.*s is taken by %s", TEXT_ARG(number),
                              schema->migrations.items[i - 1].path);
        }
    }
    return status;
}

/** What the comments above a statement say. */
typedef struct Notes {
    bool shared;
    SqlEngine engine;
} Notes;

static Status read_note(const char *path, const Token *comment, Notes *notes) {
    Text value = comment->text;
    const Text key = text_cut(&value, ':');
    value = text_trim(value);
    if (text_equal(key, TEXT("shared"))) {
        notes->shared = true;
        if (value.size == 0) {
            return complain(path, comment->line, "`-- shared:` needs a reason");
        }
    } else if (text_equal(key, TEXT("engine"))) {
        if (!text_equal(value, TEXT("sqlite")) && !text_equal(value, TEXT("postgresql"))) {
            return complain(path, comment->line, "`-- engine:` is sqlite or postgresql");
        }
        notes->engine = text_equal(value, TEXT("sqlite")) ? SQL_SQLITE : SQL_POSTGRESQL;
    }
    return STATUS_OK;
}

static void append_statement(Schema *schema, const Tokens *statement, SqlEngine engine, Text *text) {
    const Text sql = tokens_write(schema->arena, statement, engine);
    *text = arena_format(schema->arena, "%.*s%.*s;\n", TEXT_ARG(*text), TEXT_ARG(sql));
}

static Status apply_statement(Schema *schema, MigrationFile *file, Tokens *statement, Notes notes) {
    TRY(schema_apply(schema, file, statement, notes.shared, notes.engine));
    if (notes.engine != SQL_POSTGRESQL) {
        append_statement(schema, statement, SQL_SQLITE, &file->sqlite);
    }
    if (notes.engine != SQL_SQLITE) {
        append_statement(schema, statement, SQL_POSTGRESQL, &file->postgresql);
    }
    return STATUS_OK;
}

static Status apply_file(Schema *schema, MigrationFile *file) {
    Tokens tokens = {0};
    TRY(tokens_read(schema->arena, file->path, file->bytes, &tokens));
    Tokens statement = {0};
    Notes notes = {0};
    for (size_t i = 0; i < tokens.count; i++) {
        const Token *token = &tokens.items[i];
        if (token->kind == TOKEN_COMMENT) {
            TRY(read_note(file->path, token, &notes));
        } else if (!token_is(token, ";")) {
            LIST_ADD(schema->arena, &statement, *token);
        } else if (statement.count > 0) {
            TRY(apply_statement(schema, file, &statement, notes));
            statement = (Tokens){0};
            notes = (Notes){0};
        }
    }
    if (statement.count > 0) {
        return complain(file->path, statement.items[0].line, "this statement does not end with `;`");
    }
    return STATUS_OK;
}

/** Finds the id types of all files first: a table may use those of a later room. */
static Status read_all_ids(Schema *schema) {
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof(base_ids) / sizeof(base_ids[0]); i++) {
        LIST_ADD(schema->arena, &schema->ids, text_of(base_ids[i]));
    }
    for (size_t i = 0; i < schema->migrations.count; i++) {
        const MigrationFile *file = &schema->migrations.items[i];
        Text rest = file->bytes;
        for (int line = 1; rest.size > 0; line++) {
            const Text text = text_trim(text_cut(&rest, '\n'));
            if (text_starts_with(text, TEXT("-- ids:")) &&
                read_ids(schema, file->path, line, text_trim(text_slice(text, 7, text.size))) != STATUS_OK) {
                status = STATUS_INVALID;
            }
        }
    }
    return status;
}

Status schema_build(Schema *schema) {
    if (schema->migrations.count > 0) {
        qsort(schema->migrations.items, schema->migrations.count, sizeof(MigrationFile), compare_migrations);
    }
    TRY(check_names(schema));
    TRY(read_all_ids(schema));
    for (size_t i = 0; i < schema->migrations.count; i++) {
        TRY(apply_file(schema, &schema->migrations.items[i]));
    }
    return STATUS_OK;
}
