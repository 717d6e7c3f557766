/* The journal's life: opening, the queue, the thread that writes, closing.
 *
 *   record() -> queue -> writer: takes all that waits -> one transaction -> done
 *
 * A transaction costs a few fsyncs.  So the writer lingers a moment after the first record, and
 * what comes meanwhile goes into the same transaction; whoever waits (flush) ends the lingering.  A
 * document that was recorded and not yet written when the power goes is done again on resume. */
#include "pipeline/journal_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINGER_MS = 100,
    MOST_QUEUED = 256,           /* records; so many are worth a transaction at once */
    MOST_QUEUED_BYTES = 64 << 20 /* beyond it record() waits: the disk is slower than the work */
};

const char *recto_journal_state_name(recto_journal_state state)
{
    static const char *const names[RECTO_JOURNAL_STATE_COUNT] = {
        [RECTO_JOURNAL_PENDING] = "pending",     [RECTO_JOURNAL_OK] = "ok",
        [RECTO_JOURNAL_PARTIAL] = "partial",     [RECTO_JOURNAL_FAILED] = "failed",
        [RECTO_JOURNAL_DUPLICATE] = "duplicate", [RECTO_JOURNAL_OTHER] = "other",
    };
    return (unsigned)state < RECTO_JOURNAL_STATE_COUNT ? names[state] : "pending";
}

char *recto_journal_path(const char *folder, const char *name)
{
    bool plain = folder[0] == '/' || strncmp(folder, "./", 2) == 0; /* SQLite knows "file:" */
    size_t size = strlen(folder) + strlen(name) + 4;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s/%s", plain ? "" : "./", folder, name);
    return path;
}

/* --- the writer ------------------------------------------------------------------------------- */

static void free_tasks(journal_task *t)
{
    while (t != NULL) {
        journal_task *next = t->next;
        recto_arena_free(t->arena); /* the task too */
        t = next;
    }
}

/* With lock held: wait for something to do, then a moment for more. */
static void wait_for_work(recto_journal *j)
{
    struct timespec until;
    while (j->first == NULL && !j->stop)
        pthread_cond_wait(&j->to_do, &j->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LINGER_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (!j->stop && j->n_waiting == 0 && j->n_queued < MOST_QUEUED &&
           j->queued_bytes < MOST_QUEUED_BYTES / 2)
        if (pthread_cond_timedwait(&j->to_do, &j->lock, &until) == ETIMEDOUT)
            break;
}

static void *write_on(void *user)
{
    recto_journal *j = user;
    pthread_mutex_lock(&j->lock);
    for (;;) {
        wait_for_work(j);
        journal_task *first = j->first;
        if (first == NULL)
            break; /* told to stop */
        uint64_t number = j->last->number;
        size_t size_bytes = j->queued_bytes;
        bool failed = j->error.code != RECTO_OK;
        j->first = j->last = NULL;
        j->n_queued = 0;
        pthread_mutex_unlock(&j->lock);

        recto_error err = {0};
        if (!failed) { /* after an error nothing more is written: it would be out of order */
            pthread_mutex_lock(&j->db_lock);
            if (recto_journal_store(j, first, &err) == RECTO_OK)
                err.code = RECTO_OK;
            pthread_mutex_unlock(&j->db_lock);
        }
        free_tasks(first);

        pthread_mutex_lock(&j->lock);
        j->queued_bytes -= size_bytes;
        if (err.code != RECTO_OK)
            j->error = err;
        j->n_written = number;
        pthread_cond_broadcast(&j->done);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

/* Signals are for the program's own threads. */
static recto_status start_writer(recto_journal *j, recto_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&j->writer, NULL, write_on, j);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    j->has_writer = rc == 0;
    return rc == 0 ? RECTO_OK
                   : recto_error_sys(err, RECTO_ERR_NOMEM, rc, "cannot start the journal's thread");
}

/* With lock held: the first error of writing, for one more caller. */
static recto_status sticky(const recto_journal *j, recto_error *err)
{
    if (j->error.code != RECTO_OK && err != NULL)
        *err = j->error;
    return j->error.code;
}

recto_status recto_journal_wait(recto_journal *j, bool records_only, recto_error *err)
{
    pthread_mutex_lock(&j->lock);
    uint64_t target = records_only ? j->last_record : j->n_handed;
    if (j->n_written < target) {
        j->n_waiting++;
        pthread_cond_signal(&j->to_do);
        while (j->n_written < target)
            pthread_cond_wait(&j->done, &j->lock);
        j->n_waiting--;
    }
    recto_status st = sticky(j, err);
    pthread_mutex_unlock(&j->lock);
    return st;
}

recto_status recto_journal_hand_over(recto_journal *j, journal_task *task, recto_error *err)
{
    pthread_mutex_lock(&j->lock);
    while (j->queued_bytes > MOST_QUEUED_BYTES && j->error.code == RECTO_OK)
        pthread_cond_wait(&j->done, &j->lock);
    recto_status st = sticky(j, err);
    if (st == RECTO_OK) {
        task->number = ++j->n_handed;
        if (!task->only_mtime)
            j->last_record = task->number;
        if (j->last != NULL)
            j->last->next = task;
        else
            j->first = task;
        j->last = task;
        j->n_queued++;
        j->queued_bytes += task->size_bytes;
        if (j->n_queued == 1 || j->n_queued >= MOST_QUEUED)
            pthread_cond_signal(&j->to_do);
    }
    pthread_mutex_unlock(&j->lock);
    if (st != RECTO_OK)
        free_tasks(task);
    return st;
}

recto_status recto_journal_flush(recto_journal *j, recto_error *err)
{
    return recto_journal_wait(j, false, err);
}

/* --- records ---------------------------------------------------------------------------------- */

/* Copy of a text that may be NULL; *ok becomes false when memory ends. */
static const char *keep_text(recto_arena *a, const char *text, bool *ok)
{
    const char *copy = text == NULL ? NULL : recto_arena_text(a, text, strlen(text));
    if (text != NULL && copy == NULL)
        *ok = false;
    return copy;
}

static const recto_journal_page *keep_pages(recto_arena *a, const recto_journal_page *pages, int n,
                                            bool *ok)
{
    recto_journal_page *copy = recto_arena_array(a, (size_t)n, sizeof *copy);
    *ok = *ok && copy != NULL;
    for (int i = 0; i < n && *ok; i++) {
        copy[i] = pages[i];
        copy[i].message = keep_text(a, pages[i].message, ok);
    }
    return copy;
}

static const recto_journal_output *keep_outputs(recto_arena *a, const recto_journal_output *outputs,
                                                int n, bool *ok)
{
    recto_journal_output *copy = recto_arena_array(a, (size_t)n, sizeof *copy);
    *ok = *ok && copy != NULL;
    for (int i = 0; i < n && *ok; i++) {
        copy[i] = outputs[i];
        copy[i].path = keep_text(a, outputs[i].path, ok);
    }
    return copy;
}

recto_status recto_journal_record(recto_journal *j, const recto_journal_document *document,
                                  const recto_journal_page *pages, int n_pages,
                                  const recto_journal_output *outputs, int n_outputs,
                                  recto_error *err)
{
    size_t guess = 2048 + (size_t)n_pages * sizeof *pages + (size_t)n_outputs * 256;
    recto_arena *a = recto_arena_new(guess, 0);
    journal_task *t = a != NULL ? recto_arena_alloc(a, sizeof *t) : NULL;
    bool ok = t != NULL;
    if (ok) {
        recto_journal_document *d = &t->document;
        *d = *document;
        d->key = keep_text(a, d->key, &ok);
        d->path = keep_text(a, d->path, &ok);
        d->parent = keep_text(a, d->parent, &ok);
        d->original = keep_text(a, d->original, &ok);
        d->note = keep_text(a, d->note, &ok);
        d->message = keep_text(a, d->message, &ok);
        d->format = keep_text(a, d->format, &ok);
        t->arena = a;
        t->n_pages = n_pages;
        t->pages = keep_pages(a, pages, n_pages, &ok);
        t->n_outputs = n_outputs;
        t->outputs = keep_outputs(a, outputs, n_outputs, &ok);
        t->size_bytes = recto_arena_used(a);
    }
    if (!ok) {
        recto_arena_free(a);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    return recto_journal_hand_over(j, t, err);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static bool make_locks(recto_journal *j)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return false;
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    j->has_lock = pthread_mutex_init(&j->lock, NULL) == 0;
    j->has_db_lock = pthread_mutex_init(&j->db_lock, NULL) == 0;
    j->has_to_do = pthread_cond_init(&j->to_do, &monotonic) == 0;
    j->has_done = pthread_cond_init(&j->done, NULL) == 0;
    pthread_condattr_destroy(&monotonic);
    return j->has_lock && j->has_db_lock && j->has_to_do && j->has_done;
}

/* A run that never came to know its documents has not ended well: no row is pending, but nothing is
 * known to be done. */
static void end_run(recto_journal *j)
{
    char sql[128];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(sql, sizeof sql, "UPDATE runs SET ended=max(seen,%lld/1000.0) WHERE id=%lld",
             (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, (long long)j->run);
    if (j->error.code == RECTO_OK && j->has_writer &&
        (!j->planned || recto_journal_sql_run(j->db, sql, j->name, NULL) == RECTO_OK))
        /* leaves no empty rollback journal behind */
        (void)sqlite3_exec(j->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
}

void recto_journal_close(recto_journal *j)
{
    if (j == NULL)
        return;
    if (j->has_writer) {
        pthread_mutex_lock(&j->lock);
        j->stop = true;
        pthread_cond_signal(&j->to_do);
        pthread_mutex_unlock(&j->lock);
        pthread_join(j->writer, NULL);
    }
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(j->sql[i]);
    if (j->db != NULL)
        end_run(j);
    sqlite3_close(j->db);
    if (j->has_done)
        pthread_cond_destroy(&j->done);
    if (j->has_to_do)
        pthread_cond_destroy(&j->to_do);
    if (j->has_db_lock)
        pthread_mutex_destroy(&j->db_lock);
    if (j->has_lock)
        pthread_mutex_destroy(&j->lock);
    if (j->folder_fd >= 0)
        close(j->folder_fd);
    free(j->folder);
    free(j->fingerprint);
    free(j);
}

recto_status recto_journal_open(recto_journal **out, const recto_journal_options *opt,
                                recto_error *err)
{
    *out = NULL;
    if (opt->n_shards < 1 || opt->shard < 1 || opt->shard > opt->n_shards)
        return recto_error_set(err, RECTO_ERR_ARG, "there is no shard %d of %d", opt->shard,
                               opt->n_shards);
    recto_journal *j = calloc(1, sizeof *j);
    if (j == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = RECTO_OK;
    j->shard = opt->shard;
    j->n_shards = opt->n_shards;
    j->folder_fd = -1;
    j->folder = strdup(opt->folder);
    j->fingerprint = strdup(opt->fingerprint);
    recto_journal_name(j->name, j->shard, j->n_shards);
    if (!make_locks(j) || j->folder == NULL || j->fingerprint == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = recto_journal_open_db(j, opt, err);
    if (st == RECTO_OK)
        st = recto_journal_sql_prepare(j, err);
    if (st == RECTO_OK)
        st = start_writer(j, err);
    if (st != RECTO_OK) {
        recto_journal_close(j);
        return st;
    }
    *out = j;
    return RECTO_OK;
}
