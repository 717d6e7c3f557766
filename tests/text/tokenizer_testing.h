/* What the tokenizer's tests share: the committed tokenizers, and the reference's answers. */
#ifndef RECTO_TESTS_TOKENIZER_TESTING_H
#define RECTO_TESTS_TOKENIZER_TESTING_H

#include "check.h"

#include "core/file.h"
#include "text/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A file of tests/data/vlm/tokenizer; close with recto_bytes_close. */
static inline recto_bytes tokenizer_file(const char *name)
{
    char path[4096];
    const char *data = getenv("RECTO_TEST_DATA");
    assert_non_null(data);
    snprintf(path, sizeof path, "%s/vlm/tokenizer/%s", data, name);
    recto_bytes bytes;
    recto_error err = {0};
    if (recto_bytes_read(&bytes, path, 0, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return bytes;
}

static inline recto_tokenizer *load_json(const char *name)
{
    recto_bytes bytes = tokenizer_file(name);
    recto_tokenizer *t = NULL;
    recto_error err = {0};
    if (recto_tokenizer_from_json(&t, (const char *)bytes.data, bytes.size, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    recto_bytes_close(&bytes);
    return t;
}

typedef struct ids {
    int32_t *list;
    size_t n, cap;
} ids;

static inline void encode(ids *out, const recto_tokenizer *t, const char *text, size_t len,
                          bool added)
{
    recto_error err = {0};
    out->n = 0;
    if (recto_tokenizer_encode(&out->list, &out->n, &out->cap, t, text, len, added, &err) !=
        RECTO_OK)
        fail_msg("%s", err.msg);
}

#endif
