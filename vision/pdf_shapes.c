/* Rules, images and painted areas of a PDF page: collecting them, joining pieces, and the shares of
 * the page's area in the facts.
 *
 * Areas are measured on a grid of 128 x 128 cells rather than by exact unions: a page may hold a
 * million overlapping paths, and a share is wanted to about one per cent.  The same grid joins the
 * pieces of a vector drawing into one picture. */
#include "vision/pdf_bars.h"
#include "vision/pdf_page.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID RECTO_PDF_GRID

static const float RULE_MAX_PT = 3.0f;       /* thickness of any rule */
static const float RULE_MAX_HEAVY_PT = 6.0f; /* thickness of a rule 20 times as long */
static const float RULE_MIN_LENGTH_PT = 4.0f;
static const float RULE_JOIN_PT = 3.0f;     /* gap between pieces: dashes and dots */
static const float BACKGROUND_SHARE = 0.4f; /* of the page: a larger path is no drawing */
static const float PAINT_MIN_PT = 4.0f;     /* both sides of an area that could hide a word */
static const float TEXT_SHARE = 0.25f;      /* of a drawing: more, and it is a frame around text */
static const float PICTURE_MIN_PT = 14.0f;  /* both sides of a picture */
static const recto_pdf_colour PAPER = RECTO_PDF_WHITE;

enum { ALIKE = 8 }; /* of 255 a channel: letters 3 % off their ground are not seen */

void recto_pdf_shapes_reset(recto_pdf_page *page, float width, float height, int rotate_deg)
{
    page->width = width;
    page->height = height;
    page->rotate_deg = rotate_deg;
    page->turned_deg = 0;
    page->n_glyphs = page->n_runs = page->n_rules = page->n_images = page->n_paints = page->n_dots =
        0;
    page->n_paths = page->n_marks = page->n_chars_nowhere = 0;
    memset(page->path_cells, 0, sizeof page->path_cells);
    memset(page->image_cells, 0, sizeof page->image_cells);
    page->image = NULL;
    page->image_gray = 0.0f;
    page->failed = RECTO_OK;
    page->damaged = false;
}

void recto_pdf_shapes_free(recto_pdf_page *page)
{
    free(page->glyphs);
    free(page->runs);
    free(page->rules);
    free(page->images);
    free(page->paints);
    free(page->dots);
    memset(page, 0, sizeof *page);
}

bool recto_pdf_shapes_room(recto_pdf_page *page, void **items, int n, int *cap, size_t size,
                           int max)
{
    if (n < *cap)
        return true;
    if (n >= max)
        return false;
    int wanted = *cap == 0 ? 256 : *cap * 2;
    if (wanted > max)
        wanted = max;
    void *grown = realloc(*items, (size_t)wanted * size);
    if (grown == NULL) {
        page->failed = RECTO_ERR_NOMEM;
        return false;
    }
    *items = grown;
    *cap = wanted;
    return true;
}

/* --- collecting ------------------------------------------------------------------------- */

static void add_rule(recto_pdf_page *page, recto_rect box, bool vertical)
{
    void *items = page->rules;
    if (!recto_pdf_shapes_room(page, &items, page->n_rules, &page->cap_rules, sizeof *page->rules,
                               RECTO_PDF_MAX_RULES))
        return;
    page->rules = items;
    page->rules[page->n_rules++] = (recto_rule){.box = box, .vertical = vertical};
}

bool recto_pdf_shapes_alike(recto_pdf_colour a, recto_pdf_colour b)
{
    return abs(a.r - b.r) <= ALIKE && abs(a.g - b.g) <= ALIKE && abs(a.b - b.b) <= ALIKE;
}

void recto_pdf_shapes_add_paint(recto_pdf_page *page, recto_rect box,
                                const recto_pdf_colour *colour, bool opaque)
{
    if (recto_rect_width(box) < PAINT_MIN_PT || recto_rect_height(box) < PAINT_MIN_PT)
        return;
    if (colour != NULL && recto_pdf_shapes_alike(*colour, PAPER) && !opaque)
        return; /* neither hides text nor makes white text visible */
    void *items = page->paints;
    if (!recto_pdf_shapes_room(page, &items, page->n_paints, &page->cap_paints,
                               sizeof *page->paints, RECTO_PDF_MAX_PAINTS))
        return;
    page->paints = items;
    page->paints[page->n_paints++] = (recto_pdf_paint){.box = box,
                                                       .order = page->n_marks,
                                                       .colour = colour != NULL ? *colour : PAPER,
                                                       .flat = colour != NULL && opaque,
                                                       .opaque = opaque};
}

static bool is_thin(float thick, float length)
{
    return thick <= RULE_MAX_PT || (thick <= RULE_MAX_HEAVY_PT && length >= 20.0f * thick);
}

void recto_pdf_shapes_add_box(recto_pdf_page *page, recto_rect box, const recto_pdf_colour *colour,
                              bool opaque)
{
    float w = recto_rect_width(box);
    float h = recto_rect_height(box);
    if (is_thin(h, w) && h <= w)
        add_rule(page, box, false);
    else if (is_thin(w, h))
        add_rule(page, box, true);
    else
        recto_pdf_shapes_add_paint(page, box, colour, opaque);
}

bool recto_pdf_shapes_add_stroke(recto_pdf_page *page, recto_rect clip, float x0, float y0,
                                 float x1, float y1, float thick, const recto_pdf_colour *colour)
{
    float dx = fabsf(x1 - x0);
    float dy = fabsf(y1 - y0);
    bool vertical = dy > dx;
    if ((vertical ? dx : dy) > 0.1f + 0.005f * (vertical ? dy : dx))
        return false;
    float half = fmaxf(thick, 0.3f) * 0.5f;
    recto_rect box = {fminf(x0, x1), fminf(y0, y1), fmaxf(x0, x1), fmaxf(y0, y1)};
    if (vertical) {
        box.x0 -= half;
        box.x1 += half;
    } else {
        box.y0 -= half;
        box.y1 += half;
    }
    box = recto_rect_meet(box, clip);
    if (recto_rect_is_empty(box))
        return true;
    recto_pdf_shapes_add_box(page, box, colour, false);
    return true;
}

/* Cells whose middle lies in the box; at least one, so that a small path counts. */
static void mark_cells(uint8_t cells[GRID][GRID], const recto_pdf_page *page, recto_rect box)
{
    float sx = (float)GRID / page->width;
    float sy = (float)GRID / page->height;
    int x0 = (int)fmaxf(box.x0 * sx + 0.5f, 0.0f);
    int y0 = (int)fmaxf(box.y0 * sy + 0.5f, 0.0f);
    int x1 = (int)fminf(box.x1 * sx + 0.5f, (float)GRID);
    int y1 = (int)fminf(box.y1 * sy + 0.5f, (float)GRID);
    if (x1 <= x0) {
        x0 = (int)fminf(fmaxf((box.x0 + box.x1) * 0.5f * sx, 0.0f), (float)(GRID - 1));
        x1 = x0 + 1;
    }
    if (y1 <= y0) {
        y0 = (int)fminf(fmaxf((box.y0 + box.y1) * 0.5f * sy, 0.0f), (float)(GRID - 1));
        y1 = y0 + 1;
    }
    for (int y = y0; y < y1; y++)
        memset(&cells[y][x0], 1, (size_t)(x1 - x0));
}

void recto_pdf_shapes_mark_path(recto_pdf_page *page, recto_rect box)
{
    float area = recto_rect_width(box) * recto_rect_height(box);
    if (area <= BACKGROUND_SHARE * page->width * page->height)
        mark_cells(page->path_cells, page, box);
}

void recto_pdf_shapes_add_image(recto_pdf_page *page, const recto_pdf_image *image)
{
    void *items = page->images;
    if (!recto_pdf_shapes_room(page, &items, page->n_images, &page->cap_images,
                               sizeof *page->images, RECTO_PDF_MAX_IMAGES))
        return;
    page->images = items;
    page->images[page->n_images] = *image;
    page->images[page->n_images++].order = page->n_marks;
    mark_cells(page->image_cells, page, image->box);
}

/* --- what hides what -------------------------------------------------------------------- */

static bool covers(recto_rect outer, recto_rect inner)
{
    float dx = 0.1f * recto_rect_width(inner);
    float dy = 0.25f * recto_rect_height(inner); /* the box is a line's, the ink is smaller */
    return outer.x0 <= inner.x0 + dx && outer.x1 >= inner.x1 - dx && outer.y0 <= inner.y0 + dy &&
           outer.y1 >= inner.y1 - dy;
}

/* The middle of a line's box, where the ink of a word surely is. */
static recto_rect ink_of(recto_rect box)
{
    float dx = 0.1f * recto_rect_width(box);
    float dy = 0.25f * recto_rect_height(box);
    return (recto_rect){box.x0 + dx, box.y0 + dy, box.x1 - dx, box.y1 - dy};
}

bool recto_pdf_shapes_hidden(const recto_pdf_page *page, recto_rect box, int order,
                             recto_pdf_colour colour)
{
    const recto_rect ink = ink_of(box);
    const float all = 0.98f * recto_rect_area(ink);
    float covered = 0.0f; /* by several together: the strips of a scan over its text */
    for (int i = page->n_paints - 1; i >= 0; i--) {
        const recto_pdf_paint *p = &page->paints[i];
        if (p->order > order) {
            covered += p->opaque ? recto_rect_area(recto_rect_meet(p->box, ink)) : 0.0f;
            if (all > 0.0f && covered >= all)
                return true;
        } else if (covers(p->box, box)) {
            return p->flat && recto_pdf_shapes_alike(p->colour, colour);
        }
    }
    return page->n_paints < RECTO_PDF_MAX_PAINTS && recto_pdf_shapes_alike(PAPER, colour);
}

/* --- facts ------------------------------------------------------------------------------ */

static float share(const uint8_t cells[GRID][GRID])
{
    int n = 0;
    for (int y = 0; y < GRID; y++) {
        for (int x = 0; x < GRID; x++)
            n += cells[y][x];
    }
    return (float)n / (float)(GRID * GRID);
}

/* One image, nothing painted over it, and nothing that shows beside it. */
static bool is_single_image(const recto_pdf_page *page)
{
    if (page->n_images != 1 || page->image == NULL || page->n_paths > 0 || page->n_rules > 0)
        return false;
    const recto_pdf_image *im = &page->images[0];
    float cover = recto_rect_area(im->box) / (page->width * page->height);
    for (int i = 0; i < page->n_paints; i++) {
        const recto_pdf_paint *p = &page->paints[i];
        if (p->order > im->order || (!(p->flat && recto_pdf_shapes_alike(p->colour, PAPER)) &&
                                     p->order < im->order && cover < 0.98f))
            return false;
    }
    return cover >= 0.3f;
}

void recto_pdf_shapes_facts(recto_source_facts *out, const recto_pdf_page *page)
{
    out->width_pt = page->width;
    out->height_pt = page->height;
    out->rotate_deg = page->rotate_deg;
    out->turned_deg = page->turned_deg;
    out->n_images = page->n_images;
    out->image_cover = page->n_images > 0 ? share(page->image_cells) : 0.0f;
    out->n_paths = page->n_paths;
    out->path_cover = page->n_paths > 0 ? share(page->path_cells) : 0.0f;
    out->damaged = page->damaged;
    out->single_image = is_single_image(page) && out->n_chars == 0;
    if (page->n_images == 1 && out->single_image) {
        out->image_w = page->images[0].w;
        out->image_h = page->images[0].h;
    }
}

/* --- rules ------------------------------------------------------------------------------ */

/* A rule seen along its direction: from a to b, at c. */
typedef struct segment {
    float a, b;   /* along */
    float c0, c1; /* across */
    bool vertical;
} segment;

static int by_place(const void *pa, const void *pb)
{
    const segment *a = pa;
    const segment *b = pb;
    if (a->vertical != b->vertical)
        return a->vertical ? 1 : -1;
    float ca = rintf((a->c0 + a->c1) * 0.5f); /* pieces of one rule share a point of place */
    float cb = rintf((b->c0 + b->c1) * 0.5f);
    if (ca != cb)
        return ca < cb ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

/* Join pieces that continue each other, in place; returns how many are left. */
static int join_segments(segment *s, int n)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        segment *last = kept > 0 ? &s[kept - 1] : NULL;
        if (last != NULL && last->vertical == s[i].vertical &&
            fabsf(last->c0 + last->c1 - s[i].c0 - s[i].c1) <= 2.0f &&
            s[i].a <= last->b + RULE_JOIN_PT) {
            last->b = fmaxf(last->b, s[i].b);
            last->c0 = fminf(last->c0, s[i].c0);
            last->c1 = fmaxf(last->c1, s[i].c1);
        } else {
            s[kept++] = s[i];
        }
    }
    return kept;
}

static segment segment_of(const recto_rule *r)
{
    if (r->vertical)
        return (segment){r->box.y0, r->box.y1, r->box.x0, r->box.x1, true};
    return (segment){r->box.x0, r->box.x1, r->box.y0, r->box.y1, false};
}

/* Rounded dots and square ones look the same both ways: they are tried as horizontal and, when
 * they did not join up, as vertical. */
static bool is_rule(const segment *s)
{
    float length = s->b - s->a;
    return length >= RULE_MIN_LENGTH_PT && length >= 4.0f * (s->c1 - s->c0);
}

static recto_rule rule_of(const segment *s, float scale)
{
    recto_rect box = s->vertical ? (recto_rect){s->c0, s->a, s->c1, s->b}
                                 : (recto_rect){s->a, s->c0, s->b, s->c1};
    return (recto_rule){.box = recto_rect_scale(box, scale, scale), .vertical = s->vertical};
}

static recto_status build_rules(recto_layout *out, const recto_pdf_page *page, float scale,
                                recto_arena *keep, recto_arena *tmp)
{
    if (page->n_rules == 0)
        return RECTO_OK;
    segment *all = recto_arena_array(tmp, 2 * (size_t)page->n_rules, sizeof *all);
    if (all == NULL)
        return RECTO_ERR_NOMEM;
    int n = 0;
    for (int i = 0; i < page->n_rules; i++) {
        all[n] = segment_of(&page->rules[i]);
        bool dot = all[n].b - all[n].a < 2.0f * (all[n].c1 - all[n].c0);
        n++;
        if (dot) {
            recto_rule turned = {page->rules[i].box, !page->rules[i].vertical};
            all[n++] = segment_of(&turned);
        }
    }
    qsort(all, (size_t)n, sizeof *all, by_place);
    n = join_segments(all, n);
    out->rules = recto_arena_array(keep, (size_t)n, sizeof *out->rules);
    if (out->rules == NULL)
        return RECTO_ERR_NOMEM;
    for (int i = 0; i < n; i++) {
        if (is_rule(&all[i]))
            out->rules[out->n_rules++] = rule_of(&all[i], scale);
    }
    return RECTO_OK;
}

/* --- pictures --------------------------------------------------------------------------- */

static bool touch(recto_rect a, recto_rect b, float slack)
{
    return a.x0 <= b.x1 + slack && b.x0 <= a.x1 + slack && a.y0 <= b.y1 + slack &&
           b.y0 <= a.y1 + slack;
}

/* Strips and tiles of one image: they touch and share an edge, or one holds the other. */
static bool same_picture(recto_rect a, recto_rect b)
{
    if (!touch(a, b, 1.5f))
        return false;
    recto_rect both = recto_rect_union(a, b);
    return recto_rect_area(both) <= 1.1f * (recto_rect_area(a) + recto_rect_area(b));
}

/* Merge boxes until nothing changes; bounded by the number of boxes. */
static int merge_boxes(recto_rect *box, int n)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                if (!same_picture(box[i], box[j]))
                    continue;
                box[i] = recto_rect_union(box[i], box[j]);
                box[j--] = box[--n];
                changed = true;
            }
        }
    }
    return n;
}

/* The connected patch of path cells around (x, y), cleared as it is visited.  `stack` has room for
 * all cells. */
static recto_rect flood(uint8_t cells[GRID][GRID], int x, int y, int *stack, int *n_cells)
{
    int x0 = x, x1 = x, y0 = y, y1 = y;
    int top = 0;
    stack[top++] = y * GRID + x;
    cells[y][x] = 0;
    *n_cells = 0;
    while (top > 0) {
        int at = stack[--top];
        int cx = at % GRID;
        int cy = at / GRID;
        (*n_cells)++;
        x0 = cx < x0 ? cx : x0;
        x1 = cx > x1 ? cx : x1;
        y0 = cy < y0 ? cy : y0;
        y1 = cy > y1 ? cy : y1;
        /* two cells around, so that the parts of a chart hold together */
        for (int ny = cy - 2; ny <= cy + 2; ny++) {
            for (int nx = cx - 2; nx <= cx + 2; nx++) {
                if (nx < 0 || ny < 0 || nx >= GRID || ny >= GRID || !cells[ny][nx])
                    continue;
                cells[ny][nx] = 0;
                stack[top++] = ny * GRID + nx;
            }
        }
    }
    return (recto_rect){(float)x0, (float)y0, (float)(x1 + 1), (float)(y1 + 1)};
}

enum { MAX_PICTURES = 512 };

static int add_picture(recto_rect *pictures, int n, recto_rect box)
{
    if (n < MAX_PICTURES && recto_rect_width(box) >= PICTURE_MIN_PT &&
        recto_rect_height(box) >= PICTURE_MIN_PT)
        pictures[n++] = box;
    return n;
}

/* A frame drawn around words is not a picture.  box in points. */
static bool holds_text(const recto_layout *layout, recto_rect box, float scale)
{
    float area = 0.0f;
    recto_rect px = recto_rect_scale(box, scale, scale);
    for (int i = 0; i < layout->n_lines; i++)
        area += recto_rect_area(recto_rect_meet(layout->lines[i].box, px));
    return area > TEXT_SHARE * recto_rect_area(px);
}

static int add_drawings(recto_rect *pictures, int n, const recto_layout *layout,
                        const recto_pdf_page *page, float scale, recto_arena *tmp)
{
    uint8_t(*cells)[GRID] = recto_arena_array(tmp, GRID, sizeof *cells);
    int *stack = recto_arena_array(tmp, (size_t)GRID * GRID, sizeof *stack);
    if (cells == NULL || stack == NULL)
        return -1;
    memcpy(cells, page->path_cells, sizeof page->path_cells);
    if (!recto_pdf_bars_mark(cells, page, layout, scale, tmp))
        return -1;
    for (int y = 0; y < GRID; y++) {
        for (int x = 0; x < GRID; x++) {
            if (!cells[y][x])
                continue;
            int n_cells = 0;
            recto_rect cell_box = flood(cells, x, y, stack, &n_cells);
            float filled = (float)n_cells / recto_rect_area(cell_box);
            recto_rect box = recto_rect_scale(cell_box, page->width / GRID, page->height / GRID);
            if (n_cells >= 12 && filled >= 0.12f && !holds_text(layout, box, scale))
                n = add_picture(pictures, n, box);
        }
    }
    return n;
}

/* A background image under visible text is no picture: the text is what is shown. */
static bool is_background(const recto_layout *layout, const recto_pdf_page *page, recto_rect box)
{
    return layout->n_lines > 0 && recto_rect_area(box) > 0.85f * page->width * page->height;
}

static recto_status build_pictures(recto_layout *out, const recto_pdf_page *page, float scale,
                                   recto_arena *keep, recto_arena *tmp)
{
    if (page->n_images == 0 && page->n_paths == 0 && page->n_paints == 0)
        return RECTO_OK;
    recto_rect *pictures = recto_arena_array(keep, MAX_PICTURES, sizeof *pictures);
    int cap = page->n_images;
    recto_rect *parts = recto_arena_array(tmp, (size_t)cap, sizeof *parts);
    if (pictures == NULL || parts == NULL)
        return RECTO_ERR_NOMEM;
    int n_parts = 0;
    for (int i = 0; i < page->n_images && n_parts < MAX_PICTURES; i++)
        parts[n_parts++] = page->images[i].box;
    n_parts = merge_boxes(parts, n_parts);
    int n = 0;
    for (int i = 0; i < n_parts; i++) {
        if (!is_background(out, page, parts[i]))
            n = add_picture(pictures, n, parts[i]);
    }
    if (page->n_paths > 0 || page->n_paints > 0)
        n = add_drawings(pictures, n, out, page, scale, tmp);
    if (n < 0)
        return RECTO_ERR_NOMEM;
    n = merge_boxes(pictures, n);
    for (int i = 0; i < n; i++)
        pictures[i] = recto_rect_scale(pictures[i], scale, scale);
    out->pictures = pictures;
    out->n_pictures = n;
    return RECTO_OK;
}

recto_status recto_pdf_shapes_layout(recto_layout *out, const recto_pdf_page *page, float scale,
                                     recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_status status = build_rules(out, page, scale, keep, tmp);
    if (status == RECTO_OK)
        status = build_pictures(out, page, scale, keep, tmp);
    recto_arena_reset(tmp, mark);
    if (status != RECTO_OK)
        return recto_error_set(err, status, "out of memory for the rules and pictures of a page");
    return RECTO_OK;
}
