/** Verification by anyone: by number and code, or by the file itself. */
#ifndef TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_VERIFY_H
#define TRADEPOST_CAPABILITIES_DOCUMENTS_DOCUMENTS_VERIFY_H

#include "http/route.h"

extern const Form documents_verify_form, documents_verify_file_form;

Handler documents_verify_show, documents_verify_code_show, documents_verify_file_submit;

#endif
