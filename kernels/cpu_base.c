#include "kernels/cpu_base.h"
#include "kernels/matrix.h"
#include "kernels/ref.h"

#include <stdlib.h>

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
    base->bf16 = bf16;
    be->matrix_new = recto_matrix_widen;
    be->rms_norm = recto_ref_rms_norm;
    be->rope = recto_ref_rope;
    be->cache_new = recto_ref_cache_new;
    be->cache_free = recto_ref_cache_free;
    be->cache_bytes = recto_ref_cache_bytes;
    be->cache_put = recto_ref_cache_put;
    be->cached_attention = recto_ref_cached_attention;
    be->gated = recto_ref_gated;
}
