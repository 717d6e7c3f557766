/* A report as collected, before it is written. */
#ifndef RECTO_PIPELINE_REPORT_PARTS_H
#define RECTO_PIPELINE_REPORT_PARTS_H

#include "pipeline/journal.h"
#include "pipeline/report.h"

enum {
    REPORT_CLASSES = RECTO_ERR_CRASH + 1,
    REPORT_SLOWEST = 50,
    REPORT_MISSING = 256, /* shards that are named */
    /* flags of pages a person should look at; the others are told of in the documents */
    REPORT_REVIEW = RECTO_FLAG_LOW_CONFIDENCE | RECTO_FLAG_TRUNCATED |
                    RECTO_FLAG_UNSUPPORTED_SCRIPT | RECTO_FLAG_HANDWRITING | RECTO_FLAG_DAMAGED |
                    RECTO_FLAG_LOOP_STOPPED,
};

/* Something that failed: a document (page 0) or a page of one that was written. */
typedef struct report_failure {
    recto_status status;
    const char *key, *message;
    int page;
} report_failure;

typedef struct report_slow {
    const char *key;
    double seconds;
    int n_pages;
} report_slow;

typedef struct report_review {
    const char *key;
    int page;
    float conf;
    uint32_t flags;
} report_review;

/* A document whose name or place was changed by the plan. */
typedef struct report_note {
    const char *key, *note;
} report_note;

typedef struct report_journal {
    const char *file;    /* its name in the folder */
    int shard, n_shards; /* by its name */
    recto_journal_condition condition;
    const char *message; /* why it was left out, or NULL */
    recto_journal_run *runs;
    int n_runs;
} report_journal;

struct recto_report {
    recto_arena *arena;
    report_journal *journals; /* by shard */
    int n_journals, cap_journals, n_readable;
    int n_shards;  /* of the split; 1 = not sharded */
    bool mixed;    /* journals of more than one split */
    int n_missing; /* shards without a journal */
    int missing[REPORT_MISSING];
    int64_t states[RECTO_JOURNAL_STATE_COUNT];
    int64_t n_documents;
    int64_t n_pages, n_pages_failed, n_pages_blank;
    int64_t readers[RECTO_READER_KIND_COUNT]; /* of pages neither blank nor failed */
    int64_t flags[RECTO_FLAG_COUNT];
    int64_t n_outputs;
    uint64_t output_bytes;
    int64_t n_attachments; /* inside documents */
    int64_t n_attached;    /* documents that were attachments */
    int64_t n_retried;     /* took more than one attempt */
    int most_attempts;
    int64_t n_unsandboxed; /* documents of runs with --no-sandbox */
    double work_s;         /* of all documents */
    double wall_s;         /* of the longest journal's runs: shards work side by side */
    const char *fingerprints[8];
    int n_fingerprints; /* settings that documents were converted with; at most 8 are told apart */

    report_failure *failures; /* by class, key, page */
    int n_failures, cap_failures;
    int64_t failed_documents[REPORT_CLASSES], failed_pages[REPORT_CLASSES];
    report_review *review; /* least confident first */
    int n_review, cap_review;
    report_note *notes; /* by key */
    int n_notes, cap_notes;
    report_slow slowest[REPORT_SLOWEST]; /* slowest first */
    int n_slowest;
};

/** "readable", "in_use", "cut", "damaged", "newer", "unreadable". */
const char *recto_report_condition_name(recto_journal_condition condition);
/** Is every shard there and readable, its last run ended, and no document pending? */
bool recto_report_complete(const recto_report *r);

#endif
