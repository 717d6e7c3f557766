/* Every operation of ops.h in plain C: the meaning of the operations, and the back end of last
 * resort.  Written to be read; the others are checked against it. */
#ifndef RECTO_KERNELS_REF_H
#define RECTO_KERNELS_REF_H

#include "kernels/backend.h"

void recto_ref_linear(float *y, const float *x, const float *w, const float *bias, int n_tokens,
                      const recto_ops_linear *shape);
void recto_ref_conv(float *y, const float *x, const float *w, const float *bias, int width,
                    int height, const recto_ops_conv *shape);
/** y [T,K] = the norm of x [T,K]; y may be x. */
void recto_ref_normalize(float *y, const float *x, const recto_ops_norm *norm, int n_tokens,
                         int dim);
void recto_ref_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                         const float *b, int n_out, int n_in, int dim, int kernel);
recto_status recto_ref_attention(recto_backend *be, float *y, const float *qkv, int n_tokens,
                                 int dim, int heads, int window, recto_error *err);

/**
 * One token of one head: y[d] from q[d] over n keys and values, rows `stride` numbers apart; p[n]
 * is scratch.
 */
void recto_ref_attend(float *y, const float *q, const float *k, const float *v, float *p, int n,
                      int d, size_t stride);

/* --- ref_decoder.c: as ops.h and backend.h --- */

void recto_ref_rms_norm(recto_backend *be, float *y, const float *x, const float *gain, float eps,
                        int n_tokens, int dim);
void recto_ref_rope(recto_backend *be, float *x, size_t stride, int n_tokens, int heads,
                    int head_dim, const float *gain, float eps, const float *angles, int first_pos);
void recto_ref_gated(recto_backend *be, float *y, const float *gu, int n_tokens, int dim);
recto_status recto_ref_cache_new(recto_cache **out, recto_backend *be, const recto_ops_cache *shape,
                                 recto_error *err);
void recto_ref_cache_free(recto_backend *be, recto_cache *cache);
size_t recto_ref_cache_bytes(const recto_backend *be, const recto_ops_cache *shape);
void recto_ref_cache_put(recto_backend *be, recto_cache *cache, int layer, int first_pos,
                         const float *k, const float *v, size_t stride, int n_tokens);
recto_status recto_ref_cached_attention(recto_backend *be, float *y, const recto_cache *cache,
                                        int layer, const float *q, size_t stride, int n_tokens,
                                        int heads, int first_pos, recto_error *err);

/** The plain C back end.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_ref_backend(recto_backend **out, recto_error *err);

#endif
