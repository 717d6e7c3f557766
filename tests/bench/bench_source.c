/* Interpretation of documents without the rest of the pipeline.
 *
 *   bench_source FILE...           scan every page; pages, words and seconds a file
 *   bench_source --dump FILE N     facts, lines, rules and pictures of page N (1-based; 0 = all),
 * in points bench_source --words FILE N    its words with their boxes, in reading order of the
 * lines bench_source --pixels FILE N   page N as a PNG on stdout
 */
#include "core/file.h"
#include "vision/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void dump_line(const recto_line *l)
{
    printf("%6.1f %6.1f %6.1f %6.1f  b%.1f s%.1f y%x |", (double)l->box.x0, (double)l->box.y0,
           (double)l->box.x1, (double)l->box.y1, (double)l->baseline, (double)l->size, l->style);
    for (int k = 0; k < l->n_words; k++)
        printf(l->words[k].style != l->style ? " %s{%x}" : " %s", l->words[k].text,
               l->words[k].style);
    printf("\n");
}

static void dump_box(const char *what, recto_rect r)
{
    printf("%s %.1f %.1f %.1f %.1f\n", what, (double)r.x0, (double)r.y0, (double)r.x1,
           (double)r.y1);
}

static void dump(const recto_source_facts *f, const recto_layout *l)
{
    printf("%g x %g pt, rotate %d, %d chars, %d hidden, %d bad, %d images on %.3f%s, image %dx%d, "
           "%d paths on %.3f%s\n",
           (double)f->width_pt, (double)f->height_pt, f->rotate_deg, f->n_chars, f->n_chars_hidden,
           f->n_chars_bad, f->n_images, (double)f->image_cover, f->single_image ? " (single)" : "",
           f->image_w, f->image_h, f->n_paths, (double)f->path_cover,
           f->damaged ? ", damaged" : "");
    for (int i = 0; i < l->n_lines; i++)
        dump_line(&l->lines[i]);
    for (int i = 0; i < l->n_rules; i++)
        dump_box(l->rules[i].vertical ? "|" : "-", l->rules[i].box);
    for (int i = 0; i < l->n_pictures; i++)
        dump_box("picture", l->pictures[i]);
}

static void dump_words(const recto_layout *l)
{
    for (int i = 0; i < l->n_lines; i++) {
        for (int k = 0; k < l->lines[i].n_words; k++) {
            const recto_word *w = &l->lines[i].words[k];
            printf("%.2f %.2f %.2f %.2f %s\n", (double)w->box.x0, (double)w->box.y0,
                   (double)w->box.x1, (double)w->box.y1, w->text);
        }
    }
}

static int dump_page(recto_source *s, int i, const char *mode)
{
    bool pixels = strcmp(mode, "--pixels") == 0;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_error err = {0};
    recto_source_facts f;
    recto_layout l;
    recto_image *im = NULL;
    recto_status status;
    if (pixels) {
        uint8_t *png = NULL;
        size_t len = 0;
        status = recto_source_page_pixels(&im, s, i, &err);
        if (status == RECTO_OK)
            status = recto_image_png(&png, &len, im, &err);
        if (status == RECTO_OK)
            fwrite(png, 1, len, stdout);
        free(png);
        recto_image_free(im);
    } else {
        bool hidden = getenv("HIDDEN") != NULL;
        status = recto_source_page_facts(&f, s, i, &err);
        if (status == RECTO_OK)
            status = recto_source_page_layout(&l, s, i, 72.0f, hidden, keep, &err);
        if (status == RECTO_OK && strcmp(mode, "--words") == 0)
            dump_words(&l);
        else if (status == RECTO_OK)
            dump(&f, &l);
    }
    if (status != RECTO_OK)
        fprintf(stderr, "%s\n", err.msg);
    recto_arena_free(keep);
    return status != RECTO_OK;
}

static int scan_all(recto_source *s, const char *path)
{
    recto_arena *keep = recto_arena_new(0, 0);
    recto_error err = {0};
    double start = now();
    int n_words = 0;
    int n_failed = 0;
    int n = recto_source_page_count(s);
    for (int i = 0; i < n; i++) {
        recto_source_facts f;
        recto_layout l;
        recto_arena_clear(keep);
        if (recto_source_page_scan(&f, &l, s, i, 72.0f, keep, &err) != RECTO_OK) {
            n_failed++;
            fprintf(stderr, "%s\n", err.msg);
            continue;
        }
        for (int k = 0; k < l.n_lines; k++)
            n_words += l.lines[k].n_words;
    }
    printf("%s: %d pages, %d failed, %d words, %.3f s\n", path, n, n_failed, n_words,
           now() - start);
    recto_arena_free(keep);
    return 0;
}

static int bench_file(const char *path, const char *mode, int page)
{
    recto_error err = {0};
    recto_bytes file;
    if (recto_bytes_read(&file, path, 0, &err) != RECTO_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    recto_source *s = NULL;
    int rc = 1;
    if (recto_source_open(&s, file.data, file.size, NULL, &err) != RECTO_OK)
        fprintf(stderr, "%s\n", err.msg);
    else if (mode == NULL)
        rc = scan_all(s, path);
    else if (page > 0)
        rc = dump_page(s, page - 1, mode);
    else
        for (int i = 0; i < recto_source_page_count(s); i++)
            rc = dump_page(s, i, mode);
    recto_source_close(s);
    recto_bytes_close(&file);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc == 4 && argv[1][0] == '-')
        return bench_file(argv[2], argv[1], atoi(argv[3]));
    int rc = 0;
    for (int i = 1; i < argc; i++)
        rc |= bench_file(argv[i], NULL, 0);
    return rc;
}
