/** The program may include everything. */
#include "apples_views.h"
#include "capabilities/apples/apples.h"
#include "capabilities/apples/apples_pages.h"
#include "capabilities/capability.h"

int main(void) {
    return 0;
}
