/* Protects documents in parsers: what they say is what they say in this process, to the bit, for
 * every sample and every broken file of the tests, inside the sandbox; limits of time and memory
 * cost one page; inputs that are no files, change or do not end are told.  test_parser_process.c
 * has what happens when a process misbehaves. */
#define _GNU_SOURCE
#include "check.h"

#include "core/hash.h"
#include "pipeline/input.h"
#include "pipeline/parser.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const char *const PASSWORDS[] = {"wrong", "secret", "opensesame"};

static recto_options make_options(recto_parsers *p)
{
    return (recto_options){.parsers = p,
                           .passwords = PASSWORDS,
                           .n_passwords = 3,
                           .dpi = 72.0f,
                           .max_pixels = 30000000};
}

static recto_parsers *start(size_t memory_bytes)
{
    recto_parsers *p;
    recto_error err = {0};
    recto_parsers_options opt = {.sandbox = true, .memory_bytes = memory_bytes};
    if (recto_parsers_start(&p, &opt, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return p;
}

static void in_source(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", getenv("RECTO_SOURCE_DIR"), name);
}

/* --- all that a document says, as a hash ------------------------------------------------- */

static void add_text(recto_sha256_run *run, const char *text)
{
    recto_sha256_add(run, text != NULL ? text : "\x01", text != NULL ? strlen(text) + 1 : 1);
}

static void add_error(recto_sha256_run *run, recto_status st, const recto_error *err)
{
    recto_sha256_add(run, &st, sizeof st);
    if (st != RECTO_OK)
        add_text(run, err->msg);
}

static void add_layout(recto_sha256_run *run, const recto_layout *l)
{
    const float size[] = {l->width, l->height, l->dpi};
    recto_sha256_add(run, size, sizeof size);
    for (int i = 0; i < l->n_lines; i++) {
        const recto_line *line = &l->lines[i];
        const float parts[] = {line->baseline, line->size, line->conf};
        recto_sha256_add(run, &line->box, sizeof line->box);
        recto_sha256_add(run, parts, sizeof parts);
        for (int k = 0; k < line->n_words; k++) {
            add_text(run, line->words[k].text);
            recto_sha256_add(run, &line->words[k].box, sizeof line->words[k].box);
            recto_sha256_add(run, &line->words[k].style, sizeof line->words[k].style);
        }
    }
    for (int i = 0; i < l->n_rules; i++)
        recto_sha256_add(run, &l->rules[i].box, sizeof l->rules[i].box);
    recto_sha256_add(run, l->pictures, (size_t)l->n_pictures * sizeof *l->pictures);
}

static void add_image(recto_sha256_run *run, const recto_image *im)
{
    const int size[] = {im->width, im->height, im->channels};
    recto_sha256_add(run, size, sizeof size);
    for (int y = 0; y < im->height; y++)
        recto_sha256_add(run, im->px + (size_t)y * im->stride,
                         (size_t)im->width * (size_t)im->channels);
}

static void add_page(recto_sha256_run *run, recto_source *s, int i, recto_arena *keep)
{
    recto_source_facts facts;
    recto_layout layout;
    recto_error err = {0};
    recto_image *im;
    recto_status st = recto_source_page_scan(&facts, &layout, s, i, 300.0f, keep, &err);
    add_error(run, st, &err);
    if (st == RECTO_OK) {
        const int counts[] = {facts.n_chars, facts.n_chars_hidden, facts.n_images, facts.n_paths,
                              facts.damaged};
        recto_sha256_add(run, counts, sizeof counts);
        add_layout(run, &layout);
    }
    st = recto_source_page_pixels(&im, s, i, &err);
    add_error(run, st, &err);
    if (st == RECTO_OK)
        add_image(run, im);
    recto_image_free(im);
    st = recto_source_page_picture(&im, s, i, 40.0f, &err);
    add_error(run, st, &err);
    if (st == RECTO_OK)
        add_image(run, im);
    recto_image_free(im);
    recto_arena_clear(keep);
}

/* Of the file's first pages; without asserts, for threads. */
static void account(char hex[RECTO_SHA256_HEX], const char *path, const recto_options *opt)
{
    enum { MOST_PAGES = 3 };
    recto_sha256_run run;
    recto_input in;
    recto_error err = {0};
    recto_arena *keep = recto_arena_new(0, 0);
    recto_sha256_begin(&run);
    recto_status st = recto_input_open(&in, path, opt, NULL, &err);
    add_error(&run, st, &err);
    add_text(&run, in.sha256);
    recto_sha256_add(&run, &in.size, sizeof in.size);
    if (st == RECTO_OK) {
        const recto_source_meta *meta = recto_source_metadata(in.source);
        int n = recto_source_page_count(in.source);
        add_text(&run, meta->format);
        add_text(&run, meta->title);
        add_text(&run, meta->created);
        recto_sha256_add(&run, &n, sizeof n);
        for (int i = 0; i < n && i < MOST_PAGES; i++)
            add_page(&run, in.source, i, keep);
    }
    recto_input_close(&in);
    recto_arena_free(keep);
    recto_sha256_end(hex, &run);
}

/* Every file of a folder; bombs are left to the test of time.  Returns how many. */
static int compare_folder(recto_parsers *p, const char *name)
{
    char folder[512], path[1024];
    struct stat st;
    int n = 0;
    const recto_options here = make_options(NULL), there = make_options(p);
    in_source(folder, sizeof folder, name);
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        char a[RECTO_SHA256_HEX], b[RECTO_SHA256_HEX];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || strncmp(e->d_name, "bomb", 4) == 0 ||
            (SANITIZED && st.st_size > 100000))
            continue;
        account(a, path, &here);
        account(b, path, &there);
        if (strcmp(a, b) != 0)
            fail_msg("%s: another answer from a parser", path);
        n++;
    }
    closedir(d);
    return n;
}

static void parsers_say_what_this_process_says(void **state)
{
    recto_parsers *p = *state;
    assert_true(compare_folder(p, "samples") > 10);
    assert_true(compare_folder(p, "tests/data/hostile") > 60);
    assert_true(compare_folder(p, "tests/data/image") > 20);
    assert_true(compare_folder(p, "tests/corpus/source") > 5);
}

/* --- many ---------------------------------------------------------------------------------- */

typedef struct job {
    recto_parsers *parsers;
    char path[512];
    char wanted[RECTO_SHA256_HEX];
    int n_wrong;
} job;

static void *work(void *user)
{
    job *j = user;
    const recto_options opt = make_options(j->parsers);
    for (int i = 0; i < 25; i++) {
        char hex[RECTO_SHA256_HEX];
        account(hex, j->path, &opt);
        j->n_wrong += strcmp(hex, j->wanted) != 0;
    }
    return NULL;
}

static void parsers_serve_threads_with_documents(void **state)
{
    static const char *const names[] = {
        "tests/corpus/source/text.pdf", "tests/corpus/source/image.pdf",
        "tests/corpus/source/shapes.pdf", "tests/corpus/source/outline.pdf"};
    enum { N = sizeof names / sizeof *names };
    pthread_t threads[N];
    static job jobs[N];
    const recto_options here = make_options(NULL);
    for (int i = 0; i < N; i++) {
        jobs[i] = (job){.parsers = *state};
        in_source(jobs[i].path, sizeof jobs[i].path, names[i]);
        account(jobs[i].wanted, jobs[i].path, &here);
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < N; i++)
        assert_int_equal(jobs[i].n_wrong, 0);
}

/* --- limits -------------------------------------------------------------------------------- */

/* A page of 40,000 x 40,000 pixels keeps MuPDF busy for seconds; the document goes on after it. */
static void parser_page_over_time_costs_the_page(void **state)
{
    char path[1024];
    recto_options opt = make_options(*state);
    opt.max_pixels = 0;
    opt.dpi = 0;
    recto_deadline deadline = {0};
    recto_input in;
    recto_image *im;
    recto_error err = {0};
    in_source(path, sizeof path, "tests/data/hostile/bomb-image.pdf");
    assert_int_equal(recto_input_open(&in, path, &opt, &deadline, &err), RECTO_OK);
    double begin = recto_clock_s();
    deadline = (recto_deadline){.page_s = begin + 0.1, .page_limit_s = 0.1};
    assert_int_equal(recto_source_page_pixels(&im, in.source, 0, &err), RECTO_ERR_TIMEOUT);
    assert_null(im);
    assert_true(recto_clock_s() - begin < 3);
    deadline = (recto_deadline){0};
    recto_source_facts facts;
    assert_int_equal(recto_source_page_facts(&facts, in.source, 0, &err), RECTO_OK);
    recto_input_close(&in);
}

static void parser_page_over_memory_costs_the_page(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    char path[1024];
    recto_parsers *p = start((size_t)24 << 20);
    recto_options opt = make_options(p);
    opt.max_pixels = 0;
    recto_input in;
    recto_image *im;
    recto_source_facts facts;
    recto_error err = {0};
    in_source(path, sizeof path, "samples/invoice-digital.pdf");
    assert_int_equal(recto_input_open(&in, path, &opt, NULL, &err), RECTO_OK);
    assert_int_equal(recto_source_page_facts(&facts, in.source, 0, &err), RECTO_OK);
    assert_int_equal(recto_source_page_picture(&im, in.source, 0, 600.0f, &err), RECTO_ERR_LIMIT);
    if (strstr(err.msg, "--max-memory") == NULL)
        fail_msg("%s", err.msg);
    assert_int_equal(recto_source_page_facts(&facts, in.source, 0, &err), RECTO_OK);
    recto_input_close(&in);
    recto_parsers_stop(p);
}

/* --- inputs -------------------------------------------------------------------------------- */

static void assert_input_fails(const recto_options *opt, const char *path, recto_status code,
                               const char *words)
{
    recto_input in;
    recto_error err = {0};
    recto_status st = recto_input_open(&in, path, opt, NULL, &err);
    if (st != code || strstr(err.msg, words) == NULL)
        fail_msg("%s: %s: %s", path, recto_status_name(st), err.msg);
    assert_null(in.source);
    recto_input_close(&in);
    assert_int_equal(in.fd, -1);
}

static void input_must_be_a_file(void **state)
{
    char folder[] = "/tmp/recto-input-XXXXXX", path[64];
    for (int i = 0; i < 2; i++) {
        recto_options opt = make_options(i == 0 ? NULL : *state);
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/x", folder);
        assert_input_fails(&opt, folder, RECTO_ERR_IO, "Is a directory");
        assert_input_fails(&opt, path, RECTO_ERR_IO, "No such file");
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_input_fails(&opt, path, RECTO_ERR_IO, "a pipe"); /* and does not wait for a writer */
        unlink(path);
        assert_input_fails(&opt, "/dev/zero", RECTO_ERR_IO, "a device");
        close(open(path, O_CREAT | O_WRONLY, 0600));
        assert_input_fails(&opt, path, RECTO_ERR_FORMAT, "empty");
        assert_int_equal(truncate(path, 1000), 0);
        assert_input_fails(&opt, path, RECTO_ERR_FORMAT, "neither");
        opt.max_bytes = 999;
        assert_input_fails(&opt, path, RECTO_ERR_LIMIT, "999");
        unlink(path);
        rmdir(folder);
        memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    }
}

/* A copy of a sample that can be written to. */
static int copy_of(const char *name)
{
    char path[1024];
    recto_bytes bytes;
    in_source(path, sizeof path, name);
    assert_int_equal(recto_bytes_read(&bytes, path, 0, NULL), RECTO_OK);
    int fd = memfd_create("copy", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
    recto_bytes_close(&bytes);
    return fd;
}

static void input_tells_of_changes(void **state)
{
    const recto_options opt = make_options(*state);
    recto_input in;
    recto_error err = {0};
    int fd = copy_of("samples/report.pdf");
    assert_int_equal(recto_input_open_fd(&in, fd, "a name", &opt, NULL, &err), RECTO_OK);
    assert_string_equal(in.name, "a name");
    assert_false(recto_input_changed(&in));
    assert_int_equal(recto_source_page_count(in.source), 7);
    assert_int_equal(pwrite(fd, "x", 1, 5000), 1);
    assert_true(recto_input_changed(&in));
    recto_input_close(&in);
    assert_true(fcntl(fd, F_GETFD) >= 0); /* borrowed */

    assert_int_equal(recto_input_open_fd(&in, fd, "a name", &opt, NULL, &err), RECTO_OK);
    assert_false(recto_input_changed(&in));
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    assert_true(recto_input_changed(&in));
    recto_input_close(&in);
    close(fd);
    assert_int_equal(recto_input_open_fd(&in, -1, "none", &opt, NULL, &err), RECTO_ERR_IO);
    recto_input_close(&in);
}

/* The file changes between two looks of the engine at it, told by its deadline's question. */
static bool change_file(void *user)
{
    int *fd = user;
    (void)!pwrite(*fd, "y", 1, 0);
    return false;
}

static void input_that_changes_while_hashed_is_refused(void **state)
{
    const recto_options opt = make_options(*state);
    recto_input in;
    recto_error err = {0};
    int fd = copy_of("samples/report.pdf");
    nanosleep(&(struct timespec){0, 20000000}, NULL); /* past the clock of time stamps */
    recto_deadline deadline = {.stop = change_file, .user = &fd};
    assert_int_equal(recto_input_open_fd(&in, fd, "changing", &opt, &deadline, &err), RECTO_ERR_IO);
    assert_non_null(strstr(err.msg, "changed while"));
    assert_string_equal(in.sha256, "");
    recto_input_close(&in);
    close(fd);
}

/* Standard input: a file as it is, a pipe to its end, both with the hash of the file. */
/* What a page has left of its time when the wish to stop is asked for first: while hashing. */
typedef struct page_time {
    recto_deadline deadline;
    bool asked;
    double page_s;
} page_time;

static bool note_page_time(void *user)
{
    page_time *p = user;
    if (!p->asked)
        p->page_s = p->deadline.page_s;
    p->asked = true;
    return false;
}

static void input_is_hashed_outside_the_time_of_a_page(void **state)
{
    char path[1024];
    recto_options opt = make_options(*state);
    recto_input in;
    recto_error err = {0};
    double limit = recto_clock_s() + 60;
    page_time p = {.deadline = {.page_s = limit, .page_limit_s = 60, .stop = note_page_time}};
    p.deadline.user = &p;
    in_source(path, sizeof path, "samples/report.pdf");
    assert_int_equal(recto_input_open(&in, path, &opt, &p.deadline, &err), RECTO_OK);
    assert_true(p.asked);
    assert_true(p.page_s <= 0);
    assert_true(p.deadline.page_s >= limit);
    recto_input_close(&in);
}

static void input_takes_standard_input(void **state)
{
    char path[1024];
    in_source(path, sizeof path, "samples/report.pdf");
    int saved = dup(STDIN_FILENO);
    for (int way = 0; way < 4; way++) {
        recto_options opt = make_options(way % 2 == 0 ? NULL : *state);
        recto_input file, in;
        recto_error err = {0};
        FILE *from = way < 2 ? fopen(path, "r") : NULL;
        char command[1100];
        snprintf(command, sizeof command, "cat '%s'", path);
        if (from == NULL)
            from = popen(command, "r");
        assert_non_null(from);
        assert_int_equal(dup2(fileno(from), STDIN_FILENO), STDIN_FILENO);
        assert_int_equal(recto_input_open(&file, path, &opt, NULL, &err), RECTO_OK);
        assert_int_equal(recto_input_open(&in, "-", &opt, NULL, &err), RECTO_OK);
        assert_string_equal(in.name, "-");
        assert_string_equal(in.sha256, file.sha256);
        assert_int_equal(in.size, file.size);
        assert_int_equal(recto_source_page_count(in.source), 7);
        assert_false(recto_input_changed(&in));
        recto_input_close(&in);
        recto_input_close(&file);
        assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
        if (way < 2)
            fclose(from);
        else
            pclose(from);
    }
    close(saved);
}

static int set_up(void **state)
{
    *state = start((size_t)2 << 30);
    return 0;
}

static int tear_down(void **state)
{
    recto_parsers_stop(*state);
    return 0;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsers_say_what_this_process_says),
        cmocka_unit_test(parsers_serve_threads_with_documents),
        cmocka_unit_test(parser_page_over_time_costs_the_page),
        cmocka_unit_test(parser_page_over_memory_costs_the_page),
        cmocka_unit_test(input_must_be_a_file),
        cmocka_unit_test(input_tells_of_changes),
        cmocka_unit_test(input_that_changes_while_hashed_is_refused),
        cmocka_unit_test(input_is_hashed_outside_the_time_of_a_page),
        cmocka_unit_test(input_takes_standard_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
