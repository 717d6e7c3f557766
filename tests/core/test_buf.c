/* Protects: text is NUL-terminated at every moment, and a failure sticks until the next clear. */
#include "check.h"

#include "core/buf.h"

#include <string.h>

static void appends_join_in_order(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    assert_string_equal(recto_buf_cstr(&b), "");
    recto_buf_text(&b, "page ");
    recto_buf_printf(&b, "%d of %s", 3, "ten");
    recto_buf_char(&b, ':');
    recto_buf_utf8(&b, 0x20AC);
    recto_buf_add(&b, "\0x", 2);
    assert_int_equal(b.len, 19);
    assert_memory_equal(b.data, "page 3 of ten:\xE2\x82\xAC\0x", 20);
    assert_int_equal(recto_buf_status(&b, NULL), RECTO_OK);
    recto_buf_clear(&b);
    assert_string_equal(recto_buf_cstr(&b), "");
    recto_buf_free(&b);
    recto_buf_free(&b);
    recto_buf_free(NULL);
}

static void many_small_appends_keep_every_byte(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    for (int i = 0; i < 100000; i++) {
        recto_buf_char(&b, (char)('a' + i % 26));
        if (i % 1000 == 0)
            assert_int_equal(b.data[b.len], '\0');
    }
    assert_int_equal(b.len, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    char longer[3000];
    memset(longer, 'z', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    recto_buf_printf(&b, "<%s>", longer);
    assert_int_equal(b.len, 100000 + 3001);
    assert_int_equal(b.data[b.len - 1], '>');
    recto_buf_free(&b);
}

static void a_failure_sticks(void **state)
{
    (void)state;
    recto_buf b = RECTO_BUF_INIT;
    recto_error err;
    recto_buf_text(&b, "kept");
    recto_buf_add(&b, "x", SIZE_MAX - 2); /* length overflows: refused before any copy */
    assert_true(b.failed);
    recto_buf_text(&b, "not added");
    assert_string_equal(recto_buf_cstr(&b), "kept");
    assert_int_equal(recto_buf_status(&b, &err), RECTO_ERR_NOMEM);
    assert_int_equal(err.code, RECTO_ERR_NOMEM);
    recto_buf_clear(&b);
    assert_int_equal(recto_buf_status(&b, &err), RECTO_OK);
    recto_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_join_in_order),
        cmocka_unit_test(many_small_appends_keep_every_byte),
        cmocka_unit_test(a_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
