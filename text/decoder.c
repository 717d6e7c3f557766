#include "text/decoder_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void recto_decoder_free(recto_decoder *d)
{
    if (d == NULL)
        return;
    for (int i = 0; d->blocks != NULL && i < d->config.n_layers; i++) {
        recto_decoder_block *b = &d->blocks[i];
        d->be->layer_free(d->be, b->qkv);
        d->be->layer_free(d->be, b->out);
        d->be->layer_free(d->be, b->gate_up);
        d->be->layer_free(d->be, b->down);
    }
    d->be->layer_free(d->be, d->head);
    d->be->cache_free(d->be, d->cache);
    free(d->blocks);
    free(d->gains);
    free(d->angles);
    free(d->x);
    free(d->qkv);
    free(d->mixed);
    free(d->gu);
    free(d->hidden);
    free(d);
}

int recto_decoder_position(const recto_decoder *d)
{
    return d->position;
}

int recto_decoder_room(const recto_decoder *d)
{
    return d->n_started - d->position;
}

int recto_decoder_n_vocab(const recto_decoder *d)
{
    return d->config.n_vocab;
}

/* --- room ------------------------------------------------------------------------------------- */

/* The table of angles as the reference has it: frequencies and their products with the position in
 * float32, whatever that loses at large positions, since the model was trained with it. */
static float *new_angles(const recto_decoder_config *c, int n_positions)
{
    const size_t half = (size_t)c->head_dim / 2;
    float *table = calloc((size_t)n_positions * half, 2 * sizeof *table);

    if (table == NULL)
        return NULL;
    for (size_t i = 0; i < half; i++) {
        const float exponent = (float)(2 * i) / (float)c->head_dim;
        const float frequency = 1.0f / (float)pow(c->rope_theta, (double)exponent);
        for (size_t pos = 0; pos < (size_t)n_positions; pos++) {
            const float angle = (float)pos * frequency;
            table[(pos * half + i) * 2] = cosf(angle);
            table[(pos * half + i) * 2 + 1] = sinf(angle);
        }
    }
    return table;
}

recto_status recto_decoder_start(recto_decoder *d, int n_positions, recto_error *err)
{
    const recto_decoder_config *c = &d->config;

    d->position = 0;
    d->n_started = 0;
    if (n_positions < 1)
        return recto_error_set(err, RECTO_ERR_ARG, "decoder: no positions asked for");
    if (n_positions > c->n_context)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "decoder: %d positions needed, the model has %d: use fewer tiles or "
                               "fewer tokens",
                               n_positions, c->n_context);
    if (n_positions > d->n_cached) {
        const recto_ops_cache shape = {c->n_layers, c->n_kv_heads, c->head_dim, n_positions};
        d->be->cache_free(d->be, d->cache);
        free(d->angles);
        d->cache = NULL;
        d->n_cached = 0;
        d->angles = new_angles(c, n_positions);
        if (d->angles == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "decoder: out of memory for %d positions",
                                   n_positions);
        recto_status status = d->be->cache_new(&d->cache, d->be, &shape, err);
        if (status != RECTO_OK)
            return status;
        d->n_cached = n_positions;
    }
    d->n_started = n_positions;
    return RECTO_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static recto_status attend(recto_decoder *d, int layer, int n, recto_error *err)
{
    const recto_decoder_config *c = &d->config;
    const recto_decoder_block *b = &d->blocks[layer];
    recto_backend *be = d->be;
    const recto_ops_norm norm = {.gain = b->attn_norm, .eps = c->eps, .rms = true};
    const size_t heads = (size_t)c->n_heads * (size_t)c->head_dim;
    const size_t kv = (size_t)c->n_kv_heads * (size_t)c->head_dim;
    const size_t stride = heads + 2 * kv;
    float *k = d->qkv + heads;
    recto_status status = be->linear(be, d->qkv, b->qkv, &norm, d->x, n, err);

    if (status != RECTO_OK)
        return status;
    be->rope(be, d->qkv, stride, n, c->n_heads, c->head_dim, b->q_norm, c->eps, d->angles,
             d->position);
    be->rope(be, k, stride, n, c->n_kv_heads, c->head_dim, b->k_norm, c->eps, d->angles,
             d->position);
    be->cache_put(be, d->cache, layer, d->position, k, k + kv, stride, n);
    status = be->cached_attention(be, d->mixed, d->cache, layer, d->qkv, stride, n, c->n_heads,
                                  d->position, err);
    return status == RECTO_OK ? be->linear(be, d->x, b->out, NULL, d->mixed, n, err) : status;
}

static recto_status feed(recto_decoder *d, int layer, int n, recto_error *err)
{
    const recto_decoder_block *b = &d->blocks[layer];
    recto_backend *be = d->be;
    const recto_ops_norm norm = {.gain = b->ffn_norm, .eps = d->config.eps, .rms = true};
    recto_status status = be->linear(be, d->gu, b->gate_up, &norm, d->x, n, err);

    if (status != RECTO_OK)
        return status;
    be->gated(be, d->hidden, d->gu, n, d->config.ffn_dim);
    return be->linear(be, d->x, b->down, NULL, d->hidden, n, err);
}

/* What ids and image rows must be before anything is computed. */
static recto_status check_read(const recto_decoder *d, const int32_t *ids, int n, int32_t image_id,
                               int n_image, recto_error *err)
{
    int n_wanted = 0;

    if (n < 1)
        return recto_error_set(err, RECTO_ERR_ARG, "decoder: no tokens to read");
    for (int i = 0; i < n; i++) {
        if (ids[i] < 0 || ids[i] >= d->config.n_vocab)
            return recto_error_set(err, RECTO_ERR_ARG,
                                   "decoder: token %d is number %d, the model has %d", i,
                                   (int)ids[i], d->config.n_vocab);
        n_wanted += ids[i] == image_id; /* -1 equals none */
    }
    if (n_wanted != n_image)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "decoder: %d image tokens in the text, %d embeddings of the image",
                               n_wanted, n_image);
    if (n > recto_decoder_room(d))
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "decoder: %d tokens to read, room for %d: use fewer tiles or fewer "
                               "tokens",
                               n, recto_decoder_room(d));
    return RECTO_OK;
}

/* Embeddings of a piece; *image moves on past the rows it used. */
static recto_status embed(recto_decoder *d, const int32_t *ids, int n, int32_t image_id,
                          const float **image, recto_error *err)
{
    const size_t D = (size_t)d->config.dim;

    for (int i = 0; i < n; i++) {
        float *x = d->x + (size_t)i * D;
        if (ids[i] == image_id) {
            memcpy(x, *image, D * sizeof *x);
            *image += D;
        } else if (!recto_weights_rows(x, d->embed, (size_t)ids[i], 1)) {
            return recto_error_set(err, RECTO_ERR_MODEL, "%s: row %d cannot be read",
                                   d->embed->name, (int)ids[i]);
        }
    }
    return RECTO_OK;
}

static recto_status read_piece(recto_decoder *d, int n, bool (*stop)(void *user), void *user,
                               recto_error *err)
{
    for (int layer = 0; layer < d->config.n_layers; layer++) {
        if (stop != NULL && stop(user))
            return recto_error_set(err, RECTO_ERR_CANCELLED, "decoder: cancelled");
        recto_status status = attend(d, layer, n, err);
        if (status == RECTO_OK)
            status = feed(d, layer, n, err);
        if (status != RECTO_OK)
            return recto_error_prefix(err, status, "decoder: layer %d: ", layer);
    }
    d->position += n;
    return RECTO_OK;
}

recto_status recto_decoder_read(recto_decoder *d, float *logits, const int32_t *ids, int n,
                                int32_t image_id, const float *image, int n_image,
                                bool (*stop)(void *user), void *user, recto_error *err)
{
    const recto_ops_norm norm = {.gain = d->norm, .eps = d->config.eps, .rms = true};
    const int most = recto_decoder_piece(&d->config);
    recto_status status = check_read(d, ids, n, image_id, n_image, err);
    int n_piece = 0;

    for (int done = 0; status == RECTO_OK && done < n; done += n_piece) {
        n_piece = n - done < most ? n - done : most;
        status = embed(d, ids + done, n_piece, image_id, &image, err);
        if (status == RECTO_OK)
            status = read_piece(d, n_piece, stop, user, err);
    }
    if (status != RECTO_OK || logits == NULL)
        return status;
    return d->be->linear(d->be, logits, d->head, &norm,
                         d->x + (size_t)(n_piece - 1) * (size_t)d->config.dim, 1, err);
}
