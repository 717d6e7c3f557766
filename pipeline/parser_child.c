/* A parser: from the fork to its end.  It first gives up what it does not need, then loads its
 * document, and only then looks at a byte of it. */
#define _GNU_SOURCE
#include "pipeline/parser_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Larger documents are mapped: a copy would count against the parser's memory. */
static const uint64_t MAP_FROM_BYTES = (uint64_t)64 << 20;

/* Tell the engine; false if it is gone. */
static bool tell_at(int socket, recto_parser_word word, uint64_t value)
{
    recto_parser_message m = {word, value};
    ssize_t n;
    do {
        n = send(socket, &m, sizeof m, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof m;
}

static bool tell(recto_parser_word word, uint64_t value)
{
    return tell_at(RECTO_SANDBOX_FD_SOCKET, word, value);
}

_Noreturn static void give_up(recto_parser_word word, int sys)
{
    tell(word, (uint64_t)sys);
    _exit(0);
}

/* --- the channel ------------------------------------------------------------------------------ */

static size_t receive(void *self, void *request, size_t room)
{
    recto_parser_request *r = self;
    const ssize_t head = (ssize_t)offsetof(recto_parser_request, bytes);
    ssize_t n;
    do {
        n = recv(RECTO_SANDBOX_FD_SOCKET, r, sizeof *r, 0);
    } while (n < 0 && errno == EINTR);
    if (n < head)
        return 0;
    size_t size = r->elsewhere != 0 ? (size_t)r->elsewhere : (size_t)(n - head);
    if (size > room)
        return size;
    if (r->elsewhere == 0)
        memcpy(request, r->bytes, size);
    else if (pread(RECTO_SANDBOX_FD_REPLY, request, size, 0) != (ssize_t)size)
        return 0;
    return size;
}

static bool put(void *self, uint64_t offset, const void *bytes, size_t size)
{
    (void)self;
    const char *p = bytes;
    while (size > 0) {
        ssize_t n =
            offset <= INT64_MAX ? pwrite(RECTO_SANDBOX_FD_REPLY, p, size, (off_t)offset) : -1;
        if (n < 0 && errno == EINTR && offset <= INT64_MAX)
            continue;
        if (n <= 0) /* RLIMIT_FSIZE, the machine's memory, or (EFAULT) a file cut short */
            _exit(errno == EFAULT ? RECTO_PARSER_EXIT_FAULT : RECTO_PARSER_EXIT_ROOM);
        p += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

static bool reply(void *self, uint64_t size)
{
    (void)self;
    return tell(RECTO_PARSER_REPLY, size);
}

/* --- giving up rights ------------------------------------------------------------------------- */

/* The three descriptors at the numbers that the filter knows; all else closed. */
static bool place_descriptors(const int *fds)
{
    enum { ABOVE = RECTO_SANDBOX_FD_REPLY + 1 };
    int at[RECTO_PARSER_ORDER_FDS];
    for (int i = 0; i < RECTO_PARSER_ORDER_FDS; i++) {
        at[i] = fcntl(fds[i], F_DUPFD, ABOVE);
        if (at[i] < 0) {
            errno = errno == EINVAL ? EMFILE : errno; /* above the limit of numbers */
            return false;
        }
    }
    return dup2(at[0], RECTO_SANDBOX_FD_SOCKET) >= 0 &&
           dup2(at[1], RECTO_SANDBOX_FD_DOCUMENT) >= 0 &&
           dup2(at[2], RECTO_SANDBOX_FD_REPLY) >= 0 && close_range(ABOVE, ~0u, 0) == 0;
}

/* Where the kernel must kill for memory, it shall be a parser and not the engine.  The file belongs
 * to root while the process is not dumpable.  It is a wish: no error. */
static void volunteer(void)
{
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (fd < 0)
        return;
    ssize_t n = write(fd, "1000", 4);
    (void)n;
    close(fd);
}

/* Both limits, or the hard one where it is lower already. */
static bool limit(int what, rlim_t value)
{
    struct rlimit r;
    if (getrlimit((__rlimit_resource_t)what, &r) != 0)
        return false;
    struct rlimit wanted = {value, value};
    if (setrlimit((__rlimit_resource_t)what, &wanted) == 0)
        return true;
    wanted.rlim_cur = wanted.rlim_max = r.rlim_max; /* raising takes rights */
    return errno == EPERM && setrlimit((__rlimit_resource_t)what, &wanted) == 0;
}

/* The reply memory is no address space: RLIMIT_FSIZE holds it. */
static bool set_limits(const recto_parser_setup *setup, const recto_parser_order *order)
{
#if defined(__SANITIZE_ADDRESS__)
    bool memory = false; /* its shadow takes terabytes of addresses */
#else
    bool memory = setup->opt.memory_bytes > 0;
#endif
    uint64_t mapped = order->document_size >= MAP_FROM_BYTES ? order->document_size : 0;
    uint64_t space = (uint64_t)setup->program_bytes + setup->opt.memory_bytes;
    if (space < setup->opt.memory_bytes || space > UINT64_MAX - mapped)
        memory = false;
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, 16) &&
           limit(RLIMIT_FSIZE, order->reply_max) && (!memory || limit(RLIMIT_AS, space + mapped));
}

/* --- the document ----------------------------------------------------------------------------- */

static recto_status load_copy(uint8_t *to, int fd, size_t size, recto_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, to + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
        if (n == 0)
            return recto_error_set(err, RECTO_ERR_IO, "it became shorter while it was read");
        done += (size_t)n;
    }
    return RECTO_OK;
}

recto_status recto_parser_load(recto_bytes *out, int fd, uint64_t size, recto_error *err)
{
    *out = (recto_bytes){0};
    if (size > SIZE_MAX / 2)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    bool mapped = size >= MAP_FROM_BYTES;
    uint8_t *data =
        mapped ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0) : malloc((size_t)size + 1);
    if (data == (mapped ? MAP_FAILED : NULL))
        return mapped ? recto_error_sys(err, errno == ENOMEM ? RECTO_ERR_NOMEM : RECTO_ERR_IO,
                                        errno, "cannot map")
                      : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = mapped ? RECTO_OK : load_copy(data, fd, (size_t)size, err);
    if (st != RECTO_OK) {
        free(data);
        return st;
    }
    *out = (recto_bytes){.data = data, .size = (size_t)size, .mapped = mapped};
    return RECTO_OK;
}

_Noreturn void recto_parser_child_run(const recto_parser_setup *setup,
                                      const recto_parser_order *order, const int *fds)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != setup->spawner) /* it died before the line above */
        _exit(0);
    prctl(PR_SET_NAME, "recto-parser", 0, 0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (!place_descriptors(fds)) {
        tell_at(fds[0], RECTO_PARSER_NO_FORK, (uint64_t)errno);
        _exit(0);
    }
    volunteer();
    if (!set_limits(setup, order))
        give_up(RECTO_PARSER_NO_LIMITS, errno);
    recto_error err = {0};
    if (setup->program != NULL && recto_sandbox_apply(setup->program, &err) != RECTO_OK)
        give_up(RECTO_PARSER_NO_SANDBOX, err.sys);
    recto_bytes document;
    recto_status st =
        recto_parser_load(&document, RECTO_SANDBOX_FD_DOCUMENT, order->document_size, &err);
    if (st != RECTO_OK)
        give_up(st == RECTO_ERR_NOMEM ? RECTO_PARSER_NO_MEMORY : RECTO_PARSER_NO_DOCUMENT, err.sys);
    static recto_parser_request request; /* this process's own */
    const recto_source_channel channel = {&request, receive, put, reply};
    if (tell(RECTO_PARSER_READY, 0))
        setup->serve(&channel, document.data, document.size);
    _exit(RECTO_PARSER_EXIT_MEMORY); /* or the engine is gone, then nobody asks */
}
