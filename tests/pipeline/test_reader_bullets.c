/* Protects bullets on scans: blots that become bullets by shape and place, and those that do not.
 */
#include "pipeline/reader_bullets.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDE = 400, HIGH = 100 };

typedef struct desk {
    recto_line lines[2];
    recto_segment_line segs[2];
    recto_word word;
    uint8_t px[WIDE * HIGH];
    recto_mask ink;
    recto_arena *keep;
} desk;

/* Text of 30 px from x 100 on with its baseline at y 60, and an unread blot, black all over. */
static void desk_begin(desk *d, recto_rect blot)
{
    memset(d, 0, sizeof *d);
    d->keep = recto_arena_new(0, 0);
    assert_non_null(d->keep);
    d->ink = (recto_mask){.px = d->px, .width = WIDE, .height = HIGH, .stride = WIDE};
    d->word = (recto_word){.box = {100, 38, 300, 66}, .text = "text", .conf = 1};
    d->lines[0] = (recto_line){
        .box = d->word.box, .words = &d->word, .n_words = 1, .baseline = 60, .size = 30, .conf = 1};
    d->segs[0] =
        (recto_segment_line){.box = d->word.box, .ink = d->word.box, .baseline = 60, .size = 30};
    d->segs[1] = (recto_segment_line){.box = blot, .ink = blot, .baseline = blot.y1, .size = 30};
    for (int y = (int)blot.y0; y < (int)blot.y1; y++)
        memset(d->px + y * WIDE + (int)blot.x0, 1, (size_t)(blot.x1 - blot.x0));
}

static const char *read_blot(desk *d)
{
    assert_int_equal(recto_reader_bullets_read(d->lines, d->segs, 2, &d->ink, d->keep, NULL),
                     RECTO_OK);
    return d->lines[1].n_words > 0 ? d->lines[1].words[0].text : "";
}

static void bullets_are_dots_and_dashes_in_front_of_a_line(void **state)
{
    (void)state;
    desk d;
    desk_begin(&d, (recto_rect){70, 46, 78, 54});
    assert_string_equal(read_blot(&d), "\xE2\x80\xA2");
    assert_true(d.lines[1].baseline == 60.0f && d.lines[1].size == 30.0f);
    assert_true(d.lines[1].conf > 0.5f && d.lines[1].conf < 1.0f);
    recto_arena_free(d.keep);
    desk_begin(&d, (recto_rect){70, 49, 86, 52});
    assert_string_equal(read_blot(&d), "\xE2\x80\x93");
    recto_arena_free(d.keep);
}

static void bullets_are_no_other_blots(void **state)
{
    (void)state;
    static const recto_rect blots[] = {
        {70, 20, 78, 28}, /* above the line */
        {70, 58, 78, 66}, /* a full stop */
        {70, 46, 72, 48}, /* a speck */
        {60, 40, 84, 64}, /* as large as a letter */
        {2, 46, 8, 52},   /* too far away */
    };
    for (size_t i = 0; i < sizeof blots / sizeof *blots; i++) {
        desk d;
        desk_begin(&d, blots[i]);
        assert_string_equal(read_blot(&d), "");
        recto_arena_free(d.keep);
    }
}

static void bullets_are_dashes_of_a_row(void **state)
{
    (void)state;
    desk d;
    desk_begin(&d, (recto_rect){350, 49, 366, 52});
    assert_string_equal(read_blot(&d), "\xE2\x80\x93");
    recto_arena_free(d.keep);
    desk_begin(&d, (recto_rect){350, 46, 358, 54}); /* a dot */
    assert_string_equal(read_blot(&d), "");
    recto_arena_free(d.keep);
    desk_begin(&d, (recto_rect){350, 62, 366, 65}); /* under the line */
    assert_string_equal(read_blot(&d), "");
    recto_arena_free(d.keep);
}

static void bullets_are_filled(void **state)
{
    (void)state;
    desk d;
    desk_begin(&d, (recto_rect){70, 46, 78, 54});
    for (int y = 47; y < 53; y++) /* a ring */
        memset(d.px + y * WIDE + 71, 0, 6);
    assert_string_equal(read_blot(&d), "");
    recto_arena_free(d.keep);
}

static void bullets_leave_what_was_read(void **state)
{
    (void)state;
    for (int sure = 0; sure < 2; sure++) {
        desk d;
        desk_begin(&d, (recto_rect){70, 46, 78, 54});
        recto_word word = {.box = {70, 46, 78, 54}, .text = "o", .conf = sure ? 0.9f : 0.1f};
        d.lines[1] = (recto_line){.box = word.box, .words = &word, .n_words = 1, .conf = word.conf};
        assert_string_equal(read_blot(&d), sure ? "o" : "\xE2\x80\xA2");
        recto_arena_free(d.keep);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bullets_are_dots_and_dashes_in_front_of_a_line),
        cmocka_unit_test(bullets_are_no_other_blots),
        cmocka_unit_test(bullets_are_dashes_of_a_row),
        cmocka_unit_test(bullets_are_filled),
        cmocka_unit_test(bullets_leave_what_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
