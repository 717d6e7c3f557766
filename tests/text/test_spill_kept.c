/* Pages kept in a file with a name: whole records come back in a later process, nothing else does.
 */
#include "text/spill.h"

#include "core/arena.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char KEY[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char OTHER[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

typedef struct place {
    char path[64];
} place;

static int make_place(void **state)
{
    place *p = calloc(1, sizeof *p);
    snprintf(p->path, sizeof p->path, "/tmp/recto-kept-XXXXXX");
    int fd = mkstemp(p->path);
    *state = p;
    return fd >= 0 && close(fd) == 0 && unlink(p->path) == 0 ? 0 : -1;
}

static int remove_place(void **state)
{
    unlink(((place *)*state)->path);
    free(*state);
    return 0;
}

/* Pages 1..n with numbers of their own beside them. */
static void keep_pages(const char *path, int n)
{
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open_kept(&s, path, KEY, NULL), RECTO_OK);
    for (int i = recto_spill_count(s); i < n; i++) {
        recto_page page = {.number = i + 1, .conf = 1, .status = RECTO_ERR_LIMIT, .error = "big"};
        int extra[2] = {i, -i};
        assert_int_equal(recto_spill_add_with(s, &page, extra, sizeof extra, NULL), RECTO_OK);
    }
    recto_spill_close(s);
}

/* How many of the pages are there; all that are must be right. */
static int count_pages(const char *path, const char *key)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open_kept(&s, path, key, NULL), RECTO_OK);
    int n = recto_spill_count(s);
    for (int i = 0; i < n; i++) {
        recto_page page;
        int extra[2] = {9, 9}, wider[3];
        assert_int_equal(recto_spill_read(&page, s, i, a, NULL), RECTO_OK);
        assert_int_equal(page.number, i + 1);
        assert_string_equal(page.error, "big");
        assert_int_equal(recto_spill_extra(s, i, extra, sizeof extra, NULL), RECTO_OK);
        assert_int_equal(extra[0], i);
        assert_int_equal(extra[1], -i);
        assert_int_equal(recto_spill_extra(s, i, wider, sizeof wider, NULL), RECTO_ERR_FORMAT);
    }
    assert_int_equal(recto_spill_extra(s, n, NULL, 0, NULL), RECTO_ERR_ARG);
    recto_spill_close(s);
    recto_arena_free(a);
    return n;
}

static void kept_pages_come_back_and_more_can_follow(void **state)
{
    const place *p = *state;
    struct stat st;
    keep_pages(p->path, 3);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(count_pages(p->path, KEY), 3);
    keep_pages(p->path, 5);
    assert_int_equal(count_pages(p->path, KEY), 5);
}

static void another_key_begins_anew(void **state)
{
    const place *p = *state;
    keep_pages(p->path, 3);
    assert_int_equal(count_pages(p->path, OTHER), 0);
    assert_int_equal(count_pages(p->path, KEY), 0);
}

static void a_cut_file_gives_its_whole_pages(void **state)
{
    const place *p = *state;
    struct stat st;
    keep_pages(p->path, 3);
    assert_int_equal(stat(p->path, &st), 0);
    for (off_t size = st.st_size - 1; size >= 0; size--) {
        unlink(p->path);
        keep_pages(p->path, 3);
        assert_int_equal(truncate(p->path, size), 0);
        int n = count_pages(p->path, KEY);
        assert_true(n < 3);
        assert_true(size < st.st_size / 2 || n >= 1);
        keep_pages(p->path, 3); /* goes on behind what is whole */
        assert_int_equal(count_pages(p->path, KEY), 3);
    }
}

static void a_damaged_byte_costs_what_comes_from_there(void **state)
{
    const place *p = *state;
    struct stat st;
    keep_pages(p->path, 3);
    assert_int_equal(stat(p->path, &st), 0);
    for (off_t at = 0; at < st.st_size; at++) {
        unlink(p->path);
        keep_pages(p->path, 3);
        int fd = open(p->path, O_RDWR);
        uint8_t byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 0x55;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        assert_true(count_pages(p->path, KEY) < 3);
    }
}

static void errors_name_the_file(void **state)
{
    recto_spill *s = NULL;
    recto_error err = {0};
    (void)state;
    assert_int_equal(recto_spill_open_kept(&s, "/nowhere/pages", KEY, &err), RECTO_ERR_OUTPUT);
    assert_non_null(strstr(err.msg, "/nowhere/pages"));
    assert_int_equal(recto_spill_open_kept(&s, "/nowhere/pages", "short", &err), RECTO_ERR_ARG);
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kept_pages_come_back_and_more_can_follow, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(another_key_begins_anew, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_cut_file_gives_its_whole_pages, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_damaged_byte_costs_what_comes_from_there, make_place,
                                        remove_place),
        cmocka_unit_test(errors_name_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
