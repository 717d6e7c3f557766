/* Norms, the depthwise convolution and windowed attention with AVX2 and FMA.
 *
 * Attention puts eight queries into the eight lanes, so that the softmax needs nothing across
 * lanes (cpu_avx512_attention.c does the same with sixteen, and draws it). */
#include "kernels/cpu_avx2.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

enum {
    LANES = 8, /* floats of a vector, queries of a block */
    KEYS = 4,  /* keys together in the scores */
    DIMS = 8,  /* numbers of a value together in the mix */
};

bool recto_cpu_avx2_is_here(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static float sum_lanes(__m256 v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}

static void normalize_row(float *y, const float *x, const recto_ops_norm *norm, int n)
{
    const int whole = n / LANES * LANES;
    __m256 sum = _mm256_setzero_ps();
    __m256 square = _mm256_setzero_ps();
    float rest = 0.0f;

    for (int i = 0; i < whole; i += LANES)
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(x + i));
    for (int i = whole; i < n; i++)
        rest += x[i];
    const float mean = (sum_lanes(sum) + rest) / (float)n;
    const __m256 means = _mm256_set1_ps(mean);
    rest = 0.0f;
    for (int i = 0; i < whole; i += LANES) {
        const __m256 v = _mm256_sub_ps(_mm256_loadu_ps(x + i), means);
        square = _mm256_fmadd_ps(v, v, square);
    }
    for (int i = whole; i < n; i++)
        rest += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / sqrtf((sum_lanes(square) + rest) / (float)n + norm->eps);
    const __m256 scales = _mm256_set1_ps(scale);
    for (int i = 0; i < whole; i += LANES) {
        const __m256 v = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(x + i), means), scales);
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(v, _mm256_loadu_ps(norm->gain + i),
                                                _mm256_loadu_ps(norm->shift + i)));
    }
    for (int i = whole; i < n; i++)
        y[i] = (x[i] - mean) * scale * norm->gain[i] + norm->shift[i];
}

static void rms_normalize_row(float *y, const float *x, const recto_ops_norm *norm, int n)
{
    const int whole = n / LANES * LANES;
    __m256 square = _mm256_setzero_ps();
    float rest = 0.0f;

    for (int i = 0; i < whole; i += LANES)
        square = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(x + i), square);
    for (int i = whole; i < n; i++)
        rest += x[i] * x[i];
    const float scale = 1.0f / sqrtf((sum_lanes(square) + rest) / (float)n + norm->eps);
    const __m256 scales = _mm256_set1_ps(scale);
    for (int i = 0; i < whole; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_mul_ps(_mm256_mul_ps(_mm256_loadu_ps(x + i), scales),
                                              _mm256_loadu_ps(norm->gain + i)));
    for (int i = whole; i < n; i++)
        y[i] = x[i] * scale * norm->gain[i];
}

void recto_cpu_avx2_normalize(float *y, const float *x, const recto_ops_norm *norm, int n_tokens,
                              int dim)
{
    for (int t = 0; t < n_tokens; t++, y += dim, x += dim) {
        if (norm->rms)
            rms_normalize_row(y, x, norm, dim);
        else
            normalize_row(y, x, norm, dim);
    }
}

void recto_cpu_avx2_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                              const float *b, int n_out, int n_in, int dim, int kernel)
{
    const size_t D = (size_t)dim;
    const int whole = dim / LANES * LANES;

    (void)be;
    for (int t = 0; t < n_out; t++, y += D) {
        const int first = t - kernel / 2 > 0 ? t - kernel / 2 : 0;
        const int last = t + kernel / 2 < n_in ? t + kernel / 2 : n_in - 1;
        const float *ws = w + (size_t)(first - t + kernel / 2) * D;
        const float *xs = x + (size_t)first * D;
        const float *xt = x + (size_t)t * D;
        for (int i = 0; i < whole; i += LANES) {
            __m256 sum = _mm256_add_ps(_mm256_loadu_ps(xt + i), _mm256_loadu_ps(b + i));
            for (size_t s = 0; s <= (size_t)(last - first); s++)
                sum = _mm256_fmadd_ps(_mm256_loadu_ps(ws + s * D + i),
                                      _mm256_loadu_ps(xs + s * D + i), sum);
            _mm256_storeu_ps(y + i, sum);
        }
        for (int i = whole; i < dim; i++) {
            y[i] = xt[i] + b[i];
            for (size_t s = 0; s <= (size_t)(last - first); s++)
                y[i] += ws[s * D + (size_t)i] * xs[s * D + (size_t)i];
        }
    }
}

/* --- attention -------------------------------------------------------------------------------- */

/* e^x for x <= 0, relative error 3e-7 of 2^fraction and that of the product in the exponent. */
static __m256 exponential(__m256 x)
{
    x = _mm256_max_ps(x, _mm256_set1_ps(-87.0f));
    const __m256 whole = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)),
                                         _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    /* x - whole ln 2 in two steps (Cody, Waite) */
    __m256 f = _mm256_fnmadd_ps(whole, _mm256_set1_ps(0.693359375f), x);
    f = _mm256_fnmadd_ps(whole, _mm256_set1_ps(-2.12194440e-4f), f);
    __m256 p = _mm256_set1_ps(1.0f / 720.0f);
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f / 120.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f / 24.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f / 6.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(0.5f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f));
    const __m256i bits =
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(whole), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(p, _mm256_castsi256_ps(bits));
}

/* Eight queries of one head and the keys that any of them sees. */
typedef struct block {
    const float *k, *v; /* of key `first`; stride floats apart */
    size_t stride;
    int d; /* numbers of a head */
    int q0, first, n_keys, window;
    float *q;   /* [d][8]: the queries, transposed and scaled */
    float *s;   /* [n_keys][8]: scores, then weights */
    float *mix; /* [d][8]: results */
} block;

/* All ones where query q0 + lane sees the key. */
static __m256 sees(const block *b, int key)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i away = _mm256_sub_epi32(lane, _mm256_set1_epi32(key - b->q0));
    const __m256i far = _mm256_cmpgt_epi32(_mm256_abs_epi32(away), _mm256_set1_epi32(b->window));
    return _mm256_castsi256_ps(_mm256_xor_si256(far, _mm256_set1_epi32(-1)));
}

/* Scores of all keys; returns each query's maximum over the keys that it sees. */
static __m256 scores(const block *b)
{
    __m256 top = _mm256_set1_ps(-INFINITY);

    for (int at = 0; at < b->n_keys; at += KEYS) {
        const int n = b->n_keys - at < KEYS ? b->n_keys - at : KEYS;
        const float *k[KEYS];
        __m256 s[KEYS];
#pragma GCC unroll 4
        for (int i = 0; i < KEYS; i++) { /* the last ones again, if there are fewer */
            k[i] = b->k + (size_t)(at + (i < n ? i : n - 1)) * b->stride;
            s[i] = _mm256_setzero_ps();
        }
        for (int d = 0; d < b->d; d++) {
            const __m256 q = _mm256_loadu_ps(b->q + d * LANES);
#pragma GCC unroll 4
            for (int i = 0; i < KEYS; i++)
                s[i] = _mm256_fmadd_ps(q, _mm256_set1_ps(k[i][d]), s[i]);
        }
#pragma GCC unroll 4
        for (int i = 0; i < KEYS; i++) {
            if (i >= n)
                break;
            s[i] = _mm256_blendv_ps(_mm256_set1_ps(-INFINITY), s[i], sees(b, b->first + at + i));
            top = _mm256_max_ps(top, s[i]);
            _mm256_storeu_ps(b->s + (at + i) * LANES, s[i]);
        }
    }
    return top;
}

/* Scores to weights; returns each query's sum. */
static __m256 softmax(const block *b, __m256 top)
{
    __m256 sum = _mm256_setzero_ps();

    for (int at = 0; at < b->n_keys; at++) {
        const __m256 x = _mm256_sub_ps(_mm256_loadu_ps(b->s + at * LANES), top);
        const __m256 p = _mm256_and_ps(exponential(x), sees(b, b->first + at));
        sum = _mm256_add_ps(sum, p);
        _mm256_storeu_ps(b->s + at * LANES, p);
    }
    return sum;
}

static void mix(const block *b, __m256 sum)
{
    const __m256 inverse = _mm256_div_ps(_mm256_set1_ps(1.0f), sum);

    for (int d0 = 0; d0 < b->d; d0 += DIMS) {
        const float *v = b->v + d0;
        __m256 y[DIMS];
#pragma GCC unroll 8
        for (int i = 0; i < DIMS; i++)
            y[i] = _mm256_setzero_ps();
        for (int at = 0; at < b->n_keys; at++, v += b->stride) {
            const __m256 p = _mm256_loadu_ps(b->s + at * LANES);
#pragma GCC unroll 8
            for (int i = 0; i < DIMS; i++)
                y[i] = _mm256_fmadd_ps(p, _mm256_set1_ps(v[i]), y[i]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < DIMS; i++)
            _mm256_storeu_ps(b->mix + (d0 + i) * LANES, _mm256_mul_ps(y[i], inverse));
    }
}

/* Eight queries of one head, from and to rows. */
static void attend(block *b, float *y, const float *q, size_t dim, int n_queries)
{
    const float scale = 1.0f / sqrtf((float)b->d);

    for (int i = 0; i < LANES; i++)
        for (int d = 0; d < b->d; d++)
            b->q[d * LANES + i] =
                i < n_queries ? q[(size_t)i * b->stride + (size_t)d] * scale : 0.0f;
    const __m256 top = scores(b);
    mix(b, softmax(b, top));
    for (int i = 0; i < n_queries; i++)
        for (int d = 0; d < b->d; d++)
            y[(size_t)i * dim + (size_t)d] = b->mix[d * LANES + i];
}

size_t recto_cpu_avx2_attention_room(int n_tokens, int dim, int heads, int window)
{
    const int keys = n_tokens < LANES + 2 * window ? n_tokens : LANES + 2 * window;
    return (size_t)LANES * ((size_t)keys + 2 * (size_t)(dim / heads));
}

void recto_cpu_avx2_attention(float *y, const float *qkv, float *room, int n_tokens, int dim,
                              int heads, int window)
{
    const size_t D = (size_t)dim;
    const int d = dim / heads;

    for (int h = 0; h < heads; h++) {
        for (int q0 = 0; q0 < n_tokens; q0 += LANES) {
            const int first = q0 > window ? q0 - window : 0;
            const int end = n_tokens - q0 - LANES < window ? n_tokens : q0 + LANES + window;
            const float *k = qkv + (size_t)first * 3 * D + D + (size_t)(h * d);
            const int n_queries = n_tokens - q0 < LANES ? n_tokens - q0 : LANES;
            block b = {.k = k,
                       .v = k + D,
                       .stride = 3 * D,
                       .d = d,
                       .q0 = q0,
                       .first = first,
                       .n_keys = end - first,
                       .window = window,
                       .q = room,
                       .mix = room + d * LANES,
                       .s = room + 2 * d * LANES};
            attend(&b, y + (size_t)q0 * D + (size_t)(h * d),
                   qkv + (size_t)q0 * 3 * D + (size_t)(h * d), D, n_queries);
        }
    }
}

#else /* another kind of CPU: is_here says no, the rest is never called */
bool recto_cpu_avx2_is_here(void)
{
    return false;
}
void recto_cpu_avx2_normalize(float *y, const float *x, const recto_ops_norm *norm, int n_tokens,
                              int dim)
{
    (void)y, (void)x, (void)norm, (void)n_tokens, (void)dim;
}
void recto_cpu_avx2_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                              const float *b, int n_out, int n_in, int dim, int kernel)
{
    (void)be, (void)y, (void)x, (void)w, (void)b, (void)n_out, (void)n_in, (void)dim, (void)kernel;
}
size_t recto_cpu_avx2_attention_room(int n_tokens, int dim, int heads, int window)
{
    (void)n_tokens, (void)dim, (void)heads, (void)window;
    return 0;
}
void recto_cpu_avx2_attention(float *y, const float *qkv, float *room, int n_tokens, int dim,
                              int heads, int window)
{
    (void)y, (void)qkv, (void)room, (void)n_tokens, (void)dim, (void)heads, (void)window;
}
#endif
