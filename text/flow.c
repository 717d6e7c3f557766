/* From a layout to items: what comes from files and models is mended once, here, so that the rules
 * after it may rely on finite boxes inside the page, sizes above zero and baselines near the box.
 */
#include "text/flow.h"
#include "core/utf8.h"
#include "text/list.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sizes are counted in bins of this many px per inch of resolution: a quarter point. */
#define SIZE_BIN_PT 0.25f
#define N_SIZE_BINS 512

bool recto_flow_rect_ok(recto_rect r)
{
    return isfinite(r.x0) && isfinite(r.y0) && isfinite(r.x1) && isfinite(r.y1) && r.x1 >= r.x0 &&
           r.y1 >= r.y0;
}

static int text_chars(const char *text)
{
    int n = 0;
    for (const char *p = text; *p != '\0'; p++)
        n += ((unsigned char)*p & 0xC0u) != 0x80u;
    return n;
}

int recto_flow_chars(const recto_line *line)
{
    int n = 0;
    for (int i = 0; i < line->n_words; i++)
        n += text_chars(line->words[i].text);
    return n;
}

void recto_flow_close_line(recto_line *line, float size_hint, float baseline_hint)
{
    double sum = 0.0;
    int n_all = 0;
    int n_bold = 0;
    int n_italic = 0;
    int n_mono = 0;
    line->box = line->words[0].box;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        int n = text_chars(w->text);
        line->box.x0 = fminf(line->box.x0, w->box.x0);
        line->box.y0 = fminf(line->box.y0, w->box.y0);
        line->box.x1 = fmaxf(line->box.x1, w->box.x1);
        line->box.y1 = fmaxf(line->box.y1, w->box.y1);
        sum += (double)w->conf * n;
        n_all += n;
        n_bold += (w->style & RECTO_STYLE_BOLD) != 0 ? n : 0;
        n_italic += (w->style & RECTO_STYLE_ITALIC) != 0 ? n : 0;
        n_mono += (w->style & RECTO_STYLE_MONO) != 0 ? n : 0;
    }
    line->conf = n_all > 0 ? (float)(sum / n_all) : 0.0f;
    line->size = size_hint;
    line->baseline = baseline_hint;
    line->style = (n_bold * 10 >= n_all * 9 ? (uint32_t)RECTO_STYLE_BOLD : 0u) |
                  (n_italic * 10 >= n_all * 9 ? (uint32_t)RECTO_STYLE_ITALIC : 0u) |
                  (n_mono * 10 >= n_all * 8 ? (uint32_t)RECTO_STYLE_MONO : 0u);
}

bool recto_flow_split(recto_line *line, float x, recto_line **right_out, recto_arena *keep)
{
    *right_out = NULL;
    int cut = 0;
    while (cut < line->n_words && (line->words[cut].box.x0 + line->words[cut].box.x1) / 2.0f <= x)
        cut++;
    if (cut == 0 || cut == line->n_words)
        return false;
    recto_line *right = recto_arena_alloc(keep, sizeof *right);
    if (right == NULL)
        return true;
    *right = *line;
    right->words = line->words + cut;
    right->n_words = line->n_words - cut;
    line->n_words = cut;
    recto_flow_close_line(line, line->size, line->baseline);
    recto_flow_close_line(right, right->size, right->baseline);
    *right_out = right;
    return true;
}

recto_line *recto_flow_merge(recto_line *const *lines, int n, recto_arena *keep)
{
    int n_words = 0;
    int most = -1;
    float size = 0.0f;
    float baseline = 0.0f;
    for (int i = 0; i < n; i++) {
        int n_chars = recto_flow_chars(lines[i]);
        n_words += lines[i]->n_words;
        if (n_chars > most) {
            most = n_chars;
            size = lines[i]->size;
            baseline = lines[i]->baseline;
        }
    }
    recto_line *out = recto_arena_alloc(keep, sizeof *out);
    recto_word *words = recto_arena_array(keep, (size_t)n_words, sizeof *words);
    if (out == NULL || words == NULL)
        return NULL;
    *out = *lines[0];
    out->words = words;
    out->n_words = 0;
    for (int i = 0; i < n; i++) {
        memcpy(words + out->n_words, lines[i]->words, (size_t)lines[i]->n_words * sizeof *words);
        out->n_words += lines[i]->n_words;
    }
    recto_flow_close_line(out, size, baseline);
    return out;
}

static recto_rect clipped(recto_rect r, const recto_layout *layout)
{
    r.x0 = fminf(fmaxf(r.x0, 0.0f), layout->width);
    r.x1 = fminf(fmaxf(r.x1, r.x0), layout->width);
    r.y0 = fminf(fmaxf(r.y0, 0.0f), layout->height);
    r.y1 = fminf(fmaxf(r.y1, r.y0), layout->height);
    return r;
}

static bool word_fits(const recto_word *w, const recto_layout *layout)
{
    return recto_flow_rect_ok(w->box) && w->box.x0 >= 0.0f && w->box.y0 >= 0.0f &&
           w->box.x1 <= layout->width && w->box.y1 <= layout->height &&
           w->box.x1 + w->box.y1 > 0.0f && w->conf >= 0.0f && w->conf <= 1.0f && w->text != NULL &&
           w->text[0] != '\0';
}

/* A clipped copy of the words, for the rare line that reaches over the page or has bad numbers. */
static bool mend_words(recto_line *line, const recto_layout *layout, recto_arena *keep)
{
    recto_word *words = recto_arena_array(keep, (size_t)line->n_words, sizeof *words);
    if (words == NULL)
        return false;
    int n = 0;
    for (int i = 0; i < line->n_words; i++) {
        recto_word w = line->words[i];
        if (w.text == NULL || w.text[0] == '\0' || !recto_flow_rect_ok(w.box))
            continue;
        if (w.box.x1 <= 0.0f || w.box.y1 <= 0.0f || w.box.x0 >= layout->width ||
            w.box.y0 >= layout->height) /* off the page */
            continue;
        w.box = clipped(w.box, layout);
        if (w.box.x1 + w.box.y1 <= 0.0f) /* in the page's corner, where "unknown" stands */
            continue;
        if (!(w.conf >= 0.0f))
            w.conf = 0.0f;
        w.conf = fminf(w.conf, 1.0f);
        words[n++] = w;
    }
    line->words = words;
    line->n_words = n;
    return true;
}

/* A bullet stuck to its text becomes a word of its own.  False if out of memory. */
static bool free_bullet(recto_line *line, recto_arena *keep)
{
    const recto_word *first = &line->words[0];
    size_t n = recto_list_stuck_bullet(first->text);
    if (n == 0)
        return true;
    recto_word *words = recto_arena_array(keep, (size_t)line->n_words + 1, sizeof *words);
    char *bullet = recto_arena_text(keep, first->text, n);
    char *rest = recto_arena_text(keep, first->text + n, strlen(first->text + n));
    if (words == NULL || bullet == NULL || rest == NULL)
        return false;
    memcpy(words + 1, line->words, (size_t)line->n_words * sizeof *words);
    words[0] = *first;
    words[0].text = bullet;
    words[0].box.x1 = first->box.x0 + recto_rect_width(first->box) / (float)text_chars(first->text);
    words[1].text = rest;
    words[1].box.x0 = words[0].box.x1;
    line->words = words;
    line->n_words++;
    return true;
}

static bool load_line(recto_line *line, const recto_layout *layout, recto_arena *keep)
{
    for (int i = 0; i < line->n_words; i++) {
        if (!word_fits(&line->words[i], layout)) {
            if (!mend_words(line, layout, keep))
                return false;
            break;
        }
    }
    if (line->n_words < 1)
        return true;
    if ((unsigned char)line->words[0].text[0] >= 0xE2 && !free_bullet(line, keep))
        return false;
    uint32_t style = line->style;
    recto_flow_close_line(line, line->size, line->baseline);
    line->style |= style;
    float high = fmaxf(recto_rect_height(line->box), 1.0f);
    if (!isfinite(line->size) || line->size <= 0.0f)
        line->size = high;
    line->size = fminf(fmaxf(line->size, 1.0f), 1.0e5f);
    if (!isfinite(line->baseline) || line->baseline < line->box.y0 - high ||
        line->baseline > line->box.y1 + high)
        line->baseline = line->box.y1 - 0.2f * high;
    return true;
}

recto_status recto_flow_load(recto_flow_item **items_out, int *n_out, const recto_layout *layout,
                             recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *items_out = NULL;
    *n_out = 0;
    if (layout->n_lines <= 0)
        return RECTO_OK;
    size_t n_all = (size_t)layout->n_lines;
    recto_line *lines = recto_arena_array(keep, n_all, sizeof *lines);
    recto_flow_item *items = recto_arena_array(tmp, n_all, sizeof *items);
    if (lines == NULL || items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for lines");
    int n = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        recto_line *line = &lines[n];
        *line = layout->lines[i];
        if (line->n_words < 1 || line->words == NULL)
            continue;
        if (!load_line(line, layout, keep))
            return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for words");
        if (line->n_words < 1)
            continue;
        items[n] = (recto_flow_item){.box = line->box,
                                     .line = line,
                                     .size = line->size,
                                     .n_chars = recto_flow_chars(line),
                                     .index = n};
        n++;
    }
    *items_out = items;
    *n_out = n;
    return RECTO_OK;
}

/* --- measures ----------------------------------------------------------------------------------
 */

static int size_bin(float size, float dpi)
{
    float bin = size * 72.0f / dpi / SIZE_BIN_PT;
    return bin >= (float)(N_SIZE_BINS - 1) ? N_SIZE_BINS - 1 : (int)bin;
}

/* The mode over windows as wide as the noise of sizes, then the mean inside the best window. */
static float body_size(const recto_flow_item *items, int n, float dpi, bool exact)
{
    int chars[N_SIZE_BINS] = {0};
    double sums[N_SIZE_BINS] = {0.0};
    for (int i = 0; i < n; i++) {
        int bin = size_bin(items[i].size, dpi);
        chars[bin] += items[i].n_chars;
        sums[bin] += (double)items[i].size * items[i].n_chars;
    }
    int best = 0;
    for (int b = 1; b < N_SIZE_BINS; b++)
        best = chars[b] > chars[best] ? b : best;
    if (exact)
        return chars[best] > 0 ? (float)(sums[best] / chars[best]) : 0.0f;
    long long best_sum = -1;
    double mean = 0.0;
    for (int b = 1; b < N_SIZE_BINS; b++) {
        int last = b + b / 8 + 1; /* +-6 % around the window's middle */
        long long sum = 0;
        double weight = 0.0;
        for (int k = b; k <= last && k < N_SIZE_BINS; k++) {
            sum += chars[k];
            weight += sums[k];
        }
        if (sum > best_sum) {
            best_sum = sum;
            mean = sum > 0 ? weight / (double)sum : 0.0;
        }
    }
    return (float)mean;
}

static int by_baseline(const void *a, const void *b)
{
    const recto_flow_item *x = *(const recto_flow_item *const *)a;
    const recto_flow_item *y = *(const recto_flow_item *const *)b;
    if (x->line->baseline != y->line->baseline)
        return x->line->baseline < y->line->baseline ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Do sizes come from fonts?  Then words are certain, and many lines share one size to the digit. */
static bool sizes_are_exact(const recto_flow_item *items, int n, float *room)
{
    for (int i = 0; i < n; i++) {
        if (items[i].line->conf < 0.99995f)
            return false;
        room[i] = items[i].size;
    }
    qsort(room, (size_t)n, sizeof *room, by_value);
    int most = 0;
    for (int i = 0, k = 0; i < n; i++) {
        while (room[i] > room[k] * 1.002f)
            k++;
        most = i - k + 1 > most ? i - k + 1 : most;
    }
    return n < 6 || most * 5 >= n;
}

/* Usual distance from a body line to the next line below that shares at least `least` px of its
 * width; 0 if there are too few such pairs. */
static float body_pitch(const recto_flow_item **sorted, int n, float body, float least, float *room)
{
    int n_found = 0;
    for (int i = 0; i < n; i++) {
        const recto_line *line = sorted[i]->line;
        if (fabsf(line->size - body) > 0.15f * body)
            continue;
        for (int k = i + 1; k < n && k < i + 64; k++) {
            const recto_line *next = sorted[k]->line;
            float step = next->baseline - line->baseline;
            if (step > 2.5f * body)
                break;
            if (step > 0.6f * body && recto_rect_overlap_x(line->box, next->box) > least) {
                room[n_found++] = step;
                break;
            }
        }
    }
    if (n_found < 3)
        return 0.0f;
    qsort(room, (size_t)n_found, sizeof *room, by_value);
    return room[n_found / 3]; /* not the median: headings and lists are set wider */
}

/* What most of the page looks like, and so means nothing on it. */
static void measure_styles(recto_flow_metrics *m, const recto_flow_item *items, int n)
{
    long long all = 0;
    long long mono = 0;
    long long bold = 0;
    long long upper = 0;
    long long lower = 0;
    for (int i = 0; i < n; i++) {
        const recto_line *line = items[i].line;
        if (line == NULL)
            continue;
        all += items[i].n_chars;
        mono += (line->style & (uint32_t)RECTO_STYLE_MONO) != 0 ? items[i].n_chars : 0;
        bold += (line->style & (uint32_t)RECTO_STYLE_BOLD) != 0 ? items[i].n_chars : 0;
        for (int k = 0; k < line->n_words; k++) {
            for (const char *p = line->words[k].text; *p != '\0'; p++) {
                upper += *p >= 'A' && *p <= 'Z';
                lower += *p >= 'a' && *p <= 'z';
            }
        }
    }
    m->mono = mono * 10 > all * 7;
    m->bold = bold * 2 > all;
    m->caps = upper * 10 > (upper + lower) * 3;
}

/* Width that one in ten body lines reaches. */
static float body_column(const recto_flow_item *items, int n, float body, float *room)
{
    int n_found = 0;
    for (int i = 0; i < n; i++) {
        if (fabsf(items[i].size - body) <= 0.15f * body)
            room[n_found++] = recto_rect_width(items[i].box);
    }
    if (n_found == 0)
        return 30.0f * body;
    qsort(room, (size_t)n_found, sizeof *room, by_value);
    return fmaxf(room[n_found - 1 - n_found / 10], 10.0f * body);
}

/* Slope that is left in the lines of a scan: the median over neighbours in a row.  Noise of single
 * baselines is some hundredths of an em, so a few pairs far enough apart tell. */
static float find_slope(const recto_flow_item **sorted, int n, float body, float *room)
{
    int n_found = 0;
    for (int i = 0; i < n; i++) {
        const recto_line *a = sorted[i]->line;
        const recto_line *right = NULL;
        for (int k = i > 24 ? i - 24 : 0; k < n && k < i + 24; k++) {
            const recto_line *b = sorted[k]->line;
            if (b->box.x0 > a->box.x1 && fabsf(b->baseline - a->baseline) < 0.6f * body &&
                fabsf(b->size - a->size) < 0.2f * a->size &&
                (right == NULL || b->box.x0 < right->box.x0))
                right = b;
        }
        if (right == NULL)
            continue;
        float dx = (right->box.x0 + right->box.x1 - a->box.x0 - a->box.x1) / 2.0f;
        if (dx > 5.0f * body)
            room[n_found++] = (right->baseline - a->baseline) / dx;
    }
    if (n_found < 6)
        return 0.0f;
    qsort(room, (size_t)n_found, sizeof *room, by_value);
    float low = room[n_found / 5];
    float high = room[n_found - 1 - n_found / 5];
    float slope = room[n_found / 2];
    /* most pairs must agree on the direction */
    return low * high > 0.0f && fabsf(slope) > 0.004f && fabsf(slope) < 0.1f ? slope : 0.0f;
}

void recto_flow_level(recto_line *lines, int n, const recto_flow_metrics *m, float sign)
{
    if (m->slope == 0.0f)
        return;
    for (int i = 0; i < n; i++) {
        float x = (lines[i].box.x0 + lines[i].box.x1 - m->width) / 2.0f;
        lines[i].baseline += sign * m->slope * x;
    }
}

recto_status recto_flow_measure(recto_flow_metrics *out, const recto_layout *layout,
                                const recto_flow_item *items, int n, recto_arena *tmp,
                                recto_error *err)
{
    float dpi = isfinite(layout->dpi) && layout->dpi > 1.0f ? layout->dpi : 72.0f;
    *out = (recto_flow_metrics){.width = layout->width,
                                .height = layout->height,
                                .dpi = dpi,
                                .body = dpi / 6.0f,
                                .pitch = dpi / 5.0f,
                                .column = 5.0f * dpi,
                                .exact = true};
    if (n < 1)
        return RECTO_OK;
    recto_arena_mark mark = recto_arena_here(tmp);
    const recto_flow_item **sorted = recto_arena_array(tmp, (size_t)n, sizeof *sorted);
    float *room = recto_arena_array(tmp, (size_t)n, sizeof *room);
    if (sorted == NULL || room == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for measures");
    for (int i = 0; i < n; i++)
        sorted[i] = &items[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_baseline);
    out->exact = sizes_are_exact(items, n, room);
    float body = body_size(items, n, dpi, out->exact);
    if (body > 0.0f)
        out->body = body;
    measure_styles(out, items, n);
    out->column = body_column(items, n, out->body, room);
    out->pitch = body_pitch(sorted, n, out->body, 0.5f * out->column, room); /* running text */
    if (out->pitch <= 0.0f)
        out->pitch = body_pitch(sorted, n, out->body, 2.0f * out->body, room);
    if (out->pitch <= 0.0f)
        out->pitch = 1.2f * out->body;
    recto_rect area = items[0].box;
    for (int i = 1; i < n; i++)
        area = recto_rect_union(area, items[i].box);
    out->area = area;
    out->slope = out->exact ? 0.0f : find_slope(sorted, n, out->body, room);
    recto_arena_reset(tmp, mark);
    return RECTO_OK;
}

int recto_flow_drop_specks(recto_flow_item *items, int n, const recto_flow_metrics *m)
{
    if (m->exact)
        return n;
    int n_left = 0;
    for (int i = 0; i < n; i++) {
        float wide = recto_rect_width(items[i].box);
        float high = recto_rect_height(items[i].box);
        bool tiny = fmaxf(wide, high) < 0.22f * m->body;
        bool unsure = fmaxf(wide, high) < 0.4f * m->body && items[i].line->conf < 0.5f;
        /* a dash may stand for a number */
        bool dash = wide > 3.0f * high && wide > 0.3f * m->body && items[i].line->conf > 0.8f;
        bool hair = fminf(wide, high) < (dash ? 0.02f : 0.05f) * m->body &&
                    fmaxf(wide, high) < 0.7f * m->body;
        if (items[i].n_chars <= 2 && (tiny || unsure || hair))
            continue;
        items[n_left++] = items[i];
    }
    return n_left;
}
