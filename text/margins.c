/* Page headers and footers, as far as one page shows them.
 *
 * A line of the body must never be lost as a header, so position alone proves nothing.  On a single
 * page only page numbers are certain, and small print at the very bottom, far below a page of text
 * (the address line of a letter).  All else waits for the other pages (margins_seen.c). */
#include "text/margins.h"
#include "core/utf8.h"
#include "text/join.h"
#include "text/margins_number.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TOP_ZONE    0.14f /* of the height: where headers stand */
#define BOTTOM_ZONE 0.86f
#define MAX_ROWS    4
#define MAX_CHARS   300   /* of the rows of one margin */
#define ALONE       0.75f /* pitches of white that set rows apart */
#define ALONE_SMALL 0.45f /* the same where they are set smaller than the text */
#define SMALL       0.93f /* of the body's size */

/* --- rows at the edges -------------------------------------------------------------------------
 */

/* Do two segments of the row sorted[at..next) stand in line with some of the row after it?  Then it
 * is a table's first or last row, or that of columns.  A last segment that only ends where the
 * page's text ends does not count if `ends` is false: so stand the two halves of a running title
 * over two columns. */
static bool is_grid_row(recto_flow_item *const *sorted, int n, int at, int next, int dir, bool ends,
                        const recto_flow_metrics *m)
{
    int n_shared = 0;
    for (int i = at; i != next; i += dir) {
        const recto_flow_item *a = sorted[i];
        bool flush = fabsf(a->box.x1 - m->area.x1) < (m->exact ? 0.5f : 2.0f) * m->body;
        bool shared = false;
        for (int k = next; k >= 0 && k < n && k != next + 12 * dir; k += dir) {
            const recto_flow_item *b = sorted[k];
            if (fabsf(b->line->baseline - sorted[next]->line->baseline) >= 0.5f * m->body)
                break;
            shared |= fabsf(a->box.x0 - b->box.x0) < 0.5f * m->body ||
                      (fabsf(a->box.x1 - b->box.x1) < 0.5f * m->body && (ends || !flush));
        }
        n_shared += shared;
    }
    return n_shared >= 2;
}

/* White between two rows, from baselines and sizes: boxes of ink depend on the letters. */
static float white_between(const recto_flow_item *upper, const recto_flow_item *lower)
{
    return lower->line->baseline - upper->line->baseline - 0.75f * lower->size - 0.2f * upper->size;
}

/* Rows are walked inwards from one end; dir +1 from the top, -1 from the bottom. */
static void split_end(recto_flow_item *const *sorted, int n, int dir, const recto_flow_metrics *m)
{
    int at = dir > 0 ? 0 : n - 1;
    int first = at;
    int n_chars = 0;
    float largest = 0.0f;
    for (int n_rows = 1; n_rows <= MAX_ROWS; n_rows++) {
        float base = sorted[at]->line->baseline;
        int next = at;
        while (next >= 0 && next < n && fabsf(sorted[next]->line->baseline - base) < 0.5f * m->body)
            next += dir;
        if (next < 0 || next >= n)
            return;
        for (int k = at; k != next; k += dir) {
            const recto_flow_item *it = sorted[k];
            n_chars += it->n_chars;
            largest = fmaxf(largest, it->size);
            if (it->size > 1.25f * m->body || (dir > 0 ? it->box.y1 > TOP_ZONE * m->height
                                                       : it->box.y0 < BOTTOM_ZONE * m->height))
                return;
        }
        const recto_flow_item *inner = sorted[next];
        float white = dir > 0 ? white_between(sorted[next - dir], inner)
                              : white_between(inner, sorted[next - dir]);
        if (n_chars > MAX_CHARS || is_grid_row(sorted, n, at, next, dir, white < m->pitch, m))
            return;
        bool small = largest < SMALL * fminf(inner->size, m->body);
        if (white >= (small ? ALONE_SMALL : ALONE) * m->pitch) {
            for (int k = first; k != next; k += dir)
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

/* --- labels ------------------------------------------------------------------------------------
 */

bool recto_margins_may(const recto_block *b)
{
    return (b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_SECTION_HEADER ||
            b->label == RECTO_LABEL_TITLE || b->label == RECTO_LABEL_LIST_ITEM ||
            b->label == RECTO_LABEL_CODE || b->label == RECTO_LABEL_FOOTNOTE) &&
           b->n_lines >= 1 && b->n_lines <= MAX_ROWS;
}

bool recto_margins_relabel(recto_block *b, bool top, recto_arena *keep)
{
    if (!recto_join_plain(b, keep))
        return false;
    b->label = top ? RECTO_LABEL_PAGE_HEADER : RECTO_LABEL_PAGE_FOOTER;
    b->level = 0;
    b->goes_on = RECTO_GOES_ON_NOT;
    b->continues = false;
    return true;
}

const char *recto_margins_text(char room[256], const recto_block *b)
{
    if (b->marker == NULL)
        return b->text;
    snprintf(room, 256, "%s %s", b->marker, b->text);
    return room;
}

/* The outermost block of the page at its top or bottom; -1 if there is none. */
static int outermost(const recto_block *blocks, int n, bool top)
{
    int best = -1;
    for (int i = 0; i < n; i++) {
        if (best < 0 ||
            (top ? blocks[i].box.y0 < blocks[best].box.y0 : blocks[i].box.y1 > blocks[best].box.y1))
            best = i;
    }
    return best;
}

/* White from block i towards the others; negative if another stands beside it. */
static float white_inwards(const recto_block *blocks, int n, int i, bool top)
{
    float white = HUGE_VALF;
    for (int k = 0; k < n; k++) {
        if (k == i)
            continue;
        float gap = top ? blocks[k].box.y0 - blocks[i].box.y1 : blocks[i].box.y0 - blocks[k].box.y1;
        white = fminf(white, gap);
    }
    return white;
}

/* In the middle, or at the left or right edge of the page's text? */
static bool is_placed_as_number(const recto_block *b, const recto_flow_metrics *m)
{
    float off = (b->box.x0 + b->box.x1 - m->area.x0 - m->area.x1) / 2.0f;
    float off_page = (b->box.x0 + b->box.x1 - m->width) / 2.0f;
    return fabsf(off) < 0.06f * m->width || fabsf(off_page) < 0.06f * m->width ||
           b->box.x0 - m->area.x0 < 1.5f * m->body || m->area.x1 - b->box.x1 < 1.5f * m->body;
}

/* A page number that needs no other page to be certain. */
static bool is_lone_number(const recto_block *blocks, int n, int i, bool top,
                           const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    char room[256];
    recto_margins_number number;
    if (b->n_lines != 1 || !recto_margins_number_read(&number, recto_margins_text(room, b)) ||
        !number.whole || (!number.named && number.value > 999))
        return false;
    float white = white_inwards(blocks, n, i, top);
    return number.named ? white > 0.5f * m->body
                        : white > 0.7f * m->body && is_placed_as_number(b, m);
}

/* Is the page one of text, and not a cover, a form or a slide? */
static bool is_text_page(const recto_block *blocks, int n)
{
    int n_lines = 0;
    for (int i = 0; i < n; i++) {
        n_lines += blocks[i].n_lines;
        n_lines += blocks[i].table != NULL ? blocks[i].table->n_rows : 0;
    }
    return n_lines >= 10;
}

static bool opens_note(const recto_block *b)
{
    const recto_word *w = &b->lines[0].words[0];
    const char *p = w->text;
    uint32_t c = recto_utf8_next(&p, p + strlen(p));
    return b->marker != NULL || (w->style & (uint32_t)RECTO_STYLE_SUPER) != 0 || c == '*' ||
           recto_utf8_is_digit(c) || c == 0x2020 || c == 0x2021 || c == 0xA7 || c == 0xB6 ||
           c == 0xB9 || c == 0xB2 || c == 0xB3 || (c >= 0x2070 && c <= 0x2079);
}

/* Small print at the page's foot with a broad white above it, or a small row at its head that ends
 * in a named page number. */
static bool is_small_print(const recto_block *blocks, int n, int i, bool top,
                           const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    if (b->label == RECTO_LABEL_FOOTNOTE || b->n_lines > 3 || strlen(b->text) > 250 ||
        b->size > 1.05f * m->body || !is_text_page(blocks, n))
        return false;
    bool small = b->size < (m->exact ? SMALL : 0.88f) * m->body;
    float white = white_inwards(blocks, n, i, top);
    recto_margins_number number;
    if (recto_margins_number_read(&number, b->text) && number.named && b->n_lines == 1 &&
        strlen(b->text) < 120)
        return white > (small ? 0.8f : 1.5f) * m->pitch;
    if (!small)
        return false;
    return !top && white > 2.5f * m->pitch && b->box.y0 > 0.88f * m->height && !opens_note(b);
}

/* In the middle of the page, or in parts from edge to edge: no line of a text begins like that. */
static bool is_spread_out(const recto_block *b, float side, const recto_flow_metrics *m)
{
    const recto_line *line = &b->lines[0];
    float off = fabsf(b->box.x0 + b->box.x1 - m->width) / 2.0f;
    if (off < 0.03f * m->width && b->box.x0 > side + 3.0f * m->body)
        return true;
    bool gap = false;
    for (int i = 1; i < line->n_words; i++)
        gap |= line->words[i].box.x0 - line->words[i - 1].box.x1 > 2.5f * line->size;
    return gap && fabsf(b->box.x0 - side) < 1.5f * m->body &&
           m->area.x1 - b->box.x1 < 1.5f * m->body;
}

/* A lone line further out than the margins at the sides are broad: where text may be set is told by
 * these, and it is not there. */
static bool is_outside(const recto_block *blocks, int n, int i, bool top,
                       const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    float side = HUGE_VALF;
    for (int k = 0; k < n; k++) {
        bool middle =
            blocks[k].box.y0 > TOP_ZONE * m->height && blocks[k].box.y1 < BOTTOM_ZONE * m->height;
        if (middle || blocks[k].n_lines >= 2 || blocks[k].table != NULL)
            side = fminf(side, blocks[k].box.x0);
    }
    float depth = top ? b->box.y1 : m->height - b->box.y0;
    if (b->n_lines != 1)
        return false;
    float reach = is_spread_out(b, side, m) ? 0.95f : 0.68f;
    return side < 0.25f * m->width && depth < reach * side && b->size < 1.05f * m->body &&
           strlen(b->text) < 160 && is_text_page(blocks, n) &&
           white_inwards(blocks, n, i, top) > (top ? 0.8f : 2.0f) * m->pitch && !opens_note(b);
}

bool recto_margins_label_page(recto_block *blocks, int n, const recto_flow_metrics *m,
                              recto_arena *keep)
{
    for (int k = 0; k < 2 && n >= 2; k++) {
        bool top = k == 1;
        int i = outermost(blocks, n, top);
        recto_block *b = &blocks[i];
        if (!recto_margins_may(b) ||
            (top ? b->box.y1 > 0.12f * m->height : b->box.y0 < 0.865f * m->height))
            continue;
        if ((is_lone_number(blocks, n, i, top, m) || is_small_print(blocks, n, i, top, m) ||
             is_outside(blocks, n, i, top, m)) &&
            !recto_margins_relabel(b, top, keep))
            return false;
    }
    return true;
}
