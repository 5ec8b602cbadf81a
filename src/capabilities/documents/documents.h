/** Documents: applications, review, issuing under seal, and verification by anyone. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_H

#include "http/route.h"
#include "ids.h"

/** Applies for its own firm: people of admitted firms. */
extern const Permission DOCUMENTS_APPLY;
/** Sees a document: its firm's people, and the chamber's staff. */
extern const Permission DOCUMENTS_SEE;
/** Sees the queue, reviews, returns, approves, cancels: officers. */
extern const Permission DOCUMENTS_REVIEW;

/** An application as the demonstration shows it: made by the same acts as on the pages, at past times. */
typedef struct DocumentExample {
    Text type, values; /**< the usual type when empty; `values` is JSON, as form_to_json writes it */
    Text state;        /**< the one to reach */
    Text reason;       /**< of a decision or end */
    Text remark_field; /**< the box that the officer's words are about; empty: none */
    FirmId firm;
    AccountId applicant, officer;
    Text applicant_name, officer_name;
    Time submitted; /**< when it was handed in, or made */
} DocumentExample;
/** Makes the example, with its attachment, history and, where it is issued, its sealed file. Stops the clock at its
 * times; the caller lets it run again. @return as the acts do */
MUST_USE Status documents_make_example(Database *database, struct Outside *outside, Arena *arena, ChamberId chamber,
                                       const DocumentExample *example);

/** A type of document by its names. */
typedef struct DocumentTitle {
    Text name;
    Message title;
} DocumentTitle;
typedef struct DocumentTitles {
    DocumentTitle *items;
    size_t count;
} DocumentTitles;
/** Every type of this installation, by name. */
DocumentTitles documents_titles(Arena *arena);

/** A series of numbers, as the types of documents name it. */
typedef struct DocumentSeries {
    Text name, pattern; /**< `pattern` is the one without a word of the chamber */
    Message title;      /**< of the first type that takes its numbers from it */
} DocumentSeries;
typedef struct DocumentSeriesList {
    DocumentSeries *items;
    size_t count;
} DocumentSeriesList;
/** Every series of this installation's types. */
DocumentSeriesList documents_series(Arena *arena);

#endif
