/* Ruled tables.
 *
 * Rules that touch form a component.  The clustered positions of its rules are the edges of a grid
 * (its bounding box adds an outer border that was not drawn); where the edge between two places is
 * not ruled over at least half its length the places are one cell, if that leaves a rectangle.
 * Rules in scans have gaps and come double, so positions closer than half an em are one edge.
 *
 * A grid is a table only if text says so: two rows and two columns with text, and cells that are
 * not columns of print.  Rows that are not ruled between (an invoice's body) are told from the
 * numbers that stand in them. */
#include "text/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RULES      6000
#define MAX_ACROSS     16 /* tables without rules that are found here */
#define MAX_PLACES     60000
#define MAX_CELL_LINES 8.0f /* mean of the filled cells: more is a page frame, not a table */

typedef struct bar { /* a rule as a segment */
    float at;        /* position across, px */
    float from, to;  /* extent along */
    bool vertical;
    int group; /* union-find parent */
} bar;

typedef struct finder {
    bar *bars;
    int n_bars;
    recto_flow_item *items;
    int n_items;
    const recto_flow_metrics *m;
    recto_join *join;
    recto_arena *keep;
    recto_arena *tmp;
    float tol; /* px: rules nearer than this touch */
} finder;

typedef struct grid {
    float *xs, *ys;
    int n_xs, n_ys; /* edges */
    float *v_cover; /* [rows, n_xs] ruled length of the vertical edges */
    float *h_cover; /* [n_ys, cols] */
    int *owner;     /* [rows * cols] */
    recto_rect box;
} grid;

/* --- components --------------------------------------------------------------------------------
 */

static int bar_order(const void *a, const void *b)
{
    const bar *x = a;
    const bar *y = b;
    if (x->vertical != y->vertical)
        return x->vertical ? 1 : -1; /* horizontal ones first, from the top */
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int take_bars(bar *out, const recto_layout *layout, const recto_flow_metrics *m)
{
    int n = 0;
    for (int i = 0; i < layout->n_rules && n < MAX_RULES; i++) {
        const recto_rule *r = &layout->rules[i];
        if (!recto_flow_rect_ok(r->box))
            continue;
        float wide = recto_rect_width(r->box);
        float high = recto_rect_height(r->box);
        bar b = {.vertical = r->vertical};
        b.at = r->vertical ? (r->box.x0 + r->box.x1) / 2.0f : (r->box.y0 + r->box.y1) / 2.0f;
        b.from = r->vertical ? r->box.y0 : r->box.x0;
        b.to = r->vertical ? r->box.y1 : r->box.x1;
        if ((r->vertical ? high : wide) > 0.6f * m->body)
            out[n++] = b;
    }
    qsort(out, (size_t)n, sizeof *out, bar_order);
    for (int i = 0; i < n; i++)
        out[i].group = i;
    return n;
}

static int root_of(bar *bars, int i)
{
    while (bars[i].group != i) {
        bars[i].group = bars[bars[i].group].group;
        i = bars[i].group;
    }
    return i;
}

static void link_bars(finder *f)
{
    int n_flat = 0;
    while (n_flat < f->n_bars && !f->bars[n_flat].vertical)
        n_flat++;
    for (int v = n_flat; v < f->n_bars; v++) {
        const bar *b = &f->bars[v];
        int low = 0;
        int high = n_flat;
        while (low < high) { /* first horizontal rule at or below the top of b */
            int mid = (low + high) / 2;
            if (f->bars[mid].at < b->from - f->tol)
                low = mid + 1;
            else
                high = mid;
        }
        for (int h = low; h < n_flat && f->bars[h].at <= b->to + f->tol; h++) {
            if (b->at < f->bars[h].from - f->tol || b->at > f->bars[h].to + f->tol)
                continue;
            int x = root_of(f->bars, v);
            int y = root_of(f->bars, h);
            if (x < y)
                f->bars[y].group = x;
            else
                f->bars[x].group = y;
        }
    }
}

/* --- grid --------------------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Sorted positions -> means of the clusters; the number of clusters. */
static int cluster(float *v, int n, float tol)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    int n_out = 0;
    for (int i = 0; i < n;) {
        double sum = 0.0;
        int k = i;
        while (k < n && v[k] - v[i] <= tol)
            sum += (double)v[k++];
        v[n_out++] = (float)(sum / (k - i));
        i = k;
    }
    return n_out;
}

static int nearest(const float *v, int n, float at)
{
    int low = 0;
    int high = n - 1;
    while (low < high) {
        int mid = (low + high) / 2;
        if (v[mid] < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low > 0 && at - v[low - 1] < v[low] - at ? low - 1 : low;
}

/* Index of the interval that holds at; clamped to the ends. */
static int interval(const float *v, int n_edges, float at)
{
    int i = nearest(v, n_edges, at);
    if (at < v[i])
        i--;
    return i < 0 ? 0 : (i > n_edges - 2 ? n_edges - 2 : i);
}

/* Edges from the component's rules and its bounding box. */
static bool find_edges(grid *g, const finder *f, int group)
{
    g->xs = recto_arena_array(f->tmp, (size_t)f->n_bars + 2, sizeof *g->xs);
    g->ys = recto_arena_array(f->tmp, (size_t)f->n_bars + 2, sizeof *g->ys);
    if (g->xs == NULL || g->ys == NULL)
        return false;
    g->box = (recto_rect){HUGE_VALF, HUGE_VALF, -HUGE_VALF, -HUGE_VALF};
    for (int i = 0; i < f->n_bars; i++) {
        const bar *b = &f->bars[i];
        if (b->group != group)
            continue;
        if (b->vertical)
            g->xs[g->n_xs++] = b->at;
        else
            g->ys[g->n_ys++] = b->at;
        g->box.x0 = fminf(g->box.x0, b->vertical ? b->at : b->from);
        g->box.x1 = fmaxf(g->box.x1, b->vertical ? b->at : b->to);
        g->box.y0 = fminf(g->box.y0, b->vertical ? b->from : b->at);
        g->box.y1 = fmaxf(g->box.y1, b->vertical ? b->to : b->at);
    }
    g->xs[g->n_xs++] = g->box.x0;
    g->xs[g->n_xs++] = g->box.x1;
    g->ys[g->n_ys++] = g->box.y0;
    g->ys[g->n_ys++] = g->box.y1;
    g->n_xs = cluster(g->xs, g->n_xs, f->tol);
    g->n_ys = cluster(g->ys, g->n_ys, f->tol);
    return true;
}

static void add_cover(float *cover, size_t stride, const float *edges, int n_edges, const bar *b)
{
    int first = interval(edges, n_edges, b->from);
    int last = interval(edges, n_edges, b->to);
    for (int i = first; i <= last; i++) {
        float part = fminf(b->to, edges[i + 1]) - fmaxf(b->from, edges[i]);
        if (part > 0.0f)
            cover[(size_t)i * stride] += part;
    }
}

static bool find_cover(grid *g, const finder *f, int group)
{
    size_t n_rows = (size_t)g->n_ys - 1;
    size_t n_cols = (size_t)g->n_xs - 1;
    g->v_cover = recto_arena_array(f->tmp, n_rows * (size_t)g->n_xs, sizeof *g->v_cover);
    g->h_cover = recto_arena_array(f->tmp, n_cols * (size_t)g->n_ys, sizeof *g->h_cover);
    if (g->v_cover == NULL || g->h_cover == NULL)
        return false;
    for (int i = 0; i < f->n_bars; i++) {
        const bar *b = &f->bars[i];
        if (b->group != group)
            continue;
        if (b->vertical)
            add_cover(g->v_cover + nearest(g->xs, g->n_xs, b->at), (size_t)g->n_xs, g->ys, g->n_ys,
                      b);
        else
            add_cover(g->h_cover + (size_t)nearest(g->ys, g->n_ys, b->at) * n_cols, 1, g->xs,
                      g->n_xs, b);
    }
    return true;
}

static int owner_root(int *owner, int i)
{
    while (owner[i] != i) {
        owner[i] = owner[owner[i]];
        i = owner[i];
    }
    return i;
}

/* Smaller place wins: the root of a cell is its top left. */
static void join_places(int *owner, int a, int b)
{
    a = owner_root(owner, a);
    b = owner_root(owner, b);
    if (a < b)
        owner[b] = a;
    else
        owner[a] = b;
}

/* Cells that are no rectangle fall back to single places. */
static void keep_rectangles(grid *g, int *room)
{
    int n_rows = g->n_ys - 1;
    int n_cols = g->n_xs - 1;
    int n = n_rows * n_cols;
    int *last_row = room;
    int *last_col = room + n;
    int *count = room + 2 * n;
    int *first_col = room + 3 * n;
    for (int i = 0; i < n; i++) {
        last_row[i] = last_col[i] = count[i] = 0;
        first_col[i] = n_cols;
    }
    for (int i = 0; i < n; i++) {
        int o = g->owner[i];
        count[o]++;
        last_row[o] = i / n_cols;
        last_col[o] = i % n_cols > last_col[o] ? i % n_cols : last_col[o];
        first_col[o] = i % n_cols < first_col[o] ? i % n_cols : first_col[o];
    }
    for (int i = 0; i < n; i++) {
        int o = g->owner[i];
        int full = (last_row[o] - o / n_cols + 1) * (last_col[o] - o % n_cols + 1);
        if (first_col[o] != o % n_cols || count[o] != full)
            g->owner[i] = -1 - i; /* marked, so that o stays readable for the others */
    }
    for (int i = 0; i < n; i++)
        g->owner[i] = g->owner[i] < 0 ? -1 - g->owner[i] : g->owner[i];
}

static bool find_cells(grid *g, const finder *f)
{
    int n_rows = g->n_ys - 1;
    int n_cols = g->n_xs - 1;
    size_t n = (size_t)n_rows * (size_t)n_cols;
    g->owner = recto_arena_array(f->tmp, n, sizeof *g->owner);
    int *room = recto_arena_array(f->tmp, n * 4, sizeof *room);
    if (g->owner == NULL || room == NULL)
        return false;
    for (int i = 0; i < (int)n; i++)
        g->owner[i] = i;
    for (int r = 0; r < n_rows; r++) {
        for (int c = 0; c < n_cols; c++) {
            int place = r * n_cols + c;
            float high = g->ys[r + 1] - g->ys[r];
            float wide = g->xs[c + 1] - g->xs[c];
            if (c + 1 < n_cols && g->v_cover[r * g->n_xs + c + 1] < 0.5f * high)
                join_places(g->owner, place, place + 1);
            if (r + 1 < n_rows && g->h_cover[(r + 1) * n_cols + c] < 0.5f * wide)
                join_places(g->owner, place, place + n_cols);
        }
    }
    for (int i = 0; i < (int)n; i++)
        g->owner[i] = owner_root(g->owner, i);
    keep_rectangles(g, room);
    return true;
}

/* --- text into the grid ------------------------------------------------------------------------
 */

static float line_y(const recto_line *line)
{
    return line->baseline - 0.3f * line->size;
}

static bool is_inside(const grid *g, const recto_line *line, float slack)
{
    float x = (line->box.x0 + line->box.x1) / 2.0f;
    float y = line_y(line);
    return x > g->box.x0 - slack && x < g->box.x1 + slack && y > g->box.y0 && y < g->box.y1;
}

/* A rule that touches text may have been read as a character: drop it from a line's end. */
static void drop_rule_signs(recto_line *line, float edge0, float edge1, bool exact)
{
    float near = 0.15f * line->size;
    int n = line->n_words;
    for (int side = 0; side < 2 && !exact && line->n_words > 1; side++) {
        const recto_word *w = &line->words[side == 0 ? 0 : line->n_words - 1];
        bool touches = side == 0 ? w->box.x0 < edge0 + near : w->box.x1 > edge1 - near;
        if (strcmp(w->text, "|") != 0 &&
            !(touches && w->text[1] == '\0' && strchr("lI!T[]", w->text[0]) != NULL))
            continue;
        line->words += side == 0;
        line->n_words--;
    }
    if (line->n_words < n)
        recto_flow_close_line(line, line->size, line->baseline);
}

/* A line's pieces: cut where it crosses the edge between two cells.  False if out of memory. */
static bool add_pieces(recto_table_draft *d, const grid *g, recto_line *line, finder *f)
{
    int n_cols = g->n_xs - 1;
    int row = interval(g->ys, g->n_ys, line_y(line));
    int col = interval(g->xs, g->n_xs, line->words[0].box.x0 + 0.1f * line->size);
    for (; col + 1 < n_cols; col++) {
        float x = g->xs[col + 1];
        if (line->box.x1 <= x + 0.3f * line->size)
            break;
        int place = row * n_cols + col;
        if (g->owner[place] == g->owner[place + 1])
            continue;
        recto_line *right = NULL;
        if (!recto_flow_split(line, x, &right, f->keep))
            continue;
        if (right == NULL)
            return false;
        drop_rule_signs(line, g->xs[col], x, f->m->exact);
        d->pieces[d->n_pieces++] = (recto_table_piece){.line = line, .place = place};
        line = right;
    }
    float mid = (line->box.x0 + line->box.x1) / 2.0f;
    col = interval(g->xs, g->n_xs, mid);
    drop_rule_signs(line, g->xs[col], g->xs[col + 1], f->m->exact);
    d->pieces[d->n_pieces++] =
        (recto_table_piece){.line = line, .place = g->owner[row * n_cols + col]};
    return true;
}

/* How full the cells are: a frame around running text is not a table. */
static bool is_table_like(const recto_table_draft *d, const grid *g, const finder *f)
{
    int n_places = d->n_rows * d->n_cols;
    recto_arena_mark mark = recto_arena_here(f->tmp);
    int *lines = recto_arena_array(f->tmp, (size_t)n_places, sizeof *lines);
    if (lines == NULL)
        return false;
    int n_filled = 0;
    int n_cells = 0;
    for (int i = 0; i < d->n_pieces; i++)
        n_filled += lines[g->owner[d->pieces[i].place]]++ == 0;
    for (int i = 0; i < n_places; i++)
        n_cells += g->owner[i] == i;
    recto_arena_reset(f->tmp, mark);
    bool number_body = d->n_rows <= 3 && d->n_cols >= 3; /* rows may still be split */
    return n_filled >= 3 && n_filled * 5 >= n_cells &&
           ((float)d->n_pieces <= MAX_CELL_LINES * (float)n_filled || number_body);
}

/* --- rows that are not ruled -------------------------------------------------------------------
 */

typedef struct splitter {
    const grid *g;
    recto_table_draft *d;
    float *starts; /* baselines where rows begin in the row at hand */
    float *ys;     /* new edges */
    int *base;     /* new row -> row of the grid */
    int n_ys;
} splitter;

static bool row_is_plain(const grid *g, int row)
{
    int n_cols = g->n_xs - 1;
    for (int c = 0; c < n_cols; c++) {
        int o = g->owner[row * n_cols + c];
        bool down = row + 2 < g->n_ys && g->owner[(row + 1) * n_cols + c] == o;
        if (o / n_cols != row || down)
            return false;
    }
    return true;
}

static bool piece_is_number(const recto_table_piece *p)
{
    const recto_line *line = p->line;
    return line->n_words <= 2 && (recto_table_is_number(line->words[0].text) ||
                                  recto_table_is_number(line->words[line->n_words - 1].text));
}

/* Baselines of the column of this row that holds most numbers, one below the other; their count. */
static int number_starts(splitter *s, int row)
{
    int n_cols = s->d->n_cols;
    int best = 0;
    for (int col = 0; col < n_cols; col++) {
        int n = 0;
        int n_all = 0;
        for (int i = 0; i < s->d->n_pieces; i++) {
            if (s->d->pieces[i].place == row * n_cols + col) {
                n_all++;
                n += piece_is_number(&s->d->pieces[i]);
            }
        }
        if (n < 2 || n <= best || n * 3 < n_all * 2)
            continue;
        best = 0;
        for (int i = 0; i < s->d->n_pieces; i++) {
            if (s->d->pieces[i].place == row * n_cols + col)
                s->starts[best++] =
                    s->d->pieces[i].line->baseline - 1.0f * s->d->pieces[i].line->size;
        }
    }
    qsort(s->starts, (size_t)best, sizeof *s->starts, by_value);
    return best;
}

static int number_columns(const splitter *s, int row)
{
    int n_cols = s->d->n_cols;
    int n = 0;
    for (int col = 0; col < n_cols; col++) {
        int lines = 0;
        for (int i = 0; i < s->d->n_pieces; i++)
            lines += s->d->pieces[i].place == row * n_cols + col;
        n += lines >= 2;
    }
    return n;
}

/* Cut the rows that hold stacked numbers; the draft gets new edges, owners and places. */
static bool split_rows(recto_table_draft *d, const grid *g, const finder *f)
{
    size_t cap = (size_t)d->n_rows + (size_t)d->n_pieces + 2;
    splitter s = {.g = g,
                  .d = d,
                  .starts = recto_arena_array(f->tmp, (size_t)d->n_pieces + 1, sizeof *s.starts),
                  .ys = recto_arena_array(f->tmp, cap, sizeof *s.ys),
                  .base = recto_arena_array(f->tmp, cap, sizeof *s.base)};
    if (s.starts == NULL || s.ys == NULL || s.base == NULL)
        return false;
    for (int row = 0; row < d->n_rows; row++) {
        s.base[s.n_ys] = row;
        s.ys[s.n_ys++] = g->ys[row];
        if (d->n_rows > 200 || !row_is_plain(g, row) || number_columns(&s, row) < 2)
            continue;
        int n = number_starts(&s, row);
        for (int i = 1; i < n; i++) {
            if (s.starts[i] > s.ys[s.n_ys - 1] + 0.5f * f->m->body &&
                s.starts[i] < g->ys[row + 1]) {
                s.base[s.n_ys] = row;
                s.ys[s.n_ys++] = s.starts[i];
            }
        }
    }
    int n_rows = s.n_ys;
    s.ys[s.n_ys++] = g->ys[d->n_rows];
    if (n_rows == d->n_rows || n_rows * d->n_cols > MAX_PLACES)
        return true;
    int *owner = recto_arena_array(f->tmp, (size_t)n_rows * (size_t)d->n_cols, sizeof *owner);
    int *first = recto_arena_array(f->tmp, (size_t)d->n_rows, sizeof *first);
    if (owner == NULL || first == NULL)
        return false;
    for (int r = n_rows - 1; r >= 0; r--)
        first[s.base[r]] = r;
    for (int r = 0; r < n_rows; r++) {
        for (int c = 0; c < d->n_cols; c++) {
            int o = g->owner[s.base[r] * d->n_cols + c];
            int top = o / d->n_cols == s.base[r] ? r : first[o / d->n_cols];
            owner[r * d->n_cols + c] = top * d->n_cols + o % d->n_cols;
        }
    }
    for (int i = 0; i < d->n_pieces; i++) {
        recto_table_piece *p = &d->pieces[i];
        int r = interval(s.ys, s.n_ys, line_y(p->line));
        p->place = owner[r * d->n_cols + p->place % d->n_cols];
    }
    d->owner = owner;
    d->ys = s.ys;
    d->n_rows = n_rows;
    return true;
}

/* --- one component -----------------------------------------------------------------------------
 */

/* The table of a grid, NULL if it is none; lines in it lose their item's line. */
static recto_table *read_grid(finder *f, grid *g, bool *failed)
{
    size_t n_pieces = 0;
    for (int i = 0; i < f->n_items; i++) {
        if (f->items[i].line != NULL && is_inside(g, f->items[i].line, 0.5f * f->m->body))
            n_pieces += (size_t)f->items[i].line->n_words;
    }
    *failed = true;
    recto_table_draft d = {.n_rows = g->n_ys - 1,
                           .n_cols = g->n_xs - 1,
                           .xs = g->xs,
                           .ys = g->ys,
                           .owner = g->owner,
                           .pieces = recto_arena_array(f->tmp, n_pieces + 1, sizeof *d.pieces),
                           .n_header = -1,
                           .ruled = true};
    if (d.pieces == NULL)
        return NULL;
    for (int i = 0; i < f->n_items; i++) {
        const recto_line *line = f->items[i].line;
        if (line == NULL || !is_inside(g, line, 0.5f * f->m->body))
            continue;
        recto_line *copy = recto_arena_alloc(f->keep, sizeof *copy); /* splitting changes it */
        if (copy == NULL)
            return NULL;
        *copy = *line;
        if (!add_pieces(&d, g, copy, f))
            return NULL;
    }
    *failed = false;
    if (!is_table_like(&d, g, f))
        return NULL;
    *failed = !split_rows(&d, g, f);
    if (*failed)
        return NULL;
    recto_table *t = recto_table_make(&d, f->join, f->keep, f->tmp, failed);
    for (int i = 0; i < f->n_items && t != NULL; i++) {
        if (f->items[i].line != NULL && is_inside(g, f->items[i].line, 0.5f * f->m->body))
            f->items[i].line = NULL;
    }
    return t;
}

/* Build and read the grid of a component; false if out of memory. */
static bool read_component(finder *f, int group, recto_flow_item *out, int *n_out)
{
    recto_arena_mark mark = recto_arena_here(f->tmp);
    grid g = {0};
    bool failed = false;
    if (!find_edges(&g, f, group))
        return false;
    if (g.n_xs >= 3 && g.n_ys >= 2 && (g.n_xs - 1) * (g.n_ys - 1) <= MAX_PLACES) {
        if (!find_cover(&g, f, group) || !find_cells(&g, f))
            return false;
        recto_table *t = read_grid(f, &g, &failed);
        if (t != NULL)
            out[(*n_out)++] = (recto_flow_item){.box = g.box, .table = t};
    }
    recto_arena_reset(f->tmp, mark);
    return !failed;
}

typedef struct component {
    int group;
    float area;
} component;

static int by_area(const void *a, const void *b)
{
    const component *x = a;
    const component *y = b;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return x->group - y->group;
}

/* Components that have rules both ways, smallest first: a table inside a cell takes its text.
 * boxes: room for one a bar. */
static int list_components(component *out, const finder *f, recto_rect *boxes)
{
    int n = 0;
    for (int i = 0; i < f->n_bars; i++)
        boxes[i] = (recto_rect){HUGE_VALF, HUGE_VALF, -HUGE_VALF, -HUGE_VALF};
    for (int i = 0; i < f->n_bars; i++) {
        const bar *b = &f->bars[i];
        recto_rect *box = &boxes[b->group];
        box->x0 = fminf(box->x0, b->vertical ? b->at : b->from);
        box->x1 = fmaxf(box->x1, b->vertical ? b->at : b->to);
        box->y0 = fminf(box->y0, b->vertical ? b->from : b->at);
        box->y1 = fmaxf(box->y1, b->vertical ? b->to : b->at);
    }
    /* groups are rooted in their first bar, and horizontal bars come first: a vertical bar in a
     * group with a horizontal root means rules both ways */
    for (int i = 0; i < f->n_bars; i++) {
        int g = f->bars[i].group;
        if (f->bars[i].vertical && !f->bars[g].vertical && boxes[g].x1 > boxes[g].x0) {
            out[n++] = (component){.group = g, .area = recto_rect_area(boxes[g])};
            boxes[g].x1 = -HUGE_VALF; /* listed */
        }
    }
    qsort(out, (size_t)n, sizeof *out, by_area);
    return n;
}

static recto_rect clip_box(recto_rect r, const recto_layout *layout)
{
    return recto_rect_clip(r, layout->width, layout->height);
}

recto_status recto_table_ruled_find(recto_flow_item **tables_out, int *n_tables_out,
                                    recto_flow_item **items, int *n, const recto_layout *layout,
                                    const recto_flow_metrics *m, recto_join *join,
                                    recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *tables_out = NULL;
    *n_tables_out = 0;
    if (*n < 2)
        return RECTO_OK;
    size_t n_rules = layout->n_rules < 0 ? 0 : (size_t)layout->n_rules;
    n_rules = n_rules < MAX_RULES ? n_rules : MAX_RULES;
    size_t cap_out = n_rules + MAX_ACROSS;
    finder f = {.bars = recto_arena_array(tmp, n_rules + 1, sizeof *f.bars),
                .items = *items,
                .n_items = *n,
                .m = m,
                .join = join,
                .keep = keep,
                .tmp = tmp,
                .tol = 0.45f * m->body};
    component *list = recto_arena_array(tmp, n_rules + 1, sizeof *list);
    recto_rect *boxes = recto_arena_array(tmp, n_rules + 1, sizeof *boxes);
    recto_flow_item *out = recto_arena_array(tmp, cap_out, sizeof *out);
    if (f.bars == NULL || list == NULL || boxes == NULL || out == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for rules");
    f.n_bars = take_bars(f.bars, layout, m);
    link_bars(&f);
    for (int i = 0; i < f.n_bars; i++)
        f.bars[i].group = root_of(f.bars, i);
    int n_list = list_components(list, &f, boxes);
    for (int i = 0; i < n_list; i++) {
        if (!read_component(&f, list[i].group, out, n_tables_out))
            return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a table");
    }
    int n_left = 0;
    for (int i = 0; i < *n; i++) {
        if ((*items)[i].line != NULL)
            (*items)[n_left++] = (*items)[i];
    }
    *n = n_left;
    recto_status st = recto_table_framed_find(items, n, out, n_tables_out, (int)cap_out, layout, m,
                                              join, keep, tmp, err);
    if (st != RECTO_OK)
        return st;
    for (int i = 0; i < *n_tables_out; i++) {
        out[i].box = clip_box(out[i].box, layout);
        for (int k = 0; k < out[i].table->n_cells; k++)
            out[i].table->cells[k].box = clip_box(out[i].table->cells[k].box, layout);
    }
    *tables_out = out;
    return RECTO_OK;
}
