/* Running the vision encoder, one tile at a time.
 *
 *   pixels [3, S, S] -> patches [P, 3pp] -> x [1 + P, D] = patches * w + b + positions, row 0 the
 *                                           class token
 *   each block   x += ls1 * out(attention(qkv(norm1 x)));  x += ls2 * fc2(gelu(fc1(norm2 x)))
 *   then         drop row 0, put each s x s square of patches into one token, project
 *
 * The class token stands in FRONT and position 0 is its own: runtimes that append it give every
 * patch its neighbour's position.  The layer scales are inside the packed weights of out and fc2.
 * All room is made at load: nothing is allocated here but by the back end. */
#include "vision/vit_parts.h"

#include <stdlib.h>
#include <string.h>

/* to [P, 3pp]: patches row by row, each as its three planes, as the stored convolution has them */
static void unfold(float *to, const float *pixels, const recto_vit_config *c)
{
    const size_t S = (size_t)c->image_size;
    const size_t p = (size_t)c->patch_size;

    for (size_t y = 0; y < S; y += p)
        for (size_t x = 0; x < S; x += p)
            for (size_t channel = 0; channel < 3; channel++)
                for (size_t i = 0; i < p; i++, to += p)
                    memcpy(to, pixels + (channel * S + y + i) * S + x, p * sizeof *to);
}

/* to [n, ssD]: the s x s patches of a square one after the other, row by row; from [P, D] */
static void shuffle(float *to, const float *from, const recto_vit_config *c)
{
    const size_t side = (size_t)(c->image_size / c->patch_size);
    const size_t s = (size_t)c->shuffle;
    const size_t D = (size_t)c->dim;

    for (size_t y = 0; y < side; y += s)
        for (size_t x = 0; x < side; x += s)
            for (size_t i = 0; i < s; i++, to += s * D) /* patches side by side lie together */
                memcpy(to, from + ((y + i) * side + x) * D, s * D * sizeof *to);
}

static recto_ops_norm norm_of(const recto_vit_norm *n, float eps)
{
    return (recto_ops_norm){.gain = n->gain, .shift = n->shift, .eps = eps};
}

static recto_status run_block(recto_vit *v, const recto_vit_block *b, recto_error *err)
{
    const recto_vit_config *c = &v->config;
    const int T = 1 + recto_vit_patches(c);
    const recto_ops_norm norm1 = norm_of(&b->norm1, c->eps);
    const recto_ops_norm norm2 = norm_of(&b->norm2, c->eps);
    recto_backend *be = v->be;
    recto_status status = be->linear(be, v->wide, b->qkv, &norm1, v->x, T, err);

    if (status == RECTO_OK) /* a window of T: everything sees everything */
        status = be->attention(be, v->narrow, v->wide, T, c->dim, c->n_heads, T, err);
    if (status == RECTO_OK)
        status = be->linear(be, v->x, b->out, NULL, v->narrow, T, err);
    if (status == RECTO_OK)
        status = be->linear(be, v->wide, b->fc1, &norm2, v->x, T, err);
    if (status == RECTO_OK)
        status = be->linear(be, v->x, b->fc2, NULL, v->wide, T, err);
    return status;
}

static recto_status project(float *out, recto_vit *v, recto_error *err)
{
    const recto_vit_config *c = &v->config;
    const int n = recto_vit_tokens(c);
    const recto_ops_norm norm = norm_of(&v->projector_norm, c->projector_eps);
    recto_backend *be = v->be;

    shuffle(v->narrow, v->x + c->dim, c);
    recto_status status = be->linear(be, v->wide, v->projector1, &norm, v->narrow, n, err);
    if (status == RECTO_OK)
        status = be->linear(be, out, v->projector2, NULL, v->wide, n, err);
    return status;
}

static recto_status encode_tile(float *out, recto_vit *v, const float *pixels, int tile,
                                const recto_vit_tap *tap, recto_error *err)
{
    const recto_vit_config *c = &v->config;
    const int P = recto_vit_patches(c);
    recto_backend *be = v->be;

    unfold(v->wide, pixels, c);
    memcpy(v->x, v->positions, (size_t)(1 + P) * (size_t)c->dim * sizeof *v->x);
    recto_status status = be->linear(be, v->x + c->dim, v->patch, NULL, v->wide, P, err);
    for (int layer = -1; status == RECTO_OK && layer < c->n_layers; layer++) {
        if (layer >= 0)
            status = run_block(v, &v->blocks[layer], err);
        if (status == RECTO_OK && tap != NULL)
            status = tap->layer(tap->user, tile, layer, v->x, err);
    }
    return status == RECTO_OK ? project(out, v, err) : status;
}

recto_status recto_vit_encode(float *out, recto_vit *v, const float *pixels, int n_tiles,
                              const recto_vit_tap *tap, bool (*stop)(void *user), void *user,
                              recto_error *err)
{
    const recto_vit_config *c = &v->config;
    const size_t tile_in = 3 * (size_t)c->image_size * (size_t)c->image_size;
    const size_t tile_out = (size_t)recto_vit_tokens(c) * (size_t)c->out_dim;

    for (int tile = 0; tile < n_tiles; tile++) {
        if (stop != NULL && stop(user))
            return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped before tile %d of %d",
                                   tile + 1, n_tiles);
        recto_status status = encode_tile(out + (size_t)tile * tile_out, v,
                                          pixels + (size_t)tile * tile_in, tile, tap, err);
        if (status != RECTO_OK)
            return status;
    }
    return RECTO_OK;
}

int recto_vit_tokens(const recto_vit_config *config)
{
    const int side = config->image_size / config->patch_size / config->shuffle;
    return side * side;
}
