/* Row operations (cpu_rows.h), written once: include with ROWS the name of the resulting
 * recto_cpu_rows. */
#include "kernels/cpu_rows.h"
#include "kernels/cpu_vec.h"

enum { CHAINS = 4 }; /* independent sums: one would wait for each addition */

/* The first n numbers, n <= LANES; zeros after. */
INLINE vec load_part(const float *p, int n)
{
    float lanes[LANES] = {0};
    if (n >= LANES)
        return vec_load(p);
    memcpy(lanes, p, (size_t)n * sizeof *p);
    return vec_load(lanes);
}

INLINE void store_part(float *p, vec v, int n)
{
    float lanes[LANES];
    if (n >= LANES) {
        vec_store(p, v);
        return;
    }
    vec_store(lanes, v);
    memcpy(p, lanes, (size_t)n * sizeof *p);
}

static void rms(float *y, const float *x, const float *gain, float eps, int dim)
{
    vec square[CHAINS];
    float lanes[LANES];
    float sum = 0.0f;

    for (int i = 0; i < CHAINS; i++)
        square[i] = vec_set(0.0f);
    for (int at = 0; at < dim; at += CHAINS * LANES)
#pragma GCC unroll 4
        for (int i = 0; i < CHAINS; i++)
            if (at + i * LANES < dim) {
                const vec v = load_part(x + at + i * LANES, dim - at - i * LANES);
                square[i] = vec_fma(square[i], v, v);
            }
    vec_store(lanes, vec_add(vec_add(square[0], square[1]), vec_add(square[2], square[3])));
    for (int i = 0; i < LANES; i++)
        sum += lanes[i];
    const vec scale = vec_set(1.0f / sqrtf(sum / (float)dim + eps));
    for (int at = 0; at < dim; at += LANES) {
        const vec v = vec_mul(load_part(x + at, dim - at), scale);
        store_part(y + at, vec_mul(v, load_part(gain + at, dim - at)), dim - at);
    }
}

static void turn(float *heads, int n_heads, int d, const float *gain, float eps, const float *c,
                 const float *s)
{
    const int half = d / 2;

    for (float *h = heads; h < heads + (size_t)n_heads * (size_t)d; h += d) {
        if (gain != NULL)
            rms(h, h, gain, eps, d);
        for (int i = 0; i < half; i += LANES) {
            const int n = half - i;
            const vec cos_i = load_part(c + i, n);
            const vec sin_i = load_part(s + i, n);
            const vec a = load_part(h + i, n);
            const vec b = load_part(h + half + i, n);
            store_part(h + i, vec_sub(vec_mul(a, cos_i), vec_mul(b, sin_i)), n);
            store_part(h + half + i, vec_fma(vec_mul(a, sin_i), b, cos_i), n);
        }
    }
}

static void gate(float *y, const float *gu, int dim)
{
    for (int at = 0; at < dim; at += LANES) {
        const int n = dim - at;
        const vec g = load_part(gu + at, n);
        const vec e = vec_exp(vec_sub(vec_set(0.0f), g));
        const vec silu = vec_div(g, vec_add(vec_set(1.0f), e));
        store_part(y + at, vec_mul(silu, load_part(gu + dim + at, n)), n);
    }
}

const recto_cpu_rows ROWS = {.rms = rms, .turn = turn, .gate = gate};
