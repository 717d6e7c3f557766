/* Protects images in memory and the image files we read: sizes, turning, scaling, PNG and JPEG in
 * every colour type, and one clear error for each kind of damage. */
#include "core/file.h"
#include "vision/image.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const recto_image_read_options gray_opt = {.gray = true};
static const recto_image_read_options color_opt = {.gray = false};

static recto_image *numbered(int width, int height, int channels)
{
    recto_image *im;
    assert_int_equal(recto_image_new(&im, width, height, channels, NULL), RECTO_OK);
    for (size_t i = 0; i < im->stride * (size_t)height; i++)
        im->px[i] = (uint8_t)(i * 37 + i / 256);
    return im;
}

static void image_new_checks_its_arguments(void **state)
{
    (void)state;
    recto_image *im;
    recto_error err;
    assert_int_equal(recto_image_new(&im, 0, 5, 1, &err), RECTO_ERR_ARG);
    assert_null(im);
    assert_int_equal(recto_image_new(&im, 5, 5, 2, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_image_new(&im, 65536, 65536, 1, &err), RECTO_ERR_LIMIT);
    assert_int_equal(recto_image_new(&im, 1, 1, 3, &err), RECTO_OK);
    recto_image_free(im);
    recto_image_free(NULL);
}

static void image_turn_moves_each_pixel_to_its_place(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        recto_image *im = numbered(70, 33, channels);
        recto_image *t90;
        recto_image *t180;
        recto_image *t270;
        assert_int_equal(recto_image_turn(&t90, im, 90, NULL), RECTO_OK);
        assert_int_equal(recto_image_turn(&t180, im, 180, NULL), RECTO_OK);
        assert_int_equal(recto_image_turn(&t270, im, 270, NULL), RECTO_OK);
        assert_int_equal(t90->width, 33);
        assert_int_equal(t90->height, 70);
        size_t n = (size_t)channels;
        for (int y = 0; y < 33; y++)
            for (int x = 0; x < 70; x++) {
                const uint8_t *p = im->px + (size_t)y * im->stride + (size_t)x * n;
                /* clockwise: the top left corner goes to the top right */
                assert_memory_equal(p, t90->px + (size_t)x * t90->stride + (size_t)(32 - y) * n, n);
                assert_memory_equal(
                    p, t180->px + (size_t)(32 - y) * t180->stride + (size_t)(69 - x) * n, n);
                assert_memory_equal(p, t270->px + (size_t)(69 - x) * t270->stride + (size_t)y * n,
                                    n);
            }
        recto_image_free(im);
        recto_image_free(t90);
        recto_image_free(t180);
        recto_image_free(t270);
    }
}

static void image_turn_refuses_odd_angles(void **state)
{
    (void)state;
    recto_image *im = numbered(2, 2, 1);
    recto_image *out;
    assert_int_equal(recto_image_turn(&out, im, 45, NULL), RECTO_ERR_ARG);
    assert_null(out);
    recto_image_free(im);
}

static void image_scale_keeps_a_flat_picture_flat(void **state)
{
    (void)state;
    recto_image *im = numbered(40, 30, 1);
    memset(im->px, 201, im->stride * 30);
    static const int sizes[][2] = {{1, 1}, {13, 7}, {40, 90}, {123, 30}, {80, 15}, {39, 29}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        recto_image *out;
        assert_int_equal(recto_image_scale(&out, im, sizes[i][0], sizes[i][1], NULL), RECTO_OK);
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++)
                assert_int_equal(out->px[(size_t)y * out->stride + (size_t)x], 201);
        recto_image_free(out);
    }
    recto_image_free(im);
}

static void image_scale_by_half_takes_means(void **state)
{
    (void)state;
    recto_image *im = numbered(8, 4, 1);
    recto_image *out;
    assert_int_equal(recto_image_scale(&out, im, 4, 2, NULL), RECTO_OK);
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 4; x++) {
            const uint8_t *p = im->px + (size_t)(2 * y) * im->stride + (size_t)(2 * x);
            int mean = (p[0] + p[1] + p[im->stride] + p[im->stride + 1] + 2) / 4;
            assert_in_range(out->px[(size_t)y * out->stride + (size_t)x] + 1, mean, mean + 2);
        }
    recto_image_free(im);
    recto_image_free(out);
}

static void settle_squares_the_pixels_of_a_fax(void **state)
{
    (void)state;
    recto_image *im = numbered(102, 49, 1);
    assert_int_equal(recto_image_settle(&im, 1, 204, 98, NULL), RECTO_OK);
    assert_int_equal(im->width, 102);
    assert_int_equal(im->height, 102);
    assert_float_equal(im->dpi, 204, 0.01);
    recto_image_free(im);
}

static void settle_drops_a_resolution_that_cannot_be_meant(void **state)
{
    (void)state;
    recto_image *im = numbered(2480, 3508, 1);
    assert_int_equal(recto_image_settle(&im, 1, 72, 72, NULL), RECTO_OK);
    assert_float_equal(im->dpi, 0, 0);
    assert_int_equal(recto_image_settle(&im, 6, 300, 300, NULL), RECTO_OK);
    assert_float_equal(im->dpi, 300, 0);
    assert_int_equal(im->width, 3508);
    recto_image_free(im);
}

static void png_comes_back_as_it_was_written(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        recto_image *im = numbered(61, 17, channels);
        im->dpi = 300;
        uint8_t *bytes;
        size_t size;
        assert_int_equal(recto_image_png(&bytes, &size, im, NULL), RECTO_OK);
        recto_image *back;
        assert_int_equal(recto_image_png_read(&back, bytes, size, &color_opt, NULL), RECTO_OK);
        assert_int_equal(back->channels, channels);
        assert_float_equal(back->dpi, 300, 0.1);
        assert_memory_equal(back->px, im->px, im->stride * 17);
        recto_image_free(back);
        /* every truncation is an error */
        for (size_t n = 0; n + 12 < size; n += 7) {
            recto_error err;
            recto_status st = recto_image_png_read(&back, bytes, n, &color_opt, &err);
            assert_int_equal(st, RECTO_ERR_FORMAT);
            assert_null(back);
        }
        /* so is every changed bit of the pixel data */
        bytes[size / 2] ^= 1;
        assert_int_equal(recto_image_png_read(&back, bytes, size, &gray_opt, NULL),
                         RECTO_ERR_FORMAT);
        free(bytes);
        recto_image_free(im);
    }
}

static void png_over_the_limit_is_refused_before_decoding(void **state)
{
    (void)state;
    static const uint8_t header[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0\1\0\0\0";
    recto_image *im;
    recto_error err;
    assert_int_equal(recto_image_png_read(&im, header, sizeof header, &gray_opt, &err),
                     RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "100000x100000 pixels is over the limit of 200000000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_new_checks_its_arguments),
        cmocka_unit_test(image_turn_moves_each_pixel_to_its_place),
        cmocka_unit_test(image_turn_refuses_odd_angles),
        cmocka_unit_test(image_scale_keeps_a_flat_picture_flat),
        cmocka_unit_test(image_scale_by_half_takes_means),
        cmocka_unit_test(settle_squares_the_pixels_of_a_fax),
        cmocka_unit_test(settle_drops_a_resolution_that_cannot_be_meant),
        cmocka_unit_test(png_comes_back_as_it_was_written),
        cmocka_unit_test(png_over_the_limit_is_refused_before_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
