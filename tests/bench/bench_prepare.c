/* Times decoding and preparation of image files, and can leave the results to be looked at:
 *
 *   bench_prepare FILE... [--runs N] [--turn DEG] [--out PREFIX]
 *
 * One line per page: the best of N runs in milliseconds and what was found.  With --out PREFIX the
 * prepared page and its ink mask are written as PREFIX-gray.png and PREFIX-ink.png. */
#include "core/file.h"
#include "vision/prepare.h"
#include "vision/source_backend.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench_options {
    int runs;
    int turn_deg;
    const char *prefix;
} bench_options;

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

static int bench_file(const char *path, const bench_options *opt)
{
    recto_source_options source_opt = {.max_pixels = 200000000};
    recto_source_opened doc = {0};
    recto_bytes bytes;
    recto_error err;
    int bad = 0;
    if (recto_bytes_read(&bytes, path, 0, &err) != RECTO_OK ||
        recto_source_image_open(&doc, bytes.data, bytes.size, path, &source_opt, &err) !=
            RECTO_OK) {
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
        if (st == RECTO_OK)
            bad += bench_page(path, i, turned, decode_ms, opt);
        else
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
    int bad = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            opt.runs = atoi(argv[++i]);
        else if (strcmp(argv[i], "--turn") == 0 && i + 1 < argc)
            opt.turn_deg = atoi(argv[++i]);
        else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
            opt.prefix = argv[++i];
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-')
            i++;
        else
            bad += bench_file(argv[i], &opt);
    }
    return bad > 0;
}
