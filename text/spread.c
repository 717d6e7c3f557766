/* Spreads.
 *
 * What tells two pages from two columns is the fold: inner margins are wider than gaps between
 * columns, and nothing crosses them, no headline and no table.  A wrong guess does little harm,
 * since two columns from top to bottom are read in the same order; a table across the sheet must
 * not be cut, so sides whose lines share their baselines need running text on both. */
#include "text/spread.h"
#include "text/flow.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LANDSCAPE 1.15f  /* width to height */
#define MIN_FOLD  0.045f /* of the width: white around the fold */
#define OFF_FOLD  0.04f  /* of the width: how far it may be from the middle */
#define MIN_PAGE  8      /* lines of running text that make a page */
#define N_BINS    512    /* of the width */

/* Mark bins that hold words; false if there are none. */
static bool mark_words(bool used[N_BINS], const recto_layout *layout)
{
    float scale = (float)N_BINS / layout->width;
    bool any = false;
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *line = &layout->lines[i];
        for (int k = 0; line->words != NULL && k < line->n_words; k++) {
            recto_rect box = line->words[k].box;
            if (!recto_flow_rect_ok(box) || box.x1 <= 0.0f || box.x0 >= layout->width)
                continue;
            int last = (int)(fminf(box.x1, layout->width) * scale);
            for (int b = (int)(fmaxf(box.x0, 0.0f) * scale); b <= last && b < N_BINS; b++)
                used[b] = true;
            any = true;
        }
    }
    return any;
}

/* The widest run of empty bins that reaches into the middle. */
static bool find_fold(float *x_out, const recto_layout *layout)
{
    bool used[N_BINS] = {false};
    if (!mark_words(used, layout))
        return false;
    int near = (int)(OFF_FOLD * (float)N_BINS);
    int best = 0;
    for (int b = 1; b < N_BINS; b++) {
        int from = b;
        while (b < N_BINS && !used[b])
            b++;
        bool middle = from < N_BINS / 2 + near && b > N_BINS / 2 - near;
        if (b - from <= best || !middle || from <= 1 || b == N_BINS)
            continue;
        best = b - from;
        *x_out = (float)(from + b) / 2.0f * layout->width / (float)N_BINS;
    }
    float off = fabsf(*x_out - layout->width / 2.0f);
    return best > (int)(MIN_FOLD * (float)N_BINS) && off < 2.0f * OFF_FOLD * layout->width;
}

typedef struct half {
    float left, right;
    int n_lines, n_running;
} half;

static void measure_half(half *h, const recto_layout *layout)
{
    *h = (half){.left = HUGE_VALF, .right = -HUGE_VALF};
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *line = &layout->lines[i];
        h->left = fminf(h->left, line->box.x0);
        h->right = fmaxf(h->right, line->box.x1);
        h->n_lines++;
    }
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *line = &layout->lines[i];
        h->n_running +=
            line->n_words >= 4 && recto_rect_width(line->box) > 0.3f * (h->right - h->left);
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Share of the lines of `few` that stand in a row with one of `many`. */
static float share_aligned(const recto_layout *few, const recto_layout *many, float *room)
{
    int n = 0;
    for (int i = 0; i < many->n_lines; i++)
        room[i] = many->lines[i].baseline;
    qsort(room, (size_t)many->n_lines, sizeof *room, by_value);
    for (int i = 0; i < few->n_lines; i++) {
        float y = few->lines[i].baseline;
        int low = 0;
        int high = many->n_lines;
        while (low < high) {
            int mid = (low + high) / 2;
            if (room[mid] < y - 0.25f * few->lines[i].size)
                low = mid + 1;
            else
                high = mid;
        }
        n += low < many->n_lines && room[low] < y + 0.25f * few->lines[i].size;
    }
    return (float)n / (float)few->n_lines;
}

static bool is_spread(const recto_layout halves[2], recto_arena *tmp)
{
    half h[2];
    for (int k = 0; k < 2; k++) {
        if (halves[k].n_lines == 0)
            return false;
        measure_half(&h[k], &halves[k]);
    }
    if (h[0].n_running >= MIN_PAGE && h[1].n_running >= MIN_PAGE &&
        h[0].n_running * 2 >= h[0].n_lines && h[1].n_running * 2 >= h[1].n_lines)
        return true;
    int full = h[0].n_running >= h[1].n_running ? 0 : 1;
    if (h[full].n_running < MIN_PAGE || h[full].n_running * 2 < h[full].n_lines)
        return false;
    /* a title page, a picture with a caption, the end of a chapter beside a page of text */
    int most = halves[full].n_lines;
    float *room = recto_arena_array(tmp, (size_t)most, sizeof *room);
    return room != NULL && h[1 - full].n_lines * 2 < most &&
           share_aligned(&halves[1 - full], &halves[full], room) < 0.5f;
}

bool recto_spread_find(float *x_out, const recto_layout *layout, recto_arena *tmp)
{
    *x_out = 0.0f;
    if (!(layout->width > LANDSCAPE * layout->height) || layout->n_lines < MIN_PAGE + 1 ||
        !find_fold(x_out, layout))
        return false;
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_layout halves[2];
    bool found = recto_spread_half(&halves[0], layout, *x_out, false, tmp) &&
                 recto_spread_half(&halves[1], layout, *x_out, true, tmp) && is_spread(halves, tmp);
    recto_arena_reset(tmp, mark);
    return found;
}

/* --- cutting -----------------------------------------------------------------------------------
 */

static bool is_right(recto_rect box, float x)
{
    return (box.x0 + box.x1) / 2.0f > x;
}

/* The words of a line on one side; false if there are none.  A line never goes back over the fold.
 */
static bool cut_line(recto_line *out, const recto_line *line, float x, bool right)
{
    int from = 0;
    int to = line->n_words;
    if (line->words == NULL)
        return false;
    while (from < to && is_right(line->words[from].box, x) != right)
        from++;
    while (to > from && is_right(line->words[to - 1].box, x) != right)
        to--;
    if (from == to)
        return false;
    *out = *line;
    if (from > 0 || to < line->n_words) {
        out->words = line->words + from;
        out->n_words = to - from;
        recto_flow_close_line(out, line->size, line->baseline);
    }
    return true;
}

static void take_rules(recto_layout *out, const recto_layout *layout, float x, bool right)
{
    for (int i = 0; i < layout->n_rules; i++) {
        recto_rule rule = layout->rules[i];
        if (!rule.vertical && rule.box.x0 < x && rule.box.x1 > x) { /* over both pages */
            rule.box.x0 = right ? x : rule.box.x0;
            rule.box.x1 = right ? rule.box.x1 : x;
        } else if (is_right(rule.box, x) != right) {
            continue;
        }
        out->rules[out->n_rules++] = rule;
    }
}

bool recto_spread_half(recto_layout *out, const recto_layout *layout, float x, bool right,
                       recto_arena *tmp)
{
    *out = *layout;
    out->lines = recto_arena_array(tmp, (size_t)layout->n_lines + 1, sizeof *out->lines);
    out->rules = recto_arena_array(tmp, (size_t)layout->n_rules + 1, sizeof *out->rules);
    out->pictures = recto_arena_array(tmp, (size_t)layout->n_pictures + 1, sizeof *out->pictures);
    out->links = recto_arena_array(tmp, (size_t)layout->n_links + 1, sizeof *out->links);
    out->fields = recto_arena_array(tmp, (size_t)layout->n_fields + 1, sizeof *out->fields);
    if (out->lines == NULL || out->rules == NULL || out->pictures == NULL || out->links == NULL ||
        out->fields == NULL)
        return false;
    out->n_lines = out->n_rules = out->n_pictures = out->n_links = out->n_fields = 0;
    for (int i = 0; i < layout->n_lines; i++)
        out->n_lines += cut_line(&out->lines[out->n_lines], &layout->lines[i], x, right);
    take_rules(out, layout, x, right);
    for (int i = 0; i < layout->n_pictures; i++) {
        if (is_right(layout->pictures[i], x) == right)
            out->pictures[out->n_pictures++] = layout->pictures[i];
    }
    for (int i = 0; i < layout->n_links; i++) {
        if (is_right(layout->links[i].box, x) == right)
            out->links[out->n_links++] = layout->links[i];
    }
    for (int i = 0; i < layout->n_fields; i++) {
        if (is_right(layout->fields[i].box, x) == right)
            out->fields[out->n_fields++] = layout->fields[i];
    }
    return true;
}

/* --- blocks ------------------------------------------------------------------------------------
 */

int recto_spread_of_page(const recto_page *page)
{
    if (!(page->width > LANDSCAPE * page->height) || page->n_blocks < 2)
        return 0;
    float middle = page->width / 2.0f;
    bool rtl = page->blocks[0].box.x0 > middle;
    int n = 0;
    while (n < page->n_blocks && is_right(page->blocks[n].box, middle) == rtl)
        n++;
    if (n == page->n_blocks)
        return 0;
    float left = 0.0f; /* inner edges of both pages */
    float right = page->width;
    bool running[2] = {false, false};
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        bool second = i >= n;
        if (is_right(b->box, middle) != (second != rtl))
            return 0;
        if (b->label == RECTO_LABEL_PICTURE)
            continue; /* may run over the fold */
        if (second != rtl)
            right = fminf(right, b->box.x0);
        else
            left = fmaxf(left, b->box.x1);
        running[second] |= b->n_lines >= 3;
    }
    return right - left > MIN_FOLD * page->width && (running[0] || running[1]) ? n : 0;
}
