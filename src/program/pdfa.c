/** tradepost pdfa: whether a file conforms to PDF/A, judged in the jail. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "outside/file.h"
#include "outside/jail.h"
#include "pdf/conformance.h"
#include "program/program.h"

enum { FILE_BYTES = 256 * 1024 * 1024, HEAD_SIZE = 2 };

static const char help[] =
    "use: tradepost pdfa FILE.pdf [--flavour 2b|2u|3b] [--json]\n"
    "\n"
    "Checks whether a file conforms to PDF/A: ISO 19005-2 level B or U, or ISO 19005-3 level B. Each breach is named "
    "with its clause, the\n"
    "number of the rule within the clause, the object, and a sentence. The file is read in a process of its own that "
    "can do nothing else.\n"
    "\n"
    "  --flavour F    2b, 2u or 3b; else what the file itself claims, and 3b when it claims nothing\n"
    "  --json         the same as one JSON object\n"
    "\n"
    "Exit code: 0 the file conforms, 1 it does not, or cannot be read, 2 wrong use.\n"
    "\n"
    "example: tradepost pdfa certificate.pdf --flavour 3b\n";

/* Input: "2b", "2u", "3b", or "--" for what the file claims; then the file. Output: "0" or "1" for the verdict; the
 * text and the JSON, divided by a zero byte. */
static Status judge(Text input, Buffer *output) {
    PdfaFlavour flavour = PDFA_3B;
    const Text wanted = text_slice(input, 0, HEAD_SIZE), pdf = text_slice(input, HEAD_SIZE, input.size);
    if (text_equal(wanted, TEXT("--"))) {
        if (pdfa_flavour_claimed(output->arena, pdf, &flavour) != STATUS_OK) {
            (void)failure_take();
        }
    } else {
        TRY(pdfa_flavour_read(wanted, &flavour));
    }
    PdfaReport report = {0};
    Text text = {0}, json = {0};
    TRY(pdfa_check(output->arena, pdf, flavour, &report));
    TRY(pdfa_report_text(output->arena, &report, &text));
    TRY(pdfa_report_json(output->arena, &report, &json));
    buffer_append_byte(output, report.conforms ? '1' : '0');
    buffer_append(output, text);
    buffer_append_byte(output, '\0');
    buffer_append(output, json);
    return STATUS_OK;
}

static const Jail pdfa_jail = {
    .name = "PDF/A checker", .function = judge, .memory = (size_t)1 << 30, .time_limit = (int64_t)60 * 1000 * 1000};

static Status run_judge(CommandContext *context, Text file, Text flavour, Text *ret_output) {
    Text pdf = {0};
    void *memory = NULL;
    TRY(file_read(context->arena, AT_FDCWD, arena_c_string(context->arena, file), FILE_BYTES, &pdf));
    TRY(arena_try_allocate(context->arena, HEAD_SIZE + pdf.size, &memory));
    memcpy(memory, flavour.data, HEAD_SIZE);
    if (pdf.size > 0) {
        memcpy((char *)memory + HEAD_SIZE, pdf.data, pdf.size);
    }
    TRY(jail_start());
    return jail_run(&pdfa_jail, (Text){memory, HEAD_SIZE + pdf.size}, context->arena, ret_output);
}

static int run(CommandContext *context) {
    Text file = {0}, wanted = {0}, output = {0};
    size_t files = 0;
    bool json = false, given = false;
    PdfaFlavour flavour = PDFA_3B;
    const Option options[] = {{"flavour", &wanted, &given, false}, {"json", NULL, &json, false}};
    if (options_read(context->argument_count, context->arguments, options, 2, &file, 1, &files) != STATUS_OK ||
        (given && pdfa_flavour_read(wanted, &flavour) != STATUS_OK)) {
        return command_wrong_use("pdfa");
    }
    if (files != 1) {
        return command_wrong_use_because("pdfa", "name the PDF file to check");
    }
    const Status status = run_judge(context, file, given ? wanted : TEXT("--"), &output);
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    Text rest = text_slice(output, 1, output.size);
    const Text text = text_cut(&rest, '\0');
    const Text shown = json ? rest : text;
    (void)printf("%.*s", TEXT_ARG(shown));
    return output.size > 0 && output.data[0] == '1' ? 0 : 1;
}

const Command pdfa_command = {
    .name = "pdfa", .summary = "checks whether a file is PDF/A", .help = help, .without_database = true, .run = run};
