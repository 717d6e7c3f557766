/* The VLM's eye: InternViT (patch embedding, class token, learned positions, pre-norm blocks with
 * layer scale, exact GELU, no final norm), pixel shuffle 2x2, and the projector into the decoder's
 * space.  Source: transformers qianfan_ocr / internvl modelling code. */
#ifndef RECTO_VISION_VIT_H
#define RECTO_VISION_VIT_H

#include "kernels/backend.h"
#include "kernels/weights.h"

typedef struct recto_vit_config {
    int image_size, patch_size; /* px; image_size is a multiple of patch_size * shuffle */
    int n_layers, dim, n_heads, ffn_dim;
    float eps;           /* of the blocks' layer norms */
    int shuffle;         /* side of the square of patches that becomes one token: 2 */
    int out_dim;         /* the decoder's */
    float projector_eps; /* 1e-5 */
} recto_vit_config;

typedef struct recto_vit recto_vit;

/* What passes by while a tile is encoded, for traces.  x [1+P, dim]: layer -1 is the embedding
 * after the positions, then each block's output. */
typedef struct recto_vit_tap {
    recto_status (*layer)(void *user, int tile, int layer, const float *x, recto_error *err);
    void *user;
} recto_vit_tap;

/**
 * Bind and pack the weights: original (`vision_model.`, `mlp1.`), transformers' own
 * (`model.vision_tower.`, `model.multi_modal_projector.`) or GGUF (`v.`, `mm.`) names; fused or
 * separate q, k, v.  Other tensors of the set (the decoder's) are not looked at.
 *
 * be  borrowed, must outlive the encoder; w is not needed after
 *
 * Errors: MODEL (the config is beyond reason; a tensor is missing or of another shape: name as the
 * file spells it, expected, found; the encoder has a tensor that the config does not account for: a
 * final norm, norms of q and k, more layers), NOMEM, DEVICE.  Everything is checked before anything
 * is packed.
 */
RECTO_MUST_CHECK recto_status recto_vit_load(recto_vit **out, const recto_vit_config *config,
                                             const recto_weights *w, recto_backend *be,
                                             recto_error *err);
void recto_vit_free(recto_vit *v); /* NULL is a no-op */
/** All of load's checks without packing (for `model verify`); *n_bound_out counts tensors. */
RECTO_MUST_CHECK recto_status recto_vit_check(size_t *n_bound_out, const recto_vit_config *config,
                                              const recto_weights *w, recto_error *err);
/** Bytes it will hold, scratch for one tile included.  Only for a config that was checked. */
size_t recto_vit_bytes(const recto_vit_config *config, const recto_backend *be);
/** Tokens a tile becomes: (image_size / patch_size / shuffle)^2. */
int recto_vit_tokens(const recto_vit_config *config);

/**
 * Encode tiles.
 *
 * out     [n_tiles * tokens, out_dim]
 * pixels  [n_tiles, 3, image_size, image_size]
 * tap     NULL = none
 * stop    asked before each tile; returning true ends with CANCELLED; may be NULL
 *
 * Errors: NOMEM, DEVICE, CANCELLED, the tap's.
 */
RECTO_MUST_CHECK recto_status recto_vit_encode(float *out, recto_vit *v, const float *pixels,
                                               int n_tiles, const recto_vit_tap *tap,
                                               bool (*stop)(void *user), void *user,
                                               recto_error *err);

#endif
