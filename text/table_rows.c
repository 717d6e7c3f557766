/* Which baselines start a row of a table.
 *
 * Cells of several lines are the difficulty: nothing but white tells whether a line is a row or
 * goes on in the cell above it.  In turn the rules, the step between baselines and the room that
 * was left on the line above are asked; see recto_table_rows_cut.
 *
 *     Anna    came late, and so had   12.00      a row
 *             to stand                           goes on: "to" had no room above
 *     Bert    on time                  8.50      a row
 */
#include "text/table_aligned.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_BASELINE 0.35f /* em */
#define SMALL_STEP    0.8f  /* em: no two lines of one text are that close; cells are centered */
#define LEADING_MAX   1.6f  /* em: lines of one text are not further apart */
#define N_COLS        64

/* Entries on one baseline. */
typedef struct band {
    float y, size;
    int first, n;
    uint64_t cols, nums, wide; /* wide: columns under entries that span several */
    float step;                /* to the band above, em */
    bool ruled;                /* a rule stands above it */
} band;

typedef struct cutter {
    recto_table_entry *e;
    band *b;
    int n;
    int n_cols;
    float width[N_COLS];                   /* widest text of a column, px */
    const recto_table_entry *last[N_COLS]; /* lowest entry of the present row */
    bool exact;
    bool ruled_apart; /* every row has its rules */
    float join_step;  /* em: steps up to this go on in a row; 0 if steps do not tell */
} cutter;

static int by_baseline(const void *a, const void *b)
{
    const recto_table_entry *x = a;
    const recto_table_entry *y = b;
    if (x->baseline != y->baseline)
        return x->baseline < y->baseline ? -1 : 1;
    if (x->x0 != y->x0)
        return x->x0 < y->x0 ? -1 : 1;
    return x->index - y->index;
}

static int clamp_col(int col)
{
    return col < 0 ? 0 : (col >= N_COLS ? N_COLS - 1 : col);
}

static int count_bits(uint64_t v)
{
    int n = 0;
    for (; v != 0; v &= v - 1)
        n++;
    return n;
}

static void add_entry(cutter *c, band *b, const recto_table_entry *e)
{
    int to = clamp_col(e->col_end);
    for (int col = clamp_col(e->col); col <= to; col++) {
        uint64_t bit = (uint64_t)1 << col;
        b->cols |= bit;
        b->nums |= e->number ? bit : 0;
        b->wide |= e->col_end > e->col ? bit : 0;
    }
    if (e->col == e->col_end)
        c->width[to] = fmaxf(c->width[to], e->x1 - e->x0);
}

static void make_bands(cutter *c, int n, const float *rules, int n_rules)
{
    int rule = 0;
    for (int i = 0; i < n; i++) {
        const recto_table_entry *e = &c->e[i];
        band *b = c->n > 0 ? &c->b[c->n - 1] : NULL;
        if (b == NULL || e->baseline - b->y > SAME_BASELINE * fminf(e->size, b->size)) {
            band fresh = {.y = e->baseline, .size = e->size, .first = i};
            while (rule < n_rules && rules[rule] < e->baseline - 0.4f * e->size) {
                fresh.ruled |= b != NULL && rules[rule] > b->y - 0.1f * b->size;
                rule++;
            }
            if (b != NULL)
                fresh.step = (e->baseline - b->y) / fmaxf(fminf(e->size, b->size), 1.0f);
            c->b[c->n++] = fresh;
            b = &c->b[c->n - 1];
        }
        b->n++;
        b->size = fmaxf(b->size, e->size);
        add_entry(c, b, e);
    }
}

/* --- what the whole table tells ----------------------------------------------------------------
 */

/* Had the first word of e no room on the line above it? */
static bool was_full(const cutter *c, const recto_table_entry *above, const recto_table_entry *e)
{
    float slack = (c->exact ? 0.1f : 0.5f) * e->size;
    float need = above->x1 - above->x0 + 0.25f * e->size + e->first_word;
    return need > c->width[clamp_col(e->col)] - slack;
}

/* Could band b go on in the bands above it: is every entry under a text that left it no room?
 * Columns without text above do not count; *n_under tells how many have. */
static bool could_wrap(const cutter *c, const band *b, const recto_table_entry *const *last,
                       int *n_under)
{
    *n_under = 0;
    for (int i = b->first; i < b->first + b->n; i++) {
        const recto_table_entry *e = &c->e[i];
        const recto_table_entry *above = last[clamp_col(e->col)];
        if (above == NULL)
            continue;
        (*n_under)++;
        if (e->col_end != e->col || !was_full(c, above, e))
            return false;
    }
    return true;
}

static void note_band(const recto_table_entry **last, const cutter *c, const band *b)
{
    for (int i = b->first; i < b->first + b->n; i++)
        last[clamp_col(c->e[i].col)] = &c->e[i];
}

/* Are rows ruled apart?  Then hardly any two bands between two rules have numbers in one column. */
static bool find_ruled(const cutter *c, int n_rules)
{
    int n_ruled = 0;
    int n_collide = 0;
    int n_joined = 0;
    for (int i = 1; i < c->n; i++) {
        n_ruled += c->b[i].ruled;
        n_joined += !c->b[i].ruled;
        n_collide += !c->b[i].ruled && c->b[i].step > SMALL_STEP &&
                     ((c->b[i].nums & c->b[i - 1].nums) != 0 ||
                      (c->b[i].cols == c->b[i - 1].cols && (c->b[i].cols & 1) != 0 &&
                       count_bits(c->b[i].cols) > 1));
    }
    return n_rules >= 2 && n_ruled >= 2 && n_ruled * 4 >= n_joined && n_collide * 4 <= n_ruled;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Do steps fall into two kinds, the smaller one between lines of a cell?  room: a float a band. */
static float find_join_step(const cutter *c, float *room)
{
    int n = 0;
    for (int i = 1; i < c->n; i++) {
        if (c->b[i].step > SMALL_STEP && c->b[i].step < 2.5f * LEADING_MAX)
            room[n++] = c->b[i].step;
    }
    if (n < 2)
        return 0.0f;
    qsort(room, (size_t)n, sizeof *room, by_value);
    float least = c->exact ? 1.08f : 1.13f;
    if (room[0] > LEADING_MAX)
        return 0.0f;
    int cut = 1;
    while (cut < n && room[cut] < room[cut - 1] * least && room[cut] < room[0] * 1.25f)
        cut++;
    if (cut == n || room[cut] < room[cut - 1] * least)
        return 0.0f;
    float limit = (room[cut - 1] + room[cut]) / 2.0f;
    /* small steps must look like wrapped lines: no room above, and not all columns of the row */
    const recto_table_entry *last[N_COLS] = {NULL};
    uint64_t cols = 0; /* of the row at hand */
    int n_small = 0;
    int n_wraps = 0;
    for (int i = 0; i < c->n; i++) {
        const band *b = &c->b[i];
        int n_under = 0;
        if (i > 0 && b->step > SMALL_STEP && b->step <= limit) {
            n_small++;
            n_wraps += count_bits(b->cols) < count_bits(cols) && could_wrap(c, b, last, &n_under) &&
                       n_under > 0;
        }
        if (i > 0 && b->step > limit) {
            memset(last, 0, sizeof last);
            cols = 0;
        }
        cols |= b->cols;
        note_band(last, c, b);
    }
    return n_wraps * 4 >= n_small * 3 ? limit : 0.0f;
}

/* --- band by band ------------------------------------------------------------------------------
 */

typedef struct present { /* the row at hand */
    uint64_t cols, nums, wide;
    int n_bands;
} present;

static bool starts_lower(const cutter *c, const band *b)
{
    for (int i = b->first; i < b->first + b->n; i++) {
        if (c->e[i].lower)
            return true;
    }
    return false;
}

/* Without rules or steps that tell: does band i go on in the row? */
static bool goes_on(const cutter *c, const band *b, const present *p)
{
    int n_under = 0;
    bool wraps = could_wrap(c, b, c->last, &n_under) && n_under > 0;
    int n_cols = count_bits(b->cols);
    if (b->step > LEADING_MAX || (b->nums & p->nums) != 0)
        return false;
    if ((b->cols & 1) != 0) {
        if (!wraps || !starts_lower(c, b))
            return false;
        return b->cols == 1 || p->cols == 1; /* the label's second line, above or below */
    }
    if (b->nums != 0)
        return false;
    if (wraps)
        return true;
    return n_cols == 1 || n_cols * 2 < c->n_cols;
}

static bool is_start(const cutter *c, int i, const present *p)
{
    const band *b = &c->b[i];
    if (b->ruled)
        return true;
    if ((p->wide & b->cols) != 0 && count_bits(b->cols & p->wide) > 1 && b->step > 0.5f)
        return true; /* labels under the label of their group */
    if (c->ruled_apart)
        return false;
    if (b->step < SMALL_STEP) /* a label in the middle of two rows stands between their baselines */
        return (b->nums & p->nums) != 0 || count_bits(b->cols & p->cols) >= 2;
    if (c->join_step > 0.0f)
        return b->step > c->join_step;
    if (i + 1 < c->n && c->b[i + 1].step < SMALL_STEP && !c->b[i + 1].ruled &&
        (c->b[i + 1].cols & b->cols) == 0)
        return true; /* cells in the middle of a taller one */
    return !goes_on(c, b, p);
}

int recto_table_rows_cut(recto_table_entry *e, int n, int n_cols, const float *rules, int n_rules,
                         bool exact, recto_arena *tmp)
{
    recto_arena_mark mark = recto_arena_here(tmp);
    cutter c = {.e = e, .n_cols = n_cols, .exact = exact};
    c.b = recto_arena_array(tmp, (size_t)n + 1, sizeof *c.b);
    float *room = recto_arena_array(tmp, (size_t)n + 1, sizeof *room);
    if (c.b == NULL || room == NULL)
        return 0;
    qsort(e, (size_t)n, sizeof *e, by_baseline);
    make_bands(&c, n, rules, n_rules);
    c.ruled_apart = find_ruled(&c, n_rules);
    c.join_step = c.ruled_apart ? 0.0f : find_join_step(&c, room);
    int n_rows = 0;
    present p = {0};
    for (int i = 0; i < c.n; i++) {
        const band *b = &c.b[i];
        if (i == 0 || is_start(&c, i, &p)) {
            n_rows++;
            p = (present){0};
            memset(c.last, 0, sizeof c.last);
        }
        p.cols |= b->cols;
        p.nums |= b->nums;
        p.wide |= b->wide;
        p.n_bands++;
        note_band(c.last, &c, b);
        for (int k = b->first; k < b->first + b->n; k++)
            e[k].row = n_rows - 1;
    }
    recto_arena_reset(tmp, mark);
    return n_rows;
}
