/** The page "Seal and trust". */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_SEAL_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_SEAL_H

#include "capabilities/chambers/chambers_pages.h"

extern const Form chambers_stampers_form, chambers_anchor_form;
FormChooser chambers_levels_form;

Handler chambers_seal_show, chambers_levels_submit, chambers_stampers_submit, chambers_anchor_submit,
    chambers_anchor_remove_submit, chambers_preflight_prepare, chambers_preflight_submit;

#endif
