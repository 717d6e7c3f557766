/* Writing safetensors piece by piece: names, types and shapes first, then data in any order, so
 * that a trace of a large model never lies in memory. */
#ifndef RECTO_KERNELS_WEIGHTS_WRITE_H
#define RECTO_KERNELS_WEIGHTS_WRITE_H

#include "core/status.h"
#include "kernels/dtype.h"

typedef struct recto_weights_writer recto_weights_writer;

/** A new file at path, complete or not there at all once closed; private as recto_outfile_open's.
 * Errors: OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_weights_writer_open(recto_weights_writer **out,
                                                        const char *path, recto_error *err);
/**
 * Declare a tensor, before the first write.  Data lie in the file in the order of declaration.
 *
 * name    UTF-8, unlike the others'; copied
 * dtype   F32 or I32
 * dims    [n_dims], n_dims 0..8 (0: a scalar); a dimension may be 0
 *
 * Errors: ARG, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_weights_writer_add(recto_weights_writer *w, const char *name,
                                                       recto_dtype dtype, const uint64_t *dims,
                                                       int n_dims, recto_error *err);
/** A text for "__metadata__", both copied; each key once.  Before the first write.  Errors: ARG,
 * NOMEM. */
RECTO_MUST_CHECK recto_status recto_weights_writer_meta(recto_weights_writer *w, const char *key,
                                                        const char *text, recto_error *err);
/** n numbers (float or int32_t) of a declared tensor from element `first` on; the last one put
 * counts.  Errors: ARG (no such tensor, beyond its end), OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_weights_writer_put(recto_weights_writer *w, const char *name,
                                                       uint64_t first, const void *numbers,
                                                       uint64_t n, recto_error *err);
/** Make the last tensor (of one dimension) n numbers long, no longer than declared and not shorter
 * than what was put: for a length that shows only in the end.  Errors: ARG, OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_weights_writer_shrink(recto_weights_writer *w, const char *name,
                                                          uint64_t n, recto_error *err);
/** Every number was put: the file gets its name.  Frees w whatever happens (on error the file is
 * gone).  Errors: ARG (a gap; it names the tensor), OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_weights_writer_commit(recto_weights_writer *w,
                                                          recto_error *err);
void recto_weights_writer_abort(recto_weights_writer *w); /* removes it; NULL is a no-op */

#endif
