/* What the files of the journal share: the connection, its statements, the queue of the writer. */
#ifndef RECTO_PIPELINE_JOURNAL_PARTS_H
#define RECTO_PIPELINE_JOURNAL_PARTS_H

#include "pipeline/journal.h"

#include <pthread.h>
#include <sqlite3.h>

enum {
    JOURNAL_APPLICATION_ID = 0x52637430, /* "Rct0", in the header of the file */
    JOURNAL_USER_VERSION = 1,            /* of the tables below */
    JOURNAL_NAME_MAX = 64,
};

/* Prepared statements. */
typedef enum journal_sql {
    SQL_BEGIN = 0,
    SQL_COMMIT,
    SQL_PLAN,
    SQL_RECORD,
    SQL_DELETE_PAGES,
    SQL_DELETE_OUTPUTS,
    SQL_PAGE,
    SQL_OUTPUT,
    SQL_MTIME,
    SQL_SEEN,
    SQL_DONE,
    SQL_DROP_PAGES, /* of what was attached to a document, at any depth */
    SQL_DROP_OUTPUTS,
    SQL_DROP_ATTACHED,
    SQL_ATTACHED, /* keys of the documents attached to one */
    SQL_PASSING,  /* has a document a page that failed for a passing reason? */
    SQL_COUNT
} journal_sql;

/* One thing for the writer to do. */
typedef struct journal_task {
    struct journal_task *next;
    recto_arena *arena; /* holds this task and all it points to */
    uint64_t number;
    bool only_mtime; /* else a record */
    recto_journal_document document;
    const recto_journal_page *pages;
    const recto_journal_output *outputs;
    int n_pages, n_outputs;
    size_t size_bytes;
} journal_task;

struct recto_journal {
    char *folder;
    int folder_fd;
    char name[JOURNAL_NAME_MAX]; /* of the file, for messages */
    int shard, n_shards;
    char *fingerprint;
    int64_t run;

    pthread_mutex_t db_lock; /* held by whoever uses db */
    sqlite3 *db;
    sqlite3_stmt *sql[SQL_COUNT];
    bool planned; /* this run's documents were registered */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t to_do; /* for the writer */
    pthread_cond_t done;  /* for those who wait on it */
    pthread_t writer;
    bool has_lock, has_db_lock, has_to_do, has_done, has_writer;
    bool stop;
    int n_waiting; /* callers of flush: no lingering */
    journal_task *first, *last;
    size_t queued_bytes;
    int n_queued;
    uint64_t n_handed;    /* number of the last task handed over */
    uint64_t last_record; /* the same of the last that is a record */
    uint64_t n_written;
    recto_error error; /* the first one; code OK = none */
};

/* What a connection may still do before its file is called damaged: one that was made to lead
 * SQLite in circles would keep it busy for ever. */
typedef struct journal_budget {
    int64_t looks_left;
    double until_s; /* of this thread's processor time */
} journal_budget;

/* --- journal_sql.c --- */

/** Say what SQLite's rc means for the journal called name. */
recto_status recto_journal_sql_error(recto_error *err, sqlite3 *db, int rc, const char *name);
RECTO_MUST_CHECK recto_status recto_journal_sql_run(sqlite3 *db, const char *sql, const char *name,
                                                    recto_error *err);
/** First column of the first row as a number. */
RECTO_MUST_CHECK recto_status recto_journal_sql_int(int64_t *out, sqlite3 *db, const char *sql,
                                                    const char *name, recto_error *err);
/** Settings of any connection: nothing in the file can make SQLite do more than read tables, and
 * not more than a file of that size may take.  budget is borrowed until recto_journal_sql_trust. */
void recto_journal_sql_harden(sqlite3 *db, journal_budget *budget, uint64_t size_bytes);
/** A run's own journal, checked: no budget from here on. */
void recto_journal_sql_trust(sqlite3 *db);
/** The tables, in an empty database. */
RECTO_MUST_CHECK recto_status recto_journal_sql_create(sqlite3 *db, const char *name,
                                                       recto_error *err);
/** Marks, tables and B-trees are what they should be; OUTPUT with an advice if not.  After it each
 * page of the file is known to be used once.  condition_out may be NULL. */
RECTO_MUST_CHECK recto_status recto_journal_sql_check(sqlite3 *db, const char *name,
                                                      recto_journal_condition *condition_out,
                                                      recto_error *err);

/** All prepared statements of a writing journal. */
RECTO_MUST_CHECK recto_status recto_journal_sql_prepare(recto_journal *j, recto_error *err);

/* --- journal_store.c: with db_lock held --- */

/** Write a chain of tasks in one transaction. */
RECTO_MUST_CHECK recto_status recto_journal_store(recto_journal *j, const journal_task *first,
                                                  recto_error *err);

/* --- journal_rows.c --- */

/** Columns of documents that a reading statement must select, in this order. */
#define JOURNAL_DOCUMENT_COLUMNS                                                                   \
    "id,key,path,parent,original,note,size,mtime_ns,sha256,state,class,message,format,pages,"      \
    "pages_failed,pages_blank,attachments,attempts,started,seconds,run"

/* Statements that read whole entries of any connection. */
typedef struct journal_rows {
    sqlite3 *db;
    const char *name; /* for messages */
    sqlite3_stmt *documents, *pages, *outputs;
} journal_rows;

/** order: SQL after the table's name. */
RECTO_MUST_CHECK recto_status recto_journal_rows_open(journal_rows *out, sqlite3 *db,
                                                      const char *name, const char *order,
                                                      recto_error *err);
void recto_journal_rows_close(journal_rows *r);
RECTO_MUST_CHECK recto_status recto_journal_rows_next(bool *more_out, recto_journal_entry *out,
                                                      journal_rows *r, recto_arena *keep,
                                                      recto_error *err);

/* --- journal_open.c --- */

/** File name of a journal. */
void recto_journal_name(char out[JOURNAL_NAME_MAX], int shard, int n_shards);
/** Ready db of j (folder, name, shard... are set): locked, checked or made, with a new run. */
RECTO_MUST_CHECK recto_status recto_journal_open_db(recto_journal *j,
                                                    const recto_journal_options *opt,
                                                    recto_error *err);

/* --- journal.c --- */

/** Wait until the records handed over so far are written; the first error of writing, if any. */
RECTO_MUST_CHECK recto_status recto_journal_wait(recto_journal *j, bool records_only,
                                                 recto_error *err);
/** Hand a task to the writer. */
RECTO_MUST_CHECK recto_status recto_journal_hand_over(recto_journal *j, journal_task *task,
                                                      recto_error *err);
/** FOLDER/NAME in memory to free, with "./" in front if SQLite could take it for a URI. */
char *recto_journal_path(const char *folder, const char *name);

#endif
