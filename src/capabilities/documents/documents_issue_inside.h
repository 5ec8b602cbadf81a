/** What the files of issuing share: one attempt, its steps, and what of it is kept. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_ISSUE_INSIDE_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_ISSUE_INSIDE_H

#include "base/digest.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_draw.h"
#include "capabilities/documents/documents_issue.h"
#include "capabilities/documents/documents_own_file.h"
#include "outside/outside.h"

#define ISSUE_FIRST_REVISION 1

/** The steps in their order. */
typedef enum IssueStepNumber {
    ISSUE_DRAW,
    ISSUE_SEAL,
    ISSUE_STAMP,
    ISSUE_PRESERVE,
    ISSUE_STORE,
    ISSUE_LOG,
    ISSUE_STEPS
} IssueStepNumber;

/** What one attempt works on. */
typedef struct Issuing {
    Arena *arena;
    Job *job;
    Outside *outside;
    ChamberId chamber;
    DocumentId document;
    DocumentsRow row;
    const DocumentType *type;
    ChamberLetterhead letterhead;
    ChamberTrust trust;
    OwnFile own;                  /**< the firm's file that is the document, where the type is of that kind */
    Key *key;                     /**< the chamber's, from the step "draw" on */
    bool trial;                   /**< it is only asked whether it can be drawn */
    size_t room;                  /**< for a time-stamp token */
    Text replaces;                /**< number of the replaced document */
    DocumentsOutagesRows outages; /**< when the attempt began */
    int64_t revision;             /**< of the document's file, from 1 */
    PadesLevel level;             /**< that this revision will have */
    IssueStepNumber at;           /**< the step that is to be done */
    const struct IssueStep *last; /**< the step that left `bytes`; NULL before the first */
    LayoutDrawn drawn;            /**< by the step "draw" of this attempt */
    Text bytes;                   /**< that the last step left */
    Sha256 digest;                /**< of them */
    Text steps;                   /**< a line for each step that is done (documents_step_lines) */
    bool heeded;                  /**< it is another attempt's turn to ask */
    bool kept;                    /**< the database holds bytes of this revision, of digest `kept_digest` */
    Sha256 kept_digest;
} Issuing;

/** A step of issuing. */
typedef struct IssueStep {
    const char *name;   /**< "stamp": in the database and in JSON */
    Message label;      /**< for progress */
    Message waiting;    /**< what a document waits for that does not get through it */
    PadesLevel level;   /**< lower levels leave it out */
    bool from_kept;     /**< begins only when the bytes that it works on are kept durably */
    bool shared_outage; /**< what one document does not get, the others of the chamber would not get either */
    Status (*run)(Issuing *issuing);
} IssueStep;
extern const IssueStep issue_steps[ISSUE_STEPS];
/** By its name; NULL when there is none. */
const IssueStep *issue_step(Text name);

/** Draws the paper of issuing->row to issuing->drawn. @return as documents_draw */
MUST_USE Status issue_draw_paper(Issuing *issuing);
/** The steps' work; each leaves issuing->bytes, or an act in the world that may be repeated. */
MUST_USE Status issue_draw(Issuing *issuing);
MUST_USE Status issue_seal(Issuing *issuing);
MUST_USE Status issue_stamp(Issuing *issuing);
MUST_USE Status issue_preserve(Issuing *issuing);
MUST_USE Status issue_store(Issuing *issuing);
/** The last one: in one transaction the document becomes issued, what it replaces becomes replaced, the act is logged,
 * the exporter is told, what was kept is removed and the job ends. */
MUST_USE Status issue_log(Issuing *issuing);

/** Reads what an attempt needs, and where the one before it stood. The body of a transaction over an Issuing. */
MUST_USE Status issue_begin(Connection *connection, void *issuing);
/** Reads type, letterhead and the replaced document's number for issuing->row. */
MUST_USE Status issue_read_paper(Connection *connection, Issuing *issuing);
/** Adds the line of a step that was done to issuing->steps. */
void issue_note_step(Issuing *issuing, const IssueStep *step);
/** Keeps the bytes durably, unless they are kept. @return STATUS_CONFLICT when another attempt has gone further */
MUST_USE Status issue_keep(Issuing *issuing);
/** Appends to issuing->bytes what protects them from now on: proofs, and a document time stamp. Judges the result. */
MUST_USE Status issue_protect(Issuing *issuing);
/** Notes until when issuing->bytes are protected and when they are renewed, in the caller's transaction; nothing below
 * B-LTA. */
MUST_USE Status issue_note_protection(Connection *connection, const Issuing *issuing);
/** Forgets what is kept, which nobody has seen: the revision begins anew. @return STATUS_CONFLICT as issue_keep */
MUST_USE Status issue_discard(Issuing *issuing);
/** Whether the step is known to be in vain until a later time; then plans the next try and returns the words as
 * STATUS_UNAVAILABLE. */
MUST_USE Status issue_heed_outage(Issuing *issuing, const IssueStep *step);
/** After a step that has gone well: an outage of it is over, and those that waited go on. */
MUST_USE Status issue_end_outage(Issuing *issuing, const IssueStep *step);
/** Notes for the officer what the document waits for, keeps what was reached, and plans the next try. Returns `status`
 * with its words. */
MUST_USE Status issue_wait(Issuing *issuing, const IssueStep *step, Status status);

#endif
