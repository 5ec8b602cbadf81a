/** Trust may use base and pdf only. */
#include "base/text.h"
#include "html/form.h"
#include "pdf/reader.h"
