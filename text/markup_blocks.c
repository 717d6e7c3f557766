/* Lines to blocks: Markdown's block structure, flattened as the document model is.
 *
 * Block quotes leave only what is in them.  A list's items keep their depth; a further paragraph of
 * an item is a block of its own, and items after it count their depth anew, which is what the
 * Markdown writer makes of the model, so that reading its output gives the same blocks again.
 * Indentation is forgiving: two spaces are enough to be inside an item. */
#include "text/markup_parts.h"

#include <string.h>

enum {
    FENCE_MAX_INDENT = 3,
    CODE_INDENT = 4,
    NEST_INDENT = 2,
    NUMBER_MAX_DIGITS = 9,
    HEADING_MAX = 6,
    EQUATION_NUMBER_MAX = 16, /* bytes behind a formula that are its number */
    MARKERS_MAX = 16,         /* list markers on one line */
    TICKS_MAX = 64,           /* longest run of backticks that opens code */
};

typedef struct blocks {
    recto_markup *m;
    const char *from, *end;
    const char *p;            /* the next line, or the rest of one */
    const char *line;         /* where the line under way began */
    const char *stop, *trim;  /* its end, with and without spaces there */
    const char *paragraph;    /* end of the paragraph looked at last */
    const char *inline_until; /* formulas that begin before here are not on lines of their own */
    int n_markers;            /* list markers taken from this line */
    bool behind_marker;
    unsigned missing;            /* RECTO_MARKUP_NO_* of the body */
    recto_markup_math_memo math; /* of the paragraph looked at last */
    recto_buf text;              /* the paragraph under way */
    int n_lines;                 /* of it */
    bool in_item;                /* it is an item's */
    const char *mark;            /* the item's marker */
    bool ordered;
    int level;
    int quote; /* depth of quotes */
    bool blank_before;
    recto_markup_lists lists;
} blocks;

/* A line without its line feed. */
typedef struct line {
    const char *p, *end;
    int indent; /* spaces before p */
} line;

/* The paragraph under way, or the item's text, as blocks. */
static void flush(blocks *b)
{
    if (b->n_lines == 0 && !b->in_item)
        return;
    recto_arena_mark mark = recto_arena_here(b->m->tmp);
    const char *text = recto_buf_cstr(&b->text);
    int n = 0;
    recto_markup_piece *pieces = recto_markup_inline(b->m, text, text + b->text.len, 0, &n);
    int i = 0;
    if (b->in_item && !b->m->nomem) {
        recto_markup_piece none = {.label = RECTO_LABEL_TEXT, .text = ""};
        bool has_text = n > 0 && pieces[0].label == RECTO_LABEL_TEXT;
        recto_markup_put_item(b->m, &b->lists, has_text ? &pieces[0] : &none, b->mark, b->ordered);
        i = has_text;
    }
    for (; i < n; i++)
        recto_markup_put(b->m, &b->lists, &pieces[i]);
    recto_arena_reset(b->m->tmp, mark);
    b->m->nomem = b->m->nomem || b->text.failed;
    recto_buf_clear(&b->text);
    b->n_lines = 0;
    b->in_item = false;
}

static void flush_heading(blocks *b, int level, const char *p, const char *end)
{
    recto_arena_mark mark = recto_arena_here(b->m->tmp);
    int n = 0;
    recto_markup_piece *pieces = recto_markup_inline(b->m, p, end, 0, &n);
    for (int i = 0; i < n; i++) {
        if (i == 0 && pieces[i].label == RECTO_LABEL_TEXT)
            recto_markup_put_heading(b->m, &b->lists, level, &pieces[i]);
        else
            recto_markup_put(b->m, &b->lists, &pieces[i]);
    }
    recto_arena_reset(b->m->tmp, mark);
}

static void add_picture(blocks *b)
{
    recto_markup_add(b->m, RECTO_LABEL_PICTURE);
    recto_markup_lists_close(&b->lists);
}

/* --- lines ------------------------------------------------------------------------------------ */

static const char *line_end(const char *p, const char *end)
{
    const char *q = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    return q == NULL ? end : q;
}

/* Steps over up to max quote marks; the number found. */
static int skip_quotes(const char **p, const char *end, int max)
{
    int n = 0;
    while (n < max) {
        const char *q = *p;
        while (q < end && *q == ' ' && q - *p < FENCE_MAX_INDENT)
            q++;
        if (q == end || *q != '>')
            break;
        q++;
        *p = q + (q < end && *q == ' ');
        n++;
    }
    return n;
}

static const char *trimmed(const char *p, const char *end)
{
    while (end > p && end[-1] == ' ')
        end--;
    return end;
}

/* [p, end), where trim is end without the spaces before it. */
static line line_between(const char *p, const char *trim)
{
    line l = {.p = p, .end = trim < p ? p : trim};
    while (l.p < l.end && *l.p == ' ') {
        l.p++;
        l.indent++;
    }
    return l;
}

/* The line at p as it is inside the quotes under way. */
static line line_at(const blocks *b, const char *p)
{
    const char *end = line_end(p, b->end);
    skip_quotes(&p, end, b->quote);
    return line_between(p, trimmed(p, end));
}

static void next_line(blocks *b)
{
    b->p = line_end(b->p, b->end);
    b->p += b->p < b->end;
}

/* --- kinds of lines --------------------------------------------------------------------------- */

/* Length of the run of c at p. */
static int run_of(const char *p, const char *end, char c)
{
    const char *q = p;
    while (q < end && *q == c)
        q++;
    return (int)(q - p);
}

/* Ticks or tildes that open a fence; 0 if none. */
static int fence_of(line l)
{
    if (l.p == l.end || (*l.p != '`' && *l.p != '~'))
        return 0;
    int n = run_of(l.p, l.end, *l.p);
    bool inline_code = *l.p == '`' && memchr(l.p + n, '`', (size_t)(l.end - l.p - n)) != NULL;
    return n >= 3 && !inline_code ? n : 0;
}

static bool closes_fence(line l, char c, int n)
{
    return l.p < l.end && *l.p == c && run_of(l.p, l.end, c) >= n &&
           l.p + run_of(l.p, l.end, c) == l.end;
}

static bool is_break(line l)
{
    if (l.p == l.end || strchr("*-_", *l.p) == NULL)
        return false;
    int n = 0;
    for (const char *q = l.p; q < l.end; q++) {
        if (*q != *l.p && *q != ' ')
            return false;
        n += *q == *l.p;
    }
    return n >= 3;
}

static int heading_of(line l)
{
    int n = run_of(l.p, l.end, '#');
    bool apart = l.p + n == l.end || (l.p + n < l.end && l.p[n] == ' ');
    return n >= 1 && n <= HEADING_MAX && apart ? n : 0;
}

/* Level of the heading that an underline makes of the line before it. */
static int underline_of(const blocks *b, line l)
{
    if (b->in_item || b->n_lines == 0 || l.p == l.end || (*l.p != '=' && *l.p != '-'))
        return 0;
    if (l.p + run_of(l.p, l.end, *l.p) != l.end)
        return 0;
    /* a rule below a paragraph of many lines is a rule */
    return *l.p == '=' ? 1 : b->n_lines == 1 ? 2 : 0;
}

/* Bytes of the list marker with the space behind it; 0 if there is none. */
static size_t marker_of(const blocks *b, line l, bool *ordered)
{
    *ordered = false;
    const char *q = l.p;
    if (q == l.end || b->n_markers == MARKERS_MAX || is_break(l))
        return 0;
    size_t bullet = b->behind_marker ? 0 : recto_markup_bullet(q, l.end, false);
    if (bullet > 0)
        return bullet + (q + bullet < l.end);
    if (strchr("-+*", *q) != NULL) {
        q++;
    } else {
        while (q < l.end && *q >= '0' && *q <= '9' && q - l.p < NUMBER_MAX_DIGITS)
            q++;
        if (q == l.p || q == l.end || (*q != '.' && *q != ')'))
            return 0;
        q++;
        *ordered = true;
    }
    if (q < l.end && *q != ' ')
        return 0;
    return (size_t)(q - l.p) + (q < l.end);
}

/* --- blocks of many lines --------------------------------------------------------------------- */

/* Appends the line at p without up to indent spaces; the place behind it. */
static void add_code_line(const blocks *b, recto_buf *code, const char *p, int indent)
{
    const char *end = line_end(p, b->end);
    skip_quotes(&p, end, b->quote);
    for (int i = 0; i < indent && p < end && *p == ' '; i++)
        p++;
    recto_buf_add(code, p, (size_t)(end - p));
    recto_buf_char(code, '\n');
}

static void add_fenced(blocks *b, const recto_buf *code, const char *info, const char *info_end)
{
    const char *text = recto_buf_cstr(code);
    const char *end = text + code->len;
    const char *first = text;
    while (first < end && (*first == ' ' || *first == '\n'))
        first++;
    if (recto_markup_starts(info, info_end, "math")) {
        recto_markup_add_formula(b->m, text, end);
    } else if (recto_markup_starts(info, info_end, "html") && recto_markup_table_at(first, end)) {
        recto_markup_mend(b->m, RECTO_MARKUP_FIX_WRAPPED);
        recto_markup_table_html(b->m, first, end, NULL);
    } else {
        end -= end > text; /* the last line feed */
        recto_markup_add_code(b->m, text, end);
    }
    recto_markup_lists_close(&b->lists);
}

static void fenced(blocks *b, line l)
{
    int n = run_of(l.p, l.end, *l.p);
    recto_buf code = RECTO_BUF_INIT;
    bool closed = false;
    flush(b);
    next_line(b);
    while (b->p < b->end && !closed) {
        const char *p = b->p;
        if (b->quote > 0 && skip_quotes(&p, line_end(p, b->end), b->quote) < b->quote)
            break; /* the quote ends, and the code with it */
        line inner = line_at(b, b->p);
        closed = closes_fence(inner, *l.p, n);
        if (!closed)
            add_code_line(b, &code, b->p, l.indent);
        next_line(b);
    }
    if (!closed && !b->m->opt->cut_off)
        recto_markup_mend(b->m, RECTO_MARKUP_FIX_CODE_OPEN);
    b->m->nomem = b->m->nomem || code.failed;
    const char *info = l.p + n;
    while (info < l.end && *info == ' ')
        info++;
    add_fenced(b, &code, info, l.end);
    recto_buf_free(&code);
}

static void indented(blocks *b)
{
    recto_buf code = RECTO_BUF_INIT;
    size_t filled = 0; /* without blank lines at the end */
    while (b->p < b->end) {
        line l = line_at(b, b->p);
        if (l.p < l.end && l.indent < CODE_INDENT)
            break;
        add_code_line(b, &code, b->p, CODE_INDENT);
        filled = l.p < l.end ? code.len : filled;
        next_line(b);
    }
    b->m->nomem = b->m->nomem || code.failed;
    if (filled > 0)
        recto_markup_add_code(b->m, code.data, code.data + filled - 1);
    recto_buf_free(&code);
    recto_markup_lists_close(&b->lists);
    b->blank_before = true;
}

/* End of the paragraph at p: the next empty line. */
static const char *paragraph_end(const char *p, const char *end)
{
    while (p < end) {
        const char *stop = line_end(p, end);
        const char *q = p;
        while (q < stop && *q == ' ')
            q++;
        if (q == stop)
            return p;
        p = stop + (stop < end);
    }
    return end;
}

/* Whether what stands behind a formula is its number or nothing; *number: begins it. */
static bool is_tail(const char *p, const char *end, const char **number)
{
    while (p < end && *p == ' ')
        p++;
    while (p < end && strchr(".,;", *p) != NULL)
        p++;
    while (p < end && *p == ' ')
        p++;
    *number = p;
    return p == end || (*p == '(' && end - p <= EQUATION_NUMBER_MAX && end[-1] == ')');
}

/* "\[1\]" and "\[x] done" are brackets that are no link and no box to tick. */
static bool is_bracket(recto_markup_formula f)
{
    const char *stop = line_end(f.from, f.end);
    if (f.open)
        return trimmed(f.from, stop) > f.from;
    return stop == f.end && !recto_markup_math_signs(f.from, f.end);
}

/* A formula on lines of its own; false if there is none at l. */
static bool display(blocks *b, line l)
{
    if ((*l.p != '$' && *l.p != '\\') || l.p < b->inline_until)
        return false;
    if (b->paragraph <= l.p) {
        b->paragraph = paragraph_end(l.p, b->end);
        b->math = (recto_markup_math_memo){0};
    }
    recto_markup_formula f = recto_markup_math_at(l.p, b->paragraph, true, &b->math);
    if (f.kind == RECTO_MARKUP_MATH_NONE || f.kind == RECTO_MARKUP_MATH_DOLLAR ||
        f.kind == RECTO_MARKUP_MATH_PAREN)
        return false;
    const char *stop = line_end(f.behind, b->end);
    const char *number = stop;
    if (!f.open && !is_tail(f.behind, stop, &number)) {
        b->inline_until = f.behind; /* the paragraph goes on behind it */
        return false;
    }
    if (f.kind == RECTO_MARKUP_MATH_BRACKET && is_bracket(f))
        return false;
    flush(b);
    if (f.open && !b->m->opt->cut_off)
        recto_markup_mend(b->m, RECTO_MARKUP_FIX_FORMULA_OPEN);
    recto_markup_add_formula(b->m, f.from, f.end);
    recto_markup_lists_close(&b->lists);
    b->p = number;
    return true;
}

static void pipe_table(blocks *b)
{
    recto_arena_mark mark = recto_arena_here(b->m->tmp);
    recto_markup_cells cells = {0};
    flush(b);
    for (int row = 0; b->p < b->end && !b->m->nomem; row++) {
        line l = line_at(b, b->p);
        if (memchr(l.p, '|', (size_t)(l.end - l.p)) == NULL)
            break;
        if (row != 1)
            recto_markup_pipe_row(b->m, &cells, l.p, l.end);
        next_line(b);
    }
    recto_markup_table_add(b->m, &cells, 0);
    recto_markup_lists_close(&b->lists);
    recto_arena_reset(b->m->tmp, mark);
}

static bool starts_pipe_table(const blocks *b, line l)
{
    if (b->stop == b->end)
        return false;
    line next = line_at(b, b->stop + 1);
    return recto_markup_pipe_delimiters(next.p, next.end) > 0 &&
           memchr(l.p, '|', (size_t)(l.end - l.p)) != NULL;
}

/* --- one line --------------------------------------------------------------------------------- */

/* An element of HTML that is not a paragraph's; false if none starts at l. */
static bool element(blocks *b, line l)
{
    bool picture = false;
    const char *behind = NULL;
    if (l.p == l.end || *l.p != '<')
        return false;
    if (recto_markup_starts(l.p, b->end, "<!--")) {
        behind = recto_markup_comment(l.p, b->end, &b->missing, &picture);
        if (behind != NULL && picture) {
            flush(b);
            add_picture(b);
        }
    } else if (recto_markup_table_at(l.p, b->end)) {
        recto_arena_mark mark = recto_arena_here(b->m->tmp);
        flush(b);
        behind = recto_markup_table_html(b->m, l.p, b->end, b->from);
        recto_arena_reset(b->m->tmp, mark);
        recto_markup_lists_close(&b->lists);
    } else if (recto_markup_starts(l.p, b->end, "<pre") ||
               recto_markup_starts(l.p, b->end, "<script") ||
               recto_markup_starts(l.p, b->end, "<style")) {
        flush(b);
        behind = recto_markup_raw(b->m, l.p, b->end, &b->missing);
        recto_markup_lists_close(&b->lists);
    }
    if (behind != NULL)
        b->p = behind;
    return behind != NULL;
}

static void heading(blocks *b, line l, int level)
{
    const char *p = l.p + level;
    const char *end = l.end;
    while (end > p && end[-1] == '#')
        end--;
    if (end > p && end[-1] != ' ')
        end = l.end; /* they belong to the text */
    flush(b);
    flush_heading(b, level, p, end);
    next_line(b);
}

/* The list marker at l; its content is then the rest of the line. */
static void start_item(blocks *b, line l, size_t n, bool ordered)
{
    flush(b);
    const char *mark_end = l.p + n;
    while (mark_end > l.p && mark_end[-1] == ' ')
        mark_end--;
    recto_markup_lists_push(&b->lists, l.indent);
    b->in_item = true;
    b->ordered = ordered;
    b->mark = ordered ? recto_markup_plain(b->m, l.p, mark_end, RECTO_MARKUP_NAME_MAX) : "-";
    b->p = l.p + n;
    b->n_markers++;
    b->behind_marker = true;
    bool box = !ordered && l.end - b->p >= 3 && b->p[0] == '[' && b->p[2] == ']' &&
               (l.end - b->p == 3 || b->p[3] == ' ') && strchr(" xX", b->p[1]) != NULL;
    if (!box)
        return;
    b->mark = b->p[1] == ' ' ? "☐" : "☑";
    b->p += 3;
}

/* Behind the code whose backticks begin at p, or behind these if no code of the line does. */
static const char *behind_code(const char *p, const char *end)
{
    const int n = run_of(p, end, '`');
    const char *q = p + n;
    /* a length fails once a line at most, so that few lengths keep this linear */
    while (n <= TICKS_MAX && q < end) {
        int run = run_of(q, end, '`');
        if (run == n)
            return q + n;
        q += run > 0 ? run : 1;
    }
    return p + n;
}

/* Where a table begins inside a paragraph's line; NULL if nowhere. */
static const char *table_inside(line l, const char *end)
{
    for (const char *p = l.p; p < l.end; p++) {
        if (*p == '\\') {
            p++;
        } else if (*p == '`') {
            p = behind_code(p, l.end) - 1;
        } else if (*p == '<' && recto_markup_starts(p, end, "<table") &&
                   recto_markup_table_at(p, end)) {
            return p;
        }
    }
    return NULL;
}

static void paragraph_line(blocks *b, line l)
{
    const char *table = table_inside(l, b->end);
    const char *stop = table == NULL ? line_end(l.p, b->end) : table;
    if (b->n_lines > 0)
        recto_buf_char(&b->text, '\n');
    recto_buf_add(&b->text, l.p, (size_t)(stop - l.p));
    b->n_lines++;
    if (table == NULL) {
        next_line(b);
        return;
    }
    flush(b);
    b->p = table;
}

/* Whether a list may begin here though a paragraph is under way: a year at a line's start is no
 * item. */
static bool may_begin_list(const blocks *b, line l, bool ordered)
{
    if (b->n_lines == 0 || b->in_item || !ordered)
        return true;
    return *l.p == '1' && (l.p[1] == '.' || l.p[1] == ')');
}

/* A line that begins a leaf of its own; false if it is a paragraph's. */
static bool leaf(blocks *b, line l)
{
    int level;
    if (fence_of(l) > 0) {
        fenced(b, l);
        return true;
    }
    if (display(b, l) || element(b, l))
        return true;
    if ((level = underline_of(b, l)) > 0) {
        recto_buf text = b->text;
        b->text = (recto_buf)RECTO_BUF_INIT;
        b->n_lines = 0;
        flush_heading(b, level, recto_buf_cstr(&text), recto_buf_cstr(&text) + text.len);
        recto_buf_free(&text);
        next_line(b);
        return true;
    }
    bool separator = b->n_markers == 0 && recto_markup_is_separator(l.p, l.end);
    if (separator || is_break(l)) {
        if (separator)
            recto_markup_mend(b->m, RECTO_MARKUP_FIX_SEPARATOR);
        flush(b);
        recto_markup_lists_close(&b->lists);
        next_line(b);
        return true;
    }
    if ((level = heading_of(l)) > 0) {
        heading(b, l, level);
        return true;
    }
    if (starts_pipe_table(b, l)) {
        pipe_table(b);
        return true;
    }
    return false;
}

static void blank(blocks *b)
{
    flush(b);
    b->blank_before = true;
    next_line(b);
}

/* The rest of a line, at its start or behind what was taken of it. */
static void step(blocks *b, bool at_start)
{
    const char *p = b->p;
    if (at_start) {
        b->line = p;
        b->n_markers = 0;
        b->behind_marker = false;
    }
    if (at_start || p > b->stop) {
        b->stop = line_end(p, b->end);
        b->trim = trimmed(p, b->stop);
    }
    int quote = skip_quotes(&p, b->stop, RECTO_MARKUP_DEPTH_MAX);
    line l = line_between(p, b->trim);
    if (at_start && quote != b->quote) {
        flush(b);
        b->quote = quote;
        b->lists.n = 0;
    }
    if (l.p == l.end) {
        if (at_start)
            blank(b);
        else
            next_line(b);
        return;
    }
    if (b->behind_marker) /* inside its item */
        l.indent = (int)(l.p - b->line);
    bool ordered = false;
    size_t marker = marker_of(b, l, &ordered);
    b->behind_marker = false;
    bool inside =
        b->lists.n > 0 && (marker > 0 || l.indent >= b->lists.items[0].indent + NEST_INDENT);
    if (b->blank_before && !inside)
        b->lists.n = 0;
    bool blank_before = b->blank_before;
    b->blank_before = false;
    if (at_start && b->n_lines == 0 && !b->in_item && b->lists.n == 0 && l.indent >= CODE_INDENT) {
        indented(b);
        return;
    }
    if (b->m->full || leaf(b, l))
        return;
    if (marker > 0 && (blank_before || may_begin_list(b, l, ordered))) {
        start_item(b, l, marker, ordered);
        return;
    }
    paragraph_line(b, l);
}

void recto_markup_blocks(recto_markup *m, const char *p, const char *end)
{
    blocks b = {.m = m, .from = p, .end = end, .p = p};
    bool at_start = true;
    while (b.p < end && !m->nomem && !m->full) {
        const char *before = b.p;
        step(&b, at_start);
        at_start = b.p == end || b.p == p || b.p[-1] == '\n';
        if (b.p == before) /* never: each step takes something */
            break;
    }
    flush(&b);
    recto_buf_free(&b.text);
}
