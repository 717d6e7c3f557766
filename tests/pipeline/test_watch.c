/* Protects watching: what arrives complete is told of once, with the key and output a plan would
 * give it, whether inotify sees it or folders are read again. */
#include "pipeline/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char root[64];
static int home = -1;

static void make_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int enter(void **state)
{
    (void)state;
    home = open(".", O_RDONLY | O_DIRECTORY);
    snprintf(root, sizeof root, "%s/recto-watch-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"); /* thousands of files */
    return mkdtemp(root) == NULL || chdir(root) != 0 || mkdir("in", 0700) != 0;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    int bad = fchdir(home);
    close(home);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return bad != 0 || system(command) != 0;
}

/* Short times; quiet: seconds. */
static recto_watch_options short_times(double quiet)
{
    return (recto_watch_options){
        .quiet_s = quiet, .patience_s = 1.2, .settle_s = 0.05, .rescan_s = 0.1, .check_s = 300};
}

static recto_watch *open_watch(const recto_watch_options *opt, const char *folder)
{
    recto_watch *w = NULL;
    recto_error err = {0};
    if (recto_watch_open(&w, &folder, 1, opt, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return w;
}

/* The keys told of within some seconds, "a b c" in the order of telling; waits until n came. */
static const char *told(recto_watch *w, int n, double seconds)
{
    static char keys[400000];
    size_t len = 0;
    double until = recto_clock_s() + seconds;
    keys[0] = '\0';
    for (int got = 0; recto_clock_s() < until && (n == 0 || got < n);) {
        recto_plan *p = NULL;
        recto_error err = {0};
        if (recto_watch_next(&p, w, 0.05, &err) != RECTO_OK)
            fail_msg("%s", err.msg);
        for (int i = 0; p != NULL && i < p->n_items; i++, got++)
            len += (size_t)snprintf(keys + len, sizeof keys - len, "%s%s", len > 0 ? " " : "",
                                    p->items[i].key);
        recto_plan_free(p);
    }
    return keys;
}

static void nothing_more(recto_watch *w)
{
    assert_string_equal(told(w, 0, 0.3), "");
    assert_int_equal(recto_watch_waiting(w), 0);
}

/* A time long ago, as a file has that lay there before. */
static void make_old(const char *path)
{
    const struct timespec times[2] = {{.tv_sec = 1600000000}, {.tv_sec = 1600000000}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* --- with inotify ----------------------------------------------------------------------------- */

static void watch_begins_with_what_a_plan_holds(void **state)
{
    (void)state;
    static const char *const names[] = {"in/b.pdf",       "in/x/a.pdf", "in/caf\xE9.pdf",
                                        "in/x/y/n\n.pdf", "in/.hidden", "in/x.md/c.pdf"};
    mkdir("in/x", 0700);
    mkdir("in/x/y", 0700);
    mkdir("in/x.md", 0700);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        make_file(names[i], "text");
        make_old(names[i]);
    }
    symlink("b.pdf", "in/link.pdf");
    symlink("nowhere", "in/broken.pdf");
    recto_watch_options opt = short_times(30);
    const char *in = "in";
    recto_plan *want = NULL, *got = NULL;
    assert_int_equal(recto_plan_read(&want, &in, 1, &opt.plan, NULL), RECTO_OK);
    recto_watch *w = open_watch(&opt, "in");
    assert_int_equal(recto_watch_next(&got, w, 0, NULL), RECTO_OK);
    assert_non_null(got);
    assert_int_equal(want->n_items, 6);
    assert_int_equal(got->n_items, want->n_items);
    for (int i = 0; i < want->n_items; i++) {
        const recto_plan_item *a = &want->items[i], *b = &got->items[i];
        assert_string_equal(a->key, b->key);
        assert_string_equal(a->path, b->path);
        assert_string_equal(a->output, b->output);
        assert_int_equal(a->size, b->size);
        assert_int_equal(a->mtime_ns, b->mtime_ns);
        assert_int_equal(a->status, b->status);
    }
    recto_plan_free(want);
    recto_plan_free(got);
    nothing_more(w);
    recto_watch_close(w);
    recto_watch_close(NULL);
}

/* The quiet time is far away: only closing can have told. */
static void watch_tells_of_a_closed_file_at_once(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(30);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    assert_null(recto_watch_notice(w));
    make_file("in/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "a.pdf");
    nothing_more(w);
    make_file("in/a.pdf", "longer text"); /* written again */
    assert_string_equal(told(w, 1, 5), "a.pdf");
    nothing_more(w);
    recto_watch_close(w);
}

static void watch_waits_for_the_writer(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.1);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    FILE *f = fopen("in/a.pdf", "w");
    fputs("first part", f);
    fflush(f);
    assert_string_equal(told(w, 0, 0.6),
                        ""); /* longer than the quiet time, shorter than patience */
    assert_int_equal(recto_watch_waiting(w), 1);
    fputs("second part", f);
    fclose(f);
    assert_string_equal(told(w, 1, 5), "a.pdf");
    f = fopen("in/b.pdf", "w"); /* and not for ever */
    fputs("part", f);
    fflush(f);
    assert_string_equal(told(w, 1, 10), "b.pdf");
    fclose(f);
    nothing_more(w); /* it was whole */
    recto_watch_close(w);
}

static void watch_gives_empty_files_time(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.7);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    make_file("in/a.pdf", "");
    assert_string_equal(told(w, 0, 0.3), "");
    make_file("in/a.pdf", "text");
    make_file("in/b.pdf", "");
    assert_string_equal(told(w, 1, 5), "a.pdf");
    assert_string_equal(told(w, 1, 5), "b.pdf"); /* empty it is */
    nothing_more(w);
    recto_watch_close(w);
}

static void watch_takes_uploads_that_are_renamed(void **state)
{
    (void)state;
    const char *const parts[] = {"*.part"};
    recto_watch_options opt = short_times(30);
    opt.plan.exclude = parts;
    opt.plan.n_exclude = 1;
    recto_watch *w = open_watch(&opt, "in");
    make_file("in/a.pdf.part", "text");
    make_file("in/.b.pdf.tmp", "text");
    make_file("c.pdf", "text");
    make_old("c.pdf");
    nothing_more(w);
    rename("in/a.pdf.part", "in/a.pdf");
    rename("in/.b.pdf.tmp", "in/b.pdf");
    rename("c.pdf", "in/c.pdf");
    assert_string_equal(told(w, 3, 5), "a.pdf b.pdf c.pdf");
    nothing_more(w);
    recto_watch_close(w);
}

static void watch_sees_new_folders(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.2);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    mkdir("in/x", 0700);
    mkdir("in/x/y", 0700);
    make_file("in/x/y/a.pdf", "text"); /* maybe before the folder is watched */
    assert_string_equal(told(w, 1, 5), "x/y/a.pdf");
    make_file("in/x/y/b.pdf", "text");
    assert_string_equal(told(w, 1, 5), "x/y/b.pdf");
    mkdir("z", 0700);
    mkdir("z/q", 0700);
    make_file("z/q/c.pdf", "text");
    make_old("z/q/c.pdf");
    rename("z", "in/z");
    assert_string_equal(told(w, 1, 5), "z/q/c.pdf");
    rename("in/z", "away");
    make_file("away/q/d.pdf", "text");
    nothing_more(w);
    rename("in/x", "in/w"); /* other keys now */
    const char *keys = told(w, 2, 5);
    assert_true(strcmp(keys, "w/y/a.pdf w/y/b.pdf") == 0 ||
                strcmp(keys, "w/y/b.pdf w/y/a.pdf") == 0);
    make_file("in/w/y/e.pdf", "text");
    assert_string_equal(told(w, 1, 5), "w/y/e.pdf");
    mkdir("in/.h", 0700);
    make_file("in/.h/f.pdf", "text");
    nothing_more(w);
    recto_watch_close(w);
}

static void watch_forgets_what_vanishes(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.3);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    FILE *f = fopen("in/a.pdf", "w");
    fputs("part", f);
    fflush(f);
    assert_string_equal(told(w, 0, 0.1), "");
    unlink("in/a.pdf");
    fclose(f);
    nothing_more(w);
    mkdir("in/x", 0700);
    make_file("in/x/a.pdf", "text");
    unlink("in/x/a.pdf");
    rmdir("in/x");
    nothing_more(w);
    mkdir("in/x", 0700); /* the same name again */
    make_file("in/x/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "x/a.pdf");
    recto_watch_close(w);
}

static void watch_leaves_the_output_folder_alone(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.1);
    opt.plan.folder = "in/out";
    mkdir("in/out", 0700);
    mkdir("in/out/x", 0700);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    make_file("in/out/a.pdf.md", "text");
    make_file("in/out/x/b.pdf.md", "text");
    mkdir("in/out/y", 0700);
    make_file("in/out/y/c.pdf.md", "text");
    nothing_more(w);
    recto_watch_close(w);
}

static void watch_takes_links_once(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.1);
    make_file("outside.pdf", "text");
    recto_watch *w = open_watch(&opt, "in");
    make_file("in/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "a.pdf");
    symlink("a.pdf", "in/b.pdf");
    assert_string_equal(told(w, 0, 0.6), "");
    symlink("../outside.pdf", "in/c.pdf");
    assert_int_equal(link("in/a.pdf", "in/d.pdf"), 0); /* a name of equal right */
    const char *keys = told(w, 2, 5);
    assert_true(strcmp(keys, "c.pdf d.pdf") == 0);
    nothing_more(w);
    recto_watch_close(w);
}

/* More than the kernel keeps (fs.inotify.max_queued_events, 16,384 by default). */
static void watch_reads_again_what_the_kernel_lost(void **state)
{
    (void)state;
    enum { N = 9000 };
    recto_watch_options opt = short_times(0.2);
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    for (int i = 0; i < N; i++) {
        char path[64];
        snprintf(path, sizeof path, "in/%05d.pdf", i);
        make_file(path, "text");
    }
    static bool seen[N];
    memset(seen, 0, sizeof seen);
    int n = 0;
    for (const char *p = told(w, N, 60); *p != '\0'; p += p[9] == ' ' ? 10 : 9, n++) {
        int i = atoi(p);
        assert_in_range(i, 0, N - 1);
        assert_false(seen[i]);
        seen[i] = true;
    }
    assert_int_equal(n, N);
    nothing_more(w);
    recto_watch_close(w);
}

/* --- without ---------------------------------------------------------------------------------- */

static void watch_reads_folders_again_without_inotify(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.4);
    opt.rescan_only = true;
    recto_watch *w = open_watch(&opt, "in");
    nothing_more(w);
    assert_non_null(recto_watch_notice(w));
    mkdir("in/x", 0700);
    make_file("in/x/a.pdf", "text");
    double start = recto_clock_s();
    assert_string_equal(told(w, 1, 5), "x/a.pdf");
    assert_true(recto_clock_s() - start >= 0.3);
    FILE *f = fopen("in/b.pdf", "w");
    for (int i = 0; i < 5; i++) { /* it grows, faster than the quiet time passes */
        fputs("part", f);
        fflush(f);
        assert_string_equal(told(w, 0, 0.2), "");
    }
    fclose(f);
    assert_string_equal(told(w, 1, 5), "b.pdf");
    make_file("in/b.pdf", "other");
    assert_string_equal(told(w, 1, 5), "b.pdf");
    unlink("in/b.pdf");
    nothing_more(w);
    make_file("in/b.pdf", "other");
    assert_string_equal(told(w, 1, 5), "b.pdf");
    recto_watch_close(w);
}

static void watch_goes_on_when_the_system_grants_no_inotify(void **state)
{
    (void)state;
    struct rlimit old, none;
    recto_watch_options opt = short_times(0.2);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int next = dup(STDERR_FILENO);
    close(next);
    none = old;
    none.rlim_cur = (rlim_t)next; /* no descriptor is left: EMFILE, as with max_user_instances */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    recto_watch *w = open_watch(&opt, "in");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_non_null(strstr(recto_watch_notice(w), "fs.inotify.max_user_instances"));
    make_file("in/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "a.pdf");
    recto_watch_close(w);
}

static void watch_survives_a_root_that_goes_and_comes(void **state)
{
    (void)state;
    recto_watch_options opt = short_times(0.1);
    opt.check_s = 0.2;
    recto_watch *w = open_watch(&opt, "in");
    make_file("in/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "a.pdf");
    rename("in", "away");
    nothing_more(w);
    rename("away", "in");
    nothing_more(w);
    make_file("in/b.pdf", "text");
    assert_string_equal(told(w, 1, 5), "b.pdf");
    recto_watch_close(w);
}

/* --- the rest --------------------------------------------------------------------------------- */

static void watch_keeps_to_its_shard(void **state)
{
    (void)state;
    int n = 0;
    for (int shard = 1; shard <= 2; shard++) {
        recto_watch_options opt = short_times(0.1);
        opt.plan.shard = shard;
        opt.plan.n_shards = 2;
        recto_watch *w = open_watch(&opt, "in");
        for (int i = 0; i < 20; i++) {
            char path[64];
            snprintf(path, sizeof path, "in/%02d.pdf", i);
            make_file(path, "text");
        }
        for (const char *p = told(w, 0, 0.8); *p != '\0'; p += p[6] == ' ' ? 7 : 6, n++) {
            char key[8];
            snprintf(key, sizeof key, "%.6s", p);
            assert_int_equal(recto_plan_shard(key, 2), shard);
        }
        recto_watch_close(w);
    }
    assert_int_equal(n, 20);
}

static void watch_refuses_what_it_cannot_watch(void **state)
{
    (void)state;
    recto_watch *w = NULL;
    recto_error err = {0};
    recto_watch_options opt = short_times(1);
    make_file("list", "in/a.pdf\n");
    mkdir("in/sub", 0700);
    const char *list = "list", *missing = "missing", *in = "in";
    const char *const nested[] = {"in", "in/sub"};
    assert_int_equal(recto_watch_open(&w, &list, 1, &opt, &err), RECTO_ERR_ARG);
    assert_null(w);
    assert_int_equal(recto_watch_open(&w, &missing, 1, &opt, &err), RECTO_ERR_IO);
    assert_int_equal(recto_watch_open(&w, &in, 0, &opt, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_watch_open(&w, nested, 2, &opt, &err), RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "lies in"));
    opt.plan.folder = "in";
    assert_int_equal(recto_watch_open(&w, &in, 1, &opt, &err), RECTO_ERR_ARG);
    assert_null(w);
}

static void watch_takes_several_folders(void **state)
{
    (void)state;
    recto_watch *w = NULL;
    recto_watch_options opt = short_times(0.1);
    mkdir("b", 0700);
    mkdir("b/in", 0700);
    const char *const folders[] = {"in", "b/in/"};
    assert_int_equal(recto_watch_open(&w, folders, 2, &opt, NULL), RECTO_OK);
    nothing_more(w);
    make_file("in/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "in/a.pdf");
    make_file("b/in/a.pdf", "text");
    assert_string_equal(told(w, 1, 5), "in~2/a.pdf");
    recto_watch_close(w);
}

static bool stop_now(void *user)
{
    return *(bool *)user;
}

static void watch_stops_when_asked(void **state)
{
    (void)state;
    bool stop = false;
    recto_plan *p = NULL;
    recto_error err = {0};
    recto_watch_options opt = short_times(0.1);
    opt.plan.stop = stop_now;
    opt.plan.user = &stop;
    recto_watch *w = open_watch(&opt, "in");
    assert_int_equal(recto_watch_next(&p, w, 0.1, &err), RECTO_OK);
    stop = true;
    double start = recto_clock_s();
    assert_int_equal(recto_watch_next(&p, w, 60, &err), RECTO_ERR_CANCELLED);
    assert_true(recto_clock_s() - start < 5);
    recto_watch_close(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(watch_begins_with_what_a_plan_holds),
        TEST(watch_tells_of_a_closed_file_at_once),
        TEST(watch_waits_for_the_writer),
        TEST(watch_gives_empty_files_time),
        TEST(watch_takes_uploads_that_are_renamed),
        TEST(watch_sees_new_folders),
        TEST(watch_forgets_what_vanishes),
        TEST(watch_leaves_the_output_folder_alone),
        TEST(watch_takes_links_once),
        TEST(watch_reads_again_what_the_kernel_lost),
        TEST(watch_reads_folders_again_without_inotify),
        TEST(watch_goes_on_when_the_system_grants_no_inotify),
        TEST(watch_survives_a_root_that_goes_and_comes),
        TEST(watch_keeps_to_its_shard),
        TEST(watch_refuses_what_it_cannot_watch),
        TEST(watch_takes_several_folders),
        TEST(watch_stops_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
