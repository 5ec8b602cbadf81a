/** A base that looks upward. */
#include "database/database.h"
#include "ids.h"
#include "testing/test.h"
#include <sqlite3.h>
