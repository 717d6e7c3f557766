/* Searching: read-only, over a file that is not trusted. */
#include "pipeline/find_parts.h"

#include "core/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STEPS_A_LOOK = 20000 };

typedef struct search {
    const recto_find_options *opt;
    recto_arena *arena; /* one hit */
    int64_t n;
} search;

static int look(void *user)
{
    const search *s = user;
    return s->opt->stop != NULL && s->opt->stop(s->opt->user);
}

/* --- opening --------------------------------------------------------------------------------- */

static recto_status open_index(sqlite3 **out, const char *folder, recto_error *err)
{
    struct stat st;
    char *path = recto_find_sql_path(folder, FIND_NAME);
    recto_status status = RECTO_OK;
    if (path == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (stat(folder, &st) != 0)
        status = recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read it");
    else if (stat(path, &st) != 0 && errno == ENOENT)
        status = recto_error_set(err, RECTO_ERR_IO,
                                 "it has no index; make one with recto find DIR --index");
    else if (stat(path, &st) != 0)
        status = recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read %s", FIND_NAME);
    else if (!S_ISREG(st.st_mode))
        status = recto_find_sql_error(err, NULL, SQLITE_NOTADB, false);
    if (status == RECTO_OK) {
        int rc = sqlite3_open_v2(path, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
        if (rc != SQLITE_OK)
            status = recto_find_sql_error(err, *out, rc, false);
    }
    free(path);
    if (status != RECTO_OK)
        return status;
    recto_find_sql_harden(*out);
    status = recto_find_sql_run(*out,
                                "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA "
                                "cell_size_check=ON; PRAGMA mmap_size=0; BEGIN",
                                false, err);
    return status == RECTO_OK ? recto_find_sql_check(*out, false, err) : status;
}

/* Are the journals what they were when the index was made?  What cannot be told is no reason not
 * to search. */
static bool is_stale(sqlite3 *db, const char *folder)
{
    find_journals now;
    sqlite3_stmt *stmt = NULL;
    int n_same = 0;
    int n_known = 0;
    if (recto_find_sql_journals(&now, folder, NULL) != RECTO_OK)
        return false;
    int rc = sqlite3_prepare_v2(db, "SELECT name,head FROM journals", -1, &stmt, NULL);
    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        const char *head = (const char *)sqlite3_column_text(stmt, 1);
        n_known++;
        for (int i = 0; i < now.n && name != NULL && head != NULL; i++)
            n_same += strcmp(now.items[i].name, name) == 0 && strcmp(now.items[i].head, head) == 0;
    }
    sqlite3_finalize(stmt);
    free(now.items);
    return n_same != now.n || n_known != now.n;
}

/* --- hits ------------------------------------------------------------------------------------ */

/* Column i as clean text in the arena, "" if it is none; NULL if out of memory. */
static const char *text_at(search *s, sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);
    int n = sqlite3_column_bytes(stmt, i);
    return text == NULL ? "" : recto_utf8_clean(s->arena, text, (size_t)n);
}

/* A key or path: as it is, up to its end. */
static const char *name_at(search *s, sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);
    return text == NULL ? "" : recto_arena_text(s->arena, text, strlen(text));
}

static bool box_at(recto_rect *out, sqlite3_stmt *stmt, int i)
{
    const char *p = (const char *)sqlite3_column_text(stmt, i);
    float v[4];
    for (int k = 0; k < 4 && p != NULL; k++) {
        char *end;
        v[k] = strtof(p, &end);
        if (end == p || !(v[k] > -1e9f && v[k] < 1e9f))
            return false;
        p = end;
    }
    *out = p == NULL ? (recto_rect){0} : (recto_rect){v[0], v[1], v[2], v[3]};
    return p != NULL;
}

/* False: no memory. */
static bool hand_out(search *s, sqlite3_stmt *stmt, bool *enough)
{
    recto_arena_clear(s->arena);
    recto_find_hit hit = {.document = name_at(s, stmt, 0),
                          .output = name_at(s, stmt, 1),
                          .page = sqlite3_column_int(stmt, 2),
                          .label = text_at(s, stmt, 3),
                          .text = text_at(s, stmt, 6),
                          .snippet = text_at(s, stmt, 7)};
    if (hit.document == NULL || hit.output == NULL || hit.label == NULL || hit.text == NULL ||
        hit.snippet == NULL)
        return false;
    hit.has_box = box_at(&hit.box, stmt, 4) && box_at(&hit.box_pt, stmt, 5);
    s->n++;
    *enough = !s->opt->hit(s->opt->user, &hit);
    return true;
}

static recto_status run_query(search *s, sqlite3 *db, const char *query, recto_error *err)
{
    /* in the order of rows, which is FTS5's own: nothing is sorted, whatever the number of hits */
    static const char sql[] =
        "SELECT d.key, d.output, words.page, words.label, words.px, words.pt, words.text, "
        "snippet(words, 0, '', '', '\xE2\x80\xA6', 24) FROM words CROSS JOIN documents AS d ON "
        "d.id = "
        "words.document WHERE words MATCH ?1 ORDER BY words.rowid LIMIT ?2";
    sqlite3_stmt *stmt = NULL;
    recto_status status = RECTO_OK;
    bool enough = false;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, query, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(stmt, 2, s->opt->limit > 0 ? s->opt->limit : -1);
    while (rc == SQLITE_OK && !enough && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        if (!hand_out(s, stmt, &enough)) {
            status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
            break;
        }
    }
    if (status == RECTO_OK && rc != SQLITE_OK && rc != SQLITE_DONE)
        status = recto_find_sql_error(err, db, rc, false);
    sqlite3_finalize(stmt);
    return status;
}

recto_status recto_find_search(int64_t *n_out, bool *stale_out, const char *folder,
                               const char *words, const recto_find_options *opt, recto_error *err)
{
    search s = {.opt = opt};
    recto_buf query = RECTO_BUF_INIT;
    sqlite3 *db = NULL;
    *n_out = 0;
    *stale_out = false;
    recto_status status = recto_find_query(&query, words, err);
    if (status == RECTO_OK)
        status = open_index(&db, folder, err);
    if (status == RECTO_OK) {
        *stale_out = is_stale(db, folder);
        s.arena = recto_arena_new(0, 0);
        sqlite3_progress_handler(db, STEPS_A_LOOK, look, &s);
        status = s.arena == NULL ? recto_error_set(err, RECTO_ERR_NOMEM, "out of memory")
                                 : run_query(&s, db, recto_buf_cstr(&query), err);
    }
    *n_out = s.n;
    sqlite3_close(db);
    recto_arena_free(s.arena);
    recto_buf_free(&query);
    return status;
}
