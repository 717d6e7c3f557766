/* Files: whole inputs mapped or read, and outputs that appear whole or not at all. */
#ifndef RECTO_CORE_FILE_H
#define RECTO_CORE_FILE_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

/* The bytes of an input. */
typedef struct recto_bytes {
    const uint8_t *data;
    size_t size;
    bool mapped; /* munmap on close, else free */
} recto_bytes;

/**
 * Read a whole file (mapped read-only) or, for path "-", standard input (copied).
 *
 * out          zeroed on error; close with recto_bytes_close
 * limit_size   bytes; a larger input gives LIMIT; 0 = no limit
 *
 * Errors: IO (missing, unreadable, a directory), LIMIT, NOMEM.  An empty file is OK with size 0.
 * Note: a file that shrinks while mapped would raise SIGBUS, so inputs under 64 MiB are copied.
 */
RECTO_MUST_CHECK recto_status recto_bytes_read(recto_bytes *out, const char *path,
                                               size_t limit_size, recto_error *err);
void recto_bytes_close(recto_bytes *b);

/* An output under way: a temporary file beside its final name. */
typedef struct recto_outfile recto_outfile;

/**
 * Start writing path: a temporary file ".NAME.XXXXXX.tmp" in the same folder, mode 0666 & ~umask
 * restricted to 0600 unless the umask grants less.  Errors: OUTPUT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_outfile_open(recto_outfile **out, const char *path,
                                                 recto_error *err);
RECTO_MUST_CHECK recto_status recto_outfile_write(recto_outfile *f, const void *bytes, size_t len,
                                                  recto_error *err);
/** As write, at an offset from the start of the file, in any order; does not move where
 * recto_outfile_write goes on.  Bytes never written read as 0. */
RECTO_MUST_CHECK recto_status recto_outfile_put(recto_outfile *f, uint64_t offset,
                                                const void *bytes, size_t len, recto_error *err);
/** All is written: fsync and close, so that any number of outputs may wait for their names without
 * taking descriptors; commit or abort still follow.  Errors: OUTPUT. */
RECTO_MUST_CHECK recto_status recto_outfile_finish(recto_outfile *f, recto_error *err);
/** Finish, rename to the final name, fsync the folder; frees f whatever happens (on error the
 * temporary file is removed). */
RECTO_MUST_CHECK recto_status recto_outfile_commit(recto_outfile *f, recto_error *err);
/** Remove the temporary file and free f; NULL is a no-op. */
void recto_outfile_abort(recto_outfile *f);

/** Write all len bytes to fd: goes on after EINTR, short writes and (non-blocking fd) EAGAIN.
 * Errors: OUTPUT with errno; EPIPE needs SIGPIPE ignored, which is the program's business (cli
 * does). */
RECTO_MUST_CHECK recto_status recto_file_write(int fd, const void *bytes, size_t len,
                                               recto_error *err);
/** An anonymous private temporary file (O_TMPFILE in TMPDIR or /tmp, else created and unlinked); a
 * file descriptor
 * >= 0, close it with close(2).  Errors: OUTPUT. */
RECTO_MUST_CHECK recto_status recto_file_temp(int *fd_out, recto_error *err);

#endif
