/* Tables: the grid that both finders (from rules, from alignment) fill, and what is common to them.
 */
#ifndef RECTO_TEXT_TABLE_H
#define RECTO_TEXT_TABLE_H

#include "text/join.h"
#include "text/rows.h"

/* A line in the grid; place = row * n_cols + col. */
typedef struct recto_table_piece {
    recto_line *line;
    int place;
} recto_table_piece;

/* A table before its empty rows and columns are dropped. */
typedef struct recto_table_draft {
    int n_rows, n_cols;
    float *ys;  /* [n_rows + 1] edges of rows, px, rising */
    float *xs;  /* [n_cols + 1] */
    int *owner; /* [n_rows * n_cols] place of the top left of the cell that covers a place; NULL if
                   there are no spans; every cell is a rectangle */
    recto_table_piece *pieces;
    int n_pieces;
    int n_header; /* header rows; -1 = find out */
    bool ruled;
} recto_table_draft;

/**
 * Make the table of a draft: cells with their lines joined, empty rows and columns dropped.
 *
 * Returns NULL with *failed false if fewer than two rows or two columns (or three filled cells)
 * remain, with *failed true if out of memory.
 */
recto_table *recto_table_make(const recto_table_draft *d, recto_join *join, recto_arena *keep,
                              recto_arena *tmp, bool *failed);

/** Does text read as a number: digits with signs, separators, currency, percent? */
bool recto_table_is_number(const char *text);

/**
 * Find ruled tables: grids of horizontal and vertical rules with text in them, then tables that
 * rules of one direction hold together.  Lines that become cells are taken out of items.
 *
 * tables_out  n_tables_out TABLE items in tmp
 * items       n line items; out: those that are left (in tmp; a line that reached out of a table
 *             was cut)
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_table_ruled_find(recto_flow_item **tables_out,
                                                     int *n_tables_out, recto_flow_item **items,
                                                     int *n, const recto_layout *layout,
                                                     const recto_flow_metrics *m, recto_join *join,
                                                     recto_arena *keep, recto_arena *tmp,
                                                     recto_error *err);

/**
 * Find tables between rules that are no grid: horizontal ones of one extent, a box, vertical ones.
 *
 * items  n line items; out: those that are left, in tmp
 * out    TABLE items are added at *n_out, cap_out at most in all
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_table_framed_find(recto_flow_item **items, int *n,
                                                      recto_flow_item *out, int *n_out, int cap_out,
                                                      const recto_layout *layout,
                                                      const recto_flow_metrics *m, recto_join *join,
                                                      recto_arena *keep, recto_arena *tmp,
                                                      recto_error *err);

/**
 * Find tables without vertical rules among rows: cells that line up over at least three rows.
 * Conservative: running text in columns never, two columns only under a clear header.  Marks the
 * rows (table on the first, in_table on all).  Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_table_aligned_find(recto_row *rows, int n,
                                                       const recto_layout *layout,
                                                       const recto_flow_metrics *m,
                                                       recto_join *join, recto_arena *keep,
                                                       recto_arena *tmp, recto_error *err);

/**
 * Does a table at the head of a page go on one at the foot of the page before?  Fills
 * b->table->n_repeat if so.  Between the two stands no running text.
 *
 * a, b  blocks of the pages `before` and `page`, both TABLE, boxes as the pages were read (upright,
 *       straight); the document's own order: page->number == before->number + 1
 */
bool recto_table_continues(const recto_page *before, const recto_block *a, const recto_page *page,
                           recto_block *b);

#endif
