/** The may-use table of docs/architecture.md, held against each #include line. */
#include <string.h>

#include "check_source.h"

typedef struct MayUse {
    const char *room, *rooms; /**< space-separated, itself among them; "*" is everything but testing */
} MayUse;

static const MayUse may_use[] = {
    {"base", "base"},
    {"database", "database base"},
    {"html", "html base"},
    {"outside", "outside base trust"},
    {"pdf", "pdf base"},
    {"trust", "trust base pdf"},
    {"work", "work base database html outside"},
    {"http", "http base database html"},
    {"capabilities", "base database html outside pdf trust work http capabilities"},
    {"program", "*"},
    {"testing", "*"},
    {"tests", "*"},
    {"bench", "*"},
    {"fuzz", "*"},
    {"tools", "base"},
};

/** Libraries that one room wraps for all others. */
static const MayUse libraries[] = {
    {"sqlite3.h", "database testing tools bench"},
    {"libpq-fe.h", "database testing tools bench"},
    {"microhttpd.h", "http testing bench"},
    {"curl/", "outside testing tests bench"},
    {"cairo", "pdf bench"},
    {"pango/", "pdf bench"},
    {"fontconfig/", "pdf"},
    {"qpdf/", "pdf"},
    {"seccomp.h", "outside"},
    {"p11-kit/", "trust testing"},
};

static bool among(const char *list, Text word) {
    Text rest = text_of(list);
    while (rest.size > 0) {
        const Text one = text_cut(&rest, ' ');
        if (text_equal(one, word)) {
            return true;
        }
    }
    return false;
}

static bool may_include(const Source *source, Text room) {
    if (text_equal(room, TEXT("testing"))) {
        return source->test || among("testing tests bench fuzz", source->room);
    }
    const Text asking = source->capability ? TEXT("capabilities") : source->room;
    for (size_t i = 0; i < sizeof(may_use) / sizeof(may_use[0]); i++) {
        if (text_equal(text_of(may_use[i].room), asking)) {
            return strcmp(may_use[i].rooms, "*") == 0 || among(may_use[i].rooms, room);
        }
    }
    return false;
}

/** True for rooms that may look into every folder: the program and what tests it. */
static bool uses_everything(const Source *source) {
    return among("program testing tests bench fuzz", source->room);
}

static void check_capability(const Source *source, size_t line, Text path) {
    Text rest = text_slice(path, strlen("capabilities/"), path.size);
    if (text_equal(rest, TEXT("capability.h"))) {
        return;
    }
    Text file = rest;
    const Text name = text_cut(&file, '/');
    const bool own = source->capability && text_equal(name, source->room);
    if (own || uses_everything(source)) {
        return;
    }
    const Text door = arena_format(source->arena, "%.*s.h", TEXT_ARG(name));
    if (!text_equal(file, door)) {
        report(source, line, "of another capability only its header may be included: \"capabilities/%.*s/%.*s\"",
               TEXT_ARG(name), TEXT_ARG(door));
    }
}

/** Generated headers and the neighbours of a build-time program are included by plain name. */
static void check_plain(const Source *source, size_t line, Text path) {
    if (among("tools tests bench", source->room)) {
        return;
    }
    if (text_equal(path, TEXT("ids.h"))) {
        if (text_equal(source->room, TEXT("base"))) {
            report(source, line, "base knows no ids of business: ids.h may not be included here");
        }
        return;
    }
    static const char *const ends[] = {"_sql.h", "_views.h"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (!text_ends_with(path, text_of(ends[i]))) {
            continue;
        }
        const Text owner = text_slice(path, 0, path.size - strlen(ends[i]));
        if (!text_equal(owner, source->room) && !uses_everything(source)) {
            report(source, line, "%.*s belongs to the room %.*s alone; use that room's header", TEXT_ARG(path),
                   TEXT_ARG(owner));
        }
        return;
    }
    report(source, line, "include paths start at src/: \"%.*s/%.*s\"", TEXT_ARG(source->room), TEXT_ARG(path));
}

static void check_own(const Source *source, size_t line, Text path) {
    Text rest = path;
    const Text room = text_cut(&rest, '/');
    if (rest.size == 0) {
        check_plain(source, line, path);
        return;
    }
    if (!may_include(source, room)) {
        report(source, line, "%.*s may not include from %.*s (the may-use table of docs/architecture.md)",
               TEXT_ARG(source->room), TEXT_ARG(room));
    } else if (text_equal(room, TEXT("capabilities"))) {
        check_capability(source, line, path);
    }
}

static void check_library(const Source *source, size_t line, Text path) {
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
        if (text_starts_with(path, text_of(libraries[i].room)) && !among(libraries[i].rooms, source->room)) {
            Text rooms = text_of(libraries[i].rooms);
            const Text owner = text_cut(&rooms, ' ');
            report(source, line, "<%.*s> is wrapped for all others by the room %.*s", TEXT_ARG(path), TEXT_ARG(owner));
        }
    }
}

void rule_includes(const Source *source) {
    Text rest = source->uncommented;
    for (size_t number = 1; rest.size > 0; number++) {
        Text line = text_trim(text_cut(&rest, '\n'));
        if (!text_starts_with(line, TEXT("#"))) {
            continue;
        }
        line = text_trim(text_slice(line, 1, line.size));
        if (!text_starts_with(line, TEXT("include"))) {
            continue;
        }
        line = text_trim(text_slice(line, strlen("include"), line.size));
        if (line.size < 3) {
            continue;
        }
        const Text path = text_slice(line, 1, line.size - 1);
        if (line.data[0] == '"') {
            check_own(source, number, path);
        } else {
            check_library(source, number, path);
        }
    }
}
