/* What a compute back end can do: the operations of ops.h behind function pointers.
 *
 * A handle holds scratch memory, so it serves one thread at a time; layers made by a back end are
 * used and freed with that back end.  The functions that compute check nothing that load time has
 * checked (shapes), and fail only for memory or the device. */
#ifndef RECTO_KERNELS_BACKEND_H
#define RECTO_KERNELS_BACKEND_H

#include "core/status.h"
#include "kernels/ops.h"
#include "kernels/weights.h"

typedef struct recto_backend recto_backend;
typedef struct recto_layer recto_layer; /* weights packed for one back end */
typedef struct recto_cache recto_cache; /* keys and values of a text, one back end's own form */

/* A linear layer's weights as files store them: up to three matrices one under the other (the q, k
 * and v of one product), of any type that recto_dtype_widen knows. */
typedef struct recto_matrix {
    const recto_tensor *parts[3]; /* n_elements = rows of the part * K, by whatever dimensions */
    int n_parts;
    const float *bias;      /* [N], NULL: zeros */
    const float *row_scale; /* [N]: row n of w and b[n] are multiplied by it; NULL: ones */
} recto_matrix;

struct recto_backend {
    const char *name; /* "ref f32", "onednn f32", "avx512 int8"... */
    /* Set by the handle's owner while a model is loaded: true ends that; NULL = never. */
    bool (*stop)(void *user);
    void *stop_user;

    void (*free)(recto_backend *be);

    /** Pack w [N,K], bias [N] (NULL: zeros); both may be freed after.  Errors: NOMEM, DEVICE. */
    recto_status (*linear_new)(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const float *w, const float *bias, recto_error *err);
    /**
     * Pack a stored matrix without ever holding all of it as float32.  Nothing of m is needed
     * after. Errors: NOMEM, DEVICE, UNSUPPORTED (a type that cannot be widened).
     */
    recto_status (*matrix_new)(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const recto_matrix *m, recto_error *err);
    /** Bytes that linear_new or matrix_new will hold for a shape, packed. */
    size_t (*linear_bytes)(const recto_backend *be, const recto_ops_linear *shape);
    /** y [T,N] from x [T,K], or from its norm if norm is not NULL. */
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

    /* --- a decoder's; see ops.h --- */

    void (*rms_norm)(recto_backend *be, float *y, const float *x, const float *gain, float eps,
                     int n_tokens, int dim);
    /** x: rows `stride` numbers apart, the first heads * head_dim of each are turned. */
    void (*rope)(recto_backend *be, float *x, size_t stride, int n_tokens, int heads, int head_dim,
                 const float *gain, float eps, const float *angles, int first_pos);

    /** Room for all positions; pages of it that are never written cost no memory.  NOMEM,
     * UNSUPPORTED (heads of more than RECTO_OPS_MAX_HEAD numbers). */
    recto_status (*cache_new)(recto_cache **out, recto_backend *be, const recto_ops_cache *shape,
                              recto_error *err);
    void (*cache_free)(recto_backend *be, recto_cache *cache); /* NULL is a no-op */
    size_t (*cache_bytes)(const recto_backend *be, const recto_ops_cache *shape);
    void (*cache_put)(recto_backend *be, recto_cache *cache, int layer, int first_pos,
                      const float *k, const float *v, size_t stride, int n_tokens);
    /** q: rows `stride` numbers apart.  Positions up to first_pos + n_tokens - 1 were put. */
    recto_status (*cached_attention)(recto_backend *be, float *y, const recto_cache *cache,
                                     int layer, const float *q, size_t stride, int n_tokens,
                                     int heads, int first_pos, recto_error *err);

    void (*gated)(recto_backend *be, float *y, const float *gu, int n_tokens, int dim);
};

typedef enum recto_backend_kind {
    RECTO_BACKEND_AUTO = 0,  /* the fastest whose accuracy is equal on this CPU */
    RECTO_BACKEND_REF,       /* plain C, float32: what the others are checked against */
    RECTO_BACKEND_F32,       /* oneDNN products, AVX2 for the rest where there is AVX2; any CPU */
    RECTO_BACKEND_BF16,      /* own AVX-512 kernels, bfloat16 products, float32 sums */
    RECTO_BACKEND_INT8,      /* own AVX-512 kernels, 8-bit products, attention in bfloat16 */
    RECTO_BACKEND_DNNL_BF16, /* oneDNN bfloat16 products, own bfloat16 attention: for large models
                              */
} recto_backend_kind;

/** be->matrix_new, unless be->stop says so: then CANCELLED.  Packing a large model takes a while.
 */
RECTO_MUST_CHECK recto_status recto_backend_pack(recto_layer **out, recto_backend *be,
                                                 const recto_ops_linear *shape,
                                                 const recto_matrix *m, recto_error *err);
/**
 * Open a back end.
 *
 * out        release with out->free(out)
 * n_threads  that compute together, >= 1; the own AVX-512 kinds and the reference use one
 *
 * Errors: UNSUPPORTED (this CPU cannot), ARG (n_threads), NOMEM, DEVICE.
 */
RECTO_MUST_CHECK recto_status recto_backend_open(recto_backend **out, recto_backend_kind kind,
                                                 int n_threads, recto_error *err);
/** The kind for a large model: DNNL_BF16 where the CPU multiplies bfloat16, else F32. */
recto_backend_kind recto_backend_for_large(void);

/**
 * A convolution's weights as the matrix of a product, for back ends that compute it as one.
 *
 * out[O, 9 C] = w[O, C, 3, 3] with K running over (across, down, channel); malloc, NULL if out of
 * memory
 */
float *recto_backend_conv_matrix(const recto_ops_conv *shape, const float *w);

#endif
