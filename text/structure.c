/* Structure of one page: drives the steps from a layout to labelled blocks.  What only the whole
 * document can tell is in structure_settle.c. */
#include "text/structure.h"
#include "text/continuation.h"
#include "text/flow.h"
#include "text/form.h"
#include "text/heading.h"
#include "text/join.h"
#include "text/margins.h"
#include "text/notes.h"
#include "text/order.h"
#include "text/paragraph.h"
#include "text/rows.h"
#include "text/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOW_CONF        0.6f
#define BACKGROUND_PART 0.6f /* of the page: a picture so large that holds text lies behind it */

/* --- pictures ----------------------------------------------------------------------------------
 */

/* Fills and borders of a table may come as a picture of about its size. */
static bool is_table_ground(recto_rect box, const recto_flow_item *tables, int n)
{
    for (int i = 0; i < n; i++) {
        float shared = recto_rect_area(recto_rect_meet(box, tables[i].box));
        if (shared > 0.7f * recto_rect_area(box) && shared > 0.4f * recto_rect_area(tables[i].box))
            return true;
    }
    return false;
}

/* Usable pictures as items; lines inside one get its leaf and are read with it. */
static int take_pictures(recto_flow_item *out, const recto_layout *layout, recto_flow_item *lines,
                         int n_lines, const recto_flow_item *tables, int n_tables)
{
    int n = 0;
    recto_rect page = {0.0f, 0.0f, layout->width, layout->height};
    for (int i = 0; i < layout->n_pictures && i < 512; i++) {
        recto_rect box = layout->pictures[i];
        if (!recto_flow_rect_ok(box))
            continue;
        box = recto_rect_meet(box, page);
        if (recto_rect_is_empty(box) || is_table_ground(box, tables, n_tables))
            continue;
        int n_inside = 0;
        for (int k = 0; k < n_lines; k++) {
            recto_rect b = lines[k].box;
            n_inside += recto_rect_contains(box, (b.x0 + b.x1) / 2.0f, (b.y0 + b.y1) / 2.0f);
        }
        if (n_inside > 0 && recto_rect_area(box) > BACKGROUND_PART * recto_rect_area(page))
            continue;
        for (int k = 0; k < n_lines && n_inside > 0; k++) {
            recto_rect b = lines[k].box;
            if (lines[k].leaf == 0 &&
                recto_rect_contains(box, (b.x0 + b.x1) / 2.0f, (b.y0 + b.y1) / 2.0f))
                lines[k].leaf = RECTO_FLOW_LEAF_PICTURE + n;
        }
        out[n] = (recto_flow_item){.box = box, .index = n_lines + n, .leaf = 0};
        n++;
    }
    return n;
}

/* --- order -------------------------------------------------------------------------------------
 */

typedef struct work {
    const recto_layout *layout;
    recto_flow_metrics m;
    recto_flow_item *items; /* lines first, then pictures and tables */
    int n_items;
    int n_lines;
    recto_join *join;
    recto_form *form; /* NULL = the page has no fields */
    recto_arena *keep;
    recto_arena *tmp;
} work;

static int by_leaf_baseline(const void *a, const void *b)
{
    const recto_flow_item *x = *(recto_flow_item *const *)a;
    const recto_flow_item *y = *(recto_flow_item *const *)b;
    if (x->line->baseline != y->line->baseline)
        return x->line->baseline < y->line->baseline ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static recto_status split_margins(work *w, recto_error *err)
{
    recto_arena_mark mark = recto_arena_here(w->tmp);
    recto_flow_item **sorted = recto_arena_array(w->tmp, (size_t)w->n_lines + 1, sizeof *sorted);
    if (sorted == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for margins");
    int n = 0;
    for (int i = 0; i < w->n_lines; i++) {
        if (w->items[i].line != NULL && w->items[i].leaf == 0)
            sorted[n++] = &w->items[i];
    }
    qsort(sorted, (size_t)n, sizeof *sorted, by_leaf_baseline);
    recto_margins_split(sorted, n, &w->m);
    recto_arena_reset(w->tmp, mark);
    return RECTO_OK;
}

/* Append the line items of one leaf, by baseline. */
static void append_leaf(recto_flow_item *out, int *n_out, const work *w, int leaf)
{
    int from = *n_out;
    float right = 0.0f;
    for (int i = 0; i < w->n_items; i++) {
        if (w->items[i].leaf != leaf || w->items[i].line == NULL)
            continue;
        int at = (*n_out)++;
        right = fmaxf(right, w->items[i].box.x1);
        while (at > from && out[at - 1].line->baseline > w->items[i].line->baseline) {
            out[at] = out[at - 1];
            at--;
        }
        out[at] = w->items[i];
    }
    for (int i = from; i < *n_out; i++)
        out[i].right = right;
}

/* All items in reading order: top margin, the columns with text in pictures after its picture,
 * bottom margin. */
static recto_status order_items(work *w, recto_flow_item **out, int *n_out, recto_error *err)
{
    recto_flow_item *main_items =
        recto_arena_array(w->tmp, (size_t)w->n_items + 1, sizeof *main_items);
    if (main_items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for the order");
    int n_main = 0;
    for (int i = 0; i < w->n_items; i++) {
        if (w->items[i].leaf == 0)
            main_items[n_main++] = w->items[i];
    }
    recto_flow_item *sorted = NULL;
    int n_sorted = 0;
    recto_status st = recto_order_sort(&sorted, &n_sorted, main_items, n_main, &w->m,
                                       w->layout->rules, w->layout->n_rules, w->keep, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    recto_flow_item *all =
        recto_arena_array(w->tmp, (size_t)n_sorted + (size_t)w->n_items + 1, sizeof *all);
    if (all == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for the order");
    int n = 0;
    append_leaf(all, &n, w, RECTO_FLOW_LEAF_TOP);
    for (int i = 0; i < n_sorted; i++) {
        all[n++] = sorted[i];
        if (sorted[i].line == NULL && sorted[i].table == NULL)
            append_leaf(all, &n, w, RECTO_FLOW_LEAF_PICTURE + sorted[i].index - w->n_lines);
    }
    append_leaf(all, &n, w, RECTO_FLOW_LEAF_BOTTOM);
    *out = all;
    *n_out = n;
    return RECTO_OK;
}

/* --- one page ----------------------------------------------------------------------------------
 */

static recto_status load(work *w, recto_error *err)
{
    recto_flow_item *lines = NULL;
    recto_flow_item *tables = NULL;
    int n_tables = 0;
    recto_status st = recto_flow_load(&lines, &w->n_lines, w->layout, w->keep, w->tmp, err);
    if (st == RECTO_OK)
        st = recto_flow_measure(&w->m, w->layout, lines, w->n_lines, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    w->n_lines = recto_flow_drop_specks(lines, w->n_lines, &w->m);
    for (int i = 0; i < w->n_lines; i++)
        recto_flow_level(lines[i].line, 1, &w->m, -1.0f);
    w->join = recto_join_new(w->layout, w->tmp);
    if (w->join == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for text");
    st = recto_table_ruled_find(&tables, &n_tables, lines, &w->n_lines, w->layout, &w->m, w->join,
                                w->keep, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    size_t n_pictures = w->layout->n_pictures > 0 ? (size_t)w->layout->n_pictures : 0;
    w->items = recto_arena_array(w->tmp, (size_t)w->n_lines + n_pictures + (size_t)n_tables + 1,
                                 sizeof *w->items);
    if (w->items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for items");
    if (w->n_lines > 0)
        memcpy(w->items, lines, (size_t)w->n_lines * sizeof *lines);
    w->n_items = w->n_lines + take_pictures(w->items + w->n_lines, w->layout, w->items, w->n_lines,
                                            tables, n_tables);
    for (int i = 0; i < n_tables; i++) {
        tables[i].index = w->n_items;
        w->items[w->n_items++] = tables[i];
    }
    return RECTO_OK;
}

static void close_page(recto_page *page, const recto_flow_metrics *m)
{
    double sum = 0.0;
    double n_chars = 0.0;
    for (int i = 0; i < page->n_blocks; i++) {
        recto_block *b = &page->blocks[i];
        size_t n = strlen(b->text);
        recto_flow_level(b->lines, b->n_lines, m, 1.0f);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++) {
            recto_flow_level(b->table->cells[k].lines, b->table->cells[k].n_lines, m, 1.0f);
            n += strlen(b->table->cells[k].text);
        }
        sum += (double)b->conf * (double)n;
        n_chars += (double)n;
        if (n > 0 && b->conf < LOW_CONF)
            b->flags |= RECTO_FLAG_LOW_CONFIDENCE;
    }
    page->conf = n_chars > 0.0 ? (float)(sum / n_chars) : 1.0f;
}

static recto_status build_page(recto_page *page, work *w, recto_error *err)
{
    recto_flow_item *items = NULL;
    recto_row *rows = NULL;
    recto_flow_part *parts = NULL;
    recto_block *blocks = NULL;
    int n_items = 0;
    int n_rows = 0;
    int n_parts = 0;
    int n_blocks = 0;
    recto_status st = load(w, err);
    if (st == RECTO_OK)
        st = split_margins(w, err);
    if (st == RECTO_OK)
        st = order_items(w, &items, &n_items, err);
    if (st == RECTO_OK)
        st = recto_rows_build(&rows, &n_rows, items, n_items, w->tmp, err);
    if (st == RECTO_OK)
        st =
            recto_table_aligned_find(rows, n_rows, w->layout, &w->m, w->join, w->keep, w->tmp, err);
    if (st == RECTO_OK)
        st = recto_rows_parts(&parts, &n_parts, rows, n_rows, w->keep, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    st = recto_paragraph_build(&blocks, &n_blocks, parts, n_parts, &w->m, w->join, w->keep, w->tmp,
                               err);
    if (st == RECTO_OK)
        st = recto_form_blocks(&blocks, &n_blocks, w->form, w->join, w->keep, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    if (!recto_margins_label_numbers(blocks, n_blocks, &w->m, w->keep) ||
        !recto_notes_label(blocks, n_blocks, w->layout, &w->m, w->keep) ||
        !recto_heading_label(blocks, n_blocks, &w->m, w->keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for text");
    recto_continuation_columns(blocks, n_blocks, &w->m, w->join);
    page->blocks = recto_arena_array(w->keep, (size_t)n_blocks, sizeof *blocks);
    if (page->blocks == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for blocks");
    memcpy(page->blocks, blocks, (size_t)n_blocks * sizeof *blocks);
    page->n_blocks = n_blocks;
    close_page(page, &w->m);
    return RECTO_OK;
}

recto_status recto_structure_page(recto_page *page, const recto_layout *layout, recto_arena *keep,
                                  recto_arena *tmp, recto_error *err)
{
    page->blocks = NULL;
    page->n_blocks = 0;
    page->conf = 1.0f;
    if (layout->n_lines <= 0 && layout->n_pictures <= 0 && layout->n_fields <= 0)
        return RECTO_OK;
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_layout filled;
    work w = {.layout = &filled, .keep = keep, .tmp = tmp};
    recto_status st = recto_form_load(&filled, &w.form, layout, keep, tmp, err);
    if (st == RECTO_OK)
        st = build_page(page, &w, err);
    recto_arena_reset(tmp, mark);
    return st;
}
