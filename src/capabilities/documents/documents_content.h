/** What an application says, as finished texts for pages and paper. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_CONTENT_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_CONTENT_H

#include "capabilities/documents/documents_type.h"

/** One box or part of a box. */
typedef struct DocumentAnswer {
    Message section; /**< set on the first answer of a section */
    Message label;
    Text box;    /**< number of the printed box */
    Text field;  /**< its name in the form, as "consignee_name" */
    Text value;  /**< finished text in the reader's language; empty when nothing was said */
    Text remark; /**< the officer's words about it; empty for none */
    Text error;  /**< what is wrong about it, in words; empty for nothing */
} DocumentAnswer;

typedef struct DocumentAnswers {
    DocumentAnswer *items;
    size_t count;
} DocumentAnswers;

/** One line of goods. */
typedef struct DocumentLine {
    DocumentAnswers answers;
} DocumentLine;

typedef struct DocumentLines {
    DocumentLine *items;
    size_t count;
} DocumentLines;

typedef struct DocumentContent {
    DocumentAnswers answers; /**< without the lines */
    Message lines_label;
    Text lines_field; /**< name of the group; empty where the type has none */
    Text lines_remark;
    DocumentLines lines;
} DocumentContent;

/** Writes values for a reader of `language`. Answers that were left empty are there with an empty value. */
void documents_content(Arena *arena, const Language *language, const DocumentType *type, const FormValues *values,
                       DocumentContent *ret_content);

/** One answer outside of the lines, by the name of its field, which the type has. */
DocumentAnswer documents_answer(Arena *arena, const Language *language, const DocumentType *type,
                                const FormValues *values, const char *field);

/** A value as it stands on paper and pages: country names, dates, numbers in the manner of the language. */
Text documents_finished(Arena *arena, const Language *language, const Field *field, Text value);

#endif
