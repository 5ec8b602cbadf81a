/** The one result type of every function that can fail, and the macros that carry it. */
#ifndef TRADEPOST_BASE_STATUS_H
#define TRADEPOST_BASE_STATUS_H

/** What a call came to. Zero is success. `http/reply.c` maps each to one HTTP answer. */
typedef enum Status {
    STATUS_OK = 0,
    STATUS_NOT_FOUND,   /**< no such thing, or none that the caller may know of */
    STATUS_SIGN_IN,     /**< nobody is signed in and somebody must be */
    STATUS_FORBIDDEN,   /**< signed in, but without the right */
    STATUS_INVALID,     /**< input breaks a rule; the message says which and how to mend it */
    STATUS_CONFLICT,    /**< the thing is not in the state that the act needs */
    STATUS_TOO_LARGE,   /**< a limit of size or number was passed */
    STATUS_TOO_MANY,    /**< too often; try again later */
    STATUS_UNSUPPORTED, /**< a kind, type or version that is not handled here */
    STATUS_UNAVAILABLE, /**< something outside does not answer; a later try may succeed */
    STATUS_FULL,        /**< the disk or a quota is full */
    STATUS_RETRY,       /**< the transaction lost a race; run it again from the start */
    STATUS_CORRUPT,     /**< stored bytes are not what was stored */
    STATUS_FAILED,      /**< a failure that no caller expects; logged once by the request loop */
    STATUS_COUNT
} Status;

/** Its name in lower case with hyphens, as it stands in logs and JSON: "not-found". Static storage. */
const char *status_name(Status status);

#define MUST_USE                         __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/** Returns from the calling function with the status of `call` unless that is STATUS_OK. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const Status try_status = (call);                                                                              \
        if (try_status != STATUS_OK) {                                                                                 \
            return try_status;                                                                                         \
        }                                                                                                              \
    } while (0)

#endif
