/* One mapping holds the keys and values of all layers; the system gives it memory page by page as
 * positions are written, so that a long context that is not used costs nothing. */
#include "kernels/cpu_cache.h"
#include "core/cursor.h"
#include "kernels/cpu_flash.h"
#include "kernels/cpu_team.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Steps of a strip and bytes of all; false if that does not fit. */
static bool sizes(size_t *strip, size_t *bytes, const recto_cpu_base *base,
                  const recto_ops_cache *s)
{
    const size_t positions = ((size_t)s->n_positions + RECTO_CPU_FLASH_KEYS - 1) /
                             RECTO_CPU_FLASH_KEYS * RECTO_CPU_FLASH_KEYS;
    size_t n;

    if (!recto_size_mul(&n, positions, recto_cpu_flash_width(s->head_dim)))
        return false;
    *strip = n / (size_t)base->flash->per_step;
    return recto_size_mul(&n, *strip, 2 * sizeof(uint32_t)) &&
           recto_size_mul(&n, n, (size_t)s->n_kv_heads) &&
           recto_size_mul(bytes, n, (size_t)s->n_layers);
}

size_t recto_cpu_cache_bytes(const recto_backend *be, const recto_ops_cache *shape)
{
    size_t strip;
    size_t bytes;

    return sizes(&strip, &bytes, (const recto_cpu_base *)be, shape) ? bytes : SIZE_MAX;
}

recto_status recto_cpu_cache_new(recto_cache **out, recto_backend *be, const recto_ops_cache *shape,
                                 recto_error *err)
{
    *out = NULL;
    if (shape->head_dim > RECTO_OPS_MAX_HEAD)
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED,
                               "cache: heads of %d numbers, at most %d are supported",
                               shape->head_dim, RECTO_OPS_MAX_HEAD);
    recto_cache *c = calloc(1, sizeof *c);
    if (c != NULL && sizes(&c->strip, &c->size, (recto_cpu_base *)be, shape)) {
        void *p = mmap(NULL, c->size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        c->shape = *shape;
        c->data = p == MAP_FAILED ? NULL : p;
    }
    if (c == NULL || c->data == NULL) {
        free(c);
        return recto_error_set(err, RECTO_ERR_NOMEM, "cache of %d positions: out of memory",
                               shape->n_positions);
    }
    *out = c;
    return RECTO_OK;
}

void recto_cpu_cache_free(recto_backend *be, recto_cache *cache)
{
    (void)be;
    if (cache == NULL)
        return;
    munmap(cache->data, cache->size);
    free(cache);
}

/* One head's tokens. */
typedef struct putting {
    const recto_cpu_flash *flash;
    const recto_cache *cache;
    const float *k, *v;
    size_t stride;
    int layer, first_pos, n;
} putting;

static void put_head(void *work, int head, int thread)
{
    const putting *p = work;
    const int d = p->cache->shape.head_dim;
    uint32_t *keys = recto_cpu_cache_head(p->cache, p->layer, head);

    (void)thread;
    p->flash->put(keys, keys + p->cache->strip, d, p->first_pos, p->k + (size_t)head * (size_t)d,
                  p->v + (size_t)head * (size_t)d, p->stride, p->n);
}

void recto_cpu_cache_put(recto_backend *be, recto_cache *cache, int layer, int first_pos,
                         const float *k, const float *v, size_t stride, int n_tokens)
{
    const recto_cpu_base *base = (const recto_cpu_base *)be;
    putting p = {.flash = base->flash,
                 .cache = cache,
                 .k = k,
                 .v = v,
                 .stride = stride,
                 .layer = layer,
                 .first_pos = first_pos,
                 .n = n_tokens};

    /* a few tokens are not worth a team's start */
    recto_cpu_team_run(n_tokens < 16 ? 1 : base->n_threads, cache->shape.n_kv_heads, put_head, &p);
}
