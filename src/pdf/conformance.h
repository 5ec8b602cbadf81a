/**
 * Whether a PDF file conforms to PDF/A: level B of parts 2 and 3, and level U of part 2.
 *
 * Implements: ISO 19005-2:2011, ISO 19005-3:2012. docs/pdfa-rules.md maps each of the 146 machine-readable rules of
 * PDF/A-3b to a check.
 */
#ifndef TRADEPOST_PDF_CONFORMANCE_H
#define TRADEPOST_PDF_CONFORMANCE_H

#include "base/arena.h"
#include "pdf/reader.h"

typedef enum PdfaFlavour { PDFA_2B, PDFA_2U, PDFA_3B } PdfaFlavour;

/** A breach of a clause. */
typedef struct PdfaFault {
    const char *clause;  /**< "6.2.11.4.1" */
    int test;            /**< number of the rule within the clause, as the public rule list counts them */
    PdfReference object; /**< where; number 0: the file as a whole */
    Text words;          /**< one plain English sentence */
} PdfaFault;

#define PDFA_FAULTS_MAX 100

typedef struct PdfaReport {
    PdfaFlavour flavour;
    bool conforms; /**< no fault at all */
    PdfaFault *items;
    size_t count; /**< at most PDFA_FAULTS_MAX */
} PdfaReport;

/** "PDF/A-3b". */
const char *pdfa_flavour_name(PdfaFlavour flavour);
/** "2b", "2u", "3b". @return STATUS_INVALID */
MUST_USE Status pdfa_flavour_read(Text text, PdfaFlavour *ret_flavour);
/** What the file's own metadata claims. @return STATUS_NOT_FOUND when it claims none of ours */
MUST_USE Status pdfa_flavour_claimed(Arena *arena, Text pdf, PdfaFlavour *ret_flavour);

/**
 * Checks a file that a stranger may have made (call it within a jail then).
 *
 * @return STATUS_TOO_LARGE past the arena's budget or the limits of the reader; a file that cannot be read is a report
 * with a fault of 6.1, not an error
 */
MUST_USE Status pdfa_check(Arena *arena, Text pdf, PdfaFlavour flavour, PdfaReport *ret_report);

/** The report as a JSON object: flavour, conforms, faults with clause, test, object and words. @return
 * STATUS_TOO_LARGE */
MUST_USE Status pdfa_report_json(Arena *arena, const PdfaReport *report, Text *ret_json);
/** The report as text: a verdict, then a line for each fault. @return STATUS_TOO_LARGE */
MUST_USE Status pdfa_report_text(Arena *arena, const PdfaReport *report, Text *ret_text);

#endif
