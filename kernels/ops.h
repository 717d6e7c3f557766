/* The closed list of operations that the networks are made of: formula, shapes, tolerance.
 *
 * All tensors are float32, row major, the last index fastest; no argument may alias another one
 * unless it says so.  Each row (token, column) depends on its own inputs only, never on how many
 * rows one call holds: to the bit, but for large products (matrix_new) of oneDNN on a CPU without
 * AVX-512, whose sums may run in another order for other numbers of rows.  A back end may round the
 * factors of a product; what it may then differ from ref.c is the sum of what rounding each factor
 * can do, and tests/kernels/test_ops.c works it out for every output:
 *
 *   f32   2e-6 of b + sum |x w|
 *   bf16  1/127 of it
 *   int8  half a step of x times sum |w|, plus half a step of w times sum |x|;
 *         x has 255 steps over the range of its row (conv3x3: of the image),
 *         w has 127 up to the largest |w| of its output
 *
 *   linear     y[T,N] = f(x[T,K] * w[N,K]^T + b[N])                          b may be NULL
 *              f: SET the identity, RELU max(0,v), GELU v/2 (1 + erf(v/sqrt 2)), ADD y + v
 *              GELU in reduced precision: 1e-4 more
 *
 *   normed     the same linear with x replaced by its norm over the K numbers of a token:
 *              layer  (x[t] - mean) / sqrt(var + eps) * gain[K] + shift[K], biased variance
 *              rms    x[t] / sqrt(mean of x^2 + eps) * gain[K]
 *
 *   conv3x3    y[W',H',O] = relu(b[O] + sum_{i,j,c} w[O,C,i,j] x[W,H,C])     padding 1
 *              y at (u,v) sees x at (u sw + j - 1, v sh + i - 1); outside of x is 0
 *              W' = (W-1)/sw + 1, H' = (H-1)/sh + 1;  x >= 0 if C > 1 (it comes from a ReLU)
 *              An image is stored column by column: [W,H,C], so that text runs along the first
 *              index and a column's numbers are neighbours.
 *
 *   depthwise  y[t,D] = x[t,D] + b[D] + sum_{j<J} w[J,D] x[t + j - J/2, D]    0 <= t < T_out
 *              x has T_in >= T_out tokens, zeros outside of them; J odd.  1e-5
 *
 *   attention  y[T,D] from qkv[T,3D]: for each of `heads` heads of d = D/heads numbers
 *              y[t] = sum_s p[t,s] v[s],  p[t] = softmax over |s-t| <= window of q[t].k[s] / sqrt d
 *              f32 1e-5, bf16 3e-2 of the largest number of qkv for scores of ordinary size;
 *              a mean of the v for any scores
 *
 * What a decoder adds:
 *
 *   rms_norm   y[T,K] = x[t] / sqrt(mean of x^2 + eps) * gain[K]; y may be x.  1e-5
 *
 *   rope       in place, for each of the `heads` heads of d numbers at the start of a row of x:
 *              h = rms_norm(h) with gain[d] (gain NULL: h as it is), then for i < d/2
 *              (h[i], h[i+d/2]) = (h[i] c - h[i+d/2] s, h[i+d/2] c + h[i] s)
 *              with c, s = cos, sin of row first_pos + t of the angle table [positions, d/2, 2].
 *              1e-5
 *
 *   cache      keys and values of every position so far, for each layer and kv head; `cache_put`
 *              stores k, v[T, kv_heads * d] (rows `stride` numbers apart) at first_pos...
 *              Stored as f32, or as bf16 by back ends that compute in it; positions are put in
 *              order, heads have at most RECTO_OPS_MAX_HEAD numbers
 *
 *   cached attention   y[T, heads * d]: token t at position first_pos + t sees positions
 *              0..first_pos + t; head h reads kv head h / (heads / kv_heads); scores q.k / sqrt d
 *              f32 1e-5, bf16 as attention above
 *
 *   gated      y[T,F] = silu(g) * u, row t of gu[T,2F] being g then u, silu(v) = v / (1 + e^-v).
 *              1e-5
 */
#ifndef RECTO_KERNELS_OPS_H
#define RECTO_KERNELS_OPS_H

#include <stdbool.h>

enum { RECTO_OPS_MAX_HEAD = 256 }; /* numbers of a decoder's head; even */

typedef enum recto_ops_finish {
    RECTO_OPS_SET = 0, /* y = v */
    RECTO_OPS_RELU,    /* y = max(0, v) */
    RECTO_OPS_GELU,    /* y = v/2 (1 + erf(v / sqrt 2)) */
    RECTO_OPS_ADD,     /* y = y + v */
} recto_ops_finish;

/* Shape of a linear layer. */
typedef struct recto_ops_linear {
    int n_out, n_in; /* N, K */
    recto_ops_finish finish;
} recto_ops_linear;

/* Shape of a 3x3 convolution with padding 1 and ReLU. */
typedef struct recto_ops_conv {
    int n_out, n_in;                /* O, C: channels */
    int stride_down, stride_across; /* sh, sw: 1 or 2 */
} recto_ops_conv;

/* Length of an axis of n after a convolution of that stride. */
static inline int recto_ops_conv_len(int n, int stride)
{
    return (n - 1) / stride + 1;
}

/* The norm in front of a linear layer. */
typedef struct recto_ops_norm {
    const float *gain, *shift; /* [K]; shift is not read by an rms norm */
    float eps;
    bool rms; /* rms norm, else layer norm */
} recto_ops_norm;

/* Shape of a cache of keys and values. */
typedef struct recto_ops_cache {
    int n_layers, n_kv_heads, head_dim, n_positions;
} recto_ops_cache;

#endif
