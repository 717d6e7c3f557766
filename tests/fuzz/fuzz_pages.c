/* A document of pages laid out by the bytes: lines at any place and size, columns of lines, rules,
 * grids, pictures.  Structure must end, give pages that pass the model's check before and after
 * settling, keep every word
 * of some length, give its scratch memory back, and what it made must be writable. */
#include "core/cursor.h"
#include "core/utf8.h"
#include "text/structure.h"
#include "text/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGES_MAX = 4, LINES_MAX = 600, RULES_MAX = 200, PICTURES_MAX = 20, WORDS_MAX = 12 };
static const float WIDTH = 800, HEIGHT = 1200;

#define demand(truth) demand_at(truth, __LINE__)

static void demand_at(bool truth, int line)
{
    if (truth)
        return;
    fprintf(stderr, "line %d: not as promised\n", line);
    abort();
}

/* Mostly on a raster, so that things line up; sometimes anywhere. */
static float place(recto_cursor *c, float side)
{
    uint8_t coarse = recto_cursor_u8(c);
    float at = (float)(coarse & 0xFE) / 256.0f;
    return side * (coarse & 1 ? at + (float)recto_cursor_u8(c) / 32768.0f : at);
}

static float make_size(recto_cursor *c)
{
    static const float sizes[] = {12, 12, 12, 14, 18, 9, 30, 6, 0.01f, 700};
    uint8_t which = recto_cursor_u8(c);
    return sizes[which % 10];
}

static const char *make_text(recto_cursor *c)
{
    static const char *const texts[] = {
        "word",  "a",        "The",          "12,50",  "end.",      "hyphen-",
        "ation", "•",        "1.",           "(a)",    "iv)",       "-",
        "–",     "€",        "2026",         "Total:", "ABC",       "*",
        "|",     "☐",        "page",         "3",      "1",         "of",
        "7",     "http://x", "\xC2\xAD",     "ﬁ",      "e\xCC\x81", "中文",
        "עברית", "....",     "____",         "#",      "1.2.3",     "Figure",
        "Table", "[1]",      "\xEF\xBF\xBD",
    };
    return texts[recto_cursor_u8(c) % (sizeof texts / sizeof *texts)];
}

static void clip(recto_rect *r)
{
    *r = recto_rect_clip(*r, WIDTH, HEIGHT);
}

/* Words from x on, with gaps of about the size's third. */
static void make_line(recto_line *line, float x, float y, recto_cursor *c, recto_arena *a)
{
    uint8_t how = recto_cursor_u8(c);
    float size = make_size(c);
    *line =
        (recto_line){.size = size, .conf = (how & 1) ? 1.0f : 0.6f, .baseline = y, .region = -1};
    line->style = (how >> 1) & 7u;
    line->n_words = 1 + (how >> 4) % WORDS_MAX;
    line->region = (how & 8) ? (int)(y / 100) : -1;
    line->words = recto_arena_array(a, (size_t)line->n_words, sizeof *line->words);
    demand(line->words != NULL);
    for (int i = 0; i < line->n_words; i++) {
        const char *text = make_text(c);
        float wide = 0.5f * size * (float)strlen(text);
        recto_rect box = {x, y - 0.8f * size, x + wide, y + 0.2f * size};
        clip(&box);
        line->words[i] =
            (recto_word){.box = box, .text = text, .conf = line->conf, .style = line->style};
        line->box = i == 0 ? box : recto_rect_union(line->box, box);
        x += wide + 0.33f * size;
    }
}

static void add_rule(recto_layout *l, float x0, float y0, float x1, float y1)
{
    if (l->n_rules == RULES_MAX)
        return;
    recto_rect box = {fminf(x0, x1), fminf(y0, y1), fmaxf(x0, x1), fmaxf(y0, y1)};
    clip(&box);
    l->rules[l->n_rules++] = (recto_rule){box, y1 - y0 > x1 - x0};
}

static void add_grid(recto_layout *l, recto_cursor *c)
{
    float x = place(c, WIDTH);
    float y = place(c, HEIGHT);
    int n_cols = 1 + recto_cursor_u8(c) % 8, n_rows = 1 + recto_cursor_u8(c) % 8;
    float dx = 20 + (float)(recto_cursor_u8(c) % 100), dy = 10 + (float)(recto_cursor_u8(c) % 50);
    for (int i = 0; i <= n_rows; i++)
        add_rule(l, x, y + dy * (float)i, x + dx * (float)n_cols, y + dy * (float)i + 1);
    for (int i = 0; i <= n_cols; i++)
        add_rule(l, x + dx * (float)i, y, x + dx * (float)i + 1, y + dy * (float)n_rows);
}

static void add_lines(recto_layout *l, int n, recto_cursor *c, recto_arena *a)
{
    float x = place(c, WIDTH);
    float y = place(c, HEIGHT);
    float step = n > 1 ? (float)(recto_cursor_u8(c) % 40) : 0;
    for (int i = 0; i < n && l->n_lines < LINES_MAX && !c->failed; i++)
        make_line(&l->lines[l->n_lines++], x, fminf(y + step * (float)i, HEIGHT), c, a);
}

static void make_layout(recto_layout *l, recto_cursor *c, recto_arena *a)
{
    *l = (recto_layout){.width = WIDTH, .height = HEIGHT, .dpi = 100};
    l->lines = recto_arena_array(a, LINES_MAX, sizeof *l->lines);
    l->rules = recto_arena_array(a, RULES_MAX, sizeof *l->rules);
    l->pictures = recto_arena_array(a, PICTURES_MAX, sizeof *l->pictures);
    demand(l->lines != NULL && l->rules != NULL && l->pictures != NULL);
    while (!c->failed) {
        uint8_t what = recto_cursor_u8(c);
        float x, y;
        switch (what % 8) {
        case 0:
            return;
        case 1:
        case 2:
            add_lines(l, 1, c, a);
            break;
        case 3:
        case 4:
            add_lines(l, 2 + (what >> 3), c, a);
            break;
        case 5:
            x = place(c, WIDTH);
            y = place(c, HEIGHT);
            if (what & 8)
                add_rule(l, x, y, x + place(c, WIDTH), y + 1);
            else
                add_rule(l, x, y, x + 1, y + place(c, HEIGHT));
            break;
        case 6:
            add_grid(l, c);
            break;
        default:
            x = place(c, WIDTH);
            y = place(c, HEIGHT);
            if (l->n_pictures < PICTURES_MAX) {
                recto_rect r = {x, y, x + place(c, WIDTH), y + place(c, HEIGHT)};
                clip(&r);
                l->pictures[l->n_pictures++] = r;
            }
        }
    }
}

/* Words of three characters or more: on scans a lone speck may be dropped. */
static int count_words(const recto_line *lines, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < lines[i].n_words; k++) {
            const char *text = lines[i].words[k].text;
            sum += recto_utf8_count(text, strlen(text)) > 2;
        }
    return sum;
}

static int count_page_words(const recto_page *p)
{
    int sum = 0;
    for (int i = 0; i < p->n_blocks; i++) {
        const recto_block *b = &p->blocks[i];
        sum += count_words(b->lines, b->n_lines);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            sum += count_words(b->table->cells[k].lines, b->table->cells[k].n_lines);
    }
    return sum;
}

static void structure(recto_page *p, int number, recto_cursor *c, recto_arena *keep,
                      recto_arena *tmp)
{
    recto_layout layout;
    make_layout(&layout, c, keep);
    int n_words = count_words(layout.lines, layout.n_lines);
    *p = (recto_page){.number = number,
                      .width = WIDTH,
                      .height = HEIGHT,
                      .dpi = 100,
                      .width_pt = 0.72f * WIDTH,
                      .height_pt = 0.72f * HEIGHT,
                      .reader = RECTO_READER_LAYER,
                      .conf = 1};
    demand(recto_structure_page(p, &layout, keep, tmp, NULL) == RECTO_OK);
    demand(recto_arena_used(tmp) == 0);
    demand(recto_doc_check(p, NULL) == RECTO_OK);
    demand(count_page_words(p) == n_words);
}

static void write_all(const recto_page *pages, int n_pages, recto_arena *a)
{
    static const recto_docinfo info = {.source_name = "x", .format = "pdf"};
    for (const recto_writer *const *w = recto_writer_list(); *w != NULL; w++) {
        if ((*w)->binary)
            continue;
        recto_buf out = RECTO_BUF_INIT;
        void *state = NULL;
        (*w)->begin(&out, &state, &info, a);
        for (int i = 0; i < n_pages; i++)
            (*w)->page(&out, state, &info, &pages[i]);
        (*w)->end(&out, state, &info);
        demand(!out.failed);
        recto_buf_free(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_arena *keep = recto_arena_new(0, 0), *tmp = recto_arena_new(0, 0);
    recto_structure_stats *stats = recto_structure_stats_new();
    recto_cursor c = recto_cursor_over(data, size);
    recto_page pages[PAGES_MAX];
    int n_pages = 0;
    demand(keep != NULL && tmp != NULL && stats != NULL);
    while (n_pages < PAGES_MAX && !c.failed) {
        structure(&pages[n_pages], n_pages + 1, &c, keep, tmp);
        demand(recto_structure_observe(stats, &pages[n_pages++], NULL) == RECTO_OK);
    }
    for (int i = 0; i < n_pages; i++) {
        int n_words = count_page_words(&pages[i]);
        demand(recto_structure_settle(stats, &pages[i], keep, NULL) == RECTO_OK);
        demand(recto_doc_check(&pages[i], NULL) == RECTO_OK);
        demand(count_page_words(&pages[i]) == n_words);
    }
    write_all(pages, n_pages, tmp);
    recto_structure_stats_free(stats);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    return 0;
}
