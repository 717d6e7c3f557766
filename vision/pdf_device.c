/* The collecting device.  It looks at each painting call once, works out a box, and files it: text
 * as glyphs with their characters, straight thin fills and strokes as rules, rectangles as painted
 * areas, images with their transform, all else as path area.  No pixel is made.
 *
 * What shows is decided here as far as it can be on the way: render mode 3 (ignore_text), full
 * transparency, clipped away, off the page.  What is painted over later is decided when the page is
 * complete (pdf_shapes.c).  Contents of soft masks are not seen at all, pattern cells count as one
 * path.
 *
 * A failure is noted in the page, and the interpreter is left by a MuPDF exception of class ABORT,
 * the only one that it does not take for a mistake of the document and go on. */
#include "vision/pdf_device.h"

#include "vision/pdf_font.h"
#include "vision/pdf_paths.h"

#include <math.h>
#include <mupdf/fitz.h>
#include <string.h>

enum {
    MAX_DEPTH = 512,     /* clips or groups open at a time */
    MAX_TILE_DEPTH = 24, /* patterns in patterns, masks in masks */
};

static const float FAR_PT = 1e6f;    /* no page reaches this far */
static const float MAX_TILES = 1e7f; /* of one pattern */
static const recto_pdf_colour PAPER = RECTO_PDF_WHITE;
static const recto_pdf_colour INK = {0, 0, 0};
static const float SEEN_ALPHA = 0.04f; /* fainter paint is not seen */
static const float SEEN_PT = 0.9f;     /* em; no print or screen shows smaller letters */

typedef struct collector {
    fz_device super;
    recto_pdf_page *page;
    fz_text *last_text; /* kept, so that a later object cannot get its address */
    fz_matrix last_ctm;
    recto_pdf_font font;                 /* the last one seen */
    fz_font *fonts[RECTO_PDF_MAX_FONTS]; /* kept, so that each has its number */
    int n_fonts;
    int mask_depth;         /* > 0 inside the contents of a soft mask */
    int tile_depth;         /* > 0 inside a pattern cell */
    int n_clips, n_inexact; /* clips open, and those that are not plain rectangles */
    int n_groups, n_soft;   /* groups open, and those blended or transparent */
    int n_text_clips;       /* clips open whose shape is text */
    bool clip_inexact[MAX_DEPTH + 1];
    int clip_run[MAX_DEPTH + 1], clip_run_end[MAX_DEPTH + 1]; /* the runs of such text */
    bool group_soft[MAX_DEPTH + 1];
} collector;

/* --- what a call sees -------------------------------------------------------------------- */

/* Note why the page cannot be finished and leave the interpreter.  Throws. */
static void stop(fz_context *ctx, collector *c, recto_status why)
{
    if (c->page->failed == RECTO_OK)
        c->page->failed = why;
    fz_throw(ctx, FZ_ERROR_ABORT, "stopped");
}

/* Count a call of any kind, so that forms that draw each other without end are stopped.  Throws. */
static void count_call(fz_context *ctx, collector *c)
{
    if (c->page->failed != RECTO_OK || ++c->page->n_marks > RECTO_PDF_MAX_MARKS)
        stop(ctx, c, RECTO_ERR_LIMIT);
}

/* MuPDF runs forms and patterns by recursion: what is nested deeper than any page needs would end
 * the program.  Throws. */
static void check_depth(fz_context *ctx, collector *c)
{
    if (c->n_clips > MAX_DEPTH || c->n_groups > MAX_DEPTH || c->tile_depth > MAX_TILE_DEPTH ||
        c->mask_depth > MAX_TILE_DEPTH)
        stop(ctx, c, RECTO_ERR_LIMIT);
}

/* Begin a painting call; false if it is not to be looked at.  Throws. */
static bool begin_mark(fz_context *ctx, collector *c)
{
    count_call(ctx, c);
    return c->mask_depth == 0 && c->tile_depth == 0;
}

static recto_affine affine_of(fz_matrix m)
{
    return (recto_affine){m.a, m.b, m.c, m.d, m.e, m.f};
}

static recto_rect rect_of(fz_rect r)
{
    return (recto_rect){r.x0, r.y0, r.x1, r.y1};
}

/* The part of the page that paint can reach now. */
static recto_rect visible_area(fz_context *ctx, collector *c)
{
    recto_rect page = {0.0f, 0.0f, c->page->width, c->page->height};
    return recto_rect_meet(page, rect_of(fz_device_current_scissor(ctx, &c->super)));
}

static bool is_opaque(const collector *c, float alpha)
{
    return alpha >= 0.99f && c->n_inexact == 0 && c->n_soft == 0;
}

static uint8_t level(float v)
{
    return v >= 1.0f ? 255 : v > 0.0f ? (uint8_t)(v * 255.0f + 0.5f) : 0;
}

static recto_pdf_colour colour_of(fz_context *ctx, fz_colorspace *cs, const float *color,
                                  fz_color_params params)
{
    float rgb[FZ_MAX_COLORS] = {0};
    if (cs == NULL || color == NULL)
        return INK;
    if (cs == fz_device_gray(ctx))
        return (recto_pdf_colour){level(color[0]), level(color[0]), level(color[0])};
    fz_convert_color(ctx, cs, color, fz_device_rgb(ctx), rgb, NULL, params);
    return (recto_pdf_colour){level(rgb[0]), level(rgb[1]), level(rgb[2])};
}

static bool is_paper(recto_pdf_colour colour)
{
    return recto_pdf_shapes_alike(colour, PAPER);
}

/* --- text -------------------------------------------------------------------------------- */

/* Number of a font on this page. */
static int number_of(fz_context *ctx, collector *c, fz_font *font)
{
    for (int i = c->n_fonts - 1; i >= 0; i--) {
        if (c->fonts[i] == font)
            return i;
    }
    if (c->n_fonts == RECTO_PDF_MAX_FONTS)
        return RECTO_PDF_MAX_FONTS;
    c->fonts[c->n_fonts] = fz_keep_font(ctx, font);
    return c->n_fonts++;
}

/* Fill a run from a span; false if its transform is degenerate. */
static bool begin_run(fz_context *ctx, collector *c, recto_pdf_run *run, const fz_text_span *span,
                      fz_matrix ctm, float *advance_scale)
{
    const recto_pdf_font *font = recto_pdf_font_look(&c->font, ctx, span->font);
    fz_matrix trm = fz_concat(span->trm, ctm);
    float along = hypotf(trm.a, trm.b);
    float across = hypotf(trm.c, trm.d);
    run->size = across * font->em;
    run->font = number_of(ctx, c, span->font);
    /* the fonts of OCR layers are without shapes: what they say of style means nothing */
    run->style |= run->style & RECTO_STYLE_HIDDEN ? 0u : font->style;
    run->ascent = font->ascent * run->size;
    run->descent = font->descent * run->size;
    if (span->wmode) { /* vertical: written down the page, glyphs centred on the line */
        run->ux = -trm.c / across;
        run->uy = -trm.d / across;
        run->ascent = run->descent = 0.5f * run->size;
        *advance_scale = across;
    } else {
        run->ux = trm.a / along;
        run->uy = trm.b / along;
        *advance_scale = along;
    }
    return along > 1e-3f && across > 1e-3f && along < 1e5f && across < 1e5f && isfinite(run->ux) &&
           isfinite(run->uy);
}

/* Characters of no size at all: on the page, and nobody sees them. */
static void count_nowhere(collector *c, const fz_text_span *span)
{
    for (int i = 0; i < span->len; i++)
        c->page->n_chars_nowhere += span->items[i].ucs > ' ';
}

static void add_span(fz_context *ctx, collector *c, const fz_text_span *span, fz_matrix ctm,
                     recto_rect area, recto_pdf_run run)
{
    float scale = 0.0f;
    if (span->font == NULL)
        return;
    if (!begin_run(ctx, c, &run, span, ctm, &scale)) {
        count_nowhere(c, span);
        return;
    }
    if (run.size < SEEN_PT ||
        scale * c->font.em < 0.3f * SEEN_PT) /* tiny, or squeezed to nothing */
        run.style |= RECTO_STYLE_HIDDEN;
    recto_pdf_text_add_run(c->page, &run);
    for (int i = 0; i < span->len && c->page->failed == RECTO_OK; i++) {
        const fz_text_item *item = &span->items[i];
        if (item->ucs < 0 && item->gid < 0)
            continue;
        fz_point at = fz_transform_point_xy(item->x, item->y, ctm);
        recto_pdf_glyph g = {.x = at.x, .y = at.y};
        if (!(fabsf(at.x) < FAR_PT && fabsf(at.y) < FAR_PT))
            continue;
        if (item->gid >= 0) {
            float advance = fz_advance_glyph(ctx, span->font, item->gid, (int)span->wmode) * scale;
            g.advance = fabsf(advance) < 1e5f ? fabsf(advance) : 0.0f;
        } else {
            g.flags |= RECTO_PDF_GLYPH_EXTRA;
        }
        if (item->ucs < 0)
            g.flags |= RECTO_PDF_GLYPH_EXTRA; /* part of a cluster whose text came before */
        else
            recto_pdf_font_character(&g, item->ucs);
        float mx = at.x + 0.5f * g.advance * run.ux + 0.3f * run.size * run.uy;
        float my = at.y + 0.5f * g.advance * run.uy - 0.3f * run.size * run.ux;
        if (!(mx >= area.x0 && mx <= area.x1 && my >= area.y0 && my <= area.y1))
            g.flags |= RECTO_PDF_GLYPH_OUTSIDE;
        recto_pdf_text_add_glyph(c->page, &g);
    }
}

/* Filled and stroked, or filled and clipped, text comes twice: the same object, taken once. */
static bool is_repeat(fz_context *ctx, collector *c, const fz_text *text, fz_matrix ctm)
{
    if (text == c->last_text && memcmp(&ctm, &c->last_ctm, sizeof ctm) == 0)
        return true;
    fz_drop_text(ctx, c->last_text);
    c->last_text = fz_keep_text(ctx, text);
    c->last_ctm = ctm;
    return false;
}

static void add_text(fz_context *ctx, collector *c, const fz_text *text, fz_matrix ctm, bool hidden,
                     recto_pdf_colour colour)
{
    if (!begin_mark(ctx, c) || is_repeat(ctx, c, text, ctm))
        return;
    recto_rect area = visible_area(ctx, c);
    recto_pdf_run run = {.colour = colour, .style = hidden ? RECTO_STYLE_HIDDEN : 0};
    for (const fz_text_span *span = text->head; span != NULL; span = span->next)
        add_span(ctx, c, span, ctm, area, run);
    if (c->page->failed != RECTO_OK)
        stop(ctx, c, c->page->failed);
}

static void fill_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                      fz_colorspace *cs, const float *color, float alpha, fz_color_params params)
{
    collector *c = (collector *)dev;
    add_text(ctx, c, text, ctm, alpha < SEEN_ALPHA, colour_of(ctx, cs, color, params));
}

static void stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                        const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                        const float *color, float alpha, fz_color_params params)
{
    (void)stroke;
    fill_text(ctx, dev, text, ctm, cs, color, alpha, params);
}

static void ignore_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm)
{
    add_text(ctx, (collector *)dev, text, ctm, true, INK);
}

/* --- clips, groups, masks, tiles --------------------------------------------------------- */

/* Something is painted: text that is open as a clip shows in it. */
static void show_clips(collector *c)
{
    for (int i = 0; c->n_text_clips > 0 && i < c->n_clips; i++) {
        for (int r = c->clip_run[i]; r < c->clip_run_end[i]; r++)
            c->page->runs[r].style &= ~(uint32_t)RECTO_STYLE_HIDDEN;
    }
}

static void push_clip(fz_context *ctx, collector *c, bool inexact)
{
    count_call(ctx, c);
    c->clip_run[c->n_clips] = c->clip_run_end[c->n_clips] = 0;
    c->clip_inexact[c->n_clips++] = inexact;
    c->n_inexact += inexact;
    check_depth(ctx, c);
}

static void pop_clip(fz_context *ctx, fz_device *dev)
{
    collector *c = (collector *)dev;
    (void)ctx;
    if (c->n_clips == 0)
        return;
    c->n_clips--;
    c->n_text_clips -= c->clip_run_end[c->n_clips] > c->clip_run[c->n_clips];
    c->n_inexact -= c->clip_inexact[c->n_clips];
}

static void clip_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                      fz_rect scissor)
{
    collector *c = (collector *)dev;
    (void)scissor;
    int first = c->page->n_runs;
    add_text(ctx, c, text, ctm, true, INK);
    push_clip(ctx, c, true);
    c->clip_run[c->n_clips - 1] = first;
    c->clip_run_end[c->n_clips - 1] = c->page->n_runs;
    c->n_text_clips += c->page->n_runs > first;
}

static void clip_stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                             const fz_stroke_state *stroke, fz_matrix ctm, fz_rect scissor)
{
    (void)stroke;
    clip_text(ctx, dev, text, ctm, scissor);
}

static void clip_stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                             const fz_stroke_state *stroke, fz_matrix ctm, fz_rect scissor)
{
    (void)path, (void)stroke, (void)ctm, (void)scissor;
    push_clip(ctx, (collector *)dev, true);
}

static void clip_image_mask(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                            fz_rect scissor)
{
    (void)image, (void)ctm, (void)scissor;
    push_clip(ctx, (collector *)dev, true);
}

static void begin_mask(fz_context *ctx, fz_device *dev, fz_rect area, int luminosity,
                       fz_colorspace *cs, const float *color, fz_color_params params)
{
    collector *c = (collector *)dev;
    (void)area, (void)luminosity, (void)cs, (void)color, (void)params;
    push_clip(ctx, c, true); /* its pop_clip comes when the masked content is done */
    c->mask_depth++;
    check_depth(ctx, c);
}

static void end_mask(fz_context *ctx, fz_device *dev)
{
    collector *c = (collector *)dev;
    (void)ctx;
    c->mask_depth -= c->mask_depth > 0;
}

static void begin_group(fz_context *ctx, fz_device *dev, fz_rect area, fz_colorspace *cs,
                        int isolated, int knockout, int blendmode, float alpha)
{
    collector *c = (collector *)dev;
    (void)area, (void)cs, (void)isolated, (void)knockout;
    bool soft = blendmode != FZ_BLEND_NORMAL || alpha < 0.99f;
    count_call(ctx, c);
    c->group_soft[c->n_groups++] = soft;
    c->n_soft += soft;
    check_depth(ctx, c);
}

static void end_group(fz_context *ctx, fz_device *dev)
{
    collector *c = (collector *)dev;
    (void)ctx;
    if (c->n_groups == 0)
        return;
    c->n_groups--;
    c->n_soft -= c->group_soft[c->n_groups];
}

static int begin_tile(fz_context *ctx, fz_device *dev, fz_rect area, fz_rect view, float xstep,
                      float ystep, fz_matrix ctm, int id)
{
    collector *c = (collector *)dev;
    (void)view, (void)id;
    float n_tiles = (area.x1 - area.x0) / fabsf(xstep) * ((area.y1 - area.y0) / fabsf(ystep));
    if (!(n_tiles <= MAX_TILES)) /* drawing the page would never end */
        stop(ctx, c, RECTO_ERR_LIMIT);
    if (begin_mark(ctx, c)) {
        recto_rect box =
            recto_rect_meet(rect_of(fz_transform_rect(area, ctm)), visible_area(ctx, c));
        if (!recto_rect_is_empty(box)) {
            recto_pdf_shapes_mark_path(c->page, box);
            recto_pdf_shapes_add_paint(c->page, box, NULL, false);
        }
    }
    c->tile_depth++;
    check_depth(ctx, c);
    return 0;
}

static void end_tile(fz_context *ctx, fz_device *dev)
{
    collector *c = (collector *)dev;
    (void)ctx;
    c->tile_depth -= c->tile_depth > 0;
}

/* --- paths ------------------------------------------------------------------------------- */

static void fill_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                      fz_matrix ctm, fz_colorspace *cs, const float *color, float alpha,
                      fz_color_params params)
{
    collector *c = (collector *)dev;
    (void)even_odd;
    if (!begin_mark(ctx, c) || alpha < 0.01f)
        return;
    recto_pdf_paths_walk w = {.page = c->page,
                              .to_page = affine_of(ctm),
                              .area = visible_area(ctx, c),
                              .filling = true,
                              .emit = true};
    if (recto_rect_is_empty(w.area))
        return;
    show_clips(c);
    w.colour = colour_of(ctx, cs, color, params);
    w.opaque = is_opaque(c, alpha);
    recto_pdf_paths_run(&w, ctx, path);
    c->page->n_paths += w.n_shapes > 0 && !is_paper(w.colour);
    if (w.n_shapes + w.n_boxes == 1 && !is_paper(w.colour))
        recto_pdf_dots_add(c->page, recto_rect_meet(w.box, w.area),
                           w.n_shapes == 1 ? RECTO_PDF_DOT_DISC : RECTO_PDF_DOT_SQUARE);
}

static void stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                        const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                        const float *color, float alpha, fz_color_params params)
{
    collector *c = (collector *)dev;
    if (!begin_mark(ctx, c) || alpha < 0.01f)
        return;
    recto_pdf_paths_walk w = {
        .page = c->page, .to_page = affine_of(ctm), .area = visible_area(ctx, c)};
    if (recto_rect_is_empty(w.area))
        return;
    w.colour = colour_of(ctx, cs, color, params);
    w.thick = stroke->linewidth * fz_matrix_expansion(ctm);
    if (!(w.thick >= 0.0f && w.thick < 1e5f))
        w.thick = 0.0f;
    recto_pdf_paths_run(&w, ctx,
                        path); /* so that a drawing's short edges are not taken for rules */
    w.emit = true;
    int n_shapes = w.n_shapes;
    recto_pdf_paths_run(&w, ctx, path);
    c->page->n_paths += n_shapes > 0 && !is_paper(w.colour);
    if (n_shapes > 0 && w.n_boxes == 0 && !is_paper(w.colour))
        recto_pdf_dots_add(c->page, recto_rect_meet(w.box, w.area), RECTO_PDF_DOT_RING);
}

static void clip_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                      fz_matrix ctm, fz_rect scissor)
{
    collector *c = (collector *)dev;
    (void)even_odd, (void)scissor;
    recto_pdf_paths_walk w = {.page = c->page, .to_page = affine_of(ctm), .filling = true};
    recto_pdf_paths_run(&w, ctx, path);
    push_clip(ctx, c, w.n_shapes > 0 || w.n_boxes != 1);
}

static void fill_shade(fz_context *ctx, fz_device *dev, fz_shade *shade, fz_matrix ctm, float alpha,
                       fz_color_params params)
{
    collector *c = (collector *)dev;
    (void)params;
    if (!begin_mark(ctx, c) || alpha < 0.01f)
        return;
    recto_rect box =
        recto_rect_meet(rect_of(fz_bound_shade(ctx, shade, ctm)), visible_area(ctx, c));
    if (recto_rect_is_empty(box))
        return;
    show_clips(c);
    c->page->n_paths++;
    recto_pdf_shapes_mark_path(c->page, box);
    recto_pdf_shapes_add_paint(c->page, box, NULL, false);
}

/* --- images ------------------------------------------------------------------------------ */

static bool is_rectilinear(fz_matrix m)
{
    float big = fmaxf(fmaxf(fabsf(m.a), fabsf(m.b)), fmaxf(fabsf(m.c), fabsf(m.d)));
    float slack = 0.002f * big;
    return (fabsf(m.b) <= slack && fabsf(m.c) <= slack) ||
           (fabsf(m.a) <= slack && fabsf(m.d) <= slack);
}

/* Remember the image while it is the only one. */
static void keep_image(fz_context *ctx, recto_pdf_page *page, fz_image *image)
{
    if (page->n_images == 1) {
        page->image = fz_keep_image(ctx, image);
    } else if (page->image != NULL) {
        fz_drop_image(ctx, page->image);
        page->image = NULL;
    }
}

static void add_image(fz_context *ctx, collector *c, fz_image *image, fz_matrix ctm, bool mask,
                      float alpha, recto_pdf_colour colour)
{
    if (!begin_mark(ctx, c) || alpha < 0.01f)
        return;
    recto_rect box = rect_of(fz_transform_rect(fz_unit_rect, ctm));
    bool finite = isfinite(box.x0) && isfinite(box.y0) && isfinite(box.x1) && isfinite(box.y1);
    box = recto_rect_meet(box, visible_area(ctx, c));
    if (!finite || recto_rect_is_empty(box))
        return;
    show_clips(c);
    bool opaque = !mask && image->mask == NULL && !image->use_colorkey && is_opaque(c, alpha) &&
                  is_rectilinear(ctm);
    /* a few pixels stretched out are a rule or a background, and a white stencil is an eraser */
    bool flat = (int64_t)image->w * image->h <= 16;
    float thin = fminf(recto_rect_width(box), recto_rect_height(box));
    if (flat || thin <= 2.0f) {
        recto_pdf_shapes_add_box(c->page, box, mask ? &colour : NULL, opaque || (mask && flat));
        return;
    }
    if (mask && is_paper(colour))
        return;
    recto_pdf_shapes_add_paint(c->page, box, NULL, opaque);
    recto_pdf_image entry = {
        .box = box, .m = affine_of(ctm), .w = image->w, .h = image->h, .mask = mask};
    recto_pdf_shapes_add_image(c->page, &entry);
    c->page->image_gray =
        (0.299f * (float)colour.r + 0.587f * (float)colour.g + 0.114f * (float)colour.b) / 255.0f;
    keep_image(ctx, c->page, image);
}

static void fill_image(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm, float alpha,
                       fz_color_params params)
{
    (void)params;
    add_image(ctx, (collector *)dev, image, ctm, false, alpha, INK);
}

static void fill_image_mask(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                            fz_colorspace *cs, const float *color, float alpha,
                            fz_color_params params)
{
    add_image(ctx, (collector *)dev, image, ctm, true, alpha, colour_of(ctx, cs, color, params));
}

/* --- the device -------------------------------------------------------------------------- */

static void drop_device(fz_context *ctx, fz_device *dev)
{
    collector *c = (collector *)dev;
    fz_drop_text(ctx, c->last_text);
    fz_drop_font(ctx, c->font.font);
    for (int i = 0; i < c->n_fonts; i++)
        fz_drop_font(ctx, c->fonts[i]);
}

static void set_painters(fz_device *dev)
{
    dev->fill_path = fill_path;
    dev->stroke_path = stroke_path;
    dev->fill_text = fill_text;
    dev->stroke_text = stroke_text;
    dev->ignore_text = ignore_text;
    dev->fill_shade = fill_shade;
    dev->fill_image = fill_image;
    dev->fill_image_mask = fill_image_mask;
}

struct fz_device *recto_pdf_device_new(struct fz_context *ctx, recto_pdf_page *page)
{
    collector *c = fz_new_derived_device(ctx, collector);
    fz_device *dev = &c->super;
    c->page = page;
    dev->drop_device = drop_device;
    set_painters(dev);
    dev->clip_path = clip_path;
    dev->clip_stroke_path = clip_stroke_path;
    dev->clip_text = clip_text;
    dev->clip_stroke_text = clip_stroke_text;
    dev->clip_image_mask = clip_image_mask;
    dev->pop_clip = pop_clip;
    dev->begin_mask = begin_mask;
    dev->end_mask = end_mask;
    dev->begin_group = begin_group;
    dev->end_group = end_group;
    dev->begin_tile = begin_tile;
    dev->end_tile = end_tile;
    return dev;
}
