/* Columns of a table from the white that its rows have in common.
 *
 * The rows are cut into grains at gaps wider than a word space.  Heights do not matter then: where
 * no row (hardly any of a long table) has ink is a strip of white.  Chance strips of running text
 * are told from those between columns by the text beside them, which keeps an edge, its middle or
 * its decimal points in a column and does not in a paragraph. */
#include "text/table_aligned.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GAP_EXACT     0.42f /* em: gap between two grains of a line; spaces are 0.2 to 0.33 */
#define GAP_INK       0.55f /* the same where words come from a scan */
#define GAP_MOST      0.9f  /* em: where spaces are wide, as in print of fixed pitch */
#define GAP_SPACES    1.4f  /* spaces of the page */
#define STRIP_PART    0.9f  /* of the gap: narrower white does not part columns */
#define N_GAP_BINS    100   /* of a hundredth of an em */
#define STRIP_PLAIN   0.9f  /* em: wider strips need no proof of alignment */
#define CROSSING_ROWS 25    /* one row in so many may reach over a strip */
#define HEAD_ROWS     2     /* rows at the top whose labels may stand over several columns */

/* --- grains ------------------------------------------------------------------------------------
 */

static bool is_dash(const char *text)
{
    static const char *const list[] = {"-",
                                       "--",
                                       "\xE2\x80\x93",
                                       "\xE2\x80\x94",
                                       "\xE2\x88\x92",
                                       "n/a",
                                       "N/A",
                                       "n.a.",
                                       ".",
                                       "\xE2\x80\xA6",
                                       "x",
                                       "X"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(text, list[i]) == 0)
            return true;
    }
    return false;
}

static void close_grain(recto_table_grain *g)
{
    const char *text = g->line->words[g->first].text;
    const char *last = g->line->words[g->first + g->n_words - 1].text;
    bool first = recto_table_is_number(text);
    bool end = recto_table_is_number(last);
    g->number = (g->n_words == 1 && first) || /* "12", "12 kg", "USD 12" */
                (g->n_words == 2 && ((first && strlen(last) <= 3) || (end && strlen(text) <= 3)));
    g->dash = g->n_words == 1 && is_dash(text);
}

float recto_table_columns_space(const recto_layout *layout, const recto_flow_metrics *m)
{
    int bins[N_GAP_BINS] = {0};
    int n = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *line = &layout->lines[i];
        for (int k = 1; k < line->n_words && line->words != NULL; k++) {
            float gap = (line->words[k].box.x0 - line->words[k - 1].box.x1) / line->size;
            if (gap > 0.1f && gap < 0.99f) {
                bins[(int)(gap * N_GAP_BINS)]++;
                n++;
            }
        }
    }
    int below = 0;
    int at = 0;
    while (at < N_GAP_BINS && (below += bins[at]) * 10 < n)
        at++;
    float space = n > 0 ? ((float)at + 0.5f) / N_GAP_BINS : 0.0f;
    return fminf(fmaxf(GAP_SPACES * space, m->exact ? GAP_EXACT : GAP_INK), GAP_MOST);
}

static int add_grains(recto_table_grain *out, recto_line *line, float space)
{
    float gap = space * line->size;
    int n = 0;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        if (n == 0 || w->box.x0 - out[n - 1].x1 > gap)
            out[n++] = (recto_table_grain){
                .x0 = w->box.x0, .x1 = w->box.x1, .line = line, .first = i, .bold = true};
        recto_table_grain *g = &out[n - 1];
        g->x1 = fmaxf(g->x1, w->box.x1);
        g->n_words++;
        g->n_chars += (int)strlen(w->text);
        g->bold &= (w->style & (uint32_t)RECTO_STYLE_BOLD) != 0;
    }
    for (int k = 0; k < n; k++)
        close_grain(&out[k]);
    return n;
}

static void measure_row(recto_table_finder *f, int row)
{
    float covered = 0.0f;
    for (int k = 0; k < f->rows[row].n; k++) {
        const recto_line *line = f->rows[row].items[k].line;
        for (int i = 0; line != NULL && i < line->n_words; i++)
            covered += recto_rect_width(line->words[i].box);
        f->words[row] += line != NULL ? line->n_words : 0;
    }
    f->ink[row] = covered / fmaxf(recto_rect_width(f->rows[row].box), 1.0f);
}

bool recto_table_columns_grains(recto_table_finder *f)
{
    size_t n_words = 0;
    for (int i = 0; i < f->n_rows; i++) {
        for (int k = 0; k < f->rows[i].n; k++)
            n_words +=
                f->rows[i].items[k].line != NULL ? (size_t)f->rows[i].items[k].line->n_words : 0;
    }
    f->grains = recto_arena_array(f->tmp, n_words + 1, sizeof *f->grains);
    f->first = recto_arena_array(f->tmp, (size_t)f->n_rows + 1, sizeof *f->first);
    f->ink = recto_arena_array(f->tmp, (size_t)f->n_rows + 1, sizeof *f->ink);
    f->words = recto_arena_array(f->tmp, (size_t)f->n_rows + 1, sizeof *f->words);
    if (f->grains == NULL || f->first == NULL || f->ink == NULL || f->words == NULL)
        return false;
    int n = 0;
    for (int i = 0; i < f->n_rows; i++) {
        f->first[i] = n;
        measure_row(f, i);
        for (int k = 0; k < f->rows[i].n; k++) {
            if (f->rows[i].items[k].line != NULL)
                n += add_grains(f->grains + n, f->rows[i].items[k].line, f->space);
        }
    }
    f->first[f->n_rows] = n;
    return true;
}

/* --- strips ------------------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* White that at most `allowed` of n intervals [starts, ends] reach into; both arrays are sorted
 * here. */
static int white_strips(recto_table_strip *out, float *starts, float *ends, int n, int allowed,
                        float least)
{
    int n_out = 0;
    int cover = 0;
    int at_start = 0;
    int at_end = 0;
    float from = HUGE_VALF; /* where the cover fell to what is allowed */
    if (n < 2)
        return 0;
    qsort(starts, (size_t)n, sizeof *starts, by_value);
    qsort(ends, (size_t)n, sizeof *ends, by_value);
    while (at_start < n) {
        if (ends[at_end] < starts[at_start]) {
            if (--cover == allowed)
                from = ends[at_end];
            at_end++;
            continue;
        }
        if (cover++ == allowed) {
            if (starts[at_start] - from >= least && n_out < RECTO_TABLE_MAX_COLS)
                out[n_out++] = (recto_table_strip){from, starts[at_start]};
            from = HUGE_VALF;
        }
        at_start++;
    }
    return n_out;
}

/* Strips of the rows from `from` to the run's end that have several grains. */
static int run_strips(recto_table_strip *out, const recto_table_finder *f, const recto_table_run *r,
                      int from, float em, float *room)
{
    int n_rows = 0;
    int n = 0;
    float *starts = room;
    float *ends = room + (f->first[r->last + 1] - f->first[r->first]);
    for (int row = from; row <= r->last; row++) {
        if (recto_table_columns_count(f, row) < 2)
            continue;
        n_rows++;
        for (int i = f->first[row]; i < f->first[row + 1]; i++) {
            starts[n] = f->grains[i].x0;
            ends[n++] = f->grains[i].x1;
        }
    }
    float least = STRIP_PART * f->space * em;
    return n_rows < 1 ? 0 : white_strips(out, starts, ends, n, n_rows / CROSSING_ROWS, least);
}

/* Ink of wrapped lines that reaches into a strip from one side narrows it. */
static void narrow_strips(recto_table_strip *s, int n, const recto_table_finder *f,
                          const recto_table_run *r, float em)
{
    for (int row = r->first; row <= r->last; row++) {
        if (recto_table_columns_count(f, row) != 1)
            continue;
        const recto_table_grain *g = &f->grains[f->first[row]];
        for (int i = 0; i < n; i++) {
            if (g->x0 < s[i].x0 && g->x1 > s[i].x0 && g->x1 < s[i].x1 - 0.2f * em)
                s[i].x0 = g->x1;
            else if (g->x1 > s[i].x1 && g->x0 < s[i].x1 && g->x0 > s[i].x0 + 0.2f * em)
                s[i].x1 = g->x0;
        }
    }
}

/* --- columns -----------------------------------------------------------------------------------
 */

int recto_table_columns_at(const recto_table_columns *c, float x)
{
    int i = 0;
    while (i + 1 < c->n && x >= c->xs[i + 1])
        i++;
    return i;
}

void recto_table_columns_span(const recto_table_columns *c, const recto_table_grain *g, int *from,
                              int *to)
{
    float slack = 0.5f * c->em;
    float mid = (g->x0 + g->x1) / 2.0f;
    *from = recto_table_columns_at(c, fminf(g->x0 + slack, mid));
    *to = recto_table_columns_at(c, fmaxf(g->x1 - slack, mid));
}

static bool holds_digit(const recto_table_grain *g)
{
    for (int i = g->first; i < g->first + g->n_words; i++) {
        if (strpbrk(g->line->words[i].text, "0123456789@") != NULL)
            return true;
    }
    return false;
}

static void count_columns(recto_table_columns *c, const recto_table_finder *f,
                          const recto_table_run *r)
{
    for (int i = 0; i < c->n; i++) {
        c->filled[i] = c->numbers[i] = c->words[i] = c->grains[i] = 0;
        c->digits[i] = c->full[i] = c->lines[i] = 0;
        c->left[i] = HUGE_VALF;
        c->right[i] = -HUGE_VALF;
    }
    for (int row = r->first; row <= r->last; row++) {
        if (recto_table_columns_count(f, row) < 2)
            continue;
        int last = -1;
        for (int i = f->first[row]; i < f->first[row + 1]; i++) {
            const recto_table_grain *g = &f->grains[i];
            int col = 0;
            int to = 0;
            recto_table_columns_span(c, g, &col, &to);
            c->grains[col]++;
            c->words[col] += g->n_words;
            c->digits[col] += holds_digit(g);
            if (to == col) {
                c->left[col] = fminf(c->left[col], g->x0);
                c->right[col] = fmaxf(c->right[col], g->x1);
            }
            if (col == last)
                continue;
            c->filled[col]++;
            c->numbers[col] += g->number || g->dash;
            last = col;
        }
    }
}

/* Lines of prose fill their column, cells of a table seldom do. */
static void count_full(recto_table_columns *c, const recto_table_finder *f,
                       const recto_table_run *r)
{
    for (int row = r->first; row <= r->last; row++) {
        for (int i = f->first[row]; i < f->first[row + 1];) {
            int col = 0;
            int last = 0;
            int n_words = 0;
            float x0 = f->grains[i].x0;
            float x1 = x0;
            recto_table_columns_span(c, &f->grains[i], &col, &last);
            for (int to = last; i < f->first[row + 1]; i++) {
                int from = 0;
                recto_table_columns_span(c, &f->grains[i], &from, &to);
                if (from != col)
                    break;
                x1 = f->grains[i].x1;
                n_words += f->grains[i].n_words;
            }
            c->lines[col]++;
            c->full[col] += n_words >= 3 && x1 - x0 > 0.75f * (c->right[col] - c->left[col]);
        }
    }
}

/* Has the first row, one of words, a label of its own over this column? */
static bool has_label(const recto_table_columns *c, const recto_table_finder *f,
                      const recto_table_run *r, int col)
{
    bool found = false;
    for (int i = f->first[r->first]; i < f->first[r->first + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        if (g->number)
            return false;
        found |= recto_table_columns_at(c, (g->x0 + g->x1) / 2.0f) == col;
    }
    return found;
}

static void drop_edge(recto_table_columns *c, int edge)
{
    size_t n = (size_t)(c->n - edge);
    memmove(c->xs + edge, c->xs + edge + 1, n * sizeof *c->xs);
    memmove(c->ruled + edge, c->ruled + edge + 1, n * sizeof *c->ruled);
    c->n--;
}

/* Columns with hardly anything in them join the one to their left. */
static void drop_sparse(recto_table_columns *c, const recto_table_finder *f,
                        const recto_table_run *r)
{
    for (int i = c->n - 1; i >= 0 && c->n > 1; i--) {
        bool ruled = c->ruled[i] && c->ruled[i + 1];
        if (ruled || (c->filled[i] >= 2 && c->filled[i] * 10 >= r->n_multi * 4) ||
            (c->filled[i] >= 1 && has_label(c, f, r, i)))
            continue;
        drop_edge(c, i > 0 ? i : 1); /* the first column joins the one to its right */
        count_columns(c, f, r);
    }
}

/* --- alignment ---------------------------------------------------------------------------------
 */

/* How many of n values lie within tol of one another at most; *from and *until get the window. */
static int best_window(const float *v, int n, float tol, int *from, int *until)
{
    int best = 0;
    for (int i = 0, k = 0; i < n; i++) {
        while (v[i] - v[k] > tol)
            k++;
        if (i - k + 1 > best) {
            best = i - k + 1;
            *from = k;
            *until = i + 1;
        }
    }
    return best;
}

static int count_aligned(float *v, int n, float tol, bool two, float *at)
{
    int from = 0;
    int until = 0;
    qsort(v, (size_t)n, sizeof *v, by_value);
    int best = best_window(v, n, tol, &from, &until);
    *at = (v[from] + v[until - 1]) / 2.0f;
    if (two && best < n) { /* indented labels keep two edges */
        int a = 0;
        int b = 0;
        int before = best_window(v, from, tol, &a, &b);
        int after = best_window(v + until, n - until, tol, &a, &b);
        best += before > after ? before : after;
    }
    return best;
}

/* Where the decimal point of a number stands, or its end. */
static float point_of(const recto_table_grain *g)
{
    const recto_word *w = &g->line->words[g->first + g->n_words - 1];
    if (g->n_words > 1 && !recto_table_is_number(w->text))
        w = &g->line->words[g->first];
    size_t n = strlen(w->text);
    const char *point = strrchr(w->text, '.');
    const char *comma = strrchr(w->text, ',');
    if (point == NULL || (comma != NULL && comma > point))
        point = comma;
    if (point == NULL)
        return w->box.x1;
    return w->box.x0 + recto_rect_width(w->box) * (float)(point - w->text) / (float)n;
}

/* Tolerance of edges. */
static float edge_slack(const recto_table_columns *c, const recto_table_finder *f,
                        recto_table_edge edge)
{
    float tol = (f->m->exact ? 0.2f : 0.45f) * c->em;
    return edge == RECTO_TABLE_POINT ? 1.5f * tol : tol;
}

/* The edges of a column's text in a row; false if it has none there. */
static bool cell_edges(float at[RECTO_TABLE_EDGE_COUNT], const recto_table_columns *c,
                       const recto_table_finder *f, int row, int col)
{
    float x0 = HUGE_VALF;
    float x1 = -HUGE_VALF;
    float point = 0.0f;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        int from = 0;
        int to = 0;
        recto_table_columns_span(c, g, &from, &to);
        if (from != col || to != col)
            continue;
        x0 = fminf(x0, g->x0);
        x1 = fmaxf(x1, g->x1);
        point = g->number ? point_of(g) : x1;
    }
    at[RECTO_TABLE_LEFT] = x0;
    at[RECTO_TABLE_RIGHT] = x1;
    at[RECTO_TABLE_MIDDLE] = (x0 + x1) / 2.0f;
    at[RECTO_TABLE_POINT] = point;
    return x1 >= x0;
}

/* Find the edge that most of a column's cells keep.  room: four floats a row. */
static void align_column(recto_table_columns *c, const recto_table_finder *f,
                         const recto_table_run *r, int col, float *room)
{
    int n_all = r->last - r->first + 1;
    int n = 0;
    int head = r->last - r->first >= 3 ? 1 : 0; /* labels need not stand as what is under them */
    for (int row = r->first + head; row <= r->last; row++) {
        float at[RECTO_TABLE_EDGE_COUNT];
        if (!cell_edges(at, c, f, row, col))
            continue;
        for (int k = 0; k < RECTO_TABLE_EDGE_COUNT; k++)
            room[k * n_all + n] = at[k];
        n++;
    }
    c->aligned[col] = n < 2 ? 1.0f : 0.0f;
    c->edge[col] = RECTO_TABLE_LEFT;
    c->edge_at[col] = n > 0 ? room[0] : 0.0f;
    for (int k = 0; k < RECTO_TABLE_EDGE_COUNT && n >= 2; k++) {
        float at = 0.0f;
        recto_table_edge edge = (recto_table_edge)k;
        int best = count_aligned(room + k * n_all, n, edge_slack(c, f, edge),
                                 col == 0 && edge == RECTO_TABLE_LEFT, &at);
        if ((float)best / (float)n > c->aligned[col]) {
            c->aligned[col] = (float)best / (float)n;
            c->edge[col] = edge;
            c->edge_at[col] = at;
        }
    }
}

bool recto_table_columns_fit(const recto_table_columns *c, const recto_table_finder *f, int row)
{
    int n = 0;
    int n_fit = 0;
    for (int col = 0; col < c->n; col++) {
        float at[RECTO_TABLE_EDGE_COUNT];
        if (!cell_edges(at, c, f, row, col))
            continue;
        float slack = 2.0f * edge_slack(c, f, c->edge[col]);
        float off = fabsf(at[c->edge[col]] - c->edge_at[col]);
        bool indented = col == 0 && c->edge[0] == RECTO_TABLE_LEFT &&
                        at[RECTO_TABLE_LEFT] > c->left[0] - slack && off < 3.0f * c->em;
        n++;
        n_fit += off < slack || indented;
    }
    return n > 0 && n_fit * 3 >= n * 2;
}

static void align_columns(recto_table_columns *c, const recto_table_finder *f,
                          const recto_table_run *r, float *room)
{
    for (int i = 0; i < c->n; i++)
        align_column(c, f, r, i, room);
}

/* Narrow strips beside text that keeps no edge are chance. */
static void drop_chance(recto_table_columns *c, const recto_table_finder *f,
                        const recto_table_run *r, float *room)
{
    align_columns(c, f, r, room);
    for (int i = c->n - 1; i > 0; i--) {
        float wide = c->left[i] - c->right[i - 1];
        if (c->ruled[i] || wide > STRIP_PLAIN * c->em ||
            (c->aligned[i] > 0.65f && c->aligned[i - 1] > 0.65f))
            continue;
        drop_edge(c, i);
        count_columns(c, f, r);
        align_columns(c, f, r, room);
    }
}

static bool is_sign(const char *text)
{
    static const char *const list[] = {"$",   "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5", "EUR", "USD",
                                       "GBP", "CHF",          "%",        "(",        ")",   "*"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(text, list[i]) == 0)
            return true;
    }
    return false;
}

/* A column of nothing but currency signs belongs to the numbers on its right, one of percent or
 * footnote signs to those on its left. */
static void join_signs(recto_table_columns *c, const recto_table_finder *f,
                       const recto_table_run *r)
{
    for (int col = c->n - 1; col >= 0 && c->n > 2; col--) {
        int n = 0;
        int n_signs = 0;
        bool after = false;
        for (int row = r->first; row <= r->last; row++) {
            for (int i = f->first[row]; i < f->first[row + 1]; i++) {
                const recto_table_grain *g = &f->grains[i];
                if (recto_table_columns_at(c, (g->x0 + g->x1) / 2.0f) != col)
                    continue;
                const char *text = g->line->words[g->first].text;
                n++;
                n_signs += g->n_words == 1 && is_sign(text);
                after |= strchr("%)*", text[0]) != NULL;
            }
        }
        if (n < 2 || n_signs < n)
            continue;
        int edge = after ? col : col + 1;
        if (edge <= 0 || edge >= c->n || c->ruled[edge])
            continue;
        drop_edge(c, edge);
        count_columns(c, f, r);
    }
}

/* --- all of it ---------------------------------------------------------------------------------
 */

/* Edges from rules, and the strips that hold none of them. */
static void set_edges(recto_table_columns *c, const recto_table_run *r,
                      const recto_table_strip *strips, int n_strips)
{
    int at = 0;
    c->n = 1;
    for (int i = 0; i < n_strips || at < r->n_edges;) {
        bool ruled = at < r->n_edges && (i >= n_strips || r->edges[at] <= strips[i].x1);
        float x = 0.0f;
        if (ruled) {
            x = r->edges[at++];
            while (i < n_strips && strips[i].x0 <= x && strips[i].x1 >= x)
                i++;
        } else {
            x = (strips[i].x0 + strips[i].x1) / 2.0f;
            i++;
        }
        if (c->n > RECTO_TABLE_MAX_COLS || x <= c->xs[c->n - 1])
            continue;
        c->ruled[c->n] = ruled;
        c->xs[c->n++] = x;
    }
}

bool recto_table_columns_find(recto_table_columns *c, const recto_table_finder *f,
                              const recto_table_run *r)
{
    size_t n_grains = (size_t)(f->first[r->last + 1] - f->first[r->first]);
    size_t n_rows = (size_t)(r->last - r->first + 1);
    recto_arena_mark mark = recto_arena_here(f->tmp);
    float *room = recto_arena_array(f->tmp, 2 * n_grains + 4 * n_rows + 1, sizeof *room);
    if (room == NULL)
        return false;
    memset(c, 0, sizeof *c);
    float x0 = HUGE_VALF;
    float x1 = -HUGE_VALF;
    double size = 0.0;
    for (int i = f->first[r->first]; i < f->first[r->last + 1]; i++) {
        x0 = fminf(x0, f->grains[i].x0);
        x1 = fmaxf(x1, f->grains[i].x1);
        size += (double)f->grains[i].line->size;
    }
    c->em = n_grains > 0 ? (float)(size / (double)n_grains) : f->m->body;
    recto_table_strip strips[RECTO_TABLE_MAX_COLS];
    int n_strips = run_strips(strips, f, r, r->first, c->em, room);
    for (int head = 1; head <= HEAD_ROWS && r->last - r->first - head >= 1; head++) {
        recto_table_strip body[RECTO_TABLE_MAX_COLS];
        int n = run_strips(body, f, r, r->first + head, c->em, room);
        if (n > n_strips) {
            memcpy(strips, body, (size_t)n * sizeof *strips);
            n_strips = n;
        }
    }
    narrow_strips(strips, n_strips, f, r, c->em);
    c->xs[0] = x0;
    set_edges(c, r, strips, n_strips);
    c->xs[c->n] = fmaxf(x1, c->xs[c->n - 1]);
    count_columns(c, f, r);
    drop_sparse(c, f, r);
    join_signs(c, f, r);
    drop_chance(c, f, r, room);
    align_columns(c, f, r, room);
    count_full(c, f, r);
    recto_arena_reset(f->tmp, mark);
    return true;
}
