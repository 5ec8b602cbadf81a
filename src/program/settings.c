/** The configuration file and the options over it. */
#include "program/settings.h"

#include <stddef.h>

#include "base/buffer.h"
#include "base/log.h"

enum { PORT_LAST = 65535, VALUE_LIMIT = 1000 };

/** A text setting: its name in the file, which is also its option with dashes. */
typedef struct TextSetting {
    const char *name, *option;
    size_t offset;
} TextSetting;

static const TextSetting text_settings[] = {
    {"database", "database", offsetof(Settings, database)},
    {"address", "address", offsetof(Settings, address)},
    {"public_url", "public-url", offsetof(Settings, public_url)},
    {"mail", "mail", offsetof(Settings, mail)},
    {"mail_login", "mail-login", offsetof(Settings, mail_login)},
    {"trusted_proxy", "trusted-proxy", offsetof(Settings, trusted_proxy)},
    {"outbound", "outbound", offsetof(Settings, outbound)},
};
enum { TEXT_SETTING_COUNT = sizeof text_settings / sizeof text_settings[0] };

static Text *text_of_setting(Settings *settings, const TextSetting *setting) {
    return (Text *)((char *)settings + setting->offset);
}

static Text value_of_setting(const Settings *settings, const TextSetting *setting) {
    return *(const Text *)((const char *)settings + setting->offset);
}

void settings_options(Text *data, GivenSettings *given, Option options[SHARED_OPTION_COUNT]) {
    _Static_assert(SHARED_OPTION_COUNT == TEXT_SETTING_COUNT + 2, "one option for each setting, the data and the port");
    for (size_t i = 0; i < TEXT_SETTING_COUNT; i++) {
        Text *value = text_of_setting(&given->settings, &text_settings[i]);
        options[i] = (Option){.name = text_settings[i].option, .value = value};
    }
    options[TEXT_SETTING_COUNT] = (Option){.name = "data", .value = data};
    options[TEXT_SETTING_COUNT + 1] = (Option){.name = "port", .value = &given->port};
}

/* Values stand on a line of their own in the file, so they are one line of text. */
MUST_USE static Status check_value(const char *name, Text value) {
    bool clean = value.size <= VALUE_LIMIT && text_is_utf8(value);
    for (size_t i = 0; i < value.size; i++) {
        clean = clean && (unsigned char)value.data[i] >= ' ';
    }
    return clean ? STATUS_OK : fail(STATUS_INVALID, "%s must be one line of at most %d bytes", name, VALUE_LIMIT);
}

MUST_USE static Status check_public_url(Text url) {
    Text host = url;
    if (text_starts_with(url, TEXT("https://"))) {
        host = text_slice(url, 8, url.size);
    } else if (text_starts_with(url, TEXT("http://"))) {
        host = text_slice(url, 7, url.size);
    }
    const bool has_path = text_find(host, TEXT("/"), &(size_t){0});
    if (url.size > 0 && (host.size == url.size || host.size == 0 || has_path)) {
        return fail(STATUS_INVALID, "the public address is https://HOST[:PORT] without a path, not \"%.*s\"",
                    TEXT_ARG(url));
    }
    return STATUS_OK;
}

MUST_USE static Status read_port(Text text, int64_t *ret_port) {
    int64_t port = 0;
    if (text_to_int(text, &port) != STATUS_OK || port < 0 || port > PORT_LAST) {
        return fail(STATUS_INVALID, "a port is a number from 1 to %d (0: any free one), not \"%.*s\"", PORT_LAST,
                    TEXT_ARG(text));
    }
    *ret_port = port;
    return STATUS_OK;
}

MUST_USE static Status check(const Settings *settings) {
    for (size_t i = 0; i < TEXT_SETTING_COUNT; i++) {
        TRY(check_value(text_settings[i].name, value_of_setting(settings, &text_settings[i])));
    }
    return check_public_url(settings->public_url);
}

Status settings_check_given(GivenSettings *given) {
    given->settings.port = -1;
    if (given->port.size > 0) {
        TRY(read_port(given->port, &given->settings.port));
    }
    return check(&given->settings);
}

MUST_USE static Status read_setting(Arena *arena, Text name, Text value, Settings *settings) {
    for (size_t i = 0; i < TEXT_SETTING_COUNT; i++) {
        if (text_equal(name, text_of(text_settings[i].name))) {
            *text_of_setting(settings, &text_settings[i]) = arena_copy(arena, value);
            return STATUS_OK;
        }
    }
    if (text_equal(name, TEXT("port"))) {
        return read_port(value, &settings->port);
    }
    if (text_equal(name, TEXT("demonstration"))) {
        settings->demonstration = text_equal(value, TEXT("yes"));
        return settings->demonstration || text_equal(value, TEXT("no"))
                   ? STATUS_OK
                   : fail(STATUS_INVALID, "demonstration is yes or no");
    }
    return fail(STATUS_INVALID, "there is no setting \"%.*s\"", TEXT_ARG(name));
}

Status settings_read(Arena *arena, Text text, Settings *ret_settings) {
    Settings settings = {.port = -1};
    for (int number = 1; text.size > 0; number++) {
        Text value = text_trim(text_cut(&text, '\n'));
        if (value.size == 0 || value.data[0] == '#') {
            continue;
        }
        const size_t whole = value.size;
        const Text name = text_cut(&value, '=');
        const Status status = name.size == whole ? fail(STATUS_INVALID, "it has no \"=\"")
                                                 : read_setting(arena, text_trim(name), text_trim(value), &settings);
        if (status != STATUS_OK) {
            const Text words = arena_copy(arena, failure_take());
            return fail(status, SETTINGS_FILE " line %d: %.*s", number, TEXT_ARG(words));
        }
    }
    TRY(check(&settings));
    *ret_settings = settings;
    return STATUS_OK;
}

Text settings_write(Arena *arena, const Settings *settings) {
    Buffer text = buffer_make(arena, 16384);
    buffer_append(
        &text,
        TEXT("# Settings of this installation; options of the command line go before them.\n"
             "# database, address, port, public_url, mail, mail_login, trusted_proxy, outbound, demonstration\n"));
    for (size_t i = 0; i < TEXT_SETTING_COUNT; i++) {
        const Text value = value_of_setting(settings, &text_settings[i]);
        if (value.size > 0) {
            buffer_format(&text, "%s = %.*s\n", text_settings[i].name, TEXT_ARG(value));
        }
    }
    if (settings->port >= 0) {
        buffer_format(&text, "port = %lld\n", (long long)settings->port);
    }
    if (settings->demonstration) {
        buffer_append(&text, TEXT("demonstration = yes\n"));
    }
    return (Text){text.data, text.size};
}

Settings settings_merge(Arena *arena, const Settings *stored, const Settings *given, Text data) {
    Settings merged = *stored;
    for (size_t i = 0; i < TEXT_SETTING_COUNT; i++) {
        const Text value = value_of_setting(given, &text_settings[i]);
        if (value.size > 0) {
            *text_of_setting(&merged, &text_settings[i]) = value;
        }
    }
    merged.demonstration = stored->demonstration || given->demonstration;
    merged.port = given->port >= 0 ? given->port : stored->port >= 0 ? stored->port : SETTINGS_PORT;
    if (merged.database.size == 0) {
        merged.database = arena_format(arena, "sqlite:%.*s/database.sqlite", TEXT_ARG(data));
    }
    if (merged.address.size == 0) {
        merged.address = TEXT("127.0.0.1");
    }
    return merged;
}
