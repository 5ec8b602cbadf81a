/** Work that is not finished, in Latin-1: é. */

static int number; // TODO: later
/* FIXME TODOS are fine */
