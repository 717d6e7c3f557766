/* From a run of rows and its columns to a table: which rows are one, which cells span columns,
 * where the header ends. */
#include "text/table_aligned.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INNER_RULES 600 /* rules inside a table that are looked at */

/* A horizontal rule inside the table. */
typedef struct inner {
    float x0, x1, y;
} inner;

typedef struct builder {
    const recto_table_finder *f;
    const recto_table_columns *c;
    recto_table_draft d;
    recto_table_entry *e; /* one a grain, then sorted by baseline */
    int n;
    const recto_table_grain *grains; /* of the first row; entries' indices count from here */
    inner *rules;                    /* by height */
    int n_rules;
    float *low, *high; /* [rows] lowest and highest baseline of a row */
    int *first;        /* [rows + 1] first entry of a row */
    int *count;        /* [rows * cols] entries that cover a place */
    int n_groups;      /* labels over several columns in the head */
    int n_head;        /* rows of group labels at the top */
} builder;

static int by_height(const void *a, const void *b)
{
    const inner *x = a;
    const inner *y = b;
    return x->y < y->y ? -1 : x->y > y->y;
}

/* Horizontal rules between the first and the last baseline that part rows: long ones for the rows
 * (their heights in `heights`), all for spans. */
static int take_rules(builder *b, const recto_table_run *r, float *heights)
{
    const recto_layout *layout = b->f->layout;
    const recto_table_columns *c = b->c;
    float top = b->f->rows[r->first].baseline - 0.2f * c->em;
    float low = b->f->rows[r->last].baseline;
    float wide = c->xs[c->n] - c->xs[0];
    for (int i = 0; i < layout->n_rules && b->n_rules < MAX_INNER_RULES; i++) {
        const recto_rect *box = &layout->rules[i].box;
        float y = (box->y0 + box->y1) / 2.0f;
        if (layout->rules[i].vertical || !(y > top && y < low) || box->x1 < c->xs[0] + c->em ||
            box->x0 > c->xs[c->n] - c->em)
            continue;
        b->rules[b->n_rules++] = (inner){box->x0, box->x1, y};
    }
    qsort(b->rules, (size_t)b->n_rules, sizeof *b->rules, by_height);
    int n = 0;
    for (int i = 0; i < b->n_rules;) {
        float covered = 0.0f; /* by the pieces at this height */
        float y = b->rules[i].y;
        for (; i < b->n_rules && b->rules[i].y - y < 0.3f * c->em; i++)
            covered += fminf(b->rules[i].x1, c->xs[c->n]) - fmaxf(b->rules[i].x0, c->xs[0]);
        if (covered > 0.3f * wide)
            heights[n++] = y;
    }
    return n;
}

static bool starts_lower(const recto_word *w)
{
    unsigned char ch = (unsigned char)w->text[0];
    return ch == '(' ? w->text[1] >= 'a' && w->text[1] <= 'z' : ch >= 'a' && ch <= 'z';
}

static void take_entries(builder *b, const recto_table_run *r)
{
    const recto_table_finder *f = b->f;
    b->grains = f->grains + f->first[r->first];
    for (int row = r->first; row <= r->last; row++) {
        for (int i = f->first[row]; i < f->first[row + 1]; i++) {
            const recto_table_grain *g = &f->grains[i];
            const recto_word *word = &g->line->words[g->first];
            recto_table_entry *e = &b->e[b->n];
            *e = (recto_table_entry){.baseline = f->rows[row].baseline,
                                     .size = g->line->size,
                                     .x0 = g->x0,
                                     .x1 = g->x1,
                                     .first_word = recto_rect_width(word->box),
                                     .number = g->number || g->dash,
                                     .lower = starts_lower(word),
                                     .index = b->n};
            recto_table_columns_span(b->c, g, &e->col, &e->col_end);
            b->n++;
        }
    }
}

/* --- spans -------------------------------------------------------------------------------------
 */

static bool is_empty(const builder *b, int row, int col)
{
    int place = row * b->c->n + col;
    return b->d.owner[place] == place && b->count[place] == 0;
}

static void cover(builder *b, const recto_table_entry *e, int by)
{
    for (int col = e->col; col <= e->col_end; col++)
        b->count[e->row * b->c->n + col] += by;
}

/* The rule right under a row that holds x: it tells the columns of a group. */
static const inner *rule_under(const builder *b, int row, float x)
{
    float y0 = b->low[row] - 0.1f * b->c->em;
    float y1 = row + 1 < b->d.n_rows ? b->high[row + 1] - 0.3f * b->c->em : y0;
    for (int i = 0; i < b->n_rules; i++) {
        if (b->rules[i].y > y0 && b->rules[i].y < y1 && b->rules[i].x0 <= x && b->rules[i].x1 >= x)
            return &b->rules[i];
    }
    return NULL;
}

static float middle(const recto_table_columns *c, int from, int to)
{
    return (c->left[from] + c->right[to]) / 2.0f;
}

/* A label that has something under it in its own column, and stands to the side of it where columns
 * are that have no label: it is theirs, too. */
static void reach_aside(const builder *b, const recto_table_entry *e, int *from, int *to)
{
    const recto_table_columns *c = b->c;
    float off = (e->x0 + e->x1) / 2.0f - middle(c, e->col, e->col);
    if (e->row + 1 >= b->d.n_rows || is_empty(b, e->row + 1, e->col))
        return;
    while (off > 0.3f * c->em && *to + 1 < c->n && is_empty(b, e->row, *to + 1) &&
           !is_empty(b, e->row + 1, *to + 1))
        (*to)++;
    while (off<-0.3f * c->em && * from> 0 && is_empty(b, e->row, *from - 1) &&
           !is_empty(b, e->row + 1, *from - 1))
        (*from)--;
}

/* A label of a group stands over several columns: those of the rule under it, else those that are
 * empty beside it and put it in the middle. */
static void widen_label(builder *b, recto_table_entry *e)
{
    const recto_table_columns *c = b->c;
    float mid = (e->x0 + e->x1) / 2.0f;
    const inner *rule = rule_under(b, e->row, mid);
    int from = e->col;
    int to = e->col_end;
    if (rule != NULL) {
        if (rule->x0 < c->right[0] && rule->x1 > c->left[c->n - 1])
            return; /* under the whole row */
        while (from > 0 && (c->left[from - 1] + c->right[from - 1]) / 2.0f > rule->x0 &&
               is_empty(b, e->row, from - 1))
            from--;
        while (to + 1 < c->n && (c->left[to + 1] + c->right[to + 1]) / 2.0f < rule->x1 &&
               is_empty(b, e->row, to + 1))
            to++;
    } else {
        int best_from = from;
        int best_to = to;
        float best = fabsf(mid - middle(c, from, to)) - 0.3f * c->em;
        for (int step = 1; step <= 4; step++) {
            int l = e->col;
            int k = e->col_end;
            for (int left = 0; left < step && l > 0 && is_empty(b, e->row, l - 1); left++)
                l--;
            for (int right = 0; right < step && k + 1 < c->n && is_empty(b, e->row, k + 1); right++)
                k++;
            for (int side = 0; side < 3; side++) {
                int a = side == 1 ? e->col : l;
                int z = side == 2 ? e->col_end : k;
                float off = fabsf(mid - middle(c, a, z));
                if (off < best && off < 0.5f * c->em) {
                    best = off;
                    best_from = a;
                    best_to = z;
                }
            }
        }
        from = best_from;
        to = best_to;
        if (from == to) /* not in the middle, but plainly to one side of its own column */
            reach_aside(b, e, &from, &to);
    }
    b->n_groups += to > from;
    cover(b, e, -1);
    e->col = from;
    e->col_end = to;
    cover(b, e, 1);
}

static bool has_numbers(const builder *b, int row)
{
    for (int i = b->first[row]; i < b->first[row + 1]; i++) {
        if (b->e[i].number)
            return true;
    }
    return false;
}

/* Rows of group labels at the top: not all columns have one, the row below fills them. */
static void widen_head(builder *b, int n_header)
{
    const recto_table_columns *c = b->c;
    int limit = n_header >= 0 ? n_header - 1 : 1;
    for (int row = 0; row < limit && row + 1 < b->d.n_rows && row < 3; row++) {
        bool gaps = false;
        if (has_numbers(b, row))
            return;
        for (int col = 0; col < c->n; col++)
            gaps |= is_empty(b, row, col) && !is_empty(b, row + 1, col);
        for (int i = b->first[row]; i < b->first[row + 1] && gaps; i++)
            widen_label(b, &b->e[i]);
        if (b->n_groups > 0 && b->n_head == row)
            b->n_head = row + 1;
    }
}

/* Places that an entry covers become one cell, unless another stands there. */
static void join_columns(builder *b, const recto_table_entry *e)
{
    int n_cols = b->c->n;
    int *owner = b->d.owner + e->row * n_cols;
    int from = e->col;
    int to = e->col_end;
    for (int k = from; k <= to; k++) {
        if (owner[k] != e->row * n_cols + k)
            return;
    }
    for (int i = b->first[e->row]; i < b->first[e->row + 1]; i++) {
        const recto_table_entry *o = &b->e[i];
        if (o != e && o->col <= to && o->col_end >= from && (o->col != from || o->col_end != to))
            return;
    }
    for (int k = from + 1; k <= to; k++)
        owner[k] = owner[from];
}

/* Does the boundary below a row have rules, but none under this column? */
static bool is_open_below(const builder *b, int row, int col)
{
    const recto_table_columns *c = b->c;
    float y0 = b->low[row] - 0.1f * c->em;
    float y1 = b->high[row + 1] - 0.3f * c->em;
    float mid = (c->left[col] + c->right[col]) / 2.0f;
    float covered = 0.0f;
    for (int i = 0; i < b->n_rules; i++) {
        if (!(b->rules[i].y > y0 && b->rules[i].y < y1))
            continue;
        if (b->rules[i].x0 <= mid && b->rules[i].x1 >= mid)
            return false;
        covered += b->rules[i].x1 - b->rules[i].x0;
    }
    return covered > 0.4f * (c->xs[c->n] - c->xs[0]);
}

/* Does the text of a place stand lower than its row's, or higher: in the middle of two rows? */
static bool is_between(const builder *b, int row, int col)
{
    bool between = false;
    for (int i = b->first[row]; i < b->first[row + 1]; i++) {
        const recto_table_entry *e = &b->e[i];
        if (e->col > col || e->col_end < col)
            continue;
        if (e->baseline < b->high[row] + 0.25f * e->size ||
            e->baseline > b->high[row + 1] - 0.25f * e->size)
            return false;
        between = true;
    }
    return between;
}

/* Cells over two rows and more: rules leave their column out, or a label stands between two rows.
 */
static void join_rows(builder *b)
{
    int n_cols = b->c->n;
    for (int row = 0; row + 1 < b->d.n_rows; row++) {
        for (int col = 0; col < n_cols; col++) {
            int here = row * n_cols + col;
            int o = b->d.owner[here];
            bool wide = (col + 1 < n_cols && b->d.owner[here + 1] == o) || o % n_cols != col;
            if (wide || b->d.owner[here + n_cols] != here + n_cols ||
                (col + 1 < n_cols && b->d.owner[here + n_cols + 1] == here + n_cols))
                continue;
            bool empty_below = is_empty(b, row + 1, col);
            bool empty_here = o == here && is_empty(b, row, col);
            if (!empty_below && !empty_here)
                continue;
            bool beside = row < b->n_head; /* a label beside those of groups */
            if (beside || is_open_below(b, row, col) || (empty_below && is_between(b, row, col)))
                b->d.owner[here + n_cols] = o;
        }
    }
}

/* --- the draft ---------------------------------------------------------------------------------
 */

/* Do the rules at height y reach under every column? */
static bool is_full(const builder *b, float y)
{
    const recto_table_columns *c = b->c;
    uint64_t under = 0;
    for (int i = 0; i < b->n_rules; i++) {
        if (fabsf(b->rules[i].y - y) > 0.3f * c->em)
            continue;
        for (int col = 0; col < c->n; col++) {
            float mid = (c->left[col] + c->right[col]) / 2.0f;
            if (b->rules[i].x0 <= mid && b->rules[i].x1 >= mid)
                under |= (uint64_t)1 << col;
        }
    }
    return under == ((uint64_t)1 << c->n) - 1;
}

/* Header rows: those above a rule that parts the first rows from the rest; -1 if no rule does. */
static int header_rows(const builder *b, const float *heights, int n_heights)
{
    if (n_heights == 0)
        return -1;
    for (int row = 0; row + 1 < b->d.n_rows && row < 4; row++) {
        for (int i = 0; i < n_heights; i++) {
            if (heights[i] < b->low[row] - 0.1f * b->c->em ||
                heights[i] > b->high[row + 1] - 0.3f * b->c->em)
                continue;
            if (!is_full(b, heights[i]))
                continue; /* under a group of columns */
            if (n_heights * 2 > b->d.n_rows)
                return -1; /* every row has one */
            return row == 0 && has_numbers(b, 0) ? -1 : row + 1;
        }
    }
    return -1;
}

static bool start(builder *b, const recto_table_run *r)
{
    const recto_table_finder *f = b->f;
    size_t n = (size_t)(f->first[r->last + 1] - f->first[r->first]);
    size_t n_rows = (size_t)(r->last - r->first + 1);
    b->d = (recto_table_draft){.n_cols = b->c->n, .n_header = -1};
    b->d.xs = recto_arena_array(f->tmp, (size_t)b->c->n + 1, sizeof(float));
    b->d.ys = recto_arena_array(f->tmp, n_rows + 1, sizeof(float));
    b->d.owner = recto_arena_array(f->tmp, n_rows * (size_t)b->c->n, sizeof(int));
    b->d.pieces = recto_arena_array(f->tmp, n + 1, sizeof *b->d.pieces);
    b->e = recto_arena_array(f->tmp, n + 1, sizeof *b->e);
    b->low = recto_arena_array(f->tmp, n_rows, sizeof(float));
    b->high = recto_arena_array(f->tmp, n_rows, sizeof(float));
    b->first = recto_arena_array(f->tmp, n_rows + 1, sizeof(int));
    b->count = recto_arena_array(f->tmp, n_rows * (size_t)b->c->n, sizeof(int));
    b->rules = recto_arena_array(f->tmp, MAX_INNER_RULES, sizeof *b->rules);
    if (b->first == NULL || b->count == NULL || b->d.xs == NULL || b->d.ys == NULL ||
        b->d.owner == NULL || b->d.pieces == NULL || b->e == NULL || b->low == NULL ||
        b->high == NULL || b->rules == NULL)
        return false;
    memcpy(b->d.xs, b->c->xs, ((size_t)b->c->n + 1) * sizeof(float));
    for (int i = 0; i < (int)n_rows * b->c->n; i++)
        b->d.owner[i] = i;
    return true;
}

/* Heights of the rows from their entries. */
static void measure_rows(builder *b)
{
    float below = -HUGE_VALF; /* of the row above */
    for (int i = 0, row = 0; row < b->d.n_rows; row++) {
        float top = HUGE_VALF;
        float low = -HUGE_VALF;
        b->high[row] = b->e[i].baseline;
        b->first[row] = i;
        for (; i < b->n && b->e[i].row == row; i++) {
            const recto_line *line = b->grains[b->e[i].index].line;
            top = fminf(top, line->box.y0);
            low = fmaxf(low, line->box.y1);
            b->low[row] = b->e[i].baseline;
        }
        b->d.ys[row] = row == 0 ? top : fmaxf((below + top) / 2.0f, b->d.ys[row - 1]);
        below = low;
    }
    b->first[b->d.n_rows] = b->n;
    for (int i = 0; i < b->n; i++)
        cover(b, &b->e[i], 1);
    b->d.ys[b->d.n_rows] = fmaxf(below, b->d.ys[b->d.n_rows - 1]);
}

/* The grain as a line of its own in its place. */
static bool add_piece(builder *b, const recto_table_entry *e)
{
    const recto_table_grain *g = &b->grains[e->index];
    recto_line *line = recto_arena_alloc(b->f->keep, sizeof *line);
    if (line == NULL)
        return false;
    *line = *g->line;
    line->words = g->line->words + g->first;
    line->n_words = g->n_words;
    recto_flow_close_line(line, g->line->size, g->line->baseline);
    b->d.pieces[b->d.n_pieces++] =
        (recto_table_piece){.line = line, .place = b->d.owner[e->row * b->c->n + e->col]};
    return true;
}

recto_table *recto_table_aligned_build(const recto_table_finder *f, const recto_table_run *r,
                                       const recto_table_columns *c, bool *failed)
{
    builder b = {.f = f, .c = c};
    *failed = true;
    float *heights = recto_arena_array(f->tmp, MAX_INNER_RULES, sizeof *heights);
    if (heights == NULL || !start(&b, r))
        return NULL;
    int n_heights = take_rules(&b, r, heights);
    take_entries(&b, r);
    b.d.n_rows = recto_table_rows_cut(b.e, b.n, c->n, heights, n_heights, f->m->exact, f->tmp);
    if (b.d.n_rows == 0)
        return NULL;
    measure_rows(&b);
    b.d.n_header = header_rows(&b, heights, n_heights);
    widen_head(&b, b.d.n_header);
    for (int i = 0; i < b.n; i++) {
        if (b.e[i].col_end > b.e[i].col)
            join_columns(&b, &b.e[i]);
    }
    join_rows(&b);
    for (int i = 0; i < b.n; i++) {
        if (!add_piece(&b, &b.e[i]))
            return NULL;
    }
    return recto_table_make(&b.d, f->join, f->keep, f->tmp, failed);
}
