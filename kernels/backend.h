/* What a compute back end can do: the operations of ops.h behind function pointers.
 *
 * A handle holds scratch memory, so it serves one thread at a time; layers made by a back end are
 * used and freed with that back end.  The functions that compute check nothing that load time has
 * checked (shapes), and fail only for memory or the device. */
#ifndef RECTO_KERNELS_BACKEND_H
#define RECTO_KERNELS_BACKEND_H

#include "core/status.h"
#include "kernels/ops.h"

typedef struct recto_backend recto_backend;
typedef struct recto_layer recto_layer; /* weights packed for one back end */

struct recto_backend {
    const char *name; /* "ref f32", "onednn f32", "avx512 int8"... */

    void (*free)(recto_backend *be);

    /** Pack w [N,K], bias [N] (NULL: zeros); both may be freed after.  Errors: NOMEM, DEVICE. */
    recto_status (*linear_new)(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const float *w, const float *bias, recto_error *err);
    /** y [T,N] from x [T,K], or from its layer norm if norm is not NULL. */
    recto_status (*linear)(recto_backend *be, float *y, const recto_layer *layer,
                           const recto_ops_norm *norm, const float *x, int n_tokens,
                           recto_error *err);

    /** Pack w [O,C,3,3], bias [O]. */
    recto_status (*conv_new)(recto_layer **out, recto_backend *be, const recto_ops_conv *shape,
                             const float *w, const float *bias, recto_error *err);
    /** y [W',H',O] from x [width,height,C]. */
    recto_status (*conv)(recto_backend *be, float *y, const recto_layer *layer, const float *x,
                         int width, int height, recto_error *err);

    void (*layer_free)(recto_backend *be, recto_layer *layer); /* NULL is a no-op */

    void (*depthwise)(recto_backend *be, float *y, const float *x, const float *w, const float *b,
                      int n_out, int n_in, int dim, int kernel);

    recto_status (*attention)(recto_backend *be, float *y, const float *qkv, int n_tokens, int dim,
                              int heads, int window, recto_error *err);
};

typedef enum recto_backend_kind {
    RECTO_BACKEND_AUTO = 0, /* the fastest whose accuracy is equal on this CPU */
    RECTO_BACKEND_REF,      /* plain C, float32: what the others are checked against */
    RECTO_BACKEND_F32,      /* oneDNN products, AVX2 for the rest where there is AVX2; any CPU */
    RECTO_BACKEND_BF16,     /* own AVX-512 kernels, bfloat16 products, float32 sums */
    RECTO_BACKEND_INT8,     /* own AVX-512 kernels, 8-bit products, attention in bfloat16 */
} recto_backend_kind;

/**
 * Open a back end.
 *
 * out  release with out->free(out)
 *
 * Errors: UNSUPPORTED (this CPU cannot), NOMEM, DEVICE.  All of them compute on one thread.
 */
RECTO_MUST_CHECK recto_status recto_backend_open(recto_backend **out, recto_backend_kind kind,
                                                 recto_error *err);

/**
 * A convolution's weights as the matrix of a product, for back ends that compute it as one.
 *
 * out[O, 9 C] = w[O, C, 3, 3] with K running over (across, down, channel); malloc, NULL if out of
 * memory
 */
float *recto_backend_conv_matrix(const recto_ops_conv *shape, const float *w);

#endif
