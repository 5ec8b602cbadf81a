/** What the files that draw forms share. */
#ifndef TRADEPOST_HTML_FIELD_H
#define TRADEPOST_HTML_FIELD_H

#include "html/form_internal.h"
#include "html/writer.h"

/** Which of the page's forms these values are, from 0; a new one when they were not seen before. */
size_t html_form_number(Writer *writer, const FormValues *values);
/** "lines[3].name" for the field `name` of the row that is being drawn. */
Text html_control_name(Writer *writer, const char *name);
/** The id that belongs to a control's name in the page's form number `form`: "lines-3-name". */
Text html_control_id(Writer *writer, size_t form, Text name);
/** A whole group: its rows with all their fields, and its buttons. */
void html_group(Writer *writer, const FormValues *values, const char *name);

#endif
