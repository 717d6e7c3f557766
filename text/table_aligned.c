/* Tables found from alignment.
 *
 * The rows of a leaf are cut into grains (stretches of words without a wide gap).  From every row
 * that has a gap the white strips between its grains are followed downwards: a row may narrow a
 * strip or stand in it and split it, and a row that closes most strips ends the run.  What is left
 * at the end of the longest run are the columns.
 *
 *     Item      Qty   Price        strips:  |    |     |
 *     Pens       12    3.00
 *     Paper       1    4.50
 *
 * A run is a table only with evidence that columns of print, receipts and letterheads do not give:
 * three rows and three columns with numbers or a header, or rules between the rows. */
#include "text/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRAIN_GAP  0.9f /* em: gap between two grains of a line */
#define STRIP_MIN  0.6f /* em: narrower white does not part columns */
#define MAX_COLS   40
#define MAX_RUN    400  /* rows of one table found by alignment */
#define MAX_STARTS 120  /* first rows tried in a zone */
#define ZONE_STEP  3.2f /* pitches: more white than this parts two tables */

typedef struct grain {
    float x0, x1;
    recto_line *line;
    int first, n_words;
    int n_chars;
    bool number;
    bool bold;
} grain;

typedef struct strip {
    float x0, x1;
} strip;

typedef struct run {
    int first, last; /* rows, last included */
    strip strips[MAX_COLS];
    int n_strips;
    int n_multi; /* rows with two grains or more */
} run;

typedef struct finder {
    recto_row *rows;
    int n_rows;
    grain *grains;
    int *first; /* [n_rows + 1] first grain of a row */
    const recto_layout *layout;
    const recto_flow_metrics *m;
    recto_join *join;
    recto_arena *keep;
    recto_arena *tmp;
} finder;

/* What the columns of a run look like. */
typedef struct columns {
    int n;
    float xs[MAX_COLS + 2]; /* edges */
    int filled[MAX_COLS + 1];
    int numbers[MAX_COLS + 1];
    int words[MAX_COLS + 1];
    int grains[MAX_COLS + 1];
    int aligned[MAX_COLS + 1]; /* rows that share an edge or the middle with the row before */
} columns;

/* --- grains ------------------------------------------------------------------------------------
 */

static int add_grains(grain *out, recto_line *line)
{
    int n = 0;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        if (n == 0 || w->box.x0 - out[n - 1].x1 > GRAIN_GAP * line->size)
            out[n++] = (grain){.x0 = w->box.x0,
                               .x1 = w->box.x1,
                               .line = line,
                               .first = i,
                               .number = true,
                               .bold = true};
        grain *g = &out[n - 1];
        g->x1 = fmaxf(g->x1, w->box.x1);
        g->n_words++;
        g->n_chars += (int)strlen(w->text);
        g->bold &= (w->style & (uint32_t)RECTO_STYLE_BOLD) != 0;
    }
    for (int k = 0; k < n; k++) {
        const char *text = line->words[out[k].first].text;
        const char *last = line->words[out[k].first + out[k].n_words - 1].text;
        bool first = recto_table_is_number(text);
        bool end = recto_table_is_number(last);
        out[k].number =
            (out[k].n_words == 1 && first) || /* "12", "12 kg", "USD 12" */
            (out[k].n_words == 2 && ((first && strlen(last) <= 3) || (end && strlen(text) <= 3)));
    }
    return n;
}

static bool make_grains(finder *f)
{
    size_t n_words = 0;
    for (int i = 0; i < f->n_rows; i++) {
        for (int k = 0; k < f->rows[i].n; k++)
            n_words +=
                f->rows[i].items[k].line != NULL ? (size_t)f->rows[i].items[k].line->n_words : 0;
    }
    f->grains = recto_arena_array(f->tmp, n_words + 1, sizeof *f->grains);
    f->first = recto_arena_array(f->tmp, (size_t)f->n_rows + 1, sizeof *f->first);
    if (f->grains == NULL || f->first == NULL)
        return false;
    int n = 0;
    for (int i = 0; i < f->n_rows; i++) {
        f->first[i] = n;
        for (int k = 0; k < f->rows[i].n; k++) {
            if (f->rows[i].items[k].line != NULL)
                n += add_grains(f->grains + n, f->rows[i].items[k].line);
        }
    }
    f->first[f->n_rows] = n;
    return true;
}

static int n_grains(const finder *f, int row)
{
    return f->first[row + 1] - f->first[row];
}

/* --- runs --------------------------------------------------------------------------------------
 */

static int row_strips(strip *out, const finder *f, int row)
{
    int n = 0;
    for (int i = f->first[row]; i + 1 < f->first[row + 1] && n < MAX_COLS; i++) {
        strip s = {f->grains[i].x1, f->grains[i + 1].x0};
        if (s.x1 - s.x0 >= STRIP_MIN * f->m->body)
            out[n++] = s;
    }
    return n;
}

/* What a row leaves of the strips; the number of old strips of which something is left. */
static int cut_strips(strip *out, int *n_out, const strip *strips, int n, const finder *f, int row)
{
    float least = STRIP_MIN * f->m->body;
    int n_left = 0;
    *n_out = 0;
    int from = f->first[row];
    for (int s = 0; s < n; s++) {
        float at = strips[s].x0;
        int n_before = *n_out;
        for (int i = from; i <= f->first[row + 1]; i++) {
            bool end = i == f->first[row + 1] || f->grains[i].x0 >= strips[s].x1;
            float until = end ? strips[s].x1 : f->grains[i].x0;
            if (until - at >= least && *n_out < MAX_COLS)
                out[(*n_out)++] = (strip){at, until};
            if (end)
                break;
            at = fmaxf(at, f->grains[i].x1);
        }
        n_left += *n_out > n_before;
    }
    return n_left;
}

static bool same_zone(const finder *f, int a, int b)
{
    const recto_row *x = &f->rows[a];
    const recto_row *y = &f->rows[b];
    return x->leaf == y->leaf && y->items[0].line != NULL && x->items[0].line != NULL &&
           y->baseline - x->baseline < ZONE_STEP * f->m->pitch && !y->in_table;
}

static run follow(const finder *f, int start)
{
    run r = {.first = start, .last = start, .n_multi = 1};
    r.n_strips = row_strips(r.strips, f, start);
    int n_foreign = 0;
    float step = 0.0f; /* largest so far */
    for (int i = start + 1; i < f->n_rows && i < start + MAX_RUN && same_zone(f, i - 1, i); i++) {
        strip next[MAX_COLS];
        int n_next = 0;
        int left = cut_strips(next, &n_next, r.strips, r.n_strips, f, i);
        bool multi = n_grains(f, i) >= 2;
        float down = f->rows[i].baseline - f->rows[i - 1].baseline;
        if ((step > 0.0f && down > 1.7f * step + 0.3f * f->m->pitch) ||
            (!multi && f->rows[i].size > 1.12f * f->rows[start].size))
            break; /* a gap or a heading */
        step = fmaxf(step, down);
        if (!multi) { /* a wrapped cell, or a line across the table */
            n_foreign = left == r.n_strips ? n_foreign : n_foreign + 1;
            if (n_foreign > 1)
                break;
            continue;
        }
        if (left == 0 || left * 5 < r.n_strips * 3)
            break;
        memcpy(r.strips, next, (size_t)n_next * sizeof *next);
        r.n_strips = n_next;
        r.n_multi++;
        r.last = i;
        n_foreign = 0;
    }
    /* the last row's wrapped cells */
    while (r.last + 1 < f->n_rows && n_grains(f, r.last + 1) == 1 &&
           same_zone(f, r.last, r.last + 1) &&
           f->rows[r.last + 1].baseline - f->rows[r.last].baseline < 1.2f * f->m->pitch) {
        const grain *g = &f->grains[f->first[r.last + 1]];
        if (r.n_strips == 0 || g->x0 < r.strips[0].x1 - 0.3f * f->m->body)
            break;
        strip next[MAX_COLS];
        int n_next = 0;
        if (cut_strips(next, &n_next, r.strips, r.n_strips, f, r.last + 1) < r.n_strips)
            break;
        r.last++;
    }
    return r;
}

/* --- columns -----------------------------------------------------------------------------------
 */

static int column_at(const columns *c, float x)
{
    int i = 0;
    while (i + 1 < c->n && x >= c->xs[i + 1])
        i++;
    return i;
}

static bool shares_edge(const grain *a, const grain *b, float em)
{
    return fabsf(a->x0 - b->x0) < 0.5f * em || fabsf(a->x1 - b->x1) < 0.5f * em ||
           fabsf(a->x0 + a->x1 - b->x0 - b->x1) < 0.8f * em;
}

static void count_columns(columns *c, const finder *f, const run *r)
{
    const grain *before[MAX_COLS + 1] = {NULL};
    memset(c->filled, 0, sizeof c->filled);
    memset(c->numbers, 0, sizeof c->numbers);
    memset(c->words, 0, sizeof c->words);
    memset(c->grains, 0, sizeof c->grains);
    memset(c->aligned, 0, sizeof c->aligned);
    for (int row = r->first; row <= r->last; row++) {
        if (n_grains(f, row) < 2)
            continue;
        int last = -1;
        for (int i = f->first[row]; i < f->first[row + 1]; i++) {
            const grain *g = &f->grains[i];
            int col = column_at(c, (g->x0 + g->x1) / 2.0f);
            c->grains[col]++;
            c->words[col] += g->n_words;
            if (col == last)
                continue;
            c->filled[col]++;
            c->numbers[col] += g->number;
            c->aligned[col] += before[col] == NULL || shares_edge(before[col], g, f->m->body);
            before[col] = g;
            last = col;
        }
    }
}

/* Has the first row, one of words, a label of its own over this column? */
static bool has_label(const columns *c, const finder *f, const run *r, int col)
{
    bool found = false;
    for (int i = f->first[r->first]; i < f->first[r->first + 1]; i++) {
        const grain *g = &f->grains[i];
        if (g->number)
            return false;
        found |= column_at(c, (g->x0 + g->x1) / 2.0f) == col;
    }
    return found;
}

/* Columns of a run; those with hardly anything in them join the one to their left. */
static void find_columns(columns *c, const finder *f, const run *r)
{
    c->n = r->n_strips + 1;
    c->xs[0] = HUGE_VALF;
    c->xs[c->n] = -HUGE_VALF;
    for (int i = f->first[r->first]; i < f->first[r->last + 1]; i++) {
        c->xs[0] = fminf(c->xs[0], f->grains[i].x0);
        c->xs[c->n] = fmaxf(c->xs[c->n], f->grains[i].x1);
    }
    for (int i = 0; i < r->n_strips; i++)
        c->xs[i + 1] = (r->strips[i].x0 + r->strips[i].x1) / 2.0f;
    count_columns(c, f, r);
    for (int i = c->n - 1; i >= 0 && c->n > 1; i--) {
        if (c->filled[i] >= 2 && (c->filled[i] * 10 >= r->n_multi * 4 || has_label(c, f, r, i)))
            continue;
        int drop = i > 0 ? i : 1; /* the edge to the left, for the first column that to the right */
        memmove(c->xs + drop, c->xs + drop + 1, (size_t)(c->n - drop) * sizeof *c->xs);
        c->n--;
        count_columns(c, f, r);
    }
}

/* --- evidence ----------------------------------------------------------------------------------
 */

/* Horizontal rules about as wide as the run, between heights y0 and y1. */
static int rules_between(const finder *f, const columns *c, float y0, float y1)
{
    int n = 0;
    float last = -HUGE_VALF;
    float wide = c->xs[c->n] - c->xs[0];
    for (int i = 0; i < f->layout->n_rules; i++) {
        const recto_rule *r = &f->layout->rules[i];
        float y = (r->box.y0 + r->box.y1) / 2.0f;
        if (r->vertical || !(y > y0 && y < y1))
            continue;
        float shared = fminf(r->box.x1, c->xs[c->n]) - fmaxf(r->box.x0, c->xs[0]);
        if (shared > 0.6f * wide && fabsf(y - last) > 0.4f * f->m->body) {
            n++;
            last = y;
        }
    }
    return n;
}

static bool row_is_bold(const finder *f, int row)
{
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        if (!f->grains[i].bold)
            return false;
    }
    return true;
}

static bool row_has_numbers(const finder *f, int row)
{
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        if (f->grains[i].number)
            return true;
    }
    return false;
}

static float row_bottom(const finder *f, int row)
{
    return f->rows[row].baseline + 0.05f * f->rows[row].size;
}

/* Is the first row a header beyond doubt? */
static bool has_header(const finder *f, const run *r, const columns *c)
{
    if (row_has_numbers(f, r->first) || n_grains(f, r->first) < 2)
        return false;
    if (row_is_bold(f, r->first) && !row_is_bold(f, r->first + 1))
        return true;
    return rules_between(f, c, row_bottom(f, r->first),
                         f->rows[r->first + 1].baseline - 0.5f * f->rows[r->first + 1].size) > 0;
}

/* Entries of a table of contents: dot leaders, or page numbers that rise. */
static bool is_contents(const finder *f, const run *r)
{
    int n_leaders = 0;
    int n_rising = 0;
    long last = -1;
    for (int row = r->first; row <= r->last; row++) {
        for (int i = f->first[row]; i < f->first[row + 1]; i++) {
            const grain *g = &f->grains[i];
            const char *text = g->line->words[g->first + g->n_words - 1].text;
            const char *text0 = g->line->words[g->first].text;
            if (strstr(text, "...") != NULL || strstr(text0, "...") != NULL ||
                (g->n_words >= 3 && strcmp(text, ".") == 0)) {
                n_leaders++;
                break;
            }
        }
        const grain *end = &f->grains[f->first[row + 1] - 1];
        const char *text = end->line->words[end->first + end->n_words - 1].text;
        size_t n_digits = strspn(text, "0123456789");
        if (n_digits == 0 || text[n_digits] != '\0' || n_digits > 4)
            continue;
        long page = strtol(text, NULL, 10);
        n_rising += page >= last && last >= 0;
        last = page;
    }
    int n = r->last - r->first + 1;
    return n_leaders * 3 >= n || (n >= 4 && n_rising * 10 >= (n - 1) * 8 && last > 3);
}

static int n_text_columns(const columns *c)
{
    int n = 0;
    for (int i = 0; i < c->n; i++)
        n += c->grains[i] > 0 && c->words[i] > 5 * c->grains[i];
    return n;
}

static bool is_table(const finder *f, const run *r, const columns *c)
{
    if (c->n < 2 || r->n_multi < 2 || r->last == r->first)
        return false;
    int n_numbers = 0;
    int n_aligned = 0;
    int filled = 0;
    for (int i = 0; i < c->n; i++) {
        n_numbers += c->numbers[i] * 10 >= (c->filled[i] - 1) * 6 && c->numbers[i] >= 2;
        n_aligned += c->aligned[i] * 10 >= c->filled[i] * 7;
        filled += c->filled[i];
    }
    bool header = has_header(f, r, c);
    float top = f->rows[r->first].baseline - f->rows[r->first].size;
    float low = row_bottom(f, r->last);
    int rules = rules_between(f, c, top, low);
    bool framed = rules > 0 && rules_between(f, c, top - 3.0f * f->m->pitch, top) > 0 &&
                  rules_between(f, c, low, low + 1.5f * f->m->pitch) > 0;
    if (n_text_columns(c) >= 2 && !framed)
        return false;
    bool dense = filled * 20 >= c->n * r->n_multi * 11;
    if (!dense)
        return false;
    if (framed && n_aligned * 2 >= c->n) /* rules above, inside and below */
        return c->n > 2 || rules + 1 >= r->n_multi || (header && r->n_multi >= 3);
    if (r->n_multi < 3)
        return false;
    if (c->n == 2)
        return header && n_numbers > 0 && r->n_multi >= 4;
    if (n_aligned + 1 < c->n)
        return false;
    return n_numbers > 0 || header || (r->n_multi >= 5 && filled * 10 >= c->n * r->n_multi * 8);
}

/* --- building ----------------------------------------------------------------------------------
 */

typedef struct builder {
    const finder *f;
    const columns *c;
    recto_table_draft d;
    int first_row;
    int *table_row; /* of every row of the run */
} builder;

/* Have both rows a number in one column?  Then neither is part of the other. */
static bool numbers_collide(const finder *f, const columns *c, int a, int b)
{
    for (int i = f->first[a]; i < f->first[a + 1]; i++) {
        int col = column_at(c, (f->grains[i].x0 + f->grains[i].x1) / 2.0f);
        for (int k = f->first[b]; k < f->first[b + 1] && f->grains[i].number; k++) {
            if (f->grains[k].number &&
                column_at(c, (f->grains[k].x0 + f->grains[k].x1) / 2.0f) == col)
                return true;
        }
    }
    return false;
}

static bool rule_above(const finder *f, const columns *c, int row)
{
    float size = f->rows[row].size;
    return rules_between(f, c, row_bottom(f, row - 1) - 0.1f * size,
                         f->rows[row].baseline - 0.5f * size) > 0;
}

/* Where rows are ruled apart, what stands between two rules is one row. */
static bool shares_band(const finder *f, const columns *c, int row, const run *r)
{
    if (rule_above(f, c, row) || numbers_collide(f, c, row, row - 1) ||
        f->rows[row].baseline - f->rows[row - 1].baseline > 1.3f * f->m->pitch)
        return false;
    int first = row - 1;
    int last = row;
    while (first > r->first && row - first <= 3 && !rule_above(f, c, first))
        first--;
    while (last < r->last && last - row <= 3 && !rule_above(f, c, last + 1))
        last++;
    int inside = rules_between(f, c, f->rows[r->first].baseline, f->rows[r->last].baseline);
    return last - first < 4 && inside >= 2 && first > r->first && last < r->last;
}

/* Does this row go on in cells of the row above? */
static bool is_wrapped(const finder *f, const columns *c, int row, const run *r)
{
    if (row == r->first)
        return false;
    if (shares_band(f, c, row, r))
        return true;
    float step = f->rows[row].baseline - f->rows[row - 1].baseline;
    if (step > 1.25f * f->m->pitch || n_grains(f, row) >= c->n)
        return false;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        if (column_at(c, (f->grains[i].x0 + f->grains[i].x1) / 2.0f) == 0 || f->grains[i].number)
            return false;
    }
    return !(n_grains(f, row) > 1 && n_grains(f, row) * 2 >= c->n);
}

/* The grain as a line of its own in its place; cells that it spans are joined. */
static bool add_grain(builder *b, const grain *g, int row)
{
    recto_line *line = recto_arena_alloc(b->f->keep, sizeof *line);
    if (line == NULL)
        return false;
    *line = *g->line;
    line->words = g->line->words + g->first;
    line->n_words = g->n_words;
    recto_flow_close_line(line, g->line->size, g->line->baseline);
    const columns *c = b->c;
    float slack = 0.5f * b->f->m->body;
    int from = column_at(c, fminf(g->x0 + slack, (g->x0 + g->x1) / 2.0f));
    int to = column_at(c, fmaxf(g->x1 - slack, (g->x0 + g->x1) / 2.0f));
    int *owner = b->d.owner + row * c->n;
    bool is_free = owner[from] == row * c->n + from;
    for (int k = from + 1; k <= to; k++)
        is_free &= owner[k] == row * c->n + k;
    for (int i = 0; i < b->d.n_pieces && is_free && to > from; i++)
        is_free &= b->d.pieces[i].place / c->n != row || b->d.pieces[i].place % c->n < from ||
                   b->d.pieces[i].place % c->n > to;
    for (int k = from + 1; k <= to && is_free; k++)
        owner[k] = row * c->n + from;
    b->d.pieces[b->d.n_pieces++] = (recto_table_piece){.line = line, .place = owner[from]};
    return true;
}

/* Header rows: those above a rule that parts the first rows from the rest; -1 if no rule does. */
static int header_rows(const builder *b, const run *r)
{
    for (int row = r->first; row < r->last && row < r->first + 4; row++) {
        int at = b->table_row[row - r->first];
        int next = b->table_row[row + 1 - r->first];
        float top = row_bottom(b->f, row);
        float low = b->f->rows[row + 1].baseline - 0.5f * b->f->rows[row + 1].size;
        if (next != at && rules_between(b->f, b->c, top, low) > 0)
            return row_has_numbers(b->f, row) && row == r->first ? -1 : at + 1;
    }
    return -1;
}

static bool start_draft(builder *b, const run *r)
{
    const finder *f = b->f;
    size_t n = (size_t)(r->last - r->first + 1);
    size_t n_places = n * (size_t)b->c->n;
    size_t n_pieces = (size_t)(f->first[r->last + 1] - f->first[r->first]);
    float *xs = recto_arena_array(f->tmp, (size_t)b->c->n + 1, sizeof *xs);
    b->table_row = recto_arena_array(f->tmp, n, sizeof *b->table_row);
    b->d =
        (recto_table_draft){.n_cols = b->c->n,
                            .xs = xs,
                            .ys = recto_arena_array(f->tmp, n + 1, sizeof(float)),
                            .owner = recto_arena_array(f->tmp, n_places, sizeof(int)),
                            .pieces = recto_arena_array(f->tmp, n_pieces + 1, sizeof *b->d.pieces),
                            .n_header = -1};
    if (xs == NULL || b->table_row == NULL || b->d.ys == NULL || b->d.owner == NULL ||
        b->d.pieces == NULL)
        return false;
    memcpy(xs, b->c->xs, ((size_t)b->c->n + 1) * sizeof *xs);
    for (size_t i = 0; i < n_places; i++)
        b->d.owner[i] = (int)i;
    return true;
}

static recto_table *build(const finder *f, const run *r, const columns *c, bool *failed)
{
    builder b = {.f = f, .c = c};
    *failed = true;
    if (!start_draft(&b, r))
        return NULL;
    for (int row = r->first; row <= r->last; row++) {
        if (!is_wrapped(f, c, row, r)) {
            float top = f->rows[row].box.y0;
            if (row > r->first)
                top = (f->rows[row - 1].box.y1 + top) / 2.0f;
            if (b.d.n_rows > 0)
                top = fmaxf(top, b.d.ys[b.d.n_rows - 1]);
            b.d.ys[b.d.n_rows++] = top;
        }
        int at = b.d.n_rows - 1;
        b.table_row[row - r->first] = at;
        for (int i = f->first[row]; i < f->first[row + 1]; i++) {
            if (!add_grain(&b, &f->grains[i], at))
                return NULL;
        }
    }
    b.d.ys[b.d.n_rows] = fmaxf(f->rows[r->last].box.y1, b.d.ys[b.d.n_rows - 1]);
    b.d.n_header = header_rows(&b, r);
    return recto_table_make(&b.d, f->join, f->keep, f->tmp, failed);
}

/* Do the row's grains keep to the table, or to a rule that reaches further? */
static bool is_within(const finder *f, const columns *c, int row)
{
    const recto_rect *box = &f->rows[row].box;
    float x0 = c->xs[0];
    float x1 = c->xs[c->n];
    for (int i = 0; i < f->layout->n_rules; i++) {
        const recto_rule *r = &f->layout->rules[i];
        float y = (r->box.y0 + r->box.y1) / 2.0f;
        if (r->vertical || y < box->y0 - f->m->pitch || y > box->y1 + f->m->pitch ||
            r->box.x0 > c->xs[0] + f->m->body)
            continue;
        x0 = fminf(x0, r->box.x0);
        x1 = fmaxf(x1, r->box.x1);
    }
    return box->x0 > x0 - f->m->body && box->x1 < x1 + f->m->body;
}

/* Rows above the run that a rule of its width holds to it: the header of a table whose labels do
 * not keep to the columns. */
static void extend_up(const finder *f, run *r, columns *c)
{
    int top_row = r->first;
    while (top_row > 0 && top_row > r->first - 3 && same_zone(f, top_row - 1, top_row))
        top_row--;
    for (int row = top_row; row < r->first; row++) {
        float top = f->rows[row].baseline - 0.9f * f->rows[row].size;
        bool inside = rules_between(f, c, top - 1.2f * f->m->pitch, top) > 0 &&
                      rules_between(f, c, row_bottom(f, row), f->rows[r->first].baseline) > 0;
        for (int k = row; k < r->first && inside; k++)
            inside = is_within(f, c, k);
        if (inside) {
            r->first = row;
            for (int k = row; k <= r->last; k++) {
                c->xs[0] = fminf(c->xs[0], f->rows[k].box.x0);
                c->xs[c->n] = fmaxf(c->xs[c->n], f->rows[k].box.x1);
            }
            return;
        }
    }
}

/* The best run that starts in the zone from row `from`; false if none is a table. */
static bool best_run(const finder *f, int from, int until, run *best, columns *best_columns)
{
    int best_score = 0;
    int n_tried = 0;
    for (int i = from; i < until && n_tried < MAX_STARTS; i++) {
        if (n_grains(f, i) < 2)
            continue;
        n_tried++;
        run r = follow(f, i);
        columns c;
        if (r.n_strips == 0 || r.n_multi < 2)
            continue;
        if (is_contents(f, &r)) {
            i = r.last;
            continue;
        }
        find_columns(&c, f, &r);
        int score = r.n_multi * (c.n - 1);
        if (score > best_score && is_table(f, &r, &c)) {
            best_score = score;
            *best = r;
            *best_columns = c;
        }
    }
    return best_score > 0;
}

static bool read_zone(finder *f, int from, int until, int depth)
{
    run r = {.first = from, .last = from};
    columns c = {.n = 0};
    if (depth > 12 || until - from < 2 || !best_run(f, from, until, &r, &c))
        return true;
    extend_up(f, &r, &c);
    bool failed = false;
    recto_arena_mark mark = recto_arena_here(f->tmp);
    recto_table *t = build(f, &r, &c, &failed);
    recto_arena_reset(f->tmp, mark);
    if (failed)
        return false;
    if (t != NULL) {
        recto_rect box = f->rows[r.first].box;
        for (int i = r.first; i <= r.last; i++) {
            f->rows[i].in_table = true;
            box = recto_rect_union(box, f->rows[i].box);
        }
        f->rows[r.first].table = t;
        f->rows[r.first].box = box;
    }
    return read_zone(f, from, r.first, depth + 1) && read_zone(f, r.last + 1, until, depth + 1);
}

recto_status recto_table_aligned_find(recto_row *rows, int n, const recto_layout *layout,
                                      const recto_flow_metrics *m, recto_join *join,
                                      recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    finder f = {.rows = rows,
                .n_rows = n,
                .layout = layout,
                .m = m,
                .join = join,
                .keep = keep,
                .tmp = tmp};
    if (n < 2)
        return RECTO_OK;
    recto_arena_mark mark = recto_arena_here(tmp);
    bool ok = make_grains(&f);
    for (int i = 0; i < n && ok;) {
        int k = i + 1;
        while (k < n && same_zone(&f, k - 1, k))
            k++;
        ok = read_zone(&f, i, k, 0);
        i = k;
    }
    recto_arena_reset(tmp, mark);
    if (!ok)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a table");
    return RECTO_OK;
}
