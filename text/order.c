/* Reading order by whitespace gutters.
 *
 * Lines are first cut into chunks at gaps wider than a word space, so that a gutter shows even
 * where a line reaches over it.  A gutter (order_gutter.c) cuts its part in four:
 *
 *        +-----------------+
 *        |      above      |   1
 *        +-------+ +-------+
 *        | left  | | right |   2, 3
 *        +-------+ +-------+
 *        |      below      |   4
 *        +-----------------+
 *
 * Where several gutters cross each other's ends, the choice matters: a headline over two of three
 * columns ends the gutter between those two, while the third column runs on beside it.  So a gutter
 * waits for another that passes its end with text going on behind it; and where a headline that
 * ends a gutter has white above it over the whole part, it opens a section, and the part is cut
 * there from side to side.
 *
 * Notes in the margin, and boxes that the text runs around, are no columns: they are taken out
 * (asides), and what is left is read as if they were not there.
 */
#include "text/order.h"
#include "text/order_gutter.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH      24    /* of cuts within cuts */
#define CHUNK_GAP      0.56f /* em: gap in a line that may be a gutter */
#define CHUNK_GAP_INK  0.7f  /* the same between boxes of ink, which are narrower */
#define CHUNK_GAP_MONO 1.0f  /* the same in a monospaced face, whose space is 0.6 */
#define MAX_BELOW      3     /* lines under two columns that end before them */
#define HEADLINE       1.15f /* of the body's size */

typedef recto_order_chunk chunk;
typedef recto_order_strip strip;
typedef recto_order_piece piece;

typedef struct sorter {
    chunk *chunks;
    chunk *room; /* as many as chunks, for stable partition */
    piece *left, *right;
    float *edges; /* room for all chunks */
    const recto_flow_item *items;
    const recto_flow_metrics *m;
    int n_leaves;
    int aside; /* number of the one that is being sorted; 0 = the text */
    int n_asides;
    int n_aside_leaves; /* of it */
} sorter;

static int chunk_order(const void *a, const void *b)
{
    const chunk *x = a;
    const chunk *y = b;
    if (x->y != y->y)
        return x->y < y->y ? -1 : 1;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return x->first_word - y->first_word;
}

/* --- chunks ------------------------------------------------------------------------------------
 */

static int word_chars(const recto_word *w)
{
    return (int)strlen(w->text);
}

static int add_line_chunks(chunk *out, const recto_flow_item *it, int index,
                           const recto_flow_metrics *m)
{
    const recto_line *line = it->line;
    bool mono = (line->style & (uint32_t)RECTO_STYLE_MONO) != 0;
    float gap = (mono       ? CHUNK_GAP_MONO
                 : m->exact ? CHUNK_GAP
                            : CHUNK_GAP_INK) *
                fmaxf(line->size, 0.6f * m->body);
    int n = 0;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        bool fresh = n == 0 || w->box.x0 - out[n - 1].x1 > gap;
        if (fresh)
            out[n++] = (chunk){.x0 = w->box.x0,
                               .x1 = w->box.x1,
                               .y = line->baseline - 0.3f * line->size,
                               .item = index,
                               .first_word = i,
                               .size = line->size};
        chunk *c = &out[n - 1];
        c->x0 = fminf(c->x0, w->box.x0);
        c->x1 = fmaxf(c->x1, w->box.x1);
        c->n_words++;
        c->n_chars += word_chars(w);
    }
    return n;
}

/* Slices of something tall, so that the sweep, which takes chunks as flat, sees all its height. */
static int add_slices(chunk *out, recto_rect box, int index, int n_slices)
{
    for (int i = 0; i < n_slices; i++) {
        float at = n_slices > 1 ? (float)i / (float)(n_slices - 1) : 0.5f;
        out[i] = (chunk){.x0 = box.x0,
                         .x1 = box.x1,
                         .y = box.y0 + at * recto_rect_height(box),
                         .item = index,
                         .first_word = i};
    }
    return n_slices;
}

static int slices_of(recto_rect box, const recto_flow_metrics *m)
{
    float n = recto_rect_height(box) / m->pitch + 1.0f;
    return n > 200.0f ? 200 : (n < 2.0f ? 2 : (int)n);
}

static size_t count_chunks(const recto_flow_item *items, int n, const recto_flow_metrics *m,
                           int n_rules)
{
    size_t all = (size_t)n_rules + 1;
    for (int i = 0; i < n; i++)
        all += items[i].line != NULL ? (size_t)items[i].line->n_words
                                     : (size_t)slices_of(items[i].box, m);
    return all;
}

static int make_chunks(chunk *out, const recto_flow_item *items, int n, const recto_flow_metrics *m,
                       const recto_rule *rules, int n_rules)
{
    int n_out = 0;
    for (int i = 0; i < n; i++) {
        if (items[i].line != NULL)
            n_out += add_line_chunks(out + n_out, &items[i], i, m);
        else
            n_out += add_slices(out + n_out, items[i].box, i, slices_of(items[i].box, m));
    }
    for (int i = 0; i < n_rules; i++) {
        if (!rules[i].vertical && recto_flow_rect_ok(rules[i].box) &&
            recto_rect_width(rules[i].box) > 4.0f * m->body)
            n_out += add_slices(out + n_out, rules[i].box, -1, 1);
    }
    qsort(out, (size_t)n_out, sizeof *out, chunk_order);
    return n_out;
}

/* --- cutting -----------------------------------------------------------------------------------
 */

/* Is the line a of running text followed by b, as if nothing stood beside them? */
static bool runs_on(const sorter *t, const chunk *a, const chunk *b)
{
    float step = b->y - a->y;
    return a->n_words > 0 && b->n_words > 0 && step > 0.5f * t->m->pitch &&
           step < 1.35f * t->m->pitch && fabsf(a->size - b->size) < 0.12f * a->size;
}

/* Where the left column starts, of which the right one begins at height `right`: lines of the left
 * above that go above both, but for those that run on into the column without a gap. */
static float left_top(const sorter *t, const chunk *chunks, int n, const strip *g, float right)
{
    const recto_flow_metrics *m = t->m;
    float mid = (g->x0 + g->x1) / 2.0f;
    float level = right - 0.8f * m->pitch;
    const chunk *first = NULL; /* of the run of lines at hand */
    const chunk *before = NULL;
    const chunk *top = NULL;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0 || (c->x0 + c->x1) / 2.0f >= mid)
            continue;
        top = top == NULL ? c : top;
        bool runs = before != NULL && runs_on(t, before, c) &&
                    t->items[before->item].line->style == t->items[c->item].line->style;
        if (!runs && c->y >= level)
            return level;
        first = runs ? first : c;
        before = c;
        if (c->y >= level)
            break;
    }
    /* what goes on from the line above the gutter is no part of the column */
    bool own = first != NULL && (first != top || first->y - g->y0 > 1.35f * m->pitch);
    return own ? fminf(level, first->y - 0.5f * m->pitch) : level;
}

/* Where the columns start: lines that stand on one side only before the other side begins go
 * above, if that is not where the reading order would suffer. */
static float columns_top(const sorter *t, const chunk *chunks, int n, const strip *g)
{
    const recto_flow_metrics *m = t->m;
    float mid = (g->x0 + g->x1) / 2.0f;
    float left = HUGE_VALF;
    float right[3] = {HUGE_VALF, HUGE_VALF, HUGE_VALF}; /* first three heights on the right */
    int n_right = 0;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0)
            continue;
        if ((c->x0 + c->x1) / 2.0f < mid)
            left = fminf(left, c->y);
        else if (n_right < 3 && (n_right == 0 || c->y > right[n_right - 1] + 0.5f * m->pitch))
            right[n_right++] = c->y;
    }
    if (left < right[0])
        return left_top(t, chunks, n, g, right[0]);
    for (int i = 0; i < 2 && i + 1 < n_right; i++) {
        if (right[i + 1] - right[i] > 2.2f * m->pitch && left > right[i] + 1.5f * m->pitch)
            return right[i] + 0.5f * m->pitch;
    }
    return g->y0;
}

/* Where the columns end, if something wide stands below them: one side may stop early, and some
 * lines that then follow on the other after a gap (a salutation under the blocks of a letterhead)
 * are read after both.  More lines than that are the rest of a column. */
static float columns_bottom(const chunk *chunks, int n, const strip *g, const recto_flow_metrics *m)
{
    float mid = (g->x0 + g->x1) / 2.0f;
    float last[2] = {-HUGE_VALF, -HUGE_VALF}; /* lowest line of left and right */
    if (g->y1 == HUGE_VALF)
        return g->y1;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y > g->y0 && c->y < g->y1 && c->item >= 0)
            last[(c->x0 + c->x1) / 2.0f < mid ? 0 : 1] = c->y;
    }
    int longer = last[0] > last[1] ? 0 : 1;
    float stop = last[1 - longer] - 0.5f * m->pitch;
    float before = -HUGE_VALF;
    float cut = g->y1;
    int n_rows = 0; /* below the cut */
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= g->y0 || c->y >= g->y1 || c->item < 0 ||
            ((c->x0 + c->x1) / 2.0f < mid ? 0 : 1) != longer)
            continue;
        if (cut == g->y1 && c->y > stop + m->pitch && c->y - before > 1.5f * m->pitch)
            cut = c->y - 0.1f * m->pitch;
        n_rows += cut < g->y1 && c->y > before + 0.5f * m->pitch;
        before = c->y;
    }
    return n_rows <= MAX_BELOW ? cut : g->y1;
}

static int place_of(const chunk *c, const strip *g, float top)
{
    if (c->y <= g->y0 || c->y < top)
        return 0;
    if (c->y >= g->y1)
        return 3;
    return (c->x0 + c->x1) / 2.0f < (g->x0 + g->x1) / 2.0f ? 1 : 2;
}

/* Stable partition of chunks[0..n) by place: above, left, right, below. */
static void partition(const sorter *t, chunk *chunks, int n, const strip *g, float top,
                      int counts[4])
{
    memset(counts, 0, 4 * sizeof *counts);
    for (int i = 0; i < n; i++)
        counts[place_of(&chunks[i], g, top)]++;
    int at[4] = {0, counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]};
    for (int i = 0; i < n; i++)
        t->room[at[place_of(&chunks[i], g, top)]++] = chunks[i];
    memcpy(chunks, t->room, (size_t)n * sizeof *chunks);
}

static int by_falling(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x > y ? -1 : x < y;
}

/* Where the lines of a part end: as far right as three of them do. */
static float right_edge(const sorter *t, const chunk *chunks, int n)
{
    int n_edges = 0;
    for (int i = 0; i < n; i++) {
        if (chunks[i].n_words > 0)
            t->edges[n_edges++] = chunks[i].x1;
    }
    if (n_edges == 0)
        return 0.0f;
    qsort(t->edges, (size_t)n_edges, sizeof *t->edges, by_falling);
    for (int i = 0; i + 2 < n_edges; i++) {
        if (t->edges[i + 2] > t->edges[i] - 3.0f * t->m->body)
            return t->edges[i];
    }
    return t->edges[0];
}

/* Asides have leaves of their own, of which a few at the most are ever needed. */
static int next_leaf(sorter *t)
{
    if (t->aside == 0)
        return t->n_leaves++;
    int k = t->n_aside_leaves++;
    return recto_flow_aside_leaf(t->aside - 1, k);
}

static void make_leaf(sorter *t, chunk *chunks, int n, float right)
{
    int leaf = next_leaf(t);
    for (int i = 0; i < n; i++) {
        chunks[i].leaf = leaf;
        chunks[i].right = right;
    }
}

static void sort_part(sorter *t, chunk *chunks, int n, float right, int depth);

/* Sort chunks as something beside the text. */
static void sort_aside(sorter *t, chunk *chunks, int n, int depth)
{
    if (n == 0)
        return;
    int aside = t->aside;
    int n_leaves = t->n_aside_leaves;
    t->aside = ++t->n_asides;
    t->n_aside_leaves = 0;
    sort_part(t, chunks, n, right_edge(t, chunks, n), depth);
    t->aside = aside;
    t->n_aside_leaves = n_leaves;
}

/* --- which gutter first ------------------------------------------------------------------------
 */

static bool is_headline(const sorter *t, const chunk *c)
{
    return c->n_words > 0 && c->size > HEADLINE * t->m->body;
}

/* Does a strip pass the height y, well beyond it on both sides? */
static bool passes(const strip *h, float y, const recto_flow_metrics *m)
{
    return h->y0 < y - m->pitch && h->y1 > y + m->pitch;
}

/* Does text behind h, seen from g, go on past the height y? */
static bool goes_on_behind(const sorter *t, const chunk *chunks, int n, const strip *h,
                           const strip *g, float y)
{
    float mid = (h->x0 + h->x1) / 2.0f;
    bool left = (g->x0 + g->x1) / 2.0f > mid; /* behind h is to its left */
    const chunk *a = NULL;
    const chunk *b = NULL;
    for (int i = 0; i < n && b == NULL; i++) {
        const chunk *c = &chunks[i];
        if (c->y <= h->y0 || c->y >= h->y1 || c->item < 0 || ((c->x0 + c->x1) / 2.0f < mid) != left)
            continue;
        if (c->y <= y)
            a = c;
        else
            b = c;
    }
    if (a == NULL || b == NULL)
        return false;
    float step = b->y - a->y;
    return step < 2.3f * t->m->pitch || (is_headline(t, a) && step < 6.0f * t->m->pitch &&
                                         fabsf(a->x0 - b->x0) < 0.6f * t->m->body);
}

/* The headline at height y (of the chunk that ends a gutter) may open a section: then the height
 * in the white above it.  False if there is text or less than a line of white above. */
static bool is_section(float *level_out, const sorter *t, const chunk *chunks, int n, float y)
{
    int i = 0;
    while (i < n && chunks[i].y < y)
        i++;
    if (i == n || !is_headline(t, &chunks[i]))
        return false;
    for (; i > 0; i--) { /* up to the headline's first line, or a rule above it */
        const chunk *c = &chunks[i];
        const chunk *up = &chunks[i - 1];
        float near = up->item < 0 ? 2.0f * t->m->pitch : 1.7f * fmaxf(up->size, c->size);
        if (!(up->item < 0 || is_headline(t, up)) || c->y - up->y > near)
            break;
    }
    if (i == 0)
        return false;
    float white = chunks[i].y - 0.5f * chunks[i].size - chunks[i - 1].y - 0.5f * chunks[i - 1].size;
    *level_out = (chunks[i - 1].y + chunks[i].y) / 2.0f;
    return white > t->m->pitch;
}

/* Look at the end y of gutter g: must it wait for another one?  Or is the part to be cut at
 * *level_out? */
typedef enum verdict { FREE, WAITS, SECTION } verdict;

static verdict judge_end(float *level_out, const sorter *t, const chunk *chunks, int n,
                         const strip *all, int n_all, const strip *g, float y)
{
    if (fabsf(y) == HUGE_VALF)
        return FREE;
    bool waits = false;
    for (int i = 0; i < n_all; i++) {
        const strip *h = &all[i];
        if (h == g || !passes(h, y, t->m) || (h->x0 < g->x1 && h->x1 > g->x0))
            continue;
        if (is_section(level_out, t, chunks, n, y))
            return SECTION;
        waits |= goes_on_behind(t, chunks, n, h, g, y);
    }
    return waits ? WAITS : FREE;
}

/* The gutter to cut at: the best that does not wait for another; NULL if *level_out is to be cut
 * at first. */
static const strip *choose(float *level_out, const sorter *t, const chunk *chunks, int n,
                           const strip *all, int n_all)
{
    const strip *best = NULL;
    for (int i = 0; i < n_all; i++) {
        const strip *g = &all[i];
        verdict top = judge_end(level_out, t, chunks, n, all, n_all, g, g->y0);
        if (top == SECTION)
            return NULL;
        verdict bottom = judge_end(level_out, t, chunks, n, all, n_all, g, g->y1);
        if (bottom == SECTION)
            return NULL;
        if (best == NULL && top == FREE && bottom == FREE)
            best = g;
    }
    return best != NULL ? best : all;
}

/* --- asides ------------------------------------------------------------------------------------
 */

/* Move the chunks of places first..last to the end; returns how many are left before them. */
static int move_to_end(const sorter *t, chunk *chunks, int n, int first, int last)
{
    int n_out = last - first;
    memcpy(t->room, chunks + first, (size_t)n_out * sizeof *chunks);
    memmove(chunks + first, chunks + last, (size_t)(n - last) * sizeof *chunks);
    memcpy(chunks + n - n_out, t->room, (size_t)n_out * sizeof *chunks);
    return n - n_out;
}

/* Notes leave the text, each an aside; the text is sorted without them. */
static void cut_notes(sorter *t, chunk *chunks, int n, const strip *g, float right, int depth)
{
    bool on_left = g->kind == RECTO_ORDER_NOTES_LEFT;
    float mid = (g->x0 + g->x1) / 2.0f;
    int n_text = 0;
    int n_notes = 0;
    for (int i = 0; i < n; i++) {
        const chunk *c = &chunks[i];
        bool note = c->y > g->y0 && c->y < g->y1 && ((c->x0 + c->x1) / 2.0f < mid) == on_left;
        if (note)
            t->room[n_notes++] = *c;
        else
            chunks[n_text++] = *c;
    }
    memcpy(chunks + n_text, t->room, (size_t)n_notes * sizeof *chunks);
    sort_part(t, chunks, n_text, right, depth + 1);
    chunk *notes = chunks + n_text;
    for (int i = 0, k = 1; i < n_notes; i = k++) {
        while (k < n_notes && notes[k].y - notes[k - 1].y < 1.8f * notes[k].size)
            k++;
        sort_aside(t, notes + i, k - i, MAX_DEPTH);
    }
}

/* Does the line that c is the end of end in mid sentence? */
static bool is_unfinished(const sorter *t, const chunk *c)
{
    const recto_line *line = t->items[c->item].line;
    const char *text = line->words[c->first_word + c->n_words - 1].text;
    unsigned char end = (unsigned char)text[strlen(text) - 1];
    return end == ',' || end == '-' || end >= 0x80 || (end >= 'a' && end <= 'z') ||
           (end >= 'A' && end <= 'Z');
}

static float left_edge(const chunk *chunks, int n)
{
    float left = HUGE_VALF;
    for (int i = 0; i < n; i++)
        left = fminf(left, chunks[i].x0);
    return left;
}

static int count_chars(const chunk *chunks, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += chunks[i].n_chars;
    return sum;
}

/* chunks lie as above, left, right, below.  Does text run around one side: past its top or bottom
 * in mid sentence, and on below it from edge to edge?  Then 1 or 2, the side; else 0. */
static int find_wrapped(const sorter *t, const chunk *chunks, const int counts[4])
{
    const chunk *side[2] = {chunks + counts[0], chunks + counts[0] + counts[1]};
    const chunk *below = side[1] + counts[2];
    if (counts[3] == 0)
        return 0;
    int box = count_chars(side[0], counts[1]) < count_chars(side[1], counts[2]) ? 0 : 1;
    const chunk *text = side[1 - box];
    int n_text = counts[2 - box];
    const chunk *last = &text[n_text - 1];
    bool unfinished = runs_on(t, last, below) && is_unfinished(t, last);
    if (!unfinished)
        unfinished = counts[0] > 0 && runs_on(t, &chunks[counts[0] - 1], &text[0]) &&
                     is_unfinished(t, &chunks[counts[0] - 1]) && runs_on(t, last, below);
    float em = t->m->body;
    float edge = left_edge(text, n_text);
    bool same_edge = box == 1 ? fabsf(below->x0 - edge) < 2.5f * em : below->x0 < edge - 2.0f * em;
    return unfinished && same_edge ? 1 + box : 0;
}

/* --- the recursion ----------------------------------------------------------------------------
 */

static void cut_columns(sorter *t, chunk *chunks, int n, const strip *g, float right, int depth)
{
    int counts[4];
    strip cut = *g;
    float top = columns_top(t, chunks, n, g);
    cut.y1 = columns_bottom(chunks, n, g, t->m);
    partition(t, chunks, n, &cut, top, counts);
    if (counts[1] == 0 || counts[2] == 0) {
        make_leaf(t, chunks, n, right);
        return;
    }
    int wrapped = find_wrapped(t, chunks, counts);
    if (wrapped > 0) {
        int first = counts[0] + (wrapped == 2 ? counts[1] : 0);
        int n_text = move_to_end(t, chunks, n, first, first + counts[wrapped]);
        sort_part(t, chunks, n_text, right, depth + 1);
        sort_aside(t, chunks + n_text, n - n_text, depth + 1);
        return;
    }
    int from = 0;
    for (int k = 0; k < 4; k++) {
        float edge = k == 1 ? right_edge(t, chunks + from, counts[k]) : right;
        sort_part(t, chunks + from, counts[k], edge, depth + 1);
        from += counts[k];
    }
}

static void sort_part(sorter *t, chunk *chunks, int n, float right, int depth)
{
    if (n == 0)
        return;
    strip all[RECTO_ORDER_MAX_GUTTERS];
    int n_all = 0;
    if (n >= 4 && depth < MAX_DEPTH)
        n_all = recto_order_gutter_find(all, chunks, n, t->items, t->left, t->right, t->m);
    if (n_all == 0) {
        make_leaf(t, chunks, n, right);
        return;
    }
    float level = 0.0f;
    const strip *g = choose(&level, t, chunks, n, all, n_all);
    if (g == NULL) {
        int n_above = 0;
        while (n_above < n && chunks[n_above].y < level)
            n_above++;
        sort_part(t, chunks, n_above, right, depth + 1);
        sort_part(t, chunks + n_above, n - n_above, right, depth + 1);
    } else if (g->kind != RECTO_ORDER_COLUMNS) {
        cut_notes(t, chunks, n, g, right, depth);
    } else {
        cut_columns(t, chunks, n, g, right, depth);
    }
}

/* --- back to items -----------------------------------------------------------------------------
 */

static int item_order(const void *a, const void *b)
{
    const recto_flow_item *x = a;
    const recto_flow_item *y = b;
    if (x->leaf != y->leaf)
        return x->leaf < y->leaf ? -1 : 1;
    float ay = x->line != NULL ? x->line->baseline : x->box.y0;
    float by = y->line != NULL ? y->line->baseline : y->box.y0;
    if (ay != by)
        return ay < by ? -1 : 1;
    if (x->box.x0 != y->box.x0)
        return x->box.x0 < y->box.x0 ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_item(const void *a, const void *b)
{
    const chunk *x = a;
    const chunk *y = b;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return x->first_word - y->first_word;
}

/* Size of a slice of a line: by the height of its words, where these come from fonts. */
static float slice_size(const recto_line *line, int first, int n_words)
{
    float own = 0.0f;
    float most = 0.0f;
    for (int i = 0; i < line->n_words; i++) {
        float high = recto_rect_height(line->words[i].box);
        most = fmaxf(most, high);
        if (i >= first && i < first + n_words)
            own = fmaxf(own, high);
    }
    bool exact = line->conf > 0.9999f;
    return exact && own > 0.4f * most && own < 0.92f * most ? line->size * own / most : line->size;
}

/* A slice of a line's words as an item of its own. */
static bool add_slice(recto_flow_item *out, const recto_flow_item *it, int first, int n_words,
                      recto_arena *keep)
{
    recto_line *line = recto_arena_alloc(keep, sizeof *line);
    if (line == NULL)
        return false;
    *line = *it->line;
    line->words = it->line->words + first;
    line->n_words = n_words;
    recto_flow_close_line(line, slice_size(it->line, first, n_words), it->line->baseline);
    *out = *it;
    out->line = line;
    out->box = line->box;
    out->n_chars = recto_flow_chars(line);
    return true;
}

/* Chunks sorted by item -> one item for every run of chunks of a line in one leaf. */
static bool collect(recto_flow_item *out, int *n_out, const recto_flow_item *items,
                    const chunk *chunks, int n, recto_arena *keep)
{
    int n_done = 0;
    for (int i = 0; i < n;) {
        const chunk *c = &chunks[i];
        int last = i + 1;
        while (last < n && chunks[last].item == c->item &&
               (c->n_words == 0 || chunks[last].leaf == c->leaf))
            last++;
        if (c->item >= 0) {
            const recto_flow_item *it = &items[c->item];
            recto_flow_item *o = &out[n_done++];
            int n_words = 0;
            for (int k = i; k < last; k++)
                n_words += chunks[k].n_words;
            if (it->line == NULL || n_words == it->line->n_words)
                *o = *it;
            else if (!add_slice(o, it, c->first_word, n_words, keep))
                return false;
            o->leaf = c->leaf;
            o->right = c->right;
        }
        i = last;
    }
    *n_out = n_done;
    return true;
}

recto_status recto_order_sort(recto_flow_item **items_out, int *n_out, const recto_flow_item *items,
                              int n, const recto_flow_metrics *m, const recto_rule *rules,
                              int n_rules, recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *items_out = NULL;
    *n_out = 0;
    if (n <= 0)
        return RECTO_OK;
    size_t cap = count_chunks(items, n, m, n_rules);
    recto_flow_item *out = recto_arena_array(tmp, cap, sizeof *out);
    recto_arena_mark mark = recto_arena_here(tmp);
    sorter t = {.chunks = recto_arena_array(tmp, cap, sizeof *t.chunks),
                .room = recto_arena_array(tmp, cap, sizeof *t.room),
                .left = recto_arena_array(tmp, cap, sizeof *t.left),
                .right = recto_arena_array(tmp, cap, sizeof *t.right),
                .edges = recto_arena_array(tmp, cap, sizeof *t.edges),
                .items = items,
                .m = m};
    if (out == NULL || t.chunks == NULL || t.room == NULL || t.left == NULL || t.right == NULL ||
        t.edges == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for the order");
    int n_chunks = make_chunks(t.chunks, items, n, m, rules, n_rules);
    sort_part(&t, t.chunks, n_chunks, right_edge(&t, t.chunks, n_chunks), 0);
    qsort(t.chunks, (size_t)n_chunks, sizeof *t.chunks, by_item);
    if (!collect(out, n_out, items, t.chunks, n_chunks, keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for lines");
    qsort(out, (size_t)*n_out, sizeof *out, item_order);
    recto_arena_reset(tmp, mark);
    *items_out = out;
    return RECTO_OK;
}
