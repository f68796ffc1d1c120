#include "load/speakers.h"

#include <string.h>

static void
add_role(struct speakers *s, const char *role, uint32_t number)
{
    for (uint32_t i = 0; i < s->plan->root->child_count; i++) {
        const struct plan_node *field = s->plan->root->children[i];

        for (uint32_t k = 0; k < field->speaker_count; k++)
            if (!role)
                s->list[s->count++] = (struct speaker){i, number + i, NULL};
            else if (strcmp(field->speakers[k].role, role) == 0)
                s->list[s->count++] = (struct speaker){i, number, field->speakers[k].unless};
    }
}

void
speakers_find(struct speakers *s, struct arena *a, const struct plan *plan,
              const char *const *codes, const char *const *roles)
{
    uint32_t room = 1, count = 0;

    *s = (struct speakers){.plan = plan, .codes = codes};
    if (!codes || !*codes)
        return;
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        room += plan->root->children[i]->speaker_count;
    while (roles && roles[count])
        count++;
    s->list = ARENA_ARRAY(a, struct speaker, (size_t)room * (count + 1));
    for (uint32_t i = 0; i < count; i++)
        add_role(s, roles[i], i);
    if (!s->count)
        add_role(s, NULL, 0);
}

static bool
is_own(const struct speakers *s, struct span code)
{
    for (const char *const *own = s->codes; *own; own++)
        if (span_is(code, *own))
            return true;
    return false;
}

const struct plan_node *
speakers_wrong(const struct speakers *s, const struct span *values, struct span *seen)
{
    const struct speaker *last = NULL;
    const struct plan_node *wrong = NULL;

    for (uint32_t i = 0; i < s->count; i++) {
        const struct speaker *one = &s->list[i];
        struct span value = values[one->field];

        if ((last && last->role == one->role) || (one->unless && span_is(value, one->unless)))
            continue;
        if (is_own(s, value))
            return NULL;
        last = one;
        if (!wrong) {
            wrong = s->plan->root->children[one->field];
            *seen = value;
        }
    }
    return wrong;
}
