/* Protects what a decoder needs of every back end: stored matrices of any type, rms norms, rotary
 * positions, the cache, attention over it and the gated unit, against the reference on random, odd
 * and worst-case shapes with guards around results; and that a token's result does not depend on
 * how many tokens came with it, to the bit: greedy decoding must not depend on how the prompt was
 * cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/ops_testing.h"

/* --- matrices --------------------------------------------------------------------------------- */

static uint16_t bf16_bits(float v) /* cut off: what is stored is what it is */
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (uint16_t)(bits >> 16);
}

/* Rows of w as a stored tensor of that type (F32, BF16 or I8); w becomes what is stored. */
static recto_tensor stored(float *w, size_t rows, size_t K, recto_dtype type)
{
    const size_t n = rows * K;
    const size_t size = type == RECTO_DTYPE_F32 ? 4 : type == RECTO_DTYPE_BF16 ? 2 : 1;
    uint8_t *data = malloc(n * size + 1);
    assert_non_null(data);
    data++; /* files align nothing */
    for (size_t i = 0; i < n; i++) {
        const uint16_t bits = bf16_bits(w[i]);
        const int8_t whole = (int8_t)(w[i] * 30.0f);
        if (type == RECTO_DTYPE_F32)
            memcpy(data + 4 * i, &w[i], 4);
        else if (type == RECTO_DTYPE_BF16)
            memcpy(data + 2 * i, &bits, 2);
        else
            memcpy(data + i, &whole, 1);
        w[i] = type == RECTO_DTYPE_F32    ? w[i]
               : type == RECTO_DTYPE_BF16 ? recto_dtype_bf16(bits)
                                          : (float)whole;
    }
    return (recto_tensor){.name = "w",
                          .dtype = type,
                          .n_dims = 2,
                          .dims = {rows, K},
                          .n_elements = n,
                          .data = data,
                          .size = n * size};
}

/* Three parts of different types and a scale a row: the same layer as from floats, to the bit. */
static void matrix_case(recto_backend *be, size_t K, const size_t rows[3], int T)
{
    static const recto_dtype types[] = {RECTO_DTYPE_BF16, RECTO_DTYPE_F32, RECTO_DTYPE_I8};
    const size_t N = rows[0] + rows[1] + rows[2];
    const recto_ops_linear shape = {(int)N, (int)K, RECTO_OPS_SET};
    float *w = numbers(N * K, RANDOM);
    float *bias = numbers(N, RANDOM);
    float *scale = numbers(N, RANDOM);
    float *x = numbers((size_t)T * K, RANDOM);
    float *want = calloc((size_t)T * N, sizeof *want);
    float *y = guarded((size_t)T * N);
    recto_tensor parts[3];
    recto_matrix m = {.bias = bias, .row_scale = scale};
    recto_layer *layer = NULL;

    for (size_t i = 0, at = 0; i < 3; at += rows[i++])
        if (rows[i] > 0) {
            parts[i] = stored(w + at * K, rows[i], K, types[i]);
            m.parts[m.n_parts++] = &parts[i];
        }
    assert_int_equal(be->matrix_new(&layer, be, &shape, &m, NULL), RECTO_OK);
    assert_int_equal(be->linear(be, y, layer, NULL, x, T, NULL), RECTO_OK);
    be->layer_free(be, layer);
    for (size_t n = 0; n < N; n++) {
        bias[n] *= scale[n];
        for (size_t k = 0; k < K; k++)
            w[n * K + k] *= scale[n];
    }
    assert_int_equal(be->linear_new(&layer, be, &shape, w, bias, NULL), RECTO_OK);
    assert_int_equal(be->linear(be, want, layer, NULL, x, T, NULL), RECTO_OK);
    be->layer_free(be, layer);
    assert_memory_equal(y, want, (size_t)T * N * sizeof *y);
    assert_true(be->linear_bytes(be, &shape) >= N * (K + 1));
    for (size_t i = 0; i < 3; i++)
        if (rows[i] > 0)
            free((uint8_t *)(uintptr_t)parts[i].data - 1);
    check_guards(y, (size_t)T * N, "linear of a matrix");
    free(w);
    free(bias);
    free(scale);
    free(x);
    free(want);
}

static void matrix_is_the_layer_of_its_rows(void **state)
{
    static const size_t cases[][4] = {/* K, rows of three parts */
                                      {1, 1, 0, 0},
                                      {33, 5, 7, 64},
                                      {64, 64, 32, 32},
                                      {200, 192, 300, 1}};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        for (size_t i = 0; be != NULL && i < sizeof cases / sizeof cases[0]; i++)
            for (int T = 1; T < 12; T += 10)
                matrix_case(be, cases[i][0], cases[i] + 1, T);
        if (be != NULL)
            be->free(be);
    }
}

/* More than one piece of packing: 3 x 192 rows of 9000 floats are more than 16 MiB. */
static void matrix_of_many_pieces_is_packed_whole(void **state)
{
    static const size_t rows[3] = {1, 500, 200};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be =
            kinds[k].kind == RECTO_BACKEND_DNNL_BF16 || kinds[k].kind == RECTO_BACKEND_F32
                ? open_kind(k)
                : NULL;
        if (be != NULL) {
            matrix_case(be, 9000, rows, 2);
            be->free(be);
        }
    }
}

static void matrix_of_indices_is_refused(void **state)
{
    const int64_t data[4] = {1, 2, 3, 4};
    const recto_tensor t = {.name = "ids",
                            .dtype = RECTO_DTYPE_I64,
                            .n_dims = 2,
                            .dims = {2, 2},
                            .n_elements = 4,
                            .data = (const uint8_t *)data,
                            .size = sizeof data};
    const recto_matrix m = {.parts = {&t}, .n_parts = 1};
    const recto_ops_linear shape = {2, 2, RECTO_OPS_SET};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        recto_layer *layer = (recto_layer *)be;
        recto_error err = {0};
        if (be == NULL)
            continue;
        assert_int_equal(be->matrix_new(&layer, be, &shape, &m, &err), RECTO_ERR_UNSUPPORTED);
        assert_null(layer);
        assert_non_null(strstr(err.msg, "ids"));
        be->free(be);
    }
}

/* Every block size and every rest: each row as if it had come alone.  Not promised for oneDNN's
 * products without AVX-512. */
static void product_of_a_row_is_the_same_in_any_company(void **state)
{
    enum { T = 700, N = 130, K = 96 };
    static const int counts[] = {1, 2, 3, 8, 9, 31, 33, 96, 97, 127, 129, 511, 513, 640};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be != NULL && kinds[k].kind == RECTO_BACKEND_F32 && recto_cpu_base_avx512() == 0) {
            be->free(be);
            be = NULL;
        }
        if (be == NULL)
            continue;
        float *x = numbers((size_t)T * K, OUTLIER);
        float *w = numbers((size_t)N * K, RANDOM);
        float *all = calloc((size_t)T * N, sizeof *all);
        float *some = calloc((size_t)T * N, sizeof *some);
        recto_tensor t = stored(w, N, K, RECTO_DTYPE_BF16);
        const recto_matrix m = {.parts = {&t}, .n_parts = 1};
        const recto_ops_linear shape = {N, K, RECTO_OPS_SET};
        recto_layer *layer = NULL;
        assert_int_equal(be->matrix_new(&layer, be, &shape, &m, NULL), RECTO_OK);
        assert_int_equal(be->linear(be, all, layer, NULL, x, T, NULL), RECTO_OK);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            const int first = T - counts[i];
            assert_int_equal(be->linear(be, some, layer, NULL, x + first * K, counts[i], NULL),
                             RECTO_OK);
            assert_memory_equal(some, all + first * N, (size_t)counts[i] * N * sizeof *some);
        }
        be->layer_free(be, layer);
        be->free(be);
        free((uint8_t *)(uintptr_t)t.data - 1);
        free(x);
        free(w);
        free(all);
        free(some);
    }
}

/* --- rows ------------------------------------------------------------------------------------- */

static void rms_norm_agrees_with_the_reference(void **state)
{
    static const int dims[] = {1, 2, 7, 16, 31, 64, 100, 2560};
    enum { T = 37 };
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        for (size_t i = 0; be != NULL && i < sizeof dims / sizeof dims[0]; i++)
            for (int how = RANDOM; how < N_FILLS; how++) {
                const int D = dims[i];
                const size_t n = T * (size_t)D;
                float *x = numbers(n, (fill)how);
                float *gain = numbers((size_t)D, RANDOM);
                float *want = malloc(n * sizeof *want);
                float *y = guarded(n);
                recto_ref_rms_norm(NULL, want, x, gain, 1e-6f, T, D);
                be->rms_norm(be, y, x, gain, 1e-6f, T, D);
                for (size_t j = 0; j < n; j++)
                    assert_true(fabsf(y[j] - want[j]) <= 1e-5f * fabsf(want[j]));
                be->rms_norm(be, x, x, gain, 1e-6f, T, D); /* in place */
                assert_memory_equal(x, y, n * sizeof *x);
                check_guards(y, n, "rms norm");
                free(x);
                free(gain);
                free(want);
            }
        if (be != NULL)
            be->free(be);
    }
}

static void rms_norm_is_that_of_a_normed_linear(void **state)
{
    enum { T = 3, D = 130, N = 9 };
    const recto_ops_linear shape = {N, D, RECTO_OPS_SET};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be == NULL)
            continue;
        float *x = numbers(T * D, RANDOM);
        float *w = numbers(N * D, RANDOM);
        float *gain = numbers(D, RANDOM);
        float normed[T * D];
        float want[T * N];
        float y[T * N];
        const recto_ops_norm norm = {.gain = gain, .eps = 1e-6f, .rms = true};
        recto_layer *layer = NULL;
        recto_ref_rms_norm(NULL, normed, x, gain, 1e-6f, T, D);
        recto_ref_linear(want, normed, w, NULL, T, &shape);
        assert_int_equal(be->linear_new(&layer, be, &shape, w, NULL, NULL), RECTO_OK);
        assert_int_equal(be->linear(be, y, layer, &norm, x, T, NULL), RECTO_OK);
        const float bound = attends_in_f32(&kinds[k]) && kinds[k].cpu != NO_BF16 ? 1e-5f : 3e-2f;
        for (int i = 0; i < T * N; i++)
            assert_true(fabsf(y[i] - want[i]) <= bound * largest(want, T * N));
        be->layer_free(be, layer);
        be->free(be);
        free(x);
        free(w);
        free(gain);
    }
}

static void rope_case(recto_backend *be, int T, int heads, int d, size_t stride, bool normed,
                      int first_pos)
{
    const size_t n = (size_t)(T - 1) * stride + (size_t)heads * (size_t)d;
    const size_t positions = (size_t)(first_pos + T);
    float *x = numbers(n, RANDOM);
    float *gain = normed ? numbers((size_t)d, RANDOM) : NULL;
    float *angles = malloc(positions * (size_t)d * sizeof *angles);
    float *y = guarded(n);

    for (size_t i = 0; i < positions * (size_t)d / 2; i++) {
        const float a = uniform() * 3.0f;
        angles[2 * i] = cosf(a);
        angles[2 * i + 1] = sinf(a);
    }
    memcpy(y, x, n * sizeof *x);
    recto_ref_rope(NULL, x, stride, T, heads, d, gain, 1e-6f, angles, first_pos);
    be->rope(be, y, stride, T, heads, d, gain, 1e-6f, angles, first_pos);
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(x[i] - y[i]) <= 1e-5f * (1.0f + fabsf(x[i]))))
            fail_msg("%s: rope T %d heads %d d %d: [%zu] = %g, not %g", be->name, T, heads, d, i,
                     (double)y[i], (double)x[i]);
    check_guards(y, n, "rope");
    free(x);
    free(gain);
    free(angles);
}

static void rope_agrees_with_the_reference(void **state)
{
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be == NULL)
            continue;
        for (int normed = 0; normed < 2; normed++) {
            rope_case(be, 1, 1, 2, 2, normed, 0);
            rope_case(be, 3, 2, 6, 20, normed, 5);
            rope_case(be, 5, 3, 16, 48, normed, 0);
            rope_case(be, 40, 2, 34, 70, normed, 1);
            rope_case(be, 70, 4, 128, 6 * 128, normed, 100);
        }
        be->free(be);
    }
}

static void gated_agrees_with_the_reference(void **state)
{
    static const int cases[][2] = {{1, 1}, {3, 5}, {2, 16}, {40, 33}, {5, 9728}};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        for (size_t i = 0; be != NULL && i < sizeof cases / sizeof cases[0]; i++)
            for (int how = RANDOM; how < N_FILLS; how++) {
                const size_t n = (size_t)cases[i][0] * (size_t)cases[i][1];
                float *gu = numbers(2 * n, (fill)how);
                float *want = malloc(n * sizeof *want);
                float *y = guarded(n);
                recto_ref_gated(NULL, want, gu, cases[i][0], cases[i][1]);
                be->gated(be, y, gu, cases[i][0], cases[i][1]);
                for (size_t j = 0; j < n; j++)
                    if (!(fabsf(y[j] - want[j]) <= 1e-5f * fabsf(want[j]) + 1e-30f))
                        fail_msg("%s: gated fill %d: [%zu] = %g, not %g", be->name, how, j,
                                 (double)y[j], (double)want[j]);
                check_guards(y, n, "gated");
                free(gu);
                free(want);
            }
        if (be != NULL)
            be->free(be);
    }
}

/* --- the cache, and attention over it --------------------------------------------------------- */

/* A text of n tokens in a cache: rows of qkv as a decoder makes them. */
typedef struct text {
    recto_ops_cache shape;
    int heads, n;
    size_t stride;
    float *qkv;
} text;

static text text_new(recto_ops_cache shape, int sharing, int n, fill how)
{
    text t = {.shape = shape, .heads = sharing * shape.n_kv_heads, .n = n};
    t.stride = (size_t)(t.heads + 2 * shape.n_kv_heads) * (size_t)shape.head_dim;
    t.qkv = numbers((size_t)n * t.stride, how);
    return t;
}

/* Put and attend to `piece` tokens at a time, in one layer; y [n, heads * d]. */
static void read_text(recto_backend *be, float *y, const text *t, int layer, int piece)
{
    const size_t d = (size_t)t->shape.head_dim;
    const size_t row = (size_t)t->heads * d;
    recto_cache *cache = NULL;

    assert_int_equal(be->cache_new(&cache, be, &t->shape, NULL), RECTO_OK);
    for (int at = 0; at < t->n; at += piece) {
        const int n = t->n - at < piece ? t->n - at : piece;
        const float *q = t->qkv + (size_t)at * t->stride;
        const float *k = q + row;
        be->cache_put(be, cache, layer, at, k, k + (size_t)t->shape.n_kv_heads * d, t->stride, n);
        assert_int_equal(be->cached_attention(be, y + (size_t)at * row, cache, layer, q, t->stride,
                                              n, t->heads, at, NULL),
                         RECTO_OK);
    }
    be->cache_free(be, cache);
}

static void cached_case(recto_backend *be, float tolerance, recto_ops_cache shape, int sharing,
                        int n, fill how)
{
    static const int pieces[] = {1, 3, 20, 100};
    text t = text_new(shape, sharing, n, how);
    const size_t n_y = (size_t)n * (size_t)t.heads * (size_t)shape.head_dim;
    float *want = malloc(n_y * sizeof *want);
    float *whole = malloc(n_y * sizeof *whole);
    float *y = guarded(n_y);
    recto_backend *ref = NULL;
    const float top = largest(t.qkv, (size_t)n * t.stride);

    assert_int_equal(recto_ref_backend(&ref, NULL), RECTO_OK);
    read_text(ref, want, &t, shape.n_layers - 1, n);
    ref->free(ref);
    read_text(be, whole, &t, shape.n_layers - 1, n);
    for (size_t i = 0; i < n_y; i++) {
        const float off = fabsf(whole[i] - want[i]);
        if (how == HUGE_VALUES ? !(fabsf(whole[i]) <= 1.01f * top) : !(off <= tolerance * top))
            fail_msg("%s: %d tokens, %d x %d heads of %d, fill %d: y[%zu] = %g, not %g", be->name,
                     n, shape.n_kv_heads, sharing, shape.head_dim, (int)how, i, (double)whole[i],
                     (double)want[i]);
    }
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        read_text(be, y, &t, 0, pieces[i]);
        if (memcmp(y, whole, n_y * sizeof *y) != 0)
            fail_msg("%s: %d tokens, %d x %d heads of %d: other bits in pieces of %d", be->name, n,
                     shape.n_kv_heads, sharing, shape.head_dim, pieces[i]);
    }
    check_guards(y, n_y, "cached attention");
    free(t.qkv);
    free(want);
    free(whole);
}

static void cached_attention_agrees_with_the_reference(void **state)
{
    static const struct {
        recto_ops_cache shape;
        int sharing, n;
    } cases[] = {{{1, 1, 2, 1}, 1, 1},      {{2, 2, 16, 40}, 2, 37},   {{1, 1, 6, 9}, 3, 9},
                 {{1, 2, 32, 64}, 4, 64},   {{3, 2, 64, 200}, 4, 131}, {{1, 1, 128, 300}, 4, 290},
                 {{1, 3, 34, 130}, 5, 129}, {{1, 1, 256, 70}, 1, 65},  {{1, 2, 128, 500}, 2, 16}};
    (void)state;
    for (int k = 0; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        if (be == NULL)
            continue;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            for (int how = RANDOM; how < N_FILLS; how++)
                if (how == RANDOM || how == HUGE_VALUES || (how != OUTLIER && cases[i].n < 100))
                    cached_case(be, attends_in_f32(&kinds[k]) ? 1e-5f : 3e-2f, cases[i].shape,
                                cases[i].sharing, cases[i].n, (fill)how);
        be->free(be);
    }
}

/* As large as the 4B model's can be: nothing of it is touched, so that it costs nothing. */
static void cache_of_the_largest_context_opens(void **state)
{
    const recto_ops_cache shape = {36, 8, 128, 32768};
    const recto_ops_cache absurd = {2000000000, 2000000000, 256, 2000000000};
    const recto_ops_cache wide = {1, 1, RECTO_OPS_MAX_HEAD + 2, 16};
    (void)state;
    for (int k = 1; k < N_KINDS; k++) {
        recto_backend *be = open_kind(k);
        recto_cache *cache = NULL;
        recto_error err = {0};
        if (be == NULL)
            continue;
        assert_true(be->cache_bytes(be, &shape) >= (size_t)36 * 8 * 128 * 32768 * 2 * 2);
        assert_true(be->cache_bytes(be, &absurd) == SIZE_MAX);
        assert_int_equal(be->cache_new(&cache, be, &absurd, &err), RECTO_ERR_NOMEM);
        assert_null(cache);
        assert_int_equal(be->cache_new(&cache, be, &wide, &err), RECTO_ERR_UNSUPPORTED);
        assert_null(cache);
        assert_int_equal(be->cache_new(&cache, be, &shape, NULL), RECTO_OK);
        be->cache_free(be, cache);
        be->cache_free(be, NULL);
        be->free(be);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrix_is_the_layer_of_its_rows),
        cmocka_unit_test(matrix_of_many_pieces_is_packed_whole),
        cmocka_unit_test(matrix_of_indices_is_refused),
        cmocka_unit_test(product_of_a_row_is_the_same_in_any_company),
        cmocka_unit_test(rms_norm_agrees_with_the_reference),
        cmocka_unit_test(rms_norm_is_that_of_a_normed_linear),
        cmocka_unit_test(rope_agrees_with_the_reference),
        cmocka_unit_test(gated_agrees_with_the_reference),
        cmocka_unit_test(cached_attention_agrees_with_the_reference),
        cmocka_unit_test(cache_of_the_largest_context_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
