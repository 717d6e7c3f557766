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

/* An output under way: a file without a name, so that nothing is left of it however the process
 * ends, kill -9 included.  Where the file system has no such files (NFS, vfat), where /proc is not
 * mounted, and for a moment when an older file is replaced, it is called ".NAME.XXXXXX.tmp" in the
 * folder of the final name; recto_outfile_sweep removes what a killed run left of those. */
typedef struct recto_outfile recto_outfile;

/**
 * Start writing path: mode 0666 & ~umask restricted to 0600 unless the umask grants less.
 * Errors: OUTPUT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_outfile_open(recto_outfile **out, const char *path,
                                                 recto_error *err);
RECTO_MUST_CHECK recto_status recto_outfile_write(recto_outfile *f, const void *bytes, size_t len,
                                                  recto_error *err);
/** As write, at an offset from the start of the file, in any order; does not move where
 * recto_outfile_write goes on.  Bytes never written read as 0. */
RECTO_MUST_CHECK recto_status recto_outfile_put(recto_outfile *f, uint64_t offset,
                                                const void *bytes, size_t len, recto_error *err);
/** All is written: fsync; commit or abort still follow.  Any number of outputs may wait like this:
 * only half of the descriptors that the process may have are taken by them, the rest wait under
 * temporary names.  Errors: OUTPUT. */
RECTO_MUST_CHECK recto_status recto_outfile_finish(recto_outfile *f, recto_error *err);
/** Finish, take the final name (and the place of what had it), fsync the folder; frees f whatever
 * happens (on error nothing is left). */
RECTO_MUST_CHECK recto_status recto_outfile_commit(recto_outfile *f, recto_error *err);
/** Drop what was written and free f; NULL is a no-op. */
void recto_outfile_abort(recto_outfile *f);

/** Is the output of that name (in the folder being swept) ours, with nobody writing it now?
 * cut: the name is a long one of which only these first bytes are known. */
typedef bool (*recto_outfile_is_ours)(void *user, const char *name, bool cut);
/**
 * Remove the temporary files that killed runs left in a folder: regular files of this user whose
 * names are exactly of our pattern, and whose output is_ours says yes to.
 *
 * The caller decides by name because runs that share OUT (shards) write into the same folders.
 * Returns how many were removed; a folder that cannot be read counts as empty.  O(files in the
 * folder): call it once a folder, not once a document.
 */
int recto_outfile_sweep(const char *folder, recto_outfile_is_ours is_ours, void *user);

/** Write all len bytes to fd: goes on after EINTR, short writes and (non-blocking fd) EAGAIN.
 * Errors: OUTPUT with errno; EPIPE needs SIGPIPE ignored, which is the program's business (cli
 * does). */
RECTO_MUST_CHECK recto_status recto_file_write(int fd, const void *bytes, size_t len,
                                               recto_error *err);
/** An anonymous private temporary file (O_TMPFILE in TMPDIR or /tmp; where the file system has no
 * such files, created and unlinked at once, so that a kill between the two leaves an empty file); a
 * file descriptor >= 0, close it with close(2).  Errors: OUTPUT. */
RECTO_MUST_CHECK recto_status recto_file_temp(int *fd_out, recto_error *err);

#endif
