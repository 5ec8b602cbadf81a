/** The officer's side, within this capability: queue, review, decisions, register. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_REVIEW_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_REVIEW_H

#include "http/route.h"

extern const Form documents_queue_form, documents_register_form;

Handler documents_queue_show, documents_review_show, documents_lock_submit, documents_unlock_submit,
    documents_decide_submit, documents_register_show;
FormChooser documents_review_form;

#endif
