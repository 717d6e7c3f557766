/* Row-wise AVX-512 helpers of the cpu_avx512 back end. */
#ifndef RECTO_KERNELS_CPU_AVX512_ROWS_H
#define RECTO_KERNELS_CPU_AVX512_ROWS_H

#include "kernels/cpu_base.h"
#include <stddef.h>

/** y[n] = the norm of x[n]; y may be x. */
void recto_cpu_avx512_normalize(float *y, const float *x, const recto_ops_norm *norm, int n);
void recto_cpu_avx512_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                                const float *b, int n_out, int n_in, int dim, int kernel);

/** q[n] = round((x[n] - *low) / *step), 0..255, so that x is about *low + *step * q. */
void recto_cpu_avx512_quantize(uint8_t *q, float *low, float *step, const float *x, int n);
/** Largest of n numbers and 0. */
float recto_cpu_avx512_maximum(const float *x, size_t n);
/** q[n] = round(x[n] / step), 0..255, for x >= 0; all 0 if step is 0. */
void recto_cpu_avx512_quantize_by(uint8_t *q, float step, const float *x, int n);
/** y[n] = bfloat16 of x[n], to nearest even. */
void recto_cpu_avx512_to_bf16(uint16_t *y, const float *x, int n);

/** to[n][stride], the first 16 of each row = the columns of from[16][n]. */
void recto_cpu_avx512_columns(uint32_t *to, size_t stride, const uint32_t *from, size_t n);

/** As ops.h; heads of 32 numbers only.  Errors: NOMEM. */
recto_status recto_cpu_avx512_attention(recto_cpu_base_room *room, float *y, const float *qkv,
                                        int n_tokens, int dim, int heads, int window,
                                        recto_error *err);

#endif
