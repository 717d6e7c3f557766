/* Attention of the CPU back ends, in blocks over packed keys and values (cpu_flash.h). */
#ifndef RECTO_KERNELS_CPU_ATTENTION_H
#define RECTO_KERNELS_CPU_ATTENTION_H

#include "kernels/cpu_base.h"
#include "kernels/cpu_flash.h"

/** As `attention` of ops.h with every token seeing every other; heads of at most 256.  NOMEM. */
recto_status recto_cpu_attention_full(recto_cpu_base *base, float *y, const float *qkv,
                                      int n_tokens, int dim, int heads, recto_error *err);
/** As backend.h. */
recto_status recto_cpu_attention_cached(recto_backend *be, float *y, const recto_cache *cache,
                                        int layer, const float *q, size_t stride, int n_tokens,
                                        int heads, int first_pos, recto_error *err);

#endif
