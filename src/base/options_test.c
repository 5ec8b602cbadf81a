/** Options of command lines. */
#include "base/options.h"

#include "base/log.h"
#include "testing/test.h"

static Text data, title;
static bool json, title_given;
static Text operands[2];
static size_t operand_count;

static const Option options[] = {
    {"data", &data, NULL, true},
    {"title", &title, &title_given, false},
    {"json", NULL, &json, false},
};

static Status read_line(char **arguments) {
    int count = 0;
    while (arguments[count] != NULL) {
        count++;
    }
    return options_read(count, arguments, options, 3, operands, 2, &operand_count);
}

#define READ(...) read_line((char *[]){__VA_ARGS__, NULL})

TEST(options_are_read) {
    CHECK_OK(READ("one", "--data", "here", "--json", "--title=a=b", "two"));
    CHECK_TEXT(data, "here");
    CHECK_TEXT(title, "a=b");
    CHECK(json && title_given);
    CHECK_INT(operand_count, 2);
    CHECK_TEXT(operands[0], "one");
    CHECK_TEXT(operands[1], "two");
}

TEST(options_end) {
    CHECK_OK(READ("--data", "-", "--", "--json"));
    CHECK_TEXT(data, "-");
    CHECK(!json && !title_given);
    CHECK_TEXT(operands[0], "--json");
    CHECK_OK(READ("--data=", "-"));
    CHECK_INT(data.size, 0);
    CHECK_TEXT(operands[0], "-");
}

static void check_refused(Status status, const char *words) {
    CHECK_INT(status, STATUS_INVALID);
    CHECK_TEXT(failure_take(), words);
}

TEST(options_refusals_say_what_is_wrong) {
    check_refused(READ("--json"), "--data is missing");
    check_refused(READ("--data"), "--data needs a value");
    check_refused(READ("--data", "--json"), "--data needs a value");
    check_refused(READ("--data", "a", "--data", "b"), "--data is given twice");
    check_refused(READ("--data", "a", "--json=yes"), "--json takes no value");
    check_refused(READ("--data", "a", "--colour", "red"), "--colour is not known here");
    check_refused(READ("--data", "a", "1", "2", "3"), "\"3\" is too much");
}

TEST(options_taken_leave_the_others) {
    char *arguments[] = {"issue", "--from", "x.json", "--data", "here", "--out", "y.pdf", "--", "--title", NULL};
    int count = 9;
    CHECK_OK(options_take(&count, arguments, options, 2));
    CHECK_TEXT(data, "here");
    CHECK_INT(count, 7);
    static const char *const left[] = {"issue", "--from", "x.json", "--out", "y.pdf", "--", "--title"};
    for (int i = 0; i < count; i++) {
        CHECK_TEXT(text_of(arguments[i]), left[i]);
    }
    CHECK(!title_given);
}
