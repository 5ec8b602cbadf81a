/** Tests of comparing states of a file: what may follow a signature, and each way to change something unseen. */
#include "pdf/difference.h"

#include "base/buffer.h"
#include "base/log.h"
#include "pdf/revision.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define DIFFERENCE_BUDGET ((size_t)64 << 20)

/** An object that a revision writes: its number and its source; a source that begins with "stream " is a stream's data.
 */
typedef struct Put {
    uint32_t number;
    const char *source;
} Put;

/** What a revision writes; ends with number 0. */
typedef struct Puts {
    Put items[10];
} Puts;

static Text difference_append(Arena *arena, Text pdf, const Put *puts) {
    PdfFile *file = NULL;
    PdfRevision *revision = NULL;
    PdfSection section;
    Buffer whole = buffer_make(arena, DIFFERENCE_BUDGET);
    if (puts->number == 0) {
        return pdf;
    }
    CHECK_OK(pdf_open(arena, pdf, &file));
    CHECK_OK(pdf_revision_begin(arena, file, &revision));
    /* Objects are named by number, so the revision must know how many there are. */
    for (int i = 0; i < 60; i++) {
        (void)pdf_revision_reserve(revision);
    }
    for (; puts->number != 0; puts++) {
        const Text source = text_of(puts->source);
        const PdfReference reference = {puts->number, 0};
        if (text_starts_with(source, TEXT("stream "))) {
            pdf_revision_put_stream(revision, reference, (Text){0}, text_slice(source, 7, source.size));
        } else {
            pdf_revision_put(revision, reference, source);
        }
    }
    CHECK_OK(pdf_revision_finish(revision, &section));
    buffer_append(&whole, pdf);
    buffer_append(&whole, (Text){section.bytes, section.size});
    return (Text){whole.data, whole.size};
}

/** One comparison: what stands in the signed state besides the small file, what comes later, and what is found. */
typedef struct Case {
    const char *name;
    Puts before, after;
    bool data, stamps, signatures;
    const char *words; /**< a part of the words about another change; NULL: there is none */
} Case;

#define CATALOG(more) "<< /Type /Catalog /Pages 2 0 R " more " >>"
#define PAGE_OF(contents)                                                                                              \
    "<< /Type /Page /Parent 2 0 R /Contents " contents " /Resources << /Font << /F1 4 0 R >> >> >>"
#define PAGE(more) PAGE_OF("5 0 R " more)
#define STAMP(rectangle)                                                                                               \
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Stamp) /F 132 /Rect " rectangle " /P 3 0 R /V 21 0 R >>"
#define STAMP_VALUE     "<< /Type /DocTimeStamp /SubFilter /ETSI.RFC3161 /ByteRange [0 1 2 3] /Contents <00> >>"
#define SIGNATURE_VALUE "<< /Type /Sig /SubFilter /ETSI.CAdES.detached /ByteRange [0 1 2 3] /Contents <00> >>"
#define SIGNATURE(more)                                                                                                \
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Other) /F 132 /Rect [0 0 9 9] /P 3 0 R " more " >>"
#define TEXT_FIELD(value) "<< /FT /Tx /T (Amount) /V (" value ") >>"

static const Case cases[] = {
    {"validation data is added",
     {{{0, NULL}}},
     {{{1, CATALOG("/DSS 20 0 R /Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 1 >> >>")},
       {20, "<< /Type /DSS /Certs [21 0 R] /VRI << /AB << /Cert [21 0 R] >> >> >>"},
       {21, "stream certificate"},
       {0, NULL}}},
     true,
     false,
     false,
     NULL},
    {"validation data grows",
     {{{1, CATALOG("/DSS 20 0 R")}, {20, "<< /Certs 22 0 R >>"}, {21, "stream one"}, {22, "[21 0 R]"}, {0, NULL}}},
     {{{22, "[21 0 R 23 0 R]"}, {23, "stream two"}, {0, NULL}}},
     true,
     false,
     false,
     NULL},
    {"a document time stamp is added",
     {{{0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] /SigFlags 3 >>")},
       {3, PAGE("/Annots [20 0 R]")},
       {20, STAMP("[0 0 0 0]")},
       {21, STAMP_VALUE},
       {0, NULL}}},
     false,
     true,
     false,
     NULL},
    {"another signature is added",
     {{{1, CATALOG("/AcroForm 30 0 R")}, {3, PAGE("/Annots 31 0 R")}, {30, "<< /Fields [] >>"}, {31, "[]"}, {0, NULL}}},
     {{{30, "<< /Fields [20 0 R] /SigFlags 3 >>"},
       {31, "[20 0 R]"},
       {20, SIGNATURE("/V 21 0 R /AP << /N 22 0 R >>")},
       {21, SIGNATURE_VALUE},
       {22, "stream 0 0 m"},
       {0, NULL}}},
     false,
     false,
     true,
     NULL},
    {"an empty field is filled",
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {3, PAGE("/Annots [20 0 R]")},
       {20, SIGNATURE("")},
       {0, NULL}}},
     {{{20, SIGNATURE("/V 21 0 R")}, {21, SIGNATURE_VALUE}, {0, NULL}}},
     false,
     false,
     true,
     NULL},
    {"a content is replaced",
     {{{0, NULL}}},
     {{{5, "stream BT (A forgery) Tj ET"}, {0, NULL}}},
     false,
     false,
     false,
     "a content (object 5) was changed"},
    {"a page is changed",
     {{{0, NULL}}},
     {{{3, PAGE("/Rotate 90")}, {0, NULL}}},
     false,
     false,
     false,
     "a page (object 3) was changed"},
    {"a page is removed",
     {{{0, NULL}}},
     {{{2, "<< /Type /Pages /Kids [] /Count 0 >>"}, {0, NULL}}},
     false,
     false,
     false,
     "the page tree"},
    {"an annotation is added",
     {{{3, PAGE("")}, {0, NULL}}},
     {{{3, PAGE("/Annots [20 0 R]")}, {20, "<< /Type /Annot /Subtype /Square /Rect [0 0 99 99] >>"}, {0, NULL}}},
     false,
     false,
     false,
     "was changed"},
    {"an annotation comes with a time stamp",
     {{{3, PAGE("")}, {0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {3, PAGE("/Annots [20 0 R 22 0 R]")},
       {20, STAMP("[0 0 0 0]")},
       {21, STAMP_VALUE},
       {22, "<< /Type /Annot /Subtype /Square /Rect [0 0 99 99] >>"},
       {0, NULL}}},
     false,
     true,
     false,
     "the annotations of a page were changed"},
    {"an action is added",
     {{{0, NULL}}},
     {{{1, CATALOG("/OpenAction << /S /JavaScript /JS (1) >>")}, {0, NULL}}},
     false,
     false,
     false,
     "OpenAction"},
    {"a form is filled",
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")}, {20, TEXT_FIELD("1")}, {0, NULL}}},
     {{{20, TEXT_FIELD("9")}, {0, NULL}}},
     false,
     false,
     false,
     "a form field (object 20) was changed"},
    {"a text field is added",
     {{{0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")}, {20, TEXT_FIELD("9")}, {0, NULL}}},
     false,
     false,
     false,
     "a form field was added"},
    {"a form field is removed",
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")}, {20, TEXT_FIELD("1")}, {0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [] >>")}, {0, NULL}}},
     false,
     false,
     false,
     "form fields were removed"},
    {"a signature is replaced",
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {20, SIGNATURE("/V 21 0 R")},
       {21, SIGNATURE_VALUE},
       {0, NULL}}},
     {{{20, SIGNATURE("/V 22 0 R")}, {22, SIGNATURE_VALUE}, {0, NULL}}},
     false,
     false,
     false,
     "was changed"},
    {"a signature's reason is changed",
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {20, SIGNATURE("/V 21 0 R")},
       {21, SIGNATURE_VALUE},
       {0, NULL}}},
     {{{21, "<< /Type /Sig /Reason (I agree) /ByteRange [0 1 2 3] /Contents <00> >>"}, {0, NULL}}},
     false,
     false,
     false,
     "(object 21) was changed"},
    {"a signature field acts",
     {{{0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {20, SIGNATURE("/V 21 0 R /A << /S /Launch >>")},
       {21, SIGNATURE_VALUE},
       {0, NULL}}},
     false,
     false,
     true,
     "a new signature field: entry A"},
    {"a time stamp covers a page",
     {{{0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {20, "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Stamp) /Rect [0 0 99 99] /V 21 0 R /AP << /N 22 0 R >> >>"},
       {21, STAMP_VALUE},
       {22, "stream 0 0 m"},
       {0, NULL}}},
     false,
     false,
     false,
     "covers a part of a page"},
    {"validation data is removed",
     {{{1, CATALOG("/DSS << /Certs [21 0 R 22 0 R] >>")}, {21, "stream one"}, {22, "stream two"}, {0, NULL}}},
     {{{1, CATALOG("/DSS << /Certs [21 0 R] >>")}, {0, NULL}}},
     true,
     false,
     false,
     "validation data was removed"},
    {"a content that was missing comes as validation data",
     {{{3, PAGE_OF("[5 0 R 21 0 R]")}, {0, NULL}}},
     {{{1, CATALOG("/DSS << /Certs [21 0 R] >>")}, {21, "stream BT (A forgery) Tj ET"}, {0, NULL}}},
     true,
     false,
     false,
     "is used elsewhere"},
    {"contents and validation data share an array",
     {{{1, CATALOG("/DSS << /Certs 22 0 R >>")}, {3, PAGE_OF("22 0 R")}, {22, "[5 0 R]"}, {0, NULL}}},
     {{{22, "[5 0 R 21 0 R]"}, {21, "stream BT (A forgery) Tj ET"}, {0, NULL}}},
     false,
     false,
     false,
     "is used elsewhere"},
    {"a content is said to be validation data",
     {{{0, NULL}}},
     {{{1, CATALOG("/DSS << /Certs [5 0 R] >>")}, {5, "stream BT (A forgery) Tj ET"}, {0, NULL}}},
     true,
     false,
     false,
     "a content (object 5) was changed"},
    {"an annotation that was missing comes as a signature field",
     {{{3, PAGE("/Annots [20 0 R]")}, {0, NULL}}},
     {{{1, CATALOG("/AcroForm << /Fields [20 0 R] >>")},
       {20, SIGNATURE("/V 21 0 R")},
       {21, SIGNATURE_VALUE},
       {0, NULL}}},
     false,
     false,
     true,
     "which the signed part lacked"},
    {"something is added that nobody names",
     {{{0, NULL}}},
     {{{20, "(hello)"}, {0, NULL}}},
     false,
     false,
     false,
     "an object (object 20) was added"},
    {"an extension that is none",
     {{{0, NULL}}},
     {{{1, CATALOG("/Extensions << /EVIL << /JS (1) >> >>")}, {0, NULL}}},
     true,
     false,
     false,
     "the extensions: entry JS"},
    {"an object that cannot be read",
     {{{0, NULL}}},
     {{{1, CATALOG("/DSS << /Certs [20 0 R] >>")}, {20, "<< /A"}, {0, NULL}}},
     false,
     false,
     false,
     "damaged"},
};

TEST(each_change_is_judged) {
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Case *one = &cases[i];
        Arena *arena = arena_open(DIFFERENCE_BUDGET);
        PdfFile *before = NULL, *after = NULL;
        PdfDifference found;
        const Text signed_state = difference_append(arena, fixture_pdf(arena), one->before.items);
        const Text later = difference_append(arena, signed_state, one->after.items);
        CHECK_OK(pdf_open(arena, signed_state, &before));
        CHECK_OK(pdf_open(arena, later, &after));
        CHECK_OK(pdf_difference(arena, before, after, &found));
        const bool right = one->words == NULL
                               ? !found.other && found.validation_data == one->data &&
                                     found.time_stamps == one->stamps && found.signatures == one->signatures
                               : found.other && fixture_contains(found.words, one->words);
        if (!right) {
            test_fail(__FILE__, __LINE__, "%s: data %d, stamps %d, signatures %d, other %d: %.*s", one->name,
                      found.validation_data, found.time_stamps, found.signatures, found.other, TEXT_ARG(found.words));
        }
        arena_close(arena);
    }
}

TEST(the_same_holds_for_object_streams) {
    Arena *arena = arena_open(DIFFERENCE_BUDGET);
    PdfFile *before = NULL, *after = NULL;
    PdfDifference found;
    const Text base = fixture_pdf_with_streams(arena);
    const Put forgery[] = {{5, "stream BT (A forgery) Tj ET"}, {0, NULL}},
              data[] = {{1, CATALOG("/DSS << /Certs [20 0 R] >>")}, {20, "stream one"}, {0, NULL}};
    CHECK_OK(pdf_open(arena, base, &before));
    CHECK_OK(pdf_open(arena, difference_append(arena, base, data), &after));
    CHECK_OK(pdf_difference(arena, before, after, &found));
    CHECK(found.validation_data && !found.other && !found.time_stamps && !found.signatures);
    CHECK_OK(pdf_open(arena, difference_append(arena, base, forgery), &after));
    CHECK_OK(pdf_difference(arena, before, after, &found));
    CHECK(found.other);
    arena_close(arena);
}
