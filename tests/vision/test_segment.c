/* Segmentation on drawn pages: which lines, rules and pictures must be found, and that nothing a
 * page may hold makes it fail.  Letters are frames with stems, so that they have the boxes and the
 * ink of real ones. */
#include "vision/segment.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct page {
    recto_prepared prep;
    recto_image gray;
    recto_mask ink;
    recto_arena *keep, *tmp;
    recto_segments seg;
} page;

static page *page_new(int w, int h)
{
    page *p = calloc(1, sizeof *p);
    size_t n = (size_t)w * (size_t)h;
    p->gray = (recto_image){.width = w, .height = h, .channels = 1, .stride = (size_t)w};
    p->ink = (recto_mask){.width = w, .height = h, .stride = (size_t)w};
    p->gray.px = malloc(n + 1);
    p->ink.px = calloc(n + 1, 1);
    memset(p->gray.px, 255, n);
    p->prep.gray = &p->gray;
    p->prep.ink = &p->ink;
    p->keep = recto_arena_new(0, 0);
    p->tmp = recto_arena_new(0, 0);
    return p;
}

static void page_free(page *p)
{
    recto_arena_free(p->keep);
    recto_arena_free(p->tmp);
    free(p->gray.px);
    free(p->ink.px);
    free(p);
}

static void fill(page *p, int x0, int y0, int x1, int y1, int ink)
{
    for (int y = y0 < 0 ? 0 : y0; y < y1 && y < p->ink.height; y++) {
        for (int x = x0 < 0 ? 0 : x0; x < x1 && x < p->ink.width; x++) {
            p->ink.px[(size_t)y * p->ink.stride + (size_t)x] = (uint8_t)ink;
            p->gray.px[(size_t)y * p->gray.stride + (size_t)x] = ink ? 0 : 255;
        }
    }
}

/* A letter of em px on a baseline: 'x' low, 'h' tall, 'p' with descender, '.' and '-'; its advance.
 */
static int letter(page *p, int x, int base, char c, int em, int ink)
{
    int t = em / 10 > 1 ? em / 10 : 1; /* stroke */
    int w = em * 45 / 100;
    int xh = em / 2;
    int top = base - (c == 'h' ? em * 72 / 100 : xh);
    int bottom = base + (c == 'p' ? em * 22 / 100 : 0);
    if (c == ' ')
        return em * 3 / 10;
    if (c == '.') {
        fill(p, x, base - t - 1, x + t + 1, base, ink);
        return em / 4;
    }
    if (c == '-') {
        fill(p, x, base - xh / 2, x + em / 3, base - xh / 2 + t, ink);
        return em / 2;
    }
    fill(p, x, top, x + t, bottom, ink);              /* stem */
    fill(p, x, base - xh, x + w, base - xh + t, ink); /* bowl */
    fill(p, x, base - t, x + w, base, ink);
    fill(p, x + w - t, base - xh, x + w, base, ink);
    return w + em / 10;
}

static int write_at(page *p, int x, int base, const char *text, int em)
{
    for (; *text; text++)
        x += letter(p, x, base, *text, em, 1);
    return x;
}

static void run(page *p)
{
    recto_error err = {0};
    recto_arena_mark mark = recto_arena_here(p->tmp);
    assert_int_equal(recto_segment(&p->seg, &p->prep, p->keep, p->tmp, &err), RECTO_OK);
    recto_arena_mark now = recto_arena_here(p->tmp);
    assert_true(mark.used == now.used || mark.block != now.block);
}

/* The line whose ink holds the point, NULL if none. */
static const recto_segment_line *line_at(const page *p, float x, float y)
{
    for (int i = 0; i < p->seg.n_lines; i++) {
        if (recto_rect_contains(p->seg.lines[i].ink, x, y))
            return &p->seg.lines[i];
    }
    return NULL;
}

static const char *const words[] = {"hxx pxh xhxx", "xxh hpx xxx hx", "pxx xhx hxpx",
                                    "hx xxhx pxh"};

static void segment_finds_baseline_and_heights(void **state)
{
    (void)state;
    page *p = page_new(1200, 400);
    int end = write_at(p, 100, 200, "hxp xxhx pxhx xxxh.", 40);
    run(p);
    assert_int_equal(p->seg.n_lines, 1);
    const recto_segment_line *l = &p->seg.lines[0];
    assert_float_equal(l->baseline, 200, 1.0);
    assert_float_equal(l->slope, 0, 0.002);
    assert_float_equal(l->x_height, 20, 1.5);
    assert_float_equal(l->size, 40, 3.0);
    assert_float_equal(l->stroke, 4, 1.5);
    assert_true(l->ink.x0 == 100 && l->ink.x1 < end);
    /* the crop is framed as type is */
    assert_true(l->box.y0 < 200 - 29 && l->box.y0 > 200 - 42);
    assert_true(l->box.y1 > 200 + 9 && l->box.y1 < 200 + 16);
    page_free(p);
}

static void segment_frames_low_words_like_their_neighbours(void **state)
{
    (void)state;
    page *p = page_new(1200, 400);
    write_at(p, 100, 150, "hxp xxhx pxhx", 40);
    write_at(p, 100, 210, "xxx", 40);
    run(p);
    assert_int_equal(p->seg.n_lines, 2);
    const recto_segment_line *l = line_at(p, 110, 208);
    assert_non_null(l);
    assert_float_equal(l->size, 40, 3.0);
    assert_float_equal(l->x_height, 20, 1.5);
    assert_true(l->box.y0 < 210 - 27);
    page_free(p);
}

static void frame(page *p, int x0, int y0, int x1, int y1, int t)
{
    fill(p, x0, y0, x1, y1, 1);
    fill(p, x0 + t, y0 + t, x1 - t, y1 - t, 0);
}

static void segment_finds_boxes_to_tick(void **state)
{
    (void)state;
    page *p = page_new(1200, 700);
    for (int i = 0; i < 4; i++)
        write_at(p, 200, 130 + 70 * i, words[i], 40);
    frame(p, 130, 95, 165, 130, 3);  /* empty */
    frame(p, 130, 165, 165, 200, 3); /* crossed, past the frame */
    for (int i = -4; i < 38; i++) {
        fill(p, 130 + i, 165 + i, 134 + i, 169 + i, 1);
        fill(p, 165 - i - 4, 165 + i, 165 - i, 169 + i, 1);
    }
    frame(p, 130, 235, 165, 270, 3); /* one letter in it */
    write_at(p, 140, 262, "h", 26);
    fill(p, 130, 305, 165, 340, 1); /* a bullet */
    for (int i = 0; i < 6; i++)     /* a grid to write letters in */
        frame(p, 130 + 37 * i, 500, 170 + 37 * i, 540, 3);
    run(p);
    assert_int_equal(p->seg.n_boxes, 3);
    for (int i = 0; i < 3; i++) { /* in any order */
        const recto_segment_box *b = &p->seg.boxes[i];
        int row = ((int)b->box.y0 - 60) / 70;
        assert_float_equal(b->box.x0, 130, 3);
        assert_float_equal(b->box.y1, 130 + 70 * (float)row, 3);
        assert_int_equal(b->checked, row > 0);
        assert_true(b->conf > 0.7f);
    }
    for (int i = 0; i < 4; i++) { /* the boxes are in no line */
        const recto_segment_line *l = line_at(p, 203, 125 + 70.0f * (float)i);
        assert_non_null(l);
        assert_true(i == 3 || l->ink.x0 > 170);
    }
    page_free(p);
}

static void segment_follows_slope(void **state)
{
    (void)state;
    page *p = page_new(1600, 400);
    for (int i = 0, x = 100; i < 40; i++)
        x += letter(p, x, 150 + (int)lroundf(0.02f * (float)x), "hxpx xxh"[i % 8], 40, 1);
    run(p);
    assert_int_equal(p->seg.n_lines, 1);
    assert_float_equal(p->seg.lines[0].slope, 0.02, 0.003);
    page_free(p);
}

static void segment_keeps_columns_apart(void **state)
{
    (void)state;
    page *p = page_new(1200, 900);
    int right = 0;
    for (int i = 0; i < 12; i++) {
        right = write_at(p, 100, 100 + 50 * i, words[i % 4], 40);
        write_at(p, 430, 100 + 50 * i, words[(i + 1) % 4], 40);
    }
    assert_true(right < 430);
    run(p);
    assert_int_equal(p->seg.n_lines, 24);
    for (int i = 0; i < p->seg.n_lines; i++)
        assert_true(p->seg.lines[i].box.x1 < 431 || p->seg.lines[i].box.x0 > 400);
    page_free(p);
}

static void segment_keeps_words_together(void **state)
{
    (void)state;
    page *p = page_new(1500, 600);
    /* wide gaps that are not aligned are justified text */
    for (int i = 0; i < 6; i++) {
        int x = 100;
        for (int w = 0; w < 5; w++) {
            x = write_at(p, x, 100 + 50 * i, w % 2 ? "xhx" : i % 2 ? "xxhxp" : "hxx", 40);
            x += 24 + (i * 7 + w * 5) % 12;
        }
    }
    run(p);
    assert_int_equal(p->seg.n_lines, 6);
    page_free(p);
}

static void segment_takes_rules_out_of_tables(void **state)
{
    (void)state;
    page *p = page_new(1200, 800);
    for (int r = 0; r <= 4; r++)
        fill(p, 100, 100 + 60 * r, 1000, 103 + 60 * r, 1);
    for (int c = 0; c <= 3; c++)
        fill(p, 100 + 300 * c, 100, 103 + 300 * c, 343, 1);
    for (int r = 0; r < 4; r++) {
        /* descenders touch the rule below, the first letter the rule on the left */
        write_at(p, 103, 153 + 60 * r, "hxpx", 40);
        write_at(p, 420, 150 + 60 * r, r == 2 ? "-" : "h", 40);
        write_at(p, 720, 150 + 60 * r, "xxh hx.xx", 40);
    }
    run(p);
    assert_int_equal(p->seg.n_rules, 9);
    assert_int_equal(p->seg.n_lines, 12);
    assert_int_equal(p->seg.n_pictures, 0);
    assert_non_null(line_at(p, 425, 150 + 120 - 9)); /* the dash */
    page_free(p);
}

static void segment_reads_dashes_across_the_page_as_a_rule(void **state)
{
    (void)state;
    page *p = page_new(1000, 400);
    write_at(p, 100, 100, "hxpx xxhx", 30);
    write_at(p, 100, 150, "----------------------------", 30);
    write_at(p, 100, 200, "xxhx hxx", 30);
    run(p);
    assert_int_equal(p->seg.n_lines, 2);
    assert_int_equal(p->seg.n_rules, 1);
    page_free(p);
}

static void segment_takes_dashed_rules_out_of_tables(void **state)
{
    (void)state;
    page *p = page_new(1200, 500);
    for (int r = 0; r <= 4; r++) {
        for (int x = 100; x < 1000; x += 18)
            fill(p, x, 100 + 60 * r, x + 10, 103 + 60 * r, 1);
    }
    for (int c = 0; c <= 2; c++) { /* three strokes between two crossings */
        for (int y = 100; y < 340; y += 15)
            fill(p, 100 + 450 * c, y, 103 + 450 * c, y + 9, 1);
    }
    for (int r = 0; r < 4; r++) {
        write_at(p, 130, 148 + 60 * r, "hxpx", 40);
        write_at(p, 600, 148 + 60 * r, "xxh", 40);
    }
    run(p);
    assert_int_equal(p->seg.n_rules, 8);
    assert_int_equal(p->seg.n_lines, 8);
    page_free(p);
}

static void segment_takes_the_borders_of_cells(void **state)
{
    (void)state;
    page *p = page_new(1200, 500);
    for (int r = 0; r < 4; r++) { /* every cell has a border of its own */
        for (int c = 0; c < 2; c++) {
            int x = 100 + 406 * c;
            int y = 100 + 56 * r;
            fill(p, x, y, x + 400, y + 2, 1);
            fill(p, x, y + 48, x + 400, y + 50, 1);
            fill(p, x, y, x + 2, y + 50, 1);
            fill(p, x + 398, y, x + 400, y + 50, 1);
            write_at(p, x + 20, y + 38, c ? "xxh" : "hxpx", 40);
        }
    }
    run(p);
    int n_upright = 0;
    for (int i = 0; i < p->seg.n_rules; i++)
        n_upright += recto_rect_height(p->seg.rules[i]) > recto_rect_width(p->seg.rules[i]);
    assert_int_equal(n_upright, 4);
    assert_int_equal(p->seg.n_lines, 8);
    page_free(p);
}

static void segment_cuts_touching_lines(void **state)
{
    (void)state;
    page *p = page_new(1000, 400);
    write_at(p, 100, 150, "hxxhxpxxhx", 40);
    write_at(p, 100, 187, "xhxxxhxxhx", 40); /* the p above runs into the h below */
    run(p);
    assert_int_equal(p->seg.n_lines, 2);
    const recto_segment_line *a = line_at(p, 110, 140);
    const recto_segment_line *b = line_at(p, 110, 180);
    assert_true(a && b && a != b);
    assert_float_equal(a->baseline, 150, 1.5);
    assert_float_equal(b->baseline, 187, 1.5);
    page_free(p);
}

static void segment_finds_white_text_on_a_bar(void **state)
{
    (void)state;
    page *p = page_new(1200, 500);
    fill(p, 100, 100, 1000, 180, 1);
    for (int i = 0, x = 140; i < 12; i++)
        x += letter(p, x, 155, "hxxp xhx xhx"[i], 40, 0);
    write_at(p, 100, 300, "hxp xxhx pxhx xxxh.", 40);
    run(p);
    const recto_segment_line *l = line_at(p, 141, 150);
    assert_non_null(l);
    assert_float_equal(l->baseline, 155, 1.5);
    assert_true(l->box.y0 >= 100 && l->box.y1 <= 180);
    assert_int_equal(p->seg.n_pictures, 0);
    assert_non_null(line_at(p, 101, 295));
    page_free(p);
}

static void segment_boxes_a_photo_and_keeps_its_caption(void **state)
{
    (void)state;
    page *p = page_new(1200, 1000);
    unsigned seed = 7;
    for (int y = 100; y < 500; y += 2) {
        for (int x = 100; x < 700; x += 2) {
            seed = seed * 1664525u + 1013904223u;
            fill(p, x, y, x + 2, y + 2, (seed >> 24) < 170);
        }
    }
    for (int i = 0; i < 4; i++)
        write_at(p, 100, 560 + 50 * i, words[i], 40);
    run(p);
    assert_int_equal(p->seg.n_pictures, 1);
    recto_rect box = p->seg.pictures[0];
    assert_true(box.x0 > 40 && box.x0 <= 101 && box.x1 >= 698 && box.x1 < 770);
    assert_true(box.y0 > 40 && box.y0 <= 101 && box.y1 >= 498 && box.y1 < 535);
    assert_int_equal(p->seg.n_lines, 4);
    page_free(p);
}

static void segment_leaves_a_frame_around_text_alone(void **state)
{
    (void)state;
    page *p = page_new(1200, 800);
    for (int a = 0; a < 3600; a++) { /* an ellipse drawn around a word */
        float t = (float)a * 0.0017453f;
        int x = 300 + (int)(200 * cosf(t));
        int y = 300 + (int)(70 * sinf(t));
        fill(p, x, y, x + 3, y + 3, 1);
    }
    write_at(p, 180, 315, "hxx.hxpxhx", 40);
    write_at(p, 100, 500, "hxp xxhx pxhx xxxh.", 40);
    run(p);
    assert_non_null(line_at(p, 182, 310));
    assert_int_equal(p->seg.n_pictures, 0);
    page_free(p);
}

static void segment_drops_dirt(void **state)
{
    (void)state;
    page *p = page_new(1200, 1600);
    unsigned seed = 3;
    for (int i = 0; i < 900; i++) {
        seed = seed * 1664525u + 1013904223u;
        int x = (int)(seed >> 8) % 1190;
        seed = seed * 1664525u + 1013904223u;
        int y = (int)(seed >> 8) % 900;
        fill(p, x, y + 600, x + 3, y + 603, 1);
    }
    for (int i = 0; i < 8; i++)
        write_at(p, 100, 100 + 50 * i, words[i % 4], 40);
    run(p);
    assert_int_equal(p->seg.n_lines, 8);
    page_free(p);
}

static void segment_stands_pages_without_text(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 500}, {500, 1}, {300, 300}};
    for (int k = 0; k < 4; k++) {
        for (int ink = 0; ink < 2; ink++) {
            page *p = page_new(sizes[k][0], sizes[k][1]);
            fill(p, 0, 0, sizes[k][0], sizes[k][1], ink);
            run(p);
            assert_int_equal(p->seg.n_lines, 0);
            page_free(p);
        }
    }
    page *p = page_new(300, 300);
    write_at(p, 20, 100, "hxp", 40);
    p->prep.blank = true;
    run(p);
    assert_int_equal(p->seg.n_lines, 0);
    page_free(p);
}

static void segment_stands_noise_of_any_density(void **state)
{
    (void)state;
    for (int density = 8; density < 256; density *= 2) {
        page *p = page_new(700, 700);
        unsigned seed = 11;
        for (int y = 0; y < 700; y++) {
            for (int x = 0; x < 700; x++) {
                seed = seed * 1664525u + 1013904223u;
                fill(p, x, y, x + 1, y + 1, (int)(seed >> 24) < density);
            }
        }
        run(p);
        for (int i = 0; i < p->seg.n_lines; i++) {
            recto_rect b = p->seg.lines[i].box;
            assert_true(b.x0 >= 0 && b.y0 >= 0 && b.x1 <= 700 && b.y1 <= 700);
            assert_true(b.x1 > b.x0 && b.y1 > b.y0);
        }
        page_free(p);
    }
}

static page *mixed_page(void)
{
    page *p = page_new(900, 700);
    for (int i = 0; i < 6; i++)
        write_at(p, 100, 100 + 50 * i, words[i % 4], 40);
    fill(p, 90, 420, 800, 423, 1);
    fill(p, 450, 60, 452, 400, 1);
    fill(p, 100, 450, 600, 510, 1);
    for (int i = 0, x = 140; i < 8; i++)
        x += letter(p, x, 495, "hxxp xhx"[i], 36, 0);
    return p;
}

static void segment_gives_the_same_twice(void **state)
{
    (void)state;
    page *p = mixed_page();
    run(p);
    recto_segments first = p->seg;
    run(p);
    assert_true(first.n_lines > 6);
    assert_int_equal(first.n_lines, p->seg.n_lines);
    assert_int_equal(first.n_rules, p->seg.n_rules);
    assert_memory_equal(first.lines, p->seg.lines, (size_t)first.n_lines * sizeof *first.lines);
    page_free(p);
}

static void segment_reports_lack_of_memory(void **state)
{
    (void)state;
    page *p = mixed_page();
    recto_error err;
    int failed = 0;
    bool done = false;
    for (size_t limit = 4096; !done; limit += limit / 4) {
        recto_arena *tmp = recto_arena_new(4096, limit);
        assert_non_null(tmp);
        recto_segments seg;
        recto_status s = recto_segment(&seg, &p->prep, p->keep, tmp, &err);
        done = s == RECTO_OK;
        if (!done) {
            failed++;
            assert_int_equal(s, RECTO_ERR_NOMEM);
            assert_int_equal(err.code, RECTO_ERR_NOMEM);
            assert_null(seg.lines);
            assert_int_equal(seg.n_lines, 0);
        }
        recto_arena_free(tmp);
    }
    assert_true(failed > 5);
    recto_arena *keep = recto_arena_new(64, 64);
    recto_segments seg;
    assert_int_equal(recto_segment(&seg, &p->prep, keep, p->tmp, &err), RECTO_ERR_NOMEM);
    assert_int_equal(seg.n_lines, 0);
    recto_arena_free(keep);
    page_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segment_finds_baseline_and_heights),
        cmocka_unit_test(segment_frames_low_words_like_their_neighbours),
        cmocka_unit_test(segment_finds_boxes_to_tick),
        cmocka_unit_test(segment_follows_slope),
        cmocka_unit_test(segment_keeps_columns_apart),
        cmocka_unit_test(segment_keeps_words_together),
        cmocka_unit_test(segment_takes_rules_out_of_tables),
        cmocka_unit_test(segment_reads_dashes_across_the_page_as_a_rule),
        cmocka_unit_test(segment_takes_dashed_rules_out_of_tables),
        cmocka_unit_test(segment_takes_the_borders_of_cells),
        cmocka_unit_test(segment_cuts_touching_lines),
        cmocka_unit_test(segment_finds_white_text_on_a_bar),
        cmocka_unit_test(segment_boxes_a_photo_and_keeps_its_caption),
        cmocka_unit_test(segment_leaves_a_frame_around_text_alone),
        cmocka_unit_test(segment_drops_dirt),
        cmocka_unit_test(segment_stands_pages_without_text),
        cmocka_unit_test(segment_stands_noise_of_any_density),
        cmocka_unit_test(segment_gives_the_same_twice),
        cmocka_unit_test(segment_reports_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
