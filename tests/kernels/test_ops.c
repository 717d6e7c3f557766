/* Protects the operations: every back end against ref.c on random, tiny, odd and worst-case shapes,
 * with guard numbers around each result, and the same bytes for a row whatever comes with it.
 *
 * The bounds are those of ops.h: for reduced precision they are worked out from the numbers
 * themselves (half a step of each factor), not tuned to what the code gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/ops_testing.h"

/* --- linear ----------------------------------------------------------------------------------- */

/* What rounding the factors of one output may change at most. */
static float linear_bound(recto_backend_kind kind, const float *x, const float *w, float bias,
                          int K)
{
    float low = INFINITY;
    float high = -INFINITY;
    float top = 0.0f;
    double both = fabs((double)bias);
    double sum_x = 0.0;
    double sum_w = 0.0;

    for (int k = 0; k < K; k++) {
        low = fminf(low, x[k]);
        high = fmaxf(high, x[k]);
        top = fmaxf(top, fabsf(w[k]));
        both += fabs((double)x[k] * (double)w[k]);
        sum_x += fabs((double)x[k]);
        sum_w += fabs((double)w[k]);
    }
    if (kind == RECTO_BACKEND_BF16 || kind == RECTO_BACKEND_DNNL_BF16)
        return (float)(both / 127.0) + 1e-6f;
    if (kind == RECTO_BACKEND_INT8) {
        const double step = (double)(high - low) / 255.0;
        const double scale = (double)top / 127.0;
        return (float)(1.02 * (0.5 * step * (sum_w + 0.5 * scale * K) + 0.5 * scale * sum_x) +
                       1e-5 * both + 1e-6);
    }
    return (float)(2e-6 * both) + 1e-6f;
}

static void linear_case(recto_backend *be, recto_backend_kind kind, int T, recto_ops_linear shape,
                        fill how, bool with_bias)
{
    const size_t n_y = (size_t)T * (size_t)shape.n_out;
    const size_t K = (size_t)shape.n_in;
    float *x = numbers((size_t)T * K, how);
    float *w = numbers((size_t)shape.n_out * K, how == HUGE_VALUES ? RANDOM : how);
    float *bias = with_bias ? numbers((size_t)shape.n_out, RANDOM) : NULL;
    float *want = numbers(n_y, RANDOM);
    float *y = guarded(n_y);
    recto_layer *layer = NULL;

    memcpy(y, want, n_y * sizeof *y);
    assert_int_equal(be->linear_new(&layer, be, &shape, w, bias, NULL), RECTO_OK);
    assert_int_equal(be->linear(be, y, layer, NULL, x, T, NULL), RECTO_OK);
    recto_ref_linear(want, x, w, bias, T, &shape);
    for (int t = 0; t < T; t++)
        for (int n = 0; n < shape.n_out; n++) {
            const size_t i = (size_t)t * (size_t)shape.n_out + (size_t)n;
            float bound = linear_bound(kind, x + (size_t)t * K, w + (size_t)n * K,
                                       bias ? bias[n] : 0.0f, shape.n_in);
            if (shape.finish == RECTO_OPS_GELU) /* its slope is at most 1.13; 1e-4 of its own */
                bound = 1.13f * bound + 1e-4f;
            if (!(fabsf(y[i] - want[i]) <= bound + 1e-6f * fabsf(want[i])))
                fail_msg("%s: linear [%d,%d] x %d finish %d fill %d: y[%d,%d] = %g, not %g +- %g",
                         be->name, shape.n_out, shape.n_in, T, (int)shape.finish, (int)how, t, n,
                         (double)y[i], (double)want[i], (double)bound);
        }
    be->layer_free(be, layer);
    check_guards(y, n_y, "linear");
    free(x);
    free(w);
    free(bias);
    free(want);
}

static void linear_agrees_with_the_reference(void **state)
{
    static const int shapes[][3] = {{1, 1, 1},     {1, 3, 2},    {5, 7, 3},    {6, 64, 64},
                                    {7, 65, 63},   {13, 130, 5}, {97, 33, 66}, {33, 202, 256},
                                    {200, 96, 40}, {129, 70, 9}};
    (void)state;
    printf("seed %llu\n", (unsigned long long)seed);
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be == NULL)
            continue;
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
            for (int f = RECTO_OPS_SET; f <= RECTO_OPS_ADD; f++)
                linear_case(be, kinds[k].kind, shapes[i][0],
                            (recto_ops_linear){shapes[i][1], shapes[i][2], (recto_ops_finish)f},
                            RANDOM, i % 2 == 0);
        for (int how = ZERO; how < N_FILLS; how++)
            linear_case(be, kinds[k].kind, 9, (recto_ops_linear){67, 100, RECTO_OPS_SET}, (fill)how,
                        true);
        be->free(be);
    }
}

static void linear_row_does_not_depend_on_its_company(void **state)
{
    enum { T = 150, N = 70, K = 52 };
    const recto_ops_linear shape = {N, K, RECTO_OPS_GELU};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be == NULL)
            continue;
        float *x = numbers(T * K, RANDOM);
        float *w = numbers(N * K, RANDOM);
        float *all = calloc(T * N, sizeof *all);
        float one[N] = {0};
        recto_layer *layer = NULL;
        assert_int_equal(be->linear_new(&layer, be, &shape, w, NULL, NULL), RECTO_OK);
        assert_int_equal(be->linear(be, all, layer, NULL, x, T, NULL), RECTO_OK);
        for (int t = 0; t < T; t++) {
            assert_int_equal(be->linear(be, one, layer, NULL, x + t * K, 1, NULL), RECTO_OK);
            assert_memory_equal(one, all + t * N, sizeof one);
        }
        be->layer_free(be, layer);
        be->free(be);
        free(x);
        free(w);
        free(all);
    }
}

/* --- conv3x3 ---------------------------------------------------------------------------------- */

/* Half a step of each factor: x has one step for the image, w one an output. */
static float conv_bound(recto_backend_kind kind, const recto_ops_conv *s, const float *w,
                        float x_top, float bias)
{
    const int n = 9 * s->n_in;
    float top = 0.0f;
    float sum = 0.0f;

    for (int i = 0; i < n; i++) {
        top = fmaxf(top, fabsf(w[i]));
        sum += fabsf(w[i]);
    }
    const float f32 = 1e-6f * (sum * x_top + fabsf(bias)) + 1e-6f;
    if (s->n_in % 2 != 0 || kind == RECTO_BACKEND_REF || kind == RECTO_BACKEND_F32 ||
        kind == RECTO_BACKEND_DNNL_BF16)
        return 4.0f * f32;
    if (kind == RECTO_BACKEND_BF16 || s->n_in % 4 != 0)
        return sum * x_top / 127.0f + f32;
    return 1.02f * (0.5f * x_top / 255.0f * (sum + (float)n * top / 254.0f) +
                    0.5f * top / 127.0f * (float)n * x_top) +
           f32;
}

static void conv_case(recto_backend *be, recto_backend_kind kind, int width, int height,
                      recto_ops_conv s, fill how)
{
    const size_t n_x = (size_t)width * (size_t)height * (size_t)s.n_in;
    const size_t n_y = (size_t)recto_ops_conv_len(width, s.stride_across) *
                       (size_t)recto_ops_conv_len(height, s.stride_down) * (size_t)s.n_out;
    const size_t n_w = 9 * (size_t)s.n_in;
    float *x = numbers(n_x, how);
    float *w = numbers(n_w * (size_t)s.n_out, RANDOM);
    float *bias = numbers((size_t)s.n_out, RANDOM);
    float *want = malloc(n_y * sizeof *want);
    float *y = guarded(n_y);
    float top = 0.0f;
    recto_layer *layer = NULL;

    for (size_t i = 0; i < n_x; i++) {
        if (s.n_in > 1) /* what a convolution is given is the result of a ReLU, or the image */
            x[i] = fmaxf(x[i], 0.0f);
        top = fmaxf(top, fabsf(x[i]));
    }
    assert_int_equal(be->conv_new(&layer, be, &s, w, bias, NULL), RECTO_OK);
    assert_int_equal(be->conv(be, y, layer, x, width, height, NULL), RECTO_OK);
    recto_ref_conv(want, x, w, bias, width, height, &s);
    for (size_t i = 0; i < n_y; i++) {
        const size_t o = i % (size_t)s.n_out;
        const float bound = conv_bound(kind, &s, w + o * n_w, top, bias[o]);
        if (!(fabsf(y[i] - want[i]) <= bound))
            fail_msg("%s: conv %d>%d stride %d,%d on %d x %d fill %d: y[%zu] = %g, not %g +- %g",
                     be->name, s.n_in, s.n_out, s.stride_down, s.stride_across, width, height,
                     (int)how, i, (double)y[i], (double)want[i], (double)bound);
    }
    be->layer_free(be, layer);
    check_guards(y, n_y, "conv");
    free(x);
    free(w);
    free(bias);
    free(want);
}

static void conv_agrees_with_the_reference(void **state)
{
    static const int sizes[][2] = {{1, 1}, {2, 1}, {1, 5}, {3, 3}, {8, 4}, {13, 7}, {32, 8}};
    static const recto_ops_conv shapes[] = {{32, 1, 2, 2}, {5, 3, 1, 1},  {64, 32, 2, 2},
                                            {7, 2, 2, 1},  {70, 8, 2, 1}, {3, 4, 1, 2}};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be == NULL)
            continue;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            for (size_t j = 0; j < sizeof shapes / sizeof shapes[0]; j++)
                conv_case(be, kinds[k].kind, sizes[i][0], sizes[i][1], shapes[j], RANDOM);
        for (int how = ZERO; how < N_FILLS; how++)
            conv_case(be, kinds[k].kind, 9, 6, (recto_ops_conv){33, 16, 2, 1}, (fill)how);
        be->free(be);
    }
}

/* --- norm, depthwise, attention ---------------------------------------------------------- */

/* The norm itself through a linear layer that passes its input on: w is the identity. */
static void norm_agrees_with_the_reference(void **state)
{
    static const int dims[] = {1, 2, 15, 16, 17, 256, 300};
    enum { T = 5 };
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        for (size_t i = 0; be != NULL && i < sizeof dims / sizeof dims[0]; i++) {
            const int D = dims[i];
            const size_t n = T * (size_t)D;
            float *x = numbers(n, i % 2 ? OUTLIER : RANDOM);
            float *gain = numbers((size_t)D, RANDOM);
            float *shift = numbers((size_t)D, RANDOM);
            float *same = numbers((size_t)D * (size_t)D, ZERO);
            float *want = malloc(n * sizeof *want);
            float *y = guarded(n);
            const recto_ops_norm norm = {gain, shift, 1e-5f, false};
            const recto_ops_linear shape = {D, D, RECTO_OPS_SET};
            recto_layer *layer = NULL;
            for (int d = 0; d < D; d++)
                same[d * D + d] = 1.0f;
            recto_ref_normalize(want, x, &norm, T, D);
            assert_int_equal(be->linear_new(&layer, be, &shape, same, NULL, NULL), RECTO_OK);
            assert_int_equal(be->linear(be, y, layer, &norm, x, T, NULL), RECTO_OK);
            for (size_t j = 0; j < n; j++) {
                const size_t t = j / (size_t)D;
                const float bound = linear_bound(kinds[k].kind, want + t * (size_t)D,
                                                 same + j % (size_t)D * (size_t)D, 0.0f, D);
                assert_true(fabsf(y[j] - want[j]) <= bound + 2e-5f * (1.0f + fabsf(want[j])));
            }
            be->layer_free(be, layer);
            check_guards(y, n, "normed linear");
            free(x);
            free(gain);
            free(shift);
            free(same);
            free(want);
        }
        if (be != NULL)
            be->free(be);
    }
}

static void depthwise_agrees_with_the_reference(void **state)
{
    static const int cases[][4] = {
        {1, 1, 1, 1}, {1, 3, 5, 9}, {4, 4, 33, 9}, {7, 11, 256, 9}, {20, 20, 16, 3}};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        for (size_t i = 0; be != NULL && i < sizeof cases / sizeof cases[0]; i++) {
            const int *c = cases[i];
            const size_t n = (size_t)c[0] * (size_t)c[2];
            float *x = numbers((size_t)c[1] * (size_t)c[2], RANDOM);
            float *w = numbers((size_t)c[3] * (size_t)c[2], RANDOM);
            float *b = numbers((size_t)c[2], RANDOM);
            float *want = malloc(n * sizeof *want);
            float *y = guarded(n);
            recto_ref_depthwise(NULL, want, x, w, b, c[0], c[1], c[2], c[3]);
            be->depthwise(be, y, x, w, b, c[0], c[1], c[2], c[3]);
            for (size_t j = 0; j < n; j++)
                assert_true(fabsf(y[j] - want[j]) <= 1e-5f * (1.0f + fabsf(want[j])));
            check_guards(y, n, "depthwise");
            free(x);
            free(w);
            free(b);
            free(want);
        }
        if (be != NULL)
            be->free(be);
    }
}

/* Scores of ordinary size: within 3e-2 of the largest value (1e-5 in float32).  Huge scores: the
 * result is still a mean of the values. */
static void attention_case(recto_backend *be, float tolerance, int T, int heads, int d, int window,
                           fill how)
{
    const int dim = heads * d;
    const size_t n = (size_t)T * (size_t)dim;
    float *qkv = numbers(3 * n, how);
    float *want = malloc(n * sizeof *want);
    float *y = guarded(n);
    const float top = largest(qkv, 3 * n);

    assert_int_equal(recto_ref_attention(NULL, want, qkv, T, dim, heads, window, NULL), RECTO_OK);
    assert_int_equal(be->attention(be, y, qkv, T, dim, heads, window, NULL), RECTO_OK);
    for (size_t i = 0; i < n; i++) {
        const float off = fabsf(y[i] - want[i]);
        if (how == HUGE_VALUES ? !(fabsf(y[i]) <= 1.01f * top) : !(off <= tolerance * top))
            fail_msg("%s: attention T %d heads %d d %d window %d fill %d: y[%zu] = %g, not %g",
                     be->name, T, heads, d, window, (int)how, i, (double)y[i], (double)want[i]);
    }
    check_guards(y, n, "attention");
    free(qkv);
    free(want);
}

static void attention_agrees_with_the_reference(void **state)
{
    static const int cases[][4] = {
        {1, 1, 32, 32},    {2, 8, 32, 32},     {15, 2, 32, 32}, {16, 2, 32, 32},
        {17, 2, 32, 1},    {31, 1, 32, 5},     {64, 1, 32, 32}, {65, 2, 32, 32},
        {131, 3, 32, 31},  {40, 1, 32, 100},   {9, 3, 5, 2},    {33, 2, 16, 32},
        {130, 3, 64, 200}, {257, 1, 128, 256}, {70, 2, 5, 69},  {66, 1, 256, 66}};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        const bool f32 = attends_in_f32(&kinds[k]);
        if (be == NULL)
            continue;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            const int *c = cases[i];
            for (int how = RANDOM; how < N_FILLS; how++)
                if (how != OUTLIER)
                    attention_case(be, f32 ? 1e-5f : 3e-2f, c[0], c[1], c[2], c[3], (fill)how);
        }
        be->free(be);
    }
}

static void backend_auto_is_there(void **state)
{
    recto_backend *be = NULL;
    (void)state;
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_AUTO, 1, NULL), RECTO_OK);
    printf("auto: %s\n", be->name);
    be->free(be);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backend_auto_is_there),
        cmocka_unit_test(linear_agrees_with_the_reference),
        cmocka_unit_test(linear_row_does_not_depend_on_its_company),
        cmocka_unit_test(conv_agrees_with_the_reference),
        cmocka_unit_test(norm_agrees_with_the_reference),
        cmocka_unit_test(depthwise_agrees_with_the_reference),
        cmocka_unit_test(attention_agrees_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
