/* Protects bullets that are drawn: what becomes a word in front of a line, and what does not. */
#include "vision/pdf_page.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct desk {
    recto_pdf_page page;
    recto_layout layout;
    recto_line lines[2];
    recto_word words[2];
    recto_arena *keep;
} desk;

/* A page of 600 x 800 pt at 2 px a point with lines of 12 pt at y 100; the second on demand. */
static void desk_begin(desk *d)
{
    memset(d, 0, sizeof *d);
    recto_pdf_shapes_reset(&d->page, 600, 800, 0);
    d->keep = recto_arena_new(0, 0);
    assert_non_null(d->keep);
    for (int i = 0; i < 2; i++) {
        float x = i == 0 ? 200.0f : 60.0f;
        d->words[i] = (recto_word){.box = {x, 182, x + 100, 204}, .text = "text", .conf = 1};
        d->lines[i] = (recto_line){.box = d->words[i].box,
                                   .words = &d->words[i],
                                   .n_words = 1,
                                   .baseline = 200,
                                   .size = 24,
                                   .conf = 1,
                                   .region = -1};
    }
    d->layout =
        (recto_layout){.width = 1200, .height = 1600, .dpi = 144, .lines = d->lines, .n_lines = 1};
}

static void desk_end(desk *d)
{
    recto_pdf_shapes_free(&d->page);
    recto_arena_free(d->keep);
}

/* First word of the line with a shape of `size` pt at (x, y), its middle. */
static const char *first_word(desk *d, float x, float y, float size, recto_pdf_dot_kind kind)
{
    recto_rect box = {x - size / 2, y - size / 2, x + size / 2, y + size / 2};
    recto_pdf_dots_add(&d->page, box, kind);
    assert_int_equal(recto_pdf_dots_layout(&d->layout, &d->page, 2.0f, d->keep, NULL), RECTO_OK);
    assert_int_equal(d->lines[0].n_words, 1 + (d->lines[0].words != &d->words[0]));
    return d->lines[0].words[0].text;
}

static void dots_become_bullets_in_front_of_a_line(void **state)
{
    (void)state;
    static const char *const want[] = {"\xE2\x80\xA2", "\xE2\x97\xA6", "\xE2\x96\xAA"};
    for (int kind = 0; kind < 3; kind++) {
        desk d;
        desk_begin(&d);
        assert_string_equal(first_word(&d, 92, 96.5f, 4, (recto_pdf_dot_kind)kind), want[kind]);
        assert_true(d.lines[0].box.x0 < 181.0f);
        assert_string_equal(d.lines[0].words[1].text, "text");
        desk_end(&d);
    }
}

static void dots_stay_shapes_elsewhere(void **state)
{
    (void)state;
    static const float places[][3] = {
        {92, 96.5f, 0.5f}, {92, 96.5f, 12}, /* too small, too large */
        {50, 96.5f, 4},                     /* too far away */
        {92, 88, 4},       {92, 106, 4},    /* above, below */
        {120, 96.5f, 4},                    /* on the text */
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        desk d;
        desk_begin(&d);
        assert_string_equal(
            first_word(&d, places[i][0], places[i][1], places[i][2], RECTO_PDF_DOT_DISC), "text");
        desk_end(&d);
    }
}

static void dots_between_two_texts_are_no_bullets(void **state)
{
    (void)state;
    desk d;
    desk_begin(&d);
    d.layout.n_lines = 2;
    d.lines[1].box.x1 = d.words[1].box.x1 = 170;
    assert_string_equal(first_word(&d, 92, 96.5f, 4, RECTO_PDF_DOT_DISC), "text");
    desk_end(&d);
}

static void dots_that_are_no_dots_are_left_out(void **state)
{
    (void)state;
    desk d;
    desk_begin(&d);
    recto_pdf_dots_add(&d.page, (recto_rect){90, 94, 98, 97}, RECTO_PDF_DOT_DISC); /* flat */
    for (int i = 0; i < 5000; i++)
        recto_pdf_dots_add(&d.page, (recto_rect){10, 10, 14, 14}, RECTO_PDF_DOT_DISC);
    assert_true(d.page.n_dots > 0 && d.page.n_dots < 5000);
    assert_int_equal(recto_pdf_dots_layout(&d.layout, &d.page, 2.0f, d.keep, NULL), RECTO_OK);
    assert_int_equal(d.lines[0].n_words, 1);
    desk_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_become_bullets_in_front_of_a_line),
        cmocka_unit_test(dots_stay_shapes_elsewhere),
        cmocka_unit_test(dots_between_two_texts_are_no_bullets),
        cmocka_unit_test(dots_that_are_no_dots_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
