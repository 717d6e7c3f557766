/* Filters by libseccomp, written out as BPF once and set by the raw system call, so that a parser's
 * start costs no compilation; Landlock by raw system calls, since Debian 12's headers stop at its
 * second version.
 *
 * The engine's and the spawner's filters are lists of what is denied (EACCES): those processes
 * open files and start threads, and their code is ours.  The parser's is a list of what is allowed;
 * anything else ends the process.  Between the two lie the calls by which a C library looks around
 * (open, stat, readlink...): they fail with EACCES, since a library that asks for a file it can do
 * without must not cost the page. */
#define _GNU_SOURCE
#include "pipeline/sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Stands in a compiled parser's filter where its own process number belongs: beyond what the kernel
 * gives out (PID_MAX_LIMIT is 4 Mi). */
static const uint32_t PID_HERE = 0x7ec70f00u;

struct recto_sandbox_program {
    recto_sandbox_role role;
    struct sock_filter *code;
    unsigned short n_code;
    struct sock_filter *pid_at; /* the instruction that compares with PID_HERE; or NULL */
};

typedef struct rule {
    int call;
    unsigned n_args;
    struct scmp_arg_cmp args[2];
} rule;

/* --- what the roles may do ------------------------------------------------------------------- */

/* EACCES for the engine and the spawner. */
static const int DENIED[] = {
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(io_uring_setup), /* would do all of the above unseen */
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
#if !SANITIZED /* the leak checker stops threads with it */
    SCMP_SYS(ptrace),
#endif
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd), /* another process's socket */
    SCMP_SYS(bpf),
};

/* EACCES for the spawner besides. */
static const int DENIED_SPAWNER[] = {SCMP_SYS(execve), SCMP_SYS(execveat)};

/* The parser's, whatever the arguments. */
static const int ALLOWED[] = {
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), /* malloc, when its first arena is full */
    SCMP_SYS(sysinfo),           /* qsort, to choose how; it does not look whether it was refused */
#if SANITIZED
    SCMP_SYS(sigaltstack),
    SCMP_SYS(prctl),
    SCMP_SYS(getrusage),
#endif
};

/* The parser's, with these arguments. */
static const rule ALLOWED_WITH[] = {
    /* memory that is its own and holds no code */
    {SCMP_SYS(mmap),
     2,
     {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}, {3, SCMP_CMP_MASKED_EQ, 0x0f, MAP_PRIVATE}}},
    /* what lies above may, for root, take pages from the machine */
    {SCMP_SYS(madvise), 1, {{2, SCMP_CMP_LT, MADV_HWPOISON, 0}}},
    {SCMP_SYS(mprotect), 1, {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}}},
    {SCMP_SYS(pread64), 1, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_DOCUMENT, 0}}},
    {SCMP_SYS(pread64), 1, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_REPLY, 0}}},
    {SCMP_SYS(pwrite64), 1, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_REPLY, 0}}},
    {SCMP_SYS(sendto), 2, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_SOCKET, 0}, {4, SCMP_CMP_EQ, 0, 0}}},
    {SCMP_SYS(recvfrom), 2, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_SOCKET, 0}, {4, SCMP_CMP_EQ, 0, 0}}},
    {SCMP_SYS(write), 1, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_ERROR, 0}}},
    {SCMP_SYS(writev), 1, {{0, SCMP_CMP_EQ, RECTO_SANDBOX_FD_ERROR, 0}}},
};

/* EACCES for the parser: the asides of C libraries. */
static const int REFUSED[] = {
    SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(stat),      SCMP_SYS(lstat),
    SCMP_SYS(fstat),     SCMP_SYS(newfstatat), SCMP_SYS(statx),     SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),  SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),    SCMP_SYS(ioctl),      SCMP_SYS(prlimit64),
};

/* --- making a filter -------------------------------------------------------------------------- */

static int add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
    int failed = 0;
    for (size_t i = 0; i < n && failed == 0; i++)
        failed = seccomp_rule_add_array(ctx, action, calls[i], 0, NULL);
    return failed;
}

static int add_denied(scmp_filter_ctx ctx, recto_sandbox_role role)
{
    const uint32_t action = SCMP_ACT_ERRNO(EACCES);
    const struct scmp_arg_cmp foreign = {0, SCMP_CMP_NE, AF_UNIX, 0};
    int failed = add_all(ctx, action, DENIED, sizeof DENIED / sizeof *DENIED);
    if (failed == 0)
        failed = seccomp_rule_add_array(ctx, action, SCMP_SYS(socketpair), 1, &foreign);
    if (failed == 0 && role == RECTO_SANDBOX_SPAWNER)
        failed = add_all(ctx, action, DENIED_SPAWNER, sizeof DENIED_SPAWNER / sizeof(int));
    return failed;
}

static int add_allowed(scmp_filter_ctx ctx)
{
    /* abort() must end in SIGABRT, and no other process be signalled */
    const struct scmp_arg_cmp itself[] = {{0, SCMP_CMP_EQ, PID_HERE, 0},
                                          {2, SCMP_CMP_EQ, SIGABRT, 0}};
    int failed = add_all(ctx, SCMP_ACT_ALLOW, ALLOWED, sizeof ALLOWED / sizeof *ALLOWED);
    for (size_t i = 0; i < sizeof ALLOWED_WITH / sizeof *ALLOWED_WITH && failed == 0; i++)
        failed = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, ALLOWED_WITH[i].call,
                                        ALLOWED_WITH[i].n_args, ALLOWED_WITH[i].args);
    if (failed == 0)
        failed = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2, itself);
    if (failed == 0)
        failed = add_all(ctx, SCMP_ACT_ERRNO(EACCES), REFUSED, sizeof REFUSED / sizeof *REFUSED);
    return failed;
}

/* Write the filter out as instructions; a negative errno like libseccomp's. */
static int export(recto_sandbox_program *p, scmp_filter_ctx ctx)
{
    int fd = recto_sandbox_memory_file("recto-filter");
    if (fd < 0)
        return -errno;
    int failed = seccomp_export_bpf(ctx, fd);
    off_t size = failed == 0 ? lseek(fd, 0, SEEK_END) : 0;
    size_t bytes = size > 0 ? (size_t)size : 0;
    if (failed == 0 &&
        (bytes == 0 || bytes % sizeof *p->code != 0 || bytes / sizeof *p->code > BPF_MAXINSNS))
        failed = -EINVAL;
    if (failed == 0) {
        p->code = malloc(bytes);
        if (p->code == NULL)
            failed = -ENOMEM;
        else if (pread(fd, p->code, bytes, 0) != (ssize_t)bytes)
            failed = -EIO;
        else
            p->n_code = (unsigned short)(bytes / sizeof *p->code);
    }
    close(fd);
    return failed;
}

/* Find where the process number belongs: exactly one place. */
static int find_pid(recto_sandbox_program *p)
{
    for (size_t i = 0; i < p->n_code; i++) {
        if (p->code[i].code != (BPF_JMP | BPF_JEQ | BPF_K) || p->code[i].k != PID_HERE)
            continue;
        if (p->pid_at != NULL)
            return -EINVAL;
        p->pid_at = &p->code[i];
    }
    return p->pid_at != NULL ? 0 : -EINVAL;
}

static int build(recto_sandbox_program *p)
{
    bool parser = p->role == RECTO_SANDBOX_PARSER;
    scmp_filter_ctx ctx = seccomp_init(parser ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
    if (ctx == NULL)
        return -ENOMEM;
    int failed =
        seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
                         parser ? SCMP_ACT_KILL_PROCESS : (uint32_t)SCMP_ACT_ERRNO(EACCES));
    if (failed == 0)
        failed = parser ? add_allowed(ctx) : add_denied(ctx, p->role);
    if (failed == 0)
        failed = export(p, ctx);
    if (failed == 0 && parser)
        failed = find_pid(p);
    seccomp_release(ctx);
    return failed;
}

static recto_status refused(int sys, const char *what, recto_error *err)
{
    return recto_error_sys(err, RECTO_ERR_DEVICE, sys,
                           "the kernel refuses the sandbox (--no-sandbox works without it): %s",
                           what);
}

recto_status recto_sandbox_compile(recto_sandbox_program **out, recto_sandbox_role role,
                                   recto_error *err)
{
    *out = NULL;
    recto_sandbox_program *p = calloc(1, sizeof *p);
    if (p == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    p->role = role;
    int failed = build(p);
    if (failed != 0) {
        recto_sandbox_free(p);
        return refused(-failed, "seccomp filter", err);
    }
    *out = p;
    return RECTO_OK;
}

void recto_sandbox_free(recto_sandbox_program *p)
{
    if (p == NULL)
        return;
    free(p->code);
    free(p);
}

/* --- Landlock --------------------------------------------------------------------------------- */

/* As the kernel's newest landlock_ruleset_attr; older kernels take it when what they do not know
 * is 0. */
typedef struct landlock_rules {
    uint64_t files, net, scoped;
} landlock_rules;

int recto_sandbox_landlock(void)
{
    const unsigned long version = 1; /* LANDLOCK_CREATE_RULESET_VERSION */
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0UL, version);
    return abi > 0 ? (int)abi : 0;
}

/* No rights are granted, so everything a version handles is denied. */
static recto_status enter_landlock(recto_error *err)
{
    int abi = recto_sandbox_landlock();
    if (abi == 0)
        return RECTO_OK;
    /* bits of LANDLOCK_ACCESS_FS_*: 13 in version 1, then REFER, TRUNCATE, IOCTL_DEV */
    int n_file_rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    landlock_rules rules = {
        .files = ((uint64_t)1 << n_file_rights) - 1,
        .net = abi >= 4 ? 3 : 0,    /* BIND_TCP, CONNECT_TCP */
        .scoped = abi >= 6 ? 3 : 0, /* ABSTRACT_UNIX_SOCKET, SIGNAL */
    };
    long fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0UL);
    if (fd < 0)
        return refused(errno, "Landlock", err);
    long failed = syscall(SYS_landlock_restrict_self, fd, 0UL);
    int sys = errno;
    close((int)fd);
    return failed == 0 ? RECTO_OK : refused(sys, "Landlock", err);
}

/* --- entering --------------------------------------------------------------------------------- */

recto_status recto_sandbox_apply(recto_sandbox_program *p, recto_error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refused(errno, "no_new_privs", err);
    if (p->role == RECTO_SANDBOX_PARSER) {
        recto_status st = enter_landlock(err);
        if (st != RECTO_OK)
            return st;
        p->pid_at->k = (uint32_t)getpid();
    }
    struct sock_fprog program = {.len = p->n_code, .filter = p->code};
    /* all threads of an engine; the others have one */
    unsigned flags = p->role == RECTO_SANDBOX_ENGINE ? SECCOMP_FILTER_FLAG_TSYNC : 0;
    long failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (failed != 0) /* a positive number is the thread that could not follow */
        return refused(failed > 0 ? EBUSY : errno, "seccomp", err);
    return RECTO_OK;
}

recto_status recto_sandbox_enter(recto_sandbox_role role, recto_error *err)
{
    recto_sandbox_program *p;
    recto_status st = recto_sandbox_compile(&p, role, err);
    if (st != RECTO_OK)
        return st;
    st = recto_sandbox_apply(p, err);
    recto_sandbox_free(p);
    return st;
}

int recto_sandbox_memory_file(const char *name)
{
    const unsigned no_exec = 0x8; /* MFD_NOEXEC_SEAL: from Linux 6.3, where it may be demanded */
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | no_exec);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

void recto_sandbox_no_dumps(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
