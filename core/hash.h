/* SHA-256 of bytes (libsodium). */
#ifndef RECTO_CORE_HASH_H
#define RECTO_CORE_HASH_H

#include <stdbool.h>
#include <stddef.h>

#define RECTO_SHA256_HEX 65 /* 64 hex digits and NUL */

void recto_sha256(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len);
/** The same in pieces; false if stop(user), asked between them, says so. */
bool recto_sha256_unless(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len,
                         bool (*stop)(void *user), void *user);

#endif
