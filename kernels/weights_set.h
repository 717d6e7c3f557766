/* Inside of recto_weights, for the file formats that fill it. */
#ifndef RECTO_KERNELS_WEIGHTS_SET_H
#define RECTO_KERNELS_WEIGHTS_SET_H

#include "core/json.h"
#include "kernels/weights.h"

struct recto_weights {
    recto_tensor *tensors; /* sorted by name; names live in the headers and GGUF objects */
    size_t n_tensors;
    recto_json **headers; /* one a safetensors file, owned */
    size_t n_headers;
};

/** Copy n checked tensors into the set and take the header (NULL if the format has none).  Errors:
 * MODEL (a name that the set already has), NOMEM; the set is then as before and the header still
 * the caller's. */
RECTO_MUST_CHECK recto_status recto_weights_merge(recto_weights *w, const recto_tensor *fresh,
                                                  size_t n, recto_json *header, recto_error *err);

#endif
