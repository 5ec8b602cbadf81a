/** Tests of the data inside documents: each published example is written as its file says, comes back, and is drawn
 * the same. TRADEPOST_WRITE_EXAMPLES=1 writes the files anew. */
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "capabilities/documents/documents_data.h"
#include "capabilities/documents/documents_draw.h"
#include "outside/file.h"
#include "testing/test.h"

enum { EXAMPLES_MAXIMUM = 200, FILE_MAXIMUM = 4 << 20 };

#define EXAMPLES "examples/certificates-of-origin"

static const ChamberLetterhead letterhead = {.name = TEXT_INIT("Demonstration Chamber of Commerce"),
                                             .address = TEXT_INIT("Ulica Primer 1\n1000 Skopje"),
                                             .place = TEXT_INIT("Skopje"),
                                             .country = TEXT_INIT("MK"),
                                             .demonstration = true,
                                             .public_url = TEXT_INIT("https://chamber.example")};

static const DocumentType *origin_type(void) {
    CHECK_OK(document_types_load((Text){NULL, 0}));
    return document_type(TEXT("certificate-of-origin"));
}

static int compare_texts(const void *a, const void *b) {
    return text_compare(*(const Text *)a, *(const Text *)b);
}

static Texts example_names(Arena *arena) {
    DIR *entries = opendir(EXAMPLES "/applications");
    Text *names = arena_new_array(arena, Text, EXAMPLES_MAXIMUM);
    size_t count = 0;
    const struct dirent *entry = NULL;
    CHECK(entries != NULL);
    while ((entry = readdir(entries)) != NULL && count < EXAMPLES_MAXIMUM) {
        const Text name = text_of(entry->d_name);
        if (text_ends_with(name, TEXT(".json"))) {
            names[count++] = arena_copy(arena, text_slice(name, 0, name.size - 5));
        }
    }
    (void)closedir(entries);
    qsort(names, count, sizeof names[0], compare_texts);
    return (Texts){names, count};
}

static Text read_text(Arena *arena, const char *path) {
    Text bytes = {NULL, 0};
    CHECK_OK(file_read(arena, AT_FDCWD, path, FILE_MAXIMUM, &bytes));
    return bytes;
}

static void write_text(const char *path, Text bytes) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    CHECK_OK(file_write(file, path, bytes));
    (void)close(file);
}

static void check_valid(FormValues *values, Arena *arena, Text name) {
    form_check(arena, values, NULL);
    const FormProblems problems = form_problems(arena, language_english(), values);
    if (problems.count > 0) {
        test_fail(__FILE__, __LINE__, "%.*s: %.*s: %.*s", TEXT_ARG(name), TEXT_ARG(problems.items[0].name),
                  TEXT_ARG(problems.items[0].words));
    }
}

static DocumentPaper paper_of(Arena *arena, const DocumentType *type, Text name, FormValues *values) {
    size_t at = 0;
    return (DocumentPaper){.type = type,
                           .values = values,
                           .chamber = &letterhead,
                           .number = arena_format(arena, "DEMO-CO-2026-0000%.*s", 2, name.data),
                           .code = TEXT("7KQ2-9XMD-4CRA"),
                           .officer_name = TEXT("Elena Petrovska"),
                           .certified = time_add(time_of_date(2026, 11, 23), 9 * TIME_HOUR),
                           .replaces =
                               text_find(name, TEXT("replacement"), &at) ? TEXT("DEMO-CO-2026-000003") : TEXT(""),
                           .demonstration = true};
}

/** As a stranger's file goes: through the reader of the jail, its neutral form, and the type's table. */
static FormValues *read_back(Arena *arena, const DocumentType *type, Text file) {
    Buffer output = buffer_make(arena, (size_t)64 << 20);
    DataNotes notes = {0};
    FormValues *values = form_empty(arena, &type->form);
    CHECK_OK(data_read(file, &output));
    CHECK_OK(documents_data_fill(arena, type, (Text){output.data, output.size}, values, &notes));
    return values;
}

static void check_example(const DocumentType *type, Text name) {
    Arena *arena = arena_open((size_t)512 << 20);
    FormValues *values = NULL;
    Text xml = {0}, again = {0};
    LayoutDrawn first = {0}, second = {0};
    const Text json = read_text(arena, arena_format(arena, EXAMPLES "/applications/%.*s.json", TEXT_ARG(name)).data);
    CHECK_OK(form_of_json(arena, &type->form, json, &values));
    check_valid(values, arena, name);
    const DocumentPaper paper = paper_of(arena, type, name, values);
    CHECK_OK(documents_payload(arena, &paper, &xml));
    const char *path = arena_format(arena, EXAMPLES "/ubl/%.*s.xml", TEXT_ARG(name)).data;
    if (getenv("TRADEPOST_WRITE_EXAMPLES") != NULL) {
        write_text(path, xml);
    }
    CHECK(text_equal(xml, read_text(arena, path)));
    FormValues *back = read_back(arena, type, xml);
    check_valid(back, arena, name);
    CHECK(text_equal(form_to_json(arena, back), form_to_json(arena, values)));
    const DocumentPaper copy = paper_of(arena, type, name, back);
    CHECK_OK(documents_payload(arena, &copy, &again));
    CHECK(text_equal(xml, again));
    CHECK_OK(documents_draw(arena, &paper, &first));
    CHECK_OK(documents_draw(arena, &copy, &second));
    CHECK(text_equal(first.pdf, second.pdf));
    arena_close(arena);
}

TEST(every_example_comes_back_from_its_xml_and_is_drawn_the_same) {
    Arena *arena = arena_open(8 << 20);
    const DocumentType *type = origin_type();
    const Texts names = example_names(arena);
    CHECK(names.count >= 20);
    for (size_t i = 0; i < names.count; i++) {
        check_example(type, names.items[i]);
    }
    arena_close(arena);
}

/* The table of boxes and paths in the examples' README is that of the type. */

static void add_row(Buffer *table, const DocumentType *type, bool in_rows, Text prefix, const UblEntry *entry) {
    const Form *form = &type->form;
    const DocumentField *extras = type->fields;
    for (size_t i = 0; in_rows && i < type->form.count; i++) {
        form = type->form.fields[i].kind == FIELD_GROUP ? type->form.fields[i].group : form;
        extras = type->line_fields;
    }
    Text box = {NULL, 0};
    Text what = entry->from.size > 0 ? arena_format(table->arena, "`%.*s`", TEXT_ARG(entry->from))
                                     : arena_format(table->arena, "“%.*s”", TEXT_ARG(entry->constant));
    for (size_t i = 0; i < form->count; i++) {
        box = text_equal(text_of(form->fields[i].name), entry->from) ? extras[i].box : box;
    }
    if (entry->from.size > 0 && entry->constant.size > 0) {
        what = arena_format(table->arena, "%.*s: “%.*s”", TEXT_ARG(what), TEXT_ARG(entry->constant));
    }
    buffer_format(table, "| %.*s | %.*s%s | `%.*s%.*s", TEXT_ARG(box), TEXT_ARG(what),
                  entry->lines ? ", an element for each line" : "", TEXT_ARG(prefix), TEXT_ARG(entry->path));
    for (size_t i = 0; i < entry->attribute_count; i++) {
        const UblAttribute *attribute = &entry->attributes[i];
        buffer_format(table, " @%s=%s%.*s%s", attribute->name, attribute->is_name ? "{" : "",
                      TEXT_ARG(attribute->words), attribute->is_name ? "}" : "");
    }
    buffer_append(table, TEXT("` |\n"));
}

static void add_rows(Buffer *table, const DocumentType *type, bool in_rows, Text prefix, const UblTable *of) {
    for (size_t i = 0; i < of->count; i++) {
        const UblEntry *entry = &of->items[i];
        if (entry->rows == NULL) {
            add_row(table, type, in_rows, prefix, entry);
        } else {
            add_rows(table, type, true, arena_format(table->arena, "%.*s/", TEXT_ARG(entry->path)), entry->rows);
        }
    }
}

TEST(every_type_is_drawn_in_each_second_language) {
    static const char *const languages[] = {"mk", "es", "zh-Hant", "sq", "sr", "tr"};
    Arena *arena = arena_open((size_t)512 << 20);
    (void)origin_type();
    const DocumentTypes types = document_types();
    for (size_t i = 0; i < types.count; i++) {
        FormValues *values = NULL;
        const Text name = types.items[i].name;
        const char *path = types.items[i].usual
                               ? EXAMPLES "/applications/03-several-origins.json"
                               : arena_format(arena, "examples/documents/%.*s.json", TEXT_ARG(name)).data;
        CHECK_OK(form_of_json(arena, &types.items[i].form, read_text(arena, path), &values));
        check_valid(values, arena, name);
        for (size_t k = 0; k < sizeof languages / sizeof languages[0]; k++) {
            ChamberLetterhead bilingual = letterhead;
            LayoutDrawn drawn = {0};
            bilingual.second_language = text_of(languages[k]);
            DocumentPaper paper = paper_of(arena, &types.items[i], TEXT("01"), values);
            paper.chamber = &bilingual;
            paper.file_digest = TEXT("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
            CHECK_OK(documents_draw(arena, &paper, &drawn));
            CHECK_INT(drawn.pages, 1);
            if (getenv("TRADEPOST_KEEP_PAPERS") != NULL) {
                write_text(
                    arena_format(arena, "%s/%.*s.%s.pdf", getenv("TRADEPOST_KEEP_PAPERS"), TEXT_ARG(name), languages[k])
                        .data,
                    drawn.pdf);
            }
        }
    }
    arena_close(arena);
}

TEST(the_table_in_the_readme_is_that_of_the_type) {
    static const char path[] = EXAMPLES "/README.md";
    Arena *arena = arena_open(8 << 20);
    const DocumentType *type = origin_type();
    const Text readme = read_text(arena, path);
    Buffer wanted = buffer_make(arena, 4 << 20);
    size_t begin = 0, end = 0;
    CHECK(text_find(readme, TEXT("<!-- mapping"), &begin) && text_find(readme, TEXT("<!-- end of mapping -->"), &end));
    Text head = text_slice(readme, begin, end);
    (void)text_cut(&head, '\n');
    buffer_append(&wanted, text_slice(readme, 0, end - head.size));
    buffer_append(&wanted, TEXT("\n| box | value | UBL |\n|---|---|---|\n"));
    add_rows(&wanted, type, false, (Text){NULL, 0}, &type->payload.table);
    buffer_append(&wanted, TEXT("\n"));
    buffer_append(&wanted, text_slice(readme, end, readme.size));
    if (getenv("TRADEPOST_WRITE_EXAMPLES") != NULL) {
        write_text(path, (Text){wanted.data, wanted.size});
    }
    CHECK(text_equal(read_text(arena, path), (Text){wanted.data, wanted.size}));
    arena_close(arena);
}

TEST(every_type_has_an_example_that_comes_back_and_is_drawn_the_same) {
    Arena *arena = arena_open((size_t)512 << 20);
    (void)origin_type();
    const DocumentTypes types = document_types();
    CHECK(types.count >= 7);
    for (size_t i = 0; i < types.count; i++) {
        const DocumentType *type = &types.items[i];
        FormValues *values = NULL;
        Text data = {0};
        LayoutDrawn first = {0}, second = {0};
        const char *path = arena_format(arena, "examples/documents/%.*s.json", TEXT_ARG(type->name)).data;
        if (!type->usual) {
            CHECK_OK(form_of_json(arena, &type->form, read_text(arena, path), &values));
            check_valid(values, arena, type->name);
            const DocumentPaper paper = paper_of(arena, type, TEXT("01"), values);
            CHECK_OK(documents_payload(arena, &paper, &data));
            FormValues *back = read_back(arena, type, data);
            check_valid(back, arena, type->name);
            CHECK(text_equal(form_to_json(arena, back), form_to_json(arena, values)));
            const DocumentPaper copy = paper_of(arena, type, TEXT("01"), back);
            CHECK_OK(documents_draw(arena, &paper, &first));
            CHECK_OK(documents_draw(arena, &copy, &second));
            CHECK(text_equal(first.pdf, second.pdf));
            if (getenv("TRADEPOST_KEEP_PAPERS") != NULL) {
                const char *out =
                    arena_format(arena, "%s/%.*s.pdf", getenv("TRADEPOST_KEEP_PAPERS"), TEXT_ARG(type->name)).data;
                write_text(out, first.pdf);
            }
        }
    }
    arena_close(arena);
}

TEST(sums_over_lines_are_exact_or_absent) {
    Arena *arena = arena_open(32 << 20);
    (void)origin_type();
    const DocumentType *type = document_type(TEXT("packing-list"));
    FormValues *values = NULL;
    CHECK_OK(
        form_of_json(arena, &type->form,
                     TEXT("{\"lines\":[{\"packages\":2,\"gross_weight\":\"0.1\",\"net_weight\":\"999999999999.5\"},"
                          "{\"packages\":3,\"gross_weight\":\"0.2\",\"net_weight\":\"1\",\"volume\":\"1\"}]}"),
                     &values));
    DocumentPaper paper = paper_of(arena, type, TEXT("01"), values);
    CHECK_TEXT(documents_total(arena, &paper, TEXT("total_packages")), "5");
    CHECK_TEXT(documents_total(arena, &paper, TEXT("total_gross_weight")), "0.3");
    CHECK_TEXT(documents_total(arena, &paper, TEXT("total_net_weight")), "1000000000000.5");
    CHECK_TEXT(documents_total(arena, &paper, TEXT("total_volume")), "");
    CHECK_TEXT(documents_total(arena, &paper, TEXT("total_nothing")), "");
    arena_close(arena);
}

/* Tables with mistakes are refused by the place. */

static const char type_start[] =
    "{\"name\":\"t\",\"title\":\"T\",\"summary\":\"S\",\"series\":\"X\",\"numbering\":\"{year}-{number}\",\"layout\":"
    "\"l\","
    "\"fields\":[{\"name\":\"a\",\"kind\":\"text\",\"label\":\"A\"},{\"name\":\"b\",\"kind\":\"check\",\"label\":\"B\"}"
    ","
    "{\"name\":\"g\",\"kind\":\"group\",\"label\":\"G\",\"fields\":[{\"name\":\"c\",\"kind\":\"decimal\",\"label\":"
    "\"C\"}]}],"
    "\"payload\":{\"kind\":\"ubl\",\"file\":\"t.xml\",\"root\":\"T\",\"namespace\":\"urn:t\",\"map\":[";
#define LINE_A "{\"path\":\"P/A\",\"from\":\"a\"},"
#define LINE_B "{\"path\":\"P/B\",\"from\":\"b\",\"constant\":\"Yes\"},"
#define LINE_G "{\"path\":\"G\",\"rows\":\"g\",\"map\":[{\"path\":\"C\",\"from\":\"c\"}]}"

static void check_table(const char *lines, const char *words) {
    Arena *arena = arena_open(8 << 20);
    DocumentType type = {0};
    const Status status = document_type_of_json(arena, arena_format(arena, "%s%s]}}", type_start, lines), &type);
    const Text failure = test_failure();
    size_t at = 0;
    if (status != (words == NULL ? STATUS_OK : STATUS_INVALID) ||
        (words != NULL && !text_find(failure, text_of(words), &at))) {
        test_fail(__FILE__, __LINE__, "%s: %s: %.*s", lines, status_name(status), TEXT_ARG(failure));
    }
    arena_close(arena);
}

TEST(a_table_with_a_mistake_is_refused_by_place) {
    check_table(LINE_A LINE_B LINE_G, NULL);
    check_table(LINE_A LINE_G, "\"b\": this field has no line");
    check_table(LINE_A LINE_B "{\"path\":\"G\",\"rows\":\"g\",\"map\":[{\"path\":\"C\",\"from\":\"row\"}]}",
                "\"c\": this field has no line");
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"P/Z\",\"from\":\"z\"}", "names a field that the type does not have");
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"P/T\",\"from\":\"total_a\"}", "names a field");
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"P/T\",\"from\":\"total_c\"}", NULL);
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"p/A\",\"constant\":\"1\"}", "must be element names");
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"P/A\"}", "needs \"from\"");
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"P/A\",\"form\":\"a\"}", "\"form\" is no member");
    check_table(LINE_A LINE_G ",{\"path\":\"P/B\",\"from\":\"b\"}", "a tick needs \"constant\"");
    check_table(LINE_A LINE_B "{\"path\":\"G\",\"rows\":\"a\",\"map\":[]}", "must name the group");
    check_table(LINE_A LINE_B "{\"path\":\"G\",\"from\":\"g\"}", "a group needs \"rows\"");
    check_table(LINE_A LINE_B LINE_G ",{\"path\":\"P/A\",\"constant\":\"1\",\"attributes\":{\"x\":\"{z}\"}}",
                "names a field");
}

/* What strangers send. */

static Status fill(Arena *arena, const DocumentType *type, const char *xml, FormValues **ret_values) {
    Buffer output = buffer_make(arena, (size_t)64 << 20);
    DataNotes notes = {0};
    *ret_values = form_empty(arena, &type->form);
    TRY(data_read(text_of(xml), &output));
    return documents_data_fill(arena, type, (Text){output.data, output.size}, *ret_values, &notes);
}

TEST(strangers_xml_is_refused_or_read_as_far_as_the_table_goes) {
    Arena *arena = arena_open((size_t)512 << 20);
    const DocumentType *type = origin_type();
    FormValues *values = NULL;
    const char *start =
        "<CertificateOfOrigin xmlns='urn:oasis:names:specification:ubl:schema:xsd:CertificateOfOrigin-2' "
        "xmlns:a='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' "
        "xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2' xmlns:o='urn:o'>";
    const char *whole =
        arena_format(arena,
                     "%s<o:ExporterParty/><a:ExporterParty><a:PartyName><o:Name>no</o:Name><b:Name>Vardar "
                     "&amp; Co</b:Name></a:PartyName></a:ExporterParty></CertificateOfOrigin>",
                     start)
            .data;
    CHECK_OK(fill(arena, type, whole, &values));
    CHECK_TEXT(form_text(values, "consignor_name"), "Vardar & Co");
    CHECK_STATUS(fill(arena, type, "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", &values),
                 STATUS_INVALID);
    CHECK_STATUS(fill(arena, type, "{\"document_type\":\"certificate-of-origin\",\"application\":{\"x\":1}}", &values),
                 STATUS_INVALID);
    CHECK_STATUS(fill(arena, type, "<!DOCTYPE x [<!ENTITY e 'f'>]><x xmlns='urn:x'>&e;</x>", &values), STATUS_INVALID);
    CHECK_STATUS(fill(arena, type, "%PDF-1.7 and nothing", &values), STATUS_INVALID);
    Buffer many = buffer_make(arena, 16 << 20);
    buffer_append(&many, text_of(start));
    buffer_append(&many, TEXT("<a:CertificateOfOriginApplication><a:Shipment>"));
    for (int i = 0; i < 501; i++) {
        buffer_append(&many, TEXT("<a:GoodsItem><b:ID>1</b:ID></a:GoodsItem>"));
    }
    buffer_append(&many, TEXT("</a:Shipment></a:CertificateOfOriginApplication></CertificateOfOrigin>"));
    buffer_append_byte(&many, '\0');
    CHECK_STATUS(fill(arena, type, many.data, &values), STATUS_TOO_LARGE);
    arena_close(arena);
}
