/** The page that says no: what is wrong, what to do, and the reference for whoever is asked for help. */
#ifndef TRADEPOST_HTTP_ERROR_PAGE_H
#define TRADEPOST_HTTP_ERROR_PAGE_H

#include "html/message.h"

typedef struct ErrorPage {
    Message title;  /**< what is wrong, in a few words */
    Text text;      /**< the refusal's own words, translated; may be empty */
    Message advice; /**< what to do */
    Text reference; /**< the request's id */
    Text status;    /**< status_name */
    bool sign_in;   /**< offers to sign in */
} ErrorPage;

typedef struct ErrorField {
    Text field;   /**< "lines[2].hs_code" */
    Text message; /**< translated */
} ErrorField;

/** What a JSON client gets with 422. */
typedef struct ErrorFields {
    struct {
        ErrorField *items;
        size_t count;
    } errors;
} ErrorFields;

#endif
