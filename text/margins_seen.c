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
#include "text/margins_number.h"
#include "text/spread.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOP_ZONE     0.16f /* of the height */
#define BOTTOM_ZONE  0.84f
#define MAX_KEYS     8192
#define MAX_HEADS    8192
#define N_HEIGHTS    400 /* bins of the page's height */
#define MAX_LOOK     6   /* blocks looked at from either end of a page */
#define MAX_NUMBERS  4   /* in a text */
#define MAX_ROWS     4   /* of a header or footer */
#define KEY_TEXT     48  /* bytes of it that are compared on scans */
#define LAST_KEYS    64  /* seen last, compared with one on a scan */
#define N_OFFSETS    1024
#define SAME_HEIGHT  0.02f /* of the height */
#define MAX_VARIANTS 4     /* heights of one text */

typedef struct key {
    uint64_t hash;
    float y; /* share of the height, of the first */
    int n_pages;
    int n_near;     /* times it came back within two pages */
    int n_odd;      /* times its numbers did neither stay nor count */
    int n_counting; /* times they counted */
    int last_page;  /* in half pages */
    int last_number;
    int same_as; /* key that a scan's text counts as; its own index if none */
    bool top;
    int n_numbers;
    long numbers[MAX_NUMBERS]; /* of the last */
    char text[KEY_TEXT];
} key;

typedef struct slot {
    int n;       /* lone lines at this height */
    int n_small; /* of them smaller than the text around */
    int n_back;  /* of them with a text seen before */
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

/* A page, or one of the two of a spread. */
typedef struct range {
    const recto_page *page;
    int from, to; /* blocks */
    int half;     /* 0, 1 */
} range;

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

static int ranges_of(range out[2], const recto_page *page)
{
    int n = recto_spread_of_page(page);
    out[0] = (range){page, 0, n > 0 ? n : page->n_blocks, 0};
    out[1] = (range){page, n, page->n_blocks, 1};
    return n > 0 ? 2 : 1;
}

/* --- texts -------------------------------------------------------------------------------------
 */

/* What is compared of a text: letters in lower case, a # for every number, signs. */
typedef struct gist {
    uint64_t hash; /* never 0 */
    int n_numbers;
    long numbers[MAX_NUMBERS];
    int n_words;
    int n_letters;
    size_t len;
    char text[KEY_TEXT];
} gist;

static void add_to_gist(gist *g, uint32_t c)
{
    char room[4];
    int n = recto_utf8_put(room, c);
    g->hash = (g->hash ^ c) * 1099511628211u;
    if (g->len + (size_t)n < KEY_TEXT) {
        memcpy(g->text + g->len, room, (size_t)n);
        g->len += (size_t)n;
    }
}

static void add_digit(gist *g, bool fresh, uint32_t c)
{
    if (fresh) {
        add_to_gist(g, '#');
        if (g->n_numbers < MAX_NUMBERS)
            g->numbers[g->n_numbers] = 0;
        g->n_numbers++;
    }
    if (g->n_numbers <= MAX_NUMBERS) {
        long *number = &g->numbers[g->n_numbers - 1];
        long digit = c >= '0' && c <= '9' ? (long)(c - '0') : (long)(c % 10);
        *number = *number > 100000000L ? *number : 10 * *number + digit;
    }
}

static void read_gist(gist *g, const char *text, bool top)
{
    *g = (gist){.hash = top ? 14695981039346656037u : 1469598103934665603u};
    const char *end = text + strlen(text);
    bool digit = false;
    bool space = true;
    for (const char *p = text; p < end;) {
        uint32_t c = recto_utf8_lower(recto_utf8_next(&p, end));
        bool was = digit;
        digit = recto_utf8_is_digit(c);
        if (digit) {
            add_digit(g, !was, c);
        } else if (c != ' ') {
            add_to_gist(g, c);
            bool letter = recto_utf8_is_letter(c);
            g->n_letters += letter;
            g->n_words += space && letter;
        }
        space = c == ' ';
    }
    if (g->n_numbers > MAX_NUMBERS)
        g->n_numbers = MAX_NUMBERS;
    g->text[g->len] = '\0';
    g->hash = g->hash == 0 ? 1 : g->hash;
}

/* Are two texts the same but for a letter in ten?  On bytes. */
static bool are_alike(const char *a, const char *b)
{
    size_t n = strlen(a);
    size_t m = strlen(b);
    size_t longer = n > m ? n : m;
    size_t most = longer < 10 ? 1 : longer / 10;
    if (n < 6 || m < 6 || (n > m ? n - m : m - n) > most)
        return false;
    size_t row[KEY_TEXT];
    for (size_t k = 0; k <= m; k++)
        row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t cost = corner + (a[i - 1] != b[k - 1]);
            corner = row[k];
            cost = row[k] + 1 < cost ? row[k] + 1 : cost;
            row[k] = row[k - 1] + 1 < cost ? row[k - 1] + 1 : cost;
        }
    }
    return row[m] <= most;
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

static int add_key(recto_margins *s, const gist *g, uint64_t hash, float y, bool top)
{
    int at = (int)s->n;
    s->index[index_place(s, hash)] = (uint32_t)at + 1;
    s->keys[s->n++] = (key){.hash = hash, .y = y, .same_as = at, .top = top};
    memcpy(s->keys[at].text, g->text, KEY_TEXT);
    return at;
}

/* A key seen lately at about this height whose text is like this one; -1 if there is none. */
static int find_alike(const recto_margins *s, const gist *g, float y, bool top)
{
    size_t first = s->n > LAST_KEYS ? s->n - LAST_KEYS : 0;
    for (size_t i = s->n; i-- > first;) {
        const key *k = &s->keys[i];
        if (k->top == top && fabsf(k->y - y) < SAME_HEIGHT && are_alike(k->text, g->text))
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

/* Hash of a heading's words, section number and case apart; 0 if there are too few letters. */
static uint64_t words_hash(const char *text)
{
    uint64_t h = 14695981039346656037u;
    int n = 0;
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        uint32_t c = recto_utf8_lower(recto_utf8_next(&p, end));
        if (!recto_utf8_is_letter(c))
            continue;
        h = (h ^ c) * 1099511628211u;
        n++;
    }
    return n < 4 ? 0 : (h == 0 ? 1 : h);
}

/* --- places ------------------------------------------------------------------------------------
 */

static float height_of(const recto_page *page, const recto_block *b)
{
    return page->height > 0.0f ? (b->box.y0 + b->box.y1) / 2.0f / page->height : 0.0f;
}

static int height_bin(float y)
{
    int bin = (int)(y * (float)N_HEIGHTS);
    return bin < 0 ? 0 : (bin >= N_HEIGHTS ? N_HEIGHTS - 1 : bin);
}

/* Is the block in the margin at this end of the page? */
static bool in_zone(const recto_page *page, const recto_block *b, bool top)
{
    if (!recto_margins_may(b) && b->label != RECTO_LABEL_PAGE_HEADER &&
        b->label != RECTO_LABEL_PAGE_FOOTER)
        return false;
    return top ? b->box.y1 < TOP_ZONE * page->height : b->box.y0 > BOTTOM_ZONE * page->height;
}

/* A logo or ornament of the margin, beside or among the text of it. */
static bool is_ornament(const range *r, const recto_block *b)
{
    return b->label == RECTO_LABEL_PICTURE &&
           (b->box.y1 < TOP_ZONE * r->page->height || b->box.y0 > BOTTOM_ZONE * r->page->height);
}

/* White from block i to the next one further in, in its own size. */
static float white_inwards(const range *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    float white = HUGE_VALF;
    for (int k = r->from; k < r->to; k++) {
        const recto_block *o = &r->page->blocks[k];
        float gap = top ? o->box.y0 - b->box.y1 : b->box.y0 - o->box.y1;
        bool outside = top ? o->box.y1 <= b->box.y0 : o->box.y0 >= b->box.y1;
        if (k != i && !outside && !is_ornament(r, o))
            white = fminf(white, gap);
    }
    return white / fmaxf(b->size, 1.0f);
}

/* Depth of a block from this end of the page: its outer and inner edge. */
static float outer_edge(const range *r, const recto_block *b, bool top)
{
    return top ? b->box.y0 : r->page->height - b->box.y1;
}

static float inner_edge(const range *r, const recto_block *b, bool top)
{
    return top ? b->box.y1 : r->page->height - b->box.y0;
}

/* What stands apart at this end of the page: some rows, then white.  Returns the depth of its inner
 * edge; negative if there is no such group. */
static float group_depth(const range *r, bool top)
{
    float zone = TOP_ZONE * r->page->height;
    float depth = -1.0f;
    int n_rows = 0;
    for (int step = 0; step < 4 * MAX_ROWS; step++) {
        const recto_block *next = NULL; /* the outermost that is not in the group yet */
        for (int i = r->from; i < r->to; i++) {
            const recto_block *b = &r->page->blocks[i];
            bool inside = depth >= 0.0f && inner_edge(r, b, top) <= depth;
            if (!inside && !is_ornament(r, b) &&
                (next == NULL || outer_edge(r, b, top) < outer_edge(r, next, top)))
                next = b;
        }
        if (next == NULL)
            return -1.0f; /* nothing but a margin */
        float white = outer_edge(r, next, top) - depth;
        if (depth >= 0.0f && white > 0.7f * fmaxf(next->size, 1.0f))
            return depth;
        n_rows += white > -0.5f * next->size ? next->n_lines : 0;
        depth = inner_edge(r, next, top);
        if (next->n_lines < 1 || n_rows > MAX_ROWS || depth > zone)
            return -1.0f;
    }
    return -1.0f;
}

/* One line of the group that stands apart. */
static bool is_lone(const range *r, int i, bool top, float depth)
{
    const recto_block *b = &r->page->blocks[i];
    return b->n_lines == 1 && inner_edge(r, b, top) <= depth + 0.5f;
}

/* A row of the group with nothing of the group further out: where running titles stand. */
static bool is_outermost(const range *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    for (int k = r->from; k < r->to; k++) {
        const recto_block *o = &r->page->blocks[k];
        if (k != i && !is_ornament(r, o) &&
            inner_edge(r, o, top) < outer_edge(r, b, top) + 0.3f * b->size)
            return false;
    }
    return true;
}

static float points(const recto_page *page, float px)
{
    return page->dpi > 0.0f ? px * 72.0f / page->dpi : px;
}

/* Smaller than the largest text block of the page, which stands for the body here. */
static bool is_small(const range *r, const recto_block *b)
{
    const recto_block *most = NULL;
    for (int i = r->from; i < r->to; i++) {
        const recto_block *o = &r->page->blocks[i];
        if (o->n_lines > 0 && (most == NULL || o->n_lines > most->n_lines))
            most = o;
    }
    float limit = r->page->reader == RECTO_READER_LAYER ? 0.94f : 0.9f;
    return most != NULL && most != b && b->size < limit * most->size;
}

/* --- observing ---------------------------------------------------------------------------------
 */

/* Do the numbers stay as they were, or do those that changed count with the sheets or pages? */
static void compare_numbers(key *k, const gist *g, const range *r)
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
    k->n_odd += odd;
    k->n_counting += counting && !odd;
}

static void count_key(key *k, const gist *g, const range *r)
{
    int at = 2 * r->page->number + r->half;
    if (k->n_pages > 0 && k->last_page == at)
        return;
    if (k->n_pages > 0) {
        compare_numbers(k, g, r);
        k->n_near += at - k->last_page <= 4;
    }
    k->n_pages++;
    k->last_page = at;
    k->last_number = r->page->number;
    k->n_numbers = g->n_numbers;
    memcpy(k->numbers, g->numbers, sizeof k->numbers);
}

static void count_offset(recto_margins *s, const char *text, const range *r, bool top)
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

static recto_status observe_block(recto_margins *s, const range *r, int i, bool top, float depth,
                                  recto_error *err)
{
    const recto_block *b = &r->page->blocks[i];
    float y = height_of(r->page, b);
    char room[256];
    const char *text = recto_margins_text(room, b);
    gist g;
    read_gist(&g, text, top);
    uint64_t hash = 0;
    int at = find_key(s, g.hash, y, &hash);
    if (at < 0 && hash != 0 && s->n < MAX_KEYS) {
        if (!make_room(s))
            return recto_error_set(err, RECTO_ERR_NOMEM,
                                   "structure: out of memory for page margins");
        int like = r->page->reader == RECTO_READER_LAYER ? -1 : find_alike(s, &g, y, top);
        at = add_key(s, &g, hash, y, top);
        s->keys[at].same_as = like >= 0 ? like : at;
    }
    slot *here = &s->slots[top ? 0 : 1][height_bin(y)];
    if (is_lone(r, i, top, depth)) {
        here->n++;
        here->n_small += is_small(r, b);
        here->n_back += at >= 0 && s->keys[s->keys[at].same_as].n_pages > 0;
    }
    count_offset(s, text, r, top);
    if (at >= 0)
        count_key(&s->keys[s->keys[at].same_as], &g, r);
    return RECTO_OK;
}

static void observe_heads(recto_margins *s, const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if ((b->label != RECTO_LABEL_SECTION_HEADER && b->label != RECTO_LABEL_TITLE) ||
            s->n_heads >= MAX_HEADS / 2)
            continue;
        uint64_t hash = words_hash(b->text);
        size_t place = 0;
        if (hash == 0 || in_heads(s, hash, &place))
            continue;
        s->heads[place] = hash;
        s->n_heads++;
    }
}

recto_status recto_margins_observe(recto_margins *s, const recto_page *page, recto_error *err)
{
    range ranges[2];
    int n = ranges_of(ranges, page);
    s->n_sheets++;
    s->n_spreads += n == 2;
    s->n_pages += n;
    observe_heads(s, page);
    for (int h = 0; h < n; h++) {
        const range *r = &ranges[h];
        for (int top = 0; top < 2; top++) {
            float depth = group_depth(r, top == 1);
            for (int k = 0; k < MAX_LOOK && r->from + k < r->to; k++) {
                int i = top ? r->from + k : r->to - 1 - k;
                if (!in_zone(page, &page->blocks[i], top == 1))
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
static bool is_counting(const recto_margins *s, const recto_margins_number *number, const range *r,
                        bool top)
{
    bool spreads = s->n_spreads * 2 > s->n_sheets;
    int value = spreads ? number->value - 2 * r->page->number - r->half - 100000
                        : number->value - r->page->number;
    const offset *list = s->offsets[top ? 0 : 1];
    int at = find_offset(list, value);
    return at >= 0 && list[at].n >= 2;
}

static slot slot_around(const recto_margins *s, const range *r, float y, bool top)
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
    }
    return sum;
}

/* Does row b stand over (or under) a row of the body in two places, as a table's head does? */
static bool is_table_row(const range *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    int inner = top ? i + 1 : i - 1;
    if (inner < r->from || inner >= r->to || b->n_lines < 1)
        return false;
    const recto_block *o = &r->page->blocks[inner];
    if (o->n_lines < 1)
        return false;
    const recto_line *a = &b->lines[b->n_lines - 1];
    const recto_line *c = &o->lines[top ? 0 : o->n_lines - 1];
    int n_shared = 0;
    for (int k = 0; k < a->n_words; k++) {
        bool starts = k == 0 || a->words[k].box.x0 - a->words[k - 1].box.x1 > 1.2f * a->size;
        bool shared = false;
        for (int q = 0; q < c->n_words && starts; q++) {
            bool too = q == 0 || c->words[q].box.x0 - c->words[q - 1].box.x1 > 1.2f * c->size;
            shared |= too && fabsf(c->words[q].box.x0 - a->words[k].box.x0) < 0.5f * a->size;
        }
        n_shared += shared;
    }
    return n_shared >= 2;
}

/* The same text on other pages. */
static bool comes_back(const recto_margins *s, const range *r, int i, bool top, float body_pt)
{
    const recto_block *b = &r->page->blocks[i];
    char room[256];
    gist g;
    read_gist(&g, recto_margins_text(room, b), top);
    uint64_t hash = 0;
    int at = find_key(s, g.hash, height_of(r->page, b), &hash);
    if (at < 0)
        return false;
    const key *k = &s->keys[s->keys[at].same_as];
    if (k->n_pages < 2 || k->n_odd * 4 > k->n_pages)
        return false;
    if (k->n_near == 0 && s->n_pages > 4)
        return false; /* alike, but far from each other: chapters that begin with the same words */
    bool large = points(r->page, b->size) > 1.12f * body_pt;
    bool most = k->n_pages >= 3 && k->n_pages * 2 >= s->n_pages;
    if (large && (!most || k->n_counting > 0))
        return false;
    recto_margins_number number;
    bool paged = recto_margins_number_read(&number, recto_margins_text(room, b)) &&
                 (number.named || number.whole);
    bool small = points(r->page, b->size) < 0.94f * body_pt;
    if (k->n_counting > 0 && !paged && !small && g.n_words <= 1 && top)
        return false; /* "Exercise 3" */
    if (k->n_pages < 3 && !small && white_inwards(r, i, top) < 0.45f)
        return false; /* hardly apart from the text */
    return !(s->n_pages < 4 && is_table_row(r, i, top));
}

static bool has_leaders(const char *text)
{
    return strstr(text, ". . .") != NULL || strstr(text, "....") != NULL ||
           strstr(text, "\xE2\x80\xA6\xE2\x80\xA6") != NULL;
}

/* A line at a height where most pages have one, whose text changes. */
static bool is_running_line(const recto_margins *s, const range *r, int i, bool top, float depth,
                            float body_pt)
{
    const recto_block *b = &r->page->blocks[i];
    float pt = points(r->page, b->size);
    char room[256];
    const char *text = recto_margins_text(room, b);
    if (s->n_pages < 3 || !is_lone(r, i, top, depth) || !is_outermost(r, i, top) ||
        pt > 1.1f * body_pt || strlen(text) > 160 || has_leaders(text))
        return false;
    slot here = slot_around(s, r, height_of(r->page, b), top);
    if (here.n < 2 || here.n * 2 < s->n_pages)
        return false;
    recto_margins_number number;
    if (recto_margins_number_read(&number, text) && is_counting(s, &number, r, top))
        return number.whole || number.named || number.value > 0;
    if (here.n_back * 5 >= here.n * 2 && here.n >= 4)
        return true; /* titles that stay for some pages */
    size_t place = 0;
    uint64_t words = words_hash(text);
    if (b->label != RECTO_LABEL_SECTION_HEADER && words != 0 && in_heads(s, words, &place))
        return true;
    bool small = pt < 0.94f * body_pt && here.n_small * 3 >= here.n * 2;
    return top && small && b->label != RECTO_LABEL_FOOTNOTE;
}

/* Only a page number, and it counts. */
static bool is_page_number(const recto_margins *s, const range *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    char room[256];
    recto_margins_number number;
    return b->n_lines == 1 && recto_margins_number_read(&number, recto_margins_text(room, b)) &&
           number.whole && is_counting(s, &number, r, top) && white_inwards(r, i, top) > 0.3f;
}

/* Further out than the text's margins at the sides are broad, and apart: no text is set there. */
static bool is_outside(const range *r, int i, bool top, float depth)
{
    const recto_block *b = &r->page->blocks[i];
    float side = HUGE_VALF;
    for (int k = r->from; k < r->to; k++) {
        const recto_block *o = &r->page->blocks[k];
        if (o->n_lines >= 2 || o->table != NULL)
            side = fminf(side, r->half == 0 ? o->box.x0 : r->page->width - o->box.x1);
    }
    return side < HUGE_VALF && is_lone(r, i, top, depth) && inner_edge(r, b, top) < 0.68f * side;
}

/* A label that one page got by itself stays where it is a number, or the document is short, or
 * others have the like. */
static bool keeps_label(const recto_margins *s, const range *r, int i, bool top, float depth)
{
    const recto_block *b = &r->page->blocks[i];
    char room[256];
    recto_margins_number number;
    return s->n_pages < 3 ||
           (recto_margins_number_read(&number, recto_margins_text(room, b)) && number.named) ||
           (number.whole && b->n_lines == 1) || is_outside(r, i, top, depth);
}

static bool settle_block(const recto_margins *s, const range *r, int i, bool top, float depth,
                         float body_pt, recto_arena *keep)
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
    range ranges[2];
    int n = ranges_of(ranges, page);
    bool ok = true;
    for (int h = 0; h < n; h++) {
        const range *r = &ranges[h];
        for (int top = 0; top < 2; top++) {
            float depth = group_depth(r, top == 1);
            for (int k = 0; k < MAX_LOOK && r->from + k < r->to && ok; k++) {
                int i = top ? r->from + k : r->to - 1 - k;
                if (in_zone(page, &page->blocks[i], top == 1))
                    ok = settle_block(s, r, i, top == 1, depth, body_pt, keep);
            }
        }
    }
    return ok;
}
