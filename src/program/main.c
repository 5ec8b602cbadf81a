/** Where the program begins. */
#include "program/program.h"

int main(int argument_count, char **arguments) {
    return program_run(argument_count, arguments);
}
