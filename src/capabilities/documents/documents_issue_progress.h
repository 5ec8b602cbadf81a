/** Progress of issuing, as pages show it. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_ISSUE_PROGRESS_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_ISSUE_PROGRESS_H

#include "capabilities/documents/documents_pages.h"
#include "http/route.h"

/** The steps of a document: those done with their times, and what it waits for. Not shown unless it is approved. */
MUST_USE Status documents_show_progress(Request *request, const DocumentsRow *document,
                                        DocumentsProgress *ret_progress);
/** What documents of the chamber wait for at present. */
MUST_USE Status documents_show_outages(Request *request, DocumentsOutageLines *ret_lines);

/** An officer has a document tried again at once. */
Handler documents_try_again_submit;

#endif
