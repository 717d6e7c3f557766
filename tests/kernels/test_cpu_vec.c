/* Protects the exponential of the own kernels, which attention and the gated unit stand on.  Here
 * in its plain form; the AVX forms differ in rounding once instead of twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels/cpu_vec.h"

static float exponential(float x)
{
    float lanes[LANES];
    vec_store(lanes, vec_exp(vec_set(x)));
    for (int i = 1; i < LANES; i++)
        assert_memory_equal(&lanes[i], &lanes[0], sizeof lanes[0]);
    return lanes[0];
}

static void exp_is_within_two_ulp(void **state)
{
    (void)state;
    for (float x = -87.0f; x < 88.5f; x += 0.0037f) {
        const double want = exp((double)x);
        const float near = (float)want;
        const double ulp = (double)(nextafterf(near, INFINITY) - near);
        if (!(fabs((double)exponential(x) - want) <= 2.0 * ulp))
            fail_msg("exp(%.9g) = %.9g, not %.9g", (double)x, (double)exponential(x), want);
    }
}

static void exp_ends_in_zero_and_infinity(void **state)
{
    (void)state;
    assert_true(exponential(0.0f) == 1.0f);
    assert_true(exponential(-104.0f) == 0.0f);
    assert_true(exponential(-1e30f) == 0.0f);
    assert_true(exponential(-INFINITY) == 0.0f);
    assert_true(isinf(exponential(89.0f)));
    assert_true(isinf(exponential(INFINITY)));
    assert_true(isnan(exponential(NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_two_ulp),
        cmocka_unit_test(exp_ends_in_zero_and_infinity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
