/* Looking up what gguf_open.c has checked. */
#include "kernels/gguf.h"
#include "core/cursor.h"
#include "kernels/gguf_file.h"

#include <stdlib.h>
#include <string.h>

size_t recto_gguf_type_size(recto_gguf_type type)
{
    static const uint8_t sizes[RECTO_GGUF_N_TYPES] = {
        [RECTO_GGUF_U8] = 1,  [RECTO_GGUF_I8] = 1,  [RECTO_GGUF_U16] = 2, [RECTO_GGUF_I16] = 2,
        [RECTO_GGUF_U32] = 4, [RECTO_GGUF_I32] = 4, [RECTO_GGUF_F32] = 4, [RECTO_GGUF_BOOL] = 1,
        [RECTO_GGUF_U64] = 8, [RECTO_GGUF_I64] = 8, [RECTO_GGUF_F64] = 8,
    };
    return (unsigned)type < RECTO_GGUF_N_TYPES ? sizes[type] : 0;
}

void recto_gguf_close(recto_gguf *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < g->n_values; i++) {
        free(g->values[i].key);
        free(g->values[i].text);
        free(g->values[i].text_at);
    }
    for (size_t i = 0; i < g->n_tensors; i++)
        free((void *)(uintptr_t)g->tensors[i].name); /* the only place that owns a name */
    free(g->values);
    free(g->tensors);
    free(g);
}

static int compare_key(const void *key, const void *value)
{
    return strcmp(key, ((const recto_gguf_value *)value)->key);
}

const recto_gguf_value *recto_gguf_lookup(const recto_gguf *g, const char *key)
{
    if (g->n_values == 0)
        return NULL;
    return bsearch(key, g->values, g->n_values, sizeof *g->values, compare_key);
}

/* A little-endian number of `size` bytes; sign-extended if `is_signed`. */
static uint64_t load(const uint8_t *p, size_t size, bool is_signed)
{
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++)
        v |= (uint64_t)p[i] << (8 * i);
    if (is_signed && size < 8 && (p[size - 1] & 0x80) != 0)
        v |= UINT64_MAX << (8 * size);
    return v;
}

/* An integer or bool of that type as int64; false for other types and numbers beyond it. */
static bool load_int(int64_t *out, recto_gguf_type type, const uint8_t *p)
{
    bool is_signed = false;
    switch (type) {
    case RECTO_GGUF_I8:
    case RECTO_GGUF_I16:
    case RECTO_GGUF_I32:
    case RECTO_GGUF_I64:
        is_signed = true;
        break;
    case RECTO_GGUF_U8:
    case RECTO_GGUF_U16:
    case RECTO_GGUF_U32:
    case RECTO_GGUF_U64:
    case RECTO_GGUF_BOOL:
        break;
    default:
        return false;
    }
    uint64_t v = load(p, recto_gguf_type_size(type), is_signed);
    if (!is_signed && v > INT64_MAX)
        return false;
    memcpy(out, &v, sizeof v); /* two's complement */
    return true;
}

static bool load_number(double *out, recto_gguf_type type, const uint8_t *p)
{
    int64_t whole;
    if (type == RECTO_GGUF_F32) {
        uint32_t bits = (uint32_t)load(p, 4, false);
        float f;
        memcpy(&f, &bits, sizeof f);
        *out = (double)f;
        return true;
    }
    if (type == RECTO_GGUF_F64) {
        uint64_t bits = load(p, 8, false);
        memcpy(out, &bits, sizeof bits);
        return true;
    }
    if (type == RECTO_GGUF_U64) {
        *out = (double)load(p, 8, false);
        return true;
    }
    if (type == RECTO_GGUF_BOOL || !load_int(&whole, type, p))
        return false;
    *out = (double)whole;
    return true;
}

int64_t recto_gguf_int(const recto_gguf *g, const char *key, int64_t fallback)
{
    const recto_gguf_value *v = recto_gguf_lookup(g, key);
    int64_t n;
    return v != NULL && load_int(&n, v->type, v->data) ? n : fallback;
}

double recto_gguf_number(const recto_gguf *g, const char *key, double fallback)
{
    const recto_gguf_value *v = recto_gguf_lookup(g, key);
    double n;
    return v != NULL && load_number(&n, v->type, v->data) ? n : fallback;
}

bool recto_gguf_bool(const recto_gguf *g, const char *key, bool fallback)
{
    const recto_gguf_value *v = recto_gguf_lookup(g, key);
    return v != NULL && v->type == RECTO_GGUF_BOOL ? v->data[0] != 0 : fallback;
}

const char *recto_gguf_text(const recto_gguf *g, const char *key, size_t *len_out)
{
    const recto_gguf_value *v = recto_gguf_lookup(g, key);
    const bool found = v != NULL && v->type == RECTO_GGUF_STRING;
    if (len_out != NULL)
        *len_out = found ? v->text_len : 0;
    return found ? v->text : NULL;
}

size_t recto_gguf_count(const recto_gguf_value *v)
{
    return v == NULL || v->type != RECTO_GGUF_ARRAY ? 0 : v->count;
}

const char *recto_gguf_text_at(const recto_gguf_value *v, size_t i, size_t *len_out)
{
    if (len_out != NULL)
        *len_out = 0;
    if (i >= recto_gguf_count(v) || v->item_type != RECTO_GGUF_STRING)
        return NULL;
    const uint8_t *p = v->file + v->text_at[i];
    if (len_out != NULL)
        *len_out = (size_t)load(p, 8, false);
    return (const char *)(p + 8);
}

/* Item i of an array of numbers, NULL if it is not there. */
static const uint8_t *item_at(const recto_gguf_value *v, size_t i)
{
    if (i >= recto_gguf_count(v) || recto_gguf_type_size(v->item_type) == 0)
        return NULL;
    return v->data + i * recto_gguf_type_size(v->item_type);
}

int64_t recto_gguf_int_at(const recto_gguf_value *v, size_t i, int64_t fallback)
{
    const uint8_t *p = item_at(v, i);
    int64_t n;
    return p != NULL && load_int(&n, v->item_type, p) ? n : fallback;
}

double recto_gguf_number_at(const recto_gguf_value *v, size_t i, double fallback)
{
    const uint8_t *p = item_at(v, i);
    double n;
    return p != NULL && load_number(&n, v->item_type, p) ? n : fallback;
}
