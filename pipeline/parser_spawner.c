/* The spawner: a small process with one thread that forks parsers and buries them.
 *
 * It looks at no byte of a document.  Its loop waits for orders, for the engine to hang up on a
 * parser (which is how one is killed) and for parsers that ended. */
#define _GNU_SOURCE
#include "pipeline/parser_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Own descriptors; all else comes in above. */
enum { FD_CONTROL = 3, FD_SIGNALS = 4, FD_OWN_END = 5 };

typedef struct worker {
    pid_t pid;
    int socket; /* -1: killed, not yet buried */
} worker;

typedef struct spawner {
    const recto_parser_setup *setup;
    worker *workers;
    struct pollfd *polled; /* [cap + 2] */
    int n_workers, cap;
} spawner;

/* --- becoming it ------------------------------------------------------------------------------ */

/* The terminal's and the scheduler's signals go to all processes of a job; what they mean is the
 * engine's business, and these processes end with it.  Other handlers were the engine's. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
                                  SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM};
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
#if !defined(__SANITIZE_ADDRESS__) /* it reports in them */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        signal(faults[i], SIG_DFL);
#endif
    (void)faults;
}

/* Nothing of the caller's stays open.  Messages of libraries go nowhere: they may quote a document;
 * only a sanitizer's report is wanted. */
static bool set_descriptors(int control)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high = null < 0 ? -1 : fcntl(control, F_DUPFD_CLOEXEC, FD_CONTROL + 1);
    if (high < 0) {
        errno = errno == EINVAL ? EMFILE : errno; /* above the limit of numbers */
        return false;
    }
    for (int fd = 0; fd < 3; fd++) {
#if defined(__SANITIZE_ADDRESS__)
        if (fd == STDERR_FILENO)
            continue;
#endif
        if (dup2(null, fd) < 0)
            return false;
    }
    return dup3(high, FD_CONTROL, O_CLOEXEC) >= 0 && close_range(FD_CONTROL + 1, ~0u, 0) == 0;
}

static bool watch_children(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &set, NULL) != 0)
        return false;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) == FD_SIGNALS;
}

/* Bytes of address space in use. */
static size_t own_space(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* What libraries would look up when they first need it: no file can be opened then.  The
 * environment goes, also from memory: it may hold secrets, and tell a library to start threads or
 * write files. */
static void settle_libraries(void)
{
    for (char **e = environ; e != NULL && *e != NULL; e++)
        explicit_bzero(*e, strlen(*e));
    clearenv();
    setenv("TZ", "UTC0", 1);
    tzset();
}

static recto_status cannot(int sys, recto_error *err)
{
    return recto_error_sys(err, RECTO_ERR_DEVICE, sys,
                           "cannot set up the process that starts parsers");
}

/* control becomes FD_CONTROL as soon as it can. */
static recto_status become(int *control, recto_parser_setup *setup, recto_error *err)
{
    prctl(PR_SET_NAME, "recto-spawner", 0, 0, 0);
    set_signals();
    if (!set_descriptors(*control))
        return cannot(errno, err);
    *control = FD_CONTROL;
    if (!watch_children() || chdir("/") != 0)
        return cannot(errno, err);
    recto_sandbox_no_dumps();
    settle_libraries();
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    setup->spawner = getpid();
    if (setup->opt.sandbox) {
        recto_status st = recto_sandbox_compile(&setup->program, RECTO_SANDBOX_PARSER, err);
        if (st == RECTO_OK)
            st = recto_sandbox_enter(RECTO_SANDBOX_SPAWNER, err);
        if (st != RECTO_OK)
            return st;
    }
    setup->program_bytes = own_space();
    return RECTO_OK;
}

/* --- its work --------------------------------------------------------------------------------- */

/* Never waits: who does not empty a socket learns it from its end. */
static void tell(int socket, recto_parser_word word, int value)
{
    recto_parser_message m = {word, (uint64_t)(unsigned)value};
    ssize_t n = send(socket, &m, sizeof m, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)n;
}

static bool make_room(spawner *s)
{
    if (s->n_workers < s->cap)
        return true;
    int cap = s->cap == 0 ? 64 : 2 * s->cap;
    worker *workers = realloc(s->workers, (size_t)cap * sizeof *workers);
    if (workers != NULL)
        s->workers = workers;
    struct pollfd *polled = realloc(s->polled, ((size_t)cap + 2) * sizeof *polled);
    if (polled != NULL)
        s->polled = polled;
    if (workers == NULL || polled == NULL)
        return false;
    s->cap = cap;
    return true;
}

static void fork_parser(spawner *s, const recto_parser_order *order, const int *fds)
{
    pid_t pid = make_room(s) ? fork() : -1;
    if (pid == 0)
        recto_parser_child_run(s->setup, order, fds);
    if (pid < 0) {
        tell(fds[0], RECTO_PARSER_NO_FORK, errno);
        close(fds[0]);
    } else {
        s->workers[s->n_workers++] = (worker){pid, fds[0]};
    }
    close(fds[1]);
    close(fds[2]);
}

/* One order; false when the engine is gone. */
static bool take_order(spawner *s)
{
    recto_parser_order order;
    union {
        struct cmsghdr head; /* aligns */
        char bytes[CMSG_SPACE(RECTO_PARSER_ORDER_FDS * sizeof(int))];
    } extra;
    struct iovec part = {&order, sizeof order};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &extra,
                       .msg_controllen = sizeof extra.bytes};
    ssize_t n = recvmsg(FD_CONTROL, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n == 0)
        return false;
    int fds[RECTO_PARSER_ORDER_FDS];
    const struct cmsghdr *head = CMSG_FIRSTHDR(&m);
    if (head == NULL || head->cmsg_type != SCM_RIGHTS)
        return true; /* no descriptor was left for them: the engine sees the socket's end */
    size_t size = head->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(head), size < sizeof fds ? size : sizeof fds);
    if (n == (ssize_t)sizeof order && size == sizeof fds) {
        fork_parser(s, &order, fds);
        return true;
    }
    for (size_t i = 0; i < size / sizeof(int); i++)
        close(fds[i]);
    return true;
}

static void bury(spawner *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < s->n_workers; i++) {
            worker *w = &s->workers[i];
            if (w->pid != pid)
                continue;
            if (w->socket >= 0) {
                tell(w->socket, RECTO_PARSER_ENDED, status);
                close(w->socket);
            }
            *w = s->workers[--s->n_workers];
            break;
        }
}

/* The engine hung up on these: kill. */
static void drop_unwanted(spawner *s, int n_polled)
{
    for (int i = 0; i < n_polled; i++) {
        worker *w = &s->workers[i];
        if (s->polled[i + 2].revents == 0 || w->socket < 0)
            continue;
        kill(w->pid, SIGKILL);
        close(w->socket);
        w->socket = -1;
    }
}

static void end_all(spawner *s)
{
    for (int i = 0; i < s->n_workers; i++)
        kill(s->workers[i].pid, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
}

static void work(spawner *s)
{
    struct signalfd_siginfo info;
    for (;;) {
        int n = s->n_workers;
        s->polled[0] = (struct pollfd){.fd = FD_CONTROL, .events = POLLIN};
        s->polled[1] = (struct pollfd){.fd = FD_SIGNALS, .events = POLLIN};
        for (int i = 0; i < n; i++) /* a descriptor < 0 is passed over; hanging up is always told */
            s->polled[i + 2] = (struct pollfd){.fd = s->workers[i].socket};
        if (poll(s->polled, (nfds_t)n + 2, -1) < 0)
            continue; /* EINTR, or memory is short for a moment */
        drop_unwanted(s, n);
        if (s->polled[1].revents != 0) {
            while (read(FD_SIGNALS, &info, sizeof info) > 0) {
            }
            bury(s);
        }
        if (s->polled[0].revents != 0 && !take_order(s))
            return;
    }
}

_Noreturn void recto_parser_spawner_run(int control, recto_parser_setup *setup)
{
    recto_error err = {0};
    spawner s = {.setup = setup};
    recto_status st = become(&control, setup, &err);
    if (st == RECTO_OK && !make_room(&s))
        st = recto_error_set(&err, RECTO_ERR_NOMEM, "out of memory");
    err.code = st;
    if (send(control, &err, sizeof err, MSG_NOSIGNAL) == (ssize_t)sizeof err && st == RECTO_OK)
        work(&s);
    end_all(&s);
    _exit(0);
}
