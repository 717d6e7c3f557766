/* Own kernels for CPUs with AVX-512 VNNI and, better, BF16: reduced-precision products with float32
 * at the edges.
 *
 *   int8  w as int8 with a scale an output, x as uint8 with an offset and a scale a row (linear) or
 *         a scale an image (convolution)
 *   bf16  both bfloat16, sums float32
 *
 * Linear layers and convolutions are done in one of the two (a convolution whose channels do not
 * fill a step in the next wider form), attention in bf16, or in float32 where the CPU has none. */
#ifndef RECTO_KERNELS_CPU_AVX512_H
#define RECTO_KERNELS_CPU_AVX512_H

#include "kernels/backend.h"
#include <stdbool.h>

/**
 * Open the back end; the caller has made sure that the CPU has AVX-512 F, BW, VL, DQ and VNNI.
 *
 * int8      products in int8, else in bf16
 * has_bf16  the CPU has AVX-512 BF16; must be true if int8 is false
 *
 * Errors: NOMEM, UNSUPPORTED (built for another kind of CPU).
 */
RECTO_MUST_CHECK recto_status recto_cpu_avx512_backend(recto_backend **out, bool int8,
                                                       bool has_bf16, recto_error *err);

#endif
