/* Protects the CTC decoder: collapsing, blanks, probabilities, places, and bad shapes. */
#include "text/ctc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { C = 4 };

/* Logits whose strongest class of token t is path[t], ahead by `lead[t]`. */
static void logits_of(float *out, const char *path, const float *lead)
{
    for (size_t t = 0; path[t] != 0; t++)
        for (int c = 0; c < C; c++)
            out[t * C + (size_t)c] = c == path[t] - '0' ? lead[t] : 0.0f;
}

static recto_ctc_char *decode(recto_arena *a, const char *path, const float *lead, int *n)
{
    float logits[64 * C];
    recto_ctc_char *chars = NULL;
    logits_of(logits, path, lead);
    assert_int_equal(recto_ctc_greedy(&chars, n, logits, (int)strlen(path), C, 0, a, NULL),
                     RECTO_OK);
    return chars;
}

static void ctc_collapses_repeats_and_drops_blanks(void **state)
{
    static const float lead[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    static const int want[][3] = {{1, 1, 2}, {2, 3, 3}, {2, 5, 6}, {3, 7, 7}};
    recto_arena *a = recto_arena_new(0, 0);
    int n;
    (void)state;
    recto_ctc_char *chars = decode(a, "0112022300", lead, &n);
    assert_int_equal(n, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(chars[i].cls, want[i][0]);
        assert_int_equal(chars[i].first, want[i][1]);
        assert_int_equal(chars[i].last, want[i][2]);
    }
    recto_arena_free(a);
}

static void ctc_probability_is_that_of_the_peak(void **state)
{
    static const float lead[] = {1, 3, 2, 7};
    recto_arena *a = recto_arena_new(0, 0);
    int n;
    (void)state;
    recto_ctc_char *chars = decode(a, "1112", lead, &n);
    assert_int_equal(n, 2);
    assert_float_equal(chars[0].prob, expf(3) / (expf(3) + 3), 1e-6);
    assert_float_equal(chars[1].prob, expf(7) / (expf(7) + 3), 1e-6);
    recto_arena_free(a);
}

static void ctc_stands_empty_huge_and_broken_logits(void **state)
{
    const float huge[2 * C] = {-1e30f, 3e38f, 0, 0, 0, 0, -3e38f, 3e38f};
    const float broken[C] = {NAN, NAN, NAN, NAN};
    recto_arena *a = recto_arena_new(0, 0);
    recto_ctc_char *chars = NULL;
    int n = 7;
    (void)state;
    assert_int_equal(recto_ctc_greedy(&chars, &n, NULL, 0, C, 0, a, NULL), RECTO_OK);
    assert_int_equal(n, 0);
    assert_non_null(chars);
    assert_int_equal(recto_ctc_greedy(&chars, &n, huge, 2, C, 0, a, NULL), RECTO_OK);
    assert_int_equal(n, 2);
    assert_float_equal(chars[0].prob, 1.0, 0.0);
    assert_float_equal(chars[1].prob, 1.0, 0.0);
    assert_int_equal(recto_ctc_greedy(&chars, &n, broken, 1, C, 1, a, NULL), RECTO_OK);
    assert_int_equal(n, 1);
    assert_float_equal(chars[0].prob, 0.0, 0.0);
    recto_arena_free(a);
}

static void ctc_refuses_bad_shapes_and_full_memory(void **state)
{
    const float logits[C] = {0};
    recto_arena *a = recto_arena_new(64, 64);
    recto_ctc_char *chars = NULL;
    recto_error err = {0};
    int n;
    (void)state;
    assert_int_equal(recto_ctc_greedy(&chars, &n, logits, 1, C, C, a, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_ctc_greedy(&chars, &n, logits, 1, C, -1, a, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_ctc_greedy(&chars, &n, logits, -1, C, 0, a, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_ctc_greedy(&chars, &n, NULL, 1, C, 0, a, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_ctc_greedy(&chars, &n, logits, 100, 0, 0, a, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_ctc_greedy(&chars, &n, logits, 1000, C, 0, a, &err), RECTO_ERR_NOMEM);
    assert_null(chars);
    recto_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ctc_collapses_repeats_and_drops_blanks),
        cmocka_unit_test(ctc_probability_is_that_of_the_peak),
        cmocka_unit_test(ctc_stands_empty_huge_and_broken_logits),
        cmocka_unit_test(ctc_refuses_bad_shapes_and_full_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
