/** Tests of the PDF reader: what it reads, and what it refuses. */
#include "pdf/reader.h"

#include <zlib.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "pdf/revision.h"
#include "testing/pdf_fixture.h"
#include "testing/test.h"

#define READER_BUDGET ((size_t)64 << 20)

static PdfFile *reader_open(Arena *arena, Text bytes) {
    PdfFile *file = NULL;
    CHECK_OK(pdf_open(arena, bytes, &file));
    return file;
}

/** A file whose object 6 is `source`; the rest is the fixture's. */
static Text reader_file_with(Arena *arena, Text source) {
    const Text base = fixture_pdf(arena);
    Buffer pdf = buffer_make(arena, READER_BUDGET);
    size_t table = 0;
    CHECK(text_find(base, TEXT("xref\n0 "), &table));
    buffer_append(&pdf, base);
    const size_t offset = pdf.size;
    buffer_append(&pdf, TEXT("6 0 obj\n"));
    buffer_append(&pdf, source);
    buffer_append(&pdf, TEXT("\nendobj\n"));
    const size_t section = pdf.size;
    buffer_format(&pdf, "xref\n6 1\n%010zu 00000 n \ntrailer\n<< /Size 7 /Root 1 0 R /Prev %zu >>\n", offset, table);
    buffer_format(&pdf, "startxref\n%zu\n%%%%EOF\n", section);
    return (Text){pdf.data, pdf.size};
}

/** The value that `source` is read as. */
static const PdfValue *reader_value(Arena *arena, const char *source) {
    const PdfValue *value = NULL;
    PdfFile *file = reader_open(arena, reader_file_with(arena, text_of(source)));
    CHECK_OK(pdf_object(file, (PdfReference){6, 0}, &value));
    return value;
}

static Status reader_refusal(Arena *arena, const char *source) {
    const PdfValue *value = NULL;
    PdfFile *file = reader_open(arena, reader_file_with(arena, text_of(source)));
    return pdf_object(file, (PdfReference){6, 0}, &value);
}

/** The fixture with one part replaced by another of the same size. */
static Text reader_replaced(Arena *arena, Text pdf, const char *part, const char *other) {
    size_t at = 0;
    CHECK_INT(strlen(part), strlen(other));
    CHECK(text_find(pdf, text_of(part), &at));
    char *copy = arena_c_string(arena, pdf);
    memcpy(copy + at, other, strlen(other));
    return (Text){copy, pdf.size};
}

static void reader_check_fixture(PdfFile *file) {
    PdfPage page;
    size_t pages = 0;
    const PdfValue *contents = NULL;
    Text bytes = {0};
    CHECK_OK(pdf_page_count(file, &pages));
    CHECK_INT(pages, 1);
    CHECK_OK(pdf_page(file, 0, &page));
    CHECK_INT(page.reference.number, 3);
    CHECK_INT(page.right, 595);
    CHECK_INT(page.top, 842);
    CHECK_OK(pdf_get(file, page.dictionary, "Contents", &contents));
    CHECK_OK(pdf_stream_bytes(file, contents, &bytes));
    CHECK(fixture_contains(bytes, "(A certificate) Tj"));
    CHECK_STATUS(pdf_page(file, 1, &page), STATUS_NOT_FOUND);
    CHECK_OK(pdf_check_objects(file));
}

TEST(reads_a_file_with_a_table) {
    Arena *arena = arena_open(READER_BUDGET);
    PdfFile *file = reader_open(arena, fixture_pdf(arena));
    reader_check_fixture(file);
    CHECK(!pdf_uses_cross_reference_stream(file));
    CHECK_INT(pdf_next_object_number(file), 6);
    CHECK_INT(pdf_section_count(file), 1);
    arena_close(arena);
}

TEST(reads_a_file_with_streams) {
    Arena *arena = arena_open(READER_BUDGET);
    PdfFile *file = reader_open(arena, fixture_pdf_with_streams(arena));
    reader_check_fixture(file);
    CHECK(pdf_uses_cross_reference_stream(file));
    size_t offset = 0;
    CHECK(!pdf_object_offset(file, (PdfReference){3, 0}, &offset));
    CHECK(pdf_object_offset(file, (PdfReference){5, 0}, &offset));
    arena_close(arena);
}

TEST(reads_values) {
    Arena *arena = arena_open(READER_BUDGET);
    const PdfValue *array = reader_value(
        arena, "[ 12 -7 +3 .5 -1.25 true false null /A#20b (a\\(b\\051\\n\\\n(c)) <48 656C6c6f2> 4 0 R 1 0]");
    CHECK_INT(array->count, 14);
    CHECK_INT(array->items[0].integer, 12);
    CHECK_INT(array->items[1].integer, -7);
    CHECK_INT(array->items[2].integer, 3);
    CHECK(array->items[3].kind == PDF_REAL && array->items[3].real > 0.49 && array->items[3].real < 0.51);
    CHECK(array->items[4].real < -1.24 && array->items[4].real > -1.26);
    CHECK(array->items[5].boolean);
    CHECK(array->items[6].kind == PDF_BOOLEAN && !array->items[6].boolean);
    CHECK_INT(array->items[7].kind, PDF_NULL);
    CHECK_TEXT(array->items[8].text, "A b");
    CHECK_TEXT(array->items[9].text, "a(b)\n(c)");
    CHECK_TEXT(array->items[10].text, "Hello ");
    CHECK_INT(array->items[11].kind, PDF_REFERENCE);
    CHECK_INT(array->items[11].reference.number, 4);
    CHECK_INT(array->items[12].integer, 1);
    CHECK_TEXT(array->items[9].source, "(a\\(b\\051\\n\\\n(c))");
    arena_close(arena);
}

TEST(refuses_damaged_values) {
    static const char *const damaged[] = {"[1 2",       "<< /A >>", "<< 1 2 >>", "(never ends", "<48zz>",
                                          "<4865",      "12.3.4",   "hello",     "]",           "--5",
                                          "<< /A 1 ] ", "[1 >>",    "1e5",       "+",           "12345 6 obj"};
    Arena *arena = arena_open(READER_BUDGET);
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        if (reader_refusal(arena, damaged[i]) != STATUS_INVALID) {
            test_fail(__FILE__, __LINE__, "%s was not refused", damaged[i]);
        }
    }
    arena_close(arena);
}

TEST(refuses_deep_nesting) {
    Arena *arena = arena_open(READER_BUDGET);
    Buffer deep = buffer_make(arena, 1 << 20);
    for (int i = 0; i < 100000; i++) {
        buffer_append_byte(&deep, '[');
    }
    buffer_append_byte(&deep, '\0');
    CHECK_STATUS(reader_refusal(arena, deep.data), STATUS_TOO_LARGE);
    arena_close(arena);
}

TEST(finds_keys_that_stand_twice) {
    Arena *arena = arena_open(READER_BUDGET);
    CHECK(pdf_keys_are_unique(reader_value(arena, "<< /A 1 /B 2 >>")));
    CHECK(!pdf_keys_are_unique(reader_value(arena, "<< /A 1 /#41 2 >>")));
    arena_close(arena);
}

TEST(reads_text_strings) {
    Arena *arena = arena_open(READER_BUDGET);
    Text text = {0};
    CHECK_OK(pdf_text_string(arena, TEXT("caf\xe9 \x80 \xa0"), &text));
    CHECK_TEXT(text, "café • €");
    CHECK_OK(pdf_text_string(arena, (Text){"\xfe\xff\x04\x1c\xd8\x3d\xde\x00", 8}, &text));
    CHECK_TEXT(text, "М😀");
    CHECK_OK(pdf_text_string(arena, TEXT("\xef\xbb\xbfМ"), &text));
    CHECK_TEXT(text, "М");
    CHECK_OK(pdf_text_string(arena, (Text){"\xfe\xff\xd8\x3d\x00\x41", 6}, &text));
    CHECK_TEXT(text, "\xef\xbf\xbd"
                     "A");
    arena_close(arena);
}

/** A stream object of zlib-packed bytes. */
static Text reader_packed(Arena *arena, Text bytes, const char *parameters) {
    uLongf size = compressBound((uLong)bytes.size);
    char *packed = arena_allocate(arena, size);
    CHECK_INT(compress((Bytef *)packed, &size, (const Bytef *)bytes.data, (uLong)bytes.size), Z_OK);
    Buffer stream = buffer_make(arena, READER_BUDGET);
    buffer_format(&stream, "<< /Length %zu /Filter /FlateDecode %s >>\nstream\n", (size_t)size, parameters);
    buffer_append(&stream, (Text){packed, size});
    buffer_append(&stream, TEXT("\nendstream"));
    return (Text){stream.data, stream.size};
}

static Status reader_unpack(Arena *arena, Text object, Text *ret_bytes) {
    const PdfValue *value = NULL;
    PdfFile *file = reader_open(arena, reader_file_with(arena, object));
    TRY(pdf_object(file, (PdfReference){6, 0}, &value));
    return pdf_stream_bytes(file, value, ret_bytes);
}

TEST(undoes_predictors) {
    Arena *arena = arena_open(READER_BUDGET);
    /* Three columns; each row begins with its filter: none, sub, up, average, Paeth. */
    const char rows[] = {0, 1, 2, 3, 1, 4, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1};
    const char expected[] = {1, 2, 3, 4, 5, 6, 5, 6, 7, 3, 5, 7, 4, 6, 8};
    Text bytes = {0};
    CHECK_OK(reader_unpack(
        arena, reader_packed(arena, (Text){rows, sizeof(rows)}, "/DecodeParms << /Predictor 15 /Columns 3 >>"),
        &bytes));
    CHECK_TEXT(hex_encode(arena, bytes), hex_encode(arena, (Text){expected, sizeof(expected)}).data);
    CHECK_OK(reader_unpack(
        arena, reader_packed(arena, TEXT("\1\1\1\5\1\1"), "/DecodeParms [<< /Predictor 2 /Columns 3 >>]"), &bytes));
    CHECK_TEXT(bytes, "\1\2\3\5\6\7");
    CHECK_STATUS(reader_unpack(arena,
                               reader_packed(arena, TEXT("\x9zzz"), "/DecodeParms << /Predictor 12 /Columns 3 >>"),
                               &bytes),
                 STATUS_INVALID);
    arena_close(arena);
}

TEST(refuses_streams_that_it_cannot_read) {
    Arena *arena = arena_open(READER_BUDGET);
    Text bytes = {0};
    CHECK_STATUS(reader_unpack(arena, TEXT("<< /Length 3 /Filter /LZWDecode >>\nstream\nabc\nendstream"), &bytes),
                 STATUS_UNSUPPORTED);
    CHECK_STATUS(reader_unpack(arena, TEXT("<< /Length 3 /Filter /FlateDecode >>\nstream\nabc\nendstream"), &bytes),
                 STATUS_INVALID);
    CHECK_STATUS(reader_unpack(arena, TEXT("<< /Length 9 >>\nstream\nabc\nendstream"), &bytes), STATUS_INVALID);
    CHECK_STATUS(reader_unpack(arena, TEXT("<< /Length 6 0 R >>\nstream\nabc\nendstream"), &bytes), STATUS_INVALID);
    arena_close(arena);
}

TEST(refuses_a_compression_bomb) {
    Arena *arena = arena_open((size_t)600 << 20);
    const size_t size = PDF_INFLATE_MAX + 1;
    char *zeros = calloc(1, size);
    Text bytes = {0};
    CHECK(zeros != NULL);
    const Text object = reader_packed(arena, (Text){zeros, size}, "");
    free(zeros);
    Arena *small = arena_open((size_t)600 << 20);
    CHECK_STATUS(reader_unpack(small, object, &bytes), STATUS_TOO_LARGE);
    arena_close(small);
    arena_close(arena);
}

static Status reader_open_status(Arena *arena, Text bytes) {
    PdfFile *file = NULL;
    return pdf_open(arena, bytes, &file);
}

TEST(refuses_damaged_files) {
    Arena *arena = arena_open(READER_BUDGET);
    const Text pdf = fixture_pdf(arena);
    CHECK_STATUS(reader_open_status(arena, (Text){0}), STATUS_INVALID);
    CHECK_STATUS(reader_open_status(arena, TEXT("hello")), STATUS_INVALID);
    CHECK_STATUS(reader_open_status(arena, arena_format(arena, " %.*s", TEXT_ARG(pdf))), STATUS_INVALID);
    CHECK_STATUS(reader_open_status(arena, reader_replaced(arena, pdf, "startxref", "startxxxx")), STATUS_INVALID);
    CHECK_STATUS(reader_open_status(arena, reader_replaced(arena, pdf, "xref\n0 6", "xref\n0 9")), STATUS_INVALID);
    CHECK_STATUS(reader_open_status(arena, text_slice(pdf, 0, pdf.size / 2)), STATUS_INVALID);
    arena_close(arena);
}

TEST(refuses_an_encrypted_file) {
    Arena *arena = arena_open(READER_BUDGET);
    const Text pdf = reader_replaced(arena, fixture_pdf(arena), "/ID [<0123456789abcdef> <0123456789abcdef>]",
                                     "/Encrypt 9 0 R                             ");
    CHECK_STATUS(reader_open_status(arena, pdf), STATUS_UNSUPPORTED);
    CHECK(fixture_contains(test_failure(), "encrypted"));
    arena_close(arena);
}

TEST(refuses_a_loop_of_sections) {
    Arena *arena = arena_open(READER_BUDGET);
    const Text base = fixture_pdf(arena);
    size_t table = 0;
    CHECK(text_find(base, TEXT("xref\n0 "), &table));
    const Text loop = arena_format(arena, "/Prev %-37zu", table);
    CHECK_STATUS(reader_open_status(
                     arena, reader_replaced(arena, base, "/ID [<0123456789abcdef> <0123456789abcdef>]", loop.data)),
                 STATUS_INVALID);
    CHECK(fixture_contains(test_failure(), "loop"));
    arena_close(arena);
}

TEST(refuses_too_many_objects) {
    Arena *arena = arena_open(READER_BUDGET);
    const Text pdf =
        TEXT("%PDF-1.4\nxref\n4000000 1\n0000000000 00000 n \ntrailer\n<< /Size 9 >>\nstartxref\n9\n%%EOF\n");
    CHECK_STATUS(reader_open_status(arena, pdf), STATUS_TOO_LARGE);
    arena_close(arena);
}

TEST(refuses_pages_in_a_circle) {
    Arena *arena = arena_open(READER_BUDGET);
    const Text pdf = reader_replaced(arena, fixture_pdf(arena), "/Kids [3 0 R]", "/Kids [2 0 R]");
    size_t count = 0;
    CHECK_STATUS(pdf_page_count(reader_open(arena, pdf), &count), STATUS_INVALID);
    arena_close(arena);
}

TEST(refuses_forms_that_grow_without_end) {
    /* Two direct kids under each shared array: forty arrays make 2 to the 40 fields. */
    enum { FIRST = 6, LEVELS = 40 };
    Arena *arena = arena_open(READER_BUDGET);
    const Text base = fixture_pdf(arena);
    PdfRevision *revision = NULL;
    PdfSection section;
    PdfSignatureFields fields;
    CHECK_OK(pdf_revision_begin(arena, reader_open(arena, base), &revision));
    for (int i = 0; i < LEVELS; i++) {
        const PdfReference array = pdf_revision_reserve(revision);
        const int next = FIRST + i + 1;
        pdf_revision_put(revision, array,
                         arena_format(arena, "[<< /T (a) /Kids %d 0 R >> << /T (b) /Kids %d 0 R >>]", next, next));
    }
    pdf_revision_put(revision, pdf_revision_reserve(revision), TEXT("[<< /T (z) >>]"));
    pdf_revision_put(revision, (PdfReference){1, 0}, TEXT("<< /Pages 2 0 R /AcroForm << /Fields 6 0 R >> >>"));
    CHECK_OK(pdf_revision_finish(revision, &section));
    const Text pdf = arena_format(arena, "%.*s%.*s", TEXT_ARG(base), (int)section.size, section.bytes);
    CHECK_STATUS(pdf_signature_fields(reader_open(arena, pdf), &fields), STATUS_INVALID);
    arena_close(arena);
}

TEST(knows_hybrid_files) {
    Arena *arena = arena_open(READER_BUDGET);
    if (!fixture_has_inputs()) {
        test_skip("the corpora are not beside the checkout");
    }
    const Text bytes = fixture_read_file(arena, FIXTURE_PDF_INPUTS "/minimal-hybrid-xref-mswordstyle.pdf");
    CHECK(pdf_is_hybrid(reader_open(arena, bytes)));
    arena_close(arena);
}

/** Asks for everything; what comes out does not matter, only that it ends well. */
static void reader_exercise(Text bytes) {
    Arena *arena = arena_open(READER_BUDGET);
    PdfFile *file = NULL;
    PdfSignatureFields fields;
    size_t pages = 0;
    if (pdf_open(arena, bytes, &file) == STATUS_OK) {
        const bool sound = pdf_check_objects(file) == STATUS_OK && pdf_page_count(file, &pages) == STATUS_OK &&
                           pdf_signature_fields(file, &fields) == STATUS_OK;
        (void)sound;
    }
    arena_close(arena);
}

TEST(survives_every_prefix_and_many_flips) {
    Arena *arena = arena_open(READER_BUDGET);
    const Text files[] = {fixture_pdf(arena), fixture_pdf_with_streams(arena)};
    uint64_t state = test_seed();
    for (size_t i = 0; i < 2; i++) {
        for (size_t size = 0; size < files[i].size; size++) {
            char *exact = malloc(size + 1);
            memcpy(exact, files[i].data, size);
            reader_exercise((Text){exact, size});
            free(exact);
        }
        for (int round = 0; round < 3000; round++) {
            char *copy = arena_c_string(arena, files[i]);
            for (uint64_t flips = test_random(&state) % 4 + 1; flips > 0; flips--) {
                copy[test_random(&state) % files[i].size] = (char)test_random(&state);
            }
            reader_exercise((Text){copy, files[i].size});
        }
    }
    arena_close(arena);
}

TEST(survives_files_that_nobody_here_wrote) {
    if (!fixture_has_inputs()) {
        test_skip("the corpora are not beside the checkout");
    }
    Arena *arena = arena_open(READER_BUDGET);
    const Texts names = fixture_inputs(arena);
    for (size_t i = 0; i < names.count; i++) {
        Arena *one = arena_open(READER_BUDGET);
        const Text path = arena_format(one, "%s/%s", FIXTURE_PDF_INPUTS, names.items[i].data);
        reader_exercise(fixture_read_file(one, path.data));
        arena_close(one);
    }
    CHECK(names.count >= 70);
    arena_close(arena);
}
