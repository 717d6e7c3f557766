/* The engine's end: starts the spawner, orders parsers, waits for replies under the deadline.
 *
 * Nothing here trusts a parser.  Replies are copied out of a memory file with pread, never mapped,
 * so that no trick with its size can raise SIGBUS; messages are of one fixed size and their numbers
 * are checked; descriptors that a parser sends are dropped by the kernel (recv takes none). */
#define _GNU_SOURCE
#include "pipeline/parser_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often the wish to stop is looked at while a parser works. */
static const double LOOK_S = 0.05;
/* Reply memory that stays for the next page: a grey A4 page at 300 dpi is 8.7 MB. */
static const uint64_t KEEP_BYTES = (uint64_t)16 << 20;
/* What a reply may need besides the pixels: words, facts, attachments' pieces. */
static const uint64_t REPLY_EXTRA_BYTES = (uint64_t)256 << 20;
static const int64_t DEFAULT_MAX_PIXELS = 200000000;
/* Replies may take this part of a parser's memory, besides it: with the engine's copy of a reply
 * that is as much again as the parser has itself, the half of the engine (pipeline/batch.c). */
enum { REPLY_SHARE = 2 };
/* A long request must fit, however little memory there is. */
static const uint64_t REPLY_LEAST_BYTES = 2 * RECTO_SOURCE_REQUEST_MAX;

struct recto_parsers {
    recto_parsers_options opt;
    int control;
    pid_t spawner;
};

typedef struct port {
    recto_parsers *parsers;
    const recto_deadline *deadline;
    int document; /* borrowed */
    uint64_t document_size, reply_max;
    int socket;                   /* of the parser; -1: none runs */
    int memory;                   /* its replies; -1 */
    uint64_t reply_size, touched; /* bytes of the last reply; of the memory in use */
} port;

/* --- the spawner ------------------------------------------------------------------------------ */

static bool is_main_thread(void)
{
    return gettid() == getpid();
}

static recto_status fork_spawner(recto_parsers *p, recto_parser_serve serve, recto_error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return recto_error_sys(err, RECTO_ERR_DEVICE, errno, "cannot start parsers");
    /* the signal comes when the thread that forked ends, so only the main one may ask for it; the
     * end of the control socket tells in any case */
    bool bound = is_main_thread();
    pid_t engine = getpid();
    p->spawner = fork();
    if (p->spawner == 0) {
        recto_parser_setup setup = {.opt = p->opt, .serve = serve};
        if (bound)
            prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (bound && getppid() != engine)
            _exit(0);
        recto_parser_spawner_run(pair[1], &setup);
    }
    int sys = errno;
    close(pair[1]);
    p->control = pair[0];
    if (p->spawner < 0)
        return recto_error_sys(err, RECTO_ERR_DEVICE, sys, "cannot start parsers");
    return RECTO_OK;
}

/* Its first words: that it stands, or why not. */
static recto_status greet(recto_parsers *p, recto_error *err)
{
    recto_error said = {0};
    ssize_t n;
    do {
        n = recv(p->control, &said, sizeof said, 0);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof said)
        return recto_error_set(err, RECTO_ERR_DEVICE,
                               "the process that starts parsers ended at once");
    if (said.code != RECTO_OK && err != NULL)
        *err = said;
    return said.code;
}

recto_status recto_parser_start(recto_parsers **out, const recto_parsers_options *opt,
                                recto_parser_serve serve, recto_error *err)
{
    *out = NULL;
    recto_parsers *p = calloc(1, sizeof *p);
    if (p == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    *p = (recto_parsers){.opt = *opt, .control = -1, .spawner = -1};
    recto_status st = fork_spawner(p, serve, err);
    if (st == RECTO_OK)
        st = greet(p, err);
    if (st != RECTO_OK) {
        recto_parsers_stop(p);
        return st;
    }
    *out = p;
    return RECTO_OK;
}

void recto_parsers_stop(recto_parsers *p)
{
    if (p == NULL)
        return;
    if (p->control >= 0)
        close(p->control); /* the spawner ends its parsers, then itself */
    if (p->spawner > 0)
        while (waitpid(p->spawner, NULL, 0) < 0 && errno == EINTR) {
        }
    free(p);
}

bool recto_parsers_sandboxed(const recto_parsers *p)
{
    return p->opt.sandbox;
}

/* --- one parser ------------------------------------------------------------------------------- */

static void end_parser(port *t)
{
    if (t->socket >= 0)
        close(t->socket); /* the spawner sees it and kills */
    if (t->memory >= 0)
        close(t->memory);
    t->socket = t->memory = -1;
    t->reply_size = t->touched = 0;
}

static void port_close(void *self)
{
    end_parser(self);
    free(self);
}

static recto_status no_room(const port *t, recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_LIMIT,
                           "the page takes more than %llu MiB to hand over; raise --max-memory or "
                           "--max-pixels",
                           (unsigned long long)(t->reply_max >> 20));
}

static recto_status no_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_LIMIT,
                           "the file takes more memory than --max-memory leaves a parser");
}

/* How a parser ended, as of wait. */
static recto_status say_end(const port *t, int status, recto_error *err)
{
    static const char died[] = "the process that parses the document died";
    if (WIFEXITED(status) && WEXITSTATUS(status) == RECTO_PARSER_EXIT_ROOM)
        return no_room(t, err);
    if (WIFEXITED(status) && WEXITSTATUS(status) == RECTO_PARSER_EXIT_MEMORY)
        return no_memory(err);
    if (!WIFSIGNALED(status))
        return recto_error_set(err, RECTO_ERR_CRASH, "%s (exit status %d)", died,
                               WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    int number = WTERMSIG(status);
    const char *name = sigabbrev_np(number);
    const char *why = number == SIGSYS    ? ": the sandbox forbids what it tried"
                      : number == SIGKILL ? ": killed, as the kernel does when memory runs out"
                      : number == SIGBUS  ? ": the file may have become shorter meanwhile"
                                          : "";
    if (name == NULL)
        return recto_error_set(err, RECTO_ERR_CRASH, "%s (signal %d)", died, number);
    return recto_error_set(err, RECTO_ERR_CRASH, "%s (SIG%s%s)", died, name, why);
}

static recto_status not_asked(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_CRASH,
                           "the process that parses the document answered what was not asked");
}

/* What it says instead of READY.  It has seen nothing of the document yet and can be believed;
 * later the same words would let a hostile document end the run. */
static recto_status say_not_ready(const port *t, const recto_parser_message *m, recto_error *err)
{
    int value = (int)(m->value & INT32_MAX);
    switch (m->word) {
    case RECTO_PARSER_ENDED:
        return say_end(t, value, err);
    case RECTO_PARSER_NO_FORK:
        return recto_error_sys(err, RECTO_ERR_DEVICE, value, "cannot start a parser");
    case RECTO_PARSER_NO_LIMITS:
        return recto_error_sys(err, RECTO_ERR_DEVICE, value, "cannot set a parser's limits");
    case RECTO_PARSER_NO_SANDBOX:
        return recto_error_sys(err, RECTO_ERR_DEVICE, value,
                               "the kernel refuses the sandbox (--no-sandbox works without it)");
    case RECTO_PARSER_NO_DOCUMENT:
        if (value != 0)
            return recto_error_sys(err, RECTO_ERR_IO, value, "cannot read");
        return recto_error_set(err, RECTO_ERR_IO, "it became shorter while it was read");
    case RECTO_PARSER_NO_MEMORY:
        return no_memory(err);
    default:
        return not_asked(err);
    }
}

/* The other end of a parser's socket is closed.  Without a spawner it is no fault of the document;
 * with one, the parser kept it from telling the end by filling the socket. */
static recto_status say_closed(const port *t, recto_status ended, recto_error *err)
{
    struct pollfd p = {.fd = t->parsers->control};
    if (poll(&p, 1, 0) > 0)
        return recto_error_set(err, RECTO_ERR_DEVICE,
                               "the processes that parse documents are gone");
    return recto_error_set(err, ended, "the process that parses the document died");
}

/* Wait for one message.  ended: the class when the parser is gone without a word. */
static recto_status hear(recto_parser_message *m, const port *t, recto_status ended,
                         recto_error *err)
{
    for (;;) {
        recto_status st = recto_deadline_check(t->deadline, err);
        if (st != RECTO_OK)
            return st;
        struct pollfd p = {.fd = t->socket, .events = POLLIN};
        double wait_s = recto_deadline_left(t->deadline, LOOK_S);
        int n = poll(&p, 1, (int)(wait_s * 1000) + 1);
        if (n == 0 || (n < 0 && errno == EINTR))
            continue;
        ssize_t size = recv(t->socket, m, sizeof *m, MSG_DONTWAIT | MSG_TRUNC);
        /* reset: it ended with a request unread, which is told before its last word, once */
        if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET))
            continue;
        if (size <= 0)
            return say_closed(t, ended, err);
        if (size != (ssize_t)sizeof *m)
            m->word = 0;
        return RECTO_OK;
    }
}

/* --- the port --------------------------------------------------------------------------------- */

static recto_status send_order(port *t, int far, recto_error *err)
{
    const int fds[RECTO_PARSER_ORDER_FDS] = {far, t->document, t->memory};
    recto_parser_order order = {t->document_size, t->reply_max};
    union {
        struct cmsghdr head; /* aligns */
        char bytes[CMSG_SPACE(sizeof fds)];
    } extra = {0};
    struct iovec part = {&order, sizeof order};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &extra,
                       .msg_controllen = sizeof extra.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR(&m);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(head), fds, sizeof fds);
    ssize_t n;
    do { /* a message goes whole, so threads need no lock; the spawner is never long away */
        n = sendmsg(t->parsers->control, &m, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return recto_error_sys(err, RECTO_ERR_DEVICE, errno,
                               "the processes that parse documents are gone");
    return RECTO_OK;
}

static recto_status order_parser(port *t, recto_error *err)
{
    int pair[2];
    t->memory = recto_sandbox_memory_file("recto-reply");
    if (t->memory < 0 || fcntl(t->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return recto_error_sys(err, RECTO_ERR_DEVICE, errno, "cannot start a parser");
    t->socket = pair[0];
    recto_status st = send_order(t, pair[1], err);
    close(pair[1]);
    return st;
}

static recto_status port_start(void *self, recto_error *err)
{
    port *t = self;
    recto_parser_message m;
    end_parser(t);
    recto_status st = recto_deadline_check(t->deadline, err);
    if (st == RECTO_OK)
        st = order_parser(t, err);
    if (st == RECTO_OK)
        st = hear(&m, t, RECTO_ERR_DEVICE, err);
    if (st == RECTO_OK && m.word != RECTO_PARSER_READY)
        st = say_not_ready(t, &m, err);
    if (st != RECTO_OK)
        end_parser(t);
    return st;
}

/* A large reply's pages go back before the next is asked for. */
static void give_back(port *t)
{
    if (t->touched > KEEP_BYTES &&
        fallocate(t->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)KEEP_BYTES,
                  (off_t)(t->touched - KEEP_BYTES)) == 0)
        t->touched = KEEP_BYTES;
}

/* Whether it arrives shows in what comes back: a parser that has died left its last word. */
static recto_status send_request(port *t, const void *request, size_t size, recto_error *err)
{
    const recto_parser_request *layout = NULL;
    bool fits = size <= sizeof layout->bytes;
    uint64_t elsewhere = fits ? 0 : size;
    struct iovec parts[] = {{&elsewhere, sizeof elsewhere}, {(void *)(uintptr_t)request, size}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = fits ? 2 : 1};
    if (!fits && pwrite(t->memory, request, size, 0) != (ssize_t)size)
        return recto_error_sys(err, RECTO_ERR_LIMIT, errno, "a request of %zu bytes", size);
    if (!fits && t->touched < size)
        t->touched = size;
    ssize_t n = sendmsg(t->socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EPIPE && errno != ECONNRESET)
        return recto_error_sys(err, RECTO_ERR_CRASH, errno,
                               "the process that parses the document does not listen");
    return RECTO_OK;
}

static recto_status exchange(port *t, const void *request, size_t size, recto_error *err)
{
    recto_parser_message m;
    if (t->socket < 0)
        return recto_error_set(err, RECTO_ERR_CRASH, "no process parses the document");
    give_back(t);
    t->reply_size = 0;
    recto_status st = send_request(t, request, size, err);
    if (st == RECTO_OK)
        st = hear(&m, t, RECTO_ERR_CRASH, err);
    if (st == RECTO_OK && m.word != RECTO_PARSER_REPLY)
        st = m.word == RECTO_PARSER_ENDED ? say_end(t, (int)(m.value & INT32_MAX), err)
                                          : not_asked(err);
    if (st != RECTO_OK)
        return st;
    if (m.value > t->reply_max)
        return recto_error_set(err, RECTO_ERR_CRASH,
                               "the process that parses the document answered what cannot be");
    t->reply_size = m.value;
    t->touched = m.value > t->touched ? m.value : t->touched;
    return RECTO_OK;
}

static recto_status port_call(void *self, const void *request, size_t size, uint64_t *reply_size,
                              recto_error *err)
{
    port *t = self;
    *reply_size = 0;
    if (size == 0 || size > RECTO_SOURCE_REQUEST_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "a request of %zu bytes is too long", size);
    recto_status st = exchange(t, request, size, err);
    if (st != RECTO_OK)
        end_parser(t);
    *reply_size = t->reply_size;
    return st;
}

static recto_status port_read(void *self, uint64_t offset, void *to, size_t size, recto_error *err)
{
    const port *t = self;
    char *p = to;
    bool inside = size <= t->reply_size && offset <= t->reply_size - size;
    while (inside && size > 0) {
        ssize_t n = pread(t->memory, p, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        p += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    if (inside && size == 0)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_CRASH,
                           "the process that parses the document answered too little");
}

/* Bytes that the reply memory may take. */
static uint64_t reply_limit(const recto_parsers *p, const recto_source_options *opt)
{
    int64_t pixels = opt != NULL && opt->max_pixels > 0 ? opt->max_pixels : DEFAULT_MAX_PIXELS;
    uint64_t wanted = 3 * (uint64_t)pixels + REPLY_EXTRA_BYTES;
    uint64_t share = p->opt.memory_bytes / REPLY_SHARE;
    if (p->opt.memory_bytes == 0 || wanted <= share)
        return wanted;
    return share > REPLY_LEAST_BYTES ? share : REPLY_LEAST_BYTES;
}

recto_status recto_parser_port(recto_source_port *out, recto_parsers *p, int fd,
                               const recto_source_options *opt, const recto_deadline *deadline,
                               recto_error *err)
{
    struct stat file;
    *out = (recto_source_port){0};
    if (fstat(fd, &file) != 0)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
    port *t = calloc(1, sizeof *t);
    if (t == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    *t = (port){.parsers = p,
                .deadline = deadline,
                .document = fd,
                .document_size = file.st_size > 0 ? (uint64_t)file.st_size : 0,
                .reply_max = reply_limit(p, opt),
                .socket = -1,
                .memory = -1};
    *out = (recto_source_port){t, port_start, port_call, port_read, port_close};
    return RECTO_OK;
}

recto_status recto_parsers_start(recto_parsers **out, const recto_parsers_options *opt,
                                 recto_error *err)
{
    return recto_parser_start(out, opt, recto_source_serve, err);
}

recto_status recto_parsers_open(recto_source **out, recto_parsers *p, int fd,
                                const recto_source_options *opt, const recto_deadline *deadline,
                                recto_error *err)
{
    recto_source_port end;
    *out = NULL;
    recto_status st = recto_parser_port(&end, p, fd, opt, deadline, err);
    return st == RECTO_OK ? recto_source_remote_open(out, end, opt, err) : st;
}
