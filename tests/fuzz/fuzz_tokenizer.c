/* A hostile tokenizer: bytes up to the first NUL are a tokenizer.json (or all of them a GGUF file),
 * what follows is a text.  Either it is refused with an error, or every id it gives has a token and
 * plain text never gives an added one. */
#include "text/tokenizer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static recto_status load(recto_tokenizer **t, const uint8_t *data, size_t size, recto_error *err)
{
    if (size < 4 || memcmp(data, "GGUF", 4) != 0)
        return recto_tokenizer_from_json(t, (const char *)data, size, err);
    recto_gguf *g = NULL;
    recto_status status = recto_gguf_open(&g, data, size, err);
    if (status == RECTO_OK)
        status = recto_tokenizer_from_gguf(t, g, err);
    recto_gguf_close(g);
    return status;
}

static void use(const recto_tokenizer *t, const char *text, size_t len)
{
    int32_t *ids = NULL;
    size_t n = 0;
    size_t cap = 0;
    for (int added = 0; added < 2; added++) {
        n = 0;
        if (recto_tokenizer_encode(&ids, &n, &cap, t, text, len, added != 0, NULL) != RECTO_OK)
            abort();
        for (size_t i = 0; i < n; i++) {
            size_t n_bytes;
            if (recto_tokenizer_token(t, ids[i], &n_bytes) == NULL || n_bytes == 0 ||
                (added == 0 && recto_tokenizer_is_added(t, ids[i])))
                abort();
        }
    }
    recto_buf out = RECTO_BUF_INIT;
    recto_tokenizer_decode(&out, t, ids, n, true);
    recto_buf_free(&out);
    free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size < 4 || memcmp(data, "GGUF", 4) == 0 ? NULL : memchr(data, 0, size);
    const size_t n_file = nul == NULL ? size : (size_t)(nul - data);
    recto_tokenizer *t = NULL;
    recto_error err = {0};
    const recto_status status = load(&t, data, n_file, &err);
    if (status != RECTO_OK) {
        if (t != NULL || err.code != status || err.msg[0] == '\0')
            abort();
        return 0;
    }
    use(t, nul == NULL ? "It's <x> 1 \n" : (const char *)nul + 1,
        nul == NULL ? 12 : size - n_file - 1);
    recto_tokenizer_free(t);
    return 0;
}
