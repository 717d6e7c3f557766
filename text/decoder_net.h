/* The decoder's insides, shared by decoder.c (computing) and decoder_load.c (binding, packing). */
#ifndef RECTO_TEXT_DECODER_NET_H
#define RECTO_TEXT_DECODER_NET_H

#include "text/decoder.h"

enum { RECTO_DECODER_PIECE = 512 }; /* tokens computed together: large products run near the peak */

typedef struct recto_decoder_block {
    recto_layer *qkv;                  /* [(heads + 2 kv heads) * head_dim, D] */
    recto_layer *out;                  /* [D, heads * head_dim], added to the residual */
    recto_layer *gate_up;              /* [2 F, D] */
    recto_layer *down;                 /* [D, F], added to the residual */
    const float *attn_norm, *ffn_norm; /* [D] */
    const float *q_norm, *k_norm;      /* [head_dim] */
} recto_decoder_block;

struct recto_decoder {
    recto_decoder_config config;
    recto_backend *be;           /* borrowed */
    const recto_tensor *embed;   /* [V, D], borrowed */
    recto_decoder_block *blocks; /* [n_layers] */
    float *gains;                /* what the norms of the blocks and `norm` point into */
    const float *norm;           /* [D] */
    recto_layer *head;           /* [V, D] */

    recto_cache *cache; /* NULL until started */
    float *angles;      /* [n_cached, head_dim / 2, 2]: cos, sin */
    int n_cached;       /* positions there is room for */
    int n_started;      /* of them, those the caller asked for */
    int position;

    /* scratch for a piece; rows of: */
    float *x;      /* [D], the residual stream */
    float *qkv;    /* [(heads + 2 kv heads) * head_dim] */
    float *mixed;  /* [heads * head_dim], attention's result */
    float *gu;     /* [2 F] */
    float *hidden; /* [F] */
};

/** Tokens of a piece of this model. */
int recto_decoder_piece(const recto_decoder_config *c);

#endif
