/** A test may call judges, but copies texts no worse than the rest. */
#include "testing/test.h"

TEST(copies) {
    char to[8];
    strcpy(to, "apples");
    CHECK(system("true") == 0);
}
