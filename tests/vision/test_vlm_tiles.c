/* Protects what the vision encoder sees: the reference's choice of a grid (ties included), Pillow's
 * bicubic to the byte, the tiles' floats to the bit, and the rule for pages.
 * The expectations are made by tools/make_pixel_fixtures.py with Pillow and the reference. */
#include "check.h"
#include "core/file.h"
#include "core/hash.h"
#include "vision/tiles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOISE, SMOOTH, INK };

static const recto_tiles_rule plain = {
    .min_tiles = 1,
    .max_tiles = 12,
    .size = 448,
    .thumbnail = true,
    .mean = {0.485f, 0.456f, 0.406f},
    .std = {0.229f, 0.224f, 0.225f},
};

/* Lines of a fixture without its comments, one a call; NULL at the end.  *text NULL opens it. */
static char *next_line(char **text, char **at, const char *name)
{
    if (*text == NULL) {
        const char *folder = getenv("RECTO_TEST_DATA");
        recto_bytes bytes = {0};
        char path[1024];
        snprintf(path, sizeof path, "%s/vlm/pixels/%s", folder ? folder : "tests/data", name);
        assert_int_equal(recto_bytes_read(&bytes, path, 0, NULL), RECTO_OK);
        *at = *text = calloc(bytes.size + 1, 1);
        memcpy(*text, bytes.data, bytes.size);
        recto_bytes_close(&bytes);
    }
    while (**at != '\0') {
        char *line = *at;
        *at += strcspn(line, "\n");
        if (**at == '\n')
            *(*at)++ = '\0';
        if (line[0] != '#')
            return line;
    }
    free(*text);
    return NULL;
}

/* As draw() of the script; rows may be wider than the picture. */
static recto_image *draw(int kind, uint32_t seed, int width, int height, int channels)
{
    recto_image *im = NULL;
    uint32_t state = seed;
    assert_int_equal(recto_image_new(&im, width, height, channels, NULL), RECTO_OK);
    for (int y = 0; y < height; y++) {
        for (int i = 0; i < width * channels; i++) {
            const int x = i / channels;
            const int c = i % channels;
            uint8_t *px = im->px + (size_t)y * im->stride + (size_t)i;
            state = state * 1664525u + 1013904223u;
            if (kind == SMOOTH)
                *px = (uint8_t)((x * x / 3 + (int)seed * y + 40 * c) >> 2);
            else
                *px = (uint8_t)(kind == NOISE ? state >> 24 : (state >> 31) * 255);
        }
    }
    return im;
}

static void assert_hash(const void *bytes, size_t n, const char *want, const char *line)
{
    char hex[RECTO_SHA256_HEX];
    recto_sha256(hex, bytes, n);
    hex[16] = '\0';
    if (strcmp(hex, want) != 0)
        fail_msg("%s: made %s", line, hex);
}

/* --- the grid --------------------------------------------------------------------------------- */

static void tiles_grid_equals_reference(void **state)
{
    char *text = NULL;
    char *at;
    const char *line;
    int n = 0;
    (void)state;
    while ((line = next_line(&text, &at, "grids.txt")) != NULL) {
        recto_tiles_rule rule = plain;
        int width;
        int height;
        recto_tiles_grid want;
        assert_int_equal(sscanf(line, "%d %d %d %d %d %d", &width, &height, &rule.min_tiles,
                                &rule.max_tiles, &want.cols, &want.rows),
                         6);
        const recto_tiles_grid got = recto_tiles_choose(width, height, &rule);
        if (got.cols != want.cols || got.rows != want.rows)
            fail_msg("%s: chose %d %d", line, got.cols, got.rows);
        n++;
    }
    assert_true(n > 500);
}

static void tiles_thumbnail_only_beside_several(void **state)
{
    recto_tiles_rule rule = plain;
    (void)state;
    assert_int_equal(recto_tiles_count((recto_tiles_grid){1, 1}, &rule), 1);
    assert_int_equal(recto_tiles_count((recto_tiles_grid){1, 2}, &rule), 3);
    assert_int_equal(recto_tiles_count((recto_tiles_grid){3, 4}, &rule), 13);
    rule.thumbnail = false;
    assert_int_equal(recto_tiles_count((recto_tiles_grid){1, 2}, &rule), 2);
}

static void tiles_choose_stands_the_ends_of_its_range(void **state)
{
    recto_tiles_rule rule = plain;
    recto_tiles_grid g = recto_tiles_choose(0, 100, &rule);
    (void)state;
    assert_true(g.cols == 1 && g.rows == 1);
    rule.min_tiles = rule.max_tiles = RECTO_TILES_MAX;
    g = recto_tiles_choose(INT32_MAX, 1, &rule);
    assert_true(g.cols == RECTO_TILES_MAX && g.rows == 1);
    g = recto_tiles_choose(1, INT32_MAX, &rule);
    assert_true(g.cols == 1 && g.rows == RECTO_TILES_MAX);
    g = recto_tiles_choose(INT32_MAX, INT32_MAX, &rule);
    assert_true(g.cols == 8 && g.rows == 8);
}

/* Grid that a page gets, and the least tiles it asked for. */
static int page_min(int width, int height, const recto_tiles_rule *rule, recto_tiles_grid *grid)
{
    const recto_tiles_rule page = recto_tiles_for_page(width, height, rule);
    assert_int_equal(page.max_tiles, rule->max_tiles);
    *grid = recto_tiles_choose(width, height, &page);
    return page.min_tiles;
}

static void tiles_page_of_a4_gets_enough_pixels(void **state)
{
    static const int a4[][2] = {{1240, 1754}, {1654, 2339}, {2480, 3508}, {4961, 7016}};
    recto_tiles_grid g;
    (void)state;
    /* 1240 x 1754 is 1.81 times 2x3 tiles: left alone */
    assert_int_equal(page_min(a4[0][0], a4[0][1], &plain, &g), 1);
    assert_true(g.cols == 2 && g.rows == 3);
    for (int i = 1; i < 4; i++) {
        assert_int_equal(page_min(a4[i][0], a4[i][1], &plain, &g), 8);
        assert_true(g.cols == 3 && g.rows == 4);
        /* on its side 4x3 is nearer than 3x2 anyway */
        assert_int_equal(page_min(a4[i][1], a4[i][0], &plain, &g), 1);
        assert_true(g.cols == 4 && g.rows == 3);
    }
    /* Letter has 3x4 of itself, a screen shot is small */
    assert_int_equal(page_min(2550, 3300, &plain, &g), 1);
    assert_true(g.cols == 3 && g.rows == 4);
    assert_int_equal(page_min(595, 842, &plain, &g), 1);
}

static void tiles_page_rule_keeps_the_limits(void **state)
{
    recto_tiles_rule rule = plain;
    recto_tiles_grid g;
    (void)state;
    rule.max_tiles = 6;
    assert_int_equal(page_min(2480, 3508, &rule, &g), 6);
    assert_true(g.cols == 2 && g.rows == 3);
    rule.max_tiles = 1;
    assert_int_equal(page_min(2480, 3508, &rule, &g), 1);
    rule = plain;
    rule.min_tiles = 7; /* 7 of itself: 1x7 or 2x4 */
    assert_int_equal(page_min(2480, 3508, &rule, &g), 7);
    assert_true(g.cols == 3 && g.rows == 4);
    /* exactly half is not less than half */
    assert_int_equal(page_min(448, 5 * 448 * 2, &(recto_tiles_rule){1, 5, 448, true, {0}, {0}}, &g),
                     1);
    assert_int_equal(
        page_min(448, 5 * 448 * 2 + 1, &(recto_tiles_rule){1, 5, 448, true, {0}, {0}}, &g), 5);
}

/* --- bicubic ---------------------------------------------------------------------------------- */

static void assert_hex(const recto_image *im, const char *hex, const char *line)
{
    const size_t n = im->stride * (size_t)im->height;
    assert_int_equal(strlen(hex), 2 * n);
    for (size_t i = 0; i < n; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        if (im->px[i] != v)
            fail_msg("%s: byte %zu is %02x", line, i, im->px[i]);
    }
}

static void tiles_bicubic_equals_pillow(void **state)
{
    char *text = NULL;
    char *at;
    const char *line;
    int n = 0;
    (void)state;
    while ((line = next_line(&text, &at, "resize.txt")) != NULL) {
        int kind, width, height, channels, to_width, to_height;
        unsigned seed;
        char hash[20];
        char full[128];
        recto_image *made = NULL;
        assert_int_equal(sscanf(line, "%d %u %d %d %d %d %d %19s %127s", &kind, &seed, &width,
                                &height, &channels, &to_width, &to_height, hash, full),
                         9);
        recto_image *im = draw(kind, seed, width, height, channels);
        assert_int_equal(recto_image_bicubic(&made, im, to_width, to_height, NULL), RECTO_OK);
        assert_int_equal(made->width, to_width);
        assert_int_equal(made->height, to_height);
        assert_int_equal(made->channels, channels);
        if (full[0] != '-')
            assert_hex(made, full, line);
        assert_hash(made->px, made->stride * (size_t)made->height, hash, line);
        recto_image_free(made);
        recto_image_free(im);
        n++;
    }
    assert_true(n > 200);
}

/* Rows that lie apart give what rows side by side give. */
static void tiles_bicubic_minds_the_stride(void **state)
{
    static const int targets[][2] = {{13, 9}, {20, 9}, {13, 31}, {20, 31}, {5, 4}};
    recto_image *im = draw(NOISE, 3, 20, 31, 3);
    recto_image *wide = draw(INK, 4, 27, 31, 3);
    (void)state;
    for (int y = 0; y < 31; y++)
        memcpy(wide->px + (size_t)y * wide->stride, im->px + (size_t)y * im->stride, 60);
    wide->width = 20;
    wide->dpi = 300.0f;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        recto_image *a = NULL;
        recto_image *b = NULL;
        assert_int_equal(recto_image_bicubic(&a, im, targets[i][0], targets[i][1], NULL), 0);
        assert_int_equal(recto_image_bicubic(&b, wide, targets[i][0], targets[i][1], NULL), 0);
        assert_memory_equal(a->px, b->px, a->stride * (size_t)a->height);
        assert_float_equal(b->dpi, 300.0, 0.0);
        recto_image_free(a);
        recto_image_free(b);
    }
    recto_image_free(im);
    recto_image_free(wide);
}

static void tiles_bicubic_refuses_sizes(void **state)
{
    recto_image *im = draw(NOISE, 1, 4, 4, 3);
    recto_image *made = im;
    recto_error err = {0};
    (void)state;
    assert_int_equal(recto_image_bicubic(&made, im, 0, 4, &err), RECTO_ERR_ARG);
    assert_null(made);
    assert_int_equal(recto_image_bicubic(&made, im, 4, -1, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_image_bicubic(&made, im, INT32_MAX, 1, &err), RECTO_ERR_LIMIT);
    assert_int_equal(recto_image_bicubic(&made, im, 1, (1 << 24) + 1, &err), RECTO_ERR_LIMIT);
    assert_int_equal(recto_image_bicubic(&made, im, 40000, 40000, &err), RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "40000"));
    assert_null(made);
    recto_image_free(im);
}

/* --- tiles ------------------------------------------------------------------------------------ */

static void tiles_floats_equal_reference(void **state)
{
    char *text = NULL;
    char *at;
    const char *line;
    int n = 0;
    (void)state;
    while ((line = next_line(&text, &at, "tiles.txt")) != NULL) {
        recto_tiles_rule rule = plain;
        int kind, width, height, channels, n_tiles;
        unsigned seed;
        unsigned bits[3];
        char hash[20];
        float *made = NULL;
        assert_int_equal(sscanf(line, "%d %u %d %d %d %d %d %d %d %19s %x %x %x", &kind, &seed,
                                &width, &height, &channels, &rule.size, &rule.min_tiles,
                                &rule.max_tiles, &n_tiles, hash, &bits[0], &bits[1], &bits[2]),
                         13);
        recto_image *im = draw(kind, seed, width, height, channels);
        const recto_tiles_grid grid = recto_tiles_choose(width, height, &rule);
        const size_t total = (size_t)n_tiles * 3 * (size_t)(rule.size * rule.size);
        const size_t places[3] = {0, total / 2 + 1, total - 1};
        assert_int_equal(recto_tiles_count(grid, &rule), n_tiles);
        assert_int_equal(recto_tiles_cut(&made, im, grid, &rule, NULL), RECTO_OK);
        for (int i = 0; i < 3; i++) {
            uint32_t got;
            memcpy(&got, &made[places[i]], sizeof got);
            if (got != bits[i])
                fail_msg("%s: number %zu is %08x", line, places[i], (unsigned)got);
        }
        assert_hash(made, total * sizeof *made, hash, line);
        free(made);
        recto_image_free(im);
        n++;
    }
    assert_true(n > 10);
}

/* Without a thumbnail the tiles are the same, and end there. */
static void tiles_cut_leaves_the_thumbnail_out(void **state)
{
    recto_tiles_rule rule = plain;
    const recto_tiles_grid grid = {3, 2};
    const size_t tile = 3 * 28 * 28;
    recto_image *im = draw(SMOOTH, 5, 90, 61, 3);
    float *with = NULL;
    float *without = NULL;
    (void)state;
    rule.size = 28;
    assert_int_equal(recto_tiles_cut(&with, im, grid, &rule, NULL), RECTO_OK);
    rule.thumbnail = false;
    assert_int_equal(recto_tiles_count(grid, &rule), 6);
    assert_int_equal(recto_tiles_cut(&without, im, grid, &rule, NULL), RECTO_OK);
    assert_memory_equal(with, without, 6 * tile * sizeof *with);
    free(with);
    free(without);
    recto_image_free(im);
}

static void tiles_grey_counts_as_three_equal_channels(void **state)
{
    recto_tiles_rule rule = plain;
    recto_image *grey = draw(NOISE, 5, 50, 33, 1);
    recto_image *rgb = draw(NOISE, 5, 50, 33, 3);
    float *a = NULL;
    float *b = NULL;
    (void)state;
    rule.size = 14;
    for (size_t i = 0; i < 3 * 50 * 33; i++)
        rgb->px[i] = grey->px[i / 3];
    assert_int_equal(recto_tiles_cut(&a, grey, (recto_tiles_grid){2, 2}, &rule, NULL), RECTO_OK);
    assert_int_equal(recto_tiles_cut(&b, rgb, (recto_tiles_grid){2, 2}, &rule, NULL), RECTO_OK);
    assert_memory_equal(a, b, 5 * 3 * 14 * 14 * sizeof *a);
    free(a);
    free(b);
    recto_image_free(grey);
    recto_image_free(rgb);
}

static void tiles_cut_refuses_sizes(void **state)
{
    recto_tiles_rule rule = plain;
    recto_image *im = draw(NOISE, 1, 4, 4, 3);
    float *made = (float *)im->px;
    recto_error err = {0};
    (void)state;
    assert_int_equal(recto_tiles_cut(&made, im, (recto_tiles_grid){0, 1}, &rule, &err),
                     RECTO_ERR_ARG);
    assert_null(made);
    rule.size = 0;
    assert_int_equal(recto_tiles_cut(&made, im, (recto_tiles_grid){1, 1}, &rule, &err),
                     RECTO_ERR_ARG);
    rule.size = 20000;
    assert_int_equal(recto_tiles_cut(&made, im, (recto_tiles_grid){2, 1}, &rule, &err),
                     RECTO_ERR_LIMIT);
    rule.size = INT32_MAX;
    assert_int_equal(recto_tiles_cut(&made, im, (recto_tiles_grid){INT32_MAX, 1}, &rule, &err),
                     RECTO_ERR_LIMIT);
    rule.size = 30000; /* a picture over 2 GiB */
    assert_int_not_equal(recto_tiles_cut(&made, im, (recto_tiles_grid){1, 1}, &rule, &err),
                         RECTO_OK);
    assert_null(made);
    recto_image_free(im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_grid_equals_reference),
        cmocka_unit_test(tiles_thumbnail_only_beside_several),
        cmocka_unit_test(tiles_choose_stands_the_ends_of_its_range),
        cmocka_unit_test(tiles_page_of_a4_gets_enough_pixels),
        cmocka_unit_test(tiles_page_rule_keeps_the_limits),
        cmocka_unit_test(tiles_bicubic_equals_pillow),
        cmocka_unit_test(tiles_bicubic_minds_the_stride),
        cmocka_unit_test(tiles_bicubic_refuses_sizes),
        cmocka_unit_test(tiles_floats_equal_reference),
        cmocka_unit_test(tiles_cut_leaves_the_thumbnail_out),
        cmocka_unit_test(tiles_grey_counts_as_three_equal_channels),
        cmocka_unit_test(tiles_cut_refuses_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
