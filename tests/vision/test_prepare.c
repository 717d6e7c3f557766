/* Protects page preparation: skew within 0.3 degrees, quarter turns, the affine back to the input,
 * the ink mask under uneven light, borders and specks taken out and full stops kept, blank pages.
 * Pages are samples/ at half size, or drawn here. */
#include "core/file.h"
#include "vision/prepare.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const recto_prepare_options all_steps = {.orient = true, .deskew = true};
static const recto_prepare_options no_steps = {.orient = false, .deskew = false};

/* --- pages --------------------------------------------------------------------------------------
 */

/* A sample at a share of its size, grey. */
static recto_image *sample(const char *name, int percent)
{
    char path[1024];
    recto_bytes bytes;
    recto_image *im;
    recto_image *small;
    const recto_image_read_options opt = {.gray = true};
    snprintf(path, sizeof path, "%s/%s", getenv("RECTO_SAMPLES"), name);
    assert_int_equal(recto_bytes_read(&bytes, path, 0, NULL), RECTO_OK);
    recto_status st = strstr(name, ".png") != NULL
                          ? recto_image_png_read(&im, bytes.data, bytes.size, &opt, NULL)
                          : recto_image_jpeg_read(&im, bytes.data, bytes.size, &opt, NULL);
    assert_int_equal(st, RECTO_OK);
    recto_bytes_close(&bytes);
    assert_int_equal(
        recto_image_scale(&small, im, im->width * percent / 100, im->height * percent / 100, NULL),
        RECTO_OK);
    small->dpi = im->dpi * (float)percent / 100;
    recto_image_free(im);
    return small;
}

static recto_image *paper(int width, int height, int level, float dpi)
{
    recto_image *im;
    assert_int_equal(recto_image_new(&im, width, height, 1, NULL), RECTO_OK);
    memset(im->px, level, im->stride * (size_t)height);
    im->dpi = dpi;
    return im;
}

static uint8_t *at(const recto_image *im, int x, int y)
{
    return im->px + (size_t)y * im->stride + (size_t)x;
}

static float linear_at(const recto_image *im, float x, float y, float outside)
{
    int x0 = (int)floorf(x);
    int y0 = (int)floorf(y);
    if (x0 < 0 || y0 < 0 || x0 + 1 >= im->width || y0 + 1 >= im->height)
        return outside;
    float u = x - (float)x0;
    float v = y - (float)y0;
    return (1 - v) * ((1 - u) * *at(im, x0, y0) + u * *at(im, x0 + 1, y0)) +
           v * ((1 - u) * *at(im, x0, y0 + 1) + u * *at(im, x0 + 1, y0 + 1));
}

/* The page turned clockwise by a small angle around its middle. */
static recto_image *skewed(const recto_image *im, float deg)
{
    recto_image *out = paper(im->width, im->height, 255, im->dpi);
    float c = cosf(deg * 0.01745329f);
    float s = sinf(deg * 0.01745329f);
    float mx = 0.5f * (float)im->width;
    float my = 0.5f * (float)im->height;
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            float dx = (float)x - mx;
            float dy = (float)y - my;
            *at(out, x, y) =
                (uint8_t)(linear_at(im, mx + c * dx + s * dy, my - s * dx + c * dy, 255) + 0.5f);
        }
    return out;
}

static void box(recto_image *im, int x0, int y0, int x1, int y1, int level)
{
    for (int y = y0; y < y1; y++)
        memset(at(im, x0, y), level, (size_t)(x1 - x0));
}

static void disc(recto_image *im, float cx, float cy, float radius, int level)
{
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++)
            if (hypotf((float)x - cx, (float)y - cy) < radius)
                *at(im, x, y) = (uint8_t)level;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* About normal noise from four uniform numbers. */
static void add_noise(recto_image *im, float deviation)
{
    uint32_t state = 1;
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            float sum = 0;
            for (int k = 0; k < 4; k++)
                sum += (float)(next_random(&state) & 1023) / 1023.0f - 0.5f;
            float v = (float)*at(im, x, y) + sum * 1.732f * deviation;
            *at(im, x, y) = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
}

static recto_prepared *prepare(const recto_image *im, const recto_prepare_options *opt)
{
    recto_prepared *p;
    recto_error err = {0};
    if (recto_prepare(&p, im, opt, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(p->gray->width, p->ink->width);
    assert_int_equal(p->gray->height, p->ink->height);
    assert_true(p->gray->dpi > 0);
    return p;
}

static long ink_in(const recto_mask *m, int x0, int y0, int x1, int y1)
{
    long n = 0;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            assert_true(m->px[(size_t)y * m->stride + (size_t)x] <= 1);
            n += m->px[(size_t)y * m->stride + (size_t)x];
        }
    return n;
}

static long all_ink(const recto_mask *m)
{
    return ink_in(m, 0, 0, m->width, m->height);
}

/* --- skew and turns ------------------------------------------------------------------------------
 */

static void skew_is_found_within_three_tenths_of_a_degree(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int percent;
        float own_deg; /* the sample's own skew, as drawn by tools/make_samples.py */
    } pages[] = {
        {"letter.png", 50, -0.7f}, {"two-columns.png", 50, 0.4f}, {"receipt.jpg", 60, -1.2f}};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        recto_image *im = sample(pages[i].name, pages[i].percent);
        for (float deg = -5; deg <= 5; deg += 1.25f) {
            recto_image *turned = skewed(im, deg);
            recto_prepared *p = prepare(turned, &all_steps);
            float residue = deg + pages[i].own_deg - p->skew_deg;
            if (fabsf(residue) > 0.3f || p->turned_deg != 0)
                fail_msg("%s at %.2f: found %.2f, turned %d", pages[i].name, (double)deg,
                         (double)p->skew_deg, p->turned_deg);
            recto_prepared_free(p);
            recto_image_free(turned);
        }
        recto_image_free(im);
    }
}

static void a_level_page_is_left_as_it_is(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    recto_image *level = skewed(im, 0.7f);
    recto_prepared *p = prepare(level, &all_steps);
    assert_float_equal(p->skew_deg, 0, 0);
    assert_int_equal(p->gray->width, level->width);
    assert_float_equal(p->to_input.a, 1, 0);
    assert_float_equal(p->to_input.e, 0, 0);
    recto_prepared_free(p);
    recto_image_free(level);
    recto_image_free(im);
}

static void a_page_is_turned_upright_or_left(void **state)
{
    (void)state;
    static const char *const pages[] = {"letter.png", "two-columns.png", "receipt.jpg",
                                        "unruled-table.png"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        recto_image *im = sample(pages[i], i == 3 ? 75 : 50);
        for (int turn = 0; turn < 360; turn += 90) {
            recto_image *turned;
            assert_int_equal(recto_image_turn(&turned, im, turn, NULL), RECTO_OK);
            recto_prepared *p = prepare(turned, &all_steps);
            int left = (turn + p->turned_deg) % 360;
            if (left == 180 ? !p->upside_down_unsure : left != 0)
                fail_msg("%s turned by %d was turned by %d (%.2f)", pages[i], turn, p->turned_deg,
                         (double)p->turned_conf);
            if (turn == 0)
                assert_int_equal(p->turned_deg, 0);
            if (i < 2) /* plain text: must be sure */
                assert_false(p->upside_down_unsure);
            recto_prepared_free(p);
            recto_image_free(turned);
        }
        recto_image_free(im);
    }
}

static void steps_that_are_off_are_not_done(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    recto_image *down;
    assert_int_equal(recto_image_turn(&down, im, 180, NULL), RECTO_OK);
    recto_prepared *p = prepare(down, &no_steps);
    assert_int_equal(p->turned_deg, 0);
    assert_float_equal(p->skew_deg, 0, 0);
    recto_prepared_free(p);
    recto_image_free(down);
    recto_image_free(im);
}

/* Mean difference between the prepared page and the input where to_input says, moved by (dx, dy)
 * input px. */
static float mismatch(const recto_prepared *p, const recto_image *im, float dx, float dy)
{
    double sum = 0;
    int n = 0;
    for (int y = p->gray->height / 10; y < p->gray->height / 2; y += 3)
        for (int x = p->gray->width / 10; x < p->gray->width * 9 / 10; x += 3) {
            float u = (float)x + 0.5f;
            float v = (float)y + 0.5f;
            recto_affine_apply(p->to_input, &u, &v);
            sum += (double)fabsf(linear_at(im, u - 0.5f + dx, v - 0.5f + dy, 255) -
                                 (float)*at(p->gray, x, y));
            n++;
        }
    return (float)(sum / n);
}

static void the_affine_leads_back_to_the_input(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    static const float angles[] = {0.7f, -3.3f, 4.7f};
    for (int i = 0; i < 3; i++) {
        recto_image *sloped = skewed(im, angles[i]);
        for (int turn = 0; turn < 360; turn += 90) {
            recto_image *turned;
            assert_int_equal(recto_image_turn(&turned, sloped, turn, NULL), RECTO_OK);
            recto_prepared *p = prepare(turned, &all_steps);
            assert_int_equal((turn + p->turned_deg) % 360, 0);
            float here = mismatch(p, turned, 0, 0);
            static const float moves[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
            for (int k = 0; k < 4; k++)
                if (here * 3 > mismatch(p, turned, moves[k][0], moves[k][1]) || here > 2.5f)
                    fail_msg("angle %.1f turn %d: off by %.2f, moved %.2f", (double)angles[i], turn,
                             (double)here, (double)mismatch(p, turned, moves[k][0], moves[k][1]));
            recto_prepared_free(p);
            recto_image_free(turned);
        }
        recto_image_free(sloped);
    }
    recto_image_free(im);
}

/* --- ink -----------------------------------------------------------------------------------------
 */

static void ink_does_not_depend_on_the_light(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    recto_prepared *even = prepare(im, &no_steps);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) { /* a spine's shadow and a lamp */
            float light =
                0.95f - 0.5f * expf(-(float)x / 90) - 0.25f * (float)y / (float)im->height;
            *at(im, x, y) = (uint8_t)((float)*at(im, x, y) * light);
        }
    recto_prepared *shaded = prepare(im, &no_steps);
    long both = 0;
    long either = 0;
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            size_t i = (size_t)y * even->ink->stride + (size_t)x;
            both += even->ink->px[i] & shaded->ink->px[i];
            either += even->ink->px[i] | shaded->ink->px[i];
        }
    assert_true(either > 10000);
    assert_true((double)both > 0.9 * (double)either);
    /* the paper is even now: near the left edge and in the middle, below the text */
    int y = im->height - 20;
    assert_in_range(abs(*at(shaded->gray, 60, y) - *at(shaded->gray, im->width / 2, y)), 0, 20);
    recto_prepared_free(even);
    recto_prepared_free(shaded);
    recto_image_free(im);
}

static void black_and_white_passes_straight(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    for (size_t i = 0; i < im->stride * (size_t)im->height; i++)
        im->px[i] = im->px[i] < 128 ? 0 : 255;
    recto_prepared *p = prepare(im, &no_steps);
    long changed = 0;
    for (size_t i = 0; i < im->stride * (size_t)im->height; i++)
        changed += p->ink->px[i] != (im->px[i] < 128);
    assert_in_range(changed, 0, 60); /* specks of the sample */
    assert_memory_equal(p->gray->px, im->px, im->stride * (size_t)im->height);
    recto_prepared_free(p);
    recto_image_free(im);
}

static void black_borders_go_and_the_text_stays(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    recto_prepared *clean = prepare(im, &no_steps);
    long text = all_ink(clean->ink);
    for (int sides = 1; sides <= 2; sides++) { /* left and bottom; then all around */
        int w = im->width;
        int h = im->height;
        box(im, 0, 0, 30, h, 12);
        box(im, 0, h - 45, w, h, 8);
        if (sides == 2) {
            box(im, w - 25, 0, w, h, 15);
            box(im, 0, 0, w, 20, 10);
        }
        recto_prepared *p = prepare(im, &no_steps);
        assert_in_range(ink_in(p->ink, 0, 0, 40, h) + ink_in(p->ink, 0, h - 55, w, h), 0, 40);
        assert_true(labs(all_ink(p->ink) - text) < text / 100);
        recto_prepared_free(p);
    }
    recto_prepared_free(clean);
    recto_image_free(im);
}

/* A line of hollow boxes with a full stop after each fourth. */
static void draw_letters(recto_image *im, int x, int y, int n)
{
    for (int i = 0; i < n; i++, x += 18) {
        box(im, x, y, x + 12, y + 20, 20);
        box(im, x + 3, y + 3, x + 9, y + 17, 240);
        if (i % 4 == 3) {
            box(im, x + 15, y + 17, x + 18, y + 20, 20);
            x += 18;
        }
    }
}

static void specks_go_and_full_stops_stay(void **state)
{
    (void)state;
    recto_image *im = paper(1654, 1000, 240, 200);
    for (int line = 0; line < 8; line++)
        draw_letters(im, 200, 200 + 40 * line, 40);
    recto_prepared *p = prepare(im, &no_steps);
    long clean = all_ink(p->ink);
    /* 3 x 3 full stop after the fourth box: x = 200 + 3 * 18 + 15 */
    assert_int_equal(ink_in(p->ink, 269, 217, 272, 220), 9);
    recto_prepared_free(p);
    box(im, 1000, 800, 1004, 804, 20); /* alone: larger than a full stop, and still a speck */
    box(im, 300, 700, 303, 702, 20);
    box(im, 214, 225, 215, 226, 20); /* one pixel between the lines */
    box(im, 2, 500, 6, 540, 20);     /* debris at the edge */
    p = prepare(im, &no_steps);
    assert_int_equal(all_ink(p->ink), clean);
    recto_prepared_free(p);
    recto_image_free(im);
}

/* Capitals say nothing about up and down, and an underline is nearer than the next letter. */
static void underlined_capitals_are_not_turned(void **state)
{
    (void)state;
    recto_image *im = paper(1240, 1000, 240, 150);
    for (int line = 0; line < 12; line++) {
        draw_letters(im, 150, 120 + 60 * line, 40);
        box(im, 150, 143 + 60 * line, 1000, 146 + 60 * line, 20);
    }
    for (int turn = 0; turn < 360; turn += 90) {
        recto_image *turned;
        assert_int_equal(recto_image_turn(&turned, im, turn, NULL), RECTO_OK);
        recto_prepared *p = prepare(turned, &all_steps);
        assert_int_equal((turn + p->turned_deg) % 180, 0);
        if (turn == 0)
            assert_int_equal(p->turned_deg, 0);
        assert_true(p->upside_down_unsure);
        recto_prepared_free(p);
        recto_image_free(turned);
    }
    recto_image_free(im);
}

/* --- blank pages ---------------------------------------------------------------------------------
 */

static bool is_blank(const recto_image *im)
{
    recto_prepared *p = prepare(im, &all_steps);
    bool blank = p->blank;
    assert_int_equal(p->turned_deg, 0);
    recto_prepared_free(p);
    return blank;
}

static void an_empty_page_is_blank(void **state)
{
    (void)state;
    recto_image *im = paper(1240, 1754, 255, 150);
    assert_true(is_blank(im));
    memset(im->px, 235, im->stride * 1754);
    add_noise(im, 9);
    assert_true(is_blank(im));
    recto_image_free(im);
    im = sample("blank.png", 100);
    assert_true(is_blank(im));
    recto_image_free(im);
}

static void shadow_holes_specks_and_borders_are_blank(void **state)
{
    (void)state;
    recto_image *im = paper(1240, 1754, 235, 150);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++)
            *at(im, x, y) = (uint8_t)(235 * (1 - 0.6f * expf(-(float)x / 60)));
    disc(im, 71, 640, 17, 40); /* 6 mm holes, 80 mm apart */
    disc(im, 71, 1112, 17, 40);
    box(im, 0, 1700, 1240, 1754, 10);
    uint32_t random = 7;
    for (int i = 0; i < 60; i++) {
        int x = 100 + (int)(next_random(&random) % 1000);
        int y = 100 + (int)(next_random(&random) % 1500);
        box(im, x, y, x + 2, y + 2, 60);
    }
    add_noise(im, 3);
    assert_true(is_blank(im));
    recto_image_free(im);
}

/* The other side's text: mirrored, faint, soft. */
static void print_seen_through_the_paper_is_blank(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 100);
    recto_image *soft;
    recto_image *back;
    assert_int_equal(recto_image_scale(&soft, im, im->width / 8, im->height / 8, NULL), RECTO_OK);
    assert_int_equal(recto_image_scale(&back, soft, im->width, im->height, NULL), RECTO_OK);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            int ink = 255 - *at(back, im->width - 1 - x, y);
            *at(im, x, y) = (uint8_t)(240 - ink * 45 / 255);
        }
    im->dpi = 300;
    assert_true(is_blank(im));
    recto_image_free(im);
    recto_image_free(soft);
    recto_image_free(back);
}

static void a_page_number_is_not_blank(void **state)
{
    (void)state;
    recto_image *im = paper(1654, 2339, 240, 200);
    add_noise(im, 3);
    /* a 7 of 2.2 mm */
    box(im, 820, 2200, 831, 2203, 30);
    for (int i = 0; i < 15; i++)
        box(im, 828 - i / 2, 2203 + i, 831 - i / 2, 2204 + i, 30);
    assert_false(is_blank(im));
    recto_image_free(im);
}

static void a_signature_is_not_blank(void **state)
{
    (void)state;
    recto_image *im = paper(1240, 1754, 240, 150);
    for (int i = 0; i < 4000; i++) {
        float t = (float)i * 0.01f;
        int x = (int)(700 + 6 * t + 25 * sinf(0.7f * t));
        int y = (int)(1300 + 30 * cosf(1.3f * t));
        box(im, x, y, x + 3, y + 3, 70);
    }
    assert_false(is_blank(im));
    recto_image_free(im);
}

static void faint_but_sharp_text_is_not_blank(void **state)
{
    (void)state;
    recto_image *im = paper(1240, 1754, 240, 150);
    draw_letters(im, 200, 300, 30);
    for (size_t i = 0; i < im->stride * 1754; i++)
        im->px[i] = im->px[i] < 128 ? 195 : 240;
    assert_false(is_blank(im));
    recto_image_free(im);
}

/* --- edges ---------------------------------------------------------------------------------------
 */

static void the_smallest_and_the_oddest_sizes_pass(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1},    {2, 1},   {3, 7},    {1, 4000},
                                   {4000, 1}, {17, 16}, {40, 2000}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int level = 0; level < 256; level += 85) {
            recto_image *im = paper(sizes[i][0], sizes[i][1], level, i % 2 ? 0 : 300);
            recto_prepared_free(prepare(im, &all_steps));
            add_noise(im, 60);
            recto_prepared_free(prepare(im, &all_steps));
            recto_image_free(im);
        }
}

static void a_black_page_and_random_dots_pass(void **state)
{
    (void)state;
    recto_image *im = paper(800, 1000, 0, 0);
    recto_prepared_free(prepare(im, &all_steps));
    uint32_t random = 3;
    for (size_t i = 0; i < im->stride * 1000; i++)
        im->px[i] = next_random(&random) & 1 ? 255 : 0;
    recto_prepared *p = prepare(im, &all_steps);
    assert_int_equal(p->turned_deg, 0);
    recto_prepared_free(p);
    recto_image_free(im);
}

static void a_colour_image_is_a_caller_error(void **state)
{
    (void)state;
    recto_image *im;
    recto_prepared *p;
    recto_error err;
    assert_int_equal(recto_image_new(&im, 4, 4, 3, NULL), RECTO_OK);
    assert_int_equal(recto_prepare(&p, im, &all_steps, &err), RECTO_ERR_ARG);
    assert_null(p);
    recto_prepared_free(NULL);
    recto_image_free(im);
}

static void the_same_page_gives_the_same_result(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 40);
    recto_prepared *a = prepare(im, &all_steps);
    recto_prepared *b = prepare(im, &all_steps);
    assert_memory_equal(a->gray->px, b->gray->px, a->gray->stride * (size_t)a->gray->height);
    assert_memory_equal(a->ink->px, b->ink->px, a->ink->stride * (size_t)a->ink->height);
    assert_memory_equal(&a->to_input, &b->to_input, sizeof a->to_input);
    recto_prepared_free(a);
    recto_prepared_free(b);
    recto_image_free(im);
}

static void the_resolution_is_guessed_when_it_is_not_stated(void **state)
{
    (void)state;
    recto_image *im = sample("letter.png", 50);
    im->dpi = 0;
    recto_prepared *p = prepare(im, &no_steps);
    assert_float_equal(p->gray->dpi, 150, 0.1); /* A4 */
    recto_prepared_free(p);
    const recto_prepare_options told = {.dpi_guess = 123};
    p = prepare(im, &told);
    assert_float_equal(p->gray->dpi, 123, 0);
    recto_prepared_free(p);
    recto_image_free(im);
    im = sample("receipt.jpg", 100);
    im->dpi = 0;
    p = prepare(im, &no_steps); /* from its letters: 300 */
    assert_in_range((int)p->gray->dpi, 200, 420);
    recto_prepared_free(p);
    recto_image_free(im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skew_is_found_within_three_tenths_of_a_degree),
        cmocka_unit_test(a_level_page_is_left_as_it_is),
        cmocka_unit_test(a_page_is_turned_upright_or_left),
        cmocka_unit_test(steps_that_are_off_are_not_done),
        cmocka_unit_test(the_affine_leads_back_to_the_input),
        cmocka_unit_test(ink_does_not_depend_on_the_light),
        cmocka_unit_test(black_and_white_passes_straight),
        cmocka_unit_test(black_borders_go_and_the_text_stays),
        cmocka_unit_test(specks_go_and_full_stops_stay),
        cmocka_unit_test(underlined_capitals_are_not_turned),
        cmocka_unit_test(an_empty_page_is_blank),
        cmocka_unit_test(shadow_holes_specks_and_borders_are_blank),
        cmocka_unit_test(print_seen_through_the_paper_is_blank),
        cmocka_unit_test(a_page_number_is_not_blank),
        cmocka_unit_test(a_signature_is_not_blank),
        cmocka_unit_test(faint_but_sharp_text_is_not_blank),
        cmocka_unit_test(the_smallest_and_the_oddest_sizes_pass),
        cmocka_unit_test(a_black_page_and_random_dots_pass),
        cmocka_unit_test(a_colour_image_is_a_caller_error),
        cmocka_unit_test(the_same_page_gives_the_same_result),
        cmocka_unit_test(the_resolution_is_guessed_when_it_is_not_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
