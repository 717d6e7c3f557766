/* Own kernels for CPUs with AVX-512 VNNI and BF16: reduced-precision products with float32 at the
 * edges.  Products are done in
 *
 *   int8  w as int8 with a scale an output, x as uint8 with an offset and a scale a row
 *   bf16  both bfloat16, sums float32
 *
 * whichever the layer was made for; convolutions and attention are always bf16. */
#ifndef RECTO_KERNELS_CPU_AVX512_H
#define RECTO_KERNELS_CPU_AVX512_H

#include "kernels/backend.h"
#include <stdbool.h>

/**
 * Open the back end; the caller has made sure that the CPU has AVX-512 F, BW, VL, DQ, VNNI, BF16.
 *
 * int8  linear layers in int8, else in bf16
 *
 * Errors: NOMEM, UNSUPPORTED (built for another kind of CPU).
 */
RECTO_MUST_CHECK recto_status recto_cpu_avx512_backend(recto_backend **out, bool int8,
                                                       recto_error *err);

#endif
