/* Watching: events and readings of the folders only say which files to look at; each of them waits
 * until it is complete, and is then taken the way a walk takes it, so that keys and outputs are
 * those of a plan. */
#include "pipeline/watch.h"

#include "pipeline/plan_parts.h"
#include "pipeline/watch_parts.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double SLICE_S = 0.2; /* between two questions whether to stop */
static const double SHARE = 10;    /* large folders: reading them takes at most 1/11 of the time */

/* A file that is not complete yet, or whose completeness is to be looked at. */
typedef struct waiting {
    char *path;
    int root;
    bool noted; /* size and mtime_ns are what was last seen, at `since` */
    uint64_t size;
    int64_t mtime_ns;
    double since;
    double due;   /* when to look again */
    bool closed;  /* by its writer, or moved here */
    bool created; /* while we watched, so that its closing will be seen */
} waiting;

struct recto_watch {
    recto_watch_options opt;
    recto_plan_argument *roots; /* [n_roots] */
    int n_roots;
    char **real; /* [n_roots] where they really are, NULL if unknown */
    recto_watch_events events;
    recto_watch_table seen;
    waiting *waiting; /* [n_waiting] */
    size_t n_waiting, cap_waiting;
    uint32_t scan;    /* readings of all folders so far */
    double rescan_at; /* when to read them again */
    recto_buf text;   /* scratch */
};

static recto_status out_of_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

/* --- the waiting ------------------------------------------------------------------------------ */

/* Bytes of a path in front of its key. */
static size_t root_length(const recto_watch *w, int root)
{
    const char *path = w->roots[root].path;
    size_t n = strlen(path);
    return n > 0 && path[n - 1] == '/' ? n : n + 1;
}

/* The root a path lies below, -1 if none. */
static int root_of(const recto_watch *w, const char *path)
{
    for (int r = 0; r < w->n_roots; r++) {
        size_t n = root_length(w, r);
        if (strncmp(path, w->roots[r].path, n - 1) == 0 && path[n - 1] == '/' && path[n] != '\0')
            return r;
    }
    return -1;
}

/* The waiting of a path, made if there is none. */
static waiting *wait_for(recto_watch *w, const char *path, int root)
{
    recto_watch_entry *e = recto_watch_table_entry(&w->seen, path);
    if (e == NULL)
        return NULL;
    e->scan = w->scan;
    if (e->waiting != 0)
        return &w->waiting[e->waiting - 1];
    if (w->n_waiting == w->cap_waiting) {
        size_t cap = w->cap_waiting == 0 ? 64 : 2 * w->cap_waiting;
        waiting *grown = cap < UINT32_MAX ? realloc(w->waiting, cap * sizeof *grown) : NULL;
        if (grown == NULL)
            return NULL;
        w->waiting = grown;
        w->cap_waiting = cap;
    }
    waiting one = {.path = strdup(path), .root = root, .since = recto_clock_s()};
    if (one.path == NULL)
        return NULL;
    one.due = one.since + w->opt.quiet_s;
    w->waiting[w->n_waiting++] = one;
    e->waiting = (uint32_t)w->n_waiting;
    return &w->waiting[w->n_waiting - 1];
}

/* Number i waits no longer; the last one takes its place. */
static void stop_waiting(recto_watch *w, size_t i)
{
    recto_watch_entry *e = recto_watch_table_entry(&w->seen, w->waiting[i].path);
    if (e != NULL) /* it is there: nothing is allocated for it */
        e->waiting = 0;
    free(w->waiting[i].path);
    w->waiting[i] = w->waiting[--w->n_waiting];
    if (i == w->n_waiting)
        return;
    e = recto_watch_table_entry(&w->seen, w->waiting[i].path);
    if (e != NULL)
        e->waiting = (uint32_t)i + 1;
}

/* Names that no plan takes need not wait. */
static bool is_hidden(const recto_watch *w, const char *path)
{
    return !w->opt.plan.hidden && recto_plan_last(path)[0] == '.';
}

static bool note_created(recto_watch *w, const char *path, int root)
{
    waiting *one = wait_for(w, path, root);
    if (one == NULL)
        return false;
    one->created = true;
    one->closed = false;
    one->noted = false;
    one->since = recto_clock_s();
    one->due = one->since + w->opt.quiet_s;
    return true;
}

static bool note_closed(recto_watch *w, const char *path, int root)
{
    waiting *one = wait_for(w, path, root);
    if (one == NULL)
        return false;
    one->closed = true;
    one->created = false;
    one->noted = false;
    one->since = recto_clock_s();
    one->due = one->since + w->opt.settle_s;
    return true;
}

/* --- reading folders -------------------------------------------------------------------------- */

static void watch_folder(void *user, const char *path)
{
    recto_watch *w = user;
    recto_watch_events_add(&w->events, path);
}

static recto_status begin(recto_plan_build *b, recto_watch *w, recto_error *err)
{
    recto_status st = recto_plan_begin(b, &w->opt.plan, err);
    b->folder = watch_folder;
    b->user = w;
    return st;
}

/* Nothing has touched the file for the quiet time, by its own clock. */
static bool is_old(const recto_watch *w, int64_t mtime_ns)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec - (double)mtime_ns * 1e-9 >= w->opt.quiet_s + 1;
}

/* A file that a reading of folders found. */
static bool note_found(recto_watch *w, const recto_plan_draft *d, int root)
{
    const recto_plan_item *item = &d->item;
    recto_watch_entry *e = recto_watch_table_entry(&w->seen, item->path);
    if (e == NULL)
        return false;
    e->scan = w->scan;
    if (e->waiting != 0 || (e->told && e->size == item->size && e->mtime_ns == item->mtime_ns))
        return true;
    waiting *one = wait_for(w, item->path, root);
    if (one == NULL)
        return false;
    one->noted = true;
    one->size = item->size;
    one->mtime_ns = item->mtime_ns;
    if (item->status != RECTO_OK || (is_old(w, item->mtime_ns) && item->size > 0)) {
        one->closed = true;
        one->due = 0;
    }
    return true;
}

/* Everything below a folder.  *whole_out: no root was missing. */
static recto_status read_below(bool *whole_out, recto_watch *w, int root, const char *path,
                               recto_error *err)
{
    recto_plan_build b;
    recto_status st = begin(&b, w, err);
    const recto_plan_argument *a = &w->roots[root];
    if (st == RECTO_OK && path == a->path)
        st = recto_plan_walk(&b, path, a->prefix, err);
    else if (st == RECTO_OK)
        st = recto_plan_look(&b, path, root_length(w, root), a->prefix, err);
    for (size_t i = 0; i < b.n && st == RECTO_OK; i++) {
        if (strcmp(b.drafts[i].item.path, a->path) == 0)
            *whole_out = false;
        else if (!note_found(w, &b.drafts[i], root))
            st = out_of_memory(err);
    }
    recto_plan_drop(&b);
    return st;
}

static recto_status read_all(recto_watch *w, recto_error *err)
{
    bool whole = true;
    recto_status st = RECTO_OK;
    double start = recto_clock_s();
    w->scan++;
    for (int r = 0; r < w->n_roots && st == RECTO_OK; r++)
        if (!w->roots[r].is_repeated)
            st = read_below(&whole, w, r, w->roots[r].path, err);
    if (st != RECTO_OK)
        return st;
    double pause = w->events.blind ? w->opt.rescan_s : w->opt.check_s;
    double took = recto_clock_s() - start;
    w->rescan_at = start + took + (pause > SHARE * took ? pause : SHARE * took);
    return !whole || recto_watch_table_sweep(&w->seen, w->scan) ? RECTO_OK : out_of_memory(err);
}

static bool take_event(void *user, recto_watch_event what, const char *path)
{
    recto_watch *w = user;
    bool whole = true;
    int root = what != RECTO_WATCH_LOST ? root_of(w, path) : -1;
    if (what == RECTO_WATCH_LOST)
        w->rescan_at = 0;
    if (root < 0 || is_hidden(w, path))
        return true;
    if (what == RECTO_WATCH_CREATED)
        return note_created(w, path, root);
    if (what == RECTO_WATCH_CLOSED)
        return note_closed(w, path, root);
    recto_status st = read_below(&whole, w, root, path, NULL);
    if (st == RECTO_ERR_CANCELLED)
        w->rescan_at = 0;
    return st == RECTO_OK || st == RECTO_ERR_CANCELLED;
}

/* --- telling ---------------------------------------------------------------------------------- */

/* Does a link lead to a document that is in the plan under its own name? */
static bool leads_to_known(recto_watch *w, const char *path)
{
    char *real = realpath(path, NULL);
    bool known = false;
    for (int r = 0; r < w->n_roots && real != NULL && !known; r++) {
        size_t n = w->real[r] != NULL ? strlen(w->real[r]) : 0;
        if (n == 0 || strncmp(real, w->real[r], n) != 0 || real[n] != '/')
            continue;
        recto_plan_join(&w->text, w->roots[r].path, real + n + 1);
        known = !w->text.failed && recto_watch_table_lookup(&w->seen, w->text.data) != NULL;
    }
    free(real);
    return known;
}

/* Is the file complete that was just looked at?  If not, one says when to look again. */
static bool is_complete(const recto_watch *w, waiting *one, const recto_plan_draft *d, double now)
{
    const recto_plan_item *item = &d->item;
    bool same = one->noted && one->size == item->size && one->mtime_ns == item->mtime_ns;
    if (item->status != RECTO_OK)
        return true;
    if (one->closed && item->size > 0 && (same || !one->noted))
        return true;
    one->closed = false;
    if (!same) {
        one->noted = true;
        one->size = item->size;
        one->mtime_ns = item->mtime_ns;
        one->since = now;
    }
    bool writer = one->created && !d->by_link && !d->many_names; /* links are never closed */
    if (same && now - one->since >= (writer ? w->opt.patience_s : w->opt.quiet_s))
        return true;
    one->due = now + w->opt.quiet_s;
    return false;
}

/* Look at number i of the waiting; what is complete goes into b.  *gone_out: it waits no longer. */
static recto_status look_at(bool *gone_out, recto_watch *w, size_t i, recto_plan_build *b,
                            double now, recto_error *err)
{
    waiting *one = &w->waiting[i];
    struct stat file;
    size_t before = b->n;
    *gone_out = true;
    if (lstat(one->path, &file) == 0 && S_ISDIR(file.st_mode))
        return RECTO_OK;
    b->input = one->root;
    recto_status st =
        recto_plan_look(b, one->path, root_length(w, one->root), w->roots[one->root].prefix, err);
    if (st != RECTO_OK || b->n == before)
        return st;
    const recto_plan_draft *d = &b->drafts[before];
    recto_watch_entry *e = recto_watch_table_entry(&w->seen, one->path);
    if (e == NULL)
        return out_of_memory(err);
    if (!is_complete(w, one, d, now)) {
        *gone_out = false;
        b->n = before;
        return RECTO_OK;
    }
    bool again = e->told && e->size == d->item.size && e->mtime_ns == d->item.mtime_ns;
    if (again || (d->by_link && d->item.status == RECTO_OK && leads_to_known(w, one->path))) {
        b->n = before;
        return RECTO_OK;
    }
    e->told = true;
    e->size = d->item.size;
    e->mtime_ns = d->item.mtime_ns;
    return RECTO_OK;
}

/* What is complete by now. */
static recto_status collect(recto_plan **out, recto_watch *w, recto_error *err)
{
    recto_plan_build b;
    double now = recto_clock_s();
    size_t n_due = 0;
    for (size_t i = 0; i < w->n_waiting; i++)
        n_due += w->waiting[i].due <= now;
    if (n_due == 0)
        return RECTO_OK;
    recto_status st = begin(&b, w, err);
    for (int r = 0; r < w->n_roots && st == RECTO_OK; r++)
        if (!w->roots[r].is_repeated)
            st = recto_plan_check_folder(&b, &w->roots[r], err);
    for (size_t i = 0; i < w->n_waiting && st == RECTO_OK;) {
        bool gone = false;
        if (w->waiting[i].due <= now)
            st = look_at(&gone, w, i, &b, now, err);
        if (gone && st == RECTO_OK)
            stop_waiting(w, i);
        else
            i++;
    }
    if (st != RECTO_OK || b.n == 0) {
        recto_plan_drop(&b);
        return st;
    }
    st = recto_plan_finish(out, &b, err);
    if (st == RECTO_OK && (*out)->n_items == 0) { /* all of other shards */
        recto_plan_free(*out);
        *out = NULL;
    }
    return st;
}

recto_status recto_watch_next(recto_plan **out, recto_watch *w, double timeout_s, recto_error *err)
{
    double until = recto_clock_s() + timeout_s;
    *out = NULL;
    for (;;) {
        recto_status st = recto_plan_stopped(&w->opt.plan, err);
        if (st == RECTO_OK && !recto_watch_events_drain(&w->events, take_event, w))
            st = out_of_memory(err);
        if (st == RECTO_OK && recto_clock_s() >= w->rescan_at)
            st = read_all(w, err);
        if (st == RECTO_OK)
            st = collect(out, w, err);
        double left = until - recto_clock_s();
        if (st != RECTO_OK || *out != NULL || left <= 0)
            return st;
        recto_watch_events_wait(&w->events, left < SLICE_S ? left : SLICE_S);
    }
}

/* --- opening and closing ---------------------------------------------------------------------- */

static double or_default(double value, double normal)
{
    return value > 0 ? value : normal;
}

/* No folder may lie in another: a file would have two keys. */
static recto_status check_nested(const recto_watch *w, recto_error *err)
{
    for (int a = 0; a < w->n_roots; a++)
        for (int b = 0; b < w->n_roots; b++) {
            if (a == b || w->real[a] == NULL || w->real[b] == NULL)
                continue;
            size_t n = strlen(w->real[a]);
            if (strncmp(w->real[a], w->real[b], n) == 0 && w->real[b][n] == '/')
                return recto_error_set(err, RECTO_ERR_ARG,
                                       "--watch: '%s' lies in '%s': give only the outer folder",
                                       w->roots[b].path, w->roots[a].path);
        }
    return RECTO_OK;
}

static recto_status open_roots(recto_watch *w, const char *const *folders, int n, recto_error *err)
{
    recto_plan_build b;
    recto_status st = recto_plan_arguments(&w->roots, folders, n, err);
    w->n_roots = w->roots != NULL ? n : 0;
    w->real = calloc((size_t)n + 1, sizeof *w->real);
    if (st == RECTO_OK && w->real == NULL)
        st = out_of_memory(err);
    if (st != RECTO_OK)
        return st;
    for (int r = 0; r < n; r++) {
        if (!w->roots[r].is_folder)
            return recto_error_set(err, RECTO_ERR_ARG, "--watch takes folders: '%s' is none",
                                   w->roots[r].path);
        w->real[r] = realpath(w->roots[r].path, NULL);
    }
    st = check_nested(w, err);
    if (st != RECTO_OK)
        return st;
    st = begin(&b, w, err);
    for (int r = 0; r < n && st == RECTO_OK; r++)
        if (!w->roots[r].is_repeated)
            st = recto_plan_check_folder(&b, &w->roots[r], err);
    recto_plan_drop(&b);
    return st;
}

recto_status recto_watch_open(recto_watch **out, const char *const *folders, int n,
                              const recto_watch_options *opt, recto_error *err)
{
    *out = NULL;
    if (n < 1)
        return recto_error_set(err, RECTO_ERR_ARG, "--watch takes at least one folder");
    recto_watch *w = calloc(1, sizeof *w);
    if (w == NULL)
        return out_of_memory(err);
    w->opt = *opt;
    w->opt.quiet_s = or_default(opt->quiet_s, 5);
    w->opt.patience_s = or_default(opt->patience_s, 60);
    w->opt.settle_s = or_default(opt->settle_s, 0.3);
    w->opt.rescan_s = or_default(opt->rescan_s, 5);
    w->opt.check_s = or_default(opt->check_s, 300);
    recto_watch_events_open(&w->events, opt->rescan_only);
    recto_status st = open_roots(w, folders, n, err);
    if (st != RECTO_OK) {
        recto_watch_close(w);
        return st;
    }
    *out = w;
    return RECTO_OK;
}

int recto_watch_waiting(const recto_watch *w)
{
    return w->n_waiting < INT_MAX ? (int)w->n_waiting : INT_MAX;
}

const char *recto_watch_notice(const recto_watch *w)
{
    return w->events.blind ? w->events.notice : NULL;
}

void recto_watch_close(recto_watch *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->n_waiting; i++)
        free(w->waiting[i].path);
    free(w->waiting);
    for (int r = 0; w->real != NULL && r < w->n_roots; r++)
        free(w->real[r]);
    free(w->real);
    recto_plan_arguments_free(w->roots, w->n_roots);
    recto_watch_events_close(&w->events);
    recto_watch_table_free(&w->seen);
    recto_buf_free(&w->text);
    free(w);
}
