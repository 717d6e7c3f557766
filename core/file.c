/* Files.  Inputs: regular files from 64 MiB are mapped, all else is read to its end.
 *
 * Outputs: written without a name (O_TMPFILE in the folder of the final name), so that nothing is
 * left however the process ends; fsync; then linked to the final name, which fails where that
 * exists, and then linked to a temporary name and renamed; fsync of the folder.  A temporary name
 * is taken earlier only where the file system has no unnamed files (NFS, vfat; then from the first
 * byte), and by outputs that wait for their name when descriptors are short.  Mode 0600 (the umask
 * may take more away) from the first byte. */
#define _GNU_SOURCE /* O_TMPFILE, mkostemps, getrandom */
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAP_FROM = 64 << 20, READ_FIRST = 64 << 10, NAME_MAX_BYTES = 255 };

/* --- inputs ----------------------------------------------------------------------------------- */

static recto_status too_large(size_t limit_size, recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_LIMIT, "larger than the limit of %zu bytes", limit_size);
}

/* Read fd to its end into malloc'd memory.  hint: bytes expected. */
static recto_status read_all(recto_bytes *out, int fd, size_t hint, size_t limit_size,
                             recto_error *err)
{
    size_t cap = hint < READ_FIRST ? READ_FIRST : hint + 1; /* one more, to see the end at once */
    size_t size = 0;
    uint8_t *data = malloc(cap);
    recto_status status = RECTO_OK;
    while (data != NULL) {
        ssize_t n = read(fd, data + size, cap - size);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            status = recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
            goto fail;
        }
        size += (size_t)n;
        if (limit_size != 0 && size > limit_size) {
            status = too_large(limit_size, err);
            goto fail;
        }
        if (size < cap)
            continue;
        uint8_t *grown = cap > SIZE_MAX / 2 ? NULL : realloc(data, cap * 2);
        if (grown == NULL)
            free(data);
        data = grown;
        cap *= 2;
    }
    if (data == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM,
                               "out of memory for an input of %zu bytes or "
                               "more",
                               size);
    *out = (recto_bytes){.data = data, .size = size};
    return RECTO_OK;
fail:
    free(data);
    return status;
}

static recto_status map_all(recto_bytes *out, int fd, size_t size, recto_error *err)
{
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot map");
    *out = (recto_bytes){.data = data, .size = size, .mapped = true};
    return RECTO_OK;
}

static recto_status read_fd(recto_bytes *out, int fd, size_t limit_size, recto_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read");
    if (S_ISDIR(st.st_mode))
        return recto_error_sys(err, RECTO_ERR_IO, EISDIR, "cannot read");
    size_t size = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
    if (limit_size != 0 && size > limit_size)
        return too_large(limit_size, err);
    if (size >= MAP_FROM && lseek(fd, 0, SEEK_CUR) == 0)
        return map_all(out, fd, size, err);
    return read_all(out, fd, size, limit_size, err);
}

recto_status recto_bytes_read(recto_bytes *out, const char *path, size_t limit_size,
                              recto_error *err)
{
    *out = (recto_bytes){0};
    if (strcmp(path, "-") == 0)
        return read_fd(out, STDIN_FILENO, limit_size, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot open");
    recto_status status = read_fd(out, fd, limit_size, err);
    close(fd);
    return status;
}

void recto_bytes_close(recto_bytes *b)
{
    if (b == NULL || b->data == NULL)
        return;
    /* the struct lends const bytes; these two calls are the only ones that take them back */
    void *data = (void *)(uintptr_t)b->data;
    if (b->mapped)
        munmap(data, b->size);
    else
        free(data);
    *b = (recto_bytes){0};
}

/* --- outputs ---------------------------------------------------------------------------------- */

recto_status recto_file_write(int fd, const void *bytes, size_t len, recto_error *err)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot write");
        }
    }
    return RECTO_OK;
}

struct recto_outfile {
    int fd;
    bool finished;
    bool named; /* there is a file of the name temp */
    char *path; /* final name */
    char *temp; /* name before it has that; ends in TEMP_TAIL if not named */
};

static void outfile_free(recto_outfile *f)
{
    if (f == NULL)
        return;
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    free(f->temp);
    free(f);
}

#define TEMP_TAIL ".XXXXXX.tmp"
enum {
    TEMP_TAIL_LEN = sizeof TEMP_TAIL - 1,
    TEMP_RANDOM_AT = 1, /* in the tail */
    TEMP_RANDOM_LEN = 6,
    TEMP_MOST_NAME = NAME_MAX_BYTES - 1 - TEMP_TAIL_LEN, /* of the final name that is taken over */
};

static const char temp_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* "FOLDER/.NAME.XXXXXX.tmp"; a long NAME is cut so that the whole fits a file name. */
static char *temp_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t folder_len = (size_t)(name - path);
    size_t name_len = strlen(name);
    name_len = name_len > TEMP_MOST_NAME ? TEMP_MOST_NAME : name_len;
    size_t size = folder_len + 1 + name_len + sizeof TEMP_TAIL;
    char *temp = malloc(size);
    if (temp != NULL)
        snprintf(temp, size, "%.*s.%.*s%s", (int)folder_len, path, (int)name_len, name, TEMP_TAIL);
    return temp;
}

/* The folder part of a path, to be freed; NULL if out of memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL   ? strdup(".")
           : slash == path ? strdup("/")
                           : strndup(path, (size_t)(slash - path));
}

enum { PROC_PATH_SIZE = 32 };

/* Where an unnamed file can be reached by a path: linking by descriptor alone is for root only. */
static void proc_path(char out[PROC_PATH_SIZE], int fd)
{
    snprintf(out, PROC_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* A file without a name in the folder of path that can be given one later; -1 if there is no such
 * thing there, or no /proc (a bare chroot). */
static int open_unnamed(const char *path)
{
    char link[PROC_PATH_SIZE];
    char *folder = folder_of(path);
    int fd = folder == NULL ? -1 : open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    free(folder);
    if (fd < 0)
        return -1;
    proc_path(link, fd);
    if (access(link, F_OK) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Give the unnamed file a name that is free; 0 or errno. */
static int link_to(int fd, const char *name)
{
    char link[PROC_PATH_SIZE];
    proc_path(link, fd);
    return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/* Give the unnamed file its temporary name; 0 or errno. */
static int link_to_temp(recto_outfile *f)
{
    enum { TRIES = 100 };
    char *random = f->temp + strlen(f->temp) - TEMP_TAIL_LEN + TEMP_RANDOM_AT;
    int sys = EEXIST;
    for (int i = 0; i < TRIES && sys == EEXIST; i++) {
        unsigned char bytes[TEMP_RANDOM_LEN];
        if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
            return errno;
        for (size_t k = 0; k < sizeof bytes; k++)
            random[k] = temp_letters[bytes[k] % (sizeof temp_letters - 1)];
        sys = link_to(f->fd, f->temp);
    }
    f->named = sys == 0;
    return sys;
}

/* A rename would put a file in the place of a device or a pipe; refuse those and folders. */
static int target_error(const char *path)
{
    struct stat st;
    size_t len = strlen(path);
    if (len == 0)
        return ENOENT;
    if (path[len - 1] == '/')
        return EISDIR;
    if (lstat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
        return 0; /* a missing folder shows when the temporary file is made */
    return S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
}

recto_status recto_outfile_open(recto_outfile **out, const char *path, recto_error *err)
{
    *out = NULL;
    int sys = target_error(path);
    if (sys != 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, sys, "cannot write '%s'", path);
    recto_outfile *f = calloc(1, sizeof *f);
    if (f == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    f->fd = -1;
    f->path = strdup(path);
    f->temp = temp_name(path);
    if (f->path == NULL || f->temp == NULL) {
        outfile_free(f);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    f->fd = open_unnamed(path);
    if (f->fd < 0) {
        f->fd = mkostemps(f->temp, 4, O_CLOEXEC); /* O_EXCL, mode 0600 & ~umask */
        f->named = f->fd >= 0;
    }
    if (f->fd < 0) {
        recto_status status =
            recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot write '%s'", path);
        outfile_free(f);
        return status;
    }
    *out = f;
    return RECTO_OK;
}

recto_status recto_outfile_write(recto_outfile *f, const void *bytes, size_t len, recto_error *err)
{
    recto_status status = recto_file_write(f->fd, bytes, len, err);
    if (status != RECTO_OK)
        recto_error_prefix(err, status, "'%s': ", f->path);
    return status;
}

recto_status recto_outfile_put(recto_outfile *f, uint64_t offset, const void *bytes, size_t len,
                               recto_error *err)
{
    const char *p = bytes;
    if (offset > INT64_MAX || len > INT64_MAX - offset)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, EFBIG, "cannot write '%s'", f->path);
    while (len > 0) {
        ssize_t n = pwrite(f->fd, p, len, (off_t)offset);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
            offset += (uint64_t)n;
        } else if (n < 0 && errno != EINTR) {
            return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot write '%s'", f->path);
        }
    }
    return RECTO_OK;
}

/* Make a name last.  Some file systems cannot sync a folder, and a folder may be writable but not
 * readable: neither harms the file, so this has no result. */
static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
    int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

/* May an output that waits keep its descriptor?  Low numbers may: the other half of those this
 * process can have is for everything else. */
static bool may_keep(int fd)
{
    struct rlimit most;
    return getrlimit(RLIMIT_NOFILE, &most) == 0 && (rlim_t)fd < most.rlim_cur / 2;
}

recto_status recto_outfile_finish(recto_outfile *f, recto_error *err)
{
    int sys = 0;
    if (f->finished)
        return RECTO_OK;
    if (fsync(f->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        sys = errno;
    if (sys == 0 && !f->named && !may_keep(f->fd))
        sys = link_to_temp(f);
    if (f->named) {
        if (close(f->fd) != 0 && errno != EINTR && sys == 0)
            sys = errno; /* NFS and quotas report here */
        f->fd = -1;
    }
    f->finished = sys == 0;
    return sys == 0 ? RECTO_OK
                    : recto_error_sys(err, RECTO_ERR_OUTPUT, sys, "cannot write '%s'", f->path);
}

/* The finished file gets its final name; 0 or errno. */
static int name_it(recto_outfile *f)
{
    int sys = f->named ? EEXIST : link_to(f->fd, f->path);
    if (sys != EEXIST)
        return sys;
    sys = f->named ? 0 : link_to_temp(f);
    if (sys == 0 && rename(f->temp, f->path) != 0)
        sys = errno;
    f->named = f->named && sys != 0;
    return sys;
}

recto_status recto_outfile_commit(recto_outfile *f, recto_error *err)
{
    recto_status status = recto_outfile_finish(f, err);
    int sys = status == RECTO_OK ? name_it(f) : 0;
    if (sys != 0)
        status = recto_error_sys(err, RECTO_ERR_OUTPUT, sys, "cannot write '%s'", f->path);
    if (status == RECTO_OK)
        sync_folder(f->path);
    recto_outfile_abort(f);
    return status;
}

void recto_outfile_abort(recto_outfile *f)
{
    if (f == NULL)
        return;
    if (f->named)
        unlink(f->temp);
    outfile_free(f);
}

/* The final name within a temporary one: its length, 0 if this is none of ours. */
static size_t final_len(const char *temp)
{
    size_t len = strlen(temp);
    if (temp[0] != '.' || len < 1 + 1 + TEMP_TAIL_LEN)
        return 0;
    const char *tail = temp + len - TEMP_TAIL_LEN;
    const char *random = tail + TEMP_RANDOM_AT;
    bool fits = tail[0] == '.' && strspn(random, temp_letters) == TEMP_RANDOM_LEN &&
                strcmp(random + TEMP_RANDOM_LEN, ".tmp") == 0;
    return fits ? len - 1 - TEMP_TAIL_LEN : 0;
}

/* Remove the temporary file if it is a regular file of this user. */
static bool remove_stale(int folder, const char *temp)
{
    struct stat st;
    return fstatat(folder, temp, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_uid == geteuid() && unlinkat(folder, temp, 0) == 0;
}

int recto_outfile_sweep(const char *folder, recto_outfile_is_ours is_ours, void *user)
{
    char name[NAME_MAX_BYTES + 1];
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        size_t len = final_len(e->d_name);
        if (len == 0)
            continue;
        memcpy(name, e->d_name + 1, len);
        name[len] = '\0';
        if (is_ours(user, name, len == TEMP_MOST_NAME))
            n += remove_stale(dirfd(d), e->d_name);
    }
    if (d != NULL)
        closedir(d);
    return n;
}

recto_status recto_file_temp(int *fd_out, recto_error *err)
{
    *fd_out = -1;
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] != '/')
        folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0) { /* not on every file system */
        size_t size = strlen(folder) + sizeof "/recto.XXXXXX";
        char *name = malloc(size);
        if (name == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        snprintf(name, size, "%s/recto.XXXXXX", folder);
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0)
            unlink(name);
        free(name);
    }
    if (fd < 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, errno,
                               "cannot make a temporary file in '%s' (TMPDIR)", folder);
    *fd_out = fd;
    return RECTO_OK;
}
