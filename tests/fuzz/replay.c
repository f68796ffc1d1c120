/*
 * replay.c - a fuzz target over the files of its corpus, without libFuzzer: what was found once
 * stays found, in every test and under the sanitizers.
 *
 *     build/tests/fuzz/csv_test [FOLDER]      TAP; without a folder tests/fuzz/corpus/csv
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static int
is_file(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static void
read_file(const char *path, struct buf *b)
{
    FILE *f = fopen(path, "rb");
    char block[4096];
    size_t n;

    if (!f)
        die(path);
    b->n = 0;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_put(b, block, n);
    if (ferror(f))
        die(path);
    fclose(f);
}

/* A copy of the exact size: the sanitizer sees a byte more. */
static void
run(const struct buf *b)
{
    uint8_t *exact = malloc(b->n ? b->n : 1);

    if (!exact)
        die("replay");
    if (b->n)
        memcpy(exact, b->p, b->n);
    LLVMFuzzerTestOneInput(exact, b->n);
    free(exact);
}

/* Of …/csv_test the corpus is csv. */
static const char *
corpus(const char *program)
{
    static char folder[256];
    const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;

    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%.*s", (int)strcspn(name, "_"), name);
    return folder;
}

int
main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : corpus(argv[0]);
    struct dirent **files;
    struct buf text = {0};
    int n = scandir(folder, &files, is_file, alphasort);
    char path[4096];

    if (n <= 0)
        die(folder);
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
        read_file(path, &text);
        printf("# %s\n", path);
        fflush(stdout);
        run(&text);
        printf("ok %d - %s\n", i + 1, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    buf_free(&text);
    return 0;
}
