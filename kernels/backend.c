#include "kernels/backend.h"
#include "kernels/cpu_dnnl.h"
#include "kernels/ref.h"

#include <stddef.h>

recto_status recto_backend_open(recto_backend **out, recto_backend_kind kind, recto_error *err)
{
    *out = NULL;
    switch (kind) {
    case RECTO_BACKEND_REF:
        return recto_ref_backend(out, err);
    case RECTO_BACKEND_AUTO:
    case RECTO_BACKEND_F32:
        return recto_cpu_dnnl_backend(out, err);
    case RECTO_BACKEND_BF16:
    case RECTO_BACKEND_INT8:
        break;
    }
    return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "back end: not on this CPU");
}
