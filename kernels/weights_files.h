/* A model's weight files on disk, found, mapped and read into one set of tensors.
 *
 * What a path may be:
 *   - a folder with model.safetensors.index.json: the shards that its weight_map names
 *   - a folder without it: all parts of model-0000K-of-0000N.safetensors, else model.safetensors,
 *     else its only *.safetensors
 *   - one file: safetensors, or GGUF; of a split GGUF (NAME-00001-of-0000N.gguf) the first part,
 *     the others are found beside it
 * A folder of GGUF files is not read: it may hold several models, so one is asked for by name. */
#ifndef RECTO_KERNELS_WEIGHTS_FILES_H
#define RECTO_KERNELS_WEIGHTS_FILES_H

#include "core/file.h"
#include "core/status.h"
#include "kernels/gguf.h"
#include "kernels/weights.h"

typedef struct recto_weights_files recto_weights_files;

/* One file that holds tensors; the index is not among them. */
typedef struct recto_weights_file {
    const char *name;     /* without its folder */
    const uint8_t *bytes; /* mapped read-only, or copied if under 64 MiB */
    size_t size;
} recto_weights_file;

/**
 * Read a file of a model as recto_bytes_read does: only a regular one, since a pipe in a folder
 * would wait for ever, and not the text that Git leaves in place of a large file it has not
 * fetched.
 *
 * Errors: as recto_bytes_read, FORMAT (not a regular file), MODEL (Git's text).
 */
RECTO_MUST_CHECK recto_status recto_weights_files_read(recto_bytes *out, const char *path,
                                                       size_t limit_size, recto_error *err);
/**
 * Open a checkpoint's weights.
 *
 * Reads the headers only: opening a model of 9 GB takes milliseconds.  A tensor that the index puts
 * into a shard must be there; a tensor of a shard that the index leaves out is kept and counted
 * (recto_weights_files_unlisted), since it harms nobody.
 *
 * out   close with recto_weights_files_close
 * path  a folder or a file, see above
 *
 * Errors: IO (not there, unreadable), FORMAT and UNSUPPORTED (a file's contents), MODEL (a shard or
 * part missing, the index and a shard disagree, a tensor in two files, no weights in the folder or
 * several that no index joins), LIMIT, NOMEM.  The message names the file.
 */
RECTO_MUST_CHECK recto_status recto_weights_files_open(recto_weights_files **out, const char *path,
                                                       recto_error *err);
void recto_weights_files_close(recto_weights_files *f); /* NULL is a no-op */

const recto_weights *recto_weights_files_set(const recto_weights_files *f); /* never NULL */
/** The (first) GGUF file's metadata; NULL for safetensors. */
const recto_gguf *recto_weights_files_gguf(const recto_weights_files *f);
size_t recto_weights_files_count(const recto_weights_files *f);
const recto_weights_file *recto_weights_files_at(const recto_weights_files *f, size_t i);
/** Tensors of the shards that the index does not list; 0 without an index. */
size_t recto_weights_files_unlisted(const recto_weights_files *f);

#endif
