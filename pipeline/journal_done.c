/* What a resumed run asks of its journal: is this document done, and how many are. */
#include "core/hash.h"
#include "pipeline/journal_parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_DEPTH = 16 }; /* of attachments in attachments; a batch ends earlier */

/* What a row says of its document, before the file system is asked. */
typedef struct row_facts {
    bool found;
    bool settled;     /* of these settings and in a state that need not be done again */
    bool partial;     /* some pages failed: one of them perhaps for a passing reason */
    bool outputs;     /* all are in place */
    bool attachments; /* it has some */
    uint64_t size;
    int64_t mtime_ns, id;
    char sha256[65];
} row_facts;

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *column(sqlite3_stmt *s, int at)
{
    return (const char *)sqlite3_column_text(s, at);
}

/* Is OUT/path a regular file of this size? */
static bool in_place(const recto_journal *j, const char *path, int64_t size)
{
    struct stat st;
    return fstatat(j->folder_fd, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
           (int64_t)st.st_size == size;
}

static void read_facts(row_facts *f, const recto_journal *j, sqlite3_stmt *s,
                       const char *wanted_original, bool retry_failed)
{
    const char *state = column(s, 0), *original = column(s, 2), *hash = column(s, 5);
    const char *fingerprint = column(s, 6);
    bool duplicate = same_text(state, "duplicate");
    bool passing = sqlite3_column_int(s, 1) != 0;
    f->found = true;
    f->partial = same_text(state, "partial");
    f->settled = same_text(fingerprint, j->fingerprint) &&
                 (same_text(state, "ok") || same_text(state, "other") ||
                  (duplicate && original != NULL && same_text(original, wanted_original)) ||
                  ((f->partial || same_text(state, "failed")) && !retry_failed && !passing));
    f->size = (uint64_t)sqlite3_column_int64(s, 3);
    f->mtime_ns = sqlite3_column_int64(s, 4);
    snprintf(f->sha256, sizeof f->sha256, "%s", hash != NULL ? hash : "");
    f->id = sqlite3_column_int64(s, 7);
    f->outputs = true;
    f->attachments = sqlite3_column_int(s, 10) > 0;
}

/* One query: the row, once for each of its outputs. */
static int look_up(row_facts *f, recto_journal *j, const char *key, const char *original,
                   bool retry_failed)
{
    sqlite3_stmt *s = j->sql[SQL_DONE];
    int rc;
    *f = (row_facts){0};
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (!f->found)
            read_facts(f, j, s, original, retry_failed);
        if (!f->settled)
            break;
        const char *path = column(s, 8);
        if (path != NULL && !in_place(j, path, sqlite3_column_int64(s, 9))) {
            f->outputs = false;
            break;
        }
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    if (f->partial && f->settled && (rc == SQLITE_ROW || rc == SQLITE_DONE)) {
        s = j->sql[SQL_PASSING];
        sqlite3_bind_int64(s, 1, f->id);
        rc = sqlite3_step(s);
        if (rc == SQLITE_ROW)
            f->settled = false;
        sqlite3_reset(s);
    }
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Keys of what is attached to key, in the arena. */
static int list_attached(const char ***out, int *n_out, recto_journal *j, const char *key,
                         recto_arena *keep)
{
    sqlite3_stmt *s = j->sql[SQL_ATTACHED];
    const char **keys = NULL;
    int rc, n = 0, cap = 0;
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *text = column(s, 0);
        if (n == cap) {
            int more = cap == 0 ? 8 : 2 * cap;
            keys = recto_arena_grow(keep, keys, (size_t)cap, (size_t)more, sizeof *keys);
            cap = more;
        }
        if (keys == NULL || text == NULL ||
            (keys[n++] = recto_arena_text(keep, text, strlen(text))) == NULL) {
            rc = SQLITE_NOMEM;
            break;
        }
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    *out = keys;
    *n_out = n;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Are the documents attached to key, and those attached to them, done too?  They are made from its
 * bytes, in the same go: one that is not done means that it is done again. */
static int check_attached(bool *done_out, recto_journal *j, const char *key, bool retry_failed,
                          recto_arena *keep, int depth)
{
    const char **keys;
    int n, rc = list_attached(&keys, &n, j, key, keep);
    *done_out = depth < MOST_DEPTH;
    for (int i = 0; i < n && rc == SQLITE_OK && *done_out; i++) {
        row_facts f;
        rc = look_up(&f, j, keys[i], NULL, retry_failed);
        *done_out = f.found && f.settled && f.outputs;
        if (rc == SQLITE_OK && *done_out && f.attachments)
            rc = check_attached(done_out, j, keys[i], retry_failed, keep, depth + 1);
    }
    return rc;
}

/* The row, and those of its attachments: with db_lock held. */
static int look_up_all(row_facts *f, recto_journal *j, const recto_journal_document *wanted,
                       bool retry_failed)
{
    int rc = look_up(f, j, wanted->key, wanted->original, retry_failed);
    if (rc != SQLITE_OK || !f->settled || !f->outputs || !f->attachments)
        return rc;
    recto_arena *a = recto_arena_new(4096, 0);
    if (a == NULL)
        return SQLITE_NOMEM;
    rc = check_attached(&f->settled, j, wanted->key, retry_failed, a, 0);
    recto_arena_free(a);
    return rc;
}

/* Hash the file; false if it cannot be read or is another one. */
static bool same_bytes(const char *path, const char *sha256)
{
    char now[RECTO_SHA256_HEX] = "";
    struct stat st;
    if (path == NULL || sha256[0] == '\0')
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe now does not block */
    bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                recto_sha256_fd(now, NULL, fd, 0, NULL, NULL, NULL) == RECTO_OK &&
                strcmp(now, sha256) == 0;
    if (fd >= 0)
        close(fd);
    return same;
}

/* The row gets the file's new mtime, with the writer's next transaction. */
static recto_status renew_mtime(recto_journal *j, const recto_journal_document *wanted,
                                recto_error *err)
{
    recto_arena *a = recto_arena_new(1024, 0);
    journal_task *t = a != NULL ? recto_arena_alloc(a, sizeof *t) : NULL;
    const char *key = t != NULL ? recto_arena_text(a, wanted->key, strlen(wanted->key)) : NULL;
    if (key == NULL) {
        recto_arena_free(a);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    t->arena = a;
    t->only_mtime = true;
    t->document.key = key;
    t->document.mtime_ns = wanted->mtime_ns;
    t->size_bytes = recto_arena_used(a);
    return recto_journal_hand_over(j, t, err);
}

recto_status recto_journal_is_done(bool *done_out, recto_journal *j,
                                   const recto_journal_document *wanted, bool retry_failed,
                                   recto_error *err)
{
    row_facts f = {0};
    *done_out = false;
    recto_status st = recto_journal_wait(j, true, err);
    if (st != RECTO_OK)
        return st;
    pthread_mutex_lock(&j->db_lock);
    int rc = look_up_all(&f, j, wanted, retry_failed);
    if (rc != SQLITE_OK)
        st = recto_journal_sql_error(err, j->db, rc, j->name);
    pthread_mutex_unlock(&j->db_lock);
    if (st != RECTO_OK || !f.found || !f.settled || !f.outputs || f.size != wanted->size)
        return st;
    if (wanted->sha256[0] != '\0' && strcmp(wanted->sha256, f.sha256) != 0)
        return RECTO_OK;
    if (f.mtime_ns != wanted->mtime_ns) {
        if (wanted->sha256[0] == '\0' && !same_bytes(wanted->path, f.sha256))
            return RECTO_OK;
        st = renew_mtime(j, wanted, err);
    }
    *done_out = st == RECTO_OK;
    return st;
}

recto_status recto_journal_count(recto_journal_counts *out, recto_journal *j, recto_error *err)
{
    sqlite3_stmt *s = NULL;
    *out = (recto_journal_counts){0};
    recto_status st = recto_journal_wait(j, true, err);
    if (st != RECTO_OK)
        return st;
    pthread_mutex_lock(&j->db_lock);
    int rc = sqlite3_prepare_v2(j->db,
                                "SELECT state,count(*),sum(pages),sum(pages_failed) FROM documents "
                                "GROUP BY state",
                                -1, &s, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *state = column(s, 0);
        for (int i = 0; i < RECTO_JOURNAL_STATE_COUNT; i++)
            if (same_text(state, recto_journal_state_name((recto_journal_state)i)))
                out->documents[i] = sqlite3_column_int64(s, 1);
        out->pages += sqlite3_column_int64(s, 2);
        out->pages_failed += sqlite3_column_int64(s, 3);
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE)
        st = recto_journal_sql_error(err, j->db, rc, j->name);
    sqlite3_finalize(s);
    pthread_mutex_unlock(&j->db_lock);
    return st;
}
