/* GGUF files: metadata by key, and tensors for a recto_weights.
 *
 * Opening checks everything the file claims (lengths, types, counts, alignment, tensor ranges), so
 * that lookups can be trusted.  It reads the metadata and the list of tensors, never the tensors'
 * bytes.  Nothing is copied but names, keys, short texts and the places of texts in arrays: the
 * bytes must outlive the object.
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. */
#ifndef RECTO_KERNELS_GGUF_H
#define RECTO_KERNELS_GGUF_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct recto_gguf recto_gguf;
typedef struct recto_gguf_value recto_gguf_value;

/**
 * Parse the header of a GGUF file (versions 2 and 3, little endian).
 *
 * out    close with recto_gguf_close
 * bytes  borrowed, must outlive out
 *
 * Errors: FORMAT (err->offset), UNSUPPORTED (another version, big endian, a tensor type that
 * dtype.h does not know: the message names tensor and type), LIMIT (more than 65,536 keys or
 * 1,048,576 tensors, a text over 16 MiB, arrays nested more than 4 deep), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_gguf_open(recto_gguf **out, const void *bytes, size_t size,
                                              recto_error *err);
void recto_gguf_close(recto_gguf *g); /* NULL is a no-op */

/** The value of a key, NULL if absent. */
const recto_gguf_value *recto_gguf_lookup(const recto_gguf *g, const char *key);
/* Scalars by key: the fallback when absent or of another kind.  Every integer width and bool read
 * as int (the fallback also for a u64 above INT64_MAX); f32, f64 and integers as number. */
int64_t recto_gguf_int(const recto_gguf *g, const char *key, int64_t fallback);
double recto_gguf_number(const recto_gguf *g, const char *key, double fallback);
bool recto_gguf_bool(const recto_gguf *g, const char *key, bool fallback); /* only of a bool */
/** NUL-terminated copy owned by g (len_out, may be NULL: its bytes); NULL if absent. */
const char *recto_gguf_text(const recto_gguf *g, const char *key, size_t *len_out);
/* Arrays: count 0 if v is NULL or no array.  Of an array of arrays only the count is given. */
size_t recto_gguf_count(const recto_gguf_value *v);
/** Bytes of text i of an array of strings (not NUL-terminated, borrowed from the file), NULL if it
 * is not there. */
const char *recto_gguf_text_at(const recto_gguf_value *v, size_t i, size_t *len_out);
int64_t recto_gguf_int_at(const recto_gguf_value *v, size_t i, int64_t fallback);
double recto_gguf_number_at(const recto_gguf_value *v, size_t i, double fallback);

#endif
