#include "kernels/cpu_base.h"
#include "kernels/cpu_attention.h"
#include "kernels/cpu_cache.h"
#include "kernels/matrix.h"
#include "kernels/ref.h"

#include <stdlib.h>

int recto_cpu_base_avx512(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni"))
        return __builtin_cpu_supports("avx512bf16") ? 2 : 1;
#endif
    return 0;
}

void *recto_cpu_base_reserve(recto_cpu_base_room *room, size_t n)
{
    if (n > room->cap) {
        size_t cap = (n + 4095) / 4096 * 4096;
        free(room->p);
        room->p = aligned_alloc(64, cap);
        room->cap = room->p == NULL ? 0 : cap;
    }
    return room->p;
}

void recto_cpu_base_init(recto_cpu_base *base, int n_threads, bool bf16)
{
    recto_backend *be = &base->be;

    base->n_threads = n_threads;
    base->flash = recto_cpu_attention_kernels(bf16);
    be->matrix_new = recto_matrix_widen;
    be->rms_norm = recto_ref_rms_norm;
    be->rope = recto_ref_rope;
    be->cache_new = recto_cpu_cache_new;
    be->cache_free = recto_cpu_cache_free;
    be->cache_bytes = recto_cpu_cache_bytes;
    be->cache_put = recto_cpu_cache_put;
    be->cached_attention = recto_cpu_attention_cached;
    be->gated = recto_ref_gated;
}

void recto_cpu_base_end(recto_cpu_base *base)
{
    free(base->keys.p);
}
