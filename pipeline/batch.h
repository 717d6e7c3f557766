/* The batch: many documents, several at a time, each recorded in a journal; see
 * docs/ARCHITECTURE.md.
 *
 * One engine process with a thread a job.  A document is one job's from its first page to its
 * journal record, so that its outputs do not depend on how many jobs there are. */
#ifndef RECTO_PIPELINE_BATCH_H
#define RECTO_PIPELINE_BATCH_H

#include "pipeline/convert.h"
#include "pipeline/estimate.h"
#include "pipeline/journal.h"
#include "pipeline/plan.h"

typedef struct recto_batch_progress {
    int64_t n_documents; /* of this run, as known so far */
    int64_t n_skipped;   /* done in an earlier run; not among n_documents */
    int64_t
        n_states[RECTO_JOURNAL_STATE_COUNT]; /* finished in this run, by state; with attachments */
    int64_t n_attachments;                   /* of them */
    int64_t n_pages, n_pages_failed;
    double seconds; /* since the work began */
    double eta_s;   /* a guess from bytes done and left; negative = unknown */
} recto_batch_progress;

/* Told on any thread, never two at a time; each may be NULL but stop. */
typedef struct recto_batch_events {
    void *user;
    void (*document)(void *user, const recto_journal_document *document,
                     const recto_batch_progress *progress);         /* one is finished */
    void (*tick)(void *user, const recto_batch_progress *progress); /* five times a second */
    void (*message)(void *user, const char *text);                  /* what a person should know */
    bool (*stop)(
        void *user); /* true: finish the pages in hand and end.  Asked often, on any thread */
    bool (*abort)(void *user); /* true: end at once */
} recto_batch_events;

typedef struct recto_batch_options {
    const char *const *inputs;
    int n_inputs;
    const char *folder; /* OUT; made if missing */
    const recto_writer *const *forms;
    int n_forms;
    recto_options run;       /* callbacks, parsers and budget are the batch's own */
    recto_plan_options plan; /* folder, stop and user are the batch's own */
    int jobs;                /* 0 = from processors and memory */
    uint64_t max_memory;     /* of the whole run; 0 = 80 % of what is free */
    bool resume, retry_failed, abort_on_error;
    bool checkpoint; /* keep pages of long documents under way, so that a resumed run goes on inside
                        them: document text lies in OUT meanwhile */
    bool attachments; /* convert the files inside documents, too */
    bool watch;       /* go on with files that arrive, until stopped */
    recto_batch_events events;
} recto_batch_options;

typedef struct recto_batch_result {
    recto_batch_progress progress;
    int jobs;
    bool began;          /* documents were worked on: everything needed was there */
    int64_t n_not_whole; /* documents recorded as failed or partial, those of earlier runs too */
    int64_t n_pending; /* of an earlier run, not done, and not among the inputs of this one; with a
                          run that was stopped also those it left */
    bool stopped;      /* by the user, or abort_on_error */
    int n_hidden, n_excluded, n_other_shards; /* inputs that were left out */
} recto_batch_result;

/**
 * Run a batch.
 *
 * result  filled in any case
 *
 * Documents that fail are recorded and cost only themselves.  Errors: ARG (inputs, a journal that
 * is there without resume, too little memory), IO (inputs), OUTPUT (folder, disk, journal), MODEL,
 * DEVICE, NOMEM; CANCELLED when stop or abort ended it.
 */
RECTO_MUST_CHECK recto_status recto_batch_run(recto_batch_result *result,
                                              const recto_batch_options *opt, recto_error *err);

typedef struct recto_batch_estimate_events {
    void *user;
    void (*document)(void *user, const recto_estimate_document *d); /* or NULL */
} recto_batch_estimate_events;

/**
 * Say what recto_batch_run would do, as far as it can be told without reading pages; nothing is
 * written, and the output folder need not exist.
 *
 * jobs_out  documents at a time that the run would have
 *
 * Errors: as recto_batch_run, but for OUTPUT; with opt->resume also those of reading a journal (IO,
 * FORMAT, UNSUPPORTED).
 */
RECTO_MUST_CHECK recto_status recto_batch_estimate(recto_estimate *out, int *jobs_out,
                                                   const recto_batch_options *opt,
                                                   const recto_batch_estimate_events *events,
                                                   recto_error *err);

#endif
