/* Who computes which queries: heads and blocks of queries over the team of threads.  No piece of
 * work reads what another one writes, and no sum is split, so that results do not depend on the
 * number of threads. */
#include "kernels/cpu_attention.h"
#include "kernels/cpu_cache.h"
#include "kernels/cpu_team.h"

static size_t rounded(size_t n)
{
    return (n + 63) / 64 * 64;
}

/* --- all tokens of a picture ------------------------------------------------------------------ */

typedef struct full {
    const recto_cpu_flash *flash;
    float *y;
    const float *qkv;
    int n_tokens, dim, d;
    size_t strip;  /* steps of a head's keys, and of its values */
    uint8_t *room; /* for each thread: keys, values, scratch */
    size_t room_size;
} full;

static void full_head(void *work, int head, int thread)
{
    const full *f = work;
    const size_t dim = (size_t)f->dim;
    const float *q = f->qkv + (size_t)head * (size_t)f->d;
    uint8_t *room = f->room + (size_t)thread * f->room_size;
    uint32_t *k = (uint32_t *)(void *)room;

    f->flash->put(k, k + f->strip, f->d, 0, q + dim, q + 2 * dim, 3 * dim, f->n_tokens);
    for (int at = 0; at < f->n_tokens; at += f->flash->lanes) {
        const recto_cpu_flash_rows rows = {
            .q = q + (size_t)at * 3 * dim,
            .y = f->y + (size_t)at * dim + (size_t)head * (size_t)f->d,
            .q_stride = 3 * dim,
            .y_stride = dim,
            .d = f->d,
            .sharing = 1,
            .n_rows = f->n_tokens - at < f->flash->lanes ? f->n_tokens - at : f->flash->lanes,
            .seen = f->n_tokens,
            .k = k,
            .v = k + f->strip};
        f->flash->block(&rows, room + rounded(2 * f->strip * sizeof *k));
    }
}

recto_status recto_cpu_attention_full(recto_cpu_base *base, float *y, const float *qkv,
                                      int n_tokens, int dim, int heads, recto_error *err)
{
    full f = {.flash = base->flash,
              .y = y,
              .qkv = qkv,
              .n_tokens = n_tokens,
              .dim = dim,
              .d = dim / heads};

    f.strip = recto_cpu_flash_steps(f.flash, f.d, (size_t)n_tokens);
    f.room_size = rounded(2 * f.strip * sizeof(uint32_t)) + rounded(recto_cpu_flash_room(f.d));
    f.room = recto_cpu_base_reserve(&base->keys, (size_t)base->n_threads * f.room_size);
    if (f.room == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    recto_cpu_team_run(base->n_threads, heads, full_head, &f);
    return RECTO_OK;
}

/* --- a text that grows ------------------------------------------------------------------------ */

typedef struct cached {
    const recto_cpu_flash *flash;
    const recto_cache *cache;
    float *y;
    const float *q;
    size_t stride;
    int layer, n_tokens, heads, first_pos;
    bool few;
    int tokens; /* of a block */
    int blocks; /* of a kv head */
    uint8_t *room;
    size_t room_size;
} cached;

/* Block i % blocks of kv head i / blocks: all query heads that share it. */
static void cached_block(void *work, int i, int thread)
{
    const cached *c = work;
    const int d = c->cache->shape.head_dim;
    const int kv = i / c->blocks;
    const int sharing = c->heads / c->cache->shape.n_kv_heads;
    const int at = i % c->blocks * c->tokens;
    const int n = c->n_tokens - at < c->tokens ? c->n_tokens - at : c->tokens;
    const size_t head = (size_t)kv * (size_t)sharing * (size_t)d;
    const size_t row = (size_t)c->heads * (size_t)d;
    const uint32_t *k = recto_cpu_cache_head(c->cache, c->layer, kv);
    const recto_cpu_flash_rows rows = {.q = c->q + (size_t)at * c->stride + head,
                                       .y = c->y + (size_t)at * row + head,
                                       .q_stride = c->stride,
                                       .y_stride = row,
                                       .d = d,
                                       .sharing = sharing,
                                       .n_rows = n * sharing,
                                       .seen = c->first_pos + at + 1,
                                       .causal = true,
                                       .k = k,
                                       .v = k + c->cache->strip};

    (c->few ? c->flash->few : c->flash->block)(&rows, c->room + (size_t)thread * c->room_size);
}

recto_status recto_cpu_attention_cached(recto_backend *be, float *y, const recto_cache *cache,
                                        int layer, const float *q, size_t stride, int n_tokens,
                                        int heads, int first_pos, recto_error *err)
{
    recto_cpu_base *base = (recto_cpu_base *)be;
    const int sharing = heads / cache->shape.n_kv_heads;
    cached c = {.flash = base->flash,
                .cache = cache,
                .y = y,
                .q = q,
                .stride = stride,
                .layer = layer,
                .n_tokens = n_tokens,
                .heads = heads,
                .first_pos = first_pos};

    /* below a vector of queries, one token at a time is no slower */
    c.few = n_tokens * sharing <= 12 || sharing > c.flash->lanes;
    c.tokens = c.few ? n_tokens : c.flash->lanes / sharing;
    c.blocks = (n_tokens + c.tokens - 1) / c.tokens;
    c.room_size = rounded(recto_cpu_flash_room(cache->shape.head_dim));
    c.room = recto_cpu_base_reserve(&base->keys, (size_t)base->n_threads * c.room_size);
    if (c.room == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    recto_cpu_team_run(base->n_threads, cache->shape.n_kv_heads * c.blocks, cached_block, &c);
    return RECTO_OK;
}
