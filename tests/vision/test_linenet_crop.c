/* Protects the line images: size, scaling both ways, straightening, contrast, inversion. */
#include "vision/linenet_net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { H = 32 };

/* Stretch of the full range only: an image that holds 0 and 255 stays as it is. */
static const recto_linenet_config plain = {
    .height = H, .percentile_low = 0, .percentile_high = 100, .min_span = 255, .scale = 127.5f};
static const recto_linenet_config usual = {.height = H,
                                           .percentile_low = 2,
                                           .percentile_high = 98,
                                           .min_span = 20,
                                           .invert_below_mean = 110,
                                           .scale = 127.5f};

static recto_image *blank(int width, int height, int level)
{
    recto_image *im = NULL;
    assert_int_equal(recto_image_new(&im, width, height, 1, NULL), RECTO_OK);
    memset(im->px, level, im->stride * (size_t)height);
    return im;
}

static void put(recto_image *im, int x, int y, int level)
{
    im->px[(size_t)y * im->stride + (size_t)x] = (uint8_t)level;
}

static recto_linenet_crop crop(recto_arena *a, const recto_linenet_config *c, const recto_image *im,
                               recto_rect box, float slope)
{
    const recto_segment_line line = {.box = box, .slope = slope};
    recto_linenet_crop out;
    assert_int_equal(recto_linenet_crop_line(&out, c, im, &line, a, NULL), RECTO_OK);
    return out;
}

static void crop_of_the_nets_height_is_the_page_itself(void **state)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_image *im = blank(200, 60, 0);
    (void)state;
    for (int y = 0; y < 60; y++)
        for (int x = 0; x < 200; x++)
            put(im, x, y, (x * 31 + y * 57) % 256);
    put(im, 20, 10, 0);
    put(im, 21, 10, 255);
    recto_linenet_crop c = crop(a, &plain, im, (recto_rect){20, 10, 120, 42}, 0.0f);
    assert_int_equal(c.width, 100);
    assert_float_equal(c.px, 1.0, 1e-6);
    for (int u = 0; u < 100; u++)
        for (int v = 0; v < H; v++)
            assert_int_equal(c.grey[u * H + v],
                             im->px[(size_t)(10 + v) * im->stride + (size_t)(20 + u)]);
    recto_image_free(im);
    recto_arena_free(a);
}

static void crop_shrinks_by_areas(void **state)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_image *im = blank(160, 80, 255);
    (void)state;
    /* 2.5 page px an image px; one column of 5 black px covers two image columns */
    for (int y = 0; y < 80; y++)
        for (int x = 10; x < 15; x++)
            put(im, x, y, 0);
    put(im, 0, 0, 0); /* 1 of the 6.25 page px under the first image px */
    recto_linenet_crop c = crop(a, &plain, im, (recto_rect){0, 0, 160, 80}, 0.0f);
    assert_int_equal(c.width, 64);
    assert_float_equal(c.px, 2.5, 1e-6);
    for (int v = 1; v < H; v++) {
        assert_int_equal(c.grey[3 * H + v], 255);
        assert_int_equal(c.grey[4 * H + v], 0);
        assert_int_equal(c.grey[5 * H + v], 0);
        assert_int_equal(c.grey[6 * H + v], 255);
    }
    assert_in_range(c.grey[0], 213, 215); /* 255 (1 - 1 / 6.25) */
    recto_image_free(im);
    recto_arena_free(a);
}

static void crop_enlarges_smoothly(void **state)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_image *im = blank(40, 8, 255);
    (void)state;
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 20; x++)
            put(im, x, y, 0);
    recto_linenet_crop c = crop(a, &plain, im, (recto_rect){0, 0, 40, 8}, 0.0f);
    assert_int_equal(c.width, 160);
    for (int u = 1; u < 160; u++) {
        assert_true(c.grey[u * H + 7] >= c.grey[(u - 1) * H + 7]);
        assert_true(c.grey[u * H + 7] - c.grey[(u - 1) * H + 7] <= 64);
    }
    assert_int_equal(c.grey[0], 0);
    assert_int_equal(c.grey[159 * H], 255);
    recto_image_free(im);
    recto_arena_free(a);
}

/* A stroke that climbs with the slope comes out level, at the height it has in the middle. */
static void crop_straightens_along_the_slope(void **state)
{
    static const float slopes[] = {-0.1f, -0.03f, -0.004f, 0.004f, 0.03f, 0.1f};
    (void)state;
    for (size_t i = 0; i < sizeof slopes / sizeof slopes[0]; i++) {
        recto_arena *a = recto_arena_new(0, 0);
        recto_image *im = blank(1000, 300, 255);
        for (int x = 0; x < 1000; x++)
            for (int y = 0; y < 300; y++) {
                float off = (float)y + 0.5f - 150.0f - slopes[i] * ((float)x + 0.5f - 500.0f);
                if (fabsf(off) < 6.0f)
                    put(im, x, y, 0);
            }
        recto_linenet_crop c = crop(a, &usual, im, (recto_rect){100, 118, 900, 182}, slopes[i]);
        assert_int_equal(c.width, 400);
        for (int u = 0; u < c.width; u++) {
            float sum = 0.0f;
            float moment = 0.0f;
            for (int v = 0; v < H; v++) {
                const float ink = 255.0f - (float)c.grey[u * H + v];
                sum += ink;
                moment += ink * ((float)v + 0.5f);
            }
            assert_true(sum > 5.0f * 255.0f && sum < 7.0f * 255.0f);
            assert_true(fabsf(moment / sum - 16.0f) < 0.35f);
        }
        recto_image_free(im);
        recto_arena_free(a);
    }
}

static void crop_stretches_faint_print_and_turns_white_on_black(void **state)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_image *faint = blank(96, 32, 180);
    recto_image *inverse = blank(96, 32, 20);
    (void)state;
    for (int y = 8; y < 24; y++)
        for (int x = 16; x < 32; x++) {
            put(faint, x, y, 120);
            put(inverse, x, y, 240);
        }
    const recto_rect box = {0, 0, 96, 32};
    recto_linenet_crop c[2] = {crop(a, &usual, faint, box, 0.0f),
                               crop(a, &usual, inverse, box, 0.0f)};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(c[i].grey[20 * H + 16], 0);
        assert_int_equal(c[i].grey[60 * H + 16], 255);
    }
    recto_image *empty = blank(96, 32, 200);
    recto_linenet_crop nothing = crop(a, &usual, empty, box, 0.0f);
    for (int i = 0; i < 96 * H; i++) /* (200 - 200) * 255 / 20 = 0, turned to paper */
        assert_int_equal(nothing.grey[i], 255);
    recto_image_free(faint);
    recto_image_free(inverse);
    recto_image_free(empty);
    recto_arena_free(a);
}

static void crop_pads_the_narrow_and_drops_the_impossible(void **state)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_arena *full = recto_arena_new(64, 128);
    recto_image *im = blank(3000, 64, 255);
    const recto_segment_line line = {.box = {0, 0, 64, 64}};
    recto_linenet_crop out;
    recto_error err = {0};
    (void)state;
    for (int y = 0; y < 64; y++)
        put(im, 5, y, 0);
    out = crop(a, &usual, im, (recto_rect){4, 0, 8, 64}, 0.0f);
    assert_int_equal(out.width, 8);
    assert_true(out.grey[0] < 200);
    for (int v = 0; v < H; v++)
        assert_int_equal(out.grey[7 * H + v], 255);
    out = crop(a, &usual, im, (recto_rect){0, 0, 3000, 3}, 0.0f); /* 32000 px wide */
    assert_int_equal(out.width, 0);
    assert_null(out.grey);
    assert_int_equal(recto_linenet_crop_line(&out, &usual, im, &line, full, &err), RECTO_ERR_NOMEM);
    recto_image_free(im);
    recto_arena_free(a);
    recto_arena_free(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crop_of_the_nets_height_is_the_page_itself),
        cmocka_unit_test(crop_shrinks_by_areas),
        cmocka_unit_test(crop_enlarges_smoothly),
        cmocka_unit_test(crop_straightens_along_the_slope),
        cmocka_unit_test(crop_stretches_faint_print_and_turns_white_on_black),
        cmocka_unit_test(crop_pads_the_narrow_and_drops_the_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
