/** Runs the scenarios named on the command line in the world of world.h. */
#include "testing/world.h"

int main(int argument_count, char **arguments) {
    return scenario_run(&world_setup, argument_count - 1, arguments + 1);
}
