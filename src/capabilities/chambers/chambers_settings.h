/** What the sections of the settings share. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_SETTINGS_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_SETTINGS_H

#include "capabilities/chambers/chambers_inside.h"

extern const Form chambers_name_form, chambers_colours_form, chambers_mail_form, chambers_logo_form, chambers_host_form;

/** The form of languages: one tick for each that this build speaks. */
FormChooser chambers_languages_form, chambers_numbering_form;
/** The values of the languages' section. */
MUST_USE Status chambers_languages_values(Request *request, const ChambersRow *row, const FormValues **ret_values);
/** The values of the numbering's section, and each series' next number. */
MUST_USE Status chambers_numbering_values(Request *request, const FormValues **ret_values,
                                          ChambersSeriesLines *ret_series);

/** The keys of the chamber, newest first. */
MUST_USE Status chambers_show_keys(Request *request, ChambersKeyLines *ret_lines);

/** What is wrong with a pattern of numbers; none when nothing is. */
Message chambers_pattern_refusal(Text pattern);
/** Whether the bytes are a picture that we take, by its own header. @return STATUS_UNSUPPORTED for another format,
 * STATUS_TOO_LARGE for too many pixels */
MUST_USE Status chambers_logo_type(Text bytes, Text *ret_media_type);

/** WCAG contrast of "#rrggbb" to white: 1 to 21. */
double chambers_contrast_to_white(Text colour);

/** Adds "what: before → after" where they differ. */
void chambers_note_change(Buffer *words, const char *what, Text before, Text after);
/** Writes an audit event with the words, unless there are none. */
MUST_USE Status chambers_settings_audit(Request *request, const char *act, const Buffer *words);
/** Writes the chamber's row, its audit event, and goes back to the settings. */
MUST_USE Status chambers_settings_write(Request *request, const ChambersRow *row, const Buffer *words);

#endif
