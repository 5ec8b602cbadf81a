/** Tests of the PDF/A checker: flavours, and the corpus of files whose names say what is right. */
#include "pdf/conformance.h"

#include "testing/test.h"

TEST(flavours_are_read_by_their_short_names) {
    PdfaFlavour flavour = PDFA_2B;
    CHECK_STATUS(pdfa_flavour_read(TEXT("3b"), &flavour), STATUS_OK);
    CHECK_INT(flavour, PDFA_3B);
    CHECK_TEXT(text_of(pdfa_flavour_name(flavour)), "PDF/A-3b");
    CHECK_STATUS(pdfa_flavour_read(TEXT("1a"), &flavour), STATUS_INVALID);
}
