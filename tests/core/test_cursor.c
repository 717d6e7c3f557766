/* Protects: no read outside the bytes, the first bad offset is kept, sizes never wrap. */
#include "check.h"

#include "core/cursor.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void numbers_come_in_both_orders(void **state)
{
    (void)state;
    recto_cursor c = recto_cursor_over(bytes, sizeof bytes);
    assert_int_equal(recto_cursor_u8(&c), 1);
    assert_int_equal(recto_cursor_u16le(&c), 0x0302);
    assert_int_equal(recto_cursor_u16be(&c), 0x0405);
    assert_int_equal(recto_cursor_u32le(&c), 0x09080706);
    recto_cursor_seek(&c, 0);
    assert_int_equal(recto_cursor_u32be(&c), 0x01020304);
    recto_cursor_seek(&c, 1);
    assert_true(recto_cursor_u64le(&c) == 0x0908070605040302u);
    assert_int_equal(recto_cursor_status(&c, "x", NULL), RECTO_OK);
}

static void the_first_bad_read_sticks_with_its_offset(void **state)
{
    (void)state;
    recto_error err;
    recto_cursor c = recto_cursor_over(bytes, sizeof bytes);
    recto_cursor_skip(&c, 6);
    assert_int_equal(recto_cursor_u32le(&c), 0);
    assert_int_equal(recto_cursor_u8(&c), 0); /* would fit, but the cursor has failed */
    assert_null(recto_cursor_bytes(&c, 1));
    recto_cursor_seek(&c, 0);
    assert_true(c.failed);
    assert_int_equal(recto_cursor_status(&c, "header", &err), RECTO_ERR_FORMAT);
    assert_string_equal(err.msg, "header: truncated at byte 6");
    assert_int_equal(err.offset, 6);
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    recto_cursor c = recto_cursor_over(bytes, sizeof bytes);
    recto_cursor_skip(&c, 5);
    assert_null(recto_cursor_bytes(&c, SIZE_MAX - 2));
    c = recto_cursor_over(bytes, sizeof bytes);
    recto_cursor_seek(&c, sizeof bytes + 1);
    assert_true(c.failed);
    assert_int_equal(c.fail_pos, sizeof bytes + 1);
}

static void the_end_can_be_reached_but_not_passed(void **state)
{
    (void)state;
    recto_cursor c = recto_cursor_over(bytes, sizeof bytes);
    recto_cursor_seek(&c, sizeof bytes);
    assert_non_null(recto_cursor_bytes(&c, 0));
    assert_false(c.failed);
    c = recto_cursor_over(NULL, 0);
    assert_non_null(recto_cursor_bytes(&c, 0));
    assert_int_equal(recto_cursor_u8(&c), 0);
    assert_true(c.failed);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    size_t v = 1;
    assert_true(recto_size_mul(&v, 1000, 1000));
    assert_int_equal(v, 1000000);
    assert_true(recto_size_mul(&v, 0, SIZE_MAX));
    assert_int_equal(v, 0);
    assert_true(recto_size_mul(&v, SIZE_MAX, 0));
    assert_false(recto_size_mul(&v, SIZE_MAX / 2 + 1, 2));
    assert_int_equal(v, 0);
    assert_true(recto_size_add(&v, SIZE_MAX - 1, 1));
    assert_true(v == SIZE_MAX);
    assert_false(recto_size_add(&v, SIZE_MAX, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_in_both_orders),
        cmocka_unit_test(the_first_bad_read_sticks_with_its_offset),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(the_end_can_be_reached_but_not_passed),
        cmocka_unit_test(sizes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
