/* Times decoding and preparation of image files, measures how well skew and quarter turns are
 * found, and can leave the results to be looked at:
 *
 *   bench_prepare FILE... [--runs N] [--turn DEG] [--out PREFIX] [--sweep] [--turns]
 *
 * One line per page: the best of N runs in milliseconds and what was found.  --out PREFIX writes
 * the prepared page and its ink mask as PREFIX-gray.png and PREFIX-ink.png.  --sweep turns each
 * page by -5 to 5 degrees in steps of a half and reports what is left of the skew after
 * preparation, the page's own skew being the median of what was found too much.  --turns turns each
 * page (taken to be upright as given) by the four quarters and counts the answers. */
#include "core/file.h"
#include "vision/prepare.h"
#include "vision/source_backend.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench_options {
    int runs;
    int turn_deg;
    const char *prefix;
    bool sweep, turns;
} bench_options;

enum { SWEEP = 10 };                 /* half degrees to each side */
static const double MAX_SWEPT = 6.5; /* degrees, own skew included: the search ends at 7 */

/* What all pages together gave. */
typedef struct bench_totals {
    int n_angles, n_over;                                 /* over 0.3 degrees */
    double sum_residue, worst_residue;                    /* degrees */
    int turns_right, turns_unsure, turns_left, turns_bad; /* see count_turn */
} bench_totals;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void write_png(const char *prefix, const char *name, const recto_image *im)
{
    char path[1024];
    uint8_t *png;
    size_t len;
    snprintf(path, sizeof path, "%s-%s.png", prefix, name);
    if (recto_image_png(&png, &len, im, NULL) != RECTO_OK)
        return;
    FILE *f = fopen(path, "wb");
    if (f != NULL) {
        fwrite(png, 1, len, f);
        fclose(f);
    }
    free(png);
}

static void write_result(const char *prefix, const recto_prepared *p)
{
    recto_image *ink;
    write_png(prefix, "gray", p->gray);
    if (recto_image_new(&ink, p->ink->width, p->ink->height, 1, NULL) != RECTO_OK)
        return;
    for (int y = 0; y < ink->height; y++)
        for (int x = 0; x < ink->width; x++)
            ink->px[(size_t)y * ink->stride + (size_t)x] =
                p->ink->px[(size_t)y * p->ink->stride + (size_t)x] ? 0 : 255;
    write_png(prefix, "ink", ink);
    recto_image_free(ink);
}

static int bench_page(const char *name, int page, const recto_image *im, double decode_ms,
                      const bench_options *opt)
{
    const recto_prepare_options how = {.orient = true, .deskew = true};
    double best_ms = 1e9;
    for (int run = 0; run < opt->runs; run++) {
        recto_prepared *p;
        recto_error err;
        double start = now_ms();
        if (recto_prepare(&p, im, &how, &err) != RECTO_OK) {
            printf("%s:%d: %s\n", name, page + 1, err.msg);
            return 1;
        }
        double took = now_ms() - start;
        best_ms = took < best_ms ? took : best_ms;
        if (run == opt->runs - 1) {
            printf("%s:%d %dx%d dpi %.0f decode %.1f ms prepare %.1f ms turned %d (%.2f)%s skew "
                   "%.2f (%.2f)%s\n",
                   name, page + 1, im->width, im->height, (double)p->gray->dpi, decode_ms, best_ms,
                   p->turned_deg, (double)p->turned_conf,
                   p->upside_down_unsure ? " up-or-down?" : "", (double)p->skew_deg,
                   (double)p->skew_conf, p->blank ? " BLANK" : "");
            if (opt->prefix != NULL)
                write_result(opt->prefix, p);
        }
        recto_prepared_free(p);
    }
    return 0;
}

static float linear_at(const recto_image *im, float x, float y)
{
    int x0 = (int)floorf(x);
    int y0 = (int)floorf(y);
    if (x0 < 0 || y0 < 0 || x0 + 1 >= im->width || y0 + 1 >= im->height)
        return 255;
    const uint8_t *p = im->px + (size_t)y0 * im->stride + (size_t)x0;
    float u = x - (float)x0;
    float v = y - (float)y0;
    return (1 - v) * ((1 - u) * p[0] + u * p[1]) +
           v * ((1 - u) * p[im->stride] + u * p[im->stride + 1]);
}

/* Turned clockwise around the middle, on a sheet large enough for the corners. */
static recto_image *skewed(const recto_image *im, float deg)
{
    float c = cosf(deg * 0.01745329f);
    float s = sinf(deg * 0.01745329f);
    float w = (float)im->width;
    float h = (float)im->height;
    recto_image *out;
    if (recto_image_new(&out, (int)(w * c + h * fabsf(s)), (int)(h * c + w * fabsf(s)), 1, NULL) !=
        RECTO_OK)
        return NULL;
    out->dpi = im->dpi;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++) {
            float dx = (float)x - 0.5f * (float)out->width;
            float dy = (float)y - 0.5f * (float)out->height;
            out->px[(size_t)y * out->stride + (size_t)x] =
                (uint8_t)(linear_at(im, 0.5f * w + c * dx + s * dy, 0.5f * h - s * dx + c * dy) +
                          0.5f);
        }
    return out;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int sweep_page(const char *name, int page, const recto_image *im, bench_totals *all)
{
    const recto_prepare_options how = {.orient = true, .deskew = true};
    double excess[2 * SWEEP + 1];
    double sorted[2 * SWEEP + 1];
    for (int i = -SWEEP; i <= SWEEP; i++) {
        recto_prepared *p;
        recto_image *turned = skewed(im, 0.5f * (float)i);
        if (turned == NULL || recto_prepare(&p, turned, &how, NULL) != RECTO_OK)
            return 1;
        excess[i + SWEEP] = (double)p->skew_deg - 0.5 * i;
        recto_prepared_free(p);
        recto_image_free(turned);
    }
    memcpy(sorted, excess, sizeof sorted);
    qsort(sorted, 2 * SWEEP + 1, sizeof *sorted, by_value);
    double own = sorted[SWEEP];
    double worst = 0;
    double worst_at = 0;
    for (int i = 0; i < 2 * SWEEP + 1; i++) {
        double residue = fabs(excess[i] - own);
        if (fabs(own + 0.5 * (i - SWEEP)) > MAX_SWEPT)
            continue;
        if (residue > worst) {
            worst = residue;
            worst_at = 0.5 * (i - SWEEP);
        }
        all->sum_residue += residue;
        all->n_over += residue > 0.3;
        all->n_angles++;
    }
    all->worst_residue = worst > all->worst_residue ? worst : all->worst_residue;
    printf("%s:%d own skew %.2f, residue at most %.2f degrees, at %.1f\n", name, page + 1, own,
           worst, worst_at);
    return 0;
}

/* Right and sure; right or upside down, and flagged for the reader to try both; a lying page left
 * as it was; anything else is bad. */
static void count_turn(bench_totals *all, const recto_prepared *p, int turn_deg)
{
    int left_deg = (turn_deg + p->turned_deg) % 360;
    if (left_deg == 0 && !p->upside_down_unsure)
        all->turns_right++;
    else if (left_deg % 180 == 0 && p->upside_down_unsure)
        all->turns_unsure++;
    else if (p->turned_deg == 0)
        all->turns_left++;
    else
        all->turns_bad++;
}

static int turn_page(const recto_image *im, bench_totals *all)
{
    const recto_prepare_options how = {.orient = true, .deskew = true};
    for (int turn = 0; turn < 360; turn += 90) {
        recto_prepared *p;
        recto_image *turned;
        if (recto_image_turn(&turned, im, turn, NULL) != RECTO_OK)
            return 1;
        recto_status st = recto_prepare(&p, turned, &how, NULL);
        recto_image_free(turned);
        if (st != RECTO_OK)
            return 1;
        count_turn(all, p, turn);
        recto_prepared_free(p);
    }
    return 0;
}

static void print_totals(const bench_options *opt, const bench_totals *all)
{
    if (opt->sweep && all->n_angles > 0)
        printf("skew: %d angles, residue mean %.3f, worst %.2f degrees, %d over 0.3\n",
               all->n_angles, all->sum_residue / all->n_angles, all->worst_residue, all->n_over);
    if (opt->turns)
        printf("turns: %d right, %d up or down left to the reader, %d lying pages left, %d wrong\n",
               all->turns_right, all->turns_unsure, all->turns_left, all->turns_bad);
}

static int bench_file(const char *path, const bench_options *opt, bench_totals *all)
{
    recto_source_options source_opt = {.max_pixels = 200000000};
    recto_source_opened doc = {0};
    recto_bytes bytes;
    recto_error err;
    int bad = 0;
    if (recto_bytes_read(&bytes, path, 0, &err) != RECTO_OK ||
        recto_source_image_open(&doc, bytes.data, bytes.size, &source_opt, &err) != RECTO_OK) {
        printf("%s: %s\n", path, err.msg);
        return 1;
    }
    int n = doc.backend->page_count(doc.self);
    for (int i = 0; i < n; i++) {
        recto_image *im = NULL;
        double start = now_ms();
        recto_status st = doc.backend->pixels(&im, doc.self, i, &err);
        double decode_ms = now_ms() - start;
        recto_image *turned = NULL;
        if (st == RECTO_OK)
            st = recto_image_turn(&turned, im, opt->turn_deg, &err);
        if (st == RECTO_OK && opt->turns)
            bad += turn_page(turned, all);
        if (st == RECTO_OK && opt->sweep)
            bad += sweep_page(path, i, turned, all);
        if (st == RECTO_OK && !opt->turns && !opt->sweep)
            bad += bench_page(path, i, turned, decode_ms, opt);
        else if (st != RECTO_OK)
            bad += printf("%s:%d: %s\n", path, i + 1, err.msg) > 0;
        recto_image_free(im);
        recto_image_free(turned);
    }
    doc.backend->close(doc.self);
    recto_bytes_close(&bytes);
    return bad;
}

int main(int argc, char **argv)
{
    bench_options opt = {.runs = 1};
    bench_totals totals = {0};
    int bad = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            opt.runs = atoi(argv[++i]);
        else if (strcmp(argv[i], "--turn") == 0 && i + 1 < argc)
            opt.turn_deg = atoi(argv[++i]);
        else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
            opt.prefix = argv[++i];
        else if (strcmp(argv[i], "--sweep") == 0)
            opt.sweep = true;
        else if (strcmp(argv[i], "--turns") == 0)
            opt.turns = true;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--sweep") == 0 || strcmp(argv[i], "--turns") == 0)
            continue;
        if (argv[i][0] == '-')
            i++;
        else
            bad += bench_file(argv[i], &opt, &totals);
    }
    print_totals(&opt, &totals);
    return bad > 0;
}
