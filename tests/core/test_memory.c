/* Protects the figure that decides whether a model is loaded: it follows the limit of this process.
 */
#include "core/memory.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "check.h"

static void memory_follows_the_limit_of_the_process(void **state)
{
    const rlim_t room = (rlim_t)1 << 40; /* sanitizers take terabytes of address space */
    struct rlimit limit, small;
    uint64_t before = recto_memory_available();
    (void)state;
    assert_true(before > 0);
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    small = limit;
    small.rlim_cur = room < limit.rlim_max ? room : limit.rlim_max;
    if (setrlimit(RLIMIT_AS, &small) != 0)
        skip();
    assert_true(recto_memory_available() <= (uint64_t)room);
    if (getenv("RECTO_SANITIZED") !=
        NULL) { /* its allocator needs new address space all the time */
        assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
        return;
    }
    small.rlim_cur = 4096; /* less than is in use */
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    uint64_t none = recto_memory_available();
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_int_equal(none, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_follows_the_limit_of_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
