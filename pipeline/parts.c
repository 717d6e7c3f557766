#include "pipeline/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct part {
    recto_outfile *file; /* written and without its name; NULL when it has it */
    char *path;
} part;

struct recto_parts {
    char *base;
    part *files; /* [n] */
    size_t n, cap;
    bool open; /* the last one is being written */
};

recto_status recto_parts_open(recto_parts **out, const char *base, size_t n_base, recto_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out != NULL)
        (*out)->base = strndup(base, n_base);
    if (*out != NULL && (*out)->base != NULL)
        return RECTO_OK;
    free(*out);
    *out = NULL;
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

void recto_parts_close(recto_parts *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++) {
        recto_outfile_abort(p->files[i].file);
        free(p->files[i].path);
    }
    free(p->files);
    free(p->base);
    free(p);
}

/* Room for one more file; false if out of memory. */
static bool reserve(recto_parts *p)
{
    if (p->n < p->cap)
        return true;
    size_t cap = p->cap == 0 ? 16 : 2 * p->cap;
    part *grown = realloc(p->files, cap * sizeof *grown);
    if (grown == NULL)
        return false;
    p->files = grown;
    p->cap = cap;
    return true;
}

static recto_status end_part(recto_parts *p, recto_error *err)
{
    if (!p->open)
        return RECTO_OK;
    p->open = false;
    return recto_outfile_finish(p->files[p->n - 1].file, err);
}

recto_status recto_parts_begin(const char **name_out, recto_parts *p, const char *suffix,
                               recto_error *err)
{
    recto_status st = end_part(p, err);
    if (st != RECTO_OK)
        return st;
    size_t size = strlen(p->base) + strlen(suffix) + 1;
    part made = {NULL, malloc(size)};
    if (made.path == NULL || !reserve(p)) {
        free(made.path);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    snprintf(made.path, size, "%s%s", p->base, suffix);
    st = recto_outfile_open(&made.file, made.path, err);
    if (st != RECTO_OK) {
        free(made.path);
        return st;
    }
    p->files[p->n++] = made;
    p->open = true;
    const char *slash = strrchr(made.path, '/');
    if (name_out != NULL)
        *name_out = slash != NULL ? slash + 1 : made.path;
    return RECTO_OK;
}

recto_status recto_parts_write(recto_parts *p, const void *bytes, size_t size, recto_error *err)
{
    return recto_outfile_write(p->files[p->n - 1].file, bytes, size, err);
}

recto_status recto_parts_commit(recto_parts *p,
                                recto_status (*told)(void *user, const char *path,
                                                     recto_error *err),
                                void *user, recto_error *err)
{
    recto_status st = p != NULL ? end_part(p, err) : RECTO_OK;
    for (size_t i = 0; p != NULL && i < p->n && st == RECTO_OK; i++) {
        recto_outfile *file = p->files[i].file;
        p->files[i].file = NULL;
        st = recto_outfile_commit(file, err);
        if (st == RECTO_OK)
            st = told(user, p->files[i].path, err);
    }
    return st;
}
