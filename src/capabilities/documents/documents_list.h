/** Lists of documents: a firm's own, the officers' queue, the register; each as a page, as JSON and as CSV. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_LIST_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_LIST_H

#include "http/route.h"

extern const Form documents_list_form, documents_queue_form, documents_register_form;

Handler documents_list_show, documents_list_csv_show, documents_queue_show, documents_queue_csv_show,
    documents_register_show, documents_register_csv_show;

#endif
