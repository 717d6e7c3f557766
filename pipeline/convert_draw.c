/* What pages look like: overlays, and pictures of whole pages for the forms that show them. */
#include "pipeline/convert_parts.h"

#include "pipeline/overlay.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Overlays of rendered pages: enough to read small print on the screen. */
static const float OVERLAY_DPI = 150.0f;
/* Pages beside their text: as large as a screen shows them, enough to check a word. */
static const float SHOWN_DPI = 110.0f;
enum { SHOWN_QUALITY = 70 };

static recto_status draw_overlay(recto_convert_doc *d, const recto_page *page, const char *base,
                                 recto_error *err)
{
    char path[4096];
    recto_image *im = NULL;
    recto_outfile *file = NULL;
    int n = snprintf(path, sizeof path, "%s.page-%d.png", base, page->number);
    if (n < 0 || (size_t)n >= sizeof path)
        return recto_error_set(err, RECTO_ERR_OUTPUT, "the overlay's name is too long");
    recto_status st =
        recto_source_page_picture(&im, d->input.source, page->number - 1, OVERLAY_DPI, err);
    if (st != RECTO_OK)
        return st;
    recto_image *drawn = NULL;
    st = recto_overlay_draw(&drawn, im, page, err);
    recto_image_free(im);
    if (st == RECTO_OK)
        st = recto_image_png_file(&file, drawn, path, err);
    recto_image_free(drawn);
    if (st == RECTO_OK)
        st = recto_outfile_commit(file, err);
    return st == RECTO_OK ? recto_convert_tell_output(d, path, err) : st;
}

/* A page that cannot be drawn costs only its overlay. */
recto_status recto_convert_overlays(recto_convert_doc *d, const char *base, recto_error *err)
{
    int n = recto_spill_count(d->spill);
    for (int i = 0; i < n; i++) {
        recto_page page;
        recto_error why = {0};
        recto_status st = recto_convert_stopped(d->opt, d->input.name, n, n, err);
        if (st == RECTO_OK)
            st = recto_convert_load_page(&page, d, i, err);
        if (st != RECTO_OK)
            return st;
        if (page.status != RECTO_OK || !recto_convert_check_page(d, &page))
            continue;
        recto_convert_grant_page(d);
        st = draw_overlay(d, &page, base, &why);
        d->deadline.page_s = 0;
        if (st == RECTO_ERR_OUTPUT || st == RECTO_ERR_NOMEM) {
            if (err != NULL)
                *err = why;
            return st;
        }
        if (st != RECTO_OK)
            recto_convert_note_failure(d->result, &d->result->n_undrawn, st, page.number,
                                       "no overlay: ", recto_pagejob_message(&why));
    }
    return RECTO_OK;
}

recto_status recto_convert_show_page(recto_page *page, recto_convert_doc *d, recto_error *err)
{
    recto_image *im = NULL, *small = NULL;
    uint8_t *jpeg = NULL;
    size_t size = 0;
    recto_status st =
        recto_source_page_picture(&im, d->input.source, page->number - 1, SHOWN_DPI, err);
    float width = page->width * SHOWN_DPI / page->dpi;
    if (st == RECTO_OK && (float)im->width > 1.1f * width) {
        float scale = width / (float)im->width;
        st = recto_image_scale(&small, im, (int)fmaxf(1.0f, roundf(width)),
                               (int)fmaxf(1.0f, roundf((float)im->height * scale)), err);
        recto_image_free(im);
        im = small;
    }
    if (st == RECTO_OK)
        st = recto_image_jpeg(&jpeg, &size, im, SHOWN_QUALITY, err);
    void *kept = st == RECTO_OK ? recto_arena_alloc(d->keep, size) : NULL;
    if (st == RECTO_OK && kept == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK) {
        memcpy(kept, jpeg, size);
        page->picture = (recto_asset){.bytes = kept,
                                      .size = size,
                                      .type = "image/jpeg",
                                      .width = im->width,
                                      .height = im->height};
    }
    free(jpeg);
    recto_image_free(im);
    return st;
}
