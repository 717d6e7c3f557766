/* The journal of a batch: one SQLite file in the output folder (one a shard) with a row for every
 * document and every page.  A document's rows are written in one transaction, after its outputs
 * have their names, so that a kill at any moment leaves it either whole or to be done again.
 *
 * OUT may lie on NFS: exclusive locking, a rollback journal, never WAL.  No document text is
 * stored. */
#ifndef RECTO_PIPELINE_JOURNAL_H
#define RECTO_PIPELINE_JOURNAL_H

#include "core/arena.h"
#include "text/doc.h"

typedef struct recto_journal recto_journal;

typedef enum recto_journal_state {
    RECTO_JOURNAL_PENDING = 0, /* planned, not done */
    RECTO_JOURNAL_OK,
    RECTO_JOURNAL_PARTIAL,   /* written, but some pages failed; each has its reason */
    RECTO_JOURNAL_FAILED,    /* no output; class and message say why */
    RECTO_JOURNAL_DUPLICATE, /* same bytes as another document (--dedupe) */
    RECTO_JOURNAL_OTHER,     /* a file of a folder that is no document, by its bytes and its name */
    RECTO_JOURNAL_STATE_COUNT
} recto_journal_state;

typedef struct recto_journal_options {
    const char *folder;      /* OUT; must exist */
    int shard, n_shards;     /* 1-based; 1 of 1 = not sharded */
    bool resume;             /* go on with a journal that is there */
    const char *fingerprint; /* SHA-256 of what changes results: settings, version, model */
    const char *settings;    /* one JSON object: the same, readable */
    bool sandboxed;
} recto_journal_options;

/* A document as recorded.  Texts are borrowed by the writing calls, in the arena for the reading
 * ones. */
typedef struct recto_journal_document {
    const char *key;      /* its name within the batch: see plan.h */
    const char *path;     /* where it was read */
    const char *parent;   /* key of the document it was attached to, else NULL */
    const char *original; /* DUPLICATE: key of the document with the same bytes, else NULL */
    const char *note; /* what the plan changed: an output renamed because of a collision; or NULL */
    uint64_t size;
    int64_t mtime_ns;
    char sha256[65]; /* "" if it could not be read */
    recto_journal_state state;
    recto_status status; /* FAILED: its class; PARTIAL: of the first failed page */
    const char *message; /* the same in words, or NULL */
    const char *format;  /* "pdf"...; NULL if it could not be opened */
    int n_pages, n_failed, n_blank, n_attachments;
    int attempts; /* read: tries in all runs, at least 1 once done.  Recorded: tries in this run, 0
                     is taken as 1; they are added up */
    double started; /* seconds since 1970 */
    double seconds; /* of work */
} recto_journal_document;

typedef struct recto_journal_page {
    int number;
    recto_status status;
    const char *message; /* NULL if OK */
    recto_reader_kind reader;
    uint32_t flags; /* RECTO_FLAG_* */
    float conf;
    double seconds;
} recto_journal_page;

typedef struct recto_journal_output {
    const char *path; /* below OUT */
    uint64_t size;
    char sha256[65];
} recto_journal_output;

/**
 * Open or make the journal of OUT (journal.sqlite, of a shard journal-K-of-N.sqlite, mode 0600) and
 * take it for this run alone.  To resume where there is none yet is to start.
 *
 * out  close with recto_journal_close
 *
 * Errors: ARG (there is a journal and no --resume; OUT has journals of another split, which would
 * do documents twice; made by a newer Recto, or by something else), OUTPUT (cannot be written; in
 * use by another run, said within half a second; damaged), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_journal_open(recto_journal **out,
                                                 const recto_journal_options *opt,
                                                 recto_error *err);
/** Wait until all that was handed over is on the disk; the first error of writing, if any. */
RECTO_MUST_CHECK recto_status recto_journal_flush(recto_journal *j, recto_error *err);
void recto_journal_close(recto_journal *j); /* flushes; NULL is a no-op */

/**
 * Register documents that are to be done (key, path, size, mtime, note; parent, original) as
 * PENDING, in one transaction: those of which recto_journal_is_done said no.  What was recorded of
 * them is forgotten but for the number of attempts, and the rows of their attachments, which come
 * again with them.  Rows of documents that are not named stay.
 * A run has to call it even with none: without it the batch is not complete, since nobody knows
 * what there was to do.
 * Errors: OUTPUT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_journal_plan(recto_journal *j,
                                                 const recto_journal_document *documents, int n,
                                                 recto_error *err);

/**
 * Is the document done, under the present settings, from these very bytes (size and mtime; when
 * only the mtime differs, the SHA-256 of the file at path decides, and the row gets the new mtime),
 * with all its outputs in place at their sizes, and is all of that true of its attachments' rows?
 * One indexed query and a stat for each output.
 *
 * done_out  true: skip it.  Failures count as done, except those of class IO, OUTPUT, NOMEM, DEVICE
 *           and CANCELLED (also of a single page), and all of them with retry_failed
 * wanted    key, path, size, mtime_ns; original as the plan has it (a duplicate is done only as the
 *           duplicate of the same document); sha256 if known, it then decides instead of the mtime
 *
 * Errors: OUTPUT (also the first error of writing so far), NOMEM.  Any thread.
 */
RECTO_MUST_CHECK recto_status recto_journal_is_done(bool *done_out, recto_journal *j,
                                                    const recto_journal_document *wanted,
                                                    bool retry_failed, recto_error *err);

/**
 * Record a finished document with its pages and outputs, replacing what was recorded of it.
 *
 * Everything is copied and written by a thread of the journal's own, several documents to a
 * transaction when they come fast; returns at once.  May be called from any thread.  Errors: the
 * first error of writing so far (OUTPUT), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_journal_record(recto_journal *j,
                                                   const recto_journal_document *document,
                                                   const recto_journal_page *pages, int n_pages,
                                                   const recto_journal_output *outputs,
                                                   int n_outputs, recto_error *err);

/** Documents by state, and pages read and failed, as recorded so far. */
typedef struct recto_journal_counts {
    int64_t documents[RECTO_JOURNAL_STATE_COUNT];
    int64_t pages, pages_failed;
} recto_journal_counts;
RECTO_MUST_CHECK recto_status recto_journal_count(recto_journal_counts *out, recto_journal *j,
                                                  recto_error *err);

/** Write OUT/manifest.jsonl (of a shard: OUT/manifest-K-of-N.jsonl) anew, whole: one line a
 * document in the order of keys, without times, so that equal batches have equal manifests. Errors:
 * OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_journal_manifest(recto_journal *j, recto_error *err);

/** "pending", "ok", "partial", "failed", "duplicate", "other". */
const char *recto_journal_state_name(recto_journal_state state);

/* --- reading what a run left --------------------------------------------------------------------
 */

/* What became of a journal file that was to be read. */
typedef enum recto_journal_condition {
    RECTO_JOURNAL_READABLE = 0,
    RECTO_JOURNAL_IN_USE,  /* a run of this or another machine holds it */
    RECTO_JOURNAL_CUT,     /* the run was killed while it wrote: the next --resume puts it right */
    RECTO_JOURNAL_DAMAGED, /* not a journal, or its bytes are broken */
    RECTO_JOURNAL_NEWER,   /* of a later version of Recto */
    RECTO_JOURNAL_UNREADABLE, /* the system refuses: permission, vanished */
    RECTO_JOURNAL_CONDITION_COUNT
} recto_journal_condition;

/* One run over the batch; texts in the arena. */
typedef struct recto_journal_run {
    int64_t id;
    double started, seen, ended; /* seconds since 1970; seen: of its last record; ended: 0 = killed,
                                    still running, or never came to recto_journal_plan */
    const char *version, *fingerprint, *settings, *host;
    bool sandboxed;
} recto_journal_run;

/* A document with all that belongs to it; everything in the arena. */
typedef struct recto_journal_entry {
    recto_journal_document document;
    recto_journal_page *pages; /* by number */
    int n_pages;
    recto_journal_output *outputs; /* by path */
    int n_outputs;
    int64_t run; /* id of the run that recorded it */
} recto_journal_entry;

typedef struct recto_journal_reader recto_journal_reader;

/**
 * Open a journal that no run holds, without writing anything.  Its bytes are not trusted.
 *
 * out            close with recto_journal_reader_close
 * condition_out  why not, when it cannot be read; may be NULL
 *
 * Errors: IO (in use, cut, unreadable), FORMAT (damaged), UNSUPPORTED (newer), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_journal_reader_open(recto_journal_reader **out,
                                                        recto_journal_condition *condition_out,
                                                        const char *path, recto_error *err);
void recto_journal_reader_close(recto_journal_reader *r); /* NULL is a no-op */
void recto_journal_reader_shard(const recto_journal_reader *r, int *shard_out, int *n_shards_out);
/** All runs, oldest first, in the arena.  Errors: FORMAT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_journal_reader_runs(recto_journal_run **out, int *n_out,
                                                        recto_journal_reader *r, recto_arena *keep,
                                                        recto_error *err);
/** The next document, in no particular order; *more_out false and nothing else at the end.
 * Errors: FORMAT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_journal_reader_next(bool *more_out, recto_journal_entry *out,
                                                        recto_journal_reader *r, recto_arena *keep,
                                                        recto_error *err);

/** Is this the name of a journal file?  Its shard, 1 of 1 for journal.sqlite. */
bool recto_journal_name_parse(const char *name, int *shard_out, int *n_shards_out);

#endif
