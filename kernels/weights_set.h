/* Inside of recto_weights, for the file formats that fill it. */
#ifndef RECTO_KERNELS_WEIGHTS_SET_H
#define RECTO_KERNELS_WEIGHTS_SET_H

#include "core/json.h"
#include "kernels/weights.h"

struct recto_weights {
    recto_tensor *tensors; /* sorted by name; names live in the headers */
    size_t n_tensors;
    recto_json **headers; /* one a file, owned */
    size_t n_headers;
};

#endif
