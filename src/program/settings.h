/** The configuration: DIR/tradepost.conf, lines "name = value", under the options of the command line. */
#ifndef TRADEPOST_PROGRAM_SETTINGS_H
#define TRADEPOST_PROGRAM_SETTINGS_H

#include "base/options.h"
#include "capabilities/capability.h"

/** The port where none is given. */
#define SETTINGS_PORT 8080

#define SETTINGS_FILE "tradepost.conf"

/** What was given on the command line: unset texts are empty, an unset port is 0. */
typedef struct GivenSettings {
    Settings settings;
    Text port; /**< as typed, until settings_check_given */
} GivenSettings;

#define SHARED_OPTION_COUNT 9
/** The options that all commands share: `data` and those of `given`. */
void settings_options(Text *data, GivenSettings *given, Option options[SHARED_OPTION_COUNT]);
/** Reads the port and refuses values that cannot be. @return STATUS_INVALID */
MUST_USE Status settings_check_given(GivenSettings *given);

/** Reads a configuration's text. @return STATUS_INVALID naming the line */
MUST_USE Status settings_read(Arena *arena, Text text, Settings *ret_settings);
/** The text that settings_read reads back to the same; what is unset is left out. */
Text settings_write(Arena *arena, const Settings *settings);
/** `stored` with what was given on top, and defaults for what is in neither. @param data  the data directory */
Settings settings_merge(Arena *arena, const Settings *stored, const Settings *given, Text data);

#endif
