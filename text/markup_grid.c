/* Cells with spans to places in a grid, as HTML lays them out: row by row, each cell in the first
 * free column.  What is wrong is mended so that every place is covered once: a span stops before a
 * place that is taken and at the table's edges; places that are left get empty cells. */
#include "text/markup_parts.h"

#include <string.h>

typedef struct grid {
    recto_markup *m;
    const recto_markup_cells *cells;
    recto_markup_cell *placed; /* spans as they came out */
    int *cols;                 /* column of each cell, -1 if there is no room */
    int *rows_left;            /* by column: rows that a cell above still covers */
    int n_rows, n_cols;
} grid;

/* Give one cell its columns; false if there is no room. */
static bool place(grid *g, int i, int *col)
{
    recto_markup_cell *cell = &g->placed[i];
    while (*col < RECTO_MARKUP_COLUMNS_MAX && g->rows_left[*col] > 0)
        (*col)++;
    if (*col == RECTO_MARKUP_COLUMNS_MAX) {
        recto_markup_mend(g->m, RECTO_MARKUP_FIX_TABLE_SIZE);
        return false;
    }
    int most = RECTO_MARKUP_COLUMNS_MAX - *col;
    int span = cell->col_span < most ? cell->col_span : most;
    int free = 0;
    while (free < span && g->rows_left[*col + free] == 0)
        free++;
    if (free < cell->col_span)
        recto_markup_mend(g->m, RECTO_MARKUP_FIX_CELL_SPAN);
    cell->col_span = free;
    for (int k = 0; k < free; k++)
        g->rows_left[*col + k] = cell->row_span;
    g->cols[i] = *col;
    *col += free;
    return true;
}

/* Columns in which no cell begins, at the right, are only the ends of spans: "colspan=100". */
static void find_width(grid *g, int n_placed)
{
    g->n_cols = 0;
    for (int i = 0; i < n_placed; i++)
        g->n_cols = g->cols[i] >= g->n_cols ? g->cols[i] + 1 : g->n_cols;
}

/* Columns for all cells, until the table is too large; the number of cells that have a place. */
static int place_all(grid *g)
{
    const recto_markup_cells *cells = g->cells;
    int i = 0;
    int width = 0;
    int row = 0;
    for (; row < cells->n_rows; row++) {
        int col = 0;
        int begin = width;
        for (; i < cells->n && cells->list[i].row == row; i++) {
            if (!place(g, i, &col))
                g->cols[i] = -1;
            else if (g->cols[i] + 1 > begin)
                begin = g->cols[i] + 1;
        }
        if ((row + 1) * (begin > 0 ? begin : 1) > RECTO_MARKUP_PLACES_MAX) {
            recto_markup_mend(g->m, RECTO_MARKUP_FIX_TABLE_SIZE);
            while (i > 0 && cells->list[i - 1].row == row)
                i--;
            break;
        }
        width = begin;
        for (int k = 0; k < RECTO_MARKUP_COLUMNS_MAX; k++)
            g->rows_left[k] -= g->rows_left[k] > 0;
    }
    g->n_rows = row;
    find_width(g, i);
    return i;
}

static void set_text(recto_markup *m, recto_cell *cell, const recto_markup_cell *from, unsigned how)
{
    recto_arena_mark mark = recto_arena_here(m->tmp);
    int n = 0;
    recto_markup_piece *pieces =
        recto_markup_inline(m, from->from, from->end, how | RECTO_MARKUP_CELL, &n);
    if (n > 0) {
        cell->text = pieces[0].text;
        cell->spans = pieces[0].n_spans > 0 ? pieces[0].spans : NULL;
        cell->n_spans = pieces[0].n_spans;
        cell->box = pieces[0].box;
    }
    recto_arena_reset(m->tmp, mark);
}

/* Which cell covers each place: its number from 1; 0 nobody. */
static int *cover(grid *g, int n_placed)
{
    int *owner =
        recto_markup_room(g->m, g->m->tmp, (size_t)g->n_rows * (size_t)g->n_cols, sizeof *owner);
    for (int i = 0; owner != NULL && i < n_placed; i++) {
        recto_markup_cell *cell = &g->placed[i];
        if (g->cols[i] < 0)
            continue;
        bool over =
            cell->row_span > g->n_rows - cell->row || cell->col_span > g->n_cols - g->cols[i];
        if (over) {
            recto_markup_mend(g->m, RECTO_MARKUP_FIX_CELL_SPAN);
            if (cell->row_span > g->n_rows - cell->row)
                cell->row_span = g->n_rows - cell->row;
            if (cell->col_span > g->n_cols - g->cols[i])
                cell->col_span = g->n_cols - g->cols[i];
        }
        for (int row = cell->row; row < cell->row + cell->row_span; row++) {
            for (int col = g->cols[i]; col < g->cols[i] + cell->col_span; col++)
                owner[row * g->n_cols + col] = i + 1;
        }
    }
    return owner;
}

/* The cells in order of their places, empty ones where there are none. */
static void fill(grid *g, recto_table *t, const int *owner, unsigned how)
{
    for (int at = 0; at < g->n_rows * g->n_cols && !g->m->nomem; at++) {
        int row = at / g->n_cols;
        int col = at % g->n_cols;
        const recto_markup_cell *from = owner[at] > 0 ? &g->placed[owner[at] - 1] : NULL;
        if (from != NULL && (from->row != row || g->cols[owner[at] - 1] != col))
            continue;
        recto_cell *cell = &t->cells[t->n_cells++];
        *cell = (recto_cell){
            .row = row, .col = col, .row_span = 1, .col_span = 1, .text = "", .conf = 1.0f};
        if (from == NULL) {
            recto_markup_mend(g->m, RECTO_MARKUP_FIX_CELL_MISSING);
            continue;
        }
        cell->row_span = from->row_span;
        cell->col_span = from->col_span;
        cell->header = from->header;
        set_text(g->m, cell, from, how);
    }
}

/* A row in which nothing begins and nothing goes on is none: "<tr></tr>". */
static void drop_empty_rows(recto_markup_cell *list, recto_markup_cells *cells)
{
    int below = 0; /* the first row that no cell reaches */
    int dropped = 0;
    int row = -1;
    for (int i = 0; i < cells->n; i++) {
        int at = list[i].row;
        if (at != row) {
            int from = row + 1 > below ? row + 1 : below;
            dropped += at > from ? at - from : 0;
            row = at;
        }
        below = at + list[i].row_span > below ? at + list[i].row_span : below;
        list[i].row -= dropped;
    }
    int last = below < cells->n_rows ? below : cells->n_rows;
    cells->n_rows = cells->n == 0 ? 0 : (row + 1 > last ? row + 1 : last) - dropped;
}

void recto_markup_table_add(recto_markup *m, const recto_markup_cells *source, unsigned how)
{
    recto_markup_cells cells = *source;
    grid g = {.m = m, .cells = &cells};
    size_t n = (size_t)cells.n;
    g.placed = recto_markup_room(m, m->tmp, n, sizeof *g.placed);
    g.cols = recto_markup_room(m, m->tmp, n, sizeof *g.cols);
    g.rows_left = recto_markup_room(m, m->tmp, RECTO_MARKUP_COLUMNS_MAX, sizeof *g.rows_left);
    if (m->nomem)
        return;
    if (n > 0)
        memcpy(g.placed, cells.list, n * sizeof *g.placed);
    drop_empty_rows(g.placed, &cells);
    cells.list = g.placed;
    int n_placed = place_all(&g);
    if (g.n_rows < 1 || g.n_cols < 1) {
        recto_markup_mend(m, RECTO_MARKUP_FIX_TABLE_EMPTY);
        return;
    }
    int *owner = cover(&g, n_placed);
    size_t n_places = (size_t)g.n_rows * (size_t)g.n_cols;
    recto_table *t = recto_markup_room(m, m->keep, 1, sizeof *t);
    recto_cell *room = recto_markup_room(m, m->tmp, n_places, sizeof *room);
    if (m->nomem)
        return;
    *t = (recto_table){.n_rows = g.n_rows, .n_cols = g.n_cols, .cells = room};
    fill(&g, t, owner, how);
    t->cells = recto_markup_room(m, m->keep, (size_t)t->n_cells, sizeof *t->cells);
    if (m->nomem)
        return;
    memcpy(t->cells, room, (size_t)t->n_cells * sizeof *room);
    if (t->n_cells == 1 && t->cells[0].text[0] == '\0') {
        recto_markup_mend(m, RECTO_MARKUP_FIX_TABLE_EMPTY);
        return;
    }
    recto_block *b = recto_markup_add(m, RECTO_LABEL_TABLE);
    if (b != NULL)
        b->table = t;
}
