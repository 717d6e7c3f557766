/* What the tests of the operations share: the back ends, random numbers, guarded results.  Include
 * after cmocka. */
#ifndef RECTO_TESTS_OPS_TESTING_H
#define RECTO_TESTS_OPS_TESTING_H

#include "kernels/cpu_avx2.h"
#include "kernels/cpu_avx512.h"
#include "kernels/cpu_base.h"
#include "kernels/ref.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { GUARD = 64 };
static const float GUARD_VALUE = 12345.678f;

/* Every kind, the large ones on one and two threads; and as it is on a lesser CPU: int8 without
 * BF16, float32 without AVX-512, and without anything. */
typedef enum lesser { FULL, NO_BF16, ONLY_AVX2, PLAIN } lesser;
typedef struct kind_case {
    recto_backend_kind kind;
    int n_threads;
    lesser cpu;
} kind_case;
static const kind_case kinds[] = {
    {RECTO_BACKEND_REF, 1, FULL},       {RECTO_BACKEND_F32, 1, FULL},
    {RECTO_BACKEND_F32, 2, FULL},       {RECTO_BACKEND_DNNL_BF16, 1, FULL},
    {RECTO_BACKEND_DNNL_BF16, 2, FULL}, {RECTO_BACKEND_BF16, 1, FULL},
    {RECTO_BACKEND_INT8, 1, FULL},      {RECTO_BACKEND_INT8, 1, NO_BF16},
    {RECTO_BACKEND_F32, 2, ONLY_AVX2},  {RECTO_BACKEND_F32, 1, PLAIN},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* NULL where this CPU has no such. */
static inline recto_backend *open_kind(int k)
{
    recto_backend *be = NULL;
    recto_error err = {0};
    recto_status s = recto_backend_open(&be, kinds[k].kind, kinds[k].n_threads, &err);
    if (s == RECTO_ERR_UNSUPPORTED)
        return NULL;
    assert_int_equal(s, RECTO_OK);
    if (kinds[k].cpu == NO_BF16) {
        be->free(be);
        assert_int_equal(recto_cpu_avx512_backend(&be, true, false, &err), RECTO_OK);
    }
    recto_cpu_base *base = (recto_cpu_base *)be;
    if (kinds[k].cpu == PLAIN) {
        base->flash = &recto_cpu_plain_flash;
        base->rows = &recto_cpu_plain_rows;
    }
#if defined(__x86_64__)
    if (kinds[k].cpu == ONLY_AVX2 && recto_cpu_avx2_is_here()) {
        base->flash = &recto_cpu_avx2_flash_f32;
        base->rows = &recto_cpu_avx2_rows;
    }
#endif
    return be;
}

/* Is attention of this kind in float32? */
static inline bool attends_in_f32(const kind_case *k)
{
    return k->kind == RECTO_BACKEND_REF || k->kind == RECTO_BACKEND_F32 || k->cpu == NO_BF16;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static uint64_t seed = 20261120;

static inline float uniform(void) /* -1 .. 1 */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(seed >> 32) * 0x1p-31f;
}

typedef enum fill { RANDOM, ZERO, CONSTANT, OUTLIER, HUGE_VALUES, N_FILLS } fill;

static inline float *numbers(size_t n, fill how)
{
    float *p = malloc((n ? n : 1) * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        p[i] = uniform() + uniform() + uniform();
        if (how == ZERO)
            p[i] = 0.0f;
        if (how == CONSTANT)
            p[i] = -0.7f;
        if (how == OUTLIER && i % 97 == 5)
            p[i] *= 200.0f;
        if (how == HUGE_VALUES)
            p[i] *= 1e6f;
    }
    return p;
}

/* A result with guards on both sides; give the middle to the operation. */
static inline float *guarded(size_t n)
{
    float *p = malloc((n + 2 * GUARD) * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n + 2 * GUARD; i++)
        p[i] = GUARD_VALUE;
    return p + GUARD;
}

static inline void check_guards(float *p, size_t n, const char *what)
{
    for (size_t i = 0; i < GUARD; i++)
        if (p[-1 - (ptrdiff_t)i] != GUARD_VALUE || p[n + i] != GUARD_VALUE)
            fail_msg("%s writes outside of its result", what);
    free(p - GUARD);
}

static inline float largest(const float *x, size_t n)
{
    float top = 0.0f;
    for (size_t i = 0; i < n; i++)
        top = fmaxf(top, fabsf(x[i]));
    return top;
}

#endif
