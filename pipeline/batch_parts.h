/* What the files of the batch share. */
#ifndef RECTO_PIPELINE_BATCH_PARTS_H
#define RECTO_PIPELINE_BATCH_PARTS_H

#include "pipeline/batch.h"
#include <pthread.h>

/* Runs over a document that may yet succeed: it changed, vanished for a moment, or wants more
 * memory. */
enum { BATCH_MAX_ATTEMPTS = 3 };

/* A document to do. */
typedef struct batch_unit {
    const recto_plan_item *item;
    int attempts; /* runs over it so far */
    bool alone;   /* with all memory, while no other job works */
} batch_unit;

typedef struct batch_units {
    batch_unit *at;
    size_t n, cap;
} batch_units;

typedef struct batch {
    const recto_batch_options *opt;
    recto_parsers *parsers;       /* with a job's share of the memory */
    recto_parsers *parsers_alone; /* with all of it; NULL with one job */
    recto_budget *budget;
    recto_journal *journal;
    const recto_plan *plan; /* NULL when folders are watched */
    char fingerprint[RECTO_SHA256_HEX];
    int folder_fd; /* OUT, as it was when the run began; -1 */
    int jobs;
    double started_s;

    struct batch_job *all_jobs; /* [n_all_jobs] */
    int n_all_jobs;

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    batch_units queue; /* [next..n) wait */
    size_t next;
    batch_units later; /* for after the queue */
    int n_busy;        /* jobs at work */
    bool closed;       /* nothing more will come */
    bool stopping;     /* no new documents; on abort_on_error and errors */
    recto_status fatal;
    recto_error fatal_error;
    uint64_t bytes_done, bytes_known;
    recto_batch_progress progress;
} batch;

/* A job: its thread, models and settings. */
typedef struct batch_job {
    batch *b;
    pthread_t thread;
    bool started;
    const char *key; /* of the document in hand, under the batch's lock; NULL between two */
    recto_model_slot slot;
    recto_options run;
} batch_job;

/* --- batch.c */
/** Settle b->jobs, and the memory for the parsers of all of them, which is also that for what the
 * engine makes of their pages. */
recto_status batch_share_out(batch *b, uint64_t *pages_bytes, recto_error *err);
/** Register what of a plan is not done yet and put it into the queue. */
recto_status batch_enqueue(batch *b, const recto_plan *plan, recto_error *err);
/** Tell of the progress, and pass on the wish to stop.  True while a job works or documents wait.
 */
bool batch_look(batch *b);
/** Do what was put off, one after another, so that each may have all the memory; jobs must be idle.
 */
void batch_do_later(batch *b);
/** Bring journal and manifest up to date.  counts: of all runs. */
recto_status batch_conclude(recto_journal_counts *counts, batch *b, recto_error *err);

/* --- batch_watch.c */
/** Take documents as they arrive, until stopped.  Jobs must be running. */
recto_status batch_watch(batch *b, const recto_plan_options *plan, recto_error *err);

/* --- batch_settings.c */
/** The settings that change results as one JSON object, and its SHA-256.  slot: with the models
 * loaded. */
recto_status batch_settings(recto_buf *json_out, char hex_out[RECTO_SHA256_HEX],
                            const recto_batch_options *opt, const recto_model_slot *slot,
                            recto_error *err);

/* --- batch_job.c */
/** Convert and record one document; may put it into b->later. */
void batch_do(batch_job *job, batch_unit unit);
/** Record a document without looking at it: failed in the plan, or a duplicate. */
void batch_record_item(batch *b, const recto_plan_item *item, recto_journal_state state);
/** Stop the run for an error that others would meet, too; the first one counts. */
void batch_fail(batch *b, recto_status st, const recto_error *err);
/** Stop was asked for, or the run cannot go on. */
bool batch_stopping(batch *b);
bool batch_aborted(batch *b);
/** Append; false if out of memory. */
bool batch_units_add(batch_units *units, batch_unit unit);

/* --- batch_pages.c */
/** Make the folder of kept pages. */
recto_status batch_pages_make(const recto_batch_options *opt, recto_error *err);
/** Where a document's pages are kept; NULL if out of memory. */
const char *batch_pages_path(const recto_batch_options *opt, const char *key, recto_arena *arena);
/** Remove what is left of them, with their folder, when nothing is under way any more. */
void batch_pages_clear(const recto_batch_options *opt);

/* --- batch_sweep.c */
/** Remove temporaries that a killed run left of the outputs of these documents. */
void batch_sweep(const batch_units *units, const char *folder);

#endif
