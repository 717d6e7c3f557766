/* Baseline, heights and size of a line from the boxes of its components.
 *
 * The baseline is a straight line through the bottoms of most letters: letters with descenders,
 * commas and quotes are outliers, so the offset is the densest window of bottoms, not their mean.
 * Heights above it form one cluster (capitals, digits) or two (x-height, ascenders). */
#include "vision/segment_parts.h"

#include <math.h>
#include <stdlib.h>

/* Shares of the em in common text faces. */
#define ASC_OF_EM 0.72f
#define XH_OF_ASC 0.69f

enum { MAX_SAMPLE = 512 }; /* letters of a line that are looked at; longer lines are sampled */

typedef struct sample {
    int n;
    float x[MAX_SAMPLE], top[MAX_SAMPLE], bottom[MAX_SAMPLE];
    float room[MAX_SAMPLE]; /* for sorting */
} sample;

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Value at share q of the sorted values. */
static float quantile(float *v, int n, float q)
{
    qsort(v, (size_t)n, sizeof *v, compare_floats);
    int k = (int)(q * (float)(n - 1) + 0.5f);
    return v[k];
}

/* Height that the taller letters have: marks do not count. */
static float tall_height(const recto_segment_parts *p, const recto_segment_row *r, float *room)
{
    int n = 0;
    int step = (r->n + MAX_SAMPLE - 1) / MAX_SAMPLE;
    for (int k = 0; k < r->n; k += step) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        room[n++] = (float)(c->y1 - c->y0);
    }
    float high = quantile(room, n, 0.85f);
    int m = 0;
    for (int k = 0; k < n; k++) {
        if (room[k] >= 0.4f * high)
            room[m++] = room[k];
    }
    return quantile(room, m, 0.75f);
}

static void take_sample(const recto_segment_parts *p, recto_segment_row *r, sample *s, float *room)
{
    float tall = tall_height(p, r, room);
    int step = (r->n + MAX_SAMPLE - 1) / MAX_SAMPLE;
    s->n = 0;
    r->letters = 0;
    int m = 0;
    for (int k = 0; k < r->n; k += step) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        float h = (float)(c->y1 - c->y0);
        if (h < 0.4f * tall)
            continue;
        r->letters += step;
        room[m++] = h;
        s->x[s->n] = 0.5f * (float)(c->x0 + c->x1);
        s->top[s->n] = (float)c->y0;
        s->bottom[s->n] = (float)c->y1;
        s->n++;
    }
    r->letter = quantile(room, m, 0.5f);
}

/* Middle of the densest window of width w over sorted values; the lowest of equals. */
static float densest(float *v, int n, float w)
{
    qsort(v, (size_t)n, sizeof *v, compare_floats);
    int best = 0;
    float at = v[0];
    int k = 0;
    for (int i = 0; i < n; i++) {
        while (k < n && v[k] <= v[i] + w)
            k++;
        if (k - i > best) {
            best = k - i;
            at = v[i + (k - i) / 2];
        }
    }
    return at;
}

/* Slope and offset of the baseline. */
static void fit_base(const recto_segment_parts *p, recto_segment_row *r, const sample *s,
                     float *room)
{
    float window = fmaxf(1.5f, 0.14f * r->letter);
    r->slope = p->slope;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < s->n; i++)
            room[i] = s->bottom[i] - r->slope * (s->x[i] - r->xm);
        r->base = densest(room, s->n, window);
        double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
        float lo = 1e9f, hi = -1e9f;
        for (int i = 0; i < s->n; i++) {
            float dx = s->x[i] - r->xm;
            float off = s->bottom[i] - r->slope * dx - r->base;
            if (fabsf(off) > (round == 0 ? 2.0f : 1.0f) * window)
                continue;
            n += 1;
            sx += (double)dx;
            sy += (double)s->bottom[i];
            sxx += (double)dx * (double)dx;
            sxy += (double)dx * (double)s->bottom[i];
            lo = fminf(lo, dx);
            hi = fmaxf(hi, dx);
        }
        double det = n * sxx - sx * sx;
        if (n < 3 || hi - lo < 1.5f * r->letter || !(det > 0))
            return;
        double slope = (n * sxy - sx * sy) / det;
        /* the page's slope stands against what the letters say: bottoms are good to about 1/20 of
         * a letter, at least half a pixel */
        double noise = fmax(0.5, 0.05 * (double)r->letter);
        double own = noise * noise * n / det;
        double spread = fmax(0.004, (double)p->slope_spread);
        double trust = spread * spread / (spread * spread + own);
        slope = trust * slope + (1.0 - trust) * (double)p->slope;
        r->slope = (float)fmax(-0.1, fmin(0.1, slope));
        r->base = (float)((sy - (double)r->slope * sx) / n);
    }
}

/* x-height and ascender height from the tops. */
static void fit_heights(recto_segment_row *r, const sample *s, float *room)
{
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        float h = recto_segment_base(r, s->x[i]) - s->top[i];
        if (h > 0.3f * r->letter)
            room[n++] = h;
    }
    if (n == 0) {
        r->asc = r->letter;
        r->xh = 0.0f;
        return;
    }
    float high = quantile(room, n, 0.9f);
    float window = fmaxf(1.5f, 0.12f * high);
    int tall = 0;
    int low = 0;
    float tall_sum = 0.0f;
    for (int k = 0; k < n; k++) {
        if (room[k] >= 0.87f * high && room[k] <= high + window) {
            tall++;
            tall_sum += room[k];
        }
    }
    r->asc = tall ? tall_sum / (float)tall : high;
    float xh_sum = 0.0f;
    for (int k = 0; k < n; k++) {
        if (room[k] >= 0.52f * r->asc && room[k] <= 0.83f * r->asc) {
            low++;
            xh_sum += room[k];
        }
    }
    r->xh = low * 4 >= n && low >= 1 ? xh_sum / (float)low : 0.0f;
}

/* Is a row of low components small print?  Dashes are wide, leader dots stand apart and are all
 * alike. */
static bool is_small_print(const recto_segment_parts *p, const recto_segment_row *r, float *room)
{
    if (r->letters < 4 || r->letter < 5.0f)
        return false;
    int wide = 0;
    int apart = 0;
    int n = 0;
    int end = p->comp[p->member[r->first]].x0;
    for (int k = 0; k < r->n && n < MAX_SAMPLE; k++) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        float h = (float)(c->y1 - c->y0);
        if (h < 0.5f * r->letter)
            continue;
        wide += (float)(c->x1 - c->x0) > 1.4f * h;
        apart += (float)(c->x0 - end) > 0.8f * r->letter;
        end = c->x1;
        room[n++] = h;
    }
    if (n < 4 || 2 * wide > n || 2 * apart > n)
        return false;
    float low = quantile(room, n, 0.1f); /* dots are all alike, letters are not */
    return quantile(room, n, 0.9f) >= 1.2f * low || r->letter > 0.3f * p->unit;
}

recto_status recto_segment_fit_row(recto_segment_parts *p, recto_segment_row *r)
{
    if (!p->fit_room)
        p->fit_room = recto_arena_alloc(p->tmp, sizeof(sample));
    if (!p->fit_room)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for text lines");
    sample *s = p->fit_room;
    float *room = s->room;
    const recto_segment_comp *c = &p->comp[p->member[r->first]];
    r->x0 = c->x0;
    r->x1 = c->x1;
    r->y0 = c->y0;
    r->y1 = c->y1;
    r->bar = c->bar;
    for (int k = 1; k < r->n; k++) {
        c = &p->comp[p->member[r->first + k]];
        r->x0 = c->x0 < r->x0 ? c->x0 : r->x0;
        r->x1 = c->x1 > r->x1 ? c->x1 : r->x1;
        r->y0 = c->y0 < r->y0 ? c->y0 : r->y0;
        r->y1 = c->y1 > r->y1 ? c->y1 : r->y1;
    }
    r->xm = 0.5f * (float)(r->x0 + r->x1);
    take_sample(p, r, s, room);
    fit_base(p, r, s, room);
    fit_heights(r, s, room);
    int on = 0;
    for (int i = 0; i < s->n; i++)
        on += fabsf(s->bottom[i] - recto_segment_base(r, s->x[i])) <= 0.16f * r->asc + 0.5f;
    r->standing = (float)on / (float)s->n;
    r->size = fmaxf(r->asc, 1.0f) / ASC_OF_EM;
    r->small = r->letter < 0.45f * p->unit && !is_small_print(p, r, room);
    if (r->small) /* dots and dashes say nothing about the size of the text */
        r->size = fmaxf(r->size, p->unit);
    return RECTO_OK;
}
