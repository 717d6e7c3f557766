/* Protects page ranges, the part of the options with a grammar of its own. */
#include "pipeline/options.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void options_select_pages(void **state)
{
    (void)state;
    recto_options opt = {0};
    assert_int_equal(recto_options_pages(&opt, "2-3,7,10-", NULL), RECTO_OK);
    static const int wanted[] = {2, 3, 7, 10, 11, 100000}, unwanted[] = {1, 4, 6, 8, 9};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_true(recto_options_wants(&opt, wanted[i]));
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        assert_false(recto_options_wants(&opt, unwanted[i]));
}

static void options_without_ranges_want_all(void **state)
{
    (void)state;
    recto_options opt = {0};
    assert_true(recto_options_wants(&opt, 1));
    assert_true(recto_options_wants(&opt, INT_MAX));
}

static void options_refuse_bad_ranges(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "0",    "0-3", "3-2",   "a",  "1,",
                                      ",1", "1--2", "-3",  "1-2-3", "1 ", "99999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        recto_options opt = {0};
        recto_error err = {0};
        assert_int_equal(recto_options_pages(&opt, bad[i], &err), RECTO_ERR_ARG);
        assert_int_equal(err.code, RECTO_ERR_ARG);
    }
}

static void options_bound_the_number_of_ranges(void **state)
{
    (void)state;
    char text[4 * RECTO_MAX_RANGES + 8] = "1";
    recto_options opt = {0};
    for (int i = 1; i < RECTO_MAX_RANGES; i++)
        strcat(text, ",1");
    assert_int_equal(recto_options_pages(&opt, text, NULL), RECTO_OK);
    strcat(text, ",1");
    assert_int_equal(recto_options_pages(&opt, text, NULL), RECTO_ERR_ARG);
}

static void options_read_tiles(void **state)
{
    static const struct {
        const char *text;
        int min, max;
    } good[] = {
        {"1..12", 1, 12}, {"8..24", 8, 24}, {"6..6", 6, 6}, {"12", 1, 12}, {"64..64", 64, 64}};
    static const char *const bad[] = {"",    "0",   "0..4", "4..3", "1..65", "1...4",
                                      "1..", "..4", "a",    "1-4",  "1..4 ", "-1..4"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        recto_options opt = {0};
        assert_int_equal(recto_options_tiles(&opt, good[i].text, NULL), RECTO_OK);
        assert_int_equal(opt.vlm.min_tiles, good[i].min);
        assert_int_equal(opt.vlm.max_tiles, good[i].max);
        assert_string_equal(opt.vlm.tiles_text, good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        recto_options opt = {0};
        assert_int_equal(recto_options_tiles(&opt, bad[i], NULL), RECTO_ERR_ARG);
        assert_int_equal(opt.vlm.max_tiles, 0);
    }
}

/* Every setting by its name, a value it takes and one it refuses. */
static void options_take_settings_by_name(void **state)
{
    static const struct {
        const char *name, *good, *bad;
    } settings[] = {
        {"reader", "line", "lines"},
        {"pages", "1-3,7-", "0"},
        {"dpi", "72", "71.9"},
        {"overlay", "yes", "1"},
        {"images", "none", ""},
        {"images", "embed", "yes"},
        {"layout", "yes", "1"},
        {"pdfa", "no", "2b"},
        {"max-pixels", "50M", "0"},
        {"max-pages", "100000000", "100000001"},
        {"max-bytes", "4G", "4T"},
        {"timeout", "0.5", "0"},
        {"document-timeout", "3600", "nan"},
        {"model", "somewhere", ""},
        {"mmproj", "file.gguf", ""},
        {"task", "chart", "ask"},
        {"ask", "What?", ""},
        {"think", "yes", "maybe"},
        {"tiles", "1..12", "12..1"},
        {"max-tokens", "1", "0"},
        {"precision", "f32", "f16"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        recto_options opt;
        recto_options_defaults(&opt);
        assert_true(recto_options_known(settings[i].name));
        assert_null(recto_options_set(&opt, settings[i].name, settings[i].good));
        assert_non_null(recto_options_set(&opt, settings[i].name, settings[i].bad));
    }
    recto_options opt;
    recto_options_defaults(&opt);
    assert_null(recto_options_set(&opt, "think", NULL)); /* a switch needs no value */
    assert_true(opt.vlm.think);
    assert_non_null(recto_options_set(&opt, "dpi", NULL));
    assert_null(recto_options_set(&opt, "system", ""));
    assert_null(recto_options_set(&opt, "max-bytes", "500M"));
    assert_int_equal(opt.max_bytes, 500000000);
    assert_false(recto_options_known("output"));
    assert_non_null(recto_options_set(&opt, "output", "x"));
}

static void options_refuse_what_cannot_go_together(void **state)
{
    (void)state;
    recto_options opt;
    recto_options_defaults(&opt);
    assert_null(recto_options_check(&opt));
    assert_null(recto_options_set(&opt, "ask", "What?"));
    assert_non_null(recto_options_check(&opt)); /* without the VLM */
    assert_null(recto_options_set(&opt, "reader", "vlm"));
    assert_null(recto_options_check(&opt));
    assert_int_equal(opt.vlm.task, RECTO_VLM_ASK);
    assert_null(recto_options_check(&opt)); /* twice is no fault */
    assert_null(recto_options_set(&opt, "task", "table"));
    assert_non_null(recto_options_check(&opt));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_select_pages),
        cmocka_unit_test(options_without_ranges_want_all),
        cmocka_unit_test(options_read_tiles),
        cmocka_unit_test(options_refuse_bad_ranges),
        cmocka_unit_test(options_bound_the_number_of_ranges),
        cmocka_unit_test(options_take_settings_by_name),
        cmocka_unit_test(options_refuse_what_cannot_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
