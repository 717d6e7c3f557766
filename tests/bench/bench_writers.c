/* Time of each writer on a usual page: 6 paragraphs of 80 words with a bold word and a link each,
 * and a table of 20 x 5. usage: bench_writers */
#include "tests/text/build_page.h"
#include "text/writer.h"
#include <stdio.h>
#include <time.h>

enum { N_PAGES = 2000, N_PARAGRAPHS = 6, N_WORDS = 80, N_ROWS = 20, N_COLS = 5 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static recto_page *make_page(recto_arena *a)
{
    static const recto_span spans[] = {{4, 9, RECTO_SPAN_BOLD, NULL},
                                       {10, 18, RECTO_SPAN_LINK, "https://example.org/a?b=c"}};
    static const char *cells[N_ROWS * N_COLS];
    recto_page *p = build_page(a, 1);
    recto_buf text = RECTO_BUF_INIT;
    for (int i = 0; i < N_WORDS / 5; i++)
        recto_buf_text(&text, i == 0 ? "The bold linked-w words of" : " a line, that goes on.");
    for (int i = 0; i < N_PARAGRAPHS; i++) {
        recto_block *b =
            build_block(a, p, RECTO_LABEL_TEXT, recto_arena_text(a, text.data, text.len));
        b->spans = spans;
        b->n_spans = 2;
    }
    for (int i = 0; i < N_ROWS * N_COLS; i++)
        cells[i] = i % N_COLS == 0 ? "Some words" : "1,234.50";
    build_table(a, p, N_ROWS, N_COLS, cells);
    recto_buf_free(&text);
    return p;
}

static void bench(const recto_writer *w, const recto_page *page, bool layout)
{
    const recto_docinfo info = {
        .source_name = "x.pdf", .format = "pdf", .n_pages = N_PAGES, .keep_layout = layout};
    recto_arena *a = recto_arena_new(0, 0);
    recto_buf out = RECTO_BUF_INIT;
    void *state = NULL;
    size_t size = 0;
    double before = now_ms();
    w->begin(&out, &state, &info, a);
    for (int i = 0; i < N_PAGES; i++) {
        recto_page one = *page;
        one.number = i + 1;
        w->page(&out, state, &info, &one);
        size += out.len;
        recto_buf_clear(&out);
    }
    w->end(&out, state, &info);
    double ms = now_ms() - before;
    printf("%-6s%s %8.3f ms a page, %7zu bytes\n", w->name, layout ? " layout" : "       ",
           ms / N_PAGES, size / N_PAGES);
    recto_buf_free(&out);
    recto_arena_free(a);
}

int main(void)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_page *page = make_page(a);
    for (const recto_writer *const *w = recto_writer_list(); *w != NULL; w++) {
        if ((*w)->binary)
            continue;
        bench(*w, page, false);
        if (recto_writer_lookup("txt") == *w)
            bench(*w, page, true);
    }
    recto_arena_free(a);
    return 0;
}
