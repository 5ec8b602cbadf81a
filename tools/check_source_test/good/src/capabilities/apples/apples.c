/** The list of apples, and what stands in it. */
#include "capabilities/apples/apples.h"

#include <stdlib.h>

#include "apples_sql.h"
#include "apples_views.h"
#include "base/status.h"
#include "http/route.h"
#include "ids.h"

static const char words[] = "strcpy(system) /* check_source: long */ // no comment \" { ";

static const Apple all[] = {{"Ajdared { not a brace", NULL}, {words, NULL}};

int apples_count(void) {
    const char brace = '{';
    return brace == '}' ? 0 : (int)(sizeof(all) / sizeof(all[0]));
}

int apples_show(const char **ret_words) {
    *ret_words = MESSAGE("One apple "
                         "a day");
    /* check_source: allow free the example shows a waiver that is used */
    free(NULL);
    return 0;
}
