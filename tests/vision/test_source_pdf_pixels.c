/* Protects the pixels of PDF pages: a page that is one image comes at the image's own resolution,
 * upright, pixel for pixel; all other pages are drawn; sizes are checked before memory is taken. */
#include "pdf_build.h"

#include <math.h>
#include <stdlib.h>

enum { W = 7, H = 5 };

/* A small picture without any symmetry. */
static uint8_t pixel(int x, int y)
{
    return (uint8_t)(10 + 20 * x + 5 * y + (x == 0 && y == 0 ? 100 : 0));
}

static recto_source *image_page(pdf_build *b, const char *content, const char *page_extra,
                                const char *image_dict, const uint8_t *bytes, size_t len)
{
    *b = (pdf_build){.out = RECTO_BUF_INIT};
    pdf_build_page(b, content, page_extra, "/XObject << /Im 8 0 R >>");
    pdf_build_stream(b, image_dict, bytes, len);
    pdf_build_finish(b, "");
    return pdf_build_open(b, NULL);
}

static recto_source *gray_page(pdf_build *b, const char *content, const char *page_extra)
{
    uint8_t bytes[W * H];
    for (int i = 0; i < W * H; i++)
        bytes[i] = pixel(i % W, i / W);
    return image_page(b, content, page_extra,
                      "/Type /XObject /Subtype /Image /Width 7 /Height 5 /ColorSpace /DeviceGray "
                      "/BitsPerComponent 8",
                      bytes, sizeof bytes);
}

static recto_image *pixels_of(recto_source *s)
{
    recto_image *im = NULL;
    recto_error err = {0};
    if (recto_source_page_pixels(&im, s, 0, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(im->channels, 1);
    return im;
}

static uint8_t at(const recto_image *im, int x, int y)
{
    return im->px[(size_t)y * im->stride + (size_t)x];
}

static void one_image_comes_pixel_for_pixel_in_every_pose(void **state)
{
    (void)state;
    /* placements of the unit square on a page of 350 x 250 or 250 x 350 points, and where the
     * image's pixel (x, y) has to be */
    static const struct {
        const char *box, *cm;
        bool turned, flip_x, flip_y; /* after transposing */
    } cases[] = {
        {"[0 0 350 250]", "350 0 0 250 0 0", false, false, false},
        {"[0 0 350 250]", "-350 0 0 250 350 0", false, true, false},
        {"[0 0 350 250]", "350 0 0 -250 0 250", false, false, true},
        {"[0 0 350 250]", "-350 0 0 -250 350 250", false, true, true},
        {"[0 0 250 350]", "0 350 -250 0 250 0", true, false, true},
        {"[0 0 250 350]", "0 -350 250 0 0 350", true, true, false},
        {"[0 0 250 350]", "0 350 250 0 0 0", true, true, true},
        {"[0 0 250 350]", "0 -350 -250 0 250 350", true, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char content[128];
        char box[64];
        pdf_build b;
        snprintf(content, sizeof content, "q %s cm /Im Do Q", cases[i].cm);
        snprintf(box, sizeof box, "/CropBox %s", cases[i].box);
        recto_source *s = gray_page(&b, content, box);
        recto_source_facts f;
        recto_error err;
        assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_OK);
        assert_true(f.single_image);
        assert_int_equal(f.image_w, W);
        assert_int_equal(f.image_h, H);
        assert_true(f.image_cover > 0.99f);
        recto_image *im = pixels_of(s);
        assert_int_equal(im->width, cases[i].turned ? H : W);
        assert_int_equal(im->height, cases[i].turned ? W : H);
        assert_float_equal(im->dpi, 72.0f / 50.0f, 0.001f);
        for (int k = 0; k < W * H; k++) {
            int x = cases[i].turned ? k / W : k % W;
            int y = cases[i].turned ? k % W : k / W;
            x = cases[i].flip_x ? im->width - 1 - x : x;
            y = cases[i].flip_y ? im->height - 1 - y : y;
            assert_int_equal(at(im, x, y), pixel(k % W, k / W));
        }
        recto_image_free(im);
        recto_source_close(s);
        recto_buf_free(&b.out);
    }
}

static void the_page_s_own_rotation_is_applied(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s =
        gray_page(&b, "q 350 0 0 250 0 0 cm /Im Do Q", "/CropBox [0 0 350 250] /Rotate 90");
    recto_image *im = pixels_of(s);
    assert_int_equal(im->width, H);
    assert_int_equal(im->height, W);
    for (int k = 0; k < W * H; k++) /* clockwise: the first row becomes the last column */
        assert_int_equal(at(im, H - 1 - k / W, k % W), pixel(k % W, k / W));
    recto_image_free(im);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void stencils_colours_and_bits_become_grey(void **state)
{
    (void)state;
    static const uint8_t bits[2] = {0xA0, 0x40}; /* 3 x 2: 1 0 1 / 0 1 0 */
    static const uint8_t rgb[18] = {255, 0,   0,   0, 255, 0, 0, 0, 255,
                                    255, 255, 255, 0, 0,   0, 9, 9, 9};
    static const struct {
        const char *dict, *paint;
        const uint8_t *bytes;
        size_t len;
        int expected[6];
    } cases[] = {
        {"/ImageMask true /BitsPerComponent 1", "0 g", bits, 2, {255, 0, 255, 0, 255, 0}},
        {"/ImageMask true /BitsPerComponent 1 /Decode [1 0]",
         "0 g",
         bits,
         2,
         {0, 255, 0, 255, 0, 255}},
        {"/ImageMask true /BitsPerComponent 1", "0.5 g", bits, 2, {255, 127, 255, 127, 255, 127}},
        {"/ColorSpace /DeviceGray /BitsPerComponent 1", "", bits, 2, {255, 0, 255, 0, 255, 0}},
        {"/ColorSpace /DeviceRGB /BitsPerComponent 8", "", rgb, 18, {77, 151, 28, 255, 0, 9}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dict[256];
        char content[128];
        pdf_build b;
        snprintf(dict, sizeof dict, "/Type /XObject /Subtype /Image /Width 3 /Height 2 %s",
                 cases[i].dict);
        snprintf(content, sizeof content, "%s q 600 0 0 400 0 0 cm /Im Do Q", cases[i].paint);
        recto_source *s =
            image_page(&b, content, "/CropBox [0 0 600 400]", dict, cases[i].bytes, cases[i].len);
        /* six pixels count as a painted area, not as an image: the page is drawn */
        recto_image *im = pixels_of(s);
        for (int k = 0; k < 6; k++) {
            int x = (2 * (k % 3) + 1) * im->width / 6;
            int y = (2 * (k / 3) + 1) * im->height / 4;
            if (abs(at(im, x, y) - cases[i].expected[k]) > 3)
                fail_msg("case %zu pixel %d: %d", i, k, at(im, x, y));
        }
        recto_image_free(im);
        recto_source_close(s);
        recto_buf_free(&b.out);
    }
}

static void a_stencil_scan_is_read_at_its_resolution(void **state)
{
    (void)state;
    uint8_t bits[32 * 64 / 8];
    for (size_t i = 0; i < sizeof bits; i++)
        bits[i] = (uint8_t)(i * 37);
    pdf_build b;
    recto_source *s = image_page(&b, "0 g q 600 0 0 1200 0 -400 cm /Im Do Q", "",
                                 "/Type /XObject /Subtype /Image /Width 32 /Height 64 "
                                 "/ImageMask true /BitsPerComponent 1",
                                 bits, sizeof bits);
    recto_image *im = pixels_of(s);
    assert_int_equal(im->width, 600); /* too coarse to be placed on the page: drawn, at 72 dpi */
    recto_image_free(im);
    recto_source_close(s);
    recto_buf_free(&b.out);
    s = image_page(&b, "0 g q 600 0 0 800 0 0 cm /Im Do Q", "",
                   "/Type /XObject /Subtype /Image /Width 24 /Height 32 /ImageMask true "
                   "/BitsPerComponent 1",
                   bits, 3 * 32);
    im = pixels_of(s);
    assert_int_equal(im->width, 24);
    assert_int_equal(im->height, 32);
    for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 24; x++) {
            bool set = (bits[y * 3 + x / 8] >> (7 - x % 8)) & 1;
            assert_int_equal(at(im, x, y), set ? 255 : 0);
        }
    }
    recto_image_free(im);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void an_image_with_margins_keeps_its_place_on_the_page(void **state)
{
    (void)state;
    enum { N = 100 };
    uint8_t bytes[N * N];
    for (int i = 0; i < N * N; i++)
        bytes[i] = (uint8_t)(i % 251);
    pdf_build b;
    /* 100 px an inch, on 1 inch by 1 inch of a page of 1.5 x 1.25 inches */
    recto_source *s = image_page(&b, "q 72 0 0 72 18 9 cm /Im Do Q", "/CropBox [0 0 108 90]",
                                 "/Type /XObject /Subtype /Image /Width 100 /Height 100 "
                                 "/ColorSpace /DeviceGray /BitsPerComponent 8",
                                 bytes, sizeof bytes);
    recto_image *im = pixels_of(s);
    assert_int_equal(im->width, 150);
    assert_int_equal(im->height, 125);
    assert_float_equal(im->dpi, 100.0f, 0.1f);
    assert_int_equal(at(im, 0, 0), 255);
    int y0 = (int)lrintf(9.0f * 100.0f / 72.0f); /* 90 - 9 - 72 points above it */
    for (int k = 0; k < N * N; k++)
        assert_int_equal(at(im, 25 + k % N, y0 + k / N), bytes[k]);
    recto_image_free(im);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void strips_of_a_scan_are_drawn_at_their_resolution(void **state)
{
    (void)state;
    uint8_t bytes[150 * 40];
    memset(bytes, 128, sizeof bytes);
    pdf_build b;
    recto_source *s =
        image_page(&b,
                   "q 108 0 0 28.8 0 57.6 cm /Im Do Q q 108 0 0 28.8 0 28.8 cm /Im Do "
                   "Q q 108 0 0 28.8 0 0 cm /Im Do Q",
                   "/CropBox [0 0 108 86.4]",
                   "/Type /XObject /Subtype /Image /Width 150 /Height 40 "
                   "/ColorSpace /DeviceGray /BitsPerComponent 8",
                   bytes, sizeof bytes);
    recto_source_facts f;
    recto_layout l;
    recto_error err;
    recto_arena *keep = recto_arena_new(0, 0);
    assert_int_equal(recto_source_page_scan(&f, &l, s, 0, 72.0f, keep, &err), RECTO_OK);
    assert_false(f.single_image);
    assert_int_equal(f.n_images, 3);
    assert_true(f.image_cover > 0.98f);
    assert_int_equal(l.n_pictures, 1);
    recto_image *im = pixels_of(s);
    assert_int_equal(im->width, 150);
    assert_int_equal(im->height, 120);
    assert_float_equal(im->dpi, 100.0f, 0.1f);
    assert_int_equal(at(im, 75, 60), 128);
    recto_image_free(im);
    recto_arena_free(keep);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void an_image_beside_text_is_drawn_with_it(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s =
        gray_page(&b, "q 600 0 0 360 0 0 cm /Im Do Q BT /F1 200 Tf 20 500 Td (Hi) Tj ET", "");
    recto_source_facts f;
    recto_error err;
    assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_OK);
    assert_false(f.single_image);
    assert_int_equal(f.n_images, 1);
    recto_image *im = pixels_of(s);
    assert_int_equal(im->width, 2500);
    assert_float_equal(im->dpi, 300.0f, 0.01f);
    assert_int_equal(at(im, 170, 1000), 0); /* in the stem of H */
    assert_int_equal(at(im, 2400, 100), 255);
    recto_image_free(im);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void an_old_layer_does_not_make_a_scan_a_text_page(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s = gray_page(
        &b, "BT 3 Tr /F1 20 Tf 20 500 Td (old words) Tj ET q 600 0 0 800 0 0 cm /Im Do Q", "");
    recto_source_facts f;
    recto_error err;
    assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_OK);
    assert_true(f.single_image);
    assert_int_equal(f.n_chars, 0);
    assert_int_equal(f.n_chars_hidden, 8);
    recto_source_close(s);
    recto_buf_free(&b.out);
    /* the same with visible words under the picture */
    s = gray_page(&b, "BT /F1 20 Tf 20 500 Td (old words) Tj ET q 600 0 0 800 0 0 cm /Im Do Q", "");
    assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_OK);
    assert_true(f.single_image);
    assert_int_equal(f.n_chars_hidden, 8);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void too_many_pixels_are_refused_before_they_are_made(void **state)
{
    (void)state;
    pdf_build b = {0};
    pdf_build_page(&b, "BT /F1 20 Tf 20 500 Td (words) Tj ET", "", "");
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, &(recto_source_options){.max_pixels = 1000000});
    recto_image *im = NULL;
    recto_error err = {0};
    assert_int_equal(recto_source_page_pixels(&im, s, 0, &err), RECTO_ERR_LIMIT);
    assert_null(im);
    assert_string_equal(err.msg,
                        "page 1: 2500 x 3334 pixels is over the limit of 1000000 pixels a page");
    assert_int_equal(recto_source_page_picture(&im, s, 0, 300.0f, &err), RECTO_ERR_LIMIT);
    assert_int_equal(recto_source_page_picture(&im, s, 0, 50.0f, &err), RECTO_OK);
    assert_int_equal(im->channels, 3);
    recto_image_free(im);
    recto_source_close(s);
    /* the text does not need pixels */
    s = pdf_build_open(&b, &(recto_source_options){.max_pixels = 1});
    recto_source_facts f;
    assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_OK);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void an_image_that_claims_too_much_is_refused(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s = image_page(&b, "q 600 0 0 800 0 0 cm /Im Do Q", "",
                                 "/Type /XObject /Subtype /Image /Width 30000 /Height 40000 "
                                 "/ColorSpace /DeviceGray /BitsPerComponent 8",
                                 (const uint8_t *)"x", 1);
    recto_image *im = NULL;
    recto_error err = {0};
    assert_int_equal(recto_source_page_pixels(&im, s, 0, &err), RECTO_ERR_LIMIT);
    assert_string_equal(
        err.msg, "page 1: 30000 x 40000 pixels is over the limit of 200000000 pixels a page");
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void pictures_are_in_colour(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s = pdf_build_content(&b, "1 0 0 rg 0 0 600 800 re f");
    recto_image *im = NULL;
    recto_error err = {0};
    assert_int_equal(recto_source_page_picture(&im, s, 0, 36.0f, &err), RECTO_OK);
    assert_int_equal(im->width, 300);
    assert_int_equal(im->height, 400);
    assert_float_equal(im->dpi, 36.0f, 0.01f);
    const uint8_t *px = im->px + 200 * im->stride + 3 * 150;
    assert_true(px[0] > 250 && px[1] < 5 && px[2] < 5);
    recto_image_free(im);
    assert_int_equal(recto_source_page_picture(&im, s, 0, 0.0f, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_source_page_picture(&im, s, 1, 36.0f, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_source_page_pixels(&im, s, -1, &err), RECTO_ERR_ARG);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_image_comes_pixel_for_pixel_in_every_pose),
        cmocka_unit_test(the_page_s_own_rotation_is_applied),
        cmocka_unit_test(stencils_colours_and_bits_become_grey),
        cmocka_unit_test(a_stencil_scan_is_read_at_its_resolution),
        cmocka_unit_test(an_image_with_margins_keeps_its_place_on_the_page),
        cmocka_unit_test(strips_of_a_scan_are_drawn_at_their_resolution),
        cmocka_unit_test(an_image_beside_text_is_drawn_with_it),
        cmocka_unit_test(an_old_layer_does_not_make_a_scan_a_text_page),
        cmocka_unit_test(too_many_pixels_are_refused_before_they_are_made),
        cmocka_unit_test(an_image_that_claims_too_much_is_refused),
        cmocka_unit_test(pictures_are_in_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
