/* Spans.
 *
 * A word has at most one value of each kind: its link, bold, italic, and one of raised, lowered and
 * code.  Neighbours of one value are a run.  Runs of two kinds may cross, spans may not, so the
 * kinds are taken in turn and a run is cut where one of an earlier kind ends inside it; links come
 * first since a link in two pieces is two links.  Nothing may lie in code, so code is cut wherever
 * anything begins or ends, and is neither bold nor italic.
 *
 *   words     see  the  manual  of  foo(1)  for  more
 *   bold           xxx  xxxxxx
 *   link                xxxxxx  xx  xxxxxx             -> bold [the], link [bold [manual] of code
 *   code                            xxxxxx                [foo(1)]] */
#include "text/runs.h"
#include "core/utf8.h"
#include "text/escape.h"
#include <stdlib.h>
#include <string.h>

#define N_BANDS   256 /* of the page's height, by which links are looked up */
#define MAX_BAND  256 /* links of one band */
#define MAX_LINKS 16384

/* Kinds in the order in which they are cut. */
enum { LINK, BOLD, ITALIC, LEAF, N_KINDS };

typedef struct bands {
    const recto_layout *layout;
    int *first; /* [N_BANDS + 1] into links; NULL if there are no links */
    int *links; /* indices */
} bands;

typedef struct finder {
    const recto_flow_metrics *m;
    bands bands;
    recto_join *join;
    recto_arena *keep, *tmp;
    bool failed;
} finder;

/* A text and the words it was made of. */
typedef struct subject {
    const char *text;
    const recto_line *lines;
    int n_lines;
    int skip;       /* leading words that are not in the text */
    uint32_t plain; /* styles that say nothing here */
} subject;

/* A run: words [from, to) that share a value. */
typedef struct run {
    int from, to;
} run;

/* The words of a subject in one row. */
typedef struct words {
    int n;
    recto_join_place *place; /* [n] */
    int *value[N_KINDS];     /* [n]; 0 = none */
    run *runs[N_KINDS];      /* [n] run of each word */
    bool *cut;               /* [n] the kind under way has a run that ends before this word */
} words;

/* --- links -------------------------------------------------------------------------------------
 */

static int band_at(const recto_layout *l, float y)
{
    float at = l->height > 0.0f ? y / l->height * (float)N_BANDS : 0.0f;
    return at >= (float)(N_BANDS - 1) ? N_BANDS - 1 : (at > 0.0f ? (int)at : 0);
}

static bool is_usable(const recto_link *link)
{
    return link->url != NULL && link->url[0] != '\0' && recto_flow_rect_ok(link->box) &&
           recto_utf8_is_clean(link->url, strlen(link->url));
}

static bool sort_links(bands *b, const recto_layout *layout, recto_arena *tmp)
{
    int count[N_BANDS] = {0};
    int n = layout->n_links < MAX_LINKS ? layout->n_links : MAX_LINKS;
    b->layout = layout;
    size_t n_all = 0;
    for (int i = 0; i < n; i++) {
        const recto_link *link = &layout->links[i];
        if (!is_usable(link))
            continue;
        for (int k = band_at(layout, link->box.y0); k <= band_at(layout, link->box.y1); k++) {
            n_all += count[k] < MAX_BAND;
            count[k] += count[k] < MAX_BAND;
        }
    }
    if (n_all == 0)
        return true;
    b->first = recto_arena_array(tmp, N_BANDS + 1, sizeof *b->first);
    b->links = recto_arena_array(tmp, n_all, sizeof *b->links);
    if (b->first == NULL || b->links == NULL)
        return false;
    b->first[0] = 0;
    for (int k = 0; k < N_BANDS; k++) {
        b->first[k + 1] = b->first[k] + count[k];
        count[k] = 0;
    }
    for (int i = 0; i < n; i++) {
        const recto_link *link = &layout->links[i];
        if (!is_usable(link))
            continue;
        for (int k = band_at(layout, link->box.y0); k <= band_at(layout, link->box.y1); k++) {
            if (count[k] < MAX_BAND)
                b->links[b->first[k] + count[k]++] = i;
        }
    }
    return true;
}

/* Index of the first link over the middle of a word, -1 if there is none. */
static int link_over(const bands *b, const recto_word *w)
{
    if (b->first == NULL)
        return -1;
    float x = (w->box.x0 + w->box.x1) / 2.0f;
    float y = (w->box.y0 + w->box.y1) / 2.0f;
    int k = band_at(b->layout, y);
    for (int i = b->first[k]; i < b->first[k + 1]; i++) {
        if (recto_rect_contains(b->layout->links[b->links[i]].box, x, y))
            return b->links[i];
    }
    return -1;
}

/* --- words -------------------------------------------------------------------------------------
 */

static int leaf_of(uint32_t style)
{
    if (style & (uint32_t)RECTO_STYLE_SUPER)
        return RECTO_SPAN_SUPERSCRIPT;
    if (style & (uint32_t)RECTO_STYLE_SUB)
        return RECTO_SPAN_SUBSCRIPT;
    return style & (uint32_t)RECTO_STYLE_MONO ? RECTO_SPAN_CODE : 0;
}

/* Does any word bear a mark, or lie under a link? */
static bool is_marked(const finder *f, const subject *s)
{
    const uint32_t marks =
        ((uint32_t)RECTO_STYLE_BOLD | (uint32_t)RECTO_STYLE_ITALIC | (uint32_t)RECTO_STYLE_MONO |
         (uint32_t)RECTO_STYLE_SUPER | (uint32_t)RECTO_STYLE_SUB) &
        ~s->plain;
    for (int i = 0; i < s->n_lines; i++) {
        for (int k = 0; k < s->lines[i].n_words; k++) {
            const recto_word *w = &s->lines[i].words[k];
            if ((w->style & marks) != 0 || link_over(&f->bands, w) >= 0)
                return true;
        }
    }
    return false;
}

/* Has a word a letter, a digit, or a sign that could stand for something? */
static bool says_something(const char *text)
{
    return text[strspn(text, ".-_=~")] != '\0';
}

/* The values of word at, which is w. */
static void read_word(words *out, int at, const recto_word *w, const finder *f, uint32_t plain)
{
    uint32_t style = w->style & ~plain;
    int link = link_over(&f->bands, w);
    if (link >= 0) {
        const recto_link *links = f->bands.layout->links;
        int before = at > 0 ? out->value[LINK][at - 1] - 1 : -1;
        bool same = before >= 0 && strcmp(links[before].url, links[link].url) == 0;
        out->value[LINK][at] = 1 + (same ? before : link);
    }
    if (!says_something(w->text)) /* leaders, rules of dashes */
        return;
    int leaf = leaf_of(style);
    bool code = leaf == RECTO_SPAN_CODE;
    out->value[LEAF][at] = leaf;
    out->value[BOLD][at] = !code && (style & (uint32_t)RECTO_STYLE_BOLD) != 0;
    out->value[ITALIC][at] = !code && (style & (uint32_t)RECTO_STYLE_ITALIC) != 0;
}

/* Letters of a formula are slanted one by one: that is no emphasis. */
static void drop_formula(words *out)
{
    int n_runs = 0;
    int n_bytes = 0;
    int n_all = 0;
    for (int i = 0; i < out->n; i++) {
        int len = out->place[i].end - out->place[i].start;
        n_all += len;
        if (out->value[ITALIC][i] == 0)
            continue;
        n_runs += i == 0 || out->value[ITALIC][i - 1] == 0;
        n_bytes += len;
    }
    if (n_runs >= 3 && n_bytes < 4 * n_runs && n_runs * 12 > n_all)
        memset(out->value[ITALIC], 0, (size_t)out->n * sizeof(int));
}

/* Fill the words of a subject in tmp; n is 0 if its text is not what its lines say. */
static void load_words(words *out, finder *f, const subject *s)
{
    size_t n = 0;
    *out = (words){0};
    for (int i = 0; i < s->n_lines; i++)
        n += (size_t)s->lines[i].n_words;
    out->place = recto_arena_array(f->tmp, n + 1, sizeof *out->place);
    out->cut = recto_arena_array(f->tmp, n + 1, sizeof *out->cut);
    bool ok = out->place != NULL && out->cut != NULL;
    for (int k = 0; k < N_KINDS; k++) {
        out->value[k] = recto_arena_array(f->tmp, n + 1, sizeof(int));
        out->runs[k] = recto_arena_array(f->tmp, n + 1, sizeof(run));
        ok = ok && out->value[k] != NULL && out->runs[k] != NULL;
        if (out->value[k] != NULL)
            memset(out->value[k], 0, (n + 1) * sizeof(int));
    }
    const char *text =
        ok ? recto_join_lines_placed(f->join, s->lines, s->n_lines, s->skip, out->place, f->tmp)
           : NULL;
    if (text == NULL) {
        f->failed = true;
        return;
    }
    if (strcmp(text, s->text) != 0)
        return;
    for (int i = 0; i < s->n_lines; i++) {
        for (int k = 0; k < s->lines[i].n_words; k++, out->n++) {
            if (out->place[out->n].end > out->place[out->n].start)
                read_word(out, out->n, &s->lines[i].words[k], f, s->plain);
        }
    }
    drop_formula(out);
}

/* --- runs --------------------------------------------------------------------------------------
 */

/* Runs of a kind by its values and cuts. */
static void find_runs(words *w, int kind)
{
    const int *value = w->value[kind];
    for (int from = 0, to; from < w->n; from = to) {
        for (to = from + 1; to < w->n && value[to] == value[from] && !w->cut[to]; to++)
            ;
        for (int i = from; i < to; i++)
            w->runs[kind][i] = (run){from, to};
    }
}

/* Cut the runs of a kind where they cross one of an earlier kind. */
static void cut_runs(words *w, int kind, int earlier)
{
    find_runs(w, kind);
    const int *over = w->value[earlier];
    for (int from = 0, to; from < w->n; from = to) {
        to = w->runs[kind][from].to;
        if (w->value[kind][from] == 0)
            continue;
        run a = w->runs[earlier][from];
        run z = w->runs[earlier][to - 1];
        if (over[from] != 0 && a.from < from && a.to < to)
            w->cut[a.to] = true;
        if (over[to - 1] != 0 && z.to > to && z.from > from)
            w->cut[z.from] = true;
        if (kind != LEAF || w->value[kind][from] != RECTO_SPAN_CODE)
            continue;
        for (int i = from + 1; i < to; i++)
            w->cut[i] = w->cut[i] || w->runs[earlier][i].from == i;
    }
}

static int rank_of(recto_span_kind kind)
{
    static const int ranks[RECTO_SPAN_KIND_COUNT] = {
        [RECTO_SPAN_LINK] = 0,        [RECTO_SPAN_BOLD] = 1,      [RECTO_SPAN_ITALIC] = 2,
        [RECTO_SPAN_SUPERSCRIPT] = 3, [RECTO_SPAN_SUBSCRIPT] = 3, [RECTO_SPAN_CODE] = 4,
        [RECTO_SPAN_MATH] = 4,
    };
    return ranks[kind];
}

static int by_start(const void *a, const void *b)
{
    const recto_span *x = a;
    const recto_span *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end > y->end ? -1 : 1;
    return rank_of(x->kind) - rank_of(y->kind);
}

static recto_span span_of(const words *w, run r, int kind, const finder *f)
{
    static const recto_span_kind kinds[] = {RECTO_SPAN_LINK, RECTO_SPAN_BOLD, RECTO_SPAN_ITALIC};
    int value = w->value[kind][r.from];
    recto_span s = {.start = w->place[r.from].start, .end = w->place[r.to - 1].end};
    s.kind = kind == LEAF ? (recto_span_kind)value : kinds[kind];
    if (kind == LINK)
        s.url = f->bands.layout->links[value - 1].url;
    return s;
}

/* Spans of one text, in keep. */
static void find_spans(const recto_span **out, int *n_out, finder *f, const subject *s)
{
    *out = NULL;
    *n_out = 0;
    if (s->n_lines < 1 || !is_marked(f, s))
        return;
    recto_arena_mark mark = recto_arena_here(f->tmp);
    words w;
    load_words(&w, f, s);
    int n_runs = 0;
    for (int kind = 0; kind < N_KINDS && w.n > 0; kind++) {
        memset(w.cut, 0, (size_t)w.n * sizeof *w.cut);
        for (int earlier = 0; earlier < kind; earlier++)
            cut_runs(&w, kind, earlier);
        find_runs(&w, kind);
        for (int i = 0; i < w.n; i = w.runs[kind][i].to)
            n_runs += w.value[kind][i] != 0;
    }
    recto_span *spans =
        n_runs > 0 ? recto_arena_array(f->keep, (size_t)n_runs, sizeof *spans) : NULL;
    f->failed |= n_runs > 0 && spans == NULL;
    int n = 0;
    for (int kind = 0; kind < N_KINDS && spans != NULL; kind++) {
        int end[RECTO_SPAN_KIND_COUNT] = {0}; /* of the last of each, if any */
        for (int i = 0; i < w.n; i = w.runs[kind][i].to) {
            if (w.value[kind][i] == 0)
                continue;
            recto_span span = span_of(&w, w.runs[kind][i], kind, f);
            bool touches = kind != LINK && n > 0 && end[span.kind] == span.start && span.start > 0;
            end[span.kind] = span.end;
            if (!touches) /* what was cut inside a word is of the first part */
                spans[n++] = span;
        }
    }
    recto_buf scratch = RECTO_BUF_INIT;
    if (n > 0 && recto_escape_cleaned(&scratch, s->text, RECTO_ESCAPE_INLINE) == s->text) {
        qsort(spans, (size_t)n, sizeof *spans, by_start);
        *out = spans;
        *n_out = n;
    }
    recto_buf_free(&scratch);
    recto_arena_reset(f->tmp, mark);
}

/* --- blocks ------------------------------------------------------------------------------------
 */

static void find_in_table(finder *f, recto_table *t, uint32_t plain)
{
    for (int i = 0; i < t->n_cells && !f->failed; i++) {
        recto_cell *c = &t->cells[i];
        subject s = {.text = c->text, .lines = c->lines, .n_lines = c->n_lines, .plain = plain};
        s.plain |= c->header ? (uint32_t)RECTO_STYLE_BOLD : 0u;
        find_spans(&c->spans, &c->n_spans, f, &s);
    }
}

static void find_in_block(finder *f, recto_block *b, uint32_t plain)
{
    subject s = {.text = b->text,
                 .lines = b->lines,
                 .n_lines = b->n_lines,
                 .skip = b->marker != NULL && !b->continues,
                 .plain = plain | b->style};
    switch (b->label) {
    case RECTO_LABEL_TABLE:
        find_in_table(f, b->table, plain);
        return;
    case RECTO_LABEL_PICTURE:
    case RECTO_LABEL_FORMULA:
    case RECTO_LABEL_CODE:
    case RECTO_LABEL_FORM:
        return;
    case RECTO_LABEL_TITLE:
    case RECTO_LABEL_SECTION_HEADER:
        s.plain |= (uint32_t)RECTO_STYLE_BOLD;
        break;
    default:
        break;
    }
    find_spans(&b->spans, &b->n_spans, f, &s);
}

recto_status recto_runs_find(recto_block *blocks, int n, const recto_layout *layout,
                             const recto_flow_metrics *m, recto_join *join, recto_arena *keep,
                             recto_arena *tmp, recto_error *err)
{
    recto_arena_mark mark = recto_arena_here(tmp);
    finder f = {.m = m, .join = join, .keep = keep, .tmp = tmp};
    f.failed = !sort_links(&f.bands, layout, tmp);
    /* what the page is as a whole means nothing */
    uint32_t plain =
        (m->mono ? (uint32_t)RECTO_STYLE_MONO : 0u) | (m->bold ? (uint32_t)RECTO_STYLE_BOLD : 0u);
    for (int i = 0; i < n && !f.failed; i++)
        find_in_block(&f, &blocks[i], plain);
    recto_arena_reset(tmp, mark);
    return f.failed ? recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for spans")
                    : RECTO_OK;
}
