/** Messages that no tool can extract. */
#define MESSAGE(literal) ((Message){"" literal})

static const Message good[] = {MESSAGE("Good"), MESSAGE("In two "
                                                       "parts, with \"quotes\" (and brackets)")};

static Message bad(const char *words) {
    return MESSAGE(words);
}

static const Message worse = MESSAGE_INIT("Half " PRIx64);

static void print(void) {
    say("%.*s", TEXT_ARG(failure_take()));
    say("%.*s", TEXT_ARG(words));
}
