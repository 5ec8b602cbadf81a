/** Options of a command line. */
#include "base/options.h"

#include <stdio.h>

#include "base/log.h"

/** One argument, seen as an option. */
typedef struct Named {
    const Option *option; /* NULL: unknown */
    Text name, value;
    bool has_value; /* by "=" */
} Named;

static bool is_option(const char *argument) {
    return argument[0] == '-' && argument[1] == '-' && argument[2] != '\0';
}

static Named name_of(const char *argument, const Option *options, size_t option_count) {
    Named named = {.option = NULL};
    named.value = text_of(argument + 2);
    const size_t whole = named.value.size;
    named.name = text_cut(&named.value, '=');
    named.has_value = named.name.size < whole;
    for (size_t i = 0; i < option_count; i++) {
        if (text_equal(text_of(options[i].name), named.name)) {
            named.option = &options[i];
        }
    }
    return named;
}

/* Whether an option was given is kept by its address, since not every option has a flag. 64 are more than any command
 * has. */
MUST_USE static Status mark(const Option *options, const Option *option, uint64_t *given) {
    const uint64_t bit = UINT64_C(1) << (size_t)(option - options);
    if ((*given & bit) != 0) {
        return fail(STATUS_INVALID, "--%s is given twice", option->name);
    }
    *given |= bit;
    return STATUS_OK;
}

/* Stores one option; moves `at` on when its value is the next argument. */
MUST_USE static Status store(const Named *named, int argument_count, char *const *arguments, int *at) {
    const Option *option = named->option;
    if (option->value == NULL && named->has_value) {
        return fail(STATUS_INVALID, "--%s takes no value", option->name);
    }
    if (option->value != NULL && named->has_value) {
        *option->value = named->value;
    } else if (option->value != NULL) {
        if (*at + 1 >= argument_count || is_option(arguments[*at + 1])) {
            return fail(STATUS_INVALID, "--%s needs a value", option->name);
        }
        *option->value = text_of(arguments[++*at]);
    }
    if (option->given != NULL) {
        *option->given = true;
    }
    return STATUS_OK;
}

MUST_USE static Status check_required(const Option *options, size_t option_count, uint64_t given) {
    for (size_t i = 0; i < option_count; i++) {
        if (options[i].required && (given & UINT64_C(1) << i) == 0) {
            return fail(STATUS_INVALID, "--%s is missing", options[i].name);
        }
    }
    return STATUS_OK;
}

static bool is_end_of_options(const char *argument) {
    return text_equal(text_of(argument), TEXT("--"));
}

Status options_take(int *argument_count, char **arguments, const Option *options, size_t option_count) {
    uint64_t given = 0;
    int kept = 0, at = 0;
    for (; at < *argument_count && !is_end_of_options(arguments[at]); at++) {
        const bool looks_so = is_option(arguments[at]);
        const Named named = looks_so ? name_of(arguments[at], options, option_count) : (Named){.option = NULL};
        if (named.option == NULL) {
            arguments[kept++] = arguments[at];
            continue;
        }
        TRY(mark(options, named.option, &given));
        TRY(store(&named, *argument_count, arguments, &at));
    }
    for (; at < *argument_count; at++) {
        arguments[kept++] = arguments[at];
    }
    TRY(check_required(options, option_count, given));
    *argument_count = kept;
    return STATUS_OK;
}

Status options_read(int argument_count, char *const *arguments, const Option *options, size_t option_count,
                    Text *operands, size_t operand_limit, size_t *ret_operand_count) {
    uint64_t given = 0;
    size_t count = 0;
    bool ended = false;
    for (int at = 0; at < argument_count; at++) {
        if (!ended && is_end_of_options(arguments[at])) {
            ended = true;
        } else if (!ended && is_option(arguments[at])) {
            const Named named = name_of(arguments[at], options, option_count);
            if (named.option == NULL) {
                return fail(STATUS_INVALID, "--%.*s is not known here", TEXT_ARG(named.name));
            }
            TRY(mark(options, named.option, &given));
            TRY(store(&named, argument_count, arguments, &at));
        } else if (count == operand_limit) {
            return fail(STATUS_INVALID, "\"%s\" is too much", arguments[at]);
        } else {
            operands[count++] = text_of(arguments[at]);
        }
    }
    TRY(check_required(options, option_count, given));
    *ret_operand_count = count;
    return STATUS_OK;
}

int command_refuse(Status status) {
    const Text words = failure_take();
    (void)fprintf(stderr, "tradepost: %.*s\n", TEXT_ARG(words.size > 0 ? words : text_of(status_name(status))));
    return 1;
}

static int print_wrong_use(const char *command, Text words) {
    (void)fprintf(stderr, "tradepost %s: %.*s\n\"tradepost %s --help\" tells more\n", command, TEXT_ARG(words),
                  command);
    return 2;
}

int command_wrong_use(const char *command) {
    return print_wrong_use(command, failure_take());
}

int command_wrong_use_because(const char *command, const char *words) {
    return print_wrong_use(command, text_of(words));
}
