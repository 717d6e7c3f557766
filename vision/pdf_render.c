/* Pixels of PDF pages: drawn by MuPDF, or the page's one image taken as it is.
 *
 * A scan in a PDF is read at the scanner's resolution.  Drawing the page would resample it once
 * more, which costs accuracy and time, so when the page is nothing but one image that lies square
 * on it, its pixels are decoded and turned upright.  Scanners that cut a page into strips or layers
 * leave several images: then the page is drawn at their resolution. */
#include "vision/pdf_doc.h"

#include <math.h>
#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <string.h>

static const float MIN_DPI = 72.0f; /* limits of the resolution taken from images */
static const float MAX_DPI = 600.0f;
static const float EDGE_SHARE =
    0.015f; /* of the page's side: an image this near the edge fills it */

/* How the image lies on the page. */
typedef struct pose {
    bool transposed;     /* image rows run down the page */
    bool flip_x, flip_y; /* on the page, after transposing */
    int w, h;            /* px as displayed */
    recto_rect box;      /* pt, unclipped */
} pose;

static bool find_pose(pose *out, const recto_pdf_image *im)
{
    const recto_affine m = im->m;
    float big = fmaxf(fmaxf(fabsf(m.a), fabsf(m.b)), fmaxf(fabsf(m.c), fabsf(m.d)));
    float slack = 0.002f * big;
    recto_rect box = recto_affine_rect(m, (recto_rect){0.0f, 0.0f, 1.0f, 1.0f});
    if (fabsf(m.b) <= slack && fabsf(m.c) <= slack)
        *out = (pose){false, m.a < 0.0f, m.d < 0.0f, im->w, im->h, box};
    else if (fabsf(m.a) <= slack && fabsf(m.d) <= slack)
        *out = (pose){true, m.c < 0.0f, m.b < 0.0f, im->h, im->w, box};
    else
        return false;
    return !recto_rect_is_empty(box);
}

/* Where the image goes in the page's pixels. */
typedef struct canvas {
    int width, height;
    int x, y; /* of the image's corner; may lie outside */
    float dpi;
} canvas;

static bool find_canvas(canvas *out, const pose *p, float page_w, float page_h)
{
    float sx = (float)p->w / recto_rect_width(p->box); /* px a point */
    float sy = (float)p->h / recto_rect_height(p->box);
    if (!(fabsf(sx / sy - 1.0f) <= 0.02f) || sx * page_w > 1e6f || sy * page_h > 1e6f)
        return false;
    float edge_x = EDGE_SHARE * page_w;
    float edge_y = EDGE_SHARE * page_h;
    if (fabsf(p->box.x0) <= edge_x && fabsf(page_w - p->box.x1) <= edge_x &&
        fabsf(p->box.y0) <= edge_y && fabsf(page_h - p->box.y1) <= edge_y) {
        *out = (canvas){p->w, p->h, 0, 0, 72.0f * (float)p->w / page_w};
        return true;
    }
    /* an image with margins is read as part of its page, if that is not out of all proportion */
    float dpi = 72.0f * sx;
    *out = (canvas){(int)lrintf(page_w * sx), (int)lrintf(page_h * sy), (int)lrintf(p->box.x0 * sx),
                    (int)lrintf(p->box.y0 * sy), dpi};
    return dpi >= 50.0f && dpi <= 1.2f * MAX_DPI && out->width > 0 && out->height > 0;
}

static recto_status check_pixels(const recto_pdf_doc *d, int64_t w, int64_t h, recto_error *err)
{
    if (w >= 1 && h >= 1 && w <= INT32_MAX && h <= INT32_MAX && w <= d->max_pixels / h)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_LIMIT,
                           "%lld x %lld pixels is over the limit of %lld pixels a page",
                           (long long)w, (long long)h, (long long)d->max_pixels);
}

/* One row of the decoded image as grey bytes on white. */
static void gray_row(uint8_t *out, const fz_pixmap *pix, int row, float stencil_gray)
{
    const uint8_t *in = pix->samples + (ptrdiff_t)row * pix->stride;
    int n = pix->n;
    if (pix->colorspace == NULL) { /* a stencil: only coverage */
        int ink = (int)lrintf(255.0f * (1.0f - stencil_gray));
        for (int x = 0; x < pix->w; x++)
            out[x] = (uint8_t)(255 - in[x * n + n - 1] * ink / 255);
    } else if (pix->alpha) {
        for (int x = 0; x < pix->w; x++) {
            int v = in[x * n] + 255 - in[x * n + n - 1];
            out[x] = (uint8_t)(v > 255 ? 255 : v);
        }
    } else {
        memcpy(out, in, (size_t)pix->w);
    }
}

/* Put one image row in its place, clipped to the canvas. */
static void place_row(recto_image *out, const uint8_t *row, int n, int j, const pose *p,
                      const canvas *c)
{
    int across = p->transposed ? (p->flip_x ? p->w - 1 - j : j) : (p->flip_y ? p->h - 1 - j : j);
    bool back = p->transposed ? p->flip_y : p->flip_x;
    ptrdiff_t step = p->transposed ? (ptrdiff_t)out->stride : 1;
    int fixed = across + (p->transposed ? c->x : c->y);
    int fixed_end = p->transposed ? out->width : out->height;
    int start = p->transposed ? c->y : c->x; /* of the image's first pixel along the row */
    int end = p->transposed ? out->height : out->width;
    if (fixed < 0 || fixed >= fixed_end)
        return;
    int from = start < 0 ? -start : 0;
    int to = n < end - start ? n : end - start;
    uint8_t *at = out->px + (p->transposed ? (ptrdiff_t)fixed : fixed * (ptrdiff_t)out->stride);
    for (int k = from; k < to; k++)
        at[(start + k) * step] = row[back ? n - 1 - k : k];
}

/* Decode as grey: what MuPDF gives, converted.  Throws. */
static fz_pixmap *decode(fz_context *ctx, fz_image *image)
{
    fz_pixmap *pix = fz_get_pixmap_from_image(ctx, image, NULL, NULL, NULL, NULL);
    if (pix->colorspace == NULL || (pix->n - pix->alpha == 1 && pix->s == 0))
        return pix;
    fz_pixmap *gray = NULL;
    fz_var(gray);
    fz_try(ctx)
    {
        gray = fz_convert_pixmap(ctx, pix, fz_device_gray(ctx), NULL, NULL, fz_default_color_params,
                                 1);
    }
    fz_always(ctx)
    {
        fz_drop_pixmap(ctx, pix);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
    return gray;
}

/* In a function of its own, so that no other's variables live across setjmp. */
static fz_pixmap *try_decode(recto_pdf_doc *d, fz_image *image)
{
    fz_pixmap *pix = NULL;
    fz_var(pix);
    fz_try(d->ctx)
    {
        pix = decode(d->ctx, image);
    }
    fz_catch(d->ctx)
    {
        return NULL;
    }
    return pix;
}

static recto_status copy_image(recto_image **out, recto_pdf_doc *d, const fz_pixmap *pix,
                               const pose *p, const canvas *c, recto_error *err)
{
    recto_image *im = NULL;
    recto_status status = recto_image_new(&im, c->width, c->height, 1, err);
    if (status != RECTO_OK)
        return status;
    recto_arena_mark mark = recto_arena_here(d->tmp);
    uint8_t *row = recto_arena_alloc(d->tmp, (size_t)pix->w);
    if (row == NULL) {
        recto_image_free(im);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the page's image");
    }
    memset(im->px, 255, im->stride * (size_t)im->height);
    for (int j = 0; j < pix->h; j++) {
        gray_row(row, pix, j, d->page.image_gray);
        place_row(im, row, pix->w, j, p, c);
    }
    recto_arena_reset(d->tmp, mark);
    im->dpi = c->dpi;
    *out = im;
    return RECTO_OK;
}

/* The part of the image that shows is all that lies on the page. */
static bool is_whole(const recto_pdf_doc *d, const pose *p)
{
    recto_rect page = {0.0f, 0.0f, d->page.width, d->page.height};
    float possible = recto_rect_area(recto_rect_meet(p->box, page));
    return recto_rect_area(d->page.images[0].box) >= 0.97f * possible;
}

recto_status recto_pdf_render_image(recto_image **out, recto_pdf_doc *d, recto_error *err)
{
    *out = NULL;
    fz_image *image = d->page.image;
    pose p;
    canvas c;
    if (!d->facts.single_image || image == NULL || image->mask != NULL || image->use_colorkey ||
        !find_pose(&p, &d->page.images[0]) || !is_whole(d, &p) ||
        !find_canvas(&c, &p, d->page.width, d->page.height))
        return RECTO_OK;
    recto_status status = check_pixels(d, image->w, image->h, err);
    if (status == RECTO_OK)
        status = check_pixels(d, c.width, c.height, err);
    if (status != RECTO_OK)
        return status;
    d->refused = false;
    fz_pixmap *pix = try_decode(d, image);
    if (pix == NULL)
        return recto_pdf_doc_error(d, "the page's image cannot be decoded", err);
    if (pix->w == image->w && pix->h == image->h)
        status = copy_image(out, d, pix, &p, &c, err);
    fz_drop_pixmap(d->ctx, pix);
    return status;
}

/* --- drawing ----------------------------------------------------------------------------- */

float recto_pdf_render_dpi(const recto_pdf_doc *d)
{
    const recto_source_facts *f = &d->facts;
    if (f->image_cover < 0.5f)
        return d->dpi;
    float best_area = 0.0f;
    float image_dpi = d->dpi;
    for (int i = 0; i < d->page.n_images; i++) {
        const recto_pdf_image *im = &d->page.images[i];
        float area = recto_rect_area(im->box);
        float w = hypotf(im->m.a, im->m.b);
        float h = hypotf(im->m.c, im->m.d);
        if (area <= best_area || !(w > 0.0f && h > 0.0f))
            continue;
        best_area = area;
        image_dpi = 72.0f * fmaxf((float)im->w / w, (float)im->h / h);
    }
    image_dpi = fminf(fmaxf(image_dpi, MIN_DPI), MAX_DPI);
    /* text and lines of the page's own are as sharp as they are drawn */
    return f->n_chars > 0 || f->n_paths > 0 ? fmaxf(image_dpi, d->dpi) : image_dpi;
}

/* Draw onto the image's own memory.  Throws. */
static void draw(recto_pdf_doc *d, recto_image *im, int i, float dpi, fz_cookie *cookie)
{
    fz_context *ctx = d->ctx;
    fz_page *page = NULL;
    fz_pixmap *pix = NULL;
    fz_device *dev = NULL;
    fz_var(page);
    fz_var(pix);
    fz_var(dev);
    fz_try(ctx)
    {
        page = (fz_page *)pdf_load_page(ctx, d->doc, i);
        fz_matrix turn = fz_rotate((float)d->page.turned_deg);
        fz_rect box = fz_transform_rect(fz_bound_page(ctx, page), turn);
        fz_matrix ctm = fz_concat(fz_concat(turn, fz_translate(-box.x0, -box.y0)),
                                  fz_scale(dpi / 72.0f, dpi / 72.0f));
        pix = fz_new_pixmap_with_data(ctx,
                                      im->channels == 1 ? fz_device_gray(ctx) : fz_device_rgb(ctx),
                                      im->width, im->height, NULL, 0, (int)im->stride, im->px);
        fz_clear_pixmap_with_value(ctx, pix, 255);
        dev = fz_new_draw_device(ctx, fz_identity, pix);
        fz_run_page(ctx, page, dev, ctm, cookie);
        fz_close_device(ctx, dev);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, dev);
        fz_drop_pixmap(ctx, pix);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Draw; false if it failed, or ran out of memory on the way. */
static bool try_draw(recto_pdf_doc *d, recto_image *im, int i, float dpi)
{
    fz_cookie cookie = {0};
    d->refused = false;
    fz_try(d->ctx)
    {
        draw(d, im, i, dpi, &cookie);
    }
    fz_catch(d->ctx)
    {
        return false;
    }
    return !d->refused || cookie.errors == 0;
}

recto_status recto_pdf_render_page(recto_image **out, recto_pdf_doc *d, int i, float dpi,
                                   int channels, recto_error *err)
{
    *out = NULL;
    float w = ceilf(d->page.width * dpi / 72.0f - 0.01f);
    float h = ceilf(d->page.height * dpi / 72.0f - 0.01f);
    recto_status status = check_pixels(d, (int64_t)fmaxf(w, 1.0f), (int64_t)fmaxf(h, 1.0f), err);
    if (status != RECTO_OK)
        return status;
    recto_image *im = NULL;
    status = recto_image_new(&im, (int)fmaxf(w, 1.0f), (int)fmaxf(h, 1.0f), channels, err);
    if (status != RECTO_OK)
        return status;
    if (!try_draw(d, im, i, dpi)) {
        recto_image_free(im);
        return recto_pdf_doc_error(d, "the page cannot be drawn", err);
    }
    im->dpi = dpi;
    *out = im;
    return RECTO_OK;
}
