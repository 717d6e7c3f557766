/* Reading the arguments of a batch.  What each of them is decides its first bytes; what is found is
 * gathered as drafts and settled at the end, when all is known. */
#include "pipeline/plan.h"

#include "pipeline/plan_parts.h"
#include "vision/source.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const size_t MOST_ITEMS = 100000000;
enum { FIRST_BYTES = 4096 }; /* watching makes a plan for each arrival */

static recto_status out_of_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

/* --- a plan under way ------------------------------------------------------------------------- */

recto_status recto_plan_stopped(const recto_plan_options *opt, recto_error *err)
{
    if (opt->stop != NULL && opt->stop(opt->user))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    return RECTO_OK;
}

const char *recto_plan_last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

recto_status recto_plan_begin(recto_plan_build *b, const recto_plan_options *opt, recto_error *err)
{
    struct stat st;
    *b = (recto_plan_build){.opt = opt};
    b->plan = calloc(1, sizeof *b->plan);
    if (b->plan == NULL)
        return out_of_memory(err);
    b->plan->arena = recto_arena_new(FIRST_BYTES, 0);
    if (b->plan->arena == NULL)
        return out_of_memory(err);
    if (opt->folder != NULL && stat(opt->folder, &st) == 0) {
        b->has_out = true;
        b->out_dev = st.st_dev;
        b->out_ino = st.st_ino;
    }
    return RECTO_OK;
}

void recto_plan_drop(recto_plan_build *b)
{
    recto_plan_free(b->plan);
    free(b->drafts);
    free(b->inside);
    *b = (recto_plan_build){0};
}

static recto_status reserve(recto_plan_build *b, recto_error *err)
{
    if (b->n < b->cap)
        return RECTO_OK;
    if (b->n >= MOST_ITEMS)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "more than %zu documents: give one folder after the other",
                               MOST_ITEMS);
    size_t cap = b->cap == 0 ? 256 : 2 * b->cap;
    recto_plan_draft *grown = realloc(b->drafts, cap * sizeof *grown);
    if (grown == NULL)
        return out_of_memory(err);
    b->drafts = grown;
    b->cap = cap;
    return RECTO_OK;
}

/* Times of before 1970 are kept, too; years beyond 2262 are not. */
static int64_t mtime_of(const struct stat *st)
{
    int64_t s = st->st_mtim.tv_sec;
    if (s > INT64_MAX / 1000000000 - 1 || s < INT64_MIN / 1000000000 + 1)
        return 0;
    return s * 1000000000 + st->st_mtim.tv_nsec;
}

/* The message of a fault, in the arena. */
static const char *fault_text(recto_plan_build *b, const recto_plan_found *f)
{
    recto_error why;
    if (f->sys != 0)
        recto_error_sys(&why, f->status, f->sys, "%s", f->what);
    else
        recto_error_set(&why, f->status, "%s", f->what);
    return recto_arena_text(b->plan->arena, why.msg, strlen(why.msg));
}

recto_status recto_plan_take(recto_plan_build *b, const recto_plan_found *f, recto_error *err)
{
    recto_plan_draft d = {.input = b->input, .by_link = f->by_link};
    size_t n_path = strlen(f->path), n_key = strlen(f->key);
    recto_status st = reserve(b, err);
    if (st != RECTO_OK)
        return st;
    recto_plan_found fault = *f;
    if (f->st != NULL && n_path > RECTO_PLAN_PATH_MAX) {
        fault.status = RECTO_ERR_IO;
        fault.what = "the path cannot be opened: give a folder further in";
        fault.sys = ENAMETOOLONG;
    } else if (f->st != NULL) {
        d.item.size = f->st->st_size > 0 ? (uint64_t)f->st->st_size : 0;
        d.item.mtime_ns = mtime_of(f->st);
        d.dev = f->st->st_dev;
        d.ino = f->st->st_ino;
        d.many_names = f->st->st_nlink > 1;
    }
    d.item.walked = f->walked;
    d.item.status = fault.status;
    d.item.message = fault.status != RECTO_OK ? fault_text(b, &fault) : NULL;
    char *path = recto_arena_text(b->plan->arena, f->path, n_path);
    d.item.path = path;
    if (path != NULL && n_key <= n_path && strcmp(path + n_path - n_key, f->key) == 0)
        d.item.key = path + n_path - n_key; /* mostly: one text for both */
    else if (path != NULL)
        d.item.key = recto_arena_text(b->plan->arena, f->key, n_key);
    if (d.item.key == NULL || (d.item.status != RECTO_OK && d.item.message == NULL))
        return out_of_memory(err);
    b->drafts[b->n++] = d;
    return RECTO_OK;
}

recto_status recto_plan_finish(recto_plan **out, recto_plan_build *b, recto_error *err)
{
    const recto_plan_options *opt = b->opt;
    recto_plan *p = b->plan;
    *out = NULL;
    recto_status st = recto_plan_settle(b, err);
    if (st == RECTO_OK)
        st = recto_plan_check_inputs(b, err);
    if (st == RECTO_OK && opt->dedupe)
        st = recto_plan_dedupe(b, err);
    if (st == RECTO_OK) {
        p->items = malloc((b->n + 1) * sizeof *p->items);
        if (p->items == NULL)
            st = out_of_memory(err);
    }
    if (st != RECTO_OK) {
        recto_plan_drop(b);
        return st;
    }
    for (size_t i = 0; i < b->n; i++) {
        const recto_plan_item *item = &b->drafts[i].item;
        if (opt->n_shards > 1 && recto_plan_shard(item->key, opt->n_shards) != opt->shard)
            p->n_other_shards++;
        else
            p->items[p->n_items++] = *item;
    }
    b->plan = NULL;
    recto_plan_drop(b);
    *out = p;
    return RECTO_OK;
}

void recto_plan_free(recto_plan *p)
{
    if (p == NULL)
        return;
    recto_arena_free(p->arena);
    free(p->items);
    free(p);
}

void recto_plan_refresh(bool *changed_out, recto_plan_item *item)
{
    struct stat st;
    recto_plan_item now = *item;
    if (stat(item->path, &st) != 0) {
        now.status = RECTO_ERR_IO;
        now.message = errno == ENOENT ? "it is no longer there" : "it can no longer be looked at";
    } else if (!S_ISREG(st.st_mode)) {
        now.status = RECTO_ERR_UNSUPPORTED;
        now.message = "it is no regular file";
    } else {
        now.status = RECTO_OK;
        now.message = NULL;
        now.size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
        now.mtime_ns = mtime_of(&st);
    }
    *changed_out =
        now.status != item->status || now.size != item->size || now.mtime_ns != item->mtime_ns;
    *item = now;
}

/* --- arguments -------------------------------------------------------------------------------- */

/* A path of a list, or a document among the arguments. */
static recto_status take_listed(void *user, const char *path, recto_error *err)
{
    recto_plan_build *b = user;
    struct stat st;
    recto_buf key = RECTO_BUF_INIT;
    bool by_link = false;
    recto_plan_listed(&key, path);
    int sys = lstat(path, &st) != 0 ? errno : 0;
    if (sys == 0 && S_ISLNK(st.st_mode)) {
        by_link = true;
        sys = stat(path, &st) != 0 ? errno : 0;
    }
    if (sys == 0 && S_ISDIR(st.st_mode) && key.len > 0)
        recto_buf_char(&key, '/');
    else if (key.len == 0 && (sys != 0 || !S_ISDIR(st.st_mode)))
        recto_buf_text(&key, "%2E");
    recto_status status = recto_buf_status(&key, err);
    if (status == RECTO_OK)
        status = recto_plan_stopped(b->opt, err);
    if (status == RECTO_OK && sys == 0 && S_ISDIR(st.st_mode)) {
        status = recto_plan_walk(b, path, recto_buf_cstr(&key), err);
    } else if (status == RECTO_OK) {
        recto_plan_found found = {
            .path = path, .key = key.data, .st = &st, .by_link = by_link, .sys = sys};
        if (sys != 0 || !S_ISREG(st.st_mode)) {
            found.st = NULL;
            found.status = sys != 0 ? RECTO_ERR_IO : RECTO_ERR_UNSUPPORTED;
            found.what = sys != 0 ? "cannot look at it" : "it is no regular file";
        }
        if (!recto_plan_skips_file(b, recto_plan_last(key.data), key.data))
            status = recto_plan_take(b, &found, err);
    }
    recto_buf_free(&key);
    return status;
}

static recto_status take_list(recto_plan_build *b, int fd, recto_error *err)
{
    recto_plan_list list = {.take = take_listed, .user = b};
    recto_status st = recto_plan_list_read(&list, fd, err);
    recto_buf_free(&list.line);
    return st;
}

bool recto_plan_names_document(const char *path)
{
    static const char *const endings[] = {".pdf",  ".png", ".jpg", ".jpeg", ".tif",
                                          ".tiff", ".bmp", ".gif", ".webp", ".pnm",
                                          ".pbm",  ".pgm", ".ppm", ".jp2",  ".jpx"};
    const char *dot = strrchr(recto_plan_last(path), '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* A regular file: a document by its bytes or its name, else a list if it can be one. */
static recto_status take_file(recto_plan_build *b, const char *path, int fd, recto_error *err)
{
    uint8_t *head = malloc(RECTO_PLAN_LIST_HEAD);
    size_t n = 0;
    ssize_t got = 1;
    if (head == NULL)
        return out_of_memory(err);
    while (n < RECTO_PLAN_LIST_HEAD && got > 0) {
        got = pread(fd, head + n, RECTO_PLAN_LIST_HEAD - n, (off_t)n);
        n += got > 0 ? (size_t)got : 0;
    }
    bool is_list = got >= 0 && !recto_plan_names_document(path) && !recto_source_probe(head, n) &&
                   recto_plan_list_probe(head, n);
    free(head);
    return is_list ? take_list(b, fd, err) : take_listed(b, path, err);
}

/* Anything but a folder. */
static recto_status take_argument(recto_plan_build *b, const char *path, const struct stat *st,
                                  recto_error *err)
{
    recto_status status;
    if (strcmp(path, "-") == 0) {
        status = take_list(b, STDIN_FILENO, err);
    } else {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) /* a document that cannot be opened says so when it is its turn */
            return S_ISREG(st->st_mode)
                       ? take_listed(b, path, err)
                       : recto_error_sys(err, RECTO_ERR_IO, errno, "cannot open '%s'", path);
        status = S_ISREG(st->st_mode) ? take_file(b, path, fd, err) : take_list(b, fd, err);
        close(fd);
    }
    return status == RECTO_ERR_FORMAT || status == RECTO_ERR_IO
               ? recto_error_prefix(err, status, "%s: ", path)
               : status;
}

/* --- folders ---------------------------------------------------------------------------------- */

/* "in1" for "a/in1/"; for "." and "..", where they lead. */
static char *folder_name(const char *path)
{
    recto_buf name = RECTO_BUF_INIT;
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    size_t at = n;
    while (at > 0 && path[at - 1] != '/')
        at--;
    char *real = NULL;
    if (n == at || (path[at] == '.' && (n - at == 1 || (n - at == 2 && path[at + 1] == '.')))) {
        real = realpath(path, NULL);
        path = real != NULL ? recto_plan_last(real) : "";
        at = 0;
        n = strlen(path);
    }
    recto_plan_encode(&name, path + at, n - at);
    if (name.len == 0)
        recto_buf_text(&name, "root");
    free(real);
    if (name.failed)
        recto_buf_free(&name);
    return name.data;
}

/* Is text already the name of one of the first n folders? */
static bool is_taken(const recto_plan_argument *args, size_t n, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (args[i].prefix != NULL && strncmp(args[i].prefix, text, len) == 0 &&
            strcmp(args[i].prefix + len, "/") == 0)
            return true;
    return false;
}

static recto_status name_folder(recto_plan_argument *args, size_t i, bool several, recto_error *err)
{
    recto_buf prefix = RECTO_BUF_INIT;
    char *name = several ? folder_name(args[i].path) : NULL;
    if (several && name == NULL)
        return out_of_memory(err);
    if (several)
        recto_buf_text(&prefix, name);
    for (int k = 2; several && !prefix.failed && is_taken(args, i, prefix.data); k++) {
        recto_buf_clear(&prefix);
        recto_buf_printf(&prefix, "%s~%d", name, k);
    }
    recto_buf_text(&prefix, several ? "/" : "");
    free(name);
    recto_status st = recto_buf_status(&prefix, err);
    if (st == RECTO_OK)
        args[i].prefix = prefix.data;
    else
        recto_buf_free(&prefix);
    return st;
}

recto_status recto_plan_arguments(recto_plan_argument **out, const char *const *inputs, int n,
                                  recto_error *err)
{
    int n_folders = 0;
    recto_plan_argument *args = calloc((size_t)n + 1, sizeof *args);
    *out = args;
    if (args == NULL)
        return out_of_memory(err);
    for (int i = 0; i < n; i++) {
        recto_plan_argument *a = &args[i];
        a->path = inputs[i];
        if (strcmp(a->path, "-") == 0)
            continue;
        if (stat(a->path, &a->st) != 0)
            return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot open '%s'", a->path);
        a->is_folder = S_ISDIR(a->st.st_mode);
        for (int k = 0; a->is_folder && k < i && !a->is_repeated; k++)
            a->is_repeated = args[k].is_folder && args[k].st.st_dev == a->st.st_dev &&
                             args[k].st.st_ino == a->st.st_ino;
        n_folders += a->is_folder && !a->is_repeated;
    }
    recto_status st = RECTO_OK;
    for (int i = 0; i < n && st == RECTO_OK; i++)
        if (args[i].is_folder && !args[i].is_repeated)
            st = name_folder(args, (size_t)i, n_folders > 1, err);
    return st;
}

void recto_plan_arguments_free(recto_plan_argument *args, int n)
{
    for (int i = 0; args != NULL && i < n; i++)
        free(args[i].prefix);
    free(args);
}

recto_status recto_plan_check_folder(recto_plan_build *b, const recto_plan_argument *a,
                                     recto_error *err)
{
    if (!b->has_out)
        return RECTO_OK;
    if (a->st.st_dev == b->out_dev && a->st.st_ino == b->out_ino)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "'%s' is the output folder, too: choose another one with -o",
                               a->path);
    char *in = realpath(a->path, NULL), *out = realpath(b->opt->folder, NULL);
    recto_status st = RECTO_OK;
    size_t n = out != NULL ? strlen(out) : 0;
    if (n == 1) /* "/" */
        n = 0;
    if (in != NULL && out != NULL && strncmp(in, out, n) == 0 && in[n] == '/') {
        recto_buf below = RECTO_BUF_INIT; /* as an output's name is written */
        recto_plan_encode(&below, in + n + 1, strlen(in + n + 1));
        const char **grown = realloc(b->inside, (b->n_inside + 1) * sizeof *grown);
        if (grown != NULL)
            b->inside = grown;
        const char *kept = recto_arena_text(b->plan->arena, recto_buf_cstr(&below), below.len);
        if (grown != NULL && kept != NULL && !below.failed)
            b->inside[b->n_inside++] = kept;
        else
            st = out_of_memory(err);
        recto_buf_free(&below);
    }
    free(in);
    free(out);
    return st;
}

static recto_status take_all(recto_plan_build *b, const char *const *inputs, int n,
                             recto_error *err)
{
    recto_plan_argument *args = NULL;
    recto_status st = recto_plan_arguments(&args, inputs, n, err);
    for (int i = 0; i < n && st == RECTO_OK; i++) {
        b->input = i;
        if (!args[i].is_folder)
            st = take_argument(b, args[i].path, &args[i].st, err);
        else if (!args[i].is_repeated)
            st = recto_plan_check_folder(b, &args[i], err);
        if (st == RECTO_OK && args[i].is_folder && !args[i].is_repeated)
            st = recto_plan_walk(b, args[i].path, args[i].prefix, err);
    }
    recto_plan_arguments_free(args, n);
    return st;
}

recto_status recto_plan_read(recto_plan **out, const char *const *inputs, int n,
                             const recto_plan_options *opt, recto_error *err)
{
    recto_plan_build b;
    *out = NULL;
    if (n < 0 || opt->n_shards < 0 ||
        (opt->n_shards > 0 && (opt->shard < 1 || opt->shard > opt->n_shards)))
        return recto_error_set(err, RECTO_ERR_ARG, "recto_plan_read: there is no such shard");
    recto_status st = recto_plan_begin(&b, opt, err);
    if (st == RECTO_OK)
        st = take_all(&b, inputs, n, err);
    if (st == RECTO_OK)
        return recto_plan_finish(out, &b, err);
    recto_plan_drop(&b);
    return st;
}
