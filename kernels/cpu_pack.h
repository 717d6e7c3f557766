/* Stored matrices in the layout that oneDNN's AVX-512 products ask for: blocks of 64 (or 48, 32,
 * 16) outputs, in each the inputs one after the other as steps of 4 bytes (one float32, two
 * bfloat16), each for all outputs of the block:
 *
 *   [N / block][K as steps][block]
 *
 * What oneDNN's own reordering does, ten times faster and without a float32 copy of many rows. */
#ifndef RECTO_KERNELS_CPU_PACK_H
#define RECTO_KERNELS_CPU_PACK_H

#include "kernels/backend.h"

typedef struct recto_cpu_pack_form {
    int n_out, n_in; /* N, K */
    int block;       /* outputs, a multiple of 16 */
    int n_steps;     /* of a row, the last ones filled up with zeros */
    bool bf16;
} recto_cpu_pack_form;

/**
 * Pack m; the CPU has AVX-512 (and BF16).
 *
 * to  64-aligned, [N / block rounded up][n_steps][block] steps
 *
 * Errors: NOMEM, UNSUPPORTED (a type that cannot be widened).
 */
RECTO_MUST_CHECK recto_status recto_cpu_pack(uint32_t *to, const recto_matrix *m,
                                             const recto_cpu_pack_form *form, int n_threads,
                                             recto_error *err);

#endif
