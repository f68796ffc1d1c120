/*
 * fuzz_schema.c - any bytes as an XML Schema.
 *
 * Beyond not crashing: what is refused names file and line, what is taken is a tree whose elements
 * have names, columns and sane occurrences, and values can be checked against all of its types.
 */
#define _GNU_SOURCE /* memfd_create */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/xsd/check.h"
#include "formats/xsd/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
check_type(const struct plan_type *type)
{
    static const char *const values[] = {"", " ", "1", "-0.5", "2026-11-24", "true", "订单 A\t1"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char scratch[64];
        struct span normal;
        struct finding f = {0};

        if (check_value(type, span_of(values[i]), scratch, &normal, &f))
            require(normal.n <= strlen(values[i]));
        else
            require(f.code != ERR_NONE && memchr(f.want, 0, sizeof(f.want)));
    }
}

static void
check_node(const struct plan_node *node)
{
    require(node->min <= node->max && node->max > 0);
    if (node->kind == PLAN_ELEMENT)
        require(node->name[0] && node->column[0] && node->title && node->title_en);
    if (node->type)
        check_type(node->type);
    for (uint32_t i = 0; i < node->attribute_count; i++) {
        require(node->attributes[i].name[0] && node->attributes[i].column[0]);
        check_type(node->attributes[i].type);
    }
    for (uint32_t i = 0; i < node->child_count; i++)
        check_node(node->children[i]);
}

static void
check_plan(const struct plan *plan)
{
    check_node(plan->root);
    require(!plan->feed || plan->message_count == 0);
    for (uint32_t i = 0; i < plan->message_count; i++) {
        const struct plan_message *m = &plan->messages[i];

        require(m->feed[0] && m->document[0]);
        for (uint32_t k = 0; k < m->map_count; k++)
            require(m->maps[k].element[0]);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new("fuzz");
    int fd = memfd_create("xsd", 0);
    struct plan *plan = NULL;
    struct err e = {0};
    char path[40];
    rc_t rc;

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    rc = schema_compile(&plan, a, path, NULL, "formats/codes", &e);
    if (rc == RC_OK) {
        check_plan(plan);
    } else {
        require(rc == RC_FAIL && e.code == ERR_SCHEMA && !plan);
        require(strncmp(e.text, path, strlen(path)) == 0 && e.text[strlen(path)] == ':');
    }
    close(fd);
    arena_free(&a);
    return 0;
}
