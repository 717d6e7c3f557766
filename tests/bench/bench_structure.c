/* Time of the page step on made-up pages: a usual one and a dense one.
 * usage: bench_structure */
#include "text/structure.h"
#include <stdio.h>
#include <time.h>

#define N_ROUNDS 200

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* n_rows lines in each of n_cols columns, n_words words a line, 300 dpi A4. */
static recto_layout make_page(recto_arena *a, int n_cols, int n_rows, int n_words)
{
    static const char *const words[] = {"some",  "words", "of",   "a",
                                        "line,", "that-", "goes", "on."};
    recto_layout l = {.width = 2480.0f, .height = 3508.0f, .dpi = 300.0f};
    l.lines = recto_arena_array(a, (size_t)n_cols * (size_t)n_rows, sizeof *l.lines);
    float pitch = 3200.0f / (float)n_rows;
    float column = 2200.0f / (float)n_cols;
    float size = pitch / 1.2f;
    for (int c = 0; c < n_cols && l.lines != NULL; c++) {
        for (int r = 0; r < n_rows; r++) {
            recto_line *line = &l.lines[l.n_lines++];
            float y = 150.0f + pitch * (float)r;
            *line = (recto_line){.baseline = y, .size = size, .conf = 1.0f, .region = -1};
            line->words = recto_arena_array(a, (size_t)n_words, sizeof *line->words);
            for (int w = 0; w < n_words && line->words != NULL; w++) {
                float x = 150.0f + column * ((float)c + 0.92f * (float)w / (float)n_words);
                float wide = 0.92f * column / (float)n_words - 0.3f * size;
                line->words[line->n_words++] =
                    (recto_word){.box = {x, y - 0.7f * size, x + wide, y + 0.2f * size},
                                 .text = words[(r * 7 + w * 3 + c) % 8],
                                 .conf = 1.0f};
            }
        }
    }
    return l;
}

static int run(const char *name, int n_cols, int n_rows, int n_words)
{
    recto_arena *source = recto_arena_new(0, 0);
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    int failed = source == NULL || keep == NULL || tmp == NULL;
    if (!failed) {
        recto_layout l = make_page(source, n_cols, n_rows, n_words);
        double best = 1e9;
        for (int i = 0; i < N_ROUNDS && !failed; i++) {
            recto_page page = {.number = 1, .width = l.width, .height = l.height, .dpi = l.dpi};
            double from = now_ms();
            failed = recto_structure_page(&page, &l, keep, tmp, NULL) != RECTO_OK;
            double took = now_ms() - from;
            best = took < best ? took : best;
            recto_arena_clear(keep);
        }
        printf("%-12s %5d lines %6d words  %7.3f ms\n", name, l.n_lines, l.n_lines * n_words, best);
    }
    recto_arena_free(source);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    return failed;
}

int main(void)
{
    return run("one column", 1, 48, 12) | run("two columns", 2, 56, 8) | run("dense", 4, 500, 5) |
           run("list", 1, 400, 3);
}
