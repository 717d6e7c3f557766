/* Structure of one page: drives the steps from a layout to labelled blocks.  What only the whole
 * document can tell is in structure_settle.c. */
#include "text/structure.h"
#include "text/aside.h"
#include "text/captions.h"
#include "text/continuation.h"
#include "text/flow.h"
#include "text/form.h"
#include "text/heading.h"
#include "text/join.h"
#include "text/margins.h"
#include "text/mirror.h"
#include "text/notes.h"
#include "text/order.h"
#include "text/paragraph.h"
#include "text/rows.h"
#include "text/runs.h"
#include "text/spread.h"
#include "text/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOW_CONF        0.6f
#define PICTURE_LEAVES  64   /* of the text in one picture; more share the last */
#define MIN_COLUMNS     8    /* lines of a picture's text that may stand in columns */
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

/* Leaf k of the text inside picture i. */
static int picture_leaf(int i, int k)
{
    return RECTO_FLOW_LEAF_PICTURE + i * PICTURE_LEAVES +
           (k < PICTURE_LEAVES ? k : PICTURE_LEAVES - 1);
}

static bool is_in_picture(int leaf)
{
    return leaf >= RECTO_FLOW_LEAF_PICTURE && leaf < RECTO_FLOW_LEAF_BOTTOM;
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
                lines[k].leaf = picture_leaf(n, 0);
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

static int by_leaf_and_baseline(const void *a, const void *b)
{
    const recto_flow_item *x = a;
    const recto_flow_item *y = b;
    if (x->leaf != y->leaf)
        return x->leaf < y->leaf ? -1 : 1;
    if (x->line->baseline != y->line->baseline)
        return x->line->baseline < y->line->baseline ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Lines that have a leaf before there is an order: in the page's margins and in pictures.  They
 * come by leaf. */
static recto_flow_item *take_placed(int *n_out, const work *w)
{
    recto_flow_item *out = recto_arena_array(w->tmp, (size_t)w->n_items + 1, sizeof *out);
    int n = 0;
    *n_out = 0;
    if (out == NULL)
        return NULL;
    for (int i = 0; i < w->n_items; i++) {
        if (w->items[i].leaf != 0 && w->items[i].line != NULL)
            out[n++] = w->items[i];
    }
    qsort(out, (size_t)n, sizeof *out, by_leaf_and_baseline);
    *n_out = n;
    return out;
}

/* The placed lines of one leaf: first of them, and their number. */
static int find_placed(const recto_flow_item **from_out, const recto_flow_item *placed, int n,
                       int leaf)
{
    int low = 0;
    int high = n;
    while (low < high) {
        int mid = (low + high) / 2;
        if (placed[mid].leaf < leaf)
            low = mid + 1;
        else
            high = mid;
    }
    *from_out = placed + low;
    int k = low;
    while (k < n && placed[k].leaf == leaf)
        k++;
    return k - low;
}

static int append_placed(recto_flow_item *out, const recto_flow_item *from, int n)
{
    float right = 0.0f;
    for (int i = 0; i < n; i++)
        right = fmaxf(right, from[i].box.x1);
    for (int i = 0; i < n; i++) {
        out[i] = from[i];
        out[i].right = right;
    }
    return n;
}

/* The text in picture i; a box with running text has columns like a page. */
static recto_status append_picture_text(recto_flow_item *out, int *n_out, const work *w,
                                        const recto_flow_item *placed, int n_placed, int i,
                                        recto_error *err)
{
    const recto_flow_item *from = NULL;
    int n = find_placed(&from, placed, n_placed, picture_leaf(i, 0));
    if (n < MIN_COLUMNS) {
        *n_out += append_placed(out + *n_out, from, n);
        return RECTO_OK;
    }
    recto_flow_item *sorted = NULL;
    int n_sorted = 0;
    recto_status st =
        recto_order_sort(&sorted, &n_sorted, from, n, &w->m, NULL, 0, w->keep, w->tmp, err);
    for (int k = 0; k < n_sorted && st == RECTO_OK; k++) {
        out[*n_out] = sorted[k];
        out[(*n_out)++].leaf = picture_leaf(i, sorted[k].leaf);
    }
    return st;
}

/* All items in reading order: top margin, the columns, with the text of a picture after it, bottom
 * margin, asides. */
static recto_status order_items(work *w, recto_flow_item **out, int *n_out, recto_error *err)
{
    recto_flow_item *main_items =
        recto_arena_array(w->tmp, (size_t)w->n_items + 1, sizeof *main_items);
    int n_placed = 0;
    recto_flow_item *placed = take_placed(&n_placed, w);
    if (main_items == NULL || placed == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for the order");
    int n_main = 0;
    size_t n_words = 0;
    for (int i = 0; i < w->n_items; i++) {
        if (w->items[i].leaf == 0)
            main_items[n_main++] = w->items[i];
        else if (w->items[i].line != NULL)
            n_words += (size_t)w->items[i].line->n_words;
    }
    recto_flow_item *sorted = NULL;
    int n_sorted = 0;
    recto_status st = recto_order_sort(&sorted, &n_sorted, main_items, n_main, &w->m,
                                       w->layout->rules, w->layout->n_rules, w->keep, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    recto_flow_item *all = recto_arena_array(w->tmp, (size_t)n_sorted + n_words + 1, sizeof *all);
    if (all == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for the order");
    const recto_flow_item *from = NULL;
    int n_found = find_placed(&from, placed, n_placed, RECTO_FLOW_LEAF_TOP);
    int n = append_placed(all, from, n_found);
    bool bottom = false;
    for (int i = 0; i <= n_sorted && st == RECTO_OK; i++) {
        if (!bottom && (i == n_sorted || recto_flow_aside_of(sorted[i].leaf) >= 0)) {
            n_found = find_placed(&from, placed, n_placed, RECTO_FLOW_LEAF_BOTTOM);
            n += append_placed(all + n, from, n_found);
            bottom = true;
        }
        if (i == n_sorted)
            break;
        all[n++] = sorted[i];
        if (sorted[i].line == NULL && sorted[i].table == NULL)
            st = append_picture_text(all, &n, w, placed, n_placed, sorted[i].index - w->n_lines,
                                     err);
    }
    *out = all;
    *n_out = n;
    return st;
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
    st = recto_table_ruled_find(&tables, &n_tables, &lines, &w->n_lines, w->layout, &w->m, w->join,
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

/* Baselines as they lie on the page; flags. */
static void close_blocks(recto_block *blocks, int n, const recto_flow_metrics *m)
{
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        recto_flow_level(b->lines, b->n_lines, m, 1.0f);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            recto_flow_level(b->table->cells[k].lines, b->table->cells[k].n_lines, m, 1.0f);
        bool text = b->text[0] != '\0' || b->table != NULL;
        if (text && b->conf < LOW_CONF)
            b->flags |= RECTO_FLAG_LOW_CONFIDENCE;
    }
}

/* Mean confidence, by bytes of text. */
static float page_conf(const recto_page *page)
{
    double sum = 0.0;
    double n_all = 0.0;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        size_t n = strlen(b->text);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            n += strlen(b->table->cells[k].text);
        sum += (double)b->conf * (double)n;
        n_all += (double)n;
    }
    return n_all > 0.0 ? (float)(sum / n_all) : 1.0f;
}

/* --- blocks ------------------------------------------------------------------------------------
 */

/* Blocks of the parts of the text, or of one aside. */
static recto_status build_stream(recto_block **out, int *n_out, const work *w,
                                 recto_flow_part *parts, int n, bool aside, recto_error *err)
{
    recto_status st =
        recto_paragraph_build(out, n_out, parts, n, &w->m, w->join, w->keep, w->tmp, err);
    if (st == RECTO_OK)
        st = recto_form_blocks(out, n_out, w->form, w->join, w->keep, w->tmp, err);
    if (st != RECTO_OK)
        return st;
    if ((!aside && !recto_margins_label_page(*out, *n_out, &w->m, w->keep)) ||
        !recto_notes_label(*out, *n_out, w->layout, &w->m, w->keep) ||
        !recto_heading_label(*out, *n_out, &w->m, w->keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for text");
    recto_continuation_columns(*out, *n_out, &w->m, w->join);
    return RECTO_OK;
}

/* The aside that part i belongs to; text in a picture goes with it. */
static int aside_of(const recto_flow_part *parts, int i)
{
    while (i > 0 && is_in_picture(parts[i].leaf))
        i--;
    return recto_flow_aside_of(parts[i].leaf);
}

/* The text first, then every aside, each on its own; then they are put together. */
static recto_status build_streams(recto_block **out, int *n_out, const work *w,
                                  recto_flow_part *parts, int n, recto_error *err)
{
    int n_main = 0;
    while (n_main < n && aside_of(parts, n_main) < 0)
        n_main++;
    recto_status st = build_stream(out, n_out, w, parts, n_main, false, err);
    if (st != RECTO_OK || n_main == n)
        return st;
    recto_aside *asides = recto_arena_array(w->tmp, (size_t)(n - n_main), sizeof *asides);
    if (asides == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for notes");
    int n_asides = 0;
    size_t n_all = (size_t)*n_out;
    for (int i = n_main, k; i < n && st == RECTO_OK; i = k) {
        int aside = recto_flow_aside_of(parts[i].leaf);
        for (k = i + 1;
             k < n && (is_in_picture(parts[k].leaf) || recto_flow_aside_of(parts[k].leaf) == aside);
             k++)
            ;
        recto_aside *a = &asides[n_asides++];
        *a = (recto_aside){.n = 0};
        st = build_stream(&a->blocks, &a->n, w, parts + i, k - i, true, err);
        n_all += (size_t)a->n;
    }
    if (st != RECTO_OK)
        return st;
    recto_block *all = recto_arena_array(w->tmp, n_all, sizeof *all);
    if (all == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for notes");
    recto_aside_insert(all, n_out, *out, *n_out, asides, n_asides, &w->m);
    *out = all;
    return RECTO_OK;
}

/* Blocks of a page, or of one page of a spread, in tmp. */
static recto_status build_blocks(recto_block **out, int *n_out, work *w, recto_error *err)
{
    recto_flow_item *items = NULL;
    recto_row *rows = NULL;
    recto_flow_part *parts = NULL;
    int n_items = 0;
    int n_rows = 0;
    int n_parts = 0;
    *n_out = 0;
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
    if (st == RECTO_OK)
        st = build_streams(out, n_out, w, parts, n_parts, err);
    if (st == RECTO_OK)
        st = recto_runs_find(*out, *n_out, w->layout, &w->m, w->join, w->keep, w->tmp, err);
    if (st == RECTO_OK)
        close_blocks(*out, *n_out, &w->m);
    return st;
}

/* One page, or two of a spread, of a layout that is read from left to right. */
static recto_status build_page(recto_page *page, const recto_layout *layout, recto_arena *keep,
                               recto_arena *tmp, recto_error *err)
{
    recto_block *blocks[2] = {NULL, NULL};
    int counts[2] = {0, 0};
    recto_layout halves[2] = {*layout, *layout};
    float fold = 0.0f;
    bool spread = recto_spread_find(&fold, layout, tmp);
    for (int k = 0; k < (spread ? 2 : 1); k++) {
        if (spread && !recto_spread_half(&halves[k], layout, fold, k == 1, tmp))
            return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for lines");
        recto_layout filled;
        work w = {.layout = &filled, .keep = keep, .tmp = tmp};
        recto_status st = recto_form_load(&filled, &w.form, &halves[k], keep, tmp, err);
        if (st == RECTO_OK)
            st = build_blocks(&blocks[k], &counts[k], &w, err);
        if (st != RECTO_OK)
            return st;
    }
    int n = counts[0] + counts[1];
    if (n == 0)
        return RECTO_OK;
    page->blocks = recto_arena_array(keep, (size_t)n, sizeof *page->blocks);
    if (page->blocks == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for blocks");
    for (int k = 0; k < 2; k++) {
        if (counts[k] > 0)
            memcpy(page->blocks + page->n_blocks, blocks[k],
                   (size_t)counts[k] * sizeof *page->blocks);
        page->n_blocks += counts[k];
    }
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
    recto_layout mirrored;
    bool rtl = recto_mirror_wants(layout);
    if (rtl && !recto_mirror_layout(&mirrored, layout, keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for words");
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_status st = build_page(page, rtl ? &mirrored : layout, keep, tmp, err);
    recto_arena_reset(tmp, mark);
    if (st != RECTO_OK)
        return st;
    if (rtl)
        recto_mirror_blocks(page->blocks, page->n_blocks, layout->width);
    recto_captions_tie(page->blocks, page->n_blocks);
    page->conf = page_conf(page);
    return RECTO_OK;
}
