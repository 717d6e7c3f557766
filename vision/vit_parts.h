/* What vit_load.c binds and vit.c runs.  Internal to vision/vit*.c.
 *
 * T = 1 + P tokens of a tile (class token first), P = (image_size / patch_size)^2 patches, D = dim,
 * F = ffn_dim, p = patch_size, s = shuffle, n = P / s^2 tokens out, O = out_dim. */
#ifndef RECTO_VISION_VIT_PARTS_H
#define RECTO_VISION_VIT_PARTS_H

#include "vision/vit.h"

/* A layer norm's own numbers. */
typedef struct recto_vit_norm {
    float *gain, *shift;
} recto_vit_norm;

typedef struct recto_vit_block {
    recto_vit_norm norm1, norm2; /* [D] */
    recto_layer *qkv;            /* [3D, D] */
    recto_layer *out;            /* [D, D], scaled by ls1, added to what is there */
    recto_layer *fc1;            /* [F, D], GELU */
    recto_layer *fc2;            /* [D, F], scaled by ls2, added */
} recto_vit_block;

struct recto_vit {
    recto_vit_config config;
    recto_backend *be;  /* borrowed */
    recto_layer *patch; /* [D, 3pp], added to the positions */
    float *positions;   /* [T, D], the class token added to row 0 */
    recto_vit_block *blocks;
    recto_vit_norm projector_norm; /* [ssD] */
    recto_layer *projector1;       /* [O, ssD], GELU */
    recto_layer *projector2;       /* [O, O] */
    /* scratch, one tile's */
    float *x;      /* [T, D] */
    float *narrow; /* [T, D]: attention, then the shuffled patches [n, ssD] */
    float *wide;   /* patches [P, 3pp], q k v [T, 3D], hidden [T, F] or [n, O], one at a time */
};

/* MODEL if the numbers of a config do not fit together or are beyond reason; after it, no product
 * of them in size_t overflows and 3D, 3pp and ssD fit an int. */
RECTO_MUST_CHECK recto_status recto_vit_check_config(const recto_vit_config *c, recto_error *err);
/* Numbers that `wide` holds. */
size_t recto_vit_wide(const recto_vit_config *c);

static inline int recto_vit_patches(const recto_vit_config *c)
{
    const int side = c->image_size / c->patch_size;
    return side * side;
}

#endif
