/* No output may take the place of an input.  Folders that are walked never lie where outputs go
 * (see plan_settle.c); files that the user named may: "recto batch x.pdf x.pdf.md -o ." */
#include "pipeline/plan_parts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct search {
    const char **outputs; /* [n], sorted */
    size_t n;
    char out[PATH_MAX]; /* OUT without links */
    /* the folder that was resolved last, since lists go folder by folder */
    char asked[PATH_MAX], resolved[PATH_MAX];
} search;

static int by_text(const void *pa, const void *pb)
{
    return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

/* The folder of path, without links, in s->resolved; false if there is none. */
static bool resolve_folder(search *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= sizeof s->asked)
        return false;
    if (s->asked[0] != '\0' && strlen(s->asked) == n &&
        memcmp(s->asked, slash == NULL ? "." : path, n) == 0)
        return s->resolved[0] != '\0';
    memcpy(s->asked, slash == NULL ? "." : path, n);
    s->asked[n] = '\0';
    if (realpath(s->asked, s->resolved) == NULL)
        s->resolved[0] = '\0';
    return s->resolved[0] != '\0';
}

/* Is "2019/a.pdf.md" an output's name: that of a document, and an ending? */
static bool is_output(const search *s, char *name)
{
    char *last = strrchr(name, '/');
    for (char *dot = strrchr(last != NULL ? last : name, '.'); dot != NULL;
         dot = strrchr(last != NULL ? last : name, '.')) {
        const char *cut = name;
        *dot = '\0';
        if (bsearch(&cut, s->outputs, s->n, sizeof *s->outputs, by_text) != NULL)
            return true;
    }
    return false;
}

static recto_status check_input(search *s, const char *path, recto_error *err)
{
    char name[2 * PATH_MAX];
    size_t n_out = strlen(s->out), n_folder;
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    if (!resolve_folder(s, path) || strncmp(s->resolved, s->out, n_out) != 0 ||
        (s->resolved[n_out] != '\0' && s->resolved[n_out] != '/' && n_out > 1))
        return RECTO_OK;
    const char *below = s->resolved + n_out;
    below += *below == '/';
    n_folder = strlen(below);
    if (strlen(base) + n_folder + 2 > sizeof name)
        return RECTO_OK;
    memcpy(name, below, n_folder);
    if (n_folder > 0)
        name[n_folder++] = '/';
    strcpy(name + n_folder, base);
    if (!is_output(s, name))
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_ARG,
                           "the input '%s' lies in the output folder and is called like a result: "
                           "choose another output folder",
                           path);
}

recto_status recto_plan_check_inputs(const recto_plan_build *b, recto_error *err)
{
    search s = {.n = b->n};
    recto_status st = RECTO_OK;
    if (b->opt->folder == NULL || realpath(b->opt->folder, s.out) == NULL)
        return RECTO_OK; /* nothing lies in it yet */
    s.outputs = malloc((b->n + 1) * sizeof *s.outputs);
    if (s.outputs == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < b->n; i++)
        s.outputs[i] = b->drafts[i].item.output;
    qsort(s.outputs, s.n, sizeof *s.outputs, by_text);
    for (size_t i = 0; i < b->n && st == RECTO_OK; i++)
        if (!b->drafts[i].item.walked && b->drafts[i].item.status == RECTO_OK)
            st = check_input(&s, b->drafts[i].item.path, err);
    free(s.outputs);
    return st;
}
