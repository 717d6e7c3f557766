/* What a decoder adds to the line network's operations (ref.c): rms norm, rotary positions, the
 * cache of keys and values, attention over it, and the gated unit. */
#include "core/cursor.h"
#include "kernels/ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void recto_ref_rms_norm(recto_backend *be, float *y, const float *x, const float *gain, float eps,
                        int n_tokens, int dim)
{
    (void)be;
    for (int t = 0; t < n_tokens; t++, x += dim, y += dim) {
        double square = 0.0;
        for (int d = 0; d < dim; d++)
            square += (double)x[d] * (double)x[d];
        const float scale = (float)(1.0 / sqrt(square / dim + (double)eps));
        for (int d = 0; d < dim; d++)
            y[d] = x[d] * scale * gain[d];
    }
}

void recto_ref_rope(recto_backend *be, float *x, size_t stride, int n_tokens, int heads,
                    int head_dim, const float *gain, float eps, const float *angles, int first_pos)
{
    const int half = head_dim / 2;

    for (int t = 0; t < n_tokens; t++) {
        const float *turn = angles + (size_t)(first_pos + t) * (size_t)head_dim;
        for (int head = 0; head < heads; head++) {
            float *h = x + (size_t)t * stride + (size_t)head * (size_t)head_dim;
            if (gain != NULL)
                recto_ref_rms_norm(be, h, h, gain, eps, 1, head_dim);
            for (int i = 0; i < half; i++) {
                const float c = turn[2 * i];
                const float s = turn[2 * i + 1];
                const float a = h[i];
                const float b = h[i + half];
                h[i] = a * c - b * s;
                h[i + half] = b * c + a * s;
            }
        }
    }
}

void recto_ref_gated(recto_backend *be, float *y, const float *gu, int n_tokens, int dim)
{
    (void)be;
    for (int t = 0; t < n_tokens; t++, gu += 2 * (size_t)dim, y += dim)
        for (int i = 0; i < dim; i++)
            y[i] = gu[i] / (1.0f + expf(-gu[i])) * gu[dim + i];
}

/* --- keys and values: two tensors [layers, kv heads, positions, d] -------------------------------
 */

struct recto_cache {
    recto_ops_cache shape;
    float *k, *v;
};

/* Bytes of one of the two tensors; false if that does not fit. */
static bool tensor_size(size_t *out, const recto_ops_cache *s)
{
    return recto_size_mul(out, (size_t)s->n_layers, (size_t)s->n_kv_heads) &&
           recto_size_mul(out, *out, (size_t)s->n_positions) &&
           recto_size_mul(out, *out, (size_t)s->head_dim * sizeof(float));
}

size_t recto_ref_cache_bytes(const recto_backend *be, const recto_ops_cache *shape)
{
    size_t size;

    (void)be;
    return tensor_size(&size, shape) && recto_size_mul(&size, size, 2) ? size : SIZE_MAX;
}

void recto_ref_cache_free(recto_backend *be, recto_cache *cache)
{
    (void)be;
    if (cache == NULL)
        return;
    free(cache->k);
    free(cache->v);
    free(cache);
}

recto_status recto_ref_cache_new(recto_cache **out, recto_backend *be, const recto_ops_cache *shape,
                                 recto_error *err)
{
    recto_cache *c = calloc(1, sizeof *c);
    size_t size;

    *out = NULL;
    if (c != NULL && tensor_size(&size, shape)) {
        c->shape = *shape;
        c->k = calloc(size, 1);
        c->v = calloc(size, 1);
    }
    if (c == NULL || c->k == NULL || c->v == NULL) {
        recto_ref_cache_free(be, c);
        return recto_error_set(err, RECTO_ERR_NOMEM, "cache of %d positions: out of memory",
                               shape->n_positions);
    }
    *out = c;
    return RECTO_OK;
}

/* Where position 0 of a kv head is in either tensor. */
static size_t head_at(const recto_cache *c, int layer, int head)
{
    const size_t heads = (size_t)layer * (size_t)c->shape.n_kv_heads + (size_t)head;
    return heads * (size_t)c->shape.n_positions * (size_t)c->shape.head_dim;
}

void recto_ref_cache_put(recto_backend *be, recto_cache *cache, int layer, int first_pos,
                         const float *k, const float *v, size_t stride, int n_tokens)
{
    const size_t d = (size_t)cache->shape.head_dim;

    (void)be;
    for (int t = 0; t < n_tokens; t++, k += stride, v += stride)
        for (int head = 0; head < cache->shape.n_kv_heads; head++) {
            const size_t at = head_at(cache, layer, head) + (size_t)(first_pos + t) * d;
            memcpy(cache->k + at, k + (size_t)head * d, d * sizeof *k);
            memcpy(cache->v + at, v + (size_t)head * d, d * sizeof *v);
        }
}

recto_status recto_ref_cached_attention(recto_backend *be, float *y, const recto_cache *cache,
                                        int layer, const float *q, size_t stride, int n_tokens,
                                        int heads, int first_pos, recto_error *err)
{
    const int d = cache->shape.head_dim;
    const int sharing = heads / cache->shape.n_kv_heads; /* query heads of a kv head */
    float *p = malloc(((size_t)first_pos + (size_t)n_tokens + 1) * sizeof *p);

    (void)be;
    if (p == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    for (int t = 0; t < n_tokens; t++)
        for (int h = 0; h < heads; h++) {
            const size_t at = head_at(cache, layer, h / sharing);
            recto_ref_attend(y + ((size_t)t * (size_t)heads + (size_t)h) * (size_t)d,
                             q + (size_t)t * stride + (size_t)h * (size_t)d, cache->k + at,
                             cache->v + at, p, first_pos + t + 1, d, (size_t)d);
        }
    free(p);
    return RECTO_OK;
}
