/* Protects the readers of image files end to end: every format and variant of tests/data/image
 * (made by make_fixtures.py) gives the same picture; cut off or damaged files give one error and
 * never half a picture. */
#include "core/file.h"
#include "vision/source_backend.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t colors[2][3][3] = {
    {{200, 0, 0}, {255, 255, 255}, {0, 0, 0}},
    {{255, 255, 255}, {128, 128, 128}, {0, 0, 255}},
};
static const int grays[2][3] = {{60, 255, 0}, {255, 128, 30}};
static const int bits[2][3] = {{0, 255, 0}, {255, 255, 0}};

static const recto_source_options defaults = {.dpi = 300, .max_pixels = 200000000};

static void load(recto_bytes *out, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/image/%s", getenv("RECTO_TEST_DATA"), name);
    assert_int_equal(recto_bytes_read(out, path, 0, NULL), RECTO_OK);
}

/* Does the picture show the six blocks?  Compares the middle of each; lossy formats may be a little
 * off. */
static bool is_the_picture(const recto_image *im, const char *name)
{
    const int tolerance = 6;
    int block_w = im->width / 3;
    int block_h = im->height / 2;
    for (int row = 0; row < 2; row++)
        for (int col = 0; col < 3; col++) {
            const uint8_t *p = im->px + (size_t)(block_h * row + block_h / 2) * im->stride +
                               (size_t)((block_w * col + block_w / 2) * im->channels);
            for (int c = 0; c < im->channels; c++) {
                int want = strncmp(name, "bits", 4) == 0         ? bits[row][col]
                           : im->channels == 3 && name[0] == 'r' ? colors[row][col][c]
                                                                 : grays[row][col];
                if (abs(p[c] - want) > tolerance) {
                    print_message("%s: block %d,%d channel %d of %d is %d, not %d\n", name, row,
                                  col, c, im->channels, p[c], want);
                    return false;
                }
            }
        }
    return true;
}

static recto_status first_page(recto_image **out, const uint8_t *bytes, size_t size, bool color,
                               recto_error *err)
{
    recto_source_opened doc;
    *out = NULL;
    recto_status st = recto_source_image_open(&doc, bytes, size, &defaults, err);
    if (st != RECTO_OK)
        return st;
    st = color ? doc.backend->picture(out, doc.self, 0, 0, err)
               : doc.backend->pixels(out, doc.self, 0, err);
    doc.backend->close(doc.self);
    return st;
}

/* Calls fn for every fixture of one picture; returns how many there were. */
static int each_fixture(int (*fn)(const char *name, const recto_bytes *b))
{
    char folder[1024];
    int n = 0;
    int bad = 0;
    snprintf(folder, sizeof folder, "%s/image", getenv("RECTO_TEST_DATA"));
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (strncmp(e->d_name, "rgb", 3) != 0 && strncmp(e->d_name, "gray", 4) != 0 &&
            strncmp(e->d_name, "bits", 4) != 0)
            continue;
        recto_bytes b;
        load(&b, e->d_name);
        bad += fn(e->d_name, &b);
        recto_bytes_close(&b);
        n++;
    }
    closedir(d);
    assert_int_equal(bad, 0);
    return n;
}

static int check_reads(const char *name, const recto_bytes *b)
{
    int bad = 0;
    for (int color = 0; color <= 1; color++) {
        recto_error err = {0};
        recto_image *im;
        if (!recto_source_image_probe(b->data, b->size) ||
            first_page(&im, b->data, b->size, color, &err) != RECTO_OK) {
            print_message("%s: %s\n", name, err.msg);
            return 1;
        }
        bad += !is_the_picture(im, name);
        bad += im->width != 48 || (im->height != 32 && strcmp(name, "bits-g3.tif") != 0);
        recto_image_free(im);
    }
    return bad;
}

static void every_format_gives_the_same_picture(void **state)
{
    (void)state;
    assert_in_range(each_fixture(check_reads), 50, 200);
}

/* A prefix must fail, or be the whole picture (bytes that do not matter were cut off). */
static int check_truncations(const char *name, const recto_bytes *b)
{
    size_t step = b->size / 60 + 1;
    int bad = 0;
    for (size_t n = 0; n < b->size; n += step) {
        uint8_t *part = malloc(n + 1); /* its own block, so that a read past the end is seen */
        memcpy(part, b->data, n);
        recto_error err = {0};
        recto_image *im;
        recto_status st = first_page(&im, part, n, true, &err);
        free(part);
        if (st == RECTO_OK ? !is_the_picture(im, name)
                           : st != RECTO_ERR_FORMAT || err.msg[0] == '\0' || im != NULL) {
            print_message("%s cut to %zu of %zu bytes: status %d %s\n", name, n, b->size, st,
                          err.msg);
            bad++;
        }
        recto_image_free(im);
    }
    return bad;
}

static void a_cut_off_file_is_never_half_a_picture(void **state)
{
    (void)state;
    each_fixture(check_truncations);
}

/* Any byte changed: no crash (the sanitizers look), and an error has a message. */
static int check_changes(const char *name, const recto_bytes *b)
{
    (void)name;
    uint8_t *changed = malloc(b->size);
    size_t step = b->size / 80 + 1;
    int bad = 0;
    for (size_t at = 0; at < b->size; at += at < 64 ? 1 : step) {
        memcpy(changed, b->data, b->size);
        changed[at] ^= 0xff;
        recto_error err = {0};
        recto_image *im;
        recto_status st = first_page(&im, changed, b->size, false, &err);
        bad += st != RECTO_OK && (err.msg[0] == '\0' || im != NULL);
        recto_image_free(im);
    }
    free(changed);
    return bad;
}

static void a_changed_byte_does_no_harm(void **state)
{
    (void)state;
    each_fixture(check_changes);
}

static void tiff_pages_come_in_order_and_fail_alone(void **state)
{
    (void)state;
    recto_bytes b;
    recto_source_opened doc;
    load(&b, "pages3.tif");
    uint8_t *copy = malloc(b.size);
    memcpy(copy, b.data, b.size);
    assert_int_equal(recto_source_image_open(&doc, copy, b.size, &defaults, NULL), RECTO_OK);
    assert_int_equal(doc.backend->page_count(doc.self), 3);
    assert_string_equal(doc.backend->metadata(doc.self)->format, "tiff");
    static const char *const kind[3] = {"bits", "gray", "rgb"};
    for (int i = 2; i >= 0; i--) {
        recto_image *im;
        assert_int_equal(doc.backend->picture(&im, doc.self, i, 0, NULL), RECTO_OK);
        assert_true(is_the_picture(im, kind[i]));
        recto_image_free(im);
    }
    doc.backend->close(doc.self);
    free(copy);
    recto_bytes_close(&b);
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t take32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void a_broken_first_tiff_page_does_not_cost_the_others(void **state)
{
    (void)state;
    recto_bytes b;
    recto_source_opened doc;
    recto_image *im;
    load(&b, "pages3.tif");
    uint8_t *copy = malloc(b.size);
    memcpy(copy, b.data, b.size);
    uint8_t *entry = copy + take32(copy + 4) + 2;
    for (; entry[0] != 0x11 || entry[1] != 0x01; entry += 12) { /* to the strip offsets, tag 273 */
    }
    put32(entry + 8, 0xfffffff0u);
    assert_int_equal(recto_source_image_open(&doc, copy, b.size, &defaults, NULL), RECTO_OK);
    recto_error err;
    assert_int_equal(doc.backend->pixels(&im, doc.self, 0, &err), RECTO_ERR_FORMAT);
    assert_int_equal(doc.backend->picture(&im, doc.self, 2, 0, &err), RECTO_OK);
    assert_true(is_the_picture(im, "rgb"));
    recto_image_free(im);
    doc.backend->close(doc.self);
    free(copy);
    recto_bytes_close(&b);
}

static void a_tiff_chain_that_bites_its_tail_ends(void **state)
{
    (void)state;
    recto_bytes b;
    recto_source_opened doc;
    load(&b, "bits-lzw.tif");
    uint8_t *copy = malloc(b.size);
    memcpy(copy, b.data, b.size);
    uint32_t first = take32(copy + 4);
    unsigned n_entries = copy[first] | (unsigned)copy[first + 1] << 8;
    put32(copy + first + 2 + 12 * n_entries, first);
    assert_int_equal(recto_source_image_open(&doc, copy, b.size, &defaults, NULL), RECTO_OK);
    assert_int_equal(doc.backend->page_count(doc.self), 1);
    doc.backend->close(doc.self);
    /* a chain that leaves the file is one more page, with an error */
    put32(copy + first + 2 + 12 * n_entries, 0x7ffffff0u);
    assert_int_equal(recto_source_image_open(&doc, copy, b.size, &defaults, NULL), RECTO_OK);
    assert_int_equal(doc.backend->page_count(doc.self), 2);
    recto_image *im;
    recto_error err;
    assert_int_equal(doc.backend->pixels(&im, doc.self, 1, &err), RECTO_ERR_FORMAT);
    assert_non_null(strstr(err.msg, "truncated"));
    doc.backend->close(doc.self);
    free(copy);
    recto_bytes_close(&b);
}

static int check_limit(const char *name, const recto_bytes *b)
{
    recto_source_options small = {.dpi = 300, .max_pixels = 48 * 32 - 1};
    recto_source_opened doc;
    recto_error err;
    recto_image *im;
    if (recto_source_image_open(&doc, b->data, b->size, &small, &err) != RECTO_OK)
        return 1;
    recto_status st = doc.backend->pixels(&im, doc.self, 0, &err);
    doc.backend->close(doc.self);
    if (st == RECTO_ERR_LIMIT && strstr(err.msg, "pixels is over the limit of 1535") != NULL)
        return 0;
    print_message("%s: status %d %s\n", name, st, err.msg);
    return 1;
}

static void every_format_keeps_to_the_pixel_limit(void **state)
{
    (void)state;
    each_fixture(check_limit);
}

static void a_fax_gets_square_pixels(void **state)
{
    (void)state;
    recto_bytes b;
    recto_image *im;
    load(&b, "bits-g3.tif");
    assert_int_equal(first_page(&im, b.data, b.size, false, NULL), RECTO_OK);
    assert_int_equal(im->width, 48);
    assert_int_equal(im->height, 67); /* 32 * 204 / 98 */
    assert_float_equal(im->dpi, 204, 0.1);
    recto_image_free(im);
    recto_bytes_close(&b);
}

static void facts_and_pixels_agree(void **state)
{
    (void)state;
    recto_bytes b;
    recto_source_opened doc;
    recto_source_facts facts;
    recto_layout layout;
    recto_image *im;
    load(&b, "rgb.jpg");
    assert_int_equal(recto_source_image_open(&doc, b.data, b.size, &defaults, NULL), RECTO_OK);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(doc.backend->scan(&facts, &layout, doc.self, 0, 150, false, NULL, NULL),
                         RECTO_OK);
        assert_int_equal(facts.image_w, 48);
        assert_float_equal(facts.width_pt, 48 * 72 / 150.0f, 0.01);
        assert_float_equal(layout.height, 32, 0.01);
        assert_int_equal(layout.n_lines, 0);
        assert_int_equal(doc.backend->pixels(&im, doc.self, 0, NULL), RECTO_OK);
        assert_int_equal(im->channels, 1);
        assert_float_equal(im->dpi, 150, 0.1);
        recto_image_free(im);
    }
    doc.backend->close(doc.self);
    recto_bytes_close(&b);
}

static void other_bytes_are_no_image(void **state)
{
    (void)state;
    static const char *const others[] = {"",   "B",   "BM is a word", "%PDF-1.4", "P",
                                         "P5", "Pal", "GIF",          "II",       "{\"a\": 1}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        recto_source_opened doc;
        const uint8_t *bytes = (const uint8_t *)others[i];
        assert_false(recto_source_image_probe(bytes, strlen(others[i])));
        assert_int_equal(recto_source_image_open(&doc, bytes, strlen(others[i]), &defaults, NULL),
                         RECTO_ERR_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_gives_the_same_picture),
        cmocka_unit_test(a_cut_off_file_is_never_half_a_picture),
        cmocka_unit_test(a_changed_byte_does_no_harm),
        cmocka_unit_test(tiff_pages_come_in_order_and_fail_alone),
        cmocka_unit_test(a_broken_first_tiff_page_does_not_cost_the_others),
        cmocka_unit_test(a_tiff_chain_that_bites_its_tail_ends),
        cmocka_unit_test(every_format_keeps_to_the_pixel_limit),
        cmocka_unit_test(a_fax_gets_square_pixels),
        cmocka_unit_test(facts_and_pixels_agree),
        cmocka_unit_test(other_bytes_are_no_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
