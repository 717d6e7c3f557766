/* The set of tensors: growing, sorting, looking up, widening.  The file format is in
 * weights_safetensors.c. */
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

recto_status recto_weights_floats(float **out, const recto_weights *w, const char *name,
                                  const uint64_t *dims, int n_dims, recto_error *err)
{
    const recto_tensor *t = recto_weights_lookup(w, name);
    char expected[96];
    char found[96];

    *out = NULL;
    shape_text(expected, sizeof expected, dims, n_dims);
    if (t == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "weights: %s: expected %s, missing", name,
                               expected);
    if (t->n_dims != n_dims || memcmp(t->dims, dims, (size_t)n_dims * sizeof *dims) != 0) {
        shape_text(found, sizeof found, t->dims, t->n_dims);
        return recto_error_set(err, RECTO_ERR_MODEL, "weights: %s: expected %s, found %s", name,
                               expected, found);
    }
    float *values = calloc(t->n_elements ? t->n_elements : 1, sizeof *values);
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
