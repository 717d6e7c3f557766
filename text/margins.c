/* Page headers and footers.
 *
 * A line of the body must never be lost as a header, so position alone proves nothing: the text has
 * to come back (digits apart) at the same height on another page, or the place has to hold a lone
 * line on most pages while the line itself is no larger than the body.  Page numbers of a common
 * form are the one thing that a single page shows by itself. */
#include "text/margins.h"
#include "core/utf8.h"
#include "text/join.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP_ZONE    0.14f /* of the height: where headers stand */
#define BOTTOM_ZONE 0.86f
#define ALONE_STEP  1.65f /* pitches of white that set a margin line apart */
#define MAX_KEYS    8192
#define N_HEIGHTS   400 /* bins of the page's height */
#define MAX_LOOK    4   /* blocks looked at from either end of a page */

typedef struct key {
    uint64_t hash; /* 0 = free */
    float y;       /* of the first, share of the height */
    int n_pages;
    int last_page;
} key;

struct recto_margins {
    key *keys; /* open addressing, cap a power of two */
    size_t cap, n;
    int n_pages;
    int heights[2][N_HEIGHTS]; /* lone lines at a height; top, bottom */
};

/* --- on the page -------------------------------------------------------------------------------
 */

static float item_pitch(const recto_flow_item *it, const recto_flow_metrics *m)
{
    return fmaxf(m->pitch, m->pitch * fminf(it->size / m->body, 1.5f));
}

static bool shares_edge(const recto_flow_item *a, const recto_flow_item *b, float em)
{
    return fabsf(a->box.x0 - b->box.x0) < 0.5f * em || fabsf(a->box.x1 - b->box.x1) < 0.5f * em;
}

/* Do two segments of the row sorted[at..next) stand in line with some of the row after it?  Then it
 * is a table's first or last row. */
static bool is_grid_row(recto_flow_item *const *sorted, int n, int at, int next, int dir,
                        const recto_flow_metrics *m)
{
    int n_shared = 0;
    for (int i = at; i != next; i += dir) {
        bool shared = false;
        for (int k = next; k >= 0 && k < n && k != next + 12 * dir; k += dir) {
            if (fabsf(sorted[k]->line->baseline - sorted[next]->line->baseline) < 0.5f * m->body)
                shared |= shares_edge(sorted[i], sorted[k], m->body);
        }
        n_shared += shared;
    }
    return n_shared >= 2;
}

/* Rows are walked inwards from one end; dir +1 from the top, -1 from the bottom. */
static void split_end(recto_flow_item *const *sorted, int n, int dir, const recto_flow_metrics *m)
{
    int at = dir > 0 ? 0 : n - 1;
    int n_chars = 0;
    for (int n_rows = 1; n_rows <= 2; n_rows++) {
        float base = sorted[at]->line->baseline;
        int next = at;
        while (next >= 0 && next < n && fabsf(sorted[next]->line->baseline - base) < 0.5f * m->body)
            next += dir;
        if (next < 0 || next >= n)
            return;
        for (int k = at; k != next; k += dir) {
            const recto_flow_item *it = sorted[k];
            n_chars += it->n_chars;
            if (it->size > 1.25f * m->body || (dir > 0 ? it->box.y1 > TOP_ZONE * m->height
                                                       : it->box.y0 < BOTTOM_ZONE * m->height))
                return;
        }
        if (n_chars > 200)
            return;
        if (is_grid_row(sorted, n, at, next, dir, m))
            return;
        const recto_flow_item *inner = sorted[next];
        float step = fabsf(inner->line->baseline - base);
        if (step >= ALONE_STEP * item_pitch(dir > 0 ? inner : sorted[at], m)) {
            for (int k = dir > 0 ? 0 : n - 1; k != next; k += dir)
                sorted[k]->leaf = dir > 0 ? RECTO_FLOW_LEAF_TOP : RECTO_FLOW_LEAF_BOTTOM;
            return;
        }
        at = next;
    }
}

void recto_margins_split(recto_flow_item *const *sorted, int n, const recto_flow_metrics *m)
{
    if (n < 4)
        return;
    split_end(sorted, n, 1, m);
    split_end(sorted, n, -1, m);
}

/* Skip "Page", "Seite", "-", spaces and the like, then a number, then "of 5" and closing signs. */
static bool is_page_number(const char *text)
{
    static const char *const before[] = {"Page ",         "page ", "PAGE ", "Seite ",
                                         "p. ",           "S. ",   "- ",    "\xE2\x80\x93 ",
                                         "\xE2\x80\x94 ", "-",     "[",     "P. "};
    static const char *const between[] = {" of ", " / ", "/", " von ", " sur ", " de "};
    static const char *const after[] = {" -", " \xE2\x80\x93", " \xE2\x80\x94", "-", "]", "."};
    const char *p = text;
    bool named = false;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        if (strncmp(p, before[i], strlen(before[i])) == 0) {
            p += strlen(before[i]);
            named = true;
            break;
        }
    }
    size_t n = strspn(p, "0123456789");
    size_t n_roman = strspn(p, "ivxlc");
    if (n == 0 && n_roman == strlen(p) && n_roman <= 7)
        return n_roman > 0;
    if (n == 0 || n > 4 || (n == 4 && !named))
        return false;
    p += n;
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        if (strncmp(p, between[i], strlen(between[i])) == 0) {
            p += strlen(between[i]);
            n = strspn(p, "0123456789");
            p += n;
            if (n == 0)
                return false;
            break;
        }
    }
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        if (strcmp(p, after[i]) == 0)
            return named;
    }
    return *p == '\0';
}

static bool may_relabel(const recto_block *b)
{
    return (b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_SECTION_HEADER ||
            b->label == RECTO_LABEL_TITLE || b->label == RECTO_LABEL_LIST_ITEM ||
            b->label == RECTO_LABEL_CODE || b->label == RECTO_LABEL_FOOTNOTE) &&
           b->n_lines >= 1 && b->n_lines <= 2;
}

static bool relabel(recto_block *b, bool top, recto_arena *keep)
{
    if (!recto_join_plain(b, keep))
        return false;
    b->label = top ? RECTO_LABEL_PAGE_HEADER : RECTO_LABEL_PAGE_FOOTER;
    b->level = 0;
    return true;
}

/* The block's text with its marker ("- 3 -" may have been read as a list item), cut to fit. */
static const char *full_text(char out[128], const recto_block *b)
{
    if (b->marker == NULL)
        return b->text;
    snprintf(out, 128, "%s %s", b->marker, b->text);
    return out;
}

bool recto_margins_label_numbers(recto_block *blocks, int n, const recto_flow_metrics *m,
                                 recto_arena *keep)
{
    if (n < 2)
        return true;
    char room[128];
    recto_block *first = &blocks[0];
    recto_block *last = &blocks[n - 1];
    if (may_relabel(last) && last->box.y0 > 0.88f * m->height && last->n_lines == 1 &&
        last->box.y0 - blocks[n - 2].box.y1 > 0.5f * m->body &&
        is_page_number(full_text(room, last)) && !relabel(last, false, keep))
        return false;
    return !(may_relabel(first) && first->box.y1 < 0.11f * m->height && first->n_lines == 1 &&
             blocks[1].box.y0 - first->box.y1 > 0.5f * m->body &&
             is_page_number(full_text(room, first))) ||
           relabel(first, true, keep);
}

/* --- over the document -------------------------------------------------------------------------
 */

recto_margins *recto_margins_new(void)
{
    return calloc(1, sizeof(recto_margins));
}

void recto_margins_free(recto_margins *s)
{
    if (s == NULL)
        return;
    free(s->keys);
    free(s);
}

/* Text with digits alike and case dropped; never 0. */
static uint64_t text_hash(const char *text, bool top)
{
    uint64_t h = top ? 14695981039346656037u : 1469598103934665603u;
    const char *end = text + strlen(text);
    bool digit = false;
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_lower(recto_utf8_next(&p, end));
        bool was = digit;
        digit = recto_utf8_is_digit(cp);
        if (digit && was)
            continue;
        h = (h ^ (digit ? '#' : cp)) * 1099511628211u;
    }
    return h == 0 ? 1 : h;
}

static key *find_key(const recto_margins *s, uint64_t hash)
{
    if (s->cap == 0)
        return NULL;
    size_t k = hash & (s->cap - 1);
    while (s->keys[k].hash != 0 && s->keys[k].hash != hash)
        k = (k + 1) & (s->cap - 1);
    return &s->keys[k];
}

static bool make_room(recto_margins *s)
{
    if (s->n * 2 < s->cap)
        return true;
    recto_margins old = *s;
    s->cap = old.cap == 0 ? 64 : old.cap * 2;
    s->keys = calloc(s->cap, sizeof *s->keys);
    if (s->keys == NULL) {
        *s = old;
        return false;
    }
    for (size_t i = 0; i < old.cap; i++) {
        if (old.keys[i].hash != 0)
            *find_key(s, old.keys[i].hash) = old.keys[i];
    }
    free(old.keys);
    return true;
}

/* A block's place, as share of the height; its bin. */
static float height_of(const recto_page *page, const recto_block *b)
{
    return page->height > 0.0f ? (b->box.y0 + b->box.y1) / 2.0f / page->height : 0.0f;
}

static int height_bin(float y)
{
    int bin = (int)(y * (float)N_HEIGHTS);
    return bin < 0 ? 0 : (bin >= N_HEIGHTS ? N_HEIGHTS - 1 : bin);
}

/* Is block i in the margin at its end of the page, with nothing but such blocks further out? */
static bool in_zone(const recto_page *page, int i, bool top)
{
    const recto_block *b = &page->blocks[i];
    if (!may_relabel(b) && b->label != RECTO_LABEL_PAGE_HEADER &&
        b->label != RECTO_LABEL_PAGE_FOOTER)
        return false;
    return top ? b->box.y1 < (TOP_ZONE + 0.02f) * page->height
               : b->box.y0 > (BOTTOM_ZONE - 0.02f) * page->height;
}

/* One line with white towards the body. */
static bool is_lone(const recto_page *page, int i, bool top)
{
    const recto_block *b = &page->blocks[i];
    int inner = top ? i + 1 : i - 1;
    if (b->n_lines != 1 || inner < 0 || inner >= page->n_blocks)
        return false;
    const recto_rect *o = &page->blocks[inner].box;
    float white = top ? o->y0 - b->box.y1 : b->box.y0 - o->y1;
    return white > 0.8f * b->size;
}

static recto_status observe_block(recto_margins *s, const recto_page *page, int i, bool top,
                                  recto_error *err)
{
    const recto_block *b = &page->blocks[i];
    float y = height_of(page, b);
    char room[128];
    uint64_t hash = text_hash(full_text(room, b), top);
    if (is_lone(page, i, top))
        s->heights[top ? 0 : 1][height_bin(y)]++;
    if (s->n >= MAX_KEYS && find_key(s, hash)->hash == 0)
        return RECTO_OK;
    if (!make_room(s))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for page margins");
    key *k = find_key(s, hash);
    if (k->hash == 0) {
        *k = (key){.hash = hash, .y = y};
        s->n++;
    }
    if (fabsf(k->y - y) < 0.02f && (k->n_pages == 0 || k->last_page != page->number)) {
        k->n_pages++;
        k->last_page = page->number;
    }
    return RECTO_OK;
}

recto_status recto_margins_observe(recto_margins *s, const recto_page *page, recto_error *err)
{
    s->n_pages++;
    for (int i = 0; i < page->n_blocks && i < MAX_LOOK && in_zone(page, i, true); i++) {
        recto_status st = observe_block(s, page, i, true, err);
        if (st != RECTO_OK)
            return st;
    }
    for (int i = page->n_blocks - 1;
         i >= 0 && i >= page->n_blocks - MAX_LOOK && in_zone(page, i, false); i--) {
        recto_status st = observe_block(s, page, i, false, err);
        if (st != RECTO_OK)
            return st;
    }
    return RECTO_OK;
}

static bool comes_back(const recto_margins *s, const recto_page *page, int i, bool top,
                       float body_pt)
{
    const recto_block *b = &page->blocks[i];
    float y = height_of(page, b);
    char room[128];
    const key *k = find_key(s, text_hash(full_text(room, b), top));
    if (k != NULL && k->hash != 0 && k->n_pages >= 2 && fabsf(k->y - y) < 0.02f)
        return true;
    float pt = page->dpi > 0.0f ? b->size * 72.0f / page->dpi : 0.0f;
    if (s->n_pages < 4 || !is_lone(page, i, top) || pt > 1.1f * body_pt)
        return false;
    int n = 0;
    for (int bin = height_bin(y) - 1; bin <= height_bin(y) + 1; bin++)
        n += bin >= 0 && bin < N_HEIGHTS ? s->heights[top ? 0 : 1][bin] : 0;
    return n * 10 >= s->n_pages * 6;
}

bool recto_margins_settle(const recto_margins *s, recto_page *page, float body_pt,
                          recto_arena *keep)
{
    bool ok = true;
    for (int i = 0; i < page->n_blocks && i < MAX_LOOK && in_zone(page, i, true) && ok; i++) {
        if (comes_back(s, page, i, true, body_pt))
            ok = relabel(&page->blocks[i], true, keep);
    }
    for (int i = page->n_blocks - 1;
         i >= 0 && i >= page->n_blocks - MAX_LOOK && in_zone(page, i, false) && ok; i--) {
        if (comes_back(s, page, i, false, body_pt))
            ok = relabel(&page->blocks[i], false, keep);
    }
    return ok;
}
