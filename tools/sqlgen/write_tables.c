/** What belongs to all rooms: the id types and the table of migrations. */
#include "sqlgen.h"

#include "base/digest.h"

#define BASE_IDS 3 /**< ChamberId, FirmId and AccountId stand in base/id.h */

void write_ids(Buffer *out, const Schema *schema) {
    buffer_append(out,
                  TEXT("/** The id types of all rooms, made by sqlgen from the `-- ids:` lines of the migrations. */\n"
                       "#ifndef TRADEPOST_IDS_H\n#define TRADEPOST_IDS_H\n\n#include \"base/id.h\"\n\n"));
    for (size_t i = BASE_IDS; i < schema->ids.count; i++) {
        buffer_format(out, "ID_TYPE(%.*s);\n", TEXT_ARG(schema->ids.items[i]));
    }
    buffer_append(out, TEXT("\n#endif\n"));
}

static void write_sql(Buffer *out, const char *engine, Text sql) {
    buffer_format(out, "        .%s = TEXT_INIT(", engine);
    write_literal(out, "            ", sql);
    buffer_append(out, TEXT("),\n"));
}

void write_migrations(Buffer *out, Arena *arena, const Schema *schema) {
    buffer_append(out,
                  TEXT("/** All schema steps in their order, made by sqlgen. */\n#include \"database/migrations.h\"\n\n"
                       "const Migration migrations[] = {\n"));
    for (size_t i = 0; i < schema->migrations.count; i++) {
        const MigrationFile *file = &schema->migrations.items[i];
        const Sha256 digest = sha256(file->bytes);
        const Text hash = sha256_hex(arena, &digest);
        buffer_format(out, "    {\n        .name = \"%.*s\",\n        .sha256 = \"%.*s\",\n", TEXT_ARG(file->name),
                      TEXT_ARG(hash));
        write_sql(out, "sqlite", file->sqlite);
        write_sql(out, "postgresql", file->postgresql);
        buffer_append(out, TEXT("    },\n"));
    }
    buffer_format(out, "%s};\nconst size_t migration_count = %zu;\n",
                  schema->migrations.count == 0 ? "    {.name = NULL},\n" : "", schema->migrations.count);
}
