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

#endif
