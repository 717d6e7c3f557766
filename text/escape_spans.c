/* Text with spans as markup.
 *
 * Spans nest; those over the same bytes are one *group*, written from the outside in as
 * link > sup, sub > bold, italic > code, math, whatever their order in the model.  A link whose
 * address is not of a kind that is safe to follow is written as its text.
 *
 * Emphasis in Markdown is by asterisks where CommonMark's rules of flanking surely take them: on
 * each side a letter or digit inside, or a space or punctuation outside, and no other asterisks
 * that begin or end at the same place; else by <b> and <i>.  Links are [text](address), the address
 * percent-encoded so far that nothing in it can end it. */
#include "text/escape_parts.h"

#include "core/utf8.h"

#include <string.h>
#include <strings.h>

enum { CODE_TICKS_MAX = 64 };

static const char *const span_tags[RECTO_SPAN_KIND_COUNT] = {
    [RECTO_SPAN_BOLD] = "b",          [RECTO_SPAN_ITALIC] = "i",      [RECTO_SPAN_CODE] = "code",
    [RECTO_SPAN_SUPERSCRIPT] = "sup", [RECTO_SPAN_SUBSCRIPT] = "sub",
};

/* --- addresses -------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "#page=12" */
static bool is_page(const char *url)
{
    static const char start[] = "#page=";
    if (strncmp(url, start, sizeof start - 1) != 0)
        return false;
    const char *p = url + sizeof start - 1;
    size_t n = strspn(p, "0123456789");
    return n >= 1 && n <= 9 && p[n] == '\0';
}

bool recto_escape_url_is_safe(const char *url)
{
    static const char *const schemes[] = {"http://", "https://", "mailto:", "tel:", "ftp://"};
    if (url == NULL)
        return false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], n) == 0 && url[n] != '\0')
            return true;
    }
    return is_page(url);
}

/* What an address may hold as it is; "%" only where it begins an escape already. */
static bool stays(const char *p)
{
    if (*p == '%')
        return strspn(p + 1, "0123456789abcdefABCDEF") >= 2;
    return is_letter(*p) || is_digit(*p) || strchr("-._~/:?#@!&*+,;=", *p) != NULL;
}

/* An "&" that an entity or character reference begins with. */
static bool is_entity(const char *p)
{
    p += p[1] == '#' ? 2 : 1;
    const char *first = p;
    while (is_letter(*p) || is_digit(*p))
        p++;
    return p > first && *p == ';';
}

/* strict: every "&" is written as XML wants it. */
static void address(recto_buf *out, const char *url, bool strict)
{
    static const char hex[] = "0123456789ABCDEF";
    recto_buf scratch = RECTO_BUF_INIT;
    const char *p = recto_escape_cleaned(&scratch, url, RECTO_ESCAPE_INLINE);
    for (; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (*p == '&' && (strict || is_entity(p))) {
            recto_buf_text(out, "&amp;");
        } else if (stays(p)) {
            recto_buf_char(out, *p);
        } else {
            recto_buf_char(out, '%');
            recto_buf_char(out, hex[c >> 4]);
            recto_buf_char(out, hex[c & 15]);
        }
    }
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

void recto_escape_address(recto_buf *out, const char *url)
{
    address(out, url, true);
}

/* --- groups ----------------------------------------------------------------------------------- */

/* A text with its spans. */
typedef struct marked {
    recto_escape_line line;
    const recto_span *spans;
    int n_spans;
} marked;

/* Spans over the same bytes. */
typedef struct group {
    int start, end;
    unsigned kinds;  /* 1 << kind */
    const char *url; /* of a link that is written, else NULL */
    int next;        /* first span that is not of the group: its first child, if it lies within */
} group;

enum {
    LINK = 1u << RECTO_SPAN_LINK,
    BOLD = 1u << RECTO_SPAN_BOLD,
    ITALIC = 1u << RECTO_SPAN_ITALIC,
    SUPERSCRIPT = 1u << RECTO_SPAN_SUPERSCRIPT,
    SUBSCRIPT = 1u << RECTO_SPAN_SUBSCRIPT,
    CODE = 1u << RECTO_SPAN_CODE,
    MATH = 1u << RECTO_SPAN_MATH,
};

static group group_at(const marked *m, int i)
{
    group g = {.start = m->spans[i].start, .end = m->spans[i].end, .next = i};
    while (g.next < m->n_spans && m->spans[g.next].start == g.start &&
           m->spans[g.next].end == g.end) {
        const recto_span *s = &m->spans[g.next++];
        g.kinds |= 1u << s->kind;
        if (s->kind == RECTO_SPAN_LINK && recto_escape_url_is_safe(s->url))
            g.url = s->url;
    }
    return g;
}

/* Spans that can be used: those up to the first that breaks the rules of doc.h; none if the text
 * is not in its final form. */
static int usable_spans(const char *clean, const char *text, const recto_span *spans, int n_spans)
{
    int open[RECTO_SPAN_DEPTH]; /* ends */
    unsigned kinds[RECTO_SPAN_DEPTH];
    int depth = 0;
    if (clean != text)
        return 0;
    int len = (int)strlen(text);
    for (int i = 0; i < n_spans; i++) {
        const recto_span *s = &spans[i];
        while (depth > 0 && s->start >= open[depth - 1])
            depth--;
        if (s->start < (i > 0 ? spans[i - 1].start : 0) || s->end <= s->start || s->end > len ||
            (unsigned)s->kind >= RECTO_SPAN_KIND_COUNT || depth == RECTO_SPAN_DEPTH)
            return i;
        unsigned above = depth > 0 ? kinds[depth - 1] : 0;
        if (depth > 0 && (s->end > open[depth - 1] || (above & (CODE | MATH | 1u << s->kind)) != 0))
            return i;
        open[depth] = s->end;
        kinds[depth++] = above | 1u << s->kind;
    }
    return n_spans;
}

/* --- LaTeX ------------------------------------------------------------------------------------ */

/* LaTeX in which no "$" is bare, no tag can begin, and no backslash reaches what follows.  A lone
 * "$" may stay in a display formula ("\text{if $x$}"). */
static void latex(recto_buf *out, const char *p, const char *end, bool lone_dollars)
{
    while (p < end) {
        char next = p + 1 < end ? p[1] : '\0';
        if (*p == '\\') {
            if (next == '\0')
                return;
            recto_buf_add(out, p, 2);
            p += 2;
            continue;
        }
        if (*p == '$' &&
            !(lone_dollars && next != '$' && (out->len == 0 || out->data[out->len - 1] != '$')))
            recto_buf_char(out, '\\');
        recto_buf_char(out, *p);
        if (*p == '<' && (is_letter(next) || next == '/' || next == '!' || next == '?'))
            recto_buf_char(out, ' ');
        if (*p == ']' && (next == '(' || next == ':'))
            recto_buf_text(out, "{}"); /* no link where dollars are only text; nothing to LaTeX */
        p++;
    }
}

/* Whether a reader without math could see a block of Markdown begin here ("1 + x" is none). */
static bool begins_block(const char *p)
{
    size_t n = strspn(p, "0123456789");
    if (n > 0)
        return (p[n] == '.' || p[n] == ')') && (p[n + 1] == ' ' || p[n + 1] == '\0');
    if (*p == '-' || *p == '+' || *p == '*')
        return p[1] == ' ' || p[1] == '\0' || p[1] == *p;
    return *p != '\0' && strchr("#>=_|~`:<", *p) != NULL;
}

void recto_escape_formula(recto_buf *out, const char *text)
{
    recto_buf scratch = RECTO_BUF_INIT;
    recto_buf made = RECTO_BUF_INIT;
    const char *clean = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE);
    latex(&made, clean, clean + strlen(clean), true);
    if (begins_block(recto_buf_cstr(&made)))
        recto_buf_text(out, "    "); /* which prevents it */
    recto_buf_text(out, recto_buf_cstr(&made));
    out->failed = out->failed || scratch.failed || made.failed;
    recto_buf_free(&made);
    recto_buf_free(&scratch);
}

/* --- HTML ------------------------------------------------------------------------------------- */

static void open_tag(recto_buf *out, recto_span_kind kind)
{
    recto_buf_printf(out, "<%s>", span_tags[kind]);
}

static void close_tag(recto_buf *out, recto_span_kind kind)
{
    recto_buf_printf(out, "</%s>", span_tags[kind]);
}

static void html_math(recto_buf *out, const char *p, const char *end)
{
    recto_buf made = RECTO_BUF_INIT;
    latex(&made, p, end, false);
    recto_buf_char(out, '$');
    recto_escape_put_html(out, recto_buf_cstr(&made), recto_buf_cstr(&made) + made.len, false);
    recto_buf_char(out, '$');
    out->failed = out->failed || made.failed;
    recto_buf_free(&made);
}

static int html_run(recto_buf *out, const marked *m, int from, int to, int i);

/* In the order in which tags open. */
static const recto_span_kind tag_order[] = {RECTO_SPAN_SUPERSCRIPT, RECTO_SPAN_SUBSCRIPT,
                                            RECTO_SPAN_ITALIC, RECTO_SPAN_BOLD, RECTO_SPAN_CODE};
enum { N_TAGS = sizeof tag_order / sizeof *tag_order };

static int html_group(recto_buf *out, const marked *m, const group *g)
{
    int next = g->next;
    if (g->url != NULL) {
        recto_buf_text(out, "<a href=\"");
        recto_escape_address(out, g->url);
        recto_buf_text(out, "\">");
    }
    for (int k = 0; k < N_TAGS; k++) {
        if ((g->kinds & 1u << tag_order[k]) != 0)
            open_tag(out, tag_order[k]);
    }
    if ((g->kinds & MATH) != 0)
        html_math(out, m->line.text + g->start, m->line.text + g->end);
    else
        next = html_run(out, m, g->start, g->end, next);
    for (int k = N_TAGS - 1; k >= 0; k--) {
        if ((g->kinds & 1u << tag_order[k]) != 0)
            close_tag(out, tag_order[k]);
    }
    if (g->url != NULL)
        recto_buf_text(out, "</a>");
    return next;
}

/* Bytes from..to with the spans from i on that lie in them; returns the first span behind. */
static int html_run(recto_buf *out, const marked *m, int from, int to, int i)
{
    while (i < m->n_spans && m->spans[i].start < to) {
        group g = group_at(m, i);
        recto_escape_put_html(out, m->line.text + from, m->line.text + g.start, m->line.dollars);
        i = html_group(out, m, &g);
        from = g.end;
    }
    recto_escape_put_html(out, m->line.text + from, m->line.text + to, m->line.dollars);
    return i;
}

void recto_escape_html_spans(recto_buf *out, const char *text, const recto_span *spans, int n_spans)
{
    recto_buf scratch = RECTO_BUF_INIT;
    const char *clean = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE);
    marked m = {.line = recto_escape_line_over(clean, RECTO_ESCAPE_INLINE),
                .spans = spans,
                .n_spans = usable_spans(clean, text, spans, n_spans)};
    m.line.dollars = true;
    html_run(out, &m, 0, (int)m.line.len, 0);
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

/* --- Markdown --------------------------------------------------------------------------------- */

/* Where a part of a text stands. */
typedef struct place {
    bool inside; /* of a span: its marks stand around it */
    bool label;  /* in a link */
    int from, to;
} place;

/* A part of a text between marks of markup; right: what follows it at once. */
static void markdown_part(recto_buf *out, const marked *m, const place *in, int from, int to,
                          char right)
{
    const recto_escape_line *whole = &m->line;
    recto_escape_line part = *whole;
    bool first = from == 0 && !in->inside;
    bool last = (size_t)to == whole->len && !in->inside;
    part.text += from;
    part.len = (size_t)(to - from);
    part.where &= ~(unsigned)(RECTO_ESCAPE_BLOCK | RECTO_ESCAPE_TITLE);
    part.where |= first ? whole->where & RECTO_ESCAPE_BLOCK : 0;
    part.where |= last ? whole->where & RECTO_ESCAPE_TITLE : 0;
    part.where |= in->label ? RECTO_ESCAPE_LABEL : 0;
    part.left = first ? '\0' : '*';
    part.right = last ? '\0' : right;
    part.mail_end = whole->mail_end > 0 ? SIZE_MAX : 0;
    if (part.len > 0)
        recto_escape_put_markdown(out, &part);
}

/* What of a group's content stands at its beginning and end: text, markup that begins and ends with
 * punctuation, or asterisks, which would run into those of the group. */
typedef enum edge { EDGE_TEXT, EDGE_MARK, EDGE_STARS } edge;

static void find_edges(edge *begin, edge *end, const marked *m, const group *g)
{
    *begin = EDGE_TEXT;
    *end = EDGE_TEXT;
    for (int i = g->next; i < m->n_spans && m->spans[i].start < g->end; i++) {
        const recto_span *s = &m->spans[i];
        bool stars = s->kind == RECTO_SPAN_BOLD || s->kind == RECTO_SPAN_ITALIC;
        edge e = stars ? EDGE_STARS : EDGE_MARK;
        if (s->start == g->start && *begin != EDGE_STARS)
            *begin = e;
        if (s->end == g->end && *end != EDGE_STARS)
            *end = e;
    }
}

static bool is_punct(char c)
{
    return c > ' ' && c < 0x7F && !is_digit(c) && !is_letter(c);
}

/* Beside a space, the text's edge or punctuation, asterisks are emphasis whatever they enclose; but
 * cmark-gfm looks past a tilde, on either side. */
static bool is_apart(const marked *m, char outside, char inside)
{
    if (outside == '~' || inside == '~')
        return false;
    return outside == ' ' || is_punct(outside) ||
           (outside == '\0' && (m->line.where & RECTO_ESCAPE_GLUED) == 0);
}

/* Elsewhere they are if a letter or digit is first and last.  In a link they stand at brackets. */
static bool takes_asterisks(const marked *m, const group *g, bool touches)
{
    const char *text = m->line.text;
    const char *first = text + g->start;
    const char *last = text + g->end - 1;
    edge begin;
    edge end;
    find_edges(&begin, &end, m, g);
    if (touches || (g->kinds & (CODE | MATH)) != 0 || begin == EDGE_STARS || end == EDGE_STARS)
        return false;
    bool begins = (begin == EDGE_TEXT && recto_escape_word_at(&m->line, (size_t)g->start)) ||
                  is_apart(m,
                           g->url != NULL ? '['
                           : g->start > 0 ? first[-1]
                                          : '\0',
                           *first);
    bool ends = (end == EDGE_TEXT && recto_escape_word_before(&m->line, (size_t)g->end)) ||
                is_apart(m, g->url != NULL ? ']' : last[1], *last);
    return begins && ends;
}

/* Length of the shortest run of backticks that the text does not hold. */
static int free_ticks(const char *p, const char *end)
{
    bool seen[CODE_TICKS_MAX + 1] = {false};
    int run = 0;
    int n = 1;
    for (; p < end; p++) {
        run = *p == '`' ? run + 1 : 0;
        bool ends = run > 0 && (p + 1 == end || p[1] != '`');
        if (ends && run <= CODE_TICKS_MAX)
            seen[run] = true;
    }
    while (n < CODE_TICKS_MAX && seen[n])
        n++;
    return n;
}

static void code_span(recto_buf *out, const char *p, const char *end, bool cell)
{
    int n_ticks = free_ticks(p, end);
    bool pad = *p == '`' || end[-1] == '`';
    for (int i = 0; i < n_ticks; i++)
        recto_buf_char(out, '`');
    recto_buf_text(out, pad ? " " : "");
    for (; p < end; p++) {
        if (cell && *p == '|')
            recto_buf_char(out, '\\');
        recto_buf_char(out, *p);
    }
    recto_buf_text(out, pad ? " " : "");
    for (int i = 0; i < n_ticks; i++)
        recto_buf_char(out, '`');
}

/* "]:" may end the label of a link's definition, which is looked for before code is. */
static bool may_define(const char *p, const char *end)
{
    for (; p + 1 < end; p++) {
        if (p[0] == ']' && p[1] == ':')
            return true;
    }
    return false;
}

static int markdown_run(recto_buf *out, const marked *m, const place *in, int i);

/* What a group holds; returns the first span behind it. */
static int markdown_content(recto_buf *out, const marked *m, const place *in, const group *g)
{
    const char *p = m->line.text + g->start;
    const char *end = m->line.text + g->end;
    if ((g->kinds & MATH) != 0) {
        recto_buf_char(out, '$');
        latex(out, p, end, false);
        recto_buf_char(out, '$');
        return g->next;
    }
    if ((g->kinds & CODE) != 0 && !may_define(p, end)) {
        code_span(out, p, end, (m->line.where & RECTO_ESCAPE_CELL) != 0);
        return g->next;
    }
    const place within = {.inside =
                              in->inside || g->url != NULL || (g->kinds & ~(unsigned)LINK) != 0,
                          .label = in->label || g->url != NULL,
                          .from = g->start,
                          .to = g->end};
    recto_buf_text(out, (g->kinds & CODE) != 0 ? "<code>" : "");
    int next = markdown_run(out, m, &within, g->next);
    recto_buf_text(out, (g->kinds & CODE) != 0 ? "</code>" : "");
    return next;
}

static bool has_letter(const marked *m, const group *g)
{
    const char *end = m->line.text + g->end;
    for (const char *p = m->line.text + g->start; p < end;) {
        if (recto_utf8_is_letter(recto_utf8_next(&p, end)))
            return true;
    }
    return false;
}

static int markdown_group(recto_buf *out, const marked *m, const place *in, group *g, bool touches)
{
    if (g->url != NULL && is_page(g->url) && !has_letter(m, g))
        g->url = NULL; /* the mark of a footnote, the number of a page: no place to go to here */
    unsigned tags = g->kinds & (SUPERSCRIPT | SUBSCRIPT);
    unsigned stars = g->kinds & (BOLD | ITALIC);
    if (stars != 0 && (tags != 0 || !takes_asterisks(m, g, touches && g->url == NULL)))
        tags |= stars;
    stars &= ~tags;
    if (g->url != NULL)
        recto_buf_char(out, '[');
    for (int k = 0; k < N_TAGS; k++) {
        if ((tags & 1u << tag_order[k]) != 0)
            open_tag(out, tag_order[k]);
    }
    recto_buf_text(out, (stars & BOLD) != 0 ? "**" : "");
    recto_buf_text(out, (stars & ITALIC) != 0 ? "*" : "");
    int next = markdown_content(out, m, in, g);
    recto_buf_text(out, (stars & ITALIC) != 0 ? "*" : "");
    recto_buf_text(out, (stars & BOLD) != 0 ? "**" : "");
    for (int k = N_TAGS - 1; k >= 0; k--) {
        if ((tags & 1u << tag_order[k]) != 0)
            close_tag(out, tag_order[k]);
    }
    if (g->url != NULL) {
        recto_buf_text(out, "](");
        address(out, g->url, false);
        recto_buf_char(out, ')');
    }
    return next;
}

/* The bytes of a place with the spans from i on that lie in them; returns the first span behind. */
static int markdown_run(recto_buf *out, const marked *m, const place *in, int i)
{
    int at = in->from;
    bool any = false; /* a group has ended at `at` */
    while (i < m->n_spans && m->spans[i].start < in->to) {
        group g = group_at(m, i);
        markdown_part(out, m, in, at, g.start, g.url != NULL ? '[' : '*');
        i = markdown_group(out, m, in, &g, any && g.start == at);
        at = g.end;
        any = true;
    }
    markdown_part(out, m, in, at, in->to, '*');
    return i;
}

void recto_escape_markdown_spans(recto_buf *out, const char *text, const recto_span *spans,
                                 int n_spans, unsigned where)
{
    recto_buf scratch = RECTO_BUF_INIT;
    const char *clean = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE);
    marked m = {.line = recto_escape_line_over(clean, where),
                .spans = spans,
                .n_spans = usable_spans(clean, text, spans, n_spans)};
    for (int i = 0; i < m.n_spans; i++)
        m.line.dollars = m.line.dollars || spans[i].kind == RECTO_SPAN_MATH;
    const place all = {.from = 0, .to = (int)m.line.len};
    if (m.n_spans == 0)
        recto_escape_put_markdown(out, &m.line);
    else
        markdown_run(out, &m, &all, 0);
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}
