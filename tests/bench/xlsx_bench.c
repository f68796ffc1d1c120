/*
 * xlsx_bench.c - how fast a workbook is read, with its unzipping.
 *
 *     xlsx_bench FILE          rows, fields, MB of text, seconds, rows/s, peak memory
 *     xlsx_bench -d FILE       the rows: sheet and line, fields between bars, faults after them
 *
 * make measures puts it into build/tests/bench/.
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/read/xlsx.h"
#include "tests/unit/zip.h"

static void
show(const struct xlsx *x, const struct xlsx_record *r)
{
    char name[8];

    printf("%s%s:%llu", xlsx_sheet(x), xlsx_hidden(x) ? "(hidden)" : "",
           (unsigned long long)r->line);
    for (uint32_t i = 0; i < r->count; i++)
        printf("|%.*s", SPAN_F(r->fields[i]));
    for (uint32_t i = 0; i < r->fault_count; i++)
        printf(" !%u %s", r->faults[i].field, err_name(r->faults[i].code, name));
    printf("\n");
}

int
main(int argc, char **argv)
{
    bool dump = argc == 3 && strcmp(argv[1], "-d") == 0;
    struct zip zip = {.fd = argc > 1 ? open(argv[argc - 1], O_RDONLY) : -1};
    FILE *spill = tmpfile();
    struct xlsx_form form = {.spill = blob_plain(spill ? fileno(spill) : -1)};
    struct xlsx_parts parts = {&zip, zip_open, zip_close};
    unsigned long long rows = 0, fields = 0, bytes = 0;
    int64_t start = clock_ms();
    struct xlsx *x = NULL;
    struct xlsx_record r;
    struct rusage usage;
    struct err e = {0};
    double s;
    rc_t rc;

    setlocale(LC_CTYPE, "C.UTF-8");
    rc = xlsx_open(&x, &parts, &form, &e);
    while (rc == RC_OK && (rc = xlsx_next_sheet(x, &e)) == RC_OK) {
        while ((rc = xlsx_next(x, &r, &e)) == RC_OK || rc == RC_REJECT) {
            rows++;
            fields += r.count;
            for (uint32_t i = 0; i < r.count; i++)
                bytes += r.fields[i].n;
            if (dump)
                show(x, &r);
        }
        rc = rc == RC_END ? RC_OK : rc;
    }
    xlsx_close(&x);
    if (rc != RC_END) {
        fprintf(stderr, "rc %d: %s\n", (int)rc, e.text);
        return 1;
    }
    s = (double)(clock_ms() - start) / 1000;
    getrusage(RUSAGE_SELF, &usage);
    if (!dump)
        printf("rows %llu  fields %llu  MB %.1f  s %.3f  rows/s %.0f  peak KiB %ld\n", rows, fields,
               (double)bytes / 1e6, s, (double)rows / s, usage.ru_maxrss);
    return 0;
}
