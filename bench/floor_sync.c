/** What the disk gives: appends of 4 kB, each with fdatasync, as a durable commit needs at least one. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    static const char block[4096];
    const long writes = count == 3 ? strtol(arguments[2], NULL, 10) : 0;
    const int file = count == 3 ? open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (file < 0 || writes < 1) {
        (void)fprintf(stderr, "use: floor_sync FILE WRITES\n");
        return 2;
    }
    const double begun = seconds();
    for (long i = 0; i < writes; i++) {
        if (write(file, block, sizeof(block)) != sizeof(block) || fdatasync(file) != 0) {
            perror("floor_sync");
            return 1;
        }
    }
    printf("%.0f appends/s\n", (double)writes / (seconds() - begun));
    (void)close(file);
    (void)unlink(arguments[1]);
    return 0;
}
