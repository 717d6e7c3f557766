/* Tables to a grid in which every place is covered exactly once.
 *
 * HTML as browsers repair it: missing closing tags, cells outside of rows, rows of unequal length,
 * spans that overlap or run over an edge.  A table that is not closed ends at an empty line behind
 * which no tag of a table comes any more, so that it does not swallow the rest of the page. */
#include "text/markup_parts.h"

#include <string.h>

/* --- cells ------------------------------------------------------------------------------------ */

bool recto_markup_cell_add(recto_markup *m, recto_markup_cells *cells, recto_markup_cell cell)
{
    if (cells->n >= RECTO_MARKUP_PLACES_MAX) {
        recto_markup_mend(m, RECTO_MARKUP_FIX_TABLE_SIZE);
        return false;
    }
    void *list = cells->list;
    if (!recto_markup_reserve(m, m->tmp, &list, cells->n, &cells->cap, sizeof *cells->list))
        return false;
    cells->list = list;
    cells->list[cells->n++] = cell;
    return true;
}

/* --- pipes ------------------------------------------------------------------------------------ */

int recto_markup_pipe_delimiters(const char *p, const char *end)
{
    int n = 0;
    int pipes = 0;
    if (p < end && *p == '|') {
        p++;
        pipes++;
    }
    while (p < end) {
        while (p < end && *p == ' ')
            p++;
        if (p == end)
            break;
        p += *p == ':';
        const char *dashes = p;
        while (p < end && *p == '-')
            p++;
        if (p == dashes)
            return 0;
        p += p < end && *p == ':';
        while (p < end && *p == ' ')
            p++;
        n++;
        if (p == end)
            break;
        if (*p != '|')
            return 0;
        p++;
        pipes++;
    }
    return pipes > 0 ? n : 0;
}

/* A cell's source with "\|" as "|"; in tmp only if there is one. */
static void unescape_pipes(recto_markup *m, const char **from, const char **end)
{
    bool any = false;
    for (const char *p = *from; p + 1 < *end; p++)
        any = any || (*p == '\\' && p[1] == '|');
    if (!any)
        return;
    char *made = recto_markup_room(m, m->tmp, (size_t)(*end - *from), 1);
    size_t n = 0;
    for (const char *p = *from; made != NULL && p < *end; p++) {
        if (*p == '\\' && p + 1 < *end && p[1] != '|')
            made[n++] = *p++;
        else if (*p == '\\' && p + 1 < *end)
            p++;
        made[n++] = *p;
    }
    *from = made == NULL ? *from : made;
    *end = *from + n;
}

void recto_markup_pipe_row(recto_markup *m, recto_markup_cells *cells, const char *p,
                           const char *end)
{
    recto_markup_math_memo memo = {0};
    int row = cells->n_rows++;
    p += p < end && *p == '|';
    while (p < end) {
        const char *stop = p;
        while (stop < end && *stop != '|') {
            recto_markup_formula f = {.kind = RECTO_MARKUP_MATH_NONE};
            if (*stop == '$') /* "$|x|$" */
                f = recto_markup_math_at(stop, end, false, &memo);
            if (f.kind != RECTO_MARKUP_MATH_NONE)
                stop = f.behind;
            else
                stop += *stop == '\\' && stop + 1 < end ? 2 : 1;
        }
        recto_markup_cell cell = {
            .from = p, .end = stop, .row = row, .row_span = 1, .col_span = 1, .header = row == 0};
        unescape_pipes(m, &cell.from, &cell.end);
        if (!recto_markup_cell_add(m, cells, cell))
            return;
        p = stop + 1;
    }
}

/* --- HTML ------------------------------------------------------------------------------------- */

static const char *const table_tags[] = {"table", "tr",    "td",      "th",  "thead",
                                         "tbody", "tfoot", "caption", "col", "colgroup"};

static bool is_table_tag(const recto_markup_tag *tag)
{
    for (size_t i = 0; i < sizeof table_tags / sizeof *table_tags; i++) {
        if (recto_markup_tag_is(tag, table_tags[i]))
            return true;
    }
    return false;
}

bool recto_markup_table_at(const char *p, const char *end)
{
    recto_markup_tag tag;
    return recto_markup_tag_at(&tag, p, end) && !tag.closing && is_table_tag(&tag);
}

const char *recto_markup_table_last(const char *p, const char *end)
{
    for (const char *q = end; q > p; q--) {
        recto_markup_tag tag;
        if (q[-1] == '<' && recto_markup_tag_at(&tag, q - 1, end) && is_table_tag(&tag))
            return q - 1;
    }
    return p;
}

/* A table being read. */
typedef struct reading {
    recto_markup *m;
    const char *p, *end;
    const char *last_tag; /* of any table */
    recto_markup_cells cells;
    recto_markup_cell cell; /* that is open */
    bool in_cell, in_row, in_head, in_caption;
    int depth;           /* of tables: 1 is this one */
    const char *caption; /* where an open caption began */
    bool done;
    unsigned missing; /* RECTO_MARKUP_NO_* */
} reading;

static void close_cell(reading *r, const char *at)
{
    if (!r->in_cell)
        return;
    r->cell.end = at;
    r->in_cell = false;
    if (!recto_markup_cell_add(r->m, &r->cells, r->cell))
        r->done = true;
}

static void close_row(reading *r, const char *at)
{
    close_cell(r, at);
    r->in_row = false;
}

static void open_row(reading *r)
{
    r->in_row = true;
    r->cells.n_rows++;
}

static int span_of(reading *r, const recto_markup_tag *tag, const char *name)
{
    int v = recto_markup_tag_number(tag, name, 1);
    if (v >= 1 && v <= RECTO_MARKUP_PLACES_MAX)
        return v;
    recto_markup_mend(r->m, RECTO_MARKUP_FIX_CELL_SPAN);
    return v < 1 ? 1 : RECTO_MARKUP_PLACES_MAX;
}

static void open_cell(reading *r, const char *from, int row_span, int col_span, bool header)
{
    if (!r->in_row)
        open_row(r);
    r->in_cell = true;
    r->cell = (recto_markup_cell){.from = from,
                                  .row = r->cells.n_rows - 1,
                                  .row_span = row_span,
                                  .col_span = col_span,
                                  .header = header};
}

static void add_caption(reading *r, const char *end)
{
    int n = 0;
    recto_markup_piece *pieces =
        recto_markup_inline(r->m, r->caption, end, RECTO_MARKUP_HTML | RECTO_MARKUP_CELL, &n);
    r->in_caption = false;
    recto_block *b =
        n == 0 || pieces[0].text[0] == '\0' ? NULL : recto_markup_add(r->m, RECTO_LABEL_CAPTION);
    if (b == NULL)
        return;
    b->text = pieces[0].text;
    b->spans = pieces[0].n_spans > 0 ? pieces[0].spans : NULL;
    b->n_spans = pieces[0].n_spans;
}

/* A tag inside this table, not inside a table in it. */
static void own_tag(reading *r, const recto_markup_tag *tag)
{
    const char *at = r->p;
    bool th = recto_markup_tag_is(tag, "th");
    if (r->in_caption)
        add_caption(r, at);
    if (th || recto_markup_tag_is(tag, "td")) {
        close_cell(r, at);
        if (!tag->closing)
            open_cell(r, tag->end, span_of(r, tag, "rowspan"), span_of(r, tag, "colspan"),
                      th || r->in_head);
    } else if (recto_markup_tag_is(tag, "tr")) {
        close_row(r, at);
        if (!tag->closing)
            open_row(r);
    } else if (recto_markup_tag_is(tag, "caption")) {
        close_row(r, at);
        r->in_caption = !tag->closing;
        r->caption = tag->end;
    } else if (recto_markup_tag_is(tag, "table")) {
        if (tag->closing) {
            close_row(r, at);
            r->done = true;
        }
    } else if (!recto_markup_tag_is(tag, "col") && !recto_markup_tag_is(tag, "colgroup")) {
        close_row(r, at);
        r->in_head = recto_markup_tag_is(tag, "thead") && !tag->closing;
    }
}

/* A table's tag at r->p. */
static void table_tag(reading *r, const recto_markup_tag *tag)
{
    bool table = recto_markup_tag_is(tag, "table");
    if (table && !tag->closing && r->depth == 1 && !r->in_cell && r->cells.n > 0) {
        r->done = true; /* another one begins though this one was not closed */
        recto_markup_mend(r->m, RECTO_MARKUP_FIX_TABLE_OPEN);
        return;
    }
    if (table && !tag->closing) {
        recto_markup_mend(r->m, RECTO_MARKUP_FIX_TABLE_NESTED);
        r->depth += r->in_cell; /* outside of a cell it is but a second tag of this one */
        r->p = tag->end;
        return;
    }
    if (r->depth <= 1)
        own_tag(r, tag);
    if (table && tag->closing)
        r->depth--;
    r->p = tag->end;
}

static bool table_goes_on(const char *p, const char *end)
{
    recto_markup_tag tag;
    return recto_markup_starts(p, end, "<!--") ||
           (recto_markup_tag_at(&tag, p, end) && is_table_tag(&tag));
}

/* A line feed; an empty line ends a table of which nothing comes any more. */
static void line_feed(reading *r)
{
    bool empty = false;
    const char *p = r->p + 1;
    for (; p < r->end && (*p == ' ' || *p == '\n'); p++)
        empty = empty || *p == '\n';
    bool over = r->p > r->last_tag || (!r->in_cell && !table_goes_on(p, r->end));
    if (!empty || !over) {
        r->p = p;
        return;
    }
    close_row(r, r->p);
    r->done = true;
    if (!r->m->opt->cut_off)
        recto_markup_mend(r->m, RECTO_MARKUP_FIX_TABLE_OPEN);
}

/* Text where no cell is open: a cell whose tag is missing. */
static void bare_text(reading *r)
{
    recto_markup_mend(r->m, RECTO_MARKUP_FIX_CELL_BARE);
    open_cell(r, r->p, 1, 1, r->in_head);
    r->p++;
}

static void step(reading *r)
{
    recto_markup_tag tag;
    bool picture;
    const char *behind;
    char c = *r->p;
    if (c == '\n') {
        line_feed(r);
    } else if (c == ' ') {
        r->p++;
    } else if (c == '<' && recto_markup_starts(r->p, r->end, "<!--") &&
               (behind = recto_markup_comment(r->p, r->end, &r->missing, &picture)) != NULL) {
        r->p = behind;
    } else if (c == '<' && recto_markup_tag_at(&tag, r->p, r->end) && is_table_tag(&tag)) {
        table_tag(r, &tag);
    } else if (!r->in_cell && !r->in_caption && r->depth <= 1) {
        bare_text(r);
    } else {
        r->p++;
    }
}

const char *recto_markup_table_html(recto_markup *m, const char *p, const char *end,
                                    const char *body)
{
    recto_markup_tag tag;
    reading r = {.m = m, .p = p, .end = end, .depth = 1};
    r.last_tag = body == NULL ? recto_markup_table_last(p, end) : body + m->last_table_tag;
    bool whole = recto_markup_tag_at(&tag, p, end) && recto_markup_tag_is(&tag, "table");
    if (whole)
        r.p = tag.end;
    else
        recto_markup_mend(m, RECTO_MARKUP_FIX_TABLE_TAG);
    while (r.p < end && !r.done && !m->nomem)
        step(&r);
    if (r.in_caption)
        add_caption(&r, r.p);
    if (!r.done) {
        close_row(&r, r.p);
        if (whole && !m->opt->cut_off)
            recto_markup_mend(m, RECTO_MARKUP_FIX_TABLE_OPEN);
    }
    recto_markup_table_add(m, &r.cells, RECTO_MARKUP_HTML);
    return r.p;
}
