/* Gutters by a sweep down a part of the page.
 *
 * The sweep keeps the strips of white that are still open; a chunk that gets in the way closes a
 * strip (a candidate) and leaves the narrower rest of it open.  Candidates are tried from the
 * tallest and widest.  A strip is not a gutter because it is white: tables, receipts, letterheads
 * and lists with wide number gaps have such strips, too.  Columns show running text on both sides
 * (lines of several words, one below the other, of like width), or sides that do not share their
 * baselines. */
#include "text/order_gutter.h"
#include "core/utf8.h"
#include <math.h>
#include <string.h>

#define MAX_OPEN      48   /* strips kept open in the sweep */
#define MAX_TRIES     32   /* candidates tried on a part */
#define MIN_GUTTER    0.5f /* em; chunks are further apart, but not all at the same place */
#define SAME_BASELINE 0.4f /* em: two lines stand in one row */

typedef recto_order_chunk chunk;
typedef recto_order_strip strip;
typedef recto_order_piece piece;

/* What the tries on one part share. */
typedef struct room {
    const recto_flow_item *items;
    piece *left, *right;
    const recto_flow_metrics *m;
} room;

/* --- the sweep ---------------------------------------------------------------------------------
 */

typedef struct sweep {
    strip open[MAX_OPEN];
    int n_open;
    strip best[MAX_TRIES];
    int n_best;
    float x0, x1; /* of the part */
    float min_width;
    const recto_flow_metrics *m;
} sweep;

static void open_strip(sweep *s, strip g)
{
    if (g.x1 - g.x0 < s->min_width)
        return;
    int n = 0;
    for (int i = 0; i < s->n_open; i++) {
        const strip *o = &s->open[i];
        if (o->x0 <= g.x0 && o->x1 >= g.x1 && o->first <= g.first)
            return; /* inside an older one */
    }
    for (int i = 0; i < s->n_open; i++) {
        strip o = s->open[i];
        if (!(g.x0 <= o.x0 && g.x1 >= o.x1 && g.first <= o.first))
            s->open[n++] = o;
    }
    if (n == MAX_OPEN) { /* give up the youngest */
        int young = 0;
        for (int i = 1; i < n; i++)
            young = s->open[i].first > s->open[young].first ? i : young;
        s->open[young] = s->open[--n];
    }
    s->open[n++] = g;
    s->n_open = n;
}

static void close_strip(sweep *s, strip g, float y, int seen)
{
    if (g.x0 <= s->x0 || g.x1 >= s->x1 || seen - g.first < 2)
        return; /* a margin, or nothing stands beside it */
    float em = (g.x1 - g.x0) / s->m->body;
    g.y1 = y;
    g.score = (float)(seen - g.first) * fminf(0.4f + 0.5f * em, 1.2f);
    int at = s->n_best;
    while (at > 0 && s->best[at - 1].score < g.score)
        at--;
    if (at >= MAX_TRIES)
        return;
    if (s->n_best < MAX_TRIES)
        s->n_best++;
    for (int i = s->n_best - 1; i > at; i--)
        s->best[i] = s->best[i - 1];
    s->best[at] = g;
}

static void sweep_chunk(sweep *s, const chunk *c, int seen)
{
    strip hit[MAX_OPEN];
    int n_hit = 0;
    int n = 0;
    for (int i = 0; i < s->n_open; i++) {
        strip g = s->open[i];
        if (c->x0 < g.x1 && c->x1 > g.x0)
            hit[n_hit++] = g;
        else
            s->open[n++] = g;
    }
    s->n_open = n;
    for (int i = 0; i < n_hit; i++) {
        strip g = hit[i];
        close_strip(s, g, c->y, seen);
        strip rest = g;
        rest.x1 = c->x0;
        open_strip(s, rest);
        rest = g;
        rest.x0 = c->x1;
        open_strip(s, rest);
    }
    open_strip(s, (strip){.x0 = s->x0, .x1 = s->x1, .y0 = c->y, .first = seen + 1});
}

static void sweep_part(sweep *s, const chunk *chunks, int n, const recto_flow_metrics *m)
{
    s->n_open = 0;
    s->n_best = 0;
    s->m = m;
    s->min_width = MIN_GUTTER * m->body;
    s->x0 = chunks[0].x0;
    s->x1 = chunks[0].x1;
    for (int i = 1; i < n; i++) {
        s->x0 = fminf(s->x0, chunks[i].x0);
        s->x1 = fmaxf(s->x1, chunks[i].x1);
    }
    open_strip(s, (strip){.x0 = s->x0, .x1 = s->x1, .y0 = -HUGE_VALF, .first = 0});
    for (int i = 0; i < n; i++)
        sweep_chunk(s, &chunks[i], i);
    for (int i = 0; i < s->n_open; i++)
        close_strip(s, s->open[i], HUGE_VALF, n);
}

/* --- is it a gutter? ---------------------------------------------------------------------------
 */

typedef struct side {
    piece *p;
    int n;
    int n_chars;
    int running; /* pieces of running text */
    int running_chars;
    int n_left;  /* pieces whose start is shared with a neighbour */
    int n_solid; /* tables and pictures */
} side;

static void add_piece(side *s, const chunk *c, bool same_line)
{
    s->n_chars += c->n_chars;
    if (same_line && s->n > 0) {
        piece *p = &s->p[s->n - 1];
        p->x0 = fminf(p->x0, c->x0);
        p->x1 = fmaxf(p->x1, c->x1);
        p->n_words += c->n_words;
        p->n_chars += c->n_chars;
        p->end_word = c->first_word + c->n_words;
        return;
    }
    s->p[s->n++] = (piece){.x0 = c->x0,
                           .x1 = c->x1,
                           .y = c->y,
                           .size = c->size,
                           .n_words = c->n_words,
                           .n_chars = c->n_chars,
                           .item = c->item,
                           .first_word = c->first_word,
                           .end_word = c->first_word + c->n_words};
}

/* Pieces of both sides between the strip's ends; the number of lines that reach over it. */
static int gather(side *l, side *r, const room *t, const chunk *chunks, int n, const strip *g)
{
    float mid = (g->x0 + g->x1) / 2.0f;
    int n_cross = 0;
    int left_item = -1;
    int right_item = -1;
    *l = (side){.p = t->left};
    *r = (side){.p = t->right};
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0)
            continue;
        bool is_left = (c->x0 + c->x1) / 2.0f < mid;
        if (c->n_words == 0) {
            (is_left ? l : r)->n_solid += c->first_word == 0;
            continue;
        }
        if (is_left) {
            add_piece(l, c, left_item == c->item);
            left_item = c->item;
        } else {
            n_cross += left_item == c->item && right_item != c->item;
            add_piece(r, c, right_item == c->item);
            right_item = c->item;
        }
    }
    return n_cross;
}

static void judge_side(side *s, const recto_flow_metrics *m)
{
    for (int i = 0; i < s->n; i++) {
        piece *a = &s->p[i];
        bool left = false;
        for (int k = i + 1; k < s->n && k < i + 10; k++) {
            piece *b = &s->p[k];
            if (b->y - a->y > 2.5f * m->pitch)
                break;
            float wide = fmaxf(a->x1 - a->x0, b->x1 - b->x0);
            if (b->y - a->y < 0.5f * a->size || fabsf(a->x0 - b->x0) > 2.0f * m->body)
                continue;
            left |= fabsf(a->x0 - b->x0) < 0.4f * m->body;
            if (fabsf(a->x1 - b->x1) < 0.4f * wide) {
                a->stacked = true;
                b->stacked = true;
            }
        }
        s->n_left += left;
    }
    for (int i = 0; i < s->n; i++) {
        const piece *a = &s->p[i];
        if (a->stacked && (a->n_words >= 3 || (a->n_words == 2 && a->n_chars >= 20)) &&
            a->x1 - a->x0 > 7.0f * fmaxf(a->size, 0.7f * m->body)) {
            s->running++;
            s->running_chars += a->n_chars;
        }
    }
}

/* Notes in the margin: a few short pieces beside running text, in smaller print, or so few and so
 * narrow that they can be nothing else.  Labels of a list are shorter still. */
static bool is_margin(const side *notes, const side *text, const recto_flow_metrics *m)
{
    if (notes->n == 0 || notes->n_solid > 0 || notes->n * 3 > text->n ||
        text->running_chars * 3 < text->n_chars * 2)
        return false;
    float wide = 0.0f;
    float left = HUGE_VALF;
    float right = -HUGE_VALF;
    float size = 0.0f;
    float largest = 0.0f;
    for (int i = 0; i < notes->n; i++) {
        size += notes->p[i].size / (float)notes->n;
        largest = fmaxf(largest, notes->p[i].size);
        wide = fmaxf(wide, notes->p[i].x1 - notes->p[i].x0);
    }
    for (int i = 0; i < text->n; i++) {
        left = fminf(left, text->p[i].x0);
        right = fmaxf(right, text->p[i].x1);
    }
    if (wide >= 0.5f * (right - left))
        return false;
    if (size <= (m->exact ? 0.92f : 0.9f) * m->body &&
        largest <= (m->exact ? 0.96f : 1.1f) * m->body)
        return true;
    bool rare = notes->n * 6 <= text->n && text->n >= 8;
    return notes->n_chars >= 8 * notes->n && notes->n * 4 <= text->n && largest < 1.3f * m->body &&
           (rare || wide < 0.3f * (right - left)) && text->running_chars * 20 >= text->n_chars * 17;
}

/* A picture or table with a few lines to it (a caption) beside running text. */
static bool is_float(const side *box, const side *text)
{
    return box->n_solid > 0 && box->n <= 6 && text->n >= 3 && text->running * 2 >= text->n;
}

/* How many pieces of side a stand in one row with a piece of side b. */
static int count_aligned(const side *a, const side *b)
{
    int n = 0;
    int k = 0;
    for (int i = 0; i < a->n; i++) {
        float y = a->p[i].y;
        float tol = SAME_BASELINE * a->p[i].size;
        while (k < b->n && b->p[k].y < y - tol)
            k++;
        n += k < b->n && b->p[k].y <= y + tol;
    }
    return n;
}

/* --- lists in columns --------------------------------------------------------------------------
 */

/* What the entries of a side start with, from the top. */
typedef struct entries {
    int n;       /* at the side's left edge, with a letter */
    int n_falls; /* letters that come before the one above */
    int n_kinds; /* different letters, one after the other */
    uint32_t first, last;
    int n_counting; /* numbers, each one more than the one above */
    int first_number, last_number;
    int n_references; /* "herring, 24, 26": entries that end in numbers after a comma */
    int n_all;
} entries;

static int leading_number(const char *text)
{
    size_t n = strspn(text, "0123456789");
    int value = 0;
    if (n == 0 || n > 3 || strspn(text + n, ".):") != strlen(text + n))
        return -1;
    for (size_t i = 0; i < n; i++)
        value = 10 * value + (text[i] - '0');
    return value;
}

static bool is_reference(const recto_line *line, const piece *p)
{
    if (p->end_word - p->first_word < 2)
        return false;
    const char *last = line->words[p->end_word - 1].text;
    const char *before = line->words[p->end_word - 2].text;
    size_t len = strlen(before);
    return last[0] >= '0' && last[0] <= '9' && before[len - 1] == ',';
}

static entries read_entries(const side *s, const room *t)
{
    entries e = {0};
    float left = HUGE_VALF;
    for (int i = 0; i < s->n; i++)
        left = fminf(left, s->p[i].x0);
    for (int i = 0; i < s->n; i++) {
        const piece *p = &s->p[i];
        const recto_line *line = t->items[p->item].line;
        const char *text = line->words[p->first_word].text;
        e.n_all++;
        e.n_references += is_reference(line, p);
        if (p->x0 > left + 0.7f * p->size)
            continue;
        int number = leading_number(text);
        if (number >= 0) {
            e.n_counting += e.n_counting == 0 || number == e.last_number + 1;
            e.first_number = e.n_counting == 1 ? number : e.first_number;
            e.last_number = number;
        }
        uint32_t c = recto_utf8_lower(recto_utf8_next(&text, text + strlen(text)));
        if (!recto_utf8_is_letter(c))
            continue;
        c = c >= 0xC0 && c < 0x250 ? e.last : c; /* accents sort with their letter */
        e.first = e.n == 0 ? c : e.first;
        e.n_falls += e.n > 0 && c < e.last;
        e.n_kinds += e.n == 0 || c != e.last;
        e.last = c;
        e.n++;
    }
    return e;
}

/* Do the entries of both sides go on down the columns: by the alphabet, or counting?  Or are they
 * an index? */
static bool runs_down(const side *l, const side *r, const room *t)
{
    entries a = read_entries(l, t);
    entries b = read_entries(r, t);
    if (a.n_counting >= 2 && b.n_counting >= 2 && b.first_number == a.last_number + 1 &&
        a.n_counting == a.last_number - a.first_number + 1)
        return true;
    if (a.n_all >= 4 && b.n_all >= 4 && a.n_references * 10 >= a.n_all * 7 &&
        b.n_references * 10 >= b.n_all * 7)
        return true;
    return a.n >= 5 && b.n >= 5 && a.n * 2 >= a.n_all && b.n * 2 >= b.n_all &&
           a.n_falls * 8 <= a.n && b.n_falls * 8 <= b.n && a.n_kinds + b.n_kinds >= 4 &&
           a.last <= b.first && a.first < b.last;
}

/* Does strip g separate columns (or text and notes)? */
static bool is_gutter(strip *g, const room *t, const chunk *chunks, int n)
{
    side l;
    side r;
    int n_cross = gather(&l, &r, t, chunks, n, g);
    int few = l.n < r.n ? l.n : r.n;
    float em = (g->x1 - g->x0) / t->m->body;
    g->kind = RECTO_ORDER_COLUMNS;
    if (few == 0) /* a picture or table beside text */
        return (l.n_solid > 0 && r.n >= 2) || (r.n_solid > 0 && l.n >= 2);
    judge_side(&l, t->m);
    judge_side(&r, t->m);
    int aligned = l.n <= r.n ? count_aligned(&l, &r) : count_aligned(&r, &l);
    /* a note may have been read as the end of a line; then the other lines must tell */
    bool sure = n_cross == 0 || (few * 6 <= l.n + r.n && l.n + r.n >= 12);
    if (sure && is_margin(&l, &r, t->m))
        g->kind = RECTO_ORDER_NOTES_LEFT;
    else if (sure && is_margin(&r, &l, t->m))
        g->kind = RECTO_ORDER_NOTES_RIGHT;
    if (g->kind != RECTO_ORDER_COLUMNS)
        return true;
    bool crossed = n_cross * 5 > few; /* by more than some lines that were not parted at it */
    if (crossed && (few < 4 || r.n_left * 10 < r.n * 6))
        return false; /* a chance white of some lines */
    if (l.running >= 2 && r.running >= 2 && l.running_chars * 2 >= l.n_chars &&
        r.running_chars * 2 >= r.n_chars)
        return few >= 3 || aligned * 2 < few || em > 1.2f;
    if (runs_down(&l, &r, t))
        return true;
    if (crossed)
        return false;
    if (is_float(&l, &r) || is_float(&r, &l))
        return true;
    if (few >= 3 && l.n + r.n >= 7 && em > 1.2f && aligned * 5 < few * 2)
        return true; /* the sides keep no common rows */
    /* two lists, as in an index; where nearly all of one side stands beside something of the other,
     * the rest are headings over rows */
    return few >= 8 && count_aligned(&l, &r) * 5 < l.n * 4 && count_aligned(&r, &l) * 5 < r.n * 4 &&
           l.n_left * 10 >= l.n * 6 && r.n_left * 10 >= r.n * 6;
}

int recto_order_gutter_find(strip *out, const chunk *chunks, int n, const recto_flow_item *items,
                            piece *left, piece *right, const recto_flow_metrics *m)
{
    room t = {.items = items, .left = left, .right = right, .m = m};
    sweep s;
    int n_out = 0;
    sweep_part(&s, chunks, n, m);
    for (int i = 0; i < s.n_best && n_out < RECTO_ORDER_MAX_GUTTERS; i++) {
        if (is_gutter(&s.best[i], &t, chunks, n))
            out[n_out++] = s.best[i];
    }
    return n_out;
}
