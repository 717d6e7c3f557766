/* From a grid with lines in its places to a table of cells. */
#include "text/table.h"
#include "core/utf8.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER_ROWS 3

/* Signs that stand in numbers beside digits. */
static bool is_number_sign(uint32_t cp)
{
    static const uint16_t list[] = {'.', ',', '-',    '+',    '%',    '$',    '(',    ')',    '/',
                                    ':', '*', 0x20AC, 0xA3,   0x2212, 0x2013, 0x2014, 0xB1,   0xB0,
                                    '<', '>', '=',    0x2248, 0x2030, 0xA5,   0x27,   0x2019, '~'};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (list[i] == cp)
            return true;
    }
    return false;
}

bool recto_table_is_number(const char *text)
{
    int n_digits = 0;
    int n_letters = 0;
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_next(&p, end);
        if (recto_utf8_is_digit(cp))
            n_digits++;
        else if (cp != ' ' && !is_number_sign(cp))
            n_letters++;
    }
    /* units and currencies: "12 kg", "5.00 EUR" */
    return n_digits > 0 && n_letters <= 3 && n_letters <= n_digits + 1;
}

/* --- pieces to cells ---------------------------------------------------------------------------
 */

static int owner_of(const recto_table_draft *d, int place)
{
    return d->owner != NULL ? d->owner[place] : place;
}

static int piece_order(const void *a, const void *b)
{
    const recto_table_piece *x = a;
    const recto_table_piece *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->line->baseline != y->line->baseline)
        return x->line->baseline < y->line->baseline ? -1 : 1;
    return x->line->box.x0 < y->line->box.x0 ? -1 : x->line->box.x0 > y->line->box.x0;
}

/* Pieces of one cell that share a baseline go by x. */
static void sort_baselines(recto_table_piece *p, int n)
{
    for (int i = 1; i < n; i++) {
        for (int k = i; k > 0; k--) {
            const recto_line *a = p[k - 1].line;
            const recto_line *b = p[k].line;
            if (a->box.x0 <= b->box.x0 ||
                fabsf(a->baseline - b->baseline) > 0.4f * fminf(a->size, b->size))
                break;
            recto_table_piece t = p[k];
            p[k] = p[k - 1];
            p[k - 1] = t;
        }
    }
}

static bool fill_cell(recto_cell *cell, const recto_table_piece *p, int n, recto_join *join,
                      recto_arena *keep)
{
    cell->text = "";
    cell->conf = 1.0f;
    if (n == 0)
        return true;
    cell->lines = recto_arena_array(keep, (size_t)n, sizeof *cell->lines);
    if (cell->lines == NULL)
        return false;
    double sum = 0.0;
    int n_chars = 0;
    for (int i = 0; i < n; i++) {
        cell->lines[i] = *p[i].line;
        cell->box = recto_rect_union(cell->box, p[i].line->box);
        int chars = recto_flow_chars(p[i].line);
        sum += (double)p[i].line->conf * chars;
        n_chars += chars;
    }
    cell->n_lines = n;
    cell->conf = n_chars > 0 ? (float)(sum / n_chars) : 1.0f;
    cell->text = recto_join_lines(join, cell->lines, n, 0, keep);
    return cell->text != NULL;
}

/* New number of every row (or column) after dropping those where no text starts; -1 = dropped. */
static int renumber(int *map, const bool *used, int n)
{
    int n_used = 0;
    for (int i = 0; i < n; i++)
        map[i] = used[i] ? n_used++ : -1;
    return n_used;
}

typedef struct maker {
    const recto_table_draft *d;
    int *row_map, *col_map;
    recto_table *t;
} maker;

/* The part of the draft's cell at place that is kept; false if nothing of it is. */
static bool map_cell(recto_cell *out, const maker *k, int place)
{
    const recto_table_draft *d = k->d;
    int row = place / d->n_cols;
    int col = place % d->n_cols;
    int row_end = row;
    int col_end = col;
    while (row_end < d->n_rows && owner_of(d, row_end * d->n_cols + col) == place)
        row_end++;
    while (col_end < d->n_cols && owner_of(d, row * d->n_cols + col_end) == place)
        col_end++;
    *out = (recto_cell){
        .row = -1, .col = -1, .box = {d->xs[col], d->ys[row], d->xs[col_end], d->ys[row_end]}};
    for (int r = row; r < row_end; r++) {
        if (k->row_map[r] >= 0) {
            out->row = out->row < 0 ? k->row_map[r] : out->row;
            out->row_span++;
        }
    }
    for (int c = col; c < col_end; c++) {
        if (k->col_map[c] >= 0) {
            out->col = out->col < 0 ? k->col_map[c] : out->col;
            out->col_span++;
        }
    }
    return out->row_span > 0 && out->col_span > 0;
}

static int cell_order(const void *a, const void *b)
{
    const recto_cell *x = a;
    const recto_cell *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

/* --- header ------------------------------------------------------------------------------------
 */

static bool cell_is_bold(const recto_cell *c)
{
    for (int i = 0; i < c->n_lines; i++) {
        if ((c->lines[i].style & (uint32_t)RECTO_STYLE_BOLD) == 0)
            return false;
    }
    return c->n_lines > 0;
}

/* What a row looks like. */
typedef struct row_look {
    int n_filled, n_bold, n_numbers, n_long;
    bool spans;
    int depth;  /* largest row span */
    bool colon; /* a cell ends with one: a form, no header */
} row_look;

static row_look look_at(const recto_table *t, int row)
{
    row_look l = {0};
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *c = &t->cells[i];
        if (c->row != row)
            continue;
        l.spans |= c->col_span > 1;
        l.depth = c->row_span > l.depth ? c->row_span : l.depth;
        if (c->text[0] == '\0')
            continue;
        l.n_filled++;
        l.n_bold += cell_is_bold(c);
        l.n_numbers += recto_table_is_number(c->text);
        l.n_long += strlen(c->text) > 60;
        l.colon |= c->text[strlen(c->text) - 1] == ':';
    }
    return l;
}

/* Rows of column labels: bold over plain, words over numbers, or short words over everything. */
static int find_header(const recto_table *t)
{
    row_look first = look_at(t, 0);
    if (first.n_filled == 0 || first.n_numbers * 2 > first.n_filled || first.n_long > 0)
        return 0;
    int n_bold_rows = 0;
    int n_number_rows = 0;
    for (int r = 1; r < t->n_rows && r < 50; r++) {
        row_look l = look_at(t, r);
        n_bold_rows += l.n_filled > 0 && l.n_bold == l.n_filled;
        n_number_rows += l.n_numbers > 0;
    }
    int rest = (t->n_rows < 50 ? t->n_rows : 50) - 1;
    bool bold = first.n_bold == first.n_filled && n_bold_rows * 2 < rest;
    bool over_numbers = first.n_numbers == 0 && n_number_rows * 2 > rest;
    bool full = t->n_rows >= 3 && first.n_filled >= t->n_cols && first.n_numbers == 0;
    if (!bold && (first.colon || !(over_numbers || full)))
        return 0;
    if (!bold && first.n_filled * 2 < t->n_cols && !first.spans)
        return 0;
    if (!first.spans || t->n_rows < 3)
        return 1;
    if (first.depth > 1) /* labels beside a group of columns reach down to its last row */
        return first.depth <= MAX_HEADER_ROWS && first.depth < t->n_rows ? first.depth : 1;
    row_look second = look_at(t, 1);
    return second.n_filled > 0 && second.n_numbers == 0 && n_number_rows > 0 ? 2 : 1;
}

/* --- the table ---------------------------------------------------------------------------------
 */

static bool place_pieces(const maker *k, recto_table_piece *pieces, recto_join *join,
                         recto_arena *keep)
{
    const recto_table_draft *d = k->d;
    recto_table *t = k->t;
    int at = 0;
    for (int place = 0; place < d->n_rows * d->n_cols; place++) {
        if (owner_of(d, place) != place)
            continue;
        int n = 0;
        while (at + n < d->n_pieces && pieces[at + n].place == place)
            n++;
        recto_cell cell;
        if (map_cell(&cell, k, place)) {
            sort_baselines(pieces + at, n);
            if (!fill_cell(&cell, pieces + at, n, join, keep))
                return false;
            t->cells[t->n_cells++] = cell;
        }
        at += n;
    }
    qsort(t->cells, (size_t)t->n_cells, sizeof *t->cells, cell_order);
    return true;
}

static recto_table *make(const recto_table_draft *d, recto_join *join, recto_arena *keep,
                         recto_arena *tmp, bool *failed)
{
    size_t n_places = (size_t)d->n_rows * (size_t)d->n_cols;
    recto_table_piece *pieces = recto_arena_array(tmp, (size_t)d->n_pieces + 1, sizeof *pieces);
    bool *used = recto_arena_array(tmp, (size_t)d->n_rows + (size_t)d->n_cols, sizeof *used);
    int *map = recto_arena_array(tmp, (size_t)d->n_rows + (size_t)d->n_cols, sizeof *map);
    recto_table *t = recto_arena_alloc(keep, sizeof *t);
    *failed = true;
    if (pieces == NULL || used == NULL || map == NULL || t == NULL)
        return NULL;
    for (int i = 0; i < d->n_pieces; i++) {
        pieces[i] = d->pieces[i];
        pieces[i].place = owner_of(d, pieces[i].place);
        used[pieces[i].place / d->n_cols] = true;
        used[d->n_rows + pieces[i].place % d->n_cols] = true;
    }
    maker k = {.d = d, .row_map = map, .col_map = map + d->n_rows, .t = t};
    t->n_rows = renumber(k.row_map, used, d->n_rows);
    t->n_cols = renumber(k.col_map, used + d->n_rows, d->n_cols);
    t->ruled = d->ruled;
    *failed = false;
    if (t->n_rows < 2 || t->n_cols < 2)
        return NULL;
    qsort(pieces, (size_t)d->n_pieces, sizeof *pieces, piece_order);
    t->cells = recto_arena_array(keep, n_places, sizeof *t->cells);
    *failed = t->cells == NULL || !place_pieces(&k, pieces, join, keep);
    if (*failed)
        return NULL;
    int n_filled = 0;
    for (int i = 0; i < t->n_cells; i++)
        n_filled += t->cells[i].text[0] != '\0';
    if (n_filled < 3)
        return NULL;
    int n_header = d->n_header >= 0 ? d->n_header : find_header(t);
    for (int i = 0; i < t->n_cells; i++)
        t->cells[i].header = t->cells[i].row < n_header;
    return t;
}

recto_table *recto_table_make(const recto_table_draft *d, recto_join *join, recto_arena *keep,
                              recto_arena *tmp, bool *failed)
{
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_table *t = make(d, join, keep, tmp, failed);
    recto_arena_reset(tmp, mark);
    return t;
}
