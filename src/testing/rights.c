/** Reads the lines of the files NAME.rights. */
#include "testing/rights.h"

#include <fcntl.h>
#include <glob.h>

#include "outside/file.h"
#include "testing/test.h"

enum { RIGHTS_MAX = 2000 };

static const char *const words[WHOSE_COUNT] = {
    [WHOSE_NOTHING] = "nothing",
    [WHOSE_SECRET] = "secret",
    [WHOSE_OWN_FIRM] = "own-firm",
    [WHOSE_OWN_ACCOUNT] = "own-account",
    [WHOSE_ACTS_FOR_FIRM] = "acts-for-firm",
    [WHOSE_FIRM] = "firm",
    [WHOSE_FIRM_DOCUMENT] = "firm-document",
    [WHOSE_SEEN_DOCUMENT] = "seen-document",
    [WHOSE_CHAMBER_DOCUMENT] = "chamber-document",
    [WHOSE_CHAMBER] = "chamber",
};

static Text next_word(Text *rest) {
    const Text word = text_cut(rest, ' ');
    *rest = text_trim(*rest);
    return word;
}

static bool read_line(Text line, Right *ret_right) {
    Right right = {0};
    size_t whose = 0;
    const Text method = next_word(&line);
    right.method = text_equal(method, TEXT("POST")) ? POST : GET;
    right.path = next_word(&line);
    const Text word = next_word(&line);
    while (whose < WHOSE_COUNT && !text_equal(word, text_of(words[whose]))) {
        whose++;
    }
    right.whose = (Whose)whose;
    while (line.size > 0) {
        const Text name = next_word(&line);
        if (text_equal(name, TEXT("people"))) {
            right.people = true;
            continue;
        }
        Text *value = text_equal(name, TEXT("form"))   ? &right.form
                      : text_equal(name, TEXT("try"))  ? &right.queries
                      : text_equal(name, TEXT("file")) ? &right.file
                                                       : NULL;
        if (value == NULL) {
            return false;
        }
        *value = next_word(&line);
    }
    *ret_right = right;
    return whose < WHOSE_COUNT && (right.method == POST || text_equal(method, TEXT("GET")));
}

Rights rights_read(Arena *arena) {
    glob_t files;
    Rights rights = {.items = arena_new_array(arena, Right, RIGHTS_MAX)};
    CHECK(glob("src/capabilities/*/*.rights", 0, NULL, &files) == 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        Text all = {NULL, 0};
        CHECK_OK(file_read(arena, AT_FDCWD, files.gl_pathv[i], (size_t)1 << 20, &all));
        while (all.size > 0) {
            const Text line = text_trim(text_cut(&all, '\n'));
            if (line.size == 0 || line.data[0] == '#') {
                continue;
            }
            CHECK(rights.count < RIGHTS_MAX);
            if (!read_line(line, &rights.items[rights.count++])) {
                test_fail(__FILE__, __LINE__, "%s: no right: %.*s", files.gl_pathv[i], TEXT_ARG(line));
            }
        }
    }
    globfree(&files);
    return rights;
}
