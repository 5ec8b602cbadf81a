/** What the files of chambers share, and their handlers. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_INSIDE_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_INSIDE_H

#include "capabilities/chambers/chambers.h"
#include "capabilities/chambers/chambers_pages.h"
#include "chambers_sql.h"

/** What an act is called: its own name when it is none that we know. */
Message chambers_act_label(Arena *arena, Text act);
/** Events as pages show them. */
ChamberEventLines chambers_event_lines(Arena *arena, const ChambersAuditBeforeRows *rows);

extern const Form chambers_nothing_form;

Handler chambers_home_show, chambers_style_guide_show;

#endif
