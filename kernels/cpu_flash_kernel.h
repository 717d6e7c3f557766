/* Attention over packed keys and values (cpu_flash.h), written once: include with FLASH the name of
 * the resulting recto_cpu_flash, FLASH_BF16 set for steps of two bfloat16 (AVX-512 BF16 only).
 *
 * Many queries (block): up to TOKENS x LANES rows of queries in the lanes.  For each chunk of 128
 * keys
 *
 *   S[key][row]  = K[key] . Q[row]               tiles of KEYS keys x `wide` vectors in registers
 *   P            = exp((S - max) / sqrt d)       running maximum; earlier results are rescaled
 *   Y[dim][row] += sum over keys V[key][dim] P[key][row]
 *
 * Few queries of one token (few): 16 keys, or 16 dims, in the lanes instead, so that each key and
 * value is loaded once for four heads.  Every sum runs in the same order in both: over a key's
 * steps, over a chunk's keys, and for the softmax over 16 keys as a fixed tree. */
#include "kernels/cpu_flash.h"
#include "kernels/cpu_vec.h"
#include "kernels/ops.h"

#ifdef FLASH_BF16
#include "kernels/cpu_avx512_rows.h"
enum { PER_STEP = 2 };
#else
enum { PER_STEP = 1 };
#endif

enum {
    BLOCK = RECTO_CPU_FLASH_KEYS,
    CHUNK = RECTO_CPU_FLASH_CHUNK,
    KEYS = LANES == 16 ? 8 : 4, /* of a tile; also dims of a tile */
    WIDE = LANES == 4 ? 2 : 3,  /* vectors of rows of a tile, at most */
    HEADS = 4,                  /* rows of few() together */
    VECS = LANES == 16  ? 4
           : LANES == 8 ? 2
                        : 4, /* of keys or dims of few() together */
    BLOCK_VECS = BLOCK / LANES,
    AHEAD = 4, /* rows: more would push each other out of the first cache */
};

/* --- steps ------------------------------------------------------------------------------------ */

INLINE vec broadcast(const uint32_t *step)
{
    float f;
    memcpy(&f, step, sizeof f);
    return vec_set(f);
}

INLINE vec load_steps(const uint32_t *p)
{
    return vec_load((const float *)(const void *)p);
}

/* sum + the products of a step, in each lane. */
INLINE vec multiply(vec sum, vec a, vec b)
{
#ifdef FLASH_BF16
    return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_castps_si512(a),
                            (__m512bh)_mm512_castps_si512(b));
#else
    return vec_fma(sum, a, b);
#endif
}

/* A row of d numbers as width / PER_STEP steps. */
static void to_steps(uint32_t *to, const float *x, int d)
{
    memset(to, 0, recto_cpu_flash_width(d) / PER_STEP * sizeof *to);
#ifdef FLASH_BF16
    recto_cpu_avx512_to_bf16((uint16_t *)(void *)to, x, d);
#else
    memcpy(to, x, (size_t)d * sizeof *x);
#endif
}

/* Rows lie far apart: ask for one before it is its turn. */
INLINE void fetch(const float *row, int d)
{
    for (int i = 0; i < d; i += 16)
        __builtin_prefetch(row + i);
}

static void put(uint32_t *k, uint32_t *v, int d, int pos, const float *kx, const float *vx,
                size_t stride, int n)
{
    const size_t width = recto_cpu_flash_width(d);
    const size_t steps = width / PER_STEP;
    uint32_t row[RECTO_OPS_MAX_HEAD];

    for (int t = 0; t < n; t++, pos++, kx += stride, vx += stride) {
        uint32_t *to = k + (size_t)(pos / BLOCK) * steps * BLOCK + pos % BLOCK;
        if (t + AHEAD < n) {
            fetch(kx + AHEAD * stride, d);
            fetch(vx + AHEAD * stride, d);
        }
        to_steps(row, kx, d);
        for (size_t i = 0; i < steps; i++)
            to[i * BLOCK] = row[i];
        to = v + (size_t)(pos / PER_STEP) * width;
        to_steps(row, vx, d);
#ifdef FLASH_BF16
        /* the second token of a step is zero until it comes: it takes part with weight 0 */
        const uint16_t *halves = (const uint16_t *)(const void *)row;
        for (size_t i = 0; i < width; i++)
            to[i] = pos % 2 == 0 ? halves[i] : (to[i] & 0xffffu) | (uint32_t)halves[i] << 16;
#else
        memcpy(to, row, width * sizeof *to);
#endif
    }
}

/* --- many queries ----------------------------------------------------------------------------- */

typedef struct many {
    const recto_cpu_flash_rows *r;
    size_t width, steps;
    uint32_t *q; /* [steps][rows] */
    float *s;    /* [CHUNK][rows]: scores, then weights as steps */
    float *y;    /* [width][rows] */
    vec top[WIDE], sum[WIDE];
    int seen[WIDE * LANES]; /* keys that a row sees */
} many;

/* Scores of keys first..first + n, n a multiple of BLOCK; raises m->top. */
INLINE void many_scores(many *m, int first, int n, int wide)
{
    const int rows = wide * LANES;
    const bool masked = first + n > m->seen[0]; /* some row does not see all of them */

    for (int at = 0; at < n; at += KEYS) {
        const uint32_t *k =
            m->r->k + (size_t)((first + at) / BLOCK) * m->steps * BLOCK + (first + at) % BLOCK;
        const uint32_t *q = m->q;
        vec s[KEYS][WIDE];
#pragma GCC unroll 8
        for (int i = 0; i < KEYS; i++)
#pragma GCC unroll 3
            for (int w = 0; w < wide; w++)
                s[i][w] = vec_set(0.0f);
        for (size_t j = 0; j < m->steps; j++, k += BLOCK, q += rows) {
            vec x[WIDE];
#pragma GCC unroll 3
            for (int w = 0; w < wide; w++)
                x[w] = load_steps(q + w * LANES);
#pragma GCC unroll 8
            for (int i = 0; i < KEYS; i++) {
                const vec key = broadcast(k + i);
#pragma GCC unroll 3
                for (int w = 0; w < wide; w++)
                    s[i][w] = multiply(s[i][w], x[w], key);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < KEYS; i++)
#pragma GCC unroll 3
            for (int w = 0; w < wide; w++) {
                if (masked)
                    s[i][w] = vec_where_below(s[i][w], first + at + i, m->seen + w * LANES);
                m->top[w] = vec_max(m->top[w], s[i][w]);
                vec_store(m->s + (at + i) * rows + w * LANES, s[i][w]);
            }
    }
}

/* The sum of 16: halves on halves, as vec_tree does across lanes. */
INLINE vec tree(const vec p[BLOCK])
{
    vec t[BLOCK / 2];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        t[i] = vec_add(p[i], p[i + 8]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        t[i] = vec_add(t[i], t[i + 4]);
    return vec_add(vec_add(t[0], t[2]), vec_add(t[1], t[3]));
}

/* Weights of two keys as they go into steps. */
INLINE void store_weights(float *s, int rows, vec p0, vec p1)
{
#ifdef FLASH_BF16
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(p1, p0);
    (void)rows;
    vec_store(s, _mm512_castsi512_ps(_mm512_permutexvar_epi16(order, both)));
#else
    vec_store(s, p0);
    vec_store(s + rows, p1);
#endif
}

/* Scores to weights of n keys, in place. */
INLINE void many_weights(many *m, int n, int wide, float scale)
{
    const int rows = wide * LANES;

    for (int w = 0; w < wide; w++)
        for (int at = 0; at < n; at += BLOCK) {
            const float *s = m->s + at * rows + w * LANES;
            vec p[BLOCK];
#pragma GCC unroll 16
            for (int i = 0; i < BLOCK; i++)
                p[i] = vec_exp(vec_mul(vec_sub(vec_load(s + i * rows), m->top[w]), vec_set(scale)));
            m->sum[w] = vec_add(m->sum[w], tree(p));
#pragma GCC unroll 8
            for (int i = 0; i < BLOCK; i += 2)
                store_weights(m->s + (at + i) / PER_STEP * rows + w * LANES, rows, p[i], p[i + 1]);
        }
}

/* Y = Y fade + V P over n keys from `first`. */
INLINE void many_mix(many *m, int first, int n, int wide, const vec fade[WIDE])
{
    const int rows = wide * LANES;
    const int n_steps = (n + PER_STEP - 1) / PER_STEP;

    for (size_t d = 0; d < m->width; d += KEYS) {
        const uint32_t *v = m->r->v + (size_t)(first / PER_STEP) * m->width + d;
        const float *p = m->s;
        float *to = m->y + d * (size_t)rows;
        vec y[KEYS][WIDE];
#pragma GCC unroll 8
        for (int i = 0; i < KEYS; i++)
#pragma GCC unroll 3
            for (int w = 0; w < wide; w++)
                y[i][w] = vec_mul(vec_load(to + i * rows + w * LANES), fade[w]);
        for (int j = 0; j < n_steps; j++, v += m->width, p += rows) {
            vec x[WIDE];
#pragma GCC unroll 3
            for (int w = 0; w < wide; w++)
                x[w] = vec_load(p + w * LANES);
#pragma GCC unroll 8
            for (int i = 0; i < KEYS; i++) {
                const vec value = broadcast(v + i);
#pragma GCC unroll 3
                for (int w = 0; w < wide; w++)
                    y[i][w] = multiply(y[i][w], x[w], value);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < KEYS; i++)
#pragma GCC unroll 3
            for (int w = 0; w < wide; w++)
                vec_store(to + i * rows + w * LANES, y[i][w]);
    }
}

INLINE void many_attend(many *m, int wide)
{
    const recto_cpu_flash_rows *r = m->r;
    const int rows = wide * LANES;
    const float scale = 1.0f / sqrtf((float)r->d);
    const int last = m->seen[r->n_rows - 1];

    for (int w = 0; w < wide; w++) {
        m->top[w] = vec_set(-INFINITY);
        m->sum[w] = vec_set(0.0f);
    }
    memset(m->y, 0, m->width * (size_t)rows * sizeof *m->y);
    for (int first = 0; first < last; first += CHUNK) {
        const int n = last - first < CHUNK ? last - first : CHUNK;
        const int whole = (n + BLOCK - 1) / BLOCK * BLOCK;
        vec fade[WIDE];
        for (int w = 0; w < wide; w++)
            fade[w] = m->top[w];
        many_scores(m, first, whole, wide);
        for (int w = 0; w < wide; w++) {
            fade[w] = vec_exp(vec_mul(vec_sub(fade[w], m->top[w]), vec_set(scale)));
            m->sum[w] = vec_mul(m->sum[w], fade[w]);
        }
        many_weights(m, whole, wide, scale);
        many_mix(m, first, n, wide, fade);
    }
    for (int w = 0; w < wide; w++) {
        const vec inverse = vec_div(vec_set(1.0f), m->sum[w]);
        for (size_t d = 0; d < (size_t)r->d; d++) {
            float *y = m->y + d * (size_t)rows + w * LANES;
            vec_store(y, vec_mul(vec_load(y), inverse));
        }
    }
}

static void block(const recto_cpu_flash_rows *r, void *room)
{
    const int wide = (r->n_rows + LANES - 1) / LANES;
    const int rows = wide * LANES;
    many m = {.r = r, .width = recto_cpu_flash_width(r->d)};
    uint32_t row[RECTO_OPS_MAX_HEAD];

    m.steps = m.width / PER_STEP;
    m.s = room;
    m.y = m.s + CHUNK * rows;
    m.q = (uint32_t *)(void *)(m.y + m.width * (size_t)rows);
    for (int t = 0; t < (r->n_rows + r->sharing - 1) / r->sharing; t++)
        fetch(r->q + (size_t)t * r->q_stride, r->sharing * r->d);
    for (int i = 0; i < rows; i++) { /* rows that are not there: the first one again */
        const int from = i < r->n_rows ? i : 0;
        const int token = from / r->sharing;
        m.seen[i] = r->seen + (r->causal ? token : 0);
        to_steps(row,
                 r->q + (size_t)token * r->q_stride + (size_t)(from % r->sharing) * (size_t)r->d,
                 r->d);
        for (size_t j = 0; j < m.steps; j++)
            m.q[j * (size_t)rows + (size_t)i] = row[j];
    }
    if (wide == 1)
        many_attend(&m, 1);
    else if (WIDE > 2 && wide == 2)
        many_attend(&m, 2);
    else
        many_attend(&m, WIDE);
    for (int i = 0; i < r->n_rows; i++) {
        float *y =
            r->y + (size_t)(i / r->sharing) * r->y_stride + (size_t)(i % r->sharing) * (size_t)r->d;
        for (int d = 0; d < r->d; d++)
            y[d] = m.y[d * rows + i];
    }
}

/* --- one token -------------------------------------------------------------------------------- */

typedef struct one {
    const uint32_t *k, *v;
    size_t width, steps;
    int d;
    uint32_t *q; /* [steps][heads] */
    float *s;    /* [heads][CHUNK]: scores, then weights as steps */
    float *y;    /* [heads][width] */
    float top[HEADS], sum[HEADS];
} one;

INLINE float across_max(const float *s, int n)
{
    float lanes[LANES];
    vec top = vec_load(s);
    for (int i = LANES; i < n; i += LANES)
        top = vec_max(top, vec_load(s + i));
    vec_store(lanes, top);
    float result = lanes[0];
    for (int i = 1; i < LANES; i++)
        result = lanes[i] > result ? lanes[i] : result;
    return result;
}

/* As tree(), of 16 numbers side by side. */
INLINE float across_tree(const float p[BLOCK])
{
    float t[BLOCK / 2];
    for (int i = 0; i < 8; i++)
        t[i] = p[i] + p[i + 8];
    for (int i = 0; i < 4; i++)
        t[i] = t[i] + t[i + 4];
    return (t[0] + t[2]) + (t[1] + t[3]);
}

/* Scores of `vecs` vectors of keys from `first`, to s + at. */
INLINE void one_scores(one *o, int first, int at, int vecs, int heads)
{
    const uint32_t *q = o->q;
    const uint32_t *k = o->k + (size_t)((first + at) / BLOCK) * o->steps * BLOCK;
    vec s[HEADS][VECS];

#pragma GCC unroll 4
    for (int h = 0; h < heads; h++)
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            s[h][i] = vec_set(0.0f);
    for (size_t j = 0; j < o->steps; j++, k += BLOCK, q += heads) {
        vec key[VECS];
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            key[i] =
                load_steps(k + (size_t)(i * LANES / BLOCK) * o->steps * BLOCK + i * LANES % BLOCK);
#pragma GCC unroll 4
        for (int h = 0; h < heads; h++) {
            const vec x = broadcast(q + h);
#pragma GCC unroll 4
            for (int i = 0; i < vecs; i++)
                s[h][i] = multiply(s[h][i], x, key[i]);
        }
    }
#pragma GCC unroll 4
    for (int h = 0; h < heads; h++)
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            vec_store(o->s + h * CHUNK + at + i * LANES, s[h][i]);
}

/* Scores to weights of n keys of one head; returns what fades earlier results. */
INLINE float one_weights(one *o, int h, int n, float scale)
{
    float *s = o->s + h * CHUNK;
    float lanes[BLOCK];
    const float top = across_max(s, n);
    const float old = o->top[h];

    o->top[h] = top > old ? top : old;
    vec_store(lanes, vec_exp(vec_mul(vec_set(old - o->top[h]), vec_set(scale))));
    const float fade = lanes[0];
    o->sum[h] *= fade;
    for (int at = 0; at < n; at += BLOCK) {
        for (int i = 0; i < BLOCK; i += LANES)
            vec_store(lanes + i, vec_exp(vec_mul(vec_sub(vec_load(s + at + i), vec_set(o->top[h])),
                                                 vec_set(scale))));
        o->sum[h] += across_tree(lanes);
        to_steps((uint32_t *)(void *)s + at / PER_STEP, lanes, BLOCK);
    }
    return fade;
}

/* Y = Y fade + V P for `vecs` vectors of dims from d. */
INLINE void one_mix(one *o, int first, int n, size_t d, int vecs, int heads, const float *fade)
{
    const uint32_t *v = o->v + (size_t)(first / PER_STEP) * o->width + d;
    const uint32_t *p = (const uint32_t *)(const void *)o->s;
    const int n_steps = (n + PER_STEP - 1) / PER_STEP;
    vec y[HEADS][VECS];

#pragma GCC unroll 4
    for (int h = 0; h < heads; h++)
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            y[h][i] = vec_mul(vec_load(o->y + (size_t)h * o->width + d + (size_t)(i * LANES)),
                              vec_set(fade[h]));
    for (int j = 0; j < n_steps; j++, v += o->width) {
        vec value[VECS];
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            value[i] = load_steps(v + i * LANES);
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            __builtin_prefetch(v + CHUNK / PER_STEP * o->width + i * LANES, 0, 2);
#pragma GCC unroll 4
        for (int h = 0; h < heads; h++) {
            const vec x = broadcast(p + h * CHUNK + j);
#pragma GCC unroll 4
            for (int i = 0; i < vecs; i++)
                y[h][i] = multiply(y[h][i], x, value[i]);
        }
    }
#pragma GCC unroll 4
    for (int h = 0; h < heads; h++)
#pragma GCC unroll 4
        for (int i = 0; i < vecs; i++)
            vec_store(o->y + (size_t)h * o->width + d + (size_t)(i * LANES), y[h][i]);
}

INLINE void one_attend(one *o, int seen, int heads)
{
    const float scale = 1.0f / sqrtf((float)o->d);

    for (int first = 0; first < seen; first += CHUNK) {
        const int n = seen - first < CHUNK ? seen - first : CHUNK;
        const int whole = (n + BLOCK - 1) / BLOCK * BLOCK;
        float fade[HEADS];
        size_t d = 0;
        int at = 0;
        for (; at + VECS * LANES <= whole; at += VECS * LANES)
            one_scores(o, first, at, VECS, heads);
        for (; at < whole; at += BLOCK)
            one_scores(o, first, at, BLOCK_VECS, heads);
        for (int h = 0; h < heads; h++) {
            for (int i = n; i < whole; i++)
                o->s[h * CHUNK + i] = -INFINITY;
            fade[h] = one_weights(o, h, whole, scale);
        }
        for (; d + VECS * LANES <= o->width; d += VECS * LANES)
            one_mix(o, first, n, d, VECS, heads, fade);
        for (; d < o->width; d += BLOCK)
            one_mix(o, first, n, d, BLOCK_VECS, heads, fade);
    }
}

/* Rows first.. of one token: HEADS or 1. */
static void one_group(const recto_cpu_flash_rows *r, int token, int first, int heads, void *room)
{
    const float *q = r->q + (size_t)token * r->q_stride + (size_t)first * (size_t)r->d;
    float *y = r->y + (size_t)token * r->y_stride + (size_t)first * (size_t)r->d;
    const int seen = r->seen + (r->causal ? token : 0);
    one o = {.k = r->k, .v = r->v, .d = r->d, .width = recto_cpu_flash_width(r->d)};
    uint32_t row[RECTO_OPS_MAX_HEAD];

    o.steps = o.width / PER_STEP;
    o.s = room;
    o.y = o.s + HEADS * CHUNK;
    o.q = (uint32_t *)(void *)(o.y + HEADS * o.width);
    memset(o.y, 0, HEADS * o.width * sizeof *o.y);
    for (int h = 0; h < heads; h++) {
        o.top[h] = -INFINITY;
        to_steps(row, q + (size_t)h * (size_t)r->d, r->d);
        for (size_t j = 0; j < o.steps; j++)
            o.q[j * (size_t)heads + (size_t)h] = row[j];
    }
    if (heads == HEADS)
        one_attend(&o, seen, HEADS);
    else
        one_attend(&o, seen, 1);
    for (int h = 0; h < heads; h++) {
        const float inverse = 1.0f / o.sum[h];
        for (int d = 0; d < r->d; d++)
            y[h * r->d + d] = o.y[(size_t)h * o.width + (size_t)d] * inverse;
    }
}

static void few(const recto_cpu_flash_rows *r, void *room)
{
    for (int at = 0; at < r->n_rows;) {
        const int token = at / r->sharing;
        const int first = at % r->sharing;
        const int heads = r->sharing - first < HEADS ? 1 : HEADS;
        one_group(r, token, first, heads, room);
        at += heads;
    }
}

const recto_cpu_flash FLASH = {
    .per_step = PER_STEP,
    .lanes = WIDE * LANES,
    .put = put,
    .block = block,
    .few = few,
};
