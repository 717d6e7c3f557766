/* Vectors of floats in the widest form that the including file is compiled for: 16 lanes with
 * AVX-512, 8 with AVX2 and FMA, else 4 in plain C.  Internal to the own kernels that are written
 * once for all three. */
#ifndef RECTO_KERNELS_CPU_VEC_H
#define RECTO_KERNELS_CPU_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#include <immintrin.h>

enum { LANES = 16 };
typedef __m512 vec;

INLINE vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
INLINE void vec_store(float *p, vec v)
{
    _mm512_storeu_ps(p, v);
}
INLINE vec vec_set(float f)
{
    return _mm512_set1_ps(f);
}
INLINE vec vec_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}
INLINE vec vec_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}
INLINE vec vec_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}
INLINE vec vec_div(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}
/* sum + a b, rounded once */
INLINE vec vec_fma(vec sum, vec a, vec b)
{
    return _mm512_fmadd_ps(a, b, sum);
}
/* b where a is not a number or b is none: limits come first */
INLINE vec vec_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}
INLINE vec vec_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}
INLINE vec vec_round(vec a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* a 2^n for a whole n; 0 and infinity beyond the range of floats */
INLINE vec vec_scale(vec a, vec n)
{
    return _mm512_scalef_ps(a, n);
}
/* v, and minus infinity in the lanes whose limit is not above `at` */
INLINE vec vec_where_below(vec v, int at, const int *limit)
{
    const __mmask16 m = _mm512_cmpgt_epi32_mask(_mm512_loadu_si512(limit), _mm512_set1_epi32(at));
    return _mm512_mask_mov_ps(_mm512_set1_ps(-INFINITY), m, v);
}

#elif defined(__AVX2__)
#include <immintrin.h>

enum { LANES = 8 };
typedef __m256 vec;

INLINE vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
INLINE void vec_store(float *p, vec v)
{
    _mm256_storeu_ps(p, v);
}
INLINE vec vec_set(float f)
{
    return _mm256_set1_ps(f);
}
INLINE vec vec_add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}
INLINE vec vec_sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}
INLINE vec vec_mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}
INLINE vec vec_div(vec a, vec b)
{
    return _mm256_div_ps(a, b);
}
INLINE vec vec_fma(vec sum, vec a, vec b)
{
    return _mm256_fmadd_ps(a, b, sum);
}
INLINE vec vec_max(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}
INLINE vec vec_min(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}
INLINE vec vec_round(vec a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
INLINE vec vec_scale(vec a, vec n)
{
    /* two factors: each fits an exponent for n from -252 to 254 */
    const __m256i whole = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(whole, 1);
    const __m256i bias = _mm256_set1_epi32(127);
    const __m256i x = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    const __m256i y = _mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(whole, half), bias), 23);
    return _mm256_mul_ps(_mm256_mul_ps(a, _mm256_castsi256_ps(x)), _mm256_castsi256_ps(y));
}
INLINE vec vec_where_below(vec v, int at, const int *limit)
{
    const __m256i below = _mm256_cmpgt_epi32(
        _mm256_loadu_si256((const __m256i *)(const void *)limit), _mm256_set1_epi32(at));
    return _mm256_blendv_ps(_mm256_set1_ps(-INFINITY), v, _mm256_castsi256_ps(below));
}

#else

/* The compiler's own vectors, without a loop: sanitizers would look at every lane. */
enum { LANES = 4 };
typedef float vec __attribute__((vector_size(16)));
typedef int32_t vec_int __attribute__((vector_size(16)));

INLINE vec vec_load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void vec_store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}
INLINE vec vec_set(float f)
{
    return (vec){f, f, f, f};
}
INLINE vec vec_add(vec a, vec b)
{
    return a + b;
}
INLINE vec vec_sub(vec a, vec b)
{
    return a - b;
}
INLINE vec vec_mul(vec a, vec b)
{
    return a * b;
}
INLINE vec vec_div(vec a, vec b)
{
    return a / b;
}
/* rounded twice: a fused one would be a call on such CPUs */
INLINE vec vec_fma(vec sum, vec a, vec b)
{
    return sum + a * b;
}
INLINE vec vec_choose(vec_int mask, vec yes, vec no)
{
    return (vec)(((vec_int)yes & mask) | ((vec_int)no & ~mask));
}
INLINE vec vec_max(vec a, vec b)
{
    return vec_choose((vec_int)(a > b), a, b);
}
INLINE vec vec_min(vec a, vec b)
{
    return vec_choose((vec_int)(a < b), a, b);
}
/* for |a| < 2^22: what is added leaves no room for a fraction */
INLINE vec vec_round(vec a)
{
    const vec big = vec_set(0x1.8p23f);
    return a + big - big;
}
INLINE vec vec_scale(vec a, vec n)
{
    const vec_int whole = __builtin_convertvector(n, vec_int);
    const vec_int half = whole >> 1;
    const vec_int x = (half + 127) << 23;
    const vec_int y = (whole - half + 127) << 23;
    return a * (vec)x * (vec)y;
}
INLINE vec vec_where_below(vec v, int at, const int *limit)
{
    vec_int limits;
    memcpy(&limits, limit, sizeof limits);
    return vec_choose((vec_int)(limits > at), v, vec_set(-INFINITY));
}
#endif

/* e^x within 2 ulp; 0 for x <= -104, infinity from 89 on. */
INLINE vec vec_exp(vec x)
{
    x = vec_min(vec_set(100.0f), vec_max(vec_set(-120.0f), x));
    const vec whole = vec_round(vec_mul(x, vec_set(1.44269504f)));
    /* x - whole ln 2 in two steps (Cody, Waite); then Taylor's series, |f| <= 0.347 */
    vec f = vec_fma(x, whole, vec_set(-0.693359375f));
    f = vec_fma(f, whole, vec_set(2.12194440e-4f));
    vec p = vec_set(1.0f / 5040.0f);
    p = vec_fma(vec_set(1.0f / 720.0f), p, f);
    p = vec_fma(vec_set(1.0f / 120.0f), p, f);
    p = vec_fma(vec_set(1.0f / 24.0f), p, f);
    p = vec_fma(vec_set(1.0f / 6.0f), p, f);
    p = vec_fma(vec_set(0.5f), p, f);
    p = vec_fma(vec_set(1.0f), p, f);
    p = vec_fma(vec_set(1.0f), p, f);
    return vec_scale(p, whole);
}

#endif
