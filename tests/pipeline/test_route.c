/* Protects the routing rules: a wrong reader for a page is the costliest mistake Recto can make
 * unseen. */
#include "pipeline/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static recto_source_facts text_page(void)
{
    return (recto_source_facts){.width_pt = 595, .height_pt = 842, .n_chars = 2500};
}

static void route_takes_a_good_layer_without_rendering(void **state)
{
    (void)state;
    recto_source_facts f = text_page();
    recto_route r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_int_equal(r.reader, RECTO_READER_LAYER);
    assert_false(r.check_cover);
    assert_int_equal(r.flags, 0);
}

static void route_reads_a_page_image(void **state)
{
    (void)state;
    recto_source_facts f = {.n_images = 1, .image_cover = 1.0f, .single_image = true};
    recto_route r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_int_equal(r.reader, RECTO_READER_LINE);
    assert_false(r.compare_hidden);
}

static void route_distrusts_an_invisible_layer(void **state)
{
    (void)state;
    recto_source_facts f = {.n_images = 1, .image_cover = 1.0f, .n_chars_hidden = 2000};
    recto_route r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_int_equal(r.reader, RECTO_READER_LINE);
    assert_true(r.compare_hidden);
    assert_true(r.flags & RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
}

static void route_distrusts_undecodable_characters(void **state)
{
    (void)state;
    recto_source_facts f = text_page();
    f.n_chars_bad = 1240; /* under a half: those words are read by themselves */
    recto_route r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_int_equal(r.reader, RECTO_READER_LAYER);
    assert_true(r.look_for_parts);
    f.n_chars_bad = 1260;
    r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_int_equal(r.reader, RECTO_READER_LINE);
    assert_true(r.flags & RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
}

static void route_reads_a_scan_with_a_stamp(void **state)
{
    (void)state;
    recto_source_facts f = {.n_chars = 12, .n_images = 1, .image_cover = 0.99f};
    assert_int_equal(recto_route_page(&f, RECTO_CHOOSE_AUTO, true).reader, RECTO_READER_LINE);
}

static void route_renders_only_when_images_could_hold_the_text(void **state)
{
    (void)state;
    recto_source_facts f = text_page();
    f.n_images = 1;
    f.image_cover = 0.3f;
    assert_false(recto_route_page(&f, RECTO_CHOOSE_AUTO, true).check_cover);
    f.image_cover = 0.9f;
    recto_route r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_true(r.check_cover);
    assert_int_equal(r.reader, RECTO_READER_LAYER);
    recto_route_covered(&r, 0.95f, false);
    assert_int_equal(r.reader, RECTO_READER_LAYER);
    recto_route_covered(&r, 0.2f, false);
    assert_int_equal(r.reader, RECTO_READER_LINE);
    assert_true(r.flags & RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
}

static void route_knows_an_empty_page(void **state)
{
    (void)state;
    recto_source_facts f = {.width_pt = 595, .height_pt = 842};
    recto_route r = recto_route_page(&f, RECTO_CHOOSE_AUTO, true);
    assert_int_equal(r.reader, RECTO_READER_NONE);
    assert_true(r.flags & RECTO_FLAG_BLANK_PAGE);
}

static void route_does_as_it_is_told(void **state)
{
    (void)state;
    recto_source_facts good = text_page(), scan = {.n_images = 1, .image_cover = 1.0f};
    assert_int_equal(recto_route_page(&good, RECTO_CHOOSE_LINE, true).reader, RECTO_READER_LINE);
    assert_int_equal(recto_route_page(&scan, RECTO_CHOOSE_LAYER, true).reader, RECTO_READER_LAYER);
    assert_int_equal(recto_route_page(&scan, RECTO_CHOOSE_AUTO, false).reader, RECTO_READER_LINE);
    assert_int_equal(recto_route_page(&scan, RECTO_CHOOSE_LAYER, false).reader, RECTO_READER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(route_takes_a_good_layer_without_rendering),
        cmocka_unit_test(route_reads_a_page_image),
        cmocka_unit_test(route_distrusts_an_invisible_layer),
        cmocka_unit_test(route_distrusts_undecodable_characters),
        cmocka_unit_test(route_reads_a_scan_with_a_stamp),
        cmocka_unit_test(route_renders_only_when_images_could_hold_the_text),
        cmocka_unit_test(route_knows_an_empty_page),
        cmocka_unit_test(route_does_as_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
