/* Inside of recto_gguf, for gguf.c (lookups), gguf_open.c (parsing) and weights_gguf.c. */
#ifndef RECTO_KERNELS_GGUF_FILE_H
#define RECTO_KERNELS_GGUF_FILE_H

#include "kernels/gguf.h"
#include "kernels/weights.h"

typedef enum recto_gguf_type {
    RECTO_GGUF_U8 = 0,
    RECTO_GGUF_I8,
    RECTO_GGUF_U16,
    RECTO_GGUF_I16,
    RECTO_GGUF_U32,
    RECTO_GGUF_I32,
    RECTO_GGUF_F32,
    RECTO_GGUF_BOOL,
    RECTO_GGUF_STRING,
    RECTO_GGUF_ARRAY,
    RECTO_GGUF_U64,
    RECTO_GGUF_I64,
    RECTO_GGUF_F64,
    RECTO_GGUF_N_TYPES,
} recto_gguf_type;

/** Bytes of one number of a type; 0 for strings and arrays. */
size_t recto_gguf_type_size(recto_gguf_type type);

struct recto_gguf_value {
    char *key;
    recto_gguf_type type;
    recto_gguf_type item_type; /* of an array */
    size_t count;              /* items of an array */
    const uint8_t *data;       /* in the file: the number, or an array's numbers one by one */
    char *text;                /* a string, NUL-terminated copy; else NULL */
    size_t text_len;
    uint64_t *text_at; /* an array of strings: offset of each one's length in the file */
    const uint8_t *file;
};

struct recto_gguf {
    recto_gguf_value *values; /* [n_values], sorted by key once open */
    size_t n_values;
    recto_tensor *tensors; /* [n_tensors], sorted by place in the file; the names are owned */
    size_t n_tensors;
};

#endif
