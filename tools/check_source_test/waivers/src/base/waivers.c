/** Waivers that are not needed, say nothing, or are of no known kind. */

/* check_source: long this function was long once */
static int short_function(void) {
    return 1;
}

/* check_source: allow strcpy */
static void copy(char *to, const char *from) {
    strcpy(to, from);
}

static void join(char *to, const char *from) {
    /* check_source: allow strcat */
    strcat(to, from); /* check_source: allow sprintf nothing here needs it */
    /* check_source: everything is fine */
}
