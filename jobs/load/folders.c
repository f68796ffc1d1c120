#include "load/folders.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What `take` makes of each entry of a folder; NULL is left out. A folder that is not there has none. */
static void
read_folder(struct buf *names, struct arena *a, const char *path,
            const char *(*take)(struct arena *a, const char *path, const char *name))
{
    DIR *d = opendir(path);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        const char *name = entry->d_name[0] == '.' ? NULL : take(a, path, entry->d_name);

        if (name)
            buf_put(names, &name, sizeof name);
    }
    if (d)
        closedir(d);
}

static const char **
both(const struct conf *c, struct arena *a, const char *below,
     const char *(*take)(struct arena *a, const char *path, const char *name))
{
    const char *const roots[] = {c->share, c->site};
    struct buf names = {0};
    const char **list;
    size_t count, kept = 0;

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (roots[i])
            read_folder(&names, a, arena_printf(a, "%s/%s", roots[i], below), take);
    count = names.n / sizeof *list;
    list = ARENA_ARRAY(a, const char *, count + 1);
    if (count)
        memcpy(list, names.p, names.n);
    buf_free(&names);
    qsort(list, count, sizeof *list, by_name);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(list[kept - 1], list[i]) != 0)
            list[kept++] = list[i];
    list[kept] = NULL;
    return list;
}

static const char *
without(struct arena *a, const char *name, const char *ending)
{
    size_t n = strlen(name), cut = strlen(ending);

    return n > cut && !strcmp(name + n - cut, ending) ? arena_strn(a, name, n - cut) : NULL;
}

static const char *
xsd_name(struct arena *a, const char *path, const char *name)
{
    (void)path;
    return without(a, name, ".xsd");
}

static const char *
conf_name(struct arena *a, const char *path, const char *name)
{
    (void)path;
    return without(a, name, ".conf");
}

static const char *
tsv_name(struct arena *a, const char *path, const char *name)
{
    (void)path;
    return without(a, name, ".tsv");
}

static const char *
xsd_folder(struct arena *a, const char *path, const char *name)
{
    struct buf names = {0};
    bool holds;

    read_folder(&names, a, arena_printf(a, "%s/%s", path, name), xsd_name);
    holds = names.n > 0;
    buf_free(&names);
    return holds ? arena_str(a, name) : NULL;
}

const char **
folders_list(const struct conf *c, struct arena *a)
{
    return both(c, a, "formats", xsd_folder);
}

const char **
folders_names(const struct conf *c, struct arena *a, const char *folder)
{
    return both(c, a, arena_printf(a, "formats/%s", folder), xsd_name);
}

const char **
folders_mappings(const struct conf *c, struct arena *a)
{
    return both(c, a, FOLDERS_MAPPING, conf_name);
}

/* formats/codes holds lists of codes, which are no table's. */
static const char *
rows_folder(struct arena *a, const char *path, const char *name)
{
    (void)path;
    return strcmp(name, "codes") != 0 ? arena_str(a, name) : NULL;
}

const char **
folders_rows(const struct conf *c, struct arena *a)
{
    const char **folder = both(c, a, "formats", rows_folder), **list;
    struct buf files = {0};

    for (; *folder; folder++)
        for (const char **table = both(c, a, arena_printf(a, "formats/%s", *folder), tsv_name);
             *table; table++) {
            const char *file = arena_printf(a, "formats/%s/%s.tsv", *folder, *table);

            buf_put(&files, &file, sizeof file);
        }
    list = ARENA_ARRAY(a, const char *, files.n / sizeof *list + 1);
    if (files.n)
        memcpy(list, files.p, files.n);
    list[files.n / sizeof *list] = NULL;
    buf_free(&files);
    return list;
}
