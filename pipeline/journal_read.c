/* Reading a journal that nobody writes, for reports: without a change to its folder, and without
 * trust in its bytes.
 *
 * Nothing but plain tables of exactly our form is ever queried; SQLite checks every page it
 * follows, and has a budget in proportion to the file for as long as it is open: a tree that is out
 * of order can make each query as long as the file. */
#include "pipeline/journal_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BUSY_MS = 250 };

struct recto_journal_reader {
    sqlite3 *db;
    char *name; /* of the file without its folder */
    journal_rows rows;
    int shard, n_shards;
    journal_budget budget;
};

/* The class of an error while reading: never OUTPUT. */
static recto_status reading(recto_status st, recto_error *err)
{
    if (st != RECTO_ERR_OUTPUT)
        return st;
    if (err != NULL)
        err->code = RECTO_ERR_FORMAT;
    return RECTO_ERR_FORMAT;
}

/* A write-ahead log would have SQLite make files in the folder; ours never has one.  Also refuses
 * what is too short to be a database, which SQLite would take for an empty one. */
static bool has_plain_header(sqlite3 *db)
{
    static const char magic[] = "SQLite format 3"; /* with its NUL */
    unsigned char head[100];
    sqlite3_file *f = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK || f == NULL ||
        f->pMethods == NULL)
        return false;
    return f->pMethods->xRead(f, head, (int)sizeof head, 0) == SQLITE_OK &&
           memcmp(head, magic, sizeof magic) == 0 && head[18] == 1 && head[19] == 1;
}

/* What a first refusal of SQLite means. */
static recto_journal_condition condition_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return RECTO_JOURNAL_IN_USE;
    case SQLITE_READONLY: /* it would have to roll back, and may not write */
        return RECTO_JOURNAL_CUT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_INTERRUPT: /* the budget */
    case SQLITE_TOOBIG:
        return RECTO_JOURNAL_DAMAGED;
    default:
        return RECTO_JOURNAL_UNREADABLE;
    }
}

static recto_status refuse(recto_error *err, recto_journal_condition condition, const char *name,
                           int sys)
{
    switch (condition) {
    case RECTO_JOURNAL_IN_USE:
        return recto_error_set(err, RECTO_ERR_IO,
                               "%s is in use: a run is still going on; ask again when it is over",
                               name);
    case RECTO_JOURNAL_CUT:
        return recto_error_set(err, RECTO_ERR_IO,
                               "%s: the run was killed while it wrote; go on with recto batch "
                               "--resume, which puts it right",
                               name);
    case RECTO_JOURNAL_DAMAGED:
        return recto_error_set(err, RECTO_ERR_FORMAT, "%s is damaged or is no journal of Recto",
                               name);
    default:
        return recto_error_sys(err, RECTO_ERR_IO, sys != 0 ? sys : EIO, "cannot read %s", name);
    }
}

/* Open the file and take the lock for reading. */
static recto_status open_db(recto_journal_reader *r, recto_journal_condition *condition,
                            const char *path, uint64_t size_bytes, recto_error *err)
{
    int rc = sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    *condition = RECTO_JOURNAL_UNREADABLE;
    if (r->db == NULL || rc == SQLITE_NOMEM)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (rc != SQLITE_OK)
        return refuse(err, *condition, r->name, sqlite3_system_errno(r->db));
    recto_journal_sql_harden(r->db, &r->budget, size_bytes);
    sqlite3_busy_timeout(r->db, BUSY_MS);
    if (!has_plain_header(r->db)) {
        *condition = RECTO_JOURNAL_DAMAGED;
        return refuse(err, *condition, r->name, 0);
    }
    rc = sqlite3_exec(r->db,
                      "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; "
                      "PRAGMA mmap_size=0; BEGIN; SELECT count(*) FROM sqlite_schema",
                      NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return RECTO_OK;
    if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    *condition = condition_of(rc);
    return refuse(err, *condition, r->name, sqlite3_system_errno(r->db));
}

/* The split; its row must be one that a batch writes. */
static recto_status read_shard(recto_journal_reader *r, recto_error *err)
{
    int64_t shard = 0, n_shards = 0;
    recto_status st = recto_journal_sql_int(&shard, r->db, "SELECT shard FROM batch", r->name, err);
    if (st == RECTO_OK)
        st = recto_journal_sql_int(&n_shards, r->db, "SELECT shards FROM batch", r->name, err);
    if (st == RECTO_OK && (shard < 1 || shard > n_shards || n_shards > INT32_MAX))
        st = refuse(err, RECTO_JOURNAL_DAMAGED, r->name, 0);
    r->shard = (int)shard;
    r->n_shards = (int)n_shards;
    return st;
}

static recto_status open_reader(recto_journal_reader *r, recto_journal_condition *condition,
                                const char *path, recto_error *err)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    char *safe = slash == NULL ? recto_journal_path(".", path) : NULL;
    r->name = strdup(slash != NULL ? slash + 1 : path);
    if (slash != NULL) {
        char *folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
        safe = folder != NULL ? recto_journal_path(folder, slash + 1) : NULL;
        free(folder);
    }
    recto_status status = RECTO_OK;
    *condition = RECTO_JOURNAL_UNREADABLE;
    if (safe == NULL || r->name == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    else if (stat(safe, &st) != 0)
        status = refuse(err, *condition, r->name, errno);
    else if (!S_ISREG(st.st_mode)) /* a pipe would block */
        status = refuse(err, *condition = RECTO_JOURNAL_DAMAGED, r->name, 0);
    if (status == RECTO_OK)
        status = open_db(r, condition, safe, (uint64_t)st.st_size, err);
    free(safe);
    if (status != RECTO_OK)
        return status;
    status = recto_journal_sql_check(r->db, r->name, condition, err);
    if (status == RECTO_ERR_ARG) { /* newer */
        if (err != NULL)
            err->code = RECTO_ERR_UNSUPPORTED;
        return RECTO_ERR_UNSUPPORTED;
    }
    if (status == RECTO_OK) {
        *condition = RECTO_JOURNAL_DAMAGED;
        status = read_shard(r, err);
    }
    if (status == RECTO_OK)
        /* not by the index, which may lack rows in a damaged file */
        status = recto_journal_rows_open(&r->rows, r->db, r->name, "NOT INDEXED ORDER BY id", err);
    if (status == RECTO_OK)
        *condition = RECTO_JOURNAL_READABLE;
    return reading(status, err);
}

recto_status recto_journal_reader_open(recto_journal_reader **out,
                                       recto_journal_condition *condition_out, const char *path,
                                       recto_error *err)
{
    recto_journal_condition none;
    recto_journal_reader *r = calloc(1, sizeof *r);
    *out = NULL;
    if (condition_out == NULL)
        condition_out = &none;
    *condition_out = RECTO_JOURNAL_UNREADABLE;
    if (r == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = open_reader(r, condition_out, path, err);
    if (st != RECTO_OK) {
        recto_journal_reader_close(r);
        return st;
    }
    *out = r;
    return RECTO_OK;
}

void recto_journal_reader_close(recto_journal_reader *r)
{
    if (r == NULL)
        return;
    recto_journal_rows_close(&r->rows);
    sqlite3_close(r->db);
    free(r->name);
    free(r);
}

void recto_journal_reader_shard(const recto_journal_reader *r, int *shard_out, int *n_shards_out)
{
    *shard_out = r->shard;
    *n_shards_out = r->n_shards;
}

recto_status recto_journal_reader_next(bool *more_out, recto_journal_entry *out,
                                       recto_journal_reader *r, recto_arena *keep, recto_error *err)
{
    return reading(recto_journal_rows_next(more_out, out, &r->rows, keep, err), err);
}

/* --- runs ------------------------------------------------------------------------------------- */

static const char *text_of(sqlite3_stmt *s, int at, recto_arena *keep)
{
    const char *text = (const char *)sqlite3_column_text(s, at);
    return recto_arena_text(keep, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static double time_of(sqlite3_stmt *s, int at)
{
    double v = sqlite3_column_double(s, at);
    return v >= 0 && v < 1e12 ? v : 0;
}

static bool read_run(recto_journal_run *run, sqlite3_stmt *s, recto_arena *keep)
{
    *run = (recto_journal_run){
        .id = sqlite3_column_int64(s, 0),
        .started = time_of(s, 1),
        .seen = time_of(s, 2),
        .ended = time_of(s, 3),
        .version = text_of(s, 4, keep),
        .fingerprint = text_of(s, 5, keep),
        .settings = text_of(s, 6, keep),
        .sandboxed = sqlite3_column_int(s, 7) != 0,
        .host = text_of(s, 8, keep),
    };
    return run->version != NULL && run->fingerprint != NULL && run->settings != NULL &&
           run->host != NULL;
}

recto_status recto_journal_reader_runs(recto_journal_run **out, int *n_out, recto_journal_reader *r,
                                       recto_arena *keep, recto_error *err)
{
    sqlite3_stmt *s = NULL;
    recto_journal_run *runs = NULL;
    int n = 0, cap = 0;
    bool ok = true;
    *out = NULL;
    *n_out = 0;
    int rc = sqlite3_prepare_v2(r->db,
                                "SELECT id,started,seen,ended,version,fingerprint,settings,"
                                "sandboxed,host FROM runs ORDER BY id",
                                -1, &s, NULL);
    while (rc == SQLITE_OK && ok && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (n == cap) {
            int more = cap == 0 ? 4 : 2 * cap;
            runs = recto_arena_grow(keep, runs, (size_t)cap, (size_t)more, sizeof *runs);
            cap = more;
        }
        ok = runs != NULL && read_run(&runs[n++], s, keep);
        rc = SQLITE_OK;
    }
    recto_status st = RECTO_OK;
    if (!ok)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    else if (rc != SQLITE_DONE)
        st = reading(recto_journal_sql_error(err, r->db, rc, r->name), err);
    sqlite3_finalize(s);
    if (st != RECTO_OK)
        return st;
    *out = runs;
    *n_out = n;
    return RECTO_OK;
}
