/** Reading of layouts: the members that several parts of a layout share. Values are untouched where a member is absent.
 */
#ifndef TRADEPOST_PDF_LAYOUT_JSON_H
#define TRADEPOST_PDF_LAYOUT_JSON_H

#include <jansson.h>

#include "pdf/layout.h"

/** A layout being read, and where: "first[3].texts[0]". */
typedef struct LayoutReader {
    Arena *arena;
    Layout *layout;
    char place[256];
    size_t place_size;
} LayoutReader;

/** Fails with "PLACE.member: what". @return STATUS_INVALID */
MUST_USE Status layout_json_refuse(const LayoutReader *reader, const char *member, const char *what);
/** Moves the place inwards; gives the size to restore. */
size_t layout_json_enter_member(LayoutReader *reader, const char *member);
size_t layout_json_enter_item(LayoutReader *reader, size_t index); /**< as layout_json_enter_member, for an array */
/** Refuses members that are not in the list, which blanks separate. @return STATUS_INVALID, as all below */
MUST_USE Status layout_json_members(const LayoutReader *reader, const json_t *object, const char *allowed);

/** A text, copied to the arena. */
MUST_USE Status layout_json_text(const LayoutReader *reader, const json_t *object, const char *member, Text *ret_text);
/** A text with holes of sound form. */
MUST_USE Status layout_json_template(const LayoutReader *reader, const json_t *object, const char *member,
                                     Text *ret_text);
/** A number between `least` and `most`. */
MUST_USE Status layout_json_number(const LayoutReader *reader, const json_t *object, const char *member, double least,
                                   double most, double *ret_number);
/** true or false. */
MUST_USE Status layout_json_truth(const LayoutReader *reader, const json_t *object, const char *member,
                                  bool *ret_truth);
/** The place of the member's text among `names`, which end with NULL. */
MUST_USE Status layout_json_choice(const LayoutReader *reader, const json_t *object, const char *member,
                                   const char *const *names, size_t *ret_choice);
/** The members "colour" and "tint". */
MUST_USE Status layout_json_colour(const LayoutReader *reader, const json_t *object, LayoutColour *ret_colour);
/** A text, and its translations by language in the member `second`. */
MUST_USE Status layout_json_words(LayoutReader *reader, const json_t *object, const char *member, const char *second,
                                  LayoutWords *ret_words);
/** The style that the member names. */
MUST_USE Status layout_json_style(const LayoutReader *reader, const json_t *object, const char *member,
                                  const LayoutStyle **ret_style);
/** A paragraph: a text, or an object of text, second, style and second_style; `style` names the style where none is
 * given. */
MUST_USE Status layout_json_paragraph(LayoutReader *reader, const json_t *value, const char *style,
                                      LayoutParagraph *ret_paragraph);
/** A paragraph or an array of them. */
MUST_USE Status layout_json_paragraphs(LayoutReader *reader, const json_t *object, const char *member,
                                       const char *style, LayoutParagraphs *ret_paragraphs);
/** The styles, which later members name. */
MUST_USE Status layout_json_styles(LayoutReader *reader, const json_t *root);
/** The layout as a whole. */
MUST_USE Status layout_json_whole(LayoutReader *reader, const json_t *root);

#endif
