/* keys.h - a folder with keys that the openssl command made, for tests of signatures. */
#ifndef LANDPORT_TEST_KEYS_H
#define LANDPORT_TEST_KEYS_H

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../folder.h"
#include "base/arena.h"
#include "base/span.h"

static char keys_dir[FOLDER_SIZE];

/* A command, words parted by single blanks, in the test's directory; its exit status. */
static inline int
run_command(const char *words)
{
    char line[1024], *argv[64] = {NULL}, *at = NULL;
    posix_spawn_file_actions_t files;
    int n = 0, status = 0;
    pid_t pid;

    snprintf(line, sizeof line, "%s", words);
    for (char *w = strtok_r(line, " ", &at); w && n < 63; w = strtok_r(NULL, " ", &at))
        argv[n++] = w;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawnp(&pid, argv[0], &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

static inline void
put_file(const char *name, struct span s)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(s.p, 1, s.n, f), s.n);
    assert_int_equal(fclose(f), 0);
}

static inline struct span
get_file(struct arena *a, const char *name)
{
    char *p = arena_alloc(a, 65536);
    FILE *f = fopen(name, "r");
    size_t n;

    assert_non_null(f);
    n = fread(p, 1, 65536, f);
    fclose(f);
    return (struct span){p, n};
}

/* Into a fresh directory, which becomes the current one. 0: all commands went well. */
static inline int
keys_make(const char *const *commands, size_t count)
{
    folder_make(keys_dir);
    if (chdir(keys_dir) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (run_command(commands[i]) != 0)
            return -1;
    return 0;
}

static inline int
keys_remove(void)
{
    folder_remove(keys_dir);
    return chdir("/");
}

#endif
