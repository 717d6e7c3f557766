#include "core/hash.h"

#include <sodium.h>

void recto_sha256(char hex_out[RECTO_SHA256_HEX], const void *bytes, size_t len)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, bytes, len);
    sodium_bin2hex(hex_out, RECTO_SHA256_HEX, digest, sizeof digest);
}
