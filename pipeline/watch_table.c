/* Which files were seen: a hash table with open addressing, at most 3/4 full. */
#include "pipeline/watch_parts.h"

#include "core/hash.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 };

static void identify(uint64_t id[2], const char *path)
{
    char hex[RECTO_SHA256_HEX];
    recto_sha256(hex, path, strlen(path));
    id[0] = id[1] = 0;
    for (int i = 0; i < 32; i++) {
        uint64_t digit = (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        id[i / 16] = id[i / 16] << 4 | digit;
    }
    if (id[0] == 0 && id[1] == 0)
        id[1] = 1;
}

static bool is_free(const recto_watch_entry *e)
{
    return e->id[0] == 0 && e->id[1] == 0;
}

/* Where id is, or would be; cap > n. */
static recto_watch_entry *place(recto_watch_entry *entries, size_t cap, const uint64_t id[2])
{
    size_t i = (size_t)id[0] & (cap - 1);
    while (!is_free(&entries[i]) && (entries[i].id[0] != id[0] || entries[i].id[1] != id[1]))
        i = (i + 1) & (cap - 1);
    return &entries[i];
}

/* Put those to be kept into a table of cap. */
static bool rebuild(recto_watch_table *t, size_t cap, bool all, uint32_t scan)
{
    recto_watch_entry *fresh = calloc(cap, sizeof *fresh);
    if (fresh == NULL)
        return false;
    t->n = 0;
    for (size_t i = 0; i < t->cap; i++) {
        const recto_watch_entry *e = &t->entries[i];
        if (is_free(e) || !(all || e->scan == scan || e->waiting != 0))
            continue;
        *place(fresh, cap, e->id) = *e;
        t->n++;
    }
    free(t->entries);
    t->entries = fresh;
    t->cap = cap;
    return true;
}

recto_watch_entry *recto_watch_table_entry(recto_watch_table *t, const char *path)
{
    uint64_t id[2];
    identify(id, path);
    if (t->n >= t->cap / 4 * 3 && !rebuild(t, t->cap == 0 ? FIRST_CAP : 2 * t->cap, true, 0))
        return NULL;
    recto_watch_entry *e = place(t->entries, t->cap, id);
    if (is_free(e)) {
        e->id[0] = id[0];
        e->id[1] = id[1];
        t->n++;
    }
    return e;
}

const recto_watch_entry *recto_watch_table_lookup(const recto_watch_table *t, const char *path)
{
    uint64_t id[2];
    if (t->n == 0)
        return NULL;
    identify(id, path);
    const recto_watch_entry *e = place(t->entries, t->cap, id);
    return is_free(e) ? NULL : e;
}

bool recto_watch_table_sweep(recto_watch_table *t, uint32_t scan)
{
    return t->cap == 0 || rebuild(t, t->cap, false, scan);
}

void recto_watch_table_free(recto_watch_table *t)
{
    free(t->entries);
    *t = (recto_watch_table){0};
}
