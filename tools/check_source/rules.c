/** Rules about the text of C files: lengths, banned functions, headers, messages, waivers. */
#include <string.h>

#include "check_source.h"

typedef struct Banned {
    const char *name;
    const char *instead;
    const char *rooms; /**< that may, space-separated; NULL: none */
} Banned;

/** Tests count as the room testing. */
#define TEST_ROOMS   "testing tools tests bench fuzz"
#define MEMORY_ROOMS "base database html outside pdf trust work http " TEST_ROOMS
#define MAIN_ROOMS   "program " TEST_ROOMS

static const Banned banned[] = {
    {"strcpy", "arena_copy", NULL},
    {"strcat", "buffer_append", NULL},
    {"strncpy", "arena_copy", NULL},
    {"strncat", "buffer_append", NULL},
    {"sprintf", "arena_format", NULL},
    {"vsprintf", "arena_format", NULL},
    {"gets", "text_cut over what was read", NULL},
    {"strtok", "text_cut", NULL},
    {"strtok_r", "text_cut", NULL},
    {"atoi", "text_to_int", NULL},
    {"atol", "text_to_int", NULL},
    {"atoll", "text_to_int", NULL},
    {"atof", "text_to_int, or a decimal kept as Text", NULL},
    {"scanf", "text_cut and text_to_int", NULL},
    {"sscanf", "text_cut and text_to_int", NULL},
    {"fscanf", "text_cut and text_to_int", TEST_ROOMS},
    {"alloca", "arena_allocate", NULL},
    {"system", "posix_spawn in outside", TEST_ROOMS},
    {"popen", "posix_spawn in outside", TEST_ROOMS},
    {"rand", "random_bytes", NULL},
    {"srand", "random_bytes", NULL},
    {"tmpnam", "mkstemp", NULL},
    {"mktemp", "mkstemp", NULL},
    {"setjmp", "Status and TRY", NULL},
    {"longjmp", "Status and TRY", NULL},
    {"localtime", "base/clock.h", NULL},
    {"gmtime", "base/clock.h", NULL},
    {"ctime", "base/clock.h", NULL},
    {"asctime", "base/clock.h", NULL},
    {"malloc", "arena_allocate", MEMORY_ROOMS},
    {"calloc", "arena_allocate_array", MEMORY_ROOMS},
    {"realloc", "a Buffer", MEMORY_ROOMS},
    {"free", "nothing: the arena goes as a whole", MEMORY_ROOMS},
    {"strdup", "arena_copy", TEST_ROOMS},
    {"printf", "a view, or a command's own file (NAME_command.c)", MAIN_ROOMS},
    {"vprintf", "a view, or a command's own file (NAME_command.c)", MAIN_ROOMS},
    {"puts", "a view, or a command's own file (NAME_command.c)", MAIN_ROOMS},
    {"putchar", "a view, or a command's own file (NAME_command.c)", MAIN_ROOMS},
    {"exit", "a returned Status", MAIN_ROOMS " outside"},
    {"getenv", "an option that main hands down", MAIN_ROOMS},
    {"fork", "posix_spawn in outside", "outside testing tests tools bench"},
};

static bool room_among(const char *rooms, Text room) {
    Text rest = rooms == NULL ? (Text){NULL, 0} : text_of(rooms);
    while (rest.size > 0) {
        if (text_equal(text_cut(&rest, ' '), room)) {
            return true;
        }
    }
    return false;
}

static bool is_command_file(const Source *source) {
    return source->capability &&
           (text_ends_with(source->path, TEXT("_command.c")) || text_ends_with(source->path, TEXT("_commands.c")));
}

static bool is_output(const Banned *one) {
    return text_starts_with(text_of(one->instead), TEXT("a view"));
}

void rule_banned(Source *source) {
    const Text code = source->code;
    for (size_t i = 0; i < sizeof(banned) / sizeof(banned[0]); i++) {
        const Banned *one = &banned[i];
        const Text room = source->test ? TEXT("testing") : source->room;
        if (room_among(one->rooms, room) || (is_output(one) && is_command_file(source))) {
            continue;
        }
        size_t from = 0;
        size_t at = 0;
        while (text_find(text_slice(code, from, code.size), text_of(one->name), &at)) {
            const size_t start = from + at;
            from = start + 1;
            size_t end = start + strlen(one->name);
            const bool word = source_word_at(code, start, one->name);
            while (end < code.size && code.data[end] == ' ') {
                end++;
            }
            const bool member = start > 0 && (code.data[start - 1] == '.' || code.data[start - 1] == '>');
            if (!word || member || end >= code.size || code.data[end] != '(') {
                continue;
            }
            const size_t line = source_line(source, start);
            const char *waiver = arena_c_string(source->arena, arena_format(source->arena, "allow %s", one->name));
            if (!source_waived(source, waiver, line - 1, line)) {
                report(source, line, "%s is banned here; use %s", one->name, one->instead);
            }
        }
    }
}

void rule_length(Source *source) {
    const size_t lines = source->raw.size == 0 ? 0 : source_line(source, source->raw.size - 1);
    if (lines > SOURCE_FILE_LINES_MAX && !source_waived(source, "long file", 1, lines)) {
        report(source, lines, "%zu lines; a file has at most %d: split it by use", lines, SOURCE_FILE_LINES_MAX);
    }
    size_t behind = 0;
    for (size_t i = 0; i < source->functions.count; i++) {
        const SourceFunction *function = &source->functions.items[i];
        const size_t length = function->last_line - function->first_line + 1;
        if (function->definition && length > SOURCE_FUNCTION_LINES_MAX &&
            !source_waived(source, "long", behind + 1, function->last_line)) {
            report(source, function->first_line, "%.*s has %zu lines; a function has at most %d",
                   TEXT_ARG(function->name), length, SOURCE_FUNCTION_LINES_MAX);
        }
        behind = function->last_line;
    }
}

/** "src/base/text.h" is guarded by TRADEPOST_BASE_TEXT_H. */
static void check_guard(const Source *source) {
    Text path = source->path;
    if (text_starts_with(path, TEXT("src/"))) {
        path = text_slice(path, strlen("src/"), path.size);
    }
    char *guard = arena_c_string(source->arena, arena_format(source->arena, "TRADEPOST_%.*s", TEXT_ARG(path)));
    for (char *letter = guard; *letter != '\0'; letter++) {
        if (*letter >= 'a' && *letter <= 'z') {
            *letter = (char)(*letter - 'a' + 'A');
        } else if (!source_is_word(*letter)) {
            *letter = '_';
        }
    }
    const Text open = arena_format(source->arena, "#ifndef %s\n#define %s\n", guard, guard);
    size_t at;
    if (!text_find(source->uncommented, open, &at)) {
        report(source, 1, "the guard of this header is %s", guard);
    }
}

static bool returns_status(Text head, Text name) {
    const Text before = text_slice(head, 0, (size_t)(name.data - head.data));
    return text_ends_with(text_trim(before), TEXT("Status"));
}

/** A docstring that names a status which does not exist misleads its readers. */
static void check_statuses(const Source *source) {
    static const char start_of_status[] = "STATUS_";
    size_t from = 0;
    size_t at = 0;
    while (source->statuses.size > 0 &&
           text_find(text_slice(source->raw, from, source->raw.size), text_of(start_of_status), &at)) {
        const size_t start = from + at;
        size_t end = start;
        while (end < source->raw.size && source_is_word(source->raw.data[end])) {
            end++;
        }
        from = end;
        const bool begins = start == 0 || !source_is_word(source->raw.data[start - 1]);
        const Text word = text_slice(source->raw, start, end);
        Text rest = source->statuses;
        bool known = !begins || word.size == strlen(start_of_status);
        while (rest.size > 0 && !known) {
            known = text_equal(text_cut(&rest, ' '), word);
        }
        if (!known && source->uncommented.data[start] == ' ') {
            report(source, source_line(source, start), "there is no status %.*s", TEXT_ARG(word));
        }
    }
}

void rule_header(const Source *source) {
    check_guard(source);
    check_statuses(source);
    for (size_t i = 0; i < source->functions.count; i++) {
        const SourceFunction *function = &source->functions.items[i];
        if (!function->documented) {
            report(source, function->first_line, "%.*s has no docstring", TEXT_ARG(function->name));
        }
        size_t at;
        if (returns_status(function->head, function->name) && !text_find(function->head, TEXT("MUST_USE"), &at)) {
            report(source, function->first_line, "%.*s returns a Status that callers may not ignore: add MUST_USE",
                   TEXT_ARG(function->name));
        }
    }
}

/** Where the literals that begin at `at` end: behind the last of them, at the next other letter. */
static size_t end_of_literals(Text text, size_t at) {
    size_t i = at;
    while (i < text.size) {
        if (text.data[i] == '"') {
            i++;
            while (i < text.size && text.data[i] != '"') {
                i += text.data[i] == '\\' ? 2 : 1;
            }
            i++;
        } else if (text.data[i] == ' ' || text.data[i] == '\n') {
            i++;
        } else {
            break;
        }
    }
    return i;
}

void rule_messages(const Source *source) {
    static const char *const macros[] = {"MESSAGE", "MESSAGE_INIT"};
    const Text text = source->uncommented;
    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
        size_t from = 0;
        size_t at = 0;
        while (text_find(text_slice(source->code, from, text.size), text_of(macros[i]), &at)) {
            const size_t start = from + at;
            const size_t open = start + strlen(macros[i]);
            from = start + 1;
            if (!source_word_at(source->code, start, macros[i]) || open >= text.size || text.data[open] != '(') {
                continue;
            }
            const size_t end = end_of_literals(text, open + 1);
            if (end == open + 1 || end >= text.size || text.data[end] != ')') {
                report(source, source_line(source, start), "%s takes literals alone, so that they can be translated",
                       macros[i]);
            }
        }
    }
}

void rule_text_arguments(const Source *source) {
    /* TEXT_ARG uses its argument twice: a call that takes or makes something would do so twice. */
    static const char macro[] = "TEXT_ARG";
    size_t from = 0, at = 0;
    while (text_find(text_slice(source->code, from, source->code.size), text_of(macro), &at)) {
        const size_t start = from + at;
        from = start + 1;
        size_t end = start + sizeof macro;
        while (end < source->code.size && source->code.data[end] != '(' && source->code.data[end] != ')') {
            end++;
        }
        const Text name = text_slice(source->code, start + sizeof macro, end);
        const bool changes = text_ends_with(name, TEXT("_take")) || text_ends_with(name, TEXT("_make"));
        if (changes && end < source->code.size && source->code.data[end] == '(') {
            report(source, source_line(source, start),
                   "TEXT_ARG would call %.*s twice: keep what it returns in a variable", TEXT_ARG(name));
        }
    }
}

void rule_waivers(const Source *source) {
    for (size_t i = 0; i < source->waivers.count; i++) {
        const SourceWaiver *waiver = &source->waivers.items[i];
        if (waiver->rule.size == 0) {
            report(source, waiver->line, "a waiver is `long`, `long file` or `allow NAME`, and then its reason");
        } else if (waiver->reason.size == 0) {
            report(source, waiver->line, "this waiver gives no reason");
        } else if (!waiver->used) {
            report(source, waiver->line, "this waiver lets nothing pass any more: remove it");
        }
    }
}
