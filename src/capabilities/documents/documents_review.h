/** The officer's side, within this capability: review and decisions. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_REVIEW_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_REVIEW_H

#include "http/route.h"

Handler documents_review_show, documents_lock_submit, documents_unlock_submit, documents_decide_prepare,
    documents_decide_submit;
FormChooser documents_review_form;

#endif
