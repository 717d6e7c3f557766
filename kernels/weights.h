/* A model's stored tensors by name, over bytes that somebody else owns.
 *
 * A set starts empty; each file (shard) is added to it.  Adding checks everything a file claims, so
 * that a lookup can be trusted: the dtype is known, the shape times the dtype is exactly the byte
 * range, ranges lie inside the file, are aligned to their element, and fill it without overlap or
 * gap.  Tensor data stay where they are: the bytes must outlive the set. */
#ifndef RECTO_KERNELS_WEIGHTS_H
#define RECTO_KERNELS_WEIGHTS_H

#include "core/status.h"
#include "kernels/dtype.h"
#include "kernels/gguf.h"
#include <stdbool.h>
#include <stddef.h>

enum { RECTO_WEIGHTS_MAX_DIMS = 8 };

typedef struct recto_tensor {
    const char *name;
    recto_dtype dtype;
    int n_dims; /* 0 = a scalar */
    uint64_t dims[RECTO_WEIGHTS_MAX_DIMS];
    size_t n_elements;
    const uint8_t *data; /* row major, little endian; may be unaligned in memory */
    size_t size;         /* bytes */
} recto_tensor;

typedef struct recto_weights recto_weights;

/** An empty set; NULL if out of memory.  Release with recto_weights_free. */
recto_weights *recto_weights_new(void);
void recto_weights_free(recto_weights *w); /* NULL is a no-op; leaves the files' bytes alone */

/**
 * Add the tensors of one safetensors file.
 *
 * bytes  borrowed, must outlive the set
 *
 * Errors: FORMAT (err->offset: the byte in the file, or of the header if the JSON is bad),
 * UNSUPPORTED (a dtype that dtype.h does not know), LIMIT (a header over 64 MiB, too many
 * dimensions), MODEL (a name that another file of the set already has), NOMEM.  On error the set is
 * as before.
 * Source: https://github.com/huggingface/safetensors, README "Format".
 */
RECTO_MUST_CHECK recto_status recto_weights_add_safetensors(recto_weights *w, const void *bytes,
                                                            size_t size, recto_error *err);

/**
 * Add the tensors of a parsed GGUF file, which must outlive the set; dims become row major (the
 * file's order reversed).  Errors: MODEL (a name that the set already has), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_weights_add_gguf(recto_weights *w, const recto_gguf *g,
                                                     recto_error *err);

size_t recto_weights_count(const recto_weights *w);
const recto_tensor *recto_weights_at(const recto_weights *w, size_t i); /* sorted by name */
const recto_tensor *recto_weights_lookup(const recto_weights *w, const char *name); /* or NULL */
/** A text of a file's "__metadata__", NULL if there is none of that name. */
const char *recto_weights_meta(const recto_weights *w, const char *key);

/**
 * The tensor of that name, its shape checked; dimensions of 1 in front count on neither side.
 * Errors: MODEL "weights: NAME: expected [256, 384], found [256, 512]" or "..., missing".
 */
RECTO_MUST_CHECK recto_status recto_weights_expect(const recto_tensor **out, const recto_weights *w,
                                                   const char *name, const uint64_t *dims,
                                                   int n_dims, recto_error *err);
/**
 * Rows of a matrix as float32.
 *
 * dst[n_rows, K] = rows first_row... of t, whose last dimension is K
 *
 * False (dst untouched) if they are not there or the type cannot be widened.
 */
bool recto_weights_rows(float *dst, const recto_tensor *t, size_t first_row, size_t n_rows);

/**
 * The tensor of that name as malloc'd float32, its shape checked as above.
 *
 * out     n_elements floats, free() it
 * dims    expected shape, n_dims numbers
 *
 * Errors: MODEL as above, also "expected floats, found I32", NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_weights_floats(float **out, const recto_weights *w,
                                                   const char *name, const uint64_t *dims,
                                                   int n_dims, recto_error *err);

#endif
