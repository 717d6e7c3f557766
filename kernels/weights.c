/* The set of tensors: growing, sorting, looking up, widening.  The file formats are in
 * weights_safetensors.c and weights_gguf.c. */
#include "core/cursor.h"
#include "kernels/weights_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

recto_weights *recto_weights_new(void)
{
    return calloc(1, sizeof(recto_weights));
}

void recto_weights_free(recto_weights *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->n_headers; i++)
        recto_json_free(w->headers[i]);
    free(w->headers);
    free(w->tensors);
    free(w);
}

size_t recto_weights_count(const recto_weights *w)
{
    return w->n_tensors;
}

const recto_tensor *recto_weights_at(const recto_weights *w, size_t i)
{
    return i < w->n_tensors ? &w->tensors[i] : NULL;
}

static int compare_name(const void *a, const void *b)
{
    return strcmp(((const recto_tensor *)a)->name, ((const recto_tensor *)b)->name);
}

/* The n_b tensors of b among the n_a of a, both sorted; a has room for them. */
static void insert(recto_tensor *a, size_t n_a, const recto_tensor *b, size_t n_b)
{
    size_t to = n_a + n_b;
    while (n_b > 0) {
        const bool from_a = n_a > 0 && compare_name(&a[n_a - 1], &b[n_b - 1]) > 0;
        a[--to] = from_a ? a[--n_a] : b[--n_b];
    }
}

recto_status recto_weights_merge(recto_weights *w, const recto_tensor *fresh, size_t n,
                                 recto_json *header, recto_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (recto_weights_lookup(w, fresh[i].name) != NULL)
            return recto_error_set(err, RECTO_ERR_MODEL, "weights: %.80s: is in two files",
                                   fresh[i].name);
    if (header != NULL) {
        recto_json **headers = realloc(w->headers, (w->n_headers + 1) * sizeof *headers);
        if (headers == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "weights: out of memory");
        w->headers = headers;
    }
    if (n > 0) { /* n and n_tensors are below 2^40: each took bytes of a file */
        recto_tensor *own = malloc(n * sizeof *own);
        recto_tensor *all =
            own == NULL ? NULL : realloc(w->tensors, (w->n_tensors + n) * sizeof *all);
        if (all == NULL) {
            free(own);
            return recto_error_set(err, RECTO_ERR_NOMEM, "weights: out of memory");
        }
        memcpy(own, fresh, n * sizeof *own);
        qsort(own, n, sizeof *own, compare_name);
        insert(all, w->n_tensors, own, n);
        free(own);
        w->tensors = all;
        w->n_tensors += n;
    }
    if (header != NULL)
        w->headers[w->n_headers++] = header;
    return RECTO_OK;
}

static int compare_key(const void *key, const void *tensor)
{
    return strcmp(key, ((const recto_tensor *)tensor)->name);
}

const recto_tensor *recto_weights_lookup(const recto_weights *w, const char *name)
{
    if (w->n_tensors == 0)
        return NULL;
    return bsearch(name, w->tensors, w->n_tensors, sizeof *w->tensors, compare_key);
}

const char *recto_weights_meta(const recto_weights *w, const char *key)
{
    for (size_t i = 0; i < w->n_headers; i++) {
        const recto_json *meta = recto_json_lookup(w->headers[i], "__metadata__");
        const char *text = meta == NULL ? NULL : recto_json_text(meta, key, NULL);
        if (text != NULL)
            return text;
    }
    return NULL;
}

/* "[256, 1, 9]" */
static void shape_text(char *out, size_t cap, const uint64_t *dims, int n_dims)
{
    size_t at = (size_t)snprintf(out, cap, "[");
    for (int i = 0; i < n_dims && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s%" PRIu64, i ? ", " : "", dims[i]);
    if (at < cap)
        snprintf(out + at, cap - at, "]");
}

/* Step over dimensions of 1 in front. */
static const uint64_t *core_shape(const uint64_t *dims, int *n_dims)
{
    while (*n_dims > 0 && dims[0] == 1) {
        dims++;
        --*n_dims;
    }
    return dims;
}

static bool same_shape(const uint64_t *a, int n_a, const uint64_t *b, int n_b)
{
    a = core_shape(a, &n_a);
    b = core_shape(b, &n_b);
    for (int i = 0; n_a == n_b && i < n_a; i++)
        if (a[i] != b[i])
            return false;
    return n_a == n_b;
}

recto_status recto_weights_expect(const recto_tensor **out, const recto_weights *w,
                                  const char *name, const uint64_t *dims, int n_dims,
                                  recto_error *err)
{
    const recto_tensor *t = recto_weights_lookup(w, name);
    char expected[96];
    char found[96];

    *out = NULL;
    if (t != NULL && same_shape(t->dims, t->n_dims, dims, n_dims)) {
        *out = t;
        return RECTO_OK;
    }
    shape_text(expected, sizeof expected, dims, n_dims);
    if (t == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "weights: %s: expected %s, missing", name,
                               expected);
    shape_text(found, sizeof found, t->dims, t->n_dims);
    return recto_error_set(err, RECTO_ERR_MODEL, "weights: %s: expected %s, found %s", name,
                           expected, found);
}

bool recto_weights_rows(float *dst, const recto_tensor *t, size_t first_row, size_t n_rows)
{
    const size_t row = t->n_dims == 0 ? 1 : (size_t)t->dims[t->n_dims - 1];
    const size_t block = recto_dtype_block(t->dtype);
    const size_t rows = row == 0 ? 0 : t->n_elements / row;

    if (first_row > rows || n_rows > rows - first_row || block == 0 || row % block != 0)
        return false;
    return recto_dtype_widen(dst, t->data + first_row * row / block * recto_dtype_size(t->dtype),
                             t->dtype, n_rows * row) != 0;
}

recto_status recto_weights_floats(float **out, const recto_weights *w, const char *name,
                                  const uint64_t *dims, int n_dims, recto_error *err)
{
    const recto_tensor *t;
    size_t size;

    *out = NULL;
    recto_status status = recto_weights_expect(&t, w, name, dims, n_dims, err);
    if (status != RECTO_OK)
        return status;
    float *values = recto_size_mul(&size, t->n_elements ? t->n_elements : 1, sizeof *values)
                        ? malloc(size)
                        : NULL;
    if (values == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "weights: %s: out of memory", name);
    if (!recto_dtype_widen(values, t->data, t->dtype, t->n_elements)) {
        free(values);
        return recto_error_set(err, RECTO_ERR_MODEL, "weights: %s: expected floats, found %s", name,
                               recto_dtype_name(t->dtype));
    }
    *out = values;
    return RECTO_OK;
}
