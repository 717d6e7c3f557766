/* What a process of Recto may ask of the kernel: seccomp filters, Landlock, core dumps.
 *
 * Three roles.  No role may make, connect or accept a socket (an anonymous socketpair is allowed to
 * the engine), use io_uring, ptrace, or another architecture's system calls. */
#ifndef RECTO_PIPELINE_SANDBOX_H
#define RECTO_PIPELINE_SANDBOX_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum recto_sandbox_role {
    RECTO_SANDBOX_ENGINE,  /* everything but sockets and the like: EACCES */
    RECTO_SANDBOX_SPAWNER, /* the process that forks parsers: the same, and no other program */
    RECTO_SANDBOX_PARSER,  /* memory, its descriptors and the end: nothing else; no file can be
                              opened */
} recto_sandbox_role;

/* The only descriptors a parser's filter lets it use, for one purpose each. */
enum {
    RECTO_SANDBOX_FD_ERROR = 2,    /* write: /dev/null */
    RECTO_SANDBOX_FD_SOCKET = 3,   /* send and receive, without addresses */
    RECTO_SANDBOX_FD_DOCUMENT = 4, /* pread, private mapping */
    RECTO_SANDBOX_FD_REPLY = 5,    /* pwrite, pread */
};

/**
 * Restrict this process and those it will fork, for good.
 *
 * The engine's filter holds for all threads and may be set more than once (library users); Landlock
 * is used for parsers where the kernel has it.  Errors: DEVICE (the kernel refuses; the message
 * names --no-sandbox), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_sandbox_enter(recto_sandbox_role role, recto_error *err);

/* A role's filter, made once for many processes. */
typedef struct recto_sandbox_program recto_sandbox_program;

/** Make the filter of a role.  Free with recto_sandbox_free.  Errors: DEVICE, NOMEM. */
RECTO_MUST_CHECK recto_status recto_sandbox_compile(recto_sandbox_program **out,
                                                    recto_sandbox_role role, recto_error *err);
/** recto_sandbox_enter with a filter that is there already; allocates nothing.  Errors: DEVICE. */
RECTO_MUST_CHECK recto_status recto_sandbox_apply(recto_sandbox_program *p, recto_error *err);
void recto_sandbox_free(recto_sandbox_program *p); /* NULL is a no-op */

/** Landlock's version on this kernel, 0 = not there. */
int recto_sandbox_landlock(void);

/** An unnamed file in memory, closed on exec, that can be sealed and never executed; a descriptor,
 * or -1 with errno. */
int recto_sandbox_memory_file(const char *name);

/** No core files, not traceable; for every process, also without a sandbox. */
void recto_sandbox_no_dumps(void);

#endif
