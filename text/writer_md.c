/* Markdown: CommonMark with GFM pipe tables and task lists; HTML for tables whose cells span.  What
 * the VLM read may also hold LaTeX: $inline$, or $$ on lines of its own.
 *
 * Page headers and footers are left out.  Pages are separated by comments, which renderers do not
 * show; a comment also says when a page is blank, failed or incomplete, and where a picture stands.
 * What goes on over a column or page is joined (see writer_hold.h); the page's comment then stands
 * inside the text, behind a word that the page's end broke.  Captions stand beside what they
 * describe.
 *
 * Numbers of ordered items are those printed: CommonMark counts on from a list's first number, so a
 * list is cut by an empty comment where the printed numbers jump.  Markers that Markdown has no
 * word for, such as "(a)", stay in front of the item's text. */
#include "text/escape.h"
#include "text/writer_forms.h"
#include "text/writer_hold.h"
#include "text/writer_piece.h"
#include "text/xml.h"

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
    recto_writer_hold *hold;
    bool open_pipes; /* form and columns of the table that goes on */
    int open_cols;
    int open_fence; /* backticks around the code that goes on */
    int n_held;     /* items that were open with the item that goes on */
    open_item held[ITEMS_OPEN_MAX];
} md;

static void md_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)info;
    md *m = recto_arena_alloc(keep, sizeof *m);
    if (m != NULL)
        m->hold = recto_writer_hold_new(keep);
    *state = m != NULL && m->hold != NULL ? m : NULL;
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

static bool is_glued(recto_goes_on how)
{
    return how == RECTO_GOES_ON_HYPHEN || how == RECTO_GOES_ON_GLUE;
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

/* Rows from `first` on.  The first row is the header whether it looked like one or not: pipe tables
 * have no other form. */
static void pipe_rows(recto_buf *out, const md *m, const recto_table *t, int first)
{
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        if (cell->row < first)
            continue;
        if (cell->col == 0)
            recto_buf_char(out, '|');
        recto_buf_char(out, ' ');
        recto_escape_markdown_spans(out, cell->text, cell->spans, cell->n_spans,
                                    RECTO_ESCAPE_CELL | math_of(m));
        recto_buf_text(out, " |");
        if (cell->col < t->n_cols - 1)
            continue;
        recto_buf_char(out, '\n');
        if (cell->row == 0 && first == 0)
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
static void html_rows(recto_buf *out, const md *m, const recto_table *t, int first)
{
    int i = 0;
    while (i < t->n_cells && t->cells[i].row < first)
        i++;
    for (int row = first; row < t->n_rows; row++) {
        recto_buf_text(out, "<tr>");
        for (; i < t->n_cells && t->cells[i].row == row; i++)
            html_cell(out, m, &t->cells[i]);
        recto_buf_text(out, "</tr>\n");
    }
}

/* A place of a table without anything in it: layouts without text have such. */
static bool is_hollow(const recto_table *t)
{
    return t->n_cells == 1 && t->cells[0].text[0] == '\0';
}

static const char table_end[] = "</table>\n";

/* Whether the rows behind the repeated header can stand below those of the table that goes on. */
static bool fits_open(const md *m, const recto_table *t)
{
    if (t->n_cols != m->open_cols || (m->open_pipes && !fits_pipes(t)))
        return false;
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        if (cell->row < t->n_repeat && cell->row + cell->row_span > t->n_repeat)
            return false;
    }
    return true;
}

static void table(recto_buf *out, md *m, const recto_block *b)
{
    const recto_table *t = b->table;
    bool joins = b->continues && recto_writer_hold_how(m->hold, out, b->label) != 0;
    size_t from = out->len;
    if (m->vlm && is_hollow(t))
        return;
    if (joins && fits_open(m, t)) {
        (m->open_pipes ? pipe_rows : html_rows)(out, m, t, t->n_repeat);
        recto_writer_hold_put(m->hold, out, b->label, from, 0, b->goes_on, "");
        return;
    }
    if (joins)
        recto_writer_hold_close(m->hold, out, b->label);
    bool pipes = fits_pipes(t);
    gap(out, m);
    if (pipes) {
        pipe_rows(out, m, t, 0);
    } else {
        recto_buf_text(out, "<table>\n");
        html_rows(out, m, t, 0);
        recto_buf_text(out, table_end);
    }
    if (b->goes_on == RECTO_GOES_ON_NOT)
        return;
    m->open_pipes = pipes;
    m->open_cols = t->n_cols;
    recto_writer_hold_open(m->hold, out, b->label, out->len - (pipes ? 0 : sizeof table_end - 1),
                           b->goes_on, "");
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
    where |= is_glued(b->goes_on) ? RECTO_ESCAPE_GLUED : 0;
    recto_buf scratch = RECTO_BUF_INIT;
    if (keep_marker && b->n_spans > 0) { /* the text's own beginning is not the line's */
        recto_escape_markdown(out, b->marker, where);
        recto_buf_char(out, ' ');
        where &= ~(unsigned)RECTO_ESCAPE_BLOCK;
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

static void fence(recto_buf *out, int n)
{
    for (int i = 0; i < n; i++)
        recto_buf_char(out, '`');
    recto_buf_char(out, '\n');
}

static void code(recto_buf *out, md *m, const recto_block *b)
{
    int n = longest_ticks(b->text) + 1;
    n = n < 3 ? 3 : n;
    bool joins = b->continues && recto_writer_hold_how(m->hold, out, b->label) != 0;
    size_t from = out->len;
    if (joins && n <= m->open_fence) {
        recto_escape_plain(out, b->text, RECTO_ESCAPE_LINES);
        recto_buf_char(out, '\n');
        recto_writer_hold_put(m->hold, out, b->label, from, 0, b->goes_on, "");
        return;
    }
    if (joins)
        recto_writer_hold_close(m->hold, out, b->label);
    gap(out, m);
    fence(out, n);
    recto_escape_plain(out, b->text, RECTO_ESCAPE_LINES);
    recto_buf_char(out, '\n');
    size_t at = out->len;
    fence(out, n);
    if (b->goes_on == RECTO_GOES_ON_NOT)
        return;
    m->open_fence = n;
    recto_writer_hold_open(m->hold, out, b->label, at, b->goes_on, "");
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

/* A picture's file beside this one, or the picture itself; its name for those who do not see it. */
static void picture(recto_buf *out, const recto_block *b)
{
    bool embed = recto_xml_is_picture(&b->image);
    if (b->file == NULL && !embed) {
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
    if (embed)
        recto_xml_data_uri(out, &b->image);
    else
        recto_escape_url(out, b->file);
    recto_buf_text(out, ")\n");
    out->failed = out->failed || name.failed;
    recto_buf_free(&name);
}

/* --- forms ------------------------------------------------------------------------------------ */

/* What a field is called: as on the page, else as in the form. */
static const char *field_label(const recto_block *b)
{
    const char *const names[] = {b->text, b->field->label, b->field->name};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i][0] != '\0')
            return names[i];
    }
    return "";
}

/* "- [x] label"; without a label the box itself, since a task needs a text. */
static void form_box(recto_buf *out, md *m, const recto_block *b)
{
    const char *label = field_label(b);
    if (m->n_open == 0)
        gap(out, m);
    close_items(m, 0);
    if (label[0] == '\0') {
        recto_buf_text(out, b->field->checked ? "- ☒\n" : "- ☐\n");
    } else {
        recto_buf_text(out, b->field->checked ? "- [x] " : "- [ ] ");
        recto_escape_markdown_spans(out, label, b->spans, label == b->text ? b->n_spans : 0,
                                    math_of(m));
        recto_buf_char(out, '\n');
    }
    m->open[m->n_open++] = (open_item){.level = 0, .content = 2, .number = -1, .delim = '-'};
}

/* "**label**: value"; a line to write on where there is none. */
static void form_line(recto_buf *out, md *m, const recto_block *b)
{
    const recto_field *f = b->field;
    const char *value = f->value;
    recto_buf line = RECTO_BUF_INIT;
    if (f->kind == RECTO_FIELD_SIGNATURE && value[0] == '\0' && f->checked)
        value = "(signed)";
    recto_buf_text(&line, field_label(b));
    while (line.len > 0 && (line.data[line.len - 1] == ':' || line.data[line.len - 1] == ' '))
        line.data[--line.len] = '\0';
    const recto_span bold[] = {{0, (int)line.len, RECTO_SPAN_BOLD, NULL}};
    int n_bold = line.len > 0;
    recto_buf_text(&line, n_bold ? ": " : "");
    recto_buf_text(&line, value[0] == '\0' ? "____" : value);
    gap(out, m);
    recto_escape_markdown_spans(out, recto_buf_cstr(&line), bold, n_bold,
                                RECTO_ESCAPE_BLOCK | math_of(m));
    recto_buf_char(out, '\n');
    out->failed = out->failed || line.failed;
    recto_buf_free(&line);
}

static void form(recto_buf *out, md *m, const recto_block *b)
{
    recto_field_kind kind = b->field->kind;
    if (kind == RECTO_FIELD_CHECKBOX || kind == RECTO_FIELD_RADIO) {
        form_box(out, m, b);
        return;
    }
    m->n_open = 0;
    if (kind != RECTO_FIELD_BUTTON) /* which holds nothing that was filled in */
        form_line(out, m, b);
}

/* --- text ------------------------------------------------------------------------------------- */

static void plain(recto_buf *out, const md *m, const recto_block *b, unsigned where)
{
    where |= is_glued(b->goes_on) ? RECTO_ESCAPE_GLUED : 0;
    recto_escape_markdown_spans(out, b->text, b->spans, b->n_spans, where | math_of(m));
}

/* The comments of pages that begin inside a text, as they stand in a line. */
static void put_marks(recto_buf *out, const recto_buf *marks)
{
    for (const char *p = recto_buf_cstr(marks); *p != '\0';) {
        size_t n = strcspn(p, "\n");
        if (n > 0) {
            recto_buf_char(out, ' ');
            recto_buf_add(out, p, n);
        }
        p += n + (p[n] != '\0');
    }
}

/* A block without the hyphen that goes as its rest comes; *tail is that. */
static void without_hyphen(recto_writer_piece *out, recto_buf *failing, const recto_block *b,
                           const char **tail)
{
    int len = (int)strlen(b->text);
    int n = recto_writer_piece_hyphen(b);
    *tail = b->text + len - n;
    if (!recto_writer_piece_cut(out, b, 0, len - n))
        failing->failed = true;
}

/* The rest of a text that goes on.  A page's comment stands behind the word that the page's end
 * broke. */
static void text_rest(recto_buf *out, md *m, const recto_block *b, recto_goes_on how)
{
    recto_buf marks = RECTO_BUF_INIT;
    recto_writer_piece piece;
    const char *tail;
    recto_writer_hold_take_marks(m->hold, out, b->label, &marks);
    without_hyphen(&piece, out, b, &tail);
    size_t from = out->len;
    unsigned glued = is_glued(how) ? RECTO_ESCAPE_GLUED : 0;
    int word =
        how == RECTO_GOES_ON_SPACE || marks.len == 0 ? 0 : recto_writer_piece_word(&piece.block);
    if (word > 0) {
        recto_writer_piece head;
        recto_writer_piece rest;
        out->failed = !recto_writer_piece_cut(&head, &piece.block, 0, word) || out->failed;
        out->failed = !recto_writer_piece_cut(&rest, &piece.block, word + 1, -1) || out->failed;
        plain(out, m, &head.block, glued);
        put_marks(out, &marks);
        recto_buf_char(out, ' ');
        plain(out, m, &rest.block, 0);
        recto_writer_piece_free(&head);
        recto_writer_piece_free(&rest);
    } else {
        if (word == 0)
            put_marks(out, &marks);
        recto_buf_text(out, how == RECTO_GOES_ON_SPACE ? " " : "");
        plain(out, m, &piece.block, glued);
        if (word < 0)
            put_marks(out, &marks);
    }
    size_t behind = recto_writer_hold_put(m->hold, out, b->label, from, 0, b->goes_on, tail);
    if (b->label == RECTO_LABEL_LIST_ITEM &&
        behind == 1) { /* its line feed: the list is not over */
        m->n_open = m->n_held;
        memcpy(m->open, m->held, sizeof m->open);
    }
    out->failed = out->failed || marks.failed;
    recto_writer_piece_free(&piece);
    recto_buf_free(&marks);
}

static void text(recto_buf *out, md *m, const recto_block *b)
{
    recto_writer_piece piece;
    const char *tail;
    without_hyphen(&piece, out, b, &tail);
    if (b->label == RECTO_LABEL_LIST_ITEM) {
        list_item(out, m, &piece.block);
    } else {
        gap(out, m);
        plain(out, m, &piece.block, RECTO_ESCAPE_BLOCK);
        recto_buf_char(out, '\n');
    }
    recto_writer_piece_free(&piece);
    if (b->goes_on == RECTO_GOES_ON_NOT || out->failed)
        return;
    recto_writer_hold_open(m->hold, out, b->label, out->len - 1, b->goes_on, tail);
    if (b->label == RECTO_LABEL_LIST_ITEM) {
        m->n_held = m->n_open;
        memcpy(m->held, m->open, sizeof m->held);
    }
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* A block that is not more of a text, item or footnote. */
static void whole_block(recto_buf *out, md *m, const recto_block *b)
{
    switch (b->label) {
    case RECTO_LABEL_PICTURE:
        gap(out, m);
        picture(out, b);
        break;
    case RECTO_LABEL_TABLE:
        table(out, m, b);
        break;
    case RECTO_LABEL_CODE:
        code(out, m, b);
        break;
    case RECTO_LABEL_TITLE:
    case RECTO_LABEL_SECTION_HEADER:
        gap(out, m);
        heading(out, m, b);
        break;
    case RECTO_LABEL_FORMULA:
        gap(out, m);
        recto_buf_text(out, "$$\n");
        recto_escape_formula(out, b->text);
        recto_buf_text(out, "\n$$\n");
        break;
    default:
        text(out, m, b);
        break;
    }
}

static void block(recto_buf *out, md *m, const recto_block *b)
{
    if (b->label == RECTO_LABEL_PAGE_HEADER || b->label == RECTO_LABEL_PAGE_FOOTER)
        return;
    bool empty = b->text[0] == '\0' && b->table == NULL;
    bool rest = b->continues && b->table == NULL && b->label != RECTO_LABEL_CODE;
    recto_goes_on how = rest ? recto_writer_hold_how(m->hold, out, b->label) : RECTO_GOES_ON_NOT;
    if (how != RECTO_GOES_ON_NOT) {
        m->n_open = 0;
        text_rest(out, m, b, how);
        return;
    }
    if (!b->continues)
        recto_writer_hold_follow(m->hold, out, b->label);
    if (b->label == RECTO_LABEL_FORM && b->field != NULL) {
        form(out, m, b);
        return;
    }
    if (b->label != RECTO_LABEL_LIST_ITEM)
        m->n_open = 0;
    if (empty && b->label != RECTO_LABEL_LIST_ITEM && b->label != RECTO_LABEL_PICTURE)
        return;
    if (b->label == RECTO_LABEL_FORMULA && !m->vlm)
        text(out, m, b);
    else
        whole_block(out, m, b);
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

/* A caption stands before or after what it is tied to, whatever lies between them on the page. */
static void blocks(recto_buf *out, md *m, const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        int tied = b->tied >= 1 && b->tied <= page->n_blocks ? b->tied - 1 : -1;
        if ((tied >= 0 && b->label == RECTO_LABEL_CAPTION) || recto_writer_is_shown(page, i))
            continue;
        if (tied >= 0 && tied < i)
            block(out, m, &page->blocks[tied]);
        block(out, m, b);
        if (tied > i)
            block(out, m, &page->blocks[tied]);
    }
}

static void md_page(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page)
{
    (void)info;
    md *m = state;
    if (m == NULL)
        return;
    recto_writer_hold_begin(m->hold, out);
    if (page->status != RECTO_OK)
        recto_writer_hold_close_all(m->hold, out);
    m->n_open = 0;
    m->vlm = page->reader == RECTO_READER_VLM;
    size_t from = out->len;
    page_comment(out, m, page);
    recto_writer_hold_mark(m->hold, out, from);
    m->any_page = true;
    blocks(out, m, page);
    recto_writer_hold_end(m->hold, out);
}

static void md_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)info;
    md *m = state;
    if (m == NULL)
        return;
    recto_writer_hold_begin(m->hold, out);
    recto_writer_hold_close_all(m->hold, out);
}

const recto_writer recto_writer_md = {
    .name = "md",
    .suffix = ".md",
    .text = true,
    .begin = md_begin,
    .page = md_page,
    .end = md_end,
};
