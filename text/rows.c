/* Rows of a leaf.  A row whose segments stand far apart (item ... price, address ... date) stays
 * one text line, but is not part of a paragraph; one with an ordinary gap (justified text, a bullet
 * or number before its text) is a line like any other. */
#include "text/rows.h"
#include "text/list.h"
#include <math.h>
#include <stdlib.h>

#define SAME_BASELINE   0.4f /* em */
#define ROW_GAP         1.6f /* em: from here on two segments are a row, not running text */
#define ROW_GAP_ALIGNED 0.8f /* em: the same where the next row has its gap at the same place */

static int by_x(const void *a, const void *b)
{
    const recto_flow_item *x = a;
    const recto_flow_item *y = b;
    if (x->box.x0 != y->box.x0)
        return x->box.x0 < y->box.x0 ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* May item join the row?  Same baseline, and room for it beside the others. */
static bool joins(const recto_row *row, const recto_flow_item *item)
{
    if (item->line == NULL || row->items[0].line == NULL || item->leaf != row->leaf)
        return false;
    float em = fminf(item->size, row->size);
    if (fabsf(item->line->baseline - row->baseline) > SAME_BASELINE * em)
        return false;
    int first = row->n > 32 ? row->n - 32 : 0; /* bounds the work on hostile pages */
    for (int i = first; i < row->n; i++) {
        float shared = recto_rect_overlap_x(row->items[i].box, item->box);
        float least = fminf(recto_rect_width(row->items[i].box), recto_rect_width(item->box));
        if (shared > 0.3f * least && shared > 0.5f * em)
            return false;
    }
    return true;
}

recto_status recto_rows_build(recto_row **rows_out, int *n_out, recto_flow_item *items, int n,
                              recto_arena *tmp, recto_error *err)
{
    *rows_out = NULL;
    *n_out = 0;
    recto_row *rows = recto_arena_array(tmp, (size_t)n + 1, sizeof *rows);
    if (rows == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for rows");
    int n_rows = 0;
    for (int i = 0; i < n; i++) {
        recto_flow_item *it = &items[i];
        recto_row *row = n_rows > 0 ? &rows[n_rows - 1] : NULL;
        float base = it->line != NULL ? it->line->baseline : it->box.y1;
        if (row == NULL || !joins(row, it)) {
            rows[n_rows++] = (recto_row){.items = it,
                                         .n = 1,
                                         .baseline = base,
                                         .size = it->size,
                                         .box = it->box,
                                         .leaf = it->leaf};
            continue;
        }
        row->baseline += (base - row->baseline) / (float)(row->n + 1);
        row->size = fmaxf(row->size, it->size);
        row->box = recto_rect_union(row->box, it->box);
        row->n++;
    }
    for (int i = 0; i < n_rows; i++)
        qsort(rows[i].items, (size_t)rows[i].n, sizeof *rows[i].items, by_x);
    *rows_out = rows;
    *n_out = n_rows;
    return RECTO_OK;
}

/* Do both rows have a segment that starts at the same place after a gap?  Then they are rows of
 * labels and values, however narrow the gap. */
static bool lines_up(const recto_row *a, const recto_row *b)
{
    if (a->leaf != b->leaf || b->n < 2 || fabsf(b->baseline - a->baseline) > 3.0f * a->size)
        return false;
    for (int i = 1; i < a->n; i++) {
        for (int k = 1; k < b->n && k < 32; k++) {
            if (fabsf(a->items[i].box.x0 - b->items[k].box.x0) < 0.25f * a->size &&
                !recto_list_is_label(a->items[i - 1].line) &&
                a->items[i].box.x0 - a->items[i - 1].box.x1 > ROW_GAP_ALIGNED * a->size &&
                b->items[k].box.x0 - b->items[k - 1].box.x1 > ROW_GAP_ALIGNED * a->size)
                return true;
        }
    }
    return false;
}

static bool is_wide_row(const recto_row *row)
{
    for (int i = 1; i < row->n; i++) {
        float gap = row->items[i].box.x0 - row->items[i - 1].box.x1;
        if (gap <= ROW_GAP * row->size)
            continue;
        if (i == 1 && recto_list_is_label(row->items[0].line))
            continue;
        return true;
    }
    return false;
}

/* One part for a row; false if out of memory. */
static bool add_row(recto_flow_part *part, const recto_row *rows, int n_rows, int i,
                    recto_line **room, recto_arena *keep)
{
    const recto_row *row = &rows[i];
    const recto_flow_item *it = &row->items[0];
    *part =
        (recto_flow_part){.box = row->box, .line = it->line, .leaf = row->leaf, .right = it->right};
    if (row->table != NULL) {
        part->table = row->table;
        part->line = NULL;
        return true;
    }
    if (it->line == NULL) {
        part->table = it->table;
        return true;
    }
    if (row->n == 1)
        return true;
    for (int k = 0; k < row->n; k++)
        room[k] = row->items[k].line;
    part->line = recto_flow_merge(room, row->n, keep);
    part->row = is_wide_row(row) || (i > 0 && lines_up(row, &rows[i - 1])) ||
                (i + 1 < n_rows && lines_up(row, &rows[i + 1]));
    return part->line != NULL;
}

recto_status recto_rows_parts(recto_flow_part **parts_out, int *n_out, const recto_row *rows,
                              int n_rows, recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *parts_out = NULL;
    *n_out = 0;
    int most = 1;
    for (int i = 0; i < n_rows; i++)
        most = rows[i].n > most ? rows[i].n : most;
    recto_flow_part *parts = recto_arena_array(tmp, (size_t)n_rows + 1, sizeof *parts);
    recto_line **room = recto_arena_array(tmp, (size_t)most, sizeof *room);
    if (parts == NULL || room == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for parts");
    int n = 0;
    for (int i = 0; i < n_rows; i++) {
        if (rows[i].in_table && rows[i].table == NULL)
            continue;
        if (!add_row(&parts[n++], rows, n_rows, i, room, keep))
            return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for lines");
    }
    *parts_out = parts;
    *n_out = n;
    return RECTO_OK;
}
