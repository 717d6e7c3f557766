#include "kernels/backend.h"
#include "kernels/cpu_avx512.h"
#include "kernels/cpu_dnnl.h"
#include "kernels/ref.h"

#include <stddef.h>

static bool has_avx512(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

recto_status recto_backend_open(recto_backend **out, recto_backend_kind kind, recto_error *err)
{
    *out = NULL;
    if (kind == RECTO_BACKEND_AUTO)
        kind = has_avx512() ? RECTO_BACKEND_INT8 : RECTO_BACKEND_F32;
    if (kind == RECTO_BACKEND_REF)
        return recto_ref_backend(out, err);
    if (kind == RECTO_BACKEND_F32)
        return recto_cpu_dnnl_backend(out, err);
    if (!has_avx512())
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "back end: not on this CPU");
    return recto_cpu_avx512_backend(out, kind == RECTO_BACKEND_INT8, err);
}
