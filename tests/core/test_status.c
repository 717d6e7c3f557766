/* Protects: messages are one bounded line whatever goes into them, and keep code, errno and offset.
 */
#include "check.h"

#include "core/status.h"

#include <errno.h>
#include <string.h>

static void set_fills_the_record_and_returns_the_code(void **state)
{
    (void)state;
    recto_error err;
    assert_int_equal(recto_error_set(&err, RECTO_ERR_LIMIT, "over %d", 7), RECTO_ERR_LIMIT);
    assert_int_equal(err.code, RECTO_ERR_LIMIT);
    assert_int_equal(err.sys, 0);
    assert_true(err.offset == UINT64_MAX);
    assert_string_equal(err.msg, "over 7");
}

static void sys_appends_the_systems_words(void **state)
{
    (void)state;
    recto_error err;
    assert_int_equal(recto_error_sys(&err, RECTO_ERR_IO, ENOENT, "cannot open"), RECTO_ERR_IO);
    assert_int_equal(err.sys, ENOENT);
    assert_string_equal(err.msg, "cannot open: No such file or directory");
}

static void prefix_keeps_sys_and_offset(void **state)
{
    (void)state;
    recto_error err;
    recto_error_sys(&err, RECTO_ERR_IO, EIO, "cannot read");
    err.offset = 12;
    assert_int_equal(recto_error_prefix(&err, RECTO_ERR_IO, "page %d: ", 3), RECTO_ERR_IO);
    assert_string_equal(err.msg, "page 3: cannot read: Input/output error");
    assert_int_equal(err.sys, EIO);
    assert_int_equal(err.offset, 12);
}

static void a_null_record_still_gives_the_code(void **state)
{
    (void)state;
    assert_int_equal(recto_error_set(NULL, RECTO_ERR_ARG, "x"), RECTO_ERR_ARG);
    assert_int_equal(recto_error_sys(NULL, RECTO_ERR_IO, EIO, "x"), RECTO_ERR_IO);
    assert_int_equal(recto_error_prefix(NULL, RECTO_ERR_IO, "x"), RECTO_ERR_IO);
}

static void controls_never_reach_a_message(void **state)
{
    (void)state;
    recto_error err;
    recto_error_set(&err, RECTO_ERR_OUTPUT, "'%s'", "a\nb\x1b[31mc\x7f");
    assert_string_equal(err.msg, "'a?b?[31mc?'");
}

static void a_long_message_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    recto_error err;
    char name[400];
    for (size_t lead = 0; lead < 4; lead++) {
        memset(name, 'x', lead);
        for (size_t i = lead; i + 3 < sizeof name; i += 3)
            memcpy(name + i, "\xE2\x82\xAC", 4); /* euro sign */
        recto_error_set(&err, RECTO_ERR_IO, "%s", name);
        size_t len = strlen(err.msg);
        assert_true(len < sizeof err.msg && len > sizeof err.msg - 5);
        assert_int_equal((len - lead) % 3, 0);
        recto_error_prefix(&err, RECTO_ERR_IO, "before: ");
        assert_true(strlen(err.msg) < sizeof err.msg);
        assert_int_equal((strlen(err.msg) - 8 - lead) % 3, 0);
    }
}

static void every_code_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(recto_status_name(RECTO_OK), "ok");
    for (int code = 0; code < RECTO_STATUS_COUNT; code++) {
        assert_string_not_equal(recto_status_name((recto_status)code), "unknown");
        for (int other = 0; other < code; other++)
            assert_string_not_equal(recto_status_name((recto_status)code),
                                    recto_status_name((recto_status)other));
    }
    assert_string_equal(recto_status_name((recto_status)999), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_the_record_and_returns_the_code),
        cmocka_unit_test(sys_appends_the_systems_words),
        cmocka_unit_test(prefix_keeps_sys_and_offset),
        cmocka_unit_test(a_null_record_still_gives_the_code),
        cmocka_unit_test(controls_never_reach_a_message),
        cmocka_unit_test(a_long_message_is_cut_at_a_whole_character),
        cmocka_unit_test(every_code_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
