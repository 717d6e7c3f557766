/* Folders are made with all above them, by several processes at once, or one error says why not. */
#include "core/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int enter_scratch(void **state)
{
    static char where[] = "/tmp/recto-folder-XXXXXX";
    *state = mkdtemp(where);
    return *state != NULL && chdir(where) == 0 ? 0 : -1;
}

static int leave_scratch(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
    return chdir("/") == 0 ? system(command) : -1;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void folders_are_made_with_all_above(void **state)
{
    (void)state;
    assert_int_equal(recto_folder_make("a/b//c/", NULL), RECTO_OK);
    assert_true(is_folder("a/b/c"));
    assert_int_equal(recto_folder_make("a/b/c", NULL), RECTO_OK);
    assert_int_equal(recto_folder_make("a", NULL), RECTO_OK);
    assert_int_equal(recto_folder_make(".", NULL), RECTO_OK);
    assert_int_equal(recto_folder_make("", NULL), RECTO_OK);
    assert_int_equal(recto_folder_make("/tmp", NULL), RECTO_OK);
}

static void a_file_in_the_way_is_named(void **state)
{
    recto_error err = {0};
    (void)state;
    close(open("file", O_CREAT | O_WRONLY, 0600));
    assert_int_equal(recto_folder_make("file", &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, ENOTDIR);
    assert_non_null(strstr(err.msg, "'file'"));
    assert_int_equal(recto_folder_make("file/below/it", &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, ENOTDIR);
    assert_int_equal(recto_folder_make("/proc/none/of/it", &err), RECTO_ERR_OUTPUT);
}

static void several_may_make_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            for (int k = 0; k < 50; k++) {
                char path[64];
                snprintf(path, sizeof path, "race/%d/%d/%d", k, k, k);
                if (recto_folder_make(path, NULL) != RECTO_OK)
                    _exit(1);
            }
            _exit(0);
        }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_made_with_all_above),
        cmocka_unit_test(a_file_in_the_way_is_named),
        cmocka_unit_test(several_may_make_the_same),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
