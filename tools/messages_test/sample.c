/** What messages finds in C: this file is read by the test, not compiled. */
#define MESSAGE(literal) ((Message){"" literal})

static const Field fields[] = {
    {.name = "a", .label = MESSAGE("One line"), .hint = MESSAGE_INIT("Two "
                                                                       "lines, \"quoted\" \\ and é \u00e9\n")},
    /* MESSAGE("in a comment") */ // MESSAGE("in another")
    {.name = "MESSAGE(\"in a string\")", .label = MESSAGE(/* why */ "Behind a comment")},
};

static const char quote = '"';

void sample(void) {
    message_plural(arena, language, MESSAGE("one file"), MESSAGE("{count} files"), (int64_t)count("MESSAGE(\"x\")"));
    message_plural(arena, language, one, other, count);
    message_text(language, MESSAGE("One line"));
    MY_MESSAGE("not ours");
}
