/* Protects: boxes and maps that every coordinate of an output goes through. */
#include "check.h"

#include "core/geometry.h"

#include <math.h>

static void assert_rect(recto_rect r, float x0, float y0, float x1, float y1)
{
    assert_float_equal(r.x0, x0, 1e-4);
    assert_float_equal(r.y0, y0, 1e-4);
    assert_float_equal(r.x1, x1, 1e-4);
    assert_float_equal(r.y1, y1, 1e-4);
}

static void union_ignores_empty_boxes(void **state)
{
    (void)state;
    recto_rect a = {1, 2, 3, 4};
    recto_rect empty = {9, 9, 9, 12};
    assert_rect(recto_rect_union(a, (recto_rect){2, 0, 8, 3}), 1, 0, 8, 4);
    assert_rect(recto_rect_union(a, empty), 1, 2, 3, 4);
    assert_rect(recto_rect_union(empty, a), 1, 2, 3, 4);
}

static void meet_of_strangers_is_empty(void **state)
{
    (void)state;
    recto_rect a = {0, 0, 10, 10};
    assert_rect(recto_rect_meet(a, (recto_rect){5, 6, 20, 20}), 5, 6, 10, 10);
    recto_rect none = recto_rect_meet(a, (recto_rect){20, 20, 30, 30});
    assert_true(recto_rect_is_empty(none));
    assert_float_equal(recto_rect_area(none), 0, 0);
    assert_true(none.x0 <= none.x1 && none.y0 <= none.y1);
    assert_float_equal(recto_rect_area(a), 100, 0);
}

static void overlaps_are_lengths(void **state)
{
    (void)state;
    recto_rect a = {0, 0, 10, 10};
    recto_rect b = {4, 20, 30, 30};
    assert_float_equal(recto_rect_overlap_x(a, b), 6, 0);
    assert_float_equal(recto_rect_overlap_y(a, b), 0, 0);
}

static void contains_leaves_out_the_far_edge(void **state)
{
    (void)state;
    recto_rect a = {0, 0, 10, 10};
    assert_true(recto_rect_contains(a, 0, 0));
    assert_false(recto_rect_contains(a, 10, 5));
    assert_false(recto_rect_contains(a, 5, 10));
}

static void clip_tames_anything(void **state)
{
    (void)state;
    assert_rect(recto_rect_clip((recto_rect){-5, -1, 500, 7}, 100, 50), 0, 0, 100, 7);
    assert_rect(recto_rect_clip((recto_rect){NAN, -INFINITY, INFINITY, NAN}, 100, 50), 0, 0, 100,
                0);
    assert_rect(recto_rect_scale((recto_rect){1, 2, 3, 4}, 2, 10), 2, 20, 6, 40);
}

static void then_applies_the_first_map_first(void **state)
{
    (void)state;
    recto_affine turn = {0, 1, -1, 0, 0, 0}; /* (x, y) -> (-y, x) */
    recto_affine shift = {1, 0, 0, 1, 100, 10};
    recto_affine both = recto_affine_then(turn, shift);
    float x = 3;
    float y = 4;
    recto_affine_apply(both, &x, &y);
    assert_float_equal(x, 96, 1e-4);
    assert_float_equal(y, 13, 1e-4);
}

static void inverse_goes_back(void **state)
{
    (void)state;
    recto_affine m = {0.9962f, 0.0872f, -0.0872f, 0.9962f, 1234.5f, -678.9f};
    recto_affine back;
    assert_true(recto_affine_invert(&back, m));
    float x = 2480;
    float y = 3508;
    recto_affine_apply(m, &x, &y);
    recto_affine_apply(back, &x, &y);
    assert_float_equal(x, 2480, 0.01);
    assert_float_equal(y, 3508, 0.01);
    recto_affine flat = {1, 2, 2, 4, 0, 0};
    assert_false(recto_affine_invert(&back, flat));
    assert_rect(recto_affine_rect(back, (recto_rect){1, 2, 3, 4}), 1, 2, 3, 4);
}

static void a_turned_box_is_boxed_again(void **state)
{
    (void)state;
    recto_affine turn = {0, 1, -1, 0, 50, 0};
    assert_rect(recto_affine_rect(turn, (recto_rect){0, 0, 10, 20}), 30, 0, 50, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(union_ignores_empty_boxes),
        cmocka_unit_test(meet_of_strangers_is_empty),
        cmocka_unit_test(overlaps_are_lengths),
        cmocka_unit_test(contains_leaves_out_the_far_edge),
        cmocka_unit_test(clip_tames_anything),
        cmocka_unit_test(then_applies_the_first_map_first),
        cmocka_unit_test(inverse_goes_back),
        cmocka_unit_test(a_turned_box_is_boxed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
