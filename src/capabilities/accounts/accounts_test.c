/** Tests of accounts: rules of passwords, people, roles, sessions. */
#include "accounts_sql.h"
#include "base/digest.h"
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/accounts/accounts_password.h"
#include "testing/test_database.h"

DATABASE_TEST(every_statement_of_accounts_runs) {
    test_statements(database, arena, accounts_statements, accounts_statement_count);
}
