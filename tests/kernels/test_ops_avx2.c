/* Protects products on CPUs without AVX-512: oneDNN is told so before its first use, and then asks
 * for another layout of the weights, which it packs itself, a piece at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/ops_testing.h"

static void product_case(recto_backend *be, int T, int N, int K, recto_ops_finish finish)
{
    const recto_ops_linear shape = {N, K, finish};
    const size_t n_y = (size_t)T * (size_t)N;
    float *x = numbers((size_t)T * (size_t)K, RANDOM);
    float *w = numbers((size_t)N * (size_t)K, RANDOM);
    float *bias = numbers((size_t)N, RANDOM);
    float *want = numbers(n_y, RANDOM);
    float *y = guarded(n_y);
    const recto_tensor t = {.name = "w",
                            .dtype = RECTO_DTYPE_F32,
                            .n_dims = 2,
                            .dims = {(uint64_t)N, (uint64_t)K},
                            .n_elements = (size_t)N * (size_t)K,
                            .data = (const uint8_t *)w,
                            .size = (size_t)N * (size_t)K * sizeof *w};
    const recto_matrix m = {.parts = {&t}, .n_parts = 1, .bias = bias};
    recto_layer *layer = NULL;

    memcpy(y, want, n_y * sizeof *y);
    assert_int_equal(be->matrix_new(&layer, be, &shape, &m, NULL), RECTO_OK);
    assert_int_equal(be->linear(be, y, layer, NULL, x, T, NULL), RECTO_OK);
    recto_ref_linear(want, x, w, bias, T, &shape);
    for (size_t i = 0; i < n_y; i++)
        if (!(fabsf(y[i] - want[i]) <= 2e-6f * 3.0f * (float)K + 2e-6f * fabsf(want[i])))
            fail_msg("linear [%d,%d] x %d: y[%zu] = %g, not %g", N, K, T, i, (double)y[i],
                     (double)want[i]);
    be->layer_free(be, layer);
    check_guards(y, n_y, "linear");
    free(x);
    free(w);
    free(bias);
    free(want);
}

static void product_agrees_with_the_reference(void **state)
{
    static const int shapes[][3] = {{1, 1, 1},    {3, 5, 7},    {8, 64, 64},
                                    {33, 65, 63}, {97, 50, 20}, {530, 33, 40}};
    (void)state;
    for (int n_threads = 1; n_threads <= 2; n_threads++) {
        recto_backend *be = NULL;
        assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_F32, n_threads, NULL), RECTO_OK);
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
            for (int f = RECTO_OPS_SET; f <= RECTO_OPS_ADD; f++)
                product_case(be, shapes[i][0], shapes[i][1], shapes[i][2], (recto_ops_finish)f);
        be->free(be);
    }
}

/* 384 rows of 9000 floats fill a piece; the last one is ragged. */
static void product_of_many_pieces_agrees_with_the_reference(void **state)
{
    recto_backend *be = NULL;
    (void)state;
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_F32, 1, NULL), RECTO_OK);
    product_case(be, 2, 901, 9000, RECTO_OPS_SET);
    be->free(be);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_agrees_with_the_reference),
        cmocka_unit_test(product_of_many_pieces_agrees_with_the_reference),
    };
    if (setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
