/* A safetensors file under way: the header is written with the first number, since all tensors are
 * declared by then; numbers go straight to their place.  What was put is kept as ranges, so that a
 * forgotten part is an error and not a run of zeros. */
#include "kernels/weights_write.h"
#include "core/file.h"
#include "core/json.h"
#include "kernels/weights.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 4, HEADER_ALIGNMENT = 8, RANGES_AT_ONCE = 8 };

static const char meta_name[] = "__metadata__";

typedef struct range {
    uint64_t begin; /* elements */
    uint64_t end;
} range;

typedef struct declared {
    char *name;
    recto_dtype dtype;
    int n_dims;
    uint64_t dims[RECTO_WEIGHTS_MAX_DIMS];
    uint64_t n_elements;
    uint64_t at;   /* byte offset from the start of the data */
    range *ranges; /* put so far: sorted, apart from each other */
    size_t n_ranges;
    size_t cap_ranges;
} declared;

typedef struct meta_text {
    char *key;
    char *text;
} meta_text;

struct recto_weights_writer {
    recto_outfile *file;
    declared *tensors;
    size_t n_tensors;
    meta_text *meta;
    size_t n_meta;
    uint64_t data_size; /* bytes of all declared tensors */
    uint64_t data_at;   /* where they start in the file; 0 until the header is written */
};

static recto_status no_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "weights: out of memory");
}

static recto_status bad_call(recto_error *err, const char *name, const char *what)
{
    return recto_error_set(err, RECTO_ERR_ARG, "weights: %.100s: %s", name, what);
}

recto_status recto_weights_writer_open(recto_weights_writer **out, const char *path,
                                       recto_error *err)
{
    *out = NULL;
    recto_weights_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return no_memory(err);
    recto_status status = recto_outfile_open(&w->file, path, err);
    if (status != RECTO_OK) {
        free(w);
        return status;
    }
    *out = w;
    return RECTO_OK;
}

static void free_writer(recto_weights_writer *w)
{
    for (size_t i = 0; i < w->n_tensors; i++) {
        free(w->tensors[i].name);
        free(w->tensors[i].ranges);
    }
    for (size_t i = 0; i < w->n_meta; i++) {
        free(w->meta[i].key);
        free(w->meta[i].text);
    }
    free(w->tensors);
    free(w->meta);
    free(w);
}

void recto_weights_writer_abort(recto_weights_writer *w)
{
    if (w == NULL)
        return;
    recto_outfile_abort(w->file);
    free_writer(w);
}

static declared *find(const recto_weights_writer *w, const char *name)
{
    for (size_t i = 0; i < w->n_tensors; i++)
        if (strcmp(w->tensors[i].name, name) == 0)
            return &w->tensors[i];
    return NULL;
}

/* n_elements of t from its dims; false if its bytes or the whole file would pass 2^62. */
static bool count_elements(declared *t, uint64_t size_before)
{
    const uint64_t most = (UINT64_C(1) << 62) / NUMBER_SIZE;
    uint64_t n = 1;
    for (int i = 0; i < t->n_dims; i++)
        if (t->dims[i] == 0)
            return true; /* n_elements stays 0 */
    for (int i = 0; i < t->n_dims; i++) {
        if (n > most / t->dims[i])
            return false;
        n *= t->dims[i];
    }
    t->n_elements = n;
    return n <= most - size_before / NUMBER_SIZE;
}

recto_status recto_weights_writer_add(recto_weights_writer *w, const char *name, recto_dtype dtype,
                                      const uint64_t *dims, int n_dims, recto_error *err)
{
    declared t = {.dtype = dtype, .n_dims = n_dims, .at = w->data_size};

    if (w->data_at != 0)
        return bad_call(err, name, "declared after the first write");
    if (dtype != RECTO_DTYPE_F32 && dtype != RECTO_DTYPE_I32)
        return bad_call(err, name, "only F32 and I32 are written");
    if (n_dims < 0 || n_dims > RECTO_WEIGHTS_MAX_DIMS)
        return bad_call(err, name, "more than 8 dimensions");
    if (name[0] == '\0' || strcmp(name, meta_name) == 0 || find(w, name) != NULL)
        return bad_call(err, name, "declared twice, or no name for a tensor");
    for (int i = 0; i < n_dims; i++) {
        t.dims[i] = dims[i];
        if (dims[i] > INT64_MAX)
            return bad_call(err, name, "the shape overflows");
    }
    if (!count_elements(&t, w->data_size))
        return bad_call(err, name, "the shape overflows");
    declared *grown = realloc(w->tensors, (w->n_tensors + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    w->tensors = grown;
    t.name = strdup(name);
    if (t.name == NULL)
        return no_memory(err);
    grown[w->n_tensors++] = t;
    w->data_size += t.n_elements * NUMBER_SIZE;
    return RECTO_OK;
}

recto_status recto_weights_writer_meta(recto_weights_writer *w, const char *key, const char *text,
                                       recto_error *err)
{
    if (w->data_at != 0)
        return bad_call(err, key, "a text after the first write");
    for (size_t i = 0; i < w->n_meta; i++)
        if (strcmp(w->meta[i].key, key) == 0)
            return bad_call(err, key, "a text twice");
    meta_text *grown = realloc(w->meta, (w->n_meta + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    w->meta = grown;
    meta_text *m = &grown[w->n_meta];
    *m = (meta_text){strdup(key), strdup(text)};
    if (m->key == NULL || m->text == NULL) {
        free(m->key);
        free(m->text);
        return no_memory(err);
    }
    w->n_meta++;
    return RECTO_OK;
}

static void json_tensor(recto_json_out *j, const declared *t)
{
    recto_json_out_key(j, t->name);
    recto_json_out_begin_object(j);
    recto_json_out_key(j, "dtype");
    recto_json_out_text(j, recto_dtype_name(t->dtype));
    recto_json_out_key(j, "shape");
    recto_json_out_begin_array(j);
    for (int i = 0; i < t->n_dims; i++)
        recto_json_out_int(j, (int64_t)t->dims[i]);
    recto_json_out_end_array(j);
    recto_json_out_key(j, "data_offsets");
    recto_json_out_begin_array(j);
    recto_json_out_int(j, (int64_t)t->at);
    recto_json_out_int(j, (int64_t)(t->at + t->n_elements * NUMBER_SIZE));
    recto_json_out_end_array(j);
    recto_json_out_end_object(j);
}

/* The header, as long as it was when it has been written before. */
static recto_status write_header(recto_weights_writer *w, recto_error *err)
{
    recto_buf text = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&text, false);
    uint8_t size[8];
    const size_t least = w->data_at == 0 ? 0 : (size_t)w->data_at - sizeof size;

    recto_json_out_begin_object(&j);
    if (w->n_meta > 0) {
        recto_json_out_key(&j, meta_name);
        recto_json_out_begin_object(&j);
        for (size_t i = 0; i < w->n_meta; i++) {
            recto_json_out_key(&j, w->meta[i].key);
            recto_json_out_text(&j, w->meta[i].text);
        }
        recto_json_out_end_object(&j);
    }
    for (size_t i = 0; i < w->n_tensors; i++)
        json_tensor(&j, &w->tensors[i]);
    recto_json_out_end_object(&j);
    while ((text.len % HEADER_ALIGNMENT != 0 || text.len < least) && !text.failed)
        recto_buf_char(&text, ' '); /* the format allows spaces at the end */
    recto_status status = recto_buf_status(&text, err);
    for (size_t i = 0; i < sizeof size; i++)
        size[i] = (uint8_t)((uint64_t)text.len >> (8 * i));
    if (status == RECTO_OK)
        status = recto_outfile_put(w->file, 0, size, sizeof size, err);
    if (status == RECTO_OK)
        status = recto_outfile_put(w->file, sizeof size, text.data, text.len, err);
    if (status == RECTO_OK)
        w->data_at = sizeof size + text.len;
    recto_buf_free(&text);
    return status;
}

/* The header, unless it is written already. */
static recto_status start(recto_weights_writer *w, recto_error *err)
{
    return w->data_at != 0 ? RECTO_OK : write_header(w, err);
}

/* Add [begin, end) to what was put; ranges that touch become one. */
static bool mark(declared *t, uint64_t begin, uint64_t end)
{
    size_t from = 0;
    while (from < t->n_ranges && t->ranges[from].end < begin)
        from++;
    size_t to = from; /* [from, to): ranges that touch the new one */
    for (; to < t->n_ranges && t->ranges[to].begin <= end; to++) {
        begin = t->ranges[to].begin < begin ? t->ranges[to].begin : begin;
        end = t->ranges[to].end > end ? t->ranges[to].end : end;
    }
    if (to == from && t->n_ranges == t->cap_ranges) {
        size_t cap = t->cap_ranges == 0 ? RANGES_AT_ONCE : t->cap_ranges * 2;
        range *grown = realloc(t->ranges, cap * sizeof *grown);
        if (grown == NULL)
            return false;
        t->ranges = grown;
        t->cap_ranges = cap;
    }
    memmove(&t->ranges[from + 1], &t->ranges[to], (t->n_ranges - to) * sizeof *t->ranges);
    t->ranges[from] = (range){begin, end};
    t->n_ranges = t->n_ranges - (to - from) + 1;
    return true;
}

recto_status recto_weights_writer_put(recto_weights_writer *w, const char *name, uint64_t first,
                                      const void *numbers, uint64_t n, recto_error *err)
{
    declared *t = find(w, name);
    if (t == NULL)
        return bad_call(err, name, "not declared");
    if (first > t->n_elements || n > t->n_elements - first)
        return bad_call(err, name, "numbers beyond its end");
    recto_status status = start(w, err);
    if (status != RECTO_OK || n == 0)
        return status;
    status = recto_outfile_put(w->file, w->data_at + t->at + first * NUMBER_SIZE, numbers,
                               (size_t)n * NUMBER_SIZE, err);
    if (status != RECTO_OK)
        return status;
    return mark(t, first, first + n) ? RECTO_OK : no_memory(err);
}

recto_status recto_weights_writer_shrink(recto_weights_writer *w, const char *name, uint64_t n,
                                         recto_error *err)
{
    declared *t = find(w, name);
    if (t == NULL || t != &w->tensors[w->n_tensors - 1] || t->n_dims != 1 || n > t->n_elements ||
        (t->n_ranges > 0 && t->ranges[t->n_ranges - 1].end > n))
        return bad_call(err, name, "only the last tensor, of one dimension, can be made shorter");
    w->data_size -= (t->n_elements - n) * NUMBER_SIZE;
    t->n_elements = n;
    t->dims[0] = n;
    return w->data_at != 0 ? write_header(w, err) : RECTO_OK;
}

recto_status recto_weights_writer_commit(recto_weights_writer *w, recto_error *err)
{
    recto_status status = start(w, err);
    for (size_t i = 0; i < w->n_tensors && status == RECTO_OK; i++) {
        const declared *t = &w->tensors[i];
        const bool whole = t->n_elements == 0 || (t->n_ranges == 1 && t->ranges[0].begin == 0 &&
                                                  t->ranges[0].end == t->n_elements);
        if (!whole)
            status = bad_call(err, t->name, "not all of its numbers were written");
    }
    if (status == RECTO_OK)
        status = recto_outfile_commit(w->file, err);
    else
        recto_outfile_abort(w->file);
    free_writer(w);
    return status;
}
