#define _GNU_SOURCE /* seals */
#include "pipeline/input.h"

#include "pipeline/parser_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A piece: some hundred microseconds of hashing. */
enum { PIECE_BYTES = 256 << 10 };

/* --- opening ----------------------------------------------------------------------------- */

static int64_t mtime_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static recto_status check_size(uint64_t size, const recto_options *opt, recto_error *err)
{
    if (opt->max_bytes == 0 || size <= opt->max_bytes)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_LIMIT, "larger than the limit of %zu bytes",
                           opt->max_bytes);
}

/* What in->fd is, if it is anything that can be read at leisure. */
static recto_status look(recto_input *in, const recto_options *opt, recto_error *err)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
    if (S_ISDIR(st.st_mode))
        return recto_error_sys(err, RECTO_ERR_IO, EISDIR, "cannot read");
    if (!S_ISREG(st.st_mode))
        return recto_error_set(err, RECTO_ERR_IO,
                               "%s, not a file; what a program writes can be read with - from "
                               "standard input",
                               S_ISFIFO(st.st_mode)   ? "a pipe"
                               : S_ISSOCK(st.st_mode) ? "a socket"
                                                      : "a device");
    in->size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
    in->mtime_ns = mtime_ns(&st);
    if (in->size == 0)
        return recto_error_set(err, RECTO_ERR_FORMAT, "the file is empty");
    return check_size(in->size, opt, err);
}

/* O_NONBLOCK, since opening a pipe would wait for who writes it. */
static recto_status open_path(recto_input *in, const char *path, recto_error *err)
{
    in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    in->owned = in->fd >= 0;
    if (in->owned)
        return RECTO_OK;
    bool full = errno == EMFILE || errno == ENFILE; /* of open files: no fault of this one */
    return recto_error_sys(err, full ? RECTO_ERR_DEVICE : RECTO_ERR_IO, errno, "cannot open");
}

static recto_status copy_stdin(int to, const recto_options *opt, const recto_deadline *deadline,
                               recto_error *err)
{
    uint64_t size = 0;
    recto_status st = RECTO_OK;
    char *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    while ((st = recto_deadline_check(deadline, err)) == RECTO_OK) {
        ssize_t n = read(STDIN_FILENO, piece, PIECE_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            st = recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
        if (n <= 0)
            break;
        size += (uint64_t)n;
        st = check_size(size, opt, err);
        if (st == RECTO_OK && recto_file_write(to, piece, (size_t)n, err) != RECTO_OK)
            st = recto_error_sys(err, RECTO_ERR_IO, err != NULL ? err->sys : EIO,
                                 "cannot hold what comes from standard input");
        if (st != RECTO_OK)
            break;
    }
    free(piece);
    return st;
}

/* A file behind standard input is taken as it is, all else is copied. */
static recto_status open_stdin(recto_input *in, const recto_options *opt,
                               const recto_deadline *deadline, recto_error *err)
{
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
    if (S_ISDIR(st.st_mode))
        return recto_error_sys(err, RECTO_ERR_IO, EISDIR, "cannot read");
    bool whole = S_ISREG(st.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0;
    in->fd =
        whole ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : recto_sandbox_memory_file("recto-input");
    in->owned = in->fd >= 0;
    if (!in->owned)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
    if (whole)
        return RECTO_OK;
    recto_status copied = copy_stdin(in->fd, opt, deadline, err);
    if (copied == RECTO_OK)
        fcntl(in->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    return copied;
}

/* --- reading ----------------------------------------------------------------------------- */

bool recto_input_changed(const recto_input *in)
{
    struct stat st;
    return in->fd >= 0 && (fstat(in->fd, &st) != 0 || (uint64_t)st.st_size != in->size ||
                           mtime_ns(&st) != in->mtime_ns);
}

static recto_status hash_pieces(recto_input *in, char *piece, const recto_deadline *deadline,
                                recto_error *err)
{
    recto_sha256_run run;
    uint64_t done = 0;
    recto_sha256_begin(&run);
    while (done < in->size) {
        recto_status st = recto_deadline_check(deadline, err);
        if (st != RECTO_OK)
            return st;
        ssize_t n = pread(in->fd, piece, PIECE_BYTES, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
        if (n == 0)
            break;
        recto_sha256_add(&run, piece, (size_t)n);
        done += (uint64_t)n;
    }
    if (done != in->size || recto_input_changed(in))
        return recto_error_set(err, RECTO_ERR_IO, "the file changed while it was read");
    recto_sha256_end(in->sha256, &run);
    return RECTO_OK;
}

/* A large file on a slow disk is no fault of a page: its time stands still meanwhile. */
static recto_status hash_file(recto_input *in, recto_deadline *deadline, recto_error *err)
{
    double left = deadline != NULL && deadline->page_s > 0 ? deadline->page_s - recto_clock_s() : 0;
    char *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (left > 0)
        deadline->page_s = 0;
    recto_status st = hash_pieces(in, piece, deadline, err);
    if (left > 0)
        deadline->page_s = recto_clock_s() + left;
    free(piece);
    return st;
}

/* In this process: the bytes that are hashed are those that are parsed. */
static recto_status open_here(recto_input *in, const recto_source_options *opt, recto_error *err)
{
    recto_status st = recto_parser_load(&in->bytes, in->fd, in->size, err);
    if (st == RECTO_OK && recto_input_changed(in))
        st = recto_error_set(err, RECTO_ERR_IO, "the file changed while it was read");
    if (st != RECTO_OK)
        return st;
    recto_sha256(in->sha256, in->bytes.data, in->bytes.size);
    return recto_source_open(&in->source, in->bytes.data, in->bytes.size, opt, err);
}

static recto_status open_source(recto_input *in, const recto_options *opt, recto_deadline *deadline,
                                recto_error *err)
{
    recto_source_options source_opt = {.passwords = opt->passwords,
                                       .n_passwords = opt->n_passwords,
                                       .dpi = opt->dpi,
                                       .max_pixels = opt->max_pixels,
                                       .max_pages = opt->max_pages};
    recto_status st = look(in, opt, err);
    if (st != RECTO_OK)
        return st;
    if (opt->parsers == NULL)
        return open_here(in, &source_opt, err);
    st = hash_file(in, deadline, err);
    return st == RECTO_OK
               ? recto_parsers_open(&in->source, opt->parsers, in->fd, &source_opt, deadline, err)
               : st;
}

recto_status recto_input_open(recto_input *out, const char *path, const recto_options *opt,
                              recto_deadline *deadline, recto_error *err)
{
    const char *slash = strrchr(path, '/');
    *out = (recto_input){.name = slash != NULL ? slash + 1 : path, .fd = -1};
    recto_status st =
        strcmp(path, "-") == 0 ? open_stdin(out, opt, deadline, err) : open_path(out, path, err);
    return st == RECTO_OK ? open_source(out, opt, deadline, err) : st;
}

recto_status recto_input_open_fd(recto_input *out, int fd, const char *name,
                                 const recto_options *opt, recto_deadline *deadline,
                                 recto_error *err)
{
    *out = (recto_input){.name = name, .fd = fd};
    return open_source(out, opt, deadline, err);
}

const char *recto_input_format(const recto_input *in)
{
    static const char *const names[] = {"pdf", "png",  "jpeg", "tiff", "bmp",
                                        "gif", "webp", "pnm",  "jp2"};
    const char *format = recto_source_metadata(in->source)->format;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(format, names[i]) == 0)
            return names[i];
    return "other";
}

void recto_input_close(recto_input *in)
{
    recto_source_close(in->source);
    recto_bytes_close(&in->bytes);
    if (in->owned)
        close(in->fd);
    in->source = NULL;
    in->fd = -1;
    in->owned = false;
}
