/** Files and programs for tests of PDF files. */
#include "testing/pdf_fixture.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "testing/test.h"

enum { FIXTURE_FILE_MAX = 64 << 20, FIXTURE_OUTPUT_MAX = 8 << 20 };

bool fixture_has_inputs(void) {
    return access(FIXTURE_PDF_INPUTS, R_OK | X_OK) == 0;
}

static int fixture_is_file(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

Texts fixture_inputs(Arena *arena) {
    struct dirent **entries = NULL;
    const int count = scandir(FIXTURE_PDF_INPUTS, &entries, fixture_is_file, alphasort);
    CHECK(count > 0);
    Texts names = {arena_new_array(arena, Text, (size_t)count), (size_t)count};
    for (int i = 0; i < count; i++) {
        names.items[i] = arena_copy(arena, text_of(entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return names;
}

static Text fixture_read_stream(Arena *arena, FILE *stream, size_t maximum) {
    Buffer bytes = buffer_make(arena, maximum);
    char part[16384];
    for (size_t got = fread(part, 1, sizeof(part), stream); got > 0; got = fread(part, 1, sizeof(part), stream)) {
        buffer_append(&bytes, (Text){part, got});
    }
    buffer_append_byte(&bytes, '\0');
    Text text = {0};
    CHECK_OK(buffer_take(&bytes, &text));
    return text_slice(text, 0, text.size - 1);
}

Text fixture_read_file(Arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        test_fail(__FILE__, __LINE__, "%s cannot be opened", path);
    }
    const Text bytes = fixture_read_stream(arena, file, FIXTURE_FILE_MAX);
    fclose(file);
    /* An exact copy, so that the address sanitizer sees a read past the end. */
    char *exact = malloc(bytes.size > 0 ? bytes.size : 1);
    CHECK(exact != NULL);
    memcpy(exact, bytes.data, bytes.size);
    arena_defer(arena, free, exact);
    return (Text){exact, bytes.size};
}

void fixture_write_file(const char *path, Text bytes) {
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    CHECK_INT(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    CHECK_INT(fclose(file), 0);
}

int fixture_run(Arena *arena, Text *ret_output, const char *format, ...) {
    char command[4096];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    CHECK(size > 0 && (size_t)size < sizeof(command));
    FILE *output = popen(arena_format(arena, "{ %s ; } 2>&1 </dev/null", command).data, "r");
    CHECK(output != NULL);
    *ret_output = fixture_read_stream(arena, output, FIXTURE_OUTPUT_MAX);
    const int status = pclose(output);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool fixture_has_program(const char *name) {
    Arena *arena = arena_open(1 << 20);
    Text output;
    const bool has = fixture_run(arena, &output, "command -v %s", name) == 0;
    arena_close(arena);
    return has;
}

bool fixture_contains(Text text, const char *part) {
    size_t at = 0;
    return text_find(text, text_of(part), &at);
}

#define FIXTURE_CONTENT "BT /F1 18 Tf 60 760 Td (A certificate) Tj ET"

static const char *const fixture_objects[] = {
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
    "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
};
enum { FIXTURE_OBJECTS = sizeof(fixture_objects) / sizeof(fixture_objects[0]) };

Text fixture_pdf(Arena *arena) {
    Buffer pdf = buffer_make(arena, 1 << 16);
    size_t offsets[FIXTURE_OBJECTS + 1];
    buffer_append(&pdf, TEXT("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"));
    for (int i = 0; i < FIXTURE_OBJECTS; i++) {
        offsets[i] = pdf.size;
        buffer_format(&pdf, "%d 0 obj\n%s\nendobj\n", i + 1, fixture_objects[i]);
    }
    offsets[FIXTURE_OBJECTS] = pdf.size;
    buffer_format(&pdf, "5 0 obj\n<< /Length %zu >>\nstream\n%s\nendstream\nendobj\n", sizeof(FIXTURE_CONTENT) - 1,
                  FIXTURE_CONTENT);
    const size_t table = pdf.size;
    buffer_format(&pdf, "xref\n0 %d\n0000000000 65535 f \n", FIXTURE_OBJECTS + 2);
    for (int i = 0; i <= FIXTURE_OBJECTS; i++) {
        buffer_format(&pdf, "%010zu 00000 n \n", offsets[i]);
    }
    buffer_format(&pdf, "trailer\n<< /Size %d /Root 1 0 R /ID [<0123456789abcdef> <0123456789abcdef>] >>\n",
                  FIXTURE_OBJECTS + 2);
    buffer_format(&pdf, "startxref\n%zu\n%%%%EOF\n", table);
    return (Text){pdf.data, pdf.size};
}

static void fixture_entry(Buffer *data, unsigned char type, size_t second, unsigned char third) {
    const char entry[] = {(char)type, (char)(second >> 8), (char)second, (char)third};
    buffer_append(data, (Text){entry, sizeof(entry)});
}

Text fixture_pdf_with_streams(Arena *arena) {
    Buffer pdf = buffer_make(arena, 1 << 16), index = buffer_make(arena, 4096), packed = buffer_make(arena, 4096);
    Buffer data = buffer_make(arena, 4096);
    for (int i = 0; i < FIXTURE_OBJECTS; i++) {
        buffer_format(&index, "%d %zu ", i + 1, packed.size);
        buffer_format(&packed, "%s\n", fixture_objects[i]);
    }
    buffer_append(&pdf, TEXT("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"));
    const size_t contents = pdf.size;
    buffer_format(&pdf, "5 0 obj\n<< /Length %zu >>\nstream\n%s\nendstream\nendobj\n", sizeof(FIXTURE_CONTENT) - 1,
                  FIXTURE_CONTENT);
    const size_t objects = pdf.size;
    buffer_format(&pdf, "6 0 obj\n<< /Type /ObjStm /N %d /First %zu /Length %zu >>\nstream\n", FIXTURE_OBJECTS,
                  index.size, index.size + packed.size);
    buffer_append(&pdf, (Text){index.data, index.size});
    buffer_append(&pdf, (Text){packed.data, packed.size});
    buffer_append(&pdf, TEXT("\nendstream\nendobj\n"));
    const size_t table = pdf.size;
    fixture_entry(&data, 0, 0, 255);
    for (int i = 0; i < FIXTURE_OBJECTS; i++) {
        fixture_entry(&data, 2, 6, (unsigned char)i);
    }
    fixture_entry(&data, 1, contents, 0);
    fixture_entry(&data, 1, objects, 0);
    fixture_entry(&data, 1, table, 0);
    buffer_format(&pdf, "7 0 obj\n<< /Type /XRef /Size 8 /Root 1 0 R /W [1 2 1] /Length %zu >>\nstream\n", data.size);
    buffer_append(&pdf, (Text){data.data, data.size});
    buffer_format(&pdf, "\nendstream\nendobj\nstartxref\n%zu\n%%%%EOF\n", table);
    return (Text){pdf.data, pdf.size};
}
