/* What a process of Recto may ask of the kernel: seccomp filters, Landlock, limits.
 *
 * Three roles.  No role may make, connect or accept a socket (socketpair is allowed to the engine),
 * use io_uring, ptrace, or another architecture's system calls. */
#ifndef RECTO_PIPELINE_SANDBOX_H
#define RECTO_PIPELINE_SANDBOX_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum recto_sandbox_role {
    RECTO_SANDBOX_ENGINE,  /* everything but sockets and the like: EACCES */
    RECTO_SANDBOX_SPAWNER, /* the process that forks parsers */
    RECTO_SANDBOX_PARSER,  /* memory, its descriptors and the end: nothing else; no file can be
                              opened */
} recto_sandbox_role;

/**
 * Restrict this process and those it will fork, for good.
 *
 * The engine's filter alone may be set more than once (library users); Landlock is used for parsers
 * where the kernel has it.  Errors: DEVICE (the kernel refuses; the message names --no-sandbox).
 */
RECTO_MUST_CHECK recto_status recto_sandbox_enter(recto_sandbox_role role, recto_error *err);

/** Landlock's version on this kernel, 0 = not there. */
int recto_sandbox_landlock(void);

/** No core files, not traceable; for every process, also without a sandbox. */
void recto_sandbox_no_dumps(void);

#endif
