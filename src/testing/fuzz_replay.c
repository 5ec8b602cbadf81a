/** Runs a fuzz driver over its kept corpus as a plain test: one TAP line per file, past crashes among them. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REPLAY_BYTES_MAX ((size_t)8 << 20)

static int replay_is_file(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int replay_one(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(REPLAY_BYTES_MAX);
    int broken = file == NULL || bytes == NULL;
    if (!broken) {
        const size_t size = fread(bytes, 1, REPLAY_BYTES_MAX, file);
        broken = ferror(file);
        /* An exact allocation lets the address sanitizer see a read of one byte too many. */
        uint8_t *exact = malloc(size > 0 ? size : 1);
        if (exact != NULL && !broken) {
            memcpy(exact, bytes, size);
            LLVMFuzzerTestOneInput(exact, size);
        }
        free(exact);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(bytes);
    return broken;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) {
        fputs("use: FUZZ_DRIVER CORPUS_FOLDER\n", stderr);
        return 2;
    }
    struct dirent **entries = NULL;
    const int count = scandir(arguments[1], &entries, replay_is_file, alphasort);
    if (count <= 0) {
        printf("1..1\nnot ok 1 - the corpus %s is empty or missing\n", arguments[1]);
        return 1;
    }
    int failed = 0;
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        fflush(stdout);
        const int broken = replay_one(arguments[1], entries[i]->d_name);
        printf("%sok %d - %s\n", broken ? "not " : "", i + 1, entries[i]->d_name);
        failed += broken;
        free(entries[i]);
    }
    free(entries);
    return failed > 0;
}
