/* Making the index, and bringing it up to date.
 *
 * Documents are told by the SHA-256 of their JSON output, which the journals hold: equal ones stay
 * as they are and are not even opened.  Each document's old blocks go and its new ones come in one
 * transaction; several documents share one.  Readers of a finished batch never wait for it: SQLite
 * keeps the old state in index.sqlite-journal until a transaction is whole. */
#include "pipeline/find_parts.h"

#include "core/file.h"
#include "pipeline/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2000, COMMIT_BYTES = 64 << 20 };

static const char CONNECTION[] =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; PRAGMA synchronous=NORMAL; "
    "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; PRAGMA cache_size=-65536";

typedef enum find_sql {
    SQL_LOOKUP = 0,
    SQL_SEEN,
    SQL_FORGET_WORDS,
    SQL_FORGET,
    SQL_ADD,
    SQL_ADD_WORDS,
    SQL_JOURNAL,
    SQL_COUNT
} find_sql;

static const char *const STATEMENTS[SQL_COUNT] = {
    [SQL_LOOKUP] = "SELECT id,output,sha256,first,last FROM documents WHERE key=?1",
    [SQL_SEEN] = "UPDATE documents SET seen=?2 WHERE id=?1",
    [SQL_FORGET_WORDS] = "DELETE FROM words WHERE rowid BETWEEN ?1 AND ?2",
    [SQL_FORGET] = "DELETE FROM documents WHERE id=?1",
    [SQL_ADD] = "INSERT INTO documents(id,key,output,sha256,first,last,seen) "
                "VALUES(?1,?2,?3,?4,?5,?6,?7)",
    [SQL_ADD_WORDS] = "INSERT INTO words(rowid,text,document,page,label,px,pt) "
                      "VALUES(?1,?2,?3,?4,?5,?6,?7)",
    [SQL_JOURNAL] = "INSERT OR REPLACE INTO journals(name,head) VALUES(?1,?2)",
};

typedef struct updater {
    recto_find_update *out;
    const char *folder;
    bool (*stop)(void *user);
    void *user;
    sqlite3 *db;
    sqlite3_stmt *sql[SQL_COUNT];
    int64_t seen;          /* number of this run, on every document that is in the batch */
    int64_t next_document; /* ids and rows not yet used */
    int64_t next_row;
    int64_t document; /* the one being added */
    uint64_t bytes;   /* in the open transaction */
    bool broken;      /* FORMAT meant the index, not a document */
} updater;

static recto_status sql_error(updater *u, int rc, recto_error *err)
{
    recto_status status = recto_find_sql_error(err, u->db, rc, true);
    u->broken = u->broken || status == RECTO_ERR_FORMAT;
    return status;
}

/* Run a prepared statement that gives no rows. */
static recto_status finish(updater *u, find_sql which, int rc, recto_error *err)
{
    if (rc == SQLITE_OK)
        rc = sqlite3_step(u->sql[which]);
    int again = sqlite3_reset(u->sql[which]);
    if (rc == SQLITE_DONE)
        rc = again;
    return rc == SQLITE_OK ? RECTO_OK : sql_error(u, rc, err);
}

static void note(updater *u, const char *key, const char *what)
{
    if (u->out->problem[0] == '\0')
        snprintf(u->out->problem, sizeof u->out->problem, "%s: %s", key, what);
}

/* --- one document ---------------------------------------------------------------------------- */

static recto_status add_block(void *user, const find_block *b, recto_error *err)
{
    updater *u = user;
    sqlite3_stmt *s = u->sql[SQL_ADD_WORDS];
    int rc = sqlite3_bind_int64(s, 1, u->next_row);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 2, b->text, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(s, 3, u->document);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int(s, 4, b->page);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 5, b->label, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 6, b->px, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 7, b->pt, -1, SQLITE_STATIC);
    recto_status status = finish(u, SQL_ADD_WORDS, rc, err);
    if (status == RECTO_OK) {
        u->next_row++;
        u->out->n_blocks++;
    }
    return status;
}

static recto_status add_row(updater *u, const char *key, const recto_journal_output *json,
                            int64_t first, recto_error *err)
{
    sqlite3_stmt *s = u->sql[SQL_ADD];
    const int64_t numbers[] = {first, u->next_row - 1, u->seen};
    int rc = sqlite3_bind_int64(s, 1, u->document);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 2, key, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 3, json->path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 4, json->sha256, -1, SQLITE_STATIC);
    for (int i = 0; i < 3 && rc == SQLITE_OK; i++)
        rc = sqlite3_bind_int64(s, 5 + i, numbers[i]);
    return finish(u, SQL_ADD, rc, err);
}

/* What the index holds of a document. */
typedef struct known {
    int64_t id, first, last; /* id 0: nothing */
    bool same;               /* from the same output */
} known;

static recto_status look_up(known *out, updater *u, const char *key,
                            const recto_journal_output *json, recto_error *err)
{
    sqlite3_stmt *s = u->sql[SQL_LOOKUP];
    *out = (known){0};
    int rc = sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(s, 1);
        const char *sha256 = (const char *)sqlite3_column_text(s, 2);
        *out = (known){.id = sqlite3_column_int64(s, 0),
                       .first = sqlite3_column_int64(s, 3),
                       .last = sqlite3_column_int64(s, 4)};
        out->same = json != NULL && path != NULL && sha256 != NULL &&
                    strcmp(path, json->path) == 0 && strcmp(sha256, json->sha256) == 0;
        rc = SQLITE_DONE;
    }
    recto_status status = rc == SQLITE_DONE ? RECTO_OK : sql_error(u, rc, err);
    sqlite3_reset(s);
    return status;
}

static recto_status forget(updater *u, const known *k, recto_error *err)
{
    sqlite3_stmt *s = u->sql[SQL_FORGET_WORDS];
    int rc = sqlite3_bind_int64(s, 1, k->first);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(s, 2, k->last);
    recto_status status = finish(u, SQL_FORGET_WORDS, rc, err);
    if (status == RECTO_OK)
        status = finish(u, SQL_FORGET, sqlite3_bind_int64(u->sql[SQL_FORGET], 1, k->id), err);
    return status;
}

static recto_status keep(updater *u, const known *k, recto_error *err)
{
    int rc = sqlite3_bind_int64(u->sql[SQL_SEEN], 1, k->id);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(u->sql[SQL_SEEN], 2, u->seen);
    return finish(u, SQL_SEEN, rc, err);
}

/* Journals are not trusted: their paths must not lead out of OUT. */
static bool is_below(const char *path)
{
    if (path[0] == '/' || path[0] == '\0')
        return false;
    for (const char *p = path; p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
            return false;
    }
    return true;
}

/* The bytes of an output if they are what the journal says; false if not. */
static bool read_output(recto_bytes *out, updater *u, const recto_journal_output *json)
{
    char hex[RECTO_SHA256_HEX];
    char *path = is_below(json->path) ? recto_find_sql_path(u->folder, json->path) : NULL;
    *out = (recto_bytes){0};
    bool read = path != NULL && recto_bytes_read(out, path, 0, NULL) == RECTO_OK;
    free(path);
    if (!read)
        return false;
    recto_sha256(hex, out->data, out->size);
    if (strcmp(hex, json->sha256) == 0)
        return true;
    recto_bytes_close(out);
    return false;
}

/* Index a document whose old blocks are gone.  A file that is not ours costs only itself: what was
 * added of it is taken back. */
static recto_status add_document(updater *u, const char *key, const recto_journal_output *json,
                                 recto_error *err)
{
    recto_bytes bytes;
    recto_error now = {0};
    if (!read_output(&bytes, u, json)) {
        u->out->n_changed++;
        note(u, key, "its JSON output is gone or was changed; convert it again");
        return RECTO_OK;
    }
    const int64_t first = u->next_row;
    u->document = u->next_document++;
    recto_status status = recto_find_sql_run(u->db, "SAVEPOINT one", true, err);
    if (status == RECTO_OK)
        status = recto_find_pages((const char *)bytes.data, bytes.size, add_block, u, &now);
    u->bytes += bytes.size;
    recto_bytes_close(&bytes);
    if (status == RECTO_OK)
        status = add_row(u, key, json, first, &now);
    if (status == RECTO_ERR_FORMAT && !u->broken) {
        u->out->n_changed++;
        note(u, key, now.msg);
        u->next_row = first;
        return recto_find_sql_run(u->db, "ROLLBACK TO one; RELEASE one", true, err);
    }
    if (status != RECTO_OK) {
        if (now.code != RECTO_OK && err != NULL)
            *err = now;
        return status;
    }
    u->out->n_added++;
    return recto_find_sql_run(u->db, "RELEASE one", true, err);
}

static const recto_journal_output *json_of(const recto_journal_entry *e)
{
    static const char suffix[] = ".json";
    for (int i = 0; i < e->n_outputs; i++) {
        size_t n = strlen(e->outputs[i].path);
        if (n > strlen(suffix) && strcmp(e->outputs[i].path + n - strlen(suffix), suffix) == 0)
            return &e->outputs[i];
    }
    return NULL;
}

static recto_status update_document(updater *u, const recto_journal_entry *e, recto_error *err)
{
    const recto_journal_document *d = &e->document;
    const bool written = d->state == RECTO_JOURNAL_OK || d->state == RECTO_JOURNAL_PARTIAL;
    const recto_journal_output *json = written ? json_of(e) : NULL;
    known k;
    recto_status status = look_up(&k, u, d->key, json, err);
    if (status == RECTO_OK && k.id != 0 && k.same)
        return keep(u, &k, err);
    if (status == RECTO_OK && k.id != 0)
        status = forget(u, &k, err);
    if (status != RECTO_OK)
        return status;
    if (json != NULL)
        return add_document(u, d->key, json, err);
    u->out->n_removed += k.id != 0;
    if (written) {
        u->out->n_without++;
        note(u, d->key, "it has no JSON output, which is needed: convert with --to json");
    }
    return RECTO_OK;
}

/* --- journals -------------------------------------------------------------------------------- */

static recto_status pause_transaction(updater *u, recto_error *err)
{
    if (u->bytes < COMMIT_BYTES)
        return RECTO_OK;
    u->bytes = 0;
    return recto_find_sql_run(u->db, "COMMIT; BEGIN", true, err);
}

/* All documents of a journal.  *unread: it cannot be read, or not to its end. */
static recto_status update_from(updater *u, recto_journal_reader *reader, bool *unread,
                                recto_error *err)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_status status = RECTO_OK;
    if (a == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    while (status == RECTO_OK) {
        recto_journal_entry e;
        bool more = false;
        recto_arena_clear(a);
        status = recto_journal_reader_next(&more, &e, reader, a, err);
        if (status == RECTO_ERR_FORMAT) {
            *unread = true;
            status = RECTO_OK;
        }
        if (status != RECTO_OK || !more)
            break;
        status = update_document(u, &e, err);
        if (status == RECTO_OK)
            status = pause_transaction(u, err);
        if (status == RECTO_OK && u->stop != NULL && u->stop(u->user))
            status = recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    }
    recto_arena_free(a);
    return status;
}

static recto_status update_journal(updater *u, const find_journal *j, recto_error *err)
{
    recto_journal_reader *reader = NULL;
    recto_error now = {0};
    bool unread = false;
    char *path = recto_find_sql_path(u->folder, j->name);
    if (path == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status status = recto_journal_reader_open(&reader, NULL, path, &now);
    free(path);
    if (status == RECTO_ERR_NOMEM)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (status == RECTO_OK)
        status = update_from(u, reader, &unread, err);
    else
        unread = true;
    recto_journal_reader_close(reader);
    if (unread) {
        u->out->n_journals_unread++;
        if (u->out->problem[0] == '\0')
            snprintf(u->out->problem, sizeof u->out->problem, "%s",
                     now.code != RECTO_OK ? now.msg : "a journal is damaged");
        return RECTO_OK;
    }
    if (status != RECTO_OK)
        return status;
    int rc = sqlite3_bind_text(u->sql[SQL_JOURNAL], 1, j->name, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(u->sql[SQL_JOURNAL], 2, j->head, -1, SQLITE_STATIC);
    return finish(u, SQL_JOURNAL, rc, err);
}

/* Take out documents that no journal has any more. */
static recto_status sweep(updater *u, recto_error *err)
{
    sqlite3_stmt *s = NULL;
    recto_status status = RECTO_OK;
    int rc = sqlite3_prepare_v2(u->db, "SELECT id,first,last FROM documents WHERE seen<>?1", -1, &s,
                                NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(s, 1, u->seen);
    while (rc == SQLITE_OK && status == RECTO_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        const known k = {.id = sqlite3_column_int64(s, 0),
                         .first = sqlite3_column_int64(s, 1),
                         .last = sqlite3_column_int64(s, 2)};
        rc = SQLITE_OK;
        status = forget(u, &k, err);
        u->out->n_removed++;
    }
    if (status == RECTO_OK && rc != SQLITE_DONE)
        status = sql_error(u, rc, err);
    sqlite3_finalize(s);
    return status;
}

/* --- the database ---------------------------------------------------------------------------- */

static void close_index(updater *u)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(u->sql[i]);
        u->sql[i] = NULL;
    }
    sqlite3_close(u->db);
    u->db = NULL;
}

static recto_status read_int(int64_t *out, updater *u, const char *sql, recto_error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(u->db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    recto_status status = rc == SQLITE_ROW ? RECTO_OK : sql_error(u, rc, err);
    sqlite3_finalize(s);
    return status;
}

/* The numbers to go on with. */
static recto_status prepare(updater *u, recto_error *err)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        int rc = sqlite3_prepare_v3(u->db, STATEMENTS[i], -1, SQLITE_PREPARE_PERSISTENT, &u->sql[i],
                                    NULL);
        if (rc != SQLITE_OK)
            return sql_error(u, rc, err);
    }
    recto_status status = read_int(&u->seen, u, "SELECT ifnull(max(seen),0)+1 FROM documents", err);
    if (status == RECTO_OK)
        status = read_int(&u->next_document, u, "SELECT ifnull(max(id),0)+1 FROM documents", err);
    if (status == RECTO_OK)
        status = read_int(&u->next_row, u, "SELECT ifnull(max(last),0)+1 FROM documents", err);
    return status;
}

/* Open or make the file, private from its first moment, and take it for this run alone. */
static recto_status open_index(updater *u, const char *path, recto_error *err)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot write %s", FIND_NAME);
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    close(fd);
    if (!regular)
        return recto_error_set(err, RECTO_ERR_OUTPUT, "%s is not a file", FIND_NAME);
    int rc = sqlite3_open_v2(path, &u->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return sql_error(u, rc, err);
    recto_find_sql_harden(u->db);
    sqlite3_busy_timeout(u->db, BUSY_MS);
    recto_status status = recto_find_sql_run(u->db, CONNECTION, true, err);
    if (status == RECTO_OK)
        status = recto_find_sql_run(u->db, "BEGIN EXCLUSIVE", true, err);
    int64_t n_tables = 0;
    if (status == RECTO_OK)
        status = read_int(&n_tables, u, "SELECT count(*) FROM sqlite_schema", err);
    if (status == RECTO_OK)
        status = n_tables == 0 ? recto_find_sql_create(u->db, err)
                               : recto_find_sql_check(u->db, true, err);
    return status == RECTO_OK ? prepare(u, err) : status;
}

/* Everything in what is left of the transaction that open_index began. */
static recto_status update_all(updater *u, const find_journals *journals, recto_error *err)
{
    recto_status status = RECTO_OK;
    for (int i = 0; i < journals->n && status == RECTO_OK; i++)
        status = update_journal(u, &journals->items[i], err);
    if (status == RECTO_OK && u->out->n_journals_unread == 0)
        status = sweep(u, err);
    if (status == RECTO_OK)
        status = read_int(&u->out->n_documents, u, "SELECT count(*) FROM documents", err);
    if (status == RECTO_OK || status == RECTO_ERR_CANCELLED) {
        recto_status last =
            recto_find_sql_run(u->db, "COMMIT", true, status == RECTO_OK ? err : NULL);
        status = status == RECTO_OK ? last : status;
    }
    return status;
}

static recto_status update_once(updater *u, const find_journals *journals, const char *path,
                                recto_error *err)
{
    recto_status status = open_index(u, path, err);
    if (status == RECTO_OK)
        status = update_all(u, journals, err);
    close_index(u);
    return status;
}

recto_status recto_find_update_index(recto_find_update *out, const char *folder,
                                     bool (*stop)(void *user), void *user, recto_error *err)
{
    find_journals journals = {0};
    *out = (recto_find_update){0};
    recto_status status = recto_find_sql_journals(&journals, folder, err);
    if (status != RECTO_OK)
        return status;
    char *path = recto_find_sql_path(folder, FIND_NAME);
    char *beside = recto_find_sql_path(folder, FIND_NAME "-journal");
    updater u = {.out = out, .folder = folder, .stop = stop, .user = user};
    if (path == NULL || beside == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    else
        status = update_once(&u, &journals, path, err);
    if (status == RECTO_ERR_FORMAT) { /* nothing in it that could not be had again */
        unlink(path);
        unlink(beside);
        *out = (recto_find_update){.rebuilt = true};
        u = (updater){.out = out, .folder = folder, .stop = stop, .user = user};
        status = update_once(&u, &journals, path, err);
    }
    free(path);
    free(beside);
    free(journals.items);
    return status;
}
