/* GGUF files: any bytes either fail, or give values and tensors whose every byte can be read and
 * whose every number can be widened. */
#include "kernels/gguf.h"
#include "kernels/weights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every way to read a key, of whatever type it is. */
static unsigned read_key(const recto_gguf *g, const char *key)
{
    const recto_gguf_value *v = recto_gguf_lookup(g, key);
    const size_t n = recto_gguf_count(v);
    size_t len;
    unsigned sum = (unsigned)recto_gguf_int(g, key, 1) + recto_gguf_bool(g, key, true) +
                   (recto_gguf_number(g, key, 2) > 0);
    const char *text = recto_gguf_text(g, key, &len);
    if (text != NULL && strlen(text) > len)
        abort();
    for (size_t i = 0; i <= n && i < 1000; i++) {
        const char *item = recto_gguf_text_at(v, i, &len);
        for (size_t k = 0; item != NULL && k < len; k++)
            sum += (unsigned char)item[k];
        sum += (unsigned)recto_gguf_int_at(v, i, 3) + (recto_gguf_number_at(v, i, 4) > 0);
    }
    return sum;
}

static unsigned read_tensor(const recto_weights *w, const recto_tensor *t)
{
    const size_t block = recto_dtype_block(t->dtype);
    float *floats = NULL;
    float first;
    unsigned sum = 0;
    if (recto_weights_lookup(w, t->name) != t ||
        t->size != t->n_elements / block * recto_dtype_size(t->dtype))
        abort();
    for (size_t k = 0; k < t->size; k++)
        sum += t->data[k];
    if (recto_weights_floats(&floats, w, t->name, t->dims, t->n_dims, NULL) != RECTO_OK)
        return sum;
    /* row by row gives the same numbers */
    const size_t row = t->n_dims == 0 ? 1 : (size_t)t->dims[t->n_dims - 1];
    float *rows = malloc(row * sizeof *rows);
    for (size_t i = 0; rows != NULL && i < t->n_elements / row && i < 8; i++)
        if (!recto_weights_rows(rows, t, i, 1) ||
            memcmp(rows, floats + i * row, row * sizeof *rows) != 0)
            abort();
    if (recto_weights_rows(&first, t, t->n_elements / row, 1))
        abort();
    free(rows);
    free(floats);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"a",
                                       "b",
                                       "c",
                                       "general.alignment",
                                       "general.architecture",
                                       "split.count",
                                       "tokenizer.ggml.tokens",
                                       "tokenizer.ggml.scores",
                                       "k0",
                                       "k1",
                                       "k2"};
    recto_gguf *g;
    recto_weights *w;
    unsigned sum = 0;

    if (recto_gguf_open(&g, data, size, NULL) != RECTO_OK)
        return 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        sum += read_key(g, keys[i]);
    w = recto_weights_new();
    if (w != NULL && recto_weights_add_gguf(w, g, NULL) == RECTO_OK)
        for (size_t i = 0; i < recto_weights_count(w); i++)
            sum += read_tensor(w, recto_weights_at(w, i));
    recto_weights_free(w);
    recto_gguf_close(g);
    return sum == 1 ? -1 : 0; /* uses the sum; -1 keeps such an input out of the corpus */
}
