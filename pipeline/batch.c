/* The run of a batch: parsers, models, plan, journal; then jobs take documents until none is left.
 */
#include "pipeline/batch.h"

#include "core/folder.h"
#include "core/memory.h"
#include "pipeline/batch_parts.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The engine without pages, and what each further job takes: its model, arenas, journal; measured
 * 34 MB with one job, and 15 MB for each parser before it sees a page. */
static const uint64_t ENGINE_BYTES = 64u << 20, JOB_BYTES = 32u << 20;
/* What a job should have for pages, when the number of jobs is chosen here, and what it must have:
 * one half for its parser, the other for what the engine makes of it. */
static const uint64_t WANTED_BYTES = 384u << 20, LEAST_BYTES = 128u << 20;
/* Pages are small beside the VLM; the rest is the model's. */
static const uint64_t VLM_PAGES_BYTES = (uint64_t)3 << 29;
static const long TICK_NS = 200000000;
/* Files that changed or vanished are looked at again after this. */
static const int SETTLE_S = 2;

/* --- what the run may take --------------------------------------------------------------- */

recto_status batch_share_out(batch *b, uint64_t *pages_bytes, recto_error *err)
{
    const recto_batch_options *opt = b->opt;
    uint64_t available = recto_memory_available(), cores = (uint64_t)recto_memory_cores();
    uint64_t most = opt->max_memory > 0       ? opt->max_memory
                    : available == UINT64_MAX ? (uint64_t)4 << 30
                                              : available / 5 * 4;
    uint64_t rest = most > ENGINE_BYTES ? most - ENGINE_BYTES : 0;
    uint64_t jobs = opt->jobs > 0 ? (uint64_t)opt->jobs : rest / (JOB_BYTES + WANTED_BYTES);
    jobs = jobs < 1 ? 1 : jobs > cores ? cores : jobs;
    if (opt->run.reader == RECTO_CHOOSE_VLM)
        jobs = 1; /* the model uses all processors itself */
    if (rest < jobs * (JOB_BYTES + LEAST_BYTES))
        return recto_error_set(
            err, RECTO_ERR_ARG,
            "%.0f MB of memory are too little for %d job%s: give --max-memory at "
            "least %.0f MB",
            (double)most * 1e-6, (int)jobs, jobs == 1 ? "" : "s",
            (double)(ENGINE_BYTES + jobs * (JOB_BYTES + LEAST_BYTES)) * 1e-6);
    b->jobs = (int)jobs;
    *pages_bytes = (rest - jobs * JOB_BYTES) / 2;
    if (opt->run.reader == RECTO_CHOOSE_VLM && *pages_bytes > VLM_PAGES_BYTES)
        *pages_bytes = VLM_PAGES_BYTES;
    return RECTO_OK;
}

static recto_status start_parsers(batch *b, uint64_t pages_bytes, recto_error *err)
{
    recto_parsers_options parsers = {.sandbox = !b->opt->run.unsandboxed,
                                     .memory_bytes = (size_t)(pages_bytes / (uint64_t)b->jobs)};
    recto_status st = recto_parsers_start(&b->parsers, &parsers, err);
    if (st == RECTO_OK && b->jobs > 1) {
        parsers.memory_bytes = (size_t)pages_bytes;
        st = recto_parsers_start(&b->parsers_alone, &parsers, err);
    }
    b->budget = recto_budget_new(pages_bytes);
    if (st == RECTO_OK && b->budget == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    return st;
}

static bool stopping(void *b)
{
    return batch_stopping(b);
}

static bool on_page(void *job, const char *name, int page_done, int n_pages)
{
    (void)name;
    (void)page_done;
    (void)n_pages;
    return batch_stopping(((batch_job *)job)->b);
}

static bool job_aborted(void *job)
{
    return batch_aborted(((batch_job *)job)->b);
}

/* The model, as it lies in memory, and the pages must stay under the limit together. */
static recto_status check_model_fits(const batch *b, recto_error *err)
{
    uint64_t needed = recto_memory_resident() + 2 * recto_budget_total(b->budget);
    if (b->opt->max_memory == 0 || needed <= b->opt->max_memory)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_ARG,
                           "the model and its pages take %.1f GB: give --max-memory more than that",
                           (double)needed * 1e-9);
}

/* The models that pages will need, and their names for the fingerprint. */
static recto_status load_models(batch *b, batch_job *job, recto_error *err)
{
    if (b->opt->run.reader == RECTO_CHOOSE_LAYER)
        return RECTO_OK;
    if (b->opt->run.reader == RECTO_CHOOSE_VLM) {
        recto_status st = recto_model_slot_vlm(&job->slot, &job->run, err);
        if (st == RECTO_OK && recto_vlm_sha256(job->slot.vlm) == NULL)
            st = recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
        return st == RECTO_OK ? check_model_fits(b, err) : st;
    }
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_status st = tmp != NULL ? recto_model_slot_line(&job->slot, tmp, err)
                                  : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_arena_free(tmp);
    return st;
}

static recto_status open_journal(batch *b, const recto_model_slot *slot, recto_error *err)
{
    const recto_batch_options *opt = b->opt;
    recto_buf settings = RECTO_BUF_INIT;
    recto_status st = batch_settings(&settings, b->fingerprint, opt, slot, err);
    if (st == RECTO_OK)
        st = recto_journal_open(&b->journal,
                                &(recto_journal_options){.folder = opt->folder,
                                                         .shard = opt->plan.shard,
                                                         .n_shards = opt->plan.n_shards,
                                                         .resume = opt->resume,
                                                         .fingerprint = b->fingerprint,
                                                         .settings = settings.data,
                                                         .sandboxed = !opt->run.unsandboxed},
                                err);
    recto_buf_free(&settings);
    return st;
}

/* --- what there is to do ----------------------------------------------------------------- */

static recto_journal_document wanted(const recto_plan_item *item)
{
    return (recto_journal_document){.key = item->key,
                                    .path = item->path,
                                    .original = item->original,
                                    .note = item->note,
                                    .size = item->size,
                                    .mtime_ns = item->mtime_ns};
}

static bool add_unit(batch *b, const recto_plan_item *item)
{
    pthread_mutex_lock(&b->lock);
    bool added = batch_units_add(&b->queue, (batch_unit){.item = item});
    b->progress.n_documents++;
    b->bytes_known += item->size;
    pthread_mutex_unlock(&b->lock);
    return added;
}

recto_status batch_enqueue(batch *b, const recto_plan *plan, recto_error *err)
{
    recto_journal_document *rows = malloc(((size_t)plan->n_items + 1) * sizeof *rows);
    const recto_plan_item **items = malloc(((size_t)plan->n_items + 1) * sizeof *items);
    recto_status st = rows != NULL && items != NULL
                          ? RECTO_OK
                          : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    int n = 0;
    for (int i = 0; i < plan->n_items && st == RECTO_OK; i++) {
        bool done = false;
        rows[n] = wanted(&plan->items[i]);
        items[n] = &plan->items[i];
        st = batch_stopping(b)
                 ? recto_error_set(err, RECTO_ERR_CANCELLED, "stopped")
                 : recto_journal_is_done(&done, b->journal, &rows[n], b->opt->retry_failed, err);
        n += !done;
        pthread_mutex_lock(&b->lock); /* jobs tell of the progress */
        b->progress.n_skipped += done;
        pthread_mutex_unlock(&b->lock);
    }
    if (st == RECTO_OK) /* also with none: the plan is known */
        st = recto_journal_plan(b->journal, rows, n, err);
    for (int i = 0; i < n && st == RECTO_OK; i++)
        if (!add_unit(b, items[i]))
            st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    pthread_cond_broadcast(&b->changed);
    free(rows);
    free(items);
    return st;
}

/* --- the jobs ---------------------------------------------------------------------------- */

/* With the lock: is a job at the next document in the queue already?  So it is when a file was
 * replaced meanwhile (--watch); whoever ends last would leave its results. */
static bool next_is_in_hand(const batch *b)
{
    const char *key = b->queue.at[b->next].item->key;
    for (int i = 0; i < b->n_all_jobs; i++)
        if (b->all_jobs[i].key != NULL && strcmp(b->all_jobs[i].key, key) == 0)
            return true;
    return false;
}

/* The next document, when there is one; false when there will be none. */
static bool take_unit(batch_job *job, batch_unit *out)
{
    batch *b = job->b;
    bool taken = false;
    pthread_mutex_lock(&b->lock);
    while (!b->stopping && (b->next < b->queue.n ? next_is_in_hand(b) : !b->closed))
        pthread_cond_wait(&b->changed, &b->lock);
    if (!b->stopping && b->next < b->queue.n) {
        *out = b->queue.at[b->next++];
        job->key = out->item->key;
        b->n_busy++;
        taken = true;
    }
    pthread_mutex_unlock(&b->lock);
    return taken;
}

static void give_unit(batch_job *job)
{
    batch *b = job->b;
    pthread_mutex_lock(&b->lock);
    job->key = NULL;
    b->n_busy--;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static void do_unit(batch_job *job, batch_unit unit)
{
    if (unit.item->status != RECTO_OK)
        batch_record_item(job->b, unit.item, RECTO_JOURNAL_FAILED);
    else if (unit.item->original != NULL)
        batch_record_item(job->b, unit.item, RECTO_JOURNAL_DUPLICATE);
    else
        batch_do(job, unit);
}

static void *job_main(void *user)
{
    batch_job *job = user;
    batch_unit unit;
    while (take_unit(job, &unit)) {
        do_unit(job, unit);
        give_unit(job);
    }
    return NULL;
}

/* Signals are for the main thread: they are not to interrupt what jobs read and write. */
static int start_job(batch_job *job)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int sys = pthread_create(&job->thread, NULL, job_main, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sys;
}

static recto_status start_jobs(batch *b, batch_job *jobs, recto_error *err)
{
    for (int i = 0; i < b->jobs; i++) {
        int sys = start_job(&jobs[i]);
        if (sys != 0)
            return recto_error_sys(err, RECTO_ERR_DEVICE, sys, "cannot start a thread");
        jobs[i].started = true;
    }
    return RECTO_OK;
}

static void end_jobs(batch *b, batch_job *jobs)
{
    pthread_mutex_lock(&b->lock);
    b->closed = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
    for (int i = 0; i < b->jobs; i++)
        if (jobs[i].started)
            pthread_join(jobs[i].thread, NULL);
}

/* --- the main thread --------------------------------------------------------------------- */

/* With the lock: wait for a change or a fifth of a second. */
static void wait_tick(batch *b)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TICK_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&b->changed, &b->lock, &until);
}

static void tick(batch *b)
{
    recto_batch_progress *p = &b->progress;
    p->seconds = recto_clock_s() - b->started_s;
    p->eta_s = b->bytes_done > 0 && b->bytes_known >= b->bytes_done && p->seconds > 1
                   ? p->seconds * (double)(b->bytes_known - b->bytes_done) / (double)b->bytes_done
                   : -1;
    if (b->opt->events.tick != NULL)
        b->opt->events.tick(b->opt->events.user, p);
}

bool batch_look(batch *b)
{
    bool stop = batch_stopping(b);
    pthread_mutex_lock(&b->lock);
    tick(b);
    if (stop && !b->stopping) {
        b->stopping = true;
        pthread_cond_broadcast(&b->changed);
    }
    bool working = b->n_busy > 0 || (b->next < b->queue.n && !b->stopping);
    pthread_mutex_unlock(&b->lock);
    return working;
}

/* Until the queue is empty and no job works, or the run stops. */
static void wait_for_jobs(batch *b)
{
    while (batch_look(b)) {
        pthread_mutex_lock(&b->lock);
        if (b->n_busy > 0 || b->next < b->queue.n)
            wait_tick(b);
        pthread_mutex_unlock(&b->lock);
    }
}

void batch_do_later(batch *b)
{
    while (b->later.n > 0 && !batch_stopping(b)) {
        batch_units round = b->later;
        b->later = (batch_units){0};
        for (int i = 0; i < 10 * SETTLE_S && !batch_stopping(b); i++)
            nanosleep(&(struct timespec){0, 100000000}, NULL);
        for (size_t i = 0; i < round.n && !batch_stopping(b); i++) {
            pthread_mutex_lock(&b->lock);
            b->queue.at[0] = round.at[i]; /* it had more than one: these came from it */
            b->queue.n = 1;
            b->next = 0;
            pthread_cond_broadcast(&b->changed);
            pthread_mutex_unlock(&b->lock);
            wait_for_jobs(b);
        }
        free(round.at);
    }
}

static recto_plan_options plan_options(batch *b)
{
    recto_plan_options plan = b->opt->plan;
    plan.folder = b->opt->folder;
    plan.stop = stopping;
    plan.user = b;
    return plan;
}

static recto_status work_through(batch *b, batch_job *jobs, recto_error *err)
{
    recto_status st = start_jobs(b, jobs, err);
    if (st == RECTO_OK && b->opt->watch) {
        const recto_plan_options plan = plan_options(b);
        st = batch_watch(b, &plan, err);
    } else if (st == RECTO_OK) {
        wait_for_jobs(b);
        batch_do_later(b);
    }
    if (st != RECTO_OK)
        batch_fail(b, st, err);
    end_jobs(b, jobs);
    if (st == RECTO_ERR_CANCELLED)
        st = RECTO_OK; /* told by whoever stops the run */
    if (st == RECTO_OK && b->fatal != RECTO_OK) {
        st = b->fatal;
        *err = b->fatal_error;
    }
    return st;
}

/* Everything that must be there before the first document: the work itself follows. */
static recto_status prepare(batch *b, batch_job *first, recto_plan **plan, recto_error *err)
{
    const recto_batch_options *opt = b->opt;
    uint64_t pages_bytes = 0;
    const recto_plan_options plan_opt = plan_options(b);
    recto_status st = recto_folder_make(opt->folder, err);
    if (st == RECTO_OK)
        st = batch_share_out(b, &pages_bytes, err);
    if (st == RECTO_OK) /* processes first: threads and models are not to be copied */
        st = start_parsers(b, pages_bytes, err);
    if (st == RECTO_OK)
        st = load_models(b, first, err);
    if (st == RECTO_OK)
        st = open_journal(b, &first->slot, err);
    if (st == RECTO_OK)
        b->folder_fd = open(opt->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (st == RECTO_OK && !opt->watch)
        st = recto_plan_read(plan, opt->inputs, opt->n_inputs, &plan_opt, err);
    b->plan = *plan;
    if (st == RECTO_OK && !opt->watch)
        st = batch_enqueue(b, *plan, err);
    if (st == RECTO_OK && opt->resume)
        batch_sweep(&b->queue, opt->folder);
    return st == RECTO_OK && opt->checkpoint ? batch_pages_make(opt, err) : st;
}

recto_status batch_conclude(recto_journal_counts *counts, batch *b, recto_error *err)
{
    *counts = (recto_journal_counts){0};
    if (b->journal == NULL)
        return RECTO_OK;
    recto_status st = recto_journal_flush(b->journal, err);
    if (st == RECTO_OK)
        st = recto_journal_count(counts, b->journal, err);
    return st == RECTO_OK ? recto_journal_manifest(b->journal, err) : st;
}

static void set_up_jobs(batch *b, batch_job *jobs, int n)
{
    b->all_jobs = jobs;
    b->n_all_jobs = n;
    for (int i = 0; i < n; i++) {
        jobs[i].b = b;
        jobs[i].run = b->opt->run;
        jobs[i].run.parsers = b->parsers;
        jobs[i].run.budget = b->budget;
        jobs[i].run.on_page = on_page;
        jobs[i].run.stop = job_aborted;
        jobs[i].run.user = &jobs[i];
    }
}

static void tear_down(batch *b, batch_job *jobs, int n)
{
    for (int i = 0; i < n; i++)
        recto_model_slot_close(&jobs[i].slot);
    free(jobs);
    recto_journal_close(b->journal);
    recto_parsers_stop(b->parsers);
    recto_parsers_stop(b->parsers_alone);
    recto_budget_free(b->budget);
    if (b->folder_fd >= 0)
        close(b->folder_fd);
    free(b->queue.at);
    free(b->later.at);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
}

recto_status recto_batch_run(recto_batch_result *result, const recto_batch_options *opt,
                             recto_error *err)
{
    batch b = {.opt = opt, .folder_fd = -1, .jobs = 1, .started_s = recto_clock_s()};
    recto_plan *plan = NULL;
    recto_error ignored = {0};
    memset(result, 0, sizeof *result);
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.changed, NULL);
    int most = recto_memory_cores();
    batch_job *jobs = calloc((size_t)most, sizeof *jobs);
    if (jobs == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    set_up_jobs(&b, jobs, most);
    recto_status st = prepare(&b, &jobs[0], &plan, err);
    b.started_s = recto_clock_s();
    bool began = st == RECTO_OK;
    recto_journal_counts counts;
    if (began) {
        set_up_jobs(&b, jobs, most);
        st = work_through(&b, jobs, err);
    }
    recto_status concluded = batch_conclude(&counts, &b, st == RECTO_OK ? err : &ignored);
    if (st == RECTO_OK)
        st = concluded;
    if (st == RECTO_OK && b.stopping)
        st = recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    if (began && st == RECTO_OK)
        batch_pages_clear(opt);
    b.progress.seconds = recto_clock_s() - b.started_s;
    *result = (recto_batch_result){.progress = b.progress,
                                   .jobs = b.jobs,
                                   .began = began,
                                   .n_not_whole = counts.documents[RECTO_JOURNAL_FAILED] +
                                                  counts.documents[RECTO_JOURNAL_PARTIAL],
                                   .n_pending = counts.documents[RECTO_JOURNAL_PENDING],
                                   .stopped = b.stopping};
    if (plan != NULL) {
        result->n_hidden = plan->n_hidden;
        result->n_excluded = plan->n_excluded;
        result->n_other_shards = plan->n_other_shards;
    }
    tear_down(&b, jobs, most);
    recto_plan_free(plan);
    return st;
}
