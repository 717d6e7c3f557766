/* Inside of recto_dtype_widen: blocks of quantized numbers to float32.  dst[32 or 256 * n_blocks];
 * src exactly n_blocks blocks, any alignment. */
#ifndef RECTO_KERNELS_QUANT_H
#define RECTO_KERNELS_QUANT_H

#include <stddef.h>
#include <stdint.h>

void recto_quant_q8_0(float *dst, const uint8_t *src, size_t n_blocks);
void recto_quant_q4_0(float *dst, const uint8_t *src, size_t n_blocks);
void recto_quant_q4_k(float *dst, const uint8_t *src, size_t n_blocks);
void recto_quant_q5_k(float *dst, const uint8_t *src, size_t n_blocks);
void recto_quant_q6_k(float *dst, const uint8_t *src, size_t n_blocks);

#endif
