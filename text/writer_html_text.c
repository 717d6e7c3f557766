/* A text with its spans as elements and its doubtful words marked.
 *
 * Both are ranges of the text; spans nest in each other, but a word may begin in a span and end
 * outside of it, so its mark is closed where a span opens or closes and opened again behind. */
#include "text/writer_html.h"

#include "text/escape.h"
#include "text/mathml.h"
#include "text/wordmap.h"
#include "text/xml.h"

#include <limits.h>
#include <string.h>

/* Below it a word is marked.  Above where a block gets its flag (0.6): words scatter more. */
#define LOW_WORD 0.7f

static const char *const tags[RECTO_SPAN_KIND_COUNT] = {
    [RECTO_SPAN_MATH] = "code", [RECTO_SPAN_BOLD] = "b",          [RECTO_SPAN_ITALIC] = "i",
    [RECTO_SPAN_CODE] = "code", [RECTO_SPAN_SUPERSCRIPT] = "sup", [RECTO_SPAN_SUBSCRIPT] = "sub",
    [RECTO_SPAN_LINK] = "a",
};

/* The doubtful words, one after the other. */
typedef struct marks {
    recto_wordmap map;
    const recto_writer_html_text *t;
    int line, word;
    int start, end; /* of the present one; INT_MAX if there is none left */
    float conf;
} marks;

static void next_mark(marks *m)
{
    m->start = m->end = INT_MAX;
    while (m->line < m->t->n_lines) {
        const recto_line *line = &m->t->lines[m->line];
        if (m->word == line->n_words) {
            m->line++;
            m->word = 0;
            continue;
        }
        const recto_word *w = &line->words[m->word++];
        recto_wordmap_place p;
        if (!recto_wordmap_next(&p, &m->map, w->text) || w->conf >= LOW_WORD)
            continue;
        m->start = p.start;
        m->end = p.end;
        m->conf = w->conf;
        return;
    }
}

/* Finding the words again costs a pass over them: only if one is doubtful. */
static marks marks_of(const recto_writer_html_text *t, bool final)
{
    marks m = {.map = recto_wordmap_over(t->text, t->marker), .t = t, .line = t->n_lines};
    for (int i = 0; i < t->n_lines && final && m.line == t->n_lines; i++) {
        for (int k = 0; k < t->lines[i].n_words; k++) {
            if (t->lines[i].words[k].conf < LOW_WORD)
                m.line = 0;
        }
    }
    next_mark(&m);
    return m;
}

static void open_mark(recto_buf *out, const marks *m)
{
    recto_buf_text(out, "<span class=\"low\" title=\"confidence ");
    recto_xml_int(out, recto_xml_percent(m->conf));
    recto_buf_text(out, " %\">");
}

static void open_link(recto_buf *out, const char *url)
{
    static const char page[] = "#page=";
    recto_buf_text(out, "<a href=\"");
    if (strncmp(url, page, sizeof page - 1) == 0) {
        recto_buf_text(out, "#page-");
        recto_escape_address(out, url + sizeof page - 1);
        recto_buf_text(out, "\">");
        return;
    }
    recto_escape_address(out, url);
    recto_buf_text(out, "\" rel=\"noopener noreferrer\">");
}

static bool is_shown(const recto_span *s)
{
    return s->kind != RECTO_SPAN_LINK || (s->url != NULL && recto_escape_url_is_safe(s->url));
}

static void open_span(recto_buf *out, const recto_span *s)
{
    if (!is_shown(s))
        return;
    if (s->kind == RECTO_SPAN_LINK) {
        open_link(out, s->url);
        return;
    }
    recto_buf_char(out, '<');
    recto_buf_text(out, tags[s->kind]);
    recto_buf_text(out, s->kind == RECTO_SPAN_MATH ? " class=\"math\">" : ">");
}

static void close_span(recto_buf *out, const recto_span *s)
{
    if (!is_shown(s))
        return;
    recto_buf_text(out, "</");
    recto_buf_text(out, tags[s->kind]);
    recto_buf_char(out, '>');
}

/* The walk over a text. */
typedef struct walk {
    const recto_span *open[RECTO_SPAN_DEPTH];
    int depth;
    int next; /* span that has not begun */
    int at, end;
    bool marked; /* the present mark is open */
} walk;

/* Close and open what ends and begins at w->at; steps over a formula that is written as one. */
static void turn(recto_buf *out, walk *w, const recto_writer_html_text *t, marks *m)
{
    const recto_span *next = w->next < t->n_spans ? &t->spans[w->next] : NULL;
    bool closes = w->depth > 0 && w->open[w->depth - 1]->end <= w->at;
    bool opens = next != NULL && next->start <= w->at;
    if (w->marked && (m->end <= w->at || closes || opens)) {
        recto_buf_text(out, "</span>");
        w->marked = false;
    }
    while (m->end <= w->at)
        next_mark(m);
    while (w->depth > 0 && w->open[w->depth - 1]->end <= w->at)
        close_span(out, w->open[--w->depth]);
    for (; next != NULL && next->start <= w->at;
         next = w->next < t->n_spans ? &t->spans[w->next] : NULL) {
        w->next++;
        if (next->end <= w->at || w->depth == RECTO_SPAN_DEPTH)
            continue;
        if (next->kind == RECTO_SPAN_MATH && next->start == w->at && next->end <= w->end &&
            recto_mathml_write(out, t->text + w->at, (size_t)(next->end - w->at), false)) {
            w->at = next->end; /* what ends here is closed before more is opened */
            return;
        }
        open_span(out, next);
        w->open[w->depth++] = next;
    }
    if (!w->marked && m->start <= w->at && w->at < w->end) {
        open_mark(out, m);
        w->marked = true;
    }
}

static int sooner(int a, int b)
{
    return a < b ? a : b;
}

/* Where the next thing begins or ends. */
static int boundary(const walk *w, const recto_writer_html_text *t, const marks *m)
{
    int to = w->end;
    if (w->next < t->n_spans)
        to = sooner(to, t->spans[w->next].start);
    if (w->depth > 0)
        to = sooner(to, w->open[w->depth - 1]->end);
    return sooner(to, w->marked ? m->end : m->start);
}

void recto_writer_html_inline(recto_buf *out, const recto_writer_html_text *t)
{
    recto_buf scratch = RECTO_BUF_INIT;
    recto_writer_html_text text = *t;
    text.text = recto_escape_cleaned(&scratch, t->text, RECTO_ESCAPE_INLINE);
    bool final = text.text == t->text;
    text.n_spans = final ? t->n_spans : 0;
    walk w = {.end = (int)strlen(text.text)};
    w.end = final && t->drop < w.end ? w.end - t->drop : w.end;
    marks m = marks_of(&text, final);
    while (w.at < w.end) {
        int from = w.at;
        turn(out, &w, &text, &m);
        if (w.at != from)
            continue;
        int to = boundary(&w, &text, &m);
        to = to > w.at ? to : w.end;
        recto_xml_piece(out, text.text + w.at, (size_t)(to - w.at));
        w.at = to;
    }
    if (w.marked)
        recto_buf_text(out, "</span>");
    while (w.depth > 0)
        close_span(out, w.open[--w.depth]);
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}
