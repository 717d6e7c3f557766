/* Writing rows: the plan, and what the writer was handed. */
#include "core/buf.h"
#include "pipeline/journal_parts.h"

#include <math.h>
#include <time.h>

/* --- one statement ---------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    if (text != NULL && text[0] != '\0')
        sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(s, at);
}

/* Keys and paths: "" is not NULL. */
static void bind_name(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void bind_real(sqlite3_stmt *s, int at, double v, double unit)
{
    sqlite3_bind_double(s, at, isfinite(v) ? round(v / unit) * unit : 0);
}

static void bind_class(sqlite3_stmt *s, int at, recto_status st)
{
    bind_text(s, at, st == RECTO_OK ? NULL : recto_status_name(st));
}

/* Run a statement; the first column of its row, if it gives one. */
static int run(sqlite3_stmt *s, int64_t *id_out)
{
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        if (id_out != NULL)
            *id_out = sqlite3_column_int64(s, 0);
        rc = sqlite3_step(s);
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int run_on(sqlite3_stmt *s, int64_t document)
{
    sqlite3_bind_int64(s, 1, document);
    return run(s, NULL);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void bind_planned(sqlite3_stmt *s, const recto_journal_document *d, int64_t run_id)
{
    bind_name(s, 1, d->key);
    bind_text(s, 2, d->path);
    bind_text(s, 3, d->parent);
    bind_text(s, 4, d->original);
    bind_text(s, 5, d->note);
    sqlite3_bind_int64(s, 6, (int64_t)d->size);
    sqlite3_bind_int64(s, 7, d->mtime_ns);
    sqlite3_bind_int64(s, 8, run_id);
}

static int forget(recto_journal *j, int64_t id)
{
    int rc = run_on(j->sql[SQL_DELETE_PAGES], id);
    return rc == SQLITE_OK ? run_on(j->sql[SQL_DELETE_OUTPUTS], id) : rc;
}

/* Rows of attachments: they come again with their document, those that it still has. */
static int forget_attached(recto_journal *j, const char *key)
{
    static const int drops[] = {SQL_DROP_PAGES, SQL_DROP_OUTPUTS, SQL_DROP_ATTACHED};
    int rc = SQLITE_OK;
    for (size_t i = 0; i < sizeof drops / sizeof *drops && rc == SQLITE_OK; i++) {
        bind_name(j->sql[drops[i]], 1, key);
        rc = run(j->sql[drops[i]], NULL);
    }
    return rc;
}

static int store_document(recto_journal *j, const recto_journal_document *d, int64_t *id_out)
{
    sqlite3_stmt *s = j->sql[SQL_RECORD];
    bind_planned(s, d, j->run);
    bind_text(s, 9, d->sha256);
    bind_text(s, 10, recto_journal_state_name(d->state));
    bind_class(s, 11, d->status);
    bind_text(s, 12, d->message);
    bind_text(s, 13, d->format);
    sqlite3_bind_int(s, 14, d->n_pages);
    sqlite3_bind_int(s, 15, d->n_failed);
    sqlite3_bind_int(s, 16, d->n_blank);
    sqlite3_bind_int(s, 17, d->n_attachments);
    sqlite3_bind_int(s, 18, d->attempts > 0 ? d->attempts : 1);
    bind_real(s, 19, d->started, 1e-3);
    bind_real(s, 20, d->seconds, 1e-4);
    return run(s, id_out);
}

/* "low_confidence,rotated" */
static void flag_names(recto_buf *out, uint32_t flags)
{
    recto_buf_clear(out);
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
        if ((flags & (1u << bit)) != 0) {
            if (out->len > 0)
                recto_buf_char(out, ',');
            recto_buf_text(out, recto_doc_flag_name(bit));
        }
}

static int store_pages(recto_journal *j, const journal_task *t, int64_t id)
{
    sqlite3_stmt *s = j->sql[SQL_PAGE];
    recto_buf names = RECTO_BUF_INIT;
    int rc = SQLITE_OK;
    for (int i = 0; i < t->n_pages && rc == SQLITE_OK; i++) {
        const recto_journal_page *p = &t->pages[i];
        flag_names(&names, p->flags);
        sqlite3_bind_int64(s, 1, id);
        sqlite3_bind_int(s, 2, p->number);
        bind_class(s, 3, p->status);
        bind_text(s, 4, p->message);
        bind_text(s, 5, recto_doc_reader_name(p->reader));
        bind_text(s, 6, recto_buf_cstr(&names));
        bind_real(s, 7, (double)p->conf, 1e-3);
        bind_real(s, 8, p->seconds, 1e-4);
        rc = names.failed ? SQLITE_NOMEM : run(s, NULL);
    }
    recto_buf_free(&names);
    return rc;
}

static int store_outputs(recto_journal *j, const journal_task *t, int64_t id)
{
    sqlite3_stmt *s = j->sql[SQL_OUTPUT];
    int rc = SQLITE_OK;
    for (int i = 0; i < t->n_outputs && rc == SQLITE_OK; i++) {
        sqlite3_bind_int64(s, 1, id);
        bind_name(s, 2, t->outputs[i].path);
        sqlite3_bind_int64(s, 3, (int64_t)t->outputs[i].size);
        bind_name(s, 4, t->outputs[i].sha256);
        rc = run(s, NULL);
    }
    return rc;
}

static int store_task(recto_journal *j, const journal_task *t)
{
    int64_t id = 0;
    if (t->only_mtime) {
        sqlite3_stmt *s = j->sql[SQL_MTIME];
        bind_name(s, 1, t->document.key);
        sqlite3_bind_int64(s, 2, t->document.mtime_ns);
        return run(s, NULL);
    }
    int rc = store_document(j, &t->document, &id);
    if (rc == SQLITE_OK)
        rc = forget(j, id);
    if (rc == SQLITE_OK)
        rc = store_pages(j, t, id);
    return rc == SQLITE_OK ? store_outputs(j, t, id) : rc;
}

/* --- transactions ----------------------------------------------------------------------------- */

/* The run lives: when its last record was written. */
static int store_seen(recto_journal *j)
{
    sqlite3_stmt *s = j->sql[SQL_SEEN];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sqlite3_bind_int64(s, 1, j->run);
    bind_real(s, 2, (double)now.tv_sec + (double)now.tv_nsec / 1e9, 1e-3);
    return run(s, NULL);
}

/* Commit, or say what went wrong and take everything back. */
static recto_status end(recto_journal *j, int rc, recto_error *err)
{
    if (rc == SQLITE_OK)
        rc = store_seen(j);
    if (rc == SQLITE_OK)
        rc = run(j->sql[SQL_COMMIT], NULL);
    if (rc == SQLITE_OK)
        return RECTO_OK;
    recto_status st = recto_journal_sql_error(err, j->db, rc, j->name);
    if (!sqlite3_get_autocommit(j->db))
        sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

recto_status recto_journal_store(recto_journal *j, const journal_task *first, recto_error *err)
{
    int rc = run(j->sql[SQL_BEGIN], NULL);
    for (const journal_task *t = first; t != NULL && rc == SQLITE_OK; t = t->next)
        rc = store_task(j, t);
    return end(j, rc, err);
}

recto_status recto_journal_plan(recto_journal *j, const recto_journal_document *documents, int n,
                                recto_error *err)
{
    recto_status st = recto_journal_wait(j, false, err);
    if (st != RECTO_OK || n == 0) {
        j->planned = j->planned || st == RECTO_OK;
        return st;
    }
    pthread_mutex_lock(&j->db_lock);
    int rc = run(j->sql[SQL_BEGIN], NULL);
    for (int i = 0; i < n && rc == SQLITE_OK; i++) {
        int64_t id = 0;
        bind_planned(j->sql[SQL_PLAN], &documents[i], j->run);
        rc = run(j->sql[SQL_PLAN], &id);
        if (rc == SQLITE_OK)
            rc = forget(j, id);
        if (rc == SQLITE_OK)
            rc = forget_attached(j, documents[i].key);
    }
    st = end(j, rc, err);
    j->planned = j->planned || st == RECTO_OK;
    pthread_mutex_unlock(&j->db_lock);
    return st;
}
