/* Tables held together by rules that are no grid.
 *
 * Horizontal rules of one extent (a table set with three rules, a row on every line, a box around
 * all), or vertical ones (rules between columns only), bound a region before the reading order is
 * asked, so that columns of text in it are not taken for columns of print.  What stands between
 * the rules is read as rows whose columns come from alignment and from the vertical rules.
 *
 * Such rules also part sections of a form or frame a page, so a stretch of rules with running text
 * between them is no table, and the shorter stretches on either side are tried for themselves. */
#include "text/table_aligned.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RULES  1500
#define MAX_FRAMES 400   /* tried on a page */
#define SAME_END   0.7f  /* em: rules of one table end at one place */
#define MIN_RULE   3.0f  /* em */
#define MAX_ABOVE  8     /* rows above the first rule: a header, and a row that ends at the rule */
#define HEAD_ZONE  12.0f /* pitches above the first rule where they stand */
#define TAIL_ZONE  30.0f /* pitches below the last */

typedef struct bar { /* a rule along its direction */
    float from, to, at;
} bar;

typedef struct frame {
    recto_rect box;
    float head, tail; /* px above and below the box where rows of the table may stand */
    const float *edges;
    int n_edges;
} frame;

typedef struct search {
    recto_flow_item *items; /* sorted by baseline, which is kept in `right`; line NULL: taken */
    int n, cap;
    const recto_layout *layout;
    const recto_flow_metrics *m;
    recto_join *join;
    recto_arena *keep, *tmp;
    recto_flow_item *out;
    int n_out, cap_out;
    int n_tried;
    float space;
    bool failed;
} search;

static int by_baseline(const void *a, const void *b)
{
    const recto_flow_item *x = a;
    const recto_flow_item *y = b;
    if (x->line->baseline != y->line->baseline)
        return x->line->baseline < y->line->baseline ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* First item whose baseline is at or below y. */
static int first_at(const search *s, float y)
{
    int low = 0;
    int high = s->n;
    while (low < high) {
        int mid = (low + high) / 2;
        if (s->items[mid].right < y)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* --- lines of a frame --------------------------------------------------------------------------
 */

/* White of at least 0.4 em in a line where x is? */
static bool has_gap_at(const recto_line *line, float x)
{
    for (int i = 1; i < line->n_words; i++) {
        if (line->words[i - 1].box.x1 <= x + 0.3f * line->size &&
            line->words[i].box.x0 >= x - 0.3f * line->size)
            return line->words[i].box.x0 - line->words[i - 1].box.x1 > 0.4f * line->size;
    }
    return false;
}

/* A line that reaches over an edge of the frame at a gap is two lines; false if out of memory. */
static bool cut_line(search *s, int at, float x)
{
    recto_flow_item *it = &s->items[at];
    if (it->box.x0 > x - 0.5f * it->size || it->box.x1 < x + 0.5f * it->size ||
        !has_gap_at(it->line, x) || s->n >= s->cap)
        return true;
    recto_line *left = recto_arena_alloc(s->keep, sizeof *left);
    recto_line *right = NULL;
    if (left == NULL)
        return false;
    *left = *it->line;
    if (!recto_flow_split(left, x, &right, s->keep))
        return true;
    if (right == NULL)
        return false;
    recto_flow_item rest = *it;
    it->line = left;
    it->box = left->box;
    it->n_chars = recto_flow_chars(left);
    rest.line = right;
    rest.box = right->box;
    rest.n_chars = recto_flow_chars(right);
    memmove(s->items + at + 1, s->items + at, (size_t)(s->n - at) * sizeof *s->items);
    s->items[at + 1] = rest;
    s->n++;
    return true;
}

static bool cut_lines(search *s, const frame *fr)
{
    for (int i = first_at(s, fr->box.y0 - fr->head);
         i < s->n && s->items[i].right < fr->box.y1 + fr->tail; i++) {
        if (s->items[i].line == NULL)
            continue;
        float slack = 0.3f * s->items[i].size;
        if (!cut_line(s, i, fr->box.x1 + slack) || !cut_line(s, i, fr->box.x0 - slack))
            return false;
    }
    return true;
}

/* Items of the frame and the zones above and below it, as rows; their index is their place here. */
static bool take_rows(search *s, const frame *fr, recto_table_finder *f)
{
    int first = first_at(s, fr->box.y0 - fr->head);
    int last = first;
    while (last < s->n && s->items[last].right < fr->box.y1 + fr->tail)
        last++;
    recto_flow_item *own = recto_arena_array(s->tmp, (size_t)(last - first) + 1, sizeof *own);
    if (own == NULL)
        return false;
    int n = 0;
    for (int i = first; i < last; i++) {
        const recto_flow_item *it = &s->items[i];
        float mid = (it->box.x0 + it->box.x1) / 2.0f;
        if (it->line == NULL || mid < fr->box.x0 || mid > fr->box.x1)
            continue;
        own[n] = *it;
        own[n].leaf = 0;
        own[n++].index = i;
    }
    recto_error err;
    return recto_rows_build(&f->rows, &f->n_rows, own, n, s->tmp, &err) == RECTO_OK;
}

/* --- one frame ---------------------------------------------------------------------------------
 */

/* Is a row beyond the rules one of the table: no wider than it, two grains or more that keep to its
 * columns, or (above) short labels over them? */
static bool fits_columns(const recto_table_finder *f, const recto_table_columns *c, const frame *fr,
                         int row, bool above)
{
    int n = recto_table_columns_count(f, row);
    int n_words = 0;
    if (n < 2 || f->rows[row].box.x0 < fr->box.x0 - c->em ||
        f->rows[row].box.x1 > fr->box.x1 + c->em)
        return false;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        int from = 0;
        int to = 0;
        recto_table_columns_span(c, g, &from, &to);
        if (g->n_words > 5 && to > from)
            return false;
        n_words += g->n_words;
    }
    return recto_table_columns_fit(c, f, row) || (above && n_words <= 2 * c->n);
}

/* A line of a cell: within one column that is not the first. */
static bool is_cell_line(const recto_table_finder *f, const recto_table_columns *c, int row)
{
    if (recto_table_columns_count(f, row) != 1)
        return false;
    const recto_table_grain *g = &f->grains[f->first[row]];
    int col = recto_table_columns_at(c, (g->x0 + g->x1) / 2.0f);
    return col > 0 && g->x0 > c->left[col] - 0.5f * c->em && g->x1 < c->right[col] + 2.0f * c->em;
}

/* Rows above and below the rules that belong to the table. */
static void stretch(const recto_table_finder *f, recto_table_run *r, recto_table_columns *c,
                    const frame *fr)
{
    int last = r->last;
    float step = last > r->first ? (f->rows[last].baseline - f->rows[r->first].baseline) /
                                       (float)(last - r->first)
                                 : f->m->pitch;
    step = fmaxf(step, 1.2f * c->em);
    for (int row = last + 1; row < f->n_rows; row++) {
        float down = f->rows[row].baseline - f->rows[row - 1].baseline;
        bool fits = fits_columns(f, c, fr, row, false);
        if (down > 1.35f * step || !(fits || is_cell_line(f, c, row)))
            break;
        last = fits ? row : last;
    }
    int first = r->first;
    for (int row = first - 1; row >= 0 && row >= r->first - MAX_ABOVE; row--) {
        float down = f->rows[row + 1].baseline - f->rows[row].baseline;
        bool fits = fits_columns(f, c, fr, row, true);
        if (down > 1.5f * step || !(fits || is_cell_line(f, c, row)) ||
            recto_table_aligned_is_caption(f->grains[f->first[row]].line))
            break;
        first = fits ? row : first;
    }
    for (int row = first; row <= last; row++)
        r->n_multi += (row < r->first || row > r->last) && recto_table_columns_count(f, row) > 1;
    r->first = first;
    r->last = last;
    c->xs[0] = fminf(c->xs[0], fr->box.x0);
    c->xs[c->n] = fmaxf(c->xs[c->n], fr->box.x1);
}

static int count_multi(const recto_table_finder *f, int first, int last)
{
    int n = 0;
    for (int i = first; i <= last; i++)
        n += recto_table_columns_count(f, i) >= 2;
    return n;
}

static bool add_table(search *s, const recto_table_finder *f, const recto_table_run *r,
                      recto_table *t, recto_rect box)
{
    for (int row = r->first; row <= r->last; row++) {
        box = recto_rect_union(box, f->rows[row].box);
        for (int i = 0; i < f->rows[row].n; i++)
            s->items[f->rows[row].items[i].index].line = NULL;
    }
    if (s->n_out >= s->cap_out)
        return false;
    s->out[s->n_out++] = (recto_flow_item){.box = box, .table = t};
    return true;
}

/* Read a frame; true if it is a table (or memory ran out). */
static bool read_frame(search *s, const frame *fr)
{
    recto_arena_mark mark = recto_arena_here(s->tmp);
    recto_table_finder f = {.layout = s->layout,
                            .m = s->m,
                            .join = s->join,
                            .keep = s->keep,
                            .tmp = s->tmp,
                            .space = s->space};
    bool found = false;
    if (s->n_tried++ > MAX_FRAMES || s->n_out >= s->cap_out)
        return false;
    s->failed = !cut_lines(s, fr) || !take_rows(s, fr, &f) || !recto_table_columns_grains(&f);
    recto_table_run r = {.first = f.n_rows, .last = -1, .edges = fr->edges, .n_edges = fr->n_edges};
    for (int i = 0; i < f.n_rows && !s->failed; i++) {
        float y = f.rows[i].baseline - 0.3f * f.rows[i].size;
        if (y < fr->box.y0 || y > fr->box.y1)
            continue;
        r.first = i < r.first ? i : r.first;
        r.last = i;
    }
    recto_table_columns c;
    if (!s->failed && r.last > r.first) {
        r.n_multi = count_multi(&f, r.first, r.last);
        if (r.n_multi >= 2) {
            s->failed = !recto_table_columns_find(&c, &f, &r);
            if (!s->failed && recto_table_aligned_judge(&f, &r, &c, true)) {
                stretch(&f, &r, &c, fr);
                recto_table *t = recto_table_aligned_build(&f, &r, &c, &s->failed);
                found = t != NULL && add_table(s, &f, &r, t, fr->box);
            }
        }
    }
    recto_arena_reset(s->tmp, mark);
    return found || s->failed;
}

/* --- frames from horizontal rules --------------------------------------------------------------
 */

static int by_ends(const void *a, const void *b)
{
    const bar *x = a;
    const bar *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int by_place(const void *a, const void *b)
{
    const bar *x = a;
    const bar *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int take_bars(bar *out, const search *s, bool vertical)
{
    int n = 0;
    for (int i = 0; i < s->layout->n_rules && n < MAX_RULES; i++) {
        const recto_rule *r = &s->layout->rules[i];
        if (r->vertical != vertical || !recto_flow_rect_ok(r->box))
            continue;
        bar b = {r->box.x0, r->box.x1, (r->box.y0 + r->box.y1) / 2.0f};
        if (vertical)
            b = (bar){r->box.y0, r->box.y1, (r->box.x0 + r->box.x1) / 2.0f};
        if (b.to - b.from > (vertical ? 1.5f : MIN_RULE) * s->m->body)
            out[n++] = b;
    }
    return n;
}

/* Is there prose between two heights, within the frame's width: two lines, one under the other,
 * that start at its left edge and go over most of its width without a gap? */
static bool is_prose(const search *s, float x0, float x1, float y0, float y1)
{
    float wide = x1 - x0;
    float above = -HUGE_VALF; /* the line of prose before */
    for (int i = first_at(s, y0); i < s->n && s->items[i].right < y1; i++) {
        const recto_flow_item *it = &s->items[i];
        float mid = (it->box.x0 + it->box.x1) / 2.0f;
        if (it->line == NULL || mid < x0 || mid > x1)
            continue;
        bool gap = false;
        for (int k = 1; k < it->line->n_words && !gap; k++)
            gap = it->line->words[k].box.x0 - it->line->words[k - 1].box.x1 >
                  1.5f * s->space * it->size;
        if (gap || it->line->n_words < 5 || it->box.x1 - it->box.x0 < 0.6f * wide ||
            it->box.x0 > x0 + fminf(0.15f * wide, 3.0f * it->size))
            continue;
        if (it->right - above < 2.0f * it->size)
            return true;
        above = it->right;
    }
    return false;
}

static bool holds_text(const search *s, const frame *fr)
{
    for (int i = first_at(s, fr->box.y0); i < s->n && s->items[i].right < fr->box.y1; i++) {
        float mid = (s->items[i].box.x0 + s->items[i].box.x1) / 2.0f;
        if (s->items[i].line != NULL && mid > fr->box.x0 && mid < fr->box.x1)
            return true;
    }
    return false;
}

/* Vertical rules that go through most of the frame, as edges of columns. */
static int take_edges(float *edges, const search *s, const bar *v, int n_v, recto_rect box)
{
    int n = 0;
    float em = s->m->body;
    for (int i = 0; i < n_v && n < RECTO_TABLE_MAX_COLS - 1; i++) {
        float shared = fminf(v[i].to, box.y1) - fmaxf(v[i].from, box.y0);
        if (v[i].at < box.x0 + em || v[i].at > box.x1 - em || shared < 0.6f * (box.y1 - box.y0))
            continue;
        if (n == 0 || v[i].at - edges[n - 1] > 0.5f * em)
            edges[n++] = v[i].at;
    }
    return n;
}

/* Rules b[0..n) of one extent, from the top: the longest stretches that are tables. */
static bool read_stack(search *s, const bar *b, int n, const bar *v, int n_v)
{
    float edges[RECTO_TABLE_MAX_COLS];
    for (int i = 0; i + 1 < n;) {
        int last = i + 1;
        while (last < n && !is_prose(s, b[i].from, b[i].to, b[last - 1].at, b[last].at))
            last++;
        int k = last - 1;
        bool found = false;
        for (int tries = 0; k > i && tries < 6 && !found; k--, tries++) {
            frame fr = {.box = {b[i].from, b[i].at, b[i].to, b[k].at},
                        .head = HEAD_ZONE * s->m->pitch,
                        .tail = TAIL_ZONE * s->m->pitch};
            fr.edges = edges;
            fr.n_edges = take_edges(edges, s, v, n_v, fr.box);
            found = holds_text(s, &fr) && read_frame(s, &fr);
            if (s->failed)
                return false;
        }
        i = found ? k + 2 : i + 1;
    }
    return true;
}

static bool read_flat(search *s, bar *h, int n, const bar *v, int n_v)
{
    float em = s->m->body;
    bar *stack = recto_arena_array(s->tmp, (size_t)n + 1, sizeof *stack);
    bool *used = recto_arena_array(s->tmp, (size_t)n + 1, sizeof *used);
    if (stack == NULL || used == NULL)
        return false;
    if (n > 0)
        qsort(h, (size_t)n, sizeof *h, by_ends);
    for (int i = 0; i < n; i++) {
        int n_stack = 0;
        for (int k = i; k < n && h[k].from - h[i].from < SAME_END * em; k++) {
            if (used[k] || fabsf(h[k].to - h[i].to) > SAME_END * em)
                continue;
            used[k] = true;
            stack[n_stack++] = h[k];
        }
        if (n_stack < 2)
            continue;
        qsort(stack, (size_t)n_stack, sizeof *stack, by_place);
        int n_left = 1;
        for (int k = 1; k < n_stack; k++) { /* double rules are one */
            if (stack[k].at - stack[n_left - 1].at > 0.45f * em)
                stack[n_left++] = stack[k];
        }
        if (n_left >= 2 && !read_stack(s, stack, n_left, v, n_v))
            return false;
    }
    return true;
}

/* --- frames from vertical rules ----------------------------------------------------------------
 */

/* Short text beside the outer rules of a stack of vertical ones is its outer column. */
static void widen(const search *s, recto_rect *box)
{
    float em = s->m->body;
    recto_rect start = *box;
    for (int side = 0; side < 2; side++) {
        int n = 0;
        int n_rows = 0;
        int n_words = 0;
        float edge = side == 0 ? start.x0 : start.x1;
        float far = edge;
        float near = HUGE_VALF; /* from the rule to the text nearest to it */
        float last = -HUGE_VALF;
        for (int i = first_at(s, start.y0); i < s->n && s->items[i].right < start.y1; i++) {
            const recto_flow_item *it = &s->items[i];
            if (it->line == NULL)
                continue;
            if (it->line->baseline - last > 0.5f * em) {
                n_rows++;
                last = it->line->baseline;
            }
            float gap = side == 0 ? start.x0 - it->box.x1 : it->box.x0 - start.x1;
            bool in = side == 0 ? it->box.x0 < start.x0 : it->box.x1 > start.x1;
            if (!in || gap > 6.0f * em)
                continue;
            n++;
            n_words += it->line->n_words;
            near = fminf(near, gap);
            far = side == 0 ? fminf(far, it->box.x0) : fmaxf(far, it->box.x1);
        }
        if (n * 5 < n_rows * 3 || n_words > 5 * n || n < 2 || near > 0.9f * em)
            continue;
        if (side == 0)
            box->x0 = far - 0.2f * em;
        else
            box->x1 = far + 0.2f * em;
    }
}

static bool read_upright(search *s, const bar *v, int n)
{
    float em = s->m->body;
    bool *used = recto_arena_array(s->tmp, (size_t)n + 1, sizeof *used);
    float *edges = recto_arena_array(s->tmp, (size_t)n + 1, sizeof *edges);
    if (used == NULL || edges == NULL)
        return false;
    for (int i = 0; i < n; i++) { /* v goes by place: from the left */
        int n_edges = 0;
        if (used[i])
            continue;
        for (int k = i; k < n && n_edges < RECTO_TABLE_MAX_COLS - 1; k++) {
            if (used[k] || fabsf(v[k].from - v[i].from) > em || fabsf(v[k].to - v[i].to) > em)
                continue;
            used[k] = true;
            if (n_edges == 0 || v[k].at - edges[n_edges - 1] > 0.5f * em)
                edges[n_edges++] = v[k].at;
        }
        if (n_edges < 2 && v[i].to - v[i].from > 0.5f * s->m->height)
            continue; /* between columns of print */
        frame fr = {.box = {edges[0], v[i].from, edges[n_edges - 1], v[i].to}};
        widen(s, &fr.box);
        int skip = edges[0] < fr.box.x0 + em;
        fr.edges = edges + skip;
        fr.n_edges = n_edges - skip;
        if (fr.n_edges > 0 && edges[n_edges - 1] > fr.box.x1 - em)
            fr.n_edges--;
        if (fr.box.x1 - fr.box.x0 > MIN_RULE * em && fr.n_edges > 0 && holds_text(s, &fr))
            read_frame(s, &fr);
        if (s->failed)
            return false;
    }
    return true;
}

/* --- the page ----------------------------------------------------------------------------------
 */

static bool find(search *s)
{
    bar *h = recto_arena_array(s->tmp, MAX_RULES, sizeof *h);
    bar *v = recto_arena_array(s->tmp, MAX_RULES, sizeof *v);
    if (h == NULL || v == NULL)
        return false;
    int n_h = take_bars(h, s, false);
    int n_v = take_bars(v, s, true);
    if (n_v > 0)
        qsort(v, (size_t)n_v, sizeof *v, by_place);
    return read_flat(s, h, n_h, v, n_v) && read_upright(s, v, n_v);
}

recto_status recto_table_framed_find(recto_flow_item **items, int *n, recto_flow_item *out,
                                     int *n_out, int cap_out, const recto_layout *layout,
                                     const recto_flow_metrics *m, recto_join *join,
                                     recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    if (*n < 4)
        return RECTO_OK;
    search s = {.n = *n,
                .cap = 2 * *n,
                .layout = layout,
                .m = m,
                .join = join,
                .keep = keep,
                .tmp = tmp,
                .out = out,
                .n_out = *n_out,
                .cap_out = cap_out,
                .space = recto_table_columns_space(layout, m)};
    s.items = recto_arena_array(tmp, (size_t)s.cap, sizeof *s.items);
    if (s.items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a table");
    memcpy(s.items, *items, (size_t)*n * sizeof *s.items);
    qsort(s.items, (size_t)s.n, sizeof *s.items, by_baseline);
    for (int i = 0; i < s.n; i++)
        s.items[i].right = s.items[i].line->baseline; /* stays when the line is taken */
    recto_table_finder like = {
        .layout = layout, .m = m, .join = join, .keep = keep, .tmp = tmp, .space = s.space};
    if ((layout->n_rules >= 2 && !find(&s)) ||
        !recto_table_across_find(s.items, s.n, &like, out, &s.n_out, cap_out))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a table");
    if (s.n_out == *n_out)
        return RECTO_OK; /* nothing found: the items stay as they are */
    int n_left = 0;
    for (int i = 0; i < s.n; i++) {
        if (s.items[i].line == NULL)
            continue;
        s.items[n_left] = s.items[i];
        s.items[n_left].right = 0.0f;
        s.items[n_left].index = n_left;
        n_left++;
    }
    *items = s.items;
    *n = n_left;
    *n_out = s.n_out;
    return RECTO_OK;
}
