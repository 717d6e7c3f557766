/* Where writers' bytes go: one file, several, a callback. */
#include "pipeline/sink.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const recto_writer one = {.name = "one", .suffix = ".one"};
static const recto_writer many = {.name = "many", .suffix = ".many", .parts = true};

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/recto-sink-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static char *place(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *content(const char *name)
{
    static char text[4096];
    FILE *f = fopen(place(name), "r");
    if (f == NULL)
        return "(none)";
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    return text;
}

static int n_files(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    closedir(dir);
    return n;
}

static recto_status count_told(void *user, const char *path, recto_error *err)
{
    (void)err;
    assert_int_equal(access(path, F_OK), 0);
    ++*(int *)user;
    return RECTO_OK;
}

static recto_status refuse(void *user, const char *path, recto_error *err)
{
    (void)user;
    return recto_error_set(err, RECTO_ERR_OUTPUT, "no %s", path);
}

static recto_status collect(void *user, int page, const void *bytes, size_t size, recto_error *err)
{
    (void)page;
    (void)err;
    strncat(user, bytes, size);
    return RECTO_OK;
}

static void one_file_appears_when_it_is_committed(void **state)
{
    (void)state;
    recto_sink s;
    int told = 0;
    char path[128];
    strcpy(path, place("a.one"));
    recto_output out = {.writer = &one, .path = path, .fd = -1};
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_buf_text(&s.buf, "a\x1c"
                           "b\n");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    assert_int_equal(s.buf.len, 0);
    recto_buf_text(&s.buf, "c");
    assert_int_equal(recto_sink_flush(&s, 2, NULL), RECTO_OK);
    assert_int_equal(n_files(), 0);
    assert_int_equal(recto_sink_commit(&s, count_told, &told, NULL), RECTO_OK);
    recto_sink_close(&s);
    assert_int_equal(told, 1);
    assert_string_equal(content("a.one"), "a\x1c"
                                          "b\nc"); /* parts mean nothing to this form */
}

static void parts_become_files_beside_it(void **state)
{
    (void)state;
    recto_sink s;
    int told = 0;
    char path[128];
    strcpy(path, place("a.pdf.many"));
    recto_output out = {.writer = &many, .path = path, .fd = -1};
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_writer_part(&s.buf, ".table-1.csv");
    recto_buf_text(&s.buf, "1,2\n");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    recto_buf_text(&s.buf, "3,4\n");
    recto_writer_part(&s.buf, ".table-2.csv");
    recto_writer_part(&s.buf, ".table-3.csv");
    recto_buf_text(&s.buf, "x\n");
    assert_int_equal(recto_sink_flush(&s, 2, NULL), RECTO_OK);
    assert_int_equal(n_files(), 0);
    assert_int_equal(recto_sink_commit(&s, count_told, &told, NULL), RECTO_OK);
    recto_sink_close(&s);
    assert_int_equal(told, 3);
    assert_string_equal(content("a.pdf.table-1.csv"), "1,2\n3,4\n");
    assert_string_equal(content("a.pdf.table-2.csv"), "");
    assert_string_equal(content("a.pdf.table-3.csv"), "x\n");
    assert_int_equal(n_files(), 3);
}

static void a_path_without_the_suffix_is_the_front_of_the_names(void **state)
{
    (void)state;
    recto_sink s;
    int told = 0;
    char path[128];
    strcpy(path, place("tables"));
    recto_output out = {.writer = &many, .path = path, .fd = -1};
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_writer_part(&s.buf, ".table-1.csv");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    assert_int_equal(recto_sink_commit(&s, count_told, &told, NULL), RECTO_OK);
    recto_sink_close(&s);
    assert_string_equal(content("tables.table-1.csv"), "");
}

static void what_is_not_committed_leaves_nothing(void **state)
{
    (void)state;
    recto_sink s;
    recto_error err = {0};
    char path[128];
    strcpy(path, place("b.many"));
    recto_output out = {.writer = &many, .path = path, .fd = -1};
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_writer_part(&s.buf, "-1");
    recto_writer_part(&s.buf, "-2");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    recto_sink_close(&s);
    assert_int_equal(n_files(), 0);
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_writer_part(&s.buf, "-1");
    recto_writer_part(&s.buf, "-2");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    assert_int_equal(recto_sink_commit(&s, refuse, NULL, &err), RECTO_ERR_OUTPUT);
    recto_sink_close(&s);
    assert_int_equal(n_files(), 1); /* the one that was told of */
    out.path = "/nowhere/b.many";
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_writer_part(&s.buf, "-1");
    assert_int_equal(recto_sink_flush(&s, 1, &err), RECTO_ERR_OUTPUT);
    recto_sink_close(&s);
}

static void a_stream_has_an_empty_line_between_parts(void **state)
{
    (void)state;
    recto_sink s;
    char all[64] = "";
    recto_output out = {.writer = &many, .fd = -1, .write = collect, .user = all};
    assert_int_equal(recto_sink_open(&s, &out, NULL), RECTO_OK);
    recto_writer_part(&s.buf, "-1");
    recto_buf_text(&s.buf, "1\n");
    recto_writer_part(&s.buf, "-2");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    recto_buf_text(&s.buf, "2\n");
    assert_int_equal(recto_sink_flush(&s, 1, NULL), RECTO_OK);
    assert_int_equal(recto_sink_commit(&s, count_told, NULL, NULL), RECTO_OK);
    recto_sink_close(&s);
    assert_string_equal(all, "1\n\n2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_file_appears_when_it_is_committed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(parts_become_files_beside_it, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_path_without_the_suffix_is_the_front_of_the_names,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_not_committed_leaves_nothing, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_stream_has_an_empty_line_between_parts, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
