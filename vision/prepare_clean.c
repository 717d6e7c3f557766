/* What is ink in the picture but no part of the page: the dark border where the scanner saw its
 * lid, the shadow along a torn or curved edge, specks.
 *
 * A piece that touches the picture's edge over some length and is thicker than a rule goes as a
 * whole.  Where such a piece spans most of the page (a border on all sides, or a table's frame that
 * runs into the border) only what is solid from the edge inwards goes.  A speck goes when it is
 * smaller than the smallest full stop, or when it is small and no letters are near; so full stops,
 * dots of i and accents stay. */
#include "vision/prepare_parts.h"
#include <math.h>
#include <string.h>

/* Millimetres. */
static const float MIN_CONTACT = 3;      /* length along the edge from which a piece is a border */
static const float MIN_THICKNESS = 0.7f; /* thinner pieces are rules */
static const float EDGE_STRIP = 2.5f;    /* bits that lie this close to the edge are its debris */
static const float MIN_DOT = 0.2f;       /* side of a square; a full stop in 6 point is larger */
static const float MAX_SPECK = 0.6f;     /* side of the box of what may be a speck */

typedef struct cleaner {
    recto_mask *ink;
    recto_prepare_marks *m;
    float mm;      /* px */
    uint8_t *drop; /* [n_marks] 1: take out */
    int *contact;  /* [n_marks] px along the picture's edges */
    uint8_t *near; /* [cells_y, cells_x] letters are near */
    int cell;      /* px */
    int cells_x, cells_y;
} cleaner;

/* --- borders ------------------------------------------------------------------------------------
 */

static void count_contact(cleaner *c)
{
    const recto_prepare_marks *m = c->m;
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++) {
            const recto_prepare_run *r = &m->runs[i];
            if (r->x0 <= 1)
                c->contact[r->mark]++;
            if (r->x1 >= m->width - 1)
                c->contact[r->mark]++;
            if (y == 0 || y == m->height - 1)
                c->contact[r->mark] += r->x1 - r->x0;
        }
}

static bool is_border(const cleaner *c, int i)
{
    const recto_prepare_mark *k = &c->m->marks[i];
    int longer = k->x1 - k->x0 > k->y1 - k->y0 ? k->x1 - k->x0 : k->y1 - k->y0;
    return (float)c->contact[i] >= MIN_CONTACT * c->mm &&
           (float)k->area >= MIN_THICKNESS * c->mm * (float)longer;
}

/* Spans the page but does not fill it: may be tied to what must stay. */
static bool is_frame(const cleaner *c, const recto_prepare_mark *k)
{
    int64_t w = k->x1 - k->x0;
    int64_t h = k->y1 - k->y0;
    return 2 * w > c->m->width && 2 * h > c->m->height && 2 * k->area < w * h;
}

/* Clear what is solid from the left or right edge inwards, in groups of rows thicker than a rule.
 */
static void clear_from_sides(cleaner *c, int mark)
{
    const recto_prepare_marks *m = c->m;
    int least = (int)(2 * MIN_THICKNESS * c->mm) + 1;
    for (int side = 0; side < 2; side++) {
        int from = 0;
        for (int y = 0; y <= m->height; y++) {
            bool solid = false;
            if (y < m->height && m->first_run[y] < m->first_run[y + 1]) {
                const recto_prepare_run *r =
                    &m->runs[side == 0 ? m->first_run[y] : m->first_run[y + 1] - 1];
                solid = r->mark == mark && (side == 0 ? r->x0 <= 1 : r->x1 >= m->width - 1);
            }
            if (solid)
                continue;
            for (int v = from; y - from >= least && v < y; v++) {
                const recto_prepare_run *r =
                    &m->runs[side == 0 ? m->first_run[v] : m->first_run[v + 1] - 1];
                memset(c->ink->px + (size_t)v * c->ink->stride + r->x0, 0, (size_t)(r->x1 - r->x0));
            }
            from = y + 1;
        }
    }
}

/* The same from the top and the bottom, column by column. */
static void clear_from_ends(cleaner *c)
{
    recto_mask *ink = c->ink;
    int least = (int)(2 * MIN_THICKNESS * c->mm) + 1;
    for (int side = 0; side < 2; side++) {
        int edge = side == 0 ? 0 : ink->height - 1;
        int step = side == 0 ? 1 : -1;
        int from = 0;
        for (int x = 0; x <= ink->width; x++) {
            if (x < ink->width && ink->px[(size_t)edge * ink->stride + (size_t)x] != 0)
                continue;
            for (int u = from; x - from >= least && u < x; u++)
                for (int y = edge; y >= 0 && y < ink->height; y += step) {
                    uint8_t *px = ink->px + (size_t)y * ink->stride + (size_t)u;
                    if (*px == 0)
                        break;
                    *px = 0;
                }
            from = x + 1;
        }
    }
}

static bool drop_borders(cleaner *c)
{
    bool frames = false;
    count_contact(c);
    for (int i = 0; i < c->m->n_marks; i++) {
        if (!is_border(c, i))
            continue;
        if (is_frame(c, &c->m->marks[i])) {
            clear_from_sides(c, i);
            frames = true;
        } else {
            c->drop[i] = 1;
        }
    }
    if (frames)
        clear_from_ends(c);
    return frames;
}

/* --- specks -------------------------------------------------------------------------------------
 */

static void mark_letters(cleaner *c)
{
    int reach_x = (int)(1.5f * c->m->letter);
    int reach_y = (int)(0.7f * c->m->letter);
    for (int i = 0; i < c->m->n_marks; i++) {
        const recto_prepare_mark *k = &c->m->marks[i];
        if (c->drop[i] || !recto_prepare_marks_is_text(c->m, k))
            continue;
        int x0 = k->x0 > reach_x ? (k->x0 - reach_x) / c->cell : 0;
        int y0 = k->y0 > reach_y ? (k->y0 - reach_y) / c->cell : 0;
        int x1 = (k->x1 + reach_x) / c->cell;
        int y1 = (k->y1 + reach_y) / c->cell;
        for (int y = y0; y <= y1 && y < c->cells_y; y++)
            for (int x = x0; x <= x1 && x < c->cells_x; x++)
                c->near[y * c->cells_x + x] = 1;
    }
}

static void drop_specks(cleaner *c)
{
    const recto_prepare_marks *m = c->m;
    float dot = MIN_DOT * c->mm * MIN_DOT * c->mm;
    for (int i = 0; i < m->n_marks; i++) {
        const recto_prepare_mark *k = &m->marks[i];
        float w = (float)(k->x1 - k->x0);
        float h = (float)(k->y1 - k->y0);
        float strip = EDGE_STRIP * c->mm;
        bool tiny = (float)k->area < dot;
        bool small = fmaxf(w, h) <= MAX_SPECK * c->mm;
        bool at_edge = (float)k->x1 < strip || (float)k->y1 < strip ||
                       (float)k->x0 > (float)m->width - strip ||
                       (float)k->y0 > (float)m->height - strip;
        bool debris = at_edge && !recto_prepare_marks_is_text(m, k);
        int cell = (k->y0 + k->y1) / 2 / c->cell * c->cells_x + (k->x0 + k->x1) / 2 / c->cell;
        if (tiny || ((small || debris) && !c->near[cell]))
            c->drop[i] = 1;
    }
}

static void clear_dropped(cleaner *c)
{
    recto_prepare_marks *m = c->m;
    for (int y = 0; y < m->height; y++) {
        uint8_t *row = c->ink->px + (size_t)y * c->ink->stride;
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++) {
            const recto_prepare_run *r = &m->runs[i];
            if (c->drop[r->mark])
                memset(row + r->x0, 0, (size_t)(r->x1 - r->x0));
        }
    }
    for (int i = 0; i < m->n_marks; i++)
        if (c->drop[i])
            m->marks[i].area = 0;
}

static recto_status cleaner_make(cleaner *c, recto_mask *ink, recto_prepare_marks *m, float dpi,
                                 recto_arena *tmp, recto_error *err)
{
    size_t n = (size_t)m->n_marks;
    *c = (cleaner){.ink = ink, .m = m, .mm = dpi / 25.4f};
    c->cell = (int)fmaxf(m->letter, 8);
    c->cells_x = m->width / c->cell + 1;
    c->cells_y = m->height / c->cell + 1;
    c->drop = recto_arena_alloc(tmp, n);
    c->contact = recto_arena_array(tmp, n, sizeof *c->contact);
    c->near = recto_arena_array(tmp, (size_t)c->cells_x, (size_t)c->cells_y);
    if (c->drop == NULL || c->contact == NULL || c->near == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    return RECTO_OK;
}

recto_status recto_prepare_clean(recto_mask *ink, recto_prepare_marks *m, float dpi,
                                 recto_arena *tmp, recto_error *err)
{
    cleaner c;
    recto_status st = cleaner_make(&c, ink, m, dpi, tmp, err);
    if (st != RECTO_OK)
        return st;
    if (drop_borders(&c)) { /* a frame is in pieces now */
        clear_dropped(&c);
        recto_prepare_marks_free(m);
        st = recto_prepare_marks_find(m, ink, err);
        if (st == RECTO_OK)
            st = cleaner_make(&c, ink, m, dpi, tmp, err);
        if (st != RECTO_OK)
            return st;
    }
    mark_letters(&c);
    drop_specks(&c);
    clear_dropped(&c);
    return RECTO_OK;
}
