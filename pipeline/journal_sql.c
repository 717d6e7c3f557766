/* The journal's tables and statements, and what SQLite's answers mean.
 *
 *   batch      one row: the split this journal belongs to
 *   runs       one row for each time the batch was started or resumed
 *   documents  one row a document, planned or done
 *   pages      one row for each page of a document that was done
 *   outputs    one row for each file that was written for it
 *
 * Rows are readable with the sqlite3 program: states, classes, readers and flags are words.  Tables
 * are STRICT, so that quick_check finds values of a wrong type too. */
#include "pipeline/journal_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct table {
    const char *name, *sql;
} table;

/* As sqlite_schema keeps them: a file whose tables differ in a byte is no journal. */
static const table TABLES[] = {
    {"batch", "CREATE TABLE batch(shard INTEGER NOT NULL, shards INTEGER NOT NULL) STRICT"},
    {"runs",
     "CREATE TABLE runs(id INTEGER PRIMARY KEY, started REAL NOT NULL, seen REAL NOT NULL, "
     "ended REAL, version TEXT NOT NULL, fingerprint TEXT NOT NULL, settings TEXT NOT NULL, "
     "sandboxed INTEGER NOT NULL, host TEXT NOT NULL) STRICT"},
    {"documents",
     "CREATE TABLE documents(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, path TEXT, "
     "parent TEXT, original TEXT, note TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, "
     "sha256 TEXT, state TEXT NOT NULL, class TEXT, message TEXT, format TEXT, "
     "pages INTEGER NOT NULL, pages_failed INTEGER NOT NULL, pages_blank INTEGER NOT NULL, "
     "attachments INTEGER NOT NULL, attempts INTEGER NOT NULL, started REAL, "
     "seconds REAL NOT NULL, run INTEGER NOT NULL) STRICT"},
    {"pages", "CREATE TABLE pages(document INTEGER NOT NULL, page INTEGER NOT NULL, class TEXT, "
              "message TEXT, reader TEXT NOT NULL, flags TEXT, confidence REAL NOT NULL, "
              "seconds REAL NOT NULL, PRIMARY KEY(document, page)) STRICT, WITHOUT ROWID"},
    {"outputs", "CREATE TABLE outputs(document INTEGER NOT NULL, path TEXT NOT NULL, "
                "size INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY(document, path)) STRICT, "
                "WITHOUT ROWID"},
};

enum {
    N_TABLES = sizeof TABLES / sizeof *TABLES,
    MOST_ROW_BYTES = 1 << 20,
    /* Reading and checking a sound journal takes less than 2 steps a byte and 0.02 s a megabyte. */
    STEPS_A_LOOK = 4096,
    FIRST_LOOKS = 500,
    BYTES_PER_LOOK = 256,
};

/* Failures that another try may mend, without the user's doing. */
#define PASSING "('io','output','nomem','device','cancelled')"

#define FORGET                                                                                     \
    "sha256=NULL,state=excluded.state,class=NULL,message=NULL,format=NULL,pages=0,"                \
    "pages_failed=0,pages_blank=0,attachments=0,started=NULL,seconds=0,run=excluded.run"

/* Attachments are called KEY/..., so that the index finds them; '0' comes after '/'. */
#define BELOW " FROM documents WHERE key>?1||'/' AND key<?1||'0' AND parent IS NOT NULL"

static const char *const STATEMENTS[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_PLAN] =
        "INSERT INTO documents(key,path,parent,original,note,size,mtime_ns,state,pages,"
        "pages_failed,pages_blank,attachments,attempts,seconds,run) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,'pending',0,0,0,0,0,0,?8) ON CONFLICT(key) DO UPDATE SET "
        "path=excluded.path,parent=excluded.parent,original=excluded.original,note=excluded.note,"
        "size=excluded.size,mtime_ns=excluded.mtime_ns," FORGET " RETURNING id",
    [SQL_RECORD] =
        "INSERT INTO documents(key,path,parent,original,note,size,mtime_ns,sha256,state,class,"
        "message,format,pages,pages_failed,pages_blank,attachments,attempts,started,seconds,run) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?8) "
        "ON CONFLICT(key) DO UPDATE SET path=excluded.path,parent=excluded.parent,"
        "original=excluded.original,note=excluded.note,size=excluded.size,"
        "mtime_ns=excluded.mtime_ns,sha256=excluded.sha256,state=excluded.state,"
        "class=excluded.class,message=excluded.message,format=excluded.format,"
        "pages=excluded.pages,pages_failed=excluded.pages_failed,"
        "pages_blank=excluded.pages_blank,attachments=excluded.attachments,"
        "attempts=attempts+excluded.attempts,started=excluded.started,seconds=excluded.seconds,"
        "run=excluded.run RETURNING id",
    [SQL_DELETE_PAGES] = "DELETE FROM pages WHERE document=?1",
    [SQL_DELETE_OUTPUTS] = "DELETE FROM outputs WHERE document=?1",
    [SQL_PAGE] = "INSERT OR REPLACE INTO pages VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
    [SQL_OUTPUT] = "INSERT OR REPLACE INTO outputs VALUES(?1,?2,?3,?4)",
    [SQL_MTIME] = "UPDATE documents SET mtime_ns=?2 WHERE key=?1",
    [SQL_SEEN] = "UPDATE runs SET seen=?2 WHERE id=?1",
    [SQL_DONE] =
        "SELECT d.state,d.class IN " PASSING ",d.original,d.size,d.mtime_ns,d.sha256,"
        "r.fingerprint,d.id,o.path,o.size,d.attachments FROM documents d JOIN runs r ON r.id=d.run "
        "LEFT JOIN outputs o ON o.document=d.id WHERE d.key=?1",
    [SQL_DROP_PAGES] = "DELETE FROM pages WHERE document IN (SELECT id" BELOW ")",
    [SQL_DROP_OUTPUTS] = "DELETE FROM outputs WHERE document IN (SELECT id" BELOW ")",
    [SQL_DROP_ATTACHED] = "DELETE" BELOW,
    [SQL_ATTACHED] = "SELECT key FROM documents WHERE key>?1||'/' AND key<?1||'0' AND parent=?1",
    [SQL_PASSING] = "SELECT 1 FROM pages WHERE document=?1 AND class IN " PASSING " LIMIT 1",
};

/* --- errors ----------------------------------------------------------------------------------- */

static recto_status damaged(recto_error *err, const char *name, const char *why)
{
    return recto_error_set(err, RECTO_ERR_OUTPUT,
                           "%s is damaged (%s); move it away and start the batch again, which "
                           "converts every document anew",
                           name, why);
}

recto_status recto_journal_sql_error(recto_error *err, sqlite3 *db, int rc, const char *name)
{
    int sys = db != NULL ? sqlite3_system_errno(db) : 0;
    switch (rc == SQLITE_IOERR_NOMEM ? SQLITE_NOMEM : rc & 0xff) {
    case SQLITE_NOMEM:
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return recto_error_set(err, RECTO_ERR_OUTPUT,
                               "%s is in use by another run, or being read by recto report", name);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return damaged(err, name, "its bytes are not those of a database");
    case SQLITE_INTERRUPT: /* see look() */
        return damaged(err, name, "its tables lead in circles");
    case SQLITE_FULL:
        return recto_error_sys(err, RECTO_ERR_OUTPUT, sys != 0 ? sys : ENOSPC, "cannot write %s",
                               name);
    default:
        if (sys != 0)
            return recto_error_sys(err, RECTO_ERR_OUTPUT, sys, "cannot write %s", name);
        return recto_error_set(err, RECTO_ERR_OUTPUT, "cannot write %s: %s", name,
                               sqlite3_errstr(rc));
    }
}

recto_status recto_journal_sql_run(sqlite3 *db, const char *sql, const char *name, recto_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? RECTO_OK : recto_journal_sql_error(err, db, rc, name);
}

recto_status recto_journal_sql_int(int64_t *out, sqlite3 *db, const char *sql, const char *name,
                                   recto_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    *out = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    recto_status st = rc == SQLITE_ROW || rc == SQLITE_DONE
                          ? RECTO_OK
                          : recto_journal_sql_error(err, db, rc, name);
    sqlite3_finalize(stmt);
    return st;
}

/* --- the file --------------------------------------------------------------------------------- */

/* Processor time of this thread, seconds. */
static double busy_s(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0
               ? (double)t.tv_sec + (double)t.tv_nsec / 1e9
               : 0;
}

/* Asked every STEPS_A_LOOK steps; not 0 ends what SQLite is doing. */
static int look(void *user)
{
    journal_budget *b = user;
    return b->looks_left-- <= 0 || busy_s() > b->until_s;
}

void recto_journal_sql_trust(sqlite3 *db)
{
    sqlite3_progress_handler(db, 0, NULL, NULL);
}

void recto_journal_sql_harden(sqlite3 *db, journal_budget *budget, uint64_t size_bytes)
{
    static const int options[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        sqlite3_db_config(db, options[i][0], options[i][1], NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MOST_ROW_BYTES);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_extended_result_codes(db, 1);
    *budget = (journal_budget){.looks_left = FIRST_LOOKS + (int64_t)(size_bytes / BYTES_PER_LOOK),
                               .until_s = busy_s() + 10 + (double)size_bytes / 1e6};
    sqlite3_progress_handler(db, STEPS_A_LOOK, look, budget);
}

recto_status recto_journal_sql_create(sqlite3 *db, const char *name, recto_error *err)
{
    char marks[96];
    snprintf(marks, sizeof marks, "PRAGMA application_id=%d; PRAGMA user_version=%d",
             (int)JOURNAL_APPLICATION_ID, (int)JOURNAL_USER_VERSION);
    recto_status st = recto_journal_sql_run(db, marks, name, err);
    for (int i = 0; i < N_TABLES && st == RECTO_OK; i++)
        st = recto_journal_sql_run(db, TABLES[i].sql, name, err);
    return st;
}

/* Are the tables ours, all of them and nothing else (views, triggers, expressions)? */
static int check_tables(sqlite3 *db, bool *same_out)
{
    sqlite3_stmt *stmt = NULL;
    int n_found = 0;
    int rc = sqlite3_prepare_v2(db, "SELECT name,sql FROM sqlite_schema WHERE sql IS NOT NULL", -1,
                                &stmt, NULL);
    *same_out = true;
    while (rc == SQLITE_OK && *same_out && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        const char *sql = (const char *)sqlite3_column_text(stmt, 1);
        rc = SQLITE_OK;
        *same_out = false;
        for (int i = 0; i < N_TABLES && name != NULL && sql != NULL; i++)
            if (strcmp(name, TABLES[i].name) == 0 && strcmp(sql, TABLES[i].sql) == 0) {
                *same_out = true;
                n_found++;
            }
    }
    sqlite3_finalize(stmt);
    *same_out = *same_out && n_found == N_TABLES;
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* The B-trees.  quick_check follows children by recursion, as deep as a file says, so that one of
 * some 100 MB could make it use up the stack; a cursor gives up at 20 levels.  So first a cursor
 * walks over each tree, without a look at contents. */
static int check_trees(sqlite3 *db, bool *sound_out)
{
    static const char walk[] =
        "SELECT sum(1) FROM documents NOT INDEXED;"
        "SELECT sum(1) FROM documents INDEXED BY sqlite_autoindex_documents_1;"
        "SELECT sum(1) FROM batch; SELECT sum(1) FROM runs;"
        "SELECT sum(1) FROM pages; SELECT sum(1) FROM outputs";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_exec(db, walk, NULL, NULL, NULL);
    *sound_out = false;
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(stmt, 0);
        *sound_out = answer != NULL && strcmp(answer, "ok") == 0;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

recto_status recto_journal_sql_check(sqlite3 *db, const char *name,
                                     recto_journal_condition *condition_out, recto_error *err)
{
    int64_t mark = 0, version = 0;
    bool good = false;
    recto_journal_condition none, *condition = condition_out != NULL ? condition_out : &none;
    *condition = RECTO_JOURNAL_DAMAGED;
    recto_status st = recto_journal_sql_int(&mark, db, "PRAGMA application_id", name, err);
    if (st == RECTO_OK)
        st = recto_journal_sql_int(&version, db, "PRAGMA user_version", name, err);
    if (st != RECTO_OK)
        return st;
    if (mark != JOURNAL_APPLICATION_ID)
        return damaged(err, name, "it is not a journal of Recto");
    if (version > JOURNAL_USER_VERSION) {
        *condition = RECTO_JOURNAL_NEWER;
        return recto_error_set(err, RECTO_ERR_ARG,
                               "%s was made by a newer version of Recto (its format is %d, this is "
                               "%d); use that version, or another output folder",
                               name, (int)version, (int)JOURNAL_USER_VERSION);
    }
    int rc = check_tables(db, &good);
    if (rc == SQLITE_OK && !good)
        return damaged(err, name, "its tables are not those of a journal");
    if (rc == SQLITE_OK)
        rc = check_trees(db, &good);
    if (rc != SQLITE_OK)
        return recto_journal_sql_error(err, db, rc, name);
    if (!good)
        return damaged(err, name, "SQLite's check fails");
    *condition = RECTO_JOURNAL_READABLE;
    return RECTO_OK;
}

recto_status recto_journal_sql_prepare(recto_journal *j, recto_error *err)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        int rc = sqlite3_prepare_v3(j->db, STATEMENTS[i], -1, SQLITE_PREPARE_PERSISTENT, &j->sql[i],
                                    NULL);
        if (rc != SQLITE_OK)
            return recto_journal_sql_error(err, j->db, rc, j->name);
    }
    return RECTO_OK;
}
