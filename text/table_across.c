/* Tables across columns of print.
 *
 * A page set in columns may hold a table of its full width.  Where one of the table's strips lies
 * over the gutter, the white runs down the whole page and the reading order would cut the table in
 * two.  So such a table is looked for first, in the rows of the whole page: only where rows of
 * print above or below it keep to that gutter, and only with columns that are beyond doubt. */
#include "text/table_aligned.h"
#include <math.h>
#include <stdlib.h>

#define MIN_PRINT    3 /* rows of print that show a gutter */
#define PRINT_WORDS  4 /* on either side of it */
#define MAX_TABLES   16
#define MIN_COLUMNS  3
#define SURE_ALIGNED 0.8f

/* White of a row between two stretches of print. */
typedef struct gutter {
    float x0, x1;
    int row;
} gutter;

typedef struct across {
    recto_table_finder f;
    recto_flow_item *items; /* the page's, by baseline */
    gutter *gutters;        /* one a row at most */
    int n_gutters;
    recto_flow_item *out;
    int *n_out;
    int cap_out;
} across;

/* The widest white of a row that has print on both sides; false if there is none. */
static bool find_gutter(gutter *g, const recto_table_finder *f, int row)
{
    int n_before = 0;
    int n_all = 0;
    bool found = false;
    for (int i = f->first[row]; i < f->first[row + 1]; i++)
        n_all += f->grains[i].n_words;
    for (int i = f->first[row]; i + 1 < f->first[row + 1]; i++) {
        n_before += f->grains[i].n_words;
        float x0 = f->grains[i].x1;
        float x1 = f->grains[i + 1].x0;
        if (n_before < PRINT_WORDS || n_all - n_before < PRINT_WORDS ||
            x1 - x0 < 0.8f * f->rows[row].size || (found && x1 - x0 <= g->x1 - g->x0))
            continue;
        *g = (gutter){x0, x1, row};
        found = true;
    }
    return found;
}

/* Does print outside the run keep a gutter where the run has a strip? */
static bool is_across(const across *a, const recto_table_run *r, const recto_table_columns *c)
{
    for (int col = 1; col < c->n; col++) {
        int n = 0;
        for (int i = 0; i < a->n_gutters; i++) {
            const gutter *g = &a->gutters[i];
            if (g->row >= r->first && g->row <= r->last)
                continue;
            float shared = fminf(g->x1, c->left[col]) - fmaxf(g->x0, c->right[col - 1]);
            n += shared > 0.4f * c->em;
        }
        if (n >= MIN_PRINT)
            return true;
    }
    return false;
}

static bool is_sure(const recto_table_run *r, const recto_table_columns *c)
{
    int n_numbers = 0;
    for (int i = 0; i < c->n; i++) {
        if (c->aligned[i] < SURE_ALIGNED || c->full[i] * 2 > c->lines[i] + 2 ||
            c->filled[i] * 2 < r->n_multi || c->words[i] > 5 * c->grains[i])
            return false;
        n_numbers += c->numbers[i] * 10 >= (c->filled[i] - 1) * 8;
    }
    return c->n >= MIN_COLUMNS && r->n_multi >= 4 && n_numbers > 0;
}

/* Read the rows from `from` to `until` (excluded); false if out of memory. */
static bool read_rows(across *a, int from, int until, int depth)
{
    recto_table_run r = {.first = from, .last = from};
    recto_table_columns c = {.n = 0};
    bool failed = false;
    if (depth >= MAX_TABLES || until - from < 3 || *a->n_out >= a->cap_out ||
        !recto_table_aligned_best(&a->f, from, until, MIN_COLUMNS, &r, &c, &failed))
        return !failed;
    if (is_sure(&r, &c) && is_across(a, &r, &c)) {
        recto_table_aligned_extend(&a->f, &r, &c, r.first - 3 > from ? r.first - 3 : from);
        recto_table *t = recto_table_aligned_build(&a->f, &r, &c, &failed);
        if (failed)
            return false;
        recto_rect box = a->f.rows[r.first].box;
        for (int row = r.first; row <= r.last && t != NULL; row++) {
            box = recto_rect_union(box, a->f.rows[row].box);
            a->f.rows[row].in_table = true;
            for (int i = 0; i < a->f.rows[row].n; i++)
                a->items[a->f.rows[row].items[i].index].line = NULL;
        }
        if (t != NULL)
            a->out[(*a->n_out)++] = (recto_flow_item){.box = box, .table = t};
    }
    return read_rows(a, from, r.first, depth + 1) && read_rows(a, r.last + 1, until, depth + 1);
}

bool recto_table_across_find(recto_flow_item *items, int n, const recto_table_finder *like,
                             recto_flow_item *out, int *n_out, int cap_out)
{
    across a = {.f = *like, .items = items, .out = out, .n_out = n_out, .cap_out = cap_out};
    recto_arena_mark mark = recto_arena_here(a.f.tmp);
    recto_flow_item *own = recto_arena_array(a.f.tmp, (size_t)n + 1, sizeof *own);
    if (own == NULL)
        return false;
    int n_own = 0;
    for (int i = 0; i < n; i++) {
        if (items[i].line == NULL)
            continue;
        own[n_own] = items[i];
        own[n_own].leaf = 0;
        own[n_own++].index = i;
    }
    recto_error err;
    if (recto_rows_build(&a.f.rows, &a.f.n_rows, own, n_own, a.f.tmp, &err) != RECTO_OK ||
        !recto_table_columns_grains(&a.f))
        return false;
    a.gutters = recto_arena_array(a.f.tmp, (size_t)a.f.n_rows + 1, sizeof *a.gutters);
    if (a.gutters == NULL)
        return false;
    for (int row = 0; row < a.f.n_rows; row++)
        a.n_gutters += find_gutter(&a.gutters[a.n_gutters], &a.f, row);
    bool ok = a.n_gutters < MIN_PRINT || read_rows(&a, 0, a.f.n_rows, 0);
    recto_arena_reset(a.f.tmp, mark);
    return ok;
}
