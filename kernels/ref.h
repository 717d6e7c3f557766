/* Every operation of ops.h in plain C: the meaning of the operations, and the back end of last
 * resort.  Written to be read; the others are checked against it. */
#ifndef RECTO_KERNELS_REF_H
#define RECTO_KERNELS_REF_H

#include "kernels/backend.h"

void recto_ref_linear(float *y, const float *x, const float *w, const float *bias, int n_tokens,
                      const recto_ops_linear *shape);
void recto_ref_conv(float *y, const float *x, const float *w, const float *bias, int width,
                    int height, const recto_ops_conv *shape);
/** y [T,K] = the layer norm of x [T,K]; y may be x. */
void recto_ref_normalize(float *y, const float *x, const recto_ops_norm *norm, int n_tokens,
                         int dim);
void recto_ref_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                         const float *b, int n_out, int n_in, int dim, int kernel);
recto_status recto_ref_attention(recto_backend *be, float *y, const float *qkv, int n_tokens,
                                 int dim, int heads, int window, recto_error *err);

/** The plain C back end.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_ref_backend(recto_backend **out, recto_error *err);

#endif
