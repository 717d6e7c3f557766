#include "pipeline/pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct picture {
    recto_outfile *file; /* written and without its name */
    char *path;
} picture;

struct recto_pictures {
    const char *base;
    picture *files; /* [n] */
    size_t n, cap;
};

recto_status recto_pictures_open(recto_pictures **out, const char *base, recto_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    (*out)->base = base;
    return RECTO_OK;
}

recto_status recto_pictures_commit(recto_pictures *p,
                                   recto_status (*told)(void *user, const char *path,
                                                        recto_error *err),
                                   void *user, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (size_t i = 0; p != NULL && i < p->n && st == RECTO_OK; i++) {
        recto_outfile *file = p->files[i].file;
        p->files[i].file = NULL;
        st = recto_outfile_commit(file, err);
        if (st == RECTO_OK)
            st = told(user, p->files[i].path, err);
    }
    return st;
}

void recto_pictures_close(recto_pictures *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++) {
        recto_outfile_abort(p->files[i].file);
        free(p->files[i].path);
    }
    free(p->files);
    free(p);
}

/* Room for one more file; false if out of memory. */
static bool reserve(recto_pictures *p)
{
    if (p->n < p->cap)
        return true;
    size_t cap = p->cap == 0 ? 16 : 2 * p->cap;
    picture *grown = realloc(p->files, cap * sizeof *grown);
    if (grown == NULL)
        return false;
    p->files = grown;
    p->cap = cap;
    return true;
}

/* The part of im under box; at least one pixel. */
static recto_status crop(recto_image **out, const recto_image *im, recto_rect box, recto_error *err)
{
    int x0 = (int)floorf(box.x0), y0 = (int)floorf(box.y0);
    int x1 = (int)ceilf(box.x1), y1 = (int)ceilf(box.y1);
    x0 = x0 < 0 ? 0 : x0 >= im->width ? im->width - 1 : x0;
    y0 = y0 < 0 ? 0 : y0 >= im->height ? im->height - 1 : y0;
    x1 = x1 <= x0 ? x0 + 1 : x1 > im->width ? im->width : x1;
    y1 = y1 <= y0 ? y0 + 1 : y1 > im->height ? im->height : y1;
    recto_status st = recto_image_new(out, x1 - x0, y1 - y0, im->channels, err);
    if (st != RECTO_OK)
        return st;
    size_t channels = (size_t)im->channels;
    for (int y = y0; y < y1; y++)
        memcpy((*out)->px + (size_t)(y - y0) * (*out)->stride,
               im->px + (size_t)y * im->stride + (size_t)x0 * channels,
               (size_t)(x1 - x0) * channels);
    (*out)->dpi = im->dpi;
    return RECTO_OK;
}

/* Picture number k of a page: cut, write, and tell its name. */
static recto_status cut_one(recto_pictures *p, recto_block *block, int page_number, int k,
                            const recto_image *im, recto_rect box, recto_arena *keep,
                            recto_error *err)
{
    char path[4096];
    recto_image *part = NULL;
    int n = snprintf(path, sizeof path, "%s.page-%d.picture-%d.png", p->base, page_number, k);
    if (n < 0 || (size_t)n >= sizeof path)
        return recto_error_set(err, RECTO_ERR_OUTPUT, "the picture's name is too long");
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *kept = recto_arena_text(keep, name, strlen(name));
    if (kept == NULL || !reserve(p))
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = crop(&part, im, box, err);
    picture done = {NULL, strdup(path)};
    if (st == RECTO_OK && done.path == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = recto_image_png_file(&done.file, part, path, err);
    recto_image_free(part);
    if (st != RECTO_OK) {
        free(done.path);
        return st;
    }
    p->files[p->n++] = done;
    block->file = kept;
    return RECTO_OK;
}

static bool is_wanted(const recto_block *b)
{
    return b->label == RECTO_LABEL_PICTURE && !recto_rect_is_empty(b->box);
}

recto_status recto_pictures_cut(recto_pictures *p, recto_page *page, recto_source *source,
                                recto_arena *keep, recto_error *err)
{
    recto_image *im = NULL;
    int n = 0;
    for (int b = 0; b < page->n_blocks; b++)
        n += is_wanted(&page->blocks[b]);
    if (n == 0)
        return RECTO_OK;
    recto_status st = recto_source_page_picture(&im, source, page->number - 1, page->dpi, err);
    if (st != RECTO_OK)
        return st;
    float sx = (float)im->width / page->width, sy = (float)im->height / page->height;
    n = 0;
    for (int b = 0; b < page->n_blocks && st == RECTO_OK; b++)
        if (is_wanted(&page->blocks[b])) {
            recto_block *block = &page->blocks[b];
            st = cut_one(p, block, page->number, ++n, im, recto_rect_scale(block->box, sx, sy),
                         keep, err);
        }
    recto_image_free(im);
    return st;
}
