/* Time limits: which one is told, when nothing is limited, and what is left. */
#include "core/deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool yes(void *asked)
{
    (*(int *)asked)++;
    return true;
}

static void without_limits_there_is_always_time(void **state)
{
    recto_deadline none = {0};
    (void)state;
    assert_int_equal(recto_deadline_check(NULL, NULL), RECTO_OK);
    assert_int_equal(recto_deadline_check(&none, NULL), RECTO_OK);
    assert_true(recto_deadline_left(NULL, 7) == 7.0);
    assert_true(recto_deadline_left(&none, 7) == 7.0);
}

static void the_limit_that_was_passed_is_named(void **state)
{
    recto_error err = {0};
    double now = recto_clock_s();
    recto_deadline page = {.page_s = now - 1, .page_limit_s = 2.5};
    recto_deadline both = {
        .page_s = now - 1, .page_limit_s = 2.5, .document_s = now - 2, .document_limit_s = 60};
    recto_deadline ahead = {.page_s = now + 1000, .document_s = now + 500};
    (void)state;
    assert_int_equal(recto_deadline_check(&page, &err), RECTO_ERR_TIMEOUT);
    assert_non_null(strstr(err.msg, "--timeout 2.5"));
    assert_int_equal(recto_deadline_check(&both, &err), RECTO_ERR_TIMEOUT);
    assert_non_null(strstr(err.msg, "--document-timeout 60"));
    assert_int_equal(recto_deadline_check(&ahead, &err), RECTO_OK);
    assert_true(recto_deadline_left(&page, 5) == 0.0);
    assert_true(recto_deadline_left(&ahead, 5) == 5.0);
    assert_true(recto_deadline_left(&ahead, 1e6) <= 500 && recto_deadline_left(&ahead, 1e6) > 490);
}

static void the_wish_to_stop_comes_first(void **state)
{
    int asked = 0;
    recto_error err = {0};
    recto_deadline d = {.page_s = recto_clock_s() - 1, .stop = yes, .user = &asked};
    (void)state;
    assert_int_equal(recto_deadline_check(&d, &err), RECTO_ERR_CANCELLED);
    assert_int_equal(asked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_there_is_always_time),
        cmocka_unit_test(the_limit_that_was_passed_is_named),
        cmocka_unit_test(the_wish_to_stop_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
