/* Opening a journal to write it: its name, other splits beside it, the lock, the first rows.
 *
 * The lock is SQLite's own (fcntl), which NFS knows too; with locking_mode EXCLUSIVE it is kept
 * until the connection is closed, and no shared memory is needed.  It ends with the process. */
#include "pipeline/journal_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 250 }; /* a report may be reading */

static const char CONNECTION[] =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; "
    "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=OFF; PRAGMA cell_size_check=ON; "
    "PRAGMA cache_size=-16384";

void recto_journal_name(char out[JOURNAL_NAME_MAX], int shard, int n_shards)
{
    if (n_shards <= 1)
        snprintf(out, JOURNAL_NAME_MAX, "journal.sqlite");
    else
        snprintf(out, JOURNAL_NAME_MAX, "journal-%d-of-%d.sqlite", shard, n_shards);
}

bool recto_journal_name_parse(const char *name, int *shard_out, int *n_shards_out)
{
    int n = 0;
    char again[JOURNAL_NAME_MAX];
    *shard_out = *n_shards_out = 1;
    if (strcmp(name, "journal.sqlite") == 0)
        return true;
    if (strlen(name) >= JOURNAL_NAME_MAX ||
        sscanf(name, "journal-%9d-of-%9d.sqlite%n", shard_out, n_shards_out, &n) != 2 || n == 0)
        return false;
    /* only the one spelling that is written: no signs, zeros in front, anything behind */
    recto_journal_name(again, *shard_out, *n_shards_out);
    return *n_shards_out > 1 && *shard_out >= 1 && *shard_out <= *n_shards_out &&
           strcmp(again, name) == 0;
}

/* Open the folder; refuse one that has journals of another split: both would do the same
 * documents. */
static recto_status open_folder(recto_journal *j, const recto_journal_options *opt,
                                recto_error *err)
{
    DIR *folder = opendir(opt->folder);
    char other[JOURNAL_NAME_MAX] = "";
    int n_other = 0;
    struct dirent *e;
    if (folder == NULL)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot list '%s'", opt->folder);
    while ((e = readdir(folder)) != NULL) {
        int shard, n_shards;
        struct stat st;
        if (recto_journal_name_parse(e->d_name, &shard, &n_shards) && n_shards != opt->n_shards &&
            fstatat(dirfd(folder), e->d_name, &st, 0) == 0 && st.st_size > 0) {
            recto_journal_name(other, shard, n_shards);
            n_other = n_shards;
        }
    }
    j->folder_fd = fcntl(dirfd(folder), F_DUPFD_CLOEXEC, 0);
    int sys = errno;
    closedir(folder);
    if (j->folder_fd < 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, sys, "cannot open '%s'", opt->folder);
    if (n_other == 0)
        return RECTO_OK;
    char was[48];
    snprintf(was, sizeof was, n_other == 1 ? "one piece (no --shard)" : "--shard K/%d", n_other);
    return recto_error_set(err, RECTO_ERR_ARG,
                           "the output folder has %s, of a batch run as %s; go on with that, or "
                           "take another folder",
                           other, was);
}

/* An empty private file for SQLite to open.  One that is there is left alone: to open and close it
 * would drop the locks this process may have on it. */
static recto_status make_file(uint64_t *size_out, const char *path, const recto_journal *j,
                              recto_error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0) {
        *size_out = (uint64_t)st.st_size;
        if (S_ISREG(st.st_mode))
            return RECTO_OK;
        return recto_error_set(err, RECTO_ERR_OUTPUT, "%s is not a regular file; move it away",
                               j->name);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot make %s", j->name);
    if (fd >= 0)
        close(fd);
    (void)fsync(j->folder_fd); /* some file systems cannot */
    return RECTO_OK;
}

/* The run's row. */
static recto_status begin_run(recto_journal *j, const recto_journal_options *opt, recto_error *err)
{
    sqlite3_stmt *stmt = NULL;
    struct utsname host;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double now_s = (double)now.tv_sec + (double)(now.tv_nsec / 1000000) / 1e3;
    int rc = sqlite3_prepare_v2(j->db,
                                "INSERT INTO runs(started,seen,version,fingerprint,settings,"
                                "sandboxed,host) VALUES(?1,?1,?2,?3,?4,?5,?6)",
                                -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_double(stmt, 1, now_s);
        sqlite3_bind_text(stmt, 2, RECTO_VERSION, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 3, opt->fingerprint, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 4, opt->settings, -1, SQLITE_STATIC);
        sqlite3_bind_int(stmt, 5, opt->sandboxed ? 1 : 0);
        sqlite3_bind_text(stmt, 6, uname(&host) == 0 ? host.nodename : "", -1, SQLITE_TRANSIENT);
        rc = sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    j->run = sqlite3_last_insert_rowid(j->db);
    return rc == SQLITE_DONE ? RECTO_OK : recto_journal_sql_error(err, j->db, rc, j->name);
}

/* A journal that was there: is it sound, of this split, and wanted? */
static recto_status check_old(recto_journal *j, const recto_journal_options *opt, recto_error *err)
{
    int64_t shard = 0, n_shards = 0, n_documents = 0;
    recto_status st = recto_journal_sql_check(j->db, j->name, NULL, err);
    /* one whose runs never got as far as a document (a slip in the inputs, say) holds nothing to
     * lose */
    if (st == RECTO_OK)
        st = recto_journal_sql_int(&n_documents, j->db, "SELECT count(*) FROM documents", j->name,
                                   err);
    if (st == RECTO_OK && !opt->resume && n_documents > 0)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "the output folder has a batch already (%s); --resume goes on with "
                               "it, or take another folder",
                               j->name);
    if (st == RECTO_OK)
        st = recto_journal_sql_int(&shard, j->db, "SELECT shard FROM batch", j->name, err);
    if (st == RECTO_OK)
        st = recto_journal_sql_int(&n_shards, j->db, "SELECT shards FROM batch", j->name, err);
    if (st == RECTO_OK && (shard != opt->shard || n_shards != opt->n_shards))
        return recto_error_set(err, RECTO_ERR_ARG,
                               "%s is the journal of shard %d of %d under another name; move it "
                               "away",
                               j->name, (int)shard, (int)n_shards);
    return st;
}

static recto_status fill_new(recto_journal *j, const recto_journal_options *opt, recto_error *err)
{
    char sql[96];
    recto_status st = recto_journal_sql_create(j->db, j->name, err);
    snprintf(sql, sizeof sql, "INSERT INTO batch VALUES(%d,%d)", opt->shard, opt->n_shards);
    return st == RECTO_OK ? recto_journal_sql_run(j->db, sql, j->name, err) : st;
}

/* With the lock held: what is in the file, and this run's row. */
static recto_status take(recto_journal *j, const recto_journal_options *opt, recto_error *err)
{
    int64_t n_objects = 0, mark = 0;
    recto_status st = recto_journal_sql_int(&n_objects, j->db, "SELECT count(*) FROM sqlite_schema",
                                            j->name, err);
    if (st == RECTO_OK)
        st = recto_journal_sql_int(&mark, j->db, "PRAGMA application_id", j->name, err);
    if (st == RECTO_OK)
        st = n_objects == 0 && mark == 0 ? fill_new(j, opt, err) : check_old(j, opt, err);
    if (st == RECTO_OK)
        st = begin_run(j, opt, err);
    return st == RECTO_OK ? recto_journal_sql_run(j->db, "COMMIT", j->name, err) : st;
}

recto_status recto_journal_open_db(recto_journal *j, const recto_journal_options *opt,
                                   recto_error *err)
{
    recto_status st = open_folder(j, opt, err);
    char *path = recto_journal_path(j->folder, j->name);
    journal_budget budget;
    uint64_t size_bytes = 0;
    if (st == RECTO_OK && path == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = make_file(&size_bytes, path, j, err);
    if (st == RECTO_OK) {
        int rc = sqlite3_open_v2(path, &j->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        if (rc != SQLITE_OK)
            st = recto_journal_sql_error(err, j->db, rc, j->name);
    }
    free(path);
    if (st != RECTO_OK)
        return st;
    recto_journal_sql_harden(j->db, &budget, size_bytes);
    sqlite3_busy_timeout(j->db, BUSY_MS);
    st = recto_journal_sql_run(j->db, CONNECTION, j->name, err);
    if (st == RECTO_OK)
        st = recto_journal_sql_run(j->db, "BEGIN EXCLUSIVE", j->name, err);
    if (st == RECTO_OK)
        st = take(j, opt, err);
    recto_journal_sql_trust(j->db);
    return st;
}
