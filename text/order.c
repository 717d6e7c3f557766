/* Reading order by whitespace gutters.
 *
 * Lines are first cut into chunks at gaps wider than a word space, so that a gutter shows even
 * where a line reaches over it.  A sweep down the chunks keeps the strips of white that are still
 * open; a chunk that gets in the way closes a strip (a candidate) and leaves the narrower rest of
 * it open.  Candidates are tried from the tallest and widest; one that separates columns cuts the
 * part in four:
 *
 *        +-----------------+
 *        |      above      |   1
 *        +-------+ +-------+
 *        | left  | | right |   2, 3
 *        +-------+ +-------+
 *        |      below      |   4
 *        +-----------------+
 *
 * A strip is not a gutter because it is white: tables, receipts, letterheads and lists with wide
 * number gaps have such strips, too.  Columns show running text on both sides (lines of several
 * words, one below the other, of like width), or sides that do not share their baselines.
 */
#include "text/order.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH     24   /* of cuts within cuts */
#define MAX_OPEN      48   /* strips kept open in the sweep */
#define MAX_TRIES     32   /* candidates tried on a part */
#define CHUNK_GAP     0.7f /* em: gap in a line that may be a gutter */
#define MIN_GUTTER    0.7f /* em */
#define SAME_BASELINE 0.4f /* em: two lines stand in one row */

/* A stretch of a line without a wide gap, or a slice of a table, picture or rule (n_words 0). */
typedef struct chunk {
    float x0, x1;
    float y;  /* middle of the x-height for text */
    int item; /* -1: a rule */
    int first_word, n_words;
    int n_chars;
    float size;
    float right; /* of its column */
    int leaf;
} chunk;

typedef struct strip {
    float x0, x1, y0, y1;
    int first; /* number of chunks seen when it opened */
    float score;
} strip;

/* Text of one line on one side of a candidate. */
typedef struct piece {
    float x0, x1, y, size;
    int n_words, n_chars;
    bool stacked; /* has a like line just above or below */
} piece;

typedef struct sorter {
    chunk *chunks;
    chunk *room; /* as many as chunks, for stable partition */
    piece *left, *right;
    float *edges; /* room for all chunks */
    const recto_flow_metrics *m;
    int n_leaves;
} sorter;

static int chunk_order(const void *a, const void *b)
{
    const chunk *x = a;
    const chunk *y = b;
    if (x->y != y->y)
        return x->y < y->y ? -1 : 1;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return x->first_word - y->first_word;
}

/* --- chunks ------------------------------------------------------------------------------------
 */

static int word_chars(const recto_word *w)
{
    return (int)strlen(w->text);
}

static int add_line_chunks(chunk *out, const recto_flow_item *it, int index, float body)
{
    const recto_line *line = it->line;
    float gap = CHUNK_GAP * fmaxf(line->size, 0.6f * body);
    int n = 0;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        bool fresh = n == 0 || w->box.x0 - out[n - 1].x1 > gap;
        if (fresh)
            out[n++] = (chunk){.x0 = w->box.x0,
                               .x1 = w->box.x1,
                               .y = line->baseline - 0.3f * line->size,
                               .item = index,
                               .first_word = i,
                               .size = line->size};
        chunk *c = &out[n - 1];
        c->x0 = fminf(c->x0, w->box.x0);
        c->x1 = fmaxf(c->x1, w->box.x1);
        c->n_words++;
        c->n_chars += word_chars(w);
    }
    return n;
}

/* Slices of something tall, so that the sweep, which takes chunks as flat, sees all its height. */
static int add_slices(chunk *out, recto_rect box, int index, int n_slices)
{
    for (int i = 0; i < n_slices; i++) {
        float at = n_slices > 1 ? (float)i / (float)(n_slices - 1) : 0.5f;
        out[i] = (chunk){.x0 = box.x0,
                         .x1 = box.x1,
                         .y = box.y0 + at * recto_rect_height(box),
                         .item = index,
                         .first_word = i};
    }
    return n_slices;
}

static int slices_of(recto_rect box, const recto_flow_metrics *m)
{
    float n = recto_rect_height(box) / m->pitch + 1.0f;
    return n > 200.0f ? 200 : (n < 2.0f ? 2 : (int)n);
}

static size_t count_chunks(const recto_flow_item *items, int n, const recto_flow_metrics *m,
                           int n_rules)
{
    size_t all = (size_t)n_rules + 1;
    for (int i = 0; i < n; i++)
        all += items[i].line != NULL ? (size_t)items[i].line->n_words
                                     : (size_t)slices_of(items[i].box, m);
    return all;
}

static int make_chunks(chunk *out, const recto_flow_item *items, int n, const recto_flow_metrics *m,
                       const recto_rule *rules, int n_rules)
{
    int n_out = 0;
    for (int i = 0; i < n; i++) {
        if (items[i].line != NULL)
            n_out += add_line_chunks(out + n_out, &items[i], i, m->body);
        else
            n_out += add_slices(out + n_out, items[i].box, i, slices_of(items[i].box, m));
    }
    for (int i = 0; i < n_rules; i++) {
        if (!rules[i].vertical && recto_flow_rect_ok(rules[i].box) &&
            recto_rect_width(rules[i].box) > 4.0f * m->body)
            n_out += add_slices(out + n_out, rules[i].box, -1, 1);
    }
    qsort(out, (size_t)n_out, sizeof *out, chunk_order);
    return n_out;
}

/* --- the sweep ---------------------------------------------------------------------------------
 */

typedef struct sweep {
    strip open[MAX_OPEN];
    int n_open;
    strip best[MAX_TRIES];
    int n_best;
    float x0, x1; /* of the part */
    float min_width;
    const recto_flow_metrics *m;
} sweep;

static void open_strip(sweep *s, strip g)
{
    if (g.x1 - g.x0 < s->min_width)
        return;
    int n = 0;
    for (int i = 0; i < s->n_open; i++) {
        const strip *o = &s->open[i];
        if (o->x0 <= g.x0 && o->x1 >= g.x1 && o->first <= g.first)
            return; /* inside an older one */
    }
    for (int i = 0; i < s->n_open; i++) {
        strip o = s->open[i];
        if (!(g.x0 <= o.x0 && g.x1 >= o.x1 && g.first <= o.first))
            s->open[n++] = o;
    }
    if (n == MAX_OPEN) { /* give up the youngest */
        int young = 0;
        for (int i = 1; i < n; i++)
            young = s->open[i].first > s->open[young].first ? i : young;
        s->open[young] = s->open[--n];
    }
    s->open[n++] = g;
    s->n_open = n;
}

static void close_strip(sweep *s, strip g, float y, int seen)
{
    if (g.x0 <= s->x0 || g.x1 >= s->x1 || seen - g.first < 2)
        return; /* a margin, or nothing stands beside it */
    float em = (g.x1 - g.x0) / s->m->body;
    g.y1 = y;
    g.score = (float)(seen - g.first) * fminf(0.4f + 0.5f * em, 1.2f);
    int at = s->n_best;
    while (at > 0 && s->best[at - 1].score < g.score)
        at--;
    if (at >= MAX_TRIES)
        return;
    if (s->n_best < MAX_TRIES)
        s->n_best++;
    for (int i = s->n_best - 1; i > at; i--)
        s->best[i] = s->best[i - 1];
    s->best[at] = g;
}

static void sweep_chunk(sweep *s, const chunk *c, int seen)
{
    strip hit[MAX_OPEN];
    int n_hit = 0;
    int n = 0;
    for (int i = 0; i < s->n_open; i++) {
        strip g = s->open[i];
        if (c->x0 < g.x1 && c->x1 > g.x0)
            hit[n_hit++] = g;
        else
            s->open[n++] = g;
    }
    s->n_open = n;
    for (int i = 0; i < n_hit; i++) {
        strip g = hit[i];
        close_strip(s, g, c->y, seen);
        strip rest = g;
        rest.x1 = c->x0;
        open_strip(s, rest);
        rest = g;
        rest.x0 = c->x1;
        open_strip(s, rest);
    }
    open_strip(s, (strip){.x0 = s->x0, .x1 = s->x1, .y0 = c->y, .first = seen + 1});
}

static void sweep_part(sweep *s, const chunk *chunks, int n, const recto_flow_metrics *m)
{
    s->n_open = 0;
    s->n_best = 0;
    s->m = m;
    s->min_width = MIN_GUTTER * m->body;
    s->x0 = chunks[0].x0;
    s->x1 = chunks[0].x1;
    for (int i = 1; i < n; i++) {
        s->x0 = fminf(s->x0, chunks[i].x0);
        s->x1 = fmaxf(s->x1, chunks[i].x1);
    }
    open_strip(s, (strip){.x0 = s->x0, .x1 = s->x1, .y0 = -HUGE_VALF, .first = 0});
    for (int i = 0; i < n; i++)
        sweep_chunk(s, &chunks[i], i);
    for (int i = 0; i < s->n_open; i++)
        close_strip(s, s->open[i], HUGE_VALF, n);
}

/* --- is it a gutter? ---------------------------------------------------------------------------
 */

typedef struct side {
    piece *p;
    int n;
    int n_chars;
    int running; /* pieces of running text */
    int running_chars;
    int n_left;  /* pieces whose start is shared with a neighbour */
    int n_solid; /* tables and pictures */
} side;

static void add_piece(side *s, const chunk *c, bool same_line)
{
    s->n_chars += c->n_chars;
    if (same_line && s->n > 0) {
        piece *p = &s->p[s->n - 1];
        p->x0 = fminf(p->x0, c->x0);
        p->x1 = fmaxf(p->x1, c->x1);
        p->n_words += c->n_words;
        p->n_chars += c->n_chars;
        return;
    }
    s->p[s->n++] = (piece){.x0 = c->x0,
                           .x1 = c->x1,
                           .y = c->y,
                           .size = c->size,
                           .n_words = c->n_words,
                           .n_chars = c->n_chars};
}

/* Pieces of both sides between the strip's ends; the number of lines that reach over it. */
static int gather(side *l, side *r, const sorter *t, const chunk *chunks, int n, const strip *g)
{
    float mid = (g->x0 + g->x1) / 2.0f;
    int n_cross = 0;
    int left_item = -1;
    int right_item = -1;
    *l = (side){.p = t->left};
    *r = (side){.p = t->right};
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0)
            continue;
        bool is_left = (c->x0 + c->x1) / 2.0f < mid;
        if (c->n_words == 0) {
            (is_left ? l : r)->n_solid += c->first_word == 0;
            continue;
        }
        if (is_left) {
            add_piece(l, c, left_item == c->item);
            left_item = c->item;
        } else {
            n_cross += left_item == c->item && right_item != c->item;
            add_piece(r, c, right_item == c->item);
            right_item = c->item;
        }
    }
    return n_cross;
}

static void judge_side(side *s, const recto_flow_metrics *m)
{
    for (int i = 0; i < s->n; i++) {
        piece *a = &s->p[i];
        bool left = false;
        for (int k = i + 1; k < s->n && k < i + 10; k++) {
            piece *b = &s->p[k];
            if (b->y - a->y > 2.5f * m->pitch)
                break;
            float wide = fmaxf(a->x1 - a->x0, b->x1 - b->x0);
            if (b->y - a->y < 0.5f * a->size || fabsf(a->x0 - b->x0) > 2.0f * m->body)
                continue;
            left |= fabsf(a->x0 - b->x0) < 0.4f * m->body;
            if (fabsf(a->x1 - b->x1) < 0.4f * wide) {
                a->stacked = true;
                b->stacked = true;
            }
        }
        s->n_left += left;
    }
    for (int i = 0; i < s->n; i++) {
        const piece *a = &s->p[i];
        if (a->stacked && (a->n_words >= 3 || (a->n_words == 2 && a->n_chars >= 20)) &&
            a->x1 - a->x0 > 7.0f * fmaxf(a->size, 0.7f * m->body)) {
            s->running++;
            s->running_chars += a->n_chars;
        }
    }
}

/* Notes in the margin: a few short pieces in smaller print beside running text. */
static bool is_margin(const side *notes, const side *text, const recto_flow_metrics *m)
{
    if (notes->n == 0 || notes->n * 3 > text->n || text->running_chars * 3 < text->n_chars * 2)
        return false;
    float wide = 0.0f;
    float left = HUGE_VALF;
    float right = -HUGE_VALF;
    for (int i = 0; i < notes->n; i++) {
        if (notes->p[i].size > 0.9f * m->body)
            return false;
        wide = fmaxf(wide, notes->p[i].x1 - notes->p[i].x0);
    }
    for (int i = 0; i < text->n; i++) {
        left = fminf(left, text->p[i].x0);
        right = fmaxf(right, text->p[i].x1);
    }
    return wide < 0.4f * (right - left);
}

/* How many pieces of the smaller side stand in one row with a piece of the other side. */
static int count_aligned(const side *l, const side *r)
{
    const side *few = l->n <= r->n ? l : r;
    const side *many = l->n <= r->n ? r : l;
    int n = 0;
    int k = 0;
    for (int i = 0; i < few->n; i++) {
        float y = few->p[i].y;
        float tol = SAME_BASELINE * few->p[i].size;
        while (k < many->n && many->p[k].y < y - tol)
            k++;
        n += k < many->n && many->p[k].y <= y + tol;
    }
    return n;
}

static bool is_gutter(const sorter *t, const chunk *chunks, int n, const strip *g)
{
    side l;
    side r;
    int n_cross = gather(&l, &r, t, chunks, n, g);
    int few = l.n < r.n ? l.n : r.n;
    float em = (g->x1 - g->x0) / t->m->body;
    if (few == 0) /* a picture or table beside text */
        return (l.n_solid > 0 && r.n >= 2) || (r.n_solid > 0 && l.n >= 2);
    judge_side(&l, t->m);
    judge_side(&r, t->m);
    int aligned = count_aligned(&l, &r);
    if (n_cross > 0 && (few < 4 || r.n_left * 10 < r.n * 6))
        return false; /* a chance white of some lines */
    if (l.running >= 2 && r.running >= 2 && l.running_chars * 2 >= l.n_chars &&
        r.running_chars * 2 >= r.n_chars)
        return few >= 3 || aligned * 2 < few || em > 1.2f;
    if (n_cross > 0)
        return false;
    if (is_margin(&l, &r, t->m) || is_margin(&r, &l, t->m))
        return true;
    if (few >= 3 && l.n + r.n >= 7 && em > 1.2f && aligned * 5 < few * 2)
        return true; /* the sides keep no common rows */
    return few >= 8 && aligned * 5 < few * 4 && l.n_left * 10 >= l.n * 6 &&
           r.n_left * 10 >= r.n * 6; /* two lists, as in an index */
}

/* --- cutting -----------------------------------------------------------------------------------
 */

/* Where the columns start: lines that stand on one side only before the other side begins go
 * above, if that is not where the reading order would suffer. */
static float columns_top(const chunk *chunks, int n, const strip *g, const recto_flow_metrics *m)
{
    float mid = (g->x0 + g->x1) / 2.0f;
    float left = HUGE_VALF;
    float right[3] = {HUGE_VALF, HUGE_VALF, HUGE_VALF}; /* first three heights on the right */
    int n_right = 0;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0)
            continue;
        if ((c->x0 + c->x1) / 2.0f < mid)
            left = fminf(left, c->y);
        else if (n_right < 3 && (n_right == 0 || c->y > right[n_right - 1] + 0.5f * m->pitch))
            right[n_right++] = c->y;
    }
    if (left < right[0])
        return right[0] - 0.8f * m->pitch;
    for (int i = 0; i < 2 && i + 1 < n_right; i++) {
        if (right[i + 1] - right[i] > 2.2f * m->pitch && left > right[i] + 1.5f * m->pitch)
            return right[i] + 0.5f * m->pitch;
    }
    return g->y0;
}

/* Where the columns end, if something wide stands below them: one side may stop early, and what
 * then follows on the other after a gap (text under a sidebar) is read after both. */
static float columns_bottom(const chunk *chunks, int n, const strip *g, const recto_flow_metrics *m)
{
    float mid = (g->x0 + g->x1) / 2.0f;
    float last[2] = {-HUGE_VALF, -HUGE_VALF}; /* lowest line of left and right */
    if (g->y1 == HUGE_VALF)
        return g->y1;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y > g->y0 && c->y < g->y1 && c->item >= 0)
            last[(c->x0 + c->x1) / 2.0f < mid ? 0 : 1] = c->y;
    }
    int longer = last[0] > last[1] ? 0 : 1;
    float stop = last[1 - longer] - 0.5f * m->pitch;
    float before = -HUGE_VALF;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0 ||
            ((c->x0 + c->x1) / 2.0f < mid ? 0 : 1) != longer)
            continue;
        if (c->y > stop + m->pitch && c->y - before > 1.5f * m->pitch)
            return c->y - 0.1f * m->pitch;
        before = c->y;
    }
    return g->y1;
}

static int place_of(const chunk *c, const strip *g, float top)
{
    if (c->y <= g->y0 || c->y < top)
        return 0;
    if (c->y >= g->y1)
        return 3;
    return (c->x0 + c->x1) / 2.0f < (g->x0 + g->x1) / 2.0f ? 1 : 2;
}

/* Stable partition of chunks[0..n) by place: above, left, right, below. */
static void partition(const sorter *t, chunk *chunks, int n, const strip *g, float top,
                      int counts[4])
{
    memset(counts, 0, 4 * sizeof *counts);
    for (int i = 0; i < n; i++)
        counts[place_of(&chunks[i], g, top)]++;
    int at[4] = {0, counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]};
    for (int i = 0; i < n; i++)
        t->room[at[place_of(&chunks[i], g, top)]++] = chunks[i];
    memcpy(chunks, t->room, (size_t)n * sizeof *chunks);
}

static int by_falling(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x > y ? -1 : x < y;
}

/* Where the lines of a part end: as far right as three of them do. */
static float right_edge(const sorter *t, const chunk *chunks, int n)
{
    int n_edges = 0;
    for (int i = 0; i < n; i++) {
        if (chunks[i].n_words > 0)
            t->edges[n_edges++] = chunks[i].x1;
    }
    if (n_edges == 0)
        return 0.0f;
    qsort(t->edges, (size_t)n_edges, sizeof *t->edges, by_falling);
    for (int i = 0; i + 2 < n_edges; i++) {
        if (t->edges[i + 2] > t->edges[i] - 3.0f * t->m->body)
            return t->edges[i];
    }
    return t->edges[0];
}

static void make_leaf(sorter *t, chunk *chunks, int n, float right)
{
    for (int i = 0; i < n; i++) {
        chunks[i].leaf = t->n_leaves;
        chunks[i].right = right;
    }
    t->n_leaves++;
}

static void sort_part(sorter *t, chunk *chunks, int n, float right, int depth)
{
    if (n == 0)
        return;
    if (n < 4 || depth >= MAX_DEPTH) {
        make_leaf(t, chunks, n, right);
        return;
    }
    sweep s;
    sweep_part(&s, chunks, n, t->m);
    for (int i = 0; i < s.n_best; i++) {
        const strip *g = &s.best[i];
        if (!is_gutter(t, chunks, n, g))
            continue;
        int counts[4];
        strip cut = *g;
        float top = columns_top(chunks, n, g, t->m);
        cut.y1 = columns_bottom(chunks, n, g, t->m);
        partition(t, chunks, n, &cut, top, counts);
        if (counts[1] == 0 || counts[2] == 0)
            break;
        int from = 0;
        for (int k = 0; k < 4; k++) {
            float edge = k == 1 ? right_edge(t, chunks + from, counts[k]) : right;
            sort_part(t, chunks + from, counts[k], edge, depth + 1);
            from += counts[k];
        }
        return;
    }
    make_leaf(t, chunks, n, right);
}

/* --- back to items -----------------------------------------------------------------------------
 */

static int item_order(const void *a, const void *b)
{
    const recto_flow_item *x = a;
    const recto_flow_item *y = b;
    if (x->leaf != y->leaf)
        return x->leaf < y->leaf ? -1 : 1;
    float ay = x->line != NULL ? x->line->baseline : x->box.y0;
    float by = y->line != NULL ? y->line->baseline : y->box.y0;
    if (ay != by)
        return ay < by ? -1 : 1;
    if (x->box.x0 != y->box.x0)
        return x->box.x0 < y->box.x0 ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_item(const void *a, const void *b)
{
    const chunk *x = a;
    const chunk *y = b;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return x->first_word - y->first_word;
}

/* A slice of a line's words as an item of its own. */
static bool add_slice(recto_flow_item *out, const recto_flow_item *it, int first, int n_words,
                      recto_arena *keep)
{
    recto_line *line = recto_arena_alloc(keep, sizeof *line);
    if (line == NULL)
        return false;
    *line = *it->line;
    line->words = it->line->words + first;
    line->n_words = n_words;
    recto_flow_close_line(line, it->line->size, it->line->baseline);
    *out = *it;
    out->line = line;
    out->box = line->box;
    out->n_chars = recto_flow_chars(line);
    return true;
}

/* Chunks sorted by item -> one item for every run of chunks of a line in one leaf. */
static bool collect(recto_flow_item *out, int *n_out, const recto_flow_item *items,
                    const chunk *chunks, int n, recto_arena *keep)
{
    int n_done = 0;
    for (int i = 0; i < n;) {
        const chunk *c = &chunks[i];
        int last = i + 1;
        while (last < n && chunks[last].item == c->item &&
               (c->n_words == 0 || chunks[last].leaf == c->leaf))
            last++;
        if (c->item >= 0) {
            const recto_flow_item *it = &items[c->item];
            recto_flow_item *o = &out[n_done++];
            int n_words = 0;
            for (int k = i; k < last; k++)
                n_words += chunks[k].n_words;
            if (it->line == NULL || n_words == it->line->n_words)
                *o = *it;
            else if (!add_slice(o, it, c->first_word, n_words, keep))
                return false;
            o->leaf = c->leaf;
            o->right = c->right;
        }
        i = last;
    }
    *n_out = n_done;
    return true;
}

recto_status recto_order_sort(recto_flow_item **items_out, int *n_out, const recto_flow_item *items,
                              int n, const recto_flow_metrics *m, const recto_rule *rules,
                              int n_rules, recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *items_out = NULL;
    *n_out = 0;
    if (n <= 0)
        return RECTO_OK;
    size_t cap = count_chunks(items, n, m, n_rules);
    recto_flow_item *out = recto_arena_array(tmp, cap, sizeof *out);
    recto_arena_mark mark = recto_arena_here(tmp);
    sorter t = {.chunks = recto_arena_array(tmp, cap, sizeof *t.chunks),
                .room = recto_arena_array(tmp, cap, sizeof *t.room),
                .left = recto_arena_array(tmp, cap, sizeof *t.left),
                .right = recto_arena_array(tmp, cap, sizeof *t.right),
                .edges = recto_arena_array(tmp, cap, sizeof *t.edges),
                .m = m};
    if (out == NULL || t.chunks == NULL || t.room == NULL || t.left == NULL || t.right == NULL ||
        t.edges == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for the order");
    int n_chunks = make_chunks(t.chunks, items, n, m, rules, n_rules);
    sort_part(&t, t.chunks, n_chunks, right_edge(&t, t.chunks, n_chunks), 0);
    qsort(t.chunks, (size_t)n_chunks, sizeof *t.chunks, by_item);
    if (!collect(out, n_out, items, t.chunks, n_chunks, keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for lines");
    qsort(out, (size_t)*n_out, sizeof *out, item_order);
    recto_arena_reset(tmp, mark);
    *items_out = out;
    return RECTO_OK;
}
