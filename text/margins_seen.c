/* Page headers and footers over the document.
 *
 * What is kept: every text that stood in a margin (numbers apart), with its height, how often it
 * came and whether its numbers counted with the pages; how many pages have a lone line at a height,
 * and how many of these are small or known; which page numbers go with which pages; the headings,
 * since running titles repeat them.  All of it is bounded.
 *
 * What comes back at the same height is furniture, with three cautions: chapters may begin alike
 * ("Summary"), so the like must have come on a page close by; headings may count ("Exercise 3"), so
 * large or lone words with a number do not suffice; and rows of a table's head are left alone.
 *
 * On scans a letter may differ, so a text that is new is compared with those seen last at its
 * height and may count as one of them.
 */
#include "core/utf8.h"
#include "text/margins.h"
#include "text/margins_gist.h"
#include "text/margins_number.h"
#include "text/margins_place.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEYS     8192
#define MAX_HEADS    8192
#define N_HEIGHTS    400 /* bins of the page's height */
#define MAX_LOOK     6   /* blocks looked at from either end of a page */
#define LAST_KEYS    64  /* seen last, compared with one on a scan */
#define N_OFFSETS    1024
#define SAME_HEIGHT  0.02f /* of the height */
#define MAX_VARIANTS 4     /* heights of one text */

typedef struct key {
    uint64_t hash;
    float y; /* share of the height, of the first */
    int n_pages;
    int n_body;     /* times it stood elsewhere on a page */
    int n_near;     /* times it came back within two pages */
    int n_odd;      /* times its numbers did neither stay nor count */
    int n_counting; /* times they counted */
    int last_page;  /* in half pages */
    int last_number;
    int same_as; /* key that a scan's text counts as; its own index if none */
    bool top;
    int page_number; /* of the last that had one; -1 = none had */
    int numbered_at; /* half page of that one */
    int n_numbers;
    long numbers[RECTO_MARGINS_NUMBERS]; /* of the last */
    char text[RECTO_MARGINS_TEXT];
} key;

typedef struct slot {
    int n;       /* lone lines at this height */
    int n_small; /* of them smaller than the text around */
    int n_back;  /* of them with a text seen before */
    int n_body;  /* pages whose text begins (at the bottom: ends) at this height */
} slot;

/* How many page numbers went with their pages: number - page, by side. */
typedef struct offset {
    int value;
    int n;
    bool used;
} offset;

struct recto_margins {
    key *keys; /* in the order they came */
    size_t n, cap;
    uint32_t *index; /* open addressing: 1 + place in keys, 0 = free */
    size_t index_cap;
    uint64_t heads[MAX_HEADS]; /* hashes of headings, open addressing, 0 = free */
    int n_heads;
    int n_pages;   /* those of spreads count as two */
    int n_spreads; /* sheets */
    int n_sheets;
    slot slots[2][N_HEIGHTS];     /* top, bottom */
    offset offsets[2][N_OFFSETS]; /* by sheet; by page where sheets are spreads */
};

recto_margins *recto_margins_new(void)
{
    return calloc(1, sizeof(recto_margins));
}

void recto_margins_free(recto_margins *s)
{
    if (s == NULL)
        return;
    free(s->keys);
    free(s->index);
    free(s);
}

/* --- tables ------------------------------------------------------------------------------------
 */

/* Place of a hash in the index: of its key, or a free one. */
static size_t index_place(const recto_margins *s, uint64_t hash)
{
    size_t k = hash & (s->index_cap - 1);
    while (s->index[k] != 0 && s->keys[s->index[k] - 1].hash != hash)
        k = (k + 1) & (s->index_cap - 1);
    return k;
}

/* The same text at another height is another key, under a hash of its own. */
static uint64_t variant(uint64_t hash, int k)
{
    uint64_t h = hash + (uint64_t)k * 0x9E3779B97F4A7C15u;
    return h == 0 ? 1 : h;
}

/* Key of a text at about a height; -1 if there is none: then *hash_out is the hash for it, or 0 if
 * it stands at too many heights already. */
static int find_key(const recto_margins *s, uint64_t hash, float y, uint64_t *hash_out)
{
    for (int k = 0; k < MAX_VARIANTS; k++) {
        *hash_out = variant(hash, k);
        if (s->index_cap == 0)
            return -1;
        int at = (int)s->index[index_place(s, *hash_out)] - 1;
        if (at < 0 || fabsf(s->keys[at].y - y) < SAME_HEIGHT)
            return at;
    }
    *hash_out = 0;
    return -1;
}

static bool make_room(recto_margins *s)
{
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? 64 : 2 * s->cap;
        key *keys = realloc(s->keys, cap * sizeof *keys);
        if (keys == NULL)
            return false;
        s->keys = keys;
        s->cap = cap;
    }
    if (s->n * 2 < s->index_cap)
        return true;
    size_t cap = s->index_cap == 0 ? 256 : 2 * s->index_cap;
    uint32_t *index = calloc(cap, sizeof *index);
    if (index == NULL)
        return false;
    free(s->index);
    s->index = index;
    s->index_cap = cap;
    for (size_t i = 0; i < s->n; i++)
        s->index[index_place(s, s->keys[i].hash)] = (uint32_t)i + 1;
    return true;
}

static int add_key(recto_margins *s, const recto_margins_gist *g, uint64_t hash, float y, bool top)
{
    int at = (int)s->n;
    s->index[index_place(s, hash)] = (uint32_t)at + 1;
    s->keys[s->n++] = (key){.hash = hash, .y = y, .same_as = at, .top = top, .page_number = -1};
    memcpy(s->keys[at].text, g->text, RECTO_MARGINS_TEXT);
    return at;
}

/* A key seen lately at about this height whose text is like this one; -1 if there is none. */
static int find_alike(const recto_margins *s, const recto_margins_gist *g, float y, bool top)
{
    size_t first = s->n > LAST_KEYS ? s->n - LAST_KEYS : 0;
    for (size_t i = s->n; i-- > first;) {
        const key *k = &s->keys[i];
        if (k->top == top && fabsf(k->y - y) < SAME_HEIGHT &&
            recto_margins_gist_alike(k->text, g->text))
            return k->same_as;
    }
    return -1;
}

/* Place of an offset in its table, or a free one for it; -1 if all around are taken. */
static int find_offset(const offset *list, int value)
{
    size_t k = ((uint32_t)value * 2654435761u) >> 22;
    for (int i = 0; i < 16; i++, k = (k + 1) % N_OFFSETS) {
        if (!list[k].used || list[k].value == value)
            return (int)k;
    }
    return -1;
}

static bool in_heads(const recto_margins *s, uint64_t hash, size_t *place_out)
{
    size_t k = hash % MAX_HEADS;
    while (s->heads[k] != 0 && s->heads[k] != hash)
        k = (k + 1) % MAX_HEADS;
    *place_out = k;
    return s->heads[k] == hash;
}

static int height_bin(float y)
{
    int bin = (int)(y * (float)N_HEIGHTS);
    return bin < 0 ? 0 : (bin >= N_HEIGHTS ? N_HEIGHTS - 1 : bin);
}

static float points(const recto_page *page, float px)
{
    return page->dpi > 0.0f ? px * 72.0f / page->dpi : px;
}

/* --- observing ---------------------------------------------------------------------------------
 */

/* Do the numbers stay as they were, or do those that changed count with the sheets or pages? */
static void compare_numbers(key *k, const recto_margins_gist *g, const recto_margins_place *r)
{
    int sheets = r->page->number - k->last_number;
    int pages = 2 * r->page->number + r->half - k->last_page;
    bool counting = false;
    bool odd = g->n_numbers != k->n_numbers;
    for (int i = 0; i < g->n_numbers && !odd; i++) {
        long step = g->numbers[i] - k->numbers[i];
        counting |= step != 0;
        odd = step != 0 && step != sheets && step != pages;
    }
    if (g->page_number >= 0 && k->page_number >= 0) {
        int step = g->page_number - k->page_number;
        pages = 2 * r->page->number + r->half - k->numbered_at;
        counting |= step != 0;
        odd |= step != 0 && step != pages && 2 * step != pages && 2 * step != pages + 1 &&
               2 * step != pages - 1;
    }
    k->n_odd += odd;
    k->n_counting += counting && !odd;
}

static void count_key(key *k, const recto_margins_gist *g, const recto_margins_place *r)
{
    int at = 2 * r->page->number + r->half;
    if (k->n_pages > 0 && k->last_page == at)
        return;
    if (k->n_pages > 0) {
        compare_numbers(k, g, r);
        k->n_near += at - k->last_page <= 4;
    }
    k->n_pages++;
    if (g->page_number >= 0) {
        k->page_number = g->page_number;
        k->numbered_at = at;
    }
    k->last_page = at;
    k->last_number = r->page->number;
    k->n_numbers = g->n_numbers;
    memcpy(k->numbers, g->numbers, sizeof k->numbers);
}

static void count_offset(recto_margins *s, const char *text, const recto_margins_place *r, bool top)
{
    recto_margins_number number;
    if (!recto_margins_number_read(&number, text))
        return;
    int values[2] = {number.value - r->page->number,
                     number.value - 2 * r->page->number - r->half - 100000};
    for (int i = 0; i < 2; i++) {
        offset *list = s->offsets[top ? 0 : 1];
        int at = find_offset(list, values[i]);
        if (at >= 0)
            list[at] = (offset){.value = values[i], .n = list[at].n + 1, .used = true};
    }
}

/* Count a text at a height.  *seen_out: it was seen before. */
static recto_status observe_text(bool *seen_out, recto_margins *s, const recto_margins_place *r,
                                 const char *text, float y, bool top, recto_error *err)
{
    recto_margins_gist g;
    uint64_t hash = 0;
    recto_margins_gist_read(&g, text, top);
    int at = find_key(s, g.hash, y, &hash);
    if (at < 0 && hash != 0 && s->n < MAX_KEYS) {
        if (!make_room(s))
            return recto_error_set(err, RECTO_ERR_NOMEM,
                                   "structure: out of memory for page margins");
        int like = r->page->reader == RECTO_READER_LAYER ? -1 : find_alike(s, &g, y, top);
        at = add_key(s, &g, hash, y, top);
        s->keys[at].same_as = like >= 0 ? like : at;
    }
    *seen_out = false;
    if (at < 0)
        return RECTO_OK;
    key *k = &s->keys[s->keys[at].same_as];
    *seen_out = k->n_pages > 0;
    count_key(k, &g, r);
    return RECTO_OK;
}

static recto_status observe_block(recto_margins *s, const recto_margins_place *r, int i, bool top,
                                  float depth, recto_error *err)
{
    const recto_block *b = &r->page->blocks[i];
    float y = recto_margins_place_height(r->page, b);
    char room[256];
    char parts[RECTO_MARGINS_PARTS][RECTO_MARGINS_PART_SIZE];
    const char *text = recto_margins_text(room, b);
    bool seen = false;
    recto_status st = observe_text(&seen, s, r, text, y, top, err);
    if (st != RECTO_OK)
        return st;
    int n_parts = recto_margins_gist_parts(parts, b);
    for (int k = 0; k < n_parts; k++) {
        bool part_seen = false;
        st = observe_text(&part_seen, s, r, parts[k], y, top, err);
        if (st != RECTO_OK)
            return st;
    }
    slot *here = &s->slots[top ? 0 : 1][height_bin(y)];
    if (recto_margins_place_is_lone(r, i, top, depth)) {
        here->n++;
        here->n_small += recto_margins_place_is_small(r, b);
        here->n_back += seen;
    }
    count_offset(s, text, r, top);
    return RECTO_OK;
}

/* The height where a page's text begins or ends, if nothing stands apart from it there. */
static void observe_edge(recto_margins *s, const recto_margins_place *r, bool top, float depth)
{
    const recto_block *out = recto_margins_place_outer(r, top);
    if (out == NULL || depth >= 0.0f || r->page->height <= 0.0f)
        return;
    recto_rect box = out->box;
    if (out->n_lines > 0)
        box = out->lines[top ? 0 : out->n_lines - 1].box;
    float y =
        top ? fminf((box.y0 + box.y1) / 2.0f, box.y0 + 0.5f * out->size) : (box.y0 + box.y1) / 2.0f;
    s->slots[top ? 0 : 1][height_bin(y / r->page->height)].n_body++;
}

/* Lines of the body that read like a header or footer known by now: specimens, refrains. */
static void observe_body(recto_margins *s, const recto_page *page)
{
    for (int i = 0; i < page->n_blocks && s->n > 0; i++) {
        const recto_block *b = &page->blocks[i];
        if (b->n_lines != 1 || recto_margins_place_in_zone(page, b, true) ||
            recto_margins_place_in_zone(page, b, false))
            continue;
        for (int top = 0; top < 2; top++) {
            recto_margins_gist g;
            recto_margins_gist_read(&g, b->text, top == 1);
            size_t place = index_place(s, g.hash);
            if (s->index[place] != 0)
                s->keys[s->index[place] - 1].n_body++;
        }
    }
}

/* Is the text one of the body at least as often as of the margins? */
static bool is_refrain(const recto_margins *s, uint64_t hash)
{
    size_t place = index_place(s, hash);
    const key *k = s->index[place] != 0 ? &s->keys[s->index[place] - 1] : NULL;
    return k != NULL && k->n_body >= 2 && k->n_body >= k->n_pages;
}

static void observe_heads(recto_margins *s, const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if ((b->label != RECTO_LABEL_SECTION_HEADER && b->label != RECTO_LABEL_TITLE) ||
            s->n_heads >= MAX_HEADS / 2)
            continue;
        uint64_t hash = recto_margins_gist_words(b->text);
        size_t place = 0;
        if (hash == 0 || in_heads(s, hash, &place))
            continue;
        s->heads[place] = hash;
        s->n_heads++;
    }
}

recto_status recto_margins_observe(recto_margins *s, const recto_page *page, recto_error *err)
{
    recto_margins_place ranges[2];
    int n = recto_margins_place_ranges(ranges, page);
    s->n_sheets++;
    s->n_spreads += n == 2;
    s->n_pages += n;
    observe_heads(s, page);
    observe_body(s, page);
    for (int h = 0; h < n; h++) {
        const recto_margins_place *r = &ranges[h];
        for (int top = 0; top < 2; top++) {
            float depth = recto_margins_place_depth(r, top == 1);
            observe_edge(s, r, top == 1, depth);
            for (int k = 0; k < MAX_LOOK && r->from + k < r->to; k++) {
                int i = top ? r->from + k : r->to - 1 - k;
                if (!recto_margins_place_in_zone(page, &page->blocks[i], top == 1))
                    continue;
                recto_status st = observe_block(s, r, i, top == 1, depth, err);
                if (st != RECTO_OK)
                    return st;
            }
        }
    }
    return RECTO_OK;
}

/* --- settling ----------------------------------------------------------------------------------
 */

/* Does the number of this text go with the page as those of other pages do? */
static bool is_counting(const recto_margins *s, const recto_margins_number *number,
                        const recto_margins_place *r, bool top)
{
    bool spreads = s->n_spreads * 2 > s->n_sheets;
    int value = spreads ? number->value - 2 * r->page->number - r->half - 100000
                        : number->value - r->page->number;
    const offset *list = s->offsets[top ? 0 : 1];
    int at = find_offset(list, value);
    return at >= 0 && list[at].n >= 2;
}

static slot slot_around(const recto_margins *s, const recto_margins_place *r, float y, bool top)
{
    slot sum = {0};
    int reach = r->page->reader == RECTO_READER_LAYER ? 2 : 5;
    for (int bin = height_bin(y) - reach; bin <= height_bin(y) + reach; bin++) {
        if (bin < 0 || bin >= N_HEIGHTS)
            continue;
        const slot *at = &s->slots[top ? 0 : 1][bin];
        sum.n += at->n;
        sum.n_small += at->n_small;
        sum.n_back += at->n_back;
        sum.n_body += at->n_body;
    }
    return sum;
}

/* The same text on other pages. */
static bool text_comes_back(const recto_margins *s, const recto_margins_place *r, int i,
                            const char *text, bool top, float body_pt)
{
    const recto_block *b = &r->page->blocks[i];
    recto_margins_gist g;
    uint64_t hash = 0;
    recto_margins_gist_read(&g, text, top);
    int at = find_key(s, g.hash, recto_margins_place_height(r->page, b), &hash);
    if (at < 0)
        return false;
    const key *k = &s->keys[s->keys[at].same_as];
    if (k->n_pages < 2 || k->n_odd * 4 > k->n_pages || is_refrain(s, g.hash))
        return false;
    slot here = slot_around(s, r, recto_margins_place_height(r->page, b), top);
    if (here.n_body * 2 > k->n_pages && k->n_pages * 3 < s->n_pages)
        return false; /* where the text of other pages begins */
    if (k->n_near == 0 && s->n_pages > 4)
        return false; /* alike, but far from each other: chapters that begin with the same words */
    bool large = points(r->page, b->size) > 1.12f * body_pt;
    bool most = k->n_pages >= 3 && k->n_pages * 2 >= s->n_pages;
    if (large && (!most || k->n_counting > 0))
        return false;
    recto_margins_number number;
    bool paged = recto_margins_number_read(&number, text) && (number.named || number.whole);
    bool small = points(r->page, b->size) < 0.94f * body_pt;
    if (k->n_counting > 0 && !paged && !small && g.n_words <= 1 && top)
        return false; /* "Exercise 3" */
    /* hardly apart from the text? */
    return k->n_pages >= 3 || small || recto_margins_place_white(r, i, top) >= 0.45f;
}

/* The same text, or all its parts, on other pages. */
static bool comes_back(const recto_margins *s, const recto_margins_place *r, int i, bool top,
                       float body_pt)
{
    const recto_block *b = &r->page->blocks[i];
    char room[256];
    char parts[RECTO_MARGINS_PARTS][RECTO_MARGINS_PART_SIZE];
    bool back = text_comes_back(s, r, i, recto_margins_text(room, b), top, body_pt);
    int n_parts = back ? 0 : recto_margins_gist_parts(parts, b);
    for (int k = 0; k < n_parts; k++) {
        recto_margins_number number;
        back = (recto_margins_number_read(&number, parts[k]) && number.whole) ||
               text_comes_back(s, r, i, parts[k], top, body_pt);
        if (!back)
            break;
    }
    return back && !(s->n_pages < 4 && recto_margins_place_is_table_row(r, i, top));
}

/* A line at a height where most pages have one, whose text changes. */
static bool is_running_line(const recto_margins *s, const recto_margins_place *r, int i, bool top,
                            float depth, float body_pt)
{
    const recto_block *b = &r->page->blocks[i];
    float pt = points(r->page, b->size);
    char room[256];
    const char *text = recto_margins_text(room, b);
    if (s->n_pages < 3 || !recto_margins_place_is_lone(r, i, top, depth) ||
        !recto_margins_place_is_outermost(r, i, top) || pt > 1.1f * body_pt || strlen(text) > 160 ||
        recto_margins_gist_has_leaders(text))
        return false;
    slot here = slot_around(s, r, recto_margins_place_height(r->page, b), top);
    if (here.n < 2 || here.n * 2 < s->n_pages || here.n_body * 5 > here.n)
        return false; /* too few, or the place where text begins on other pages */
    recto_margins_gist g;
    recto_margins_number number;
    recto_margins_gist_read(&g, text, top);
    if (is_refrain(s, g.hash))
        return false;
    bool numbered = recto_margins_number_read(&number, text);
    if (top && numbered && !number.named && !number.whole && g.n_words <= 1 &&
        pt >= 0.94f * body_pt)
        return false; /* "Exercise 3" */
    if (numbered && is_counting(s, &number, r, top))
        return true;
    if (here.n_back * 5 >= here.n * 2 && here.n >= 4)
        return true; /* titles that stay for some pages */
    size_t place = 0;
    uint64_t words = recto_margins_gist_words(text);
    if (b->label != RECTO_LABEL_SECTION_HEADER && words != 0 && in_heads(s, words, &place))
        return true;
    bool small = pt < 0.94f * body_pt && here.n_small * 3 >= here.n * 2;
    return top && small && b->label != RECTO_LABEL_FOOTNOTE;
}

/* Only a page number, and it counts. */
static bool is_page_number(const recto_margins *s, const recto_margins_place *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    char room[256];
    recto_margins_number number;
    return b->n_lines == 1 && recto_margins_number_read(&number, recto_margins_text(room, b)) &&
           number.whole && is_counting(s, &number, r, top) &&
           recto_margins_place_white(r, i, top) > 0.3f;
}

/* A label that one page got by itself stays where it is a number, and where no text of other pages
 * reaches: in a short document, or out of the text's margins. */
static bool keeps_label(const recto_margins *s, const recto_margins_place *r, int i, bool top,
                        float depth)
{
    const recto_block *b = &r->page->blocks[i];
    char room[256];
    recto_margins_number number;
    if (recto_margins_number_read(&number, recto_margins_text(room, b)) &&
        (number.named || (number.whole && b->n_lines == 1)))
        return true;
    slot here = slot_around(s, r, recto_margins_place_height(r->page, b), top);
    return here.n_body == 0 && (s->n_pages < 3 || recto_margins_place_is_outside(r, i, top, depth));
}

static bool settle_block(const recto_margins *s, const recto_margins_place *r, int i, bool top,
                         float depth, float body_pt, recto_arena *keep)
{
    recto_block *b = &r->page->blocks[i];
    bool labelled = b->label == RECTO_LABEL_PAGE_HEADER || b->label == RECTO_LABEL_PAGE_FOOTER;
    if (is_page_number(s, r, i, top) || comes_back(s, r, i, top, body_pt) ||
        is_running_line(s, r, i, top, depth, body_pt))
        return labelled || recto_margins_relabel(b, top, keep);
    if (labelled && !keeps_label(s, r, i, top, depth))
        b->label = RECTO_LABEL_TEXT;
    return true;
}

bool recto_margins_settle(const recto_margins *s, recto_page *page, float body_pt,
                          recto_arena *keep)
{
    recto_margins_place ranges[2];
    int n = recto_margins_place_ranges(ranges, page);
    bool ok = true;
    for (int h = 0; h < n; h++) {
        const recto_margins_place *r = &ranges[h];
        for (int top = 0; top < 2; top++) {
            float depth = recto_margins_place_depth(r, top == 1);
            for (int k = 0; k < MAX_LOOK && r->from + k < r->to && ok; k++) {
                int i = top ? r->from + k : r->to - 1 - k;
                if (recto_margins_place_in_zone(page, &page->blocks[i], top == 1))
                    ok = settle_block(s, r, i, top == 1, depth, body_pt, keep);
            }
        }
    }
    return ok;
}
