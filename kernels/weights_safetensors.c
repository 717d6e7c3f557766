/* safetensors:  u64le N | N bytes of JSON | data
 *
 * The JSON maps each tensor's name to {"dtype", "shape", "data_offsets": [begin, end)} with offsets
 * from the start of the data, plus an optional "__metadata__" of texts.  The header is untrusted:
 * every number is checked before it is used, and the tensors must tile the data exactly, so that no
 * byte is read twice under two names and nothing is hidden between two tensors. */
#include "core/cursor.h"
#include "kernels/weights_set.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_HEADER_SIZE = 64 << 20 };

static recto_status bad(recto_error *err, recto_status code, size_t offset, const char *name,
                        const char *what)
{
    recto_error_set(err, code, "safetensors: %.80s: %s", name, what);
    if (err != NULL)
        err->offset = offset;
    return code;
}

/* A non-negative whole number, or false. */
static bool read_size(uint64_t *out, const recto_json *v)
{
    int64_t n = recto_json_as_int(v, -1);
    *out = n < 0 ? 0 : (uint64_t)n;
    return n >= 0;
}

static recto_status read_shape(recto_tensor *t, const recto_json *entry, recto_error *err)
{
    const recto_json *shape = recto_json_lookup(entry, "shape");
    size_t n_dims = recto_json_count(shape);
    size_t n_bytes = 0;

    if (!recto_json_is_array(shape))
        return bad(err, RECTO_ERR_FORMAT, 8, t->name, "no shape");
    if (n_dims > RECTO_WEIGHTS_MAX_DIMS)
        return bad(err, RECTO_ERR_LIMIT, 8, t->name, "more than 8 dimensions");
    t->n_dims = (int)n_dims;
    t->n_elements = 1;
    for (size_t i = 0; i < n_dims; i++) {
        if (!read_size(&t->dims[i], recto_json_at(shape, i)) || t->dims[i] > SIZE_MAX)
            return bad(err, RECTO_ERR_FORMAT, 8, t->name, "a dimension is not a size");
        if (!recto_size_mul(&t->n_elements, t->n_elements, (size_t)t->dims[i]))
            return bad(err, RECTO_ERR_FORMAT, 8, t->name, "the shape overflows");
    }
    if (!recto_size_mul(&n_bytes, t->n_elements, recto_dtype_size(t->dtype)))
        return bad(err, RECTO_ERR_FORMAT, 8, t->name, "the shape overflows");
    t->size = n_bytes;
    return RECTO_OK;
}

/* One entry of the header; data is the file's data section. */
static recto_status read_tensor(recto_tensor *t, const recto_json *entry, const uint8_t *data,
                                size_t data_size, size_t data_at, recto_error *err)
{
    const recto_json *offsets = recto_json_lookup(entry, "data_offsets");
    uint64_t begin = 0;
    uint64_t end = 0;

    if (!recto_json_is_object(entry))
        return bad(err, RECTO_ERR_FORMAT, 8, t->name, "not an object");
    t->dtype = recto_dtype_parse(recto_json_text(entry, "dtype", ""));
    if (t->dtype == RECTO_DTYPE_NONE)
        return bad(err, RECTO_ERR_UNSUPPORTED, 8, t->name, "unknown dtype");
    recto_status status = read_shape(t, entry, err);
    if (status != RECTO_OK)
        return status;
    if (recto_json_count(offsets) != 2 || !read_size(&begin, recto_json_at(offsets, 0)) ||
        !read_size(&end, recto_json_at(offsets, 1)) || begin > end)
        return bad(err, RECTO_ERR_FORMAT, 8, t->name, "data_offsets is not a range");
    if (end > data_size)
        return bad(err, RECTO_ERR_FORMAT, data_at + data_size, t->name,
                   "the data end before the tensor does");
    if (end - begin != t->size)
        return bad(err, RECTO_ERR_FORMAT, data_at + (size_t)begin, t->name,
                   "its bytes are not shape x dtype");
    if (begin % recto_dtype_size(t->dtype) != 0)
        return bad(err, RECTO_ERR_FORMAT, data_at + (size_t)begin, t->name, "misaligned");
    t->data = data + begin;
    return RECTO_OK;
}

static int compare_data(const void *a, const void *b)
{
    const recto_tensor *x = a;
    const recto_tensor *y = b;
    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    if (x->size != y->size) /* empty tensors before the one that starts there */
        return x->size < y->size ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Do the tensors tile [data, data + size) in some order? */
static recto_status check_tiling(recto_tensor *tensors, size_t n, const uint8_t *data, size_t size,
                                 size_t data_at, recto_error *err)
{
    size_t at = 0;

    qsort(tensors, n, sizeof *tensors, compare_data);
    for (size_t i = 0; i < n; i++) {
        size_t begin = (size_t)(tensors[i].data - data);
        if (begin != at)
            return bad(err, RECTO_ERR_FORMAT, data_at + begin, tensors[i].name,
                       begin < at ? "overlaps another tensor" : "a gap before it");
        at += tensors[i].size;
    }
    if (at != size)
        return bad(err, RECTO_ERR_FORMAT, data_at + at, "data", "bytes that no tensor owns");
    return RECTO_OK;
}

static size_t count_tensors(const recto_json *header)
{
    const char *name;
    const recto_json *entry;
    size_t n = 0;
    for (void *iter = NULL; recto_json_each(header, &iter, &name, &entry);)
        n += strcmp(name, "__metadata__") != 0;
    return n;
}

static recto_status read_all(recto_tensor *tensors, size_t n, const recto_json *header,
                             const uint8_t *data, size_t data_size, size_t data_at,
                             recto_error *err)
{
    const char *name;
    const recto_json *entry;
    size_t i = 0;

    for (void *iter = NULL; recto_json_each(header, &iter, &name, &entry);) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        tensors[i].name = name;
        recto_status status = read_tensor(&tensors[i], entry, data, data_size, data_at, err);
        if (status != RECTO_OK)
            return status;
        i++;
    }
    return check_tiling(tensors, n, data, data_size, data_at, err);
}

recto_status recto_weights_add_safetensors(recto_weights *w, const void *bytes, size_t size,
                                           recto_error *err)
{
    recto_cursor c = recto_cursor_over(bytes, size);
    uint64_t header_size = recto_cursor_u64le(&c);
    recto_json *header = NULL;
    recto_tensor *tensors = NULL;
    recto_status status;

    if (size > 8 && ((const uint8_t *)bytes)[8] != '{')
        return bad(err, RECTO_ERR_FORMAT, 8, "header", "none: not a safetensors file");
    if (header_size > MAX_HEADER_SIZE && !c.failed)
        return bad(err, RECTO_ERR_LIMIT, 0, "header", "larger than 64 MiB");
    const uint8_t *text = recto_cursor_bytes(&c, (size_t)header_size);
    status = recto_cursor_status(&c, "safetensors", err);
    if (status != RECTO_OK)
        return status;
    status = recto_json_parse(&header, (const char *)text, (size_t)header_size, err);
    if (status != RECTO_OK)
        return recto_error_prefix(err, status, "safetensors: header: ");
    size_t n = count_tensors(header);
    tensors = calloc(n ? n : 1, sizeof *tensors);
    if (tensors == NULL) {
        status = recto_error_set(err, RECTO_ERR_NOMEM, "safetensors: out of memory");
        goto fail;
    }
    status = read_all(tensors, n, header, (const uint8_t *)bytes + c.pos, size - c.pos, c.pos, err);
    if (status == RECTO_OK)
        status = recto_weights_merge(w, tensors, n, header, err);
    if (status != RECTO_OK)
        goto fail;
    free(tensors);
    return RECTO_OK;
fail:
    free(tensors);
    recto_json_free(header);
    return status;
}
