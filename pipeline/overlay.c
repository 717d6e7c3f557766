#include "pipeline/overlay.h"
#include "pipeline/overlay_font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TAG_MAX = 24 }; /* characters of a region's label */

typedef struct color {
    uint8_t r, g, b;
} color;

static const color WORD_COLOR = {150, 190, 235};
static const color DOUBTFUL_COLOR = {240, 140, 40};
static const color ORDER_COLOR = {200, 30, 120};
static const color REGION_COLOR = {0, 160, 190};
static const float DOUBTFUL_CONF = 0.6f;

static const color LABEL_COLORS[RECTO_LABEL_COUNT] = {
    [RECTO_LABEL_TEXT] = {40, 110, 200},
    [RECTO_LABEL_TITLE] = {190, 20, 40},
    [RECTO_LABEL_SECTION_HEADER] = {220, 60, 30},
    [RECTO_LABEL_LIST_ITEM] = {20, 140, 120},
    [RECTO_LABEL_TABLE] = {110, 60, 180},
    [RECTO_LABEL_PICTURE] = {30, 150, 40},
    [RECTO_LABEL_CAPTION] = {120, 130, 20},
    [RECTO_LABEL_FOOTNOTE] = {120, 90, 60},
    [RECTO_LABEL_FORMULA] = {160, 30, 160},
    [RECTO_LABEL_CODE] = {70, 80, 90},
    [RECTO_LABEL_PAGE_HEADER] = {140, 140, 140},
    [RECTO_LABEL_PAGE_FOOTER] = {140, 140, 140},
    [RECTO_LABEL_FORM] = {0, 130, 60},
};

static void put(recto_image *im, int x, int y, color c)
{
    if (x < 0 || y < 0 || x >= im->width || y >= im->height)
        return;
    uint8_t *p = im->px + (size_t)y * im->stride + (size_t)x * 3;
    p[0] = c.r;
    p[1] = c.g;
    p[2] = c.b;
}

static void fill(recto_image *im, int x0, int y0, int x1, int y1, color c)
{
    for (int y = y0 < 0 ? 0 : y0; y < y1 && y < im->height; y++)
        for (int x = x0 < 0 ? 0 : x0; x < x1 && x < im->width; x++)
            put(im, x, y, c);
}

static void frame(recto_image *im, recto_rect r, float scale, int pen, color c)
{
    int x0 = (int)(r.x0 * scale), y0 = (int)(r.y0 * scale);
    int x1 = (int)ceilf(r.x1 * scale), y1 = (int)ceilf(r.y1 * scale);
    fill(im, x0 - pen, y0 - pen, x1 + pen, y0, c);
    fill(im, x0 - pen, y1, x1 + pen, y1 + pen, c);
    fill(im, x0 - pen, y0, x0, y1, c);
    fill(im, x1, y0, x1 + pen, y1, c);
}

static void line_between(recto_image *im, float xa, float ya, float xb, float yb, int pen, color c)
{
    int n = (int)fmaxf(fabsf(xb - xa), fabsf(yb - ya)) + 1;
    for (int i = 0; i <= n; i++) {
        float t = (float)i / (float)n;
        int x = (int)(xa + t * (xb - xa)), y = (int)(ya + t * (yb - ya));
        fill(im, x, y, x + pen, y + pen, c);
    }
}

static const uint8_t *glyph(char c)
{
    if (c >= '0' && c <= '9')
        return OVERLAY_DIGITS[c - '0'];
    if (c >= 'a' && c <= 'z')
        return OVERLAY_LETTERS[c - 'a'];
    return c == '_' ? OVERLAY_UNDERSCORE : OVERLAY_OTHER;
}

/* The first n characters of a text as a filled tag with its left top corner at x, y. */
static void tag(recto_image *im, int x, int y, int dot, const char *text, int n, color c)
{
    fill(im, x, y, x + dot * (6 * n + 1), y + dot * 9, c);
    for (int i = 0; i < n; i++)
        for (int row = 0; row < 7; row++)
            for (int col = 0; col < 5; col++)
                if (glyph(text[i])[row] >> (4 - col) & 1) {
                    int px = x + dot * (1 + 6 * i + col), py = y + dot * (1 + row);
                    fill(im, px, py, px + dot, py + dot, (color){255, 255, 255});
                }
}

/* A number beside the point x, y: to its left, or to its right where the page ends. */
static void number(recto_image *im, int x, int y, int dot, int value, color c)
{
    char text[12];
    int n = snprintf(text, sizeof text, "%d", value), width = dot * (6 * n + 1);
    tag(im, x - dot >= width ? x - dot - width : x, y, dot, text, n, c);
}

/* A region's label beside its box, where it hides no text; inside where the page ends. */
static void region_label(recto_image *im, const recto_region *r, float scale, int dot)
{
    int n = (int)strnlen(r->category, TAG_MAX), width = dot * (6 * n + 1);
    int right = (int)ceilf(r->box.x1 * scale) + 2 * dot;
    tag(im, right + width <= im->width ? right : (int)(r->box.x1 * scale) - width,
        (int)(r->box.y0 * scale), dot, r->category, n, REGION_COLOR);
}

/* The layout thought: frames wider than those of the blocks. */
static void draw_regions(recto_image *im, const recto_page *page, float scale, int pen)
{
    for (int i = 0; i < page->n_regions; i++) {
        const recto_region *r = &page->regions[i];
        if (recto_rect_is_empty(r->box))
            continue;
        frame(im, r->box, scale, 2 * pen, REGION_COLOR);
        region_label(im, r, scale, pen);
    }
}

static void draw_lines(recto_image *im, const recto_line *lines, int n, float scale)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < lines[i].n_words; k++) {
            const recto_word *w = &lines[i].words[k];
            frame(im, w->box, scale, 1, w->conf < DOUBTFUL_CONF ? DOUBTFUL_COLOR : WORD_COLOR);
        }
}

/* A field's own box, crossed out where it is ticked. */
static void draw_field(recto_image *im, const recto_field *f, float scale, int pen)
{
    recto_rect r = recto_rect_scale(f->box, scale, scale);
    color c = LABEL_COLORS[RECTO_LABEL_FORM];
    frame(im, f->box, scale, pen, c);
    if (!f->checked)
        return;
    line_between(im, r.x0, r.y0, r.x1, r.y1, pen, c);
    line_between(im, r.x0, r.y1, r.x1, r.y0, pen, c);
}

/* From a caption to what it is tied to. */
static void draw_tie(recto_image *im, const recto_page *page, const recto_block *b, float scale,
                     int pen)
{
    if (b->label != RECTO_LABEL_CAPTION || b->tied == 0)
        return;
    const recto_rect from = b->box, to = page->blocks[b->tied - 1].box;
    float y = from.y0 > to.y1 ? to.y1 : to.y0;
    line_between(im, (from.x0 + from.x1) / 2.0f * scale, (from.y0 + from.y1) / 2.0f * scale,
                 (to.x0 + to.x1) / 2.0f * scale, y * scale, pen, LABEL_COLORS[RECTO_LABEL_CAPTION]);
}

static bool is_unknown(const recto_page *page, recto_rect r)
{
    return page->reader == RECTO_READER_VLM && recto_rect_is_empty(r);
}

static void draw_page(recto_image *im, const recto_page *page, float scale)
{
    int pen = im->width / 900 + 1;
    draw_regions(im, page, scale, pen);
    for (int b = 0; b < page->n_blocks; b++) {
        const recto_block *block = &page->blocks[b];
        draw_lines(im, block->lines, block->n_lines, scale);
        for (int k = 0; block->table != NULL && k < block->table->n_cells; k++) {
            const recto_cell *cell = &block->table->cells[k];
            draw_lines(im, cell->lines, cell->n_lines, scale);
            if (!is_unknown(page, cell->box))
                frame(im, cell->box, scale, 1, LABEL_COLORS[RECTO_LABEL_TABLE]);
        }
    }
    const recto_block *before = NULL; /* the last one with a place */
    for (int b = 0; b < page->n_blocks; b++) {
        const recto_block *block = &page->blocks[b];
        if (is_unknown(page, block->box))
            continue;
        if (before != NULL)
            line_between(im, before->box.x0 * scale, before->box.y1 * scale, block->box.x0 * scale,
                         block->box.y0 * scale, pen, ORDER_COLOR);
        before = block;
    }
    for (int b = 0; b < page->n_blocks; b++) {
        recto_rect r = page->blocks[b].box;
        color c = LABEL_COLORS[page->blocks[b].label];
        if (is_unknown(page, r))
            continue;
        frame(im, r, scale, pen, c);
        if (page->blocks[b].field != NULL)
            draw_field(im, page->blocks[b].field, scale, pen);
        draw_tie(im, page, &page->blocks[b], scale, pen);
        number(im, (int)(r.x0 * scale) - pen, (int)(r.y0 * scale), pen, b + 1, c);
    }
}

recto_status recto_overlay_draw(recto_image **out, const recto_image *picture,
                                const recto_page *page, recto_error *err)
{
    recto_status st = recto_image_new(out, picture->width, picture->height, 3, err);
    if (st != RECTO_OK)
        return st;
    recto_image *im = *out;
    for (int y = 0; y < im->height; y++) {
        const uint8_t *from = picture->px + (size_t)y * picture->stride;
        uint8_t *to = im->px + (size_t)y * im->stride;
        for (int x = 0; x < im->width; x++)
            for (int c = 0; c < 3; c++)
                to[3 * x + c] = from[picture->channels == 3 ? 3 * x + c : x];
    }
    draw_page(im, page, page->width > 0 ? (float)im->width / page->width : 1.0f);
    return RECTO_OK;
}
