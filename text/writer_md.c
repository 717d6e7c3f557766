/* Markdown: CommonMark with GFM pipe tables; HTML for tables whose cells span.  What the VLM read
 * may also hold emphasis, code and LaTeX: $inline$, or $$ on lines of its own.
 *
 * Page headers and footers are left out.  Pages are separated by comments, which renderers do not
 * show; a comment also says when a page is blank, failed or incomplete, and where a picture stands.
 * Numbers of ordered items are those printed: CommonMark counts on from a list's first number, so a
 * list is cut by an empty comment where the printed numbers jump.  Markers that Markdown has no
 * word for, such as "(a)", stay in front of the item's text. */
#include "text/escape.h"
#include "text/writer_forms.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_OPEN_MAX = 16 };

/* A list item that is still open: what a deeper item is indented under. */
typedef struct open_item {
    int level;
    int content; /* column where its text begins */
    int number;  /* -1 for a bullet */
    char delim;  /* '.' or ')', '-' for a bullet */
} open_item;

typedef struct md {
    bool any;      /* something is written */
    bool any_page; /* a page has begun */
    bool vlm;      /* this page was read by the VLM: LaTeX may stand in it */
    int n_open;
    open_item open[ITEMS_OPEN_MAX];
} md;

static void md_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)info;
    *state = recto_arena_alloc(keep, sizeof(md));
    out->failed = out->failed || *state == NULL;
}

/* An empty line before all but the first block. */
static void gap(recto_buf *out, md *m)
{
    if (m->any)
        recto_buf_char(out, '\n');
    m->any = true;
}

static unsigned math_of(const md *m)
{
    return m->vlm ? RECTO_ESCAPE_MATH : 0;
}

/* --- tables ----------------------------------------------------------------------------------- */

static void delimiter_row(recto_buf *out, const recto_table *t)
{
    bool *numeric = recto_writer_numeric_columns(t);
    out->failed = out->failed || numeric == NULL;
    recto_buf_char(out, '|');
    for (int col = 0; col < t->n_cols; col++)
        recto_buf_text(out, numeric != NULL && numeric[col] ? " ---: |" : " --- |");
    recto_buf_char(out, '\n');
    free(numeric);
}

/* Whether pipes can part the cells: inside LaTeX and code a "|" cannot be escaped for all. */
static bool fits_pipes(const recto_table *t)
{
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        for (int k = 0; k < cell->n_spans; k++) {
            const recto_span *s = &cell->spans[k];
            bool raw = s->kind == RECTO_SPAN_MATH || s->kind == RECTO_SPAN_CODE;
            if (raw && memchr(cell->text + s->start, '|', (size_t)(s->end - s->start)) != NULL)
                return false;
        }
    }
    return recto_writer_table_is_plain(t);
}

/* The first row is the header whether it looked like one or not: pipe tables have no other form. */
static void pipe_table(recto_buf *out, const md *m, const recto_table *t)
{
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        if (cell->col == 0)
            recto_buf_char(out, '|');
        recto_buf_char(out, ' ');
        recto_escape_markdown_spans(out, cell->text, cell->spans, cell->n_spans,
                                    RECTO_ESCAPE_CELL | math_of(m));
        recto_buf_text(out, " |");
        if (cell->col < t->n_cols - 1)
            continue;
        recto_buf_char(out, '\n');
        if (cell->row == 0)
            delimiter_row(out, t);
    }
}

static void html_cell(recto_buf *out, const md *m, const recto_cell *cell)
{
    const char *tag = cell->header ? "th" : "td";
    recto_buf_printf(out, "<%s", tag);
    if (cell->col_span > 1)
        recto_buf_printf(out, " colspan=\"%d\"", cell->col_span);
    if (cell->row_span > 1)
        recto_buf_printf(out, " rowspan=\"%d\"", cell->row_span);
    recto_buf_char(out, '>');
    if (m->vlm || cell->n_spans > 0)
        recto_escape_html_spans(out, cell->text, cell->spans, cell->n_spans);
    else
        recto_escape_html(out, cell->text);
    recto_buf_printf(out, "</%s>", tag);
}

/* One line a row: an empty line would end the HTML block. */
static void html_table(recto_buf *out, const md *m, const recto_table *t)
{
    recto_buf_text(out, "<table>\n");
    int i = 0;
    for (int row = 0; row < t->n_rows; row++) {
        recto_buf_text(out, "<tr>");
        for (; i < t->n_cells && t->cells[i].row == row; i++)
            html_cell(out, m, &t->cells[i]);
        recto_buf_text(out, "</tr>\n");
    }
    recto_buf_text(out, "</table>\n");
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Bullets that Markdown's own stands for.  Boxes and ticks carry meaning and are not among them. */
static bool is_bullet(const char *marker)
{
    static const char *const bullets[] = {"-", "*", "+", "o", "•", "◦", "▪", "▫", "‣", "⁃", "∙",
                                          "·", "●", "○", "■", "►", "▶", "➢", "➤", "–", "—"};
    for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++) {
        if (strcmp(marker, bullets[i]) == 0)
            return true;
    }
    return false;
}

/* The number of a marker that is one in Markdown too ("7." or "7)"), else -1. */
static int native_number(const char *marker)
{
    size_t n = strspn(marker, "0123456789");
    if (n < 1 || n > 9 || (marker[n] != '.' && marker[n] != ')') || marker[n + 1] != '\0')
        return -1;
    return (int)strtol(marker, NULL, 10);
}

static void spaces(recto_buf *out, int n)
{
    for (int i = 0; i < n; i++)
        recto_buf_char(out, ' ');
}

/* Close what the item does not stand in; afterwards the innermost open item is its parent.  A
 * sibling just before it is returned (number -1, delim 0 if there is none). */
static open_item close_items(md *m, int level)
{
    open_item sibling = {.number = -1, .delim = '\0'};
    while (m->n_open > 0 && m->open[m->n_open - 1].level > level)
        m->n_open--;
    if (m->n_open > 0 && m->open[m->n_open - 1].level == level)
        sibling = m->open[--m->n_open];
    if (m->n_open == ITEMS_OPEN_MAX)
        m->n_open--;
    return sibling;
}

static void item_text(recto_buf *out, const md *m, const recto_block *b, bool keep_marker)
{
    unsigned where = RECTO_ESCAPE_BLOCK | math_of(m);
    recto_buf scratch = RECTO_BUF_INIT;
    if (keep_marker && b->n_spans > 0) { /* the text's own beginning is not the line's */
        recto_escape_markdown(out, b->marker, where);
        recto_buf_char(out, ' ');
        where = math_of(m);
    } else if (keep_marker) {
        recto_buf_text(&scratch, b->marker);
        recto_buf_char(&scratch, ' ');
        recto_buf_text(&scratch, b->text);
        recto_escape_markdown(out, recto_buf_cstr(&scratch), where);
    }
    if (!keep_marker || b->n_spans > 0)
        recto_escape_markdown_spans(out, b->text, b->spans, b->n_spans, where);
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

static void list_item(recto_buf *out, md *m, const recto_block *b)
{
    const char *marker = b->marker == NULL ? "-" : b->marker;
    int number = b->ordered ? native_number(marker) : -1;
    char delim = number < 0 ? '-' : marker[strlen(marker) - 1];
    bool first = m->n_open == 0;
    open_item sibling = close_items(m, b->level);
    int column = m->n_open == 0 ? 0 : m->open[m->n_open - 1].content;
    if (first) {
        gap(out, m);
    } else if (number >= 0 && sibling.delim == delim && number != sibling.number + 1) {
        spaces(out, column);
        recto_buf_text(out, "<!-- -->\n");
    } else if (sibling.delim == '\0' && (number > 1 || number == 0 || b->text[0] == '\0')) {
        recto_buf_char(out, '\n'); /* else it would be taken for more of the parent's paragraph */
    }
    spaces(out, column);
    int width = 2;
    if (number < 0) {
        recto_buf_text(out, "- ");
    } else {
        width = (int)strlen(marker) + 1;
        recto_buf_printf(out, "%s ", marker);
    }
    item_text(out, m, b, number < 0 && !is_bullet(marker));
    recto_buf_char(out, '\n');
    m->open[m->n_open++] =
        (open_item){.level = b->level, .content = column + width, .number = number, .delim = delim};
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* Longest run of backticks in the text. */
static int longest_ticks(const char *text)
{
    int most = 0;
    int run = 0;
    for (const char *p = text; *p != '\0'; p++) {
        run = *p == '`' ? run + 1 : 0;
        most = run > most ? run : most;
    }
    return most;
}

static void code(recto_buf *out, const recto_block *b)
{
    int n = longest_ticks(b->text) + 1;
    n = n < 3 ? 3 : n;
    for (int i = 0; i < n; i++)
        recto_buf_char(out, '`');
    recto_buf_char(out, '\n');
    recto_escape_plain(out, b->text, RECTO_ESCAPE_LINES);
    recto_buf_char(out, '\n');
    for (int i = 0; i < n; i++)
        recto_buf_char(out, '`');
    recto_buf_char(out, '\n');
}

static void heading(recto_buf *out, const md *m, const recto_block *b)
{
    int level = b->label == RECTO_LABEL_TITLE ? 1 : b->level;
    level = level < 1 ? 1 : level > 6 ? 6 : level;
    for (int i = 0; i < level; i++)
        recto_buf_char(out, '#');
    recto_buf_char(out, ' ');
    recto_escape_markdown_spans(out, b->text, b->spans, b->n_spans,
                                RECTO_ESCAPE_TITLE | math_of(m));
    recto_buf_char(out, '\n');
}

/* A picture's file beside this one; its name for those who do not see it. */
static void picture(recto_buf *out, const recto_block *b)
{
    if (b->file == NULL) {
        recto_buf_text(out, "<!-- picture -->\n");
        return;
    }
    recto_buf name = RECTO_BUF_INIT;
    recto_buf_text(&name, b->category == NULL || b->category[0] == '\0' ? "picture" : b->category);
    for (size_t i = 0; i < name.len; i++) { /* brackets would have to be balanced */
        if (name.data[i] == '[' || name.data[i] == ']')
            name.data[i] = name.data[i] == '[' ? '(' : ')';
    }
    recto_buf_text(out, "![");
    recto_escape_markdown(out, recto_buf_cstr(&name), RECTO_ESCAPE_MATH);
    recto_buf_text(out, "](");
    recto_escape_url(out, b->file);
    recto_buf_text(out, ")\n");
    out->failed = out->failed || name.failed;
    recto_buf_free(&name);
}

/* A place of a table without anything in it: layouts without text have such. */
static bool is_hollow(const recto_table *t)
{
    return t->n_cells == 1 && t->cells[0].text[0] == '\0';
}

static void block(recto_buf *out, md *m, const recto_block *b)
{
    if (b->label == RECTO_LABEL_PAGE_HEADER || b->label == RECTO_LABEL_PAGE_FOOTER)
        return;
    if (b->label == RECTO_LABEL_LIST_ITEM) {
        list_item(out, m, b);
        return;
    }
    m->n_open = 0;
    if (b->label == RECTO_LABEL_PICTURE) {
        gap(out, m);
        picture(out, b);
    }
    if (b->table != NULL && m->vlm && is_hollow(b->table))
        return;
    if (b->table != NULL) {
        gap(out, m);
        if (fits_pipes(b->table))
            pipe_table(out, m, b->table);
        else
            html_table(out, m, b->table);
        return;
    }
    if (b->text[0] == '\0')
        return;
    gap(out, m);
    if (b->label == RECTO_LABEL_CODE) {
        code(out, b);
    } else if (b->label == RECTO_LABEL_TITLE || b->label == RECTO_LABEL_SECTION_HEADER) {
        heading(out, m, b);
    } else if (b->label == RECTO_LABEL_FORMULA && m->vlm) {
        recto_buf_text(out, "$$\n");
        recto_escape_formula(out, b->text);
        recto_buf_text(out, "\n$$\n");
    } else {
        recto_escape_markdown_spans(out, b->text, b->spans, b->n_spans,
                                    RECTO_ESCAPE_BLOCK | math_of(m));
        recto_buf_char(out, '\n');
    }
}

/* "<!-- page 3 -->", with what went wrong. */
static void page_comment(recto_buf *out, md *m, const recto_page *page)
{
    static const uint32_t told =
        RECTO_FLAG_BLANK_PAGE | RECTO_FLAG_TRUNCATED | RECTO_FLAG_DAMAGED | RECTO_FLAG_LOOP_STOPPED;
    bool plain = page->status == RECTO_OK && (page->flags & told) == 0;
    if (plain && !m->any_page && page->number == 1)
        return;
    gap(out, m);
    recto_buf_printf(out, "<!-- page %d", page->number);
    const char *mark = ": ";
    if (page->status != RECTO_OK) {
        recto_buf_printf(out, "%sfailed (%s)", mark, recto_status_name(page->status));
        mark = ", ";
    }
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        if ((page->flags & told & 1u << bit) == 0)
            continue;
        bool blank = 1u << bit == RECTO_FLAG_BLANK_PAGE;
        recto_buf_printf(out, "%s%s", mark, blank ? "blank" : recto_doc_flag_name(bit));
        mark = ", ";
    }
    recto_buf_text(out, " -->\n");
}

static void md_page(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page)
{
    (void)info;
    md *m = state;
    if (m == NULL)
        return;
    m->n_open = 0;
    m->vlm = page->reader == RECTO_READER_VLM;
    page_comment(out, m, page);
    m->any_page = true;
    for (int i = 0; i < page->n_blocks; i++)
        block(out, m, &page->blocks[i]);
}

static void md_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)out;
    (void)state;
    (void)info;
}

const recto_writer recto_writer_md = {
    .name = "md",
    .suffix = ".md",
    .text = true,
    .begin = md_begin,
    .page = md_page,
    .end = md_end,
};
