/* Float32 operations for CPUs with AVX2 and FMA, where neither oneDNN (products only) nor the
 * reference (plain C) is the right tool. */
#ifndef RECTO_KERNELS_CPU_AVX2_H
#define RECTO_KERNELS_CPU_AVX2_H

#include "kernels/backend.h"
#include <stdbool.h>
#include <stddef.h>

/** Can this CPU, and this build, run the functions below? */
bool recto_cpu_avx2_is_here(void);

/** y [T,K] = the norm of x [T,K]; y may be x. */
void recto_cpu_avx2_normalize(float *y, const float *x, const recto_ops_norm *norm, int n_tokens,
                              int dim);
/** As ops.h. */
void recto_cpu_avx2_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                              const float *b, int n_out, int n_in, int dim, int kernel);

/** Floats of scratch that attention needs. */
size_t recto_cpu_avx2_attention_room(int n_tokens, int dim, int heads, int window);
/** As ops.h; heads of a multiple of 8 numbers. */
void recto_cpu_avx2_attention(float *y, const float *qkv, float *room, int n_tokens, int dim,
                              int heads, int window);

#endif
