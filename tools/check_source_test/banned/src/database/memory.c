/** A layer that may hold memory, but not print. */
#include <stdio.h>
#include <stdlib.h>

void database_print(void);

void database_print(void) {
    free(malloc(1));
    puts("no");
}
