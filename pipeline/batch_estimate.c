/* --dry-run: what a batch would do, told without writing anything.  With --resume, what the journal
 * holds as done is passed over; a file whose time alone changed counts as to be done here, though
 * the batch will find its bytes to be the same. */
#include "core/buf.h"
#include "pipeline/batch_parts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A document that is done. */
typedef struct done_row {
    const char *key; /* in the arena */
    uint64_t size;
    int64_t mtime_ns;
} done_row;

typedef struct dry_run {
    batch b;
    const recto_batch_estimate_events *events;
    char fingerprint[RECTO_SHA256_HEX]; /* of the present settings, "" if unknown */
    done_row *done;                     /* [n_done] by key */
    size_t n_done, cap_done;
    recto_arena *arena;
} dry_run;

static recto_status out_of_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

/* --- what is done ------------------------------------------------------------------------ */

/* As in the journal: faults that pass are no end. */
static bool is_settled(const recto_journal_document *d, bool retry_failed)
{
    switch (d->state) {
    case RECTO_JOURNAL_OK:
    case RECTO_JOURNAL_DUPLICATE:
    case RECTO_JOURNAL_OTHER:
        return true;
    case RECTO_JOURNAL_PARTIAL:
    case RECTO_JOURNAL_FAILED:
        return !retry_failed && d->status != RECTO_ERR_IO && d->status != RECTO_ERR_OUTPUT &&
               d->status != RECTO_ERR_NOMEM && d->status != RECTO_ERR_DEVICE &&
               d->status != RECTO_ERR_CANCELLED;
    default:
        return false;
    }
}

static bool has_outputs(const recto_journal_entry *e, const char *folder, recto_buf *path)
{
    struct stat st;
    for (int i = 0; i < e->n_outputs; i++) {
        recto_buf_clear(path);
        recto_buf_printf(path, "%s/%s", folder, e->outputs[i].path);
        if (path->failed || stat(path->data, &st) != 0 || !S_ISREG(st.st_mode) ||
            (uint64_t)st.st_size != e->outputs[i].size)
            return false;
    }
    return true;
}

static recto_status add_done(dry_run *r, const recto_journal_document *d, recto_error *err)
{
    if (r->n_done == r->cap_done) {
        size_t cap = r->cap_done == 0 ? 256 : 2 * r->cap_done;
        done_row *grown = realloc(r->done, cap * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(err);
        r->done = grown;
        r->cap_done = cap;
    }
    done_row row = {.key = recto_arena_text(r->arena, d->key, strlen(d->key)),
                    .size = d->size,
                    .mtime_ns = d->mtime_ns};
    if (row.key == NULL)
        return out_of_memory(err);
    r->done[r->n_done++] = row;
    return RECTO_OK;
}

/* Was it recorded under the present settings, or, if those are unknown, under those of the last
 * run? */
static bool is_current(const dry_run *r, const recto_journal_run *runs, int n, int64_t id)
{
    const char *wanted = r->fingerprint[0] != '\0' ? r->fingerprint
                         : n > 0                   ? runs[n - 1].fingerprint
                                                   : NULL;
    for (int i = n - 1; i >= 0; i--)
        if (runs[i].id == id)
            return wanted != NULL && runs[i].fingerprint != NULL &&
                   strcmp(runs[i].fingerprint, wanted) == 0;
    return false;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const done_row *)a)->key, ((const done_row *)b)->key);
}

static recto_status read_rows(dry_run *r, recto_journal_reader *reader, recto_error *err)
{
    const recto_batch_options *opt = r->b.opt;
    recto_journal_run *runs = NULL;
    int n_runs = 0;
    bool more = true;
    recto_buf path = RECTO_BUF_INIT;
    recto_arena *row = recto_arena_new(0, 0);
    recto_status st = row != NULL ? recto_journal_reader_runs(&runs, &n_runs, reader, r->arena, err)
                                  : out_of_memory(err);
    while (st == RECTO_OK) {
        recto_journal_entry e = {0};
        recto_arena_clear(row);
        st = recto_journal_reader_next(&more, &e, reader, row, err);
        if (st != RECTO_OK || !more)
            break;
        if (is_settled(&e.document, opt->retry_failed) && is_current(r, runs, n_runs, e.run) &&
            has_outputs(&e, opt->folder, &path))
            st = add_done(r, &e.document, err);
    }
    if (r->n_done > 0)
        qsort(r->done, r->n_done, sizeof *r->done, by_key);
    recto_buf_free(&path);
    recto_arena_free(row);
    return st;
}

/* The fingerprint that the batch would have; with the VLM only loading it would tell. */
static recto_status find_fingerprint(dry_run *r, recto_error *err)
{
    const recto_batch_options *opt = r->b.opt;
    recto_model_slot slot = {0};
    recto_buf settings = RECTO_BUF_INIT;
    if (opt->run.reader == RECTO_CHOOSE_VLM)
        return RECTO_OK;
    recto_status st = opt->run.reader != RECTO_CHOOSE_LAYER
                          ? recto_model_slot_line(&slot, r->arena, err)
                          : RECTO_OK;
    if (st == RECTO_OK)
        st = batch_settings(&settings, r->fingerprint, opt, &slot, err);
    recto_buf_free(&settings);
    recto_model_slot_close(&slot);
    return st;
}

/* What an earlier run did.  A journal that cannot be read is one that --resume will not pass over,
 * so its error is told. */
static recto_status read_done(dry_run *r, recto_error *err)
{
    const recto_batch_options *opt = r->b.opt;
    recto_journal_reader *reader = NULL;
    recto_buf path = RECTO_BUF_INIT;
    struct stat file;
    if (opt->plan.n_shards > 1)
        recto_buf_printf(&path, "%s/journal-%d-of-%d.sqlite", opt->folder, opt->plan.shard,
                         opt->plan.n_shards);
    else
        recto_buf_printf(&path, "%s/journal.sqlite", opt->folder);
    recto_status st = recto_buf_status(&path, err);
    if (st == RECTO_OK && opt->resume && stat(path.data, &file) == 0) {
        st = find_fingerprint(r, err);
        if (st == RECTO_OK)
            st = recto_journal_reader_open(&reader, NULL, path.data, err);
        if (st == RECTO_OK)
            st = read_rows(r, reader, err);
        recto_journal_reader_close(reader);
    }
    recto_buf_free(&path);
    return st;
}

static bool is_done(void *user, const recto_plan_item *item)
{
    const dry_run *r = user;
    size_t low = 0, high = r->n_done;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(r->done[middle].key, item->key);
        if (order == 0)
            return r->done[middle].size == item->size && r->done[middle].mtime_ns == item->mtime_ns;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* --- the run ----------------------------------------------------------------------------- */

static void on_document(void *user, const recto_estimate_document *d)
{
    dry_run *r = user;
    if (r->events->document != NULL)
        r->events->document(r->events->user, d);
}

static bool on_stop(void *user)
{
    dry_run *r = user;
    return r->b.opt->events.stop != NULL && r->b.opt->events.stop(r->b.opt->events.user);
}

static recto_status look(recto_estimate *out, dry_run *r, recto_error *err)
{
    const recto_batch_options *opt = r->b.opt;
    recto_plan *plan = NULL;
    uint64_t pages_bytes = 0;
    recto_plan_options plan_opt = opt->plan;
    recto_options run = opt->run;
    plan_opt.folder = opt->folder;
    plan_opt.stop = on_stop;
    plan_opt.user = r;
    recto_status st = batch_share_out(&r->b, &pages_bytes, err);
    if (st == RECTO_OK)
        st = recto_parsers_start(&run.parsers,
                                 &(recto_parsers_options){.sandbox = !opt->run.unsandboxed,
                                                          .memory_bytes = (size_t)pages_bytes},
                                 err);
    if (st == RECTO_OK)
        st = read_done(r, err);
    if (st == RECTO_OK)
        st = recto_plan_read(&plan, opt->inputs, opt->n_inputs, &plan_opt, err);
    if (st == RECTO_OK)
        st = recto_estimate_plan(out, plan,
                                 &(recto_estimate_options){.run = &run,
                                                           .document = on_document,
                                                           .is_done = is_done,
                                                           .stop = on_stop,
                                                           .user = r},
                                 err);
    recto_plan_free(plan);
    recto_parsers_stop(run.parsers);
    return st;
}

recto_status recto_batch_estimate(recto_estimate *out, int *jobs_out,
                                  const recto_batch_options *opt,
                                  const recto_batch_estimate_events *events, recto_error *err)
{
    dry_run r = {.b = {.opt = opt, .jobs = 1}, .events = events, .arena = recto_arena_new(0, 0)};
    *out = (recto_estimate){0};
    recto_status st = r.arena != NULL ? look(out, &r, err) : out_of_memory(err);
    *jobs_out = r.b.jobs;
    free(r.done);
    recto_arena_free(r.arena);
    return st;
}
