/* Windowed attention for heads of 32 numbers, in bfloat16 products and float32 sums.
 *
 * Sixteen queries lie in the sixteen lanes, so that the softmax needs no sum or maximum across
 * lanes: for one head and 16 queries
 *
 *   S[key][query]  = K[key] . Q[query]      keys one by one, from the first that any query sees
 *   P              = exp(scale (S - max))   lanes whose query does not see the key are masked off
 *   Y[dim][query]  = sum over keys V[key][dim] P[key][query], then transposed to rows
 *
 * bf16 multiplies pairs: dims 2i, 2i+1 for S (a token's numbers as they lie, broadcast by 4 bytes;
 * queries transposed once), keys 2i, 2i+1 for Y (values of two tokens interleaved). */
#if defined(__x86_64__)
#include "kernels/cpu_avx512_rows.h"
#include "kernels/cpu_avx512_transpose.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

enum {
    D = 32,   /* numbers of a head */
    Q = 16,   /* queries together */
    STEP = 8, /* keys together */
};

#define INLINE static inline __attribute__((always_inline))

/* One head of one line, converted. */
typedef struct head {
    uint32_t *k;    /* [n + STEP][16]: bf16 pairs of dims */
    uint32_t *v;    /* [(n + STEP) / 2][32]: bf16 pairs of tokens */
    float *s;       /* [keys of a block + STEP][16] */
    uint16_t *sees; /* of this block: [keys], the queries that see each one */
} head;

INLINE __m512i row_bf16(const float *x)
{
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x));
}

/* Interleave two vectors of bf16: (a0, b0, a1, b1, ...) in two vectors. */
INLINE __m512i interleave(__m512i both)
{
    /* both: 16 numbers a, then 16 numbers b */
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, both);
}

static void convert_keys(const head *h, const float *k, size_t stride, int n)
{
    const float *v = k + stride / 3;
    int t = 0;

    for (; t < n; t++)
        _mm512_store_si512(h->k + 16 * t, row_bf16(k + (size_t)t * stride));
    memset(h->k + 16 * n, 0, 16 * STEP * sizeof *h->k);
    for (t = 0; t < n; t += 2) {
        const float *a = v + (size_t)t * stride;
        const float *b = a + (t + 1 < n ? stride : 0); /* its weight is zero */
        for (int half = 0; half < 2; half++) {
            __m512i both = (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(b + 16 * half),
                                                        _mm512_loadu_ps(a + 16 * half));
            _mm512_store_si512(h->v + 16 * t + 16 * half, interleave(both));
        }
    }
    memset(h->v + 16 * t, 0, 16 * STEP * sizeof *h->v);
}

/* Queries q0.. of which query i sees key `key`. */
INLINE __mmask16 sees(int key, int q0, int window, int n)
{
    int first = key - window - q0;
    int last = key + window - q0;

    first = first < 0 ? 0 : first;
    last = last > 15 ? 15 : last;
    if (last < first || key >= n)
        return 0;
    const unsigned below = 0xffffu >> (15 - last);
    return (__mmask16)(below & (0xffffu << first));
}

/* S for keys first.. (n_keys of them, a multiple of STEP); returns the maximum of each query. */
static __m512 scores(const head *h, const __m512i q[16], int first, int n_keys)
{
    __m512 top = _mm512_set1_ps(-INFINITY);

    for (int at = 0; at < n_keys; at += STEP) {
        const uint32_t *k = h->k + 16 * (first + at);
        __m512 s[STEP];
#pragma GCC unroll 8
        for (int i = 0; i < STEP; i++)
            s[i] = _mm512_setzero_ps();
#pragma GCC unroll 16
        for (int d = 0; d < 16; d++)
#pragma GCC unroll 8
            for (int i = 0; i < STEP; i++)
                s[i] = _mm512_dpbf16_ps(s[i], (__m512bh)q[d],
                                        (__m512bh)_mm512_set1_epi32((int)k[16 * i + d]));
#pragma GCC unroll 8
        for (int i = 0; i < STEP; i++) {
            _mm512_store_ps(h->s + 16 * (at + i), s[i]);
            top = _mm512_mask_max_ps(top, h->sees[at + i], top, s[i]);
        }
    }
    return top;
}

/* 2^x for x <= 0; relative error 1e-4 (the result becomes bf16, 4e-3). */
INLINE __m512 power_of_two(__m512 x)
{
    const __m512 half_up = _mm512_set1_ps(0x1.8p23f); /* adding it rounds to a whole number */
    x = _mm512_max_ps(x, _mm512_set1_ps(-126.0f));
    const __m512 whole = _mm512_sub_ps(_mm512_add_ps(x, half_up), half_up);
    const __m512 f = _mm512_sub_ps(x, whole);
    __m512 p = _mm512_set1_ps(5.5171669e-2f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4226399e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9326099e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.9992807e-1f));
    return _mm512_scalef_ps(p, whole);
}

/* S to P in place, as bf16 pairs of keys: h->s[2 i] holds keys 2i and 2i+1.  Returns the sums. */
static __m512 softmax(const head *h, __m512 top, int n_keys, float scale)
{
    const __m512 by = _mm512_set1_ps(scale);
    __m512 sum = _mm512_setzero_ps();

    for (int at = 0; at < n_keys; at += 2) {
        __m512 p[2];
#pragma GCC unroll 2
        for (int i = 0; i < 2; i++) {
            /* the difference first: huge scores must give 2^0 where they are the maximum */
            p[i] = power_of_two(
                _mm512_mul_ps(_mm512_sub_ps(_mm512_load_ps(h->s + 16 * (at + i)), top), by));
            p[i] = _mm512_maskz_mov_ps(h->sees[at + i], p[i]);
            sum = _mm512_add_ps(sum, p[i]);
        }
        _mm512_store_si512(h->s + 16 * at, interleave((__m512i)_mm512_cvtne2ps_pbh(p[1], p[0])));
    }
    return sum;
}

/* 16 dims of Y for the block's queries, to rows y (stride floats apart). */
static void mix(const head *h, int first, int n_keys, int half, __m512 inverse, float *y,
                size_t stride, int n_queries)
{
    const uint32_t *v = h->v + 16 * first + 16 * half;
    __m512 sum[16];

#pragma GCC unroll 16
    for (int d = 0; d < 16; d++)
        sum[d] = _mm512_setzero_ps();
    for (int at = 0; at < n_keys; at += 2, v += D) {
        const __m512bh p = (__m512bh)_mm512_load_si512(h->s + 16 * at);
#pragma GCC unroll 16
        for (int d = 0; d < 16; d++)
            sum[d] = _mm512_dpbf16_ps(sum[d], p, (__m512bh)_mm512_set1_epi32((int)v[d]));
    }
    __m512i rows[16];
#pragma GCC unroll 16
    for (int d = 0; d < 16; d++)
        rows[d] = _mm512_castps_si512(_mm512_mul_ps(sum[d], inverse));
    recto_cpu_avx512_transpose(rows);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        if (i < n_queries)
            _mm512_storeu_si512(y + (size_t)i * stride + (size_t)(16 * half), rows[i]);
}

/* Sixteen queries and the keys that they see. */
typedef struct span {
    int q0, n_queries;
    int first;  /* key, even: pairs of keys begin at even ones */
    int n_keys; /* a multiple of STEP */
} span;

static span span_of(int q0, int window, int n)
{
    const int first = (q0 > window ? q0 - window : 0) & ~1;
    const int end = n - q0 - Q < window ? n : q0 + Q + window;

    return (span){.q0 = q0,
                  .n_queries = n - q0 < Q ? n - q0 : Q,
                  .first = first,
                  .n_keys = (end - first + STEP - 1) / STEP * STEP};
}

static void block(const head *h, const span *at, float *y, const float *q, size_t dim)
{
    const float scale = 1.44269504f / sqrtf((float)D); /* of base-2 exponents */
    __m512i columns[16];

#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        columns[i] = row_bf16(q + (size_t)(at->q0 + (i < at->n_queries ? i : 0)) * 3 * dim);
    recto_cpu_avx512_transpose(columns);
    const __m512 top = scores(h, columns, at->first, at->n_keys);
    const __m512 sum = softmax(h, top, at->n_keys, scale);
    const __m512 inverse = _mm512_div_ps(_mm512_set1_ps(1.0f), sum);
    for (int half = 0; half < 2; half++)
        mix(h, at->first, at->n_keys, half, inverse, y + (size_t)at->q0 * dim, dim, at->n_queries);
}

recto_status recto_cpu_avx512_attention(recto_cpu_base_room *room, float *y, const float *qkv,
                                        int n_tokens, int dim, int heads, int window,
                                        recto_error *err)
{
    const size_t n = (size_t)n_tokens;
    const size_t n_blocks = (n + Q - 1) / Q;
    const size_t keys = (n < Q + 2 * (size_t)window ? n : Q + 2 * (size_t)window) + 2 + STEP;
    /* a block's last step may reach STEP keys beyond the line */
    const size_t tokens = n + 2 * STEP;
    uint8_t *bytes =
        recto_cpu_base_reserve(room, 64 * (2 * tokens + keys) + n_blocks * keys * sizeof(uint16_t));

    if (bytes == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    head h = {
        .k = (uint32_t *)(void *)bytes,
        .v = (uint32_t *)(void *)(bytes + 64 * tokens),
        .s = (float *)(void *)(bytes + 128 * tokens),
    };
    uint16_t *masks = (uint16_t *)(void *)(bytes + 128 * tokens + 64 * keys);
    for (size_t b = 0; b < n_blocks; b++) {
        const span at = span_of((int)b * Q, window, n_tokens);
        for (int i = 0; i < at.n_keys; i++)
            masks[b * keys + (size_t)i] = sees(at.first + i, at.q0, window, n_tokens);
    }
    for (int i = 0; i < heads; i++) {
        const float *q = qkv + (size_t)i * D;
        convert_keys(&h, q + dim, 3 * (size_t)dim, n_tokens);
        for (size_t b = 0; b < n_blocks; b++) {
            const span at = span_of((int)b * Q, window, n_tokens);
            h.sees = masks + b * keys;
            block(&h, &at, y + (size_t)i * D, q, (size_t)dim);
        }
    }
    return RECTO_OK;
}

#else
typedef int recto_cpu_avx512_attention_not_here;
#endif
