/* From chains of letters to lines: marks and fragments join the line in whose band they lie, chains
 * on a common baseline join over gaps that are not plainly boundaries, rows of dashes become rules
 * and lone specks go. */
#include "vision/segment_parts.h"

#include <math.h>

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for text lines");
}

int recto_segment_join_root(int32_t *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

void recto_segment_join_unite(int32_t *parent, int a, int b)
{
    a = recto_segment_join_root(parent, a);
    b = recto_segment_join_root(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* Whether a vertical rule stands between x0 and x1 at height y. */
bool recto_segment_join_ruled_off(const recto_segment_links *l, float x0, float x1, float y)
{
    const recto_segment_parts *p = l->p;
    int b = recto_segment_bands_at(&l->rules, y);
    for (int k = l->rules.start[b]; k < l->rules.start[b + 1]; k++) {
        recto_rect r = p->rule[l->rules.item[k]];
        float x = 0.5f * (r.x0 + r.x1);
        if (x > x0 - 1.0f && x < x1 + 1.0f && y >= r.y0 && y <= r.y1)
            return true;
    }
    return false;
}

/* Renumber after rows were united in l->parent (over rows), members again in order of x. */
static recto_status merge_rows(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    int32_t *number = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *number);
    if (!number)
        return no_memory(p);
    int n = 0;
    bool any = false;
    for (int r = 0; r < p->n_rows; r++) {
        if (l->parent[r] == r)
            number[r] = n++;
        else
            any = true;
    }
    if (!any)
        return RECTO_OK;
    uint8_t *grown = recto_arena_alloc(p->tmp, (size_t)n + 1);
    recto_segment_row *row = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *row);
    if (!row || !grown)
        return no_memory(p);
    for (int r = 0; r < p->n_rows; r++) {
        int to = number[recto_segment_join_root(l->parent, r)];
        if (l->parent[r] == r) {
            int keep_n = row[to].n;
            row[to] = p->row[r];
            row[to].n = keep_n;
        } else {
            grown[to] = 1;
        }
        row[to].n += p->row[r].n;
        for (int k = 0; k < p->row[r].n; k++)
            p->comp[p->member[p->row[r].first + k]].line = to;
    }
    int at = 0;
    for (int r = 0; r < n; r++) {
        row[r].first = at;
        at += row[r].n;
        row[r].n = 0;
    }
    for (int q = 0; q < p->n_comps; q++) {
        int i = l->by_x[q];
        if (p->comp[i].line >= 0) {
            recto_segment_row *r = &row[p->comp[i].line];
            p->member[r->first + r->n++] = i;
        }
    }
    p->row = row;
    p->n_rows = n;
    for (int r = 0; r < n; r++) {
        recto_status s = grown[r] ? recto_segment_fit_row(p, &p->row[r]) : RECTO_OK;
        if (s)
            return s;
    }
    return RECTO_OK;
}

/* Bands of rows, widened so that marks above and below are found. */
static recto_status index_rows(recto_segment_links *l, recto_segment_bands *bands,
                               bool letters_only)
{
    recto_segment_parts *p = l->p;
    float *y0 = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *y0);
    float *y1 = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *y1);
    int32_t *key = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *key);
    int32_t *order;
    if (!y0 || !y1 || !key)
        return no_memory(p);
    for (int r = 0; r < p->n_rows; r++) {
        const recto_segment_row *row = &p->row[r];
        key[r] = row->x0;
        y0[r] = (float)row->y0 - 0.5f * row->size;
        y1[r] = (float)row->y1 + 0.4f * row->size;
        if (row->dead || (letters_only && row->small))
            y1[r] = y0[r];
    }
    recto_status s = recto_segment_bands_sort(&order, p, key, p->n_rows, p->width);
    if (s)
        return s;
    return recto_segment_bands_build(bands, p, (int)p->unit + 1, y0, y1, order, p->n_rows);
}

/* How far outside row r's text box a fragment at (x0..x1, y0..y1) lies, in em; over 1 is not part
 * of the line.  wide = reach sideways in em. */
static float misfit(const recto_segment_row *r, int x0, int x1, int y0, int y1, float wide)
{
    float gap = 0.0f;
    if (x0 > r->x1)
        gap = (float)(x0 - r->x1);
    else if (x1 < r->x0)
        gap = (float)(r->x0 - x1);
    if (gap > wide * r->size)
        return 2.0f;
    float base = recto_segment_base(r, 0.5f * (float)(x0 + x1));
    float top = base - r->asc;
    float mid = 0.5f * (float)(y0 + y1);
    float h = (float)(y1 - y0);
    /* the centre of a mark lies between a little above the capitals (accents) and the descender */
    if (mid < top - 0.22f * r->size || mid > base + 0.24f * r->size || h > 1.3f * r->size)
        return 2.0f;
    float off = mid < top ? top - mid : mid > base ? mid - base : 0.0f;
    return off / r->size + 0.3f * gap / (wide * r->size);
}

static bool is_fragment(const recto_segment_row *f, const recto_segment_row *of)
{
    if (f->small || f->letters <= 2)
        return true;
    /* pieces of a broken line lie inside it */
    float slack = 0.5f * of->size;
    return f->letter > 0.5f * of->letter && (float)f->x0 > (float)of->x0 - slack &&
           (float)f->x1 < (float)of->x1 + slack;
}

/* Could row r be letters without ascenders in text of row o's size? */
static bool is_low_in(const recto_segment_row *r, const recto_segment_row *o)
{
    return o->xh > 0.0f && o->letters >= 4 && fabsf(r->asc - o->xh) < 0.16f * o->xh &&
           r->asc < 0.85f * o->asc;
}

/* A row of one height ("on", "www") may be all x-height or all capitals: the nearest line that has
 * both, beside or close above or below, tells. */
static recto_status size_low_rows(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    recto_segment_bands bands;
    recto_status s = index_rows(l, &bands, true);
    if (s)
        return s;
    for (int i = 0; i < p->n_rows; i++) {
        recto_segment_row *r = &p->row[i];
        if (r->dead || r->small || r->xh > 0.0f || r->letters > 8)
            continue;
        float reach = 2.2f * r->size;
        int first = recto_segment_bands_at(&bands, (float)r->y0 - reach);
        int last = recto_segment_bands_at(&bands, (float)r->y1 + reach);
        const recto_segment_row *best = NULL;
        float least = 8.0f * r->size;
        for (int b = first; b <= last; b++) {
            for (int k = bands.start[b]; k < bands.start[b + 1]; k++) {
                const recto_segment_row *o = &p->row[bands.item[k]];
                float dx = fmaxf(0.0f, fmaxf((float)(o->x0 - r->x1), (float)(r->x0 - o->x1)));
                float dy = fabsf(recto_segment_base(o, r->xm) - r->base);
                if (o == r || o->xh <= 0.0f || o->letters < 4 || dx + 2.0f * dy >= least)
                    continue;
                least = dx + 2.0f * dy;
                best = o;
            }
        }
        if (best && is_low_in(r, best)) {
            r->xh = r->asc;
            r->asc = best->asc;
            r->size = best->size;
        }
    }
    return RECTO_OK;
}

enum { MANY_ROWS = 1000 };
static const float UNREADABLE = 5.0f; /* px of an em; 8 pt at 60 px per inch has 6.7 */

/* Where rows of text are fewer than one in `share`, the short rest is dirt or texture. */
static void drop_dirt(recto_segment_parts *p, int share)
{
    int good = 0;
    int all = 0;
    for (int r = 0; r < p->n_rows; r++) {
        all += !p->row[r].dead;
        good += !p->row[r].dead && recto_segment_stands(&p->row[r], 4);
    }
    float least = all > MANY_ROWS ? 1.6f * UNREADABLE : UNREADABLE;
    bool dirty = all >= 200 && good * share < all;
    for (int r = 0; r < p->n_rows; r++) {
        recto_segment_row *row = &p->row[r];
        bool scratch = row->n == 1 && row->y1 - row->y0 > 6 * (row->x1 - row->x0) &&
                       (float)(row->y1 - row->y0) > 1.8f * p->unit;
        if (row->size < least || scratch || (dirty && !recto_segment_stands(row, 4)))
            row->dead = true;
    }
}

/* Whether the page is full of specks: marks far from any line.  On such a page a mark must stand
 * close to letters to count. */
static recto_status look_for_noise(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    recto_segment_bands bands;
    recto_status s = index_rows(l, &bands, true);
    if (s)
        return s;
    int far = 0;
    int letters = 0;
    for (int f = 0; f < p->n_rows; f++) {
        const recto_segment_row *frag = &p->row[f];
        letters += frag->letters >= 3 ? frag->letters : 0;
        if (!frag->small || frag->n > 2)
            continue;
        int b = recto_segment_bands_at(&bands, 0.5f * (float)(frag->y0 + frag->y1));
        bool near = false;
        for (int k = bands.start[b]; k < bands.start[b + 1] && !near; k++) {
            const recto_segment_row *r = &p->row[bands.item[k]];
            near = r->letters >= 3 && misfit(r, frag->x0, frag->x1, frag->y0, frag->y1, 8.0f) < 1;
        }
        far += !near;
    }
    l->noisy = far > 30 && far * 12 > letters;
    if (p->n_rows > 3000) /* nothing but dirt and texture: short rows are not worth a look */
        drop_dirt(p, 20);
    return RECTO_OK;
}

/* Join marks and fragments to the line in whose band they lie. */
static recto_status attach(recto_segment_links *l, float wide)
{
    recto_segment_parts *p = l->p;
    recto_segment_bands bands;
    recto_status s = index_rows(l, &bands, true);
    if (s)
        return s;
    for (int r = 0; r < p->n_rows; r++)
        l->parent[r] = r;
    for (int f = 0; f < p->n_rows; f++) {
        const recto_segment_row *frag = &p->row[f];
        if (frag->dead)
            continue;
        float mid = 0.5f * (float)(frag->y0 + frag->y1);
        int b = recto_segment_bands_at(&bands, mid);
        int best = -1;
        float best_off = 1.0f;
        for (int k = bands.start[b]; k < bands.start[b + 1]; k++) {
            int r = bands.item[k];
            const recto_segment_row *row = &p->row[r];
            /* the larger takes the smaller, so that there is no circle */
            if (r == f || row->bar != frag->bar || !is_fragment(frag, row) ||
                row->letters < frag->letters ||
                (row->letters == frag->letters &&
                 (row->letter < frag->letter || (row->letter == frag->letter && r > f))))
                continue;
            float off = misfit(row, frag->x0, frag->x1, frag->y0, frag->y1, wide);
            if (off < best_off) {
                bool left = frag->x0 > row->x1;
                float x0 = (float)(left ? row->x1 : frag->x1);
                float x1 = (float)(left ? frag->x0 : row->x0);
                if (x1 > x0 && recto_segment_join_ruled_off(l, x0, x1, mid))
                    continue;
                best_off = off;
                best = r;
            }
        }
        if (best >= 0)
            recto_segment_join_unite(l->parent, f, best);
    }
    return merge_rows(l);
}

float recto_segment_join_white(const recto_segment_parts *p, const recto_segment_row *r, int x0,
                               int x1)
{
    const recto_mask *m = p->page->ink;
    int longest = 0;
    int white = 0;
    for (int x = x0 < 0 ? 0 : x0; x < x1 && x < p->width; x++) {
        float base = recto_segment_base(r, (float)x);
        int top = (int)(base - 0.85f * r->asc);
        int bottom = (int)(base - 0.15f * r->asc);
        bool ink = false;
        for (int y = top < 0 ? 0 : top; y < bottom && y < p->height && !ink; y++)
            ink = m->px[(size_t)y * m->stride + (size_t)x];
        white = ink ? 0 : white + 1;
        longest = white > longest ? white : longest;
    }
    return (float)longest;
}

/* Are a and c (c reaches further right) one line?  *gap_out in em, negative where they overlap. */
static bool continues(const recto_segment_row *a, const recto_segment_row *c, float *gap_out)
{
    float size = fminf(a->size, c->size);
    float large = fmaxf(a->size, c->size);
    float x = 0.5f * (float)(a->x1 + c->x0);
    float base_a = recto_segment_base(a, x);
    float base_c = recto_segment_base(c, x);
    *gap_out = (float)(c->x0 - a->x1) / size;
    if (*gap_out < 0.0f) {
        /* letters broken into upper and lower parts make two chains: together no taller than one */
        float all = fmaxf(base_a, base_c) - fminf(base_a - a->asc, base_c - c->asc);
        float both = fminf(base_a, base_c) - fmaxf(base_a - a->asc, base_c - c->asc);
        if (all <= 1.3f * fmaxf(a->asc, c->asc) && both <= 0.7f * fminf(a->asc, c->asc))
            return true;
    }
    if (*gap_out < 0.4f) { /* the bottoms or tops of thin strokes are missing */
        const recto_segment_row *big = a->asc > c->asc ? a : c;
        const recto_segment_row *part = big == a ? c : a;
        float base_big = big == a ? base_a : base_c;
        float base_part = big == a ? base_c : base_a;
        if (part->letter > 0.55f * big->letter && base_part <= base_big + 0.12f * big->asc &&
            base_part - part->asc >= base_big - 1.12f * big->asc)
            return true;
    }
    bool alike =
        large <= 1.45f * size || fmaxf(a->letter, c->letter) <= 1.5f * fminf(a->letter, c->letter);
    return alike && fabsf(base_a - base_c) <= 0.22f * size;
}

/* Does another row stand between a and c? */
static bool is_taken(const recto_segment_parts *p, const recto_segment_bands *bands, int b,
                     const recto_segment_row *a, const recto_segment_row *c)
{
    for (int k = bands->start[b]; k < bands->start[b + 1]; k++) {
        const recto_segment_row *o = &p->row[bands->item[k]];
        if (o != a && o != c && o->x0 < c->x0 && o->x1 > a->x1)
            return true;
    }
    return false;
}

/* Join rows on one baseline over gaps up to `reach` em. */
static recto_status join_rows(recto_segment_links *l, float reach)
{
    recto_segment_parts *p = l->p;
    recto_segment_bands bands;
    recto_status s = index_rows(l, &bands, true);
    if (s)
        return s;
    for (int r = 0; r < p->n_rows; r++)
        l->parent[r] = r;
    for (int i = 0; i < p->n_rows; i++) {
        const recto_segment_row *a = &p->row[i];
        if (a->dead || a->small)
            continue;
        float right = recto_segment_base(a, (float)a->x1);
        int b = recto_segment_bands_at(&bands, right - 0.5f * a->letter);
        int best = -1;
        float best_gap = reach;
        for (int k = bands.start[b]; k < bands.start[b + 1]; k++) {
            const recto_segment_row *c = &p->row[bands.item[k]];
            float gap;
            if ((float)(c->x0 - a->x1) > 3.0f * reach * a->size)
                break; /* bands list rows by their left ends */
            if (c == a || c->bar != a->bar || c->x1 <= a->x1 || !continues(a, c, &gap))
                continue;
            if (gap >= 0.7f && !is_taken(p, &bands, b, a, c)) /* a drawing may run through the line
                                                                 and hold some of its letters */
                gap = recto_segment_join_white(p, a, a->x1, c->x0) / fminf(a->size, c->size);
            if (gap >= best_gap)
                continue;
            if (c->x0 > a->x1 && recto_segment_join_ruled_off(l, (float)a->x1, (float)c->x0,
                                                              right - 0.3f * a->letter))
                continue;
            best = bands.item[k];
            best_gap = gap;
        }
        if (best >= 0)
            recto_segment_join_unite(l->parent, i, best);
    }
    s = merge_rows(l);
    return s ? s : size_low_rows(l);
}

/* A row of dashes, dots or bars that no text joined is a rule drawn with characters. */
static bool is_dashed_rule(const recto_segment_parts *p, const recto_segment_row *r)
{
    if (!r->small)
        return false;
    float covered = 0.0f;
    for (int k = 0; k < r->n; k++) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        if ((float)(c->y1 - c->y0) > 0.6f * p->unit)
            return false;
        covered += (float)(c->x1 - c->x0);
    }
    float length = (float)(r->x1 - r->x0);
    if (length < 5.0f * p->unit || r->n < 4)
        return covered > 1.6f * p->unit * (float)r->n; /* longer than a dash */
    return covered > 0.3f * length || r->n >= 10;
}

static recto_status take_dashed_rules(recto_segment_parts *p)
{
    for (int i = 0; i < p->n_rows; i++) {
        recto_segment_row *r = &p->row[i];
        if (r->dead || !is_dashed_rule(p, r))
            continue;
        r->dead = true;
        recto_rect box = {(float)r->x0, (float)r->y0, (float)r->x1, (float)r->y1};
        recto_status s = recto_segment_rules_add(p, box);
        if (s)
            return s;
    }
    return RECTO_OK;
}

/* A letter that a stroke was drawn through stands out of its line, yet the line's crop shows it. */
static bool is_shown_by(const recto_segment_row *r, const recto_segment_row *f)
{
    if (r->letters < 4 || f->x0 < r->x0 || f->x1 > r->x1)
        return false;
    float base = recto_segment_base(r, 0.5f * (float)(f->x0 + f->x1));
    return (float)f->y0 <= base - 0.5f * r->asc && (float)f->y1 >= base - 0.3f * r->asc &&
           (float)(f->y1 - f->y0) >= 1.2f * r->asc;
}

static recto_status drop_shown(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    recto_segment_bands bands;
    recto_status s = index_rows(l, &bands, true);
    for (int f = 0; f < p->n_rows && !s; f++) {
        recto_segment_row *frag = &p->row[f];
        if (frag->dead || frag->letters > 2)
            continue;
        int last = recto_segment_bands_at(&bands, (float)frag->y1);
        for (int b = recto_segment_bands_at(&bands, (float)frag->y0); b <= last; b++) {
            for (int k = bands.start[b]; k < bands.start[b + 1] && !frag->dead; k++)
                frag->dead = is_shown_by(&p->row[bands.item[k]], frag);
        }
    }
    return s;
}

/* A lone dot or dash is text only on the line of other text ("-" in a table cell); else it is dirt.
 */
static recto_status drop_lone_marks(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    recto_segment_bands bands;
    recto_status s = index_rows(l, &bands, true);
    if (s)
        return s;
    for (int f = 0; f < p->n_rows; f++) {
        recto_segment_row *frag = &p->row[f];
        bool few = frag->n <= 3 || (l->noisy && frag->small);
        if (frag->dead || !few || frag->letter > 0.55f * p->unit)
            continue;
        int b = recto_segment_bands_at(&bands, 0.5f * (float)(frag->y0 + frag->y1));
        bool kept = false;
        bool dash = frag->x1 - frag->x0 > 2 * (frag->y1 - frag->y0) &&
                    (float)(frag->x1 - frag->x0) > 0.3f * p->unit;
        int end = l->noisy && !dash ? bands.start[b] : bands.start[b + 1];
        for (int k = bands.start[b]; k < end && !kept; k++) {
            const recto_segment_row *r = &p->row[bands.item[k]];
            kept = r != frag && r->letters >= 2 && r->letter > 0.55f * p->unit &&
                   frag->letter > (dash && !l->noisy ? 0.05f : 0.12f) * r->letter &&
                   misfit(r, frag->x0, frag->x1, frag->y0, frag->y1, 12.0f) < 0.35f;
        }
        frag->dead = !kept;
    }
    return RECTO_OK;
}

recto_status recto_segment_join_lines(recto_segment_links *l)
{
    recto_status s = size_low_rows(l);
    if (!s)
        s = look_for_noise(l);
    if (!s)
        s = attach(l, l->noisy ? 0.3f : 0.6f);
    if (!s)
        s = join_rows(l, 2.2f);
    if (!s)
        s = attach(l, l->noisy ? 0.3f : 1.2f);
    if (!s)
        s = take_dashed_rules(l->p);
    if (!s)
        s = drop_lone_marks(l);
    if (!s)
        s = drop_shown(l);
    if (!s)
        drop_dirt(l->p, 6);
    return s;
}
