/** Finds the command, prepares what it runs with, and runs it. */
#include "program/program.h"
#include "base/options.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "outside/jail.h"
#include "program/data.h"
#include "program/parts.h"

enum { ARENA_BUDGET = 512 * 1024 * 1024 };

static const Command *const own_commands[] = {&serve_command,       &backup_command, &restore_command, &check_command,
                                              &demonstrate_command, &seal_command,   &renew_command,   &pdfa_command};
enum { OWN_COMMAND_COUNT = sizeof own_commands / sizeof own_commands[0] };

static const char shared_help[] =
    "\n"
    "options of every command:\n"
    "  --data DIR            the data directory\n"
    "  --database ADDRESS    sqlite:PATH or postgresql://USER@HOST/NAME (default: sqlite:DIR/database.sqlite)\n"
    "  --address A           to listen on (default: 127.0.0.1)\n"
    "  --port N              to listen on (default: 8080; 0: any free one)\n"
    "  --public-url URL      https://HOST[:PORT] as browsers see it\n"
    "  --mail ADDRESS        smtp://HOST:PORT, smtps://HOST:PORT or spool:DIRECTORY (default: spool:DIR/mail)\n"
    "  --mail-login FILE     user and password for the mail relay, a line each\n"
    "  --outbound LIST       servers of trust services that may be asked: \"https://tsa.example http://ocsp.example\"\n"
    "  --trusted-proxy A     the address of the proxy whose X-Forwarded-For is believed\n"
    "Given to init they are kept in DIR/tradepost.conf; given to others they go before it.\n"
    "\n"
    "exit codes: 0 done or valid; 1 refused or not valid, with the reason on standard error; 2 wrong use\n";

static const Command *own_command(Text name) {
    for (size_t i = 0; i < OWN_COMMAND_COUNT; i++) {
        if (text_equal(text_of(own_commands[i]->name), name)) {
            return own_commands[i];
        }
    }
    return NULL;
}

static int show_commands(FILE *output, int exit_code) {
    (void)fputs("use: tradepost COMMAND [OPTION]...\n\ncommands:\n", output);
    for (size_t i = 0; i < capability_count; i++) {
        for (size_t j = 0; j < capabilities[i]->command_count; j++) {
            const Command *command = &capabilities[i]->commands[j];
            (void)fprintf(output, "  %-14s %s\n", command->name, command->summary);
        }
    }
    for (size_t i = 0; i < OWN_COMMAND_COUNT; i++) {
        (void)fprintf(output, "  %-14s %s\n", own_commands[i]->name, own_commands[i]->summary);
    }
    (void)fputs("\n\"tradepost COMMAND --help\" tells more about one of them\n", output);
    return exit_code;
}

/* Standard output that cannot be written (a full disk) must not pass for success. */
static int show_help(const Command *command) {
    (void)fputs(command->help, stdout);
    (void)fputs(shared_help, stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static bool asks_for_help(int count, char *const *arguments) {
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--") == 0) {
            return false;
        }
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/** A command's context with what belongs to it alone. */
typedef struct Running {
    CommandContext context;
    Settings settings;
    Data *data;
} Running;

MUST_USE static Status take_over(Running *running) {
    running->context.database = running->data->database;
    running->context.outside = running->data->outside;
    running->settings = running->data->settings;
    return parts_start(running->context.database, running->context.outside);
}

static Status open_data(CommandContext *context) {
    Running *running = (Running *)context;
    TRY(data_open(context->data, context->settings, DATA_FOR_COMMAND, &running->data));
    return take_over(running);
}

static Status make_data(CommandContext *context) {
    Running *running = (Running *)context;
    TRY(data_make(context->data, context->settings, &running->data));
    return take_over(running);
}

/* The data directory's path stays right wherever it is used, and has no slash at its end. */
static Text clean_path(Text path) {
    while (path.size > 1 && path.data[path.size - 1] == '/') {
        path.size--;
    }
    return path;
}

static int run_command(const Command *command, bool own, CommandContext *context) {
    if (!own) {
        const Status walls = jail_start();
        if (walls != STATUS_OK) {
            return command_refuse(walls);
        }
    }
    if (!command->without_database) {
        if (context->data.size == 0) {
            return command_wrong_use_because(command->name, "--data DIR is missing");
        }
        const Status opened = context->open(context);
        if (opened != STATUS_OK) {
            return command_refuse(opened);
        }
    }
    const int code = command->run(context);
    return fflush(stdout) == 0 ? code : 1;
}

static int run_with(Arena *arena, const Command *command, bool own, int count, char **arguments) {
    Option options[SHARED_OPTION_COUNT];
    GivenSettings given = {.port = {NULL, 0}};
    const Parts parts = parts_gather(arena);
    Running running = {.context = {.arena = arena,
                                   .job_kinds = (const JobKind *const *)parts.job_kinds,
                                   .job_kind_count = parts.job_kind_count,
                                   .open = open_data,
                                   .make = make_data}};
    settings_options(&running.context.data, &given, options);
    if (options_take(&count, arguments, options, SHARED_OPTION_COUNT) != STATUS_OK ||
        settings_check_given(&given) != STATUS_OK) {
        return command_wrong_use(command->name);
    }
    running.settings = given.settings;
    running.context.settings = &running.settings;
    running.context.data = clean_path(running.context.data);
    running.context.argument_count = count;
    running.context.arguments = arguments;
    const int code = run_command(command, own, &running.context);
    data_close(running.data);
    jail_stop();
    return code;
}

int program_run(int argument_count, char **arguments) {
    if (argument_count < 2) {
        return show_commands(stderr, 2);
    }
    const Text name = text_of(arguments[1]);
    if (text_equal(name, TEXT("--help")) || text_equal(name, TEXT("-h")) || text_equal(name, TEXT("help"))) {
        return show_commands(stdout, fflush(stdout) == 0 ? 0 : 1);
    }
    const Command *own = own_command(name);
    const Command *command = own != NULL ? own : parts_command(name);
    if (command == NULL) {
        (void)fprintf(stderr, "tradepost: there is no command \"%s\"\n\n", arguments[1]);
        return show_commands(stderr, 2);
    }
    if (asks_for_help(argument_count - 2, arguments + 2)) {
        return show_help(command);
    }
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a write past a quota is an error like that of a full disk */
    Arena *arena = arena_open(ARENA_BUDGET);
    const int code = run_with(arena, command, own != NULL, argument_count - 2, arguments + 2);
    arena_close(arena);
    return code;
}
