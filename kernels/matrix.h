/* The rows of a recto_matrix (backend.h): up to three stored tensors one under the other. */
#ifndef RECTO_KERNELS_MATRIX_H
#define RECTO_KERNELS_MATRIX_H

#include "kernels/backend.h"

/**
 * Rows as float32, scaled.
 *
 * dst[n_rows, n_in] = rows first_row... of m, each times its row_scale
 *
 * False if they are not there or of a type that cannot be widened.  Thread-safe.
 */
bool recto_matrix_rows(float *dst, const recto_matrix *m, size_t n_in, size_t first_row,
                       size_t n_rows);
/** dst[n_out] = bias times row_scale; zeros if m has no bias. */
void recto_matrix_bias(float *dst, const recto_matrix *m, size_t n_out);
/** UNSUPPORTED: names the first part. */
recto_status recto_matrix_unsupported(const recto_matrix *m, recto_error *err);

/**
 * matrix_new for back ends without a better one: all of m as float32, then the back end's
 * linear_new.
 */
recto_status recto_matrix_widen(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                                const recto_matrix *m, recto_error *err);

#endif
