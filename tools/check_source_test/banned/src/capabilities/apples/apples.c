/** Calls with better replacements. */
#include <string.h>

static void all_of_them(char *to, const char *from) {
    strcpy(to, from);
    strcat(to, from);
    strncpy (to, from, 3);
    sprintf(to, "%s", from);
    vsprintf(to, from, NULL);
    gets(to);
    strtok(to, " ");
    int number = atoi(from) + (int)atol(from);
    void *memory = malloc(3);
    memory = realloc(memory, 4);
    free(calloc(1, 2)), free(memory);
    system("true");
    popen("true", "r");
    printf("%d", number);
    my_strcpy(to, from);
    table.free(to);
    table->malloc(to);
    void (*pointer)(void *) = free;
}
