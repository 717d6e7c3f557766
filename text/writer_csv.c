/* CSV: each table of the document as a file of its own (RFC 4180: commas, quotes doubled, CR LF).
 *
 * A cell that spans stands at its first place, the others are empty.  A table that goes on over a
 * page is one file, without the header that it repeats.  Spreadsheets take a cell that begins with
 * = + - @ for a formula: such text gets an apostrophe in front, which they take for "this is text";
 * signed numbers stay.  A text that begins with apostrophes and then such a character gets one too,
 * so that taking one away again always gives the document's text. */
#include "text/escape.h"
#include "text/writer_forms.h"
#include "text/writer_hold.h"

#include <string.h>

typedef struct csv {
    int n_tables;
    int open_cols; /* of the table that goes on */
    recto_writer_hold *hold;
} csv;

static void csv_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)info;
    csv *c = recto_arena_alloc(keep, sizeof *c);
    if (c != NULL)
        c->hold = recto_writer_hold_new(keep);
    *state = c != NULL && c->hold != NULL ? c : NULL;
    out->failed = out->failed || *state == NULL;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* What begins a formula, also as the full-width forms that some spreadsheets take for the same. */
static bool begins_formula(const char *text)
{
    static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
                                       "\xEF\xBC\xA0"}; /* ＝ ＋ － ＠ */
    if (text[0] == '\0')
        return false;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (strncmp(text, wide[i], 3) == 0)
            return true;
    }
    return strchr("=+-@", text[0]) != NULL;
}

/* Bytes of a currency or per cent sign. */
static size_t unit_at(const char *p)
{
    static const char *const units[] = {"%",   "‰",   "$",   "€",   "£",  "¥",
                                        "USD", "EUR", "CHF", "GBP", "Fr."};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i]);
        if (strncmp(p, units[i], n) == 0)
            return n;
    }
    return 0;
}

/* A sign, then digits with their separators and at most a unit on each side: "-12.5", "+3 %",
 * "- € 1'200.00".  Nothing that could be reckoned with. */
static bool is_signed_number(const char *text)
{
    if (text[0] != '+' && text[0] != '-')
        return false;
    const char *p = text + 1;
    p += strspn(p, " ");
    p += unit_at(p);
    p += strspn(p, " ");
    size_t n = strspn(p, "0123456789.,' ");
    if (strcspn(p, "0123456789") >= n)
        return text[1] == '\0'; /* a dash for nothing */
    p += n;
    p += unit_at(p);
    return *p == '\0';
}

static bool needs_apostrophe(const char *text)
{
    size_t n = strspn(text, "'");
    return begins_formula(text + n) && !(n == 0 && is_signed_number(text));
}

static void put_cell(recto_buf *out, const char *text)
{
    recto_buf scratch = RECTO_BUF_INIT;
    const char *clean = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE);
    bool quoted = strpbrk(clean, ",\"") != NULL;
    recto_buf_text(out, quoted ? "\"" : "");
    recto_buf_text(out, needs_apostrophe(clean) ? "'" : "");
    for (const char *p = clean; *p != '\0'; p++) {
        if (*p == '"')
            recto_buf_char(out, '"');
        recto_buf_char(out, *p);
    }
    recto_buf_text(out, quoted ? "\"" : "");
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void put_rows(recto_buf *out, const recto_table *t, int first)
{
    int i = 0;
    while (i < t->n_cells && t->cells[i].row < first)
        i++;
    for (int row = first; row < t->n_rows; row++) {
        size_t from = out->len;
        for (int col = 0; col < t->n_cols; col++) {
            if (col > 0)
                recto_buf_char(out, ',');
            if (i < t->n_cells && t->cells[i].row == row && t->cells[i].col == col)
                put_cell(out, t->cells[i++].text);
        }
        if (out->len == from) /* a row of one empty cell would be an empty line, which is none */
            recto_buf_text(out, "\"\"");
        recto_buf_text(out, "\r\n");
    }
}

static void table(recto_buf *out, csv *c, const recto_block *b)
{
    const recto_table *t = b->table;
    bool joins = b->continues && recto_writer_hold_how(c->hold, out, b->label) != 0;
    size_t from = out->len;
    if (joins && t->n_cols == c->open_cols) {
        put_rows(out, t, t->n_repeat);
        recto_writer_hold_put(c->hold, out, b->label, from, 0, b->goes_on, "");
        return;
    }
    if (joins)
        recto_writer_hold_close(c->hold, out, b->label);
    recto_buf suffix = RECTO_BUF_INIT;
    recto_buf_printf(&suffix, ".table-%d.csv", ++c->n_tables);
    recto_writer_part(out, recto_buf_cstr(&suffix));
    out->failed = out->failed || suffix.failed;
    recto_buf_free(&suffix);
    put_rows(out, t, 0);
    if (b->goes_on == RECTO_GOES_ON_NOT)
        return;
    c->open_cols = t->n_cols;
    recto_writer_hold_open(c->hold, out, b->label, out->len, b->goes_on, "");
}

static void csv_page(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page)
{
    (void)info;
    csv *c = state;
    if (c == NULL)
        return;
    recto_writer_hold_begin(c->hold, out);
    if (page->status != RECTO_OK)
        recto_writer_hold_close_all(c->hold, out);
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        bool hollow = b->table != NULL && b->table->n_cells == 1 &&
                      b->table->cells[0].text[0] == '\0'; /* layouts without text have such */
        if (b->table != NULL && !hollow)
            table(out, c, b);
    }
    recto_writer_hold_end(c->hold, out);
}

static void csv_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)info;
    csv *c = state;
    if (c == NULL)
        return;
    recto_writer_hold_begin(c->hold, out);
    recto_writer_hold_close_all(c->hold, out);
}

const recto_writer recto_writer_csv = {
    .name = "csv",
    .suffix = ".csv",
    .text = true,
    .parts = true,
    .begin = csv_begin,
    .page = csv_page,
    .end = csv_end,
};
