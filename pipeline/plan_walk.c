/* Walking folders.  One folder is open at a time, whatever the depth: its files are taken, its
 * folders are put on a pile by name, and it is closed before the next is opened.  Links to folders
 * are not followed, so there are no cycles; a folder whose path is too long to be opened is one
 * record for all in it. */
#include "pipeline/plan_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_EVERY = 256 }; /* files between two questions whether to stop */

typedef struct walk {
    recto_plan_build *b;
    const char *prefix;
    size_t n_root;  /* bytes of a path in front of its key: the folder's own, with its slash */
    char **folders; /* [n_folders] still to be read, malloc'd */
    size_t n_folders, cap_folders;
    recto_buf path, key; /* of the file in hand */
    bool is_root;        /* the folder in hand is the one that was asked for */
} walk;

static recto_status out_of_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

static bool matches(const char *const *patterns, int n, const char *name, const char *key)
{
    for (int i = 0; i < n; i++)
        if (fnmatch(patterns[i], strchr(patterns[i], '/') != NULL ? key : name, 0) == 0)
            return true;
    return false;
}

/* Also counts it. */
static bool skips_folder(recto_plan_build *b, const char *name, const char *key)
{
    const recto_plan_options *opt = b->opt;
    bool hidden = name[0] == '.' && !opt->hidden;
    bool excluded = !hidden && matches(opt->exclude, opt->n_exclude, name, key);
    b->plan->n_hidden += hidden;
    b->plan->n_excluded += excluded;
    return hidden || excluded;
}

bool recto_plan_skips_file(recto_plan_build *b, const char *name, const char *key)
{
    const recto_plan_options *opt = b->opt;
    if (skips_folder(b, name, key))
        return true;
    bool excluded = opt->n_include > 0 && !matches(opt->include, opt->n_include, name, key);
    b->plan->n_excluded += excluded;
    return excluded;
}

void recto_plan_join(recto_buf *to, const char *folder, const char *name)
{
    size_t n = strlen(folder);
    recto_buf_clear(to);
    recto_buf_add(to, folder, n);
    if (n > 0 && folder[n - 1] != '/')
        recto_buf_char(to, '/');
    recto_buf_text(to, name);
}

static recto_status push(walk *w, const char *path, recto_error *err)
{
    if (w->n_folders == w->cap_folders) {
        size_t cap = w->cap_folders == 0 ? 64 : 2 * w->cap_folders;
        char **grown = realloc(w->folders, cap * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(err);
        w->folders = grown;
        w->cap_folders = cap;
    }
    char *copy = strdup(path);
    if (copy == NULL)
        return out_of_memory(err);
    w->folders[w->n_folders++] = copy;
    return RECTO_OK;
}

/* The key of w->path, in w->key. */
static void name_key(walk *w)
{
    recto_buf_clear(&w->key);
    recto_buf_text(&w->key, w->prefix);
    if (w->path.len > w->n_root)
        recto_plan_encode(&w->key, w->path.data + w->n_root, w->path.len - w->n_root);
}

static recto_status take(walk *w, const struct stat *st, bool by_link, recto_error *err)
{
    recto_plan_found found = {
        .path = w->path.data, .key = w->key.data, .st = st, .by_link = by_link, .walked = true};
    return recto_plan_take(w->b, &found, err);
}

static recto_status take_fault(walk *w, const char *what, int sys, recto_error *err)
{
    recto_plan_found found = {
        .path = w->path.data, .key = w->key.data, .status = RECTO_ERR_IO, .what = what, .sys = sys};
    return recto_plan_take(w->b, &found, err);
}

/* A folder that cannot be read: one record for all in it. */
static recto_status take_folder_fault(walk *w, const char *path, int sys, recto_error *err)
{
    recto_buf_clear(&w->path);
    recto_buf_text(&w->path, path);
    name_key(w);
    if (w->key.len == 0)
        recto_buf_text(&w->key, "%2E");
    if (w->key.data == NULL || w->key.data[w->key.len - 1] != '/')
        recto_buf_char(&w->key, '/');
    recto_status st = recto_buf_status(&w->key, err);
    if (st == RECTO_OK)
        st = recto_buf_status(&w->path, err);
    return st == RECTO_OK ? take_fault(w, "cannot read this folder", sys, err) : st;
}

/* What a link leads to. */
static recto_status take_link(walk *w, int folder, const char *name, recto_error *err)
{
    struct stat st;
    if (fstatat(folder, name, &st, 0) != 0)
        return take_fault(w, "the link leads nowhere", errno, err);
    if (S_ISDIR(st.st_mode)) {
        w->b->plan->n_linked++;
        return RECTO_OK;
    }
    if (!S_ISREG(st.st_mode)) {
        w->b->plan->n_special++;
        return RECTO_OK;
    }
    return take(w, &st, true, err);
}

/* What w->path names; it is looked at as `at` in an open folder. */
static recto_status take_entry(walk *w, int folder, const char *at, recto_error *err)
{
    struct stat st;
    const char *name = recto_plan_last(at);
    name_key(w);
    recto_status status = recto_buf_status(&w->path, err);
    if (status == RECTO_OK)
        status = recto_buf_status(&w->key, err);
    if (status != RECTO_OK)
        return status;
    if (fstatat(folder, at, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) /* gone since the folder was read: it is not there */
            return RECTO_OK;
        return recto_plan_skips_file(w->b, name, w->key.data)
                   ? RECTO_OK
                   : take_fault(w, "cannot look at it", errno, err);
    }
    if (S_ISDIR(st.st_mode)) {
        bool is_out = w->b->has_out && st.st_dev == w->b->out_dev && st.st_ino == w->b->out_ino;
        if (is_out || skips_folder(w->b, name, w->key.data))
            return RECTO_OK;
        return push(w, w->path.data, err);
    }
    if (recto_plan_skips_file(w->b, name, w->key.data))
        return RECTO_OK;
    if (S_ISLNK(st.st_mode))
        return take_link(w, folder, at, err);
    if (!S_ISREG(st.st_mode)) {
        w->b->plan->n_special++;
        return RECTO_OK;
    }
    return take(w, &st, false, err);
}

static recto_status read_folder(walk *w, const char *path, recto_error *err)
{
    struct dirent *e;
    int n = 0;
    if (w->b->folder != NULL)
        w->b->folder(w->b->user, path);
    int fd = strlen(path) > RECTO_PLAN_PATH_MAX
                 ? (errno = ENAMETOOLONG, -1)
                 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (w->is_root ? 0 : O_NOFOLLOW));
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        int sys = errno;
        if (fd >= 0)
            close(fd);
        if (sys == ENOENT && !w->is_root)
            return RECTO_OK;
        return take_folder_fault(w, path, sys, err);
    }
    recto_status st = RECTO_OK;
    while (st == RECTO_OK && (errno = 0, e = readdir(folder)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        recto_plan_join(&w->path, path, e->d_name);
        st = take_entry(w, dirfd(folder), e->d_name, err);
        if (st == RECTO_OK && ++n % STOP_EVERY == 0)
            st = recto_plan_stopped(w->b->opt, err);
    }
    int sys = st == RECTO_OK ? errno : 0;
    closedir(folder);
    return sys != 0 ? take_folder_fault(w, path, sys, err) : st;
}

/* Read what is on the pile, and free w. */
static recto_status walk_all(walk *w, recto_status st, recto_error *err)
{
    while (st == RECTO_OK && w->n_folders > 0) {
        char *folder = w->folders[--w->n_folders];
        st = read_folder(w, folder, err);
        free(folder);
        w->is_root = false;
        if (st == RECTO_OK)
            st = recto_plan_stopped(w->b->opt, err);
    }
    while (w->n_folders > 0)
        free(w->folders[--w->n_folders]);
    free(w->folders);
    recto_buf_free(&w->path);
    recto_buf_free(&w->key);
    return st;
}

recto_status recto_plan_walk(recto_plan_build *b, const char *path, const char *prefix,
                             recto_error *err)
{
    walk w = {.b = b, .prefix = prefix, .is_root = true};
    recto_plan_join(&w.path, path, "");
    w.n_root = w.path.len;
    recto_status st = recto_buf_status(&w.path, err);
    if (st == RECTO_OK)
        st = push(&w, path, err);
    return walk_all(&w, st, err);
}

recto_status recto_plan_look(recto_plan_build *b, const char *path, size_t n_root,
                             const char *prefix, recto_error *err)
{
    walk w = {.b = b, .prefix = prefix, .n_root = n_root};
    recto_buf_text(&w.path, path);
    recto_status st = recto_buf_status(&w.path, err);
    if (st == RECTO_OK)
        st = take_entry(&w, AT_FDCWD, path, err);
    return walk_all(&w, st, err);
}
