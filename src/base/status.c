/** The names of the statuses. */
#include "base/status.h"

#include <assert.h>

const char *status_name(Status status) {
    static const char *const names[STATUS_COUNT] = {
        [STATUS_OK] = "ok",
        [STATUS_NOT_FOUND] = "not-found",
        [STATUS_SIGN_IN] = "sign-in",
        [STATUS_FORBIDDEN] = "forbidden",
        [STATUS_INVALID] = "invalid",
        [STATUS_CONFLICT] = "conflict",
        [STATUS_TOO_LARGE] = "too-large",
        [STATUS_TOO_MANY] = "too-many",
        [STATUS_UNSUPPORTED] = "unsupported",
        [STATUS_UNAVAILABLE] = "unavailable",
        [STATUS_FULL] = "full",
        [STATUS_RETRY] = "retry",
        [STATUS_CORRUPT] = "corrupt",
        [STATUS_FAILED] = "failed",
    };
    assert((unsigned)status < STATUS_COUNT);
    return names[status];
}
