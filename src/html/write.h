/** Short hands of the files that write HTML in C: frame and form controls. */
#ifndef TRADEPOST_HTML_WRITE_H
#define TRADEPOST_HTML_WRITE_H

#include "html/writer.h"

/** A literal of HTML. */
#define WRITE(writer, literal) write_literal((writer), "" literal, sizeof(literal) - 1)

/** ` name="value"`, escaped; `name` comes with its blank and equals sign: " id=". */
#define WRITE_ATTRIBUTE(writer, name, value)                                                                           \
    do {                                                                                                               \
        WRITE((writer), name "\"");                                                                                    \
        write_attribute((writer), (value));                                                                            \
        WRITE((writer), "\"");                                                                                         \
    } while (0)

#endif
