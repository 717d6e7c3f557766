/* safetensors headers: any bytes either fail, or give tensors whose every byte can be read. */
#include "kernels/weights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_weights *w = recto_weights_new();
    unsigned sum = 0;

    if (w != NULL && recto_weights_add_safetensors(w, data, size, NULL) == RECTO_OK) {
        for (size_t i = 0; i < recto_weights_count(w); i++) {
            const recto_tensor *t = recto_weights_at(w, i);
            float *floats = NULL;
            if (recto_weights_lookup(w, t->name) != t ||
                t->size != t->n_elements * recto_dtype_size(t->dtype))
                abort();
            for (size_t k = 0; k < t->size; k++)
                sum += t->data[k];
            if (recto_weights_floats(&floats, w, t->name, t->dims, t->n_dims, NULL) == RECTO_OK) {
                /* the last row alone gives the same numbers */
                const size_t row = t->n_dims == 0 ? 1 : (size_t)t->dims[t->n_dims - 1];
                const size_t n = row == 0 ? 0 : t->n_elements / row;
                float *last = n == 0 ? NULL : malloc(row * sizeof *last);
                if (last != NULL && (!recto_weights_rows(last, t, n - 1, 1) ||
                                     memcmp(last, floats + (n - 1) * row, row * sizeof *last) != 0))
                    abort();
                free(last);
                free(floats);
            }
        }
        /* the same again: refused, and the set stays as it was */
        const size_t n_before = recto_weights_count(w);
        if (n_before > 0 && recto_weights_add_safetensors(w, data, size, NULL) != RECTO_ERR_MODEL)
            abort();
        if (recto_weights_count(w) != n_before)
            abort();
    }
    recto_weights_free(w);
    return sum == 1 ? -1 : 0; /* uses the sum; -1 keeps such an input out of the corpus */
}
