/* Protects: out of memory at any allocation while loading or encoding is an error and no more: no
 * crash, nothing lost, no half of an answer.
 *
 * The allocator is replaced for this program alone; sanitizers have their own, so under them there
 * is nothing to do. */
#include "tokenizer_testing.h"

#if defined(__SANITIZE_ADDRESS__)

static void out_of_memory_is_an_error(void **state)
{
    (void)state;
    skip();
}

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static long left = -1; /* allocations before the one that fails; -1: none does */

static bool fails(void)
{
    if (left < 0)
        return false;
    if (left > 0)
        left--;
    return left == 0;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

/* Fails from the n-th allocation on; did all go well? */
static bool try_load(recto_tokenizer **t, const recto_bytes *file, bool gguf, long n)
{
    recto_gguf *g = NULL;
    recto_error err = {0};
    *t = NULL;
    left = n;
    recto_status status = RECTO_OK;
    if (gguf) {
        status = recto_gguf_open(&g, file->data, file->size, &err);
        if (status == RECTO_OK)
            status = recto_tokenizer_from_gguf(t, g, &err);
    } else {
        status = recto_tokenizer_from_json(t, (const char *)file->data, file->size, &err);
    }
    left = -1;
    recto_gguf_close(g);
    if (status == RECTO_OK)
        return true;
    assert_int_equal(status, RECTO_ERR_NOMEM);
    assert_int_equal(err.code, RECTO_ERR_NOMEM);
    assert_null(*t);
    return false;
}

static bool try_encode(const recto_tokenizer *t, const char *text, size_t len, long n)
{
    recto_error err = {0};
    int32_t *list = NULL;
    size_t n_ids = 0;
    size_t cap = 0;
    left = n;
    const recto_status status =
        recto_tokenizer_encode(&list, &n_ids, &cap, t, text, len, true, &err);
    left = -1;
    assert_true(status == RECTO_OK || (status == RECTO_ERR_NOMEM && err.code == status));
    assert_int_equal(n_ids > 0, status == RECTO_OK);
    free(list);
    return status == RECTO_OK;
}

static void out_of_memory_is_an_error(void **state)
{
    (void)state;
    /* marks, a broken byte, an added token, a long word and more ids than the first room holds */
    char text[4096] = "e\xCC\x81\xCC\xA3 \xFF <a> \xE4\xBD\xA0 e\xCC\x81! ";
    const size_t head = strlen(text);
    memset(text + head, 'a', 600);
    memset(text + head + 600, '1', 600);
    for (int gguf = 0; gguf < 2; gguf++) {
        recto_bytes file = tokenizer_file(gguf ? "qwen.gguf" : "odd.json");
        recto_tokenizer *t = NULL;
        long n = 1;
        /* thousands of alike ones by the JSON parser: not each of them */
        while (!try_load(&t, &file, gguf != 0, n))
            n += n < 64 ? 1 : n / 64;
        assert_true(n > 8);
        n = 1;
        while (!try_encode(t, text, strlen(text), n))
            n++;
        assert_true(n > 5);
        recto_tokenizer_free(t);
        recto_bytes_close(&file);
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("tokenizer_memory", tests, NULL, NULL);
}
