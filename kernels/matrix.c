#include "kernels/matrix.h"
#include "core/cursor.h"

#include <stdlib.h>
#include <string.h>

bool recto_matrix_rows(float *dst, const recto_matrix *m, size_t n_in, size_t first_row,
                       size_t n_rows)
{
    float *to = dst;
    size_t at = first_row;
    size_t left = n_rows;

    for (int i = 0; i < m->n_parts && left > 0; i++) {
        const size_t rows = m->parts[i]->n_elements / n_in;
        if (at >= rows) {
            at -= rows;
            continue;
        }
        const size_t n = left < rows - at ? left : rows - at;
        recto_tensor t = *m->parts[i]; /* as rows of n_in, whatever it calls its dimensions */
        t.n_dims = 2;
        t.dims[0] = rows;
        t.dims[1] = n_in;
        if (!recto_weights_rows(to, &t, at, n))
            return false;
        to += n * n_in;
        left -= n;
        at = 0;
    }
    if (m->row_scale != NULL && left == 0)
        for (size_t r = 0; r < n_rows; r++)
            for (size_t k = 0; k < n_in; k++)
                dst[r * n_in + k] *= m->row_scale[first_row + r];
    return left == 0;
}

void recto_matrix_bias(float *dst, const recto_matrix *m, size_t n_out)
{
    for (size_t n = 0; n < n_out; n++)
        dst[n] = m->bias == NULL ? 0.0f : m->bias[n] * (m->row_scale ? m->row_scale[n] : 1.0f);
}

recto_status recto_matrix_unsupported(const recto_matrix *m, recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "weights: %s: %s cannot be used in products",
                           m->parts[0]->name, recto_dtype_name(m->parts[0]->dtype));
}

recto_status recto_matrix_widen(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                                const recto_matrix *m, recto_error *err)
{
    const size_t N = (size_t)shape->n_out;
    const size_t K = (size_t)shape->n_in;
    recto_status status = RECTO_OK;
    float *bias = calloc(N, sizeof *bias);
    float *w = NULL;
    size_t size;

    *out = NULL;
    if (recto_size_mul(&size, N, K) && recto_size_mul(&size, size, sizeof *w))
        w = malloc(size);
    if (bias == NULL || w == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
    else if (!recto_matrix_rows(w, m, K, 0, N))
        status = recto_matrix_unsupported(m, err);
    if (status == RECTO_OK) {
        recto_matrix_bias(bias, m, N);
        status = be->linear_new(out, be, shape, w, bias, err);
    }
    free(bias);
    free(w);
    return status;
}
