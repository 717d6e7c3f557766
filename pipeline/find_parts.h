/* What the files of the full-text index share: its tables, its connection, the query. */
#ifndef RECTO_PIPELINE_FIND_PARTS_H
#define RECTO_PIPELINE_FIND_PARTS_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/hash.h"
#include "pipeline/find.h"

#include <sqlite3.h>

#define FIND_NAME "index.sqlite"

enum {
    FIND_APPLICATION_ID = 0x52636931, /* "Rci1", in the header of the file */
    FIND_USER_VERSION = 1,            /* of the tables */
};

/* --- find_sql.c --- */

/** Say what SQLite's rc means for the index: NOMEM, FORMAT (damaged), IO or, when writing, OUTPUT.
 */
recto_status recto_find_sql_error(recto_error *err, sqlite3 *db, int rc, bool writing);
/** Settings of any connection: no triggers, views or foreign code from the file. */
void recto_find_sql_harden(sqlite3 *db);
RECTO_MUST_CHECK recto_status recto_find_sql_run(sqlite3 *db, const char *sql, bool writing,
                                                 recto_error *err);
/** The tables, in an empty database. */
RECTO_MUST_CHECK recto_status recto_find_sql_create(sqlite3 *db, recto_error *err);
/** Marks and tables are ours, all of them and nothing else; FORMAT if not. */
RECTO_MUST_CHECK recto_status recto_find_sql_check(sqlite3 *db, bool writing, recto_error *err);
/** FOLDER/NAME in memory to free, with "./" in front if SQLite could take it for a URI. */
char *recto_find_sql_path(const char *folder, const char *name);

/* A journal as it was when its documents were indexed. */
typedef struct find_journal {
    char name[64];
    char head[RECTO_SHA256_HEX]; /* of its first 100 bytes, which count its changes */
} find_journal;

typedef struct find_journals {
    find_journal *items; /* by name; free() */
    int n;
} find_journals;

/** The journals in a folder.  Errors: IO (the folder, or there is none), NOMEM. */
RECTO_MUST_CHECK recto_status recto_find_sql_journals(find_journals *out, const char *folder,
                                                      recto_error *err);

/* --- find_query.c --- */

/** An FTS5 query that means what the user's words say, and is never a fault of syntax.  Errors: ARG
 * (nothing to look for, too long), NOMEM. */
RECTO_MUST_CHECK recto_status recto_find_query(recto_buf *out, const char *words, recto_error *err);

/* --- find_pages.c --- */

/* One block with text. */
typedef struct find_block {
    int page;
    const char *label, *text;
    const char *px, *pt; /* "l t r b", NULL if unknown */
} find_block;

/** Every block with text of a document's JSON output, in its order.  Errors: FORMAT (not our JSON),
 * NOMEM, and what each says. */
RECTO_MUST_CHECK recto_status recto_find_pages(const char *json, size_t len,
                                               recto_status (*each)(void *user,
                                                                    const find_block *block,
                                                                    recto_error *err),
                                               void *user, recto_error *err);

#endif
