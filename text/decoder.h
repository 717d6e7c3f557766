/* The VLM's language model: a Qwen3 decoder (RMS norms, per-head q and k norms, half-split RoPE,
 * grouped-query attention, SwiGLU, untied or tied head), over a back end.
 *
 * One text at a time: start, then read tokens as they come; keys and values of all that was read
 * stay in a cache.  Long reads are worked off in pieces of 512 tokens counted from where the read
 * begins, always the same, so that the same reads give the same bytes.  A decoder holds its
 * scratch, so it serves one thread; nothing is allocated between two starts by the decoder itself.
 * Source: transformers, models/qwen3/modeling_qwen3.py. */
#ifndef RECTO_TEXT_DECODER_H
#define RECTO_TEXT_DECODER_H

#include "kernels/backend.h"
#include "kernels/weights.h"

typedef struct recto_decoder_config {
    int n_layers, dim, ffn_dim;
    int n_heads, n_kv_heads, head_dim; /* heads share a kv head in groups; head_dim is even */
    int n_vocab;
    int n_context; /* positions the model was made for */
    float eps;
    double rope_theta;
    bool tied; /* the head is the embedding; a GGUF file says it by leaving `output.weight` out */
} recto_decoder_config;

typedef struct recto_decoder recto_decoder;

/**
 * Bind and pack the weights: original (`language_model.model.`, `language_model.lm_head.`),
 * transformers' own (`model.language_model.`, `lm_head.`) or GGUF (`blk.`, `token_embd`, `output`)
 * names, decided by the embedding's.  The embedding is not packed: w (and its bytes) must outlive
 * the decoder, and so must be.
 *
 * Errors: MODEL (a tensor is missing or of another shape: name, expected, found; a tensor that
 * this architecture does not have; a config that no such model has), NOMEM, DEVICE.
 */
RECTO_MUST_CHECK recto_status recto_decoder_load(recto_decoder **out,
                                                 const recto_decoder_config *config,
                                                 const recto_weights *w, recto_backend *be,
                                                 recto_error *err);
void recto_decoder_free(recto_decoder *d); /* NULL is a no-op */
/** Check config, names and shapes only (for `model verify`); *n_bound_out counts tensors.  Errors:
 * MODEL as above, NOMEM. */
RECTO_MUST_CHECK recto_status recto_decoder_check(size_t *n_bound_out,
                                                  const recto_decoder_config *config,
                                                  const recto_weights *w, recto_error *err);
/** Bytes it will hold with a cache of n_positions, scratch included (the stored weights are not);
 * SIZE_MAX for a config that recto_decoder_check refuses. */
size_t recto_decoder_bytes(const recto_decoder_config *config, const recto_backend *be,
                           int n_positions);

/** Forget the text and make room for n_positions (<= n_context) of a new one; room is kept when it
 * suffices.  Errors: ARG (< 1), LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_decoder_start(recto_decoder *d, int n_positions,
                                                  recto_error *err);
/**
 * Read tokens that follow what was read before.
 *
 * logits    [n_vocab] after the last token; NULL = not wanted
 * ids       [n], n >= 1; each must be < n_vocab
 * image_id  the id whose embeddings are replaced, in order, by the rows of image; -1 = none
 * image     [n_image, dim]; as many rows as ids holds image_id, or ARG
 * stop      asked before each layer of each piece; true ends with CANCELLED; may be NULL
 *
 * Errors: ARG (an id out of range, image rows), LIMIT (no room), NOMEM, DEVICE, CANCELLED.  ARG and
 * LIMIT change nothing; after the others the text must be started again.
 */
RECTO_MUST_CHECK recto_status recto_decoder_read(recto_decoder *d, float *logits,
                                                 const int32_t *ids, int n, int32_t image_id,
                                                 const float *image, int n_image,
                                                 bool (*stop)(void *user), void *user,
                                                 recto_error *err);
/** Positions used so far. */
int recto_decoder_position(const recto_decoder *d);
/** Positions left of those started with. */
int recto_decoder_room(const recto_decoder *d);
int recto_decoder_n_vocab(const recto_decoder *d);

#endif
