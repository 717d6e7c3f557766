/* Protects the writer of traces: what was put is read back whatever the order, a forgotten number
 * is an error, and a failed file is not there. */
#include "core/file.h"
#include "kernels/weights.h"
#include "kernels/weights_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[64];

static int enter(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/recto-test-XXXXXX");
    if (mkdtemp(path) == NULL)
        return 1;
    strcat(path, "/t.safetensors");
    return 0;
}

/* The folder must be empty but for the file: no temporary one stays behind. */
static int leave(void **state)
{
    (void)state;
    unlink(path);
    *strrchr(path, '/') = '\0';
    return rmdir(path);
}

static recto_weights_writer *open_writer(void)
{
    recto_weights_writer *w;
    assert_int_equal(recto_weights_writer_open(&w, path, NULL), RECTO_OK);
    return w;
}

static recto_status add(recto_weights_writer *w, const char *name, recto_dtype type, uint64_t a,
                        uint64_t b)
{
    return recto_weights_writer_add(w, name, type, (const uint64_t[]){a, b}, 2, NULL);
}

static bool file_is_there(void)
{
    return access(path, F_OK) == 0;
}

static void weights_write_gives_back_what_was_put_in_any_order(void **state)
{
    const float floats[] = {0, 1, 2, 3, 4, 5};
    const int32_t ids[] = {7, -8};
    recto_weights_writer *w = open_writer();
    recto_weights *set = recto_weights_new();
    recto_bytes bytes;
    float *read;
    struct stat st;
    (void)state;
    assert_int_equal(add(w, "z.first", RECTO_DTYPE_F32, 2, 3), RECTO_OK);
    assert_int_equal(add(w, "a \"quoted\" caf\xc3\xa9", RECTO_DTYPE_I32, 2, 1), RECTO_OK);
    assert_int_equal(add(w, "none", RECTO_DTYPE_F32, 0, 3), RECTO_OK);
    assert_int_equal(recto_weights_writer_add(w, "one", RECTO_DTYPE_F32, NULL, 0, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_meta(w, "prompt", "a\nb", NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "one", 0, &floats[5], 1, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "z.first", 5, &floats[5], 1, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "z.first", 0, floats, 2, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "z.first", 3, &floats[3], 1, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "z.first", 1, &floats[1], 4, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "z.first", 6, NULL, 0, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "a \"quoted\" caf\xc3\xa9", 0, ids, 2, NULL),
                     RECTO_OK);
    assert_false(file_is_there());
    assert_int_equal(recto_weights_writer_commit(w, NULL), RECTO_OK);

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0077, 0); /* private */
    assert_int_equal(recto_bytes_read(&bytes, path, 0, NULL), RECTO_OK);
    assert_int_equal(bytes.data[0] % 8, 0); /* the numbers are aligned */
    assert_int_equal(recto_weights_add_safetensors(set, bytes.data, bytes.size, NULL), RECTO_OK);
    assert_int_equal(recto_weights_count(set), 4);
    assert_string_equal(recto_weights_meta(set, "prompt"), "a\nb");
    assert_int_equal(recto_weights_floats(&read, set, "z.first", (const uint64_t[]){2, 3}, 2, NULL),
                     RECTO_OK);
    assert_memory_equal(read, floats, sizeof floats);
    free(read);
    const recto_tensor *t = recto_weights_lookup(set, "a \"quoted\" caf\xc3\xa9");
    assert_int_equal(t->dtype, RECTO_DTYPE_I32);
    assert_memory_equal(t->data, ids, sizeof ids);
    assert_int_equal(recto_weights_lookup(set, "one")->n_dims, 0);
    assert_true(recto_weights_lookup(set, "z.first")->data < t->data); /* as declared */
    recto_weights_free(set);
    recto_bytes_close(&bytes);
}

static void weights_write_refuses_a_gap(void **state)
{
    const float floats[] = {1, 2, 3};
    static const struct {
        uint64_t first;
        uint64_t n;
    } puts[] = {{0, 2}, {1, 2}, {0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof puts / sizeof puts[0]; i++) {
        recto_weights_writer *w = open_writer();
        recto_error err = {0};
        assert_int_equal(add(w, "a", RECTO_DTYPE_F32, 3, 1), RECTO_OK);
        assert_int_equal(recto_weights_writer_put(w, "a", puts[i].first, floats, puts[i].n, NULL),
                         RECTO_OK);
        assert_int_equal(recto_weights_writer_commit(w, &err), RECTO_ERR_ARG);
        assert_non_null(strstr(err.msg, "a: not all of its numbers"));
        assert_false(file_is_there());
    }
}

static void weights_write_refuses_a_broken_call(void **state)
{
    const float one = 1;
    const uint64_t dims[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    recto_weights_writer *w = open_writer();
    (void)state;
    assert_int_equal(add(w, "a", RECTO_DTYPE_F16, 1, 1), RECTO_ERR_ARG);
    assert_int_equal(add(w, "", RECTO_DTYPE_F32, 1, 1), RECTO_ERR_ARG);
    assert_int_equal(add(w, "__metadata__", RECTO_DTYPE_F32, 1, 1), RECTO_ERR_ARG);
    assert_int_equal(add(w, "a", RECTO_DTYPE_F32, UINT64_MAX, 1), RECTO_ERR_ARG);
    assert_int_equal(add(w, "a", RECTO_DTYPE_F32, 1ull << 32, 1ull << 32), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_add(w, "a", RECTO_DTYPE_F32, dims, 9, NULL),
                     RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_add(w, "a", RECTO_DTYPE_F32, dims, 8, NULL), RECTO_OK);
    assert_int_equal(add(w, "a", RECTO_DTYPE_F32, 1, 1), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_meta(w, "k", "v", NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_meta(w, "k", "v", NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_put(w, "b", 0, &one, 1, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_put(w, "a", 1, &one, 1, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_put(w, "a", UINT64_MAX, &one, 2, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_put(w, "a", 0, &one, 1, NULL), RECTO_OK);
    assert_int_equal(add(w, "b", RECTO_DTYPE_F32, 1, 1), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_meta(w, "l", "v", NULL), RECTO_ERR_ARG);
    recto_weights_writer_abort(w);
    recto_weights_writer_abort(NULL);
    assert_false(file_is_there());
}

static void weights_write_makes_an_empty_file_and_says_where_it_cannot(void **state)
{
    recto_weights_writer *w = open_writer();
    recto_weights *set = recto_weights_new();
    recto_bytes bytes;
    (void)state;
    assert_int_equal(recto_weights_writer_commit(w, NULL), RECTO_OK);
    assert_int_equal(recto_bytes_read(&bytes, path, 0, NULL), RECTO_OK);
    assert_int_equal(recto_weights_add_safetensors(set, bytes.data, bytes.size, NULL), RECTO_OK);
    assert_int_equal(recto_weights_count(set), 0);
    recto_weights_free(set);
    recto_bytes_close(&bytes);
    assert_int_equal(recto_weights_writer_open(&w, "/none/such/file", NULL), RECTO_ERR_OUTPUT);
    assert_null(w);
}

static void weights_write_makes_the_last_tensor_shorter(void **state)
{
    const int32_t ids[] = {5, 6, 7};
    const uint64_t many = 1000000;
    recto_weights_writer *w = open_writer();
    recto_weights *set = recto_weights_new();
    recto_bytes bytes;
    (void)state;
    assert_int_equal(add(w, "first", RECTO_DTYPE_I32, 1, 3), RECTO_OK);
    assert_int_equal(recto_weights_writer_add(w, "last", RECTO_DTYPE_I32, &many, 1, NULL),
                     RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "first", 0, ids, 3, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_put(w, "last", 0, ids, 3, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_shrink(w, "first", 2, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_shrink(w, "last", 2, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_shrink(w, "last", many + 1, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_weights_writer_shrink(w, "last", 3, NULL), RECTO_OK);
    assert_int_equal(recto_weights_writer_commit(w, NULL), RECTO_OK);
    assert_int_equal(recto_bytes_read(&bytes, path, 0, NULL), RECTO_OK);
    assert_int_equal(recto_weights_add_safetensors(set, bytes.data, bytes.size, NULL), RECTO_OK);
    const recto_tensor *t = recto_weights_lookup(set, "last");
    assert_non_null(t);
    assert_int_equal(t->n_elements, 3);
    assert_memory_equal(t->data, ids, sizeof ids);
    recto_weights_free(set);
    recto_bytes_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(weights_write_gives_back_what_was_put_in_any_order, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(weights_write_refuses_a_gap, enter, leave),
        cmocka_unit_test_setup_teardown(weights_write_refuses_a_broken_call, enter, leave),
        cmocka_unit_test_setup_teardown(weights_write_makes_an_empty_file_and_says_where_it_cannot,
                                        enter, leave),
        cmocka_unit_test_setup_teardown(weights_write_makes_the_last_tensor_shorter, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
