/* The oneDNN back ends: float32 on any CPU that oneDNN knows, with its run-time dispatch; bfloat16
 * on those that multiply it. */
#ifndef RECTO_KERNELS_CPU_DNNL_H
#define RECTO_KERNELS_CPU_DNNL_H

#include "kernels/backend.h"

/** bf16: products in bfloat16; the CPU has AVX-512 BF16.  Errors: NOMEM, DEVICE. */
RECTO_MUST_CHECK recto_status recto_cpu_dnnl_backend(recto_backend **out, bool bf16, int n_threads,
                                                     recto_error *err);

#endif
