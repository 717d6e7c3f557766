#include "kernels/backend.h"
#include "kernels/cpu_avx512.h"
#include "kernels/cpu_dnnl.h"
#include "kernels/ref.h"

#include <stddef.h>

/* AVX-512 as cpu_avx512.c needs it: 0 no, 1 with VNNI, 2 with VNNI and BF16. */
static int avx512_level(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni"))
        return __builtin_cpu_supports("avx512bf16") ? 2 : 1;
#endif
    return 0;
}

recto_status recto_backend_open(recto_backend **out, recto_backend_kind kind, recto_error *err)
{
    const int level = avx512_level();

    *out = NULL;
    if (kind == RECTO_BACKEND_AUTO)
        kind = level >= 1 ? RECTO_BACKEND_INT8 : RECTO_BACKEND_F32;
    if (kind == RECTO_BACKEND_REF)
        return recto_ref_backend(out, err);
    if (kind == RECTO_BACKEND_F32)
        return recto_cpu_dnnl_backend(out, err);
    if (level < (kind == RECTO_BACKEND_BF16 ? 2 : 1))
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "back end: not on this CPU");
    return recto_cpu_avx512_backend(out, kind == RECTO_BACKEND_INT8, level == 2, err);
}
