/** Tests of the apples may use testing. */
#include "capabilities/apples/apples.h"
#include "testing/test.h"

TEST(there_are_apples) {
    CHECK(apples_count() == 2);
}

TEST(judges_may_be_called) {
    FILE *judge = popen("true", "r");
    CHECK(pclose(judge) == 0);
}
