/* Plain text: everything that was read, in reading order, page headers and footers too.  One line a
 * paragraph, an empty line between blocks, tables as columns, a form feed between pages (as
 * pdftotext does).  What goes on over a column or page is joined (see writer_hold.h).
 *
 * With --layout pages look as they are printed instead (writer_txt_layout.c). */
#include "text/escape.h"
#include "text/writer_forms.h"
#include "text/writer_hold.h"
#include "text/writer_piece.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Widest a column is padded to: one endless cell must not pad every row to its length. */
enum { PAD_MAX = 60, COLUMN_GAP = 2 };

/* A table of more columns than this is not joined with its rest. */
enum { OPEN_COLS_MAX = 64 };

typedef struct txt {
    bool any_page;
    bool any_block; /* on this page */
    bool in_list;
    recto_writer_hold *hold;
    int open_cols; /* of the table that goes on */
    int open_widths[OPEN_COLS_MAX];
    bool open_right[OPEN_COLS_MAX];
} txt;

static void txt_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)info;
    txt *t = recto_arena_alloc(keep, sizeof *t);
    if (t != NULL)
        t->hold = recto_writer_hold_new(keep);
    *state = t != NULL && t->hold != NULL ? t : NULL;
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

static void put_rows(recto_buf *out, const recto_table *t, int first, const int *widths,
                     const bool *right)
{
    int i = 0;
    while (i < t->n_cells && t->cells[i].row < first)
        i++;
    for (int row = first; row < t->n_rows; row++) {
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

/* An empty line before all but the first block of a page and the items of one list. */
static void gap(recto_buf *out, txt *t, bool item)
{
    if (t->any_block && !(item && t->in_list))
        recto_buf_char(out, '\n');
    t->any_block = true;
    t->in_list = item;
}

static void keep_open(recto_buf *out, txt *t, const recto_block *b, const int *widths,
                      const bool *right)
{
    size_t n = (size_t)b->table->n_cols;
    if (b->goes_on == RECTO_GOES_ON_NOT || n > OPEN_COLS_MAX)
        return;
    t->open_cols = b->table->n_cols;
    memcpy(t->open_widths, widths, n * sizeof *widths);
    memcpy(t->open_right, right, n * sizeof *right);
    recto_writer_hold_open(t->hold, out, b->label, out->len, b->goes_on, "");
}

static void table(recto_buf *out, txt *t, const recto_block *b)
{
    bool joins = b->continues && recto_writer_hold_how(t->hold, out, b->label) != 0;
    size_t from = out->len;
    if (joins && b->table->n_cols == t->open_cols) {
        put_rows(out, b->table, b->table->n_repeat, t->open_widths, t->open_right);
        recto_writer_hold_put(t->hold, out, b->label, from, 0, b->goes_on, "");
        return;
    }
    if (joins)
        recto_writer_hold_close(t->hold, out, b->label);
    int *widths = calloc((size_t)b->table->n_cols, sizeof *widths);
    bool *right = recto_writer_numeric_columns(b->table);
    out->failed = out->failed || widths == NULL || right == NULL;
    if (widths != NULL && right != NULL) {
        gap(out, t, false);
        fit_columns(widths, b->table);
        put_rows(out, b->table, 0, widths, right);
        keep_open(out, t, b, widths, right);
    }
    free(widths);
    free(right);
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* "☒ label", "label: value". */
static void form(recto_buf *out, const recto_block *b)
{
    const recto_field *f = b->field;
    const char *label = b->text[0] != '\0' ? b->text : f->label[0] != '\0' ? f->label : f->name;
    const char *value = f->value;
    if (f->kind == RECTO_FIELD_CHECKBOX || f->kind == RECTO_FIELD_RADIO) {
        recto_buf_text(out, f->checked ? "☒ " : "☐ ");
        recto_escape_plain(out, label, RECTO_ESCAPE_INLINE);
        return;
    }
    recto_escape_plain(out, label, RECTO_ESCAPE_INLINE);
    if (f->kind == RECTO_FIELD_SIGNATURE && value[0] == '\0' && f->checked)
        value = "(signed)";
    if (f->kind == RECTO_FIELD_BUTTON)
        return;
    size_t n = strlen(label);
    recto_buf_text(out, n == 0 ? "" : label[n - 1] == ':' ? " " : ": ");
    recto_escape_plain(out, value[0] == '\0' ? "____" : value, RECTO_ESCAPE_INLINE);
}

/* The rest of a text that goes on, put behind its beginning. */
static void text_rest(recto_buf *out, txt *t, const recto_block *b, recto_goes_on how)
{
    bool code = b->label == RECTO_LABEL_CODE;
    int len = (int)strlen(b->text) - recto_writer_piece_hyphen(b);
    recto_writer_piece piece;
    if (!recto_writer_piece_cut(&piece, b, 0, len))
        out->failed = true;
    size_t from = out->len;
    recto_buf_text(out, code ? "\n" : how == RECTO_GOES_ON_SPACE ? " " : "");
    recto_escape_plain(out, piece.block.text, code ? RECTO_ESCAPE_LINES : 0);
    recto_writer_hold_put(t->hold, out, b->label, from, 0, b->goes_on, b->text + len);
    recto_writer_piece_free(&piece);
}

static void text(recto_buf *out, txt *t, const recto_block *b)
{
    bool item = b->label == RECTO_LABEL_LIST_ITEM;
    int len = (int)strlen(b->text) - recto_writer_piece_hyphen(b);
    recto_writer_piece piece;
    if (!recto_writer_piece_cut(&piece, b, 0, len))
        out->failed = true;
    gap(out, t, item);
    if (item) {
        spaces(out, 2 * (b->level < 0 ? 0 : b->level));
        recto_escape_plain(out, b->marker == NULL ? "-" : b->marker, RECTO_ESCAPE_INLINE);
        recto_buf_char(out, ' ');
    }
    recto_escape_plain(out, piece.block.text,
                       b->label == RECTO_LABEL_CODE ? RECTO_ESCAPE_LINES : 0);
    recto_buf_char(out, '\n');
    if (b->goes_on != RECTO_GOES_ON_NOT)
        recto_writer_hold_open(t->hold, out, b->label, out->len - 1, b->goes_on, b->text + len);
    recto_writer_piece_free(&piece);
}

static void block(recto_buf *out, txt *t, const recto_block *b)
{
    recto_goes_on how = b->continues && b->table == NULL
                            ? recto_writer_hold_how(t->hold, out, b->label)
                            : RECTO_GOES_ON_NOT;
    if (how != RECTO_GOES_ON_NOT) {
        text_rest(out, t, b, how);
        return;
    }
    if (!b->continues)
        recto_writer_hold_follow(t->hold, out, b->label);
    if (b->table != NULL) {
        table(out, t, b);
    } else if (b->field != NULL && b->label == RECTO_LABEL_FORM) {
        gap(out, t, false);
        form(out, b);
        recto_buf_char(out, '\n');
    } else if (b->text[0] != '\0' || b->label == RECTO_LABEL_LIST_ITEM) {
        text(out, t, b);
    }
}

static void txt_page(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page)
{
    txt *t = state;
    if (t == NULL)
        return;
    recto_writer_hold_begin(t->hold, out);
    if (t->any_page)
        recto_buf_char(out, '\f');
    t->any_page = true;
    t->any_block = false;
    t->in_list = false;
    if (page->status != RECTO_OK) {
        recto_writer_hold_close_all(t->hold, out);
        recto_buf_printf(out, "[page %d could not be read: %s]\n", page->number,
                         recto_status_name(page->status));
    }
    if (info->keep_layout && page->reader != RECTO_READER_VLM) /* which tells no places */
        recto_writer_txt_layout_page(out, page);
    for (int i = 0; i < page->n_blocks; i++) {
        if ((!info->keep_layout || page->reader == RECTO_READER_VLM) &&
            !recto_writer_is_shown(page, i))
            block(out, t, &page->blocks[i]);
    }
    recto_writer_hold_end(t->hold, out);
}

static void txt_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)info;
    txt *t = state;
    if (t == NULL)
        return;
    recto_writer_hold_begin(t->hold, out);
    recto_writer_hold_close_all(t->hold, out);
}

const recto_writer recto_writer_txt = {
    .name = "txt",
    .suffix = ".txt",
    .text = true,
    .begin = txt_begin,
    .page = txt_page,
    .end = txt_end,
};
