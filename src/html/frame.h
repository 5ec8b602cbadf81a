/** What stands around every page: the chamber's name and colours, navigation, language, sign-in, the form token, a
 * notice. */
#ifndef TRADEPOST_HTML_FRAME_H
#define TRADEPOST_HTML_FRAME_H

#include "html/form.h"

typedef struct FrameLink {
    Message label;
    Text address;
    bool current;
    int64_t count; /**< shown as a badge when above 0 */
} FrameLink;

typedef struct FrameLinks {
    FrameLink *items;
    size_t count;
} FrameLinks;

typedef struct Frame {
    const Language *language;
    Text languages; /**< tags that the chamber offers, space-separated */
    Text chamber_name;
    Text chamber_logo;  /**< address of its picture; empty: the name alone */
    Text chamber_style; /**< address of the small style sheet with its colours; empty: ours */
    Text person_name;   /**< empty when nobody is signed in */
    Text firm_name;
    FrameLinks navigation;
    Text csrf_token;    /**< empty on pages without forms for strangers */
    Text path;          /**< of this request, with its query */
    Text notice;        /**< of the act that led here, already translated */
    bool demonstration; /**< says on each page that this is a demonstration */
} Frame;

#endif
