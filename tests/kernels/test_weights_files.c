/* Protects the finding of a model's files: each form of checkpoint opens, an incomplete or mixed
 * one is named as such, nothing outside its folder is opened, and a large one is not read through.
 */
#include "kernels/weights_files.h"
#include "tests/kernels/gguf_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[64];

static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/recto-test-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int leave(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put_file(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static void put_words(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

/* A safetensors file of U8 tensors of one number each, which is the tensor's place: "a" or "a,b".
 */
static void put_safetensors(const char *name, const char *tensors)
{
    recto_buf header = RECTO_BUF_INIT;
    recto_buf b = RECTO_BUF_INIT;
    int n = 0;
    recto_buf_char(&header, '{');
    for (const char *p = tensors; *p != '\0'; p += strcspn(p, ",") + (p[strcspn(p, ",")] != '\0')) {
        recto_buf_printf(&header,
                         "%s\"%.*s\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
                         n > 0 ? "," : "", (int)strcspn(p, ","), p, n, n + 1);
        n++;
    }
    recto_buf_char(&header, '}');
    put_number(&b, header.len, 8);
    recto_buf_add(&b, header.data, header.len);
    for (int i = 0; i < n; i++)
        recto_buf_char(&b, (char)i);
    put_file(name, b.data, b.len);
    recto_buf_free(&b);
    recto_buf_free(&header);
}

/* A GGUF file with one tensor of 8 floats; split keys unless count is 0; n_tensors unless -1. */
static void put_gguf(const char *name, const char *tensor, int no, int count, int n_tensors)
{
    recto_buf b = RECTO_BUF_INIT;
    put_head(&b, 3, 1, 1u + (count > 0 ? 2u : 0u) + (n_tensors >= 0 ? 1u : 0u));
    put_key(&b, "general.file", 4, (uint64_t)no, 4);
    if (count > 0) {
        put_key(&b, "split.no", 2, (uint64_t)no, 2);
        put_key(&b, "split.count", 2, (uint64_t)count, 2);
    }
    if (n_tensors >= 0)
        put_key(&b, "split.tensors.count", 5, (uint64_t)n_tensors, 4);
    put_tensor(&b, tensor, 1, (const uint64_t[]){8}, 0, 0);
    put_pad(&b, 32);
    put_number(&b, 0, 32);
    put_file(name, b.data, b.len);
    recto_buf_free(&b);
}

/* Open, and on success check the number of files and tensors. */
static recto_weights_files *open_good(const char *path, size_t n_files, size_t n_tensors)
{
    recto_weights_files *f;
    recto_error err = {0};
    if (recto_weights_files_open(&f, path, &err) != RECTO_OK)
        fail_msg("%s: %s", path, err.msg);
    assert_int_equal(err.code, RECTO_OK); /* success leaves no error behind */
    assert_int_equal(recto_weights_files_count(f), n_files);
    assert_int_equal(recto_weights_count(recto_weights_files_set(f)), n_tensors);
    for (size_t i = 0; i < n_files; i++)
        assert_true(recto_weights_files_at(f, i)->size > 0);
    assert_null(recto_weights_files_at(f, n_files));
    return f;
}

static void open_bad(const char *path, recto_status status, const char *says)
{
    recto_weights_files *f;
    recto_error err = {0};
    recto_status s = recto_weights_files_open(&f, path, &err);
    if (s != status || strstr(err.msg, says) == NULL)
        fail_msg("expected \"%s\", status %d, \"%s\"", says, (int)s, err.msg);
    assert_null(f);
    assert_int_equal(recto_weights_files_open(&f, path, NULL), status); /* err is optional */
}

static void weights_files_opens_indexed_shards(void **state)
{
    (void)state;
    put_safetensors("one.safetensors", "a,b");
    put_safetensors("two.safetensors", "c,d");
    put_safetensors("other.safetensors", "a,z"); /* not in the index: left alone */
    put_words("model.safetensors.index.json",
              "{\"metadata\":{\"total_size\":4},\"weight_map\":{\"c\":\"two.safetensors\","
              "\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}}");
    recto_weights_files *f = open_good(folder, 2, 4);
    assert_int_equal(recto_weights_files_unlisted(f), 1); /* d */
    assert_string_equal(recto_weights_files_at(f, 0)->name, "two.safetensors");
    assert_null(recto_weights_files_gguf(f));
    assert_int_equal(recto_weights_lookup(recto_weights_files_set(f), "d")->data[0], 1);
    recto_weights_files_close(f);
    recto_weights_files_close(NULL);
}

/* Names of one shard lie between those of the others; a folder made to take long is refused. */
static void weights_files_sorts_the_tensors_of_many_shards(void **state)
{
    enum { MOST = 1000 };
    recto_buf index = RECTO_BUF_INIT;
    char name[32];
    char tensors[64];
    (void)state;
    for (int n = 1; n <= MOST + 1; n++) {
        const int k = n * 5 % (MOST + 1); /* all numbers, out of order */
        snprintf(name, sizeof name, "s%04d.safetensors", k);
        snprintf(tensors, sizeof tensors, "c%04d,a%04d,b%04d", MOST - k, k, k * 3 % MOST);
        put_safetensors(name, tensors);
        recto_buf_printf(&index, "%s\"a%04d\":\"%s\"", n == 1 ? "{\"weight_map\":{" : ",", k, name);
        if (n != 100 && n <= MOST)
            continue;
        recto_buf_text(&index, "}}");
        put_file("model.safetensors.index.json", index.data, index.len);
        index.len -= 2;
        if (n > MOST) {
            open_bad(folder, RECTO_ERR_LIMIT, "more than 1000 files");
            break;
        }
        recto_weights_files *f = open_good(folder, (size_t)n, 3 * (size_t)n);
        const recto_weights *w = recto_weights_files_set(f);
        for (size_t i = 1; i < recto_weights_count(w); i++)
            assert_true(strcmp(recto_weights_at(w, i - 1)->name, recto_weights_at(w, i)->name) < 0);
        for (size_t i = 0; i < recto_weights_count(w); i++)
            assert_ptr_equal(recto_weights_lookup(w, recto_weights_at(w, i)->name),
                             recto_weights_at(w, i));
        recto_weights_files_close(f);
    }
    recto_buf_free(&index);
}

static void weights_files_opens_shards_and_single_files_without_an_index(void **state)
{
    (void)state;
    put_safetensors("only-this.safetensors", "x");
    recto_weights_files_close(open_good(folder, 1, 1));
    put_safetensors("model.safetensors", "x,y");
    put_words("._model.safetensors", "not read");
    put_words("config.json", "{}");
    recto_weights_files_close(open_good(folder, 1, 2));
    put_safetensors("model-00001-of-00002.safetensors", "a");
    put_safetensors("model-00002-of-00002.safetensors", "b,c");
    recto_weights_files *f = open_good(folder, 2, 3);
    assert_string_equal(recto_weights_files_at(f, 1)->name, "model-00002-of-00002.safetensors");
    assert_int_equal(recto_weights_files_unlisted(f), 0);
    recto_weights_files_close(f);
    f = open_good(in_folder("only-this.safetensors"), 1, 1);
    assert_string_equal(recto_weights_files_at(f, 0)->name, "only-this.safetensors");
    recto_weights_files_close(f);
}

static void weights_files_refuses_an_index_that_lies(void **state)
{
    static const struct {
        const char *index;
        recto_status status;
        const char *says;
    } cases[] = {
        {"", RECTO_ERR_FORMAT, "model.safetensors.index.json"},
        {"[1]", RECTO_ERR_FORMAT, "no weight_map"},
        {"{\"weight_map\":5}", RECTO_ERR_FORMAT, "no weight_map"},
        {"{\"weight_map\":{\"a\":5}}", RECTO_ERR_MODEL, "a: its shard is not the name"},
        {"{\"weight_map\":{\"a\":\"\"}}", RECTO_ERR_MODEL, "a: its shard is not the name"},
        {"{\"weight_map\":{\"a\":\"..\"}}", RECTO_ERR_MODEL, "a: its shard is not the name"},
        {"{\"weight_map\":{\"a\":\"../one.safetensors\"}}", RECTO_ERR_MODEL, "not the name"},
        {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}", RECTO_ERR_MODEL, "not the name"},
        {"{\"weight_map\":{\"a\":\"x/one.safetensors\"}}", RECTO_ERR_MODEL, "not the name"},
        {"{\"weight_map\":{\"a\":\"one\\u0000.safetensors\"}}", RECTO_ERR_FORMAT, "index.json"},
        {"{\"weight_map\":{\"a\":\"gone.safetensors\"}}", RECTO_ERR_MODEL,
         "'gone.safetensors' is missing; 'model.safetensors.index.json' needs it"},
        {"{\"weight_map\":{\"a\":\"one.safetensors\",\"q\":\"one.safetensors\"}}", RECTO_ERR_MODEL,
         "q: not in the shard"},
        {"{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\","
         "\"c\":\"one.safetensors\"}}",
         RECTO_ERR_MODEL, "not in the shard"},
        {"{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"cut.safetensors\"}}", RECTO_ERR_FORMAT,
         "'cut.safetensors': safetensors: truncated"},
        {"{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"twin.safetensors\"}}", RECTO_ERR_MODEL,
         "a: is in two files"},
    };
    (void)state;
    put_safetensors("one.safetensors", "a,b");
    put_safetensors("two.safetensors", "c");
    put_safetensors("twin.safetensors", "a");
    put_words("cut.safetensors", "1234567");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_words("model.safetensors.index.json", cases[i].index);
        open_bad(folder, cases[i].status, cases[i].says);
    }
}

static void weights_files_refuses_a_folder_without_one_model(void **state)
{
    (void)state;
    open_bad(in_folder("none"), RECTO_ERR_IO, "none': cannot open");
    open_bad(folder, RECTO_ERR_MODEL, "no *.safetensors");
    put_gguf("model.gguf", "a", 0, 0, -1);
    open_bad(folder, RECTO_ERR_MODEL, "a GGUF is given by its own name");
    assert_int_equal(mkfifo(in_folder("a.safetensors"), 0600), 0);
    open_bad(folder, RECTO_ERR_FORMAT, "'a.safetensors': not a regular file");
    unlink(in_folder("a.safetensors"));
    put_safetensors("a.safetensors", "a");
    put_safetensors("b.safetensors", "b");
    open_bad(folder, RECTO_ERR_MODEL, "several *.safetensors");
    put_safetensors("model-00001-of-00003.safetensors", "a");
    put_safetensors("model-00003-of-00003.safetensors", "b");
    open_bad(folder, RECTO_ERR_MODEL, "'model-00002-of-00003.safetensors' is missing");
    put_safetensors("model-00002-of-00002.safetensors", "b");
    open_bad(folder, RECTO_ERR_MODEL, "two different models");
    assert_int_equal(mkfifo(in_folder("model.safetensors.index.json"), 0600), 0);
    open_bad(folder, RECTO_ERR_FORMAT, "index.json': not a regular file");
}

static void weights_files_opens_a_gguf_and_all_its_parts(void **state)
{
    (void)state;
    put_gguf("whole.gguf", "a", 5, 0, -1);
    recto_weights_files *f = open_good(in_folder("whole.gguf"), 1, 1);
    assert_int_equal(recto_gguf_int(recto_weights_files_gguf(f), "general.file", 0), 5);
    recto_weights_files_close(f);
    put_gguf("m-Q8_0-00001-of-00003.gguf", "a", 0, 3, 3);
    put_gguf("m-Q8_0-00002-of-00003.gguf", "b", 1, 3, -1);
    put_gguf("m-Q8_0-00003-of-00003.gguf", "c", 2, 3, -1);
    f = open_good(in_folder("m-Q8_0-00001-of-00003.gguf"), 3, 3);
    assert_int_equal(recto_gguf_int(recto_weights_files_gguf(f), "split.no", -1), 0);
    assert_string_equal(recto_weights_files_at(f, 2)->name, "m-Q8_0-00003-of-00003.gguf");
    recto_weights_files_close(f);
    put_gguf("one-00001-of-00001.gguf", "a", 0, 0, -1);
    recto_weights_files_close(open_good(in_folder("one-00001-of-00001.gguf"), 1, 1));
}

static void weights_files_refuses_a_split_that_does_not_fit(void **state)
{
    (void)state;
    put_gguf("m-00001-of-00003.gguf", "a", 0, 3, 3);
    put_gguf("m-00002-of-00003.gguf", "b", 1, 3, -1);
    open_bad(in_folder("m-00001-of-00003.gguf"), RECTO_ERR_MODEL,
             "'m-00003-of-00003.gguf' is missing; 'm-00001-of-00003.gguf' needs it");
    open_bad(in_folder("m-00002-of-00003.gguf"), RECTO_ERR_MODEL, "part 2 of 3; give the first");
    put_gguf("m-00003-of-00003.gguf", "c", 1, 3, -1);
    open_bad(in_folder("m-00001-of-00003.gguf"), RECTO_ERR_MODEL,
             "'m-00003-of-00003.gguf': says that it is part 2 of 3, expected 3 of 3");
    put_gguf("m-00003-of-00003.gguf", "b", 2, 3, -1);
    open_bad(in_folder("m-00001-of-00003.gguf"), RECTO_ERR_MODEL, "b: is in two files");
    put_gguf("m-00003-of-00003.gguf", "c", 2, 3, -1);
    put_gguf("m-00001-of-00003.gguf", "a", 0, 3, 4);
    open_bad(in_folder("m-00001-of-00003.gguf"), RECTO_ERR_MODEL, "3 tensors in all parts");
    put_gguf("m-00001-of-00003.gguf", "a", 0, 2, -1);
    open_bad(in_folder("m-00001-of-00003.gguf"), RECTO_ERR_MODEL, "part 1 of 2, expected 1 of 3");
    put_gguf("renamed.gguf", "a", 0, 3, 3);
    open_bad(in_folder("renamed.gguf"), RECTO_ERR_MODEL, "one of 3 parts, but not named");
    put_words("text.gguf", "GGML is older");
    open_bad(in_folder("text.gguf"), RECTO_ERR_FORMAT, "'text.gguf': GGUF: not a GGUF file");
    put_words("empty.gguf", "");
    open_bad(in_folder("empty.gguf"), RECTO_ERR_FORMAT, "'empty.gguf': GGUF: not a GGUF file");
    put_words("empty.safetensors", "");
    open_bad(in_folder("empty.safetensors"), RECTO_ERR_FORMAT, "'empty.safetensors': ");
}

/* A file of 9 GB with holes: if opening read it, the pages would count as resident. */
static void weights_files_does_not_read_a_large_model_through(void **state)
{
    const uint64_t size = UINT64_C(9) << 30;
    char header[128];
    recto_buf b = RECTO_BUF_INIT;
    struct rusage before;
    struct rusage after;
    (void)state;
    snprintf(header, sizeof header,
             "{\"a\":{\"dtype\":\"U8\",\"shape\":[%llu],"
             "\"data_offsets\":[0,%llu]}}",
             (unsigned long long)size, (unsigned long long)size);
    put_text(&b, header); /* u64 length + bytes: as in GGUF */
    put_file("model.safetensors", b.data, b.len);
    if (truncate(in_folder("model.safetensors"), (off_t)(b.len + size)) != 0)
        skip();
    getrusage(RUSAGE_SELF, &before);
    recto_weights_files *f = open_good(folder, 1, 1);
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024); /* KiB */
    assert_int_equal(recto_weights_lookup(recto_weights_files_set(f), "a")->size, size);
    recto_weights_files_close(f);
    recto_buf_free(&b);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(weights_files_opens_indexed_shards),
        IN_FOLDER(weights_files_sorts_the_tensors_of_many_shards),
        IN_FOLDER(weights_files_opens_shards_and_single_files_without_an_index),
        IN_FOLDER(weights_files_refuses_an_index_that_lies),
        IN_FOLDER(weights_files_refuses_a_folder_without_one_model),
        IN_FOLDER(weights_files_opens_a_gguf_and_all_its_parts),
        IN_FOLDER(weights_files_refuses_a_split_that_does_not_fit),
        IN_FOLDER(weights_files_does_not_read_a_large_model_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
