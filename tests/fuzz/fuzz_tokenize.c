/* A hostile text through the committed tokenizers: the ids' bytes are the text, well formed and
 * canonically the same, and plain text never gives an added token. */
#include "core/file.h"
#include "core/utf8.h"
#include "text/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static recto_tokenizer *load(const char *name)
{
    char path[4096];
    const char *folder = getenv("RECTO_TEST_DATA"); /* libFuzzer runs in the repository's root */
    snprintf(path, sizeof path, "%s/vlm/tokenizer/%s", folder == NULL ? "tests/data" : folder,
             name);
    recto_bytes bytes;
    recto_tokenizer *t = NULL;
    if (recto_bytes_read(&bytes, path, 0, NULL) != RECTO_OK ||
        recto_tokenizer_from_json(&t, (const char *)bytes.data, bytes.size, NULL) != RECTO_OK)
        abort();
    recto_bytes_close(&bytes);
    return t;
}

static void check(const recto_tokenizer *t, const char *text, size_t len, bool added,
                  const recto_buf *want)
{
    int32_t *ids = NULL;
    size_t n = 0;
    size_t cap = 0;
    if (recto_tokenizer_encode(&ids, &n, &cap, t, text, len, added, NULL) != RECTO_OK)
        abort();
    for (size_t i = 0; i < n && !added; i++) {
        if (recto_tokenizer_is_added(t, ids[i]))
            abort();
    }
    recto_buf back = RECTO_BUF_INIT;
    recto_buf form = RECTO_BUF_INIT;
    recto_tokenizer_decode(&back, t, ids, n, true);
    /* the tokenizer's own NFC leaves marks newer than the reference where they are */
    recto_utf8_nfc(&form, recto_buf_cstr(&back), back.len);
    if (form.len != want->len || memcmp(recto_buf_cstr(&form), recto_buf_cstr(want), form.len) != 0)
        abort();
    recto_buf_free(&back);
    recto_buf_free(&form);
    free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static recto_tokenizer *all[2];
    if (all[0] == NULL) {
        all[0] = load("qwen.json");
        all[1] = load("odd.json");
    }
    recto_buf whole = RECTO_BUF_INIT;
    recto_buf want = RECTO_BUF_INIT;
    recto_utf8_repair(&whole, (const char *)data, size);
    recto_utf8_nfc(&want, recto_buf_cstr(&whole), whole.len);
    for (int i = 0; i < 4; i++)
        check(all[i / 2], (const char *)data, size, i % 2 != 0, &want);
    recto_buf_free(&whole);
    recto_buf_free(&want);
    return 0;
}
