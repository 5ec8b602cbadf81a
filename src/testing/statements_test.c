/** Every statement of every room, prepared and run on both engines. */
#include "testing/test_database.h"

DATABASE_TEST(every_statement_runs) {
    size_t count = 0;
    for (const StatementTable *table = statement_tables; table->room != NULL; table++) {
        test_statements(database, arena, table->statements, *table->count);
        count += *table->count;
    }
    printf("# %zu statements\n", count);
    CHECK(count > 0);
}
