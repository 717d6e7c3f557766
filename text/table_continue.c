/* Tables over a page break.  Two tables that meet at a page's end are one when they have the same
 * columns at the same places; a header that comes back says so by itself, another header says that
 * a new table begins. */
#include "text/table.h"
#include <math.h>
#include <string.h>

#define MAX_REPEAT 4 /* header rows that may come back */

/* The box of column k over the cells that lie in it alone; empty if there is none. */
static recto_rect column_box(const recto_table *t, int k)
{
    recto_rect box = {0};
    bool any = false;
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *c = &t->cells[i];
        if (c->col != k || c->col_span != 1 || recto_rect_is_empty(c->box))
            continue;
        box = any ? recto_rect_union(box, c->box) : c->box;
        any = true;
    }
    return box;
}

static bool same_columns(const recto_page *before, const recto_table *a, const recto_page *page,
                         const recto_table *b)
{
    if (a->n_cols != b->n_cols || before->width <= 0.0f || page->width <= 0.0f)
        return false;
    int n_known = 0;
    int n_same = 0;
    for (int k = 0; k < a->n_cols && k < 64; k++) {
        recto_rect x = column_box(a, k);
        recto_rect y = column_box(b, k);
        if (recto_rect_is_empty(x) || recto_rect_is_empty(y))
            continue;
        x = recto_rect_scale(x, 1.0f / before->width, 1.0f);
        y = recto_rect_scale(y, 1.0f / page->width, 1.0f);
        float least = fminf(recto_rect_width(x), recto_rect_width(y));
        n_known++;
        n_same += recto_rect_overlap_x(x, y) > 0.5f * least;
    }
    return n_known >= 2 && n_same * 5 >= n_known * 4;
}

/* Cell that begins at a place; NULL if none does. */
static const recto_cell *cell_at(const recto_table *t, int row, int col)
{
    for (int i = 0; i < t->n_cells && t->cells[i].row <= row; i++) {
        if (t->cells[i].row == row && t->cells[i].col == col)
            return &t->cells[i];
    }
    return NULL;
}

static bool same_row(const recto_table *a, const recto_table *b, int row)
{
    int n_filled = 0;
    for (int col = 0; col < a->n_cols; col++) {
        const recto_cell *x = cell_at(a, row, col);
        const recto_cell *y = cell_at(b, row, col);
        if ((x == NULL) != (y == NULL) || (x != NULL && strcmp(x->text, y->text) != 0))
            return false;
        n_filled += x != NULL && x->text[0] != '\0';
    }
    return n_filled > 0;
}

static bool has_header(const recto_table *t)
{
    return t->n_cells > 0 && t->cells[0].row == 0 && t->cells[0].header;
}

bool recto_table_continues(const recto_page *before, const recto_block *a, const recto_page *page,
                           recto_block *b)
{
    if (!same_columns(before, a->table, page, b->table))
        return false;
    int n = 0;
    while (n < MAX_REPEAT && n < a->table->n_rows && n < b->table->n_rows &&
           same_row(a->table, b->table, n))
        n++;
    if (n == 0 && has_header(b->table))
        return false;
    b->table->n_repeat = n;
    return true;
}
