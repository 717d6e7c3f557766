/* SHA-256 of bytes (libsodium). */
#ifndef RECTO_CORE_HASH_H
#define RECTO_CORE_HASH_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECTO_SHA256_HEX 65 /* 64 hex digits and NUL */

void recto_sha256(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len);
/** The same in pieces; false if stop(user), asked between them, says so. */
bool recto_sha256_unless(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len,
                         bool (*stop)(void *user), void *user);

/**
 * Hash of a whole file, read in pieces.
 *
 * size_out    bytes that were hashed; may be NULL
 * fd          seekable; its position is not used
 * limit_size  bytes; a larger file gives LIMIT; 0 = no limit
 * stop        asked between pieces; or NULL
 *
 * Errors: IO, LIMIT, NOMEM, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_sha256_fd(char hex_out[RECTO_SHA256_HEX], uint64_t *size_out,
                                              int fd, uint64_t limit_size, bool (*stop)(void *user),
                                              void *user, recto_error *err);

/* The SHA-256 of bytes that come in pieces. */
typedef struct recto_sha256_run {
    uint64_t state[16]; /* libsodium's, which is smaller */
} recto_sha256_run;

void recto_sha256_begin(recto_sha256_run *run);
void recto_sha256_add(recto_sha256_run *run, const void *bytes, size_t len);
void recto_sha256_end(char hex_out[RECTO_SHA256_HEX], recto_sha256_run *run);

#endif
