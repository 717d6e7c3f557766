/* Connected pieces of ink, as runs joined by union and find; the typical letter among them. */
#include "vision/prepare_parts.h"
#include <stdlib.h>
#include <string.h>

/* --- runs ------------------------------------------------------------------------------------- */

typedef struct run_list {
    recto_prepare_run *run;
    int n, cap;
} run_list;

static bool add_run(run_list *l, int x0, int x1)
{
    if (l->n == l->cap) {
        int cap = l->cap == 0 ? 1 << 14 : l->cap * 2;
        recto_prepare_run *grown = realloc(l->run, (size_t)cap * sizeof *grown);
        if (grown == NULL)
            return false;
        l->run = grown;
        l->cap = cap;
    }
    l->run[l->n] = (recto_prepare_run){.x0 = x0, .x1 = x1, .mark = l->n};
    l->n++;
    return true;
}

/* First x >= from whose pixel is (not) ink.  Whole words at a time, since rows are mostly paper. */
static int next_ink(const uint8_t *row, int from, int width)
{
    int x = from;
    for (; x + 8 <= width; x += 8) {
        uint64_t word;
        memcpy(&word, row + x, 8);
        if (word != 0)
            break;
    }
    while (x < width && row[x] == 0)
        x++;
    return x;
}

static bool find_runs(run_list *l, int *first_run, const recto_mask *ink)
{
    for (int y = 0; y < ink->height; y++) {
        const uint8_t *row = ink->px + (size_t)y * ink->stride;
        first_run[y] = l->n;
        for (int x = next_ink(row, 0, ink->width); x < ink->width;) {
            int end = x + 1;
            while (end < ink->width && row[end] != 0)
                end++;
            if (!add_run(l, x, end))
                return false;
            x = next_ink(row, end, ink->width);
        }
    }
    first_run[ink->height] = l->n;
    return true;
}

/* --- union and find over run indices; run[i].mark is the parent ----------------------------------
 */

static int root_of(recto_prepare_run *run, int i)
{
    while (run[i].mark != i) {
        run[i].mark = run[run[i].mark].mark;
        i = run[i].mark;
    }
    return i;
}

static void join(recto_prepare_run *run, int a, int b)
{
    a = root_of(run, a);
    b = root_of(run, b);
    if (a < b) /* the smaller index is the root, so that roots come in reading order */
        run[b].mark = a;
    else
        run[a].mark = b;
}

static void link_rows(recto_prepare_run *run, int above, int above_end, int below, int below_end)
{
    while (above < above_end && below < below_end) {
        if (run[above].x1 < run[below].x0) {
            above++;
        } else if (run[below].x1 < run[above].x0) {
            below++;
        } else {
            join(run, above, below);
            if (run[above].x1 < run[below].x1)
                above++;
            else
                below++;
        }
    }
}

static void grow_mark(recto_prepare_mark *m, const recto_prepare_run *r, int y)
{
    m->x0 = r->x0 < m->x0 ? r->x0 : m->x0;
    m->x1 = r->x1 > m->x1 ? r->x1 : m->x1;
    m->y1 = y + 1;
    m->area += r->x1 - r->x0;
    m->n_runs++;
}

/* Number the roots, point every run at its number, collect boxes. */
static bool number_marks(recto_prepare_marks *m, int n_runs)
{
    int n = 0;
    for (int i = 0; i < n_runs; i++)
        n += m->runs[i].mark == i;
    m->marks = malloc((size_t)(n > 0 ? n : 1) * sizeof *m->marks);
    if (m->marks == NULL)
        return false;
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++) {
            recto_prepare_run *r = &m->runs[i];
            if (r->mark == i) { /* parents have smaller indices and are numbered already */
                m->marks[m->n_marks] = (recto_prepare_mark){.x0 = r->x0, .x1 = r->x1, .y0 = y};
                r->mark = m->n_marks++;
            } else {
                r->mark = m->runs[r->mark].mark;
            }
            grow_mark(&m->marks[r->mark], r, y);
        }
    return true;
}

/* --- letters ---------------------------------------------------------------------------------- */

enum {
    MIN_LETTER = 5, /* px; smaller pieces cannot be read anyway */
    MAX_LETTER = 400,
};

/* Could it be a letter by its shape alone: neither a hairline nor a blot? */
static bool has_letter_shape(const recto_prepare_mark *m)
{
    int w = m->x1 - m->x0;
    int h = m->y1 - m->y0;
    return h >= MIN_LETTER && h <= MAX_LETTER && w >= 2 && w <= 12 * h && h <= 8 * w &&
           (int64_t)m->area * 16 >= (int64_t)w * h &&
           ((int64_t)m->area * 100 <= 92 * (int64_t)w * h || w < h / 2);
}

/* The height h for which the most ink lies in pieces of height h .. 1.5 h; letters of the running
 * text win over a few large ones and over many specks. */
static void find_letter_height(recto_prepare_marks *m)
{
    double weight[MAX_LETTER + 1] = {0};
    for (int i = 0; i < m->n_marks; i++)
        if (has_letter_shape(&m->marks[i])) {
            int h = m->marks[i].y1 - m->marks[i].y0;
            weight[h] += h;
        }
    double best = 0;
    for (int h = MIN_LETTER; h <= MAX_LETTER; h++) {
        double sum = 0;
        double mean = 0;
        for (int k = h; k <= h * 3 / 2 && k <= MAX_LETTER; k++) {
            sum += weight[k];
            mean += weight[k] * k;
        }
        if (sum > best) {
            best = sum;
            m->letter = (float)(mean / sum);
        }
    }
    for (int i = 0; i < m->n_marks; i++)
        m->n_letters += recto_prepare_marks_is_text(m, &m->marks[i]);
}

bool recto_prepare_marks_is_text(const recto_prepare_marks *m, const recto_prepare_mark *mark)
{
    float h = (float)(mark->y1 - mark->y0);
    return mark->area > 0 && has_letter_shape(mark) && h > 0.5f * m->letter && h < 3 * m->letter;
}

recto_status recto_prepare_marks_find(recto_prepare_marks *out, const recto_mask *ink,
                                      recto_error *err)
{
    *out = (recto_prepare_marks){.width = ink->width, .height = ink->height};
    run_list list = {0};
    out->first_run = malloc(((size_t)ink->height + 1) * sizeof *out->first_run);
    bool ok = out->first_run != NULL && find_runs(&list, out->first_run, ink);
    out->runs = list.run;
    for (int y = 1; ok && y < ink->height; y++)
        link_rows(out->runs, out->first_run[y - 1], out->first_run[y], out->first_run[y],
                  out->first_run[y + 1]);
    if (!ok || !number_marks(out, list.n))
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    find_letter_height(out);
    return RECTO_OK;
}

void recto_prepare_marks_free(recto_prepare_marks *m)
{
    free(m->runs);
    free(m->first_run);
    free(m->marks);
    *m = (recto_prepare_marks){0};
}

/* --- what is no text ----------------------------------------------------------------------------
 */

static void clear_run(recto_mask *ink, int y, const recto_prepare_run *r)
{
    memset(ink->px + (size_t)y * ink->stride + r->x0, 0, (size_t)(r->x1 - r->x0));
}

static bool clear_long_rows(recto_mask *ink, const recto_prepare_marks *m, int longest)
{
    bool any = false;
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++)
            if (m->runs[i].x1 - m->runs[i].x0 > longest) {
                clear_run(ink, y, &m->runs[i]);
                any = true;
            }
    return any;
}

/* The same for columns: a pixel's column run is followed downwards by the row it began in. */
static bool clear_long_columns(recto_mask *ink, const recto_prepare_marks *m, int longest,
                               int32_t *begun, int32_t *last)
{
    bool any = false;
    for (int x = 0; x < m->width; x++)
        last[x] = -2;
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++)
            for (int x = m->runs[i].x0; x < m->runs[i].x1; x++) {
                if (last[x] != y - 1)
                    begun[x] = y;
                last[x] = y;
                int length = y - begun[x] + 1;
                int from = length == longest + 1 ? begun[x] : y; /* the first time all at once */
                for (int v = from; length > longest && v <= y; v++)
                    ink->px[(size_t)v * ink->stride + (size_t)x] = 0;
                any = any || length > longest;
            }
    return any;
}

recto_status recto_prepare_marks_text_only(recto_mask *ink, recto_prepare_marks *m,
                                           recto_arena *tmp, recto_error *err)
{
    const float longest_letters = 3;
    int longest = (int)(longest_letters * m->letter);
    if (m->letter <= 0)
        return RECTO_OK;
    int32_t *begun = recto_arena_array(tmp, (size_t)m->width, sizeof *begun);
    int32_t *last = recto_arena_array(tmp, (size_t)m->width, sizeof *last);
    if (begun == NULL || last == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    bool rows = clear_long_rows(ink, m, longest);
    bool columns = clear_long_columns(ink, m, longest, begun, last);
    if (rows || columns) {
        recto_prepare_marks_free(m);
        recto_status st = recto_prepare_marks_find(m, ink, err);
        if (st != RECTO_OK)
            return st;
    }
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++)
            if (!recto_prepare_marks_is_text(m, &m->marks[m->runs[i].mark]))
                clear_run(ink, y, &m->runs[i]);
    return RECTO_OK;
}
