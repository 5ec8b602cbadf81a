/** tradepost verify, and what both commands share. */
#include "capabilities/documents/documents_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/options.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents_judge.h"
#include "capabilities/documents/documents_renew.h"
#include "documents_sql.h"
#include "outside/file.h"

enum { PDF_BYTES = 256 * 1024 * 1024 };

typedef struct FindChamber {
    Arena *arena;
    Text code;
    ChamberContext chamber;
} FindChamber;

static Status find_chamber(Connection *connection, void *context) {
    FindChamber *find = context;
    if (find->code.size > 0) {
        const Status status = chambers_of_code(connection, find->arena, find->code, &find->chamber);
        return status == STATUS_NOT_FOUND
                   ? fail(status, "There is no chamber with the code %.*s. Try: tradepost chambers",
                          TEXT_ARG(find->code))
                   : status;
    }
    Chambers all = {0};
    TRY(chambers_all(connection, find->arena, &all));
    if (all.count == 0) {
        return fail(STATUS_NOT_FOUND, "There is no chamber yet. Try: tradepost init");
    }
    if (all.count > 1) {
        return fail(STATUS_INVALID,
                    "There are several chambers here. Name one with --chamber CODE; tradepost chambers lists them.");
    }
    find->chamber = all.items[0];
    return STATUS_OK;
}

Status documents_command_chamber(CommandContext *context, Text code, ChamberContext *ret_chamber) {
    FindChamber find = {.arena = context->arena, .code = code};
    TRY(database_read(context->database, find_chamber, &find));
    *ret_chamber = find.chamber;
    return STATUS_OK;
}

/** What the register says of a file. */
typedef struct Lookup {
    Arena *arena;
    Sha256 digest;
    bool found;
    DocumentsRow row;
    Text chamber;
} Lookup;

static Status look_up(Connection *connection, void *context) {
    Lookup *lookup = context;
    Chambers all = {0};
    lookup->found = false;
    TRY(chambers_all(connection, lookup->arena, &all));
    for (size_t i = 0; i < all.count && !lookup->found; i++) {
        DocumentsByRevisionRows rows = {0};
        TRY(documents_by_revision(connection, lookup->arena, all.items[i].id, sha256_text(&lookup->digest), &rows));
        if (rows.count > 0) {
            TRY(documents_by_id(connection, lookup->arena, all.items[i].id, rows.items[0].document_id, &lookup->row));
            lookup->found = time_is_set(lookup->row.issued_at);
            lookup->chamber = all.items[i].name;
        }
    }
    return STATUS_OK;
}

/** What this installation trusts. */
static Status read_anchors(CommandContext *context, Text *ret_certificates) {
    const TrustAnchors *anchors = NULL;
    TRY(outside_anchors(context->outside, &anchors));
    *ret_certificates = trust_anchors_pem(context->arena, anchors);
    return STATUS_OK;
}

typedef struct Verdict {
    Text word;
    bool good;
} Verdict;

static Verdict verdict_of(const DocumentJudgement *judgement, bool with_register, const Lookup *lookup) {
    if (!judgement->intact) {
        return (Verdict){judgement->signed_at_all ? TEXT("broken") : TEXT("not-sealed"), false};
    }
    if (!with_register) {
        return (Verdict){TEXT("intact"), true};
    }
    if (!judgement->trusted) {
        return (Verdict){TEXT("untrusted"), false};
    }
    if (!lookup->found) {
        return (Verdict){TEXT("not-issued"), false};
    }
    const bool valid = text_equal(lookup->row.state, TEXT("issued"));
    return (Verdict){valid ? TEXT("valid") : lookup->row.state, valid};
}

static const char *proven_date(Time time, char *room, size_t size) {
    int year = 0, month = 0, day = 0;
    time_date(time, &year, &month, &day);
    (void)snprintf(room, size, "%04d-%02d-%02d", year, month, day);
    return room;
}

static void print_verdict(const Verdict *verdict, const DocumentJudgement *judgement, const Lookup *lookup, bool json,
                          Text digest) {
    if (json) {
        printf("{\"verdict\":\"%.*s\",\"sha256\":\"%.*s\",\"number\":\"%.*s\",\"signature\":%.*s}\n",
               TEXT_ARG(verdict->word), TEXT_ARG(digest), TEXT_ARG(lookup->row.number), TEXT_ARG(judgement->json));
        return;
    }
    printf("%.*s\n", TEXT_ARG(verdict->word));
    if (lookup->found) {
        printf("number %.*s, %.*s\n", TEXT_ARG(lookup->row.number), TEXT_ARG(lookup->chamber));
    }
    printf("%.*s\n", TEXT_ARG(judgement->words));
    if (judgement->intact && judgement->level.size > 0) {
        char room[32];
        const bool is_proven = time_is_set(judgement->proven);
        printf("level %.*s%s%s\n", TEXT_ARG(judgement->level), is_proven ? ", proven to exist since " : "",
               is_proven ? proven_date(judgement->proven, room, sizeof room) : "");
    }
    if (text_equal(verdict->word, TEXT("intact"))) {
        printf("Whether to trust the signer is not judged: no --data names the installation that issued it.\n");
    }
}

int documents_verify_command(CommandContext *context) {
    Text file = {0};
    size_t files = 0;
    bool json = false;
    const Option options[] = {{"json", NULL, &json, false}};
    if (options_read(context->argument_count, context->arguments, options, 1, &file, 1, &files) != STATUS_OK) {
        return command_wrong_use("verify");
    }
    if (files != 1) {
        return command_wrong_use_because("verify", "name the PDF file to verify");
    }
    const bool with_register = context->data.size > 0;
    Text pdf = {0}, anchors = {0};
    Lookup lookup = {.arena = context->arena};
    DocumentJudgement judgement = {0};
    Status status = with_register ? context->open(context) : STATUS_OK;
    if (status == STATUS_OK && with_register) {
        status = read_anchors(context, &anchors);
    }
    if (status == STATUS_OK) {
        status = file_read(context->arena, AT_FDCWD, arena_c_string(context->arena, file), PDF_BYTES, &pdf);
    }
    if (status == STATUS_OK) {
        status = documents_judge(context->arena, pdf, anchors, &judgement);
    }
    if (status == STATUS_OK && with_register) {
        lookup.digest = sha256(pdf);
        status = database_read(context->database, look_up, &lookup);
    }
    if (status != STATUS_OK) {
        return command_refuse(status);
    }
    const Verdict verdict = verdict_of(&judgement, with_register, &lookup);
    const Sha256 digest = sha256(pdf);
    print_verdict(&verdict, &judgement, &lookup, json, sha256_hex(context->arena, &digest));
    return verdict.good ? 0 : 1;
}

const Command documents_commands[DOCUMENTS_COMMANDS] = {
    {.name = "issue",
     .summary = "certify, number and seal documents from files",
     .help =
         "use: tradepost issue --data DIR --from FILE|FOLDER --out FILE.pdf|FOLDER [options] [FIELD=VALUE ...]\n"
         "\n"
         "The whole path in one call: reads an application (.json), a UBL 2 invoice (.xml), or a document with its "
         "data "
         "inside\n"
         "(.pdf, or its .xml), checks it, takes the next number, draws, seals and stores the document, and writes the "
         "sealed PDF. With a folder, every .json and "
         ".xml in it.\n"
         "Prints number, code and file of each, separated by tabs.\n"
         "\n"
         "  --chamber CODE    which chamber issues; needed where there are several\n"
         "  --type TYPE       document type; the usual one where none is given\n"
         "  --own-file PDF    the firm's own PDF, for types that certify one; else that beside FILE, with its name\n"
         "  --firm NUMBER     registration number of the member firm; else it is found by the exporter's name\n"
         "  --officer NAME    who certifies, as printed in box 8\n"
         "  FIELD=VALUE       sets or changes a field, as destination_country=DE or lines[0].unit=KGM\n"
         "\n"
         "Exit code: 0 issued, 1 refused with the reason, 2 wrong use.\n",
     .run = documents_issue_command},
    {.name = "archive",
     .summary = "show how long sealed documents are protected, or renew those that are due",
     .help = "use: tradepost archive --data DIR [--renew]\n"
             "\n"
             "A line for each chamber: how many sealed files are protected, how many of them are due for renewal, when "
             "the next one is\n"
             "due, and when the first protection ends. With --renew those that are due are renewed now; a serving "
             "program does that\n"
             "by itself every day.\n"
             "\n"
             "Exit code: 0 done, 1 something could not be renewed, 2 wrong use.\n",
     .run = documents_archive_command},
    {.name = "verify",
     .summary = "tell whether a PDF is a sealed and valid document",
     .help = "use: tradepost verify FILE.pdf [--data DIR] [--json]\n"
             "\n"
             "Without --data: whether the file's signatures are intact. With --data: also whether this installation "
             "sealed these\n"
             "very bytes, and whether the document is valid, replaced or cancelled.\n"
             "\n"
             "Exit code: 0 valid (without --data: intact), 1 not, with the reason, 2 wrong use.\n",
     .without_database = true,
     .run = documents_verify_command},
};
