/* The index as a database: its tables, their check, and what SQLite's codes mean. */
#include "pipeline/find_parts.h"

#include "pipeline/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A document's blocks have the row numbers first..last of words. */
static const struct {
    const char *name, *sql;
} TABLES[] = {
    {"documents",
     "CREATE TABLE documents(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, output TEXT NOT "
     "NULL, sha256 TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, seen INTEGER NOT "
     "NULL)"},
    {"journals", "CREATE TABLE journals(name TEXT NOT NULL UNIQUE, head TEXT NOT NULL)"},
    {"words",
     "CREATE VIRTUAL TABLE words USING fts5(text, document UNINDEXED, page UNINDEXED, label "
     "UNINDEXED, px UNINDEXED, pt UNINDEXED, tokenize='unicode61 remove_diacritics 2')"},
};
enum { N_TABLES = sizeof TABLES / sizeof *TABLES };

recto_status recto_find_sql_error(recto_error *err, sqlite3 *db, int rc, bool writing)
{
    int sys = db != NULL ? sqlite3_system_errno(db) : 0;
    const recto_status kind = writing ? RECTO_ERR_OUTPUT : RECTO_ERR_IO;
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    case SQLITE_INTERRUPT:
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return recto_error_set(err, kind, "%s is in use by another run of recto", FIND_NAME);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY: /* it would have to be rolled back first */
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        if ((rc & 0xff) == SQLITE_READONLY && writing)
            break;
        return recto_error_set(err, RECTO_ERR_FORMAT,
                               "%s is damaged or unfinished; recto find DIR --index makes it anew",
                               FIND_NAME);
    case SQLITE_FULL:
        sys = sys != 0 ? sys : ENOSPC;
        break;
    default:
        break;
    }
    if (sys != 0)
        return recto_error_sys(err, kind, sys, "cannot %s %s", writing ? "write" : "read",
                               FIND_NAME);
    return recto_error_set(err, kind, "cannot %s %s: %s", writing ? "write" : "read", FIND_NAME,
                           sqlite3_errstr(rc));
}

void recto_find_sql_harden(sqlite3 *db)
{
    static const int options[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        sqlite3_db_config(db, options[i][0], options[i][1], NULL);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_extended_result_codes(db, 1);
}

recto_status recto_find_sql_run(sqlite3 *db, const char *sql, bool writing, recto_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? RECTO_OK : recto_find_sql_error(err, db, rc, writing);
}

recto_status recto_find_sql_create(sqlite3 *db, recto_error *err)
{
    char marks[96];
    snprintf(marks, sizeof marks, "PRAGMA application_id=%d; PRAGMA user_version=%d",
             (int)FIND_APPLICATION_ID, (int)FIND_USER_VERSION);
    recto_status status = recto_find_sql_run(db, marks, true, err);
    for (int i = 0; i < N_TABLES && status == RECTO_OK; i++)
        status = recto_find_sql_run(db, TABLES[i].sql, true, err);
    return status;
}

static bool is_ours(const char *name, const char *sql)
{
    for (int i = 0; i < N_TABLES; i++) {
        if (strcmp(name, TABLES[i].name) == 0)
            return strcmp(sql, TABLES[i].sql) == 0;
    }
    return false;
}

/* FTS5's own tables, which SQLite knows the shape of. */
static bool is_shadow(const char *name)
{
    static const char *const names[] = {"words_data", "words_idx", "words_content", "words_docsize",
                                        "words_config"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static int check_tables(sqlite3 *db, bool *same_out)
{
    sqlite3_stmt *stmt = NULL;
    int n_ours = 0;
    bool same = true;
    int rc = sqlite3_prepare_v2(db, "SELECT name,sql,type FROM sqlite_schema WHERE sql IS NOT NULL",
                                -1, &stmt, NULL);
    while (rc == SQLITE_OK && same && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        const char *sql = (const char *)sqlite3_column_text(stmt, 1);
        const char *type = (const char *)sqlite3_column_text(stmt, 2);
        rc = SQLITE_OK;
        same = name != NULL && sql != NULL && type != NULL && strcmp(type, "table") == 0 &&
               (is_ours(name, sql) || is_shadow(name));
        n_ours += same && is_ours(name, sql);
    }
    sqlite3_finalize(stmt);
    *same_out = same && n_ours == N_TABLES;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int read_int(int64_t *out, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    *out = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc == SQLITE_DONE ? SQLITE_ERROR : rc;
}

recto_status recto_find_sql_check(sqlite3 *db, bool writing, recto_error *err)
{
    int64_t mark = 0;
    int64_t version = 0;
    bool same = false;
    int rc = read_int(&mark, db, "PRAGMA application_id");
    if (rc == SQLITE_OK)
        rc = read_int(&version, db, "PRAGMA user_version");
    if (rc == SQLITE_OK)
        rc = check_tables(db, &same);
    if (rc == SQLITE_OK && (mark != FIND_APPLICATION_ID || version != FIND_USER_VERSION || !same))
        rc = SQLITE_CORRUPT;
    return rc == SQLITE_OK ? RECTO_OK : recto_find_sql_error(err, db, rc, writing);
}

char *recto_find_sql_path(const char *folder, const char *name)
{
    const char *front = folder[0] == '/' || folder[0] == '.' ? "" : "./";
    size_t size = strlen(front) + strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s/%s", front, folder, name);
    return path;
}

/* --- journals -------------------------------------------------------------------------------- */

/* The header of a database counts its changes. */
static void read_head(char out[RECTO_SHA256_HEX], int folder, const char *name)
{
    unsigned char head[100];
    ssize_t n = -1;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        n = pread(fd, head, sizeof head, 0);
        close(fd);
    }
    recto_sha256(out, head, n > 0 ? (size_t)n : 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const find_journal *)a)->name, ((const find_journal *)b)->name);
}

recto_status recto_find_sql_journals(find_journals *out, const char *folder, recto_error *err)
{
    *out = (find_journals){0};
    DIR *d = opendir(folder);
    if (d == NULL)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot list it");
    recto_status status = RECTO_OK;
    for (struct dirent *e; status == RECTO_OK && (e = readdir(d)) != NULL;) {
        int shard;
        int n_shards;
        if (!recto_journal_name_parse(e->d_name, &shard, &n_shards) ||
            strlen(e->d_name) >= sizeof out->items->name)
            continue;
        find_journal *more = realloc(out->items, ((size_t)out->n + 1) * sizeof *more);
        if (more == NULL) {
            status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
            break;
        }
        out->items = more;
        find_journal *j = &out->items[out->n++];
        snprintf(j->name, sizeof j->name, "%.63s", e->d_name);
        read_head(j->head, dirfd(d), e->d_name);
    }
    closedir(d);
    if (status == RECTO_OK && out->n == 0)
        status = recto_error_set(
            err, RECTO_ERR_IO, "there is no journal in it; name the output folder of recto batch");
    if (status != RECTO_OK) {
        free(out->items);
        *out = (find_journals){0};
        return status;
    }
    qsort(out->items, (size_t)out->n, sizeof *out->items, by_name);
    return RECTO_OK;
}
