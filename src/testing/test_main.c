/** The main function of test programs; apart from the runner, so that a program with its own main can use the rest. */
#include "testing/test.h"

int main(int argument_count, char **arguments) {
    return test_run_all(argument_count, arguments);
}
