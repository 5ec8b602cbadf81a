/** Files that are not what they say: invoices made to harm, attachments with false names. Refused with words, and
 * nothing is kept of them. */
#include "testing/html_check.h"
#include "testing/site.h"

#define UBL "xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\""
#define CBC "xmlns:c=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\""
#define CAC "xmlns:a=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\""

static HttpAnswer upload(HttpClient *client, Text path, Text token, const char *field, Text name, Text bytes) {
    const HttpField fields[] = {
        {.name = TEXT("_token"), .value = token},
        {.name = text_of(field), .value = bytes, .is_file = true, .file_name = name, .type = TEXT("application/xml")},
        {.name = text_equal(text_of(field), TEXT("file")) ? TEXT("kind") : TEXT("type"),
         .value = text_equal(text_of(field), TEXT("file")) ? TEXT("invoice") : TEXT("certificate-of-origin")},
    };
    return http_post_fields(client, path, fields, 3);
}

static Text repeat(Arena *arena, const char *before, const char *part, size_t count, const char *after) {
    Buffer buffer = buffer_make(arena, (size_t)130 << 20);
    buffer_append(&buffer, text_of(before));
    for (size_t i = 0; i < count; i++) {
        buffer_append(&buffer, text_of(part));
    }
    buffer_append(&buffer, text_of(after));
    buffer_append_byte(&buffer, '\0'); /* names are C texts */
    CHECK(!buffer.overflow);
    return (Text){buffer.data, buffer.size - 1};
}

static Text laughs(Arena *arena) {
    Buffer buffer = buffer_make(arena, 1 << 20);
    buffer_append(&buffer, TEXT("<?xml version=\"1.0\"?><!DOCTYPE Invoice [<!ENTITY l0 \"lol\">"));
    for (int i = 1; i < 12; i++) {
        buffer_format(&buffer, "<!ENTITY l%d \"&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;\">", i, i - 1, i - 1,
                      i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    buffer_append(&buffer, TEXT("]><Invoice " UBL ">&l11;</Invoice>"));
    return (Text){buffer.data, buffer.size};
}

typedef struct BadInvoice {
    const char *what;
    Text xml;
    int code;
    const char *words;
} BadInvoice;

static void check_invoices(Site *site, HttpClient *client, const BadInvoice *cases, size_t count) {
    const Text token = site_form_token(client), before = site_state(site);
    for (size_t i = 0; i < count; i++) {
        const HttpAnswer answer =
            upload(client, TEXT("/documents/new"), token, "invoice", TEXT("invoice.xml"), cases[i].xml);
        const Text visible = html_visible_text(site->arena, answer.body);
        if (answer.code != cases[i].code || !text_find(visible, text_of(cases[i].words), &(size_t){0})) {
            test_fail(__FILE__, __LINE__, "%s: %d instead of %d with \"%s\": %.*s", cases[i].what, answer.code,
                      cases[i].code, cases[i].words, TEXT_ARG(visible));
        }
        CHECK(!text_find(answer.body, TEXT("root:"), &(size_t){0}));
        const Text after = site_state(site);
        if (!text_equal(after, before)) {
            const Text difference = site_difference(site->arena, before, after);
            test_fail(__FILE__, __LINE__, "%s: it changed %.*s", cases[i].what, TEXT_ARG(difference));
        }
    }
}

SITE_TEST(invoices_made_to_harm_are_refused) {
    Arena *arena = site->arena;
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    const char *no = "is no UBL invoice and no document of a chamber", *large = "8 MB", *lines = "more lines";
    const BadInvoice cases[] = {
        {"an empty file", TEXT(" "), 422, no},
        {"no XML", TEXT("<Invoice"), 422, no},
        {"another element", TEXT("<CreditNote " UBL "/>"), 422, no},
        {"no namespace", TEXT("<Invoice><ID>1</ID></Invoice>"), 422, no},
        {"a wrong namespace", TEXT("<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Order-2\"/>"), 422,
         no},
        {"an entity", TEXT("<!DOCTYPE Invoice [<!ENTITY a \"b\">]><Invoice " UBL " " CBC "><c:ID>&a;</c:ID></Invoice>"),
         422, no},
        {"a file as an entity",
         TEXT("<!DOCTYPE Invoice [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Invoice " UBL " " CBC
              "><c:ID>&a;</c:ID></Invoice>"),
         422, no},
        {"an external type", TEXT("<!DOCTYPE Invoice SYSTEM \"http://127.0.0.1:9/x.dtd\"><Invoice " UBL "/>"), 422, no},
        {"an inclusion",
         TEXT("<Invoice " UBL " xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"/etc/passwd\" "
              "parse=\"text\"/><broken></Invoice>"),
         422, no},
        {"a billion laughs", laughs(arena), 422, no},
        {"not UTF-8", TEXT("<Invoice " UBL " " CBC "><c:ID>\xff\xfe</c:ID></Invoice>"), 422, no},
        {"a NUL", TEXT("<Invoice " UBL "><a>\0</a></Invoice>"), 422, no},
        {"an unknown encoding", TEXT("<?xml version=\"1.0\" encoding=\"x-none\"?><Invoice " UBL "/>"), 422, no},
        {"deep nesting", repeat(arena, "<Invoice " UBL ">", "<a>", 1000000, "</Invoice>"), 422, no},
        {"a million attributes", repeat(arena, "<Invoice " UBL, " b=\"1\"", 1000000, "/>"), 422, no},
        {"9 MB", repeat(arena, "<Invoice " UBL ">", "<a>0123456789</a>", 560000, "</Invoice>"), 422, large},
        {"100 MB", repeat(arena, "<Invoice " UBL ">", "<a>0123456789</a>", 6200000, "</Invoice>"), 413, "larger"},
        {"501 lines",
         repeat(arena, "<Invoice " UBL " " CBC " " CAC ">",
                "<a:InvoiceLine><c:InvoicedQuantity unitCode=\"LTR\">1</c:InvoicedQuantity></a:InvoiceLine>", 501,
                "</Invoice>"),
         422, lines},
        {"10,000 lines",
         repeat(arena, "<Invoice " UBL " " CBC " " CAC ">",
                "<a:InvoiceLine><c:InvoicedQuantity unitCode=\"LTR\">1</c:InvoicedQuantity></a:InvoiceLine>", 10000,
                "</Invoice>"),
         422, lines},
    };
    check_invoices(site, &owner, cases, sizeof cases / sizeof cases[0]);
}

/* Attachments. */

typedef struct Attached {
    const char *name, *kept; /**< NULL: refused */
    Text bytes;
    const char *words; /**< of the refusal; NULL: the file is not what its name says */
} Attached;

#define PDF TEXT_INIT("%PDF-1.4\n%%EOF\n")

static Text draft(HttpClient *client, Text token) {
    const HttpAnswer made = site_send(client, TEXT("/documents/new"), token, "type=certificate-of-origin");
    CHECK_INT(made.code, 303);
    Text rest = http_header(&made, "location");
    rest = text_slice(rest, sizeof "/documents/" - 1, rest.size);
    const Text id = text_cut(&rest, '/');
    return arena_format(client->arena, "/documents/%.*s", TEXT_ARG(id));
}

static void check_attached(const Site *site, HttpClient *client, Text page, Text token, const Attached *one) {
    const Text before = site_state(site);
    const Text path = arena_format(site->arena, "%.*s/attachments", TEXT_ARG(page));
    const HttpAnswer answer = upload(client, path, token, "file", text_of(one->name), one->bytes);
    const Text visible = html_visible_text(site->arena, answer.body);
    if (one->kept == NULL) {
        const Text words = text_of(one->words != NULL ? one->words : "not what its name says");
        if (answer.code != 422 || !text_find(visible, words, &(size_t){0}) || !text_equal(site_state(site), before)) {
            test_fail(__FILE__, __LINE__, "%s: %d %.*s", one->name, answer.code, TEXT_ARG(visible));
        }
        return;
    }
    if (answer.code != 303) {
        test_fail(__FILE__, __LINE__, "%s: %d %.*s", one->name, answer.code, TEXT_ARG(visible));
    }
    const char *newest = "FROM documents_attachment ORDER BY attachment_id DESC LIMIT 1";
    CHECK_TEXT(site_text(site, "SELECT name AS text %s", newest), one->kept);
    char id[ID_TEXT_SIZE + 1];
    id_write(site_number(site, "SELECT attachment_id AS number %s", newest), id);
    const HttpAnswer file =
        http_get(client, "GET", arena_format(site->arena, "%.*s/%s", TEXT_ARG(path), id), (Text){NULL, 0});
    CHECK_INT(file.code, 200);
    CHECK(text_equal(file.body, one->bytes));
    CHECK_TEXT(http_header(&file, "x-content-type-options"), "nosniff");
    CHECK(http_header(&file, "set-cookie").size == 0);
    const HttpAnswer shown = http_get(client, "GET", page, (Text){NULL, 0});
    CHECK_OK(html_check(site->arena, shown.body));
    CHECK(text_find(html_visible_text(site->arena, shown.body), text_of(one->kept), &(size_t){0}));
}

SITE_TEST(attachments_are_what_their_names_say) {
    static const Attached cases[] = {
        {"invoice.pdf", "invoice.pdf", PDF},
        {"INVOICE.PDF", "INVOICE.PDF", PDF},
        {"../../etc/passwd.pdf", "passwd.pdf", PDF},
        {"C:\\temp\\..\\a.pdf", "a.pdf", PDF},
        {"a&b <c> 'd'.pdf", "a&b <c> 'd'.pdf", PDF},
        {"фактура № 17.pdf", "фактура № 17.pdf", PDF},
        {"發票 2024.pdf", "發票 2024.pdf", PDF},
        {"=cmd|calc.pdf", "=cmd|calc.pdf", PDF},
        {"x.xml", "x.xml", TEXT_INIT("\xef\xbb\xbf <?xml version=\"1.0\"?><a/>")},
        {"x.png", "x.png", TEXT_INIT("\x89PNG\r\n\x1a\nrest")},
        {"x.jpeg", "x.jpeg", TEXT_INIT("\xff\xd8\xff\xe0rest")},
        {"program.pdf", NULL, TEXT_INIT("MZ\x90")},
        {"script.pdf", NULL, TEXT_INIT("#!/bin/sh\n")},
        {"page.png", NULL, TEXT_INIT("<html><script>alert(1)</script></html>")},
        {"page.html", NULL, TEXT_INIT("<html></html>")},
        {"drawing.svg", NULL, TEXT_INIT("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")},
        {"page.pdf.html", NULL, PDF},
        {"invoice", NULL, PDF},
        {".pdf.exe", NULL, PDF},
        {"invoice.png", NULL, PDF},
        {"invoice.pdf", NULL, TEXT_INIT("\x89PNG\r\n\x1a\n")},
        {"late.pdf", NULL, TEXT_INIT("junk before %PDF-1.4")},
        {"archive.zip", NULL, TEXT_INIT("PK\x03\x04")},
        {"sheet.csv", NULL, TEXT_INIT("=1+1")},
        {"empty.pdf", NULL, TEXT_INIT(""), "is empty"},
    };
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    const Text token = site_form_token(&owner), page = draft(&owner, token);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_attached(site, &owner, page, token, &cases[i]);
    }
    const Text limit = repeat(site->arena, "%PDF-1.4", "0123456789abcdef", 655360, ""); /* a few bytes over 10 MB */
    const Text endless = repeat(site->arena, "", "n", 300, ".pdf");
    const Text long_name = repeat(site->arena, "", "n", 200, ".pdf");
    check_attached(site, &owner, page, token, &(Attached){"large.pdf", NULL, limit, "larger than 10 MB"});
    check_attached(site, &owner, page, token, &(Attached){endless.data, NULL, PDF, "name that cannot be used"});
    check_attached(site, &owner, page, token,
                   &(Attached){long_name.data, repeat(site->arena, "", "n", 146, ".pdf").data, PDF});
    for (int i = 0; i < 28; i++) {
        check_attached(site, &owner, page, token, &cases[0]);
    }
    check_attached(site, &owner, page, token, &(Attached){"one-too-many.pdf", NULL, PDF, "at most 40 files"});
}
