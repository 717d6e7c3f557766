/* From a run of aligned rows to a table: which rows are one, which cells span columns, where the
 * header ends. */
#include "text/table_aligned.h"
#include <math.h>
#include <string.h>

typedef struct builder {
    const recto_table_finder *f;
    const recto_table_columns *c;
    recto_table_draft d;
    int first_row;
    int *table_row; /* of every row of the recto_table_run */
} builder;

/* Have both rows a number in one column?  Then neither is part of the other. */
static bool numbers_collide(const recto_table_finder *f, const recto_table_columns *c, int a, int b)
{
    for (int i = f->first[a]; i < f->first[a + 1]; i++) {
        int col = recto_table_aligned_column(c, (f->grains[i].x0 + f->grains[i].x1) / 2.0f);
        for (int k = f->first[b]; k < f->first[b + 1] && f->grains[i].number; k++) {
            if (f->grains[k].number &&
                recto_table_aligned_column(c, (f->grains[k].x0 + f->grains[k].x1) / 2.0f) == col)
                return true;
        }
    }
    return false;
}

static bool rule_above(const recto_table_finder *f, const recto_table_columns *c, int row)
{
    float size = f->rows[row].size;
    return recto_table_aligned_rules(f, c, recto_table_aligned_bottom(f, row - 1) - 0.1f * size,
                                     f->rows[row].baseline - 0.5f * size) > 0;
}

/* Where rows are ruled apart, what stands between two rules is one row. */
static bool shares_band(const recto_table_finder *f, const recto_table_columns *c, int row,
                        const recto_table_run *r)
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
    int inside =
        recto_table_aligned_rules(f, c, f->rows[r->first].baseline, f->rows[r->last].baseline);
    return last - first < 4 && inside >= 2 && first > r->first && last < r->last;
}

/* Does this row go on in cells of the row above? */
static bool is_wrapped(const recto_table_finder *f, const recto_table_columns *c, int row,
                       const recto_table_run *r)
{
    if (row == r->first)
        return false;
    if (shares_band(f, c, row, r))
        return true;
    float step = f->rows[row].baseline - f->rows[row - 1].baseline;
    if (step > 1.25f * f->m->pitch || recto_table_aligned_count(f, row) >= c->n)
        return false;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        if (recto_table_aligned_column(c, (f->grains[i].x0 + f->grains[i].x1) / 2.0f) == 0 ||
            f->grains[i].number)
            return false;
    }
    return !(recto_table_aligned_count(f, row) > 1 &&
             recto_table_aligned_count(f, row) * 2 >= c->n);
}

/* The grain as a line of its own in its place; cells that it spans are joined. */
static bool add_grain(builder *b, const recto_table_grain *g, int row)
{
    recto_line *line = recto_arena_alloc(b->f->keep, sizeof *line);
    if (line == NULL)
        return false;
    *line = *g->line;
    line->words = g->line->words + g->first;
    line->n_words = g->n_words;
    recto_flow_close_line(line, g->line->size, g->line->baseline);
    const recto_table_columns *c = b->c;
    float slack = 0.5f * b->f->m->body;
    int from = recto_table_aligned_column(c, fminf(g->x0 + slack, (g->x0 + g->x1) / 2.0f));
    int to = recto_table_aligned_column(c, fmaxf(g->x1 - slack, (g->x0 + g->x1) / 2.0f));
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
static int header_rows(const builder *b, const recto_table_run *r)
{
    for (int row = r->first; row < r->last && row < r->first + 4; row++) {
        int at = b->table_row[row - r->first];
        int next = b->table_row[row + 1 - r->first];
        float top = recto_table_aligned_bottom(b->f, row);
        float low = b->f->rows[row + 1].baseline - 0.5f * b->f->rows[row + 1].size;
        if (next != at && recto_table_aligned_rules(b->f, b->c, top, low) > 0)
            return recto_table_aligned_has_numbers(b->f, row) && row == r->first ? -1 : at + 1;
    }
    return -1;
}

static bool start_draft(builder *b, const recto_table_run *r)
{
    const recto_table_finder *f = b->f;
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

recto_table *recto_table_aligned_build(const recto_table_finder *f, const recto_table_run *r,
                                       const recto_table_columns *c, bool *failed)
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
