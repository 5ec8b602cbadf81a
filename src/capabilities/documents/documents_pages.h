/** The models of the pages of documents: what their templates show. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_PAGES_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_PAGES_H

#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_content.h"
#include "documents_sql.h"
#include "html/form.h"
#include "html/paging.h"

/** A document in a list. */
typedef struct DocumentsLine {
    DocumentId id;
    Message type, state_label;
    Text type_name, state, exporter, consignee, destination, reference, number;
    Time changed, submitted, issued;
    bool locked;      /**< an officer works on it now */
    Text locked_name; /**< who; on officers' pages only */
    bool urgent;      /**< has waited for more than a day */
} DocumentsLine;
typedef struct DocumentsLineList {
    DocumentsLine *items;
    size_t count;
} DocumentsLineList;

typedef struct DocumentsStateChoice {
    Text value;
    Message label;
    bool chosen;
} DocumentsStateChoice;
typedef struct DocumentsStateChoices {
    DocumentsStateChoice *items;
    size_t count;
} DocumentsStateChoices;

/** What issuing does not get at present. */
typedef struct DocumentsOutageLine {
    Text step, words;
    Message label;
    Time since, next_try;
} DocumentsOutageLine;
typedef struct DocumentsOutageLines {
    DocumentsOutageLine *items;
    size_t count;
} DocumentsOutageLines;

/** A firm's documents, and the officers' queue. */
typedef struct DocumentsListPage {
    Text search;
    DocumentsStateChoices states;
    DocumentsLineList lines;
    Paging paging;
    bool filtered;
    int64_t waiting, issuing, failed; /**< of the queue */
    Text csv;                         /**< address of the same list as CSV */
    DocumentsOutageLines outages;     /**< for the queue: what approved documents wait for */
    ChamberWarnings warnings;         /**< for the queue: what the preflight found */
} DocumentsListPage;

/** A field of a type, for programs that apply. */
typedef struct DocumentsFieldLine {
    Text name, kind; /**< `kind` as in the type's description: "long-text" */
    Message label, hint;
    bool required;
    int64_t limit; /**< letters or rows; 0: the kind's own */
    struct {
        const FieldOption *items;
        size_t count;
    } options;
    struct {
        struct DocumentsFieldLine *items;
        size_t count;
    } fields; /**< of a row of a group */
} DocumentsFieldLine;
typedef struct DocumentsFieldLines {
    DocumentsFieldLine *items;
    size_t count;
} DocumentsFieldLines;

typedef struct DocumentsTypeChoice {
    Text name;
    Message section; /**< set on the first of a section */
    Message title, summary;
    Message need; /**< what one needs for it; may be none */
    bool chosen;
    DocumentsFieldLines fields;
    struct {
        const DocumentAttachmentKind *items;
        size_t count;
    } attachments;
} DocumentsTypeChoice;
typedef struct DocumentsTypeChoices {
    DocumentsTypeChoice *items;
    size_t count;
} DocumentsTypeChoices;

typedef struct DocumentsNewPage {
    const FormValues *values;
    DocumentsTypeChoices types;
} DocumentsNewPage;

typedef struct DocumentsAttachmentLine {
    AttachmentId id;
    DocumentId document;
    Message kind;
    Text kind_name, name, media_type;
    int64_t bytes, kilobytes;
    bool picture, pdf;
    Time added;
} DocumentsAttachmentLine;
typedef struct DocumentsAttachmentLines {
    DocumentsAttachmentLine *items;
    size_t count;
} DocumentsAttachmentLines;

/** A kind of file that can be attached, with its form. */
typedef struct DocumentsKind {
    Text name;
    Message label;
    bool required, missing;
    const FormValues *values;
} DocumentsKind;
typedef struct DocumentsKinds {
    DocumentsKind *items;
    size_t count;
} DocumentsKinds;

typedef struct DocumentsHistoryLine {
    Time at;
    Text person, words, act_name;
    Message act;
} DocumentsHistoryLine;
typedef struct DocumentsHistoryLines {
    DocumentsHistoryLine *items;
    size_t count;
} DocumentsHistoryLines;

typedef struct DocumentsRemarkLine {
    Message label;
    Text field, words;
    int64_t version;
} DocumentsRemarkLine;
typedef struct DocumentsRemarkLines {
    DocumentsRemarkLine *items;
    size_t count;
} DocumentsRemarkLines;

/** A document of the chain of replacements. */
typedef struct DocumentsLink {
    DocumentId id;
    Text number;
    Message state_label;
} DocumentsLink;

/** What every page about one document knows. */
typedef struct DocumentsHead {
    DocumentId id;
    Message type, state_label;
    Text state, number, code, exporter, consignee;
    int64_t version;
    Time created, submitted, decided, issued, ended;
    Text officer, reason;
    Text issuing, issuing_note;
    Text verify_address;
    DocumentsLink replaces, replaced_by; /**< id 0: none */
    bool own;                            /**< the reader's firm's */
    bool may_edit, may_submit, may_withdraw, may_copy, may_replace, may_download, may_attach;
    bool may_review, may_cancel;
    bool locked, locked_by_me;
    Text locked_name;
    Time locked_until;
} DocumentsHead;

/** A step of issuing. */
typedef struct DocumentsStepLine {
    Text name; /**< "stamp" */
    Message label;
    bool done, now;
    Time ended;
    Text clock; /**< when it ended: "14:05:09" in UTC */
} DocumentsStepLine;
typedef struct DocumentsStepLines {
    DocumentsStepLine *items;
    size_t count;
} DocumentsStepLines;

/** How far an approved document has come. */
typedef struct DocumentsProgress {
    bool shown;
    DocumentId id;
    Text number, address; /**< `address`: of the page that shows it */
    DocumentsStepLines steps;
    bool waiting; /**< for something that is not there at present */
    Message waiting_for;
    Text step, words; /**< where it waits, and what was heard there */
    Time next_try;    /**< {0} while it is tried */
    int64_t tries;
    bool may_retry;
    Text mark; /**< changes with what is shown; for the script that looks again */
    const FormValues *nothing;
} DocumentsProgress;

typedef struct DocumentsShowPage {
    DocumentsHead head;
    DocumentsProgress progress;
    DocumentContent content;
    DocumentsAttachmentLines attachments;
    DocumentsHistoryLines history;
    DocumentsRemarkLines remarks; /**< of the last version that was returned */
    DocumentsKinds kinds;
    Text type_name;
    const FormValues *values;  /**< as they were typed */
    const FormValues *reason;  /**< the form for withdrawing, replacing, cancelling */
    const FormValues *wrong;   /**< whichever of the page's forms was sent and is wrong */
    const FormValues *nothing; /**< a form without fields, for an act that needs no words */
} DocumentsShowPage;

typedef struct DocumentsEditPage {
    DocumentsHead head;
    const FormValues *values;
    DocumentsRemarkLines remarks;
} DocumentsEditPage;

/** The answer sheet before handing in. */
typedef struct DocumentsCheckPage {
    DocumentsHead head;
    DocumentContent content;
    DocumentsAttachmentLines attachments;
    Message missing_attachment; /**< the kind that must still be attached */
    DocumentsKinds kinds;
    const FormValues *submit;
    FormProblems problems;
    bool complete, wrong;
} DocumentsCheckPage;

/** An officer's page on one application. */
typedef struct DocumentsReviewPage {
    DocumentsHead head;
    DocumentsProgress progress;
    DocumentContent content;
    DocumentsAttachmentLines attachments;
    DocumentsHistoryLines history;
    DocumentsRemarkLines remarks;
    Text type_name;
    const FormValues *values; /**< as they were typed */
    const FormValues *decision;
    const FormValues *nothing;
} DocumentsReviewPage;

typedef struct DocumentsRegisterLine {
    DocumentId id;
    Message type, state_label;
    Text type_name, state, number, exporter, consignee, origin, destination, officer;
    Time issued;
} DocumentsRegisterLine;
typedef struct DocumentsRegisterLines {
    DocumentsRegisterLine *items;
    size_t count;
} DocumentsRegisterLines;

typedef struct DocumentsRegisterPage {
    Text search;
    DocumentsRegisterLines lines;
    Text older; /**< address of the next page; empty at the end */
    Text csv;   /**< address of the register as CSV */
} DocumentsRegisterPage;

/** A verdict on a number and code, or on a file. */
typedef struct DocumentsVerifyPage {
    const FormValues *values; /**< the form for number and code */
    const FormValues *upload; /**< the form for a file */
    Text verdict; /**< "valid", "replaced", "cancelled", "not-issued", "changed", or empty before anything was asked */
    bool of_file; /**< the verdict is about an uploaded file */
    Text number, code, chamber, type_name;
    Message type;
    DocumentAnswers attested;
    Time issued, ended;
    Text officer, reason;
    Text replaced_by; /**< number of the document that replaces it */
    Text sha256;      /**< of the file that was shown, or of the one that was sealed */
    int64_t kilobytes;
    bool test_seal; /**< sealed by a test authority */
} DocumentsVerifyPage;

#endif
