/* Status codes, the error record, and the few compiler attributes the project uses.
 *
 * Anything that can fail returns recto_status; the class of the code decides what a batch does
 * (skip the page, retry, stop).  Details are filled where the error is first seen; each level
 * above may put context in front ("page 12: ").  Nobody below `cli` prints, exits or aborts. */
#ifndef RECTO_CORE_STATUS_H
#define RECTO_CORE_STATUS_H

#include <stdint.h>

#if defined(__GNUC__)
#define RECTO_MUST_CHECK         __attribute__((warn_unused_result))
#define RECTO_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define RECTO_MAYBE_UNUSED       __attribute__((unused))
#else
#define RECTO_MUST_CHECK
#define RECTO_PRINTF(fmt, first)
#define RECTO_MAYBE_UNUSED
#endif

typedef enum recto_status {
    RECTO_OK = 0,
    RECTO_ERR_NOMEM,       /* allocation failed */
    RECTO_ERR_IO,          /* reading failed; err->sys is errno */
    RECTO_ERR_OUTPUT,      /* writing a result failed; err->sys is errno */
    RECTO_ERR_ARG,         /* the caller broke the contract: a bug, or a usage error in cli */
    RECTO_ERR_FORMAT,      /* bytes are not what the format says; err->offset says where if known */
    RECTO_ERR_UNSUPPORTED, /* valid, but not handled */
    RECTO_ERR_ENCRYPTED,   /* a password is needed, or none of those given fits */
    RECTO_ERR_LIMIT,       /* a configured limit was reached */
    RECTO_ERR_MODEL,       /* weights or config do not fit the code */
    RECTO_ERR_DEVICE,      /* a compute back end failed */
    RECTO_ERR_CANCELLED,   /* the user asked to stop */
    RECTO_ERR_TIMEOUT,     /* a page or a document took longer than it was granted */
    RECTO_ERR_CRASH,       /* the process that parses the document died */
    RECTO_STATUS_COUNT
} recto_status;

typedef struct recto_error {
    recto_status code;
    int sys;         /* errno, 0 if none */
    uint64_t offset; /* byte offset in the input, UINT64_MAX if unknown */
    char msg[256];   /* one line, no newline, no document text */
} recto_error;

/**
 * Fill an error record and return its code, so that `return recto_error_set(err, ...)` works.
 *
 * err   may be NULL (the code is still returned)
 * code  not RECTO_OK
 * fmt   printf format of a one-line message: what is wrong, where, what to do
 */
recto_status recto_error_set(recto_error *err, recto_status code, const char *fmt, ...)
    RECTO_PRINTF(3, 4);

/** As recto_error_set, with errno; the message gets ": " and the system's text appended. */
recto_status recto_error_sys(recto_error *err, recto_status code, int sys, const char *fmt, ...)
    RECTO_PRINTF(4, 5);

/** Put context in front of the message ("page 12: "), keep code, sys and offset; returns the code.
 */
recto_status recto_error_prefix(recto_error *err, recto_status code, const char *fmt, ...)
    RECTO_PRINTF(3, 4);

/** A short lower-case class name for journals and reports: "ok", "io", "format", "encrypted"... */
const char *recto_status_name(recto_status code);

#endif
