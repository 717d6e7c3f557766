/* What is known of an opened checkpoint: names, counts, hashes. */
#include "pipeline/vlm.h"

#include "core/buf.h"
#include "pipeline/vlm_parts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const recto_vlm_config *recto_vlm_config_of(const recto_vlm *m)
{
    return &m->config;
}

const recto_tokenizer *recto_vlm_tokenizer(const recto_vlm *m)
{
    return m->tokenizer;
}

const char *recto_vlm_name(const recto_vlm *m)
{
    return m->name;
}

size_t recto_vlm_n_tensors(const recto_vlm *m, recto_vlm_part part)
{
    return m->n_tensors[part];
}

const char *recto_vlm_backend_name(const recto_vlm *m)
{
    return m->be != NULL ? m->be->name : NULL;
}

size_t recto_vlm_n_files(const recto_vlm *m)
{
    return m->n_files;
}

recto_vlm_file recto_vlm_file_at(const recto_vlm *m, size_t i)
{
    return m->files[i];
}

size_t recto_vlm_n_unlisted(const recto_vlm *m)
{
    return m->main != NULL ? recto_weights_files_unlisted(m->main) : 0;
}

/* Each set of weights of the model: NULL-terminated. */
static void weight_sets(const recto_vlm *m, const recto_weights *sets[3])
{
    int n = 0;
    memset(sets, 0, 3 * sizeof *sets);
    if (m->main != NULL)
        sets[n++] = recto_weights_files_set(m->main);
    if (m->mmproj != NULL)
        sets[n] = recto_weights_files_set(m->mmproj);
}

uint64_t recto_vlm_n_weights(const recto_vlm *m)
{
    const recto_weights *sets[3];
    uint64_t n = 0;
    weight_sets(m, sets);
    for (int s = 0; sets[s] != NULL; s++)
        for (size_t i = 0; i < recto_weights_count(sets[s]); i++)
            n += recto_weights_at(sets[s], i)->n_elements;
    return n;
}

void recto_vlm_dtypes(recto_buf *out, const recto_vlm *m)
{
    enum { N = RECTO_DTYPE_Q6_K + 1 };
    uint64_t bytes[N] = {0};
    const recto_weights *sets[3];
    weight_sets(m, sets);
    for (int s = 0; sets[s] != NULL; s++)
        for (size_t i = 0; i < recto_weights_count(sets[s]); i++) {
            const recto_tensor *t = recto_weights_at(sets[s], i);
            bytes[t->dtype] += t->size;
        }
    for (;;) {
        int most = 0;
        for (int i = 0; i < N; i++)
            most = bytes[i] > bytes[most] ? i : most;
        if (bytes[most] == 0)
            return;
        recto_buf_printf(out, "%s%s", out->len > 0 ? ", " : "",
                         recto_dtype_name((recto_dtype)most));
        bytes[most] = 0;
    }
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* One tensor, some rows at a time; what is no matrix of floats is nobody's here. */
static recto_status check_tensor(const recto_tensor *t, recto_error *err)
{
    size_t width = t->n_dims > 0 ? (size_t)t->dims[t->n_dims - 1] : 1;
    if (width == 0 || t->n_elements == 0)
        return RECTO_OK;
    size_t n_rows = t->n_elements / width, at_once = 1 + 65536 / width;
    float *rows = malloc((at_once < n_rows ? at_once : n_rows) * width * sizeof *rows);
    recto_status st = RECTO_OK;
    if (rows == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (size_t r = 0; r < n_rows && st == RECTO_OK; r += at_once) {
        size_t n = at_once < n_rows - r ? at_once : n_rows - r;
        if (!recto_weights_rows(rows, t, r, n))
            break;
        for (size_t i = 0; i < n * width && st == RECTO_OK; i++)
            if (!isfinite(rows[i]))
                st = recto_error_set(err, RECTO_ERR_MODEL,
                                     "%.160s: not all numbers are finite; copy the file anew",
                                     t->name);
    }
    free(rows);
    return st;
}

recto_status recto_vlm_check_numbers(const recto_vlm *m, recto_error *err)
{
    const recto_weights *sets[3];
    recto_status st = RECTO_OK;
    weight_sets(m, sets);
    for (int s = 0; sets[s] != NULL; s++)
        for (size_t i = 0; i < recto_weights_count(sets[s]) && st == RECTO_OK; i++)
            st = check_tensor(recto_weights_at(sets[s], i), err);
    return st;
}

/* --- hashes ----------------------------------------------------------------------------------- */

/* Hashing 9 GB takes half a minute, for which nobody who stops the run wants to wait. */
static bool stop_hashing(void *vlm)
{
    recto_vlm *m = vlm;
    return atomic_load(&m->hash_unwanted) || (m->hash_stop != NULL && m->hash_stop(m->hash_user));
}

static void *hash_files(void *vlm)
{
    recto_vlm *m = vlm;
    m->hash_stopped = false;
    for (size_t i = 0; i < m->n_files && !m->hash_stopped; i++)
        m->hash_stopped = !recto_sha256_unless(m->file_sha256[i], m->files[i].bytes,
                                               m->files[i].size, stop_hashing, m);
    return NULL;
}

void recto_vlm_hash_start(recto_vlm *m, bool (*stop)(void *user), void *user)
{
    if (m->hashed || m->hashing)
        return;
    m->hash_stop = stop;
    m->hash_user = user;
    m->hashing = pthread_create(&m->hasher, NULL, hash_files, m) == 0;
}

const char *recto_vlm_sha256(recto_vlm *m)
{
    recto_buf lines = RECTO_BUF_INIT;
    if (m->hashed)
        return m->sha256;
    if (m->hashing)
        pthread_join(m->hasher, NULL);
    else
        hash_files(m);
    m->hashing = false;
    if (m->hash_stopped)
        return NULL;
    for (size_t i = 0; i < m->n_files; i++)
        recto_buf_printf(&lines, "%s  %s\n", m->file_sha256[i], m->files[i].name);
    m->hashed = !lines.failed;
    recto_sha256(m->sha256, recto_buf_cstr(&lines), lines.len);
    recto_buf_free(&lines);
    return m->hashed ? m->sha256 : NULL;
}

const char *recto_vlm_file_sha256(const recto_vlm *m, size_t i)
{
    return m->file_sha256[i];
}
