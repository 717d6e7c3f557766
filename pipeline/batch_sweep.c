/* What a killed run left beside the outputs it was writing. */
#include "core/file.h"
#include "pipeline/batch_parts.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sweep {
    const char **outputs; /* [n] of the documents to do, sorted */
    size_t n;
    const char *place; /* folder being swept, below OUT, with "/" at the end; "" = OUT itself */
    size_t place_len;
} sweep;

static int by_text(const void *pa, const void *pb)
{
    return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

static bool has_output(const sweep *s, const char *output)
{
    return bsearch(&output, s->outputs, s->n, sizeof *s->outputs, by_text) != NULL;
}

/* name is OUTPUT and ".md", ".page-3.png"...: cut it at each of its dots.  A name that is known in
 * part only is left alone: it could be another shard's. */
static bool is_ours(void *user, const char *name, bool cut)
{
    const sweep *s = user;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s%s", s->place, name);
    if (cut || n < 0 || (size_t)n >= sizeof path)
        return false;
    for (char *dot = strrchr(path + s->place_len, '.'); dot != NULL;
         dot = strrchr(path + s->place_len, '.')) {
        *dot = '\0';
        if (has_output(s, path))
            return true;
    }
    return false;
}

static void sweep_place(sweep *s, const char *folder, const char *output)
{
    char place[PATH_MAX], path[PATH_MAX];
    const char *slash = strrchr(output, '/');
    s->place_len = slash != NULL ? (size_t)(slash - output) + 1 : 0;
    if (s->place_len >= sizeof place)
        return;
    memcpy(place, output, s->place_len);
    place[s->place_len] = '\0';
    s->place = place;
    int n = snprintf(path, sizeof path, "%s/%s", folder, place);
    if (n > 0 && (size_t)n < sizeof path)
        recto_outfile_sweep(path, is_ours, s);
}

void batch_sweep(const batch_units *units, const char *folder)
{
    sweep s = {.outputs = malloc((units->n + 1) * sizeof *s.outputs), .n = units->n};
    if (s.outputs == NULL)
        return; /* they stay until the next time */
    for (size_t i = 0; i < s.n; i++)
        s.outputs[i] = units->at[i].item->output;
    qsort(s.outputs, s.n, sizeof *s.outputs, by_text);
    for (size_t i = 0; i < s.n; i++) {
        const char *slash = strrchr(s.outputs[i], '/');
        size_t len = slash != NULL ? (size_t)(slash - s.outputs[i]) + 1 : 0;
        const char *before = i > 0 ? s.outputs[i - 1] : NULL;
        bool same = before != NULL && strncmp(before, s.outputs[i], len) == 0 &&
                    strchr(before + len, '/') == NULL;
        if (!same)
            sweep_place(&s, folder, s.outputs[i]);
    }
    free(s.outputs);
}
