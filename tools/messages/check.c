/** What is missing in the translations, as TAP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define SHOWN_MAXIMUM 40

static int compare_ids(const void *a, const void *b) {
    return text_compare(((const Translation *)a)->id, ((const Translation *)b)->id);
}

/** The translation of a text, NULL when there is none that is finished. */
static const Translation *find(const Catalogue *catalogue, Text id) {
    const Translation key = {.id = id};
    const Translation *found = bsearch(&key, catalogue->items, catalogue->count, sizeof(Translation), compare_ids);
    return found != NULL && found->form_count > 0 && !found->fuzzy ? found : NULL;
}

static bool is_public(Text file, Text pages) {
    while (pages.size > 0) {
        const Text line = text_trim(text_cut(&pages, '\n'));
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        if (text_equal(line, file) || (text_ends_with(line, TEXT("/")) && text_starts_with(file, line))) {
            return true;
        }
    }
    return false;
}

/** Prints the comment lines and gives how many messages are missing. */
static size_t list_missing(const Uses *uses, const Catalogue *catalogue, bool public_only, Text pages) {
    size_t missing = 0;
    Text last = {NULL, 0};
    for (size_t i = 0; i < uses->count; i++) {
        const Use *use = &uses->items[i];
        if (text_equal(use->id, last) || (public_only && !is_public(use->file, pages))) {
            continue;
        }
        last = use->id;
        const Translation *found = find(catalogue, use->id);
        if (found != NULL && (use->plural.size == 0 || text_equal(found->plural, use->plural))) {
            continue;
        }
        if (++missing <= SHOWN_MAXIMUM) {
            printf("# %.*s: not translated: \"%.*s\" (%.*s:%zu)\n", TEXT_ARG(catalogue->tag), TEXT_ARG(use->id),
                   TEXT_ARG(use->file), use->line);
        }
    }
    if (missing > SHOWN_MAXIMUM) {
        printf("# %.*s: and %zu more\n", TEXT_ARG(catalogue->tag), missing - SHOWN_MAXIMUM);
    }
    return missing;
}

static size_t list_misfits(Arena *arena, const Catalogue *catalogue) {
    size_t misfits = 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        const Translation *translation = &catalogue->items[i];
        Text why;
        if (translation->fuzzy) {
            printf("# %.*s: fuzzy, look at it and take the mark away: \"%.*s\"\n", TEXT_ARG(catalogue->tag),
                   TEXT_ARG(translation->id));
            misfits++;
        } else if (!translation_fits(arena, catalogue, translation, &why)) {
            printf("# %.*s: \"%.*s\": %.*s\n", TEXT_ARG(catalogue->tag), TEXT_ARG(translation->id), TEXT_ARG(why));
            misfits++;
        }
    }
    return misfits;
}

bool check_catalogue(Arena *arena, const Uses *uses, Catalogue *catalogue, bool public_only, Text pages,
                     size_t *number) {
    qsort(catalogue->items, catalogue->count, sizeof(Translation), compare_ids);
    const size_t missing = list_missing(uses, catalogue, public_only, pages);
    printf("%s %zu - %.*s: %s\n", missing == 0 ? "ok" : "not ok", ++*number, TEXT_ARG(catalogue->tag),
           public_only ? "every message of the public pages is translated" : "every message is translated");
    const size_t misfits = list_misfits(arena, catalogue);
    printf("%s %zu - %.*s: holes and elements are those of the English, nothing is fuzzy\n",
           misfits == 0 ? "ok" : "not ok", ++*number, TEXT_ARG(catalogue->tag));
    return missing == 0 && misfits == 0;
}

bool check_public_pages(const Uses *uses, Text pages, size_t *number) {
    bool all = true;
    Text rest = pages;
    while (rest.size > 0) {
        const Text line = text_trim(text_cut(&rest, '\n'));
        bool used = line.size == 0 || line.data[0] == '#';
        for (size_t i = 0; i < uses->count && !used; i++) {
            used = is_public(uses->items[i].file, line);
        }
        if (!used) {
            printf("# the list of public pages names %.*s, which has no message\n", TEXT_ARG(line));
            all = false;
        }
    }
    printf("%s %zu - the list of public pages names files with messages\n", all ? "ok" : "not ok", ++*number);
    return all;
}
