/* Protects the reading of weights: good files give their tensors, and each kind of lie in a header
 * is refused with its code, its place and the tensor's name. */
#include "kernels/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file of that header and n_data bytes 0, 1, 2...; free() it. */
static uint8_t *file_of(const char *header, size_t n_data, size_t *size_out)
{
    const size_t n = strlen(header);
    uint8_t *p = malloc(8 + n + n_data);
    assert_non_null(p);
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)((uint64_t)n >> (8 * i));
    memcpy(p + 8, header, n);
    for (size_t i = 0; i < n_data; i++)
        p[8 + n + i] = (uint8_t)i;
    *size_out = 8 + n + n_data;
    return p;
}

static recto_status add(recto_weights *w, const char *header, size_t n_data, uint8_t **bytes_out,
                        recto_error *err)
{
    size_t size;
    *bytes_out = file_of(header, n_data, &size);
    return recto_weights_add_safetensors(w, *bytes_out, size, err);
}

static void weights_gives_each_tensor(void **state)
{
    const uint64_t dims[] = {2, 1};
    recto_weights *w = recto_weights_new();
    uint8_t *bytes;
    float *floats = NULL;
    (void)state;
    assert_int_equal(add(w,
                         "{\"__metadata__\":{\"text0\":\"caf\\u00e9\"},"
                         "\"b\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[4,8]},"
                         "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[4,4]},"
                         "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}  ",
                         8, &bytes, NULL),
                     RECTO_OK);
    assert_int_equal(recto_weights_count(w), 3);
    assert_string_equal(recto_weights_at(w, 0)->name, "a");
    assert_int_equal(recto_weights_at(w, 0)->n_elements, 1);
    assert_int_equal(recto_weights_lookup(w, "none")->n_elements, 0);
    assert_null(recto_weights_lookup(w, "c"));
    assert_string_equal(recto_weights_meta(w, "text0"), "caf\xc3\xa9");
    assert_null(recto_weights_meta(w, "text1"));
    assert_int_equal(recto_weights_floats(&floats, w, "b", dims, 2, NULL), RECTO_OK);
    assert_float_equal(floats[0], recto_dtype_f16(0x0504), 0.0);
    assert_float_equal(floats[1], recto_dtype_f16(0x0706), 0.0);
    free(floats);
    recto_weights_free(w);
    free(bytes);
}

static void weights_takes_several_files_but_no_name_twice(void **state)
{
    static const char first[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}";
    static const char second[] = "{\"b\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
    recto_weights *w = recto_weights_new();
    recto_error err = {0};
    uint8_t *bytes[3];
    (void)state;
    assert_int_equal(add(w, first, 3, &bytes[0], NULL), RECTO_OK);
    assert_int_equal(add(w, second, 1, &bytes[1], NULL), RECTO_OK);
    assert_int_equal(add(w, first, 3, &bytes[2], &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, "a: is in two files"));
    assert_int_equal(recto_weights_count(w), 2);
    assert_ptr_equal(recto_weights_lookup(w, "b")->data, bytes[1] + strlen(second) + 8);
    recto_weights_free(w);
    for (int i = 0; i < 3; i++)
        free(bytes[i]);
}

static void weights_refuses_a_header_that_lies(void **state)
{
    static const struct {
        const char *header;
        size_t n_data;
        recto_status status;
        const char *says;
    } cases[] = {
        {"[1]", 0, RECTO_ERR_FORMAT, "not a safetensors file"},
        {"{\"a\":", 0, RECTO_ERR_FORMAT, "header"},
        {"{\"a\":5}", 0, RECTO_ERR_FORMAT, "a: not an object"},
        {"{\"a\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
         RECTO_ERR_UNSUPPORTED, "a: unknown dtype"},
        {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, RECTO_ERR_UNSUPPORTED, "dtype"},
        {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, RECTO_ERR_FORMAT, "a: no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1, RECTO_ERR_FORMAT,
         "not a size"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1.5],\"data_offsets\":[0,1]}}", 1, RECTO_ERR_FORMAT,
         "not a size"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967297],\"data_offsets\":[0,1]}}", 1,
         RECTO_ERR_FORMAT, "overflows"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807],\"data_offsets\":[0,4]}}", 4,
         RECTO_ERR_FORMAT, "overflows"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
         RECTO_ERR_LIMIT, "dimensions"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, RECTO_ERR_FORMAT, "not a range"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}}", 1, RECTO_ERR_FORMAT,
         "not a range"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 1, RECTO_ERR_FORMAT,
         "data end"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,1]}}", 1, RECTO_ERR_FORMAT,
         "shape x dtype"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"b\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[1,3]}}",
         3, RECTO_ERR_FORMAT, "b: misaligned"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
         3, RECTO_ERR_FORMAT, "b: overlaps"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, RECTO_ERR_FORMAT,
         "a: a gap"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 2, RECTO_ERR_FORMAT,
         "no tensor owns"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        recto_weights *w = recto_weights_new();
        recto_error err = {0};
        uint8_t *bytes;
        recto_status s = add(w, cases[i].header, cases[i].n_data, &bytes, &err);
        if (s != cases[i].status || strstr(err.msg, cases[i].says) == NULL)
            fail_msg("%s: status %d, \"%s\"", cases[i].header, (int)s, err.msg);
        assert_int_equal(recto_weights_count(w), 0);
        recto_weights_free(w);
        free(bytes);
    }
}

static void weights_refuses_a_cut_file(void **state)
{
    static const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    size_t size;
    uint8_t *bytes = file_of(header, 8, &size);
    (void)state;
    for (size_t n = 0; n < size; n++) {
        recto_weights *w = recto_weights_new();
        uint8_t *cut = malloc(n ? n : 1); /* its own block, so that ASan sees a read beyond */
        memcpy(cut, bytes, n);
        assert_int_equal(recto_weights_add_safetensors(w, cut, n, NULL), RECTO_ERR_FORMAT);
        recto_weights_free(w);
        free(cut);
    }
    memset(bytes, 0xff, 8); /* a header of 2^64 - 1 bytes */
    recto_weights *w = recto_weights_new();
    assert_int_equal(recto_weights_add_safetensors(w, bytes, size, NULL), RECTO_ERR_LIMIT);
    recto_weights_free(w);
    free(bytes);
}

static void weights_names_what_does_not_fit(void **state)
{
    const uint64_t dims[] = {3, 2};
    recto_weights *w = recto_weights_new();
    recto_error err = {0};
    uint8_t *bytes;
    float *floats = NULL;
    (void)state;
    assert_int_equal(add(w,
                         "{\"a\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
                         "\"b\":{\"dtype\":\"I32\",\"shape\":[3,2],\"data_offsets\":[12,36]}}",
                         36, &bytes, NULL),
                     RECTO_OK);
    assert_int_equal(recto_weights_floats(&floats, w, "a", dims, 2, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, "weights: a: expected [3, 2], found [2, 3]");
    assert_int_equal(recto_weights_floats(&floats, w, "c", dims, 2, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, "weights: c: expected [3, 2], missing");
    assert_int_equal(recto_weights_floats(&floats, w, "b", dims, 2, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, "weights: b: expected floats, found I32");
    assert_null(floats);
    recto_weights_free(w);
    free(bytes);
}

static void dtype_widens_exactly(void **state)
{
    static const struct {
        uint16_t bits;
        float value;
    } halves[] = {{0x0000, 0.0f},     {0x3c00, 1.0f},      {0xc000, -2.0f},
                  {0x7bff, 65504.0f}, {0x0001, 0x1p-24f},  {0x83ff, -0x1.ff8p-15f},
                  {0x7c00, INFINITY}, {0xfc00, -INFINITY}, {0x3555, 0x1.554p-2f}};
    static const uint8_t bytes[] = {0x80, 0xff, 0x01};
    float out[3];
    (void)state;
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++)
        assert_true(recto_dtype_f16(halves[i].bits) == halves[i].value);
    assert_true(signbit(recto_dtype_f16(0x8000)));
    assert_true(isnan(recto_dtype_f16(0x7e00)));
    assert_true(recto_dtype_bf16(0x3f80) == 1.0f);
    assert_true(recto_dtype_widen(out, bytes, RECTO_DTYPE_I8, 3));
    assert_true(out[0] == -128.0f && out[1] == -1.0f && out[2] == 1.0f);
    assert_true(recto_dtype_widen(out, bytes, RECTO_DTYPE_BF16, 1));
    assert_true(out[0] == recto_dtype_bf16(0xff80));
    assert_false(recto_dtype_widen(out, bytes, RECTO_DTYPE_I64, 0));
    assert_int_equal(recto_dtype_parse("BF16"), RECTO_DTYPE_BF16);
    assert_int_equal(recto_dtype_parse("?"), RECTO_DTYPE_NONE);
    assert_int_equal(recto_dtype_size((recto_dtype)99), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_gives_each_tensor),
        cmocka_unit_test(weights_takes_several_files_but_no_name_twice),
        cmocka_unit_test(weights_refuses_a_header_that_lies),
        cmocka_unit_test(weights_refuses_a_cut_file),
        cmocka_unit_test(weights_names_what_does_not_fit),
        cmocka_unit_test(dtype_widens_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
