/* Protects: configs and weight headers are read strictly and without surprise on other types; what
 * the writer writes is JSON and reads back. */
#include "check.h"

#include "core/json.h"

#include <math.h>
#include <string.h>

static recto_json *parse(const char *text)
{
    recto_json *v = NULL;
    recto_error err = {0};
    assert_int_equal(recto_json_parse(&v, text, strlen(text), &err), RECTO_OK);
    assert_non_null(v);
    return v;
}

static void values_are_looked_up_by_key_and_type(void **state)
{
    (void)state;
    recto_json *v = parse("{\"a\": 1, \"b\": 2.5, \"c\": \"t\", \"d\": true, \"e\": [1, 2],"
                          " \"f\": {\"g\": null}}");
    assert_int_equal(recto_json_int(v, "a", -1), 1);
    assert_int_equal(recto_json_int(v, "b", -1), -1); /* not an integer */
    assert_float_equal(recto_json_number(v, "a", 0), 1, 0);
    assert_float_equal(recto_json_number(v, "b", 0), 2.5, 0);
    assert_float_equal(recto_json_number(v, "c", 7), 7, 0);
    assert_string_equal(recto_json_text(v, "c", "x"), "t");
    assert_string_equal(recto_json_text(v, "a", "x"), "x");
    assert_true(recto_json_bool(v, "d", false));
    assert_true(recto_json_bool(v, "a", true));
    const recto_json *e = recto_json_lookup(v, "e");
    assert_true(recto_json_is_array(e) && !recto_json_is_object(e));
    assert_int_equal(recto_json_count(e), 2);
    assert_int_equal(recto_json_as_int(recto_json_at(e, 1), 0), 2);
    assert_null(recto_json_at(e, 2));
    assert_null(recto_json_lookup(e, "a"));
    assert_int_equal(recto_json_count(v), 0);
    assert_null(recto_json_text(recto_json_lookup(v, "f"), "g", NULL));
    assert_null(recto_json_lookup(NULL, "a"));
    assert_null(recto_json_at(NULL, 0));
    assert_int_equal(recto_json_count(NULL), 0);
    assert_int_equal(recto_json_as_int(NULL, 5), 5);
    recto_json_free(v);
    recto_json_free(NULL);
}

static void members_come_in_file_order(void **state)
{
    (void)state;
    recto_json *v = parse("{\"z\": 1, \"a\": 2, \"m\": 3}");
    void *iter = NULL;
    const char *key = NULL;
    const recto_json *value = NULL;
    char keys[8] = "";
    while (recto_json_each(v, &iter, &key, &value)) {
        strcat(keys, key);
        assert_true(recto_json_as_int(value, 0) > 0);
    }
    assert_string_equal(keys, "zam");
    iter = NULL;
    assert_false(recto_json_each(recto_json_lookup(v, "z"), &iter, &key, &value));
    recto_json_free(v);
}

static void each_error_has_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *what;
    } cases[] = {
        {"", "JSON: "},
        {"{\"a\": 1, \"a\": 2}", "JSON: duplicate key at byte "},
        {"[1, 2] x", "JSON: bytes after the end at byte "},
        {"[1, 2", "JSON: ends too early at byte "},
        {"{\"a\" 1}", "JSON: invalid syntax at byte "},
        {"[\"\xFF\"]", "JSON: bad UTF-8 at byte "},
        {"[99999999999999999999]", "JSON: number out of range at byte "},
        {"[1e999]", "JSON: number out of range at byte "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_error err = {0};
        recto_json *v = parse("1");
        recto_json_free(v);
        recto_status status = recto_json_parse(&v, cases[i].text, strlen(cases[i].text), &err);
        assert_int_equal(status, RECTO_ERR_FORMAT);
        assert_null(v);
        assert_memory_equal(err.msg, cases[i].what, strlen(cases[i].what));
        assert_true(err.offset <= strlen(cases[i].text) + 1);
    }
}

static void depth_is_bounded_outside_of_texts(void **state)
{
    (void)state;
    char text[300];
    recto_error err = {0};
    recto_json *v = NULL;
    for (int depth = 64; depth <= 65; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        recto_status status = recto_json_parse(&v, text, 2 * (size_t)depth, &err);
        assert_int_equal(status, depth == 64 ? RECTO_OK : RECTO_ERR_FORMAT);
        recto_json_free(v);
    }
    assert_int_equal(err.offset, 64);
    memset(text, '[', sizeof text);
    memcpy(text, "[\"\\\"", 4);
    memcpy(text + sizeof text - 2, "\"]", 2);
    assert_int_equal(recto_json_parse(&v, text, sizeof text, &err), RECTO_OK);
    recto_json_free(v);
}

static void write_sample(recto_buf *b, bool pretty)
{
    recto_json_out j = recto_json_out_over(b, pretty);
    recto_json_out_begin_object(&j);
    recto_json_out_key(&j, "empty");
    recto_json_out_begin_array(&j);
    recto_json_out_end_array(&j);
    recto_json_out_key(&j, "box");
    recto_json_out_begin_inline_object(&j);
    recto_json_out_key(&j, "l");
    recto_json_out_int(&j, -5);
    recto_json_out_key(&j, "rest");
    recto_json_out_begin_array(&j);
    recto_json_out_bool(&j, true);
    recto_json_out_null(&j);
    recto_json_out_end_array(&j);
    recto_json_out_end_object(&j);
    recto_json_out_key(&j, "list");
    recto_json_out_begin_array(&j);
    recto_json_out_begin_inline_array(&j);
    recto_json_out_end_array(&j);
    recto_json_out_text(&j, "x");
    recto_json_out_begin_object(&j);
    recto_json_out_end_object(&j);
    recto_json_out_end_array(&j);
    recto_json_out_end_object(&j);
}

static void pretty_and_compact_forms_are_as_promised(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    write_sample(&b, true);
    assert_string_equal(recto_buf_cstr(&b), "{\n"
                                            "  \"empty\": [],\n"
                                            "  \"box\": {\"l\": -5, \"rest\": [true, null]},\n"
                                            "  \"list\": [\n"
                                            "    [],\n"
                                            "    \"x\",\n"
                                            "    {}\n"
                                            "  ]\n"
                                            "}");
    recto_buf_clear(&b);
    write_sample(&b, false);
    assert_string_equal(
        recto_buf_cstr(&b),
        "{\"empty\":[],\"box\":{\"l\":-5,\"rest\":[true,null]},\"list\":[[],\"x\",{}]}");
    recto_json_free(parse(recto_buf_cstr(&b)));
    recto_buf_free(&b);
}

static void the_buffer_may_be_flushed_between_calls(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&b, false);
    recto_json_out_begin_array(&j);
    recto_json_out_int(&j, 1);
    recto_buf_clear(&b);
    recto_json_out_int(&j, 2);
    recto_json_out_end_array(&j);
    assert_string_equal(recto_buf_cstr(&b), ",2]");
    recto_buf_free(&b);
}

static void texts_are_escaped_and_read_back(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&b, false);
    recto_json_out_text(&j, "a\"b\\c\n\r\t\x01\x7f\xC2\x9F\xE2\x82\xAC\xFF</script>");
    assert_string_equal(recto_buf_cstr(&b),
                        "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\\u009f\xE2\x82\xAC"
                        "\xEF\xBF\xBD</script>\"");
    recto_json *v = parse(recto_buf_cstr(&b));
    assert_string_equal(recto_json_as_text(v, ""),
                        "a\"b\\c\n\r\t\x01\x7f\xC2\x9F\xE2\x82\xAC\xEF\xBF\xBD</script>");
    recto_json_free(v);
    recto_buf_clear(&b);
    j = recto_json_out_over(&b, false);
    recto_json_out_text(&j, NULL);
    assert_string_equal(recto_buf_cstr(&b), "null");
    recto_buf_free(&b);
}

static void a_member_is_a_key_and_its_value(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&b, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "text", "a\"b");
    recto_json_put_text(&j, "none", NULL);
    recto_json_put_int(&j, "int", INT64_MIN);
    recto_json_put_real(&j, "real", 0.98765, 3);
    recto_json_put_bool(&j, "bool", true);
    recto_json_out_end_object(&j);
    assert_string_equal(recto_buf_cstr(&b), "{\"text\":\"a\\\"b\",\"none\":null,"
                                            "\"int\":-9223372036854775808,\"real\":0.988,"
                                            "\"bool\":true}");
    recto_buf_free(&b);
}

static void assert_real(double v, int decimals, const char *text)
{
    recto_buf b = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&b, false);
    recto_json_out_real(&j, v, decimals);
    assert_string_equal(recto_buf_cstr(&b), text);
    recto_buf_free(&b);
}

static void reals_are_rounded_and_short(void **state)
{
    (void)state;
    assert_real(0, 3, "0");
    assert_real(1, 3, "1");
    assert_real(0.98765, 3, "0.988");
    assert_real(12.05, 1, "12.1");
    assert_real(12.04, 1, "12");
    assert_real(-0.04, 1, "0");
    assert_real(-1.26, 1, "-1.3");
    assert_real(0.001, 3, "0.001");
    assert_real(10.010, 6, "10.01");
    assert_real(123456, 0, "123456");
    assert_real(1e18, 6, "1.0000000000000000e+18");
    assert_real(-1.5e20, 6, "-1.5000000000000000e+20");
    assert_real(9e15, 0, "9000000000000000");
    assert_real(9e15, 1, "9.0000000000000000e+15");
    assert_real((double)NAN, 2, "null");
    assert_real(-(double)INFINITY, 2, "null");
}

static void integers_reach_both_ends(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&b, false);
    recto_json_out_begin_array(&j);
    recto_json_out_int(&j, INT64_MIN);
    recto_json_out_int(&j, INT64_MAX);
    recto_json_out_end_array(&j);
    assert_string_equal(recto_buf_cstr(&b), "[-9223372036854775808,9223372036854775807]");
    recto_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_looked_up_by_key_and_type),
        cmocka_unit_test(members_come_in_file_order),
        cmocka_unit_test(each_error_has_its_place),
        cmocka_unit_test(depth_is_bounded_outside_of_texts),
        cmocka_unit_test(pretty_and_compact_forms_are_as_promised),
        cmocka_unit_test(the_buffer_may_be_flushed_between_calls),
        cmocka_unit_test(texts_are_escaped_and_read_back),
        cmocka_unit_test(a_member_is_a_key_and_its_value),
        cmocka_unit_test(reals_are_rounded_and_short),
        cmocka_unit_test(integers_reach_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
