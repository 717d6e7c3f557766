/* Protects the sandbox: what each role must not do is truly refused by the kernel, and what a
 * parser needs still works.  Each check runs in a process of its own, since a filter never comes
 * off. */
#define _GNU_SOURCE
#include "check.h"

#include "pipeline/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DONE = 0, WRONG = 1, NO_SANDBOX = 2 };

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* --- running a check in a process ---------------------------------------------------------- */

typedef int (*check)(void); /* exit status: DONE if all is as it must be */

static int outcome(recto_sandbox_role role, check run)
{
    int status = -1;
    fflush(stdout);
    fflush(stderr);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (role == RECTO_SANDBOX_PARSER && !SANITIZED)
            dup2(null, RECTO_SANDBOX_FD_ERROR);
        recto_sandbox_no_dumps();
        _exit(recto_sandbox_enter(role, NULL) == RECTO_OK ? run() : NO_SANDBOX);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_done(recto_sandbox_role role, check run)
{
    int status = outcome(role, run);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE)
        fail_msg("role %d: status %x", (int)role, (unsigned)status);
}

/* --- engine and spawner -------------------------------------------------------------------- */

/* Every call that could open a way out, with arguments the kernel would take. */
static int tries_sockets(void)
{
    int pair[2];
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/tmp/recto-none"};
    socklen_t len = sizeof name;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return WRONG; /* own processes talk by it */
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK};
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            if (socket(families[i], types[k], 0) >= 0 || errno != EACCES)
                return WRONG;
    if (socketpair(AF_TIPC, SOCK_STREAM, 0, pair) == 0 || errno != EACCES)
        return WRONG;
    if (connect(pair[0], (struct sockaddr *)&name, sizeof name) == 0 || errno != EACCES)
        return WRONG;
    if (bind(pair[0], (struct sockaddr *)&name, sizeof name) == 0 || errno != EACCES)
        return WRONG;
    if (listen(pair[0], 1) == 0 || errno != EACCES)
        return WRONG;
    if (accept(pair[0], (struct sockaddr *)&name, &len) >= 0 || errno != EACCES)
        return WRONG;
    if (accept4(pair[0], NULL, NULL, SOCK_CLOEXEC) >= 0 || errno != EACCES)
        return WRONG;
    return DONE;
}

static bool is_denied(long number)
{
    errno = 0;
    return syscall(number, 0L, 0L, 0L, 0L, 0L, 0L) == -1 && errno == EACCES;
}

static int tries_ways_around(void)
{
    bool denied = is_denied(SYS_io_uring_setup) && is_denied(SYS_io_uring_enter) &&
                  is_denied(SYS_io_uring_register) && is_denied(SYS_process_vm_readv) &&
                  is_denied(SYS_process_vm_writev) && is_denied(SYS_pidfd_getfd) &&
                  is_denied(SYS_bpf) && (SANITIZED || is_denied(SYS_ptrace));
#if defined(__x86_64__)
    /* the same calls by x32's numbers */
    denied = denied && is_denied(0x40000000L + SYS_socket) && is_denied(0x40000000L + SYS_getpid);
    /* and by the 32-bit entry, 102 is socketcall and 359 socket */
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(359L), "b"(1L), "c"(1L), "d"(0L) : "memory");
    denied = denied && (int)result == -EACCES;
#endif
    return denied ? DONE : WRONG;
}

static int reads_flags(void)
{
    char line[128];
    int found = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        found += strcmp(line, "Seccomp:\t2\n") == 0 || strcmp(line, "NoNewPrivs:\t1\n") == 0;
    return found == 2 ? DONE : WRONG;
}

static int starts_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return errno == EACCES ? DONE : WRONG;
}

static void *try_socket(void *result)
{
    *(int *)result = socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EACCES ? DONE : WRONG;
    return NULL;
}

static int enters_again_with_thread(void)
{
    pthread_t thread;
    int result = WRONG;
    if (recto_sandbox_enter(RECTO_SANDBOX_ENGINE, NULL) != RECTO_OK ||
        pthread_create(&thread, NULL, try_socket, &result) != 0)
        return WRONG;
    pthread_join(thread, NULL);
    return result;
}

static void engine_and_spawner_have_no_sockets(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_ENGINE, tries_sockets);
    assert_done(RECTO_SANDBOX_SPAWNER, tries_sockets);
}

static void engine_and_spawner_have_no_way_around(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_ENGINE, tries_ways_around);
    assert_done(RECTO_SANDBOX_SPAWNER, tries_ways_around);
    assert_done(RECTO_SANDBOX_ENGINE, reads_flags);
    assert_done(RECTO_SANDBOX_SPAWNER, reads_flags);
}

static void spawner_starts_no_program(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_SPAWNER, starts_program);
}

static void engine_enters_twice_and_its_threads_are_bound(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_ENGINE, enters_again_with_thread);
}

/* A thread that is there before: the filter must reach it too. */
static int gate[2];

static void *wait_then_try(void *result)
{
    char c;
    if (read(gate[0], &c, 1) == 1)
        try_socket(result);
    return NULL;
}

static void engine_filter_reaches_threads_that_run(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        int result = WRONG;
        if (pipe(gate) != 0 || pthread_create(&thread, NULL, wait_then_try, &result) != 0 ||
            recto_sandbox_enter(RECTO_SANDBOX_ENGINE, NULL) != RECTO_OK ||
            write(gate[1], "x", 1) != 1)
            _exit(WRONG);
        pthread_join(thread, NULL);
        _exit(result);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* --- parser -------------------------------------------------------------------------------- */

static int computes(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return WRONG;
    for (size_t size = 1; size < (size_t)64 << 20; size *= 3) {
        char *p = malloc(size);
        char *q = p != NULL ? realloc(p, 2 * size) : NULL;
        if (q == NULL)
            return WRONG;
        memset(q, 1, 2 * size);
        free(q);
    }
    return DONE;
}

static int aborts(void)
{
    abort();
}

/* The asides of C libraries: refused, and the process goes on. */
static int looks_around(void)
{
    if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        return WRONG;
    if (openat(AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600) >= 0 || errno != EACCES)
        return WRONG;
    if (syscall(SYS_open, "/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        return WRONG;
    if (access("/etc/passwd", F_OK) == 0 || errno != EACCES)
        return WRONG;
    return DONE;
}

static void parser_computes(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_PARSER, computes);
}

static void parser_opens_no_file(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_PARSER, looks_around);
}

static void parser_aborts_by_its_own_signal(void **state)
{
    (void)state;
    int status = outcome(RECTO_SANDBOX_PARSER, aborts);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* One forbidden system call a process; the arguments matter where some are allowed. */
typedef struct forbidden {
    const char *name;
    long number;
    long args[6];
} forbidden;

static const forbidden FORBIDDEN[] = {
    {"socket", SYS_socket, {AF_UNIX, SOCK_STREAM}},
    {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM}},
    {"connect", SYS_connect, {3}},
    {"bind", SYS_bind, {3}},
    {"listen", SYS_listen, {3, 1}},
    {"accept", SYS_accept, {3}},
    {"accept4", SYS_accept4, {3}},
    {"sendmsg", SYS_sendmsg, {3}},
    {"recvmsg", SYS_recvmsg, {3}},
    {"sendto with an address", SYS_sendto, {3, 0, 0, 0, 1, 16}},
    {"sendto elsewhere", SYS_sendto, {4}},
    {"recvfrom elsewhere", SYS_recvfrom, {4}},
    {"openat2", SYS_openat2, {AT_FDCWD}},
    {"creat", SYS_creat, {0}},
    {"open_by_handle_at", SYS_open_by_handle_at, {0}},
    {"execve", SYS_execve, {0}},
    {"execveat", SYS_execveat, {0}},
    {"fork", SYS_fork, {0}},
    {"vfork", SYS_vfork, {0}},
    {"clone", SYS_clone, {0}},
    {"clone3", SYS_clone3, {0}},
    {"kill", SYS_kill, {1, 0}},
    {"tkill", SYS_tkill, {1, 0}},
    {"tgkill of another", SYS_tgkill, {1, 1, SIGABRT}},
    {"rt_sigqueueinfo", SYS_rt_sigqueueinfo, {1, 0}},
    {"pidfd_open", SYS_pidfd_open, {1, 0}},
    {"pidfd_send_signal", SYS_pidfd_send_signal, {3}},
    {"ptrace", SYS_ptrace, {0}},
    {"process_vm_readv", SYS_process_vm_readv, {1}},
    {"io_uring_setup", SYS_io_uring_setup, {1}},
    {"bpf", SYS_bpf, {0}},
    {"unlink", SYS_unlink, {0}},
    {"rename", SYS_rename, {0}},
    {"mkdir", SYS_mkdir, {0}},
    {"chmod", SYS_chmod, {0}},
    {"mount", SYS_mount, {0}},
    {"chdir", SYS_chdir, {0}},
    {"getdents64", SYS_getdents64, {4}},
    {"read", SYS_read, {4}},
    {"write to the document", SYS_write, {4}},
    {"pwrite to the document", SYS_pwrite64, {4}},
    {"pread of the socket", SYS_pread64, {3}},
    {"ftruncate", SYS_ftruncate, {5, 0}},
    {"fallocate", SYS_fallocate, {5}},
    {"dup", SYS_dup, {4}},
    {"dup2", SYS_dup2, {4, 5}},
    {"fcntl", SYS_fcntl, {4}},
    {"close", SYS_close, {4}},
    {"memfd_create", SYS_memfd_create, {0}},
    {"mmap with PROT_EXEC", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, 0x22, -1, 0}},
    {"mmap shared", SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 4, 0}},
    {"mprotect with PROT_EXEC", SYS_mprotect, {0, 4096, PROT_EXEC}},
    {"madvise that poisons", SYS_madvise, {0, 4096, MADV_HWPOISON}},
    {"madvise out of range", SYS_madvise, {0, 4096, 0x100000000L + MADV_HWPOISON}},
    {"pkey_mprotect", SYS_pkey_mprotect, {0, 4096, PROT_EXEC, -1}},
    {"shmget", SYS_shmget, {0}},
    {"setrlimit", SYS_setrlimit, {RLIMIT_AS}},
    {"seccomp", SYS_seccomp, {0}},
    {"setuid", SYS_setuid, {0}},
    {"unshare", SYS_unshare, {0}},
    {"x32's getpid", 0x40000000L + SYS_getpid, {0}},
#if !defined(__SANITIZE_ADDRESS__)
    {"prctl", SYS_prctl, {PR_SET_DUMPABLE, 1}},
#endif
};

static const forbidden *tried;

static int tries_one(void)
{
    const long *a = tried->args;
    syscall(tried->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return WRONG; /* it came back */
}

static void parser_dies_of_everything_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FORBIDDEN / sizeof *FORBIDDEN; i++) {
        tried = &FORBIDDEN[i];
        int status = outcome(RECTO_SANDBOX_PARSER, tries_one);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %x", tried->name, (unsigned)status);
    }
}

/* --- Landlock and dumps -------------------------------------------------------------------- */

static int dumps_are_off(void)
{
    struct rlimit core;
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0 &&
                   prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
               ? DONE
               : WRONG;
}

static void no_dumps_holds(void **state)
{
    (void)state;
    assert_done(RECTO_SANDBOX_ENGINE, dumps_are_off);
}

static void landlock_version_is_told(void **state)
{
    (void)state;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0UL, 1UL);
    assert_int_equal(recto_sandbox_landlock(), abi > 0 ? abi : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_and_spawner_have_no_sockets),
        cmocka_unit_test(engine_and_spawner_have_no_way_around),
        cmocka_unit_test(spawner_starts_no_program),
        cmocka_unit_test(engine_enters_twice_and_its_threads_are_bound),
        cmocka_unit_test(engine_filter_reaches_threads_that_run),
        cmocka_unit_test(parser_computes),
        cmocka_unit_test(parser_opens_no_file),
        cmocka_unit_test(parser_aborts_by_its_own_signal),
        cmocka_unit_test(parser_dies_of_everything_else),
        cmocka_unit_test(no_dumps_holds),
        cmocka_unit_test(landlock_version_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
