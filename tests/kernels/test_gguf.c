/* Protects the reading of GGUF files: what the reference writer wrote comes back, blocks widen to
 * the reference's numbers bit by bit, and each kind of lie is refused with its code and place. */
#include "core/file.h"
#include "kernels/gguf.h"
#include "kernels/weights.h"
#include "tests/kernels/gguf_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"

typedef struct opened {
    recto_bytes bytes;
    recto_gguf *g;
    recto_weights *w;
} opened;

static opened open_fixture(void)
{
    opened o = {0};
    char path[4096];
    const char *data = getenv("RECTO_TEST_DATA");
    snprintf(path, sizeof path, "%s/weights/blocks.gguf", data == NULL ? "tests/data" : data);
    assert_int_equal(recto_bytes_read(&o.bytes, path, 0, NULL), RECTO_OK);
    assert_int_equal(recto_gguf_open(&o.g, o.bytes.data, o.bytes.size, NULL), RECTO_OK);
    o.w = recto_weights_new();
    assert_int_equal(recto_weights_add_gguf(o.w, o.g, NULL), RECTO_OK);
    return o;
}

static void close_fixture(opened *o)
{
    recto_weights_free(o->w);
    recto_gguf_close(o->g);
    recto_bytes_close(&o->bytes);
}

static void gguf_gives_the_values_of_the_reference_writer(void **state)
{
    opened o = open_fixture();
    const recto_gguf *g = o.g;
    size_t len;
    (void)state;
    assert_string_equal(recto_gguf_text(g, "general.architecture", NULL), "recto-test");
    assert_int_equal(recto_gguf_int(g, "a.u8", 0), 200);
    assert_int_equal(recto_gguf_int(g, "a.i8", 0), -100);
    assert_int_equal(recto_gguf_int(g, "a.u16", 0), 60000);
    assert_int_equal(recto_gguf_int(g, "a.i16", 0), -30000);
    assert_true(recto_gguf_int(g, "a.u32", 0) == 4000000000);
    assert_int_equal(recto_gguf_int(g, "a.i32", 0), -2000000000);
    assert_true(recto_gguf_int(g, "a.u64", 0) == INT64_MAX);
    assert_true(recto_gguf_int(g, "a.i64", 0) == INT64_MIN);
    assert_int_equal(recto_gguf_int(g, "a.u64.large", 7), 7);
    assert_true(recto_gguf_number(g, "a.u64.large", 0) == 0x1p63);
    assert_true(recto_gguf_number(g, "a.f32", 0) == 0.15625);
    assert_true(recto_gguf_number(g, "a.f64", 0) == 1e-300);
    assert_true(recto_gguf_number(g, "a.i16", 0) == -30000);
    assert_true(recto_gguf_bool(g, "a.bool", false));
    assert_int_equal(recto_gguf_int(g, "a.bool", 0), 1);
    assert_string_equal(recto_gguf_text(g, "a.text", &len), "na\xc3\xafve");
    assert_int_equal(len, 6);
    close_fixture(&o);
}

static void gguf_gives_the_fallback_for_what_is_not_there(void **state)
{
    opened o = open_fixture();
    size_t len = 5;
    (void)state;
    assert_null(recto_gguf_lookup(o.g, "none"));
    assert_int_equal(recto_gguf_int(o.g, "none", -3), -3);
    assert_int_equal(recto_gguf_int(o.g, "a.f32", -3), -3);
    assert_int_equal(recto_gguf_int(o.g, "a.text", -3), -3);
    assert_true(recto_gguf_number(o.g, "a.bool", -3) == -3);
    assert_true(recto_gguf_number(o.g, "b.ints", -3) == -3);
    assert_true(recto_gguf_bool(o.g, "a.u8", true));
    assert_null(recto_gguf_text(o.g, "a.u8", &len));
    assert_int_equal(len, 0);
    assert_int_equal(recto_gguf_count(NULL), 0);
    assert_int_equal(recto_gguf_count(recto_gguf_lookup(o.g, "a.u8")), 0);
    assert_null(recto_gguf_text_at(NULL, 0, NULL));
    assert_int_equal(recto_gguf_int_at(recto_gguf_lookup(o.g, "b.texts"), 0, -3), -3);
    close_fixture(&o);
}

static void gguf_gives_the_items_of_arrays(void **state)
{
    opened o = open_fixture();
    const recto_gguf_value *texts = recto_gguf_lookup(o.g, "b.texts");
    const recto_gguf_value *ints = recto_gguf_lookup(o.g, "b.ints");
    const recto_gguf_value *floats = recto_gguf_lookup(o.g, "b.floats");
    const recto_gguf_value *nested = recto_gguf_lookup(o.g, "b.nested");
    size_t len;
    (void)state;
    assert_int_equal(recto_gguf_count(texts), 3);
    assert_non_null(recto_gguf_text_at(texts, 0, &len));
    assert_int_equal(len, 0);
    assert_memory_equal(recto_gguf_text_at(texts, 1, &len), "\xc4\xa0the", 5);
    assert_int_equal(len, 5);
    assert_memory_equal(recto_gguf_text_at(texts, 2, NULL), "caf\xc3\xa9", 5);
    assert_null(recto_gguf_text_at(texts, 3, NULL));
    assert_int_equal(recto_gguf_count(ints), 3);
    assert_int_equal(recto_gguf_int_at(ints, 1, 0), -2);
    assert_true(recto_gguf_number_at(ints, 2, 0) == 3);
    assert_int_equal(recto_gguf_int_at(ints, 3, 9), 9);
    assert_true(recto_gguf_number_at(floats, 1, 0) == -2);
    assert_int_equal(recto_gguf_int_at(floats, 1, 9), 9);
    assert_int_equal(recto_gguf_int_at(recto_gguf_lookup(o.g, "b.bools"), 0, 9), 1);
    assert_int_equal(recto_gguf_count(nested), 2);
    assert_int_equal(recto_gguf_int_at(nested, 0, 9), 9);
    close_fixture(&o);
}

static void gguf_reverses_the_dimensions(void **state)
{
    opened o = open_fixture();
    const recto_tensor *t = recto_weights_lookup(o.w, "f16");
    (void)state;
    assert_int_equal(recto_weights_count(o.w), 15);
    assert_int_equal(t->n_dims, 3);
    assert_true(t->dims[0] == 2 && t->dims[1] == 3 && t->dims[2] == 5);
    assert_int_equal(t->n_elements, 30);
    assert_int_equal(t->size, 60);
    t = recto_weights_lookup(o.w, "q6_k");
    assert_int_equal(t->dtype, RECTO_DTYPE_Q6_K);
    assert_int_equal(t->size, 3 * 4 * 210);
    close_fixture(&o);
}

/* The same bits, or both NaN. */
static bool same_floats(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof a[i]) != 0 && !(isnan(a[i]) && isnan(b[i]))) {
            print_error("number %zu: %a, expected %a\n", i, (double)a[i], (double)b[i]);
            return false;
        }
    return true;
}

static void dtype_widens_blocks_to_the_numbers_of_the_reference(void **state)
{
    static const char *const names[] = {"q8_0", "q4_0", "q4_k", "q5_k", "q6_k", "f16", "bf16"};
    opened o = open_fixture();
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char reference[32];
        float *numbers;
        float *expected;
        snprintf(reference, sizeof reference, "%s.f32", names[i]);
        const recto_tensor *t = recto_weights_lookup(o.w, names[i]);
        assert_int_equal(recto_weights_floats(&numbers, o.w, names[i], t->dims, t->n_dims, NULL),
                         RECTO_OK);
        assert_int_equal(recto_weights_floats(&expected, o.w, reference, t->dims, t->n_dims, NULL),
                         RECTO_OK);
        if (!same_floats(numbers, expected, t->n_elements))
            fail_msg("%s", names[i]);
        free(numbers);
        free(expected);
    }
    close_fixture(&o);
}

static void dtype_touches_no_byte_beyond_the_blocks(void **state)
{
    static const recto_dtype types[] = {RECTO_DTYPE_Q8_0, RECTO_DTYPE_Q4_0, RECTO_DTYPE_Q4_K,
                                        RECTO_DTYPE_Q5_K, RECTO_DTYPE_Q6_K, RECTO_DTYPE_F16,
                                        RECTO_DTYPE_BF16, RECTO_DTYPE_F32};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const size_t n = recto_dtype_block(types[i]) * 3;
        const size_t size = recto_dtype_size(types[i]) * 3;
        uint8_t *src = malloc(size + 1); /* blocks of their own: ASan sees a step beyond */
        float *dst = malloc(n * sizeof *dst);
        float *again = malloc(n * sizeof *again);
        uint8_t *shifted = malloc(size);
        for (size_t k = 0; k <= size; k++)
            src[k] = (uint8_t)(k * 37 + 11);
        memcpy(shifted, src + 1, size);
        assert_true(recto_dtype_widen(dst, src + 1, types[i], n)); /* at an odd address */
        assert_true(recto_dtype_widen(again, shifted, types[i], n));
        assert_true(same_floats(dst, again, n));
        if (recto_dtype_block(types[i]) > 1)
            assert_false(recto_dtype_widen(dst, src, types[i], n - 1));
        assert_true(recto_dtype_widen(dst, src, types[i], 0));
        free(src);
        free(dst);
        free(again);
        free(shifted);
    }
}

static void dtype_widens_every_half(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        const uint16_t bits = (uint16_t)h;
        const int exponent = (int)(h >> 10 & 31);
        const double mantissa = (double)(h & 1023);
        const float f = recto_dtype_f16(bits);
        double expected =
            exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
        float widened;
        if (exponent == 31)
            expected = mantissa > 0 ? (double)NAN : (double)INFINITY;
        assert_int_equal(signbit(f) != 0, h >> 15);
        assert_true(isnan(expected) ? isnan(f) : fabs((double)f) == expected);
        assert_true(recto_dtype_widen(&widened, &bits, RECTO_DTYPE_F16, 1));
        assert_memory_equal(&widened, &f, sizeof f);
    }
}

static void weights_gives_rows_of_a_matrix(void **state)
{
    opened o = open_fixture();
    const recto_tensor *t = recto_weights_lookup(o.w, "q4_k");
    const recto_tensor *f = recto_weights_lookup(o.w, "q4_k.f32");
    const recto_tensor *b = recto_weights_lookup(o.w, "bf16");
    float *rows = calloc(2 * 1024, sizeof *rows);
    (void)state;
    assert_true(recto_weights_rows(rows, t, 1, 2));
    assert_true(same_floats(rows, (const float *)(const void *)f->data + 1024, 2 * 1024));
    assert_true(recto_weights_rows(rows, t, 3, 0));
    assert_true(recto_weights_rows(rows, b, 0, 1)); /* a vector is one row */
    rows[0] = 5;
    assert_false(recto_weights_rows(rows, t, 2, 2));
    assert_false(recto_weights_rows(rows, t, 4, 0));
    assert_false(recto_weights_rows(rows, t, SIZE_MAX, 2));
    assert_false(recto_weights_rows(rows, b, 1, 1));
    assert_false(recto_weights_rows(rows, recto_weights_lookup(o.w, "i32"), 0, 1));
    assert_true(rows[0] == 5);
    free(rows);
    close_fixture(&o);
}

/* Open a copy of the bytes in a block of their own, so that ASan sees a read beyond. */
static recto_status try_open(const recto_buf *b, size_t size, recto_error *err)
{
    recto_gguf *g;
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, recto_buf_cstr(b), size);
    recto_status status = recto_gguf_open(&g, copy, size, err);
    assert_true((status == RECTO_OK) == (g != NULL));
    recto_gguf_close(g);
    free(copy);
    return status;
}

/* A good file: keys of each shape, two tensors. */
static recto_buf good_file(void)
{
    recto_buf b = RECTO_BUF_INIT;
    put_head(&b, 3, 2, 5);
    put_key(&b, "general.alignment", 4, 64, 4);
    put_text(&b, "texts");
    put_number(&b, 9, 4);
    put_number(&b, 8, 4);
    put_number(&b, 2, 8);
    put_text(&b, "one");
    put_text(&b, "");
    put_text(&b, "nested");
    put_number(&b, 9, 4);
    put_number(&b, 9, 4);
    put_number(&b, 1, 8);
    put_number(&b, 4, 4);
    put_number(&b, 1, 8);
    put_number(&b, 7, 4);
    put_key(&b, "flag", 7, 1, 1);
    put_text(&b, "name");
    put_number(&b, 8, 4);
    put_text(&b, "tiny");
    put_tensor(&b, "a", 2, (const uint64_t[]){32, 2}, 8, 0);
    put_tensor(&b, "b", 1, (const uint64_t[]){3}, 0, 128);
    put_pad(&b, 64);
    for (int i = 0; i < 128 + 12; i++)
        recto_buf_char(&b, (char)i);
    return b;
}

static void gguf_refuses_a_file_cut_at_any_byte(void **state)
{
    recto_buf b = good_file();
    (void)state;
    assert_int_equal(try_open(&b, b.len, NULL), RECTO_OK);
    for (size_t n = 0; n < b.len; n++) {
        recto_error err = {0};
        assert_int_equal(try_open(&b, n, &err), RECTO_ERR_FORMAT);
        assert_true(err.offset <= b.len);
    }
    recto_buf_free(&b);
}

/* One file with one thing wrong. */
typedef struct bad_case {
    const char *title;
    void (*write)(recto_buf *b);
    recto_status status;
    const char *says;
} bad_case;

static void magic(recto_buf *b)
{
    put_head(b, 3, 0, 0);
    b->data[3] = 'f';
}
static void version_1(recto_buf *b)
{
    put_head(b, 1, 0, 0);
}
static void big_endian(recto_buf *b)
{
    put_head(b, 3u << 24, 0, 0);
}
static void many_keys(recto_buf *b)
{
    put_head(b, 3, 0, UINT64_MAX);
}
static void some_keys(recto_buf *b)
{
    put_head(b, 3, 0, 60000);
}
static void many_tensors(recto_buf *b)
{
    put_head(b, 3, UINT64_MAX, 0);
}
static void some_tensors(recto_buf *b)
{
    put_head(b, 3, 1000000, 0);
}
static void key_of_2_63_bytes(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_number(b, 1ull << 63, 8);
    put_text(b, "padding, so that the count of keys is believed");
}
static void key_empty(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "", 4, 1, 4);
}
static void key_with_nul(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_number(b, 3, 8);
    recto_buf_add(b, "a\0b", 3);
    put_number(b, 0, 12);
}
static void key_twice(recto_buf *b)
{
    put_head(b, 3, 0, 3);
    put_key(b, "same", 4, 1, 4);
    put_key(b, "other", 4, 1, 4);
    put_key(b, "same", 4, 1, 4);
}
static void value_type_13(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 13, 1, 8);
}
static void bool_2(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 7, 2, 1);
}
static void text_of_2_63_bytes(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 8, 1ull << 63, 8);
}
static void array_of_2_62_numbers(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 9, 10, 4);
    put_number(b, 1ull << 62, 8);
    put_number(b, 0, 8);
}
static void array_of_many_texts(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 9, 8, 4);
    put_number(b, 1ull << 60, 8);
}
static void array_of_many_arrays(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 9, 9, 4);
    put_number(b, 1ull << 60, 8);
}
static void array_of_type_99(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "key", 9, 99, 4);
    put_number(b, 0, 8);
}
static void array_nested_5_deep(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_text(b, "key");
    put_number(b, 9, 4);
    for (int i = 0; i < 4; i++) {
        put_number(b, 9, 4);
        put_number(b, 1, 8);
    }
    put_number(b, 4, 4);
    put_number(b, 0, 8);
}
static void alignment_0(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "general.alignment", 4, 0, 4);
}
static void alignment_12(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "general.alignment", 4, 12, 4);
}
static void alignment_float(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "general.alignment", 6, 0x42000000, 4);
}
static void alignment_huge(recto_buf *b)
{
    put_head(b, 3, 0, 1);
    put_key(b, "general.alignment", 10, 1ull << 63, 8);
}

static const uint64_t dims_32[] = {32, 1, 1, 1, 1};

/* One tensor "t" and 256 bytes of data. */
static void one_tensor(recto_buf *b, int n_dims, const uint64_t *dims, uint32_t type,
                       uint64_t offset)
{
    put_head(b, 3, 1, 0);
    put_tensor(b, "t", n_dims, dims, type, offset);
    put_pad(b, 32);
    for (int i = 0; i < 256; i++)
        recto_buf_char(b, '\0');
}
static void name_of_65_bytes(recto_buf *b)
{
    put_head(b, 3, 1, 0);
    put_tensor(b, "123456789012345678901234567890123456789012345678901234567890123456", 1, dims_32,
               0, 0);
}
static void dims_5(recto_buf *b)
{
    one_tensor(b, 5, dims_32, 0, 0);
}
static void dims_2_31(recto_buf *b)
{
    put_head(b, 3, 1, 0);
    put_text(b, "t");
    put_number(b, 1u << 31, 4);
    put_number(b, 0, 32);
}
static void dim_0(recto_buf *b)
{
    one_tensor(b, 2, (const uint64_t[]){32, 0}, 0, 0);
}
static void dims_overflow(recto_buf *b)
{
    one_tensor(b, 2, (const uint64_t[]){1ull << 32, 1ull << 32}, 0, 0);
}
static void bytes_overflow(recto_buf *b)
{
    one_tensor(b, 1, (const uint64_t[]){1ull << 62}, 0, 0);
}
static void type_99(recto_buf *b)
{
    one_tensor(b, 1, dims_32, 99, 0);
}
static void type_mxfp4(recto_buf *b)
{
    one_tensor(b, 1, dims_32, 39, 0);
}
static void type_removed(recto_buf *b)
{
    one_tensor(b, 1, dims_32, 4, 0);
}
static void half_a_block(recto_buf *b)
{
    one_tensor(b, 2, (const uint64_t[]){16, 2}, 8, 0);
}
static void offset_odd(recto_buf *b)
{
    one_tensor(b, 1, dims_32, 0, 8);
}
static void offset_beyond(recto_buf *b)
{
    one_tensor(b, 1, dims_32, 0, 256);
}
static void offset_2_64(recto_buf *b)
{
    one_tensor(b, 1, dims_32, 0, UINT64_MAX - 31);
}
static void size_beyond(recto_buf *b)
{
    one_tensor(b, 1, (const uint64_t[]){65}, 0, 0);
}
static void two_tensors(recto_buf *b, const char *second, uint64_t offset)
{
    put_head(b, 3, 2, 0);
    put_tensor(b, "t", 1, dims_32, 0, 128);
    put_tensor(b, second, 1, dims_32, 0, offset);
    put_pad(b, 32);
    for (int i = 0; i < 256; i++)
        recto_buf_char(b, '\0');
}
static void name_twice(recto_buf *b)
{
    two_tensors(b, "t", 0);
}
static void same_place(recto_buf *b)
{
    two_tensors(b, "u", 128);
}
static void overlap(recto_buf *b)
{
    two_tensors(b, "u", 32);
}

static const bad_case bad_cases[] = {
    {"magic", magic, RECTO_ERR_FORMAT, "not a GGUF file"},
    {"version 1", version_1, RECTO_ERR_UNSUPPORTED, "version"},
    {"big endian", big_endian, RECTO_ERR_UNSUPPORTED, "big-endian"},
    {"2^64 keys", many_keys, RECTO_ERR_LIMIT, "65,536 keys"},
    {"60000 keys", some_keys, RECTO_ERR_FORMAT, "more keys than"},
    {"2^64 tensors", many_tensors, RECTO_ERR_LIMIT, "1,048,576 tensors"},
    {"10^6 tensors", some_tensors, RECTO_ERR_FORMAT, "more tensors than"},
    {"key of 2^63 bytes", key_of_2_63_bytes, RECTO_ERR_FORMAT, "truncated"},
    {"empty key", key_empty, RECTO_ERR_FORMAT, "a key is empty"},
    {"key with a NUL", key_with_nul, RECTO_ERR_FORMAT, "holds a NUL"},
    {"key twice", key_twice, RECTO_ERR_FORMAT, "same: a key that is there twice"},
    {"value type 13", value_type_13, RECTO_ERR_FORMAT, "key: a type"},
    {"bool 2", bool_2, RECTO_ERR_FORMAT, "key: a bool"},
    {"text of 2^63 bytes", text_of_2_63_bytes, RECTO_ERR_FORMAT, "truncated"},
    {"array of 2^62 numbers", array_of_2_62_numbers, RECTO_ERR_FORMAT, "truncated"},
    {"array of 2^60 texts", array_of_many_texts, RECTO_ERR_FORMAT, "key: more texts"},
    {"array of 2^60 arrays", array_of_many_arrays, RECTO_ERR_FORMAT, "key: more arrays"},
    {"array of type 99", array_of_type_99, RECTO_ERR_FORMAT, "key: a type"},
    {"array nested 5 deep", array_nested_5_deep, RECTO_ERR_LIMIT, "key: arrays nested"},
    {"alignment 0", alignment_0, RECTO_ERR_FORMAT, "general.alignment"},
    {"alignment 12", alignment_12, RECTO_ERR_FORMAT, "general.alignment"},
    {"alignment 32.0", alignment_float, RECTO_ERR_FORMAT, "general.alignment"},
    {"alignment 2^63", alignment_huge, RECTO_ERR_FORMAT, "general.alignment"},
    {"name of 66 bytes", name_of_65_bytes, RECTO_ERR_FORMAT, "a tensor's name is"},
    {"5 dimensions", dims_5, RECTO_ERR_FORMAT, "t: more than 4"},
    {"2^31 dimensions", dims_2_31, RECTO_ERR_FORMAT, "t: more than 4"},
    {"dimension 0", dim_0, RECTO_ERR_FORMAT, "t: a dimension of 0"},
    {"2^64 numbers", dims_overflow, RECTO_ERR_FORMAT, "t: the shape overflows"},
    {"2^64 bytes", bytes_overflow, RECTO_ERR_FORMAT, "t: the shape overflows"},
    {"type 99", type_99, RECTO_ERR_UNSUPPORTED, "t: stored as type 99"},
    {"type MXFP4", type_mxfp4, RECTO_ERR_UNSUPPORTED, "t: stored as MXFP4"},
    {"type 4", type_removed, RECTO_ERR_UNSUPPORTED, "t: stored as type 4"},
    {"half a block", half_a_block, RECTO_ERR_FORMAT, "t: rows that are not whole blocks"},
    {"offset 8", offset_odd, RECTO_ERR_FORMAT, "t: its offset is not aligned"},
    {"offset at the end", offset_beyond, RECTO_ERR_FORMAT, "t: the file ends before"},
    {"offset 2^64 - 32", offset_2_64, RECTO_ERR_FORMAT, "t: the file ends before"},
    {"four bytes too few", size_beyond, RECTO_ERR_FORMAT, "t: the file ends before"},
    {"name twice", name_twice, RECTO_ERR_FORMAT, "t: a tensor named twice"},
    {"two tensors at one place", same_place, RECTO_ERR_FORMAT, "overlaps"},
    {"overlap", overlap, RECTO_ERR_FORMAT, "t: overlaps"},
};

static void gguf_refuses_a_header_that_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        const bad_case *c = &bad_cases[i];
        recto_buf b = RECTO_BUF_INIT;
        recto_error err = {0};
        c->write(&b);
        recto_status s = try_open(&b, b.len, &err);
        if (s != c->status || strstr(err.msg, c->says) == NULL || err.offset > b.len)
            fail_msg("%s: status %d, offset %llu, \"%s\"", c->title, (int)s,
                     (unsigned long long)err.offset, err.msg);
        recto_buf_free(&b);
    }
}

static void gguf_takes_the_edges(void **state)
{
    recto_buf b = RECTO_BUF_INIT;
    (void)state;
    put_head(&b, 2, 0, 0); /* version 2, nothing in it */
    assert_int_equal(try_open(&b, b.len, NULL), RECTO_OK);
    recto_buf_clear(&b);
    one_tensor(&b, 0, NULL, 0, 0); /* a scalar */
    assert_int_equal(try_open(&b, b.len, NULL), RECTO_OK);
    recto_buf_clear(&b);
    one_tensor(&b, 4, (const uint64_t[]){32, 1, 2, 1}, 0, 0);
    assert_int_equal(try_open(&b, b.len, NULL), RECTO_OK);
    recto_buf_clear(&b);
    one_tensor(&b, 1, (const uint64_t[]){64}, 0, 0); /* to the last byte */
    assert_int_equal(try_open(&b, b.len, NULL), RECTO_OK);
    recto_buf_free(&b);
}

static void gguf_opens_a_large_vocabulary_fast(void **state)
{
    enum { N = 151936 };
    recto_buf b = RECTO_BUF_INIT;
    recto_gguf *g;
    struct timespec from;
    struct timespec to;
    size_t len;
    char text[32];
    (void)state;
    put_head(&b, 3, 0, 1);
    put_key(&b, "tokenizer.ggml.tokens", 9, 8, 4);
    put_number(&b, N, 8);
    for (int i = 0; i < N; i++) {
        snprintf(text, sizeof text, "t%d", i);
        put_text(&b, text);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    assert_int_equal(recto_gguf_open(&g, b.data, b.len, NULL), RECTO_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    print_message("%d texts indexed in %.2f ms\n", N, ms);
    assert_true(ms < 100); /* also under ASan */
    const recto_gguf_value *tokens = recto_gguf_lookup(g, "tokenizer.ggml.tokens");
    assert_int_equal(recto_gguf_count(tokens), N);
    assert_memory_equal(recto_gguf_text_at(tokens, 151935, &len), "t151935", 7);
    assert_int_equal(len, 7);
    recto_gguf_close(g);
    recto_buf_free(&b);
}

static void weights_ignores_ones_in_front(void **state)
{
    opened o = open_fixture();
    const recto_tensor *t;
    recto_error err = {0};
    const uint64_t more[] = {1, 1, 2, 3, 5};
    const uint64_t other[] = {2, 3, 5, 1};
    (void)state;
    assert_int_equal(recto_weights_expect(&t, o.w, "f16", more, 5, NULL), RECTO_OK);
    assert_string_equal(t->name, "f16");
    assert_int_equal(recto_weights_expect(&t, o.w, "f16", more + 2, 3, NULL), RECTO_OK);
    assert_int_equal(recto_weights_expect(&t, o.w, "f16", other, 4, &err), RECTO_ERR_MODEL);
    assert_null(t);
    assert_string_equal(err.msg, "weights: f16: expected [2, 3, 5, 1], found [2, 3, 5]");
    assert_int_equal(recto_weights_expect(&t, o.w, "f17", other, 4, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, "weights: f17: expected [2, 3, 5, 1], missing");
    assert_int_equal(recto_weights_add_gguf(o.w, o.g, &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, "is in two files"));
    assert_int_equal(recto_weights_count(o.w), 15);
    close_fixture(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gguf_gives_the_values_of_the_reference_writer),
        cmocka_unit_test(gguf_gives_the_fallback_for_what_is_not_there),
        cmocka_unit_test(gguf_gives_the_items_of_arrays),
        cmocka_unit_test(gguf_reverses_the_dimensions),
        cmocka_unit_test(dtype_widens_blocks_to_the_numbers_of_the_reference),
        cmocka_unit_test(dtype_touches_no_byte_beyond_the_blocks),
        cmocka_unit_test(dtype_widens_every_half),
        cmocka_unit_test(weights_gives_rows_of_a_matrix),
        cmocka_unit_test(gguf_refuses_a_file_cut_at_any_byte),
        cmocka_unit_test(gguf_refuses_a_header_that_lies),
        cmocka_unit_test(gguf_takes_the_edges),
        cmocka_unit_test(gguf_opens_a_large_vocabulary_fast),
        cmocka_unit_test(weights_ignores_ones_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
