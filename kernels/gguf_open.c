/* Parsing a GGUF file:
 *
 *   "GGUF" u32 version, u64 tensors, u64 keys | keys: string, u32 type, value |
 *   tensors: string, u32 n_dims, u64 dims[], u32 type, u64 offset | pad | data
 *
 * A string is u64 length + bytes; an array u32 type, u64 count, items.  dims[0] is the innermost.
 * All bytes are untrusted: every count is compared with the bytes that are left before memory is
 * taken for it, so that no file costs more than a few times its own size; the cursor stops at the
 * end; tensors must lie in the file and apart from each other. */
#include "core/cursor.h"
#include "kernels/gguf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_KEYS = 1 << 16,
    MAX_TENSORS = 1 << 20,
    MAX_KEY_LEN = 65535, /* the format's own limit */
    MAX_NAME_LEN = 64,   /* the format's own limit */
    MAX_DIMS = 4,        /* the format's own limit */
    MAX_NESTING = 4,
    MAX_TEXT_LEN = 16 << 20,
    MAX_ALIGNMENT = 1 << 20,
    MIN_KEY_SIZE = 8 + 1 + 4 + 1,    /* bytes of the smallest key with its value */
    MIN_TENSOR_SIZE = 8 + 4 + 4 + 8, /* of the smallest tensor's entry, without name and dims */
    DEFAULT_ALIGNMENT = 32,
};

typedef struct parser {
    recto_cursor c;
    recto_gguf *g;
    size_t data_at;   /* start of the tensors' bytes */
    size_t alignment; /* of each of them */
    recto_error *err;
} parser;

static recto_status bad(parser *p, recto_status code, size_t offset, const char *what)
{
    recto_error_set(p->err, code, "GGUF: %s", what);
    if (p->err != NULL)
        p->err->offset = offset;
    return code;
}

/* As bad, of a key or tensor. */
static recto_status bad_named(parser *p, recto_status code, size_t offset, const char *name,
                              const char *what)
{
    recto_error_set(p->err, code, "GGUF: %.80s: %s", name, what);
    if (p->err != NULL)
        p->err->offset = offset;
    return code;
}

static recto_status no_memory(parser *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "GGUF: out of memory");
}

static recto_status truncated(parser *p)
{
    return recto_cursor_status(&p->c, "GGUF", p->err);
}

/* The next string, borrowed; NULL and the cursor failed if it is not all there. */
static const uint8_t *next_string(recto_cursor *c, size_t *len_out)
{
    uint64_t len = recto_cursor_u64le(c);
    *len_out = (size_t)len;
    if (len > SIZE_MAX) { /* where size_t has 32 bits */
        recto_cursor_skip(c, SIZE_MAX);
        c->failed = true;
        return NULL;
    }
    return recto_cursor_bytes(c, (size_t)len);
}

static char *copy_text(const uint8_t *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (text != NULL) {
        memcpy(text, bytes, len);
        text[len] = '\0';
    }
    return text;
}

/* A key or a name: 1..max_len bytes without a NUL, copied. */
static recto_status read_name(parser *p, char **out, size_t max_len, const char *what)
{
    const size_t at = p->c.pos;
    size_t len;
    const uint8_t *bytes = next_string(&p->c, &len);
    char text[48];

    *out = NULL;
    if (bytes == NULL)
        return truncated(p);
    if (len == 0 || len > max_len || memchr(bytes, '\0', len) != NULL) {
        snprintf(text, sizeof text, "%s is empty, too long or holds a NUL", what);
        return bad(p, RECTO_ERR_FORMAT, at, text);
    }
    *out = copy_text(bytes, len);
    return *out == NULL ? no_memory(p) : RECTO_OK;
}

/* --- values ----------------------------------------------------------------------------------- */

static recto_status read_type(parser *p, const char *key, recto_gguf_type *out)
{
    const size_t at = p->c.pos;
    uint32_t type = recto_cursor_u32le(&p->c);
    *out = RECTO_GGUF_U8;
    if (p->c.failed)
        return truncated(p);
    if (type >= RECTO_GGUF_N_TYPES)
        return bad_named(p, RECTO_ERR_FORMAT, at, key, "a type that GGUF does not have");
    *out = (recto_gguf_type)type;
    return RECTO_OK;
}

/* count numbers: step over them; bools must be 0 or 1. */
static recto_status read_numbers(parser *p, const char *key, recto_gguf_type type, uint64_t count)
{
    const size_t at = p->c.pos;
    size_t size;
    if (count > SIZE_MAX || !recto_size_mul(&size, (size_t)count, recto_gguf_type_size(type)))
        size = SIZE_MAX; /* more than any file has: the cursor says where it ends */
    const uint8_t *bytes = recto_cursor_bytes(&p->c, size);
    if (bytes == NULL)
        return truncated(p);
    for (size_t i = 0; type == RECTO_GGUF_BOOL && i < size; i++)
        if (bytes[i] > 1)
            return bad_named(p, RECTO_ERR_FORMAT, at + i, key, "a bool that is neither 0 nor 1");
    return RECTO_OK;
}

/* The strings of an array; keeps where each starts if v is not NULL. */
static recto_status read_strings(parser *p, const char *key, uint64_t count, recto_gguf_value *v)
{
    const size_t at = p->c.pos;
    size_t len;
    if (count > (p->c.size - at) / 8)
        return bad_named(p, RECTO_ERR_FORMAT, at, key, "more texts than the file has bytes for");
    if (v != NULL) {
        v->text_at = calloc(count ? (size_t)count : 1, sizeof *v->text_at);
        if (v->text_at == NULL)
            return no_memory(p);
    }
    for (size_t i = 0; i < count; i++) {
        if (v != NULL)
            v->text_at[i] = p->c.pos;
        if (next_string(&p->c, &len) == NULL)
            return truncated(p);
    }
    return RECTO_OK;
}

/* An array's items; v is NULL for an array in an array, of which nothing is kept. */
static recto_status read_array(parser *p, const char *key, int depth, recto_gguf_value *v)
{
    const size_t at = p->c.pos;
    recto_gguf_type type;
    recto_status status = read_type(p, key, &type);
    uint64_t count = status == RECTO_OK ? recto_cursor_u64le(&p->c) : 0;

    if (status != RECTO_OK)
        return status;
    if (p->c.failed)
        return truncated(p);
    if (v != NULL) {
        v->item_type = type;
        v->data = p->c.base + p->c.pos;
    }
    if (type == RECTO_GGUF_STRING)
        status = read_strings(p, key, count, v);
    else if (type != RECTO_GGUF_ARRAY)
        status = read_numbers(p, key, type, count);
    else if (depth == MAX_NESTING)
        status = bad_named(p, RECTO_ERR_LIMIT, at, key, "arrays nested more than 4 deep");
    else if (count > (p->c.size - p->c.pos) / 12) /* each has a type and a count */
        status = bad_named(p, RECTO_ERR_FORMAT, at, key, "more arrays than the file has bytes for");
    else
        for (uint64_t i = 0; i < count && status == RECTO_OK; i++)
            status = read_array(p, key, depth + 1, NULL);
    if (v != NULL)
        v->count = (size_t)count; /* the items were there, so that it fits */
    return status;
}

static recto_status read_text(parser *p, recto_gguf_value *v)
{
    const size_t at = p->c.pos;
    const uint8_t *bytes = next_string(&p->c, &v->text_len);
    if (bytes == NULL)
        return truncated(p);
    if (v->text_len > MAX_TEXT_LEN)
        return bad_named(p, RECTO_ERR_LIMIT, at, v->key, "a text over 16 MiB");
    v->text = copy_text(bytes, v->text_len);
    return v->text == NULL ? no_memory(p) : RECTO_OK;
}

static recto_status read_value(parser *p, recto_gguf_value *v)
{
    recto_status status = read_name(p, &v->key, MAX_KEY_LEN, "a key");
    if (status == RECTO_OK)
        status = read_type(p, v->key, &v->type);
    if (status != RECTO_OK)
        return status;
    v->file = p->c.base;
    v->data = p->c.base + p->c.pos;
    if (v->type == RECTO_GGUF_STRING)
        return read_text(p, v);
    if (v->type == RECTO_GGUF_ARRAY)
        return read_array(p, v->key, 1, v);
    return read_numbers(p, v->key, v->type, 1);
}

static int compare_key(const void *a, const void *b)
{
    return strcmp(((const recto_gguf_value *)a)->key, ((const recto_gguf_value *)b)->key);
}

static recto_status read_values(parser *p, uint64_t n)
{
    recto_gguf *g = p->g;
    const size_t at = p->c.pos;
    if (n > MAX_KEYS)
        return bad(p, RECTO_ERR_LIMIT, 16, "more than 65,536 keys");
    if (n > (p->c.size - at) / MIN_KEY_SIZE)
        return bad(p, RECTO_ERR_FORMAT, at, "truncated: more keys than bytes for them");
    g->values = calloc(n ? (size_t)n : 1, sizeof *g->values);
    if (g->values == NULL)
        return no_memory(p);
    while (g->n_values < n) {
        recto_status status = read_value(p, &g->values[g->n_values++]); /* counted: it is freed */
        if (status != RECTO_OK)
            return status;
    }
    qsort(g->values, g->n_values, sizeof *g->values, compare_key);
    for (size_t i = 1; i < g->n_values; i++)
        if (strcmp(g->values[i - 1].key, g->values[i].key) == 0)
            return bad_named(p, RECTO_ERR_FORMAT, at, g->values[i].key,
                             "a key that is there twice");
    return RECTO_OK;
}

static recto_status read_alignment(parser *p)
{
    static const char key[] = "general.alignment";
    int64_t n = DEFAULT_ALIGNMENT;
    if (recto_gguf_lookup(p->g, key) != NULL)
        n = recto_gguf_int(p->g, key, 0);
    if (n <= 0 || n > MAX_ALIGNMENT || n % 8 != 0)
        return bad_named(p, RECTO_ERR_FORMAT, 24, key, "not a multiple of 8 up to 1 MiB");
    p->alignment = (size_t)n;
    return RECTO_OK;
}

/* --- tensors ---------------------------------------------------------------------------------- */

/* GGUF's types by number: those that dtype.h has, and the names of the rest. */
static const struct {
    const char *name;
    recto_dtype dtype;
} tensor_types[] = {
    [0] = {"F32", RECTO_DTYPE_F32},       [1] = {"F16", RECTO_DTYPE_F16},
    [2] = {"Q4_0", RECTO_DTYPE_Q4_0},     [3] = {"Q4_1", RECTO_DTYPE_NONE},
    [6] = {"Q5_0", RECTO_DTYPE_NONE},     [7] = {"Q5_1", RECTO_DTYPE_NONE},
    [8] = {"Q8_0", RECTO_DTYPE_Q8_0},     [9] = {"Q8_1", RECTO_DTYPE_NONE},
    [10] = {"Q2_K", RECTO_DTYPE_NONE},    [11] = {"Q3_K", RECTO_DTYPE_NONE},
    [12] = {"Q4_K", RECTO_DTYPE_Q4_K},    [13] = {"Q5_K", RECTO_DTYPE_Q5_K},
    [14] = {"Q6_K", RECTO_DTYPE_Q6_K},    [15] = {"Q8_K", RECTO_DTYPE_NONE},
    [16] = {"IQ2_XXS", RECTO_DTYPE_NONE}, [17] = {"IQ2_XS", RECTO_DTYPE_NONE},
    [18] = {"IQ3_XXS", RECTO_DTYPE_NONE}, [19] = {"IQ1_S", RECTO_DTYPE_NONE},
    [20] = {"IQ4_NL", RECTO_DTYPE_NONE},  [21] = {"IQ3_S", RECTO_DTYPE_NONE},
    [22] = {"IQ2_S", RECTO_DTYPE_NONE},   [23] = {"IQ4_XS", RECTO_DTYPE_NONE},
    [24] = {"I8", RECTO_DTYPE_I8},        [25] = {"I16", RECTO_DTYPE_NONE},
    [26] = {"I32", RECTO_DTYPE_I32},      [27] = {"I64", RECTO_DTYPE_I64},
    [28] = {"F64", RECTO_DTYPE_NONE},     [29] = {"IQ1_M", RECTO_DTYPE_NONE},
    [30] = {"BF16", RECTO_DTYPE_BF16},    [34] = {"TQ1_0", RECTO_DTYPE_NONE},
    [35] = {"TQ2_0", RECTO_DTYPE_NONE},   [39] = {"MXFP4", RECTO_DTYPE_NONE},
    [40] = {"NVFP4", RECTO_DTYPE_NONE},   [41] = {"Q1_0", RECTO_DTYPE_NONE},
};
enum { N_TENSOR_TYPES = sizeof tensor_types / sizeof tensor_types[0] };

static recto_status check_tensor_type(parser *p, recto_tensor *t, uint32_t type, size_t at)
{
    char what[128];
    const char *name = type < N_TENSOR_TYPES ? tensor_types[type].name : NULL;

    t->dtype = type < N_TENSOR_TYPES ? tensor_types[type].dtype : RECTO_DTYPE_NONE;
    if (t->dtype != RECTO_DTYPE_NONE)
        return RECTO_OK;
    if (name != NULL)
        snprintf(what, sizeof what, "stored as %s, which is not read here", name);
    else
        snprintf(what, sizeof what, "stored as type %lu, which is not known", (unsigned long)type);
    return bad_named(p, RECTO_ERR_UNSUPPORTED, at, t->name, what);
}

/* dims from the file (innermost first) to t, row major; size and number of elements. */
static recto_status read_dims(parser *p, recto_tensor *t)
{
    const size_t at = p->c.pos;
    uint32_t n_dims = recto_cursor_u32le(&p->c);
    if (p->c.failed)
        return truncated(p);
    if (n_dims > MAX_DIMS)
        return bad_named(p, RECTO_ERR_FORMAT, at, t->name, "more than 4 dimensions");
    t->n_dims = (int)n_dims;
    t->n_elements = 1;
    for (int i = t->n_dims - 1; i >= 0; i--) {
        t->dims[i] = recto_cursor_u64le(&p->c);
        if (p->c.failed)
            return truncated(p);
        if (t->dims[i] == 0)
            return bad_named(p, RECTO_ERR_FORMAT, at, t->name, "a dimension of 0");
        if (t->dims[i] > SIZE_MAX ||
            !recto_size_mul(&t->n_elements, t->n_elements, (size_t)t->dims[i]))
            return bad_named(p, RECTO_ERR_FORMAT, at, t->name, "the shape overflows");
    }
    return RECTO_OK;
}

/* One entry; t->data stays NULL, its offset goes to *offset_out. */
static recto_status read_tensor(parser *p, recto_tensor *t, uint64_t *offset_out)
{
    const size_t at = p->c.pos;
    char *name;
    recto_status status = read_name(p, &name, MAX_NAME_LEN, "a tensor's name");

    t->name = name;
    if (status == RECTO_OK)
        status = read_dims(p, t);
    if (status != RECTO_OK)
        return status;
    uint32_t type = recto_cursor_u32le(&p->c);
    *offset_out = recto_cursor_u64le(&p->c);
    if (p->c.failed)
        return truncated(p);
    status = check_tensor_type(p, t, type, at);
    if (status != RECTO_OK)
        return status;
    const size_t block = recto_dtype_block(t->dtype);
    const uint64_t row = t->n_dims == 0 ? 1 : t->dims[t->n_dims - 1];
    if (row % block != 0)
        return bad_named(p, RECTO_ERR_FORMAT, at, t->name, "rows that are not whole blocks");
    if (!recto_size_mul(&t->size, t->n_elements / block, recto_dtype_size(t->dtype)))
        return bad_named(p, RECTO_ERR_FORMAT, at, t->name, "the shape overflows");
    if (*offset_out % p->alignment != 0)
        return bad_named(p, RECTO_ERR_FORMAT, at, t->name, "its offset is not aligned");
    return RECTO_OK;
}

static int compare_data(const void *a, const void *b)
{
    const recto_tensor *x = a;
    const recto_tensor *y = b;
    return x->data == y->data ? 0 : x->data < y->data ? -1 : 1;
}

static int compare_name(const void *a, const void *b)
{
    return strcmp(((const recto_tensor *)a)->name, ((const recto_tensor *)b)->name);
}

/* No name twice, no byte twice.  Leaves the tensors sorted by place. */
static recto_status check_apart(parser *p)
{
    recto_tensor *t = p->g->tensors;
    const size_t n = p->g->n_tensors;
    qsort(t, n, sizeof *t, compare_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(t[i - 1].name, t[i].name) == 0)
            return bad_named(p, RECTO_ERR_FORMAT, p->data_at, t[i].name, "a tensor named twice");
    qsort(t, n, sizeof *t, compare_data);
    for (size_t i = 1; i < n; i++)
        if ((size_t)(t[i].data - t[i - 1].data) < t[i - 1].size)
            return bad_named(p, RECTO_ERR_FORMAT, (size_t)(t[i].data - p->c.base), t[i].name,
                             "overlaps another tensor");
    return RECTO_OK;
}

/* Offsets to pointers, now that it is known where the data start. */
static recto_status place(parser *p, const uint64_t *offsets)
{
    recto_gguf *g = p->g;
    const size_t left = p->c.size - p->data_at;
    for (size_t i = 0; i < g->n_tensors; i++) {
        recto_tensor *t = &g->tensors[i];
        if (offsets[i] > left || t->size > left - (size_t)offsets[i])
            return bad_named(p, RECTO_ERR_FORMAT, p->c.size, t->name,
                             "the file ends before the tensor does");
        t->data = p->c.base + p->data_at + (size_t)offsets[i];
    }
    return check_apart(p);
}

static recto_status read_tensors(parser *p, uint64_t n)
{
    recto_gguf *g = p->g;
    const size_t at = p->c.pos;
    recto_status status = RECTO_OK;

    if (n > MAX_TENSORS)
        return bad(p, RECTO_ERR_LIMIT, 8, "more than 1,048,576 tensors");
    if (n > (p->c.size - at) / MIN_TENSOR_SIZE)
        return bad(p, RECTO_ERR_FORMAT, at, "truncated: more tensors than bytes for them");
    uint64_t *offsets = calloc(n ? (size_t)n : 1, sizeof *offsets);
    g->tensors = calloc(n ? (size_t)n : 1, sizeof *g->tensors);
    if (offsets == NULL || g->tensors == NULL) {
        free(offsets);
        return no_memory(p);
    }
    while (g->n_tensors < n && status == RECTO_OK) {
        size_t i = g->n_tensors++; /* counted before it is read: its name is freed */
        status = read_tensor(p, &g->tensors[i], &offsets[i]);
    }
    if (status == RECTO_OK && n > 0) {
        size_t pad = (p->alignment - p->c.pos % p->alignment) % p->alignment;
        recto_cursor_skip(&p->c, pad);
        p->data_at = p->c.pos;
        status = p->c.failed ? truncated(p) : place(p, offsets);
    }
    free(offsets);
    return status;
}

static recto_status read_file(parser *p)
{
    const uint8_t *magic = recto_cursor_bytes(&p->c, 4);
    if (magic == NULL || memcmp(magic, "GGUF", 4) != 0)
        return bad(p, RECTO_ERR_FORMAT, 0, "not a GGUF file: no \"GGUF\" at its start");
    uint32_t version = recto_cursor_u32le(&p->c);
    uint64_t n_tensors = recto_cursor_u64le(&p->c);
    uint64_t n_values = recto_cursor_u64le(&p->c);
    if (p->c.failed)
        return truncated(p);
    if (version != 2 && version != 3)
        return bad(p, RECTO_ERR_UNSUPPORTED, 4,
                   (version & 0xffffu) == 0 ? "a big-endian file" : "a version other than 2 and 3");
    recto_status status = read_values(p, n_values);
    if (status == RECTO_OK)
        status = read_alignment(p);
    if (status == RECTO_OK)
        status = read_tensors(p, n_tensors);
    return status;
}

recto_status recto_gguf_open(recto_gguf **out, const void *bytes, size_t size, recto_error *err)
{
    parser p = {.c = recto_cursor_over(bytes, size), .err = err};

    *out = NULL;
    p.g = calloc(1, sizeof *p.g);
    if (p.g == NULL)
        return no_memory(&p);
    recto_status status = read_file(&p);
    if (status != RECTO_OK) {
        recto_gguf_close(p.g);
        return status;
    }
    *out = p.g;
    return RECTO_OK;
}
