/* What works on one row at a time: normalising, converting, quantising. */
#if defined(__x86_64__)
#include "kernels/cpu_avx512_rows.h"
#include "kernels/cpu_avx512_transpose.h"

#include <immintrin.h>
#include <math.h>

enum { LANES = 16 };

#define INLINE static inline __attribute__((always_inline))

/* The lanes of a vector that begins at i of n numbers. */
static __mmask16 lanes(int i, int n)
{
    return (__mmask16)(n - i >= LANES ? 0xffffu : (1u << (n - i)) - 1u);
}

/* The loops below take whole vectors without a mask (masked stores are slow on some CPUs), and what
 * is left of a row with one. */

INLINE __m512 load(const float *x, int i, int n)
{
    return n - i >= LANES ? _mm512_loadu_ps(x + i) : _mm512_maskz_loadu_ps(lanes(i, n), x + i);
}

INLINE void store(float *y, int i, int n, __m512 v)
{
    if (n - i >= LANES)
        _mm512_storeu_ps(y + i, v);
    else
        _mm512_mask_storeu_ps(y + i, lanes(i, n), v);
}

/* Sums and extremes run in WAYS independent chains: one would wait for each addition. */
enum { WAYS = 4 };

INLINE __m512 merge_sums(const __m512 s[WAYS])
{
    return _mm512_add_ps(_mm512_add_ps(s[0], s[1]), _mm512_add_ps(s[2], s[3]));
}

INLINE void normalize(float *y, const float *x, const recto_ops_norm *norm, int n)
{
    __m512 sum[WAYS];
    __m512 square[WAYS];

    for (int w = 0; w < WAYS; w++)
        sum[w] = square[w] = _mm512_setzero_ps();
    for (int i = 0; i < n; i += WAYS * LANES)
#pragma GCC unroll 4
        for (int w = 0; w < WAYS; w++)
            if (i + w * LANES < n)
                sum[w] = _mm512_add_ps(sum[w], load(x, i + w * LANES, n));
    const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(merge_sums(sum)) / (float)n);
    for (int i = 0; i < n; i += WAYS * LANES)
#pragma GCC unroll 4
        for (int w = 0; w < WAYS; w++) {
            const int at = i + w * LANES;
            if (at >= n)
                break;
            const __m512 v = _mm512_maskz_sub_ps(lanes(at, n), load(x, at, n), mean);
            square[w] = _mm512_fmadd_ps(v, v, square[w]);
        }
    const float variance = _mm512_reduce_add_ps(merge_sums(square)) / (float)n;
    const __m512 scale = _mm512_set1_ps(1.0f / sqrtf(variance + norm->eps));
    for (int i = 0; i < n; i += LANES) {
        const __m512 v = _mm512_mul_ps(_mm512_sub_ps(load(x, i, n), mean), scale);
        store(y, i, n, _mm512_fmadd_ps(v, load(norm->gain, i, n), load(norm->shift, i, n)));
    }
}

static void rms_normalize(float *y, const float *x, const recto_ops_norm *norm, int n)
{
    __m512 square[WAYS];

    for (int w = 0; w < WAYS; w++)
        square[w] = _mm512_setzero_ps();
    for (int i = 0; i < n; i += WAYS * LANES)
#pragma GCC unroll 4
        for (int w = 0; w < WAYS; w++) {
            if (i + w * LANES >= n)
                break;
            const __m512 v = load(x, i + w * LANES, n);
            square[w] = _mm512_fmadd_ps(v, v, square[w]);
        }
    const float mean = _mm512_reduce_add_ps(merge_sums(square)) / (float)n;
    const __m512 scale = _mm512_set1_ps(1.0f / sqrtf(mean + norm->eps));
    for (int i = 0; i < n; i += LANES)
        store(y, i, n, _mm512_mul_ps(_mm512_mul_ps(load(x, i, n), scale), load(norm->gain, i, n)));
}

void recto_cpu_avx512_normalize(float *y, const float *x, const recto_ops_norm *norm, int n)
{
    if (norm->rms)
        rms_normalize(y, x, norm, n);
    else if (n == 256) /* the width of the line network, unrolled */
        normalize(y, x, norm, 256);
    else
        normalize(y, x, norm, n);
}

void recto_cpu_avx512_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                                const float *b, int n_out, int n_in, int dim, int kernel)
{
    const size_t D = (size_t)dim;

    (void)be;
    for (int t = 0; t < n_out; t++) {
        const int first = t - kernel / 2 > 0 ? t - kernel / 2 : 0;
        const int last = t + kernel / 2 < n_in ? t + kernel / 2 : n_in - 1;
        for (int i = 0; i < dim; i += LANES) {
            __m512 sum = _mm512_add_ps(load(x + (size_t)t * D, i, dim), load(b, i, dim));
            for (int s = first; s <= last; s++) {
                const float *ws = w + (size_t)(s - t + kernel / 2) * D;
                sum = _mm512_fmadd_ps(load(ws, i, dim), load(x + (size_t)s * D, i, dim), sum);
            }
            store(y + (size_t)t * D, i, dim, sum);
        }
    }
}

/* q = round((x - offset) factor), 0..255. */
INLINE void quantize_vector(uint8_t *q, const float *x, int i, int n, __m512 offset, __m512 factor)
{
    const __m512 v = _mm512_mul_ps(_mm512_sub_ps(load(x, i, n), offset), factor);
    const __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(v));

    if (n - i >= LANES)
        _mm_storeu_si128((__m128i *)(void *)(q + i), bytes);
    else
        _mm_mask_storeu_epi8(q + i, lanes(i, n), bytes);
}

INLINE void quantize(uint8_t *q, float *low, float *step, const float *x, int n)
{
    __m512 min[WAYS];
    __m512 max[WAYS];

    for (int w = 0; w < WAYS; w++) {
        min[w] = _mm512_set1_ps(INFINITY);
        max[w] = _mm512_set1_ps(-INFINITY);
    }
    for (int i = 0; i < n; i += WAYS * LANES)
#pragma GCC unroll 4
        for (int w = 0; w < WAYS; w++) {
            const int at = i + w * LANES;
            if (at >= n)
                break;
            const __mmask16 m = lanes(at, n);
            const __m512 v = load(x, at, n);
            min[w] = _mm512_mask_min_ps(min[w], m, min[w], v);
            max[w] = _mm512_mask_max_ps(max[w], m, max[w], v);
        }
    *low = _mm512_reduce_min_ps(
        _mm512_min_ps(_mm512_min_ps(min[0], min[1]), _mm512_min_ps(min[2], min[3])));
    const float high = _mm512_reduce_max_ps(
        _mm512_max_ps(_mm512_max_ps(max[0], max[1]), _mm512_max_ps(max[2], max[3])));
    const float span = high - *low;
    *step = span / 255.0f;
    const __m512 factor = _mm512_set1_ps(span > 0.0f ? 255.0f / span : 0.0f);
    const __m512 offset = _mm512_set1_ps(*low);
    for (int i = 0; i < n; i += LANES)
        quantize_vector(q, x, i, n, offset, factor);
}

void recto_cpu_avx512_quantize(uint8_t *q, float *low, float *step, const float *x, int n)
{
    if (n == 256) /* the widths of the line network, unrolled */
        quantize(q, low, step, x, 256);
    else if (n == 512)
        quantize(q, low, step, x, 512);
    else
        quantize(q, low, step, x, n);
}

float recto_cpu_avx512_maximum(const float *x, size_t n)
{
    __m512 a = _mm512_setzero_ps();
    __m512 b = _mm512_setzero_ps();
    size_t i = 0;

    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        a = _mm512_max_ps(a, _mm512_loadu_ps(x + i));
        b = _mm512_max_ps(b, _mm512_loadu_ps(x + i + LANES));
    }
    float top = _mm512_reduce_max_ps(_mm512_max_ps(a, b));
    for (; i < n; i++)
        top = x[i] > top ? x[i] : top;
    return top;
}

void recto_cpu_avx512_quantize_by(uint8_t *q, float step, const float *x, int n)
{
    const __m512 factor = _mm512_set1_ps(step > 0.0f ? 1.0f / step : 0.0f);

    for (int i = 0; i < n; i += LANES)
        quantize_vector(q, x, i, n, _mm512_setzero_ps(), factor);
}

void recto_cpu_avx512_to_bf16(uint16_t *y, const float *x, int n)
{
    int i = 0;

    for (; i + 2 * LANES <= n; i += 2 * LANES)
        _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + LANES),
                                                                _mm512_loadu_ps(x + i)));
    for (; i < n; i += LANES) {
        const __mmask16 m = lanes(i, n);
        __m256bh v = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(m, x + i));
        if (n - i >= LANES)
            _mm256_storeu_si256((__m256i *)(void *)(y + i), (__m256i)v);
        else
            _mm256_mask_storeu_epi16(y + i, m, (__m256i)v);
    }
}

void recto_cpu_avx512_columns(uint32_t *to, size_t stride, const uint32_t *from, size_t n)
{
    for (size_t at = 0; at < n; at += LANES) {
        const size_t left = n - at < LANES ? n - at : LANES;
        const __mmask16 m = (__mmask16)((1u << left) - 1u);
        __m512i r[LANES];
#pragma GCC unroll 16
        for (size_t i = 0; i < LANES; i++)
            r[i] = _mm512_maskz_loadu_epi32(m, from + i * n + at);
        recto_cpu_avx512_transpose(r);
#pragma GCC unroll 16
        for (size_t i = 0; i < LANES; i++)
            if (i < left)
                _mm512_storeu_si512(to + (at + i) * stride, r[i]);
    }
}

#else
#include "kernels/cpu_avx512_rows.h"

void recto_cpu_avx512_to_bf16(uint16_t *y, const float *x, int n)
{
    (void)y, (void)x, (void)n; /* never called */
}

void recto_cpu_avx512_columns(uint32_t *to, size_t stride, const uint32_t *from, size_t n)
{
    (void)to, (void)stride, (void)from, (void)n;
}
#endif
