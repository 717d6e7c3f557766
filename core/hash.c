#include "core/hash.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

/* About 10 ms of work. */
static const size_t PIECE_BYTES = (size_t)4 << 20;
/* Of a file at a time: stays in the cache. */
enum { READ_BYTES = 1 << 18 };

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

/* The next piece of a file at offset: its size, 0 at the end, -1 on error. */
static ssize_t read_piece(int fd, uint8_t *piece, uint64_t offset)
{
    ssize_t n;
    do
        n = pread(fd, piece, READ_BYTES, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n;
}

recto_status recto_sha256_fd(char hex_out[RECTO_SHA256_HEX], uint64_t *size_out, int fd,
                             uint64_t limit_size, bool (*stop)(void *user), void *user,
                             recto_error *err)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    recto_status st = RECTO_OK;
    uint64_t size = 0;
    ssize_t n = 1;
    hex_out[0] = '\0';
    uint8_t *piece = malloc(READ_BYTES);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    crypto_hash_sha256_init(&state);
    while (st == RECTO_OK && n > 0) {
        n = read_piece(fd, piece, size);
        if (n < 0)
            st = recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read it");
        else
            crypto_hash_sha256_update(&state, piece, (size_t)n);
        size += n > 0 ? (uint64_t)n : 0;
        if (st == RECTO_OK && limit_size > 0 && size > limit_size)
            st = recto_error_set(err, RECTO_ERR_LIMIT, "it is larger than %llu bytes",
                                 (unsigned long long)limit_size);
        else if (st == RECTO_OK && stop != NULL && stop(user))
            st = recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    }
    free(piece);
    if (st != RECTO_OK)
        return st;
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex_out, RECTO_SHA256_HEX, digest, sizeof digest);
    if (size_out != NULL)
        *size_out = size;
    return RECTO_OK;
}

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(recto_sha256_run) &&
                   _Alignof(crypto_hash_sha256_state) <= _Alignof(recto_sha256_run),
               "a run holds libsodium's state");

void recto_sha256_begin(recto_sha256_run *run)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)run);
}

void recto_sha256_add(recto_sha256_run *run, const void *bytes, size_t len)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)run, bytes, len);
}

void recto_sha256_end(char hex_out[RECTO_SHA256_HEX], recto_sha256_run *run)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)run, digest);
    sodium_bin2hex(hex_out, RECTO_SHA256_HEX, digest, sizeof digest);
}
