/* The cache of keys and values of the CPU back ends, in the layout of cpu_flash.h. */
#ifndef RECTO_KERNELS_CPU_CACHE_H
#define RECTO_KERNELS_CPU_CACHE_H

#include "kernels/cpu_base.h"

struct recto_cache {
    recto_ops_cache shape;
    size_t strip;   /* steps of one head's keys, and of its values */
    uint32_t *data; /* [layers][kv heads][2][strip]: keys, then values */
    size_t size;    /* bytes */
};

/* One head's keys; its values follow after `strip` steps. */
static inline uint32_t *recto_cpu_cache_head(const recto_cache *c, int layer, int head)
{
    return c->data + ((size_t)layer * (size_t)c->shape.n_kv_heads + (size_t)head) * 2 * c->strip;
}

recto_status recto_cpu_cache_new(recto_cache **out, recto_backend *be, const recto_ops_cache *shape,
                                 recto_error *err);
void recto_cpu_cache_free(recto_backend *be, recto_cache *cache);
size_t recto_cpu_cache_bytes(const recto_backend *be, const recto_ops_cache *shape);
void recto_cpu_cache_put(recto_backend *be, recto_cache *cache, int layer, int first_pos,
                         const float *k, const float *v, size_t stride, int n_tokens);

#endif
