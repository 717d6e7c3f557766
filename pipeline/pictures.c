#include "pipeline/pictures.h"

#include "pipeline/parts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EMBEDDED_QUALITY = 80 };

struct recto_pictures {
    recto_parts *files; /* NULL: they are embedded */
};

recto_status recto_pictures_open(recto_pictures **out, recto_images how, const char *base,
                                 recto_error *err)
{
    recto_status st = RECTO_OK;
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (how == RECTO_IMAGES_FILES)
        st = recto_parts_open(&(*out)->files, base, strlen(base), err);
    if (st != RECTO_OK) {
        free(*out);
        *out = NULL;
    }
    return st;
}

recto_status recto_pictures_commit(recto_pictures *p,
                                   recto_status (*told)(void *user, const char *path,
                                                        recto_error *err),
                                   void *user, recto_error *err)
{
    return p != NULL ? recto_parts_commit(p->files, told, user, err) : RECTO_OK;
}

void recto_pictures_close(recto_pictures *p)
{
    if (p == NULL)
        return;
    recto_parts_close(p->files);
    free(p);
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

static recto_status write_file(recto_pictures *p, recto_block *block, int page_number, int k,
                               const recto_image *im, recto_arena *keep, recto_error *err)
{
    char suffix[64];
    const char *name = NULL;
    uint8_t *png = NULL;
    size_t size = 0;
    snprintf(suffix, sizeof suffix, ".page-%d.picture-%d.png", page_number, k);
    recto_status st = recto_image_png(&png, &size, im, err);
    if (st == RECTO_OK)
        st = recto_parts_begin(&name, p->files, suffix, err);
    if (st == RECTO_OK)
        st = recto_parts_write(p->files, png, size, err);
    free(png);
    if (st != RECTO_OK)
        return st;
    block->file = recto_arena_text(keep, name, strlen(name));
    return block->file != NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

/* Drawings stay exact; photographs, which would be several times as large, become JPEG. */
static recto_status embed(recto_block *block, const recto_image *im, recto_arena *keep,
                          recto_error *err)
{
    uint8_t *png = NULL, *jpeg = NULL;
    size_t n_png = 0, n_jpeg = 0;
    recto_status st = recto_image_png(&png, &n_png, im, err);
    if (st == RECTO_OK)
        st = recto_image_jpeg(&jpeg, &n_jpeg, im, EMBEDDED_QUALITY, err);
    bool exact = n_png <= 2 * n_jpeg;
    size_t size = exact ? n_png : n_jpeg;
    void *kept = st == RECTO_OK ? recto_arena_alloc(keep, size) : NULL;
    if (st == RECTO_OK && kept == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK) {
        memcpy(kept, exact ? png : jpeg, size);
        block->image = (recto_asset){.bytes = kept,
                                     .size = size,
                                     .type = exact ? "image/png" : "image/jpeg",
                                     .width = im->width,
                                     .height = im->height};
    }
    free(png);
    free(jpeg);
    return st;
}

/* Picture number k of a page. */
static recto_status cut_one(recto_pictures *p, recto_block *block, int page_number, int k,
                            const recto_image *im, recto_rect box, recto_arena *keep,
                            recto_error *err)
{
    recto_image *part = NULL;
    recto_status st = crop(&part, im, box, err);
    if (st == RECTO_OK)
        st = p->files != NULL ? write_file(p, block, page_number, k, part, keep, err)
                              : embed(block, part, keep, err);
    recto_image_free(part);
    return st;
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
