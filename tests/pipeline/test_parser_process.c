/* Protects the processes behind parsers: what comes back, how each kind of death is told, that time
 * limits and the wish to stop hold, and that nothing stays: no process, no descriptor.  What a
 * parser does here is a test double; test_parser.c has documents. */
#define _GNU_SOURCE
#include "check.h"
#include "parser_double.h"

#include "pipeline/parser_parts.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const char CONTENT[] = "the document's bytes";

/* --- the engine's side -------------------------------------------------------------------------
 */

typedef struct fixture {
    recto_parsers *parsers;
    int document;
} fixture;

static recto_parsers *start_parsers(size_t memory_bytes)
{
    recto_parsers *p = NULL;
    recto_error err = {0};
    recto_parsers_options opt = {.sandbox = true, .memory_bytes = memory_bytes};
    if (recto_parser_start(&p, &opt, parser_double_serve, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return p;
}

static int set_up(void **state)
{
    static fixture f;
    f.parsers = start_parsers((size_t)256 << 20);
    f.document = memfd_create("document", MFD_CLOEXEC);
    if (write(f.document, CONTENT, sizeof CONTENT) != (ssize_t)sizeof CONTENT)
        return -1;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    recto_parsers_stop(f->parsers);
    close(f->document);
    return 0;
}

static recto_source_port open_port(const fixture *f, const recto_deadline *deadline)
{
    recto_source_port port;
    recto_error err = {0};
    if (recto_parser_port(&port, f->parsers, f->document, NULL, deadline, &err) != RECTO_OK ||
        port.start(port.self, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return port;
}

static recto_status ask(recto_source_port port, char what, uint64_t number, uint64_t *size,
                        recto_error *err)
{
    char request[9] = {what};
    memcpy(request + 1, &number, sizeof number);
    return port.call(port.self, request, sizeof request, size, err);
}

static uint64_t ask_number(recto_source_port port, char what)
{
    uint64_t size = 0, number = 0;
    assert_int_equal(ask(port, what, 0, &size, NULL), RECTO_OK);
    assert_int_equal(size, sizeof number);
    assert_int_equal(port.read(port.self, 0, &number, sizeof number, NULL), RECTO_OK);
    return number;
}

/* The call fails so, and a fresh parser answers afterwards. */
static void assert_fails(const fixture *f, char what, uint64_t number, recto_status code,
                         const char *words)
{
    recto_source_port port = open_port(f, NULL);
    recto_error err = {0};
    uint64_t size = 1;
    recto_status st = ask(port, what, number, &size, &err);
    if (st != code || strstr(err.msg, words) == NULL)
        fail_msg("'%c': %s: %s", what, recto_status_name(st), err.msg);
    assert_int_equal(size, 0);
    assert_int_equal(ask(port, 'e', 0, &size, &err), RECTO_ERR_CRASH); /* not without a start */
    assert_int_equal(port.start(port.self, &err), RECTO_OK);
    assert_int_equal(ask(port, 'e', 0, &size, &err), RECTO_OK);
    port.close(port.self);
}

/* --- what is there -----------------------------------------------------------------------------
 */

static int count_descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d != NULL && readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

/* Processes whose name begins so, among all of the system that descend from pid (0: any). */
static int count_processes(const char *name, pid_t parent)
{
    int n = 0;
    DIR *d = opendir("/proc");
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char path[300], comm[64] = "", tail_state;
        int pid, ppid = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (f == NULL)
            continue;
        if (fscanf(f, "%d (%63[^)]) %c %d", &pid, comm, &tail_state, &ppid) == 4 &&
            strncmp(comm, name, strlen(name)) == 0 && ppid == parent)
            n++;
        fclose(f);
    }
    closedir(d);
    return n;
}

static bool is_there(pid_t pid)
{
    return kill(pid, 0) == 0;
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 2000000}, NULL);
}

static bool gone_within(pid_t pid, double seconds)
{
    for (double end = recto_clock_s() + seconds; recto_clock_s() < end; nap())
        if (!is_there(pid))
            return true;
    return false;
}

/* --- tests: answers ----------------------------------------------------------------------------
 */

static void parser_answers(void **state)
{
    recto_source_port port = open_port(*state, NULL);
    uint64_t size = 0;
    char text[64];
    for (int i = 0; i < 100; i++) {
        assert_int_equal(port.call(port.self, "echo this", 9, &size, NULL), RECTO_OK);
        assert_int_equal(size, 9);
        assert_int_equal(port.read(port.self, 0, text, 9, NULL), RECTO_OK);
        assert_memory_equal(text, "echo this", 9);
    }
    assert_int_equal(port.read(port.self, 5, text, 4, NULL), RECTO_OK);
    assert_memory_equal(text, "this", 4);
    assert_int_equal(port.read(port.self, 6, text, 4, NULL), RECTO_ERR_CRASH);
    assert_int_equal(port.read(port.self, UINT64_MAX, text, 4, NULL), RECTO_ERR_CRASH);
    assert_int_equal(ask(port, 'd', 0, &size, NULL), RECTO_OK);
    assert_int_equal(size, sizeof CONTENT);
    assert_int_equal(port.read(port.self, 0, text, sizeof CONTENT, NULL), RECTO_OK);
    assert_memory_equal(text, CONTENT, sizeof CONTENT);
    port.close(port.self);
}

static void parser_hands_over_large_replies(void **state)
{
    recto_source_port port = open_port(*state, NULL);
    static const uint64_t sizes[] = {0, 1, 65536, 64 << 20, 3, 40 << 20};
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char last = 0;
        assert_int_equal(ask(port, 'b', sizes[i], &size, NULL), RECTO_OK);
        assert_int_equal(size, sizes[i]);
        if (size > 0)
            assert_int_equal(port.read(port.self, size - 1, &last, 1, NULL), RECTO_OK);
        assert_int_equal(last, size > 0 ? 'b' : 0);
    }
    port.close(port.self);
}

static void parser_sees_no_other_document(void **state)
{
    recto_source_port first = open_port(*state, NULL);
    uint64_t size = 0;
    assert_int_equal(ask(first, 'b', 1 << 20, &size, NULL), RECTO_OK);
    recto_source_port second = open_port(*state, NULL);
    /* it says that a reply is there without having put one: nothing can be read */
    char c = 0;
    assert_int_equal(ask(second, 'l', 1 << 20, &size, NULL), RECTO_OK);
    assert_int_equal(second.read(second.self, 0, &c, 1, NULL), RECTO_ERR_CRASH);
    first.close(first.self);
    second.close(second.self);
}

static void parser_takes_requests_of_any_size(void **state)
{
    recto_source_port port = open_port(*state, NULL);
    static char request[RECTO_SOURCE_REQUEST_MAX + 1] = "e";
    static char back[RECTO_SOURCE_REQUEST_MAX];
    uint64_t size = 0;
    assert_int_equal(port.call(port.self, request, 0, &size, NULL), RECTO_ERR_LIMIT);
    assert_int_equal(port.call(port.self, request, sizeof request, &size, NULL), RECTO_ERR_LIMIT);
    static const size_t sizes[] = {1, 65536, 65537, RECTO_SOURCE_REQUEST_MAX, 5};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        request[sizes[i] - 1] = i == 0 ? 'e' : 'z';
        assert_int_equal(port.call(port.self, request, sizes[i], &size, NULL), RECTO_OK);
        assert_int_equal(size, sizes[i]);
        assert_int_equal(port.read(port.self, 0, back, sizes[i], NULL), RECTO_OK);
        assert_memory_equal(back, request, sizes[i]);
    }
    port.close(port.self);
}

/* --- tests: deaths -----------------------------------------------------------------------------
 */

static void parser_deaths_are_told(void **state)
{
    const fixture *f = *state;
    if (!SANITIZED) { /* which reports and exits by itself */
        assert_fails(f, 's', 0, RECTO_ERR_CRASH, "SIGSEGV");
        assert_fails(f, 'a', 0, RECTO_ERR_CRASH, "SIGABRT");
    }
    assert_fails(f, 'x', 0, RECTO_ERR_CRASH, "exit status 3");
    assert_fails(f, 'o', 0, RECTO_ERR_CRASH, "SIGSYS");
}

static void parser_lies_are_told(void **state)
{
    const fixture *f = *state;
    assert_fails(f, 'l', UINT64_MAX, RECTO_ERR_CRASH, "cannot be");
    assert_fails(f, 'w', 0, RECTO_ERR_CRASH, "not asked");
    assert_fails(f, 'w', 12345, RECTO_ERR_CRASH, "not asked");
    /* words that are believed before a document is seen: DEVICE would end the run */
    for (uint64_t word = RECTO_PARSER_READY; word < RECTO_PARSER_ENDED; word++)
        if (word != RECTO_PARSER_REPLY)
            assert_fails(f, 'w', word, RECTO_ERR_CRASH, "not asked");
    /* its own obituary: at most what it may have for dying truly */
    assert_fails(f, 'w', RECTO_PARSER_ENDED, RECTO_ERR_CRASH, "died");
    assert_fails(f, 'g', 1, RECTO_ERR_CRASH, "not asked");
    assert_fails(f, 'g', 32, RECTO_ERR_CRASH, "not asked");
}

static void parser_killed_from_outside_is_told(void **state)
{
    recto_source_port port = open_port(*state, NULL);
    recto_error err = {0};
    uint64_t size;
    pid_t pid = (pid_t)ask_number(port, 'p');
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(gone_within(pid, 5));
    assert_int_equal(ask(port, 'e', 0, &size, &err), RECTO_ERR_CRASH);
    assert_non_null(strstr(err.msg, "SIGKILL"));
    port.close(port.self);
}

static void parser_memory_is_limited(void **state)
{
    if (SANITIZED)
        skip();
    recto_source_port port = open_port(*state, NULL);
    uint64_t mib = ask_number(port, 'm');
    assert_in_range(mib, 200, 256); /* malloc said no, and the parser lives to say so */
    port.close(port.self);
}

/* Replies take half as much as the parser may, and no more. */
static void parser_reply_memory_is_its_own(void **state)
{
    const fixture *f = *state;
    const uint64_t most = (uint64_t)128 << 20;
    assert_fails(f, 'b', most + 1, RECTO_ERR_LIMIT, "--max-memory");
    assert_fails(f, 'l', most + 1, RECTO_ERR_CRASH, "cannot be");
    recto_source_port port = open_port(f, NULL);
    uint64_t size;
    assert_int_equal(ask(port, 'b', most, &size, NULL), RECTO_OK);
    port.close(port.self);
}

/* Replies that nobody asked for: taken for the answers to what follows, which they are as much as
 * anything a parser says; when the socket is full the parser waits. */
static void parser_floods_its_socket(void **state)
{
    recto_deadline deadline = {0};
    recto_source_port port = open_port(*state, &deadline);
    recto_error err = {0};
    uint64_t size;
    pid_t pid = (pid_t)ask_number(port, 'p');
    deadline.page_s = recto_clock_s() + 20;
    recto_status st = ask(port, 'f', 0, &size, &err);
    for (int i = 0; i < 50; i++) /* it sleeps in front of a full socket */
        nap();
    /* killed there: no last word arrives, and no time is lost over it */
    kill(pid, SIGKILL);
    assert_true(gone_within(pid, 5));
    int n = 0;
    for (; n < 100000 && st == RECTO_OK; n++)
        st = ask(port, 'e', 0, &size, &err);
    assert_int_equal(st, RECTO_ERR_CRASH);
    assert_true(n > 0);
    port.close(port.self);
}

/* A parser that stands still, as a debugger or the freezer of a container leaves it. */
static void parser_that_is_stopped_ends_in_time(void **state)
{
    recto_deadline deadline = {0};
    recto_source_port port = open_port(*state, &deadline);
    recto_error err = {0};
    uint64_t size;
    pid_t pid = (pid_t)ask_number(port, 'p');
    kill(pid, SIGSTOP);
    deadline = (recto_deadline){.page_s = recto_clock_s() + 0.2, .page_limit_s = 0.2};
    assert_int_equal(ask(port, 'e', 0, &size, &err), RECTO_ERR_TIMEOUT);
    assert_true(gone_within(pid, 5));
    port.close(port.self);
}

static void parser_reply_is_limited(void **state)
{
    const fixture *f = *state;
    recto_source_port port;
    recto_error err = {0};
    uint64_t size;
    assert_int_equal(recto_parser_port(&port, f->parsers, f->document,
                                       &(recto_source_options){.max_pixels = 1}, NULL, &err),
                     RECTO_OK);
    assert_int_equal(port.start(port.self, &err), RECTO_OK);
    assert_int_equal(ask(port, 'b', (uint64_t)300 << 20, &size, &err), RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "--max-memory"));
    port.close(port.self);
}

/* --- tests: time -------------------------------------------------------------------------------
 */

static bool asked_to_stop(void *user)
{
    return recto_clock_s() > *(const double *)user;
}

static void parser_hang_ends_in_time(void **state)
{
    recto_deadline deadline = {0};
    recto_source_port port = open_port(*state, &deadline);
    recto_error err = {0};
    uint64_t size;
    pid_t pid = (pid_t)ask_number(port, 'p');
    double begin = recto_clock_s();
    deadline = (recto_deadline){.page_s = begin + 0.2, .page_limit_s = 0.2};
    assert_int_equal(ask(port, 'h', 0, &size, &err), RECTO_ERR_TIMEOUT);
    assert_non_null(strstr(err.msg, "--timeout"));
    assert_true(recto_clock_s() - begin < 2);
    assert_true(gone_within(pid, 5));
    deadline = (recto_deadline){0};
    assert_int_equal(port.start(port.self, &err), RECTO_OK);

    begin = recto_clock_s();
    double when = begin + 0.1;
    deadline = (recto_deadline){.stop = asked_to_stop, .user = &when};
    assert_int_equal(ask(port, 'h', 0, &size, &err), RECTO_ERR_CANCELLED);
    assert_true(recto_clock_s() - begin < 2);
    port.close(port.self);
}

/* --- tests: nothing stays ----------------------------------------------------------------------
 */

static void parser_leaves_nothing(void **state)
{
    (void)state;
    int before = count_descriptors();
    int document = memfd_create("document", MFD_CLOEXEC);
    assert_int_equal(write(document, CONTENT, sizeof CONTENT), sizeof CONTENT);
    fixture f = {start_parsers(0), document};
    static const char deaths[] = "exohsa";
    pid_t last = 0;
    for (int i = 0; i < 200; i++) {
        recto_deadline soon = {.page_s = recto_clock_s() + 20};
        recto_source_port port = open_port(&f, &soon);
        char how = deaths[i % (SANITIZED ? 3 : 6)];
        uint64_t size;
        last = (pid_t)ask_number(port, 'p');
        if (how == 'h')
            soon.page_s = recto_clock_s() + 0.01;
        (void)!ask(port, how, 0, &size, NULL);
        port.close(port.self);
    }
    assert_true(gone_within(last, 5));
    recto_parsers_stop(f.parsers);
    close(document);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child, not even a dead one */
}

/* Closing the port of a parser that hangs kills it. */
static void parser_close_ends_a_hang(void **state)
{
    double when = recto_clock_s() + 0.05;
    recto_deadline deadline = {.stop = asked_to_stop, .user = &when};
    recto_source_port port = open_port(*state, &(recto_deadline){0});
    pid_t idle = (pid_t)ask_number(port, 'p');
    port.close(port.self);
    assert_true(gone_within(idle, 5));
    when += 10;
    port = open_port(*state, &deadline);
    pid_t busy = (pid_t)ask_number(port, 'p');
    when = 0;
    uint64_t size;
    assert_int_equal(ask(port, 'h', 0, &size, NULL), RECTO_ERR_CANCELLED);
    assert_true(gone_within(busy, 5));
    port.close(port.self);
}

/* An engine in a process of its own, which is killed; tells its parser's and spawner's numbers. */
static _Noreturn void doomed_engine(int tell)
{
    fixture f = {start_parsers(0), memfd_create("document", MFD_CLOEXEC)};
    (void)!write(f.document, CONTENT, sizeof CONTENT);
    recto_source_port idle = open_port(&f, NULL), busy = open_port(&f, NULL);
    uint64_t pids[2] = {ask_number(idle, 'p'), ask_number(busy, 'p')};
    (void)!write(tell, pids, sizeof pids);
    uint64_t size;
    (void)!ask(busy, 'h', 0, &size, NULL);
    _exit(0);
}

static void parsers_end_with_a_killed_engine(void **state)
{
    (void)state;
    int tell[2];
    uint64_t pids[2];
    assert_int_equal(pipe(tell), 0);
    pid_t engine = fork();
    if (engine == 0)
        doomed_engine(tell[1]);
    assert_int_equal(read(tell[0], pids, sizeof pids), sizeof pids);
    assert_int_equal(count_processes("recto-spawner", engine), 1);
    for (int i = 0; i < 20; i++) /* the busy one works by now */
        nap();
    assert_true(is_there((pid_t)pids[0]) && is_there((pid_t)pids[1]));
    kill(engine, SIGKILL);
    assert_int_equal(waitpid(engine, NULL, 0), engine);
    assert_true(gone_within((pid_t)pids[0], 5));
    assert_true(gone_within((pid_t)pids[1], 5));
    close(tell[0]);
    close(tell[1]);
}

/* Ctrl-C goes to all processes of the terminal; only the engine may follow it. */
static void parsers_outlive_the_terminals_signals(void **state)
{
    recto_source_port port = open_port(*state, NULL);
    uint64_t size;
    pid_t pid = (pid_t)ask_number(port, 'p');
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        kill(pid, signals[i]);
    assert_int_equal(ask(port, 'e', 0, &size, NULL), RECTO_OK);
    port.close(port.self);
}

/* --- tests: many -------------------------------------------------------------------------------
 */

typedef struct job {
    const fixture *f;
    int n_wrong;
} job;

static void *work(void *user)
{
    job *j = user;
    recto_error err = {0};
    for (int i = 0; i < 40; i++) {
        recto_source_port port;
        uint64_t size = 0;
        char text[9] = "";
        if (recto_parser_port(&port, j->f->parsers, j->f->document, NULL, NULL, &err) != RECTO_OK) {
            j->n_wrong++;
            continue;
        }
        j->n_wrong += port.start(port.self, &err) != RECTO_OK;
        for (int k = 0; k < 5; k++) {
            j->n_wrong += port.call(port.self, "echo this", 9, &size, &err) != RECTO_OK ||
                          port.read(port.self, 0, text, 9, &err) != RECTO_OK ||
                          memcmp(text, "echo this", 9) != 0;
        }
        if (i % 3 == 0)
            j->n_wrong += ask(port, 'x', 0, &size, &err) != RECTO_ERR_CRASH;
        port.close(port.self);
    }
    return NULL;
}

static void parsers_serve_threads(void **state)
{
    enum { N = 6 };
    pthread_t threads[N];
    job jobs[N];
    for (int i = 0; i < N; i++) {
        jobs[i] = (job){*state, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < N; i++)
        assert_int_equal(jobs[i].n_wrong, 0);
}

/* A thread may start the parsers and end. */
static void *start_elsewhere(void *user)
{
    *(recto_parsers **)user = start_parsers(0);
    return NULL;
}

static void parsers_outlive_the_thread_that_started_them(void **state)
{
    fixture f = *(const fixture *)*state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, start_elsewhere, &f.parsers), 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < 10; i++)
        nap();
    recto_source_port port = open_port(&f, NULL);
    assert_true(ask_number(port, 'p') > 0);
    port.close(port.self);
    recto_parsers_stop(f.parsers);
}

/* Without a spawner: an error, no hang. */
static void parsers_without_spawner_fail(void **state)
{
    fixture f = *(const fixture *)*state;
    f.parsers = start_parsers(0);
    recto_source_port port = open_port(&f, NULL);
    pid_t pid = (pid_t)ask_number(port, 'p');
    char path[64];
    int ppid = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat_file = fopen(path, "r");
    assert_non_null(stat_file);
    assert_int_equal(fscanf(stat_file, "%*d %*s %*c %d", &ppid), 1);
    fclose(stat_file);
    assert_int_equal(kill(ppid, SIGKILL), 0);
    assert_true(gone_within(pid, 5));
    recto_error err = {0};
    uint64_t size;
    /* no fault of the document: it must not be recorded as one */
    assert_int_equal(ask(port, 'e', 0, &size, &err), RECTO_ERR_DEVICE);
    assert_int_equal(port.start(port.self, &err), RECTO_ERR_DEVICE);
    port.close(port.self);
    recto_parsers_stop(f.parsers);
}

static void parsers_work_without_sandbox(void **state)
{
    fixture f = *(const fixture *)*state;
    recto_parsers_options opt = {.sandbox = false};
    recto_error err = {0};
    assert_int_equal(recto_parser_start(&f.parsers, &opt, parser_double_serve, &err), RECTO_OK);
    assert_false(recto_parsers_sandboxed(f.parsers));
    recto_source_port port = open_port(&f, NULL);
    uint64_t size;
    assert_int_equal(ask(port, 'o', 0, &size, &err), RECTO_OK); /* a socket: nobody forbids it */
    port.close(port.self);
    recto_parsers_stop(f.parsers);
}

/* --- tests: the document -----------------------------------------------------------------------
 */

static void parser_load_reads_or_says_why(void **state)
{
    const fixture *f = *state;
    recto_bytes bytes;
    recto_error err = {0};
    assert_int_equal(recto_parser_load(&bytes, f->document, sizeof CONTENT, &err), RECTO_OK);
    assert_memory_equal(bytes.data, CONTENT, sizeof CONTENT);
    recto_bytes_close(&bytes);
    assert_int_equal(recto_parser_load(&bytes, f->document, sizeof CONTENT + 1, &err),
                     RECTO_ERR_IO);
    assert_non_null(strstr(err.msg, "shorter"));
    assert_int_equal(recto_parser_load(&bytes, -1, 1, &err), RECTO_ERR_IO);
    assert_int_equal(err.sys, EBADF);
    assert_int_equal(recto_parser_load(&bytes, f->document, UINT64_MAX, &err), RECTO_ERR_NOMEM);
}

/* A large document is mapped; when it becomes shorter the parser dies of it, and nobody else. */
static void parser_dies_of_a_cut_file_and_nobody_else(void **state)
{
    if (SANITIZED)
        skip();
    const off_t large = (off_t)80 << 20;
    (void)state;
    fixture f = {start_parsers(0), memfd_create("large", MFD_CLOEXEC)};
    assert_int_equal(ftruncate(f.document, large), 0);
    recto_source_port port = open_port(&f, NULL);
    uint64_t size;
    recto_error err = {0};
    assert_int_equal(ask(port, 'd', 0, &size, &err), RECTO_OK);
    assert_int_equal(size, large);
    assert_int_equal(ftruncate(f.document, 4096), 0);
    assert_int_equal(ask(port, 'd', 0, &size, &err), RECTO_ERR_CRASH);
    assert_int_equal(port.start(port.self, &err), RECTO_OK);
    assert_int_equal(ftruncate(f.document, large), 0);
    assert_int_equal(port.start(port.self, &err), RECTO_OK);
    assert_int_equal(ftruncate(f.document, 4096), 0);
    assert_int_equal(ask(port, 'c', 0, &size, &err), RECTO_ERR_CRASH);
    assert_non_null(strstr(err.msg, "SIGBUS"));
    port.close(port.self);
    recto_parsers_stop(f.parsers);
    close(f.document);
}

#define parser_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        parser_test(parser_answers),
        parser_test(parser_hands_over_large_replies),
        parser_test(parser_sees_no_other_document),
        parser_test(parser_takes_requests_of_any_size),
        parser_test(parser_deaths_are_told),
        parser_test(parser_lies_are_told),
        parser_test(parser_killed_from_outside_is_told),
        parser_test(parser_memory_is_limited),
        parser_test(parser_reply_is_limited),
        parser_test(parser_reply_memory_is_its_own),
        parser_test(parser_floods_its_socket),
        parser_test(parser_that_is_stopped_ends_in_time),
        parser_test(parser_hang_ends_in_time),
        parser_test(parser_close_ends_a_hang),
        parser_test(parsers_end_with_a_killed_engine),
        parser_test(parsers_outlive_the_terminals_signals),
        parser_test(parsers_serve_threads),
        parser_test(parsers_outlive_the_thread_that_started_them),
        parser_test(parsers_without_spawner_fail),
        parser_test(parsers_work_without_sandbox),
        parser_test(parser_load_reads_or_says_why),
        parser_test(parser_dies_of_a_cut_file_and_nobody_else),
        cmocka_unit_test(
            parser_leaves_nothing), /* no other parsers run, so no other child either */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
