/** A page model that includes statements of another room. */
#ifndef TRADEPOST_CAPABILITIES_APPLES_APPLES_PAGES_H
#define TRADEPOST_CAPABILITIES_APPLES_APPLES_PAGES_H

#  include "pears_sql.h"
/* #include "program/program.h" */

#endif
