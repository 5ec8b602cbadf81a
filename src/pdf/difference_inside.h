/** What the files of the comparison share. */
#ifndef TRADEPOST_PDF_DIFFERENCE_INSIDE_H
#define TRADEPOST_PDF_DIFFERENCE_INSIDE_H

#include "pdf/difference.h"
#include "pdf/reader_internal.h"

/** Why an object may be new or changed. */
typedef enum PdfRole {
    PDF_ROLE_NONE,      /**< unchanged, or changed without excuse */
    PDF_ROLE_COMPARED,  /**< both states were read, and differ only where they may */
    PDF_ROLE_SIGNATURE, /**< new, and reached from a new signature field */
    PDF_ROLE_DATA,      /**< of DSS */
    PDF_ROLE_STRUCTURE  /**< new cross-reference and object streams */
} PdfRole;

/** One comparison on its way. */
typedef struct PdfComparison {
    Arena *arena;
    PdfFile *before, *after;
    unsigned char *roles; /**< a PdfRole for each object number */
    uint32_t count;       /**< of object numbers */
    PdfDifference *found;
} PdfComparison;

/** Notes a change that is not allowed. */
PRINTF_LIKE(2, 3) void pdf_note_change(PdfComparison *work, const char *format, ...);
/** The object's definition is another one than before, or it has come or gone. */
bool pdf_is_changed(const PdfComparison *work, uint32_t number);
/** There was no object of that number. */
bool pdf_is_new(const PdfComparison *work, uint32_t number);
/** Excuses an object if it was changed. */
void pdf_excuse(PdfComparison *work, const PdfValue *entry, PdfRole role);
/** The two values read the same; references are the same when they name the same object. */
bool pdf_same_value(const PdfValue *a, const PdfValue *b);
/** All entries of two dictionaries are the same but for those of the NULL-ended list `free`; notes a change of `what`
 * otherwise. */
void pdf_compare_entries(PdfComparison *work, const PdfValue *before, const PdfValue *after, const char *const *free,
                         const char *what);
/** Excuses new objects that are reached from `value`, and those that they reach. @return as pdf_object */
MUST_USE Status pdf_adopt(PdfComparison *work, const PdfValue *value, PdfRole role, unsigned depth);
/** Compares the forms of both states: fields of signatures may have come. @return as pdf_object */
MUST_USE Status pdf_compare_forms(PdfComparison *work, const PdfValue *before, const PdfValue *after);

#endif
