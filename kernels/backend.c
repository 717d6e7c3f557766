#include "kernels/backend.h"
#include "kernels/cpu_avx512.h"
#include "kernels/cpu_base.h"
#include "kernels/cpu_dnnl.h"
#include "kernels/ref.h"

#include <stddef.h>
#include <stdlib.h>

recto_status recto_backend_open(recto_backend **out, recto_backend_kind kind, int n_threads,
                                recto_error *err)
{
    const int level = recto_cpu_base_avx512();

    *out = NULL;
    if (n_threads < 1)
        return recto_error_set(err, RECTO_ERR_ARG, "back end: %d threads", n_threads);
    if (kind == RECTO_BACKEND_AUTO)
        kind = level >= 1 ? RECTO_BACKEND_INT8 : RECTO_BACKEND_F32;
    if (kind == RECTO_BACKEND_REF)
        return recto_ref_backend(out, err);
    if (kind == RECTO_BACKEND_F32)
        return recto_cpu_dnnl_backend(out, false, n_threads, err);
    if (level < (kind == RECTO_BACKEND_INT8 ? 1 : 2))
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "back end: not on this CPU");
    if (kind == RECTO_BACKEND_DNNL_BF16)
        return recto_cpu_dnnl_backend(out, true, n_threads, err);
    return recto_cpu_avx512_backend(out, kind == RECTO_BACKEND_INT8, level == 2, err);
}

recto_backend_kind recto_backend_for_large(void)
{
    return recto_cpu_base_avx512() == 2 ? RECTO_BACKEND_DNNL_BF16 : RECTO_BACKEND_F32;
}

float *recto_backend_conv_matrix(const recto_ops_conv *shape, const float *w)
{
    const size_t C = (size_t)shape->n_in;
    float *matrix = malloc((size_t)shape->n_out * 9 * C * sizeof *matrix);
    float *to = matrix;
    if (matrix == NULL)
        return NULL;
    for (size_t o = 0; o < (size_t)shape->n_out; o++)
        for (size_t across = 0; across < 3; across++)
            for (size_t down = 0; down < 3; down++)
                for (size_t c = 0; c < C; c++)
                    *to++ = w[(o * C + c) * 9 + down * 3 + across];
    return matrix;
}

recto_status recto_backend_pack(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                                const recto_matrix *m, recto_error *err)
{
    *out = NULL;
    if (be->stop != NULL && be->stop(be->stop_user))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped while loading");
    return be->matrix_new(out, be, shape, m, err);
}
