#include "core/hash.h"

#include <sodium.h>
#include <stdint.h>

/* About 10 ms of work. */
static const size_t PIECE_BYTES = (size_t)4 << 20;

void recto_sha256(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, bytes, len);
    sodium_bin2hex(hex_out, RECTO_SHA256_HEX, digest, sizeof digest);
}

bool recto_sha256_unless(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len,
                         bool (*stop)(void *user), void *user)
{
    const uint8_t *p = bytes;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (size_t n; len > 0; p += n, len -= n) {
        if (stop(user))
            return false;
        n = len < PIECE_BYTES ? len : PIECE_BYTES;
        crypto_hash_sha256_update(&state, p, n);
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex_out, RECTO_SHA256_HEX, digest, sizeof digest);
    return true;
}
