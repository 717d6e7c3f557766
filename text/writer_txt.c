/* Plain text: everything that was read, in reading order, page headers and footers too.  One line a
 * paragraph, an empty line between blocks, tables as columns, a form feed between pages (as
 * pdftotext does). */
#include "text/escape.h"
#include "text/writer_forms.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Widest a column is padded to: one endless cell must not pad every row to its length. */
enum { PAD_MAX = 60, COLUMN_GAP = 2 };

typedef struct txt {
    bool any_page;
    bool any_block; /* on this page */
    bool in_list;
} txt;

static void txt_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)info;
    *state = recto_arena_alloc(keep, sizeof(txt));
    out->failed = out->failed || *state == NULL;
}

static void spaces(recto_buf *out, int n)
{
    for (int i = 0; i < n; i++)
        recto_buf_char(out, ' ');
}

/* --- tables ----------------------------------------------------------------------------------- */

static int text_width(const char *text)
{
    size_t n = recto_utf8_count(text, strlen(text));
    return n > PAD_MAX ? PAD_MAX : (int)n;
}

/* Width of columns col..col+span-1 with the gaps between them. */
static int span_width(const int *widths, int col, int span)
{
    int sum = (span - 1) * COLUMN_GAP;
    for (int k = 0; k < span; k++)
        sum += widths[col + k];
    return sum;
}

/* Columns as wide as their cells; a spanning cell widens its last column if need be. */
static void fit_columns(int *widths, const recto_table *t)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < t->n_cells; i++) {
            const recto_cell *cell = &t->cells[i];
            if ((cell->col_span > 1) != (pass == 1))
                continue;
            int lack = text_width(cell->text) - span_width(widths, cell->col, cell->col_span);
            if (lack > 0)
                widths[cell->col + cell->col_span - 1] += lack;
        }
    }
}

/* One cell; *due: spaces owed before the next text, so that lines have none at their end. */
static void put_cell(recto_buf *out, int *due, const recto_cell *cell, int width, bool right)
{
    int pad = width - text_width(cell->text);
    if (cell->text[0] != '\0') {
        spaces(out, *due + (right ? pad : 0));
        recto_escape_plain(out, cell->text, RECTO_ESCAPE_INLINE);
        *due = right ? 0 : pad;
    } else {
        *due += width;
    }
    *due += COLUMN_GAP;
}

static void put_rows(recto_buf *out, const recto_table *t, const int *widths, const bool *right)
{
    int i = 0;
    for (int row = 0; row < t->n_rows; row++) {
        int due = 0;
        int col = 0; /* next column of this row: cells that span from above leave holes */
        for (; i < t->n_cells && t->cells[i].row == row; i++) {
            const recto_cell *cell = &t->cells[i];
            for (; col < cell->col; col++)
                due += widths[col] + COLUMN_GAP;
            put_cell(out, &due, cell, span_width(widths, cell->col, cell->col_span),
                     cell->col_span == 1 && right[cell->col]);
            col = cell->col + cell->col_span;
        }
        recto_buf_char(out, '\n');
    }
}

static void table(recto_buf *out, const recto_table *t)
{
    int *widths = calloc((size_t)t->n_cols, sizeof *widths);
    bool *right = recto_writer_numeric_columns(t);
    out->failed = out->failed || widths == NULL || right == NULL;
    if (widths != NULL && right != NULL) {
        fit_columns(widths, t);
        put_rows(out, t, widths, right);
    }
    free(widths);
    free(right);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void block(recto_buf *out, txt *t, const recto_block *b)
{
    bool item = b->label == RECTO_LABEL_LIST_ITEM;
    if (b->table == NULL && b->text[0] == '\0' && !item)
        return;
    if (t->any_block && !(item && t->in_list))
        recto_buf_char(out, '\n');
    t->any_block = true;
    t->in_list = item;
    if (b->table != NULL) {
        table(out, b->table);
        return;
    }
    if (item) {
        spaces(out, 2 * (b->level < 0 ? 0 : b->level));
        recto_escape_plain(out, b->marker == NULL ? "-" : b->marker, RECTO_ESCAPE_INLINE);
        recto_buf_char(out, ' ');
    }
    recto_escape_plain(out, b->text, b->label == RECTO_LABEL_CODE ? RECTO_ESCAPE_LINES : 0);
    recto_buf_char(out, '\n');
}

static void txt_page(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page)
{
    (void)info;
    txt *t = state;
    if (t == NULL)
        return;
    if (t->any_page)
        recto_buf_char(out, '\f');
    *t = (txt){.any_page = true};
    if (page->status != RECTO_OK)
        recto_buf_printf(out, "[page %d could not be read: %s]\n", page->number,
                         recto_status_name(page->status));
    for (int i = 0; i < page->n_blocks; i++)
        block(out, t, &page->blocks[i]);
}

static void txt_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)out;
    (void)state;
    (void)info;
}

const recto_writer recto_writer_txt = {
    .name = "txt",
    .suffix = ".txt",
    .text = true,
    .begin = txt_begin,
    .page = txt_page,
    .end = txt_end,
};
