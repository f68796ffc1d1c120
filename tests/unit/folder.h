/*
 * folder.h - a folder of a test's own, and its end. After <cmocka.h>.
 *
 * Calls    folder_make(dir) where dir is a char[FOLDER_SIZE] of the fixture; a file in it is the
 *          test's to write. folder_remove(dir) takes it away with everything in it.
 */
#ifndef LANDPORT_TEST_FOLDER_H
#define LANDPORT_TEST_FOLDER_H

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FOLDER_SIZE 64

extern char **environ;

/* Open for passing through: a cluster in it belongs to another account where root tests. */
static inline void
folder_make(char dir[FOLDER_SIZE])
{
    snprintf(dir, FOLDER_SIZE, "/tmp/landport-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chmod(dir, 0711), 0);
}

static inline void
folder_remove(const char *dir)
{
    const char *const argv[] = {"rm", "-rf", dir, NULL};
    int status = -1;
    pid_t pid;

    assert_int_equal(
        posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#endif
