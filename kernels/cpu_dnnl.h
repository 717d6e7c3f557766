/* The oneDNN back end: float32 on any CPU that oneDNN knows, with its run-time dispatch. */
#ifndef RECTO_KERNELS_CPU_DNNL_H
#define RECTO_KERNELS_CPU_DNNL_H

#include "kernels/backend.h"

/** Errors: NOMEM, DEVICE. */
RECTO_MUST_CHECK recto_status recto_cpu_dnnl_backend(recto_backend **out, recto_error *err);

#endif
