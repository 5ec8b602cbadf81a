/** A command's own file may print. */
#include <stdio.h>

int apples_command(void);

int apples_command(void) {
    printf("apples\n");
    return 0;
}
