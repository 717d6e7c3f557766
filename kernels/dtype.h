/* Number formats of stored tensors, and their conversion to float32. */
#ifndef RECTO_KERNELS_DTYPE_H
#define RECTO_KERNELS_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum recto_dtype {
    RECTO_DTYPE_NONE = 0, /* unknown name */
    RECTO_DTYPE_F32,
    RECTO_DTYPE_F16,
    RECTO_DTYPE_BF16,
    RECTO_DTYPE_I8,
    RECTO_DTYPE_U8,
    RECTO_DTYPE_I32,
    RECTO_DTYPE_I64,
    /* blocks of numbers that share a scale, as GGUF stores them; layouts in quant.c */
    RECTO_DTYPE_Q8_0, /* 32 numbers, 34 bytes */
    RECTO_DTYPE_Q4_0, /* 32 numbers, 18 bytes */
    RECTO_DTYPE_Q4_K, /* 256 numbers, 144 bytes */
    RECTO_DTYPE_Q5_K, /* 256 numbers, 176 bytes */
    RECTO_DTYPE_Q6_K, /* 256 numbers, 210 bytes */
} recto_dtype;

size_t recto_dtype_size(recto_dtype t);      /* bytes of one block; 0 for NONE */
size_t recto_dtype_block(recto_dtype t);     /* numbers in a block: 1, 32, 256; 0 for NONE */
const char *recto_dtype_name(recto_dtype t); /* "F16", "Q4_K"; "?" for NONE */
/** Does it hold real numbers, as they are or in blocks?  Integers need scales kept elsewhere. */
bool recto_dtype_is_float(recto_dtype t);
/** The type of a safetensors name; NONE if unknown, and for the blocks, which only GGUF has. */
recto_dtype recto_dtype_parse(const char *name);

float recto_dtype_f16(uint16_t bits);  /* IEEE half to float, exact */
float recto_dtype_bf16(uint16_t bits); /* bfloat16 to float, exact */

/**
 * Widen n stored numbers (little endian, any alignment) to float32.
 *
 * Blocks are computed in float32 in the order of ggml (scale times sub-scale, times the number,
 * minus the offset), so that the result equals its dequantizers' bit by bit.
 *
 * dst[n] = (float)src[n]   src F32, F16, BF16, I8, U8 or blocks (n a multiple of the block); false
 *                          for other types and a broken n, dst is untouched
 */
int recto_dtype_widen(float *dst, const void *src, recto_dtype type, size_t n);

#endif
