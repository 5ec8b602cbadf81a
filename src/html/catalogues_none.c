/** No catalogue yet: the build speaks English. */
#include "html/catalogue.h"

const Catalogue *const catalogues[] = {NULL};
const size_t catalogue_count = 0;
